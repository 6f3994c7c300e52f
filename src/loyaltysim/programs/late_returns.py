"""Purchases come back weeks later: the money is refunded, and the points that they earned are taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loyaltysim.mechanism.declare import Field, Hook, Mechanism, Role, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.programs.batches import lapses
from loyaltysim.programs.points import at_face_value, on_spending
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term

PARTS = 1_000_000  # shares are carried in millionths


@dataclass(frozen=True)
class LateReturns(Dated):
    """What is regretted goes back with the first visit that comes late enough, and is kept where that is too late.

    What waits to go back is one parcel, as old as the oldest purchase in it; a purchase is in it wholly or in part.
    Revenue, as the ledger has it, is less by the refund; the goods are worth `salvage` of it to the firm. Points go
    back in proportion to the money, but for those that have lapsed; stamps and cashback do not.
    """

    share: float = term(0.05, "share of purchases", 0.0, 1.0, doc="that are regretted")
    after: int = term(1, "weeks", 0, 520, doc="before which nothing is brought back")
    window: int = term(8, "weeks", 0, 520, doc="within which the firm takes it back; 0 = it takes nothing back")
    in_part: float = term(0.3, "share of regretted purchases", 0.0, 1.0, doc="of which only a part goes back")
    part: float = term(0.5, "share of the purchase", 0.0, 1.0, doc="that goes back then")
    below_zero: bool = term(False, "", doc="points that were spent already are taken back too: a balance below zero")
    shortfall: str = term(
        "kept", "", choices=("kept", "deducted"),
        doc="where a balance ends at zero: what is missing is the customer's to keep, or comes off the refund",
    )  # fmt: skip
    salvage: float = term(0.0, "share of the refund", 0.0, 1.0, doc="worth of what is brought back; 0 = written off")
    unit_cost: float = term(1.0, "money per return", 0.0, 1e5, doc="handling")

    @property
    def parts(self) -> int:
        """The part in millionths."""
        return round(self.part * PARTS)

    @property
    def deducts(self) -> bool:
        """Do points that are missing come off the refund?"""
        return self.shortfall == "deducted"

    @property
    def lenient(self) -> bool:
        """May who spends points first and brings back later keep them?"""
        return self.window > 0 and not self.below_zero and not self.deducts


@rule
def taken_back(terms: Any) -> bool:
    """Does the firm take purchases back?"""
    return terms.window != 0


@rule
def due(here: Any, terms: Any, visit: Any) -> int:
    """Is there something to bring back at this visit?  1 where the firm takes it, -1 where it is too late, else 0"""
    age = visit.week - here.parcel_week
    if here.parcel_week < 0 or age < terms.after:
        return 0
    if age > terms.window:
        return -1
    return 1


@rule
def stays_away_too_long(terms: Any) -> bool:
    """Does the firm take purchases back, and do points lapse where a customer stays away?"""
    return terms.window * terms.points.idle_weeks != 0


@rule
def idle_points_lapse(here: Any, terms: Any, visit: Any) -> None:
    """Just before all points lapse: those of the parcel among them are not there to be taken back, nor missing."""
    if here.balance > 0 and visit.week - here.last_earned > terms.points.idle_weeks:
        here.parcel_points = max(0, here.parcel_points - here.balance)


@rule
def date_may_come(terms: Any) -> bool:
    """Does the firm take purchases back, and do points lapse by date?"""
    return terms.window * terms.points.period != 0


@rule
def dated_points_lapse(here: Any, terms: Any, visit: Any) -> None:
    """The same just before the batch of the parcel's first week lapses."""
    many, period = len(here.batches), terms.points.period
    if here.parcel_points == 0:
        return
    number = here.parcel_week // period
    if lapses(number, period, terms.points.life) <= visit.week and visit.week // period - number < many:
        here.parcel_points = max(0, here.parcel_points - here.batches[number % many])


@rule
def pending_taken_back(here: Any, terms: Any, visit: Any) -> None:
    """Of points that cannot be used yet, those of the week of the parcel go with it."""
    if due(here, terms, visit) != 1 or visit.week - here.parcel_week >= terms.points.pending:
        return
    at = here.parcel_week % len(here.unripe_weeks)
    taken = min(here.parcel_points, here.unripe_weeks[at])
    here.unripe_weeks[at] = here.unripe_weeks[at] - taken
    here.unripe = here.unripe - taken


