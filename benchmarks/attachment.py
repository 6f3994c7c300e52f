"""Satisfied customers grow attached to a firm; the attachment wears off week by week."""

from __future__ import annotations

from dataclasses import dataclass

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
def attachment_pull(attachment, attachment_premium, link_bond):
    """What the attachment is worth, as a fraction of the reference price."""
    return attachment_premium * link_bond * attachment


@rule
def attachment_follows(attachment, satisfaction, attachment_gain):
    """At a visit, after the experience: attachment moves towards satisfaction."""
    return attachment + attachment_gain * (satisfaction - attachment)


@rule
def attachment_fades(attachment, attachment_keep):
    """A week passes."""
    return attachment * attachment_keep


def columns(terms: Attachment, scenario) -> dict[str, float]:
    """The numbers that the step reads."""
    return {"attachment_premium": terms.premium, "attachment_gain": terms.gain, "attachment_keep": terms.keep}


MECHANISM = Mechanism(
    name="attachment",
    level="behaviour",
    source="attachment that follows satisfaction; sizes assumed, for the benchmark only",
    terms=Attachment,
    neutral={"premium": 0.0},
    columns=columns,
    needs=("satisfaction",),
    fields={"attachment": Field(per_firm=True, dtype="float32", unit="satisfaction, 0 before a visit")},
    hooks=(
        Hook("week", attachment_fades, sets=("attachment",)),
        Hook("utility", attachment_pull),
        Hook("visit", attachment_follows, sets=("attachment",)),
    ),
    order=55,
)
