"""Which factors move an outcome, and where it changes sign: indices with intervals, and rules in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from loyaltysim.runs.extras import needed
from loyaltysim.studies.factors import Factor, levels, problem_of

RESAMPLES = 500  # of the bootstrap behind the intervals
DEEP = 3  # conditions in a rule at most, so that a person can read it
SHARE = 0.05  # of the points that a rule must hold at least
FOLDS = 5  # of the cross-validation


def indices(design: str, factors: Sequence[Factor], places: np.ndarray, y: np.ndarray, seed: int = 1) -> pd.DataFrame:
    """One row per factor, most important first: how much of an outcome it moves, with 95 % intervals (bootstrap).

    places : the design as `factors.cube` made it;  y : the outcome at each of its points, none undefined
    sobol  : first, total = shares of the outcome's variance that the factor explains alone, and with all others
             (Saltelli et al. 2010); morris: mu_star = mean absolute change of the outcome when the factor goes through
             its range or to another category, sigma = how much that depends on the others (Campolongo et al. 2007),
             in units of the outcome
    An outcome that never changes has indices of 0.
    """
    names = ("first", "total") if design == "sobol" else ("mu_star", "sigma")
    table = pd.DataFrame({"factor": [f.key for f in factors], "role": [f.role for f in factors]})
    if np.ptp(y) == 0.0:
        return table.assign(**{f"{n}{end}": 0.0 for n in names for end in ("", "_low", "_high")})
    problem = problem_of(factors)
    if design == "sobol":
        sobol = needed("SALib.analyze.sobol", "explore.design")
        found = sobol.analyze(problem, y, calc_second_order=False, num_resamples=RESAMPLES, seed=seed)
        values = {"first": (found["S1"], found["S1_conf"]), "total": (found["ST"], found["ST_conf"])}
    else:
        morris = needed("SALib.analyze.morris", "explore.design")
        found = morris.analyze(
            problem, places, y, num_levels=levels(factors), num_resamples=RESAMPLES, seed=seed
        )  # fmt: skip
        none = np.full(len(factors), np.nan)
        count = levels(factors)
        step = count / (2.0 * (count - 1.0))  # of the design: a category changes once on the way, whatever its length
        scale = np.array([step if f.words else 1.0 for f in factors])
        values = {
            "mu_star": (scale * found["mu_star"], scale * found["mu_star_conf"]),
            "sigma": (scale * found["sigma"], none),
        }
    for name, (value, half) in values.items():
        value, half = np.asarray(value, float), np.asarray(half, float)
        table = table.assign(**{name: value, f"{name}_low": value - half, f"{name}_high": value + half})
    rank = names[1] if design == "sobol" else names[0]
    return table.sort_values([rank, "factor"], ascending=[False, True], ignore_index=True)


@dataclass(frozen=True)
class Rule:
    """A box of the space in plain words.

    above    : is the outcome above the threshold there, or at most it?
    coverage : share of all such points that lie in the box;  density : share of the box's points that are such
    """

    words: str
    above: bool
    coverage: float
    density: float
    points: int


@dataclass(frozen=True)
class Discovery:
    """Rules, largest coverage first; share : of all points above; sure : accuracy on points held back (folds)."""

    rules: list[Rule]
    share: float
    sure: float | None


Column = tuple[str, str | None, str | None]  # key, the option that 1 stands for, the only other one


@dataclass
class Box:
    """Conditions of a path through the tree."""

    low: dict[str, float] = field(default_factory=dict)
    high: dict[str, float] = field(default_factory=dict)
    only: dict[str, str] = field(default_factory=dict)
    never: dict[str, list[str]] = field(default_factory=dict)

    def words(self) -> str:
        """`market.S above 1.3 and program is points`."""
        told = []
        for key in dict.fromkeys([*self.only, *self.never, *self.low, *self.high]):
            if key in self.only:
                told.append(f"{key} is {self.only[key]}")
            elif key in self.never:
                told.append(f"{key} is not {' or '.join(self.never[key])}")
            elif key in self.low and key in self.high:
                told.append(f"{key} between {self.low[key]:.3g} and {self.high[key]:.3g}")
            else:
                side, end = ("above", self.low[key]) if key in self.low else ("up to", self.high[key])
                told.append(f"{key} {side} {end:.3g}")
        return " and ".join(told) or "everywhere"

    def split(self, column: Column, threshold: float, right: bool) -> Box:
        """The half of this box on one side of a split of the tree."""
        key, option, other = column
        half = Box(dict(self.low), dict(self.high), dict(self.only), {k: list(v) for k, v in self.never.items()})
        if option is None:
            if right:
                half.low[key] = max(threshold, half.low.get(key, threshold))
            else:
                half.high[key] = min(threshold, half.high.get(key, threshold))
        elif right or other is not None:
            half.only[key] = option if right or other is None else other
        else:
            half.never.setdefault(key, []).append(option)
        return half


def discover(
    factors: Sequence[Factor], values: Sequence[Mapping[str, float | int | str]], y: np.ndarray, threshold: float = 0.0
) -> Discovery:
    """Scenario discovery: the boxes in which an outcome is above or at most a threshold (a decision tree).

    values : what each factor is at each point;  y : the outcome there; undefined points are left out
    Raises ConfigError where scikit-learn is missing.
    """
    tree, selection = needed("sklearn.tree", "explore"), needed("sklearn.model_selection", "explore")
    known = np.isfinite(y)
    columns, matrix = coded(factors, [v for v, k in zip(values, known, strict=True) if k])
    above = y[known] > threshold
    if len(above) == 0 or above.all() or not above.any():
        rules = [Rule("everywhere", bool(above.all()), 1.0, 1.0, len(above))] if len(above) else []
        return Discovery(rules, float(above.mean()) if len(above) else float("nan"), None)
    least = max(2, round(SHARE * len(above)))
    model = tree.DecisionTreeClassifier(max_depth=DEEP, min_samples_leaf=least, random_state=0)
    rarer = int(min(above.sum(), (~above).sum()))
    sure = None
    if rarer >= FOLDS:
        folds = selection.StratifiedKFold(FOLDS, shuffle=True, random_state=0)
        sure = float(selection.cross_val_score(model, matrix, above, cv=folds).mean())
    grown = model.fit(matrix, above).tree_
    at = model.apply(matrix)
    rules = []
    for node, box in leaves(grown, columns):
        inside = above[at == node]
        side = bool(inside.mean() > 0.5)
        hits = int((inside == side).sum())
        rules.append(Rule(box.words(), side, hits / int((above == side).sum()), hits / len(inside), len(inside)))
    rules.sort(key=lambda r: (-r.above, -r.coverage, r.words))
    return Discovery(rules, float(above.mean()), sure)


def coded(
    factors: Sequence[Factor], values: Sequence[Mapping[str, float | int | str]]
) -> tuple[list[Column], np.ndarray]:
    """A column per range, and one per category and option (1 = it is this one), of two options only one."""
    columns: list[Column] = []
    for f in factors:
        options = [w.partition("=")[2] for w in f.words]
        if len(options) == 2:
            columns.append((f.key, options[0], options[1]))
        else:
            columns += [(f.key, option, None) for option in options] or [(f.key, None, None)]
    rows = [[float(v[key]) if o is None else float(v[key] == o) for key, o, _ in columns] for v in values]
    return columns, np.array(rows, float).reshape(len(rows), len(columns))


def leaves(grown: Any, columns: Sequence[Column], node: int = 0, box: Box | None = None) -> Iterator[tuple[int, Box]]:
    """Every leaf of a tree with its box; two neighbours of one kind stay apart only if their conditions do."""
    box = box or Box()
    if grown.children_left[node] < 0:
        yield node, box
        return
    column, threshold = columns[grown.feature[node]], float(grown.threshold[node])
    yield from leaves(grown, columns, grown.children_left[node], box.split(column, threshold, False))
    yield from leaves(grown, columns, grown.children_right[node], box.split(column, threshold, True))
