"""What the source texts claim of feelings, each under two admissible settings with opposite outcomes.

Rows are those of the register of claims (S4-17 and so on). Customers and luck are common to both worlds of a
comparison, so that a customer's difference is its own; a mean of differences is told from 0 by its standard error.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from scipy import stats

from loyaltysim.market.model import Market
from loyaltysim.measures import attitudes
from loyaltysim.scenario.model import Links
from tests.scenarios import Z, contract_world, in_plain, totals, world

CLUB = {"recognition": {"probability": 0.6, "effect": 0.3}}
PLEASED, ANNOYED = {"touch": (1.0,) * 5}, {"touch": (-0.5,) * 5}
LIVED = {"noise": 1.0, "failure": 0.1, "severity": 2.0}


def ran(scenario, seed=3) -> Market:
    """The finished market, in plain Python."""
    market = in_plain(Market(scenario, seed))
    market.run()
    return market


def visits(scenario, seed=3) -> np.ndarray:
    """Purchases of each customer at the focal firm."""
    return ran(scenario, seed).book().visits.sum(axis=0)[:, 0].astype(float)


def sign(differences: np.ndarray) -> int:
    """The sign of a mean over customers, or 0 where it lies within 4.42 standard errors of 0."""
    error = Z * differences.std(ddof=1) / math.sqrt(differences.size)
    return int(differences.mean() > error) - int(differences.mean() < -error)


def trend(found: list[list[float]]) -> int:
    """The sign of last less first over runs of several seeds, or 0 where Student's t is not clear of 0 at 1e-3."""
    change = np.array([row[-1] - row[0] for row in found])
    error = stats.t.isf(0.5e-3, len(change) - 1) * change.std(ddof=1) / math.sqrt(len(change))
    return int(change.mean() > error) - int(change.mean() < -error)


def touched(touch, **more):
    """A club whose touchpoints move five sides by these shares, down to distrust."""
    behaviour = {"bond": {"premium": 0.5, "floor": -1.0}, "emotions": {"touch": touch}}
    return world(150, 26, program=CLUB, behaviour=behaviour, **more)


@pytest.mark.parametrize("trust, outcome", [(0.2, 1), (-0.5, -1)])
def test_s4_17_respect_builds_trust_or_not(trust, outcome):
    """S4-17: recognition builds trust where it moves it at all, and takes it where it is felt as a bother."""
    felt = ran(touched((trust, 1.0, 1.0, 0.3, 0.5))).population["felt_trust"][:, 0].astype(float)
    assert sign(felt) == outcome and sign(ran(touched((0.0, 1.0, 1.0, 0.3, 0.5))).population["felt_trust"][:, 0]) == 0


@pytest.mark.parametrize("own, outcome", [(PLEASED, 1), (ANNOYED, -1)])
def test_s4_09_who_is_touched_comes_more_or_less_often(own, outcome):
    """S4-09, within customers: more visits at the firm that pleases, fewer at one that bothers.

    Visits to all firms together do not move: a bond makes nobody buy more in the category. That is wiring.
    """
    with_it, without = ran(touched(**own)), ran(dataclasses.replace(touched(**own), firms=world(150).firms))
    here, there = (m.book().visits.sum(axis=0) for m in (with_it, without))
    assert sign((here - there)[:, 0].astype(float)) == outcome
    assert (here.sum(axis=1) == there.sum(axis=1)).all()


@pytest.mark.parametrize("own, outcome", [(PLEASED, -1), (ANNOYED, 1)])
def test_s4_26_the_attached_leave_less_or_more(own, outcome):
    """S4-26, contact at random: of the firm's first customers, fewer have left after the touchpoints that please, more
    after those that bother.
    """
    behaviour = {"bond": {"premium": 1.0, "floor": -1.0}, "emotions": own}
    left = []
    for program in (CLUB, {}):
        market = in_plain(Market(contract_world(400, 33, program=program, behaviour=behaviour), 3))
        own_at_first = market.population["provider"] == 0
        market.run()
        left.append((market.population["provider"] != 0)[own_at_first].astype(float))
    assert sign(left[0] - left[1]) == outcome


@pytest.mark.parametrize("link, outcome", [(1.0, 1), (-1.0, -1)])
def test_relational_customers_gain_more_or_fewer_visits(link, outcome):
    """With links.bond at 1 a club's visits come more from relational customers than without the link, and less from
    transactional ones; at -1 the other way round.
    """
    behaviour = {"bond": {"premium": 0.5}}
    on, off = (
        ran(world(250, 26, program=CLUB, behaviour=behaviour, customers={"links": Links(bond=s)})) for s in (link, 0.0)
    )
    moved = (on.book().visits - off.book().visits).sum(axis=0)[:, 0].astype(float)
    emotional = on.population["rho"] > 0.5
    assert sign(moved[emotional]) == outcome == -sign(moved[~emotional])


