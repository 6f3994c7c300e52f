"""What a panel should show in closed form: NBD-Dirichlet for one market, with or without drifting rates.

Purchases of customer i in quarter q are Poisson with mean lambda_iq; lambda_iq has the law Gamma(K, mean M/4) in every
quarter, and its normal ranks follow an AR(1) with persistence rho. Tastes do not change. Given the distribution P_n of
category purchases in a period, every brand figure is a sum over n of beta-binomial terms (Goodhardt, Ehrenberg &
Chatfield 1984). With rho = 1, P_n is the NBD. With rho < 1 it is a quadrature over the joint law of the quarterly
rates: 2^15 points of a Sobol net (scipy) for sums of quarters, a Hermite series for pairs; neither shares anything
with the simulator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import pandas as pd
from scipy import special
from scipy.optimize import minimize_scalar

from loyaltysim.theory.dirichlet import spread
from loyaltysim.theory.nbd import nbd_pmf

POINTS = 15  # 2^15 points of the net
BINS = 2048  # groups of points with nearly equal totals
FIGURES = ("penetration", "frequency", "scr", "sole buyers", "repeat")
SAME_BRAND = [f"same brand, {n} purchases" for n in ("2 to 5", "6 to 11", "12 or more")]
TAIL = 1e-10  # probability left out at the top of P_n


@cache
def ranks(quarters: int) -> np.ndarray:
    """Normal innovations of the quarters at the points of a Sobol net. -> (quarters, points)"""
    from scipy.stats import qmc

    net = qmc.Sobol(quarters, scramble=True, rng=np.random.default_rng(20260101)).random_base2(POINTS)
    innovations: np.ndarray = special.ndtri(np.clip(net.T, 1e-12, 1.0 - 1e-12))
    return innovations


@cache
def quarterly_rates(K: float, rho: float) -> np.ndarray:
    """Rates in four quarters relative to their mean, at points of equal weight. -> (4, points)"""
    shocks = ranks(4)
    z = [shocks[0]]
    for shock in shocks[1:]:
        z.append(rho * z[-1] + np.sqrt(1.0 - rho**2) * shock)
    rates = np.array([special.gammaincinv(K, special.ndtr(x)) for x in z]) / K
    return rates / rates.mean(axis=1, keepdims=True)


def rate_covariance(K: float, correlation: float) -> float:
    """Covariance of two Gamma(K) rates of mean 1 whose normal ranks have this correlation: Mehler's series.

    sum_k c_k^2 correlation^k, c_k the coefficients of the rate in normalised Hermite polynomials.
    """
    z, weight = np.polynomial.hermite_e.hermegauss(120)
    weight = weight / weight.sum()
    below, above = special.gammaincinv(K, special.ndtr(z)), special.gammainccinv(K, special.ndtr(-z))
    rate = np.where(z < 0, below, above) / K
    last, now, total = np.ones_like(z), z, 0.0
    for k in range(1, 60):
        total += float(weight @ (rate * now)) ** 2 * correlation**k
        last, now = now, (z * now - np.sqrt(k) * last) / np.sqrt(k + 1)
    return total


@dataclass(frozen=True)
class Market:
    """The parameters of a market: M per year, K (of the quarter if rho < 1), rho per quarter, S, brand shares, and the
    spread of log S between customers.
    """

    M: float
    K: float
    rho: float
    S: float
    shares: Mapping[str, float]
    sigma: float = 0.0

    @property
    def classes(self) -> list[tuple[float, float]]:
        """The values of S that customers have, and the share of customers with each."""
        return list(zip(*spread(self.S, self.sigma), strict=True))

    def never(self, share: float, n: np.ndarray) -> np.ndarray:
        """P(a brand is not among n category purchases), over all customers."""
        mixed: np.ndarray = np.sum([weight * never(S, share, n) for S, weight in self.classes], axis=0)
        return mixed

    def taste_shape(self) -> float:
        """S of the Dirichlet that is nearest by likelihood, at the market's shares: what a panel of any size shows."""
        if self.sigma == 0.0:
            return self.S
        share = np.array(list(self.shares.values()))
        each = np.sum([w * bought(self.year, S * share, S * (1 - share)) for S, w in self.classes], axis=0)
        return nearest_shape(share, self.year, list(each))

    @cached_property
    def year(self) -> np.ndarray:
        """P_n of the year."""
        return self.counts(4)

    def counts(self, quarters: int) -> np.ndarray:
        """Distribution of category purchases over some quarters. -> P_n, n = 0, 1, ..."""
        mean = self.M / 4 * quarters
        if self.rho == 1.0 or quarters == 1:
            spread = mean / np.sqrt(min(self.K, 1.0)) + mean
            n = np.arange(int(60 * spread) + 40)
            p = np.asarray(nbd_pmf(mean, self.K, n))
            return p[: int(np.searchsorted(np.cumsum(p), 1.0 - TAIL)) + 1]
        total = np.sort(quarterly_rates(self.K, self.rho)[:quarters].sum(axis=0)) * (self.M / 4)
        total = total.reshape(BINS, -1).mean(axis=1)
        n = np.arange(int(total[-1] + 12 * np.sqrt(total[-1]) + 40))
        logs: np.ndarray = special.xlogy(n, total[:, None]) - total[:, None] - special.gammaln(n + 1)
        return np.exp(logs).mean(axis=0)

    def share_error(self, name: str, customers: int, quarters: int = 4) -> float:
        """Sampling error of a brand's share of purchases in a panel, relative to the share.

        Var = E (x - share n)^2 / (customers (E n)^2), and x given n purchases is beta-binomial.
        """
        share, p = self.shares[name], self.counts(quarters)
        n = np.arange(len(p))
        mixed = sum(weight * (S * (n @ p) + n * n @ p) / (S + 1) for S, weight in self.classes)
        return float(np.sqrt((1 - share) / share * mixed / customers) / (n @ p))

    def correlation(self, lag: int) -> float:
        """Correlation of a household's purchases in two quarters that lie `lag` apart."""
        mean = self.M / 4
        covariance = 1 / self.K if self.rho == 1.0 else rate_covariance(self.K, self.rho**lag)
        return mean * covariance / (1 + mean / self.K)

    def category(self) -> dict[str, float]:
        """Figures of the category, named as in `patterns`."""
        year, quarter, half, third = self.year, self.counts(1), self.counts(2), self.counts(3)
        bought = 1 - year[0]
        mean = float(np.arange(len(year)) @ year)
        return {
            "category penetration": bought,
            "purchases per buyer": mean / bought,
            "K": nbd_shape(year),
            "S": self.taste_shape(),
            "share of top 20 % of buyers": top_share(year),
            "buying once": year[1] / bought,
            "penetration at 13 weeks": 1 - quarter[0],
            "penetration at 26 weeks": 1 - half[0],
            "penetration at 39 weeks": 1 - third[0],
            "growth over quarter 1": bought / (1 - quarter[0]),
            "repeat quarter to quarter": repeat(quarter[0], half[0]),
            "correlation 1 quarter apart": self.correlation(1),
            "correlation 2 quarters apart": self.correlation(2),
            "correlation 3 quarters apart": self.correlation(3),
        }

    def brands(self) -> pd.DataFrame:
        """Penetration, frequency, share of requirements, sole buyers, repeat of every brand in a year."""
        year, quarter, half = self.year, self.counts(1), self.counts(2)
        n = np.arange(len(year))
        rows = {}
        for name, share in self.shares.items():
            no, none_else = self.never(share, n), self.never(1 - share, n)
            bought = 1 - year @ no
            rows[name] = {
                "share": share,
                "penetration": bought,
                "frequency": share * (n @ year) / bought,
                "scr": share * (n @ year) / (n * (1 - no) @ year),
                "sole buyers": (year[1:] @ none_else[1:]) / bought,
                "repeat": repeat(quarter @ no[: len(quarter)], half @ self.never(share, np.arange(len(half)))),
            }
        return pd.DataFrame(rows).T

    def duplication(self, names: list[str]) -> pd.DataFrame:
        """P(buys column | buys row) in a year, named brands only; nan on the diagonal."""
        n, year = np.arange(len(self.year)), self.year
        share = np.array([self.shares[name] for name in names])
        one = np.array([1 - year @ self.never(s, n) for s in share])
        table = np.full((len(names), len(names)), np.nan)
        for i in range(len(names)):
            for j in range(i):
                both = one[i] + one[j] - 1 + year @ self.never(share[i] + share[j], n)
                table[i, j], table[j, i] = both / one[i], both / one[j]
        return pd.DataFrame(table, index=names, columns=names)

    def patterns(self, named: list[str]) -> dict[str, float]:
        """Every pattern of the tolerance table, by name. named : the brands with data, largest share first."""
        found, brands = self.category(), self.brands()
        for place, name in zip(("leader", "second"), named, strict=False):
            found |= {f"{place} {figure}": float(brands[figure][name]) for figure in FIGURES}
        if len(named) > 1:
            D, _ = duplication_law(self.duplication(named).to_numpy(), brands.penetration[named].to_numpy())
            found |= {"duplication D": D, "duplication r": np.nan}  # r of a finite panel is below that of the law
        return found | dict.fromkeys(SAME_BRAND, self.same_brand())

    def same_brand(self) -> float:
        """P(two purchases of a customer are of one brand): the same however many there are, E sum p^2 = E (1 + S sum
        share^2) / (S + 1).
        """
        square = sum(share * share for share in self.shares.values())
        return float(sum(weight * (1 + S * square) / (S + 1) for S, weight in self.classes))


