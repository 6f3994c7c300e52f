"""The bond's negative events and its five sides: hand-worked events, half-lives, gate, and what behaviour can tell."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from loyaltysim.behaviour import bond, emotions
from loyaltysim.configure.compose import components
from loyaltysim.market.model import Market
from loyaltysim.measures import attitudes
from loyaltysim.mechanism.names import Blank
from loyaltysim.mechanism.registry import at_work
from loyaltysim.scenario.forms import written
from loyaltysim.scenario.model import Links
from loyaltysim.scenario.read import read
from loyaltysim.scenario.reader import ConfigError
from tests.scenarios import in_plain, same, totals, world

CLUB = {"recognition": {"probability": 0.6, "effect": 0.3}}
FAILING = {"experience": {"failure": 0.4, "voice": 0.8}}
MENDING = {**CLUB, "service": {"quality": 1.0, "promise": 0.5, "recovery": 0.7}}


def test_a_negative_event_takes_part_of_what_lies_above_the_floor():
    """By hand: .5, event .1, loss 2 -> .5 - .2 x .5 = .4; towards -1: .5 - .2 x 1.5 = .2; never below the floor."""
    assert bond.bond_falls(0.5, 0.1, 2.0, 0.0) == pytest.approx(0.4, abs=1e-15)
    assert bond.bond_falls(0.5, 0.1, 2.0, -1.0) == pytest.approx(0.2, abs=1e-15)
    assert bond.bond_falls(0.5, 0.9, 5.0, 0.0) == 0.0 and bond.bond_falls(0.5, 0.9, 5.0, -1.0) == -1.0
    assert bond.bond_moves(0.5, 0.2, 1.5, 2.0, 0.0) == bond.bond_rises(0.5, 0.2, 1.5)
    assert bond.bond_moves(0.5, -0.2, 1.5, 2.0, 0.0) == bond.bond_falls(0.5, 0.2, 2.0, 0.0)


def test_losses_weigh_more_only_for_strong_bonds():
    """Negativity ratio = loss (B - floor) / (1 - B): at loss 2 it crosses 1 at B = 1/3; relative tolerance 1e-12."""
    for level, ratio in ((0.2, 0.5), (1 / 3, 1.0), (0.5, 2.0), (0.8, 8.0)):
        assert bond.negativity_ratio(bond.Bond(loss=2.0), level) == pytest.approx(ratio, rel=1e-12)
    assert bond.negativity_ratio(bond.Bond(loss=2.0, floor=-1.0), 0.0) == pytest.approx(2.0, rel=1e-12)


@pytest.mark.by_hand("negativity_ratio")
def test_a_study_prints_the_negativity_ratio():
    """At loss 2 and bonds of 1/4, 1/2, 3/4: 2/3, 2, 6, exact; not printed where no event can be negative."""
    eventful = world(20, 4, program=MENDING, behaviour={**FAILING, "bond": {"failure": 0.1}})
    found = attitudes.negativity(eventful)
    assert [found[f"negativity_ratio[{b}]"] for b in (0.25, 0.5, 0.75)] == pytest.approx([2 / 3, 2.0, 6.0], rel=1e-12)
    assert attitudes.negativity(world(20, 4, program=CLUB, behaviour={"bond": {}})) == {}


def test_the_events_of_a_visit_add_up():
    """By hand: two redeemed at -.05 each, one failure of .1, one recovery of .15, half a unit beyond the promise at .2,
    points issued against crowding-out .02: event = .15 - .1 - .1 + .1 - .02 = .03 -> .4 + .03 x 1.5 x .6 = .427.
    """
    own = bond.Bond(failure=0.1, recovery=0.15, promise=0.2, redemption=-0.05, crowding=0.02)
    terms = SimpleNamespace(**vars(own), bond=own, service=SimpleNamespace(pledged=1, promise=0.2))
    here, me = SimpleNamespace(bond=0.4, delivered=0.7), SimpleNamespace(link_recept=1.5)
    bond.bond_lives(here, me, terms, SimpleNamespace(failed=1, recovered=1, reward_given=2, reward_earned=500))
    assert here.bond == pytest.approx(0.427, abs=1e-15)


def test_without_events_the_bond_is_what_it_was():
    """Loss and floor without events change nothing: the same books as at their defaults, exact."""
    plain = world(60, 20, program=MENDING, behaviour={**FAILING, "bond": {"premium": 0.4}})
    other = world(60, 20, program=MENDING, behaviour={**FAILING, "bond": {"premium": 0.4, "loss": 5.0, "floor": -1.0}})
    same(*(in_plain(Market(s, 3)).run() for s in (plain, other)))


SIGNS = {  # an event, a program and market in which it happens
    "redemption": (0.3, {**CLUB, "points": {"threshold": 30.0}, "membership": {"ask": 1.0, "hassle": 0.0}}, {}),
    "crowding": (0.1, {**CLUB, "points": {"threshold": 30.0}, "membership": {"ask": 1.0, "hassle": 0.0}}, {}),
    "recovery": (0.5, {**CLUB, "service": {"recovery": 1.0}}, FAILING),
    "promise": (0.2, {**CLUB, "service": {"quality": 0.5}}, {}),
}


@pytest.mark.parametrize("event", SIGNS)
def test_each_signed_event_can_build_and_can_damage(event):
    """Nothing is built in: with either sign, mean bonds move to either side of those without the event."""
    size, program, behaviour = SIGNS[event]
    means = []
    for value in (-size, 0.0, size):
        own = {**behaviour, "bond": {"premium": 0.2, event: value}}
        market = in_plain(Market(world(60, 20, program=program, behaviour=own), 3))
        market.run()
        means.append(market.population["bond"][:, 0].mean())
    rising = means if event != "crowding" else means[::-1]
    assert rising[0] < rising[1] - 1e-3 and rising[1] < rising[2] - 1e-3


def test_more_failures_never_leave_a_stronger_bond():
    """Monotone in its own term: with the same luck, a larger failure event leaves every bond the same or lower."""
    worlds = [
        world(60, 20, program=CLUB, behaviour={**FAILING, "bond": {"premium": 0.0, "failure": f}})
        for f in (0, 0.05, 0.4)
    ]
    bonds = []
    for scenario in worlds:
        market = in_plain(Market(scenario, 3))
        market.run()
        bonds.append(market.population["bond"])
    assert (bonds[0] >= bonds[1]).all() and (bonds[1] >= bonds[2]).all() and bonds[0].sum() > bonds[2].sum() + 1


# ---- five sides ------------------------------------------------------------------------------------------------------


def test_each_side_has_its_own_half_life():
    """After its half-life each side is half of what it was; relative tolerance 1e-12."""
    assert len(emotions.SIDES) == len(emotions.Emotions().keeps)
    for keep, weeks in zip(emotions.Emotions().keeps, (104, 13, 52, 104, 26), strict=True):
        assert keep**weeks == pytest.approx(0.5, rel=1e-12)


def five(program, behaviour=None, weeks=20, **own):
    """A finished market with five sides, and its bond terms."""
    tree = {**(behaviour or {}), "bond": {"premium": 0.2}, "emotions": own}
    market = in_plain(Market(world(60, weeks, program=program, behaviour=tree), 3))
    market.run()
    return market


def test_the_bond_is_the_weighted_mean_of_its_sides():
    """Weights 1, 2, 3, 4, 5 over 15; single precision of the sides: 2e-6 (the bond itself rests in double)."""
    market = five(MENDING, FAILING, weights=(1.0, 2.0, 3.0, 4.0, 5.0))
    sides = np.stack([market.population[name] for name in emotions.FELT]).astype(float)
    assert market.population["bond"] == pytest.approx(np.tensordot(np.arange(1, 6) / 15, sides, 1), abs=2e-6)
    assert sides[:, :, 0].min(axis=1).max() >= 0.0 and (sides[:, :, 0].max(axis=1) > 0.05).all()


def test_a_touchpoint_moves_each_side_by_its_share():
    """A touch of .3 from 0: recognition .3, affinity .15, none elsewhere; the bond is their mean, .09; to 1e-12."""
    own = emotions.Emotions(touch=(0.0, 1.0, 0.5, 0.0, 0.0))
    terms = SimpleNamespace(**vars(own), weighs=own.weighs, trust_needed=own.trust_needed)
    terms.bond, terms.service = bond.Bond(loss=2.0, floor=0.0), SimpleNamespace(pledged=0, promise=0.0)
    here = SimpleNamespace(bond=0.3, felt_bond=0.0, sides=[0.0] * 5, delivered=0.0)
    emotions.sides_live(here, SimpleNamespace(link_recept=1.0), terms, Blank())
    moved = (*here.sides, here.bond, here.felt_bond)
    assert moved == pytest.approx((0.0, 0.3, 0.15, 0.0, 0.0, 0.09, 0.09), abs=1e-12)


def test_drivers_move_the_sides_that_they_should():
    """Recognition moves recognition first; kept promises move trust; failures lower trust and spare recognition."""
    club, kept = five(CLUB), five({"service": {"quality": 1.0}})
    mean = {name: (club.population[name][:, 0].mean(), kept.population[name][:, 0].mean()) for name in emotions.FELT}
    assert mean["felt_recognition"][0] > mean["felt_trust"][0] > 0 and mean["felt_trust"][1] > 0
    assert mean["felt_recognition"][1] == mean["felt_affinity"][1] == 0.0
    failing = five(MENDING, {"experience": {"failure": 0.6, "voice": 0.0}})
    fine = five(MENDING, {"experience": {"failure": 0.0}})
    assert failing.population["felt_trust"].mean() < 0.9 * fine.population["felt_trust"].mean()


def test_no_attachment_without_trust():
    """Gate: a club that never builds trust never builds attachment; additive, it does. Both are admissible."""
    touch = (0.0, 1.0, 1.0, 0.5, 0.5)
    assert five(CLUB, touch=touch, structure="gate").population["felt_attachment"].max() == 0.0
    assert five(CLUB, touch=touch).population["felt_attachment"].max() > 0.05
    trusted = five(CLUB, touch=(1.0, 1.0, 1.0, 0.5, 0.5), structure="gate").population["felt_attachment"]
    assert trusted.max() > 0.05


def test_what_touches_the_bond_after_its_sides_is_not_lost():
    """A mechanism from outside may touch the bond after the sides of a visit: touched sides rise by that, then fade."""
    market = in_plain(Market(world(20, 2, behaviour={"bond": {}, "emotions": {"touch": (1.0, 0.0, 0.0, 0.0, 0.0)}}), 3))
    market.population["bond"][:, 0] = 0.5
    market.step()
    kept = 0.5 ** (1.0 / 104.0)  # half-life of trust
    assert market.population["felt_trust"][:, 0] == pytest.approx(0.5 * kept, rel=1e-6)
    assert market.population["bond"][:, 0] == pytest.approx(0.2 * 0.5 * kept, rel=1e-6)


EVENTS = {"failure": 0.1, "recovery": 0.1, "promise": 0.05, "redemption": -0.05, "crowding": 0.02}
PAYING = {"points": {"threshold": 30.0}, "membership": {"ask": 1.0, "hassle": 0.0}}


@pytest.mark.parametrize("receptive", [0.0, 1.0])
@pytest.mark.parametrize("program, events", [(CLUB, dict.fromkeys(EVENTS, 0.0)), ({**MENDING, **PAYING}, EVENTS)])
def test_sides_that_weigh_alike_and_move_alike_are_one_bond(program, events, receptive):
    """Five equal sides with the bond's half-life, full touch and its events are the one-dimensional bond, whatever the
    link of receptivity: purchases equal, bonds to single precision.
    """
    given = {"program": program, "customers": {"links": Links(recept=receptive)}}
    sides = {emotions.INSTEAD[name]: (size,) * 5 for name, size in events.items()}
    sides |= {"half_lives": (52.0,) * 5, "touch": (1.0,) * 5}
    markets = []
    for feelings in ({"bond": {"premium": 0.2}, "emotions": sides}, {"bond": {"premium": 0.2, **events}}):
        markets.append(in_plain(Market(world(60, 12, behaviour={**FAILING, **feelings}, **given), 3)))
    assert markets[0].run().log.equals(markets[1].run().log)
    assert markets[0].population["bond"] == pytest.approx(markets[1].population["bond"], abs=1e-5)
    assert markets[0].population["bond"].std() > 0.05


def test_a_full_bond_stays_full():
    """Of a full bond nothing is missing: at 1, as at the floor, nothing moves (exact). In a market whose first
    touchpoint fills the bond it is full after every visit, however many a week; half-life 5200 weeks: to 1 %.
    """
    assert emotions.touched_by(1.0, 1.0, 0.0) == emotions.touched_by(0.0, 0.0, 0.0) == 0.0
    assert emotions.touched_by(np.float64(0.3), np.float64(0.3), 0.0) == 0.0
    program = {"recognition": {"probability": 1.0, "effect": 1.0}, "service": {"quality": 1.0}}
    behaviour = {"bond": {"premium": 0.3}, "emotions": {"touch": (1.0,) * 5, "half_lives": (5200.0,) * 5}}
    market = in_plain(Market(world(100, 6, program=program, behaviour=behaviour, M=300.0), 3))
    market.run()
    came = market.book().visits.sum(axis=0)[:, 0]
    assert set(came) >= {1, 2, 3} and (market.population["bond"][came > 0, 0] > 0.99).all()


KEYS = {"half_life": 20.0, "failure": 0.1, "recovery": 0.1, "promise": 0.1, "redemption": 0.1, "crowding": 0.1}


@pytest.mark.parametrize("key", KEYS)
def test_keys_of_the_one_bond_are_refused_beside_five_sides(key):
    """They would do nothing; the message names the key that does it. At weights of 0 they are at work as ever."""
    behaviour = {**FAILING, "bond": {key: KEYS[key]}, "emotions": {}}
    with pytest.raises(ConfigError) as told:
        read(written(world(20, 4, behaviour=behaviour)), components())
    assert [p.key for p in told.value.problems] == [f"behaviour.emotions.{emotions.INSTEAD[key]}"]
    assert f"behaviour.bond.{key}" in str(told.value)
    idle = {**behaviour, "emotions": {"weights": (0.0,) * 5}}
    read(written(world(20, 4, behaviour=idle)), components())
    program = {**MENDING, **PAYING}
    bonds = []
    for given in (idle, {**FAILING, "bond": behaviour["bond"]}, {**FAILING, "bond": {}}):
        market = in_plain(Market(world(40, 12, program=program, behaviour=given), 3))
        market.run()
        bonds.append(market.population["bond"])
    assert (bonds[0] == bonds[1]).all() and (bonds[0] != bonds[2]).any()


def test_being_paid_to_come_crowds_out_or_in():
    """Signed: trust falls at +.05 a rewarded visit, rises at -.05, and other sides do not move; floor -1."""
    for size in (0.05, -0.05):
        behaviour = {"bond": {"premium": 0.0, "floor": -1.0}, "emotions": {"crowding": (size, 0.0, 0.0, 0.0, 0.0)}}
        market = in_plain(Market(world(60, 12, program=PAYING, behaviour=behaviour), 3))
        market.run()
        assert size * market.population["felt_trust"][:, 0].mean() < -1e-3
        assert (market.population["felt_affinity"] == 0.0).all()


@pytest.mark.parametrize(
    "bond_terms, sides, told",
    [
        ({"failure": 0.3, "floor": -1.0}, None, True), ({"floor": -1.0}, {}, True), ({"failure": 0.3}, None, False),
        ({"floor": -1.0}, None, False), ({"failure": 0.3, "floor": -1.0, "premium": 0.0}, None, False),
    ],
)  # fmt: skip
def test_where_usual_failures_bring_distrust_it_is_said(bond_terms, sides, told):
    """Without a program the bond is 0, but for usual failures below a floor of 0: then results say so."""
    behaviour = {**FAILING, "bond": bond_terms, **({} if sides is None else {"emotions": sides})}
    scenario = world(40, 8, behaviour=behaviour)
    assert any(text.startswith("bond.") for text in at_work(scenario)) == told
    market = in_plain(Market(scenario, 3))
    market.run()
    assert (market.population["bond"] * bond.Bond(**bond_terms).premium != 0.0).any() == told


def test_lists_of_another_length_are_refused():
    """Every list names five sides; the message says which."""
    scenario = world(20, 4, behaviour={"emotions": {}})
    tree = written(scenario)
    tree["behaviour"]["emotions"]["weights"] = [1.0]
    with pytest.raises(ConfigError, match="five numbers: trust, recognition"):
        read(tree, components())


# ---- the price-sensitivity link keeps the mean elasticity ------------------------------------------------------------


def test_the_link_of_price_sensitivity_keeps_the_elasticity_in_every_mix():
    """|eta| = E[beta] S (1 - share) / (S + 1) whatever the mix and the link: within z of the mean of 6 seeds.

    A price rise and a cut of 2 % with common seeds, log difference of visits; t with 5 degrees of freedom at 1e-4.
    The closed form is first order, the central difference second order: error below 0.5 % of eta.
    """
    from scipy import stats

    eta = 4.0 * 1.3 * 0.6 / 2.3
    for share in (0.1, 0.5, 0.9):
        found = []
        for seed in range(6):
            customers = {"relational_share": share, "links": Links(beta=-1.0)}
            visits = [
                totals(Market(world(8000, 20, firm={"a": {"price": p}}, customers=customers), seed).run()).loc[
                    "a", "visits"
                ]
                for p in (0.98, 1.02)
            ]
            found.append((math.log(visits[1]) - math.log(visits[0])) / (math.log(1.02) - math.log(0.98)))
        error = stats.t.isf(0.5e-4, 5) * np.std(found, ddof=1) / math.sqrt(6)
        assert abs(np.mean(found) + eta) < error + 0.005 * eta
        assert error < 0.25 * eta, "too few customers to see anything"
