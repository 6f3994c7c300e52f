"""NBD, BG/NBD and Pareto/NBD against published values, second formulas, a simulation and real histories.

CDNOW: 2,357 customers, weeks, parameters of Fader, Hardie & Lee 2005 (BG/NBD) and Schmittlein, Morrison & Colombo
1987 as fitted there (Pareto/NBD).
"""

from __future__ import annotations

import importlib.util
import itertools
import pickle
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.special import betaln, hyp2f1
from scipy.stats import nbinom, poisson

from loyaltysim import purchases
from loyaltysim.theory.special import beta_mean

BG = (0.243, 4.414, 0.793, 2.426)
BG_MLE = (0.24259, 4.41353, 0.79289, 2.42575)
PARETO = (0.553, 10.578, 0.606, 11.669)


# --- the average over a beta law, on which BG/NBD and the Dirichlet rest ---


@pytest.mark.parametrize("S", [1e-3, 0.05, 1.3, 40.0, 1e4, 1e6])
@pytest.mark.parametrize("share", [1e-4, 0.02, 0.5, 0.97])
def test_beta_mean_knows_the_moments(S, share):
    """E p^k = a (a+1) ... (a+k-1) / (S (S+1) ... (S+k-1)), k = 0 to 4, to 1e-11 relative."""
    a = S * share
    for k in range(5):
        exact = np.prod([(a + i) / (S + i) for i in range(k)])
        assert beta_mean(lambda p, q, k=k: p**k, a, S - a) == pytest.approx(exact, rel=1e-11)


@pytest.mark.parametrize(("a", "b"), [(0.3, 1.1), (2.0, 0.4), (5.0, 30.0)])
@pytest.mark.parametrize("steep", [0.1, 30.0, 1e4])
def test_beta_mean_equals_adaptive_quadrature(a, b, steep):
    """E (1 + steep p)^-0.7 by SciPy's quadrature with end-point weights on [0, c] and [c, 1], c = 1/steep; to 1e-8."""

    def f(p):
        return (1 + steep * p) ** -0.7

    c, scale = min(0.5, 1 / steep), np.exp(betaln(a, b))
    exact = quad(lambda p: f(p) * (1 - p) ** (b - 1), 0, c, weight="alg", wvar=(a - 1, 0))[0]
    for low, high in zip(np.geomspace(c, 0.5, 12)[:-1], np.geomspace(c, 0.5, 12)[1:], strict=True):
        exact += quad(lambda p: f(p) * p ** (a - 1) * (1 - p) ** (b - 1), low, high)[0] if high > low else 0.0
    exact += quad(lambda p: f(p) * p ** (a - 1), 0.5, 1, weight="alg", wvar=(0, b - 1))[0]
    assert beta_mean(lambda p, q: f(p), a, b) == pytest.approx(exact / scale, rel=1e-8)


# --- NBD ---


@pytest.mark.parametrize(("M", "K"), [(0.9147, 0.3931), (20.0, 0.67), (80.0, 1.3), (1.37, 0.17)])
def test_nbd_equals_scipy(M, K):
    n = np.arange(60)
    assert purchases.nbd_pmf(M, K, n) == pytest.approx(nbinom.pmf(n, K, K / (K + M)), rel=1e-11)
    assert purchases.nbd_at_least(M, K, n) == pytest.approx(nbinom.sf(n - 1, K, K / (K + M)), rel=1e-11)
    assert purchases.nbd_pmf(M, K, n, periods=3) == pytest.approx(purchases.nbd_pmf(3 * M, K, n), rel=1e-13)


def test_nbd_of_a_real_cohort():
    """CDNOW sample, repeats in 27 weeks, NBD with M .9147, K .3931: .6234 .1714 .0835 .0466 .0276 .0170 .0107, .0198.

    Tolerance: rounding of the inputs and of the last digit.
    """
    figures = [*purchases.nbd_pmf(0.9147, 0.3931, range(7)), purchases.nbd_at_least(0.9147, 0.3931, 7)]
    assert figures == pytest.approx([0.6234, 0.1714, 0.0835, 0.0466, 0.0276, 0.0170, 0.0107, 0.0198], abs=1e-4)


