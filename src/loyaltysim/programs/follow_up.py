"""A follow-up call: the firm asks after a purchase, or after one that failed, whether all is well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loyaltysim.behaviour.bond import feels
from loyaltysim.mechanism.audience import Audience, addressed, audience
from loyaltysim.mechanism.declare import Field, Hook, Mechanism, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class FollowUp(Audience, Dated):
    """After a visit, with some chance, a call: a bond event of effect / (1 + habituation x recent calls). Where the
    visit failed and the harm is still there, it also makes good the share `repair` of it, complaint or no complaint: a
    call is how a firm hears of what nobody complained about.

    It meets a customer when there is something to say; a contact at random (`contact`, `channels`) does not.
    """

    audience: str = audience("everyone", "who is called")
    after: str = term(
        "purchase", "", choices=("purchase", "failure"), doc="what is followed up: any purchase, or one that failed"
    )
    chance: float = term(0.1, "per visit followed up", 0.0, 1.0)
    effect: float = term(0.03, "share of the gap to a full bond", -1.0, 1.0, doc="of a call")
    repair: float = term(0.0, "share of the harm", 0.0, 1.0, doc="that a call makes good after a failure")
    habituation: float = term(0.0, "per recent call", 0.0, 100.0, doc="how fast the same pleases less")
    memory: float = term(13.0, "weeks", 0.1, 5200.0, doc="half-life of recent calls")
    unit_cost: float = term(1.0, "money per call", 0.0, 1e5)

    @property
    def keep(self) -> float:
        """What is left of recent calls after a week."""
        return 0.5 ** (1.0 / self.memory)

    @property
    def only_failures(self) -> bool:
        """Is a visit that went well left alone?"""
        return self.after == "failure"


@rule
def was_called(here: Any) -> bool:
    """Is some call remembered?"""
    return here.calls != 0


@rule
def calls_fade(here: Any, terms: Any) -> None:
    """A week passes."""
    here.calls = here.calls * terms.keep


@rule
def is_followed_up(here: Any, me: Any, terms: Any, visit: Any) -> bool:
    """Is this a visit after which the firm may call?"""
    fits = visit.failed >= terms.only_failures and addressed(here, me, terms) != 0
    return terms.chance > 0.0 and fits


@rule
def called(here: Any, me: Any, terms: Any, visit: Any, draw_contact: float) -> None:
    """After a visit: with some chance a call, which is paid for and moves the bond."""
    if draw_contact >= terms.chance:
        return
    feels(here, me, terms, terms.effect / (1.0 + terms.habituation * here.calls))
    here.calls = here.calls + 1.0
    visit.calls_made += 1
    visit.touches += 1


@rule
def is_made_good(here: Any, terms: Any, visit: Any, draw_contact: float) -> None:
    """A call after a failure takes back a share of what it did to satisfaction."""
    if draw_contact >= terms.chance or terms.repair == 0.0 or here.harm <= 0.0:
        return
    good = terms.repair * here.harm
    here.sat = here.sat + terms.experience.gain * good
    here.expectation = here.expectation + terms.experience.learning * good
    here.harm = here.harm - good
    visit.failures_found += 1


def book(totals: Mapping[str, int], terms: FollowUp) -> dict[str, int]:
    """Calls at their unit cost."""
    return {"touchpoints": totals["calls_made"] * round(terms.unit_cost * 100)}


def fits(terms: FollowUp, scenario: Scenario) -> list[tuple[str, str]]:
    """Failures are followed up where there are some."""
    lived = scenario.behaviour.get("experience")
    if lived is not None and lived.failure > 0.0:
        return []
    why = "no visit fails: behaviour=experience has failures"
    return [
        *([("after", f"= failure, and {why}")] if terms.after == "failure" else []),
        *([("repair", f"= {terms.repair:g}, and {why}")] if terms.repair > 0.0 else []),
    ]


def tell(scene: Scene) -> list[str]:
    """A call."""
    if scene.counts.get("calls_made", 0) > 0:
        return scene.say(f"{scene.firm} called to ask if all was well", f"{scene.firm} 来电回访")
    return []


MECHANISM = Mechanism(
    name="follow_up",
    level="program",
    source="regular calls after the sale (source texts, S3-79); asked or not, a call is a contact; sizes assumed",
    terms=FollowUp,
    neutral={"chance": 0.0},
    needs=("bond", "membership"),
    fields={"calls": Field(per_firm=True, dtype="float32", unit="calls so far, fading")},
    hooks=(
        Hook("week", calls_fade, when=was_called),
        Hook("visit", called, when=is_followed_up),
        Hook("visit", is_made_good, when=is_followed_up, beside=("experience",)),
    ),
    counts={"calls_made": "calls", "failures_found": "calls"},
    book=book,
    fits=fits,
    gives=lambda terms: terms.members and terms.chance > 0 and terms.effect > 0,
    generosity="chance",
    tell=tell,
    order=47,
)
