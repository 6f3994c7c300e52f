"""Promotions: when, what is bought ahead, the dip, who waits; nothing is made and nothing lost."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from loyaltysim.configure.compose import compose
from loyaltysim.market.model import Market
from loyaltysim.mechanism.declare import Scene
from loyaltysim.programs.promotion import Promotion, buys_ahead, less_is_paid, tell, uses_stock, weeks_purchases
from loyaltysim.scenario.reader import ConfigError
from tests.scenarios import FIXED, in_plain, offered, totals, world

pytestmark = pytest.mark.interpreter

ONCE = {"first": 8, "length": 2, "every": 0}


def offer(**values):
    """The terms of a promotion as its rules read them, in a week in which the price is down."""
    own = Promotion(**values)
    return offered(own, promoted=own.depth, promotion_near=0.0, paid=1.0, bond=None)


def customer(**values):
    """A customer who spends 10.00 a week, in purchases of 20.00."""
    me = SimpleNamespace(
        status=1, rate=0.5, spending=20.0, pace=0.5, waits=0.0, put_off=0.0,
        at_home=values.get("stocked", 0), left_over=0, used_up=0,
    )  # fmt: skip
    return SimpleNamespace(**{"stocked": 0, "bond": 0.0, "prior": 1.0, **values}), me


def visit(cents=2000):
    """A purchase."""
    names = ("stock_bought", "stock_used", "bought_ahead", "promotion_cents")
    return SimpleNamespace(cents=cents, spend=cents, **dict.fromkeys(names, 0))


def test_the_calendar():
    """Two weeks from week 8, every 13; soon in the two before. Without `every` there is one."""
    weeks, again, once = range(34), Promotion(first=8, length=2, every=13, lead=2), Promotion(**ONCE)
    assert [w for w in weeks if again.on(w)] == [8, 9, 21, 22]
    assert [w for w in weeks if again.soon(w)] == [6, 7, 19, 20, 32, 33]
    assert [w for w in weeks if once.on(w)] == [8, 9] and [w for w in weeks if once.soon(w)] == [6, 7]
    assert not any(Promotion(lead=0).soon(w) for w in weeks)


def test_who_stockpiles_buys_ahead_as_much_as_may_be_held():
    """20.00 more with a purchase of 20.00, then 10.00: at most three weeks' spending is held; a quarter is used on top.
    At a price of 1.1 what is bought ahead is paid at it.
    """
    terms, (here, me) = offer(stockpile=0.5, ahead=1.0, most=3.0), customer()
    found = []
    for luck in (0.5, 0.49, 0.49, 0.49):
        now = visit()
        buys_ahead(here, me, terms, now, luck)
        found.append((now.cents, now.spend, now.stock_bought, here.stocked))
    assert found == [(2000, 2000, 0, 0), (4000, 4000, 2000, 2000), (3000, 3000, 1000, 3000), (2000, 2000, 0, 3000)]
    (here, me), now, dear = customer(), visit(), offer(stockpile=1.0, flexible=0.25)
    dear.paid = 1.1
    buys_ahead(here, me, dear, now, 0.0)
    assert (now.cents, now.spend, now.bought_ahead, now.stock_bought, here.stocked) == (4000, 4200, 2000, 1500, 1500)
    free = visit(0)
    buys_ahead(here, me, dear, free, 0.0)
    assert free.bought_ahead == 0
    less_is_paid(offer(depth=0.125), now)
    assert now.promotion_cents == 525


def test_what_is_at_home_is_not_bought():
    """Half of 10.00 a week comes out of a stock of 8.00, then the rest, then all is bought."""
    terms, (here, me) = offer(uses=0.5), customer(stocked=800)
    paces = []
    for _ in range(3):
        now, me.pace = visit(), 0.5
        uses_stock(here, me, terms, now)
        weeks_purchases(me)
        paces.append((now.stock_used, round(me.pace, 12)))
    assert paces == [(500, 0.25), (300, 0.35), (0, 0.5)] and here.stocked == me.at_home == 0


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_stocks_of_two_firms_each_gives_its_part(order):
    """5.00 a week out of 6.00 and 2.00 are 3.75 and 1.25, whichever firm comes first; then the rest of both."""
    terms, (one, me) = offer(uses=0.5), customer(stocked=600)
    stocks = [one, customer(stocked=200)[0]]
    me.at_home = 800
    found = []
    for _ in range(2):
        now, me.pace = visit(), 0.5
        for place in order:
            uses_stock(stocks[place], me, terms, now)
        weeks_purchases(me)
        found.append((stocks[0].stocked, stocks[1].stocked, me.at_home, round(me.pace, 12)))
    assert found == [(225, 75, 300, 0.25), (0, 0, 0, 0.35)]


def test_a_stock_that_lapsed_is_missed_for_one_week():
    """8.00 at two firms, of which the one with 5.00 has ended: the other gives its part, then all."""
    terms, (here, me) = offer(uses=1.0), customer(stocked=300)
    me.at_home, used = 800, []
    for _ in range(2):
        now = visit()
        uses_stock(here, me, terms, now)
        weeks_purchases(me)
        used.append(now.stock_used)
    assert used == [300, 0] and me.at_home == 0
    here.stocked, me.at_home, now = 2000, 4000, visit()
    uses_stock(here, me, terms, now)
    weeks_purchases(me)
    assert (now.stock_used, me.at_home) == (500, 1500)


def test_what_is_put_off_is_made_up_for():
    """A quarter of two purchases is put off in each of two weeks; then, nothing being near, one more is made."""
    _, me = customer()
    paces = []
    for waits in (0.25, 0.25, 0.0, 0.0):
        me.pace, me.waits = 2.0, waits
        weeks_purchases(me)
        paces.append((me.pace, me.put_off))
    assert paces == [(1.5, 0.5), (1.5, 1.0), (3.0, 0.0), (2.0, 0.0)]


@pytest.mark.parametrize("loyal, bond, waits", [(0.0, 1.0, 0.2), (1.0, 0.75, 0.05), (1.0, 1.0, 0.0), (-1.0, 0.5, 0.3)])
def test_whether_a_bond_makes_patient_or_not_is_a_signed_key(loyal, bond, waits):
    """S4-57: 40 % of the half of purchases that would be here wait, less or more by `loyal` x bond, or nobody does."""
    terms, (here, me) = offer(waiting=0.4, loyal=loyal), customer(bond=bond, prior=0.5)
    uses_stock(here, me, terms, visit())
    assert me.waits == 0.0
    terms.promotion_near = 1.0
    uses_stock(here, me, terms, visit())
    assert me.waits == pytest.approx(waits)


# ---- in a market ---------------------------------------------------------------------------------------------------


def promoted(values, n=60, weeks=20, **more):
    """Firm "a" promotes; every purchase is 10.00."""
    return world(n, weeks, program={"promotion": values}, basket=FIXED, **more)


def volume(book, weeks, firm=None):
    """Volume in some weeks at base prices, by customer, cents; of all firms, or of one. -> (n,)"""
    log = book.log[book.log.week.isin(weeks) & ((book.log.firm == firm) if firm is not None else True)]
    return np.bincount(log.customer, weights=log.spend, minlength=len(book.people))


def test_a_promotion_without_end_is_a_price():
    """6.25 % off in every week = a price of .9375, purchase by purchase; 62 against 63 cents a visit, by rounding."""
    values = {"depth": 0.0625, "first": 0, "length": 520, "every": 0, "stockpile": 0.0}
    for behaviour in ({}, {"outside": {"expansion": 0.3}}):
        off = in_plain(Market(promoted(values, behaviour=behaviour), 1)).run()
        scenario = world(60, 20, firm={"a": {"price": 0.9375}}, basket=FIXED, behaviour=behaviour)
        price = in_plain(Market(scenario, 1)).run()
        where = ["customer", "week", "occasion", "firm"]
        assert off.log[where].equals(price.log[where])
        one, two = totals(off).loc["a"], totals(price).loc["a"]
        assert one.profit - two.profit == one.visits > 0 and one.reward_cost == one.promotion_cents == 62 * one.visits


def test_the_dip_is_what_was_bought_ahead():
    """S3-45. Where nobody buys ahead or waits, all purchases after a promotion are those of a market without it, one by
    one. Where all do, volume in the promotion rises by more, and the six weeks after it dip at the firm and in the
    market by four standard errors (paired, over customers); over twice the window the firm is still ahead.
    """
    more = {"n": 250, "weeks": 18}
    plain = in_plain(Market(world(basket=FIXED, **more), 7)).run()
    none = in_plain(Market(promoted({**ONCE, "stockpile": 0.0}, **more), 7)).run()
    after, sale = range(10, 16), range(8, 10)
    where = ["customer", "week", "occasion", "firm", "spend"]
    assert (
        none.log[none.log.week > 9][where]
        .reset_index(drop=True)
        .equals(plain.log[plain.log.week > 9][where].reset_index(drop=True))
    )
    book = in_plain(Market(promoted({**ONCE, "stockpile": 1.0, "ahead": 2.0}, **more), 7)).run()
    for firm in (0, None):
        dip = volume(book, after, firm) - volume(plain, after, firm)
        assert dip.mean() < -4.0 * dip.std() / np.sqrt(len(dip))
    assert volume(book, sale, 0).sum() > 1.5 * volume(none, sale, 0).sum() > 1.5 * volume(plain, sale, 0).sum()
    net = volume(book, range(8, 12), 0) - volume(plain, range(8, 12), 0)
    assert net.mean() > 4.0 * net.std() / np.sqrt(len(net))


def test_stocks_are_used_up_to_the_cent():
    """Bought = used + held in every week (the run checks it); after long enough nothing is left, and what is used on
    top of usual needs is what `flexible` says.
    """
    market = in_plain(Market(promoted({**ONCE, "stockpile": 1.0, "flexible": 0.5, "uses": 1.0}, weeks=40), 3))
    t = totals(market.run()).loc["a"]
    assert t.stock_bought == t.stock_used == t.bought_ahead // 2 > 0 and not market.population["stocked"].any()


def test_how_much_waits_is_a_closed_form():
    """No discount to speak of, only time moves: in two weeks before, purchases are Poisson of rate (1 - w share),
    in the first week of the promotion of rate (1 + 2 w share), then as ever; 4.4 standard errors (two-sided 1e-5).
    """
    market = in_plain(Market(promoted({**ONCE, "depth": 1e-9, "stockpile": 0.0, "waiting": 0.8}, 400, 10), 5))
    rate, share = market.population["rate"].copy(), market.population["prior"][:, 0].copy()
    found = market.run().log.groupby("week").size()
    for week, mean in {6: rate * (1 - 0.8 * share), 7: rate * (1 - 0.8 * share), 8: rate * (1 + 1.6 * share)}.items():
        assert abs(found[week] - mean.sum()) < 4.4172 * np.sqrt(mean.sum()), week
        assert abs(rate.sum() - mean.sum()) > 4.4172 * np.sqrt(mean.sum()), "the size would not be seen"


def test_a_promotion_is_over_before_the_next_one_and_not_for_bills():
    """One is over before the next begins; a bill under contract is not bought ahead."""
    with pytest.raises(ConfigError, match="is not over when the next one begins"):
        compose(["program=promotion", "program.promotion.length=13"])
    with pytest.raises(ConfigError, match="under contract nobody buys ahead"):
        compose(["market=telecom", "program=promotion"])


def test_the_diary_tells_of_promotions():
    """In both languages."""
    for lang, words in (("en", ("4.20 off", "20.00")), ("zh", ("少付 4.20", "20.00"))):
        lines = tell(Scene(lang, "a", 0, Promotion(), {}, {}, 1, 0, 3, {"promotion_cents": 420, "bought_ahead": 2000}))
        assert len(lines) == 2 and all(word in line for word, line in zip(words, lines, strict=True))
    assert tell(Scene("en", "a", 0, Promotion(), {}, {}, 0, 0, 3)) == []
