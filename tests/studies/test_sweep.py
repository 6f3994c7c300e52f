"""Sweeps that never lose a run: each fault really happens here, and the table is the same bytes afterwards.

The numbers in the names are rows of the list of faults that a sweep must survive (docs/sweeps.md).
"""

from __future__ import annotations

import io
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from loyaltysim.cli import main as cli
from loyaltysim.configure.compose import compose
from loyaltysim.present import sweep as swept
from loyaltysim.runs import files, store
from loyaltysim.runs.files import guarded
from loyaltysim.scenario.forms import config_hash
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies import collect, partial, single
from loyaltysim.studies import sweep as campaign
from loyaltysim.studies.grid import plan
from loyaltysim.studies.sweep import opened, session

TOY = ("market=toothpaste_1973", "customers.n=60", "weeks=4")
GRID = (*TOY, "market.S=0.6,1.3", "market.M=5,10", "seed=range(1,4)")
INLINE = "sweep.executor=inline"
SOUND = campaign.simulate
SOUND_PUBLISH = files.publish


pytestmark = pytest.mark.usefixtures("quiet")


def ready(folder: Path, *words: str, force: bool = False) -> campaign.Sweep:
    return opened(plan(words or (*GRID, INLINE)), folder, force)


def finished(folder: Path, *words: str) -> campaign.Sweep:
    sweep = ready(folder, *words)
    session(sweep)
    return sweep


def table(folder: Path) -> bytes:
    return (folder / collect.TABLE).read_bytes()


