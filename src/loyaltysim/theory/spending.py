"""Winning against keeping: how much to spend on each, where both answer with diminishing returns.

A prospect on whom A is spent becomes a customer with chance a(A), a customer on whom R is spent a period stays with
chance r(R); both curves saturate. At the best spending one more customer won and one more kept cost the same, the value
of a customer, whatever the average costs are: their ratio says nothing of where the next euro should go.
Source: Blattberg & Deighton 1996, HBR 74(4); Pfeifer 2005, "The optimal ratio of acquisition and retention costs".
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import lambertw

from loyaltysim.theory.special import Numbers, check


class Curve(NamedTuple):
    """A response to spending: ceiling (1 - exp(-response spent)). ceiling in (0, 1], response per money, above 0"""

    ceiling: float
    response: float


class Spending(NamedTuple):
    """The best spending. value : of a customer who is there, money;  won, kept : chances at the spending beside them

    per_won, per_kept : average cost of a customer won and of a renewal;  ratio : the first over the second
    marginal_won, marginal_kept : of one more; where anything is spent on both, both are the value
    """

    value: float
    on_keeping: float
    kept: float
    on_winning: float
    won: float
    per_won: float
    per_kept: float
    ratio: float
    marginal_won: float
    marginal_kept: float


def answered(spent: ArrayLike, curve: Curve) -> Numbers:
    """Chance that spending has its effect. spent : money a head, any shape"""
    return (-curve.ceiling * np.expm1(-curve.response * check("spent", spent, "[0, inf)")))[()]


def one_more(spent: ArrayLike, curve: Curve) -> Numbers:
    """What one more costs at this spending: 1 over the slope of the curve. spent : money a head, any shape"""
    slope = curve.ceiling * curve.response * np.exp(-curve.response * check("spent", spent, "[0, inf)"))
    return (1.0 / slope)[()]


def value_of_a_customer(spent: ArrayLike, margin: float, discount: float, keeping: Curve) -> Numbers:
    """K = (margin - d R) / (1 - d r(R)), d = 1 / (1 + discount): the margin of this period is sure, R is spent at the
    end of each and what it keeps brings the next. spent : R a period, any shape;  margin : money a period
    """
    d = 1.0 / (1.0 + float(check("discount", discount, "[0, inf)")))
    r = answered(spent, keeping)
    return ((margin - d * np.asarray(spent)) / (1.0 - d * r))[()]


def best_spending(margin: float, discount: float, winning: Curve, keeping: Curve) -> Spending:
    """The spending at which one more customer won and one more kept cost what a customer is worth.

    margin : money a customer and period;  discount : share a period
    r'(R) K = 1 has the closed form u e^u = (1 - d rm) / (d rm) exp(kr m / d - 1), R = m / d - (u + 1) / kr, with the
    Lambert function; a'(A) K = 1 gives A = log(am ka K) / ka. Where the first euro brings less than it costs, nothing
    is spent. Raises ValueError for a margin or a curve out of range, or a customer who is worth an infinite sum.
    """
    margin = float(check("margin", margin, "(0, inf)"))
    for what, curve in (("winning", winning), ("keeping", keeping)):
        check(f"{what}.ceiling", curve.ceiling, "(0, 1]")
        check(f"{what}.response", curve.response, "(0, inf)")
    d = 1.0 / (1.0 + float(check("discount", discount, "[0, inf)")))
    if d * keeping.ceiling >= 1.0:
        raise ValueError("a customer kept for ever without discount is worth an infinite sum; allowed: discount > 0")
    ceiling, response = keeping
    log_of = math.log((1.0 - d * ceiling) / (d * ceiling)) + response * margin / d - 1.0
    on_keeping = max(0.0, margin / d - (lambert_of_log(log_of) + 1.0) / response)
    value = float(value_of_a_customer(on_keeping, margin, discount, keeping))
    on_winning = max(0.0, math.log(winning.ceiling * winning.response * value) / winning.response)
    kept, won = float(answered(on_keeping, keeping)), float(answered(on_winning, winning))
    per_won, per_kept = (x / y if y else math.nan for x, y in ((on_winning, won), (on_keeping, kept)))
    of_more = float(one_more(on_winning, winning)), float(one_more(on_keeping, keeping))
    ratio = per_won / per_kept if per_kept else math.nan
    return Spending(value, on_keeping, kept, on_winning, won, per_won, per_kept, ratio, *of_more)


def lambert_of_log(x: float) -> float:
    """u where u e^u = exp(x): where that is no number any more, u + log(u) = x by Newton's method."""
    if x < 500.0:
        return float(lambertw(math.exp(x)).real)
    u = x - math.log(x)
    for _ in range(8):
        u -= (u + math.log(u) - x) / (1.0 + 1.0 / u)
    return u
