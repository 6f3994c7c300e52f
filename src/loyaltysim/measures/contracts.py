"""Contracts: who stays, comes and goes, read off a `Book`.

In a contract market a customer has one firm at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from loyaltysim.market.customers import QUARTER
from loyaltysim.measures.ratio import divide, ratio
from loyaltysim.measures.repeat_buying import repeat_rate
from loyaltysim.mechanism.measure import measure
from loyaltysim.theory.retention import sbg_retention

if TYPE_CHECKING:
    from loyaltysim.market.book import Book
    from loyaltysim.scenario.model import Scenario

RENEWALS = 8  # of which the retention is told


@measure(
    "customer_value", unit="money per customer, present value at 10 % a year",
    words="value of a customer, {currency}", chinese="客户价值", style="money",
    of="the firm's profit by quarter since the launch, discounted, per customer who has entered",
)  # fmt: skip
def customer_value(margins: np.ndarray, yearly_discount: float = 0.1) -> np.ndarray:
    """Present value of a customer's margins in the quarters of a record. margins : (quarters, n) money -> (n,) money"""
    quarter = (1.0 + yearly_discount) ** -(np.arange(len(margins)) / 4.0)
    value: np.ndarray = np.tensordot(quarter, margins, 1)
    return value


FLOWS = ("exited", "lost", "won", "acquired")  # out of the market, to rivals, from rivals, from outside the market


@measure(
    "retention", unit="share", words="customers who stay", chinese="留存率", style="per hundred", short="renewed",
    of="share of ended contracts that are renewed; in an open market, of a quarter's buyers who buy again in the next",
)  # fmt: skip
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


@measure(
    "exited", unit="per 100 customers and year", words="left the market, per 100 customers and year",
    chinese="离开市场，每百名客户每年", style="scale", short="left",
    of="customers who left the market, per 100 customers of the firm and year",
)  # fmt: skip
@measure(
    "lost", unit="per 100 customers and year", words="went to rivals, per 100 customers and year",
    chinese="流失给对手，每百名客户每年", style="scale", short="to rivals",
    of="customers who went to rivals, per 100 customers of the firm and year",
)  # fmt: skip
@measure(
    "won", unit="per 100 customers and year", words="came from rivals, per 100 customers and year",
    chinese="从对手赢得，每百名客户每年", style="scale", short="from rivals",
    of="customers who came from rivals, per 100 customers of the firm and year",
)  # fmt: skip
@measure(
    "acquired", unit="per 100 customers and year", words="came from outside the market, per 100 customers and year",
    chinese="从市场外获得，每百名客户每年", style="scale", short="from outside",
    of="customers who came from outside the market, per 100 customers of the firm and year",
)  # fmt: skip
def flows(book: Book, since: int = 0) -> dict[str, np.ndarray]:
    """Who came and went since a week, per 100 customers of the firm and year: `FLOWS` -> (n_firms,)"""
    total = by_firm(book, since)
    return {name: 100.0 * 52.0 * divide(total[name], total["customers"]) for name in FLOWS}


@measure(
    "cost_per_acquired", unit="money per customer won", words="{currency} of acquisition per customer won",
    chinese="每赢得一名客户的获客支出", style="money",
    of="money spent on acquisition since the launch, over customers who came from rivals or from outside",
)  # fmt: skip
def cost_per_acquired(book: Book, since: int = 0) -> np.ndarray:
    """Money spent on acquisition per customer who came, from rivals or from outside. -> (n_firms,), nan if none came"""
    total = by_firm(book, since)
    return divide(total["acquisition"] / 100.0, total["acquired"] + total["won"])


def by_firm(book: Book, since: int = 0) -> dict[str, np.ndarray]:
    """Every counter and ledger line summed over the weeks since one. -> {name: (n_firms,)}"""
    rows = book.weekly[book.weekly.week >= since]
    added = rows.columns[2:].drop("price", errors="ignore")
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
        rows.append((n, reached, 1.0 - ratio(left, reached)))
    return pd.DataFrame(rows, columns=["renewal", "reached", "retention"])


@measure(
    "retention_at", unit="share", words="renewed at this renewal", chinese="第几次续约时的续约率", style="per hundred",
    of="of contracts that came to renewal 1, 2, ... within the run, the share that was renewed",
)  # fmt: skip
@measure(
    "retention_sbg", unit="share", words="renewed at this renewal, by the law", chinese="续约率（sBG 曲线）",
    style="per hundred",
    of="the same by the shifted-beta-geometric law that the scenario sets, where one law holds for all firms",
)  # fmt: skip
def renewed(scenario: Scenario, book: Book) -> dict[str, float]:
    """Of contracts that came to renewal 1, 2, ... the share renewed in the run, and where one law holds for all firms,
    the share of its shifted-beta-geometric curve; at most eight renewals. Nothing without contracts.
    """
    if scenario.market.setting != "contract":
        return {}
    terms = scenario.behaviour["renewal"]
    most = min(RENEWALS, terms.age + scenario.weeks // terms.term)
    seen = retention_by_tenure(contract_table(book), terms.term, most)
    out = {f"retention_at[{n}]": float(share) for n, share in zip(seen.renewal, seen.retention, strict=True)}
    if all(firm.churn is None for firm in scenario.firms.values()):
        out |= {f"retention_sbg[{n}]": float(sbg_retention(terms.a, terms.b, n)) for n in seen.renewal}
    return out
