"""Wrong programs that the tests must refuse: `python -m tests.mutants` (all), `python -m tests.mutants expiry` (some),
`python -m tests.mutants --changed` (those that recent work may have brought to life, and a fixed sample).

Each mutant (`tests/wrong/`) changes one expression of a copy of the package; the named test must then fail, and must
pass without the change. A mutant that survives, or that breaks the import instead of an assertion, ends with exit code
1. The compiler is off, so that a mutant costs seconds: the named tests run the step in plain Python.
"""

from __future__ import annotations

import ast
import compileall
import io
import multiprocessing
import os
import random
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from itertools import repeat
from pathlib import Path

from tests.planter import SHIPPED, CannotPlant, House
from tests.wrong import Mutant, mutants

ROOT = Path(__file__).resolve().parents[1]
SINCE = ROOT / "tests" / "wrong" / "SINCE"  # the last commit at which every mutant was planted
SAMPLE = 20  # mutants that are planted whatever has changed
SAID = "said.txt"
PATIENCE = 300.0  # seconds that a named test may take on a mutant: one that hangs is not one that is seen
FORKS = multiprocessing.get_context("forkserver")
# imported once, before the first process: starting costs more than most of the named tests
LIBRARIES = [
    "pytest", "hypothesis.strategies", "hydra", "jinja2", "matplotlib.pyplot", "mesa", "numba", "pandas",
    "pyarrow.parquet", "scipy.optimize", "scipy.stats", "seaborn", "SALib", "sklearn.tree", "tqdm", "rich.table",
]  # fmt: skip


