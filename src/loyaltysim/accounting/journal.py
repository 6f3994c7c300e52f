"""The ledger as a journal: double entry for every firm and week, in whole cents.

Every entry is a pair: one account debited, one credited by as much, so that debits and credits agree in every firm and
week. Lines of the ledger keep their names as accounts; where they come from, and against what they are booked:

    debit             credit            cents
    cash              revenue           what was paid at the till, refunds included
    discounts         revenue           base price less what was paid; `revenue` is at base prices
    returns           cash              refunds, at the till and weeks later
    cash              points_sold       what customers paid for points
    settlements       cash              what a coalition's firms pay each other for points given and used; sums to 0
    a cost            payables          cost_of_goods, reward_cost, touchpoints, recovery, fixed_cost, acquisition
    liability_change  points_liability  points issued, at the cost of their reward; new terms value old points anew
    points_liability  liability_change  points redeemed, taken back, given away, at the cost of their reward
    points_liability  breakage          points that lapsed, at the cost of their reward
    rounding          points_liability  what whole cents leave over
    closing           profit            the week's result, carried to what the owners have

Points stand for stamps and credit too. A negative amount is booked on the other side. `liability_change` in the ledger
is the change of `points_liability`; as an account it is before breakage, which has its own.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from loyaltysim.firms.firm import COSTS
from loyaltysim.market.book import Book, booked_revenue
from loyaltysim.mechanism.declare import Worth
from loyaltysim.mechanism.registry import registry

Entry = tuple[str, str, pd.Series]  # account debited, account credited, cents by row of the weekly table
COLUMNS = ("date", "week", "firm", "account", "debit", "credit")
MONDAY = datetime.date(2024, 1, 1)  # the first day of week 0, unless somebody says another
FATES = {"redeemed": "redeemed", "paid": "redeemed", "expired": "expired", "lost": "expired", "reversed": "reversed"}
SETTLED = ("partner_refunds", "partner_fees")  # counters of a coalition: paid to its partners, and got from them
AFTER_THE_TILL = ("late_refunds", "points_sold")  # counters of money beside sales, where somebody counts them
WORTH = ["reward_units", "cost_cents", "price_cents", "lapse_weeks"]
WAYS = ("redeemed", "expired", "reversed", "given")  # in which points leave, beside what is held
BALANCE_SHEET = ("cash", "payables", "points_liability", "contract_liability", "profit")  # accounts that nobody closes


def promises(books: Mapping[str, Book], seed: int) -> pd.DataFrame:
    """What the currencies of the firms' programs are worth, a row for every firm, component and change of it.

    books : by arm. Columns: arm, seed, week (from when), firm, component, reward_units (units of the currency, as the
    counters of the weekly table count them, that are one reward), cost_cents (what a reward costs the firm),
    price_cents (what a customer would otherwise pay for it) and lapse_weeks (`mechanism.declare.Worth`).
    """
    rows = [
        (arm, seed, week, firm, component, *found)
        for arm, book in books.items()
        for week, firm, component, found in (*changed(book.offers), *changed(book.own_currencies))
    ]
    whole = dict.fromkeys(["seed", "week", *WORTH], np.int64)
    return pd.DataFrame(rows, columns=["arm", "seed", "week", "firm", "component", *WORTH]).astype(whole)


def changed(offers: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, str, str, Worth]]:
    """Week, firm, component and worth wherever the worth of a stock is new. offers : of every week, by firm"""
    known, last = registry(), dict[tuple[str, str], Worth]()
    for week, shown in enumerate(offers):
        for firm, offer in shown.items():
            for component, terms in offer.program.items():
                for stock in known[component].stocks:
                    if stock.worth is not None and last.get((firm, component)) != (now := stock.worth(terms)):
                        last[firm, component] = now
                        yield week, firm, component, now


def points(weekly: pd.DataFrame, promised: pd.DataFrame) -> pd.DataFrame:
    """The roll-forward of every currency: opening + issued = redeemed + expired + reversed + given + held.

    weekly   : rows of one arm and seed, by week and firm;  promised : `promises` of the same
    Returns a row for every firm, component and week from the component's first, in the unit of the counters (points and
    their like in thousandths, stamps, cents of credit): week, firm, component, opening, issued, redeemed, expired,
    reversed, given, held, and reward_units, cost_cents, price_cents, lapse_weeks of that week.
    """
    known, tables = registry(), []
    for (firm, component), worth in promised.groupby(["firm", "component"], sort=False):
        rows = weekly[weekly.firm == firm].reset_index(drop=True)
        for stock in known[str(component)].stocks:
            table = rows[["week", "firm"]].assign(component=str(component), opening=0, issued=rows[stock.issued])
            table[list(WAYS)] = 0
            for counter in (*stock.gone, *stock.elsewhere):
                table[way(counter)] += rows.get(counter, 0)
            table["held"] = (table.issued - table[list(WAYS)].sum(axis=1)).cumsum()
            table["opening"] = table.held.shift(1, fill_value=0)
            table[WORTH] = worth.set_index("week")[WORTH].reindex(table.week).ffill().to_numpy()
            tables.append(table[table.reward_units.notna()].astype(dict.fromkeys(WORTH, np.int64)))
    return pd.concat(tables, ignore_index=True) if tables else NO_POINTS.copy()


def way(counter: str) -> str:
    """How points went that a counter counts, by the end of its name: lost stamps lapse, credit paid is redeemed."""
    return FATES.get(counter.rpartition("_")[2], "given")


NO_POINTS = pd.DataFrame(columns=["week", "firm", "component", "opening", "issued", *WAYS, "held", *WORTH]).astype(
    dict.fromkeys(["week", "opening", "issued", *WAYS, "held", *WORTH], np.int64)
)


def at_cost(rolled: pd.DataFrame) -> pd.DataFrame:
    """What moved, in cents by firm and week: issued, redeemed, expired, reversed, given and revalued.

    Sums since the start are rounded down and differenced, as the ledger does, so that nothing piles up.
    """
    moved = ["issued", *WAYS]
    found = rolled[["week", "firm"]].assign(**dict.fromkeys([*moved, "revalued"], 0))
    for _, rows in rolled.groupby(["firm", "component"], sort=False):
        cost, units = rows.cost_cents, rows.reward_units
        for name in moved:
            total = rows[name].cumsum()
            found.loc[rows.index, name] = total * cost // units - (total - rows[name]) * cost // units
        before = rows.opening * cost.shift(1, fill_value=0) // units.shift(1, fill_value=1)
        found.loc[rows.index, "revalued"] = rows.opening * cost // units - before
    return found.groupby(["firm", "week"])[[*moved, "revalued"]].sum().astype(np.int64)


def trade(weekly: pd.DataFrame) -> list[Entry]:
    """Sales, returns and costs, which are the same in every view of what points owe."""
    refunds, late, sold = (weekly.get(name, pd.Series(0, weekly.index)) for name in ("refunds", *AFTER_THE_TILL))
    paid = weekly.revenue + refunds
    settled = paid_to_others(weekly)
    booked = booked_revenue(weekly)
    return [
        ("cash", "revenue", paid),
        ("discounts", "revenue", weekly.at_base_price - paid),
        ("returns", "cash", refunds),
        ("returns", "cash", late),
        ("cash", "points_sold", sold),
        ("cash", "other_income", booked - weekly.revenue + late - sold),
        ("settlements", "cash", settled),
        *(
            (line, "payables", weekly[line] - settled * (line == "reward_cost"))
            for line in COSTS
            if line != "liability_change"
        ),
    ]


def paid_to_others(weekly: pd.DataFrame) -> pd.Series:
    """What each firm paid the other firms of its coalition, less what it got of them: a part of its reward cost."""
    out, back = (weekly.get(name, pd.Series(0, weekly.index)) for name in SETTLED)
    return out - back


def with_partners(weekly: pd.DataFrame, partners: pd.DataFrame | None) -> pd.DataFrame:
    """The weekly table of one arm and seed with the partners of its coalition as firms; what one pays the other gets.

    partners : weekly, of the same arm and seed (`Records.partners`); None where there are none
    """
    if partners is None or partners.empty:
        return weekly
    theirs = partners.assign(**{name: -partners[name] for name in SETTLED})
    theirs = theirs.drop(columns=[name for name in theirs if name not in weekly])
    whole = pd.concat([weekly, theirs], ignore_index=True).sort_values("week", kind="stable", ignore_index=True)
    return whole.fillna(0).astype({name: weekly[name].dtype for name in whole if name not in ("arm", "firm")})


def pairs(weekly: pd.DataFrame, rolled: pd.DataFrame) -> list[Entry]:
    """Debit, credit and cents of every kind of entry, the cents by row of `weekly`. See the head of this file."""
    moved = at_cost(rolled).reindex(pd.MultiIndex.from_frame(weekly[["firm", "week"]]), fill_value=0)
    moved = moved.set_axis(weekly.index)
    kept = moved.issued + moved.revalued - moved.redeemed - moved.reversed - moved.given - weekly.breakage
    return [
        *trade(weekly),
        ("liability_change", "points_liability", moved.issued),
        ("liability_change", "points_liability", moved.revalued),
        ("points_liability", "liability_change", moved.redeemed),
        ("points_liability", "liability_change", moved.reversed),
        ("points_liability", "liability_change", moved.given),
        ("points_liability", "breakage", weekly.breakage),
        ("rounding", "points_liability", weekly.liability_change - kept),
        ("closing", "profit", weekly.profit),
    ]


def journal(weekly: pd.DataFrame, promised: pd.DataFrame, start: datetime.date = MONDAY) -> pd.DataFrame:
    """Every entry of one arm and seed, in the order of week and firm, statutory view.

    weekly   : rows of `firms.parquet` of one arm and seed;  promised : of `promises.parquet` of the same
    start    : first day of week 0; an entry has the first day of its week
    Columns: date, week, firm, account, debit, credit (cents, never negative, never both). Accounts without movement in
    a week have no row there.
    """
    weekly = weekly.reset_index(drop=True)
    return written(pairs(weekly, points(weekly, promised)), weekly, start)


def written(entries: Sequence[Entry], weekly: pd.DataFrame, start: datetime.date) -> pd.DataFrame:
    """Entries as rows, two each; a negative amount stands on the other side. weekly : whose rows they belong to"""
    tables = []
    for number, (debit, credit, cents) in enumerate(entries):
        amount = cents.to_numpy(np.int64)
        sides = [(debit, amount.clip(0), (-amount).clip(0)), (credit, (-amount).clip(0), amount.clip(0))]
        for side, (account, left, right) in enumerate(sides):
            rows = weekly[["week", "firm"]].assign(account=account, debit=left, credit=right)
            tables.append(rows.assign(row=weekly.index, entry=2 * number + side)[amount != 0])
    found = pd.concat(tables).sort_values(["row", "entry"], kind="stable")
    told: pd.DataFrame = found.assign(date=dates(found.week, start))[list(COLUMNS)].reset_index(drop=True)
    return told


def dates(weeks: pd.Series, start: datetime.date) -> pd.Series:
    """The first day of each week."""
    days: pd.Series = (pd.Timestamp(start) + pd.to_timedelta(7 * weeks, unit="D")).dt.date
    return days


def result(entries: pd.DataFrame) -> pd.Series:
    """What the income and expense accounts say that was earned, cents by firm and week."""
    own = entries[~entries.account.isin([*BALANCE_SHEET, "closing"])]
    every = pd.MultiIndex.from_frame(entries[["firm", "week"]].drop_duplicates())
    earned = (own.credit - own.debit).groupby([own.firm, own.week]).sum().reindex(every, fill_value=0)
    return earned.sort_index()


def balances(entries: pd.DataFrame, year: int = 52) -> pd.DataFrame:
    """Opening balance, debits, credits and closing balance of every firm, year and account of a journal.

    Debit balances are positive. Income and expense open at 0 every year: their result has gone to `profit`, week by
    week. Columns: firm, year (from 0), account, opening, debit, credit, closing; cents.
    """
    names = ["firm", "year", "account", "opening", "debit", "credit", "closing"]
    if entries.empty:  # nobody bought, nothing was paid
        return pd.DataFrame(columns=names).astype(dict.fromkeys(["year", *names[3:]], np.int64))
    order: list[str] = list(dict.fromkeys(entries.account))
    each = entries.assign(year=entries.week // year).groupby(["firm", "account", "year"], sort=False)
    whole: Any = each[["debit", "credit"]].sum().unstack("year", fill_value=0).stack("year", future_stack=True)
    sums: pd.DataFrame = whole.reset_index()
    sums["account"] = pd.Categorical(sums.account, order, ordered=True)
    sums = sums.sort_values(["firm", "year", "account"], kind="stable")
    net = sums.debit - sums.credit
    carried = net.groupby([sums["firm"], sums["account"]], observed=True).cumsum() - net
    sums["opening"] = carried.where(sums.account.isin(BALANCE_SHEET), 0)
    sums["closing"] = sums.opening + net
    found: pd.DataFrame = sums[names].astype({"account": object}).reset_index(drop=True)
    return found
