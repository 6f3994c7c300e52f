"""The sound rest of a sweep some of whose runs cannot be had: a table that says what is missing, never called whole.

Every file has `partial` in its name, the manifest says so, and all are taken away when the sweep becomes complete.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from loyaltysim.configure.asked import refuse
from loyaltysim.configure.publish import publish, text
from loyaltysim.runs import store
from loyaltysim.runs.files import csv
from loyaltysim.runs.store import Run
from loyaltysim.studies import collect
from loyaltysim.studies.sweep import FORMAT, Sweep

TABLE, MISSING, MANIFEST = "partial_table.parquet", "partial_missing.csv", "partial_manifest.json"
WHY = {"missing": "has not been run", "damaged": "its result is damaged: resume makes it again"}


@dataclass(frozen=True)
class Partial:
    """What there is of a sweep.

    table   : a row per point and seed with a sound result, as of the whole sweep
    missing : a row per point and seed without: what the point sets, seed, why, tries, the command that repeats it
    """

    sweep: Sweep
    table: pd.DataFrame
    missing: pd.DataFrame

    @property
    def said(self) -> str:
        """How much is missing, in a line."""
        points, short = self.missing.point.nunique(), len(self.missing)
        return f"PARTIAL: {short} of {len(self.sweep.runs)} runs are missing, at {points} of {self.points} points"

    @property
    def points(self) -> int:
        """Points of the design."""
        return len(self.sweep.design.points)

    @property
    def summary(self) -> dict[str, Any]:
        """The same as a plain tree."""
        rows = self.missing.astype(object).where(self.missing.notna(), None).to_dict("records")
        return {"status": "partial", "rows": len(self.table), "runs": len(self.sweep.runs), "missing": rows}


def gather_partial(sweep: Sweep) -> Partial:
    """Publish the rest of a sweep; the folder is held meanwhile.

    Raises ConfigError where nothing is missing or nothing is there, Locked, OSError.
    """
    with store.holding(sweep.store.lock):
        states = {run.key: state for run, state in sweep.store.states().items()}
        sound = [run for run in sweep.runs if states[run.key] == "done"]
        if len(sound) == len(sweep.runs):
            raise refuse("--partial", "has nothing to leave out: every run has its result; collect without it")
        if not sound:
            raise refuse("--partial", "has nothing to collect: no run has a sound result", str(sweep.folder))
        publish(sweep.folder / TABLE, partial(collect.write_tidy, tidied(sweep, sound)))
        found = Partial(sweep, pd.read_parquet(sweep.folder / TABLE), absent(sweep, states))
        publish(sweep.folder / MISSING, text(csv(found.missing)))
        about = {name: sweep.spec[name] for name in ("name", "config", "words", "model", "packages")}
        files = {name: collect.sha256(sweep.folder / name) for name in (TABLE, MISSING)}
        whole = {**about, **found.summary, "format": FORMAT, "files": files, "forced": sweep.forced}
        publish(sweep.folder / MANIFEST, text(store.seal(whole)))
        return found


def tidied(sweep: Sweep, runs: list[Run]) -> Any:
    """The table of some runs, its schema marked as partial."""
    table = collect.tidy(sweep.store, runs, sweep.sets, sweep.design.keys)
    return table.replace_schema_metadata({"status": "partial"})


def absent(sweep: Sweep, states: Mapping[str, str]) -> pd.DataFrame:
    """The runs without a sound result, and why they have none."""
    failures = {run.key: failure for run, failure in sweep.store.failures().items()}
    rows = []
    for run in sweep.runs:
        if states[run.key] == "done":
            continue
        failure = failures.get(run.key)
        why, tries = (failure.why, failure.tries) if failure else (WHY[states[run.key]], 0)
        set_here = sweep.sets[run.point]
        rows.append(
            {"point": run.point, **set_here, "seed": run.seed, "why": why, "tries": tries, "again": sweep.again(run)}
        )
    return pd.DataFrame(rows)
