"""Relations that any market of this kind obeys; the numbers are those of the table of oracles.

    row  relation                                                where
    1    permute firms                                           here
    2    permute customers                                       market/test_customers.py
    3    threads, chunks, processes                              market/test_step.py
    4    run 2T = run T, then T more                             here
    5    more replications change no earlier one                 here
    6    one more customer                                       market/test_customers.py
    7    points are neither made nor lost                        programs/test_points.py, market/test_step.py
    8    money: revenue, costs, profit                           here
    9    customers: one state each, the base adds up             market/test_customers.py
    10   zero program by every route                             programs/test_points.py, mechanism/test_mechanisms.py
    11   money in another unit                                   programs/test_points.py
    12   points in another unit                                  programs/test_points.py
    13   two half steps = one step                               here, for what decays; the step itself is a week
    14   identical firms                                         here
    15   no heterogeneity: logit shares                          here; with tastes: mechanism/test_draws.py
    16   noise to infinity, noise zero                           here
    17   constant churn                                          market/test_customers.py
    18   arrivals and churn                                      market/test_customers.py
    20   Poisson and negative binomial counts                    market/test_customers.py
    22   Little's law for points                                 programs/test_points.py
    23   expiry never and immediate                              programs/test_points.py
    24   instant redemption = price cut                          programs/test_points.py
    25   a better reward loses nothing                           programs/test_points.py
    26   the same reward at a higher cost                        programs/test_points.py
    27   twice the customers, half the variance                  here
    28   an unavailable firm                                     market/test_step.py
    29   independence of irrelevant alternatives, and its failure   here
    30   A/A; plain = compiled                                   here; market/test_step.py

Rows 18 (one-for-one replacement) and 19 (switching matrix) are about what the open market does not have; row 21
(customer value) is a closed form, tested in theory/test_retention.py.
"""

from __future__ import annotations

import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from loyaltysim.behaviour.bond import Bond, bond_fades
from loyaltysim.behaviour.habit import Habit, habit_fades
from loyaltysim.market.model import Market
from tests.scenarios import (
    FIXED,
    SHARES,
    Z,
    changed,
    everything,
    fingerprint,
    in_plain,
    parts,
    points_world,
    same,
    totals,
    world,
)

FLAT = {"S": 1e6, "K": 1000.0, "basket": FIXED}  # no heterogeneity: tastes, rates and baskets all alike


def shares_of(book) -> np.ndarray:
    """Share of purchases by firm."""
    visits = book.visits.sum(axis=(0, 1))
    return visits / visits.sum()


@pytest.mark.parametrize("make", [points_world, everything])
def test_01_permuted_firms_permute_results(make):
    """Oracle 1, exact for integers: draws are keyed by firm id, so the order of firms only orders the columns.

    Sums over firms (the log of the appeal) may differ in the last bit; purchases, points and cents may not.
    """
    scenario = make(n=150, weeks=30)
    order = ["c", "a", "d", "b"]
    one = Market(scenario, 8).run()
    two = Market(changed(scenario, firms={name: scenario.firms[name] for name in order}), 8).run()
    left = one.weekly.sort_values(["week", "firm"], ignore_index=True)
    pd.testing.assert_frame_equal(left, two.weekly.sort_values(["week", "firm"], ignore_index=True), check_exact=True)
    place = [list(scenario.firms).index(name) for name in order]
    assert np.array_equal(one.visits[:, :, place], two.visits) and np.array_equal(one.spend[:, :, place], two.spend)
    assert np.array_equal(np.array(list(SHARES))[one.log["firm"]], np.array(order)[two.log["firm"]])


def test_04_a_longer_run_begins_with_the_shorter_one():
    """Oracle 4: 40 weeks = 20 weeks and then 20 more, in one market or in two; exact."""
    long, short = (Market(everything(n=120, weeks=weeks), 8) for weeks in (40, 20))
    whole = long.run()
    half = short.run()
    assert whole.weekly[whole.weekly["week"] < 20].equals(half.weekly)
    assert whole.log[whole.log["week"] < 20].equals(half.log)
    for _ in range(20):
        short.step()
    assert short.book().weekly.equals(whole.weekly) and short.book().log.equals(whole.log)
    for name, column in long.population.columns.items():
        assert column.tobytes() == short.population[name].tobytes(), name


def test_05_replications_do_not_touch_each_other():
    """Oracle 5: seed 8 alone, after three other seeds, and after itself: the same bytes; other seeds differ."""
    alone = Market(everything(n=60, weeks=15), 8)
    alone.run()
    prints = []
    for seed in (7, 9, 10, 8, 8):
        market = Market(everything(n=60, weeks=15), seed)
        market.run()
        prints.append(fingerprint(market))
    assert prints[3] == prints[4] == fingerprint(alone)
    assert len(set(prints)) == 4


