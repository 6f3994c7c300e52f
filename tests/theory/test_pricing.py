"""Closed forms of prices and rewards, against published numbers, each other, and a search for who does better alone."""

from __future__ import annotations

import numpy as np
import pytest

from loyaltysim.theory import pricing, two_periods
from loyaltysim.theory.retention import double_marginalisation, switching_share
from tests.test_layers import FILES, imports, room


@pytest.mark.parametrize(("n", "covered", "price", "share"), [
    (2, 3.0, 2.7732, 0.4361), (3, 2.5, 2.4519, 0.3113), (4, 2.3333, 2.3139, 0.2389), (6, 2.2, 2.1936, 0.1622),
])  # fmt: skip
def test_bertrand_prices_of_equal_firms(n, covered, price, share):
    """O5 at alpha = 1, c = 1: c + N / (alpha (N - 1)) where all buy; with an outside option at v = 4."""
    assert pricing.covered_price(1.0, 1.0, n) == pytest.approx(covered, abs=5e-5)
    costs = np.ones(n)
    assert pricing.bertrand(costs, 1.0).prices == pytest.approx([covered] * n, abs=5e-5)
    free = pricing.bertrand(costs, 1.0, 4.0)
    assert free.prices == pytest.approx([price] * n, abs=5e-5) and free.shares == pytest.approx([share] * n, abs=5e-5)


def test_a_monopolist_beside_buying_nothing():
    """O5: 3.5571 at a share of .6089, by Lambert's function; the search for a best answer finds the same."""
    price = pricing.monopoly_price(1.0, 1.0, 4.0)
    assert price == pytest.approx(3.5571, abs=5e-5)
    assert pricing.shares(np.array([price]), 1.0, 4.0)[0] == pytest.approx(0.6089, abs=5e-5)
    assert pricing.bertrand(np.ones(1), 1.0, 4.0).prices[0] == pytest.approx(price, abs=1e-9)


@pytest.mark.parametrize(("k", "alone", "all_"), [
    (0.25, 1.1671, 0.9375), (0.5, 1.0893, 0.875), (0.75, 1.0115, 0.8125), (1.0, 0.9337, 0.75), (1.25, 0.8559, 0.6875),
])  # fmt: skip
def test_regime_a_is_a_prisoners_dilemma_below_cost_one(k, alone, all_):
    """O6 A at b = .5: the table of payoffs; adopting alone pays below k = 1, and all adopting pays nobody."""
    p = pricing.fixed_prices(0.5, k)
    assert p == pytest.approx((1.0, alone, 0.7551, all_), abs=5e-5)


@pytest.mark.parametrize(("k", "b"), [(0.25, 6.0), (0.5, 2.0), (0.75, 2 / 3), (1.0, 0.0), (1.3, 0.0)])
def test_where_escalation_ends(k, b):
    """b* = N / (alpha (N - 1)) (1 / k - 1): no other reward pays against it, and profit is k times that without."""
    found = pricing.best_reward(k, 1.0, 2)
    assert found == pytest.approx(b, abs=1e-12)
    margin = pricing.covered_price(0.0, 1.0, 2)

    def profit(own: float) -> float:
        return pricing.shares(np.array([margin - own, margin - found]), 1.0)[0] * (margin - k * own)

    others = np.linspace(0.0, 8.0, 801)
    assert max(profit(x) for x in others) <= profit(found) + 1e-12
    if k < 1.0:
        assert profit(found) == pytest.approx(k, abs=1e-12)


def test_regime_b_shares_the_gain_with_customers_alone():
    """O6 B at b = 1: 1.1808 / .8469 / 1 at k = .5, 1 / 1 / 1 at k = 1; prices rise by k b."""
    assert pricing.free_prices(1.0, 0.5) == pytest.approx((1.0, 1.1808, 0.8469, 1.0), abs=5e-5)
    assert pricing.free_prices(1.0, 1.0) == pytest.approx((1.0, 1.0, 1.0, 1.0), abs=1e-9)
    given = np.ones(2)
    assert pricing.bertrand(1.0 + 0.5 * given, 1.0, None, given).prices == pytest.approx([3.5, 3.5], abs=1e-9)


def test_regime_c_lets_the_category_grow():
    """O6 C at v = 4, c = 1, b = 1: profit per firm .7732 without a program or at k = 1, .8402 at k = .5."""
    assert pricing.free_prices(1.0, 0.5, value=4.0, cost=1.0)[::3] == pytest.approx((0.7732, 0.8402), abs=5e-5)
    assert pricing.free_prices(1.0, 1.0, value=4.0, cost=1.0)[3] == pytest.approx(0.7732, abs=5e-5)


