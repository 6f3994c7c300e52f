"""Wrong programs that the tests must refuse: `python -m tests.mutants` (all) or `python -m tests.mutants expiry`
(some).

Each mutant (`tests/wrong/`) changes a few words of a copy of the package; the named test must then fail, and must pass
without the change. A mutant that survives, or that breaks the import instead of an assertion, ends with exit code 1.
The compiler is off, so that a mutant costs seconds: the named tests run the step in plain Python.
"""

from __future__ import annotations

import compileall
import multiprocessing
import os
import shutil
import sys
import tempfile
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from itertools import repeat
from pathlib import Path

from tests.wrong import Mutant, mutants

ROOT = Path(__file__).resolve().parents[1]
SAID = "said.txt"
FORKS = multiprocessing.get_context("forkserver")
# imported once, before the first process: starting costs more than most of the named tests
LIBRARIES = [
    "pytest", "hypothesis.strategies", "hydra", "jinja2", "matplotlib.pyplot", "mesa", "numba", "pandas",
    "pyarrow.parquet", "scipy.optimize", "scipy.stats", "seaborn", "SALib", "sklearn.tree", "tqdm",
]  # fmt: skip


def house(folder: Path) -> Path:
    """A copy of the package and its tests."""
    for name in ("src", "tests", "experiments"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "conf", folder / "conf")
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def mutated(healthy: Path, folder: Path, mutant: Mutant) -> str:
    """Copy a house with its byte code and plant one mutant; -> "", or why its words cannot be changed."""
    shutil.copytree(healthy, folder, ignore=shutil.ignore_patterns("cache"), dirs_exist_ok=True)
    path = folder / "src" / "loyaltysim" / mutant.file
    text = path.read_text(encoding="utf-8")
    if text.count(mutant.old) != 1:
        return f"{mutant.file} holds its words {text.count(mutant.old)} times"
    path.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
    for stale in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
        stale.unlink()
    return ""


def inside(folder: Path, tests: list[str]) -> None:
    """In a process of its own, which has imported libraries but nothing of ours: run some tests of a copy."""
    import pytest

    os.chdir(folder)
    os.environ |= {"PYTHONPATH": str(folder / "src"), "LOYALTYSIM_CACHE": str(folder / "cache")}
    sys.path[:] = [str(folder / "src"), *(p for p in sys.path if p not in ("", str(ROOT), str(ROOT / "src")))]
    for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
        del sys.modules[name]
    with open(folder / SAID, "w", encoding="utf-8") as said, redirect_stdout(said), redirect_stderr(said):
        code = pytest.main(["-q", "-p", "no:cacheprovider", *(f"tests/{name}" for name in tests)])
    if not Path(sys.modules["loyaltysim"].__file__).is_relative_to(folder):
        raise ImportError("the tests ran on another package than the one of their copy")
    sys.exit(code)


def run_tests(folder: Path, tests: list[str]) -> tuple[int | None, str]:
    """Run some tests of a copy, on the package of that copy, without the compiler; -> exit code, what was said."""
    process = FORKS.Process(target=inside, args=(folder, tests))
    process.start()
    process.join()
    return process.exitcode, (folder / SAID).read_text(encoding="utf-8") if (folder / SAID).exists() else ""


def sentence(healthy: Path, mutant: Mutant) -> str:
    """Plant one mutant in a copy of its own; -> "" if the named test kills it, or what went wrong."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place).resolve()
        if wrong := mutated(healthy, folder, mutant):
            return wrong
        code, said = run_tests(folder, [mutant.test])
    if code == 1 and "1 failed" in said:
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


def main(words: list[str]) -> int:
    """Check that the named tests pass, then plant the mutants, a few at a time."""
    chosen = [m for m in mutants() if all(word in m.wrong for word in words)]
    os.environ |= {"NUMBA_DISABLE_JIT": "1", "MPLBACKEND": "Agg", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    FORKS.set_forkserver_preload(LIBRARIES)
    with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        healthy = house(Path(place).resolve())
        compileall.compile_dir(healthy / "src", quiet=1)
        if not sound(healthy, {m.test for m in chosen}, pool):
            return 1
        verdicts = list(pool.map(sentence, repeat(healthy), chosen))
    for mutant, verdict in zip(chosen, verdicts, strict=True):
        print(f"{'killed  ' if not verdict else 'ALIVE   '} {mutant.wrong}: {verdict or mutant.test}")
    alive = sum(map(bool, verdicts))
    print(f"{len(chosen) - alive} of {len(chosen)} mutants killed")
    return int(alive > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
