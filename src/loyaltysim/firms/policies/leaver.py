"""Leave the market for good, in a given week or once the own books show too little profit."""

from __future__ import annotations

from dataclasses import dataclass

from loyaltysim.firms.decision import Decision, Draw, Policy, Seen
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Leaver:
    """When, or below which profit."""

    week: int | None = term(None, "week", 0, 5199, none="never", doc="first week outside; null or never = no date")
    least: float | None = term(
        0.0, "money per week", -1e12, 1e12, doc="mean profit below which it leaves; null = whatever the profit"
    )
    window: int = term(26, "weeks", 1, 5200, doc="of which the mean is taken; nobody leaves earlier")


def decide(terms: Leaver, seen: Seen, draw: Draw) -> Decision:
    """In until then, out from then on: who left stays out."""
    if not seen.own.active or (terms.week is not None and seen.week >= terms.week):
        return Decision(active=False)
    if terms.least is not None and seen.week >= terms.window:
        cents = sum(seen.books["profit"][-terms.window :])
        return Decision(active=cents >= 100.0 * terms.least * terms.window)
    return Decision(active=True)


def check(terms: Leaver) -> list[tuple[str, str]]:
    """A date or a limit."""
    if terms.week is None and terms.least is None:
        return [("week", "and least are both empty: say when the firm leaves, or below which weekly profit")]
    return []


POLICY = Policy(
    "leaver", "exit at a loss, the textbook rule; window assumed", Leaver, decide, check=check, sets=("active",)
)
