"""The best answer in rewards, at the price that stands: an analyst's device that knows expected demand.

With a reward worth a share b of spending that costs C(b) a unit, C in proportion to b, the best b solves

    p - c - C(b) = conduct C'(b) Q / (dQ/db)

Q what the firm can expect to sell. C is read off the own books, so that the firm begins with the program that it is
given and answers once that has cost something. Where all firms answer so at prices that stay, rewards escalate until a
little more costs all what it wins one. Conduct is anchored as that of `price_nash`: without programs the base price is
the best one. The answer is myopic.
"""

from __future__ import annotations

from dataclasses import dataclass

from loyaltysim.firms.decision import Decision, Draw, Policy, Seen
from loyaltysim.firms.policies.imitate import given, multiplied
from loyaltysim.firms.policies.price_nash import anchored, of_rewards, root
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term

NEAR = 1e-4  # share of spending, to either side: where the slope of demand is taken


@dataclass(frozen=True)
class RewardNash:
    """How the firm competes, how far it goes, how often it looks."""

    conduct: float | None = term(
        None, "", 0.0, 100.0, none="anchored",
        doc="1 = this week's profit is maximised; null or anchored = so that base prices are best without programs",
    )  # fmt: skip
    floor: float = term(0.001, "share of spending", 0.0002, 1.0, doc="never less than this is given back")
    ceiling: float = term(0.2, "share of spending", 0.0002, 1.0, doc="never more than this")
    every: int = term(4, "weeks", 1, 5200, doc="between two answers")
    start: int = term(4, "week", 0, 5199, doc="first week in which it answers; the program is as configured until then")
    least: float = term(1e-4, "share of spending", 0.0, 1.0, doc="a change that is not larger is not made")
    window: int = term(4, "weeks", 1, 5200, doc="of the own books, the latest, that tell what rewards cost")


def decide(terms: RewardNash, seen: Seen, draw: Draw) -> Decision:
    """The configured program at the reward that solves the condition, nearest to that of now."""
    if seen.week < terms.start or (seen.week - terms.start) % terms.every:
        return Decision()
    configured, now = given(seen.configured), given(seen.own.program)
    share, lump = of_rewards(seen, terms.window)
    conduct = anchored(seen) if terms.conduct is None else terms.conduct
    per_unit = (share * seen.own.price + lump) / now if now > 0.0 else 0.0  # of a reward of all spending
    if conduct <= 0.0 or per_unit <= 0.0:
        return Decision()

    def sold(reward: float) -> float:
        return seen.demand({}, own=multiplied(seen.configured, reward / configured))[seen.me]

    def short(reward: float) -> float:
        less, more = sold(reward - NEAR), sold(reward + NEAR)
        if more <= less:
            return reward  # nobody is won by it: too much
        won = (more - less) / (NEAR * (more + less))  # share of sales for a unit of it
        return reward + conduct / won - (seen.own.price - seen.unit_cost) / per_unit

    best = root(short, now, terms.floor, terms.ceiling, 1.0)
    if abs(best - now) <= terms.least:
        return Decision()
    return Decision(program=multiplied(seen.configured, best / configured))


def check(terms: RewardNash) -> list[tuple[str, str]]:
    """Room between the limits."""
    return [] if terms.floor <= terms.ceiling else [("floor", f"must not exceed ceiling = {terms.ceiling:g}")]


def fits(terms: RewardNash, firm: str, scenario: Scenario) -> list[tuple[str, str]]:
    """An open market, a cost, a margin to give from, and a reward on spending that reaches the limits."""
    own, problems = scenario.firms[firm], list[tuple[str, str]]()
    reward = given(own.program)
    if scenario.market.setting == "contract":
        problems.append(("conduct", "knows demand at the till, not at renewals: market.setting = contract has none"))
    if own.unit_cost <= 0.0 or own.base_price <= own.unit_cost:
        why = f"needs a cost above 0 and below the base price of {own.base_price:g}: set firms.{firm}.unit_cost"
        problems.append(("conduct", why))
    if reward == 0.0:
        why = f"changes a reward on spending, and firms.{firm}.program has none: give it points or cashback"
        return [*problems, ("floor", why)]
    for key, limit in (("floor", terms.floor), ("ceiling", terms.ceiling)):
        if abs(given(multiplied(own.program, limit / reward)) - limit) > 1e-9:
            problems.append((key, f"= {limit:g} is out of reach of the terms of firms.{firm}.program"))
    return problems


POLICY = Policy(
    "reward_nash",
    "first-order condition of rewards with logit demand, derived in theory/pricing.py:best_reward; conduct: price_nash",
    RewardNash,
    decide,
    check=check,
    fits=fits,
    sets=("program",),
    analyst=True,
)
