"""Membership for a fee: who joins pays for a year ahead, and after it asks whether the year was worth it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loyaltysim.mechanism.declare import Field, Hook, Mechanism, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.programs.membership import yearly_worth
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term

YEAR = 52  # weeks


@dataclass(frozen=True)
class Fee(Dated):
    """What a year of membership costs: it counts against what a year is expected to bring when joining is thought over
    (membership), and is revenue once it is paid. After a year it is paid again without a thought (`inertia`), or where
    what the last year's visits brought was worth it by the same law as joining, the hassle being over. Who does not pay
    is no member any more, keeps what is on the card, and may join again.
    """

    amount: float = term(0.0, "money per year", 0.0, 1e5)
    inertia: float = term(0.5, "share of renewals", 0.0, 1.0, doc="paid again without a thought: automatic renewal")

    @property
    def cents(self) -> int:
        """The fee in cents."""
        return round(100.0 * self.amount)


@rule
def charges(here: Any, terms: Any) -> bool:
    """Is there a fee, and somebody who may owe it?"""
    return terms.cents != 0 and here.joined >= 0


@rule
def fee_paid(here: Any, terms: Any, visit: Any) -> None:
    """A year is paid for, and counted from now on."""
    here.fee_week = visit.week
    here.fee_visits = 0
    visit.fees += 1
    visit.fee_cents += terms.cents


@rule
def fee_due(here: Any, me: Any, terms: Any, visit: Any, draw_fee_renewal: float, lasting_join: float) -> None:
    """The start of a week, a year after the last payment: paid again, or no member any more."""
    if here.fee_week < here.joined or visit.week - here.fee_week < YEAR:
        return
    if draw_fee_renewal >= terms.inertia:
        part = here.fee_visits / (52.0 * me.rate)
        rate, a_visit = terms.membership.reward_rate, terms.membership.reward_visit
        worth = yearly_worth(me, part, rate, a_visit, terms.membership.worth, terms.membership.relational)
        worth = (worth - terms.amount) / terms.membership.scale
        if worth <= -600.0 or lasting_join * (1.0 + math.exp(-worth)) >= 1.0:
            here.joined = -1
            visit.fees_ended += 1
            return
    fee_paid(here, terms, visit)


@rule
def fee_visit(here: Any, terms: Any, visit: Any) -> None:
    """At a visit: who has joined pays; visits of the year are counted, for when the fee is due again."""
    if here.fee_week < here.joined:
        fee_paid(here, terms, visit)
    here.fee_visits = here.fee_visits + 1


def book(totals: Mapping[str, int], terms: Fee) -> dict[str, int]:
    """Fees are revenue when they are paid."""
    return {"revenue": totals["fee_cents"]}


def fits(terms: Fee, scenario: Scenario) -> list[tuple[str, str]]:
    """Who is a member whatever he does pays for nothing, and pays for what others get too."""
    firms = [f.program for f in scenario.firms.values() if f.program.get("fee") == terms]
    if terms.cents == 0 or not any(f["membership"].join == "everyone" for f in firms if "membership" in f):
        return []
    return [("amount", f"= {terms.amount:g} is asked of who joins, and with join=everyone nobody does: set join=once")]


def tell(scene: Scene) -> list[str]:
    """A fee paid, or not paid again."""
    if (paid := scene.counts.get("fee_cents", 0)) > 0:
        fee, firm = scene.money(paid), scene.firm
        return scene.say(f"paid the fee of {fee} at {firm}", f"向 {firm} 支付年费 {fee}")
    if scene.counts.get("fees_ended", 0) > 0:
        return scene.say(f"did not renew at {scene.firm}: too few visits", f"到店太少，未续 {scene.firm} 的年费")
    return []


MECHANISM = Mechanism(
    name="fee",
    level="program",
    source="paid membership, an everyday practice of warehouse clubs and online shops; renewal and sizes assumed",
    terms=Fee,
    neutral={"amount": 0.0},
    needs=("membership",),
    fields={
        "fee_week": Field(per_firm=True, dtype="int32", start=-1, unit="week in which a year was last paid for"),
        "fee_visits": Field(per_firm=True, dtype="int32", unit="visits since then"),
    },
    hooks=(
        Hook("week", fee_due, when=charges, order=12),
        Hook("visit", fee_visit, when=charges, order=11),
    ),
    counts={"fees": "years paid for", "fee_cents": "cents", "fees_ended": "customers who did not pay again"},
    book=book,
    fits=fits,
    dues=lambda terms: terms.amount,
    tell=tell,
    order=12,
)
