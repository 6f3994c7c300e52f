"""Mystery shoppers visit a firm and report what they lived; some are recognised."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from loyaltysim.behaviour.experience import lived
from loyaltysim.mechanism import draws
from loyaltysim.mechanism.declare import Mechanism, World
from loyaltysim.mechanism.names import Blank, Offered, drawn
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Audit(Dated):
    """A few visits every few weeks, each lived by the very rule of the market with luck of its own: an estimate of the
    quality that customers meet, unbiased unless staff recognise shoppers. It moves no customer.
    """

    every: int = term(13, "weeks", 0, 5200, doc="between waves, the first after so many; 0 = no audit")
    shoppers: int = term(20, "visits per wave", 1, 100000)
    notice: float = term(0.0, "share of shoppers", 0.0, 1.0, doc="whom the staff recognise")
    polish: float = term(1.0, "units of quality", -100.0, 100.0, doc="how much better they are then served")
    unit_cost: float = term(10.0, "money per visit", 0.0, 1e5)


def around(market: World, terms: Audit) -> dict[str, np.ndarray]:
    """Visits of this week's wave, the sum of their quality and of its square, by firm; 0 without one. -> (n_firms,)

    What shoppers met was last week's service.
    """
    found = np.zeros((3, len(market.firms)))
    for j, (name, firm) in enumerate(market.firms.items()):
        own = firm.running_program.get("audit")
        weeks = firm.totals.get("weeks_running/audit", 0)
        if own is not None and own.every > 0 and weeks > 0 and weeks % own.every == 0:
            quality = wave(market, own, name, j)
            found[:, j] = quality.size, quality.sum(), (quality * quality).sum()
    return {"audit_visits": found[0], "audit_sum": found[1], "audit_squares": found[2]}


def wave(market: World, own: Audit, name: str, j: int) -> np.ndarray:
    """The quality that each shopper of a wave reports. -> (shoppers,)"""
    keys = keys_of(market, "audit", name, own.shoppers)
    quality = qualities(market, j, keys)
    return quality + own.polish * (draws.lasting(keys, "audit_seen") < own.notice)


def keys_of(market: World, purpose: str, name: str, many: int) -> np.ndarray:
    """Keys of so many people who look at a firm this week. -> (many,)"""
    with np.errstate(over="ignore"):
        week = draws.child(draws.root(market.root_seed), np.uint64(market.week))
        base = draws.child(draws.child(week, draws.purpose(purpose)), draws.item_key(market.terms.luck(name)))
        return draws.child(base, np.arange(many).astype(np.uint64))


def qualities(market: World, j: int, keys: np.ndarray) -> np.ndarray:
    """The quality of one visit of each of them, at last week's service. -> (many,)"""
    from loyaltysim.mechanism.registry import registry

    rows = market.rows_of(market.shown[market.week - 1], market.surroundings[-1])[j]
    terms = Offered(rows, registry()["experience"], registry(), market.assembled.numbers)
    return np.array([visited(terms, key) for key in keys])


def visited(terms: Offered, key: np.uint64) -> float:
    """The quality of one visit, of somebody who comes for the first time; its luck is the shopper's."""
    here: Any = Blank()
    me: Any = Blank()
    me.link_voice = 1.0
    asked = [name for name in inspect.signature(lived).parameters if drawn(name)]
    lived(here, me, terms, Blank(), **{name: float(draws.lasting(key, name.removeprefix("draw_"))) for name in asked})
    return here.delivered


def book(totals: Mapping[str, int], terms: Audit) -> dict[str, int]:
    """Visits of the waves so far, at their unit cost."""
    waves = max(0, totals["weeks_running"] - 1) // terms.every if terms.every else 0
    return {"fixed_cost": waves * terms.shoppers * round(terms.unit_cost * 100)}


MECHANISM = Mechanism(
    name="audit",
    level="program",
    source="mystery shoppers (source texts, S3-55): a small sample with the bias of being recognised; sizes assumed",
    terms=Audit,
    neutral={"every": 0},
    needs=("experience", "service"),
    book=book,
    priced="unit_cost",
    around=around,
    order=58,
)
