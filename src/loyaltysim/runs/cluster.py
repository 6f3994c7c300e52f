"""Runs on machines that are already there: Ray tasks, or an array of a Slurm queue (submitit).

Both send chunks of runs to a process of the cluster, which computes them as `executors.processes` does here: with the
same limits, the same causes told, and one run lost where one goes wrong. If that process itself dies, with its node
perhaps, what it had not ended is sent again run by run, so that again only one is lost. Runs publish their own results,
so the folder of the sweep must be seen by every node.
"""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
import shutil
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from loyaltysim.runs import executors
from loyaltysim.runs.executors import Executor, Limits, Outcome, processes
from loyaltysim.runs.extras import needed
from loyaltysim.runs.plugins import Ahead
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.scenario.terms import term

TRIP = 20.0  # seconds of short runs that travel to a node at once: starting a process there takes about a second
MOST = 1000  # runs in a chunk
POLL = 0.5  # seconds between two looks at the cluster
LOOK = 15.0  # seconds between two questions to the queue which tasks it still holds
HEADROOM = 1.0  # GB that a task of the queue may need beside its run: Python and the packages; assumed
PLAIN = re.compile(r"[A-Za-z0-9_.,:/@=-]*")  # what may stand in a batch script or an address

Task = Callable[[Any], Any]
Chunk = list[tuple[int, Any]]
Parcel = tuple[Ahead, Task, Chunk]


@dataclass(frozen=True)
class Ray:
    """Where Ray is; the keys below `sweep.ray`."""

    address: str = term("", "host:port", doc="of a running Ray cluster, or auto; empty starts one on this machine")


@dataclass(frozen=True)
class Slurm:
    """What is asked of the queue; the keys below `sweep.slurm`."""

    cluster: str = term(
        "slurm", "", choices=("slurm", "local", "debug"),
        doc="local: processes of this machine in place of the queue, debug: this process; to try a sweep",
    )  # fmt: skip
    partition: str = term("", "name", doc="empty: the queue's own default")
    account: str = term("", "name", doc="empty: your own default")
    qos: str = term("", "name", doc="quality of service; empty: the queue's own default")
    constraint: str = term("", "name", doc="feature that a node must have; empty: none")
    minutes: int = term(60, "minutes per task", 1, 10**6, doc="time limit of a task of the array")
    tasks: int = term(100, "tasks", 1, 100_000, doc="of the array, at most; the runs are shared out among them")
    parallel: int = term(100, "tasks", 1, 100_000, doc="that run at the same time, at most")


def problems(ray: Ray, slurm: Slurm) -> list[Problem]:
    """What may not stand in a batch script or an address."""
    said = {"ray.address": ray.address}
    said |= {f"slurm.{name}": getattr(slurm, name) for name in ("partition", "account", "qos", "constraint")}
    message = "is no such name: letters, digits and _ . , : / @ = - only"
    return [Problem(f"sweep.{key}", message, text, "sweep") for key, text in said.items() if not PLAIN.fullmatch(text)]


def chunk_of(task: Task, chunk: Chunk, limits: Limits) -> Iterator[Outcome]:
    """Compute some jobs in one process beside this one; outcomes bear the numbers that the jobs had before.

    Errors stay behind as words: what an outcome holds is plain, so that a file or another Python can take it.
    """
    numbers = [number for number, _ in chunk]
    for outcome in processes(task, [job for _, job in chunk], replace(limits, workers=1, options={})):
        yield replace(outcome, job=numbers[outcome.job], error=None)


# --- Ray ---


def ray_chunk(parcel: Parcel, limits: Limits) -> list[Outcome]:
    """What a Ray task does."""
    _, task, chunk = parcel
    return list(chunk_of(task, chunk, limits))


