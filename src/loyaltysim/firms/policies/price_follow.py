"""Meet the lowest price that a rival showed last week, within limits; every change of the price costs something."""

from __future__ import annotations

from dataclasses import dataclass

from loyaltysim.firms.decision import Decision, Draw, Policy, Seen
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class PriceFollow:
    """How far a firm follows its rivals' prices, how often it looks, and what a change takes."""

    floor: float = term(0.8, "fraction of the own base price", 0.001, 1000.0, doc="never below, whatever rivals ask")
    ceiling: float = term(1.0, "fraction of the own base price", 0.001, 1000.0, doc="never above, whatever rivals ask")
    menu_cost: float = term(
        0.0, "money per change", 0.0, 1e9,
        doc="new labels and signs, a fixed cost of the week; 0.52 USD an item in supermarkets (Levy et al. 1997)",
    )  # fmt: skip
    every: int = term(1, "weeks", 1, 5200, doc="between two looks at rivals' prices")


def decide(terms: PriceFollow, seen: Seen, draw: Draw) -> Decision:
    """The lowest price of any rival a week ago, but no lower than the floor and no higher than the ceiling."""
    rivals = [offer.price for name, offer in seen.offers(seen.week - 1).items() if name != seen.me]
    if not rivals or seen.week % terms.every:
        return Decision()
    base = seen.own.base_price
    price = min(max(min(rivals), terms.floor * base), terms.ceiling * base)
    return Decision() if price == seen.own.price else Decision(price=price, cost=terms.menu_cost)


def check(terms: PriceFollow) -> list[tuple[str, str]]:
    """Room between the limits."""
    return [] if terms.floor <= terms.ceiling else [("floor", f"must not exceed ceiling = {terms.ceiling:g}")]


def fits(terms: PriceFollow, firm: str, scenario: Scenario) -> list[tuple[str, str]]:
    """Somebody to follow, and no price below the cost of what is sold unless the firm says so."""
    own, lowest = scenario.firms[firm], terms.floor * scenario.firms[firm].base_price
    if len(scenario.firms) == 1:
        return [("every", "needs a rival whose price can be seen; this market has one firm")]
    if lowest < own.unit_cost and not own.allow_loss:
        why = f"is a price of {lowest:g}, below firms.{firm}.unit_cost = {own.unit_cost:g}: each sale loses money"
        return [("floor", f"{why}; raise it or set firms.{firm}.allow_loss=true")]
    return []


POLICY = Policy(
    "price_follow",
    "meeting the competition, form assumed; costs of a change: Levy, Bergen, Dutta & Venable 1997, QJE 112(3)",
    PriceFollow,
    decide,
    check=check,
    fits=fits,
    sets=("price",),
)
