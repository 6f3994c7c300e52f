"""Coupons: who gets one, how long it is valid, what it takes off, and what it leaves as it was."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from loyaltysim.configure.compose import compose
from loyaltysim.market.model import Market
from loyaltysim.mechanism.declare import Scene
from loyaltysim.programs.coupon import (
    LONG_AGO,
    Coupon,
    coupon_cash,
    coupon_given,
    coupon_pull,
    coupon_redeemed,
    coupon_week,
    coupons_for_others,
    may_have,
    tell,
)
from loyaltysim.scenario.reader import ConfigError
from tests.scenarios import EAGER, FIXED, contract_world, in_plain, offered, same, totals, world

pytestmark = pytest.mark.interpreter

SURE = {"chance": 1.0, "users": 1.0, "redeem": 1.0}


def offer(**values):
    """The terms of a coupon as its rules read them."""
    return offered(Coupon(**{**SURE, **values}))


def customer(**values):
    """A customer at a firm, last there in week 0, with a birthday in week 3 of the year."""
    here = {"coupon": 0, "coupon_until": -1, "bought_last": 0, "joined": -1, "misjudged": 0.0, "picked": 0}
    me = SimpleNamespace(status=1, birthday=3, propensity=0.0, link_reward=1.0, spending=10.0)
    return SimpleNamespace(**{**here, **values}), me


def visit(week, spend=1000):
    """A visit of so many cents."""
    names = ("coupons_issued", "coupons_redeemed", "coupons_expired", "coupon_cents", "reward_given", "reward_earned")
    return SimpleNamespace(week=week, spend=spend, paid_cents=float(spend), **dict.fromkeys(names, 0))


def weeks_of_issue(terms, weeks, **values):
    """The weeks in which one customer gets a coupon, where none is ever redeemed."""
    (here, me), found = customer(**values), []
    for week in weeks:
        now = visit(week)
        coupon_week(here, me, terms, now, 0.0)
        found += [week] * now.coupons_issued
    return found


def test_a_coupon_is_valid_for_its_window():
    """Issued in week 3 for two weeks: good in 3 and 4, lapsed when 5 begins; then the next one comes."""
    terms, (here, me) = offer(window=2), customer()
    counted = []
    for week in (3, 4, 5):
        now = visit(week)
        coupon_week(here, me, terms, now, 0.0)
        counted.append((now.coupons_issued, now.coupons_expired, here.coupon, here.coupon_until))
    assert counted == [(1, 0, 1, 4), (0, 0, 1, 4), (1, 1, 1, 6)]
    me.status = 2  # who has left the market: what is held lapses, nothing comes
    here.coupon, here.coupon_until, now = 1, 8, visit(9)
    coupon_week(here, me, terms, now, 0.0)
    assert (now.coupons_issued, now.coupons_expired, here.coupon) == (0, 1, 0)


def test_a_coupon_comes_by_chance():
    """A uniform below the chance brings one, at the chance it does not."""
    terms = offer(chance=0.3)
    for luck, comes in ((0.29, 1), (0.3, 0)):
        (here, me), now = customer(), visit(1)
        coupon_week(here, me, terms, now, luck)
        assert (here.coupon, now.coupons_issued) == (comes, comes)


def test_once_a_year_at_a_date_of_ones_own():
    """Birthday in week 3 of each year; anniversaries of joining in week 5, not the day itself, none without a card."""
    year = range(160)
    assert weeks_of_issue(offer(issued="birthday"), year) == [3, 55, 107, 159]
    assert weeks_of_issue(offer(issued="anniversary"), range(5, 160), joined=5) == [57, 109]
    assert weeks_of_issue(offer(issued="anniversary"), year) == []
    assert weeks_of_issue(offer(issued="visit"), year) == []
    assert weeks_of_issue(offer(issued="birthday", audience="member"), year) == []


@pytest.mark.parametrize("whom, found", [("anybody", [1, 1, 1]), ("new", [0, 1, 1]), ("known", [1, 0, 0])])
def test_for_newcomers_alone_or_for_customers_alone(whom, found):
    """Last bought 52 weeks ago, 53 weeks ago, never; newcomers have not bought for more than 52 weeks."""
    terms = offer(whom=whom, new_after=52)
    last = (60 - 52, 60 - 53, -LONG_AGO)
    assert [may_have(*customer(bought_last=week), terms, visit(60)) for week in last] == found
    member = offer(whom=whom, audience="member")
    assert may_have(*customer(bought_last=last[found.index(1)]), member, visit(60)) == 0


@pytest.mark.parametrize(
    "values, spend, cents",
    [
        ({"face_value": 2.0}, 1000, 200),
        ({"face_value": 2.0}, 150, 150),  # at most the purchase
        ({"face_value": 0.125, "worth_in": "share"}, 1001, 125),  # 125.125, rounded down
        ({"face_value": 2.0, "min_spend": 10.0}, 1000, 200),
        ({"face_value": 2.0, "min_spend": 10.01}, 1000, None),
        ({"face_value": 2.0}, 0, None),  # free, or brought back
    ],
)
def test_what_a_coupon_takes_off_to_the_cent(values, spend, cents):
    """By hand; what does not redeem it leaves it in hand, and pulls nobody."""
    terms, (here, me), now = offer(**values), customer(coupon=1), visit(1, spend)
    coupon_redeemed(here, me, terms, now, 0.0, 0.0)
    assert (here.coupon, now.coupons_redeemed, now.reward_given) == ((1, 0, 0) if cents is None else (0, 1, 1))
    assert now.coupon_cents == (cents or 0) and now.spend == spend
    if spend:
        exact = min(200, spend) / spend if "worth_in" not in values else 0.125
        assert coupon_pull(here, me, terms, now, 0.0) == pytest.approx(0.0 if cents is None else exact)


def test_who_uses_coupons_and_thinks_of_it():
    """Users are a share for life, each visit of theirs has its chance; the pull is the mean of what will happen."""
    terms = offer(users=0.4, redeem=0.25, perceived=0.8, face_value=2.0)
    for luck, user, redeemed in ((0.24, 0.39, 1), (0.25, 0.39, 0), (0.24, 0.4, 0)):
        (here, me), now = customer(coupon=1), visit(1)
        coupon_redeemed(here, me, terms, now, luck, user)
        assert now.coupons_redeemed == redeemed
    here, me = customer(coupon=1)
    me.link_reward = 0.5
    assert coupon_pull(here, me, terms, visit(1), 0.39) == pytest.approx(0.5 * 0.25 * 0.8 * 0.2)
    assert coupon_cash(here, me, terms, 0.39) == pytest.approx(0.5 * 0.25 * 0.8 * 0.2)
    assert coupon_pull(here, me, terms, visit(1), 0.4) == coupon_cash(here, me, terms, 0.4) == 0.0
    dear = offer(min_spend=10.01)
    assert coupon_cash(here, me, dear, 0.0) == 0.0


def test_a_visit_brings_a_coupon_unless_one_is_held():
    """For whom it is meant, judged before this purchase is noted; who holds one gets no other."""
    terms = offer(issued="visit", whom="new", window=4)
    (here, me), now = customer(bought_last=-LONG_AGO), visit(60)
    coupon_given(here, me, terms, now, 0.0)
    assert (here.coupon, here.coupon_until, here.bought_last) == (1, 63, 60)
    assert (now.coupons_issued, now.reward_earned) == (1, 1)
    coupon_given(here, me, offer(issued="visit"), now, 0.0)
    assert now.coupons_issued == 1
    here.coupon = 0
    coupon_given(here, me, terms, now, 0.0)  # new no more
    assert now.coupons_issued == 1 and here.coupon == 0


def test_what_who_may_not_have_it_thinks():
    """Half of the incumbents see deals for newcomers and mind them by `fairness`, of either sign; newcomers do not."""
    terms = offer(whom="new", fairness=0.03, seen=0.5)
    incumbent, me = customer(bought_last=59)
    assert coupons_for_others(incumbent, me, terms, visit(60), 0.49) == -0.03
    assert coupons_for_others(incumbent, me, terms, visit(60), 0.5) == 0.0
    assert coupons_for_others(incumbent, me, offer(whom="new", fairness=-0.03), visit(60), 0.49) == 0.03
    newcomer, me = customer(bought_last=-LONG_AGO)
    assert coupons_for_others(newcomer, me, terms, visit(60), 0.49) == 0.0


# ---- in a market ---------------------------------------------------------------------------------------------------


def coupons(values, n=80, weeks=26, **more):
    """Firm "a" issues coupons; every purchase is 10.00."""
    return world(n, weeks, program={"coupon": {**SURE, **values}, "membership": EAGER}, basket=FIXED, **more)


def test_next_purchase_coupons_are_exact():
    """Each visit redeems what the one before brought and brings the next: issued = visits, redeemed = visits less
    one for each customer who came, cents = 100 each; profit is the margin less the coupons, to the cent.
    """
    book = in_plain(Market(coupons({"issued": "visit", "window": 5200}), 2)).run()
    t, came = totals(book).loc["a"], int((book.visits.sum(axis=0)[:, 0] > 0).sum())
    assert t.coupons_issued == t.visits > 300
    assert t.coupons_redeemed == t.visits - came and t.coupons_expired == 0
    assert t.coupon_cents == t.reward_cost == 100 * t.coupons_redeemed
    assert t.profit == t.revenue - t.cost_of_goods - t.reward_cost


def test_coupons_cost_what_they_take_off_and_what_they_are_printed_for():
    """Funded by half, and 0.20 a coupon."""
    t = totals(in_plain(Market(coupons({"cost": 0.5, "unit_cost": 0.2, "window": 2}), 2)).run()).loc["a"]
    assert t.coupons_expired > 0 and t.touchpoints == 20 * t.coupons_issued
    assert t.reward_cost == t.coupon_cents // 2 == 50 * t.coupons_redeemed


def test_a_coupon_that_nobody_uses_moves_nobody():
    """Without users, or worth nothing to them, every purchase is as without coupons, byte for byte."""
    plain = in_plain(Market(world(60, 16), 3)).run()
    for values in ({"users": 0.0}, {"redeem": 0.0}, {"perceived": 0.0}):
        book = in_plain(Market(world(60, 16, program={"coupon": {**SURE, **values}}), 3)).run()
        assert plain.log.equals(book.log) and plain.visits.tobytes() == book.visits.tobytes(), values
    same(plain, in_plain(Market(world(60, 16, program={"coupon": {"face_value": 0.0, "unit_cost": 1.0}}), 3)).run())


def test_coupons_alone_leave_the_bond_where_it_was():
    """S2-13 against S4-29: what redeeming does to the bond is bond.redemption, of either sign, and nothing else."""
    moved = {}
    for event in (0.0, 0.2, -0.2):
        behaviour = {"bond": {"redemption": event, "floor": -0.5, "premium": 0.2}}
        market = in_plain(Market(coupons({"face_value": 3.0}, behaviour=behaviour), 4))
        assert market.run().weekly.coupons_redeemed.sum() > 100
        moved[event] = float(market.population["bond"][:, 0].mean())
        assert not market.population["bond"][:, 1:].any()
    assert moved[0.0] == 0.0 and moved[0.2] > 0.05 and moved[-0.2] < -0.05


def test_who_is_new_at_first_is_who_a_steady_state_leaves_new():
    """Purchases are Poisson, so that a customer has not bought for 52 weeks with chance exp(-52 rate share): the mean
    over customers, within 4.4 standard errors (two-sided 1e-5).
    """
    market = Market(coupons({"whom": "new"}, n=4000, weeks=1), 5)
    people = market.population
    new = 0 - people["bought_last"] > 52
    chance = np.exp(-52.0 * people["rate"][:, None] * people["prior"])
    error = np.sqrt((chance * (1.0 - chance)).sum(axis=0)) / len(new)
    assert (np.abs(new.mean(axis=0) - chance.mean(axis=0)) < 4.4172 * error).all()
    assert 0.02 < new[:, 0].mean() < 0.98


@pytest.mark.parametrize("fairness, sign", [(0.0, 0), (0.1, -1), (-0.1, 1)])
def test_incumbents_under_deals_for_newcomers_alone(fairness, sign):
    """S4-37: of who was a customer at first and used no coupon, purchases fall or rise with `fairness` alone; at 0
    they are those of the market without the deal, one by one.
    """
    values = {"whom": "new", "new_after": 26, "fairness": fairness, "seen": 1.0, "users": 0.0}
    market = in_plain(Market(coupons(values, n=120, customers={"price_sensitivity_sd": 0.0}), 6))
    known = 0 - market.population["bought_last"][:, 0] <= 26
    with_it = market.run().visits.sum(axis=0)[known, 0].sum()
    without = in_plain(Market(world(120, 26, basket=FIXED), 6)).run().visits.sum(axis=0)[known, 0].sum()
    assert np.sign(int(with_it) - int(without)) == sign
    if sign:
        assert abs(int(with_it) - int(without)) > 4.0 * np.sqrt(without) * 0.25  # paired: far less than of two runs


def test_under_contract_the_provider_knows_its_customer():
    """Everybody is new to the rivals of the own provider, and a bill redeems a coupon as any purchase does."""
    own = {"coupon": {**SURE, "whom": "known"}}
    market = in_plain(Market(contract_world(60, 16, program=own), 3))
    known = market.population["bought_last"] == -1
    assert (known.argmax(axis=1) == market.population["provider"]).all() and (known.sum(axis=1) == 1).all()
    t = totals(market.run()).loc["a"]
    assert t.coupons_redeemed > 0 and t.coupon_cents == t.reward_cost


@pytest.mark.parametrize("name", ["coupon", "next_purchase", "newcomers", "birthday"])
def test_shipped_coupons_come_and_are_redeemed(name):
    """Each row of configuration issues coupons, some are redeemed, and books balance in every week of the run."""
    scenario = compose([f"program={name}", "customers.n=150", "weeks=60", "worlds=none", "program.membership.ask=1"])
    t = totals(in_plain(Market(scenario, 1)).run()).loc[scenario.focal_id]
    assert t.coupons_issued > t.coupons_redeemed > 0


def test_a_share_above_the_purchase_is_refused():
    """5 is an amount; as a share of the purchase it would be five times of it."""
    with pytest.raises(ConfigError, match="at most 1; or set worth_in=money"):
        compose(["program=coupon", "program.coupon.worth_in=share", "program.coupon.face_value=5"])


def test_the_diary_tells_of_coupons():
    """In both languages."""
    counts = {"coupons_redeemed": 1, "coupon_cents": 200, "coupons_issued": 1, "coupons_expired": 1}
    for lang, word in (("en", "redeemed a coupon at a: 2.00 off"), ("zh", "用券优惠 2.00")):
        told = tell(Scene(lang, "a", 0, Coupon(), {}, {}, 1, 1000, 3, counts))
        assert len(told) == 3 and any(word in line for line in told)
    assert tell(Scene("en", "a", 0, Coupon(), {}, {}, 0, 0, 3)) == []
