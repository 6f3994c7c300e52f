"""How often customers buy, and when they stop: NBD, BG/NBD and Pareto/NBD.

The arguments come in one order everywhere: the parameters as their authors write them, then time, then counts.
Time is in the unit of the parameters (CDNOW: weeks). A number or an array goes in, the same shape comes out.
Arguments outside their range raise ValueError with name, value and range.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import betainc, betaln, expit, exprel, gammaln, xlogy

from loyaltysim.theory.special import Array, Numbers, beta_mean, check

POSITIVE = "(0, inf)"
REACH, NEAR = 12.0, 0.1  # how far the logarithm of a parameter is sought; within how much it is at that bound


def nbd_pmf(M: ArrayLike, K: ArrayLike, n: ArrayLike, periods: ArrayLike = 1.0) -> Numbers:
    """Probability that a customer buys exactly n times: Poisson purchases whose rates follow a gamma law.

        P_n = Gamma(K+n) / (Gamma(K) n!) (1 + m/K)^-K (m/(m+K))^n,    m = M periods

    M : mean purchases per customer and period; K : shape of the gamma law (small = few heavy buyers).
    Ehrenberg 1959, Applied Statistics 8(1).
    """
    M, K, n = check("M", M, POSITIVE), check("K", K, POSITIVE), check("n", n, "[0, inf)", whole=True)
    m = M * check("periods", periods, POSITIVE)
    ways = -betaln(K, n + 1) - np.log(K + n)  # log of Gamma(K+n) / (Gamma(K) n!), without cancellation
    chance: Numbers = np.exp(ways - K * np.log1p(m / K) + xlogy(n, m / (m + K)))[()]
    return chance


def nbd_at_least(M: ArrayLike, K: ArrayLike, n: ArrayLike, periods: ArrayLike = 1.0) -> Numbers:
    """Probability that a customer buys n times or more: 1 - P_0 - ... - P_(n-1) = I_x(n, K), x = m/(m+K)."""
    M, K, n = check("M", M, POSITIVE), check("K", K, POSITIVE), check("n", n, "[0, inf)", whole=True)
    m = M * check("periods", periods, POSITIVE)
    return np.where(n > 0, betainc(np.maximum(n, 1), K, m / (m + K)), 1.0)[()]


def bgnbd_expected(r: float, alpha: float, a: float, b: float, t: ArrayLike) -> Numbers:
    """Mean purchases of a new customer up to time t, when customers may drop out after any purchase (BG/NBD).

    Rates follow Gamma(r, rate alpha), the drop-out probability p follows Beta(a, b). A customer with p makes
    (1 - (1 + p t/alpha)^-r) / p purchases on average, so

        E X(t) = E_p [ (1 - (1 + p t/alpha)^-r) / p ]
               = (a+b-1)/(a-1) [ 1 - (alpha/(alpha+t))^r 2F1(r, b; a+b-1; t/(alpha+t)) ]

    The first line is used here: the second, the published one, fails at a = 1 and a + b = 1. Purchases exclude
    the one that made somebody a customer. Fader, Hardie & Lee 2005, Marketing Science 24(2).
    """
    r, alpha, a, b = _positive(r=r, alpha=alpha, a=a, b=b)
    t = check("t", t, "[0, inf)")
    ratio = t[..., None] / alpha
    return beta_mean(lambda p, q: -np.expm1(-r * np.log1p(p * ratio)) / p, np.full_like(t, a), np.full_like(t, b))


def bgnbd_pmf(r: float, alpha: float, a: float, b: float, t: ArrayLike, x: ArrayLike) -> Numbers:
    """Probability that a new customer makes exactly x purchases up to time t, with drop-out (BG/NBD).

        P(X = x) = B(a, b+x)/B(a, b) P_x + [x > 0] B(a+1, b+x-1)/B(a, b) (P_x + P_(x+1) + ...)

    still alive, or dropped out after purchase x; P_x is the NBD with K = r and mean r t/alpha. Same source.
    """
    r, alpha, a, b = _positive(r=r, alpha=alpha, a=a, b=b)
    t, x = np.broadcast_arrays(check("t", t, POSITIVE), check("x", x, "[0, inf)", whole=True))
    mean = r * t / alpha
    alive = np.exp(betaln(a, b + x) - betaln(a, b)) * nbd_pmf(mean, r, x)
    dropped = np.exp(betaln(a + 1, b + np.maximum(x, 1) - 1) - betaln(a, b)) * nbd_at_least(mean, r, x)
    chance: Numbers = (alive + np.where(x > 0, dropped, 0.0))[()]
    return chance


def bgnbd_p_alive(r: float, alpha: float, a: float, b: float, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Numbers:
    """Probability that a customer with x purchases, the last at t_x, is still a customer at time T (BG/NBD).

        P(alive) = 1 / (1 + [x > 0] a/(b+x-1) ((alpha+T)/(alpha+t_x))^(r+x))

    A customer without a repeat purchase is alive by assumption: drop-out follows purchases. Same source.
    """
    r, alpha, a, b = _positive(r=r, alpha=alpha, a=a, b=b)
    x, t_x, T = _history(x, t_x, T)
    log_odds = np.log(a / (b + np.maximum(x, 1) - 1)) + (r + x) * np.log((alpha + T) / (alpha + t_x))
    return np.where(x > 0, expit(-log_odds), 1.0)[()]


def bgnbd_log_likelihood(
    r: float, alpha: float, a: float, b: float, x: ArrayLike, t_x: ArrayLike, T: ArrayLike
) -> Numbers:
    """Log-likelihood of each customer's history under BG/NBD; sum it over customers.

        L = Gamma(r+x) alpha^r / (Gamma(r) B(a, b))
            { B(a, b+x) (alpha+T)^-(r+x) + [x > 0] B(a+1, b+x-1) (alpha+t_x)^-(r+x) }

    x : repeat purchases; t_x : time of the last one (0 if none); T : time observed; all from the first purchase.
    """
    r, alpha, a, b = _positive(r=r, alpha=alpha, a=a, b=b)
    return _bgnbd_log_likelihood(r, alpha, a, b, *_history(x, t_x, T))[()]


def _bgnbd_log_likelihood(r: float, alpha: float, a: float, b: float, x: Array, t_x: Array, T: Array) -> Array:
    alive = betaln(a, b + x) - (r + x) * np.log(alpha + T)
    dropped = betaln(a + 1, b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + t_x)
    either = np.logaddexp(alive, np.where(x > 0, dropped, -np.inf))
    likelihood: Array = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - betaln(a, b) + either
    return likelihood


class BGNBD(NamedTuple):
    """Fitted BG/NBD: rates ~ Gamma(r, rate alpha), drop-out probabilities ~ Beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float


