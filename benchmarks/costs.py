"""Where the time and the memory go: customers, firms, mechanisms, threads, bytes.

Everything is measured in turns within one process and told as a ratio: a busy machine slows all alike.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from statistics import median

import numpy as np

from benchmarks import full, reference
from loyaltysim.behaviour.bond import Bond
from loyaltysim.behaviour.emotions import Emotions
from loyaltysim.behaviour.habit import Habit
from loyaltysim.behaviour.word_of_mouth import WordOfMouth
from loyaltysim.firms.policies.price_nash import PriceNash
from loyaltysim.market.customers import Population
from loyaltysim.market.model import Market
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.programs.points import Points
from loyaltysim.programs.recognition import Recognition
from loyaltysim.scenario.model import Links, Scenario
from loyaltysim.scenario.settle import needed

CUSTOMERS, FIRMS = (1_000, 10_000, 100_000, 1_000_000), (2, 4, 8, 16)
N, WEEKS, TURNS = 50_000, 6, 5
PEAK = "peak"  # first word of a process that measures its own memory


def per_customer_week(worlds: Mapping[object, Scenario], weeks: int = WEEKS, turns: int = TURNS) -> dict[object, float]:
    """CPU nanoseconds of a customer-week in each world, median of turns; the first week, fresh memory, is left out."""
    markets = {name: Market(scenario, 1) for name, scenario in worlds.items()}
    for market in markets.values():
        market.step()
    found: dict[object, list[float]] = {name: [] for name in worlds}
    for _ in range(turns):
        for name, market in markets.items():
            began = time.process_time()
            for _ in range(weeks):
                market.step()
            found[name].append((time.process_time() - began) / weeks / market.population.n * 1e9)
    return {name: median(each) for name, each in found.items()}


def with_firms(scenario: Scenario, many: int) -> Scenario:
    """The full market with so many firms of equal share, each with one of its four programs."""
    models = list(scenario.firms.values())
    firms = {f"f{k}": replace(models[k % len(models)], share=1.0 / many) for k in range(many)}
    return replace(scenario, firms=firms, focal="f0")


def only(scenario: Scenario, names: set[str]) -> Scenario:
    """The market with these mechanisms and what they need."""
    kept = needed(names, mechanisms.registry())

    def left(tree: Mapping) -> dict:
        return {name: terms for name, terms in tree.items() if name in kept}

    firms = {
        name: replace(firm, program=left(firm.program), awareness=firm.awareness if "awareness" in kept else 1.0)
        for name, firm in scenario.firms.items()
    }
    return replace(scenario, firms=firms, behaviour=left(scenario.behaviour))


def say_customers() -> None:
    """Print the cost of a customer-week for more and more customers."""
    print("\nCustomers: the full market, one thread, a customer-week against 10,000 customers")
    found = {}
    for n in CUSTOMERS:
        weeks = max(3, min(200, 400_000 // n))
        found |= per_customer_week({n: full.scenario(n)}, weeks, 3)
    for n, each in found.items():
        print(f"  {n:>9,}  {each:7.0f} ns   {each / found[10_000]:5.2f} x")


def say_firms() -> None:
    """Print the cost of a customer-week for more and more firms."""
    print(f"\nFirms: the full market, {N:,} customers, one thread, a customer-week against 4 firms")
    found = per_customer_week({many: with_firms(full.scenario(N), many) for many in FIRMS})
    for many, each in found.items():
        print(f"  {many:>9}  {each:7.0f} ns   {each / found[4]:5.2f} x")


def say_mechanisms() -> None:
    """Print what each mechanism costs: added to the bare market, and taken out of the full one, with what needs it."""
    scenario, registry = full.scenario(N), mechanisms.registry()
    used = [m.name for m in mechanisms.active(scenario)]
    worlds: dict[object, Scenario] = {"bare": only(scenario, set()), "full": scenario}
    for name in used:
        dependents = {other for other in used if name in needed([other], registry)}
        worlds |= {("with", name): only(scenario, {name}), ("without", name): only(scenario, set(used) - dependents)}
    found = per_customer_week(worlds, 3, 3)
    bare, whole = found["bare"], found["full"]
    print(f"\nMechanisms: {N:,} customers, one thread; bare market {bare:.0f} ns, full market {whole:.0f} ns")
    print(f"  {'':14}{'added to the bare one':>24}{'out of the full one':>24}{'bytes a customer':>20}")
    for name in used:
        more, less = found["with", name] / bare, found["without", name] / whole
        size = sum(f.kind(scenario).itemsize * f.places(scenario) * (len(full.FIRMS) if f.per_firm else 1)
                   for f in registry[name].fields.values())  # fmt: skip
        print(f"  {name:14}{more:22.2f} x{less:22.2f} x{size:20d}")


def say_feelings(n: int = 100_000) -> None:
    """Print what five sides of the bond cost over one, and talk over silence: ratios of one run."""
    quiet = reference.scenario(n)
    known = {name: replace(f, program={**f.program, "recognition": Recognition()}) for name, f in quiet.firms.items()}
    bonded = replace(quiet, firms=known, behaviour={**quiet.behaviour, "bond": Bond()})
    reference.ours(10, 1)  # its mechanisms join the registry
    worlds: dict[object, Scenario] = {"quiet": quiet, "one": bonded}
    worlds["five"] = replace(bonded, behaviour={**bonded.behaviour, "emotions": Emotions()})
    for network in ("none", "small_world", "scale_free"):
        talk = WordOfMouth(premium=0.05, network=network)
        worlds[network] = replace(quiet, behaviour={**quiet.behaviour, "word_of_mouth": talk})
    found = per_customer_week(worlds)
    print(f"\nFeelings: {n:,} customers, one thread; the reference market without them {found['quiet']:.0f} ns")
    print(f"  a bond of five sides      {found['five'] / found['one']:.2f} x the step with a bond of one (at most 1.3)")
    for network in ("none", "small_world", "scale_free"):
        print(f"  talk, {network:11}         {found[network] / found['quiet']:.2f} x (degree 8; at most 1.9)")


def say_threads(n: int = 100_000, turns: int = 7) -> None:
    """Print the wall time of the full market on one thread and on two, and how many cores the machine really gave."""
    markets = {threads: full.ours(n, 1, threads) for threads in (1, 2)}
    pairs = []
    for _ in range(turns + 1):
        pair = {}
        for threads, market in markets.items():
            cpu, wall = time.process_time(), time.perf_counter()
            for _ in range(WEEKS):
                market.step()
            pair[threads] = time.perf_counter() - wall, time.process_time() - cpu
        pairs.append(pair)
    gains = [(pair[1][0] / pair[2][0], pair[2][1] / pair[2][0]) for pair in pairs[1:]]
    best = max(gains)
    print(f"\nThreads: the full market, {n:,} customers, wall time of one thread over two, {turns} turns")
    print(
        f"  median {median(g for g, _ in gains):.2f} x, best {best[0]:.2f} x (two threads got {best[1]:.2f} cores then)"
    )


def peak() -> None:
    """Print this process's memory in MB: after its imports, born, and at most in a year of a million customers."""

    def now() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6

    small = full.ours(1_000, 1)
    small.step()
    before = now()
    market = full.ours(1_000_000, 1)
    bytes_each = state(market.population) / market.population.n
    market.run()
    print(before, bytes_each, now())


