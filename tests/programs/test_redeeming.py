"""Points that are redeemed at a later visit: rules by hand, waits in closed form, kinds of people, books, refusals."""

from __future__ import annotations

import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltysim.behaviour import redeemers
from loyaltysim.behaviour.redeemers import Redeemers, comes_to_mind, redeeming_chance
from loyaltysim.configure.compose import compose
from loyaltysim.firms.policies.imitate import copied
from loyaltysim.market.model import Market
from loyaltysim.measures.money import breakage_share
from loyaltysim.measures.program_effects import Window, deadweight
from loyaltysim.measures.twins import Worlds, launch_week, no_program
from loyaltysim.mechanism.declare import Scene
from loyaltysim.mechanism.registry import active
from loyaltysim.programs import points, redeeming
from loyaltysim.programs.points import Points
from loyaltysim.scenario.terms import NEVER
from tests.scenarios import (
    EAGER,
    FIXED,
    VARIED,
    Z,
    all_members,
    fingerprint,
    in_plain,
    offered,
    points_world,
    same,
    totals,
    world,
)

EASY = {"spread": 0.0, "never": 0.0, "half_life": 0.0, "hoard": 0.0, "round": 0.0, "propensity": 1.0}  # all, at once
LATER = {"redeem": "later", "threshold": 10.0, "face_value": 0.5}  # a card a purchase of 10.00
NOTHING_DUE = {"unripe": 0, "batches": ()}  # no points that wait, none that lapse by date
ANY_NUMBER = SimpleNamespace(most=NEVER)
FREE = {"redeem": "later", "threshold": 10.0, "face_value": 10.0, "gives": "item", "perceived": 0.1}


def later_world(n=60, weeks=40, points=LATER, people=EASY, basket=FIXED, **more):
    """Firm "a" lets its customers, all of them members from their first visit on, choose when to redeem."""
    given_ = {"shares": {"a": 0.9, "b": 0.1}, "behaviour": {"redeemers": {**EASY, **people}}, **more}
    return points_world(n, weeks, points, joining=EAGER, basket=basket, **given_)


def lived(model, seed=1) -> Market:
    """The same, run in plain Python."""
    market = in_plain(Market(model, seed))
    market.run()
    return market


def visits_at_a(market: Market) -> pd.DataFrame:
    """Every purchase at "a" in the order of time: customer, week, whether it was free, how many came before it."""
    log = market.book().log
    own = log[log["firm"] == 0].sort_values(["customer", "week", "occasion"], kind="stable")
    return own.assign(free=own["spend"] == 0, before=own.groupby("customer").cumcount())


# ---- rules by hand -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "held, head_start, least, portion, cards",
    [
        (99, 0, 1, 1.0, 0),
        (100, 0, 1, 1.0, 1),
        (399, 0, 1, 1.0, 3),
        (399, 0, 1, 0.7, 2),  # 2.1 cards
        (399, 0, 1, 0.1, 1),  # never below one
        (399, 0, 4, 1.0, 0),
        (400, 0, 4, 0.5, 4),  # never below the minimum
        (180, 20, 1, 1.0, 2),  # the second card began with 20
        (179, 20, 1, 1.0, 1),
    ],
)
def test_cards_that_are_handed_in_by_hand(held, head_start, least, portion, cards):
    """Cards of 100: whole ones, a portion of those held, never fewer than the minimum, none where there are fewer."""
    assert redeeming.cards_at_once(held, 100, head_start, least, portion) == cards


@pytest.mark.parametrize("held, least, portion, taken", [(9, 10, 1.0, 0), (10, 10, 0.5, 10), (70, 10, 0.5, 35)])
def test_any_amount_from_the_minimum_on(held, least, portion, taken):
    """Half of 70 is 35; half of 10 is below the minimum of 10, which is taken; of 9 nothing is."""
    assert redeeming.points_at_once(held, least, portion) == taken


def at_the_till(balance, terms=LATER, people=EASY, draw=0.0, week=9, joined=0, last=5, start=0, most=NEVER, **own):
    """What a visit makes of a balance: (balance, cents, spend | redeemed, rewards, rewards received)."""
    me = SimpleNamespace(**{"redeems": 1.0, "redeem_from": 0, "redeem_effort": 0.0, **own})
    here = SimpleNamespace(
        joined=joined, balance=balance, card_start=start, last_earned=last, reminded=-1, **NOTHING_DUE
    )
    visit = SimpleNamespace(
        week=week, cents=1000, spend=990, points_redeemed=0, points_issued=0, points_in=0, rewards=0, reward_given=0
    )
    said = offered(redeeming.Redeeming(), points=offered(Points(**terms)), redeemers=offered(Redeemers(**people)))
    said.stacking = SimpleNamespace(most=most)
    redeeming.handed_in(here, me, said, visit, draw)
    return (
        here.balance, visit.cents, visit.spend, visit.points_redeemed, visit.rewards, visit.reward_given,
    )  # fmt: skip


