"""Ratios of numbers that may be zero: every measure divides here, so that what is undefined is nan, never an error.

An `Estimate` of what is undefined in every run has no value and counts no run (n = 0).
"""

from __future__ import annotations

import numpy as np


def divide(top: np.ndarray, bottom: np.ndarray | float) -> np.ndarray:
    """top / bottom, nan where the bottom is 0."""
    top = np.asarray(top, float)
    ratio: np.ndarray = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=np.asarray(bottom) != 0)
    return ratio


def ratio(top: float | np.integer, bottom: float | np.integer) -> float:
    """top / bottom of two numbers, nan where the bottom is 0."""
    return float(divide(np.asarray(top), float(bottom)))


def mean(values: np.ndarray) -> float:
    """The mean of the defined values, numbers or truths; nan where there are none."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
