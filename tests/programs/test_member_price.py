"""Prices for members: a price and no reward, and what others think of it."""

from __future__ import annotations

import numpy as np
import pytest

from loyaltysim.market.model import Market
from loyaltysim.mechanism.declare import Scene
from loyaltysim.programs.member_price import MemberPrice, tell
from loyaltysim.programs.membership import door
from loyaltysim.scenario.model import Links
from tests.scenarios import EAGER, FIXED, all_members, in_plain, same, totals, world

pytestmark = pytest.mark.interpreter

LINKED = {"links": Links(reward=-0.8)}  # rewards pull transactional customers


def prices(values, n=60, weeks=20, joining=EAGER, **more):
    """Firm "a" takes 6.25 % off for members; every purchase is 10.00."""
    program = {"member_price": {"rate": 0.0625, **values}, "membership": joining}
    return world(n, weeks, program=program, basket=FIXED, **more)


def test_for_everybody_it_is_a_price_and_no_reward():
    """6.25 % off for all = a price of .9375, purchase by purchase, even where rewards pull some more than others; there
    cashback moves others. 62 of 1000 cents come off (62.5 rounded down) and 937 are paid at the price: a cent a visit.
    """
    off = in_plain(Market(prices({"audience": "everyone"}, customers=LINKED), 1)).run()
    price = in_plain(Market(world(60, 20, firm={"a": {"price": 0.9375}}, basket=FIXED, customers=LINKED), 1)).run()
    back = {"cashback": {"rate": 0.0625, "audience": "everyone"}}
    cash = in_plain(Market(world(60, 20, program=back, basket=FIXED, customers=LINKED), 1)).run()
    where = ["customer", "week", "occasion", "firm"]
    assert off.log[where].equals(price.log[where]) and not off.log["firm"].equals(cash.log["firm"])
    one, two = totals(off).loc["a"], totals(price).loc["a"]
    assert one.profit - two.profit == one.visits == two.visits > 0
    assert one.member_price_cents == one.reward_cost == 62 * one.visits


def test_members_only_is_the_same_discount_for_all_once_all_are_members():
    """Exclusive or for all: with everybody a member from the first week, every purchase is the same."""
    exclusive = all_members(in_plain(Market(prices({}), 2))).run()
    for_all = all_members(in_plain(Market(prices({"audience": "everyone"}), 2))).run()
    assert exclusive.log.equals(for_all.log)
    nobody = in_plain(Market(prices({}, joining={"ask": 0.0}), 2)).run()
    assert nobody.log.equals(in_plain(Market(world(60, 20, basket=FIXED), 2)).run().log)
    assert totals(nobody).loc["a"].member_price_cents == 0 < totals(for_all).loc["a"].member_price_cents


@pytest.mark.parametrize("fairness, sign", [(0.1, -1), (-0.1, 1)])
def test_who_pays_more_minds_it_by_a_signed_key(fairness, sign):
    """Nobody may join: purchases from the firm fall, or rise; of who does not see it they are what they were."""
    plain = totals(in_plain(Market(world(80, 20, basket=FIXED), 3)).run()).loc["a"].visits
    seen, unseen = (
        totals(in_plain(Market(prices({"fairness": fairness, "seen": s}, 80, joining={"ask": 0.0}), 3)).run()).loc["a"]
        for s in (1.0, 0.0)
    )
    assert unseen.visits == plain and np.sign(seen.visits - plain) == sign


def test_a_price_is_nothing_received():
    """It moves no bond, whatever rewards do to one."""
    behaviour = {"bond": {"redemption": 0.3, "crowding": 0.2, "floor": -0.5}}
    market = in_plain(Market(prices({}, behaviour=behaviour), 4))
    assert totals(market.run()).loc["a"].member_price_cents > 0 and not market.population["bond"].any()


def test_who_thinks_of_joining_counts_it():
    """As a rate of reward, members' prices alone."""
    for audience, rate in (("member", 0.03), ("everyone", 0.0)):
        found = door(None, {"member_price": MemberPrice(audience=audience)})
        assert found.reward_rate == rate


def test_somebody_else_may_pay_for_it():
    """Half of 62 cents a visit, rounded down once on the sum."""
    t = totals(in_plain(Market(prices({"cost": 0.5}), 2)).run()).loc["a"]
    assert t.reward_cost == t.member_price_cents // 2 > 0


@pytest.mark.parametrize("values", [{"rate": 0.0}, {"rate": 0.0, "fairness": 0.5}])
def test_no_discount_is_no_program(values):
    """Nothing off, nothing to mind: byte for byte."""
    same(in_plain(Market(prices(values), 1)).run(), in_plain(Market(world(60, 20, basket=FIXED), 1)).run())


def test_the_diary_tells_what_was_saved():
    """In both languages."""
    for lang, word in (("en", "paid 0.62 less at a"), ("zh", "少付 0.62")):
        [line] = tell(Scene(lang, "a", 0, MemberPrice(), {}, {}, 1, 1000, 3, {"member_price_cents": 62}))
        assert word in line
