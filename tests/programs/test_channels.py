"""Several channels at one firm: per contact and per unit of money, evenness, one message, a broadcast."""

from __future__ import annotations

import dataclasses
import json
import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from loyaltysim.behaviour.bond import Bond
from loyaltysim.configure.compose import compose
from loyaltysim.market.checkpoint import program_of
from loyaltysim.market.model import Market
from loyaltysim.measures.channels import by_channel
from loyaltysim.mechanism.names import Blank
from loyaltysim.programs.channels import Broadcast, Channel, Channels, averse, channels_week, hears_broadcast, reach_of
from loyaltysim.programs.improvement import Improvement
from loyaltysim.scenario.forms import plain
from loyaltysim.scenario.reader import ConfigError
from tests.behaviour.test_felt_signs import ran, sign, trend, visits
from tests.scenarios import Z, in_plain, offered, parts, same, totals, world

CALM = {"bond": {"premium": 0.0, "half_life": 5200.0}}
STEADY = {"bond": {"premium": 0.0, "half_life": 5200.0}, "experience": {"premium": 0.0, "disconfirmation": 0.5}}


def used(audience="everyone", **own):
    """A firm with these channels."""
    return {"channels": {"audience": audience, **own}}


# ---- a contact -------------------------------------------------------------------------------------------------------


def one_week(draw, luck=0.5, lasting=0.0, by_channel=(0.0, 0.0, 0.0, 0.0), told=None, **own):
    """A week of a customer by hand, from a bond of .2: -> here, visit."""
    here = SimpleNamespace(
        bond=0.2, by_channel=list(by_channel), joined=-1, misjudged=0.0, picked=0,
        told=told or 0.0, told_before=int(told is not None), contact_quality=0.0,
    )  # fmt: skip
    me, visit = SimpleNamespace(link_recept=1.0, propensity=0.0), Blank()
    terms = Channels(**{"audience": "everyone", "memory": 1.0, **own})
    channels_week(here, me, offered(terms, bond=Bond(loss=2.0)), visit, draw, luck, lasting)
    return here, visit


PAIR = {"person": Channel(per_week=0.2, effect=0.1), "phone": Channel(per_week=0.3, effect=0.05, habituation=1.0)}


def test_one_channel_a_week_by_its_chance():
    """Below .2 a person, below .5 the phone, from there on nobody; each closes its share of the gap .8, and counts it
    in millionths. Twice as often moves the edges to .4 and 1; a channel that cannot reach the customer does nothing.
    """
    here, visit = one_week(0.19, **PAIR)
    assert (here.bond, visit.contacts_person, visit.bond_person) == (pytest.approx(0.28), 1, 80_000)
    here, visit = one_week(0.2, **PAIR)
    assert (here.bond, visit.contacts_phone, visit.bond_phone) == (pytest.approx(0.24), 1, 40_000)
    assert one_week(0.5, **PAIR)[0].bond == one_week(0.1, lasting=0.5, person=Channel(0.2, reach=0.5))[0].bond == 0.2
    assert (
        one_week(0.39, often=2.0, **PAIR)[1].contacts_person == one_week(0.9, often=2.0, **PAIR)[1].contacts_phone == 1
    )


def test_each_channel_saturates_by_itself_and_all_together_tire():
    """Four recent calls, halved: at habituation 1 a third of .05; recent visits of a person do not wear the phone. At
    fatigue .1 the event is .05 / 3 - .1 x 4, and twice a fraction of the bond .2 is lost.
    """
    assert one_week(0.3, by_channel=(0, 4.0, 0, 0), **PAIR)[0].bond == pytest.approx(0.2 + 0.8 * 0.05 / 3.0)
    here, _ = one_week(0.3, by_channel=(4.0, 0, 0, 0), **PAIR)
    assert here.bond == pytest.approx(0.24) and here.by_channel == [2.0, 1.0, 0.0, 0.0]
    tired, visit = one_week(0.3, by_channel=(4.0, 4.0, 0, 0), fatigue=0.1, **PAIR)
    assert tired.bond == pytest.approx(0.2 - 2.0 * (0.4 - 0.05 / 3.0) * 0.2)
    assert visit.lost_phone == round(1e6 * (0.2 - tired.bond)) > 0 == visit.bond_phone


