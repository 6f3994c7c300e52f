"""Finished runs of a long command, kept until its answer is written: a killed command goes on where it was.

    with keeping(beside(folder)):      # every `map_runs` in here keeps its results, and takes those that are kept
        ...                            # the work, to the last file of the answer
                                       # the kept runs are removed; after an error or a kill they stay

They lie as the runs of a sweep do (`store`): an id is the hash of task, job, code and packages; a result is sealed with
its checksum, published whole, checked when it is read. What is kept holds no code: see `values`.
"""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import inspect
import shutil
import sys
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from loyaltysim.configure.publish import dumps, publish, text
from loyaltysim.runs import encode, store
from loyaltysim.runs.files import MARK, code
from loyaltysim.runs.store import Damaged, Lock, Locked, Run, Store
from loyaltysim.scenario.model import Compute
from loyaltysim.scenario.reader import ConfigError, Problem

Task = Callable[[Any], Any]


@dataclass(frozen=True)
class Keep:
    """A task that publishes its result in place of returning it; travels to worker processes."""

    task: Task
    folder: Path

    def __call__(self, job: tuple[Run, Any]) -> None:
        """Run the task on the second of a pair. Raises TypeError for a result that cannot be kept, OSError."""
        run, asked = job
        store.write_result(self.folder, run, {"value": encode.encode(self.task(asked), classes(self.task))}, {})


@dataclass(frozen=True)
class Kept:
    """Finished runs in a folder."""

    folder: Path

    @property
    def count(self) -> int:
        """How many there are."""
        return len(list(self.folder.glob("runs/*/*.json")))

    def read(self, task: Task, run: Run) -> Any:
        """The result of a run. Raises FileNotFoundError; Damaged where a byte is not as it was written."""
        return encode.decode(store.read_result(self.folder, run)["value"], classes(task))

    def sound(self, task: Task, run: Run) -> list[Any]:
        """The result of a run if it is there and whole, else nothing; a damaged one is put aside."""
        try:
            return [self.read(task, run)]
        except FileNotFoundError:
            return []
        except Damaged:
            Store(self.folder, (run,)).put_aside(run)
            return []

    def made(self, task: Task, run: Run) -> Any:
        """The result of a run that has just been made, as every later reader will find it. Raises OSError."""
        try:
            return self.read(task, run)
        except Damaged as error:
            raise OSError(errno.EIO, str(error)) from None


KEPT: ContextVar[Kept | None] = ContextVar("KEPT", default=None)  # what `keeping` has opened


@contextmanager
def keeping(folder: Path, digest: str = "") -> Iterator[None]:
    """Keep the results of every `map_runs` within, for one process at a time, until all is done.

    digest : of the study whose runs they are
    Where the folder cannot be made nothing is kept, and that is said. Raises ConfigError while another process holds
    the folder. A KeyboardInterrupt comes out with a message that says how many runs are kept.
    """
    with ExitStack() as stack:
        missing = [place for place in (folder, *folder.absolute().parents) if not place.exists()]
        if not held(folder, stack):
            yield
            return
        if digest:
            publish(folder / MARK, text(digest))
        kept, done = Kept(folder), False
        token = KEPT.set(kept)
        try:
            yield
            done = True
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"the same command goes on, {kept.count} runs are kept") from None
        finally:
            KEPT.reset(token)
            if done or not kept.count:
                shutil.rmtree(folder, ignore_errors=True)
                emptied(missing)


def emptied(made: Sequence[Path]) -> None:
    """Take folders away again that nobody has put anything into, the innermost first."""
    for place in made:
        with suppress(OSError):
            place.rmdir()


def held(folder: Path, stack: ExitStack) -> bool:
    """Make the folder and lock it until the stack is left; -> False where it cannot be made. Raises ConfigError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stack.enter_context(Lock(folder / "lock"))
    except Locked as error:
        why = f"is being worked on by {error}: wait for it, or name another folder"
        raise ConfigError([Problem("out", why, str(folder.with_suffix("")), "command line")]) from None
    except OSError as error:
        print(f"runs are not kept: {error.strerror or error}: {folder}", file=sys.stderr)
        return False
    Store(folder, ()).tidy()
    return True


# --- ids ---


@dataclass
class Ids:
    """Gives runs their ids; what many jobs share is read once. Raises TypeError for a task that declares no result."""

    task: Task
    known: dict[int, tuple[Any, Any]] = field(
        default_factory=dict
    )  # id of an object: itself, so that it stays, its form

    def __post_init__(self) -> None:
        classes(self.task)

    def of(self, job: Any) -> Run:
        """The run of a job: hash of task, job, model version, packages. Raises TypeError for what has no plain form."""
        whole = [self.plain(self.task), self.plain(job), version()]
        return Run(hashlib.sha256(dumps(whole).encode()).hexdigest()[:32], 0, 0)

    def plain(self, value: Any) -> Any:
        """What decides a result, as plain JSON; `Compute` and fields that do not count in comparisons do not."""
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            if id(value) not in self.known:
                fields = {f.name: self.plain(getattr(value, f.name)) for f in dataclasses.fields(value) if f.compare}
                whole = dumps([encode.label(type(value)), {} if isinstance(value, Compute) else fields])
                self.known[id(value)] = value, hashlib.sha256(whole.encode()).hexdigest()
            return {"record": self.known[id(value)][1]}
        if isinstance(value, (list, tuple)):
            return [type(value).__name__, *map(self.plain, value)]
        if isinstance(value, Mapping):
            return {"mapping": [[self.plain(name), self.plain(item)] for name, item in value.items()]}
        if isinstance(value, (Path, range)):
            return {"said": repr(value)}
        if isinstance(value, partial):
            return {"partial": [self.plain(part) for part in (value.func, value.args, value.keywords)]}
        if isinstance(value, type) or inspect.isfunction(value):
            return {"named": [encode.label(value), source(value)]}
        return encode.encode(value, {})


def source(one: Any) -> str:
    """The hash of the file that defines a class or function outside the package; "" within, where `version` tells."""
    if one.__module__.partition(".")[0] == "loyaltysim":
        return ""
    if "<" in one.__qualname__:
        raise TypeError(f"{one.__qualname__} must stand at the top of a module, or its runs cannot be kept")
    return hashlib.sha256(Path(inspect.getfile(one)).read_bytes()).hexdigest()


@cache
def version() -> str:
    """A hash of the package's code and data and of the packages that it computes with."""
    files = sorted((Path(__file__).parents[1] / "data").glob("*.csv"))
    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    return store.digest_of({**code(), "data": sums})


def classes(task: Task) -> dict[str, type]:
    """The dataclasses that a task's declared return type may hold. Raises TypeError if it declares none."""
    while isinstance(task, partial):
        task = task.func
    try:
        return encode.declared(typing.get_type_hints(task)["return"])
    except (KeyError, NameError):
        raise TypeError(f"{task.__qualname__} must declare what it returns, or its runs cannot be kept") from None
