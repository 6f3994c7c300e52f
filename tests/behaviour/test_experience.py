"""Experience and service: satisfaction by closed forms, failures and recoveries to the cent, promises, order."""

from __future__ import annotations

import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from loyaltysim.behaviour import experience
from loyaltysim.configure.compose import components
from loyaltysim.market.model import Market
from loyaltysim.mechanism import names
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.scenario.forms import written
from loyaltysim.scenario.model import Links
from loyaltysim.scenario.read import read
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.theory.retention import linear_stock
from tests.scenarios import Z, contract_world, in_plain, offered, same, totals, world

LIVED = {"noise": 1.0, "failure": 0.2, "severity": 1.5, "voice": 0.6}
MENDS = {"recovery": 0.5, "recovery_quality": 0.7, "recovery_cost": 1.25, "unit_cost": 0.04}


def satisfaction(quality, visits, gain, learning, d):
    """Closed form after some visits of constant quality, from 0: performance lasts, surprise fades.

    sat = (1-d) q (1 - (1-a)^t) + d q a ((1-b)^t - (1-a)^t) / (a - b); the second sum is geometric in e's (1-b)^k.
    """
    stays = quality * (1.0 - (1.0 - gain) ** visits)
    fades = quality * gain * ((1.0 - learning) ** visits - (1.0 - gain) ** visits) / (gain - learning)
    return (1.0 - d) * stays + d * fades


def moments(own: dict, service: dict) -> tuple[float, float]:
    """Mean and variance of one visit's quality: a normal, less with probability p an exponential harm.

    Of a harm with mean h a complaint that is made good (chance c) leaves 1 - g; E = -p h (1 - c g), second moment of
    the harm p 2 h^2 (1 - c + c (1 - g)^2). The mean p h of a usual visit's harm is added.
    """
    p, h = own["failure"], own["severity"]
    c, g = own["voice"] * service.get("recovery", 0.0), service.get("recovery_quality", 0.8)
    mean = p * h * (1.0 - c * g)
    second = 2.0 * p * h * h * (1.0 - c + c * (1.0 - g) ** 2)
    return service.get("quality", 0.0) + p * h - mean, own["noise"] ** 2 + second - mean**2


# ---- satisfaction and expectation ----------------------------------------------------------------------------------


def test_surprise_fades_as_expectations_ratchet():
    """Oracle O12: the gap to quality P after t visits is (P - E0)(1 - learning)^t; relative tolerance 1e-12."""
    e, gap = 0.2, []
    for _ in range(30):
        gap.append(1.5 - e)
        here, _ = one_visit({"learning": 0.25, "noise": 0.0}, {"quality": 1.5}, expectation=e)
        e = here.expectation
    assert gap == pytest.approx(linear_stock(1.3, 0.75, 0.0, np.arange(30)), rel=1e-12)


@pytest.mark.parametrize("d", [0.0, 0.4, 1.0])
def test_satisfaction_follows_its_closed_form_at_every_customer(d):
    """Constant quality: every customer's satisfaction is the closed form at the number of visits; absolute 1e-12.

    d = 1 fades to 0, d = 0 lasts at the quality, and rivals at the usual quality stay at 0 exactly.
    """
    own = {"disconfirmation": d, "gain": 0.3, "learning": 0.2}
    market = in_plain(Market(world(60, 26, program={"service": {"quality": 0.8}}, behaviour={"experience": own}), 4))
    visits = market.run().visits.sum(axis=0)[:, 0]
    sat = market.population["sat"]
    assert sat[:, 0] == pytest.approx(satisfaction(0.8, visits, 0.3, 0.2, d), abs=1e-12)
    assert (sat[:, 1:] == 0.0).all()
    assert satisfaction(0.8, 500, 0.3, 0.2, d) == pytest.approx((1.0 - d) * 0.8, abs=1e-12)


@pytest.mark.parametrize("service", [{}, MENDS, {"quality": 0.6}])
@pytest.mark.parametrize("d", [0.3, 1.0])
def test_steady_satisfaction_has_its_mean_and_variance(d, service):
    """After 30 visits or more, satisfaction is a draw of the stationary law: mean (1 - d) E q; z and chi-square, 1e-5.

    (sat, e) is linear in the last pair and q: covariance V = A V A' + b b' Var q. A usual visit, failures and all, has
    mean 0, so that without a service the mean is 0 whatever d.
    """
    a, b = 0.3, 0.2
    own = {**LIVED, "gain": a, "learning": b, "disconfirmation": d}
    scenario = world(
        400, 26, shares={"a": 1.0}, M=200.0, K=50.0, program={"service": service}, behaviour={"experience": own}
    )
    market = in_plain(Market(scenario, 5))
    seen = market.run().visits.sum(axis=(0, 2)) >= 30
    sat = market.population["sat"][seen, 0]
    mean, variance = moments(own, service)
    A, shock = np.array([[1 - a, -a * d], [0.0, 1 - b]]), np.array([a, b])
    V = np.linalg.solve(np.eye(4) - np.kron(A, A), variance * np.outer(shock, shock).ravel())[0]
    n = len(sat)
    assert n > 390 and abs(sat.mean() - (1 - d) * mean) < Z * math.sqrt(V / n) + 0.7**30
    kurtosis = stats.kurtosis(sat, fisher=False)
    assert abs(sat.var() / V - 1.0) < Z * math.sqrt((kurtosis - 1.0) / n)


