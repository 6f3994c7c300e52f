"""Stamp cards: by hand, against a ledger, lost cards, cash, endowed progress. Days between: market/test_gaps.py."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from loyaltysim.market.model import Market
from loyaltysim.programs import stamps
from loyaltysim.scenario.model import Basket
from loyaltysim.theory.goal_gradient import card_share
from loyaltysim.theory.retention import stamp_card_completion, steps_completion
from tests.scenarios import EAGER, FIXED, in_plain, same, totals, world

ALL = {"join": "everyone"}


def stamps_world(n=600, weeks=40, card=None, joining=None, **more):
    """Firm "a" runs a stamp card."""
    program = {
        "stamps": {"needed": 5, "face_value": 15.0, **(card or {})},
        "membership": EAGER if joining is None else joining,
    }
    return world(n, weeks, program=program, **more)


# ---- rules by hand -------------------------------------------------------------------------------------------------


COUNTERS = ("stamps_issued", "stamps_redeemed", "stamps_expired", "stamps_lost", "cards_full", "cards_expired",
            "cards_lost")  # fmt: skip


def visit(
    held=0, start=0, since=3, joined=0, spend=500, needed=10, least=0, endowed=0, since_card=False, lost=0.0, power=0.0,
    week=9,
):  # fmt: skip
    """What a visit leaves of a card, told also to the rules that live on what was earned and given."""
    here = SimpleNamespace(joined=joined, misjudged=0.0, picked=0, stamps=held, stamps_start=start, stamps_since=since)
    now = SimpleNamespace(week=week, spend=spend, reward_earned=0, reward_given=0, **dict.fromkeys(COUNTERS, 0))
    terms = stamps.Stamps(
        needed=needed, min_spend=least / 100.0, endowed=endowed, expiry_from="card" if since_card else "visit",
        lost_visit=lost, lost_power=power,
    )  # fmt: skip
    stamps.stamped(here, SimpleNamespace(propensity=0.0), terms, now, 0.5)
    assert (now.reward_earned, now.reward_given) == (now.stamps_issued, now.cards_full)
    assert here.joined == joined and now.stamps_expired == now.cards_expired == 0
    return (
        here.stamps, here.stamps_start, here.stamps_since,
        now.stamps_issued, now.stamps_redeemed, now.stamps_lost, now.cards_full, now.cards_lost,
    )  # fmt: skip


def test_a_visit_is_a_stamp_and_a_full_card_a_reward():
    """(held, start, since | issued, redeemed, lost, full, lost cards): the tenth stamp empties the card."""
    assert visit(held=3) == (4, 0, 9, 1, 0, 0, 0, 0)
    assert visit(held=9, start=2) == (0, 0, 9, 1, 10, 0, 1, 0)
    assert visit(held=3, joined=-1) == (3, 0, 3, 0, 0, 0, 0, 0)
    assert visit(needed=1) == (0, 0, 9, 1, 1, 0, 1, 0)


def test_a_small_purchase_earns_no_stamp():
    """Exactly the least spending is enough."""
    assert visit(held=3, spend=499, least=500)[:4] == (3, 0, 3, 0)
    assert visit(held=3, spend=500, least=500)[:4] == (4, 0, 9, 1)


def test_endowed_stamps_come_once():
    """A first card of 12 with 2 given holds 3 after the first visit; the next card begins empty."""
    assert visit(since=-1, needed=12, endowed=2) == (3, 2, 9, 3, 0, 0, 0, 0)
    assert visit(held=11, start=2, needed=12, endowed=2) == (0, 0, 9, 1, 12, 0, 1, 0)
    assert visit(held=0, needed=12, endowed=2) == (1, 0, 9, 1, 0, 0, 0, 0)


def test_a_lost_card_takes_its_stamps():
    """The draw 0.5 lies below a chance of 0.6: the card with the new stamp is gone, even a full one."""
    assert visit(held=3, lost=0.6) == (0, 0, 9, 1, 0, 4, 0, 1)
    assert visit(held=9, lost=0.6) == (0, 0, 9, 1, 0, 10, 0, 1)
    assert visit(held=3, lost=0.5) == (4, 0, 9, 1, 0, 0, 0, 0)
    assert visit(held=2, lost=0.8, power=2.0)[6:] == (0, 1) and visit(held=3, lost=0.8, power=2.0)[6:] == (0, 0)


def weekly(held=0, start=0, since=-1, joined=0, status=1, endowed=0, expiry=0, lost=0.0, week=9):
    """(held, start, since | issued, expired, lost, expired cards, lost cards) after the start of a week."""
    (hook,) = (h for h in stamps.MECHANISM.hooks if h.rule is stamps.stamps_week)
    here = SimpleNamespace(joined=joined, misjudged=0.0, picked=0, stamps=held, stamps_start=start, stamps_since=since)
    now = SimpleNamespace(week=week, **dict.fromkeys(COUNTERS, 0))
    terms = stamps.Stamps(endowed=endowed, expiry=expiry, lost_week=lost)
    me = SimpleNamespace(status=status, propensity=0.0)
    if hook.when(here, me, terms):
        hook.rule(here, me, terms, now, 0.5)
    assert here.joined == joined and now.stamps_redeemed == now.cards_full == 0
    return (
        here.stamps, here.stamps_start, here.stamps_since,
        now.stamps_issued, now.stamps_expired, now.stamps_lost, now.cards_expired, now.cards_lost,
    )  # fmt: skip


def test_a_card_begins_lapses_or_is_lost_at_the_start_of_a_week():
    """A new member's endowed stamps are on the card at once; expiry 4 since week 5: gone in week 10, not in week 9."""
    assert weekly(endowed=2) == (2, 2, 9, 2, 0, 0, 0, 0)
    assert weekly(endowed=2, joined=-1) == weekly(endowed=2, status=2) == (0, 0, -1, 0, 0, 0, 0, 0)
    assert weekly(held=4, start=2, since=5, expiry=4) == (4, 2, 5, 0, 0, 0, 0, 0)
    assert weekly(held=4, start=2, since=5, expiry=4, week=10) == (0, 0, 5, 0, 4, 0, 1, 0)
    assert weekly(held=4, start=2, since=5, lost=0.6) == (0, 0, 5, 0, 0, 4, 0, 1)
    assert weekly(since=5, lost=0.6) == (0, 0, 5, 0, 0, 0, 0, 0)


