"""A mechanism checks itself when it is registered: what it declares fits together, and its rules ask for what exists.

Every error is a ValueError that names the mechanism, its file, where there is one the rule, and the nearest name.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from loyaltysim.mechanism.declare import PHASES, ROLES, Mechanism
from loyaltysim.mechanism.draws import PURPOSES
from loyaltysim.mechanism.names import (
    ARGUMENTS,
    CONTRACT_COUNTS,
    COUNTS,
    NOBODYS,
    OFFER,
    PAIR,
    PERSON,
    VISIT,
    Asker,
    Names,
    drawn,
    numbers,
    reached,
)
from loyaltysim.scenario.hints import suggestion

LEVELS = ("behaviour", "program")


def examine(mechanism: Mechanism, known: Mapping[str, Mechanism]) -> None:
    """Check a mechanism beside the others. known : every mechanism by name. Raises ValueError for the first problem."""
    others = {name: m for name, m in known.items() if name != mechanism.name}
    for problem in (*declaration(mechanism, others), *clashes(mechanism, others)):
        raise ValueError(f"mechanism {mechanism.name} ({file_of(mechanism)}): {problem}")
    everything = {**others, mechanism.name: mechanism}
    names = Names(everything, set(everything), ())
    for hook in mechanism.hooks:
        for rule in (hook.rule, hook.when):
            if rule is None:
                continue
            asker = Asker(rule, mechanism)
            for parameter in asker.parameters:
                argument(asker, parameter, hook.phase, condition=rule is hook.when)
            for function in reached(rule):
                names.resolved(function, mechanism, set(names.roles))


def file_of(mechanism: Mechanism) -> str:
    """The file that declares a mechanism's terms, as a person knows it."""
    try:
        return Path(inspect.getfile(mechanism.terms)).name
    except (TypeError, OSError):
        return "no file"


def argument(asker: Asker, parameter: str, phase: str, *, condition: bool) -> None:
    """An argument of a rule is a thing with names, or a draw of a purpose that is listed or declared; the phase has it.

    condition : is the rule the `when` of a hook?
    """
    assert asker.mechanism is not None
    if phase in NOBODYS and parameter in ("here", "others"):
        raise asker.refused(parameter, f"is not there in the phase {phase}, which is about the customer alone")
    if parameter in ARGUMENTS:
        return
    if not drawn(parameter):
        said = f"is no argument of a rule{suggestion(parameter, ARGUMENTS)}, draw_..., lasting_..."
        raise asker.refused(parameter, said)
    if condition or phase in NOBODYS:
        where = "a condition" if condition else f"the phase {phase}"
        raise asker.refused(parameter, f"cannot be drawn in {where}: draw it in a rule of a visit or a week")
    purpose = parameter.partition("_")[2]
    if purpose not in PURPOSES and purpose not in asker.mechanism.draws:
        own = f"; a draw of your own is declared: Mechanism(draws=({purpose!r},))"
        raise asker.refused(parameter, f"is drawn for no purpose{suggestion(purpose, PURPOSES)}{own}")


def declaration(mechanism: Mechanism, others: Mapping[str, Mechanism]) -> Iterable[str]:
    """What is wrong with the declaration by itself, in words."""
    m = mechanism
    if not m.name.isidentifier():
        yield "a name has letters, digits and _, and begins with a letter"
    if m.level not in LEVELS:
        yield f"level {m.level!r} is none{suggestion(m.level, LEVELS)}"
    if not dataclasses.is_dataclass(m.terms) or not getattr(m.terms, "__dataclass_params__").frozen:  # noqa: B009
        yield f"its terms must be a class under @dataclass(frozen=True), not {m.terms!r}"
        return
    fields = {f.name: f for f in dataclasses.fields(m.terms)}
    for name, field in fields.items():
        if "unit" not in field.metadata:
            yield f"the key {name} has no unit: write {name}: float = term(default, unit, low, high)"
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            yield f"the key {name} has no default: write {name}: float = term(default, unit, low, high)"
    for name in set(m.neutral) - set(fields):
        yield f"neutral names {name!r}, which is no key of its terms{suggestion(name, fields)}"
    for hook in m.hooks:
        if hook.phase not in PHASES:
            yield f"rule {hook.rule.__name__} acts in {hook.phase!r}, which is no phase{suggestion(hook.phase, PHASES)}"
    for name in {*m.needs, *(n for hook in m.hooks for n in (*hook.beside, *hook.unless))} - set(others) - {m.name}:
        yield f"{name!r} is no mechanism{suggestion(name, others)}"
    for purpose in m.draws:
        if purpose in PURPOSES:
            yield f"draws declares {purpose!r}, a purpose of the package, which is asked for undeclared"
        elif not (purpose.isidentifier() and purpose.islower()):
            yield f"draws declares {purpose!r}: a purpose has small letters, digits and _"
    for stock in m.stocks:
        for name in {stock.issued, *stock.gone} - set(m.counts):
            yield f"a stock speaks of {name!r}, which it does not count{suggestion(name, m.counts)}"
        if stock.closed not in ("", *stock.gone):
            near = suggestion(stock.closed, stock.gone)
            yield f"a stock is closed by {stock.closed!r}, no way in which it goes{near}"
        if stock.held not in m.fields:
            yield f"a stock is held in {stock.held!r}, which is no field of it{suggestion(stock.held, m.fields)}"


def clashes(mechanism: Mechanism, others: Mapping[str, Mechanism]) -> Iterable[str]:
    """Names that something else has already: of fields, counters, roles, and of numbers that rules read."""
    taken: dict[str, str] = dict.fromkeys(
        [*PAIR, *PERSON, *VISIT, *OFFER, *COUNTS, *CONTRACT_COUNTS, *ROLES], "the week"
    )
    for other in others.values():
        taken |= dict.fromkeys(used(other), other.name)
    for name in used(mechanism):
        if name in taken:
            yield f"{name!r} is already of {taken[name]}: call yours otherwise"
    for name in numbers(mechanism):
        if name in OFFER or name in others:
            yield f"its key {name!r} hides {'a number of every offer' if name in OFFER else f'the mechanism {name}'}"


def used(mechanism: Mechanism) -> list[Any]:
    """Every name that a mechanism brings into the records of customers and visits."""
    parts = [part for field in mechanism.fields.values() for part in field.parts]
    return [*mechanism.fields, *parts, *mechanism.counts, *mechanism.roles, *mechanism.around_columns]
