"""What a firm may decide in a week, and what it could know when it does.

A policy answers once a week, before customers shop: `decide(terms, seen, draw) -> Decision(...)`. It sees the firm's
own books and buyers and every offer of earlier weeks; customers, their states and rivals' books are out of its reach.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import math
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from loyaltysim.firms.offer import Offer, complete
from loyaltysim.mechanism.registry import registry
from loyaltysim.scenario.dates import announced
from loyaltysim.scenario.forms import plain
from loyaltysim.scenario.hints import nearest, suggestion
from loyaltysim.scenario.model import Firm as FirmTerms
from loyaltysim.scenario.reader import ConfigError, Problem, Reader, join


class Keep(Enum):
    """The one value that leaves a part of a decision as it was."""

    KEEP = "keep"

    def __repr__(self) -> str:
        return "KEEP"


KEEP = Keep.KEEP
DECIDED = ("price", "program", "acquisition", "active")  # the parts that one policy of a firm alone may set
UNSAID = DECIDED[:3]  # those that a policy sets which does not say what: to come or go, it must say so
Number = float | tuple[float, ...]
Draw = Callable[[str], float]


@dataclass(frozen=True)
class Decision:
    """What a firm does from this week on; what is not named stays as it is.

    price       price index
    program     component name -> terms; {} ends the program
    acquisition money per week spent on winning customers
    active      is the firm in the market; where it is not, it sells and offers nothing
    cost        money that carrying this out takes, once; a fixed cost of the week
    memory      the policy's own state (`Policy.state`), name -> new value
    """

    price: float | Keep = KEEP
    program: Mapping[str, Any] | Keep = KEEP
    acquisition: float | Keep = KEEP
    active: bool | Keep = KEEP
    cost: float = 0.0
    memory: Mapping[str, Number] = field(default_factory=dict)

    @property
    def idle(self) -> bool:
        """Does it leave all as it is, as most weeks do?"""
        kept = self.price is KEEP and self.program is KEEP and self.acquisition is KEEP
        return (
            kept
            and self.active is KEEP
            and type(self.cost) is float
            and self.cost == 0.0
            and type(self.memory) is dict
            and not self.memory
        )


class Memory:
    """What a policy remembers at one firm, read by name: `seen.memory.looks`."""

    __slots__ = ("_values",)
    _values: Mapping[str, Number]

    def __init__(self, values: Mapping[str, Number]) -> None:
        object.__setattr__(self, "_values", dict(values))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name not in self._values:
            raise AttributeError(f"this policy declares no state {name!r}{suggestion(name, sorted(self._values))}")
        return self._values[name]

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"memory is changed by the decision: Decision(memory={{{name!r}: ...}})")

    def __dir__(self) -> list[str]:
        return sorted(self._values)


@dataclass(frozen=True)
class Seen:
    """What a firm could know in the moment in which it decides; nothing of it can be changed.

    week, me, focal  this week, the id of the firm, that of the focal firm
    own              its own offer as it stands: price, base_price, program, acquisition
    configured       the program that the scenario gives it
    buyers           how many bought from it in each of the last 13 weeks, the latest last
    memory           what this policy remembers
    unit_cost        what it pays for what sells at the base price, price index
    """

    week: int
    me: str
    focal: str
    own: Offer
    configured: Mapping[str, Any]
    buyers: tuple[int, ...]
    _past: Sequence[Mapping[str, Offer]] = field(repr=False)
    _ledger: Callable[[], Mapping[str, tuple[int, ...]]] = field(repr=False)
    memory: Memory = field(default_factory=lambda: Memory({}))
    unit_cost: float = math.nan
    _demand: Callable[..., Mapping[str, float]] | None = field(default=None, repr=False)
    _asker: str = ""

    def offers(self, week: int) -> Mapping[str, Offer]:
        """What every firm in the market showed in an earlier week, by id; empty before the first week.

        Raises ValueError for this week and later ones: firms decide together.
        """
        if week >= self.week:
            last = f"the last shown are those of week {self.week - 1}" if self.week else "none have been shown so far"
            raise ValueError(f"in week {self.week} nobody has seen the offers of week {week}; {last}")
        if week < 0:
            return MappingProxyType({})
        return MappingProxyType({name: offer.public() for name, offer in self._past[week].items() if offer.active})

    def demand(
        self, prices: Mapping[str, float], program: bool = True, own: Mapping[str, Any] | None = None
    ) -> Mapping[str, float]:
        """What every firm can expect to sell this week at these prices, by id, in cents at base prices: an analyst's
        device, for no real firm knows its customers' chances.

        prices  : price index by id; a firm that is not named asks what it did last week
        program : False = nobody has a program, and who is not named asks the base price
        own     : the program that this firm would show, terms without dates; None = the one that it has
        Raises ConfigError for a policy that is no analyst, and for a firm that is not there.
        """
        if self._demand is None:
            why = "asks for seen.demand, which no firm could know: an analyst's device says Policy(..., analyst=True)"
            raise ConfigError([Problem(f"policy {self._asker}", why, origin=f"week {self.week}, firm {self.me!r}")])
        return self._demand(prices, program, {} if own is None else {self.me: own})

    def shown_to(self, policy: Policy, memory: Memory) -> Seen:
        """The same for one policy: with what it remembers; only analysts are told expected demand."""
        told = self._demand if policy.analyst else None
        return dataclasses.replace(self, memory=memory, _demand=told, _asker=policy.name)

    @cached_property
    def books(self) -> Mapping[str, tuple[int, ...]]:
        """The firm's own ledger: line -> cents of each week so far."""
        return MappingProxyType(dict(self._ledger()))