@pytest.mark.parametrize("link, outcome", [(-1.0, 1), (1.0, -1)])
def test_s4_12_s3_19_relational_customers_mind_prices_less_or_more(link, outcome):
    """Visits lost to a price 20 % higher: fewer from relational customers with links.beta at -1, more at 1.

    S3-19 asks for less than a quarter of the others' elasticity: at -1 the betas stand as .4 to 1.6 at the group means,
    so it is met at the edge and not by much less; contested (Reinartz & Kumar 2002), so the link is 0 by default.
    """
    customers = {"links": Links(beta=link)}
    base, dear = (world(300, 26, firm={"a": {"price": p}}, customers=customers) for p in (1.0, 1.2))
    market = ran(base)
    lost, emotional = market.book().visits.sum(axis=0)[:, 0] - visits(dear), market.population["rho"] > 0.5
    groups = [lost[emotional], lost[~emotional]]
    error = Z * math.sqrt(sum(g.var(ddof=1) / g.size for g in groups))
    assert outcome * (groups[1].mean() - groups[0].mean()) > error


@pytest.mark.parametrize("answered, links, outcome", [(1.0, {}, 1), (0.0, {"sat": 1.0}, -1)])
def test_s3_41_who_complains_stays_or_goes(answered, links, outcome):
    """S3-41 given failures: relational customers complain more (links.voice = 1). Where they are answered failures
    cost fewer of their visits than of the others', so a low complaint rate marks no loyalty; where none is answered and
    they mind more (links.sat = 1), more of theirs, and it does.
    """
    customers = {"links": Links(voice=1.0, **links)}
    own = {"experience": {"premium": 0.4, "noise": 0.0, "failure": 0.1, "voice": 0.5, "disconfirmation": 0.0}}
    repair = {"recovery": answered, "recovery_quality": 1.0}
    worlds = [
        world(400, 26, program={"service": {**repair, "failures": f}}, behaviour=own, customers=customers)
        for f in (1.0, 6.0)
    ]
    market = ran(worlds[1])
    kept, emotional = market.book().visits.sum(axis=0)[:, 0] - visits(worlds[0]), market.population["rho"] > 0.5
    groups = [kept[emotional], kept[~emotional]]
    error = Z * math.sqrt(sum(g.var(ddof=1) / g.size for g in groups))
    assert outcome * (groups[0].mean() - groups[1].mean()) > error


def talk(program, **own):
    """A market that talks, in which talk is worth nothing."""
    behaviour = {"experience": {"premium": 0.0, **LIVED}, "word_of_mouth": {"premium": 0.0, "talk": 0.5, **own}}
    return world(120, 20, program=program, behaviour=behaviour)


@pytest.mark.parametrize("by, outcome", [(1.0, 1), (-1.0, -1)])
def test_s4_32_failures_breed_bad_words_or_good_ones(by, outcome):
    """S4-32: detractors per visit rise with the firm's failures, or fall where the dissatisfied do not speak ill."""
    found = []
    for seed in range(5):
        rates = []
        for failures in (0.0, 5.0):
            t = totals(ran(talk({"service": {"failures": failures}}, by_satisfaction=by), seed).book()).loc["a"]
            rates.append(t["detractors"] / t["visits"])
        found.append(rates)
    assert trend(found) == outcome


@pytest.mark.parametrize("by_bond, outcome", [(6.0, 1), (-6.0, -1)])
def test_s0_06_the_attached_bring_newcomers_or_keep_them_away(by_bond, outcome):
    """S0-06: with recommendations that rise with the bond a club's referrals bring more people than without it, and
    fewer where they fall with it.
    """
    found = []
    for seed in range(5):
        came = []
        for club in ({"recognition": {"probability": 0.0}}, CLUB):
            made = talk({**club, "referral": {"chance": 0.4, "audience": "everyone"}}, by_bond=by_bond)
            more = world(
                1, behaviour={"bond": {"premium": 0.0}, "arrivals": {"pool": 400, "depleting": True}}
            ).behaviour
            made = dataclasses.replace(made, behaviour={**made.behaviour, **more})
            came.append(float(totals(ran(made, seed).book()).loc["a", "referrals"]))
        found.append(came)
    assert trend(found) == outcome


