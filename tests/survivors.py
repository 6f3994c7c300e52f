"""Mutants that nobody thought of: `make mutate` (files changed since tests/wrong/SINCE) or `python -m tests.survivors
minutes=5 points.py` (files by their names).

cosmic-ray proposes changes of a file: another number, operator or comparison, a condition turned round, a loop that
does not run. A random choice of them is planted, as `tests.mutants` plants its own, until the minutes are over; the
tests that import the file must notice. Who survives is printed as a difference, to be met with a test, or with a
mutant in `tests/wrong/`; many change nothing that matters, so the exit code is 0. Of the libraries tried, cosmic-ray
changes plain source text wherever it stands; mutmut leaves decorated functions alone, and with them every rule.
"""

from __future__ import annotations

import ast
import compileall
import difflib
import os
import random
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator, operator_names

from tests.mutants import FORKS, LIBRARIES, ROOT, changed, copied, plant, run_tests, texts_of
from tests.planter import House

MINUTES = 10.0
FAST = "not slow and not browser and not thorough"
CONFUSED = ("Bit", "Shift", "Mod", "Pow")  # nobody writes << for +
KINDS = (
    "NumberReplacer", "AddNot", "ReplaceAnd", "ReplaceOr", "ReplaceTrue", "ReplaceFalse", "ReplaceBinary",
    "ReplaceComparison", "ReplaceUnary", "ReplaceBreak", "ReplaceContinue", "ZeroIteration",
)  # fmt: skip


def operators() -> list[Operator]:
    """What is done to a file: the changes that a tired person might make."""
    names = [name for name in operator_names() if name.partition("/")[2].startswith(KINDS)]
    return [get_operator(name)() for name in names if not any(word in name for word in CONFUSED)]


def proposals(text: str) -> list[tuple[Operator, int]]:
    """Every change of a text that an operator proposes: the operator and which of its places."""
    nodes = list(ast_nodes(get_ast(text)))
    found = ((own, sum(len(list(own.mutation_positions(node))) for node in nodes)) for own in operators())
    return [(own, place) for own, places in found for place in range(places)]


def imported(text: str) -> set[str]:
    """Every module, and every name in one, that a text imports."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


class Hunt:
    """A healthy copy of the package in which changes are planted until the time is over."""

    def __init__(self, house: House, folder: Path, minutes: float) -> None:
        self.house, self.healthy, self.cache = house, copied(folder / "healthy"), folder / "cache"
        compileall.compile_dir(self.healthy / "src", quiet=1)
        tests = {path: text for path, text in (texts_of(["tests"]) or {}).items() if path.name.startswith("test_")}
        self.tests = {path: imported(text) for path, text in tests.items()}
        self.until = time.monotonic() + 60.0 * minutes
        self.usual = cache(self.seconds)

    def importers(self, path: Path) -> list[str]:
        """The files of tests that import a file of the package, or bear its name."""
        module = ".".join(path.relative_to("src").with_suffix("").parts).removesuffix(".__init__")
        return [str(f) for f, names in self.tests.items() if module in names or f.stem == f"test_{path.stem}"]

    def passes(self, path: Path, text: str, patience: float | None = None) -> bool:
        """Do the tests of a file pass with this text in its place? One that does not end in time has been noticed."""
        with tempfile.TemporaryDirectory() as place:
            plant(self.healthy, Path(place).resolve(), path, text)
            tests = ["-x", "-m", FAST, *self.importers(path)]
            return run_tests(Path(place).resolve(), tests, self.cache, patience)[0] == 0

    def seconds(self, path: Path) -> float:
        """How long the tests of a file take; infinity where there are none, or they do not pass."""
        began = time.monotonic()
        sound = self.importers(path) and self.passes(path, self.house.texts[path])
        return time.monotonic() - began if sound else float("inf")

    def survivor(self, path: Path, operator: Operator, place: int) -> str | None:
        """Plant one change; -> the difference if nobody notices, "" if somebody does, None if it was not tried."""
        usual = self.usual(path)
        if usual == float("inf") or time.monotonic() > self.until:
            return None
        text = self.house.texts[path]
        made = mutate_code(text, operator, place)
        if not self.passes(path, made, 3.0 * usual + 10.0):
            return ""
        before, after = text.splitlines(keepends=True), made.splitlines(keepends=True)
        return "".join(difflib.unified_diff(before, after, str(path), str(path), n=0))


def main(words: list[str]) -> int:
    """Plant changes in files that have changed, or that are named, and print who survives."""
    house = House(ROOT)
    minutes = next((float(word.partition("=")[2]) for word in words if word.startswith("minutes=")), MINUTES)
    names = [word for word in words if not word.startswith("minutes=")]
    recent = changed(house)
    files = [
        p for p in house.texts if p.parts[0] == "src" and (p.name in names if names else recent is None or p in recent)
    ]
    ways = [(path, operator, place) for path in files for operator, place in proposals(house.texts[path])]
    random.Random(1).shuffle(ways)
    os.environ |= {"MPLBACKEND": "Agg", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    FORKS.set_forkserver_preload(LIBRARIES)
    with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        hunt = Hunt(house, Path(place).resolve(), minutes)
        told = list(pool.map(lambda way: hunt.survivor(*way), ways))
        untested = (
            [str(path) for path in files if hunt.usual(path) == float("inf")] if time.monotonic() < hunt.until else []
        )
    tried = [text for text in told if text is not None]
    print(*(text for text in tried if text), sep="\n")
    if untested:
        print("no test that passes imports", ", ".join(untested))
    print(f"{sum(map(bool, tried))} of {len(tried)} changes survived; {len(ways)} are known in {len(files)} files")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