@dataclass(frozen=True)
class Policy:
    """A way to decide, declared by one file: what it asks of a scenario, and what it may set.

    name, source  as in a configuration; where the behaviour is described
    terms         the dataclass of its keys
    decide        (terms, seen, draw) -> Decision; `draw(purpose)` is uniform in (0, 1), one for each purpose and week
    check         terms -> [(key, problem)];  fits : (terms, firm id, scenario) -> [(key, problem)]
    sets          the parts of a decision (`DECIDED`) that it may set; left out, they are found where its file says
                  `Decision(...)`
    state         what it remembers at each firm: name -> value in the first week, a number or a tuple of numbers
    analyst       is it told what demand to expect (`seen.demand`), as no real firm is?
    absent        does a firm that has it begin outside the market, with a slot that is reserved
    rounds        terms -> how often firms may answer each other within a week before their prices stand; None = once,
                  to what was shown last week
    """

    name: str
    source: str
    terms: type
    decide: Callable[[Any, Seen, Draw], Decision]
    check: Callable[[Any], list[tuple[str, str]]] | None = None
    fits: Callable[[Any, str, Any], list[tuple[str, str]]] | None = None
    sets: tuple[str, ...] = ()
    state: Mapping[str, Number] = field(default_factory=dict)
    analyst: bool = False
    absent: bool = False
    rounds: Callable[[Any], int] | None = None

    def __post_init__(self) -> None:
        for part in self.sets:
            if part not in DECIDED:
                raise ValueError(f"policy {self.name!r}: no decision sets {part!r}{suggestion(part, DECIDED)}")
        object.__setattr__(self, "sets", self.sets or sets_of(self.decide))


def sets_of(decide: Callable[..., Any]) -> tuple[str, ...]:
    """The parts of a decision that a function's file names where it calls `Decision`; all but to come and go if that
    cannot be told.
    """
    try:
        tree = ast.parse(inspect.getsource(sys.modules[decide.__module__]))
    except (OSError, TypeError, KeyError, SyntaxError):
        return UNSAID
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and called(n) == "Decision"]
    named = {word.arg for call in calls for word in call.keywords}
    named |= {part for call in calls for part, _ in zip(DECIDED, call.args, strict=False)}
    if not calls or None in named:
        return UNSAID
    return tuple(part for part in DECIDED if part in named)