@pytest.mark.parametrize("affinity, outcome", [(0.05, 1), (-0.05, -1)])
def test_s3_62_praise_warms_hearers_or_puts_them_off(affinity, outcome):
    """S3-62: the bond with a praised firm is stronger than that with its rivals, of whom only the usual is said, or
    weaker where praise puts off; floor -1, so that both are felt alike.
    """
    made = talk({"service": {"quality": 1.5}}, affinity=affinity)
    made = dataclasses.replace(
        made, behaviour={**made.behaviour, **world(1, behaviour={"bond": {"floor": -1.0}}).behaviour}
    )
    bonds = ran(made).population["bond"]
    assert sign(bonds[:, 0] - bonds[:, 1:].mean(axis=1)) == outcome


# ---- promises --------------------------------------------------------------------------------------------------------


def promised(service, bond, sides=None, **lived):
    """A firm that keeps or breaks its promise, visit by visit."""
    behaviour = {"experience": {"premium": 0.0, **lived}, "bond": {"premium": 0.0, **bond}}
    behaviour |= {} if sides is None else {"emotions": sides}
    return world(150, 26, program={"service": service}, behaviour=behaviour)


@pytest.mark.parametrize("state, bond, sides", [("bond", {"promise": 0.1}, None), ("felt_trust", {}, {})])
def test_s4_46_failures_break_promises(state, bond, sides):
    """S4-46 at the same quality and promise: more failures leave weaker bonds and less trust, fewer stronger ones."""
    keeps = dict(sides, failure=(0.0,) * 5) if sides is not None else None
    levels = []
    for failures in (0.0, 1.0, 5.0):
        service = {"quality": 0.5, "promise": 0.5, "failures": failures}
        market = ran(promised(service, bond, keeps, failure=0.1, severity=2.0))
        levels.append(market.population[state][:, 0].astype(float))
    assert sign(levels[0] - levels[1]) == sign(levels[1] - levels[2]) == 1


@pytest.mark.parametrize("floor, outcome", [(0.0, 1), (-1.0, -1)])
def test_s4_18_s1_07_uneven_service_moves_trust_by_what_can_be_lost(floor, outcome):
    """S4-18, S1-07 at equal mean quality, as promised: where trust cannot fall below 0 uneven visits build some of it,
    for only kept promises count at the floor; where distrust is possible they cost, losses weighing twice as much.
    """
    trust = [
        ran(promised({"quality": 0.5, "promise": 0.5, "noise": noise}, {"floor": floor}, {}, noise=1.0)).population[
            "felt_trust"
        ][:, 0]
        for noise in (0.0, 2.0)
    ]
    assert sign((trust[1] - trust[0]).astype(float)) == outcome


def test_a_usual_service_promises_nothing():
    """Visits that differ move no bond where no firm serves otherwise than is usual: the bond is 0 without a program."""
    bonds = ran(promised({}, {"promise": 0.5}, noise=1.0, failure=0.1)).population["bond"]
    assert (bonds == 0.0).all()


PROMISES = (0.0, 0.5, 0.8, 1.2, 2.0)


@pytest.mark.parametrize("anticipation, worth, best", [(0.0, 0.5, 0), (4.0, 0.5, 2), (4.0, 0.0, 4)])
def test_s4_36_the_best_promise(anticipation, worth, best):
    """S4-36, quality 1: where a promise draws nobody the least is best; where it draws and a broken one costs bonds,
    the best lies inside and below the quality; where it draws and bonds are worth nothing, the most is best.

    The optimum inside comes from the bond. Without its promise events utility is linear in the promise.
    """
    bond, found = {"premium": worth, "promise": 1.0, "floor": -1.0}, []
    for promise in PROMISES:
        own = {"premium": 0.1, "anticipation": anticipation, "learning": 0.02, "disconfirmation": 0.0}
        program = {"service": {"quality": 1.0, "promise": promise}}
        found.append(visits(world(200, 39, program=program, behaviour={"experience": own, "bond": bond})))
    assert np.argmax([f.sum() for f in found]) == best
    assert all(sign(found[best] - found[k]) == 1 for k in {0, 4} - {best})


# ---- what a program can and cannot make up for -----------------------------------------------------------------------

CASH = {"cashback": {"rate": 0.1}, "membership": {"join": "everyone"}}


@pytest.mark.parametrize("premium, outcome", [(0.02, 1), (0.5, -1)])
def test_s0_08_s1_05_a_program_makes_up_for_poor_quality_or_not(premium, outcome):
    """S0-08, S1-05: a firm one unit of quality below its rivals that pays a tenth back has more visits than at equal
    quality without a program where a unit is worth 2 % of the price, and fewer where it is worth half.
    """
    own = {"experience": {"premium": premium, "disconfirmation": 0.0}}
    made_up, equal = (
        visits(world(250, 26, program=program, behaviour=own))
        for program in ({**CASH, "service": {"quality": -1.0}}, {})
    )
    assert sign(made_up - equal) == outcome


