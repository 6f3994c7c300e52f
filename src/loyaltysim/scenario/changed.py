"""What was changed against the scenario or market that ships: a line each, `market.M = 150, was 200`.

The lines travel with the scenario (`changed`): they are noted, not chosen, and move nothing of a run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

LINE = re.compile(r"(\S+) = (.*), was (.*)")
NOTHING = "not set"  # what a key was that nobody had set, and that has no value unless it is
BESIDE = ("name", "seed", "seeds", "vary", "worlds", "held", "changed", "plugins", "record", "compute")  # no world
SIZE = ("customers.n", "customers.total")  # how much is simulated, for how many: neither changes what is simulated


def line(key: str, now: object, was: object) -> str:
    """One change as it is noted."""
    return f"{key} = {said(now)}, was {said(was)}"


def said(value: object) -> str:
    """A value in a line."""
    if value is None or value == {}:
        return NOTHING
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def parts(text: str) -> dict[str, str]:
    """Key, value now, value before of a line, as summary.json has them."""
    found = LINE.fullmatch(text)
    key, now, was = ("", text, "") if found is None else found.groups()
    return {"key": key, "now": now, "was": was}


def speaks_of_the_world(key: str) -> bool:
    """Is it a key of what is simulated, not of how or how much?"""
    return key.partition(".")[0] not in BESIDE and key not in SIZE


def lines(before: Mapping[str, Any], now: Mapping[str, Any], earlier: Iterable[str] = ()) -> list[str]:
    """What changed between two trees, by full key; a key that was changed `earlier` keeps the value that it had first.

    before, now : full key -> value. A key that is no longer there is "not set".
    """
    old = {parts(text)["key"]: parts(text) for text in earlier}
    new = {
        key: line(key, now.get(key), before.get(key))
        for key in dict.fromkeys([*before, *now])
        if speaks_of_the_world(key) and said(before.get(key)) != said(now.get(key)) and not same(before, now, key)
    }
    kept = [text for text in earlier if parts(text)["key"] not in new]
    first = [text if key not in old else line(key, parts(text)["now"], old[key]["was"]) for key, text in new.items()]
    return [*kept, *(text for text in first if parts(text)["now"] != parts(text)["was"])]


def same(before: Mapping[str, Any], now: Mapping[str, Any], key: str) -> bool:
    """Are two values equal although they are written differently: 4 and 4.0?"""
    return bool(key in before and key in now and before[key] == now[key])
