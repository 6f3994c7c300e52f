"""Quantile functions as tables over logit(u), in which both tails of a log gamma variate are nearly straight."""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np
from scipy import special

from loyaltysim.mechanism.laws import log_gamma_quantile

GRID = np.linspace(-37.0, 37.0, 16385)  # logit of a uniform; 52-bit uniforms reach +-36.7


def logit(u: np.ndarray) -> np.ndarray:
    """log(u / (1 - u))."""
    return np.log(u) - np.log1p(-u)


@lru_cache(maxsize=256)  # of 131 kB: many worlds let go of each other's tastes
def log_gamma_table(shape: float) -> np.ndarray:
    """Log of the Gamma(shape, 1) quantile over `GRID`."""
    return log_gamma_at(shape, GRID)


def log_gamma_at(shape: float, x: np.ndarray) -> np.ndarray:
    """Log of the Gamma(shape, 1) quantile at rising logits x."""
    return np.maximum.accumulate(log_gamma_quantile(shape, x))


@cache
def beta_table(a: float, b: float) -> np.ndarray:
    """Quantile of Beta(a, b) over `GRID`."""
    lower, upper = special.expit(GRID), special.expit(-GRID)
    quantile: np.ndarray = np.where(GRID < 0, special.betaincinv(a, b, lower), 1.0 - special.betaincinv(b, a, upper))
    return quantile


def log_gamma(shape: float, x: np.ndarray) -> np.ndarray:
    """Log of the Gamma(shape, 1) quantile at logit x. x : any shape; monotone in x."""
    if 2 * np.size(x) < len(GRID):
        return log_gamma_of_few(float(shape), np.asarray(x, float).tobytes()).reshape(np.shape(x))
    quantile: np.ndarray = np.interp(x, GRID, log_gamma_table(float(shape)))
    return quantile


@lru_cache(maxsize=256)  # of 130 kB at most: the arms of a world ask for the same people again
def log_gamma_of_few(shape: float, logits: bytes) -> np.ndarray:
    """`log_gamma` of few people: only the entries of the table between which they lie. logits : float64 -> (n,)"""
    x = np.frombuffer(logits)
    at = np.searchsorted(GRID, x)
    nodes = np.unique(np.clip(np.concatenate([at - 1, at]), 0, len(GRID) - 1))
    found: np.ndarray = np.interp(x, GRID[nodes], log_gamma_at(shape, GRID[nodes]))
    found.flags.writeable = False
    return found


def beta_quantile(a: float, b: float, u: np.ndarray) -> np.ndarray:
    """Beta(a, b) quantile. u : any shape in (0, 1); monotone in u."""
    quantile: np.ndarray = np.interp(logit(u), GRID, beta_table(float(a), float(b)))
    return quantile
