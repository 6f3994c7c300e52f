"""A price that is promised to who comes again: it stays, whatever the firm asks of others by then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loyaltysim.mechanism.declare import Field, Hook, Mechanism, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term

PARTS = 1_000_000  # prices are carried in millionths


@dataclass(frozen=True)
class LoyalPrice(Dated):
    """Who buys is promised this price for the purchases of the coming weeks; whoever stays away for longer pays what
    all pay. Where all pay less than that, so do they. It pulls by price sensitivity alone (no link) and is no reward
    that is received. The till counts the full price, what comes off is a reward cost.
    """

    price: float = term(0.95, "fraction of the own base price", 0.001, 100.0, doc="what who comes again pays")
    window: int = term(26, "weeks", 0, 5200, doc="in which the next purchase must fall; 0 = nothing is promised")

    @property
    def parts(self) -> int:
        """The price in millionths."""
        return round(self.price * PARTS)

    @property
    def usual(self) -> float:
        """What it takes off a base price, as a share, for whom it holds."""
        return max(0.0, 1.0 - self.price) if self.window > 0 else 0.0


@rule
def off_for_loyal(price: float, paid: float) -> float:
    """What a promised price takes off one that is asked, as a share of it. Both as fractions of the base price."""
    return max(0.0, 1.0 - price / paid)


@rule
def loyal_price_holds(here: Any, terms: Any) -> bool:
    """Was this customer promised a price that the firm still keeps?"""
    return here.loyal * terms.window != 0


@rule
def loyal_price_pull(terms: Any) -> float:
    """What comes off, per unit of spending."""
    return off_for_loyal(terms.price, terms.paid)


@rule
def promise_ends(here: Any, visit: Any) -> None:
    """At the start of a week: who stayed away for too long pays what all pay."""
    if visit.week > here.loyal_until:
        here.loyal = 0


@rule
def promised(here: Any, terms: Any, visit: Any) -> None:
    """At a visit: what was promised comes off, rounded down; then the next purchases are promised."""
    if terms.window > 0:
        if here.loyal != 0:
            visit.loyal_visits += 1
            visit.loyal_price_cents += max(0, visit.spend - visit.cents * terms.parts // PARTS)
        here.loyal = 1
        here.loyal_until = visit.week + terms.window


def book(totals: Mapping[str, int], terms: LoyalPrice) -> dict[str, int]:
    """What came off, in full."""
    return {"reward_cost": totals["loyal_price_cents"]}


def tell(scene: Scene) -> list[str]:
    """What was saved."""
    if (off := scene.counts.get("loyal_price_cents", 0)) > 0:
        saved = scene.money(off)
        return scene.say(f"paid {saved} less at {scene.firm}, as promised", f"按承诺价在 {scene.firm} 少付 {saved}")
    return []


MECHANISM = Mechanism(
    name="loyal_price",
    level="program",
    source="a price committed to for repeat buyers: Caminal & Matutes 1990, IJIO 8; sizes assumed",
    terms=LoyalPrice,
    neutral={"window": 0},
    fields={
        "loyal": Field(per_firm=True, dtype="int8", start=0, unit="1 while a price is promised"),
        "loyal_until": Field(per_firm=True, dtype="int32", start=-1, unit="last week in which the promise holds"),
    },
    hooks=(
        Hook("week", promise_ends, when=loyal_price_holds),
        Hook("utility", loyal_price_pull, when=loyal_price_holds),
        Hook("appeal", loyal_price_pull, when=loyal_price_holds),
        Hook("visit", promised),
    ),
    counts={"loyal_price_cents": "cents off", "loyal_visits": "purchases at the promised price"},
    book=book,
    reward_rate=lambda terms: terms.usual,
    tell=tell,
    order=23,
)
