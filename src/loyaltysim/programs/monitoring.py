"""The firm reads what is said of it, sees some of the bad words, and answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loyaltysim.behaviour.bond import feels, unbonded
from loyaltysim.behaviour.word_of_mouth import DETRACTOR, POSTED
from loyaltysim.mechanism.declare import Hook, Mechanism, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Monitoring(Dated):
    """Each week, of last week's words: a detractor is noticed with chance `sensitivity`, anybody else who spoke is
    taken for one with chance `false_alarm`. An answer takes the share `made_good` off a dissatisfaction.
    """

    sensitivity: float = term(0.5, "share of detractors", 0.0, 1.0)
    false_alarm: float = term(0.05, "share of other words", 0.0, 1.0)
    made_good: float = term(0.5, "share of the dissatisfaction", 0.0, 1.0)
    event: float = term(0.0, "bond event per answer", -1.0, 1.0, doc="being watched may please or annoy; signed")
    unit_cost: float = term(0.5, "money per answer", 0.0, 1e5)


@rule
def answers(here: Any, terms: Any, visit: Any, draw_monitor: float) -> None:
    """A week: some of what was said is answered, which takes the edge off a dissatisfaction."""
    chance = terms.false_alarm
    if here.said == 0:
        chance = 0.0
    if here.said == DETRACTOR or here.said == DETRACTOR + POSTED:
        chance = terms.sensitivity
    if draw_monitor < chance:
        here.sat = here.sat - terms.made_good * min(0.0, here.sat)
        visit.answers += 1
        visit.answered += 1


@rule
def answers_are_felt(terms: Any) -> bool:
    """Does an answer move the bond?"""
    return terms.event != 0


@rule
def being_answered(here: Any, me: Any, terms: Any, visit: Any) -> None:
    """What an answer does to the bond."""
    feels(here, me, terms, terms.event * visit.answered)


def fits(terms: Monitoring, scenario: Scenario) -> list[tuple[str, str]]:
    """What moves a bond needs one."""
    return unbonded(terms, scenario, "event")


def book(totals: Mapping[str, int], terms: Monitoring) -> dict[str, int]:
    """Answers, needless ones too, at their unit cost."""
    return {"recovery": int(totals["answers"] * round(terms.unit_cost * 100))}


def tell(scene: Scene) -> list[str]:
    """An answer to what was said."""
    if scene.counts.get("answers", 0) > 0:
        return scene.say(f"{scene.firm} replied to what was said of it", f"{scene.firm} 回应了网上的评价")
    return []


MECHANISM = Mechanism(
    name="monitoring",
    level="program",
    source="social-media monitoring (source texts, S2-20); sizes assumed",
    terms=Monitoring,
    neutral={"sensitivity": 0.0, "false_alarm": 0.0},
    needs=("experience", "word_of_mouth"),
    hooks=(
        Hook("week", answers),
        Hook("week", being_answered, when=answers_are_felt, beside=("bond",)),
    ),
    counts={"answers": "customers"},
    book=book,
    fits=fits,
    generosity="sensitivity",
    tell=tell,
    order=69,
)
