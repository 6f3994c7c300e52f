"""The protocol: an answer holds what was found as data, its folder is sealed, and every command is such a study."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from loyaltysim.cli.answers import answered
from loyaltysim.cli.main import COMMANDS, named
from loyaltysim.configure import yaml as plain_yaml
from loyaltysim.configure.publish import text
from loyaltysim.present.telling import Telling
from loyaltysim.runs.pool import map_runs
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies import single
from loyaltysim.studies.experiment import Experiment
from loyaltysim.studies.explore import Explore
from loyaltysim.studies.protocol import RUNS, Line, Study
from loyaltysim.studies.search import Optimise
from loyaltysim.studies.sweep import Sweep
from tests import small_studies
from tests.tasks import square


@dataclass(frozen=True)
class Squares(Study[list[int]]):
    """A study of its own: what is the sum of some squares?"""

    numbers: tuple[int, ...]
    kind = "squares"

    @classmethod
    def compose(cls, words: Sequence[str], config_dir: str | None = None) -> Squares:
        return cls(tuple(map(int, words)))

    def tree(self) -> dict[str, Any]:
        return {"numbers": list(self.numbers)}

    def worlds(self) -> dict[str, float]:
        return {"squares": float(len(self.numbers))}

    def read(self) -> list[int]:
        return map_runs(square, self.numbers, [f"n={n}" for n in self.numbers], processes=1, label="squares")

    def judge(self, found: list[int]) -> bool:
        return sum(found) > 100

    def lines(self, found: list[int]) -> list[Line]:
        return [Line("sum", float(sum(found)), n=len(found))]

    def tables(self, found: list[int]) -> dict[str, pd.DataFrame]:
        return {"squares": pd.DataFrame({"said": ["=1+1"] * len(found), "square": found})}


TELLING = Telling(
    screen=lambda answer, folder: f"The sum is {answer.lines[0].value:g}.",
    summary=lambda answer: {"sum": answer.lines[0].value},
    pages=lambda answer: {"story.md": text("in words\n")},
    more=lambda answer: {"question": "what is the sum?"},
    place="all: {folder}",
)


def test_a_study_of_few_lines_gets_folder_screen_and_verdict(tmp_path, capsys):
    """Everything beside the question is written once: configuration, tables, pages, summary, sums in a manifest."""
    folder = tmp_path / "out"
    answer = answered(Squares.compose(["3", "4"]), TELLING, str(folder))
    assert (answer.found, answer.missed, answer.lines) == ([9, 16], False, (Line("sum", 25.0, n=2),))
    assert capsys.readouterr().out == f"The sum is 25.\n\nall: {folder}\n"
    names = {path.name for path in folder.iterdir()}
    assert names == {"config.yaml", "squares.csv", "story.md", "summary.json", "manifest.json"}
    assert plain_yaml.load(folder / "config.yaml", "config.yaml")[0] == {"numbers": [3, 4]}
    assert (folder / "squares.csv").read_text() == "said,square\n'=1+1,9\n'=1+1,16\n", "no cell is a formula"
    about = json.loads((folder / "manifest.json").read_text())
    assert about["question"] == "what is the sum?" and about["name"] == "squares"
    assert about["config"] == hashlib.sha256((folder / "config.yaml").read_bytes()).hexdigest()
    sums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names - {"manifest.json"}}
    assert about["files"] == sums
    assert not Path(f"{folder}.kept").exists()


def test_json_is_the_summary_alone_and_a_miss_is_said(tmp_path, capsys):
    answer = answered(Squares((8, 9)), TELLING, str(tmp_path / "out"), "json")
    assert answer.missed
    assert json.loads(capsys.readouterr().out) == {"sum": 145.0}


def test_two_studies_never_share_a_folder(tmp_path):
    """The same may be asked again where it lies; another is refused before it is run."""
    answered(Squares((1, 2)), TELLING, str(tmp_path))
    answered(Squares((1, 2)), TELLING, str(tmp_path))
    with pytest.raises(ConfigError, match="holds another run"):
        answered(Squares((1, 3)), TELLING, str(tmp_path))


def test_a_folder_is_named_by_the_study_and_its_configuration():
    study = Squares((1, 2))
    assert study.place(None) == RUNS / f"squares-{study.digest[:8]}"
    assert study.digest != Squares((2, 1)).digest
    assert study.place("here") == Path("here")


def test_every_command_that_asks_is_a_study():
    """And so are experiments; what is none prints or completes."""
    asked = {name: named(command.study) for name, command in COMMANDS.items() if command.study}
    assert all(issubclass(study, Study) for study in asked.values())
    kinds = {study.kind for study in (*asked.values(), Sweep, Explore, Optimise, Experiment)}
    assert kinds == {*COMMANDS, "experiment"} - {"show", "completion", "new", "export"}
    for command in COMMANDS.values():
        assert not command.telling or isinstance(named(command.telling), Telling)


def test_the_lines_of_a_run_are_its_summary():
    """Each number once, with interval, unit and runs behind it; the tables are those of its records."""
    study = single.Run(small_studies.launched())
    found = small_studies.ran()
    lines = {line.measure: line for line in study.lines(found)}
    assert set(lines) == set(found.summary)
    lift = found.summary["lift_visits"]
    line = lines["lift_visits"]
    assert (line.value, line.low, line.high, line.unit, line.n) == tuple(
        lift[k] for k in ("value", "low", "high", "unit", "n")
    )
    assert set(study.tables(found)) == set(found.tables)


def test_a_run_says_before_how_many_worlds_it_takes():
    """Of a store market with a program: two twins, a replay and an arm per amplifier for each seed."""
    study = single.Run(small_studies.launched())
    assert study.worlds() == {"seeds": 3.0 * (len(single.arms(study.scenario)) + 1)}
