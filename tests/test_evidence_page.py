"""Defaults and what is published about them: docs/evidence.md says what the worlds say when they are run again."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent


def tool() -> ModuleType:
    """tools/evidence.py, which writes the page."""
    spec = importlib.util.spec_from_file_location("evidence_page", ROOT / "tools" / "evidence.py")
    assert spec is not None and spec.loader is not None
    module = sys.modules["evidence_page"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PAGE = tool()
TABLE = [line for line in (ROOT / "docs/evidence.md").read_text("utf-8").splitlines() if line.startswith("| `")]
WORLDS = sorted({row.world for row in PAGE.ROWS})


def told(line: str) -> tuple[list[str], list[float]]:
    """The words of a row, and the value and error that it shows."""
    shown = re.search(r"\| (-?[0-9.]+) \(([0-9.]+)\) ", line)
    words = [cell.strip() for cell in re.sub(r"-?[0-9.]+ \([0-9.]+\) ", "", line).split("|")]
    return words, [float(number) for number in shown.groups()] if shown else []


@pytest.mark.parametrize("world", WORLDS, ids=[" ".join(words) or "words alone" for words in WORLDS])
def test_the_page_of_evidence_says_what_its_worlds_show(world: tuple[str, ...]) -> None:
    """Each default and verdict as the code gives it, each number within its error; `make evidence` writes it anew."""
    rows = [row for row in PAGE.ROWS if row.world == world]
    page = [line for line, row in zip(TABLE, PAGE.ROWS, strict=True) if row.world == world]
    for line, new in zip(page, PAGE.lines(rows), strict=True):
        (words, seen), (now, found) = told(line), told(new)
        assert now == words and len(found) == len(seen)
        assert not seen or abs(found[0] - seen[0]) <= 0.005 + 1e-9, "the same seeds give the same number"


def test_touchpoints_do_not_ship_above_their_break_even() -> None:
    """No default of a touchpoint earns more than it costs in the grocery market: the yardstick of the page."""
    kept = [line for line in TABLE if "at or below its break-even" in line]
    assert len(kept) >= 3 and all(line.endswith("| yes |") for line in kept)