def test_nbd_with_equal_customers_is_poisson():
    """K -> infinity; the next term is of order (n - M)^2 / K = 1e-8 in relative terms."""
    n = np.arange(15)
    assert purchases.nbd_pmf(4.0, 1e10, n) == pytest.approx(poisson.pmf(n, 4.0), rel=1e-7)


# --- BG/NBD ---


def test_bgnbd_expected_purchases_of_cdnow():
    """Printed E X(t) at the maximum-likelihood estimates, half a unit of the last digit."""
    t = np.array([1 / 7, 1, 3, 31.8571, 32, 39, 52, 78])
    printed = [0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.1950, 1.4440, 1.858]
    expected = purchases.bgnbd_expected(*BG_MLE, t)
    assert expected[:7] == pytest.approx(printed[:7], abs=5.1e-5)
    assert expected[7] == pytest.approx(printed[7], abs=5.1e-4)


def published_bgnbd(r, alpha, a, b, t):
    """Fader, Hardie & Lee 2005, equation (9)."""
    bracket = 1 - (alpha / (alpha + t)) ** r * hyp2f1(r, b, a + b - 1, t / (alpha + t))
    return (a + b - 1) / (a - 1) * bracket


@pytest.mark.parametrize("parameters", [BG, (0.6, 10.0, 2.5, 4.0), (3.0, 1.0, 0.2, 3.0), (0.05, 50.0, 1.7, 0.6)])
def test_bgnbd_expected_equals_the_published_formula(parameters):
    """Average over drop-out against 2F1, to 1e-9 relative (2F1 loses digits where t/(alpha+t) is near 1)."""
    t = np.array([0.01, 1.0, 10.0, 100.0, 1000.0])
    assert purchases.bgnbd_expected(*parameters, t) == pytest.approx(published_bgnbd(*parameters, t), rel=1e-9)


def test_bgnbd_expected_where_the_published_formula_fails():
    """a = 1 lies between its neighbours; with b = 1 too, E = integral over p of (1 - (1 + p t)^-1)/p = log(1 + t)."""
    low, middle, high = (purchases.bgnbd_expected(0.5, 3.0, a, 2.0, 20.0) for a in (1 - 1e-4, 1.0, 1 + 1e-4))
    assert middle == pytest.approx((low + high) / 2, rel=1e-7) and low > middle > high
    assert purchases.bgnbd_expected(1.0, 1.0, 1.0, 1.0, 20.0) == pytest.approx(np.log(21), rel=1e-11)
    assert purchases.bgnbd_expected(0.5, 3.0, 0.2, 0.3, 20.0) < 10 / 3  # a + b < 1; fewer than without drop-out
    assert purchases.bgnbd_expected(*BG, 0.0) == 0.0


def test_bgnbd_distribution_of_cdnow():
    """Printed P(X(39) = 0..6) and 7 or more at the rounded parameters."""
    p = purchases.bgnbd_pmf(*BG, 39, np.arange(7))
    assert p == pytest.approx([0.57379, 0.19940, 0.08543, 0.04586, 0.02767, 0.01797, 0.01227], abs=5.1e-6)
    assert 1 - p.sum() == pytest.approx(0.03762, abs=5.1e-6)


def test_bgnbd_distribution_has_the_expected_mean():
    """Sum of x P(X = x) = E X; the tail beyond 3,000 purchases in 39 weeks is below 1e-12."""
    x = np.arange(3000)
    p = purchases.bgnbd_pmf(*BG, 39, x)
    assert p.sum() == pytest.approx(1, abs=1e-10)
    assert p @ x == pytest.approx(purchases.bgnbd_expected(*BG, 39), rel=1e-9)


def test_mean_rate_and_drop_out_of_cdnow():
    """r/alpha = .05505 purchases a week at first: E X(t)/t for t -> 0; a/(a+b) = .2463 drop out after a purchase:
    1 - B(a, b+1)/B(a, b) is what keeps P(alive) below 1 right after the first repeat."""
    assert purchases.bgnbd_expected(*BG, 1e-6) / 1e-6 == pytest.approx(0.05505, abs=5.1e-6)
    assert 1 - purchases.bgnbd_p_alive(*BG, 1, 10.0, 10.0) == pytest.approx(0.2463, abs=5.1e-5)