def test_a_contact_is_lived_and_held_against_what_was_told():
    """Quality .5 at .2 a unit adds .1, one of -.5 takes twice that; a message of .5 after one of -.5 takes .1 x 1, and
    moves what is known as told by a fifth of the way; the first message contradicts nothing.
    """
    own = {"person": Channel(per_week=1.0, effect=0.0, quality=0.5, message=0.5)}
    assert one_week(0.0, lived=0.2, **own)[0].bond == pytest.approx(0.2 + 0.8 * 0.1)
    bad = {"person": dataclasses.replace(own["person"], quality=-0.5)}
    assert one_week(0.0, lived=0.2, **bad)[0].bond == pytest.approx(0.2 - 2.0 * 0.1 * 0.2)
    here, _ = one_week(0.0, told=-0.5, confusion=0.1, **own)
    assert here.bond == pytest.approx(0.2 - 2.0 * 0.1 * 0.2) and here.told == pytest.approx(-0.3)
    first, _ = one_week(0.0, confusion=0.1, **own)
    assert (first.bond, first.told, first.told_before) == (0.2, 0.5, 1)


def test_contacts_are_counted_and_paid_for_by_channel():
    """Contacts of each channel are binomial over customers whom it reaches and weeks; each at the cost of its own."""
    own = used(person=Channel(0.1, reach=0.5, unit_cost=3.0), app=Channel(0.3, unit_cost=0.004))
    t = totals(ran(world(300, 26, program=own)).book()).loc["a"]
    for name, p in (("person", 0.05), ("app", 0.3)):
        assert abs(t[f"contacts_{name}"] - p * 300 * 26) < 2 * Z * math.sqrt(p * (1 - p) * 300 * 26)
    assert not t["contacts_phone"] and not t["contacts_mail"]
    assert t["touchpoints"] == (300_000 * t["contacts_person"] + 400 * t["contacts_app"]) // 1000


def test_whom_a_channel_cannot_reach_it_never_reaches():
    """A reach of .6 is that share of customers, for life; members alone unless it is said otherwise."""
    own = {"person": Channel(0.9, reach=0.6, effect=0.1)}
    bonds = ran(world(400, 20, program=used(**own), behaviour=CALM)).population["bond"][:, 0]
    assert abs((bonds > 0.0).mean() - 0.6) < Z * math.sqrt(0.24 / 400)
    market = ran(world(100, 20, program=used("member", **own), behaviour=CALM))
    assert not market.population["bond"][market.population["joined"][:, 0] < 0, 0].any()


def test_more_than_one_contact_a_week_is_refused():
    """The four chances, in words."""
    with pytest.raises(ConfigError, match=r"person.per_week.*sum to 1.1; allowed up to 1 contact a week"):
        compose(["program=channels", "program.channels.mail.per_week=0.86"])
    with pytest.raises(ConfigError, match=r"weight.*needs behaviour.experience"):
        compose(["program=channels", "program.channels.weight=0.5"])
    with pytest.raises(ConfigError, match=r"program.channels.phone.efect is no key; did you mean .*phone.effect"):
        compose(["program=channels", "program.channels.phone.efect=0.5"])


def test_a_channel_changes_at_a_date():
    """Letters that begin in week 10, written as a person would."""
    own = ["market=cafe", "program=channels", "customers.n=80", "weeks=20", "program.channels.audience=everyone"]
    own += ["program.channels.changes=[{week: 10, mail: {per_week: 0.5, effect: 0.2}}]", "policy=static"]
    made = compose([*own, "program.channels.mail.per_week=0"])
    weekly = ran(made).book().weekly.query(f"firm == '{made.focal}'").contacts_mail.to_numpy()
    assert not weekly[:10].any() and weekly[10:].min() > 20


def test_a_block_of_keys_that_changes_at_a_date_survives_a_file():
    """From its plain form, as a checkpoint keeps it, a program is what it was, changes of blocks and lists included."""
    later = ({"week": 3, "told": "before", "mail": Channel(per_week=0.5), "often": 2.0},)
    sorts = ({"week": 2, "told": "silent", "causes": (0.5, 0.5, 0.0, 0.0)},)
    own = {"channels": Channels(changes=later), "improvement": Improvement(changes=sorts)}
    assert program_of(json.loads(json.dumps(plain(own)))) == own


