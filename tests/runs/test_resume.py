"""A long command that is killed goes on where it was, to the same bytes; what is kept is checked when it is read."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from experiments import retention_arithmetic

from loyaltysim.cli import main as cli
from loyaltysim.cli.exits import INTERRUPTED
from loyaltysim.cli.experiment import main
from loyaltysim.market.model import Market
from loyaltysim.runs import resume, store
from loyaltysim.runs.files import beside
from loyaltysim.runs.pool import RunFailed, map_runs
from loyaltysim.runs.resume import Ids, Kept, keeping
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.studies import single
from tests import small_studies
from tests.tasks import first_comes_last, noted, odd, untold

ROOT = Path(__file__).parents[2]
NAMES = [f"seed={k}" for k in range(4)]


def journal(folder: Path) -> list[int]:
    """Which runs were computed, in order."""
    path = folder / "journal"
    return list(map(int, path.read_text().split())) if path.exists() else []


def mapped(folder: Path, jobs=range(4), processes: int = 1) -> list[tuple[int, float, str]]:
    """Four runs that write down that they were computed."""
    names = [f"seed={k}" for k in jobs]
    return map_runs(partial(noted, str(folder)), list(jobs), names, processes=processes, kept=Kept(folder / "kept"))


FOUND = [(k, k / 3, "ab") for k in range(4)]


@pytest.mark.parametrize("processes", [1, 2])
def test_what_is_kept_is_not_run_again(tmp_path, processes):
    """In the order of the jobs, equal jobs once; what is missing is made."""
    assert mapped(tmp_path, [2, 1, 2], processes) == [FOUND[2], FOUND[1], FOUND[2]]
    assert sorted(journal(tmp_path)) == [1, 2]
    assert mapped(tmp_path, processes=processes) == FOUND
    assert sorted(journal(tmp_path)) == [0, 1, 2, 3]
    assert mapped(tmp_path, processes=processes) == FOUND
    assert len(journal(tmp_path)) == 4


def test_results_that_arrive_in_another_order_are_put_in_that_of_the_jobs(tmp_path):
    assert map_runs(partial(first_comes_last, tmp_path), [0, 1, 2], NAMES[:3], processes=2) == [0, 1, 4]


def test_a_run_that_fails_leaves_the_others_kept(tmp_path):
    with pytest.raises(RunFailed, match=r"seed=-1: ZeroDivisionError: .*; 2 of 4 runs finished"):
        mapped(tmp_path, [0, 1, -1, 3])
    assert Kept(tmp_path / "kept").count == 2
    with pytest.raises(RunFailed, match=r"seed=-1: .*; 2 of 3 runs finished"):
        mapped(tmp_path, [0, 1, -1])
    assert journal(tmp_path) == [0, 1, -1, -1]


def test_33_a_flipped_byte_is_found_put_aside_and_made_again(tmp_path):
    mapped(tmp_path)
    path = sorted((tmp_path / "kept" / "runs").rglob("*.json"))[1]
    whole = path.read_bytes()
    for k, at in enumerate(range(0, len(whole), 9), start=1):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :])
        assert mapped(tmp_path) == FOUND
        assert len(journal(tmp_path)) == 4 + k, f"byte {at} was not found"
        assert path.read_bytes() == whole
    assert (tmp_path / "kept" / "damaged" / path.name).exists()
    path.write_bytes(whole[:-9])
    assert mapped(tmp_path) == FOUND


def test_what_cannot_be_kept_is_said(tmp_path):
    """A task without a declared type, one that nobody finds again, a result without a plain form."""
    here = Kept(tmp_path)

    def local(k: int) -> int:
        return k

    with pytest.raises(TypeError, match="untold must declare what it returns"):
        map_runs(untold, [1], ["one"], kept=here)
    with pytest.raises(TypeError, match="must stand at the top of a module"):
        map_runs(local, [1], ["one"], kept=here)
    for k in (0, 1):
        with pytest.raises(RunFailed, match="cannot be kept exactly: "):
            map_runs(odd, [k], ["one"], kept=here)
    assert here.count == 0


# --- ids ---


def id_of(task, job) -> str:
    return Ids(task).of(job).key


def test_an_id_speaks_of_everything_that_decides_a_result(monkeypatch):
    """Task, its bound arguments, configuration, seed, code, packages, data; not of the number of processes."""
    scenario = small_studies.launched()
    task = partial(single.numbers_of, scenario)
    first = id_of(task, 1)
    assert first == id_of(partial(single.numbers_of, dataclasses.replace(scenario)), 1)
    spare = dataclasses.replace(scenario, compute=dataclasses.replace(scenario.compute, processes=7))
    assert first == id_of(partial(single.numbers_of, spare), 1)
    others = [
        id_of(task, 2),
        id_of(task, 1.0),
        id_of(task, "1"),
        id_of(task, True),
        id_of(task, (1,)),
        id_of(task, [1]),
    ]
    others.append(id_of(partial(single.compare_seed, scenario), 1))
    others.append(id_of(partial(single.numbers_of, dataclasses.replace(scenario, weeks=scenario.weeks + 1)), 1))
    others.append(id_of(single.numbers_of, (scenario, 1)))
    for about in ({"model": {"source": "other"}}, {"packages": {"numpy": "0"}}):
        code = {**resume.code(), **about}
        monkeypatch.setattr(resume, "code", lambda code=code: code)
        resume.version.cache_clear()
        others.append(id_of(task, 1))
    monkeypatch.undo()
    resume.version.cache_clear()
    assert len({first, *others}) == 1 + len(others)
    assert id_of(task, 1) == first


def test_other_code_reuses_nothing(tmp_path, monkeypatch):
    mapped(tmp_path)
    monkeypatch.setattr(resume, "version", lambda: "another package")
    mapped(tmp_path)
    assert len(journal(tmp_path)) == 8


SCRIPT = """
from dataclasses import dataclass

