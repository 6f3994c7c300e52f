"""Ratios of numbers that may be zero."""

from __future__ import annotations

import numpy as np


def divide(top: np.ndarray, bottom: np.ndarray | float) -> np.ndarray:
    """top / bottom, nan where the bottom is 0."""
    top = np.asarray(top, float)
    ratio: np.ndarray = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=np.asarray(bottom) != 0)
    return ratio
