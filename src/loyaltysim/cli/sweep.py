"""`loyaltysim sweep`: say what will be done, have it confirmed where it is large, do it, and look after the folder.

    loyaltysim sweep scenario=grocery_points market.S=0.6,1.3,2.6 seed=range(1,11)
    loyaltysim sweep status|resume|verify|collect|export FOLDER

The same command, or `resume`, goes on where a kill, a full disk or a time limit ended it; it runs exactly what has no
sound result.
"""

from __future__ import annotations

import errno
import json
import math
import os
import random
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from loyaltysim.present import sweep as swept
from loyaltysim.runs import store
from loyaltysim.runs.pool import prepare
from loyaltysim.runs.store import Damaged, Lock, Locked
from loyaltysim.scenario.reader import suggestion
from loyaltysim.studies import collect
from loyaltysim.studies.grid import Design, plan
from loyaltysim.studies.sweep import Estimate, Sweep, bad, estimated, gather, opened, repeated, session, shapes

Tell = Callable[[Sweep, pd.DataFrame, str], None]
SHOWN = 8  # rows of a table or list on the screen
AGAIN = 0.01  # share of runs that `verify` makes again


def command(
    words: Sequence[str], config_dir: str | None, out: str | None, flags: Sequence[str], print_as: str = "text"
) -> int:
    """`loyaltysim sweep`: run a design, or look after a folder.

    -> 0; 1 verify found damage, 3 runs failed. Raises ConfigError, OSError, KeyboardInterrupt.
    """
    with guarded(out):
        if words and words[0] in ACTIONS:
            if len(words) != 2:
                raise bad(words[0], "takes one folder: the one that the sweep printed")
            return ACTIONS[words[0]](reopened(Path(words[1]), "--force" in flags), flags, print_as)
        if words and "=" not in words[0] and not words[0].startswith(("~", "+")):
            raise bad(words[0], f"is nothing that sweep does{suggestion(words[0], ACTIONS)}")
        design = planned(words, config_dir, flags)
        return start(opened(design, None if out is None else Path(out), "--force" in flags), flags, print_as)
    return 3


@contextmanager
def guarded(out: str | None) -> Iterator[None]:
    """Turn what a folder may do to us into input errors and storage errors; an incomplete table is only told."""
    try:
        yield
    except Damaged as error:
        raise OSError(errno.EIO, f"{error}; start the sweep in another folder") from None
    except Locked as error:
        raise bad("out", f"is being written by {error}: wait for it, or name another folder", out or ...) from None
    except collect.Incomplete as error:
        complain(f"incomplete: {error}; `loyaltysim sweep resume` makes what is missing", 3)


def planned(words: Sequence[str], config_dir: str | None, flags: Sequence[str]) -> Design:
    """The design of a command line and its flags."""
    stop = ["sweep.fail_fast=true"] if "--fail-fast" in flags else []
    return plan([*words, *stop], config_dir, 10**7 if "--yes" in flags else 200_000)


def reopened(folder: Path, force: bool) -> Sweep:
    """The sweep that a folder holds. Raises ConfigError if it holds none, or the files that it names have changed."""
    if not (folder / "sweep.json").is_file():
        raise bad("folder", "holds no sweep", str(folder))
    spec = store.read_sealed(folder / "sweep.json")
    if "kind" in spec:
        raise bad("folder", f"is of loyaltysim {spec['kind']}: the same command goes on with it", str(folder))
    return opened(plan(spec["words"], spec["config_dir"], 10**7), folder, force)


def start(sweep: Sweep, flags: Sequence[str], print_as: str, tell: Tell | None = None) -> int:
    """Say what will be done and how long it takes, have it confirmed where it is large, do it, tell what came out."""
    design, interactive = sweep.design, sys.stderr.isatty()
    if sweep.store.lock.exists():
        with Lock(sweep.store.lock):  # before the work of an estimate
            pass
    failures = {} if "--retry" in flags else sweep.store.failures()
    tries = design.terms.tries
    left = [run for run, state in sweep.store.states().items() if state != "done"]
    todo = [run for run in left if run not in failures or failures[run].tries < tries]
    prepare(shapes(design), interactive)
    cores = design.points[0].scenario.compute.processes or os.cpu_count() or 1
    guess = estimated(sweep, todo, min(len(todo), cores))
    say(f"{len(design.points):,} points x {len(design.seeds):,} seeds = {design.runs:,} runs, {len(todo):,} to do:")
    say(f"about {duration(guess.seconds)} and {guess.size / 1e6:,.1f} MB in {sweep.folder}")
    if "--dry-run" in flags:
        return 0
    confirm(len(todo), guess, design, flags)
    free = shutil.disk_usage(next(p for p in (sweep.folder, *sweep.folder.absolute().parents) if p.exists())).free
    if guess.size * 1.2 > free:
        raise OSError(errno.ENOSPC, f"needs {guess.size / 1e6:,.0f} MB, {free / 1e6:,.0f} MB are free")
    try:
        session(sweep, retry="--retry" in flags, progress=interactive)
    except KeyboardInterrupt:
        done = sum(state == "done" for state in sweep.store.states().values())
        say(f"{done} of {len(sweep.store.runs)} runs are kept; go on: loyaltysim sweep resume {sweep.folder}")
        raise
    return report(sweep, print_as, tell)


