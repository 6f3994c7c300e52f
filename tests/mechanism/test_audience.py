"""Whom touchpoints and offers are for: everyone, members, or whom the firm takes for relational; one rule for all."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from loyaltysim.behaviour import estimate
from loyaltysim.market.model import Market
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.mechanism.audience import Audience, audience_of
from loyaltysim.scenario.reader import ConfigError
from tests.scenarios import EAGER, Z, in_plain, terms, world

HAVE = (
    "advice", "cashback", "challenge", "channels", "community", "contact", "coupon", "early_access", "education",
    "follow_up", "inner_club", "member_price", "membership", "ownership", "points", "prize_draw", "recognition",
    "referral", "stamps", "tasks", "tiers",
)  # fmt: skip


def people(n: int = 20_000, reliability: float = 0.5, share: float = 0.2, **more):
    """The people of a market where the firm a recognises whom it takes for relational, and the terms."""
    own = {"audience": "estimated", "reliability": reliability, "estimated_share": share}
    market = Market(world(n, program={"recognition": own}, **more), 3)
    return market.population, terms("recognition", **own)


def test_every_touchpoint_and_offer_has_an_audience():
    """Whatever is given by name or to members; with one vocabulary, and its own default."""
    known = mechanisms.components()["program"]
    assert {name for name, m in known.items() if issubclass(m.terms, Audience)} == set(HAVE)
    open_to = {name for name in HAVE if known[name].terms().audience == "everyone"}
    assert open_to == {"recognition", "membership", "coupon", "education", "follow_up"}
    assert all(known[name].terms().members for name in set(HAVE) - open_to)


@pytest.mark.parametrize("mix", [0.1, 0.5])
@pytest.mark.parametrize("share", [0.2, -0.3, 1.0, 0.0])
@pytest.mark.parametrize("reliability", [0.0, 0.5, 1.0])
def test_the_firm_addresses_the_share_that_it_means(share, reliability, mix):
    """In any mix and however well it judges: |share| of customers, z at 1e-5."""
    p, own = people(reliability=reliability, share=share, customers={"relational_share": mix})
    meant, wanted = audience_of(p, 0, own), abs(share)
    assert abs(meant.mean() - wanted) <= Z * math.sqrt(wanted * (1.0 - wanted) / p.n)


def test_an_estimate_that_decides_from_a_date_on_is_made():
    """The same people are addressed from that week on as where it decides from the start."""
    later = {
        "changes": [{"week": 1, "told": "before", "audience": "estimated", "reliability": 0.5, "estimated_share": 0.2}]
    }
    dated = Market(world(2000, program={"recognition": later}), 3).population
    p, own = people(2000)
    assert (audience_of(dated, 0, own) == audience_of(p, 0, own)).all()
    assert not mechanisms.registry()["estimate"].wanted(world(10, program={"recognition": {}}))


def test_a_reliable_estimate_finds_the_relational():
    """The estimate's correlation with the score of rho is the root of its reliability; all right at 1, luck at 0."""
    p, own = people(reliability=0.3)
    made = own.known * p["propensity"] + own.guessed * p["misjudged"][:, 0]
    r = np.corrcoef(made, p["propensity"])[0, 1]
    assert abs(r - math.sqrt(0.3)) < Z * (1.0 - 0.3) / math.sqrt(p.n)
    for share, at_the_end in ((0.2, 0.8), (-0.2, 0.2)):
        meant = audience_of(*_(people(reliability=1.0, share=share)))
        order = np.argsort(np.argsort(p["rho"])) / p.n
        assert (np.sign(share) * (order - at_the_end))[meant].min() > -0.02
    blind = audience_of(*_(people(reliability=0.0)))
    assert abs(p["propensity"][blind].mean()) < Z / math.sqrt(blind.sum())


def _(made):
    """People and terms as `audience_of` asks for them."""
    return made[0], 0, made[1]


def test_each_firm_errs_in_its_own_way_and_for_life():
    """Errors of two firms about the same people are independent; one more customer moves nobody's."""
    p, _own = people(500)
    more, _own = people(501)
    assert p["misjudged"].tobytes() == more["misjudged"][:500].tobytes()
    assert p["propensity"].tobytes() == more["propensity"][:500].tobytes()
    q, _own = people(20_000)
    assert abs(np.corrcoef(q["misjudged"][:, 0], q["misjudged"][:, 1])[0, 1]) < Z / math.sqrt(20_000)


GIVEN = {  # component -> keys, and the counter of what is given
    "recognition": ({"probability": 1.0}, "recognitions"),
    "contact": ({"per_week": 0.9}, "contacts"),
    "cashback": ({"rate": 0.05}, "cashback_issued"),
    "points": ({"threshold": 50.0}, "points_issued"),
    "stamps": ({"needed": 5}, "stamps_issued"),
    "membership": ({**EAGER, "scale": 5.0}, "joins"),
}


@pytest.mark.parametrize("name", GIVEN)
def test_only_whom_it_is_meant_for_gets_it(name):
    """Joining is out of reach but where it is what is given: `estimated` gives to its share, `member` to nobody; nobody
    and everybody are the ends of it.
    """
    keys, counter = GIVEN[name]
    rest = {} if name == "membership" else {"membership": {"ask": 0.0}}
    rest |= {"points": {"threshold": 50.0}} if name == "membership" else {}

    def given(**own):
        market = in_plain(Market(world(60, 12, program={name: {**keys, **own}, **rest}, log=False), 3))
        weekly = market.run().weekly
        return int(weekly[weekly.firm == "a"][counter].sum())

    some = given(audience="estimated", estimated_share=0.5)
    everybody = given(audience="everyone")
    assert 0 < some < everybody
    assert given(audience="estimated", estimated_share=0.0) == 0
    assert given(audience="estimated", estimated_share=1.0, reliability=0.0) == everybody
    if name != "membership":
        assert given(audience="member") == 0


def test_what_others_get_too_is_no_reason_to_join():
    """Points for everyone are no gain of members: nobody joins for them."""
    for audience, joined in (("member", True), ("everyone", False), ("estimated", False)):
        program = {"points": {"threshold": 50.0, "audience": audience}, "membership": EAGER}
        market = in_plain(Market(world(30, 8, program=program), 3))
        market.run()
        assert (market.population["joined"][:, 0] >= 0).any() == joined, audience


def test_nobody_is_estimated_where_no_firm_acts_on_it():
    """The estimate is no part of a run that has no such audience, and comes with the first."""
    plain = world(5, program={"recognition": {}})
    assert not estimate.wanted(plain)
    targeted = dataclasses.replace(
        plain.firms["b"], program={"recognition": terms("recognition", audience="estimated")}
    )
    assert estimate.wanted(dataclasses.replace(plain, firms={**plain.firms, "b": targeted}))
    assert "propensity" not in Market(plain, 3).population.columns


def test_an_audience_that_is_none_is_refused_with_those_that_are():
    """Key, value, choices; joining cannot be for members."""
    from loyaltysim.configure.compose import compose

    with pytest.raises(ConfigError, match=r"program.contact.audience.*estimated"):
        compose(["program=contact", "program.contact.audience=estimate"])
    with pytest.raises(ConfigError, match=r"program.membership.audience"):
        compose(["program=points", "program.membership.audience=member"])
