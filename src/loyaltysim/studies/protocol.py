"""What every study is: a question that is composed, run, read off, judged, and answered with lines and tables.

    compose   words of a command line -> the study, checked
    arms      every world that it runs, so that their steps are compiled first
    read      run them and read off what is asked: what was found
    judge     is what was found a miss?
    tables    what was found, as tables;   lines : its main numbers, one by one

Whoever asks gets an `Answer`. A study knows no screen, no file and no command: `present` tells an answer and writes its
folder, `cli` asks. Experiments are studies too (`experiment`), and so are sweeps, whose runs lie in a folder of their
own format (`stored`).
"""

from __future__ import annotations

import hashlib
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar

import pandas as pd

from loyaltysim.configure import yaml as plain_yaml
from loyaltysim.runs.files import beside, check_folder
from loyaltysim.runs.pool import prepare
from loyaltysim.runs.progress import told
from loyaltysim.runs.resume import keeping
from loyaltysim.scenario.model import Scenario

Found = TypeVar("Found")
RUNS = Path("results/runs")  # below where a command is started


@dataclass(frozen=True)
class Line:
    """One number of an answer.

    measure : its name in `measures`, where its words, unit and definition stand
    of      : what it is of, where there are several: a design, a dial, a market
    low, high : ends of the interval at `level`; None where there is none;  n : runs behind it
    worlds_low, worlds_high, worlds_n : where 90 of 100 worlds lie in which what is assumed is drawn anew, their number
    """

    measure: str
    value: float | None
    low: float | None = None
    high: float | None = None
    level: float | None = None
    unit: str = ""
    n: int | None = None
    of: str = ""
    worlds_low: float | None = None
    worlds_high: float | None = None
    worlds_n: int | None = None


@dataclass(frozen=True)
class Answer(Generic[Found]):
    """What a study found, as data.

    found : as its kind of study finds it;  tables : by name, as they are saved;  missed : the verdict is a miss
    seconds : that it took, where that was measured
    """

    study: Study[Found]
    found: Found
    lines: tuple[Line, ...]
    tables: Mapping[str, pd.DataFrame] = field(repr=False)
    missed: bool = False
    seconds: float | None = None


class Study(ABC, Generic[Found]):
    """A question that many runs answer. See the head of this file; `Found` is what `read` gives."""

    kind: ClassVar[str]  # what it is called: the command
    stored: ClassVar[bool] = False  # do its runs lie in a store that is its folder, as those of a sweep?

    @classmethod
    @abstractmethod
    def compose(cls, words: Sequence[str], config_dir: str | None = None) -> Self:
        """The study that a command line asks for. Raises ConfigError with every problem."""

    @abstractmethod
    def tree(self) -> dict[str, Any]:
        """Everything that was set, as config.yaml holds it."""

    @abstractmethod
    def read(self) -> Found:
        """Run what is needed and read it off. Raises ConfigError, RunFailed, OSError."""

    @property
    def name(self) -> str:
        """Of the folder, and in the manifest."""
        return self.kind

    @property
    def written(self) -> str:
        """config.yaml: the same study again where it is given back."""
        return plain_yaml.dump(self.tree())

    @property
    def digest(self) -> str:
        """What tells this study from any other: 64 hexadecimal digits."""
        return hashlib.sha256(self.written.encode()).hexdigest()

    @property
    def title(self) -> str:
        """The name in the manifest."""
        return self.name

    def arms(self) -> Iterable[Scenario]:
        """Every world that is known before the first run."""
        return ()

    def worlds(self) -> Mapping[str, float]:
        """How many worlds each stage will run, as far as that is known: for the estimate of what is left."""
        return {}

    def judge(self, found: Found) -> bool:
        """Is it a miss? Studies that judge nothing never miss."""
        return False

    def lines(self, found: Found) -> Sequence[Line]:
        """The numbers of the answer, the most important first."""
        return ()

    def tables(self, found: Found) -> Mapping[str, pd.DataFrame]:
        """Every table by name."""
        return {}

    def answer(self) -> Answer[Found]:
        """Ask: compile, run, read off, judge."""
        began = time.monotonic()
        told().expect(self.worlds())
        prepare(self.arms())
        found = self.read()
        said, tables, missed = tuple(self.lines(found)), self.tables(found), self.judge(found)
        return Answer(self, found, said, tables, missed, time.monotonic() - began)

    # --- where it is kept ---

    def place(self, out: str | None) -> Path | None:
        """The folder: as asked, or results/runs/<name>-<digest>; None for an answer that is only told."""
        return RUNS / f"{self.name}-{self.digest[:8]}" if out is None else Path(out)

    def held(self, folder: Path) -> AbstractContextManager[object]:
        """Hold the folder while the study is answered and written; finished runs are kept until then.

        Raises ConfigError where the folder holds another study, OSError where it cannot be written.
        """
        check_folder(folder, self.digest)
        return keeping(beside(folder), self.digest)
