"""What a run leaves behind: a folder of tables, summary, configuration and manifest, with checksums."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from loyaltysim import __version__
from loyaltysim.configure import yaml as plain_yaml
from loyaltysim.configure.publish import dumps, publish, text
from loyaltysim.market.book import unit
from loyaltysim.market.compile import package_hash
from loyaltysim.mechanism.registry import components
from loyaltysim.runs.progress import told
from loyaltysim.scenario.changed import parts
from loyaltysim.scenario.forms import complete, config_hash
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.outside import records
from loyaltysim.scenario.read import read
from loyaltysim.scenario.reader import ConfigError, Problem

FORMAT = 1  # of the run folder; a newer one is refused, an older one must stay readable
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a text cell that begins so is a formula to a spreadsheet (CWE-1236)
UNKNOWN = ("depends_on", "worlds")  # keys of summary.json that are no numbers of a run
WORLDS = "worlds.csv"
MARK = "study"  # beside the kept runs: the digest of the study whose they are
Writer = Callable[[Path], None]


@dataclass
class Records:
    """What a study leaves behind.

    firms      weekly, one row per arm, seed, week and firm
    customers  one row per customer of the first seed; balance and rewards are those at the focal firm
    panel      purchases by arm, quarter, customer and firm of the first seed
    summary    {name: {value, low, high, level, unit, n}}, where worlds were drawn worlds_low, worlds_high, worlds_n too
    unknown    what the worlds say beside these: depends_on [[key, share]], chance_pays, n, said; {} without any
    worlds     a row a world: the sizes that were drawn, by key, then its numbers; None without any. The file is
               worlds.csv
    manifest   what was run; what may differ between machines stands under `circumstances`
    folder     where they were saved or loaded
    survey     answers by arm, wave, customer and firm of the first seed; None without `record.survey`
    log        every purchase of the first seed, by arm: customer, week, occasion within it, firm, spending (in money),
               day since the start; None without `record.log`; the file is purchases.parquet
    vintages   points by arm, seed, week, firm and vintage (the first week in which they were earned): thousandths that
               were issued, redeemed, expired, or left otherwise in the week, and that are held at its end; None where
               no points lapse by date
    partners   the partners of a coalition, weekly, one row per arm, seed, week and partner: counters and ledger of its
               own market, points as given and taken at its till, what was settled, and what its twin without a program
               did; None without a coalition
    accounts   what each customer of the first seed brought and cost, cents by arm, quarter, customer, firm and line of
               the ledger; None without `record.accounts`
    promises   what points, stamps and credit are worth from a week on, one row per arm, seed, firm and change
               (`accounting.journal.promises`); None where no firm has any
    """

    scenario: Scenario
    summary: dict[str, dict[str, Any]]
    firms: pd.DataFrame
    customers: pd.DataFrame
    panel: pd.DataFrame
    manifest: dict[str, Any]
    folder: Path | None = None
    survey: pd.DataFrame | None = None
    log: pd.DataFrame | None = None
    vintages: pd.DataFrame | None = None
    promises: pd.DataFrame | None = None
    accounts: pd.DataFrame | None = None
    partners: pd.DataFrame | None = None
    unknown: dict[str, Any] = field(default_factory=dict)
    worlds: pd.DataFrame | None = None

    TABLES = ("firms", "customers", "panel")
    ASKED: ClassVar = {  # not in every run: their files
        "survey": "survey", "log": "purchases", "vintages": "vintages", "promises": "promises", "accounts": "accounts",
        "partners": "partners",
    }  # fmt: skip

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that this run has."""
        return (*self.TABLES, *(name for name in self.ASKED if getattr(self, name) is not None))

    @classmethod
    def file(cls, table: str) -> str:
        """The file of a table."""
        return f"{cls.ASKED.get(table, table)}.parquet"

    @property
    def told(self) -> dict[str, Any]:
        """What summary.json holds: the numbers by name, and where worlds were drawn what they say."""
        worlds = {name: self.unknown[name] for name in UNKNOWN} if self.unknown else {}
        noted = {"changed": list(map(parts, self.scenario.changed))} if self.scenario.changed else {}
        return {**self.summary, **worlds, **noted}

    @property
    def drawn(self) -> dict[str, Writer]:
        """The file of the worlds, where some were drawn: text, since its columns are keys and have many units."""
        return {} if self.worlds is None else {WORLDS: text(csv(self.worlds))}

    @property
    def size(self) -> str:
        """How much was simulated, in words."""
        runs = f"{self.scenario.seeds} run{'s' * (self.scenario.seeds > 1)}"
        return f"{runs} of {self.scenario.customers.n:,} customers"

    def save(self, folder: str | Path) -> Path:
        """Write tables, summary.json, config.yaml and manifest.json into a folder, each file as a whole or not at all.

        Raises OSError where the folder cannot be written.
        """
        files: dict[str, Writer] = {self.file(n): partial(write_table, getattr(self, n)) for n in self.tables}
        files |= {**self.drawn, "summary.json": text(dumps(self.told))}
        files["config.yaml"] = text(plain_yaml.dump(complete(self.scenario)))
        self.manifest = seal(Path(folder), files, self.manifest)
        self.folder = Path(folder)
        return self.folder

    @classmethod
    def load(cls, folder: str | Path) -> Records:
        """Read a run folder back.

        Raises ValueError where a file does not match its checksum in the manifest or the format is newer than this
        version's, FileNotFoundError where one is missing.
        """
        from loyaltysim.firms.policies import components as policies

        folder = Path(folder)
        found = json.loads((folder / "manifest.json").read_text("utf-8"))
        if found["format"] > FORMAT:
            raise ValueError(f"{folder} is in format {found['format']}; this version reads up to {FORMAT}: update it")
        for name, digest in found["files"].items():
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
                raise ValueError(f"{name} in {folder} differs from its checksum in manifest.json: damaged or edited")
        tree, _ = plain_yaml.load(folder / "config.yaml", "config.yaml")
        summary = json.loads((folder / "summary.json").read_text("utf-8"))
        summary.pop("changed", None)  # stands in the scenario
        return cls(
            scenario=read(tree, {**components(), **policies()}),
            unknown={name: summary.pop(name) for name in UNKNOWN if name in summary},
            summary=summary,
            manifest=found,
            folder=folder,
            worlds=pd.read_csv(folder / WORLDS) if WORLDS in found["files"] else None,
            **{
                n: pq.read_table(folder / cls.file(n), page_checksum_verification=True).to_pandas()
                for n in (*cls.TABLES, *cls.ASKED)
                if cls.file(n) in found["files"]
            },
        )


