"""What a run leaves behind: the same bytes every time, units in the files, damage that is noticed."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import subprocess
import sys
from functools import partial
from importlib import metadata
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

import loyaltysim
from loyaltysim.configure.publish import publish, text
from loyaltysim.configure.yaml import to_yaml
from loyaltysim.market.cache import rests
from loyaltysim.market.compiled import CheckedFiles
from loyaltysim.runs import files, store
from loyaltysim.runs.files import Records
from loyaltysim.scenario.model import Compute
from loyaltysim.studies import single
from tests import scenarios, small_studies

pytestmark = pytest.mark.interpreter

KEPT = ("firms.parquet", "customers.parquet", "panel.parquet", "promises.parquet", "summary.json", "config.yaml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_studies.ran().save(tmp_path / "run")


def digests(folder: Path) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in KEPT}


def test_a_folder_reads_back_as_it_was(folder):
    one, two = small_studies.ran(), Records.load(folder)
    for name in Records.TABLES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name), check_exact=True, check_dtype=False)
    assert two.summary == json.loads(json.dumps(one.summary))
    assert to_yaml(two.scenario) == to_yaml(one.scenario)
    assert two.folder == folder and two.manifest["config"] == one.manifest["config"]


@pytest.mark.parametrize("name", KEPT)
def test_one_changed_byte_is_noticed(folder, name):
    path = folder / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(ValueError, match=rf"{name}.*checksum"):
        Records.load(folder)


def test_a_truncated_and_a_missing_table_are_noticed(folder):
    path = folder / "firms.parquet"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"firms.parquet"):
        Records.load(folder)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"firms.parquet"):
        Records.load(folder)


def test_a_newer_format_is_refused_with_what_to_do(folder):
    path = folder / "manifest.json"
    found = json.loads(path.read_text("utf-8")) | {"format": 2}
    path.write_text(json.dumps(found), "utf-8")
    with pytest.raises(ValueError, match=r"format 2; this version reads up to 1"):
        Records.load(folder)


def test_a_page_of_parquet_guards_itself(folder):
    """Even without the manifest: a flipped byte of data is caught by the page's own checksum."""
    path = folder / "firms.parquet"
    content = bytearray(path.read_bytes())
    content[200] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(OSError, match=r"(?i)crc|checksum|corrupt|deserialize|decompress"):
        pq.read_table(path, page_checksum_verification=True)


def test_every_column_says_its_unit(folder):
    """In the files themselves; arm, seed and ids of rows are names and have none."""
    for table in Records.TABLES:
        for field in pq.read_schema(folder / f"{table}.parquet"):
            unit = field.metadata[b"unit"].decode()
            assert unit or field.name in {"arm", "seed"}, f"{table}.{field.name}"


def test_bytes_do_not_depend_on_processes_or_on_the_process(folder, tmp_path):
    """Two worker processes, and a fresh interpreter with another hash seed, write the same files."""
    several = dataclasses.replace(small_studies.launched(), compute=Compute(processes=2))
    two = single.run(several).save(tmp_path / "two")
    script = "import sys; sys.path.insert(0, sys.argv[1]); from tests.small_studies import ran; ran().save(sys.argv[2])"
    root = str(Path(__file__).resolve().parents[2])
    subprocess.run([sys.executable, "-c", script, root, str(tmp_path / "fresh")], check=True, timeout=300)
    assert digests(folder) == digests(two) == digests(tmp_path / "fresh")


def test_only_circumstances_may_differ_between_machines(folder):
    """Everything else in the manifest is the same for a second run of the same code and packages."""
    one = json.loads((folder / "manifest.json").read_text("utf-8"))
    two = json.loads(json.dumps(files.manifest(small_studies.launched())))
    machine = {"finished", "python", "platform", "cores", "peak_memory_mb", "commit"}
    assert set(one["circumstances"]) == machine
    assert {k: v for k, v in one.items() if k not in {"circumstances", "files"}} == {
        k: v for k, v in two.items() if k != "circumstances"
    }
    assert one["files"] == digests(folder)


