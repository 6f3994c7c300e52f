"""Random worlds that a scenario may describe, small enough to run by hundreds: `python -m tests.worlds 0 5000`.

Each is drawn from the vocabulary itself: every key at its default or anywhere in its range, ends included, and several
components of each kind. What a draw may not say together is taken out again, as the refusal names it.
"""

from __future__ import annotations

import dataclasses
import json
import math
import random
import sys
import time
import traceback
from collections.abc import Mapping
from typing import Any
from unittest import mock

import numba
import numpy as np

from loyaltysim.accounting import journal
from loyaltysim.configure.compose import components
from loyaltysim.present import run as page
from loyaltysim.runs.files import Records
from loyaltysim.runs.pool import RunFailed
from loyaltysim.scenario.model import Basket, Customers, Firm, Links, Market, Scenario, Survey
from loyaltysim.scenario.read import read
from loyaltysim.scenario.reader import ConfigError, hints
from loyaltysim.studies.ledger import Ledger
from loyaltysim.studies.single import Run
from tests.ledgers import came_in, unsound, unsound_expected

OFTEN = {"M": (1.0, 400.0), "K": (0.1, 20.0), "S": (0.1, 50.0), "mean": (0.5, 500.0), "sd_between": (0.0, 1.0),
         "sd_within": (0.0, 1.0), "price": (0.5, 2.0), "base_price": (0.5, 2.0), "unit_cost": (0.0, 0.5),
         "reference_price": (0.5, 2.0), "pool": (0, 60)}  # fmt: skip
LINES = ("cost_of_goods", "reward_cost", "liability_change", "touchpoints", "recovery", "fixed_cost", "acquisition")


def value(rng: random.Random, name: str, kind: Any, facts: Mapping[str, Any], weeks: int) -> Any:
    """A value of a key anywhere in its range, ends included; nothing where it has no range."""
    if facts.get("choices"):
        return rng.choice(facts["choices"])
    if kind is bool:
        return rng.random() < 0.5
    low, high = OFTEN.get(name, (facts.get("low"), facts.get("high")))
    if facts.get("unit") == "week":
        low, high = 0, weeks - 1
    if low is None or high is None or kind not in (int, float):
        return None
    if rng.random() < 0.1:
        return rng.choice((low, high))
    if high > 100.0 * max(1.0, abs(low)):  # wide: mostly near what is usual
        drawn = low + (min(high, 1e4) - low) ** rng.random() - (rng.random() < 0.5)
    else:
        drawn = rng.uniform(low, high)
    drawn = min(max(drawn, low), high)
    return round(drawn) if kind is int else float(f"{drawn:.{rng.randint(1, 4)}g}")


def keys(rng: random.Random, cls: type, weeks: int, often: float = 0.3) -> dict[str, Any]:
    """Some keys of a block, the others at their defaults."""
    found = {}
    for field in dataclasses.fields(cls):
        if rng.random() < often and not dataclasses.is_dataclass(hints(cls)[field.name]):
            kind = next((k for k in (bool, int, float) if k in (hints(cls)[field.name], field.type) or field.type == (
                f"{k.__name__} | None")), None)  # fmt: skip
            drawn = value(rng, field.name, kind, field.metadata, weeks)
            found |= {field.name: drawn} if drawn is not None else {}
    return found


def chosen(rng: random.Random, level: str, most: int, weeks: int) -> dict[str, Any]:
    """Several components of a kind, each with some of its keys."""
    known = components()[level]
    names = rng.sample(sorted(known), rng.randint(0, most))
    return {name: keys(rng, known[name].terms, weeks) for name in names}


def tree(rng: random.Random) -> dict[str, Any]:
    """What a person might write; it may have to be refused."""
    weeks, setting = min(rng.randint(1, 20), rng.randint(1, 60)), rng.choice(("store", "store", "brand", "contract"))
    names = "abcd"[: rng.randint(1, 4)]
    parts = [rng.uniform(0.2, 1.0) for _ in names]
    firms = {
        name: {**keys(rng, Firm, weeks, 0.15), "share": part / sum(parts)}
        for name, part in zip(names, parts, strict=True)
    }
    market = {**keys(rng, Market, weeks), "setting": setting, "basket": keys(rng, Basket, weeks, 0.5)}
    if setting == "contract":
        market["M"] = rng.choice((52.0, 26.0, 13.0, 6.5, 4.0))
    program = (
        {}
        if rng.random() < 0.1
        else {**chosen(rng, "program", 4, weeks), "points": keys(rng, components()["program"]["points"].terms, weeks)}
    )
    launch = rng.randint(0, weeks - 1)
    people = min(rng.randint(1, 12), rng.randint(1, 40))
    return {
        "seed": rng.randint(0, 10**6), "seeds": rng.choice((1, 1, 2)), "weeks": weeks, "market": market,
        "customers": {**keys(rng, Customers, weeks), "n": people, "links": keys(rng, Links, weeks, 0.4)},
        "behaviour": chosen(rng, "behaviour", 4, weeks), "program": program,
        "policy": rng.choice(({}, {}, {"launch": {"week": launch}}, chosen(rng, "policy", 2, weeks))),
        "rivals": {"program": chosen(rng, "program", 2, weeks), "policy": chosen(rng, "policy", 2, weeks)},
        "firms": firms, "focal": rng.choice(names),
        "vary": rng.choice(([], [], ["market.S=2"], ["customers.price_sensitivity=3"])),
        "record": {"panel": rng.random() < 0.9, "log": rng.random() < 0.3, "survey": keys(rng, Survey, weeks, 0.3)},
        "compute": {"processes": 1},
    }  # fmt: skip


