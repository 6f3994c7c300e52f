"""When a component of a program runs, and terms of it, or a firm's price, that change at a date.

A component runs in the weeks start, ..., end - 1 in which its firm runs the program, and while all that it needs runs.
`changes` are terms that hold from a week on, one mapping a date: {week: 52, told: before, face_value: 3}. What is paid,
earned and booked follows the terms at once; what customers believe, as they are told:

    before     everybody knows: choices follow from that week on, and who thinks of joining counts the coming year
    found_out  nobody says so: a customer learns it at the first purchase from the firm in that week or later
    silent     nobody says so, and a purchase does not show it: a customer learns it when handed a reward

Who joins reads the terms that hold on that day.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from loyaltysim.scenario.terms import term

YEAR = 52  # weeks that somebody who thinks of joining looks ahead
TOLD = ("before", "silent", "found_out")
WEEK = term(dataclasses.MISSING, "week", 0, 5199).metadata
HOW = term("before", "", choices=TOLD).metadata
OWN = ("start", "end", "changes")  # of a date itself: no change sets them
Change = Mapping[str, Any]
Knows = Callable[[Change], bool]
Terms = TypeVar("Terms")


@dataclass(frozen=True, kw_only=True)
class Dated:
    """The dates that every component of a program has."""

    start: int = term(0, "week", 0, 5199, doc="first week in which it runs, if the program does")
    end: int | None = term(
        None, "week", 1, 5200, doc="first week in which it no longer runs; what customers hold then lapses"
    )
    changes: tuple[dict[str, Any], ...] = term(
        (), "", doc="terms from a week on: [{week, told: before|silent|found_out, key: value}, ...]"
    )


def everything(change: Change) -> bool:
    """What holds, whoever knows it."""
    return True


def announced(change: Change) -> bool:
    """What everybody was told beforehand."""
    return bool(change["told"] == "before")


def sets(change: Change) -> dict[str, Any]:
    """The terms that a change sets."""
    return {key: value for key, value in change.items() if key not in ("week", "told")}


def at(terms: Terms, week: int, knows: Knows = everything) -> Terms:
    """Terms as they stand in a week, or as somebody believes who knows some of the changes; without dates.

    Terms that have none are returned as they are.
    """
    if undated(terms):
        return terms
    dated: Any = terms
    new: dict[str, Any] = {}
    for change in dated.changes:
        if change["week"] <= week and knows(change):
            new |= sets(change)
    return dataclasses.replace(dated, start=0, end=None, changes=(), **new)  # type: ignore[no-any-return]


def undated(terms: object) -> bool:
    """Does a component run always, at the same terms?"""
    return not isinstance(terms, Dated) or (terms.start, terms.end, terms.changes) == (0, None, ())


def runs(terms: object, week: int) -> bool:
    """Does a component run in a week, as far as its own dates say?"""
    if not isinstance(terms, Dated):
        return True
    return terms.start <= week and (terms.end is None or week < terms.end)


def variants(terms: Terms) -> Iterator[tuple[str, Terms]]:
    """Terms before any change and after each: ("", terms), ("changes[0].", terms), ... keys of what was changed."""
    yield "", terms
    for k, change in enumerate(getattr(terms, "changes", ())):
        yield f"changes[{k}].", at(terms, change["week"])


def told_of(program: Mapping[str, Any], how: str) -> list[int]:
    """The weeks in which something changes that customers are told of so. -> ascending, each once"""
    found = {c["week"] for terms in program.values() for c in getattr(terms, "changes", ()) if c["told"] == how}
    return sorted(found)


def value_in(changes: tuple[Change, ...], key: str, week: int, first: Any) -> Any:
    """What a key that changes is in a week. first : before any change"""
    found = [change[key] for change in changes if change["week"] <= week]
    return found[-1] if found else first
