"""Cashback: whole cents, the same as a price cut, as points without pressure, and never more than was earned."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from loyaltysim.market.model import Market
from loyaltysim.programs import cashback
from tests.scenarios import EAGER, FIXED, in_plain, parts, points_world, same, totals, world

ALL = {"join": "everyone"}


def cash_world(n=60, weeks=20, joining=None, back=None, **more):
    """Firm "a" pays back 6.25 % of spending."""
    program = {"cashback": {"rate": 0.0625, **(back or {})}, "membership": EAGER if joining is None else joining}
    return world(n, weeks, program=program, **more)


def earned(credit, payout, joined=0, rate=0.015):
    """What a purchase of 9.99 leaves: (credit | issued, paid). What was issued counts as earned."""
    here = SimpleNamespace(joined=joined, misjudged=0.0, picked=0, credit=credit)
    visit = SimpleNamespace(spend=999, cashback_issued=0, cashback_paid=0, reward_earned=0)
    cashback.cashback_earned(here, SimpleNamespace(propensity=0.0), cashback.Cashback(rate=rate, payout=payout), visit)
    assert visit.reward_earned == visit.cashback_issued and here.joined == joined
    return here.credit, visit.cashback_issued, visit.cashback_paid


def test_whole_cents_rounded_down_once_a_purchase():
    """1.5 % of 9.99 is 14 cents; credit of 90 reaches a payout of 1.00 with 14 more, and all 104 are paid."""
    assert earned(0, 0.0) == (0, 14, 14)
    assert earned(80, 1.0) == (94, 14, 0)
    assert earned(90, 1.0) == (0, 14, 104)
    assert earned(90, 1.0, joined=-1) == (90, 0, 0)
    assert earned(90, 1.0, rate=0.0) == (90, 0, 0)


def test_its_pull_is_its_reward_rate():
    """Pull 1: the share of spending as it is valued, whatever the purchase; nothing for others."""
    own, me = cashback.Cashback(rate=0.04, perceived=0.75), SimpleNamespace(link_reward=1.0, propensity=0.0)
    worth = cashback.cashback_pull(SimpleNamespace(joined=5, misjudged=0.0, picked=0), me, own)
    assert worth == cashback.MECHANISM.reward_rate(own) == pytest.approx(0.03)
    assert cashback.cashback_pull(SimpleNamespace(joined=-1, misjudged=0.0, picked=0), me, own) == 0.0


@pytest.mark.parametrize("payout", [0.0, 25.0])
def test_books_equal_the_log(payout):
    """Earned purchase by purchase, paid when the credit suffices, the rest owed: from the log, exact."""
    market = in_plain(Market(cash_world(joining=ALL, back={"payout": payout, "cost": 0.5}), 3))
    book = market.run()
    here = book.log[book.log["firm"] == 0]
    earned = here["spend"] * 62_500 // 1_000_000
    paid, held = 0, np.zeros(market.population.n, np.int64)
    for who, cents in zip(here["customer"], earned, strict=True):
        held[who] += cents
        if held[who] >= payout * 100:
            paid, held[who] = paid + held[who], 0
    t = totals(book).loc["a"]
    assert (t["cashback_issued"], t["cashback_paid"]) == (earned.sum(), paid) and paid > 1000
    assert np.array_equal(market.population["credit"][:, 0], held)
    assert t["reward_cost"] == paid // 2 and t["liability_change"] == held.sum() // 2


@pytest.mark.parametrize("expansion", [0.0, 0.5], ids=["inside", "with outside option"])
def test_money_back_at_once_is_a_price_cut(expansion):
    """Oracle 24: perceived at face value, 6.25 % back is a price of .9375: the same purchases, and the same profit.

    625 of 10000 parts of 1000 cents are 62.5, rounded down to 62; the price is booked as 937 cents (937.5 rounded
    down), so the firm keeps 938 against 937 cents a visit: one cent apart, by the rule of rounding once a line.
    """
    behaviour = {"outside": {"expansion": expansion}} if expansion else {}
    back = in_plain(Market(cash_world(joining=ALL, basket=FIXED, behaviour=behaviour), 1)).run()
    price = in_plain(Market(world(60, 20, firm={"a": {"price": 0.9375}}, basket=FIXED, behaviour=behaviour), 1)).run()
    where = ["customer", "week", "occasion", "firm"]
    assert back.log[where].equals(price.log[where])
    assert not back.log["firm"].equals(in_plain(Market(world(60, 20, basket=FIXED), 1)).run().log["firm"])
    one, two = totals(back).loc["a"], totals(price).loc["a"]
    assert one["profit"] - two["profit"] == one["visits"] == two["visits"] > 0


def test_points_without_pressure_are_cashback():
    """Strength 0 makes a card as good as cash: 1 point a unit, 100 points = 6.25, against 6.25 % back; same log."""
    card = {"face_value": 6.25, "strength": 0.0}
    points = in_plain(Market(points_world(60, 20, card, joining=EAGER), 1)).run()
    back = in_plain(Market(cash_world(), 1)).run()
    assert points.log.equals(back.log) and points.people["joined_a"].equals(back.people["joined_a"])


@pytest.mark.parametrize("back", [{"rate": 0.0}, {"perceived": 0.0}], ids=str)
def test_no_program_by_every_route(back):
    """Oracle 10: nothing back, or nothing that counts, is no program; byte for byte."""
    same(in_plain(Market(cash_world(back=back), 1)).run(), in_plain(Market(world(60, 20), 1)).run())


def test_a_more_generous_copy_stays_within_its_range():
    """Imitation scales the rate."""
    from loyaltysim.firms.policies.imitate import copied

    own = parts({"cashback": {"rate": 0.6}})["cashback"]
    assert copied("cashback", own, 0.5).rate == pytest.approx(0.3) and copied("cashback", own, 2.0).rate == 1.0
