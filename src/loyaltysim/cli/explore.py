"""`loyaltysim explore` and `loyaltysim optimise`: every run goes through the store of sweeps, so that none is lost.

    loyaltysim explore scenario=grocery_points run=quick market.S=0.6:2.6 program=points,cashback explore.design=sobol
    loyaltysim optimise scenario=grocery_points run=quick program.points.face_value=1:15 program.points.earn=1:5

Both go on where they were ended when the same command is given again. An exploration is a sweep, and `loyaltysim sweep
status|verify|export` look after its folder. A search asks for the same candidates again and finds their results.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from loyaltysim.cli.sweep import complain, guarded, planned, reopened, say, start
from loyaltysim.configure import compose
from loyaltysim.configure.publish import publish, text
from loyaltysim.measures import registry
from loyaltysim.present import exploration as explored
from loyaltysim.runs import store
from loyaltysim.runs.extras import needed
from loyaltysim.runs.pool import prepare
from loyaltysim.runs.store import Journal, Lock, Store
from loyaltysim.scenario.reader import ConfigError, Problem, Reader, suggestion
from loyaltysim.studies import optimise
from loyaltysim.studies import single as study
from loyaltysim.studies.factors import Factor, factors_of, is_range
from loyaltysim.studies.grid import Composer, Design, Point, plan
from loyaltysim.studies.sensitivity import Discovery, discover, indices
from loyaltysim.studies.sweep import Sweep, bad, execute, gather, opened, runs_of, shapes, to_do

FOUND = "exploration.json"


# --- explore ---


def command(
    words: Sequence[str], config_dir: str | None, out: str | None, flags: Sequence[str], print_as: str = "text"
) -> int:
    """`loyaltysim explore`: run a design over uncertainties and levers, and say what moves the outcomes and where.

    words : as of a sweep, or the folder of an exploration. -> 0, or 3 where runs failed. Raises ConfigError, OSError.
    """
    for module in ("SALib", "sklearn"):
        needed(module, "explore")
    with guarded(out):
        if len(words) == 1 and "=" not in words[0]:
            sweep = reopened(Path(words[0]), "--force" in flags)
            if sweep.design.exploration is None:
                raise bad("folder", "holds a sweep without an exploration", words[0])
        else:
            given = "explore" in compose.layers(compose.split_sweeps(words, config_dir)[0], config_dir)[0]
            design = planned([*words, *([] if given else ["explore.design=lhs"])], config_dir, flags)
            sweep = opened(design, None if out is None else Path(out), "--force" in flags)
        check_outcomes(sweep.design, exploration_of(sweep).settings.outcomes, "explore.outcomes")
        return start(sweep, flags, print_as, tell)
    return 3


def exploration_of(sweep: Sweep):
    """What a sweep explores."""
    assert sweep.design.exploration is not None  # `command` made sure
    return sweep.design.exploration


def check_outcomes(design: Design, outcomes: Sequence[str], key: str) -> None:
    """Refuse outcomes that no kind of point has, as very small runs tell. Raises ConfigError with the nearest name."""
    prepare(shapes(design), sys.stderr.isatty())
    kinds = {bool(p.scenario.firms[p.scenario.focal].program): p.scenario for p in design.points}
    known: list[str] = []
    for scenario in kinds.values():
        small = replace(scenario, customers=replace(scenario.customers, n=min(50, scenario.customers.n)), vary=())
        known += [name for name in study.numbers_of(small, design.seeds[0]).numbers if name not in known]
    unknown = [name for name in outcomes if name not in known]
    wrong = [Problem(key, f"is no number of these runs{suggestion(name, sorted(known))}", name) for name in unknown]
    if wrong:
        raise ConfigError(wrong)


def outcome_at_points(sweep: Sweep, table: pd.DataFrame, outcome: str, policy: int) -> np.ndarray:
    """Mean of an outcome over the seeds at every place of the design, under one policy; NaN where it is undefined."""
    mean = table.groupby("point")[outcome].apply(lambda values: values.mean(skipna=False))
    return mean.sort_index().to_numpy(float)[policy :: len(exploration_of(sweep).policies)]


def tell(sweep: Sweep, table: pd.DataFrame, print_as: str) -> None:
    """Indices and rules of every outcome and policy: said, drawn and kept as exploration.json."""
    found, parts = {}, []
    exploration = exploration_of(sweep)
    for outcome in exploration.settings.outcomes:
        for k, policy in enumerate(exploration.policies):
            y = outcome_at_points(sweep, table, outcome, k)
            name = f"{outcome} under {policy}" if policy else outcome
            said, kept = analysed(sweep, name, outcome, y)
            found[name] = kept
            parts.append(said)
    publish(sweep.folder / FOUND, text(json.dumps(found, indent=1, sort_keys=True, allow_nan=False) + "\n"))
    if print_as == "json":
        print(json.dumps(found, indent=1, sort_keys=True, allow_nan=False))
    else:
        print("\n\n".join([*parts, f"table, figures, {FOUND}: {sweep.folder}"]))


def analysed(sweep: Sweep, name: str, outcome: str, y: np.ndarray) -> tuple[str, dict[str, object]]:
    """One outcome: -> what is said of it, and what is kept. Figures are drawn on the way."""
    exploration, folder = exploration_of(sweep), sweep.folder / "figures"
    settings, factors, design = exploration.settings, exploration.factors, exploration.settings.design
    note = f"Market: {sweep.design.points[0].scenario.market.name}. {len(y):,} points, {len(sweep.design.seeds)} seeds."
    lines, kept = [], {"unit": registry.unit(outcome), "points": len(y)}
    undefined = int((~np.isfinite(y)).sum())
    if design in explored.MAIN and not undefined:
        table = indices(design, factors, exploration.places, y, settings.random)
        kept["indices"] = plain_rows(table)
        lines += [explored.indices_story(name, design, table), explored.indices_table(design, table), ""]
        explored.draw_indices(folder, name, design, table, note)
    elif undefined:
        kept["undefined"] = undefined
        lines.append(f"{name} is undefined at {undefined} of {len(y)} points, which are left out: no indices.")
    rules: Discovery = discover(factors, exploration.values(), y, settings.threshold)
    kept["rules"] = [asdict(rule) for rule in rules.rules]
    kept |= {"share_above": finite(rules.share), "held_back": finite(rules.sure)}
    lines += [explored.rules_story(name, settings.threshold, rules)]
    if len(rules.rules) > 1:
        lines.append(explored.rules_table(settings.threshold, rules.rules))
        explored.draw_rules(folder, name, settings.threshold, exploration, y, rules, note)
    return "\n".join(lines), kept


def finite(value: float | None) -> float | None:
    """A number for JSON; undefined is null."""
    return None if value is None or not np.isfinite(value) else float(value)


def plain_rows(table: pd.DataFrame) -> list[dict[str, object]]:
    """Rows of a table for JSON."""
    return [{k: finite(v) if isinstance(v, float) else v for k, v in row.items()} for row in table.to_dict("records")]


# --- optimise ---


@dataclass
class Runner:
    """Runs candidates through the store: a batch is a small sweep in the same folder."""

    base: Sweep
    journal: Journal
    progress: bool
    factors: Sequence[Factor] = ()
    points: dict[tuple[str, ...], Point] = field(default_factory=dict)
    runs: dict[tuple[str, ...], set[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        design = self.base.design
        single = [w for w in compose.split_sweeps(design.words, design.config_dir)[0] if not is_range(w)]
        self.composer = Composer(tuple(single), design.config_dir)

    def point(self, values: optimise.Values) -> Point:
        """The checked scenario of some levers; levers of components that are not chosen are left out."""
        words = self.composer.fitting(tuple(f.word(f.place(values[f.key])) for f in self.factors))
        if words not in self.points:
            self.points[words] = self.composer.point(words)
        return self.points[words]

    def __call__(self, candidates: Sequence[optimise.Values], seeds: range) -> list[optimise.Results | None]:
        """Run every candidate on some seeds, counted from the first, and read the results.

        Raises OSError, KeyboardInterrupt.
        """
        points = [self.point(values) for values in candidates]
        chosen = tuple(self.base.design.seeds[0] + place for place in seeds)
        sweep = self.sweep(points, chosen)
        prepare(shapes(sweep.design), self.progress)
        todo = to_do(sweep, self.journal, retry=False)
        if todo:
            execute(sweep, todo, self.journal, self.progress)
        for point in points:
            self.runs.setdefault(point.words, set()).update(chosen)
        return [read_numbers(sweep, k, len(chosen)) for k in range(len(points))]

    def sweep(self, points: Sequence[Point], seeds: tuple[int, ...]) -> Sweep:
        """A sweep over some points in the folder of the search."""
        keys = tuple(f.key for f in self.factors)
        design = replace(self.base.design, points=tuple(points), seeds=seeds, keys=keys)
        return Sweep(design, self.base.folder, self.base.spec, runs_of(design, self.base.spec["model"]), self.base.code)

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


def searched(
    words: Sequence[str], config_dir: str | None
) -> tuple[Design, optimise.Settings, list[Factor], list[optimise.Goal], list[optimise.Bound]]:
    """The base scenario, the settings, the levers and the goals of a command line. Raises ConfigError."""
    single, swept, problems = compose.split_sweeps(words, config_dir)
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
    composer = Composer(tuple(rest), config_dir)
    first = composer.point(composer.fitting(tuple(f.word(0.0) for f in levers)))
    plain = plan([*(w for w in rest if not w.startswith("optimise.")), *first.words], config_dir)
    design = replace(plain, words=tuple(words), keys=tuple(f.key for f in levers))
    return design, settings, levers, goals, bounds


def optimise_command(
    words: Sequence[str], config_dir: str | None, out: str | None, flags: Sequence[str], print_as: str = "text"
) -> int:
    """`loyaltysim optimise`: search levers for the least or most of one or two outcomes, within limits.

    -> 0, or 3 where runs failed. Raises ConfigError, OSError, KeyboardInterrupt after which the same command goes on.
    """
    needed("optuna", "optimise")
    design, settings, levers, goals, bounds = searched(words, config_dir)
    outcomes = [*(g.outcome for g in goals), *(b.outcome for b in bounds)]
    check_outcomes(design, outcomes, "optimise.goals")
    decides = {"settings": asdict(settings), "levers": [asdict(f) for f in levers]}
    with guarded(out):
        folder = None if out is None else Path(out)
        sweep = opened(design, folder, "--force" in flags, kind="optimise", more=decides)
        most = len(design.seeds)
        first, new = min(settings.first, most), settings.new_seeds(most)
        count = settings.trials * first + optimise.CONFIRMED * len(new)
        say(f"{settings.trials:,} candidates x {first} seeds, the best with {most}: {sweep.folder}")
        if new:
            named = "seeds {} to {}".format(*ends(sweep, new))
            say(f"then at most {optimise.CONFIRMED} of the frontier on {named}, which the search never meets")
        say(f"about {count:,} runs, and more for what is promising")
        if "--dry-run" in flags:
            return 0
        if count > design.terms.ask_above and "--yes" not in flags:
            raise bad("optimise", f"has about {count:,} runs or more: confirm with --yes (--dry-run only counts)")
        return carried_out(sweep, partial(optimise.Search, levers, goals, bounds), settings, print_as)
    return 3


def carried_out(
    sweep: Sweep, searching: Callable[..., optimise.Search], settings: optimise.Settings, print_as: str
) -> int:
    """Hold the folder, search, collect the table, tell what was found."""
    sweep.folder.mkdir(parents=True, exist_ok=True)
    held = Store(sweep.folder, ())
    with Lock(held.lock), closing(Journal(held.journal)) as journal:
        held.tidy()
        if not (sweep.folder / "sweep.json").exists():
            publish(sweep.folder / "sweep.json", text(store.seal(sweep.spec)))
        runner = Runner(sweep, journal, sys.stderr.isatty())
        search = searching(runner, settings, len(sweep.design.seeds))
        runner.factors = search.factors
        frontier = search.run()
        whole = runner.whole()
        for candidate in (
            *search.tried,
            *search.fresh.values(),
        ):  # from here on a lever that was not in play is not told
            candidate.values = dict(runner.point(candidate.values).set)
        failures = whole.store.failures()
        if not failures:
            gather(whole)
    note = f"Market: {sweep.design.points[0].scenario.market.name}. Up to {search.most} seeds."
    note += f" On new seeds: {len(search.new_seeds)}." if search.fresh else ""
    told(sweep, search, frontier, note, print_as)
    for failure in list(failures.values())[: explored.SHOWN]:
        say(f"  {whole.named(failure.run)}: {failure.why} ({failure.tries} tries); again: {failure.again}")
    return complain(f"{len(failures)} runs failed; the table is not complete", 3) if failures else 0


def ends(sweep: Sweep, places: range) -> tuple[int, int]:
    """The first and the last of some seeds, given by their places."""
    first = sweep.design.seeds[0]
    return first + places[0], first + places[-1]


def confirmation(sweep: Sweep, search: optimise.Search) -> dict[str, object]:
    """What the new seeds say of the frontier as a whole, for frontier.json."""
    verdicts = [search.verdict(number) for number in search.fresh]
    known = any(v != "failed" for v in verdicts)
    flattered = {g.outcome: search.flattered(g) for g in search.goals} if known else {}
    return {
        "seeds": list(ends(sweep, search.new_seeds)),
        "candidates": len(verdicts),
        "left": sum(v != "stays" for v in verdicts),
        "flattered": {
            k: dict(zip(("value", "low", "high"), map(finite, v), strict=True)) for k, v in flattered.items()
        },
    }


def told(
    sweep: Sweep, search: optimise.Search, frontier: Sequence[optimise.Candidate], note: str, print_as: str
) -> None:
    """Say, draw and keep what a search found."""
    folder, data = sweep.folder, explored.frontier_data(search, frontier)
    found: dict[str, object] = {"tried": len(search.tried), "frontier": plain_rows(data[data.frontier])}
    found |= {"confirmation": confirmation(sweep, search)} if search.fresh else {}
    publish(folder / "frontier.json", text(json.dumps(found, indent=1, sort_keys=True, allow_nan=False) + "\n"))
    explored.draw_frontier(folder / "figures", search, frontier, note)
    if print_as == "json":
        print(json.dumps(found, indent=1, sort_keys=True, allow_nan=False))
        return
    story, table = explored.frontier_story(search, frontier), explored.frontier_table(search, frontier)
    print(f"{story}\n\n{table}\n\ntable, figure, frontier.json: {folder}")
