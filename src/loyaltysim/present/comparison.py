"""Tell a comparison of designs: one screen, one figure, one page that opens offline, prints, and can be mailed.

Every sentence is made from the numbers of the comparison. What is read aloud is in `comparison_answer`, everything in
`comparison_screen`, the page in `comparison_report`. Words that come from outside (names of designs, firms, markets)
are escaped in the page and cannot become formulas in a spreadsheet.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from loyaltysim.measures.comparison import YEARS, Comparison
from loyaltysim.measures.uncertainty import LEAST
from loyaltysim.present import charts, telling
from loyaltysim.present.comparison_answer import first, reading, second
from loyaltysim.present.comparison_figure import draw
from loyaltysim.present.comparison_report import html
from loyaltysim.present.comparison_screen import screen
from loyaltysim.present.comparison_words import changes, ranked, too_few
from loyaltysim.runs.files import Writer, csv, safe  # the latter two of the page, for who saves a table of its own
from loyaltysim.scenario.changed import parts
from loyaltysim.scenario.said import Said
from loyaltysim.studies.comparison import Compare
from loyaltysim.studies.protocol import Answer

__all__ = ["TELLING", "csv", "draw", "html", "pages", "reading", "safe", "save", "screen", "summary"]

OVER_WORLDS = ("worlds_low", "worlds_high", "worlds_n")


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
    """The comparison in one tree: sentences, designs, numbers at each horizon, chances, what flips it.

    Of too few runs there are no chances and no order (None).
    """
    few = too_few(c) or c.unequal
    turned, unsure, paid = ([], [], []) if few else changes(c)
    return {
        "happened": first(c).en,
        "flips": second(c).en,
        "budget": "free" if c.budget is None else c.budget,
        "horizon": c.horizon,
        "launch_week": c.question.launch,
        "order": {f"{years}": None if few else c.ranking(years) for years in YEARS},
        "ranked_apart": c.beside,
        "designs": {
            name: {"searched": f.key, "configured": telling.none(f.configured), "value": telling.none(f.value),
                   "expected_cost": f.cost, "reached": f.reached}
            for name, f in zip(c.names, c.funded, strict=True)
        },
        "numbers": numbers(c),
        "chances": {a: {b: None if too_few(c) else c.chance(a, b) for b in c.names if b != a} for a in c.names},
        "flipped_where": [{"where": where, "best": design} for where, design in turned],
        "open_where": unsure,
        "pays_or_not_where": paid,
        **({"changed": list(map(parts, c.question.base.changed))} if c.question.base.changed else {}),
        **worlds(c),
    }  # fmt: skip


def numbers(c: Comparison) -> dict[str, Any]:
    """Design -> years -> name -> value, interval, and where it lies over worlds where that is known."""
    found: dict[str, Any] = {}
    for row in c.table.to_dict("records"):
        here = {k: telling.none(row[k]) for k in ("value", "low", "high", "level", "unit", "n")}
        if c.unknown is not None:
            told_of = row["name"] == "profit_per_customer" and row["years"] == c.horizon
            ends = c.unknown.over_worlds(row["design"]) if told_of else (None, None, 0)
            here |= dict(zip(OVER_WORLDS, ends, strict=True))
        found.setdefault(row["design"], {}).setdefault(f"{row['years']}", {})[row["name"]] = here
    return found


def worlds(c: Comparison) -> dict[str, Any]:
    """What summary.json says of worlds; nothing without any."""
    u, among = c.unknown, ranked(c)
    if u is None:
        return {}
    depends = [[key, round(share, 4)] for key, share in u.depends_on(*among[:2]).items() if share >= LEAST]
    wins = {"best_in": u.wins(among), "winner_changes": u.changes(among[0], among)} if u.enough else {}
    return {"depends_on": depends, "worlds": {"n": u.n, "said": list(u.said), **wins}}


TELLING = telling.Telling(
    screen=lambda answer, _: screen(answer.found),
    reading=reading,
    summary=lambda answer: summary(answer.found),
    pages=pages,
    place=Said("page to open or mail: {folder}/report.html", "可打开或寄出的页面：{folder}/report.html"),
)
