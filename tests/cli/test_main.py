"""The command line: what it prints, where it stops, which exit code; and how a configuration is composed."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

import loyaltysim
from loyaltysim.cli import main as cli
from loyaltysim.cli.completion import next_words
from loyaltysim.cli.main import main
from loyaltysim.cli.pages import PAGES
from loyaltysim.configure import yaml as plain_yaml
from loyaltysim.configure.compose import components, compose
from loyaltysim.configure.folders import conf_dir, groups
from loyaltysim.configure.yaml import to_yaml
from loyaltysim.present import run
from loyaltysim.scenario.forms import canonical, config_hash
from loyaltysim.scenario.read import parameters
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.scenario.said import Said
from loyaltysim.studies import single
from loyaltysim.studies.reading import Reading

pytestmark = pytest.mark.interpreter

SOURCE = str(Path(loyaltysim.__file__).parents[1])


def shell(*words: str, **options) -> subprocess.CompletedProcess:
    """The command line in a process of its own."""
    return subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": SOURCE},
        **options,
    )


# --- composing ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("group", "option"), [(g, o) for g, options in groups().items() for o in options])
def test_every_shipped_option_composes(group, option):
    """Imitation is for rivals: the focal firm cannot copy itself. Customers are won where they have contracts; who
    games needs points, and so does who raises a reward.
    """
    place = "policy@firms.b.policy" if (group, option) == ("policy", "imitate") else group
    needs = {
        "behaviour acquisition": ["market=bank", "firms.a.acquisition=10"],
        "behaviour inflow": ["market=bank"],
        "behaviour gaming": ["program=points"],
        "policy escalate": ["program=points"],
        "policy reevaluate": ["program=points"],
        "policy on_retention": ["program=points"],
        "policy reward_nash": ["program=points"],
        "policy commitment": ["program=commit_coupon"],
        "policy commit_coupon": ["program=commit_coupon"],
        "policy commit_loyal_price": ["program=loyal_price"],
        "policy relational_shift": ["program=[points,recognition]"],
    }
    words = [f"{place}={option}", *needs.get(f"{group} {option}", [])]
    scenario = compose(words)
    assert config_hash(scenario) == config_hash(compose(words))


def test_a_file_with_its_own_market_inherits_nothing_of_a_shipped_one(tmp_path):
    """Firms with all their shares and an M: rho, baskets and provenance are the schema's, never another market's."""
    file = tmp_path / "cafe.yaml"
    file.write_text("market: {name: cafe, M: 30, K: 0.9}\nfirms: {mine: {share: 0.4}, other: {share: 0.6}}\n")
    market = compose([f"from={file}"]).market
    assert (market.rho, market.basket.mean, market.source, market.notice, market.measured) == (
        1.0,
        1.0,
        "assumed",
        "",
        (),
    )


def test_a_changed_law_is_no_longer_called_measured(tmp_path):
    """The screen tells what is measured: a value set by the user is told as changed."""
    assert compose(["market=grocery"]).market.measured
    cases = {
        "grocery": (["market.K=0.5", "market.basket.mean=5"], ["firms.a.share=0.3", "firms.b.share=0.37"]),
        "subscription": (["behaviour.renewal.a=1.2", "behaviour.renewal.b=2.1"], ["firms.a.churn=0.2"]),
        "telecom": (["behaviour.renewal.a=0.5"], ["behaviour.renewal.theta=customer"]),
    }
    assert compose(["market=telecom", "behaviour.renewal.switching_cost=0.5"]).market.measured
    for name, words in ((name, words) for name, several in cases.items() for words in several):
        market = compose([f"market={name}", *words]).market
        assert market.measured == ()
        assert market.assumed[0].startswith("changed here: ") and words[0].replace("=", " = ") in market.assumed[0]
    saved = tmp_path / "config.yaml"
    saved.write_text(to_yaml(compose(["market=grocery", "market.K=0.5"])))
    assert config_hash(compose([f"from={saved}"])) == config_hash(compose(["market=grocery", "market.K=0.5"]))


def test_shipped_options_say_only_what_the_schema_knows_with_a_comment_on_every_number():
    """Habit 2 of the house: every number in an option file carries its unit or source on its own line or above."""
    for path in sorted(conf_dir().glob("*/*.yaml")):
        if path.parent.name in ("market", "scenario"):
            continue  # whole tables, with a source per block
        for line in path.read_text(encoding="utf-8").splitlines():
            value = line.partition(":")[2].partition("#")[0].strip()
            if value.replace(".", "", 1).isdigit():
                assert "#" in line, f"{path.name}: {line}"


def test_components_of_several_options_add_and_one_choice_replaces():
    both = compose(["scenario=grocery_points", "program=[points,club]"]).firms["a"].program
    assert set(both) == {"points", "recognition", "membership"}
    assert set(compose(["scenario=grocery_points"]).firms["a"].program) == {"points", "membership"}
    assert set(compose(["scenario=grocery_points", "program=club"]).firms["a"].program) == {"recognition", "membership"}
    assert compose(["scenario=grocery_points", "program=none"]).firms["a"].program == {}
    assert compose(["scenario=grocery_points", "~program"]).firms["a"].program == {}


def test_one_firm_gets_its_own_program_without_a_plus():
    firms = compose(["program=club", "program@firms.b.program=points", "firms.b.program.points.earn=3"]).firms
    assert firms["b"].program["points"].earn == 3.0
    assert set(firms["a"].program) == {"recognition", "membership"}
    assert firms["c"].program == {}


def test_a_market_chosen_on_the_command_line_replaces_the_firms_of_the_scenario():
    scenario = compose(["scenario=grocery_points", "market=toothpaste_1973"])
    assert scenario.market.name == "toothpaste_1973"
    assert "a" not in scenario.firms
    assert scenario.firms[scenario.focal].program.keys() == {"points", "membership"}


def test_the_run_option_and_values_win_over_the_scenario():
    assert compose(["scenario=grocery_points", "run=tiny"]).customers.n == 300
    assert compose(["scenario=grocery_points", "run=tiny", "customers.n=50"]).customers.n == 50


def test_python_and_the_command_line_compose_alike():
    from loyaltysim.studies.single import as_scenario

    assert config_hash(as_scenario(["run=tiny", "seed=5"])) == config_hash(compose(["run=tiny", "seed=5"]))


def test_composing_leaves_no_trace(tmp_path, monkeypatch):
    """No output folder, no change of folder, no logging set up, no state left in Hydra."""
    import logging

    from hydra.core.global_hydra import GlobalHydra

    monkeypatch.chdir(tmp_path)
    handlers = list(logging.getLogger().handlers)
    compose(["run=tiny"])
    assert list(tmp_path.iterdir()) == []
    assert Path.cwd() == tmp_path
    assert logging.getLogger().handlers == handlers
    assert not GlobalHydra().is_initialized()


def test_a_users_folder_adds_options(tmp_path):
    (tmp_path / "my own folder" / "market").mkdir(parents=True)
    (tmp_path / "my own folder" / "market" / "shop.yaml").write_text(
        "# @package _global_\nmarket: {name: shop, M: 5}\nfirms: {no: {share: 0.5}, yes: {share: 0.5}}\n"
    )
    scenario = compose(["market=shop"], tmp_path / "my own folder")
    assert set(scenario.firms) == {"no", "yes"}
    assert scenario.market.M == 5.0


# --- from= -------------------------------------------------------------------------------------------------------

WORLDS = [
    ["scenario=grocery_points"],
    ["program=[points,club]", "rivals=imitate", "behaviour=[habit,bond]", "name=x1"],
    ["market=toothpaste_1973", "program@firms.colgate.program=points", "focal=macleans", "seed=12"],
    ["~firms.d", "firms.c.share=0.33", "customers=emotional", 'vary=["market.S=2"]'],
]


@pytest.mark.parametrize("words", WORLDS, ids=" ".join)
def test_the_configuration_of_a_run_reproduces_it(words, tmp_path):
    """`from=config.yaml` gives the same canonical form, byte for byte, whatever the defaults are."""
    scenario = compose(words)
    file = tmp_path / "config.yaml"
    file.write_text(to_yaml(scenario), encoding="utf-8")
    again = compose([f"from={file}"])
    assert json.dumps(canonical(again)) == json.dumps(canonical(scenario))
    assert to_yaml(again) == to_yaml(scenario)


def test_a_file_changes_what_it_says_and_the_command_line_wins(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("weeks: 60\nmarket: {S: 2}\nfirms: {b: {unit_cost: 0.5}}\nprogram: {points: {earn: 2}}\n")
    scenario = compose([f"from={file}"])
    assert (scenario.weeks, scenario.market.S, scenario.firms["b"].unit_cost) == (60, 2.0, 0.5)
    assert scenario.market.K == compose([]).market.K
    assert scenario.firms["a"].program["points"].earn == 2.0
    over = compose([f"from={file}", "weeks=70", "program.points.earn=3"])
    assert (over.weeks, over.firms["a"].program["points"].earn) == (70, 3.0)
    assert set(compose([f"from={file}", "program=club"]).firms["a"].program) == {"recognition", "membership"}


def test_a_choice_replaces_what_a_saved_run_says_of_the_firms(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text(to_yaml(compose(["program=points", "rivals=points"])), encoding="utf-8")
    scenario = compose([f"from={file}", "program=club", "rivals=passive"])
    assert set(scenario.firms["a"].program) == {"recognition", "membership"}
    assert scenario.firms["b"].program == {}


# --- commands ----------------------------------------------------------------------------------------------------


def test_help_and_version_answer_at_once_and_import_nothing_heavy():
    code = (
        "import sys; from loyaltysim.cli.main import main; main(['--help']); main(['--version']);"
        "heavy = {'numpy', 'hydra', 'omegaconf', 'pandas', 'scipy', 'numba', 'mesa', 'yaml', 'matplotlib'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    answer = shell("-c", code)
    assert "usage: loyaltysim COMMAND" in answer.stdout
    assert loyaltysim.__version__ in answer.stdout
    assert answer.stdout.splitlines()[-1] == "[]"


def test_checks_import_no_arrays_and_no_hydra():
    code = "import sys; import loyaltysim.scenario.read; print(sorted({'numpy', 'hydra', 'yaml'} & set(sys.modules)))"
    assert shell("-c", code).stdout.strip() == "[]"


def test_no_command_and_unknown_commands_are_bad_input(capsys):
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err
    assert main(["rum", "seeds=3"]) == 2
    assert "rum is no command; did you mean 'run'?" in capsys.readouterr().err


def test_show_prints_the_checked_configuration_as_cfg_job_does(capsys):
    assert main(["show", "run=tiny"]) == 0
    shown = capsys.readouterr().out
    assert main(["run", "run=tiny", "--cfg", "job"]) == 0
    assert capsys.readouterr().out == f"{shown}worlds: none\n"  # which run must be told, lest it draws some
    assert plain_yaml.parse(shown, "shown")[0]["customers"]["n"] == 300


def test_show_parameters_lists_every_key_with_its_range(capsys):
    assert main(["show", "parameters"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) == 2 + len(parameters(components()))
    assert all(row.count("|") - row.count("\\|") == 8 for row in rows)
    assert any(row.startswith("| `customers.n` | whole number | 10000 | 1 to 50000000 | customers |") for row in rows)


def test_show_options_says_each_in_a_line(capsys):
    """What an option is, in the words of its own file."""
    assert main(["show", "options"]) == 0
    lines = capsys.readouterr().out.splitlines()
    told = {line.split()[0]: line.partition(" ")[2].strip() for line in lines}
    assert list(told) == sorted(f"{group}={option}" for group, options in groups().items() for option in options)
    assert all(len(words) > 8 for words in told.values()), told
    assert told["program=stamps"].startswith("Buy ten, get one free: a stamp for each visit")


def test_show_options_of_a_users_folder(tmp_path, capsys):
    (tmp_path / "market").mkdir()
    (tmp_path / "market" / "mine.yaml").write_text("# Our three shops. And more.\nmarket: {M: 3}\n")
    assert main(["show", "options", "mine", "--config-dir", str(tmp_path)]) == 0
    assert capsys.readouterr().out.split(maxsplit=1) == ["market=mine", "Our three shops\n"]


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        (["parameters", "stamps", "EXPIRY"], ["`program.stamps.expiry`", "`program.stamps.expiry_from`"]),
        (["measures", "penetration"], ["`penetration`"]),
    ],
    ids=lambda said: " ".join(said) if isinstance(said, list) else "",
)
def test_show_filters_by_words(words, rows, capsys):
    """Only rows in which every word stands, below the same head."""
    assert main(["show", *words]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("| ") and lines[1].startswith("|")
    assert all(word.lower() in line.lower() for line in lines[2:] for word in words[1:])
    found = [line.split()[1] for line in lines[2:]]
    assert set(rows) <= set(found) and len(found) <= 12


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["parameters", "stmaps"], "parameters = 'stmaps' (text): has no line with 'stmaps'; did you mean 'stamps'?"),
        (["parameters", "extra", "words"], "has no line with"),
        (["parameters", "stamps", "qqqq"], "has no line with 'qqqq'"),
        (["measures", "penetratoin"], "did you mean 'penetration'?"),
        (["measures", "calibrate"], "has no line with 'calibrate'; it does not exist yet, until then"),
        (["options", "coffe_pakcs"], "did you mean 'coffee_packs'?"),
        (["parametrs"], "parametrs is nothing that show prints; did you mean 'parameters'?"),
    ],
    ids=lambda said: " ".join(said) if isinstance(said, list) else "",
)  # fmt: skip
def test_words_that_match_nothing_are_refused_with_near_ones(words, told, capsys):
    assert main(["show", *words]) == 2
    answer = capsys.readouterr()
    assert told in answer.err and answer.out == ""


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_explains_itself(name, capsys, tmp_path, monkeypatch):
    """Usage, its own words and flags, the common options, an example; nothing is run and nothing made."""
    monkeypatch.chdir(tmp_path)
    for words in ([name, "--help"], [name, "-h"], [name, "seeds=0", "--help"], ["help", name]):
        assert main(words) == 0
        told = capsys.readouterr().out
        assert told.startswith(f"loyaltysim {name}: {cli.COMMANDS[name].doc}\n\nusage: loyaltysim {name}")
        assert f"\n  loyaltysim {name}" in told.partition("\nexamples")[2]
        assert all(f"\n  {flag}" in told for flag in (*cli.COMMANDS[name].flags, "--config-dir", "--plugins"))
        assert max(map(len, told.splitlines())) <= 145
    assert list(tmp_path.iterdir()) == []


def test_the_examples_of_the_help_are_accepted(monkeypatch, tmp_path):
    """Each is composed as it is written."""
    import shlex

    monkeypatch.chdir(tmp_path)
    for name, page in PAGES.items():
        study = cli.COMMANDS[name].study
        for words in page.examples if study else ():
            given = [w for w in shlex.split(words) if not w.startswith(("out=", "lang="))]
            assert cli.named(study).compose(given) is not None


@pytest.fixture
def stubs(monkeypatch, tmp_path):
    """A run that computes nothing, in an empty folder."""
    calls = SimpleNamespace(drawn=None, scenario=None)

    def read(self):
        calls.scenario = self.scenario
        summary = {"lift": {"value": 0.01}}
        return SimpleNamespace(summary=summary, told=summary, tables=(), drawn={}, folder=None)

    def draw(answer, folder):
        calls.drawn = folder

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(single.Run, "arms", lambda self: [])
    monkeypatch.setattr(single.Run, "read", read)
    short = Reading(Said("a screen", "一屏"), Said("", ""), Said("", ""))
    telling = replace(run.TELLING, screen=lambda *_: "all of it", reading=lambda *_: short, drawn=draw)
    monkeypatch.setattr(run, "TELLING", telling)
    return calls


def test_a_run_lies_where_its_name_and_hash_say(stubs, capsys):
    assert main(["run", "run=tiny", "name=mine"]) == 0
    folder = Path("results/runs") / f"mine-{config_hash(compose(['run=tiny', 'name=mine']))[:8]}"
    assert stubs.drawn == folder
    assert {path.name for path in folder.iterdir()} == {"config.yaml", "summary.json", "manifest.json"}
    out = capsys.readouterr().out
    assert out.startswith("a screen\n")
    assert str(folder) in out


def test_out_moves_the_folder_and_json_prints_the_summary_alone(stubs, capsys):
    assert main(["run", "run=tiny", "out=here/it is", "print=json"]) == 0
    assert stubs.drawn == Path("here/it is")
    assert json.loads(capsys.readouterr().out) == {
        "answer": {"en": ["a screen", ""], "zh": ["一屏", ""]}, "lift": {"value": 0.01}
    }  # fmt: skip


def test_more_prints_everything_and_lang_the_other_language(stubs, capsys):
    """The short answer comes first; what is asked for twice or in no language is refused."""
    assert main(["run", "run=tiny", "--more"]) == 0
    assert capsys.readouterr().out.startswith("a screen\n\nall of it\n")
    assert main(["run", "run=tiny", "lang=zh"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("一屏\n") and "all of it" not in out and "--more" in out
    for words in (["lang=fr"], ["lang=en", "lang=zh"]):
        assert main(["run", "run=tiny", *words]) == 2
    assert "choose from en, zh" in capsys.readouterr().err


@pytest.mark.parametrize("found", ["another", "damaged"])
def test_a_folder_that_holds_another_run_is_refused(stubs, tmp_path, capsys, found):
    """Rows 21 and 22: two configurations never share a folder."""
    (tmp_path / "manifest.json").write_text(json.dumps({"config": "0" * 64}) if found == "another" else "{")
    assert main(["run", "run=tiny", "out=."]) == 2
    assert "out = '.' (text): holds another run" in capsys.readouterr().err
    assert stubs.scenario is None


def test_the_same_run_may_be_repeated_in_its_folder(stubs, tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "manifest.json").write_text(json.dumps({"config": config_hash(compose(["run=tiny"]))}))
    assert main(["run", "run=tiny", "out=there"]) == 0


def test_a_verdict_that_is_missed_is_1(stubs, monkeypatch):
    """Whatever study judges: the answer is kept and told, and the exit code says that it is a miss."""
    monkeypatch.setattr(single.Run, "judge", lambda self, found: True)
    assert main(["run", "run=tiny", "out=there"]) == 1
    assert Path("there/manifest.json").is_file()


def test_a_missing_launch_or_other_bad_input_found_late_is_still_bad_input(stubs, monkeypatch, capsys):
    monkeypatch.setattr(single.Run, "read", raising(ConfigError([])))
    assert main(["run", "run=tiny"]) == 2


# --- rows 24 and 31: interruptions and storage -------------------------------------------------------------------


def stop_with(monkeypatch, action):
    monkeypatch.setitem(cli.COMMANDS, "show", cli.Command("stub", begin=lambda arguments: action()))


def raising(error):
    def action(*_):
        raise error

    return action


def test_an_interruption_is_one_line_and_130(monkeypatch, capsys):
    stop_with(monkeypatch, raising(KeyboardInterrupt()))
    assert main(["show"]) == 130
    err = capsys.readouterr().err
    assert err.startswith("loyaltysim: interrupted")
    assert err.count("\n") == 1


def test_a_polite_request_to_end_is_an_interruption(monkeypatch, capsys):
    before = signal.getsignal(signal.SIGTERM)
    stop_with(monkeypatch, lambda: os.kill(os.getpid(), signal.SIGTERM) or 0)
    assert main(["show"]) == 130
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT, errno.EIO])
def test_storage_that_fails_is_one_line_and_4(monkeypatch, capsys, code):
    stop_with(monkeypatch, raising(OSError(code, os.strerror(code), "runs/x/firms.parquet")))
    assert main(["show"]) == 4
    assert capsys.readouterr().err == f"loyaltysim: storage: {os.strerror(code)}: runs/x/firms.parquet\n"


def test_a_folder_that_cannot_be_written_is_found_before_the_run(stubs, tmp_path, capsys):
    (tmp_path / "file").write_text("not a folder")
    assert main(["run", "run=tiny", "out=file/below"]) == 4
    assert "storage: " in capsys.readouterr().err
    assert stubs.scenario is None, "nothing may be computed"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_a_full_disk_below_the_output_is_4():
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "loyaltysim", "show"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": SOURCE},
            timeout=120,
        )
    assert done.returncode == 4
    assert done.stderr.startswith("loyaltysim: storage: No space left on device")


def test_an_unexpected_error_is_one_line_and_3_unless_the_traceback_is_asked_for(monkeypatch, capsys):
    stop_with(monkeypatch, raising(RuntimeError("seed 7 failed\nin detail")))
    assert main(["show"]) == 3
    assert capsys.readouterr().err == "loyaltysim: failed: RuntimeError: seed 7 failed (--traceback shows where)\n"
    with pytest.raises(RuntimeError):
        main(["show", "--traceback"])


def test_a_reader_that_goes_away_is_no_error():
    pipe = f'"{sys.executable}" -m loyaltysim show parameters | head -n 1; exit ${{PIPESTATUS[0]}}'
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("needs bash")
    done = subprocess.run(
        [bash, "-c", pipe], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": SOURCE}, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("| key |")


# --- completion --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "some"),
    [
        ("loyaltysim r", {"run"}),
        ("loyaltysim run mar", {"market=", "market."}),
        ("loyaltysim run run=ti", {"run=tiny"}),
        ("loyaltysim run program=[points,cl", {"program=[points,club"}),
        ("loyaltysim run program@firms.b.program=stam", {"program@firms.b.program=stamps"}),
        ("loyaltysim run seeds=3 customers.rel", {"customers.relational_share="}),
        ("loyaltysim run program.points.ea", {"program.points.earn="}),
        ("loyaltysim run firms.a.unit", {"firms.a.unit_cost="}),
        ("loyaltysim run print=j", {"print=json"}),
        ("loyaltysim run --config-d", {"--config-dir"}),
        ("loyaltysim export jo", {"journal"}),
        ("loyaltysim export journal runs/x ar", {"arm="}),
    ],
)
def test_what_could_come_next(line, some):
    assert set(next_words(line, [*cli.COMMANDS, "version"])) == some


def test_every_suggested_option_composes():
    for word in next_words("loyaltysim run rivals=", list(cli.COMMANDS)):
        compose([word])


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("loyaltysim run run=ti", ["tiny"]),
        ("loyaltysim run program@firms.b.program=cl", ["club"]),
        ("loyaltysim vali", ["validate"]),
        ("loyaltysim run customers.link_", ["customers.link_mean="]),
    ],
)
def test_bash_completes(line, reply):
    """The printed script, run by a real bash whose words break at `=` and `@`."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("needs bash")
    script = f"""
loyaltysim() {{ "{sys.executable}" -m loyaltysim "$@"; }}
eval "$(loyaltysim completion bash)"
COMP_LINE='{line}'; COMP_POINT=${{#COMP_LINE}}
_loyaltysim 2>/dev/null
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(
        [bash, "-c", script], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": SOURCE}, timeout=120
    )
    assert done.stdout.split() == reply, done.stderr


def test_the_module_is_the_command(tmp_path):
    assert shell("-m", "loyaltysim", "version", cwd=tmp_path).stdout.strip() == loyaltysim.__version__
    assert shell("-m", "loyaltysim", "run", "weeks=-1", cwd=tmp_path).returncode == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["report"], "report is no command; it does not exist yet, until then `loyaltysim compare` writes report.html"),
        (["games", "firms=2"], "games is no command; did you mean 'game'?"),
        (["compare", "programs=[points"], "has a bracket that nothing closes; write programs=[points,club]"),
        (["compare", "programs=[points,claims]"], "has no such option; it does not exist yet, until then"),
        (["compare", "programs=[points,clubb]"], "has no such option; did you mean 'club'? `loyaltysim show options"),
    ],
)
def test_what_does_not_exist_is_told_with_what_does(words, told, capsys):
    assert main(words) == 2
    assert told in capsys.readouterr().err


HIDDEN = "a\u202eb\u200bc\u2066d\u00ade\u2028f"


def test_what_cannot_be_seen_is_escaped_on_the_screen(stubs, monkeypatch, capsys, tmp_path):
    """Zero-width characters, and those that turn the direction of what follows: in an answer, a refusal, an option."""
    told = Reading(Said(f"{HIDDEN} 客户，", ""), Said("", ""), Said("", ""))
    monkeypatch.setattr(run, "TELLING", replace(run.TELLING, reading=lambda *_: told))
    assert main(["run", "run=tiny", f"out={HIDDEN}"]) == 0
    told = capsys.readouterr().out
    assert "a\\u202eb\\u200bc\\u2066d\\u00ade\\u2028f 客户，" in told
    assert main(["run", f"name='{HIDDEN}'"]) == 2
    told += capsys.readouterr().err
    (tmp_path / "market").mkdir()
    (tmp_path / "market" / "mine.yaml").write_text(f"# Ours{HIDDEN}.\nmarket: {{M: 3}}\n", encoding="utf-8")
    assert main(["show", "options", "mine", "--config-dir", str(tmp_path)]) == 0
    told += capsys.readouterr().out
    assert not set(HIDDEN) & set(told) - set("abcdef")


@pytest.mark.parametrize("out", [[], ["out=deep/er"]], ids=["usual folder", "named folder"])
def test_a_refusal_leaves_nothing_behind(out, tmp_path, monkeypatch, capsys):
    """Also one that is found only when the market is looked up, after the folder was held."""
    monkeypatch.chdir(tmp_path)
    assert main(["validate", "market=cafe", *out]) == 2
    assert "has no data to be held against" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


# --- books ---


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A run with points, in a folder."""
    from tests import small_studies

    return small_studies.ran().save(tmp_path_factory.mktemp("books") / "run")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_journal_of_a_folder_is_exported(kept, lang, tmp_path, capsys):
    """An answer within its budget that says arm, seed and files; nothing else is written into the folder."""
    from loyaltysim.present import ledger
    from loyaltysim.present.answer import faults, over_budget
    from loyaltysim.studies.ledger import Ledger

    before = set(kept.iterdir())
    assert main(["export", "journal", str(kept), "seed=2", f"lang={lang}", f"out={tmp_path / 'books'}"]) == 0
    told = capsys.readouterr().out
    assert over_budget(told) == [] and "2" in told and "journal.csv" in told
    assert {path.name for path in (tmp_path / "books").iterdir()} >= {"journal.csv", "balances.csv", "points.csv"}
    assert faults(ledger.reading(Ledger.of(kept, seed=2))) == []
    assert set(kept.iterdir()) == before


def test_the_journal_goes_into_the_folder_of_its_run(kept, capsys):
    """And the run can be read as before."""
    from loyaltysim.runs.files import Records

    assert main(["export", "journal", str(kept), "print=json", "start=2026-01-05"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["files"][0] == str(kept / "journal.csv") and told["start"] == "2026-01-05"
    assert (
        (kept / "journal.csv")
        .read_text("utf-8")
        .startswith("date,week,firm,account,debit,credit\n2026-01-05,0,a,cash,")
    )
    assert Records.load(kept).promises is not None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "export journal FOLDER"),
        (["journl", "x"], "did you mean 'journal'?"),
        (["journal"], "takes one folder"),
        (["journal", "FOLDER", "start=monday"], "expected a day such as 2024-01-01"),
        (["journal", "FOLDER", "seed=-1"], "expected a whole number"),
        (["journal", "FOLDER", "stat=2024-01-01"], "did you mean 'start'?"),
        (["journal", "nowhere"], "holds no run"),
    ],
)
def test_what_export_cannot_do_is_refused(words, said, kept, capsys):
    assert main(["export", *(str(kept) if word == "FOLDER" else word for word in words)]) == 2
    assert said in capsys.readouterr().err
