"""Reads a scenario: a plain tree becomes a checked `Scenario`, or every problem is named at once.

`read` raises `ConfigError` with every problem; `parameters` lists every key.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from loyaltysim.scenario.checks import (
    check_contracts,
    check_dates,
    check_firms,
    check_fits,
    check_money,
    check_name,
    check_named_firms,
    check_policies,
    check_rewards,
)
from loyaltysim.scenario.forms import written
from loyaltysim.scenario.model import Scenario, Written
from loyaltysim.scenario.outside import demand, records
from loyaltysim.scenario.reader import Components, ConfigError, Parameter, Problem, Reader
from loyaltysim.scenario.reader import parameters as listed
from loyaltysim.scenario.settle import settle, supply
from loyaltysim.scenario.size import check_size


def read(tree: Mapping[str, Any], components: Components, places: Mapping[str, str] | None = None) -> Scenario:
    """Check a plain tree and build its scenario.

    components : {"behaviour" | "program" | "policy": {name: Component}}
    places     : full key -> where it was written, for messages; "" -> the default place
    Raises ConfigError with every problem: place, key, value, what is allowed, nearest name.
    """
    reader = Reader(components, places)
    reader.vocabulary = lambda: [parameter.key for parameter in listed(Written, components)]
    demand(noted(tree), reader.place("plugins"))
    written = reader.record(Written, tree)
    if written is not None:
        for check in (check_name, check_firms, check_policies, check_named_firms, check_money, check_dates, check_size):
            check(reader, written)
    if written is None or not reader.sound("firms", "focal", "program", "policy", "rivals"):
        raise ConfigError(reader.problems)
    scenario = dataclasses.replace(supply(settle(written), components), plugins=records())
    check_rewards(reader, scenario)
    check_contracts(reader, scenario)
    check_fits(reader, scenario)
    if not reader.problems:
        check_vary(reader, scenario)
    if reader.problems:
        raise ConfigError(reader.problems)
    return scenario


def noted(tree: Mapping[str, Any]) -> list[str]:
    """The files from outside that a tree says it was made with."""
    found = tree.get("plugins", ())
    return [text for text in found if isinstance(text, str)] if isinstance(found, (list, tuple)) else []


def check_vary(reader: Reader, scenario: Scenario) -> None:
    """Every variant is a scenario that could run by itself."""
    for i, text in enumerate(scenario.vary):
        try:
            varied(scenario, text, reader.components)
        except ConfigError as error:
            for problem in error.problems:
                reader.refuse(f"vary[{i}]", f"leads to: {problem.key} {problem.message}", text)


def varied(scenario: Scenario, text: str, components: Components) -> Scenario:
    """The scenario with one number at another value ("market.S=0.6"), checked like any other.

    The focal firm's program is named as on a command line ("program.points.face_value=10"); what all rivals do may be
    new to the scenario ("rivals.policy.imitate.lag=13"). Raises ConfigError.
    """
    key, _, value = text.partition("=")
    tree = written(scenario)
    *path, last = key.split(".")
    node: Any = tree
    for name in path:
        if path[0] == "rivals" and isinstance(node, dict):
            node.setdefault(name, {last: None} if name == path[-1] else {})
        node = node.get(name) if isinstance(node, dict) else None
    if not isinstance(node, dict) or last not in node:
        raise ConfigError([Problem(key, "is no key of this scenario; write key=number such as market.S=0.6")])
    try:
        node[last] = float(value)
    except ValueError:
        raise ConfigError([Problem(key, "expected a number such as 0.6", value)]) from None
    return dataclasses.replace(read({**tree, "vary": []}, components), compute=scenario.compute)


def parameters(components: Components) -> list[Parameter]:
    """Every key that a configuration may set, in order."""
    return list(listed(Written, components))
