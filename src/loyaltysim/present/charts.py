"""Pieces of figures, in one style: each figure as PNG and SVG, with the data behind it as CSV beside it.

They serve runs, studies and experiments: `with style():`, `sheet`, `headline`, `lines_with_bands`,
`dots_with_intervals`, `save`. Figures are made without pyplot, so no window opens and no global setting changes; the
same data give the same bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from loyaltysim.configure.publish import publish, text
from loyaltysim.measures.statistics import estimate
from loyaltysim.present import fonts
from loyaltysim.runs.files import Writer, csv
from loyaltysim.scenario.said import spoken

T = TypeVar("T")

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


# Okabe & Ito 2008: eight colours that colour-blind readers tell apart; here in order of use.
BLUE, VERMILION, GREEN, PURPLE, SKY, ORANGE = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00"
INK, GREY, PALE = "#222222", "#767676", "#D9D9D9"
PALETTE = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY)
DASHES = ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)), (0, (3, 1)), (0, (8, 3)))  # lines differ in grey too
DOTS_PER_INCH = 150
TITLE, SMALL = 13, 9

LATIN = "DejaVu Sans"  # comes with matplotlib: the same everywhere
SETTINGS = {
    "font.family": "sans-serif",
    "font.sans-serif": [LATIN],
    "font.size": 10,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "text.color": INK,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "lines.linewidth": 2.0,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.hashsalt": "loyaltysim",
    "svg.fonttype": "path",
    "path.simplify": False,
    "text.parse_math": False,  # names come from outside: a dollar sign is a dollar sign
}


@contextmanager
def style() -> Iterator[None]:
    """The house style while the block runs: `with style(): ...`; nothing stays changed afterwards.

    Chinese is drawn with a font that has its glyphs. Raises NoGlyphs: none is installed.
    """
    import seaborn as sns
    from matplotlib import rc_context

    settings: Any = {**sns.axes_style("ticks"), **sns.plotting_context("notebook", font_scale=0.9), **SETTINGS}
    if spoken() == "zh":
        settings["font.sans-serif"] = [fonts.chinese(), LATIN]
    with rc_context(settings):
        yield


def sheet(width: float = 8.0, height: float = 4.5, rows: int = 1, columns: int = 1, **grid: Any) -> tuple[Figure, Any]:
    """An empty figure of so many inches and its axes (one, or an array of them). grid : as for `Figure.subplots`."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    engine: Any = figure.get_layout_engine()
    engine.set(w_pad=0.12, h_pad=0.1)
    return figure, figure.subplots(rows, columns, **grid)


def headline(figure: Figure, title: str, detail: str = "", note: str = "") -> None:
    """Say on top what the figure shows, below it in grey how it was got, at the foot where it comes from.

    Line breaks are the caller's; the axes make room for as many lines as there are.
    """
    width, height = figure.get_size_inches()
    left, at = 0.16 / width, 1.0 - 0.14 / height
    for words, size, colour, weight in ((title, TITLE, INK, "bold"), (detail, SMALL + 0.5, GREY, "normal")):
        if words:
            figure.text(left, at, words, fontsize=size, color=colour, fontweight=weight, va="top", linespacing=1.25)
            at -= (size / 72 * 1.35 * (words.count("\n") + 1) + 0.04) / height
    foot = 0.0
    if note:
        figure.text(left, 0.1 / height, note, fontsize=SMALL - 1, color=GREY, va="bottom", linespacing=1.25)
        foot = (0.12 + (SMALL - 1) / 72 * 1.35 * (note.count("\n") + 1)) / height
    engine: Any = figure.get_layout_engine()
    engine.set(rect=(0.0, foot, 1.0, at - foot))


def lines_with_bands(
    axes: Axes,
    data: pd.DataFrame,
    x: str,
    *,
    by: str = "line",
    value: str = "value",
    low: str = "low",
    high: str = "high",
    colours: Mapping[str, str] | None = None,
) -> None:
    """One line with its interval for every value of `by`, named at its right end instead of in a legend.

    data : tidy; columns x, by, value and, if there are intervals, low and high (NaN = no interval there)
    """
    names = list(dict.fromkeys(data[by]))
    chosen = dict(zip(names, PALETTE * len(names), strict=False)) | dict(colours or {})
    ends = {}
    for name, dash in zip(names, DASHES * len(names), strict=False):
        line = data[data[by] == name].sort_values(x)
        if low in line and line[low].notna().any():
            axes.fill_between(line[x], line[low], line[high], color=chosen[name], alpha=0.15, linewidth=0)
        axes.plot(line[x], line[value], color=chosen[name], linestyle=dash)
        if (known := line[line[value].notna()]).size:  # a line that is nowhere defined has no end to be named at
            ends[name] = (known[x].iloc[-1], known[value].iloc[-1])
    if ends:
        label_ends(axes, ends, chosen)


def label_ends(axes: Axes, ends: Mapping[str, tuple[float, float]], colours: Mapping[str, str]) -> None:
    """Write each line's name to the right of its end, moved apart where two would overlap."""
    bottom, top = axes.get_ylim()
    place = axes.get_subplotspec()
    rows = 1 if place is None else place.get_gridspec().nrows
    figure: Any = axes.figure
    gap = 0.055 * (top - bottom) * 4.5 * rows / figure.get_size_inches()[1]
    names = sorted(ends, key=lambda name: ends[name][1])
    places = spread([ends[name][1] for name in names], gap)
    right = max(x for x, _ in ends.values())
    for name, y in zip(names, places, strict=True):
        axes.annotate(
            name, (right, y), xytext=(6, 0), textcoords="offset points", va="center", ha="left",
            color=colours[name], fontsize=SMALL + 0.5, annotation_clip=False,
        )  # fmt: skip


