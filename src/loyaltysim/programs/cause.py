"""A firm stands for something: it wins those who agree and puts off those who do not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from loyaltysim.behaviour.bond import feels
from loyaltysim.mechanism import draws
from loyaltysim.mechanism.declare import Field, Hook, Mechanism, People
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Cause(Dated):
    """Customers' convictions lie evenly between -1 and 1. Each week is a bond event of

        effect x congruence,      congruence = max(-1, 1 - |conviction - stance| / tolerance)

    for every customer. Where the bond's floor is 0 those who disagree have nothing to lose but a bond made otherwise.
    """

    stance: float = term(0.0, "place between -1 and 1", -1.0, 1.0, doc="what the firm stands for; 0 = the middle")
    tolerance: float = term(1.0, "distance", 0.01, 2.0, doc="from where on a customer disagrees")
    effect: float = term(0.02, "event per week", 0.0, 1.0, doc="of full agreement")
    spend: float = term(0.0, "money per week", 0.0, 1e12, doc="what standing for it costs")


@rule
def agrees(conviction: float, stance: float, tolerance: float) -> float:
    """Congruence of values: 1 where the firm stands where the customer does, 0 at the tolerance, -1 at most."""
    return max(-1.0, 1.0 - abs(conviction - stance) / tolerance)


@rule
def stands_for_something(me: Any, terms: Any) -> bool:
    """Is there a cause, and somebody in the market who sees it?"""
    return me.status == 1 and terms.effect != 0


@rule
def shares_values(here: Any, me: Any, terms: Any) -> None:
    """A week under a firm's cause."""
    feels(here, me, terms, terms.effect * agrees(me.conviction, terms.stance, terms.tolerance))


def convictions(population: People, terms: Cause) -> np.ndarray:
    """Where each customer stands, for life. -> (n,) uniform in (-1, 1)"""
    return 2.0 * draws.lasting(population["key"], "conviction") - 1.0


def book(totals: Mapping[str, int], terms: Cause) -> dict[str, int]:
    """What the cause costs while it runs."""
    return {"fixed_cost": totals["weeks_running"] * round(terms.spend * 100)}


MECHANISM = Mechanism(
    name="cause",
    level="program",
    source="congruence of values makes identification (source texts, S0-25, S2-11); form and size assumed",
    terms=Cause,
    neutral={"effect": 0.0},
    needs=("bond",),
    fields={"conviction": Field(per_firm=False, dtype="float64", start=convictions, unit="place between -1 and 1")},
    hooks=(Hook("week", shares_values, when=stands_for_something),),
    book=book,
    generosity="effect",
    priced="spend",
    order=47,
)
