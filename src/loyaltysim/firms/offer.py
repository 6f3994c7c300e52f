"""A firm's public offer, and the numbers of all offers that the step reads in a week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from loyaltysim.mechanism.declare import Mechanism
from loyaltysim.mechanism.registry import components, registry
from loyaltysim.scenario.settle import completed, needed


@dataclass(frozen=True)
class Offer:
    """What a firm shows in a week, the price and the running program (component name -> terms), and what it spends.

    acquisition : money of the week for winning customers, None = as the firm's terms say; cost : money that a change
    took. Both are the firm's own business: a replay books them, rivals are shown `public()`.
    """

    price: float
    base_price: float
    program: Mapping[str, Any] = field(default_factory=dict)
    acquisition: float | None = None
    cost: float = 0.0

    def public(self) -> Offer:
        """What every customer and rival can see, and nobody can change."""
        return Offer(self.price, self.base_price, MappingProxyType(dict(self.program)))


def complete(program: Mapping[str, Any]) -> dict[str, Any]:
    """A program with the components that its own need, at their defaults (points need a membership)."""
    return completed(program, needed(program, registry()), components()["program"])


def columns(offers: Mapping[str, Offer], mechanisms: list[Mechanism], reference_price: float) -> dict[str, np.ndarray]:
    """This week's offers as arrays. offers by firm id -> {column: (n_firms,)}, float64 or int64.

    price_gap : what the firm asks above its base price, as a fraction of the reference price
    paid      : price index relative to the base price, which scales a basket into money
    """
    found = {
        "price_gap": [(o.price - o.base_price) / reference_price for o in offers.values()],
        "paid": [o.price / o.base_price for o in offers.values()],
    }
    for mechanism in mechanisms:
        if mechanism.level == "program":
            rows = [mechanism.columns(o.program.get(mechanism.name), o.program) for o in offers.values()]
            found |= {name: [row[name] for row in rows] for name in rows[0]}
    return {name: as_numbers(values) for name, values in found.items()}


def as_numbers(values: Sequence[Any]) -> np.ndarray:
    """Integers stay integers (points, cents, flags); everything else is float64."""
    whole = all(isinstance(v, (int, np.integer)) for v in values)
    return np.array(values, np.int64 if whole else np.float64)
