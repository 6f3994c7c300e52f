"""Customers own a part of the firm: of the profit of the last quarter a share is paid out to those who bought."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from loyaltysim.behaviour.bond import feels, unbonded
from loyaltysim.mechanism.audience import Audience, addressed, audience
from loyaltysim.mechanism.declare import Field, Hook, Mechanism, Role, Scene, World
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term

QUARTER = 13  # weeks from one dividend to the next


@dataclass(frozen=True)
class Ownership(Audience, Dated):
    """A dividend on the firm's own books: `payout` of the profit of the last 13 weeks, if there is any, by what owners
    spent in them, or in equal parts to those who bought. It is money; `premium` is what owning is worth beside.
    """

    audience: str = audience("member", "who owns")
    payout: float = term(0.2, "share of last quarter's profit", 0.0, 1.0)
    by: str = term(
        "spend", "", choices=("spend", "equal"), doc="in proportion to spending, never above it; or equal parts"
    )
    perceived: float = term(1.0, "share of face value", 0.0, 5.0, doc="what a dividend is worth to the customer (v)")
    premium: float = term(
        0.0, "fraction of the reference price", -2.0, 2.0, doc="worth of buying at one's own firm; times links.join"
    )
    effect: float = term(0.0, "bond event per dividend", -1.0, 1.0, doc="of being paid as an owner; signed")

    @property
    def live(self) -> bool:
        """Is anything paid out?"""
        return self.payout > 0.0

    @property
    def in_parts(self) -> bool:
        """Do all who bought get the same?"""
        return self.by == "equal"


@rule
def owner_pull(here: Any, me: Any, terms: Any) -> float:
    """What owning is worth at this purchase: the dividend of the last time on it, and buying at one's own firm."""
    if terms.live == 0 or addressed(here, me, terms) == 0:
        return 0.0
    dividend = terms.perceived * terms.dividend_rate
    return me.link_reward * dividend + me.link_join * terms.premium


@rule
def dividend_is_due(here: Any, terms: Any) -> bool:
    """Is there a dividend this week, or is a quarter over without one?"""
    return terms.quarter_ends != 0.0 and here.bought_as_owner > 0


@rule
def paid_dividend(here: Any, terms: Any, visit: Any) -> None:
    """At the start of a quarter: the own part of the dividend, rounded down; the next one counts from nothing."""
    part = here.bought_as_owner
    if terms.in_parts == 1:
        part = 1
    paid = int(part * terms.dividend_per)
    here.bought_as_owner = 0
    visit.dividends += paid
    visit.owners_paid += 1
    if paid > 0:
        visit.was_paid += 1


@rule
def dividends_are_felt(terms: Any, visit: Any) -> bool:
    """Was a dividend paid, and does it move the bond?"""
    return terms.effect != 0 and visit.was_paid > 0


@rule
def dividend_felt(here: Any, me: Any, terms: Any, visit: Any) -> None:
    """What being paid as an owner does to the bond."""
    feels(here, me, terms, terms.effect * visit.was_paid)


@rule
def bought_as_owner(here: Any, me: Any, terms: Any, visit: Any) -> None:
    """At a visit: what an owner spends counts for the next dividend."""
    if terms.live == 0 or addressed(here, me, terms) == 0:
        return
    here.bought_as_owner = here.bought_as_owner + visit.spend


def around(market: World, terms: Ownership) -> dict[str, np.ndarray]:
    """Whether a quarter has just ended; the dividend for each cent spent (or owner) then; and the rate that customers
    know, the last dividend over what was spent for it. -> (n_firms,) each
    """
    firms, week = len(market.firms), market.week
    known = market.surroundings[-1]["dividend_rate"] if market.surroundings else np.zeros(firms)
    found = {"quarter_ends": np.zeros(firms), "dividend_per": np.zeros(firms), "dividend_rate": known.copy()}
    if week == 0 or week % QUARTER:
        return found
    for j, firm in enumerate(market.firms.values()):
        own = firm.running_program.get("ownership")
        found["quarter_ends"][j], found["dividend_rate"][j] = 1.0, 0.0
        if own is None or not own.live:
            continue
        spent = market.population["bought_as_owner"][:, j]
        shared = float((spent > 0).sum() if own.in_parts else spent.sum())
        profit = sum(market.books_of(j, week)["profit"][-QUARTER:])
        if shared > 0.0 and profit > 0:
            each = own.payout * profit / shared
            found["dividend_per"][j] = each if own.in_parts else min(each, 1.0)
            found["dividend_rate"][j] = 0.0 if own.in_parts else min(each, 1.0)
    return found


def fits(terms: Ownership, scenario: Scenario) -> list[tuple[str, str]]:
    """What moves a bond needs one."""
    return unbonded(terms, scenario, "effect")


def book(totals: Mapping[str, int], terms: Ownership) -> dict[str, int]:
    """Dividends, a cost of the program: profit is what is left for the other owners."""
    return {"reward_cost": totals["dividends"]}


def tell(scene: Scene) -> list[str]:
    """A dividend."""
    if (paid := scene.counts.get("dividends", 0)) > 0:
        money = scene.money(paid)
        return scene.say(f"got a dividend of {money} from {scene.firm}", f"收到 {scene.firm} 的分红 {money}")
    return []


MECHANISM = Mechanism(
    name="ownership",
    level="program",
    source="customers who own (source texts, S3-36), as consumer cooperatives pay by purchases; sizes assumed",
    terms=Ownership,
    neutral={"payout": 0.0},
    needs=("membership",),
    fields={"bought_as_owner": Field(per_firm=True, dtype="int64", start=0, unit="cents since the last dividend")},
    roles={"was_paid": Role("dividends received this week")},
    hooks=(
        Hook("week", paid_dividend, when=dividend_is_due),
        Hook("week", dividend_felt, when=dividends_are_felt, beside=("bond",)),
        Hook("utility", owner_pull),
        Hook("appeal", owner_pull),
        Hook("visit", bought_as_owner),
    ),
    counts={"dividends": "cents", "owners_paid": "customers"},
    around=around,
    around_columns={"quarter_ends": 0.0, "dividend_per": 0.0, "dividend_rate": 0.0},
    fits=fits,
    book=book,
    reward_rate=lambda terms: 0.0,  # unknown before the first dividend; it pulls as a reward does
    gives=lambda terms: terms.members and terms.live,
    generosity="payout",
    tell=tell,
    order=26,
)
