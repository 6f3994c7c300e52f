"""A sweep and its folder: begin or reopen it, run what has no sound result, collect the table.

A folder belongs to one design and to the code that began it; other code goes on only if that is asked for, and every
row says which code made it.
"""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import shlex
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import pandas as pd

from loyaltysim.configure.asked import refuse
from loyaltysim.configure.publish import publish, text
from loyaltysim.market.compile import package_hash
from loyaltysim.runs import store
from loyaltysim.runs.cluster import EXECUTORS, LOCAL
from loyaltysim.runs.executors import Limits, Outcome
from loyaltysim.runs.files import check_folder, manifest
from loyaltysim.runs.plugins import brought
from loyaltysim.runs.plugins import words as plugins_given
from loyaltysim.runs.progress import told, watched
from loyaltysim.runs.store import Failure, Journal, Lock, Run, Store
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.outside import records
from loyaltysim.studies import collect, single
from loyaltysim.studies.factors import is_range
from loyaltysim.studies.grid import Design, differences, first_scenario, plan, settled
from loyaltysim.studies.protocol import RUNS, Study
from loyaltysim.studies.worlds import APART, world

FORMAT = 1  # of the folder of a sweep; a newer one is refused, an older one must stay readable
WORDS = ("name", "occasion", "currency", "source", "notice", "measured", "assumed")  # of a market: told, never read
SMALL = 2000  # customers in the run that measures the speed
START = 3.0  # seconds until workers have started; assumed, for the estimate only


@dataclass(frozen=True)
class Job:
    """What travels to a worker."""

    folder: Path
    run: Run
    scenario: Scenario
    keep: str
    code: str
    forced: str
    world: Mapping[str, Any] | None = None  # what is drawn: the scenario is then as every world begins


def numbers_of(job: Job) -> tuple[dict[str, float], pd.DataFrame | None]:
    """The numbers of a run and its weekly table; in a world of what nobody knows, the light path has no table."""
    if job.world is None:
        made = single.numbers_of(job.scenario, job.run.seed)
        return made.numbers, made.firms
    return single.in_a_world([world(job.scenario, job.world)], job.run.seed ^ APART), None


def simulate(job: Job) -> int:
    """Make one run and publish its result; -> bytes written.

    Raises FloatingPointError for a number that is infinite, OSError where nothing can be written.
    """
    numbers, firms = numbers_of(job)
    body = {"format": FORMAT, "code": job.code, "forced": job.forced, "numbers": finite(numbers)}
    tables = {"weekly": firms} if job.keep == "weekly" and firms is not None else {}
    return store.write_result(job.folder, job.run, body, tables)


def finite(numbers: Mapping[str, float]) -> dict[str, float | None]:
    """Numbers as they are written: undefined is empty. Raises FloatingPointError for infinity, which is an error."""
    endless = [name for name, value in numbers.items() if math.isinf(value)]
    if endless:
        raise FloatingPointError(f"{', '.join(endless)}: infinite")
    return {name: None if math.isnan(value) else float(value) for name, value in numbers.items()}


class Unfinished(collect.Incomplete):
    """Runs have no result; `lines` says why, one run a line."""

    def __init__(self, message: str, lines: Sequence[str]) -> None:
        super().__init__(message)
        self.lines = tuple(lines)


