"""What is wrong with exported books, worked out from the tables alone: no function of the package is asked."""

from __future__ import annotations

import pandas as pd

EARNED = (
    "revenue", "discounts", "returns", "points_sold", "other_income", "cost_of_goods", "reward_cost",
    "liability_change", "breakage", "rounding", "touchpoints", "recovery", "fixed_cost", "acquisition",
)  # fmt: skip
AS_BOOKED = ("cost_of_goods", "reward_cost", "touchpoints", "recovery", "fixed_cost", "acquisition")
BESIDE = {  # counters of cents that a firm takes beside the till, and gives back
    "points_sold": 1, "goods_cents": 1, "fee_cents": 1, "task_cents": 1, "late_refunds": -1,
}  # fmt: skip


def came_in(weekly: pd.DataFrame) -> pd.Series:
    """Cents that a firm takes at the till, and beside it: counters, not the ledger's revenue."""
    return weekly.revenue + sum(sign * weekly.get(name, 0) for name, sign in BESIDE.items())


def unsound(entries: pd.DataFrame, rolled: pd.DataFrame, weekly: pd.DataFrame) -> list[str]:
    """What is wrong with a journal and a roll-forward of points, in words.

    entries : journal.csv;  rolled : points.csv;  weekly : the ledger of the same arm and seed
    """
    at = ["firm", "week"]
    ledger = weekly.set_index(at).sort_index()
    sums = entries.groupby(at)[["debit", "credit"]].sum()
    wrong = ["a firm's week does not balance"] * bool((sums.debit != sums.credit).any())
    sides = entries[["debit", "credit"]]
    wrong += ["an entry has no side, or two"] * bool(((sides > 0).sum(axis=1) != 1).any() or (sides < 0).any(axis=None))
    net = (entries.debit - entries.credit).groupby([entries.firm, entries.week, entries.account]).sum()
    net = net.unstack("account", fill_value=0).reindex(ledger.index, fill_value=0)
    net = net.reindex(columns=[*EARNED, "cash", "payables", "points_liability", "closing", "profit"], fill_value=0)
    wrong += [f"{line} is not the ledger's" for line in AS_BOOKED if (net[line] != ledger[line]).any()]
    wrong += ["breakage is not the ledger's"] * bool((net.breakage != -ledger.breakage).any())
    wrong += ["liability is not the ledger's"] * bool((net.points_liability != -ledger.liability_change).any())
    wrong += ["cash is not what was paid"] * bool((net.cash != came_in(ledger)).any())
    wrong += ["profit is not the ledger's"] * bool((net[list(EARNED)].sum(axis=1) != -ledger.profit).any())
    wrong += ["profit is not carried over"] * bool((net.profit != -ledger.profit).any())
    wrong += ["more is left over than rounding leaves"] * bool(
        (net.rounding.groupby("firm").cumsum().abs() > 6 * max(1, rolled.component.nunique())).any()
    )
    return wrong + leaking(rolled, ledger)


def unsound_expected(
    entries: pd.DataFrame, rolled: pd.DataFrame, vintages: pd.DataFrame, weekly: pd.DataFrame
) -> list[str]:
    """What is wrong with the expected view: its amounts worked out by hand from the exported tables.

    entries : journal_expected.csv;  rolled : points.csv;  vintages : vintages.csv
    """
    at = ["firm", "week"]
    ledger = weekly.set_index(at).sort_index()
    sums = entries.groupby(at)[["debit", "credit"]].sum()
    wrong = ["a firm's week does not balance"] * bool((sums.debit != sums.credit).any())
    net = (entries.debit - entries.credit).groupby([entries.firm, entries.week, entries.account]).sum()
    net = net.unstack("account", fill_value=0).reindex(ledger.index, fill_value=0)
    net = net.reindex(
        columns=[*{*net, *EARNED, "deferral", "points_revenue", "catch_up", "contract_liability", "profit"}],
        fill_value=0,
    )
    earned = [*EARNED, "deferral", "points_revenue", "catch_up"]
    wrong += ["profit is not what the accounts say"] * bool((net[earned].sum(axis=1) != net.profit).any())
    worth = rolled.issued * rolled.price_cents / rolled.reward_units * rolled.expected_of_new
    whole = (rolled.sales + worth).where(rolled.sales + worth > 0, 1.0)
    by_hand = (rolled.sales * worth / whole).astype(float).groupby([rolled.firm, rolled.week]).sum()
    deferred = by_hand.reindex(ledger.index, fill_value=0.0).groupby("firm").cumsum()
    many = max(1, rolled.component.nunique())
    far = (deferred - net.deferral.groupby("firm").cumsum()).abs()
    wrong += [f"what is deferred is not what the prices say: {far.max():.2f} cents"] * bool((far > many).any())
    part = (vintages.redeemed / vintages.expected.where(vintages.expected > 0)).fillna(1.0).clip(0, 1)
    owed = (vintages.deferred * (1.0 - part)).groupby([vintages.firm, vintages.week]).sum()
    ends = rolled[rolled.week.isin(vintages.week)].groupby(at).held.sum().index
    booked = -net.contract_liability.groupby("firm").cumsum().reindex(ends)
    far = (booked - owed.reindex(ends, fill_value=0.0)).abs()
    return wrong + [f"what vintages owe is not what is booked: {far.max():.2f} cents"] * bool((far > 3 * many).any())


def leaking(rolled: pd.DataFrame, ledger: pd.DataFrame) -> list[str]:
    """What is wrong with the roll-forward: made or lost, or worth something else than what is owed."""
    gone = rolled.redeemed + rolled.expired + rolled.reversed + rolled.given
    wrong = ["points are made or lost"] * bool((rolled.opening + rolled.issued != gone + rolled.held).any())
    before = rolled.groupby(["firm", "component"]).held.shift(1, fill_value=0)
    wrong += ["a week opens with other points than the last one left"] * bool((rolled.opening != before).any())
    worth = rolled.held * rolled.cost_cents // rolled.reward_units
    owed = worth.groupby([rolled.firm, rolled.week]).sum().reindex(ledger.index, fill_value=0)
    booked = ledger.liability_change.groupby("firm").cumsum()
    return wrong + ["what is owed is not what is held at its cost"] * bool((owed != booked).any())
