"""Answer one question with many runs, and leave a folder that tells the story.

A script in experiments/ says the question, makes the worlds, judges, draws. What all scripts share is here: composing
`conf/experiment/<name>.yaml` with a command line, and writing story.md, figure, table.csv, config.yaml, manifest.json.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
import pandas as pd

from loyaltysim.configure import yaml as plain_yaml
from loyaltysim.configure.compose import compose_experiment
from loyaltysim.configure.publish import dumps, publish, text
from loyaltysim.measures.statistics import Estimate
from loyaltysim.measures.verdict import Verdict
from loyaltysim.present import charts
from loyaltysim.runs.files import check_folder, manifest
from loyaltysim.runs.pool import RunFailed, map_runs, prepare
from loyaltysim.runs.resume import beside, keeping
from loyaltysim.scenario.forms import plain, written
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.scenario.terms import term

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Settings = TypeVar("Settings")
Arm = TypeVar("Arm")
Result = TypeVar("Result")
RESULTS, SCRIPTS = Path("results"), Path("experiments")  # below where a script is started, the top of the repository


@dataclass(frozen=True)
class Plan(Generic[Settings]):
    """An experiment as composed: its world, its settings, the overrides that led to them, and where it writes."""

    name: str
    world: Scenario
    settings: Settings
    overrides: tuple[str, ...]
    folder: Path

    def changed(self, changes: Sequence[str]) -> Scenario:
        """The world with more overrides; where both say a key, the change wins. Raises ConfigError."""
        said = {change.partition("=")[0] for change in changes}
        kept = [text for text in self.overrides if text.partition("=")[0] not in said]
        return compose_experiment(self.name, type(self.settings), [*kept, *changes])[0]

    @property
    def digest(self) -> str:
        """SHA-256 of config.yaml, 64 hexadecimal digits."""
        return hashlib.sha256(plain_yaml.dump(self.tree()).encode()).hexdigest()

    def tree(self) -> dict[str, Any]:
        """Everything that was set, as written to config.yaml."""
        return {**written(self.world), "experiment": plain(self.settings)}


@dataclass(frozen=True)
class Switch:
    """One thing that is different, as overrides."""

    name: str = term("", "name")
    label: str = term("", "")
    change: tuple[str, ...] = term((), "key=value")


@dataclass(frozen=True)
class Answer:
    """What an experiment found.

    headline  one sentence with interval and margin      flips   what would change it
    caution   what not to conclude                       shown   at most eight rows for the story
    table     table.csv                                  more    {file name without .csv: table}
    figure, data   the picture and the numbers behind it
    """

    question: str
    verdict: Verdict
    headline: str
    flips: str
    caution: str
    shown: pd.DataFrame
    table: pd.DataFrame
    figure: Figure
    data: pd.DataFrame
    more: Mapping[str, pd.DataFrame] = field(default_factory=dict)


def plan(name: str, vocabulary: type[Settings], words: Sequence[str]) -> Plan[Settings]:
    """Compose an experiment. Only the committed configuration writes results/<name>; any other goes to results/runs.

    words : overrides such as `run=tiny`, `seeds=4`, and `out=folder`. Raises ConfigError with every problem.
    """
    overrides = tuple(word for word in words if not word.startswith("out="))
    world, settings = compose_experiment(name, vocabulary, overrides)
    made = Plan(name, world, settings, overrides, RESULTS / name)
    if overrides:
        made = replace(made, folder=RESULTS / "runs" / f"{name}-{made.digest[:8]}")
    asked = [word.removeprefix("out=") for word in words if word.startswith("out=")]
    return replace(made, folder=Path(asked[-1])) if asked else made


def run_arms(
    task: Callable[[tuple[Arm, int]], Result], arms: Mapping[str, Arm], seeds: range, world: Callable[[Arm], Scenario],
    processes: int,
) -> dict[str, list[Result]]:  # fmt: skip
    """Run every arm with every seed; arms that are the same run once. -> {name: one result a seed}

    task : (arm, seed) -> result, at the top level of a module;  world : arm -> its scenario, to compile its step first
    """
    distinct: dict[str, Arm] = {}
    same = {}
    for name, arm in arms.items():
        same[name] = next((other for other in distinct if distinct[other] == arm), name)
        distinct[same[name]] = arm
    watched = sys.stderr.isatty()
    prepare(map(world, distinct.values()), progress=watched)
    jobs = [(arm, seed) for arm in distinct.values() for seed in seeds]
    names = [f"{name} seed={seed}" for name in distinct for seed in seeds]
    done = map_runs(task, jobs, names, processes=processes, progress=watched, label="markets")
    by_arm = {name: done[k * len(seeds) : (k + 1) * len(seeds)] for k, name in enumerate(distinct)}
    return {name: by_arm[same[name]] for name in arms}


def spread(name: str, e: Estimate) -> dict[str, float]:
    """An estimate as three columns of a table; nan where there is none."""
    found = {name: e.value, f"{name}_low": e.low, f"{name}_high": e.high}
    return {column: np.nan if value is None else value for column, value in found.items()}


def interval(row: Mapping[str, float], name: str, digits: int, scale: float = 1.0, unit: str = "") -> str:
    """6 % [3, 9]: the three columns of an estimate in words."""
    found = (row[name], row[f"{name}_low"], row[f"{name}_high"])
    value, low, high = (f"{round(scale * x, digits) + 0.0:.{digits}f}" for x in found)
    return f"{value}{unit} [no interval]" if "nan" in (low, high) else f"{value}{unit} [{low}, {high}]"


def listed(items: Iterable[object]) -> str:
    """a, b and c."""
    words = list(map(str, items))
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def main(
    name: str, vocabulary: type[Settings], answer: Callable[[Plan[Settings]], Answer], words: Sequence[str]
) -> int:
    """Run a script: compose, answer, write, say it. -> 0; 2 bad input, 3 a failed run, 4 storage, 130 interrupted."""
    began = time.monotonic()
    try:
        made = plan(name, vocabulary, words)
        committed = made.folder == RESULTS / name
        check_folder(made.folder, None if committed else made.digest)
        with keeping(beside(RESULTS / "runs" / name if committed else made.folder)):
            found = answer(made)
            write(made, found, time.monotonic() - began)
        if committed:
            for path, page in index(RESULTS, SCRIPTS).items():
                publish(path, text(page))
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt as error:
        print(f"interrupted: nothing half-written; {str(error) or 'the same command starts again'}", file=sys.stderr)
        return 130
    except RunFailed as error:
        print(error.told(["python", f"experiments/{name}.py", *words]), file=sys.stderr)
        return 3
    except OSError as error:
        print(f"storage: {error.strerror or error}: {error.filename or made.folder}", file=sys.stderr)
        return 4
    print(f"{found.verdict.word.upper()}: {found.headline}\n{found.flips}\n\n{markdown(found.shown)}\n{made.folder}")
    return 0


def write(made: Plan[Any], found: Answer, seconds: float) -> None:
    """Write the folder of an experiment, each file as a whole."""
    made.folder.mkdir(parents=True, exist_ok=True)
    charts.save(found.figure, made.folder, "figure", found.data)
    for name, table in {"table": found.table, **found.more}.items():
        publish(made.folder / f"{name}.csv", text(csv(table)))
    publish(made.folder / "story.md", text(story(found)))
    publish(made.folder / "config.yaml", text(plain_yaml.dump(made.tree())))
    run = manifest(made.world)
    about = {name: run[name] for name in ("model", "packages")}
    about |= {"name": made.name, "claims": list(made.settings.claims), "command": command(made)}
    about |= {"question": found.question, "verdict": {"word": found.verdict.word, "why": found.verdict.why}}
    about |= {"headline": found.headline, "circumstances": {**run["circumstances"], "seconds": round(seconds)}}
    files = sorted(path for path in made.folder.iterdir() if path.name != "manifest.json" and path.is_file())
    about["files"] = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    publish(made.folder / "manifest.json", text(dumps(about)))


def command(made: Plan[Any]) -> str:
    """What to type to get the same folder."""
    return " ".join(["python", f"experiments/{made.name}.py", *made.overrides])


def csv(table: pd.DataFrame) -> str:
    """A table as text; equal numbers, equal bytes."""
    return table.to_csv(index=False, float_format="%.8g", lineterminator="\n")


def as_saved(table: pd.DataFrame) -> pd.DataFrame:
    """A table as it is read back: what is told from it now can be told from the file later, byte by byte."""
    return pd.read_csv(io.StringIO(csv(table)))


def story(found: Answer) -> str:
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
