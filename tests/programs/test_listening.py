"""What a firm does about its service: staff, causes of complaints, what is said of it, mystery shoppers, returns."""

from __future__ import annotations

import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pytest

from loyaltysim import metrics
from loyaltysim.behaviour.walkout import Walkout, stays_in, walks_out
from loyaltysim.measures import attitudes, money, program_effects, twins
from loyaltysim.mechanism.names import Blank
from loyaltysim.mechanism.registry import components
from loyaltysim.programs.monitoring import Monitoring, answers
from loyaltysim.programs.returns import Returns, wants_back
from loyaltysim.scenario.forms import written
from loyaltysim.scenario.read import read
from loyaltysim.scenario.reader import ConfigError
from tests.behaviour.test_felt_signs import ran, sign, trend, visits
from tests.market.test_survey import asked, last
from tests.scenarios import FIXED, Z, contract_world, totals, world

FAILING = {"experience": {"premium": 0.5, "failure": 0.1, "severity": 2.0, "disconfirmation": 0.0}}


def profits(program, behaviour, without=None, seeds=5, **more) -> list[list[float]]:
    """The focal firm's profit without and with a program, for several seeds."""
    made = [world(120, 39, program=p, behaviour=behaviour, **more) for p in (without or {}, program)]
    return [[float(totals(ran(m, seed).book()).loc["a", "profit"]) for m in made] for seed in range(seeds)]


# ---- staff -----------------------------------------------------------------------------------------------------------


def test_skill_follows_its_closed_form():
    """s(t) = s* (1 - (1 - training - turnover)^t), s* = training / (training + turnover); rivals' staff is as usual."""
    market = ran(world(10, 20, program={"staff": {"training": 0.1, "turnover": 0.05}}))
    skill = np.array([around["staff_skill"] for around in market.surroundings])
    assert skill[:, 0] == pytest.approx(0.1 / 0.15 * (1.0 - 0.85 ** np.arange(1, 21)), rel=1e-12)
    assert not skill[:, 1:].any()


def test_skill_under_load_follows_its_recursion():
    """Week by week by hand: loss = turnover + strain x what last week's visitors were above the usual, at most 1; at a
    firm that draws a crowd, and at its rivals, who have fewer than usual and lose no less skill for that.
    """
    own = {"staff": {"training": 0.1, "turnover": 0.05, "strain": 2.0}}
    market = ran(world(100, 16, program=own, rivals=own, firm={"a": {"price": 0.7}}))
    for j, (most, quiet) in enumerate(((0.5, False), (0.0, True))):
        skill, crowds = 0.0, [0.0, *(around["crowd"][j] for around in market.surroundings)]
        for around, crowd in zip(market.surroundings, crowds, strict=False):
            skill += 0.1 * (1.0 - skill) - min(1.0, 0.05 + 2.0 * max(0.0, crowd)) * skill
            assert around["staff_skill"][j] == pytest.approx(skill, rel=1e-12)
        assert 2.0 * max(crowds) >= most and (min(crowds) < -0.1) == quiet


@pytest.mark.parametrize("strain, outcome", [(0.0, 0), (2.0, -1)])
def test_s3_81_staff_is_cold_under_load_or_as_friendly_as_ever(strain, outcome):
    """S3-81: what customers say of the service of a trained staff, of the firm at a lower price that draws a crowd less
    the same at its usual price: no other without strain, worse with it. Quality itself feels no crowd (congestion 0).
    """
    own = {"staff": {"training": 0.3, "friendliness": 2.0, "strain": strain}}
    found = [
        ran(world(200, 26, program=own, behaviour=FAILING, firm={"a": {"price": p}})).population["care"][:, 0]
        for p in (0.8, 1.0)
    ]
    both = (found[0] != 0.0) & (found[1] != 0.0)
    assert sign((found[0] - found[1])[both].astype(float)) == outcome


