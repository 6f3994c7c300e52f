"""Habit, the outside option and awareness: hand-worked numbers, closed forms, limits."""

from __future__ import annotations

import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from loyaltysim.behaviour import habit, outside
from loyaltysim.market.model import Market
from loyaltysim.scenario.model import Basket
from tests.scenarios import FIXED, Z, all_members, in_plain, points_world, same, world

# ---- habit ---------------------------------------------------------------------------------------------------------


def test_habit_closes_the_gap_and_halves():
    """By hand: .5 + .3 x .5 = .65 at a purchase; half after the half-life; worth premium x habit."""
    here, terms = SimpleNamespace(habit=0.5), habit.Habit(premium=0.1, gain=0.3, half_life=8.0)
    assert habit.habit_pull(here, terms) == 0.05
    habit.habit_grows(here, terms)
    assert here.habit == pytest.approx(0.65, abs=1e-15)
    here.habit = 1.0
    habit.habit_fades(here, terms)
    assert here.habit**8 == pytest.approx(0.5, rel=1e-12)


def test_habit_makes_customers_stay():
    """State dependence apart from tastes: with equal tastes a purchase is repeated more often; without habit it is not.

    Chi-square of successive firms of one customer: below 1e-5 with habit (and on the diagonal), above it without.
    """
    for premium in (0.5, 0.0):
        more = {"behaviour": {"habit": {"premium": premium, "gain": 0.5}}, "S": 1e6, "M": 150.0}
        log = in_plain(Market(world(80, 30, **more), 3)).run().log.sort_values(["customer", "week", "occasion"])
        firm, follows = log["firm"].to_numpy(), np.diff(log["customer"].to_numpy()) == 0
        table = np.zeros((4, 4))
        np.add.at(table, (firm[:-1][follows], firm[1:][follows]), 1)
        p = stats.chi2_contingency(table).pvalue
        expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
        assert (p < 1e-5 and np.trace(table) > np.trace(expected)) if premium else p > 1e-5


def test_habit_is_worth_its_premium():
    """A full habit that neither grows nor fades is a price cut of its premium: same purchases; exact in binary."""
    lasting = {"premium": 0.25, "gain": 0.0, "half_life": math.inf}
    market = in_plain(Market(world(60, 12, behaviour={"habit": lasting}), 4))
    market.population["habit"][:, 0] = 1.0
    cut = in_plain(Market(world(60, 12, firm={"a": {"price": 0.75}}), 4))
    assert market.run().log["firm"].equals(cut.run().log["firm"])


# ---- the outside option --------------------------------------------------------------------------------------------


def rate_at(appeal, kind, expansion):
    """The rate of a customer who buys twice a week at base offers."""
    me = SimpleNamespace(pace=2.0, appeal=appeal)
    outside.category_rate(me, outside.Outside(kind=kind, expansion=expansion))
    return me.pace


def test_the_rate_follows_the_appeal():
    """By hand: elastic rate exp(lambda A); logit rate / (1 - s0 + s0 exp(-A)); both exactly the rate at A = 0."""
    assert rate_at(0.0, "elastic", 0.3) == rate_at(0.0, "logit", 0.4) == 2.0
    assert rate_at(0.5, "elastic", 0.3) == pytest.approx(2.0 * math.exp(0.15), rel=1e-14)
    assert rate_at(0.5, "logit", 0.4) == pytest.approx(2.0 / (0.6 + 0.4 * math.exp(-0.5)), rel=1e-14)


def purchases(price, kind, expansion, n=300, weeks=30, **more):
    """Category purchases and the rates that the formula gives, for one cut price and no program."""
    firm, behaviour = {"a": {"price": price}}, {"outside": {"kind": kind, "expansion": expansion}}
    market = in_plain(Market(world(n, weeks, firm=firm, behaviour=behaviour, **more), 5))
    p = market.population
    gap = np.array([price - 1.0, 0.0, 0.0, 0.0])
    appeal = np.log(np.sum(p["prior"] * np.exp(-p["beta"][:, None] * gap), axis=1))
    rate = p["rate"] * weeks
    told = (
        rate * np.exp(expansion * appeal) if kind == "elastic" else rate / (1 - expansion + expansion * np.exp(-appeal))
    )
    return market.run().visits.sum(), told.sum()


