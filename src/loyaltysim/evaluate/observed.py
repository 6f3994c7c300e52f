"""What the real panels showed: the project's own copies of published aggregates, read by pattern (data/README.md)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

DATA = Path(__file__).resolve().parents[1] / "data"
PANEL = 2469  # households of the grocery panel
NEVER_EXCUSED = frozenset(
    {"category penetration", "purchases per buyer", "K", "S", "leader penetration", "duplication D"}
)
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
    """A category's observed patterns. Columns: observed, sampling error (nan if unknown), theory's misfit in the table."""
    figures, measured = (
        table("grocery_category").loc[category],
        table("grocery_tolerances").loc[category].set_index("measure"),
    )
    rows = {}
    for pattern, measure in tolerances().measure.items():
        if measure in measured.index:
            m = measured.loc[measure]
            rows[pattern] = (m.observed, m.boot_se, m.rel_misfit, m.nbd_dirichlet_sim_sd / 10 / m.observed)
        elif measure in figures.index and measure != "r_pen_w":
            rows[pattern] = (figures[measure], float("nan"), float("nan"), 0.0)
    return pd.DataFrame(rows, index=["observed", "error", "misfit", "misfit_error"]).T


def known_misfits(market: str, baseline: str) -> pd.DataFrame:
    """The committed list for a market: pattern -> size (relative), error of the size, source."""
    found = table("known_misfits")
    found = found[(found.index == market) & (found.baseline == baseline)]
    return found.set_index("pattern")
