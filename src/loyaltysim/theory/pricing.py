"""Prices of firms that compete in a logit market, with and without rewards: closed forms, for tests alone.

Customers choose by utility v - alpha (p - b), b the worth of a reward in money per purchase that costs the firm k b.
Firm j's best answer is p_j - c_j = 1 / (alpha (1 - s_j)), s_j its share of all customers, those who buy nothing
included. Prices are dear by 1 / alpha: at alpha = 1 money is counted in that unit. Source: logit demand with price
competition: Anderson, de Palma & Thisse 1992, ch. 7; parity of rewards is derived here.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import lambertw, logsumexp

from loyaltysim.theory.special import Array, check

POSITIVE = "(0, inf)"
SHARE = "[0, 1)"
FIRMS = "[2, 1000000]"
ROUNDS = 200


class Bertrand(NamedTuple):
    """An equilibrium of prices. prices, shares (of all customers), profits (per customer) : (n_firms,)"""

    prices: Array
    shares: Array
    profits: Array


class Payoffs(NamedTuple):
    """Profits per customer of one firm: nobody has a program, it alone, all but it, all."""

    none: float
    alone: float
    left_out: float
    all: float


def covered_price(cost: float, alpha: float, firms: int) -> float:
    """Price of n equal firms of whom everybody buys one: c + n / (alpha (n - 1)).  cost, price : money"""
    a, n = float(check("alpha", alpha, POSITIVE)), float(check("firms", firms, FIRMS, whole=True))
    return float(check("cost", cost, "[0, inf)")) + n / (a * (n - 1.0))


def monopoly_price(cost: float, alpha: float, value: float) -> float:
    """Price of one firm beside buying nothing: c + (1 + W(exp(v - alpha c - 1))) / alpha, W Lambert's function."""
    a, c = float(check("alpha", alpha, POSITIVE)), float(check("cost", cost, "[0, inf)"))
    return c + (1.0 + float(lambertw(math.exp(value - a * c - 1.0)).real)) / a


def shares(prices: Array, alpha: float, value: float | None = None) -> Array:
    """Logit shares at prices net of rewards; value : of a purchase beside buying nothing, None = everybody buys."""
    u = -alpha * np.asarray(prices, float) + (0.0 if value is None else value)
    top = float(np.max(u)) if value is None else max(float(np.max(u)), 0.0)
    pull = np.exp(u - top)
    found: Array = pull / (pull.sum() + (0.0 if value is None else math.exp(-top)))
    return found


def consumer_surplus(prices: Array, alpha: float, value: float | None = None) -> float:
    """What one customer's choice is worth in money, the log-sum of utilities over alpha (Small & Rosen 1981).

    prices : (n_firms,) net of rewards;  value : as of `shares`; where everybody buys, beside a purchase worth nothing.
    """
    a = float(check("alpha", alpha, POSITIVE))
    u = -a * np.asarray(prices, float) + (0.0 if value is None else value)
    return float(logsumexp(u if value is None else np.append(u, 0.0))) / a


def bertrand(costs: Array, alpha: float, value: float | None = None, gain: Array | float = 0.0) -> Bertrand:
    """The equilibrium of prices where each firm has its cost and its customers a gain beside the price.

    costs : (n_firms,) per purchase, rewards included;  gain : worth of its reward, money per purchase
    value : of a purchase beside buying nothing, None = everybody buys one. Raises ArithmeticError where the rounds of
    best answers (each the root of p - c - 1 / (alpha (1 - s)), which rises in p) do not settle.
    """
    a, c = float(check("alpha", alpha, POSITIVE)), np.asarray(costs, float)
    worth, p = np.broadcast_to(np.asarray(gain, float), c.shape), c + 2.0 / float(alpha)
    for _ in range(ROUNDS):
        old = p.copy()
        for j in range(len(p)):

            def short(price: float, at: int = j) -> float:
                tried = p - worth
                tried[at] = price - worth[at]
                return float(price - c[at] - 1.0 / (a * (1.0 - shares(tried, a, value)[at])))

            p[j] = brentq(short, c[j] + 1.0 / a, c[j] + 1000.0 / a, xtol=1e-14)
        if np.abs(p - old).max() < 1e-12:
            s = shares(p - worth, a, value)
            return Bertrand(p, s, s * (p - c))
    raise ArithmeticError("best answers do not settle")


