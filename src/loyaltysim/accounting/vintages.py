"""Points by vintage: when they were issued, and what became of them at which age.

A vintage is what was issued in one period (a week, a quarter). Where a program dates its points, their vintages are
known; otherwise all points of a firm are one pool, first in, first out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from loyaltysim.theory.special import Array

POINT = 1000.0  # thousandths
DECIMALS = 6  # of points that are told apart: a vintage that has gone is empty, and owes nothing
GONE = ("points_expired", "points_reversed", "points_given")  # counters of points that leave without a reward
COUNTS = ("week", "points_issued", "points_redeemed")  # what a weekly table must count


@dataclass(frozen=True)
class Vintages:
    """Points of one firm in one run, by vintage and week. Points, not thousandths.

    start    : (vintages,) the first week of each, ascending
    issued, redeemed, gone : (vintages, weeks) in the week, from week 0 on; gone is what left without a reward: lapsed,
               taken back or given away
    """

    start: np.ndarray
    issued: Array
    redeemed: Array
    gone: Array

    @property
    def weeks(self) -> int:
        """How many weeks are told."""
        return int(self.issued.shape[1])

    @property
    def held(self) -> Array:
        """Points outstanding at the end of each week, (vintages, weeks); 0 where only rounding errors are left."""
        return np.round(np.cumsum(self.issued - self.redeemed - self.gone, axis=1), DECIMALS) + 0.0

    def until(self, weeks: int) -> Vintages:
        """What was seen in the first so many weeks: vintages that had begun, and nothing of what came later."""
        begun = self.start < weeks
        cut = (table[begun, :weeks] for table in (self.issued, self.redeemed, self.gone))
        return Vintages(self.start[begun], *cut)

    def by_age(self, table: Array) -> Array:
        """A (vintages, weeks) table by weeks since the vintage began, (vintages, weeks); nan where not yet seen."""
        age = np.arange(self.weeks)
        at = age + self.start[:, None]
        return np.where(at < self.weeks, np.take_along_axis(table, np.minimum(at, self.weeks - 1), axis=1), np.nan)


def pooled(weekly: pd.DataFrame) -> Vintages:
    """Weekly vintages of a firm that does not date its points: one pool, first in, first out.

    weekly : rows of one firm in one run, a week each from 0 on, with `points_issued` and `points_redeemed`, and where
             they exist `points_expired`, `points_reversed`, `points_given`, all in thousandths of a point
    What leaves without a reward leaves at the start of the week, before what is redeemed. A pool knows who is oldest,
    not who has forgotten: what never moves again is told as held by the youngest vintages.
    What is owed below zero, after returns, leaves the points that are issued next. Raises KeyError for a table without
    these counters.
    """
    if missing := [name for name in COUNTS if name not in weekly]:
        raise KeyError(f"no {', '.join(missing)} in this table: it counts no points")
    rows = weekly.sort_values("week")
    issued, redeemed = (rows[name].to_numpy(float) / POINT for name in COUNTS[1:])
    gone = sum((rows[name].to_numpy(float) / POINT for name in GONE if name in rows), np.zeros(len(rows)))
    entered = np.cumsum(issued)
    left = np.cumsum(np.column_stack([gone, redeemed]).ravel())  # where in the queue each exit ends
    left = np.minimum(left, np.repeat(entered, 2))
    low, high = entered - issued, entered
    begin = np.concatenate([[0.0], left[:-1]])
    taken = np.clip(np.minimum(high[:, None], left) - np.maximum(low[:, None], begin), 0.0, None)
    return Vintages(np.arange(len(rows)), np.diag(issued), taken[:, 1::2], taken[:, ::2])


def dated(table: pd.DataFrame, weeks: int) -> Vintages:
    """The vintages of a firm that dates its points.

    table : rows of one firm in one run, one per `week` and `vintage` (the first week of its period), with `issued` and
            `redeemed` in the week and `held` at its end, all in thousandths of a point (`vintages.parquet`)
    weeks : how many the run has
    What is missing from held and was not redeemed has lapsed, was taken back or given away.
    """
    start, vintage = np.unique(table.vintage.to_numpy(np.int64), return_inverse=True)
    wide = {}
    for name in ("issued", "redeemed", "held"):
        wide[name] = np.zeros((len(start), weeks))
        np.add.at(wide[name], (vintage, table.week.to_numpy()), table[name].to_numpy(float) / POINT)
    gone = wide["issued"] - wide["redeemed"] - np.diff(wide["held"], axis=1, prepend=0.0)
    return Vintages(start, wide["issued"], wide["redeemed"], np.where(abs(gone) < 0.5 / POINT, 0.0, gone))


def dated_by_all(weekly: pd.DataFrame, table: pd.DataFrame | None) -> Vintages | None:
    """A firm's own vintages, where all that it issued was dated; else None. Arguments of `pooled` and of `dated`."""
    if table is None or table.issued.sum() != weekly.points_issued.sum():
        return None
    return dated(table, len(weekly))


def of_firm(table: pd.DataFrame, firm: str, arm: str | None = None, seed: int | None = None) -> pd.DataFrame:
    """The rows of one firm in one run. Raises ValueError where that is not one row a week, or a week and vintage."""
    asked: Sequence[tuple[str, object]] = (("firm", firm), ("arm", arm), ("seed", seed))
    for name, value in asked:
        if value is not None and name in table:
            table = table[table[name] == value]
    keys = ["week", "vintage"] if "vintage" in table else ["week"]
    if table.duplicated(keys).any():
        raise ValueError(f"several runs in one table: name the arm and the seed of firm {firm!r}")
    return table
