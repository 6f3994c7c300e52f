"""What a coalition does: how much is earned and used at partners, and what partners and all together gain by it."""

from __future__ import annotations

import pandas as pd

from loyaltysim.market.book import Book
from loyaltysim.measures.program_effects import Window
from loyaltysim.measures.ratio import mean, ratio
from loyaltysim.measures.twins import Worlds
from loyaltysim.mechanism.measure import Part, measure
from loyaltysim.programs.coalition import MOST
from loyaltysim.scenario.model import Scenario

EACH = {str(k): Part(f"partner {k}", f"伙伴 {k}") for k in range(1, MOST + 1)}


def since(book: Book, w: Window) -> pd.DataFrame:
    """The partners' weeks since the launch."""
    assert book.partners is not None
    rows = book.partners[(book.partners.week >= w.launch) & (book.partners.week < w.weeks)]
    return rows.assign(gained=rows.profit - rows.profit_without)


@measure(
    "earned_elsewhere", unit="share of points", words="points that are earned at partners",
    chinese="在伙伴处赚得的积分占比", style="share",
    of="of the points of the currency that were given since the launch, those that partners gave",
)  # fmt: skip
@measure(
    "used_elsewhere", unit="share of points", words="used points that are used at partners",
    chinese="在伙伴处使用的积分占比", style="share",
    of="of the points of the currency that were redeemed since the launch, those redeemed at partners",
)  # fmt: skip
@measure(
    "earn_at_two", unit="share of members", words="members who earn at two firms or more",
    chinese="在两家及以上赚积分的会员占比", style="share",
    of="of the members, those who earned points of the currency at two firms of the coalition or more",
)  # fmt: skip
def across(book: Book, w: Window) -> dict[str, float]:
    """Where points of the one currency come from and go to; nan where none move."""
    rows, people = w.weekly(book), book.people
    member = (people[f"joined_{w.firm}"] >= 0).to_numpy()
    return {
        "earned_elsewhere": ratio(rows.partner_issued.sum(), rows.points_issued.sum()),
        "used_elsewhere": ratio(rows.partner_redeemed.sum(), rows.points_redeemed.sum()),
        "earn_at_two": mean((people.places.to_numpy() > 1)[member]),
    }


@measure(
    "partners_lift", unit="share", words="partners' revenue", chinese="伙伴商家收入变化", style="lift",
    of="revenue of all partners since the launch over that of their twins, which never have a program, less 1",
)  # fmt: skip
@measure(
    "coalition_lift", unit="share", words="revenue of all firms of the coalition", chinese="联盟总收入变化",
    style="lift", of="revenue of the firm and its partners since the launch over that without any program, less 1",
)  # fmt: skip
@measure(
    "partners_profit", unit="money per customer and year",
    words="profit of all partners, {currency} per customer and year", chinese="伙伴商家利润变化", style="change",
    of="change of the partners' profit against their twins, settlements with the operator included",
)  # fmt: skip
@measure(
    "coalition_profit", unit="money per customer and year",
    words="profit of the coalition, {currency} per customer and year", chinese="联盟总利润变化", style="change",
    of="change of profit of the firm and its partners together; what one pays the other cancels",
)  # fmt: skip
@measure(
    "profit_at_partner_{}", unit="money per customer and year", words="profit of {}, {currency} per customer and year",
    chinese="{}利润变化", style="change", each=EACH,
    of="change of one partner's profit against its twin; partners are numbered in the order of their names",
)  # fmt: skip
def gains(with_it: Book, without: Book, w: Window) -> dict[str, float]:
    """What partners gain, one by one and together, and the coalition as a whole."""
    rows, own, bare = since(with_it, w), w.weekly(with_it), w.weekly(without)
    profit = [w.per_customer_year(float(part.gained.sum()), with_it) for _, part in rows.groupby("firm", sort=True)]
    ours = w.per_customer_year(float(own.profit.sum() - bare.profit.sum()), with_it)
    taken, idle = float(rows.revenue.sum()), float(rows.revenue_without.sum())
    return {
        "partners_lift": ratio(taken, idle) - 1.0,
        "coalition_lift": ratio(taken + own.revenue.sum(), idle + bare.revenue.sum()) - 1.0,
        "partners_profit": sum(profit),
        "coalition_profit": ours + sum(profit),
        **{f"profit_at_partner_{k + 1}": value for k, value in enumerate(profit)},
    }


def coalition(scenario: Scenario, worlds: Worlds) -> dict[str, float]:
    """Every number on partners; nothing where the program has none."""
    if worlds.with_it.partners is None:
        return {}
    w = Window.of(scenario, scenario.weeks if worlds.launch is None else worlds.launch)
    return across(worlds.with_it, w) | gains(worlds.with_it, worlds.without, w)