@pytest.mark.parametrize("kind", ["elastic", "logit"])
@pytest.mark.parametrize("price", [0.8, 1.2])
def test_the_category_grows_with_the_appeal_of_all_offers(kind, price):
    """Model.md 3: purchases are Poisson with the rate at A = log sum pi_j exp(v_j); z of the total, per price and
    kind.
    """
    seen, told = purchases(price, kind, 0.7)
    assert abs(seen - told) < Z * math.sqrt(told)
    _, before = purchases(1.0, kind, 0.7, n=300, weeks=1)
    assert (told > 30 * before) == (price < 1.0)


def test_base_offers_leave_the_rate_alone():
    """At base prices A is 0 whatever the share of the outside option: byte for byte the market without it."""
    for kind in ("elastic", "logit"):
        with_it = in_plain(Market(world(50, 10, behaviour={"outside": {"kind": kind, "expansion": 0.8}}), 5)).run()
        same(with_it, in_plain(Market(world(50, 10), 5)).run())


def test_progress_and_pressure_do_not_feed_the_category():
    """Only the cash value of a card attracts new purchases: a steeper goal gradient changes no weekly count; exact."""
    counts = []
    for strength in (0.0, 20.0):
        scenario = points_world(50, 12, {"strength": strength}, behaviour={"outside": {"expansion": 0.6}}, basket=FIXED)
        log = all_members(in_plain(Market(scenario, 5))).run().log
        counts.append(log.groupby(["customer", "week"]).size())
    assert counts[0].equals(counts[1])


# ---- awareness -----------------------------------------------------------------------------------------------------


def test_a_firm_is_known_to_its_share_and_to_nobody_else():
    """Known to 60 %: binomial z over 20,000 customers; those who do not know it never buy there, and prior says 0;
    exact.
    """
    scenario = world(20_000, 1, firm={"c": {"awareness": 0.6}})
    knows = Market(scenario, 5).population["aware"]
    assert abs(knows[:, 2].mean() - 0.6) < Z * math.sqrt(0.24 / 20_000)
    assert (knows[:, [0, 1, 3]] == 1).all()
    market = in_plain(Market(world(80, 30, firm={"c": {"awareness": 0.6}}), 5))
    bought = market.run().visits.sum(axis=0)
    unknown = market.population["aware"] == 0
    assert unknown.any() and (bought[unknown] == 0).all() and (market.population["prior"][unknown] == 0.0).all()
    assert (bought[~unknown] > 0).mean() > 0.5


def test_customers_who_know_no_firm_buy_nothing():
    """Nobody known: no purchase, no error, a finite state."""
    nobody = {name: {"awareness": 0.0} for name in "abcd"}
    market = in_plain(Market(world(20, 14, firm=nobody), 5))
    assert market.run().visits.sum() == 0
    assert (market.population["prior"] == 0.0).all()


# ---- faults: a number that cannot be is told, never averaged away --------------------------------------------


def runaway(market):
    """A market whose first firm is so cheap and customers so sensitive that the category explodes."""
    s = market
    firms = {**s.firms, "a": dataclasses.replace(s.firms["a"], price=0.8)}
    return dataclasses.replace(s, firms=firms, customers=dataclasses.replace(s.customers, price_sensitivity=100.0))


@pytest.mark.parametrize("plain", [False, True])
def test_a_rate_that_runs_away_stops_the_run_and_names_the_customer(plain):
    """Reliability row 36: above 700 a week exp(-rate) has no digits left; plain Python and the compiled step agree."""
    market = Market(runaway(world(30, 5, behaviour={"outside": {"expansion": 1.0}})), 1)
    with pytest.raises(FloatingPointError, match=r"week 0: customer 0 would buy more than 700 times a week"):
        market.customer(0).step() if plain else market.step()


def test_a_utility_that_is_not_a_number_stops_the_run_and_names_the_firm():
    """Reliability row 36: firm, customer and variable are named; the firm is not silently avoided."""
    market = Market(world(30, 5), 1)
    market.population["log_g"][7, 1] = float("nan")
    market.population["rate"][7], market.population["none"][7] = 50.0, np.exp(-50.0)
    with pytest.raises(FloatingPointError, match=r"week 0: customer 7: the utility of firm 'b' is not a number"):
        market.step()


def test_a_basket_is_at_least_a_cent():
    """Mean basket 2 cents, spread 2 between customers, none within: nobody's spending rounds to nothing."""
    scenario = world(500, 1, basket=Basket(mean=0.02, sd_between=2.0, sd_within=0.0))
    assert Market(scenario, 1).population["base_cents"].min() == 1