@cache
def undisturbed(*words: str) -> bytes:
    """The table of a sweep that nothing happened to."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(campaign, "simulate", SOUND)
        finished(Path(folder), *(words or (*GRID, INLINE)))
        return table(Path(folder))


def command(*words: str, **more) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "loyaltysim", "sweep", *words], capture_output=True, text=True, timeout=120, **more
    )


# --- what a sweep yields ---


def test_one_tidy_row_per_point_and_seed_with_units_and_the_numbers_of_a_study(tmp_path):
    sweep = finished(tmp_path)
    found = collect.read_table(tmp_path)
    assert found.groupby(["market.S", "market.M"]).size().tolist() == [3] * 4
    assert found["point"].tolist() == sorted(found["point"])
    for row in (found.iloc[0], found.iloc[7]):
        direct = single.describe_seed(sweep.design.points[row["point"]].scenario, int(row["seed"])).numbers
        np.testing.assert_array_equal([row[name] for name in direct], list(direct.values()))
    schema = pq.read_schema(tmp_path / collect.TABLE)
    assert schema.field("market.M").metadata[b"unit"] == b"purchases per customer and 52 weeks"
    assert all(b"unit" in schema.field(name).metadata for name in schema.names)


def test_a_program_is_compared_as_run_compares_it(tmp_path):
    words = (*TOY[:2], "program=points", "policy=launch", "policy.launch.week=4", "weeks=20", "seeds=2")
    sweep = finished(tmp_path, *words, "market.S=0.6,1.3", INLINE, "sweep.keep=weekly")
    found = collect.read_table(tmp_path)
    made = single.compare_seed(sweep.design.points[1].scenario, 2)
    row = found[(found["point"] == 1) & (found["seed"] == 2)].iloc[0]
    assert row["lift_visits"] == made.numbers["lift_visits"]
    weekly = pd.read_parquet(tmp_path / collect.WEEKLY)
    same = weekly[(weekly["point"] == 1) & (weekly["seed"] == 2)].drop(columns="point").reset_index(drop=True)
    pd.testing.assert_frame_equal(same[made.firms.columns], made.firms, check_dtype=False)


def test_neither_executor_nor_processes_nor_order_move_a_byte(tmp_path):
    finished(tmp_path / "processes", *GRID, "compute.processes=2")
    assert table(tmp_path / "processes") == undisturbed()


def test_the_same_command_again_runs_nothing(tmp_path, monkeypatch):
    finished(tmp_path)
    monkeypatch.setattr(campaign, "simulate", None)
    assert session(ready(tmp_path)).done == 0
    assert table(tmp_path) == undisturbed()


def test_from_python_in_one_line(tmp_path):
    found = campaign.table([*GRID, INLINE], tmp_path)
    assert (len(found), found["market.S"].nunique()) == (12, 2)


def test_multirun_is_a_sweep_as_hydra_users_know_it(tmp_path, capsys):
    assert cli.main(["run", "-m", *GRID, INLINE, "--more", f"out={tmp_path}"]) == 0
    assert "All 12 runs of 4 points are there" in capsys.readouterr().out
    assert table(tmp_path) == undisturbed()


# --- before anything runs ---


def test_20_a_large_sweep_is_counted_and_must_be_confirmed(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO())  # nobody at the terminal
    words = [*TOY, "market.S=range(0.5,1.5,0.1)", "seed=range(1,201)", INLINE, f"out={tmp_path / 'new'}"]
    assert cli.main(["sweep", *words]) == 2
    err = capsys.readouterr().err
    assert "10 points x 200 seeds = 2,000 runs, 2,000 to do" in err
    assert "confirm with --yes" in err
    assert cli.main(["sweep", *words, "--dry-run"]) == 0
    assert not (tmp_path / "new").exists()


def test_the_estimate_is_of_the_right_size(tmp_path):
    """Bytes within a fifth of the truth, and more time for more runs; `make bench` holds seconds against seconds."""
    words = ("market=grocery", "customers.n=4000", "weeks=26", "market.S=0.6,1.3", "seeds=6", INLINE)
    sweep = ready(tmp_path, *words)
    session(ready(tmp_path / "warm", *words[:-2], "seeds=1", INLINE))
    guess = campaign.estimated(sweep, sweep.runs, 1)
    session(sweep)
    size = sum(path.stat().st_size for path in tmp_path.glob("runs/*/*"))
    assert guess.seconds > campaign.START == campaign.estimated(sweep, (), 1).seconds + campaign.START
    assert size / 1.2 < guess.size < size * 1.2


def test_21_a_folder_that_holds_another_sweep_is_refused_with_the_difference(tmp_path):
    finished(tmp_path)
    with pytest.raises(ConfigError, match=r"holds another sweep: .*market\.S: 0\.6, now 2\.6"):
        ready(tmp_path, *TOY, "market.S=2.6,1.3", "market.M=5,10", "seed=range(1,4)", INLINE)
    assert table(tmp_path) == undisturbed()


def test_22_a_changed_file_is_refused_with_the_difference(tmp_path, capsys):
    path = tmp_path / "mine.yaml"
    path.write_text("market: {K: 1.0}\n")
    assert cli.main(["sweep", f"from={path}", *TOY[1:], "seeds=1", INLINE, f"out={tmp_path / 'f'}"]) == 0
    path.write_text("market: {K: 2.0}\n")
    assert cli.main(["sweep", "resume", str(tmp_path / "f")]) == 2
    assert "market.K: 1.0, now 2.0" in capsys.readouterr().err


def test_22_other_code_goes_on_only_if_told_and_every_row_says_so(tmp_path, monkeypatch):
    sweep = finished(tmp_path)
    for run in sweep.runs[:5]:
        store.place(tmp_path, run.key).unlink()
    sound = campaign.manifest

    def newer(scenario):
        about = sound(scenario)
        return {
            **about,
            "model": {**about["model"], "source": "0" * 16},
            "packages": {**about["packages"], "numpy": "9"},
        }

    monkeypatch.setattr(campaign, "manifest", newer)
    monkeypatch.setattr(campaign, "package_hash", lambda: "0" * 16)
    with pytest.raises(
        ConfigError, match=r"begun by other code: model\.source: .* now '0000000000000000', numpy: .*'9'"
    ):
        ready(tmp_path)
    session(ready(tmp_path, *GRID, INLINE, force=True))
    found = collect.read_table(tmp_path)
    assert (found["code"] == "0" * 16).tolist() == [True] * 5 + [False] * 7
    assert found["forced"].str.contains("numpy").tolist() == [True] * 5 + [False] * 7


# --- kills, signals, power cuts ---

LONG = (*TOY[:1], "customers.n=4000", "weeks=52", "market.S=0.6,1.3", "seed=range(1,21)", "compute.processes=2")


def results(folder: Path) -> int:
    return sum(1 for _ in folder.glob("runs/*/*.json"))


@pytest.mark.slow
def test_23_24_killed_and_terminated_it_goes_on_to_the_same_bytes(tmp_path):
    """SIGKILL, then SIGTERM, each in the middle of the work; workers end too; then to the end (more: tests.faults)."""
    folder = tmp_path / "sweep"
    line = [sys.executable, "-m", "loyaltysim", "sweep", *LONG, f"out={folder}"]
    for kind, code in ((signal.SIGKILL, -9), (signal.SIGTERM, 130)):
        before = results(folder)
        with subprocess.Popen(line, stderr=subprocess.PIPE, text=True) as process:
            while results(folder) < before + 5:
                assert process.poll() is None, process.stderr.read()
                time.sleep(0.005)
            process.send_signal(kind)
            assert process.wait(30) == code
            err = process.stderr.read()
        assert kind == signal.SIGKILL or "runs are kept; go on: loyaltysim sweep resume" in err
        kept = results(folder)
        assert before + 5 <= kept < 40
        assert not (folder / collect.TABLE).exists()
        time.sleep(1.0)
        assert results(folder) <= kept + 2, "the workers went on without their parent"
    assert command(*LONG, f"out={folder}").returncode == 0
    opened_with = [line["todo"] for line in store.read_journal(folder / "journal.jsonl") if line["event"] == "opened"]
    assert opened_with[0] == 40 and len(opened_with) == 3 and opened_with == sorted(opened_with, reverse=True)
    assert table(folder) == undisturbed(*LONG, INLINE)


def dies_between_write_and_rename(job: campaign.Job) -> int:
    """The first try of seed 2 is killed when its result is written but not yet in its place."""
    flag = job.folder / "killed"
    if job.run.seed == 2 and not flag.exists():
        flag.touch()
        Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
    return SOUND(job)


def test_25_killed_between_write_and_rename(tmp_path, monkeypatch):
    monkeypatch.setattr(campaign, "simulate", dies_between_write_and_rename)
    words = (*TOY, "market.S=0.6,1.3", "seed=range(1,4)", "compute.processes=1")
    finished(tmp_path, *words)
    assert (tmp_path / "killed").exists()
    assert len(list(tmp_path.glob("runs/*/.*.tmp"))) == 1
    assert table(tmp_path) == undisturbed(*words, INLINE)
    session(ready(tmp_path, *words))
    assert list(tmp_path.glob("runs/*/.*.tmp")) == []


def test_26_two_processes_on_one_sweep(tmp_path, capsys):
    finished(tmp_path)
    with store.Lock(tmp_path / "lock"):
        second = command("resume", str(tmp_path))
        assert second.returncode == 2
        assert f"is being written by process {os.getpid()} on" in second.stderr


def test_26_figures_are_drawn_while_the_folder_is_held(tmp_path, monkeypatch, capsys):
    """F-55: whoever takes the folder next tidies it: nobody may still be writing there, at the end of any command."""
    held, draw = [], swept.draw
    monkeypatch.setattr(
        swept, "draw", lambda *given: held.append((tmp_path / "lock").resolve() in store.Lock.HELD) or draw(*given)
    )
    for words in (["sweep", *GRID, INLINE, f"out={tmp_path}", "--yes"], ["sweep", "collect", str(tmp_path)]):
        assert cli.main(words) == 0
    assert held == [True, True]
    assert set() == store.Lock.HELD


# --- a folder belongs to one study from its first byte ---

RUN = ("run", *TOY, "seeds=2")


@pytest.mark.parametrize("left", ["lock", "sweep.json"])
def test_21_a_sweep_that_has_begun_has_its_folder(tmp_path, left, capsys):
    """F-59: of a sweep that was killed early, or at its very start, nothing is touched by another command."""
    sweep = ready(tmp_path)
    if left == "lock":
        with store.Lock(tmp_path / "lock"):
            pass
    else:
        with campaign.claimed(sweep):
            pass
    before = {p: p.read_bytes() for p in tmp_path.rglob("*")}
    assert cli.main([*RUN, f"out={tmp_path}"]) == 2
    assert "holds a sweep; name another folder" in capsys.readouterr().err
    assert {p: p.read_bytes() for p in tmp_path.rglob("*")} == before


@pytest.mark.parametrize("second", [("run", *TOY, "seeds=3"), ("sweep", *GRID, INLINE)])
def test_21_a_run_that_was_killed_has_its_folder(tmp_path, second, monkeypatch, capsys):
    """F-59: killed between the first file and the manifest; the same command goes on, another is refused."""
    folder = tmp_path / "answer"

    def killed(path, write):
        if path.name == "manifest.json":
            raise OSError(28, "No space left on device")
        return SOUND_PUBLISH(path, write)

    with monkeypatch.context() as patch:
        patch.setattr(files, "publish", killed)
        assert cli.main([*RUN, f"out={folder}"]) == 4
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert before
    assert cli.main([*second, f"out={folder}"]) == 2
    assert "holds another run" in capsys.readouterr().err
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before
    assert cli.main([*RUN, f"out={folder}"]) == 0
    assert files.Records.load(folder).scenario.seeds == 2


def test_21_two_sweeps_that_look_at_a_free_folder_at_once(tmp_path):
    """F-59: both found it free; the second to hold it finds the first there."""
    one, other = ready(tmp_path), ready(tmp_path, *TOY, "market.S=0.7,1.4", INLINE)
    session(one)
    before = table(tmp_path)
    with pytest.raises(ConfigError, match="holds another sweep"):
        session(other)
    assert table(tmp_path) == before


REFUSED = [
    ["validate", "market=cafe_"],
    ["validate", "market=cafe"],
    ["run", "scenario=nowhere"],
    ["run", *TOY, "weeks=0"],
    ["compare", "programs=points,nothing"],
    ["sweep", *TOY, "market.S=-1,1"],
    ["sweep", *TOY, "seed=range(1,100000)"],
    ["explore", *TOY, "market.S=1:0"],
    ["optimise", *TOY],
    ["dials", "scenario=nowhere"],
    ["sweep", "resume", "nowhere"],
    ["sweep", "collect", "nowhere", "--partial"],
]


@pytest.mark.parametrize("words", REFUSED, ids=" ".join)
def test_a_refusal_leaves_nothing_behind(tmp_path, words, monkeypatch, capsys):
    """F-60: no folder, no file, not even an empty one."""
    monkeypatch.chdir(tmp_path)
    assert cli.main(words) == 2, capsys.readouterr().err
    assert list(tmp_path.rglob("*")) == []


# --- runs that fail ---


def poison(job: campaign.Job) -> int:
    """Seed 2 kills its worker each time."""
    if job.run.seed == 2 and not (job.folder / "cured").exists():
        os.kill(os.getpid(), signal.SIGSEGV)
    return SOUND(job)


def test_27_28_a_poison_run_is_set_aside_after_its_tries_and_harms_nobody(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(campaign, "simulate", poison)
    words = (*TOY, "seed=range(1,9)", "compute.processes=2", "sweep.tries=2")
    sweep = ready(tmp_path, *words)
    tally = session(sweep)
    assert (tally.done, tally.failed) == (7, 1)
    (failure,) = sweep.store.failures().values()
    assert (failure.run.seed, failure.tries) == (2, 2)
    assert "SIGSEGV" in failure.why
    assert session(ready(tmp_path, *words)).done == 0, "it was tried again"
    assert cli.main(["sweep", "status", str(tmp_path)]) == 0
    assert "7 done, 1 missing, 0 damaged, 1 failed, 1 set aside of 8 runs" in capsys.readouterr().out
    (tmp_path / "cured").touch()
    session(ready(tmp_path, *words), retry=True)
    assert table(tmp_path) == undisturbed(*words, INLINE)
    assert sweep.store.failures() == {}


def hangs_or_swells(job: campaign.Job) -> int:
    if job.run.seed == 2:
        time.sleep(600)
    if job.run.seed == 3:
        held = [np.ones(4_000_000) for _ in range(100)]  # 3.2 GB
        time.sleep(600)
        return len(held)
    return SOUND(job)


def test_27_29_limits_of_time_and_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(campaign, "simulate", hangs_or_swells)
    words = (*TOY, "seed=range(1,6)", "sweep.seconds=8", "sweep.gigabytes=1", "sweep.tries=1", "compute.processes=2")
    sweep = ready(tmp_path, *words)
    tally = session(sweep)
    assert (tally.done, tally.failed) == (3, 2)
    why = {failure.run.seed: failure.why for failure in sweep.store.failures().values()}
    assert "more than 8 s, the limit" in why[2]
    assert "MB, the limit is 1,000 MB; 1 at a time from here" in why[3]


def fails(job: campaign.Job) -> int:
    if job.run.seed == 2 and job.scenario.market.S == 0.6:
        raise FloatingPointError("week 3: the utility of firm 'a' is not a number")
    return SOUND(job)


def test_30_a_run_that_raises_is_told_with_a_command_and_the_others_go_on(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(campaign, "simulate", fails)
    assert cli.main(["sweep", *GRID, INLINE, f"out={tmp_path}"]) == 3
    err = capsys.readouterr().err
    assert "market.S=0.6 market.M=5 seed=2: FloatingPointError: week 3: the utility" in err
    assert "2 of 12 runs have no result, 2 failed; go on: loyaltysim sweep resume" in err
    assert not (tmp_path / collect.TABLE).exists()
    again = next(line for line in err.splitlines() if "market.M=5" in line).partition("; again: loyaltysim run ")[2]
    alone = compose(shlex.split(again)[:-1])
    wanted = ready(tmp_path).design.points[0].scenario
    assert (alone.seed, alone.seeds) == (2, 1)
    assert config_hash(campaign.replace(alone, seed=1)) == config_hash(campaign.replace(wanted, seed=1, seeds=1))
    assert cli.main(["sweep", "collect", str(tmp_path)]) == 3
    monkeypatch.undo()
    assert cli.main(["sweep", "resume", str(tmp_path)]) == 0
    assert table(tmp_path) == undisturbed()


def test_the_sound_rest_of_a_sweep_is_a_table_that_says_what_is_missing(tmp_path, monkeypatch, capsys):
    """Two runs of twelve never work: refused with a hint; with --partial a table of ten, and each missing run by name.

    Nowhere is it called complete, and once it is complete nothing partial is left.
    """
    monkeypatch.setattr(campaign, "simulate", fails)
    assert cli.main(["sweep", *GRID, INLINE, f"out={tmp_path}"]) == 3
    hint = f"a table of the rest: loyaltysim sweep collect {tmp_path} --partial"
    assert hint in capsys.readouterr().err
    failed = {f.run: f.why for f in ready(tmp_path).store.failures().values()}
    assert 0 < len(failed) < 12
    assert cli.main(["sweep", "collect", str(tmp_path)]) == 3
    assert "--partial` a table of the rest" in capsys.readouterr().err
    assert not (tmp_path / collect.TABLE).exists() and not (tmp_path / "manifest.json").exists()
    assert cli.main(["sweep", "collect", str(tmp_path), "--partial"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"PARTIAL: {len(failed)} of 12 runs are missing, at ")
    missing = pd.read_csv(tmp_path / partial.MISSING)
    assert {(r.point, r.seed): r.why for r in missing.itertuples()} == {(r.point, r.seed): w for r, w in failed.items()}
    assert (missing.tries > 0).all() and missing.again.str.contains("loyaltysim run").all()
    for row in missing.itertuples():
        assert f"seed={row.seed}: {row.why}" in said
    about = store.read_sealed(tmp_path / partial.MANIFEST)
    assert (about["status"], about["rows"], about["runs"]) == ("partial", 12 - len(failed), 12)
    assert len(about["missing"]) == len(failed)
    rest = pd.read_parquet(tmp_path / partial.TABLE)
    assert pq.read_schema(tmp_path / partial.TABLE).metadata[b"status"] == b"partial"
    monkeypatch.setattr(campaign, "simulate", SOUND)
    assert cli.main(["sweep", "resume", str(tmp_path), "--retry"]) == 0
    assert table(tmp_path) == undisturbed() and list(tmp_path.glob("partial_*")) == []
    whole = collect.read_table(tmp_path)
    kept = [(r.point, r.seed) not in set(zip(missing.point, missing.seed, strict=True)) for r in whole.itertuples()]
    pd.testing.assert_frame_equal(rest, whole[kept].reset_index(drop=True))
    assert cli.main(["sweep", "collect", str(tmp_path), "--partial"]) == 2
    assert "every run has its result" in capsys.readouterr().err


def test_a_partial_table_of_nothing_is_refused(tmp_path, capsys):
    with campaign.claimed(ready(tmp_path)):
        pass
    assert cli.main(["sweep", "collect", str(tmp_path), "--partial"]) == 2
    assert "no run has a sound result" in capsys.readouterr().err
    assert list(tmp_path.glob("partial_*")) == []


def test_every_failure_is_told(tmp_path):
    """Not the first few: who mends a sweep needs them all."""
    sweep = ready(tmp_path)
    failures = {run: store.Failure(run, "ended", 1, "again") for run in sweep.runs}
    assert len(sweep.told_failures(failures)) == len(sweep.runs) == 12


def test_fail_fast_stops_and_stays_resumable(tmp_path, monkeypatch):
    monkeypatch.setattr(campaign, "simulate", fails)
    tally = session(ready(tmp_path, *GRID, INLINE, "sweep.fail_fast=true"))
    assert tally.stopped and tally.done == 1
    monkeypatch.undo()
    session(ready(tmp_path))
    assert table(tmp_path) == undisturbed()


def test_36_an_infinite_number_fails_the_run_and_an_undefined_one_is_empty(tmp_path):
    assert campaign.finite({"a": float("nan"), "b": 2.0}) == {"a": None, "b": 2.0}
    with pytest.raises(FloatingPointError, match="b: infinite"):
        campaign.finite({"a": 1.0, "b": float("inf")})


def poisoned_column(job: campaign.Job) -> int:
    """A customer's rate that is not a number, in the middle of a run: the market itself must notice."""
    from loyaltysim.market.model import Market

    sound = Market.customers_shop

    def shop(market, offers):
        if market.week == 2:
            market.population["spending"][17] = np.nan
        return sound(market, offers)

    Market.customers_shop = shop
    try:
        return SOUND(job)
    finally:
        Market.customers_shop = sound


