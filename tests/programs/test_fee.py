"""Membership for a fee: who pays it, how often, who pays again, and what it is to the firm."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
from scipy import stats

from loyaltysim.configure.compose import compose
from loyaltysim.market.model import Market
from loyaltysim.programs import fee
from loyaltysim.scenario.reader import ConfigError
from tests.scenarios import FIXED, Z, in_plain, world

pytestmark = pytest.mark.usefixtures("quiet")
ALIKE = {
    "S": 1e6,
    "K": 1000.0,
    "basket": FIXED,
}  # every customer the same: 60 purchases a year of 10, 40 % of them here


def lived(n=300, weeks=20, amount=10.0, inertia=0.5, rate=0.1, hassle=4.0, scale=5.0, **more):
    """A market in which members of firm a pay a fee for 10 % off."""
    program = {
        "fee": {"amount": amount, "inertia": inertia},
        "member_price": {"rate": rate},
        "membership": {"ask": 1.0, "hassle": hassle, "scale": scale},
    }
    return in_plain(Market(world(n, weeks, program=program, log=False, **more), 3))


def due(visits: int, luck: float, thought: float, week: int = 60, fee_week: int = 8, joined: int = 8, **keys):
    """A member who paid 20 in week 8, 2 visits a week of 10 in all the market: 10 % off, scale 4. -> (joined, fees)"""
    door = {"reward_rate": 0.1, "reward_visit": 0.0, "worth": 0.0, "relational": 0.0, "scale": 4.0}
    own = SimpleNamespace(**{"amount": 20.0, "cents": 2000, "inertia": 0.5, **keys}, membership=SimpleNamespace(**door))
    here = SimpleNamespace(joined=joined, fee_week=fee_week, fee_visits=visits)
    me = SimpleNamespace(rate=2.0, spending=10.0, link_reward=1.0, link_join=1.0)
    visit = SimpleNamespace(week=week, fees=0, fee_cents=0, fees_ended=0)
    fee.fee_due(here, me, own, visit, thought, luck)
    assert visit.fee_cents == 2000 * visit.fees and visit.fees_ended == int(here.joined < 0 <= joined)
    return here.joined, visit.fees


def test_a_fee_is_paid_again_where_the_year_was_worth_it() -> None:
    """24 visits of 10 bring 24.00, a fee of 20: U < logistic(4 / 4) = .731; without a thought whatever it was worth."""
    edge = 1.0 / (1.0 + math.exp(-1.0))
    assert due(24, edge - 1e-9, 0.5) == (8, 1) and due(24, edge + 1e-9, 0.5) == (-1, 0)
    assert due(24, 0.99, 0.4999) == (8, 1) and due(0, 0.5, 0.4) == (8, 1)
    assert due(0, 0.5, 0.6) == (-1, 0)


def test_it_is_due_after_a_year_and_for_who_has_paid() -> None:
    """52 weeks after the last payment, no sooner; who has joined since (or never paid) owes at the next visit."""
    assert due(24, 0.1, 0.9, week=59) == (8, 0) and due(24, 0.1, 0.9, week=60) == (8, 1)
    assert due(24, 0.1, 0.9, joined=9) == (9, 0)


def test_who_joins_pays_at_the_till() -> None:
    """Once; the year's visits are counted from that one on."""
    here = SimpleNamespace(joined=5, fee_week=-1, fee_visits=7)
    visit = SimpleNamespace(week=5, fees=0, fee_cents=0)
    for _ in range(2):
        fee.fee_visit(here, SimpleNamespace(cents=900), visit)
    assert (visit.fees, visit.fee_cents, here.fee_week, here.fee_visits) == (1, 900, 5, 2)


def test_the_fee_stands_at_the_door() -> None:
    """Everybody alike, 240 a year at the firm, 10 % off = 24, hassle 4, scale 5: of those who came a share
    logistic((20 - fee) / 5) has joined; z at 1e-5.
    """
    for amount in (0.0, 12.0, 20.0, 30.0):
        market = lived(amount=amount, n=600, **ALIKE)
        book = market.run()
        came = book.visits.sum(axis=0)[:, 0] > 0
        chance = 1.0 / (1.0 + math.exp(-(20.0 - amount) / 5.0))
        joined = (market.population["joined"][:, 0] >= 0)[came]
        assert abs(joined.mean() - chance) < Z * math.sqrt(chance * (1.0 - chance) / came.sum()) + 0.01
        rows = book.weekly[book.weekly.firm == "a"]
        assert rows.fees.sum() == (joined.sum() if amount else 0)
        booked = rows.profit.sum() + rows[["cost_of_goods", "reward_cost"]].sum().sum()
        assert booked - rows.revenue.sum() == round(100 * amount) * rows.fees.sum()


def test_who_did_not_come_often_does_not_pay_again() -> None:
    """Everybody alike, whom prices leave cold: 24 visits of 10 a year expected, 10 % off, and a fee of 23.50 that all
    join for. A year later who made 24 visits or more pays again and who made fewer leaves: luck alone, Poisson(24).
    """
    unmoved = {"customers": {"price_sensitivity": 0.0}, **ALIKE}
    market = lived(n=150, weeks=62, inertia=0.0, amount=23.5, hassle=0.0, scale=1e-3, **unmoved)
    people, left, again = market.population, [], []
    for _ in range(62):
        before = {name: people[name][:, 0].copy() for name in ("joined", "fee_week", "fee_visits")}
        market.step()
        thought = (before["fee_week"] >= 0) & (before["joined"] >= 0) & (market.week - 1 - before["fee_week"] == 52)
        paid = people["joined"][:, 0] == before["joined"]
        left += before["fee_visits"][thought & ~paid].tolist()
        again += before["fee_visits"][thought & paid].tolist()
    assert len(left) + len(again) > 100 and max(left) < 24 <= min(again)
    chance = float(stats.poisson.cdf(23, 24.0))
    assert abs(len(left) / (len(left) + len(again)) - chance) < Z * math.sqrt(chance * (1.0 - chance) / 100.0)


def test_a_fee_that_nobody_agrees_to_is_refused() -> None:
    with pytest.raises(
        ConfigError, match=r"fee.amount.*= 40 is asked of who joins, and with join=everyone nobody does"
    ):
        compose(["program=paid_membership", "program.membership.join=everyone"])