def test_p_alive_equals_the_ratio_of_likelihoods():
    """P(alive | x, t_x, T) = likelihood of the histories in which the customer is alive / likelihood of all."""
    r, alpha, a, b = BG
    x, t_x, T = np.array([1, 2, 7, 29]), np.array([1.0, 30.0, 20.0, 35.0]), 39.0
    alive = np.exp(betaln(a, b + x) - (r + x) * np.log(alpha + T))
    dropped = np.exp(betaln(a + 1, b + x - 1) - (r + x) * np.log(alpha + t_x))
    assert purchases.bgnbd_p_alive(*BG, x, t_x, T) == pytest.approx(alive / (alive + dropped), rel=1e-12)
    assert purchases.bgnbd_p_alive(*BG, 0, 0.0, T) == 1.0


def bgnbd_histories(parameters, size, T, rng):
    """Customers simulated purchase by purchase: exponential gaps, a coin after each; x, t_x, alive at T."""
    r, alpha, a, b = parameters
    rate, p = rng.gamma(r, 1 / alpha, size), rng.beta(a, b, size)
    x, t_x, clock, alive = np.zeros(size), np.zeros(size), np.zeros(size), np.ones(size, dtype=bool)
    active = np.arange(size)
    while active.size:
        clock[active] += rng.exponential(1 / rate[active])
        active = active[clock[active] <= T]
        x[active] += 1
        t_x[active] = clock[active]
        alive[active] = rng.random(active.size) >= p[active]
        active = active[alive[active]]
    return x, t_x, alive


def test_simulated_customers_follow_bgnbd():
    """300,000 customers: mean, P(X = 0..3), and P(alive) in four groups. |z| <= 4.42 each (1e-5), 9 checks.

    Mean: se = sd/sqrt(n), about 0.7 %; alive: difference of indicator and probability, se of its mean.
    """
    parameters, T = (0.8, 6.0, 0.9, 2.5), 39.0
    x, t_x, alive = bgnbd_histories(parameters, 300_000, T, np.random.default_rng(5))

    def z_of(sample):
        return sample.mean() / (sample.std() / np.sqrt(len(sample)))

    z = [z_of(x - purchases.bgnbd_expected(*parameters, T))]
    z += [z_of((x == n) - purchases.bgnbd_pmf(*parameters, T, n)) for n in range(4)]
    surprise = alive - purchases.bgnbd_p_alive(*parameters, x, t_x, T)
    groups = [(x == 1) & (t_x < 10), (x == 1) & (t_x >= 10), (x > 1) & (t_x < 20), (x > 1) & (t_x >= 20)]
    z += [z_of(surprise[group]) for group in groups]
    assert len(z) == 9 and np.abs(z).max() <= 4.42, z


def test_bgnbd_fit_recovers_the_parameters():
    """20,000 simulated customers: log-likelihood at the estimate above the truth by half a chi-squared with 4 degrees
    of freedom (99.999 % quantile 28.5, so at most 14.2), and no parameter moves by more than five standard errors
    (measured over 12 seeds: 1.3 and 1.7 % for r and alpha, 5 and 7 % for a and b)."""
    truth, T = (0.8, 6.0, 0.9, 2.5), 39.0
    x, t_x, _ = bgnbd_histories(truth, 20_000, T, np.random.default_rng(6))
    fitted = purchases.bgnbd_fit(x, t_x, T)
    best, true = (purchases.bgnbd_log_likelihood(*parameters, x, t_x, T).sum() for parameters in (fitted, truth))
    assert 0 <= best - true <= 14.2
    assert (fitted.r, fitted.alpha) == pytest.approx(truth[:2], rel=0.08)
    assert (fitted.a, fitted.b) == pytest.approx(truth[2:], rel=0.30)


def test_log_likelihood_equals_the_published_form():
    """Fader, Hardie & Lee 2005, equation (6), written with gamma functions of moderate arguments; to 1e-12."""
    from scipy.special import beta, gamma

    r, alpha, a, b = BG
    for x, t_x, T in [(0, 0.0, 39.0), (1, 3.0, 39.0), (6, 30.0, 35.0)]:
        ways = gamma(r + x) * alpha**r / gamma(r)
        likelihood = beta(a, b + x) / beta(a, b) * ways / (alpha + T) ** (r + x)
        if x > 0:
            likelihood += beta(a + 1, b + x - 1) / beta(a, b) * ways / (alpha + t_x) ** (r + x)
        assert purchases.bgnbd_log_likelihood(*BG, x, t_x, T) == pytest.approx(np.log(likelihood), rel=1e-12)


