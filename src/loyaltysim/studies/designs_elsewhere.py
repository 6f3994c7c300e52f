"""Designs where one thing that is assumed is otherwise: rivals, tastes, and all designs alike in what is no reward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from loyaltysim.configure.compose import components
from loyaltysim.market.model import Market
from loyaltysim.measures import twins as worlds
from loyaltysim.measures.money import money
from loyaltysim.mechanism.registry import registry
from loyaltysim.runs.pool import map_runs, prepare
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.read import varied
from loyaltysim.studies.designs import Question, focal_program
from loyaltysim.studies.equal_budget import Expected, fund_one, funded_world
from loyaltysim.studies.single import workers

VARIED_SEEDS = 5  # runs on which other assumed values are tried: enough to tell luck
IMITATION = "rivals.policy.imitate.lag=13"  # tried where no rival imitates
PASSIVE = "rivals do not imitate"  # tried where some do
ALIKE = "same k and same joining for all"  # tried where designs differ in them: what the first design has


def elsewhere(asked: Question, scenarios: Sequence[Scenario], budget: float | None) -> pd.DataFrame:
    """Profit and cost of every design where one thing is otherwise; a row per seed.

    The terms stay as found, so that spending differs; only where designs are made `alike` is a budget searched again.
    """
    variants = [*asked.base.vary, PASSIVE if imitated(asked.base) else IMITATION]
    seeds = [asked.base.seed + k for k in range(min(asked.base.seeds, VARIED_SEEDS))]
    made = {text: tuple(variant(s, text) for s in scenarios) for text in variants}
    if (same := alike(scenarios)) != tuple(scenarios):
        made[ALIKE] = same if budget is None else refunded(asked, same, budget)
        variants.insert(0, ALIKE)
    jobs = [(made[text], asked, text, seed) for text in variants for seed in seeds]
    names = [f"{text} seed={seed}" for text in variants for seed in seeds]
    processes = workers(scenarios[0], len(jobs))
    prepare([s for group in made.values() for s in group])
    done = map_runs(try_variant, jobs, names, processes=processes, label="assumptions")
    return pd.DataFrame([row for rows in done for row in rows])


def alike(scenarios: Sequence[Scenario]) -> tuple[Scenario, ...]:
    """The designs' worlds with one k (what a reward costs of its face value) and one way of joining: the first's.

    How people join is in the components that every design has and that are no reward themselves.
    """
    programs, known = [focal_program(s) for s in scenarios], registry()
    k = [getattr(own, key) for p in programs for name, own in p.items() if (key := known[name].cost) is not None]
    joining = {
        n: own for n, own in programs[0].items() if known[n].generosity is None and all(n in p for p in programs)
    }
    made = []
    for scenario, program in zip(scenarios, programs, strict=True):
        same = {
            name: replace(joining.get(name, own), **({key: k[0]} if (key := known[name].cost) is not None else {}))
            for name, own in program.items()
        }
        focal = replace(scenario.focal_firm, program=same)
        made.append(replace(scenario, firms={**scenario.firms, scenario.focal_id: focal}))
    return tuple(made)


def refunded(asked: Question, scenarios: Sequence[Scenario], budget: float) -> tuple[Scenario, ...]:
    """The designs' worlds, each with the term searched again until it costs the budget."""
    jobs = [
        (Expected(s, d.component, d.term, asked.launch), budget) for s, d in zip(scenarios, asked.designs, strict=True)
    ]
    names, processes = [f"design={d.name}" for d in asked.designs], workers(scenarios[0], len(jobs))
    found = map_runs(fund_one, jobs, names, processes=processes, label="equal budget, alike")
    return tuple(funded_world(s, f) for s, f in zip(scenarios, found, strict=True))


def imitated(base: Scenario) -> bool:
    """Does any rival copy what others show?"""
    return any("imitate" in firm.policy for name, firm in base.firms.items() if name != base.focal)


def variant(scenario: Scenario, text: str) -> Scenario:
    """A design's world where one thing is otherwise; unchanged if that speaks of a component that it does not have."""
    if text == PASSIVE:
        firms = {
            name: firm if name == scenario.focal else replace(firm, policy=without(firm.policy, "imitate"))
            for name, firm in scenario.firms.items()
        }
        return replace(scenario, firms=firms)
    path = text.partition("=")[0].split(".")
    if path[0] == "program" and path[1] not in focal_program(scenario):
        return scenario
    return varied(scenario, text, components())


def without(mapping: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A mapping less one key."""
    return {key: value for key, value in mapping.items() if key != name}


def try_variant(job: tuple[tuple[Scenario, ...], Question, str, int]) -> list[dict[str, Any]]:
    """One seed of one variant: a row per design."""
    scenarios, asked, text, seed = job
    bare, rows = Market(worlds.no_program(scenarios[0]), seed).run(), []
    for design, scenario in zip(asked.designs, scenarios, strict=True):
        numbers = money(scenario, Market(scenario, seed).run(), bare, asked.launch)
        rows.append({"variant": text, "design": design.name, "seed": seed, **numbers})
    return rows
