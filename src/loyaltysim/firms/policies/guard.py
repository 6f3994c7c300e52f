"""Launch the configured program, and withdraw it for good where the own books say that it does not return its cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loyaltysim.firms.decision import Decision, Draw, Policy, Seen
from loyaltysim.scenario.terms import term

SPENT = ("reward_cost", "liability_change", "touchpoints")  # ledger lines of a program


@dataclass(frozen=True)
class Guard:
    """When the program starts, how long it may take, what it must bring."""

    week: int = term(52, "week", 0, 5199, doc="first week in which the program runs")
    window: int = term(26, "weeks", 1, 5200, doc="whose mean is compared: the last ones with those before the start")
    every: int = term(13, "weeks", 1, 5200, doc="between two looks at the books")
    least: float = term(0.0, "profit per money spent", -1.0, 1000.0, doc="a lower return ends the program")


def decide(terms: Guard, seen: Seen, draw: Draw) -> Decision:
    """No program before the start; the configured one until its return falls short; then none."""
    since = seen.week - terms.week
    if since < 0 or seen.memory.withdrawn:
        return Decision(program={})
    due = since >= terms.window and (since - terms.window) % terms.every == 0
    if due and returned(terms, seen.books) < terms.least:
        return Decision(program={}, memory={"withdrawn": 1.0})
    return Decision(program=seen.configured)


def returned(terms: Guard, books: Mapping[str, tuple[int, ...]]) -> float:
    """Weekly profit of the last weeks less that of the weeks before the start, over what the program takes more than
    before; infinite where it takes nothing. What happened beside the program is in it: the firm knows no better.
    """

    def more(line: str) -> int:
        return sum(books[line][-terms.window :]) - sum(books[line][terms.week - terms.window : terms.week])

    cost = sum(map(more, SPENT))
    return more("profit") / cost if cost > 0 else float("inf")


def check(terms: Guard) -> list[tuple[str, str]]:
    """Weeks to compare with."""
    if terms.week < terms.window:
        return [("week", f"must leave window = {terms.window} weeks without the program, to compare with")]
    return []


POLICY = Policy(
    "guard",
    "a program that is stopped where profit before and after says so; form assumed",
    Guard,
    decide,
    check=check,
    sets=("program",),
    state={"withdrawn": 0.0},
)