def test_what_turns_to_customers_is_the_same_compiled():
    """Channels that count in satisfaction, a broadcast of an unknown firm, calls that make good, stages, a need: plain
    Python and the compiled step agree to the last byte.
    """
    own = used(
        weight=0.3, aversion=2.0, lived=0.1, confusion=0.1, fatigue=0.01,
        broadcast=Broadcast(spend=500.0, message=-1.0),
        person=Channel(0.3, quality=0.5, noise=1.0, habituation=0.5), mail=Channel(0.2, message=1.0, reach=0.5),
    )  # fmt: skip
    own |= {"follow_up": {"after": "failure", "chance": 0.8, "repair": 0.5}, "stages": {"noise": 1.0, "weakest": -0.7}}
    behaviour = {
        "experience": {"failure": 0.3, "noise": 1.0},
        "bond": {"floor": -1.0},
        "need": {"lean": 1.0, "bother": 0.1},
    }
    made = world(80, 15, program=own, behaviour=behaviour, firm={"a": {"awareness": 0.5, "program": parts(own)}})
    same(in_plain(Market(made, 3)).run(), Market(made, 3).run())


# ---- per contact and per unit of money -------------------------------------------------------------------------------


@pytest.mark.by_hand("bond_per_contact_{}", "bond_per_money_{}")
def test_bond_per_contact_and_per_unit_of_money_by_hand():
    """4 talks moved bonds by .25 - .05 and cost 3 each: .05 a talk, 1/60 a unit of money; a broadcast at 100 a week
    heard 50 times moved .5 in two weeks; an app that costs nothing has no bond per money. A channel without contacts,
    an earlier week, another firm say nothing.
    """
    zero = {f"{a}_{b}": 0 for a in ("contacts", "bond", "lost") for b in ("person", "phone", "mail", "app")}
    row = {**zero, "bond_broadcast": 0, "lost_broadcast": 0, "heard_broadcast": 0}
    rows = [
        {**row, "week": 0, "firm": "a", "contacts_person": 9, "bond_person": 9},
        {**row, "week": 1, "firm": "a", "contacts_person": 4, "bond_person": 250_000, "lost_person": 50_000,
         "heard_broadcast": 20},
        {**row, "week": 2, "firm": "a", "contacts_app": 5, "bond_app": 5000, "heard_broadcast": 30,
         "bond_broadcast": 500_000},
        {**row, "week": 2, "firm": "b", "contacts_person": 7, "bond_person": 7},
    ]  # fmt: skip
    own = Channels(person=Channel(unit_cost=3.0), app=Channel(unit_cost=0.0), broadcast=Broadcast(spend=100.0))
    book = SimpleNamespace(
        weekly=pd.DataFrame(rows), firms=("a", "b"), offers=[{"a": SimpleNamespace(program={"channels": own})}] * 3
    )
    found = by_channel(book, 0, 1)
    assert math.isnan(found.pop("bond_per_money_app")) and found == pytest.approx({
        "bond_per_contact_person": 0.05, "bond_per_money_person": 0.2 / 12.0, "bond_per_contact_app": 0.001,
        "bond_per_contact_broadcast": 0.01, "bond_per_money_broadcast": 0.0025,
    })  # fmt: skip
    assert by_channel(SimpleNamespace(weekly=book.weekly[["week", "firm"]], firms=("a",)), 0, 0) == {}


FOUR_WAYS = dict(
    phone=Channel(0.05, effect=0.03, habituation=0.3, unit_cost=1.0),
    mail=Channel(0.05, effect=0.01, habituation=0.5, unit_cost=0.3),
    app=Channel(0.2, effect=0.005, habituation=1.0, unit_cost=0.02),
)


@pytest.mark.parametrize("per_week, unit_cost, most, cheapest", [
    (0.02, 3.0, "person", "app"), (0.02, 0.2, "person", "person"), (0.6, 3.0, "phone", "app"),
])  # fmt: skip
def test_s3_30_s0_24_a_person_does_most_per_contact_or_per_unit_of_money_or_not(per_week, unit_cost, most, cheapest):
    """S3-30, S0-24, four channels at one firm. Per contact a person does more than the three others together as long as
    it is rare; often enough it saturates below the phone. Per unit of money the app wins at 3 a talk, a talk at .2.
    """
    person = Channel(per_week, effect=0.06, habituation=0.5, unit_cost=unit_cost)
    market = ran(world(300, 52, program=used(person=person, **FOUR_WAYS), behaviour=CALM))
    found = by_channel(market.book(), 0, 0)
    ways = ("person", "phone", "mail", "app")
    contact, money = ({way: found[f"bond_per_{what}_{way}"] for way in ways} for what in ("contact", "money"))
    assert max(contact, key=contact.get) == most and max(money, key=money.get) == cheapest
    assert (contact["person"] > sum(contact[way] for way in ways[1:])) == (most == "person")


