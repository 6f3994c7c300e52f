"""The figure of a sweep: each outcome along the key with most values, in words, with units."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from loyaltysim.measures.registry import find
from loyaltysim.present import charts, settings
from loyaltysim.present.answer import FEWEST, wrapped
from loyaltysim.present.sweep_answer import MONEY, Swept
from loyaltysim.scenario.said import Said
from loyaltysim.studies.reading import Reading

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINES = 5  # values of a second key that a figure tells apart
ROWS = 16  # of a figure in which no key is a number
WIDTH, TITLE, DETAIL, NOTE = 7.0, 58, 86, 96  # inches; columns of letters: so that a phone shows them readable


def draw(swept: Swept, told: Reading) -> tuple[Figure, pd.DataFrame] | None:
    """Each outcome against the key with most numbers, one line for each value of another; None: one point.

    Further keys are averaged over, seed by seed. Where no key is a number, every point is a row with its interval.
    told : its first two sentences are the title and what stands below it
    """
    if len(swept.points) < 2 or not swept.names:
        return None
    x, by = axes_of(swept.table, swept.keys)
    with charts.style():
        return rows_of(swept, told) if x is None else lines_of(swept, told, x, by)


def lines_of(swept: Swept, told: Reading, x: str, by: str | None) -> tuple[Figure, pd.DataFrame]:
    """An outcome a panel, along one key."""
    data = curves(swept.table, x, by, swept.names)
    figure, axes = charts.sheet(WIDTH, 1.7 + 2.6 * len(swept.names), len(swept.names), sharex=True, squeeze=False)
    for name, panel in zip(swept.names[::-1], axes[:, 0], strict=True):  # what the title speaks of first
        panel.axhline(0.0, color=charts.GREY, linewidth=0.8)
        along(panel, swept.table[x])
        shown, size = data[data.outcome == name], find(name).style.scale
        shown = shown.assign(**(size * shown[["value", "low", "high"]]))
        if by is not None:
            shown = shown.assign(line=[str(settings.value(by, value)) for value in shown.line])
        charts.lines_with_bands(panel, shown if swept.runs >= FEWEST else shown.drop(columns=["low", "high"]), x)
        panel.set_ylabel(label(swept, name))
    axes[-1, 0].set_xlabel(str(settings.measured_in(x, swept.money)))
    others = [settings.called(key) for key in swept.varied if key not in (x, by)]
    more = []
    if by is not None:
        told_by = str(Said("lines: ", "各线：")) + str(settings.measured_in(by, swept.money))
        axes[0, 0].set_title(told_by, loc="right", fontsize=charts.SMALL, color=charts.GREY)
    if others:
        en, zh = ", ".join(o.en for o in others), "、".join(o.zh for o in others)
        more.append(Said(f"Means over {en}.", f"对{zh}取平均。"))
    titled(figure, told, note(swept, more))
    return figure, data


def rows_of(swept: Swept, told: Reading) -> tuple[Figure, pd.DataFrame]:
    """A row with its interval for each of the first points."""
    shown, names = swept.points.iloc[:ROWS], swept.names
    figure, axes = charts.sheet(WIDTH, 1.7 + len(names) * (0.7 + 0.45 * len(shown)), len(names), squeeze=False)
    labels = [
        str(settings.point({k: v for k, v in swept.sets[int(at)].items() if k in swept.varied})) for at in shown.point
    ]
    for name, panel in zip(names, axes[:, 0], strict=True):
        columns = {name: "value", f"{name}_low": "low", f"{name}_high": "high"}
        rows = (find(name).style.scale * shown[list(columns)]).rename(columns=columns).assign(label=labels)
        if swept.runs < FEWEST:
            rows[["low", "high"]] = np.nan
        charts.dots_with_intervals(panel, rows, "label")
        panel.set_xlabel(label(swept, name, one_line=True))
    left = len(swept.points) - len(shown)
    more = [Said(f"The first {len(shown)} of {len(swept.points)} settings.", f"前 {len(shown)} 个设定。")] * bool(left)
    titled(figure, told, note(swept, more))
    return figure, shown[["words", *(f"{n}{end}" for n in names for end in ("", "_low", "_high"))]]


def label(swept: Swept, name: str, one_line: bool = False) -> str:
    """An outcome with its unit beside an axis."""
    said, style = str(swept.called(name)), find(name).style
    unit = str(Said(" (%)", "（%）")) if style.scale == 100.0 and "%" not in said else ""
    if name == MONEY:
        unit = str(Said(f", {swept.money.en}", f"（{swept.money.zh}）"))
    return said + unit if one_line else "\n".join(wrapped(said + unit, 24))


def titled(figure: Figure, told: Reading, foot: str) -> None:
    """Its first sentence over the figure, its second below that."""
    title, detail = ("\n".join(wrapped(str(text), at)) for text, at in ((told.first, TITLE), (told.second, DETAIL)))
    charts.headline(figure, title, detail, "\n".join(wrapped(foot, NOTE)))


def note(swept: Swept, more: Sequence[Said]) -> str:
    """The foot: what lines are, what is averaged over, how many runs, in which market."""
    runs, points, seeds = len(swept.table), len(swept.points), swept.runs
    size = Said(
        f"{points:,} settings, {seeds:,} runs of each{': too few for intervals' if seeds < FEWEST else ''}.",
        f"{points:,} 个设定，各运行 {seeds:,} 次{'，太少，不画区间' if seeds < FEWEST else ''}。",
    )
    band = Said("Bands: 95 % over runs.", "阴影：各次运行的 95 % 区间。") if seeds >= FEWEST else Said("", "")
    market = Said(f"Market: {swept.scenario.market.name}.", f"市场：{swept.scenario.market.name}。")
    said = Said("", "")
    for part in (*more, size, band, market) if runs else ():
        said = said + part
    return str(said)


def along(panel: Axes, values: pd.Series) -> None:
    """Positive values that span more than a factor of eight are spread evenly by their ratios, each with its tick.

    Of more than eight values every second one, or third, has a tick, so that none lies on another.
    """
    if values.min() > 0 and values.max() / values.min() > 8:
        every = sorted(values.unique())
        ticks = every[:: -(-len(every) // 8)]
        panel.set_xscale("log")
        panel.set_xticks(ticks, [f"{v:g}" for v in ticks])
        panel.minorticks_off()


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
