"""Everything that a comparison found, as text: worlds, the long table, every horizon, every other setting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from loyaltysim.measures.comparison import YEARS, Comparison
from loyaltysim.measures.designs_over_worlds import DesignsOverWorlds
from loyaltysim.measures.registry import find
from loyaltysim.measures.uncertainty import CARRIED, LEAST, LEVEL
from loyaltysim.mechanism.measure import Style
from loyaltysim.present.answer import wrapped
from loyaltysim.present.assumptions import size
from loyaltysim.present.comparison_words import (
    COLUMNS,
    HEADS,
    best_of,
    called,
    clauses,
    column,
    counted,
    currency,
    label,
    listed,
    money,
    ordered,
    ranked,
    told,
    too_few,
)
from loyaltysim.present.format import COST, Number, aligned
from loyaltysim.present.glossary import portion
from loyaltysim.scenario.said import Said, both
from loyaltysim.studies.designs_elsewhere import ALIKE

PAYBACK = [col.name for col in COLUMNS].index("payback_week")
NONE = Said("none", "无")


def screen(c: Comparison) -> str:
    """What a comparison found, in at most 100 columns, in the language that is spoken."""
    blocks = [
        *over_worlds(c),
        table_lines(c),
        [*order_lines(c), *elsewhere_lines(c)],
        [line for note in (searched(c), *notes(c)) for line in wrapped(str(note))] + footing(c),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


# --- what nobody knows -------------------------------------------------------------------------------------------


def over_worlds(c: Comparison) -> Iterator[list[str]]:
    """What nobody knows: profit of each design over worlds, how often it wins, how often none pays; what decides."""
    if c.unknown is None:
        return
    unit = currency(c)
    head = (
        Said(f"{c.unknown.n} worlds that may be", f"{c.unknown.n}个可能的世界"),
        Said(f"profit, {unit.en}, 90 %", f"利润，{unit.zh}，90 %"),
        Said("per 100 of sales", "每100销售额"),
        Said("pays in", "划算"),
        Said("best in", "最好"),
    )
    rows = [[str(cell) for cell in row] for row in worlds_rows(c, c.unknown)]
    lines = aligned(list(map(str, head)), rows, (32, -18, -18, 8, 8))
    yield [*lines, *(line for said in worlds_told(c, c.unknown) if str(said) for line in wrapped(str(said)))]


def worlds_rows(c: Comparison, u: DesignsOverWorlds) -> list[list[Said]]:
    """Each design over worlds, best first: profit in money and per 100 of sales, in how many it pays and is best."""
    style, wins, body = replace(find("profit_of_sales").style, unit=""), u.wins(ranked(c)), []
    for design in ordered(c):
        e = Number(None, None, None, LEVEL, "", u.n, *u.over_worlds(design))
        sales = [style(q) for q in u.of_sales[design].quantile([0.05, 0.95])]
        won = portion(wins[design]) if design in wins and not c.unequal else both("-")
        interval = Said(e.over_worlds(money(c)), e.over_worlds(money(c), "到")) if u.enough else TOO_FEW_WORLDS
        ends = Said(" to ".join(sales), "到".join(sales))
        body.append([label(design), interval, ends, portion(float((u.profit[design] > 0.0).mean())), won])
    return body


TOO_FEW_WORLDS = Said("too few worlds", "世界太少")


def worlds_told(c: Comparison, u: DesignsOverWorlds) -> list[Said]:
    """How often the winner changes and none pays, what decides, and what all of it depends on."""
    where = Said(f"{'; '.join(u.said)}.", "")  # how the worlds were made is on record in English
    if not u.enough or c.unequal or too_few(c):
        few = Said("Too few worlds to say.", "可能的世界太少，说不准。")
        return [few, where] if not u.enough else [where]
    among = ranked(c)
    a, b = called(among[0]), called(among[1])
    changes, none = portion(u.changes(among[0], among)), portion(u.wins(among)["none"])
    carried = [
        Said(f"{size(key).en} ({share:.0%})", f"{size(key).zh}（{share:.0%}）")
        for key, share in list(u.depends_on(*among[:2]).items())[:CARRIED]
        if share >= LEAST
    ]
    by = listed(carried) if carried else NONE
    return [
        Said(
            f"Another design than {a.en} is best in {changes.en} of worlds; none pays in {none.en}. Between {a.en} and "
            f"{b.en} decide: {by.en}. All of it holds for this structure of the model and the terms found here.",
            f"另有方案胜过{a.zh}的世界：{changes.zh}；没有方案划算的世界：{none.zh}。{a.zh}与{b.zh}之间取决于：{by.zh}。"
            "以上只对这个模型结构和这里的条款成立。",
        ),
        where,
    ]


# --- the long table ----------------------------------------------------------------------------------------------


def table_lines(c: Comparison) -> list[str]:
    """At most eight rows, best first: value, and below it half the width of the 95 % interval."""
    widths = (17, *(9 if col.name != "retention_change" else 11 for col in COLUMNS))
    styles = [replace(column(c, col), unit="") for col in COLUMNS]
    runs, people, unit = c.question.base.seeds, f"{c.question.base.customers.n:,}", currency(c)
    years = counted(c.horizon)
    title = Said(
        f"{unit.en} per customer and year, {years.en} after the launch; {given(c).en}; {runs} runs of {people} people",
        f"{unit.zh}，每位客户每年，上市后{years.zh}；{given(c).zh}；{runs}次运行，每次{people}位客户",
    )
    heads = [both("") if too_few(c) else Said("best first", "从好到差"), *(HEADS[col.name] for col in COLUMNS)]
    broken = [str(head).rpartition("|") for head in heads]
    upper = aligned([above for above, _, _ in broken], [], widths) if any(above for above, _, _ in broken) else []
    body = []
    for design in ordered(c):
        numbers = [told(c, design, col.name) for col in COLUMNS]
        body.append([brief(design), *(x.text(s) for x, s in zip(numbers, styles, strict=True))])
        below = [half(x, s) for x, s in zip(numbers, styles, strict=True)]
        if back := numbers[PAYBACK].n:  # an interval of weeks would reach below the launch
            below[PAYBACK] = str(Said(f"{back} of {runs}", f"{back}/{runs}"))
        body.append(["", *below])
    return [*wrapped(str(title)), *upper, *aligned([head for _, _, head in broken], body, widths)]


def brief(design: str) -> str:
    """A design in a narrow column."""
    return str(label(design)).replace(" program", "")[:16]


def given(c: Comparison) -> Said:
    """Which money the designs have."""
    if c.budget is None:
        return Said("each as it is", "各按原样")
    each = money(c, COST)(c.budget)
    return Said(f"planned {each} each", f"计划各花{each}")


def half(x: Number, style: Style) -> str:
    """Half the width of an interval: `±0.12`; nothing where there is none."""
    return "" if x.low is None or x.high is None else f"±{style((x.high - x.low) / 2.0, '')}"


def order_lines(c: Comparison) -> list[str]:
    """The order after each horizon, with profits; nothing where there is none."""
    if too_few(c) or c.unequal:
        return []
    lines = []
    for years in YEARS:
        order = [d for d in c.ranking(years) if d not in c.beside]
        profit = {
            d: f"{label(d)} {money(c)(c.estimate(d, 'profit_per_customer', years).value or 0.0)}" for d in c.names
        }
        shown = profit[order[0]]
        for before, after in pairwise(order):
            shown += f" {'=' if c.level(before, after, years) else '>'} {profit[after]}"
        others = ", ".join(profit[d] for d in c.beside)
        apart = Said(f"; apart: {others}", f"；另列：{others}") if c.beside else both("")
        lines += wrapped(str(Said(f"after {counted(years).en}: ", f"{years}年后：")) + shown + str(apart))
    return lines


def elsewhere_lines(c: Comparison) -> list[str]:
    """Under each other assumption: the profit of the two that matter, and which is best."""
    if too_few(c) or c.unequal or c.elsewhere.empty:
        return []
    best, words, body = c.ranking()[0], clauses(c), []
    for name, rows in c.elsewhere.groupby("variant", sort=False):
        profit, style, top = rows.set_index("design").profit, money(c), best_of(c, rows)
        most = style(profit.drop(c.beside).max())
        body.append([f"  {words[str(name)]}", str(NONE) if top is None else brief(top), most, style(profit[best])])
    head = Said("if instead|best is|profit|of ", "如果|最好|利润|其中：")
    titles = str(head).split("|")
    return aligned([*titles[:3], f"{titles[3]}{brief(best)}"], body, (58, 17, 8, 14))


# --- notes -------------------------------------------------------------------------------------------------------


def notes(c: Comparison) -> Iterator[Said]:
    """What must not be overlooked: unequal money, what does nothing here, terms that stay as found."""
    if c.short:
        costs = {d: money(c, COST)(f.cost) for d, f in zip(c.names, c.funded, strict=True) if not f.reached}
        who = listed([Said(f"{label(d).en} {cost}", f"{label(d).zh}{cost}") for d, cost in costs.items()])
        yield Said(f"Not at equal money: {who.en}.", f"花费不相等：{who.zh}。")
    words = clauses(c)
    if c.inert:
        idle = listed([words[text] for text in c.inert])
        yield Said(f"Changes nothing here, counted nowhere: {idle.en}.", f"在这里不起作用、不计数：{idle.zh}。")
    if c.budget is not None and not c.variants.empty:
        again = Said("", "")
        if ALIKE in set(c.elsewhere.variant):
            again = Said(", except where all designs are alike in the rest", "，各方案其余相同的一项除外")
        yield Said(
            f"In other settings terms stay as found, so spending is not equal there{again.en}.",
            f"其他情况下条款不变，因此花费不相等{again.zh}。",
        )


def searched(c: Comparison) -> Said:
    """Which term was searched for equal money, and what it became."""
    if c.budget is None:
        return Said("Every design is as it was written: no term was searched.", "每个方案都按原样：没有搜索任何条款。")
    found = "; ".join(
        f"{name}: {f.key} {f.configured:g} -> {f.value:.4g}" for name, f in zip(c.names, c.funded, strict=True)
    )
    return Said(f"Searched for equal money: {found}.", f"为使花费相等而搜索：{found}。")


def footing(c: Comparison) -> list[str]:
    """What is measured, what assumed, whose data."""
    market = c.question.base.market
    lines = [
        Said(f"Measured: {'; '.join(market.measured) or 'nothing'}.", f"测得：{'; '.join(market.measured) or '无'}。"),
        Said(
            f"Assumed: {'; '.join(market.assumed) or 'everything'}.", f"假设：{'; '.join(market.assumed) or '全部'}。"
        ),
        Said(f"Source: {market.source}.", f"来源：{market.source}。"),
        both(market.notice),
    ]
    return [line for said in lines if str(said) for line in wrapped(str(said))]
