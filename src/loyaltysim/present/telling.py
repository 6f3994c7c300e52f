"""How an answer is told and kept, whatever the study: its screen, its summary, its pages, its folder.

Each kind of study has a file in this room that ends with a `TELLING`. What is written here is written once, for all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from loyaltysim.configure.publish import dumps, publish, text
from loyaltysim.present import answer as short
from loyaltysim.runs.files import Writer, about, csv, seal, write_table
from loyaltysim.runs.progress import told
from loyaltysim.scenario.said import Said, spoken
from loyaltysim.studies.protocol import Answer
from loyaltysim.studies.reading import Reading

Told = Answer[Any]
MORE = Said("The same command with --more prints everything.", "同一条命令加上 --more，打印全部内容。")


def nothing(answer: Told) -> dict[str, Any]:
    """No page, nothing more to say."""
    return {}


@dataclass(frozen=True)
class Telling:
    """How one kind of study is told.

    screen   (answer, folder) -> everything, as it is printed with --more
    reading  (answer, folder) -> the answer as a person reads it aloud, which is printed first; None = no short form
    summary  the answer as a plain tree: summary.json, and print=json; None = none
    pages    file name -> writer: figures, reports; a later one may read what an earlier one has left in the folder
    more     what the manifest says beside code, name, configuration, circumstances and files
    place    the last line of the screen    drawn  (answer, folder): what is drawn once the answer is on the screen
    json     what print=json prints where that is not the summary
    columns  are tables kept as Parquet with their units, or as CSV?    file  the name of the summary
    """

    screen: Callable[[Told, Path | None], str]
    reading: Callable[[Told, Path | None], Reading] | None = None
    summary: Callable[[Told], Any] | None = None
    pages: Callable[[Told], Mapping[str, Writer]] = nothing
    more: Callable[[Told], Mapping[str, Any]] = nothing
    place: str = "tables, configuration: {folder}"
    drawn: Callable[[Told, Path], object] | None = None
    json: Callable[[Told], str] | None = None
    columns: bool = False
    file: str = "summary.json"


def save(answer: Told, telling: Telling, folder: Path) -> Path:
    """Write the folder of an answer: pages, tables, summary.json, config.yaml, and manifest.json with the checksums.

    Where the runs are stored in the folder, that has its tables and its manifest already, and only the summary is new.
    Each file is written as a whole or not at all; the same answer gives the same bytes. Raises OSError.
    """
    summary = {} if telling.summary is None else {telling.file: text(dumps(summed(answer, telling, folder)))}
    if answer.study.stored:
        for name, write in summary.items():
            publish(folder / name, write)
        return folder
    with told().stage("figures", 1):
        files = dict(telling.pages(answer))
    late = {name: write for name, write in files.items() if name.endswith((".html", ".md"))}
    files = {name: write for name, write in files.items() if name not in late}
    for name, table in answer.tables.items():
        if telling.columns:
            files[f"{name}.parquet"] = partial(write_table, table)
        else:
            files[f"{name}.csv"] = text(csv(table))
    files |= summary
    files |= {"config.yaml": text(answer.study.written), **late}
    whole = {**about(answer.study.title, answer.study.digest), **telling.more(answer)}
    if answer.seconds is not None:
        whole["circumstances"] |= {"seconds": round(answer.seconds)}
    seal(folder, files, whole)
    return folder


def summed(answer: Told, telling: Telling, folder: Path | None) -> Any:
    """The summary; where the answer has a short form, its first two sentences under `answer`."""
    assert telling.summary is not None
    tree = telling.summary(answer)
    return tree if telling.reading is None else {"answer": telling.reading(answer, folder).tree(), **tree}


def words(answer: Told, telling: Telling, folder: Path | None, print_as: str = "text", more: bool = False) -> str:
    """What is printed: the answer and where all lies, with `more` everything, or the summary as JSON."""
    if print_as == "json" and telling.json is not None:
        return telling.json(answer)
    if print_as == "json" and telling.summary is not None:
        return dumps(summed(answer, telling, folder)).rstrip("\n")
    where = [] if folder is None else [telling.place.format(folder=folder)]
    if telling.reading is None:
        return "\n\n".join([telling.screen(answer, folder), *where])
    blocks = [short.screen(telling.reading(answer, folder))]
    if more:
        return "\n\n".join([*blocks, telling.screen(answer, folder), *where])
    return "\n\n".join([*blocks, "\n".join([MORE[spoken()], *where])])


def none(value: Any) -> Any:
    """Missing numbers as null."""
    return None if isinstance(value, float) and np.isnan(value) else value