def state(people: Population) -> int:
    """Bytes of a population: its records, and the columns that lie outside them."""
    records = (people.people, people.pairs)
    outside = [c for c in people.columns.values() if not any(np.may_share_memory(c, r) for r in records)]
    return sum(array.nbytes for array in (*records, *outside))


def say_memory() -> None:
    """Print bytes a customer and the peak of a year of a million customers in a process of its own."""
    done = subprocess.run([sys.executable, "-m", "benchmarks", PEAK], capture_output=True, text=True, check=True)
    before, each, most = map(float, done.stdout.split())
    print("\nMemory: the full market, a million customers, a year")
    print(f"  {each:.0f} bytes of state a customer; process {before:.0f} MB before, {most:.0f} MB at most")


def of_points(n: int, **terms: object) -> Scenario:
    """A grocery market of four firms with points, a bond and habit, without a panel. terms : of the points"""
    scenario = full.scenario(n)
    points = replace(Points(threshold=500.0, face_value=5.0), **terms)
    program = {"points": points, "membership": full.JOINING}
    firms = {name: replace(firm, program=program, awareness=1.0) for name, firm in scenario.firms.items()}
    customers = replace(scenario.customers, links=Links())
    return replace(scenario, firms=firms, behaviour={"habit": Habit(), "bond": Bond()}, customers=customers)


