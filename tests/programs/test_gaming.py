"""People who game a program: what they gain by hand, what stops them, what it costs; and cards that are not used."""

from __future__ import annotations

import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pytest

from loyaltysim.configure.compose import compose
from loyaltysim.market.model import Market
from loyaltysim.measures import memberships, twins
from loyaltysim.programs.gaming import Gaming, another_account, asks_for_another, padded_by, pads
from loyaltysim.programs.late_returns import LateReturns
from loyaltysim.programs.points import Points
from loyaltysim.programs.stacking import Stacking
from loyaltysim.scenario.reader import ConfigError
from tests.scenarios import EAGER, FIXED, all_members, in_plain, offered, same, terms, totals, world

POINTS = {"earn": 1.0, "threshold": 100.0, "face_value": 6.0}
BACK = {"share": 0.0, "window": 30}
GAMER = {"share": 1.0, "padding": 1.0, "stretch": 9.0}


def offer(own=None, back=None, points=None, stacking=10**9):
    """What a gamer reads of an offer."""
    return offered(
        Gaming(**{"share": 1.0, "padding": 1.0, "stretch": 1.0, **(own or {})}),
        late_returns=offered(LateReturns(**(back or {}))),
        points=offered(Points(**{**POINTS, **(points or {})})),
        stacking=offered(Stacking(most=stacking)),
        paid=1.0,
    )


def customer(balance, **more):
    """A member who has been there before, and to whom nothing waits to go back."""
    names = {"joined": 0, "last_earned": 0, "parcel_week": -1, "parcel_cents": 0, "padding_waits": 0, "card_start": 0}
    return SimpleNamespace(**{**names, "balance": balance, **more})


@pytest.mark.parametrize(
    "balance, given, more",
    [
        (60_000, {}, 2000),  # 60 held and 20 earned: 20 more of 20 at most
        (59_000, {}, 0),  # 21 would be missing
        (59_000, {"own": {"stretch": 1.05}}, 2100),
        (80_000, {}, 0),  # full without; the next card lies beyond
        (-1, {"own": {"stretch": 99.0}}, 0),  # in debt
        (0, {"own": {"stretch": 14.0}}, 8000),  # one card
        (0, {"own": {"stretch": 14.0, "stack": 2}}, 18_000),  # two at once
        (0, {"own": {"stretch": 14.0, "stack": 2}, "points": {"endowment": 20.0}}, 16_000),  # the second begins with 20
        (0, {"own": {"stretch": 14.0, "stack": 2}, "stacking": 1}, 8000),  # where one may be redeemed
        (80_000, {"own": {"stretch": 14.0}, "stacking": 1}, 0),  # which fills by itself
        (60_000, {"points": {"face_value": 0.0}}, 0),  # nothing to earn
        (60_000, {"points": {"earn": 0.7}, "own": {"stretch": 2.0}}, 3715),  # 26 / .7 = 37.143, up
    ],
)
def test_how_much_more_is_bought(balance, given, more):
    """A purchase of 20.00 that earns 20 points: just enough to fill cards, by hand."""
    assert padded_by(customer(balance), offer(**given), SimpleNamespace(spend=2000)) == more
    earn = Points(**{**POINTS, **given.get("points", {})}).issued_per_cent
    assert more == 0 or (balance + math.floor((2000 + more) * earn + 1e-6)) // 100_000 >= 1


@pytest.mark.parametrize(
    "given, here, tried",
    [
        ({}, {}, True),
        ({"back": {"below_zero": True}}, {}, False),  # what stops it
        ({"back": {"shortfall": "deducted"}}, {}, False),
        ({"points": {"pending": 9}}, {}, False),
        ({"back": {"below_zero": True}, "own": {"insist": 1.0}}, {}, True),
        ({"back": {"window": 0}, "own": {"insist": 1.0}}, {}, False),
        ({}, {"joined": -1}, False),
        ({}, {"last_earned": -1}, False),
        ({}, {"parcel_week": 4}, False),
        ({"own": {"padding": 0.4}}, {}, False),
    ],
    ids=str,
)
def test_who_tries_and_where(given, here, tried):
    """Only where it can pay, or by who insists; one parcel at a time; the till sees the larger purchase."""
    visit = SimpleNamespace(spend=2000, cents=2000, padded=0)
    pads(customer(60_000, **here), offer(**given), visit, 0.5)
    assert (visit.padded, visit.spend, visit.cents) == ((2000, 4000, 4000) if tried else (0, 2000, 2000))


def gamed(back=None, points=None, own=None, n=60, weeks=60, **parts):
    """Firm "a" has points and takes purchases back, everybody games; a purchase is 10.00."""
    program = {"points": {**POINTS, **(points or {})}, "membership": EAGER, "late_returns": {**BACK, **(back or {})}}
    return world(n, weeks, program={**program, **parts}, basket=FIXED, behaviour={"gaming": {**GAMER, **(own or {})}})


