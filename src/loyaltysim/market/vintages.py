"""Points by the weeks in which they were earned: what each vintage of a firm issued, lost and still holds, by week.

Only where points lapse by date, from the batches of all customers together. What lapses goes at the start of a week,
so that it is read off the batches of that moment. What else left the vintages within the week is shared over them as it
left: points given up otherwise, then those redeemed, and the rest is other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from loyaltysim.programs.batches import lapses, moved, terms_before
from loyaltysim.programs.points import ELSEWHERE, Points

COLUMNS = ("week", "firm", "vintage", "issued", "redeemed", "expired", "other", "held")
UNITS = {
    "vintage": "first week in which its points were earned", "issued": "thousandths of a point in the week",
    "redeemed": "thousandths of a point in the week", "expired": "thousandths of a point in the week",
    "other": "thousandths of a point in the week: taken back, given away, moved between customers",
    "held": "thousandths of a point at the end of the week",
}  # fmt: skip


class Vintages:
    """The vintages of a market, week by week.

    rows : (k, 8) arrays of whole numbers, a row for each week, firm (position) and vintage in which something happened
           or is held;  held : (n_firms, places) what customers hold at the end of the last week, by place of the batch
    """

    def __init__(self, market: Any, rows: np.ndarray | None = None) -> None:
        self.rows = [] if rows is None else [rows]
        self.held = held_by_batch(market)
        self.begun, self.expired = self.held, np.zeros_like(self.held)

    def begin(self, market: Any, counts: np.ndarray) -> None:
        """Before customers shop: what was forfeited since last week, and what lapses as this week begins.

        counts : (n_firms, n_counts) of components that closed
        """
        due = market.surroundings[-1]["date_come"]
        self.begun, self.expired = self.held, np.zeros_like(self.held)
        if not due.any() and not counts.any():
            return
        before, self.begun = self.held, held_by_batch(market)
        for j, (name, firm) in enumerate(market.firms.items()):
            now, old = dated(firm.running_program.get("points")), dated(terms_before(market, name))
            if now and old and old.period != now.period:
                before[j] = moved(before[j][None], old.period, now.period, market.week)[0]
            if old:
                self.expired[j] = before[j] - self.begun[j]
            if now and due[j]:
                over = numbers(now, market.week, len(before[j]))
                over = over[lapses(over, now.period, now.life) <= market.week]
                self.expired[j, over % len(before[j])] += self.begun[j, over % len(before[j])]
        self.begun = before

    def end(self, market: Any, counts: Mapping[str, np.ndarray]) -> None:
        """After the books closed: what each vintage issued, lost and holds. counts : by name, (n_firms,)"""
        self.held = held_by_batch(market)
        for j, (name, firm) in enumerate(market.firms.items()):
            now = dated(firm.running_program.get("points") or terms_before(market, name))
            if now is None:
                continue
            many = self.held.shape[1]
            owed = sum(firm.totals.get(way, 0) * sign for way, sign in WAYS.items())
            if owed != self.held[j].sum():
                self.held[j] = settled(market, j, market.week // now.period)
            which = numbers(now, market.week, many)
            at = which % many
            issued = np.zeros(many, np.int64)
            issued[-1] = counts["points_issued"][j]
            expired = self.expired[j, at]
            out = self.begun[j, at] - expired + issued - self.held[j, at]
            given_up = shared(int(counts["points_expired"][j] - expired.sum()), out)
            redeemed = shared(int(counts["points_redeemed"][j]), out - given_up)
            rows = np.column_stack([issued, redeemed, expired + given_up, out - given_up - redeemed, self.held[j, at]])
            keep = rows.any(axis=1) & (which >= 0)
            first = which[keep] * now.period
            front = np.broadcast_to([market.week, j], (len(first), 2))
            self.rows.append(np.column_stack([front, first, rows[keep]]).astype(np.int64))

    def array(self) -> np.ndarray:
        """All rows, one below the other."""
        return np.concatenate(self.rows) if self.rows else np.zeros((0, len(COLUMNS)), np.int64)

    def table(self, firms: Sequence[str]) -> pd.DataFrame:
        """A row a week, firm (id) and vintage."""
        table = pd.DataFrame(self.array(), columns=list(COLUMNS))
        return table.assign(firm=np.array(firms, object)[table.firm])


WAYS = {"points_issued": 1, "points_redeemed": -1, "points_expired": -1, **dict.fromkeys(ELSEWHERE, -1)}


def dated(terms: Points | None) -> Points | None:
    """The terms of points that lapse by date; None for any others."""
    return terms if terms is not None and terms.dated else None


def numbers(terms: Points, week: int, many: int) -> np.ndarray:
    """The numbers of the batches that a ring of so many places holds in a week, the oldest first."""
    return week // terms.period + np.arange(1 - many, 1)


def held_by_batch(market: Any) -> np.ndarray:
    """What all customers together hold, by firm and place of the batch. -> (n_firms, places)"""
    held = market.population["batches"]
    found: np.ndarray = np.einsum("ijk->jk", held, dtype=np.int64, casting="unsafe")  # twice as fast as a sum
    return found


def settled(market: Any, place: int, now: int) -> np.ndarray:
    """The same at one firm where balances moved after the batches did: as `batches.settle` will lay them. -> (places,)

    now : the number of the present batch
    """
    held = market.population["batches"][:, place].astype(np.int64)
    order = (now + 1 + np.arange(held.shape[1])) % held.shape[1]
    aged, balance = held[:, order], np.maximum(0, market.population["balance"][:, place])
    gone = aged.sum(axis=1) - balance
    aged[:, -1] += np.maximum(0, -gone)
    before = np.cumsum(aged, axis=1) - aged
    aged -= np.clip(np.maximum(0, gone)[:, None] - before, 0, aged)
    out = np.zeros(held.shape[1], np.int64)
    out[order] = aged.sum(axis=0)
    return out


def shared(total: int, out: np.ndarray) -> np.ndarray:
    """A total over vintages as what left each of them, in whole numbers; the rest to the oldest that can take it."""
    most: np.ndarray = np.maximum(0, out)
    left = int(most.sum())
    if total >= left:
        return most
    found = np.array([total * int(x) // left for x in most], np.int64)
    for k in range(len(found)):
        found[k] += min(total - int(found.sum()), int(most[k] - found[k]))
    return found