def ray_tasks(task: Task, jobs: Sequence[Any], limits: Limits) -> Iterator[Outcome]:
    """One Ray task per chunk, as many at once as the cluster has cores.

    limits.options : address of the cluster, `parallel` tasks at most (0 = no limit)
    Raises ConfigError where Ray is not installed or not there, RuntimeError if no worker can start at all.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nobody is told that it runs
    ray = needed("ray", "sweep.executor")
    ours = not ray.is_initialized()
    if ours:
        joined(ray, str(limits.options.get("address", "")))
    crowd = Crowd(ray, task, limits, deque(enumerate(jobs)))
    try:
        yield from crowd.outcomes()
    finally:
        for reference in crowd.running:
            ray.cancel(reference, force=True)
        if ours:
            ray.shutdown()


def joined(ray: Any, address: str) -> None:
    """Join the cluster at an address, or start one here. Raises ConfigError where there is none."""
    own = {} if address else {"include_dashboard": False}
    try:
        ray.init(address=address or "local", log_to_driver=False, logging_level="error", **own)
    except (ConnectionError, ValueError) as error:
        why = f"no Ray cluster answers: {(str(error).splitlines() or [''])[0][:100]}"
        raise ConfigError([Problem("sweep.ray.address", why, address, "sweep")]) from None


class Crowd:
    """The Ray tasks that run, and what is still to do."""

    def __init__(self, ray: Any, task: Task, limits: Limits, waiting: deque[Any]) -> None:
        self.ray, self.limits, self.waiting = ray, replace(limits, options={}), waiting
        self.parallel = int(str(limits.options.get("parallel", 0)))
        self.task = task
        self.remote = ray.remote(num_cpus=1, max_retries=0)(ray_chunk)
        self.running: dict[Any, Chunk] = {}
        self.alone: set[int] = set()  # jobs that travel by themselves, because a process that held them died
        self.pace = TRIP

    def outcomes(self) -> Iterator[Outcome]:
        """Keep every core busy until every job has ended."""
        while self.waiting or self.running:
            cores = int(self.ray.cluster_resources().get("CPU", 1)) or 1
            cores = min(cores, self.parallel) if self.parallel else cores
            while self.waiting and len(self.running) < cores:
                chunk = self.next_chunk(cores)
                self.running[self.remote.remote((Ahead(), self.task, chunk), self.limits)] = chunk
            for reference in self.ray.wait(list(self.running), num_returns=1, timeout=POLL)[0]:
                yield from self.ended(reference, self.running.pop(reference))

    def next_chunk(self, cores: int) -> Chunk:
        """One run, or as many short ones as take some seconds; towards the end fewer."""
        share = -(-len(self.waiting) // (2 * cores))
        size = max(1, min(MOST, share, int(TRIP / max(self.pace, 1e-6))))
        chunk = [self.waiting.popleft()]
        while len(chunk) < size and self.waiting and not {chunk[-1][0], self.waiting[0][0]} & self.alone:
            chunk.append(self.waiting.popleft())
        return chunk

    def ended(self, reference: Any, chunk: Chunk) -> Iterator[Outcome]:
        """What a task has made; if its process died, its jobs wait again, each for a process of its own."""
        errors = self.ray.exceptions
        try:
            made = self.ray.get(reference)
        except errors.RayTaskError as error:
            raise RuntimeError((str(error.cause).splitlines() or [""])[0]) from error
        except errors.RayError as error:
            if len(chunk) == 1:
                yield Outcome(chunk[0][0], "died", f"its Ray worker died: {type(error).__name__}")
                return
            self.alone |= {number for number, _ in chunk}
            self.waiting.extendleft(reversed(chunk))
            return
        for outcome in made:
            if outcome.seconds is not None:
                self.pace = 0.7 * self.pace + 0.3 * outcome.seconds
            yield outcome


# --- Slurm ---


def slurm_chunk(parcel: Parcel, limits: Limits, path: str) -> list[Outcome]:
    """What a task of the array does: each outcome is also a line of a file, for the case that this process dies."""
    _, task, chunk = parcel
    made = []
    with open(path, "a", encoding="utf-8") as file:
        for outcome in chunk_of(task, chunk, limits):
            file.write(json.dumps(asdict(outcome)) + "\n")
            file.flush()
            os.fsync(file.fileno())
            made.append(outcome)
    return made


def slurm_array(task: Task, jobs: Sequence[Any], limits: Limits) -> Iterator[Outcome]:
    """One array, a chunk of the runs per task; what a dead task had not ended is sent once more, run by run.

    limits.options : folder (seen by every node, for the queue's files) and the keys of `Slurm`; values are JSON
    Raises ConfigError where submitit is not installed or there is no queue.
    """
    submitit = needed("submitit", "sweep.executor")
    given: dict[str, Any] = {
        name: limits.options[name] for name in Slurm.__dataclass_fields__ if name in limits.options
    }
    asked = Slurm(**given)
    if asked.cluster == "slurm" and shutil.which("sbatch") is None:
        message = "needs a machine with Slurm: there is no sbatch here (sweep.slurm.cluster=local tries it without)"
        raise ConfigError([Problem("sweep.executor", message, "slurm", "sweep")])
    folder = Path(str(limits.options["folder"])).absolute()
    logging.getLogger("submitit").setLevel(logging.ERROR)  # it warns at every look where there are no accounts
    size = -(-len(jobs) // asked.tasks)
    numbered = list(enumerate(jobs))
    chunks = [numbered[k : k + size] for k in range(0, len(numbered), size)]
    while chunks:
        executor = submitit.AutoExecutor(folder=folder, cluster=asked.cluster)
        executor.update_parameters(**resources(asked, limits))
        lost: Chunk = []
        for chunk, made, why in array(executor, task, chunks, limits, folder):
            yield from made
            left = [pair for pair in chunk if pair[0] not in {outcome.job for outcome in made}]
            if left and len(chunk) == 1:
                yield Outcome(left[0][0], "died", f"its task of the queue ended: {why}")
            else:
                lost += left
        chunks = [[pair] for pair in lost]


def resources(asked: Slurm, limits: Limits) -> dict[str, Any]:
    """What is asked of the queue for each task, in submitit's words."""
    found: dict[str, Any] = {"name": "loyaltysim", "timeout_min": asked.minutes}
    if asked.cluster != "slurm":
        return found
    if limits.megabytes is not None:
        found["mem_gb"] = limits.megabytes / 1000.0 + HEADROOM
    names = ("partition", "account", "qos", "constraint")
    found |= {f"slurm_{name}": getattr(asked, name) for name in names if getattr(asked, name)}
    return found | {"cpus_per_task": 1, "slurm_array_parallelism": asked.parallel}


def array(
    executor: Any, task: Task, chunks: Sequence[Chunk], limits: Limits, folder: Path
) -> Iterator[tuple[Chunk, list[Outcome], str]]:
    """Submit one array and give each chunk back as its task ends: what it made, and why it is not more."""
    token = secrets.token_hex(4)
    files = [str(folder / f"{token}-{k}.jsonl") for k in range(len(chunks))]
    plain, count = replace(limits, options={}), len(chunks)
    parcels = [(Ahead(), task, chunk) for chunk in chunks]
    tasks = executor.map_array(slurm_chunk, parcels, [plain] * count, files)
    open_ones, queue = dict(enumerate(tasks)), Queue()
    try:
        while open_ones:
            left = queue.left([one.job_id for one in open_ones.values()]) if executor.cluster == "slurm" else set()
            ended = [k for k, one in open_ones.items() if one.done() or one.job_id in left]
            for k in ended:
                one = open_ones.pop(k)
                if not one.done():
                    yield chunks[k], noted(files[k]), "it left the queue without a result"
                    continue
                try:
                    yield chunks[k], one.result(), ""
                except Exception as error:
                    yield chunks[k], noted(files[k]), (str(error).strip().splitlines() or [type(error).__name__])[0]
            if not ended:
                time.sleep(POLL)
    finally:
        for one in open_ones.values():
            one.cancel()


@dataclass
class Queue:
    """What the queue still holds. Where it keeps no accounts (sacct), nobody else says that a task has died."""

    asked: float = -LOOK
    missing: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)

    def left(self, tasks: Sequence[str]) -> set[str]:
        """Tasks that two looks in a row did not find waiting or running; between them their files may appear."""
        if time.monotonic() - self.asked >= LOOK:
            self.asked = time.monotonic()
            try:
                told = subprocess.run(["squeue", "-h", "-r", "-o", "%i"], capture_output=True, text=True, timeout=60)
            except (OSError, subprocess.TimeoutExpired):
                return self.gone
            if told.returncode == 0:
                missing = set(tasks) - set(told.stdout.split())
                self.gone |= missing & self.missing
                self.missing = missing
        return self.gone


def noted(path: str) -> list[Outcome]:
    """The outcomes that a dead task had written down; a line that was cut short is left out."""
    found = []
    for line in Path(path).read_text("utf-8").splitlines() if Path(path).exists() else ():
        try:
            found.append(Outcome(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return found


LOCAL: Mapping[str, Executor] = executors.EXECUTORS
EXECUTORS: dict[str, Executor] = {**LOCAL, "ray": ray_tasks, "slurm": slurm_array}
