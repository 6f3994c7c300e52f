"""What a sweep found: how an outcome ranges over its points, whether its sign turns, a figure and a short table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from loyaltysim.measures import registry
from loyaltysim.measures.statistics import estimate
from loyaltysim.present import charts
from loyaltysim.present.exploration import SHOWN, percent, rows_of, said
from loyaltysim.present.telling import Telling
from loyaltysim.studies.protocol import Answer
from loyaltysim.studies.sweep import Sweep

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EFFECTS = ("lift_visits", "lift_customers")  # what a program does, in shops and under contract
MONEY = "profit_per_customer"
RUN = ("point", "seed", "code", "forced")  # columns of the table that are neither set nor measured
LINES = 5  # values of a second key that a figure tells apart


def outcomes(table: pd.DataFrame, keys: Sequence[str]) -> list[str]:
    """What is told: the effect of the program and its profit; of a market alone the figure that points move most."""
    numbers = [name for name in table.columns if name not in (*RUN, *keys) and table[name].notna().any()]
    effect = [name for name in EFFECTS if name in numbers][:1]
    if effect:
        return [*effect, MONEY]
    return [max(numbers, key=lambda name: moved(table, name))] if numbers else []


def moved(table: pd.DataFrame, name: str) -> float:
    """How far an outcome differs between points: against luck between seeds, or against its mean if there is one."""
    by_point = table.groupby("point")[name]
    between, within = by_point.mean().var(), by_point.var().mean()
    scale = within if within > 0.0 else table[name].mean() ** 2
    return float(np.nan_to_num(between / scale)) if scale > 0.0 else 0.0


def points_of(table: pd.DataFrame, sets: Sequence[Mapping[str, object]], names: Sequence[str]) -> pd.DataFrame:
    """One row per point: `words`, what it sets, and every outcome with its interval (x, x_low, x_high)."""
    rows = []
    for _, runs in table.groupby("point", sort=True):
        set_here = sets[int(runs.point.iloc[0])]
        row: dict[str, object] = {"words": " ".join(f"{k}={v}" for k, v in set_here.items()) or "(as configured)"}
        row |= {key: str(v) if isinstance(v, (list, bool)) else v for key, v in set_here.items()}
        rows.append({**row, **intervals(runs, names)})
    return pd.DataFrame(rows)


def intervals(runs: pd.DataFrame, names: Sequence[str]) -> dict[str, float]:
    """Means over seeds with 95 % Student intervals: x, x_low, x_high; nan where there is none."""
    out = {}
    for name in names:
        e = estimate(runs[name].to_numpy(float), registry.unit(name))
        for column, value in ((name, e.value), (f"{name}_low", e.low), (f"{name}_high", e.high)):
            out[column] = np.nan if value is None else value
    return out


def story(points: pd.DataFrame, keys: Sequence[str], names: Sequence[str]) -> str:
    """From where to where the first outcome goes, and whether the sign of the last one turns; "" if none is known."""
    known = points.dropna(subset=list(names)) if names else points.iloc[:0]
    if known.empty:
        return ""
    unit = registry.unit(names[0])
    least, most = known.iloc[known[names[0]].argmin()], known.iloc[known[names[0]].argmax()]
    if len(known) == 1 or least[names[0]] == most[names[0]]:
        return f"{names[0]} is {said(least[names[0]], unit)}{'' if len(known) == 1 else ' at every point'}."
    ranges = (
        f"{names[0]} goes from {said(least[names[0]], unit)} at {least.words} "
        f"to {said(most[names[0]], unit)} at {most.words}."
    )
    flips = turns if names[-1] == MONEY else moves
    return f"{ranges} {flips(known, keys, names[-1])}"


def moves(points: pd.DataFrame, keys: Sequence[str], name: str) -> str:
    """Along which key an outcome moves most, the others averaged over."""
    means = {key: points.groupby(key, sort=False)[name].mean() for key in keys}
    key = max(means, key=lambda k: means[k].max() - means[k].min())
    low, high = means[key].idxmin(), means[key].idxmax()
    return f"It moves most with {key}: on average {means[key].min():.4g} at {low}, {means[key].max():.4g} at {high}."


def turns(points: pd.DataFrame, keys: Sequence[str], name: str) -> str:
    """Does the sign of an outcome turn within the sweep, and with which key most? Points settled by their interval."""
    above, below = points[f"{name}_low"] > 0.0, points[f"{name}_high"] < 0.0
    open_ones = len(points) - int(above.sum()) - int(below.sum())
    undecided = f"; {open_ones} cannot be told from 0" if open_ones else ""
    if above.all() or below.all():
        return f"{name} is {'above' if above.all() else 'below'} 0 at every point: nothing in these ranges flips it."
    if not above.any() or not below.any():
        side, count = ("above", above.sum()) if above.any() else ("below", below.sum())
        return (
            f"{name} is {side} 0 at {count} of {len(points)} points{undecided}: no point is surely on the other side."
        )
    shares = {key: points.assign(up=above).groupby(key, sort=False).up.mean() for key in keys}
    key = max(shares, key=lambda k: shares[k].max() - shares[k].min())
    high, low = shares[key].idxmax(), shares[key].idxmin()
    return (
        f"{name} is above 0 at {above.sum()} and below 0 at {below.sum()} of {len(points)} points{undecided}; it turns "
        f"most with {key}: above at {percent(shares[key].max())} of the points where it is {high}, "
        f"at {percent(shares[key].min())} where it is {low}."
    )


def short_table(points: pd.DataFrame, names: Sequence[str]) -> str:
    """At most eight points from the least to the most of the first outcome, evenly apart."""
    ranked = points.sort_values(names[0], kind="stable", na_position="first")
    at = np.unique(np.linspace(0, len(ranked) - 1, min(SHOWN, len(ranked))).round().astype(int))
    lines = [(row.words, *(cell(row, name) for name in names)) for _, row in ranked.iloc[at].iterrows()]
    return rows_of(lines, ("point", *names))


def cell(row: pd.Series, name: str) -> str:
    """A mean with its interval; - where it is undefined."""
    if not np.isfinite(row[name]):
        return "-"
    if not np.isfinite(row[f"{name}_low"]):
        return f"{row[name]:.4g}"
    return f"{row[name]:.4g} ({row[f'{name}_low']:.4g} to {row[f'{name}_high']:.4g})"


def draw(
    folder: Path, table: pd.DataFrame, points: pd.DataFrame, keys: Sequence[str], names: Sequence[str], found: str
) -> Path | None:
    """Each outcome against the key with most numbers, one line for each value of another; -> PNG, or None: one point.

    Further keys are averaged over, seed by seed. Where no key is a number, every point is a row with its interval.
    found : what the figure shows, in a sentence
    """
    if len(points) < 2:
        return None
    x, by = axes_of(table, keys)
    note = f"{len(table):,} runs of {len(points):,} points; mean over seeds with 95 % intervals"
    with charts.style():
        if x is None:
            return draw_rows(folder, points, names, found, note)
        data = curves(table, x, by, names)
        figure, axes = charts.sheet(9.0, 1.4 + 2.7 * len(names), len(names), sharex=True, squeeze=False)
        for name, panel in zip(names, axes[:, 0], strict=True):
            panel.axhline(0.0, color=charts.GREY, linewidth=0.8)
            along(panel, table[x])
            size, unit = scale(name)
            shown = data[data.outcome == name]
            charts.lines_with_bands(panel, shown.assign(**(size * shown[["value", "low", "high"]])), x)
            panel.set_ylabel(f"{name}\n{unit}")
        axes[-1, 0].set_xlabel(x)
        others = [key for key in keys if key not in (x, by) and table[key].nunique() > 1]
        lines = "" if by is None else f", a line for each {by}"
        averaged = f"; means over {', '.join(others)}" if others else ""
        title = f"{' and '.join(names)} over {x}"
        charts.headline(figure, title, fill(found, 105), fill(note + lines + averaged, 125))
        return charts.save(figure, folder, "figure", data)[0]


def along(panel: Axes, values: pd.Series) -> None:
    """Positive values that span more than a factor of eight are spread evenly by their ratios, each with its tick."""
    if values.min() > 0 and values.max() / values.min() > 8:
        panel.set_xscale("log")
        panel.set_xticks(sorted(values.unique()), [f"{v:g}" for v in sorted(values.unique())])
        panel.minorticks_off()


def scale(name: str) -> tuple[float, str]:
    """By what to multiply an outcome for the eye, and its unit: shares are drawn in percent."""
    unit = registry.unit(name)
    return (100.0, unit.replace("share", "%", 1)) if unit.startswith("share") else (1.0, unit)


def axes_of(table: pd.DataFrame, keys: Sequence[str]) -> tuple[str | None, str | None]:
    """The key to draw along, the numeric one with most values; and the key for whose values there are lines."""
    values = {key: table[key].nunique() for key in keys if table[key].nunique() > 1}
    numeric = [key for key in values if pd.api.types.is_numeric_dtype(table[key]) and table[key].dtype != bool]
    if not numeric:
        return None, None
    x = max(numeric, key=lambda key: values[key])
    rest = [key for key in values if key != x]
    return x, max(rest, key=lambda key: values[key]) if rest else None


def curves(table: pd.DataFrame, x: str, by: str | None, names: Sequence[str]) -> pd.DataFrame:
    """Mean and interval over seeds of every outcome, tidy: x, line, value, low, high, outcome."""
    kinds = [None] if by is None else some(list(dict.fromkeys(table[by].dropna())))
    parts = []
    for name, kind in product(names, kinds):
        rows = table if kind is None else table[table[by] == kind]
        runs: Any = rows.dropna(subset=[x, name]).groupby([x, "seed"], as_index=False)[name].mean()
        if len(runs):
            line = "" if kind is None else f"{kind:g}" if isinstance(kind, float) else str(kind)
            parts.append(charts.over_seeds(runs, x, name).assign(line=line, outcome=name))
    return pd.concat(parts, ignore_index=True)


def some(values: list[Any]) -> list[Any]:
    """At most five of several values, evenly apart, both ends among them."""
    at = np.unique(np.linspace(0, len(values) - 1, min(LINES, len(values))).round().astype(int))
    return [values[k] for k in at]


def draw_rows(folder: Path, points: pd.DataFrame, names: Sequence[str], found: str, note: str) -> Path:
    """A row with its interval for each of the first points."""
    shown = points.iloc[: 2 * SHOWN]
    figure, axes = charts.sheet(9.0, 1.4 + len(names) * (0.7 + 0.5 * len(shown)), len(names), squeeze=False)
    for name, panel in zip(names, axes[:, 0], strict=True):
        size, unit = scale(name)
        columns = {name: "value", f"{name}_low": "low", f"{name}_high": "high"}
        rows = (size * shown[list(columns)]).rename(columns=columns).assign(label=shown.words)
        charts.dots_with_intervals(panel, rows, "label")
        panel.set_xlabel(f"{name} ({unit})")
    left = f"; the first {len(shown)} of {len(points)} points" if len(shown) < len(points) else ""
    charts.headline(figure, " and ".join(names), fill(found, 105), note + left)
    data = shown[["words", *(f"{n}{end}" for n in names for end in ("", "_low", "_high"))]]
    return charts.save(figure, folder, "figure", data)[0]


def told(folder: Path, table: pd.DataFrame, sets: Sequence[Mapping[str, object]], keys: Sequence[str]) -> str:
    """Story, figure and table of a complete sweep as they are printed."""
    names = outcomes(table, keys)
    points = points_of(table, sets, names)
    front = [key for key in keys if key in table.columns]
    found = story(points, front, names)
    lines = [f"All {len(table):,} runs of {len(points):,} points are there and match their checksums.", found]
    if names:
        picture = charts.spared(lambda: draw(folder, table, points, front, names, found), None)
        lines += ["", *([f"figure: {picture}", ""] if picture else []), short_table(points, names)]
        if len(points) > SHOWN:
            lines.append(f"({len(points) - SHOWN:,} more points in the table)")
    return "\n".join(lines)


def screen(answer: Answer[pd.DataFrame], folder: Path | None) -> str:
    """Story, figure and table; the figure is drawn on the way, so that its place can be told."""
    sweep = answer.study
    assert isinstance(sweep, Sweep)
    return told(sweep.folder, answer.found, sweep.sets, sweep.design.keys)


TELLING = Telling(
    screen=screen,
    json=lambda answer: answer.found.to_json(orient="records", indent=1),
    place="table: {folder}/table.parquet",
)