def test_a_card_may_be_valid_from_its_first_stamp():
    """expiry_from: card keeps the week of the first stamp until the card is full, lost or lapsed."""
    assert visit(held=3, since=2, since_card=True)[2] == 2
    assert visit(held=0, since=2, since_card=True)[2] == 9
    assert visit(held=3, since=2)[2] == 9


@given(
    needed=st.integers(1, 60), given_part=st.floats(0.0, 0.99), strength=st.floats(0.0, 50.0), power=st.floats(0, 20.0)
)
def test_the_steps_of_a_card_sum_to_its_reward(needed, given_part, strength, power):
    """Any number of stamps, endowment and steepness: the visits of a card are worth one reward; 1e-9."""
    endowed = int(needed * given_part)
    steps = [
        card_share(i / needed, 1.0 / needed, endowed / needed, strength, power, 0.0) for i in range(endowed, needed)
    ]
    assert sum(steps) == pytest.approx(1.0, abs=1e-9)
    assert all(later >= earlier - 1e-12 for earlier, later in pairwise(steps))


# ---- the ledger ----------------------------------------------------------------------------------------------------


def ledger(log, terms, weeks, people, firm=0):
    """Stamps kept by hand from a log, for members from week 0. -> {(week, counter): stamps}, {customer: held}"""
    booked, held, since = defaultdict(int), {}, {}
    by_week = dict(tuple(log[log["firm"] == firm].groupby("week")))
    for week in range(weeks):
        for who in range(people) if terms.endowed and week == 0 else ():
            held[who], since[who] = terms.endowed, 0
            booked[0, "stamps_issued"] += terms.endowed
        for who in held:
            if terms.expiry and held[who] and week > since[who] + terms.expiry:
                booked[week, "stamps_expired"] += held[who]
                held[who] = 0
        for who, spend in by_week[week][["customer", "spend"]].to_numpy() if week in by_week else ():
            if spend < terms.min_spend * 100:
                continue
            if terms.expiry_from == "visit" or not held.get(who):
                since[who] = week
            held[who] = held.get(who, 0) + 1
            booked[week, "stamps_issued"] += 1
            if held[who] == terms.needed:
                booked[week, "stamps_redeemed"] += terms.needed
                booked[week, "cards_full"] += 1
                held[who] = 0
    return booked, held


