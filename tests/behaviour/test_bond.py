"""The bond: hand-worked events, decay, links to relationship propensity, what recognition does and costs."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import integrate, stats

from loyaltysim import dirichlet
from loyaltysim.behaviour import bond
from loyaltysim.market.model import Market
from loyaltysim.mechanism.links import link, link_constants
from loyaltysim.programs import recognition
from loyaltysim.scenario.model import Links
from tests.scenarios import Z, everything, in_plain, same, totals, world

CLUB = {"recognition": {"probability": 0.6, "effect": 0.3, "unit_cost": 0.05}}


def test_a_touchpoint_closes_part_of_the_gap():
    """By hand: from .5, effect .2, receptivity 1.5 -> .5 + .3 x .5 = .65; never beyond a full bond."""
    assert bond.bond_rises(0.5, 0.2, 1.5) == pytest.approx(0.65, abs=1e-15)
    assert bond.bond_rises(0.5, 0.9, 3.0) == 1.0
    assert bond.bond_rises(0.3, 0.2, 0.0) == 0.3


def test_a_bond_halves_in_its_half_life():
    """After half_life weeks a bond of 1 is .5, after twice that .25; relative tolerance 1e-12."""
    here, b = SimpleNamespace(bond=1.0), [1.0]
    for _ in range(52):
        bond.bond_fades(here, bond.Bond(half_life=26.0))
        b.append(here.bond)
    assert b[26] == pytest.approx(0.5, rel=1e-12) and b[52] == pytest.approx(0.25, rel=1e-12)


def test_a_full_bond_is_worth_its_premium():
    """`bond.premium: 0.2` reads: a fully bonded customer would pay 20 % of the reference price more to stay; exact."""

    def pull(level, link_bond):
        return bond.bond_pull(SimpleNamespace(bond=level), SimpleNamespace(link_bond=link_bond), bond.Bond(premium=0.2))

    assert pull(1.0, 1.0) == 0.2 and pull(0.5, 2.0) == 0.2 and pull(0.0, 1.0) == 0.0


def recognised(draw, joined=-1, audience="everyone"):
    """The bond of a stranger after a visit, and the touchpoints paid for."""
    here = SimpleNamespace(bond=0.0, joined=joined, misjudged=0.0, picked=0)
    visit = SimpleNamespace(recognitions=0, touches=0)
    terms = recognition.Recognition(audience=audience, probability=0.4, effect=0.5)
    recognition.recognised(here, SimpleNamespace(link_recept=1.0, propensity=0.0), terms, visit, draw)
    return here.bond, visit.recognitions


def test_recognition_happens_below_its_probability():
    """A draw that equals the probability is no touchpoint; members-only touchpoints pass by the others."""
    assert recognised(0.3999) == (0.5, 1)
    assert recognised(0.4) == (0.0, 0)
    assert recognised(0.1, audience="member") == (0.0, 0)
    assert recognised(0.1, joined=3, audience="member") == (0.5, 1)


def test_a_bonded_customer_chooses_by_the_logit_of_the_premium():
    """Full bonds at "a" that do not fade are a price cut of the premium: same purchases at price 0.75; exact in
    binary.
    """
    terms = {"bond": {"premium": 0.25, "half_life": math.inf}}
    market = in_plain(Market(world(60, 12, behaviour=terms), 4))
    market.population["bond"][:, 0] = 1.0
    cut = in_plain(Market(world(60, 12, firm={"a": {"price": 0.75}}), 4))
    assert market.run().log["firm"].equals(cut.run().log["firm"])


def test_touchpoints_are_counted_and_paid_for():
    """Recognitions are binomial in visits (z), and each costs its unit cost in the ledger, to the cent."""
    market = in_plain(Market(world(150, 26, program=CLUB), 4))
    t = totals(market.run()).loc["a"]
    assert abs(t["recognitions"] - 0.6 * t["visits"]) < Z * math.sqrt(0.24 * t["visits"])
    assert t["touchpoints"] == 5 * t["recognitions"]
    assert (market.population["bond"][:, 1:] == 0.0).all() and market.population["bond"][:, 0].max() > 0.5


# ---- links to relationship propensity --------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
@pytest.mark.parametrize("s", [-2.0, -0.5, 0.5, 1.0, 2.0])
def test_links_have_mean_one_at_their_mix(s, share):
    """E link = 1 under the mix: adaptive quadrature of the density to 1e-6, and 200,000 drawn propensities within z.

    Independent of the package's Gauss-Legendre nodes; the kink of max(0, .) is given to the integrator.
    """

    def density(x):
        return share * stats.beta.pdf(x, 8, 2) + (1 - share) * stats.beta.pdf(x, 2, 8)

    mean, _ = link_constants(s, share)
    assert mean == pytest.approx(share * 0.8 + (1 - share) * 0.2, abs=1e-9)
    kink = [x for x in [mean * (1.0 - 1.0 / s)] if 0.0 < x < 1.0]
    total = integrate.quad(
        lambda x: density(x) * link(s, np.array([x]), share)[0], 0, 1, points=kink or None, limit=200
    )[0]
    assert total == pytest.approx(1.0, abs=2e-5)
    rng = np.random.default_rng(1)
    rho = np.where(rng.random(200_000) < share, rng.beta(8, 2, 200_000), rng.beta(2, 8, 200_000))
    drawn = link(s, rho, share)
    assert abs(drawn.mean() - 1.0) < Z * drawn.std() / math.sqrt(drawn.size) + 2e-5
    assert (drawn >= 0.0).all()


def test_a_link_of_zero_leaves_no_column():
    """s = 0: no column that the step could read; it multiplies by the constant 1."""
    some = Market(everything(20, 4, customers={"links": Links(bond=0.5)}), 1)
    assert "link_bond" in some.population.columns
    others = {f"link_{effect}" for effect in Links.__dataclass_fields__} - {"link_bond"}
    assert not others & set(some.population.columns) and not others & set(some.assembled.people)
    assert not [name for name in others if name in some.assembled.module]
    assert "terms.bond_premium * me.link_bond * here.bond" in some.assembled.module
    assert "1.0 * terms.points_worth * share" in some.assembled.module  # link_reward, which is 0


def unguessed(program):
    """A program that addresses members where it addressed whom the firm takes for relational."""
    guessed = {name: own for name, own in program.items() if getattr(own, "audience", "") == "estimated"}
    return {**program, **{name: replace(own, audience="member") for name, own in guessed.items()}}


def test_without_links_the_mix_changes_only_who_people_are():
    """Sweeping relational_share with every link 0 moves rho alone where no firm guesses it; byte for byte."""
    runs = []
    for share in (0.1, 0.9):
        scenario = everything(50, 20, customers={"relational_share": share})
        firms = {name: replace(firm, program=unguessed(firm.program)) for name, firm in scenario.firms.items()}
        needs = {"need": replace(scenario.behaviour["need"], lean=0.0)}  # a link of its own
        scenario = replace(scenario, firms=firms, behaviour={**scenario.behaviour, **needs})
        runs.append(in_plain(Market(scenario, 5)).run())
    assert not runs[0].people["rho"].equals(runs[1].people["rho"])
    for book in runs:
        book.people = book.people.drop(columns="rho")
    same(*runs)


def test_emotional_and_transactional_customers_differ_in_behaviour():
    """s_recept > 0: touchpoints move relational customers more than without the link, transactional ones less.

    Purchases at "a" per customer, link 1 against link 0, paired; each mean further than 4.42 standard errors from 0.
    """
    linked, plain = (
        in_plain(
            Market(
                world(
                    250, 30, program=CLUB, behaviour={"bond": {"premium": 0.5}}, customers={"links": Links(recept=s)}
                ), 6,
            )
        )
        for s in (1.0, 0.0)
    )  # fmt: skip
    moved = (linked.run().visits - plain.run().visits).sum(axis=0)[:, 0]
    emotional = linked.population["rho"] > 0.5
    for group, sign in ((moved[emotional], 1), (moved[~emotional], -1)):
        assert sign * group.mean() > Z * group.std() / math.sqrt(group.size)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_linking_price_sensitivity_keeps_its_mean_in_every_mix(share):
    """s_beta keeps the mean elasticity when the mix changes: mean beta = 4 within z."""
    customers = {
        "links": Links(beta=1.0),
        "relational_share": share,
        "price_sensitivity": 4.0,
        "price_sensitivity_sd": 0.3,
    }
    beta = Market(world(40_000, 1, customers=customers), 7).population["beta"]
    assert abs(beta.mean() - 4.0) < Z * beta.std() / 200.0


@pytest.mark.parametrize("share", [0.1, 0.9])
def test_linking_price_sensitivity_keeps_the_elasticity(share):
    """Own-price elasticity of "a" in both mixes = E beta [S (1 - share)] / (S + 1), theory/dirichlet.py; z of a ratio.

    Computed on the population: sum w_i beta_i P_i (1 - P_i) / sum w_i P_i, standard error by the delta method.
    """
    customers = {"links": Links(beta=1.0), "relational_share": share, "price_sensitivity_sd": 0.3}
    p = Market(world(40_000, 1, customers=customers), 7).population
    chosen, weight = p["prior"][:, 0], p["rate"]
    top, bottom = weight * p["beta"] * chosen * (1.0 - chosen), weight * chosen
    ratio = top.sum() / bottom.sum()
    se = np.std(top - ratio * bottom) / (bottom.mean() * 200.0)
    assert abs(ratio - dirichlet.own_price_elasticity(4.0, 0.4, 1.3)) < Z * se


def test_link_mean_current_rescales_to_the_mix():
    """link_mean: with `current` a link has mean 1 in the realised mix; with `reference` an emotional market feels
    more.
    """
    means = {}
    for how in ("reference", "current"):
        customers = {"links": Links(bond=0.8), "relational_share": 0.9, "link_mean": how}
        market = Market(everything(20_000, 1, customers=customers), 8)
        column = market.population["link_bond"]
        means[how] = column.mean(), Z * column.std() / math.sqrt(column.size)
    assert abs(means["current"][0] - 1.0) < means["current"][1]
    assert means["reference"][0] > 1.2
