"""What a run leaves behind: tables with one row per thing and named columns with units."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from loyaltysim import __version__
from loyaltysim.checking import ConfigError, Problem
from loyaltysim.firms import LINES
from loyaltysim.mechanisms import components, registry
from loyaltysim.mechanisms.emotions import FELT
from loyaltysim.schema import Scenario, config_hash, read, to_yaml
from loyaltysim.step import CONTRACT_COUNTS, package_hash
from loyaltysim.survey import COLUMNS as ANSWERS

TRAITS = ("log_g", "prior", "aware", "bond", *FELT)  # (n, n_firms) state of customers that a book keeps


@dataclass
class Book:
    """One run of one world.

    weekly    one row per week and firm: counters (purchases, customers, cents, ...), ledger lines (cents) and the price
    people    one row per customer: id, traits, state
    visits    (quarters, customers, firms) purchases;  spend : the same in cents; empty without `record.panel`
    log       one row per purchase; empty without `record.log`
    offers    every firm's public offer by week, and `around` what the week had in common: what a replay follows
    survey    one row per wave, customer and firm that the customer knows; empty without `record.survey`
    moves     one row per change of firm in a contract market: customer, week, from, to (positions; -1 = outside)
    traits    tastes, and what customers know and feel at the end, (n, n_firms) each, of the mechanisms at work
    first_started : (n,) week in which each customer's first contract began, there
    """

    weekly: pd.DataFrame
    people: pd.DataFrame
    visits: np.ndarray
    spend: np.ndarray
    log: pd.DataFrame
    offers: Sequence[Mapping[str, Any]]
    around: Sequence[Mapping[str, Any]]
    moves: pd.DataFrame
    survey: pd.DataFrame
    firms: tuple[str, ...]
    traits: dict[str, np.ndarray] = field(default_factory=dict)
    first_started: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int32))

    @classmethod
    def of(cls, market: Any) -> Book:
        """Read the tables off a `Market` (a later layer, so it is not named in the types)."""
        firms = tuple(market.firms)
        weeks, n_firms = len(market.weekly), len(firms)
        counts = np.concatenate(market.weekly) if weeks else np.zeros((0, len(market.assembled.counts)), np.int64)
        weekly = pd.DataFrame(
            {"week": np.repeat(np.arange(weeks), n_firms), "firm": np.tile(np.array(firms, object), weeks)}
        )
        weekly = weekly.join(pd.DataFrame(counts, columns=list(market.assembled.counts)))
        ledger = pd.DataFrame(market.ledgers, columns=list(LINES)).drop(columns="revenue")
        prices = [offer.price for offers in market.shown[:weeks] for offer in offers.values()]
        people = market.population
        keep = ("status", "entered", "rho", "beta", "rate", "spending")
        flat = {"customer": people.ids, **{name: people[name] for name in keep}}
        flat |= {name: people[name] for name in ("provider", "started", "contract", "theta") if name in people.columns}
        if "joined" in people.columns:
            flat |= {f"joined_{name}": people["joined"][:, j] for j, name in enumerate(firms)}
        return cls(
            weekly=weekly.join(ledger).assign(price=np.array(prices, np.float64)),
            people=pd.DataFrame(flat),
            visits=market.visits[: market.quarters],
            spend=market.spend[: market.quarters],
            log=log_table(market.log, firms),
            offers=market.shown,
            around=market.surroundings,
            moves=moves_table(market.moves),
            survey=pd.concat(market.waves, ignore_index=True) if market.waves else pd.DataFrame(columns=list(ANSWERS)),
            firms=firms,
            traits={name: people[name] for name in TRAITS if name in people.columns},
            first_started=market.first_started if market.contracts else np.zeros(0, np.int32),
        )


def log_table(pieces: list[list[np.ndarray]], firms: tuple[str, ...]) -> pd.DataFrame:
    """Every purchase: customer (id), week, occasion within the week, firm (position), spend (cents), day (since the
    start, with its fraction; the occasions of a week come in the order of time).
    """
    names = ("customer", "week", "occasion", "firm", "spend", "day")
    columns = [np.concatenate(parts) for parts in zip(*pieces, strict=True)] if pieces else [np.zeros(0, np.int64)] * 6
    return pd.DataFrame(dict(zip(names, columns, strict=True)))


def moves_table(pieces: list[np.ndarray]) -> pd.DataFrame:
    """Every change of firm: customer (id), week, from and to (positions, -1 = outside the market)."""
    rows = np.concatenate(pieces) if pieces else np.zeros((0, 4), np.int64)
    return pd.DataFrame(rows, columns=["customer", "week", "from", "to"])


COUNTER_UNITS = {
    "arm": "", "seed": "", "week": "weeks since the start", "firm": "id", "quarter": "13 weeks", "customer": "id",
    "visits": "purchases", "buyers": "customers", "revenue": "cents", "at_base_price": "cents", "spend": "cents",
    "rho": "relationship propensity in [0, 1]", "beta": "utility per reference price", "rate": "purchases per week",
    "spending": "money per purchase", "status": "0 potential, 1 active, 2 gone", "entered": "week",
    "visits_without": "purchases since the launch", "visits_with": "purchases since the launch",
    "visits_replayed": "purchases since the launch", "heavy": "0 or 1", "light": "0 or 1", "emotional": "0 or 1",
    "transactional": "0 or 1", "provider": "position of the firm, -1 = none", "started": "week the contract began",
    "contract": "contracts so far", "theta": "chance per renewal", **CONTRACT_COUNTS,
    **dict.fromkeys(LINES[1:], "cents"), "price": "price index",
}  # fmt: skip


def unit(column: str) -> str:
    """The unit of a column in any table."""
    if column.startswith("joined_"):
        return "week of joining, -1 = never"
    for mechanism in registry().values():
        if column in mechanism.counts:
            return mechanism.counts[column]
    return COUNTER_UNITS.get(column, ANSWERS.get(column, ""))


FORMAT = 1  # of the run folder; a newer one is refused, an older one must stay readable


@dataclass
class Records:
    """What a study leaves behind.

    firms      weekly, one row per arm, seed, week and firm
    customers  one row per customer of the first seed
    panel      purchases by arm, quarter, customer and firm of the first seed
    summary    {name: {value, low, high, level, unit, n}}
    manifest   what was run; what may differ between machines stands under `circumstances`
    folder     where they were saved or loaded
    survey     answers by arm, wave, customer and firm of the first seed; None without `record.survey`
    """

    scenario: Scenario
    summary: dict[str, dict[str, Any]]
    firms: pd.DataFrame
    customers: pd.DataFrame
    panel: pd.DataFrame
    manifest: dict[str, Any]
    folder: Path | None = None
    survey: pd.DataFrame | None = None

    TABLES = ("firms", "customers", "panel")

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that this run has."""
        return self.TABLES if self.survey is None else (*self.TABLES, "survey")

    @property
    def size(self) -> str:
        """How much was simulated, in words."""
        runs = f"{self.scenario.seeds} run{'s' * (self.scenario.seeds > 1)}"
        return f"{runs} of {self.scenario.customers.n:,} customers"

    def save(self, folder: str | Path) -> Path:
        """Write tables, summary.json, config.yaml and manifest.json into a folder, each file as a whole or not at all.

        Raises OSError where the folder cannot be written.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for name in self.tables:
            publish(folder / f"{name}.parquet", partial(write_table, getattr(self, name)))
        publish(folder / "summary.json", text(dumps(self.summary)))
        publish(folder / "config.yaml", text(to_yaml(self.scenario)))
        files = [folder / name for name in (*(f"{t}.parquet" for t in self.tables), "summary.json", "config.yaml")]
        self.manifest["files"] = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files}
        publish(folder / "manifest.json", text(dumps(self.manifest)))
        self.folder = folder
        return folder

    @classmethod
    def load(cls, folder: str | Path) -> Records:
        """Read a run folder back.

        Raises ValueError where a file does not match its checksum in the manifest or the format is newer than this
        version's, FileNotFoundError where one is missing.
        """
        from loyaltysim import plain_yaml
        from loyaltysim.policies import components as policies

        folder = Path(folder)
        found = json.loads((folder / "manifest.json").read_text("utf-8"))
        if found["format"] > FORMAT:
            raise ValueError(f"{folder} is in format {found['format']}; this version reads up to {FORMAT}: update it")
        for name, digest in found["files"].items():
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
                raise ValueError(f"{name} in {folder} differs from its checksum in manifest.json: damaged or edited")
        tree, _ = plain_yaml.load(folder / "config.yaml", "config.yaml")
        return cls(
            scenario=read(tree, {**components(), **policies()}),
            summary=json.loads((folder / "summary.json").read_text("utf-8")),
            manifest=found,
            folder=folder,
            **{
                n: pq.read_table(folder / f"{n}.parquet", page_checksum_verification=True).to_pandas()
                for n in (*cls.TABLES, "survey")
                if f"{n}.parquet" in found["files"]
            },
        )


def check_folder(folder: Path, digest: str | None) -> None:
    """Find out before the work that a folder holds another run, or cannot be written; makes nothing.

    digest : of the configuration: `config` in the manifest of a run, the checksum of config.yaml in an experiment's;
             None if whatever the folder holds may be replaced
    Raises ConfigError for another run's folder, OSError where it cannot be written.
    """
    path = folder / "manifest.json"
    if digest is not None and path.is_file():
        try:
            about = json.loads(path.read_text("utf-8"))
            found = str(about["config"] if "config" in about else about["files"]["config.yaml"])
        except (ValueError, LookupError, TypeError):
            found = "damaged"
        if found != digest:
            why = f"holds another run ({found[:8]}, this one is {digest[:8]}); name another folder"
            raise ConfigError([Problem("out", why, str(folder), "command line")])
    above = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    with tempfile.TemporaryFile(dir=above):
        pass


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Parquet with page checksums and the unit of every column in the file's own schema."""
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    units = [f.with_metadata({"unit": unit(f.name)}) for f in arrow.schema]
    arrow = arrow.cast(pa.schema(units, metadata=arrow.schema.metadata))
    pq.write_table(arrow, path, write_page_checksum=True)


