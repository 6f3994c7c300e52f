"""Measure the market beside plain Mesa and NumPy: `make bench`, or `python -m benchmarks [part ...]` at the root.

Agreement first: a fast engine that computes something else is not fast. Then ratios of CPU time on one thread, taken in
turns so that a busy machine slows all engines alike, wall time on two threads, peak memory, and start-up. Parts:

    reference   a small market in our engine, plain Mesa and NumPy        start   from nothing to a result
    full        eleven mechanisms at once, in ours and plain Mesa        estimate    of a sweep, against the truth
    costs       customers, firms, mechanisms, best answers in prices, threads, memory, compilation
"""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import costs, full, full_twin, mesa_twin, numpy_twin, reference
from benchmarks.reference import FIRMS, WEEKS

LARGE, SMALL, SEEDS, TURNS = 100_000, 10_000, 8, 7
MEMORY = "memory"  # first word of a process that measures one engine's peak


def born(n: int, seed: int) -> dict[str, np.ndarray]:
    """What the customers are born with, for all engines."""
    people = reference.ours(n, seed).population
    return {name: people[name] for name in reference.TRAITS}


def our_year(n: int, seed: int, threads: int = 1) -> tuple[np.ndarray, float, float]:
    """A year in our engine. -> weekly counts, CPU seconds, wall seconds."""
    market = reference.ours(n, seed, threads)
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(WEEKS):
        market.step()
    return reference.counted(market), time.process_time() - cpu, time.perf_counter() - wall


def timed(function, *arguments) -> tuple[np.ndarray, float]:
    """The result of a call and its CPU seconds."""
    began = time.process_time()
    return function(*arguments), time.process_time() - began


def statistics(weekly: np.ndarray) -> np.ndarray:
    """Shares of purchases by firm, all purchases, rewards and weekly buyers of a year. weekly : (weeks, n_firms, 4)."""
    visits, _, rewards, buyers = weekly.sum(axis=0).T
    return np.array([*visits / visits.sum(), visits.sum(), rewards.sum(), buyers.sum()])


def agreement(n: int, seeds: int) -> tuple[dict[str, np.ndarray], dict[str, list[float]]]:
    """A year of every engine for each seed, on the same people, each with luck of its own.

    -> statistics by engine (seeds, 7), CPU seconds by engine
    """
    found: dict[str, list] = {"ours": [], "mesa": [], "numpy": []}
    seconds: dict[str, list] = {name: [] for name in found}
    for seed in range(1, seeds + 1):
        people = born(n, seed)
        weekly, cpu, _ = our_year(n, seed)
        turns = {"ours": (weekly, cpu)}
        turns["mesa"] = timed(mesa_twin.run, people, seed)
        turns["numpy"] = timed(numpy_twin.run, people, seed)
        for name, (weekly, cpu) in turns.items():
            found[name].append(statistics(weekly))
            seconds[name].append(cpu)
    return {name: np.array(rows) for name, rows in found.items()}, seconds


