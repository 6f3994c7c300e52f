"""Draw what a run found: weeks, parts of the effect, groups, members, profit, or the market by itself.

Each figure is saved as PNG and SVG, with the data behind it as CSV beside it; the same records give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from textwrap import fill

import numpy as np
import pandas as pd

from loyaltysim.measures import program_effects
from loyaltysim.measures.program_effects import parts
from loyaltysim.measures.registry import find
from loyaltysim.measures.retention_effects import SOURCES
from loyaltysim.present import glossary
from loyaltysim.present.charts import (
    BLUE,
    GREEN,
    GREY,
    INK,
    PALE,
    VERMILION,
    dots_with_intervals,
    headline,
    lines_with_bands,
    mark,
    name_rows,
    over_seeds,
    save,
    sheet,
    signed,
    spared,
    style,
)
from loyaltysim.present.format import GROUPS, WHOLE, Number, paid_back
from loyaltysim.runs.files import Records
from loyaltysim.scenario.said import Said


def draw(records: Records, folder: str | Path) -> list[Path]:
    """Draw every figure of a run into `folder`/figures; -> the paths of PNG, SVG and CSV, the first figure first."""
    place = Path(folder) / "figures"
    drawings = [draw_weeks, draw_parts, draw_groups, draw_members, draw_profit]
    if "lift_visits" not in records.summary:
        drawings = [draw_market]
    return [path for drawing in drawings for path in spared(partial(styled, drawing, records, place), list[Path]())]


def styled(drawing: Callable[[Records, Path], list[Path]], records: Records, place: Path) -> list[Path]:
    """One drawing in the house style."""
    with style():
        return drawing(records, place)


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


def copies(records: Records) -> list[float]:
    """The weeks in which rivals copy the program, within the horizon."""
    s, launch = records.scenario, number(records, "launch_week")["value"]
    lags = {
        firm.policy["imitate"].lag for name, firm in s.firms.items() if name != s.focal and "imitate" in firm.policy
    }
    return sorted(launch + lag for lag in lags if launch + lag < s.weeks)


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
    bottom.set(ylabel=f"extra {counted}\n(% of the week's)", xlabel=str(Said("week", "周")))
    for axes, words in ((top, str(Said("launch", "推出"))), (bottom, "")):
        mark(axes, launch, words)
    for k, week in enumerate(copies(records)):
        mark(top, week, "" if k else str(Said("rivals copy", "对手模仿")))
        mark(bottom, week, "")
    figure.align_ylabels()
    horizon = f"in the {s.weeks - launch:.0f} weeks after the launch"
    horizon = f"{s.weeks - launch:.0f} weeks after the launch" if base else horizon
    title = f"{signed(100 * lift)} % {counted} for firm {s.focal} {horizon}"
    detail = f"Top: mean over runs, each point the {BLOCK} weeks before it. Bottom: with against without, 95 % band"
    headline(figure, title, detail, footnote(records))
    return save(figure, folder, "weekly", pd.concat([levels, extra.assign(line="extra visits (%)")]))


BLOCK = 4  # weeks that a point of the upper line stands for


def words(name: str) -> str:
    """What a number is called beside a bar, in lines."""
    said = find(name).words
    return said if "\n" in said else fill(said, 18)


def draw_parts(records: Records, folder: Path) -> list[Path]:
    """The lift of visits as a waterfall of its parts, with intervals; of contracts, the extra customers."""
    base, s = contracts(records), records.scenario
    whole = "extra_customers" if base else "lift_visits"
    names = [f"extra_from_{name}" for name in SOURCES] if base else [f"lift_from_{name}" for name in parts()]
    rows = [{"part": name, **number(records, name)} for name in (*names, whole) if name in records.summary]
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
    sum_of_all = "extra customers" if base else "lift of visits"
    name_rows(axes, places, [sum_of_all if name == whole else words(name) for name in data.part])
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


SHARES = {
    "customers": ("of people", GREY, "o"),
    "extra_visits": ("of the extra", BLUE, "D"),
    "rewards": ("of rewards", VERMILION, "s"),
}


def draw_groups(records: Records, folder: Path) -> list[Path]:
    """For each group of people: its lift, and its shares of people, of the extra visits and of the rewards."""
    groups = program_effects.CONTRACT_GROUPS if contracts(records) else program_effects.GROUPS
    labels = {name: groups[name].words for name in GROUPS}
    lifts = pd.DataFrame([{"group": label, **number(records, f"{name}_lift")} for name, label in labels.items()])
    lifts[["value", "low", "high"]] *= 100.0
    figure, (left, right) = sheet(9.0, 4.4, columns=2, width_ratios=(1, 1.15), sharey=True)
    dots_with_intervals(left, lifts, "group")
    left.set_xlabel(f"lift of their {records.scenario.market.occasion} (%)")
    shares = {what: [100.0 * number(records, f"{g}_share_of_{what}")["value"] for g in GROUPS] for what in SHARES}
    places = np.arange(len(GROUPS))[::-1]
    for what, (label, colour, marker) in SHARES.items():
        right.plot(shares[what], places, marker, color=colour, markersize=8, label=label, clip_on=False)
    everyone = np.array(list(shares.values()))
    right.hlines(places, everyone.min(axis=0), everyone.max(axis=0), color=PALE, zorder=0, linewidth=3)
    right.set_xlim(np.nanmin(np.append(everyone, 0.0)), np.nanmax(np.append(everyone, 100.0)))
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


MEMBERS = ("naive_effect", "naive_before", "naive_change", "true_effect")


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
    name_rows(axes, places, [find(name).words for name in data.estimate])
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
    each = (wide["with"] - wide["without"])[wide.index.get_level_values("week") >= launch]
    gain = (each.groupby(level="seed").cumsum() / (100.0 * records.scenario.customers.n)).rename("gain").reset_index()
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
    for k, week in enumerate(copies(records)):
        mark(axes, week - launch, "" if k else str(Said("rivals copy", "对手模仿")))
    money = glossary.currency(records.scenario.market.currency)
    axes.set_xlabel(str(Said("weeks since the launch", "推出后的周数")))
    axes.set_ylabel(str(Said(f"{money.en} per customer", f"每位客户（{money.zh}）")))
    detail = "Cumulated since the launch, with rewards still owed as a cost; mean over runs and 95 % band"
    headline(figure, f"Profit gained by the program: {payback_words(records)}", detail, footnote(records))
    return save(figure, folder, "profit", data.drop(columns="line"))


def payback_words(records: Records) -> str:
    """Whether and when the program paid back, as it went."""
    back, ahead = (Number(**records.summary[name]) for name in ("payback_week", "ahead_until_week"))
    runs = records.scenario.seeds
    said = paid_back(back, ahead, runs)
    if back.n:
        week = back.text(WHOLE)
        return f"paid back after {week} week{'s' * (week != '1')}{f' {said}' * (back.n < runs)}"
    return f"{said}, behind afterwards" if ahead.n else f"not paid back {said.removeprefix('not ')}"


def draw_market(records: Records, folder: Path) -> list[Path]:
    """A market without a program in question: every firm's share of visits, or of customers, quarter by quarter.

    Of a single firm with contracts: its customers, in percent of those of the first quarter.
    """
    s, firms, base = records.scenario, records.firms, contracts(records)
    alone = base and len(s.firms) == 1
    counted = firms.customers if base else firms.visits
    weeks = firms.assign(quarter=firms.week // 13 + 1, visits=counted)
    quarters = weeks.groupby(["seed", "quarter", "firm"], sort=False).visits.sum()
    whole = quarters.groupby(level="seed").transform("first")
    part = quarters / (whole if alone else quarters.groupby(level=["seed", "quarter"]).transform("sum"))
    share = (100.0 * part).reset_index()
    data = pd.concat(over_seeds(share[share.firm == firm], "quarter", "visits").assign(line=firm) for firm in s.firms)
    figure, axes = sheet(8.0, 4.5)
    lines_with_bands(axes, data, "quarter")
    axes.set_ylim(bottom=np.nanmin(np.append(data.low, 0.0)))
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel("quarter (13 weeks)")
    named = "customers" if base else s.market.occasion
    axes.set_ylabel("customers (% of the first quarter's)" if alone else f"share of {named} (%)")
    headline(figure, f"The market as it is: {s.market.name}", "Mean over runs and 95 % band", footnote(records))
    return save(figure, folder, "weekly", data)
