"""Tell a comparison of designs: one screen, one figure, one page that opens offline, prints, and can be mailed.

Every sentence is made from the numbers of the comparison. Words that come from outside (names of designs, firms,
markets) are escaped in the page and cannot become formulas in a spreadsheet.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from loyaltysim.measures.comparison import YEARS, Comparison, nothing
from loyaltysim.measures.designs_over_worlds import DesignsOverWorlds
from loyaltysim.measures.registry import find
from loyaltysim.measures.uncertainty import CARRIED, LEAST, LEVEL
from loyaltysim.mechanism.measure import Measure, Style
from loyaltysim.mechanism.registry import registry
from loyaltysim.present import charts, telling
from loyaltysim.present.format import COST, MONEY, Number, aligned, paid_back, paragraph
from loyaltysim.runs.files import Writer
from loyaltysim.runs.files import csv as csv  # of the page, for who saves a table of its own
from loyaltysim.runs.files import safe as safe
from loyaltysim.scenario.changed import parts
from loyaltysim.scenario.forms import plain
from loyaltysim.studies import dials
from loyaltysim.studies.comparison import ALIKE, IMITATION, MOST, PASSIVE, Compare, focal_program
from loyaltysim.studies.experiment import listed
from loyaltysim.studies.protocol import Answer

SURE = 0.975  # a chance from which on one design is said to beat another
FEW = 4  # runs below which no chance is told
OVER_WORLDS = ("worlds_low", "worlds_high", "worlds_n")
TEMPLATES = Path(__file__).with_name("templates")


COLUMNS = tuple(  # of the table, in this order
    find(name)
    for name in (
        "program_cost_per_customer", "profit_per_customer", "margin_per_customer", "return", "payback_week",
        "extra_visits", "retention_change", "deadweight", "liability_per_customer",
    )
)  # fmt: skip


PAYBACK = [col.name for col in COLUMNS].index("payback_week")


# --- sentences ---------------------------------------------------------------------------------------------------


def told(c: Comparison, design: str, name: str, years: int | None = None) -> Number:
    """One number of a design, ready to be written."""
    return Number(**c.estimate(design, name, years).as_dict())


def money(c: Comparison, style: Style = MONEY) -> Style:
    """How money is written here: two digits of the budget are seen."""
    return replace(style, digits=c.digits)


def column(c: Comparison, col: Measure) -> Style:
    """How the numbers of a column are written: of money and of small numbers two digits are seen."""
    if not col.style.digits:
        return col.style
    found = [c.estimate(design, col.name).value for design in c.names]
    return col.style.fine(c.budget if col.unit.startswith("money") else max(abs(v or 0.0) for v in found))


def currency(c: Comparison) -> str:
    """The name of the unit of money."""
    return str(c.question.base.market.currency)


def counted(years: int) -> str:
    """`1 year`, `2 years`."""
    return f"{years} year{'s' * (years > 1)}"


def happened(c: Comparison) -> str:
    """The first sentence: which design earns most at this budget, how much, how surely, and who cannot spend it."""
    best, second = c.ranking()[:2]
    profit, ahead = told(c, best, "profit_per_customer"), Number(**c.difference(best, second).as_dict())
    unit, years, cost = currency(c), counted(c.horizon), money(c, COST)
    against = "no program" if profit.sign is not None else "no program (one run has no interval)"
    amount = {
        1: f"{profit.amount(cost)} {unit} more profit per customer and year than with {against} {profit.ends(cost)}",
        -1: f"{profit.amount(cost)} {unit} less profit per customer and year than with {against} {profit.ends(cost)}",
        0: f"{profit.interval(money(c))} {unit} per customer and year against {against}",
        None: f"{profit.text(money(c))} {unit} per customer and year against {against}",
    }[profit.sign]
    verb = f"{best} loses least" if (profit.value or 0.0) < 0 else f"{best} earns most"
    lead = f"; {ahead.amount(cost)} ahead of {second}{surely(c, best, second)}"
    if len(even := c.leading()) > 1:
        verb, lead = "none is best", f"; {listed(even, MOST)} do not differ beyond rounding"
    short = [(name, f.cost) for name, f in zip(c.names, c.funded, strict=True) if not f.reached]
    unequal = ""
    if short:
        costs = listed([cost(spent) for _, spent in short], MOST)
        apart = " and is ranked apart" if len(short) == 1 else " and are ranked apart"
        unequal = f"; {listed([name for name, _ in short], MOST)} cannot be made to cost that ({costs})"
        unequal += apart if c.beside else ""
    given = "planned at" if len(short) > len(c.beside) else "given"
    return (
        f"Of {len(c.names) - len(c.beside)} designs {given} {cost(c.budget)} {unit} per customer and year each, "
        f"{verb} over {years}: {amount}{lead}{unequal}."
    )


def surely(c: Comparison, a: str, b: str) -> str:
    """The chance that a beats b, as the end of a clause; of a few runs that they are few; of one, nothing."""
    runs, odds = c.question.base.seeds, c.chance(a, b)
    if odds is None:
        return ""
    return f", chance {likely(odds)}" if runs >= FEW else f"; {runs} runs are too few to say how surely"


def likely(odds: float | None) -> str:
    """A chance in whole percent, never rounded to certainty."""
    if odds is None:
        return "-"
    return "over 99 %" if odds > 0.99 else "under 1 %" if odds < 0.01 else f"{100 * odds:.0f} %"


def odds_of(c: Comparison, a: str, b: str) -> str:
    """The chance that a beats b in a cell; nothing of a few runs."""
    return likely(c.chance(a, b) if c.question.base.seeds >= FEW else None)


def flips(c: Comparison) -> str:
    """The second sentence: what would change which design is best, or whether the best pays."""
    best, second = c.ranking()[:2]
    odds = c.chance(best, second)
    if odds is None:
        return "What would flip it cannot be said of one run: run more seeds."
    turned, open_, paid = changes(c)
    if len(c.leading()) > 1:
        more = f"; one is best where {listed([f'{t} ({d})' for t, d in turned], 3)}" if turned else ""
        return f"There is no order to flip{more}."
    if odds < SURE:
        more = f"; settled against it where {listed([f'{t} ({d})' for t, d in turned], 3)}" if turned else ""
        return f"Which of {best} and {second} is best is open after {c.question.base.seeds} runs{more}."
    tried = c.elsewhere.variant.nunique()
    if turned:
        said = f"The order flips where {listed([f'{t} (then {d} is best)' for t, d in turned], 3)}"
    elif tried:
        settings = f"all {tried} other settings" if tried > 1 else "the one other setting"
        spoken = {PASSIVE: "rivals' response", IMITATION: "rivals' response", ALIKE: ALIKE}
        among = [spoken[text] for text in c.elsewhere.variant.unique() if text in spoken] if tried > 1 else []
        said = f"{best} stays best in {settings} tried" + (f", {listed(among, 3)} among them" if among else "")
    else:
        said = f"Nothing else that was tried changes anything: {best} is best"
    if open_:
        said += f"{'; ' if turned else ', but '}cannot be told apart where {listed(open_, 3)}"
    if paid:
        pays = (told(c, best, "profit_per_customer").value or 0.0) < 0
        said += f"; {best} {'pays' if pays else 'stops paying'} where {listed(paid, 3)}"
    return f"{said}."


def changes(c: Comparison) -> tuple[list[tuple[str, str]], list[str], list[str]]:
    """Where another design is best for sure; where that is open; where the usual best pays or no longer does."""
    best = c.ranking()[0]
    sign = told(c, best, "profit_per_customer").sign
    turned, open_, paid = [], [], []
    for name, rows in c.elsewhere.groupby("variant", sort=False):
        others = rows[(rows.design != best) & ~rows.design.isin(c.beside)]
        top = others.iloc[others.profit.argmax()]
        if top.beats_best >= SURE:
            turned.append((said(str(name)), str(top.design)))
        elif top.beats_best > 1.0 - SURE:
            open_.append(said(str(name)))
        own = rows[rows.design == best].iloc[0]
        if (sign == 1 and own.high < 0) or (sign == -1 and own.low > 0):
            paid.append(said(str(name)))
    return turned, open_, paid


def said(variant: str) -> str:
    """A variant as a person reads it: `market.S = 0.6`."""
    key, equals, value = variant.partition("=")
    return f"{key} = {value}" if equals else variant


def notes(c: Comparison) -> Iterator[str]:
    """What must not be overlooked: unequal money, and what was searched."""
    short = [(name, f) for name, f in zip(c.names, c.funded, strict=True) if not f.reached]
    if short:
        most = min(f.cost for _, f in short)
        if most < c.budget:
            yield (
                f"Not at equal budget: {listed([n for n, _ in short], MOST)}. Equal for all: budget={most * 0.98:.3g}; "
                f"or let another term be searched: term.{short[0][0]}=component.term"
            )
        else:
            names = listed([n for n, _ in short], MOST)
            yield f"Not at equal budget: {names}; all could cost budget={most:.3g} or more."
    found = [f"{name}: {f.key} {f.configured:g} -> {f.value:.4g}" for name, f in zip(c.names, c.funded, strict=True)]
    yield f"Searched for equal budget: {'; '.join(found)}."
    again = f"; searched again where: {ALIKE}" if ALIKE in set(c.elsewhere.variant) else ""
    if c.inert:
        yield f"Inert here, counted nowhere: {', '.join(map(said, c.inert))}."
    yield f"In other settings terms stay as found, so spending is not equal there{again}."


# --- the screen --------------------------------------------------------------------------------------------------


def screen(c: Comparison) -> str:
    """What a comparison found, in at most 100 columns."""
    blocks = [
        *over_worlds(c),
        [*paragraph(f"{happened(c)} {flips(c)}")],
        table_lines(c),
        [*order_lines(c), *elsewhere_lines(c)],
        [line for note in notes(c) for line in paragraph(note)] + footing(c),
    ]
    return "\n\n".join("\n".join(block) for block in blocks)


def over_worlds(c: Comparison) -> Iterator[list[str]]:
    """What nobody knows: profit of each design over worlds, how often it wins, how often none pays; what decides."""
    if c.unknown is None:
        return
    head = (
        f"{c.unknown.n} worlds of what nobody knows",
        f"{currency(c)}, 90 %",
        "per 100 of sales",
        "pays in",
        "best in",
    )
    yield [*aligned(head, worlds_rows(c, c.unknown), (36, -18, -18, 8, 8)), *paragraph(worlds_told(c, c.unknown))]


def worlds_rows(c: Comparison, u: DesignsOverWorlds) -> list[list[str]]:
    """Each design over worlds, best first: profit in money and per 100 of sales, in how many it pays and is best."""
    order = c.ranking()
    style, wins, body = replace(find("profit_of_sales").style, unit=""), u.wins(ranked(c)), []
    for design in order:
        e = Number(None, None, None, LEVEL, "", u.n, *u.over_worlds(design))
        sales = [style(q) for q in u.of_sales[design].quantile([0.05, 0.95])]
        pays, won = (f"{share:.0%}" for share in ((u.profit[design] > 0.0).mean(), wins.get(design, 0.0)))
        body.append([f"  {design[:20]}", e.over_worlds(money(c)), " to ".join(sales), pays, won])
    return body


def ranked(c: Comparison) -> list[str]:
    """The designs at equal budget, best first."""
    return [d for d in c.ranking() if d not in c.beside]


def worlds_told(c: Comparison, u: DesignsOverWorlds) -> str:
    """How often the winner changes and none pays, what decides, and what all of it depends on."""
    if not u.enough:
        return f"Too few worlds to say. {'; '.join(u.said)}."
    among = ranked(c)
    wins = u.wins(among)
    carried = [f"{u.words[key]} ({share:.0%})" for key, share in list(u.depends_on(*among[:2]).items())[:CARRIED]]
    told = f"Another design than {among[0]} is best in {u.changes(among[0], among):.0%} of worlds; none pays in "
    told += f"{wins['none']:.0%}. Between {among[0]} and {among[1]} decide {listed(carried, CARRIED)}. All of it holds "
    return f"{told}for this structure of the model and the terms found here; {'; '.join(u.said)}."


def worlds_summary(c: Comparison) -> dict[str, Any]:
    """What summary.json says of worlds; nothing without any."""
    u = c.unknown
    if u is None:
        return {}
    among = ranked(c)
    depends = [[key, round(share, 4)] for key, share in u.depends_on(*among[:2]).items() if share >= LEAST]
    wins = {"best_in": u.wins(among), "winner_changes": u.changes(among[0], among)} if u.enough else {}
    return {"depends_on": depends, "worlds": {"n": u.n, "said": list(u.said), **wins}}


def table_lines(c: Comparison) -> list[str]:
    """At most eight rows, best first: value, and below it half the width of the 95 % interval."""
    widths = (17, *(9 if col.name != "retention_change" else 11 for col in COLUMNS))
    styles = [replace(column(c, col), unit="") for col in COLUMNS]
    size = f"{c.question.base.seeds} runs of {c.question.base.customers.n:,} customers"
    planned = (
        f"{currency(c)} per customer and year, {counted(c.horizon)} after the launch, planned "
        f"{money(c, COST)(c.budget)} each"
    )
    top = aligned(["", *(col.head[0] for col in COLUMNS)], [], widths)
    lines = [f"{planned}; {size}", *top]
    body = []
    for design in c.ranking():
        numbers = [told(c, design, col.name) for col in COLUMNS]
        body.append([design[:16], *(x.text(s) for x, s in zip(numbers, styles, strict=True))])
        below = [half(x, s) for x, s in zip(numbers, styles, strict=True)]
        if back := numbers[PAYBACK].n:  # an interval of weeks would reach below the launch
            below[PAYBACK] = f"{back} of {c.question.base.seeds}"
        body.append(["", *below])
    return lines + aligned(["best first", *(col.head[1] for col in COLUMNS)], body, widths)


def half(x: Number, style: Style) -> str:
    """Half the width of an interval: `±0.12`; nothing where there is none."""
    return "" if x.low is None or x.high is None else f"±{style((x.high - x.low) / 2.0, '')}"


def order_lines(c: Comparison) -> list[str]:
    """The order after each horizon, with profits."""
    lines = []
    for years in YEARS:
        order = [d for d in c.ranking(years) if d not in c.beside]
        profit = {d: f"{d} {money(c)(c.estimate(d, 'profit_per_customer', years).value or 0.0)}" for d in c.names}
        ranked = profit[order[0]]
        for before, after in pairwise(order):
            ranked += f" {'=' if c.level(before, after, years) else '>'} {profit[after]}"
        apart = f"; apart: {', '.join(profit[d] for d in c.beside)}" if c.beside else ""
        lines += paragraph(f"after {counted(years)}: {ranked}{apart}", 2)
    return lines


def best_of(c: Comparison, rows: pd.DataFrame) -> str | None:
    """The design that earns most under another assumption; None where the next differs by no more than rounding.

    rows : of one variant in `elsewhere`
    """
    among = rows[~rows.design.isin(c.beside)].nlargest(2, "profit")
    profit = among.profit.to_list()
    return None if len(profit) == 2 and nothing(profit[0] - profit[1], c.digits) else str(among.design.iloc[0])


def elsewhere_lines(c: Comparison) -> list[str]:
    """Under each other assumption: the profit of the two that matter, and which is best."""
    best = c.ranking()[0]
    body = []
    for name, rows in c.elsewhere.groupby("variant", sort=False):
        profit, style = rows.set_index("design").profit, money(c)
        most = style(profit.drop(c.beside).max())
        body.append([f"  {said(str(name))}", (best_of(c, rows) or "none")[:16], most, style(profit[best])])
    return aligned(["if instead", "best is", "profit", f"of {best[:12]}"], body, (46, 18, 10, 16))


def footing(c: Comparison) -> list[str]:
    """What is measured, what assumed, whose data."""
    market = c.question.base.market
    lines = paragraph(f"Measured: {'; '.join(market.measured) or 'nothing'}.", 2)
    lines += paragraph(f"Assumed: {'; '.join(market.assumed) or 'everything'}.", 2)
    return [*lines, *paragraph(f"Source: {market.source}.", 1), *paragraph(market.notice)]


# --- the figure --------------------------------------------------------------------------------------------------


def draw(c: Comparison) -> tuple[Figure, pd.DataFrame]:
    """For each design: extra margin to the right, cost to the left, and the profit that is left with its interval."""
    order, parts = c.ranking(), ("margin_per_customer", "program_cost_per_customer", "profit_per_customer")
    rows = [{"design": d, "part": p, **c.estimate(d, p).as_dict()} for d in order for p in parts]
    data = pd.DataFrame(rows)
    places = np.arange(len(order))[::-1].astype(float)
    with charts.style():
        figure, axes = charts.sheet(8.5, 0.62 * len(order) + 2.1)
        margin, cost, profit = (data[data.part == p] for p in parts)
        axes.barh(places, margin.value, height=0.5, color=charts.SKY, label="extra margin")
        axes.barh(places, -cost.value, height=0.5, color=charts.PALE, label="cost of the program", hatch="//",
                  edgecolor="white", linewidth=0)  # fmt: skip
        ends = [(profit.value - profit.low).fillna(0.0), (profit.high - profit.value).fillna(0.0)]
        axes.errorbar(profit.value, places, xerr=ends, fmt="D", color=charts.INK, markersize=6, elinewidth=2,
                      capsize=3, label="profit, 95 % interval")  # fmt: skip
        reach = np.maximum(margin.value.clip(lower=0).to_numpy(), (profit.value + ends[1]).to_numpy())
        for value, x, y in zip(profit.value, np.maximum(reach, 0.0), places, strict=True):
            axes.annotate(
                charts.signed(value, c.digits), (x, y), xytext=(8, 0), textcoords="offset points", va="center",
                fontweight="bold",
            )  # fmt: skip
        axes.axvline(0.0, color=charts.GREY, linewidth=0.8)
        axes.margins(x=0.12)
        labels = [f"{d}\nnot at this budget" if d in c.beside else d for d in order]
        charts.name_rows(axes, places, labels)
        axes.set_xlabel(f"{currency(c)} per customer and year, against no program")
        axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, handlelength=1.4, columnspacing=1.4)
        market = c.question.base.market
        size = f"{c.question.base.seeds} runs of {c.question.base.customers.n:,} customers, the same in every design"
        note = f"Market: {market.name}. {size}." + (f"\n{market.notice}" if market.notice else "")
        best = money(c)(c.estimate(order[0], "profit_per_customer").value or 0.0)
        title = f"{order[0]} leaves most: {best} {currency(c)} profit at a budget of {money(c, COST)(c.budget)}"
        if len(c.leading()) > 1:
            title = f"No design leaves most at a budget of {money(c, COST)(c.budget)}: {best} {currency(c)} profit"
        charts.headline(figure, title, f"{counted(c.horizon)} after the launch", note)
    return figure, data


# --- the page ----------------------------------------------------------------------------------------------------


def html(c: Comparison, figure_svg: bytes) -> str:
    """One self-contained page: no script, no request, styles allowed by their hash; everything else is escaped."""
    loader = jinja2.FileSystemLoader(TEMPLATES)
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    style = (TEMPLATES / "page.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    image = "data:image/svg+xml;base64," + base64.b64encode(figure_svg).decode() if figure_svg else ""
    markup = jinja2.utils.markupsafe  # type: ignore[attr-defined]  # Jinja2 brings it
    return environment.get_template("compare.html").render(
        **facts(c), style=markup.Markup(style), style_hash=digest, image=image
    )


def facts(c: Comparison) -> dict[str, Any]:
    """Everything that the page shows, as text."""
    market = c.question.base.market
    return {
        "c": c,
        "market": market,
        "firm": c.question.base.focal,
        "currency": currency(c),
        "budget": money(c, COST)(c.budget),
        "horizon": c.horizon,
        "size": f"{c.question.base.seeds} runs of {c.question.base.customers.n:,} customers",
        "happened": happened(c),
        "flips": flips(c),
        "notes": list(notes(c)),
        "worlds": page_worlds(c),
        "columns": COLUMNS,
        "rows": page_rows(c),
        "designs": page_designs(c),
        "order": c.ranking(),
        "odds": {a: [None if a == b else (odds_of(c, a, b), c.won(a, b)) for b in c.ranking()] for a in c.names},
        "horizons": page_horizons(c),
        "years": YEARS,
        "variants": page_variants(c),
        "full": page_full(c),
        "dials": dials.listing(c.worlds[c.names.index(c.ranking()[0])]),
    }


def page_worlds(c: Comparison) -> dict[str, Any]:
    """The table over worlds and the words below it; nothing without any."""
    u = c.unknown
    return {} if u is None else {"n": u.n, "rows": worlds_rows(c, u), "told": worlds_told(c, u)}


def cell(x: Number, style: Style) -> tuple[str, str]:
    """A value and its interval as they stand in a table."""
    bare = replace(style, unit="")
    return x.text(bare), "" if x.low is None else x.interval(bare)


def page_rows(c: Comparison) -> list[tuple[str, list[tuple[str, str]], str]]:
    """At most eight rows, best first: design, cells, chance that it beats the next."""
    order, rows = c.ranking(), []
    for k, design in enumerate(order):
        cells = [cell(told(c, design, col.name), column(c, col)) for col in COLUMNS]
        back = told(c, design, "payback_week")
        cells[PAYBACK] = (
            cells[PAYBACK][0],
            paid_back(back, told(c, design, "ahead_until_week"), c.question.base.seeds),
        )
        beats = odds_of(c, design, order[k + 1]) if k + 1 < len(order) else ""
        rows.append((design, cells, beats))
    return rows


def page_designs(c: Comparison) -> list[dict[str, Any]]:
    """Each design: what was searched, planned and spent, and its terms where they differ from the defaults."""
    found = []
    for design, funded, scenario in zip(c.names, c.funded, c.worlds, strict=True):
        spent = told(c, design, "program_cost_per_customer")
        changed = []
        for name, terms in focal_program(scenario).items():
            usual = plain(registry()[name].terms())
            differ = {k: v for k, v in plain(terms).items() if v != usual[k]}
            changed.append((name, [(k, f"{v:.4g}" if isinstance(v, float) else str(v)) for k, v in differ.items()]))
        found.append({"name": design, "key": funded.key, "before": f"{funded.configured:.4g}",
                      "after": f"{funded.value:.4g}", "reached": funded.reached, "spent": cell(spent, money(c, COST)),
                      "terms": changed})  # fmt: skip
    return found


def page_horizons(c: Comparison) -> list[tuple[str, list[tuple[str, str, int]]]]:
    """Per design: its profit and its place after each horizon."""
    return [
        (d, [(*cell(told(c, d, "profit_per_customer", y), money(c)), c.place(d, y)) for y in YEARS])
        for d in c.ranking()
    ]


def page_variants(c: Comparison) -> list[tuple[str, list[tuple[str, str, bool]], bool]]:
    """Per variant: the profit of every design, which is best there, and whether that flips the order."""
    turned, _, _ = changes(c)
    rows = []
    for name, group in c.elsewhere.groupby("variant", sort=False):
        by = group.set_index("design")
        top, style = best_of(c, group), money(c)
        cells = [
            (style(by.profit[d]), "" if pd.isna(by.low[d]) else f"{style(by.low[d])} to {style(by.high[d])}", d == top)
            for d in c.ranking()
        ]
        rows.append((said(str(name)), cells, said(str(name)) in {t for t, _ in turned}))
    return rows


def page_full(c: Comparison) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Every number at the horizon: name, unit, a cell per design."""
    here = c.table[c.table.years == c.horizon]
    rows = []
    for name in dict.fromkeys(here.name):
        unit = find(name).unit
        style = Style(100.0, 2, "", "") if unit.startswith("share") else Style(sign="")
        style = money(c, style) if unit.startswith("money") else style
        shown = unit.replace("share", "%", 1) if unit.startswith("share") else unit
        rows.append((name.replace("_", " "), shown, [cell(told(c, d, name), style) for d in c.ranking()]))
    return rows


