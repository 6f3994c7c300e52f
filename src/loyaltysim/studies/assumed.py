"""What an experiment assumes and nobody knows: sizes with their ranges, drawn anew in each world.

`conf/worlds` holds what is unknown of shops; a market of contracts has unknowns of its own, and a question has some
that are no key of a scenario. An experiment lists them in its file, beside what it does with them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from loyaltysim.configure import yaml as plain_yaml
from loyaltysim.measures.uncertainty import interval
from loyaltysim.measures.verdict import Verdict, taken_together
from loyaltysim.scenario.forms import plain
from loyaltysim.scenario.reader import Problem
from loyaltysim.scenario.said import Said
from loyaltysim.scenario.terms import term
from loyaltysim.studies.worlds import draw

LEAST_SHARE = 0.1  # of the variance of ranks: what explains less is not named


@dataclass(frozen=True)
class Assumed:
    """A size between low and high: evenly spread, or its logarithm is; or one of two values with `even` chances.

    key : of a scenario, a moment such as `measured.margin`, or a name that the script knows
    words, chinese : what nobody knows, as part of a sentence
    """

    key: str = term("", "key")
    words: str = term("", "")
    chinese: str = term("", "")
    low: float = term(0.0, "")
    high: float = term(1.0, "")
    law: str = term("uniform", "", choices=("uniform", "loguniform", "either"))

    varies = True

    def values(self, u: np.ndarray) -> np.ndarray:
        """What uniforms mean. u : (n,) in [0, 1) -> (n,)"""
        if self.law == "either":
            return np.where(u < 0.5, self.low, self.high)
        if self.law == "loguniform":
            return np.asarray(self.low * (self.high / self.low) ** u)
        return self.low + (self.high - self.low) * u

    @property
    def said(self) -> Said:
        """In both languages."""
        return Said(self.words, self.chinese)


def drawn(sizes: Sequence[Assumed], n: int, seed: int) -> pd.DataFrame:
    """A Latin hypercube of n worlds: a row a world, a column a size."""
    rows: Any = sizes
    return draw(rows, n, seed).head(n).reset_index(drop=True).astype(float).round(6)


def wrong(sizes: Sequence[Assumed], where: str) -> list[Problem]:
    """What is wrong with them, to be raised together."""
    found = []
    for size in sizes:
        if not size.low < size.high or (size.law == "loguniform" and size.low <= 0.0):
            found.append(Problem(f"{where}.{size.key}", "low must lie below high, above 0 for loguniform", size.low))
    return found


def overlap(fitted: Sequence[int], judged: Sequence[int], key: str) -> list[Problem]:
    """Terms are fitted on seeds that no verdict sees: a problem where one is in both."""
    both = sorted(set(fitted) & set(judged))
    return [Problem(key, "fits terms on seeds that are judged; choose one far from them", both[0])] if both else []


def card(settings: Any) -> str:
    """What was fixed before the runs, as a number to compare: SHA-256 of the block `experiment`, 64 digits."""
    return hashlib.sha256(plain_yaml.dump(plain(settings)).encode()).hexdigest()


def carrier(sizes: Sequence[Assumed], draws: pd.DataFrame, values: np.ndarray) -> Assumed | None:
    """The size that orders the worlds most: largest squared rank correlation; None where none explains a tenth.

    draws : a row a world, as `drawn`;  values : (n,), undefined ones are left out
    """
    sound = np.isfinite(values)
    if sound.sum() < 3 or np.ptp(values[sound]) == 0.0:
        return None
    ranks = pd.Series(values[sound]).rank()
    strength = {}
    for size in sizes:
        of_size = draws.loc[sound, size.key].reset_index(drop=True).rank()
        strength[size] = 0.0 if of_size.nunique() < 2 else float(ranks.corr(of_size)) ** 2
    most = max(strength, key=lambda size: strength[size])
    return most if strength[most] >= LEAST_SHARE else None


def middle(values: np.ndarray | pd.Series) -> tuple[float, float, float]:
    """Median and central 90 % over worlds; nan where no world has a value. values : (n,)"""
    sound = np.asarray(values, float)
    sound = sound[np.isfinite(sound)]
    return (float(np.median(sound)) if len(sound) else float("nan"), *interval(sound))


def written(found: Sequence[float], digits: int = 0, scale: float = 100.0) -> str:
    """`-12 [-30, 4]`: three numbers as a cell; a dash where nothing was found."""
    if not np.isfinite(found[0]):
        return "–"
    value, low, high = (f"{round(scale * x, digits) + 0.0:.{digits}f}" for x in found)
    return f"{value} [{low}, {high}]"


def sought(gap: Callable[[float], float], low: float, high: float, near: float = 0.0) -> float:
    """Where `gap` is at most `near` off zero between low and high; the nearest point seen if it is so nowhere."""
    at: dict[float, float] = {}

    def seen(x: float) -> float:
        if x not in at:
            at[x] = gap(x)
        return 0.0 if abs(at[x]) <= near else at[x]

    if seen(low) * seen(high) < 0.0:
        brentq(seen, low, high, xtol=1e-4 * (high - low))
    return float(min(at, key=lambda x: abs(at[x])))


def whole(settings: Mapping[str, Verdict]) -> Verdict:
    """One verdict of all: what depends anywhere depends; else as settings are taken together."""
    if any(verdict.word == "depends" for verdict in settings.values()):
        names = "; ".join(f"{name}: {verdict.word}" for name, verdict in settings.items())
        return Verdict("depends", names)
    return taken_together(settings)
