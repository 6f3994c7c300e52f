"""Demand as chances: what every firm can expect to sell in a week at prices that nobody has asked yet.

The customer's week with its rules as they are (`week.expected_week`), but each choice counts by its probability instead
of one draw, so that it is smooth in prices and no luck of the run is in it. Customers are as last week left them, what
a program pulls is seen at the candidate prices, and nothing is changed by asking.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from loyaltysim.firms import offer as programs
from loyaltysim.firms.offer import Offer
from loyaltysim.market.assemble import expecting
from loyaltysim.market.compile import ready
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.scenario.hints import suggestion
from loyaltysim.scenario.reader import ConfigError, Problem

NOTHING: Mapping[str, Mapping[str, Any]] = MappingProxyType({})


class Expectation:
    """The demand that a market could expect this week, from what stood before anybody decided.

    market : a `Market`, of an open setting once it is asked (a later layer, so it is not named in the types)
    """

    def __init__(self, market: Any) -> None:
        self.market, self.standing = market, market.offers()
        self.rows: dict[bool, tuple[np.ndarray, np.ndarray]] = {}

    def demand(
        self, prices: Mapping[str, float], program: bool = True, shown: Mapping[str, Mapping[str, Any]] = NOTHING
    ) -> Mapping[str, float]:
        """Cents at base prices that each firm sells in a week in expectation, by id. As `Seen.demand`.

        shown : firm -> the program that it shows instead of its own

        Raises ConfigError for a firm that is not there, and in a contract market.
        """
        market = self.market
        if unknown := next((name for name in prices if name not in self.standing), None):
            near = suggestion(unknown, sorted(self.standing))
            raise ConfigError(
                [Problem("seen.demand", f"knows no firm {unknown!r}{near}", origin=f"week {market.week}")]
            )
        if market.contracts:
            raise ConfigError([Problem("seen.demand", "is that of an open market", origin=f"week {market.week}")])
        rows, beliefs = self.offered(program, shown)
        asked = {n: prices.get(n, o.price if program else o.base_price) for n, o in self.standing.items()}
        for j, (name, offer) in enumerate(self.standing.items()):
            paid = asked[name] / offer.base_price
            gap = (asked[name] - offer.base_price) / market.terms.market.reference_price
            for table in (rows, beliefs):
                table["paid"][..., j], table["price_gap"][..., j] = paid, gap
        expected = np.zeros(len(rows))
        market.reached(self.step(0, market.population.n, market.week, *self.arguments(rows, beliefs, expected)))
        return dict(zip(self.standing, expected.tolist(), strict=True))

    def offered(self, program: bool, shown: Mapping[str, Mapping[str, Any]] = NOTHING) -> tuple[np.ndarray, np.ndarray]:
        """What rules read of the offers, and of what customers take them to be; prices are filled in by who asks."""
        if shown:
            now = {name: programs.running(own, self.market.week) for name, own in shown.items()}
            standing = self.standing.items()
            return self.made({n: replace(bare(o), program=now[n]) if n in now else o for n, o in standing})
        if program not in self.rows:
            self.rows[program] = self.made(
                self.standing if program else {n: bare(offer) for n, offer in self.standing.items()}
            )
        return self.rows[program]

    def made(self, offers: Mapping[str, Offer]) -> tuple[np.ndarray, np.ndarray]:
        """The same of these offers, worked out anew."""
        market, a = self.market, self.market.assembled
        rows = programs.numbers(offers, market.terms, market.mechanisms, a.offers, a.numbers)
        beliefs = np.zeros((0, 0, len(offers)), a.offers)
        if "beliefs" in a.arguments:
            beliefs = programs.beliefs(offers, market.terms, market.mechanisms, a.offers, a.numbers)
        around = market.surroundings[-1] if market.surroundings else market.around()
        for number in a.numbers.values():
            if number.around:
                rows[number.flat] = around[number.name]
                beliefs[number.flat] = around[number.name]
        return rows, beliefs

    def arguments(self, rows: np.ndarray, beliefs: np.ndarray, expected: np.ndarray) -> list[np.ndarray]:
        """What the step reads and writes, in order: scratch of its own, the people of the market.

        Rules of the purchase rate write to a person (what is put off, what is at home): here to a copy.
        """
        people, visits = self.market.population, np.zeros(len(rows), self.market.assembled.visits)
        visits["week"], persons = self.market.week, people.people.copy()
        found = {"people": persons, "pairs": people.pairs, "offers": rows, "beliefs": beliefs, "visits": visits}
        found |= {"taste_tables": self.market.taste_tables, "expected": expected}
        return [found[name] for name in self.text.arguments[3:]]

    @cached_property
    def text(self) -> Any:
        """The assembled week."""
        known = tuple(mechanisms.registry().values())
        return expecting(tuple(self.market.mechanisms), known, self.market.question)

    @cached_property
    def step(self) -> Any:
        """It runs as the market's own step does, compiled or plain."""
        made, own = ready(self.text.module), self.market.ready
        return made.plain if own.compiled is own.plain else made.compiled


def bare(offer: Offer) -> Offer:
    """An offer without a program."""
    return replace(offer, program={}, dated={})
