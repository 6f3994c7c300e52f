"""How much an effect grows with relationship propensity, so that its mean over people stays what it was."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy import special

from loyaltysim.scenario.model import Customers

GROUPS = ((8.0, 2.0), (2.0, 8.0))  # Beta of the emotional and of the transactional group


def reference_mix(customers: Customers) -> float:
    """The share of emotional customers at which links have mean 1. customers : the scenario's."""
    return customers.relational_share if customers.link_mean == "current" else 0.5


def propensity_rank(share: float, rho: np.ndarray) -> np.ndarray:
    """The rank of a propensity in its mixture. rho : (n,) in (0, 1) -> (n,) in (0, 1)"""
    (a, b), (c, d) = GROUPS
    below = share * special.betainc(a, b, rho) + (1.0 - share) * special.betainc(c, d, rho)
    rank: np.ndarray = np.clip(below, 2.0**-53, 1.0 - 2.0**-53)
    return rank


@cache
def gauss_legendre() -> tuple[np.ndarray, np.ndarray]:
    """400 nodes on (0, 1) and their weights: the same for every link, and slow to find."""
    nodes, weights = np.polynomial.legendre.leggauss(400)
    return (nodes + 1.0) / 2.0, weights / 2.0


@cache
def link_constants(s: float, share: float) -> tuple[float, float]:
    """m = E[rho] and c = E[max(0, 1 + s (rho / m - 1))] in a mix with this share of emotional customers."""
    rho, weights = gauss_legendre()
    mix = zip((share, 1.0 - share), GROUPS, strict=True)
    density = sum(w * rho ** (a - 1) * (1 - rho) ** (b - 1) / special.beta(a, b) for w, (a, b) in mix)
    mean = float(np.sum(weights * density * rho))
    return mean, float(np.sum(weights * density * np.maximum(0.0, 1.0 + s * (rho / mean - 1.0))))


def link(s: float, rho: np.ndarray, share: float) -> np.ndarray:
    """How much an effect grows with relationship propensity: max(0, 1 + s (rho / m - 1)) / c; mean 1 in that mix.

    s signed, 0 = no link; rho : (n,) in [0, 1]; share of emotional customers in the mix where the mean is 1.
    """
    if s == 0.0:
        return np.ones_like(rho)  # exactly: a mix that moves nothing must not move the last bit either
    mean, c = link_constants(float(s), float(share))
    return np.maximum(0.0, 1.0 + s * (rho / mean - 1.0)) / c


def largest_link(s: float, share: float) -> float:
    """The link of whoever it moves most: rho = 1, or 0 where s is negative."""
    return float(link(s, np.array([0.0, 1.0]), share).max())
