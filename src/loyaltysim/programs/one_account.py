"""One account a person: who asks for another one is found out with a chance; every new account is checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loyaltysim.mechanism.declare import Hook, Mechanism, Role
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class OneAccount(Dated):
    """The check of identity when an account is opened; nobody who is new is refused by mistake."""

    catches: float = term(0.8, "share of second accounts", 0.0, 1.0, doc="that are found out and refused")
    unit_cost: float = term(0.1, "money per account opened or refused", 0.0, 1e5)


@rule
def found_out_twice(terms: Any, visit: Any, draw_account_check: float) -> None:
    """Whoever asks for another account is refused, or not."""
    if visit.account_asked > 0 and draw_account_check < terms.catches:
        visit.account_refused += 1
        visit.accounts_refused += 1


def book(totals: Mapping[str, int], terms: OneAccount) -> dict[str, int]:
    """Checks of all new accounts: of new members, of second ones, and of those refused."""
    checked = totals["accounts_refused"] + totals.get("joins", 0) + totals.get("second_accounts", 0)
    return {"fixed_cost": checked * round(terms.unit_cost * 100)}


MECHANISM = Mechanism(
    name="one_account",
    level="program",
    source="terms of most programs allow one account a person; how many others are found out is assumed",
    terms=OneAccount,
    neutral={"catches": 0.0, "unit_cost": 0.0},
    needs=("membership",),
    hooks=(Hook("visit", found_out_twice, order=41),),
    roles={"account_refused": Role("further accounts refused")},
    counts={"accounts_refused": "accounts"},
    book=book,
    order=41,
)