ATTRIBUTES = {  # of service, each against the usual
    "friendliness": {"staff": {"friendliness": 1.0, "expertise": 0.0, "training": 0.5, "turnover": 0.0}},
    "response_time": {"service": {"recovery": 1.0, "recovery_quality": 1.0, "voice": 3.0}},
    "problem_solving": {"service": {"recovery": 1.0, "recovery_quality": 1.0, "voice": 3.0, "response_time": 1.0}},
}
USUAL = {"response_time": {"service": {"recovery": 1.0, "recovery_quality": 1.0, "voice": 3.0, "response_time": 9.0}}}


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_s2_15_three_attributes_of_service_move_what_customers_say_of_it(attribute):
    """S2-15: friendliness, response time and problem solving each raise the answers about service and the visits, with
    the others as they were.
    """
    found = []
    for program in (ATTRIBUTES[attribute], USUAL.get(attribute, {})):
        market = ran(asked(world(300, 26, program=program, behaviour=FAILING), every=26, noise=0.0))
        answer = last(market)
        buyers = market.book().visits.sum(axis=0)[:, 0]
        found.append((answer.service.to_numpy(float), buyers.astype(float)))
    assert sign(found[0][0] - found[1][0]) == sign(found[0][1] - found[1][1]) == 1


@pytest.mark.parametrize("spend, outcome", [(0.0, 1), (400.0, -1)])
def test_s3_70_s4_39_training_pays_or_costs(spend, outcome):
    """S3-70, S4-39: friendlier staff brings profit where training costs nothing, and less than none at 400 a week."""
    own = {"staff": {"training": 0.3, "friendliness": 2.0, "spend": spend}}
    assert trend(profits(own, FAILING)) == outcome


@pytest.mark.parametrize("floor, outcome", [(-1.0, 1), (0.0, -1)])
def test_s4_42_expertise_builds_trust_where_distrust_is_possible(floor, outcome):
    """S4-42: expertise makes visits even. Held against what is promised, even visits leave more trust where uneven ones
    can bring distrust, and less where trust ends at 0 and only kept promises count (as S4-18).
    """
    behaviour = {
        "experience": {"premium": 0.0, "noise": 2.0}, "bond": {"premium": 0.0, "promise": 0.1, "floor": floor},
    }  # fmt: skip
    own = {"service": {"quality": 0.5, "promise": 0.5}}
    skilled = {**own, "staff": {"friendliness": 0.0, "expertise": 1.0, "training": 0.5, "turnover": 0.0}}
    even, uneven = (
        ran(world(200, 26, program=p, behaviour=behaviour)).population["bond"][:, 0] for p in (skilled, own)
    )
    assert sign(even - uneven) == outcome


# ---- improvement -----------------------------------------------------------------------------------------------------


def test_faults_left_follow_the_complaints():
    """The recursion by hand over recorded weeks: what was repaired comes back with its half-life, complaints per
    visit repair; exact. Rivals keep all their faults.
    """
    own = {"improvement": {"learning": 5.0, "half_life": 10.0}}
    market = ran(world(200, 15, program=own, behaviour=FAILING))
    left, books = 1.0, market.book().weekly.query("firm == 'a'")
    rate = books.complaints.to_numpy() / books.visits.to_numpy()
    for week, around in enumerate(market.surroundings):
        assert around["faults_left"] == pytest.approx([left, 1.0, 1.0, 1.0], rel=1e-12)
        left = (1.0 - (1.0 - left) * 0.5**0.1) * math.exp(-5.0 * rate[week])
    assert left < 0.9


SORTED = {"causes": (0.1, 0.6, 0.3, 0.0), "learning": 5.0, "half_life": 10.0}


def test_the_commonest_cause_is_repaired_first():
    """The recursion by hand over recorded complaints of four weeks: what was most complained about takes the effort of
    all three causes, the others none; what the first k causes have left adds up to the firm's faults. Complaints have
    the causes that are left.
    """
    own = {"improvement": {**SORTED, "first": "commonest", "window": 4}}
    market = ran(world(200, 15, program=own, behaviour=FAILING))
    books, left = market.book().weekly.query("firm == 'a'"), np.ones(4)
    seen = books[[f"complaints_{k}" for k in range(1, 5)]].to_numpy()
    for week, around in enumerate(market.surroundings):
        assert around["causes_left"][0] == pytest.approx(left, rel=1e-12)
        edges = np.cumsum(np.array(SORTED["causes"]) * left)
        assert [around[f"fault_edge_{k}"][0] for k in (1, 2, 3)] + [around["faults_left"][0]] == pytest.approx(edges)
        left = 1.0 - (1.0 - left) * 0.5**0.1
        effort = 5.0 * books.complaints.to_numpy()[week] / books.visits.to_numpy()[week]
        left[seen[max(0, week - 3) : week + 1].sum(axis=0).argmax()] *= math.exp(-3.0 * effort)
    assert (seen.sum(axis=1) == books.complaints.to_numpy()).all() and not seen[:, 3].any()
    assert seen[0, 1] > seen[0, 0] and left.min() < 0.9


