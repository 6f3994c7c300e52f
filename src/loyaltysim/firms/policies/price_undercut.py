"""Stay below a rival's price, the cheapest one's or that of one that is named."""

from __future__ import annotations

from dataclasses import dataclass

from loyaltysim.firms import pricing
from loyaltysim.firms.decision import Decision, Draw, Policy, Seen
from loyaltysim.firms.pricing import Pricing
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class PriceUndercut(Pricing):
    """By how much, and whom."""

    by: float = term(0.02, "fraction of the rival's price", 0.0, 0.999, doc="how far below")
    whom: str = term("", "firm", doc="id of the firm that is undercut; empty = the cheapest rival")
    low: float = pricing.low(0.8)
    high: float = pricing.high(1.0)


def decide(terms: PriceUndercut, seen: Seen, draw: Draw) -> Decision:
    """What the rival asked a week ago, less a little; in the first week there is nothing to undercut."""
    shown = {name: offer.price for name, offer in seen.offers(seen.week - 1).items() if name != seen.me}
    if not shown or not pricing.due(terms, seen):
        return Decision()
    theirs = shown[terms.whom] if terms.whom else min(shown.values())
    return pricing.asks(terms, seen, theirs * (1.0 - terms.by))


def fits(terms: PriceUndercut, firm: str, scenario: Scenario) -> list[tuple[str, str]]:
    """A rival to undercut that is not itself, and no price below cost."""
    problems = pricing.above_cost(terms, firm, scenario)
    if len(scenario.firms) == 1:
        problems.append(("by", "needs a rival whose price can be seen; this market has one firm"))
    if terms.whom == firm:
        problems.append(("whom", f"is firm {firm!r} itself; name another firm to undercut"))
    return problems


POLICY = Policy(
    "price_undercut",
    "undercutting, form assumed; its end at cost: Bertrand 1883; here bounds and tastes stop it before",
    PriceUndercut,
    decide,
    check=pricing.check,
    fits=fits,
    sets=("price",),
)
