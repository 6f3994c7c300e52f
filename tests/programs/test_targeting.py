"""Whom a firm turns to: its record, its scores, its lot, and what it then believes that its messages do."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from loyaltysim.configure.compose import compose
from loyaltysim.market.model import Market
from loyaltysim.measures.messages import messages
from loyaltysim.programs import targeting
from loyaltysim.scenario.reader import ConfigError
from tests.scenarios import Z, in_plain, terms, world

pytestmark = pytest.mark.usefixtures("quiet")
OPEN = {"members_only": False, "holdout": 0.0}


def record(**columns) -> SimpleNamespace:
    """Ten customers of one firm as the record has them, and what `targeting` asks for."""
    n = 10
    plain = {"logged_first": np.zeros(n, int), "logged_last": np.full(n, 9), "logged_visits": np.full(n, 4)}
    plain |= {"logged_value": np.zeros(n), "logged_spend": np.arange(n) * 100, "propensity": np.arange(n) - 4.5}
    plain |= {"misjudged": np.arange(n)[::-1] - 4.5, "status": np.ones(n), "key": np.arange(n, dtype=np.uint64)}
    given = {**plain, **columns}
    person = {name: given.pop(name) for name in ("status", "propensity", "key")}
    found = {**person, **{name: np.asarray(values, float)[:, None] for name, values in given.items()}}
    return type("People", (dict,), {"scenario": SimpleNamespace(firms={"a": None}, luck=str)})(found)


def chosen(people, week=12, **keys) -> list[int]:
    """Who is on the right side of the lines."""
    own = terms("targeting", **{**OPEN, **keys})
    least, below, cut = targeting.cuts(people, 0, own, week)
    value = targeting.worth(people, 0, own) + targeting.TIE * targeting.luck(people, 0, week)
    best = (people["logged_first"][:, 0] >= 0) & (targeting.score(people, 0, own, week) >= cut)
    return np.flatnonzero(best & (value >= least) & (value < below)).tolist()


def test_each_score_by_hand() -> None:
    """Ten customers who spent 0, 1, ..., 9: the best three of them by each score; at a budget of 0 nobody."""
    assert chosen(record(), share=0.3, who="top_value") == [7, 8, 9]
    assert chosen(record(), share=0.3, who="light") == [0, 1, 2]
    late = record(logged_last=[9, 9, 9, 3, 9, 9, 9, 9, 9, 9])  # a gap of 1 and 9 weeks away; the others 3 and 3
    assert chosen(late, share=0.1, who="at_risk") == [3]
    assert chosen(record(), share=0.3, who="portrait", r=1.0) == [7, 8, 9]
    assert chosen(record(), share=0.3, who="portrait", r=-1.0) == [0, 1, 2]
    assert chosen(record(), share=0.3, who="portrait", r=0.0) == [0, 1, 2]  # the error alone, which falls here
    assert chosen(record(), share=0.0) == []
    assert len(chosen(record(), share=0.26, who="random")) == 3  # 2.6 people


def test_luck_is_drawn_anew_each_time_and_is_the_firms_own() -> None:
    """Two rounds choose others; the same round the same."""
    first, again, later = (chosen(record(), week=week, share=0.5, who="random") for week in (12, 12, 25))
    assert first == again != later


def test_who_was_seen_in_one_week_alone_is_not_overdue() -> None:
    """One visit has no gap; four visits in nine weeks have one of 3: five weeks away are 5/3 of it."""
    people = record(logged_visits=[4, 1, 2, *[4] * 7], logged_last=[9, 0, 0, *[9] * 7])
    found = targeting.overdue(people, 0, 14)
    assert found[:3] == pytest.approx([5 / 3, 0.0, 0.0])


def test_value_fades_from_round_to_round() -> None:
    """100 cents of before are 50 after a half-life of 13 weeks, and what was spent since is added."""
    people = record(logged_value=[100.0] * 10)
    own = terms("targeting", every=13, half_life=13.0)
    assert targeting.worth(people, 0, own)[:3] == pytest.approx([50.0, 150.0, 250.0])


def test_tenths_by_value_are_a_frame_around_any_score() -> None:
    """Tenths 1 to 2 are the two who spend most; who is lightest of them is one; outside the record nobody counts."""
    assert chosen(record(), share=1.0, class_to=2) == [8, 9]
    assert chosen(record(), share=0.1, who="light", class_to=2) == [8]
    assert chosen(record(), share=1.0, class_from=10) == [0]
    half = record(logged_first=[-1] * 5 + [0] * 5)
    assert chosen(half, share=0.4, who="light") == [5, 6]
    assert chosen(half, share=1.0, class_to=1) == []  # half a customer
    gone = record(status=np.array([1.0] * 9 + [2.0]))
    assert 8 in chosen(gone, share=0.11) and len([i for i in chosen(gone, share=0.11) if i < 9]) == 1


def visited(**keys):
    """A visit of 700 cents in week 6 by who has been chosen, and what is noted."""
    here = SimpleNamespace(joined=-1, picked=0, logged_first=-1, logged_last=-1, logged_visits=0, logged_now=0,
                           logged_spend=0, logged_before=-1)  # fmt: skip
    visit = SimpleNamespace(week=6, spend=700, visits_addressed=0, visits_held=0, visits_passed=0,
                            came_addressed=0, came_held=0)  # fmt: skip
    for name in ("joined", "picked"):
        setattr(here, name, keys.pop(name, getattr(here, name)))
    targeting.logged(here, SimpleNamespace(**{"recorded": 1.0, "cards": 0, **keys}), visit, 0.5)
    return here, visit


def test_a_purchase_comes_into_the_record_by_hand() -> None:
    """All of it, or nothing: too poor data, or no member where cards are read; it counts for one's place."""
    here, visit = visited(picked=2)
    assert (here.logged_first, here.logged_last, here.logged_visits, here.logged_now, here.logged_spend) == (
        6,
        6,
        1,
        1,
        700,
    )
    assert (visit.visits_addressed, visit.visits_held, visit.visits_passed) == (0, 1, 0)
    for nothing in ({"recorded": 0.5}, {"cards": 1}):
        here, _ = visited(**nothing)
        assert (here.logged_first, here.logged_spend) == (-1, 0)
    assert visited(cards=1, joined=3)[0].logged_spend == 700
    assert visited(picked=1)[1].visits_addressed == visited(picked=3)[1].visits_passed == 1
    assert visited(picked=1)[1].came_addressed == visited(picked=2)[1].came_held == 1
    again, visit = visited(picked=1)
    targeting.logged(again, SimpleNamespace(recorded=1.0, cards=0), visit, 0.5)
    assert (visit.visits_addressed, visit.came_addressed) == (2, 1)


