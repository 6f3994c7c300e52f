"""The page of a run: the answer, its figure, then everything behind it, in one language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from loyaltysim.accounting.books import Books, of_run
from loyaltysim.configure.publish import publish, text
from loyaltysim.measures.registry import find
from loyaltysim.mechanism.measure import Style
from loyaltysim.present import assumptions, changed, glossary
from loyaltysim.present.answer import columns, wrapped
from loyaltysim.present.format import CHANGE, MONEY
from loyaltysim.present.page import rendered
from loyaltysim.present.run_answer import reading
from loyaltysim.present.summary import HERO, Summary, at, varied
from loyaltysim.runs.files import Records
from loyaltysim.scenario.forms import written
from loyaltysim.scenario.said import Said, spoken
from loyaltysim.studies.reading import Table

REPORT = "report.html"


@dataclass(frozen=True)
class Section:
    """A part of the page. text : are its cells words, to the left, and not numbers?"""

    title: Said
    table: Table
    note: Said | str = ""
    text: bool = False

    def lines(self) -> list[str]:
        """The part as text: words as paragraphs, numbers in columns."""
        title, *body = self.table.cells(spoken())
        if not self.table.title:
            title, body = [""] * len(title), [title, *body]
        if self.text:
            return [line for row in body for line in wrapped("  ".join(filter(None, row)))]
        return [line for line in columns([title, *body]) if line]


def write(records: Records, folder: Path) -> Path:
    """Write report.html into the folder of a run, with its first figure where that was drawn. Raises OSError."""
    drawn = folder / "figures" / Path(HERO).with_suffix(".svg")
    publish(folder / REPORT, text(document(records, drawn.read_bytes() if drawn.is_file() else b"")))
    return folder / REPORT


def document(records: Records, picture: bytes = b"") -> str:
    """The page as text, in the language that is spoken."""
    s, told = Summary(records), reading(records)
    market = s.scenario.market
    number, n = s.scenario.seeds, f"{s.scenario.customers.n:,}"
    about = Said(
        f"Market: {market.name}; firm {s.scenario.focal}; {number} runs of {n} customers, the same in both worlds.",
        f"市场：{market.name}；企业 {s.scenario.focal}；{number} 次运行，每次 {n} 位客户，两个世界里是同一批人。",
    )
    return rendered(
        "run.html",
        picture,
        title=f"loyaltysim: {s.scenario.name}",
        first=told.first,
        about=about,
        prose=told.prose[1:],
        alt=Said("Week by week; the data are beside the figure.", "逐周变化；数据在图旁的文件里。"),
        sections=[section for section in (*sections(s, told.table), *of_points(records)) if section.table.rows],
    )


def plain(records: Records) -> str:
    """The tables of the page as text, in the language that is spoken."""
    s = Summary(records)
    every = (*sections(s, reading(records).table), *of_points(records))
    shown = [section for section in every if section.table.rows]
    return "\n\n".join("\n".join([str(section.title), *section.lines()]) for section in shown)


def sections(s: Summary, eight: Table) -> Iterator[Section]:
    """The eight rows; what is assumed at other values; what was drawn; where numbers come from; every number."""
    yield Section(Said("The result in eight rows", "八行看结果"), eight)
    yield Section(
        Said("If what is assumed were otherwise", "如果假设的数值不同"),
        Table(
            (Said("if", "如果"), Said("visits", "购买次数"), Said("luck, 95 %", "运气，95 %"),
             Said("profit", "利润"), Said("luck, 95 %", "运气，95 %")),
            list(elsewhere(s)),
        ),
    )  # fmt: skip
    if s.unknown:
        yield Section(
            Said(
                "What nobody knows, and how much of the width in profit it carries",
                "没人知道的数值，以及各占利润宽度的多少",
            ),
            Table((), [(assumptions.size(key), f"{100.0 * share:.0f} %") for key, share in s.unknown["depends_on"]]),
        )
    yield Section(changed.TITLE, Table(
        (Said("what", "内容"), Said("key", "键"), Said("now", "现值"), Said("as it ships", "原值")),
        list(changed.rows(s.scenario)),
    ), text=True)  # fmt: skip
    yield Section(
        Said("Where the numbers come from", "数字从哪里来"),
        Table((), list(origins(s))),
        Said("As the market's file says it, in English.", "市场文件里的原文（英文）。") if spoken() == "zh" else "",
        text=True,
    )
    yield Section(
        Said("Every number", "全部数字"),
        Table(
            (Said("number", "数字"), Said("value", "数值"), Said("luck, 95 %", "运气，95 %"),
             Said("90 % of worlds", "90 % 的情形")),
            list(everything(s)),
        ),
    )  # fmt: skip


def of_points(records: Records) -> Iterator[Section]:
    """The first run's points from opening to closing, year by year in both views; nothing where none were issued."""
    scenario, unit = records.scenario, glossary.currency(records.scenario.market.currency)
    if "owed_expected" not in records.summary or "points" not in scenario.focal_firm.program:
        return
    books = of_run(records)
    table = books.roll_forward().drop(columns=["from", "to"]) / 100.0
    first = Said("year", "年")
    for view, title in VIEWS.items():
        names = [name for name in map(str, table.columns) if name.startswith(view)]
        heads = (first, *(HEADS[name.partition("_")[2]] for name in names))
        amounts = table[names].to_numpy(float)
        rows = [(str(k + 1), *(f"{x:,.2f}" for x in amounts[k])) for k in range(len(amounts))]
        about = Said(f"{title.en}, first run, {unit.en}", f"{title.zh}，第一次运行，{unit.zh}")
        yield Section(about, Table(heads, rows), stressed(books, unit) if view == "contract" else "")


