"""Tastes that answer to an offer: the strength of a firm, drawn anew from another shape at the same uniform.

`response: utility_shift` adds beta x to log strength, at every customer alike. `response: taste_shift` multiplies the
shape a of the strength by exp(scale beta x), scale = S / (S + 1), and reads the strength at the customer's own rank, so
that the market stays a Dirichlet: a larger brand in it is no more loyal than a Dirichlet brand of its size. The scale
makes both move shares alike: ds/dx is beta E[p (1 - p)] = beta s (1 - s) S / (S + 1) by utility and
scale beta s (1 - s) by taste.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from loyaltysim.market.quantiles import GRID, log_gamma_at
from loyaltysim.mechanism.rules import rule

NODES = 48  # shifts of the table to either side
REACH = 4.0  # largest shift of a log shape in the table; what lies beyond is added to utility
RANKS = 2049  # ranks of the table
RANGE = 37.0  # largest logit of a rank


def scale(S: float) -> float:
    """What makes a shift of tastes move shares as much as a shift of utility."""
    return S / (S + 1.0)


@lru_cache(maxsize=64)  # of 1.6 MB
def table(shape: float) -> np.ndarray:
    """What log strength gains when its shape is multiplied by exp(shift): log g(u; shape e^shift) - log g(u; shape).

    -> (2 NODES + 1, RANKS): shifts REACH p |p|, p even over [-1, 1], so that small ones lie close; logit u even over
    [-RANGE, RANGE]. Exactly 0 in the middle row.
    """
    ranks, p = np.linspace(GRID[0], GRID[-1], RANKS), np.linspace(-1.0, 1.0, 2 * NODES + 1)
    base = log_gamma_at(shape, ranks)
    return np.array([log_gamma_at(shape * math.exp(REACH * q * abs(q)), ranks) - base for q in p])


def tables(shapes: list[float]) -> np.ndarray:
    """One table a firm. -> (n_firms, 2 NODES + 1, RANKS)"""
    return np.stack([table(shape) for shape in shapes])


@rule
def shift_place(shift: float) -> float:
    """Where a shift lies among the rows of the table: a row and the part of the way to the next."""
    size = min(REACH, abs(shift)) / REACH
    k = min(NODES - 1, int(NODES * math.sqrt(size)))
    low, high = (k / NODES) * (k / NODES), ((k + 1) / NODES) * ((k + 1) / NODES)
    place = k + (size - low) / (high - low)
    if shift < 0.0:
        return max(0.0, NODES - place)
    return min(NODES + place, 2.0 * NODES - 1e-9)


@rule
def rank_place(rank: float) -> float:
    """Where a logit lies among the columns of the table."""
    return (rank + RANGE) * ((RANKS - 1) / (2.0 * RANGE))


@rule
def between(part: float, low: float, high: float) -> float:
    """A straight line between two entries."""
    return low + part * (high - low)


@rule
def beyond(shift: float) -> float:
    """What of a shift the table does not reach."""
    return shift - max(-REACH, min(REACH, shift))


def looked_up(tables: Any, j: int, shift: float, rank: float) -> float:
    """What log strength of firm j gains from a shift at this rank, between the entries of its table."""
    row, column = shift_place(shift), rank_place(rank)
    k, m = np.int64(row), np.int64(column)
    low = between(column - m, tables[j, k, m], tables[j, k, m + 1])
    high = between(column - m, tables[j, k + 1, m], tables[j, k + 1, m + 1])
    return between(row - k, low, high)
