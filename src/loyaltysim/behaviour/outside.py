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


MECHANISM = Mechanism(
    name="outside",
    level="behaviour",
    source="nested logit with an outside good; size assumed and swept",
    terms=Outside,
    neutral={"expansion": 0.0},
    hooks=(Hook("rate", category_rate),),
    order=70,
)