def test_earn_refund_keep_by_hand():
    """Each round: 10.00 is bought, up to 90.00 more to fill the card, a reward of 6.00; the more goes back, and the
    points of it are spent. So what stays bought earns what it should, and every point of the padding is a gain.
    """
    market = in_plain(Market(gamed(), 3))
    book = market.run()
    t, held = totals(book).loc["a"], int(market.population["balance"][:, 0].sum())
    waits = int(market.population["parcel_cents"][:, 0].sum())
    honest = totals(in_plain(Market(gamed(own={"share": 0.0}), 3)).run()).loc["a"]
    assert t.visits * 1000 == t.revenue - t.late_refunds - waits  # beside the padding, the usual purchases
    assert t.gamed_refunds == t.late_refunds > 0 and t.gamed_returns == t.late_returned
    assert t.points_issued == t.points_redeemed + t.points_reversed + held
    assert t.late_refunds * 10 == t.gamed_points + t.points_reversed  # one point a unit: kept, or taken back
    assert t.rewards > 3 * honest.rewards and t.gamer_rewards == t.rewards
    assert t.gamed_points > 0.5 * t.points_redeemed


@pytest.mark.parametrize(
    "back, points",
    [({"below_zero": True}, {}), ({"shortfall": "deducted"}, {}), ({}, {"pending": 30})],
    ids=["below zero", "deducted", "pending"],
)
def test_what_stops_it(back, points):
    """Where points are taken back whatever was spent, who games gives up; and who insists gains no points."""
    assert not totals(in_plain(Market(gamed(back, points), 3)).run()).loc["a"].gamed_refunds
    t = totals(in_plain(Market(gamed(back, points, {"insist": 1.0}), 3)).run()).loc["a"]
    assert t.gamed_refunds > 0 and t.gamed_points == 0


def test_no_stacking():
    """With room for many cards at once: one a purchase at most, the others wait; points are conserved."""
    free, held = (
        totals(in_plain(Market(gamed(own={"stack": 5, "stretch": 60.0}, **parts), 3)).run()).loc["a"]
        for parts in ({}, {"stacking": {"most": 1}})
    )
    assert free.rewards / free.visits > 1.5 and held.rewards / held.visits <= 1.0
    assert held.gamed_points < 0.4 * free.gamed_points


def test_one_reward_a_purchase_by_hand():
    """Nobody games: a purchase of 25.00 fills two cards of 12 points, or one, and the rest waits on the card."""
    program = {"points": {**POINTS, "threshold": 12.0}, "membership": EAGER}
    given = {}
    for most in (None, 1):
        parts = {**program, **({} if most is None else {"stacking": {"most": most}})}
        market = in_plain(Market(world(40, 12, program=parts, basket=dataclasses.replace(FIXED, mean=25.0)), 3))
        t = totals(market.run()).loc["a"]
        given[most] = t.rewards / t.member_visits
        assert t.points_issued == t.points_redeemed + market.population["balance"][:, 0].sum()
    assert given[None] > 2.0 and given[1] == 1.0


# ---- several accounts ----------------------------------------------------------------------------------------------

BONUS = {"bonus": 40.0}


def account(balance, reward=1, luck=0.0, refused=0, points=None):
    """What another account does after a visit. -> (balance, issued, expired, gamed, accounts)"""
    names = ("account_asked", "second_accounts", "points_expired", "points_issued", "points_in", "gamed_points")
    here, visit = customer(balance), SimpleNamespace(reward_given=reward, **dict.fromkeys(names, 0))
    own = offer({"accounts": 0.5}, points=points or BONUS)
    asks_for_another(here, own, visit, luck)
    visit.account_refused = refused
    another_account(here, own, visit)
    return here.balance, visit.points_issued, visit.points_expired, visit.gamed_points, visit.second_accounts


def test_another_account_by_hand():
    """After a reward, 7 points left: given up for a bonus of 40. In debt: it is never paid. Refused, no bonus: none."""
    assert account(7_000) == (40_000, 40_000, 7_000, 40_000, 1)
    assert account(-30_000, reward=0) == (40_000, 70_000, 0, 70_000, 1)
    for none in ({"reward": 0}, {"luck": 0.5}, {"refused": 1}, {"points": {"bonus": 0.0}}):
        assert account(7_000, **none) == (7_000, 0, 0, 0, 0)


