"""Components combine: every two rows of conf/program and conf/behaviour, in a tiny market, in plain Python.

Where a pair needs another setting it meets there: contracts, or a market that people enter. What is refused is refused
in words that say why, and is listed here; everything else runs, and keeps money, points and people.
"""

from __future__ import annotations

import copy
import itertools
from functools import cache
from typing import Any

import numpy as np
import pytest

from loyaltysim.configure.compose import components, compose
from loyaltysim.configure.folders import groups
from loyaltysim.market.model import Market
from loyaltysim.scenario.forms import complete
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.read import read
from loyaltysim.scenario.reader import ConfigError
from tests.ledgers import came_in
from tests.scenarios import in_plain
from tests.worlds import LINES

WEEKS = 14
PEOPLE = ("customers.n=16", "behaviour.arrivals.pool=100", "behaviour.arrivals.weekly=0.01")
PLACES = ("grocery", "telecom")  # purchases, then contracts
WORLDS = (("grocery", True), ("telecom", True), ("grocery", False))  # a place, and whether people may enter it
ALONE = {"none"}
LATER = {  # what a row needs here beside: its end within the horizon, a firm that spends
    "by_easter": ["program.challenge.end=13"],
    "acquisition": ["firms.a.acquisition=50"],
}
REFUSED = {  # rows that some others have no place for, and what they say then
    "gaming": "games nothing: no firm has",
    "acquisition": "acts only where market.setting =",
    "inflow": "acts only where market.setting =",
    "coalition": "coalition.partners give points that are used at once",
    "coalition_apart": "coalition.partners give points that are used at once",
}
KINDS = ("program", "behaviour")
Part = tuple[str, str]


@cache
def parts() -> tuple[Part, ...]:
    """(kind, row) of every row that can be put beside others."""
    return tuple((kind, name) for kind in KINDS for name in groups()[kind] if name not in ALONE)


@cache
def pairs() -> tuple[tuple[Part, Part], ...]:
    """Every two of them."""
    return tuple(itertools.combinations(parts(), 2))


@cache
def place(name: str) -> dict[str, Any]:
    """A market without programs, small, as a tree; people may enter it."""
    return complete(compose([f"market={name}", f"weeks={WEEKS}", *PEOPLE]))


@cache
def row(part: Part) -> dict[str, dict[str, Any]]:
    """The components that a row of conf/ brings along, with their keys, by kind. Raises ConfigError."""
    kind, name = part
    beside = [] if kind == "program" else ["program=[points,next_purchase]", "program.points.bonus=50"]
    for market in PLACES:
        common = [f"market={market}", f"weeks={WEEKS}", *beside]
        try:
            own, base = (complete(compose([*common, *more])) for more in ([f"{kind}={name}", *LATER.get(name, ())], []))
        except ConfigError as error:
            refused = error
            continue
        return {k: {one: keys for one, keys in own[k].items() if base[k].get(one) != keys} for k in KINDS}
    raise refused


def built(pair: tuple[Part, ...]) -> Scenario | str:
    """The scenario in the first place that takes the pair; else why none does."""
    refused = []
    for name, entered in WORLDS:
        tree = copy.deepcopy(place(name))
        for part in pair:
            for kind, components_ in row(part).items():
                for one, keys in components_.items():
                    tree[kind][one] = {**tree[kind].get(one, {}), **keys}
        if entered:
            tree["behaviour"]["arrivals"] |= {"pool": 12, "weekly": 0.02, "schedule": []}
        else:
            tree["behaviour"].pop("arrivals")
        try:
            return read(tree, components())
        except ConfigError as error:
            refused.append(str(error))
    return "\n".join(refused)


def lived(scenario: Scenario) -> str:
    """What is wrong with a run; empty where nothing is. Points, money and people are checked by the market itself."""
    with np.errstate(over="ignore", invalid="ignore"):
        book = in_plain(Market(scenario, 3)).run()
    weekly = book.weekly
    left = came_in(weekly) + weekly.breakage - sum(weekly[line] for line in LINES)
    return "" if (left == weekly.profit).all() else "profit is not what the lines leave"


def wrong_with(pair: tuple[tuple[str, str], ...]) -> str:
    """What is wrong with a pair."""
    made = built(pair)
    if isinstance(made, str):
        why = any(REFUSED.get(name, "\0") in made for _, name in pair)
        return "" if why else f"is refused: {made}"
    try:
        return lived(made)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def told(some) -> list[str]:
    """Pairs that fail, with why."""
    return [f"{' + '.join('='.join(part) for part in pair)}: {why}" for pair in some if (why := wrong_with(pair))]


@pytest.mark.thorough
@pytest.mark.parametrize("first", parts(), ids=lambda part: "-".join(part))
def test_every_two_components_run_together(first):
    """Builds, runs a quarter and a week, keeps what is to be kept, raises nothing; with every part that comes after."""
    wrong = told(pair for pair in pairs() if pair[0] == first)
    assert not wrong, "\n".join(wrong)


def test_some_pairs_run_in_every_run_of_the_tests():
    """One pair in two hundred and eleven, so that the long test cannot rot."""
    wrong = told(pairs()[::211])
    assert not wrong, "\n".join(wrong)
