"""Markets whose prices and profits are known in closed form, run week by week through the ordinary step.

Budget: 16 customers who buy 29 times a week, 16 weeks, one seed; of these the last five count, when prices have
settled: some 2300 purchases. Tolerance: four standard errors of what luck is left: of prices the realised tastes at
S = 1e6, of shares and of the category the drawn choices.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from loyaltysim.measures import escalation
from loyaltysim.theory import pricing
from tests.firms.oracles import Outcome, nash, oracle, per_purchase, percentage, price_error
from tests.scenarios import Z

SETTLED = 11
O5 = pricing.bertrand(np.ones(2), 1.0, 4.0)  # with an outside option, v = 4
P0, S0 = float(O5.prices[0]), 1.0 - float(O5.shares.sum())


@pytest.mark.parametrize("firms", [2, 3])
def test_prices_settle_where_logit_competition_does(firms):
    """O5 without an outside option: from .8 to c + N / (beta (N - 1)), c = .4, beta = 3; nobody else's share moves."""
    o = Outcome(oracle(3.0, 0.4, firms, start=0.8, policy=nash()), SETTLED)
    known = pricing.covered_price(0.4, 3.0, firms)
    assert o.path.iloc[0].nunique() <= firms and abs(o.path.iloc[0, 0] - known) > 0.01
    assert np.abs(o.prices - known).max() < Z * price_error(3.0, 1.0 / firms) + 2e-5  # halving: what 16 weeks leave
    assert np.abs(o.margin - (known - 0.4)).max() < 2e-3
    assert np.abs(o.shares - 1.0 / firms).max() < Z * o.share_error(1.0 / firms).max()


@pytest.mark.parametrize(("firms", "start"), [(2, 0.9), (3, 1.1)])
def test_prices_settle_beside_an_outside_option(firms, start):
    """O5 at v = 4, c = 1: prices 2.7732 (N = 2) and 2.4519 (N = 3), here 1, from another start; the category is that of
    base offers.
    """
    at = pricing.bertrand(np.ones(firms), 1.0, 4.0)
    p0, s0 = float(at.prices[0]), 1.0 - float(at.shares.sum())
    o = Outcome(oracle(p0, 1.0 / p0, firms, start=start, s0=s0, policy=nash()), SETTLED)
    assert np.abs(o.prices - 1.0).max() < Z * price_error(p0, float(at.shares[0])) + 2e-5
    assert o.bought.sum() == pytest.approx(o.usual, abs=Z * np.sqrt(o.usual))


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
