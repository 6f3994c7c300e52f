# ruff: noqa: E501 (the tables of cases have one case a line)
"""Bad input never runs: exit code 2, no folder, every problem at once with place, key, value and remedy.

The numbers name the rows of the project's table of bad inputs and faults.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hydra.core.override_parser.types import RangeSweep
from hypothesis import example, given
from hypothesis import strategies as st

from loyaltysim.cli.arguments import read_arguments
from loyaltysim.cli.main import main
from loyaltysim.configure.asked import parse_one, taken
from loyaltysim.configure.compose import layers
from loyaltysim.configure.folders import groups
from loyaltysim.configure.sweeps import endless
from loyaltysim.scenario import reader
from loyaltysim.scenario.reader import ConfigError

pytestmark = pytest.mark.interpreter

LAUNCHED = ["market=grocery", "program=points", "policy=launch", "policy.launch.week=10", "weeks=52"]
FIRMS = "firms:\n  a: {share: 0.6}\n  b: {share: 0.4}\n"


@pytest.fixture
def say(tmp_path, monkeypatch, capsys):
    """Run a command in an empty folder; returns what was refused, after checking the contract."""
    monkeypatch.chdir(tmp_path)

    def said(*words: str, file: str | bytes | None = None) -> str:
        if file is not None:
            Path("my.yaml").write_bytes(file.encode() if isinstance(file, str) else file)
            words = (*words, "from=my.yaml")
        before = sorted(tmp_path.rglob("*"))
        assert main(["run", *words]) == 2
        assert sorted(tmp_path.rglob("*")) == before, "no folder may be made"
        out, err = capsys.readouterr()
        assert out == ""
        assert "Traceback" not in err
        assert re.match(r"loyaltysim: \d+ problems?, nothing was run\n", err)
        return err

    return said


def refused(err: str) -> list[str]:
    return [line.strip() for line in err.splitlines()[1:]]


# (row, command line, fragments that the message must hold)
COMMAND_LINES = [
    (2, ["+custmers.n=5"], ["command line: custmers is no key; did you mean customers?"]),
    (2, ["++weeeks=5"], ["command line: weeeks is no key; did you mean weeks?"]),
    (1, ["program=points", "program.points.earm=2"], ["program.points.earm is no key; did you mean program.points.earn?"]),
    (1, ["n=100"], ["n is no key; did you mean customers.n?"]),
    (3, ["customers.relational_share=-0.2"], ["customers.relational_share = -0.2 (number): allowed 0 to 1 (share)"]),
    (4, ["firms.a.share=1.7"], ["firms.a.share = 1.7 (number): allowed 1e-06 to 1"]),
    (4, ["firms.a.share=0.8"], ["shares that sum to 1", "a 0.8 + b 0.27 + c 0.2 + d 0.13 = 1.4"]),
    (4, ["firms.a.share=0.400002"], ["shares that sum to 1"]),
    (5, ["market.M=nan"], ["market.M = nan (number): expected a finite number"]),
    (5, ["market.M=-inf"], ["market.M = -inf (number): expected a finite number"]),
    (5, ["behaviour.arrivals.schedule=[0.1,nan]"], ["behaviour.arrivals.schedule[1] = nan (number)"]),
    (6, ["customers.n=-5"], ["customers.n = -5 (whole number): allowed 1 to 50000000 (customers)"]),
    (6, ["customers.n=0"], ["customers.n = 0 (whole number): allowed 1 to"]),
    (7, ["customers.n=1e9"], ["customers.n = 1000000000.0 (number): allowed 1 to 50000000 (customers)"]),
    (7, ["customers.n=10.5"], ["customers.n = 10.5 (number): expected a whole number such as 104"]),
    (8, ["seed=99999999999999999999"], ["seed = 99999999999999999999 (whole number): beyond the range of 64-bit"]),
    (8, [f"seed={'9' * 5000}"], ["seed=99", "... cannot be read"]),
    (9, ["customers.n=5e7", "compute.max_customer_weeks=1e15"], ["customers.n = 50000000", "needs about 41.6 GB", "compute.max_gigabytes = 16", "lower customers.n"]),
    (9, ["customers.n=5e7", "compute.max_customer_weeks=1e15", "record.panel=false"], ["needs about 22.4 GB"]),
    (9, [*LAUNCHED, "customers.n=100000", "compute.max_gigabytes=1"], ["a run needs about 3.1", "lower customers.n or weeks"]),
    (9, [*LAUNCHED, "customers.n=1000000", "record.log=false", "record.panel=false"], ["customers.n = 1000000", "lower customers.n or weeks"]),
    (9, [*LAUNCHED, "customers.n=50000", "seeds=8", "compute.processes=8", "compute.max_gigabytes=8"], ["8 runs at once", "or compute.processes"]),
    (9, ["customers.n=2e6", "market.M=110", "record.log=true"], ["or set record.log=false"]),
    (10, ["firms=null"], ["firms = None (nothing)"]),
    (10, ["~firms.b", "~firms.c", "~firms.d", "firms.a.share=1"], ["firms must hold at least 2", "it holds only a"]),
    (13, ["customers.price_sensitivity=0,1"], ["customers.price_sensitivity = '0,1'", "for a decimal write 0.1"]),
    (13, ["firms.a.share=40%"], ["firms.a.share = '40%' (text): expected a number", "write the share: 0.4"]),
    (13, ["market.S=high"], ["market.S = 'high' (text): expected a number such as 0.1; allowed 0.05 to 1e+06"]),
    (13, ["market.S='1.5'"], ["write it without quotes: 1.5"]),
    (13, ["customers.n=true"], ["customers.n = True (true/false): expected a whole number"]),
    (13, ["record.panel=1"], ["record.panel = 1 (whole number): expected true or false"]),
    (15, ["program=points", "program.points.bonus=600"], ["program.points.bonus = 600 must stay below threshold = 500"]),
    (15, ["program=points", "program.points.expiry=0.5"], ["program.points.expiry = 0.5 (number): expected a whole number"]),
    (16, ["firms.a.base_price=-1"], ["firms.a.base_price = -1 (whole number): allowed 0.001 to"]),
    (16, ["firms.a.unit_cost=1.2"], ["firms.a.unit_cost = 1.2", "above firms.a.base_price = 1", "firms.a.allow_loss=true"]),
    (16, ["firms.a.price=0.5"], ["firms.a.unit_cost = 0.75", "above firms.a.price = 0.5"]),
    (16, ["program=points", "program.points.face_value=600"], ["program.points.face_value", "reward rate of 120% of spending"]),
    (17, ["policy=launch", "policy.launch.week=104"], ["policy.launch.week = 104", "allowed 0 to 103 as weeks = 104"]),
    (17, ["weeks=0"], ["weeks = 0 (whole number): allowed 1 to 5200 (weeks)"]),
    (17, ["weeks=0.5"], ["weeks = 0.5 (number): expected a whole number"]),
    (19, ["seed=null"], ["seed = None (nothing): expected a whole number"]),
    (19, ["seed=9223372036854775807", "seeds=2"], ["seed = 9223372036854775807", "keep it below 2^63"]),
    (20, ["customers.n=1e6", "seeds=1000"], ["4.16e+11 customer-weeks", "compute.max_customer_weeks", "lower customers.n, weeks or seeds"]),
    (42, ["name=../x"], ["name = '../x' (text): a name has 1 to 64 letters"]),
    (42, ["name=/etc/x"], ["name = '/etc/x'"]),
    (42, ["name=NUL"], ["name = 'NUL' (text): this name is reserved by Windows"]),
    (42, [f"name={'x' * 300}"], ["name = 'xxx", "1 to 64 letters"]),
    (42, ["name='pоints'"], ["a name has 1 to 64 letters"]),  # a Cyrillic letter
    (42, ['name="a\tb"'], ["a name has 1 to 64 letters"]),
    (42, ["name=null"], ["name = None (nothing): expected text"]),
    (0, ["focal=A"], ["focal = 'A' (text): no such firm; did you mean 'a'? firms: a, b, c, d"]),
    (0, ["rivals=imitate", "rivals.policy.imitate.whom=e"], ["rivals.policy.imitate.whom = 'e' (text): no such firm"]),
    (0, ["market=grocry"], ["market = 'grocry' (text): has no such option; did you mean 'grocery'?", "(conf/market/)"]),
    (0, ["program=point"], ["did you mean 'points'? `loyaltysim show options program` lists all"]),
    (0, ["program=claims"], ["program = 'claims' (text): has no such option; it does not exist yet, until then results/README"]),
    (0, ["program=claim"], ["has no such option; it does not exist yet, until then results/README"]),
    (0, ["program=[points"], ["cannot be read", "a bracket is missing: write key=[a,b]"]),
    (0, ["program.report.levels=3"], ["program.report is no program component; it does not exist yet, until then"]),
    (0, ["policy=price-nash"], ["has no such option; did you mean 'price_nash'?"]),
    (0, ["data=mine.csv"], ["data is no key; it does not exist yet, until then fit loyaltysim.purchases"]),
    (0, ["lang=fr"], ["lang = 'fr' (text): choose from en, zh"]),
    (0, ["lamg=zh"], ["lamg is no key; known here: name, "]),
    (0, ["market=qqq"], ["has no such option; `loyaltysim show options market` lists all"]),
    (0, ["program.point.earn=1"], ["program.point is no program component; did you mean 'points'?"]),
    (0, ["program=points", "program=club"], ["program is given twice", "write program=[points,club]"]),
    (0, ["weeks=3", "weeks=4"], ["weeks is given twice, as weeks=3 and weeks=4; keep one"]),
    (0, ["progam@firms.b.program=points"], ["progam is no group of options; did you mean 'program'?"]),
    (0, ["program@firms.b.progam=points"], ["firms.b.progam is no key; did you mean firms.b.program?"]),
    (0, ["seed=1,2"], ["seed = '1,2' (text): takes one value"]),
    (0, ["seed=range(1,9)"], ["seed = 'range(1,9)' (text): takes one value"]),
    (0, ["weeks"], ["weeks is no override; write key=value"]),
    (0, ["weeks=(("], ["weeks=(( cannot be read"]),
    (0, ["~firms.z"], ["firms.z is not set: there is nothing to remove; known: a, b, c, d"]),
    (0, ["name=${oc.env:HOME}"], ["name=${oc.env:HOME} holds an interpolation"]),
    (0, ["hydra.run.dir=x"], ["hydra.run.dir=x sets Hydra itself"]),
    (0, ["market._target_=os.system"], ["holds _target_"]),
    (0, ["print=xml"], ["print = 'xml' (text): choose from text, json"]),
    (0, ["--confg-dir", "x"], ["--confg-dir is no option; did you mean '--config-dir'?"]),
    (0, ["--config-dir", "nowhere"], ["--config-dir = 'nowhere' (text): is no folder"]),
    (0, ["from=a.yaml", "from=b.yaml"], ["from is given twice; name one file"]),
    (57, ["focal="], ["focal = '' (text): no such firm; firms: a, b, c, d"]),
    (62, ["out=a", "out=b"], ["out is given twice; keep one"]),
    (62, ["print=json", "print=text"], ["print is given twice; keep one"]),
    (62, ["--config-dir", "a", "-cd=b"], ["--config-dir is given twice; keep one"]),
    (56, ["from=/dev/null"], ["/dev/null: the file is no regular file"]),
    (56, ["from=/dev/zero"], ["/dev/zero: the file is no regular file"]),
    (56, ["--plugins", "/dev/../dev/zero.py"], ["--plugins"]),
    (0, ["from=a.yaml", "scenario=plain"], ["from and scenario=plain each give a whole world"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "words", "fragments"), COMMAND_LINES, ids=[f"{r}-{' '.join(w)[:40]}" for r, w, _ in COMMAND_LINES]
)
def test_a_bad_command_line_is_refused(say, row, words, fragments):
    lines = refused(say(*words))
    assert len(lines) == 1, lines
    assert "hydra" not in lines[0].lower() or "hydra" in " ".join(words), "no advice of Hydra's"
    assert not re.search(r"\+\w+=", lines[0]), "never advise to force a key"
    for fragment in fragments:
        assert fragment in lines[0]


# (row, file, fragments)
FILES = [
    (1, "weeks: 52\nweaks: 3\n", ["my.yaml, line 2: weaks is no key; did you mean weeks?"]),
    (1, "program:\n  points:\n    earm: 3\n", ["my.yaml, line 3: program.points.earm is no key"]),
    (4, "firms:\n  a: {share: 0.5}\n  b: {share: 0.7}\n", ["my.yaml, line 1: firms must have shares that sum to 1", "a 0.5 + b 0.7 = 1.2"]),
    (5, "market: {S: .nan}\n", ["my.yaml, line 1: market.S = nan (number)"]),
    (5, "market:\n  M: 1e999\n", ["my.yaml, line 2: market.M = inf (number)"]),
    (8, f"seed: {'9' * 5000}\n", ["my.yaml, line 1: seed = inf"]),
    (10, "firms: {}\n", ["my.yaml, line 1: firms must hold at least 2", "it holds none"]),
    (10, "firms: {only: {share: 1}}\n", ["it holds only only"]),
    (11, "firms:\n  a: {share: 0.5}\n  b: {share: 0.5}\n  a: {share: 0.1}\n", ["my.yaml, line 4: firms.a is given twice, in lines 2 and 4"]),
    (11, "firms: [{id: a}, {id: a}]\n", ["my.yaml, line 1: firms = [{'id': 'a'}, {'id': 'a'}] (list): expected a mapping from id"]),
    (12, "weeks: 52\nseed: 1\nweeks: 104\n", ["my.yaml, line 3: weeks is given twice, in lines 1 and 3; keep one"]),
    (57, ".inf: 3\n", ["my.yaml, line 1: inf = inf (number): is no key"]),
    (57, "market: {.nan: 3}\n", ["my.yaml, line 1: market.nan = nan (number): is no key"]),
    (57, "firms:\n  -.INF: {share: 1}\n", ["my.yaml, line 2: firms.-inf is an id that reads as a number"]),
    (57, "program: {.inf: {}}\n", ["program.inf is no program component"]),
    (13, 'market: {S: "0,1"}\n', ["market.S = '0,1' (text): expected a number", "write the decimal point: 0.1"]),
    (13, "market: {rho: 93 %}\n", ["market.rho = '93 %' (text)", "write the share: 0.93"]),
    (14, "firms:\n  007: {share: 1}\n", ["my.yaml, line 2: firms.7 is an id that reads as a whole number; write it in quotes: '7'"]),
    (14, "firms:\n  1e5: {share: 1}\n", ["firms.100000.0 is an id that reads as a number; write it in quotes"]),
    (14, "name: 007\n", ["my.yaml, line 1: name = 7 (whole number): expected text; write it in quotes"]),
    (42, "name: ../../up\n", ["my.yaml, line 1: name = '../../up'"]),
    (42, f"{FIRMS}  '../c': {{share: 0.1}}\n", ["is no valid id: a name has 1 to 64"]),
    (0, "_target_: os.system\n", ["my.yaml, line 1: _target_ is not allowed"]),
    (0, "market:\n  basket: {_target_: os.system}\n", ["my.yaml, line 2: market.basket._target_ is not allowed"]),
    (0, "hydra: {run: {dir: x}}\n", ["my.yaml, line 1: hydra is not allowed"]),
    (0, "market: {source: '${oc.env:HOME}'}\n", ["my.yaml, line 1: market.source holds an interpolation"]),
    (0, "defaults: [{market: grocery}]\n", ["my.yaml, line 1: defaults is not read here"]),
    (0, "market: !!python/object/apply:os.system [ls]\n", ["my.yaml, line 1: market has the tag"]),
    (0, "a: &x {b: 1}\nc: {<<: *x}\n", ["my.yaml, line 2: c.<< is not allowed as a key"]),
    (0, "a: &x [1]\n" + "".join(f"b{i}: *x\n" for i in range(40)), ["uses more than 20 aliases"]),
    (0, "a: " + "{a: " * 30 + "1" + "}" * 30, ["nests deeper than 20 levels"]),
    (0, "a: " + "[" * 5000, ["my.yaml"]),
    (0, "", ["my.yaml: the file is empty"]),
    (0, "# nothing\n", ["my.yaml: the file is empty"]),
    (0, "- weeks\n", ["my.yaml: the file holds a list"]),
    (0, "weeks\n", ["my.yaml: the file holds a single value"]),
    (0, "weeks: [1\n", ["my.yaml, line 2: the file is not YAML"]),
    (0, "weeks: 1\n---\nweeks: 2\n", ["the file is not YAML"]),
    (0, b"name: caf\xe9\n", ["my.yaml: the file is not UTF-8 text, see byte 9"]),
    (0, b"name: a\x00b\n", ["my.yaml"]),
    (0, "x: " + "y" * 1_100_000, ["my.yaml: the file is larger than 1000 kB"]),
    (0, "market: null\n", ["my.yaml, line 1: market = None (nothing): expected a mapping of keys"]),
    (0, "program: points\n", ["program = 'points' (text): expected a mapping of components"]),
    (0, "market: {setting: shops}\n", ["market.setting = 'shops' (text): choose from store, brand, cohort"]),
]  # fmt: skip


@pytest.mark.parametrize(("row", "file", "fragments"), FILES, ids=[f"{r}-{str(f)[:30]!r}" for r, f, _ in FILES])
def test_a_bad_file_is_refused(say, row, file, fragments):
    err = say(file=file)
    for fragment in fragments:
        assert fragment in err


def test_a_decimal_comma_in_a_flow_mapping_is_told_as_such(say):
    """YAML reads {S: 0,1} as S = 0 and a key 1."""
    lines = refused(say(file="market: {M: 5, S: 0,1}\nfirms: {a: {share: 0,55, unit_cost: 0.5}}\n"))
    assert lines == [
        "my.yaml, line 1: market.S is written with a decimal comma: write S: 0.1",
        "my.yaml, line 2: firms.a.share is written with a decimal comma: write share: 0.55",
    ]


def test_a_file_that_is_not_there_is_refused_with_the_nearest_one(say):
    Path("scenario.yaml").write_text(FIRMS)
    assert "scenari.yaml: the file does not exist; did you mean 'scenario.yaml'?" in say("from=scenari.yaml")
    assert "the file is a folder" in say("from=.")


def test_every_problem_is_said_at_once_each_with_its_place(say):
    err = say("weeks=-1", "+fooo=2", "x y", file="seeds: 0\nmarket: {M: many}\nprogram: {pionts: {}}\n")
    assert err.startswith("loyaltysim: 6 problems, nothing was run\n")
    places = sorted(line.split(":")[0] for line in refused(err))
    assert places == ["command line"] * 3 + ["my.yaml, line 1", "my.yaml, line 2", "my.yaml, line 3"]


def test_a_cross_check_is_silent_while_one_of_its_keys_is_wrong(say):
    """A launch in week 200 is no second problem while the horizon itself is unknown."""
    assert len(refused(say("weeks=-1", "policy=launch", "policy.launch.week=200"))) == 1
    assert len(refused(say("firms.a.share=2", "firms.b.share=0.1"))) == 1


@pytest.mark.parametrize(
    "words",
    [
        ["firms.a.unit_cost=1.2", "firms.a.allow_loss=true"],
        ["customers.n=1e4", "weeks=52.0"],
        ["program=points", "program.points=null"],
        ["customers.n=2e6", "record.panel=false", "compute.max_gigabytes=64"],
        ["+weeks=60", "++seeds=3"],
        ["seed=9223372036854775807", "seeds=1"],
        ["seed=9223372036854775806", "seeds=2"],
        ["policy=launch", "policy.launch.week=103"],
        ["firms.a.unit_cost=1"],
        ["firms.a.share=0.4000005"],
        ["market.setting=cohort", "~firms.b", "~firms.c", "~firms.d", "firms.a.share=1"],
        ["customers.relational_share=1", "market.rho=0", "weeks=5200", "customers.n=1"],
        ["program=null", "policy=[static,launch]", "name=007"],
        ["~program", "rivals={policy: {imitate: {lag: 4}}}"],
    ],
    ids=" ".join,
)
def test_what_only_looks_wrong_is_accepted(words, capsys):
    assert main(["show", *words]) == 0
    assert capsys.readouterr().err == ""


def test_two_small_rewards_that_together_exceed_the_spending_are_refused():
    """Row 16: the sum over components counts, not each alone."""
    from types import SimpleNamespace

    from loyaltysim.configure.compose import components
    from loyaltysim.scenario.read import read

    points = components()["program"]["points"]
    program = {
        "points": points,
        "more": SimpleNamespace(terms=points.terms, check=None, reward_rate=points.reward_rate),
    }
    tree = {"firms": {"a": {"share": 0.6}, "b": {"share": 0.4}}}
    tree["program"] = {name: {"face_value": 300.0} for name in program}
    with pytest.raises(ConfigError, match=r"firms\.a\.program gives back 120% of spending \(more, points\)"):
        read(tree, {"program": program})
    tree["firms"]["a"]["allow_loss"] = True
    assert read(tree, {"program": program}).firms["a"].allow_loss


# --- the user's own folder of options ----------------------------------------------------------------------------


def option(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        (
            "points: {earn: 1}\npoints: {earn: 2}\n",
            "mine/program/odd.yaml, line 2: points is given twice, in lines 1 and 2",
        ),
        ("points: {earn: [1\n", "mine/program/odd.yaml, line 2"),
        ("_target_: os.system\n", "mine/program/odd.yaml, line 1: _target_ is not allowed"),
        ("points: {earn: '${oc.env:HOME}'}\n", "holds an interpolation"),
        ("points: {earm: 1}\n", "mine/program/odd.yaml, line 1: program.points.earm is no key"),
        ("points: {earn: -1}\n", "mine/program/odd.yaml, line 1: program.points.earn = -1"),
        ("defaults: [nothing_there]\n", "nothing_there"),
        ("defaults: 3\n", "program/odd"),
        ("[1, 2]\n", "program/odd"),
    ],
)
def test_a_bad_option_file_is_refused_with_its_line(say, tmp_path, text, fragment):
    option(tmp_path / "mine", "program/odd.yaml", text)
    assert fragment in say("--config-dir", "mine", "program=odd")


def test_an_option_that_hides_behind_a_shipped_one_is_refused(say, tmp_path):
    option(tmp_path / "mine", "program/points.yaml", "points: {earn: 9}\n")
    assert "mine/program/points.yaml has the name of a shipped option" in say("--config-dir", "mine")


# --- any text ----------------------------------------------------------------------------------------------------

KNOWN = groups()
WORDS = st.text(max_size=30) | st.builds(
    "{}{}={}".format,
    st.sampled_from(["", "+", "++", "~", " "]),
    st.sampled_from(["program", "weeks", "firms.a.share", "program@firms.b.program", "customers", "a.b.c", "market"]),
    st.text("[]{}(),:'\"\\ab01.-~@$*%=\n\té", max_size=12),
)


@given(WORDS)
@example("=")
@example("a=\ud800")
@example("program=[]")
@example("program@=0")
@example("program@=[[points]]")
@example("program=[[points]]")
@example("program={points: null}")
@example("a=1e400")
@example("a=glob(*)")
@example("a=int(x)")
def test_any_word_is_read_or_refused_in_one_way(word):
    try:
        parse_one(word, KNOWN)
    except ConfigError as error:
        assert str(error)


@given(st.lists(WORDS, min_size=1, max_size=3))
@example(["program@=0"])
def test_any_command_line_is_composed_or_refused_in_one_way(words):
    try:
        tree, _, _ = layers(words)
        assert isinstance(tree, dict)
    except ConfigError as error:
        assert str(error)


# --- no end: files, ranges, messages -----------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with a name")
@pytest.mark.parametrize(
    "words", [["from=pipe.yaml"], ["--config-dir", "mine"], ["--plugins", "pipe.py"]], ids=" ".join
)
def test_what_may_never_end_is_not_read(say, tmp_path, words):
    (tmp_path / "mine/market").mkdir(parents=True)
    for name in ("pipe.yaml", "pipe.py", "mine/market/x.yaml"):
        os.mkfifo(tmp_path / name)
    assert "is no regular file" in say(*words)


def test_many_problems_are_told_to_twenty_and_counted(say, monkeypatch):
    """Looking for near names takes long and nobody reads the four thousandth."""
    looked = []
    monkeypatch.setattr(reader, "nearest", lambda *a, **k: looked.append(a))
    err = say(file="".join(f"custmers{i}: 1\n" for i in range(4000)))
    assert err.startswith("loyaltysim: 4000 problems, nothing was run\n")
    lines = refused(err)
    assert len(lines) == 21 and lines[-1] == "and 3,980 more" and lines[19].startswith("my.yaml, line 20: custmers19")
    assert len(looked) <= 40


SWEPT = [
    (["market.S=range(0,1,0)"], "market.S = 'range(0,1,0)' (text): has no end: write range(start,stop,step)"),
    (["market.S=range(1,1100000)"], "would have 1.1e+06 values; at most 1,000,000"),
    (["market.S=range(0,1,1e-300)"], "would have 1e+300 values; at most 1,000,000"),
    (["seed=range(1,100000000000)"], "would have 1e+11 values; at most 1,000,000"),
    (["seed=range(1,1000000)", "market.S=range(1,1000)"], "would have 998,999,001 runs or more; at most 10,000,000"),
    (["sweep.axes=[1,2]"], "sweep.axes[0] = 1 (whole number): expected text"),
    (["sweep.points=[{a: 1}]"], "sweep.points[0] = {'a': 1} (mapping): expected text"),
    (["sweep=3"], "sweep = 3 (whole number): expected a mapping of keys"),
]


@pytest.mark.parametrize(("words", "why"), SWEPT, ids=[" ".join(words) for words, _ in SWEPT])
def test_a_sweep_without_end_is_counted_before_it_is_written_out(words, why, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["sweep", "run=tiny", *words]) == 2
    assert why in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


OWN = [
    (["compare", "programs=[points,club]", "vary=3"], "vary = 3 (whole number): expected a list"),
    (["compare", "programs=[points,club]", "programs=[points,stamps]"], "programs is given twice, as programs=[points,club] and"),
    (["compare", "programs=[points,club]", "term.club=a", "term.club=b"], "term.club is given twice"),
    (["compare", "programs=[points,club]", "budget=1", "budget=2", "horizon=1", "horizon=2"], "horizon is given twice"),
    (["diary", "customer=1", "customer=2"], "customer is given twice, as customer=1 and customer=2; keep one"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "why"), OWN, ids=[" ".join(words[2:]) for words, _ in OWN])
def test_own_keys_of_a_command_are_given_once(words, why, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    assert why in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


# --- what is read from a command line, looked at alone ---


def test_a_key_of_a_command_is_taken_once():
    """Its value, what lies below it too, and the rest; two of one key are both shown."""
    own, rest = taken(["budget=2", "terms.points=program.points.earn", "weeks=4"], ["budget", "terms"])
    assert own == {"budget": "2", "terms.points": "program.points.earn"} and rest == ["weeks=4"]
    with pytest.raises(ConfigError, match="budget is given twice, as budget=2 and budget=3; keep one"):
        taken(["budget=2", "budget=3"], ["budget"])


def test_an_option_is_read_once():
    """A folder, a form of answer or a place of files, under either of its names."""
    assert read_arguments(["out=a", "weeks=4"]).out == "a"
    for words in (["out=a", "out=b"], ["--config-dir", "a", "-cd=b"]):
        with pytest.raises(ConfigError, match="is given twice; keep one"):
            read_arguments(words)


def test_the_values_of_a_range_are_counted_before_they_are_written():
    """One value above a million is refused by its count; one of a million is not; no end has its own words."""
    step = 1e-6
    assert endless(RangeSweep(start=0, stop=1.0, step=step)) == ""
    assert endless(RangeSweep(start=0, stop=1.1, step=step)) == "would have 1.1e+06 values; at most 1,000,000"
    assert "has no end" in endless(RangeSweep(start=0, stop=1, step=0))
    assert "has no end" in endless(RangeSweep(start=0, stop=float("inf"), step=1))
