"""The second category: bought here too with a chance that moves with what is felt."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from loyaltysim import metrics
from loyaltysim.behaviour.cross_buying import cross_chance
from loyaltysim.mechanism.registry import components
from loyaltysim.scenario.forms import written
from loyaltysim.scenario.read import read
from loyaltysim.scenario.reader import ConfigError
from tests.behaviour.test_felt_signs import ran, sign
from tests.scenarios import FIXED, Z, contract_world, in_plain, totals, world

CLUB = {"recognition": {"probability": 0.6, "effect": 0.3}}
TRUST, ATTACHMENT = (1.0, 0.0, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0, 0.0)


def test_the_chance_is_a_logistic_by_hand():
    """Base .2 (odds 1/4): at no feeling .2; a full feeling of log 4 logits makes even odds; -log 4 a seventeenth."""
    assert cross_chance(0.0, 0.25, 3.0) == pytest.approx(0.2)
    assert cross_chance(1.0, 0.25, math.log(4.0)) == pytest.approx(0.5)
    assert cross_chance(1.0, 0.25, -math.log(4.0)) == pytest.approx(1.0 / 17.0)
    assert cross_chance(1.0, 0.0, 20.0) == 0.0


@pytest.mark.parametrize("base", [0.1, 0.6])
def test_without_feelings_it_happens_at_its_base_chance(base):
    """Binomial, within 4.42 standard errors; each second purchase is half of the basket, in every book alike."""
    own = {"cross_buying": {"base": base, "by": 5.0, "feeling": "bond", "size": 0.5}, "bond": {}}
    book = ran(world(300, 26, behaviour=own, basket=FIXED)).book()
    t = totals(book)
    n = t["visits"].sum()
    assert abs(t["cross_purchases"].sum() - base * n) < Z * math.sqrt(n * base * (1.0 - base))
    assert (t["cross_revenue"] == 500 * t["cross_purchases"]).all()
    assert (t["revenue"] == 1000 * t["visits"] + t["cross_revenue"]).all()
    assert (t["at_base_price"] == t["revenue"]).all() and book.log.spend.sum() == book.spend.sum() == t["revenue"].sum()


def test_it_moves_no_choice_and_earns_what_a_basket_earns():
    """Who buys where is exactly as without it, where no card is near its reward (a larger basket fills it sooner); a
    member earns points on the whole basket: one a unit of money.
    """
    program = {"points": {"threshold": 1e6, "face_value": 1e3}, "membership": {"join": "everyone"}}
    own = {"cross_buying": {"base": 0.5, "by": 0.0}}
    with_it, without = (ran(world(60, 20, program=program, behaviour=b)).book() for b in (own, {}))
    assert (with_it.visits == without.visits).all() and (with_it.spend != without.spend).any()
    t = totals(with_it).loc["a"]
    assert t["cross_purchases"] > 50 and abs(t["points_issued"] - 10 * t["revenue"]) <= 10 * t["visits"]


def bank(weights, feeling, touch, by=2.0, **more):
    """Contracts where sides move renewals by weight, one of them carries cross-buying, and a club touches one side."""
    behaviour = {
        "bond": {"premium": 1.0}, "emotions": {"weights": weights, "touch": touch},
        "cross_buying": {"base": 0.2, "by": by, "feeling": feeling},
    }  # fmt: skip
    return contract_world(500, 33, behaviour=behaviour, **more)


def lived(weights, feeling, touch, by=2.0):
    """What a club does, customer by customer: who is still at the focal firm, and its second purchases per bill."""
    found = []
    for program in (CLUB, {}):
        market = ran(bank(weights, feeling, touch, by, program=program))
        at_home = market.population["provider"] == 0
        t = totals(market.book()).loc["a"]
        rate = float(metrics.cross_buying(t[["cross_purchases"]].to_numpy(), t[["visits"]].to_numpy())[0])
        found.append((at_home.astype(float), rate, t["visits"]))
    (home, rate, n), (home_without, usual, m) = found
    error = Z * math.sqrt(0.25 / n + 0.25 / m)
    return sign(home - home_without), int(rate - usual > error) - int(rate - usual < -error)


@pytest.mark.parametrize("carries, keeps", [("trust", "attachment"), ("attachment", "trust")])
def test_d2_either_feeling_can_carry_cross_buying_and_the_other_retention(carries, keeps):
    """Aurier & N'Goala 2010 (commitment keeps, trust sells more) and its reverse are both settings: what touches the
    side that carries cross-buying sells more and keeps nobody; what touches the other keeps, and sells no more.
    """
    place = {"trust": TRUST, "attachment": ATTACHMENT}
    assert lived(place[keeps], carries, place[carries]) == (0, 1)
    assert lived(place[keeps], carries, place[keeps]) == (1, 0)


@pytest.mark.parametrize("by, outcome", [(2.0, 1), (0.0, 0), (-2.0, -1)])
def test_s2_05_s4_10_s1_01_trust_spills_over_or_not(by, outcome):
    """S2-05, S4-10, S1-01: second purchases per bill with a club that builds trust, less those without it."""
    assert lived(ATTACHMENT, "trust", TRUST, by)[1] == outcome


@pytest.mark.parametrize("by, outcome", [(3.0, -1), (-3.0, 1)])
def test_s4_10_failures_spill_over(by, outcome):
    """S4-10: where failures bring distrust (floor -1), a firm that fails more sells less of its second category."""
    behaviour = {
        "bond": {"premium": 0.0, "floor": -1.0}, "emotions": {"failure": (0.3, 0.0, 0.0, 0.0, 0.0)},
        "experience": {"premium": 0.0, "failure": 0.05}, "cross_buying": {"base": 0.3, "by": by},
    }  # fmt: skip
    good, bad = (
        totals(ran(world(150, 26, program={"service": {"failures": f}}, behaviour=behaviour)).book()).loc["a"]
        for f in (0.0, 10.0)
    )
    assert good["visits"] == bad["visits"]
    gap = (bad["cross_purchases"] - good["cross_purchases"]) / good["visits"]
    assert outcome * gap > Z * math.sqrt(0.5 / good["visits"])


def test_a_feeling_that_nobody_has_is_refused():
    """A side needs emotions, the bond a bond; both are named."""
    for feeling, need in (("trust", "emotions"), ("bond", "bond")):
        tree = written(world(10, 4, behaviour={"cross_buying": {"feeling": feeling}}))
        with pytest.raises(ConfigError, match=rf"behaviour\.{need}"):
            read(tree, components())


def test_the_same_bits_compiled():
    """One world compiled and in plain Python: the same bytes of books, people and log."""
    from loyaltysim.market.model import Market
    from tests.scenarios import fingerprint

    made = dataclasses.replace(bank(TRUST, "trust", TRUST, program=CLUB), weeks=9)
    compiled, plain = Market(made, 3), in_plain(Market(made, 3))
    for market in (compiled, plain):
        market.run()
    assert fingerprint(compiled) == fingerprint(plain) and np.isfinite(compiled.population["bond"]).all()
