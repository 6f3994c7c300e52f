"""What policies that set a price have in common: when they look, how far they go, what a change takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loyaltysim.firms.decision import Decision, Number, Seen
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term

OF_BASE = "fraction of the own base price"


def low(default: float) -> Any:
    """The key of the lowest price."""
    return term(default, OF_BASE, 0.001, 1000.0, doc="never below")


def high(default: float) -> Any:
    """The key of the highest price."""
    return term(default, OF_BASE, 0.001, 1000.0, doc="never above")


@dataclass(frozen=True)
class Pricing:
    """The keys of whatever sets a price."""

    low: float = low(0.5)
    high: float = high(2.0)
    every: int = term(1, "weeks", 1, 5200, doc="between two looks")
    start: int = term(0, "week", 0, 5199, doc="first week in which it looks; the price stays until then")
    least: float = term(
        1e-4, "fraction of the own price", 0.0, 1.0, doc="a change that is not larger is not worth carrying out"
    )
    menu_cost: float = term(
        0.0, "money per change", 0.0, 1e9,
        doc="new labels and signs, a fixed cost of the week; 0.52 USD an item in supermarkets (Levy et al. 1997)",
    )  # fmt: skip


def due(terms: Pricing, seen: Seen) -> bool:
    """Is this a week in which it looks?"""
    return seen.week >= terms.start and (seen.week - terms.start) % terms.every == 0


def asks(terms: Pricing, seen: Seen, price: float, memory: Mapping[str, Number] | None = None) -> Decision:
    """The decision to ask a price, within the bounds, where it differs enough from that of now."""
    base, own = seen.own.base_price, seen.own.price
    bounded = min(max(price, terms.low * base), terms.high * base)
    if abs(bounded / own - 1.0) <= terms.least:
        return Decision(memory=memory or {})
    return Decision(price=bounded, cost=terms.menu_cost, memory=memory or {})


def booked(seen: Seen, weeks: int, *lines: str) -> int:
    """The sum of some lines of the own books over the last so many weeks, cents."""
    return sum(sum(seen.books[line][-weeks:]) for line in lines)


def units(seen: Seen, weeks: int) -> float:
    """What the firm sold in the last so many weeks, in cents at a price of 1: revenue over price, week by week; of a
    week in which it was not in the market, nothing.
    """
    revenue = seen.books["revenue"][-weeks:]
    shown = [seen.offers(week).get(seen.me) for week in range(seen.week - len(revenue), seen.week)]
    return sum(cents / offer.price for cents, offer in zip(revenue, shown, strict=True) if offer is not None)


def sold_throughout(seen: Seen, weeks: int) -> bool:
    """Was the firm in the market in every one of the last so many weeks?"""
    first = seen.week - weeks
    return first >= 0 and all(seen.me in seen.offers(week) for week in range(first, seen.week))


def check(terms: Pricing) -> list[tuple[str, str]]:
    """Room between the bounds."""
    return [] if terms.low <= terms.high else [("low", f"must not exceed high = {terms.high:g}")]


def above_cost(terms: Pricing, firm: str, scenario: Scenario) -> list[tuple[str, str]]:
    """No price below the cost of what is sold unless the firm says so."""
    own, lowest = scenario.firms[firm], terms.low * scenario.firms[firm].base_price
    if lowest >= own.unit_cost or own.allow_loss:
        return []
    why = f"is a price of {lowest:g}, below firms.{firm}.unit_cost = {own.unit_cost:g}: each sale loses money"
    return [("low", f"{why}; raise it or set firms.{firm}.allow_loss=true")]
