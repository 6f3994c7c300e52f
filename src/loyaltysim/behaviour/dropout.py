"""Customers of a birth cohort go away for good, silently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from loyaltysim.mechanism.declare import Field, Hook, Mechanism, People
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.terms import term

FOREVER = 1e18  # weeks


@dataclass(frozen=True)
class Dropout:
    """After each purchase with a chance of their own (BG/NBD), or at a moment of their own (Pareto/NBD)."""

    kind: str = term("per_purchase", "", choices=("none", "per_purchase", "per_week"))
    a: float = term(0.8, "", 0.001, 1e4, doc="per_purchase: chance ~ Beta(a, b)")
    b: float = term(2.4, "", 0.001, 1e4)
    s: float = term(0.6, "", 0.001, 1e4, doc="per_week: death rate ~ Gamma(shape s, mean s / beta)")
    beta: float = term(12.0, "weeks", 0.001, 1e6)


@rule
def dies_after_purchase(me: Any, draw_dropout: float) -> int:
    """1 if the customer leaves after this purchase."""
    return int(draw_dropout < me.dropout)


@rule
def living_rate(me: Any, visit: Any) -> None:
    """The rate over the part of the week in which the customer still lives."""
    left = me.lifetime + me.entered - visit.week
    if left < 1.0:
        me.pace = me.pace * max(left, 0.0)


@rule
def dies_this_week(me: Any, visit: Any) -> int:
    """1 if the life ends before the next week begins."""
    return int(me.lifetime + me.entered <= visit.week + 1.0)


def chance(population: People, terms: Dropout) -> np.ndarray:
    """Beta(a, b) chance of leaving after a purchase; 0 for the other kinds."""
    if terms.kind != "per_purchase":
        return np.zeros(population.n)
    from scipy.special import betaincinv

    return betaincinv(terms.a, terms.b, population.lasting("dropout_rate"))


def life(population: People, terms: Dropout) -> np.ndarray:
    """Exponential lifetime in weeks at the customer's own Gamma(s) death rate; endless for the other kinds."""
    if terms.kind != "per_week":
        return np.full(population.n, FOREVER)
    from scipy.special import gammaincinv

    rate = gammaincinv(terms.s, population.lasting("dropout_rate")) / terms.beta
    return -np.log(population.lasting("lifetime")) / np.maximum(rate, 1.0 / FOREVER)


MECHANISM = Mechanism(
    name="dropout",
    level="behaviour",
    source="Fader, Hardie & Lee 2005, Marketing Science 24(2) (BG/NBD); Schmittlein et al. 1987 (Pareto/NBD)",
    terms=Dropout,
    neutral={"kind": "none"},
    fields={
        "dropout": Field(per_firm=False, dtype="float64", start=chance, unit="chance per purchase"),
        "lifetime": Field(per_firm=False, dtype="float64", start=life, unit="weeks since entering"),
    },
    hooks=(
        Hook("rate", living_rate),
        Hook("leave", dies_after_purchase),
        Hook("end", dies_this_week),
    ),
    order=80,
)