def stressed(books: Books, unit: Said) -> Said:
    """What it would cost if all points were redeemed at once."""
    run, last = books.run_on_points(), books.weekly.iloc[-1]
    cost, held = f"{run.cost / 100:,.2f}", f"{last.contract_liability / 100:,.2f}"
    return Said(
        f"If all points were redeemed at once at the end it would cost {cost} {unit.en}; these books hold {held}.",
        f"期末若所有积分同时兑换，要花 {cost} {unit.zh}；这本账上留了 {held}。",
    )


VIEWS = {
    "statutory": Said("Points owed in full, at the cost of their reward", "积分全额负债，按奖励成本"),
    "contract": Said("Points as IFRS 15 books them", "积分按 IFRS 15 入账"),
}
HEADS = {
    "opening": Said("opening", "期初"), "issued": Said("issued", "发放"), "redeemed": Said("redeemed", "兑换"),
    "gone": Said("lapsed", "失效"), "closing": Said("closing", "期末"), "deferred": Said("deferred", "递延"),
    "recognised": Said("made revenue", "转为收入"), "caught_up": Said("caught up", "估计变更"),
}  # fmt: skip


def elsewhere(s: Summary) -> Iterator[tuple[Said | str, ...]]:
    """Visits and profit where one assumed value is otherwise."""
    if "lift_visits" not in s:
        return
    tree = written(s.scenario)
    for (key, value, lift), (_, _, profit) in zip(
        varied(s, "lift_visits"), varied(s, "profit_per_customer"), strict=True
    ):
        where = assumptions.assumption(f"{key}={value}", at(tree, key), exact=True)
        yield where, lift.text(CHANGE), ends(lift.interval, CHANGE), profit.text(MONEY), ends(profit.interval, MONEY)


def origins(s: Summary) -> Iterator[tuple[Said, str]]:
    """What is measured, what is assumed, whose data."""
    market = s.scenario.market
    yield Said("measured", "测得"), "; ".join(market.measured)
    yield Said("assumed", "假设"), "; ".join(market.assumed)
    yield Said("source", "出处"), market.source
    if market.notice:
        yield Said("notice", "说明"), market.notice


def everything(s: Summary) -> Iterator[tuple[Said | str, ...]]:
    """Every number of the summary that has a value, in the words of the registry."""
    for name in s.numbers:
        base, _, member = name.partition("[")
        if base == "inert" or "=" in member or s[name].value is None:
            continue
        measure = find(name)
        said = glossary.label(measure, s.scenario.market)
        of = Said(f": {member.rstrip(']')}", f"：{member.rstrip(']')}") if member else Said("", "")
        world = arm(name)
        x = s[name]
        wide = ends(x.over_worlds, measure.style) if x.worlds_low is not None else ""
        label = Said(f"{said.en}{of.en}{world.en}", f"{said.zh}{of.zh}{world.zh}")
        yield label, x.text(measure.style), "" if x.low is None else ends(x.interval, measure.style), wide


def ends(interval: Callable[[Style, str], str], style: Style) -> Said:
    """An interval in both languages."""
    return Said(interval(style, " to "), interval(style, " 至 "))


def arm(name: str) -> Said:
    """In which world a number was read, where it was in one."""
    if name.endswith("_without"):
        return Said(", without the program", "（没有计划）")
    return Said(", with the program", "（有计划）") if name.endswith("_with") else Said("", "")
