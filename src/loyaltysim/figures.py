"""Draw what a run found, in one style: each figure as PNG and SVG, with the data behind it as CSV beside it.

The pieces serve experiments too: `with style():`, `sheet`, `headline`, `lines_with_bands`, `dots_with_intervals`,
`save`. Figures are made without pyplot, so no window opens and no global setting changes; the same records give the
same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from loyaltysim.evaluate.lift import amplifiers
from loyaltysim.evaluate.statistics import estimate
from loyaltysim.records import Records, publish, text

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

SETTINGS = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib: the same everywhere
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
}


@contextmanager
def style():
    """The house style while the block runs: `with style(): ...`; nothing stays changed afterwards."""
    import seaborn as sns
    from matplotlib import rc_context

    with rc_context({**sns.axes_style("ticks"), **sns.plotting_context("notebook", font_scale=0.9), **SETTINGS}):
        yield


def sheet(width: float = 8.0, height: float = 4.5, rows: int = 1, columns: int = 1, **grid) -> tuple[Figure, Axes]:
    """An empty figure of so many inches and its axes (one, or an array of them). grid : as for `Figure.subplots`."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.1)
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
    figure.get_layout_engine().set(rect=(0.0, foot, 1.0, at - foot))


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
        ends[name] = (line[x].iloc[-1], line[value].iloc[-1])
    label_ends(axes, ends, chosen)


def label_ends(axes: Axes, ends: Mapping[str, tuple[float, float]], colours: Mapping[str, str]) -> None:
    """Write each line's name to the right of its end, moved apart where two would overlap."""
    bottom, top = axes.get_ylim()
    place = axes.get_subplotspec()
    rows = 1 if place is None else place.get_gridspec().nrows
    gap = 0.055 * (top - bottom) * 4.5 * rows / axes.figure.get_size_inches()[1]
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
    return [mean + gap * k for k, mean in enumerate(np.repeat(*zip(*groups, strict=True)))] if groups else []


def save(figure: Figure, folder: str | Path, name: str, data: pd.DataFrame) -> list[Path]:
    """Write name.png, name.svg and the data behind them as name.csv; -> the three paths. Same input, same bytes."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with style():
        png = partial(write_figure, figure, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
        svg = partial(write_figure, figure, format="svg", metadata={"Date": None, "Creator": None})
        publish(folder / f"{name}.png", png)
        publish(folder / f"{name}.svg", svg)
    publish(folder / f"{name}.csv", text(data.to_csv(index=False, float_format="%.8g", lineterminator="\n")))
    return [folder / f"{name}.{kind}" for kind in ("png", "svg", "csv")]


def write_figure(figure: Figure, path: Path, **how) -> None:
    """Write a figure to a file, however the file is called."""
    with path.open("wb") as file:
        figure.savefig(file, **how)


def over_seeds(table: pd.DataFrame, x: str, value: str) -> pd.DataFrame:
    """Mean and 95 % interval of a column at each x. table : one row per x and seed; -> x, value, low, high."""
    found = [(at, estimate(rows[value].to_numpy(), "")) for at, rows in table.groupby(x, sort=True)]
    ends = [(at, e.value, e.low, e.high) for at, e in found]
    return pd.DataFrame(ends, columns=[x, "value", "low", "high"]).astype({"low": float, "high": float})


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


def draw(records: Records, folder: str | Path) -> list[Path]:
    """Draw every figure of a run into `folder`/figures; -> the paths of PNG, SVG and CSV, the first figure first."""
    place = Path(folder) / "figures"
    with style():
        if "lift_visits" not in records.summary:
            return draw_market(records, place)
        drawings = (draw_weeks, draw_parts, draw_groups, draw_members, draw_profit)
        return [path for drawing in drawings for path in drawing(records, place)]


def footnote(records: Records) -> str:
    """How much was simulated, in which market, under whose notice."""
    market = records.scenario.market
    shared = ", the same people and luck in both worlds" if "lift_visits" in records.summary else ""
    size = f"Market: {market.name}. {records.size}{shared}."
    return f"{size}\n{market.notice}" if market.notice else size


def number(records: Records, name: str) -> dict[str, float]:
    """value, low and high of a number in the summary; NaN where one is unknown."""
    found = records.summary[name]
    return {part: float("nan") if found[part] is None else float(found[part]) for part in ("value", "low", "high")}


def contracts(records: Records) -> bool:
    """Do customers have contracts, so that a week is told in customers instead of visits?"""
    return records.scenario.market.setting == "contract"


def focal_weeks(records: Records) -> pd.DataFrame:
    """Per arm, seed and week: the focal firm's visits (or customers by contract), share of all (%), profit (cents)."""
    keys, counted = ["arm", "seed", "week"], "customers" if contracts(records) else "visits"
    weeks = records.firms[records.firms.arm != "replayed"]
    own = weeks[weeks.firm == records.scenario.focal].set_index(keys)[[counted, "profit"]]
    own["share"] = 100.0 * own[counted] / weeks.groupby(keys)[counted].sum()
    return own.rename(columns={counted: "visits"}).reset_index()


