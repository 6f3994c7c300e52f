"""Run the configured program from the first week, and never change it."""

from __future__ import annotations

from dataclasses import dataclass

from loyaltysim.firms.policies import Policy


@dataclass(frozen=True)
class Static:
    """No keys."""


def decide(terms: Static, firm, world):
    """The configured program, always."""
    return firm.configured_program


POLICY = Policy("static", "the passive rival of every comparison", Static, decide, order=10)
