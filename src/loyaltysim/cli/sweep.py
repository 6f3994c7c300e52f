"""`loyaltysim sweep`, `explore`, `optimise`: say what will be done, have large work confirmed, then ask the study.

    loyaltysim sweep scenario=grocery_points market.S=0.6,1.3,2.6 seed=range(1,11)
    loyaltysim sweep status|resume|verify|collect|export FOLDER
    loyaltysim explore scenario=grocery_points run=quick market.S=0.6:2.6 program=points,cashback explore.design=sobol
    loyaltysim optimise scenario=grocery_points run=quick program.points.face_value=1:15 program.points.earn=1:5

The same command, or `resume`, goes on where a kill, a full disk or a time limit ended it; it runs exactly what has no
sound result. An exploration is a sweep; a search asks for the same candidates again and finds their results.
"""

from __future__ import annotations

import errno
import json
import math
import os
import random
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from loyaltysim.cli.answers import answered
from loyaltysim.cli.arguments import Arguments
from loyaltysim.cli.exits import FAILED, MISSED, OK, bad, complain, say
from loyaltysim.configure.publish import dumps
from loyaltysim.present import exploration
from loyaltysim.present import sweep as swept
from loyaltysim.present.telling import Telling, save, words
from loyaltysim.runs import store
from loyaltysim.runs.progress import duration
from loyaltysim.runs.store import Damaged, Lock, Locked, Run
from loyaltysim.scenario.hints import suggestion
from loyaltysim.scenario.outside import demand
from loyaltysim.scenario.reader import visible
from loyaltysim.studies import collect
from loyaltysim.studies.explore import Explore, with_design
from loyaltysim.studies.grid import Design, plan
from loyaltysim.studies.optimise import CONFIRMED
from loyaltysim.studies.partial import MISSING, TABLE, gather_partial
from loyaltysim.studies.protocol import Answer, Study
from loyaltysim.studies.search import Optimise
from loyaltysim.studies.sweep import Estimate, Sweep, Unfinished, estimated, gather, opened, repeated

AGAIN = 0.01  # share of runs that `verify` makes again


def sweep(given: Arguments) -> int:
    """`loyaltysim sweep`: run a design, or look after a folder.

    -> 0; 1 verify found damage, 3 runs failed. Raises ConfigError, OSError, KeyboardInterrupt.
    """
    asked, flags = given.words, given.flags
    with guarded(given.out):
        if asked and asked[0] in ACTIONS:
            if len(asked) != 2:
                raise bad(asked[0], "takes one folder: the one that the sweep printed")
            return ACTIONS[asked[0]](reopened(Path(asked[1]), "--force" in flags), given)
        if asked and "=" not in asked[0] and not asked[0].startswith(("~", "+")):
            raise bad(asked[0], f"is nothing that sweep does{suggestion(asked[0], ACTIONS)}")
        made = begun(given, asked)
        return start(made, made, swept.TELLING, flags, given.print_as, given.more)


def explore(given: Arguments) -> int:
    """`loyaltysim explore`: run a design over uncertainties and levers, and say what moves the outcomes and where.

    Words as of a sweep, or the folder of an exploration. -> 0, or 3 where runs failed. Raises ConfigError, OSError.
    """
    with guarded(given.out):
        if len(given.words) == 1 and "=" not in given.words[0]:
            made = reopened(Path(given.words[0]), "--force" in given.flags)
        else:
            made = begun(given, with_design(given.words, given.config_dir))
        study = Explore.of(made)
        return start(study, made, exploration.EXPLORED, given.flags, given.print_as, given.more)


def optimise(given: Arguments) -> int:
    """`loyaltysim optimise`: search levers for the least or most of one or two outcomes, within limits.

    -> 0, or 3 where runs failed. Raises ConfigError, OSError, KeyboardInterrupt after which the same command goes on.
    """
    with guarded(given.out):
        folder = None if given.out is None else Path(given.out)
        study = Optimise.begun(given.words, given.config_dir, folder, "--force" in given.flags)
        settings, most = study.settings, len(study.sweep.design.seeds)
        first = min(settings.first, most)
        say(f"{settings.trials:,} candidates x {first} seeds, the best with {most}: {study.sweep.folder}")
        if study.new_seeds:
            named = "seeds {} to {}".format(*study.ends())
            say(f"then at most {CONFIRMED} of the frontier on {named}, which the search never meets")
        say(f"about {study.least:,} runs, and more for what is promising")
        if "--dry-run" in given.flags:
            return OK
        if study.least > study.sweep.design.terms.ask_above and "--yes" not in given.flags:
            why = f"has about {study.least:,} runs or more: confirm with --yes (--dry-run only counts)"
            raise bad("optimise", why)
        found = answered(study, exploration.SEARCHED, None, given.print_as, given.more).found
        if found.impossible:
            count, tried = len(found.impossible), len(found.search.tried)
            say(f"{count} of {tried} candidates cannot be and were left out, such as: {found.impossible[0]}")
        for line in found.whole.told_failures(found.failures):
            say(line)
        count = len(found.failures)
        return complain(f"{count} runs failed; the table is not complete", FAILED) if count else OK


def begun(given: Arguments, asked: Sequence[str]) -> Sweep:
    """The sweep of a command line, new or as it was begun."""
    folder = None if given.out is None else Path(given.out)
    made = opened(planned(asked, given.config_dir, given.flags), folder, "--force" in given.flags)
    return replace(made, retry="--retry" in given.flags)


