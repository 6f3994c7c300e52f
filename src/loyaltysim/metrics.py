"""Marketing metrics: a table in, a number out; each with its definition and unit.

`visits` is always (n_customers, n_firms) purchases in one period; `spend` the same in cents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from loyaltysim.records import Book


def penetration(visits: np.ndarray) -> np.ndarray:
    """Share of customers who bought the firm at least once. -> (n_firms,)"""
    return (visits > 0).mean(axis=0)


def purchase_frequency(visits: np.ndarray) -> np.ndarray:
    """Purchases per buyer of the firm. -> (n_firms,), nan without buyers"""
    return divide(visits.sum(axis=0), (visits > 0).sum(axis=0))


def market_share(visits: np.ndarray) -> np.ndarray:
    """Share of all purchases. -> (n_firms,)"""
    return divide(visits.sum(axis=0), float(visits.sum()))


def share_of_category_requirements(visits: np.ndarray) -> np.ndarray:
    """Purchases of the firm over all category purchases of its buyers. -> (n_firms,)"""
    total = visits.sum(axis=1)
    return divide(visits.sum(axis=0), ((visits > 0) * total[:, None]).sum(axis=0))


def share_of_wallet(spend: np.ndarray) -> np.ndarray:
    """Spending at the firm over all category spending of its buyers. -> (n_firms,)"""
    return share_of_category_requirements(spend)


def sole_buyers(visits: np.ndarray) -> np.ndarray:
    """Share of the firm's buyers who bought nothing else in the category. -> (n_firms,)"""
    alone = (visits > 0) & ((visits > 0).sum(axis=1) == 1)[:, None]
    return divide(alone.sum(axis=0), (visits > 0).sum(axis=0))


