"""Missing points can be bought: who is a little short of a reward pays for the rest, if that is worth it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loyaltysim.mechanism.declare import Hook, Mechanism, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.programs.points import no_points, on_spending
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term

NEAR = 1e-6  # of a cent: 3.0000000004 is 3


@dataclass(frozen=True)
class TopUp(Dated):
    """What is paid for points is revenue, but no purchase: it earns nothing and moves no choice."""

    chance: float = term(0.5, "per visit that leaves one short", 0.0, 1.0, doc="that the offer is thought about")
    price: float = term(0.02, "money per point", 0.0, 1e6)
    most: float = term(50.0, "points", 0.0, 1e9, doc="that may be bought at once")

    @property
    def most_held(self) -> int:
        """The same in thousandths."""
        return round(self.most * 1000)

    @property
    def cents(self) -> float:
        """The price in cents per thousandth of a point."""
        return self.price * 0.1


@rule
def points_bought(here: Any, terms: Any, visit: Any, draw_top_up: float) -> None:
    """Before this purchase earns: what will still be missing is bought where it costs less than the reward is worth."""
    if visit.spend <= 0 or draw_top_up >= terms.chance or here.joined < 0 or here.last_earned < 0:
        return
    earns = on_spending(visit.spend, terms.points.issued, terms.points.issued_per_cent)
    if terms.points.pending > 0:  # what this purchase earns cannot be used yet
        earns = -here.unripe
    short = terms.points.card - here.balance - earns
    if short <= 0 or short > terms.most_held:
        return
    price = math.ceil(short * terms.cents - NEAR)
    if price >= terms.points.worth:
        return
    here.balance = here.balance + short
    visit.points_issued += short
    visit.points_in += short
    visit.points_sold += price


def book(totals: Mapping[str, int], terms: TopUp) -> dict[str, int]:
    """What was paid for points."""
    return {"revenue": totals["points_sold"]}


def tell(scene: Scene) -> list[str]:
    """Points bought."""
    if (paid := scene.counts.get("points_sold", 0)) > 0:
        price, firm = scene.money(paid), scene.firm
        return scene.say(f"bought the missing points of {firm} for {price}", f"花 {price} 补足了 {firm} 所缺的积分")
    return []


MECHANISM = Mechanism(
    name="top_up",
    level="program",
    source="programs sell the points that a member is short of; price and how many buy are assumed",
    terms=TopUp,
    neutral={"chance": 0.0},
    needs=("membership",),
    hooks=(Hook("visit", points_bought, beside=("points",)),),
    counts={"points_sold": "cents"},
    book=book,
    fits=no_points("top_up", "chance"),
    tell=tell,
    order=19,
)
