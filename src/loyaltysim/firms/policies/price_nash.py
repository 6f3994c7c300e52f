"""The best answer in price to what everybody did last week, or is about to do (`rounds`): an analyst's device that
knows expected demand.

With a reward that costs a share r of what is paid, and l per unit beside, the first-order condition is

    p (1 - r) - c - l = conduct (1 - r) Q / |dQ/dp|

Q what the firm can expect to sell, as summed choice probabilities, dQ/dp its slope at rivals' prices of last week, r
and l from the own books. Conduct is one number a firm: unless it is given, what makes the base price the answer where
nobody has a program, of the customers as they are now (`anchor: look`) or as they were once. A conduct
other than 1 describes a firm that maximises something else than this week's profit, so the condition is solved and no
profit is maximised. The answer is myopic.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from loyaltysim.firms import pricing
from loyaltysim.firms.decision import Decision, Draw, Policy, Seen
from loyaltysim.firms.pricing import Pricing
from loyaltysim.mechanism.registry import registry
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term

NEAR = 1e-4  # of the base price, to either side: where the slope of demand is taken
EXACT = 1e-9  # of the base price: the answer is known that well
STEP = 0.01  # of the base price: the first look for the other side of a root
ROUNDS = 100


@dataclass(frozen=True)
class PriceNash(Pricing):
    """How the firm competes, and from how many weeks it knows what its rewards cost."""

    conduct: float | None = term(
        None, "", 0.0, 100.0, none="anchored",
        doc="1 = this week's profit is maximised; null or anchored = so that base prices are best without programs",
    )  # fmt: skip
    anchor: str = term(
        "look", "", choices=("look", "once"),
        doc="conduct anchored: at each look, so that rates that drift move no price, or once and then kept",
    )  # fmt: skip
    rounds: int = term(
        1, "rounds", 1, 1000,
        doc="1 = answers what was asked last week; more = firms that have it settle within the week: each answers what "
        "the others are about to ask, until nobody moves",
    )  # fmt: skip
    window: int = term(4, "weeks", 1, 5200, doc="of the own books, the latest, that tell what rewards cost")


def decide(terms: PriceNash, seen: Seen, draw: Draw) -> Decision:
    """The price that solves the condition, nearest to that of now."""
    if not pricing.due(terms, seen):
        return Decision()
    conduct, memory = competing(terms, seen)
    if conduct <= 0.0:
        return Decision(memory=memory)
    return pricing.asks(terms, seen, best(terms, seen, conduct), memory)


def competing(terms: PriceNash, seen: Seen) -> tuple[float, dict[str, float]]:
    """The conduct of now, and what of it is to be remembered."""
    if terms.conduct is not None:
        return terms.conduct, {}
    conduct = (seen.memory.conduct if terms.anchor == "once" else 0.0) or anchored(seen)
    return conduct, {"conduct": conduct} if conduct != seen.memory.conduct else {}


def best(terms: PriceNash, seen: Seen, conduct: float, later: float = 0.0) -> float:
    """The price that solves the condition, within the bounds. later : what a unit sold now brings beside its margin"""
    share, lump = of_rewards(seen, terms.window)

    def short(price: float) -> float:
        return price - (seen.unit_cost + lump - later) / (1.0 - share) - conduct * room(seen, price)

    base = seen.own.base_price
    return root(short, seen.own.price, terms.low * base, terms.high * base, base)


def room(seen: Seen, price: float, program: bool = True) -> float:
    """Q / |dQ/dp| at a price: how far above cost a firm of conduct 1 asks. NaN where no price moves anybody."""
    near = NEAR * seen.own.base_price
    more, less = (seen.demand({seen.me: at}, program)[seen.me] for at in (price - near, price + near))
    return (more + less) * near / (more - less) if more > less else math.nan


def anchored(seen: Seen) -> float:
    """The conduct at which the base price is the answer where nobody has a program; 0 where there is none."""
    base = seen.own.base_price
    left = room(seen, base, program=False)
    return max(0.0, base - seen.unit_cost) / left if left > 0.0 else 0.0


def of_rewards(seen: Seen, weeks: int) -> tuple[float, float]:
    """What rewards cost by the books: a share of what is paid, and beside it an amount per unit.

    Where a component of the program rewards visits and none rewards spending it is the latter, else the former.
    """
    cost, sold = pricing.booked(seen, weeks, "reward_cost", "liability_change"), pricing.units(seen, weeks)
    if cost <= 0 or sold <= 0.0:
        return 0.0, 0.0
    parts = [registry()[name] for name in seen.own.program]
    by_visit = any(m.reward_visit is not None for m in parts) and all(m.reward_rate is None for m in parts)
    return (0.0, cost / sold) if by_visit else (min(0.99, cost / pricing.booked(seen, weeks, "revenue")), 0.0)


def root(f: Callable[[float], float], start: float, low: float, high: float, unit: float) -> float:
    """Where a function that rises crosses 0, nearest to a start: steps that double until it changes its sign, then
    regula falsi (Illinois). The end of [low, high] where it does not; where it is no number, the last place before.
    """
    a = min(max(start, low), high)
    fa, step = f(a), STEP * unit
    if math.isnan(fa) or abs(fa) <= EXACT * unit:
        return a
    end = low if fa > 0.0 else high
    while True:
        b = max(end, a - step) if fa > 0.0 else min(end, a + step)
        fb = f(b)
        if math.isnan(fb):
            return a
        if fa * fb <= 0.0:
            break
        if b == end:
            return b
        a, fa, step = b, fb, 2.0 * step
    for _ in range(ROUNDS):
        x = b - fb * (b - a) / (fb - fa)
        fx = f(x)
        if abs(fx) <= EXACT * unit or abs(b - a) <= EXACT * unit:
            return x
        a, fa = (b, fb) if fx * fb <= 0.0 else (a, fa / 2.0)
        b, fb = x, fx
    return b


def fits(terms: PriceNash, firm: str, scenario: Scenario) -> list[tuple[str, str]]:
    """An open market, a cost, and a margin at the base price to anchor at."""
    own, problems = scenario.firms[firm], list[tuple[str, str]]()
    if scenario.market.setting == "contract":
        problems.append(("conduct", "knows demand at the till, not at renewals: market.setting = contract has none"))
    if own.unit_cost <= 0.0:
        problems.append(("conduct", f"needs a cost above 0: set firms.{firm}.unit_cost"))
    elif terms.conduct is None and own.base_price <= own.unit_cost:
        why = f"has no margin at the base price of {own.base_price:g} to be anchored at; give it a number"
        problems.append(("conduct", why))
    return problems


POLICY = Policy(
    "price_nash",
    "first-order condition of prices with logit demand: Berry 1994, RAND J. 25(2); conduct: Bresnahan 1989",
    PriceNash,
    decide,
    check=pricing.check,
    fits=fits,
    sets=("price",),
    state={"conduct": 0.0},
    analyst=True,
    rounds=lambda terms: terms.rounds,
)
