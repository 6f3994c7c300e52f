"""Optimise: search levers for the least or most of one or two outcomes, every run kept as a sweep keeps its runs.

A search asks for the same candidates again when the same command is given again, and finds their results.
"""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self, cast

import numpy as np

from loyaltysim.configure import compose, sweeps
from loyaltysim.runs import store
from loyaltysim.runs.extras import needed
from loyaltysim.runs.pool import prepare
from loyaltysim.runs.store import Failure, Journal, Run
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError, Problem, Reader
from loyaltysim.studies import optimise
from loyaltysim.studies.ensembles import Drawn, worlds_of
from loyaltysim.studies.explore import check_outcomes
from loyaltysim.studies.factors import Factor, factors_of, is_range
from loyaltysim.studies.grid import Composer, Design, Point, plan
from loyaltysim.studies.protocol import Line, Study
from loyaltysim.studies.sweep import Job, Sweep, claimed, execute, gather, opened, runs_of, shapes, to_do
from loyaltysim.studies.worlds import plain, prepared

MOST_CORNERS = 64  # that are tried for one that can be


@dataclass(frozen=True)
class Searched:
    """What a search found. whole : the sweep of all that was run;  failures : runs without a result

    impossible : why, of each candidate that no scenario can be: left out of the search
    """

    search: optimise.Search
    frontier: list[optimise.Candidate]
    whole: Sweep
    failures: dict[Run, Failure]
    impossible: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Optimise(Study[Searched]):
    """Which levers give most for least, within limits?

    sweep : the base scenario and the folder;  levers, goals, bounds : as the command line says
    """

    sweep: Sweep
    settings: optimise.Settings
    levers: list[Factor]
    goals: list[optimise.Goal]
    bounds: list[optimise.Bound]
    drawn: Drawn | None = None
    kind = "optimise"
    stored = True

    @classmethod
    def compose(cls, words: Sequence[str], config_dir: str | None = None) -> Self:
        """The search of a command line, in its usual folder. Raises ConfigError, Damaged, OSError."""
        return cls.begun(words, config_dir)

    @classmethod
    def begun(
        cls, words: Sequence[str], config_dir: str | None = None, folder: Path | None = None, force: bool = False
    ) -> Self:
        """The search of a command line in a folder, new or as it was begun. Raises ConfigError, Damaged, OSError."""
        needed("optuna", "optimise")
        design, settings, levers, goals, bounds = searched(words, config_dir)
        check_outcomes(design, [*(g.outcome for g in goals), *(b.outcome for b in bounds)], "optimise.goals")
        drawn = None if settings.over == "none" else drawn_for(design, settings, levers)
        told = {name: value for name, value in asdict(settings).items() if (name, value) != ("over", "none")}
        decides = {"settings": told, "levers": [asdict(f) for f in levers]}
        return cls(opened(design, folder, force, "optimise", decides), settings, levers, goals, bounds, drawn)

    @property
    def new_seeds(self) -> range:
        """Places of the seeds on which the frontier is confirmed."""
        return self.settings.new_seeds(len(self.sweep.design.seeds))

    @property
    def least(self) -> int:
        """Runs, if nothing promising is given more seeds."""
        first = min(self.settings.first, len(self.sweep.design.seeds))
        return self.settings.trials * first + optimise.CONFIRMED * len(self.new_seeds)

    @property
    def digest(self) -> str:
        """Of everything that the words lead to."""
        return self.sweep.digest

    def tree(self) -> dict[str, Any]:
        """sweep.json."""
        return self.sweep.tree()

    def place(self, out: str | None) -> Path:
        """The folder that was opened."""
        return self.sweep.folder

    def held(self, folder: Path) -> AbstractContextManager[object]:
        """As a sweep does."""
        return self.sweep.held(folder)

    def read(self) -> Searched:
        """Hold the folder, search, collect the table."""
        sweep = self.sweep
        with claimed(sweep) as journal:
            runner = Runner(
                sweep, journal, self.drawn, [*(g.outcome for g in self.goals), *(b.outcome for b in self.bounds)]
            )
            most = len(sweep.design.seeds)
            search = optimise.Search(self.levers, self.goals, self.bounds, runner, self.settings, most)
            runner.factors = search.factors
            frontier = search.run()
            if not runner.runs:
                raise ConfigError(dict.fromkeys(runner.impossible.values()))
            whole = runner.whole()
            for candidate in (*search.tried, *search.fresh.values()):
                if (point := runner.possible(candidate.values)) is not None:  # a lever not in play is not told
                    candidate.values = cast(optimise.Values, dict(point.set))
            failures = whole.store.failures()
            if not failures:
                gather(whole)
        return Searched(search, frontier, whole, failures, tuple(runner.impossible.values()))

    def lines(self, found: Searched) -> list[Line]:
        """The goals of every candidate of the frontier, over the seeds it was chosen on."""
        return [
            Line(goal.outcome, one.mean(goal.outcome), n=one.seeds, of=f"candidate {one.number}")
            for one in found.frontier for goal in self.goals
        ]  # fmt: skip

    def ends(self) -> tuple[int, int]:
        """The first and the last of the new seeds."""
        first = self.sweep.design.seeds[0]
        return first + self.new_seeds[0], first + self.new_seeds[-1]