def chained_logit(cost: float, alpha: float, value: float) -> tuple[float, float, float]:
    """Two markups in a row beside buying nothing: what the operator asks, what the firm asks, and what both earn beside
    one owner.

    The firm asks w + (1 + W) / alpha of a supply that costs it w, W Lambert's function at exp(v - alpha w - 1), and
    sells q = W / (1 + W). The operator gains q + (w - c) dq/dw from a higher w, dq/dw = -alpha W / (1 + W)^3, so that
    w = c + (1 + W)^2 / alpha.
    """
    a, c = float(check("alpha", alpha, POSITIVE)), float(check("cost", cost, "[0, inf)"))

    def pull(w: float) -> float:
        return float(lambertw(math.exp(value - a * w - 1.0)).real)

    w = float(brentq(lambda x: x - c - (1.0 + pull(x)) ** 2 / a, c, c + (1.0 + pull(c)) ** 2 / a, xtol=1e-14))
    price, one = monopoly_price(w, a, value), monopoly_price(c, a, value)
    sold = [float(shares(np.array([p]), a, value)[0]) for p in (price, one)]
    return w, price, sold[0] * (price - c) / (sold[1] * (one - c))


def best_reward(k: float, alpha: float, firms: int) -> float:
    """Where escalation of rewards ends at prices that stay: b* = n / (alpha (n - 1)) (1 / k - 1), 0 for k >= 1.

    At the margin m = n / (alpha (n - 1)) a firm gains alpha s (1 - s) (m - k b) from a little more b and pays k s for
    it; both are equal where m - k b = k / (alpha (1 - s)) = k m, so that profit falls to k times what it was.
    """
    cost = float(check("k", k, POSITIVE))
    return max(0.0, covered_price(0.0, alpha, firms) * (1.0 / cost - 1.0))


def fixed_prices(b: float, k: float, alpha: float = 1.0, firms: int = 2) -> Payoffs:
    """Regime A: a reward b at the prices of the market without programs, all customers buying."""
    m = covered_price(0.0, alpha, firms)

    def profit(own: float, others: float) -> float:
        net = np.array([m - own, *[m - others] * (firms - 1)])
        return float(shares(net, alpha)[0]) * (m - k * own)

    return Payoffs(profit(0.0, 0.0), profit(b, 0.0), profit(0.0, b), profit(b, b))


def free_prices(
    b: float, k: float, alpha: float = 1.0, firms: int = 2, value: float | None = None, cost: float = 0.0
) -> Payoffs:
    """Regimes B (value None) and C: a reward b in money per purchase, prices re-optimised.

    A reward is a cost cut of (1 - k) b: with p' = p - b the firm's cost is c - (1 - k) b. Where all have it and
    everybody buys, prices rise by k b, shares and profits stay, and customers get (1 - k) b; beside buying nothing, the
    category grows and profit rises for k < 1.
    """

    def profit(own: float, others: float) -> float:
        given = np.array([own, *[others] * (firms - 1)])
        return float(bertrand(cost + k * given, alpha, value, given).profits[0])

    return Payoffs(profit(0.0, 0.0), profit(b, 0.0), profit(0.0, b), profit(b, b))


def percentage_ratio(r: float, k: float) -> float:
    """What a percentage reward of all firms multiplies profit by where everybody buys: (1 - k r) / (1 - r).

    A share r of the price p comes back, at its worth to the customer and at cost k to the firm. A purchase leaves
    p (1 - k r) - c; a higher price costs the customer only (1 - r) of it, so that dQ/dp = -(1 - r) alpha Q (1 - s). The
    best price is p (1 - k r) - c = (1 - k r) / ((1 - r) alpha (1 - s)): beside 1 / (alpha (1 - s)) without a reward the
    margin is (1 - k r) / (1 - r) times as large, at equal shares. So a percentage softens competition for every k < 1,
    where money per purchase leaves profit as it was.  r : share of the price in [0, 1);  k : of its face value
    """
    share = float(check("r", r, SHARE))
    return (1.0 - float(check("k", k, "[0, inf)")) * share) / (1.0 - share)


def percentage_price(cost: float, r: float, k: float, alpha: float, firms: int) -> float:
    """The price at which the margin of `percentage_ratio` is left: c / (1 - k r) + n / (alpha (n - 1) (1 - r))."""
    kept = 1.0 - float(check("k", k, "[0, inf)")) * float(check("r", r, SHARE))
    return cost / kept + covered_price(0.0, alpha, firms) / (1.0 - r)
