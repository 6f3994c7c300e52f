"""Customers remember how good a firm was, the last visits most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from loyaltysim.mechanism.declare import Field, Hook, Mechanism
from loyaltysim.mechanism.draws import normal
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Satisfaction:
    """What a firm's visitors experience: q ~ Normal(quality, noise); s moves by `gain` of its distance to q."""

    quality: float = term(0.0, "satisfaction", -10.0, 10.0, doc="mean experience at this firm")
    noise: float = term(1.0, "satisfaction", 0.0, 10.0, doc="spread of an experience around its mean")
    gain: float = term(0.2, "share of the gap", 0.0, 1.0, doc="weight of the last experience")


@rule
def experienced(here: Any, terms: Any, draw_quality: float) -> None:
    """At a visit: satisfaction moves towards what was experienced."""
    quality = terms.quality + terms.noise * normal(draw_quality)
    here.satisfaction = here.satisfaction + terms.gain * (quality - here.satisfaction)


MECHANISM = Mechanism(
    name="satisfaction",
    level="program",
    source="exponentially weighted experience; sizes assumed, for the benchmark only",
    terms=Satisfaction,
    fields={"satisfaction": Field(per_firm=True, dtype="float32", unit="satisfaction, 0 before a visit")},
    hooks=(Hook("visit", experienced),),
    order=50,
)