def test_36_not_a_number_in_a_run_is_never_averaged_away(tmp_path, monkeypatch):
    monkeypatch.setattr(campaign, "simulate", poisoned_column)
    sweep = ready(tmp_path, *TOY, "seeds=1", INLINE)
    assert session(sweep).failed == 1
    (failure,) = sweep.store.failures().values()
    assert "spending of customer 17 is nan" in failure.why


# --- storage ---

FULL = """\
set -e
mount -t tmpfs -o size=56k none {there}
{python} -m loyaltysim sweep {words} out={there}/sweep > {out}/1 2>&1 && exit 90 || echo $? > {out}/code
find {there}/sweep/runs -name '*.json' | wc -l > {out}/kept
mount -o remount,ro {there}
{python} -m loyaltysim sweep {words} out={there}/sweep > {out}/2 2>&1 && exit 91 || echo $? > {out}/readonly
mount -o remount,rw,size=4m {there}
{python} -m loyaltysim sweep {words} out={there}/sweep > {out}/3 2>&1
cp {there}/sweep/table.parquet {out}/table.parquet
"""


def can_mount(folder: Path) -> bool:
    tried = f"mount -t tmpfs -o size=8k none {shlex.quote(str(folder))}"
    done = (
        subprocess.run(["unshare", "-rm", "sh", "-c", tried], capture_output=True) if shutil.which("unshare") else None
    )
    return done is not None and done.returncode == 0


