"""What the real panels showed: the project's own copies of published aggregates, read by pattern (data/README.md)."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

DATA = Path(__file__).resolve().parents[1] / "data"
PANEL = 2469  # households of the grocery panel
SEEDS = 40  # panels that a market is judged on
BEHAVIOUR = "B, "  # before the baseline of a market with behaviour at work
MONTE_CARLO = math.sqrt(1 / 100 + 1 / SEEDS)  # error of table (100 panels) less validation, in deviations of a panel
NEVER_EXCUSED = frozenset(
    {"category penetration", "purchases per buyer", "K", "S", "leader penetration", "duplication D"}
)
FEW = 50  # households with 12 purchases or more: with fewer, inertia is not judged
LISTED_AT_MOST = 0.30  # share of a market's gated cells that may be known misfits


@cache
def table(name: str) -> pd.DataFrame:
    """One data table, indexed by its first column."""
    frame = pd.read_csv(DATA / f"{name}.csv")
    return frame.set_index(frame.columns[0])


@cache
def tolerances() -> pd.DataFrame:
    """Tolerances by pattern: measure in the data, tolerance stationary and with drift, kind."""
    return table("tolerances")


def categories() -> list[str]:
    """The twelve grocery categories."""
    return list(table("grocery_category").index)


def brands(category: str) -> pd.DataFrame:
    """A category's brands, largest share first; index: firm ids."""
    found = table("grocery_brand").loc[[category]].set_index("brand")
    return found.rename(index=str.lower)


@cache
def grocery(category: str) -> pd.DataFrame:
    """A category's observed patterns.

    Columns: observed, error (of sampling; nan if unknown), misfit (of the theory in the table), misfit_error.
    """
    figures, measured = (
        table("grocery_category").loc[category],
        table("grocery_tolerances").loc[category].set_index("measure"),
    )
    drawn, rows = bootstrap(category), {}
    for pattern, measure in tolerances().measure.items():
        if measure in measured.index:
            m = measured.loc[measure]
            rows[pattern] = (m.observed, m.boot_se, m.rel_misfit, m.nbd_dirichlet_sim_sd / m.observed * MONTE_CARLO)
        elif measure in drawn.index:
            m = drawn.loc[measure]
            value = figures[measure] if measure in figures.index else m.observed
            rows[pattern] = (value, m.boot_se, m.dirichlet / m.observed - 1, 0.0)
        elif measure in figures.index and measure != "r_pen_w":
            p = figures[measure]
            error = math.sqrt(p * (1 - p) / PANEL) if measure.startswith("pen") else float("nan")
            rows[pattern] = (p, error, float("nan"), 0.0)
    return pd.DataFrame(rows, index=["observed", "error", "misfit", "misfit_error"]).T


def bootstrap(category: str) -> pd.DataFrame:
    """A category's shares and r of duplication: observed, boot_se, dirichlet (r alone); index: measure."""
    return table("grocery_bootstrap").loc[category].set_index("measure")


def inertia(category: str) -> dict[str, float]:
    """Excess of the same brand bought 1 and 10 purchases later over shuffled histories; nan below `FEW` households.

    Lag 1 as it is measured in a simulated panel: what the market does not name is one brand more, of a basket with
    several brands one counts.
    """
    year: Any = table("grocery_category").loc[category]
    lags = (float(bootstrap(category).observed["inertia_1"]), float(year.same_lag10 - year.same_shuffled))
    few = year.same_n_hh < FEW
    return {f"excess inertia, lag {k}": np.nan if few else value for k, value in zip((1, 10), lags, strict=True)}


def inertia_of(market: str) -> float:
    """Excess of the same brand bought next over shuffled histories; nan where no panel is large enough to say."""
    return inertia(market)["excess inertia, lag 1"] if market in categories() else float("nan")


def strengths(category: str) -> dict[str, float]:
    """Dirichlet means of a category's brands and of the rest, in ten-thousandths that sum to 1.

    Leader and second: penetration x frequency / M of the panels that were simulated from the maximum-likelihood
    Dirichlet-multinomial (grocery_tolerances); the others share the rest in proportion to their observed shares.
    """
    shares, t = brands(category).share, table("grocery_tolerances").loc[category].set_index("measure")
    sim = t.nbd_dirichlet_sim_mean
    first = [sim[f"pen_{p}"] * sim[f"w_{p}"] / (sim.pen * sim.w_cat) for p in ("leader", "second")]
    rest = {**shares.iloc[2:].to_dict(), "other": 1.0 - shares.sum()}
    scale = (1.0 - sum(first)) / sum(rest.values())
    values = dict(zip(shares.index, first, strict=False)) | {name: share * scale for name, share in rest.items()}
    ten_thousandths = {name: max(1, round(value * 10_000)) for name, value in values.items()}
    largest = max(list(values)[2:], key=lambda name: values[name])
    ten_thousandths[largest] += 10_000 - sum(ten_thousandths.values())
    return {name: k / 10_000 for name, k in ten_thousandths.items()}


def known_misfits(market: str, baseline: str) -> pd.DataFrame:
    """The committed list for a market: pattern -> size (relative), error of the size, source.

    Baseline B is held to the list of the same market without behaviour: what the tables say the theory misses.
    """
    found = table("known_misfits")
    found = found[(found.index == market) & (found.baseline == baseline.removeprefix(BEHAVIOUR))]
    return found.set_index("pattern")