def spread(places: Sequence[float], gap: float) -> list[float]:
    """Move sorted places as little as possible until neighbours are `gap` apart (pooled around their means)."""
    groups: list[tuple[float, int]] = []  # (mean of place - gap * position, members)
    for k, place in enumerate(places):
        mean, size = place - gap * k, 1
        while groups and groups[-1][0] >= mean:
            other, count = groups.pop()
            mean, size = (other * count + mean * size) / (count + size), count + size
        groups.append((mean, size))
    means = [mean for mean, size in groups for _ in range(size)]
    return [mean + gap * k for k, mean in enumerate(means)]


def save(figure: Figure, folder: str | Path, name: str, data: pd.DataFrame) -> list[Path]:
    """Write name.png, name.svg and the data behind them as name.csv; -> the three paths. Same input, same bytes."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    made = files(name, figure, data)
    for own, write in made.items():
        publish(folder / own, write)
    return [folder / own for own in made]


def files(name: str, figure: Figure, data: pd.DataFrame) -> dict[str, Writer]:
    """How a figure is written: as PNG, as SVG, and the data behind it as CSV."""
    png = rendered(figure, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    svg = rendered(figure, format="svg", metadata={"Date": None, "Creator": None})
    return {f"{name}.png": png, f"{name}.svg": svg, f"{name}.csv": text(csv(data))}


def rendered(figure: Figure, **how: Any) -> Writer:
    """A figure ready to be written: what cannot be drawn fails here, before any file of the answer is begun."""
    drawn = BytesIO()
    with style():
        figure.savefig(drawn, **how)

    def write(path: Path) -> None:
        path.write_bytes(drawn.getvalue())

    return write


def spared(draw: Callable[[], T], without: T) -> T:
    """What a drawing gives; where it fails, `without`, and a sentence on standard error: no figure costs an answer.

    Raises OSError: that is about the disk, not the figure.
    """
    try:
        return draw()
    except OSError:
        raise
    except fonts.NoGlyphs as error:
        once(f"loyaltysim: {error}")
    except Exception as error:
        why = (str(error).strip().splitlines() or [""])[0]
        print(
            f"loyaltysim: a figure could not be drawn and is left out: {type(error).__name__}: {why}", file=sys.stderr
        )
    return without


@cache
def once(text: str) -> None:
    """Said on standard error the first time: what holds for all figures is told with the first of them."""
    print(text, file=sys.stderr)


def over_seeds(table: pd.DataFrame, x: str, value: str) -> pd.DataFrame:
    """Mean and 95 % interval of a column at each x. table : one row per x and seed; -> x, value, low, high."""
    found = [(at, estimate(rows[value].to_numpy(), "")) for at, rows in table.groupby(x, sort=True)]
    ends = [(at, e.value, e.low, e.high) for at, e in found]
    table = pd.DataFrame(ends, columns=[x, "value", "low", "high"])
    return table.astype(dict.fromkeys(("value", "low", "high"), float))


def dots_with_intervals(axes: Axes, data: pd.DataFrame, label: str, *, colour: str = BLUE, digits: int = 2) -> None:
    """One row per label with its value, interval and number, top to bottom; a thin line at 0.

    data : columns label, value, low, high (NaN = no interval), in the order in which they are read
    """
    from matplotlib.patheffects import withStroke

    places = np.arange(len(data))[::-1]
    values = data["value"].astype(float)
    ends = [(values - data["low"].astype(float)).fillna(0.0), (data["high"].astype(float) - values).fillna(0.0)]
    axes.axvline(0.0, color=GREY, linewidth=0.8)
    axes.errorbar(values, places, xerr=ends, fmt="o", color=colour, markersize=7, elinewidth=2, capsize=3)
    for value, place in zip(values, places, strict=True):
        axes.annotate(
            signed(value, digits), (value, place), xytext=(0, 8), textcoords="offset points", ha="center",
            color=colour, fontsize=SMALL, fontweight="bold", path_effects=[withStroke(linewidth=3, foreground="white")],
        )  # fmt: skip
    name_rows(axes, places, list(data[label]))


def name_rows(axes: Axes, places: np.ndarray, labels: Sequence[str]) -> None:
    """Put the names of rows where the vertical axis would stand."""
    axes.set_yticks(places, labels)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(min(places) - 0.6, max(places) + 0.7)


def signed(value: float, digits: int = 2) -> str:
    """A number with its sign: `+0.93`, `−0.13`; what rounds to nothing is `0.00`."""
    rounded = round(value, digits) + 0.0
    return f"{rounded:{'+' if rounded else ''}.{digits}f}".replace("-", "\N{MINUS SIGN}")


def mark(axes: Axes, x: float, words: str) -> None:
    """A dated event: a thin upright line with its name at the top."""
    axes.axvline(x, color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.annotate(
        words, (x, 1.0), xycoords=("data", "axes fraction"), xytext=(5, -2), textcoords="offset points", va="top",
        fontsize=SMALL, color=GREY,
    )  # fmt: skip