def draw_weeks(records: Records, folder: Path) -> list[Path]:
    """The focal firm's share of visits in both worlds, and the extra visits of each week in percent.

    Of contracts: its customers, in percent of those at the launch.
    """
    s, weeks, base = records.scenario, focal_weeks(records), contracts(records)
    counted = "customers" if base else s.market.occasion
    launch = number(records, "launch_week")["value"]
    lift = number(records, "lift_customers" if base else "lift_visits")["value"]
    if base:
        first = weeks[weeks.week == max(0.0, launch - 1)].set_index(["arm", "seed"]).visits
        weeks["share"] = 100.0 * weeks.visits / first.loc[pd.MultiIndex.from_frame(weeks[["arm", "seed"]])].to_numpy()
    arms = {"with the program": "with", "without the program": "without"}
    blocks = weeks.assign(week=(weeks.week - launch) // BLOCK * BLOCK + launch + BLOCK)
    share = {
        line: over_seeds(blocks[blocks.arm == arm], "week", "share").assign(line=line) for line, arm in arms.items()
    }
    wide = weeks.pivot(index=["week", "seed"], columns="arm", values="visits")
    extra = over_seeds((100.0 * (wide["with"] / wide["without"] - 1.0)).rename("extra").reset_index(), "week", "extra")
    extra["week"] += 1
    figure, (top, bottom) = sheet(8.5, 5.8, rows=2, sharex=True, height_ratios=(3, 2))
    new, old = share.values()
    top.fill_between(new.week, old.value, new.value, color=BLUE, alpha=0.25, linewidth=0)
    levels = pd.concat(share.values())
    colours = {"without the program": GREY, "with the program": BLUE}
    lines_with_bands(top, levels.drop(columns=["low", "high"]), "week", colours=colours)
    lines_with_bands(bottom, extra.assign(line=""), "week", colours={"": BLUE})
    bottom.axhline(0.0, color=GREY, linewidth=0.8)
    top.set_ylabel("customers (% of\nthose at the launch)" if base else f"share of all\n{counted} (%)")
    bottom.set(ylabel=f"extra {counted}\n(% of the week's)", xlabel="week")
    for axes, words in ((top, "launch"), (bottom, "")):
        mark(axes, launch, words)
    figure.align_ylabels()
    horizon = f"in the {s.weeks - launch:.0f} weeks after the launch"
    horizon = f"{s.weeks - launch:.0f} weeks after the launch" if base else horizon
    title = f"{signed(100 * lift)} % {counted} for firm {s.focal} {horizon}"
    detail = f"Top: mean over runs, each point the {BLOCK} weeks before it. Bottom: with against without, 95 % band"
    headline(figure, title, detail, footnote(records))
    return save(figure, folder, "weekly", pd.concat([levels, extra.assign(line="extra visits (%)")]))


BLOCK = 4  # weeks that a point of the upper line stands for
PARTS = {
    "lift_from_price": "price: elasticity x reward\nx sales enrolled",
    "lift_from_selection": "who joins, and how\nrewards pull them",
    **{f"lift_from_{name}": fill(label, 18) for name, label in amplifiers().items()},
    "lift_from_remainder": "remainder",
    "lift_visits": "lift of visits",
}


SOURCES = {
    "extra_from_exited": "fewer left\nthe market",
    "extra_from_lost": "fewer went\nto rivals",
    "extra_from_won": "more came\nfrom rivals",
    "extra_from_acquired": "more came\nfrom outside",
    "extra_customers": "extra customers",
}


def draw_parts(records: Records, folder: Path) -> list[Path]:
    """The lift of visits as a waterfall of its parts, with intervals; of contracts, the extra customers."""
    base, s = contracts(records), records.scenario
    labels, whole = (SOURCES, "extra_customers") if base else (PARTS, "lift_visits")
    rows = [{"part": name, **number(records, name)} for name in labels if name in records.summary]
    rows = [row for row in rows if row["value"] != 0.0 or row["part"] == whole]
    data = pd.DataFrame(rows)
    data[["value", "low", "high"]] *= 1.0 if base else 100.0
    steps = data.value.to_numpy()
    starts = np.append(np.cumsum(steps[:-1]) - steps[:-1], 0.0)  # each part begins where the last ended
    figure, axes = sheet(8.0, 0.62 * len(data) + 1.7)
    places = np.arange(len(data))[::-1]
    total = data.part == whole
    colours = np.where(total, BLUE, np.where(steps >= 0, GREEN, VERMILION))
    axes.barh(places, steps, left=starts, height=0.55, color=colours)
    ends = [(data.value - data.low).fillna(0.0), (data.high - data.value).fillna(0.0)]
    axes.errorbar(starts + steps, places, xerr=ends, fmt="none", ecolor=INK, elinewidth=1.2, capsize=3)
    for k in range(len(data) - 1):
        axes.plot([starts[k] + steps[k]] * 2, [places[k] - 0.28, places[k + 1] + 0.28], color=GREY, linewidth=0.8)
    right = np.maximum(starts, starts + steps) + ends[1].to_numpy()
    for value, x, y in zip(steps, right, places, strict=True):
        axes.annotate(signed(value), (x, y), xytext=(6, 0), textcoords="offset points", va="center", fontweight="bold")
    axes.axvline(0.0, color=GREY, linewidth=0.8)
    axes.margins(x=0.12)
    name_rows(axes, places, [labels[name] for name in data.part])
    if base:
        axes.set_xlabel(f"customers of firm {s.focal} per 100 and year")
        kept = [100.0 * number(records, f"retention_{arm}")["value"] for arm in ("with", "without")]
        detail = f"With less without; {kept[0]:.1f} % of contracts renewed with the program, {kept[1]:.1f} % without"
        headline(
            figure, "Where the extra customers come from", f"{detail}; whiskers: 95 % over runs", footnote(records)
        )
    else:
        axes.set_xlabel(f"% of {s.market.occasion} at firm {s.focal}")
        detail = "First-order theory, then what remains; whiskers: 95 % over runs"
        headline(figure, "Where the lift comes from", detail, footnote(records))
    return save(figure, folder, "lift_parts", data)


GROUPS = {
    "heavy": "heavy shoppers\n(top fifth)",
    "light": "light shoppers\n(lower half)",
    "transactional": "transactional\npeople",
    "emotional": "emotional\npeople",
}
CONTRACT_GROUPS = {"heavy": "large bills\n(top fifth)", "light": "small bills\n(lower half)"}
SHARES = {
    "customers": ("of people", GREY, "o"),
    "extra_visits": ("of the extra", BLUE, "D"),
    "rewards": ("of rewards", VERMILION, "s"),
}


def draw_groups(records: Records, folder: Path) -> list[Path]:
    """For each group of people: its lift, and its shares of people, of the extra visits and of the rewards."""
    labels = {**GROUPS, **(CONTRACT_GROUPS if contracts(records) else {})}
    lifts = pd.DataFrame([{"group": label, **number(records, f"{name}_lift")} for name, label in labels.items()])
    lifts[["value", "low", "high"]] *= 100.0
    figure, (left, right) = sheet(9.0, 4.4, columns=2, width_ratios=(1, 1.15), sharey=True)
    dots_with_intervals(left, lifts, "group")
    left.set_xlabel(f"lift of their {records.scenario.market.occasion} (%)")
    shares = {what: [100.0 * number(records, f"{g}_share_of_{what}")["value"] for g in GROUPS] for what in SHARES}
    places = np.arange(len(GROUPS))[::-1]
    for what, (label, colour, marker) in SHARES.items():
        right.plot(shares[what], places, marker, color=colour, markersize=8, linestyle="none", label=label)
    everyone = np.array(list(shares.values()))
    right.hlines(places, everyone.min(axis=0), everyone.max(axis=0), color=PALE, zorder=0, linewidth=3)
    right.set_xlim(0, 100)
    right.set_xlabel("share (%)")
    right.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, handletextpad=0.1, columnspacing=1.2)
    right.spines["left"].set_visible(False)
    right.tick_params(axis="y", length=0)
    extra, rewards = (shares[what][0] for what in ("extra_visits", "rewards"))
    title = (
        f"Heavy shoppers: {extra:.0f} % of the extra {records.scenario.market.occasion}, {rewards:.0f} % of the rewards"
    )
    if contracts(records):
        title = f"The largest fifth of bills: {rewards:.0f} % of the rewards"
    headline(figure, title, "Lift with 95 % interval over runs; shares of each kind of people", footnote(records))
    return save(figure, folder, "who_moved", lifts.assign(group=list(GROUPS), **shares))


