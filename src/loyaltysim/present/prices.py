"""How prices moved in a run, in words: for every firm that moved its price, what it asked at a few weeks."""

from __future__ import annotations

import pandas as pd

from loyaltysim.present.format import paragraph
from loyaltysim.runs.files import Records

QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the run, where the price is told
MOVED = 0.0005  # of the price: less is told as no move
FIRMS = 4  # of which the path is told


def path(firms: pd.DataFrame) -> pd.DataFrame:
    """The price of each firm that moved it, mean over runs, in the world with the program (the one there is, else).

    firms : the weekly table of a run. -> one row a week, one column a firm
    """
    arm = "with" if "with" in set(firms.arm) else firms.arm.iloc[0]
    own = firms[firms.arm == arm]
    found = own.pivot_table(index="week", columns="firm", values="price", sort=False)
    reach = own.groupby("firm").price.agg(lambda price: price.max() / price.min() - 1.0)
    return found[[name for name in found.columns if reach[name] > MOVED]]


def moved(records: Records) -> list[str]:
    """The sentence about them; nothing where all prices stood still."""
    prices = path(records.firms)
    if prices.empty or not len(prices.columns):
        return []
    weeks = sorted({round(share * (len(prices) - 1)) for share in QUARTERS})
    said = [
        f"{name} " + ", ".join(f"{prices[name].iloc[week]:.3f}" for week in weeks) for name in prices.columns[:FIRMS]
    ]
    left = len(prices.columns) - len(said)
    rest = f"; {left} more: firms.parquet" if left else ""
    when = ", ".join(str(int(prices.index[week])) for week in weeks)
    return paragraph(f"Prices moved, here in weeks {when} (base price 1 unless set): {'; '.join(said)}{rest}.")