def test_08_profit_is_what_came_in_less_what_went_out():
    """Oracle 8, in cents: revenue = sum of purchases in the log; each cost line from its counter; profit the
    difference. Without components that book what they do beside points, stamps and touches.
    """
    scenario = everything(n=100, weeks=40)
    apart = ("coupon", "promotion", "prize_draw", "tiers", "targeting", "inner_club", "ab_test", "fee")
    few = {k: {c: own for c, own in f.program.items() if c not in apart} for k, f in scenario.firms.items()}
    for own in few.values():
        own |= {"cashback": dataclasses.replace(own["cashback"], audience="member")} if "cashback" in own else {}
    firm = {k: dataclasses.replace(f, fixed_cost=3.21, program=few[k]) for k, f in scenario.firms.items()}
    scenario = changed(scenario, firms=firm)
    market = in_plain(Market(scenario, 8))
    book = market.run()
    t = totals(book)
    spent = book.log.groupby("firm")["spend"].sum()
    assert t["revenue"].tolist() == spent.tolist() == book.spend.sum(axis=(0, 1)).tolist()
    for j, (name, terms_) in enumerate(scenario.firms.items()):
        if book.offers[0][name] != book.offers[-1][name]:
            continue  # terms changed on the way: the test below
        own = t.loc[name]
        goods = own["at_base_price"] * round(0.7 * 10**9) // 10**9
        program = book.offers[-1][name].program
        card, stamps = program["points"], program["stamps"]
        held = {field: int(market.population[field][:, j].sum()) for field in ("balance", "stamps", "credit")}
        reward, free = (round(x.face_value * x.cost * 100) for x in (card, stamps))
        liability = held["balance"] * reward // round(card.threshold * 1000) + held["stamps"] * free // stamps.needed
        assert own["cost_of_goods"] == goods and own["fixed_cost"] == 40 * 321
        assert own["reward_cost"] == own["rewards"] * reward + own["cards_full"] * free + own["cashback_paid"]
        assert own["liability_change"] == liability + held["credit"]
        service = program["service"]
        touched = own["recognitions"] * round(program["recognition"].unit_cost * 100)
        assert own["touchpoints"] == touched + own["served"] * round(service.unit_cost * 100) + own["serving_cents"]
        assert own["recovery"] == own["recoveries"] * 100
        assert own["points_redeemed"] == own["rewards"] * round(card.threshold * 1000)
        costs = own[["cost_of_goods", "reward_cost", "liability_change", "touchpoints", "recovery", "fixed_cost"]].sum()
        assert own["profit"] == own["revenue"] - costs, terms_


def test_08_new_terms_leave_what_was_booked():
    """An imitator with its own card takes over the copied one after 5 weeks: rewards given before keep the old cost.

    By hand from the weekly counters: each week's rewards at the cost of the card that the firm showed in that week.
    """
    own, copied = {"threshold": 80.0, "face_value": 5.0}, {"threshold": 60.0, "face_value": 3.0, "expiry": 1}
    rivals = {"points": own, "membership": {"join": "everyone"}}
    policy = {"imitate": {"lag": 5}}
    scenario = points_world(100, 30, copied, {"join": "everyone"}, rivals=rivals, rivals_policy=policy)
    market = in_plain(Market(scenario, 8))
    book = market.run()
    rows = book.weekly[book.weekly.firm == "b"]
    cards = [book.offers[week]["b"].program["points"] for week in rows.week]
    assert cards[4].threshold == 80.0 and cards[5].threshold == 60.0
    assert rows.rewards[rows.week < 5].sum() > 0 and rows.points_expired.sum() > 0
    assert rows.reward_cost.tolist() == [
        n * round(c.face_value * c.cost * 100) for n, c in zip(rows.rewards, cards, strict=True)
    ]
    held, card = int(market.population["balance"][:, 1].sum()), cards[-1]
    assert rows.liability_change.sum() == held * round(card.face_value * card.cost * 100) // round(
        card.threshold * 1000
    )


def test_08_a_price_scales_spending_and_not_the_basket():
    """Spending = basket x price / base price, rounded down to the cent for each purchase; by hand from the log."""
    firm = {"a": {"price": 1.0625}, "c": {"base_price": 2.0, "price": 1.5}}
    book = in_plain(Market(world(100, 10, firm=firm, basket=FIXED), 8)).run()
    paid = book.log.groupby("firm")["spend"].unique()
    assert {j: list(values) for j, values in paid.items()} == {0: [1062], 1: [1000], 2: [750], 3: [1000]}
    assert totals(book)["at_base_price"].tolist() == (1000 * totals(book)["visits"]).tolist()


