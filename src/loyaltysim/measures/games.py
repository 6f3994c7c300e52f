"""What a firm earns where firms choose their programs, and what it would gain by choosing otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from loyaltysim.market.book import Book
from loyaltysim.measures.program_effects import YEAR, entered
from loyaltysim.measures.ratio import ratio
from loyaltysim.measures.statistics import Estimate
from loyaltysim.mechanism.measure import measure


@measure(
    unit="money per customer and year", words="profit, {currency} per customer and year", chinese="每位客户每年的利润",
    style="money",
    of="profit of a firm after all costs of its program, per customer of the whole market and year, in the weeks that "
    "count",
)  # fmt: skip
def payoff(book: Book, firm: str, after: int) -> float:
    """A firm's profit per customer of the market and year. after : weeks at the start that do not count"""
    rows = book.weekly
    own = rows[(rows.firm == firm) & (rows.week >= after)]
    years = own.week.nunique() / YEAR
    return ratio(float(own.profit.sum()), float(entered(book).sum()) * years * 100.0)


@measure(
    unit="money per customer and year", words="best change gains, {currency} per customer and year",
    chinese="单独改变最多多赚", style="money", short="change gains",
    of="the most that a firm would gain by taking another strategy while all others keep theirs; 0 where none is "
    "better",
)  # fmt: skip
def regret(gains: Sequence[Estimate]) -> Estimate:
    """The gain of the best change, with its interval; no value below 0: one may also stay.

    gains : of each other strategy, from paired seeds, in money per customer and year
    """
    best = max(gains, key=lambda e: -np.inf if e.value is None else e.value)
    return replace(best, value=max(0.0, best.value or 0.0))
