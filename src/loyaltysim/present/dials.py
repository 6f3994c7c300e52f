"""Tell what turning the dials does: a screen, a figure, a tree of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from loyaltysim.mechanism.measure import Style
from loyaltysim.present import charts, glossary
from loyaltysim.present.answer import FEWEST, wrapped
from loyaltysim.present.format import aligned, paragraph
from loyaltysim.present.lists_answer import dials, named
from loyaltysim.present.telling import Telling, none
from loyaltysim.runs.files import Writer
from loyaltysim.scenario.forms import plain
from loyaltysim.scenario.said import Said
from loyaltysim.studies.dials import DIALS, NOT_YET, Turned, where
from loyaltysim.studies.protocol import Answer

SHOWN = {  # of each effect: words of its column, how it is written
    "lift_visits": ("visits, %", Style(100.0)),
    "retention_change": ("retention, pts", Style(100.0)),
    "profit_per_customer": ("profit", Style()),
}


ENDS = {"low": Said("dial at its low end", "旋钮在低端"), "high": Said("dial at its high end", "旋钮在高端")}


def axis(effect: str, found: Turned) -> Said:
    """What a panel shows, with its unit."""
    market = found.scenario.market
    occasion, money = glossary.occasion(market.occasion), glossary.currency(market.currency)
    return {
        "lift_visits": Said(f"{occasion.en}, %", f"{occasion.zh}（%）"),
        "retention_change": Said("customers who stay,\npercentage points", "留存率\n（百分点）"),
        "profit_per_customer": Said(
            f"profit, {money.en}\nper customer and year", f"每位客户每年的利润\n（{money.zh}）"
        ),
    }[effect]


def screen(found: Turned) -> str:
    """Every dial with its range and what turning it does, in at most 100 columns."""
    s, table = found.scenario, found.table()
    lines = paragraph(
        f"Each dial turned by itself in {s.name} ({s.market.name}, firm {s.focal}), the same customers and luck; "
        f"change since the launch at its low and high setting. {s.seeds} runs of {s.customers.n:,} customers, "
        f"{s.weeks} weeks."
    )
    base = {e: table[table.effect == e].at_now.iloc[0] for e in SHOWN}
    now = ", ".join(f"{words} {style(base[e])}" for e, (words, style) in SHOWN.items())
    lines += paragraph(f"As it stands: {now} {s.market.currency} per customer and year.")
    body = list[list[str]]()
    below = dict[int, str]()  # the line under a row of the table
    for dial in DIALS:
        setting, mine = dial.now(s), table[table.dial == dial.name].set_index("effect")
        if setting is None:
            below[len(body) + 1] = f"  {NOT_YET if dial.source == NOT_YET else 'not at work'}"
            body.append([dial.name, "-", "", "", "", ""])
            continue
        cells = [f"{style(mine.change_low[e])} {style(mine.change_high[e])}" for e, (_, style) in SHOWN.items()]
        body.append([dial.name, f"{setting:.4g}", f"{dial.low:g} to {dial.high:g}", *cells])
        more = "" if "enrolled" not in dial.name else f"; enrolled {enrolled(found, dial.name)}"
        below[len(body)] = f"  {where(dial, s)}, {dial.unit}{more}"
    title = ["dial", "now", "tried", *(words for words, _ in SHOWN.values())]
    rows = aligned(title, body, (36, 7, 15, 14, 15, 13))
    lines += ["", *(line for k, row in enumerate(rows) for line in (row, below.get(k)) if line is not None)]
    lines += [
        "",
        *paragraph("Horizon (weeks) and runs (seeds) are set like any key; more seeds narrow intervals only."),
    ]
    sources = "; ".join(f"{d.name}: {d.source}" for d in DIALS)
    return "\n".join([*lines, *paragraph(f"Where the ranges come from: {sources}.")])


def enrolled(found: Turned, dial: str) -> str:
    """The share of customers enrolled at the dial's low and high setting: `61 % to 42 %`."""
    mine = found.runs[found.runs.dial == dial].groupby("end").enrolled_share.mean()
    return f"{mine['low']:.0%} to {mine['high']:.0%}".replace("%", " %")


def draw(found: Turned) -> tuple[Figure, pd.DataFrame]:
    """For each effect, how far it moves from where it stands when a dial goes to either end; the widest on top."""
    table = found.table()
    live = table[table.now.notna()]
    profit = live[live.effect == "profit_per_customer"].set_index("dial")
    order = (profit.change_high - profit.change_low).abs().sort_values(ascending=False).index
    with charts.style():
        figure, axes = charts.sheet(10.5, 0.42 * len(order) + 2.0, columns=len(SHOWN), sharey=True)
        places = np.arange(len(order))[::-1]
        for panel, (effect, (_, style)) in zip(axes, SHOWN.items(), strict=True):
            rows = live[live.effect == effect].set_index("dial").loc[order]
            for end, colour in (("low", charts.ORANGE), ("high", charts.BLUE)):
                change = style.scale * rows[f"change_{end}"].astype(float)
                panel.barh(places, change, height=0.55, color=colour, alpha=0.85, label=str(ENDS[end]))
                if found.scenario.seeds >= FEWEST:  # of fewer, whiskers would bury the bars
                    low, high = (style.scale * rows[f"change_{end}_{side}"].astype(float) for side in ("low", "high"))
                    bars = [(change - low).fillna(0.0), (high - change).fillna(0.0)]
                    panel.errorbar(change, places, xerr=bars, fmt="none", ecolor=charts.INK, elinewidth=1, capsize=2)
            panel.axvline(0.0, color=charts.GREY, linewidth=0.8)
            panel.set_xlabel(str(axis(effect, found)))
        charts.name_rows(axes[0], places, [str(named(str(dial))) for dial in order])
        for panel in axes[1:]:
            panel.spines["left"].set_visible(False)
            panel.tick_params(axis="y", length=0)
        axes[1].legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
        s = found.scenario
        few = Said(" Too few for intervals.", "次数太少，不画区间。") if s.seeds < FEWEST else Said("", "")
        size = Said(
            f"Market: {s.market.name}. {s.seeds} runs of {s.customers.n:,} customers, all the same.{few.en}",
            f"市场：{s.market.name}。{s.customers.n:,} 位客户运行 {s.seeds} 次，各设定都相同。{few.zh}",
        )
        note = str(size)
        note += f"\n{s.market.notice}" if s.market.notice else ""
        charts.headline(figure, "\n".join(wrapped(str(dials(found).first), 66)), "", note)
    return figure, live


def summary(found: Turned) -> dict[str, Any]:
    """The table as a tree: dial -> effect -> change at both ends; missing numbers are null."""
    out: dict[str, Any] = {}
    rows: Any = found.table().to_dict("records")
    for row in rows:
        effect = {k: none(v) for k, v in row.items() if k.startswith(("at_", "change_"))}
        place = out.setdefault(row["dial"], {k: none(row[k]) for k in ("key", "unit", "now", "low", "high", "source")})
        place[row["effect"]] = effect
    tree: dict[str, Any] = plain(out)
    return tree


def pages(answer: Answer[Turned]) -> dict[str, Writer]:
    """The figure."""
    return charts.spared(lambda: charts.files("figure", *draw(answer.found)), {})


TELLING = Telling(
    screen=lambda answer, _: screen(answer.found),
    reading=lambda answer, folder: dials(answer.found, f"{folder}/figure.png" if folder else ""),
    whole=True,
    summary=lambda answer: summary(answer.found),
    pages=pages,
    place=Said("table, figure, configuration: {folder}", "数据表、图、设定：{folder}"),
)
