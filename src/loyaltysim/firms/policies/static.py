"""Run the configured program from the first week, and never change it."""

from __future__ import annotations

from dataclasses import dataclass

from loyaltysim.firms.decision import Decision, Draw, Policy, Seen


@dataclass(frozen=True)
class Static:
    """No keys."""


def decide(terms: Static, seen: Seen, draw: Draw) -> Decision:
    """The configured program, always."""
    return Decision(program=seen.configured)


POLICY = Policy("static", "the passive rival of every comparison", Static, decide, sets=("program",))