def world(seed: int) -> Scenario:
    """A checked scenario of this number: draws are repeated, less what the refusals name, until one can be."""
    rng = random.Random(seed)
    while True:
        drawn = tree(rng)
        for _ in range(8):
            try:
                return read(drawn, components())
            except ConfigError as error:
                for problem in error.problems:
                    remove(drawn, problem.key)


def remove(node: Any, key: str) -> None:
    """Take out a key that was refused; of a firm's component that is written once for all, there."""
    names = key.split(".")
    if names[0] == "firms" and names[2:3] in (["program"], ["policy"]):
        remove(node, ".".join(names[2:]))
        remove(node, ".".join(["rivals", *names[2:]]))
    for name in names[:-1]:
        node = node.get(name) if isinstance(node, dict) else None
    if isinstance(node, dict) and names[-1] not in ("share", "n", "setting", "points"):
        node.pop(names[-1], None)


TOLD = ("never starts the program", "times a week; lower market.M or raise market.K")  # what `run` refuses as it runs


def studied(scenario: Scenario) -> Records | None:
    """What `run` makes of a world, in plain Python; None where it refuses in words what no check can foresee."""
    with mock.patch.object(numba.config, "DISABLE_JIT", True), np.errstate(over="ignore", invalid="ignore"):
        try:
            return Run(scenario).answer().found
        except (ConfigError, RunFailed) as error:
            if any(words in str(error) for words in TOLD):
                return None
            raise


def broken(records: Records) -> list[str]:
    """What is wrong with the numbers of a run, in words: no number is not a number, nothing is made or lost."""
    wrong = []
    json.dumps(records.summary, allow_nan=False)  # no summary file could hold it
    for name, e in records.summary.items():
        if (e["value"] is None) != (e["n"] == 0):
            wrong.append(f"{name} is {e['value']} of {e['n']} runs")
        if e["value"] is not None and not math.isfinite(e["value"]):
            wrong.append(f"{name} is {e['value']}")
    firms = records.firms
    wrong += [f"{c} is not a number" for c in firms.select_dtypes("number") if not np.isfinite(firms[c]).all()]
    if (firms.profit != came_in(firms) + firms.get("refunded", 0) - sum(firms[c] for c in LINES if c in firms)).any():
        wrong.append("profit is not what came in less what went out")
    if len(records.panel):
        spent = records.panel.groupby("arm").spend.sum()
        taken = firms[firms.seed == records.scenario.seed].groupby("arm").revenue.sum()
        wrong += [
            f"{arm}: customers spent {spent[arm]}, firms took {taken[arm]}"
            for arm in spent.index
            if spent[arm] != taken[arm]
        ]
    for (arm, seed), weekly in firms.groupby(["arm", "seed"]):
        told = Ledger(records, str(arm), int(seed), journal.MONDAY)
        tables = told.tables
        said = unsound(tables["journal"], tables["points"], weekly)
        said += unsound_expected(tables["journal_expected"], tables["points"], tables["vintages"], weekly)
        wrong += [f"{arm}, seed {seed}: {one}" for one in said]
    for issued in (c for c in firms if c.endswith("_issued")):
        gone = [
            c
            for c in firms
            if c.startswith(issued.split("_")[0]) and c.endswith(("_redeemed", "_expired", "_lost", "_paid"))
        ]
        sums = firms.groupby(["arm", "seed", "firm"])[[issued, *gone]].sum()
        wrong += [f"more {issued.split('_')[0]} gone than issued"] * bool((sums[gone].sum(axis=1) > sums[issued]).any())
    return wrong


def tried(seed: int) -> list[str]:
    """What is wrong with the world of this number; [] if nothing is, a crash as its traceback."""
    try:
        records = studied(world(seed))
        if records is None:
            return []
        page.screen(records), page.reading(records)
        return broken(records)
    except Exception:  # whatever it is, it is told with the number of its world
        return [traceback.format_exc()]


def main(first: int, last: int) -> int:
    """Try worlds by number; print what is wrong, and how many were tried."""
    begun, failed = time.time(), 0
    for seed in range(first, last):
        if wrong := tried(seed):
            failed += 1
            print(f"--- world {seed}: " + "\n".join(wrong), flush=True)
    print(f"{last - first} worlds, {failed} wrong, {time.time() - begun:.0f} s")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
