"""Markets whose prices and profits are known in closed form, run week by week through the ordinary step.

Budget: 16 customers who buy 29 times a week, 16 weeks, one seed; of these the last five count, when prices have
settled: some 2300 purchases. Tolerance: four standard errors of what luck is left: of prices the realised tastes at
S = 1e6, of shares and of the category the drawn choices.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from loyaltysim.market.model import Market
from loyaltysim.measures import escalation
from loyaltysim.theory import pricing
from loyaltysim.theory.retention import double_marginalisation, switching_share
from tests.firms.oracles import ALIKE, CUSTOMERS, Outcome, nash, oracle, per_purchase, percentage, price_error, straight
from tests.scenarios import contract_world, in_plain

SETTLED = 11
Z = 4.0  # standard errors
O5 = pricing.bertrand(np.ones(2), 1.0, 4.0)  # with an outside option, v = 4
P0, S0 = float(O5.prices[0]), 1.0 - float(O5.shares.sum())


@pytest.mark.parametrize("firms", [2, 3, 5, 8])
def test_prices_settle_where_logit_competition_does(firms):
    """O5 without an outside option: from .5 to c + N / (beta (N - 1)), c = .4, beta = 3; nobody else's share moves."""
    o = Outcome(oracle(3.0, 0.4, firms, start=0.5, policy=nash()), SETTLED)
    known = pricing.covered_price(0.4, 3.0, firms)
    assert abs(o.path.iloc[0, 0] - known) > 0.005, "it takes them some weeks"
    assert np.abs(o.prices - known).max() < Z * price_error(3.0, 1.0 / firms) + 2e-5  # halving: what 16 weeks leave
    assert np.abs(o.margin - (known - 0.4)).max() < 2e-3
    assert np.abs(o.shares - 1.0 / firms).max() < Z * o.share_error(1.0 / firms).max()


@pytest.mark.parametrize(("firms", "start"), [(1, 1.2), (2, 0.9), (3, 1.1), (4, 0.9), (6, 1.1), (8, 0.9)])
def test_prices_settle_beside_an_outside_option(firms, start):
    """O5 at v = 4, c = 1: 3.5571 of one firm, 2.7732 of two, 2.4519 of three, 2.1936 of six, here 1, from another
    start; the category is that of base offers, and customers gain nothing beside them.
    """
    at = pricing.bertrand(np.ones(firms), 1.0, 4.0)
    p0, s0 = float(at.prices[0]), 1.0 - float(at.shares.sum())
    o = Outcome(oracle(p0, 1.0 / p0, firms, start=start, s0=s0, policy=nash()), SETTLED)
    assert firms == 1 or abs(o.path.iloc[0, 0] - 1.0) > 0.001, "it takes them some weeks; who is alone knows at once"
    assert np.abs(o.prices - 1.0).max() < Z * price_error(p0, float(at.shares[0])) + 2e-5
    assert abs(o.gained) < np.abs(o.prices - 1.0).max() + 1e-9
    assert o.bought.sum() == pytest.approx(o.usual, abs=Z * np.sqrt(o.usual))


@pytest.mark.parametrize("firms", [2, 3])
def test_unequal_costs(firms):
    """O5: costs .3, .5 (and .4), beta = 3: the cheaper firm asks less, has the larger margin and the larger share."""
    costs = np.array([0.3, 0.5, 0.4])[:firms]
    known = pricing.bertrand(costs, 3.0)
    o = Outcome(oracle(3.0, costs, firms, start=0.9, policy=nash()), SETTLED)
    assert np.abs(o.prices - known.prices).max() < Z * price_error(3.0, float(known.shares.max())) + 2e-5
    assert (np.abs(o.shares - known.shares) < Z * o.share_error(known.shares)).all()
    assert known.prices[0] < known.prices[1] and known.shares[0] == known.shares.max()


