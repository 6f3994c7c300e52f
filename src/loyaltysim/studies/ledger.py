"""The books of one arm and seed of a run that is kept in a folder, as an accountant asks for them."""

from __future__ import annotations

import datetime
import errno
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from loyaltysim.accounting import deferred, journal
from loyaltysim.configure.publish import publish, text
from loyaltysim.mechanism.registry import registry
from loyaltysim.runs.files import Records, safe
from loyaltysim.scenario.hints import suggestion
from loyaltysim.scenario.reader import ConfigError, Problem

PROGRAM = ("with", "market")  # the arm that is meant where nobody names one: with the program, else the only one
DECIMALS = 6  # of points, cents and shares that are no whole numbers


@dataclass(frozen=True)
class Ledger:
    """One arm and seed of a run. start : first day of week 0"""

    records: Records
    arm: str
    seed: int
    start: datetime.date

    @classmethod
    def of(
        cls, folder: str | Path, arm: str = "", seed: int | None = None, start: datetime.date | None = None
    ) -> Ledger:
        """Open the folder of a run.

        arm : "" = with the program, in a market without one the market;  seed : None = the first;  start : None = the
        Monday `journal.MONDAY`. Raises ConfigError for a folder without a run, an arm or a seed that it does not hold,
        or one that was kept before programs noted what they promise; OSError where it is damaged.
        """
        records = opened(Path(folder))
        firms = records.firms
        arms, seeds = list(dict.fromkeys(firms.arm)), list(dict.fromkeys(map(int, firms.seed)))
        arm = arm or next(name for name in PROGRAM if name in arms)
        seed = seeds[0] if seed is None else seed
        problems = [] if arm in arms else [refused("arm", f"is no arm of this run{suggestion(arm, arms)}", arm)]
        if seed not in seeds:
            problems.append(refused("seed", f"is not there; the run has {told(seeds)}", seed))
        if problems:
            raise ConfigError(problems)
        return cls(records, arm, seed, journal.MONDAY if start is None else start)

    @property
    def weekly(self) -> pd.DataFrame:
        """The weekly table of this arm and seed; partners of a coalition are firms of it."""
        partners = self.records.partners
        return journal.with_partners(
            self.chosen(self.records.firms), None if partners is None else self.chosen(partners)
        )

    @property
    def promises(self) -> pd.DataFrame:
        """What the programs of this arm and seed promise."""
        known = self.records.promises
        return journal.promises({}, self.seed) if known is None else self.chosen(known)

    def chosen(self, table: pd.DataFrame) -> pd.DataFrame:
        """The rows of this arm and seed."""
        return table[(table.arm == self.arm) & (table.seed == self.seed)].reset_index(drop=True)

    @property
    def vintages(self) -> pd.DataFrame | None:
        """The vintages of this arm and seed, where points lapse by date."""
        known = self.records.vintages
        return None if known is None else self.chosen(known)

    def members(self, firm: str, component: str) -> bool:
        """Is what a firm's component gives for members alone? Where it was copied, as at the firm that has it."""
        programs = {name: own.program for name, own in self.records.scenario.firms.items()}
        had = [programs.get(firm, {}), *programs.values()]
        terms = next((program[component] for program in had if component in program), None)
        return bool(getattr(terms, "members", True))

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """What is exported, by the name of its file without .csv; worked out once, to be told and to be written."""
        weekly, promised, start = self.weekly, self.promises, self.start
        views = {
            "statutory": journal.journal(weekly, promised, start),
            "expected": deferred.journal(weekly, promised, start, self.vintages, self.members),
        }
        balances = [journal.balances(view).assign(view=name) for name, view in views.items()]
        rolled = journal.points(weekly, promised)
        held = list(deferred.currencies(weekly, rolled, self.vintages, self.members))
        told = {"points": deferred.shares(held, rolled), "vintages": deferred.by_vintage(held)}
        for table in told.values():
            table.insert(0, "date", journal.dates(table.week, start))
        return {
            "journal": views["statutory"],
            "journal_expected": views["expected"],
            "balances": pd.concat(balances, ignore_index=True)[["view", *balances[0].columns[:-1]]],
            **told,
        }

    def save(self, folder: Path) -> list[Path]:
        """Write every table as CSV, each as a whole or not at all. -> their paths. Raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for name, table in self.tables.items():
            paths.append(folder / f"{name}.csv")
            publish(paths[-1], text(safe(table.round(DECIMALS)).to_csv(index=False, lineterminator="\n")))
        return paths


def opened(folder: Path) -> Records:
    """The run of a folder. Raises ConfigError where it holds none that has books, OSError where it is damaged."""
    if not (folder / "manifest.json").is_file() or not (folder / "firms.parquet").is_file():
        raise ConfigError(
            [refused("FOLDER", "holds no run; name the folder that `loyaltysim run` printed", str(folder))]
        )
    try:
        records = Records.load(folder)
    except ValueError as error:
        if isinstance(error, ConfigError):
            raise
        raise OSError(errno.EIO, str(error)) from None
    owing = {stock.issued for m in registry().values() for stock in m.stocks if stock.worth is not None}
    if records.promises is None and any(records.firms.get(name, pd.Series(0)).any() for name in owing):
        why = "was kept before runs noted what their points are worth; the same command in another folder notes it"
        raise ConfigError([refused("FOLDER", why, str(folder))])
    return records


def told(numbers: Iterable[int]) -> str:
    """Seeds in words: `1 to 20`."""
    found = sorted(numbers)
    return f"{found[0]} to {found[-1]}" if len(found) > 1 else str(found[0])


def refused(key: str, why: str, value: object) -> Problem:
    """A problem with what was asked for."""
    return Problem(key, why, value, "command line")
