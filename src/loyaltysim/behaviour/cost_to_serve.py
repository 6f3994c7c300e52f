"""What it costs a firm to serve a customer at a visit: less, as much, or more the longer they know each other."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from loyaltysim.mechanism.declare import Field, Hook, Mechanism, People
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.terms import term

NOT_YET = 1 << 30  # a week that no run reaches


@dataclass(frozen=True)
class CostToServe:
    """Every visit costs its firm `unit_cost` beside the goods, and with tenure, the weeks since the first visit (or the
    first contract), up to `change` of it less or more. It moves no choice and is in the world without a program too.
    """

    unit_cost: float = term(0.0, "money per visit", 0.0, 1e5, doc="of a customer who is new to the firm")
    shape: str = term("flat", "", choices=("flat", "falling", "rising"), doc="what it does with tenure")
    change: float = term(0.5, "share of unit_cost", 0.0, 1.0, doc="that is lost or added in the long run")
    half_life: float = term(26.0, "weeks", 0.01, 5200.0, doc="of tenure, until half of the change has come")

    @property
    def cents(self) -> float:
        """The cost of a new customer's visit in cents."""
        return 100.0 * self.unit_cost

    @property
    def drift(self) -> float:
        """The change in the long run, signed."""
        return {"flat": 0.0, "falling": -self.change, "rising": self.change}[self.shape]

    @property
    def pace(self) -> float:
        """How fast it comes, per week."""
        return math.log(2.0) / self.half_life


@rule
def cost_of_visit(terms: Any, tenure: int) -> int:
    """Whole cents of one visit of a customer who has known the firm for so many weeks."""
    known = -math.expm1(-terms.pace * tenure)
    return int(terms.cents * (1.0 + terms.drift * known) + 0.5)


@rule
def served_at_cost(here: Any, terms: Any, visit: Any) -> None:
    """At a visit: the first is remembered, and what this one costs is counted."""
    here.first_visit = min(here.first_visit, visit.week)
    visit.serving_cents += cost_of_visit(terms, visit.week - here.first_visit)


def known_since(population: People, terms: CostToServe) -> np.ndarray:
    """The week of the first visit: of contracts under way when they began, else none yet. -> (n, n_firms)"""
    first = np.full((population.n, len(population.scenario.firms)), NOT_YET)
    if "provider" in population.columns:
        rows = np.flatnonzero(population["provider"] >= 0)
        first[rows, population["provider"][rows]] = population["started"][rows]
    return first


def book(totals: Mapping[str, int], terms: CostToServe) -> dict[str, int]:
    """Cents since the start; nobody was served before the first week."""
    return {"touchpoints": totals.get("serving_cents", 0)}


MECHANISM = Mechanism(
    name="cost_to_serve",
    level="behaviour",
    source="Reinartz & Kumar 2000, J. Marketing 64(4), ask whether old customers cost less to serve; sizes assumed",
    terms=CostToServe,
    neutral={"unit_cost": 0.0},
    fields={"first_visit": Field(per_firm=True, dtype="int32", start=known_since, unit="week of the first visit")},
    hooks=(Hook("visit", served_at_cost),),
    counts={"serving_cents": "cents"},
    book=book,
    order=93,
)