def called(call: ast.Call) -> str:
    """The name of what is called, without its module."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def admitted(decision: object, policy: Policy, seen: Seen, at_work: Collection[str]) -> Decision:
    """A policy's answer with every number read as the schema reads it.

    at_work : names of the mechanisms of this market. Raises ConfigError with every problem: week, firm, policy, value,
    what is allowed.
    """
    where = f"week {seen.week}, firm {seen.me!r}"
    if not isinstance(decision, Decision):
        why = "must answer with a Decision, such as Decision(price=0.95) or Decision() to leave all as it is"
        raise ConfigError([Problem(f"policy {policy.name}", why, decision, where)])
    if decision.idle:
        return decision
    reader = Reader(places={"": where})
    for part in DECIDED:
        if getattr(decision, part) is not KEEP and part not in policy.sets:
            said = ", ".join(policy.sets) or "nothing"
            reader.refuse(f"policy {policy.name}", f"sets {part} but declares {said}: say sets=(..., {part!r})")
    found = dataclasses.replace(
        decision,
        price=number(reader, policy, "price", decision.price, FirmTerms.__dataclass_fields__["price"].metadata),
        program=program(reader, policy, decision.program, seen, at_work),
        acquisition=spending(reader, policy, decision.acquisition, at_work),
        active=presence(reader, policy, decision.active),
        cost=number(reader, policy, "cost", decision.cost, {"low": 0.0, "high": 1e12, "unit": "money"}),
        memory=remembered(reader, policy, decision.memory),
    )
    if reader.problems:
        raise ConfigError(reader.problems)
    return found


def number(reader: Reader, policy: Policy, part: str, value: Any, facts: Mapping[str, Any]) -> Any:
    """A number in its range, or KEEP."""
    raw = value.item() if isinstance(value, np.generic) else value
    return KEEP if raw is KEEP else reader.scalar(float, raw, facts, f"policy {policy.name} decides {part}")


def spending(reader: Reader, policy: Policy, value: Any, at_work: Collection[str]) -> Any:
    """A budget for winning customers; it needs a market where somebody can be won by money."""
    found = number(reader, policy, "acquisition", value, FirmTerms.__dataclass_fields__["acquisition"].metadata)
    if found is not KEEP and found and "acquisition" not in at_work:
        why = "moves nobody here: set behaviour.acquisition, market.setting = contract and firms.<id>.acquisition"
        reader.refuse(f"policy {policy.name} decides acquisition", why, value)
    return found


def presence(reader: Reader, policy: Policy, value: Any) -> Any:
    """In the market or not, or KEEP."""
    raw = bool(value) if isinstance(value, np.bool_) else value
    return KEEP if raw is KEEP else reader.scalar(bool, raw, {}, f"policy {policy.name} decides active")


def program(reader: Reader, policy: Policy, value: Any, seen: Seen, at_work: Collection[str]) -> Any:
    """A program whose components this market knows, each with terms in their ranges, and what they need beside."""
    if value is KEEP or value == seen.configured:
        return value if value is KEEP else dict(value)
    if value and value == seen.own.program:  # as it runs now: its dates stay
        return KEEP
    key = f"policy {policy.name} decides program"
    if not isinstance(value, Mapping):
        return reader.refuse(key, "expected a mapping from component to terms, {'points': Points(...)}", value)
    known = {name: m for name, m in registry().items() if m.level == "program"}
    found: dict[str, Any] = {}
    for name, terms in value.items():
        if name not in known:
            reader.refuse(key, f"has no component {name!r}{suggestion(str(name), sorted(known))}")
        elif name not in at_work:
            reader.refuse(key, f"has {name}, which no firm of this scenario has: configure it at one of them")
        elif not isinstance(terms, known[name].terms):
            reader.refuse(key, f"expected {known[name].terms.__name__} as the terms of {name}", terms)
        else:
            own = join(key, name)
            if terms != seen.configured.get(name) and not all(map(announced, getattr(terms, "changes", ()))):
                reader.refuse(
                    own, "changes without a word: only the scenario can say so, in the terms that it configures"
                )
            found[name], check = reader.record(known[name].terms, plain(terms), own), known[name].check
            for term, message in check(found[name]) if check is not None and reader.sound(own) else ():
                reader.refuse(join(own, term), message)
    return complete(found) if reader.sound(key) else KEEP


def remembered(reader: Reader, policy: Policy, values: Mapping[str, Any]) -> dict[str, Number]:
    """What the policy declared that it remembers, at finite values of the same shape."""
    key, found = f"policy {policy.name} remembers", dict[str, Number]()
    for name, value in values.items():
        if name not in policy.state:
            near = nearest(name, policy.state)
            hint = f"did you mean {near!r}? " if near else ""
            reader.refuse(key, f"has no {name!r}; {hint}declare it: Policy(..., state={{{name!r}: 0.0}})")
            continue
        start, items = policy.state[name], value if isinstance(value, (tuple, list)) else (value,)
        items = tuple(item.item() if isinstance(item, np.generic) else item for item in items)
        usual = len(start) if isinstance(start, tuple) else None
        right = all(isinstance(item, (int, float)) and math.isfinite(item) for item in items)
        if not right or usual != (len(items) if isinstance(value, (tuple, list)) else None):
            shape = "a finite number" if usual is None else f"{usual} finite numbers"
            reader.refuse(f"{key} {name}", f"expected {shape}", value)
        else:
            found[name] = items[0] if usual is None else items
    return found


__all__ = ["DECIDED", "KEEP", "Decision", "Draw", "Keep", "Memory", "Policy", "Seen", "admitted"]
