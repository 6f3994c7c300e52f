"""How customers respond and what programs do, one file each in `behaviour/` and `programs/`: collected here.

Adding a mechanism is adding a file with a `MECHANISM`; its fields join the customer record, its terms the schema, its
hooks the step.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from loyaltysim.mechanism.declare import Amplifier, Field, Hook, Mechanism, Stock
from loyaltysim.scenario.settle import needed

__all__ = [
    "Amplifier",
    "Field",
    "Hook",
    "Mechanism",
    "Stock",
    "absent",
    "active",
    "amplifiers",
    "at_work",
    "components",
    "register",
    "registry",
]

ROOMS = ("loyaltysim.behaviour", "loyaltysim.programs")  # a file there with a `MECHANISM` is one
OUTSIDE: list[Mechanism] = []  # mechanisms that a study brings along


@cache
def registry() -> dict[str, Mechanism]:
    """Every mechanism by name, in the order in which they act: those of the package, then registered ones."""
    packages = [importlib.import_module(name) for name in ROOMS]
    names = [f"{package.__name__}.{m.name}" for package in packages for m in pkgutil.iter_modules(package.__path__)]
    modules = [importlib.import_module(name) for name in names]
    found = [*(m.MECHANISM for m in modules if hasattr(m, "MECHANISM")), *OUTSIDE]
    return {m.name: m for m in sorted(found, key=lambda m: (m.order, m.name))}


def register(mechanism: Mechanism) -> None:
    """Bring a mechanism along from outside the package; its file must be importable wherever the market runs.

    Registering it again does nothing. ValueError if another mechanism has its name.
    """
    known = registry().get(mechanism.name)
    if known is not None and known is not mechanism:
        raise ValueError(f"a mechanism {mechanism.name!r} exists already; give yours another name")
    if known is None:
        OUTSIDE.append(mechanism)
        registry.cache_clear()


def components() -> dict[str, dict[str, Mechanism]]:
    """Mechanisms by level, as the schema asks for them: {"behaviour": {...}, "program": {...}}."""
    levels: dict[str, dict[str, Mechanism]] = {"behaviour": {}, "program": {}}
    for m in registry().values():
        levels[m.level][m.name] = m
    return levels


def amplifiers() -> dict[str, Amplifier]:
    """What a study may switch off, by name: of programs, then of behaviours, the last to act first."""
    ordered = sorted(registry().values(), key=lambda m: (m.level != "program", -m.order))
    return {name: amplifier for m in ordered for name, amplifier in m.amplifiers.items()}


def at_work(scenario) -> tuple[str, ...]:
    """Behaviour that moves choices without any program, as "habit.premium=0.14"; empty where closed forms hold."""
    known = registry()
    if len(scenario.firms) == 1 and scenario.market.setting != "contract":  # who ends a contract goes without
        return ()
    return tuple(
        f"{name}.{key}={value:g}"
        for name, terms in sorted(scenario.behaviour.items())
        if (alone := known[name].alone) is not None
        for key, value in alone(terms, scenario).items()
    )


def absent(name: str) -> float | int:
    """What stands for a field or a column of a firm whose mechanism is not at work; KeyError if nobody has the name."""
    for m in registry().values():
        if name in m.fields and not callable(m.fields[name].start):
            return m.fields[name].start
        if name in m.around_columns:
            return m.around_columns[name]
        if m.level == "program" and name in (columns := m.columns(None, {})):
            return columns[name]
    raise KeyError(name)


def active(scenario) -> list[Mechanism]:
    """The mechanisms that a scenario uses: configured, wanted, or needed by one of these; in order of action."""
    names = set(scenario.behaviour) | {name for firm in scenario.firms.values() for name in firm.program}
    names |= {m.name for m in registry().values() if m.wanted is not None and m.wanted(scenario)}
    used = needed(names, registry())
    return [m for m in registry().values() if m.name in used]
