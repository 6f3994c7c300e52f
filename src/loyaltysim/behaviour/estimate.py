"""How firms judge relationship propensity, where they act on it (mechanism/audience.py)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from loyaltysim.mechanism.declare import Field, Mechanism, People
from loyaltysim.mechanism.links import propensity_rank
from loyaltysim.scenario.dates import variants
from loyaltysim.scenario.model import Scenario


@dataclass(frozen=True)
class Estimate:
    """Set per touchpoint and offer (audience: estimated; who: portrait); this component has no keys of its own."""


def score(people: People, terms: Estimate) -> np.ndarray:
    """The normal score of each customer's propensity in the mix. -> (n,)"""
    normal: np.ndarray = special.ndtri(propensity_rank(people.scenario.customers.relational_share, people["rho"]))
    return normal


def errors(people: People, terms: Estimate) -> np.ndarray:
    """What each firm errs by about each customer, for life: standard normal. -> (n, n_firms)"""
    lucks = [people.scenario.luck(firm) for firm in people.scenario.firms]
    return np.column_stack([special.ndtri(people.lasting("estimate", luck)) for luck in lucks])


def wanted(scenario: Scenario) -> bool:
    """Does some firm act on its estimate, now or from a date on?"""
    parts = [part for firm in scenario.firms.values() for part in firm.program.values()]
    asked = [then for part in parts for _, then in variants(part)]
    return any(getattr(t, "audience", "") == "estimated" or getattr(t, "who", "") == "portrait" for t in asked)


MECHANISM = Mechanism(
    name="estimate",
    level="behaviour",
    source="firms see purchases, not propensities (model.md 4); reliability assumed",
    terms=Estimate,
    fields={
        "propensity": Field(per_firm=False, dtype="float64", start=score, unit="normal score of rho", idle=0.0),
        "misjudged": Field(per_firm=True, dtype="float64", start=errors, unit="standard normal", idle=0.0),
    },
    wanted=wanted,
    order=6,
)
