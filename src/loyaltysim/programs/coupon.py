"""Coupons: money off a purchase to come, for whom the firm likes, as long as they are valid and come to mind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from loyaltysim.mechanism.audience import addressed, audience
from loyaltysim.mechanism.declare import Field, Hook, Mechanism, People, Scene, Stock
from loyaltysim.mechanism.left_out import Exclusive, minds
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term

PARTS = 1_000_000  # shares are carried in millionths
YEAR = 52  # weeks
LONG_AGO = 1_000_000  # weeks: never
WAYS = ("week", "visit", "birthday", "anniversary")


@dataclass(frozen=True)
class Coupon(Exclusive, Dated):
    """Who holds a coupon of a firm gets no other until it is redeemed or lapses. It is money off the purchase at which
    it is redeemed; the till counts the purchase in full (points and cashback too), and the coupon as a reward at its
    cost. It pulls while it is held; what a visit may bring in coupons is counted only by who thinks of joining.
    """

    audience: str = audience("everyone", "to whom coupons go")
    whom: str = term(
        "anybody", "", choices=("anybody", "new", "known"),
        doc="of the audience: all, newcomers alone, or customers alone (new_after)",
    )  # fmt: skip
    new_after: int = term(52, "weeks", 1, 5200, doc="who has not bought from the firm for longer is new to it")
    issued: str = term(
        "week", "", choices=WAYS,
        doc="by chance each week, at a visit (valid from the next), once a year in a week of the customer's own, or "
        "a year after joining",
    )  # fmt: skip
    chance: float = term(0.1, "per week, visit or date", 0.0, 1.0, doc="that a coupon is issued")
    window: int = term(4, "weeks", 1, 5200, doc="in which it is valid, that of the issue among them")
    face_value: float = term(1.0, "money, or share of the purchase", 0.0, 1e6, doc="see worth_in")
    worth_in: str = term("money", "", choices=("money", "share"))
    min_spend: float = term(0.0, "money", 0.0, 1e6, doc="a smaller purchase does not redeem it")
    users: float = term(0.5, "share of customers", 0.0, 1.0, doc="who use coupons of the firm at all")
    redeem: float = term(0.5, "per visit of theirs", 0.0, 1.0, doc="that a coupon held is redeemed")
    perceived: float = term(1.0, "share of face value", 0.0, 5.0, doc="what 1 unit off is worth to the customer")
    cost: float = term(1.0, "share of face value", 0.0, 2.0, doc="what 1 unit off costs the firm: below 1 if funded")
    unit_cost: float = term(0.0, "money per coupon issued", 0.0, 1e5, doc="printing, mailing")

    @property
    def live(self) -> bool:
        """Are there coupons that are worth anything?"""
        return self.chance * self.face_value > 0.0

    @property
    def comes(self) -> float:
        """The chance of a coupon in a week, where it comes by chance or by date."""
        return self.chance if self.live and self.issued != "visit" else 0.0

    @property
    def at_visits(self) -> float:
        """The chance of a coupon at a visit."""
        return self.chance if self.live and self.issued == "visit" else 0.0

    @property
    def on_birthday(self) -> bool:
        """Does it come in the customer's own week of the year?"""
        return self.issued == "birthday"

    @property
    def on_anniversary(self) -> bool:
        """Does it come a year after joining, and every year after that?"""
        return self.issued == "anniversary"

    @property
    def for_all(self) -> bool:
        """Is it for newcomers and customers alike?"""
        return self.whom == "anybody"

    @property
    def for_new(self) -> bool:
        """Is it for newcomers alone?"""
        return self.whom == "new"

    @property
    def off(self) -> int:
        """What comes off a purchase, cents; 0 where it is a share."""
        return round(100.0 * self.face_value) if self.worth_in == "money" else 0

    @property
    def parts_off(self) -> int:
        """The share that comes off in millionths; 0 where it is an amount."""
        return round(PARTS * self.face_value) if self.worth_in == "share" else 0

    @property
    def least(self) -> int:
        """The least purchase that redeems it, cents: what is free, or was brought back, does not."""
        return max(1, round(100.0 * self.min_spend))

    @property
    def expected(self) -> float:
        """Of the face value, what a coupon in hand is worth at a visit to who uses them."""
        return self.redeem * self.perceived

    @property
    def earned(self) -> float:
        """Of the face value, what a visit brings by issuing coupons."""
        return self.at_visits * self.users * self.expected