@pytest.mark.slow
def test_31_a_full_disk_and_a_read_only_folder(tmp_path):
    """A disk of 56 kB really fills: exit 4, what was done stays; read-only: exit 4; with room it goes on."""
    (tmp_path / "disk").mkdir()
    if not can_mount(tmp_path / "disk"):
        pytest.skip("NO MOUNT: no small disk can be made here; the next test limits the size of files instead")
    words = shlex.join([*GRID, INLINE])
    there, out, python = (shlex.quote(str(place)) for place in (tmp_path / "disk", tmp_path, sys.executable))
    script = FULL.format(there=there, out=out, python=python, words=words)
    done = subprocess.run(["unshare", "-rm", "sh", "-c", script], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr + "".join(p.read_text() for p in tmp_path.glob("[123]"))
    assert (tmp_path / "code").read_text().strip() == "4", (tmp_path / "1").read_text()
    assert 0 < int((tmp_path / "kept").read_text()) < 12
    assert (tmp_path / "readonly").read_text().strip() == "4", (tmp_path / "2").read_text()
    assert "storage: " in (tmp_path / "1").read_text()
    assert (tmp_path / "table.parquet").read_bytes() == undisturbed()


def test_31_a_quota_is_met_at_the_write(tmp_path):
    """The kernel refuses files above 512 bytes: exit 4 and nothing half-written."""
    limit = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512));"
    code = f"{limit} from loyaltysim.cli.main import main; sys.exit(main(sys.argv[1:]))"
    line = [sys.executable, "-c", code, "sweep", *GRID, INLINE, f"out={tmp_path}", "--yes"]
    done = subprocess.run(line, capture_output=True, text=True, timeout=120)
    assert done.returncode == 4, done.stderr
    assert "storage: " in done.stderr
    assert [
        p for p in tmp_path.rglob("*") if p.is_file() and p.name not in ("lock", "lock.held", "journal.jsonl")
    ] == []


