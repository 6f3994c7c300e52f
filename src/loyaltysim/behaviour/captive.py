"""At some occasions only one firm is at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from loyaltysim.mechanism.declare import Field, Hook, Mechanism, People
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Captive:
    """With some chance per occasion the customer must buy at one firm: no other is near."""

    chance: float = term(0.0, "per occasion", 0.0, 1.0, doc="lambda of the stamp-card duopoly")
    firm: str = term("", "firm", doc="the firm at hand; empty = the focal firm")


@rule
def is_at_hand(here: Any, terms: Any, draw_captive: float) -> int:
    """0 for the other firms at an occasion at which only the one firm is at hand."""
    if here.far == 1 and draw_captive < terms.chance:
        return 0
    return 1


def others(population: People, terms: Captive) -> np.ndarray:
    """Every firm but the one at hand. -> (n, n_firms)"""
    own = terms.firm or population.scenario.focal
    return np.tile([name != own for name in population.scenario.firms], (population.n, 1))


MECHANISM = Mechanism(
    name="captive",
    level="behaviour",
    source="Goel & Skochdopole 2017, WINE: must buy at the firm with the card with chance lambda; size assumed",
    terms=Captive,
    neutral={"chance": 0.0},
    fields={"far": Field(per_firm=True, dtype="int8", start=others, unit="0 or 1")},
    hooks=(Hook("known", is_at_hand),),
    order=6,
)
