"""The figures of a whole market, by setting."""

from __future__ import annotations

from loyaltysim.market.book import Book, booked_revenue
from loyaltysim.measures.contracts import flows, retention
from loyaltysim.measures.ratio import divide, ratio
from loyaltysim.measures.repeat_buying import heavy_share, penetration, share_of_category_requirements, sole_buyers
from loyaltysim.mechanism.measure import measure


def market_figures(book: Book) -> dict[str, float]:
    """What a market looks like: who buys where, or where customers have contracts, who stays, comes and goes."""
    return contract_figures(book) if "renewals" in book.weekly else shopping_figures(book)


@measure(
    "share_of_customers", unit="share", words="share of all customers", chinese="客户份额", style="per hundred",
    short="customers", of="the firm's customers over all customers, in the last week",
)  # fmt: skip
def contract_figures(book: Book) -> dict[str, float]:
    """Shares of customers at the end, retention over the run, flows per 100 customers and year."""
    held = book.weekly.customers.to_numpy().reshape(-1, len(book.firms))[-1]
    named = {"share_of_customers": divide(held, float(held.sum())), "retention": retention(book), **flows(book)}
    return {
        f"{name}[{firm}]": float(v)
        for name, values in named.items()
        for firm, v in zip(book.firms, values, strict=True)
    }


@measure(
    "share_of_visits", unit="share", words="share of all {occasion}", chinese="购买份额", style="per hundred",
    short="of purchases", of="the firm's purchases over all purchases, over the whole run",
)  # fmt: skip
@measure(
    "share_of_revenue", unit="share", words="share of all revenue", chinese="销售额份额", style="per hundred",
    of="the firm's revenue over that of all firms, over the whole run",
)  # fmt: skip
def shopping_figures(book: Book) -> dict[str, float]:
    """What a market looks like: shares of visits and revenue, and over the last 52 weeks penetration and repertoire."""
    weekly = book.weekly.assign(revenue=booked_revenue(book.weekly))
    total = weekly.groupby("firm", sort=False)[["visits", "revenue", "profit"]].sum()
    figures = {}
    for firm, row in total.iterrows():
        figures[f"share_of_visits[{firm}]"] = ratio(row.visits, total.visits.sum())
        figures[f"share_of_revenue[{firm}]"] = ratio(row.revenue, total.revenue.sum())
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