def test_failures_have_the_causes_that_are_set():
    """Without any repair, complaints are multinomial in the shares of the causes (chi-squared below 1e-5 of its law);
    and where causes differ in harm, failures do as much harm together as usual.
    """
    own = {"improvement": {"learning": 1e-12, "causes": (0.2, 0.5, 0.3, 0.0), "harms": (5.0, 1.0, 0.5, 9.0)}}
    loud = {"experience": {"premium": 0.0, "failure": 0.5, "voice": 1.0, "severity": 2.0}}
    graded, usual = (
        ran(world(300, 20, program=p, behaviour=loud)) for p in (own, {"improvement": {"learning": 1e-12}})
    )
    t = totals(graded.book()).loc["a"]
    seen, shares = np.array([t[f"complaints_{k}"] for k in (1, 2, 3)]), np.array([0.2, 0.5, 0.3])
    expected = shares * seen.sum()
    assert ((seen - expected) ** 2 / expected).sum() < 23.0 and t["complaints_4"] == 0 and seen.sum() > 500
    harm = (graded.population["care"] - usual.population["care"])[:, 0].astype(float)
    assert sign(harm) == 0 and harm.std() > 0.0


@pytest.mark.parametrize("harms, outcome", [((1.0, 1.0, 1.0, 1.0), 1), ((1.0, 20.0, 20.0, 20.0), -1)])
def test_s3_80_repairing_the_commonest_cause_first_pays_or_not(harms, outcome):
    """S3-80: as many complaints looked into, the commonest cause repaired first or one by lot. What customers say of
    the service (failures and answers) under the first less under the second: better where causes do the same harm;
    worse where the rare ones do twenty times it.
    """
    found = []
    for first in ("commonest", "random"):
        own = {"causes": (0.7, 0.1, 0.1, 0.1), "harms": harms, "learning": 0.1, "half_life": 520.0, "first": first}
        program = {"improvement": own, "service": {"voice": 3.0, "failures": 3.0}}
        found.append(ran(world(700, 39, program=program, behaviour=FAILING)).population["care"][:, 0].astype(float))
    assert sign(found[0] - found[1]) == outcome


@pytest.mark.parametrize("voice, learns", [(3.0, -1), (0.0, 0)])
def test_s3_58_complaints_lower_later_failures_and_save_customers(voice, learns):
    """S3-58, both channels apart. Complaints that are looked into lower the failures of later weeks, though none is
    answered; where nobody complains nothing is learnt. That alone brings visits (below); answering alone does too.
    """
    fails = {"service": {"voice": voice, "failures": 3.0}}
    learning = {**fails, "improvement": {"learning": 10.0, "half_life": 520.0}}
    found = []
    for seed in range(5):
        rates = []
        for program in (fails, learning):
            weekly = ran(world(120, 39, program=program, behaviour=FAILING), seed).book().weekly
            late = weekly[(weekly.firm == "a") & (weekly.week >= 26)].sum(numeric_only=True)
            rates.append(late.failures / late.visits)
        found.append(rates)
    assert trend(found) == learns
    answered = {"service": {**fails["service"], "recovery": 1.0, "recovery_quality": 1.0}}
    usual = visits(world(250, 39, program=fails, behaviour=FAILING))
    for program in (learning, answered):
        assert sign(visits(world(250, 39, program=program, behaviour=FAILING)) - usual) == -learns


@pytest.mark.parametrize("unit_cost, outcome", [(0.0, 1), (200.0, -1)])
def test_s4_48_prevention_pays_by_its_cost(unit_cost, outcome):
    """S4-48: looking for causes pays where a complaint costs nothing to look into, and not at 200 each."""
    fails = {"service": {"voice": 3.0, "failures": 3.0}}
    own = {**fails, "improvement": {"learning": 10.0, "unit_cost": unit_cost}}
    assert trend(profits(own, FAILING, fails)) == outcome


# ---- monitoring ------------------------------------------------------------------------------------------------------