@dataclass(frozen=True)
class Sweep(Study[pd.DataFrame]):
    """Every point of a design with every seed: the design and the folder that holds its runs.

    spec : sweep.json;  code : hash of the present package;  forced : how the present code differs from the spec's
    retry : try what failed too often again
    """

    kind = "sweep"
    stored = True

    design: Design
    folder: Path
    spec: Mapping[str, Any]
    runs: tuple[Run, ...]
    code: str
    forced: str = ""
    retry: bool = False

    @classmethod
    def compose(cls, words: Sequence[str], config_dir: str | None = None) -> Self:
        """The sweep of a command line in its usual folder. Raises ConfigError, Damaged, OSError."""
        return cls(**vars(opened(plan(words, config_dir), None, force=False)))

    @property
    def digest(self) -> str:
        """Of everything that the words lead to."""
        return str(self.spec["config"])

    def tree(self) -> dict[str, Any]:
        """sweep.json."""
        return dict(self.spec)

    def place(self, out: str | None) -> Path:
        """The folder that was opened."""
        return self.folder

    def held(self, folder: Path) -> AbstractContextManager[object]:
        """The folder of the runs, from before the first of them until the last figure is drawn. Raises Locked."""
        folder.mkdir(parents=True, exist_ok=True)
        return Lock(self.store.lock)

    def arms(self) -> list[Scenario]:
        """One world for every step that the points need."""
        return shapes(self.design)

    def read(self) -> pd.DataFrame:
        """Run what has no result and read the table. Raises Unfinished where runs fail."""
        session(self, retry=self.retry)
        return self.table()

    def table(self) -> pd.DataFrame:
        """The collected table of all runs. Raises Unfinished where some have no result."""
        states, failures = self.store.states(), self.store.failures()
        total, done = len(self.store.runs), sum(state == "done" for state in states.values())
        if done < total:
            rest = shlex.join(["loyaltysim", "sweep", "collect", str(self.folder), "--partial"])
            left = f"{len(failures)} failed; go on: {shlex.join(self.onward)}"
            left += f"; a table of the rest: {rest}" if done else ""
            raise Unfinished(f"{total - done} of {total} runs have no result, {left}", self.told_failures(failures))
        return collect.read_table(self.folder)

    def told_failures(self, failures: Mapping[Run, Failure]) -> list[str]:
        """Every failure in a line: which run, why, how often, and the command that repeats it."""
        return [f"  {self.named(f.run)}: {f.why} ({f.tries} tries); again: {f.again}" for f in failures.values()]

    def tables(self, found: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """A row per point and seed."""
        return {"table": found}

    @cached_property
    def store(self) -> Store:
        """The folder's results; points that are the same world share theirs."""
        return Store(self.folder, tuple({run.key: run for run in reversed(self.runs)}.values())[::-1])

    @property
    def sets(self) -> list[Mapping[str, object]]:
        """What each point sets."""
        return [point.set for point in self.design.points]

    @property
    def weekly(self) -> bool:
        """Are weekly tables kept?"""
        return self.design.terms.keep == "weekly"

    def job(self, run: Run) -> Job:
        """A run as a worker gets it."""
        scenario = replace(self.design.points[run.point].scenario, vary=())
        return Job(self.folder.absolute(), run, scenario, self.design.terms.keep, self.code, self.forced)

    @property
    def onward(self) -> list[str]:
        """The command that goes on with the folder."""
        return ["loyaltysim", "sweep", "resume", str(self.folder), *plugins_given()]

    def again(self, run: Run) -> str:
        """The command that repeats a run alone."""
        words, point = repeatable(self.design.words), self.design.points[run.point].words
        said = {word.partition("=")[0] for word in (*point, "seed=", "seeds=")}
        kept = [word for word in words if word.partition("=")[0] not in said]
        folder = ["--config-dir", self.design.config_dir] if self.design.config_dir else []
        folder += plugins_given()
        return shlex.join(["loyaltysim", "run", *kept, *point, f"seed={run.seed}", "seeds=1", *folder, "--traceback"])

    def named(self, run: Run) -> str:
        """A run as a person set it: `market.S=0.6 seed=3`."""
        return " ".join([*self.design.points[run.point].words, f"seed={run.seed}"])


def repeatable(words: Sequence[str]) -> list[str]:
    """The words of a sweep that a single run understands."""
    from loyaltysim.configure.sweeps import split_sweeps

    ours = ("sweep.", "explore.", "optimise.")
    return [word for word in split_sweeps(words)[0] if not word.startswith(ours) and not is_range(word)]


def specification(design: Design) -> dict[str, Any]:
    """sweep.json: the words, a digest of everything that they lead to, and the code that is to run them."""
    about = manifest(design.points[0].scenario)
    lock = Path(__file__).resolve().parents[3] / "requirements.lock"
    return {
        "format": FORMAT,
        "name": design.name,
        "words": list(design.words),
        "config_dir": design.config_dir,
        "config": store.digest_of(design.tree()),
        "points": len(design.points),
        "seeds": list(design.seeds),
        "first": first_scenario(design),
        "plugins": list(records()),
        "model": about["model"],
        "packages": about["packages"],
        "circumstances": {**about["circumstances"], "lock": collect.sha256(lock) if lock.is_file() else None},
    }


def runs_of(design: Design, model: Mapping[str, Any]) -> tuple[Run, ...]:
    """Every point and seed in order; an id is a hash of canonical configuration, model version and seed."""
    version, runs = store.digest_of(model), []
    for number, point in enumerate(design.points):
        config = store.digest_of(settled(point.scenario))
        for seed in design.seeds:
            key = hashlib.sha256(f"{config} {version} {seed}".encode()).hexdigest()[:32]
            runs.append(Run(key, number, seed))
    return tuple(runs)


def opened(
    design: Design, folder: Path | None, force: bool, kind: str = "sweep", more: Mapping[str, Any] | None = None
) -> Sweep:
    """A design with its folder, new or as it was begun; nothing is written yet.

    kind : in the folder's name;  more : what decides the results beside the points of the design
    Raises ConfigError where the folder holds another design, or other code began it and `force` is not given;
    Damaged where its specification is not as it was written; OSError where it cannot be written.
    """
    spec = specification(design)
    if more is not None:
        spec |= {"kind": kind, "config": store.digest_of({"design": spec["config"], **more})}
    folder = RUNS / f"{kind}-{design.name}-{spec['config'][:8]}" if folder is None else folder
    path = folder / "sweep.json"
    if not path.exists():
        check_folder(folder, spec["config"], stored=True)
        return Sweep(design, folder, spec, runs_of(design, spec["model"]), package_hash())
    old = store.read_sealed(path)
    if old["format"] > FORMAT:
        raise refuse("out", f"is in format {old['format']}; this version reads up to {FORMAT}: update it", str(folder))
    refuse_other(folder, old, spec)
    differ = [*differences(old["model"], spec["model"], "model"), *differences(old["packages"], spec["packages"], "")]
    if differ and not force:
        raise refuse("out", f"was begun by other code: {some(differ)}; --force goes on and marks each row", str(folder))
    return Sweep(design, folder, old, runs_of(design, old["model"]), package_hash(), "; ".join(differ))


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """How two specifications differ, as far as it can be said in a line."""
    keys = ("words", "seeds", "points", "first")
    found = [line for key in keys for line in differences(old[key], new[key], "" if key == "first" else key)]
    return found or ["a file that one of its points names has changed"]


def some(lines: Sequence[str], most: int = 6) -> str:
    """Some of several lines, in one."""
    return ", ".join(lines[:most]) + (f" and {len(lines) - most} more" if len(lines) > most else "")


def shapes(design: Design) -> list[Scenario]:
    """One scenario for every set of mechanisms that the points may need a compiled step for."""
    found: dict[str, Scenario] = {}
    for point in design.points:
        tree = settled(point.scenario)
        tree["market"] = {name: value for name, value in tree["market"].items() if name not in WORDS}
        found.setdefault(json.dumps(shape(tree), sort_keys=True), point.scenario)
    return [arm for scenario in found.values() for arm in single.arms(scenario)]


def shape(tree: Any) -> Any:
    """A plain tree in which a number says only whether it is 0, 1 or another: that is what may change the step."""
    if isinstance(tree, dict):
        return {name: shape(value) for name, value in tree.items()}
    if isinstance(tree, list):
        return [shape(value) for value in tree]
    return (tree == 0, tree == 1) if isinstance(tree, (int, float)) and not isinstance(tree, bool) else tree


@dataclass(frozen=True)
class Estimate:
    """What a sweep will take: seconds of wall time and bytes on disk."""

    seconds: float
    size: float


def estimated(sweep: Sweep, todo: Sequence[Run], workers: int) -> Estimate:
    """Time and size from two small runs of each kind of point, made here and thrown away."""
    cost: dict[bool, tuple[float, float, float]] = {}
    seconds = size = 0.0
    with tempfile.TemporaryDirectory() as place:
        for run in todo:
            scenario = sweep.design.points[run.point].scenario
            kind = bool(scenario.focal_firm.program)
            if kind not in cost:
                cost[kind] = calibrated(replace(sweep, folder=Path(place)), run)
            fixed, each, written = cost[kind]
            seconds += fixed + each * scenario.customers.n * scenario.weeks
            size += written
    return Estimate(START + seconds / workers if todo else 0.0, size)


def calibrated(sweep: Sweep, run: Run) -> tuple[float, float, float]:
    """Seconds of a run without customers, seconds per customer and week, bytes of a result."""
    job, took, written = sweep.job(run), [], 0
    tiny, small = min(50, job.scenario.customers.n), min(SMALL, job.scenario.customers.n)
    for n in (tiny, tiny, small):
        scenario = replace(job.scenario, customers=replace(job.scenario.customers, n=n))
        began = time.perf_counter()
        written = simulate(replace(job, scenario=scenario))
        took.append(time.perf_counter() - began)
    each = max(0.0, took[2] - took[1]) / max(1, small - tiny) / job.scenario.weeks
    return took[1], each, float(written)


@dataclass
class Tally:
    """What a session did: runs that have a result now, failures that stand, and whether it stopped early."""

    done: int = 0
    failed: int = 0
    stopped: bool = False


def execute(sweep: Sweep, todo: Sequence[Run], journal: Journal) -> Tally:
    """Run what is missing, try again what lost its worker, set aside what fails too often.

    Raises OSError at the first result that cannot be written; KeyboardInterrupt after ending the workers.
    """
    terms, tally, waiting = sweep.design.terms, Tally(), list(todo)
    processes = sweep.design.points[0].scenario.compute.processes
    workers = min(len(waiting), processes or os.cpu_count() or 1)
    options = terms.options(processes, sweep.folder)
    with told().stage("runs", len(todo)) as stage:
        while waiting and not tally.stopped:
            again: list[Run] = []
            limits = Limits(workers, terms.seconds, terms.gigabytes * 1000.0, options)
            outcomes = EXECUTORS[terms.executor](simulate, [sweep.job(run) for run in waiting], limits)
            with closing(outcomes):  # type: ignore[type-var]
                for outcome in outcomes:
                    run = waiting[outcome.job]
                    if settle(sweep, run, outcome, journal, tally):
                        again.append(run)
                        workers = max(1, workers - (outcome.kind == "memory"))
                    else:
                        stage.add()
                    if tally.failed and terms.fail_fast:
                        tally.stopped = True
                        break
            waiting = again
    return tally


def settle(sweep: Sweep, run: Run, outcome: Outcome, journal: Journal, tally: Tally) -> bool:
    """Write down how a run ended; -> is it to be tried again now? Raises OSError for a result that was not written."""
    held, took = sweep.store, {"seconds": rounded(outcome.seconds), "megabytes": rounded(outcome.megabytes)}
    if outcome.kind == "done":
        journal.note("done", run=run.key, **took)
        held.forget_failure(run)
        tally.done += 1
        return False
    if outcome.kind == "storage":
        raise OSError(errno.EIO, outcome.why)
    earlier = held.failure(run)
    tries = (earlier.tries if earlier else 0) + 1
    why = outcome.why + ("" if outcome.fewer is None else f"; {outcome.fewer} at a time from here")
    held.note_failure(Failure(run, why, tries, sweep.again(run)))
    journal.note("failed", run=run.key, kind=outcome.kind, why=why, tries=tries, **took)
    again = outcome.kind != "error" and tries < sweep.design.terms.tries
    tally.failed += not again
    return again


def rounded(value: float | None) -> float | None:
    """To a thousandth; None stays."""
    return None if value is None else round(value, 3)


def to_do(sweep: Sweep, journal: Journal, retry: bool) -> list[Run]:
    """The runs that have no sound result and have not failed too often; damaged results are put aside."""
    held = sweep.store
    failures = {} if retry else held.failures()
    todo = []
    for run, state in held.states().items():
        if state == "damaged":
            held.put_aside(run)
            journal.note("damaged", run=run.key)
        if state == "done":
            continue
        if run in failures and failures[run].tries >= sweep.design.terms.tries:
            continue
        if retry:
            held.forget_failure(run)
        todo.append(run)
    return todo


@contextmanager
def claimed(sweep: Sweep) -> Iterator[Journal]:
    """Hold the folder, which from its first byte belongs to this sweep; -> its journal.

    Raises Locked; ConfigError where another study has taken it since it was looked at; OSError.
    """
    sweep.folder.mkdir(parents=True, exist_ok=True)
    with store.holding(sweep.store.lock):
        path = sweep.folder / "sweep.json"
        if path.exists():
            refuse_other(sweep.folder, store.read_sealed(path), sweep.spec)
        else:
            check_folder(sweep.folder, sweep.spec["config"], stored=True)
            publish(path, text(store.seal(sweep.spec)))
        sweep.store.tidy()
        with closing(Journal(sweep.store.journal)) as journal:
            yield journal


def refuse_other(folder: Path, old: Mapping[str, Any], spec: Mapping[str, Any]) -> None:
    """Raise ConfigError where a folder's specification is of another design."""
    if old["config"] != spec["config"]:
        raise refuse("out", f"holds another sweep: {some(changes(old, spec))}; name another folder", str(folder))


def session(sweep: Sweep, *, retry: bool = False) -> Tally:
    """Hold the folder, run what is missing, and collect the table if that makes it complete.

    Raises Locked, OSError, KeyboardInterrupt; what is done by then stays done.
    """
    with claimed(sweep) as journal:
        todo = to_do(sweep, journal, retry)
        journal.note("opened", todo=len(todo), runs=len(sweep.store.runs), forced=sweep.forced)
        try:
            tally = execute(sweep, todo, journal)
        except KeyboardInterrupt:
            journal.note("interrupted")
            raise
        if all(state == "done" for state in sweep.store.states().values()):
            gather(sweep)
            journal.note("collected", rows=len(sweep.runs))
        return tally


def gather(sweep: Sweep) -> None:
    """Make the tables and the manifest. Raises Incomplete, OSError."""
    files = collect.write_tables(sweep.store, sweep.runs, sweep.sets, sweep.design.keys, sweep.weekly)
    ended = [line for line in store.read_journal(sweep.store.journal) if line and line["event"] == "done"]
    about = {name: sweep.spec[name] for name in ("name", "config", "words", "model", "packages")}
    about |= {"plugins": noted} if (noted := sweep.spec.get("plugins")) else {}
    spent = {
        "run_seconds": round(sum(line["seconds"] or 0.0 for line in ended), 1),
        "peak_memory_mb": max((line["megabytes"] or 0.0 for line in ended), default=0.0),
    }
    about |= {"format": FORMAT, "rows": len(sweep.runs), "files": files, "forced": sweep.forced}
    about["circumstances"] = {**manifest(sweep.design.points[0].scenario)["circumstances"], **spent}
    publish(sweep.folder / collect.MANIFEST, text(store.seal(about)))
    for rest in sweep.folder.glob("partial_*"):  # of a time when runs were missing
        rest.unlink()


def repeated(sweep: Sweep, chosen: Sequence[Run]) -> list[str]:
    """Make some runs again elsewhere; -> those whose bytes differ, or that other code made."""
    wrong: list[str] = []
    bodies = {run: store.read_result(sweep.folder, run) for run in chosen}
    same = [run for run in chosen if bodies[run]["code"] == sweep.code and bodies[run]["forced"] == sweep.forced]
    wrong += [f"{run.key}: made by other code, cannot be repeated here" for run in chosen if run not in same]
    with tempfile.TemporaryDirectory() as place:
        other = replace(sweep, folder=Path(place))
        jobs = [other.job(run) for run in same]
        terms = sweep.design.terms
        limits = Limits(min(len(jobs), os.cpu_count() or 1), terms.seconds, terms.gigabytes * 1000.0)
        here = LOCAL.get(terms.executor, LOCAL["processes"])  # what a cluster made is made again on this machine
        for outcome in here(simulate, jobs, limits):
            run, ending = same[outcome.job], ["json", *(["weekly.parquet"] if sweep.weekly else [])]
            if outcome.kind != "done":
                wrong.append(f"{run.key}: made again, it failed: {outcome.why}")
            elif any(bytes_of(sweep, run, e) != bytes_of(other, run, e) for e in ending):
                wrong.append(f"{run.key}: made again, it differs ({sweep.named(run)})")
    return wrong


def bytes_of(sweep: Sweep, run: Run, ending: str) -> bytes:
    """A file of a result."""
    return store.place(sweep.folder, run.key, ending).read_bytes()


def table(
    words: Sequence[str],
    folder: str | Path | None = None,
    *,
    plugins: Sequence[str | Path] = (),
    progress: bool = False,
) -> pd.DataFrame:
    """Run a sweep from Python and return its table: one row per point and seed.

    words : as on the command line, ["scenario=grocery_points", "market.S=0.6,1.3"];  folder : null = results/runs/...
    plugins : files with mechanisms, policies or measures of your own, as of `run`
    Raises ConfigError for bad input, Incomplete where runs failed (the folder says why), OSError, Locked.
    """
    with brought(plugins), watched(progress):
        sweep = opened(plan(words), None if folder is None else Path(folder), force=False)
        try:
            return sweep.answer().found
        except Unfinished as error:
            raise collect.Incomplete(error.lines[0].strip() if error.lines else str(error)) from None