def test_a_round_counts_who_is_where_with_what_was_before() -> None:
    """Once: five purchases of the period before go with who is written to; then no more."""
    here = SimpleNamespace(picked=1, logged_before=5)
    names = [f"{k}_{w}" for k in ("before",) for w in ("addressed", "held", "passed")]
    visit = SimpleNamespace(messages=0, held_out=0, passed_over=0, **dict.fromkeys(names, 0))
    assert targeting.was_sorted(here)
    targeting.sorted_now(here, visit)
    assert (visit.messages, visit.before_addressed, visit.held_out, here.logged_before) == (1, 5, 0, -1)
    assert not targeting.was_sorted(here)


def test_what_is_taken_amiss_by_hand() -> None:
    """Nothing where one is not recorded; privacy where one is; the slight on top for who is not addressed."""
    own = SimpleNamespace(privacy=0.01, slight=0.02)
    felt = [
        targeting.watched(SimpleNamespace(logged_first=f, picked=c), own) for f, c in ((-1, 0), (0, 1), (0, 2), (0, 3))
    ]
    assert felt == pytest.approx([0.0, -0.01, -0.03, -0.03])


# ---- in a market ---------------------------------------------------------------------------------------------------


def lived(n=60, weeks=16, **keys):
    """A plain market whose firm a turns to half of all customers every four weeks, and gives them money back."""
    program = {
        "targeting": {"share": 0.5, "every": 4, **OPEN, **keys},
        "cashback": {"rate": 0.1, "audience": "targeted"},
    }
    market = in_plain(Market(world(n, weeks, program=program, log=False), 3))
    return market, market.run()


