"""The firm gets in touch between visits: it pleases, it bores, or it is too much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loyaltysim.behaviour.bond import feels
from loyaltysim.mechanism.audience import Audience, addressed, audience
from loyaltysim.mechanism.declare import Field, Hook, Mechanism, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Contact(Audience, Dated):
    """A message, call, card or gift that no purchase earned: a bond event of

        effect / (1 + habituation x recent) - fatigue x recent    where it suits the customer
        -misfit - fatigue x recent                                where it does not

    recent = contacts so far, fading. Under habituation the same pleases less; under fatigue too many put off. A channel
    is a unit cost with an effect: a letter, a call, a person.
    """

    audience: str = audience("member", "who is contacted; everyone in the market")
    per_week: float = term(0.05, "per week", 0.0, 1.0, doc="chance of a contact")
    effect: float = term(0.03, "share of the gap to a full bond", -1.0, 1.0, doc="of one that suits")
    fit: float = term(1.0, "share of contacts", 0.0, 1.0, doc="that suit the customer: data, personalisation")
    misfit: float = term(0.0, "event per contact", 0.0, 1.0, doc="what one takes that does not suit")
    habituation: float = term(0.0, "per recent contact", 0.0, 100.0, doc="how fast the same pleases less")
    fatigue: float = term(0.0, "event per recent contact", 0.0, 1.0, doc="how fast it is too much")
    memory: float = term(13.0, "weeks", 0.1, 5200.0, doc="half-life of recent contacts")
    unit_cost: float = term(0.25, "money per contact", 0.0, 1e5)

    @property
    def keep(self) -> float:
        """What is left of recent contacts after a week."""
        return 0.5 ** (1.0 / self.memory)


@rule
def may_be_contacted(here: Any, me: Any, terms: Any) -> bool:
    """Does the firm get in touch, or did it?"""
    return me.status == 1 and (terms.per_week != 0 or here.recent != 0)


@rule
def in_touch(here: Any, me: Any, terms: Any, visit: Any, draw_contact: float, draw_contact_fit: float) -> None:
    """A week: recent contacts fade; with some chance there is one more, which moves the bond and is paid for."""
    before = here.recent * terms.keep
    if draw_contact >= terms.per_week or addressed(here, me, terms) == 0:
        here.recent = before
        return
    event = -terms.misfit
    if draw_contact_fit < terms.fit:
        event = terms.effect / (1.0 + terms.habituation * before)
    feels(here, me, terms, event - terms.fatigue * before)
    here.recent = before + 1.0
    visit.contacts += 1
    visit.reminders += 1
    visit.touches += 1


def book(totals: Mapping[str, int], terms: Contact) -> dict[str, int]:
    """Contacts at their unit cost."""
    return {"touchpoints": int(totals["contacts"] * round(terms.unit_cost * 100))}


def tell(scene: Scene) -> list[str]:
    """A contact, as often as it was paid for."""
    if scene.counts.get("contacts", 0) > 0:
        return scene.say(f"heard from {scene.firm}", f"收到 {scene.firm} 的问候")
    return []


MECHANISM = Mechanism(
    name="contact",
    level="program",
    source="frequent, good communication (source texts, S3-29); fatigue and habituation: S1-08, S3-60; sizes assumed",
    terms=Contact,
    neutral={"per_week": 0.0},
    needs=("bond", "membership"),
    fields={"recent": Field(per_firm=True, dtype="float32", unit="contacts so far, fading")},
    hooks=(Hook("week", in_touch, when=may_be_contacted),),
    counts={"contacts": "contacts"},
    book=book,
    gives=lambda terms: terms.members and terms.per_week > 0 and terms.effect > 0,
    generosity="per_week",
    tell=tell,
    order=46,
)