def seal(folder: Path, files: Mapping[str, Writer], about: Mapping[str, Any]) -> dict[str, Any]:
    """Write a folder, each file as a whole or not at all, and last manifest.json with the checksum of each.

    files : by name, in the order in which they are written; a later one may read what an earlier one has left
    about : what the manifest says beside the checksums.  -> the manifest. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with told().stage("saving", len(files)) as stage:
        for name, write in files.items():
            publish(folder / name, write)
            stage.add()
    sums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files}
    whole = {**about, "files": sums}
    publish(folder / "manifest.json", text(dumps(whole)))
    return whole


def guarded(value: object) -> object:
    """A text cell that no spreadsheet takes for a formula: an apostrophe leads it. Numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def safe(table: pd.DataFrame) -> pd.DataFrame:
    """The table with every text guarded."""
    return table.map(guarded)


def csv(table: pd.DataFrame) -> str:
    """A table as text; equal numbers, equal bytes; no cell is a formula."""
    return safe(table).to_csv(index=False, float_format="%.8g", lineterminator="\n")


def beside(folder: Path) -> Path:
    """Where the runs of a command that writes a folder are kept: never in the folder itself."""
    return Path(f"{folder.resolve()}.kept")


def check_folder(folder: Path, digest: str | None, stored: bool = False) -> None:
    """Find out before the work that a folder holds another study, or cannot be written; makes nothing.

    A folder belongs to one study from its first byte: to the sweep that has begun there, to the command whose runs are
    kept beside it.

    digest : of the configuration: `config` in the manifest of a run, the checksum of config.yaml in an experiment's;
             None if whatever the folder holds may be replaced
    stored : is it a sweep that asks, whose runs lie in the folder?
    Raises ConfigError for another run's folder, OSError where it cannot be written.
    """
    why = "" if digest is None else held_by_another(folder, digest, stored)
    if why:
        raise ConfigError([Problem("out", f"{why}; name another folder", str(folder), "command line")])
    above = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    with tempfile.TemporaryFile(dir=above):
        pass


