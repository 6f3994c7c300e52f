"""Start the configured program in a given week; run none before."""

from __future__ import annotations

from dataclasses import dataclass

from loyaltysim.firms.policies import Policy
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Launch:
    """When the program starts."""

    week: int = term(52, "week", 0, 5199, doc="first week in which the program runs")


def decide(terms: Launch, firm, world):
    """No program before the launch week, the configured one from it on."""
    return firm.configured_program if world.week >= terms.week else {}


POLICY = Policy("launch", "a dated decision", Launch, decide, order=20)
