"""What every brand's figures would be if nobody were loyal to anything but habit of taste: the NBD-Dirichlet.

A customer makes Poisson purchases of the category at rate lambda ~ Gamma(K, mean M a period); each is brand j with
probability p_j, (p_1, p_2, ...) ~ Dirichlet(S share_1, S share_2, ...). Then p_j ~ Beta(a, S - a), a = S share_j, and
given p everything is NBD. With m = M periods and z = m/K:

    P(not buying a brand chosen with probability p) = E exp(-lambda p) = (1 + z p)^-K

so that each figure below is an average over p of an elementary function. The same numbers follow from the textbook
sums over n category purchases, which tests/theory/test_dirichlet.py compares. Large m, small K, tiny shares and any S
need no truncation. Source: Goodhardt, Ehrenberg & Chatfield 1984, J. Royal Statistical Society A 147(5).

This is the market with no program: "excess loyalty" is a departure from it.

M : mean category purchases per customer (buyer or not) and period
K : shape of purchase rates between customers; small = few heavy buyers
S : sum of the Dirichlet parameters; small = everybody has a favourite, large = everybody chooses alike
sigma : spread of log S between customers, independent of how often they buy: S_i = S exp(sigma eps_i), eps_i normal, at
    the five nodes of `spread`; 0 = the Dirichlet. Joint figures are mixed over the nodes, then divided
shares : brand -> share of category purchases, a mapping, a Series or a sequence (numbered from 0); they may sum to
         less than 1, the rest is one unlisted brand
periods : length of the period in units of the one that M is for, any positive number

Arguments outside their range raise ValueError with name, value and range.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, minimize_scalar
from scipy.special import betainc

from loyaltysim.mechanism.laws import concentrations
from loyaltysim.theory.nbd import POSITIVE, nbd_at_least, nbd_pmf
from loyaltysim.theory.special import Array, Numbers, beta_mean, check, choose

Shares: TypeAlias = "Mapping[str, float] | pd.Series | Sequence[float]"
RULES = ("mean", "least_squares", "notched_mean")


def spread(S: float, sigma: float) -> tuple[Array, Array]:
    """The concentrations that customers have, rising, and how many have each: S exp(sigma x), x of Gauss and Hermite.

    As `mechanism.laws.concentrations`. Raises ValueError for an S or sigma that cannot be.
    """
    return concentrations(float(check("S", S, POSITIVE)), float(check("sigma", sigma, "[0, inf)")))


def brand_table(M: float, K: float, S: float, shares: Shares, periods: float = 1.0, sigma: float = 0.0) -> pd.DataFrame:
    """Tabulate what the Dirichlet says of each brand in one period.

    Index `brand`; columns, all per period of length `periods`:
    penetration         b, share of customers who buy it
    frequency           w = m share / b, purchases of it per buyer of it
    category_frequency  purchases of the category per buyer of it
    scr                 share of category requirements = frequency / category_frequency
    sole_buyers         share of its buyers who buy nothing else in the category
    once_only           share of its buyers who buy it once
    repeat              share of its buyers who buy it again in the next period of the same length
    """
    m, K, S = _market(M, K, S, periods)
    share = _shares(shares)
    z, s = m / K, share.to_numpy()

    def unsold(p: Array) -> Array:
        return np.exp(-(K + 1) * np.log1p(z * p))

    b = _penetration(m, K, S, share, sigma)
    b_twice = _penetration(2 * m, K, S, share, sigma)
    category = m * _mixed(lambda p, q: 1 - q * unsold(p), S, sigma, s)
    # (1 + z q)^-K - (1 + z)^-K: nothing else bought, less nothing at all; written so that tiny shares keep their digits
    only = _mixed(lambda p, q: -np.exp(-K * np.log1p(z * q)) * np.expm1(K * np.log1p(-z * p / (1 + z))), S, sigma, s)
    once = m * _mixed(lambda p, q: p * unsold(p), S, sigma, s)
    return pd.DataFrame(
        {
            "penetration": b,
            "frequency": m * share / b,
            "category_frequency": category / b,
            "scr": m * share / category,
            "sole_buyers": np.maximum(only, 0.0) / b,  # rounding may leave -1e-17
            "once_only": once / b,
            "repeat": (2 * b - b_twice) / b,
        },
        index=share.index,
    )


def penetration_growth(
    M: float, K: float, S: float, shares: Shares, periods: ArrayLike, sigma: float = 0.0
) -> pd.DataFrame:
    """Follow each brand's cumulative penetration over periods of growing length: rows `periods`, columns brands."""
    periods = np.atleast_1d(check("periods", periods, POSITIVE))
    share = _shares(shares)
    rows = [_penetration(*_market(M, K, S, length), share, sigma) for length in periods]
    return pd.DataFrame(rows, index=pd.Index(periods, name="periods"), columns=share.index)


