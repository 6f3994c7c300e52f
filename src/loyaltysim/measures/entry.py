"""The price of entry: how far below the others an entrant must go to reach a share, and what is left to it there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from loyaltysim.measures.statistics import Estimate, estimate


def needed(prices: Sequence[float], shares: ArrayLike, target: float) -> np.ndarray:
    """The highest price at which an entrant reaches a share, seed by seed, on a line between the prices that were
    tried; nan where the lowest does not reach it. -> (seeds,)

    prices : (tried,) rising;  shares : (seeds, tried) what it reaches at each. A share that luck lets rise with the
    price counts as it is: the highest crossing is taken. Where the highest price reaches it, that price.
    Raises ValueError for prices that do not rise.
    """
    p, table = np.asarray(prices, float), np.atleast_2d(np.asarray(shares, float))
    if (np.diff(p) <= 0.0).any():
        raise ValueError(f"prices = {list(prices)}, allowed: rising")
    return np.array([crossing(p, row, target) for row in table])


def crossing(p: np.ndarray, share: np.ndarray, target: float) -> float:
    """The highest price of one seed at which the share is the target; nan where none is."""
    reached = np.flatnonzero(share >= target)
    if not len(reached):
        return float("nan")
    k = int(reached[-1])
    if k == len(p) - 1:
        return float(p[k])
    return float(p[k] + (p[k + 1] - p[k]) * (share[k] - target) / (share[k] - share[k + 1]))


def dearer(with_them: ArrayLike, without: ArrayLike) -> Estimate:
    """How much lower an entrant must go because incumbents have programs, in points of the price index.

    with_them, without : (seeds,) prices of `needed` in the two worlds; seeds in which a target is out of reach are nan
    and do not count.
    """
    return estimate(100.0 * (np.asarray(without, float) - np.asarray(with_them, float)), "points of the price index")
