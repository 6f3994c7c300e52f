"""The folder of a sweep: a result is whole or absent, the journal only grows, one process writes at a time."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time

import pandas as pd
import pytest

from loyaltysim.runs import store
from loyaltysim.runs.store import Damaged, Failure, Journal, Lock, Locked, Run, Store

pytestmark = pytest.mark.interpreter

RUN = Run("ab" * 16, 0, 7)
BODY = {"format": 1, "code": "c0de", "forced": "", "numbers": {"lift": 0.1, "none": None, "many": -3.25e-17}}
WEEKLY = pd.DataFrame({"week": [0, 1, 2], "visits": [5, 0, 12], "firm": ["a", "b", "=c"]})


def written(folder, weekly: bool = False):
    store.write_result(folder, RUN, BODY, {"weekly": WEEKLY} if weekly else {})
    return store.place(folder, RUN.key)


def refuses(folder) -> bool:
    try:
        store.read_result(folder, RUN)
    except Damaged:
        return True
    return False


def test_a_result_is_read_back_and_is_the_same_bytes_when_written_again(tmp_path):
    path = written(tmp_path)
    first = path.read_bytes()
    assert store.read_result(tmp_path, RUN) == {**BODY, "run": RUN.key, "seed": 7, "tables": {}}
    assert written(tmp_path).read_bytes() == first


def test_32_every_truncation_of_a_result_is_found(tmp_path):
    path = written(tmp_path)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert refuses(tmp_path), f"cut at {length} of {len(whole)} bytes"


def test_33_every_flipped_byte_of_a_result_is_found(tmp_path):
    """Each byte in turn, one bit of it (the long version flips all eight)."""
    path = written(tmp_path)
    whole = path.read_bytes()
    for at in range(len(whole)):
        bent = bytearray(whole)
        bent[at] ^= 1 << at % 8
        path.write_bytes(bytes(bent))
        assert refuses(tmp_path), f"byte {at}"


def test_33_more_spaces_or_another_order_are_an_edit_too(tmp_path):
    path = written(tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text())))
    assert refuses(tmp_path)


def test_33_a_damaged_table_beside_the_numbers_is_found(tmp_path):
    written(tmp_path, weekly=True)
    path = store.place(tmp_path, RUN.key, "weekly.parquet")
    whole = path.read_bytes()
    for at in range(0, len(whole), 7):
        bent = bytearray(whole)
        bent[at] ^= 1 << at % 8
        path.write_bytes(bytes(bent))
        assert refuses(tmp_path), f"byte {at}"
    path.unlink()
    with pytest.raises(FileNotFoundError):
        store.read_result(tmp_path, RUN)


def test_a_result_of_another_run_under_this_name_is_damage(tmp_path):
    other = Run("cd" * 16, 0, 8)
    store.write_result(tmp_path, other, BODY, {})
    path = store.place(tmp_path, RUN.key)
    path.parent.mkdir(parents=True)
    path.write_bytes(store.place(tmp_path, other.key).read_bytes())
    assert refuses(tmp_path)


def test_25_what_was_half_written_is_ignored_and_cleaned(tmp_path):
    path = written(tmp_path)
    half = path.with_name(f".{path.name}.4711.tmp")
    half.write_bytes(path.read_bytes()[:40])
    path.unlink()
    held = Store(tmp_path, (RUN,))
    assert held.states() == {RUN: "missing"}
    held.tidy()
    assert not half.exists()


def test_35_no_decision_by_timestamp(tmp_path):
    """Clocks of machines differ: a result from 1970 or 2100 is as good as any, a damaged one as bad."""
    path = written(tmp_path)
    held = Store(tmp_path, (RUN,))
    for when in (0, 4102444800):
        os.utime(path, (when, when))
        assert held.state(RUN) == "done"
    path.write_bytes(path.read_bytes()[:-2])
    os.utime(path, (4102444800, 4102444800))
    assert held.state(RUN) == "damaged"


def test_a_damaged_result_is_kept_as_evidence(tmp_path):
    path = written(tmp_path, weekly=True)
    path.write_text("{}")
    held = Store(tmp_path, (RUN,))
    held.put_aside(RUN)
    assert held.state(RUN) == "missing"
    assert sorted(p.name for p in (tmp_path / "damaged").iterdir()) == [
        f"{RUN.key}.json", f"{RUN.key}.weekly.parquet",
    ]  # fmt: skip


def test_a_failure_is_noted_and_forgotten(tmp_path):
    held, failure = Store(tmp_path, (RUN,)), Failure(RUN, "died", 2, "loyaltysim run seed=7")
    held.note_failure(failure)
    assert held.failures() == {RUN: failure}
    (tmp_path / "failed" / f"{RUN.key}.json").write_text("half")
    assert held.failures() == {}, "a damaged note is no note"
    held.forget_failure(RUN)
    assert list((tmp_path / "failed").iterdir()) == []


# --- the journal ---


def test_the_journal_only_grows_and_survives_a_cut_line(tmp_path):
    path = tmp_path / "journal.jsonl"
    for event in ("opened", "done"):
        journal = Journal(path)
        journal.note(event, run="é")
        journal.close()
    with path.open("ab") as file:
        file.write(b'{"at": "2026", "eve')  # killed in the middle of a line
    journal = Journal(path)
    journal.note("opened")
    journal.close()
    found = list(store.read_journal(path))
    assert [line and line["event"] for line in found] == ["opened", "done", None, "opened"]


def test_33_every_flipped_byte_of_the_journal_is_found(tmp_path):
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    journal.note("done", run="ab", seconds=1.5)
    journal.close()
    whole = path.read_bytes()
    for at in range(len(whole)):
        bent = bytearray(whole)
        bent[at] ^= 1 << at % 8
        path.write_bytes(bytes(bent))
        assert None in list(store.read_journal(path)), f"byte {at}"


# --- the lock ---

HOLD = "import sys, time; from pathlib import Path; from loyaltysim.runs.store import Lock\n\
with Lock(Path(sys.argv[1])): print('held', flush=True); time.sleep(600)"


@contextlib.contextmanager
def started(*line: str):
    """A process of ours that ends with the test, whatever happens."""
    with subprocess.Popen([sys.executable, *line], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_26_the_second_process_learns_the_owner_and_a_dead_owner_never_blocks(tmp_path, monkeypatch):
    path = tmp_path / "lock"
    with started("-c", HOLD, str(path)) as first:
        assert first.stdout.readline() == "held\n"
        with pytest.raises(Locked, match=f"process {first.pid} on {socket.gethostname()}"), Lock(path):
            pass
        first.send_signal(signal.SIGKILL)
        first.wait()
        assert store.read_owner(path)["process"] == first.pid, "it died without a word"
        monkeypatch.setattr(store.time, "sleep", lambda _: pytest.fail("a dead owner on this machine needs no waiting"))
        with Lock(path):
            assert store.read_owner(path)["process"] == os.getpid()
    assert store.read_owner(path) == {}


BEATS = "import sys, time; from pathlib import Path; from tests.runs.test_store import elsewhere\n\
for k in range(1, 200): elsewhere(Path(sys.argv[1]), k); time.sleep(0.05)"


def elsewhere(path, beat: int) -> None:
    """A lock as another machine writes it, on a file system that carries no kernel lock between machines."""
    about = {"host": "another-machine", "process": 17, "token": "t", "beat": beat}
    path.write_bytes(json.dumps(about).encode().ljust(250) + b"\n")


def test_26_an_owner_on_another_machine_is_alive_as_long_as_its_heart_beats(tmp_path):
    path = tmp_path / "lock"
    elsewhere(path, 0)
    with started("-c", BEATS, str(path)):
        until = time.monotonic() + 60.0
        while store.read_owner(path).get("beat") in (0, None) and time.monotonic() < until:
            time.sleep(0.01)
        words = r"another process|process 17 on another-machine"
        with pytest.raises(Locked, match=words), Lock(path, beat=1.0):
            pass
    elsewhere(path, 5)
    with Lock(path, beat=0.1):  # silent for five beats: gone
        assert store.read_owner(path)["process"] == os.getpid()


def test_26_the_owner_is_seen_to_live(tmp_path):
    with Lock(tmp_path / "lock", beat=0.02):
        seen = set()
        until = time.monotonic() + 60.0
        while len(seen) < 3 and time.monotonic() < until:
            seen.add(store.read_owner(tmp_path / "lock").get("beat"))
    assert len(seen) >= 3
