"""An independent Monte Carlo of a store's customer base, for figures that have no closed form.

NumPy and SciPy only: none of the simulator's draws, tables or rules. Panels have the size of the real one, so that
small-sample bias is the same.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from loyaltysim.scenario.model import Market
from loyaltysim.validate.panels import store_figures

CENTS = 100


def store(market: Market, customers: int, panels: int = 160) -> dict[str, tuple[float, float]]:
    """Mean of every store figure over independent panels, and its Monte Carlo error."""
    rng = np.random.default_rng(19970101)
    found = [store_figures(*panel(market, customers, rng)) for _ in range(panels)]
    values = {name: np.array([one[name] for one in found]) for name in found[0]}
    return {name: (float(v.mean()), float(v.std(ddof=1) / np.sqrt(panels))) for name, v in values.items()}


def panel(market: Market, customers: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Trips and spending in cents of one panel in four quarters. -> two arrays (4, customers)."""
    basket, rank = market.basket, rng.standard_normal(customers)
    centre = np.log(basket.mean * CENTS) - (basket.sd_between**2 + basket.sd_within**2) / 2
    centre = centre + basket.sd_between * rng.standard_normal(customers)
    trips, spend = np.zeros((4, customers), int), np.zeros((4, customers))
    for q in range(4):
        if q > 0:
            rank = market.rho * rank + np.sqrt(1 - market.rho**2) * rng.standard_normal(customers)
        rate = special.gammaincinv(market.K, special.ndtr(rank)) * market.M / 4 / market.K
        trips[q] = rng.poisson(rate)
        who = np.repeat(np.arange(customers), trips[q])
        cents = np.floor(np.exp(centre[who] + basket.sd_within * rng.standard_normal(len(who))))
        spend[q] = np.bincount(who, cents, minlength=customers)
    return trips, spend