def distance(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Mean difference over its standard error, seed by seed on the same people. (seeds, k) both -> (k,)."""
    d = ours - theirs
    return d.mean(axis=0) / (d.std(axis=0, ddof=1) / np.sqrt(len(d)))


def say_agreement(n: int, seeds: int) -> dict[str, list[float]]:
    """Print how well the engines agree. -> CPU seconds by engine."""
    found, seconds = agreement(n, seeds)
    names = [*(f"share of {name}" for name in FIRMS), "purchases", "rewards", "weekly buyers"]
    scale = np.array([1.0] * len(FIRMS) + [n] * 3)
    print(f"\nAgreement: {seeds} populations of {n:,}, {WEEKS} weeks, same people, own luck")
    print(f"  {'per customer':16}{'ours':>9}{'Mesa':>9}{'NumPy':>9}   z to Mesa, to NumPy (t with {seeds - 1} df)")
    columns = [found[name].mean(axis=0) / scale for name in ("ours", "mesa", "numpy")]
    distances = [distance(found["ours"], found[name]) for name in ("mesa", "numpy")]
    for name, ours, mesa, numpy, to_mesa, to_numpy in zip(names, *columns, *distances, strict=True):
        print(f"  {name:16}{ours:9.4f}{mesa:9.4f}{numpy:9.4f}   {to_mesa:+.1f}, {to_numpy:+.1f}")
    return seconds


def in_turns(n: int) -> dict[str, list[float]]:
    """CPU seconds of a year by engine: Mesa's in pieces, each taken as a year, and after each a year of the others."""
    people = born(n, 1)
    market, seconds = mesa_twin.MesaMarket(people, 1), {"ours": [], "numpy": [], "mesa": []}
    for weeks in np.array_split(np.arange(WEEKS), TURNS):
        _, piece = timed(lambda weeks=weeks: [market.step() for _ in weeks])
        seconds["mesa"].append(piece * WEEKS / len(weeks))
        seconds["ours"].append(our_year(n, 1)[1])
        seconds["numpy"].append(timed(numpy_twin.run, people, 1)[1])
    return seconds


def say_speed(n: int, seconds: dict[str, list[float]]) -> None:
    """Print nanoseconds a customer-week and how many times faster ours is; in brackets the extremes of the turns."""
    print(f"\nOne thread, {n:,} customers x {WEEKS} weeks, CPU time, median of turns (fastest to slowest)")
    ours = seconds["ours"]
    for name, label in (("ours", "loyaltysim"), ("numpy", "NumPy"), ("mesa", "plain Mesa")):
        each = [s / n / WEEKS * 1e9 for s in seconds[name]]
        line = f"  {label:11}{median(each):9.1f} ns ({min(each):.1f} to {max(each):.1f}, {len(each)} turns)"
        line += f" {1e3 / median(each):8.3f} million customer-weeks/s"
        if name != "ours":
            ratios = sorted(theirs / own for theirs, own in zip(seconds[name], ours, strict=True))
            line += (
                f"   ours is {median(seconds[name]) / median(ours):.1f} x faster ({ratios[0]:.1f} to {ratios[-1]:.1f})"
            )
        print(line)


def full_agreement(n: int, seeds: int, weeks: int) -> tuple[np.ndarray, np.ndarray]:
    """Counts of the full market in both engines, on the same people, each with luck of its own. -> (seeds, k) twice"""
    ours, theirs = [], []
    for seed in range(1, seeds + 1):
        market = full.ours(n, seed)
        people = {name: market.population[name].copy() for name in full.TRAITS}
        for _ in range(weeks):
            market.step()
        ours.append(full.counted(market).ravel())
        theirs.append(full_twin.run(people, seed, weeks).ravel())
    happens = np.sum(ours, axis=0) + np.sum(theirs, axis=0) > 0  # no stamps at a firm without a stamp card
    return np.array(ours)[:, happens], np.array(theirs)[:, happens]


def full_turns(n: int, turns: int) -> list[float]:
    """How many times the CPU time of a week in plain Mesa is ours, in the full market; ours before and after each."""
    market = full.ours(n, 1)
    twin = full_twin.FullMesaMarket({name: market.population[name].copy() for name in full.TRAITS}, 1)
    market.step()
    twin.step()
    ratios = []
    for _ in range(turns):
        before, week, after = (timed(engine.step)[1] for engine in (market, twin, market))
        ratios.append(2.0 * week / (before + after))
    return sorted(ratios)


def say_full() -> None:
    """Print agreement and ratio of the full market."""
    ours, theirs = full_agreement(1_000, SEEDS, 26)
    z = distance(ours, theirs)
    print(f"\nFull market, agreement with plain Mesa: {SEEDS} populations of 1,000, 26 weeks, same people, own luck")
    print(f"  {len(z)} counts (purchases, revenue, members, rewards, ... by firm): largest |t| {np.abs(z).max():.1f},")
    print(f"  {np.mean(np.abs(z) > 2.36):.0%} beyond the 95 % limit of t with {SEEDS - 1} df (5 % expected)")
    print("\nFull market, one thread, CPU time of a week: plain Mesa over ours, median of turns (least to most)")
    for n, turns in ((10_000, 7), (100_000, 3)):
        ratios = full_turns(n, turns)
        print(f"  {n:>9,} customers  {median(ratios):.1f} x ({ratios[0]:.1f} to {ratios[-1]:.1f})")


def say_threads(n: int, turns: int = 5) -> None:
    """Print the wall time of a year on one thread and on two, and how many cores the machine really gave."""
    print(f"\nThreads, {n:,} customers, wall time, best of {turns}")
    best = {}
    for _ in range(turns):
        for threads in (1, 2):
            _, cpu, wall = our_year(n, 1, threads)
            best[threads] = min(best.get(threads, (wall, cpu)), (wall, cpu))
    for threads, (wall, cpu) in best.items():
        speed, gain = n * WEEKS / wall / 1e6, best[1][0] / wall
        print(f"  {threads}: {speed:.1f} million customer-weeks/s, {gain:.2f} x, on {cpu / wall:.2f} cores")


def peak(engine: str, n: int) -> None:
    """Print this process's peak memory in MB after four weeks of one engine."""
    if engine == "ours":
        market = reference.ours(n, 1)
        for _ in range(4):
            market.step()
    elif engine != "imports":
        rng = np.random.default_rng(1)
        people = {name: rng.gamma(2.0, 0.25, (n, len(FIRMS)) if name == "log_g" else n) for name in reference.TRAITS}
        {"mesa": mesa_twin, "numpy": numpy_twin}[engine].run(people, 1, 4)
    unit = 1 if sys.platform == "darwin" else 1024
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6)