def test_one_account_a_person():
    """A check that catches all leaves nobody with a second bonus, and costs per account; a share of it that share."""
    found = {}
    for catches in (None, 0.0, 0.6, 1.0):
        check = {} if catches is None else {"one_account": {"catches": catches, "unit_cost": 0.1}}
        book = in_plain(Market(gamed(points=BONUS, own={"accounts": 1.0, "padding": 0.0}, **check), 3)).run()
        found[catches] = totals(book).loc["a"]
    free, all_of_them, some = found[None], found[1.0], found[0.6]
    assert free.second_accounts == found[0.0].second_accounts > 50
    assert all_of_them.second_accounts == all_of_them.gamed_points == 0
    asked = some.second_accounts + some.accounts_refused
    assert abs(some.accounts_refused - 0.6 * asked) < 4 * (0.24 * asked) ** 0.5
    assert some.fixed_cost == (some.joins + asked) * 10


# ---- what it costs -------------------------------------------------------------------------------------------------


@pytest.mark.by_hand("gaming_cost", "gamers_rewards")
def test_the_measures_by_hand():
    """Cost per member and year from the counters: points at .048 each, .6 of the goods, handling."""
    own = {"share": 0.5}
    scenario = twins.logged(gamed({"unit_cost": 2.0, "salvage": 0.1}, BONUS, own))
    with_it, without = (in_plain(Market(s, 3)).run() for s in (scenario, twins.no_program(scenario)))
    found = memberships.gaming(scenario, twins.Worlds(without, with_it, without, 0))
    t = totals(with_it).loc["a"]
    cents = t.gamed_points * 480 / 100_000 + t.gamed_refunds * 0.6 + t.gamed_returns * 200
    joined = with_it.people.joined_a.to_numpy()
    years = (60 - joined[joined >= 0]).sum() / 52
    assert found["gaming_cost"] == pytest.approx(cents / 100 / years) and cents > 0
    assert 0.5 < found["gamers_rewards"] == t.gamer_rewards / t.rewards < 1.0
    assert (
        memberships.gaming(dataclasses.replace(scenario, behaviour={}), twins.Worlds(without, with_it, without, 0))
        == {}
    )


def test_who_games_is_drawn_for_life():
    """A larger share of gamers holds the smaller one, in every world of the seed."""
    few, many = (Market(gamed(own={"share": s}, n=2000, weeks=1), 3).population["gamer"] for s in (0.1, 0.3))
    assert abs(few.mean() - 0.1) < 0.03 and abs(many.mean() - 0.3) < 0.05 and (many[few == 1] == 1).all()


def test_gaming_needs_something_to_game():
    """Named: the key and what to add."""
    with pytest.raises(ConfigError, match=r"behaviour\.gaming\.share.*no firm has program\.points"):
        compose(["scenario=grocery_points", "program=stamps", "rivals=passive", "behaviour=gaming"])


# ---- cards that are not used ---------------------------------------------------------------------------------------


def lapsing(after, n=200, weeks=60, **joining):
    """Everybody is a member of firm "a" at first; who stays away for `after` weeks is none."""
    program = {"points": {**POINTS, "bonus": 10.0}, "membership": {**EAGER, **joining}, "lapse": {"after": after}}
    return world(n, weeks, program=program)


def test_a_card_lapses_by_the_log():
    """More than `after` weeks without a visit since the membership began: who, by hand from the purchases; what was on
    the card has expired.
    """
    after, weeks = 5, 40
    market = all_members(in_plain(Market(lapsing(after, weeks=weeks, ask=0.0), 3)))
    book = market.run()
    here = book.log[book.log.firm == 0]
    seen = [[0, *sorted(set(here.week[here.customer == who])), weeks] for who in range(200)]
    lapsed = np.array([max(np.diff(own)[:-1], default=0) > after or own[-1] - 1 - own[-2] > after for own in seen])
    t, joined = totals(book).loc["a"], book.people.joined_a.to_numpy()
    balance = market.population["balance"][:, 0]
    assert np.array_equal(joined < 0, lapsed) and t.lapses == lapsed.sum() > 30
    assert t.points_expired > 0 and not balance[joined < 0].any()
    assert t.points_issued == t.points_redeemed + t.points_expired + balance.sum()


def test_who_lapsed_may_join_again():
    """And begins anew: the bonus is given once more, so more is issued for it than there are people."""
    market = in_plain(Market(lapsing(3), 3))
    t = totals(market.run()).loc["a"]
    assert t.lapses > 50 and t.joins > (market.population["joined"][:, 0] >= 0).sum()


def test_a_debt_that_lapses_is_given():
    """Points below zero at the end of a membership: issued, so that the books still hold."""
    program = {"points": POINTS, "membership": EAGER, "lapse": {"after": 2}}
    market = all_members(in_plain(Market(world(50, 20, program=program), 3)))
    market.step()
    market.population["balance"][:, 0] -= 10**9
    market.firms["a"].totals["points_redeemed"] += 50 * 10**9
    before = dict(market.firms["a"].totals)
    for _ in range(19):
        market.step()
    gone = market.population["joined"][:, 0] < 0
    assert gone.sum() > 5 and not market.population["balance"][gone, 0].any()
    assert market.firms["a"].totals["points_issued"] - before["points_issued"] > 0.9e9 * gone.sum()