# ---- even channels, one message --------------------------------------------------------------------------------------


def between(quality, message=0.0, **more):
    """Two channels, as often as each other, whose qualities (and messages) lie so far from a common mean."""
    plus, minus = (Channel(0.3, effect=0.05, quality=s * quality, message=s * message) for s in (1.0, -1.0))
    return used(person=plus, phone=minus, **more)


@pytest.mark.parametrize("aversion, outcome", [(1.0, 0), (3.0, 1), (0.3, -1)])
def test_s1_07_uneven_channels_lower_satisfaction_where_losses_weigh_more(aversion, outcome):
    """S1-07: at equal mean, satisfaction with even channels less that with uneven ones: none where a disappointment
    weighs what a delight does, above 0 where it weighs three times, below 0 where less.
    """
    even, uneven = (
        ran(world(200, 26, program=between(q, weight=0.5, aversion=aversion), behaviour=STEADY)).population["sat"][:, 0]
        for q in (0.0, 1.0)
    )
    assert sign(even - uneven) == outcome


@pytest.mark.parametrize("floor, outcome", [(-1.0, 1), (0.0, -1)])
def test_s1_07_uneven_channels_move_bonds_by_what_can_be_lost(floor, outcome):
    """S1-07, at equal mean and losses that weigh as much: even channels leave a stronger bond where distrust is
    possible and they build something; with a floor at 0 and nothing else built, uneven ones leave more.
    """
    built = {"effect": 0.05} if floor else {"effect": 0.0}
    behaviour = {
        "bond": {"premium": 0.0, "floor": floor, "loss": 2.0 if floor else 1.0},
        "experience": {"premium": 0.0},
    }
    found = []
    for q in (0.0, 1.0):
        own = {name: Channel(0.3, quality=s * q, **built) for name, s in (("person", 1.0), ("phone", -1.0))}
        market = ran(world(300, 26, program=used(lived=0.2, **own), behaviour=behaviour))
        found.append(market.population["bond"][:, 0])
    assert sign(found[0] - found[1]) == outcome


@pytest.mark.parametrize("confusion, outcome", [(0.1, 1), (0.0, 0), (-0.1, -1)])
def test_s2_24_one_message_keeps_trust_or_variety_does(confusion, outcome):
    """S2-24, with five sides: trust after one message less trust after two that contradict each other, at equal mean
    and as many contacts. By the sign of a key.
    """
    behaviour = {"bond": {"premium": 0.0, "floor": -1.0}, "emotions": {"touch": (1.0, 0.2, 0.2, 0.2, 0.2)}}
    one, two = (
        ran(world(200, 26, program=between(0.0, m, confusion=confusion), behaviour=behaviour)).population["felt_trust"]
        for m in (0.0, 1.0)
    )
    assert sign((one - two)[:, 0].astype(float)) == outcome


@pytest.mark.parametrize("second, outcome", [(-1.0, 1), (1.0, 0)])
def test_s2_24_a_message_that_turns_round_contradicts_what_was_told(second, outcome):
    """S2-24 over time: one channel whose message changes in week 13 leaves less of a bond than one that goes on."""
    first = Channel(0.5, effect=0.05, message=1.0)
    turned = ({"week": 13, "told": "before", "person": dataclasses.replace(first, message=second)},)
    went_on, changed = (
        ran(world(200, 26, program=used(person=first, confusion=0.1, **more), behaviour=CALM)).population["bond"][:, 0]
        for more in ({}, {"changes": turned})
    )
    assert sign(went_on - changed) == outcome


def test_losses_weigh_by_hand():
    """Above the expectation nothing changes; a shortfall of 2 counts as 6 at aversion 3."""
    assert averse(1.5, 1.0, 3.0) == 1.5 and averse(-1.0, 1.0, 3.0) == -5.0 and averse(-1.0, 1.0, 1.0) == -1.0


# ---- a broadcast -----------------------------------------------------------------------------------------------------


