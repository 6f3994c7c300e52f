"""Customers advise: what they suggest is adopted or not, and they are told, or never hear of it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loyaltysim.behaviour.bond import feels
from loyaltysim.mechanism.audience import Audience, addressed, audience
from loyaltysim.mechanism.declare import Hook, Mechanism, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Advice(Audience, Dated):
    """Every suggestion is handled at a cost; the three bond events are what its maker hears of it, or does not."""

    audience: str = audience("member", "who is asked for advice")
    suggest: float = term(0.02, "per visit", 0.0, 1.0, doc="chance of a suggestion")
    adoption: float = term(0.2, "share of suggestions", 0.0, 1.0, doc="that the firm adopts")
    feedback: float = term(0.8, "share of suggestions", 0.0, 1.0, doc="whose maker is told what became of it")
    adopted: float = term(0.1, "bond event", -1.0, 1.0, doc="of who is told that it was adopted; signed")
    answered: float = term(0.03, "bond event", -1.0, 1.0, doc="of who is told why it was not; signed")
    ignored: float = term(-0.02, "bond event", -1.0, 1.0, doc="of who never hears of it again; signed")
    unit_cost: float = term(0.5, "money per suggestion", 0.0, 1e5, doc="reading and answering it")
    adoption_cost: float = term(5.0, "money per adopted suggestion", 0.0, 1e6)


@rule
def suggests(
    here: Any, me: Any, terms: Any, visit: Any, draw_suggestion: float, draw_adoption: float, draw_feedback: float
) -> None:
    """At a visit: with some chance a suggestion, what becomes of it, and what its maker feels."""
    if draw_suggestion >= terms.suggest or addressed(here, me, terms) == 0:
        return
    visit.suggestions += 1
    event = terms.answered
    if draw_adoption < terms.adoption:
        visit.suggestions_adopted += 1
        event = terms.adopted
    if draw_feedback < terms.feedback:
        visit.suggestions_answered += 1
    else:
        event = terms.ignored
    feels(here, me, terms, event)


def book(totals: Mapping[str, int], terms: Advice) -> dict[str, int]:
    """Suggestions, and adopted ones beside, at their unit costs."""
    read, adopted = round(terms.unit_cost * 100), round(terms.adoption_cost * 100)
    return {"touchpoints": totals["suggestions"] * read + totals["suggestions_adopted"] * adopted}


def tell(scene: Scene) -> list[str]:
    """A suggestion, and what was heard of it."""
    if scene.counts.get("suggestions", 0) == 0:
        return []
    if scene.counts.get("suggestions_answered", 0) == 0:
        return scene.say(f"made a suggestion to {scene.firm}, never answered", f"向 {scene.firm} 提了建议，没有下文")
    return scene.say(f"made a suggestion to {scene.firm}, and was answered", f"向 {scene.firm} 提了建议，得到了答复")


MECHANISM = Mechanism(
    name="advice",
    level="program",
    source="customers as advisers (source texts, S3-35); sizes assumed",
    terms=Advice,
    neutral={"suggest": 0.0},
    needs=("bond", "membership"),
    hooks=(Hook("visit", suggests),),
    counts={
        "suggestions": "suggestions",
        "suggestions_adopted": "suggestions",
        "suggestions_answered": "suggestions",
    },
    book=book,
    gives=lambda terms: terms.members and terms.suggest > 0.0,
    generosity="suggest",
    tell=tell,
    order=46,
)