MEMBERS = {
    "naive_effect": "members against others\nsince the launch",
    "naive_before": "the same people\nbefore the launch",
    "naive_change": "change of that gap",
    "true_effect": "truth: what membership\ncauses",
}


def draw_members(records: Records, folder: Path) -> list[Path]:
    """What comparisons of members with others say, and the truth."""
    data = pd.DataFrame([{"estimate": name, **number(records, name)} for name in MEMBERS]).dropna(subset="value")
    if data.empty:
        return []
    figure, axes = sheet(8.0, 4.2)
    places = np.arange(len(data))[::-1]
    colours = [VERMILION if name == "true_effect" else PALE for name in data.estimate]
    axes.barh(places, data.value, height=0.55, color=colours)
    ends = [(data.value - data.low).fillna(0.0), (data.high - data.value).fillna(0.0)]
    axes.errorbar(data.value, places, xerr=ends, fmt="none", ecolor=INK, elinewidth=1.2, capsize=3)
    for value, x, y in zip(data.value, data.value + ends[1], places, strict=True):
        axes.annotate(f"{value:.1f}", (x, y), xytext=(6, 0), textcoords="offset points", va="center", fontweight="bold")
    axes.margins(x=0.1)
    name_rows(axes, places, [MEMBERS[name] for name in data.estimate])
    axes.set_xlabel(f"{records.scenario.market.occasion} at firm {records.scenario.focal} per member and year")
    ratio = number(records, "naive_over_true")["value"]
    title = "Members differ from others, mostly not because they are members"
    detail = f"The plain comparison is {ratio:.0f} times the truth; whiskers: 95 % over runs" if ratio > 1 else ""
    headline(figure, title if ratio > 2 else "Members against others, and the truth", detail, footnote(records))
    return save(figure, folder, "naive_and_true", data)


