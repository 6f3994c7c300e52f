"""Bought, earned, brought back weeks later: money and points by hand, below zero or not, and how much comes back."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from loyaltysim.configure.compose import compose
from loyaltysim.market.book import booked_revenue
from loyaltysim.market.model import Market
from loyaltysim.programs.late_returns import (
    LateReturns,
    dated_points_lapse,
    idle_points_lapse,
    points_taken_back,
    refunded,
    regretted,
)
from loyaltysim.programs.points import Points
from loyaltysim.scenario.reader import ConfigError
from tests.scenarios import EAGER, FIXED, in_plain, offered, totals, world

CARD = Points(earn=1.0, threshold=100.0, face_value=6.0)
ALL = {"share": 1.0, "after": 1, "window": 8, "in_part": 0.0}


def offer(**values):
    """The terms of late returns as a rule reads them, beside those of points."""
    return offered(LateReturns(**values), points=offered(CARD))


def visit(week, spend=8000):
    """A visit of 80.00, which earns 80 points."""
    names = ("padded", "points_reversed", "points_kept", "late_returned", "late_refunds", "back_late")
    return SimpleNamespace(week=week, spend=spend, points_in=spend * 10, **dict.fromkeys(names, 0))


def bought(balance=80_000, terms=None, luck=0.0, part=1.0):
    """A customer after a purchase of 80.00 in week 0, which will go back."""
    here = SimpleNamespace(parcel_cents=0, parcel_points=0, parcel_week=-1, balance=balance)
    regretted(here, terms, visit(0), luck, part)
    return here


def back(here, terms, week):
    """Its next visit. -> (refund in cents, points taken back, points kept, balance)"""
    now = visit(week)
    points_taken_back(here, terms, now)
    refunded(here, terms, now)
    assert here.parcel_week == -1 or not now.late_returned
    return now.late_refunds, now.points_reversed, now.points_kept, here.balance


@pytest.mark.parametrize(
    "values, balance, found",
    [
        # Case 13: 80.00 earned 80 points and goes back wholly three weeks later.
        ({}, 80_000, (8000, 80_000, 0, 0)),
        ({"below_zero": True}, 80_000, (8000, 80_000, 0, 0)),
        # In part: a quarter of the money, a quarter of the points.
        ({"in_part": 1.0, "part": 0.25}, 80_000, (2000, 20_000, 0, 60_000)),
        # 70 of the 80 are spent already, 10 are left.
        ({"below_zero": True}, 10_000, (8000, 80_000, 0, -70_000)),
        ({}, 10_000, (8000, 10_000, 70_000, 0)),
        ({"shortfall": "deducted"}, 10_000, (8000 - 420, 10_000, 0, 0)),  # 70 of 100 points of 6.00
        ({"shortfall": "deducted", "below_zero": True}, 10_000, (8000, 80_000, 0, -70_000)),
        # In debt already: nothing can be taken where zero is the end.
        ({}, -5_000, (8000, 0, 80_000, -5_000)),
        ({"shortfall": "deducted"}, 0, (8000 - 480, 0, 0, 0)),
    ],
    ids=str,
)
def test_case_13_brought_back_weeks_later(values, balance, found):
    """Money, points taken back, points kept, balance: by hand."""
    terms = offer(**{**ALL, **values})
    assert back(bought(balance, terms, part=0.0), terms, 3) == found


def test_when_it_comes_back():
    """Not before `after` weeks, not after `window`; what comes too late is kept and forgotten."""
    terms = offer(**{**ALL, "after": 2, "window": 4})
    for week, refund in ((1, 0), (2, 8000), (4, 8000), (5, 0)):
        here = bought(terms=terms)
        assert back(here, terms, week)[0] == refund
        assert (here.parcel_week == -1) == (week >= 2)


def test_what_waits_is_one_parcel():
    """Two regretted purchases go back together, dated by the first; what the till took back is not in it."""
    terms = offer(**{**ALL, "after": 2})
    here = bought(160_000, terms)
    regretted(here, terms, visit(1, 4000), 0.0, 1.0)
    regretted(here, terms, visit(1, 0), 0.0, 1.0)
    regretted(here, terms, visit(1), 1.0, 1.0)
    assert (here.parcel_cents, here.parcel_points, here.parcel_week) == (12_000, 120_000, 0)
    assert back(here, terms, 2) == (12_000, 120_000, 0, 40_000)


def test_points_of_whom_none_are_for_are_not_taken():
    """A purchase that earned nothing takes nothing back, whatever the balance."""
    terms, here = offer(**ALL), SimpleNamespace(parcel_cents=0, parcel_points=0, parcel_week=-1, balance=50_000)
    now = visit(0)
    now.points_in = 0
    regretted(here, terms, now, 0.0, 1.0)
    assert back(here, terms, 3) == (8000, 0, 0, 50_000)


@pytest.mark.parametrize(
    "points, week",
    [({"expiry": 2}, 3), ({"expiry_rule": "calendar", "expiry": 2}, 2),
     ({"expiry_rule": "age", "expiry": 2, "batch": 1}, 2)],
    ids=["inactivity", "calendar", "age"],
)  # fmt: skip
@pytest.mark.parametrize("deducts", [False, True], ids=["below zero", "deducted"])
def test_points_that_lapsed_are_not_taken_again(points, week, deducts):
    """80.00 earned 80 points in week 0, 50 of which are spent. The other 30 lapse before week 4, in which all goes
    back: 50 points are owed, to a balance of -50 or at 3.00 off the refund; where nothing was spent, none.
    """
    given = {**ALL, "below_zero": not deducts, "shortfall": "deducted" if deducts else "kept"}
    own = Points(earn=1.0, threshold=100.0, face_value=6.0, **points)
    terms = offered(LateReturns(**given), points=offered(own))
    for left in (80_000, 30_000):
        here = bought(left, terms, part=1.0)
        here.last_earned, here.batches = 0, [left, 0, 0, 0]
        rule = dated_points_lapse if own.dated else idle_points_lapse
        for now in range(1, week):
            rule(here, terms, SimpleNamespace(week=now))
        assert here.parcel_points == 80_000
        rule(here, terms, SimpleNamespace(week=week))
        here.balance, here.batches = 0, [0, 0, 0, 0]  # what was left has lapsed
        rule(here, terms, SimpleNamespace(week=week + 1))
        owed = 80_000 - left
        assert here.parcel_points == owed
        found = (8000 - 300 * owed // 50_000, 0, 0, 0) if deducts else (8000, owed, 0, -owed)
        assert back(here, terms, 4) == found


@pytest.mark.parametrize("points", [{"expiry": 1}, {"expiry_rule": "calendar", "expiry": 4}], ids=str)
def test_nobody_is_in_debt_for_points_that_lapsed(points):
    """No card is ever full, so nothing was spent: whatever goes back, no balance is below zero."""
    back = {"share": 0.9, "after": 2, "window": 20, "in_part": 0.0, "below_zero": True}
    market = in_plain(Market(returning(back, {"threshold": 10_000.0, **points}, n=60, weeks=30), 3))
    for _ in range(30):
        market.step()
        assert (market.population["balance"] >= 0).all()
    t = totals(market.book()).loc["a"]
    assert t.points_reversed > 0 and t.points_expired > 0


def returning(back, points=None, n=300, weeks=60, **more):
    """Firm "a" takes purchases back; every one is 10.00."""
    program = {"points": {"earn": 1.0, "threshold": 100.0, "face_value": 6.0, **(points or {})}, "membership": EAGER}
    return world(n, weeks, program={**program, "late_returns": back}, basket=FIXED, **more)


def test_how_much_comes_back_is_read_off_the_log():
    """Closed form: with after 0, a purchase comes back with the next visit at the firm if that is within the window;
    so the share of purchases that come back is `share` times the share followed by one, four standard errors.
    """
    market = in_plain(Market(returning({"share": 0.25, "after": 0, "window": 3, "in_part": 0.4, "part": 0.5}), 5))
    book = market.run()
    log = book.log[book.log.firm == 0].sort_values(["customer", "day"])
    gap = log.groupby("customer").week.shift(-1) - log.week
    followed = int((gap <= 3).sum())
    t = totals(book).loc["a"]
    error = 4.0 * (0.25 * 0.75 * followed) ** 0.5
    assert followed > 2000 and abs(t.late_returned - 0.25 * followed) < error
    assert t.late_refunds == pytest.approx(t.late_returned * 1000 * 0.8, rel=0.05)  # 60 % whole, 40 % half
    members = book.people.joined_a.to_numpy() >= 0
    assert members.all() or t.points_reversed > 0


@pytest.mark.parametrize("below", [True, False])
def test_points_are_conserved_below_zero_or_not(below):
    """Issued = redeemed + reversed + held; below zero only where that is allowed, and no reward is given in debt."""
    back = {"share": 0.4, "window": 20, "in_part": 0.0, "below_zero": below}
    market = in_plain(Market(returning(back, {"threshold": 40.0}), 3))
    lowest = 0
    for _ in range(60):
        market.step()
        lowest = min(lowest, int(market.population["balance"].min()))
    t, held = totals(market.book()).loc["a"], int(market.population["balance"][:, 0].sum())
    assert t.points_issued == t.points_redeemed + t.points_expired + t.points_reversed + held
    assert (lowest < 0) == below and t.points_reversed > 0
    assert t.rewards * 40_000 == t.points_redeemed


def test_the_ledger_takes_refunds_off_revenue():
    """Profit by hand: the till less refunds, goods less what is salvaged, rewards, handling, what is owed."""
    market = in_plain(Market(returning({**ALL, "share": 0.3, "salvage": 0.5, "unit_cost": 0.25}), 3))
    book = market.run()
    t, held = totals(book).loc["a"], int(market.population["balance"][:, 0].sum())
    goods = t.at_base_price * 7 // 10 - t.late_refunds // 2
    owed, rewards = held * 480 // 100_000, t.rewards * 480
    assert t.profit == t.revenue - t.late_refunds - goods - rewards - t.late_returned * 25 - owed
    assert booked_revenue(book.weekly[book.weekly.firm == "a"]).sum() == t.revenue - t.late_refunds
    assert book.spend.sum() == totals(book).revenue.sum()  # customers' purchases are what the tills took


def test_no_points_no_trouble():
    """A firm without points takes purchases back too; compiled and plain agree."""
    scenario = world(60, 20, program={"late_returns": {"share": 0.5}})
    book = in_plain(Market(scenario, 3)).run()
    assert totals(book).loc["a"].late_refunds > 0 and "points_issued" not in book.weekly


def test_a_return_that_cannot_happen_is_refused():
    """Named: the key, its value, what to change."""
    with pytest.raises(ConfigError, match=r"late_returns\.after.*beyond window = 4.*raise window"):
        compose(
            ["scenario=grocery_points", "program=[points,late_returns]", "program.late_returns={after: 6, window: 4}"]
        )
    with pytest.raises(ConfigError, match=r"shortfall.*kept, deducted"):
        compose(["scenario=grocery_points", "program=[points,late_returns]", "program.late_returns.shortfall=lost"])


def test_expected_share_by_arithmetic():
    """Fixed weekly visits would bring every regretted purchase back: nothing waits longer than the window."""
    market = in_plain(Market(returning({**ALL, "window": 2}), 3))
    for week in range(60):
        market.step()
        age = week - market.population["parcel_week"][:, 0]
        waits = market.population["parcel_week"][:, 0] >= 0
        assert (market.population["parcel_cents"][:, 0] > 0)[waits].all() and (age >= 0)[waits].all()
    assert np.array_equal(waits, market.population["parcel_cents"][:, 0] > 0)


def test_pending_points_go_with_their_purchase():
    """Points that still wait leave with the purchase that earned them: what could be used before can be used after."""
    from loyaltysim.programs.late_returns import pending_taken_back

    terms = offer(**ALL)
    terms.points.pending = 5
    here = bought(110_000, terms)
    here.unripe, here.unripe_weeks = 80_000, [80_000, 0, 0, 0, 0]
    pending_taken_back(here, terms, visit(2))
    assert back(here, terms, 2) == (8000, 80_000, 0, 30_000)
    assert here.unripe == 0 and here.unripe_weeks[0] == 0
    ripe = bought(110_000, terms)
    ripe.unripe, ripe.unripe_weeks = 7, [7, 0, 0, 0, 0]  # of week 5: those of week 0 are ripe by now
    pending_taken_back(ripe, terms, visit(5))
    assert ripe.unripe == 7