def test_only_who_is_addressed_gets_it_and_the_lot_keeps_some_out() -> None:
    """Credit goes to half; with everybody held out to nobody; lots hold for life, whoever is chosen."""
    _, book = lived()
    rows = book.weekly[book.weekly.firm == "a"]
    known = (rows.messages + rows.held_out + rows.passed_over)[rows.week == 8].item()
    assert abs(rows.messages[rows.week == 8].item() - known / 2) <= 0.5 and rows.held_out.sum() == 0
    assert rows.cashback_issued.sum() > 0
    _, out = lived(holdout=1.0)
    rows = out.weekly[out.weekly.firm == "a"]
    assert rows.cashback_issued.sum() == rows.messages.sum() == 0 and rows.held_out.sum() > 0
    some, _ = lived(holdout=0.4)
    p = some.population
    assert ((p["picked"][:, 0] == 2) <= (p.lasting("holdout", "a") < 0.4)).all()
    assert ((p["picked"][:, 0] == 1) <= (p.lasting("holdout", "a") >= 0.4)).all()


def test_the_record_is_as_good_as_its_data() -> None:
    """Nothing recorded: nobody known, nobody written to; half recorded: about half of the purchases, z at 1e-5."""
    _, blind = lived(recorded=0.0)
    assert blind.weekly[["messages", "passed_over", "visits_passed"]].to_numpy().sum() == 0
    market, book = lived(recorded=0.5)
    noted = market.population["logged_visits"][:, 0].sum()
    bought = book.weekly.visits[book.weekly.firm == "a"].sum()
    assert abs(noted - bought / 2) < Z * np.sqrt(bought / 4)


def test_after_the_end_nobody_is_chosen() -> None:
    """The component ends in week 9: no messages after that, and places are free."""
    market, book = lived(end=9)
    assert book.weekly.messages[book.weekly.week >= 9].sum() == 0 < book.weekly.messages.sum()
    assert (market.population["picked"] == 0).all()


def test_an_audience_that_no_record_singles_out_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"cashback.audience.*targeted.*add program.targeting"):
        compose(["program=cashback", "program.cashback.audience=targeted"])
    with pytest.raises(ConfigError, match=r"class_from.*= 5 is beyond class_to = 2"):
        compose(["program=targeting", "program.targeting.class_from=5", "program.targeting.class_to=2"])


@pytest.mark.by_hand(
    "messages_raw", "messages_placebo", "messages_randomised", "came_written", "came_held", "cost_of_coming"
)
def test_three_ratios_by_hand() -> None:
    """10 messages with 30 purchases (20 before), 5 held out with 12, 20 others with 10 (10 before); an earlier week
    and another firm do not count. 3 / .5 = 6; 2 / .5 = 4; 3 / 2.4 = 1.25. Of 10 came 8, of 5 held out 3: .8, .6, and
    6 of money for 10 x .2 = 2 customers.
    """
    row = {
        "messages": 10,
        "held_out": 5,
        "passed_over": 20,
        "visits_addressed": 30,
        "visits_held": 12,
        "visits_passed": 10,
    }
    row |= {"before_addressed": 20, "before_held": 9, "before_passed": 10, "came_addressed": 8, "came_held": 3}
    row |= {"touchpoints": 500, "reward_cost": 100, "liability_change": 0, "fixed_cost": 0}
    rows = [{"week": 3, "firm": "a", **row}, {"week": 1, "firm": "a", **row, "messages": 99}]
    rows.append({"week": 3, "firm": "b", **row, "visits_held": 99})
    book = SimpleNamespace(weekly=pd.DataFrame(rows), firms=("a", "b"))
    found = {"messages_raw": 6.0, "messages_placebo": 4.0, "messages_randomised": 1.25}
    found |= {"came_written": 0.8, "came_held": 0.6, "cost_of_coming": 3.0}
    assert messages(book, 0, 2) == pytest.approx(found)
    rows[0]["came_addressed"] = 6  # no more than of those held out: nobody came for it
    fewer = messages(SimpleNamespace(weekly=pd.DataFrame(rows), firms=("a", "b")), 0, 2)
    assert np.isnan(fewer["cost_of_coming"])
    assert messages(SimpleNamespace(weekly=pd.DataFrame(rows)[["week", "firm"]], firms=("a", "b")), 0, 2) == {}


