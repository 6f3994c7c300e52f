"""Repeat buying: a table in, a number out; each with its definition and unit.

`visits` is always (n_customers, n_firms) purchases in one period; `spend` the same in cents.
"""

from __future__ import annotations

import numpy as np

from loyaltysim.measures.ratio import divide, ratio
from loyaltysim.mechanism.measure import measure


@measure(
    "penetration", unit="share", words="share of customers who bought there", chinese="渗透率", style="per hundred",
    short="of people", of="customers who bought the firm at least once in the last 52 weeks, of all customers",
)  # fmt: skip
def penetration(visits: np.ndarray) -> np.ndarray:
    """Share of customers who bought the firm at least once. -> (n_firms,)"""
    return (visits > 0).mean(axis=0)


def purchase_frequency(visits: np.ndarray) -> np.ndarray:
    """Purchases per buyer of the firm. -> (n_firms,), nan without buyers"""
    return divide(visits.sum(axis=0), (visits > 0).sum(axis=0))


def market_share(visits: np.ndarray) -> np.ndarray:
    """Share of all purchases. -> (n_firms,)"""
    return divide(visits.sum(axis=0), float(visits.sum()))


@measure(
    "scr", unit="share", words="share of its buyers' {occasion}", chinese="买家购买份额（SCR）", style="per hundred",
    short="of wallets", of="purchases at the firm over all purchases of its buyers, in the last 52 weeks",
)  # fmt: skip
def share_of_category_requirements(visits: np.ndarray) -> np.ndarray:
    """Purchases of the firm over all category purchases of its buyers. -> (n_firms,)"""
    total = visits.sum(axis=1)
    return divide(visits.sum(axis=0), ((visits > 0) * total[:, None]).sum(axis=0))


def share_of_wallet(spend: np.ndarray) -> np.ndarray:
    """Spending at the firm over all category spending of its buyers. -> (n_firms,)"""
    return share_of_category_requirements(spend)


@measure(
    "sole_buyers", unit="share", words="buyers who bought nowhere else", chinese="唯一忠诚买家", style="per hundred",
    of="of the firm's buyers in the last 52 weeks, the share that bought nothing else in the category",
)  # fmt: skip
def sole_buyers(visits: np.ndarray) -> np.ndarray:
    """Share of the firm's buyers who bought nothing else in the category. -> (n_firms,)"""
    alone = (visits > 0) & ((visits > 0).sum(axis=1) == 1)[:, None]
    return divide(alone.sum(axis=0), (visits > 0).sum(axis=0))


def repeat_rate(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Share of a period's buyers who buy the firm again in the next period. -> (n_firms,)

    first, second : (n_customers, n_firms), or (periods, n_customers, n_firms): all pairs, each counting by its buyers
    """
    over = tuple(range(first.ndim - 1))
    return divide(((first > 0) & (second > 0)).sum(axis=over), (first > 0).sum(axis=over))


def churn_rate(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Share of a period's buyers who do not buy the firm in the next period. -> (n_firms,)"""
    return 1.0 - repeat_rate(first, second)


def duplication(visits: np.ndarray) -> np.ndarray:
    """Share of the buyers of one firm (row) who also bought another (column). -> (n_firms, n_firms)"""
    bought = (visits > 0).astype(float)
    return divide(bought.T @ bought, bought.sum(axis=0)[:, None])


@measure(
    "heavy_share", unit="share", words="share of {occasion} by the heaviest fifth",
    chinese="最重度五分之一买家的购买占比",
    style="per hundred",
    of="of all purchases in the last 52 weeks, the share of the fifth of buyers who bought most",
)  # fmt: skip
def heavy_share(totals: np.ndarray, top: float = 0.2) -> float:
    """Share of the total that the heaviest `top` of buyers account for. totals : (n,), buyers only are counted."""
    x = np.sort(totals[totals > 0])[::-1]
    cut = top * len(x)
    whole = int(cut)
    part = x[whole] * (cut - whole) if whole < len(x) else 0.0
    return ratio(x[:whole].sum() + part, x.sum())


def gini(totals: np.ndarray) -> float:
    """Gini coefficient of a total over everybody, buyers or not. totals : (n,)"""
    x = np.sort(totals.astype(float))
    n = len(x)
    return ratio((2.0 * np.arange(1, n + 1) - n - 1) @ x, n * x.sum())
