"""Ask a mark-up over cost: that of the goods alone, or with what rewards and contacts took by the own books."""

from __future__ import annotations

from dataclasses import dataclass

from loyaltysim.firms import pricing
from loyaltysim.firms.decision import Decision, Draw, Policy, Seen
from loyaltysim.firms.pricing import Pricing
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class PriceMarkup(Pricing):
    """How much is put on top of which cost."""

    markup: float = term(0.33, "fraction of the cost", 0.0, 1000.0)
    over: str = term(
        "goods", "", choices=("goods", "all"), doc="which cost: of what is sold, or with rewards and touchpoints too"
    )
    window: int = term(13, "weeks", 1, 5200, doc="over all: of the own books, the latest")


def decide(terms: PriceMarkup, seen: Seen, draw: Draw) -> Decision:
    """(1 + mark-up) times what a unit costs; what rewards cost is known once they have been booked."""
    if not pricing.due(terms, seen):
        return Decision()
    cost = seen.unit_cost
    if terms.over == "all" and (sold := pricing.units(seen, terms.window)) > 0.0:
        cost += pricing.booked(seen, terms.window, "reward_cost", "liability_change", "touchpoints") / sold
    return pricing.asks(terms, seen, cost * (1.0 + terms.markup))


def fits(terms: PriceMarkup, firm: str, scenario: Scenario) -> list[tuple[str, str]]:
    """A cost to put something on."""
    free = scenario.firms[firm].unit_cost <= 0.0
    return [("markup", f"is on a cost of 0: set firms.{firm}.unit_cost")] if free else []


POLICY = Policy(
    "price_markup",
    "full-cost pricing: Hall & Hitch 1939, Oxford Economic Papers 2; size assumed",
    PriceMarkup,
    decide,
    check=pricing.check,
    fits=fits,
    sets=("price",),
)
