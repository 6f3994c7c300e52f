"""Complaints tell a firm where its faults are; those it repairs fail nobody again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from loyaltysim.mechanism.declare import Hook, Mechanism, World
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Improvement(Dated):
    """Faults left in week t + 1, a factor on the firm's chance of failure:

        1 - (1 - faults left) keep      then times exp(-learning x complaints of the week / its visits)

    New faults come with a half-life. Complaints are those that are voiced (`service.voice`) while it runs,
    answered or not.
    """

    learning: float = term(1.0, "per complaint and visit", 0.0, 1e4, doc="how fast causes are repaired")
    half_life: float = term(52.0, "weeks", 0.1, 5200.0, doc="until half of what was repaired fails anew")
    unit_cost: float = term(1.0, "money per complaint", 0.0, 1e5, doc="what looking into it costs")

    @property
    def listens(self) -> bool:
        """Does the firm look for causes?"""
        return self.learning > 0.0


@rule
def looks_into(terms: Any, visit: Any) -> None:
    """At a visit: complaints whose causes the firm looks for."""
    visit.looked_into += visit.complained * terms.listens


def around(market: World, terms: Improvement) -> dict[str, np.ndarray]:
    """Faults that each firm has left this week, 1 at first. -> (n_firms,)"""
    left = np.ones(len(market.firms))
    if not market.surroundings:
        return {"faults_left": left}
    last, counts = market.surroundings[-1]["faults_left"], market.assembled.counts
    seen, visits = (market.weekly[-1][:, counts.index(name)] for name in ("looked_into", "visits"))
    for j, firm in enumerate(market.firms.values()):
        own = firm.running_program.get("improvement")
        if own is not None:
            known = seen[j] / max(1, visits[j])
            left[j] = (1.0 - (1.0 - last[j]) * 0.5 ** (1.0 / own.half_life)) * np.exp(-own.learning * known)
    return {"faults_left": left}


def book(totals: Mapping[str, int], terms: Improvement) -> dict[str, int]:
    """Complaints looked into, at their unit cost."""
    return {"recovery": int(totals["looked_into"] * round(terms.unit_cost * 100))}


MECHANISM = Mechanism(
    name="improvement",
    level="program",
    source="complaints as feedback that improves the service (source texts, S3-58); form and sizes assumed",
    terms=Improvement,
    neutral={"learning": 0.0},
    needs=("experience", "service"),
    hooks=(Hook("visit", looks_into),),
    counts={"looked_into": "complaints"},
    book=book,
    generosity="learning",
    priced="unit_cost",
    around=around,
    around_columns={"faults_left": 1.0},
    order=56,
)