def test_money_leaves_the_purchase_as_it_is_and_an_item_makes_it_free():
    """35 points on cards of 10: three cards for money, one for an item, whose purchase costs and books nothing."""
    assert at_the_till(35_000) == (5_000, 1000, 990, 30_000, 3, 3)
    assert at_the_till(35_000, FREE) == (25_000, 0, 0, 10_000, 1, 1)
    assert at_the_till(9_999, FREE) == (9_999, 1000, 990, 0, 0, 0)
    assert at_the_till(10_000, FREE) == (0, 0, 0, 10_000, 1, 1)


def at_home(balance, terms=FREE, draw=0.1, status=1, joined=0, chance=0.2, **own):
    """What a week without a visit makes of a balance: (balance, received | redeemed, rewards)."""
    me = SimpleNamespace(**{"redeems": 0.01, "redeem_from": 0, "redeem_effort": 0.0, "status": status, **own})
    here = SimpleNamespace(joined=joined, balance=balance, card_start=0, received=2, **NOTHING_DUE)
    visit = SimpleNamespace(week=9, points_redeemed=0, points_issued=0, points_in=0, rewards=0)
    people = offered(Redeemers(**{**EASY, "at_home": chance}))
    said = offered(redeeming.Redeeming(), points=offered(Points(**terms)), redeemers=people)
    said.stacking = SimpleNamespace(most=NEVER)
    redeeming.ordered(here, me, said, visit, draw)
    return here.balance, here.received, visit.points_redeemed, visit.rewards


def test_an_award_at_home_by_hand():
    """35 points on cards of 10: an item takes one, money all three; by luck below .2, a member who ever redeems and
    holds enough; the chance per visit does not matter. Nobody who is gone, waits for more, or has no card.
    """
    assert at_home(35_000) == (25_000, 3, 10_000, 1) and at_home(35_000, LATER) == (5_000, 5, 30_000, 3)
    nothing = (35_000, 2, 0, 0)
    for own in ({"draw": 0.2}, {"redeems": 0.0}, {"status": 0}, {"joined": -1}, {"redeem_from": 4}):
        assert at_home(35_000, **own) == nothing
    assert at_home(9_999) == (9_999, 2, 0, 0)


def test_awards_at_home_move_no_visit_and_no_point_is_lost():
    """Purchases are those of a world in which nobody orders, one by one; whole cards go, nothing is lost on the way."""
    card = {**LATER, "bonus": 9.0, "earn": 1.0, "threshold": 10.0, "strength": 0.0}
    people = {"propensity": 1e-12}
    one, other = (lived(later_world(60, 30, card, {**people, "at_home": chance})) for chance in (0.05, 0.0))
    assert one.book().log.equals(other.book().log)
    assert totals(other.book()).loc["a", "points_redeemed"] == 0
    t, held = totals(one.book()).loc["a"], one.population["balance"][:, 0].sum()
    assert t["rewards"] > 0 and t["points_redeemed"] == 10_000 * t["rewards"]
    assert t["points_issued"] == t["points_redeemed"] + held


def test_batches_follow_what_is_ordered_at_home():
    """Dated points in a world that orders at home: what the batches hold is the balance of everybody, each week."""
    dated = {**LATER, "expiry_rule": "age", "expiry": 20, "batch": 4}
    market = in_plain(Market(later_world(60, 30, dated, {"propensity": 1e-12, "at_home": 0.2}), 1))
    for _ in range(30):
        market.step()
        held = market.population["batches"][:, 0].sum(axis=1)
        assert (held == market.population["balance"][:, 0]).all()
    assert totals(market.book()).loc["a", "points_expired"] > 0


def test_no_more_cards_at_once_than_the_program_lets_be_stacked():
    """Two at most of the three held; of any amount as much as two cards; below that it does not matter."""
    assert at_the_till(35_000, most=2)[3:5] == (20_000, 2)
    part = {**LATER, "partial": True, "minimum": 2.0, "strength": 0.0}
    assert at_the_till(35_000, part, most=2)[3:5] == (20_000, 2)
    assert at_the_till(19_999, part, most=2)[3:5] == (19_999, 1)


def test_part_of_a_card_is_a_reward_too():
    """Any amount from 2 points on: half of 7.5 points is 3.75; less than a card counts as one reward received."""
    terms = {**LATER, "partial": True, "minimum": 2.0, "strength": 0.0}
    people = {**EASY, "portion": 0.5}
    assert at_the_till(7_500, terms, people) == (3_750, 1000, 990, 3_750, 0, 1)
    assert at_the_till(3_000, terms, people) == (1_000, 1000, 990, 2_000, 0, 1)
    assert at_the_till(7_500, terms, people, redeem_from=1)[3] == 0  # who waits for a full card
    assert at_the_till(1_999, terms, people) == (1_999, 1000, 990, 0, 0, 0)
    assert at_the_till(45_000, terms, people) == (22_500, 1000, 990, 22_500, 2, 2)


