"""The folder of compiled steps: nothing in it is run that is not as we wrote it, and no harm to it costs a run."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numba
import pytest

import loyaltysim
from loyaltysim.market import cache, compile

pytestmark = pytest.mark.interpreter
SOURCE = str(Path(loyaltysim.__file__).parents[1])
POSIX = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="files have no owner here")

TEXT = "def step(x):\n    return x + 1\n"
NAME = "step_" + hashlib.sha256(TEXT.encode()).hexdigest()[:16]
STEP = f"""
from loyaltysim.market import compile
step = compile.compiled(compile.load({TEXT!r}))
assert step(1) == 2
print(sum(step.function.stats.cache_misses.values()))
"""


def stepped(place: Path | str, **more: str) -> subprocess.CompletedProcess[str]:
    """A process that compiles a step, or finds it compiled; prints how often it compiled."""
    path = os.pathsep.join([SOURCE, os.getcwd()])
    given = {**os.environ, "PYTHONPATH": path, "LOYALTYSIM_CACHE": str(place), "NUMBA_DISABLE_JIT": "0", **more}
    return subprocess.run([sys.executable, "-c", STEP], capture_output=True, text=True, env=given, check=False)


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Path:
    """A folder with one compiled step."""
    place = tmp_path_factory.mktemp("place")
    done = stepped(place)
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr
    return place


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def bent(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-7] ^= 1
    path.write_bytes(bytes(content))


HARMS = {"empty": lambda path: path.write_bytes(b""), "cut": cut, "bent": bent, "gone": Path.unlink}


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("ending", ["py", "nbi", "nbc"])
def test_a_damaged_cache_is_thrown_away_and_made_again(filled, ending, harm):
    """F-52: whatever lies there instead of a step or of its compiled code, the run goes on and the folder is whole."""
    (path,) = filled.rglob(f"step_*.{ending}")
    HARMS[harm](path)
    done = stepped(filled)
    assert done.returncode == 0, done.stderr
    assert stepped(filled).stdout == "0\n", "it was not mended"


def test_nothing_is_unpickled_before_its_checksum_is_compared(filled):
    """F-52: a data file whose body is another pickle is not read as one."""
    (path,) = filled.rglob("step_*.nbc")
    path.write_bytes(path.read_bytes()[:32] + b"cos\nabort\n(tR.")
    assert (stepped(filled).returncode, stepped(filled).stdout) == (0, "0\n")


PLANTED = "import os; os.write(1, b'planted code ran'); os._exit(9)"


@POSIX
def test_planted_code_is_not_run(tmp_path):
    """F-51: a folder that others may write holds a step, its byte code and its compiled code; none of it is run."""
    folder = tmp_path / "shared" / "steps"
    folder.mkdir(parents=True)
    (folder / f"{NAME}.py").write_text(PLANTED)
    before = sorted(tmp_path.rglob("*"))
    folder.chmod(0o777)
    done = stepped(tmp_path / "shared")
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr
    assert f"until the end of this command: others may write into {folder}" in done.stderr
    assert sorted(tmp_path.rglob("*")) == before, "it was used"


@POSIX
def test_what_is_run_is_the_source_and_not_the_file(tmp_path, monkeypatch):
    """F-51: in our own folder too: text and byte code under a step's name are never imported, only compared."""
    monkeypatch.setenv(cache.CACHE, str(tmp_path))
    path = cache.cache_folder() / f"{NAME}.py"
    path.write_text(PLANTED)
    monkeypatch.delitem(sys.modules, NAME, raising=False)
    assert compile.load(TEXT).step and path.read_text() == TEXT
    monkeypatch.delitem(sys.modules, NAME, raising=False)
    monkeypatch.setattr(cache, "publish", lambda *_: pytest.fail("it is as it should be"))
    compile.load(TEXT)


def test_without_the_compiler_a_step_is_plain_whatever_another_made_of_it(tmp_path, monkeypatch):
    """A step that one study has made ready and never called must not be compiled where compiling is switched off."""
    monkeypatch.setenv(cache.CACHE, str(tmp_path))
    monkeypatch.setattr(numba.config, "DISABLE_JIT", False)
    module = compile.load(TEXT)
    assert isinstance(compile.compiled(module), compile.Compiled)
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    assert not isinstance(compile.compiled(module), compile.Compiled)


@POSIX
def test_a_folder_that_others_may_write_or_exchange_is_refused(tmp_path, monkeypatch):
    """F-51: owner and mode of the folder, and of every folder above that could exchange it."""
    folder = tmp_path / "above" / "steps"
    assert cache.unusable(folder) == ""
    assert folder.stat().st_mode & 0o777 == 0o700
    for mode in (0o770, 0o707, 0o777, 0o1777):
        folder.chmod(mode)
        assert cache.unusable(folder) == f"others may write into {folder}"
    folder.chmod(0o755)
    assert cache.unusable(folder) == "", "reading is no harm"
    folder.parent.chmod(0o777)
    assert cache.unusable(folder) == f"others may write into {folder.parent}"
    folder.parent.chmod(0o1777)
    assert cache.unusable(folder) == "", "sticky, as /tmp: nobody else renames"
    folder.parent.chmod(0o755)
    monkeypatch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 4711)
    assert cache.unusable(folder) == f"{folder} belongs to another user"


@pytest.mark.parametrize("place", ["file/below", "file"])
def test_a_home_that_cannot_be_written_has_a_private_folder(tmp_path, place):
    """F-58: said in a line, compiled once for the command, gone afterwards."""
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "tmp").mkdir()
    done = stepped(tmp_path / place, TMPDIR=str(tmp_path / "tmp"))
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr
    assert "a private folder until the end of this command: " in done.stderr and "\n" not in done.stderr.rstrip()
    assert list((tmp_path / "tmp").iterdir()) == [], "it was left behind"


def test_workers_share_the_private_folder(tmp_path, monkeypatch, capsys):
    """F-58: the environment names it, so that no worker makes another or says it again."""
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv(cache.CACHE, str(tmp_path / "file"))
    folder = cache.cache_folder()
    assert os.environ[cache.CACHE] == str(folder.parent) and folder.stat().st_mode & 0o777 == 0o700
    assert cache.cache_folder() == folder
    assert capsys.readouterr().err.count("\n") == 1
    assert cache.made.__wrapped__(str(folder.parent)) == folder
    assert capsys.readouterr().err == ""