def test_customers_gain_where_firms_do():
    """O6 C: 2.0567 a customer without rewards, 2.4438 at k = .5; B: (1 - k) b more where all firms have it; A: b."""
    none, half = pricing.bertrand(np.ones(2), 1.0, 4.0), pricing.bertrand(1.5 * np.ones(2), 1.0, 4.0, 1.0)
    assert pricing.consumer_surplus(none.prices, 1.0, 4.0) == pytest.approx(2.0567, abs=5e-5)
    assert pricing.consumer_surplus(half.prices - 1.0, 1.0, 4.0) == pytest.approx(2.4438, abs=5e-5)
    for k in (0.25, 0.5, 1.0):
        p = [pricing.bertrand(1.0 + x * np.ones(3), 2.0, None, g).prices - g for x, g in ((k, 1.0), (0.0, 0.0))]
        gain = pricing.consumer_surplus(p[0], 2.0) - pricing.consumer_surplus(p[1], 2.0)
        assert gain == pytest.approx(1.0 - k, abs=1e-9)
    assert pricing.consumer_surplus(np.array([0.5, 1.5]), 2.0) == pytest.approx(0.5 * np.log(np.exp(-1) + np.exp(-3)))


def test_two_markups_beside_buying_nothing():
    """O12 with logit demand, v = 4, c = 1: the operator's price by search over what the firm then asks; of the joint
    profit of one owner .7846 is left.
    """
    wholesale, price, ratio = pricing.chained_logit(1.0, 1.0, 4.0)

    def sold(w: float) -> float:
        return float(pricing.shares(np.array([pricing.monopoly_price(w, 1.0, 4.0)]), 1.0, 4.0)[0])

    tried = np.linspace(1.0, 5.0, 4001)
    assert tried[int(np.argmax([(w - 1.0) * sold(w) for w in tried]))] == pytest.approx(wholesale, abs=1e-3)
    one = pricing.monopoly_price(1.0, 1.0, 4.0)
    assert price == pytest.approx(pricing.monopoly_price(wholesale, 1.0, 4.0)) and price > one
    joint = sold(wholesale) * (price - 1.0) / (sold(1.0) * (one - 1.0))
    assert ratio == pytest.approx(joint, rel=1e-9) and ratio == pytest.approx(0.7846, abs=5e-5)


def test_a_percentage_softens_competition():
    """1.0444 at r = .1, k = .6; the price is the best answer to itself by search over p (1 - k r) - c times logit
    demand at (1 - r) p.
    """
    assert pricing.percentage_ratio(0.1, 0.6) == pytest.approx(1.0444, abs=5e-5)
    r, k, c, alpha = 0.1, 0.6, 1.0, 1.0
    at = pricing.percentage_price(c, r, k, alpha, 2)
    tried = np.linspace(at - 1.0, at + 1.0, 4001)
    earned = [pricing.shares((1 - r) * np.array([p, at]), alpha)[0] * (p * (1 - k * r) - c) for p in tried]
    assert tried[int(np.argmax(earned))] == pytest.approx(at, abs=6e-4)
    base = pricing.bertrand(np.array([c, c]), alpha).profits[0]
    assert max(earned) / base == pytest.approx(pricing.percentage_ratio(r, k), rel=1e-6)


@pytest.mark.parametrize(("regime", "s", "profit", "first"), [
    ("none", 0.0, 1.0, 1.0), ("coupon", 0.0, 10 / 9, 13 / 9), ("loyal_price", 0.0, 5 / 9, 4 / 3),
    ("switching_cost", 0.5, 11 / 12, 5 / 6), ("switching_cost", 0.25, 15 / 16, 7 / 8),
])  # fmt: skip
def test_two_periods(regime, s, profit, first):
    """O7: profits beside t without a program, 10/9 with coupons, 5/9 with loyal prices, 11/12 at a switching cost of
    t/2; at any t, and nobody earns more at another first price or promise.
    """
    for t in (1.0, 2.5):
        at = two_periods.equilibrium(regime, t, s * t)
        assert (at.profit, at.first) == pytest.approx((profit * t, first * t), rel=1e-12)
        mine = (at.first, at.promise)
        assert two_periods.profits(regime, mine, mine, t, s * t) == pytest.approx(at.profit, rel=1e-9)
        assert two_periods.best_deviation(regime, t, s * t, reach=0.8 * t) <= 1e-9 * t


