"""Every number that can be read off a run, by its name: those of this room, then those that a user brings along.

Names that are made from others are resolved here, by one rule (`find`). A name that nobody declares has no unit:
whoever asks is told the nearest one.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from loyaltysim.mechanism.measure import Measure, measures_of
from loyaltysim.scenario.hints import nearest

if TYPE_CHECKING:
    from loyaltysim.market.book import Book
    from loyaltysim.scenario.model import Scenario

ROOM = "loyaltysim.measures"  # every file there is asked for its measures
WORLDS = ("_with", "_without")  # what stands behind the name of a number of one world
OUTSIDE: list[Measure] = []  # what a user brings along
TAKES = ("book", "scenario", "firm")  # what is handed to it


@cache
def registry() -> dict[str, Measure]:
    """Every measure by name, families under their name with `{}`. Raises ValueError for a name declared twice."""
    package = importlib.import_module(ROOM)
    modules = [importlib.import_module(f"{ROOM}.{m.name}") for m in pkgutil.iter_modules(package.__path__)]
    every = [*(m for module in modules for m in measures_of(module)), *OUTSIDE]
    seen: dict[str, Measure] = {}
    for one in every:
        for name in one.members:
            if name in seen:
                raise ValueError(f"measure {name!r} is declared twice: {where(seen[name])} and {where(one)}")
            seen[name] = one
    return {one.name: one for one in every}


def where(one: Measure) -> str:
    """The file and the function that make a number."""
    return "somewhere" if one.compute is None else f"{one.compute.__module__}.{one.compute.__name__}"


def members() -> Iterator[tuple[str, Measure]]:
    """Every single number by name: families taken apart."""
    for one in registry().values():
        yield from one.members.items()


@cache
def fixed() -> dict[str, Measure]:
    """Single numbers whose names do not depend on the mechanisms that exist."""
    whole = (one for one in registry().values() if not callable(one.each))
    return {name: single for one in whole for name, single in one.members.items()}


def find(name: str) -> Measure:
    """The measure of a number in a summary or table; what is made from a name has its unit, words and style.

    `retention_at[3]`, `penetration[a]`, `lift_visits[market.S=0.6]` are what stands before the bracket; `x_with` and
    `x_without` are x in one world; `heavy_lift` is a member of the family `{}_lift`. Raises KeyError, naming the
    nearest, for a name that nobody declares.
    """
    base = name.partition("[")[0]
    tried = (base, *(base.removesuffix(end) for end in WORLDS))
    for known in (fixed(), dict(members())):  # the members of some families are known late: mechanisms bring them
        for own in tried:
            if own in known:
                return known[own]
    near = nearest(base, known)
    raise KeyError(f"no measure is called {base!r}" + (f"; did you mean {near!r}?" if near else ""))


def unit(name: str) -> str:
    """The unit of a number. Raises KeyError as `find`."""
    return find(name).unit


def register(one: Measure) -> None:
    """Bring a measure along from outside the package: it is computed for every world and firm that a study tells of.

    Its function takes `(book, scenario, firm)`: the finished `Book`, the `Scenario`, the firm's id; it gives a number,
    nan where it is not defined. Registering it again does nothing. Raises ValueError for a name that is taken, one
    that is no plain name, a family, or a function with other arguments.
    """
    if one in OUTSIDE:
        return
    if one.name in dict(members()):
        raise ValueError(f"a measure {one.name!r} exists already ({where(find(one.name))}); give yours another name")
    if not one.name.isidentifier() or one.each is not None:
        raise ValueError(f"measure {one.name!r}: a name has letters, digits and _; families are for the package")
    takes = () if one.compute is None else tuple(inspect.signature(one.compute).parameters)
    if len(takes) != len(TAKES):
        raise ValueError(f"measure {one.name!r} takes ({', '.join(takes)}); it is handed ({', '.join(TAKES)})")
    OUTSIDE.append(one)
    clear()


@cache
def of_firms() -> tuple[Measure, ...]:
    """Measures whose function takes `(book, scenario, firm)`: asked for each world and firm that a study tells of."""
    computed = ((one, one.compute) for one in registry().values() if one.compute is not None and one.each is None)
    return tuple(one for one, how in computed if one in OUTSIDE or tuple(inspect.signature(how).parameters) == TAKES)


def clear() -> None:
    """Forget what was gathered: another measure is known now."""
    registry.cache_clear()
    of_firms.cache_clear()
    fixed.cache_clear()


def forget(one: Measure) -> None:
    """Undo `register`; nothing where it was not registered."""
    if one in OUTSIDE:
        OUTSIDE.remove(one)
        clear()


def brought(scenario: Scenario, book: Book, firm: str) -> dict[str, float]:
    """What measures of `(book, scenario, firm)` say of one firm in one world.

    Raises ValueError, naming the measure, where one fails or gives no number.
    """
    numbers = {}
    for one in of_firms():
        assert one.compute is not None
        try:
            numbers[one.name] = float(one.compute(book, scenario, firm))
        except Exception as error:
            raise ValueError(f"measure {one.name!r} ({where(one)}) failed at firm {firm!r}: {error}") from error
    return numbers
