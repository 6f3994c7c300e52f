"""An experiment is one script and one YAML file, found by their names; what one of them lacks is said in words."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from loyaltysim.studies.experiment import Script, scripts

ROOT = Path(__file__).parents[2]
PARTS = ("Why it is contested", "Design", "What would change")

NEW = '''"""Does a market of eight weeks have buyers?

Why it is contested   It is not; it shows what an experiment needs.
Design                One market, one number.
What would change     A market without buyers.
our mind
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import partial

import pandas as pd

from loyaltysim.cli.experiment import main
from loyaltysim.market.model import Market
from loyaltysim.measures.verdict import Verdict
from loyaltysim.present import charts
from loyaltysim.runs.pool import map_runs
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.said import Said
from loyaltysim.scenario.terms import term
from loyaltysim.studies import experiment
from loyaltysim.studies.reading import Reading, Table


@dataclass(frozen=True)
class Buyers:
    """What it is held against."""

    claims: tuple[str, ...] = term((), "row of the claims' sources")
    least: int = term(1, "purchases", 0, 10**9)


def purchases(job: tuple[Scenario, int]) -> int:
    """All purchases of a run."""
    scenario, seed = job
    return int(Market(scenario, seed).run().weekly.visits.sum())


def draw(table: pd.DataFrame):
    """A bar a run."""
    with charts.style():
        figure, axes = charts.sheet(4.0, 3.0)
        axes.bar(table.seed, table.purchases)
    return figure


def answer(made: experiment.Plan[Buyers]) -> experiment.Finding:
    """One run a seed."""
    seeds = [made.world.seed + k for k in range(made.world.seeds)]
    done = map_runs(purchases, [(made.world, s) for s in seeds], [f"seed={s}" for s in seeds], processes=1)
    table = pd.DataFrame({"seed": seeds, "purchases": done})
    word = "supported" if min(done) >= made.settings.least else "refuted"
    told = Said(f"The market has buyers: {min(done)} purchases.", f"市场里有买家：购买 {min(done)} 次。")
    return experiment.Finding(
        question=Said("Does a market of eight weeks have buyers?", "八周的市场里有买家吗？"),
        reading=Reading(told, Said("Nothing turns it.", "没有什么会让它反转。"), Said("Surely.", "很确定。"),
                        Table(("seed", "purchases"), [(str(s), str(n)) for s, n in zip(seeds, done, strict=True)])),
        verdicts={"X-01": Verdict(word, f"{min(done)} purchases")},
        caution=Said("nothing.", "什么也不要断定。"),
        table=table, draw=partial(draw, table), data=table,
    )


