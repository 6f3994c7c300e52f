"""Documents that are made from the code agree with it."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import loyaltysim
from loyaltysim.cli.main import main
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.studies.sweep import table

ROOT = Path(__file__).parent.parent
HOUSE = Path(loyaltysim.__file__).parent


def test_the_page_of_parameters_is_the_schema(capsys):
    """docs/parameters.md is the output of `loyaltysim show parameters`; `make docs` writes it anew."""
    assert main(["show", "parameters"]) == 0
    table = capsys.readouterr().out
    assert (ROOT / "docs/parameters.md").read_text("utf-8").endswith(table)


def test_the_readmes_name_files_that_exist():
    """Every relative link of the README pages and of docs/ leads to a file of the checkout."""
    pages = [
        ROOT / "README.md",
        ROOT / "README.zh.md",
        *sorted((ROOT / "docs").glob("*.md")),
        *ROOT.glob("results/**/*.md"),
    ]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"


def test_the_example_in_python_of_the_page_of_sweeps_runs_as_it_stands(tmp_path):
    """Saved as a file and run, with worker processes; run again it reads what is done and says the same."""
    page = (ROOT / "docs/sweeps.md").read_text("utf-8")
    [code] = [block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "sweep_table" in block]
    (tmp_path / "example.py").write_text(code, "utf-8")
    said = []
    for _ in range(2):
        done = subprocess.run([sys.executable, "example.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        said.append(done.stdout)
    assert re.fullmatch(r"lift at S = 2.6 less that at S = 0.6: 0\.\d+ \(standard error 0\.\d+\)\n", said[0])
    assert said[0] == said[1] and len(list(tmp_path.glob("results/runs/spread/runs/*/*.json"))) == 8


def test_the_page_on_the_public_names_is_current():
    """docs/api.md is what tools/api.py writes; `make docs` writes it anew."""
    written = subprocess.run([sys.executable, "tools/api.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (ROOT / "docs/api.md").read_text("utf-8") == written.stdout
    for name in loyaltysim.__all__:
        assert name == "__version__" or name in written.stdout


def test_the_page_on_the_house_names_files_and_functions_that_exist():
    """Each `file.py:function` is there, each room of the house is in the picture, and ten questions are answered."""
    page = (ROOT / "docs/architecture.md").read_text("utf-8")
    places = re.findall(r"`([\w/]+\.py):([\w.]+)`", page)
    for file, function in places:
        tree = ast.parse((HOUSE / file).read_text("utf-8"))
        found = {n.name for n in tree.body if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
        inside = [n for n in tree.body if isinstance(n, ast.ClassDef)]
        found |= {f"{c.name}.{n.name}" for c in inside for n in c.body if isinstance(n, ast.FunctionDef)}
        assert function in found, f"{file} has no {function}"
    for folder in re.findall(r"`(\w+(?:/\w+)*)/`", page):
        assert any((base / folder).is_dir() for base in (HOUSE, ROOT)), folder
    picture = page.split("```")[1]
    assert [path.name for path in HOUSE.iterdir() if (path / "__init__.py").exists() and path.name not in picture] == []
    answers = page.split("## Ten questions")[1].split("\n\n")[1].splitlines()[2:]
    assert len(answers) == 10 and all(re.search(r"`[\w/]+\.py:[\w.]+`", line) for line in answers)


FELT = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for page in ("feelings", "chance")
    for line in (ROOT / f"docs/{page}.md").read_text("utf-8").splitlines()
    if re.match(r"\| S\d", line)
]


@pytest.mark.parametrize("row", FELT, ids=lambda row: row[0])
def test_the_page_on_feelings_names_keys_and_tests_that_exist(row):
    """Each key is one of the schema (`program.x` of any firm), and each row names a test of this suite."""
    keys, (file, test) = re.findall(r"`([a-z_.]+\.[a-z_.]+)`", row[2]), row[-1].split("::")
    listed = (ROOT / "docs/parameters.md").read_text("utf-8")
    known = set(re.findall(r"^\| `([^`]+)`", listed, re.MULTILINE))
    assert keys and {re.sub("^program", "firms.<id>.program", key) for key in keys} <= known
    assert re.search(rf"^def {test}\(", (ROOT / "tests" / file).read_text("utf-8"), re.MULTILINE)


def test_the_page_on_feelings_has_each_row_once():
    """A row of the register stands with its claim once and with its mechanism once."""
    for kind in ("claim", "mechanism or metric"):
        page = (ROOT / "docs/feelings.md").read_text("utf-8")
        table = page.split(f"| row | {kind} |")[1].split("\n\n")[0]
        rows = re.findall(r"S\d-\d\d", "".join(re.findall(r"^\| ([S\d, -]+) \|", table, re.MULTILINE)))
        assert len(rows) == len(set(rows)) > 10


@pytest.mark.parametrize("name", sorted(mechanisms.registry()))
def test_the_model_page_speaks_of_every_mechanism(name):
    """A mechanism that docs/model.md does not describe is not part of the model."""
    assert name in (ROOT / "docs/model.md").read_text("utf-8").lower()


@pytest.mark.parametrize(("name", "k"), [("chance", 0), ("chance", 1), ("chance", 2), ("channels", 0)])
def test_the_pictures_of_a_page_are_drawn_by_its_code(name, k, tmp_path, monkeypatch):
    """Each Python block of the page runs as it stands and saves a picture that the page shows."""
    page = (ROOT / f"docs/{name}.md").read_text("utf-8")
    code = re.findall(r"```python\n(.*?)```", page, re.S)[k]
    monkeypatch.chdir(tmp_path)
    exec(compile(code, f"docs/{name}.md", "exec"), {})
    (made,) = tmp_path.iterdir()
    assert f"({made.name})" in page and (ROOT / "docs" / made.name).stat().st_size > 5000 < made.stat().st_size


def test_the_picture_of_the_page_on_clubs_is_drawn_by_its_code(tmp_path, monkeypatch):
    """Its one Python block runs as it stands and saves the picture that the page shows."""
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/voice.md").read_text("utf-8"), re.S)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "docs/voice.md", "exec"), {})
    assert (ROOT / "docs/voice.png").stat().st_size > 5000 < (tmp_path / "voice.png").stat().st_size


def test_the_figure_of_the_page_on_sweeps_is_drawn_by_its_code(tmp_path, monkeypatch):
    """The study's Python block, run as it stands on a small sweep of the same keys in the folder that it names."""
    page = (ROOT / "docs/sweeps.md").read_text("utf-8")
    code = next(block for block in re.findall(r"```python\n(.*?)```", page, re.S) if "heatmap" in block)
    folder = re.search(r'folder = "(.+)"', code)[1]
    words = ["scenario=grocery_points", "customers.n=60", "weeks=20", "policy.launch.week=4", "sweep.executor=inline"]
    words += ["market.S=0.6,2.6", "program.points.face_value=5,10", "seed=1,2", "vary=[]"]
    monkeypatch.chdir(tmp_path)
    table(words, folder)
    exec(compile(code, "docs/sweeps.md", "exec"), {})
    assert (tmp_path / "earned.png").stat().st_size > 5000


@pytest.mark.parametrize(("page", "lang"), [("README.md", "en"), ("README.zh.md", "zh")])
def test_the_first_pages_say_what_the_results_say(page, lang):
    """What was found is the first line of each committed story, and no story is left out."""
    found = (ROOT / page).read_text("utf-8").split("<!-- found")[1].split("<!-- /found -->")[0]
    manifests = [json.loads(path.read_text("utf-8")) for path in ROOT.glob("results/*/manifest.json")]
    answers = [manifest["answer"][lang][0] for manifest in manifests if "answer" in manifest]
    assert len(answers) >= 8 and all(answer in found for answer in answers)
    assert found.count("\n- ") == len(answers)
