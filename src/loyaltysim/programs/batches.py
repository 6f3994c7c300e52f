"""Points in dated batches: those earned first are used first, and a batch lapses on its date.

A batch holds the points of `terms.points.period` weeks and rests in the place of its number, modulo the places that a
run keeps: as many as the longest of its programs needs. It lapses when its youngest points do, so that none lapses
earlier than promised. Whoever moves points only changes the balance; the batches follow at the end of the visit and of
the phase `week`: what came in (the role points_in) is in the present batch, what left is taken from the oldest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from loyaltysim.mechanism.declare import Field, Hook, Mechanism, World
from loyaltysim.mechanism.rules import rule
from loyaltysim.programs.points import Points, programs
from loyaltysim.scenario.model import Scenario

USUAL = 1000  # mean purchases that a batch in 32 bits holds, at least


@dataclass(frozen=True)
class Batches:
    """No keys: when points lapse is said by program.points."""


class Limit(NamedTuple):
    """What one batch can hold, in thousandths of a point: what is beyond it waits for the next one."""

    largest: int


def wanted(scenario: Scenario) -> bool:
    """Do points of some firm lapse by date?"""
    return any(terms.dated for terms in programs(scenario))


def places(scenario: Scenario) -> int:
    """How many batches the longest of the programs needs."""
    return max((terms.slots for terms in programs(scenario)), default=0)


def kind(scenario: Scenario) -> str:
    """32 bits, unless a thousand mean purchases and what a card begins with do not fit."""
    mean = scenario.market.basket.mean * 100.0
    most = max((t.issued_per_cent * mean * USUAL + t.endowed + t.head_start for t in programs(scenario)), default=0.0)
    return "int32" if most < np.iinfo(np.int32).max else "int64"


def limit(terms: Batches | None, scenario: Scenario) -> Limit:
    """The largest number of the kind in which batches rest."""
    return Limit(int(np.iinfo(kind(scenario)).max) if scenario else 0)


def terms_before(market: World, firm: str) -> Points | None:
    """The points program that a firm showed in the week before."""
    if market.week == 0:
        return None
    found: Points | None = market.shown[market.week - 1][firm].program.get("points")
    return found


def dates(market: World, terms: Batches) -> Mapping[str, np.ndarray]:
    """Whether a batch of a firm may lapse at the start of this week: its date has come, or the terms are new."""
    due = np.zeros(len(market.firms))
    for j, (name, firm) in enumerate(market.firms.items()):
        now, before = firm.running_program.get("points"), terms_before(market, name)
        if now is not None and now.dated:
            new = before is None or (before.period, before.life) != (now.period, now.life)
            due[j] = new or (market.week + 1 - now.life) % now.period == 0
    return {"date_come": due}


def follow_terms(market: World, terms: Batches) -> None:
    """Where a firm's batches cover other weeks than the week before: points go to the batch of their youngest week.

    What was held when dates came into the terms counts as earned in that week. Raises ValueError for terms that need
    more batches than this run keeps.
    """
    held = market.population.columns["batches"]
    for j, (name, firm) in enumerate(market.firms.items()):
        now, before = firm.running_program.get("points"), terms_before(market, name)
        if now is None or not now.dated:
            continue
        if now.slots > held.shape[2]:
            raise ValueError(
                f"week {market.week}: the points of firm {name!r} need {now.slots} batches, this run keeps "
                f"{held.shape[2]}: let some firm configure points with an expiry as long, or a batch as short"
            )
        if before is None or not before.dated:
            balance = np.maximum(0, market.population["balance"][:, j])
            held[:, j] = 0
            held[:, j, market.week // now.period % held.shape[2]] = np.minimum(balance, np.iinfo(held.dtype).max)
        elif before.period != now.period:
            held[:, j] = moved(held[:, j], before.period, now.period, market.week)


def moved(held: np.ndarray, old: int, new: int, week: int) -> np.ndarray:
    """Batches of `old` weeks laid into batches of `new` weeks, each where its youngest points belong or later.

    held : (n, places). -> the same shape
    """
    many = held.shape[1]
    out = np.zeros(held.shape, np.int64)
    for number in range(week // old - many + 1, week // old + 1):
        youngest = min((number + 1) * old - 1, week)
        to = max(youngest // new, week // new - many + 1)
        out[:, to % many] += held[:, number % many]
    return np.minimum(out, np.iinfo(held.dtype).max).astype(held.dtype)


def present(market: World, place: int) -> int:
    """The number of the batch of a firm in the week before."""
    before = terms_before(market, list(market.firms)[place])
    return (market.week - 1) // before.period if before is not None and before.dated else 0


@rule
def by_date(terms: Any) -> bool:
    """Do points of this firm lapse by date?"""
    return terms.points.period != 0


@rule
def settle(here: Any, terms: Any, visit: Any) -> None:
    """Bring the batches in line with the balance: what came is in the present batch, what went came from the oldest."""
    many, now = len(here.batches), visit.week // terms.points.period
    held, balance = 0, max(0, here.balance)
    for k in range(many):
        held += here.batches[k]
    came = max(visit.points_in, balance - held)
    came = min(came, terms.largest - here.batches[now % many])
    here.batches[now % many] = here.batches[now % many] + came
    gone = held + came - balance
    for k in range(many):
        if gone <= 0:
            return
        at = (now + 1 + k) % many
        taken = min(gone, here.batches[at])
        here.batches[at] = here.batches[at] - taken
        gone = gone - taken


@rule
def came_between_visits(terms: Any, visit: Any) -> bool:
    """Did points of this firm come in since the week began, which belong to this week, or may some have gone?"""
    return terms.points.period != 0 and (visit.points_in != 0 or terms.redeemers.at_home != 0.0)


@rule
def date_has_come(here: Any, terms: Any) -> bool:
    """May some batch of this customer lapse at the start of this week?"""
    return terms.date_come != 0.0 and here.balance > 0


@rule
def lapses(number: Any, period: int, life: int) -> Any:
    """The week at whose start a batch lapses: when its youngest points do."""
    return (number + 1) * period - 1 + life


@rule
def lapse(here: Any, terms: Any, visit: Any) -> None:
    """At the start of a week: what is left of every batch whose date has come."""
    settle(here, terms, visit)
    many, period = len(here.batches), terms.points.period
    now = visit.week // period
    for k in range(many):
        number = now - many + 1 + k
        if lapses(number, period, terms.points.life) <= visit.week:
            visit.points_expired += here.batches[number % many]
            here.balance = here.balance - here.batches[number % many]
            here.batches[number % many] = 0
    here.card_start = min(here.card_start, here.balance)


@rule
def due_soon(here: Any, terms: Any, visit: Any) -> int:
    """Thousandths of a point that lapse within `notice` weeks; 0 where no dates decide."""
    due, many, period = 0, len(here.batches), terms.points.period
    if period == 0 or many == 0:
        return 0
    now = visit.week // period
    for k in range(many):
        number = now - many + 1 + k
        if lapses(number, period, terms.points.life) <= visit.week + terms.points.notice:
            due += here.batches[number % many]
    return min(due, max(0, here.balance))


MECHANISM = Mechanism(
    name="batches",
    level="behaviour",
    source="first in, first out, by date of earning: usual terms of points programs; nothing of it is estimated",
    terms=Batches,
    needs=("points",),
    derive=limit,
    wanted=wanted,
    fields={
        "batches": Field(
            per_firm=True, dtype=kind, start=0, unit="thousandths of a point", width=places, of="balance", now=present
        ),
    },
    hooks=(
        Hook("week", lapse, when=date_has_come, order=21),
        Hook("week", settle, when=came_between_visits, order=95),
        Hook("visit", settle, when=by_date, order=95),
    ),
    each_week=follow_terms,
    around=dates,
    around_columns={"date_come": 0.0},
    order=21,
)
