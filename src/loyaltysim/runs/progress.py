"""How far a long command is and how long the rest takes: a bar in a terminal, a line every ten seconds elsewhere.

All of it goes to standard error: what a command finds stands alone on standard output.

    with Progress():                                           # from here on, whatever runs in here is told of
        told().expect({"seeds": 30.0, "assumptions": 48.0})    # worlds to be run, as far as that is known before
        with told().stage("seeds", 10) as stage:
            stage.add()                                        # one of ten is done
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar, Token
from dataclasses import dataclass
from typing import Any, Self, TextIO

from tqdm import tqdm

EVERY = 10.0  # seconds between two lines


class Progress:
    """What is done and what is left of a command, told while it runs.

    stream : where it is told; None = standard error           clock : seconds that only grow
    bar    : draw a bar; None = if the stream is a terminal    every : seconds between two lines without one
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        bar: bool | None = None,
        every: float = EVERY,
    ) -> None:
        self.stream, self.clock, self.every = sys.stderr if stream is None else stream, clock, every
        self.bar = self.stream.isatty() if bar is None else bar
        self.ahead: dict[str, float] = {}  # worlds of stages that have not begun
        self.worlds, self.seconds = 0.0, 0.0  # of stages that have ended
        self.now: Stage | None = None
        self.told = clock()
        self.lock, self.ended = threading.Lock(), threading.Event()
        self.token: Token[Progress | None] | None = None

    def __enter__(self) -> Self:
        """From here on this is who is told; a line is told in time even while a single run takes long."""
        self.token = TOLD.set(self)
        if not self.bar and self.every < float("inf"):
            threading.Thread(target=self.watch, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is told any more."""
        self.ended.set()
        if self.token is not None:
            TOLD.reset(self.token)

    def watch(self) -> None:
        """Tell a line whenever it is time, until all has ended."""
        while not self.ended.wait(min(1.0, self.every)):
            self.tick()

    def expect(self, worlds: Mapping[str, float]) -> None:
        """Say before the work which stages will come, and how many worlds each runs."""
        self.ahead |= worlds

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[Stage]:
        """A part of the work with so many jobs; stages follow each other."""
        stage = Stage(self, name, total, self.ahead.pop(name, 0.0), self.clock())
        self.now = stage
        with tqdm(total=total, desc=name, disable=not self.bar, file=self.stream, leave=False) as stage.bar:
            try:
                yield stage
            finally:
                if stage.worlds and stage.count == total:
                    self.worlds, self.seconds = self.worlds + stage.worlds, self.seconds + self.clock() - stage.began
                self.now = None

    def left(self) -> float | None:
        """Seconds that the present stage and those that are known to come still take; None if nobody can know yet."""
        stage = self.now
        if stage is None:
            return None
        took = self.clock() - stage.began
        fresh = stage.count - stage.found
        here = took / fresh * (stage.total - stage.count) if fresh else None
        worlds = self.worlds + (stage.worlds * fresh / stage.total if stage.worlds and stage.total else 0.0)
        pace = (self.seconds + took * bool(stage.worlds and fresh)) / worlds if worlds else None
        if here is None and pace is not None and stage.worlds:
            here = max(0.0, pace * stage.worlds - took)
        if here is None or (pace is None and self.ahead):
            return here
        return here + (pace or 0.0) * sum(self.ahead.values())

    def tick(self) -> None:
        """Tell a line if it is time for one."""
        with self.lock:
            stage, now = self.now, self.clock()
            if self.bar or stage is None or now - self.told < self.every:
                return
            self.told = now
            print(f"loyaltysim: {self.line(stage)}", file=self.stream, flush=True)

    def line(self, stage: Stage) -> str:
        """`seeds 3 of 10, about 2 minutes left`."""
        left = self.left()
        rest = f"{duration(self.clock() - stage.began)} so far" if left is None else f"about {duration(left)} left"
        return f"{stage.name} {stage.count:,} of {stage.total:,}, {rest}"


@dataclass
class Stage:
    """A part of the work. worlds : that it runs, 0 if nobody said; found : jobs that were done before it began."""

    progress: Progress
    name: str
    total: int
    worlds: float
    began: float
    count: int = 0
    found: int = 0
    bar: tqdm[Any] | None = None

    def add(self, count: int = 1, *, found: bool = False) -> None:
        """So many jobs are done; found : they were done before."""
        self.count += count
        self.found += count * found
        if self.bar is not None:
            if (left := self.progress.left()) is not None and self.progress.ahead:
                self.bar.set_postfix_str(f"all: about {duration(left)} left", refresh=False)
            self.bar.update(count)
        self.progress.tick()


TOLD: ContextVar[Progress | None] = ContextVar("TOLD", default=None)  # the one that has been entered


def told() -> Progress:
    """Who is to be told: the progress that was entered last, else one that says nothing."""
    return TOLD.get() or silent()


def silent() -> Progress:
    """One that says nothing."""
    return Progress(bar=False, every=float("inf"))


def watched(progress: bool) -> AbstractContextManager[object]:
    """For a function that may be asked to tell how far it is: `with watched(progress): ...`."""
    return Progress() if progress else nullcontext()


def duration(seconds: float) -> str:
    """Seconds as a person says them."""
    for size, name in ((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} seconds"
