"""What points owe at the horizon, in the statutory view and in the expected one, and what that makes of the profit."""

from __future__ import annotations

from typing import Any

from loyaltysim.accounting.books import Books, terms_of
from loyaltysim.accounting.vintages import dated_by_all, of_firm
from loyaltysim.market.book import Book
from loyaltysim.measures import program_effects
from loyaltysim.measures.program_effects import Window
from loyaltysim.measures.ratio import ratio
from loyaltysim.mechanism.measure import measure

BY = "of all points issued by the horizon, as the firm's own vintages seen by then say"


def points_of(book: Book, firm: str, weeks: int) -> Any:
    """The last terms of points that a firm showed in the first so many weeks; None where it never had any."""
    shown = (offers[firm].program.get("points") for offers in reversed(book.offers[:weeks]))
    return next((terms for terms in shown if terms is not None), None)


def books(book: Book, firm: str, weeks: int) -> Books | None:
    """A firm's books of points after so many weeks; None where it issued none."""
    rows = of_firm(book.weekly[book.weekly.week < weeks], firm)
    terms = points_of(book, firm, weeks)
    if terms is None or "points_issued" not in rows or not rows.points_issued.any():
        return None
    known = None if book.vintages is None else of_firm(book.vintages[book.vintages.week < weeks], firm)
    return Books.of(rows, terms_of(terms), dated_by_all(rows, known), terms.members)


@measure(
    "owed_statutory", unit="money per customer", words="owed for points at their cost, {currency} per customer",
    chinese="积分负债（按全部成本）", style="money",
    of="every point outstanding at the horizon at the cost of its reward, per customer",
)  # fmt: skip
@measure(
    "owed_expected", unit="money per customer", words="owed for points as IFRS 15 books them, {currency} per customer",
    chinese="积分负债（按 IFRS 15）", style="money",
    of="what was paid and deferred for points, and is not yet revenue at the horizon, per customer",
)  # fmt: skip
@measure(
    "profit_expected_view", unit="money per customer and year",
    words="profit, points by IFRS 15, {currency} per customer and year",
    chinese="按 IFRS 15 入账的利润变化", style="change",
    of="profit with the program less without it, per customer and year, where points defer revenue by what is expected "
    "to be redeemed and no cost is accrued for them",
)  # fmt: skip
@measure(
    "breakage_estimate", unit="share of points", words="points that nobody will redeem", chinese="预计无人兑换的积分",
    style="rate", of=f"estimated share that nobody will redeem, {BY}",
)  # fmt: skip
@measure(
    "breakage_low", unit="share of points", words="points that nobody will redeem, at least",
    chinese="预计无人兑换的积分，下限", style="rate", of=f"lower end of the estimate's 95 % interval, {BY}",
)  # fmt: skip
@measure(
    "breakage_high", unit="share of points", words="points that nobody will redeem, at most",
    chinese="预计无人兑换的积分，上限", style="rate", of=f"upper end of the estimate's 95 % interval, {BY}",
)  # fmt: skip
def two_views(book: Book, w: Window, profit: float) -> dict[str, float]:
    """Liability, profit and estimated breakage at the horizon; nothing where the firm has issued no points.

    book : with the program;  profit : what it changes, money per customer and year, as the ledger says
    """
    found = books(book, w.firm, w.weeks)
    if found is None:
        return {}
    last, estimate = found.weekly.iloc[-1], found.estimate()
    customers = 100.0 * int(program_effects.entered(book).sum())
    return {
        "owed_statutory": ratio(last.statutory, customers),
        "owed_expected": ratio(last.contract_liability, customers),
        "profit_expected_view": profit + w.per_customer_year(last.statutory - last.contract_liability, book),
        "breakage_estimate": 1.0 - estimate.value,
        "breakage_low": 1.0 - estimate.high,
        "breakage_high": 1.0 - estimate.low,
    }