def publish(path: Path, write: Callable[[Path], None]) -> None:
    """Write beside the place, sync, and move there at once: neither a reader nor a power cut ever meets half a file."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write(temporary)
        with temporary.open("r+b") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def text(content: str) -> Callable[[Path], None]:
    """A writer of UTF-8 text with plain newlines."""

    def write(path: Path) -> None:
        path.write_bytes(content.encode("utf-8"))

    return write


def dumps(value: Any) -> str:
    """JSON with sorted keys and no number that is not a number."""
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def code() -> dict[str, Any]:
    """Which code computes here: the model, and the versions of the packages that it computes with."""
    versions = {name: metadata.version(name) for name in ("numpy", "numba", "pandas", "scipy", "mesa", "pyarrow")}
    model = {"loyaltysim": __version__, "source": package_hash(), "draws": "splitmix64/1"}
    return {"model": model, "packages": versions}


def manifest(scenario: Scenario) -> dict[str, Any]:
    """What was run, and under which circumstances (the only part that may differ between machines)."""
    return {
        **code(),
        "format": FORMAT,
        "name": scenario.name,
        "config": config_hash(scenario),
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
    """Peak memory of this process in MB, where the system tells."""
    try:
        import resource
    except ImportError:  # not on every system
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1 << 20 if sys.platform == "darwin" else 1 << 10)


def commit() -> str | None:
    """The commit of the checkout that ran, with `+` if it held changes; None outside a checkout."""
    here = Path(__file__).resolve().parent
    git = ["git", "-C", str(here)]
    try:
        head = subprocess.run(
            [*git, "rev-parse", "HEAD"], capture_output=True, text=True, timeout=10, check=True
        ).stdout
        dirty = subprocess.run([*git, "status", "--porcelain", "--", str(here)], capture_output=True, timeout=10).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return head.strip() + ("+" if dirty else "")
