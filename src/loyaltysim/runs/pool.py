"""Many configurations become many runs: one function for every command, with processes and progress."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, NoReturn, TypeVar

from loyaltysim.market.model import Market
from loyaltysim.runs.executors import Limits, NoWorkers, Outcome, inline
from loyaltysim.runs.executors import processes as in_processes
from loyaltysim.runs.progress import Stage, told
from loyaltysim.runs.resume import KEPT, Ids, Keep, Kept
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError

Job = TypeVar("Job")
Result = TypeVar("Result")


class RunFailed(RuntimeError):
    """One run of several failed; `again` holds the overrides that repeat it alone, () if it is not known which."""

    def __init__(self, why: str, finished: int, runs: int, again: Sequence[str] = ()) -> None:
        super().__init__(f"{why}; {finished} of {runs} runs finished")
        self.again = tuple(again)

    def told(self, command: Sequence[str], *more: str) -> str:
        """The error and, where the run is known, the command line that repeats it alone, in one line."""
        said = {word.partition("=")[0] for word in (*self.again, "out=")}
        kept = [word for word in command if word.partition("=")[0] not in said]
        return f"failed: {self}" + (f"; again: {shlex.join([*kept, *self.again, *more])}" if self.again else "")


def map_runs(
    task: Callable[[Job], Result],
    jobs: Sequence[Job],
    names: Sequence[str],
    *,
    processes: int = 0,
    label: str = "runs",
    kept: Kept | None = None,
) -> list[Result]:
    """Run `task` on every job; results in the order of the jobs, whatever the processes.

    task      : a function at the top level of a module (it travels to worker processes)
    names     : what sets each job apart, in overrides where it can be said so: "market.S=2 seed=7"
    processes : 0 = one per core; 1 = in this process
    label     : how the runs are called where it is told how far they are (`progress`)
    kept      : where finished runs are kept; those that are there and sound are not run again, equal jobs run once.
                Otherwise what `keeping` has opened, if anything; a task then declares its return type
    Raises RunFailed for the first job with an error or a dead process, after ending the others; ConfigError and
    OSError (no room, nothing to read) as they are.
    """
    kept = kept or KEPT.get()
    with told().stage(label, len(jobs)) as stage:
        if kept is None:
            return computed(task, list(zip(jobs, names, strict=True)), processes, stage)
        ids = Ids(task)
        runs = [ids.of(job) for job in jobs]
        found = {run: kept.sound(task, run) for run in runs}
        todo = {run: (run, job) for run, job in zip(runs, jobs, strict=True) if not found[run]}
        called = dict(zip(runs, names, strict=True))
        stage.add(len(jobs) - len(todo), found=True)
        computed(Keep(task, kept.folder), [(pair, called[run]) for run, pair in todo.items()], processes, stage)
        return [(found[run] or [kept.made(task, run)])[0] for run in runs]


def computed(task: Callable[[Any], Any], jobs: Sequence[tuple[Any, str]], processes: int, stage: Stage) -> list[Any]:
    """What the task makes of every (job, name), in their order; the stage knows how many runs there are beside them."""
    workers = min(len(jobs), processes or os.cpu_count() or 1)
    compute = inline if workers <= 1 else in_processes
    found: dict[int, Any] = {}
    before = stage.total - len(jobs)
    try:
        with closing(compute(task, [job for job, _ in jobs], Limits(workers))) as outcomes:  # type: ignore[type-var]
            for outcome in outcomes:
                if outcome.kind != "done":
                    fail(outcome, jobs[outcome.job][1], before + len(found), stage.total)
                found[outcome.job] = outcome.value
                stage.add()
    except NoWorkers as error:
        raise RunFailed(str(error), before + len(found), stage.total) from error
    return [found[k] for k in range(len(jobs))]


def fail(outcome: Outcome, name: str, finished: int, runs: int) -> NoReturn:
    """Raise what ended a job, naming it and how far the others are; bad input and storage as they are."""
    if isinstance(outcome.error, (ConfigError, OSError)):
        raise outcome.error
    again = [*(word for word in name.split() if "=" in word), "seeds=1"]
    hint = "" if outcome.fewer is None else "; a lower compute.processes needs less memory"
    raise RunFailed(f"{name}: {outcome.why}{hint}", finished, runs, again) from outcome.error


def prepare(scenarios: Iterable[Scenario]) -> None:
    """Compile the steps that these scenarios need, once and before any worker starts."""
    given, ready = list(scenarios), set[str]()
    with told().stage("set-up", len(given)) as stage:
        for scenario in given:
            small = replace(scenario, weeks=1, customers=replace(scenario.customers, n=1))
            market = Market(small, scenario.seed)
            if market.assembled.module not in ready:
                ready.add(market.assembled.module)
                market.step()
            stage.add()