@contextmanager
def guarded(out: str | None) -> Iterator[None]:
    """Turn what a folder may do to us into input errors, storage errors, and failed runs."""
    try:
        yield
    except Damaged as error:
        raise OSError(errno.EIO, f"{error}; start the sweep in another folder") from None
    except Locked as error:
        raise bad("out", f"is being written by {error}: wait for it, or name another folder", out or ...) from None
    except Unfinished:
        raise
    except collect.Incomplete as error:
        raise Unfinished(
            f"incomplete: {error}; `loyaltysim sweep resume` makes what is missing, "
            "`loyaltysim sweep collect FOLDER --partial` a table of the rest",
            (),
        ) from None


def planned(words: Sequence[str], config_dir: str | None, flags: Sequence[str]) -> Design:
    """The design of a command line and its flags."""
    stop = ["sweep.fail_fast=true"] if "--fail-fast" in flags else []
    return plan([*words, *stop], config_dir, 10**7 if "--yes" in flags else 200_000)


def reopened(folder: Path, force: bool) -> Sweep:
    """The sweep that a folder holds. Raises ConfigError if it holds none, or the files that it names have changed."""
    if not (folder / "sweep.json").is_file():
        raise bad("folder", "holds no sweep", str(folder))
    spec = store.read_sealed(folder / "sweep.json")
    demand(spec.get("plugins", ()), str(folder))
    if "kind" in spec:
        raise bad("folder", f"is of loyaltysim {spec['kind']}: the same command goes on with it", str(folder))
    return opened(plan(spec["words"], spec["config_dir"], 10**7), folder, force)


def start(
    study: Study[Any], made: Sweep, telling: Telling, flags: Sequence[str], print_as: str, more: bool = False
) -> int:
    """Say what will be done and how long it takes, have it confirmed where it is large, do it, tell what came out.

    study : the sweep itself, or what is asked of it;  more : everything, not the answer alone.  -> exit code
    """
    design = made.design
    if made.store.lock.exists():
        with Lock(made.store.lock):  # before the work of an estimate
            pass
    failures = {} if made.retry else made.store.failures()
    tries = design.terms.tries
    left = [run for run, state in made.store.states().items() if state != "done"]
    todo = [run for run in left if run not in failures or failures[run].tries < tries]
    cores = design.points[0].scenario.compute.processes or os.cpu_count() or 1
    guess = estimated(made, todo, min(len(todo), cores))
    say(f"{len(design.points):,} points x {len(design.seeds):,} seeds = {design.runs:,} runs, {len(todo):,} to do:")
    say(f"about {duration(guess.seconds)} and {guess.size / 1e6:,.1f} MB in {made.folder}")
    if "--dry-run" in flags:
        return OK
    confirm(len(todo), guess, design, flags)
    free = shutil.disk_usage(next(p for p in (made.folder, *made.folder.absolute().parents) if p.exists())).free
    if guess.size * 1.2 > free:
        raise OSError(errno.ENOSPC, f"needs {guess.size / 1e6:,.0f} MB, {free / 1e6:,.0f} MB are free")
    try:
        answered(study, telling, None, print_as, more)
    except KeyboardInterrupt:
        done = sum(state == "done" for state in made.store.states().values())
        say(f"{done} of {len(made.store.runs)} runs are kept; go on: {shlex.join(made.onward)}")
        raise
    return OK


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


def status(sweep: Sweep, given: Arguments) -> int:
    """Count what is there, by reading it."""
    states = list(sweep.store.states().values())
    failures = sweep.store.failures()
    aside = sum(failure.tries >= sweep.design.terms.tries for failure in failures.values())
    found = {name: states.count(name) for name in ("done", "missing", "damaged")}
    found |= {"failed": len(failures), "set_aside": aside}
    if given.print_as == "json":
        print(json.dumps(found))
        return 0
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in found.items())
    print(f"{sweep.folder}: {counts} of {len(states)} runs")
    print(store.writer(sweep.store.lock))
    for line in sweep.told_failures(failures):
        print(line)
    return 0


def resume(sweep: Sweep, given: Arguments) -> int:
    """Go on where it ended."""
    made = replace(sweep, retry="--retry" in given.flags)
    return start(made, made, swept.TELLING, [*given.flags, "--yes"], given.print_as, given.more)


def gathered(sweep: Sweep, given: Arguments) -> int:
    """Make the table from results that are all there, or with --partial from those that are."""
    if "--partial" in given.flags:
        return rest_gathered(sweep, given.print_as)
    with Lock(sweep.store.lock):
        gather(sweep)
        found = sweep.table()
        answer = Answer(sweep, found, (), sweep.tables(found))
        save(answer, swept.TELLING, sweep.folder)
        said = words(answer, swept.TELLING, sweep.folder, given.print_as, given.more)
    print(visible(said))
    return OK


def rest_gathered(sweep: Sweep, print_as: str) -> int:
    """Make the table of what is there, and say what is missing: every run, and why. Raises ConfigError."""
    found = gather_partial(sweep)
    if print_as == "json":
        print(dumps(found.summary).rstrip("\n"))
        return OK
    print(visible(found.said))
    for row in found.missing.to_dict("records"):
        print(visible(f"  {sweep.named(Run('', row['point'], row['seed']))}: {row['why']} ({row['tries']} tries)"))
    print(f"\n{len(found.table)} rows, not the whole sweep: {sweep.folder / TABLE}; what is missing: {MISSING}")
    return OK


def exported(sweep: Sweep, given: Arguments) -> int:
    """Write the table as CSV."""
    print(collect.export(sweep.folder))
    return 0


def verify(sweep: Sweep, given: Arguments) -> int:
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
    return MISSED if wrong or missing else OK


ACTIONS: dict[str, Callable[[Sweep, Arguments], int]] = {
    "status": status,
    "resume": resume,
    "verify": verify,
    "collect": gathered,
    "export": exported,
}
