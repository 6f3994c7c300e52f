"""Money spent on acquisition reaches people: prospects while there are any, the customers of rivals otherwise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from loyaltysim.mechanism.declare import Hook, Mechanism, World
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Acquisition:
    """A firm's budget (`firms.<id>.acquisition`) is spread over its audience; the response has diminishing returns."""

    ceiling: float = term(0.01, "chance per week", 1e-6, 1.0, doc="who can be won in a week however much is spent")
    response: float = term(1.0, "per money and head", 1e-9, 1e6, doc="how soon spending reaches the ceiling")
    audience: str = term(
        "prospects", "", choices=("prospects", "rivals"), doc="a pool of prospects, or rivals' customers"
    )
    usual: float = term(
        0.0,
        "money per week",
        0.0,
        1e12,
        doc="spent by each firm on rivals' customers when churn was measured; 0 = as now",
    )


@rule
def reached(budget: float, audience: float, ceiling: float, response: float) -> float:
    """Chance per week that spending moves one of the audience: ceiling (1 - exp(-response budget / audience))."""
    if audience <= 0.0 or budget <= 0.0:
        return 0.0
    return -ceiling * math.expm1(-response * budget / audience)


@rule
def lured(terms: Any, visit: Any) -> None:
    """Spending on a rival's customers makes the firm's offer more often the one that is seen."""
    visit.utility = visit.utility + terms.lure_log


def around(market: World, terms: Acquisition) -> dict[str, np.ndarray]:
    """This week's reach of each firm; for switchers, its log relative to the usual one. -> (n_firms,) each"""
    people, n = market.population, len(market.firms)
    budgets = [firm.acquisition for firm in market.firms.values()]
    if terms.audience == "prospects":
        heads = np.full(n, (people["status"] == 0).sum())
        return {"reach": reaches(budgets, heads, terms), "lure_log": np.zeros(n)}
    held = np.bincount(people["provider"][people["provider"] >= 0], minlength=n)
    reach = reaches(budgets, held.sum() - held, terms)
    if market.surroundings:
        usual = market.surroundings[0]["usual_reach"]
    else:
        usual = reach if terms.usual == 0.0 else reaches([terms.usual] * n, held.sum() - held, terms)
    return {"reach": reach, "usual_reach": usual, "lure_log": logs(reach) - logs(usual)}


def reaches(budgets: list[float], heads: np.ndarray, terms: Acquisition) -> np.ndarray:
    """`reached` for every firm. heads : (n_firms,) people in its audience."""
    return np.array([reached(b, float(n), terms.ceiling, terms.response) for b, n in zip(budgets, heads, strict=True)])


def logs(reach: np.ndarray) -> np.ndarray:
    """Log of a chance; where it is 0, so low that nobody comes."""
    return np.log(np.maximum(reach, 1e-300))


def enter(market: World, terms: Acquisition) -> None:
    """Each prospect enters this week with the chance that any firm reaches it, one keyed draw a week; those who reach
    it more likely win it more likely.
    """
    if terms.audience != "prospects":
        return
    people, reach = market.population, market.surroundings[-1]["reach"]
    now = (people["status"] == 0) & (people.weekly("entry", market.week) < any_of(reach))
    people["status"][now] = 1
    people["entered"][now] = market.week
    people["entry_log"][now] += logs(reach)


def any_of(reach: np.ndarray) -> float:
    """The chance that at least one firm reaches somebody."""
    return float(1.0 - np.prod(1.0 - reach))


def fits(terms: Acquisition, scenario: Scenario) -> list[tuple[str, str]]:
    """Somebody spends, and an audience exists."""
    budgets = [firm.acquisition for firm in scenario.firms.values()]
    if not any(budgets):
        return [("ceiling", "has no effect while no firm spends: set firms.<id>.acquisition, money per week")]
    if terms.audience == "rivals":
        if scenario.behaviour["renewal"].exit_share == 1.0:
            return [("audience", "= rivals needs customers who change firms; behaviour.renewal.exit_share is 1")]
        return []
    arrivals = scenario.behaviour.get("arrivals")
    if arrivals is None:
        return [("audience", "= prospects needs people who are no customers yet: set behaviour.arrivals.pool")]
    reach = any_of(reaches(budgets, np.full(len(budgets), arrivals.pool), terms))
    expected = arrivals.pool * (1.0 - (1.0 - reach) ** scenario.weeks)
    if arrivals.depleting or 3.0 * expected <= arrivals.pool:
        return []
    found = f"wins about {expected:.3g} of behaviour.arrivals.pool = {arrivals.pool} people; at most a third may come"
    return [("ceiling", f"{found}: enlarge the pool, or set behaviour.arrivals.depleting=true")]


MECHANISM = Mechanism(
    name="acquisition",
    level="behaviour",
    source="Blattberg & Deighton 1996, HBR 74(4) (saturating acquisition curve); sizes assumed",
    terms=Acquisition,
    needs=("renewal",),
    setting="contract",
    wanted=lambda scenario: (
        scenario.market.setting == "contract" and any(firm.acquisition > 0.0 for firm in scenario.firms.values())
    ),
    around=around,
    around_columns={"lure_log": 0.0},
    hooks=(Hook("lure", lured),),
    each_week=enter,
    fits=fits,
    order=2,
)
