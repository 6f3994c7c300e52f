"""A bond has five sides: trust, recognition, affinity, attachment and a lasting impression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from loyaltysim.behaviour.bond import Bond, beyond_promise, bond_falls, bond_moves, bond_rises
from loyaltysim.mechanism.declare import Field, Hook, Mechanism, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term

SIDES = ("trust", "recognition", "affinity", "attachment", "impression")
FIVE, TRUST, ATTACHMENT = 5, 0, 3  # how many there are, and the places of two


@dataclass(frozen=True)
class Emotions:
    """The bond as the weighted mean of five sides, each with its own half-life; five numbers in the order of `SIDES`.

    Choices show only the mean: the five cannot be told apart from behaviour, and hardly from a survey (its effective
    rank is reported). Each event moves each side by its share below; a touchpoint is whatever else moves the bond: at
    its floor nothing can take from it, whatever single sides hold.
    """

    half_lives: tuple[float, ...] = term((104.0, 13.0, 52.0, 104.0, 26.0), "weeks", 0.1, 5200.0)
    weights: tuple[float, ...] = term((0.2, 0.2, 0.2, 0.2, 0.2), "share", 0.0, 1.0, doc="all 0: one bond, as before")
    touch: tuple[float, ...] = term((0.2, 1.0, 1.0, 0.3, 0.5), "times the touchpoint's effect", -1.0, 5.0)
    failure: tuple[float, ...] = term((0.2, 0.0, 0.1, 0.0, 0.2), "event per failed visit", 0.0, 1.0)
    recovery: tuple[float, ...] = term((0.1, 0.1, 0.0, 0.0, 0.1), "event per complaint made good", -1.0, 1.0)
    promise: tuple[float, ...] = term(
        (0.05, 0.0, 0.0, 0.0, 0.02), "event per unit of quality beyond the promise", -1.0, 1.0
    )
    reward: tuple[float, ...] = term((0.0, 0.0, 0.0, 0.0, 0.0), "event per reward", -1.0, 1.0, doc="signed")
    crowding: tuple[float, ...] = term(
        (0.0, 0.0, 0.0, 0.0, 0.0), "event per rewarded visit", -1.0, 1.0, doc="what being paid to come takes; signed"
    )
    structure: str = term(
        "additive", "", choices=("additive", "gate"), doc="sides add up, or no attachment grows without trust"
    )
    gate: float = term(0.2, "strength", -1.0, 1.0, doc="trust below which no attachment grows, if structure = gate")

    @property
    def counted(self) -> bool:
        """Do the sides make the bond?"""
        return sum(self.weights) > 0

    @property
    def weighs(self) -> tuple[float, ...]:
        """Weights that sum to 1; all 0 where the bond is one."""
        total = sum(self.weights)
        return tuple(w / total if total > 0 else 0.0 for w in self.weights)

    @property
    def keeps(self) -> tuple[float, ...]:
        """What is left of each side after a week."""
        return tuple(0.5 ** (1.0 / h) for h in self.half_lives)

    @property
    def crowded(self) -> bool:
        """Does being paid to come move any side?"""
        return any(self.crowding)

    @property
    def trust_needed(self) -> float:
        """Trust below which no attachment grows; out of reach where sides add up."""
        return self.gate if self.structure == "gate" else -2.0


@rule
def side_moves(
    side: float, touched: float, event: float, receptivity: float, to_touch: float, loss: float, floor: float
) -> float:
    """One side after a touchpoint (a signed share of the gap, to which the customer's receptivity was applied when it
    raised the bond) and the other events of a visit together.
    """
    moved = touched * to_touch
    if touched >= 0.0:
        side = bond_moves(side, moved, 1.0, loss, floor)
    elif moved > 0.0:
        side = bond_rises(side, moved, 1.0)
    else:
        side = bond_falls(side, -moved, 1.0, floor)
    return bond_moves(side, event, receptivity, loss, floor)


@rule
def touched_by(bond: float, level: float, floor: float) -> float:
    """How far something raised the bond above what the sides make it: a share of the gap; below 0 what it lost."""
    if bond > level:
        return (bond - level) / (1.0 - level)
    if bond < level:
        return (bond - level) / (level - floor)
    return 0.0  # also at a full bond and at the floor, where there is no gap


@rule
def was_moved(here: Any, terms: Any, visit: Any) -> bool:
    """Did anything at this visit touch the sides? Most visits touch nothing."""
    if terms.counted == 0:
        return False
    if here.bond != here.felt_bond or (terms.service.pledged != 0 and here.delivered != terms.service.promise):
        return True
    if visit.failed + visit.recovered + visit.reward_given != 0:
        return True
    return terms.crowded != 0 and visit.reward_earned != 0


@rule
def sides_live(here: Any, me: Any, terms: Any, visit: Any) -> None:
    """At the end of a visit: each side moves, and the bond is their mean."""
    loss, floor = terms.bond.loss, terms.bond.floor
    touched = touched_by(here.bond, here.felt_bond, floor)
    beyond, open_to = beyond_promise(here, terms), me.link_recept
    paid = 0.0
    if visit.reward_earned > 0:
        paid = 1.0
    bond = 0.0
    trust = 0.0
    for k in range(FIVE):
        event = terms.recovery[k] * visit.recovered - terms.failure[k] * visit.failed
        event = event + terms.promise[k] * beyond + terms.reward[k] * visit.reward_given
        event -= terms.crowding[k] * paid
        side = side_moves(here.sides[k], touched, event, open_to, terms.touch[k], loss, floor)
        if k == TRUST:
            trust = side
        elif k == ATTACHMENT and trust < terms.trust_needed:
            side = min(side, here.sides[k])
        here.sides[k] = side
        bond += terms.weighs[k] * side
    here.bond = bond
    here.felt_bond = bond


@rule
def was_touched(here: Any, terms: Any) -> bool:
    """Did anything touch the bond since its sides last moved: contacts, causes, news, friends?"""
    return terms.counted != 0 and here.bond != here.felt_bond


@rule
def sides_settle(here: Any, terms: Any) -> None:
    """What touched the bond between visits reaches it through its sides; nothing fades."""
    loss, floor = terms.bond.loss, terms.bond.floor
    bond = 0.0
    trust = 0.0
    touched = touched_by(here.bond, here.felt_bond, floor)
    for k in range(FIVE):
        side = side_moves(here.sides[k], touched, 0.0, 1.0, terms.touch[k], loss, floor)
        if k == TRUST:
            trust = side
        elif k == ATTACHMENT and trust < terms.trust_needed:
            side = min(side, here.sides[k])
        here.sides[k] = side
        bond += terms.weighs[k] * side
    here.bond = bond
    here.felt_bond = bond


@rule
def sides_fade(here: Any, terms: Any) -> None:
    """A week passes; each side fades at its own pace, and where the sides weigh nothing the bond at its own."""
    bond = 0.0
    for k in range(FIVE):
        side = here.sides[k] * terms.keeps[k]
        here.sides[k] = side
        bond += terms.weighs[k] * side
    if terms.counted == 0:
        bond = here.bond * terms.bond.keep
    here.bond = bond
    here.felt_bond = bond


def check(terms: Emotions) -> list[tuple[str, str]]:
    """Five numbers each."""
    lists = ("half_lives", "weights", "touch", "failure", "recovery", "promise", "reward", "crowding")
    wrong = [name for name in lists if len(getattr(terms, name)) != len(SIDES)]
    return [(name, f"needs five numbers: {', '.join(SIDES)}") for name in wrong]


INSTEAD = {  # keys of the one bond that the sides do not read -> what does their work
    "half_life": "half_lives", "failure": "failure", "recovery": "recovery", "promise": "promise",
    "redemption": "reward", "crowding": "crowding",
}  # fmt: skip


def fits(terms: Emotions, scenario: Scenario) -> list[tuple[str, str]]:
    """A key of the bond that five sides do not read must be left alone."""
    bond, usual = scenario.behaviour.get("bond"), Bond()
    if bond is None or sum(terms.weights) == 0:
        return []
    return [
        (ours, f"does the work of behaviour.bond.{key}, which is {getattr(bond, key):g} and would do nothing; set this")
        for key, ours in INSTEAD.items()
        if getattr(bond, key) != getattr(usual, key)
    ]


FELT = tuple(f"felt_{side}" for side in SIDES)


def tell(scene: Scene) -> list[str]:
    """Each side that passes a half."""
    chinese = dict(zip(SIDES, ("信任", "认可", "好感", "依恋", "印象"), strict=True))
    lines = []
    for side in SIDES:
        moved = scene.crossed(f"felt_{side}", 0.5)
        if moved > 0:
            lines += scene.say(f"{side} in {scene.firm} has grown", f"对 {scene.firm} 的{chinese[side]}加深了")
        elif moved < 0:
            lines += scene.say(f"{side} in {scene.firm} is fading", f"对 {scene.firm} 的{chinese[side]}在减弱")
    return lines


MECHANISM = Mechanism(
    name="emotions",
    level="behaviour",
    source="five sides of emotional loyalty (source texts, S4-16); trust before attachment: S0-12; all sizes assumed",
    terms=Emotions,
    neutral={"weights": (0.0, 0.0, 0.0, 0.0, 0.0)},
    needs=("bond",),
    fields={
        "sides": Field(per_firm=True, dtype="float32", unit="strength in [0, 1]", parts=FELT),
        "felt_bond": Field(per_firm=True, dtype="float64", start=0.0, unit="the bond as the sides make it"),
    },
    hooks=(
        Hook("week", sides_settle, when=was_touched, order=40),  # what touched it after the sides at the last visit
        Hook("week", sides_fade),
        Hook("week", sides_settle, when=was_touched, order=75),
        Hook("visit", sides_live, when=was_moved, order=95),
    ),
    check=check,
    fits=fits,
    tell=tell,
    order=41,
)
