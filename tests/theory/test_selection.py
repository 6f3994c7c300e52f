"""The best of several that were measured with error: closed forms against tables and against drawing."""

from __future__ import annotations

import math

import numpy as np
import pytest

from loyaltysim.theory.selection import best, curse, expected_maximum, true_of_the_best
from tests.scenarios import Z


@pytest.mark.parametrize(
    ("k", "known"),
    [(1, 0.0), (2, 1.0 / math.sqrt(math.pi)), (3, 1.5 / math.sqrt(math.pi)), (5, 1.16296), (10, 1.53875)],
)
def test_the_largest_of_k_normal_numbers(k, known) -> None:
    """Closed for two and three; five and ten as printed in Harter 1961, Biometrika 48, table 1, to five digits."""
    assert expected_maximum(k) == pytest.approx(known, abs=6e-6)


def test_the_largest_of_none_is_refused() -> None:
    with pytest.raises(ValueError, match="k must be 1 or more"):
        expected_maximum(0)


@pytest.mark.parametrize(
    ("k", "error", "spread"), [(1, 1.0, 1.0), (4, 1.0, 0.0), (4, 0.5, 1.0), (8, 2.0, 0.5), (3, 0.0, 1.0)]
)
def test_what_the_best_promised_too_much(k, error, spread) -> None:
    """20,000 draws of true effects and estimates: the mean of estimate less truth of the best, SE from the draws."""
    dice = np.random.default_rng(5)
    true = spread * dice.standard_normal((20_000, k))
    seemed = true + error * dice.standard_normal((20_000, k))
    chosen = np.array([best(row) for row in seemed])
    rows = np.arange(len(chosen))
    lost, worth = seemed[rows, chosen] - true[rows, chosen], true[rows, chosen]
    slack = Z / math.sqrt(len(rows))
    assert abs(lost.mean() - curse(k, error, spread)) <= slack * lost.std() + 1e-12
    assert abs(worth.mean() - true_of_the_best(k, error, spread)) <= slack * worth.std() + 1e-12


def test_it_shrinks_with_the_sample() -> None:
    """Four times the customers: half the error, and less than half of the curse where effects differ."""
    assert curse(4, 0.5, 0.0) == pytest.approx(curse(4, 1.0, 0.0) / 2.0)
    assert curse(4, 0.5, 1.0) < curse(4, 1.0, 1.0) / 2.0
    assert curse(1, 1.0, 1.0) == curse(4, 0.0, 0.0) == 0.0