def test_the_peak_of_a_process_is_not_that_of_who_started_it():
    """A process has its own peak, however large the one was that started it, and a larger one once it has grown."""
    script = "\n".join(
        [
            "from loyaltysim.runs.files import peak_memory",
            "before = peak_memory(); held = bytearray(256 << 20); print(before, peak_memory())",
        ]
    )
    held = bytearray(b"\1") * (600 << 20)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    before, after = map(int, done.stdout.split())
    assert before < len(held) >> 20
    assert after - before > 250


def test_a_source_that_is_not_installed_still_knows_its_version(monkeypatch):
    def installed(name: str) -> str:
        if name == "loyaltysim":
            raise metadata.PackageNotFoundError(name)
        return "1"

    monkeypatch.setattr(metadata, "version", installed)
    assert files.manifest(small_studies.launched())["model"]["loyaltysim"] == loyaltysim.__version__


PUBLISHERS = {
    "any file": lambda folder: publish(folder / "file", text("whole")),
    "a table": lambda folder: publish(folder / "file", partial(files.write_table, pd.DataFrame({"week": [1]}))),
    "a sealed folder": lambda folder: files.seal(folder, {"file": text("whole")}, {"format": 1}),
    "a result": lambda folder: store.write_result(folder, store.Run("ab" * 16, 0, 7), {}, {}),
    "a failure": lambda folder: store.Store(folder, ()).note_failure(store.Failure(store.Run("ab", 0, 7), "", 1, "")),
    "a step": lambda folder: rests(folder / "step.py", b"whole"),
    "compiled code": lambda folder: CheckedFiles(str(folder), "step", "stamp").save("key", b"code"),
}


@pytest.mark.parametrize("publisher", PUBLISHERS)
def test_what_is_published_is_written_then_synced_then_moved(publisher, tmp_path, monkeypatch):
    """F-63: a power cut between any two of these leaves the old file or the new one: kills of processes cannot see it.

    The bytes are in the file when it is synced, and the same file is moved to its place, with nothing written since.
    """
    seen, sync, move = [], os.fsync, Path.replace

    def synced(file: int) -> None:
        about = os.fstat(file)
        seen.append(("sync", about.st_ino, about.st_size))
        sync(file)

    def moved(path: Path, target: Path) -> Path:
        about = path.stat()
        seen.append(("move", about.st_ino, about.st_size))
        return move(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", moved)
    PUBLISHERS[publisher](tmp_path)
    there = {(p.stat().st_ino, p.stat().st_size) for p in tmp_path.rglob("*") if p.is_file()}
    assert there and {file[1:] for file in seen} == there, "something was written without it"
    for one, other in zip(seen[::2], seen[1::2], strict=True):
        assert (one[0], other[0]) == ("sync", "move") and one[1:] == other[1:] and one[2] > 0


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "table.txt"
    publish(path, text("old"))

    def half(temporary: Path) -> None:
        temporary.write_text("ne")
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        publish(path, half)
    assert [p.name for p in tmp_path.iterdir()] == ["table.txt"] and path.read_text() == "old"


def test_saved_twice_is_saved_the_same(folder):
    before = digests(folder)
    Records.load(folder).save(folder)
    assert digests(folder) == before


def test_summary_holds_plain_numbers_only(folder):
    """{name: {value, low, high, level, unit, n}}; what is unknown is null, never NaN."""
    content = (folder / "summary.json").read_text("utf-8")
    assert "NaN" not in content and "Infinity" not in content
    for name, entry in json.loads(content).items():
        assert set(entry) == {"value", "low", "high", "level", "unit", "n"}, name
        assert entry["unit"], name


def test_the_book_counts_what_the_log_holds():
    """Weekly visits and revenue of a run, counted again from its purchases."""
    book = scenarios.cached_run(logged)
    again = book.log.assign(firm=[book.firms[j] for j in book.log.firm]).groupby(["week", "firm"]).spend
    weekly = book.weekly.set_index(["week", "firm"])
    weekly = weekly[weekly.visits > 0]
    pd.testing.assert_series_equal(weekly.visits.sort_index(), again.size(), check_names=False, check_index_type=False)
    pd.testing.assert_series_equal(weekly.revenue.sort_index(), again.sum(), check_names=False, check_index_type=False)
    assert book.visits.sum() == len(book.log) and book.spend.sum() == book.log.spend.sum()


def logged():
    return scenarios.world(300, 30)