@pytest.mark.by_hand("cards_held", "cards_used", "active_memberships")
def test_cards_held_and_used_by_hand():
    """Two firms with cards, four people: 5 cards held, 3 of them used in the last year, .6 of memberships active."""
    import pandas as pd

    firms = {"a": SimpleNamespace(program={}), "b": SimpleNamespace(program={"lapse": terms("lapse", dormant=10)})}
    scenario = SimpleNamespace(firms=firms, weeks=100)
    people = pd.DataFrame({"customer": [0, 1, 2, 3, 9], "status": [1, 1, 2, 1, 0]})
    people = people.assign(joined_a=[3, 4, 5, -1, -1], joined_b=[6, -1, -1, 7, 8])
    log = pd.DataFrame({"firm": [0, 0, 0, 1, 1], "customer": [0, 1, 2, 0, 3], "week": [99, 48, 47, 89, 90]})
    found = memberships.memberships(scenario, SimpleNamespace(people=people, log=log))
    assert found == {"cards_held": 5 / 4, "cards_used": 3 / 4, "active_memberships": 3 / 5}
    short = memberships.memberships(SimpleNamespace(firms=firms, weeks=51), SimpleNamespace(people=people, log=log))
    assert math.isnan(short["active_memberships"]) and short["cards_held"] == 5 / 4


def test_everybody_a_member_cannot_lapse():
    """Named: the key, its value, what to set."""
    with pytest.raises(ConfigError, match=r"lapse\.after.*join=everyone renews at once: set it to 0"):
        compose(["scenario=grocery_points", "program=[points,lapse]", "program.membership.join=everyone"])


# ---- all at once ---------------------------------------------------------------------------------------------------

ALL = {
    "transfer": {"chance": 0.2}, "donation": {"chance": 0.1, "part": 0.4}, "top_up": {"chance": 0.8, "price": 0.03},
    "late_returns": {"share": 0.3, "window": 9}, "one_account": {"catches": 0.5}, "stacking": {}, "lapse": {"after": 6},
}  # fmt: skip


def everything_that_moves_points(points, below=False, n=80, weeks=27):
    """Every way in which points come and go, at the terms of points that are given."""
    parts = {**ALL, "late_returns": {**ALL["late_returns"], "below_zero": below}}
    program = {"points": {**POINTS, **BONUS, **points}, "membership": {**EAGER, "dropped": "lost"}, **parts}
    behaviour = {"gaming": {"share": 0.5, "insist": 0.5, "accounts": 1.0, "stack": 3}}
    return world(n, weeks, program=program, rivals=program, behaviour=behaviour, customers={"max_programs": 2})


EXPIRY = {
    "never": {}, "idle": {"expiry": 4}, "age": {"expiry": 9, "expiry_rule": "age", "batch": 4, "grace": 1},
    "calendar": {"expiry": 8, "expiry_rule": "calendar", "grace": 2},
    "later": {"expiry": 12, "expiry_rule": "age", "redeem": "later"},
    "pending": {"expiry": 12, "expiry_rule": "age", "pending": 3}, "each card": {"endowment": 20.0},
}  # fmt: skip


@pytest.mark.parametrize("below", [False, True], ids=["zero", "below zero"])
@pytest.mark.parametrize("points", EXPIRY.values(), ids=EXPIRY)
def test_points_are_conserved_under_every_combination(points, below):
    """Issued = redeemed + expired + reversed + given + held, for every firm and week; batches hold what is held."""
    market, lowest = in_plain(Market(everything_that_moves_points(points, below), 3)), 0
    for _ in range(27):
        market.step()
        held = market.population["balance"].sum(axis=0)
        for j, firm in enumerate(market.firms.values()):
            t = firm.totals
            ways = sum(t[f"points_{way}"] for way in ("redeemed", "expired", "reversed", "given"))
            assert t["points_issued"] == ways + held[j]
        balance = market.population["balance"]
        assert below or (balance >= 0).all()
        if "unripe" in market.population.columns:
            unripe = market.population["unripe"]
            assert (unripe >= 0).all() and (unripe <= np.maximum(0, balance)).all()
            assert np.array_equal(market.population["unripe_weeks"].sum(axis=2), unripe)
        lowest = min(lowest, balance.min())
    assert (lowest < 0) == below or "pending" in points
    assert all(firm.totals[f"points_{way}"] for firm in market.firms.values() for way in ("reversed", "given"))


def test_compiled_and_plain_agree_on_all_of_it():
    """Byte for byte, with batches and points that wait."""
    scenario = everything_that_moves_points(EXPIRY["pending"], True, 40, 14)
    same(Market(scenario, 3).run(), in_plain(Market(scenario, 3)).run())
