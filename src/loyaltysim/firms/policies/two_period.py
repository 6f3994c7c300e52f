"""Invest and harvest: ask little while customers can be won, then what those who are locked in will pay.

A unit won in the weeks of investment sells others later, because points are held, a habit has grown, a bond has formed.
With `lock_in` of them for each, at a margin m, the best price of the first period solves

    p (1 - r) - c - l + lock_in m = conduct (1 - r) Q / |dQ/dp|

and that of the second is the best answer of its weeks. What rivals will ask then nobody knows: m is what a unit leaves
at the base price. Both are anchored as `price_nash` is. Where conduct is anchored, base prices hold already what locks
customers in without programs: `lock_in` counts while the firm runs a program. With a conduct that is given it counts
always. It is no guess of the policy: `measures/lock_in.py` measures it in twins.
"""

from __future__ import annotations

from dataclasses import dataclass

from loyaltysim.firms import pricing
from loyaltysim.firms.decision import Decision, Draw, Policy, Seen
from loyaltysim.firms.policies import price_nash
from loyaltysim.firms.policies.price_nash import PriceNash, best, competing, of_rewards
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class TwoPeriod(PriceNash):
    """How long each period is, and what a unit won in the first brings beside itself."""

    invest: int = term(26, "weeks", 1, 5200, doc="of low prices")
    harvest: int = term(26, "weeks", 1, 5200, doc="of high prices")
    lock_in: float = term(
        0.3, "units per unit", 0.0, 100.0,
        doc="won later, until the end of the harvest, for each unit that a low price wins at once; 0 = price_nash",
    )  # fmt: skip
    again: bool = term(True, "", doc="invest again after the harvest; if not, the harvest lasts")


def decide(terms: TwoPeriod, seen: Seen, draw: Draw) -> Decision:
    """In the harvest the best answer of the week; before, that of a firm whose units sell again."""
    if not pricing.due(terms, seen):
        return Decision()
    conduct, memory = competing(terms, seen)
    if conduct <= 0.0:
        return Decision(memory=memory)
    locks = investing(terms, seen.week) and (terms.conduct is not None or bool(seen.own.program))
    return pricing.asks(terms, seen, best(terms, seen, conduct, worth(terms, seen) if locks else 0.0), memory)


def investing(terms: TwoPeriod, week: int) -> bool:
    """Is this a week of the first period?"""
    passed = week - terms.start
    return (passed % (terms.invest + terms.harvest) if terms.again else passed) < terms.invest


def worth(terms: TwoPeriod, seen: Seen) -> float:
    """What a unit sold now brings later."""
    share, lump = of_rewards(seen, terms.window)
    left = seen.own.base_price * (1.0 - share) - seen.unit_cost - lump
    return max(0.0, left) * terms.lock_in


POLICY = Policy(
    "two_period",
    "invest and harvest: Klemperer 1995, Review of Economic Studies 62(4); both periods by the condition of price_nash",
    TwoPeriod,
    decide,
    check=pricing.check,
    fits=price_nash.fits,
    sets=("price",),
    state={"conduct": 0.0},
    analyst=True,
    rounds=lambda terms: terms.rounds,
)