def test_each_new_card_begins_with_its_head_start():
    """Cards of 10, each after the first with 2 given: 18 points are two full cards, and a third begun with 2."""
    terms = {**LATER, "endowment": 2.0}
    assert at_the_till(18_000, terms) == (2_000, 1000, 990, 20_000, 2, 2)


def test_who_gave_up_the_card_redeems_nothing():
    """A dormant balance stays; one that anybody may hold needs no card."""
    assert at_the_till(35_000, joined=-1) == (35_000, 1000, 990, 0, 0, 0)
    assert at_the_till(35_000, {**LATER, "audience": "everyone"}, joined=-1)[3] == 30_000


@pytest.mark.parametrize(
    "own, expected",
    [
        ({"redeems": 0.4}, 0.4),
        ({"redeems": 0.0}, 0.0),
        ({"redeem_from": 3}, 1.0),
        ({"redeem_from": 4}, 0.0),  # waits for more cards than the three held
        ({"redeem_effort": 150.0}, 1.0),  # three cards of .50 bring 1.50
        ({"redeem_effort": 150.01}, 0.0),
    ],
)
def test_who_redeems_by_hand(own, expected):
    """The own chance, the number of cards waited for, what it must bring; 35 points on cards of 10 worth .50."""
    me = SimpleNamespace(**{"redeems": 1.0, "redeem_from": 0, "redeem_effort": 0.0, **own})
    here = SimpleNamespace(balance=35_000, last_earned=9, reminded=-1, **NOTHING_DUE)
    said = SimpleNamespace(points=offered(Points(**LATER)), redeemers=offered(Redeemers(**EASY)))
    assert redeeming_chance(here, me, said, SimpleNamespace(week=9), 30_000, 0) == expected


def test_points_about_to_lapse_are_used_by_all_but_those_who_never_do():
    """Hurry 60 %: for who holds on or forgot; not for whose own chance is larger, nor for who never redeems."""
    here = SimpleNamespace(balance=35_000, last_earned=5, reminded=-1, **NOTHING_DUE)
    said = SimpleNamespace(points=offered(Points(**LATER)), redeemers=offered(Redeemers(half_life=1.0, hurry=0.6)))
    me = {"redeems": 0.9, "redeem_from": redeemers.HELD, "redeem_effort": 0.0}
    for own, due, chance in (({}, 0, 0.0), ({}, 1, 0.6), ({"redeems": 0.0}, 1, 0.0)):
        found = redeeming_chance(here, SimpleNamespace(**{**me, **own}), said, SimpleNamespace(week=9), 30_000, due)
        assert found == chance
    usual = SimpleNamespace(**{**me, "redeem_from": 0})
    assert redeeming_chance(here, usual, said, SimpleNamespace(week=5), 30_000, 1) == 0.9


def test_points_go_out_of_mind_and_a_message_brings_them_back():
    """Half-life 4: after 4 weeks half, after 8 a quarter; a message two weeks ago counts two weeks; 0 = never."""
    assert [comes_to_mind(w, 4.0) for w in (0, 4, 8)] == [1.0, 0.5, 0.25]
    assert comes_to_mind(500.0, 0.0) == 1.0
    me = SimpleNamespace(redeems=1.0, redeem_from=0, redeem_effort=0.0)
    said = SimpleNamespace(points=offered(Points(**LATER)), redeemers=offered(Redeemers(half_life=4.0)))
    for reminded, chance in ((-1, 0.25), (7, math.sqrt(0.5))):
        here = SimpleNamespace(balance=10_000, last_earned=1, reminded=reminded, **NOTHING_DUE)
        found = redeeming_chance(here, me, said, SimpleNamespace(week=9), 10_000, 0)
        assert found == pytest.approx(chance, rel=1e-12)


def test_a_message_of_the_firm_is_noted():
    """Only weeks with a message count."""
    here = SimpleNamespace(reminded=-1)
    redeemers.is_reminded(here, SimpleNamespace(week=3, reminders=0))
    assert here.reminded == -1
    redeemers.is_reminded(here, SimpleNamespace(week=4, reminders=1))
    assert here.reminded == 4


def test_contacts_keep_points_in_mind():
    """With a message every week nobody forgets; without any, a half-life of a week lets few redeem."""
    program = {"points": LATER, "membership": EAGER, "contact": {"per_week": 1.0}}
    rewards = []
    for per_week in (1.0, 0.0):
        own = {**program, "contact": {"per_week": per_week}}
        model = world(40, 26, program=own, basket=FIXED, behaviour={"redeemers": {**EASY, "half_life": 0.2}}, M=20.0)
        row = totals(lived(model).book()).loc["a"]
        rewards.append(row.rewards * 1e4 / row.points_issued)
    assert rewards[0] > 0.7 > 0.5 > rewards[1]