def test_answers_by_hand():
    """A detractor, posted or not, is noticed below the sensitivity, others who spoke below the chance of a false alarm,
    who said nothing never; an answer halves a dissatisfaction and leaves a satisfaction alone.
    """

    def answered(sat, said, draw):
        here, visit = SimpleNamespace(sat=sat, said=said), Blank()
        answers(here, Monitoring(sensitivity=0.4, false_alarm=0.1, made_good=0.5), visit, draw)
        assert visit.answered == visit.answers and here.said == said
        return here.sat, visit.answers

    assert answered(-2.0, 1, 0.39) == answered(-2.0, 4, 0.39) == (-1.0, 1)
    assert answered(-2.0, 1, 0.4) == answered(-2.0, 2, 0.1) == answered(-2.0, 0, 0.0) == (-2.0, 0)
    assert answered(2.0, 3, 0.09) == (2.0, 1)


TALKING = {**FAILING, "word_of_mouth": {"premium": 0.0, "talk": 0.5}}


@pytest.mark.parametrize("false_alarm, unit_cost, outcome", [(0.0, 0.0, 1), (1.0, 10.0, -1)])
def test_s2_20_monitoring_pays_where_its_signal_is_good_and_cheap(false_alarm, unit_cost, outcome):
    """S2-20: noticing detractors and making good keeps customers in either case; it pays where only they are answered
    and answers are free, and not where everybody who spoke is answered at 10 each.
    """
    own = {"monitoring": {"sensitivity": 0.8, "made_good": 1.0, "false_alarm": false_alarm, "unit_cost": unit_cost}}
    fails = {"service": {"failures": 4.0}}
    kept = [visits(world(250, 39, program=p, behaviour=TALKING)) for p in ({**fails, **own}, fails)]
    assert sign(kept[0] - kept[1]) == 1
    assert trend(profits({**fails, **own}, TALKING, fails)) == outcome


def test_monitoring_counts_costs_and_reads_a_sentiment():
    """Answers at 2 each, on the line of recoveries; sentiment = (promoters - detractors) / both, less with failures."""
    found, errors = [], []
    for failures in (0.0, 5.0):
        own = {"monitoring": {"unit_cost": 2.0, "false_alarm": 0.2}, "service": {"failures": failures}}
        made = world(150, 26, program=own, behaviour=TALKING)
        book = ran(made).book()
        t = totals(book).loc["a"]
        assert t["recovery"] == 200 * t["answers"] > 0
        assert metrics.sentiment(np.array([3.0]), np.array([1.0])) == [0.5]
        found.append(attitudes.figures(made, book, "a")["sentiment"])
        assert found[-1] == pytest.approx((t["promoters"] - t["detractors"]) / (t["promoters"] + t["detractors"]))
        errors.append((1.0 - found[-1] ** 2) / (t["promoters"] + t["detractors"]))
    assert found[0] - found[1] > Z * math.sqrt(sum(errors))


@pytest.mark.parametrize("event, outcome", [(0.3, 1), (-0.3, -1)])
def test_s2_20_being_answered_pleases_or_annoys(event, outcome):
    """The sign of what an answer does to the bond is open."""
    own = {"monitoring": {"sensitivity": 1.0, "event": event}}
    behaviour = {**TALKING, "bond": {"premium": 0.0, "floor": -1.0}}
    assert sign(ran(world(150, 26, program=own, behaviour=behaviour)).population["bond"][:, 0]) == outcome


# ---- mystery shoppers ------------------------------------------------------------------------------------------------


def audit(shoppers, notice=0.0, weeks=105, **more):
    """What shoppers report of a firm with better, failing service, and the mean that visits have: .5 of quality, less
    twice the usual failures, whose mean harm of .2 is part of the usual: .3.
    """
    own = {
        "audit": {"every": 8, "shoppers": shoppers, "notice": notice, "polish": 1.0},
        "service": {"quality": 0.5, "failures": 2.0},
    }  # fmt: skip
    lived = {"experience": {"premium": 0.0, "noise": 1.0, "failure": 0.1, "severity": 2.0}}
    made = world(2, weeks, program=own, behaviour=lived, **more)
    found = attitudes.figures(made, ran(made).book(), "a")
    return found["audit_quality"], found["audit_error"]


