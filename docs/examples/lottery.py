"""A lottery at the till: each purchase is a ticket, and some tickets win money.

    loyaltysim run scenario=plain --plugins docs/examples/lottery.py program.lottery.chance=0.02

Nothing but this file says what a lottery is: its keys with unit and range, what a customer remembers, where it is felt,
what it costs. The draw has a purpose of its own, so that who wins moves no other luck.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loyaltysim.plugin import Field, Hook, Mechanism, Role, rule, term


@dataclass(frozen=True)
class Lottery:
    """How often a ticket wins, and what."""

    chance: float = term(0.01, "chance per purchase", 0.0, 1.0)
    prize: float = term(20.0, "money", 0.0, 1e6, doc="paid at the till")
    perceived: float = term(1.0, "share of the expected prize", 0.0, 10.0, doc="above 1: hope counts more than odds")

    @property
    def worth(self) -> float:
        """What a ticket is worth to a customer, cents."""
        return 100.0 * self.chance * self.prize * self.perceived


@rule
def lottery_pull(terms: Any, visit: Any) -> float:
    """A ticket per unit of spending: what moves the choice."""
    return terms.worth / visit.paid_cents


@rule
def ticket_drawn(here: Any, terms: Any, visit: Any, draw_lottery: float) -> None:
    """At a visit: the ticket wins with its chance; a win is a reward given, for whoever feels rewards."""
    if terms.present == 0:
        return
    here.tickets += 1
    if draw_lottery < terms.chance:
        visit.prizes += 1
        visit.jackpots += 1
        visit.reward_given += 1


def book(totals: Mapping[str, int], terms: Lottery) -> dict[str, int]:
    """Prizes at their face value, cents since the start."""
    return {"reward_cost": totals["prizes"] * round(terms.prize * 100)}


MECHANISM = Mechanism(
    name="lottery",
    level="program",
    source="an example; size assumed, form of the pull as in the package's stamps",
    terms=Lottery,
    neutral={"chance": 0.0},
    fields={"tickets": Field(per_firm=True, dtype="int32", unit="tickets so far")},
    hooks=(Hook("utility", lottery_pull), Hook("visit", ticket_drawn)),
    counts={"prizes": "prizes"},
    roles={"jackpots": Role("prizes won at this visit")},
    draws=("lottery",),
    book=book,
    reward_visit=lambda terms: terms.worth / 100.0,
    generosity="prize",
)
