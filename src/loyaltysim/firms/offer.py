"""A firm's public offer, and the numbers of all offers that the step reads in a week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from loyaltysim.mechanism import draws
from loyaltysim.mechanism.declare import Mechanism
from loyaltysim.mechanism.names import Number, values
from loyaltysim.mechanism.registry import components, registry, terms_of
from loyaltysim.scenario.model import Scenario
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


def numbers(
    offers: Mapping[str, Offer],
    scenario: Scenario,
    mechanisms: Sequence[Mechanism],
    row: np.dtype,
    wanted: Mapping[str, Number],
) -> np.ndarray:
    """This week's offers as records, for the numbers that rules read. offers by firm id -> (n_firms,) of dtype `row`

    price_gap : what the firm asks above its base price, as a fraction of the reference price
    paid      : price index relative to the base price, which scales a basket into money
    """
    market, out = scenario.market, np.zeros(len(offers), row)
    by_name = {m.name: m for m in mechanisms}
    asked: dict[str, list[Number]] = {}
    for number in wanted.values():
        if not number.around:
            asked.setdefault(number.mechanism, []).append(number)
    for j, (firm, offer) in enumerate(offers.items()):
        base = {
            "key": draws.item_key(firm),
            "price_gap": (offer.price - offer.base_price) / market.reference_price,
            "paid": offer.price / offer.base_price,
            "basket_sd": market.basket.sd_within,
        }
        for name in base.keys() & set(row.names or ()):
            out[name][j] = base[name]
        for name, own in asked.items():
            value = values(by_name[name], *shown(by_name[name], offer, scenario))
            for number in own:
                out[number.flat][j] = value(number.name)
    return out


def shown(mechanism: Mechanism, offer: Offer, scenario: Scenario) -> tuple[Any, Any]:
    """The terms of a component in an offer, with the program around it; of a behaviour, with the scenario."""
    if mechanism.level == "program":
        return offer.program.get(mechanism.name), offer.program
    return terms_of(scenario, mechanism), scenario