def test_satisfaction_is_worth_its_premium():
    """Satisfaction 1 that does not move is a price cut of the premium: same purchases at 0.75; exact in binary."""
    own = {"premium": 0.25, "gain": 0.0, "learning": 0.0}
    market = in_plain(Market(world(60, 12, behaviour={"experience": own}), 4))
    market.population["sat"][:, 0] = 1.0
    cut = in_plain(Market(world(60, 12, firm={"a": {"price": 0.75}}), 4))
    assert market.run().log["firm"].equals(cut.run().log["firm"])

    def pull(sat, anticipation):
        here, me = SimpleNamespace(sat=sat, expectation=2.0), SimpleNamespace(link_sat=1.5)
        return experience.satisfaction_pull(here, me, experience.Experience(premium=0.2, anticipation=anticipation))

    assert pull(0.5, 0.0) == 0.2 * 0.75
    assert pull(0.0, 0.5) == 0.2


# ---- failure, voice, recovery --------------------------------------------------------------------------------------


@pytest.mark.parametrize("voice_link", [0.0, 0.6])
def test_failures_complaints_and_recoveries_are_counted_and_paid_for(voice_link):
    """Each is binomial in the one before (z, 1e-5); costs stand in the ledger to the cent, at the firm that serves.

    With a link, complaints come from relational customers: more than without from them, fewer from the others.
    """
    scenario = world(
        200,
        26,
        program={"service": MENDS},
        behaviour={"experience": LIVED},
        customers={"links": Links(voice=voice_link)},
    )
    market = in_plain(Market(scenario, 4))
    book = market.run()
    t = totals(book)
    assert np.all(np.abs(t["failures"] - 0.2 * t["visits"]) < Z * np.sqrt(0.16 * t["visits"]))
    link = market.population["link_voice"] if voice_link else np.ones(200)
    visits = book.visits.sum(axis=0)
    told = 0.2 * np.minimum(0.6 * link, 1.0) @ visits
    assert np.all(np.abs(t["complaints"] - told) < Z * np.sqrt(told))
    own = t.loc["a"]
    assert abs(own["recoveries"] - 0.5 * own["complaints"]) < Z * math.sqrt(0.25 * own["complaints"])
    assert own["recovery"] == 125 * own["recoveries"] > 0 and own["touchpoints"] == 4 * own["visits"]
    assert (t.loc[["b", "c", "d"], ["recoveries", "recovery", "touchpoints", "served"]] == 0).all(axis=None)


@pytest.mark.parametrize("link", [-0.5, 1.0, 2.0])
def test_a_chance_that_its_link_would_carry_above_one_is_refused(link):
    """Up to the voice that the message names, the mean chance over 100,000 customers is voice (4.42 standard errors);
    beyond it the cap at 1 would take some of the mean. Without failures nobody complains, and all is allowed.
    """
    customers = {"links": Links(voice=link)}

    def asked(voice, failure=0.1):
        own = {"experience": {"failure": failure, "voice": voice}}
        program = {"service": {"voice": 1.5}} if failure else {}
        return written(world(20, 4, program=program, behaviour=own, customers=customers))

    with pytest.raises(ConfigError, match=r"links\.voice at most") as told:
        read(asked(0.9), components())
    most = float(str(told.value).rsplit(" ", 1)[1])
    read(asked(most), components())
    with pytest.raises(ConfigError, match=r"above 1 for some"):
        read(asked(most + 0.002), components())
    read(asked(0.9, failure=0.0), components())
    people = Market(world(100_000, 1, behaviour={"experience": LIVED}, customers=customers), 1).population
    chance = 1.5 * most * people["link_voice"]
    assert chance.max() <= 1.0 and chance.max() > 0.95
    assert abs(chance.mean() - 1.5 * most) < Z * chance.std() / math.sqrt(100_000)


def test_delivered_is_the_quality_of_the_last_visit():
    """Learning at once, the expectation after a visit is its quality, and so is what was delivered; exact to 1e-12."""
    own = {**LIVED, "learning": 1.0}
    market = in_plain(Market(world(60, 12, program={"service": MENDS}, behaviour={"experience": own}), 4))
    seen = market.run().visits.sum(axis=0) > 0
    assert np.abs(market.population["delivered"] - market.population["expectation"])[seen].max() < 1e-12
    assert market.population["delivered"][seen].std() > 0.5 and (market.population["delivered"][~seen] == 0.0).all()


