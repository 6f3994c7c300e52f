"""What a simulated panel shows: the figures that a market researcher reads off purchases by customer, firm and quarter.

The estimators are those that were applied to the real panels, so that sampling error and small-sample bias are alike.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from loyaltysim.measures.repeat_buying import gini, heavy_share
from loyaltysim.validate.patterns import FIGURES, duplication_law, nbd_shape, nearest_shape

SAME_BRAND = {  # class of purchases: fewest and most of them
    "2 to 5 purchases": (2, 5), "6 to 11 purchases": (6, 11), "12 or more purchases": (12, np.inf),
}  # fmt: skip


def patterns(visits: np.ndarray, firms: tuple[str, ...], named: list[str]) -> dict[str, float]:
    """Every pattern of the tolerance table in a panel of one year.

    visits : (4, customers, firms) purchases by quarter; named : the firms with data, largest share first
    """
    found, brands = category(visits.sum(axis=2)), brand_figures(visits, firms)
    found["S"] = taste_shape(visits.sum(axis=0))
    for place, name in zip(("leader", "second"), named, strict=False):
        found |= {f"{place} {figure}": float(brands[figure][name]) for figure in FIGURES}
    if len(named) > 1:
        bought = visits.sum(axis=0)[:, [firms.index(name) for name in named]] > 0
        both, one = bought.T.astype(float) @ bought, bought.sum(axis=0)
        law = duplication_law(both / one[:, None], one / len(bought))
        found |= dict(zip(("duplication D", "duplication r"), law, strict=True))
    return found


def favourites(visits: np.ndarray) -> dict[str, float]:
    """The favourite's share, and how often it stays the favourite. visits : (4, customers, firms) by quarter.

    Share: mean over customers with 5 purchases or more. The same in both halves: of customers with 6 or more in each.
    """
    year, halves = visits.sum(axis=0), (visits[:2].sum(axis=0), visits[2:].sum(axis=0))
    total = year.sum(axis=1)
    many = total >= 5
    both = (halves[0].sum(axis=1) >= 6) & (halves[1].sum(axis=1) >= 6)
    first, second = (half[both].argmax(axis=1) for half in halves)
    return {
        "favourite's share": float(np.mean(year[many].max(axis=1) / total[many])),
        "same favourite in both halves": float(np.mean(first == second)) if both.any() else np.nan,
    }


def inertia(customer: np.ndarray, firm: np.ndarray) -> dict[str, float]:
    """How much likelier the same firm is 1 and 10 purchases later than in shuffled histories; 0 where only tastes act.

    Customers with 12 purchases or more; pairs of one customer, all weighed alike. What shuffling gives on average is
    sum_j n_j (n_j - 1) / (n (n - 1)). customer, firm : (purchases,), in the order of time.
    """
    found = {}
    for lag in (1, 10):
        same, pairs, chance = lags(customer, firm, lag)
        found[f"excess inertia, lag {lag}"] = float((same - chance).sum() / pairs.sum()) if len(pairs) else np.nan
    return found


def lags(customer: np.ndarray, firm: np.ndarray, lag: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of every customer with 12 purchases or more: pairs so many purchases apart that are of one firm, all such pairs,
    and how many would be of one firm in shuffled histories. customer, firm : (purchases,), in the order of time
    """
    order = np.argsort(customer, kind="stable")
    who, firm = np.unique(customer[order], return_inverse=True)[1], np.unique(firm[order], return_inverse=True)[1]
    keep = np.bincount(who, minlength=1)[who] >= 12
    who, firm = (np.unique(x[keep], return_inverse=True)[1] for x in (who, firm))
    if not len(who):
        return np.zeros(0), np.zeros(0), np.zeros(0)
    table = np.zeros((int(who[-1]) + 1, len(np.unique(firm))))
    np.add.at(table, (who, firm), 1)
    n = table.sum(axis=1)
    one = who[lag:] == who[:-lag]
    same = np.bincount(who[lag:][one], (firm[lag:] == firm[:-lag])[one], minlength=len(n))
    return same, n - lag, (n - lag) * (table * (table - 1)).sum(axis=1) / (n * (n - 1))


