"""What a firm teaches its customers serves them there: it is worth something, and costs something to leave behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loyaltysim.behaviour.bond import feels, unbonded
from loyaltysim.mechanism.audience import Audience, addressed, audience
from loyaltysim.mechanism.declare import Amplifier, Field, Hook, Mechanism, Role, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Education(Audience, Dated):
    """Capability with a firm's products, 0 to 1, grows by use and by sessions (each closes a share of the gap to 1) and
    fades. `value` is felt whenever the firm is thought of; `lock_in` only by who would go elsewhere after buying here.
    """

    audience: str = audience("everyone", "who is invited to sessions, of those who have bought from the firm")
    by_use: float = term(0.02, "share of the gap per purchase", 0.0, 1.0, doc="what using the product teaches")
    per_week: float = term(0.02, "sessions per week", 0.0, 1.0, doc="chance that a customer is taught")
    taught: float = term(0.3, "share of the gap per session", 0.0, 1.0)
    half_life: float = term(52.0, "weeks", 0.1, 5200.0, doc="in which capability that is not used halves")
    value: float = term(0.02, "fraction of the reference price", -2.0, 2.0, doc="what a full capability is worth there")
    lock_in: float = term(
        0.02, "fraction of the reference price", 0.0, 2.0, doc="what leaving a full capability behind costs who goes"
    )
    effect: float = term(0.0, "bond event per session", -1.0, 1.0, doc="identification with who teaches; signed")
    unit_cost: float = term(2.0, "money per session", 0.0, 1e5)

    @property
    def keep(self) -> float:
        """What is left of a capability after a week."""
        return 0.5 ** (1.0 / self.half_life)


@rule
def capability_pull(here: Any, terms: Any) -> float:
    """What capability is worth at its firm, as a fraction of the reference price."""
    return terms.value * here.capability


@rule
def left_behind(here: Any, others: Any, terms: Any) -> float:
    """What going here would leave behind at the firm of the last purchase, where that is another: a loss."""
    loss = 0.0
    if here.latest == 1:
        return loss
    for k in range(len(others)):
        if others[k].latest == 1:
            loss -= others[k].terms.education.lock_in * others[k].capability
    return loss


@rule
def capability_fades(here: Any, terms: Any) -> None:
    """A week passes."""
    here.capability = here.capability * terms.keep


@rule
def can_be_taught(here: Any, me: Any, terms: Any) -> bool:
    """Is this a customer of the firm who may be invited?"""
    return terms.per_week > 0.0 and me.status == 1 and here.latest >= 0 and addressed(here, me, terms) != 0


@rule
def has_session(here: Any, terms: Any, visit: Any, draw_education: float) -> None:
    """A week: with some chance a session, which is paid for and closes a share of the gap."""
    if draw_education >= terms.per_week:
        return
    here.capability = here.capability + terms.taught * (1.0 - here.capability)
    visit.sessions += 1
    visit.sessions_held += 1


@rule
def sessions_are_felt(terms: Any, visit: Any) -> bool:
    """Was there a session, and does it move the bond?"""
    return terms.effect != 0 and visit.sessions_held > 0


@rule
def session_felt(here: Any, me: Any, terms: Any, visit: Any) -> None:
    """What being taught does to the bond."""
    feels(here, me, terms, terms.effect * visit.sessions_held)


@rule
def learns_by_use(here: Any, others: Any, terms: Any) -> None:
    """At a purchase: use teaches, and this firm is now the one that would be left."""
    here.capability = here.capability + terms.by_use * (1.0 - here.capability)
    for k in range(len(others)):
        others[k].latest = min(0, others[k].latest)
    here.latest = 1


def fits(terms: Education, scenario: Scenario) -> list[tuple[str, str]]:
    """What moves a bond needs one."""
    return unbonded(terms, scenario, "effect")


def book(totals: Mapping[str, int], terms: Education) -> dict[str, int]:
    """Sessions at their unit cost."""
    return {"touchpoints": totals["sessions"] * round(terms.unit_cost * 100)}


def tell(scene: Scene) -> list[str]:
    """A session; half of what there is to know."""
    lines = []
    if scene.counts.get("sessions", 0) > 0:
        lines += scene.say(f"attended a session of {scene.firm}", f"参加了 {scene.firm} 的培训")
    if scene.crossed("capability", 0.5) > 0:
        lines += scene.say(f"knows the products of {scene.firm} well", f"已经很熟悉 {scene.firm} 的产品")
    return lines


MECHANISM = Mechanism(
    name="education",
    level="program",
    source="training and seminars, value against lock-in (source texts, S1-11, S3-61); sizes assumed",
    terms=Education,
    neutral={"by_use": 0.0, "per_week": 0.0},
    fields={
        "capability": Field(per_firm=True, dtype="float64", start=0.0, unit="share of what there is to know"),
        "latest": Field(per_firm=True, dtype="int8", start=-1, unit="1 = last purchase here, 0 = an earlier one"),
    },
    roles={"sessions_held": Role("sessions held this week")},
    hooks=(
        Hook("week", capability_fades),
        Hook("week", has_session, when=can_be_taught),
        Hook("week", session_felt, when=sessions_are_felt, beside=("bond",)),
        Hook("utility", capability_pull),
        Hook("utility", left_behind),
        Hook("visit", learns_by_use),
    ),
    counts={"sessions": "sessions"},
    fits=fits,
    book=book,
    gives=lambda terms: terms.members and terms.per_week > 0.0 and terms.value > 0.0,
    amplifiers={"lock-in": Amplifier("what leaving would cost", {"lock_in": 0.0}, "离开的代价")},
    generosity="per_week",
    tell=tell,
    order=74,
)