def cdnow():
    """The rows come from the package `lifetimes` where it is installed; found without importing it."""
    found = importlib.util.find_spec("lifetimes")
    if found is None or found.origin is None:
        pytest.skip("the package lifetimes, which holds the CDNOW rows, is not installed")
    return pd.read_csv(Path(found.origin).parent / "datasets" / "cdnow_customers_summary.csv")


def test_bgnbd_fit_of_cdnow():
    """Published .243 4.414 .793 2.426, log-likelihood -9582.43; own estimates .24259 4.41353 .79289 2.42575."""
    rows = cdnow()
    fitted = purchases.bgnbd_fit(rows["frequency"], rows["recency"], rows["T"])
    assert tuple(fitted) == pytest.approx(BG_MLE, rel=1e-4)
    likelihood = purchases.bgnbd_log_likelihood(*fitted, rows["frequency"], rows["recency"], rows["T"])
    assert likelihood.sum() == pytest.approx(-9582.43, abs=5.1e-3)


def test_bgnbd_fit_does_not_stop_on_the_way():
    """Best of 120 starts with three methods: log-likelihood -107.11095; a search from one start ended at -107.13056."""
    x, t_x = [0] * 12 + [1, 1, 2, 2, 3, 4, 6, 9], [0] * 12 + [3, 20, 11, 25, 30, 18, 35, 37]
    r, alpha, a, b = fitted = purchases.bgnbd_fit(x, t_x, 39)
    assert (r, alpha, a, b) == pytest.approx((0.2745, 6.368, 0.5885, 6.619), rel=2e-4) and not fitted.at_bound
    assert purchases.bgnbd_log_likelihood(*fitted, x, t_x, 39).sum() == pytest.approx(-107.11095, abs=5.1e-6)
    assert purchases.bgnbd_expected(*fitted, 200) == pytest.approx(4.92, abs=5.1e-3)


def test_bgnbd_fit_finds_the_higher_of_two_hills():
    """Four customers: downhill from one start ends at -28.47548, where nobody drops out; some do at -28.44435."""
    x, t_x = [0, 3, 3, 1], [0.0, 21.45, 35.78, 1.17]
    fitted = purchases.bgnbd_fit(x, t_x, 39)
    assert purchases.bgnbd_log_likelihood(*fitted, x, t_x, 39).sum() == pytest.approx(-28.44435, abs=5.1e-6)
    assert "a" in fitted.at_bound


def test_what_few_customers_do_not_show_ends_at_a_bound_that_is_named():
    """Five histories in which nobody is seen to stop: an optimum at the lowest a, not an error."""
    fitted = purchases.bgnbd_fit([2, 1, 7, 1, 2], [30.43, 1.71, 29.43, 5, 35.71], 38.86)
    assert fitted.at_bound == {"a": "lower"} and fitted.a == pytest.approx(np.exp(-12), rel=0.2)
    assert pickle.loads(pickle.dumps(fitted)) == fitted


def histories(seed: int) -> tuple[list[int], list[float]]:
    """10 to 50 customers of a BG/NBD, r .5, alpha 8, a .8, b 2.5, watched for 39 weeks: repeats and the last one."""
    rng, x, t_x = np.random.default_rng(seed), [], []
    for _ in range(rng.integers(10, 51)):
        rate, drop, now, bought = rng.gamma(0.5, 1 / 8), rng.beta(0.8, 2.5), 0.0, [0.0]
        while (now := now + rng.exponential(1 / rate)) <= 39 and (len(bought) == 1 or rng.random() >= drop):
            bought.append(now)
        x.append(len(bought) - 1)
        t_x.append(bought[-1])
    return x, t_x


