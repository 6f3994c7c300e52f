"""Rewards that are raised against each other: what each firm gives back, week by week, and where that stops."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from loyaltysim.firms.policies.imitate import given
from loyaltysim.market.book import Book

QUIET = 26  # weeks at the end without a change: the path has stopped
SMALL = 1e-4  # share of spending: a smaller change is none


class Stop(NamedTuple):
    """Where a path ends: share of spending given back in the last week, the week of the last change, the number of
    rises and of falls; `stopped` where nothing moved in the last weeks.
    """

    rate: float
    week: int
    rises: int
    falls: int
    stopped: bool


def reward_path(book: Book) -> pd.DataFrame:
    """Share of spending that each firm's points, cashback and the like give back, as customers value it.

    -> a row a week, a column a firm. Rewards per visit have no rate that an offer shows: 0.
    """
    rows = [{name: given(offer.program) for name, offer in week.items()} for week in book.offers]
    return pd.DataFrame(rows, columns=list(book.firms)).rename_axis("week")


def stop(rates: np.ndarray, quiet: int = QUIET, small: float = SMALL) -> Stop:
    """Where one firm's path ends. rates : (weeks,) at least one

    A change is one of more than `small` since the last that counted, so that steps that fade away come to rest.
    """
    path = np.asarray(rates, float)
    at, last, rises, falls = float(path[0]), 0, 0, 0
    for week, rate in enumerate(path):
        if abs(rate - at) > small:
            rises, falls = rises + int(rate > at), falls + int(rate < at)
            at, last = float(rate), week
    return Stop(float(path[-1]), last, rises, falls, len(path) - last > quiet)
