"""How a cell of the validation table is judged: two questions, never mixed.

1. Simulated against closed form, same parameters: within the two-sided t quantile (seeds - 1) at family-wise 0.5 % over
   all cells. A departure is a bug, always. With behaviour at work (baseline B) there is no closed form; that of
   baseline A stands beside it for information.
2. Simulated against observed: within the tolerance (data/tolerances.csv, never widened) is a pass. Outside, a cell is a
   known misfit if the committed list has it with this sign and a size within two sampling errors; else it is a miss.
   At most 30 % of a market's gated cells may be listed, and six patterns never.
   Nearer to the tolerance than two of its own errors, other seeds could turn the verdict: a listed cell is a known
   misfit on either side; another one gets more panels (`undecided`), and what is still as near, though its error is at
   most a tenth of the tolerance, is too close to call: neither a pass nor a miss. Nothing hides there: few panels make
   the error too large for it, the six patterns are called by the mean, and more than 10 % of a market's gated cells are
   a miss.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from loyaltysim.validate.observed import LISTED_AT_MOST, NEVER_EXCUSED, known_misfits

FAMILY_WISE = 0.005
OF_A = "baseline A"  # `how` of a closed form that is shown beside a baseline with behaviour, and judges nothing
CALLED = 2.0  # errors of the mean that a cell keeps from its tolerance
SHARP = 0.10  # of the tolerance: the largest error with which a cell can be too close to call
CLOSE_AT_MOST = 0.10  # share of a market's gated cells that may be too close to call
TOO_CLOSE = "too close to call"
OF_BUG = "simulation differs from the closed form"
COLUMNS = (
    *("market", "baseline", "pattern", "observed", "closed_form", "how", "simulated", "se", "seeds", "t"),
    *("misfit", "kind", "tolerance", "listed", "verdict", "why"),
)


def cell(market: str, baseline: str, pattern: str, **values: object) -> dict[str, Any]:
    """One cell before it is judged.

    observed, closed_form, simulated : the three values, nan where there is none; se, seeds : of the simulated mean
    closed_se : Monte Carlo error of the closed form, 0 if it has none; how : exact, quadrature, Monte Carlo or `OF_A`
    kind, tolerance : relative | absolute | at least | at most | between <a> and <b> | outside <a> and <b> | must fail;
                      "" = not gated
    """
    nothing = float("nan")
    numbers = dict(observed=nothing, closed_form=nothing, closed_se=0.0, simulated=nothing, se=nothing, seeds=0)
    empty = {**numbers, "how": "", "kind": "", "tolerance": nothing}
    return {"market": market, "baseline": baseline, "pattern": pattern, **empty, **values}


def judge(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Every cell with its verdict: pass, known misfit, too close to call, miss, or "" where nothing is asked.

    Columns as in `COLUMNS`.
    """
    cells = pd.DataFrame(rows).reset_index(drop=True)
    gap = cells.simulated - cells.closed_form
    error: Any = np.hypot(cells.se, cells.closed_se)  # a column, as both are
    both = gap.notna() & error.notna() & (cells.how != OF_A)
    with np.errstate(divide="ignore", invalid="ignore"):
        cells["t"] = np.where(gap.abs() < 1e-12, 0.0, gap / error)
    cells.loc[cells.how == OF_A, "t"] = np.nan
    freedom = np.maximum(cells.seeds.astype(float) - 1, 1)
    bug = both & ~(cells.t.abs() <= special.stdtrit(freedom, 1 - FAMILY_WISE / 2 / max(1, both.sum())))
    shown = cells.simulated.where(cells.simulated.notna(), cells.closed_form)
    relative = cells.kind.isin(["relative", "must fail"])
    plain = np.where(cells.kind == "absolute", shown - cells.observed, np.nan)
    cells["misfit"] = np.where(relative, shown / cells.observed - 1, plain)
    listed = [excuse(*names) for names in zip(cells.market, cells.baseline, cells.pattern, strict=True)]
    cells["listed"] = [size for size, _ in listed]
    rest = (cells.misfit - cells.listed).abs() <= 2 * np.array([error for _, error in listed])
    known = (cells.kind == "relative") & rest & (np.sign(cells.misfit) == np.sign(cells.listed))
    gates = zip(cells.kind, shown, cells.misfit, cells.tolerance, strict=True)
    inside = np.array([within(*gate) for gate in gates])
    gated, close = cells.kind != "", near(cells)
    open_ = close & (errors(cells) <= SHARP * cells.tolerance) & ~cells.pattern.isin(NEVER_EXCUSED)
    cells["verdict"] = np.select(
        [bug, gated & known & (close | ~inside), open_, gated & inside, gated, both],
        ["miss", "known misfit", TOO_CLOSE, "pass", "miss", "pass"],
        "",
    )
    cells["why"] = np.select([bug, cells.verdict == "miss"], [OF_BUG, "outside tolerance"], "")
    return pd.concat([cells[list(COLUMNS)], too_many(cells)], ignore_index=True)


