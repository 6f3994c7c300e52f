"""Points given away, put together, bought: balances by hand, nothing lost on the way, no world without them moved."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from loyaltysim.configure.compose import compose
from loyaltysim.market.model import Market
from loyaltysim.programs import donation, top_up, transfer
from loyaltysim.programs.points import Points
from loyaltysim.scenario.reader import ConfigError
from tests.scenarios import EAGER, FIXED, in_plain, offered, same, totals, world

CARD = Points(earn=1.0, threshold=100.0, face_value=6.0)
POINTS = {"earn": 1.0, "threshold": 100.0, "face_value": 6.0}


def moving(n=120, weeks=30, points=None, **parts):
    """Firm "a" has points, and lets them move; a purchase is 10.00."""
    program = {"points": {**POINTS, **(points or {})}, "membership": EAGER, **parts}
    return world(n, weeks, program=program, basket=FIXED)


# ---- given away ----------------------------------------------------------------------------------------------------


def given(balance, joined=0, luck=0.0, **values):
    """What a visit leaves. -> (balance, points given, cents for the cause)"""
    here = SimpleNamespace(balance=balance, joined=joined, unripe=0)
    visit = SimpleNamespace(points_given=0, donated=0, gave=0)
    donation.given_away(here, offered(donation.Donation(**values), points=offered(CARD)), visit, luck)
    assert visit.gave == int(visit.points_given > 0)
    return here.balance, visit.points_given, visit.donated


def test_a_gift_by_hand():
    """Half of 50 points, 6 cents each; nothing of an empty or a negative balance, of others, or below the least."""
    assert given(50_000, part=0.5) == (25_000, 25_000, 150)
    assert given(50_000, part=1.0) == (0, 50_000, 300)
    assert given(50_000, luck=0.9) == given(50_000, joined=-1) == given(50_000, least=51.0) == (50_000, 0, 0)
    assert given(0) == (0, 0, 0) and given(-7) == (-7, 0, 0)


def test_gifts_leave_the_program():
    """Issued = redeemed + given + held; the cause is paid at the cost that is set."""
    market = in_plain(Market(moving(donation={"chance": 0.2, "part": 0.5, "cost": 0.5}), 3))
    t = totals(market.run()).loc["a"]
    assert t.points_issued == t.points_redeemed + t.points_given + market.population["balance"][:, 0].sum()
    assert t.points_given > 0 and t.reward_cost == t.rewards * 480 + t.donated // 2


# ---- put together --------------------------------------------------------------------------------------------------


class Few:
    """Five customers, of whom 0 and 1, 2 and 3 are pairs and 5 is alone."""

    def __init__(self, balance, ids=(0, 1, 2, 3, 5), joined=(0, 0, 0, 0, 0), status=(1, 1, 1, 1, 1)):
        self.ids, self.n = np.array(ids), 5
        per_firm = {"balance": np.array(balance)[:, None], "joined": np.array(joined)[:, None]}
        self.columns = {"key": np.arange(5, dtype=np.uint64), "status": np.array(status), **per_firm}

    def __getitem__(self, name):
        return self.columns[name]


def changes(balance, **more):
    """Who gets what where pairs always put their points together."""
    market = SimpleNamespace(population=Few(balance, **more), week=3, terms=SimpleNamespace(luck=str))
    return transfer.moved(
        market, transfer.Transfer(chance=1.0, least=0.005), "a", 0, transfer.acquainted(market.population.ids)
    ).tolist()


def test_the_smaller_balance_moves_to_the_larger():
    """Of an equal pair the second gives; who is alone, no member, not here, or has next to nothing stays out."""
    assert changes([30, 50, 7, 7, 9]) == [-30, 30, 7, -7, 0]
    assert changes([30, 50, 70, 20, 9], joined=[0, -1, 0, 0, 0]) == [0, 0, 20, -20, 0]
    assert changes([30, 50, 70, 20, 9], status=[1, 1, 2, 1, 1]) == [-30, 30, 0, 0, 0]
    assert changes([4, 50, 0, 20, 9]) == [0, 0, 0, 0, 0]
    assert changes([-4, 50, -9, -20, 9]) == [0, 0, 0, 0, 0]
    assert changes([30, 50, 70, 20, 9], ids=(1, 2, 3, 4, 5)) == [0, -50, 50, 9, -9]


def test_transfers_lose_nothing():
    """Received less given sums to zero, points are conserved, and more cards are filled than without."""
    market = in_plain(Market(moving(transfer={"chance": 0.5}, points={"threshold": 400.0}), 3))
    t = totals(market.run()).loc["a"]
    received = market.population["passed_on"][:, 0]
    assert received.sum() == 0 and (received > 0).sum() > 20
    assert t.points_issued == t.points_redeemed + market.population["balance"][:, 0].sum()
    alone = totals(in_plain(Market(moving(points={"threshold": 400.0}), 3)).run()).loc["a"]
    assert t.rewards > alone.rewards


def test_one_more_customer_moves_no_other_pair():
    """Pairs are fixed by id: with 121 customers the first 120 live the same weeks as with 120."""
    books = [in_plain(Market(moving(n, transfer={"chance": 0.5}), 3)).run() for n in (120, 121)]
    log = books[1].log[books[1].log.customer < 120].reset_index(drop=True)
    assert books[0].log.equals(log)


def test_the_replay_without_joining_is_the_market_without_the_program():
    """Nobody in the program at the focal firm: no points to move, the same purchases as without it."""
    with_it = moving(transfer={"chance": 0.5})
    full = in_plain(Market(with_it, 3)).run()
    replay = in_plain(Market(with_it, 3, eligible=False, offers=full.offers, around=full.around)).run()
    without = in_plain(Market(world(120, 30, basket=FIXED), 3)).run()
    assert replay.log.equals(without.log) and not full.log.equals(without.log)


# ---- bought --------------------------------------------------------------------------------------------------------


def topped(balance, spend=1000, luck=0.0, joined=0, last=0, unripe=0, pending=0, **values):
    """What buying missing points does before a purchase of 10.00 earns. -> (balance, issued, cents paid)"""
    here = SimpleNamespace(balance=balance, joined=joined, last_earned=last, unripe=unripe)
    visit = SimpleNamespace(spend=spend, points_issued=0, points_in=0, points_sold=0)
    card = dataclasses.replace(CARD, pending=pending)
    terms = offered(top_up.TopUp(**{"price": 0.03, "most": 50.0, **values}), points=offered(card))
    top_up.points_bought(here, terms, visit, luck)
    assert visit.points_in == visit.points_issued
    return here.balance, visit.points_issued, visit.points_sold


def test_buying_points_by_hand():
    """70 held, 10 earned now, 20 short at 3 cents each: 0.60 for a reward of 6.00; no more than 50, none too dear."""
    assert topped(70_000) == (90_000, 20_000, 60)
    assert topped(69_999) == (90_000, 20_001, 61)  # rounded up once
    assert topped(40_000) == (90_000, 50_000, 150)
    assert topped(39_999) == (39_999, 0, 0)
    assert topped(90_000) == (90_000, 0, 0)  # full without
    assert topped(70_000, price=0.3) == (70_000, 0, 0)  # 6.00 for a reward of 6.00
    assert topped(70_000, price=0.2995) == (90_000, 20_000, 599)
    assert topped(80_000, unripe=10_000, pending=2) == (110_000, 30_000, 90)  # 70 can be used, with the 30 bought 100
    assert topped(70_000, luck=0.9) == topped(70_000, joined=-1) == topped(70_000, last=-1) == (70_000, 0, 0)


def test_points_that_are_sold_are_revenue():
    """The ledger takes them in beside the till, and they are issued like others."""
    market = in_plain(Market(moving(top_up={"chance": 1.0, "price": 0.03}), 3))
    book = market.run()
    t, held = totals(book).loc["a"], int(market.population["balance"][:, 0].sum())
    assert t.points_sold > 0 and t.points_issued == t.points_redeemed + held
    goods = t.at_base_price * 7 // 10
    assert t.profit == t.revenue + t.points_sold - goods - t.rewards * 480 - held * 480 // 100_000


@pytest.mark.parametrize("name", ["transfer", "donation", "top_up", "stacking"])
def test_without_points_there_is_nothing_to_move(name):
    """Named: the key, and what to add or drop."""
    with pytest.raises(ConfigError, match=rf"program\.{name}\..*does nothing without points: add program\.points"):
        compose(["scenario=grocery_points", "program=stamps", f"+program.{name}={{}}"])


@pytest.mark.parametrize(
    "part", [{"transfer": {"chance": 0.0}}, {"donation": {"chance": 0.0}}, {"top_up": {"chance": 0.0}}]
)
def test_what_does_not_happen_changes_nothing(part):
    """At a chance of zero: byte for byte the points alone."""
    same(in_plain(Market(moving(60, 13, **part), 3)).run(), in_plain(Market(moving(60, 13), 3)).run())
