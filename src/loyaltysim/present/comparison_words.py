"""Words that every telling of a comparison shares: designs and what was tried, as a manager calls them; chances."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from loyaltysim.configure.trees import found
from loyaltysim.measures.comparison import Comparison, nothing
from loyaltysim.measures.registry import find
from loyaltysim.mechanism.measure import Measure, Style
from loyaltysim.present import glossary
from loyaltysim.present.answer import FEWEST
from loyaltysim.present.assumptions import assumption
from loyaltysim.present.format import COST, MONEY, Number
from loyaltysim.scenario.forms import complete
from loyaltysim.scenario.said import Said, both
from loyaltysim.studies import experiment
from loyaltysim.studies.designs_elsewhere import ALIKE, PASSIVE

SURE = 0.975  # a chance from which on one design is said to beat another
COLUMNS = tuple(  # of the long table, in this order
    find(name)
    for name in (
        "program_cost_per_customer", "profit_per_customer", "margin_per_customer", "return", "payback_week",
        "extra_visits", "retention_change", "deadweight", "liability_per_customer",
    )
)  # fmt: skip
HEADS = {  # of its columns; a bar where English breaks the line
    "program_cost_per_customer": Said("|spent", "花费"),
    "profit_per_customer": Said("|profit", "利润"),
    "margin_per_customer": Said("extra|margin", "增量毛利"),
    "return": Said("back|per 1", "每1回报"),
    "payback_week": Said("payback|week", "回本周"),
    "extra_visits": Said("extra|visits", "增量次数"),
    "retention_change": Said("retention|points", "留存百分点"),
    "deadweight": Said("anyway|of 100", "本会发生"),
    "liability_per_customer": Said("|owed", "期末欠"),
}
SPECIAL = {
    PASSIVE: Said("no rival copies", "没有对手模仿"),
    ALIKE: Said("all designs enrol alike and their rewards cost alike", "各方案的入会方式和奖励成本率都相同"),
}


# --- names -------------------------------------------------------------------------------------------------------


def called(design: str) -> Said:
    """A design in a sentence: `the points program`; one of the user's own by its own name."""
    parts = design.partition(" #")[0].split("+")
    if all(part in glossary.PROGRAMS for part in parts) and " #" not in design:
        said = glossary.program(parts)
        return Said(f"the {said.en}", said.zh)
    return both(design.replace("_", " "))


def label(design: str) -> Said:
    """A design in a table."""
    said = called(design)
    return Said(said.en.removeprefix("the "), said.zh)


def listed(names: Sequence[Said]) -> Said:
    """`a, b and c`, in both languages."""
    *most, last = names
    chinese = "和".join(filter(None, ["、".join(name.zh for name in most), last.zh]))
    return Said(experiment.listed(name.en for name in names), chinese)


def currency(c: Comparison) -> Said:
    """The name of the unit of money."""
    return glossary.currency(str(c.question.base.market.currency))


def counted(years: int) -> Said:
    """`1 year`, `2 years`."""
    return Said(f"{years} year{'s' * (years > 1)}", f"{years}年")


def clauses(c: Comparison) -> dict[str, Said]:
    """What was tried, as clauses for `if ...`, by variant; with its number where two would read the same."""
    tree = complete(c.question.base)
    texts = list(dict.fromkeys(map(str, c.variants.variant)))
    usual = {text: found(tree, text.partition("=")[0]) for text in texts}
    plain = {text: SPECIAL[text] if text in SPECIAL else assumption(text, usual[text]) for text in texts}
    often = Counter(said.en for said in plain.values())
    return {t: said if often[said.en] == 1 else assumption(t, usual[t], exact=True) for t, said in plain.items()}


# --- numbers -----------------------------------------------------------------------------------------------------


def told(c: Comparison, design: str, name: str, years: int | None = None) -> Number:
    """One number of a design, ready to be written."""
    return Number(**c.estimate(design, name, years).as_dict())


def money(c: Comparison, style: Style = MONEY) -> Style:
    """How money is written here: two digits of a cost are seen."""
    return replace(style, digits=c.digits)


def amount(c: Comparison, value: float) -> str:
    """An amount of money without its sign."""
    return money(c, COST)(abs(value))


def column(c: Comparison, col: Measure) -> Style:
    """How the numbers of a column are written: of money and of small numbers two digits are seen."""
    if not col.style.digits:
        return col.style
    values = [c.estimate(design, col.name).value for design in c.names]
    return col.style.fine(c.size if col.unit.startswith("money") else max(abs(v or 0.0) for v in values))


def too_few(c: Comparison) -> bool:
    """Are there too few runs to tell luck?"""
    return bool(c.question.base.seeds < FEWEST)


def likely(odds: float | None) -> Said:
    """A chance in whole percent, never rounded to certainty."""
    if odds is None:
        return both("-")
    if odds > 0.99:
        return Said("over 99 %", "99 %以上")
    return Said("under 1 %", "不到1 %") if odds < 0.01 else both(f"{100 * odds:.0f} %")


def odds_of(c: Comparison, a: str, b: str) -> Said:
    """The chance that a beats b in a cell; nothing of a few runs."""
    return likely(None if too_few(c) else c.chance(a, b))


# --- what turns it -----------------------------------------------------------------------------------------------


def ranked(c: Comparison) -> list[str]:
    """The designs at equal budget, best first."""
    return [d for d in c.ranking() if d not in c.beside]


def ordered(c: Comparison) -> list[str]:
    """The designs as they are shown: best first, as they were named where nothing can be said of an order."""
    return c.names if too_few(c) or c.unequal else c.ranking()


def changes(c: Comparison) -> tuple[list[tuple[str, str]], list[str], list[str]]:
    """Where another design is best for sure; where that is open; where the usual best pays or no longer does."""
    best = c.ranking()[0]
    sign = told(c, best, "profit_per_customer").sign
    turned, open_, paid = [], [], []
    for name, rows in c.elsewhere.groupby("variant", sort=False):
        others = rows[(rows.design != best) & ~rows.design.isin(c.beside)]
        top = others.iloc[others.profit.argmax()]
        if top.beats_best >= SURE:
            turned.append((str(name), str(top.design)))
        elif top.beats_best > 1.0 - SURE:
            open_.append(str(name))
        own = rows[rows.design == best].iloc[0]
        if (sign == 1 and own.high < 0) or (sign == -1 and own.low > 0):
            paid.append(str(name))
    return turned, open_, paid


def best_of(c: Comparison, rows: pd.DataFrame) -> str | None:
    """The design that earns most under another assumption; None where the next differs by no more than rounding.

    rows : of one variant in `elsewhere`
    """
    among = rows[~rows.design.isin(c.beside)].nlargest(2, "profit")
    profit = among.profit.to_list()
    return None if len(profit) == 2 and nothing(profit[0] - profit[1], c.digits) else str(among.design.iloc[0])
