"""The reference market in vectorised NumPy: whole columns, and only the rows of those who buy."""

from __future__ import annotations

import numpy as np

from benchmarks.reference import ATTACHED, FIRMS, HABIT, STRENGTH, WEEKS

KEEP = 0.5 ** (1.0 / HABIT.half_life)
CENTS = 1000
_, PRICE, CARD, VALUE, QUALITY = (np.array(column) for column in zip(*FIRMS.values(), strict=True))
GAP, SPEND, CARD, VALUE = PRICE - 1.0, (CENTS * PRICE).astype(np.int64), (100 * CARD).astype(np.int64), 100.0 * VALUE


def gradient(x: np.ndarray) -> np.ndarray:
    """How far a card feels done."""
    square = x * x
    return x + (STRENGTH / 4.0) * (square * square)


def reward(balance: np.ndarray) -> np.ndarray:
    """What the points of the next purchase are worth, as a fraction of its price. -> (n, n_firms)."""
    whole = gradient(np.float64(1.0))
    x = balance / CARD
    end = x + SPEND / CARD
    beyond = end >= 1.0
    later = gradient(end - beyond)
    return (VALUE / (SPEND * whole)) * (later - gradient(x) + beyond * whole)


def run(people: dict[str, np.ndarray], seed: int, weeks: int = WEEKS) -> np.ndarray:
    """-> (weeks, n_firms, 4) visits, revenue, rewards, buyers."""
    rng = np.random.default_rng(seed)
    rate, log_g = people["rate"], people["log_g"]
    shape = log_g.shape
    habit, satisfaction, attachment = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    balance = np.zeros(shape, np.int64)
    weekly = np.zeros((weeks, shape[1], 4), np.int64)
    for week in weekly:
        habit *= KEEP
        attachment *= ATTACHED.keep
        purchases = rng.poisson(rate)
        bought = np.zeros(shape, bool)
        rows = np.flatnonzero(purchases)
        while len(rows):
            j = choose(rng, people, rows, habit[rows], attachment[rows], balance[rows])
            at = rows, j
            bought[at] = True
            points = balance[at] + SPEND[j]
            full = points >= CARD[j]
            balance[at] = points - full * CARD[j]
            habit[at] += HABIT.gain * (1.0 - habit[at])
            satisfaction[at] += 0.2 * (QUALITY[j] + rng.standard_normal(len(rows)) - satisfaction[at])
            attachment[at] += ATTACHED.gain * (satisfaction[at] - attachment[at])
            week[:, 0] += np.bincount(j, minlength=shape[1])
            week[:, 2] += np.bincount(j[full], minlength=shape[1])
            purchases[rows] -= 1
            rows = rows[purchases[rows] > 0]
        week[:, 1] = week[:, 0] * SPEND
        week[:, 3] = bought.sum(axis=0)
    return weekly


def choose(rng, people, rows, habit, attachment, balance) -> np.ndarray:
    """Draw a firm for each row by the logit law, one uniform each. -> (n,) positions of firms."""
    gain = (
        -GAP
        + people["link_reward"][rows, None] * reward(balance)
        + ATTACHED.premium * people["link_bond"][rows, None] * attachment
        + HABIT.premium * habit
    )
    weight = np.cumsum(np.exp(people["log_g"][rows] + people["beta"][rows, None] * gain), axis=1)
    return (rng.random(len(rows))[:, None] * weight[:, -1:] >= weight[:, :-1]).sum(axis=1)
