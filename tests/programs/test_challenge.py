"""A sum by a date: the rule by hand, a ledger from the log, dates, books."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from loyaltysim.configure.compose import compose
from loyaltysim.market.model import Market
from loyaltysim.mechanism.declare import Scene
from loyaltysim.programs import challenge
from loyaltysim.programs.challenge import Challenge
from tests.scenarios import FIXED, in_plain, offered, totals, world

pytestmark = pytest.mark.interpreter

ALL = {"join": "everyone"}


def visit(held=29_000, won=0, spend=1000, joined=0, **own):
    """(sum, won | met, rewards) after a visit."""
    here = SimpleNamespace(joined=joined, misjudged=0.0, picked=0, challenge_sum=held, challenge_won=won)
    now = SimpleNamespace(spend=spend, reward_earned=0, reward_given=0, challenges_met=0)
    challenge.challenge_met(here, SimpleNamespace(propensity=0.0), offered(Challenge(**own)), now)
    assert now.reward_given == now.challenges_met
    return here.challenge_sum, here.challenge_won, now.challenges_met, now.reward_earned


def test_the_purchase_that_reaches_the_goal_wins_once():
    """290.00 and 10.00 are 300.00; a cent less is not; who has won, has no card or paid nothing counts no more."""
    assert visit() == (30_000, 1, 1, 1) and visit(28_999) == (29_999, 0, 0, 1)
    assert visit(won=1) == (29_000, 1, 0, 0)
    assert visit(joined=-1) == visit(spend=0) == visit(bonus=0.0) == (29_000, 0, 0, 0)
    assert visit(2, by="visits", goal=3.0) == (3, 1, 1, 1)


def test_the_steps_to_the_bonus_sum_to_it():
    """Thirty purchases of 10.00 on the way to 300.00 bring 15.00 together (1e-9), the last one most; then nothing."""
    pulls = []
    for k in range(31):
        here = SimpleNamespace(joined=0, misjudged=0.0, picked=0, challenge_sum=1000 * k, challenge_won=int(k == 30))
        me = SimpleNamespace(propensity=0.0, link_reward=1.0, spending=10.0)
        own, now = offered(Challenge()), SimpleNamespace(paid_cents=1000.0)
        pulls.append(challenge.challenge_pull(here, me, own, now))
        assert challenge.challenge_cash(here, me, own) == pytest.approx(0.05 * (k < 30))
    assert 1000.0 * sum(pulls) == pytest.approx(1500.0, abs=1e-9)
    assert max(pulls) == pulls[29] and pulls[30] == 0.0


def test_who_wins_is_who_spent_enough_between_the_dates():
    """Purchases of 10.00, weeks 5 to 14, goal 40: the winners are those of the log with four purchases then; each costs
    8 x .5. A second one from week 20 on counts from nothing (a change of the goal at the same dates does not).
    """
    own = {"start": 5, "end": 15, "goal": 40.0, "bonus": 8.0, "cost": 0.5}
    market = in_plain(Market(world(120, 24, program={"challenge": own, "membership": ALL}, basket=FIXED), 1))
    book = market.run()
    log = book.log[(book.log.firm == 0) & book.log.week.between(5, 14)]
    often = log.customer.value_counts()
    won = set(market.population.ids[market.population["challenge_won"][:, 0] == 1])
    assert won == set(often[often >= 4].index) and len(won) > 10
    assert totals(book).loc["a", ["challenges_met", "reward_cost"]].tolist() == [len(won), 400 * len(won)]
    market.population["challenge_sum"][:] = 7
    market.shown[market.week - 1] = {name: SimpleNamespace(program={}) for name in market.firms}
    market.firms["a"].running_program = {"challenge": Challenge()}
    challenge.begin_anew(market, Challenge())
    assert not market.population["challenge_sum"][:, 0].any() and not market.population["challenge_won"][:, 0].any()
    assert (market.population["challenge_sum"][:, 1] == 7).all()


def test_a_goal_near_pulls_and_one_that_is_won_does_not():
    """The same customers with the same luck: with a bonus more of them reach the sum by the date than without; beyond 4
    standard errors of a paired difference of shares.
    """
    reached = []
    for bonus in (40.0, 0.0):
        own = {"end": 13, "goal": 60.0, "bonus": bonus}
        alike = {"K": 20.0, "S": 5.0, "shares": {"a": 0.5, "b": 0.5}}
        book = in_plain(
            Market(world(250, 13, program={"challenge": own, "membership": ALL}, basket=FIXED, **alike), 1)
        ).run()
        often = np.bincount(book.log[book.log.firm == 0].customer, minlength=250)
        reached.append(often >= 6)
    moved = reached[0].astype(int) - reached[1]
    assert moved.mean() > 4.0 * moved.std() / np.sqrt(len(moved))


def test_a_customer_is_told_of_the_goal():
    """What is missing, then the bonus."""

    def told(before, after, met, lang="en", **own):
        return challenge.tell(Scene(lang, "a", 0, Challenge(**own), {"challenge_sum": before},
                                    {"challenge_sum": after}, 1, 1000, 3, {"challenges_met": met}))  # fmt: skip

    assert told(0, 1000, 0) == ["290.00 short of the goal of a"] and told(29_000, 30_000, 1)[0].startswith(
        "reached the"
    )
    assert told(0, 1, 0, "zh", by="visits", goal=3.0) == ["离 a 的目标还差 2"] and told(5, 5, 0) == []


def test_the_shipped_program_is_read():
    own = compose(["scenario=plain", "program=by_easter"]).focal_firm.program["challenge"]
    assert (own.start, own.end, own.bar, own.worth) == (4, 16, 30_000, 1500.0)