def duplication(M: float, K: float, S: float, shares: Shares, periods: float = 1.0, sigma: float = 0.0) -> pd.DataFrame:
    """Tabulate who else a brand's buyers buy: P(buy column | buy row), 1 on the diagonal.

    Two brands together are a brand with the sum of their shares, so P(both) = b_i + b_j - b_(i+j).
    `.attrs["D"]` is the coefficient of the law P(buy j | buy i) = D b_j, mean over the pairs (rule "ratio" of
    `duplication_coefficient`); NaN with a single brand.
    """
    m, K, S = _market(M, K, S, periods)
    share = _shares(shares)
    b = _penetration(m, K, S, share, sigma)
    pairs = np.minimum(share.to_numpy()[:, None] + share.to_numpy(), 1.0)
    either = np.array([_penetration(m, K, S, row, sigma) for row in pairs])
    given = (b[:, None] + b - either) / b[:, None]
    np.fill_diagonal(given, 1.0)
    table = pd.DataFrame(given, index=share.index.rename("buyers_of"), columns=share.index.rename("also_buy"))
    table.attrs["D"] = duplication_coefficient(table, pd.Series(b, share.index)) if len(b) > 1 else np.nan
    return table


def duplication_coefficient(table: pd.DataFrame, penetrations: pd.Series, rule: str = "ratio") -> float:
    """Estimate D in the duplication law, P(buy j | buy i) = D b_j, from any table of duplications.

    table        : rows and columns brands, P(buy column | buy row); the diagonal is not used
    penetrations : b by brand
    rule         : ratio = mean of P(j | i) / b_j over the pairs; least_squares = slope through the origin, which the
                   noise of tiny brands does not carry away: use it for observed tables
    """
    choose("rule", rule, ("ratio", "least_squares"))
    pairs = ~np.eye(len(table), dtype=bool)
    also = table.to_numpy()[pairs]
    b = np.broadcast_to(penetrations[table.columns].to_numpy(), table.shape)[pairs]
    return float((also / b).mean() if rule == "ratio" else (also @ b) / (b @ b))


def category_table(M: float, K: float, periods: ArrayLike = 1.0) -> pd.DataFrame:
    """Tabulate the category itself (NBD); one row for each length in `periods`.

    penetration    share of customers who buy at all
    frequency      purchases per buyer
    once_only      share of buyers who buy once
    repeat         share of buyers who buy again in the next period of the same length
    top20_share    share of all purchases made by the heaviest 20 % of buyers (a count is split where the 20 % fall)
    p0 .. p6, p7_plus   share of customers who buy 0 .. 6, 7 or more times
    """
    periods = np.atleast_1d(check("periods", periods, POSITIVE))
    M, K = float(check("M", M, POSITIVE)), float(check("K", K, POSITIVE))
    m = M * periods
    b, b_twice = _category_penetration(m, K), _category_penetration(2 * m, K)
    table = {
        "penetration": b,
        "frequency": m / b,
        "once_only": nbd_pmf(m, K, 1) / b,
        "repeat": (2 * b - b_twice) / b,
        "top20_share": [_top_share(mean, K, 0.2) for mean in m],
    }
    table |= {f"p{n}": nbd_pmf(m, K, n) for n in range(7)} | {"p7_plus": nbd_at_least(m, K, 7)}
    return pd.DataFrame(table, index=pd.Index(periods, name="periods"))


class DirichletFit(NamedTuple):
    """Fitted NBD-Dirichlet; M is per period of the data."""

    M: float
    K: float
    S: float


