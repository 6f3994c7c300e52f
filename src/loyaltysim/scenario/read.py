"""Reads a scenario: a plain tree becomes a checked `Scenario`, or every problem is named at once.

`read` raises `ConfigError` with every problem; `parameters` lists every key.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from loyaltysim.scenario.checks import (
    check_contracts,
    check_dates,
    check_firms,
    check_fits,
    check_luck,
    check_money,
    check_name,
    check_named_firms,
    check_policies,
    check_rewards,
)
from loyaltysim.scenario.equal import EXPECTED, equal_firms, number_of
from loyaltysim.scenario.forms import plain, written
from loyaltysim.scenario.hints import nearest
from loyaltysim.scenario.model import Scenario, Written
from loyaltysim.scenario.outside import demand, records
from loyaltysim.scenario.reader import Components, ConfigError, Parameter, Problem, Reader
from loyaltysim.scenario.reader import parameters as listed
from loyaltysim.scenario.settle import settle, supply
from loyaltysim.scenario.size import check_size

CHECKS = (
    check_name, check_firms, check_luck, check_policies, check_named_firms, check_money, check_dates, check_size,
)  # fmt: skip


def read(tree: Mapping[str, Any], components: Components, places: Mapping[str, str] | None = None) -> Scenario:
    """Check a plain tree and build its scenario.

    components : {"behaviour" | "program" | "policy": {name: Component}}
    places     : full key -> where it was written, for messages; "" -> the default place
    Raises ConfigError with every problem: place, key, value, what is allowed, nearest name.
    """
    reader = Reader(components, places)
    reader.vocabulary = lambda: [parameter.key for parameter in listed(Written, components)]
    demand(noted(tree), reader.place("plugins"))
    written = reader.record(Written, equally(reader, tree))
    if written is not None:
        for check in CHECKS:
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


def equally(reader: Reader, tree: Mapping[str, Any]) -> Mapping[str, Any]:
    """A tree with its firms by id, where it says how many equal ones; without them, where what it says is neither."""
    raw = tree.get("firms", {})
    if isinstance(raw, Mapping):
        return tree
    if (many := number_of(raw)) is not None:
        return {**tree, "firms": equal_firms(many, {})}
    reader.refuse("firms", EXPECTED, raw)
    return {name: value for name, value in tree.items() if name != "firms"}


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


def changed(scenario: Scenario, values: Mapping[str, object], components: Components) -> Scenario:
    """The scenario with keys at other values, read and checked again: what `Scenario.with_` does.

    values : by key, dotted as on a command line: the focal firm's program is "program.points.face_value" (or
    "firms.a.program..." with its id); "rivals.policy.imitate.lag" is of all rivals that imitate, or of all rivals if
    none does yet
    Raises ConfigError: no such key, with the nearest; a value out of its range; or a scenario that cannot be.
    """
    tree = {**written(scenario), "compute": plain(scenario.compute)}
    for key, value in values.items():
        for path in paths(scenario, key):
            put(tree, key, path, value)
    return read(tree, components)


def put(tree: dict[str, Any], key: str, path: Sequence[str], value: object) -> None:
    """Set a value at a path of a tree. Raises ConfigError for one that the tree does not have, rivals' keys aside."""
    node: Any = tree
    for depth, name in enumerate(path):
        if path[0] == "rivals":
            node.setdefault(name, {})
        if not isinstance(node, dict) or name not in node:
            raise unknown(tree, key, path, depth)
        if depth + 1 < len(path):
            node = node[name]
    node[path[-1]] = value


def paths(scenario: Scenario, key: str) -> list[list[str]]:
    """Where a key stands in what `written` gives: the focal firm's components at the top, those of rivals at each."""
    first, *rest = path = key.split(".")
    if path[:2] == ["firms", str(scenario.focal)] and path[2:3] in (["program"], ["policy"]):
        return [path[2:]]
    if first == "rivals" and len(rest) > 1 and rest[0] in ("program", "policy"):
        others = [name for name in scenario.firms if name != scenario.focal]
        having = [name for name in others if rest[1] in getattr(scenario.firms[name], rest[0])]
        return [["firms", name, *rest] for name in having] or [path]
    return [path]


def unknown(tree: Mapping[str, Any], key: str, path: Sequence[str], depth: int) -> ConfigError:
    """That a scenario has no such key, with the nearest one."""
    node: Any = tree
    for name in path[:depth]:
        node = node[name]
    here = list(map(str, node)) if isinstance(node, Mapping) else []
    near = nearest(path[depth], here)
    full = ".".join([*path[:depth], near, *path[depth + 1 :]]) if near else None
    full = full or (nearest(key, keys_of(tree)) if depth == 0 else None)
    hint = f"; did you mean {full}?" if full is not None else f"; known here: {', '.join(here) or 'none'}"
    return ConfigError([Problem(key, f"is no key of this scenario{hint}")])


def keys_of(tree: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Every dotted key of a plain tree that holds a value."""
    for name, value in tree.items():
        key = f"{path}.{name}" if path else str(name)
        yield from keys_of(value, key) if isinstance(value, Mapping) else (key,)


def varied(scenario: Scenario, text: str, components: Components) -> Scenario:
    """The scenario with one number at another value ("market.S=0.6"), and nothing else to vary. Raises ConfigError."""
    key, equals, value = text.partition("=")
    if not equals:
        raise ConfigError([Problem(key, "is no variant; write key=number such as market.S=0.6")])
    try:
        number = float(value)
    except ValueError:
        raise ConfigError([Problem(key, "expected a number such as 0.6", value)]) from None
    return changed(dataclasses.replace(scenario, vary=()), {key: number}, components)


def parameters(components: Components) -> list[Parameter]:
    """Every key that a configuration may set, in order."""
    return list(listed(Written, components))
