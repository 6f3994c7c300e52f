"""What an exploration varies: uncertainties and levers as ranges or categories, and designs over their unit cube.

    market.S=0.6:2.6        a range; whole numbers where the key takes whole numbers
    program=points,cashback categories: one override each, also [points,cashback] in a list of factors

Words as in the exploratory modelling workbench (Kwakkel 2017): uncertainties are what nobody decides, levers what a
firm decides, policies named sets of overrides, outcomes numbers of a run.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.stats import qmc

from loyaltysim.configure import compose, sweeps
from loyaltysim.runs.extras import needed
from loyaltysim.scenario.read import parameters
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.scenario.terms import term

RANGE = re.compile(r"([^=]+)=([-+.\deE]+):([-+.\deE]+)")
LEVELS = 4  # of a Morris design (Morris 1991): values that a range takes


@dataclass(frozen=True)
class Settings:
    """What is explored; the keys below `explore` in a file or on the command line."""

    uncertainties: tuple[str, ...] = term((), "key=low:high or key=a,b", doc="what nobody decides")
    levers: tuple[str, ...] = term((), "key=low:high or key=a,b", doc="what a firm decides")
    policies: Mapping[str, str] = field(default_factory=dict)  # name -> "key=value ...": each is run at every point
    outcomes: tuple[str, ...] = term(("lift_visits", "profit_per_customer"), "", doc="numbers of a run to be explained")
    design: str = term("lhs", "", choices=("lhs", "sobol", "morris"), doc="lhs: rules; sobol, morris: indices too")
    n: int = term(64, "points", 2, 100_000, doc="of a Latin hypercube; times factors + 2 for sobol, + 1 for morris")
    threshold: float = term(0.0, "of the outcome", doc="rules say where an outcome is above it")
    random: int = term(1, "", 0, 2**31 - 1, doc="seed of the design")


@dataclass(frozen=True)
class Factor:
    """One thing that varies.

    key : as in a configuration;  role : uncertainty or lever;  low, high : ends of a range, both included
    whole : whole numbers only;  words : the overrides of a category, () for a range
    """

    key: str
    role: str
    low: float = 0.0
    high: float = 0.0
    whole: bool = False
    words: tuple[str, ...] = ()

    def word(self, u: float) -> str:
        """The override at a place of [0, 1] along this factor."""
        return self.words[self.option(u)] if self.words else f"{self.key}={self.value(u)!r}"

    def value(self, u: float) -> float | int | str:
        """What the factor is at a place of [0, 1]: a number of six digits, or a category as it is written."""
        if self.words:
            return self.words[self.option(u)].partition("=")[2]
        if self.whole:
            return int(self.low) + min(int(u * (self.high - self.low + 1)), int(self.high - self.low))
        return float(f"{self.low + u * (self.high - self.low):.6g}")

    def option(self, u: float) -> int:
        """Which category: each has an equal part of [0, 1]."""
        return min(int(u * len(self.words)), len(self.words) - 1)

    def place(self, value: float | int | str) -> float:
        """A place of [0, 1] at which the factor has this value."""
        if self.words:
            return ([w.partition("=")[2] for w in self.words].index(str(value)) + 0.5) / len(self.words)
        if self.whole:
            return (float(value) - self.low + 0.5) / (self.high - self.low + 1)
        return (float(value) - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class Exploration:
    """What is explored at which places of the unit cube, shape (points, factors); policies multiply the points."""

    settings: Settings
    factors: tuple[Factor, ...]
    places: np.ndarray

    @property
    def policies(self) -> list[str]:
        """The names of the policies, [""] where there are none."""
        return list(self.settings.policies) or [""]

    def rows(self) -> list[tuple[str, tuple[str, ...]]]:
        """The policy and the overrides of every design point, policies changing fastest."""
        each = [tuple(f.word(u) for f, u in zip(self.factors, row, strict=True)) for row in self.places]
        more = {name: tuple(self.settings.policies.get(name, "").split()) for name in self.policies}
        return [(name, (*words, *more[name])) for words in each for name in self.policies]

    def values(self) -> list[dict[str, float | int | str]]:
        """What every factor is at each place of the cube, needed there or not."""
        return [{f.key: f.value(u) for f, u in zip(self.factors, row, strict=True)} for row in self.places]


def is_range(text: str) -> bool:
    """Is it `key=low:high`?"""
    return RANGE.fullmatch(text) is not None


def factors_of(texts: Sequence[str], role: str, config_dir: str | None, problems: list[Problem]) -> list[Factor]:
    """Factors in the order of their words; problems are added."""
    found: list[Factor] = []
    for text in texts:
        if (parts := RANGE.fullmatch(text)) is not None:
            key, ends = parts[1].lstrip("+"), [number(part) for part in parts.groups()[1:]]
            low, high = ends
            if low is None or high is None or not low < high:
                problems.append(Problem(key, "a range is low:high, two numbers that grow", text, "explore"))
                continue
            whole = is_whole(key)
            if whole and not (low.is_integer() and high.is_integer()):
                problems.append(Problem(key, "takes whole numbers: so must the ends of its range be", text, "explore"))
                continue
            found.append(Factor(key, role, low, high, whole))
            continue
        name, _, said = text.partition("=")
        listed = f"{name}={said[1:-1]}" if said.startswith("[") and said.endswith("]") else text
        single, swept, wrong = sweeps.split_sweeps([listed], config_dir)
        problems += wrong
        message = "varies nothing: write key=low:high or key=a,b,c"
        problems += [Problem(name or text, message, text, "explore") for _ in single]
        found += [Factor(one.key, role, words=one.words) for one in swept]
    return found


def explored(settings: Settings, words: Sequence[str], config_dir: str | None, problems: list[Problem]) -> Exploration:
    """The factors of the settings and of the command line, and the design over them; problems are added."""
    factors = factors_of([*settings.uncertainties, *words], "uncertainty", config_dir, problems)
    factors += factors_of(settings.levers, "lever", config_dir, problems)
    keys = [f.key for f in factors]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    problems += [Problem(key, "is varied twice; keep one", origin="explore") for key in twice]
    for name, text in settings.policies.items():
        named = {word.partition("=")[0] for word in str(text).split()}
        message = f"sets {', '.join(sorted(named & set(keys)))}, which varies"
        problems += [Problem(f"explore.policies.{name}", message, origin="explore")] if named & set(keys) else []
    if not factors and not problems:
        message = "varies nothing: add key=low:high or key=a,b,c"
        problems.append(Problem("explore", message, origin="command line"))
    places = cube(settings.design, factors, settings.n, settings.random) if not problems else np.empty((0, 0))
    return Exploration(settings, tuple(factors), places)


def number(text: str) -> float | None:
    """A finite number, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def is_whole(key: str) -> bool:
    """Does this key take whole numbers? `firms.<id>.x` stands for every firm."""
    for p in parameters(compose.components()):
        pattern = re.escape(p.key).replace("<id>", r"[^.]+")
        if re.fullmatch(pattern, key):
            return p.kind.startswith("whole number")
    return False