def fit(
    penetration: float, frequency: float, shares: Shares, brand_penetrations: Shares, rule: str = "mean"
) -> DirichletFit:
    """Estimate M, K, S from a category's penetration and purchases per buyer, brand shares and brand penetrations.

    M = penetration x frequency; K gives the category penetration exactly ("mean and zeros"); each brand's penetration
    gives an S (`brand_S`), and `rule` makes one of them:
    mean           share-weighted mean of all
    least_squares  the S with the least sum of squared errors of brand penetrations; 0 or inf where the fit is best at
                   that end (everybody loyal, everybody alike)
    notched_mean   share-weighted mean after leaving out the brands whose S lies outside the whiskers of a box plot
                   (1.5 hinge spreads) or above its upper notch (median + 1.58 hinge spreads / sqrt(brands)): the rule
                   of the R package NBDdirichlet 1.4, whose toothpaste market of 1973 has S = 1.29525 by it (1.55 by
                   the mean)
    Over the twelve grocery categories that ship with the project, the mean error of the share of requirements that
    follows is .095 by the mean, .097 by least squares, .132 by the notched mean, which drops sound brands (of frequency
    .084, .086, .096; of penetration .090, .087, .088). From purchases of each customer rather than from such a table,
    likelihood does best: .089, .082, .086.
    Both means leave out brands whose penetration no S gives; ValueError if none remains. One brand alone (share 1)
    says nothing of S, which is nan then.
    """
    choose("rule", rule, RULES)
    penetration = float(check("penetration", penetration, "(0, 1)"))
    M = penetration * float(check("frequency", frequency, "(1, inf)"))
    if penetration >= -np.expm1(-M):
        raise ValueError(
            f"penetration = {penetration:g} with frequency = {frequency:g} is more even than Poisson; "
            f"allowed for this frequency: below 1 - exp(-penetration x frequency) = {-np.expm1(-M):g}"
        )
    K = float(np.exp(brentq(lambda log_K: _category_penetration(M, np.exp(log_K)) - penetration, -30, 30, xtol=1e-13)))
    share = _shares(shares)
    if (share == 1.0).all():
        return DirichletFit(M, K, np.nan)
    if rule == "least_squares":
        return DirichletFit(M, K, _least_squares_S(M, K, share, _like(share, brand_penetrations, penetration)))
    each = brand_S(M, K, share, brand_penetrations)
    each = each[np.isfinite(each) & (each > 0)]
    if rule == "notched_mean":
        each = each[_inside_notch(each.to_numpy())]
    if each.empty:
        raise ValueError(
            "brand_penetrations: no brand's penetration is reached by any S; allowed: between share x "
            "category penetration and the NBD penetration at mean M x share; see brand_S"
        )
    return DirichletFit(M, K, float(np.average(each, weights=share[each.index])))


def _least_squares_S(M: float, K: float, share: pd.Series, observed: Array) -> float:
    """The S with the least sum of squared errors of brand penetrations; 0 or inf if no S between does better."""

    def misfit(penetrations: Array) -> float:
        return float(np.square(penetrations - observed).sum())

    best = minimize_scalar(
        lambda log_S: misfit(_penetration(M, K, np.exp(log_S), share)),
        bounds=(np.log(1e-3), np.log(1e6)),
        method="bounded",
        options={"xatol": 1e-9},
    )
    loyal, alike = (np.asarray(share) * _category_penetration(M, K), _category_penetration(M * np.asarray(share), K))
    ends = {0.0: misfit(loyal), np.inf: misfit(alike)}
    end = min(ends, key=lambda at: ends[at])
    return end if ends[end] <= best.fun else float(np.exp(best.x))


def brand_S(M: float, K: float, shares: Shares, brand_penetrations: Shares) -> pd.Series:
    """Find for each brand the S that gives its observed penetration.

    Penetration grows with S, from share x category penetration (S = 0, everybody loyal) to that of an NBD with mean
    M share (S = infinity, everybody alike); a penetration outside gives S = 0 or S = inf.
    """
    m, K, _ = _market(M, K, 1.0, 1.0)
    share = _shares(shares)
    observed = _like(share, brand_penetrations, float(_category_penetration(m, K)))

    def solve(s: float, pen: float) -> float:
        def error(log_S: float) -> float:
            return float(_penetration(m, K, np.exp(log_S), np.array([s]))[0]) - pen

        low, high = np.log(1e-4), np.log(1e7)
        if error(low) >= 0 or error(high) <= 0:
            return 0.0 if error(low) >= 0 else np.inf
        return float(np.exp(brentq(error, low, high, xtol=1e-12)))

    return pd.Series([solve(s, pen) for s, pen in zip(share, observed, strict=True)], index=share.index, name="S")


def own_price_elasticity(
    beta: float,
    share: ArrayLike,
    S: float,
    base_price: ArrayLike = 1.0,
    reference_price: float = 1.0,
    expansion: float = 0.0,
    sigma: float = 0.0,
) -> Numbers:
    """Turn a price sensitivity into the own-price elasticity |eta| of a brand when customers differ in taste.

        |eta| = beta (base_price / reference_price) [ S (1 - share) + expansion (1 + S share) ] / (S + 1)

    beta      : mean price sensitivity of customers, per reference price (independent of tastes)
    share     : share of purchases of the brand; S : the Dirichlet's S
    expansion : lambda in [0, 1], by how much the category's purchases follow its attractiveness (0 = not at all)
    With tastes the elasticity is not beta (1 - share): customers who always or never buy a brand do not react. Derived
    from E p (1-p) = share (1-share) S/(S+1) and E p^2 = share (1 + S share)/(S+1) for p ~ Beta(S share, S (1-share));
    with sigma above 0 the mean over the classes of S.
    """
    s, grows = check("share", share, "(0, 1]"), check("expansion", expansion, "[0, 1]")
    price = check("base_price", base_price, POSITIVE) / check("reference_price", reference_price, POSITIVE)
    classes, weights = spread(S, sigma)
    reaction = [(taste * (1 - s) + grows * (1 + taste * s)) / (taste + 1) for taste in classes]
    mean = np.tensordot(weights, np.array(reaction), axes=1)
    return (check("beta", beta, "[0, inf)") * price * mean)[()]


