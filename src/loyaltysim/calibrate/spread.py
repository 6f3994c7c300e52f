"""How concentrated tastes are and how much that differs between customers, by likelihood, and whether it holds out.

A customer's purchases of the brands, given how many they are, are Dirichlet-multinomial; with sigma above 0 a mixture
of them over the classes of S (theory/dirichlet.py, `spread`). Means, S and sigma are fitted together.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

from loyaltysim.theory.dirichlet import spread
from loyaltysim.theory.special import check

BOUNDS = {"S": (0.05, 500.0), "sigma": (0.0, 2.0), "mean": (1e-6, 1.0)}
HALVES = 2026  # seed of the split of customers into halves


class Spread(NamedTuple):
    """What was fitted: S of the middle customer, spread of its log between customers, means of the brands."""

    S: float
    sigma: float
    means: np.ndarray


def fit_spread(counts: np.ndarray, sigma: float | None = None, means: np.ndarray | None = None) -> Spread:
    """Fit S, sigma and the brands' means to purchases by maximum likelihood.

    counts : (customers, brands) purchases; customers without any say nothing;  sigma, means : None = fitted, else kept
    Raises ValueError without two brands that are bought.
    """
    counts = bought(counts)
    share = counts.sum(axis=0) / counts.sum() if means is None else means
    first = np.log(np.array([1.0, 2.0, *share]))
    first[0] = 0.5 if sigma is None else float(check("sigma", sigma, "[0, 2]"))
    low, high = (np.log([1.0, BOUNDS["S"][k], *[BOUNDS["mean"][k]] * len(share)]) for k in (0, 1))
    low[0], high[0] = BOUNDS["sigma"] if sigma is None else (first[0], first[0])
    if means is not None:
        low[2:] = high[2:] = first[2:]
    free = low < high

    def whole(x: np.ndarray) -> np.ndarray:
        y = first.copy()
        y[free] = x
        return y

    def loss(x: np.ndarray) -> float:
        return -float(log_likelihood(counts, law(whole(x))).sum()) / len(counts)

    bounds = list(zip(low[free], high[free], strict=True))
    best = minimize(loss, first[free], method="L-BFGS-B", bounds=bounds, options={"maxiter": 200, "ftol": 1e-11})
    return law(whole(best.x))


def law(x: np.ndarray) -> Spread:
    """x : sigma, log S, logs of the means up to a common factor."""
    means = np.exp(x[2:])
    return Spread(float(np.exp(x[1])), float(x[0]), means / means.sum())


def log_likelihood(counts: np.ndarray, found: Spread) -> np.ndarray:
    """Log of the chance of each customer's purchases, given how many they are, without the ways to order them.

    counts : (customers, brands) -> (customers,)
    """
    classes, weights = spread(found.S, found.sigma)
    total, each = counts.sum(axis=1), []
    for S, weight in zip(classes, weights, strict=True):
        a = S * found.means
        own = sum(rising(a[j], counts[:, j]) for j in range(len(a)))
        each.append(np.log(weight) + own - rising(S, total))
    parts = np.array(each)
    top = parts.max(axis=0)
    logs: np.ndarray = top + np.log(np.exp(parts - top).sum(axis=0))
    return logs


def rising(a: float, n: np.ndarray) -> np.ndarray:
    """log Gamma(a + n) - log Gamma(a), looked up by the count."""
    logs: np.ndarray = (gammaln(a + np.arange(n.max() + 1)) - gammaln(a))[n]
    return logs


def bought(counts: np.ndarray) -> np.ndarray:
    """Customers and brands with purchases. Raises ValueError where fewer than two brands have any."""
    counts = np.asarray(counts)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    if counts.shape[1] < 2:
        raise ValueError(f"counts holds purchases of {counts.shape[1]} brands; allowed: 2 or more")
    return counts


class HeldOut(NamedTuple):
    """The Dirichlet alone and with the spread over all customers, and what the spread gains where it was not fitted.

    gain, error : thousandths of a nat per purchase, each half of the customers from the other
    """

    plain: Spread
    whole: Spread
    gain: float
    error: float

    @property
    def wins(self) -> bool:
        """Is the gain above two of its errors?"""
        return self.gain > 2.0 * self.error


def held_out(counts: np.ndarray) -> HeldOut:
    """What the spread gains in customers that it was not fitted to. counts : (customers, brands)"""
    counts = bought(counts)
    half = np.random.default_rng(HALVES).permutation(len(counts)) % 2 == 0
    gains = np.zeros(len(counts))
    for own in (half, ~half):
        used = counts[own].sum(axis=0) > 0
        there = counts[~own][:, used]
        one, two = (fit_spread(counts[own], sigma) for sigma in (0.0, None))
        gains[~own] = log_likelihood(there, two) - log_likelihood(there, one)
    scale = 1000.0 / float(counts.sum())
    gain, error = float(gains.sum()) * scale, float(gains.std(ddof=1)) * float(len(gains)) ** 0.5 * scale
    return HeldOut(fit_spread(counts, 0.0), fit_spread(counts), gain, error)
