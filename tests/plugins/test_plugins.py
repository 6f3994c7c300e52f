"""Files from outside: what they bring is set, run, saved and refused like what is inside, in every worker too."""

from __future__ import annotations

import ast
import dataclasses
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import loyaltysim
from loyaltysim import plugin
from loyaltysim.cli.main import main
from loyaltysim.configure import yaml
from loyaltysim.configure.compose import compose
from loyaltysim.firms import policies
from loyaltysim.market.assemble import assemble
from loyaltysim.market.model import Market, asked
from loyaltysim.measures import registry as measures
from loyaltysim.mechanism import draws
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.runs.executors import Limits, NoWorkers, processes
from loyaltysim.runs.plugins import Ahead, brought, named
from loyaltysim.scenario.forms import config_hash
from loyaltysim.scenario.outside import GIVEN
from loyaltysim.scenario.reader import ConfigError
from tests.scenarios import in_plain, same

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
LOTTERY, STEPDOWN, ONE_TIMERS = (str(EXAMPLES / f"{name}.py") for name in ("lottery", "stepdown", "one_timers"))
SMALL = ["scenario=plain", "customers.n=60", "weeks=12", "seeds=2", "compute.processes=1", "worlds=none"]
DOWN = ["firms.b.policy.stepdown.rate=0.97"]
PLAIN = {
    **os.environ,
    "NUMBA_DISABLE_JIT": "1",
}  # nothing is compiled: what is looked at here is who runs, not how fast


