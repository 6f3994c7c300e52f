"""Experiments: the words of a verdict, the two scripts in tiny mode, and the committed results made again."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from experiments import parity, retention_arithmetic
from tools.note_keys import noted

from loyaltysim import contract
from loyaltysim.cli.experiment import main
from loyaltysim.measures.verdict import Verdict, little_is_left, same_purchases, taken_together
from loyaltysim.present import story
from loyaltysim.runs import files
from loyaltysim.runs.files import csv
from loyaltysim.studies import experiment

ROOT = Path(__file__).parents[2]
SMALL = ["run=tiny", "compute.processes=1"]
SCRIPTS = {name: import_module(f"experiments.{name}") for name in experiment.scripts(ROOT / "experiments")}


# --- verdicts ---


def effects(ratio: float, noise: float, n: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Paired effects with a given ratio of means; the noise of each has mean zero exactly."""
    wave = noise * np.array([1.0, -1.0] * (n // 2))
    return ratio + wave, 1.0 + np.roll(wave, 1)


@pytest.mark.parametrize(
    ("ratio", "noise", "word"),
    [
        (0.05, 0.05, "supported"),
        (-0.05, 0.05, "supported"),  # a little less than nothing is left
        (0.60, 0.05, "refuted"),
        (-0.60, 0.05, "refuted"),  # the first mover ends clearly worse: no parity either
        (0.25, 0.05, "inconclusive"),
        (0.05, 1.00, "inconclusive"),
        (0.05, 3.00, "cannot judge"),  # the effect alone is not distinguishable from zero
        (0.25, 0.00, "supported"),  # no variance: the limits are the ratio itself, and the margin belongs to parity
        (0.2501, 0.00, "refuted"),
        (0.00, 0.00, "supported"),
    ],
)
def test_little_is_left(ratio, noise, word):
    """Supported: |upper| <= margin; refuted: |lower| > margin; half-widths here are 2.2 noise / sqrt(12)."""
    assert little_is_left(*effects(ratio, noise), 0.25)[1].word == word


@pytest.mark.parametrize("whole", [np.zeros(8), -np.ones(8), -1.0 + 0.01 * np.arange(8), np.array([1.0])])
def test_without_an_effect_there_is_nothing_to_compete_away(whole):
    """A sole effect of zero, below zero, or of one run has no answer, whatever is left."""
    assert little_is_left(0.1 * np.ones_like(whole), whole, 0.25)[1].word == "cannot judge"


def test_a_verdict_is_wrong_as_often_as_it_says():
    """Fieller's limits are exact for normal pairs: with the truth at the margin, each tail errs in 2.5 % of studies.

    4,000 studies of 10 runs, correlation 0.6, relative noise 0.15; tolerance 4 binomial standard errors = 0.0099.
    """
    rng = np.random.default_rng(7)
    a, b = rng.standard_normal((2, 4000, 10))
    whole = 1.0 + 0.15 * a
    left = 0.25 + 0.15 * (0.6 * a + 0.8 * b)
    words = [little_is_left(x, y, 0.25)[1].word for x, y in zip(left, whole, strict=True)]
    error = 4.0 * np.sqrt(0.025 * 0.975 / 4000)
    assert abs(words.count("supported") / 4000 - 0.025) < error
    assert abs(words.count("refuted") / 4000 - 0.025) < error


def test_one_purchase_breaks_an_identity():
    """An identity holds for all purchases or not at all."""
    assert same_purchases(0, 10).word == "identity"
    assert same_purchases(1, 10_000_000).word == "refuted"
    assert same_purchases(0, 0).word == "cannot judge"


@pytest.mark.parametrize(
    ("words", "word"),
    [
        (["supported"], "supported"),
        (["supported", "supported"], "supported"),
        (["refuted", "refuted"], "refuted"),
        (["supported", "refuted"], "depends"),
        (["supported", "refuted", "inconclusive"], "depends"),
        (["supported", "inconclusive"], "inconclusive"),
        (["supported", "cannot judge"], "inconclusive"),
    ],
)
def test_taken_together(words, word):
    """Only a contradiction is `depends`; what cannot be told apart never counts as support."""
    together = taken_together({f"setting {k}": Verdict(w, "") for k, w in enumerate(words)})
    assert together.word == word
    if word == "depends":
        assert "setting" in together.why


def test_verdicts_have_a_closed_vocabulary():
    """A new word would need a meaning."""
    with pytest.raises(ValueError, match="allowed: supported, refuted"):
        Verdict("proved", "")
    with pytest.raises(ValueError, match="margin"):
        little_is_left([1.0, 2.0], [1.0, 2.0], 0.0)


# --- what every experiment promises ---


class Tiny(dict[str, Path]):
    """Experiments in tiny mode, each in a folder of its own, made when it is first asked for."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        self.factory = factory

    def __missing__(self, name: str) -> Path:
        folder = self.factory.mktemp(name)
        words = ["run=tiny", "compute.processes=1", f"out={folder}"]
        assert main(SCRIPTS[name].EXPERIMENT, words) == 0
        return self.setdefault(name, folder)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Tiny:
    return Tiny(tmp_path_factory)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_folder_is_complete(tiny, name):
    """Story, figure twice, table, configuration, manifest with circumstances apart; checksums fit; under 1 MB."""
    folder = tiny[name]
    files = {path.name for path in folder.iterdir()}
    told = {"story.md", "story.zh.md", "figure.png", "figure.svg", "figure.csv", "table.csv", "summary.json"}
    assert {*told, "config.yaml", "manifest.json"} <= files
    about = json.loads((folder / "manifest.json").read_text())
    assert set(about["files"]) == files - {"manifest.json"}
    assert {"finished", "platform", "cores", "seconds"} <= set(about["circumstances"])
    for lang, story_ in (("en", "story.md"), ("zh", "story.zh.md")):
        assert about["answer"][lang][0] == re.search(r"\*\*(.+?)\*\*", (folder / story_).read_text("utf-8"))[1]
    assert about["verdicts"] == json.loads((folder / "summary.json").read_text("utf-8"))["verdicts"] != {}


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize("where", ["tiny", "committed"])
def test_a_story_is_short(tiny, name, where):
    """200 words beside title, picture and table; the table has at most eight rows; the folder is under 1 MB."""
    folder = tiny[name] if where == "tiny" else ROOT / "results" / name
    lines = (folder / "story.md").read_text().splitlines()
    prose = " ".join(line for line in lines if not line.startswith(("#", "|", "!")))
    assert len(re.findall(r"[A-Za-z][\w'-]*", prose)) <= 200
    assert 1 <= sum(line.startswith("|") for line in lines) - 2 <= 8
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1_000_000


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_says_why_it_exists(name):
    """The docstring opens with the question and tells why it is contested, the design, what would change our mind."""
    doc = SCRIPTS[name].__doc__
    assert doc.splitlines()[0].endswith("?")
    assert all(words in doc for words in ("Why it is contested", "Design", "What would change"))


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_committed_result_is_of_the_committed_configuration(name):
    """results/<name>/config.yaml is what the configuration composes to today, and the manifest fits the files."""
    folder = ROOT / "results" / name
    made = SCRIPTS[name].EXPERIMENT.compose()
    assert (folder / "config.yaml").read_text("utf-8") == made.written
    for file, digest in json.loads((folder / "manifest.json").read_text())["files"].items():
        assert hashlib.sha256((folder / file).read_bytes()).hexdigest() == digest


def test_a_new_key_is_noted_and_a_moved_one_asks_for_a_new_run(tmp_path):
    """What is new is added with both checksums, the rest stays; a value that moved or a key that went is refused."""
    folder = tmp_path / "parity"
    shutil.copytree(ROOT / "results" / "parity", folder)
    before = yaml.safe_load((folder / "config.yaml").read_text("utf-8"))
    assert noted(folder, yaml.safe_dump(before)) == []
    text = yaml.safe_dump(before | {"market": before["market"] | {"later": 0}, "also": {"new": 1}})
    assert sorted(noted(folder, text)) == ["also", "market.later"]
    about = json.loads((folder / "manifest.json").read_text("utf-8"))
    old = json.loads((ROOT / "results" / "parity" / "manifest.json").read_text("utf-8"))
    assert (folder / "config.yaml").read_text("utf-8") == text
    assert about["config"] == about["files"].pop("config.yaml") == hashlib.sha256(text.encode()).hexdigest()
    old["files"].pop("config.yaml")
    assert about | {"config": ""} == old | {"config": ""}
    for moved in ({"weeks": 1}, {"focal": None}):
        with pytest.raises(ValueError, match=f"run it again, it was made with another {next(iter(moved))}"):
            noted(folder, yaml.safe_dump(yaml.safe_load(text) | moved))


def test_the_overviews_are_generated():
    """results/README.md and experiments/README.md are what the committed manifests give."""
    for path, page in story.index(ROOT / "results", ROOT / "experiments").items():
        assert path.read_text("utf-8") == page, f"{path.name} is old: run an experiment, or present.story.index"


def test_only_the_committed_configuration_writes_a_committed_result():
    """Any override goes to results/runs, a folder for each configuration; `out=` decides otherwise."""
    folders = [parity.EXPERIMENT.compose(words).plan.folder for words in ([], ["seeds=4"], ["seeds=5"])]
    assert folders[0] == Path("results/parity")
    assert all(folder.parent == Path("results/runs") for folder in folders[1:])
    assert len(set(folders)) == 3
    assert parity.EXPERIMENT.compose(["seeds=4", "out=x"]).plan.folder == Path("x")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["weeks=120"], "allowed 156 or more"),
        (["rivals=passive"], "rivals=imitate"),
        (["program=none"], "program=points"),
        (["experiment.marginn=0.5"], "margin"),
        (["experiment.margin=-1"], "allowed 0.001 to 10"),
    ],
)
def test_bad_input_is_refused_before_anything_is_made(tmp_path, capsys, words, said):
    """Exit code 2, a message that says the fix, no folder."""
    folder = tmp_path / "none"
    assert main(parity.EXPERIMENT, [*words, f"out={folder}"]) == 2
    assert said in capsys.readouterr().err
    assert not folder.exists()


def test_a_folder_that_holds_another_experiment_is_refused(tmp_path, capsys):
    """Exit code 2 and the folder as it was; the same configuration may be run again in it."""
    words = [f"out={tmp_path}", "experiment.years=5", *SMALL]
    assert main(retention_arithmetic.EXPERIMENT, words) == 0
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert main(retention_arithmetic.EXPERIMENT, [words[0]]) == 2
    assert "holds another run" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert main(retention_arithmetic.EXPERIMENT, words) == 0


@pytest.mark.parametrize("below", ["", "/below"])
def test_a_folder_that_cannot_be_written_is_one_line(tmp_path, capsys, below):
    """Exit code 4, before anything is computed: a file stands where the folder should be."""
    (tmp_path / "file").write_text("not a folder")
    words = [f"out={tmp_path}/file{below}"]
    assert main(retention_arithmetic.EXPERIMENT, words) == 4
    err = capsys.readouterr().err
    assert err.startswith("loyaltysim: storage: ") and err.count("\n") == 1


def test_storage_that_fails_at_the_end_is_one_line(tmp_path, capsys, monkeypatch):
    """Exit code 4: the disk was full when the story was to be written."""

    def full(path, write):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(files, "publish", full)
    words = [f"out={tmp_path}", *SMALL]
    assert main(retention_arithmetic.EXPERIMENT, words) == 4
    said = [line for line in capsys.readouterr().err.splitlines() if not line.endswith((" left", " so far"))]
    assert said == [f"loyaltysim: storage: No space left on device: {tmp_path / 'figure.png'}"]


# --- retention arithmetic ---


def test_sizes_are_the_printed_ones():
    """Table O4: base after 1, 5, 10 years for churn 5, 10, 15 % and acquisition 15 %, to its four decimals."""
    printed = {
        ("additive", 0.05): (1.1, 1.6105, 2.5937), ("additive", 0.10): (1.05, 1.2763, 1.6289),
        ("additive", 0.15): (1.0, 1.0, 1.0), ("sequential", 0.05): (1.0925, 1.5563, 2.4222),
        ("sequential", 0.10): (1.035, 1.1877, 1.4106), ("sequential", 0.15): (0.9775, 0.8924, 0.7965),
        ("fixed_inflow", 0.05): (1.1, 1.4524, 1.8025), ("fixed_inflow", 0.10): (1.05, 1.2048, 1.3257),
        ("fixed_inflow", 0.15): (1.0, 1.0, 1.0),
    }  # fmt: skip
    data = retention_arithmetic.curves(retention_arithmetic.RetentionArithmetic())
    for (convention, churn), sizes in printed.items():
        curve = data[(data.convention == convention) & (data.churn == churn)].set_index("year")
        for column in ("closed_form", "counted"):
            assert curve[column][[1, 5, 10]].to_numpy() == pytest.approx(sizes, abs=5e-5)


@pytest.fixture(scope="module")
def counted() -> pd.DataFrame:
    """The committed sizes of the market that is given the rates."""
    return pd.read_csv(ROOT / "results" / "retention_arithmetic" / "figure.csv")


def test_a_wrong_closed_form_is_noticed(monkeypatch, counted):
    """The closed form is held against year-by-year bookkeeping, and against a market, at every run."""
    made = retention_arithmetic.EXPERIMENT.compose().plan
    with pytest.raises(ArithmeticError, match="market"):
        retention_arithmetic.told(
            made, counted.assign(market=counted.market + 5.0 * counted.error * (counted.year == 9))
        )
    wrong = contract.retention_arithmetic
    monkeypatch.setattr(contract, "retention_arithmetic", lambda c, a, t, how: wrong(c * 1.0001, a, t, how))
    with pytest.raises(ArithmeticError, match="bookkeeping"):
        retention_arithmetic.told(made, counted)


def test_the_luck_of_a_base_by_simulation():
    """Standard deviation of a base's size by theory against 20,000 bases of 1,000 people after four years.

    Newcomers are rounded to whole people (0.5 of 10 a year: below 0.3 % of the deviation). Tolerance: 4 standard errors
    of a standard deviation, 4 / sqrt(2 x 20,000) = 2 %, and 0.5 % for rounding.
    """
    rng, s = np.random.default_rng(5), retention_arithmetic.RetentionArithmetic(years=4)
    for convention in contract.CONVENTIONS:
        size = np.full(20_000, 1000)
        for _ in range(4):
            stayed = size - rng.binomial(size, 0.10)
            base = {"additive": size, "sequential": stayed, "fixed_inflow": np.full(20_000, 1000)}[convention]
            size = stayed + np.floor(0.15 * base + rng.random(20_000)).astype(int)
        expected = retention_arithmetic.luck(s, convention, 0.10)[-1] * np.sqrt(1000.0)
        assert size.std() == pytest.approx(expected, rel=0.025), convention


def test_the_committed_arithmetic_follows_from_its_runs(counted):
    """Story, table and figure's numbers are made again from the committed sizes, byte by byte."""
    folder = ROOT / "results" / "retention_arithmetic"
    found = retention_arithmetic.told(retention_arithmetic.EXPERIMENT.compose().plan, counted)
    assert csv(found.table) == (folder / "table.csv").read_text("utf-8")
    assert story.story(found) == (folder / "story.md").read_text("utf-8")


@pytest.mark.slow
def test_retention_arithmetic_is_reproduced_byte_by_byte(tmp_path):
    """The committed configuration gives the committed tables and story again."""
    words = [f"out={tmp_path}"]
    assert main(retention_arithmetic.EXPERIMENT, words) == 0
    for file in ("story.md", "table.csv", "figure.csv", "config.yaml"):
        assert (tmp_path / file).read_bytes() == (ROOT / "results" / "retention_arithmetic" / file).read_bytes()