def absent(name: str, **more) -> SimpleNamespace:
    """What a rule reads of a mechanism that is not at work."""
    mechanism = mechanisms.registry()[name]
    return SimpleNamespace(**{**{n: names.without(mechanism, n) for n in names.numbers(mechanism)}, **more})


def one_visit(own=(), service=(), draws=(), usual=0.0, **felt) -> tuple[SimpleNamespace, names.Blank]:
    """One visit by hand, which is all that satisfaction knows: what it left, and what happened.

    own, service : terms by key, the others at their defaults;  draws : by name, .5 is no noise
    usual : the harm of a usual visit;  felt : before the visit, else 0
    """
    here, visit = SimpleNamespace(**{"sat": 0.0, "expectation": 0.0, "care": 0.0, **felt}), names.Blank()
    lived = experience.Experience(**{"gain": 1.0, "disconfirmation": 0.0, "noise": 1.0, **dict(own)})
    around = {"service": absent("service", **dict(service)), "crowd": 0.0, "usual": usual}
    parts = {name: absent(name) for name in ("staff", "improvement", "stages", "appraisal")}
    offer = offered(lived, **around, **parts)
    luck = {f"draw_{d}": 0.5 for d in ("quality", "failure", "severity", "complaint", "recovery")}
    luck |= {f"draw_{name}": value for name, value in dict(draws).items()}
    experience.lived(here, SimpleNamespace(link_voice=1.0), offer, visit, **luck)
    return here, visit


def test_a_recovery_makes_good_less_the_later_it_comes():
    """By hand, harm 2 (draw e^-1): no recovery -2; 80 % at once -0.4; after one week of patience 40 % -1.2; a paradox
    of 0.5 returns 1.2 x 2 - 2 = +0.4. Nothing happens at exactly the chance.
    """
    own, answered = {"failure": 0.1, "voice": 0.6}, {"recovery": 0.6, "recovery_quality": 0.8}
    luck = {"failure": 0.05, "severity": math.exp(-1.0)}

    def sat(service=(), **more):
        return one_visit({**own, **more}, service, luck)[0].sat

    def happened(**other):
        _, visit = one_visit(own, answered, {**luck, **other})
        counted = visit.failures, visit.complaints, visit.recoveries
        assert counted == (visit.failed, visit.complained, visit.recovered), "what is counted is what others hear of"
        return counted

    assert sat() == pytest.approx(-2.0, abs=1e-12)
    assert sat(answered) == pytest.approx(-0.4, abs=1e-12)
    assert sat({**answered, "response_time": 1.0}) == pytest.approx(-1.2, abs=1e-12)
    assert sat(answered, paradox=0.5) == pytest.approx(0.4, abs=1e-12)
    assert happened() == (1, 1, 1)
    assert happened(recovery=0.6) == (1, 1, 0)
    assert happened(complaint=0.6) == (1, 0, 0)
    assert happened(failure=0.1) == (0, 0, 0)


# ---- monotone in each term -----------------------------------------------------------------------------------------

STEPS = {
    "quality": (-0.5, 0.0, 0.5), "failures": (3.0, 1.0, 0.0), "severity": (3.0, 1.0, 0.0),
    "recovery": (0.0, 0.5, 1.0), "recovery_quality": (0.0, 0.5, 1.0), "response_time": (5.0, 1.0, 0.0),
}  # fmt: skip


@pytest.mark.parametrize("term", STEPS)
def test_better_service_brings_more_visits(term):
    """More of a good, or less of a bad, moves visits to the firm at every step, with the same luck."""
    own = {**LIVED, "premium": 0.4, "failure": 0.3, "voice": 1.0, "disconfirmation": 0.2}
    found = []
    for value in STEPS[term]:
        service = {"recovery": 0.8, "recovery_quality": 1.0, "response_time": 0.0, term: value}
        market = in_plain(Market(world(150, 26, program={"service": service}, behaviour={"experience": own}), 6))
        found.append(totals(market.run()).loc["a", "visits"])
    assert found[0] < found[1] < found[2]


# ---- promises ------------------------------------------------------------------------------------------------------


def test_a_promise_is_heard_once_by_everybody():
    """From week 3 on all expect the believed share of it, until they learn; nothing before; exact."""
    program, own = {"service": {"promise": 2.0}}, {"belief": 0.25, "learning": 0.0}
    market = in_plain(
        Market(world(50, 6, program=program, policy={"launch": {"week": 3}}, behaviour={"experience": own}), 4)
    )
    for week in range(6):
        market.step()
        assert (market.population["expectation"][:, 0] == (0.5 if week >= 3 else 0.0)).all()
    assert (market.population["expectation"][:, 1:] == 0.0).all()


