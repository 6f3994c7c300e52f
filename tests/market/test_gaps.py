"""Days between visits: the time of an occasion, the metrics of a card, and the goal gradient in a coffee market.

Published anchors: the last gap of a cafe card is 20 % shorter than the first, the pace falls back after the reward, and
without a reward nothing of it (Kivetz, Urminsky & Zheng 2006). None of them is required of the model: the tests hold
the sign and what the model itself implies, and docs/model.md says where its sizes fall short.
"""

from __future__ import annotations

import dataclasses
import math
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from loyaltysim import metrics
from loyaltysim.market.model import Market
from loyaltysim.mechanism import draws
from loyaltysim.scenario.model import Basket
from loyaltysim.studies.single import as_scenario
from tests.scenarios import Z, in_plain, world

# ---- the time of an occasion ---------------------------------------------------------------------------------------


@cache
def poisson_log() -> pd.DataFrame:
    """Purchases of people who are all alike, three a week."""
    return in_plain(Market(world(60, 26, M=52.0 * 3, K=1e9, S=1e9, basket=Basket(mean=10.0)), 2)).run().log


def test_days_follow_the_documented_addresses():
    """day = 7 (week + 1 - left), left the product of V^(1/m) over the occasions so far, m counting down to 1."""
    log = poisson_log()
    for who, week in ((3, 0), (17, 11), (59, 25)):
        own = log[(log["customer"] == who) & (log["week"] == week)]
        left, many = 1.0, len(own)
        for k, day in enumerate(own["day"]):
            left *= draws.draw(2, who, week, "time", k) ** (1.0 / (many - k))
            assert day == pytest.approx(7.0 * (week + 1.0 - left), abs=1e-9)


