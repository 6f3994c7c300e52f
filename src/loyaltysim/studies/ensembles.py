"""Ensembles of evidence worlds: draws of sizes with the moments that they lead to, stored, and chosen by targets.

A market's ensemble is simulated once (`loyaltysim worlds fit`): a table of draws, a row a world, beside a note of how
it was made with the checksum of the table. Everything else only draws from it: worlds that meet the targets of the
market, without replacement.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from loyaltysim.configure import yaml as plain_yaml
from loyaltysim.configure.evidence import Row, digest
from loyaltysim.configure.publish import publish, text
from loyaltysim.configure.targets import Targets, scored, targets
from loyaltysim.measures.uncertainty import FEWEST, verdict
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.studies.worlds import WORLDS, draw, sizes

SHIPPED = Path(__file__).resolve().parents[1] / "data" / "worlds"
MOMENTS = (  # what is stored of each world beside what was drawn: targets are about these, and the trial
    "driven_share", "enrolled_share", "heavy_less_light", "true_wallet", "naive_over_true_wallet",
    "lift_visits", "profit_per_customer", "profit_of_sales", "reward_expense_of_sales", "deadweight",
)  # fmt: skip


@dataclass(frozen=True)
class Ensemble:
    """Draws of a market. table : a row a world, sizes by key and MOMENTS;  note : how it was made"""

    market: str
    name: str
    table: pd.DataFrame = field(repr=False)
    note: dict[str, Any]

    @property
    def stale(self) -> bool:
        """Was it drawn from another table of priors than today's?"""
        return bool(self.note.get("priors_sha256") != digest(self.name))

    @property
    def drawn(self) -> pd.DataFrame:
        """The sizes alone."""
        return self.table.drop(columns=list(MOMENTS))

    def met(self, targets: Targets) -> np.ndarray:
        """Which worlds meet every one of these targets. -> (n,) bool"""
        found = np.ones(len(self.table), bool)
        for moment, target in targets.items():
            found &= target.met(self.table[moment].to_numpy(float))
        return found

    def conflicts(self, targets: Targets) -> list[tuple[str, str]]:
        """Pairs of targets that some worlds meet each, and no world both; the ones that are only shown too."""
        met = {name: target.met(self.table[name].to_numpy(float)) for name, target in targets.items()}
        alone = [name for name in met if met[name].any()]
        return [(a, b) for a, b in combinations(alone, 2) if not (met[a] & met[b]).any()]


def written(table: pd.DataFrame) -> str:
    """A table as it is stored: CSV with seven digits."""
    return table.to_csv(index=False, float_format="%.7g", lineterminator="\n")


def files(ensemble: Ensemble) -> dict[str, str]:
    """What a stored ensemble is: its table, and the note of how it was made with the checksum of the table."""
    stem, body = f"{ensemble.market}_{ensemble.name}", written(ensemble.table)
    note = {**ensemble.note, "sha256": hashlib.sha256(body.encode()).hexdigest()}
    return {f"{stem}.csv": body, f"{stem}.yaml": plain_yaml.dump(note)}


def store(ensemble: Ensemble, folder: Path) -> Path:
    """Write an ensemble into a folder. -> the table's file. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files(ensemble).items():
        publish(folder / name, text(content))
    return folder / f"{ensemble.market}_{ensemble.name}.csv"


def load(market: str, name: str, folder: Path = SHIPPED) -> Ensemble | None:
    """The stored ensemble of a market for a table of priors, None where there is none.

    Raises ConfigError where its bytes are not the ones that its note was written for.
    """
    path = folder / f"{market}_{name}.csv"
    if not path.is_file():
        return None
    body = path.read_bytes()
    note, _ = plain_yaml.load(path.with_suffix(".yaml"), path.with_suffix(".yaml").name)
    if hashlib.sha256(body).hexdigest() != note.get("sha256"):
        raise ConfigError([Problem(path.name, "is not as it was stored: fit it again, `loyaltysim worlds fit`")])
    return Ensemble(market, name, pd.read_csv(io.BytesIO(body)), note)


@dataclass(frozen=True)
class Drawn:
    """Worlds to run. sizes : which are drawn;  values : a row a world;  said : where they come from, in sentences"""

    sizes: tuple[Row, ...]
    values: pd.DataFrame = field(repr=False)
    said: tuple[str, ...]

    @property
    def varying(self) -> list[Row]:
        """The sizes that differ between worlds."""
        return [row for row in self.sizes if row.varies]

    @property
    def varied(self) -> pd.DataFrame:
        """What differs between worlds: a row a world, a column a size."""
        return self.values[[row.key for row in self.varying]]

    @property
    def words(self) -> dict[str, str]:
        """What the sizes that differ are called, by key."""
        return {row.key: row.words for row in self.varying}


def worlds_of(
    scenario: Scenario,
    table: str,
    held: Sequence[str] = (),
    judged: Sequence[str] = (),
    n: int = WORLDS,
    beside: Sequence[Scenario] = (),
) -> Drawn:
    """Draws for a scenario: of its market's ensemble as far as that goes, of the table of priors where not.

    held : keys that somebody knows, which stay;  judged : claims whose restatements choose no world
    beside : other designs of the scenario, whose programs have sizes of their own
    """
    acting, market = sizes(scenario, table, held, beside), scenario.market.name
    prior = draw(acting, n, scenario.seed).head(n)
    ensemble, aims = load(market, table), scored(targets(market), judged)
    if ensemble is None or not aims:
        said = (f"no ensemble is fitted for {market}: worlds are those of the {table} table",)
        return Drawn(tuple(acting), prior, said)
    if ensemble.stale:
        again = f"fit {market} again: its worlds were drawn from another {table} table than today's"
        return Drawn(tuple(acting), prior, (again, f"worlds are those of the {table} table"))
    met = np.flatnonzero(ensemble.met(aims))
    told = [verdict(len(met), len(ensemble.table))]
    if len(met) < FEWEST:
        return Drawn(tuple(acting), prior, (*told, f"worlds are those of the {table} table"))
    chosen = np.random.default_rng([scenario.seed, 2]).permutation(met)[:n]
    if len(chosen) < n:
        told.append(f"all {len(chosen)} are used, {n} were wanted")
    known = ensemble.drawn.iloc[chosen].reset_index(drop=True)
    values = prior.head(len(chosen)).copy()
    for key in values:
        if key in known:
            values[key] = known[key]
    if held and len(sizes(scenario, table, (), beside)) > len(acting):
        told.append("not fitted to your numbers: what you set is held, the rest is of the shipped ensemble")
    return Drawn(tuple(acting), values, tuple(told))
