"""The forms of a checked scenario: plain, canonical with its hash, as a person writes it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from loyaltysim.scenario.model import Scenario


def plain(value: Any) -> Any:
    """Dataclasses, mappings and tuples as sorted dicts and lists."""
    if dataclasses.is_dataclass(value):
        return plain({f.name: getattr(value, f.name) for f in dataclasses.fields(value)})
    if isinstance(value, Mapping):
        return {name: plain(value[name]) for name in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def canonical(scenario: Scenario) -> dict[str, Any]:
    """The one way to say a scenario: plain, sorted, complete; without `compute` and `changed`, which change no result,
    and without what is not asked for.
    """
    tree: dict[str, Any] = plain(scenario)
    asked = {"plugins": scenario.plugins, "worlds": scenario.worlds != "none", "held": scenario.worlds != "none"}
    for name in ("compute", "changed", *(name for name, wanted in asked.items() if not wanted)):
        del tree[name]
    return tree


def config_hash(scenario: Scenario) -> str:
    """SHA-256 of the canonical form, 64 hexadecimal digits."""
    text = json.dumps(canonical(scenario), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def complete(scenario: Scenario) -> dict[str, Any]:
    """As `written`, and what a file keeps beside: whether worlds are drawn even where none are, for run and compare
    would draw some by themselves; what was changed.
    """
    changed = {"changed": list(scenario.changed)} if scenario.changed else {}
    return {**written(scenario), "worlds": scenario.worlds, **changed}


def written(scenario: Scenario) -> dict[str, Any]:
    """The canonical form as a person writes it: the focal firm's program and policy stand at the top."""
    tree = canonical(scenario)
    own = tree["firms"][scenario.focal]
    top = {name: tree.pop(name) for name in ("name", "seed", "seeds", "weeks", "focal")}
    return {**top, "program": own.pop("program"), "policy": own.pop("policy"), **tree}
