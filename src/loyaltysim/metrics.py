"""Marketing metrics: a table in, a number out; each with its definition and unit.

`visits` is always (n_customers, n_firms) purchases in one period; `spend` the same in cents. In a contract market a
customer has one firm at a time: there, who stays, comes and goes is read off a `Book`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from loyaltysim.customers import QUARTER

if TYPE_CHECKING:
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


def awareness(aware: np.ndarray) -> np.ndarray:
    """Share of customers who know the firm. aware : (n_customers, n_firms) 0 or 1 -> (n_firms,)"""
    known: np.ndarray = np.asarray(aware, float).mean(axis=0)
    return known


def complaint_rate(complaints: np.ndarray, visits: np.ndarray) -> np.ndarray:
    """Complaints per purchase. It rises when complaining is made easier, whatever the quality. Any one shape."""
    return divide(complaints, visits)


def return_rate(returns: np.ndarray, visits: np.ndarray) -> np.ndarray:
    """Purchases that were brought back and refunded, per purchase: quality, and who abuses leniency. Any one shape."""
    return divide(returns, visits)


def walkout_rate(walkouts: np.ndarray, visits: np.ndarray) -> np.ndarray:
    """Customers who begin to avoid the firm, per purchase. Any one shape."""
    return divide(walkouts, visits)


def sentiment(promoters: np.ndarray, detractors: np.ndarray) -> np.ndarray:
    """Promoters less detractors, of those who took a side, -1 to 1: what monitoring sees. Any one shape."""
    return divide(promoters - detractors, promoters + detractors)


def cross_buying(cross_purchases: np.ndarray, visits: np.ndarray) -> np.ndarray:
    """Purchases of a firm's second category per purchase of its first, returned ones included. Any one shape."""
    return divide(cross_purchases, visits)


def customer_value(margins: np.ndarray, yearly_discount: float = 0.1) -> np.ndarray:
    """Present value of a customer's margins in the quarters of a record. margins : (quarters, n) money -> (n,) money"""
    quarter = (1.0 + yearly_discount) ** -(np.arange(len(margins)) / 4.0)
    value: np.ndarray = np.tensordot(quarter, margins, 1)
    return value


def effective_rank(answers: np.ndarray) -> float:
    """How many dimensions answers have: participation ratio (sum l)^2 / sum l^2 of the eigenvalues l of their
    correlations, 1 to the number of questions; constant questions are left out. answers : (n, questions)

    Noise of its own in each question raises it: compare it with that of what is felt.
    """
    x = np.asarray(answers, float)
    x = x[:, x.std(axis=0) > 0] if len(x) else x
    if x.shape[1] < 2:
        return float(x.shape[1])
    eigenvalues = np.linalg.eigvalsh(np.corrcoef(x, rowvar=False))
    return float(eigenvalues.sum() ** 2 / (eigenvalues**2).sum())


def loyalty_cells(behaviour: np.ndarray, attitude: np.ndarray) -> dict[str, float]:
    """Shares of customers by behaviour and attitude: true, spurious (buys, does not care), latent, no loyalty.

    behaviour, attitude : (n,) bool. Source: Dick & Basu 1994, JAMS 22(2).
    """
    buys, likes = np.asarray(behaviour, bool), np.asarray(attitude, bool)
    cells = {"true": buys & likes, "spurious": buys & ~likes, "latent": ~buys & likes, "none": ~buys & ~likes}
    return {name: float(cell.mean()) for name, cell in cells.items()}


def discrimination(score: np.ndarray, outcome: np.ndarray) -> float:
    """Chance that one with the outcome scores higher than one without (area under the ROC curve); ties count half.

    score : (n,); outcome : (n,) bool; nan if all have it or none.
    """
    from scipy.stats import rankdata

    hit = np.asarray(outcome, bool)
    n, m = int(hit.sum()), int((~hit).sum())
    if n == 0 or m == 0:
        return float("nan")
    return float((rankdata(score)[hit].sum() - n * (n + 1) / 2.0) / (n * m))


def divide(top: np.ndarray, bottom: np.ndarray | float) -> np.ndarray:
    """top / bottom, nan where the bottom is 0."""
    top = np.asarray(top, float)
    ratio: np.ndarray = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=np.asarray(bottom) != 0)
    return ratio


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


def market_figures(book: Book) -> dict[str, float]:
    """What a market looks like: who buys where, or where customers have contracts, who stays, comes and goes."""
    return contract_figures(book) if "renewals" in book.weekly else shopping_figures(book)


def contract_figures(book: Book) -> dict[str, float]:
    """Shares of customers at the end, retention over the run, flows per 100 customers and year."""
    held = book.weekly.customers.to_numpy().reshape(-1, len(book.firms))[-1]
    named = {"share_of_customers": divide(held, float(held.sum())), "retention": retention(book), **flows(book)}
    return {
        f"{name}[{firm}]": float(v)
        for name, values in named.items()
        for firm, v in zip(book.firms, values, strict=True)
    }


def shopping_figures(book: Book) -> dict[str, float]:
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