def test_the_pull_runs_on_to_the_next_card():
    """Held 23 points on cards of 10: progress .3; what a purchase is worth is what it is at 3 points, at any strength.

    The steps of a card still sum to one reward however much is held.
    """
    me, visit = SimpleNamespace(link_reward=1.0, propensity=0.0), SimpleNamespace(paid_cents=200.0)
    said = offered(Points(**{**LATER, "strength": 4.0}))

    def pull(balance):
        here = SimpleNamespace(balance=balance, card_start=0, joined=0, misjudged=0.0, picked=0)
        return points.points_pull(here, me, said, visit)

    assert pull(23_000) == pytest.approx(pull(3_000), rel=1e-12) != pull(9_000)
    assert sum(pull(20_000 + 2_000 * k) for k in range(5)) * 2.0 == pytest.approx(0.5, rel=1e-12)


# ---- waits in closed form ------------------------------------------------------------------------------------------


def test_with_certainty_every_second_purchase_is_free():
    """p = 1, a card a purchase: the next visit redeems it and earns nothing, so paid and free purchases take turns.

    Exact, customer by customer.
    """
    market = lived(later_world(points=FREE))
    own = visits_at_a(market)
    assert len(own) > 1000 and (own["free"] == (own["before"] % 2 == 1)).all()


@pytest.mark.parametrize("p", [0.2, 0.6])
def test_the_wait_is_geometric(p):
    """Held enough from the first purchase on, a customer with chance p a visit redeems first after k visits with
    chance p (1 - p)^(k - 1), mean 1 / p.

    Every visit until then is a draw: redemptions among them within 4.42 binomial errors of p, of the first four waits
    and of all together; the mean of complete waits of who comes 40 times or more within 4.42 sqrt(1 - p) / p / sqrt(n).
    """
    own = visits_at_a(lived(later_world(100, 52, FREE, {"propensity": p}, M=100.0)))
    own = own[own["before"] > 0]
    waiting = own[own.groupby("customer")["free"].cumsum() - own["free"] == 0]
    for some in (waiting, *(waiting[waiting["before"] == k] for k in (1, 2, 3, 4))):
        n, redeemed = len(some), some["free"].sum()
        assert n > 5 and abs(redeemed - n * p) < Z * math.sqrt(n * p * (1 - p))
    most = own.groupby("customer")["before"].max()
    waits = waiting[waiting["free"] & waiting["customer"].isin(most.index[most >= 40])]["before"]
    assert abs(waits.mean() - 1 / p) < Z * math.sqrt(1 - p) / p / math.sqrt(len(waits))


def test_people_differ_by_a_beta_law():
    """Mean .3, correlation .25 of two visits of one customer: Beta(.9, 2.1).

    Over 20,000 customers the mean within 4.42 errors; the variance is m (1 - m) times the spread, .0525, within 5 %.
    """
    people = Market(later_world(20_000, 1, people={"propensity": 0.3, "spread": 0.25}), 1).population
    own = people["redeems"]
    assert abs(own.mean() - 0.3) < Z * math.sqrt(0.0525 / 20_000)
    assert own.var() == pytest.approx(0.0525, rel=0.05)
    alike = Market(later_world(50, 1, people={"propensity": 0.3}), 1).population["redeems"]
    assert (alike == 0.3).all()


def test_kinds_of_people_are_shares_for_life():
    """Never 20 %, hoarding 10 %, round numbers 30 % of 20,000, within 4.42 errors; nobody is of two kinds."""
    given_ = {"never": 0.2, "hoard": 0.1, "round": 0.3, "cards": 4, "spread": 0.5, "propensity": 0.5}
    people = Market(later_world(20_000, 1, people=given_), 1).population
    never, cards = people["redeems"] == 0.0, people["redeem_from"]
    for who, share in ((never, 0.2), (cards == 4, 0.3), ((cards == redeemers.HELD) & ~never, 0.1)):
        assert abs(who.sum() - 20_000 * share) < Z * math.sqrt(20_000 * share * (1 - share))
    assert set(np.unique(cards)) == {0, 4, redeemers.HELD} and not (never & (cards == 4)).any()


def test_who_never_redeems_never_does_and_the_others_do():
    """p = 1, a third never: exactly those hold all that they earned; of the others nobody holds more than a purchase
    brings.
    """
    market = lived(later_world(people={"never": 1 / 3}))
    log = visits_at_a(market)
    bought = log.groupby("customer").size().reindex(range(60), fill_value=0).to_numpy()
    never, held = market.population["redeems"] == 0.0, market.population["balance"][:, 0]
    assert (held[never] == 10_000 * bought[never]).all() and (held[~never] <= 10_000).all()
    assert (never & (bought > 1)).sum() > 10 and (~never & (bought > 1)).sum() > 20


