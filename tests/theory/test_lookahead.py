"""Customers who look ahead (oracle O10): dynamic program, closed form, the rule of the step, and the market itself."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from loyaltysim.market.model import Market
from loyaltysim.scenario.model import Basket
from loyaltysim.theory.goal_gradient import step_worth
from loyaltysim.theory.lookahead import card_values, revenue_rates, tipping_point
from tests.scenarios import Z, in_plain, world

ROWS = [  # k, v, R, beta, lam
    (10, 0.04, 1.0, 0.95, 0.3),
    (10, 0.045, 1.0, 0.95, 0.3),
    (10, 0.03, 1.0, 0.95, 0.3),
    (6, 0.05, 0.9, 0.9, 0.6),
    (12, 0.02, 1.5, 0.97, 0.1),
    (8, 0.2, 1.0, 0.95, 0.3),  # nobody comes by choice
    (5, 0.005, 1.0, 0.9, 0.5),  # everybody comes from the first stamp
]
cards = given(
    k=st.integers(1, 40), v=st.floats(0.001, 0.9), r=st.floats(0.05, 20.0), beta=st.floats(0.05, 0.999),
    lam=st.floats(0.01, 1.0),
)  # fmt: skip


def by_iteration(k, v, r, beta, lam, rounds=20_000):
    """V by value iteration, which knows neither backward solution nor closed form. -> (k + 1,)"""
    value = np.zeros(k + 1)
    value[k] = r
    for _ in range(rounds):
        stamp = beta * value[1:]
        new = lam * stamp + (1.0 - lam) * np.maximum(stamp, v + beta * value[:-1])
        if np.abs(new - value[:-1]).max() < 1e-15:
            break
        value[:-1] = new
    return value


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_backward_solution_is_the_fixed_point(row):
    """The value of every card equals that of value iteration; the latter stops within 1e-15 / (1 - beta) of it."""
    k, v, r, beta, lam = row
    assert card_values(k, r, v, lam, beta) == pytest.approx(by_iteration(*row), abs=1e-12)


@pytest.mark.parametrize(
    ("v", "i_0", "a", "b"), [(0.04, 6, 0.3750, 0.5600), (0.045, 8, 0.3140, 0.6219), (0.03, 1, 0.7297, 0.1835)]
)
def test_published_rows(v, i_0, a, b):
    """O10 (Goel & Skochdopole 2017), k = 10, R = 1, beta = .95, lam = .3: i_0 and revenue rates, 4 printed digits."""
    assert tipping_point(10, 1.0, v, 0.95) == i_0
    assert revenue_rates(10, 1.0, v, 0.3, 0.95) == pytest.approx((a, b), abs=5.1e-5)


@cards
def test_the_tipping_point_is_where_the_program_turns(k, v, r, beta, lam):
    """O10: a free customer takes the stamp exactly from i_0 on, whatever the chance of having to; ties left out.

    Of the dynamic program: beta V(i+1) against v + beta V(i). It holds where the card is worth more than buying
    elsewhere for ever, R > (1 - lam) v / (1 - beta); below that i_0 is k and nobody comes by choice.
    """
    margin = math.log(v / (r * (1.0 - beta))) / math.log(beta)
    assume(abs(margin - round(margin)) > 1e-6)
    i_0, value = tipping_point(k, r, v, beta), card_values(k, r, v, lam, beta)
    comes = beta * value[1:] >= v + beta * value[:-1]
    assert comes.tolist() == [i >= i_0 for i in range(k)]
    if r <= (1.0 - lam) * v / (1.0 - beta):
        assert i_0 == k


@cards
def test_the_rule_is_the_dynamic_program(k, v, r, beta, lam):
    """The step reads beta (V(i+1) - V(i)), never below 0, in closed form; 1e-9 of the reward or the savings."""
    margin = math.log(v / (r * (1.0 - beta))) / math.log(beta)
    assume(abs(margin - round(margin)) > 1e-6)
    value = card_values(k, r, v, lam, beta)
    told = [step_worth(i, k, r, v, lam, beta) for i in range(k)]
    gained = np.maximum(0.0, beta * np.diff(value))
    assert told == pytest.approx(gained, abs=1e-9 * max(r, v / (1.0 - beta)))


def test_the_rule_at_its_edges():
    """No reward or a discount factor at an end is worth nothing; without a saving elsewhere every stamp is free."""
    assert step_worth(3, 10, 0.0, 0.1, 0.3, 0.95) == step_worth(3, 10, 1.0, 0.1, 0.3, 0.0) == 0.0
    assert step_worth(3, 10, 1.0, 0.1, 0.3, 1.0) == step_worth(0, 10, 1.0, 0.04, 0.0, 0.95) == 0.0
    assert step_worth(3, 10, 1.0, 0.0, 0.3, 0.95) == pytest.approx(0.05 * 0.95**7)
    assert tipping_point(10, 1.0, 0.0, 0.95) == 0


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((0, 1.0, 0.1, 0.3, 0.9), "needed"),
        ((10, -1.0, 0.1, 0.3, 0.9), "reward"),
        ((10, 1.0, 0.1, 1.3, 0.9), "here"),
        ((10, 1.0, 0.1, 0.3, 1.0), "beta"),
    ],
)
def test_bad_arguments_are_named(values, words):
    with pytest.raises(ValueError, match=words):
        card_values(*values)


def duopoly(k, v, r, beta, lam, n=40, weeks=45):
    """O10 as a market: two firms, all alike, no tastes, a choice without noise; the price of A is 100 money."""
    scenario = world(
        n, weeks, shares={"a": 0.5, "b": 0.5}, S=1e9, K=1e9, M=52.0 * 20.0, basket=Basket(mean=100.0),
        firm={"b": {"price": 1.0 - v}}, behaviour={"captive": {"chance": lam}},
        program={
            "stamps": {"needed": k, "face_value": 100.0 * r, "pressure": "foresight", "beta": beta,
                       "elsewhere": 100.0 * v},
            "membership": {"join": "everyone"},
        },
    )  # fmt: skip
    return dataclasses.replace(scenario, customers=dataclasses.replace(scenario.customers, price_sensitivity=1e7))


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_market_has_the_revenue_rates(row):
    """O10 by the market's own step: revenue per occasion of both firms over each customer's first full cards.

    With a price sensitivity of 1e7 the better offer always wins. A fixed number of cards per customer makes occasions
    per card an ordinary mean; a revenue rate is a constant over it, so its relative standard error is that of the mean
    (1e-5 two-sided); B's visits are the occasions that A did not get.
    """
    k, v, r, beta, lam = row
    log = in_plain(Market(duopoly(*row), 7)).run().log
    length = []
    for _, own in log.groupby("customer"):
        full = np.flatnonzero(own.firm.to_numpy() == 0)[k - 1 :: k]  # occasions that fill a card
        length.append(np.diff(full[:21], prepend=-1))
    length = np.concatenate([own[: min(map(len, length))] for own in length])
    mean, sd = length.mean(), length.std(ddof=1)
    told, slack = revenue_rates(k, r, v, lam, beta), Z * sd / mean / math.sqrt(len(length)) + 1e-12
    assert len(length) >= 400
    assert (k - r) / mean == pytest.approx(told.card, rel=slack)
    i_0 = tipping_point(k, r, v, beta)
    assert mean == pytest.approx(i_0 / lam + k - i_0, rel=slack)
    here = (log.firm == 0).to_numpy()
    assert (log.spend[here] == 10_000).all() and (np.abs(log.spend[~here] - 10_000 * (1.0 - v)) <= 1).all()
    assert (mean - k) * (1.0 - v) / mean == pytest.approx(told.cheaper, abs=told.card * slack * (1.0 - v) * k / (k - r))


def test_who_is_indifferent_stays():
    """At an exact tie, v = R (1 - beta) beta^n, the tipping point is k - n, in the closed form and in the rule."""
    assert tipping_point(3, 0.5, 0.045, 0.9) == 2
    assert tipping_point(10, 1.0, 0.1 * 0.9**4, 0.9) == 6


@pytest.mark.parametrize(
    ("terms", "fine"),
    [
        ({"pressure": "rational", "expiry": 4}, True),
        ({"pressure": "rational", "expiry": 4, "expiry_from": "card"}, False),
        ({"pressure": "foresight", "expiry": 4}, False),
        ({"pressure": "foresight", "lost_week": 0.1}, False),
        ({"pressure": "rational", "lost_visit": 0.1}, False),
        ({"pressure": "curve", "lost_visit": 0.1, "expiry": 4, "expiry_from": "card"}, True),
    ],
)
def test_an_end_of_the_card_that_would_not_be_foreseen_is_refused(terms, fine):
    """Customers who look ahead must know how a card may end; where the pull ignores it, the terms are refused."""
    from loyaltysim.programs.stamps import Stamps, check

    assert (check(Stamps(**terms)) == []) == fine