def test_what_seems_to_be_done_is_mostly_who_is_chosen() -> None:
    """Four policies at an equal number of messages, which do nothing at all: raw ratios lie apart as value, risk, luck
    and lightness do, the placebo says as much, the lot says 1 (some 750 customers a side and round, whose purchases
    spread by 1.5 of their mean at most: an error of .08, and two of them; the light buy too little to say).
    """
    found = {}
    for who in ("top_value", "at_risk", "random", "light"):
        own = {"targeting": {"who": who, "share": 0.3, "every": 13, "holdout": 0.5, "members_only": False}}
        book = Market(world(6000, 53, program=own, log=False), 3).run()
        rows = book.weekly[book.weekly.firm == "a"]
        found[who] = {**messages(book, 0, 14), "written": rows.messages.sum()}
    table = pd.DataFrame(found)
    assert table.loc["messages_raw"].is_monotonic_decreasing
    assert table.loc["messages_raw", "top_value"] > 2.5 and table.loc["messages_raw", "light"] < 0.6
    assert table.loc["messages_placebo", ["top_value", "light"]].to_numpy() == pytest.approx(
        table.loc["messages_raw", ["top_value", "light"]].to_numpy(), rel=0.5
    )
    assert table.loc["messages_randomised"].drop("light").to_numpy() == pytest.approx(np.ones(3), abs=0.16)
    assert table.loc["messages_raw", "random"] == pytest.approx(1.0, abs=0.1)
    assert table.loc["written"].max() / table.loc["written"].min() < 1.05


# ---- each in his own time ------------------------------------------------------------------------------------------


def clock(when, week, **columns):
    """Who of ten customers is addressed in a week: for three, after two without a visit, or of membership."""
    people = record(**columns)
    type(people).lasting = lambda self, purpose, firm: np.linspace(0.05, 0.95, 10)
    own = terms("targeting", **{**OPEN, "when": when, "after": 2, "lasts": 3, "share": 0.9})
    return np.flatnonzero(targeting.due(people, 0, own, week)).tolist()


def test_whose_time_it_is_by_hand() -> None:
    """The last visits were in weeks 0 to 9: in week 10 those of 5, 6, 7 are 4, 3, 2 full weeks ago; who never came, has
    left or is beyond the budget (the lot of the tenth customer) is not due; joining is counted the same way.
    """
    last = np.arange(10)
    assert clock("lapsed", 10, logged_last=last) == [5, 6, 7]
    assert clock("lapsed", 10, logged_last=np.where(last == 6, -1, last)) == [5, 7]
    assert clock("lapsed", 2, logged_last=np.full(10, -1)) == []
    assert clock("lapsed", 10, logged_last=last, status=np.where(last == 5, 2.0, 1.0)) == [6, 7]
    assert clock("lapsed", 12, logged_last=last) == [7, 8]  # customer 9 is beyond the budget
    assert clock("joined", 10, joined=last, logged_last=np.full(10, -1)) == [5, 6, 7]


def test_a_time_begins_once_by_hand() -> None:
    """Customers 5 to 7 are due; the lot of 5 is above .4, the others are held out; 6 has been held out since last
    week and has bought twice. Counted are 5 and 7, whose purchases begin at 0; the rest are known and not chosen.
    """
    picked, bought = [3, 3, 3, 3, 3, 3, 2, 3, 3, 3], np.full(10, 2)
    people = record(logged_last=np.arange(10), picked=picked, logged_before=np.full(10, -1), logged_now=bought)
    type(people).lasting = lambda self, purpose, firm: np.linspace(0.95, 0.05, 10)
    own = terms("targeting", **{**OPEN, "when": "lapsed", "after": 2, "lasts": 3, "share": 1.0, "holdout": 0.4})
    targeting.turn_to_each(people, 0, own, 10)
    assert people["picked"][:, 0].tolist() == [3, 3, 3, 3, 3, 1, 2, 2, 3, 3]
    assert people["logged_before"][:, 0].tolist() == [-1, -1, -1, -1, -1, 0, -1, 0, -1, -1]
    assert people["logged_now"][:, 0].tolist() == [2, 2, 2, 2, 2, 0, 2, 0, 2, 2]


def test_a_lapse_without_a_week_away_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"after.*= 0: with when=lapsed at least one week"):
        compose(["program=win_back", "program.targeting.after=0"])


def followed(weeks: int, lasts: int, **keys):
    """A market week by week: (the market, of each whose time begins: place, weeks that were left, rate at the firm)."""
    own = {"targeting": {"when": "lapsed", "after": 6, "lasts": lasts, "share": 1.0, "members_only": False, **keys}}
    market, found = Market(world(6000, weeks, program=own, log=False), 3), []
    people = market.population
    for week in range(weeks):
        before = people["picked"][:, 0].copy()
        market.step()
        now = people["picked"][:, 0]
        begins = np.isin(now, (1, 2)) & ~np.isin(before, (1, 2))
        pace = (people["rate"] * people["prior"][:, 0])[begins]
        found += list(zip(now[begins], np.full(begins.sum(), min(lasts, weeks - week)), pace, strict=True))
    return market, np.array(found)