def test_who_promises_less_pleases_more_and_draws_less():
    """Same quality, three promises: satisfaction after the first visits falls with the promise where surprise counts;
    where expected quality is worth something, the higher promise draws more visits in the first weeks.
    """
    mean, visits = [], []
    for promise in (-1.0, 0.0, 1.0):
        program = {"service": {"quality": 0.5, "promise": promise}}
        own = {"disconfirmation": 1.0, "anticipation": 1.0, "premium": 0.3}
        market = in_plain(Market(world(150, 4, program=program, behaviour={"experience": own}), 4))
        visits.append(totals(market.run()).loc["a", "visits"])
        sat = market.population["sat"][:, 0]
        mean.append(sat[sat != 0.0].mean())
    assert mean[0] > mean[1] > mean[2] and visits[0] < visits[1] < visits[2]


# ---- congestion ----------------------------------------------------------------------------------------------------


def crowded(price: float = 1.0, **own) -> Market:
    """Firm "a" at this price, in plain Python; at the defaults here a visit's quality is the satisfaction after it."""
    terms = {"gain": 1.0, "disconfirmation": 0.0, "premium": 0.3, "congestion": 1.5, **own}
    return in_plain(Market(world(80, 12, firm={"a": {"price": price}}, behaviour={"experience": terms}), 4))


def test_a_crowd_takes_quality_off_next_week():
    """Whoever visits feels 1.5 (1 - last week's visits / usual visits), usual by rates and tastes; absolute 1e-12."""
    market = crowded()
    usual = market.population["rate"] @ market.population["prior"]
    last = usual
    for week in range(12):
        before = market.visits[week // 13].copy()
        market.step()
        now = market.visits[week // 13] - before
        felt = 1.5 * (1.0 - last / usual)
        assert np.abs(market.population["sat"] - felt)[now > 0].max() < 1e-12
        last = now.sum(axis=0)


def test_crowds_that_nobody_minds_change_nothing():
    """Neutral = absent, byte for byte: at a premium of 0 purchases are those without congestion, which moves them."""
    books = [crowded(premium=p, congestion=c).run() for p, c in ((0.0, 1.5), (0.0, 0.0), (0.3, 1.5))]
    same(books[0], books[1])
    assert not books[0].log["firm"].equals(books[2].log["firm"])


def test_success_crowds_itself_out():
    """A cheaper firm gains visits, and fewer of them the more a crowd takes off (source texts, S3-53)."""
    gained = []
    for congestion in (0.0, 0.5, 2.0):
        low, usual = (totals(crowded(price, congestion=congestion).run()).loc["a", "visits"] for price in (0.7, 1.0))
        gained.append(low - usual)
    assert gained[0] > gained[1] > gained[2] > 0


def test_a_replay_is_as_crowded_as_the_record():
    """Whoever lives through the record meets its crowds; where these are taken away, purchases differ."""
    seen = crowded(0.7).run()

    def replayed(around):
        market = crowded(0.7)
        market.recorded, market.recorded_around = seen.offers, around
        return market.run()

    same(seen, replayed(seen.around))
    nobody = [{**week, "crowd": 0.0 * week["crowd"]} for week in seen.around]
    assert not seen.log["firm"].equals(replayed(nobody).log["firm"])


@pytest.mark.parametrize("left", [0.25, 1.0])
def test_under_contract_customers_are_the_crowd(left):
    """Quality falls with the customers of the week before against those of the start: bills come in any rhythm."""
    market = in_plain(Market(contract_world(60, 4, behaviour={"experience": {"congestion": 1.0}}), 4))
    held = np.bincount(market.population["provider"], minlength=4)
    market.step()
    assert (market.surroundings[0]["usual_visitors"] == held).all()
    seen = np.floor(left * held)
    market.weekly[-1][:, market.assembled.counts.index("customers")] = seen
    assert (market.around()["crowd"] == seen / held - 1.0).all()


# ---- configuration -------------------------------------------------------------------------------------------------


def test_a_service_that_would_mend_nothing_is_refused():
    """Without failures a recovery does nothing, without noise a steadier service does nothing: said at once."""
    scenario = world(100, 10, program={"service": {"recovery": 0.5, "noise": 0.5}}, behaviour={"experience": {}})
    with pytest.raises(ConfigError) as told:
        read(written(scenario), components())
    assert {p.key for p in told.value.problems} == {"behaviour.experience.failure", "behaviour.experience.noise"}
    sound = dataclasses.replace(scenario, behaviour={"experience": experience.Experience(failure=0.05, noise=1.0)})
    assert read(written(sound), components()).behaviour["experience"].failure == 0.05