@pytest.mark.parametrize("k", [0.5, 0.75, 1.0])
def test_regime_a_fixed_prices(k):
    """O6 A, N = 2, b = .5 at alpha = 1: profits of who adopts alone, who does not, and of all, in those without any."""
    m, beta = 2.0 / 3.0, 3.0
    known, b = pricing.fixed_prices(0.5, k), 0.5 / beta
    alone = Outcome(oracle(beta, 1.0 - m, programs=[per_purchase(b, k)], weeks=8), 0)
    both = Outcome(oracle(beta, 1.0 - m, programs=[per_purchase(b, k)] * 2, weeks=8), 0)
    profit, error = 2.0 * alone.shares * alone.margin / m, 2.0 * alone.share_error(alone.shares) * alone.margin / m
    assert abs(profit[0] - known.alone) < Z * error[0] and abs(profit[1] - known.left_out) < Z * error[1]
    assert both.margin == pytest.approx([m * known.all] * 2, abs=2e-6)
    assert abs(both.shares[0] - 0.5) < Z * both.share_error(0.5)
    assert both.gained == pytest.approx(b, abs=1e-6)  # customers get all of it, to a cent in 10,000
    worth = np.log(0.5 + 0.5 * np.exp(0.5)) / beta
    assert alone.gained == pytest.approx(worth, abs=Z * np.expm1(0.5) / beta * np.sqrt(0.25 / (ALIKE * CUSTOMERS)))


def test_regime_a_escalation_ends_at_the_best_reward():
    """O6 A, k = .5: at b* = 2 profit is half that without rewards, and chances of this market say that neither a third
    more nor a third less earns more.
    """
    beta, m, k, best = 3.0, 2.0 / 3.0, 0.5, pricing.best_reward(0.5, 3.0, 2)

    def earned(own: float) -> float:
        scenario = oracle(beta, 1.0 - m, programs=[per_purchase(own, k), per_purchase(best, k)], weeks=1)
        o = Outcome(scenario, 0)
        sold = o.market.seen(o.market.firms["a"]).demand({})
        return sold["a"] / sum(sold.values()) * float(o.margin[0])

    at = earned(best)
    assert best == pytest.approx(2.0 / beta) and at == pytest.approx(0.5 * k * m, rel=1e-3)
    assert max(earned(best * 4.0 / 3.0), earned(best * 2.0 / 3.0)) < at


@pytest.mark.parametrize(("k", "adopters"), [(0.5, 2), (0.5, 1), (1.0, 2)])
def test_regime_b_free_prices_in_a_covered_market(k, adopters):
    """O6 B, N = 2, b = 1 at alpha = 1: where all adopt, prices rise by k b and margins stay (customers get the rest);
    alone 1.1808 and .8469 at k = .5.
    """
    m, beta = 2.0 / 3.0, 3.0
    b, known = 1.0 / beta, pricing.free_prices(1.0, k)
    given = b * np.array([1.0, adopters == 2])
    o = Outcome(oracle(beta, 1.0 - m, programs=[per_purchase(b, k)] * adopters, policy=nash()), SETTLED)
    at = pricing.bertrand(1.0 - m + k * given, beta, None, given)
    assert np.abs(o.prices - at.prices).max() < Z * price_error(beta, float(at.shares.max())) + 2e-5
    profit, error = 2.0 * o.shares * o.margin / m, 2.0 * o.share_error(at.shares) * o.margin / m
    wanted = [known.all] * 2 if adopters == 2 else [known.alone, known.left_out]
    assert (np.abs(profit - wanted) < Z * error).all()
    gain = pricing.consumer_surplus(at.prices - given, beta) - pricing.consumer_surplus(np.ones(2), beta)
    assert o.gained == pytest.approx(gain, abs=Z * price_error(beta, float(at.shares.max())) + 2e-5)
    if adopters == 2:
        assert gain == pytest.approx((1.0 - k) * b, abs=1e-12)


@pytest.mark.parametrize(("firms", "adopters"), [(3, 1), (3, 3), (5, 2), (8, 8)])
def test_regime_b_of_more_firms(firms, adopters):
    """O6 B, N = 3 to 8, b = 1 / beta, k = .5: prices and shares of who has it and who has not; customers gain the
    change of the log-sum, (1 - k) b where all have it.
    """
    beta, k = 3.0, 0.5
    cost, b = 1.0 - pricing.covered_price(0.0, beta, firms), 1.0 / beta
    given = b * (np.arange(firms) < adopters)
    at = pricing.bertrand(cost + k * given, beta, None, given)
    o = Outcome(oracle(beta, cost, firms, programs=[per_purchase(b, k)] * adopters, policy=nash()), SETTLED)
    assert np.abs(o.prices - at.prices).max() < Z * price_error(beta, float(at.shares.max())) + 2e-5
    assert (np.abs(o.shares - at.shares) < Z * o.share_error(at.shares)).all()
    gain = pricing.consumer_surplus(at.prices - given, beta) - pricing.consumer_surplus(np.ones(firms), beta)
    assert o.gained == pytest.approx(gain, abs=Z * price_error(beta, float(at.shares.max())) + 2e-5)


