"""Random worlds: whatever a scenario may say runs, gives numbers, and neither makes nor loses money or points."""

from __future__ import annotations

from pathlib import Path

import pytest

from loyaltysim.present import run_figures
from tests import worlds

MANY = 3000  # in `make thorough`; `python -m tests.worlds 3000 8000` tries others


@pytest.mark.parametrize(
    "first", [pytest.param(k, marks=() if k < 100 else pytest.mark.thorough) for k in range(0, MANY, 10)]
)
def test_ten_random_worlds_run_and_lose_nothing(first: int) -> None:
    """`run` of each, with its program, behaviours, rivals and customers: no crash, no number that is none, all kept."""
    wrong = {seed: said for seed in range(first, first + 10) if (said := worlds.tried(seed))}
    assert not wrong, "\n".join(f"world {seed}: {'; '.join(said)}" for seed, said in wrong.items())


def test_random_worlds_are_varied() -> None:
    """In a hundred: every setting, two firms to four, most mechanisms of each kind, programs and none."""
    drawn = [worlds.world(seed) for seed in range(100)]
    assert {s.market.setting for s in drawn} == {"store", "brand", "contract"}
    assert {len(s.firms) for s in drawn} == {2, 3, 4} and {bool(s.focal_firm.program) for s in drawn} == {True, False}
    assert len({name for s in drawn for name in s.focal_firm.program}) > 12
    assert len({name for s in drawn for name in s.behaviour}) > 10
    assert sum(len(s.focal_firm.program) for s in drawn) > 200


def test_what_is_undefined_in_every_run_is_drawn_as_nothing(tmp_path: Path) -> None:
    """World 0 sells nothing in some weeks: no figure fails for it."""
    records = worlds.studied(worlds.world(0))
    assert records is not None and run_figures.draw(records, tmp_path)
