"""Both views of points at the horizon, worked out by hand."""

from __future__ import annotations

import dataclasses

import pytest

from loyaltysim.measures import liability
from loyaltysim.measures.program_effects import Window
from tests.measures.small_books import BOTH, LAUNCH, SPENT, WITH, book, scenario
from tests.measures.test_by_hand import says

POINTS = {("points_issued", 14): 100_000, ("points_redeemed", 20): 40_000, ("member_revenue", 14): 2_000}


def counted():
    """The book of the small market in which its one member earns 100 points in week 14 and redeems 40 in week 20."""
    found = book([*BOTH, *WITH], SPENT)
    weekly = found.weekly.assign(points_issued=0, points_redeemed=0)
    for (name, week), value in POINTS.items():
        weekly.loc[(weekly.week == week) & (weekly.firm == "a"), name] = value
    return dataclasses.replace(found, weekly=weekly)


@pytest.mark.by_hand(
    "owed_statutory", "owed_expected", "profit_expected_view", "breakage_estimate", "breakage_low", "breakage_high"
)  # fmt: skip
def test_two_views():
    """A card of 100 points is a reward of 6 that costs 4.80; 100 points came with sales of 20: 20 x 6 / 26 = 4.615 are
    deferred, as nobody knows better. 40 were redeemed: 2.769 are left. The 60 others cost 60 x .048 = 2.88. Five
    customers, one year, so the ledger's profit of 1 is 1 + (2.88 - 2.769) / 5. At ages beyond those seen the 60 may be
    redeemed or not: all are expected, and at most 60 % will not.
    """
    says(
        liability.two_views(counted(), Window.of(scenario(), LAUNCH), 1.0),
        owed_statutory=2.88 / 5, owed_expected=120 / 26 * 0.6 / 5,
        profit_expected_view=1.0 + (2.88 - 120 / 26 * 0.6) / 5,
        breakage_estimate=0.0, breakage_low=0.0, breakage_high=0.6,
    )  # fmt: skip


def test_a_firm_without_points_has_one_view():
    """No counters, no points issued, no program: nothing is said."""
    window = Window.of(scenario(), LAUNCH)
    assert liability.two_views(book([*BOTH, *WITH], SPENT), window, 1.0) == {}
    idle = counted()
    assert liability.two_views(dataclasses.replace(idle, weekly=idle.weekly.assign(points_issued=0)), window, 1.0) == {}
    other = dataclasses.replace(window, firm="b")
    assert liability.two_views(counted(), other, 1.0) == {}