def command(*words: str, cwd: Path, expect: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the command line in plain Python."""
    said = [sys.executable, "-m", "loyaltysim", *words]
    done = subprocess.run(said, cwd=cwd, env=PLAIN, capture_output=True, text=True, check=False)
    assert done.returncode == expect, done.stderr
    return done


def test_it_exports_what_a_plugin_needs_and_nothing_else():
    """The ten names, each the very object that the package uses."""
    names = {"Mechanism", "Field", "Hook", "Role", "rule", "Policy", "Decision", "KEEP", "measure", "term"}
    assert set(plugin.__all__) == names == {name for name in vars(plugin) if not name.startswith("_")}
    assert plugin.Mechanism is mechanisms.Mechanism and plugin.Policy is policies.Policy


def test_nothing_stays_behind():
    """What a file brings is known within the block and forgotten after it, also where the block fails."""
    before = (dict(mechanisms.registry()), dict(policies.registry()))
    with pytest.raises(ZeroDivisionError), brought([LOTTERY, STEPDOWN, ONE_TIMERS]):
        assert "lottery" in mechanisms.registry() and "stepdown" in policies.registry() and len(GIVEN) == 3
        raise ZeroDivisionError
    assert (mechanisms.registry(), policies.registry(), GIVEN) == (*before, [])


# ---- the examples, by command line and from Python -----------------------------------------------------------------


def test_the_examples_run_by_the_command_line(tmp_path):
    """All three at once: prices fall by the rate, prizes are paid at the chance, the measure stands in the summary.

    Price after 12 weeks 0.97 ** 12 times the base, but not below the floor 0.9; with chance 1 each purchase wins.
    """
    words = [*SMALL, *DOWN, "program.lottery.chance=1", "program.lottery.prize=0.1", "out=o", "print=json"]
    done = command("run", *words, "--plugins", f"{LOTTERY},{STEPDOWN}", "--plugins", ONE_TIMERS, cwd=tmp_path)
    summary = json.loads(done.stdout)
    own = [name for name in summary if name.startswith("one_timers")]
    assert own and all(summary[name]["unit"] == "share of buyers" for name in own)
    manifest = json.loads((tmp_path / "o" / "manifest.json").read_text("utf-8"))
    assert manifest["plugins"] == sorted(named(path).record for path in (LOTTERY, STEPDOWN, ONE_TIMERS))
    weekly = pd.read_parquet(tmp_path / "o" / "firms.parquet")
    with_it = weekly[(weekly["arm"] == "with") & (weekly["seed"] == 1)]
    prices = with_it[with_it["firm"] == "b"]["price"].to_numpy()
    assert prices == pytest.approx(np.maximum(0.9, 0.97 ** np.arange(1.0, 13.0)))
    first = with_it[with_it["firm"] == "a"]
    assert (first["prizes"] == first["visits"]).all() and first["prizes"].sum() > 50
    assert (first["reward_cost"] == 10 * first["prizes"]).all()


def test_a_saved_configuration_is_refused_without_its_plugin(tmp_path, capsys):
    """Named with its hash; given another file of that name, both hashes are told. With the right one it is the same."""
    with brought([STEPDOWN]):
        scenario = compose([*SMALL, *DOWN])
        (tmp_path / "saved.yaml").write_text(yaml.to_yaml(scenario), "utf-8")
    words = [f"from={tmp_path / 'saved.yaml'}"]
    sha = named(STEPDOWN).sha256
    assert main(["show", *words]) == 2
    assert f"stepdown.py (sha256 {sha}): give it, --plugins stepdown.py" in capsys.readouterr().err
    other = tmp_path / "stepdown.py"
    other.write_text(Path(STEPDOWN).read_text("utf-8") + "\n", "utf-8")
    assert main(["show", *words, "--plugins", str(other)]) == 2
    said = capsys.readouterr().err
    assert sha in said and named(other).sha256 in said
    assert main(["show", *words, f"--plugins={STEPDOWN}"]) == 0
    with brought([STEPDOWN]):
        assert config_hash(compose(words)) == config_hash(scenario)
    for use in (lambda: loyaltysim.run(scenario), lambda: Market(scenario, 1), lambda: scenario.with_("weeks", 13)):
        with pytest.raises(ConfigError, match=f"stepdown.py .sha256 {sha}"):
            use()


def test_a_scenario_never_chooses_code(tmp_path):
    """A file that names a plug-in loads nothing: it is told what to give by hand."""
    mark = tmp_path / "mark"
    (tmp_path / "evil.py").write_text(f"open({str(mark)!r}, 'w')\n", "utf-8")
    record = named(tmp_path / "evil.py").record
    (tmp_path / "shared.yaml").write_text(f"plugins: ['{record}']\n", "utf-8")
    with pytest.raises(ConfigError, match=r"evil\.py"):
        compose([f"from={tmp_path / 'shared.yaml'}"])
    assert not mark.exists()


def test_other_bytes_are_another_configuration(tmp_path):
    """The hash of a file is part of what identifies a run, even if it does the same; without files nothing changed."""
    other = tmp_path / "stepdown.py"
    other.write_text(Path(STEPDOWN).read_text("utf-8") + "# once more\n", "utf-8")
    found = []
    for path in (STEPDOWN, other):
        with brought([path]):
            found.append(config_hash(compose([*SMALL, *DOWN])))
    assert len(set(found)) == 2
    assert "plugins" not in yaml.to_yaml(compose(SMALL))


def test_runs_from_python_with_a_scenario_of_ones_own():
    """`run(config, plugins=...)` knows the file during the run and notes it in the scenario, whatever the config is."""
    whole = compose(["scenario=plain", "seeds=1", "customers.n=20", "weeks=4", "compute.processes=1"])
    records = loyaltysim.run(whole, plugins=[ONE_TIMERS])
    assert records.scenario.plugins == (named(ONE_TIMERS).record,) == tuple(records.manifest["plugins"])
    assert any(name.startswith("one_timers") for name in records.summary)
    assert loyaltysim.run(whole).scenario.plugins == ()


# ---- workers -------------------------------------------------------------------------------------------------------


def test_a_sweep_with_workers_runs_plugins(tmp_path):
    """Two worker processes give the very table that one process gives; resume asks for the file again."""
    words = [*SMALL[:3], "compute.processes=2", "seed=1,2", "firms.b.policy.stepdown.rate=0.9,1"]
    command("sweep", *words, "--plugins", STEPDOWN, "out=two", cwd=tmp_path)
    command("sweep", *words, "--plugins", STEPDOWN, "sweep.executor=inline", "out=one", cwd=tmp_path)
    tables = [(tmp_path / folder / "table.parquet").read_bytes() for folder in ("one", "two")]
    assert tables[0] == tables[1] and len(list((tmp_path / "two").glob("runs/*/*.json"))) == 4
    refused = command("sweep", "resume", "two", cwd=tmp_path, expect=2)
    assert named(STEPDOWN).sha256 in refused.stderr
    command("sweep", "resume", "two", "--plugins", STEPDOWN, cwd=tmp_path)
    spec = json.loads((tmp_path / "two" / "sweep.json").read_text("utf-8"))
    assert spec["plugins"] == [named(STEPDOWN).record]


def rate_of(terms: object) -> float:
    """A task whose job is an object of a plug-in's class: to receive it, the worker must have loaded the file."""
    return float(getattr(terms, "rate"))  # noqa: B009


def test_a_worker_refuses_a_file_that_has_changed(tmp_path):
    """A worker loads the bytes that its parent was given, or says that they are not there any more."""
    path = tmp_path / "mine.py"
    path.write_bytes(Path(STEPDOWN).read_bytes() + b"# mine\n")
    with brought([path]):
        jobs = [policies.registry()["stepdown"].terms(rate=rate) for rate in (0.9, 0.8)]
        assert sorted(o.value for o in processes(rate_of, jobs, Limits(2))) == [0.8, 0.9]
        before = named(path).sha256
        path.write_bytes(Path(STEPDOWN).read_bytes() + b"# changed\n")
        with pytest.raises(NoWorkers, match=f"mine.py has changed since it was given: sha256 {before} then"):
            list(processes(rate_of, jobs, Limits(2)))


def test_a_message_to_a_node_brings_the_file_along():
    """What a task of a cluster receives is read by a process that knows nothing: the files come first, then the job."""
    with brought([STEPDOWN]):
        parcel = pickle.dumps((Ahead(), policies.registry()["stepdown"].terms(rate=0.9)))
    code = "import pickle, sys; print(pickle.load(sys.stdin.buffer)[1].rate)"
    done = subprocess.run([sys.executable, "-c", code], input=parcel, env=PLAIN, capture_output=True, check=False)
    assert done.stdout.strip() == b"0.9", done.stderr


# ---- what is wrong with a file, in words ---------------------------------------------------------------------------

GOOD = Path(LOTTERY).read_text("utf-8")
WRONG = {
    "nothing": ("x = 1\n", "defines neither MECHANISM = Mechanism"),
    "near": ("from loyaltysim.plugin import *\nPOLICYS = 1\n", "it has POLICYS"),
    "syntax": ("def (:\n", "cannot be imported: line 1: SyntaxError"),
    "import": ("\n\nimport no_such_module\n", "cannot be imported: line 3: ModuleNotFoundError"),
    "kind": ("POLICY = 3\n", r"must define POLICY = Policy\(...\), not 3"),
    "field": (GOOD.replace("here.tickets +=", "here.tikets +="), "rule ticket_drawn of mechanism lottery .mine.py:.*did you mean 'tickets'"),  # noqa: E501
    "term": (GOOD.replace("terms.chance", "terms.chanse"), "terms.chanse is no number.*did you mean 'chance'"),
    "role": (GOOD.replace("visit.reward_given", "visit.reward_gave"), "visit.reward_gave is nothing of a visit; did you mean 'reward_given'"),  # noqa: E501
    "argument": (GOOD.replace("terms: Any, visit: Any) ->", "term: Any, visit: Any) ->"), "did you mean 'terms'"),
    "draw": (GOOD.replace('draws=("lottery",)', "draws=()"), r"draw_lottery is drawn for no purpose.*Mechanism\(draws=\('lottery',\)\)"),  # noqa: E501
    "own draw": (GOOD.replace('draws=("lottery",)', 'draws=("lottery", "choice")'), "a purpose of the package"),
    "phase": (GOOD.replace('Hook("visit"', 'Hook("visits"'), "'visits', which is no phase; did you mean 'visit'"),
    "unit": (GOOD.replace('term(0.01, "chance per purchase", 0.0, 1.0)', "0.01"), "the key chance has no unit"),
    "neutral": (GOOD.replace('neutral={"chance"', 'neutral={"chanze"'), "did you mean 'chance'"),
    "taken": (GOOD.replace('name="lottery"', 'name="points"'), "'points' exists already"),
    "clash": (GOOD.replace('counts={"prizes": "prizes"}', 'counts={"prizes": "prizes", "joins": "x"}'), "'joins' is already of membership"),  # noqa: E501
    "unfrozen": (GOOD.replace("frozen=True", ""), "frozen=True"),
    "measure": (Path(ONE_TIMERS).read_text("utf-8").replace('unit="share of buyers"', 'unit=""'), "measure 'one_timers' has no unit"),  # noqa: E501
}  # fmt: skip


@pytest.mark.parametrize("text, said", WRONG.values(), ids=WRONG)
def test_an_error_says_what_is_missing_and_where(tmp_path, text, said):
    """File, what is wrong, and the nearest name; nothing of the file stays behind."""
    path = tmp_path / "mine.py"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=r"--plugins mine\.py .*" + said), brought([path]):
        raise AssertionError("it was taken")
    assert not GIVEN and "lottery" not in mechanisms.registry()