@pytest.mark.parametrize(
    "card",
    [{}, {"expiry": 2}, {"expiry": 4, "expiry_from": "card", "endowed": 2}, {"min_spend": 15.0, "needed": 3}],
    ids=str,
)
def test_books_equal_a_ledger_kept_by_hand(card):
    """Oracle 7 for stamps: issued = redeemed + expired + held, visit by visit from the log; integers, exact."""
    scenario = stamps_world(80, 26, card, joining=ALL)
    market = in_plain(Market(scenario, 4))
    book = market.run()
    booked, held = ledger(book.log, scenario.firms["a"].program["stamps"], 26, 80)
    own = book.weekly[book.weekly["firm"] == "a"]
    for counter in ("stamps_issued", "stamps_redeemed", "stamps_expired", "cards_full"):
        assert own[counter].tolist() == [booked[week, counter] for week in range(26)], counter
    left = market.population["stamps"][:, 0]
    assert {i: int(s) for i, s in enumerate(left) if s} == {int(i): s for i, s in held.items() if s}
    assert own["cards_full"].sum() > 50 and (card.get("expiry", 0) == 0 or own["stamps_expired"].sum() > 50)


def test_rewards_cost_when_given_and_stamps_are_owed():
    """15.00 at 40 % is 6.00 a card; a stamp of five is owed at 1.20; lost and lapsed ones are breakage; in cents."""
    card = {"cost": 0.4, "lost_visit": 0.1, "expiry": 3}
    t = totals(in_plain(Market(stamps_world(60, 26, card), 2)).run()).loc["a"]
    gone = t["stamps_expired"] + t["stamps_lost"]
    assert t["reward_cost"] == 600 * t["cards_full"] > 0
    assert t["liability_change"] == (t["stamps_issued"] - t["stamps_redeemed"] - gone) * 600 // 5 > 0
    assert t["breakage"] == gone * 600 // 5 > 0


@pytest.mark.parametrize("card", [{"face_value": 0.0}, {"perceived": 0.0, "endowed": 3, "expiry": 2}], ids=str)
def test_no_program_by_every_route(card):
    """Oracle 10: a worthless card = no program; every shared column, every byte."""
    same(in_plain(Market(stamps_world(60, 20, card), 1)).run(), in_plain(Market(world(60, 20), 1)).run())


@pytest.mark.parametrize("expansion", [0.0, 0.5], ids=["inside", "with outside option"])
def test_a_card_without_pressure_is_a_price_cut(expansion):
    """Oracle 24: at one price for all, one of 16 free (10.00, at full value) is 1/16 off each visit: same purchases."""
    behaviour = {"outside": {"expansion": expansion}} if expansion else {}
    card = {"needed": 16, "face_value": 10.0, "pressure": "none"}
    free = in_plain(Market(stamps_world(60, 20, card, joining=ALL, basket=FIXED, behaviour=behaviour), 1)).run()
    cheap = in_plain(Market(world(60, 20, firm={"a": {"price": 0.9375}}, basket=FIXED, behaviour=behaviour), 1)).run()
    where = ["customer", "week", "occasion", "firm"]
    assert free.log[where].equals(cheap.log[where])
    assert not free.log["firm"].equals(in_plain(Market(world(60, 20, basket=FIXED), 1)).run().log["firm"])


# ---- attrition (oracle O12) ----------------------------------------------------------------------------------------

LONELY = {"shares": {"a": 0.5, "b": 0.5}, "S": 1e9, "K": 1e9, "basket": Basket(mean=10.0), "log": False}


def test_a_chance_per_step_fills_q_to_the_k():
    """O12: cards of 8 steps that each survive with q = .8125 are full in q^8 = 19 % of cases; 4 standard errors.

    Of all cards that ended; the one card a customer still holds, one of about 170, moves the share by less than 1e-3.
    """
    card = {"needed": 8, "lost_visit": 0.1875, "pressure": "none"}
    t = totals(Market(stamps_world(300, 52, card, joining=ALL, M=52.0 * 20, **LONELY), 3).run()).loc["a"]
    ended = t["cards_full"] + t["cards_lost"]
    told = steps_completion(0.8125, 8)
    assert abs(t["cards_full"] / ended - told) < 4.0 * math.sqrt(told * (1.0 - told) / ended)
    assert ended > 20_000


