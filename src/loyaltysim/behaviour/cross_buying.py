"""Who trusts a firm also buys its other products there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from loyaltysim.behaviour.emotions import FIVE, SIDES
from loyaltysim.mechanism.declare import Hook, Mechanism, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class CrossBuying:
    """At a visit a customer may also buy what the firm sells in a second category, rather than elsewhere.

        chance = logistic(logit(base) + by x feeling)

    Which feeling is open: in the evidence trust carries cross-buying and commitment (attachment) retention; the reverse
    is as easily set, with `emotions.weights` saying which sides move choices. What is felt is 0 without a program. The
    second basket has the price index and margin of the first, and earns what it earns. It moves no
    choice of a firm by itself; on a card of points the larger basket counts.
    """

    base: float = term(0.1, "per visit", 0.0, 0.999, doc="usual chance of buying the second category here too")
    by: float = term(
        1.0, "logits for a full feeling", -20.0, 20.0, doc="spill-over; below 0 the attached buy less here"
    )
    feeling: str = term("trust", "", choices=("bond", *SIDES), doc="which feeling carries it")
    size: float = term(0.5, "times the basket", 0.0, 100.0, doc="the second basket")

    @property
    def odds(self) -> float:
        """Usual odds of the second purchase."""
        return self.base / (1.0 - self.base)

    @property
    def carries_bond(self) -> float:
        """1 if the bond as a whole carries it."""
        return float(self.feeling == "bond")

    @property
    def carries(self) -> tuple[float, ...]:
        """1 in the place of the side that carries it."""
        return tuple(float(side == self.feeling) for side in SIDES)


@rule
def cross_chance(feeling: float, odds: float, by: float) -> float:
    """The chance of the second purchase; odds = base / (1 - base)."""
    odds = odds * math.exp(max(-100.0, min(100.0, by * feeling)))
    return odds / (1.0 + odds)


@rule
def also_bought(here: Any, terms: Any, visit: Any, draw_cross: float) -> None:
    """Before the till closes: with some chance the second category is bought here too."""
    feeling = terms.carries_bond * here.bond
    for k in range(FIVE):
        feeling += terms.carries[k] * here.sides[k]
    if draw_cross >= cross_chance(feeling, terms.odds, terms.by):
        return
    more = int(visit.spend * terms.size)
    visit.cents = visit.cents + int(visit.cents * terms.size)
    visit.spend = visit.spend + more
    visit.cross_purchases += 1
    visit.cross_revenue += more


def fits(terms: CrossBuying, scenario: Scenario) -> list[tuple[str, str]]:
    """A feeling can only carry where it is felt."""
    need = "bond" if terms.feeling == "bond" else "emotions"
    felt = need in scenario.behaviour and (need == "bond" or sum(scenario.behaviour["emotions"].weights) > 0.0)
    if terms.by == 0.0 or terms.base == 0.0 or felt:
        return []
    return [
        (
            "feeling",
            f"= {terms.feeling} is felt by nobody without behaviour.{need} (weights above 0); add it, or set by to 0",
        )
    ]


def tell(scene: Scene) -> list[str]:
    """Buying something else there too."""
    if scene.counts.get("cross_purchases", 0) > 0:
        return scene.say(f"also bought other products at {scene.firm}", f"在 {scene.firm} 也买了其他产品")
    return []


MECHANISM = Mechanism(
    name="cross_buying",
    level="behaviour",
    source="trust -> cross-buying, commitment -> retention: Aurier & N'Goala 2010, JAMS 38 (a bank); sizes assumed",
    terms=CrossBuying,
    neutral={"base": 0.0},
    hooks=(Hook("served", also_bought, order=30),),
    counts={"cross_purchases": "purchases", "cross_revenue": "cents"},
    fits=fits,
    tell=tell,
    order=30,
)
