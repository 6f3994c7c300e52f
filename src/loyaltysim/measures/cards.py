"""Stamp cards: gaps between stamps, acceleration, completion, reset after a reward, breakage."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from loyaltysim.measures.ratio import divide, mean, ratio


def breakage(issued: int, redeemed: int, outstanding: int) -> float:
    """Share of issued points that were neither redeemed nor are still held. Thousandths of a point, or any one unit."""
    return ratio(issued - redeemed - outstanding, issued)


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
    return 1.0 - ratio(gaps[-1], gaps[0]) if len(gaps) > 1 else float("nan")


def completion_time(cards: Cards) -> float:
    """Mean days from the first stamp of a visit to the last one of full cards."""
    gaps = cards.gaps[cards.full, 1:]
    return mean(np.nansum(gaps, axis=1))


def completion_share(cards: Cards) -> float:
    """Share of first cards that were filled by the end of the log."""
    return mean(cards.first.full)


def post_reward_reset(cards: Cards) -> float:
    """How much longer the gap after a reward is than the last one before it: 0.2 = 20 %. nan if nobody came back."""
    after = np.flatnonzero(np.isfinite(cards.gaps[:, 0]) & (cards.number > 0))
    before = cards.gaps[after - 1, -1]
    known = np.isfinite(before)
    return ratio(mean(cards.gaps[after, 0][known]), mean(before[known])) - 1.0
