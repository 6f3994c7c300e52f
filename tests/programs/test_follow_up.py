"""A call after a purchase or a failure, against a contact at random of the same cost."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from loyaltysim.behaviour.bond import Bond
from loyaltysim.behaviour.experience import Experience
from loyaltysim.configure.compose import compose
from loyaltysim.mechanism.names import Blank
from loyaltysim.programs.follow_up import FollowUp, called, is_made_good
from loyaltysim.scenario.reader import ConfigError
from tests.behaviour.test_felt_signs import ran, sign
from tests.scenarios import Z, offered, totals, world

FAILING = {"experience": {"premium": 0.0, "failure": 0.2, "severity": 2.0}, "bond": {"premium": 0.0}}


def one_call(draw=0.0, harm=2.0, **own):
    """After a visit that did so much harm, from a bond of .2, satisfaction and expectation of -1, one recent call."""
    here = SimpleNamespace(bond=0.2, calls=1.0, harm=harm, sat=-1.0, expectation=-1.0)
    terms = offered(FollowUp(chance=0.5, **own), bond=Bond(), experience=Experience(gain=0.3, learning=0.2))
    visit = Blank()
    called(here, SimpleNamespace(link_recept=1.0), terms, visit, draw)
    is_made_good(here, terms, visit, draw)
    return here, visit


def test_a_call_by_hand():
    """At habituation 1 a call after another closes half of .1 of the gap; repair .5 gives back half the harm of 2 as a
    visit would have: .3 x 1 to satisfaction, .2 x 1 to the expectation, and leaves 1. None at exactly the chance;
    nothing is made good where no harm is left.
    """
    here, visit = one_call(effect=0.1, habituation=1.0, repair=0.5)
    assert (here.bond, here.sat, here.expectation, here.harm) == pytest.approx((0.24, -0.7, -0.8, 1.0))
    assert (visit.calls_made, visit.failures_found, visit.touches, here.calls) == (1, 1, 1, 2.0)
    here, visit = one_call(draw=0.5, effect=0.1, repair=0.5)
    assert (here.bond, here.sat, visit.calls_made, visit.failures_found) == (0.2, -1.0, 0, 0)
    assert one_call(harm=0.0, repair=0.5)[1].failures_found == one_call(harm=-1.0, repair=0.5)[1].failures_found == 0


def test_a_call_that_makes_all_good_leaves_no_trace_of_a_failure():
    """After every failure, all of the harm: satisfaction and expectation are those of a firm whose failures do none,
    though nobody complained to it; to single precision, in which harm is kept.
    """
    called_up = {"follow_up": {"after": "failure", "chance": 1.0, "repair": 1.0, "effect": 0.0}}
    harmless = {"service": {"severity": 0.0}}
    one, two = (ran(world(60, 20, program=p, behaviour=FAILING)).population for p in (called_up, harmless))
    for name in ("sat", "expectation"):
        assert one[name] == pytest.approx(two[name], abs=1e-6)
    assert not np.allclose(one["sat"], ran(world(60, 20, behaviour=FAILING)).population["sat"])


@pytest.mark.parametrize("after, of", [("purchase", "visits"), ("failure", "failures")])
def test_calls_follow_what_they_are_for(after, of):
    """Calls are binomial over purchases, or over failures; each costs 70 cents."""
    own = {"follow_up": {"after": after, "chance": 0.4, "unit_cost": 0.7}}
    t = totals(ran(world(200, 20, program=own, behaviour=FAILING)).book()).loc["a"]
    assert abs(t["calls_made"] - 0.4 * t[of]) < Z * math.sqrt(0.24 * t[of]) and t["calls_made"] > 30
    assert t["touchpoints"] == 70 * t["calls_made"]


@pytest.mark.parametrize("worth, premium, outcome", [(0.3, 0.0, 1), (0.0, 0.3, 0)])
def test_s3_79_a_call_after_a_failure_against_a_contact_at_random_of_equal_cost(worth, premium, outcome):
    """S3-79: as many calls, at the same cost each and with the same effect on the bond, after failures or at random.
    Where satisfaction moves choices the call that makes a failure good brings more visits; where bonds alone do it
    brings no more. Bonds it builds fewer either way: it calls the same people again.
    """
    behaviour = {"experience": {**FAILING["experience"], "premium": worth}, "bond": {"premium": premium}}
    after = {"follow_up": {"after": "failure", "chance": 0.8, "repair": 0.8, "effect": 0.3, "unit_cost": 1.0}}
    called_up = ran(world(400, 39, program=after, behaviour=behaviour))
    calls = totals(called_up.book()).loc["a", "calls_made"]
    lot = {"contact": {"audience": "everyone", "per_week": calls / (400 * 39), "effect": 0.3, "unit_cost": 1.0}}
    at_random = ran(world(400, 39, program=lot, behaviour=behaviour))
    contacts = totals(at_random.book()).loc["a", "contacts"]
    assert abs(contacts - calls) < Z * math.sqrt(calls)
    moved = (called_up.book().visits - at_random.book().visits).sum(axis=0)[:, 0].astype(float)
    assert sign(moved) == outcome
    assert sign((called_up.population["bond"] - at_random.population["bond"])[:, 0]) == -1


def closeness(program, count):
    """How bonds that a club builds go with contacts so far: the correlation over its standard error."""
    club = {"recognition": {"probability": 0.5, "effect": 0.1}}
    people = ran(world(500, 39, program={**club, **program}, behaviour={"bond": {"premium": 0.0}})).population
    bond, contacts = people["bond"][:, 0], people[count][:, 0].astype(float)
    return np.corrcoef(bond, contacts)[0, 1] * math.sqrt(len(bond))


def test_s3_31_contact_and_closeness_go_together_though_contact_does_nothing():
    """S3-31's sibling, with a club that builds bonds at visits. Calls after purchases that do nothing at all go with
    strong bonds (who comes often is called often); as many contacts at random that do nothing do not, beyond 4.42
    standard errors of a correlation; those that do something do.
    """
    called_up = {"follow_up": {"after": "purchase", "chance": 0.5, "effect": 0.0}}
    assert closeness(called_up, "calls") > 2.0 * Z
    lot = {"contact": {"audience": "everyone", "per_week": 0.15, "effect": 0.0, "memory": 52.0}}
    assert abs(closeness(lot, "recent")) < Z
    lot["contact"]["effect"] = 0.2
    assert closeness(lot, "recent") > Z


def test_a_call_after_failures_needs_some():
    """In words, with what to do."""
    with pytest.raises(ConfigError, match=r"follow_up.after = failure, and no visit fails"):
        compose(["program.follow_up={after: failure}", "market=cafe"])