def test_a_broadcast_saturates_in_spending():
    """Half of the most at `half`, three quarters at twice that, never beyond it; concave: every further 100 less."""
    own = Broadcast(most=0.8, half=500.0)
    assert [reach_of(own, s) for s in (0.0, 500.0, 1000.0)] == pytest.approx([0.0, 0.4, 0.6])
    assert reach_of(own, 1e12) == 0.8
    steps = np.diff([reach_of(own, s) for s in range(0, 2000, 100)])
    assert (np.diff(steps) < 0.0).all() and (steps > 0.0).all()


def test_a_broadcast_by_hand():
    """Heard below its reach alone: a tenth of the gap .8 less what its message contradicts; counted in millionths."""
    own = Channels(broadcast=Broadcast(spend=1000.0, most=0.5, half=1000.0, effect=0.1, message=1.0), confusion=0.05)
    here = SimpleNamespace(bond=0.2, told=0.0, told_before=1)
    me, visit = SimpleNamespace(link_recept=1.0), Blank()
    hears_broadcast(here, me, offered(own, bond=Bond(loss=2.0)), visit, 0.25)
    assert here.bond == 0.2 and not visit.heard_broadcast
    hears_broadcast(here, me, offered(own, bond=Bond(loss=2.0)), visit, 0.2499)
    assert here.bond == pytest.approx(0.24) and (visit.heard_broadcast, visit.bond_broadcast) == (1, 40_000)


def test_a_broadcast_reaches_who_is_no_customer_and_costs_by_the_week():
    """Hearings are binomial over all in the market; who never bought from the firm and is no member has a bond of it;
    it costs its spending, however many there are. Personal channels reach no such customer.
    """
    air = Broadcast(spend=300.0, most=0.4, half=300.0, effect=0.2)
    own = used("member", person=Channel(0.5), broadcast=air)
    bare = totals(ran(world(300, 20, behaviour=CALM)).book()).loc["a"]
    market = ran(world(300, 20, program=own, behaviour=CALM))
    book, t = market.book(), totals(market.book()).loc["a"]
    assert abs(t["heard_broadcast"] - 0.2 * 300 * 20) < Z * math.sqrt(0.16 * 300 * 20)
    assert t["fixed_cost"] - bare["fixed_cost"] == 20 * 30_000
    strangers = book.visits.sum(axis=0)[:, 0] == 0
    assert strangers.sum() > 20 and (market.population["bond"][strangers, 0] > 0.0).mean() > 0.9
    assert not market.population["met_person"][market.population["joined"][:, 0] < 0, 0].any()


def test_a_broadcast_makes_a_firm_known():
    """Of who did not know it, (1 - reach x teach)^weeks still do not; firms that are known need none."""
    air = Broadcast(spend=100.0, most=0.2, half=100.0, teach=0.5, effect=0.0)
    made = world(600, 20, program=used(broadcast=air), behaviour=CALM, firm={"a": {"awareness": 0.3}})
    market = ran(made)
    left, usual = (market.population["aware"][:, 0] == 0).mean(), 0.7 * (1.0 - 0.05) ** 20
    assert abs(left - usual) < Z * math.sqrt(usual * (1.0 - usual) / 600)
    assert totals(market.book()).loc["a", "made_known"] > 0


LIKED = {"bond": {"premium": 0.3}}


@pytest.mark.parametrize("copied, outcome", [(False, 1), (True, 0)])
def test_s1_12_a_broadcast_wins_customers_until_all_have_one(copied, outcome):
    """S1-12: alone it brings visits; where every firm tells its story likewise, none has more of them."""
    own = used(broadcast=Broadcast(spend=1000.0, effect=0.1))
    made = world(400, 39, program=own, rivals=own if copied else None, behaviour=LIKED)
    assert sign(visits(made) - visits(world(400, 39, behaviour=LIKED))) == outcome


@pytest.mark.parametrize("spend, outcome", [(2.0, 1), (200.0, -1)])
def test_s1_12_a_broadcast_pays_up_to_some_spending(spend, outcome):
    """S1-12: what a further unit of money reaches falls, so a little pays here and much more does not."""
    own = used(broadcast=Broadcast(spend=spend, most=0.5, half=2.0, effect=0.2))

    def profit(program, seed):
        return float(totals(ran(world(150, 39, program=program, behaviour=LIKED), seed).book()).loc["a", "profit"])

    assert trend([[profit({}, seed), profit(own, seed)] for seed in range(5)]) == outcome
