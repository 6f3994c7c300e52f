"""Points that cannot be used yet: each week's wait for `program.points.pending` weeks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from loyaltysim.mechanism.declare import Field, Hook, Mechanism
from loyaltysim.mechanism.rules import rule
from loyaltysim.programs.batches import Limit, kind, limit
from loyaltysim.programs.points import programs
from loyaltysim.scenario.model import Scenario


@dataclass(frozen=True)
class Ripening:
    """No keys: how long points wait is said by program.points.pending."""


def weeks(scenario: Scenario) -> int:
    """The longest wait of any program, in weeks."""
    return max((terms.pending for terms in programs(scenario)), default=0)


def most(terms: Ripening | None, scenario: Scenario) -> Limit:
    """The most points of a week that can wait: what is beyond it can be used at once."""
    return limit(None, scenario)


@rule
def something_waits(here: Any) -> bool:
    """Does the customer have points of this firm that cannot be used yet?"""
    return here.unripe != 0


@rule
def ripen(here: Any, terms: Any, visit: Any) -> None:
    """At the start of a week: what was earned `pending` weeks ago, or before, can be used."""
    many = len(here.unripe_weeks)
    for age in range(terms.points.pending, many + 1):
        at = (visit.week - age) % many
        here.unripe = here.unripe - here.unripe_weeks[at]
        here.unripe_weeks[at] = 0


@rule
def points_wait(terms: Any) -> bool:
    """Do points of this firm wait before they can be used?"""
    return terms.points.pending != 0


@rule
def hold_back(here: Any, terms: Any, visit: Any) -> None:
    """At the end of a visit: what came in waits; where the balance fell below what waits, the youngest left."""
    many = len(here.unripe_weeks)
    now = visit.week % many
    came = min(visit.points_in, terms.largest - here.unripe_weeks[now])
    here.unripe_weeks[now] = here.unripe_weeks[now] + came
    here.unripe = here.unripe + came
    gone = here.unripe - max(0, here.balance)
    for age in range(many):
        if gone <= 0:
            return
        at = (visit.week - age) % many
        taken = min(gone, here.unripe_weeks[at])
        here.unripe_weeks[at] = here.unripe_weeks[at] - taken
        here.unripe = here.unripe - taken
        gone = gone - taken


MECHANISM = Mechanism(
    name="ripening",
    level="behaviour",
    source="points are credited after the period of return: usual terms of programs; nothing of it is estimated",
    terms=Ripening,
    needs=("points",),
    derive=most,
    wanted=lambda scenario: weeks(scenario) > 0,
    fields={
        "unripe": Field(per_firm=True, dtype="int64", start=0, unit="thousandths of a point", of="balance"),
        "unripe_weeks": Field(
            per_firm=True,
            dtype=kind,
            start=0,
            unit="thousandths of a point",
            width=weeks,
            of="balance",
            now=lambda market, place: market.week - 1,
        ),
    },
    hooks=(
        Hook("week", ripen, when=something_waits),
        Hook("visit", hold_back, when=points_wait, order=94),
    ),
    order=19,
)