def errors(cells: pd.DataFrame) -> pd.Series:
    """Error of the misfit by the panels: that of the simulated mean, relative where the misfit is."""
    return cells.se.astype(float) / cells.observed.abs().where(cells.kind == "relative", 1.0)


def near(cells: pd.DataFrame) -> pd.Series:
    """Is the misfit so near to the tolerance that other seeds could turn the verdict?"""
    gap: pd.Series = (cells.misfit.abs() - cells.tolerance).abs()
    return cells.kind.isin(["relative", "absolute"]) & (gap < CALLED * errors(cells))


def undecided(cells: pd.DataFrame) -> set[tuple[str, str]]:
    """The (market, baseline) of judged cells that more panels could turn: near, neither listed nor a bug."""
    rows = cells[near(cells) & (cells.verdict != "known misfit") & (cells.why != OF_BUG)]
    return set(zip(rows.market, rows.baseline, strict=True))


def within(kind: str, value: float, misfit: float, tolerance: float) -> bool:
    """Is a value where its gate wants it?"""
    if kind == "must fail":
        return abs(misfit) > tolerance
    if kind in ("relative", "absolute"):
        return abs(misfit) <= tolerance
    if kind.startswith(("between", "outside")):
        low, high = bounds(kind)
        return (low <= value <= high) == kind.startswith("between")
    return value >= tolerance if kind == "at least" else value <= tolerance


def bounds(kind: str) -> tuple[float, float]:
    """The two numbers of `between <a> and <b>` and of `outside <a> and <b>`."""
    _, low, _, high = kind.split()
    return float(low), float(high)


def excuse(market: str, baseline: str, pattern: str) -> tuple[float, float]:
    """Size and sampling error of a listed misfit; nan if it is not listed or may never be excused."""
    found = known_misfits(market, baseline)
    if pattern in NEVER_EXCUSED or pattern not in found.index:
        return float("nan"), float("nan")
    return float(found["size"][pattern]), float(found.error[pattern])


def too_many(cells: pd.DataFrame) -> pd.DataFrame:
    """A miss for every market with too many known misfits on the list, or too many cells too close to call."""
    gated = cells[(cells.kind != "") & cells.observed.notna()]
    of_market = [gated.market, gated.baseline]
    rows = [
        cell(
            str(market), str(baseline), f"gated cells that are {what}", simulated=value, kind="at most", tolerance=most
        )
        | {"verdict": "miss", "why": why}
        for what, which, most, why in (
            ("listed", gated.listed.notna(), LISTED_AT_MOST, "too many known misfits"),
            (TOO_CLOSE, gated.verdict == TOO_CLOSE, CLOSE_AT_MOST, "too many cells too close to call"),
        )
        for (market, baseline), part in which.groupby(of_market)
        if (value := float(part.mean())) > most
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))
