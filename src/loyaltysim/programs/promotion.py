"""A lower price for everybody for a while: some buy ahead, some have waited for it, and then there is a dip."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from loyaltysim.mechanism.declare import Field, Hook, Mechanism, Scene, Stock, World
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term

PARTS = 1_000_000  # rates are carried in millionths


@dataclass(frozen=True)
class Promotion(Dated):
    """Weeks first, ..., first + length - 1, and again `every` so many weeks, are at a lower price. It pulls as a price.

    Who stockpiles buys `ahead` times more then, as long as less than `most` weeks' usual spending is at home; from the
    next week on a part of what is usually bought, at any firm, comes out of the stock. Who waits puts purchases off in
    the `lead` weeks before, and makes up for them when the price is down. The till counts the full price, the discount
    is a reward cost.
    """

    depth: float = term(0.2, "share of the price", 0.0, 1.0)
    first: int = term(8, "week", 0, 5199, doc="of the first promotion")
    length: int = term(2, "weeks", 1, 520)
    every: int = term(13, "weeks", 0, 5200, doc="from one to the next; 0 = there is only one")
    stockpile: float = term(0.3, "share of customers", 0.0, 1.0, doc="who buy ahead at a lower price")
    ahead: float = term(1.0, "times the purchase", 0.0, 100.0, doc="that they buy beyond it")
    most: float = term(8.0, "weeks of usual spending", 0.0, 520.0, doc="that they hold at most of this firm")
    uses: float = term(0.5, "share of usual spending", 0.01, 1.0, doc="that comes out of the stock while there is one")
    flexible: float = term(0.0, "share of what is bought ahead", 0.0, 1.0, doc="that is used beyond what is usual")
    waiting: float = term(0.0, "share of purchases", 0.0, 1.0, doc="that are put off until the price is down")
    lead: int = term(2, "weeks", 0, 520, doc="before a promotion in which that happens")
    loyal: float = term(
        0.0, "share of the waiting", -1.0, 1.0, doc="that a full bond takes away (adds, where it is below 0)"
    )
    cost: float = term(1.0, "share of the discount", 0.0, 2.0, doc="what 1 unit off costs the firm: below 1 if funded")

    @property
    def parts(self) -> int:
        """The depth in millionths."""
        return round(self.depth * PARTS)

    def on(self, week: int) -> bool:
        """Is the price down in a week?"""
        since = week - self.first
        return since >= 0 and (since % self.every if self.every > 0 else since) < self.length

    def soon(self, week: int) -> bool:
        """Is the price down within `lead` weeks, and not yet?"""
        return not self.on(week) and any(self.on(week + k) for k in range(1, self.lead + 1))


def around(market: World, terms: Promotion) -> dict[str, np.ndarray]:
    """What every firm takes off in this week, and whether it soon will. -> (n_firms,) each"""
    running = [firm.running_program.get("promotion") for firm in market.firms.values()]
    depth = [0.0 if own is None or not own.on(market.week) else own.depth for own in running]
    near = [float(own is not None and own.depth > 0.0 and own.soon(market.week)) for own in running]
    return {"promoted": np.array(depth), "promotion_near": np.array(near)}


@rule
def promotion_pull(terms: Any) -> float:
    """The lower price per unit of spending."""
    return terms.promoted


@rule
def is_stocked_or_waits(here: Any, me: Any, terms: Any) -> bool:
    """Is there something at home, or a reason to wait?"""
    return me.status == 1 and (here.stocked != 0 or terms.waiting * terms.promotion_near != 0.0)


@rule
def usual_cents(me: Any) -> float:
    """Spending of a usual week at base prices, cents; above 0."""
    return max(1.0, me.rate * me.spending * 100.0)


@rule
def uses_stock(here: Any, me: Any, terms: Any, visit: Any) -> None:
    """At the start of a week: what of this week's purchases comes out of the stock, and what is put off. Of stocks of
    several firms each gives its part, whichever firm comes first.
    """
    if here.stocked > 0:
        wanted = terms.uses * usual_cents(me) * (here.stocked / max(me.at_home, here.stocked))
        taken = min(here.stocked, math.ceil(wanted))
        here.stocked = here.stocked - taken
        me.used_up = me.used_up + taken
        me.left_over = me.left_over + here.stocked
        visit.stock_used += taken
    patient = terms.waiting * terms.promotion_near * (1.0 - terms.loyal * here.bond)
    me.waits = min(1.0, me.waits + max(0.0, patient) * here.prior)


@rule
def weeks_purchases(me: Any) -> None:
    """The purchase rate of a week less what comes out of the stock and what is put off, more what was put off."""
    left = me.pace * max(0.0, 1.0 - me.used_up / usual_cents(me))
    me.pace = left * (1.0 - me.waits)
    if me.waits == 0.0:
        me.pace = me.pace + me.put_off
        me.put_off = 0.0
    me.put_off = me.put_off + left * me.waits
    me.at_home = me.left_over
    me.left_over = 0
    me.used_up = 0
    me.waits = 0.0


@rule
def price_is_down(terms: Any) -> bool:
    """Is the price down this week?"""
    return terms.promoted != 0.0


@rule
def buys_ahead(here: Any, me: Any, terms: Any, visit: Any, lasting_stockpiles: float) -> None:
    """Before the till closes: who stockpiles buys more, as much as may still be held."""
    if visit.spend <= 0 or lasting_stockpiles >= terms.stockpile:
        return
    room = int(terms.most * usual_cents(me)) - here.stocked
    more = min(int(visit.cents * terms.ahead), room)
    if more <= 0:
        return
    kept = more - int(more * terms.flexible)
    visit.cents = visit.cents + more
    visit.spend = visit.spend + int(more * terms.paid)
    here.stocked = here.stocked + kept
    me.at_home = me.at_home + kept
    visit.stock_bought += kept
    visit.bought_ahead += more


@rule
def less_is_paid(terms: Any, visit: Any) -> None:
    """At a visit: the discount, rounded down."""
    visit.promotion_cents += visit.spend * terms.parts // PARTS


def book(totals: Mapping[str, int], terms: Promotion) -> dict[str, int]:
    """The discount at its cost."""
    return {"reward_cost": totals["promotion_cents"] * round(terms.cost * PARTS) // PARTS}


def check(terms: Promotion) -> list[tuple[str, str]]:
    """A promotion ends before the next one begins."""
    if 0 < terms.every <= terms.length:
        why = f"= {terms.length} weeks is not over when the next one begins, every {terms.every}; for a lower price"
        return [("length", f"{why} without an end set firms.<id>.price")]
    return []


def fits(terms: Promotion, scenario: Scenario) -> list[tuple[str, str]]:
    """A bill comes when it is due: nobody buys ahead or waits."""
    if terms.depth == 0.0 or scenario.market.setting != "contract":
        return []
    why = "is for open markets: under contract nobody buys ahead; firms.<id>.changes sets a price from a week on"
    return [("depth", why)]


def tell(scene: Scene) -> list[str]:
    """What was saved, and bought ahead."""
    lines = []
    if (off := scene.counts.get("promotion_cents", 0)) > 0:
        saved = scene.money(off)
        lines += scene.say(f"a promotion at {scene.firm}: {saved} off", f"{scene.firm} 促销，少付 {saved}")
    if (more := scene.counts.get("bought_ahead", 0)) > 0:
        worth = scene.money(more)
        lines += scene.say(f"bought {worth} of it ahead at {scene.firm}", f"在 {scene.firm} 多囤了 {worth}")
    return lines


MECHANISM = Mechanism(
    name="promotion",
    level="program",
    source="forward buying and the dip: Blattberg, Eppen & Lieberman 1981, J. Marketing 45; use of stocks: Ailawadi & "
    "Neslin 1998, JMR 35; sizes assumed",
    terms=Promotion,
    neutral={"depth": 0.0},
    fields={
        "stocked": Field(per_firm=True, dtype="int64", start=0, unit="cents at base prices, bought ahead"),
        "at_home": Field(per_firm=False, dtype="int64", start=0, unit="cents at base prices, of all firms"),
        "left_over": Field(per_firm=False, dtype="int64", start=0, unit="cents at base prices, counted up so far"),
        "used_up": Field(per_firm=False, dtype="int64", start=0, unit="cents at base prices, of this week's"),
        "waits": Field(per_firm=False, dtype="float64", start=0.0, unit="share of this week's purchases"),
        "put_off": Field(per_firm=False, dtype="float64", start=0.0, unit="purchases"),
    },
    hooks=(
        Hook("week", uses_stock, when=is_stocked_or_waits),
        Hook("rate", weeks_purchases),
        Hook("utility", promotion_pull),
        Hook("appeal", promotion_pull),
        Hook("served", buys_ahead, when=price_is_down, order=58),
        Hook("visit", less_is_paid, when=price_is_down),
    ),
    counts={
        "promotion_cents": "cents off",
        "bought_ahead": "cents at base prices",
        "stock_bought": "cents at base prices",
        "stock_used": "cents at base prices",
    },
    book=book,
    around=around,
    around_columns={"promoted": 0.0, "promotion_near": 0.0},
    stocks=(Stock("stock_bought", ("stock_used",), "stocked"),),
    check=check,
    fits=fits,
    generosity="depth",
    cost="cost",
    tell=tell,
    order=27,
)
