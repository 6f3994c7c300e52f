"""A firm that a customer does not know has no utility."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from loyaltysim.mechanism.declare import Field, Hook, Mechanism, People, Scene
from loyaltysim.mechanism.rules import rule


@dataclass(frozen=True)
class Awareness:
    """Set per firm: `firms.<id>.awareness`; this component has no keys of its own."""


@rule
def is_known(here: Any) -> int:
    """1 if the customer knows the firm."""
    return here.aware


def known(population: People, terms: Awareness) -> np.ndarray:
    """Each firm is known to its share of customers."""
    return population.known()


def tell(scene: Scene) -> list[str]:
    """Getting to know a firm."""
    if scene.before["aware"] == 0 and scene.after["aware"] == 1:
        return scene.say(f"got to know {scene.firm}", f"知道了 {scene.firm}")
    return []


MECHANISM = Mechanism(
    name="awareness",
    level="behaviour",
    source="consideration sets; shares assumed",
    terms=Awareness,
    fields={"aware": Field(per_firm=True, dtype="int8", start=known, unit="0 or 1")},
    hooks=(Hook("known", is_known),),
    wanted=lambda scenario: any(firm.awareness < 1.0 for firm in scenario.firms.values()),
    tell=tell,
    order=5,
)