def _category_penetration(m: ArrayLike, K: float) -> Array:
    return -np.expm1(-K * np.log1p(np.asarray(m) / K))


def _mixed(f: Callable[[Array, Array], Array], S: float, sigma: float, share: ArrayLike) -> Array:
    """E f(p, 1 - p) over the beta laws of the classes of S, one for each share. f : as in `beta_mean`"""
    classes, weights = spread(S, sigma)
    share = np.asarray(share, dtype=float)
    each = [beta_mean(f, S * share, S * (1 - share)) for S in classes]
    return np.asarray(np.tensordot(weights, np.array(each), axes=1))


def _penetration(m: float, K: float, S: float, share: ArrayLike, sigma: float = 0.0) -> Array:
    """b = E [1 - (1 + z p)^-K], one for each share."""
    return _mixed(lambda p, q: _category_penetration(m * p, K), S, sigma, share)


def _top_share(m: float, K: float, top: float) -> float:
    """Share of purchases of the heaviest `top` of buyers: x purchases or more, and a part of those with x - 1.

    n P_n(K, m) = m P_(n-1)(K+1, m (K+1)/K), so purchases of buyers with n >= x sum to m I(x - 1, K + 1).
    """
    people = top * float(_category_penetration(m, K))

    def too_many(x: int) -> bool:
        return float(nbd_at_least(m, K, x)) > people

    limit = 2
    while too_many(limit):
        limit *= 2
    x = bisect_left(range(limit), True, key=lambda n: not too_many(n))  # the least x that is not too many
    theirs = float(betainc(x - 1, K + 1, m / (m + K))) if x > 1 else 1.0
    return theirs + (x - 1) * (people - float(nbd_at_least(m, K, x))) / m


def _inside_notch(values: Array) -> NDArray[np.bool_]:
    """Mark what a notched box plot keeps: within 1.5 hinge spreads of the hinges, not above the upper notch."""
    ordered, half = np.sort(values), (len(values) + 1) // 2
    if half == 0:
        return np.zeros(0, dtype=bool)
    low, middle, high = np.median(ordered[:half]), np.median(ordered), np.median(ordered[-half:])
    spread = high - low
    notch = middle + 1.58 * spread / np.sqrt(len(values))
    inside: NDArray[np.bool_] = (values >= low - 1.5 * spread) & (values <= min(high + 1.5 * spread, notch))
    return inside


def _market(M: float, K: float, S: float, periods: float) -> tuple[float, float, float]:
    m = float(check("M", M, POSITIVE)) * float(check("periods", periods, POSITIVE))
    return m, float(check("K", K, POSITIVE)), float(check("S", S, POSITIVE))


def _shares(shares: Shares) -> pd.Series:
    series = pd.Series(shares, dtype=float).rename_axis("brand")
    if series.empty:
        raise ValueError("shares is empty; allowed: at least one brand")
    if not series.index.is_unique:
        raise ValueError(f"shares names {series.index[series.index.duplicated()][0]!r} twice; allowed: each brand once")
    for brand, share in series.items():
        check(f"shares[{brand!r}]", share, "(0, 1]")
    if series.sum() > 1 + 1e-9:
        raise ValueError(f"shares sum to {series.sum():.10g}; allowed: at most 1")
    return series


def _like(share: pd.Series, penetrations: Shares, category: float) -> Array:
    """Brand penetrations in the order of the shares, by name if they have names."""
    if not isinstance(penetrations, Mapping | pd.Series):
        if len(penetrations) != len(share):
            raise ValueError(f"brand_penetrations has {len(penetrations)} values for {len(share)} shares")
        penetrations = pd.Series(penetrations, index=share.index, dtype=float)
    series = pd.Series(penetrations, dtype=float)
    if set(series.index) != set(share.index):
        odd = sorted(map(str, set(series.index) ^ set(share.index)))
        raise ValueError(f"brand_penetrations and shares do not name the same brands; only one has {', '.join(odd)}")
    for brand, value in series.items():
        check(f"brand_penetrations[{brand!r}]", value, "(0, 1)")
    return np.asarray(series[share.index], dtype=float)
