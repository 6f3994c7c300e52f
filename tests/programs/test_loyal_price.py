"""A price promised to who comes again: who has it, what it takes off, and that it stays when others pay more."""

from __future__ import annotations

import numpy as np
import pytest

from loyaltysim.market.model import Market
from loyaltysim.mechanism.declare import Scene
from loyaltysim.programs.loyal_price import LoyalPrice, tell
from tests.scenarios import FIXED, in_plain, same, totals, world

pytestmark = pytest.mark.interpreter


def promising(n=60, weeks=20, firm=None, **terms):
    """Firm "a" promises .9 of its base price to who comes again; every purchase is 10.00."""
    return world(n, weeks, program={"loyal_price": {"price": 0.9, **terms}}, basket=FIXED, firm=firm or {})


def held_by_all(market: Market) -> Market:
    """Everybody has been promised the price, for longer than the run."""
    market.population["loyal"][:, 0] = 1
    market.population["loyal_until"][:, 0] = 10_000
    return market


def test_who_came_lately_pays_less_by_hand():
    """Purchase by purchase from the log: a tenth of 10.00 comes off where the last purchase at "a" was in the window of
    three weeks; the first is at the price of all. The till has the full price, what comes off is a reward cost.
    """
    book = in_plain(Market(promising(window=3), 1)).run()
    own, last, loyal = book.log[book.log["firm"] == 0], dict[int, int](), 0
    for customer, week in zip(own.customer, own.week, strict=True):
        loyal += customer in last and week - last[customer] <= 3
        last[customer] = week
    t = totals(book).loc["a"]
    assert t.loyal_visits == loyal and 0 < loyal < t.visits
    assert t.loyal_price_cents == t.reward_cost == 100 * loyal and t.revenue == 1000 * t.visits


def test_for_whom_it_holds_it_is_the_price():
    """Everybody has it, others would pay 1.2: the purchases are those of a price of .9, to a cent a visit in what is
    left; and a price that rises to 1.4 in week 6 moves nobody.
    """
    asks = {"a": {"price": 1.2}}
    promised = held_by_all(in_plain(Market(promising(firm=asks, window=5000), 2))).run()
    cheap = in_plain(Market(world(60, 20, firm={"a": {"price": 0.9}}, basket=FIXED), 2)).run()
    where = ["customer", "week", "occasion", "firm"]
    assert promised.log[where].equals(cheap.log[where])
    one, two = totals(promised).loc["a"], totals(cheap).loc["a"]
    assert abs(one.profit - two.profit) <= one.visits
    rising = {"a": {"price": 1.2, "changes": ({"week": 6, "price": 1.4},)}}
    later = held_by_all(in_plain(Market(promising(firm=rising, window=5000), 2))).run()
    assert later.log[where].equals(promised.log[where])


def test_a_price_below_the_promise_is_for_everybody():
    """Asked .85, nobody pays the promised .9: the market without the promise, but for who has been promised."""
    asks = {"a": {"price": 0.85}}
    promised = in_plain(Market(promising(firm=asks), 3)).run()
    plain = in_plain(Market(world(60, 20, firm=asks, basket=FIXED), 3)).run()
    assert promised.log.equals(plain.log) and totals(promised).loc["a"].loyal_price_cents == 0


def test_nothing_is_promised_for_no_weeks():
    """A window of 0 is a market without the component, byte for byte."""
    same(in_plain(Market(promising(window=0), 4)).run(), in_plain(Market(world(60, 20, basket=FIXED), 4)).run())


def test_it_wins_who_came_and_nobody_else():
    """Twins: more purchases at "a" of who bought there before, none of anybody's first there."""
    with_it, without = (in_plain(Market(s, 5)).run() for s in (promising(80), world(80, 20, basket=FIXED)))
    first = [book.log[book.log["firm"] == 0].groupby("customer").day.min() for book in (with_it, without)]
    assert (first[0].reindex(first[1].index) == first[1]).all()
    assert totals(with_it).loc["a"].visits > totals(without).loc["a"].visits


def test_the_diary_says_what_was_saved():
    """In both languages; nothing where nothing came off."""
    for lang, word in (("en", "paid 1.00 less at a, as promised"), ("zh", "承诺价")):
        [line] = tell(Scene(lang, "a", 0, LoyalPrice(), {}, {}, 1, 1000, 3, {"loyal_price_cents": 100}))
        assert word in line
    assert tell(Scene("en", "a", 0, LoyalPrice(), {}, {}, 1, 1000, 3, {})) == []
    assert np.isclose(LoyalPrice(price=0.9).usual, 0.1) and LoyalPrice(price=1.1).usual == 0.0
