"""Tell an experiment: a story of two sentences, a figure and a table; and the pages that list all of them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from loyaltysim.configure.publish import publish, text
from loyaltysim.present import charts
from loyaltysim.present.telling import Telling
from loyaltysim.runs.files import Writer
from loyaltysim.studies.experiment import RESULTS, SCRIPTS, Experiment, Finding, Plan
from loyaltysim.studies.protocol import Answer


def command(made: Plan[Any]) -> str:
    """What to type to get the same folder."""
    return " ".join(["python", f"experiments/{made.name}.py", *made.overrides])


def story(found: Finding) -> str:
    """Found, flips when, do not conclude: two sentences, a figure, a table of at most eight rows."""
    parts = [
        f"# {found.question}",
        f"**{found.verdict.word.capitalize()}.** {found.headline}",
        found.flips,
        "![figure](figure.png)",
        markdown(found.shown),
        f"Do not conclude: {found.caution}",
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def markdown(table: pd.DataFrame) -> str:
    """A table in Markdown; numbers are written as they are."""
    rows = [list(table.columns), ["---"] * len(table.columns), *table.astype(str).values.tolist()]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


def read_manifests(results: Path) -> list[dict[str, Any]]:
    """The manifests of all committed experiments, by name."""
    return [json.loads(path.read_text("utf-8")) for path in sorted(results.glob("*/manifest.json"))]


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
    lines += [f"- **{m['question']}** {m['verdict']['word'].capitalize()}: {m['headline']}" for m in found]
    for m in found:
        name = m["name"]
        lines += ["", f"## {m['question']}", "", f"[![{name}]({name}/figure.png)]({name}/story.md)", ""]
        lines += [f"Claims {', '.join(m['claims'])}; verdict: {m['verdict']['word']} ({m['verdict']['why']})."]
        lines += [f"[Story]({name}/story.md), [table]({name}/table.csv), [configuration]({name}/config.yaml)."]
        lines += ["", f"    {m['command']}"]
    lines += ["", "Changes of published numbers: [CHANGES.md](CHANGES.md). To learn retention arithmetic by hand: open"]
    lines += ["[leaky_bucket.html](leaky_bucket.html) in a browser; it works offline."]
    return "\n".join(lines) + "\n"


def scripts_page(found: Sequence[Mapping[str, Any]], up: str) -> str:
    """One row a script: question, claim rows, command, minutes, last verdict, thumbnail."""
    lines = ["# Experiments", "", "One script, one question. Generated from the last committed results.", ""]
    lines += ["| question | claims | command | minutes | last verdict | figure |", "|---|---|---|---|---|---|"]
    for m in found:
        minutes = max(1, round(m["circumstances"]["seconds"] / 60))
        image = f'<img src="{up}/{m["name"]}/figure.png" width="200">'
        cells = (m["question"], ", ".join(m["claims"]), f"`{m['command']}`", minutes, m["verdict"]["word"], image)
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    lines += ["", "Add `run=tiny` for a first look and any key to change the world: `seeds=4 market.S=0.6`. Such a run"]
    lines += ["writes to `results/runs/`, never over a committed result; `out=folder` chooses another place."]
    return "\n".join(lines) + "\n"


def plan_of(answer: Answer[Finding]) -> Plan[Any]:
    """What was asked."""
    assert isinstance(answer.study, Experiment)
    return answer.study.plan


def screen(answer: Answer[Finding], folder: Path | None) -> str:
    """The verdict, what would flip it, the table."""
    found = answer.found
    return f"{found.verdict.word.upper()}: {found.headline}\n{found.flips}\n\n{markdown(found.shown).rstrip()}"


def pages(answer: Answer[Finding]) -> dict[str, Writer]:
    """The figure and the story."""
    found = answer.found
    figure = charts.spared(lambda: charts.files("figure", found.draw(), found.data), dict[str, Writer]())
    return {**figure, "story.md": text(story(found))}


def about(answer: Answer[Finding]) -> dict[str, Any]:
    """What the manifest says of the question and its answer, for the pages that list all of them."""
    found, made = answer.found, plan_of(answer)
    return {
        "claims": list(made.settings.claims),
        "command": command(made),
        "question": found.question,
        "verdict": {"word": found.verdict.word, "why": found.verdict.why},
        "headline": found.headline,
    }


def listed(answer: Answer[Finding], folder: Path) -> None:
    """Write the pages again that list the published results, if this is one."""
    if plan_of(answer).committed:
        for path, page in index(RESULTS, SCRIPTS).items():
            publish(path, text(page))


TELLING = Telling(screen=screen, pages=pages, more=about, place="{folder}", drawn=listed)
