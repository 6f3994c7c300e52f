"""What reaches customers between visits: contacts, a cause, bad news."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from loyaltysim.behaviour.bond import Bond
from loyaltysim.mechanism.names import Blank
from loyaltysim.programs.candour import Candour, trouble
from loyaltysim.programs.cause import agrees
from loyaltysim.programs.contact import Contact, in_touch
from tests.behaviour.test_felt_signs import ran, sign, trend, visits
from tests.scenarios import Z, offered, totals, world

DISTRUST = {"bond": {"premium": 0.5, "floor": -1.0, "loss": 1.0}}


def bonds(program, behaviour=DISTRUST, n=300, weeks=52, seed=3) -> np.ndarray:
    """Bonds with the focal firm at the end."""
    return ran(world(n, weeks, program=program, behaviour=behaviour, log=False), seed).population["bond"][:, 0]


def reached(**own):
    """A firm that contacts everybody."""
    return {"contact": {"audience": "everyone", **own}}


# ---- contacts --------------------------------------------------------------------------------------------------------


LOSING, ALIKE = Bond(loss=2.0, floor=0.0), SimpleNamespace(link_recept=1.0, propensity=0.0)


def one_contact(recent=0.0, draw=0.0, fits=0.0, **own):
    """A week of a stranger by hand, from a bond of .2: -> bond, recent, contacts."""
    terms = {"audience": "everyone", "per_week": 0.5, "effect": 0.1, "fit": 0.5, "memory": 1.0, **own}
    here, visit = SimpleNamespace(bond=0.2, recent=recent, joined=-1, misjudged=0.0, picked=0), Blank()
    in_touch(here, ALIKE, offered(Contact(**terms), bond=LOSING), visit, draw, fits)
    return here.bond, here.recent, visit.contacts


def test_a_contact_by_hand():
    """Of the gap .8 a tenth; after two recent contacts (four, halved) at habituation 1 a third of that, at fatigue .1
    it is .1 - .2: twice a tenth of the bond .2 is lost; one that does not suit loses 2 x .05 of it. No contact at
    exactly the chance, nor of who is no member where only members are reached.
    """
    assert one_contact() == pytest.approx((0.28, 1.0, 1))
    assert one_contact(recent=4.0, habituation=1.0)[0] == pytest.approx(0.2 + 0.8 * 0.1 / 3.0)
    assert one_contact(recent=4.0, fatigue=0.1)[0] == pytest.approx(0.2 - 2.0 * 0.1 * 0.2)
    assert one_contact(fits=0.5, misfit=0.05)[0] == pytest.approx(0.2 - 2.0 * 0.05 * 0.2)
    assert one_contact(draw=0.5, recent=4.0) == (0.2, 2.0, 0) and one_contact(audience="member")[2] == 0


@pytest.mark.parametrize("per_week", [0.05, 0.3])
def test_s3_29_frequent_contact_builds_a_stock(per_week):
    """S3-29, S3-31 (contact at random): the mean bond settles where what contacts build is what time takes,
    p e / (1 - k (1 - p e)) with k = 1/2 ^ (1 / half-life), within 4.42 standard errors; without contact it is 0.
    """
    effect, keep = 0.1, 0.5 ** (1.0 / 8.0)
    found = bonds(reached(per_week=per_week, effect=effect), {"bond": {"premium": 0.0, "half_life": 8.0}}, n=600)
    steady = per_week * effect / (1.0 - keep * (1.0 - per_week * effect))
    assert abs(found.mean() - steady) < Z * found.std() / math.sqrt(found.size)
    assert not bonds(reached(per_week=0.0)).any()


def test_contacts_are_counted_and_paid_for():
    """Contacts are binomial over customers and weeks; each costs 15 cents, on the line of touchpoints."""
    t = totals(ran(world(200, 26, program=reached(per_week=0.2, unit_cost=0.15))).book()).loc["a"]
    assert abs(t["contacts"] - 0.2 * 200 * 26) < Z * math.sqrt(0.16 * 200 * 26)
    assert t["touchpoints"] == 15 * t["contacts"]


@pytest.mark.parametrize("fatigue, best", [(0.0, 2), (0.02, 1)])
def test_s3_64_the_best_frequency_is_inside_or_the_highest(fatigue, best):
    """S3-64: with fatigue the bond is strongest at some frequency between seldom and weekly; without it, the more the
    better.
    """
    found = [bonds(reached(per_week=p, effect=0.1, fatigue=fatigue)) for p in (0.02, 0.2, 1.0)]
    assert np.argmax([f.mean() for f in found]) == best
    assert all(sign(found[best] - found[k]) == 1 for k in range(3) if k != best)


@pytest.mark.parametrize("habituation, lasts", [(0.0, 1), (3.0, -1)])
def test_s3_60_care_goes_on_pleasing_or_wears_off(habituation, lasts):
    """S3-60, S4-41: weekly attentions from the start. Without habituation the bond of the second year is above that of
    the first quarter; with it the first ones pleased most, and it is below.
    """
    own = reached(per_week=1.0, effect=0.05, habituation=habituation, memory=52.0)
    early, late = (bonds(own, {"bond": {"premium": 0.0, "half_life": 13.0}}, n=20, weeks=w) for w in (13, 104))
    assert np.sign(late.mean() - early.mean()) == lasts


@pytest.mark.parametrize("fit, outcome", [(0.9, 1), (0.2, -1)])
def test_s1_08_s0_23_s1_14_tailored_messages_win_customers_or_lose_them(fit, outcome):
    """S1-08, S0-23, S1-14: visits with messages of which most suit, or most do not (quality of the data)."""
    own = reached(per_week=0.3, effect=0.1, misfit=0.1, fit=fit)
    assert sign(visits(world(300, 26, program=own, behaviour=DISTRUST)) - visits(world(300, 26))) == outcome


@pytest.mark.parametrize("unit_cost, outcome", [(0.0, 1), (5.0, -1)])
def test_s4_50_s3_30_s0_24_a_channel_pays_by_its_cost(unit_cost, outcome):
    """S4-50, S3-30, S0-24: the same contacts bring more profit where they cost nothing, and less where each costs 5."""
    own = reached(per_week=0.2, effect=0.1, unit_cost=unit_cost)

    def profit(program, seed):
        return float(totals(ran(world(150, 26, program=program, behaviour=DISTRUST), seed).book()).loc["a", "profit"])

    assert trend([[profit({}, seed), profit(own, seed)] for seed in range(5)]) == outcome


def test_contacts_reach_the_sides_as_touchpoints():
    """Of five sides a contact moves those that touchpoints move, in their shares: here trust alone."""
    behaviour = {"bond": {"premium": 0.0}, "emotions": {"touch": (1.0, 0.0, 0.0, 0.0, 0.0)}}
    people = ran(world(60, 26, program=reached(per_week=0.5), behaviour=behaviour)).population
    assert people["felt_trust"][:, 0].mean() > 0.1 and not people["felt_attachment"].any()


# ---- a cause ---------------------------------------------------------------------------------------------------------


def test_congruence_by_hand():
    """1 where both stand alike, 0 at the tolerance, -1 at twice that and beyond."""
    assert [agrees(0.5, s, 0.5) for s in (0.5, 0.25, 0.0, -0.5, -1.0)] == [1.0, 0.5, 0.0, -1.0, -1.0]


@pytest.mark.parametrize("stance, tolerance, outcome", [(0.0, 1.5, 1), (1.0, 0.4, -1)])
def test_s0_25_a_cause_wins_or_costs_customers(stance, tolerance, outcome):
    """S0-25: a cause that most share brings visits; one that few share costs them. Those who agree come more, those who
    do not come less (S2-11), in either case.
    """
    own = {"cause": {"stance": stance, "tolerance": tolerance, "effect": 0.05}}
    market = ran(world(400, 39, program=own, behaviour=DISTRUST))
    moved = market.book().visits.sum(axis=0)[:, 0] - visits(world(400, 39))
    assert sign(moved) == outcome
    agreed = np.abs(market.population["conviction"] - stance) < tolerance
    assert sign(moved[agreed]) == 1 and (agreed.all() or sign(moved[~agreed]) == -1)


def test_s2_11_s1_04_identification_follows_congruence():
    """S2-11, S1-04: of two customers the one who stands nearer to the firm is never less bonded to it; convictions are
    uniform (mean 0, variance a third) and the same in every world of a seed.
    """
    own = {"cause": {"stance": 0.2, "effect": 0.05}}
    people = ran(world(500, 26, program=own, behaviour=DISTRUST, log=False)).population
    place = people["conviction"]
    order = np.argsort(np.abs(place - 0.2))
    assert (np.diff(people["bond"][order, 0]) <= 1e-12).all() and np.ptp(people["bond"][:, 0]) > 0.5
    assert abs(place.mean()) < Z * math.sqrt(1 / 3 / 500) and abs(place.var() - 1 / 3) < Z * math.sqrt(4 / 45 / 500)
    other = {"cause": {"stance": -0.9, "spend": 10.0}}
    assert (ran(world(500, 1, program=other, behaviour=DISTRUST)).population["conviction"] == place).all()


def test_a_cause_costs_its_spend():
    """10 a week, whether anybody agrees or not."""
    spent, free = (
        totals(ran(world(20, 8, program={"cause": {"spend": s, "effect": 0.0}})).book()).loc["a"] for s in (10.0, 0.0)
    )
    assert spent["fixed_cost"] - free["fixed_cost"] == 8 * 1000


# ---- bad news --------------------------------------------------------------------------------------------------------


def one_trouble(draw, found=0.0, week=5, **own):
    """A week by hand from a bond of .5, loss 2: -> bond, told, found out."""
    terms = {"chance": 0.5, "told": 0.4, "told_loss": 0.1, "discovery": 0.5, "found_loss": 0.2, **own}
    here, visit = SimpleNamespace(bond=0.5), Blank()
    visit.week = week
    trouble(here, ALIKE, offered(Candour(**terms, from_week=5, weeks=1), bond=LOSING), visit, draw, found)
    return here.bond, visit.disclosures, visit.discoveries


def test_trouble_by_hand():
    """Below .5 x .4 it is told and takes 2 x .1 of the bond; above that, if found out, 2 x .2; else nothing is known.
    Only in its week; a negative loss closes a tenth of the gap.
    """
    assert one_trouble(0.19) == pytest.approx((0.4, 1, 0))
    assert one_trouble(0.2) == pytest.approx((0.3, 0, 1))
    assert one_trouble(0.2, found=0.5) == one_trouble(0.5) == one_trouble(0.1, week=4) == one_trouble(0.1, week=6)
    assert one_trouble(0.5) == (0.5, 0, 0) and one_trouble(0.1, told_loss=-0.1)[0] == pytest.approx(0.55)


@pytest.mark.parametrize("discovery, outcome", [(0.8, 1), (0.3, 0), (0.1, -1)])
def test_s4_33_honesty_pays_above_a_chance_of_discovery(discovery, outcome):
    """S4-33: bonds of a firm that tells less those of one that hides: above 0 where discovery x found_loss (.2) exceeds
    told_loss (.06), at .3 neither, below it less. The threshold is exact for one small event.
    """
    own = {"chance": 1.0, "told_loss": 0.06, "found_loss": 0.2, "discovery": discovery, "from_week": 3, "weeks": 1}
    tells, hides = (bonds({"candour": {**own, "told": told}}, n=2000, weeks=5) for told in (1.0, 0.0))
    assert sign(tells - hides) == outcome


@pytest.mark.parametrize("premium, outcome", [(0.5, -1), (0.0, 0)])
def test_s3_18_a_setback_drives_customers_away_where_the_bond_holds_them(premium, outcome):
    """S3-18, S4-19: a dated breach of trust (a leak of data) after half a year. Before it the market is exactly what it
    was; after it visits fall where a bond is worth half the price, and do not where it is worth nothing.
    """
    behaviour = {"bond": {"premium": premium, "floor": -1.0}}
    breach = {"candour": {"chance": 1.0, "told_loss": 0.3, "from_week": 26, "weeks": 1}}
    after, without = (
        ran(world(300, 52, program=p, behaviour=behaviour)).book().visits[:, :, 0].astype(float) for p in (breach, {})
    )
    assert (after[:2] == without[:2]).all() and sign((after - without)[2:].sum(axis=0)) == outcome


@pytest.mark.parametrize("loss, outcome", [(-0.3, 1), (0.3, -1)])
def test_s4_20_goodwill_at_a_date(loss, outcome):
    """S4-20: a good deed that everybody hears of in one week brings visits in the quarter after it; felt as a stunt, it
    costs them.
    """
    deed = {"candour": {"chance": 1.0, "told_loss": loss, "from_week": 13, "weeks": 1}}
    assert sign(visits(world(300, 26, program=deed, behaviour=DISTRUST)) - visits(world(300, 26))) == outcome


# ---- with five sides -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "program", [reached(per_week=0.5), {"cause": {"effect": 0.1}}, {"candour": {"chance": 0.3, "told_loss": -0.2}}]
)
def test_what_touches_no_side_moves_nothing(program):
    """With five sides a contact, a cause and a piece of news act through them alone: where touchpoints move no side
    (touch 0), purchases are those without any, week by week.
    """
    behaviour = {"bond": {"premium": 1.0, "floor": -1.0}, "emotions": {"touch": (0.0,) * 5}}
    with_it, without = (ran(world(80, 20, program=p, behaviour=behaviour)).book() for p in (program, {}))
    assert with_it.log.equals(without.log)


def test_contacts_pass_the_gate_only_with_trust():
    """The gate holds between visits too: contacts that build attachment alone build none where nobody trusts."""
    gated = {"structure": "gate", "touch": (0.0, 0.0, 0.0, 1.0, 0.0)}
    people = ran(world(60, 26, program=reached(per_week=0.5), behaviour={"bond": {}, "emotions": gated})).population
    assert not people["felt_attachment"].any()
    free = {**gated, "structure": "additive"}
    people = ran(world(60, 26, program=reached(per_week=0.5), behaviour={"bond": {}, "emotions": free})).population
    assert people["felt_attachment"][:, 0].mean() > 0.1


@pytest.mark.parametrize("touch", [-1.0, 5.0])
@pytest.mark.parametrize("stance", [0.0, 1.0])
def test_bonds_stay_in_their_range_whatever_the_signs(touch, stance):
    """Touches that bother, or overdo it, and causes that few share: bonds and sides stay between the floor and 1."""
    behaviour = {"bond": {"premium": 0.0, "floor": -1.0}, "emotions": {"touch": (touch,) * 5}}
    own = {"cause": {"stance": stance, "tolerance": 0.4, "effect": 0.3}}
    people = ran(world(60, 40, program=own, behaviour=behaviour)).population
    for name in ("bond", "felt_trust", "felt_impression"):
        assert people[name].min() >= -1.0 - 1e-6 and people[name].max() <= 1.0 + 1e-6


def test_who_copies_a_cause_pays_from_then_on():
    """A rival with a program of its own imitates after ten weeks: it pays 100 a week for the ten that follow."""
    made = world(
        20, 20, program={"cause": {"spend": 100.0}}, rivals={"ease": {}}, rivals_policy={"imitate": {"lag": 10}}
    )
    book = ran(made).book()
    paid = totals(book)["fixed_cost"] - totals(ran(world(20, 20)).book())["fixed_cost"]
    assert paid["a"] == 20 * 10_000 and paid["b"] == 10 * 10_000


def test_who_imitates_a_program_does_not_get_its_troubles():
    """Candour is the firm's own: rivals that copy everything have none of its bad news."""
    made = world(60, 20, program={"candour": {"chance": 0.5}}, rivals_policy={"imitate": {"lag": 5}})
    t = totals(ran(made).book())
    assert t.loc["a", "disclosures"] > 100 and (t["disclosures"][1:] == 0).all()
