"""Where runs are computed: in this process, or in worker processes that may hang, swell or die without harm to others.

An executor is a function (task, jobs, limits) -> one outcome per job, in the order in which they end. Whoever reads the
outcomes decides what to try again; closing the iterator ends the workers. Other places to compute (a cluster, a queue)
are other such functions: `cluster.EXECUTORS`.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from typing import Any

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
    crew = Crew(task, limits, deque(enumerate(jobs)))
    try:
        yield from crew.outcomes()
    finally:
        crew.end()


EXECUTORS: dict[str, Executor] = {"processes": processes, "inline": inline}


@dataclass
class Worker:
    """A process with a pipe of its own, so that its death breaks nobody else's; `sent` holds what it has not ended."""

    process: multiprocessing.process.BaseProcess
    pipe: Connection
    sent: deque[tuple[int, Any]] = field(default_factory=deque)
    began: float | None = None
    peak: float = 0.0
    useful: bool = False


@dataclass
class Crew:
    """The workers and what is still to do."""

    task: Callable[[Any], Any]
    limits: Limits
    waiting: deque[tuple[int, Any]]
    workers: list[Worker] = field(default_factory=list)
    pace: float = CHUNK  # seconds a job takes, as seen so far
    stillborn: int = 0

    def __post_init__(self) -> None:
        self.wanted = max(1, self.limits.workers)

    def outcomes(self) -> Iterator[Outcome]:
        """Keep everybody busy until every job has ended."""
        while self.waiting or any(worker.sent for worker in self.workers):
            self.hire()
            for worker in self.workers:
                self.feed(worker)
            ready = wait([worker.pipe for worker in self.workers], LOOK)
            for worker in list(self.workers):
                yield from self.heard(worker) if worker.pipe in ready else self.watched(worker)

    def hire(self) -> None:
        """Start workers while there is work for them."""
        context = multiprocessing.get_context("spawn")
        while len(self.workers) < min(self.wanted, len(self.waiting) + sum(bool(w.sent) for w in self.workers)):
            ours, theirs = context.Pipe()
            parcel = pickle.dumps((Ahead(), self.task))
            process = context.Process(target=serve, args=(theirs, parcel), daemon=True)
            process.start()
            theirs.close()
            self.workers.append(Worker(process, ours))

    def feed(self, worker: Worker) -> None:
        """Give an idle worker a chunk: one run, or as many short ones as take about a second."""
        if worker.sent or not self.waiting:
            return
        share = -(-len(self.waiting) // (2 * self.wanted))  # towards the end smaller, so that all end together
        for _ in range(max(1, min(MOST, share, int(CHUNK / max(self.pace, 1e-6))))):
            worker.sent.append(self.waiting.popleft())
        try:
            worker.pipe.send(list(worker.sent))
        except OSError:  # it is dead; its pipe will say so
            return

    def heard(self, worker: Worker) -> Iterator[Outcome]:
        """Take in what a worker has said, to the last word if it is dead."""
        try:
            while worker.pipe.poll():
                said = worker.pipe.recv()
                if isinstance(said, NoWorkers):
                    raise said
                worker.useful = True
                if not isinstance(said, Outcome):
                    worker.began, worker.peak = time.monotonic(), 0.0
                    continue
                worker.sent.popleft()
                worker.began = None
                if said.seconds is not None:
                    self.pace = 0.7 * self.pace + 0.3 * said.seconds
                yield replace(said, megabytes=worker.peak or None)
        except (EOFError, OSError):
            yield from self.buried(worker, "died", "")

    def watched(self, worker: Worker) -> Iterator[Outcome]:
        """Compare a busy worker with the limits, if there are any; one beyond them is killed."""
        unlimited = self.limits.seconds is None and self.limits.megabytes is None
        if worker.began is None or unlimited:
            return
        worker.peak = max(worker.peak, resident(worker.process.pid))
        if self.limits.megabytes is not None and worker.peak > self.limits.megabytes:
            why = f"took {worker.peak:,.0f} MB, the limit is {self.limits.megabytes:,.0f} MB"
            yield from self.buried(worker, "memory", why)
        elif self.limits.seconds is not None and time.monotonic() - worker.began > self.limits.seconds:
            yield from self.buried(worker, "time", f"took more than {self.limits.seconds:g} s, the limit")

    def buried(self, worker: Worker, kind: str, why: str) -> Iterator[Outcome]:
        """End a worker; its present job has ended badly, what else it was given waits again."""
        self.workers.remove(worker)
        worker.process.join(5.0 if kind == "died" else 0.0)
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()
        if not worker.useful:
            self.stillborn += 1
            if self.stillborn >= STARTS:
                how = ending(worker.process.exitcode)
                why = "a script that starts runs does so under `if __name__ == '__main__':`"
                raise NoWorkers(f"workers end before their first run ({how}); {why}")
        took = None
        lost = [] if worker.began is None else [worker.sent.popleft()]
        if worker.began is not None:
            took = time.monotonic() - worker.began
        self.waiting.extendleft(reversed(worker.sent))
        short = kind == "memory" or (worker.process.exitcode == -KILL and kind == "died")
        if short:
            self.wanted = max(1, self.wanted - 1)
        for index, _ in lost:
            why = why or f"its process died: {ending(worker.process.exitcode)}"
            fewer = self.wanted if short else None
            yield Outcome(index, kind, why, None, took, worker.peak or None, fewer=fewer)

    def end(self) -> None:
        """Kill whoever still works: a result is published whole or not at all, so nothing is half-done."""
        for worker in self.workers:
            worker.process.kill()
        for worker in self.workers:
            worker.process.join()
            worker.pipe.close()


def ending(code: int | None) -> str:
    """How a process ended, in words."""
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        return name + (" (killed from outside; out of memory?)" if name == "SIGKILL" else "")
    return f"exit code {code}"


def resident(pid: int | None) -> float:
    """Resident memory of a process in MB; 0 where nobody tells."""
    try:
        import psutil
    except ImportError:  # it asks the system for what some systems lack
        return 0.0
    try:
        return float(psutil.Process(pid).memory_info().rss / 1e6)
    except psutil.Error:
        return 0.0


def serve(pipe: Connection, parcel: bytes) -> None:
    """The life of a worker: take a chunk, say which job begins, say how it ended; go when the parent has gone.

    parcel : the task, pickled behind the files from outside that it may need
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=leave_with_parent, daemon=True).start()
    try:
        _, task = pickle.loads(parcel)
    except Exception as error:
        pipe.send(NoWorkers(f"a worker cannot start: {error}"))
        return
    while True:
        try:
            chunk = pipe.recv()
            for index, job in chunk:
                pipe.send(index)
                tell(pipe, attempt(task, index, job))
        except (EOFError, OSError):
            return


def tell(pipe: Connection, outcome: Outcome) -> None:
    """Say how a job ended; a result that cannot be pickled is an error of its job. Raises OSError if nobody listens."""
    try:
        pipe.send(outcome if outcome.error is None else replace(outcome, error=portable(outcome.error)))
    except OSError:
        raise
    except Exception as error:
        why = f"its result cannot travel: {type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
        pipe.send(Outcome(outcome.job, "error", why))


def portable(error: Exception) -> Exception | None:
    """An error with a note that shows where it was raised; None if it cannot travel by pickle."""
    error.add_note("".join(traceback.format_exception(error)).rstrip())
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return None
    return error


def leave_with_parent() -> None:
    """End this process soon after its parent, whatever it is doing: an orphan would compute for nobody."""
    above = multiprocessing.parent_process()
    assert above is not None  # a worker is started by one
    above.join()
    os._exit(1)
