"""The best of several that were measured with error is worth less than it measured: the winner's curse; and what has
not changed, measured twice, sometimes seems to have.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import integrate, special

FAR = 12.0  # standard deviations: beyond it there is nothing


def expected_maximum(k: int) -> float:
    """The mean of the largest of k independent standard normal numbers: the integral of x k phi(x) Phi(x)^(k - 1).

    1 / sqrt(pi) for two, 3 / (2 sqrt(pi)) for three: Harter 1961, Biometrika 48, table 1. Raises ValueError for k < 1.
    """
    if k < 1:
        raise ValueError(f"the largest of {k} numbers is none: k must be 1 or more")

    def density(x: float) -> float:
        return x * k * math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi) * float(special.ndtr(x)) ** (k - 1)

    found, _ = integrate.quad(density, -FAR, FAR)
    return float(found)


def curse(k: int, error: float, spread: float) -> float:
    """What the best of k measured less than it seemed: E(estimate - true effect) of the largest estimate.

    error  : standard error of each estimate;  spread : standard deviation of true effects, in the same unit

    Estimates are normal with variance spread^2 + error^2, and of what one lies above the mean the share spread^2 over
    it is true: error^2 / sqrt(spread^2 + error^2) x expected_maximum(k). 0 with one variant or without error.
    Source: Senn 2008, Statistics in Medicine 27; Andrews, Kitagawa & McCloskey 2024, Quarterly J. Economics 139.
    """
    total = math.hypot(error, spread)
    return expected_maximum(k) * error * error / total if total > 0.0 else 0.0


def true_of_the_best(k: int, error: float, spread: float) -> float:
    """What the chosen is truly worth above the mean of all: spread^2 / sqrt(spread^2 + error^2) x the maximum."""
    total = math.hypot(error, spread)
    return expected_maximum(k) * spread * spread / total if total > 0.0 else 0.0


def false_triggers(band: float, error: float) -> float:
    """How often two measurements of what has not changed differ by more than a band, in one direction.

    error : standard error of each, in the unit of the band. The difference is normal with sqrt(2) x error: what a
    control chart calls a false alarm (Shewhart 1931, Economic Control of Quality). 0 without error.
    """
    return float(special.ndtr(-band / (math.sqrt(2.0) * error))) if error > 0.0 else 0.0


def best(estimates: np.ndarray) -> int:
    """The place of the largest estimate; of equals the first. estimates : (k,)"""
    return int(np.argmax(estimates))
