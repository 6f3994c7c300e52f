"""Dated points: hand-worked dates, closed forms, a deque for each customer, every combination of terms."""

from __future__ import annotations

import dataclasses
from collections import defaultdict, deque
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyaltysim.configure.compose import compose
from loyaltysim.market import checkpoint
from loyaltysim.market.model import Market
from loyaltysim.market.vintages import shared
from loyaltysim.measures import twins
from loyaltysim.programs import batches, points, ripening
from loyaltysim.scenario.dates import variants
from loyaltysim.scenario.model import Basket
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.scenario.terms import NEVER
from loyaltysim.theory.goal_gradient import cards_share
from tests.scenarios import (
    EAGER,
    FIXED,
    VARIED,
    contract_world,
    fingerprint,
    in_plain,
    offered,
    parts,
    points_world,
    totals,
    world,
)

BY_AGE = {"expiry": 8, "expiry_rule": "age", "batch": 2}
LARGEST = 2**31 - 1


# ---- rules by hand -------------------------------------------------------------------------------------------------


class Card:
    """One customer's points at one firm, moved by the rules alone."""

    def __init__(self, largest: int = LARGEST, **terms):
        self.points = points.Points(threshold=NEVER / 10, **terms)
        self.here = SimpleNamespace(balance=0, card_start=0, batches=[0] * self.points.slots)
        self.terms = offered(batches.Batches(), points=self.points, largest=largest, date_come=1.0)
        self.expired = 0

    def week(self, number: int, came: int = 0, took: int = 0) -> int:
        """A week: what lapses as it begins, then thousandths that come and go at a visit. -> how many lapsed"""
        visit = SimpleNamespace(week=number, points_in=0, points_expired=0)
        if batches.date_has_come(self.here, self.terms):
            batches.lapse(self.here, self.terms, visit)
        self.here.balance += came - took
        visit.points_in = came
        batches.settle(self.here, self.terms, visit)
        assert sum(self.here.batches) == max(0, self.here.balance) and min(self.here.batches) >= 0
        self.expired += visit.points_expired
        return visit.points_expired

    def due(self, number: int) -> int:
        """Thousandths that lapse within the notice."""
        return batches.due_soon(self.here, self.terms, SimpleNamespace(week=number))


def test_points_of_week_0_lapse_at_the_start_of_week_26():
    """Expiry 26 by age, a batch a week, a point each week: none lapses before week 26, one in each week from there."""
    card = Card(expiry=26, expiry_rule="age", batch=1)
    lapsed = [card.week(week, 1000) for week in range(104)]
    assert lapsed == [0] * 26 + [1000] * 78
    assert card.expired / 104_000 == 0.75 and card.here.balance == 26_000


def test_a_calendar_date_takes_what_was_earned_before_it():
    """Dates in weeks 10, 20, 30, grace 3: what came in weeks 0 to 9 lapses in week 13, whatever came since stays."""
    card = Card(expiry=10, expiry_rule="calendar", grace=3)
    lapsed = {week: gone for week in range(31) if (gone := card.week(week, 1000))}
    assert lapsed == {13: 10_000, 23: 10_000} and card.here.balance == 11_000


@pytest.mark.parametrize("batch", [1, 2, 3, 4, 7, 13, 52])
@pytest.mark.parametrize("expiry, grace", [(1, 0), (8, 0), (8, 3), (26, 0), (26, 5), (53, 1)])
def test_no_point_lapses_earlier_than_promised(batch, expiry, grace):
    """Whatever the week in which it came, a point lives expiry + grace weeks, and less than a batch longer."""
    if points.check(points.Points(expiry=expiry, grace=grace, batch=batch, expiry_rule="age")):
        return
    for born in range(2 * batch):
        card = Card(expiry=expiry, expiry_rule="age", batch=batch, grace=grace)
        age = next(w - born for w in range(born + 200) if card.week(w, 500 if w == born else 0) > 0)
        assert expiry + grace <= age < expiry + grace + batch


