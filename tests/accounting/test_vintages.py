"""Points by vintage: the pool first in, first out, and vintages that a program dates itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from loyaltysim.accounting import dated, of_firm, pooled

POOL = pd.DataFrame(
    {"week": range(4), "points_issued": [100, 50, 0, 0], "points_redeemed": [0, 60, 0, 50],
     "points_expired": [0, 0, 30, 0]}
)  # fmt: skip


def thousandths(table: pd.DataFrame) -> pd.DataFrame:
    """Counters as the weekly table has them."""
    return table.assign(**{name: 1000 * table[name] for name in table if name.startswith("points")})


def test_a_pool_first_in_first_out():
    """100 points of week 0 and 50 of week 1. Week 1 redeems 60 of the first; in week 2 lapse 30 of it, in week 3 its
    last 10 and 40 of the second are redeemed; 10 are left."""
    v = pooled(thousandths(POOL))
    assert v.redeemed.tolist() == [[0, 60, 0, 10], [0, 0, 0, 40], [0] * 4, [0] * 4]
    assert v.gone.tolist() == [[0, 0, 30, 0], [0] * 4, [0] * 4, [0] * 4]
    assert v.held.tolist() == [[100, 40, 10, 0], [0, 50, 50, 10], [0] * 4, [0] * 4]


def test_what_lapses_in_a_week_leaves_before_what_is_redeemed_in_it():
    """Both in week 1: the 30 that lapse are the oldest, 20 are redeemed behind them."""
    table = POOL.assign(points_redeemed=[0, 20, 0, 0], points_expired=[0, 30, 0, 0])
    v = pooled(thousandths(table))
    assert v.gone[0, 1] == 30 and v.redeemed[0, 1] == 20 and v.held[0, -1] == 50


def test_points_taken_back_or_given_away_leave_the_pool_too():
    table = thousandths(POOL.assign(points_reversed=[0, 5, 0, 0], points_given=[0, 0, 0, 3]))
    v = pooled(table)
    assert v.gone.sum() == 38 and v.held[:, -1].sum() == 2


def test_a_table_without_points_is_refused():
    with pytest.raises(KeyError, match="no points_redeemed in this table"):
        pooled(POOL[["week", "points_issued"]])


def test_what_is_owed_below_zero_leaves_what_is_issued_next():
    """100 points are redeemed and 20 taken back after a return: 20 too many, which the next 50 make up for."""
    table = POOL.assign(points_redeemed=[100, 0, 0, 0], points_expired=0, points_reversed=[20, 0, 0, 0])
    v = pooled(thousandths(table))
    assert v.held.tolist() == [[0] * 4, [0, 30, 30, 30], [0] * 4, [0] * 4]


def test_vintages_of_a_program_that_dates_its_points():
    """Two vintages of two weeks: 100 points, of which 40 are redeemed and the rest lapses in week 3; 20 points."""
    rows = [(0, 0, 60, 0, 60), (1, 0, 40, 40, 60), (2, 0, 0, 0, 60), (2, 2, 20, 0, 20), (3, 2, 0, 5, 15)]
    table = pd.DataFrame(rows, columns=["week", "vintage", "issued", "redeemed", "held"])
    v = dated(table.assign(**{name: 1000 * table[name] for name in ("issued", "redeemed", "held")}), 4)
    assert v.start.tolist() == [0, 2]
    assert v.issued.tolist() == [[60, 40, 0, 0], [0, 0, 20, 0]]
    assert v.gone.tolist() == [[0, 0, 0, 60], [0, 0, 0, 0]]
    assert v.held.tolist() == [[60, 60, 60, 0], [0, 0, 20, 15]]
    assert np.array_equal(v.by_age(v.held), [[60, 60, 60, 0], [20, 15, np.nan, np.nan]], equal_nan=True)


def test_what_was_seen_by_a_week_has_nothing_of_what_came_later():
    v = pooled(thousandths(POOL)).until(2)
    assert v.start.tolist() == [0, 1] and v.held.tolist() == [[100, 40], [0, 50]]


def test_one_firm_of_one_run():
    table = pd.DataFrame({"arm": ["with", "without"] * 2, "week": [0, 0, 1, 1], "firm": "a"})
    assert of_firm(table, "a", "with").week.tolist() == [0, 1]
    with pytest.raises(ValueError, match="several runs in one table: name the arm and the seed of firm 'a'"):
        of_firm(table, "a")