def test_who_was_away_for_long_has_forgotten():
    """p = 1, half-life 3 weeks: at a visit w weeks after the last one 2^(-w/3) redeem, of those who hold a card.

    Held enough at every visit but the first (cards of 1, ten a purchase; only one is handed in): the sum over visits
    within 4.42 errors of the sum of chances, for short and for long gaps.
    """
    terms = {**FREE, "threshold": 1.0, "face_value": 10.0, "perceived": 0.001}
    own = visits_at_a(lived(later_world(100, 52, terms, {"half_life": 3.0}, M=20.0)))
    gap = own["week"] - own.groupby("customer")["week"].shift()
    for some in (gap <= 2, gap > 2):
        p = 2.0 ** (-gap[some] / 3.0)
        assert abs(own["free"][some].sum() - p.sum()) < Z * math.sqrt((p * (1 - p)).sum()), some.sum()
        assert len(p) > 300


def test_an_effort_is_a_wait_for_more_cards():
    """Cards of .50 and an exponential effort with mean 1.50: who redeems waits for more than n cards with chance
    exp(-n / 3), so the fewest cards handed in are geometric with mean 1 / (1 - exp(-1/3)) = 3.528.

    By the rule, over 20,000 customers of one population, within 4.42 errors of the mean and of the share that one card
    is enough for.
    """
    people = Market(later_world(20_000, 1, people={"effort": 1.5}), 1).population
    cards = np.ceil(people["redeem_effort"] / 50.0)
    q = math.exp(-1 / 3)
    assert abs(cards.mean() - 1 / (1 - q)) < Z * math.sqrt(q) / (1 - q) / math.sqrt(20_000)
    assert abs((cards == 1).mean() - (1 - q)) < Z * math.sqrt(q * (1 - q) / 20_000)
    assert (Market(later_world(50, 1), 1).population["redeem_effort"] == 0.0).all()


def test_a_round_number_is_waited_for():
    """p = 1, all wait for 4 cards of a purchase each: every fifth visit finds four, and one of each is left by an item.

    By hand: paid, paid, paid, paid, free (3 left), paid (4), free, paid, free ...: after the first, every second.
    """
    own = visits_at_a(lived(later_world(points=FREE, people={"round": 1.0, "cards": 4})))
    expected = (own["before"] >= 4) & (own["before"] % 2 == 0)
    assert (own["free"] == expected).all() and expected.sum() > 200


# ---- books ---------------------------------------------------------------------------------------------------------


def test_points_are_conserved_and_more_is_owed():
    """Issued = redeemed + held; the later redemption owes more and has cost less so far than the one at once, whose
    purchases are the same where nothing pulls: what was issued is equal to the last thousandth.
    """
    card = {"threshold": 50.0, "face_value": 1e-6, "strength": 0.0}
    arms = [later_world(60, 40, card, basket=VARIED)]
    slow = {"propensity": 0.2, "spread": 0.3, "never": 0.2, "hoard": 0.1, "half_life": 13.0}
    arms.append(later_world(60, 40, {**card, "redeem": "later"}, slow, basket=VARIED))
    markets = [lived(model) for model in arms]
    once, later = (totals(market.book()).loc["a"] for market in markets)
    assert once.points_issued == later.points_issued > 0
    held = [market.population["balance"][:, 0].sum() for market in markets]
    for row, balance in zip((once, later), held, strict=True):
        assert row.points_issued == row.points_redeemed + row.points_expired + balance
    assert held[1] > 2 * held[0] and 0 < later.points_redeemed < once.points_redeemed


def test_a_free_purchase_is_booked_once_at_the_cost_of_its_reward():
    """By hand: revenue and goods only of paid purchases of 10.00 at 70 %; each free one 10.00 x .8 as a reward."""
    market = lived(later_world(points=FREE, people={"propensity": 0.5}))
    own, row = visits_at_a(market), totals(market.book()).loc["a"]
    paid, free = (~own["free"]).sum(), own["free"].sum()
    assert free > 100 and row.visits == paid + free and row.rewards == free
    assert row.revenue == paid * 1000 == row.member_revenue and row.cost_of_goods == paid * 700
    assert row.reward_cost == free * 800 and row.points_issued == paid * 10_000
    assert row.profit == row.revenue - row.cost_of_goods - row.reward_cost - row.liability_change


