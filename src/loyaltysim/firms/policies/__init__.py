"""How firms decide, one file each: from what a real firm could see, never from customers' hidden state.

A file defines `POLICY`, a `Policy` of its own name. Every week it is asked `decide(terms, seen, draw) -> Decision`.
Policies of one firm decide about different things: two that set the same are refused.
"""

from __future__ import annotations

from functools import cache

from loyaltysim.firms.decision import Policy
from loyaltysim.mechanism.registry import declared
from loyaltysim.scenario.model import Scenario

OUTSIDE: list[Policy] = []  # policies that a study brings along


@cache
def registry() -> dict[str, Policy]:
    """Every policy by name: those of the package, then registered ones.

    Raises ImportError for a file of this folder that declares none, or one of another name.
    """
    found = declared(__name__, "POLICY", Policy)
    return {policy.name: policy for policy in sorted([*found, *OUTSIDE], key=lambda p: p.name)}


def move_in_and_out(scenario: Scenario) -> bool:
    """Is there a firm that may come or go?"""
    return any("active" in registry()[name].sets for firm in scenario.firms.values() for name in firm.policy)


def absent(scenario: Scenario) -> list[bool]:
    """Which firms begin outside the market, in their order."""
    return [any(registry()[name].absent for name in firm.policy) for firm in scenario.firms.values()]


def register(policy: Policy) -> None:
    """Bring a policy along from outside the package; its file must be importable wherever the market runs.

    Registering it again does nothing. ValueError if another policy has its name.
    """
    known = registry().get(policy.name)
    if known is not None and known is not policy:
        raise ValueError(f"a policy {policy.name!r} exists already; give yours another name")
    if known is None:
        OUTSIDE.append(policy)
        registry.cache_clear()


def forget(policy: Policy) -> None:
    """Undo `register`; nothing where it was not registered."""
    if policy in OUTSIDE:
        OUTSIDE.remove(policy)
        registry.cache_clear()


def components() -> dict[str, dict[str, Policy]]:
    """Policies as the schema asks for them: {"policy": {...}}."""
    return {"policy": dict(registry())}
