"""Tell an experiment: a story that is read aloud, a figure and a table; and the pages that list all of them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from loyaltysim.configure.publish import publish, text
from loyaltysim.present import charts
from loyaltysim.present.telling import Telling
from loyaltysim.runs.files import Writer
from loyaltysim.scenario.said import LANGUAGES, Said
from loyaltysim.studies.experiment import RESULTS, SCRIPTS, Experiment, Finding, Plan
from loyaltysim.studies.protocol import Answer
from loyaltysim.studies.reading import Reading, Table

FIGURE, CAUTION = Said("figure", "图"), Said("Do not conclude: ", "不要由此断定：")
VERDICTS, STOP, END = Said("Verdicts: ", "判定："), Said("; ", "；"), Said(".", "。")


def command(made: Plan[Any]) -> str:
    """What to type to get the same folder."""
    return " ".join(["python", f"experiments/{made.name}.py", *made.overrides])


def story(found: Finding, lang: str = "en") -> str:
    """The answer, how sure, a figure, a table of at most eight rows, the verdicts, what not to conclude."""
    r = found.reading
    judged = STOP[lang].join(f"{row} {verdict.said[lang]}" for row, verdict in found.verdicts.items())
    parts = [
        f"# {found.question[lang]}",
        f"**{r.first[lang]}**",
        *(said[lang] for said in r.prose[1:]),
        f"![{FIGURE[lang]}](figure.png)",
        markdown(r.table, lang),
        f"{VERDICTS[lang]}{judged}{END[lang]}",
        f"{CAUTION[lang]}{found.caution[lang]}",
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def markdown(table: Table, lang: str) -> str:
    """A table in Markdown; numbers are written as they are."""
    title, *body = table.cells(lang)
    rows = [title, ["---"] * len(title), *body]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


def read_manifests(results: Path) -> list[dict[str, Any]]:
    """The manifests of all committed experiments, by name; one of before there were answers is left out."""
    found = [json.loads(path.read_text("utf-8")) for path in sorted(results.glob("*/manifest.json"))]
    return [manifest for manifest in found if "answer" in manifest]


def index(results: Path, scripts: Path) -> dict[Path, str]:
    """The two pages that are generated from the committed folders: {path: text}."""
    found = read_manifests(results)
    up = Path(os.path.relpath(results, scripts)).as_posix()
    return {results / "README.md": results_page(found), scripts / "README.md": scripts_page(found, up)}


def results_page(found: Sequence[Mapping[str, Any]]) -> str:
    """Every claim answered in a sentence, then a figure and a command each."""
    lines = [
        "# Results",
        "",
        "Generated from the folders below; every number was computed by the command beside it.",
        "",
    ]
    lines += [f"- **{m['question']['en']}** {m['answer']['en'][0]}" for m in found]
    for m in found:
        name = m["name"]
        lines += ["", f"## {m['question']['en']}", "", f"[![{name}]({name}/figure.png)]({name}/story.md)", ""]
        lines += [f"- {row}: {verdict['word']} ({verdict['why']})" for row, verdict in m["verdicts"].items()]
        lines += ["", f"[Story]({name}/story.md), [in Chinese]({name}/story.zh.md), [table]({name}/table.csv),"]
        lines += [f"[configuration]({name}/config.yaml).", "", f"    {m['command']}"]
    lines += ["", "Changes of published numbers: [CHANGES.md](CHANGES.md). To learn retention arithmetic by hand: open"]
    lines += ["[leaky_bucket.html](leaky_bucket.html) in a browser; it works offline."]
    return "\n".join(lines) + "\n"


def scripts_page(found: Sequence[Mapping[str, Any]], up: str) -> str:
    """One row a script: question, verdict by claim, command, minutes, thumbnail."""
    lines = ["# Experiments", "", "One script, one question. Generated from the last committed results.", ""]
    lines += ["| question | verdicts | command | minutes | figure |", "|---|---|---|---|---|"]
    for m in found:
        minutes = max(1, round(m["circumstances"]["seconds"] / 60))
        image = f'<img src="{up}/{m["name"]}/figure.png" width="200">'
        judged = "; ".join(f"{row} {verdict['word']}" for row, verdict in m["verdicts"].items())
        cells = (m["question"]["en"], judged, f"`{m['command']}`", minutes, image)
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    lines += ["", "Add `run=tiny` for a first look and any key to change the world: `seeds=4 market.S=0.6`. Such a run"]
    lines += ["writes to `results/runs/`, never over a committed result; `out=folder` chooses another place; `lang=zh`"]
    lines += ["answers in Chinese."]
    return "\n".join(lines) + "\n"


def plan_of(answer: Answer[Finding]) -> Plan[Any]:
    """What was asked."""
    assert isinstance(answer.study, Experiment)
    return answer.study.plan


def reading(answer: Answer[Finding], folder: Path | None) -> Reading:
    """The answer, with the place of its figure."""
    r = answer.found.reading
    return r if folder is None else replace(r, figure=str(folder / "figure.png"))


def screen(answer: Answer[Finding], folder: Path | None) -> str:
    """Everything: the verdicts with their reasons, and what not to conclude."""
    found = answer.found
    lines = [f"{row}: {verdict.said} ({verdict.why})" for row, verdict in found.verdicts.items()]
    return "\n".join([*lines, f"{CAUTION}{found.caution}"])


def pages(answer: Answer[Finding]) -> dict[str, Writer]:
    """The figure and the stories."""
    found = answer.found
    figure = charts.spared(lambda: charts.files("figure", found.draw(), found.data), dict[str, Writer]())
    return {**figure, "story.md": text(story(found)), "story.zh.md": text(story(found, "zh"))}


def judged(found: Finding) -> dict[str, dict[str, str]]:
    """The verdicts as a tree."""
    return {row: {"word": verdict.word, "why": verdict.why} for row, verdict in found.verdicts.items()}


def summary(answer: Answer[Finding]) -> dict[str, Any]:
    """What summary.json says beside the answer."""
    return {"verdicts": judged(answer.found), **answer.found.numbers}


def about(answer: Answer[Finding]) -> dict[str, Any]:
    """What the manifest says of the question and its answer, for the pages that list all of them."""
    found, made = answer.found, plan_of(answer)
    return {
        "claims": list(made.settings.claims),
        "command": command(made),
        "question": {lang: found.question[lang] for lang in LANGUAGES},
        "verdicts": judged(found),
        "answer": found.reading.tree(),
    }


def listed(answer: Answer[Finding], folder: Path) -> None:
    """Write the pages again that list the published results, if this is one."""
    if plan_of(answer).committed:
        for path, page in index(RESULTS, SCRIPTS).items():
            publish(path, text(page))


TELLING = Telling(
    screen=screen, reading=reading, summary=summary, pages=pages, more=about, place="{folder}", drawn=listed
)
