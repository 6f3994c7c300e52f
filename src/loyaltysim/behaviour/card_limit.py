"""A customer holds only so many cards: who takes another gives up the one that is worth least."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from loyaltysim.mechanism.declare import Mechanism
from loyaltysim.scenario.model import Scenario


@dataclass(frozen=True)
class CardLimit:
    """No keys: the limit is `customers.max_programs`, what a change takes `membership.switch_hassle`."""


class Wallet(NamedTuple):
    """What a customer's wallet holds."""

    most: int


def wallet(terms: CardLimit | None, scenario: Scenario) -> Wallet:
    """The limit; where there is none, room for the card of every firm."""
    return Wallet(most=(scenario.customers.max_programs or len(scenario.firms)) if scenario else 0)


def limited(scenario: Scenario) -> bool:
    """Is there a limit that somebody could reach?"""
    limit = scenario.customers.max_programs
    return limit is not None and limit < len(scenario.firms)


MECHANISM = Mechanism(
    name="card_limit",
    level="behaviour",
    source="households hold a few of the programs on offer, most use fewer (Leenheer et al. 2007); the rule is assumed",
    terms=CardLimit,
    derive=wallet,
    wanted=limited,
    order=9,
)