class BGNBDFit(BGNBD):
    """The same four numbers from histories; `at_bound` names those that the data do not show: {"b": "upper"}."""

    at_bound: Mapping[str, str] = MappingProxyType({})


def bgnbd_fit(x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> BGNBDFit:
    """Fit BG/NBD to histories by maximum likelihood: repeats x, time t_x of the last, time T observed; one row each.

    Every parameter is sought between e^-12 and e^12 (time in units of the mean T), downhill from eight corners of a
    box and its middle, then from the best of these until nothing is gained. One that ends at a bound is returned and
    named in `.at_bound`: the data do not show it (b at its upper bound: nobody seen to drop out). Raises ValueError for
    histories that cannot be.
    """
    x, t_x, T = _history(x, t_x, T)
    if not (x > 0).any():
        raise ValueError("x holds no repeat purchase at all: nothing to fit; allowed: at least one x > 0")
    unit = T.mean()
    rows, count = np.unique(np.stack([x, t_x / unit, T / unit]), axis=1, return_counts=True)

    def misfit(logs: Array) -> float:
        return -float(count @ _bgnbd_log_likelihood(*np.exp(logs), *rows)) / float(count.sum())

    bounds = [(-REACH, REACH)] * 4
    starts = [np.zeros(4), *(np.array([*c, c[0] * c[1] * c[2] / 4.0]) for c in product((-2.0, 2.0), repeat=3))]
    found = [minimize(misfit, start, method="L-BFGS-B", bounds=bounds) for start in starts]
    best, gain = min(found, key=lambda one: float(one.fun)), np.inf
    while gain > 1e-12:
        again = minimize(
            misfit, best.x, method="Nelder-Mead", bounds=bounds,
            options={"xatol": 1e-7, "fatol": 1e-13, "maxiter": 2_000, "maxfev": 2_000, "adaptive": True},
        )  # fmt: skip
        gain, best = float(best.fun - again.fun), again if again.fun <= best.fun else best
    at = np.array(best.x)
    for k, end in product(range(4), (-REACH, REACH)):  # where the data say nothing, all the way
        moved = np.where(np.arange(4) == k, end, at)
        at = moved if misfit(moved) <= best.fun + 1e-9 else at
    r, alpha, a, b = np.exp(at)
    made = BGNBDFit(float(r), float(alpha * unit), float(a), float(b))
    named = zip(BGNBD._fields, at, strict=True)
    ends = {name: "upper" if place > 0 else "lower" for name, place in named if abs(place) > REACH - NEAR}
    made.at_bound = ends
    return made


def paretonbd_expected(r: float, alpha: float, s: float, beta: float, t: ArrayLike) -> Numbers:
    """Mean purchases of a new customer up to time t, when customers leave at any moment (Pareto/NBD).

        E X(t) = r beta / (alpha (s-1)) [ 1 - (beta/(beta+t))^(s-1) ],    r beta / alpha log(1 + t/beta) at s = 1

    Rates follow Gamma(r, rate alpha), drop-out rates Gamma(s, rate beta). Schmittlein, Morrison & Colombo 1987,
    Management Science 33(1).
    """
    r, alpha, s, beta = _positive(r=r, alpha=alpha, s=s, beta=beta)
    log_age = np.log1p(check("t", t, "[0, inf)") / beta)
    mean: Numbers = (r * beta / alpha * log_age * exprel(-(s - 1) * log_age))[()]
    return mean


def _positive(**parameters: float) -> tuple[float, ...]:
    return tuple(float(check(name, value, POSITIVE)) for name, value in parameters.items())


def _history(x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> tuple[Array, Array, Array]:
    x, t_x, T = np.broadcast_arrays(
        check("x", x, "[0, inf)", whole=True), check("t_x", t_x, "[0, inf)"), check("T", T, POSITIVE)
    )
    if (t_x > T).any():
        row = int(np.argmax((t_x > T).ravel()))
        raise ValueError(f"t_x = {t_x.flat[row]:g} lies after T = {T.flat[row]:g} in row {row}; allowed: [0, T]")
    return x, t_x, T