def test_13_two_half_lives_of_half_a_week_are_one_week():
    """Oracle 13: what decays, decays by its half-life; the same weeks in two halves, relative 1e-12."""
    for fades, name, own in ((bond_fades, "bond", Bond(half_life=7.0)), (habit_fades, "habit", Habit(half_life=0.3))):
        week, halves = SimpleNamespace(**{name: 0.9}), SimpleNamespace(**{name: 0.9})
        fades(week, own)
        for _ in range(2):
            fades(halves, dataclasses.replace(own, half_life=own.half_life * 2))
        assert getattr(halves, name) == pytest.approx(getattr(week, name), rel=1e-12)


@pytest.fixture(scope="module")
def equal_firms():
    """Shares of five equal firms over 40 replications."""
    shares = dict.fromkeys("vwxyz", 0.2)
    return np.array([shares_of(Market(world(300, 8, shares=shares), seed).run()) for seed in range(40)])


def test_14_identical_firms_share_equally(equal_firms):
    """Oracle 14: shares 1/5; t over 40 replications, never over customers, Bonferroni over the firms at 1e-5."""
    t = (equal_firms.mean(axis=0) - 0.2) / (equal_firms.std(axis=0, ddof=1) / math.sqrt(40))
    assert np.abs(t).max() < stats.t.isf(1e-5 / 2 / 5, 39)


def test_15_without_heterogeneity_shares_are_the_logit():
    """Oracle 15: S -> infinity, one beta: P_j = share_j exp(-beta gap_j) / sum; z of independent choices, a million
    nearly.
    """
    firm = {"a": {"price": 1.1}, "b": {"base_price": 2.0, "price": 2.05}, "d": {"price": 0.8}}
    book = Market(world(30_000, 26, firm=firm, log=False, **FLAT), 8).run()
    v = np.log(list(SHARES.values())) - 4.0 * np.array([0.1, 0.05, 0.0, -0.2])
    p = np.exp(v) / np.exp(v).sum()
    visits = book.visits.sum(axis=(0, 1))
    n = visits.sum()
    assert n > 800_000
    assert (
        np.abs((visits - n * p) / np.sqrt(n * p * (1 - p))).max() < Z + 0.4
    )  # S = 1e6 leaves .1 % of spread in tastes


def test_16_noise_to_infinity_and_noise_zero():
    """Oracle 16: beta 0 and equal tastes: 1/K whatever the prices (z); a firm better by more than the noise: always
    it (exact).
    """
    shares = dict.fromkeys("vwxyz", 0.2)
    firm = {"v": {"price": 0.3}}
    loud = Market(world(4000, 13, shares=shares, firm=firm, customers={"price_sensitivity": 0.0}, **FLAT), 8).run()
    n = loud.visits.sum()
    assert np.abs(shares_of(loud) - 0.2).max() < Z * math.sqrt(0.16 / n) + 2e-4
    silent = Market(world(500, 13, shares=shares, firm=firm, customers={"price_sensitivity": 100.0}, **FLAT), 8).run()
    assert shares_of(silent).tolist() == [1.0, 0.0, 0.0, 0.0, 0.0]


def test_27_twice_the_customers_halve_the_variance():
    """Oracle 27: variance of the leader's share over 200 runs of 100 and of 200 customers; ratio 1/2.

    Standard error of a log variance ratio sqrt(4 / 199) = .14; 4.42 of them are .63, less than log 2.
    """
    spread = [
        np.var([shares_of(Market(world(n, 4, log=True), seed).run())[0] for seed in range(1000 + n, 1200 + n)], ddof=1)
        for n in (100, 200)
    ]
    assert abs(math.log(spread[0] / spread[1]) - math.log(2.0)) < Z * math.sqrt(4.0 / 199)


def newcomer(customers, firm):
    """z of the ratio of a's and b's purchases with and without the new firm, by its log and the multinomial error."""
    old, new = {"a": 0.5, "b": 0.5}, {"a": 0.5, "b": 0.5, "new": 0.8}
    counts = [
        Market(world(20_000, 13, shares=s, firm={k: firm[k] for k in s}, customers=customers, log=False, **FLAT), seed)
        .run()
        .visits.sum(axis=(0, 1))
        for s, seed in ((old, 8), (new, 9))
    ]
    log_ratio = [math.log(c[0] / c[1]) for c in counts]
    return (log_ratio[1] - log_ratio[0]) / math.sqrt(sum(1 / c[k] for c in counts for k in (0, 1)))


