"""A firm that lowers its price by the same rate every week, down to a floor.

loyaltysim run scenario=grocery_points --plugins docs/examples/stepdown.py firms.b.policy.stepdown.rate=0.99
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from loyaltysim.plugin import Decision, Policy, term


@dataclass(frozen=True)
class Stepdown:
    """How fast, and how far."""

    rate: float = term(0.99, "per week", 0.5, 1.0, doc="this week's price over last week's")
    floor: float = term(0.9, "fraction of the own base price", 0.01, 1.0, doc="never below")


def decide(terms: Stepdown, seen: Any, draw: Callable[[str], float]) -> Decision:
    """Last week's price times the rate, but no lower than the floor."""
    return Decision(price=max(terms.floor * seen.own.base_price, terms.rate * seen.own.price))


POLICY = Policy("stepdown", "an example; form and size assumed", Stepdown, decide)