def held_by_another(folder: Path, digest: str, stored: bool) -> str:
    """What else holds a folder, in words; "" if nothing does."""
    if not stored and any((folder / name).exists() for name in ("sweep.json", "journal.jsonl", "lock")):
        return "holds a sweep"
    path, mark = folder / "manifest.json", beside(folder) / MARK
    found = digest
    if path.is_file():
        try:
            about = json.loads(path.read_text("utf-8"))
            found = str(about["config"] if "config" in about else about["files"]["config.yaml"])
        except (ValueError, LookupError, TypeError):
            found = "damaged"
    elif mark.is_file() and folder.is_dir() and any(folder.iterdir()):  # killed while it was written
        found = mark.read_text("utf-8")
    return "" if found == digest else f"holds another run ({found[:8]}, this one is {digest[:8]})"


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Parquet with page checksums and the unit of every column in the file's own schema."""
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    units = [f.with_metadata({"unit": unit(f.name)}) for f in arrow.schema]
    arrow = arrow.cast(pa.schema(units, metadata=arrow.schema.metadata))
    pq.write_table(arrow, path, write_page_checksum=True)


def code() -> dict[str, Any]:
    """Which code computes here: the model, and the versions of the packages that it computes with."""
    versions = {name: metadata.version(name) for name in ("numpy", "numba", "pandas", "scipy", "mesa", "pyarrow")}
    model = {"loyaltysim": __version__, "source": package_hash(), "draws": "splitmix64/1"}
    return {"model": model, "packages": versions}


def manifest(scenario: Scenario) -> dict[str, Any]:
    """What was run, and under which circumstances (the only part that may differ between machines)."""
    return about(scenario.name, config_hash(scenario))


def about(name: str, digest: str) -> dict[str, Any]:
    """The manifest of what has this name and this digest of its configuration; the files are added by `seal`."""
    return {
        **code(),
        "format": FORMAT,
        "name": name,
        "config": digest,
        **({"plugins": list(records())} if records() else {}),
        "circumstances": {
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "python": platform.python_version(),
            "platform": platform.platform(),
            "cores": os.cpu_count(),
            "peak_memory_mb": peak_memory(),
            "commit": commit(),
        },
    }


def peak_memory() -> int | None:
    """Peak memory of this process in MB, where the system tells.

    Linux is asked in its own way: `ru_maxrss` of a process is at least the size of the one that started it.
    """
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text().splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("VmHWM:"))) >> 10
    try:
        import resource
    except ImportError:
        return peak_of_windows()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1 << 20 if sys.platform == "darwin" else 1 << 10)


def peak_of_windows() -> int | None:
    """The same where there is no `resource`; None where nobody tells."""
    try:
        import psutil
    except ImportError:
        return None
    peak = getattr(psutil.Process().memory_info(), "peak_wset", None)
    return None if peak is None else int(peak) >> 20


def commit() -> str | None:
    """The commit of the checkout that ran, with `+` if it held changes; None outside a checkout."""
    here = Path(__file__).resolve().parents[1]
    git = ["git", "-C", str(here)]
    try:
        head = subprocess.run(
            [*git, "rev-parse", "HEAD"], capture_output=True, text=True, timeout=10, check=True
        ).stdout
        dirty = subprocess.run([*git, "status", "--porcelain", "--", str(here)], capture_output=True, timeout=10).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return head.strip() + ("+" if dirty else "")
