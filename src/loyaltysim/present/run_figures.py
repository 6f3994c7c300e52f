"""Draw what a run found: weeks, parts of the effect, groups, members, profit, or the market by itself.

Each figure is saved as PNG and SVG, with the data behind it as CSV beside it; the same records give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from loyaltysim.measures import program_effects
from loyaltysim.measures.program_effects import parts
from loyaltysim.measures.registry import find
from loyaltysim.measures.retention_effects import SOURCES
from loyaltysim.present import glossary
from loyaltysim.present.answer import wrapped
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
from loyaltysim.scenario.said import Said, spoken


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
    n, seeds = f"{records.scenario.customers.n:,}", records.scenario.seeds
    said = Said(f"Market: {market.name}. {records.size}", f"市场：{market.name}。{seeds} 次运行，每次 {n} 位客户")
    if "lift_visits" in records.summary:
        said = Said(f"{said.en}, the same people and luck in both worlds", f"{said.zh}，两个世界里人和运气相同")
    size = str(Said(f"{said.en}.", f"{said.zh}。"))
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


def told_from_nil(records: Records, name: str) -> bool:
    """Does the 95 % interval over runs leave out zero?"""
    found = number(records, name)
    return bool(found["low"] > 0.0 or found["high"] < 0.0)


def draw_weeks(records: Records, folder: Path) -> list[Path]:
    """The focal firm's share of visits in both worlds, and the extra visits of each week in percent.

    Of contracts: its customers, in percent of those at the launch.
    """
    s, weeks, base = records.scenario, focal_weeks(records), contracts(records)
    counted = Said("customers", "客户数") if base else glossary.occasion(s.market.occasion)
    launch = number(records, "launch_week")["value"]
    lift = number(records, "lift_customers" if base else "lift_visits")["value"]
    if base:
        first = weeks[weeks.week == max(0.0, launch - 1)].set_index(["arm", "seed"]).visits
        weeks["share"] = 100.0 * weeks.visits / first.loc[pd.MultiIndex.from_frame(weeks[["arm", "seed"]])].to_numpy()
    arms = {str(words): arm for arm, words in ARMS.items()}
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
    colours = {str(ARMS["without"]): GREY, str(ARMS["with"]): BLUE}
    lines_with_bands(top, levels.drop(columns=["low", "high"]), "week", colours=colours)
    lines_with_bands(bottom, extra.assign(line=""), "week", colours={"": BLUE})
    bottom.axhline(0.0, color=GREY, linewidth=0.8)
    level = Said(f"share of all\n{counted.en} (%)", f"占全部{counted.zh}\n的份额（%）")
    if base:
        level = Said("customers (% of\nthose at the launch)", "客户数（以推出\n时为 100）")
    more = Said(f"extra {counted.en}\n(% of the week's)", f"多出的{counted.zh}\n（占该周 %）")
    top.set_ylabel(str(level))
    bottom.set(ylabel=str(more), xlabel=str(Said("week", "周")))
    for axes, words in ((top, str(Said("launch", "推出"))), (bottom, "")):
        mark(axes, launch, words)
    for k, week in enumerate(copies(records)):
        mark(top, week, "" if k else str(Said("rivals copy", "对手模仿")))
        mark(bottom, week, "")
    figure.align_ylabels()
    weeks_after = f"{s.weeks - launch:.0f} weeks after the launch"
    title = Said(
        f"{signed(100 * lift)} % {counted.en} for firm {s.focal} {weeks_after if base else f'in the {weeks_after}'}",
        f"推出后 {s.weeks - launch:.0f} 周，企业 {s.focal} 的{counted.zh} {signed(100 * lift)} %",
    )
    if not told_from_nil(records, "lift_customers" if base else "lift_visits"):
        title = Said(
            f"Extra {counted.en} for firm {s.focal} cannot be told from none",
            f"企业 {s.focal} 多出的{counted.zh}与零无法区分",
        )
    detail = Said(
        f"Top: mean over runs, each point the {BLOCK} weeks before it. Bottom: with against without, 95 % band",
        f"上：多次运行的平均，每点为此前 {BLOCK} 周。下：有计划比没有计划，95 % 区间",
    )
    headline(figure, str(title), str(detail), footnote(records))
    data = pd.concat([levels, extra.assign(line="extra visits (%)")])
    return save(figure, folder, "weekly", data.replace({"line": {str(words): words.en for words in ARMS.values()}}))


BLOCK = 4  # weeks that a point of the upper line stands for
ARMS = {"with": Said("with the program", "有计划"), "without": Said("without the program", "没有计划")}


def words(name: str) -> str:
    """What a number is called beside a bar, in lines."""
    said = Said(find(name).words, find(name).chinese)[spoken()]
    return said if "\n" in said else "\n".join(wrapped(said, 18))


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
    sum_of_all = str(Said("extra customers", "多出的客户") if base else Said("lift of visits", "购买次数提升"))
    name_rows(axes, places, [sum_of_all if name == whole else words(name) for name in data.part])
    if base:
        axes.set_xlabel(
            str(Said(f"customers of firm {s.focal} per 100 and year", f"企业 {s.focal} 每百名客户每年的客户数"))
        )
        kept = [100.0 * number(records, f"retention_{arm}")["value"] for arm in ("with", "without")]
        detail = Said(
            f"With less without; {kept[0]:.1f} % of contracts renewed with the program, {kept[1]:.1f} % without; "
            "whiskers: 95 % over runs",
            f"有计划减没有计划；合同续约率：有计划 {kept[0]:.1f} %，没有 {kept[1]:.1f} %；线段：多次运行的 95 %",
        )
        title = Said("Where the extra customers come from", "多出的客户从哪里来")
        headline(figure, str(title), str(detail), footnote(records))
    else:
        what = glossary.occasion(s.market.occasion)
        axes.set_xlabel(str(Said(f"% of {what.en} at firm {s.focal}", f"占企业 {s.focal} {what.zh}的 %")))
        detail = Said(
            "First-order theory, then what remains; whiskers: 95 % over runs",
            "先按一阶理论，再看剩下的；线段：多次运行的 95 %",
        )
        headline(figure, str(Said("Where the lift comes from", "提升从哪里来")), str(detail), footnote(records))
    return save(figure, folder, "lift_parts", data)


SHARES = {
    "customers": (Said("of people", "占人数"), GREY, "o"),
    "extra_visits": (Said("of the extra", "占多出的购买"), BLUE, "D"),
    "rewards": (Said("of rewards", "占奖励"), VERMILION, "s"),
}


def draw_groups(records: Records, folder: Path) -> list[Path]:
    """For each group of people: its lift, and its shares of people, of the extra visits and of the rewards."""
    groups = program_effects.CONTRACT_GROUPS if contracts(records) else program_effects.GROUPS
    labels = {name: Said(groups[name].words, groups[name].chinese)[spoken()] for name in GROUPS}
    what = glossary.occasion(records.scenario.market.occasion)
    lifts = pd.DataFrame([{"group": label, **number(records, f"{name}_lift")} for name, label in labels.items()])
    lifts[["value", "low", "high"]] *= 100.0
    figure, (left, right) = sheet(9.0, 4.4, columns=2, width_ratios=(1, 1.15), sharey=True)
    dots_with_intervals(left, lifts, "group")
    left.set_xlabel(str(Said(f"lift of their {what.en} (%)", f"{what.zh}的提升（%）")))
    shares = {part: [100.0 * number(records, f"{g}_share_of_{part}")["value"] for g in GROUPS] for part in SHARES}
    places = np.arange(len(GROUPS))[::-1]
    for part, (label, colour, marker) in SHARES.items():
        right.plot(shares[part], places, marker, color=colour, markersize=8, label=str(label), clip_on=False)
    everyone = np.array(list(shares.values()))
    right.hlines(places, everyone.min(axis=0), everyone.max(axis=0), color=PALE, zorder=0, linewidth=3)
    right.set_xlim(np.nanmin(np.append(everyone, 0.0)), np.nanmax(np.append(everyone, 100.0)))
    right.set_xlabel(str(Said("share (%)", "份额（%）")))
    right.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, handletextpad=0.1, columnspacing=1.2)
    right.spines["left"].set_visible(False)
    right.tick_params(axis="y", length=0)
    extra, rewards = (shares[part][0] for part in ("extra_visits", "rewards"))
    title = Said(
        f"Heavy shoppers: {extra:.0f} % of the extra {what.en}, {rewards:.0f} % of the rewards",
        f"重度客户：占多出{what.zh}的 {extra:.0f} %，占奖励的 {rewards:.0f} %",
    )
    if not told_from_nil(records, "lift_visits"):
        title = Said(
            f"Heavy shoppers: {rewards:.0f} % of the rewards; extra {what.en} cannot be told from none",
            f"重度客户：占奖励的 {rewards:.0f} %；多出的{what.zh}与零无法区分",
        )
    if contracts(records):
        title = Said(
            f"The largest fifth of bills: {rewards:.0f} % of the rewards",
            f"账单最高的五分之一：占奖励的 {rewards:.0f} %",
        )
    detail = Said(
        "Lift with 95 % interval over runs; shares of each kind of people", "提升及多次运行的 95 % 区间；各类客户的份额"
    )
    headline(figure, str(title), str(detail), footnote(records))
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
    name_rows(axes, places, [Said(find(name).words, find(name).chinese)[spoken()] for name in data.estimate])
    what, focal = glossary.occasion(records.scenario.market.occasion), records.scenario.focal
    axes.set_xlabel(
        str(Said(f"{what.en} at firm {focal} per member and year", f"每位会员每年在企业 {focal} 的{what.zh}"))
    )
    ratio = number(records, "naive_over_true")["value"]
    title = Said("Members against others, and the truth", "会员与其他人之差，以及真相")
    known = told_from_nil(records, "true_effect")
    if known and ratio > 2:
        title = Said(
            "Members differ from others, mostly not because they are members", "会员与其他人不同，多半不是因为入会"
        )
    detail = Said(
        "The truth cannot be told from nil; whiskers: 95 % over runs", "真相与零无法区分；线段：多次运行的 95 %"
    )
    if known:
        detail = Said("Whiskers: 95 % over runs", "线段：多次运行的 95 %")
    if known and ratio > 1:
        detail = Said(
            f"The plain comparison is {ratio:.0f} times the truth; whiskers: 95 % over runs",
            f"简单比较是真相的 {ratio:.0f} 倍；线段：多次运行的 95 %",
        )
    headline(figure, str(title), str(detail), footnote(records))
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
    detail = Said(
        "Cumulated since the launch, with rewards still owed as a cost; mean over runs and 95 % band",
        "推出以来累计，未兑的奖励记为成本；多次运行的平均与 95 % 区间",
    )
    headline(figure, str(profit_title(records, final)), str(detail), footnote(records))
    return save(figure, folder, "profit", data.drop(columns="line"))


def profit_title(records: Records, final: float) -> Said:
    """What the end shows: the sign of the profit, and whether the loss was made good."""
    back, runs = Number(**records.summary["payback_week"]), records.scenario.seeds
    chinese = "期限内没有回本"
    if back.n:
        chinese = f"第 {back.text(WHOLE)} 周回本" + (f"（{runs} 次运行中 {back.n} 次）" if back.n < runs else "")
    elif final > 0.0:
        chinese = "期末领先"
    return Said(f"Profit gained by the program: {payback_words(records)}", f"计划带来的利润：{chinese}")


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
    axes.set_xlabel(str(Said("quarter (13 weeks)", "季度（13 周）")))
    named = Said("customers", "客户") if base else glossary.occasion(s.market.occasion)
    share_of = Said(f"share of {named.en} (%)", f"{named.zh}的份额（%）")
    if alone:
        share_of = Said("customers (% of the first quarter's)", "客户数（以第一季度为 100）")
    axes.set_ylabel(str(share_of))
    title = Said(f"The market as it is: {s.market.name}", f"市场现状：{s.market.name}")
    headline(
        figure, str(title), str(Said("Mean over runs and 95 % band", "多次运行的平均与 95 % 区间")), footnote(records)
    )
    return save(figure, folder, "weekly", data)