def test_the_oldest_points_are_used_first():
    """By hand: 5 points in each of weeks 0 to 3, 12 used in week 3: 3 of week 2 and 5 of week 3 are left."""
    card = Card(expiry=6, expiry_rule="age", batch=1)
    for week in range(4):
        card.week(week, 5000, took=12_000 if week == 3 else 0)
    assert [card.week(week) for week in range(4, 12)] == [0, 0, 0, 0, 3000, 5000, 0, 0]


def test_points_given_back_below_zero_leave_no_batch():
    """A balance of -3 holds nothing; 5 points that come then are 2, dated by that week."""
    card = Card(expiry=6, expiry_rule="age", batch=1)
    card.week(0, 2000, took=5000)
    assert card.here.balance == -3000 and sum(card.here.batches) == 0
    card.week(1, 5000)
    assert card.here.batches[1] == 2000 and [card.week(w) for w in range(2, 8)] == [0] * 5 + [2000]


def test_customers_know_what_lapses_within_the_notice():
    """5 points of week 0 lapse in week 6: with 2 weeks of notice they are due from week 4 on."""
    card = Card(expiry=6, expiry_rule="age", batch=1, notice=2)
    card.week(0, 5000)
    assert [card.due(week) for week in range(6)] == [0, 0, 0, 0, 5000, 5000]
    idle = points.Points(expiry=6)
    assert batches.due_soon(card.here, offered(batches.Batches(), points=idle), SimpleNamespace(week=5)) == 0


def test_what_a_batch_cannot_hold_waits_for_the_next():
    """A batch of at most 10,000: 15,000 come in week 0; the rest counts as earned in week 1, so none lapses early."""
    card = Card(largest=10_000, expiry=3, expiry_rule="age", batch=1)
    card.here.balance = 15_000
    visit = SimpleNamespace(week=0, points_in=15_000, points_expired=0)
    batches.settle(card.here, card.terms, visit)
    assert sum(card.here.batches) == 10_000
    card.week(1)
    assert [card.week(week) for week in range(2, 5)] == [0, 10_000, 5_000]