def test_regime_b_a_percentage_leaves_more_than_money():
    """O6 B, r = .1 at k = .6, c = 1/3: where all adopt, margins are (1 - k r) / (1 - r) = 1.0444 times as large."""
    r, k, beta, m = 0.1, 0.6, 3.0, 2.0 / 3.0
    o = Outcome(oracle(beta, 1.0 - m, programs=[percentage(r, k)] * 2, policy=nash()), SETTLED)
    assert np.abs(o.prices - pricing.percentage_price(1.0 - m, r, k, beta, 2)).max() < Z * price_error(beta, 0.5) + 2e-5
    assert o.margin / m == pytest.approx([pricing.percentage_ratio(r, k)] * 2, abs=1e-3)


@pytest.mark.parametrize("k", [0.5, 1.0])
def test_regime_c_free_prices_beside_an_outside_option(k):
    """O6 C, N = 2, v = 4, b = 1: profit per firm .7732 without rewards or at k = 1, .8402 at k = .5; here as multiples
    of the former, and the category grows as the closed form says.
    """
    b = 1.0 / P0
    o = Outcome(oracle(P0, 1.0 / P0, s0=S0, programs=[per_purchase(b, k)] * 2, policy=nash()), SETTLED)
    at = pricing.bertrand(1.0 + k * np.ones(2), 1.0, 4.0, 1.0)
    assert np.abs(o.prices - at.prices / P0).max() < Z * price_error(P0, float(at.shares[0])) + 2e-5
    grown, usual = float(at.shares.sum()) / (1.0 - S0), o.usual
    assert o.bought.sum() / usual == pytest.approx(grown, abs=Z * np.sqrt(grown / usual))
    profit = o.bought.sum() / usual * float(o.margin.mean()) * (1.0 - S0) / 2.0 * P0
    known = pricing.free_prices(1.0, k, value=4.0, cost=1.0).all
    assert profit == pytest.approx(known, abs=Z * known * np.sqrt(1.0 / usual))
    worth = pricing.consumer_surplus(at.prices - 1.0, 1.0, 4.0) - pricing.consumer_surplus(O5.prices, 1.0, 4.0)
    gained = o.gained * P0 * o.bought.sum() / usual * (1.0 - S0)  # per customer who might buy, in money of the form
    assert gained == pytest.approx(worth, abs=Z * (worth * np.sqrt(1.0 / usual) + price_error(P0, at.shares[0])) + 1e-4)


def test_regime_b_a_percentage_gives_customers_less_than_it_costs():
    """O6 B, r = .1, k = .6: what customers pay less is (1 - r) p against 1, by the closed price; below r of it."""
    r, k, beta, m = 0.1, 0.6, 3.0, 2.0 / 3.0
    o = Outcome(oracle(beta, 1.0 - m, programs=[percentage(r, k)] * 2, policy=nash()), SETTLED)
    net = (1.0 - r) * pricing.percentage_price(1.0 - m, r, k, beta, 2)
    assert o.gained == pytest.approx(1.0 - net, abs=Z * price_error(beta, 0.5) + 1e-4) and 1.0 - net < r


# --- two markups in a row ------------------------------------------------------------------------------------------


def chained(make, cost: float, least: float, asked: float, b: float) -> tuple[Outcome, Outcome]:
    """One owner of the firm and of the operator that sells it its rewards of b; and an operator that asks more.

    cost : of what is sold;  least : what a reward costs the operator, a share of b;  asked : what it asks
    """
    return tuple(Outcome(make(cost, [per_purchase(b, k)]), 2) for k in (least, asked))  # type: ignore[return-value]


