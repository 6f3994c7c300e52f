"""Small comparisons that several tests read: one that is run, one whose runs are written down by hand."""

from __future__ import annotations

import dataclasses
import math
from functools import cache
from unittest import mock

import numpy as np
import pandas as pd
from numba import config

from loyaltysim.measures.comparison import YEARS, Comparison
from loyaltysim.measures.designs_over_worlds import DesignsOverWorlds
from loyaltysim.present.comparison_words import COLUMNS
from loyaltysim.scenario.model import Compute
from loyaltysim.studies import designs
from loyaltysim.studies.comparison import compare
from loyaltysim.studies.equal_budget import Funded
from tests import scenarios

LAUNCH, EVIL = 6, '=1+1<script>alert("x")</script>$a_{'
POINTS = {"earn": 1.0, "threshold": 100.0, "face_value": 3.0, "cost": 0.8}
JOINING = {"ask": 0.5, "hassle": 8.0, "scale": 7.0}


PEOPLE = 25 if config.DISABLE_JIT else 250  # fewer where the mutants run the step in plain Python


def market(n: int = PEOPLE, seeds: int = 5, **more):
    """Firm "a" launches in week 6; no program of its own, so that designs are laid in."""
    given = {"policy": {"launch": {"week": LAUNCH}}, "log": False, **more}
    scenario = scenarios.world(n, 52, **given)
    return dataclasses.replace(scenario, seeds=seeds, vary=("market.S=2.6",), compute=Compute(processes=1))


@cache
def compared() -> Comparison:
    """A design, its twin, a placebo that only costs, and one found by its threshold whose name means harm."""
    own = {"points": POINTS, "membership": JOINING}
    programs = {
        "points": own,
        "twin": own,
        "placebo": {"points": {**POINTS, "face_value": 0.0}, "membership": {**JOINING, "running": 5.0}},
        EVIL: {"points": {**POINTS, "face_value": 6.0}, "membership": JOINING},
    }
    terms = {"placebo": "membership.running", EVIL: "points.threshold"}
    with mock.patch.object(designs, "same_programs", lambda designs: []):  # the twin is asked for on purpose
        return compare(market(), programs, horizon=2, terms=terms)


def told_by_hand() -> Comparison:
    """A comparison whose runs are written down, not simulated: two designs, one with a name that means harm."""
    own = {"points": POINTS}
    two = [{"name": EVIL, "program": own}, {"name": "b", "program": {"points": {**POINTS, "cost": 0.7}}}]
    with mock.patch.object(designs, "launch_week", lambda scenario: LAUNCH):  # known; a market need not be compiled
        asked = designs.question(market(20), {"programs": two, "budget": 1.0})
    numbers = {name: 1.0 for name in (*(c.name for c in COLUMNS), "ahead_until_week") if name != "return"}
    rows = [
        {"design": d.name, "seed": s, "years": y, **numbers} for d in asked.designs for s in range(2) for y in YEARS
    ]
    moved = {**numbers, "profit_per_customer": 2.0}
    variants = [{"variant": "market.S=9", "design": d.name, "seed": 1, **moved} for d in asked.designs]
    funded = tuple(Funded("points", "face_value", 3.0, 3.0, 1.0, True) for _ in asked.designs)
    worlds = tuple(d.scenario for d in asked.designs)
    return Comparison(asked, 1.0, funded, worlds, pd.DataFrame(rows), pd.DataFrame(variants))


def small(factor: float, apart: float) -> Comparison:
    """Two designs at a budget of `factor`: profits of -0.7 and `apart` less of it, in each of 5 runs."""
    by_hand = told_by_hand()
    profit = {d: -0.7 * factor - apart * factor * k for k, d in enumerate(by_hand.names)}
    rows = by_hand.runs[by_hand.runs.seed == 0]
    runs = pd.concat([rows.assign(seed=k) for k in range(5)])
    runs = runs.assign(profit_per_customer=runs.design.map(profit), program_cost_per_customer=factor)
    variants = by_hand.variants.assign(profit_per_customer=by_hand.variants.design.map(profit) + 0.2 * factor)
    variants = pd.concat([variants.assign(seed=k) for k in range(5)])
    asked = dataclasses.replace(by_hand.question, base=dataclasses.replace(by_hand.question.base, seeds=5))
    return dataclasses.replace(by_hand, question=asked, budget=factor, runs=runs, variants=variants)


# --- written down: as saved tables are ---------------------------------------------------------------------------

