"""Many configurations become many runs: one function for every command, with processes and a progress bar."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from typing import TypeVar

from tqdm import tqdm

from loyaltysim.market import Market
from loyaltysim.schema import Scenario
from loyaltysim.step import is_compiled

Job = TypeVar("Job")
Result = TypeVar("Result")


def map_runs(
    task: Callable[[Job], Result],
    jobs: Sequence[Job],
    *,
    processes: int = 0,
    progress: bool = False,
    label: str = "runs",
) -> list[Result]:
    """Run `task` on every job; results in the order of the jobs, whatever the processes.

    task      : a function at the top level of a module (it travels to worker processes)
    processes : 0 = one per core; 1 = in this process
    progress  : a bar on standard error with the time left
    Raises the first error of a job, after cancelling what has not begun.
    """
    workers = min(len(jobs), processes or os.cpu_count() or 1)
    bar = tqdm(total=len(jobs), desc=label, unit="run", disable=not progress, file=sys.stderr, leave=False)
    if workers <= 1:
        with bar:
            return [done(task(job), bar) for job in jobs]
    results: list = [None] * len(jobs)
    with bar, ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        waiting = {pool.submit(task, job): k for k, job in enumerate(jobs)}
        try:
            for future in as_completed(waiting):
                results[waiting[future]] = done(future.result(), bar)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return results


def done(result: Result, bar: tqdm) -> Result:
    """Count a finished run."""
    bar.update()
    return result


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
            print("compiling the step for this set of mechanisms (once, about 10 seconds) ...", file=sys.stderr)
        market.step()