def test_a_free_purchase_keeps_points_alive_that_lapse_without_a_visit():
    """It earns nothing and is a visit all the same: the week of the last one moves on; who never earned stays new."""
    me = SimpleNamespace(redeems=1.0, redeem_from=0, redeem_effort=0.0)
    said = offered(redeeming.Redeeming(), points=offered(Points(**FREE)), redeemers=offered(Redeemers(**EASY)))
    said.stacking = ANY_NUMBER
    for last, after in ((5, 9), (-1, -1)):
        here = SimpleNamespace(joined=0, balance=30_000, card_start=0, last_earned=last, reminded=-1, **NOTHING_DUE)
        visit = SimpleNamespace(
            week=9, cents=1, spend=1, points_redeemed=0, points_issued=0, points_in=0, rewards=0, reward_given=0
        )
        redeeming.handed_in(here, me, said, visit, 0.0)
        assert here.last_earned == after


def test_parts_of_cards_are_booked_by_the_point():
    """By hand: 250 of 700 points redeemed at 3.00 a card of 100 cost 7.50, though only one whole card was handed in."""
    terms = Points(
        earn=1.0, threshold=100.0, face_value=5.0, cost=0.6, redeem="later", partial=True, minimum=10.0, strength=0.0
    )
    totals_ = {"points_issued": 700_000, "points_redeemed": 250_000, "points_expired": 100_000, "rewards": 1}
    assert points.book(totals_, terms) == {"reward_cost": 750, "liability": 1050, "breakage": 300}
    whole = dataclasses.replace(terms, partial=False, minimum=0.0)
    assert points.book({**totals_, "points_redeemed": 200_000, "rewards": 2}, whole)["reward_cost"] == 600


def test_later_redemption_lets_points_lapse():
    """Directions: who may wait lets points lapse that a full card at once would have saved; nothing lapses at once of
    who comes each week with a card, and outstanding points are more.
    """
    shares = {}
    for redeem in ("at_once", "later"):
        model = later_world(
            60, 78, {**LATER, "redeem": redeem, "threshold": 60.0, "face_value": 1.0, "expiry": 8},
            {"propensity": 0.2, "spread": 0.4, "never": 0.2, "hoard": 0.1, "half_life": 13.0}, basket=VARIED,
        )  # fmt: skip
        book = lived(model).book()
        shares[redeem] = breakage_share(book, Window.of(model, 0))
    assert shares["later"] > shares["at_once"] + 0.02


DATED = {**LATER, "expiry": 12, "expiry_rule": "age", "batch": 4}


def test_who_holds_on_uses_points_before_they_lapse_if_told():
    """All hoard and hurry with certainty: without notice nothing is ever redeemed and what is older than 12 to 15 weeks
    has lapsed; with notice of 8 weeks most of it is used first. Issued = redeemed + expired + held in both (checked in
    every run).
    """
    rows = []
    for notice in (0, 8):
        model = later_world(points={**DATED, "notice": notice}, people={"hoard": 1.0, "hurry": 1.0})
        market = lived(model)
        rows.append(totals(market.book()).loc["a"])
        late = market.book().log.query("firm == 0 and week < 24").spend.sum() * 10
    silent, told_ = rows
    assert silent.points_redeemed == 0 and silent.points_expired >= late > 0
    assert told_.points_redeemed > 2 * told_.points_expired


def test_points_that_wait_cannot_be_redeemed():
    """p = 1, points count after 5 weeks: nothing is redeemed in the first 5, and no more than what has ripened."""
    market = lived(later_world(40, 20, {**LATER, "pending": 5}))
    own = market.book().weekly[market.book().weekly.firm == "a"]
    assert (own.points_redeemed[:5] == 0).all() and own.points_redeemed.sum() > 0
    issued, redeemed = own.points_issued.cumsum().to_numpy(), own.points_redeemed.cumsum().to_numpy()
    assert (redeemed[5:] <= issued[:-5]).all()


@pytest.mark.parametrize("rule", ["age", "calendar"])
def test_points_that_lapse_by_date_break_where_redemption_waits(rule):
    """Direction: at a card a purchase nothing lapses at once; who waits, forgets or never redeems lets points lapse."""
    shares = []
    for redeem in ("at_once", "later"):
        terms = {**DATED, "expiry_rule": rule, "redeem": redeem}
        model = later_world(points=terms, people={"propensity": 0.1, "never": 0.2, "half_life": 8.0})
        shares.append(breakage_share(lived(model).book(), Window.of(model, 0)))
    assert shares[0] == 0.0 and shares[1] > 0.1


def test_deadweight_of_free_purchases_is_one_where_nothing_pulls():
    """A reward that is worth next to nothing moves no purchase, so all of it goes to what would have come anyway: 1,
    whether it is money or a free purchase, which itself earns nothing. Exact: every purchase is 10.00 in both worlds.
    """
    for own in (LATER, FREE):
        points_ = {**own, "perceived": 1e-9, "strength": 0.0}
        members = {**EAGER, "join": "everyone"}
        model = world(40, 26, program={"points": points_, "membership": members}, basket=FIXED,
                      behaviour={"redeemers": {**EASY, "propensity": 0.5}}, policy={"launch": {"week": 4}})  # fmt: skip
        found = deadweight(model, three_in_plain(model))
        assert found["deadweight"] == pytest.approx(1.0, abs=1e-12) == found["deadweight_twin"]


