"""Start the configured program in a given week; run none before."""

from __future__ import annotations

from dataclasses import dataclass

from loyaltysim.firms.decision import Decision, Draw, Policy, Seen
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Launch:
    """When the program starts."""

    week: int = term(52, "week", 0, 5199, doc="first week in which the program runs")


def decide(terms: Launch, seen: Seen, draw: Draw) -> Decision:
    """No program before the launch week, the configured one from it on."""
    return Decision(program=seen.configured if seen.week >= terms.week else {})


POLICY = Policy("launch", "a dated decision", Launch, decide, sets=("program",))
