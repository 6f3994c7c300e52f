"""From the results of a sweep's runs to one tidy table, and back: is every byte what it was, does a run repeat itself?

The table has one row per point and seed: the point's number, what the point sets, the seed, by which code the row was
made, then every number of the run. It is sorted by point and seed and holds nothing else, so that a sweep that was
killed a hundred times, or ran on other workers in another order, makes the same bytes.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from loyaltysim.configure.compose import components
from loyaltysim.configure.publish import publish, text
from loyaltysim.measures import registry
from loyaltysim.runs.store import Damaged, Run, Store, place, read_journal, read_result, read_sealed
from loyaltysim.scenario.read import parameters

TABLE, WEEKLY, MANIFEST, CSV = "table.parquet", "weekly.parquet", "manifest.json", "table.csv"
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")  # a text cell that begins so is a formula to a spreadsheet (CWE-1236)
ROWS = 500  # runs whose weekly tables are written at once


class Incomplete(RuntimeError):
    """A table cannot be made: some runs have no sound result."""


def sha256(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def rows(store: Store, runs: Sequence[Run], sets: Sequence[Mapping[str, object]]) -> Iterator[dict[str, Any]]:
    """One mapping per run in order, read with its checksum. Raises Incomplete for the first without a sound result."""
    for run in runs:
        try:
            body = read_result(store.folder, run)
        except (FileNotFoundError, Damaged) as error:
            raise Incomplete(f"point {run.point}, seed {run.seed} has no sound result ({error})") from None
        made = {"code": body["code"], "forced": body["forced"]}
        yield {"point": run.point, **sets[run.point], "seed": run.seed, **made, **body["numbers"]}


def typed(values: Sequence[object]) -> pa.Array:
    """A column of one type: whole numbers, numbers, true/false, or text; None stays empty."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int}:
        return pa.array(values, pa.int64() if kinds else pa.float64())
    if kinds <= {int, float}:
        return pa.array([None if v is None else float(v) for v in values], pa.float64())  # type: ignore[arg-type]
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    return pa.array([None if v is None else str(v).lower() if isinstance(v, bool) else str(v) for v in values])


def unit(column: str, keys: Mapping[str, str]) -> str:
    """The unit of a column: of the key that it sets, or of the number that it holds."""
    plain = {"point": "number of the design point", "seed": "", "code": "hash of the package", "forced": ""}
    return plain[column] if column in plain else keys[column] if column in keys else registry.unit(column)


def tidy(store: Store, runs: Sequence[Run], sets: Sequence[Mapping[str, object]], keys: Sequence[str]) -> pa.Table:
    """The table of all runs, units in its schema. Raises Incomplete."""
    found = list(rows(store, runs, sets))
    front = ["point", *keys, "seed", "code", "forced"]
    names = list(dict.fromkeys([*front, *(name for row in found for name in row)]))
    known = {p.key: p.unit for p in parameters(components())}
    units = {key: known.get(key, "") for key in keys}
    columns = [typed([row.get(name) for row in found]) for name in names]
    columns = [c.cast(pa.float64()) if n not in front else c for n, c in zip(names, columns, strict=True)]
    fields = [pa.field(n, c.type, metadata={"unit": unit(n, units)}) for n, c in zip(names, columns, strict=True)]
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def write_tidy(table: pa.Table, path: Path) -> None:
    """Parquet with page checksums."""
    pq.write_table(table, path, write_page_checksum=True)


def write_weekly(store: Store, runs: Sequence[Run], path: Path) -> None:
    """The weekly tables of all runs below each other, with the number of the point; 0 where a count did not exist."""
    files = [place(store.folder, run.key, "weekly.parquet") for run in runs]
    fields = {"point": pa.field("point", pa.int64(), metadata={"unit": "number of the design point"})}
    for file in files:
        fields |= {f.name: f for f in pq.read_schema(file) if f.name not in fields}
    schema = pa.schema(list(fields.values()))
    with pq.ParquetWriter(path, schema, write_page_checksum=True) as writer:
        for start in range(0, len(runs), ROWS):
            tables = []
            for run, file in zip(runs[start : start + ROWS], files[start : start + ROWS], strict=True):
                read = pq.read_table(file, page_checksum_verification=True)
                empty = pa.array([0] * len(read), pa.int64())
                given = {"point": pa.array([run.point] * len(read), pa.int64())}
                given |= {name: read[name] for name in read.column_names}
                tables.append(pa.table([given.get(name, empty) for name in fields], schema=schema))
            writer.write_table(pa.concat_tables(tables).combine_chunks())


