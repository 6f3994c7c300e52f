"""The folder of a sweep: every result is whole or absent, the journal only grows, one process writes at a time.

    sweep.json                  the specification: what the runs are, and by which code they are to be made
    runs/<id[:2]>/<id>.json     one run: its numbers, sealed with their checksum
    runs/<id[:2]>/<id>.<table>.parquet   a table of that run, if tables are kept; its checksum stands in the .json
    failed/<id>.json            why a run has no result, and how often it was tried
    damaged/                    results that did not match their checksum, kept as evidence
    journal.jsonl, lock         what happened; who writes (`lock.held`: the system's lock, empty)

A run is done when its result is there and matches its checksum: never because a journal or a folder says so.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
from filelock import Timeout

from loyaltysim.configure.lock import system_lock
from loyaltysim.configure.publish import dumps, publish, text
from loyaltysim.runs.files import write_table

BEAT = 2.0  # seconds between two heartbeats of an owner; assumed
SILENCE = 5  # heartbeats that must be missed before the lock of another machine is taken over; assumed
MARK = "sha256"


class Damaged(ValueError):
    """A file whose content does not match its checksum."""


class Locked(RuntimeError):
    """Another process writes into the folder; the message names it."""


def seal(body: Mapping[str, Any]) -> str:
    """JSON that carries the SHA-256 of everything else in it; the same body gives the same bytes."""
    return dumps({**body, MARK: digest_of(body)})


def digest_of(body: Mapping[str, Any]) -> str:
    """SHA-256 of a body as JSON, 64 hexadecimal digits."""
    return hashlib.sha256(dumps(body).encode("utf-8")).hexdigest()


def unseal(content: bytes, name: str) -> dict[str, Any]:
    """The body of sealed JSON. Raises Damaged unless every byte is as it was written."""
    try:
        found = json.loads(content.decode("utf-8"))
        body = {key: value for key, value in found.items() if key != MARK}
        whole = seal(body).encode("utf-8") == content
    except (ValueError, AttributeError, RecursionError):
        whole = False
    if not whole:
        raise Damaged(f"{name} differs from its checksum: damaged or edited")
    return body


def read_sealed(path: Path) -> dict[str, Any]:
    """The body of a sealed file. Raises Damaged, FileNotFoundError."""
    return unseal(path.read_bytes(), path.name)


@dataclass(frozen=True)
class Run:
    """One run of a sweep: the id under which its result lies, the number of its (first) point, its seed."""

    key: str
    point: int
    seed: int


@dataclass(frozen=True)
class Failure:
    """Why a run has no result, how often it was tried, and the command that repeats it alone."""

    run: Run
    why: str
    tries: int
    again: str


def place(folder: Path, key: str, ending: str = "json") -> Path:
    """Where a result lies: two letters of the id are a folder, so that no folder grows beyond a few thousand files."""
    return folder / "runs" / key[:2] / f"{key}.{ending}"


def write_result(folder: Path, run: Run, body: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> int:
    """Publish the tables of a run, then its numbers; -> bytes written. Raises OSError where there is no room."""
    path = place(folder, run.key)
    path.parent.mkdir(parents=True, exist_ok=True)
    sums, size = {}, 0
    for name, table in tables.items():
        file = place(folder, run.key, f"{name}.parquet")
        publish(file, partial(write_table, table))
        content = file.read_bytes()
        sums[name], size = hashlib.sha256(content).hexdigest(), size + len(content)
    whole = seal({**body, "run": run.key, "seed": run.seed, "tables": sums})
    publish(path, text(whole))
    return size + len(whole)


def read_result(folder: Path, run: Run) -> dict[str, Any]:
    """The body of a run's result, its tables checked too.

    Raises FileNotFoundError where a file is missing, Damaged where one does not match its checksum or is another run's.
    """
    body = read_sealed(place(folder, run.key))
    if (body.get("run"), body.get("seed")) != (run.key, run.seed):
        raise Damaged(f"{run.key}.json is the result of another run")
    for name, digest in body["tables"].items():
        file = place(folder, run.key, f"{name}.parquet")
        if hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            raise Damaged(f"{file.name} differs from its checksum: damaged or edited")
    return body


@dataclass
class Lock:
    """The right to write into a folder, held by one process at a time.

    The system's lock ends with its owner, so that a dead owner never blocks. Where a file system does not carry that
    lock between machines, an owner on another machine is alive as long as its heartbeat counts on; clocks of machines
    are never compared.
    path : says who writes;  the system's lock lies on a file beside it, since on some systems nobody reads a locked one
    """

    path: Path
    beat: float = BEAT
    token: str = ""
    ended: threading.Event = field(default_factory=threading.Event)

    HELD: ClassVar[set[Path]] = set()  # by this process

    def __enter__(self) -> Lock:
        """Take the lock. Raises Locked with the owner's name, OSError where nothing can be written."""
        self.kernel = system_lock(kernel(self.path))
        try:
            self.kernel.acquire(blocking=False)
        except Timeout:
            raise Locked(owner_of(self.path)) from None
        try:
            self.wait_for_another_machine()
            self.path.touch()
            self.file = self.path.open("r+b", buffering=0)
            self.token = secrets.token_hex(8)
            self.tell(0)
        except BaseException:
            self.kernel.release()
            raise
        self.HELD.add(self.path.resolve())
        self.thread = threading.Thread(target=self.live, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.thread.join()
        self.HELD.discard(self.path.resolve())
        self.file.truncate(0)
        self.file.close()
        self.kernel.release()

    def wait_for_another_machine(self) -> None:
        """Take over from an owner on another machine once its heartbeat has stopped. Raises Locked if it has not."""
        found = read_owner(self.path)
        if not found or found["host"] == socket.gethostname():
            return
        until = time.monotonic() + SILENCE * self.beat
        while time.monotonic() < until:
            time.sleep(self.beat / 4)
            if read_owner(self.path) != found:
                raise Locked(owner_of(self.path))

    def live(self) -> None:
        """Count on, so that others see the owner alive."""
        count = 0
        while not self.ended.wait(self.beat):
            count += 1
            try:
                self.tell(count)
            except OSError:  # a full disk ends the run that meets it; the kernel's lock holds meanwhile
                continue

    def tell(self, count: int) -> None:
        """Write who holds the lock, in place: there is no moment without an owner."""
        about = {"host": socket.gethostname(), "process": os.getpid(), "token": self.token, "beat": count}
        line = json.dumps(about).encode().ljust(250) + b"\n"
        self.file.seek(0)
        self.file.write(line)


def kernel(path: Path) -> Path:
    """The file of the system's lock that goes with a file that says who writes."""
    return path.with_name(f"{path.name}.held")


def holding(path: Path) -> AbstractContextManager[object]:
    """The lock for a part of what its holder does: taken, unless this process holds it already. Raises Locked."""
    return nullcontext() if path.resolve() in Lock.HELD else Lock(path)


def read_owner(path: Path) -> dict[str, Any]:
    """Who holds or held the lock; {} if nobody, or nobody knows."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and "host" in found else {}


def writer(path: Path) -> str:
    """Who writes, in words: nobody, a process here, or one on another machine that cannot be asked from here."""
    found = read_owner(path)
    if not found:
        return "nobody writes"
    if found["host"] != socket.gethostname():
        return f"written by {owner_of(path)}, unless that has ended"
    try:
        with system_lock(kernel(path)).acquire(blocking=False):  # free: its owner died
            return f"nobody writes; {owner_of(path)} ended without a word"
    except (Timeout, OSError):
        return f"written by {owner_of(path)}"


def owner_of(path: Path) -> str:
    """The owner in words."""
    found = read_owner(path)
    return f"process {found['process']} on {found['host']}" if found else "another process"


class Journal:
    """An append-only file of what happened, one JSON object a line, each with the checksum of its other content."""

    def __init__(self, path: Path) -> None:
        self.path = path
        whole = not path.exists() or path.read_bytes()[-1:] in (b"", b"\n")
        binary = getattr(os, "O_BINARY", 0)  # where newlines would be written as two bytes
        self.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | binary, 0o644)
        if not whole:  # a kill in the middle of a line
            os.write(self.file, b"\n")

    def note(self, event: str, **about: Any) -> None:
        """Append one event. Raises OSError where there is no room."""
        line = line_of({"at": datetime.now(UTC).isoformat(timespec="seconds"), "event": event, **about})
        if os.write(self.file, line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))

    def close(self) -> None:
        """Close the file."""
        os.close(self.file)


def line_of(about: Mapping[str, Any]) -> bytes:
    """One line of the journal."""
    body = json.dumps(about, sort_keys=True, ensure_ascii=False, allow_nan=False)
    mark = hashlib.sha256(body.encode()).hexdigest()[:16]
    return f'{body[:-1]}, "{MARK}": "{mark}"}}\n'.encode()


def read_journal(path: Path) -> Iterator[dict[str, Any] | None]:
    """Every event in order; None for a line that does not match its checksum."""
    for line in path.read_bytes().splitlines(keepends=True) if path.exists() else ():
        try:
            found = json.loads(line)
            found.pop(MARK)
            yield found if line_of(found) == line else None
        except (ValueError, KeyError, AttributeError):
            yield None


class Store:
    """The results of a sweep's runs in one folder."""

    def __init__(self, folder: Path, runs: tuple[Run, ...]) -> None:
        self.folder, self.runs = folder, runs

    @property
    def lock(self) -> Path:
        """The lock file."""
        return self.folder / "lock"

    @property
    def journal(self) -> Path:
        """The journal file."""
        return self.folder / "journal.jsonl"

    def states(self) -> dict[Run, str]:
        """Every run as the evidence on disk has it: done, damaged or missing."""
        return {run: self.state(run) for run in self.runs}

    def state(self, run: Run) -> str:
        """The state of one run, by reading its result."""
        try:
            read_result(self.folder, run)
        except FileNotFoundError:
            return "missing"
        except Damaged:
            return "damaged"
        return "done"

    def tidy(self) -> None:
        """Throw away what was half-written when a process died. Only the holder of the lock may."""
        for path in (*self.folder.glob(".*.tmp"), *self.folder.glob("*/.*.tmp"), *self.folder.glob("runs/*/.*.tmp")):
            path.unlink(missing_ok=True)

    def put_aside(self, run: Run) -> None:
        """Keep a damaged result as evidence and make room for a new one."""
        (self.folder / "damaged").mkdir(exist_ok=True)
        for path in place(self.folder, run.key).parent.glob(f"{run.key}.*"):
            path.replace(self.folder / "damaged" / path.name)

    def failure(self, run: Run) -> Failure | None:
        """Why a run failed; None if it did not. A note that is itself damaged counts as none."""
        try:
            body = read_sealed(self.folder / "failed" / f"{run.key}.json")
        except (FileNotFoundError, Damaged):
            return None
        return Failure(run, body["why"], body["tries"], body["again"])

    def failures(self) -> dict[Run, Failure]:
        """The runs that failed and have no result since."""
        if not (self.folder / "failed").exists():
            return {}
        return {run: found for run in self.runs if (found := self.failure(run)) is not None}

    def note_failure(self, failure: Failure) -> None:
        """Write down why a run has no result. Raises OSError."""
        (self.folder / "failed").mkdir(exist_ok=True)
        body = {"run": failure.run.key, "why": failure.why, "tries": failure.tries, "again": failure.again}
        publish(self.folder / "failed" / f"{failure.run.key}.json", text(seal(body)))

    def forget_failure(self, run: Run) -> None:
        """Take the note of a failure away."""
        (self.folder / "failed" / f"{run.key}.json").unlink(missing_ok=True)