def copied(folder: Path) -> Path:
    """A copy of the package and its tests."""
    for name in ("src", "tests", "experiments", "conf", "tools"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def plant(healthy: Path, folder: Path, path: Path, text: str) -> None:
    """Copy a house with its byte code and give one file of it another text. path : from the root"""
    shutil.copytree(healthy, folder, ignore=shutil.ignore_patterns("cache"), dirs_exist_ok=True)
    (folder / path).write_text(text, encoding="utf-8")
    for stale in (folder / path).parent.glob(f"__pycache__/{path.stem}.*.pyc"):
        stale.unlink()


def inside(folder: Path, tests: list[str], cache: Path) -> None:
    """In a process of its own, which has imported libraries but nothing of ours: run some tests of a copy."""
    import pytest

    os.chdir(folder)
    os.environ |= {"PYTHONPATH": str(folder / "src"), "LOYALTYSIM_CACHE": str(cache)}
    sys.path[:] = [str(folder / "src"), *(p for p in sys.path if p not in ("", str(ROOT), str(ROOT / "src")))]
    for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
        del sys.modules[name]
    with open(folder / SAID, "w", encoding="utf-8") as said, redirect_stdout(said), redirect_stderr(said):
        code = pytest.main(["-q", "-m", "", "-p", "no:cacheprovider", *tests])
    if not Path(sys.modules["loyaltysim"].__file__).is_relative_to(folder):
        raise ImportError("the tests ran on another package than the one of their copy")
    sys.exit(code)


def run_tests(
    folder: Path, tests: list[str], cache: Path | None = None, patience: float | None = None
) -> tuple[int | None, str]:
    """Run some tests of a copy, on the package of that copy; -> exit code, what was said.

    cache : of compiled steps, of the copy's own if not given;  patience : seconds until the tests are stopped
    """
    process = FORKS.Process(target=inside, args=(folder, tests, cache or folder / "cache"))
    process.start()
    process.join(patience)
    if process.is_alive():
        process.kill()
        process.join()
    return process.exitcode, (folder / SAID).read_text(encoding="utf-8") if (folder / SAID).exists() else ""


def sentence(healthy: Path, house: House, mutant: Mutant, test: str) -> str:
    """Plant one mutant in a copy of its own; -> "" if the named test kills it, or what went wrong."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place).resolve()
        try:
            plant(healthy, folder, *house.planted(mutant))
        except (CannotPlant, SyntaxError) as why:
            return str(why)
        code, said = run_tests(folder, [test], patience=PATIENCE)
    if code == 1 and re.search(r"^\d+ failed", said, re.MULTILINE):
        return ""
    return "survived" if code == 0 else f"broke instead of failing:\n{said[-2500:]}"


def sound(healthy: Path, tests: set[str], pool: Executor) -> bool:
    """Do the named tests pass without a mutant? Each file of tests runs in a process and a copy of its own."""

    def verdict(file: str) -> tuple[int | None, str]:
        with tempfile.TemporaryDirectory() as place:
            folder = shutil.copytree(healthy, Path(place).resolve(), dirs_exist_ok=True)
            return run_tests(folder, sorted(test for test in tests if test.startswith(f"{file}::")))

    verdicts = pool.map(verdict, sorted({test.partition("::")[0] for test in tests}))
    failed = [said for code, said in verdicts if code != 0]
    for said in failed:
        print(f"the named tests do not pass without a mutant:\n{said[-4000:]}")
    return not failed


def tests_of(texts: Mapping[Path, str]) -> dict[str, list[tuple[Path, str]]]:
    """Name of a test function -> every file that has one, and its structure."""
    found: dict[str, list[tuple[Path, str]]] = {}
    for path, text in texts.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found.setdefault(node.name, []).append((path, ast.dump(node)))
    return found


def located(test: str, known: Mapping[str, list[tuple[Path, str]]]) -> tuple[str, str]:
    """A named test as pytest calls it, and its structure. Raises LookupError where it is not exactly one."""
    file, _, name = test.rpartition("::")
    own = [(p, s) for p, s in known.get(name.partition("[")[0], []) if p.as_posix().endswith(file)]
    if len(own) != 1:
        raise LookupError(f"{len(own)} tests are called {test}: name one as test_file.py::test_name")
    return f"{own[0][0].as_posix()}::{name}", own[0][1]


def texts_of(folders: Sequence[str], commit: str = "") -> dict[Path, str] | None:
    """Path -> text of every Python file, as it is or as it was at a commit; None where this clone has not got it."""
    if not commit:
        files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
        return {path.relative_to(ROOT): path.read_text(encoding="utf-8") for path in files}
    done = subprocess.run(["git", "-C", str(ROOT), "archive", commit, *folders], capture_output=True)
    if done.returncode:
        return None
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        files = {m.name: archive.extractfile(m) for m in archive if m.name.endswith(".py")}
        return {Path(name): file.read().decode() for name, file in files.items() if file}


def statements(text: str) -> set[str]:
    """The structure of every statement of a file but its imports and its docstring: what a mere move leaves alone."""
    body = ast.parse(text).body
    return {ast.dump(s) for s in body if not isinstance(s, (ast.Import, ast.ImportFrom, ast.Expr))}


def changed(house: House) -> set[Path] | None:
    """The files that have changed since the commit in SINCE; None where this clone has not got that commit.

    A file counts as unchanged if all its statements stood somewhere in the package of that commit: a move is no change.
    """
    old = texts_of(SHIPPED, SINCE.read_text(encoding="utf-8").strip())
    known = set().union(*map(statements, (old or {}).values()))
    return None if old is None else {path for path, text in house.texts.items() if not statements(text) <= known}


def recent(every: Sequence[Mutant], house: House, tests: Mapping[str, tuple[str, str]]) -> list[Mutant]:
    """The mutants whose file, or whose test, has changed since the commit in SINCE, and a fixed sample."""
    files, old = changed(house), texts_of(["tests"], SINCE.read_text(encoding="utf-8").strip())
    if files is None or old is None:
        print("this clone has not got the commit in tests/wrong/SINCE: all mutants")
        return list(every)
    kept = {structure for found in tests_of(old).values() for _, structure in found}
    sample = random.Random(1).sample(sorted(m.wrong for m in every), SAMPLE)
    return [m for m in every if m.wrong in sample or house.find(m.where).path in files or tests[m.test][1] not in kept]


def main(words: list[str]) -> int:
    """Check that the named tests pass, then plant the mutants, a few at a time."""
    house, known = House(ROOT), tests_of(texts_of(["tests"]) or {})
    every = mutants()
    tests = {m.test: located(m.test, known) for m in every}
    if words == ["--changed"]:
        chosen = recent(every, house, tests)
    else:
        chosen = [m for m in every if all(word in m.wrong for word in words)]
    os.environ |= {"NUMBA_DISABLE_JIT": "1", "MPLBACKEND": "Agg", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    FORKS.set_forkserver_preload(LIBRARIES)
    with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        healthy = copied(Path(place).resolve())
        compileall.compile_dir(healthy / "src", quiet=1)
        named = [tests[m.test][0] for m in chosen]
        if not sound(healthy, set(named), pool):
            return 1
        alive = []
        verdicts = pool.map(sentence, repeat(healthy), repeat(house), chosen, named)
        for mutant, test, verdict in zip(chosen, named, verdicts, strict=True):
            print(f"{'ALIVE   ' if verdict else 'killed  '} {mutant.wrong}: {verdict or test}", flush=True)
            alive += [mutant.wrong] if verdict else []
    print(f"{len(chosen) - len(alive)} of {len(chosen)} mutants killed ({len(every)} are known)")
    if alive:
        print(f"alive: {'; '.join(alive)}")
    return int(bool(alive))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
