"""Customers find out by themselves what nobody told them: at a purchase, or only when a reward is handed out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from loyaltysim.mechanism.declare import Field, Hook, Mechanism, World
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Change, announced, told_of
from loyaltysim.scenario.model import Firm, Scenario

AT_A_PURCHASE, AT_A_REWARD = "found_out", "silent"


@dataclass(frozen=True)
class FoundOut:
    """No keys: it acts where terms of some program change without a word."""


def secrets(firm: Firm, how: str) -> list[int]:
    """The weeks in which a firm changes terms that customers find out in this way. -> ascending, each once"""
    return told_of(firm.program, how)


def shape(scenario: Scenario) -> tuple[int, int]:
    """How many states of knowledge there are at most: of what purchases show, of what rewards show."""
    most = [max(len(secrets(firm, how)) for firm in scenario.firms.values()) for how in (AT_A_PURCHASE, AT_A_REWARD)]
    return most[0] + 1, most[1] + 1


def knows(firm: Firm, found: int, met: int) -> Callable[[Change], bool]:
    """Which changes a customer knows who found out so many of a firm's; what was announced, everybody."""
    shown = {AT_A_PURCHASE: secrets(firm, AT_A_PURCHASE)[:found], AT_A_REWARD: secrets(firm, AT_A_REWARD)[:met]}
    return lambda change: announced(change) or change["week"] in shown[change["told"]]


def due(market: World, terms: FoundOut) -> dict[str, np.ndarray]:
    """How many changes there are by now at each firm for a customer to find out."""
    firms, week = market.terms.firms.values(), market.week
    return {
        name: np.array([sum(w <= week for w in secrets(firm, how)) for firm in firms], np.float64)
        for name, how in (("found_due", AT_A_PURCHASE), ("met_due", AT_A_REWARD))
    }


@rule
def finds_out(here: Any, terms: Any, visit: Any) -> None:
    """After a visit one knows what a purchase shows; what a reward shows, who was handed one, or joined and has read
    the terms.
    """
    here.found = int(terms.found_due)
    if visit.reward_given > 0 or here.joined == visit.week:
        here.met = int(terms.met_due)


def unannounced(scenario: Scenario) -> bool:
    """Do terms of some program change without a word?"""
    return shape(scenario) != (1, 1)


MECHANISM = Mechanism(
    name="found_out",
    level="behaviour",
    source="devaluations that members are not told of are common (source texts S3); what shows them: assumed",
    terms=FoundOut,
    fields={
        "found": Field(per_firm=True, dtype="int16", unit="changes found out at a purchase"),
        "met": Field(per_firm=True, dtype="int16", unit="changes found out at a reward"),
    },
    hooks=(Hook("visit", finds_out),),
    wanted=unannounced,
    around=due,
    around_columns={"found_due": 0.0, "met_due": 0.0},
    order=90,
)
