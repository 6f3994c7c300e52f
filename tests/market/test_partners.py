"""A coalition's partners: one account over several markets, nothing made or lost, the operator owes all of it."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from loyaltysim.accounting import journal
from loyaltysim.market import checkpoint
from loyaltysim.market.model import Market
from loyaltysim.market.partners import program_at, scenario_of, seed_of
from loyaltysim.measures import twins
from loyaltysim.measures.coalition import coalition
from loyaltysim.programs.coalition import MECHANISM, Coalition, Partner
from loyaltysim.programs.membership import joins
from loyaltysim.programs.points import points_pull
from tests.scenarios import (
    Z,
    changed,
    coalition_world,
    in_plain,
    points_world,
    same,
    terms,
    world,
)

pytestmark = pytest.mark.interpreter
SMALL = {"n": 40, "weeks": 18}
EVERYBODY = {"program": {"membership": {"join": "everyone"}}}


def finished(scenario, seed=3, **more):
    """A market after its last week."""
    market = Market(scenario, seed, **more)
    market.run()
    return market


def own(market, name="a"):
    """The weekly table of one firm."""
    book = market.book()
    return book.weekly[book.weekly.firm == name].reset_index(drop=True)


def at_partners(market, column):
    """A column of the partners' weekly table, summed over partners. -> (weeks,)"""
    return market.book().partners.groupby("week")[column].sum().to_numpy()


# ---- what is conserved -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    "make",
    [
        {},
        {"points": {"expiry": 4, "bonus": 20.0}},
        {"points": {"endowment": 10.0}, "partner": {"redeem": False, "earn": 3.7}},
        {"points": {"redeem": "later", "partial": True, "strength": 0.0}},
        {"points": {"redeem": "later", "minimum": 120.0}, "partner": {"together": 0.9}},
    ],
)
def test_points_are_conserved_over_all_partners(make, seed):
    """Issued = redeemed + expired + held, over the operator and all partners, every week's books checked by the run.

    What the operator counts is the sum of what its own till and those of its partners counted, week by week.
    """
    market = finished(coalition_world(n=120, **make), seed)
    weekly, held = own(market), market.population["balance"][:, 0]
    assert weekly.points_issued.sum() == weekly.points_redeemed.sum() + weekly.points_expired.sum() + held.sum() > 0
    assert weekly.partner_issued.sum() > 0
    for counter, column in (("partner_issued", "points_issued"), ("partner_redeemed", "points_redeemed")):
        assert np.array_equal(weekly[counter], at_partners(market, column))
    collected = sum(m.population["collected"].sum() for m in (market, *(p.market for p in market.partners.places)))
    assert collected == weekly.points_issued.sum()
    for place in market.partners.places:
        assert not place.market.population["balance"].any(), "points of one account lie in two books"


def test_everybodys_points_by_hand():
    """Where all are members a partner gives earn times what it takes, and a bonus is given once, wherever one shops."""
    scenario = coalition_world(n=60, partner={"earn": 2.0}, points={"bonus": 7.0}, **EVERYBODY)
    market = finished(scenario)
    tables = market.book().partners
    given = tables.groupby("firm").points_issued.sum()
    spent = tables.groupby("firm").revenue.sum()
    mine = own(market)
    first = sum(
        m.population["collected"][:, 0].astype(bool) for m in (market, *(p.market for p in market.partners.places))
    )
    bonus = 7000 * int((first > 0).sum())
    by_spending = 10 * (mine.revenue.sum() + 2 * spent["drugstore"] + spent["cafe"])
    assert mine.points_issued.sum() == by_spending + bonus
    assert mine.partner_issued.sum() == given.sum()