def same_brand(counts: np.ndarray) -> dict[str, np.ndarray]:
    """Chance that two random purchases of a customer are of one brand, of each customer in a class of purchases.

    counts : (customers, brands)
    """
    n = counts.sum(axis=1)
    found = {}
    for name, (low, high) in SAME_BRAND.items():
        rows = counts[(n >= low) & (n <= high)].astype(float)
        total = rows.sum(axis=1)
        found[name] = (rows * (rows - 1)).sum(axis=1) / (total * (total - 1))
    return found


def same_figures(counts: np.ndarray) -> dict[str, float]:
    """The mean of `same_brand` in every class; nan in a class without customers."""
    return {name: float(each.mean()) if len(each) else np.nan for name, each in same_brand(counts).items()}


def category(trips: np.ndarray) -> dict[str, float]:
    """Figures of the category. trips : (4, customers) purchases by quarter."""
    year, counts = trips.sum(axis=0), np.bincount(trips.sum(axis=0))
    reached = [float(np.mean(trips[: q + 1].sum(axis=0) > 0)) for q in range(4)]
    return {
        "category penetration": reached[3],
        "purchases per buyer": float(int(year.sum()) / np.sum(year > 0)),
        "K": nbd_shape(counts),
        "share of top 20 % of buyers": heavy_share(year),
        "buying once": float(counts[1] / counts[1:].sum()),
        "penetration at 26 weeks": reached[1],
        "penetration at 39 weeks": reached[2],
        "growth over quarter 1": reached[3] / reached[0],
        "repeat quarter to quarter": repeat(trips > 0),
        "correlation 1 quarter apart": correlation(trips, 1),
        "correlation 3 quarters apart": correlation(trips, 3),
    }


def repeat(active: np.ndarray) -> float:
    """Share of a quarter's buyers who buy in the next one, over all pairs. active : (quarters, customers)."""
    return float(np.sum(active[1:] & active[:-1]) / np.sum(active[:-1]))


def correlation(trips: np.ndarray, lag: int) -> float:
    """Mean correlation over customers of the purchases in quarters that lie `lag` apart."""
    table = np.corrcoef(trips)
    return float(np.mean(np.diagonal(table, lag)))


def brand_figures(visits: np.ndarray, firms: tuple[str, ...]) -> pd.DataFrame:
    """Share, penetration, frequency, scr, sole buyers and repeat of every firm in the panel."""
    year = visits.sum(axis=0)
    total, bought = year.sum(axis=1), year > 0
    buyers = bought.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        table = {
            "share": year.sum(axis=0) / total.sum(),
            "penetration": buyers / len(year),
            "frequency": year.sum(axis=0) / buyers,
            "scr": year.sum(axis=0) / (total @ bought),
            "sole buyers": np.sum(bought & (year == total[:, None]), axis=0) / buyers,
            "repeat": [repeat(visits[:, :, j] > 0) for j in range(len(firms))],
        }
    return pd.DataFrame(table, index=list(firms))


def taste_shape(counts: np.ndarray) -> float:
    """S by maximum likelihood, means fixed at the shares (Dirichlet-multinomial). counts : (customers, firms)."""
    counts = counts[:, counts.sum(axis=0) > 0]
    share, total = counts.sum(axis=0) / counts.sum(), np.bincount(counts.sum(axis=1))
    return nearest_shape(share, total, [np.bincount(column) for column in counts.T])


def store_figures(trips: np.ndarray, spend: np.ndarray) -> dict[str, float]:
    """What a store's customer base looks like. trips, spend : (4, customers) by quarter."""
    year = spend.sum(axis=0)[trips.sum(axis=0) > 0]
    top = np.argsort(-spend[0], kind="stable")[: round(len(spend[0]) / 10)]
    found = {
        "top 20 % of customers' share of revenue": heavy_share(year),
        "Gini of revenue": gini(year),
        "spend of the top decile after 3 quarters": float(spend[3][top].sum() / spend[0][top].sum()),
    }
    active = np.flatnonzero(trips[0] > 0)
    order = active[np.argsort(trips[0][active], kind="stable")]
    for k, rows in enumerate(np.array_split(order, 5), start=1):
        found[f"next-quarter activity of trip quintile {k}"] = float(np.mean(trips[1][rows] > 0))
    return found
