"""Intervals over runs: hand-worked values, coverage, and what one run cannot tell."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from loyaltysim.measures.attitudes import awareness
from loyaltysim.measures.ratio import mean, ratio
from loyaltysim.measures.statistics import correlation, estimate, ratio_of_means

Z = 4.4172  # two-sided 1e-5
DRAWS = 4000


def test_a_ratio_to_nothing_is_undefined_and_counts_no_run():
    """No error and no infinity: nan of one seed; over runs no value, of no run."""
    assert math.isnan(ratio(1.0, 0)) and math.isnan(ratio(np.int64(0), np.int64(0))) and ratio(1, 4) == 0.25
    none = ratio_of_means([1.0, 2.0], [0.0, 0.0], "share")
    assert (none.value, none.low, none.n) == (None, None, 0)


def covered(inside: list[bool], level: float = 0.95) -> bool:
    """Does the observed coverage agree with its level, by the binomial standard error?"""
    return abs(np.mean(inside) - level) <= Z * math.sqrt(level * (1.0 - level) / len(inside))


def test_student_interval_by_hand():
    """1, 2, 3: mean 2, standard error 1 / sqrt(3), t(2, 97.5 %) = 4.30265 (any table): 2 -+ 2.48414."""
    found = estimate([1.0, 2.0, 3.0], "trips")
    assert (found.value, found.level, found.unit, found.n) == (2.0, 0.95, "trips", 3)
    assert found.low == pytest.approx(2.0 - 2.48414, abs=1e-5)
    assert found.high == pytest.approx(2.0 + 2.48414, abs=1e-5)


def test_student_interval_covers_as_often_as_it_says():
    """5 normal runs: 95 % of intervals hold the mean; a normal instead of a Student quantile would hold 88 %."""
    x = np.random.default_rng(1).normal(3.0, 2.0, (DRAWS, 5))
    found = [estimate(row, "") for row in x]
    assert covered([e.low <= 3.0 <= e.high for e in found])


def test_fieller_ends_are_where_the_difference_is_just_significant():
    """At each end r, the t statistic of top - r bottom is the quantile: Fieller's definition, not his formula."""
    rng = np.random.default_rng(2)
    bottom = rng.normal(5.0, 1.0, 12)
    top = 3.0 * bottom + rng.normal(0.0, 2.0, 12)
    found = ratio_of_means(top, bottom, "")
    assert found.low < found.value < found.high
    for end in (found.low, found.high):
        assert abs(stats.ttest_1samp(top - end * bottom, 0.0).statistic) == pytest.approx(
            stats.t.ppf(0.975, 11), rel=1e-9
        )


def test_fieller_interval_covers_as_often_as_it_says():
    """10 correlated pairs with means 2 and 4: 95 % of intervals hold 0.5 (those without an interval do not occur)."""
    rng = np.random.default_rng(3)
    bottom = rng.normal(4.0, 0.5, (DRAWS, 10))
    top = 2.0 + 0.3 * (bottom - 4.0) + rng.normal(0.0, 0.5, (DRAWS, 10))
    found = [ratio_of_means(a, b, "") for a, b in zip(top, bottom, strict=True)]
    assert covered([e.low <= 0.5 <= e.high for e in found])


def test_fieller_says_nothing_where_the_bottom_may_be_zero():
    found = ratio_of_means([1.0, 2.0, 1.5], [-1.0, 1.2, 0.1], "")
    assert found.value == pytest.approx(15.0) and found.low is None and found.high is None


def test_runs_without_spread_have_an_interval_of_one_point():
    found = estimate([0.25] * 4, "")
    assert found.low == found.value == found.high == 0.25
    ratio = ratio_of_means([3.0] * 4, [2.0] * 4, "")
    assert ratio.low == pytest.approx(1.5, abs=1e-12) and ratio.high == pytest.approx(1.5, abs=1e-12)


def test_one_run_has_a_value_and_no_interval_and_none_has_neither():
    one, none = estimate([7.0], ""), estimate([], "")
    assert (one.value, one.low, one.high, one.n) == (7.0, None, None, 1)
    assert (none.value, none.low, none.high, none.n) == (None, None, None, 0)
    assert ratio_of_means([4.0], [2.0], "").value == 2.0 and ratio_of_means([4.0], [2.0], "").low is None
    assert ratio_of_means([], [], "").value is None
    assert ratio_of_means([1.0, 2.0], [0.0, 0.0], "").value is None


def test_undefined_runs_are_left_out_and_counted_out():
    found = estimate([1.0, math.nan, 2.0, 3.0, math.inf], "")
    assert found.n == 3 and found.value == 2.0
    ratio = ratio_of_means([1.0, math.nan, 3.0], [1.0, 2.0, 1.0], "")
    assert ratio.n == 2 and ratio.value == 2.0


def test_a_level_outside_0_to_1_is_refused():
    with pytest.raises(ValueError, match=r"level = 95"):
        estimate([1.0, 2.0], "", level=95)


def test_correlation_of_arms():
    """1, 2, 3 with 2, 4, 7: 5 / sqrt(2 x 38/3)."""
    assert correlation([1, 2, 3], [2, 4, 7]) == pytest.approx(5.0 / math.sqrt(2.0 * 38.0 / 3.0))
    assert correlation([1, 2], [1, 2]) is None
    assert correlation([1, 1, 1], [1, 2, 3]) is None
    assert correlation([0.1] * 3, [1, 2, 3]) is None, "its standard deviation rounds to something"


def test_a_mean_of_nothing_is_undefined_without_a_word():
    """Of no value, or of none that is defined: nan and no warning; of truths a share."""
    assert np.isnan(mean(np.array([]))) and np.isnan(mean(np.array([np.nan])))
    assert mean(np.array([1.0, np.nan, 2.0])) == 1.5 and mean(np.array([True, False])) == 0.5


def test_where_nobody_is_left_nobody_knows_or_does_not_know_a_firm():
    """Of no active customer undefined, without a warning; of two who know the second firm, one the first."""
    assert np.isnan(awareness(np.empty((0, 2)))).all()
    assert awareness(np.array([[1, 1], [0, 1]])).tolist() == [0.5, 1.0]
