"""What a sweep found: how an outcome ranges over its points, whether its sign turns, a figure and a short table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from loyaltysim.measures import registry
from loyaltysim.measures.statistics import estimate
from loyaltysim.present import charts
from loyaltysim.present.exploration import SHOWN, percent, rows_of, said
from loyaltysim.present.sweep_answer import MONEY, Swept, figure_of, reading
from loyaltysim.present.sweep_figure import draw
from loyaltysim.present.telling import Telling
from loyaltysim.runs.files import Writer
from loyaltysim.scenario.said import Said
from loyaltysim.studies.protocol import Answer
from loyaltysim.studies.reading import Reading
from loyaltysim.studies.sweep import Sweep

EFFECTS = ("lift_visits", "lift_customers")  # what a program does, in shops and under contract
RUN = ("point", "seed", "code", "forced")  # columns of the table that are neither set nor measured


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
        row: dict[str, object] = {
            "point": int(runs.point.iloc[0]),
            "words": " ".join(f"{k}={v}" for k, v in set_here.items()) or "(as configured)",
        }
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


def told(table: pd.DataFrame, sets: Sequence[Mapping[str, object]], keys: Sequence[str]) -> str:
    """Story and table of a complete sweep as they are printed with --more."""
    names = outcomes(table, keys)
    points = points_of(table, sets, names)
    front = [key for key in keys if key in table.columns]
    found = story(points, front, names)
    lines = [f"All {len(table):,} runs of {len(points):,} points are there and match their checksums.", found]
    if names:
        lines += ["", short_table(points, names)]
        if len(points) > SHOWN:
            lines.append(f"({len(points) - SHOWN:,} more points in the table)")
    return "\n".join(lines)


def swept(answer: Answer[pd.DataFrame]) -> Swept:
    """A complete sweep as it is read aloud and drawn."""
    sweep, table = answer.study, answer.found
    assert isinstance(sweep, Sweep)
    keys = [key for key in sweep.design.keys if key in table.columns]
    names = outcomes(table, sweep.design.keys)
    points = points_of(table, sweep.sets, names)
    return Swept(table, points, sweep.sets, keys, names, sweep.design.points[0].scenario)


def screen(answer: Answer[pd.DataFrame], folder: Path | None) -> str:
    """Story and table."""
    sweep = answer.study
    assert isinstance(sweep, Sweep)
    return told(answer.found, sweep.sets, sweep.design.keys)


def read_aloud(answer: Answer[pd.DataFrame], folder: Path | None) -> Reading:
    """The answer, and where its figure lies."""
    found = swept(answer)
    return reading(found, "" if folder is None else figure_of(folder, found.points, found.names))


def summary(answer: Answer[pd.DataFrame]) -> dict[str, int]:
    """What summary.json says beside the answer: how much was run. The numbers are in table.parquet."""
    return {"points": int(answer.found.point.nunique()), "runs": len(answer.found)}


def pages(answer: Answer[pd.DataFrame]) -> dict[str, Writer]:
    """The figure."""
    found = swept(answer)

    def drawn() -> dict[str, Writer]:
        made = draw(found, reading(found))
        return {} if made is None else charts.files("figure", *made)

    return charts.spared(drawn, {})


TELLING = Telling(
    screen=screen,
    reading=read_aloud,
    summary=summary,
    pages=pages,
    json=lambda answer: answer.found.to_json(orient="records", indent=1),
    place=Said("table: {folder}/table.parquet", "数据表：{folder}/table.parquet"),
)
