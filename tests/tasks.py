"""What tests have workers do. Next to nothing is imported here, so that worker processes start at once."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError, Problem


def square(k: int) -> int:
    return k * k


def fails_at_four(k: int) -> int:
    if k == 4:
        raise ZeroDivisionError("nothing to divide by\nin detail")
    return k * k


def dies_at_four(folder: Path, k: int) -> int:
    """Job 4 ends its process at once, after the first three jobs have finished."""
    if k == 4:
        while len(list(folder.iterdir())) < 3:
            time.sleep(0.01)
        time.sleep(0.5)  # for the results to travel back
        os._exit(1)
    if k == 5:
        time.sleep(60)
    (folder / str(k)).touch()
    return k * k


def killed_at_four(k: int) -> int:
    if k == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    return k


class Stubborn(Exception):
    """Pickles, and cannot be made again."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(f"{one} {two}")


def stubborn_at_four(k: int) -> int:
    if k == 4:
        raise Stubborn("a", "b")
    return k


def makes_a_function_at_four(k: int) -> object:
    return k if k != 4 else lambda: k


def full_at_four(k: int) -> int:
    if k == 4:
        raise OSError(28, "No space left on device", "/somewhere")
    return k


def bad_input(k: int) -> int:
    raise ConfigError([Problem("policy", "never starts")])


def first_comes_last(folder: Path, k: int) -> int:
    """Job 0 ends only after job 1 has."""
    while k == 0 and not (folder / "1").exists():
        time.sleep(0.01)
    (folder / str(k)).touch()
    return k * k


def noted(folder: str, k: int) -> tuple[int, float, str]:
    """A run that leaves a line in a journal, so that runs can be counted."""
    with open(os.path.join(folder, "journal"), "a") as file:
        file.write(f"{k}\n")
    if k < 0:
        raise ZeroDivisionError("nothing to divide by")
    return k, k / 3, "ab"


def untold(k):
    """A task that does not say what it returns."""
    return k


def odd(k: int) -> object:
    """A result that has no plain form."""
    return {k} if k else Path("/somewhere")


def seen_world(scenarios: Sequence[Scenario], seed: int) -> dict[str, float]:
    """The seed of a world, and a size of it."""
    scenario = scenarios[0]
    return {"seed": float(seed % 2**40), "apart": float(seed >> 40), "share": scenario.focal_firm.share}
