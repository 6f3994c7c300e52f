"""How long contracts last and what five more points of retention are worth: the arithmetic behind the claims.

Three groups: the shifted-beta-geometric law of renewal, retention arithmetic and customer value, and small closed
forms of single mechanisms, each the exact answer that a simulation of that mechanism must give.
Time is counted in renewal periods (years, unless the argument says otherwise); churn, retention, discount and margin
are shares (0.05, not 5). A number or an array goes in, the same shape comes out. Arguments outside their range raise
ValueError with name, value and range.
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, expit, softmax

from loyaltysim.mechanism.laws import log_gamma_quantile
from loyaltysim.theory.special import Array, Numbers, beta_mean, check, choose

SHARE, POSITIVE, NOT_NEGATIVE, ANY = "[0, 1]", "(0, inf)", "[0, inf)", "(-inf, inf)"
CONVENTIONS = ("additive", "sequential", "fixed_inflow")
FIRST_MARGIN = ("now", "after_one_period")


# --- renewal: each customer churns with an own constant probability theta ~ Beta(alpha, beta) ---


def sbg_survival(alpha: ArrayLike, beta: ArrayLike, t: ArrayLike) -> Numbers:
    """Share of a cohort still there after t renewals: S(t) = B(alpha, beta + t) / B(alpha, beta); S(0) = 1.

    Shifted-beta-geometric law, Fader & Hardie 2007, J. Interactive Marketing 21(1).
    """
    alpha, beta = check("alpha", alpha, POSITIVE), check("beta", beta, POSITIVE)
    log_survival: Array = betaln(alpha, beta + check("t", t, NOT_NEGATIVE)) - betaln(alpha, beta)
    return np.exp(log_survival)[()]


def sbg_retention(alpha: ArrayLike, beta: ArrayLike, t: ArrayLike) -> Numbers:
    """Share of those there before renewal t who renew: r_t = (beta + t - 1) / (alpha + beta + t - 1), t >= 1.

    It rises with tenure although nobody's loyalty grows: those who churn easily have left.
    """
    alpha, beta = check("alpha", alpha, POSITIVE), check("beta", beta, POSITIVE)
    stayed = beta + check("t", t, "[1, inf)") - 1
    return (stayed / (alpha + stayed))[()]


def sbg_log_likelihood(alpha: float, beta: float, survival: ArrayLike) -> float:
    """Log-likelihood per customer of a survival curve under the sBG: multiply by the size of the cohort.

    sum_t (S(t-1) - S(t)) log P(T = t) + S(n) log S_model(n),    P(T = t) = B(alpha+1, beta+t-1) / B(alpha, beta)
    """
    alpha, beta = float(check("alpha", alpha, POSITIVE)), float(check("beta", beta, POSITIVE))
    return _sbg_log_likelihood(alpha, beta, _survival(survival, at_least=2))


def _sbg_log_likelihood(alpha: float, beta: float, survival: Array) -> float:
    n = len(survival) - 1
    leave = betaln(alpha + 1, beta + np.arange(n)) - betaln(alpha, beta)
    stay = betaln(alpha, beta + n) - betaln(alpha, beta)
    return float(-np.diff(survival) @ leave + survival[-1] * stay)


class SBG(NamedTuple):
    """Fitted shifted-beta-geometric law: churn probabilities ~ Beta(alpha, beta)."""

    alpha: float
    beta: float


def sbg_fit(survival: ArrayLike) -> SBG:
    """Fit the sBG to a survival curve by maximum likelihood: survival[t] = share left after t renewals, S(0) = 1.

    At least two renewals; never rising. Sought over mean churn alpha/(alpha+beta) and polarisation
    1/(alpha+beta+1): a curve whose retention does not rise shows no differences between customers, and alpha + beta
    comes out above 10^4 (everybody alike; the bound is 10^6). Raises ValueError for a curve without churn.
    """
    from scipy.optimize import minimize  # only here: whoever wants a break-even lift need not wait for it

    survival = _survival(survival, at_least=3)
    if survival[-1] == 1:
        raise ValueError("survival stays at 1: nobody leaves, so there is no churn to fit; allowed: some S(t) < 1")

    def parameters(z: Array) -> tuple[float, float]:
        concentration = np.exp(z[1])
        return float(expit(z[0]) * concentration), float(expit(-z[0]) * concentration)

    start = -np.log(survival[1:-1].sum() / (1 - survival[-1]) + 1)  # log odds of churn, were it constant
    best = minimize(
        lambda z: -_sbg_log_likelihood(*parameters(z), survival),
        [start, 1.0],
        method="Nelder-Mead",
        bounds=[(-14, 14), (-7, 14)],
        options={"xatol": 1e-9, "fatol": 1e-15, "maxiter": 5000},
    )
    return SBG(*parameters(best.x))


def sbg_derl(alpha: ArrayLike, beta: ArrayLike, renewals: ArrayLike, discount: ArrayLike) -> Numbers:
    """Renewals still to come of a customer who has renewed n times, discounted to the next renewal date.

        DERL = (beta+n)/(alpha+beta+n) 2F1(1, beta+n+1; alpha+beta+n+1; 1/(1+discount))

    Discounted expected residual lifetime, Fader & Hardie 2010, Marketing Science 29(1); the next renewal, if made,
    counts in full. Infinite without discount if alpha <= 1 (the mean of a beta-geometric lifetime is).
    """
    alpha, beta = check("alpha", alpha, POSITIVE), check("beta", beta, POSITIVE)
    stayed = beta + check("renewals", renewals, NOT_NEGATIVE, whole=True)
    return stayed / (alpha + stayed) * _discounted(alpha, stayed + 1, discount)


def sbg_del(alpha: ArrayLike, beta: ArrayLike, discount: ArrayLike) -> Numbers:
    """Discounted periods that a new customer will be there, the first in full: 2F1(1, beta; alpha+beta; 1/(1+d)).

    Infinite without discount if alpha <= 1.
    """
    alpha, beta = check("alpha", alpha, POSITIVE), check("beta", beta, POSITIVE)
    return _discounted(alpha, beta, discount)


def _discounted(alpha: Array, beta: Array, discount: ArrayLike) -> Numbers:
    """2F1(1, beta; alpha+beta; 1/(1+d)) = sum of S(t)/(1+d)^t; at d = 0 Gauss's value (alpha+beta-1)/(alpha-1).

    Who churns with probability p is there for (1+d)/(p+d) discounted periods: the sum is the mean of that over
    Beta(alpha, beta), which holds where libraries' 2F1 gives NaN (whole alpha and beta above some 171).
    """
    alpha, beta, d = np.broadcast_arrays(alpha, beta, check("discount", discount, NOT_NEGATIVE))
    with np.errstate(divide="ignore", invalid="ignore"):
        forever = np.where(alpha > 1, (alpha + beta - 1) / (alpha - 1), np.inf)
    rate = np.where(d > 0, d, 1.0)[..., None]
    return np.where(d > 0, beta_mean(lambda p, q: (1 + rate) / (p + rate), alpha, beta), forever)[()]


def segment_retention(sizes: ArrayLike, retention: ArrayLike, t: ArrayLike) -> Numbers:
    """Retention at renewal t of a cohort of segments, each with a constant retention of its own.

        r_t = sum w r^t / sum w r^(t-1)

    sizes, retention : (n_segments,) sizes w in any unit and yearly retention; t >= 1, any shape.
    """
    w, r = np.atleast_1d(check("sizes", sizes, NOT_NEGATIVE)), np.atleast_1d(check("retention", retention, "(0, 1]"))
    t = check("t", t, "[1, inf)")[..., None]
    return ((w * r**t).sum(axis=-1) / (w * r ** (t - 1)).sum(axis=-1))[()]


def _survival(survival: ArrayLike, at_least: int) -> Array:
    curve = np.atleast_1d(check("survival", survival, SHARE))
    if curve.ndim != 1 or len(curve) < at_least:
        raise ValueError(f"survival has shape {curve.shape}; allowed: S(0), S(1), ... of at least {at_least} values")
    if curve[0] != 1:
        raise ValueError(f"survival starts at {curve[0]:g}; allowed: S(0) = 1")
    if (np.diff(curve) > 0).any():
        t = int(np.argmax(np.diff(curve) > 0)) + 1
        raise ValueError(f"survival[{t}] = {curve[t]:g} exceeds survival[{t - 1}] = {curve[t - 1]:g}; allowed: no rise")
    return curve


def sbg_cohorts(alpha: float, beta: float, age: int) -> Array:
    """A market that has admitted equally many customers for `age` terms: share that has renewed 0, 1, ... age times."""
    survived = np.atleast_1d(sbg_survival(alpha, beta, np.arange(age + 1)))
    return survived / survived.sum()


def sbg_market_churn(alpha: float, beta: float, age: int, stay: float, terms: int) -> Array:
    """Churn of such a market in each of the next `terms`: nobody new comes, `stay` of the leavers sign elsewhere.

    Every new contract has a hazard of its own from Beta(alpha, beta); stay = 1 - exit_share. -> (terms,)
    """
    cohorts, churn = sbg_cohorts(alpha, beta, age), []
    for _ in range(terms):
        renewed = cohorts * sbg_retention(alpha, beta, np.arange(len(cohorts)) + 1)
        left = cohorts.sum() - renewed.sum()
        churn.append(left / cohorts.sum())
        cohorts = np.concatenate([[stay * left], renewed])
    return np.array(churn)


# --- shares where customers switch ---


@cache
def switching_strengths(shares: tuple[float, ...], S: float) -> tuple[float, ...]:
    """Strengths s with E[g_j (1 - g_j) / sum_k g_k (1 - g_k)] = shares, g ~ Dirichlet(S s): stationary shares of a
    chain in which everybody leaves at the same rate for one of the other firms, by taste.

    shares : three or more, each below 1/2; the mean is taken over a fixed lattice of 2^11 points. Raises ValueError if
    tastes are so unlike (S so small) that no strengths have these shares.
    """
    from scipy.optimize import root

    if len(set(shares)) == 1:
        return shares
    target, u = np.array(shares), lattice(2048, len(shares))
    at = np.log(u) - np.log1p(-u)

    def found(log_strengths: Array) -> Array:
        tastes = zip(softmax(log_strengths), at.T, strict=True)
        g = softmax(np.column_stack([log_gamma_quantile(S * max(s, 1e-12), x) for s, x in tastes]), axis=1)
        flow = g * (g.sum(axis=1, keepdims=True) - g)
        part: Array = flow / np.maximum(flow.sum(axis=1, keepdims=True), 1e-300)
        return part.mean(axis=0)

    def gap(log_strengths: Array) -> Array:
        apart: Array = np.log(np.maximum(found(log_strengths), 1e-300) / target)
        return apart

    best = root(gap, np.log(target), method="df-sane", options={"fatol": 1e-6, "maxfev": 80})
    if not np.abs(found(best.x) - target).max() < 1e-5:
        raise ValueError(f"no tastes with S = {S:g} have the long-run shares {', '.join(f'{s:g}' for s in shares)}")
    return tuple(softmax(best.x).tolist())


def lattice(n: int, dimensions: int) -> Array:
    """Points spread evenly over the unit cube: multiples of the powers of the generalised golden ratio. -> (n, d)"""
    ratio = 1.5
    for _ in range(60):
        ratio = (1.0 + ratio) ** (1.0 / (dimensions + 1))
    return (0.5 + np.outer(np.arange(1, n + 1), ratio ** -np.arange(1.0, dimensions + 1))) % 1.0


# --- the leaky bucket ---


def retention_arithmetic(churn: ArrayLike, acquisition: ArrayLike, years: ArrayLike, convention: str) -> Numbers:
    """Size of a customer base after some years, 1 at year 0: what "5 % churn and 15 % acquisition" means depends.

    convention:
    additive      both are shares of the opening base          N = (1 + acquisition - churn)^t
    sequential    acquisition is a share of those who stayed   N = ((1 - churn) (1 + acquisition))^t
    fixed_inflow  acquisition is a share of the base at year 0: the same number of people every year, so
                  N = (1 - churn)^t + (acquisition/churn) (1 - (1 - churn)^t), never above `base_limit`
    """
    choose("convention", convention, CONVENTIONS)
    c, a = check("churn", churn, SHARE), check("acquisition", acquisition, NOT_NEGATIVE)
    t = check("years", years, NOT_NEGATIVE)
    if convention == "additive":
        return ((1 + a - c) ** t)[()]
    if convention == "sequential":
        return (((1 - c) * (1 + a)) ** t)[()]
    stayed = (1 - c) ** t
    inflow = np.where(c > 0, (1 - stayed) / np.where(c > 0, c, 1.0), t)  # 1 + (1-c) + ... + (1-c)^(t-1)
    return (stayed + a * inflow)[()]


def base_sizes(churn: float, acquisition: float, periods: int, convention: str) -> Array:
    """`retention_arithmetic` at the end of periods 0, 1, ..., `periods`. -> (periods + 1,)"""
    return np.asarray(retention_arithmetic(churn, acquisition, np.arange(periods + 1), convention))


def base_limit(churn: ArrayLike, acquisition: ArrayLike) -> Numbers:
    """Where the base ends with a fixed inflow: acquisition / churn times its size at year 0; infinite without churn."""
    c, a = check("churn", churn, SHARE), check("acquisition", acquisition, NOT_NEGATIVE)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((c == 0) & (a == 0), 1.0, a / c)[()]


def doubling_time(churn: float, acquisition: float, convention: str = "additive") -> float:
    """Years until the base has doubled under `retention_arithmetic`; infinite if it never does."""
    choose("convention", convention, CONVENTIONS)
    c, a = float(check("churn", churn, SHARE)), float(check("acquisition", acquisition, NOT_NEGATIVE))
    if convention == "fixed_inflow":
        if c == 0:
            return 1 / a if a > 0 else np.inf
        with np.errstate(divide="ignore"):
            return float(np.log((a / c - 2) / (a / c - 1)) / np.log1p(-c)) if a > 2 * c else np.inf
    growth = 1 + a - c if convention == "additive" else (1 - c) * (1 + a)
    return float(np.log(2) / np.log(growth)) if growth > 1 else np.inf


def mean_lifetime(churn: ArrayLike) -> Numbers:
    """Mean number of periods that a customer stays under constant churn: 1 / churn; infinite without churn."""
    with np.errstate(divide="ignore"):
        return (1.0 / check("churn", churn, SHARE))[()]


# --- customer value ---


def customer_value(
    margin: ArrayLike | None = None,
    retention: ArrayLike | None = None,
    discount: ArrayLike = 0.0,
    first_margin: str = "now",
    *,
    margins: ArrayLike | None = None,
) -> Numbers:
    """Present value of a customer with constant retention per period.

    margin  : money per period for as long as the customer stays; infinite at retention 1, discount 0, where a margin
              of 0 is worth 0
    margins : instead of it, the margin of each period, (..., periods); nothing is earned after the last

    first_margin:
    now               paid at once, and at the start of every period that the customer stays   m (1+i) / (1+i-r)
    after_one_period  paid at the end of every period, if the customer was retained            m r / (1+i-r)
    """
    choose("first_margin", first_margin, FIRST_MARGIN)
    if retention is None or (margin is None) == (margins is None):
        raise ValueError("retention, and either margin (the same in each period) or margins (of each), must be given")
    i, r = check("discount", discount, NOT_NEGATIVE), check("retention", retention, SHARE)
    if margins is not None:
        each = np.atleast_1d(check("margins", margins, ANY))
        period = np.arange(each.shape[-1]) + (first_margin != "now")
        return (each * (r / (1 + i))[..., None] ** period).sum(axis=-1)[()]
    m = check("margin", margin, ANY)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = m * ((1 + i if first_margin == "now" else r) / (1 + i - r))
    return np.where(m == 0, 0.0, value)[()]


class ValueElasticities(NamedTuple):
    """Percent change of customer value per percent change of each cause."""

    retention: Numbers
    margin: Numbers
    discount: Numbers


def value_elasticities(
    retention: ArrayLike, discount: ArrayLike, first_margin: str = "after_one_period"
) -> ValueElasticities:
    """Elasticities of `customer_value`: to retention, margin, discount rate.

    after_one_period (the convention of Gupta, Lehmann & Stuart 2004, J. Marketing Research 41(1)):
                      (1+i)/(1+i-r),  1,  -i/(1+i-r)
    now:              r/(1+i-r),      1,  -i r / ((1+i) (1+i-r))
    Infinite (discount: -inf or nan) at retention 1, discount 0.
    """
    choose("first_margin", first_margin, FIRST_MARGIN)
    r, i = check("retention", retention, SHARE), check("discount", discount, NOT_NEGATIVE)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = 1 + i - r
        if first_margin == "now":
            by_r, by_i = r / gap, -i * r / (1 + i) / gap
        else:
            by_r, by_i = (1 + i) / gap, -i / gap
    return ValueElasticities(by_r[()], np.ones_like(by_r)[()], by_i[()])


def gain_from_retention(
    retention: ArrayLike, discount: ArrayLike, points: ArrayLike = 0.05, first_margin: str = "now"
) -> Numbers:
    """Relative gain in customer value from some more points of retention: `points` / (1+i-r-`points`) if paid now.

    0.05 means five percentage points, not 5 %. retention + points must stay at most 1; infinite if it is 1 without
    discount.
    """
    r, p = check("retention", retention, "(0, 1]"), check("points", points, SHARE)
    after = check("retention + points", np.round(r + p, 12), SHARE)
    before = customer_value(1.0, r, discount, first_margin)
    return customer_value(1.0, after, discount, first_margin) / before - 1


def retention_for_gain(gain: ArrayLike, discount: ArrayLike, points: ArrayLike = 0.05) -> Numbers:
    """Retention at which some more points of it are worth the relative `gain`: r = 1 + i - points (1 + 1/gain).

    Paid now. NaN where no retention between 0 and 1 - points gives that gain: the claim is then not arithmetic.
    """
    g, p = check("gain", gain, POSITIVE), check("points", points, "(0, 1]")
    i = check("discount", discount, NOT_NEGATIVE)
    r = 1 + i - p * (1 + 1 / g)
    return np.where((r >= 0) & (r <= 1 - p + 1e-12), r, np.nan)[()]


# --- what a program must bring in ---


def net_reward_cost(
    rate: ArrayLike, redeemed: ArrayLike, unit_cost: ArrayLike, member_share: ArrayLike, running_cost: ArrayLike = 0.0
) -> Numbers:
    """Cost of a program as a share of all sales: rate x redeemed x unit cost x members' share of sales + running cost.

    rate : face value earned per unit of spending; redeemed : share of it ever redeemed (1 - breakage);
    unit_cost : cost to the firm per unit of face value; running_cost : share of sales.
    """
    used = check("rate", rate, SHARE) * check("redeemed", redeemed, SHARE) * check("member_share", member_share, SHARE)
    return (used * check("unit_cost", unit_cost, NOT_NEGATIVE) + check("running_cost", running_cost, SHARE))[()]


def break_even_lift(margin: ArrayLike, reward_cost: ArrayLike) -> Numbers:
    """Relative lift in sales that pays for a program: L = reward_cost / (margin - reward_cost).

    margin : contribution margin, share of sales; reward_cost : net cost of the program, share of sales
    (`net_reward_cost`). Infinite when reward_cost >= margin: no lift pays.
    """
    g, rho = check("margin", margin, "(0, 1]"), check("reward_cost", reward_cost, NOT_NEGATIVE)
    with np.errstate(divide="ignore"):
        return np.where(rho < g, rho / np.maximum(g - rho, 0.0), np.inf)[()]


# --- single mechanisms ---


def steps_completion(step_survival: ArrayLike, steps: ArrayLike) -> Numbers:
    """Share of customers who finish a card when a share q survives each of k steps: q^k."""
    return (check("step_survival", step_survival, SHARE) ** check("steps", steps, NOT_NEGATIVE))[()]


def stamp_card_completion(rate: ArrayLike, attrition: ArrayLike, stamps: ArrayLike) -> Numbers:
    """Share of cards completed when purchases come at `rate` and customers leave at rate `attrition`.

        (rate / (rate + attrition))^stamps

    Completed cards take Gamma(k, rate + attrition) time; all cards would take Gamma(k, rate) without attrition.
    """
    rate, lost = check("rate", rate, POSITIVE), check("attrition", attrition, NOT_NEGATIVE)
    return ((rate / (rate + lost)) ** check("stamps", stamps, NOT_NEGATIVE))[()]


def switching_share(retention_a: ArrayLike, retention_b: ArrayLike) -> Numbers:
    """Share of firm A where two firms' customers either stay or switch: (1 - r_B) / ((1 - r_A) + (1 - r_B)).

    Equal rises of both retentions keep the share only if they keep the ratio of the churns. NaN if nobody switches.
    """
    churn_a, churn_b = 1 - check("retention_a", retention_a, SHARE), 1 - check("retention_b", retention_b, SHARE)
    with np.errstate(invalid="ignore"):
        return (churn_b / (churn_a + churn_b))[()]


def linear_stock(start: ArrayLike, kept: ArrayLike, inflow: ArrayLike, t: ArrayLike) -> Numbers:
    """Where X' = kept X + inflow stands after t periods; t = inf gives the steady state inflow / (1 - kept).

    One law, several mechanisms:
    referral growth    kept = retention + referrals per customer, inflow = acquisition
    affect stock       kept = 1 - decay, inflow = affect per period
    expectations       kept = 1 - learning, inflow 0, start = quality - expectation: disappointment or delight fades
    """
    x, g = check("start", start, ANY), check("kept", kept, NOT_NEGATIVE)
    u, t = check("inflow", inflow, ANY), check("t", t, "[0, inf]")
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.where(g == 1, t, (1 - g**t) / (1 - g))  # 1 + g + ... + g^(t-1)
        stock: Array = np.where(x == 0, 0.0, x * g**t) + np.where(u == 0, 0.0, u * steps)
    return stock[()]


def half_life(decay: ArrayLike) -> Numbers:
    """Periods until half of a stock that loses the share `decay` a period is left: log(1/2) / log(1 - decay)."""
    return (-math.log(2) / np.log1p(-check("decay", decay, "(0, 1)")))[()]


def points_liability(issued: ArrayLike, breakage: ArrayLike, holding_time: ArrayLike) -> Numbers:
    """Points outstanding in a steady state that will be redeemed: issued x (1 - breakage) x mean holding time.

    issued : points per period; breakage : share of them never redeemed
    holding_time : periods between earning and redeeming a point that is redeemed (Little's law).
    """
    redeemed = check("issued", issued, NOT_NEGATIVE) * (1 - check("breakage", breakage, SHARE))
    return (redeemed * check("holding_time", holding_time, NOT_NEGATIVE))[()]


def points_cost(issued: ArrayLike, breakage: ArrayLike, unit_cost: ArrayLike) -> Numbers:
    """Cost per period of a points program in a steady state: issued x (1 - breakage) x cost per unit of face value."""
    redeemed = check("issued", issued, NOT_NEGATIVE) * (1 - check("breakage", breakage, SHARE))
    return (redeemed * check("unit_cost", unit_cost, NOT_NEGATIVE))[()]


def net_promoter_score(scores: ArrayLike) -> float:
    """Share of promoters (9, 10) less share of detractors (0 to 6) among answers 0 to 10; -100 to 100 points."""
    answers = check("scores", scores, "[0, 10]", whole=True)
    if answers.size == 0:
        raise ValueError("scores is empty; allowed: at least one answer")
    return float(100.0 * ((answers >= 9).mean() - (answers <= 6).mean()))


class DoubleMarginalisation(NamedTuple):
    """Prices of points to the customer, and what two markups leave of the joint profit."""

    integrated_price: float
    chained_price: float
    profit_ratio: float


def double_marginalisation(intercept: float, cost: float) -> DoubleMarginalisation:
    """Price points that a firm buys from a coalition operator: two markups in a row, demand q = intercept - price.

    one owner (a+c)/2, two markups (3a+c)/4; joint profit 3/4 of the integrated one whatever a and c
    """
    c = float(check("cost", cost, NOT_NEGATIVE))
    a = float(check("intercept", intercept, f"({c!r}, inf)"))
    one, two = (a + c) / 2, (3 * a + c) / 4
    return DoubleMarginalisation(one, two, (a - two) * (two - c) / ((a - one) * (one - c)))