def test_who_comes_back_anyway_is_what_chance_says() -> None:
    """A message that does nothing: purchases at the firm are Poisson with a rate of one's own, which has no memory, so
    that of those away for six weeks sum of 1 - exp(-rate weeks) come back within eight, written to or not (SE from
    Bernoulli trials, z at 1e-5). Most do (sparse buyers lapse all the time), and the lot finds nothing.
    """
    market, found = followed(40, 8, holdout=0.5)
    weekly = market.book().weekly
    rows = weekly[weekly.firm == "a"]
    for place, came, told in ((1, "came_addressed", "messages"), (2, "came_held", "held_out")):
        who = found[found[:, 0] == place]
        chance = -np.expm1(-who[:, 2] * who[:, 1])
        assert rows[told].sum() == len(who)
        assert abs(rows[came].sum() - chance.sum()) < Z * np.sqrt((chance * (1.0 - chance)).sum())
        assert rows[came].sum() > 0.5 * len(who)


def test_each_is_written_to_once_and_held_out_for_life() -> None:
    """Coupons of a win-back: one each time, none for the held out; back at the firm one is no longer addressed."""
    own = {"when": "lapsed", "after": 6, "lasts": 8, "share": 1.0, "holdout": 0.4, "members_only": False}
    coupon = {"audience": "targeted", "chance": 1.0, "window": 8, "face_value": 5.0, "users": 1.0, "redeem": 1.0}
    market = Market(world(3000, 40, program={"targeting": own, "coupon": coupon}, log=False), 3)
    rows = market.run().weekly
    rows = rows[rows.firm == "a"]
    assert rows.messages.sum() == rows.coupons_issued.sum() > 500 < rows.held_out.sum()
    assert rows.coupons_redeemed.sum() == rows.came_addressed.sum()
    people = market.population
    held = people.lasting("holdout", "a") < 0.4
    assert not ((people["picked"][:, 0] == 1) & held).any() and not ((people["picked"][:, 0] == 2) & ~held).any()
    away = 40 - people["logged_last"][:, 0][np.isin(people["picked"][:, 0], (1, 2))] - 1
    assert ((away == 0) | (away >= 7)).all()  # back in the last week, or still away
    written, anyway = rows.came_addressed.sum() / rows.messages.sum(), rows.came_held.sum() / rows.held_out.sum()
    spread = np.sqrt(0.25 / rows.messages.sum() + 0.25 / rows.held_out.sum())
    assert written - anyway > Z * spread  # at 5 off a purchase of 20, in a market where rewards pull


def bonds(lasts: int, per_week: float, habituation: float, half_life: float) -> tuple[np.ndarray, int]:
    """Everybody joins in the first week: the mean bond of each customer over the year, and contacts paid for."""
    program = {
        "targeting": {"when": "joined", "after": 0, "lasts": lasts, "share": 1.0, "holdout": 0.0, "unit_cost": 0.0},
        "contact": {"audience": "targeted", "per_week": per_week, "effect": 0.1, "habituation": habituation},
        "membership": {"join": "everyone", "relational": 1.0},
    }
    behaviour = {"bond": {"premium": 0.0, "half_life": half_life}}
    market, total = Market(world(2000, 53, program=program, behaviour=behaviour, log=False), 3), 0.0
    for _ in range(53):
        market.step()
        total = total + market.population["bond"][:, 0].astype(float)
    weekly = market.book().weekly
    return total / 53, int(weekly.contacts[weekly.firm == "a"].sum())


@pytest.mark.parametrize(("habituation", "half_life", "sign"), [(0.0, 52.0, 1), (5.0, 4.0, -1)])
def test_onboarding_against_the_same_contacts_spread_evenly(habituation, half_life, sign) -> None:
    """Four contacts in the first eight weeks, or over the year: early is better where a bond lasts and contacts do not
    wear off, worse where they do and it does not.
    """
    early, some = bonds(8, 0.5, habituation, half_life)
    even, same = bonds(5200, 4.0 / 52.0, habituation, half_life)
    assert abs(some - same) < Z * np.sqrt(some + same)  # contacts: sums of Bernoulli trials
    gain = sign * (early - even)
    assert gain.mean() > 4.0 * gain.std() / np.sqrt(len(gain))