def test_31_room_is_checked_before_the_start(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9 - 1000, 1000))
    assert cli.main(["sweep", *GRID, INLINE, f"out={tmp_path / 'new'}"]) == 4
    assert "are free" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


HARM = {
    "32 cut in half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "33 a flipped bit": lambda path: path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:]),
    "34 gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("harm", HARM)
def test_32_33_34_a_result_that_is_not_sound_is_told_and_made_again(tmp_path, harm, capsys):
    sweep = finished(tmp_path)
    HARM[harm](store.place(tmp_path, sweep.runs[4].key))
    assert cli.main(["sweep", "verify", str(tmp_path)]) == 1
    assert cli.main(["sweep", "collect", str(tmp_path)]) == 3
    assert "point 1, seed 2 has no sound result" in capsys.readouterr().err
    assert cli.main(["sweep", "resume", str(tmp_path)]) == 0
    assert cli.main(["sweep", "verify", str(tmp_path)]) == 0
    assert (table(tmp_path), len(list(tmp_path.glob("damaged/*")))) == (undisturbed(), 0 if "gone" in harm else 1)


@pytest.mark.parametrize("name", [collect.TABLE, collect.MANIFEST, "sweep.json"])
def test_33_a_flipped_byte_elsewhere_in_the_folder_is_found(tmp_path, name, capsys):
    finished(tmp_path)
    path = tmp_path / name
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 4
    path.write_bytes(bytes(whole))
    assert cli.main(["sweep", "verify", str(tmp_path)]) in (1, 4)
    with pytest.raises(store.Damaged):
        collect.read_table(tmp_path) if name != "sweep.json" else store.read_sealed(path)


def test_verify_makes_runs_again_and_sees_a_number_that_was_sealed_wrongly(tmp_path, capsys, monkeypatch):
    """A result with a sound checksum but another number: only doing it again can tell."""
    sweep = finished(tmp_path)
    monkeypatch.setattr("loyaltysim.cli.sweep.AGAIN", 1.0)
    assert cli.main(["sweep", "verify", str(tmp_path)]) == 0
    assert (
        "12 of 12 results sound, 0 missing or damaged; 12 made again\nevery byte as it was" in capsys.readouterr().out
    )
    run = sweep.runs[4]
    body = store.read_result(tmp_path, run)
    name = next(iter(body["numbers"]))
    body["numbers"][name] = np.nextafter(body["numbers"][name], 9.0)
    store.write_result(tmp_path, run, {k: body[k] for k in ("format", "code", "forced", "numbers")}, {})
    assert cli.main(["sweep", "verify", str(tmp_path)]) == 1
    assert f"{run.key}: made again, it differs (market.S=0.6 market.M=10 seed=2)" in capsys.readouterr().out


def test_a_newer_format_is_refused(tmp_path):
    finished(tmp_path)
    path = tmp_path / "sweep.json"
    path.write_text(store.seal({**store.read_sealed(path), "format": 99}))
    with pytest.raises(ConfigError, match="is in format 99; this version reads up to 1"):
        ready(tmp_path)


# --- what leaves the folder ---


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-2+3", "@SUM(A1)", "\tx", "\rx"])
def test_no_text_cell_is_a_formula(cell):
    assert guarded(cell) == f"'{cell}"
    assert guarded("plain = text") == "plain = text"
    assert guarded(-1.5) == -1.5


def test_export_is_the_table(tmp_path, capsys):
    finished(tmp_path)
    assert cli.main(["sweep", "export", str(tmp_path)]) == 0
    back = pd.read_csv(capsys.readouterr().out.strip())
    found = collect.read_table(tmp_path)
    numbers = found.select_dtypes("number").columns
    pd.testing.assert_frame_equal(back[numbers], found[numbers], check_dtype=False, rtol=1e-15)


def test_other_tools_read_the_table_and_its_manifest(tmp_path):
    sweep = finished(tmp_path)
    about = json.loads((tmp_path / collect.MANIFEST).read_text())
    assert about["files"] == {collect.TABLE: collect.sha256(tmp_path / collect.TABLE)}
    assert about["config"] == sweep.spec["config"]
    assert {"model", "packages", "words", "circumstances"} <= set(about)
    assert pd.read_parquet(tmp_path / collect.TABLE).shape[0] == 12


def test_commands_that_are_no_commands(tmp_path, capsys):
    assert cli.main(["sweep", "resum", str(tmp_path)]) == 2
    assert "did you mean 'resume'?" in capsys.readouterr().err
    assert cli.main(["sweep", "resume", str(tmp_path)]) == 2
    assert "holds no sweep" in capsys.readouterr().err
    assert cli.main(["sweep", *GRID, "--yess"]) == 2
    assert "did you mean '--yes'?" in capsys.readouterr().err