PROGRAMS = {
    "points": {"points": POINTS},
    "cashback": {"cashback": {"rate": 0.02}},
    "stamps": {"stamps": {"needed": 10, "face_value": 4.0}},
    "club": {"recognition": {"probability": 0.2}},
}
WORLDS = 60


@cache
def asked(names: tuple[str, ...], seeds: int, free: bool) -> designs.Question:
    """The question of designs by name, in a small market."""
    programs = [
        {"name": name, "program": {k: v for part in name.split("+") for k, v in PROGRAMS[part].items()}}
        for name in names
    ]
    with mock.patch.object(designs, "launch_week", lambda scenario: LAUNCH):
        found = designs.question(market(20, seeds), {"programs": programs, "budget": "free" if free else 10.0})
    return found


def written(
    profit: dict[str, float],
    variants: dict[str, dict[str, float]] | None = None,
    *,
    seeds: int = 6,
    noise: float = 0.02,
    worlds: dict[str, np.ndarray] | None = None,
    short: dict[str, float] | None = None,
    cost: dict[str, float] | None = None,
    free: bool = False,
) -> Comparison:
    """A comparison from its tables: the mean profit of each design here and in each variant; runs share their luck.

    worlds : profit of each design in each of WORLDS worlds;  short : designs that cannot spend the budget of 10, and
    what they spend
    """
    question = asked(tuple(profit), seeds, free)
    short, spent = short or {}, {**dict.fromkeys(profit, 10.0), **(short or {}), **(cost or {})}
    luck = [noise * (-1) ** k * (1 + k // 2) for k in range(seeds)]
    numbers = {c.name: 1.0 for c in COLUMNS if c.name != "return"} | {"ahead_until_week": 1.0}

    def row(design: str, k: int, value: float) -> dict[str, object]:
        own = noise * 0.1 * ((k * 7 + len(design)) % 3 - 1)  # so that no difference is without luck
        return {**numbers, "profit_per_customer": value + luck[k] + own, "program_cost_per_customer": spent[design]}

    runs = [
        {"design": d, "seed": k, "years": y, **row(d, k, value)}
        for d, value in profit.items()
        for k in range(seeds)
        for y in YEARS
    ]
    tried = [
        {"variant": text, "design": d, "seed": k, **row(d, k, value)}
        for text, values in (variants or {"market.S=2.6": {d: v * 1.1 for d, v in profit.items()}}).items()
        for d, value in values.items()
        for k in range(min(seeds, 5))
    ]
    funded = tuple(
        Funded("", "", math.nan, math.nan, spent[d], True)
        if free
        else Funded(design.component, design.term, 3.0, 2.5, spent[d], d not in short)
        for d, design in zip(profit, question.designs, strict=True)
    )
    scenarios_ = tuple(d.scenario for d in question.designs)
    unknown = None if worlds is None else over_worlds(worlds)
    budget = None if free else 10.0
    return Comparison(question, budget, funded, scenarios_, pd.DataFrame(runs), pd.DataFrame(tried), unknown)


def over_worlds(profit: dict[str, np.ndarray]) -> DesignsOverWorlds:
    """Worlds by hand: what nobody knows is how strongly customers react to prices, which goes with the first design."""
    table = pd.DataFrame(profit)
    first = table.iloc[:, 0].rank(method="first")
    sizes = pd.DataFrame({"measured.elasticity": first, "measured.margin": np.tile([0.2, 0.3], WORLDS // 2)})
    return DesignsOverWorlds(table, table / 100.0, sizes, ("by hand",))


def swapped(c: Comparison, a: str, b: str) -> Comparison:
    """The same tables with two designs exchanged."""
    names = {a: b, b: a}
    unknown = c.unknown
    if unknown is not None:
        turned = [part.rename(columns=names)[list(part)] for part in (unknown.profit, unknown.of_sales)]
        unknown = dataclasses.replace(unknown, profit=turned[0], of_sales=turned[1])
    runs, variants = (table.assign(design=table.design.replace(names)) for table in (c.runs, c.variants))
    return dataclasses.replace(c, runs=runs, variants=variants, unknown=unknown)


def flipped(c: Comparison) -> Comparison:
    """The same tables with every profit's sign turned."""
    runs, variants = (table.assign(profit_per_customer=-table.profit_per_customer) for table in (c.runs, c.variants))
    unknown = c.unknown
    if unknown is not None:
        unknown = dataclasses.replace(unknown, profit=-unknown.profit, of_sales=-unknown.of_sales)
    return dataclasses.replace(c, runs=runs, variants=variants, unknown=unknown)
