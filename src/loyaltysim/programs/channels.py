"""Several channels at one firm: a person, the phone, letters, an app, and a broadcast that whoever wants may hear."""

# ruff: noqa: RUF009 - the blocks of keys are frozen

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from loyaltysim.behaviour.bond import feels
from loyaltysim.behaviour.experience import satisfaction_moves
from loyaltysim.mechanism.audience import Audience, addressed, audience
from loyaltysim.mechanism.declare import Field, Hook, Mechanism, Role, Scene
from loyaltysim.mechanism.draws import normal
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term

CHANNELS = ("person", "phone", "mail", "app")  # what reaches one customer at a time
FOUR = 4
MILLION = 1e6  # bonds are counted in millionths of a full one
MET = tuple(f"met_{name}" for name in CHANNELS)


@dataclass(frozen=True)
class Channel:
    """A way to one customer: how often, to whom, what it does, what it costs."""

    per_week: float = term(0.0, "per week", 0.0, 1.0, doc="chance of a contact; those of all channels sum to 1 at most")
    reach: float = term(1.0, "share of customers", 0.0, 1.0, doc="whom it can reach at all, for life")
    effect: float = term(0.03, "share of the gap to a full bond", -1.0, 1.0, doc="of a contact")
    habituation: float = term(0.0, "per recent contact", 0.0, 100.0, doc="saturation: how fast the same pleases less")
    quality: float = term(0.0, "units of quality above the usual", -100.0, 100.0, doc="what a contact is like")
    noise: float = term(0.0, "units of quality", 0.0, 100.0, doc="spread between contacts")
    message: float = term(0.0, "place between -1 and 1", -1.0, 1.0, doc="what is told")
    unit_cost: float = term(0.25, "money per contact", 0.0, 1e5)


@dataclass(frozen=True)
class Broadcast:
    """A way to everybody in the market, customer or not. Of them each week hear it

    most x (1 - 2^(-spend / half))        concave: every further unit of money reaches fewer
    """

    spend: float = term(0.0, "money per week", 0.0, 1e12)
    most: float = term(0.5, "share of the market", 0.0, 1.0, doc="who hears it in a week however much is spent")
    half: float = term(1000.0, "money per week", 1e-3, 1e12, doc="spending that reaches half of these")
    effect: float = term(0.01, "share of the gap to a full bond", -1.0, 1.0, doc="of hearing it once")
    teach: float = term(1.0, "share of hearers", 0.0, 1.0, doc="who did not know the firm and do then")
    message: float = term(0.0, "place between -1 and 1", -1.0, 1.0, doc="what is told")


@dataclass(frozen=True)
class Channels(Audience, Dated):
    """In a week a customer is contacted once at most, through one channel. A contact is a bond event of

        effect / (1 + habituation x recent in this channel) + lived x quality
        - fatigue x recent in all - confusion x |message - what was told before|

    and, where `weight` is above 0, counts in satisfaction like that share of a visit: all channels are lived against
    one expectation, so that uneven ones disappoint where `aversion` is above 1.
    """

    audience: str = audience("member", "who is contacted; a broadcast is for all")
    often: float = term(1.0, "times all of this", 0.0, 100.0, doc="generosity: scales contacts and spending")
    person: Channel = term(Channel(), "", doc="somebody who talks to the customer")
    phone: Channel = term(Channel(), "")
    mail: Channel = term(Channel(), "", doc="letters, on paper or not")
    app: Channel = term(Channel(), "", doc="messages on a screen")
    broadcast: Broadcast = term(Broadcast(), "")
    memory: float = term(13.0, "weeks", 0.1, 5200.0, doc="half-life of recent contacts")
    fatigue: float = term(0.0, "event per recent contact", 0.0, 1.0, doc="how fast it is too much")
    lived: float = term(0.0, "event per unit of quality", -1.0, 1.0, doc="what a good contact does to the bond")
    weight: float = term(0.0, "share of a visit", 0.0, 1.0, doc="what a contact counts in satisfaction")
    aversion: float = term(1.0, "times", 0.0, 10.0, doc="how much heavier a contact below the expectation weighs")
    confusion: float = term(
        0.0, "event per distance", -1.0, 1.0, doc="what contradicting messages take; below 0 variety is liked"
    )
    recall: float = term(0.2, "share of the gap", 0.0, 1.0, doc="how far a message moves what is known as told")

    @property
    def keep(self) -> float:
        """What is left of recent contacts after a week."""
        return 0.5 ** (1.0 / self.memory)

    def each(self, name: str) -> tuple[float, ...]:
        """A key of the four channels."""
        return tuple(getattr(getattr(self, channel), name) for channel in CHANNELS)

    @property
    def edges(self) -> tuple[float, ...]:
        """Below which uniform a contact is one of the first channels, up to 1."""
        sums = accumulate(self.often * chance for chance in self.each("per_week"))
        return tuple(min(1.0, total) for total in sums)

    @property
    def reaches(self) -> tuple[float, ...]:
        """Shares of customers."""
        return self.each("reach")

    @property
    def effects(self) -> tuple[float, ...]:
        """Bond events."""
        return self.each("effect")

    @property
    def habituations(self) -> tuple[float, ...]:
        """How fast each channel saturates."""
        return self.each("habituation")

    @property
    def qualities(self) -> tuple[float, ...]:
        """What contacts are like."""
        return self.each("quality")

    @property
    def noises(self) -> tuple[float, ...]:
        """Spread between contacts."""
        return self.each("noise")

    @property
    def messages(self) -> tuple[float, ...]:
        """What each tells."""
        return self.each("message")

    @property
    def heard_by(self) -> float:
        """Who hears the broadcast this week, as a share of the market."""
        return reach_of(self.broadcast, self.often * self.broadcast.spend)

    @property
    def known_by(self) -> float:
        """Who gets to know the firm by it, as a share of those who did not."""
        return self.heard_by * self.broadcast.teach

    @property
    def broadcast_effect(self) -> float:
        """Bond event of hearing it."""
        return self.broadcast.effect

    @property
    def broadcast_message(self) -> float:
        """What it tells."""
        return self.broadcast.message


