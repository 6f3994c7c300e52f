"""A firm stands for something: it wins those who agree and puts off those who do not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loyaltysim.behaviour.bond import bond_moves
from loyaltysim.mechanism import draws
from loyaltysim.mechanism.declare import Field, Hook, Mechanism
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Cause:
    """Customers' convictions lie evenly between -1 and 1. Each week is a bond event of

        effect x congruence,      congruence = max(-1, 1 - |conviction - stance| / tolerance)

    for every customer. Where the bond's floor is 0 those who disagree have nothing to lose but a bond made otherwise.
    """

    stance: float = term(0.0, "place between -1 and 1", -1.0, 1.0, doc="what the firm stands for; 0 = the middle")
    tolerance: float = term(1.0, "distance", 0.01, 2.0, doc="from where on a customer disagrees")
    effect: float = term(0.02, "event per week", 0.0, 1.0, doc="of full agreement")
    spend: float = term(0.0, "money per week", 0.0, 1e12, doc="what standing for it costs")


@rule
def agrees(conviction, cause_stance, cause_tolerance):
    """Congruence of values: 1 where the firm stands where the customer does, 0 at the tolerance, -1 at most."""
    return max(-1.0, 1.0 - abs(conviction - cause_stance) / cause_tolerance)


@rule
def shares_values(bond, conviction, link_recept, bond_loss, bond_floor, cause_stance, cause_tolerance, cause_effect):
    """A week under a firm's cause."""
    event = cause_effect * agrees(conviction, cause_stance, cause_tolerance)
    return bond_moves(bond, event, link_recept, bond_loss, bond_floor)


def convictions(population, terms) -> np.ndarray:
    """Where each customer stands, for life. -> (n,) uniform in (-1, 1)"""
    return 2.0 * draws.lasting(population["key"], "conviction") - 1.0


def columns(terms: Cause | None, program) -> dict[str, float | int]:
    """The numbers that the step reads; without the component a firm stands for nothing."""
    own = Cause(effect=0.0) if terms is None else terms
    return {"cause_stance": own.stance, "cause_tolerance": own.tolerance, "cause_effect": own.effect}


def book(totals, terms: Cause) -> dict[str, int]:
    """What the cause costs while it runs."""
    return {"fixed_cost": totals["weeks_running"] * round(terms.spend * 100)}


MECHANISM = Mechanism(
    name="cause",
    level="program",
    source="congruence of values makes identification (source texts, S0-25, S2-11); form and size assumed",
    terms=Cause,
    neutral={"effect": 0.0},
    columns=columns,
    needs=("bond",),
    fields={"conviction": Field(per_firm=False, dtype="float64", start=convictions, unit="place between -1 and 1")},
    hooks=(Hook("week", shares_values, sets=("bond",), only="status == 1 and cause_effect != 0"),),
    book=book,
    generosity="effect",
    priced="spend",
    order=47,
)
