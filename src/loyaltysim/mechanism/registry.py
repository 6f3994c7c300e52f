"""How customers respond and what programs do, one file each in `behaviour/` and `programs/`: collected here.

Adding a mechanism is adding a file with a `MECHANISM`; its fields join the customer record, its terms the schema, its
hooks the step.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Any, Protocol, TypeVar

from loyaltysim.mechanism.declare import Amplifier, Field, Hook, Mechanism, Role, Stock
from loyaltysim.mechanism.examine import examine
from loyaltysim.scenario.hints import nearest
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.settle import needed

__all__ = [
    "Amplifier",
    "Field",
    "Hook",
    "Mechanism",
    "Role",
    "Stock",
    "active",
    "amplifiers",
    "at_work",
    "components",
    "declared",
    "forget",
    "register",
    "registry",
    "terms_of",
]

ROOMS = ("loyaltysim.behaviour", "loyaltysim.programs")  # a file there with a `MECHANISM` is one
OUTSIDE: list[Mechanism] = []  # mechanisms that a study brings along


class Named(Protocol):
    """What a file of a room declares: it has the file's name."""

    @property
    def name(self) -> str:
        """As in a configuration."""


Declared = TypeVar("Declared", bound=Named)


@cache
def registry() -> dict[str, Mechanism]:
    """Every mechanism by name, in the order in which they act: those of the package, then registered ones.

    Raises ImportError for a file of their rooms that declares none, or one of another name.
    """
    found = [m for room in ROOMS for m in declared(room, "MECHANISM", Mechanism)]
    return {m.name: m for m in sorted([*found, *OUTSIDE], key=lambda m: (m.order, m.name))}


def declared(room: str, attribute: str, kind: type[Declared]) -> list[Declared]:
    """What each file of a room declares under a name. room : of a package, such as "loyaltysim.programs"

    Raises ImportError for a file that has no such name, with the nearest that it has, or whose object is called
    otherwise than the file.
    """
    found = []
    for file in pkgutil.iter_modules(importlib.import_module(room).__path__):
        module = importlib.import_module(f"{room}.{file.name}")
        own = getattr(module, attribute, None)
        if not isinstance(own, kind):
            near = nearest(attribute, vars(module))
            hint = f"it has {near}" if near else "it has nothing of that name"
            raise ImportError(f"{module.__file__} must define {attribute} = {kind.__name__}(...); {hint}")
        if own.name != file.name:
            raise ImportError(f"{module.__file__} declares {own.name!r}; call it {file.name!r} as its file")
        found.append(own)
    return found


def register(mechanism: Mechanism) -> None:
    """Bring a mechanism along from outside the package; its file must be importable wherever the market runs.

    Registering it again does nothing. ValueError if another mechanism has its name, or if one of its rules asks for
    what does not exist: it names the rule, its file, and the nearest name.
    """
    known = registry().get(mechanism.name)
    if known is not None and known is not mechanism:
        raise ValueError(f"a mechanism {mechanism.name!r} exists already; give yours another name")
    if known is None:
        examine(mechanism, registry())
        OUTSIDE.append(mechanism)
        registry.cache_clear()


def forget(mechanism: Mechanism) -> None:
    """Undo `register`; nothing where it was not registered."""
    if mechanism in OUTSIDE:
        OUTSIDE.remove(mechanism)
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


def at_work(scenario: Scenario) -> tuple[str, ...]:
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


def active(scenario: Scenario) -> list[Mechanism]:
    """The mechanisms that a scenario uses: configured, wanted, or needed by one of these; in order of action."""
    names = set(scenario.behaviour) | {name for firm in scenario.firms.values() for name in firm.program}
    names |= {m.name for m in registry().values() if m.wanted is not None and m.wanted(scenario)}
    used = needed(names, registry())
    return [m for m in registry().values() if m.name in used]


def terms_of(scenario: Scenario, mechanism: Mechanism) -> Any:
    """The terms of a behaviour as configured, or its defaults."""
    return scenario.behaviour.get(mechanism.name) or mechanism.terms()