@rule
def may_have(here: Any, me: Any, terms: Any, visit: Any) -> int:
    """1 for whom coupons are meant: the audience, and of it all, who is new to the firm, or who is not."""
    if addressed(here, me, terms) == 0:
        return 0
    if terms.for_all == 1:
        return 1
    new = visit.week - here.bought_last > terms.new_after
    return int(new == (terms.for_new == 1))


@rule
def taken_off(spend: float, off: int, parts: int) -> float:
    """What a coupon takes off a purchase of so many cents: an amount, at most all of it, or a share."""
    if off > 0:
        return min(spend, off)
    return spend * parts / PARTS


@rule
def coupon_comes(here: Any, me: Any, terms: Any) -> bool:
    """May a coupon come, or lapse, between visits?"""
    return here.coupon != 0 or (terms.comes != 0.0 and me.status == 1)


@rule
def coupon_week(here: Any, me: Any, terms: Any, visit: Any, draw_coupon: float) -> None:
    """At the start of a week: what is no longer valid lapses, then a coupon may come to whom it is meant for."""
    if here.coupon == 1 and visit.week > here.coupon_until:
        visit.coupons_expired += 1
        here.coupon = 0
    if here.coupon == 1 or me.status != 1 or draw_coupon >= terms.comes:
        return
    if terms.on_birthday == 1 and visit.week % YEAR != me.birthday:
        return
    if terms.on_anniversary == 1 and (
        here.joined < 0 or visit.week == here.joined or (visit.week - here.joined) % YEAR != 0
    ):
        return
    if may_have(here, me, terms, visit) == 1:
        handed_out(here, terms, visit)


@rule
def handed_out(here: Any, terms: Any, visit: Any) -> None:
    """One more coupon, valid for `window` weeks from this one on."""
    here.coupon = 1
    here.coupon_until = visit.week + terms.window - 1
    visit.coupons_issued += 1


@rule
def holds_coupon(here: Any) -> bool:
    """Is a coupon in hand?"""
    return here.coupon != 0


@rule
def coupon_pull(here: Any, me: Any, terms: Any, visit: Any, lasting_coupon_user: float) -> float:
    """What the coupon in hand may take off this purchase, per unit of spending, for who uses coupons."""
    paid = visit.paid_cents
    if lasting_coupon_user >= terms.users or paid < terms.least:
        return 0.0
    return me.link_reward * terms.expected * taken_off(paid, terms.off, terms.parts_off) / paid


@rule
def coupon_cash(here: Any, me: Any, terms: Any, lasting_coupon_user: float) -> float:
    """The same of a usual purchase, for the decision to buy in the category at all."""
    usual = me.spending * 100.0
    if lasting_coupon_user >= terms.users or usual < terms.least:
        return 0.0
    return me.link_reward * terms.expected * taken_off(usual, terms.off, terms.parts_off) / usual


@rule
def coupon_redeemed(
    here: Any, me: Any, terms: Any, visit: Any, draw_coupon_redeemed: float, lasting_coupon_user: float
) -> None:
    """Before the till closes: who uses coupons and thinks of it hands it in, where the purchase is large enough."""
    if visit.spend < terms.least or lasting_coupon_user >= terms.users:
        return
    if draw_coupon_redeemed >= terms.redeem:
        return
    here.coupon = 0
    visit.coupons_redeemed += 1
    visit.coupon_cents += int(taken_off(visit.spend, terms.off, terms.parts_off))
    visit.reward_given += 1


@rule
def coupon_given(here: Any, me: Any, terms: Any, visit: Any, draw_coupon: float) -> None:
    """After a visit: a coupon for the next one, to whom it is meant for; and when the customer was last here."""
    if here.coupon == 0 and draw_coupon < terms.at_visits and may_have(here, me, terms, visit) == 1:
        handed_out(here, terms, visit)
        visit.reward_earned += 1
    here.bought_last = visit.week


@rule
def coupons_are_minded(terms: Any) -> bool:
    """Does somebody mind that coupons are not for all?"""
    return terms.minded * terms.live != 0


@rule
def coupons_for_others(here: Any, me: Any, terms: Any, visit: Any, lasting_left_out: float) -> float:
    """What who sees coupons and gets none thinks of the firm."""
    return minds(may_have(here, me, terms, visit), lasting_left_out, terms.seen, terms.fairness)


