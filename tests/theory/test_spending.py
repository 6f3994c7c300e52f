"""The best spending on winning and keeping: a published worked case, the optimum by search, equal margins."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltysim.theory.spending import Curve, answered, best_spending, lambert_of_log, one_more, value_of_a_customer

WINNING, KEEPING = Curve(0.05, 0.5), Curve(0.90, 0.2)


def test_a_worked_case():
    """Margin 50, 15 % a period, ceilings 5 and 90 %, responses .5 and .2 (after Blattberg & Deighton 1996): each number
    as it is printed, within half a unit of its last digit.
    """
    found = best_spending(50.0, 0.15, WINNING, KEEPING)
    printed = {
        "value": 144.790, "on_keeping": 16.302, "kept": 0.8655, "on_winning": 2.573, "won": 0.0362, "per_won": 71.10,
        "per_kept": 18.84, "ratio": 3.77, "marginal_won": 144.79, "marginal_kept": 144.79,
    }  # fmt: skip
    for name, value in printed.items():
        digits = len(str(value).split(".")[1])
        assert abs(getattr(found, name) - value) <= 0.5001 * 10.0**-digits + (name == "value") * 0.0005, name


MONEY = st.floats(1.0, 300.0)


@given(
    MONEY, st.floats(0.02, 0.5), st.floats(0.01, 1.0), st.floats(0.05, 2.0), st.floats(0.1, 0.98), st.floats(0.02, 2)
)
def test_both_margins_are_the_value_and_no_other_spending_brings_more(margin, discount, am, ka, rm, kr):
    """Where anything is spent, one more costs the value of a customer; a grid of spendings holds none better."""
    found = best_spending(margin, discount, Curve(am, ka), Curve(rm, kr))
    if found.on_winning > 0.0:
        assert found.marginal_won == pytest.approx(found.value, rel=1e-9)
    if found.on_keeping > 0.0:
        assert found.marginal_kept == pytest.approx(found.value, rel=1e-6)
    grid = np.linspace(0.0, margin, 101)
    assert value_of_a_customer(grid, margin, discount, Curve(rm, kr)).max() <= found.value * (1.0 + 1e-9)
    gain = answered(grid, Curve(am, ka)) * found.value - grid
    assert gain.max() <= found.won * found.value - found.on_winning + 1e-9 * found.value


def test_an_average_ratio_says_nothing_of_the_next_euro():
    """Two firms at their optimum: winning costs 4 times as much as keeping on average at one, 16 times at the other;
    at both the next customer costs the same either way.
    """
    one, other = (best_spending(50.0, 0.15, WINNING, Curve(0.90, kr)) for kr in (0.2, 1.2))
    assert 3.0 < one.ratio < 5.0 and other.ratio > 3.0 * one.ratio
    for found in (one, other):
        assert found.marginal_won == pytest.approx(found.marginal_kept, rel=1e-9)


def test_one_more_is_the_slope_by_a_difference():
    """1 over the gain of a small step."""
    step = 1e-6
    more = answered(3.0 + step, KEEPING) - answered(3.0, KEEPING)
    assert one_more(3.0, KEEPING) == pytest.approx(step / more, rel=1e-5)


def test_where_the_first_euro_brings_too_little_nothing_is_spent():
    """A margin of 1: the first euro keeps .9 x .2 = .18 of a customer who is worth 1; averages of nothing are none."""
    found = best_spending(1.0, 0.15, WINNING, KEEPING)
    assert (found.on_keeping, found.on_winning, found.value) == (0.0, 0.0, 1.0)
    assert math.isnan(found.per_won) and math.isnan(found.per_kept) and math.isnan(found.ratio)


@pytest.mark.parametrize("x", [-2.0, 0.0, 3.0, 499.9, 500.1, 1e4])
def test_the_lambert_function_of_large_numbers(x):
    """u + log(u) = x on both sides of where exp(x) is too large."""
    u = lambert_of_log(x)
    assert u + math.log(u) == pytest.approx(x, abs=1e-9)


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ((0.0, 0.1, WINNING, KEEPING), "margin"),
        ((50.0, -0.1, WINNING, KEEPING), "discount"),
        ((50.0, 0.1, Curve(1.2, 0.5), KEEPING), "winning.ceiling"),
        ((50.0, 0.1, WINNING, Curve(0.9, 0.0)), "keeping.response"),
        ((50.0, 0.0, WINNING, Curve(1.0, 0.2)), "infinite"),
    ],
)
def test_what_is_out_of_range_is_named(given_, said):
    """ValueError with the name."""
    with pytest.raises(ValueError, match=said):
        best_spending(*given_)
