"""Incremental against subsidised margin of coupons, by hand and in markets where it is known."""

from __future__ import annotations

import pytest

from loyaltysim.measures import twins
from loyaltysim.measures.coupons import coupons, split
from tests.scenarios import FIXED, world

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.mark.by_hand("coupons_anyway", "coupons_incremental", "coupons_subsidised")
def test_which_coupons_brought_something_by_hand() -> None:
    """100 coupons of 200 cents, 25 more purchases with a margin of 300 each: 7500 - 25 x 200 are brought, 75 x 200 are
    given away; without more purchases all of it, and of more purchases than coupons nothing.
    """
    found = split(100.0, 20_000.0, 25.0, 7_500.0)
    assert found == pytest.approx(
        {"coupons_anyway": 0.75, "coupons_incremental": 2_500.0, "coupons_subsidised": 15_000.0}
    )
    assert split(100.0, 20_000.0, -3.0, -900.0)["coupons_subsidised"] == 20_000.0
    assert split(100.0, 20_000.0, 130.0, 39_000.0) == pytest.approx(
        {"coupons_anyway": 0.0, "coupons_incremental": 19_000.0, "coupons_subsidised": 0.0}
    )


def lived(cost: float, **more) -> tuple[dict[str, float], float]:
    """Half a year of a market in which firm a mails coupons of 2 off 10: what they brought, and their cost a year."""
    own = {"chance": 0.3, "window": 4, "face_value": 2.0, "users": 1.0, "redeem": 1.0, "cost": 0.5}
    program = {"coupon": {**own, "perceived": more.pop("perceived", 1.0)}}
    scenario = world(1500, 26, program=program, basket=FIXED, firm={"a": {"unit_cost": cost}}, **more)
    worlds = twins.three(scenario, 3)
    rows = worlds.with_it.weekly[worlds.with_it.weekly.firm == "a"]
    return coupons(scenario, worlds), rows.coupon_cents.sum() * 0.5 / (1500 * 0.5 * 100.0)


def test_a_coupon_that_pulls_nobody_is_given_away() -> None:
    """Nothing is brought, to the cent, and all of the coupons' cost is given away."""
    found, cost = lived(0.7, perceived=0.0)
    assert found["coupons_anyway"] == 1.0 and found["coupons_incremental"] == 0.0
    assert found["coupons_subsidised"] == pytest.approx(cost) and cost > 0.0


def test_which_is_larger_is_a_matter_of_margin_and_sensitivity() -> None:
    """The same coupons: at a price sensitivity of 12 and a margin of 70 % they bring more than they give away; at 1 and
    20 % far less.
    """
    keen, _ = lived(0.3, customers={"price_sensitivity": 12.0})
    cool, _ = lived(0.8, customers={"price_sensitivity": 1.0})
    assert keen["coupons_incremental"] > keen["coupons_subsidised"] > 0.0
    assert cool["coupons_incremental"] < 0.2 * cool["coupons_subsidised"]
    assert keen["coupons_anyway"] < cool["coupons_anyway"] < 1.0


def test_without_coupons_nothing_is_told() -> None:
    scenario = world(20, 8, program={"cashback": {"rate": 0.05}})
    assert coupons(scenario, twins.three(scenario, 3)) == {}