@dataclass(frozen=True)
class InWorlds(Sweep):
    """A sweep whose seeds are worlds of what nobody knows: each run is a candidate in one of them, on the light path.

    drawn : the worlds, in the order of the seeds, again from the first where there are more seeds;  first : seed
    """

    drawn: Drawn | None = None
    first: int = 0

    def arms(self) -> list[Scenario]:
        """As every world of a candidate begins."""
        assert self.drawn is not None
        return [prepared(point.scenario, self.drawn.sizes) for point in self.design.points]

    def job(self, run: Run) -> Job:
        """A run as a worker gets it: the world is made there."""
        assert self.drawn is not None
        usual, values = super().job(run), self.drawn.values
        row = values.iloc[(run.seed - self.first) % len(values)].to_dict()
        drawn = {str(key): plain(value) for key, value in row.items()}
        return replace(usual, scenario=prepared(usual.scenario, self.drawn.sizes), world=drawn)


@dataclass
class Runner:
    """Runs candidates through the store: a batch is a small sweep in the same folder.

    drawn : worlds in place of seeds;  outcomes : that are judged
    """

    base: Sweep
    journal: Journal
    drawn: Drawn | None = None
    outcomes: Sequence[str] = ()
    factors: Sequence[Factor] = ()
    points: dict[tuple[str, ...], Point] = field(default_factory=dict)
    runs: dict[tuple[str, ...], set[int]] = field(default_factory=dict)
    impossible: dict[tuple[tuple[str, str], ...], Problem] = field(default_factory=dict)

    def __post_init__(self) -> None:
        design = self.base.design
        single = [w for w in sweeps.split_sweeps(design.words, design.config_dir)[0] if not is_range(w)]
        self.composer = Composer(tuple(single), design.config_dir)

    def point(self, values: optimise.Values) -> Point:
        """The checked scenario of some levers; levers of components that are not chosen are left out."""
        words = self.composer.fitting(tuple(f.word(f.place(values[f.key])) for f in self.factors))
        if words not in self.points:
            self.points[words] = self.composer.point(words)
        return self.points[words]

    def possible(self, values: optimise.Values) -> Point | None:
        """The point of some levers; None where no scenario can be so, which is counted."""
        try:
            return self.point(values)
        except ConfigError as error:
            self.impossible[tuple(sorted((key, str(value)) for key, value in values.items()))] = error.problems[0]
            return None

    def __call__(self, candidates: Sequence[optimise.Values], seeds: range) -> list[optimise.Results | None]:
        """Run every candidate on some seeds, counted from the first, and read the results; None of an impossible one.

        Raises OSError, KeyboardInterrupt.
        """
        places = [self.possible(values) for values in candidates]
        points = [point for point in places if point is not None]
        if not points:
            return [None] * len(places)
        chosen = tuple(self.base.design.seeds[0] + place for place in seeds)
        sweep = self.sweep(points, chosen)
        prepare(shapes(sweep.design) if self.drawn is None else sweep.arms())
        todo = to_do(sweep, self.journal, retry=False)
        if todo:
            execute(sweep, todo, self.journal)
        for point in points:
            self.runs.setdefault(point.words, set()).update(chosen)
        read = [read_numbers(sweep, k, len(chosen)) for k in range(len(points))]
        for name in self.outcomes:
            if any(numbers is not None and name not in numbers for numbers in read):
                why = "is told of the scenario alone, not of worlds: take another outcome, or optimise.over=none"
                raise ConfigError([Problem("optimise.goals", why, name, "optimise")])
        found = iter(read)
        return [None if point is None else next(found) for point in places]

    def sweep(self, points: Sequence[Point], seeds: tuple[int, ...]) -> Sweep:
        """A sweep over some points in the folder of the search."""
        keys = tuple(f.key for f in self.factors)
        design = replace(self.base.design, points=tuple(points), seeds=seeds, keys=keys)
        made = (design, self.base.folder, self.base.spec, runs_of(design, self.base.spec["model"]), self.base.code)
        first = self.base.design.seeds[0]
        return Sweep(*made) if self.drawn is None else InWorlds(*made, drawn=self.drawn, first=first)

    def whole(self) -> Sweep:
        """The sweep of everything that was run, each candidate with the seeds that it had."""
        order = list(self.runs)
        most = self.sweep([self.points[words] for words in order], tuple(sorted(set().union(*self.runs.values()))))
        kept = tuple(r for r in most.runs if r.seed in self.runs[order[r.point]])
        return replace(most, runs=kept)


