"""Hold the shipped markets against data, pattern by pattern: observed, closed form, simulated, tolerance, verdict.

`loyaltysim validate` judges every shipped market under both baselines: A, tastes and rates alone, where closed forms
hold; B, with habit and experience at work and refitted for them (conf/baseline). `loyaltysim validate market=yogurt
market.K=0.4` judges one market as configured. How a cell is judged: `validate/judge.py`. Exit code 1 on a miss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import pandas as pd

from loyaltysim.configure.asked import instead
from loyaltysim.configure.compose import compose, undrawn
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.runs.pool import map_runs
from loyaltysim.runs.progress import watched
from loyaltysim.scenario.forms import config_hash, written
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.studies.protocol import Line, Study
from loyaltysim.theory import retention
from loyaltysim.validate import airline, contract_markets, observed, other_markets
from loyaltysim.validate.categories import FIGURES, Category
from loyaltysim.validate.judge import OF_A, cell, undecided
from loyaltysim.validate.judge import judge as judged
from loyaltysim.validate.subject import Cells, Subject

SEEDS = observed.SEEDS
MORE = 3  # times as many panels for a market with a cell that is too near to its tolerance
KINDS = {**other_markets.KINDS, **airline.KINDS, **contract_markets.KINDS}
POOLED, CONTRACTS = "all categories", "contracts, high end"
LIMITS = {  # least r, largest mean error; three are what 95 % of twelve other categories keep (grocery_unseen.csv)
    "penetration": (0.97, 0.12), "frequency": (0.71, 0.15), "scr": (0.92, 0.17),
}  # fmt: skip
SMALL, LIMIT_SMALL = 0.05, 0.30  # brands under 5 % are judged together only


def shipped() -> list[str]:
    """The markets that ship with data to hold them against."""
    return [*observed.categories(), *KINDS]


@dataclass(frozen=True)
class Validation(Study[pd.DataFrame]):
    """Are the markets real? Panels of each, held against what was observed and against closed forms.

    scenarios : the markets;  seeds : independent panels of each, 20 or more for a verdict on the model rather than on
    luck;  whole : are these all shipped markets, so that cells which pool them are judged too?
    processes : 0 = one per core
    A market with a cell too near to its tolerance to be called gets three times as many panels.
    """

    scenarios: tuple[Scenario, ...]
    seeds: int = SEEDS
    whole: bool = False
    processes: int = 0
    kind = "validate"

    @classmethod
    def compose(cls, words: Sequence[str], config_dir: str | None = None) -> Self:
        """Every shipped market, or the one that the words configure. Raises ConfigError, for one without data too."""
        asked = [word for word in words if word.startswith("seeds=")]
        scenario = undrawn(compose(list(words), config_dir))
        seeds = scenario.seeds if asked else SEEDS
        if len(words) > len(asked):
            subject(scenario)  # refused before a folder is made
            return cls((scenario,), seeds)
        return cls(tuple(both_baselines()), seeds, whole=True)

    def tree(self) -> dict[str, Any]:
        """The market, or of many the hash of each."""
        if len(self.scenarios) == 1:
            return {**written(self.scenarios[0]), "seeds": self.seeds}
        worlds = [{"market": s.market.name, "config": config_hash(s)} for s in self.scenarios]
        return {"seeds": self.seeds, "markets": worlds}

    @cached_property
    def subjects(self) -> list[Subject]:
        """The markets with what they are held against. Raises ConfigError for a market without data."""
        return [subject(scenario) for scenario in self.scenarios]

    def arms(self) -> list[Scenario]:
        """The markets."""
        return [one.scenario for one in self.subjects]

    def worlds(self) -> dict[str, float]:
        """A panel is a world."""
        return {"panels": float(self.seeds * len(self.scenarios))}

    def read(self) -> pd.DataFrame:
        """One row per cell, judged; markets with a verdict that other seeds could turn get more panels, once."""
        cells = [one.cells() for one in self.subjects]
        panels = self.panels(self.subjects, range(self.seeds), "panels")
        found = self.judged(cells, panels)
        turning = undecided(found)
        close = [k for k, one in enumerate(self.subjects) if (one.name, one.baseline) in turning]
        if not close:
            return found
        more = self.panels([self.subjects[k] for k in close], range(self.seeds, MORE * self.seeds), "more panels")
        for k, frame in zip(close, more, strict=True):
            panels[k] = pd.concat([panels[k], frame], ignore_index=True)
        return self.judged(cells, panels)

    def panels(self, subjects: Sequence[Subject], seeds: range, label: str) -> list[pd.DataFrame]:
        """What the panels of these seeds show: for each market a table with one row a panel."""
        jobs = [(one, one.scenario.seed + k) for one in subjects for k in seeds]
        said = [f"market={one.name} seed={seed}" for one, seed in jobs]
        numbers = map_runs(measure, jobs, said, processes=self.processes, label=label)
        return [pd.DataFrame(numbers[k : k + len(seeds)]) for k in range(0, len(numbers), len(seeds))]

    def judged(self, cells: list[Cells], panels: list[pd.DataFrame]) -> pd.DataFrame:
        """The cells of every market with what its panels show, judged together."""
        pairs = zip(cells, panels, strict=True)
        rows = [simulated(dict(row), frame) for of_market, frame in pairs for row in of_market]
        return judged(rows + (pooled(pd.DataFrame(rows)) + contracts() if self.whole else []))

    def judge(self, found: pd.DataFrame) -> bool:
        """Is any cell a miss?"""
        return bool((found.verdict == "miss").any())

    def lines(self, found: pd.DataFrame) -> list[Line]:
        """What was simulated, cell by cell."""
        rows: list[dict[Any, Any]] = found.to_dict("records")
        return [
            Line(row["pattern"], row["simulated"], n=row["seeds"], of=f"{row['market']} {row['baseline']}".strip())
            for row in rows
        ]

    def tables(self, found: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """Every cell."""
        return {"validation": found}


def run(
    markets: Sequence[Scenario | str] | None = None,
    *,
    seeds: int = SEEDS,
    processes: int = 0,
    progress: bool = True,
) -> pd.DataFrame:
    """Judge markets; one row per cell.

    markets   : scenarios, or names of shipped markets; None = all shipped markets under both baselines, and the cells
                that pool them
    seeds     : independent panels per market, 20 or more for a verdict on the model rather than on luck; three times
                as many for a market with a cell too near to its tolerance to be called
    processes : 0 = one per core
    Columns: market, baseline, pattern, observed, closed_form, how (exact, quadrature, Monte Carlo), simulated (mean
    over seeds), se (its standard error), seeds, t, misfit, kind, tolerance, listed, verdict, why.
    Raises ConfigError for a market without data.
    """
    chosen = both_baselines() if markets is None else markets
    scenarios = tuple(compose([f"market={m}"]) if isinstance(m, str) else m for m in chosen)
    with watched(progress):
        return Validation(scenarios, seeds, markets is None, processes).answer().found


def both_baselines() -> list[Scenario]:
    """Every shipped market as it is, then every one in which customers choose with behaviour at work."""
    scenarios = [compose([f"market={m}", f"baseline={b}"]) for b in ("a", "b") for m in shipped()]
    return scenarios[: len(shipped())] + [s for s in scenarios[len(shipped()) :] if mechanisms.at_work(s)]


def subject(scenario: Scenario) -> Subject:
    """What a scenario is held against, by the name of its market. Raises ConfigError if there are no data for it."""
    name = scenario.market.name
    if name in shipped():
        kind: Any = KINDS.get(name, Category)
        plain = compose([f"market={name}"]) if mechanisms.at_work(scenario) else None
        found: Subject = kind.of(scenario, plain)
        return found
    hint = f"has no data to be held against{instead('market', name, shipped())}"
    raise ConfigError([Problem("market.name", hint, name, "command line")])


def measure(job: tuple[Subject, int]) -> dict[str, float]:
    """One panel of one market."""
    one, seed = job
    return one.measure(seed)


def simulated(row: dict[str, object], panels: pd.DataFrame) -> dict[str, object]:
    """A cell with its mean over the panels."""
    name = row.pop("same", row["pattern"])
    if name not in panels or str(row["baseline"]).startswith("other"):
        return row
    values = panels[name].dropna()
    n = len(values)
    mean, spread = float(values.mean()), float(values.std(ddof=1)) if n > 1 else float("nan")
    return {**row, "simulated": mean, "se": spread / np.sqrt(n), "seeds": n}


def pooled(cells: pd.DataFrame) -> list[dict[str, object]]:
    """What only all brands together can show, under each baseline."""
    lively = cells.baseline.str.startswith(observed.BEHAVIOUR)
    return [*together(cells[~lively], ""), *together(cells[lively], "B")]


def together(cells: pd.DataFrame, baseline: str) -> list[dict[str, object]]:
    """Agreement over brands, the smallest ones, double jeopardy."""
    how = {"how": OF_A} if baseline else {}
    brand = cells.pattern.str.extract(rf"^(?P<figure>{'|'.join(FIGURES)}) of (?P<brand>.+)$")
    cells = cells.join(brand)[brand.brand.notna() & cells.market.isin(observed.categories())]
    names = zip(cells.market, cells.brand, strict=True)
    small = pd.Series([observed.brands(m).share[b] < SMALL for m, b in names], cells.index)
    models, found = ("closed_form", "simulated"), []
    for figure, (least, most) in LIMITS.items():
        rows = cells[cells.figure == figure]
        for part, chosen, limit in (("all brands", rows, most), ("small brands", rows[small[rows.index]], LIMIT_SMALL)):
            error = {c: float((chosen[c] / chosen.observed - 1).abs().mean()) for c in models}
            gate = {"kind": "at most", "tolerance": limit}
            found.append(cell(POOLED, baseline, f"{part}: mean error of {figure}", **error, **gate, **how))
        r = {c: float(np.corrcoef(rows[c], rows.observed)[0, 1]) for c in models}
        found.append(cell(POOLED, baseline, f"all brands: r of {figure}", **r, kind="at least", tolerance=least, **how))
    return [*found, {**jeopardy(cells), "baseline": baseline, **how}]


def jeopardy(cells: pd.DataFrame) -> dict[str, object]:
    """Share of markets with five brands or more in which small brands are also bought less often by their buyers."""
    sources = ["observed", "closed_form", "simulated"]
    wide = cells.pivot(index=["market", "brand"], columns="figure", values=sources)
    holds = {}
    for source in sources:
        tables = [t for _, t in wide[source].groupby("market") if len(t) >= 5]
        r = [np.corrcoef(np.log(t.penetration), t.frequency)[0, 1] for t in tables]
        holds[source] = float(np.mean(np.array(r) > 0.4))
    return cell(POOLED, "", "double jeopardy", **holds, kind="at least", tolerance=0.75)


def contracts() -> list[dict[str, object]]:
    """Survival at renewals 8 to 12 from a fit to 1 to 7: the shifted-beta-geometric holds, constant churn fails."""
    survival = observed.table("retention_tables").survival.to_numpy()
    fitted, later = retention.sbg_fit(survival[:8]), np.arange(8, len(survival))
    gap = float(np.mean(np.abs(retention.sbg_survival(fitted.alpha, fitted.beta, later) - survival[later])))
    churn = np.sum(survival[:7] - survival[1:8]) / np.sum(survival[:7])
    constant = float(np.mean(np.abs((1 - churn) ** later - survival[later])))
    name = "mean error of survival at renewals 8-12"
    tolerance = {"tolerance": float(observed.tolerances().stationary["survival at renewals 8-12"]), "how": "exact"}
    return [
        cell(CONTRACTS, "", name, closed_form=gap, kind="at most", **tolerance),
        cell(CONTRACTS, "", f"{name}, constant churn", closed_form=constant, kind="at least", **tolerance),
    ]
