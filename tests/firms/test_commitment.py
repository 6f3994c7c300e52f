"""What promises to repeat buyers do in the ordinary market, beside what they do for customers who look ahead (O7)."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from loyaltysim.market.model import Market
from loyaltysim.theory import two_periods
from tests.scenarios import Z, parts, world

N, WEEKS, SETTLED, COST, STEP, SEEDS = 1500, 52, 13, 0.4, 0.05, (1, 2, 3)
COUPON = {"issued": "visit", "chance": 1.0, "window": 26, "users": 1.0, "redeem": 1.0, "audience": "everyone"}
ARMS = {  # what both promise, and the price at which neither gains by another, found by bisection in this market
    "none": ({}, 1.0044),
    "coupon": ({"coupon": {**COUPON, "worth_in": "share", "face_value": 0.2009}}, 1.2156),  # a third of the margin
    "loyal_price": ({"loyal_price": {"price": 0.7022, "window": 26}}, 0.7517),  # cost and half of the margin
}


@cache
def earned(arm: str, moved: float) -> np.ndarray:
    """Profit of one of two equal firms a customer, once promises are kept, where it asks so much more. -> (seeds,)"""
    program, price = ARMS[arm]
    own = {"unit_cost": COST, "allow_loss": True, "program": parts(program)}
    both = {"a": {**own, "price": price + moved}, "b": {**own, "price": price}}
    made = world(
        N, WEEKS, program=program, firm=both, shares={"a": 0.5, "b": 0.5}, log=False,
        customers={"price_sensitivity": 6.0},
    )  # fmt: skip
    weekly = [Market(made, seed).run().weekly for seed in SEEDS]
    return np.array([w.profit[(w.firm == "a") & (w.week >= SETTLED)].sum() / (100.0 * N) for w in weekly])


@pytest.mark.parametrize("arm", ARMS)
def test_neither_firm_gains_by_another_price(arm):
    """The top of the parabola through a price .05 lower, this and .05 higher lies within .04: twins, three seeds."""
    low, here, high = (earned(arm, step).mean() for step in (-STEP, 0.0, STEP))
    assert 2.0 * here > low + high
    assert abs(STEP * (high - low) / (2.0 * (2.0 * here - low - high))) < 0.04


@pytest.mark.parametrize(("arm", "most"), [("coupon", 0.97), ("loyal_price", 0.55)])
def test_with_persistent_tastes_promises_leave_less(arm, most):
    """Tastes last (S = 1.3) and nobody looks ahead: a coupon of a third of the margin leaves .95 of profit, where the
    best one leaves 10/9 to firms whose customers foresee it and are placed anew; a loyal price .50. Four and a half
    standard errors over seeds of the paired ratio.
    """
    ratio = earned(arm, 0.0) / earned("none", 0.0)
    assert ratio.mean() + Z * ratio.std(ddof=1) / np.sqrt(len(SEEDS)) < most
    known = {name: two_periods.equilibrium(name).profit for name in ("none", "coupon", "loyal_price")}
    assert known["coupon"] / known["none"] == pytest.approx(10 / 9) and known["loyal_price"] == pytest.approx(5 / 9)
