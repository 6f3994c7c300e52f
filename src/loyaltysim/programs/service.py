"""A firm serves better than is usual, fails less often, or makes good what failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from loyaltysim.mechanism.declare import Mechanism
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Service(Dated):
    """What the firm does about a visit, against what is usual in the market (behaviour.experience says what is)."""

    quality: float = term(0.0, "units of quality above the usual", -100.0, 100.0)
    noise: float = term(1.0, "times the usual", 0.0, 100.0, doc="spread of quality between visits")
    failures: float = term(1.0, "times the usual", 0.0, 1000.0, doc="chance that a visit fails")
    severity: float = term(1.0, "times the usual", 0.0, 1000.0, doc="mean harm of a failure")
    voice: float = term(1.0, "times the usual", 0.0, 1000.0, doc="chance that a failure is complained about")
    recovery: float = term(0.0, "share of complaints", 0.0, 1.0, doc="how many are made good")
    recovery_quality: float = term(0.8, "share of the harm", 0.0, 1.0, doc="how much an answer at once makes good")
    response_time: float = term(0.0, "weeks", 0.0, 520.0, doc="until the answer; see behaviour.experience.patience")
    promise: float = term(0.0, "units of quality above the usual", -100.0, 100.0, doc="what customers are told")
    unit_cost: float = term(0.0, "money per visit", 0.0, 1e5, doc="what serving this way costs")
    recovery_cost: float = term(1.0, "money per recovery", 0.0, 1e5)


NEUTRAL = {
    "quality": 0.0, "noise": 1.0, "failures": 1.0, "severity": 1.0, "voice": 1.0, "recovery": 0.0, "promise": 0.0,
}  # fmt: skip


class Pledge(NamedTuple):
    """Does the firm serve otherwise than is usual, so that its visits are held against its promise?"""

    pledged: bool


def pledge(terms: Service | None, program: Mapping[str, Any]) -> Pledge:
    """A firm that trains its staff, tells stages apart, or whose service differs from the usual in any way."""
    own, stages = Service() if terms is None else terms, program.get("stages")
    otherwise = "staff" in program or (stages is not None and stages.live)
    return Pledge(otherwise or any(getattr(own, key) != usual for key, usual in NEUTRAL.items()))


def book(totals: Mapping[str, int], terms: Service) -> dict[str, int]:
    """Visits under the service are touchpoints; recoveries have a line of their own."""
    return {
        "touchpoints": int(totals["served"] * round(terms.unit_cost * 100)),
        "recovery": int(totals["recoveries"] * round(terms.recovery_cost * 100)),
    }


MECHANISM = Mechanism(
    name="service",
    level="program",
    source="voice, exit and recovery: Hirschman 1970; Tax, Brown & Chandrashekaran 1998, J. Marketing 62(2); assumed",
    terms=Service,
    neutral=NEUTRAL,
    derive=pledge,
    needs=("experience",),
    counts={"failures": "purchases", "complaints": "purchases", "recoveries": "complaints", "served": "purchases"},
    book=book,
    generosity="recovery",
    order=54,
)
