"""What is said when the books of a run are exported: whether they balance, and what they show of the focal firm."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from loyaltysim.accounting import journal
from loyaltysim.present import answer, glossary
from loyaltysim.scenario.said import Said, both
from loyaltysim.studies.ledger import Ledger
from loyaltysim.studies.reading import Reading, Table

ARMS = {
    "with": Said("the world with the program", "有计划的世界"),
    "without": Said("the world without the program", "没有计划的世界"),
    "replayed": Said("the world where nobody may join", "无人可加入的世界"),
    "market": Said("the market", "该市场"),
}
YEARS = 5  # on a screen
TAKEN = ("revenue", "discounts", "returns", "points_sold", "other_income")


def reading(books: Ledger) -> Reading:
    """Whether the journal balances and agrees with the ledger; the focal firm's years."""
    found = books.tables
    entries, weekly = found["journal"], books.weekly
    wrong = unsound(entries, weekly)
    first = Said("The journal balances in every firm and week.", "每家企业每周的分录借贷相等。")
    if wrong:
        first = Said("The journal does not balance: do not use it.", "分录不平，请勿使用。")
    arm = ARMS.get(books.arm, both(books.arm))
    second = Said(
        f"It is of {arm.en} and of seed {books.seed}; another arm or seed has a journal of its own.",
        f"这是{arm.zh}、种子 {books.seed} 的分录；其他世界或种子各有自己的分录。",
    )
    sure = wrong or Said(
        "Its profit is the ledger's to the cent, and what rounding leaves over has an account.",
        "利润与账本分毫不差；取整的余数记在单独的科目里。",
    )
    return Reading(first, second, sure, years(books, found["balances"]))


def unsound(entries: pd.DataFrame, weekly: pd.DataFrame) -> Said | None:
    """What is wrong with a journal; None where nothing is."""
    sums = entries.groupby(["firm", "week"])[["debit", "credit"]].sum()
    if bool((sums.debit != sums.credit).any()):
        return Said("Debits and credits differ somewhere.", "某处借方与贷方不等。")
    if not journal.result(entries).equals(weekly.set_index(["firm", "week"]).profit.sort_index()):
        return Said("Its profit is not the ledger's.", "利润与账本不符。")
    return None


def years(books: Ledger, balances: pd.DataFrame) -> Table:
    """The focal firm's last years: what it took, and in both views what it earned and owes at the end, money."""
    money = glossary.currency(books.records.scenario.market.currency)
    own = balances[balances.firm == books.records.scenario.focal_id].set_index(["view", "year", "account"])
    moved = (own.credit - own.debit).to_dict()
    rows: list[list[str | Said]] = []
    owed = (-own.closing).to_dict()
    for year in sorted(set(own.index.get_level_values("year")))[-YEARS:]:
        cells = [sum(moved.get(("statutory", year, account), 0) for account in TAKEN)]
        for view, account in (("statutory", "points_liability"), ("expected", "contract_liability")):
            cells += [moved.get((view, year, "profit"), 0), owed.get((view, year, account), 0)]
        rows.append([Said(f"year {year + 1}", f"第 {year + 1} 年"), *(f"{cents / 100:,.0f}" for cents in cells)])
    title = [
        Said(f"focal firm, {money.en}", f"本企业，{money.zh}"), Said("revenue", "收入"),
        Said("profit", "利润"), Said("owed at cost", "成本负债"),
        Said("IFRS profit", "IFRS 利润"), Said("IFRS owed", "合同负债"),
    ]  # fmt: skip
    return Table(title, rows)


def screen(books: Ledger, paths: Sequence[Path]) -> str:
    """The answer, and where the files are."""
    written = Said("written: ", "已写入：")
    return f"{answer.screen(reading(books))}\n\n{written}{', '.join(map(str, paths))}"


def summary(books: Ledger, paths: Sequence[Path]) -> dict[str, Any]:
    """The same for other programs."""
    own = books.weekly[books.weekly.firm == books.records.scenario.focal_id]
    return {
        "arm": books.arm,
        "seed": books.seed,
        "start": books.start.isoformat(),
        "profit": int(own.profit.sum()),
        "owed": int(own.liability_change.sum()),
        "files": [str(path) for path in paths],
    }
