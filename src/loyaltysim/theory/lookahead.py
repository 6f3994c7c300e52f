"""Customers who look ahead: what a stamp is worth by dynamic programming, and where a card tips the choice.

A duopoly: firm A charges 1 and gives `reward` after `needed` purchases, firm B charges 1 - `elsewhere`. At each
occasion the customer must buy at A with chance `here` and is free otherwise; `beta` discounts an occasion. One card is
valued, with no continuation after its reward. Source: Goel & Skochdopole 2017, WINE (tipping point, revenue rates);
dynamic programs of rewards: Lewis 2004, J. Marketing Research 41(3), Hartmann & Viard 2008, QME 6.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from loyaltysim.theory.special import Array, check

CHANCE = "(0, 1]"
DISCOUNT = "(0, 1)"
TIE = 1e-9  # occasions: who is indifferent stays, whatever the last digit of a logarithm says
MONEY = "[0, inf)"


def card_values(needed: int, reward: float, elsewhere: float, here: float, beta: float) -> Array:
    """V(i), the value of a card with i of `needed` stamps, solved backwards from V(needed) = reward. -> (needed + 1,)

        V(i) = here beta V(i+1) + (1 - here) max(beta V(i+1), elsewhere + beta V(i))

    reward, elsewhere : money, the price at A being 1;  here : chance per occasion;  beta : per occasion.
    """
    k = int(check("needed", needed, "[1, 100000]", whole=True))
    r, v = float(check("reward", reward, MONEY)), float(check("elsewhere", elsewhere, MONEY))
    lam, b = float(check("here", here, "[0, 1]")), float(check("beta", beta, DISCOUNT))
    values = np.empty(k + 1)
    values[k] = r
    for i in range(k - 1, -1, -1):
        stamp = b * values[i + 1]
        away = (lam * stamp + (1.0 - lam) * v) / (1.0 - (1.0 - lam) * b)  # the same choice until the next forced stamp
        values[i] = max(stamp, away)
    return values


def tipping_point(needed: int, reward: float, elsewhere: float, beta: float) -> int:
    """The number of stamps from which a free customer buys at A: i_0 = k - floor(log_beta(v / (R (1 - beta)))).

    Who is indifferent buys at A. Clipped to [0, k], and k itself means never; it does not depend on the chance of
    having to buy at A.
    """
    k = int(check("needed", needed, "[1, 100000]", whole=True))
    r, v = float(check("reward", reward, "(0, inf)")), float(check("elsewhere", elsewhere, MONEY))
    b = float(check("beta", beta, DISCOUNT))
    if v == 0.0:
        return 0
    return k - min(k, max(0, math.floor(math.log(v / (r * (1.0 - b))) / math.log(b) + TIE)))


class RevenueRates(NamedTuple):
    """Revenue per occasion of the firm with the card and of the cheaper firm, in units of the card firm's price."""

    card: float
    cheaper: float


def revenue_rates(needed: int, reward: float, elsewhere: float, here: float, beta: float) -> RevenueRates:
    """What both firms take per occasion over whole cards: A (k - R) / T and B (i_0 / lam - i_0) (1 - v) / T.

    T = i_0 / lam + k - i_0 occasions a card: forced purchases up to the tipping point, free ones from there.
    """
    i_0, lam = tipping_point(needed, reward, elsewhere, beta), float(check("here", here, CHANCE))
    length = i_0 / lam + needed - i_0
    return RevenueRates((needed - reward) / length, (i_0 / lam - i_0) * (1.0 - elsewhere) / length)