def joint(o: Outcome, least: float, asked: float) -> float:
    """What firm and operator keep in the weeks that count, in base prices: profit, and asked - least of a reward."""
    return float((o.margin + o.reward_cost * (1.0 - least / asked))[0] * o.bought.sum())


def test_two_markups_leave_three_quarters():
    """O12 at a = 2, c = .2 net of a reward of 2 that costs its operator 3/4 of that: net prices (a + c) / 2 = 1.1 and
    (3 a + c) / 4 = 1.55, joint profit 3/4; the operator asks 1.2, and earns less at a tenth more or less of its markup.
    """
    b, least, known = 2.0, 0.75, double_marginalisation(2.0, 0.2)
    wholesale = 0.5 * (2.0 + 0.2)  # what reaches the firm as its cost, net of the reward
    asked = (wholesale - 0.7 + b) / b
    one, two = chained(lambda cost, programs: straight(cost, 1.3 + b, programs), 0.7, least, asked, b)
    assert one.prices[0] - b == pytest.approx(known.integrated_price, abs=1e-3)
    assert two.prices[0] - b == pytest.approx(known.chained_price, abs=1e-3)
    ratio = joint(two, least, asked) / joint(one, least, least)
    error = np.sqrt(1.0 / one.bought.sum() + 1.0 / two.bought.sum())
    assert ratio == pytest.approx(known.profit_ratio, abs=Z * error * known.profit_ratio + 2e-3)

    def earned(k: float) -> float:
        o = Outcome(straight(0.7, 1.3 + b, [per_purchase(b, k)], weeks=2, most=2.0), 1)
        sold = o.market.seen(o.market.firms["a"]).demand({})["a"]
        return (k - least) * sold

    assert earned(asked) > max(earned(asked + 0.1 * (asked - least)), earned(asked - 0.1 * (asked - least)))


def test_two_markups_where_customers_may_stay_away():
    """The same beside the outside option of a logit market, v = 4, c = 1: 4.7122 instead of 3.5571, and .7846 of it."""
    p0 = pricing.monopoly_price(1.0, 1.0, 4.0)
    s0 = 1.0 - float(pricing.shares(np.array([p0]), 1.0, 4.0)[0])
    wholesale, price, known = pricing.chained_logit(1.0, 1.0, 4.0)
    b = 3.0 / p0
    least, asked = 1.0, (wholesale - 1.0) / 3.0 + 1.0

    def market(cost: float, programs: list):
        return oracle(p0, cost, 1, s0=s0, programs=programs, policy=nash())

    one, two = chained(market, 1.0 / p0, least, asked, b)
    assert (one.prices[0] - b) * p0 == pytest.approx(p0, abs=1e-4)
    assert (two.prices[0] - b) * p0 == pytest.approx(price, abs=1e-4)
    ratio = joint(two, least, asked) / joint(one, least, least)
    assert ratio == pytest.approx(known, abs=Z * known * np.sqrt(1.0 / one.bought.sum() + 1.0 / two.bought.sum()))


# --- staying and switching -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("a", "b"), [(0.90, 0.85), (0.95, 0.925), (0.95, 0.90)])
def test_a_chain_of_two_firms_settles_where_it_must(a, b):
    """O12: retention .90 and .85 a term, who leaves goes to the other firm: from half of the customers to .60, term by
    term s + (s_0 - s) (r_A + r_B - 1)^t; half the churn keeps .60, five points more at both make it 2/3.

    Budget: 1500 customers, 24 terms of two weeks. Errors: sqrt(s (1 - s) / n), customers are independent.
    """
    n, terms_ = 1500, 24
    scenario = contract_world(
        n, 2 * terms_, renewal={"term": 2, "a": 1e5, "b": 9e5, "exit_share": 0.0, "start": "together"},
        shares={"a": 0.5, "b": 0.5}, S=1e6, M=26.0, log=False,
        firm={"a": {"churn": 1.0 - a}, "b": {"churn": 1.0 - b}},
    )  # fmt: skip
    table = in_plain(Market(scenario, 1)).run().weekly.pivot(index="week", columns="firm", values="customers")
    known, left = float(switching_share(a, b)), a + b - 1.0
    for term in (1, 3, 10, terms_):
        start = float(table["a"].iloc[0]) / n
        expected = known + (start - known) * left**term
        assert abs(table["a"].iloc[2 * term - 1] / n - expected) < Z * np.sqrt(0.25 / n), term


