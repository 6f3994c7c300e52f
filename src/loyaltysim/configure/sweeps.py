"""Words that list several values: one key, many settings."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loyaltysim.configure.asked import refuse
from loyaltysim.configure.folders import groups
from loyaltysim.scenario.reader import ConfigError, Problem

MOST_VALUES = 1_000_000  # of one range


@dataclass(frozen=True)
class Swept:
    """An override with several values in Hydra's words, one override each; sweeps that share a tag move together."""

    key: str
    words: tuple[str, ...]
    tags: frozenset[str]
    text: str


def split_sweeps(
    overrides: Iterable[str], config_dir: str | Path | None = None
) -> tuple[list[str], list[Swept], list[Problem]]:
    """Tell overrides with one value from those with several: `a,b`, `range(1,11)`, `glob(c*)`, `tag(t,choice(a,b))`.

    A list in brackets is one value. What cannot be read is left among the first, where `layers` says why.
    """
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    known, single, swept, problems = groups(config_dir), list[str](), list[Swept](), list[Problem]()
    for text in overrides:
        try:
            parsed = OverridesParser.create().parse_override(text)
            several = parsed.is_sweep_override()
        except (HydraException, ValueError):
            several = False
        if not several:
            single.append(text)
            continue
        try:
            swept.append(swept_of(parsed, text, known))
        except ConfigError as error:
            problems += error.problems
    return single, swept, problems


def swept_of(parsed: Any, text: str, known: Mapping[str, list[str]]) -> Swept:
    """The single overrides of a sweep in Hydra's order. Raises ConfigError for one that has no end or no value."""
    from hydra.core.override_parser.types import Glob, RangeSweep

    (key, _, said), value = text.partition("="), parsed.value()
    if isinstance(value, RangeSweep) and (wrong := endless(value)):
        raise refuse(key, wrong, said)
    if isinstance(value, Glob):
        if parsed.key_or_group not in known:
            raise refuse(key, "takes values, not files: glob() chooses among the options of a group", said)
        values = [str(name) for name in value.filter(known[parsed.key_or_group])]
    elif not parsed.is_discrete_sweep():
        raise refuse(key, "has no end: write choices a,b or range(start,stop,step)", said)
    else:
        values = list(parsed.sweep_string_iterator())
    if not values:
        raise refuse(key, "has no value at all", said)
    if len(set(values)) < len(values):
        twice = sorted(v for v, count in Counter(values).items() if count > 1)
        raise refuse(key, f"has the same value twice: {', '.join(twice[:5])}", said)
    return Swept(key.lstrip("+"), tuple(f"{key}={v}" for v in values), frozenset(getattr(value, "tags", ())), text)


def endless(values: Any) -> str:
    """Why a range is not written out: what it counts, found without counting; empty for one that can be."""
    if not all(map(math.isfinite, (values.start, values.stop, values.step))) or values.step == 0:
        return "has no end: write range(start,stop,step), the step not 0"
    count = max(0.0, (values.stop - values.start) / values.step)
    return f"would have {count:.3g} values; at most {MOST_VALUES:,}" if count > MOST_VALUES else ""
