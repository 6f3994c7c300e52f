"""Answer one question with many runs: a study that a script in experiments/ makes its own.

A script says the question, makes the worlds, judges, draws, and ends with

    EXPERIMENT = experiment.Script("parity", Parity, answer)

beside `conf/experiment/parity.yaml`; that is all, for experiments are found by their files (`scripts`). What all share
is here: composing the file with a command line, running the arms; `present.story` writes and tells.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

import numpy as np
import pandas as pd

from loyaltysim.configure import yaml as plain_yaml
from loyaltysim.configure.compose import compose_experiment
from loyaltysim.measures.statistics import Estimate
from loyaltysim.measures.verdict import Verdict
from loyaltysim.runs.files import beside, check_folder, csv
from loyaltysim.runs.pool import map_runs, prepare
from loyaltysim.runs.resume import keeping
from loyaltysim.scenario.forms import plain, written
from loyaltysim.scenario.hints import suggestion
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.scenario.said import Said
from loyaltysim.scenario.terms import term
from loyaltysim.studies.protocol import RUNS, Study
from loyaltysim.studies.reading import Reading

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Settings = TypeVar("Settings")
Arm = TypeVar("Arm")
Result = TypeVar("Result")
RESULTS, SCRIPTS = Path("results"), Path("experiments")  # below where a script is started, the top of the repository


@dataclass(frozen=True)
class Plan(Generic[Settings]):
    """An experiment as composed: its world, its settings, the overrides that led to them, and where it writes."""

    name: str
    world: Scenario
    settings: Settings
    overrides: tuple[str, ...]
    folder: Path

    def changed(self, changes: Sequence[str]) -> Scenario:
        """The world with more overrides; where both say a key, the change wins. Raises ConfigError."""
        said = {change.partition("=")[0] for change in changes}
        kept = [text for text in self.overrides if text.partition("=")[0] not in said]
        return compose_experiment(self.name, type(self.settings), [*kept, *changes])[0]

    @property
    def digest(self) -> str:
        """SHA-256 of config.yaml, 64 hexadecimal digits."""
        return hashlib.sha256(plain_yaml.dump(self.tree()).encode()).hexdigest()

    @property
    def committed(self) -> bool:
        """Does it write the published result?"""
        return self.folder == RESULTS / self.name

    def tree(self) -> dict[str, Any]:
        """Everything that was set, as written to config.yaml."""
        return {**written(self.world), "experiment": plain(self.settings)}


@dataclass(frozen=True)
class Switch:
    """One thing that is different, as overrides."""

    name: str = term("", "name")
    label: str = term("", "")
    change: tuple[str, ...] = term((), "key=value")


@dataclass(frozen=True)
class Finding:
    """What an experiment found.

    reading   the answer as it is read aloud; its table has at most eight rows, its figure is the one that is drawn
    verdicts  row of the claims' sources -> verdict by that row's own criterion
    caution   what not to conclude
    table     table.csv                                  more    {file name without .csv: table}
    draw, data   draws the picture, once the answer is safe; the numbers behind it
    numbers   what summary.json says beside the answer and the verdicts
    """

    question: Said
    reading: Reading
    verdicts: Mapping[str, Verdict]
    caution: Said
    table: pd.DataFrame
    draw: Callable[[], Figure]
    data: pd.DataFrame
    more: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    numbers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Script(Generic[Settings]):
    """An experiment as its file declares it.

    name : of the script and of conf/experiment/<name>.yaml;  vocabulary : the keys below `experiment` there
    answer : what was found, from the plan
    """

    name: str
    vocabulary: type[Settings]
    answer: Callable[[Plan[Settings]], Finding]

    def compose(self, words: Sequence[str] = ()) -> Experiment:
        """The experiment with some overrides. Raises ConfigError."""
        return Experiment(plan(self.name, self.vocabulary, words), self.answer)


@dataclass(frozen=True)
class Experiment(Study[Finding]):
    """One question, answered for good by its committed configuration and for a look by any other."""

    plan: Plan[Any]
    find: Callable[[Plan[Any]], Finding]
    kind = "experiment"

    @classmethod
    def compose(cls, words: Sequence[str], config_dir: str | None = None) -> Self:
        """The script that the first word names, with the rest as overrides. Raises ConfigError."""
        name, *rest = words or [""]
        if name not in scripts():
            why = f"is no experiment{suggestion(name, scripts())}"
            raise ConfigError([Problem("experiment", why, name, "command line")])
        script = load(name)
        return cls(plan(name, script.vocabulary, rest), script.answer)

    @property
    def name(self) -> str:
        """Of the script."""
        return self.plan.name

    @property
    def digest(self) -> str:
        """Of config.yaml."""
        return self.plan.digest

    def tree(self) -> dict[str, Any]:
        """The world, and what is done with it."""
        return self.plan.tree()

    def place(self, out: str | None) -> Path:
        """results/<name> for the committed configuration, results/runs for any other, or as the words say."""
        return self.plan.folder

    def held(self, folder: Path) -> AbstractContextManager[object]:
        """A published result may be made again; any other folder belongs to its configuration."""
        check_folder(folder, None if self.plan.committed else self.digest)
        return keeping(beside(RUNS / self.name if self.plan.committed else folder), self.digest)

    def read(self) -> Finding:
        """What the script finds; it compiles its worlds itself, for it alone knows them."""
        return self.find(self.plan)

    def tables(self, found: Finding) -> dict[str, pd.DataFrame]:
        """The table, and more."""
        return {"table": found.table, **found.more}


def scripts(folder: Path = SCRIPTS) -> dict[str, Path]:
    """Every experiment by name: the files of a folder of scripts."""
    return {path.stem: path for path in sorted(folder.glob("*.py")) if path.stem != "__init__"}


def load(name: str) -> Script[Any]:
    """The experiment of a script; the top of the repository is where Python looks for `experiments`."""
    script: Script[Any] = import_module(f"{SCRIPTS}.{name}").EXPERIMENT
    return script


def plan(name: str, vocabulary: type[Settings], words: Sequence[str]) -> Plan[Settings]:
    """Compose an experiment. Only the committed configuration writes results/<name>; any other goes to results/runs.

    words : overrides such as `run=tiny`, `seeds=4`, and `out=folder`. Raises ConfigError with every problem.
    """
    overrides = tuple(word for word in words if not word.startswith("out="))
    world, settings = compose_experiment(name, vocabulary, overrides)
    made = Plan(name, world, settings, overrides, RESULTS / name)
    if overrides:
        made = replace(made, folder=RUNS / f"{name}-{made.digest[:8]}")
    asked = [word.removeprefix("out=") for word in words if word.startswith("out=")]
    return replace(made, folder=Path(asked[-1])) if asked else made


def run_arms(
    task: Callable[[tuple[Arm, int]], Result], arms: Mapping[str, Arm], seeds: range, world: Callable[[Arm], Scenario],
    processes: int,
) -> dict[str, list[Result]]:  # fmt: skip
    """Run every arm with every seed; arms that are the same run once. -> {name: one result a seed}

    task : (arm, seed) -> result, at the top level of a module;  world : arm -> its scenario, to compile its step first
    """
    distinct: dict[str, Arm] = {}
    same = {}
    for name, arm in arms.items():
        same[name] = next((other for other in distinct if distinct[other] == arm), name)
        distinct[same[name]] = arm
    prepare(map(world, distinct.values()))
    jobs = [(arm, seed) for arm in distinct.values() for seed in seeds]
    names = [f"{name} seed={seed}" for name in distinct for seed in seeds]
    done = map_runs(task, jobs, names, processes=processes, label="markets")
    by_arm = {name: done[k * len(seeds) : (k + 1) * len(seeds)] for k, name in enumerate(distinct)}
    return {name: by_arm[same[name]] for name in arms}


def spread(name: str, e: Estimate) -> dict[str, float]:
    """An estimate as three columns of a table; nan where there is none."""
    found = {name: e.value, f"{name}_low": e.low, f"{name}_high": e.high}
    return {column: np.nan if value is None else value for column, value in found.items()}


def interval(row: Mapping[str, float], name: str, digits: int, scale: float = 1.0, unit: str = "") -> str:
    """6 % [3, 9]: the three columns of an estimate in words."""
    found = (row[name], row[f"{name}_low"], row[f"{name}_high"])
    value, low, high = (f"{round(scale * x, digits) + 0.0:.{digits}f}" for x in found)
    return f"{value}{unit} [no interval]" if "nan" in (low, high) else f"{value}{unit} [{low}, {high}]"


def listed(items: Iterable[object], most: int | None = None) -> str:
    """`a, b and c`; of many the first few and how many more."""
    words = list(map(str, items))
    shown = words if most is None or len(words) <= most else [*words[:most], f"{len(words) - most} more"]
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def as_saved(table: pd.DataFrame) -> pd.DataFrame:
    """A table as it is read back: what is told from it now can be told from the file later, byte by byte."""
    return pd.read_csv(io.StringIO(csv(table)))
