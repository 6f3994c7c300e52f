"""No stacking: so many full cards at most are redeemed on one purchase, the others wait for the next."""

from __future__ import annotations

from dataclasses import dataclass

from loyaltysim.mechanism.declare import Mechanism
from loyaltysim.programs.points import no_points
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import NEVER, term


@dataclass(frozen=True)
class Stacking(Dated):
    """What points read when a purchase fills several cards."""

    most: int = term(1, "rewards per purchase", 1, NEVER, doc=f"full cards of points redeemed at once; {NEVER} = any")


MECHANISM = Mechanism(
    name="stacking",
    level="program",
    source="terms of many programs exclude several rewards on one purchase; one is assumed",
    terms=Stacking,
    neutral={"most": NEVER},
    fits=no_points("stacking", "most"),
    order=21,
)