# --- the folder --------------------------------------------------------------------------------------------------


def pages(answer: Answer[Comparison]) -> dict[str, Writer]:
    """The figure, and the page that holds it."""
    c = answer.found

    def report(path: Path) -> None:
        drawn = path.with_name("figure.svg")
        path.write_bytes(html(c, drawn.read_bytes() if figure else b"").encode("utf-8"))

    figure = charts.spared(lambda: charts.files("figure", *draw(c)), dict[str, Writer]())
    return {**figure, "report.html": report}


def save(c: Comparison, folder: str | Path) -> Path:
    """Write report.html, figure, compare.csv (every number), runs.csv, variants.csv, chances.csv, summary.json,
    config.yaml and manifest.json, each file as a whole or not at all; -> the folder. Same input, same bytes.
    """  # fmt: skip
    study = Compare(c.question)
    return telling.save(Answer(study, c, (), study.tables(c)), TELLING, Path(folder))


def summary(c: Comparison) -> dict[str, Any]:
    """The comparison in one tree: sentences, designs, numbers at each horizon, chances, what flips it."""
    turned, unsure, paid = changes(c)
    numbers: dict[str, Any] = {}
    for row in c.table.to_dict("records"):
        here = {k: telling.none(row[k]) for k in ("value", "low", "high", "level", "unit", "n")}
        if c.unknown is not None:
            told_of = row["name"] == "profit_per_customer" and row["years"] == c.horizon
            ends = c.unknown.over_worlds(row["design"]) if told_of else (None, None, 0)
            here |= dict(zip(OVER_WORLDS, ends, strict=True))
        numbers.setdefault(row["design"], {}).setdefault(f"{row['years']}", {})[row["name"]] = here
    return {
        "happened": happened(c),
        "flips": flips(c),
        "budget": c.budget,
        "horizon": c.horizon,
        "launch_week": c.question.launch,
        "order": {f"{years}": c.ranking(years) for years in YEARS},
        "ranked_apart": c.beside,
        "designs": {
            name: {"searched": f.key, "configured": f.configured, "value": f.value, "expected_cost": f.cost,
                   "reached": f.reached}
            for name, f in zip(c.names, c.funded, strict=True)
        },
        "numbers": numbers,
        "chances": {a: {b: c.chance(a, b) for b in c.names if b != a} for a in c.names},
        "flipped_where": [{"where": where, "best": design} for where, design in turned],
        "open_where": unsure,
        "pays_or_not_where": paid,
        **({"changed": list(map(parts, c.question.base.changed))} if c.question.base.changed else {}),
        **worlds_summary(c),
    }  # fmt: skip


TELLING = telling.Telling(
    screen=lambda answer, _: screen(answer.found),
    summary=lambda answer: summary(answer.found),
    pages=pages,
    place="page to open or mail: {folder}/report.html",
)