# --- within a week, over two periods, in rewards ---


@pytest.mark.parametrize("costs", [(0.4, 0.4), (0.3, 0.5)])
def test_prices_settle_within_one_week(costs):
    """O5 in the first week: firms that answer what the others are about to ask are where those that answer last week's
    prices come to in sixteen; unequal costs too, and S3-57: a cost advantage of .2 lowers the price by less.
    """
    beta, scenario = 3.0, oracle(3.0, 0.4, start=0.8, policy=nash(rounds=100), weeks=2)
    firms = {n: replace(f, unit_cost=c) for (n, f), c in zip(scenario.firms.items(), costs, strict=True)}
    o = Outcome(replace(scenario, firms=firms), 0)
    known = pricing.bertrand(np.array(costs), beta)
    for week in (0, 1):
        assert np.abs(o.path.iloc[week].to_numpy() - known.prices).max() < Z * price_error(beta, known.shares.max())
    if costs[0] < costs[1]:
        assert 0.0 < known.prices[1] - known.prices[0] < costs[1] - costs[0]


@pytest.mark.parametrize("again", [True, False])
def test_investment_lowers_the_price_by_what_comes_back(again):
    """Two equal firms, all buy: the harvest's margin is m = n / (beta (n - 1)), the investment's m (1 - lock_in),
    whatever is really locked in: here nothing is. 6 weeks and 3, again or once.
    """
    beta, m = 3.0, 2.0 / 3.0
    keys = {"lock_in": 0.4, "invest": 6, "harvest": 3, "again": again, "rounds": 50, "low": 0.2, "high": 5.0}
    o = Outcome(oracle(beta, 1.0 - m, policy={"two_period": {"conduct": 1.0, "least": 0.0, **keys}}), 0)
    known = [1.0 - 0.4 * m * ((week % 9 if again else week) < 6) for week in range(16)]
    assert np.abs(o.path.to_numpy() - np.array(known)[:, None]).max() < Z * price_error(beta, 0.5)


@pytest.mark.parametrize(("k", "firms"), [(0.5, 2), (0.75, 3)])
def test_rewards_escalate_to_where_they_are_known_to_stop(k, firms):
    """O6 A: from 5 % on, best answers at prices that stay come to b* = n / (beta (n - 1)) (1 / k - 1) and profit to k
    times that without rewards, anchored or not: here the base price is the best one. 1e-3: what 24 weeks leave.
    """
    beta, m = 3.0, pricing.covered_price(0.0, 3.0, firms)
    known, ends = pricing.best_reward(k, beta, firms), []
    for conduct in (1.0, None):
        keys = {"conduct": conduct, "start": 1, "every": 1, "window": 1, "ceiling": 0.99, "least": 0.0}
        programs = [percentage(0.05, k)] * firms
        o = Outcome(oracle(beta, 1.0 - m, firms, weeks=24, programs=programs, policy={"reward_nash": keys}), 20)
        path = escalation.reward_path(o.book)
        ends.append(path.iloc[-1].to_numpy())
        assert np.abs(ends[-1] - known).max() < Z * price_error(beta, 1.0 / firms) + 1e-3
        assert o.margin == pytest.approx([k * m] * firms, abs=3e-3)
        assert escalation.stop(path.iloc[:, 0].to_numpy(), quiet=3, small=2e-3).stopped
    assert (path.diff().iloc[1:6] > 0.0).all(axis=None)


def test_nobody_adopts_rewards_that_cost_what_they_are_worth():
    """O6 A at k = 1: b* = 0, so best answers go down to the floor."""
    keys = {"conduct": 1.0, "start": 1, "every": 1, "window": 1, "floor": 0.01, "least": 0.0}
    o = Outcome(oracle(3.0, 1.0 / 3.0, weeks=8, programs=[percentage(0.05, 1.0)] * 2, policy={"reward_nash": keys}), 4)
    assert escalation.reward_path(o.book).iloc[-1].to_numpy() == pytest.approx([0.01, 0.01], abs=1e-9)
