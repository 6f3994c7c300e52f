"""What a low price wins beside what it wins at once: how much customers are locked in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from loyaltysim.market.book import Book
from loyaltysim.measures.statistics import Estimate, ratio_of_means


def won(new: Book, old: Book, firm: str, start: int, stop: int) -> float:
    """Units that a firm sold more in one twin than in the other from week `start` to before `stop`: cents at base
    prices.
    """
    sold = [
        float(b.weekly.at_base_price[(b.weekly.firm == firm) & (b.weekly.week >= start) & (b.weekly.week < stop)].sum())
        for b in (new, old)
    ]
    return sold[0] - sold[1]


def lock_in(at_once: Sequence[float], whole: Sequence[float], weeks: int) -> Estimate:
    """Units won later for each unit that a low price wins at once, with Fieller's interval over seeds.

    at_once : (seeds,) what a low price can be expected to win in its first week;  whole : (seeds,) what it won in all
    weeks of it and after it (`won`), in the same unit;  weeks : of the low price. 0 where customers choose anew each
    time. It is what `policy.two_period.lock_in` asks for. No value where the low price won nothing.
    """
    found = ratio_of_means(np.asarray(whole, float).tolist(), (weeks * np.asarray(at_once, float)).tolist(), "units")
    value, low, high = (None if x is None else x - 1.0 for x in (found.value, found.low, found.high))
    return Estimate(value, low, high, found.level, "units per unit", found.n)
