"""What is left of a program that has ended, and how fast people enrolled: by hand, and in a run."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from loyaltysim.measures import after_the_end
from loyaltysim.measures.program_effects import Window, half_time
from loyaltysim.measures.twins import Worlds
from loyaltysim.present.run import ended, joined_by
from loyaltysim.present.summary import Summary
from loyaltysim.studies.single import run

WEEKS, END = 70, 30


def book(own: dict[int, tuple[int, int]], program: bool = True):
    """Two firms over 70 weeks; own : week from which on -> visits and profit of firm a. b has 30 visits a week."""
    rows, now = [], (0, 0)
    for week in range(WEEKS):
        now = own.get(week, now)
        rows += [(week, "a", *now), (week, "b", 30, 0)]
    offers = [{"a": SimpleNamespace(program={"x": 1} if program and 10 <= week < END else {})} for week in range(WEEKS)]
    return SimpleNamespace(weekly=pd.DataFrame(rows, columns=["week", "firm", "visits", "profit"]), offers=offers)


def left(new, old=((0, (10, 100)),), weeks=WEEKS):
    """Every number of the family."""
    worlds = Worlds(book(dict(old), program=False), book(new), None, 10)
    return after_the_end.left(SimpleNamespace(focal_id="a", weeks=weeks), worlds)


@pytest.mark.by_hand(
    "end_week", "lift_visits_{}_after_end", "lift_share_points_{}_after_end", "lift_profit_{}_after_end"
)
def test_what_is_left_by_hand():
    """12 visits in weeks 30-42, 11 in 43-55, 10 after: +20 %, +10 %, share 1/4 -> 11/41; two years are too far."""
    found = left({0: (10, 100), 10: (15, 90), END: (12, 110), 43: (11, 105), 56: (10, 100)})
    assert found["end_week"] == 30.0
    assert found["lift_visits_3_months_after_end"] == pytest.approx(0.2)
    assert found["lift_visits_6_months_after_end"] == pytest.approx(0.1)
    assert found["lift_share_points_6_months_after_end"] == pytest.approx(11 / 41 - 10 / 40)
    assert found["lift_profit_3_months_after_end"] == pytest.approx(0.1)
    late = [value for name, value in found.items() if "12_months" in name or "24_months" in name]
    assert len(late) == 6 and all(map(math.isnan, late))  # week 30 + 52 lies after the horizon


def test_a_quarter_is_whole_or_undefined():
    """The run must reach the end of the quarter, to the week."""
    new = {0: (10, 100), END: (12, 100)}
    assert left(new, weeks=43)["lift_visits_3_months_after_end"] == pytest.approx(0.2)
    assert math.isnan(left(new, weeks=42)["lift_visits_3_months_after_end"])


def test_a_ratio_to_nothing_is_undefined():
    """A firm where nobody bought has no lift."""
    found = left({0: (10, 100)}, old=((0, (0, 0)),))
    assert math.isnan(found["lift_visits_3_months_after_end"]) and math.isnan(found["lift_profit_3_months_after_end"])


def test_a_program_that_goes_on_has_no_end():
    """No numbers, rather than numbers of nothing."""
    still = book({0: (10, 100)})
    still.offers = [{"a": SimpleNamespace(program={"x": 1})} for _ in range(WEEKS)]
    assert after_the_end.left(SimpleNamespace(focal_id="a", weeks=WEEKS), Worlds(still, still, None, 0)) == {}


@pytest.mark.by_hand("enrolment_half_time")
def test_the_half_time_of_enrolment_by_hand():
    """Of five members the third, of four the second; who never joins counts nowhere, and nobody has no half."""
    w = Window("a", 0, 10, 99)
    for weeks, half in (([12, 99, 10, 30, 50, 11, 99], 2.0), ([12, 10, 30, 50], 2.0), ([10], 0.0)):
        assert half_time(np.array(weeks), w) == half
    assert math.isnan(half_time(np.array([99, 99]), w))


def test_a_run_tells_both():
    """Summary and screen: how fast they enrolled, and what is left, as far as the run goes."""
    words = [
        "scenario=grocery_points", "customers.n=300", "weeks=60", "seeds=2", "vary=[]", "policy.launch.week=6",
        "worlds=none",
        "program.membership.end=40",
    ]  # fmt: skip
    s = Summary(run(words))
    assert s["enrolment_half_time"].unit == "weeks since launch" and 0 <= s["enrolment_half_time"].value < 34
    assert s["end_week"].value == 40 and s["lift_visits_3_months_after_end"].value is not None
    assert s["lift_visits_6_months_after_end"].value is None
    assert "half of them by week" in joined_by(s)
    assert "ended in week 40" in ended(s)[0] and "3 months after it" in ended(s)[0] and "6 months" not in ended(s)[0]