@pytest.mark.parametrize(
    ("regime", "s"), [("none", 0.0), ("coupon", 0.0), ("loyal_price", 0.0), ("switching_cost", 0.5)]
)
@pytest.mark.parametrize("off", [0.0, 0.2])
def test_a_small_market_lives_both_periods(regime, s, off):
    """O7 with 40,000 customers who choose one by one, at the equilibrium and where A asks .2 t less at first: shares,
    who comes back, and profits (10/9, 5/9, 11/12 of t) within four standard errors.
    """
    t, n = 2.0, 40_000
    at = two_periods.equilibrium(regime, t, s * t)
    mine, theirs = (at.first - off * t, at.promise), (at.first, at.promise)
    places = np.random.default_rng(5).random((2, n))
    found = two_periods.lived(regime, (mine[0], theirs[0]), (mine[1], theirs[1]), t, s * t, places)
    share = float(two_periods.foreseen(regime, mine, theirs, t, s * t))
    error = 4.0 * np.sqrt(0.25 / n)
    assert abs(found.share - share) < error and (share == pytest.approx(0.5, abs=1e-9)) is (off == 0.0)
    known = float(two_periods.profits(regime, mine, theirs, t, s * t))
    spread = error * (
        abs(mine[0]) + max(abs(at.new), abs(at.loyal)) + t
    )  # money that goes with one customer in the choices
    assert abs(found.profits[0] - known) < spread
    if off == 0.0:
        assert abs(found.repeat - at.repeat) < error and known == pytest.approx(at.profit)
        assert abs(sum(found.profits) - 2.0 * at.profit) < 2.0 * spread
        again, rest = at.loyal * at.repeat, at.new * (1.0 - at.repeat)
        assert at.first / 2 + (again + rest) / 2 == pytest.approx(at.profit)


def test_two_periods_of_who_comes_back():
    """O7: with coupons 4t/3 for new and 2t/3 for loyal customers, 5/6 buy again; with loyal prices t/3 and -t/3."""
    assert two_periods.equilibrium("coupon")[1:4] == pytest.approx((4 / 3, 2 / 3, 5 / 6))
    assert two_periods.equilibrium("loyal_price", 3.0)[1:4] == pytest.approx((1.0, -1.0, 5 / 6))
    with pytest.raises(ValueError, match=r"did you mean 'coupon'"):
        two_periods.equilibrium("coupons")
    with pytest.raises(ValueError, match=r"s = 2 lies outside the allowed range \[0, 1.0\)"):
        two_periods.equilibrium("switching_cost", 1.0, 2.0)


def test_the_other_small_forms_stand_in_their_page():
    """O12: a steady share of .6 at retention .9 and .85; two mark-ups leave 3/4 of the joint profit."""
    assert switching_share(0.9, 0.85) == pytest.approx(0.6)
    two = double_marginalisation(10.0, 2.0)
    assert two.profit_ratio == pytest.approx(0.75)


@pytest.mark.parametrize("regime", two_periods.REGIMES)
def test_second_prices_are_best_answers_whoever_bought_before(regime):
    """Off the symmetric path too: at m = .35 and unequal promises no other second price earns either firm more."""
    m, a, b, t, s = np.array(0.35), np.array(0.3), 0.1, 1.0, 0.2 * (regime == "switching_cost")
    (loyal, new_b), (loyal_b, new) = two_periods.second(regime, m, a, b, t, s)

    def earned(price: float) -> float:
        again = {"loyal_price": loyal, "coupon": price - a}.get(regime, price)
        kept, lost = two_periods.stays(again, new_b, t, s), two_periods.stays(loyal_b, np.array(price), t, s)
        return float(m * again * kept + (1 - m) * price * (1 - lost))

    assert max(earned(x) for x in np.linspace(0.0, 2.0, 401)) <= earned(float(new)) + 1e-12


def test_closed_forms_of_prices_are_for_tests_alone():
    """A simulation that read its own answer would prove nothing: no file outside the room of theory imports them."""
    answers = {"theory.pricing", "theory.two_periods"}
    assert {p.name for p in FILES if room(p) != "theory" and imports(p) & answers} == set()
    assert any(imports(p) for p in FILES if room(p) == "firms")
