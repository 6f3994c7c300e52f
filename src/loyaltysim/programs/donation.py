"""Points are given away: a member leaves some of the balance to a good cause, and the firm pays what they are worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loyaltysim.behaviour.bond import feels
from loyaltysim.mechanism.declare import Hook, Mechanism, Role, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.programs.points import at_face_value, no_points
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term

PARTS = 1_000_000  # shares are carried in millionths


@dataclass(frozen=True)
class Donation(Dated):
    """At a visit, after this purchase has earned: points leave the program without a reward."""

    chance: float = term(0.005, "per visit", 0.0, 1.0, doc="that points are given away")
    part: float = term(1.0, "share of the balance", 0.0, 1.0)
    least: float = term(0.0, "points", 0.0, 1e9, doc="a smaller balance than this is kept")
    cost: float = term(1.0, "share of face value", 0.0, 2.0, doc="what the firm pays to the cause")
    effect: float = term(0.0, "share of the gap to a full bond", -1.0, 1.0, doc="of having given")

    @property
    def parts(self) -> int:
        """The part in millionths."""
        return round(self.part * PARTS)

    @property
    def least_held(self) -> int:
        """The least balance that is given away, thousandths of a point; of an empty one nothing is."""
        return max(1, round(self.least * 1000))


@rule
def given_away(here: Any, terms: Any, visit: Any, draw_donation: float) -> None:
    """Part of what can be used goes; what it is worth at face value is owed to the cause, rounded down once."""
    usable = here.balance - here.unripe
    if draw_donation >= terms.chance or here.joined < 0 or usable < terms.least_held:
        return
    given = usable * terms.parts // PARTS
    here.balance = here.balance - given
    visit.points_given += given
    visit.gave += 1
    visit.donated += at_face_value(given, terms.points.face_value, terms.points.card)


@rule
def has_given(terms: Any, visit: Any) -> bool:
    """Were points given away at this visit, and does that move the bond?"""
    return visit.gave != 0 and terms.effect != 0.0


@rule
def giving_felt(here: Any, me: Any, terms: Any) -> None:
    """Whoever gave thinks better of the firm, or worse."""
    feels(here, me, terms, terms.effect)


def book(totals: Mapping[str, int], terms: Donation) -> dict[str, int]:
    """What was paid to the cause, as the cost of a reward."""
    return {"reward_cost": totals["donated"] * round(terms.cost * PARTS) // PARTS}


def tell(scene: Scene) -> list[str]:
    """Points given away."""
    if (given := scene.counts.get("points_given", 0)) > 0:
        points = f"{given / 1000:.0f}"
        english = f"gave {points} points of {scene.firm} to a good cause"
        return scene.say(english, f"把 {scene.firm} 的 {points} 积分捐给了公益")
    return []


MECHANISM = Mechanism(
    name="donation",
    level="program",
    source="programs let members give points to charity; how often they do is assumed",
    terms=Donation,
    neutral={"chance": 0.0},
    needs=("bond", "membership"),
    hooks=(
        Hook("visit", given_away, beside=("points",)),
        Hook("visit", giving_felt, when=has_given, order=46),
    ),
    roles={"gave": Role("points were given away")},
    counts={"points_given": "thousandths of a point", "donated": "cents"},
    book=book,
    fits=no_points("donation", "chance"),
    tell=tell,
    order=25,
)
