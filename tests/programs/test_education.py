"""Education: the rule by hand, and what holds customers at a rival's price cut: value, lock-in, each alone."""

from __future__ import annotations

import dataclasses
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

from loyaltysim.configure.compose import compose
from loyaltysim.market.model import Market
from loyaltysim.mechanism.declare import Scene
from loyaltysim.programs import education
from loyaltysim.programs.education import Education
from tests.scenarios import FIXED, in_plain, offered, same, totals, world

pytestmark = pytest.mark.interpreter

TWO = {"a": 0.5, "b": 0.5}
CUT = 12  # week in which the rival's price falls
N = 100


def person(capability=0.0, latest=-1, lock_in=0.02):
    """A customer at a firm, and what the firm offers."""
    terms = SimpleNamespace(education=SimpleNamespace(lock_in=lock_in))
    return SimpleNamespace(capability=capability, latest=latest, joined=-1, misjudged=0.0, picked=0, terms=terms)


def test_use_and_sessions_close_a_share_of_the_gap_and_time_takes_it():
    """.2 of the gap by a purchase: 0, .2, .36; .5 by a session: .68, paid for; half of it is left after 52 weeks."""
    here = person()
    others = [here, person(latest=1)]
    for expected in (0.2, 0.36):
        education.learns_by_use(here, others, offered(Education(by_use=0.2)))
        assert here.capability == pytest.approx(expected, abs=1e-15)
    assert (here.latest, others[1].latest) == (1, 0)
    now = SimpleNamespace(sessions=0, sessions_held=0)
    own = offered(Education(taught=0.5, per_week=0.4))
    education.has_session(here, own, now, 0.4)
    assert now.sessions == 0
    education.has_session(here, own, now, 0.39)
    assert here.capability == pytest.approx(0.68) and now.sessions == now.sessions_held == 1
    for _ in range(52):
        education.capability_fades(here, offered(Education()))
    assert here.capability == pytest.approx(0.34, abs=1e-12)
    assert education.book({"sessions": 3}, Education(unit_cost=2.5)) == {"touchpoints": 750}


def test_only_customers_of_the_firm_are_taught():
    """Who has bought there, is in the market, and is invited."""
    able = SimpleNamespace(status=1, propensity=0.0)
    assert education.can_be_taught(person(latest=0), able, offered(Education()))
    assert not education.can_be_taught(person(latest=-1), able, offered(Education()))
    assert not education.can_be_taught(
        person(latest=0), SimpleNamespace(status=2, propensity=0.0), offered(Education())
    )
    assert not education.can_be_taught(person(latest=0), able, offered(Education(audience="member")))
    assert not education.can_be_taught(person(latest=0), able, offered(Education(per_week=0.0)))


def test_value_is_felt_at_the_firm_and_lock_in_at_the_others():
    """Capability .5: .5 x .04 = .02 at its own firm; elsewhere .5 x .06 = .03 is lost, if the last one was here."""
    own, rival = person(0.5, 1, lock_in=0.06), person(0.0, 0)
    assert education.capability_pull(own, offered(Education(value=0.04))) == pytest.approx(0.02)
    others = [own, rival]
    assert education.left_behind(own, others, None) == 0.0
    assert education.left_behind(rival, others, None) == pytest.approx(-0.03)
    own.latest, rival.latest = 0, 1
    assert education.left_behind(own, others, None) == 0.0 == education.left_behind(rival, others, None)


def test_a_session_is_felt_as_a_signed_event():
    """.1 of the gap from .5: .55."""
    here, bond = SimpleNamespace(bond=0.5), SimpleNamespace(loss=2.0, floor=0.0)
    now = SimpleNamespace(sessions_held=1)
    assert not education.sessions_are_felt(offered(Education()), now)
    own = offered(Education(effect=0.1), bond=bond)
    assert education.sessions_are_felt(own, now)
    education.session_felt(here, SimpleNamespace(link_recept=1.0), own, now)
    assert here.bond == pytest.approx(0.55)


@cache
def arm(value: float, lock_in: float, price: float):
    """One world: firm "a" teaches, its rival asks this price from week CUT on; everybody is counted in money too."""
    own = {"by_use": 0.3, "per_week": 0.0, "value": value, "lock_in": lock_in, "unit_cost": 0.0}
    scenario = world(N, 30, program={"education": own}, shares=TWO, basket=FIXED, K=20.0, S=5.0)
    rival = dataclasses.replace(scenario.firms["b"], changes=({"week": CUT, "price": price},))
    record = dataclasses.replace(scenario.record, surplus=True)
    return in_plain(Market(dataclasses.replace(scenario, firms={**scenario.firms, "b": rival}, record=record), 1)).run()


def bought(value: float, lock_in: float, price: float) -> np.ndarray:
    """Purchases of each customer at firm "a" after the cut."""
    log = arm(value, lock_in, price).log
    return np.bincount(log[(log.firm == 0) & (log.week >= CUT)].customer, minlength=N)


def test_what_holds_customers_at_a_rivals_price_cut_is_value_or_lock_in_by_its_own_weight():
    """A rival 15 % cheaper: purchases kept with value alone, with lock-in alone (each worth .3), and with neither, by
    common draws. Each alone holds more than neither (paired, 4 standard errors); with both at 0 what is taught changes
    nothing, byte for byte. What customers have of it tells them apart: value makes them better off than neither,
    lock-in worse.
    """
    neither = bought(0.0, 0.0, 0.85)
    assert neither.sum() < bought(0.0, 0.0, 1.0).sum()
    for own in ((0.3, 0.0), (0.0, 0.3)):
        more = bought(*own, 0.85) - neither
        assert more.mean() > 4.0 * more.std() / np.sqrt(N), own
    surplus = [arm(*own, 0.85).people.surplus.mean() for own in ((0.3, 0.0), (0.0, 0.0), (0.0, 0.3))]
    assert surplus[0] > surplus[1] > surplus[2]


def test_what_is_worth_nothing_moves_nothing():
    """Capability that is neither value nor lock-in: every purchase is that of the market without it."""
    bare = world(60, 20, shares=TWO)
    own = {"by_use": 0.3, "value": 0.0, "lock_in": 0.0}
    taught, none = (in_plain(Market(s, 1)).run() for s in (world(60, 20, program={"education": own}, shares=TWO), bare))
    assert totals(taught).loc["a", "sessions"] > 0
    assert taught.log.equals(none.log)
    neutral = {"by_use": 0.0, "per_week": 0.0}
    same(in_plain(Market(world(60, 20, program={"education": neutral}, shares=TWO), 1)).run(), none)


def test_a_customer_is_told_of_a_session():
    """A session, and the week in which half is known."""
    scene = Scene("en", "a", 0, Education(), {"capability": 0.4}, {"capability": 0.5}, 1, 100, 3, {"sessions": 1})
    assert education.tell(scene) == ["attended a session of a", "knows the products of a well"]
    quiet = dataclasses.replace(scene, counts={}, before={"capability": 0.6})
    assert education.tell(quiet) == [] and "培训" in education.tell(dataclasses.replace(scene, lang="zh"))[0]


def test_the_shipped_program_is_read():
    own = compose(["scenario=plain", "program=education"]).focal_firm.program["education"]
    assert (own.value, own.lock_in, own.unit_cost) == (0.02, 0.02, 2.0)