def last_purchase(people: People, terms: Coupon) -> np.ndarray:
    """The week of the last purchase from each firm before the first, which is 0: as long ago as in a steady state, by
    a keyed draw; under contract only the provider's, last week. -> (n, n_firms) int32
    """
    firms = tuple(people.scenario.firms)
    if "provider" in people.columns:
        ago = np.where(people["provider"][:, None] == np.arange(len(firms)), 0.0, LONG_AGO)
    else:
        luck = np.column_stack([people.lasting("bought_before", people.scenario.luck(firm)) for firm in firms])
        rate = (people["status"] == 1)[:, None] * people["rate"][:, None] * people["prior"]
        ago = np.minimum(LONG_AGO, -np.log(luck) / np.maximum(rate, 1e-300))
    return (-1 - np.floor(ago)).astype(np.int32)


def birthdays(people: People, terms: Coupon) -> np.ndarray:
    """Each customer's own week of the year. -> (n,) int8"""
    return np.floor(people.lasting("birthday") * YEAR).astype(np.int8)


def book(totals: Mapping[str, int], terms: Coupon) -> dict[str, int]:
    """What came off at its cost, and issuing at its cost; a coupon in hand is no debt: nobody has paid for it."""
    return {
        "reward_cost": totals["coupon_cents"] * round(terms.cost * PARTS) // PARTS,
        "touchpoints": totals["coupons_issued"] * round(terms.unit_cost * 100),
    }


def check(terms: Coupon) -> list[tuple[str, str]]:
    """Conditions between keys."""
    if terms.worth_in == "share" and terms.face_value > 1.0:
        return [("face_value", f"= {terms.face_value:g} is a share of the purchase, at most 1; or set worth_in=money")]
    return []


def tell(scene: Scene) -> list[str]:
    """A coupon redeemed, received or lapsed."""
    lines, firm, counts = [], scene.firm, scene.counts
    if counts.get("coupons_expired", 0) > 0:
        lines += scene.say(f"a coupon of {firm} lapsed", f"{firm} 的优惠券过期")
    if counts.get("coupons_redeemed", 0) > 0:
        off = scene.money(counts["coupon_cents"])
        lines += scene.say(f"redeemed a coupon at {firm}: {off} off", f"在 {firm} 用券优惠 {off}")
    if counts.get("coupons_issued", 0) > 0:
        lines += scene.say(f"got a coupon of {firm}", f"收到 {firm} 的优惠券")
    return lines


MECHANISM = Mechanism(
    name="coupon",
    level="program",
    source="coupons are issued, redeemed in part, and lapse: Neslin 1990, Marketing Science 9; sizes assumed",
    terms=Coupon,
    neutral={"chance": 0.0},
    needs=("membership",),
    fields={
        "coupon": Field(per_firm=True, dtype="int8", start=0, unit="coupons held"),
        "coupon_until": Field(per_firm=True, dtype="int32", start=-1, unit="last week in which it is valid"),
        "bought_last": Field(per_firm=True, dtype="int32", start=last_purchase, unit="week of the last purchase"),
        "birthday": Field(per_firm=False, dtype="int8", start=birthdays, unit="week of the year"),
    },
    hooks=(
        Hook("week", coupon_week, when=coupon_comes),
        Hook("utility", coupon_pull, when=holds_coupon),
        Hook("utility", coupons_for_others, when=coupons_are_minded),
        Hook("appeal", coupon_cash, when=holds_coupon),
        Hook("served", coupon_redeemed, when=holds_coupon, order=59),
        Hook("visit", coupon_given),
    ),
    counts={
        "coupons_issued": "coupons",
        "coupons_redeemed": "coupons",
        "coupons_expired": "coupons",
        "coupon_cents": "cents off",
    },
    book=book,
    reward_rate=lambda terms: terms.earned * terms.parts_off / PARTS,
    reward_visit=lambda terms: terms.earned * terms.off / 100.0,
    gives=lambda terms: terms.members and terms.live,
    check=check,
    stocks=(Stock("coupons_issued", ("coupons_redeemed", "coupons_expired"), "coupon", "coupons_expired"),),
    generosity="face_value",
    cost="cost",
    tell=tell,
    order=26,
)