@dataclass
class Weeks:
    n: int

def shop(k: int) -> Weeks:
    return Weeks(k)
"""


def test_the_source_of_a_script_is_part_of_the_id(tmp_path):
    """An edit anywhere in its file counts; that a script is called __main__ when it is started does not."""
    path, ids = tmp_path / "script.py", []
    for text, name in ((SCRIPT, "script"), (SCRIPT + "# edited\n", "script"), (SCRIPT, "__main__"), (SCRIPT, "other")):
        path.write_text(text)
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        ids.append((id_of(module.shop, 1), id_of(module.shop, module.Weeks(1))))
    assert ids[0] == ids[2] == ids[3]
    assert not set(ids[0]) & set(ids[1])


# --- commands ---


def test_26_two_processes_on_one_command(tmp_path):
    """The second is told who works there, as with a sweep; nothing of the first is touched."""
    folder = beside(tmp_path / "answer")
    with keeping(folder):
        with (
            pytest.raises(ConfigError, match=f"is being worked on by process {os.getpid()} on "),
            keeping(folder),
        ):
            pass
        assert (folder / "lock").exists()
        words = ["run", "market=toothpaste_1973", "customers.n=60", "weeks=4", f"out={tmp_path / 'answer'}"]
        assert cli.main(words) == cli.BAD_INPUT
    assert not folder.exists()


def test_runs_stay_until_the_command_is_done(tmp_path):
    folder = tmp_path / "answer.kept"
    with pytest.raises(KeyboardInterrupt, match="the same command goes on, 2 runs are kept"), keeping(folder):
        map_runs(partial(noted, str(tmp_path)), [0, 1], NAMES[:2], processes=1)
        raise KeyboardInterrupt
    with keeping(folder):
        map_runs(partial(noted, str(tmp_path)), [0, 1, 2], NAMES[:3], processes=1)
        assert folder.exists()
    assert journal(tmp_path) == [0, 1, 2]
    assert not folder.exists()
    with pytest.raises(ZeroDivisionError), keeping(folder):
        _ = 1 / 0
    assert not folder.exists(), "nothing was kept, and yet a folder stays"


def test_folders_made_for_nothing_are_taken_away(tmp_path):
    """A refusal leaves no folder that it found missing, and touches none that somebody else has put something into."""
    deep = tmp_path / "results" / "runs" / "answer.kept"
    with pytest.raises(ConfigError), keeping(deep):
        raise ConfigError([Problem("weeks", "expected a number")])
    assert not list(tmp_path.iterdir())
    with pytest.raises(ConfigError), keeping(deep):
        (tmp_path / "results" / "mine").touch()
        raise ConfigError([Problem("weeks", "expected a number")])
    assert [path.name for path in tmp_path.rglob("*")] == ["results", "mine"]


def test_where_nothing_can_be_kept_the_work_goes_on(tmp_path, capsys):
    (tmp_path / "file").touch()
    with keeping(tmp_path / "file" / "answer.kept"):
        assert map_runs(partial(noted, str(tmp_path)), [0], NAMES[:1]) == FOUND[:1]
    assert capsys.readouterr().err.startswith("runs are not kept: ")


def test_24_a_run_that_is_interrupted_goes_on(tmp_path, monkeypatch, capsys):
    """`loyaltysim run`: Ctrl-C in the middle, then the same command: only what is missing, and the same bytes."""
    words = ["run", "market=toothpaste_1973", "customers.n=60", "weeks=4", "seeds=4"]
    assert cli.main([*words, f"out={tmp_path / 'whole'}"]) == 0
    left, made, write = iter(range(2)), [], store.write_result

    def interrupted(*given):
        if next(left, None) is None:
            raise KeyboardInterrupt
        return write(*given)

    monkeypatch.setattr(store, "write_result", interrupted)
    assert cli.main([*words, f"out={tmp_path / 'again'}"]) == INTERRUPTED
    assert "the same command goes on, 2 runs are kept" in capsys.readouterr().err
    monkeypatch.setattr(store, "write_result", lambda *given: made.append(given[1]) or write(*given))
    assert cli.main([*words, f"out={tmp_path / 'again'}"]) == 0
    assert len(made) == 2
    same(tmp_path / "whole", tmp_path / "again")


def same(one: Path, other: Path) -> None:
    """Two folders are equal byte by byte, except for the circumstances."""
    files = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(other) for path in other.rglob("*") if path.is_file())
    for name in files:
        contents = [(folder / name).read_bytes() for folder in (one, other)]
        if name.name == "manifest.json":
            contents = [{k: v for k, v in json.loads(text).items() if k != "circumstances"} for text in contents]
        assert contents[0] == contents[1], name


def test_23_an_experiment_that_is_killed_goes_on(tmp_path, monkeypatch):
    """SIGKILL in the middle; the same script makes what is missing and no more; the folder ends as if undisturbed.

    What is kept lies beside the folder, never in it, and is gone at the end.
    """
    words = ["run=tiny", "seeds=5", "experiment.years=5", "compute.processes=1"]
    assert main(retention_arithmetic.EXPERIMENT, [*words, f"out={tmp_path / 'whole'}"]) == 0
    folder = tmp_path / "again"
    line = [sys.executable, "experiments/retention_arithmetic.py", *words, f"out={folder}"]
    here = Kept(beside(folder))
    with subprocess.Popen(line, cwd=ROOT, env={**os.environ, "PYTHONPATH": f"{ROOT}/src"}) as process:
        until = time.monotonic() + 120.0
        while here.count < 3 and process.poll() is None and time.monotonic() < until:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    before = here.count
    assert 3 <= before < 15, "it was not killed in the middle"
    assert not folder.exists()
    made, run = [], Market.run
    monkeypatch.setattr(Market, "run", lambda market: made.append(market) or run(market))
    assert main(retention_arithmetic.EXPERIMENT, [*words, f"out={folder}"]) == 0
    assert len(made) == 15 - before
    same(tmp_path / "whole", folder)
    assert not here.folder.exists()