def reach_of(own: Broadcast, spend: float) -> float:
    """The share of the market that so much money a week reaches: the modified exponential of Little 1979."""
    return -own.most * math.expm1(-math.log(2.0) * spend / own.half)


@rule
def channel_of(terms: Any, luck: float) -> int:
    """Through which channel a customer is contacted this week; -1 = none."""
    found = -1
    for c in range(FOUR):
        if found < 0 and luck < terms.edges[c]:
            found = c
    return found


@rule
def contradicts(here: Any, terms: Any, message: float) -> float:
    """How far a message is from what was told before; from now on it is part of that. The first contradicts nothing."""
    apart = 0.0
    known = message
    if here.told_before == 1:
        apart = abs(message - here.told)
        known = here.told + terms.recall * (message - here.told)
    here.told = known
    here.told_before = 1
    return apart


@rule
def millionths(change: float) -> int:
    """A change of a bond as it is counted, never below 0."""
    return math.floor(MILLION * max(0.0, change) + 0.5)


@rule
def noted(visit: Any, channel: int, moved: float) -> None:
    """Count a contact by its channel, and what it gave to the bond or took from it."""
    if channel == 0:
        visit.contacts_person += 1
        visit.bond_person += millionths(moved)
        visit.lost_person += millionths(-moved)
    elif channel == 1:
        visit.contacts_phone += 1
        visit.bond_phone += millionths(moved)
        visit.lost_phone += millionths(-moved)
    elif channel == 2:
        visit.contacts_mail += 1
        visit.bond_mail += millionths(moved)
        visit.lost_mail += millionths(-moved)
    else:
        visit.contacts_app += 1
        visit.bond_app += millionths(moved)
        visit.lost_app += millionths(-moved)


@rule
def may_be_reached(me: Any, terms: Any) -> bool:
    """Is anybody contacted, and in the market?"""
    return me.status == 1 and terms.often > 0.0


@rule
def channels_week(
    here: Any, me: Any, terms: Any, visit: Any, draw_channel: float, draw_channel_quality: float,
    lasting_channel: float,
) -> None:  # fmt: skip
    """A week: recent contacts fade; with some chance there is one more, through one channel."""
    recent = 0.0
    for c in range(FOUR):
        here.by_channel[c] = here.by_channel[c] * terms.keep
        recent += here.by_channel[c]
    k = channel_of(terms, draw_channel)
    if k < 0 or lasting_channel >= terms.reaches[k] or addressed(here, me, terms) == 0:
        return
    quality = terms.qualities[k] + terms.noises[k] * normal(draw_channel_quality)
    event = terms.effects[k] / (1.0 + terms.habituations[k] * here.by_channel[k])
    event = event - terms.fatigue * recent
    event += terms.lived * quality
    event -= terms.confusion * contradicts(here, terms, terms.messages[k])
    before = here.bond
    feels(here, me, terms, event)
    here.by_channel[k] = here.by_channel[k] + 1.0
    here.contact_quality = quality
    noted(visit, k, here.bond - before)
    visit.reached += 1
    visit.reminders += 1
    visit.touches += 1


@rule
def is_lived(terms: Any, visit: Any) -> bool:
    """Was there a contact, and does it count in satisfaction?"""
    return terms.weight > 0.0 and visit.reached != 0


@rule
def averse(quality: float, expectation: float, aversion: float) -> float:
    """What a quality is felt as: below the expectation it weighs `aversion` times."""
    if quality < expectation:
        return expectation + aversion * (quality - expectation)
    return quality


