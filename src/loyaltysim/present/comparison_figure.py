"""The figure of a comparison: what each design leaves, here and over worlds, on one axis."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from loyaltysim.measures.comparison import Comparison
from loyaltysim.present import charts
from loyaltysim.present.answer import wrapped
from loyaltysim.present.comparison_answer import first
from loyaltysim.present.comparison_words import counted, currency, label, money, ordered, told, too_few
from loyaltysim.present.format import COST
from loyaltysim.scenario.said import Said

WIDE = 5.6  # inches: letters stay readable on a phone
TITLE, NAME, NOTE = 46, 20, 88  # columns of a line


def draw(c: Comparison) -> tuple[Figure, pd.DataFrame]:
    """For each design its profit with the interval of luck, behind it where 90 of 100 worlds lie; its cost below the
    name. -> the figure, and the numbers in it.
    """
    order, u = ordered(c), c.unknown
    data = numbers(c, order)
    places = np.arange(len(order))[::-1].astype(float)
    with charts.style():
        figure, axes = charts.sheet(WIDE, 0.66 * len(order) + 2.3)
        if data.worlds_low.notna().any():
            axes.hlines(places, data.worlds_low, data.worlds_high, color=charts.PALE, linewidth=11, zorder=1,
                        label=str(Said("90 % of worlds", "90 %的世界")))  # fmt: skip
        if not too_few(c):
            axes.hlines(places, data.low, data.high, color=charts.BLUE, linewidth=3.5, zorder=2,
                        label=str(Said("luck, 95 %", "运气，95 %")))  # fmt: skip
        axes.plot(
            data.value,
            places,
            "D",
            color=charts.INK,
            markersize=6,
            zorder=3,
            label=str(Said("profit here", "这里的利润")),
        )
        for value, y in zip(data.value, places, strict=True):
            axes.annotate(
                charts.signed(value, c.digits), (value, y), xytext=(0, 8), textcoords="offset points", ha="center",
                va="bottom", fontweight="bold",
            )  # fmt: skip
        axes.axvline(0.0, color=charts.GREY, linewidth=0.8, zorder=0)
        axes.margins(x=0.1)
        charts.name_rows(axes, places, [row_name(c, d, x) for d, x in zip(data.design, data.cost, strict=True)])
        unit = currency(c)
        axes.set_xlabel(str(Said(f"profit, {unit.en} per customer and year", f"利润，{unit.zh}，每位客户每年")))
        axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, handlelength=1.2, columnspacing=1.2)
        title = "\n".join(wrapped(str(first(c)), TITLE))
        charts.headline(figure, title, detail(c), note(c, 0 if u is None else u.n))
    return figure, data


def numbers(c: Comparison, order: list[str]) -> pd.DataFrame:
    """A row a design: profit with its interval of luck, its ends over worlds, cost."""
    rows = []
    for d in order:
        profit = c.estimate(d, "profit_per_customer").as_dict()
        low, high, _ = (None, None, 0) if c.unknown is None else c.unknown.over_worlds(d)
        cost = told(c, d, "program_cost_per_customer").value
        rows.append({"design": d, **profit, "worlds_low": low, "worlds_high": high, "cost": cost})
    frame = pd.DataFrame(rows)
    ends = ["value", "low", "high", "worlds_low", "worlds_high", "cost"]
    return frame.astype(dict.fromkeys(ends, float))


def row_name(c: Comparison, design: str, cost: float) -> str:
    """A design beside its row: its name, what it costs, and that this is not the budget where it is not."""
    name, spent = str(label(design)), money(c, COST)(cost)
    lines = [*wrapped(name, NAME), str(Said(f"costs {spent}", f"花费{spent}"))]
    return "\n".join([*lines, *[str(Said("not at equal money", "花费不相等"))] * (design in c.short)])


def detail(c: Comparison) -> str:
    """What the row of numbers is, in grey below the title."""
    years = counted(c.horizon)
    said = Said(f"{years.en} after the launch, against no program", f"上市后{years.zh}，与没有计划相比")
    if c.budget is not None:
        each, unit = money(c, COST)(c.budget), currency(c)
        said = Said(f"{said.en}, at {each} {unit.en} each", f"{said.zh}，各花{each}{unit.zh}")
    return str(said)


def note(c: Comparison, worlds: int) -> str:
    """How much stands behind it, and whose market it is."""
    market, seeds, people = c.question.base.market, c.question.base.seeds, f"{c.question.base.customers.n:,}"
    drawn = Said(f", {worlds} worlds", f"，{worlds}个可能的世界") if worlds else Said("", "")
    size = Said(f"{seeds} runs of {people} customers{drawn.en}.", f"{seeds}次运行，每次{people}位客户{drawn.zh}。")
    where = Said(f"Market: {market.name}. {size.en}", f"市场：{market.name}。{size.zh}")
    return "\n".join(line for text in (str(where), market.notice) for line in wrapped(text, NOTE))
