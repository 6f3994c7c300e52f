"""Many worlds on the light path: every assumed size drawn anew in each, few people, own luck, one compiled step.

    sizes      which sizes of a table act in a scenario and are not held at what somebody knows
    draw       a Latin hypercube of strength two: each size evenly spread, each pair of sizes too, so uncorrelated
    prepared   the scenario with few people, and what the sizes bring along, so that all worlds have one step
    world      the scenario of one draw; moments that panels report become the keys that they stand for
    many       a task in every world; the arms of a world share its luck, worlds share none

Source: Owen 1992, Statistica Sinica 2 (orthogonal-array Latin hypercubes); McKay, Beckman & Conover 1979.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from loyaltysim.configure.compose import components
from loyaltysim.configure.evidence import Row, rows
from loyaltysim.configure.measured import MEASURED
from loyaltysim.measures.twins import logged
from loyaltysim.runs.pool import map_runs
from loyaltysim.scenario.model import Scenario, Survey
from loyaltysim.scenario.read import changed

CUSTOMERS = 1000  # of a world: its luck is then 1 to 4 % of what differs between worlds
WORLDS = 256
CHUNK = 8  # worlds of a job
CORRELATIONS = re.compile(r"customers\.r_")  # are checked against all else: once, when the world is there
APART = 1 << 61  # no seed of a world is one of the study's own

Task = Callable[[Sequence[Scenario], int], Mapping[str, float]]


def sizes(scenario: Scenario, table: str, held: Sequence[str] = (), beside: Sequence[Scenario] = ()) -> list[Row]:
    """The rows of a table (`evidence`, `wide`) that act here and are not held.

    held : keys that somebody knows, or what they begin with: "market.S", "rivals";  beside : other designs of it
    """
    acting = [row for row in rows(table) if any(row.acts(s) for s in (scenario, *beside))]
    return [row for row in acting if not any(holds(key, row) for key in held)]


def holds(key: str, row: Row) -> bool:
    """Is a size settled by a key that is known, by itself or as a whole branch?"""
    return re.fullmatch(row.decides, key) is not None or row.key.startswith(key + ".")


def draw(sizes: Sequence[Row], n: int, seed: int) -> pd.DataFrame:
    """Draws of sizes, one row a world, at least n of them: the square of a prime. -> a column a size, by its key."""
    from scipy.stats import qmc

    varying = [row for row in sizes if row.varies]
    p = next_prime(max(math.isqrt(max(n, 4) - 1) + 1, len(varying) - 1))
    if varying:
        u = qmc.LatinHypercube(len(varying), strength=2 if len(varying) > 1 else 1, rng=seed).random(p * p)
        u = np.random.default_rng([seed, 1]).permutation(u)
    places = {row.key: k for k, row in enumerate(varying)}
    columns = {row.key: row.values(u[:, places[row.key]] if row.varies else np.zeros(p * p)) for row in sizes}
    return pd.DataFrame(columns, index=range(p * p))


def next_prime(n: int) -> int:
    """The smallest prime that is not below n."""
    return next(k for k in range(max(2, n), 2 * max(2, n) + 1) if all(k % d for d in range(2, math.isqrt(k) + 1)))


def prepared(scenario: Scenario, sizes: Sequence[Row], n: int = CUSTOMERS) -> Scenario:
    """The scenario as every world begins: few people, nothing written down that is not read, what sizes bring along."""
    known = components()["behaviour"]
    brought = {row.key.split(".")[1] for row in sizes if row.brings and row.key.startswith("behaviour.")}
    behaviour = {**{name: known[name].terms() for name in brought}, **scenario.behaviour}
    record = replace(scenario.record, panel=False, survey=Survey())
    customers = replace(scenario.customers, n=min(n, scenario.customers.n))
    small = replace(scenario, behaviour=dict(sorted(behaviour.items())), customers=customers, record=record)
    return logged(replace(small, vary=(), seeds=1, compute=replace(scenario.compute, threads=1)))


def world(base: Scenario, values: Mapping[str, Any]) -> Scenario:
    """The scenario of one draw; sizes of program components that it does not have are left out.

    base : as `prepared`. Raises ConfigError for a world that cannot be.
    """
    here = {key: value for key, value in values.items() if has(base, key)}
    told = {key: value for key, value in here.items() if key not in MEASURED and not CORRELATIONS.match(key)}
    last = {key: value for key, value in here.items() if CORRELATIONS.match(key)}
    made = changed(base, told, components()) if told else base
    for key, moment in MEASURED.items():
        if key in here:
            made = changed(made, moment.keys(made, here[key]), components())
    made = changed(made, last, components()) if last else made
    return replace(made, compute=base.compute)


def has(scenario: Scenario, key: str) -> bool:
    """Is there something that a size can be set in? Programs differ between designs, all else is the same."""
    level, _, rest = key.partition(".")
    return level != "program" or rest.partition(".")[0] in scenario.focal_firm.program


def many(
    task: Task, bases: Sequence[Scenario], values: pd.DataFrame, *, processes: int = 0, label: str = "worlds"
) -> pd.DataFrame:
    """A task in every world. -> a row a world, in the order of the draws, a column a number.

    task   : (scenarios, seed) -> numbers, at the top level of a module; it runs the arms, which share the seed
    bases  : what a world is made of, each as `prepared`: one scenario, or one for each design
    values : as `draw`; the seed of a world is its place in the index, apart from other seeds
    """
    rows = zip(values.index.to_numpy(), values.to_dict("records"), strict=True)
    told = [(int(at), {str(key): plain(value) for key, value in row.items()}) for at, row in rows]
    jobs = [tuple(told[k : k + CHUNK]) for k in range(0, len(told), CHUNK)]
    names = [f"worlds {job[0][0]} to {job[-1][0]}" for job in jobs]
    done = map_runs(partial(some, task, tuple(bases)), jobs, names, processes=processes, label=label)
    return pd.DataFrame([row for part in done for row in part], index=values.index)


def some(
    task: Task, bases: tuple[Scenario, ...], job: tuple[tuple[int, dict[str, Any]], ...]
) -> list[dict[str, float]]:
    """A task in the worlds of one job."""
    return [dict(task([world(base, values) for base in bases], (bases[0].seed + at) ^ APART)) for at, values in job]


def plain(value: Any) -> Any:
    """A drawn value as Python's own."""
    return value.item() if isinstance(value, np.generic) else value
