"""Hold the shipped markets against their data, pattern by pattern: observed, closed form, simulated, tolerance, verdict.

`loyaltysim validate` judges every shipped market, `loyaltysim validate market=yogurt market.K=0.4` one, as configured.
How a cell is judged: `evaluate/judge.py`. Exit code 1 on a miss.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from loyaltysim import contract
from loyaltysim.evaluate import observed
from loyaltysim.evaluate.judge import cell, judge
from loyaltysim.evaluate.subjects import COHORTS, TEXTBOOK, Subject, subject
from loyaltysim.schema import Scenario
from loyaltysim.sweep import map_runs, prepare

SEEDS = observed.SEEDS
POOLED = "all categories"


def shipped() -> list[str]:
    """The markets that ship with data to hold them against."""
    return [*observed.categories(), TEXTBOOK, "grocery", *COHORTS]


def run(markets: Sequence[Scenario | str] | None = None, *, seeds: int = SEEDS, processes: int = 0, progress: bool = True) -> pd.DataFrame:
    """Judge markets; one row per cell.

    markets : scenarios, or names of shipped markets; None = all shipped markets, and the cells that pool them
    seeds   : independent panels per market, 20 or more for a verdict on the model rather than on luck
    Columns: market, baseline, pattern, observed, closed_form, how (exact, quadrature, Monte Carlo), simulated (mean over
    seeds), se (its standard error), seeds, t, misfit, kind, tolerance, listed, verdict, why.
    Raises ConfigError for a market without data.
    """
    from loyaltysim.compose import compose

    every = markets is None
    chosen = [compose([f"market={m}"]) if isinstance(m, str) else m for m in (shipped() if markets is None else markets)]
    subjects = [subject(scenario) for scenario in chosen]
    prepare([world for one in subjects for world in one.worlds()], progress)
    jobs = [(one, one.scenario.seed + k) for one in subjects for k in range(seeds)]
    numbers = map_runs(measure, jobs, processes=processes, progress=progress, label="panels")
    rows = []
    for k, one in enumerate(subjects):
        panels = pd.DataFrame(numbers[k * seeds : (k + 1) * seeds])
        rows += [simulated(row, panels) for row in one.cells()]
    if every:
        rows += pooled(pd.DataFrame(rows)) + contracts()
    return judge(rows)


def measure(job: tuple[Subject, int]) -> dict[str, float]:
    """One panel of one market."""
    one, seed = job
    return one.measure(seed)


def simulated(row: dict[str, object], panels: pd.DataFrame) -> dict[str, object]:
    """A cell with its mean over the panels; without a tolerance of its own it gets two sampling errors of a panel."""
    name = row.pop("same", row["pattern"])
    if name not in panels or str(row["baseline"]).startswith("other"):
        return row
    values, n = panels[name], len(panels)
    spread = float(values.std(ddof=1)) if n > 1 else float("nan")
    found = {**row, "simulated": float(values.mean()), "se": spread / np.sqrt(n), "seeds": n}
    if row["kind"] == "relative" and np.isnan(row["tolerance"]):
        found["tolerance"] = 2 * spread / abs(found["simulated"])
    return found


def pooled(cells: pd.DataFrame) -> list[dict[str, object]]:
    """What only all brands together can show: agreement over brands, the smallest ones, double jeopardy."""
    brand = cells.pattern.str.extract(r"^(?P<figure>penetration|frequency|scr) of (?P<brand>.+)$")
    cells = cells.join(brand)[brand.brand.notna() & cells.market.isin(observed.categories())]
    names = list(zip(cells.market, cells.brand, strict=True))
    share = pd.Series([observed.brands(m).share[b] for m, b in names], cells.index)
    found = []
    limits = {"penetration": (0.97, 0.12), "frequency": (0.92, 0.13), "scr": (0.92, 0.14)}
    for figure, (least, most) in limits.items():
        rows = cells[cells.figure == figure]
        small = share[rows.index] < 0.05
        for part, chosen, limit in (("all brands", rows, most), ("brands under 5 %", rows[small], 0.30)):
            mean = {c: float((chosen[c] / chosen.observed - 1).abs().mean()) for c in ("closed_form", "simulated")}
            found.append(cell(POOLED, "", f"{part}: mean error of {figure}", **mean, how="exact", kind="at most", tolerance=limit))
        r = {c: float(np.corrcoef(rows[c], rows.observed)[0, 1]) for c in ("closed_form", "simulated")}
        found.append(cell(POOLED, "", f"all brands: r of {figure}", **r, how="exact", kind="at least", tolerance=least))
    return [*found, jeopardy(cells)]


def jeopardy(cells: pd.DataFrame) -> dict[str, object]:
    """Share of markets with five brands or more in which small brands are also bought less often by their buyers."""
    wide = cells.pivot(index=["market", "brand"], columns="figure", values=["observed", "closed_form", "simulated"])
    holds = {}
    for column in ("observed", "closed_form", "simulated"):
        r = [np.corrcoef(np.log(t.penetration), t.frequency)[0, 1] for _, t in wide[column].groupby("market") if len(t) >= 5]
        holds[column] = float(np.mean(np.array(r) > 0.4))
    return cell(POOLED, "", "double jeopardy", **holds, how="exact", kind="at least", tolerance=0.75)


def contracts() -> list[dict[str, object]]:
    """Survival at renewals 8 to 12 from a fit to 1 to 7: the shifted-beta-geometric holds, constant churn fails."""
    data = observed.table("retention_tables")
    survival = data.survival.to_numpy()
    fitted = contract.sbg_fit(survival[:8])
    later = np.arange(8, len(survival))
    gap = float(np.mean(np.abs(contract.sbg_survival(fitted.alpha, fitted.beta, later) - survival[later])))
    churn = np.sum(survival[:7] - survival[1:8]) / np.sum(survival[:7])
    constant = float(np.mean(np.abs((1 - churn) ** later - survival[later])))
    name = "mean error of survival at renewals 8-12"
    common = {"how": "exact", "tolerance": 0.015}
    return [
        cell("contracts, high end", "", name, closed_form=gap, kind="at most", **common),
        cell("contracts, high end", "", f"{name}, constant churn", closed_form=constant, kind="at least", **common),
    ]


def command(words: Sequence[str], config_dir: str | None = None, out: str | None = None) -> int:
    """The command line: every shipped market, or the one that the words configure. -> exit code 0 or 1."""
    from loyaltysim.compose import compose

    asked = [int(word.partition("=")[2]) for word in words if word.startswith("seeds=")]
    rest = [word for word in words if not word.startswith("seeds=")]
    return main([compose(rest, config_dir)] if rest else None, seeds=asked[-1] if asked else SEEDS, out=out)


def main(markets: Sequence[Scenario | str] | None = None, *, seeds: int = SEEDS, out: str | Path | None = None) -> int:
    """Judge, print, save; -> 1 if any cell is a miss, else 0."""
    from loyaltysim.evaluate.verdict_tables import screen, write

    cells = run(markets, seeds=seeds, progress=sys.stderr.isatty())
    folder = Path("results/runs/validate") if out is None else Path(out)
    write(cells, folder)
    print(screen(cells))
    print(f"\ntables: {folder}")
    return int((cells.verdict == "miss").any())