def write_tables(
    store: Store, runs: Sequence[Run], sets: Sequence[Mapping[str, object]], keys: Sequence[str], weekly: bool
) -> dict[str, str]:
    """Publish table.parquet and, if kept, weekly.parquet; -> {file: SHA-256}. Raises Incomplete, OSError."""
    publish(store.folder / TABLE, partial(write_tidy, tidy(store, runs, sets, keys)))
    if weekly:
        publish(store.folder / WEEKLY, partial(write_weekly, store, runs))
    return {name: sha256(store.folder / name) for name in (TABLE, *([WEEKLY] if weekly else []))}


def read_table(folder: Path) -> pd.DataFrame:
    """The collected table of a sweep.

    Raises Damaged where it does not match its checksum, FileNotFoundError where it was never collected.
    """
    files = read_sealed(folder / MANIFEST)["files"]
    if sha256(folder / TABLE) != files[TABLE]:
        raise Damaged(f"{TABLE} differs from its checksum in {MANIFEST}: collect it again")
    return pq.read_table(folder / TABLE, page_checksum_verification=True).to_pandas()


def safe(value: object) -> object:
    """A text cell that no spreadsheet takes for a formula; numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(DANGEROUS) else value


def export(folder: Path) -> Path:
    """Write table.csv; text that would be a formula gets an apostrophe in front. -> its path"""
    table = read_table(folder)
    for name in table.columns:
        if not pd.api.types.is_numeric_dtype(table[name]):
            table[name] = table[name].map(safe)
    table.columns = [str(safe(name)) for name in table.columns]
    publish(folder / CSV, text(table.to_csv(index=False, lineterminator="\n")))
    return folder / CSV


def damage(store: Store, runs: Sequence[Run], sets: Sequence[Mapping[str, object]], keys: Sequence[str]) -> list[str]:
    """Everything in the folder that is not as it was written, in words. Missing results are not damage."""
    wrong = []
    for path in (store.folder / "sweep.json", store.folder / MANIFEST, *sorted(store.folder.glob("failed/*.json"))):
        try:
            read_sealed(path)
        except FileNotFoundError:
            continue
        except Damaged as error:
            wrong.append(str(error))
    lines = list(read_journal(store.journal))
    torn = [k + 1 for k, line in enumerate(lines) if line is None]
    wrong += [f"journal.jsonl: line {k} is damaged or was cut by a kill" for k in torn]
    for run in store.runs:
        try:
            read_result(store.folder, run)
        except FileNotFoundError:
            continue
        except Damaged as error:
            wrong.append(str(error))
    return wrong + ([] if wrong else stale_tables(store, runs, sets, keys))


def stale_tables(
    store: Store, runs: Sequence[Run], sets: Sequence[Mapping[str, object]], keys: Sequence[str]
) -> list[str]:
    """Collected tables that differ from their checksum, or from what the results make today."""
    if not (store.folder / MANIFEST).exists():
        return []
    wrong, files = [], read_sealed(store.folder / MANIFEST)["files"]
    with tempfile.TemporaryDirectory() as other:
        for name, digest in files.items():
            path = store.folder / name
            if not path.exists() or sha256(path) != digest:
                wrong.append(f"{name} differs from its checksum: collect it again")
                continue
            try:
                again = Path(other) / name
                write_weekly(store, runs, again) if name == WEEKLY else write_tidy(tidy(store, runs, sets, keys), again)
            except Incomplete as error:
                wrong.append(f"{name} is there, but {error}")
                continue
            if sha256(again) != digest:
                wrong.append(f"{name} is not what the results make: collect it again")
    return wrong
