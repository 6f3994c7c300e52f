"""Give every design the same money: one term is searched until the program costs what was planned.

The cost is what is spent once customers have changed their ways, found by simulation on seeds of its own, the same
ones for every design, so that designs differ in their terms and not in their luck.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from scipy import optimize

from loyaltysim.market.model import Market
from loyaltysim.measures.money import overhead, program_cost
from loyaltysim.measures.program_effects import Window
from loyaltysim.measures.twins import no_program
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError, Problem

SEEDS = 4  # runs that the expected cost is read from while searching
APART = 1 << 62  # no seed of the search is one of the evaluation
CLOSE = 0.002  # of the budget: near enough
SCALE = (1e-4, 1.0)  # a budget, of what customers spend at the firm
STEPS = 40  # doublings until a bound is taken for out of reach


@dataclass(frozen=True)
class Funded:
    """One design with its money: component and term that was searched, its value before and after.

    cost    : expected, money per customer and year, over the search's own seeds
    reached : is the cost the budget, within `CLOSE`; else the value is the one whose cost comes nearest
    A design that stays as it is has no term ("") and no values.
    """

    component: str
    term: str
    configured: float
    value: float
    cost: float
    reached: bool

    @property
    def key(self) -> str:
        """The searched term by its full name: `points.face_value`."""
        return f"{self.component}.{self.term}"


def search_seeds(seed: int) -> list[int]:
    """The seeds of the search: another part of the space than seed, seed + 1, ... of the evaluation."""
    return [(seed + k) ^ APART for k in range(SEEDS)]


def with_term(scenario: Scenario, component: str, term: str, value: float) -> Scenario:
    """The scenario with one term of the focal firm's program at another value; whole where the term is.

    Raises ConfigError for a value that the schema refuses.
    """
    old = scenario.focal_firm.program[component]
    value = round(value) if isinstance(getattr(old, term), int) else float(value)
    return replace(replace(scenario, vary=()).with_(f"program.{component}.{term}", value), vary=scenario.vary)


@dataclass
class Expected:
    """The expected cost of a design as a function of one of its terms; every value is simulated once.

    launch : week of the launch; the scenario ends at the horizon over which the money is counted
    """

    scenario: Scenario
    component: str
    term: str
    launch: int
    known: dict[float, float] = field(default_factory=dict, init=False, compare=False)
    idle: list[float] = field(default_factory=list, init=False, compare=False)

    def __call__(self, value: float) -> float:
        """Money per customer and year; nan for a value that the schema refuses."""
        if value not in self.known:
            try:
                tried = with_term(self.scenario, self.component, self.term, value)
            except ConfigError:
                return math.nan
            self.known[value] = self.mean(tried)
        return self.known[value]

    def mean(self, tried: Scenario) -> float:
        """The mean cost over the search's seeds; the world without the program is run once a seed."""
        w, seeds = Window.of(tried, self.launch), search_seeds(tried.seed)
        if not self.idle:
            self.idle = [overhead(Market(no_program(tried), seed).run(), w) for seed in seeds]
        costs = [program_cost(Market(tried, seed).run(), idle, w) for seed, idle in zip(seeds, self.idle, strict=True)]
        return math.fsum(costs) / len(costs)


def bounds(terms: Any, term: str) -> tuple[float, float]:
    """The allowed range of a term, both ends included."""
    facts = type(terms).__dataclass_fields__[term].metadata
    low, high = facts.get("low"), facts.get("high")
    return -math.inf if low is None else float(low), math.inf if high is None else float(high)


def fund(cost: Expected, budget: float) -> Funded:
    """Search the term for the value at which the design costs the budget; where none does, the nearest one."""
    start = float(getattr(cost.scenario.focal_firm.program[cost.component], cost.term))
    low, high = bounds(cost.scenario.focal_firm.program[cost.component], cost.term)

    def gap(value: float) -> float:
        away = cost(value) - budget
        return 0.0 if abs(away) <= CLOSE * budget else away

    value = found(gap, start, low, high)
    spent = cost(value)
    return Funded(cost.component, cost.term, start, value, spent, abs(spent - budget) <= 5 * CLOSE * budget)