def test_occasions_come_in_the_order_of_time():
    """Within the week that they belong to, strictly later one after the other."""
    log = poisson_log()
    assert (log["day"] // 7 == log["week"]).all()
    ordered = log.sort_values(["customer", "week", "occasion"])
    gaps = ordered.groupby("customer")["day"].diff().dropna()
    assert (gaps > 0).all() and len(gaps) > 4000


def test_times_are_uniform_and_gaps_exponential():
    """The purchases of a customer are a Poisson process in days: Kolmogorov-Smirnov above 1e-5 for the time within the
    week and for the gaps (those that begin in the first 20 weeks, so that none is cut short by the horizon).
    """
    log = poisson_log().sort_values(["customer", "day"])
    assert stats.kstest(log["day"] / 7.0 - log["week"], "uniform").pvalue > 1e-5
    gap = log.groupby("customer")["day"].diff(-1).abs()
    whole = gap[(log["day"] < 140.0) & gap.notna()]
    assert stats.kstest(whole, "expon", args=(0.0, 7.0 / 3.0)).pvalue > 1e-5
    assert (whole < 1.0).mean() == pytest.approx(1.0 - math.exp(-3.0 / 7.0), abs=Z * 0.5 / math.sqrt(len(whole)))


def test_the_time_costs_nothing_and_changes_nothing():
    """Without a log no time is drawn; with one the same purchases are made."""
    quiet, watched = (Market(world(40, 10, log=log), 2) for log in (False, True))
    assert "TIME)" not in quiet.assembled.module and "TIME)" in watched.assembled.module
    assert in_plain(quiet).run().weekly.equals(in_plain(watched).run().weekly)


# ---- metrics by hand -----------------------------------------------------------------------------------------------

LOG = pd.DataFrame(
    {
        "customer": [1] * 7 + [2] * 2 + [3],
        "firm": [0] * 7 + [0, 1] + [0],
        "day": [0.0, 4.0, 7.0, 12.0, 16.0, 18.0, 25.0, 1.0, 2.0, 9.0],
    }
)


def test_visits_laid_out_on_cards():
    """Cards of 3: customer 1 fills two and begins a third, 2 and 3 begin one each; firm 1 is another shop."""
    cards = metrics.stamp_cards(LOG.sample(frac=1.0, random_state=1), 0, 3)
    assert cards.customer.tolist() == [1, 1, 1, 2, 3] and cards.number.tolist() == [0, 1, 2, 0, 0]
    assert cards.stamps.tolist() == [3, 3, 1, 1, 1]
    nan = math.nan
    told = [[nan, 4, 3], [5, 4, 2], [7, nan, nan], [nan] * 3, [nan] * 3]
    assert cards.gaps == pytest.approx(np.array(told), nan_ok=True)
    assert metrics.gaps_by_step(cards) == pytest.approx([4.0, 2.5])
    assert metrics.acceleration(cards) == pytest.approx(1.0 - 2.5 / 4.0)
    assert metrics.completion_time(cards) == pytest.approx((7.0 + 6.0) / 2.0)
    assert metrics.completion_share(cards) == pytest.approx(1.0 / 3.0)
    assert metrics.post_reward_reset(cards) == pytest.approx((5.0 + 7.0) / (3.0 + 2.0) - 1.0)


def test_endowed_stamps_are_on_the_first_card_only():
    """A card of 4 with 2 given is full after two visits, the next one after four more."""
    cards = metrics.stamp_cards(LOG, 0, 4, endowed=2)
    assert cards.stamps.tolist() == [4, 4, 1, 3, 3] and cards.first.stamps.tolist() == [4, 3, 3]
    assert metrics.completion_share(cards) == pytest.approx(1.0 / 3.0)
    assert metrics.completion_time(cards.first) == pytest.approx(4.0)
    assert np.isnan(metrics.acceleration(cards.first, 2))


def test_nothing_to_measure_is_said():
    """No visit, no card: nan instead of a number."""
    none = metrics.stamp_cards(LOG, 7, 3)
    assert len(none.number) == 0
    for metric in (metrics.acceleration, metrics.completion_time, metrics.completion_share, metrics.post_reward_reset):
        assert math.isnan(metric(none))


# ---- what a goal gradient does -------------------------------------------------------------------------------------


def test_gaps_are_those_of_the_logit():
    """All alike, no tastes, 20 occasions a week: the mean gap before stamp s is 7 / (20 p_s), p_s the logit share with
    the worth of that step; standard errors of the mean gap (1e-5 two-sided). Only cards cut off by the horizon (1 of
    about 40 a customer) are missing.
    """
    n, k = 60, 5
    scenario = world(
        n, 26, M=52.0 * 20, K=1e9, S=1e9, basket=Basket(mean=10.0), shares={"a": 0.4, "b": 0.6},
        program={"stamps": {"needed": k, "face_value": 15.0, "strength": 4.0}, "membership": {"join": "everyone"}},
    )  # fmt: skip
    cards = metrics.stamp_cards(in_plain(Market(scenario, 3)).run().log, 0, k)
    worth = np.diff([x / k + 0.8 / 1.0 * (x / k) ** 4 * 1.25 for x in range(k + 1)]) / 2.0
    full = cards.gaps[cards.full, 1:]
    for s in range(1, k):
        p = 1.0 / (1.0 + 1.5 * math.exp(-4.0 * 1.5 * worth[s]))
        slack = Z * full[:, s - 1].std() / math.sqrt(len(full))
        assert full[:, s - 1].mean() == pytest.approx(7.0 / (20.0 * p), abs=slack)
    assert len(full) > 2000 and metrics.acceleration(cards) > 0.2


@cache
def coffee(*overrides: str, n: int = 3000, weeks: int = 52) -> metrics.Cards:
    """The cards of the shop `corner` over a year in which everybody holds one."""
    scenario = as_scenario(
        ["scenario=coffee_stamps", "vary=[]", "policy=static", f"weeks={weeks}", f"customers.n={n}",
         "program.membership.join=everyone", "program.stamps.lost_week=0", *overrides]
    )  # fmt: skip
    scenario = dataclasses.replace(scenario, record=dataclasses.replace(scenario.record, log=True))
    return metrics.stamp_cards(Market(scenario, 1).run().log, list(scenario.firms).index("corner"), 10)


def score(cards: metrics.Cards, before: np.ndarray, after: np.ndarray) -> float:
    """Standard errors by which `after` gaps are longer than `before`, customers being independent, not their cards."""
    known = np.isfinite(before) & np.isfinite(after)
    total = np.bincount(np.unique(cards.customer[known], return_inverse=True)[1], (after - before)[known])
    return float(total.sum() / math.sqrt((total**2).sum()))


def slowing(cards: metrics.Cards) -> tuple[float, float]:
    """How much longer the last gap of full cards is than the first, and the gap after a reward than the last before."""
    full = metrics.Cards(*(column[cards.full] for column in cards))
    after = np.flatnonzero(np.isfinite(cards.gaps[:, 0]) & (cards.number > 0))
    nexts = metrics.Cards(*(column[after] for column in cards))
    return (
        score(full, full.gaps[:, 1], full.gaps[:, -1]),
        score(nexts, cards.gaps[after - 1, -1], cards.gaps[after, 0]),
    )


STATIONARY = "market.rho=1"


def test_no_acceleration_without_pressure():
    """Control: a card that is as good as cash, purchase rates that do not drift: neither gradient nor reset (1e-5)."""
    faster, slower = slowing(coffee(STATIONARY, "program.stamps.pressure=none"))
    assert abs(faster) < Z and abs(slower) < Z


def test_a_goal_gradient_shortens_the_last_gap_and_the_reward_resets_it():
    """Kivetz et al. 2006, the signs, beyond 1e-5: later gaps are shorter, and the first one after the reward longer."""
    cards = coffee(STATIONARY)
    faster, slower = slowing(cards)
    assert faster < -Z and slower > Z
    gaps = metrics.gaps_by_step(cards)
    assert gaps[-1] < gaps[4] < gaps[0]


def test_a_steeper_curve_is_a_steeper_gradient():
    """The size is a matter of one parameter: strength 1 stays below the published 20 %, strength 4 exceeds it."""
    weak, strong = (metrics.acceleration(coffee(STATIONARY, f"program.stamps.strength={p}")) for p in (1, 4))
    assert 0.05 < weak < 0.2 < strong


def test_the_default_gradient_is_the_published_one():
    """Kivetz et al. 2006: 20 %. At default the last gap of full cards is that much shorter, within six points."""
    assert abs(metrics.acceleration(coffee(STATIONARY)) - 0.2) < 0.06


def test_drifting_rates_look_like_acceleration():
    """Full cards are those of people whose pace rose: with drift the control accelerates too, without any reward
    effect, so a before-and-after of full cards overstates the gradient.
    """
    faster, slower = slowing(coffee("program.stamps.pressure=none", n=20_000))
    assert faster < -Z and abs(slower) < Z


def test_foresight_of_frequent_customers_is_flat():
    """Hartmann & Viard 2008: impatience of 10 % a year moves frequent customers' incentive by less than the noise."""
    for pressure in ("rational", "foresight"):
        faster, _ = slowing(coffee(STATIONARY, f"program.stamps.pressure={pressure}"))
        assert abs(faster) < Z
