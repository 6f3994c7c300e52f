"""A firm that is less trouble to buy from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loyaltysim.mechanism.declare import Amplifier, Hook, Mechanism
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Ease(Dated):
    """Effort that a visit saves, as money: worth more to who minds hassle (links.hassle)."""

    saved: float = term(0.02, "fraction of the reference price", -1.0, 1.0, doc="below 0: more trouble than usual")
    unit_cost: float = term(0.0, "money per visit", 0.0, 1e5, doc="what saving it costs the firm")


@rule
def effort_saved(me: Any, terms: Any) -> float:
    """What less effort is worth, as a fraction of the reference price."""
    return me.link_hassle * terms.saved


@rule
def eased(terms: Any, visit: Any) -> None:
    """Count a visit that was made easier."""
    visit.easy_visits += terms.present


def book(totals: Mapping[str, int], terms: Ease) -> dict[str, int]:
    """Visits made easier, at their unit cost."""
    return {"touchpoints": int(totals["easy_visits"] * round(terms.unit_cost * 100))}


MECHANISM = Mechanism(
    name="ease",
    level="program",
    source="making customers' life easier (source texts, S4-54); size assumed",
    terms=Ease,
    neutral={"saved": 0.0},
    hooks=(Hook("utility", effort_saved), Hook("visit", eased)),
    counts={"easy_visits": "purchases"},
    book=book,
    amplifiers={"ease": Amplifier("less effort", {"saved": 0.0}, "更省力")},
    generosity="saved",
    priced="unit_cost",
    order=35,
)
