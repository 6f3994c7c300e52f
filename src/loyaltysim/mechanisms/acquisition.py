"""Money spent on acquisition reaches people: prospects while there are any, the customers of rivals otherwise."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from loyaltysim.mechanisms.parts import Mechanism
from loyaltysim.rules import rule
from loyaltysim.schema import term


@dataclass(frozen=True)
class Acquisition:
    """A firm's budget (`firms.<id>.acquisition`) is spread over its audience; the response has diminishing returns."""

    ceiling: float = term(0.01, "chance per week", 1e-6, 1.0, doc="who can be won in a week however much is spent")
    response: float = term(1.0, "per money and head", 1e-9, 1e6, doc="how soon spending reaches the ceiling")
    audience: str = term(
        "prospects", "", choices=("prospects", "rivals"), doc="a pool of prospects, or rivals' customers"
    )


@rule
def reached(budget, audience, ceiling, response):
    """Chance per week that spending moves one of the audience: ceiling (1 - exp(-response budget / audience))."""
    if audience <= 0.0 or budget <= 0.0:
        return 0.0
    return -ceiling * math.expm1(-response * budget / audience)


def around(market, terms: Acquisition) -> dict[str, np.ndarray]:
    """This week's reach of each firm, and for switchers its log relative to the first week. -> (n_firms,) each"""
    people, firms = market.population, market.firms.values()
    providers = np.bincount(people["provider"][people["provider"] >= 0], minlength=len(market.firms))
    if terms.audience == "prospects":
        audience = np.full(len(market.firms), (people["status"] == 0).sum())
    else:
        audience = providers.sum() - providers
    budgets = [firm.terms.acquisition for firm in firms]
    spent = zip(budgets, audience, strict=True)
    reach = np.array([reached(budget, float(heads), terms.ceiling, terms.response) for budget, heads in spent])
    log = np.log(np.maximum(reach, 1e-300)) if reach.any() else np.zeros(len(reach))
    if terms.audience == "prospects":
        return {"reach": reach, "reach_log": log, "lure_log": np.zeros_like(log)}
    first = market.surroundings[0]["first_log"] if market.surroundings else log
    return {"reach": reach, "reach_log": log, "lure_log": log - first, "first_log": first}


def enter(market, terms: Acquisition) -> None:
    """Each prospect enters this week with the chance that any firm reaches it; one keyed draw a week."""
    if terms.audience != "prospects":
        return
    people = market.population
    chance = 1.0 - np.prod(1.0 - market.surroundings[-1]["reach"])
    now = (people["status"] == 0) & (people.weekly("entry", market.week) < chance)
    people["status"][now] = 1
    people["entered"][now] = market.week


def fits(terms: Acquisition, scenario) -> list[tuple[str, str]]:
    """Somebody spends, and an audience exists."""
    if not any(firm.acquisition > 0.0 for firm in scenario.firms.values()):
        return [("ceiling", "has no effect while no firm spends: set firms.<id>.acquisition, money per week")]
    if terms.audience == "rivals" and scenario.behaviour["renewal"].exit_share == 1.0:
        return [("audience", "= rivals needs customers who change firms; behaviour.renewal.exit_share is 1")]
    return []


MECHANISM = Mechanism(
    name="acquisition",
    level="behaviour",
    source="Blattberg & Deighton 1996, HBR 74(4) (saturating acquisition curve); sizes assumed",
    terms=Acquisition,
    columns=lambda terms, scenario: {},
    needs=("renewal",),
    setting="contract",
    wanted=lambda scenario: (
        scenario.market.setting == "contract" and any(firm.acquisition > 0.0 for firm in scenario.firms.values())
    ),
    around=around,
    around_columns=("reach_log", "lure_log"),
    each_week=enter,
    fits=fits,
    order=2,
)
