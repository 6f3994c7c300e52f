"""A firm that is less trouble to buy from."""

from __future__ import annotations

from dataclasses import dataclass

from loyaltysim.mechanism.declare import Amplifier, Hook, Mechanism
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Ease:
    """Effort that a visit saves, as money: worth more to who minds hassle (links.hassle)."""

    saved: float = term(0.02, "fraction of the reference price", -1.0, 1.0, doc="below 0: more trouble than usual")
    unit_cost: float = term(0.0, "money per visit", 0.0, 1e5, doc="what saving it costs the firm")


@rule
def effort_saved(link_hassle, ease_saved):
    """What less effort is worth, as a fraction of the reference price."""
    return link_hassle * ease_saved


@rule
def eased(ease_on):
    """Count a visit that was made easier."""
    return ease_on


def columns(terms: Ease | None, program) -> dict[str, float | int]:
    """The numbers that the step reads; without the component a visit is the usual trouble."""
    return {"ease_on": int(terms is not None), "ease_saved": 0.0 if terms is None else terms.saved}


def book(totals, terms: Ease) -> dict[str, int]:
    """Visits made easier, at their unit cost."""
    return {"touchpoints": int(totals["easy_visits"] * round(terms.unit_cost * 100))}


MECHANISM = Mechanism(
    name="ease",
    level="program",
    source="making customers' life easier (source texts, S4-54); size assumed",
    terms=Ease,
    neutral={"saved": 0.0},
    columns=columns,
    hooks=(Hook("utility", effort_saved), Hook("visit", eased, counts=("easy_visits",))),
    counts={"easy_visits": "purchases"},
    book=book,
    amplifiers={"ease": Amplifier("less effort", {"saved": 0.0}, "更省力")},
    generosity="saved",
    priced="unit_cost",
    order=35,
)
