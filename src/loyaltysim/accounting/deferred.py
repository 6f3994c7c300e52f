"""The same journal in the expected view of IFRS 15 and ASC 606: what was paid for points is owed until they are used.

Sales, returns and costs are booked as in the statutory view (`journal`); instead of its entries about points:

    debit               credit              cents
    deferral            contract_liability  the part of the week's sales that was paid for points
    contract_liability  points_revenue      the part that became revenue as points were redeemed
    contract_liability  catch_up            what a new estimate of how many will be redeemed adds to that, or takes

The amounts are those of `books.Books`, added up since the start and rounded to cents there. Every currency is taken by
itself, points, stamps and credit alike.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from loyaltysim.accounting.books import Books, Terms
from loyaltysim.accounting.journal import MONDAY, WAYS, WORTH, Entry, points, trade, written
from loyaltysim.accounting.vintages import POINT, dated_by_all, pooled
from loyaltysim.mechanism.registry import registry

QUARTER = 13
DUST = 1e-6  # points and cents that floating point leaves of nothing
MOVED = ("deferred", "recognised", "caught_up")
Members = Callable[[str, str], bool]


def for_members(firm: str, component: str) -> bool:
    """Whatever is collected is for members."""
    return True


class Currency(NamedTuple):
    """What one firm owes in one currency. weeks : that its books tell"""

    firm: str
    component: str
    weeks: np.ndarray
    books: Books


def currencies(
    weekly: pd.DataFrame, rolled: pd.DataFrame, vintages: pd.DataFrame | None, members: Members = for_members
) -> Iterator[Currency]:
    """The books of every currency of every firm.

    weekly : rows of one arm and seed;  rolled : `journal.points` of them;  vintages : of the same, where points lapse
    by date; elsewhere what a firm issued is one pool, first in, first out. A point is a thousand of what is counted.
    members : of a firm and a component, is it for members alone?
    """
    for (firm, component), rows in rolled.groupby(["firm", "component"], sort=False):
        sales = weekly[weekly.firm == firm].sort_values("week")
        every = rows.set_index("week").reindex(sales.week)
        worth = every[WORTH].bfill()
        each = POINT / worth.reward_units
        lapse = None if (rows.lapse_weeks < 0).any() else int(rows.lapse_weeks.max())
        terms = Terms(float((worth.cost_cents * each).iloc[-1]), (worth.price_cents * each).to_numpy(), lapse)
        counts = pd.DataFrame({f"points_{name}": every[name].fillna(0) for name in ("issued", *WAYS)}).reset_index()
        own = None if vintages is None or component != "points" else vintages[vintages.firm == firm]
        known = dated_by_all(counts, own)
        table = pooled(counts) if known is None else known
        books = Books.of(sales, terms, table, members(str(firm), str(component)))
        yield Currency(str(firm), str(component), sales.week.to_numpy(), books)


def moved(weekly: pd.DataFrame, held: list[Currency]) -> pd.DataFrame:
    """Cents deferred, recognised and caught up, by row of `weekly`; sums since the start are whole cents."""
    found = pd.DataFrame(0, index=pd.MultiIndex.from_frame(weekly[["firm", "week"]]), columns=list(MOVED))
    for one in held:
        sums = one.books.weekly[list(MOVED)].assign(recognised=lambda table: table.recognised - table.caught_up)
        since_start = np.rint(sums.cumsum().to_numpy()).astype(np.int64)
        cents = np.diff(since_start, axis=0, prepend=0)
        at = pd.MultiIndex.from_product([[one.firm], one.weeks])
        found.loc[at] += cents
    return found.set_axis(weekly.index)


def journal(
    weekly: pd.DataFrame,
    promised: pd.DataFrame,
    start: datetime.date = MONDAY,
    vintages: pd.DataFrame | None = None,
    members: Members = for_members,
) -> pd.DataFrame:
    """Every entry of one arm and seed in the expected view, as `journal.journal`; the last two as in `currencies`."""
    weekly = weekly.reset_index(drop=True)
    cents = moved(weekly, list(currencies(weekly, points(weekly, promised), vintages, members)))
    earned = weekly.profit + weekly.liability_change - cents.deferred + cents.recognised + cents.caught_up
    entries: list[Entry] = [
        *trade(weekly),
        ("deferral", "contract_liability", cents.deferred),
        ("contract_liability", "points_revenue", cents.recognised),
        ("contract_liability", "catch_up", cents.caught_up),
        ("closing", "profit", earned),
    ]
    return written(entries, weekly, start)


def shares(held: list[Currency], rolled: pd.DataFrame) -> pd.DataFrame:
    """The roll-forward with what an accountant needs for the expected view.

    More columns: sales (cents of the week among which some was paid for points), expected_of_new (share of the points
    issued this week that was expected to be redeemed), deferred (cents since the start, not rounded), expected (share
    of all issued so far that is thought to be redeemed in the end).
    """
    tables = [SHARES.copy()]
    for one in held:
        found, v = one.books.weekly, one.books.vintages
        thought = one.books.chances[np.arange(v.weeks), one.books.ages]
        issued = np.maximum(v.issued, 0.0)
        of_new = np.divide((issued * thought).sum(axis=0), issued.sum(axis=0), out=np.ones(v.weeks),
                           where=issued.sum(axis=0) > 0.0)  # fmt: skip
        columns = {"week": one.weeks, "firm": one.firm, "component": one.component, "sales": one.books.sales}
        columns |= {"expected_of_new": of_new, "deferred": found.deferred.cumsum(), "expected": found.expected}
        tables.append(pd.DataFrame(columns))
    return rolled.merge(pd.concat(tables, ignore_index=True), "left", ["week", "firm", "component"])


def by_vintage(held: list[Currency], every: int = QUARTER) -> pd.DataFrame:
    """What each vintage owes at the end of every quarter and at the last week, where it still holds or owes something.

    Columns: week, firm, component, vintage (its first week); issued, redeemed, gone (so far), held, expected (of the
    issued, to be redeemed in the end, those redeemed included), as people count them: points, stamps, money of credit;
    deferred, recognised, owed (cents: deferred x redeemed / expected = recognised, deferred - recognised = owed).
    """
    tables = [VINTAGES.copy()]
    for one in held:
        v, (now, _) = one.books.vintages, one.books.thought
        each = POINT / registry()[one.component].stocks[0].per
        sums = {name: np.cumsum(getattr(v, name), axis=1) for name in ("issued", "redeemed", "gone")}
        money = np.cumsum(one.books.deferred, axis=1)
        for at in sorted({*range(every - 1, v.weeks, every), v.weeks - 1}):
            columns = {**{name: table[:, at] for name, table in sums.items()}, "held": np.maximum(v.held[:, at], 0.0)}
            table = (pd.DataFrame(columns).assign(expected=now[:, at]) * each).assign(deferred=money[:, at])
            part = np.divide(table.redeemed, table.expected, out=np.ones(len(table)), where=table.expected > 0.0)
            table["recognised"] = table.deferred * np.minimum(part, 1.0)
            table["owed"] = table.deferred - table.recognised
            names = {"week": one.weeks[at], "firm": one.firm, "component": one.component, "vintage": v.start}
            tables.append(pd.DataFrame(names, index=table.index).join(table)[(table.held > DUST) | (table.owed > DUST)])
    return pd.concat(tables, ignore_index=True)


SHARES = pd.DataFrame(
    {name: np.zeros(0, kind) for name, kind in {
        "week": np.int64, "firm": object, "component": object, "sales": float, "expected_of_new": float,
        "deferred": float, "expected": float,
    }.items()}
)  # fmt: skip
VINTAGES = pd.DataFrame(
    {name: np.zeros(0, kind) for name, kind in {
        "week": np.int64, "firm": object, "component": object, "vintage": np.int64, "issued": float, "redeemed": float,
        "gone": float, "held": float, "expected": float, "deferred": float, "recognised": float, "owed": float,
    }.items()}
)  # fmt: skip
