"""Trained staff is friendlier and its service more even; trained people leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from loyaltysim.mechanism.declare import Mechanism, World
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Staff(Dated):
    """Skill s of a firm's staff, 0 at first: s <- s + training (1 - s) - loss s, each week, with

        loss = turnover + strain x max(0, visitors of last week / usual ones - 1), at most 1

    It settles at training / (training + loss). Full skill adds `friendliness` to every visit, and to what customers say
    of the service, and takes the share `expertise` off the spread of visits. Under load skill goes sooner.
    """

    training: float = term(0.05, "share of the gap per week", 0.0, 0.5)
    turnover: float = term(0.01, "share per week", 0.0, 0.5, doc="how fast skill leaves with people")
    strain: float = term(
        0.0,
        "share per week and usual visitors",
        0.0,
        10.0,
        doc="how much faster skill goes at twice the usual visitors",
    )
    friendliness: float = term(0.5, "units of quality", -100.0, 100.0, doc="at full skill")
    expertise: float = term(0.3, "share of the spread", 0.0, 1.0, doc="that full skill takes away")
    spend: float = term(0.0, "money per week", 0.0, 1e12, doc="what training costs")


def around(market: World, terms: Staff) -> dict[str, np.ndarray]:
    """Skill of each firm's staff this week; 0 where it is not trained. -> (n_firms,)"""
    none = np.zeros(len(market.firms))
    before = market.surroundings[-1] if market.surroundings else {"staff_skill": none, "crowd": none}
    last, skill = before["staff_skill"], np.zeros(len(market.firms))
    for j, firm in enumerate(market.firms.values()):
        own = firm.running_program.get("staff")
        if own is not None:
            loss = min(1.0, own.turnover + own.strain * max(0.0, before["crowd"][j]))
            skill[j] = last[j] + own.training * (1.0 - last[j]) - loss * last[j]
    return {"staff_skill": skill}


def book(totals: Mapping[str, int], terms: Staff) -> dict[str, int]:
    """Training, while it runs."""
    return {"fixed_cost": totals["weeks_running"] * round(terms.spend * 100)}


MECHANISM = Mechanism(
    name="staff",
    level="program",
    source="friendliness beside response time and problem solving (source texts, S2-15); training: S3-70; assumed",
    terms=Staff,
    neutral={"friendliness": 0.0, "expertise": 0.0},
    needs=("experience", "service"),
    book=book,
    generosity="training",
    priced="spend",
    around=around,
    around_columns={"staff_skill": 0.0},
    order=53,
)