@pytest.mark.parametrize("notice, bias", [(0.0, 0.0), (0.4, 0.4)])
def test_s3_55_shoppers_are_a_small_sample_biased_where_recognised(notice, bias):
    """S3-55: the mean of 13 waves lies within 4.42 of its own standard errors of what customers meet, .3, plus the
    share who are recognised times how much better they are served.
    """
    quality, error = audit(100, notice)
    assert abs(quality - (0.3 + bias)) < Z * error and error < 0.06


def test_s3_55_the_error_falls_with_the_root_of_the_shoppers():
    """Sixteen times the visits, a quarter of the standard error (the spread is known to 12 % or better)."""
    assert audit(5)[1] / audit(80)[1] == pytest.approx(4.0, rel=4.42 * 0.12)


def test_an_audit_moves_no_customer_and_costs_its_visits():
    """Books but for the fixed cost are those without it: 2 waves of 5 visits at 10 in 20 weeks of every 8."""
    lived = {"experience": {"noise": 1.0}}
    with_it, without = (
        ran(world(40, 20, program=p, behaviour=lived)).book()
        for p in ({"audit": {"every": 8, "shoppers": 5, "unit_cost": 10.0}}, {"service": {}})
    )
    assert (with_it.visits == without.visits).all()
    fixed = [totals(book).loc["a", "fixed_cost"] for book in (with_it, without)]
    assert fixed[0] - fixed[1] == 2 * 5 * 1000


# ---- returns ---------------------------------------------------------------------------------------------------------


def test_who_brings_back_by_hand():
    """After a failure below the request; else only opportunists, below the abuse: all of the share at lean 0; at lean 1
    twice the share of rho 0 and none of rho 1.
    """

    def wants(failed, rho, draw, opportunism, lean=0.0):
        terms = Returns(request=0.5, abuse=0.2, opportunists=0.3, lean=lean)
        return wants_back(SimpleNamespace(rho=rho), terms, SimpleNamespace(failed=failed), draw, opportunism)

    assert wants(1, 0.5, 0.49, 0.99) == 1 and wants(1, 0.5, 0.5, 0.99) == 0
    assert wants(0, 0.5, 0.19, 0.29) == 1 and wants(0, 0.5, 0.2, 0.29) == 0
    assert wants(0, 0.5, 0.19, 0.3) == 0
    assert wants(0, 0.0, 0.0, 0.59, lean=1.0) == 1 and wants(0, 1.0, 0.0, 0.0001, lean=1.0) == 0


def test_what_is_brought_back_is_nobodys_revenue():
    """All that failed comes back: revenue, log and panel hold what was kept, at 10 each; handling costs 1; no card of
    any kind is earned on it. Choices of the next visit may differ, so only this world's books are compared.
    """
    program = {
        "returns": {"request": 1.0, "unit_cost": 1.0}, "membership": {"join": "everyone"},
        "stamps": {"needed": 1000, "face_value": 1.0}, "cashback": {"rate": 0.1, "payout": 0.0},
    }  # fmt: skip
    book = ran(world(100, 26, program=program, behaviour=FAILING, basket=FIXED)).book()
    t = totals(book).loc["a"]
    assert t["returns"] == t["failures"] > 50 and t["refunds"] == 1000 * t["returns"] == 10 * t["recovery"]
    kept = t["visits"] - t["returns"]
    assert t["revenue"] == 1000 * kept == t["member_revenue"] and t["at_base_price"] == 1000 * t["visits"]
    assert t["stamps_issued"] == kept and t["cashback_issued"] == 100 * kept
    assert book.log.spend.sum() == book.spend.sum() == totals(book)["revenue"].sum()


def visits_of(market) -> np.ndarray:
    """Purchases of each customer at the focal firm."""
    return market.book().visits.sum(axis=0)[:, 0].astype(float)


@pytest.mark.parametrize("opportunists", [0.0, 0.3])
def test_s3_54_the_return_rate_shows_failures_and_who_abuses_it(opportunists):
    """S3-54: of failures a third comes back, of other visits of opportunists a tenth; within 4.42 standard errors
    (of visits, and of which customers are opportunists). So at equal quality the rate differs: a noisy sign of it.
    """
    own = {"returns": {"request": 1 / 3, "opportunists": opportunists, "abuse": 0.1}, "service": {"failures": 3.0}}
    made = world(400, 26, program=own, behaviour={"experience": {**FAILING["experience"], "premium": 0.0}})
    market = ran(made)
    found, n = attitudes.figures(made, market.book(), "a")["return_rate"], totals(market.book()).loc["a", "visits"]
    expected = 0.3 / 3 + 0.7 * opportunists * 0.1
    by_hand = visits_of(market)
    share = opportunists * (1.0 - opportunists) * (0.7 * 0.1) ** 2 * (by_hand**2).sum() / by_hand.sum() ** 2
    assert abs(found - expected) < Z * math.sqrt(expected * (1.0 - expected) / n + share)