def three_in_plain(model) -> Worlds:
    """The three worlds of a seed, in plain Python; who may not join is not asked for here."""
    with_it, without = (in_plain(Market(arm, 1)).run() for arm in (model, no_program(model)))
    return Worlds(without, with_it, without, launch_week(with_it, model.focal))


def test_what_may_be_redeemed_pulls_only_where_it_is_said_to():
    """redeem_effect 0 adds nothing to a utility; at 1 it adds the chance times what it brings, at most the price.

    By hand: 3 cards of .50 at half a chance on a purchase of 10.00: .075 of the price; 30 cards and more: .5.
    """
    me = SimpleNamespace(redeems=0.5, redeem_from=0, redeem_effort=0.0, link_reward=1.0)
    visit = SimpleNamespace(week=9, paid_cents=1000.0)
    for effect, balance, pull in ((0.0, 35_000, 0.0), (1.0, 35_000, 0.075), (1.0, 900_000, 0.5), (0.5, 5_000, 0.0)):
        here = SimpleNamespace(joined=0, balance=balance, last_earned=9, reminded=-1, **NOTHING_DUE)
        own = Redeemers(**{**EASY, "redeem_effect": effect})
        said = offered(redeeming.Redeeming(), points=offered(Points(**LATER)), redeemers=offered(own))
        said.stacking = ANY_NUMBER
        assert redeeming.redeeming_pull(here, me, said, visit) == pytest.approx(pull, abs=1e-15)
        assert redeeming.redeeming_pulls(said) == (effect > 0.0)


def test_a_pull_of_what_may_be_redeemed_brings_visits():
    """Paired: the same market with a full effect has more purchases at "a"."""
    visits = [
        totals(lived(later_world(60, 26, {**LATER, "face_value": 3.0}, {"redeem_effect": e})).book()).loc["a"].visits
        for e in (0.0, 1.0)
    ]
    assert visits[1] > visits[0]


# ---- what it leaves alone ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("card", [{}, {"bonus": 30.0, "expiry": 3}], ids=str)
def test_redeemed_at_once_is_as_if_there_were_no_choice(card):
    """What people would do with points is of no matter where a full card is a reward at once: the same bytes."""
    plain = points_world(60, 20, card, joining=EAGER)
    chosen = dataclasses.replace(plain, behaviour={"redeemers": Redeemers(**{**EASY, "redeem_effect": 1.0})})
    assert "redeeming" not in {m.name for m in active(plain)} | {m.name for m in active(chosen)}
    same(lived(plain).book(), lived(chosen).book())


def test_plain_python_and_the_compiled_step_agree():
    """To the last byte, with every kind of people and any amount."""
    terms = {"redeem": "later", "threshold": 60.0, "partial": True, "minimum": 20.0, "strength": 0.0, "expiry": 9,
             "expiry_rule": "age", "batch": 2, "notice": 2, "pending": 1}  # fmt: skip
    kinds = {"propensity": 0.4, "spread": 0.3, "never": 0.1, "hoard": 0.1, "round": 0.2, "half_life": 6.0,
             "effort": 1.0, "portion": 0.7, "redeem_effect": 0.5}  # fmt: skip
    model = later_world(80, 30, terms, kinds, basket=VARIED)
    fast = Market(model, 2)
    fast.run()
    assert fingerprint(fast) == fingerprint(lived(model, 2))


def test_a_rival_copies_the_choice_too():
    """Who imitates the program lets customers choose as well."""
    own = Points(**LATER, partial=True, minimum=2.0, strength=0.0)
    made = copied("points", own, 0.5)
    assert (made.redeem, made.partial, made.minimum, made.face_value) == ("later", True, 2.0, 0.25)
    model = later_world(40, 20, rivals_policy={"imitate": {"lag": 4}})
    rows = totals(lived(model).book())
    assert (rows.points_redeemed > 0).all()


@given(
    redeem=st.sampled_from(["at_once", "later"]), minimum=st.sampled_from([0.0, 5.0, 25.0]), partial=st.booleans(),
    gives=st.sampled_from(["money", "item"]), strength=st.sampled_from([0.0, 1.0]),
    endowment=st.sampled_from([0.0, 2.0]), pressure=st.sampled_from(["curve", "rational"]),
)  # fmt: skip
def test_every_combination_is_refused_or_sound(redeem, minimum, partial, gives, strength, endowment, pressure):
    """What is refused names its fix; what is not takes whole, positive amounts, never more than what is held."""
    own = Points(
        threshold=10.0, redeem=redeem, minimum=minimum, partial=partial, gives=gives, strength=strength,
        endowment=endowment, pressure=pressure,
    )  # fmt: skip
    problems = points.check(own)
    assert all("set " in said for _, said in problems)
    if problems or redeem == "at_once":
        return
    assert not (partial and (gives == "item" or strength or endowment)) and own.least >= round(minimum * 1000)
    for held in (0, 1, 9_999, 10_000, 25_000, 61_234):
        left, *_, redeemed, rewards, received = at_the_till(held, dataclasses.asdict(own))
        assert 0 <= left <= held and (redeemed == 0) == (received == 0) and redeemed >= (own.least if redeemed else 0)
        assert partial or redeemed == rewards * 10_000