@rule
def points_taken_back(here: Any, terms: Any, visit: Any) -> None:
    """Before this purchase earns: the points of the parcel leave the balance; what is not there is missing."""
    if due(here, terms, visit) != 1:
        return
    taken = here.parcel_points
    if terms.below_zero == 0:
        taken = min(taken, max(0, here.balance))
    missing = here.parcel_points - taken
    here.balance = here.balance - taken
    visit.points_reversed += taken
    if terms.deducts == 1:
        worth = at_face_value(missing, terms.points.face_value, terms.points.card)
        here.parcel_cents = max(0, here.parcel_cents - worth)
    else:
        visit.points_kept += missing


@rule
def refunded(here: Any, terms: Any, visit: Any) -> None:
    """The money goes back, or it is too late; nothing waits any more."""
    at_counter = due(here, terms, visit)
    if at_counter == 0:
        return
    if at_counter == 1:
        visit.late_returned += 1
        visit.late_refunds += here.parcel_cents
        visit.back_late += 1
    here.parcel_week = -1
    here.parcel_cents = 0
    here.parcel_points = 0


@rule
def regretted(here: Any, terms: Any, visit: Any, draw_regret: float, draw_regret_part: float) -> None:
    """After this purchase has earned: with a chance it will go back, and the points that it earned with it."""
    cents = visit.spend - visit.padded
    if cents <= 0 or draw_regret >= terms.share:
        return
    if draw_regret_part < terms.in_part:
        cents = cents * terms.parts // PARTS
    packed(here, terms, visit, cents)


@rule
def packed(here: Any, terms: Any, visit: Any, cents: int) -> None:
    """So many cents of this purchase wait to go back, and their share of the points that it earned on spending."""
    if cents <= 0:
        return
    earned = min(visit.points_in, on_spending(visit.spend, terms.points.issued, terms.points.issued_per_cent))
    if here.parcel_week < 0:
        here.parcel_week = visit.week
    here.parcel_points = here.parcel_points + earned * cents // visit.spend
    here.parcel_cents = here.parcel_cents + cents


def book(totals: Mapping[str, int], terms: LateReturns) -> dict[str, int]:
    """Refunds come off revenue, what the goods are still worth off their cost; handling of every return."""
    refunds = totals["late_refunds"]
    return {
        "revenue": -refunds,
        "cost_of_goods": -(refunds * round(terms.salvage * PARTS) // PARTS),
        "recovery": totals["late_returned"] * round(terms.unit_cost * 100),
    }


def check(terms: LateReturns) -> list[tuple[str, str]]:
    """What may not be brought back yet when it may no longer be is never brought back."""
    if terms.window == 0 or terms.after <= terms.window:
        return []
    late = f"= {terms.after} weeks lies beyond window = {terms.window}"
    return [("after", f"{late}: nothing would come back; raise window, or set it to 0")]


def tell(scene: Scene) -> list[str]:
    """An earlier purchase brought back, the money, and points that went with it."""
    if scene.counts.get("late_returned", 0) == 0:
        return []
    money, points = scene.money(scene.counts["late_refunds"]), scene.counts.get("points_reversed", 0) / 1000
    english = f"brought an earlier purchase back to {scene.firm} and got {money}"
    lines = scene.say(english, f"在 {scene.firm} 退回之前买的东西，退款 {money}")
    if points > 0:
        lines += scene.say(f"{scene.firm} took back {points:.0f} points", f"{scene.firm} 收回了 {points:.0f} 积分")
    return lines


MECHANISM = Mechanism(
    name="late_returns",
    level="program",
    source="points of returned goods are taken back, in part, below zero or not: as engines do; how many is assumed",
    terms=LateReturns,
    neutral={"share": 0.0, "window": 0},
    fields={
        "parcel_cents": Field(per_firm=True, dtype="int64", start=0, unit="cents that wait to go back"),
        "parcel_points": Field(per_firm=True, dtype="int64", start=0, unit="thousandths of a point that they earned"),
        "parcel_week": Field(per_firm=True, dtype="int32", start=-1, unit="week of the oldest purchase, -1 = nothing"),
    },
    hooks=(
        Hook("week", idle_points_lapse, when=stays_away_too_long, beside=("points",), order=18),
        Hook("week", dated_points_lapse, when=date_may_come, beside=("points", "batches"), order=18),
        Hook("visit", pending_taken_back, when=taken_back, beside=("points", "ripening"), order=16),
        Hook("visit", points_taken_back, when=taken_back, beside=("points",), order=17),
        Hook("visit", refunded, order=18),
        Hook("visit", regretted, when=taken_back, order=91),
    ),
    roles={
        "back_late": Role("earlier purchases refunded"),
        "points_kept": Role("thousandths of a point of refunded purchases that were spent already, and stay so"),
    },
    counts={"late_returned": "purchases", "late_refunds": "cents", "points_reversed": "thousandths of a point"},
    book=book,
    check=check,
    tell=tell,
    order=91,
)
