"""Intervals for paired runs: the unit of replication is a market run, never a customer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from loyaltysim.measures.ratio import ratio
from loyaltysim.mechanism.measure import measure

LEVEL = 0.95  # of intervals, unless said otherwise


@dataclass(frozen=True)
class Estimate:
    """A mean over runs with its interval; low and high are None where one run cannot tell."""

    value: float | None
    low: float | None
    high: float | None
    level: float
    unit: str
    n: int

    def as_dict(self) -> dict[str, Any]:
        """As it stands in summary.json."""
        return asdict(self)


def estimate(values: ArrayLike, unit: str, level: float = LEVEL) -> Estimate:
    """Mean and Student interval over runs. values : (n,), one per seed; runs in which it is undefined are nan.

    For a contrast, pass the paired differences of arms that share seeds. n counts the defined runs; with fewer than
    two there is no interval, with none there is no value. Raises ValueError for a level outside (0, 1).
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"level = {level}, allowed: between 0 and 1")
    x = np.asarray(values, float)
    x = x[np.isfinite(x)]
    n = len(x)
    if n == 0:
        return Estimate(None, None, None, level, unit, 0)
    mean = math.fsum(x) / n
    if n == 1:
        return Estimate(mean, None, None, level, unit, 1)
    half = float(special.stdtrit(n - 1, 0.5 + level / 2.0)) * float(np.std(x, ddof=1)) / math.sqrt(n)
    return Estimate(mean, mean - half, mean + half, level, unit, n)


def ratio_of_means(top: Sequence[float], bottom: Sequence[float], unit: str, level: float = LEVEL) -> Estimate:
    """Mean of `top` over mean of `bottom` with Fieller's interval; no interval where the bottom may be zero.

    top, bottom : (n,) paired over seeds; seeds in which either is undefined are left out.
    Source: Fieller 1954, J. R. Stat. Soc. B 16(2).
    """
    pairs = np.array([top, bottom], float)
    a, b = pairs[:, np.isfinite(pairs).all(axis=0)]
    n = len(a)
    centre = ratio(a.mean(), b.mean()) if n else math.nan
    if math.isnan(centre):
        return Estimate(None, None, None, level, unit, 0)
    if n < 2:
        return Estimate(centre, None, None, level, unit, n)
    t = float(special.stdtrit(n - 1, 0.5 + level / 2.0))
    cov = np.cov(a, b) * t**2 / n
    square = b.mean() ** 2 - cov[1, 1]
    if square <= 0:
        return Estimate(centre, None, None, level, unit, n)
    middle = a.mean() * b.mean() - cov[0, 1]
    inside = max(0.0, middle**2 - square * (a.mean() ** 2 - cov[0, 0]))  # below 0 by rounding only
    low, high = (float((middle + sign * math.sqrt(inside)) / square) for sign in (-1.0, 1.0))
    return Estimate(centre, low, high, level, unit, n)


@measure(
    "inert", unit="runs", words="another value that changes nothing", chinese="换值而结果不变的运行数", style="whole",
    of="runs in which another value of what is assumed left every number as it was: all; it is counted nowhere",
)  # fmt: skip
def inert(usual: ArrayLike, varied: ArrayLike) -> int:
    """In how many runs another value changed nothing, if that is all of them; 0 where it moved any number of any run.

    usual, varied : (runs, numbers) on the same seeds; a number that is undefined in both is the same.
    """
    a, b = np.asarray(usual, float), np.asarray(varied, float)
    return len(a) if np.array_equal(a, b, equal_nan=True) else 0


@measure(
    "correlation", unit="correlation over seeds", words="luck that the two worlds share",
    chinese="两个世界共享的运气（相关）",
    style="number", of="correlation over seeds of the firm's purchases with the program and without it",
)  # fmt: skip
def correlation(a: ArrayLike, b: ArrayLike) -> float | None:
    """Pearson's correlation, as of the luck that two arms share over seeds; None of two pairs or without variation."""
    x, y = np.asarray(a, float), np.asarray(b, float)
    if len(x) < 3 or np.ptp(x) == 0.0 or np.ptp(y) == 0.0:
        return None
    return float(np.corrcoef(x, y)[0, 1])