@pytest.mark.parametrize("old, new", [(1, 4), (4, 1), (13, 4), (4, 13), (2, 3)])
def test_new_terms_lay_the_batches_where_no_point_is_older(old, new):
    """A week's points go to the new batch of their old batch's youngest week, or a younger one; none is lost."""
    many, week = 30, 57
    held = np.arange(1, many + 1, dtype=np.int32)[None] * 10
    out = batches.moved(held, old, new, week)
    assert out.sum() == held.sum() and out.dtype == held.dtype
    for number in range(week // old - many + 1, week // old + 1):
        alone = np.zeros_like(held)
        alone[0, number % many] = 7
        (place,) = np.flatnonzero(batches.moved(alone, old, new, week)[0])
        found = next(n for n in range(week // new, week // new - many, -1) if n % many == place)
        youngest = min((number + 1) * old - 1, week)
        assert found == max(youngest // new, week // new - many + 1)


def test_points_wait_before_they_can_be_used():
    """Pending 3, hand-worked: what comes in week 0 can be used in week 3; what is taken back is the youngest."""
    here = SimpleNamespace(balance=0, unripe=0, unripe_weeks=[0, 0, 0])
    terms = offered(ripening.Ripening(), points=points.Points(pending=3), largest=LARGEST)
    seen = []
    for week, (came, took) in enumerate([(1000, 0), (2000, 0), (0, 500), (4000, 0), (0, 0), (0, 0), (0, 0)]):
        visit = SimpleNamespace(week=week, points_in=came)
        if ripening.something_waits(here):
            ripening.ripen(here, terms, visit)
        here.balance += came - took
        ripening.hold_back(here, terms, visit)
        seen.append((here.balance, here.unripe))
    assert seen == [(1000, 1000), (3000, 3000), (2500, 2500), (6500, 5500), (6500, 4000), (6500, 4000), (6500, 0)]


# ---- markets -------------------------------------------------------------------------------------------------------


def every_week(weeks=104, n=20, **terms):
    """Everybody pays one bill a week to the one firm there is, 10 of money each, and is a member from the start."""
    own = {"earn": 1.0, "threshold": 300.0, "face_value": 5.0, **terms}
    program = {"points": own, "membership": {"join": "everyone"}}
    renewal = {"term": 520, "start": "together", "a": 0.01, "b": 100.0}
    return contract_world(n, weeks, shares={"a": 1.0}, program=program, behaviour={"renewal": renewal}, M=52.0,
                          basket=FIXED)  # fmt: skip


def test_weekly_visits_that_never_fill_a_card_expire_by_three_quarters():
    """Case 12: weekly visits, 260 points in 26 weeks, a card of 300: no reward; after 104 weeks the points of the first
    78 weeks have expired, 75 % of what was issued, to the last point. Expiry by inactivity takes none.
    """
    market = in_plain(Market(every_week(expiry=26, expiry_rule="age", batch=1), 1))
    row = totals(market.run()).loc["a"]
    assert row.visits == 104 * 20 and row.rewards == 0 and row.points_issued == 104 * 20 * 10_000
    assert row.points_expired / row.points_issued == 0.75
    assert row.breakage == round(5.0 * 0.8 * 100) * row.points_expired // 300_000
    row = totals(in_plain(Market(every_week(expiry=26), 1)).run()).loc["a"]
    assert row.rewards == 20 * (1040 // 300) and row.points_expired == 0


@pytest.mark.parametrize("every, grace", [(26, 0), (26, 4), (52, 8)])
def test_calendar_dates_leave_what_was_earned_since(every, grace):
    """Closed form, nobody fills a card: at the end of week T - 1 what was earned before the last date d with
    d + grace < T has expired; the vintages say the same.
    """
    market = in_plain(Market(every_week(expiry=every, expiry_rule="calendar", grace=grace, threshold=5000.0), 1))
    book = market.run()
    row = totals(book).loc["a"]
    date = max(d for d in range(0, 104, every) if d == 0 or d + grace < 104)
    assert row.points_expired == 20 * date * 10_000
    last = book.vintages[book.vintages.week == 103]
    assert last.held.sum() == row.points_issued - row.points_expired == market.population["balance"].sum()
    assert last[last.held > 0].vintage.tolist() == list(range(date, 104, every))


def by_hand(log, terms, weeks):
    """Points kept in a deque of [week, thousandths] for each customer who buys at the firm, from a log of purchases.

    -> {(week, counter): thousandths}, {customer: {first week of the batch: thousandths}}
    """
    booked, held, last = defaultdict(int), {}, {}
    card, start = round(terms.threshold * 1000), round(terms.endowment * 1000)
    limit = terms.expiry + terms.grace
    for week in range(weeks):
        for who, own in held.items():
            while own and lapsed(terms, own[0][0], week, last[who], limit):
                booked[week, "points_expired"] += own.popleft()[1]
        for who, spend in log[log["week"] == week][["customer", "spend"]].to_numpy():
            own = held.setdefault(who, deque())
            came = int(spend) * round(terms.earn * 1000) // 100
            came += round(terms.bonus * 1000) if who not in last else 0
            last[who] = week
            usable = sum(x for born, x in own if terms.pending == 0 or born + terms.pending <= week)
            own.append([week, came])
            booked[week, "points_issued"] += came
            usable += came if terms.pending == 0 else 0
            while usable >= card:
                own.append([week, start])
                booked[week, "points_issued"] += start
                booked[week, "points_redeemed"] += card
                booked[week, "rewards"] += 1
                usable += (start if terms.pending == 0 else 0) - card
                used(own, card)
    vintage = terms.period or 1
    out = {}
    for who, own in held.items():
        out[int(who)] = defaultdict(int)
        for born, x in own:
            out[int(who)][born // vintage * vintage] += x
    return booked, out


def lapsed(terms, born, week, last, limit) -> bool:
    """Has a point born in a week lapsed at the start of another?"""
    if terms.expiry == 0:
        return False
    if terms.expiry_rule == "inactivity":
        return week - last > limit
    if terms.expiry_rule == "calendar":
        return week >= (born // terms.expiry + 1) * terms.expiry + terms.grace
    return week - (born // terms.batch * terms.batch + terms.batch - 1) >= limit


def used(own, amount) -> None:
    """Take from the oldest first."""
    while amount > 0:
        taken = min(amount, own[0][1])
        own[0][1] -= taken
        amount -= taken
        if own[0][1] == 0:
            own.popleft()


def agrees_with_a_deque(market, weeks):
    """Run a market and compare its counters, balances, batches and vintages with `by_hand`."""
    own = market.terms.firms["a"].program["points"]
    book = market.run()
    log = book.log[book.log.firm == 0]
    booked, held = by_hand(log, own, weeks)
    mine = book.weekly[book.weekly["firm"] == "a"]
    for counter in ("points_issued", "points_redeemed", "points_expired", "rewards"):
        assert mine[counter].tolist() == [booked[week, counter] for week in range(weeks)], counter
    balance = market.population["balance"][:, 0]
    assert {i: int(b) for i, b in enumerate(balance) if b} == {i: b for i, h in held.items() if (b := sum(h.values()))}
    sums = defaultdict(int)
    for of_customer in held.values():
        for vintage, thousandths in of_customer.items():
            sums[vintage] += thousandths
    if own.dated:
        last = book.vintages[book.vintages.week == weeks - 1]
        assert {v: x for v, x in zip(last.vintage, last.held, strict=True) if x} == {v: x for v, x in sums.items() if x}
        flows = book.vintages.groupby("week")[["issued", "redeemed", "expired", "other"]].sum()
        for flow in ("issued", "redeemed", "expired"):
            assert flows[flow].tolist() == mine["points_" + flow].iloc[flows.index].tolist(), flow
        assert (book.vintages.other == 0).all()
    return booked


TERMS = st.fixed_dictionaries(
    {
        "expiry_rule": st.sampled_from(["age", "calendar", "inactivity"]), "expiry": st.integers(3, 12),
        "grace": st.integers(0, 4), "batch": st.integers(1, 6), "pending": st.integers(0, 3),
        "endowment": st.sampled_from([0.0, 7.5]), "bonus": st.sampled_from([0.0, 12.0]),
        "threshold": st.sampled_from([40.0, 90.0]), "earn": st.sampled_from([1.0, 0.37]),
    }
)  # fmt: skip


def sound(values) -> bool:
    """May a scenario say so?"""
    return not points.check(points.Points(face_value=3.0, **values))


@settings(max_examples=20, deadline=None)
@given(TERMS.filter(sound), st.integers(1, 99))
def test_any_terms_agree_with_a_deque_for_each_customer(values, seed):
    """FIFO, dates, grace, pending points and endowed cards against an independent account, week by week, exact."""
    scenario = points_world(
        8, 24, {"face_value": 3.0, **values}, joining=EAGER, basket=VARIED, shares={"a": 0.7, "b": 0.3}
    )
    agrees_with_a_deque(in_plain(Market(scenario, seed)), 24)


@pytest.mark.parametrize(
    "values",
    [BY_AGE, {"expiry": 9, "expiry_rule": "calendar", "grace": 3, "pending": 2, "endowment": 8.0}],
    ids=["age", "calendar"],
)
def test_compiled_dates_agree_with_a_deque(values):
    """The same of some hundred customers, compiled; and plain Python leaves the same bytes."""
    scenario = points_world(250, 40, {"threshold": 60.0, **values}, joining=EAGER)
    booked = agrees_with_a_deque(market := Market(scenario, 4), 40)
    assert sum(x for (_, what), x in booked.items() if what == "points_expired") > 10_000
    assert sum(x for (_, what), x in booked.items() if what == "rewards") > 50
    few = points_world(25, 40, {"threshold": 60.0, **values}, joining=EAGER)
    one, two = Market(few, 4), in_plain(Market(few, 4))
    one.run(), two.run()
    assert fingerprint(one) == fingerprint(two) and market.week == 40


CHANGES = [
    (), ({"week": 9, "told": "before", "expiry": 4},), ({"week": 9, "told": "before", "batch": 5},),
    ({"week": 9, "told": "before", "expiry_rule": "calendar"},), ({"week": 9, "told": "before", "pending": 0},),
    ({"week": 9, "told": "before", "expiry": 0}, {"week": 14, "told": "before", "expiry": 5}),
]  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(
    TERMS.filter(sound), st.sampled_from(CHANGES), st.sampled_from([None, 15]), st.sampled_from([None, 1]),
    st.booleans(), st.integers(1, 99),
)  # fmt: skip
def test_points_are_neither_made_nor_lost_whatever_the_terms(values, changes, end, most, copied, seed):
    """Issued = redeemed + expired + held for every customer, firm and week, and batches = balance, under every
    combination of terms, with terms that change, a program that ends, cards that are given up, rivals that copy.
    """
    own = {"face_value": 3.0, **values, "changes": changes, "end": end}
    if any(points.check(terms) for _, terms in variants(points.Points(**own))):
        return
    joining = {**EAGER, "switch_hassle": 0.0, "dropped": "lost"}
    theirs = {"points": {"face_value": 2.0, "threshold": 50.0, **BY_AGE}, "membership": joining}
    scenario = world(
        6, 26, program={"points": own, "membership": joining}, rivals={} if copied else theirs, log=False,
        rivals_policy={"imitate": {"lag": 5}} if copied else None, shares={"a": 0.6, "b": 0.4},
        customers={"max_programs": most},
    )  # fmt: skip
    market = in_plain(Market(scenario, seed))
    names = list(market.assembled.counts)
    at = [names.index(f"points_{what}") for what in ("issued", "redeemed", "expired")]
    for _ in range(26):
        before = market.population["balance"].sum(axis=0)
        market.step()
        people = market.population.columns
        issued, redeemed, expired = market.weekly[-1][:, at].T
        assert (people["balance"].sum(axis=0) == before + issued - redeemed - expired).all()
        running = [firm.running_program.get("points") for firm in market.firms.values()]
        for j, terms in enumerate(running):
            if "batches" in people and terms is not None and terms.dated:
                assert (people["batches"][:, j].sum(axis=1) == people["balance"][:, j]).all()
            if "unripe_weeks" in people:
                assert (people["unripe"][:, j] == people["unripe_weeks"][:, j].sum(axis=1)).all()
                assert (people["unripe"][:, j] <= people["balance"][:, j]).all()
        if market.vintages is not None and market.vintages.rows:
            held = market.vintages.array()
            now = held[held[:, 0] == market.week - 1]
            for j, terms in enumerate(running):
                if terms is not None and terms.dated:
                    assert now[now[:, 1] == j, -1].sum() == people["balance"][:, j].sum()


def test_what_lapses_when_terms_shorten_lapses_at_once():
    """Expiry 30 becomes 10 in week 20: points older than 10 weeks go as that week begins, the others in theirs."""
    change = ({"week": 20, "told": "before", "expiry": 10},)
    market = every_week(40, 5, expiry=30, expiry_rule="age", batch=1, threshold=5000.0, changes=change)
    book = in_plain(Market(market, 1)).run()
    expired = book.weekly[book.weekly.firm == "a"].points_expired.to_numpy() / 50_000
    assert expired.tolist() == [0.0] * 20 + [11.0] + [1.0] * 19


def test_shorter_terms_do_not_wait_for_the_end_of_a_batch():
    """In batches of 4, expiry 30 becomes 10 in week 22: by hand batches 0 and 1 are older, and go in that week."""
    change = ({"week": 22, "told": "before", "expiry": 10},)
    market = every_week(30, 5, expiry=30, expiry_rule="age", batch=4, threshold=5000.0, changes=change)
    book = in_plain(Market(market, 1)).run()
    expired = book.weekly[book.weekly.firm == "a"].points_expired.to_numpy() / 50_000
    assert {week: x for week, x in enumerate(expired) if x} == {22: 12.0, 25: 4.0, 29: 4.0}


def test_each_card_after_the_first_begins_with_its_endowment():
    """By hand, a card of 100, each new one begins with 20: 99 fill none, 100 one, 180 two, 259 still two, 260 three;
    the steps of endowed cards sum to a reward each, for which 80 points of spending are enough.
    """
    assert [points.full_cards(x, 100, 20) for x in (99, 100, 179, 180, 259, 260)] == [0, 1, 1, 2, 2, 3]
    own = points.Points(earn=1.0, threshold=100.0, face_value=8.0, endowment=20.0)
    assert own.rate == 8.0 / 80.0
    here = SimpleNamespace(joined=0, misjudged=0.0, picked=0, balance=70_000, card_start=0, last_earned=3, unripe=0)
    visit = SimpleNamespace(week=5, spend=12_000, points_in=0, points_issued=0, points_redeemed=0, rewards=0,
                            reward_earned=0, reward_given=0)  # fmt: skip
    terms = offered(own, stacking=SimpleNamespace(most=NEVER))
    points.points_earned(here, SimpleNamespace(propensity=0.0), terms, visit)
    assert (here.balance, here.card_start, visit.rewards) == (30_000, 20_000, 2)
    assert (visit.points_issued, visit.points_in, visit.points_redeemed) == (160_000, 160_000, 200_000)
    steps = [cards_share(0.2 + 0.1 * k, 0.1, 0.2, 0.2, 2.0, 3.0, 0.0) for k in range(8)]
    assert sum(steps) == pytest.approx(1.0, abs=1e-12)
    assert cards_share(0.2, 0.8 * 3, 0.2, 0.2, 2.0, 3.0, 0.0) == pytest.approx(3.0, abs=1e-12)


def test_progress_runs_on_where_points_cannot_be_used_yet():
    """230 points of a card of 100 of which none can be used: 30 % of the next card, with 20 to begin with 70 of 80."""
    shown = [points.displayed(SimpleNamespace(balance=b), points.Points(threshold=100.0, pending=2))
             for b in (-5_000, 60_000, 100_000, 230_000)]  # fmt: skip
    assert shown == [0.0, 0.6, 0.0, 0.3]
    own = points.Points(threshold=100.0, pending=2, endowment=20.0)
    assert points.displayed(SimpleNamespace(balance=230_000), own) == 0.7
    assert points.displayed(SimpleNamespace(balance=130_000), points.Points(threshold=100.0)) == 1.0


def test_what_is_given_up_is_in_no_batch():
    """Where a program ends, all its batches are empty in the same week, and nothing waits; the vintages say expired."""
    market = in_plain(Market(points_world(20, 12, {**BY_AGE, "pending": 2, "end": 9}, EAGER), 1))
    for _ in range(9):
        market.step()
    people, held = market.population, market.population["balance"][:, 0].sum()
    assert people["batches"].sum() == held > 0 and people["unripe_weeks"].any()
    market.step()
    assert not (
        people["batches"].any() or people["unripe_weeks"].any() or people["unripe"].any() or people["balance"].any()
    )
    assert market.book().vintages.groupby("week").expired.sum()[9] == held


def test_a_program_without_dates_keeps_no_batch():
    """Where no points lapse by date, or wait, nobody counts batches: no column, no counter, no table."""
    market = Market(points_world(20, 4, {"expiry": 3}), 1)
    assert {"batches", "unripe_weeks", "unripe"}.isdisjoint(market.population.columns)
    assert {"batches", "ripening"}.isdisjoint(m.name for m in market.mechanisms)
    assert "points_in" not in market.assembled.step and market.book().vintages is None
    assert Market(points_world(20, 4, {"expiry_rule": "age"}), 1).vintages is None


# ---- what a run keeps ----------------------------------------------------------------------------------------------


def test_a_ring_is_as_wide_as_the_longest_program_needs():
    """Periods alive and one more: 8 weeks in batches of 2 are 5 places; the terms of a rival and of a change count."""
    wide = points_world(10, 4, BY_AGE)
    assert Market(wide, 1).population["batches"].shape == (10, 4, 5)
    rival = {"b": {"program": parts({"points": {**BY_AGE, "expiry": 20}})}}
    assert Market(points_world(10, 4, BY_AGE, firm=rival), 1).population["batches"].shape == (10, 4, 11)
    change = ({"week": 3, "told": "before", "expiry": 30},)
    assert Market(points_world(10, 4, {**BY_AGE, "changes": change}), 1).population["batches"].shape == (10, 4, 16)
    assert Market(points_world(10, 4, {"pending": 5}), 1).population["unripe_weeks"].shape == (10, 4, 5)


def test_more_than_sixty_batches_are_refused_with_what_to_set():
    """Two years by the week are 105 batches, batch=2 are 53; 500 weeks of grace after weekly dates are too many."""
    ((key, said),) = points.check(points.Points(expiry=104, expiry_rule="age", batch=1))
    assert key == "batch" and "105 batches" in said and "at most 60" in said and "set batch=2 or more" in said
    assert points.check(points.Points(expiry=104, expiry_rule="age", batch=2)) == []
    ((key, said),) = points.check(points.Points(expiry=1, expiry_rule="calendar", grace=500))
    assert key == "grace" and "at most 60" in said
    with pytest.raises(ConfigError, match=r"program.points.batch.*set batch=2 or more"):
        compose(["market=grocery", "program=points", "program.points.expiry=104", "program.points.expiry_rule=age",
                 "program.points.batch=1"])  # fmt: skip


def test_terms_that_contradict_each_other_are_refused():
    """Points that lapse before they can be used, a card that begins full, foresight of dates."""
    wrong = {
        "pending": {"expiry": 4, "expiry_rule": "calendar", "grace": 2, "pending": 3},
        "endowment": {"endowment": 500.0},
        "pressure": {"pressure": "rational", "expiry": 20, "expiry_rule": "age"},
    }
    for key, values in wrong.items():
        assert [name for name, _ in points.check(points.Points(**values))] == [key]
    assert points.check(points.Points(expiry=4, expiry_rule="calendar", grace=3, pending=3)) == []
    assert points.check(points.Points(expiry=4, expiry_rule="age", pending=3)) == []


@pytest.mark.parametrize("mean, earn, threshold", [(300_000.0, 1e-5, 30.0), (3e6, 1.0, 1e8), (0.5, 2.0, 10.0)])
def test_points_count_in_any_currency(mean, earn, threshold):
    """One point per 100,000 of a currency with large units, one per unit of it (beyond 32 bits), and of small ones: the
    deque agrees, and rounding takes less than a thousandth of a point a purchase.
    """
    basket, expiry = Basket(mean=mean, sd_between=0.4, sd_within=0.5), {"expiry": 20, "expiry_rule": "age", "batch": 4}
    values = {"earn": earn, "threshold": threshold, "face_value": 0.05 * threshold / earn, **expiry}
    scenario = points_world(12, 30, values, joining=EAGER, basket=basket)
    assert points.fits(scenario.firms["a"].program["points"], scenario) == []
    market = in_plain(Market(scenario, 2))
    row = totals(market.run()).loc["a"]
    assert row.rewards > 0 and 0.0 <= row.revenue * earn * 10.0 - row.points_issued <= row.visits
    assert (market.population["batches"].sum(axis=2) == market.population["balance"]).all()
    assert market.population["batches"].dtype == ("int64" if mean * earn > 2147 else "int32")


# ---- go on elsewhere -----------------------------------------------------------------------------------------------


def long_and_short(n=30, weeks=40):
    """The focal firm launches points with 30 weeks of life in week 13; its rivals have had points of 8 all along."""
    own = {"threshold": 80.0, "face_value": 3.0, **BY_AGE}
    return points_world(
        n, weeks, {**BY_AGE, "expiry": 30, "batch": 3, "pending": 4}, EAGER, policy={"launch": {"week": 13}},
        rivals={"points": {**own, "pending": 1}, "membership": EAGER},
    )  # fmt: skip


@pytest.mark.parametrize("week", [1, 14, 27])
def test_batches_go_on_from_a_file(tmp_path, week):
    """Run, save, load, run: the same bytes and the same vintages."""
    whole, half = (in_plain(Market(long_and_short(), 3)) for _ in range(2))
    book = whole.run()
    for _ in range(week):
        half.step()
    loaded = in_plain(checkpoint.load(checkpoint.save(half, tmp_path / "m")))
    while loaded.week < 40:
        loaded.step()
    assert fingerprint(loaded) == fingerprint(whole) and loaded.book().vintages.equals(book.vintages)


@pytest.mark.interpreter
def test_a_shared_burn_in_lays_rings_of_another_width_anew(monkeypatch):
    """The arms of a comparison need other widths than their common past: they are the arms run from the first week."""
    scenario = twins.logged(long_and_short(20))
    monkeypatch.setattr(checkpoint, "Market", lambda *a, **k: in_plain(Market(*a, **k)))
    past = in_plain(Market(twins.no_program(scenario), 3))
    for _ in range(13):
        past.step()
    assert past.population["batches"].any() and past.population["unripe_weeks"].any()
    arm = checkpoint.branch(past, scenario)
    assert arm.population["batches"].shape != past.population["batches"].shape
    while arm.week < 40:
        arm.step()
    straight = in_plain(Market(scenario, 3))
    book = straight.run()
    assert fingerprint(arm) == fingerprint(straight) and arm.book().vintages.equals(book.vintages)


def test_a_replay_lives_through_the_same_dates():
    """The world for everybody but you, from its record: rivals' customers have the same batches."""
    scenario = long_and_short(20)
    seen = in_plain(Market(scenario, 3))
    book = seen.run()
    replay = in_plain(Market(scenario, 3, eligible=False, offers=book.offers, around=book.around))
    replay.run()
    assert (replay.population["balance"][:, 0] == 0).all()
    again = in_plain(Market(scenario, 3, offers=book.offers, around=book.around))
    again.run()
    assert fingerprint(again) == fingerprint(seen)


def test_terms_from_outside_that_need_more_places_are_refused():
    """A policy may decide points with more batches than the scenario's programs need: the run says so."""
    market = in_plain(Market(points_world(5, 9, BY_AGE), 1))
    market.step()
    firm = market.firms["a"]
    longer = dataclasses.replace(firm.decided_program["points"], expiry=40)
    firm.decided_program = {**firm.decided_program, "points": longer}
    with pytest.raises(ValueError, match="'a' need 21 batches, this run keeps 5"):
        market.step()


# ---- tables --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "total, out, found", [(10, [4, 6], [4, 6]), (5, [4, 6], [2, 3]), (1, [1, 1, 1], [1, 0, 0]), (0, [3, -2], [0, 0])]
)
def test_redeemed_points_are_shared_over_vintages(total, out, found):
    """As what left each of them, in whole numbers, the rest to the oldest; the sum is kept."""
    assert shared(total, np.array(out)).tolist() == found


def test_people_have_their_balance_and_their_rewards():
    """Points, stamps, money: what people hold at the focal firm as they count it; rewards sum to the firm's."""
    own = {"points": {"threshold": 100.0, "face_value": 5.0}, "stamps": {"needed": 5, "face_value": 3.0}}
    for names in (["points"], ["stamps"], ["points", "stamps"]):
        program = {name: own[name] for name in names} | {"membership": EAGER}
        market = in_plain(Market(world(25, 20, program=program), 1))
        book = market.run()
        held = market.population["balance"][:, 0] / 1000 if "points" in names else market.population["stamps"][:, 0]
        assert np.array_equal(book.people.balance, held)
        row = totals(book).loc["a"]
        assert book.people.rewards.sum() == row.get("rewards", 0) + row.get("cards_full", 0) > 0
    market = in_plain(Market(world(25, 20, program={"cashback": {"payout": 5.0}, "membership": EAGER}), 1))
    book = market.run()
    assert np.array_equal(book.people.balance, market.population["credit"][:, 0] / 100.0) and book.people.balance.any()
    assert "balance" not in in_plain(Market(world(5, 2), 1)).run().people
