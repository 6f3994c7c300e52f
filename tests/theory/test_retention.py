"""Renewal, retention arithmetic, customer value and single mechanisms against published tables and direct sums.

Printed digits are compared to half a unit of the last one.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import betaln

from loyaltysim import contract

HIGH_END = [1.000, 0.869, 0.743, 0.653, 0.593, 0.551, 0.517, 0.491]  # observed, Fader & Hardie 2007, years 0 to 7
ALPHA, BETA = 0.668, 3.806  # published
YEARS = np.arange(13)


# --- renewal: the shifted-beta-geometric law ---


def test_sbg_survival_and_retention_of_the_published_cohort():
    """S(t) and r_t of "High End" at the published .668, 3.806, years 0 to 12, four printed digits each."""
    survival = [1.0000, 0.8507, 0.7469, 0.6698, 0.6100, 0.5619, 0.5223, 0.4889, 0.4605, 0.4358, 0.4142, 0.3951, 0.3780]
    retention = [0.8507, 0.8780, 0.8968, 0.9106, 0.9212, 0.9295, 0.9362, 0.9418, 0.9464, 0.9504, 0.9538, 0.9568]
    assert contract.sbg_survival(ALPHA, BETA, YEARS) == pytest.approx(survival, abs=5.1e-5)
    assert contract.sbg_retention(ALPHA, BETA, YEARS[1:]) == pytest.approx(retention, abs=5.1e-5)


def test_sbg_survival_is_the_product_of_retention():
    product = np.cumprod(contract.sbg_retention(ALPHA, BETA, YEARS[1:]))
    assert contract.sbg_survival(ALPHA, BETA, YEARS[1:]) == pytest.approx(product, rel=1e-12)
    assert contract.sbg_survival(ALPHA, BETA, 0) == 1.0


def test_sbg_fit_of_the_published_cohort():
    """Maximum likelihood on years 0 to 7: a = .6681, b = 3.8061, LL = -1611.158 per 1,000; published .668, 3.806."""
    fitted = contract.sbg_fit(HIGH_END)
    assert tuple(fitted) == pytest.approx((0.6681, 3.8061), abs=5.1e-5)
    assert 1000 * contract.sbg_log_likelihood(*fitted, HIGH_END) == pytest.approx(-1611.158, abs=5.1e-4)
    assert 1000 * contract.sbg_log_likelihood(1, 1, HIGH_END) == pytest.approx(-2115.546, abs=5.1e-4)


def test_sbg_predicts_the_hold_out_and_constant_churn_does_not():
    """Years 8 to 12 from years 1 to 7: within 1.7 points everywhere; constant churn, fitted to the same seven years,
    misses year 12 by more than 10 points."""
    observed = np.array([0.468, 0.445, 0.427, 0.409, 0.394])
    assert np.abs(contract.sbg_survival(*contract.sbg_fit(HIGH_END), YEARS[8:]) - observed).max() < 0.017
    constant = 1 - (1 - HIGH_END[-1]) / sum(HIGH_END[:-1])  # maximum likelihood: leavers / renewal decisions
    assert observed[-1] - constant**12 > 0.10


@pytest.mark.parametrize(("alpha", "beta"), [(0.668, 3.806), (1.0, 1.0), (0.2, 0.5), (5.0, 50.0), (40.0, 10.0)])
def test_sbg_fit_finds_the_law_that_made_the_curve(alpha, beta):
    """An exact curve has its own parameters as maximum (the likelihood is then minus an entropy plus a constant)."""
    curve = contract.sbg_survival(alpha, beta, np.arange(9))
    assert tuple(contract.sbg_fit(curve)) == pytest.approx((alpha, beta), rel=1e-4)


def test_sbg_fit_of_equal_customers():
    """Constant churn of 10 %: no differences to find, so alpha + beta is huge and alpha/(alpha+beta) = 0.1."""
    alpha, beta = contract.sbg_fit(0.9 ** np.arange(7))
    assert alpha + beta > 1e4 and alpha / (alpha + beta) == pytest.approx(0.1, abs=1e-6)


def test_sbg_lifetimes():
    """DERL(n = 7, 10 %) = 7.530 and DEL(10 %) = 5.9226 for "High End"."""
    assert contract.sbg_derl(ALPHA, BETA, 7, 0.10) == pytest.approx(7.530, abs=5.1e-4)
    assert contract.sbg_del(ALPHA, BETA, 0.10) == pytest.approx(5.9226, abs=5.1e-5)


@pytest.mark.parametrize(
    ("alpha", "beta", "n", "discount"), [(0.668, 3.806, 7, 0.1), (2.5, 1.2, 0, 0.05), (0.3, 0.4, 3, 0.5)]
)
def test_sbg_lifetimes_equal_their_sums(alpha, beta, n, discount):
    """DERL = sum over k >= 1 of S(n+k)/S(n) (1+d)^(1-k), DEL = sum of S(t) (1+d)^-t; 1,000 terms leave < 1e-20."""
    k = np.arange(1, 1000)
    ahead = contract.sbg_survival(alpha, beta, n + k) / contract.sbg_survival(alpha, beta, n)
    assert contract.sbg_derl(alpha, beta, n, discount) == pytest.approx(ahead @ (1 + discount) ** (1.0 - k), rel=1e-10)
    whole = 1 + contract.sbg_survival(alpha, beta, k) @ (1 + discount) ** -k.astype(float)
    assert contract.sbg_del(alpha, beta, discount) == pytest.approx(whole, rel=1e-10)


def test_sbg_lifetimes_without_discount():
    """Mean lifetime of a beta-geometric law: (alpha + beta - 1)/(alpha - 1) for alpha > 1, infinite otherwise."""
    assert contract.sbg_del(3.0, 4.0, 0) == pytest.approx(3.0, rel=1e-12)
    assert contract.sbg_del(3.0, 4.0, 1e-9) == pytest.approx(3.0, rel=1e-6)
    assert contract.sbg_del(0.668, 3.806, 0) == np.inf and contract.sbg_derl(1.0, 2.0, 4, 0) == np.inf


@pytest.mark.parametrize(
    "alpha, beta, value",
    [(1, 180, 10.449990), (2, 200, 10.046292), (10, 190, 7.408241), (20, 180, 5.561165), (1000, 4000, 3.667970)],
)
def test_cohorts_of_people_who_are_alike_have_a_lifetime(alpha, beta, value):
    """Discounted lifetime of nearly homogeneous cohorts at a discount of .1, where a library's 2F1 is NaN.

    Source: asked in two public threads of the R package CLVTools; values by direct sums in logs of 20,000 terms.
    """
    assert contract.sbg_del(alpha, beta, 0.1) == pytest.approx(value, abs=5.1e-7)


@pytest.mark.parametrize("discount", [0.01, 0.05, 0.1, 0.25])
def test_discounted_lifetimes_are_their_sums(discount):
    """sum of S(t) / (1+d)^t in logs, alpha 1 to 1000 and beta 1 to 1e5: equal to 1e-8 (20,000 terms; the rest is below
    (1+d)^-20000 / d).
    """
    assert contract.sbg_derl(2, 200, 1, 0.1) == pytest.approx(9.955473, abs=5.1e-7)
    t = np.arange(20_000)
    alpha, beta = np.meshgrid([1.0, 2, 7, 10, 50, 172, 400, 1000], [1.0, 3, 20, 172, 180, 1000, 1e4, 1e5])
    log = betaln(alpha[..., None], beta[..., None] + t) - betaln(alpha, beta)[..., None] - t * np.log1p(discount)
    assert contract.sbg_del(alpha, beta, discount) == pytest.approx(np.exp(log).sum(axis=-1), rel=1e-8)


def test_a_customer_who_brings_nothing_is_worth_nothing():
    """0 a year for ever, without discount, is 0 and not undefined; a margin that is not 0 is worth without end."""
    for first in contract.FIRST_MARGIN:
        assert contract.customer_value(0, 1, 0, first) == 0.0
        assert list(contract.customer_value([0.0, 2.0, -1.0], 1.0, 0.0, first)) == [0.0, np.inf, -np.inf]


def test_average_retention_and_margins_that_change():
    """Teaching pages. Retention .9 and .3, margin 100 without discount: 100/.1 and 100/.7, 571.43 on average, while the
    average retention says 250. 5 % a month leave: 1 - .95^12 = 45.96 % a year. Margins 1000, 1500, 1800 at 75 %:
    1000 + .75 x 1500 + .5625 x 1800 = 3137.50; at 10 %, paid at the end of each year: 681.82 + 697.31 + 570.52.
    """
    assert np.mean(contract.customer_value(100, [0.9, 0.3], 0)) == pytest.approx(571.43, abs=5.1e-3)
    assert contract.customer_value(100, 0.6, 0) == pytest.approx(250.0)
    assert 1 - np.prod(contract.segment_retention([1.0], [0.95], np.arange(1, 13))) == pytest.approx(0.4596, abs=5.1e-5)
    years = [1000, 1500, 1800]
    assert contract.customer_value(margins=years, retention=0.75) == pytest.approx(3137.5)
    later = contract.customer_value(margins=years, retention=0.75, discount=0.1, first_margin="after_one_period")
    assert later == pytest.approx(1949.66, abs=1e-2)
    assert contract.customer_value(margins=[years, years], retention=[0.75, 0.0]).tolist() == [3137.5, 1000.0]
    same = contract.customer_value(margins=[100.0] * 2000, retention=0.9, discount=0.1)
    assert same == pytest.approx(contract.customer_value(100, 0.9, 0.1), rel=1e-12)
    for given in ({"retention": 0.5}, {"margins": years}, {"margin": 1.0, "margins": years, "retention": 0.5}):
        with pytest.raises(ValueError, match="either margin"):
            contract.customer_value(**given)


def test_retention_rises_without_any_loyalty():
    """Half the customers renew with .60, half with .95, always: printed retention of the whole, years 1 to 10."""
    printed = [0.775, 0.8145, 0.8502, 0.8796, 0.9020, 0.9180, 0.9291, 0.9365, 0.9414, 0.9445]
    retention = contract.segment_retention([0.5, 0.5], [0.60, 0.95], np.arange(1, 11))
    assert retention == pytest.approx(printed, abs=5.1e-5)
    assert contract.segment_retention([1], [0.6], [1, 9]) == pytest.approx([0.6, 0.6], rel=1e-12)


# --- the leaky bucket: acquisition 15 %, churn 5, 10, 15 % ---


@pytest.mark.parametrize(
    ("churn", "convention", "printed"),
    [
        (0.05, "additive", (1.1000, 1.6105, 2.5937)),
        (0.10, "additive", (1.0500, 1.2763, 1.6289)),
        (0.15, "additive", (1.0000, 1.0000, 1.0000)),
        (0.05, "sequential", (1.0925, 1.5563, 2.4222)),
        (0.10, "sequential", (1.0350, 1.1877, 1.4106)),
        (0.15, "sequential", (0.9775, 0.8924, 0.7965)),
        (0.05, "fixed_inflow", (1.1000, 1.4524, 1.8025)),
        (0.10, "fixed_inflow", (1.0500, 1.2048, 1.3257)),
        (0.15, "fixed_inflow", (1.0000, 1.0000, 1.0000)),
    ],
)
def test_retention_arithmetic(churn, convention, printed):
    """Printed base after 1, 5, 10 years; 1 at year 0."""
    base = contract.retention_arithmetic(churn, 0.15, [0, 1, 5, 10], convention)
    assert base == pytest.approx([1, *printed], abs=5.1e-5)


@pytest.mark.parametrize("convention", contract.CONVENTIONS)
@pytest.mark.parametrize(("churn", "acquisition"), [(0.05, 0.15), (0.0, 0.15), (1.0, 0.3), (0.2, 0.0)])
def test_retention_arithmetic_equals_counting(convention, churn, acquisition):
    """Year by year: lose churn of the base, gain acquisition of the opening, the remaining or the first base."""
    base, counted = 1.0, [1.0]
    for _ in range(12):
        stayed = base * (1 - churn)
        base = stayed + acquisition * {"additive": base, "sequential": stayed, "fixed_inflow": 1.0}[convention]
        counted.append(base)
    closed = contract.retention_arithmetic(churn, acquisition, YEARS, convention)
    assert closed == pytest.approx(counted, rel=1e-12)


def test_base_limit_and_lifetime():
    """Fixed inflow ends at .15/c = 3.0, 1.5, 1.0; mean lifetime 1/c = 20, 10, 6.67 years."""
    churn = np.array([0.05, 0.10, 0.15])
    assert contract.base_limit(churn, 0.15) == pytest.approx([3.0, 1.5, 1.0], rel=1e-12)
    assert contract.retention_arithmetic(churn, 0.15, 1000, "fixed_inflow") == pytest.approx([3.0, 1.5, 1.0], rel=1e-12)
    assert contract.mean_lifetime(churn) == pytest.approx([20.0, 10.0, 6.67], abs=5.1e-3)
    assert contract.base_limit(0, 0.15) == np.inf and contract.base_limit(0, 0) == 1
    assert contract.mean_lifetime(0) == np.inf


def test_doubling_time():
    """Additive: 7.27 years at 5 % churn, 14.21 at 10 %, never at 15 %; and every finite answer doubles the base."""
    assert contract.doubling_time(0.05, 0.15) == pytest.approx(7.27, abs=5.1e-3)
    assert contract.doubling_time(0.10, 0.15) == pytest.approx(14.21, abs=5.1e-3)
    assert contract.doubling_time(0.15, 0.15) == np.inf
    for convention in contract.CONVENTIONS:
        for churn in (0.0, 0.05):
            years = contract.doubling_time(churn, 0.15, convention)
            assert contract.retention_arithmetic(churn, 0.15, years, convention) == pytest.approx(2, rel=1e-12)
    assert contract.doubling_time(0.10, 0.15, "fixed_inflow") == np.inf  # the limit is 1.5


# --- customer value ---


RETENTION = [0.60, 0.70, 0.80, 0.85, 0.90, 0.95]


@pytest.mark.parametrize(
    ("discount", "percent"),
    [
        (0.00, (14.3, 20.0, 33.3, 50.0, 100.0, np.inf)),
        (0.10, (11.1, 14.3, 20.0, 25.0, 33.3, 50.0)),
        (0.12, (10.6, 13.5, 18.5, 22.7, 29.4, 41.7)),
    ],
)
def test_gain_from_five_more_points(discount, percent):
    """Printed gains in customer value; .05/(1+i-r-.05) and the ratio of values are the same number."""
    gain = contract.gain_from_retention(RETENTION, discount)
    assert 100 * gain == pytest.approx(percent, abs=0.051)
    finite = np.isfinite(gain)
    formula = [0.05 / (1 + discount - r - 0.05) for r in np.array(RETENTION)[finite]]
    assert gain[finite] == pytest.approx(formula, rel=1e-9)


def test_elasticity_to_retention():
    """(1+i)/(1+i-r) at 12 %: 2.15 2.67 3.50 4.15 5.09 6.59."""
    elasticity = contract.value_elasticities(RETENTION, 0.12).retention
    assert elasticity == pytest.approx([2.15, 2.67, 3.50, 4.15, 5.09, 6.59], abs=5.1e-3)


@pytest.mark.parametrize("first_margin", contract.FIRST_MARGIN)
def test_elasticities_are_slopes_of_customer_value(first_margin):
    """Central differences of log value against log cause, step 1e-5: error of order 1e-9."""
    r, i, up, down = 0.8, 0.12, np.exp(1e-5), np.exp(-1e-5)

    def slope(rise, fall):
        high, low = (contract.customer_value(*causes, first_margin) for causes in (rise, fall))
        return np.log(high / low) / 2e-5

    slopes = (
        slope((9, r * up, i), (9, r * down, i)),
        slope((9 * up, r, i), (9 * down, r, i)),
        slope((9, r, i * up), (9, r, i * down)),
    )
    assert tuple(contract.value_elasticities(r, i, first_margin)) == pytest.approx(slopes, rel=1e-7)


def test_customer_value_is_the_sum_of_discounted_margins():
    """sum m r^t/(1+i)^t from t = 0 (now) or t = 1 (after one period); 2,000 terms leave < 1e-100."""
    t, m, r, i = np.arange(2000), 50.0, 0.85, 0.1
    paid = m * (r / (1 + i)) ** t
    assert contract.customer_value(m, r, i) == pytest.approx(paid.sum(), rel=1e-12)
    assert contract.customer_value(m, r, i, "after_one_period") == pytest.approx(paid[1:].sum(), rel=1e-12)
    assert contract.customer_value(m, 1, 0) == np.inf
    assert contract.customer_value([1.0, 2.0], 0.5, 0).tolist() == [2.0, 4.0]


def test_retention_that_a_claimed_gain_needs():
    """Printed: i = 0: 25 35 50 75 85 95 100 % need .750 .807 .850 .883 .891 .897 .900; i = .10: 25 % .85, 50 % .95,
    75 % and above impossible. Halving a 10 % defection rate doubles undiscounted life."""
    gain = np.array([0.25, 0.35, 0.50, 0.75, 0.85, 0.95, 1.00])
    needed = contract.retention_for_gain(gain, 0)
    assert needed == pytest.approx([0.750, 0.807, 0.850, 0.883, 0.891, 0.897, 0.900], abs=5.1e-4)
    assert contract.gain_from_retention(needed, 0) == pytest.approx(gain, rel=1e-9)
    assert contract.retention_for_gain([0.25, 0.50], 0.10) == pytest.approx([0.85, 0.95], rel=1e-12)
    assert np.isnan(contract.retention_for_gain([0.75, 0.85, 1.00], 0.10)).all()
    assert contract.mean_lifetime(0.05) / contract.mean_lifetime(0.10) - 1 == pytest.approx(1.0, rel=1e-12)


# --- break-even ---


@pytest.mark.parametrize(
    ("margin", "percent"),
    [
        (0.20, (2.56, 5.26, 6.38, 11.11)),
        (0.25, (2.04, 4.17, 5.04, 8.70)),
        (0.30, (1.69, 3.45, 4.17, 7.14)),
        (0.40, (1.27, 2.56, 3.09, 5.26)),
    ],
)
def test_break_even_lift(margin, percent):
    """Printed lifts for reward costs .5, 1, 1.2, 2 % of sales; at the lift, profit is what it was."""
    cost = np.array([0.005, 0.010, 0.012, 0.020])
    lift = contract.break_even_lift(margin, cost)
    assert 100 * lift == pytest.approx(percent, abs=5.1e-3)
    assert (1 + lift) * (margin - cost) == pytest.approx(np.full(4, margin), rel=1e-12)


def test_no_lift_pays_for_a_reward_above_the_margin():
    assert contract.break_even_lift(0.2, 0.2) == np.inf and contract.break_even_lift(0.2, 0.3) == np.inf
    assert contract.break_even_lift(0.2, 0.0) == 0.0


def test_net_reward_cost():
    """1 % back, three quarters redeemed, at 80 % of face value, members 70 % of sales, .3 % to run it: .72 %."""
    assert contract.net_reward_cost(0.01, 0.75, 0.8, 0.7, 0.003) == pytest.approx(0.0072, rel=1e-12)


# --- single mechanisms ---


def test_cards():
    """Eight steps at .8125 each: 19 %, at .8738: 34 % (Nunes & Dreze 2006). With attrition: (lam/(lam+mu))^k."""
    assert 100 * contract.steps_completion([0.8125, 0.8738], 8) == pytest.approx([19, 34], abs=0.51)
    assert contract.stamp_card_completion(1.0, 0.25, 8) == pytest.approx(contract.steps_completion(0.8, 8), rel=1e-12)
    assert contract.stamp_card_completion(1.0, 0.0, 10) == 1.0


def test_stamp_card_by_simulation():
    """200,000 cards: time to k stamps against an exponential life; share and mean time of those completed.

    |z| <= 4.42 with se sqrt(p(1-p)/n), about .4 %, and sd/sqrt(n).
    """
    rate, attrition, stamps, n = 0.8, 0.1, 6, 200_000
    rng = np.random.default_rng(3)
    needed, life = rng.gamma(stamps, 1 / rate, n), rng.exponential(1 / attrition, n)
    done, p = needed < life, contract.stamp_card_completion(rate, attrition, stamps)
    assert abs(done.mean() - p) <= 4.42 * np.sqrt(p * (1 - p) / n)
    error = needed[done].mean() - stamps / (rate + attrition)
    assert abs(error) <= 4.42 * needed[done].std() / np.sqrt(done.sum())


def test_switching_chain():
    """.90 against .85: steady share .60, the fixed point of the chain; equal churn ratios keep it."""
    share = contract.switching_share(0.90, 0.85)
    assert share == pytest.approx(0.60, rel=1e-12)
    assert 0.90 * share + (1 - 0.85) * (1 - share) == pytest.approx(share, rel=1e-12)
    assert contract.switching_share(0.95, 0.925) == pytest.approx(0.60, rel=1e-12)  # both churns halved
    assert contract.switching_share(0.95, 0.90) > 0.66  # five points for both: A gains
    assert np.isnan(contract.switching_share(1, 1))


def test_referral_growth():
    """Retention .8, acquisition 1: 5, 6.67, 10 customers in the end with 0, .05, .10 referrals each; and the path."""
    steady = contract.linear_stock(1.0, 0.8 + np.array([0, 0.05, 0.10]), 1.0, np.inf)
    assert steady == pytest.approx([5, 6.67, 10], abs=5.1e-3)
    base = 3.0
    for t in range(1, 8):
        base = base * (0.8 + 0.05) + 1.0
        assert contract.linear_stock(3.0, 0.85, 1.0, t) == pytest.approx(base, rel=1e-12)


def test_stocks_that_fade_or_grow():
    """Affect: limit u/d, half of a lone stock after log(1/2)/log(1-d). Expectations: gap (1-g)^t. kept = 1 adds up."""
    assert contract.linear_stock(0.0, 0.9, 2.0, np.inf) == pytest.approx(20.0, rel=1e-12)
    assert contract.linear_stock(7.0, 0.9, 0.0, contract.half_life(0.1)) == pytest.approx(3.5, rel=1e-12)
    assert contract.half_life(0.5) == pytest.approx(1.0, rel=1e-12)
    assert contract.linear_stock(0.4, 1 - 0.25, 0.0, 3) == pytest.approx(0.4 * 0.75**3, rel=1e-12)
    assert contract.linear_stock(1.0, 1.0, 2.0, 5) == 11.0
    assert contract.linear_stock(1.0, 1.1, 0.0, np.inf) == np.inf and contract.linear_stock(0.0, 1.1, 0.0, np.inf) == 0


def test_points_outstanding_by_counting():
    """1,000 points a week, 30 % never redeemed, the others after 8 weeks: 5,600 outstanding; cost at .6: 420 a week."""
    outstanding, due = 0.0, [0.0] * 8
    for _ in range(50):
        due.append(700.0)
        outstanding += 700.0 - due.pop(0)
    assert contract.points_liability(1000, 0.3, 8) == pytest.approx(outstanding, rel=1e-12)
    assert contract.points_cost(1000, 0.3, 0.6) == pytest.approx(420, rel=1e-12)


def test_net_promoter_score():
    """Two promoters (9, 10), two passives (7, 8), one detractor (6) of five: .4 - .2."""
    assert contract.net_promoter_score([9, 10, 7, 8, 6]) == pytest.approx(20.0, rel=1e-12)


def test_double_marginalisation():
    """(a+c)/2 and (3a+c)/4, joint profit 3/4; each maximises what its owner sees (grid of prices, step .001)."""
    a, c = 10.0, 2.0
    result = contract.double_marginalisation(a, c)
    assert result == pytest.approx(((a + c) / 2, (3 * a + c) / 4, 0.75), rel=1e-12)
    price = np.arange(c, a, 0.001)
    assert price[np.argmax((price - c) * (a - price))] == pytest.approx(result.integrated_price, abs=1e-3)
    wholesale = price[np.argmax((price - c) * (a - (a + price) / 2))]  # the firm answers with (a + wholesale)/2
    assert (a + wholesale) / 2 == pytest.approx(result.chained_price, abs=1e-3)


# --- shapes and refusals ---


def test_numbers_in_numbers_out():
    assert isinstance(contract.sbg_survival(1, 1, 2), float) and isinstance(contract.break_even_lift(0.2, 0.01), float)
    assert contract.retention_arithmetic([[0.05], [0.1]], 0.15, [1, 5, 10], "additive").shape == (2, 3)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: contract.sbg_survival(0, 1, 1), r"alpha = 0 lies outside the allowed range \(0, inf\)"),
        (lambda: contract.sbg_survival(1, 1, -1), r"t = -1 lies outside"),
        (lambda: contract.sbg_retention(1, 1, 0), r"t = 0 lies outside the allowed range \[1, inf\)"),
        (lambda: contract.sbg_fit([0.9, 0.8, 0.7]), r"survival starts at 0.9; allowed: S\(0\) = 1"),
        (lambda: contract.sbg_fit([1, 0.8, 0.85]), r"survival\[2\] = 0.85 exceeds survival\[1\] = 0.8"),
        (lambda: contract.sbg_fit([1, 0.8]), r"at least 3 values"),
        (lambda: contract.sbg_fit([1, 1, 1]), r"nobody leaves"),
        (lambda: contract.sbg_fit([1, 0.8, np.nan]), r"survival = nan lies outside the allowed range \[0, 1\]"),
        (lambda: contract.sbg_derl(1, 1, 2.5, 0.1), r"renewals = 2.5 must be a whole number"),
        (lambda: contract.sbg_derl(1, 1, 2, -0.1), r"discount = -0.1 lies outside"),
        (lambda: contract.segment_retention([1], [1.2], 1), r"retention = 1.2 lies outside the allowed range \(0, 1\]"),
        (lambda: contract.retention_arithmetic(5, 0.15, 1, "additive"), r"churn = 5 lies outside"),
        (lambda: contract.retention_arithmetic(0.05, -1, 1, "additive"), r"acquisition = -1 lies outside"),
        (lambda: contract.retention_arithmetic(0.05, 0.15, -1, "additive"), r"years = -1 lies outside"),
        (lambda: contract.retention_arithmetic(0.05, 0.15, 1, "additiv"), r"did you mean 'additive'\?"),
        (lambda: contract.customer_value(1, 1.01, 0.1), r"retention = 1.01 lies outside"),
        (
            lambda: contract.customer_value(1, 0.9, 0.1, "later"),
            r"first_margin = 'later' is unknown.* known: now, after",
        ),
        (lambda: contract.gain_from_retention(0.97, 0.1), r"retention \+ points = 1.02 lies outside"),
        (lambda: contract.break_even_lift(25, 0.01), r"margin = 25 lies outside the allowed range \(0, 1\]"),
        (lambda: contract.break_even_lift(0.25, "1 %"), r"reward_cost = '1 %' is not a number"),
        (lambda: contract.half_life(1), r"decay = 1 lies outside the allowed range \(0, 1\)"),
        (lambda: contract.net_promoter_score([11]), r"scores = 11 lies outside"),
        (lambda: contract.net_promoter_score([]), r"scores is empty"),
        (lambda: contract.double_marginalisation(2, 3), r"intercept = 2 lies outside the allowed range \(3.0, inf\)"),
    ],
)
def test_refusals_name_argument_value_and_range(call, words):
    with pytest.raises(ValueError, match=words):
        call()
