"""What nobody knows: a distribution for every assumed size, read from conf/worlds/<name>.yaml and checked.

One line a size: `customers.relational_share: {uniform: [0.3, 0.7], source: assumed}`. What it may hold:

    uniform, loguniform   [lowest, highest]
    normal, lognormal     [5 % point, 95 % point]
    triangular            [lowest, most likely, highest]
    categories            {value: weight, ...}
    point                 a value that another row needs beside it; drawn always
    at, chance            this value with this chance, else the distribution: no effect at all, or never
    only                  names or settings of the markets that it is for; absent = every market
    brings                true: a behaviour or policy that joins the world with it; else it acts where its component is
    beside                a behaviour without which it does nothing: it is drawn only where that is at work
    words                 what it is called where a person reads; absent = the help of its key
    chinese               the same in Chinese, never absent
    source                where the size comes from, or `assumed`

A key of a scenario is set as it is drawn. A name under `measured.` is a moment that panels report, from which the keys
of this world are derived (`configure.measured`).
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from loyaltysim.configure import yaml as plain_yaml
from loyaltysim.configure.compose import components
from loyaltysim.configure.folders import conf_dir, groups
from loyaltysim.configure.measured import MEASURED
from loyaltysim.scenario.hints import suggestion
from loyaltysim.scenario.model import SETTINGS, Scenario
from loyaltysim.scenario.read import parameters
from loyaltysim.scenario.reader import ABSENT, ConfigError, Parameter, Problem
from loyaltysim.scenario.said import Said

TABLES = ("evidence", "wide")
ENDS = {"uniform": 2, "loguniform": 2, "normal": 2, "lognormal": 2, "triangular": 3}  # law -> numbers that it takes
LAWS = (*ENDS, "categories", "point")
REST = ("at", "chance", "only", "brings", "beside", "words", "chinese", "source")


@dataclass(frozen=True)
class Row:
    """One size and how it is distributed.

    law, ends : its distribution as written;  at, chance : the value that it has with a chance of its own
    parameter : the key that is set, with range and choices;  decides : a pattern of the keys that follow from it
    """

    key: str
    law: str
    ends: Any
    source: str
    parameter: Parameter
    decides: str
    at: Any = None
    chance: float = 0.0
    only: tuple[str, ...] = ()
    brings: bool = False
    beside: str = ""
    words: str = ""
    chinese: str = ""

    @property
    def called(self) -> Said:
        """What it is called, in both languages."""
        return Said(self.words, self.chinese)

    @property
    def varies(self) -> bool:
        """Is it drawn at all, rather than one value?"""
        return self.law != "point"

    def values(self, u: np.ndarray) -> np.ndarray:
        """What uniforms mean: quantiles of the distribution, inside the range of the key. u : (n,) -> (n,)"""
        if self.law == "point":
            return np.full(len(u), self.ends)
        if self.law == "categories":
            weights = np.cumsum(list(self.ends.values())) / math.fsum(self.ends.values())
            return np.array(list(self.ends), object)[np.minimum(np.searchsorted(weights, u, "right"), len(weights) - 1)]
        inner = np.clip((u - self.chance) / (1.0 - self.chance), 1e-9, 1.0 - 1e-9)
        drawn = np.clip(frozen(self.law, self.ends).ppf(inner), self.parameter.low, self.parameter.high)
        found = np.where(u < self.chance, self.at if self.chance else 0.0, drawn)
        return np.rint(found).astype(np.int64) if self.parameter.whole else found

    def acts(self, scenario: Scenario) -> bool:
        """Does the scenario have what this size is about?"""
        if self.only and not {scenario.market.name, scenario.market.setting} & set(self.only):
            return False
        if self.beside and self.beside not in scenario.behaviour:
            return False
        level, _, rest = self.key.partition(".")
        name = rest.partition(".")[0]
        if level == "rivals":
            return len(scenario.firms) > 1 and (self.brings or self.at_rivals(scenario))
        chosen = {"program": scenario.focal_firm.program, "behaviour": scenario.behaviour}.get(level)
        return chosen is None or name in chosen or (self.brings and level == "behaviour")

    def at_rivals(self, scenario: Scenario) -> bool:
        """Does any rival have the component?"""
        _, level, name, _ = self.key.split(".", 3)
        return any(name in getattr(firm, level) for id_, firm in scenario.firms.items() if id_ != scenario.focal)


def frozen(law: str, ends: Sequence[float]) -> Any:
    """The distribution of a law, of `scipy.stats`."""
    from scipy import stats

    z = float(stats.norm.ppf(0.95))
    low, high = ends[0], ends[-1]
    if law == "triangular":
        return stats.triang((ends[1] - low) / (high - low), loc=low, scale=high - low)
    if law == "lognormal":
        return stats.lognorm(math.log(high / low) / (2.0 * z), scale=math.sqrt(low * high))
    if law == "normal":
        return stats.norm((low + high) / 2.0, (high - low) / (2.0 * z))
    return stats.loguniform(low, high) if law == "loguniform" else stats.uniform(low, high - low)


@cache
def rows(name: str) -> tuple[Row, ...]:
    """The rows of conf/worlds/<name>.yaml, in their order. Raises ConfigError with every problem of the file."""
    shown = f"conf/worlds/{name}.yaml"
    return read_rows(plain_yaml.read_text(conf_dir() / "worlds" / f"{name}.yaml", shown), shown)


def digest(name: str) -> str:
    """SHA-256 of conf/worlds/<name>.yaml as it is today, 64 hexadecimal digits; Chinese words draw nothing."""
    content = (conf_dir() / "worlds" / f"{name}.yaml").read_bytes()
    return hashlib.sha256(re.sub(rb", chinese: [^}]*", b"", content)).hexdigest()


def read_rows(text: str, shown: str) -> tuple[Row, ...]:
    """The rows of a text. shown : its file in messages. Raises ConfigError with every problem."""
    tree, places = plain_yaml.parse(text, shown)
    known = {p.key: p for p in parameters(components())} | {name: m.parameter for name, m in MEASURED.items()}
    found, problems = list[Row](), list[Problem]()
    for key, said in tree.items():
        wrong = Wrong(str(key), places.get(key, shown), problems)
        row = read_row(wrong, said, known)
        if row is not None:
            found.append(row)
    if problems:
        raise ConfigError(problems)
    return tuple(found)


@dataclass(frozen=True)
class Wrong:
    """Is told what is wrong with a row: its key, its place, the problems so far."""

    key: str
    place: str
    problems: list[Problem]

    def __call__(self, message: str, value: object = ABSENT) -> None:
        """One more. value : what was written, where that helps"""
        self.problems.append(Problem(self.key, message, value, self.place))


def read_row(wrong: Wrong, said: Any, known: Mapping[str, Parameter]) -> Row | None:
    """One row; None where something is wrong with it, which `wrong` has been told."""
    key = wrong.key
    parameter = known.get(key)
    if parameter is None or (parameter.low is None and not parameter.choices):
        wrong(f"is no size that can be drawn{suggestion(key, known)}")
        return None
    laws = [law for law in LAWS if isinstance(said, Mapping) and law in said]
    if len(laws) != 1:
        wrong(f"needs one distribution: {', '.join(LAWS)}", said)
        return None
    strange = [name for name in said if name not in (*LAWS, *REST)]
    for name in strange:
        wrong(f"knows no {name!r}{suggestion(str(name), (*LAWS, *REST))}", said[name])
    if not isinstance(said.get("source"), str) or not said["source"].strip():
        wrong("needs a source, or `source: assumed`")
    if not isinstance(said.get("chinese"), str) or not said["chinese"].strip():
        wrong("needs chinese: what it is called in Chinese")
    law, ends = laws[0], said[laws[0]]
    sound = check_ends(parameter, law, ends, wrong) and check_spike(parameter, said, wrong)
    only = tuple(said.get("only", ()))
    for name in only:
        if name not in (markets := (*groups()["market"], *SETTINGS)):
            wrong(f"is for a market that does not exist{suggestion(str(name), markets)}", name)
            sound = False
    if strange or not sound or not all(isinstance(said.get(word), str) for word in ("source", "chinese")):
        return None
    decides = "|".join([re.escape(key), *([MEASURED[key].decides] if key in MEASURED else [])])
    return Row(
        key, law, ends, said["source"], parameter, decides,
        said.get("at"), float(said.get("chance", 0.0)), only, bool(said.get("brings", False)),
        said.get("beside", ""),
        said.get("words", parameter.doc), said["chinese"],
    )  # fmt: skip


def check_ends(parameter: Parameter, law: str, ends: Any, wrong: Wrong) -> bool:
    """Are the numbers of a law in order and in the range of the key, its categories among the choices?"""
    if law in ("categories", "point"):
        named = ends if law == "categories" else {ends: 1.0}
        if not isinstance(named, Mapping) or not all(number(w) and w > 0 for w in named.values()) or not named:
            wrong("needs categories with weights above 0: {a: 0.75, b: 0.25}", ends)
            return False
        bad = [value for value in named if not allowed(parameter, value)]
    elif not isinstance(ends, list) or len(ends) != ENDS[law] or not all(map(number, ends)):
        wrong(f"needs {ENDS[law]} numbers for {law}", ends)
        return False
    elif parameter.choices:
        wrong(f"chooses from {', '.join(parameter.choices)}: write categories", ends)
        return False
    elif sorted(ends) != ends or ends[0] == ends[-1] or (law.startswith("log") and ends[0] <= 0.0):
        wrong(f"needs rising numbers{' above 0' if law.startswith('log') else ''} for {law}", ends)
        return False
    else:
        bad = [value for value in ends if not allowed(parameter, value)]
    for value in bad:
        wrong(f"lies outside what the key allows: {parameter.allowed}", value)
    return not bad


def check_spike(parameter: Parameter, said: Mapping[str, Any], wrong: Wrong) -> bool:
    """Do `at` and `chance` come together, the value allowed, the chance between 0 and 1?"""
    at, chance = said.get("at"), said.get("chance")
    if at is None and chance is None:
        return True
    if not number(chance) or chance is None or not 0.0 < chance < 1.0 or at is None:
        wrong("needs at: a value and chance: between 0 and 1, both or none", chance)
        return False
    if not allowed(parameter, at):
        wrong(f"lies outside what the key allows: {parameter.allowed}", at)
        return False
    return True


def number(value: Any) -> bool:
    """Is it a finite number?"""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def allowed(parameter: Parameter, value: Any) -> bool:
    """May the key have this value?"""
    if parameter.choices:
        return value in parameter.choices
    high = math.inf if parameter.high is None else parameter.high
    return number(value) and (-math.inf if parameter.low is None else parameter.low) <= value <= high