def test_customers_who_leave_fill_the_poisson_card():
    """O12: visits at rate lam, leaving at rate mu: a first card of k is filled by (lam / (lam + mu))^k of customers.

    lam = .1 of the .2 visits a week fall to the firm, death at .0125 a week for all (s = 1e4); 4 standard errors of a
    share of n customers. After 600 weeks exp(-7.5) of them live on: 5e-4.
    """
    n, visits = 4000, 0.1
    behaviour = {"dropout": {"kind": "per_week", "s": 1e4, "beta": 8e5}}
    card = {"needed": 8, "face_value": 1e-9, "pressure": "none"}
    scenario = stamps_world(n, 600, card, joining=ALL, M=52.0 * 2 * visits, behaviour=behaviour, **LONELY)
    told = stamp_card_completion(visits, 0.0125, 8)
    full = Market(scenario, 5).run().visits.sum(axis=0)[:, 0] >= 8
    assert abs(full.mean() - told) < 4.0 * math.sqrt(told * (1.0 - told) / n)


def weekly_card(visits, lost, steps):
    """Chance that a card in hand takes so many Poisson visits before it is lost at the start of a later week."""
    jump = stats.poisson.pmf(np.arange(steps + 1), visits)
    state, full = np.zeros(steps), 0.0
    state[0] = 1.0
    while state.sum() > 1e-12:
        new = np.zeros(steps)
        for done, p in enumerate(state):
            new[done:] += p * jump[: steps - done]
            full += p * stats.poisson.sf(steps - done - 1, visits)
        state = new * (1.0 - lost)
    return full


def test_cards_lost_week_by_week_fill_the_poisson_card():
    """O12 again, the card instead of the customer: lam = .05 visits a week, lost with 1 - exp(-.0125) a week.

    A card is handed over with one stamp (one without a stamp is no loss) and takes eight more. Against the exact weekly
    chain and against the continuous formula, from which the chain differs by half a week's loss; 4 standard errors.
    """
    n, visits, mu = 4000, 0.05, 0.0125
    card = {"needed": 10_000, "endowed": 1, "face_value": 1e-9, "lost_week": -math.expm1(-mu), "pressure": "none"}
    market = Market(stamps_world(n, 600, card, joining=ALL, M=52.0 * 2 * visits, **LONELY), 6)
    first, full = np.ones(n, bool), np.zeros(n, bool)
    for _ in range(600):
        market.step()
        here = market.visits[:, :, 0].sum(axis=0)
        first &= market.population["stamps"][:, 0] == 1 + here
        full |= first & (here >= 8)
    chain, told = weekly_card(visits, -math.expm1(-mu), 8), stamp_card_completion(visits, mu, 8)
    slack = 4.0 * math.sqrt(told * (1.0 - told) / n)
    assert abs(chain - told) < 0.01 * told
    assert abs(full.mean() - chain) < slack and abs(full.mean() - told) < slack


def first_cards(market):
    """How many customers filled their first card, and how many ended it at all; a customer leaves when it ends."""
    names, status = list(market.assembled.counts), market.population["status"]
    full = ended = 0
    for _ in range(market.terms.weeks):
        market.firms_decide()
        for i in np.flatnonzero(status == 1):
            counts = market.customer(int(i)).step()[0]
            filled, lost = counts[names.index("cards_full")], counts[names.index("cards_lost")]
            if filled + lost:
                status[i] = 2
                full, ended = full + (filled > 0), ended + 1
        market.week += 1
    return full, ended


def test_a_card_that_is_kept_for_the_progress_it_shows():
    """Nunes & Dreze 2006: 8 washes with an empty card of 8 or a card of 10 with 2 given, 19 % and 34 % filled.

    With lost_power g a step survives with 1 - lost (1 - x)^g, x the displayed progress, so a card is filled with the
    product over its steps; lost = .4 and g = 1.7 give 19 % and 34 %. The market has the product within 4
    standard errors, half a visit a week leaving no two ends of cards in one. Two parameters reach the two anchors: a
    description, not a prediction.
    """
    found = {}
    for needed, endowed, published in ((8, 0, 0.19), (10, 2, 0.34)):
        card = {"needed": needed, "lost_visit": 0.4, "lost_power": 1.7, "pressure": "none", "endowed": endowed}
        told = math.prod(1.0 - 0.4 * (1.0 - i / needed) ** 1.7 for i in range(endowed, needed))
        assert told == pytest.approx(published, abs=0.02)
        full, ended = first_cards(Market(stamps_world(600, 60, card, joining=ALL, M=52.0, **LONELY), 3))
        found[endowed] = full / ended
        assert ended > 580
        assert abs(found[endowed] - told) < 4.0 * math.sqrt(told * (1.0 - told) / ended)
    assert found[2] > found[0]
