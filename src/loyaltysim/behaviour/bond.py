"""A bond is a liking that touchpoints build, failures damage and time wears off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from loyaltysim.mechanism.declare import Amplifier, Field, Hook, Mechanism, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Bond:
    """One dimension, 0 without a program, so that its pull is a deviation from the no-program state: except where
    usual failures count and the floor is below 0, or where talk does (`word_of_mouth.affinity`); then results say so.

    A positive event e closes min(1, e receptivity) of the gap to 1; a negative one loses min(1, loss e) of what lies
    above the floor. The events of one visit add up. Those below are signed or absent; all are 0 unless set.
    """

    premium: float = term(
        0.02, "fraction of the reference price", 0.0, 2.0, doc="what a fully bonded customer would pay more to stay"
    )
    half_life: float = term(52.0, "weeks", 0.1, 5200.0)
    loss: float = term(2.0, "times a positive event", 0.0, 20.0, doc="how much heavier a negative event weighs")
    floor: float = term(0.0, "strength", -1.0, 0.0, doc="the lowest bond; -1 allows distrust")
    failure: float = term(0.0, "event per failed visit", 0.0, 1.0)
    recovery: float = term(0.0, "event per complaint made good", -1.0, 1.0, doc="what an answered complaint builds")
    promise: float = term(0.0, "event per unit of quality beyond the promise", -1.0, 1.0, doc="kept or broken")
    redemption: float = term(0.0, "event per reward", -1.0, 1.0, doc="what receiving a reward does to the bond")
    crowding: float = term(
        0.0, "event per rewarded visit", -1.0, 1.0, doc="crowding-out: what being paid to come takes from the bond"
    )

    @property
    def keep(self) -> float:
        """What is left of a bond after a week."""
        return 0.5 ** (1.0 / self.half_life)

    @property
    def eventful(self) -> bool:
        """Does any event of a visit move the bond?"""
        return any((self.failure, self.recovery, self.promise, self.redemption, self.crowding))


@rule
def bond_pull(here: Any, me: Any, terms: Any) -> float:
    """What the bond is worth, as a fraction of the reference price."""
    return terms.premium * me.link_bond * here.bond


@rule
def bond_rises(bond: float, effect: float, receptivity: float) -> float:
    """A positive event closes part of the gap to a full bond; at most the whole gap."""
    return bond + min(1.0, effect * receptivity) * (1.0 - bond)


@rule
def bond_falls(bond: float, effect: float, loss: float, floor: float) -> float:
    """A negative event takes part of what lies above the floor; at most all of it."""
    return bond - min(1.0, loss * effect) * (bond - floor)


@rule
def bond_moves(bond: float, event: float, receptivity: float, loss: float, floor: float) -> float:
    """A signed event."""
    if event >= 0.0:
        return bond_rises(bond, event, receptivity)
    return bond_falls(bond, -event, loss, floor)


@rule
def feels(here: Any, me: Any, terms: Any, event: float) -> None:
    """A signed event moves this customer's bond with this firm: what other mechanisms call."""
    here.bond = bond_moves(here.bond, event, me.link_recept, terms.bond.loss, terms.bond.floor)


@rule
def bond_fades(here: Any, terms: Any) -> None:
    """A week passes."""
    here.bond = here.bond * terms.keep


@rule
def beyond_promise(here: Any, terms: Any) -> float:
    """How much better a visit was than promised, noise, failures and all; 0 where all is as usual: nobody promised."""
    if terms.service.pledged == 0:
        return 0.0
    return here.delivered - terms.service.promise


@rule
def is_moved_by_visits(terms: Any) -> bool:
    """Is any event of a visit set?"""
    return terms.eventful != 0


@rule
def bond_lives(here: Any, me: Any, terms: Any, visit: Any) -> None:
    """At a visit: what failed, was made good, was promised, was paid, moves the bond."""
    event = terms.recovery * visit.recovered - terms.failure * visit.failed
    event += terms.redemption * visit.reward_given
    event += terms.promise * beyond_promise(here, terms)
    if visit.reward_earned > 0:
        event -= terms.crowding
    feels(here, me, terms, event)


def negativity_ratio(terms: Bond, bond: float, event: float = 0.1) -> float:
    """How far a negative event moves a bond, over how far a positive one of the same size would.

    bond, event : in (0, 1). Above 1 only for strong bonds: `loss` alone does not make losses weigh more.
    """
    rise = bond_rises(bond, event, 1.0) - bond
    return (bond - bond_falls(bond, event, terms.loss, terms.floor)) / rise


def unbonded(terms: Any, scenario: Scenario, *names: str) -> list[tuple[str, str]]:
    """The terms of another mechanism that move bonds, where there are none: [(key, problem)]."""
    idle = names if "bond" not in scenario.behaviour else ()
    return [(name, "moves bonds, which need behaviour.bond") for name in idle if getattr(terms, name) != 0.0]


def alone(terms: Bond, scenario: Scenario) -> dict[str, float]:
    """Usual failures push bonds below 0, where the floor lets them and some failure event is set."""
    lived, sides = (scenario.behaviour.get(name) for name in ("experience", "emotions"))
    minded = terms.failure > 0.0 or (sides is not None and any(np.multiply(sides.weights, sides.failure)))
    if terms.premium == 0.0 or terms.floor == 0.0 or not minded or lived is None or lived.failure == 0.0:
        return {}
    return {name: getattr(terms, name) for name in ("premium", "half_life", "loss", "floor", "failure")}


def tell(scene: Scene) -> list[str]:
    """A bond that passes a quarter, a half, three quarters."""
    lines = []
    for level in (0.25, 0.5, 0.75):
        moved = scene.crossed("bond", level)
        if moved > 0:
            lines += scene.say(f"likes {scene.firm} more (bond {level:g})", f"更喜欢 {scene.firm} 了（情感 {level:g}）")
        elif moved < 0:
            lines += scene.say(
                f"the liking of {scene.firm} fades (bond {level:g})", f"对 {scene.firm} 的情感淡了（情感 {level:g}）"
            )
    return lines


MECHANISM = Mechanism(
    name="bond",
    level="behaviour",
    source="Garbarino & Johnson 1999, J. Marketing 63 (relational and transactional customers); half-life assumed",
    terms=Bond,
    neutral={"premium": 0.0},
    fields={"bond": Field(per_firm=True, dtype="float64", start=0.0, unit="strength in [0, 1]")},
    hooks=(
        Hook("week", bond_fades, unless=("emotions",)),
        Hook("utility", bond_pull),
        Hook("visit", bond_lives, when=is_moved_by_visits, order=90),
    ),
    alone=alone,
    amplifiers={"bond": Amplifier("bond", {"premium": 0.0}, "情感纽带")},
    tell=tell,
    order=40,
)