def test_no_such_file(capsys, tmp_path):
    """Bad input, told in a line, before anything else."""
    assert main(["run", "--plugins", str(tmp_path / "none.py"), *SMALL]) == 2
    assert "none.py cannot be read: No such file" in capsys.readouterr().err
    assert main(["run", "--plugins", str(tmp_path), *SMALL]) == 2
    assert "is no Python file" in capsys.readouterr().err


def test_two_files_of_one_name_are_refused(tmp_path):
    """A record names a file without its folder; two of one name could not be told apart."""
    (tmp_path / "stepdown.py").write_text(Path(STEPDOWN).read_text("utf-8") + "\n", "utf-8")
    with pytest.raises(ConfigError, match="rename one"), brought([STEPDOWN, tmp_path / "stepdown.py"]):
        raise AssertionError("both were taken")


# ---- the step ------------------------------------------------------------------------------------------------------


def assembled(*words: str):
    """The step of a small market."""
    scenario = compose([*SMALL, *words])
    return assemble(tuple(mechanisms.active(scenario)), tuple(mechanisms.registry().values()), asked(scenario))


def test_a_changed_rule_is_another_step(tmp_path):
    """The text that runs is the key of the compiled cache: it holds a plug-in's rules, so no edit is missed."""
    found = []
    for k, change in enumerate(("< terms.chance", "<= terms.chance")):
        path = tmp_path / str(k) / "mine.py"
        path.parent.mkdir()
        path.write_text(GOOD.replace("< terms.chance", change), "utf-8")
        with brought([path]):
            found.append(assembled("program.lottery.chance=0.5"))
    assert found[0].module != found[1].module and "<= terms.lottery_chance" in found[1].module


