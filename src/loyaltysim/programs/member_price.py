"""A better price for members: the discount comes off at the till, and others see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loyaltysim.mechanism.audience import addressed, audience
from loyaltysim.mechanism.declare import Hook, Mechanism, Scene
from loyaltysim.mechanism.left_out import Exclusive, minds
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term

PARTS = 1_000_000  # rates are carried in millionths


@dataclass(frozen=True)
class MemberPrice(Exclusive, Dated):
    """A price and no reward: it pulls everybody by price sensitivity alone (no link), is nothing received, and moves no
    bond. Who thinks of joining counts it as a reward. The till counts the full price, the discount is a reward cost.
    """

    audience: str = audience("member", "who pays less; everyone = the same discount for all")
    rate: float = term(0.03, "share of the price", 0.0, 1.0)
    cost: float = term(1.0, "share of the discount", 0.0, 2.0, doc="what 1 unit off costs the firm: below 1 if funded")

    @property
    def parts(self) -> int:
        """The rate in millionths."""
        return round(self.rate * PARTS)


@rule
def member_price_pull(here: Any, me: Any, terms: Any) -> float:
    """The discount per unit of spending, for whom it is meant."""
    if addressed(here, me, terms) == 0:
        return 0.0
    return terms.rate


@rule
def member_price_is_minded(terms: Any) -> bool:
    """Does somebody mind that others pay less?"""
    return terms.minded * terms.parts != 0


@rule
def others_pay_less(here: Any, me: Any, terms: Any, lasting_left_out: float) -> float:
    """What who sees a price that is for others thinks of the firm."""
    return minds(addressed(here, me, terms), lasting_left_out, terms.seen, terms.fairness)


@rule
def paid_less(here: Any, me: Any, terms: Any, visit: Any) -> None:
    """At a visit: the discount, rounded down."""
    if addressed(here, me, terms) != 0:
        visit.member_price_cents += visit.spend * terms.parts // PARTS


def book(totals: Mapping[str, int], terms: MemberPrice) -> dict[str, int]:
    """The discount at its cost."""
    return {"reward_cost": totals["member_price_cents"] * round(terms.cost * PARTS) // PARTS}


def tell(scene: Scene) -> list[str]:
    """What was saved."""
    if (off := scene.counts.get("member_price_cents", 0)) > 0:
        saved = scene.money(off)
        return scene.say(f"paid {saved} less at {scene.firm}", f"在 {scene.firm} 享会员价，少付 {saved}")
    return []


MECHANISM = Mechanism(
    name="member_price",
    level="program",
    source="prices for card holders, an everyday practice of grocers; the rate is assumed",
    terms=MemberPrice,
    neutral={"rate": 0.0},
    needs=("membership",),
    hooks=(
        Hook("utility", member_price_pull),
        Hook("utility", others_pay_less, when=member_price_is_minded),
        Hook("appeal", member_price_pull),
        Hook("visit", paid_less),
    ),
    counts={"member_price_cents": "cents off"},
    book=book,
    reward_rate=lambda terms: terms.rate,
    gives=lambda terms: terms.members and terms.rate > 0.0,
    generosity="rate",
    cost="cost",
    tell=tell,
    order=23,
)