def say_memory(n: int) -> None:
    """Print peak memory of a process by engine. First of all: a child's peak counts its parent's size at the fork."""
    found = {}
    for engine in ("imports", "ours", "mesa", "numpy"):
        words = [sys.executable, "-m", "benchmarks", MEMORY, engine, str(n)]
        found[engine] = float(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    print(f"\nPeak memory of a process, {n:,} customers")
    print("  " + ", ".join(f"{name} {mb:.0f} MB" for name, mb in found.items()))


def answered(words: list[str], cache: str) -> tuple[float, float]:
    """Run a Python process. -> seconds to its first line, seconds to its end."""
    began = time.perf_counter()
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, *words], **pipes, env=os.environ | {"LOYALTYSIM_CACHE": cache}) as child:
        line = child.stdout.readline()
        first = time.perf_counter() - began
        child.stdout.read()
    if child.returncode or not line:
        raise RuntimeError(f"{' '.join(words)} ended with {child.returncode}")
    return first, time.perf_counter() - began


def say_start() -> None:
    """Print how long a process takes from nothing to its results, with an empty compile cache and with a warm one."""
    week = "from benchmarks import reference; reference.ours(1000, 1).step(); print('stepped')"
    print("\nStart of a process, wall time: cold (compiles), then warm (median of 3)")
    with tempfile.TemporaryDirectory() as folder:
        commands = {
            "one week of the reference market": ["-c", week],
            "loyaltysim run run=tiny": ["-m", "loyaltysim", "run", "run=tiny", f"out={Path(folder) / 'run'}"],
        }
        for name, words in commands.items():
            cold, *warm = [answered(words, folder) for _ in range(4)]
            line = f"  {name:33} answer after {cold[0]:4.1f} s, then {median(first for first, _ in warm):.2f} s"
            print(line + f"; ends after {cold[1]:4.1f} s, then {median(end for _, end in warm):.2f} s")


def say_reference() -> None:
    """Print agreement, speed, threads and memory of the reference market."""
    say_memory(LARGE)
    reference.ours(10, 1).step()
    seconds = say_agreement(SMALL, SEEDS)
    say_speed(SMALL, seconds)
    say_speed(LARGE, in_turns(LARGE))
    say_threads(LARGE)


def say_costs() -> None:
    """Print every table of costs."""
    for say in (costs.say_compile, costs.say_memory, costs.say_customers, costs.say_firms):
        say()
    costs.say_mechanisms()
    costs.say_feelings()
    costs.say_points()
    costs.say_prices()
    costs.say_threads()


def say_estimate() -> None:
    """Print what a sweep says that it will take, and what it then takes."""
    words = ["market=grocery", "customers.n=4000", "weeks=26", "market.S=0.6,1.3", "seeds=6", "sweep.executor=inline"]
    print("\nEstimate of a sweep, and how long it took")
    with tempfile.TemporaryDirectory() as folder:
        line = [sys.executable, "-m", "loyaltysim", "sweep", *words, f"out={Path(folder) / 'sweep'}"]
        guess = subprocess.run([*line, "--dry-run"], capture_output=True, text=True, check=True).stderr.splitlines()[-1]
        began = time.perf_counter()
        subprocess.run(line, capture_output=True, check=True)
        print(f"  {guess.partition(' in ')[0]}; took {time.perf_counter() - began:.1f} s")


PARTS = {
    "reference": say_reference, "start": say_start, "full": say_full, "costs": say_costs, "estimate": say_estimate
}  # fmt: skip


def main() -> None:
    """Print the parts asked for, or all; about ten minutes on two cores."""
    if sys.argv[1:2] == [MEMORY]:
        return peak(sys.argv[2], int(sys.argv[3]))
    if sys.argv[1:2] == [costs.PEAK]:
        return costs.peak()
    if unknown := set(sys.argv[1:]) - set(PARTS):
        sys.exit(f"no such part: {', '.join(sorted(unknown))}; parts: {', '.join(PARTS)}")
    packages = ", ".join(f"{name} {version(name)}" for name in ("mesa", "numba", "numpy"))
    print(f"Python {platform.python_version()}, {packages}; {os.cpu_count()} cores; load {os.getloadavg()[0]:.1f}")
    print("Arithmetic: float64 in all engines (ours rests habit, satisfaction and attachment in float32).")
    print("Choice: ours an exponential race, a keyed uniform for each firm; Mesa and NumPy one uniform against shares.")
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
    return None


if __name__ == "__main__":
    main()