def read_numbers(sweep: Sweep, number: int, seeds: int) -> optimise.Results | None:
    """The numbers of a point, one per seed in order; None if a run has no result."""
    runs = sweep.runs[number * seeds : (number + 1) * seeds]
    try:
        bodies = [store.read_result(sweep.folder, run)["numbers"] for run in runs]
    except (FileNotFoundError, store.Damaged):
        return None
    nan = float("nan")
    return {name: np.array([nan if (v := b.get(name)) is None else v for b in bodies], float) for name in bodies[0]}


def drawn_for(design: Design, settings: optimise.Settings, levers: Sequence[Factor]) -> Drawn:
    """The worlds that every candidate meets, one a seed; what the user sets and what the firm decides is held."""
    single = [w for w in sweeps.split_sweeps(design.words, design.config_dir)[0] if not is_range(w)]
    tree, places, _ = compose.layers(single, design.config_dir, told=False)
    held = [
        *compose.own_keys(tree, places, compose.spelled(single, design.config_dir)),
        *(lever.key for lever in levers),
    ]
    n = len(design.seeds) + len(settings.new_seeds(len(design.seeds)))
    composer, beside = Composer(tuple(single), design.config_dir), list[Scenario]()
    for corner in corners(levers):
        with contextlib.suppress(ConfigError):
            beside.append(composer.point(composer.fitting(corner)).scenario)
    return worlds_of(design.points[0].scenario, compose.USUAL, held, n=n, beside=beside)


def first_possible(composer: Composer, levers: Sequence[Factor]) -> Point:
    """The first corner of the levers' space that is a scenario. Raises ConfigError where none is, with the reasons."""
    problems: dict[str, Problem] = {}
    for corner in corners(levers):
        try:
            return composer.point(composer.fitting(corner))
        except ConfigError as error:
            problems |= {str(problem): problem for problem in error.problems}
    raise ConfigError(problems.values())


def corners(levers: Sequence[Factor]) -> list[tuple[str, ...]]:
    """The overrides of every corner, all levers low first; of more than `MOST_CORNERS`, each lever low and high."""
    ends = [[(k + 0.5) / len(f.words) for k in range(len(f.words))] if f.words else [0.0, 1.0] for f in levers]
    chosen: list[tuple[float, ...]]
    if math.prod(map(len, ends)) > MOST_CORNERS:
        low = [places[0] for places in ends]
        chosen = [(*low[:k], place, *low[k + 1 :]) for k, places in enumerate(ends) for place in places]
        chosen.append(tuple(places[-1] for places in ends))
    else:
        chosen = list(itertools.product(*ends))
    return [tuple(f.word(u) for f, u in zip(levers, corner, strict=True)) for corner in chosen]


def searched(
    words: Sequence[str], config_dir: str | None
) -> tuple[Design, optimise.Settings, list[Factor], list[optimise.Goal], list[optimise.Bound]]:
    """The base scenario, the settings, the levers and the goals of a command line. Raises ConfigError."""
    single, swept, problems = sweeps.split_sweeps(words, config_dir)
    ranges = [word for word in single if is_range(word)]
    rest = [word for word in single if word not in ranges]
    tree, places, found = compose.layers(rest, config_dir)
    reader = Reader(places=places)
    settings = reader.record(optimise.Settings, tree.get("optimise", {}), "optimise")
    problems += [*found, *reader.problems]
    if settings is None or reader.problems:
        raise ConfigError(problems)
    told = [word.text for word in swept]
    levers = factors_of([*settings.levers, *ranges, *told], "lever", config_dir, problems)
    goals, bounds = optimise.goals_and_bounds(settings, problems)
    if not levers and not problems:
        problems.append(Problem("optimise", "has no lever: add key=low:high or key=a,b,c", origin="command line"))
    if any(f.key in ("seed", "seeds") for f in levers):
        message = "is no lever: seeds=20 says how many runs the best have"
        problems.append(Problem("seed", message, origin="command line"))
    if problems:
        raise ConfigError(problems)
    first = first_possible(Composer(tuple(rest), config_dir), levers)
    plain = plan(
        [
            *(w for w in rest if not w.startswith(("optimise.", "seeds="))),
            f"seeds={first.scenario.seeds}",
            *first.words,
        ],
        config_dir,
    )
    design = replace(plain, words=tuple(words), keys=tuple(f.key for f in levers))
    return design, settings, levers, goals, bounds