def problem_of(factors: Sequence[Factor]) -> dict[str, Any]:
    """The unit cube in SALib's words."""
    return {"num_vars": len(factors), "names": [f.key for f in factors], "bounds": [[0.0, 1.0]] * len(factors)}


def levels(factors: Sequence[Factor]) -> int:
    """Levels of a Morris design: even, and enough that every category is met."""
    most = max([LEVELS, *(len(f.words) for f in factors)])
    return most + most % 2


def cube(design: str, factors: Sequence[Factor], n: int, seed: int) -> np.ndarray:
    """Places in the unit cube, shape (points, factors); the same seed gives the same places.

    design : lhs (n points), sobol (n (factors + 2) points, for indices; n a power of 2), morris (n (factors + 1))
    Raises ConfigError where SALib is missing or n does not suit.
    """
    if design == "lhs":
        return np.asarray(qmc.LatinHypercube(d=len(factors), rng=seed).random(n))
    if design == "sobol":
        if n & (n - 1):
            near = 2 ** max(1, round(math.log2(n)))
            message = f"of a Sobol design is a power of 2, such as {near}"
            raise ConfigError([Problem("explore.n", message, n, "explore")])
        sobol = needed("SALib.sample.sobol", "explore.design")
        return np.asarray(sobol.sample(problem_of(factors), n, calc_second_order=False, seed=seed))
    morris = needed("SALib.sample.morris", "explore.design")
    return np.asarray(morris.sample(problem_of(factors), n, num_levels=levels(factors), seed=seed))