def test_29_irrelevant_alternatives():
    """Oracle 29: in the plain logit a new firm leaves the ratio of the old ones (z); with unequal price sensitivity
    it must not.

    The negative control has a cheap newcomer take the price-sensitive customers of the cheap old firm: |z| > 4.42.
    """
    firm = {"a": {"price": 0.8}, "b": {"price": 1.2}, "new": {"price": 0.75}}
    assert abs(newcomer({"price_sensitivity": 4.0}, firm)) < Z
    assert newcomer({"price_sensitivity": 4.0, "price_sensitivity_sd": 1.5}, firm) < -Z


def test_30_the_same_world_twice():
    """Oracle 30: A/A with one seed, difference exactly 0, in every column of every table."""
    one, two = (Market(everything(n=150, weeks=30), 8) for _ in range(2))
    same(one.run(), two.run())
    assert fingerprint(one) == fingerprint(two)


# ---- random worlds -------------------------------------------------------------------------------------------------

SETTINGS = {
    "earn": st.floats(0.0, 5.0), "threshold": st.floats(20.0, 200.0), "face_value": st.floats(0.0, 6.0),
    "expiry": st.integers(0, 6),
    "bonus": st.floats(0.0, 19.0), "strength": st.floats(0.0, 20.0), "power": st.floats(0.0, 8.0),
    "pressure": st.sampled_from(["curve", "rational"]),
}  # fmt: skip


@st.composite
def scenarios(draw):
    """Any small world: prices, program terms, policies, drop-out, awareness, drift."""
    program = {
        "points": {k: draw(v) for k, v in SETTINGS.items()},
        "membership": {"ask": draw(st.floats(0.0, 1.0)), "hassle": draw(st.floats(0.0, 30.0))},
    }
    policy = draw(st.sampled_from([{}, {"launch": {"week": 3}}]))
    copying = draw(st.sampled_from([{}, {"imitate": {"lag": 2, "fidelity": 1.3}}]))
    firm = {k: {"price": draw(st.floats(0.5, 2.0)), "awareness": draw(st.sampled_from([1.0, 0.6]))} for k in "bcd"}
    behaviour = draw(
        st.sampled_from([{}, {"habit": {}}, {"dropout": {"kind": "per_week"}}, {"outside": {"expansion": 0.6}}])
    )
    return world(
        12, 8, program=program, policy=policy, rivals_policy=copying, firm=firm, behaviour=behaviour,
        rho=draw(st.sampled_from([1.0, 0.5])), S=draw(st.sampled_from([0.2, 1.3, 50.0])), M=draw(st.floats(5.0, 300.0)),
    )  # fmt: skip


@settings(max_examples=settings.default.max_examples * 2 // 5)
@given(scenarios(), st.integers(0, 2**40))
def test_any_world_keeps_its_books(scenario, seed):
    """Oracles 1, 3 to 9 and 30 on random worlds: the market's own checks hold, firms may be permuted, seconds are
    equal.

    Points: issued = redeemed + expired + held; money: panel = log = books; integers, exact.
    """
    market = in_plain(Market(scenario, seed))
    book = market.run()
    market.check()
    t = totals(book)
    assert t["revenue"].sum() == book.log["spend"].sum() == book.spend.sum()
    held = market.population["balance"].sum(axis=0)
    assert (t["points_issued"] - t["points_redeemed"] - t["points_expired"]).tolist() == held.tolist()
    assert (market.population["balance"] >= 0).all()
    card = round(scenario.firms["a"].program["points"].threshold * 1000)
    assert (market.population["balance"] < card).all()
    turned = changed(scenario, firms=dict(reversed(scenario.firms.items())))
    again = in_plain(Market(turned, seed)).run()
    assert np.array_equal(again.visits[:, :, ::-1], book.visits) and np.array_equal(again.spend[:, :, ::-1], book.spend)


@settings(max_examples=settings.default.max_examples // 4)
@given(scenarios(), st.integers(0, 2**40), st.sampled_from(["earn", "face_value", "perceived"]))
def test_any_world_without_value_is_the_world_without_program(scenario, seed, key):
    """Oracle 10 on random worlds: earn, face value or perceived value 0 (bonus 0) = no program at any firm, byte for
    byte.
    """
    own = dataclasses.replace(scenario.firms["a"].program["points"], **{key: 0.0, "bonus": 0.0})
    zero = dataclasses.replace(scenario.firms["a"], program={**scenario.firms["a"].program, "points": own})
    bare = dataclasses.replace(scenario.firms["a"], program=parts({}))
    left, right = (
        in_plain(Market(changed(scenario, firms={**scenario.firms, "a": f}), seed)).run() for f in (zero, bare)
    )
    same(left, right)
