"""A better offer makes people buy more in the category, not only elsewhere."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from loyaltysim.mechanism.declare import Hook, Mechanism
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Outside:
    """How the purchase rate answers to the appeal of all offers, which is 0 at base offers."""

    kind: str = term("elastic", "", choices=("elastic", "logit"))
    expansion: float = term(0.1, "share", 0.0, 1.0, doc="lambda of the elastic option, s0 of the logit option")

    @property
    def elastic(self) -> float:
        """lambda; 0 in the logit option."""
        return self.expansion if self.kind == "elastic" else 0.0

    @property
    def logit(self) -> float:
        """s0; 0 in the elastic option."""
        return 0.0 if self.kind == "elastic" else self.expansion


@rule
def category_rate(me: Any, terms: Any) -> None:
    """The rate at this appeal: rate exp(lambda A), or rate / (1 - s0 + s0 exp(-A)); exactly the rate at A = 0."""
    larger = me.pace * math.exp(min(700.0, terms.elastic * me.appeal))
    me.pace = larger / (1.0 + terms.logit * math.expm1(-me.appeal))


@rule
def worth_of_more(me: Any, terms: Any) -> float:
    """Purchases that an appeal A brings are worth less than those that it finds: the area below demand from 0 to A,
    per purchase at A, less A. Appeals above 700 are not told apart.
    """
    a, s0 = me.appeal, terms.logit
    if terms.elastic > 0.0:
        return -math.expm1(-min(700.0, terms.elastic * a)) / terms.elastic - a
    if s0 == 0.0:
        return 0.0
    if s0 == 1.0:
        return -math.expm1(-a) - a
    fewer = 1.0 + s0 * math.expm1(-a)
    return fewer * (a + math.log(fewer)) / (1.0 - s0) - a


MECHANISM = Mechanism(
    name="outside",
    level="behaviour",
    source="nested logit with an outside good; size assumed and swept",
    terms=Outside,
    neutral={"expansion": 0.0},
    hooks=(Hook("rate", category_rate), Hook("worth", worth_of_more)),
    order=70,
)
