"""Satisfied customers grow attached to a firm; the attachment wears off week by week."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from loyaltysim.mechanism.declare import Field, Hook, Mechanism
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Attachment:
    """A moves by `gain` of its distance to satisfaction at a visit and keeps the share `keep` from week to week."""

    premium: float = term(0.125, "fraction of the reference price", 0.0, 2.0, doc="worth of one unit of attachment")
    gain: float = term(0.1, "share of the gap", 0.0, 1.0, doc="how much of the gap to satisfaction a visit closes")
    keep: float = term(0.98, "per week", 0.0, 1.0, doc="what a week leaves of it")


@rule
def attachment_pull(here: Any, me: Any, terms: Any) -> float:
    """What the attachment is worth, as a fraction of the reference price."""
    return terms.premium * me.link_bond * here.attachment


@rule
def attachment_follows(here: Any, terms: Any) -> None:
    """At a visit, after the experience: attachment moves towards satisfaction."""
    here.attachment = here.attachment + terms.gain * (here.satisfaction - here.attachment)


@rule
def attachment_fades(here: Any, terms: Any) -> None:
    """A week passes."""
    here.attachment = here.attachment * terms.keep


MECHANISM = Mechanism(
    name="attachment",
    level="behaviour",
    source="attachment that follows satisfaction; sizes assumed, for the benchmark only",
    terms=Attachment,
    neutral={"premium": 0.0},
    needs=("satisfaction",),
    fields={"attachment": Field(per_firm=True, dtype="float32", unit="satisfaction, 0 before a visit")},
    hooks=(
        Hook("week", attachment_fades),
        Hook("utility", attachment_pull),
        Hook("visit", attachment_follows),
    ),
    order=55,
)