@pytest.mark.parametrize(
    "values, key, fix",
    [
        ({"minimum": 5.0}, "minimum", "set redeem=later"),
        ({"partial": True}, "partial", "set redeem=later"),
        ({"gives": "item"}, "gives", "set redeem=later"),
        ({"redeem": "later", "partial": True}, "strength", "set strength=0"),
        ({"redeem": "later", "partial": True, "strength": 0.0, "gives": "item"}, "gives", "gives=money"),
        ({"redeem": "later", "partial": True, "strength": 0.0, "endowment": 5.0}, "endowment", "endowment=0"),
        ({"redeem": "later", "gives": "item", "minimum": 600.0}, "minimum", "minimum=0"),
    ],
)
def test_what_does_not_go_together_is_refused(values, key, fix):
    """Each refusal names the key and what to set."""
    ((found, said),) = points.check(Points(**values))
    assert found == key and fix in said


def test_an_item_is_worth_about_a_purchase():
    """A free purchase of 20.00 cannot be a reward of 5.00."""
    model = points_world(10, 4, basket=VARIED)
    ((key, said),) = points.fits(Points(redeem="later", gives="item", face_value=5.0), model)
    assert key == "face_value" and "set it to 20" in said and "gives=money" in said
    assert points.fits(Points(redeem="later", gives="item", face_value=20.0, threshold=200.0), model) == []


def test_a_minimum_that_may_not_be_stacked_is_refused():
    """Three cards at least and two at most on one purchase: nothing could ever be redeemed."""
    own = {**LATER, "minimum": 30.0}
    for most, refused in ((2, True), (3, False)):
        model = world(10, 4, program={"points": own, "stacking": {"most": most}})
        problems = points.fits(model.firms["a"].program["points"], model)
        said = "= 30 is more than stacking.most = 2 lets be redeemed at once; set it to 20 or less"
        assert problems == ([("minimum", said)] if refused else [])


def test_the_shipped_program_lets_a_plausible_share_lapse():
    """conf/program/points_later.yaml in the grocery market, four years from the launch on: 15 to 35 % of what was
    issued has lapsed (published 20 to 33 %), and more is owed than where a full card is a reward at once.
    """
    words = ["scenario=grocery_points", "customers.n=300", "weeks=208", "policy.launch.week=0", "worlds=none"]
    owed = []
    for program in ("points_later", "points"):
        model = compose([*words, f"program={program}"])
        book = Market(model, 1).run()
        share, row = breakage_share(book, Window.of(model, 0)), totals(book).loc[model.focal]
        assert 0.15 < share < 0.35 if program == "points_later" else share == 0.0
        owed.append(row.liability_change / (row.liability_change + row.reward_cost + row.breakage))
    assert owed[0] > 2 * owed[1]


def told(terms, before, after, visits=1, **counts):
    """What the diary says of a week."""
    own = Points(**terms)
    states = [{"balance": balance, "joined": 0} for balance in (before, after)]
    return points.tell(Scene("en", "A", 0, own, *states, visits, 1000, 9, counts, "USD"))


def test_the_diary_says_what_became_of_points():
    """Handed in, for what; held, and whether that is enough; a full card alone is no reward."""
    assert told(LATER, 25_000, 5_000, points_redeemed=20_000, rewards=2) == ["handed in 20 points at A for 1.00 USD"]
    free = ["a purchase at A for nothing, for 10 points"]
    assert told(FREE, 25_000, 15_000, points_redeemed=10_000, rewards=1) == free
    assert told(LATER, 25_000, 35_000) == ["35 points held at A, enough for a reward"]
    assert told({**LATER, "minimum": 50.0}, 25_000, 35_000) == ["35 points held at A, too few for a reward"]
    assert told(LATER, 25_000, 0, visits=0) == ["25 points of A lapsed"]


def test_everybody_may_choose_where_some_firm_lets_them():
    """The behaviour is at work, with its keys, where some program redeems later, now or from a date on."""
    dated = points_world(10, 4, {"changes": ({"week": 2, "told": "before", "redeem": "later"},)})
    for model, works in ((points_world(10, 4), False), (points_world(10, 4, LATER), True), (dated, True)):
        assert ({"redeemers", "redeeming"} <= {m.name for m in active(model)}) == works
    market = all_members(in_plain(Market(dated, 1)))
    market.run()