def test_a_purpose_of_ones_own_has_its_address_by_name():
    """An address that no listed purpose has; the draw itself is the keyed uniform there; all other luck stays.

    With a prize that nobody feels, the log is that of the market without a lottery, and who wins is redone by hand.
    """
    own = draws.named_purpose("lottery")
    assert own >= draws.NAMED and own not in {draws.purpose(name) for name in draws.PURPOSES}
    with brought([LOTTERY]):
        scenario = compose([*SMALL, "program.lottery={chance: 0.3, perceived: 0}", "record.log=true"])
        assert f"DRAW_LOTTERY = {own!r}" in assembled("program.lottery.chance=0.3").module
        book = in_plain(Market(scenario, 3)).run()
    bare = in_plain(Market(compose([*SMALL, "record.log=true"]), 3)).run()
    assert book.log.equals(bare.log)
    won = 0
    with np.errstate(over="ignore"):
        for row in book.log[book.log["firm"] == 0].itertuples():
            week = draws.child(draws.child(draws.root(3), np.uint64(row.customer)), np.uint64(row.week))
            won += draws.uniform(draws.child(week, draws.OCCASION + np.uint64(row.occasion)), own) < 0.3
    assert won == book.weekly["prizes"].sum() > 10


def test_at_neutral_terms_it_is_absent():
    """The contract of every mechanism of the package, kept by the example: chance 0 leaves every byte."""
    with brought([LOTTERY]):
        neutral = in_plain(Market(compose([*SMALL, "program.lottery.chance=0"]), 3)).run()
        same(neutral, in_plain(Market(compose(SMALL), 3)).run())


def test_the_measure_on_a_hand_worked_book():
    """Firm b: purchases 1, 0, 3, 1 over two quarters: 2 of 3 buyers once; firm a: nobody bought."""
    visits = np.array([[[0, 1], [0, 0], [0, 2], [0, 0]], [[0, 0], [0, 0], [0, 1], [0, 1]]])
    with brought([ONE_TIMERS]):
        (one,) = measures.OUTSIDE
        book = dataclasses.make_dataclass("Book", ["visits", "firms"])(visits, ("a", "b"))
        assert one.compute(book, None, "b") == pytest.approx(2 / 3) and np.isnan(one.compute(book, None, "a"))


# ---- what there is to see ------------------------------------------------------------------------------------------


def test_show_knows_what_was_given(capsys):
    """Options, parameters, the step: everything of a file stands beside what the package has."""
    given = ["--plugins", f"{LOTTERY},{STEPDOWN},{ONE_TIMERS}"]
    assert main(["show", "options", *given]) == 0
    told = capsys.readouterr().out.splitlines()[-3:]
    assert [line.split() for line in told] == [
        [key, "--plugins"] for key in ("program.lottery", "policy.stepdown", "one_timers")
    ]
    assert main(["show", "parameters", *given]) == 0
    table = capsys.readouterr().out
    assert "| `firms.<id>.policy.stepdown.rate` |" in table and "| `firms.<id>.program.lottery.prize` |" in table
    assert main(["show", "step", *SMALL, "program.lottery.chance=0.5", *given]) == 0
    step = capsys.readouterr().out
    assert "lottery.py:" in step and "ticket_drawn(here, terms, visit, draw_lottery)" in step
    ast.parse(step)
