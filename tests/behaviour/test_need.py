"""A need for contact: who is given too little of it, and who too much."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from loyaltysim.behaviour.need import Need, need_at_visit, need_pull, need_remembers
from loyaltysim.market.model import Market
from loyaltysim.mechanism.names import Blank
from tests.behaviour.test_felt_signs import ran, sign
from tests.scenarios import Z, contract_world, in_plain, offered, world

CALM = {"premium": 0.0}


def often(end=None, per_week=0.4):
    """Contacts that do nothing to a bond, to everybody, until a week."""
    return {"contact": {"audience": "everyone", "per_week": per_week, "effect": 0.0, "end": end}}


def test_what_contact_is_worth_by_hand():
    """Of .2 wanted half is worth half of .1; all of it .1; .1 beyond it takes .5 x .1 away again; nothing is nothing,
    for who wants none too.
    """
    terms = Need(worth=0.1, bother=0.5)
    found = [
        need_pull(SimpleNamespace(given=given), SimpleNamespace(wanted=wanted), terms)
        for given, wanted in ((0.1, 0.2), (0.2, 0.2), (0.3, 0.2), (0.0, 0.2), (0.0, 0.0), (0.1, 0.0))
    ]
    assert found == pytest.approx([0.05, 0.1, 0.05, 0.0, 0.0, 0.05])
    given, wanted = np.array([0.1, 0.3]), np.array([0.2, 0.2])
    both = need_pull(SimpleNamespace(given=given), SimpleNamespace(wanted=wanted), terms)
    assert both == pytest.approx([0.05, 0.05])


def test_what_is_given_by_hand():
    """At a half-life of a week half of .4 is left, and half of two contacts comes in; at a visit half of one."""
    here, visit, terms = SimpleNamespace(given=0.4), Blank(), offered(Need(memory=1.0))
    visit.touches = 2
    need_remembers(here, terms, visit)
    assert here.given == pytest.approx(1.2)
    visit.touches = 1
    need_at_visit(here, terms, visit)
    assert here.given == pytest.approx(1.7)


def test_contacts_at_random_are_given_at_their_rate():
    """After T weeks of chance p the mean is p (1 - keep^T); what customers want has the mean that was set, and the
    correlation with relationship propensity that its sign says.
    """
    behaviour = {"bond": CALM, "need": {"per_week": 0.1, "lean": 1.0, "memory": 6.0}}
    people = ran(world(400, 26, program=often(), behaviour=behaviour)).population
    given, usual = people["given"][:, 0], 0.4 * (1.0 - 0.5 ** (26 / 6.0))
    assert abs(given.mean() - usual) < Z * given.std() / math.sqrt(given.size)
    assert not people["given"][:, 1:].any()
    wanted = people["wanted"]
    assert abs(wanted.mean() - 0.1) < Z * wanted.std() / math.sqrt(wanted.size)
    assert np.corrcoef(wanted, people["rho"])[0, 1] > 0.99


@pytest.mark.parametrize("lean, relational, transactional", [(1.0, -1, 1), (-1.0, 1, -1), (0.0, -1, -1)])
def test_s3_20_who_craves_contact_goes_where_it_ends(lean, relational, transactional):
    """S3-20, at equal rewards: contacts end after half a year, against contacts that go on. Where relational customers
    want more of them, they come less often then, and transactional ones, who were bothered, more often; where
    transactional ones want more, the other way round; where all want the same all miss it.
    """
    wants = {
        "per_week": 0.4 if lean == 0.0 else 0.3,
        "lean": lean,
        "worth": 0.3,
        "bother": 2.0 * abs(lean),
        "memory": 4.0,
    }
    ended, on = (ran(world(400, 52, program=often(end), behaviour={"bond": CALM, "need": wants})) for end in (26, None))
    moved = (ended.book().visits - on.book().visits)[2:].sum(axis=0)[:, 0].astype(float)
    emotional = on.population["rho"] > 0.5
    assert (sign(moved[emotional]), sign(moved[~emotional])) == (relational, transactional)


@pytest.mark.parametrize("worth, outcome", [(1.0, 1), (0.0, 0)])
def test_s3_20_under_contact_relational_customers_leave_where_it_counts(worth, outcome):
    """S3-20 under contract: of the firm's first relational customers more have left where contacts end after a quarter;
    where contact is worth nothing, not one more.
    """
    left = []
    for end in (13, None):
        wants = {"per_week": 0.3, "lean": 1.0, "worth": worth, "memory": 4.0}
        made = contract_world(600, 40, program=often(end), behaviour={"bond": CALM, "need": wants})
        market = in_plain(Market(made, 3))
        first = (market.population["provider"] == 0) & (market.population["rho"] > 0.5)
        market.run()
        left.append((market.population["provider"] != 0)[first].astype(float))
    assert sign(left[0] - left[1]) == outcome


def test_a_touch_at_a_visit_is_given_too():
    """Recognition at every visit: who came was given something; who never did was not."""
    club = {"recognition": {"probability": 1.0, "effect": 0.0}}
    market = ran(world(60, 12, program=club, behaviour={"bond": CALM, "need": {}}))
    came = market.book().visits.sum(axis=0)[:, 0] > 0
    assert ((market.population["given"][:, 0] > 0.0) == came).all() and 5 < came.sum() < 60


def test_nobody_minds_where_nobody_is_contacted():
    """Without a program the market is that without a need, purchase by purchase."""
    with_it, without = (ran(world(60, 20, behaviour=b)).book() for b in ({"bond": {}, "need": {}}, {"bond": {}}))
    assert with_it.log.equals(without.log)
