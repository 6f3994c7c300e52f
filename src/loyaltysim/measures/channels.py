"""What each channel of a firm does to bonds, per contact and per unit of money."""

from __future__ import annotations

from loyaltysim.market.book import Book
from loyaltysim.measures.ratio import ratio
from loyaltysim.mechanism.measure import Part, measure
from loyaltysim.programs.channels import CHANNELS, MILLION, Channels

WAYS = {
    "person": Part("a person", "人员面谈"),
    "phone": Part("the phone", "电话"),
    "mail": Part("letters", "信件"),
    "app": Part("the app", "应用消息"),
    "broadcast": Part("broadcast", "广告"),
}


@measure(
    "bond_per_contact_{}", unit="full bonds per contact", words="bond per contact, {}",
    chinese="每次接触增加的情感纽带：{}", style="number", each=WAYS,
    of="what contacts through the channel moved bonds at once, over contacts (broadcast: over hearings), since the "
    "launch; what time took later is not taken off",
)  # fmt: skip
@measure(
    "bond_per_money_{}", unit="full bonds per unit of money", words="bond per unit of money, {}",
    chinese="每单位花费增加的情感纽带：{}", style="number", each=WAYS,
    of="the same, over what the channel cost since the launch",
)  # fmt: skip
def by_channel(book: Book, j: int, since: int) -> dict[str, float]:
    """Bond moved per contact and per unit of money, of each channel in use; nothing where a firm has none.

    nan per unit of money where a channel costs nothing.
    """
    firm = book.firms[j]
    rows = book.weekly[(book.weekly.firm == firm) & (book.weekly.week >= since)]
    if "contacts_person" not in rows:
        return {}
    owns = [book.offers[week][firm].program.get("channels") for week in rows.week]
    found: dict[str, float] = {}
    for way in (*CHANNELS, "broadcast"):
        heard = "heard_broadcast" if way == "broadcast" else f"contacts_{way}"
        many, moved = int(rows[heard].sum()), float((rows[f"bond_{way}"] - rows[f"lost_{way}"]).sum()) / MILLION
        paid = sum(spent(own, way, int(n)) for own, n in zip(owns, rows[heard], strict=True))
        if many:
            found |= {f"bond_per_contact_{way}": moved / many, f"bond_per_money_{way}": ratio(moved, paid)}
    return found


def spent(own: Channels | None, way: str, many: int) -> float:
    """Money that a channel cost in a week with so many contacts; own : the terms of that week, None = none ran"""
    if own is None:
        return 0.0
    if way == "broadcast":
        return own.often * own.broadcast.spend
    return many * float(getattr(own, way).unit_cost)