def repeat_rate(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Share of a period's buyers who buy the firm again in the next period. -> (n_firms,)"""
    return divide(((first > 0) & (second > 0)).sum(axis=0), (first > 0).sum(axis=0))


def churn_rate(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Share of a period's buyers who do not buy the firm in the next period. -> (n_firms,)"""
    return 1.0 - repeat_rate(first, second)


def duplication(visits: np.ndarray) -> np.ndarray:
    """Share of the buyers of one firm (row) who also bought another (column). -> (n_firms, n_firms)"""
    bought = (visits > 0).astype(float)
    return divide(bought.T @ bought, bought.sum(axis=0)[:, None])


def heavy_share(totals: np.ndarray, top: float = 0.2) -> float:
    """Share of the total that the heaviest `top` of buyers account for. totals : (n,), buyers only are counted."""
    x = np.sort(totals[totals > 0])[::-1]
    cut = top * len(x)
    whole = int(cut)
    part = x[whole] * (cut - whole) if whole < len(x) else 0.0
    return float((x[:whole].sum() + part) / x.sum()) if len(x) else float("nan")


def gini(totals: np.ndarray) -> float:
    """Gini coefficient of a total over everybody, buyers or not. totals : (n,)"""
    x = np.sort(totals.astype(float))
    n = len(x)
    return float((2.0 * np.arange(1, n + 1) - n - 1) @ x / (n * x.sum())) if x.sum() > 0 else float("nan")


def breakage(issued: int, redeemed: int, outstanding: int) -> float:
    """Share of issued points that were neither redeemed nor are still held. Thousandths of a point, or any one unit."""
    return (issued - redeemed - outstanding) / issued if issued else float("nan")


class Cards(NamedTuple):
    """Stamp cards, one row each, the cards of a customer in order.

    customer : (n,) ids;  number : (n,) 0 for a customer's first card;  stamps : (n,) on the card, endowed ones included
    gaps     : (n, needed) days before each stamp; column 0 since the last stamp of the card before; nan if not known
    """

    customer: np.ndarray
    number: np.ndarray
    stamps: np.ndarray
    gaps: np.ndarray

    @property
    def full(self) -> np.ndarray:
        """Which cards were filled. -> (n,) bool"""
        filled: np.ndarray = self.stamps == self.gaps.shape[1]
        return filled

    @property
    def first(self) -> Cards:
        """The first card of every customer."""
        return Cards(*(column[self.number == 0] for column in self))


def stamp_cards(log: pd.DataFrame, firm: int, needed: int, endowed: int = 0) -> Cards:
    """The visits to a firm laid out on cards of `needed` stamps, the first card of a customer beginning with `endowed`.

    log : a book's log (customer, firm, day), cut to the visits that earn stamps; it does not know of lost cards.
    """
    here = log[log.firm == firm].sort_values(["customer", "day"], kind="stable")
    customer, day = here.customer.to_numpy(), here.day.to_numpy()
    begins = np.append(True, customer[1:] != customer[:-1])[: len(customer)]
    first = np.maximum.accumulate(np.where(begins, np.arange(len(customer)), 0))
    number, step = np.divmod(np.arange(len(customer)) - first + endowed, needed)
    opens = begins | (step == 0)
    row = np.cumsum(opens) - 1
    gaps = np.full((int(opens.sum()), needed), np.nan)
    gaps[row, step] = np.where(begins, np.nan, np.diff(day, prepend=day[:1]))
    stamps = np.zeros(len(gaps), np.int64)
    np.maximum.at(stamps, row, step + 1)
    return Cards(customer[opens], number[opens], stamps, gaps)


def gaps_by_step(cards: Cards) -> np.ndarray:
    """Mean days before the 2nd, 3rd, ... stamp of full cards. -> (needed - 1,)

    Full cards only: every step then speaks of the same cards, so that slow and fast customers weigh the same in each.
    """
    gaps = cards.gaps[cards.full, 1:]
    known = np.isfinite(gaps)
    return divide(np.where(known, gaps, 0.0).sum(axis=0), known.sum(axis=0))


def acceleration(cards: Cards, endowed: int = 0) -> float:
    """How much shorter the last gap of a full card is than its first: 0.2 = 20 %. Cards that began with `endowed`."""
    gaps = gaps_by_step(cards)[endowed:]
    return float(1.0 - gaps[-1] / gaps[0]) if len(gaps) > 1 else float("nan")


def completion_time(cards: Cards) -> float:
    """Mean days from the first stamp of a visit to the last one of full cards."""
    gaps = cards.gaps[cards.full, 1:]
    return float(np.nansum(gaps, axis=1).mean()) if len(gaps) else float("nan")


def completion_share(cards: Cards) -> float:
    """Share of first cards that were filled by the end of the log."""
    return float(cards.first.full.mean()) if len(cards.number) else float("nan")


def post_reward_reset(cards: Cards) -> float:
    """How much longer the gap after a reward is than the last one before it: 0.2 = 20 %. nan if nobody came back."""
    after = np.flatnonzero(np.isfinite(cards.gaps[:, 0]) & (cards.number > 0))
    before = cards.gaps[after - 1, -1]
    known = np.isfinite(before)
    return float(cards.gaps[after, 0][known].mean() / before[known].mean() - 1.0) if known.any() else float("nan")


def divide(top: np.ndarray, bottom: np.ndarray | float) -> np.ndarray:
    """top / bottom, nan where the bottom is 0."""
    top = np.asarray(top, float)
    ratio: np.ndarray = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=np.asarray(bottom) != 0)
    return ratio


def market_figures(book: Book) -> dict[str, float]:
    """What a market looks like: shares of visits and revenue, and over the last 52 weeks penetration and repertoire."""
    total = book.weekly.groupby("firm", sort=False)[["visits", "revenue", "profit"]].sum()
    figures = {}
    for firm, row in total.iterrows():
        figures[f"share_of_visits[{firm}]"] = float(row.visits / total.visits.sum())
        figures[f"share_of_revenue[{firm}]"] = float(row.revenue / total.revenue.sum())
    if len(book.visits):
        year = book.visits[-4:].sum(axis=0)[book.people.status.to_numpy() != 0]
        named = {
            "penetration": penetration(year),
            "scr": share_of_category_requirements(year),
            "sole_buyers": sole_buyers(year),
        }
        figures |= {
            f"{name}[{firm}]": float(v)
            for name, values in named.items()
            for firm, v in zip(book.firms, values, strict=True)
        }
        figures["heavy_share"] = heavy_share(year.sum(axis=1))
    return figures