@rule
def contact_lived(here: Any, terms: Any) -> None:
    """A contact moves satisfaction and expectation as a visit of that quality would, at its weight."""
    felt = averse(here.contact_quality, here.expectation, terms.aversion)
    gain = terms.weight * terms.experience.gain
    here.sat = satisfaction_moves(here.sat, here.expectation, felt, gain, terms.experience.disconfirmation)
    here.expectation = here.expectation + terms.weight * terms.experience.learning * (
        here.contact_quality - here.expectation
    )


@rule
def is_on_air(me: Any, terms: Any) -> bool:
    """Is there a broadcast, and somebody in the market who may hear it?"""
    return me.status == 1 and terms.heard_by > 0.0


@rule
def hears_broadcast(here: Any, me: Any, terms: Any, visit: Any, draw_broadcast: float) -> None:
    """A week: who hears it is moved, customer or not."""
    if draw_broadcast >= terms.heard_by:
        return
    before = here.bond
    confused = terms.confusion * contradicts(here, terms, terms.broadcast_message)
    feels(here, me, terms, terms.broadcast_effect - confused)
    visit.heard_broadcast += 1
    visit.bond_broadcast += millionths(here.bond - before)
    visit.lost_broadcast += millionths(before - here.bond)


@rule
def gets_to_know(here: Any, terms: Any, visit: Any, draw_broadcast: float) -> None:
    """Who hears of an unknown firm may know it from then on."""
    if here.aware == 0 and draw_broadcast < terms.known_by:
        here.aware = 1
        visit.made_known += 1


def book(totals: Mapping[str, int], terms: Channels) -> dict[str, int]:
    """Contacts at the unit cost of their channel, the broadcast at its spending."""
    each = ((totals[f"contacts_{name}"], getattr(terms, name).unit_cost) for name in CHANNELS)
    return {
        "touchpoints": int(sum(many * round(cost * 1e5) for many, cost in each)) // 1000,
        "fixed_cost": totals["weeks_running"] * round(terms.often * terms.broadcast.spend * 100),
    }


def check(terms: Channels) -> list[tuple[str, str]]:
    """Nobody is contacted more than once in a week."""
    total = sum(terms.each("per_week"))
    if total > 1.0 + 1e-12:
        return [
            ("person.per_week", f"and those of the other channels sum to {total:g}; allowed up to 1 contact a week")
        ]
    return []


def fits(terms: Channels, scenario: Scenario) -> list[tuple[str, str]]:
    """What counts in satisfaction needs one."""
    idle = terms.weight > 0.0 and "experience" not in scenario.behaviour
    return [("weight", "moves satisfaction, which needs behaviour.experience")] if idle else []


def tell(scene: Scene) -> list[str]:
    """A contact by its channel; the broadcast."""
    firm = scene.firm
    ways = {
        "contacts_person": (f"talked with somebody from {firm}", f"与 {firm} 的人员交谈"),
        "contacts_phone": (f"had a call from {firm}", f"接到 {firm} 的电话"),
        "contacts_mail": (f"had a letter from {firm}", f"收到 {firm} 的信件"),
        "contacts_app": (f"had a message from {firm}", f"收到 {firm} 的消息"),
        "heard_broadcast": (f"saw an advertisement of {firm}", f"看到 {firm} 的广告"),
    }
    return [line for name, said in ways.items() if scene.counts.get(name, 0) > 0 for line in scene.say(*said)]


MECHANISM = Mechanism(
    name="channels",
    level="program",
    source="channels by contact and by cost: source texts, S3-30, S0-24; a concave broadcast: Little 1979, Operations "
    "Research 27(4); losses weigh more: Anderson & Sullivan 1993, Marketing Science 12(2); sizes assumed",
    terms=Channels,
    neutral={"often": 0.0},
    needs=("bond", "membership"),
    fields={
        "by_channel": Field(per_firm=True, dtype="float32", unit="contacts so far, fading", parts=MET),
        "told": Field(per_firm=True, dtype="float64", start=0.0, unit="place between -1 and 1 that is known as told"),
        "told_before": Field(per_firm=True, dtype="int8", unit="1 = something was told"),
        "contact_quality": Field(per_firm=True, dtype="float64", start=0.0, unit="quality of the last contact"),
    },
    roles={"reached": Role("contacts through a channel this week")},
    hooks=(
        Hook("week", channels_week, when=may_be_reached),
        Hook("week", contact_lived, when=is_lived, beside=("experience",)),
        Hook("week", hears_broadcast, when=is_on_air),
        Hook("week", gets_to_know, when=is_on_air, beside=("awareness",)),
    ),
    counts={
        **{f"contacts_{name}": "contacts" for name in CHANNELS},
        **{f"{how}_{way}": "millionths of a full bond" for how in ("bond", "lost") for way in (*CHANNELS, "broadcast")},
        "heard_broadcast": "customers",
        "made_known": "customers",
    },
    book=book,
    check=check,
    fits=fits,
    gives=lambda terms: terms.members and terms.often * max(terms.each("per_week")) > 0 and max(terms.effects) > 0,
    generosity="often",
    tell=tell,
    order=46,
)
