"""Find the price by trying: move it a step, see in the own books what was sold, learn the elasticity, move again.

Between two looks a firm sold u at a price p. What the logarithm of u did when that of p changed is regressed through
the origin, older changes counting less. With e the elasticity found so and m the margin of the books, profit rises with
the price where e m < 1: then the next step is up, else down. The price never rests, so the firm never stops learning.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from loyaltysim.firms import pricing
from loyaltysim.firms.decision import Decision, Draw, Policy, Seen
from loyaltysim.firms.pricing import Pricing
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term

COSTS = ("cost_of_goods", "reward_cost", "liability_change")


@dataclass(frozen=True)
class PriceEstimated(Pricing):
    """How large the steps are, and how long they are remembered."""

    step: float = term(0.02, "fraction of the own price", 1e-6, 0.5, doc="of a trial, up or down")
    kept: float = term(0.8, "share", 0.0, 1.0, doc="weight of earlier trials at the next one; 1 = all count alike")
    every: int = term(4, "weeks", 1, 5200, doc="between two trials")
    low: float = pricing.low(0.8)
    high: float = pricing.high(1.2)


def decide(terms: PriceEstimated, seen: Seen, draw: Draw) -> Decision:
    """The next trial. The first goes up or down by chance; each later one as the elasticity found so far says. Who was
    not in the market for all the weeks of a trial has found nothing, and waits.
    """
    if not pricing.due(terms, seen) or not pricing.sold_throughout(seen, terms.every):
        return Decision()
    past, now, price = seen.memory, pricing.units(seen, terms.every), seen.own.price
    bent, spread = past.bent, past.spread
    if min(now, past.sold) > 0.0 and price != past.price:
        x, y = math.log(price / past.price), math.log(now / past.sold)
        bent, spread = terms.kept * bent + x * y, terms.kept * spread + x * x
    revenue = pricing.booked(seen, terms.every, "revenue")
    up = draw("first_trial") < 0.5
    if spread > 0.0 and revenue > 0:
        margin = 1.0 - pricing.booked(seen, terms.every, *COSTS) / revenue
        up = -bent / spread * margin < 1.0
    memory = {"price": price, "sold": now, "bent": bent, "spread": spread}
    return pricing.asks(terms, seen, price * (1.0 + terms.step if up else 1.0 - terms.step), memory)


def fits(terms: PriceEstimated, firm: str, scenario: Scenario) -> list[tuple[str, str]]:
    """No price below cost."""
    return pricing.above_cost(terms, firm, scenario)


POLICY = Policy(
    "price_estimated",
    "pricing by own experiments: Besbes & Zeevi 2009, Operations Research 57(6); form and sizes assumed",
    PriceEstimated,
    decide,
    check=pricing.check,
    fits=fits,
    sets=("price",),
    state={"price": 0.0, "sold": 0.0, "bent": 0.0, "spread": 0.0},
)
