"""Belonging: where one's friends are, and what happens when they go."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from loyaltysim.measures import twins
from loyaltysim.mechanism.registry import components
from loyaltysim.scenario.forms import written
from loyaltysim.scenario.read import read
from loyaltysim.scenario.reader import ConfigError
from tests.behaviour.test_felt_signs import ran, sign, visits
from tests.scenarios import EAGER, Z, same, totals, world

QUIET = {"word_of_mouth": {"premium": 0.0, "talk": 0.0}}


def club(premium=0.3, **own):
    """A community of all customers, among friends who say nothing."""
    return {"community": {"audience": "everyone", "premium": premium, **own}}


def test_belonging_is_the_share_of_friends_who_were_here():
    """By hand for every customer from the log: friends who bought at the firm in the last 4 weeks (in that of week t or
    up to 4 before the count at its start), of all friends; the last week's count reads purchases until the week before.
    """
    market = ran(world(80, 12, program=club(memory=4), behaviour=QUIET))
    log = market.book().log
    recent = log[(log.firm == 0) & (log.week <= 10) & (11 - log.week <= 4)].customer.unique()
    here = np.isin(np.arange(80), recent)
    friends = market.network.toarray() != 0
    share = (friends & here).sum(axis=1) / friends.sum(axis=1)
    assert market.population["belonging"][:, 0] == pytest.approx(share, abs=1e-6)
    assert not market.population["belonging"][:, 1:].any() and 0.1 < share.mean() < 0.9


def test_members_alone_belong_where_it_is_theirs():
    """With audience member, who has not joined does not belong, however often he buys."""
    own = {"community": {"premium": 0.3}, "membership": {**EAGER, "ask": 0.02}}
    market = ran(world(80, 20, program=own, behaviour=QUIET))
    belongs, people = market.surroundings[-1]["belongs"][:, 0], market.population
    joined = (people["joined"][:, 0] >= 0) & (people["joined"][:, 0] < 19)
    assert ((belongs == 2) <= joined).all() and 0 < (belongs == 2).sum() < (people["last_bought"][:, 0] >= 0).sum()


@pytest.mark.parametrize("premium, outcome", [(0.5, 1), (-0.5, -1)])
def test_s1_13_s4_34_s2_13_belonging_brings_customers_or_keeps_them_away(premium, outcome):
    """S1-13, S4-34, S2-13: visits of a firm whose customers like to be where their friends are, and of one whose
    customers want to be apart, against no community.
    """
    found = [visits(world(300, 39, program=p, behaviour=QUIET)) for p in (club(premium), {})]
    assert sign(found[0] - found[1]) == outcome


@pytest.mark.parametrize("premium, outcome", [(1.0, -1), (0.0, 0), (-1.0, 1)])
def test_s1_13_exits_are_contagious_or_not(premium, outcome):
    """S1-13: when a third of the customers, chosen at random, can no longer find the firm (from week 13 on), those
    others whose friends are among them come less often; not without a premium; more often where they want to be apart.
    """
    found = {}
    for lost in (True, False):
        market = ran_with_losses(world(400, 52, program=club(premium, memory=6), behaviour=QUIET), lost)
        found[lost] = market.book().visits[2:, :, 0].sum(axis=0).astype(float)
    gone = np.arange(400) % 3 == 0
    assert sign((found[True] - found[False])[~gone]) == outcome


def ran_with_losses(scenario, lost: bool):
    """The market in which every third customer forgets the firm in week 13, if lost."""
    from loyaltysim.market.model import Market
    from tests.scenarios import in_plain

    known = dataclasses.replace(scenario.firms["d"], awareness=0.999)  # so that awareness is remembered at all
    market = in_plain(Market(dataclasses.replace(scenario, firms={**scenario.firms, "d": known}), 3))
    for week in range(scenario.weeks):
        if lost and week == 13:
            market.population["aware"][::3, 0] = 0
        market.step()
    return market


@pytest.mark.parametrize("premium, clustered", [(0.7, True), (0.0, False)])
def test_s1_13_friends_shop_alike_only_where_belonging_counts(premium, clustered):
    """Over pairs of friends, the correlation of what their shares of purchases at the firm exceed their tastes by:
    above 4.42 / sqrt(pairs) with a premium, within it without, for friends know nothing of each other's tastes.
    """
    market = ran(world(2500, 39, program=club(premium), behaviour=QUIET))
    bought = market.book().visits[1:].sum(axis=0).astype(float)
    share = bought[:, 0] / np.maximum(bought.sum(axis=1), 1.0) - market.population["prior"][:, 0]
    one, two = market.network.nonzero()
    pairs = one < two
    r = np.corrcoef(share[one[pairs]], share[two[pairs]])[0, 1]
    error = Z / math.sqrt(pairs.sum())
    assert r > error if clustered else abs(r) < error


@pytest.mark.parametrize("effect, outcome", [(0.1, 1), (-0.1, -1)])
def test_a_community_warms_or_cools(effect, outcome):
    """The bond event of belonging has either sign."""
    behaviour = {**QUIET, "bond": {"premium": 0.0, "floor": -1.0}}
    made = world(120, 26, program=club(0.0, effect=effect), behaviour=behaviour)
    assert sign(ran(made).population["bond"][:, 0]) == outcome


def test_it_costs_who_belongs():
    """Half a cent a week for everybody who belongs, counted week by week and rounded down once."""
    market = ran(world(60, 12, program=club(unit_cost=0.005), behaviour=QUIET))
    t = totals(market.book()).loc["a"]
    counted = sum(int((around["belongs"][:, 0] == 2).sum()) for around in market.surroundings)
    assert t["belongers"] == counted > 100 and t["touchpoints"] == counted // 2


@pytest.mark.usefixtures("quiet")
def test_who_may_not_join_meets_the_same_friends():
    """In T1|i a customer's belonging follows T1's record, week by week, though nobody there may join."""
    own = {"community": {"premium": 0.3}, "membership": EAGER}
    made = world(60, 12, program=own, behaviour=QUIET, policy={"launch": {"week": 4}})
    found = twins.three(made, 3)
    both = found.with_it.around, found.replayed.around
    assert all((one["belongs"] == two["belongs"]).all() for one, two in zip(*(b[4:] for b in both), strict=True))
    assert (found.replayed.visits == found.without.visits).all()  # who has not joined feels nothing of it
    assert (found.with_it.visits != found.without.visits).any()
    assert (found.with_it.around[-1]["belongs"] == 2).any() and not (found.replayed.people.joined_a >= 0).any()


def test_without_friends_it_is_refused():
    """A community needs a network."""
    tree = written(world(10, 4, program=club(), behaviour={"word_of_mouth": {"network": "none"}}))
    with pytest.raises(ConfigError, match="so nobody has friends"):
        read(tree, components())


@pytest.mark.parametrize("taught, outcome", [(0.3, 1), (0.0, 0)])
def test_s4_35_social_proof_wins_customers_where_words_teach(taught, outcome):
    """S4-35: more of those who did not know a firm get to know it where half of its market knows it than where a tenth
    does, if words teach; not otherwise.
    """
    grown = []
    for share in (0.5, 0.1):
        behaviour = {"word_of_mouth": {"premium": 0.0, "talk": 0.3, "teach": taught}}
        made = world(400, 13, behaviour=behaviour, firm={"a": {"awareness": share}, "d": {"awareness": 0.99}})
        market = ran(made)
        born = type(market)(made, 3).population["aware"][:, 0]
        learnt = market.population["aware"][born == 0, 0].astype(float)
        grown.append((learnt.mean(), learnt.var() / learnt.size))
    error = Z * math.sqrt(grown[0][1] + grown[1][1])
    gap = grown[0][0] - grown[1][0]
    assert int(gap > error) - int(gap < -error) == outcome


@pytest.mark.usefixtures("quiet")
def test_a_program_launched_later_finds_its_firm_as_at_birth():
    """Arms that share the weeks before a launch are those that lived all weeks: skill, faults and friends begin at the
    launch in both, byte for byte.
    """
    own = {"staff": {}, "improvement": {"learning": 20.0}, **club(), "audit": {"every": 7}}
    behaviour = {**QUIET, "experience": {"noise": 1.0, "failure": 0.2}}
    made = world(60, 14, program=own, behaviour=behaviour, policy={"launch": {"week": 6}})
    whole, shared = ran(made).book(), twins.three(made, 3).with_it
    same(whole, shared)
    for name in ("staff_skill", "faults_left", "audit_sum"):
        assert (whole.around[-1][name] == shared.around[-1][name]).all() and whole.around[-1][name].any()
