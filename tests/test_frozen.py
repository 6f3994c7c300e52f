"""Every shipped world does what it did before the house was moved (tests/frozen.py says what is compared, and how).

A number that is meant to differ has its line in results/CHANGES.md, and only then a new tests/frozen.json.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests import frozen

pytestmark = pytest.mark.interpreter

REFERENCE = json.loads(frozen.FILE.read_text(encoding="utf-8"))
WORLDS = REFERENCE["worlds"]
SAME_LIBM = frozen.circumstances() == REFERENCE["made"]
GATE = ("scenario", "shops at once, b", "contracts at once, a", "market yogurt, b", "market cdnow, a", "market bank, b")


def marked(world: str):
    """A sample of kinds in every run of the tests, the others in the thorough one."""
    return pytest.param(world, marks=() if world.startswith(GATE) else pytest.mark.thorough)


@pytest.mark.parametrize("world", [marked(world) for world in WORLDS])
def test_a_world_does_what_it_did(world: str) -> None:
    """Every frozen column of every arm: the same bytes; on another mathematics library the same sum to 1e-12."""
    found = frozen.frozen(frozen.worlds()[world])
    assert set(WORLDS[world]) <= set(found)
    wrong = [f"{arm}: {text}" for arm, old in WORLDS[world].items() for text in differences(found[arm], old)]
    assert wrong == []


def differences(found: frozen.Frozen, old: frozen.Frozen) -> list[str]:
    """What differs between the columns of one arm now and as they were frozen, in words."""
    now = {frozen.RENAMED.get(name, name): value for name, value in found.items()}
    gone = [f"{name} is gone" for name in old if name not in now]
    both = [name for name in old if name in now]
    return gone + [f"{name}: {now[name]}, was {old[name]}" for name in both if not equal(now[name], old[name])]


def equal(now: tuple[str, float | None], old: tuple[str, float | None]) -> bool:
    """The same hash; where the last bit of an exponential may differ, the same sum to 1e-12."""
    if SAME_LIBM or now[1] is None or old[1] is None:
        return now[0] == old[0]
    return bool(np.isclose(now[1], old[1], rtol=1e-12, atol=1e-12))


def test_every_shipped_world_is_frozen() -> None:
    """A scenario or market that was shipped then is shipped now, whatever it is called."""
    assert set(WORLDS) <= set(frozen.worlds())


def test_the_reference_sees_a_cent() -> None:
    """One cent more, one row fewer, a column without its name: each is told; a column that is new is not."""
    values = np.arange(5)
    old = {"weekly.revenue": frozen.digest(values)}
    assert differences({"weekly.revenue": frozen.digest(values.astype(np.int32)), "weekly.price": ("", 0)}, old) == []
    assert differences({"weekly.revenue": frozen.digest(np.array([0, 1, 2, 3, 5]))}, old)
    assert differences({"weekly.revenue": frozen.digest(values[:-1])}, old)
    assert differences({"weekly.sales": frozen.digest(values)}, old)
    assert frozen.digest(np.array([-0.0, np.nan])) == frozen.digest(np.array([0.0, -np.nan]))
