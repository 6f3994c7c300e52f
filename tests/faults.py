"""The long tests of sweeps: `python -m tests.faults` (all) or `python -m tests.faults kills fuzz overhead` (some).

kills    : 100 kills at random moments (SIGKILL of the sweep alone or with its workers, SIGTERM, Ctrl-C); after each
           the sweep goes on; the final tables equal the undisturbed one byte for byte
fuzz     : every byte of a result, a kept table, a journal and a collected table flipped (files up to 4 kB in every
           bit, larger ones in one bit a byte), and truncations at every (17th) byte: all are found
overhead : 1,000 runs or more of 1,000 customers x 52 weeks take less than twice the pure computing time

Ends with exit code 1 if a promise is broken. `kills=20` sets how many.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from loyaltysim.runs import store
from loyaltysim.runs.pool import prepare
from loyaltysim.studies import collect, single
from loyaltysim.studies import sweep as campaign
from loyaltysim.studies.grid import plan

KILLS = 100
WORDS = ("market=toothpaste_1973", "customers.n=2000", "weeks=52", "market.S=0.6,1.3,2.6", "seed=range(1,101)")
OVERHEAD = (
    "market=toothpaste_1973",
    "customers.n=1000",
    "weeks=52",
    "market.S=range(0.6,2.59,0.02)",
    "seed=range(1,11)",
)
COMPARED = ("scenario=grocery_points", "customers.n=1000", "weeks=52", "policy.launch.week=26", *OVERHEAD[3:])


def undisturbed(folder: Path, words: tuple[str, ...]) -> bytes:
    """The table of a sweep that nothing happens to, made in this process."""
    campaign.table([*words, "sweep.executor=inline"], folder)
    return (folder / collect.TABLE).read_bytes()


def kills(count: int = KILLS) -> list[str]:
    """Kill sweeps at random moments until enough have died. -> what went wrong"""
    dice, wrong, killed, made = random.Random(), [], 0, 0
    with tempfile.TemporaryDirectory() as place:
        expected = undisturbed(Path(place) / "undisturbed", WORDS)
        while killed < count:
            folder = Path(place) / f"sweep-{made}"
            made += 1
            while not (folder / collect.TABLE).exists():
                if killed < count:
                    killed += killed_once(folder, dice)
                else:
                    subprocess.run(line(folder), capture_output=True, check=True)
            if (folder / collect.TABLE).read_bytes() != expected:
                wrong.append(f"sweep {made} ended with another table")
            events = [entry["event"] for entry in store.read_journal(folder / "journal.jsonl") if entry]
            print(
                f"{killed} kills, {made} sweeps; the last: {events.count('opened')} starts, {events.count('done')} runs"
            )
            shutil.rmtree(folder)
    return wrong


def line(folder: Path) -> list[str]:
    """The command of the sweep that is killed."""
    return [sys.executable, "-m", "loyaltysim", "sweep", *WORDS, "compute.processes=2", f"out={folder}", "--yes"]


def killed_once(folder: Path, dice: random.Random) -> int:
    """Start or go on, and end it at a random moment in a random way; -> 1 if it was still alive then."""
    how = dice.choice(["alone", "with its workers", "terminated", "interrupted"])
    with subprocess.Popen(
        line(folder), start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        opened = time.monotonic()
        before = (folder / "journal.jsonl").stat().st_size if (folder / "journal.jsonl").exists() else 0
        while process.poll() is None and time.monotonic() - opened < 60.0:  # until it begins to work
            path = folder / "journal.jsonl"
            if path.exists() and path.stat().st_size > before:
                break
            time.sleep(0.01)
        time.sleep(max(0.0, dice.uniform(-0.5, 3.0)))
        alive = process.poll() is None
        if how == "with its workers":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            kinds = {"alone": signal.SIGKILL, "terminated": signal.SIGTERM, "interrupted": signal.SIGINT}
            process.send_signal(kinds[how])
        process.wait()
    return int(alive)


def fuzz() -> list[str]:
    """Flip every bit and cut at every byte of each kind of file. -> what was not found"""
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        words = [*WORDS[:1], "customers.n=60", "weeks=4", "seeds=2", "sweep.executor=inline", "sweep.keep=weekly"]
        campaign.table(words, folder)
        sweep = campaign.opened(plan(words), folder, force=False)
        run = sweep.runs[0]

        def sound_result() -> bool:
            return sweep.store.state(run) == "done"

        def sound_table() -> bool:
            try:
                collect.read_table(folder)
            except (store.Damaged, FileNotFoundError):
                return False
            return True

        def sound_journal() -> bool:
            return None not in list(store.read_journal(folder / "journal.jsonl"))

        files = {
            store.place(folder, run.key): sound_result,
            store.place(folder, run.key, "weekly.parquet"): sound_result,
            folder / collect.TABLE: sound_table,
            folder / collect.MANIFEST: sound_table,
            folder / "journal.jsonl": sound_journal,
        }
        for path, sound in files.items():
            whole = path.read_bytes()
            step = 1 if len(whole) <= 4096 else 17
            cuts = range(0, len(whole), step) if path.name != "journal.jsonl" else []  # a shorter journal is a journal
            harm = [(f"bit {bit} of byte {at}", at, 1 << bit) for at in range(len(whole)) for bit in bits(whole, at)]
            missed = [what for what, at, mask in harm if write_and_ask(path, flipped(whole, at, mask), sound)]
            missed += [f"cut at {at}" for at in cuts if write_and_ask(path, whole[:at], sound)]
            path.write_bytes(whole)
            print(f"{path.name}: {len(harm)} flips and {len(cuts)} cuts, {len(missed)} not found")
            wrong += [f"{path.name}: {what}" for what in missed]
            if not sound():
                wrong.append(f"{path.name}: refused when sound")
    return wrong


def bits(whole: bytes, at: int) -> tuple[int, ...]:
    """Which bits of a byte to turn."""
    return tuple(range(8)) if len(whole) <= 4096 else (at % 8,)


def flipped(whole: bytes, at: int, mask: int) -> bytes:
    """The content with some bits of one byte turned."""
    return whole[:at] + bytes([whole[at] ^ mask]) + whole[at + 1 :]


def write_and_ask(path: Path, content: bytes, sound) -> bool:
    """Is the folder taken for sound with this content?"""
    path.write_bytes(content)
    return sound()


def overhead() -> list[str]:
    """A thousand small runs, as a sweep in two processes and one after the other without any store."""
    wrong = []
    for name, words in (("markets", OVERHEAD), ("comparisons", COMPARED)):
        design = plan([*words, "compute.processes=2"])
        prepare(campaign.shapes(design))
        jobs = [(point.scenario, seed) for point in design.points for seed in design.seeds]
        single.numbers_of(*jobs[0])
        began, used = time.monotonic(), time.process_time()
        for job in jobs:
            single.numbers_of(*job)
        pure, pure_cpu = time.monotonic() - began, time.process_time() - used
        with tempfile.TemporaryDirectory() as folder:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            began, used = time.monotonic(), time.process_time()
            found = campaign.table([*words, "compute.processes=2"], folder)
            wall = time.monotonic() - began
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = time.process_time() - used
            cpu += after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        assert isinstance(found, pd.DataFrame) and len(found) == len(jobs)
        print(f"{len(jobs):,} {name}: pure {pure:.1f} s, as a sweep {wall:.1f} s", flush=True)
        print(f"  processor time {cpu:.1f} s of {pure_cpu:.1f}, ratio {cpu / pure_cpu:.2f}", flush=True)
        if cpu > 2.0 * pure_cpu or wall > 2.0 * pure:
            wrong.append(f"{name}: more than twice the pure computing time")
    return wrong


def main(words: list[str]) -> int:
    """Run what is asked for."""
    counts = [int(word.removeprefix("kills=")) for word in words if word.startswith("kills=")]
    asked = {word.partition("=")[0] for word in words} or {"kills", "fuzz", "overhead"}
    wrong: list[str] = []
    if "fuzz" in asked:
        wrong += fuzz()
    if "overhead" in asked:
        wrong += overhead()
    if "kills" in asked:
        wrong += kills(*counts)
    print("\n".join(wrong[:50]) if wrong else "every promise held")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