@pytest.mark.parametrize("d, late", [(0.0, 1), (1.0, 0)])
def test_s1_03_s1_10_delight_lasts_or_fades(d, late):
    """S1-03, S1-10: better quality brings visits in the first quarter under either view of satisfaction; in the third
    year it still does where quality itself counts, and not where only surprise does: expectations have caught up.
    """
    own = {"experience": {"premium": 0.4, "gain": 0.3, "learning": 0.2, "disconfirmation": d}}
    better, usual = (
        ran(world(300, 117, program=program, behaviour=own, log=False)).book().visits[:, :, 0].astype(float)
        for program in ({"service": {"quality": 1.0}}, {})
    )
    assert sign(better[0] - usual[0]) == 1 and sign(better[-1] - usual[-1]) == late


@pytest.mark.parametrize("links, relational, outcome", [({"join": 1.0}, 20.0, 1), ({"hassle": 1.0}, 0.0, -1)])
def test_s3_12_who_joins_has_more_or_less_relationship_propensity(links, relational, outcome):
    """S3-12: joiners are more relational than others where belonging draws them, less where they mind the hassle."""
    program = {"cashback": {"rate": 0.01}, "membership": {"ask": 1.0, "hassle": 15.0, "relational": relational}}
    market = ran(world(600, 13, program=program, customers={"links": Links(**links)}))
    joined, rho = market.population["joined"][:, 0] >= 0, market.population["rho"]
    groups = rho[joined], rho[~joined]
    error = Z * math.sqrt(sum(g.var(ddof=1) / g.size for g in groups))
    assert outcome * (groups[0].mean() - groups[1].mean()) > error


@pytest.mark.parametrize("link, outcome", [(-1.0, 1), (1.0, -1)])
def test_s3_13_s3_14_a_rivals_reward_draws_transactional_or_relational_customers(link, outcome):
    """S3-13, S3-14: rivals pay a tenth back; with links.reward at -1 they take more visits from transactional than from
    relational customers, at 1 the other way round.
    """
    customers = {"links": Links(reward=link)}
    alone, poached = (ran(world(400, 26, rivals=rivals, customers=customers)) for rivals in ({}, CASH))
    lost = (alone.book().visits - poached.book().visits).sum(axis=0)[:, 0].astype(float)
    emotional = alone.population["rho"] > 0.5
    groups = lost[~emotional], lost[emotional]
    error = Z * math.sqrt(sum(g.var(ddof=1) / g.size for g in groups))
    assert outcome * (groups[0].mean() - groups[1].mean()) > error


@pytest.mark.parametrize("redemption, outcome", [(0.2, 1), (0.0, 0), (-0.2, -1)])
def test_s2_17_s3_21_s3_22_s4_29_rewards_make_attitudes_or_none_or_spoil_them(redemption, outcome):
    """S2-17 against S3-21, S3-22, S4-29: bonds after half a year of stamps alone, as redemption is set (default 0)."""
    program = {"stamps": {"needed": 3, "face_value": 5.0}, "membership": {"join": "everyone"}}
    behaviour = {"bond": {"redemption": redemption, "floor": -1.0}}
    assert sign(ran(world(100, 26, program=program, behaviour=behaviour)).population["bond"][:, 0]) == outcome


@pytest.mark.parametrize("effect, outcome", [(0.5, 1), (0.01, -1)])
def test_s4_07_most_who_keep_buying_like_the_firm_or_do_not(effect, outcome):
    """S4-07, S2-02: among those who give the firm most of their purchases, more like it than not under a club that
    touches much; under one that hardly touches most are loyal in behaviour alone. Without any club all are: refuted.
    """
    made = world(200, 52, program={"recognition": {"probability": 0.5, "effect": effect}}, behaviour={"bond": {}})
    found = attitudes.figures(made, ran(made).book(), "a")
    buyers = 200 * (found["loyalty_true"] + found["loyalty_spurious"])
    share = 200 * found["loyalty_true"] / buyers
    assert outcome * (share - 0.5) > Z * math.sqrt(0.25 / buyers)


@pytest.mark.parametrize("read, outcome", [(2.0, 1), (-2.0, -1)])
def test_s3_63_bystanders_think_better_or_worse_of_who_answers(read, outcome):
    """S3-63: the public rating of a firm that answers complaints against one that does not: better where bystanders
    read care into an answer, worse where they read trouble.
    """
    found = []
    for seed in range(5):
        ratings = []
        for recovery in (0.0, 1.0):
            service = {"service": {"recovery": recovery, "recovery_quality": 0.0, "voice": 2.0}}
            ratings.append(ran(talk(service, review=0.5, public_recovery=read), seed).surroundings[-1]["rating"][0])
        found.append(ratings)
    assert trend(found) == outcome
