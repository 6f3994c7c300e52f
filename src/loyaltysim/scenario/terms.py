"""How a key of a scenario is declared: default, unit, range, source."""

from __future__ import annotations

from dataclasses import field
from typing import Any

NEVER = 10**9  # a threshold of this many points is never reached


def term(
    default: Any,
    unit: str,
    low: float | None = None,
    high: float | None = None,
    *,
    source: str = "assumed",
    choices: tuple[str, ...] | None = None,
    doc: str = "",
    compare: bool = True,
    **more: Any,
) -> Any:
    """Declare one key: default, unit, allowed range (both ends included), source, choices, one line of help.

    default : the value when the key is absent; `dataclasses.MISSING` makes the key required.
    compare : False for what is noted and makes no other scenario
    more    : what a reader of such a key asks for beside: `keys` that may change at a date, a word for `none`, `words`
              that stand for numbers
    Ranges hold for every element of a list. Raises nothing; `read` checks values.
    """
    facts = dict(unit=unit, low=low, high=high, source=source, choices=choices, doc=doc, **more)
    return field(default=default, metadata=facts, compare=compare)
