"""What every customer brought and cost each firm: the ledger of a quarter, taken apart by whose visits made it.

A firm books counters: so many visits served, points redeemed, returns handled. Every counter is counted customer by
customer here, and worth what the very books of the components make of one more of it. What no customer caused (running
a program, points that became worth something else) is nobody's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from loyaltysim.firms.firm import LINES, PARTS
from loyaltysim.market.customers import QUARTER
from loyaltysim.mechanism import registry as mechanisms

ACCOUNT = ("revenue", "cost_of_goods", "reward_cost", "liability_change", "touchpoints", "recovery")
MANY = 10**12  # of a counter: what its books round to whole cents does not show
NEAR = 1e-6  # of a cent


class Accounts:
    """The accounts of a market. cents : (quarters, n, n_firms, lines of `ACCOUNT`), not rounded"""

    def __init__(self, market: Any, cents: np.ndarray | None = None) -> None:
        quarters = math.ceil(market.terms.weeks / QUARTER)
        shape = (quarters, market.population.n, len(market.firms), len(ACCOUNT))
        self.cents = np.zeros(shape) if cents is None else cents
        self.known: dict[tuple[str, str], tuple[Any, dict[str, np.ndarray]]] = {}

    def add(self, market: Any, own: np.ndarray, who: slice) -> None:
        """One week of some customers, before it is counted. own : (some, n_firms) records with each one's counters"""
        for j in range(len(market.firms)):
            self.count(market, j, {name: own[name][:, j] for name in market.assembled.counts}, who)

    def count(self, market: Any, place: int, counts: Mapping[str, np.ndarray], who: np.ndarray | slice) -> None:
        """Counters of customers at one firm, this week. counts : by name, one number for each of `who`"""
        account = self.cents[market.week // QUARTER, :, place]
        worths = self.worths(market, list(market.firms.values())[place])
        for counter, worth in worths.items():
            if counter in counts and counts[counter].any():
                account[who] += counts[counter][:, None] * worth

    def worths(self, market: Any, firm: Any) -> dict[str, np.ndarray]:
        """What one more of each counter does to the lines of a firm's ledger, cents. -> counter -> (lines,)"""
        goods = round(firm.terms.unit_cost / firm.terms.base_price * PARTS) / PARTS
        found = {"revenue": line(revenue=1.0), "at_base_price": line(cost_of_goods=goods)}
        for name, terms in {**firm.of_market, **firm.ran}.items():
            last, worth = self.known.get((firm.name, name), (None, {}))
            if last is None or last != terms:
                worth = of_component(name, terms, market.assembled.counts)
                self.known[firm.name, name] = terms, worth
            for counter, by_line in worth.items():
                found[counter] = found.get(counter, line()) + by_line
        return found

    def whole(self, market: Any) -> np.ndarray:
        """The same in whole cents, so that customers' lines add up to the firm's wherever visits made all of it.

        -> (quarters, n, n_firms, lines) of int64
        """
        found = np.zeros(self.cents.shape, np.int64)
        total = by_quarter(market, len(self.cents))
        for quarter, j, k in np.ndindex(total.shape):
            found[quarter, :, j, k] = rounded(self.cents[quarter, :, j, k], int(total[quarter, j, k]))
        return found[: market.quarters]


def line(**cents: float) -> np.ndarray:
    """Cents by line of an account."""
    return np.array([cents.get(name, 0.0) for name in ACCOUNT])


def of_component(name: str, terms: Any, counters: tuple[str, ...]) -> dict[str, np.ndarray]:
    """What one more of each counter does to the books of one component. -> counter -> (lines,), those that count"""
    booker = mechanisms.registry()[name].book
    if booker is None:
        return {}
    found, nothing = {}, {**dict.fromkeys(counters, 0), "weeks_running": 0}
    before = booker(nothing, terms)
    for counter in counters:
        after = booker({**nothing, counter: MANY}, terms)
        gained = {key: (cents - before[key]) / MANY for key, cents in after.items()}
        if any(gained.values()):
            found[counter] = line(**named(gained))
    return found


def named(gained: Mapping[str, float]) -> dict[str, float]:
    """Books say what is owed; an account, like the ledger, how that changes."""
    return {"liability_change" if key == "liability" else key: cents for key, cents in gained.items()}


def by_quarter(market: Any, quarters: int) -> np.ndarray:
    """The firms' own ledgers by quarter, of the lines of an account. -> (quarters, n_firms, lines) of int64"""
    weeks = np.array(market.ledgers, np.int64).reshape(-1, len(market.firms), len(LINES))
    found = np.zeros((quarters, len(market.firms), len(ACCOUNT)), np.int64)
    at = [LINES.index(name) for name in ACCOUNT]
    np.add.at(found, np.arange(len(weeks)) // QUARTER, weeks[:, :, at])
    return found


def rounded(cents: np.ndarray, total: int) -> np.ndarray:
    """Whole cents that add up to a total if they can, else to the nearest whole: the largest parts of a cent round up.

    cents : (n,);  total : of the firm, of which customers' visits may not have made all
    """
    down = np.floor(cents + NEAR)
    parts = np.maximum(0.0, cents - down)
    split, missing = int((parts > NEAR).sum()), total - int(down.sum())
    if not 0 <= missing <= split or abs(total - cents.sum()) > len(LINES):
        missing = round(float(parts.sum()))
    down[np.argsort(-parts, kind="stable")[:missing]] += 1.0
    found: np.ndarray = down.astype(np.int64)
    return found