POINTS = {  # what a customer's points take: name -> terms
    "points, bond, habit, four firms": {},
    "that lapse by age in a year, quarter by quarter": {"expiry": 52, "expiry_rule": "age"},
    "that lapse by age in two years": {"expiry": 104, "expiry_rule": "age"},
    "that lapse at a date each year": {"expiry": 52, "expiry_rule": "calendar", "grace": 8},
    "that wait for four weeks": {"pending": 4},
}


def bytes_of_points(n: int = 1000) -> dict[str, float]:
    """Bytes of state a customer, by the terms of points."""
    people = {name: Market(of_points(n, **terms), 1).population for name, terms in POINTS.items()}
    return {name: state(each) / n for name, each in people.items()}


def say_points() -> None:
    """Print what points that lapse by date take: bytes a customer, the time of a customer-week over that without."""
    found = per_customer_week({name: of_points(N, **terms) for name, terms in POINTS.items()}, 4, 3)
    first, *_ = POINTS
    print(f"\nPoints: {N:,} customers, one thread, no panel; {found[first]:.0f} ns a customer-week without dates")
    for name, each in bytes_of_points().items():
        print(f"  {name:48}{each:5.0f} bytes a customer{found[name] / found[first]:8.2f} x")


def answering(n: int, weeks: int) -> dict[str, Scenario]:
    """A grocery market of four firms with points: prices that stay, and best answers of all firms in each week."""
    stays = replace(of_points(n), weeks=weeks)
    policy = {"price_nash": PriceNash()}
    firms = {name: replace(firm, policy=policy) for name, firm in stays.firms.items()}
    return {"stay": stays, "best answers": replace(stays, firms=firms)}


def say_prices(n: int = 100_000, weeks: int = 50) -> dict[str, float]:
    """Print what prices that are re-optimised take, beside prices that stay. -> CPU seconds"""
    found = {}
    for name, scenario in answering(n, weeks).items():
        for few in (100, n):  # compiled first
            market = Market(replace(scenario, customers=replace(scenario.customers, n=few)), 1)
            began = time.process_time()
            for _ in range(weeks if few == n else 2):
                market.step()
        found[name] = time.process_time() - began
    print(f"\nPrices: four firms, {n:,} customers, {weeks} weeks, one thread, CPU time")
    for name, seconds in found.items():
        print(f"  {name:14}{seconds:7.1f} s")
    return found


def say_compile() -> None:
    """Print how long a process takes to its first week of the full market, cold and warm."""
    import os

    week = "from benchmarks import full; full.ours(1000, 1).step()"
    with tempfile.TemporaryDirectory() as folder:
        seconds = []
        for _ in range(3):
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", week], check=True, env=os.environ | {"LOYALTYSIM_CACHE": folder})
            seconds.append(time.perf_counter() - began)
    print("\nCompile: a process to its first week of the full market")
    print(f"  cold {seconds[0]:.1f} s, then {min(seconds[1:]):.1f} s from the cache")
