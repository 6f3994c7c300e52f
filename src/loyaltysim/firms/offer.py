"""A firm's public offer, and the numbers of all offers that the step reads in a week."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from loyaltysim.behaviour import found_out
from loyaltysim.mechanism import draws
from loyaltysim.mechanism.declare import Mechanism
from loyaltysim.mechanism.names import Number, values
from loyaltysim.mechanism.registry import components, registry, terms_of
from loyaltysim.scenario.dates import YEAR, Knows, announced, at, everything, runs, undated
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.settle import completed, needed


@dataclass(frozen=True)
class Offer:
    """What a firm shows in a week, the price and the running program (component name -> terms), and what it spends.

    dated       : the program with its dates, where it has any, and `week`, this one: rivals see what runs now
    acquisition : money of the week for winning customers, None = as the firm's terms say; cost : money that a change
    took. Both are the firm's own business: a replay books them, rivals are shown `public()`.
    active      : is the firm in the market; if not, nobody sees the offer
    """

    price: float
    base_price: float
    program: Mapping[str, Any] = field(default_factory=dict)
    acquisition: float | None = None
    cost: float = 0.0
    dated: Mapping[str, Any] = field(default_factory=dict)
    week: int = 0
    active: bool = True

    @property
    def decided(self) -> Mapping[str, Any]:
        """The program as the firm decided it, with the dates that it has."""
        return self.dated or self.program

    def public(self) -> Offer:
        """What every customer and rival can see, and nobody can change."""
        shown = Offer(self.price, self.base_price, MappingProxyType(dict(self.program)))
        return shown if self.active else replace(shown, active=False)


def running(program: Mapping[str, Any], week: int, knows: Knows = everything) -> Mapping[str, Any]:
    """What of a program runs in a week, at the terms of that week (those that somebody knows), without dates.

    A component runs while all that it needs does. A program without dates is returned as it is.
    """
    if all(undated(terms) for terms in program.values()):
        return program
    off = {name for name, terms in program.items() if not runs(terms, week)}
    known = registry()
    return {name: at(terms, week, knows) for name, terms in program.items() if off.isdisjoint(needed([name], known))}


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
            "key": draws.item_key(scenario.luck(firm)),
            "price_gap": (offer.price - offer.base_price) / market.reference_price,
            "paid": offer.price / offer.base_price,
            "basket_sd": market.basket.sd_within,
            "present": float(offer.active),
        }
        for name in base.keys() & set(row.names or ()):
            out[name][j] = base[name]
        for name, own in asked.items():
            value = values(by_name[name], *shown(by_name[name], offer, scenario))
            for number in own:
                ahead = number.name in by_name[name].ahead and offer.dated
                out[number.flat][j] = coming(by_name[name], number.name, offer) if ahead else value(number.name)
    return out


def beliefs(
    offers: Mapping[str, Offer],
    scenario: Scenario,
    mechanisms: Sequence[Mechanism],
    row: np.dtype,
    wanted: Mapping[str, Number],
) -> np.ndarray:
    """What customers take the offers to be, by how many unannounced changes they found out: as `numbers`.

    -> (found at a purchase + 1, found at a reward + 1, n_firms)
    """
    found = np.zeros((*found_out.shape(scenario), len(offers)), row)
    for state in np.ndindex(found.shape[:2]):
        believed = {
            name: replace(
                o, program=running(o.decided, o.week, found_out.knows(scenario.firms[name], *state)), dated={}
            )
            if o.active
            else o
            for name, o in offers.items()
        }
        found[state] = numbers(believed, scenario, mechanisms, row, wanted)
    return found


def coming(mechanism: Mechanism, name: str, offer: Offer) -> float:
    """A number of a program as its mean over the coming year, as far as was announced: changes, and the end.

    What has not begun yet counts for nothing.
    """
    weeks = range(offer.week, offer.week + YEAR)
    dated = {name: terms for name, terms in offer.dated.items() if name in offer.program}
    now = [
        change for terms in dated.values() for change in getattr(terms, "changes", ()) if change["week"] <= offer.week
    ]
    programs = [running(dated, week, lambda change: announced(change) or change in now) for week in weeks]
    each = [values(mechanism, program.get(mechanism.name), program)(name) for program in programs]
    return each[0] if min(each) == max(each) else math.fsum(each) / YEAR


def shown(mechanism: Mechanism, offer: Offer, scenario: Scenario) -> tuple[Any, Any]:
    """The terms of a component in an offer, with the program around it; of a behaviour, with the scenario."""
    if mechanism.level == "program":
        return offer.program.get(mechanism.name), offer.program
    return terms_of(scenario, mechanism), scenario
