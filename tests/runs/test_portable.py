"""Nothing needs a POSIX system: the commands work where fcntl, resource and fork are hidden, to the same bytes.

Windows itself is not tried here: what is hidden is what it lacks, in this process's children and in their workers.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import loyaltysim
from loyaltysim.runs import files, store
from loyaltysim.studies import collect

HOUSE = Path(loyaltysim.__file__).parent
POSIX = {"fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "posix", "syslog", "crypt"}
CALLS = {"fork", "forkpty", "link", "mkfifo", "setsid", "killpg", "getpgid", "pwrite", "pread", "uname", "sync",
         "getuid", "geteuid", "getgid", "getegid", "sched_getaffinity", "sysconf", "statvfs", "fchmod", "getppid",
         "SIGKILL", "SIGALRM", "SIGHUP"}  # fmt: skip

HIDDEN = """
import os, sys
for name in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules[name] = None
for name in ("fork", "forkpty", "register_at_fork", "pwrite", "getppid", "link", "mkfifo", "sched_getaffinity"):
    if hasattr(os, name):
        delattr(os, name)
import multiprocessing
multiprocessing.get_all_start_methods = lambda: ["spawn"]
"""

TOY = ("market=toothpaste_1973", "customers.n=60", "weeks=4", "compute.processes=2")
SWEEP = ("sweep", *TOY, "market.S=0.6,1.3", "seed=range(1,4)", "--yes")
RUN = ("run", *TOY, "seeds=3")


def command(folder: Path, *words: str, hidden: bool) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own, where what is not portable is hidden from it and from its workers, or not."""
    if hidden:
        (folder / "hidden").mkdir(exist_ok=True)
        (folder / "hidden" / "sitecustomize.py").write_text(HIDDEN)
    path = os.pathsep.join([*([str(folder / "hidden")] if hidden else []), str(HOUSE.parent)])
    given = {**os.environ, "PYTHONPATH": path}
    line = [sys.executable, "-m", "loyaltysim", *words]
    return subprocess.run(line, capture_output=True, text=True, env=given, cwd=folder, check=False)


def answers(folder: Path, hidden: bool) -> dict[str, bytes]:
    """A small sweep and a small run; -> what they leave, without the circumstances."""
    for words in ((*SWEEP, f"out={folder / 'sweep'}"), (*RUN, f"out={folder / 'run'}")):
        done = command(folder, *words, hidden=hidden)
        assert done.returncode == 0, done.stderr
    assert files.Records.load(folder / "run").manifest["files"]
    names = [folder / "sweep" / collect.TABLE, *(folder / "run").glob("*.parquet"), folder / "run" / "summary.json"]
    names += sorted((folder / "sweep" / "runs").rglob("*.json"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in names}


@pytest.mark.slow
def test_a_sweep_and_a_run_without_posix_are_the_same_bytes(tmp_path):
    for name in ("plain", "hidden"):
        (tmp_path / name).mkdir()
    assert answers(tmp_path / "hidden", True) == answers(tmp_path / "plain", False)
    code = "import sys; print(sys.modules['fcntl'])"
    path = {**os.environ, "PYTHONPATH": str(tmp_path / "hidden" / "hidden")}
    said = subprocess.run([sys.executable, "-c", code], env=path, capture_output=True, text=True, check=True).stdout
    assert said == "None\n", "nothing was hidden"


def test_a_second_writer_is_refused_without_posix_too(tmp_path):
    """The twin of the kernel's lock: the second learns the owner, who may end."""
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "sitecustomize.py").write_text(HIDDEN)
    code = """if True:
        import os, sys, warnings
        from pathlib import Path
        from loyaltysim.runs.store import Lock, Locked
        warnings.simplefilter("ignore")
        def twice():
            with Lock(Path(sys.argv[1])):
                pass
        with Lock(Path(sys.argv[1])):
            try:
                twice()
            except Locked as error:
                print(error)
        twice()
    """
    given = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path / "hidden"), str(HOUSE.parent)])}
    line = [sys.executable, "-c", code, str(tmp_path / "lock")]
    done = subprocess.run(line, capture_output=True, text=True, env=given, check=False)
    assert done.returncode == 0 and done.stdout.startswith("process "), done.stderr
    assert store.read_owner(tmp_path / "lock") == {}


GUARDED = {"geteuid", "getegid"}  # asked for with hasattr first: market/cache.py


@pytest.mark.parametrize("path", sorted(HOUSE.rglob("*.py")), ids=lambda p: p.relative_to(HOUSE).as_posix())
def test_nothing_of_the_package_needs_posix(path):
    """No import of what only POSIX has, unless its absence is caught; no call that others do not know."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    caught = {id(node) for tried in ast.walk(tree) if isinstance(tried, ast.Try) for node in ast.walk(tried)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and id(node) not in caught:
            assert not POSIX & {alias.name for alias in node.names}
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("os", "signal"):
            assert node.attr not in CALLS - GUARDED, f"line {node.lineno}: {node.attr}"
            assert node.attr not in GUARDED or 'hasattr(os, "geteuid")' in path.read_text(encoding="utf-8")
