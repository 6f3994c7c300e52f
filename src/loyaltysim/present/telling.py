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
from loyaltysim.runs.files import Writer, about, csv, seal, write_table
from loyaltysim.runs.progress import told
from loyaltysim.studies.protocol import Answer

Told = Answer[Any]


def nothing(answer: Told) -> dict[str, Any]:
    """No page, nothing more to say."""
    return {}


@dataclass(frozen=True)
class Telling:
    """How one kind of study is told.

    screen   (answer, folder) -> what is printed
    summary  the answer as a plain tree: summary.json, and print=json; None = none
    pages    file name -> writer: figures, reports; a later one may read what an earlier one has left in the folder
    more     what the manifest says beside code, name, configuration, circumstances and files
    place    the last line of the screen    drawn  (answer, folder): what is drawn once the answer is on the screen
    json     what print=json prints where that is not the summary
    columns  are tables kept as Parquet with their units, or as CSV?    file  the name of the summary
    """

    screen: Callable[[Told, Path | None], str]
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
    summary = {} if telling.summary is None else {telling.file: text(dumps(telling.summary(answer)))}
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


def words(answer: Told, telling: Telling, folder: Path | None, print_as: str = "text") -> str:
    """What is printed: the screen and where all lies, or the summary as JSON."""
    if print_as == "json" and telling.json is not None:
        return telling.json(answer)
    if print_as == "json" and telling.summary is not None:
        return dumps(telling.summary(answer)).rstrip("\n")
    where = "" if folder is None else f"\n\n{telling.place.format(folder=folder)}"
    return f"{telling.screen(answer, folder)}{where}"


def none(value: Any) -> Any:
    """Missing numbers as null."""
    return None if isinstance(value, float) and np.isnan(value) else value
