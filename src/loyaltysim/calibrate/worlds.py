"""`loyaltysim worlds fit market=X`: draw worlds, simulate each, see which meet the market's targets, store all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import pandas as pd

from loyaltysim.configure.asked import refuse, taken
from loyaltysim.configure.compose import compose, names_world
from loyaltysim.configure.evidence import TABLES, digest
from loyaltysim.configure.targets import Targets, scored, targets
from loyaltysim.measures.twins import logged, no_program
from loyaltysim.measures.uncertainty import FEWEST, shrinkage, verdict
from loyaltysim.scenario.forms import written
from loyaltysim.scenario.hints import suggestion
from loyaltysim.scenario.model import Scenario
from loyaltysim.studies.ensembles import MOMENTS, Ensemble
from loyaltysim.studies.protocol import Line, Study
from loyaltysim.studies.single import in_a_world, workers
from loyaltysim.studies.worlds import WORLDS, draw, many, prepared, sizes

DRAWS = 961  # worlds that are tried unless told otherwise: some ten minutes of a processor
PROGRAM = "scenario=grocery_points"  # the program that published targets are about: points of 1 %
WEEKS = "weeks=208"  # programs of studies had run for years: here for three


@dataclass(frozen=True)
class Fitted:
    """What a fit found: the ensemble, its targets, and how many worlds meet them."""

    ensemble: Ensemble
    targets: Targets

    @cached_property
    def met(self) -> int:
        """Worlds that meet every scored target."""
        return int(self.ensemble.met(scored(self.targets)).sum())

    @property
    def said(self) -> list[str]:
        """How many worlds there are, and what they may be used for."""
        more = [] if self.met >= WORLDS or self.met < FEWEST else [f"fewer than {WORLDS}: all are used"]
        return [verdict(self.met, len(self.ensemble.table)), *more]

    @property
    def narrowed(self) -> pd.DataFrame:
        """By how much each size and moment is narrowed. -> columns size, shrinkage"""
        table = self.ensemble.table
        found = shrinkage(table, table[self.ensemble.met(scored(self.targets))]) if self.met else {}
        rows = sorted(found.items(), key=lambda item: item[1], reverse=True)
        return pd.DataFrame(rows, columns=["size", "shrinkage"])


@dataclass(frozen=True)
class Fit(Study[Fitted]):
    """Which worlds meet what is published of a market's programs?"""

    scenario: Scenario
    table: str
    draws: int
    kind = "worlds"

    @classmethod
    def compose(cls, words: Sequence[str], config_dir: str | None = None) -> Self:
        """`fit market=X`, `worlds=wide`, `draws=961`, and overrides of the world. Raises ConfigError."""
        if not words or words[0] != "fit":
            raise refuse("worlds", "has one thing to do: loyaltysim worlds fit market=grocery", *words[:1])
        own, rest = taken(words[1:], ("worlds", "draws"))
        table, draws = own.get("worlds", TABLES[0]), own.get("draws", str(DRAWS))
        if table not in TABLES:
            raise refuse("worlds", f"choose from {', '.join(TABLES)}{suggestion(table, TABLES)}", table)
        if not draws.isdigit() or not FEWEST <= int(draws) <= 100_000:
            raise refuse("draws", f"expected a whole number from {FEWEST} to 100000", draws)
        usual = [] if names_world(rest, config_dir) else [PROGRAM]
        usual += [WEEKS] if usual and not any(word.startswith("weeks=") for word in rest) else []
        scenario = compose([*usual, *rest], config_dir)
        if not scenario.focal_firm.program:
            raise refuse("program", "is what the targets are about: choose one")
        return cls(scenario, table, int(draws))

    @property
    def name(self) -> str:
        """Of the market and the table of priors."""
        return f"worlds-{self.scenario.market.name}-{self.table}"

    def tree(self) -> dict[str, Any]:
        """The scenario, and what is drawn."""
        return {**written(self.scenario), "fit": {"worlds": self.table, "draws": self.draws}}

    @cached_property
    def base(self) -> Scenario:
        """The scenario as every world begins."""
        return prepared(self.scenario, sizes(self.scenario, self.table))

    def arms(self) -> list[Scenario]:
        """With the program and without it: one step each for every world."""
        return [logged(self.base), no_program(logged(self.base))]

    def worlds(self) -> dict[str, float]:
        """Three arms of every draw."""
        return {"worlds": 3.0 * self.draws}

    def read(self) -> Fitted:
        """Simulate every draw."""
        values = draw(sizes(self.scenario, self.table), self.draws, self.scenario.seed)
        found = many(in_a_world, [self.base], values, processes=workers(self.base, len(values)))
        s = self.scenario
        note = {
            "market": s.market.name, "worlds": self.table, "scenario": s.name, "draws": len(values), "seed": s.seed,
            "customers": self.base.customers.n, "weeks": s.weeks, "priors_sha256": digest(self.table),
        }  # fmt: skip
        table = pd.concat([values, found[list(MOMENTS)]], axis=1)
        return Fitted(Ensemble(s.market.name, self.table, table, note), targets(s.market.name))

    def judge(self, found: Fitted) -> bool:
        """Too few worlds are a miss."""
        return found.met < FEWEST

    def lines(self, found: Fitted) -> list[Line]:
        """The share of accepted worlds is told on the screen; no measure of a run."""
        return []

    def tables(self, found: Fitted) -> dict[str, pd.DataFrame]:
        """How far each size is narrowed."""
        return {"shrinkage": found.narrowed}