@pytest.mark.parametrize("opportunists, outcome", [(0.0, 1), (0.5, -1)])
def test_s4_49_leniency_pays_by_who_uses_it(opportunists, outcome):
    """S4-49: with nobody who abuses it the most lenient policy leaves more profit than the strictest; where half of the
    customers bring back nine purchases in ten, less.
    """
    own = {"opportunists": opportunists, "abuse": 0.9, "made_good": 1.0, "request": 1.0, "unit_cost": 0.0}
    behaviour = {"experience": {**FAILING["experience"], "premium": 1.0}}
    fails = {"service": {"failures": 3.0}}
    strict, lenient = ({**fails, "returns": {**own, "leniency": share}} for share in (0.0, 1.0))
    assert trend(profits(lenient, behaviour, strict, 8, firm={"a": {"unit_cost": 0.2}})) == outcome


@pytest.mark.usefixtures("quiet")
def test_refunds_are_part_of_what_a_return_policy_costs():
    """In `run` and in `compare` alike: handling and refunds, by hand from the weekly books."""
    own = {"returns": {"request": 1.0, "unit_cost": 2.0}}
    made = world(60, 26, program=own, behaviour=FAILING, policy={"launch": {"week": 6}})
    found = twins.three(made, 3)
    t = totals(found.with_it).loc["a"]
    by_hand = (t["refunds"] + 200 * (t["returns"] + t["refusals"])) / 100.0 / 60 * 52 / 20
    assert t["refunds"] > 0 and program_effects.totals(made, found)["program_cost_per_customer"] == pytest.approx(
        by_hand
    )
    w = program_effects.window(made, found)
    idle = money.overhead(found.without, w)
    assert money.program_cost(found.with_it, idle, w) == pytest.approx(by_hand)


@pytest.mark.parametrize("lean, outcome", [(1.0, 1), (-1.0, -1)])
def test_s3_16_transactional_or_relational_customers_abuse_it(lean, outcome):
    """S3-16: returns per customer, less of relational people at lean 1 and more at -1."""
    own = {"returns": {"request": 0.0, "opportunists": 0.5, "abuse": 0.5, "lean": lean}}
    market = ran(world(800, 26, program=own, behaviour=FAILING))
    log = market.book().log
    back = np.bincount(log.customer[(log.firm == 0) & (log.spend == 0)], minlength=800).astype(float)
    emotional = market.population["rho"] > 0.5
    groups = back[~emotional], back[emotional]
    error = Z * math.sqrt(sum(g.var(ddof=1) / g.size for g in groups))
    assert outcome * (groups[0].mean() - groups[1].mean()) > error


@pytest.mark.parametrize("event, leniency, outcome", [("gratitude", 1.0, 1), ("resentment", 0.0, -1)])
def test_a_refund_warms_and_a_refusal_cools(event, leniency, outcome):
    """S4-49: the bond after refunds that are felt, after refusals that are; 0 by default."""
    behaviour = {**FAILING, "bond": {"premium": 0.0, "floor": -1.0}}
    for size, felt_sign in ((0.2, outcome), (0.0, 0)):
        own = {"returns": {"request": 1.0, "leniency": leniency, event: size}}
        assert sign(ran(world(150, 26, program=own, behaviour=behaviour)).population["bond"][:, 0]) == felt_sign


# ---- exit ------------------------------------------------------------------------------------------------------------


def test_walking_out_by_hand():
    """In week 5, for 3 weeks: weeks 6, 7, 8 are missed. Not without a failure, nor after an answer or a refund."""

    def after(away_until, failed, recovered, returned, draw):
        here = SimpleNamespace(away_until=away_until)
        visit = SimpleNamespace(week=5, failed=failed, recovered=recovered, returned=returned, walkouts=0)
        walks_out(here, Walkout(chance=0.2, weeks=3), visit, draw)
        return here.away_until, visit.walkouts

    assert after(0, 1, 0, 0, 0.19) == (9, 1) and after(0, 1, 0, 0, 0.2) == (0, 0)
    for happened in ((0, 0, 0), (1, 1, 0), (1, 0, 1)):
        assert after(2, *happened, 0.0) == (2, 0)
    away = SimpleNamespace(away_until=9)
    assert [stays_in(away, SimpleNamespace(week=week)) for week in (8, 9)] == [0, 1]


