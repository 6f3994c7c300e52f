"""A membership that is not used for long ends: the card is gone with what is on it, and may be taken again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from loyaltysim.mechanism.declare import Field, Hook, Mechanism, People, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Lapse(Dated):
    """Weeks without a visit, in which nothing can be redeemed either: a membership is first dormant, then gone."""

    dormant: int = term(
        52, "weeks without a visit", 1, 5200, doc="after which a membership counts as dormant",
        source="COLLOQUY census: a membership is active if it earned or redeemed within a year",
    )  # fmt: skip
    after: int = term(104, "weeks without a visit", 0, 5200, doc="after which the card is gone; 0 = never")


@rule
def ends(terms: Any) -> bool:
    """Do memberships end when they are not used?"""
    return terms.after != 0


@rule
def card_rests(here: Any, terms: Any, visit: Any) -> None:
    """At the start of a week: another week without a visit; after `after` of them the membership is over."""
    if here.joined < 0:
        return
    if here.resting >= terms.after:
        here.joined = -1
        here.resting = 0
        visit.lapses += 1
    else:
        here.resting = here.resting + 1


@rule
def card_used(here: Any) -> None:
    """At a visit: the card is in use."""
    here.resting = 0


def over(people: People, terms: Lapse, place: int) -> np.ndarray:
    """Whose membership ends this week: what is on the card goes with it. -> (n,) bool"""
    idle: np.ndarray = (people["joined"][:, place] >= 0) & (people["resting"][:, place] >= terms.after)
    return idle & (terms.after > 0)


def fits(terms: Lapse, scenario: Scenario) -> list[tuple[str, str]]:
    """Where all are members whatever they do, no membership can end."""
    firms = [f.program for f in scenario.firms.values() if f.program.get("lapse") == terms]
    if terms.after == 0 or not any(f["membership"].join == "everyone" for f in firms if "membership" in f):
        return []
    return [("after", f"= {terms.after} ends memberships that join=everyone renews at once: set it to 0, or join=once")]


def tell(scene: Scene) -> list[str]:
    """The card is gone."""
    if scene.counts.get("lapses", 0) > 0:
        return scene.say(f"the card of {scene.firm} was not used and ended", f"{scene.firm} 的会员卡久未使用，已失效")
    return []


MECHANISM = Mechanism(
    name="lapse",
    level="program",
    source="active and dormant memberships: COLLOQUY census (42 % active); after how long a card is gone is assumed",
    terms=Lapse,
    neutral={"after": 0},
    needs=("membership",),
    fields={"resting": Field(per_firm=True, dtype="int32", start=0, unit="weeks since the last visit with the card")},
    hooks=(
        Hook("week", card_rests, when=ends, order=11),
        Hook("visit", card_used, when=ends, order=11),
    ),
    counts={"lapses": "customers"},
    forfeits=over,
    fits=fits,
    tell=tell,
    order=11,
)