@pytest.mark.parametrize("ten", [0, 1, 2])
def test_every_small_sample_settles(ten):
    """Ten simulated samples: no error, at least the likelihood of the truth, and nothing to gain within 1 % around."""
    for seed in range(10 * ten, 10 * ten + 10):
        x, t_x = histories(seed)
        fitted = purchases.bgnbd_fit(x, t_x, 39)
        best = purchases.bgnbd_log_likelihood(*fitted, x, t_x, 39).sum()
        assert best >= purchases.bgnbd_log_likelihood(0.5, 8.0, 0.8, 2.5, x, t_x, 39).sum()
        for k, step in itertools.product(range(4), (0.99, 1.01)):
            near = [value * (step if j == k else 1.0) for j, value in enumerate(fitted)]
            gain = purchases.bgnbd_log_likelihood(*near, x, t_x, 39).sum() - best
            assert gain < (1e-6 if purchases.BGNBD._fields[k] not in fitted.at_bound else 1e-3), (seed, k, step)


# --- Pareto/NBD ---


def test_paretonbd_expected_purchases_of_cdnow():
    expected = purchases.paretonbd_expected(*PARETO, [1, 3, 39, 52, 78])
    assert expected == pytest.approx([0.0510, 0.1461, 1.2130, 1.4730, 1.9094], abs=5.1e-5)


def test_paretonbd_expected_equals_its_definition():
    """Mean rate times the integral of survival (beta/(beta+u))^s from 0 to t, to 1e-10; s = 1 included."""
    for s in (0.606, 1.0, 2.5):
        area = quad(lambda u, s=s: (11.669 / (11.669 + u)) ** s, 0, 52)[0]
        expected = purchases.paretonbd_expected(0.553, 10.578, s, 11.669, 52)
        assert expected == pytest.approx(0.553 / 10.578 * area, rel=1e-10)


# --- shapes and refusals ---


def test_numbers_in_numbers_out():
    assert np.ndim(purchases.bgnbd_expected(*BG, 39)) == 0 and np.ndim(purchases.nbd_pmf(1, 1, 0)) == 0
    assert purchases.bgnbd_expected(*BG, np.ones((2, 3))).shape == (2, 3)
    assert purchases.bgnbd_pmf(*BG, [[10], [20]], [0, 1, 2]).shape == (2, 3)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: purchases.nbd_pmf(0, 1, 0), r"M = 0 lies outside the allowed range \(0, inf\)"),
        (lambda: purchases.nbd_pmf(1, 1, 1.5), r"n = 1.5 must be a whole number in \[0, inf\)"),
        (lambda: purchases.nbd_pmf(1, 1, [0, -1]), r"n = -1 lies outside"),
        (lambda: purchases.nbd_at_least(1, -2, 1), r"K = -2 lies outside"),
        (lambda: purchases.bgnbd_expected(0.2, 4, 0, 2, 10), r"a = 0 lies outside"),
        (lambda: purchases.bgnbd_expected(*BG, -1), r"t = -1 lies outside the allowed range \[0, inf\)"),
        (lambda: purchases.bgnbd_pmf(*BG, 10, None), r"x = nan lies outside"),
        (lambda: purchases.bgnbd_p_alive(*BG, 1, [3, 9], 5), r"t_x = 9 lies after T = 5 in row 1"),
        (lambda: purchases.bgnbd_fit([0, 0], [0, 0], [10, 10]), r"x holds no repeat purchase"),
        (lambda: purchases.paretonbd_expected(0.5, 10, 0.6, -3, 1), r"beta = -3 lies outside"),
    ],
)
def test_refusals_name_argument_value_and_range(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_customer_long_gone_is_gone_in_silence():
    """Odds beyond the largest number: P(alive) is 0 and no warning. Source: asked in two threads of `lifetimes`.

    x = 300: by hand, b + x - 1 = 299.81, odds = .4 / 299.81 x (550.16/60.16)^300.1 = e^657.56, P = 2.66e-286.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert purchases.bgnbd_p_alive(0.10, 50.16, 0.40, 0.81, 400, 10, 500) == 0.0
        assert purchases.bgnbd_p_alive(0.10, 50.16, 0.40, 0.81, 300, 10, 500) == pytest.approx(2.66e-286, rel=2e-3)
        assert purchases.bgnbd_p_alive(0.10, 50.16, 0.40, 0.81, 0, 0, 500) == 1.0