EXPERIMENT = experiment.Script("buyers", Buyers, answer)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT, sys.argv[1:]))
'''
WORLD = """\
# @package _global_
# A grocery market of eight weeks.
defaults:
  - override /market: grocery

name: buyers
seeds: 2  # runs
weeks: 8  # weeks
customers:
  n: 50  # households

experiment:
  claims: [X-01]
  least: 1  # purchases
"""


def loaded(path: Path) -> ModuleType:
    """The module of a script, wherever it lies."""
    spec = importlib.util.spec_from_file_location(f"experiments_of_{path.parent.parent.name}_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def missing(root: Path) -> list[str]:
    """What the experiments of a repository lack, in words; [] where nothing is missing."""
    found, worlds = scripts(root / "experiments"), {p.stem for p in (root / "conf" / "experiment").glob("*.yaml")}
    said = [f"experiments/{name}.py is missing: conf/experiment/{name}.yaml is the world of a script of this name"
            for name in sorted(worlds - set(found))]  # fmt: skip
    for name, path in found.items():
        where = f"experiments/{name}.py"
        if name not in worlds:
            said.append(f"conf/experiment/{name}.yaml is missing: the world of {where} and its key `experiment`")
        module = loaded(path)
        doc = module.__doc__ or ""
        if not (doc.splitlines() or [""])[0].endswith("?"):
            said.append(f"{where} does not open with its question: the first line of its docstring ends with `?`")
        said += [f"{where} does not say `{part}` in its docstring" for part in PARTS if part not in doc]
        script = getattr(module, "EXPERIMENT", None)
        if not isinstance(script, Script):
            said.append(f"{where} has no EXPERIMENT = experiment.Script({name!r}, <its settings>, <its answer>)")
        elif script.name != name:
            said.append(f"{where} calls itself {script.name!r}: name the script as its file")
        elif "claims" not in getattr(script.vocabulary, "__dataclass_fields__", {}):
            said.append(f"{where}: {script.vocabulary.__name__} has no `claims`, the rows of the sources it speaks of")
        if not (root / "results" / name / "manifest.json").is_file():
            said.append(f"results/{name} is missing: run `python {where}` and commit what it writes")
    return said


def test_no_experiment_lacks_anything():
    """Script, world, header, declaration, published result: whatever is missing is named here."""
    assert missing(ROOT) == []


def test_no_file_lists_the_experiments():
    """Found by their names: neither tests, Makefile, tools nor the package name more than two of them."""
    names = set(scripts(ROOT / "experiments"))
    places = [ROOT / "Makefile", *ROOT.glob("tools/*"), *ROOT.glob("src/**/*.py"), *ROOT.glob(".ci/*")]
    for path in filter(Path.is_file, places):
        told = {name for name in names if re.search(rf"\b{name}\b", path.read_text("utf-8"))}
        assert len(told) < 3, f"{path.relative_to(ROOT)} lists {sorted(told)}"


@pytest.fixture
def copy(tmp_path) -> Path:
    """The repository without its experiments."""
    for part in ("src", "conf"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__", "experiment"))
    (tmp_path / "experiments").mkdir()
    (tmp_path / "conf" / "experiment").mkdir()
    shutil.copy(ROOT / "src/loyaltysim/studies/experiment.py", tmp_path / "src/loyaltysim/studies/experiment.py")
    return tmp_path


def test_a_new_experiment_is_one_script_and_one_file(copy):
    """Added to a copy of the repository: it runs, writes its folder, stands in both lists, and lacks nothing."""
    (copy / "experiments" / "buyers.py").write_text(NEW)
    (copy / "conf" / "experiment" / "buyers.yaml").write_text(WORLD)
    assert missing(copy) == ["results/buyers is missing: run `python experiments/buyers.py` and commit what it writes"]
    done = subprocess.run(
        [sys.executable, "experiments/buyers.py"], cwd=copy, capture_output=True, text=True, timeout=300,
        env={**os.environ, "PYTHONPATH": str(copy / "src")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("The market has buyers: ") and done.stdout.endswith("results/buyers\n")
    about = json.loads((copy / "results" / "buyers" / "manifest.json").read_text())
    assert about["claims"] == ["X-01"] and about["command"] == "python experiments/buyers.py"
    assert "python experiments/buyers.py" in (copy / "experiments" / "README.md").read_text()
    assert "(buyers/story.md)" in (copy / "results" / "README.md").read_text()
    assert missing(copy) == []


@pytest.mark.parametrize(
    ("script", "world", "said"),
    [
        (NEW, None, "conf/experiment/buyers.yaml is missing: the world of experiments/buyers.py"),
        (None, WORLD, "experiments/buyers.py is missing: conf/experiment/buyers.yaml is the world of a script"),
        (NEW.replace("have buyers?", "have buyers.", 1), WORLD, "does not open with its question"),
        (NEW.replace("Design  ", "Plan  "), WORLD, "does not say `Design` in its docstring"),
        (NEW.replace("EXPERIMENT", "STUDY"), WORLD, "has no EXPERIMENT = experiment.Script('buyers'"),
        (NEW.replace('Script("buyers"', 'Script("byers"'), WORLD, "calls itself 'byers'"),
        (NEW.replace("    claims: tuple[str, ...] = term((), \"row of the claims' sources\")\n", ""), WORLD,
         "Buyers has no `claims`"),
    ],
)  # fmt: skip
def test_what_a_new_experiment_lacks_is_said(tmp_path, script, world, said):
    """Each part left out once: the message names the file and what stands in it."""
    for folder, name, content in (("experiments", "buyers.py", script), ("conf/experiment", "buyers.yaml", world)):
        (tmp_path / folder).mkdir(parents=True)
        if content is not None:
            (tmp_path / folder / name).write_text(content)
    assert any(said in line for line in missing(tmp_path)), missing(tmp_path)