def test_what_is_settled_sums_to_zero():
    """Fees and refunds are whole cents of the points that moved; over all firms nothing is left, and rewards cost what
    they cost where they are handed over.
    """
    fees = {"fee": 0.9, "refund": 0.7}
    market = finished(coalition_world(n=120, partner=fees))
    mine, theirs = own(market), market.book().partners
    assert mine.partner_fees.sum() == theirs.partner_fees.sum() > 0
    assert mine.partner_refunds.sum() == theirs.partner_refunds.sum() > 0
    drugstore = theirs[theirs.firm == "drugstore"]
    assert np.array_equal(drugstore.partner_fees, (drugstore.points_issued * 400 * 9 // 10 // 60_000))
    assert np.array_equal(drugstore.partner_refunds, (drugstore.points_redeemed * 400 * 7 // 10 // 60_000))
    cost = round(400 * terms("points").cost)
    assert np.array_equal(
        drugstore.reward_cost, drugstore.rewards * cost + drugstore.partner_fees - drugstore.partner_refunds
    )
    assert mine.reward_cost.sum() + theirs.reward_cost.sum() == cost * (mine.rewards.sum() + theirs.rewards.sum())
    held = int(market.population["balance"][:, 0].sum())
    assert mine.liability_change.sum() == held * cost // 60_000
    assert not theirs.liability_change.any(), "the operator alone owes points"


def test_any_amount_is_a_cost_where_it_is_used():
    """Where any amount is redeemed the cost of it stands at the firm that gave the goods, once."""
    market = finished(coalition_world(n=120, points={"redeem": "later", "partial": True, "strength": 0.0}))
    mine, theirs = own(market), market.book().partners
    cost = 320
    at_home = (mine.points_redeemed.sum() - mine.partner_redeemed.sum()) * cost // 60_000
    net = int(mine.partner_refunds.sum() - mine.partner_fees.sum())
    assert mine.reward_cost.sum() == at_home + net
    there = theirs.reward_cost.sum() + net
    assert there == sum(week.points_redeemed * cost // 60_000 for week in theirs.itertuples()) > 0


def test_the_journal_of_all_firms_balances():
    """Debits are credits in every firm and week, its result is the ledger's, and settlements of all firms are 0."""
    scenario = coalition_world(n=80, partner={"fee": 1.1, "refund": 0.6})
    market = finished(scenario)
    book = market.book()
    weekly = journal.with_partners(book.weekly, book.partners)
    assert list(weekly.firm.unique()) == ["a", "b", "c", "d", "cafe", "drugstore"]
    promised = journal.promises({"with": book}, 3)
    entries = journal.journal(weekly, promised)
    sums = entries.groupby(["firm", "week"])[["debit", "credit"]].sum()
    assert (sums.debit == sums.credit).all()
    assert journal.result(entries).equals(weekly.set_index(["firm", "week"]).profit.sort_index())
    settled = entries[entries.account == "settlements"]
    net = (settled.debit - settled.credit).groupby(settled.firm).sum()
    assert net.sum() == 0 and set(net.index) == {"a", "drugstore", "cafe"} and (net != 0).all()
    assert not (entries.account == "rounding").any()
    owed = entries[entries.account == "points_liability"]
    assert set(owed.firm) == {"a"}


# ---- neutral, and one source -----------------------------------------------------------------------------------------


def test_without_partners_it_is_plain_points():
    """No partners: every byte is that of plain points."""
    plain = points_world(**SMALL, points={"pressure": "rational"})
    neutral = changed(plain, firms={**plain.firms, "a": dataclasses.replace(
        plain.firms["a"], program={**plain.firms["a"].program, "coalition": Coalition()})})  # fmt: skip
    one, two = in_plain(Market(plain, 4)), in_plain(Market(neutral, 4))
    same(one.run(), two.run())


def test_a_partner_whose_points_are_worth_nothing_sells_what_its_twin_sells():
    """A program that pulls nobody moves nothing at the partner, purchase by purchase."""
    market = finished(coalition_world(n=100, points={"perceived": 0.0}, **EVERYBODY))
    table = market.book().partners
    assert (table.revenue == table.revenue_without).all() and (table.visits == table.visits_without).all()


def test_partners_in_plain_python_are_compiled_partners():
    """The same source in plain Python and compiled: books, accounts and partners, bit for bit."""
    make = coalition_world(**SMALL, points={"pressure": "rational", "expiry": 6})
    plain, compiled = in_plain(Market(make, 6)), Market(make, 6)
    same(plain.run(), compiled.run())
    pd.testing.assert_frame_equal(plain.book().partners, compiled.book().partners, check_exact=True)
    for name in ("balance", "joined", "from_partners", "abroad"):
        assert np.array_equal(plain.population[name], compiled.population[name]), name


def test_apart_each_partner_is_a_market_by_itself():
    """shared=false: a partner's books are those of its market run alone, to the byte; nothing reaches the operator."""
    scenario = coalition_world(**SMALL, coalition={"shared": False}, partner={"together": 0.0})
    market = finished(scenario)
    partner, program = Partner(ask=0.3), scenario.firms["a"].program
    alone = Market(scenario_of(scenario, "drugstore", partner, program_at(partner, program)), seed_of(3, "drugstore"))
    place = market.partners.places[1]
    alone.population.restore({name: place.market.population[name] for name in ("rho", "beta")})
    table, weekly = place.table(market), own(SimpleNamespace(book=lambda: alone.run()), "drugstore")
    both = [name for name in table if name in weekly and not name.startswith("partner_")]
    pd.testing.assert_frame_equal(table[both], weekly[both], check_exact=True)
    assert table.points_issued.sum() > 0 and not own(market).partner_issued.any()
    plain = dict(scenario.firms["a"].program)
    del plain["coalition"]
    bare = changed(scenario, firms={**scenario.firms, "a": dataclasses.replace(scenario.firms["a"], program=plain)})
    same(Market(bare, 3).run(), market.book())


# ---- who they are ----------------------------------------------------------------------------------------------------


def test_the_same_people_with_another_luck():
    """Propensity and sensitivity are the person's; rates, tastes and luck are the market's own, with the correlation
    that was asked for. 4,000 customers; r within Z / sqrt(n), after Fisher (1921).
    """
    customers = {"price_sensitivity_sd": 0.3}
    for r in (0.0, 0.6, -0.4):
        market = Market(coalition_world(n=4000, weeks=1, partner={"together": r}, customers=customers), 9)
        for place in market.partners.places:
            people = place.market.population
            for name in ("rho", "beta"):
                assert np.array_equal(people[name], market.population[name])
            asked = r if place.name == "drugstore" else 0.0
            found = stats.pearsonr(people["z"], market.population["z"]).statistic
            assert abs(np.arctanh(found) - np.arctanh(asked)) < Z / np.sqrt(4000 - 3)
            assert abs(stats.pearsonr(people["log_g"][:, 0], market.population["log_g"][:, 0]).statistic) < Z / 63
            assert not (people["key"] == market.population["key"]).any()
            assert abs(people["rate"].mean() * 52.0 / place.market.terms.market.M - 1.0) < Z * 1.2 / 63


def test_a_partner_more_moves_nobody_elses_luck():
    """Twins are the same whoever else takes part and whatever the program gives."""
    one, two = coalition_world(n=50), coalition_world(n=50, partner={"earn": 9.0})
    only = Coalition(partners={"cafe": one.firms["a"].program["coalition"].partners["cafe"]})
    three = changed(one, firms={**one.firms, "a": dataclasses.replace(
        one.firms["a"], program={**one.firms["a"].program, "coalition": only})})  # fmt: skip
    tables = [finished(s).book().partners for s in (one, two, three)]
    first, second, third = (table[table.firm == "cafe"].reset_index(drop=True) for table in tables)
    for name in ("visits_without", "revenue_without", "profit_without"):
        assert first[name].equals(second[name]) and first[name].equals(third[name])
    assert not first.revenue.equals(third.revenue) or not first.revenue.equals(second.revenue)


def test_who_may_not_join_may_not_join_anywhere():
    """The world in which nobody joins the focal program: partners too give it to nobody, and sell what twins sell."""
    scenario = coalition_world(n=60)
    with_it = Market(scenario, 3).run()
    book = Market(scenario, 3, eligible=False, offers=with_it.offers, around=with_it.around).run()
    assert (book.people.joined_a < 0).all() and not book.weekly.points_issued.any()
    assert (book.partners.revenue == book.partners.revenue_without).all()
    assert (with_it.people.joined_a >= 0).any()


def test_a_twin_never_has_a_program():
    """A partner's twin is its market without a program, run alone, week by week; the partner itself sells more."""
    market = finished(coalition_world(n=80, **EVERYBODY))
    place = market.partners.places[0]
    alone = Market(scenario_of(market.terms, "cafe", place.partner, {}), seed_of(3, "cafe"))
    alone.population.restore({name: place.market.population[name] for name in ("rho", "beta")})
    alone.run()
    table, weekly = place.table(market), own(alone, "cafe")
    for name in ("visits", "revenue", "profit"):
        assert np.array_equal(table[f"{name}_without"], weekly[name])
    assert table.revenue.sum() > weekly.revenue.sum()


# ---- one account -----------------------------------------------------------------------------------------------------


def test_a_card_fills_at_whichever_till():
    """Earn here, burn there: rewards come at both, and where a partner takes no points all are handed over at home."""
    both = finished(coalition_world(n=100))
    table = both.book().partners
    assert (table.groupby("firm").rewards.sum() > 0).all() and own(both).rewards.sum() > 0
    only = Partner(ask=0.3, redeem=False)
    scenario = coalition_world(n=100, coalition={"partners": {"drugstore": only}})
    market = finished(scenario)
    assert not at_partners(market, "rewards").any() and not at_partners(market, "points_redeemed").any()
    assert at_partners(market, "points_issued").sum() > 0 and own(market).rewards.sum() > 0


def test_points_kept_alive_by_partners():
    """Points lapse after weeks without a visit to any firm of the coalition; alone far more lapse."""
    points = {"expiry": 5, "threshold": 300.0}
    together = own(finished(coalition_world(n=200, points=points, **EVERYBODY)))
    apart = own(finished(coalition_world(n=200, points=points, coalition={"shared": False}, **EVERYBODY)))
    lapsed = [w.points_expired.sum() / w.points_issued.sum() for w in (together, apart)]
    assert 0.0 < lapsed[0] < 0.6 * lapsed[1]


def test_who_joins_counts_what_partners_give():
    """The yearly worth in joining is that of all places: by hand, and more members where joining is an effort."""
    here = SimpleNamespace(joined=-1, eligible=1, prior=0.5, misjudged=0.0, picked=0, abroad=4.0)
    me = SimpleNamespace(rate=0.0, spending=10.0, propensity=0.0, link_reward=1.0, link_join=1.0, link_hassle=1.0)
    asks = terms("membership", ask=1.0, hassle=5.0, scale=1.0)
    said = {name: getattr(asks, name) for name in ("again", "members", "estimated", "targeted", "known", "guessed",
                                                   "side", "bar")}  # fmt: skip
    door = {"reward_rate": 0.01, "reward_visit": 0.0, "dues": 0.0, "points": SimpleNamespace(each=0.02)}
    offer = SimpleNamespace(**vars(asks), **said, **door)
    chance = 1.0 / (1.0 + np.exp(-(4.0 * 52.0 * 0.02 - 5.0)))
    for luck, joined in ((chance - 1e-6, 7), (chance + 1e-6, -1)):
        here.joined = -1
        joins(here, me, offer, SimpleNamespace(week=7, joins=0), 0.0, 0.5, luck)
        assert here.joined == joined
    effort = {"program": {"membership": {"ask": 0.5, "hassle": 6.0, "scale": 2.0}}}
    worlds = [finished(coalition_world(n=300, coalition={"shared": shared}, **effort)) for shared in (True, False)]
    members = [(market.population["joined"][:, 0] >= 0).mean() for market in worlds]
    assert members[0] > members[1] + 0.1


def test_a_rational_customer_counts_visits_to_partners():
    """The card of a light customer is nearer to full with partners: what a step is worth, by the closed form."""
    offer = terms("points", pressure="rational", discount=0.05, threshold=100.0, face_value=6.0)
    names = (
        "issued_per_cent members estimated targeted known guessed side bar runs_on card head_start pace plain rational"
    )
    names += " discount idle_weeks strength power worth"
    said = SimpleNamespace(**{name: getattr(offer, name) for name in names.split()})
    me = SimpleNamespace(rate=0.1, spending=10.0, propensity=0.0, link_reward=1.0)
    visit = SimpleNamespace(paid_cents=1000.0)
    pulls = []
    for abroad, often in ((0.0, 0.0), (20.0, 1.0)):
        here = SimpleNamespace(joined=1, balance=0, card_start=0, prior=0.5, misjudged=0.0, picked=0, abroad=abroad,
                               abroad_visits=often)  # fmt: skip
        pulls.append(points_pull(here, me, said, visit))
    v, step = 0.05 + 1.0, (0.05 * 10.0 + 20.0) / 1.05 / 100.0
    a = -np.log(v / (v + 0.05)) / step
    share = (np.exp(-a * 0.9) - np.exp(-a)) / (1.0 - np.exp(-a))
    assert pulls[1] == pytest.approx(600.0 * share / 1000.0) and pulls[1] > 5.0 * pulls[0] > 0.0


def test_what_is_earned_elsewhere_is_foreseen():
    """abroad is the points a week of all other places, from rates, shares and baskets; 0 where currencies are apart."""
    market = Market(coalition_world(n=30, weeks=1, partner={"earn": 2.0}), 3)
    market.step()
    cafe, drugstore = (place.market.population for place in market.partners.places)
    each = {
        name: p["rate"] * p["prior"][:, 0] for name, p in (("own", market.population), ("c", cafe), ("d", drugstore))
    }
    points = {"own": each["own"] * market.population["spending"], "c": each["c"] * cafe["spending"],
              "d": 2.0 * each["d"] * drugstore["spending"]}  # fmt: skip
    assert market.population["abroad"][:, 0] == pytest.approx(points["c"] + points["d"])
    assert cafe["abroad"][:, 0] == pytest.approx(points["own"] + points["d"])
    assert market.population["abroad_visits"][:, 0] == pytest.approx(each["c"] + each["d"])
    apart = Market(coalition_world(n=30, weeks=1, coalition={"shared": False}), 3)
    apart.step()
    assert not apart.population["abroad"].any()


# ---- against stand-alone programs at the same give-back (S3-51) ------------------------------------------------------

PATIENT = {"redeem": "later"}
DRAWN = {"redeemers": {"redeem_effect": 1.0}}  # what may be redeemed at a visit pulls to it
CAFE = {"M": 200.0, "mean": 5.0, "share": 0.5}  # many small visits: points of the chain are used there


@pytest.mark.parametrize(
    "points, behaviour, partner, here, there",
    [
        ({"pressure": "curve"}, {}, {}, 0, 0),
        ({"pressure": "rational", "discount": 0.1}, {}, {}, 1, 1),
        (PATIENT, DRAWN, CAFE, -1, 1),
        (PATIENT, DRAWN, {**CAFE, "redeem": False}, 1, None),
    ],
    ids=["nobody waits", "impatient", "used at a cafe", "earned at a cafe"],
)
def test_a_coalition_against_stand_alone_programs(points, behaviour, partner, here, there):
    """S3-51: one currency against the same program at each firm by itself, all members, common luck, costs within 3 %.

    Where nobody waits it moves nothing (Bombaij & Dekimpe 2020); impatience, `points.discount`, betters it at both;
    where redeeming draws, points that are used elsewhere, `partner.redeem`, take that away from the chain and bring it
    there. Signs and nil by 4 standard errors of 6 runs; None: not judged.
    """
    found = []
    for seed in range(1, 7):
        books = []
        for shared in (True, False):
            partners = {"partner": Partner(ask=0.3, **partner)}
            program = {"coalition": {"partners": partners, "shared": shared},
                       "points": {"threshold": 100.0, "face_value": 4.0, **points},
                       "membership": {"join": "everyone"}}  # fmt: skip
            books.append(Market(world(600, 78, program=program, behaviour=behaviour, log=False), seed).run())
        own_firm = [book.weekly[book.weekly.firm == "a"] for book in books]
        cost = [rows.reward_cost.sum() + rows.liability_change.sum() for rows in own_firm]
        assert cost[0] == pytest.approx(cost[1], rel=0.03)
        at_home, away = (
            [table.revenue.sum() for table in tables] for tables in (own_firm, [b.partners for b in books])
        )
        found.append([at_home[0] / at_home[1] - 1.0, away[0] / away[1] - 1.0])
    mean, error = np.mean(found, axis=0), stats.sem(found, axis=0)
    for k, sign in enumerate((here, there)):
        if sign is not None:
            told = f"{mean[k]:.5f} ({error[k]:.5f})"
            assert sign * mean[k] > 4.0 * error[k] if sign else abs(mean[k]) < 4.0 * error[k], told


# ---- dates, launches, checkpoints ------------------------------------------------------------------------------------


def test_a_launch_is_run_once_for_all_worlds():
    """The burn-in that arms share is exact with partners: from the launch on as from the first week."""
    scenario = coalition_world(n=60, weeks=20, policy={"launch": {"week": 8}})
    past = twins.Past(twins.logged(scenario), 5)
    branched, whole = past.arm(twins.logged(scenario)), Market(twins.logged(scenario), 5).run()
    same(branched, whole)
    pd.testing.assert_frame_equal(branched.partners, whole.partners, check_exact=True)
    assert not whole.partners[whole.partners.week < 8].points_issued.any()
    assert whole.partners[whole.partners.week >= 8].points_issued.any()
    worlds = twins.three(scenario, 5, past)
    found = coalition(scenario, worlds)
    assert worlds.without.partners is None and found["partners_lift"] > 0.0
    other = twins.Past(twins.logged(coalition_world(n=60, weeks=20)), 5)
    other.market = Market(twins.logged(coalition_world(n=60, weeks=20)), 5)
    for _ in range(3):
        other.market.step()
    with pytest.raises(ValueError, match="partners of a coalition gave points"):
        checkpoint.branch(other.market, scenario)


def test_partners_stop_with_the_coalition(tmp_path):
    """With its end partners give nothing and what is held stays with the operator; apart, it lapses with each."""
    for shared in (True, False):
        market = finished(coalition_world(n=80, weeks=24, coalition={"shared": shared, "end": 12}))
        table = market.book().partners
        assert table[table.week < 12].points_issued.any() and not table[table.week >= 12].points_issued.any()
        for place in market.partners.places:
            assert not place.market.population["balance"].any()
        gone = table.points_expired[table.week == 12].sum()
        assert (gone > 0) == (not shared)
        assert market.population["balance"].sum() > 0


def test_a_checkpoint_keeps_partners(tmp_path):
    """Run T, save, load, run T is run 2T, byte for byte, partners and all."""
    scenario = coalition_world(**SMALL)
    whole, half = Market(scenario, 8), Market(scenario, 8)
    for _ in range(9):
        half.step()
    again = checkpoint.load(checkpoint.save(half, tmp_path / "half"))
    for _ in range(9):
        again.step()
    same(whole.run(), again.book())
    pd.testing.assert_frame_equal(whole.book().partners, again.book().partners, check_exact=True)


# ---- what is refused, and told ---------------------------------------------------------------------------------------


def test_what_no_coalition_can_have_is_refused():
    """Every condition in words, with the way out."""

    def problems(**more):
        scenario = coalition_world(n=10, **more)
        return dict(MECHANISM.fits(scenario.firms["a"].program["coalition"], scenario))

    assert problems() == {}
    alone = coalition_world(n=10).firms["a"].program["coalition"]
    assert (
        "add program.points" in dict(MECHANISM.fits(alone, world(n=10, program={"coalition": vars(alone)})))["partners"]
    )
    assert "call it b_partner" in problems(coalition={"partners": {"b": Partner()}})["partners.b"]
    assert "at most 5" in problems(coalition={"partners": {f"p{k}": Partner() for k in range(6)}})["partners"]
    assert "expiry_rule=inactivity" in problems(points={"expiry": 26, "expiry_rule": "age"})["partners"]
    assert "points.pending=0" in problems(points={"pending": 2})["partners"]
    assert "audience=member" in problems(points={"audience": "everyone"})["partners"]
    assert "~behaviour.dropout" in problems(behaviour={"dropout": {}})["partners"]
    scenario = coalition_world(n=10)
    at_rival = changed(scenario, focal="b")
    assert "set focal=a" in dict(MECHANISM.fits(at_rival.firms["a"].program["coalition"], at_rival))["partners"]
    recorded = changed(scenario, record=dataclasses.replace(scenario.record, accounts=True))
    assert (
        "record.accounts=false" in dict(MECHANISM.fits(recorded.firms["a"].program["coalition"], recorded))["partners"]
    )


@pytest.mark.by_hand(
    "earned_elsewhere", "used_elsewhere", "earn_at_two", "partners_lift", "coalition_lift", "partners_profit",
    "coalition_profit", "profit_at_partner_{}",
)  # fmt: skip
def test_measures_by_hand():
    """Two partners, two weeks of which one is after the launch, two customers: every number worked out."""
    weekly = pd.DataFrame({"week": [0, 1], "firm": "a", "revenue": [500, 1100], "profit": [50, 130],
                           "points_issued": [0, 800], "partner_issued": [0, 200], "points_redeemed": [0, 400],
                           "partner_redeemed": [0, 300]})  # fmt: skip
    partners = pd.DataFrame({"week": [0, 1, 0, 1], "firm": ["x", "x", "y", "y"], "revenue": [9, 220, 9, 330],
                             "profit": [9, 20, 9, 10], "revenue_without": [9, 200, 9, 300],
                             "profit_without": [9, 30, 9, 5]})  # fmt: skip
    people = pd.DataFrame({"joined_a": [1, 1, -1, 1], "places": [2, 1, 0, 3], "status": 1, "entered": 0})
    with_it = SimpleNamespace(weekly=weekly, partners=partners, people=people)
    bare = SimpleNamespace(weekly=weekly.assign(revenue=[500, 1000], profit=[50, 100]))
    scenario = SimpleNamespace(focal="a", firms={"a": None}, weeks=2)
    found = coalition(scenario, SimpleNamespace(with_it=with_it, without=bare, launch=1))
    year = 52.0 / 4.0 / 100.0  # of four customers in one week
    assert found == pytest.approx({
        "earned_elsewhere": 0.25, "used_elsewhere": 0.75, "earn_at_two": 2 / 3, "partners_lift": 0.1,
        "coalition_lift": 1650 / 1500 - 1.0, "partners_profit": -5 * year, "coalition_profit": 25 * year,
        "profit_at_partner_1": -10 * year, "profit_at_partner_2": 5 * year,
    })  # fmt: skip
    assert coalition(scenario, SimpleNamespace(with_it=SimpleNamespace(partners=None))) == {}