def never(S: float, share: float, n: np.ndarray) -> np.ndarray:
    """P(a brand is not among n category purchases): B(a, S - a + n) / B(a, S - a), a = S share."""
    if share >= 1.0:
        return np.where(n == 0, 1.0, 0.0)
    a, b = S * share, S * (1 - share)
    logs: np.ndarray = special.gammaln(b + n) - special.gammaln(b) + special.gammaln(a + b) - special.gammaln(a + b + n)
    return np.exp(logs)


def bought(total: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """P(x purchases of a brand) from P_n of the category: beta-binomial given n. a, b : (brands,) -> (brands, len)"""
    n, a, b = np.arange(len(total)), a[:, None], b[:, None]
    own = special.gammaln(a + n) - special.gammaln(a) - special.gammaln(n + 1)
    rest = special.gammaln(b + n) - special.gammaln(b) - special.gammaln(n + 1)
    whole = special.gammaln(n + 1) - special.gammaln(a + b + n) + special.gammaln(a + b)
    found = np.zeros((len(a), len(n)))
    for k, p in enumerate(total):
        found[:, : k + 1] += p * np.exp(own[:, : k + 1] + rest[:, k::-1] + whole[:, k, None])
    return found


def nearest_shape(share: np.ndarray, total: np.ndarray, each: list[np.ndarray]) -> float:
    """S by maximum likelihood, means fixed at the shares (Dirichlet-multinomial).

    total : (n,) customers, or their share, by category purchases;  each : the same of every brand
    """

    def loss(log_S: float) -> float:
        S = np.exp(log_S)
        value = rising(S, len(total)) @ total
        return float(value - sum(rising(S * s, len(c)) @ c for s, c in zip(share, each, strict=True)))

    return float(
        np.exp(minimize_scalar(loss, bounds=(np.log(0.05), np.log(500.0)), method="bounded", options={"xatol": 1e-6}).x)
    )


def rising(a: float, n: int) -> np.ndarray:
    """log Gamma(a + k) - log Gamma(a) for k = 0 ... n - 1."""
    logs: np.ndarray = special.gammaln(a + np.arange(n)) - special.gammaln(a)
    return logs


def repeat(none_in_one: float, none_in_two: float) -> float:
    """Share of a quarter's buyers who buy again in the next, from P(no purchase) in one and in two quarters."""
    return (1 - 2 * none_in_one + none_in_two) / (1 - none_in_one)


def nbd_shape(p: np.ndarray) -> float:
    """K of the NBD that is nearest by likelihood to a distribution (or a histogram) of counts, at its own mean."""
    p = np.asarray(p, float) / np.sum(p)
    n = np.arange(len(p))
    mean = float(n @ p)

    def loss(log_k: float) -> float:
        k = np.exp(log_k)
        ways = special.gammaln(k + n) - special.gammaln(k)
        return -float(p @ ways - k * np.log1p(mean / k) + mean * np.log(mean / (mean + k)))

    best = minimize_scalar(loss, bounds=(np.log(0.01), np.log(200.0)), method="bounded", options={"xatol": 1e-7})
    return float(np.exp(best.x))


def top_share(p: np.ndarray, top: float = 0.2) -> float:
    """Share of purchases made by the heaviest `top` of buyers; a count is split where they end."""
    n = np.arange(len(p))[:0:-1]
    people, bought = np.cumsum(p[:0:-1]), np.cumsum(n * p[:0:-1])
    return float(np.interp(top * people[-1], np.r_[0, people], np.r_[0, bought]) / bought[-1])


def pareto_none(r: float, alpha: float, s: float, beta: float, age: float) -> float:
    """P(no purchase by an age) when purchase rates ~ Gamma(r, alpha) and death rates ~ Gamma(s, beta): quadrature.

    At given rates (lambda, mu) it is (mu + lambda exp(-(lambda + mu) age)) / (lambda + mu).
    """
    u = (np.arange(1000) + 0.5) / 1000
    buy, die = special.gammaincinv(r, u)[:, None] / alpha, special.gammaincinv(s, u) / beta
    return float(np.mean((die + buy * np.exp(-(buy + die) * age)) / (buy + die)))


def duplication_law(given: np.ndarray, penetration: np.ndarray) -> tuple[float, float]:
    """D of P(buys j | buys i) = D x penetration of j, through the origin over all ordered pairs, and r of the pairs."""
    off = ~np.eye(len(penetration), dtype=bool)
    law = np.tile(penetration, (len(penetration), 1))[off]
    observed = np.asarray(given)[off]
    r = float(np.corrcoef(observed, law)[0, 1]) if len(penetration) > 2 else np.nan
    return float(observed @ law / (law @ law)), r