def draw_profit(records: Records, folder: Path) -> list[Path]:
    """The profit gained since the launch, per customer, week by week."""
    weeks = focal_weeks(records)
    wide = weeks.pivot(index=["seed", "week"], columns="arm", values="profit")
    launch = number(records, "launch_week")["value"]
    gain = (wide["with"] - wide["without"])[wide.index.get_level_values("week") >= launch]
    gain = (gain.groupby(level="seed").cumsum() / (100.0 * records.scenario.customers.n)).rename("gain").reset_index()
    gain["week"] = gain.week - launch + 1
    data = over_seeds(gain, "week", "gain").assign(line="")
    figure, axes = sheet(8.0, 4.2)
    final = data.value.iloc[-1]
    lines_with_bands(axes, data, "week", colours={"": GREEN if final > 0 else VERMILION})
    axes.axhline(0.0, color=GREY, linewidth=0.8)
    axes.annotate(
        signed(final),
        (data.week.iloc[-1], final),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        fontweight="bold",
    )
    axes.set_xlabel("weeks since the launch")
    axes.set_ylabel(f"{records.scenario.market.currency} per customer")
    back = records.summary["payback_week"]
    when = "not paid back within the horizon"
    if back["n"]:
        when = f"paid back after {back['value']:.0f} week{'s' * (round(back['value']) != 1)}"
    some = f" in {back['n']} of {records.scenario.seeds} runs" if 0 < back["n"] < records.scenario.seeds else ""
    detail = "Cumulated since the launch, with rewards still owed as a cost; mean over runs and 95 % band"
    headline(figure, f"Profit gained by the program: {when}{some}", detail, footnote(records))
    return save(figure, folder, "profit", data.drop(columns="line"))


def draw_market(records: Records, folder: Path) -> list[Path]:
    """A market without a program in question: every firm's share of visits, or of customers, quarter by quarter.

    Of a single firm with contracts: its customers, in percent of those of the first quarter.
    """
    s, firms, base = records.scenario, records.firms, contracts(records)
    alone = base and len(s.firms) == 1
    counted = firms.customers if base else firms.visits
    quarters = firms.assign(quarter=firms.week // 13 + 1, visits=counted)
    quarters = quarters.groupby(["seed", "quarter", "firm"], sort=False).visits.sum()
    whole = quarters.groupby(level="seed").transform("first")
    share = quarters / (whole if alone else quarters.groupby(level=["seed", "quarter"]).transform("sum"))
    share = (100.0 * share).reset_index()
    data = pd.concat(over_seeds(share[share.firm == firm], "quarter", "visits").assign(line=firm) for firm in s.firms)
    figure, axes = sheet(8.0, 4.5)
    lines_with_bands(axes, data, "quarter")
    axes.set_ylim(bottom=0)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel("quarter (13 weeks)")
    named = "customers" if base else s.market.occasion
    axes.set_ylabel("customers (% of the first quarter's)" if alone else f"share of {named} (%)")
    headline(figure, f"The market as it is: {s.market.name}", "Mean over runs and 95 % band", footnote(records))
    return save(figure, folder, "weekly", data)
