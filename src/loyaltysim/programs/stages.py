"""Three stages of a visit: what comes before a purchase, the purchase itself, what comes after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loyaltysim.mechanism.declare import Field, Hook, Mechanism
from loyaltysim.mechanism.draws import normal
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Stages(Dated):
    """Customers judge a visit to this firm by three stages of quality q, each with its share w:

        -log(sum of w exp(-weakest q)) / weakest

    At weakest = 0 that is the mean; the larger, the more the worst stage decides; below 0 the best does. What was a
    visit until now (service, staff, noise, failures) is the middle stage.
    """

    before: float = term(0.0, "units of quality above the usual", -100.0, 100.0, doc="finding, asking, choosing")
    during: float = term(0.0, "units of quality above the usual", -100.0, 100.0, doc="the purchase itself")
    after: float = term(0.0, "units of quality above the usual", -100.0, 100.0, doc="delivery, use, help, returns")
    before_share: float = term(0.25, "share", 0.0, 1.0)
    after_share: float = term(0.25, "share", 0.0, 1.0, doc="what both leave is the share of the purchase")
    noise: float = term(0.0, "units of quality", 0.0, 100.0, doc="spread of the stages before and after")
    weakest: float = term(0.0, "per unit of quality", -20.0, 20.0, doc="how much the worst stage decides; signed")
    unit_cost: float = term(0.0, "money per visit", 0.0, 1e5, doc="what serving this way costs")

    @property
    def live(self) -> bool:
        """Are stages told apart?"""
        return self.before_share + self.after_share > 0.0 or self.during != 0.0


@rule
def has_stages(terms: Any) -> bool:
    """Are the stages of a visit told apart?"""
    return terms.live != 0


@rule
def stages_met(here: Any, terms: Any, visit: Any, draw_stage_before: float, draw_stage_after: float) -> None:
    """At a visit: what came before it, and what comes after."""
    here.stage_before = terms.before + terms.noise * normal(draw_stage_before)
    here.stage_after = terms.after + terms.noise * normal(draw_stage_after)
    visit.staged += 1


def book(totals: Mapping[str, int], terms: Stages) -> dict[str, int]:
    """Visits at the unit cost."""
    return {"touchpoints": totals["staged"] * round(terms.unit_cost * 1e5) // 1000}


def check(terms: Stages) -> list[tuple[str, str]]:
    """Shares of three stages."""
    total = terms.before_share + terms.after_share
    if total > 1.0 + 1e-12:
        return [("before_share", f"and after_share sum to {total:g}; allowed up to 1")]
    return []


MECHANISM = Mechanism(
    name="stages",
    level="program",
    source="touchpoints before, during and after the sale (source texts, S0-27); weakest link: Hirshleifer 1983, "
    "Public Choice 41(3); Mittal, Ross & Baldasare 1998, J. Marketing 62(1); shares and sizes assumed",
    terms=Stages,
    neutral={"before_share": 0.0, "after_share": 0.0, "during": 0.0},
    needs=("experience",),
    fields={
        "stage_before": Field(per_firm=True, dtype="float64", start=0.0, unit="units of quality, 0 = usual"),
        "stage_after": Field(per_firm=True, dtype="float64", start=0.0, unit="units of quality, 0 = usual"),
    },
    hooks=(Hook("served", stages_met, when=has_stages),),
    counts={"staged": "purchases"},
    book=book,
    check=check,
    generosity="during",
    priced="unit_cost",
    order=54,
)
