"""A new good: who wants it and when, who gets it where it is scarce, and what it brings."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from loyaltysim.behaviour.bond import Bond
from loyaltysim.market.model import Market
from loyaltysim.mechanism.names import Blank
from loyaltysim.programs import early_access
from loyaltysim.programs.early_access import EarlyAccess
from tests.behaviour.test_felt_signs import ran, sign
from tests.scenarios import FIXED, Z, in_plain, offered, totals, world

GOOD = {"after": 5, "early": 0, "stock": 10_000, "interested": 0.5, "innovate": 0.3, "imitate": 0.0, "price": 40.0}
CLUB = {"probability": 0.5, "effect": 0.2, "audience": "everyone", "unit_cost": 0.0}
QUIET = {**CLUB, "effect": 0.0}


def launched(n=200, weeks=26, club=QUIET, premium=0.0, joining=None, **own):
    """Firm "a" of two launches a good; a bond is worth nothing unless it is said."""
    program = {"membership": joining or {"join": "everyone"}, "recognition": club, "early_access": {**GOOD, **own}}
    behaviour = {"bond": {"premium": premium}}
    shares = {"a": 0.5, "b": 0.5}
    return world(n, weeks, program=program, behaviour=behaviour, basket=FIXED, shares=shares, log=False)


def lived(scenario, seed=3) -> Market:
    """The finished market, compiled."""
    market = Market(scenario, seed)
    market.run()
    return market


def bought(market: Market) -> np.ndarray:
    """In which week each bought it, -1 = not. -> (n,)"""
    return market.population["launch_week"][:, 0]


# ---- by hand ---------------------------------------------------------------------------------------------------------


def test_who_wants_it_by_hand():
    """Half of all purchases here: half of .1, of that times 1.5 at a bond of .5 and liking 1; .1 more where half of
    all have it and others imitate at .4. At caution .25 a price of four purchases halves it, at a bond of .5 it is
    two thirds.
    """
    own = EarlyAccess(innovate=0.1, imitate=0.0, liking=1.0, price=40.0)
    assert early_access.wanting(own, 0.5, 0.0, 0.5, 10.0) == pytest.approx(0.05)
    assert early_access.wanting(own, 0.5, 0.5, 0.5, 10.0) == pytest.approx(0.075)
    copies = EarlyAccess(innovate=0.1, imitate=0.4, liking=1.0)
    assert early_access.wanting(copies, 0.5, 0.5, 0.5, 10.0) == pytest.approx(0.175)
    dear = EarlyAccess(innovate=0.1, imitate=0.0, caution=0.25, price=40.0)
    assert early_access.wanting(dear, 1.0, 0.0, 0.0, 10.0) == pytest.approx(0.05)
    assert early_access.wanting(dear, 1.0, 0.5, 0.0, 10.0) == pytest.approx(0.1 / 1.5)


def one_week(here, week=5, **own):
    """What the firm counts, and the bond, from .2."""
    stage = early_access.EARLY if week < 7 else early_access.OPEN
    terms, visit = offered(EarlyAccess(**{**GOOD, **own}), bond=Bond(loss=2.0), launch_stage=stage), Blank()
    visit.week = week
    if early_access.got_it(here, terms, visit):
        early_access.launch_counted(here, terms, visit)
        early_access.launch_felt(here, SimpleNamespace(link_recept=1.0), terms, visit)
    return visit.goods_sold, visit.goods_early, visit.goods_cents, visit.goods_missed, pytest.approx(here.bond)


def test_a_sale_by_hand():
    """40.00, an eighth less early; the bond rises by a tenth of the gap. In vain: twice a tenth is lost. Other weeks:
    nothing.
    """
    own = {"early": 2, "discount": 0.125, "effect": 0.1, "missed": 0.1}
    buyer = {"launch_week": 5, "launch_missed": -1, "bond": 0.2}
    assert one_week(SimpleNamespace(**buyer), **own) == (1, 1, 3500, 0, 0.28)
    assert one_week(SimpleNamespace(**{**buyer, "launch_week": 7}), week=7, **own) == (1, 0, 4000, 0, 0.28)
    assert one_week(SimpleNamespace(**buyer), week=6, **own) == (0, 0, 0, 0, 0.2)
    assert one_week(SimpleNamespace(launch_week=-1, launch_missed=5, bond=0.2), **own) == (0, 0, 0, 1, 0.16)


# ---- who gets it, and what it brings ---------------------------------------------------------------------------------


def test_a_good_for_all_sells_as_its_chances_say():
    """Each who is interested, and is at the firm with share prior, buys by week T with chance 1 - (1 - .3 prior)^T; the
    number sold is that sum within 4.42 standard errors, of those who are seldom there and of others; each brings its
    price less its cost.
    """
    market = in_plain(Market(launched(300, 12), 3))
    t = totals(market.run()).loc["a"]
    prior, has = market.population["prior"][:, 0], bought(market) >= 0
    chance = 0.5 * (1.0 - (1.0 - 0.3 * prior) ** 7)
    for group in (prior < 0.3, prior >= 0.3):
        error = math.sqrt((chance * (1.0 - chance))[group].sum())
        assert abs(has[group].sum() - chance[group].sum()) < Z * error and group.sum() > 80
    assert t["goods_sold"] == has.sum()
    assert t["goods_cents"] == 4000 * t["goods_sold"] and t["goods_missed"] == t["goods_early"] == 0
    other = totals(ran(launched(300, 12, stock=0)).book()).loc["a"]
    assert t["profit"] - other["profit"] == 1000 * t["goods_sold"] and t["visits"] == other["visits"]


def test_no_more_is_sold_than_there_is():
    """40 units: exactly so many have one, members alone while it is early; who wanted one later has missed it, once."""
    joining = {"ask": 1.0, "relational": 12.0}
    market = in_plain(Market(launched(300, 20, joining=joining, stock=40, early=3), 3))
    book = market.run()
    weekly = book.weekly[book.weekly.firm == "a"]
    week, missed = bought(market), market.population["launch_missed"][:, 0]
    joined = market.population["joined"][:, 0]
    early = (week >= 5) & (week < 8)
    assert (week >= 0).sum() == weekly["goods_sold"].sum() == 40 and week[week >= 0].min() == 5
    assert ((joined >= 0) & (joined < week))[early].all() and (joined < 0).sum() > 50
    assert early.sum() == weekly["goods_early"].sum() > 5 and not early.all()
    assert (missed >= 0).sum() == weekly["goods_missed"].sum() > 20 and not ((missed >= 0) & (week >= 0)).any()


def test_what_others_have_is_imitated():
    """Bass: with imitation more have it in the end, and the week in which most buy it comes later than the first."""
    own = {"innovate": 0.02, "interested": 1.0}
    alone, copied = (bought(lived(launched(1000, 40, imitate=q, **own))) for q in (0.0, 0.6))
    assert sign(((copied >= 0) * 1.0) - (alone >= 0)) == 1
    assert np.bincount(copied[copied >= 0]).argmax() > 8 and np.bincount(alone[alone >= 0])[5:9].sum() > 10


# ---- claims ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("liking, outcome", [(4.0, -1), (-0.9, 1)])
def test_s4_11_the_attached_adopt_sooner_or_later(liking, outcome):
    """S4-11: adoption times beside those at liking 0, with common luck. Where bonds grow they fall, or rise, with the
    bond; with the bond switched off (recognition has no effect) they are the same, customer by customer.
    """

    def weeks_until(club, liking):
        market = lived(launched(800, 40, club=club, liking=liking, innovate=0.05))
        found = bought(market).astype(float)
        return np.where(found < 0, 40.0, found), market.population["bond"][:, 0]

    (with_it, bond), (without, _) = (weeks_until(CLUB, q) for q in (liking, 0.0))
    change = with_it - without
    far, near = bond < np.quantile(bond, 1 / 3), bond > np.quantile(bond, 2 / 3)
    assert sign(change) == outcome and np.sign(change[near].mean() - change[far].mean()) == outcome
    assert (weeks_until(QUIET, liking)[0] == weeks_until(QUIET, 0.0)[0]).all()


@pytest.mark.parametrize("caution, outcome", [(0.0, 0), (1.0, 1)])
def test_s4_13_trust_sells_dear_goods(caution, outcome):
    """S4-13, trust x price: what bonds add to the units sold, at a price of four purchases and at one of a fifth. With
    caution they add more to the dear good; without it they add nothing to either.
    """

    def sold(club, price):
        return (bought(lived(launched(1500, 20, club=club, caution=caution, price=price, innovate=0.2))) >= 0) * 1.0

    added = [sold(CLUB, price) - sold(QUIET, price) for price in (40.0, 2.0)]
    assert sign(added[0] - added[1]) == outcome and (outcome == 1 or not np.any(added))


@pytest.mark.parametrize("stock, outcome", [(30, 0), (10_000, 1)])
def test_s4_25_early_access_earns_more_only_where_there_is_enough(stock, outcome):
    """S4-25, total margin and not its timing: six weeks before all others for members, against none before. Of thirty
    units all are sold either way, sooner; what they bring is the same to the cent. Of as many as are wanted more are
    sold in the time.
    """
    joining = {"ask": 1.0, "relational": 12.0}
    own = {"stock": stock, "interested": 0.8, "innovate": 0.1}
    before, none = (
        Market(launched(600, 26, joining=joining, **own, after=w, early=e), 3).run() for w, e in ((7, 6), (13, 0))
    )
    one, two = totals(before).loc["a"], totals(none).loc["a"]
    assert np.sign(one["profit"] - two["profit"]) == outcome and one["visits"] == two["visits"]
    sales = [b.weekly[b.weekly.firm == "a"] for b in (before, none)]
    first, second = ((s["week"] * s["goods_sold"]).sum() / s["goods_sold"].sum() for s in sales)
    assert first < second - 1.0 and one["goods_sold"] >= two["goods_sold"]