def test_who_walked_out_is_not_seen_until_then():
    """No purchase in the weeks that are avoided, whoever it is."""
    behaviour = {**FAILING, "walkout": {"chance": 1.0, "weeks": 4}}
    market = ran(world(80, 1, behaviour=behaviour))
    gone = market.population["away_until"].copy()
    assert gone.max() == 5
    longer = ran(dataclasses.replace(world(80, 5, behaviour=behaviour), weeks=5))
    log = longer.book().log
    early = log[(log.week > 0)]
    assert not (gone[early.customer, early.firm] == 5).any()


@pytest.mark.parametrize("recovery, outcome", [(1.0, 1), (0.0, 0)])
def test_s4_51_who_can_complain_stays_where_complaints_are_answered(recovery, outcome):
    """S4-51, S1-09: easier complaints keep visits where they are answered, and do not where they are not; customers
    mind nothing but being let down (satisfaction is worth nothing).
    """
    behaviour = {"experience": {"premium": 0.0, "failure": 0.1, "voice": 0.2}, "walkout": {"chance": 1.0}}
    easy, hard = (
        visits(world(300, 39, program={"service": {"recovery": recovery, "voice": v}}, behaviour=behaviour))
        for v in (5.0, 0.0)
    )
    assert sign(easy - hard) == outcome


@pytest.mark.parametrize(
    "made, why",
    [
        (world(10, 4, behaviour={"walkout": {}}), "no visit fails"),
        (contract_world(10, 4, behaviour={**FAILING, "walkout": {}}), "at the renewal"),
        (
            world(10, 4, program={"returns": {"gratitude": 0.1}}, behaviour=FAILING),
            "returns.gratitude.*need behaviour.bond",
        ),
        (
            world(10, 4, program={"monitoring": {"event": 0.1}}, behaviour=FAILING),
            "monitoring.event.*need behaviour.bond",
        ),
    ],
)
def test_what_would_move_nobody_is_refused(made, why):
    """No failures, no way out before the renewal, no bond to move: each is named with its key."""
    with pytest.raises(ConfigError, match=why):
        read(written(made), components())


def test_walking_out_is_reported():
    """Walk-outs per purchase, by hand from the books."""
    made = world(80, 20, behaviour={**FAILING, "walkout": {"chance": 0.5}})
    book = ran(made).book()
    t = totals(book).loc["a"]
    assert attitudes.figures(made, book, "a")["walkout_rate"] == t["walkouts"] / t["visits"] > 0.0


# ---- ease ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit_cost, outcome", [(0.0, 1), (5.0, -1)])
def test_s4_54_less_effort_brings_visits_and_pays_by_its_cost(unit_cost, outcome):
    """S4-54: visits rise in either case; profit where it is free, and not at 5 a visit of 20."""
    own = {"ease": {"saved": 0.1, "unit_cost": unit_cost}}
    assert sign(visits(world(200, 26, program=own)) - visits(world(200, 26))) == 1
    assert trend(profits(own, {})) == outcome


@pytest.mark.parametrize("link, outcome", [(-1.0, 1), (1.0, -1)])
def test_s3_19_convenience_moves_transactional_or_relational_customers(link, outcome):
    """S3-19: with links.hassle at -1 convenience wins more visits from transactional than from relational customers, at
    1 the other way round.
    """
    from loyaltysim.scenario.model import Links

    customers = {"links": Links(hassle=link)}
    easy, usual = (ran(world(400, 26, program=p, customers=customers)) for p in ({"ease": {"saved": 0.1}}, {}))
    won = (easy.book().visits - usual.book().visits).sum(axis=0)[:, 0].astype(float)
    emotional = usual.population["rho"] > 0.5
    groups = won[~emotional], won[emotional]
    error = Z * math.sqrt(sum(g.var(ddof=1) / g.size for g in groups))
    assert outcome * (groups[0].mean() - groups[1].mean()) > error
