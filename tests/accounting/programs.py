"""A points program without a market: people who come, earn, redeem when they feel like it, and points that lapse."""

from __future__ import annotations

import numpy as np

from loyaltysim.accounting import Vintages

LIFE, CARD = 52, 500.0  # weeks until points lapse; points of a reward


def program(seed: int, people: int = 300, weeks: int = 157, joining: float = 0.0, at_once: bool = False) -> Vintages:
    """Weekly vintages. Visits are Poisson at gamma rates, a visit with a full card is used by each person's own odds.

    joining : mean weeks until somebody joins who comes every second week; who comes more often joins sooner
    at_once : everybody uses a full card at the first visit
    """
    rng = np.random.default_rng(seed)
    rate = rng.gamma(1.0, 0.5, people)
    joined = rng.exponential(joining, people) / np.maximum(rate / 0.5, 0.1) if joining else np.zeros(people)
    eager = np.ones(people) if at_once else rng.beta(1.0, 3.0, people)
    size = rng.gamma(4.0, 10.0, people)
    held = np.zeros((people, weeks))
    issued, redeemed, gone = np.zeros((3, weeks, weeks))
    for week in range(weeks):
        if week >= LIFE:
            gone[week - LIFE, week] = held[:, week - LIFE].sum()
            held[:, week - LIFE] = 0.0
        visits = rng.poisson(rate) * (joined <= week)
        held[:, week] = visits * size
        issued[week, week] = held[:, week].sum()
        total = held.sum(axis=1)
        uses = (visits > 0) & (total >= CARD) & (rng.random(people) < eager)
        amount = np.where(uses, total // CARD * CARD, 0.0)
        taken = np.clip(amount[:, None] - (np.cumsum(held, axis=1) - held), 0.0, held)
        held -= taken
        redeemed[:, week] = taken.sum(axis=0)
    return Vintages(np.arange(weeks), issued, redeemed, gone)
