"""Explore: run a design over uncertainties and levers, then ask what moves each outcome and where it changes side.

An exploration is a sweep: `sweep status|verify|export` look after its folder, and the same command goes on with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from loyaltysim.configure import asked, compose, sweeps
from loyaltysim.runs.extras import needed
from loyaltysim.scenario.hints import suggestion
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.studies import single
from loyaltysim.studies.factors import Exploration
from loyaltysim.studies.grid import Design, plan
from loyaltysim.studies.protocol import Line, Study
from loyaltysim.studies.sensitivity import Discovery, discover, indices
from loyaltysim.studies.sweep import Sweep, opened

INDEXED = ("sobol", "morris")  # designs that give indices


@dataclass(frozen=True)
class Explained:
    """What moves one outcome under one policy.

    name : of the outcome, with the policy if there are any;  y : the outcome at each place of the design
    indices : None where the design gives none, or the outcome is undefined somewhere
    """

    name: str
    outcome: str
    y: np.ndarray
    indices: pd.DataFrame | None
    rules: Discovery

    @property
    def undefined(self) -> int:
        """At how many places there is no such number."""
        return int((~np.isfinite(self.y)).sum())


@dataclass(frozen=True)
class Explore(Study[list[Explained]]):
    """What moves the outcomes, and where do they change side?"""

    sweep: Sweep
    kind = "explore"
    stored = True

    @classmethod
    def compose(cls, words: Sequence[str], config_dir: str | None = None) -> Self:
        """The exploration of a command line, in its usual folder. Raises ConfigError, Damaged, OSError."""
        return cls.of(opened(plan(with_design(words, config_dir), config_dir), None, force=False))

    @classmethod
    def of(cls, sweep: Sweep) -> Self:
        """The exploration that a sweep holds. Raises ConfigError if it holds none, or asks for unknown outcomes."""
        for module in ("SALib", "sklearn"):
            needed(module, "explore")
        if sweep.design.exploration is None:
            raise asked.refuse("folder", "holds a sweep without an exploration", str(sweep.folder))
        check_outcomes(sweep.design, sweep.design.exploration.settings.outcomes, "explore.outcomes")
        return cls(sweep)

    @property
    def exploration(self) -> Exploration:
        """What is explored."""
        assert self.sweep.design.exploration is not None  # `of` made sure
        return self.sweep.design.exploration

    @property
    def digest(self) -> str:
        """Of the sweep."""
        return self.sweep.digest

    def tree(self) -> dict[str, Any]:
        """Of the sweep."""
        return self.sweep.tree()

    def place(self, out: str | None) -> Path:
        """Of the sweep."""
        return self.sweep.folder

    def held(self, folder: Path) -> AbstractContextManager[object]:
        """As the sweep."""
        return self.sweep.held(folder)

    def arms(self) -> list[Scenario]:
        """Of the sweep."""
        return self.sweep.arms()

    def read(self) -> list[Explained]:
        """Run the sweep, then explain every outcome under every policy."""
        table, policies = self.sweep.read(), self.exploration.policies
        found = []
        for outcome in self.exploration.settings.outcomes:
            for k, policy in enumerate(policies):
                y = outcome_at_points(table, outcome, k, len(policies))
                name = f"{outcome} under {policy}" if policy else outcome
                found.append(explained(self.exploration, name, outcome, y))
        return found

    def lines(self, found: list[Explained]) -> list[Line]:
        """The main index of every factor, outcome by outcome."""
        made = []
        for one in (e for e in found if e.indices is not None):
            assert one.indices is not None
            main = "total" if "total" in one.indices else "mu_star"
            for row in one.indices.to_dict("records"):
                ends = (row[f"{main}_low"], row[f"{main}_high"])
                made.append(Line(one.outcome, row[main], *ends, 0.95, main, len(one.y), f"{one.name}: {row['factor']}"))
        return made

    def tables(self, found: list[Explained]) -> Mapping[str, pd.DataFrame]:
        """The indices of every outcome."""
        return {f"indices of {one.name}": one.indices for one in found if one.indices is not None}


def with_design(words: Sequence[str], config_dir: str | None) -> list[str]:
    """The words, and the usual design where they name none."""
    given = "explore" in compose.layers(sweeps.split_sweeps(words, config_dir)[0], config_dir)[0]
    return [*words, *([] if given else ["explore.design=lhs"])]


def check_outcomes(design: Design, outcomes: Sequence[str], key: str) -> None:
    """Refuse outcomes that no kind of point has, as very small runs tell. Raises ConfigError with the nearest name."""
    kinds = {bool(p.scenario.focal_firm.program): p.scenario for p in design.points}
    known: list[str] = []
    for scenario in kinds.values():
        small = replace(scenario, customers=replace(scenario.customers, n=min(50, scenario.customers.n)), vary=())
        known += [name for name in single.numbers_of(small, design.seeds[0]).numbers if name not in known]
    unknown = [name for name in outcomes if name not in known]
    told = [suggestion(name, sorted(known), "loyaltysim show measures") for name in unknown]
    wrong = [Problem(key, f"is no number of these runs{hint}", name) for name, hint in zip(unknown, told, strict=True)]
    if wrong:
        raise ConfigError(wrong)


def outcome_at_points(table: pd.DataFrame, outcome: str, policy: int, policies: int) -> np.ndarray:
    """Mean of an outcome over the seeds at every place of the design, under one policy; NaN where it is undefined."""
    mean = table.groupby("point")[outcome].apply(lambda values: values.mean(skipna=False))
    return mean.sort_index().to_numpy(float)[policy::policies]


def explained(exploration: Exploration, name: str, outcome: str, y: np.ndarray) -> Explained:
    """Indices and rules of one outcome."""
    settings, factors = exploration.settings, exploration.factors
    able = settings.design in INDEXED and bool(np.isfinite(y).all())
    table = indices(settings.design, factors, exploration.places, y, settings.random) if able else None
    return Explained(name, outcome, y, table, discover(factors, exploration.values(), y, settings.threshold))
