"""The airline's program against its members: balances, and who has ever had an award, by years since they enrolled.

Members begin with nothing and live as many years as the table has members of; each is looked at once, in the middle
of the year that the table counts. Rates of flying and of earning do not change in these years; of the flights that the
table has, those that the program itself brought are part already, so that here miles pull nobody.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from loyaltysim.configure.compose import compose
from loyaltysim.market.model import Market
from loyaltysim.mechanism.redeemable import UNIT
from loyaltysim.programs.tasks import Tasks, own_pace
from loyaltysim.scenario.model import Record, Scenario
from loyaltysim.validate import observed
from loyaltysim.validate.subject import Numbers

TENURES = ("0_3", "4_7", "8_12", "13_17", "18_22")  # full years since enrolment, first and last
YEAR, MIDDLE, QUARTER = 52, 26, 13
FEW_ERRORS = 2.0  # errors of the table, the tolerance of each figure
PANELS = 10  # that are looked at over so many years
BALANCE, AWARD = "miles held by members of {} years", "share with an award, members of {} years"
HELD = "years of their miles held by members of {} years"  # balance over the miles that such members get in a year
FIGURES = {  # pattern -> measure of the table
    "miles without flying, a member and year": "other_miles",
    "miles held, mean": "balance_mean",
    "miles held, median": "balance_median",
    "Gini of miles held": "balance_gini",
    "top 20 % of members' share of miles held": "balance_top20",
    "share of miles held without a flight": "balance_without_flight",
    "share with an award": "award",
    "share with an award, who flew": "award_flew",
    "share with an award, who did not fly": "award_without_flight",
} | {
    name.format(own.replace("_", " to ")): f"{measure}_{own}"
    for name, measure in ((BALANCE, "balance"), (HELD, "held"), (AWARD, "award"))
    for own in TENURES
}  # fmt: skip
TOLD = ("balance_median", "balance_without_flight", "award_flew", "award_without_flight")  # and balances by tenure
NO_MILES = "members without such miles in a year"
ISSUED = next(iter(FIGURES))


def table() -> Any:
    """The committed aggregates with their errors; index: measure."""
    return observed.table("airline_program")


@cache
def tenures() -> np.ndarray:
    """Full years since enrolment of every member of the table."""
    members = observed.table("airline_tenure").members
    return np.repeat(members.index.to_numpy(int), members.to_numpy(int))


@cache
def configured() -> Scenario:
    """The airline with the program as shipped, and its members as they take awards."""
    return compose(["market=airline", "program=miles", "behaviour=award_travel"])


def enrolled(scenario: Scenario, n: int | None = None) -> Scenario:
    """The market with the program, over as long as the table's oldest member; all are members, and miles pull nobody.

    n : customers, as many as the table has members
    """
    shipped = configured()
    own = shipped.firms[shipped.focal].program
    own = {**own, "membership": replace(own["membership"], join="everyone")}
    leader = replace(scenario.firms[shipped.focal], program=own)
    people = replace(scenario.customers, n=n or len(tenures()), price_sensitivity=0.0)
    weeks = YEAR * int(tenures().max()) + MIDDLE
    return replace(
        scenario, weeks=weeks, customers=people, focal=shipped.focal,
        behaviour={**scenario.behaviour, **shipped.behaviour},
        firms={**scenario.firms, shipped.focal: leader}, record=Record(panel=True, log=False),
    )  # fmt: skip


def members(scenario: Scenario, seed: int) -> dict[str, np.ndarray]:
    """Everyone, seen at the own tenure. scenario : as `enrolled` -> years, balance (miles), award, flights of a year,
    and the miles that all got without flying
    """
    n, market = scenario.customers.n, Market(scenario, seed)
    years = tenures()[np.arange(n) * len(tenures()) // n]  # of fewer customers as many of each tenure, in proportion
    place = list(scenario.firms).index(scenario.focal)
    balance, award = np.zeros(n), np.zeros(n, bool)
    while market.week < scenario.weeks:
        market.step()
        year, week = divmod(market.week, YEAR)
        if week == MIDDLE:
            own = years == year
            balance[own] = market.population["balance"][own, place] / UNIT
            award[own] = market.population["received"][own, place] > 0
    flights = np.vstack([np.zeros(n, int), np.cumsum(market.visits[:, :, place], axis=0)])
    end, who = (YEAR * years + MIDDLE) // QUARTER, np.arange(n)
    found = {"years": years, "balance": balance, "award": award}
    found["flights"] = flights[end, who] - flights[np.maximum(end - YEAR // QUARTER, 0), who]
    return found | {"issued": np.array(market.firms[scenario.focal].totals["task_points"] / UNIT)}


def figures(seen: dict[str, np.ndarray], weeks: int) -> Numbers:
    """The figures of `FIGURES`, of members as `members` gives them. weeks : over which miles were issued"""
    balance, award, flew = seen["balance"], seen["award"], seen["flights"] > 0
    x, n = np.sort(balance), len(balance)
    held = float(x.sum())
    other = float(seen["issued"]) / n / weeks * YEAR
    a_year = other + float(seen["flights"].mean()) * table().value.miles_per_flight
    values = {
        "other_miles": other,
        "balance_mean": float(balance.mean()),
        "balance_median": float(np.median(balance)),
        "balance_gini": 2.0 * float(np.arange(1, n + 1) @ x) / n / held - (n + 1) / n,
        "balance_top20": float(x[-round(n / 5) :].sum()) / held,
        "balance_without_flight": float(balance[~flew].sum()) / held,
        "award": float(award.mean()),
        "award_flew": float(award[flew].mean()),
        "award_without_flight": float(award[~flew].mean()),
    }
    for name in TENURES:
        first, last = map(int, name.split("_"))
        own = (seen["years"] >= first) & (seen["years"] <= last)
        values |= {f"balance_{name}": float(balance[own].mean()), f"award_{name}": float(award[own].mean())}
        values[f"held_{name}"] = values[f"balance_{name}"] / a_year
    return {pattern: values[measure] for pattern, measure in FIGURES.items()}


def judged(measure: str) -> bool:
    """Is a figure one that the market can be held to? Not what rests on how much members of a tenure get, which the
    market does not tell, or on whether who flies more also pays more by card, who are drawn independently there.
    """
    return measure not in TOLD and measure not in {f"balance_{name}" for name in TENURES}


def measure(scenario: Scenario, seed: int) -> Numbers:
    """One panel of members: every figure."""
    world = enrolled(scenario)
    return figures(members(world, seed), world.weeks)


def closed() -> Numbers:
    """Miles that come in without flying, and who gets none in a year, over the law of paces."""
    terms: Tasks = configured().firms[configured().focal].program["tasks"]
    u = (np.arange(20_000) + 0.5) / 20_000
    chance = np.minimum(1.0, terms.per_week * np.array([own_pace(terms, x) for x in u]))
    return {
        ISSUED: float(terms.willing * chance.mean() * YEAR * terms.reward),
        NO_MILES: float(1.0 - terms.willing + terms.willing * np.mean((1.0 - chance) ** YEAR)),
    }
