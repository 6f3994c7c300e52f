"""The page of a comparison: one self-contained file in the language of the command, which opens offline and prints."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from loyaltysim.measures.comparison import YEARS, Comparison
from loyaltysim.measures.registry import find
from loyaltysim.mechanism.measure import Measure, Style
from loyaltysim.mechanism.registry import registry
from loyaltysim.present.comparison_answer import decides, first, second, sure
from loyaltysim.present.comparison_screen import PAYBACK, notes, worlds_rows, worlds_told
from loyaltysim.present.comparison_words import (
    COLUMNS,
    best_of,
    changes,
    clauses,
    column,
    counted,
    currency,
    label,
    money,
    odds_of,
    ordered,
    told,
    too_few,
)
from loyaltysim.present.format import COST, Number, paid_back
from loyaltysim.present.page import rendered
from loyaltysim.scenario.forms import plain
from loyaltysim.scenario.said import Said
from loyaltysim.studies import dials
from loyaltysim.studies.designs import focal_program

MEANS = {  # of the columns, in Chinese; in English the registry says it
    "program_cost_per_customer": "计划每年在每位客户身上的花费：奖励的成本、未兑现负债的变化、触点、启动和运营",
    "profit_per_customer": "与没有计划的同一市场相比，每年每位客户的利润变化",
    "margin_per_customer": "收入变化减去商品成本的变化，每年每位客户",
    "return": "计划每花1带来的增量毛利；高于1就划算",
    "payback_week": "上市后第几周起累计利润保持为正，只计做到的那些运行",
    "extra_visits": "每年每位客户在本公司的购买次数变化",
    "retention_change": "某季度的买家下季度还来买的比例变化（有合同时：到期合同的续约比例），百分点",
    "deadweight": "每100奖励中，给了本来就会发生的购买的部分",
    "liability_per_customer": "期末已承诺、尚未兑现的奖励，按成本计，每位客户",
}
UNITS = {"money per customer and year": "{}/位客户·年", "money per customer": "{}/位客户", "weeks since launch": "周"}


def html(c: Comparison, figure_svg: bytes) -> str:
    """One self-contained page: no script, no request, styles allowed by their hash; everything else is escaped."""
    return rendered("compare.html", figure_svg, **facts(c))


def facts(c: Comparison) -> dict[str, Any]:
    """Everything that the page shows, as text."""
    market, order = c.question.base.market, ordered(c)
    few = too_few(c) or c.unequal
    return {
        "say": lambda english, chinese: str(Said(english, chinese)),
        "market": market,
        "firm": c.question.base.focal,
        "currency": str(currency(c)),
        "budget": "" if c.budget is None else money(c, COST)(c.budget),
        "horizon": str(counted(c.horizon)),
        "runs": c.question.base.seeds,
        "people": f"{c.question.base.customers.n:,}",
        "few": few,
        "prose": [str(said) for said in (first(c), second(c), sure(c))],
        "decides": str(decides(c) or ""),
        "notes": [str(note) for note in notes(c)],
        "unequal": bool(c.short),
        "worlds": page_worlds(c),
        "columns": [(column_label(col), meaning(col)) for col in COLUMNS],
        "rows": page_rows(c),
        "designs": page_designs(c),
        "order": [str(label(d)) for d in order],
        "odds": [] if few else page_odds(c),
        "horizons": [] if few else page_horizons(c),
        "years": [str(counted(years)) for years in YEARS],
        "variants": [] if few else page_variants(c),
        "full": page_full(c),
        "dials": page_dials(c),
        "changed": [str(line) for line in getattr(c, "changed", ())],
    }


def column_label(col: Measure) -> str:
    """The head of a column."""
    return str(Said(col.short, col.chinese))


def meaning(col: Measure) -> str:
    """What a column holds."""
    return str(Said(col.of, MEANS[col.name]))


def page_worlds(c: Comparison) -> dict[str, Any]:
    """The table over worlds and the words below it; nothing without any."""
    u = c.unknown
    if u is None:
        return {}
    rows = [[str(cell) for cell in row] for row in worlds_rows(c, u)]
    return {"n": u.n, "rows": rows, "told": " ".join(str(said) for said in worlds_told(c, u))}


def between(low: str, high: str) -> str:
    """An interval in words."""
    return str(Said(f"{low} to {high}", f"{low}到{high}"))


def cell(x: Number, style: Style) -> tuple[str, str]:
    """A value and its interval as they stand in a table."""
    bare = replace(style, unit="")
    if x.low is None or x.high is None:
        return x.text(bare), ""
    return x.text(bare), between(bare(x.low), bare(x.high))


def page_rows(c: Comparison) -> list[tuple[str, list[tuple[str, str]], str]]:
    """At most eight rows, best first: design, cells, chance that it beats the next."""
    order, rows = ordered(c), []
    for k, design in enumerate(order):
        cells = [cell(told(c, design, col.name), column(c, col)) for col in COLUMNS]
        cells[PAYBACK] = (cells[PAYBACK][0], back(c, design))
        beats = str(odds_of(c, design, order[k + 1])) if k + 1 < len(order) and not c.unequal else ""
        rows.append((str(label(design)), cells, beats))
    return rows


def back(c: Comparison, design: str) -> str:
    """In how many runs the loss was made good, and as it went where it was not."""
    week, ahead = (told(c, design, name) for name in ("payback_week", "ahead_until_week"))
    runs = c.question.base.seeds
    english = paid_back(week, ahead, runs)
    chinese = f"{runs}次中{week.n}次" if week.n else "期内未回本"
    if not week.n and ahead.n:
        chinese = f"{runs}次中{ahead.n}次先赚后亏"
    return str(Said(english, chinese))


def page_odds(c: Comparison) -> list[tuple[str, list[tuple[str, str] | None]]]:
    """Per design: its chance to beat each other, and in how many runs it did."""
    runs, rows = c.question.base.seeds, []
    for a in ordered(c):
        cells: list[tuple[str, str] | None] = []
        for b in ordered(c):
            won = f"{c.won(a, b):g}"
            beaten = str(Said(f"{won} of {runs} runs", f"{runs}次中{won}次"))
            cells.append(None if a == b else (str(odds_of(c, a, b)), beaten))
        rows.append((str(label(a)), cells))
    return rows


def page_designs(c: Comparison) -> list[dict[str, Any]]:
    """Each design: what was searched, planned and spent, and its terms where they differ from the defaults."""
    found = []
    for design, funded, scenario in zip(c.names, c.funded, c.worlds, strict=True):
        changed = []
        for name, terms in focal_program(scenario).items():
            usual = plain(registry()[name].terms())
            differ = {k: v for k, v in plain(terms).items() if v != usual[k]}
            changed.append((name, [(k, f"{v:.4g}" if isinstance(v, float) else str(v)) for k, v in differ.items()]))
        spent = cell(told(c, design, "program_cost_per_customer"), money(c, COST))
        found.append({"name": str(label(design)), "key": funded.key, "before": f"{funded.configured:.4g}",
                      "after": f"{funded.value:.4g}", "reached": funded.reached, "spent": spent,
                      "terms": changed})  # fmt: skip
    return found


def page_horizons(c: Comparison) -> list[tuple[str, list[tuple[str, str, int]]]]:
    """Per design: its profit and its place after each horizon."""
    return [
        (str(label(d)), [(*cell(told(c, d, "profit_per_customer", y), money(c)), c.place(d, y)) for y in YEARS])
        for d in c.ranking()
    ]


def page_variants(c: Comparison) -> list[tuple[str, list[tuple[str, str, bool]], bool]]:
    """Per variant: the profit of every design, which is best there, and whether that flips the order."""
    flipped, words, style, rows = {text for text, _ in changes(c)[0]}, clauses(c), money(c), []
    for name, group in c.elsewhere.groupby("variant", sort=False):
        by, top = group.set_index("design"), best_of(c, group)
        cells = [(style(by.profit[d]), ends(by.low[d], by.high[d], style), d == top) for d in c.ranking()]
        rows.append((str(words[str(name)]), cells, name in flipped))
    return rows


def ends(low: float, high: float, style: Style) -> str:
    """An interval, or nothing where there is none."""
    return "" if pd.isna(low) else between(style(low), style(high))


def page_full(c: Comparison) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Every number at the horizon: name, unit, a cell per design."""
    market, here = c.question.base.market, c.table[c.table.years == c.horizon]
    rows = []
    for name in dict.fromkeys(here.name):
        one = find(name)
        style = Style(100.0, 2, "", "") if one.unit.startswith("share") else Style(sign="")
        style = money(c, style) if one.unit.startswith("money") else style
        words = Said(one.label(market.occasion, market.currency), one.chinese.replace("\n", ""))
        cells = [cell(told(c, d, name), style) for d in ordered(c)]
        rows.append((str(words), str(unit_of(c, one.unit)), cells))
    return rows


def unit_of(c: Comparison, unit: str) -> Said:
    """The unit of a number as it stands in the table of all: shares are in percent."""
    if unit.startswith("share"):
        return Said(unit.replace("share", "%", 1), "%")
    return Said(unit, UNITS.get(unit, "").format(currency(c).zh))


def page_dials(c: Comparison) -> list[tuple[str, str]]:
    """Every dial of the first design with its setting; ranges and their sources in English."""
    found = []
    for dial in dials.listing(c.worlds[c.names.index(ordered(c)[0])]):
        first_word = dial["value"].split(" ")[0]
        number = first_word if first_word.replace(".", "").replace("e-", "").isdigit() else "在这里不起作用"
        found.append(
            (str(Said(dial["name"], dial["chinese"])), str(Said(f"{dial['value']}; range: {dial['source']}", number)))
        )
    return found
