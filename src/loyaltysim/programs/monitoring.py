"""The firm reads what is said of it, sees some of the bad words, and answers."""

from __future__ import annotations

from dataclasses import dataclass

from loyaltysim.behaviour.bond import bond_moves, unbonded
from loyaltysim.behaviour.word_of_mouth import DETRACTOR, POSTED
from loyaltysim.mechanism.declare import Hook, Mechanism, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Monitoring:
    """Each week, of last week's words: a detractor is noticed with chance `sensitivity`, anybody else who spoke is
    taken for one with chance `false_alarm`. An answer takes the share `made_good` off a dissatisfaction.
    """

    sensitivity: float = term(0.5, "share of detractors", 0.0, 1.0)
    false_alarm: float = term(0.05, "share of other words", 0.0, 1.0)
    made_good: float = term(0.5, "share of the dissatisfaction", 0.0, 1.0)
    event: float = term(0.0, "bond event per answer", -1.0, 1.0, doc="being watched may please or annoy; signed")
    unit_cost: float = term(0.5, "money per answer", 0.0, 1e5)


@rule
def answers(sat, said, draw_monitor, monitoring_sensitivity, monitoring_false_alarm, monitoring_made_good):
    """A week: satisfaction after an answer, and 1 if there was one."""
    chance = monitoring_false_alarm
    if said == 0:
        chance = 0.0
    if said == DETRACTOR or said == DETRACTOR + POSTED:
        chance = monitoring_sensitivity
    if draw_monitor >= chance:
        return sat, 0
    return sat - monitoring_made_good * min(0.0, sat), 1


@rule
def being_answered(bond, gain_answers, link_recept, monitoring_event, bond_loss, bond_floor):
    """What an answer does to the bond."""
    return bond_moves(bond, monitoring_event * gain_answers, link_recept, bond_loss, bond_floor)


def columns(terms: Monitoring | None, program) -> dict[str, float | int]:
    """The numbers that the step reads; without the component nobody reads and nobody answers."""
    own = Monitoring(sensitivity=0.0, false_alarm=0.0) if terms is None else terms
    return {f"monitoring_{key}": getattr(own, key) for key in ("sensitivity", "false_alarm", "made_good", "event")}


def fits(terms: Monitoring, scenario) -> list[tuple[str, str]]:
    """What moves a bond needs one."""
    return unbonded(terms, scenario, "event")


def book(totals, terms: Monitoring) -> dict[str, int]:
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
    columns=columns,
    needs=("experience", "word_of_mouth"),
    hooks=(
        Hook("week", answers, sets=("sat",), counts=("answers",)),
        Hook("week", being_answered, sets=("bond",), beside=("bond",), only="monitoring_event != 0"),
    ),
    counts={"answers": "customers"},
    book=book,
    fits=fits,
    generosity="sensitivity",
    tell=tell,
    order=69,
)
