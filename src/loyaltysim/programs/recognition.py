"""The shop recognises a customer, and the customer likes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loyaltysim.behaviour.bond import bond_rises
from loyaltysim.mechanism.audience import Audience, addressed, audience
from loyaltysim.mechanism.declare import Hook, Mechanism, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Recognition(Audience, Dated):
    """A touchpoint at a visit: {audience, probability, effect on the bond, unit cost}."""

    audience: str = audience("everyone", "who is recognised")
    probability: float = term(0.2, "per visit", 0.0, 1.0)
    effect: float = term(0.03, "share of the gap to a full bond", 0.0, 1.0)
    unit_cost: float = term(0.25, "money per touchpoint", 0.0, 1e5)


@rule
def recognised(here: Any, me: Any, terms: Any, visit: Any, draw_recognition: float) -> None:
    """At a visit: with some probability the bond rises and one touchpoint is paid for."""
    if draw_recognition >= terms.probability or addressed(here, me, terms) == 0:
        return
    here.bond = bond_rises(here.bond, terms.effect, me.link_recept)
    visit.recognitions += 1
    visit.touches += 1


def book(totals: Mapping[str, int], terms: Recognition) -> dict[str, int]:
    """Touchpoints at their unit cost."""
    return {"touchpoints": int(totals["recognitions"] * round(terms.unit_cost * 100))}


def tell(scene: Scene) -> list[str]:
    """Being recognised, as often as it was paid for."""
    if scene.counts.get("recognitions", 0) > 0:
        return scene.say(f"was recognised at {scene.firm}", f"{scene.firm} 认出了这位客户")
    return []


MECHANISM = Mechanism(
    name="recognition",
    level="program",
    source="the cafe owner who remembers names and tastes (source texts, S2-01); size assumed",
    terms=Recognition,
    neutral={"probability": 0.0},
    needs=("bond", "membership"),
    hooks=(Hook("visit", recognised),),
    counts={"recognitions": "touchpoints"},
    book=book,
    gives=lambda terms: terms.members and terms.probability > 0 and terms.effect > 0,
    generosity="probability",
    tell=tell,
    order=45,
)
