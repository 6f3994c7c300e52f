"""Every metric against a table that can be worked by hand.

customer   firm a   firm b   firm c
0             3        1        0
1             2        0        0
2             0        4        0
3             0        0        0
"""

from __future__ import annotations

import numpy as np
import pytest

from loyaltysim import metrics
from tests import scenarios

VISITS = np.array([[3, 1, 0], [2, 0, 0], [0, 4, 0], [0, 0, 0]])
NEXT = np.array([[1, 0, 0], [0, 2, 0], [0, 1, 0], [1, 0, 0]])


def same(found: np.ndarray, *expected: float) -> bool:
    return found == pytest.approx(np.array(expected), nan_ok=True)


@pytest.mark.by_hand("penetration")
def test_penetration():
    """2 of 4 customers bought a, 2 bought b, none c."""
    assert same(metrics.penetration(VISITS), 0.5, 0.5, 0.0)


def test_purchase_frequency():
    """5 purchases by 2 buyers of a, 5 by 2 of b; c has no buyer to divide by."""
    assert same(metrics.purchase_frequency(VISITS), 2.5, 2.5, np.nan)


def test_market_share():
    assert same(metrics.market_share(VISITS), 0.5, 0.5, 0.0)
    assert same(metrics.market_share(np.zeros((2, 2))), np.nan, np.nan)


def test_share_of_category_requirements():
    """Buyers of a made 4 + 2 purchases, 5 of them at a; buyers of b made 4 + 4, 5 of them at b."""
    assert same(metrics.share_of_category_requirements(VISITS), 5 / 6, 5 / 8, np.nan)


def test_share_of_wallet():
    """The same of money: a's buyers spent 800 + 200 cents, 700 of them at a."""
    spend = np.array([[500, 300], [200, 0], [0, 900]])
    assert same(metrics.share_of_wallet(spend), 700 / 1000, 1200 / 1700)


@pytest.mark.by_hand("sole_buyers")
def test_sole_buyers():
    """Customer 1 buys a only, customer 2 b only: half of the buyers of each."""
    assert same(metrics.sole_buyers(VISITS), 0.5, 0.5, np.nan)


def test_repeat_and_churn():
    """Of a's buyers 0 and 1, customer 0 comes again; of b's buyers 0 and 2, customer 2."""
    assert same(metrics.repeat_rate(VISITS, NEXT), 0.5, 0.5, np.nan)
    assert same(metrics.churn_rate(VISITS, NEXT), 0.5, 0.5, np.nan)


def test_duplication():
    """Of a's two buyers one bought b, and the other way round; c has no buyers."""
    found = metrics.duplication(VISITS)
    assert same(found[0], 1.0, 0.5, 0.0) and same(found[1], 0.5, 1.0, 0.0) and np.isnan(found[2]).all()


@pytest.mark.by_hand("heavy_share")
@pytest.mark.parametrize(
    ("totals", "expected"),
    [
        ([10, 5, 3, 1, 1], 0.5),  # the top one of five buyers: 10 of 20
        ([10, 5, 3, 1, 1, 0, 0], 0.5),  # who bought nothing is no buyer
        ([6, 2, 2], 0.36),  # 0.6 of the first of three buyers: 3.6 of 10
        ([4], 0.2),
        ([0], np.nan),
    ],
)
def test_heavy_share(totals, expected):
    assert metrics.heavy_share(np.array(totals)) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("totals", "expected"),
    [
        ([2, 2, 2], 0.0),  # all alike
        ([0, 0, 1], 2 / 3),  # one has everything: (n - 1) / n
        ([1, 3], 0.25),  # mean difference of all pairs 1, over twice the mean 2
        ([0, 0], np.nan),
    ],
)
def test_gini(totals, expected):
    assert metrics.gini(np.array(totals)) == pytest.approx(expected, nan_ok=True)


def test_breakage():
    """Of 1000 points 700 were redeemed and 100 are held: 200 lapsed."""
    assert metrics.breakage(1000, 700, 100) == 0.2
    assert np.isnan(metrics.breakage(0, 0, 0))


def test_market_figures_are_those_of_the_books():
    """Shares of a small run, counted again from its log; penetration and the rest from its last four quarters."""
    book = scenarios.cached_run(small)
    found = metrics.market_figures(book)
    for j, firm in enumerate(book.firms):
        here = book.log.firm == j
        assert found[f"share_of_visits[{firm}]"] == pytest.approx(here.mean())
        assert found[f"share_of_revenue[{firm}]"] == pytest.approx(book.log.spend[here].sum() / book.log.spend.sum())
        buyers = book.log.customer[here & (book.log.week >= 13)].nunique()
        assert found[f"penetration[{firm}]"] == pytest.approx(buyers / len(book.people))


def small():
    return scenarios.world(300, 65)
