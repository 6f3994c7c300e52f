"""Come into the market in a given week; until then nobody has heard of the firm."""

from __future__ import annotations

from dataclasses import dataclass

from loyaltysim.firms.decision import Decision, Draw, Policy, Seen
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Entrant:
    """When the firm comes, and what that takes."""

    week: int | None = term(
        52, "week", 0, 5199, none="never", doc="first week in the market; null or never = it stays out"
    )
    cost: float = term(0.0, "money", 0.0, 1e12, doc="of coming, a fixed cost of that week")


def decide(terms: Entrant, seen: Seen, draw: Draw) -> Decision:
    """Out until its week, in from then on; coming is paid once."""
    if terms.week is None or seen.week < terms.week:
        return Decision(active=False)
    return Decision(active=True, cost=terms.cost if seen.week == terms.week else 0.0)


POLICY = Policy("entrant", "a dated decision", Entrant, decide, sets=("active",), absent=True)
