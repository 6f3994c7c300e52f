"""Contracts: who stays, comes and goes, read off a `Book`.

In a contract market a customer has one firm at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from loyaltysim.market.customers import QUARTER
from loyaltysim.measures.ratio import divide
from loyaltysim.measures.repeat_buying import repeat_rate

if TYPE_CHECKING:
    from loyaltysim.market.book import Book


def customer_value(margins: np.ndarray, yearly_discount: float = 0.1) -> np.ndarray:
    """Present value of a customer's margins in the quarters of a record. margins : (quarters, n) money -> (n,) money"""
    quarter = (1.0 + yearly_discount) ** -(np.arange(len(margins)) / 4.0)
    value: np.ndarray = np.tensordot(quarter, margins, 1)
    return value


FLOWS = ("exited", "lost", "won", "acquired")  # out of the market, to rivals, from rivals, from outside the market


def retention(book: Book, since: int = 0) -> np.ndarray:
    """Share of the contracts that ended since a week and were renewed; in an open market the share of a quarter's
    buyers who buy the firm again in the next, all pairs of quarters that begin since then. -> (n_firms,), nan where no
    contract ended, nobody bought, or purchases by quarter are not recorded (`record.panel`)
    """
    if "renewals" in book.weekly:
        total = by_firm(book, since)
        kept: np.ndarray = 1.0 - divide(total["lost"] + total["exited"], total["renewals"])
        return kept
    quarters = book.visits[-(-since // QUARTER) :]
    return repeat_rate(quarters[:-1], quarters[1:]) if len(quarters) > 1 else np.full(len(book.firms), np.nan)


def churn(book: Book, since: int = 0) -> np.ndarray:
    """Share of the contracts that ended since a week and were not renewed. -> (n_firms,)"""
    return 1.0 - retention(book, since)


def flows(book: Book, since: int = 0) -> dict[str, np.ndarray]:
    """Who came and went since a week, per 100 customers of the firm and year: `FLOWS` -> (n_firms,)"""
    total = by_firm(book, since)
    return {name: 100.0 * 52.0 * divide(total[name], total["customers"]) for name in FLOWS}


def cost_per_acquired(book: Book, since: int = 0) -> np.ndarray:
    """Money spent on acquisition per customer who came, from rivals or from outside. -> (n_firms,), nan if none came"""
    total = by_firm(book, since)
    return divide(total["acquisition"] / 100.0, total["acquired"] + total["won"])


def by_firm(book: Book, since: int = 0) -> dict[str, np.ndarray]:
    """Every counter and ledger line summed over the weeks since one. -> {name: (n_firms,)}"""
    rows = book.weekly[book.weekly.week >= since]
    added = rows.columns[2:].drop("price")
    return {name: rows[name].to_numpy().reshape(-1, len(book.firms)).sum(axis=0) for name in added}


def contract_table(book: Book) -> pd.DataFrame:
    """Every contract, one row each, as survival packages read it.

    customer (id), number (1 = the first), firm (position), started, ended (weeks; the first week after it), how: left
    (the market), switched, or open (it still ran at the horizon; one signed in the last week begins there). The run
    sees a contract from week 0 on only.
    """
    weeks = int(book.weekly.week.max()) + 1
    people, moves = book.people, book.moves.sort_values(["customer", "week"], kind="stable")
    first = moves.groupby("customer")["from"].first().reindex(people.customer)
    at_start = np.where(first.isna(), people.provider, first).astype(int)
    old = pd.DataFrame({"customer": people.customer, "firm": at_start, "started": book.first_started})
    new = moves[moves["to"] >= 0]
    new = pd.DataFrame({"customer": new.customer, "firm": new["to"], "started": new.week + (new["from"] >= 0)})
    table = pd.concat([old[at_start >= 0], new]).sort_values(["customer", "started"], kind="stable", ignore_index=True)
    ends = moves[moves["from"] >= 0]
    table["number"] = table.groupby("customer").cumcount() + 1
    ends = ends.assign(number=ends.groupby("customer").cumcount() + 1)[["customer", "number", "week", "to"]]
    table = table.merge(ends, how="left", on=["customer", "number"])
    table["ended"] = np.where(table.week.isna(), weeks, table.week + 1).astype(int)
    table["how"] = np.select([table.week.isna(), table["to"] >= 0], ["open", "switched"], "left")
    return table[["customer", "number", "firm", "started", "ended", "how"]]


def retention_by_tenure(contracts: pd.DataFrame, term: int, most: int = 12) -> pd.DataFrame:
    """How many contracts reached renewal 1, 2, ... within the run, and the share that was renewed.

    contracts : as `contract_table` gives; term in weeks
    Columns: renewal, reached, retention (nan where nobody came so far). Contracts under way at the start count from
    their next renewal on.
    """
    length, closed = contracts.ended - contracts.started, contracts.how != "open"
    seen_from = np.maximum(0, -contracts.started) // term  # renewals before the run
    rows = []
    for n in range(1, most + 1):
        left = int((closed & (length == n * term)).sum())
        reached = left + int(((length > n * term) | ((length == n * term) & ~closed))[seen_from < n].sum())
        rows.append((n, reached, 1.0 - left / reached if reached else float("nan")))
    return pd.DataFrame(rows, columns=["renewal", "reached", "retention"])