def found(gap: Callable[[float], float], start: float, low: float, high: float) -> float:
    """The value in [low, high] at which a monotone gap is 0, or the tried one at which it is smallest.

    gap : nan where a value is not allowed
    """
    tried = {start: gap(start)}
    for up in (True, False):  # more of the term costs more, or less: try the likely way first
        up = up if tried[start] < 0 else not up
        here = start
        for _ in range(STEPS):
            if any(g == 0.0 for g in tried.values()):
                break
            new = further(here, up, low, high)
            worth = gap(new)
            for _ in range(STEPS):  # beyond what is allowed: halfway back
                if not math.isnan(worth):
                    break
                new = (here + new) / 2.0
                worth = gap(new)
            worse = abs(worth) > abs(tried[here])
            tried[new] = worth
            if worth * tried[here] < 0.0:
                left, right = sorted((here, new))
                return float(optimize.brentq(gap, left, right, rtol=1e-5, maxiter=60))
            if worse or new == here or abs(new - here) <= 1e-6 * abs(here):
                break
            here = new
    return min(tried, key=lambda value: abs(tried[value]) if not math.isnan(tried[value]) else math.inf)


def further(value: float, up: bool, low: float, high: float) -> float:
    """The next value to try in one direction: twice or half, from 0 a first step, never beyond the range."""
    if value == 0.0:
        return min(high, 1.0 if math.isinf(high) else high / 64.0) if up else max(low, -1.0)
    bigger = (value > 0) == up
    return min(high, max(low, value * 2.0 if bigger else value / 2.0))


def fund_one(job: tuple[Expected, float | None]) -> Funded:
    """Find the terms of one design; without a budget it stays as it is, and only what it costs is found."""
    cost, budget = job
    if budget is None:
        return Funded("", "", math.nan, math.nan, cost.mean(cost.scenario), True)
    return fund(cost, budget)


def funded_world(scenario: Scenario, funded: Funded) -> Scenario:
    """The design's world with the term that was found."""
    return with_term(scenario, funded.component, funded.term, funded.value) if funded.component else scenario


# --- money that the market can mean ------------------------------------------------------------------------------


def scale(base: Scenario) -> tuple[float, float, str]:
    """The least and the most that a program can cost at the focal firm, money per customer and year, and why."""
    market, firm = base.market, base.focal_firm
    times = market.M * firm.share / sum(f.share for f in base.firms.values())
    each = market.basket.mean * firm.base_price
    said = f"{times:.3g} {market.occasion} of {each:.4g} {market.currency}"
    return SCALE[0] * times * each, SCALE[1] * times * each, said


def out_of_scale(base: Scenario, budget: float) -> list[Problem]:
    """The problem of a budget that no terms can mean: next to nothing of what is spent at the firm, or above all."""
    low, high, said = scale(base)
    if low <= budget <= high:
        return []
    why = (
        f"is {budget * SCALE[1] / high:.2g} of what a customer spends at {base.focal} in a year, {said}; "
        f"allowed {low:.3g} to {high:.3g}"
    )
    return [Problem("budget", why, budget, "compare")]


def check_budget(base: Scenario, name: str, budget: float) -> None:
    """The first design must cost something, or there is no budget to be equal to. Raises ConfigError."""
    if problems := out_of_scale(base, budget):
        why = f"cannot be taken from design {name} as configured, for its cost {problems[0].message}"
        raise ConfigError([Problem("budget", why, budget)])


def check_costs(base: Scenario, costs: Mapping[str, float]) -> None:
    """Designs as they are must fit the market: none costs more than all that is spent at the firm, and not all cost
    next to nothing. Raises ConfigError with every problem.

    costs : expected, money per customer and year, by design
    """
    low, high, _ = scale(base)
    wrong = [name for name, cost in costs.items() if cost > high] or [*costs] * (max(costs.values()) < low)
    if wrong:
        raise ConfigError(
            [
                Problem("programs", f"design {name} as it is does not fit the market, for its cost {found.message}")
                for name in wrong
                for found in out_of_scale(base, costs[name])
            ]
        )
