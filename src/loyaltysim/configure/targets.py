"""What published studies say of a market's programs: targets that evidence worlds have to meet, from conf/targets."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from loyaltysim.configure import yaml as plain_yaml
from loyaltysim.configure.folders import conf_dir
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError, Reader
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Target:
    """A published size and how far a world may be from it: value with error, or a bound.

    about    : whose moment it is;  restates : rows of claims that no world may be chosen by where they are judged
    shown    : printed beside the others and never scored
    beside   : what shows it: stored worlds, or a run whose program can meet it (`of_runs`), which weighs nothing
    """

    source: str = term("", "")
    words: str = term("", "")
    about: str = term("customers", "", choices=("customers", "members"))
    value: float | None = term(None, "", -1e9, 1e9)
    error: float | None = term(None, "", 0.0, 1e9)
    at_least: float | None = term(None, "", -1e9, 1e9)
    at_most: float | None = term(None, "", -1e9, 1e9)
    restates: tuple[str, ...] = term((), "")
    shown: bool = term(False, "")
    beside: str = term("worlds", "", choices=("worlds", "run"))

    @property
    def ends(self) -> tuple[float, float]:
        """Between which numbers a world meets it."""
        if self.value is not None and self.error is not None:
            return self.value - self.error, self.value + self.error
        low, high = self.at_least, self.at_most
        return (-math.inf if low is None else low, math.inf if high is None else high)

    def met(self, moments: np.ndarray) -> np.ndarray:
        """Which worlds meet it; one whose moment is undefined does not. moments : (n,) -> (n,) bool"""
        low, high = self.ends
        found: np.ndarray = (moments >= low) & (moments <= high)
        return found

    def observed(self, moment: float, luck: float) -> Target:
        """The target as it would have been published of a world with this moment. luck : in (-1, 1), of the errors

        A value is seen with an error inside the published one; of a bound, on which side of it the world lies.
        """
        source = f"observed in a planted world: {moment:g}"
        if self.value is not None and self.error is not None:
            return Target(source, value=moment + luck * self.error, error=self.error)
        if self.met(np.array([moment]))[0]:
            return Target(source, at_least=self.at_least, at_most=self.at_most)
        low, high = self.ends
        return Target(source, at_least=high if moment > high else None, at_most=low if moment < low else None)


Targets = Mapping[str, Target]


def targets(market: str) -> Targets:
    """The targets of a market's worlds by moment. Raises ConfigError with every problem."""
    return {key: target for key, target in published(market).items() if target.beside == "worlds"}


def of_runs(scenario: Scenario) -> Targets:
    """What is shown beside a run, by measure: only where customers redeem when they like and points lapse by date.

    Elsewhere no program could meet it: who redeems at once leaves nothing. Raises ConfigError with every problem.
    """
    points = scenario.focal_firm.program.get("points")
    if points is None or points.redeem != "later" or not points.dated:
        return {}
    return {key: target for key, target in published(scenario.market.name).items() if target.beside == "run"}


@cache
def published(market: str) -> Targets:
    """All of conf/targets/<market>.yaml by what it is about; none where there is no such file.

    Raises ConfigError with every problem.
    """
    path, shown = conf_dir() / "targets" / f"{market}.yaml", f"conf/targets/{market}.yaml"
    return read_targets(plain_yaml.read_text(path, shown), shown) if path.is_file() else {}


def read_targets(text: str, shown: str) -> Targets:
    """The targets of a text. Raises ConfigError with every problem."""
    tree, places = plain_yaml.parse(text, shown)
    reader = Reader(places={"": shown, **places})
    found = {str(key): reader.record(Target, said, str(key)) for key, said in tree.items()}
    for key, target in found.items():
        if target is None or not reader.sound(key):
            continue
        pair, bounds = (target.value, target.error), (target.at_least, target.at_most)
        if (None in pair) is (bounds == (None, None)) or pair.count(None) == 1:
            reader.refuse(key, "needs value and error, or a bound: at_least, at_most")
        if target.beside == "run" and not target.shown:
            reader.refuse(f"{key}.shown", "must be true: what is shown beside a run weighs nothing")
        if not target.source:
            reader.refuse(f"{key}.source", "needs where the number is published")
    if reader.problems:
        raise ConfigError(reader.problems)
    return {key: target for key, target in found.items() if target is not None}


def scored(targets: Targets, judged: Sequence[str] = ()) -> Targets:
    """The targets that choose worlds: not those that are only shown, and none that restates a claim that is judged.

    judged : rows of claims, such as "S3-11"
    """
    return {
        key: target for key, target in targets.items() if not target.shown and not set(judged) & set(target.restates)
    }
