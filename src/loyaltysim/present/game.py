"""Tell a game: a screen, a heat map of payoffs, a map of the dilemma, a page that stands alone, equilibria as data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from loyaltysim.configure.publish import dumps, text
from loyaltysim.games.around import PEOPLE, SEEDS, mapped
from loyaltysim.games.normal_form import Profile
from loyaltysim.games.study import Played
from loyaltysim.measures.statistics import Estimate
from loyaltysim.present import charts, glossary
from loyaltysim.present.game_answer import cells, reading, title, when
from loyaltysim.present.game_figures import draw, draw_map
from loyaltysim.present.game_words import HOLDS, KINDS, called, profile
from loyaltysim.present.page import inlined, rendered
from loyaltysim.present.run_report import Section
from loyaltysim.present.telling import Telling, none
from loyaltysim.runs.files import Writer
from loyaltysim.scenario.said import Said, both
from loyaltysim.studies.protocol import Answer
from loyaltysim.studies.reading import Table


def screen(found: Played) -> str:
    """Every table as text."""
    parts = [section for section in sections(found) if section.table.rows]
    said = ["\n".join([str(section.title), *([str(section.note)] if section.note else []), *section.lines()])
            for section in parts]  # fmt: skip
    return "\n\n".join(said)


def sections(found: Played) -> Iterator[Section]:
    """Every outcome; what each strategy is between firms; mixtures, dominance, path; the map; the worlds."""
    p = found.payoffs
    rows = [cells(found, one, found.regret(one)) for one in p.runs]
    yield Section(Said("Every outcome", "每一种结果"), Table(title(found), rows))
    yield Section(
        Said("What each strategy is between firms", "每种策略在企业之间意味着什么"),
        Table(
            (Said("strategy", "策略"), Said("it is", "属于"), Said("alone gains", "单独采用"),
             Said("luck, 95 %", "运气，95 %"), Said("all gain", "都采用"), Said("luck, 95 %", "运气，95 %")),
            list(strategies(found)),
        ),
        than(found),
    )  # fmt: skip
    yield Section(Said("What follows", "由此可知"), Table((), list(following(found))), text=True)
    if len(found.map):
        yield Section(
            Said("Where it is a prisoner's dilemma", "何时构成囚徒困境"),
            Table(
                (Said("cost k", "成本 k"), Said("price sensitivity", "价格敏感度"), Said("alone gains", "单独采用"),
                 Said("all gain", "都采用"), Said("it is", "属于")),
                list(places(found)),
            ),
            map_note(found),
        )  # fmt: skip
    if found.worlds is not None:
        shares = found.worlds.kinds.value_counts(normalize=True)
        rows_ = [(KINDS[str(kind)], glossary.portion(float(share))) for kind, share in shares.items()]
        yield Section(
            Said("In worlds in which what is assumed is drawn anew", "重新抽取假设数值的各种情形"),
            Table((Said("it is", "属于"), Said("of the worlds", "占比")), rows_),
            "; ".join(found.worlds.said),
        )


def than(found: Played) -> Said:
    """What gains are held against."""
    money, base = glossary.currency(found.asked.base.market.currency), called(found, 0)
    return Said(
        f"Against {base.en}, {money.en} per customer and year; means over firms, the widest interval of any firm.",
        f"与“{base.zh}”相比，每位客户每年（{money.zh}）；各企业平均，区间取最宽的。",
    )


def strategies(found: Played) -> Iterator[tuple[Said, ...]]:
    """A row a strategy but the first."""
    for k, row in enumerate(found.kinds.to_dict("records"), start=1):
        unsure = Said("", "") if row["sure"] else Said(", by luck perhaps", "（可能出于运气）")
        it = KINDS[row["kind"]]
        yield (
            called(found, k), Said(it.en + unsure.en, it.zh + unsure.zh),
            both(f"{row['alone']:+.2f}"), ends(row, "alone"), both(f"{row['together']:+.2f}"), ends(row, "together"),
        )  # fmt: skip


def ends(row: Any, part: str) -> Said:
    """An interval of a row."""
    low, high = row[f"{part}_low"], row[f"{part}_high"]
    return Said(f"{low:+.2f} to {high:+.2f}", f"{low:+.2f}到{high:+.2f}") if low == low else Said("", "")


def following(found: Played) -> Iterator[tuple[Said, Said]]:
    """Equilibria, mixtures, dominance and where answers lead, in words."""
    for one in found.pure:
        held = HOLDS[found.holds[one]]
        yield (
            Said("no firm would change", "没有企业会改变"),
            Said(
                f"{profile(found, one).en} (beyond luck: {held.en})", f"{profile(found, one).zh}（超出运气：{held.zh}）"
            ),
        )
    if not found.pure:
        yield (
            Said("no firm would change", "没有企业会改变"),
            Said("in no outcome: none pure", "没有这样的结果：无纯策略均衡"),
        )
    for mixture in found.mixed:
        chances = [
            " + ".join(f"{share:.0%} {called(found, k).en}" for k, share in enumerate(own) if share > 1e-4)
            for own in mixture.chances
        ]
        yield Said("firms draw lots", "企业随机选择"), both(" / ".join(chances))
    for d in found.dominated:
        firm = "" if found.payoffs.symmetric else f" ({found.asked.players[d.firm]})"
        worse = Said("always worse than", "总是不如") if d.strict else Said("never better than", "从不优于")
        own, by = called(found, d.strategy), called(found, d.by)
        yield (
            Said("never taken", "不会采用"),
            Said(f"{own.en}{firm}: {worse.en} {by.en}", f"{own.zh}{firm}：{worse.zh} {by.zh}"),
        )
    steps = found.path.steps
    last = (
        Said("and stay there", "并停在那里") if found.path.rests else Said("and go on without an end", "并且没有尽头")
    )
    yield (
        Said("firms in turn", "企业轮流应对"),
        Said(
            f"{' -> '.join(profile(found, one).en for one in steps[:12])} {last.en}",
            f"{' -> '.join(profile(found, one).zh for one in steps[:12])} {last.zh}",
        ),
    )


def places(found: Played) -> Iterator[tuple[str | Said, ...]]:
    """A row a place on the map."""
    for row in found.map.to_dict("records"):
        k = "" if row["k"] != row["k"] else f"{row['k']:.0%}".replace("%", " %")
        sensitivity = f"{row['price_sensitivity']:.3g}"
        yield k, sensitivity, f"{row['alone']:+.2f}", f"{row['together']:+.2f}", KINDS[row["kind"]]


def map_note(found: Played) -> Said:
    """Of which strategy the map is, and from how many runs."""
    strategy, s = mapped(found.asked), found.asked.base
    name = called(found, strategy or 0)
    runs, people = min(SEEDS, s.seeds), min(PEOPLE, s.customers.n)
    return Said(
        f"The {name.en}, {runs} runs of {people:,} customers at each place.",
        f"{name.zh}，每处 {people:,} 位客户运行 {runs} 次。",
    )


# --- as data and as files ----------------------------------------------------------------------------------------


def tree(found: Played) -> dict[str, Any]:
    """equilibria.json: who plays what, equilibria with regrets, mixtures, dominance, path, what each strategy is."""
    p, names = found.payoffs, found.asked.names
    return {
        "firms": list(p.firms),
        "strategies": list(names),
        "symmetric": p.symmetric,
        "seeds": found.seeds,
        "pure": [of_profile(found, one) for one in found.pure],
        "none_pure": not found.pure,
        "undecided": [who(found, one) for one, said in found.holds.items() if said == "open"],
        "mixed": [
            {firm: {name: round(float(x), 6) for name, x in zip(names, own, strict=True) if x > 1e-4}
             for firm, own in zip(p.firms, mixture.chances, strict=True)}
            for mixture in found.mixed
        ],
        "dominated": [
            {"firm": "every" if p.symmetric else p.firms[d.firm], "strategy": names[d.strategy], "by": names[d.by],
             "strict": d.strict}
            for d in found.dominated
        ],
        "best_responses": {"steps": [who(found, one) for one in found.path.steps], "rests": found.path.rests},
        "strategies_between_firms": {
            row.pop("strategy"): {k: none(v) for k, v in row.items()} for row in found.kinds.to_dict("records")
        },
        "map_of": None if not len(found.map) else names[mapped(found.asked) or 0],
        "worlds": None if found.worlds is None else {
            "n": len(found.worlds.kinds), "said": list(found.worlds.said),
            "shares": {str(k): float(v) for k, v in found.worlds.kinds.value_counts(normalize=True).items()},
        },
    }  # fmt: skip


def who(found: Played, one: Profile) -> dict[str, str]:
    """Firm -> its strategy."""
    return {firm: found.asked.names[own] for firm, own in zip(found.asked.players, one, strict=True)}


def of_profile(found: Played, one: Profile) -> dict[str, Any]:
    """An equilibrium: who has what, whether it holds beyond luck, payoffs and regrets with intervals."""
    p = found.payoffs
    firms = list(enumerate(p.firms))
    return {
        "profile": who(found, one),
        "beyond_luck": found.holds[one],
        "payoffs": {name: numbers(p.cell(one, firm)) for firm, name in firms},
        "regrets": {name: numbers(p.regret(one, firm)) for firm, name in firms},
    }


def numbers(e: Estimate) -> dict[str, Any]:
    """Value and interval."""
    return {"value": e.value, "low": e.low, "high": e.high, "n": e.n}


def html(answer: Answer[Played], folder: Path | None, board: bytes = b"", dilemma: bytes = b"") -> str:
    """The page: the answer, both figures, every table; everything escaped."""
    found, told = answer.found, reading(answer, folder)
    s = found.asked.base
    firms = ", ".join(found.asked.players)
    about = Said(
        f"Market: {s.market.name}; firms {firms}; {found.seeds} runs of {s.customers.n:,} customers.",
        f"市场：{s.market.name}；企业 {firms}；{s.customers.n:,} 位客户运行 {found.seeds} 次。",
    )
    return rendered(
        "run.html",
        board,
        title=f"loyaltysim: {s.name}",
        first=told.first,
        about=about,
        prose=told.prose[1:],
        alt=Said("What every outcome earns; the data are beside the figure.", "各种结果的利润；数据在图旁的文件里。"),
        beside=inlined(dilemma),
        beside_alt=when(found),
        sections=[section for section in sections(found) if section.table.rows],
    )


def pages(answer: Answer[Played]) -> dict[str, Writer]:
    """equilibria.json, the figures, and the page that holds them."""
    found = answer.found
    figures = charts.spared(lambda: charts.files("figure", *draw(found)), dict[str, Writer]())
    if len(found.map):
        figures |= charts.spared(lambda: charts.files("map_figure", *draw_map(found)), dict[str, Writer]())

    def report(path: Path) -> None:
        drawn = [path.with_name(f"{name}.svg") for name in ("figure", "map_figure")]
        pictures = [one.read_bytes() if one.name in figures and one.is_file() else b"" for one in drawn]
        path.write_bytes(html(answer, None, *pictures).encode("utf-8"))

    return {"equilibria.json": text(dumps(tree(found))), **figures, "report.html": report}


def summary(found: Played) -> dict[str, Any]:
    """summary.json: the same as equilibria.json, with every outcome."""
    return {**tree(found), "outcomes": [of_profile(found, one) for one in found.payoffs.runs]}


TELLING = Telling(
    screen=lambda answer, _: screen(answer.found),
    reading=reading,
    summary=lambda answer: summary(answer.found),
    pages=pages,
    place=Said("page to open or mail: {folder}/report.html", "可打开或寄出的页面：{folder}/report.html"),
)
