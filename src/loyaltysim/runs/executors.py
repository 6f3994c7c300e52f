"""Where runs are computed: in this process, or in worker processes that may hang, swell or die without harm to others.

An executor is a function (task, jobs, limits) -> one outcome per job, in the order in which they end. Whoever reads the
outcomes decides what to try again; closing the iterator ends the workers. Other places to compute (a cluster, a queue)
are other such functions: `cluster.EXECUTORS`.
"""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass, field, replace
from typing import Any

from pebble import ProcessExpired, ProcessPool

from loyaltysim.runs.plugins import Ahead

LOOK = 0.1  # seconds between two looks at the workers' time and memory
CHUNK = 1.0  # seconds of short runs that travel to a worker at once
MOST = 64  # runs in a chunk
KILL = getattr(signal, "SIGKILL", 9)  # a system without it names no cause of death
STARTS = 3  # workers that may die before their first run until it is clear that none can start


@dataclass(frozen=True)
class Limits:
    """workers (processes), seconds and megabytes (resident memory) that one run may take; None = no limit.

    options : what an executor elsewhere needs to know, plain values by name
    """

    workers: int = 1
    seconds: float | None = None
    megabytes: float | None = None
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """How one job ended.

    job   : its position among the jobs        value   : what the task returned, for `done`
    kind  : done | error (the task raised) | storage (it could not write) | time, memory (a limit) | died (its process)
    why   : in words, with the cause           seconds, megabytes : what it took; None where nobody could look
    error : what the task raised, if it can travel from where it was raised
    fewer : how many at a time from here on, where memory was short
    """

    job: int
    kind: str
    why: str = ""
    value: Any = None
    seconds: float | None = None
    megabytes: float | None = None
    error: Exception | None = None
    fewer: int | None = None


class NoWorkers(RuntimeError):
    """Worker processes cannot start, or end before they have begun a job; the message says how."""


Executor = Callable[[Callable[[Any], Any], Sequence[Any], Limits], Iterator[Outcome]]


def attempt(task: Callable[[Any], Any], index: int, job: Any) -> Outcome:
    """Run one job and say how it ended."""
    began = time.monotonic()
    try:
        value = task(job)
    except OSError as error:
        why = f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")
        return Outcome(index, "storage", why, error=error)
    except Exception as error:
        return Outcome(index, "error", f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}", error=error)
    return Outcome(index, "done", "", value, time.monotonic() - began)


def inline(task: Callable[[Any], Any], jobs: Sequence[Any], limits: Limits) -> Iterator[Outcome]:
    """One after the other in this process: nothing to start, but no limit can be enforced and a crash ends all."""
    for index, job in enumerate(jobs):
        yield attempt(task, index, job)


def processes(task: Callable[[Any], Any], jobs: Sequence[Any], limits: Limits) -> Iterator[Outcome]:
    """In worker processes that live as long as the jobs last; one that dies takes only its present job with it.

    task, jobs : travel to the workers by pickle (our own objects, over a private pipe)
    Raises NoWorkers if workers cannot start at all.
    """
    parcel = pickle.dumps((Ahead(), task))
    context = multiprocessing.get_context("spawn")
    with ProcessPool(max(1, limits.workers), initializer=arrive, initargs=(parcel,), context=context) as pool:
        waiting = {pool.schedule(attempted, (k, job), timeout=limits.seconds): k for k, job in enumerate(jobs)}
        try:
            for future in as_completed(waiting):
                yield ended(future, waiting[future], limits)
        finally:
            pool.stop()


EXECUTORS: dict[str, Executor] = {"processes": processes, "inline": inline}


TASK: list[Callable[[Any], Any]] = []  # of a worker


def arrive(parcel: bytes) -> None:
    """What a worker does first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    TASK[:] = pickle.loads(parcel)[1:]


def attempted(index: int, job: Any) -> Outcome:
    """Run a job in a worker."""
    outcome = attempt(TASK[0], index, job)
    return outcome if outcome.error is None else replace(outcome, error=portable(outcome.error))


def ended(future: Any, index: int, limits: Limits) -> Outcome:
    """How a job of the pool ended."""
    try:
        return future.result()  # type: ignore[no-any-return]
    except TimeoutError:
        return Outcome(index, "time", f"took more than {limits.seconds:g} s, the limit")
    except ProcessExpired as error:
        return Outcome(index, "died", f"its process died: {ending(error.exitcode)}")
    except Exception as error:
        return Outcome(index, "error", f"its result cannot travel: {type(error).__name__}: {error}")


def ending(code: int | None) -> str:
    """How a process ended, in words."""
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        return name + (" (killed from outside; out of memory?)" if name == "SIGKILL" else "")
    return f"exit code {code}"


def portable(error: Exception) -> Exception | None:
    """An error with a note that shows where it was raised; None if it cannot travel by pickle."""
    error.add_note("".join(traceback.format_exception(error)).rstrip())
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return None
    return error
