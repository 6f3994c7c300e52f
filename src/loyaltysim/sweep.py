"""Many configurations become many runs: one function for every command, with processes and a progress bar."""

from __future__ import annotations

import multiprocessing
import os
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from tqdm import tqdm

from loyaltysim.checking import ConfigError
from loyaltysim.market import Market
from loyaltysim.schema import Scenario
from loyaltysim.step import is_compiled

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
    progress: bool = False,
    label: str = "runs",
) -> list[Result]:
    """Run `task` on every job; results in the order of the jobs, whatever the processes.

    task      : a function at the top level of a module (it travels to worker processes)
    names     : what sets each job apart, in overrides where it can be said so: "market.S=2 seed=7"
    processes : 0 = one per core; 1 = in this process
    progress  : a bar on standard error with the time left
    Raises RunFailed for the first job with an error and for a worker that died, after cancelling what has not begun;
    ConfigError as it is.
    """
    workers = min(len(jobs), processes or os.cpu_count() or 1)
    bar = tqdm(total=len(jobs), desc=label, unit="run", disable=not progress, file=sys.stderr, leave=False)
    if workers <= 1:
        results: list[Result] = []
        with bar:
            for job, name in zip(jobs, names, strict=True):
                with naming(name, lambda: len(results), len(jobs)):
                    results.append(task(job))
                bar.update()
        return results
    with bar, ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        waiting = {pool.submit(task, job): name for job, name in zip(jobs, names, strict=True)}
        try:
            for future in as_completed(waiting):
                with naming(waiting[future], lambda: sum(map(succeeded, waiting)), len(jobs)):
                    future.result()
                bar.update()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [future.result() for future in waiting]


@contextmanager
def naming(name: str, finished: Callable[[], int], runs: int) -> Iterator[None]:
    """Turn the error of a job into one that says which job it was and how far the others are; bad input stays."""
    try:
        yield
    except ConfigError:
        raise
    except BrokenProcessPool as error:
        why = "a worker process died (killed, or out of memory; a lower compute.processes needs less)"
        raise RunFailed(why, finished(), runs) from error
    except Exception as error:
        why = f"{name}: {type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
        again = [*(word for word in name.split() if "=" in word), "seeds=1"]
        raise RunFailed(why, finished(), runs, again) from error


def succeeded(future: Future) -> bool:
    """Has this job a result?"""
    return future.done() and not future.cancelled() and future.exception() is None


def prepare(scenarios: Iterable[Scenario], progress: bool = False) -> None:
    """Compile the steps that these scenarios need, once and before any worker starts."""
    ready: set[str] = set()
    for scenario in scenarios:
        small = replace(scenario, weeks=1, customers=replace(scenario.customers, n=1))
        market = Market(small, scenario.seed)
        if market.assembled.source in ready:
            continue
        ready.add(market.assembled.source)
        if progress and not is_compiled(market.assembled):
            print("compiling the step for this set of mechanisms (once, about 3 seconds) ...", file=sys.stderr)
        market.step()
