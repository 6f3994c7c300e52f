"""How long a lead lasts and how concentrated a market is: by hand, and in a run whose rivals copy."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from loyaltysim.measures.lead import halved, herfindahl, lead
from loyaltysim.measures.twins import Worlds
from tests.scenarios import parts

WEEKS = 65


def book(own: list[int], other: int = 30):
    """Two firms over five quarters; own : visits of firm a in each week of a quarter."""
    rows = [(week, firm, n) for week in range(WEEKS) for firm, n in (("a", own[week // 13]), ("b", other))]
    return SimpleNamespace(weekly=pd.DataFrame(rows, columns=["week", "firm", "visits"]))


def found(new: list[int], policy: str = "imitate") -> dict[str, float]:
    """Firm a launches in week 13; without the program it has 10 visits of 40."""
    firm = {"a": SimpleNamespace(policy={}), "b": SimpleNamespace(policy=parts({policy: {}}))}
    scenario = SimpleNamespace(focal="a", focal_id="a", weeks=WEEKS, firms=firm)
    return lead(scenario, Worlds(book([10] * 5), book(new), None, 13))


@pytest.mark.by_hand("lead_peak", "lead_half_life", "concentration")
def test_a_lead_by_hand():
    """30 visits of 60 in the first quarter are a lead of a quarter of all; 20 of 50, 15 of 45 and 10 of 40 then. Half
    of it, 1/8, lies between leads of .15 and 1/12: 13 weeks and 3/8 of 13 more. The last year has 75 and 120 of 195.
    """
    numbers = found([10, 30, 20, 15, 10])
    assert numbers["lead_peak"] == pytest.approx(0.25)
    assert numbers["lead_half_life"] == pytest.approx(13 * (1 + 0.025 / (0.15 - 1 / 12)))
    assert numbers["concentration_with"] == pytest.approx((75**2 + 120**2) / 195**2)
    assert numbers["concentration_without"] == pytest.approx(0.25**2 + 0.75**2)


@pytest.mark.parametrize(
    "gained, peak, weeks",
    [([0.1, 0.2, 0.15], 0.2, None), ([-0.1, -0.2], -0.1, None), ([0.2, 0.1], 0.2, 13.0), ([0.2, -0.2], 0.2, 3.25)],
)
def test_half_of_a_lead(gained, peak, weeks):
    """Not gone yet; no lead at all; gone in a quarter; and within one."""
    top, half = halved(np.array(gained))
    assert top == peak and (math.isnan(half) if weeks is None else half == pytest.approx(weeks))


def test_nothing_is_told_where_rivals_do_nothing():
    assert found([10, 30, 20, 15, 10], "static") == {} and math.isnan(halved(np.array([]))[1])


def test_concentration_is_one_over_the_firms_where_all_are_alike():
    assert herfindahl(book([30] * 5), WEEKS) == pytest.approx(0.5)
    assert math.isnan(herfindahl(book([0] * 5, 0), WEEKS))
