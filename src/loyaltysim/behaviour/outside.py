"""A better offer makes people buy more in the category, not only elsewhere."""

from __future__ import annotations

import math
from dataclasses import dataclass

from loyaltysim.mechanism.declare import Hook, Mechanism
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Outside:
    """How the purchase rate answers to the appeal of all offers, which is 0 at base offers."""

    kind: str = term("elastic", "", choices=("elastic", "logit"))
    expansion: float = term(0.1, "share", 0.0, 1.0, doc="lambda of the elastic option, s0 of the logit option")


@rule
def category_rate(rate, appeal, outside_elastic, outside_logit):
    """The rate at this appeal: rate exp(lambda A), or rate / (1 - s0 + s0 exp(-A)); exactly the rate at A = 0."""
    return rate * math.exp(min(700.0, outside_elastic * appeal)) / (1.0 + outside_logit * math.expm1(-appeal))


def columns(terms: Outside, scenario) -> dict[str, float]:
    """The numbers that the step reads: one of the two is 0."""
    elastic = terms.kind == "elastic"
    return {
        "outside_elastic": terms.expansion if elastic else 0.0,
        "outside_logit": 0.0 if elastic else terms.expansion,
    }


MECHANISM = Mechanism(
    name="outside",
    level="behaviour",
    source="nested logit with an outside good; size assumed and swept",
    terms=Outside,
    neutral={"expansion": 0.0},
    columns=columns,
    hooks=(Hook("rate", category_rate),),
    order=70,
)
