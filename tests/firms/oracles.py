"""Oracle worlds of competing firms: customers alike, no habit, prices in units of those without programs.

Money per purchase is a stamp card of one stamp for everyone, a percentage is cashback for everyone. Closed forms at
price coefficient alpha and money m hold here at beta = alpha p_0 and m / p_0, p_0 the price without programs.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy.integrate import quad

from loyaltysim.market.model import Market
from loyaltysim.scenario.model import Basket
from tests.scenarios import in_plain, parts, world

ALIKE = 1e6  # Dirichlet shape of tastes
BASKET = 10_000.0  # money: a cent is a millionth of a purchase
CUSTOMERS, PURCHASES = 16, 1500.0  # few who buy often: expected demand takes as long as there are customers


def per_purchase(b: float, k: float) -> dict:
    """A reward worth b, as a fraction of the base price, that costs k b."""
    face = {"needed": 1, "face_value": round(b * BASKET, 2), "cost": k, "pressure": "none", "audience": "everyone"}
    return {"stamps": face}


def percentage(r: float, k: float) -> dict:
    """A share r of what is paid comes back, at cost k."""
    return {"cashback": {"rate": r, "cost": k, "audience": "everyone"}}


def oracle(beta, cost, firms=2, weeks=16, programs=(), s0=0.0, start=1.0, policy=None, n=CUSTOMERS):
    """Equal firms at base price 1. cost : of all, or of each;  programs : of the first firms, the others have none;
    policy : None = prices stay
    """
    names = "abcdefgh"[:firms]
    costs = dict(zip(names, np.broadcast_to(cost, firms).tolist(), strict=True))
    given = dict(zip(names, [*programs, *[{}] * (firms - len(programs))], strict=True))
    return world(
        n, weeks, shares={name: 1.0 / firms for name in names}, log=False, basket=Basket(mean=BASKET), M=PURCHASES,
        behaviour={"outside": {"kind": "logit", "expansion": s0}} if s0 else None, K=1000.0, S=ALIKE,
        customers={"price_sensitivity": beta}, policy=policy, rivals_policy=policy,
        firm={x: {"unit_cost": costs[x], "price": start, "program": parts(given[x]), "allow_loss": True}
              for x in names},
    )  # fmt: skip


def nash(**keys) -> dict:
    """Firms that maximise this week's profit."""
    return {"price_nash": {"conduct": 1.0, "low": 0.2, "high": 5.0, "least": 0.0, **keys}}


class Outcome:
    """The last weeks of a run, once prices have settled: what each firm asked, sold and kept.

    prices : (n_firms,);  bought : purchases;  margin : profit over what was sold at base prices;  shares : of purchases
    gained : what customers gain a purchase beside base offers, in base prices
    """

    def __init__(self, market, settled: int, seed: int = 1) -> None:
        self.market = in_plain(market if isinstance(market, Market) else Market(market, seed))
        for _ in range(settled):
            self.market.step()
        before = self.market.population["surplus"].sum()
        for _ in range(settled, self.market.terms.weeks):
            self.market.step()
        self.book = self.market.book()
        table = self.book.weekly
        last = table[table.week >= settled]
        sums = last.drop(columns=["price", "week"]).groupby("firm").sum()
        self.path: pd.DataFrame = table.pivot(index="week", columns="firm", values="price")
        self.prices = self.path.iloc[-1].to_numpy()
        self.bought, self.weeks = sums.visits.to_numpy(float), last.week.nunique()
        self.margin = (sums.profit / sums.at_base_price).to_numpy()
        self.shares = self.bought / self.bought.sum()
        self.gained = float(self.market.population["surplus"].sum() - before) / float(sums.at_base_price.sum())
        self.reward_cost = (sums.reward_cost / sums.at_base_price).to_numpy()

    @property
    def usual(self) -> float:
        """Purchases to be expected of all firms in those weeks at base offers."""
        return float(self.market.population["rate"].sum()) * self.weeks

    def share_error(self, share) -> np.ndarray:
        """Standard error of a firm's share of purchases: multinomial."""
        return np.sqrt(np.asarray(share) * (1.0 - np.asarray(share)) / self.bought.sum())


def price_error(beta: float, share: float) -> float:
    """Standard error of a best price from realised tastes: a share of Dirichlet(S) customers has the variance
    s (1 - s) / (S n), and p = c + 1 / (beta (1 - s)) moves by 1 / (beta (1 - s)^2) of it.
    """
    spread = np.sqrt(share * (1.0 - share) / (ALIKE * CUSTOMERS))
    return float(spread / (beta * (1.0 - share) ** 2))


# --- demand that falls in a straight line ------------------------------------------------------------------------

STEEP = 24.0  # of a reservation price: customers buy below it and do not above, within a twentieth


def straight(cost, start, programs=(), weeks=5, n=100, most=60.0) -> Market:
    """One firm whose customers buy q = 2 - p of what they do at the base price 1; p net of rewards, 1.02 to 1.6.

    Reservation prices 1 + t lie evenly in (0, 1). Customer i has the outside option at s0 = exp(-24) and beta = 24 / t,
    so that buying is logistic about 1 + t and as wide as t / 24. Customers stand at equal steps of log t and buy in
    proportion to t. The sum is 1 - x E(1 / r), r logistic about 1, to exp(-24 (1 - x)): t is scaled by that mean.
    """
    made = oracle(4.0, cost, 1, weeks, programs, s0=math.exp(-STEEP), start=start, policy=nash(), n=n)
    market = in_plain(Market(made, 1))
    t, people = np.exp(np.log(0.01) * (1.0 - (np.arange(n) + 0.5) / n)), market.population
    people["beta"][:] = STEEP / (t * quad(inverse_logistic, 0.01, 10.0, points=[1.0])[0])
    people["rate"][:] = most * t
    people["none"][:] = np.exp(-people["rate"])
    return market


def inverse_logistic(r: float) -> float:
    """1 / r times the density of a logistic about 1 with scale 1 / 24."""
    e = math.exp(-STEEP * abs(r - 1.0))
    return STEEP * e / (1.0 + e) ** 2 / r