def confirm(todo: int, guess: Estimate, design: Design, flags: Sequence[str]) -> None:
    """Have a large sweep confirmed: by --yes, or by a person at a terminal. Raises ConfigError otherwise."""
    terms = design.terms
    if "--yes" in flags or (todo <= terms.ask_above and guess.seconds <= 60.0 * terms.ask_minutes):
        return
    if sys.stdin.isatty() and input("start? [y/N] ").strip().lower() in ("y", "yes"):
        return
    raise bad(
        "sweep", f"has {todo:,} runs, about {duration(guess.seconds)}: confirm with --yes (--dry-run only counts)"
    )


def report(sweep: Sweep, print_as: str, tell: Tell | None = None) -> int:
    """What there is now: failures first, then the table, or what `tell` makes of it; -> 0, or 3: runs are missing."""
    failures, total = sweep.store.failures(), len(sweep.store.runs)
    done = sum(state == "done" for state in sweep.store.states().values())
    if done < total:
        for failure in list(failures.values())[:SHOWN]:
            again = f"; again: {failure.again}"
            say(f"  {sweep.named(failure.run)}: {failure.why} ({failure.tries} tries){again}")
        left = f"{len(failures)} failed; go on: loyaltysim sweep resume {sweep.folder}"
        return complain(f"{total - done} of {total} runs have no result, {left}", 3)
    table = collect.read_table(sweep.folder)
    if tell is not None:
        tell(sweep, table, print_as)
    elif print_as == "json":
        print(table.to_json(orient="records", indent=1))
    else:
        print(swept.told(sweep.folder, table, sweep.sets, sweep.design.keys))
        print(f"\ntable: {sweep.folder / collect.TABLE}")
    return 0


def status(sweep: Sweep, flags: Sequence[str], print_as: str) -> int:
    """Count what is there, by reading it."""
    states = list(sweep.store.states().values())
    failures = sweep.store.failures()
    aside = sum(failure.tries >= sweep.design.terms.tries for failure in failures.values())
    found = {name: states.count(name) for name in ("done", "missing", "damaged")}
    found |= {"failed": len(failures), "set_aside": aside}
    if print_as == "json":
        print(json.dumps(found))
        return 0
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in found.items())
    print(f"{sweep.folder}: {counts} of {len(states)} runs")
    print(store.writer(sweep.store.lock))
    for failure in list(failures.values())[:SHOWN]:
        print(f"  {sweep.named(failure.run)}: {failure.why} ({failure.tries} tries); again: {failure.again}")
    return 0


def resume(sweep: Sweep, flags: Sequence[str], print_as: str) -> int:
    """Go on where it ended."""
    return start(sweep, [*flags, "--yes"], print_as)


def gathered(sweep: Sweep, flags: Sequence[str], print_as: str) -> int:
    """Make the table from results that are all there."""
    with Lock(sweep.store.lock):
        gather(sweep)
    return report(sweep, print_as)


def exported(sweep: Sweep, flags: Sequence[str], print_as: str) -> int:
    """Write the table as CSV."""
    print(collect.export(sweep.folder))
    return 0


def verify(sweep: Sweep, flags: Sequence[str], print_as: str) -> int:
    """Read every checksum, and make a random hundredth of the runs again, bit for bit. -> 1 if anything differs."""
    wrong = collect.damage(sweep.store, sweep.runs, sweep.sets, sweep.design.keys)
    sound = [run for run, state in sweep.store.states().items() if state == "done"]
    count = min(len(sound), max(1, math.ceil(AGAIN * len(sound))))
    chosen = random.SystemRandom().sample(sound, count)
    wrong += repeated(sweep, chosen)
    for line in wrong[:100]:
        print(line)
    missing = len(sweep.store.runs) - len(sound)
    print(f"{len(sound)} of {len(sweep.store.runs)} results sound, {missing} missing or damaged; {count} made again")
    print("every byte as it was" if not wrong else f"{len(wrong)} problems; `loyaltysim sweep resume` mends results")
    return 1 if wrong or missing else 0


def duration(seconds: float) -> str:
    """Seconds as a person says them."""
    for size, name in ((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} seconds"


def say(message: str) -> None:
    """To standard error, where no table is."""
    print(message, file=sys.stderr, flush=True)


def complain(message: str, code: int) -> int:
    """Say what is wrong; -> the exit code."""
    say(f"loyaltysim: {message}")
    return code


ACTIONS: dict[str, Callable[[Sweep, Sequence[str], str], int]] = {
    "status": status,
    "resume": resume,
    "verify": verify,
    "collect": gathered,
    "export": exported,
}
