"""Rewards by chance: what a prize promises, who wins, what it costs, how it wears off, and what it is held against."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from loyaltysim.behaviour.bond import Bond
from loyaltysim.market.model import Market
from loyaltysim.mechanism.names import Blank
from loyaltysim.programs import prize_draw as prize
from loyaltysim.programs.prize_draw import Prize
from tests.behaviour.test_felt_signs import ran, sign
from tests.scenarios import FIXED, Z, offered, totals, world

ALL = {"membership": {"join": "everyone"}}
ALIKE = SimpleNamespace(link_reward=1.0, link_recept=1.0, propensity=0.0, spending=10.0)
NOBODY = {"bond": {"premium": 0.0}}


def winning(n=60, weeks=20, behaviour=NOBODY, **own):
    """A market in which all are members of a firm with prizes."""
    return world(n, weeks, program={**ALL, "prize_draw": own}, behaviour=behaviour, basket=FIXED)


def customer(**own):
    """Somebody at a firm, a member, who has had nothing yet."""
    given = dict(
        joined=0, misjudged=0.0, picked=0, bond=0.2, prizes_had=0, prize_hoped=0.0, prize_entry=-2, contest_waits=0
    )
    return SimpleNamespace(**{**given, "used_to": [0.0] * 4, **own})


def terms(**own):
    """An offer of prizes, where nobody knows of a contest."""
    more = {name: own.pop(name) for name in ("contest_odds", "contest_bar") if name in own}
    return offered(Prize(**own), bond=Bond(loss=2.0), **{"contest_odds": 0.0, "contest_bar": 0.0, **more})


def a_visit(**own):
    """A purchase of 10.00 in week 5."""
    visit = Blank()
    for name, value in {"week": 5, "spend": 1000, "paid_cents": 1000.0, **own}.items():
        setattr(visit, name, value)
    return visit


# ---- by hand ---------------------------------------------------------------------------------------------------------


def test_what_a_visit_promises_by_hand():
    """A tenth of 4.00 is .40. At chance .1 the risk is .9: attraction .5 makes it .40 x 1.45, -1 a tenth of it. Of 5 %
    big ones at 8 times the others are 400 x .6 / .95 = 252.6, so 253 cents. What is not announced promises nothing,
    what is valued at half half.
    """
    assert Prize().promised == pytest.approx(40.0) and Prize().risk == pytest.approx(0.9)
    assert Prize(attraction=0.5).promised == pytest.approx(58.0)
    assert Prize(attraction=-1.0).promised == pytest.approx(4.0)
    assert Prize(attraction=2.0, chance=1.0).promised == 400.0
    big = Prize(big_share=0.05, big=8.0)
    assert (big.big_cents, big.small_cents) == (3200, 253) and big.mean_cents == pytest.approx(400.35)
    assert big.risk == pytest.approx(1.0 - 0.1 * 400.35**2 / (0.05 * 3200**2 + 0.95 * 253**2))
    assert Prize(announced=False).promised == 0.0 and Prize(perceived=0.5).promised == pytest.approx(20.0)
    assert prize.check(Prize(big_share=0.2, big=8.0))[0][0] == "big" and not prize.check(big)


def test_the_pull_by_hand():
    """.40 of a purchase of 10.00 are .04; after two recent ones of the kind that is next, at habituation .5, half;
    another kind is new. A contest with odds of .01 adds .50, once a week. Nothing for who is no member.
    """
    own, visit = terms(habituation=0.5, kinds=2), a_visit()
    assert prize.prize_pull(customer(), ALIKE, own, visit) == pytest.approx(0.04)
    assert prize.prize_pull(customer(used_to=[2.0, 0, 0, 0]), ALIKE, own, visit) == pytest.approx(0.02)
    assert prize.prize_pull(customer(used_to=[2.0, 0, 0, 0], prizes_had=3), ALIKE, own, visit) == pytest.approx(0.04)
    both = terms(prizes=1, value=50.0, chance=0.0, contest_odds=0.01)
    assert prize.prize_pull(customer(), ALIKE, both, visit) == pytest.approx(0.05)
    assert prize.prize_pull(customer(prize_entry=5), ALIKE, both, visit) == 0.0
    liked = terms(prizes=1, value=50.0, chance=0.0, contest_odds=0.01, attraction=1.0)
    assert prize.prize_cash(customer(), ALIKE, liked) == pytest.approx(0.05 * 1.99)
    assert prize.prize_pull(customer(joined=-1), ALIKE, own, visit) == prize.prize_cash(customer(joined=-1), ALIKE, own)
    assert prize.prize_cash(customer(joined=-1), ALIKE, own) == 0.0


def drawn(here, luck=0.05, size=0.5, spend=1000, **own):
    """One visit: -> prizes and cents received, what the firm counts as drawn, cents drawn and collected."""
    visit = a_visit(spend=spend)
    prize.prize_drawn(here, ALIKE, terms(**own), visit, luck, size)
    return visit.prized, visit.prize_money, visit.prizes_drawn, visit.prize_cents, visit.contest_collected


def test_a_draw_by_hand():
    """Below the chance a prize, at it none; below the share of big ones a big one. What was won in a contest is handed
    over beside it at 4.00. Nothing at a purchase that costs nothing, nor for who is no member.
    """
    big = {"big_share": 0.05, "big": 8.0}
    assert drawn(customer()) == (1, 400, 1, 400, 0) and drawn(customer(), luck=0.1) == (0, 0, 0, 0, 0)
    assert drawn(customer(), size=0.04, **big)[1] == 3200 and drawn(customer(), size=0.05, **big)[1] == 253
    waits = customer(contest_waits=2)
    assert drawn(waits, spend=0) == (0, 0, 0, 0, 0) and waits.contest_waits == 2
    assert drawn(waits) == (3, 1200, 1, 400, 2) and waits.contest_waits == 0 and waits.prize_entry == -2
    assert drawn(customer(joined=-1, contest_waits=1)) == (1, 400, 0, 0, 1)
    enters = customer()
    drawn(enters, prizes=3)
    assert enters.prize_entry == 5


def felt(here, prized, **own):
    """The bond after a visit, from .2."""
    prize.prize_felt(here, ALIKE, terms(**own), a_visit(prized=prized))
    return here.bond


def test_a_surprise_by_hand():
    """Of the gap .8 a tenth; who hoped for it at .75 a quarter of that; after one recent, at habituation 1, half. None
    comes: twice letdown x hope of the bond is lost. Announced, the chance itself is what is hoped for.
    """
    quiet = {"announced": False, "effect": 0.1, "letdown": 0.2}
    assert felt(customer(), 1, **quiet) == pytest.approx(0.28)
    assert felt(customer(prize_hoped=0.75), 1, **quiet) == pytest.approx(0.22)
    assert felt(customer(used_to=[1.0, 0, 0, 0]), 1, habituation=1.0, **quiet) == pytest.approx(0.24)
    assert felt(customer(prize_hoped=0.5), 0, **quiet) == pytest.approx(0.2 * (1.0 - 2.0 * 0.1))
    assert felt(customer(), 0, **quiet) == felt(customer(joined=-1, prize_hoped=0.5), 0, **quiet) == 0.2
    assert felt(customer(prize_hoped=0.9), 1, effect=0.1, chance=0.25) == pytest.approx(0.2 + 0.8 * 0.075)


def test_what_is_had_is_expected_and_no_longer_new():
    """A prize counts for its kind, the next is in turn; by money it counts as it sells for, 32.00. Hope closes a
    tenth of the gap, up or down. A half-life later half is forgotten.
    """
    here = customer()
    prize.used_to_prizes(here, ALIKE, terms(kinds=2), a_visit(prized=1, prize_money=3200))
    prize.used_to_prizes(here, ALIKE, terms(kinds=2, counted="money"), a_visit(prized=1, prize_money=3200))
    prize.used_to_prizes(here, ALIKE, terms(kinds=2), a_visit(prized=0))
    assert here.used_to == [1.0, 32.0, 0.0, 0.0] and here.prizes_had == 2
    assert here.prize_hoped == pytest.approx((0.1 + 0.9 * 0.1) * 0.9)
    prize.prizes_fade(here, terms(kinds=2, memory=1.0))
    assert here.used_to == pytest.approx([0.5, 16.0, 0.0, 0.0])


# ---- who wins, and what it costs -------------------------------------------------------------------------------------


def test_prizes_are_counted_and_paid_for():
    """Prizes are binomial over visits; each costs 80 % of what it sells for, to the cent. A twentieth are big."""
    market = ran(winning(60, 26, chance=0.5, value=4.0, big_share=0.05, big=8.0))
    t = totals(market.book()).loc["a"]
    n, won = t["visits"], t["prizes_drawn"]
    assert abs(won - 0.5 * n) < Z * math.sqrt(0.25 * n) and n > 400
    big = (t["prize_cents"] - 253 * won) / (3200 - 253)
    assert big == int(big) and abs(big - 0.05 * won) < Z * math.sqrt(0.05 * 0.95 * won)
    assert t["reward_cost"] == t["prize_cents"] * 800_000 // 1_000_000
    assert market.population["prizes_had"][:, 0].sum() == won


@pytest.mark.parametrize("many", [3, 10_000], ids=["fewer prizes than entrants", "more"])
def test_a_contest_has_as_many_winners_as_prizes(many):
    """Each week exactly so many of those who came the week before win, or all of them; once each, paid when won."""
    market = ran(winning(chance=0.0, prizes=many, value=10.0))
    weekly = market.book().weekly[lambda w: w["firm"] == "a"]
    entries, wins = weekly["contest_entries"].to_numpy(), weekly["contest_wins"].to_numpy()
    assert wins[0] == 0 and entries[0] > 5 and (wins[1:] == np.minimum(many, entries[:-1])).all()
    assert (entries == weekly["buyers"]).all() and (entries < weekly["visits"]).any()
    assert weekly["reward_cost"].sum() == 800 * wins.sum() and not weekly["prizes_drawn"].any()
    waits = market.population["contest_waits"][:, 0].sum()
    assert weekly["contest_collected"].sum() + waits == wins.sum() and market.population["prizes_had"].sum() > 0


# ---- beside what it is like ------------------------------------------------------------------------------------------


def test_a_prize_that_always_comes_is_a_card_of_one_stamp():
    """Chance 1 and nothing felt: choices are those of a stamp card with one stamp, whatever the taste for chance."""
    certain = ran(winning(chance=1.0, value=1.0, attraction=3.0)).book()
    card = {"stamps": {"needed": 1, "face_value": 1.0, "cost": 0.8, "pressure": "none"}}
    stamped = ran(world(60, 20, program={**ALL, **card}, behaviour=NOBODY, basket=FIXED)).book()
    assert certain.log.equals(stamped.log) and (certain.weekly["profit"] == stamped.weekly["profit"]).all()


def crowd(n=600, weeks=26, behaviour=NOBODY, **own):
    """The same with two firms, many customers and no log: one step for all, compiled once."""
    program = {**ALL, "prize_draw": own}
    return world(n, weeks, program=program, behaviour=behaviour, basket=FIXED, shares={"a": 0.5, "b": 0.5}, log=False)


def came(scenario) -> np.ndarray:
    """Purchases of each customer at the focal firm, quarter by quarter. -> (quarters, n)"""
    return Market(scenario, 3).run().visits[:, :, 0].astype(float)


@pytest.mark.parametrize("attraction, outcome", [(-0.8, -1), (0.0, 0), (2.0, 1)])
def test_s4_28_a_wheel_against_a_fixed_reward_of_equal_mean(attraction, outcome):
    """S4-28: a tenth of 10.00 against 1.00 for sure. Who is neutral to risk comes as often, visit by visit; who likes
    chance more often, who shuns it less.
    """
    wheel, fixed = (came(crowd(chance=c, value=v, attraction=attraction)) for c, v in ((0.1, 10.0), (1.0, 1.0)))
    assert sign((wheel - fixed).sum(axis=0)) == outcome and (outcome != 0 or (wheel == fixed).all())


@pytest.mark.parametrize("counted, outcome", [("prizes", 1), ("money", -1)])
def test_s4_28_a_wheel_lasts_longer_or_less_long_by_what_tires(counted, outcome):
    """S4-28: a tenth of 30.00 against 3.00 for sure, from the first quarter to the last of a year. Visits fall
    less with the wheel where customers get used to each prize alike, as it comes seldom. Where they get used to what
    they were given they fall more: one prize of the wheel tires like ten.
    """
    lasts = {"habituation": 0.1, "memory": 520.0, "counted": counted}
    wheel, fixed = (came(crowd(1500, 52, chance=c, value=v, **lasts)) for c, v in ((0.1, 30.0), (1.0, 3.0)))
    assert sign((wheel[3] - wheel[0]) - (fixed[3] - fixed[0])) == outcome


@pytest.mark.parametrize("habituation, outcome", [(0.0, 0), (1.0, 1)])
def test_s4_30_variety_slows_habituation(habituation, outcome):
    """S4-30: four kinds in turn against one, at equal cost: the second quarter brings more visits where the same tires;
    where it does not, every visit is the same.
    """
    own = {"chance": 1.0, "value": 3.0, "habituation": habituation, "memory": 520.0}
    one, four = (came(crowd(kinds=kinds, **own)) for kinds in (1, 4))
    assert sign((four - one)[1]) == outcome and (outcome != 0 or (one == four).all())


@pytest.mark.parametrize("premium, learning, outcome", [(0.0, 0.005, -1), (1.0, 0.005, 1), (1.0, 0.5, -1)])
def test_s4_53_a_surprise_against_the_same_gift_announced(premium, learning, outcome):
    """S4-53, S1-03: .50 at each visit. Announced it pulls and surprises nobody. Unannounced it brings more visits where
    a bond is worth as much as the price and a gift is long unexpected; fewer where a bond is worth nothing, and where
    customers soon expect it.
    """
    own = {"chance": 1.0, "value": 0.5, "effect": 0.03, "learning": learning}
    told, not_told = (came(crowd(behaviour={"bond": {"premium": premium}}, announced=a, **own)) for a in (True, False))
    assert sign((not_told - told).sum(axis=0)) == outcome


@pytest.mark.parametrize("attraction, times, outcome", [(-0.9, 0.85, -1), (0.0, 1.0, 0), (3.0, 1.2, 1)])
def test_s4_58_few_win_against_a_reward_for_all(attraction, times, outcome):
    """S4-58: six prizes of 15.00 a week against a reward at every visit: fewer visits than one that costs less where
    chance puts off, more than one that costs more where it attracts, as many at the same cost where it does neither.
    """
    few = crowd(chance=0.0, prizes=6, value=15.0, attraction=attraction)
    spent = totals(Market(few, 3).run()).loc["a"]
    all_alike = crowd(chance=1.0, value=round(times * spent["contest_wins"] * 15.0 / spent["visits"], 2))
    cost = totals(Market(all_alike, 3).run()).loc["a", "reward_cost"] / spent["reward_cost"]
    assert cost < 1.0 if outcome < 0 else cost > 1.0 if outcome > 0 else 0.95 < cost < 1.05
    assert sign((came(few) - came(all_alike)).sum(axis=0)) == outcome


@pytest.mark.parametrize("learning, letdown, outcome", [(0.0, 0.5, 1), (0.2, 0.5, -1)])
def test_s1_03_who_gets_it_often_expects_it(learning, letdown, outcome):
    """S1-03, S4-53: a gift at half of the visits. Where nobody learns to expect it, bonds rise for good; where they do,
    a visit without it lets down, and the bond ends below where it began.
    """
    behaviour = {"bond": {"premium": 0.0, "floor": -1.0, "loss": 1.0}}
    own = {"chance": 0.5, "announced": False, "effect": 0.05, "learning": learning, "letdown": letdown}
    assert sign(ran(winning(60, 39, behaviour, **own)).population["bond"][:, 0]) == outcome


def test_a_prize_is_a_reward_received():
    """Bond and emotions feel it as one: with an event per reward the bond rises though a prize has no effect itself."""
    behaviour = {"bond": {"premium": 0.0, "redemption": 0.2}}
    assert sign(ran(winning(behaviour=behaviour, chance=0.3)).population["bond"][:, 0]) == 1
    sides = {"bond": {"premium": 0.0}, "emotions": {"reward": (0.0, 0.0, 0.0, 0.0, 0.3)}}
    assert sign(ran(winning(behaviour=sides, chance=0.3)).population["felt_impression"][:, 0]) == 1
    assert not ran(winning(chance=0.3)).population["bond"].any()
