"""What a rule may name, and where that rests in a run.

    here.<field>             what a mechanism remembers of this customer at this firm; also prior, eligible, log_g
    me.<field>               what it remembers of this customer; also rate, beta, rho, spending, status, entered,
                             link_<effect>; and within a week pace (the rate) and appeal
    terms.<key>              a key of the rule's own mechanism in this week's offer, or a property of its terms
    terms.<mechanism>.<key>  the same of another mechanism
    visit.<name>             week, occasion, cents, spend, paid_cents; roles; counters, which only grow
    others[k].<field>        what it remembers of this customer at firm k, others[k].terms.<key> its offer; a mechanism
                             changes its own fields there
    draw_<purpose>           a keyed uniform: of this occasion; in the phase `week`, of this week and firm
    lasting_<purpose>        the keyed uniform of this customer and firm that holds for life

What belongs to a mechanism that is not at work stands for nothing happening: a field at birth, the keys at which its
mechanism is neutral, a role that nobody plays. So a bond can ask for failures in a market where no visit fails.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
import typing
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from loyaltysim.mechanism.declare import ROLES, Field, Mechanism, Role
from loyaltysim.scenario.dates import OWN, Dated
from loyaltysim.scenario.hints import suggestion
from loyaltysim.scenario.model import Links

PAIR = ("prior", "eligible", "log_g")
PERSON = ("rate", "beta", "rho", "spending", "status", "entered", "pace", "appeal")
VISIT = (
    "week",
    "occasion",
    "cents",
    "spend",
    "paid_cents",
    "utility",
    "sensitivity",
    "own",
    "lure",
    "exits",
    "switches",
)
OFFER = ("price_gap", "paid")
COUNTS = {"visits": "purchases", "buyers": "customers", "revenue": "cents", "at_base_price": "cents"}
CONTRACT_COUNTS = {
    "customers": "customers at the end of the week",
    "renewals": "contracts that ended",
    "acquired": "customers from outside the market",
    "won": "customers from rivals",
    "lost": "customers to rivals",
    "exited": "customers who left the market",
}
WRITTEN = {"me": ("pace",), "visit": ("cents", "spend", "exits", "switches", "utility")}
ARGUMENTS = ("here", "me", "others", "terms", "visit")
EFFECTS = tuple(Links.__dataclass_fields__)
NOBODYS = ("rate", "worth", "end")  # phases that are about no firm
Change = tuple[Any, str]


@dataclass(frozen=True)
class Number:
    """A number of an offer: whose, its name, and how it is stored (a width for a list)."""

    mechanism: str
    name: str
    dtype: str
    width: tuple[int, ...] = ()
    around: bool = False

    @property
    def flat(self) -> str:
        """Its name in the record of an offer."""
        return f"{self.mechanism}_{self.name}"


@cache
def numbers(mechanism: Mechanism) -> dict[str, Number]:
    """Every number that rules may read off a mechanism's terms, by name; text is none, nor is a date of it."""
    kinds = dict(typing.get_type_hints(mechanism.terms))
    if issubclass(mechanism.terms, Dated):
        kinds = {name: kind for name, kind in kinds.items() if name not in OWN}
    for name, member in inspect.getmembers(mechanism.terms, lambda m: isinstance(m, property)):
        kinds[name] = typing.get_type_hints(member.fget).get("return")
    if mechanism.derive is not None:
        kinds |= typing.get_type_hints(typing.get_type_hints(mechanism.derive)["return"])
    found = {"present": Number(mechanism.name, "present", "i8")}
    for name, kind in kinds.items():
        if kind in (int, bool, float):
            found[name] = Number(mechanism.name, name, "f8" if kind is float else "i8")
        elif typing.get_origin(kind) is tuple and typing.get_args(kind)[0] in (int, float):
            width = len(getattr(mechanism.terms(), name))
            found[name] = Number(mechanism.name, name, "f8" if typing.get_args(kind)[0] is float else "i8", (width,))
    for name in mechanism.around_columns:
        found[name] = Number(mechanism.name, name, "f8", around=True)
    return found


def values(mechanism: Mechanism, terms: Any, context: Any) -> Callable[[str], Any]:
    """The numbers of one firm's component by name; terms None: the firm has none, and its neutral keys stand for it.

    context : the firm's whole program (component name -> terms), or of a behaviour the scenario
    """
    own = mechanism.terms(**mechanism.neutral) if terms is None else terms
    derived = None if mechanism.derive is None else mechanism.derive(terms, context)

    def value(name: str) -> Any:
        if name == "present":
            return int(terms is not None)
        return getattr(derived, name) if hasattr(derived, name) else getattr(own, name)

    return value


def without(mechanism: Mechanism, name: str) -> Any:
    """The number that stands for a mechanism that is not at work."""
    if name in mechanism.around_columns:
        return mechanism.around_columns[name]
    return values(mechanism, None, {})(name)


class Offered:
    """Offers as plain Python reads them, for the rules of one mechanism: a firm's record, or those of all firms."""

    def __init__(
        self, rows: Any, mechanism: Mechanism, known: Mapping[str, Mechanism], wanted: Collection[str]
    ) -> None:
        self._rows, self._mechanism, self._known, self._wanted = rows, mechanism, known, wanted

    def __getattr__(self, name: str) -> Any:
        if name in OFFER:
            return self._rows[name]
        own = numbers(self._mechanism).get(name)
        if own is None:
            return Offered(self._rows, self._known[name], self._known, self._wanted)
        return self._rows[own.flat] if own.flat in self._wanted else without(self._mechanism, name)


class Blank:
    """A visit, or a customer, of whom nothing is known yet: whatever is asked for is 0, and can be set."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return 0


class Names:
    """Where the names of rules rest, in a run with some mechanisms at work.

    known : every mechanism by name;  active : names of those at work;  links : effects that are set
    numbers : filled on the way: every number of an offer that some rule reads, by flat name
    """

    def __init__(
        self, known: Mapping[str, Mechanism], active: set[str], links: Iterable[str], contracts: bool = False
    ) -> None:
        self.known, self.active, self.links, self.contracts = known, active, set(links), contracts
        self.fields: dict[str, tuple[Mechanism, Field]] = {}
        self.counters: dict[str, set[str]] = {}
        self.roles: dict[str, Role] = dict(ROLES)
        self.numbers: dict[str, Number] = {}
        for mechanism in known.values():
            self.fields |= {name: (mechanism, f) for name, f in mechanism.fields.items()}
            for name in mechanism.counts:
                self.counters.setdefault(name, set()).add(mechanism.name)
            self.roles |= mechanism.roles

    def resolved(self, function: Callable[..., Any], mechanism: Mechanism | None, roles: set[str]) -> list[Change]:
        """What to write instead of the names of a rule. roles : those that are played and asked for in this run"""
        tree, _ = parsed(function)
        return list(self.changes(tree, Asker(function, mechanism), roles))

    def changes(self, node: ast.AST, asker: Asker, roles: set[str]) -> Iterator[Change]:
        """The same, from one node down."""
        if isinstance(node, (ast.Assign, ast.AugAssign)) and self.idle(node, roles):
            yield node, "pass"
            return
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript) and names_others(node.value.value):
            raise asker.refused("others", "has no name of its own for one firm: write others[k].name each time")
        if isinstance(node, ast.Call) and (length := self.length(node, asker)) is not None:
            yield node, length
            return
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            said = self.place(node, asker)
            if said is not None:
                yield node, said
                return
        if isinstance(node, ast.Attribute) and (chain := dotted(node)) is not None:
            base, names, index = chain
            if base in asker.parameters and base in ARGUMENTS:
                said = self.said(asker, base, names, index, isinstance(node.ctx, ast.Store), roles)
                if said is not None:
                    yield node, said
                if index is not None:
                    yield from self.changes(index, asker, roles)
                return
        for child in ast.iter_child_nodes(node):
            yield from self.changes(child, asker, roles)

    def idle(self, node: ast.Assign | ast.AugAssign, roles: set[str]) -> bool:
        """Does a statement only play a role that nobody asks for?"""
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        chain = dotted(target)
        return chain is not None and chain[0] == "visit" and chain[1][0] in self.roles and chain[1][0] not in roles

    def length(self, node: ast.Call, asker: Asker) -> str | None:
        """What to write for how many firms there are, or places of a field that nobody keeps; None for else."""
        text = ast.unparse(node)
        if text == "len(others)":
            return "FIRMS"
        chain = dotted(node.args[0]) if text.startswith("len(") else None
        if chain is None or chain[0] not in ("here", "me") or chain[0] not in asker.parameters:
            return None
        mechanism, field = self.fields.get(chain[1][0], (None, None))
        if mechanism is None or field is None or field.width is None:
            return None
        return None if mechanism.name in self.active else "0"

    def place(self, node: ast.Subscript, asker: Asker) -> str | None:
        """What to write for one place of a field that has several; None for anything else."""
        chain = dotted(node.value)
        if chain is None or chain[0] not in ("here", "me") or chain[0] not in asker.parameters:
            return None
        mechanism, field = self.fields.get(chain[1][0], (None, None))
        if mechanism is None or field is None or not (field.parts or field.width):
            return None
        if mechanism.name not in self.active and not callable(field.start):
            return written(field.start)
        if field.width is not None:  # whatever it rests in, rules count in 64 bits
            return f"np.int64({ast.unparse(node)})"
        return f"np.float64({ast.unparse(node)})" if field.dtype == "float32" else None

    def said(
        self, asker: Asker, base: str, names: list[str], index: ast.expr | None, store: bool, roles: set[str]
    ) -> str | None:
        """What to write for a name with its dots; None: as it stands. ValueError for what does not exist."""
        if base == "others":
            own = asker.mechanism is not None and names[0] in asker.mechanism.fields
            if index is None or (store and not own):
                raise asker.refused("others", "is read by place, others[k].name, and changed by whose field it is")
            text = ast.unparse(index)
            if names[0] == "terms":
                return self.term(asker, f"others.terms[{text}]", names[1:])
            return self.field(asker, f"others.here[{text}]", names, store, per_firm=True)
        if base == "terms":
            if store:
                raise asker.refused(f"{base}.{names[0]}", "is an offer: rules read it, firms decide it")
            return self.term(asker, base, names)
        if base == "visit":
            return self.visit(asker, names[0], store, roles)
        return self.field(asker, base, names, store, per_firm=base == "here")

    def field(self, asker: Asker, base: str, names: list[str], store: bool, *, per_firm: bool) -> str | None:
        """A field of the customer (at the firm)."""
        name, own = names[0], PAIR if per_firm else PERSON
        if not per_firm and name.startswith("link_") and name[5:] in EFFECTS:
            return None if name[5:] in self.links else "1.0"
        if name in own:
            if store and name not in WRITTEN.get(base, ()):
                raise asker.refused(f"{base}.{name}", "is not a rule's to change")
            return "1.0" if (name, self.contracts) == ("prior", True) else whole(base, names)
        mechanism, field = self.fields.get(name, (None, None))
        if mechanism is None or field is None or field.per_firm != per_firm:
            known = [*own, *(n for n, (_, f) in self.fields.items() if f.per_firm == per_firm)]
            known += [] if per_firm else [f"link_{effect}" for effect in EFFECTS]
            where = f"; it is {'me' if per_firm else 'here'}.{name}" if field is not None else suggestion(name, known)
            raise asker.refused(f"{base}.{name}", f"is remembered by nobody{where}")
        if mechanism.name in self.active:
            text = whole(base, names)
            return f"np.float64({text})" if field.dtype == "float32" and not store and not field.parts else text
        start = field.idle if callable(field.start) else field.start
        if store or start is None:
            raise asker.refused(
                f"{base}.{name}", f"belongs to {mechanism.name}, which is not at work: beside=({mechanism.name!r},)"
            )
        return written(start)

    def term(self, asker: Asker, base: str, names: list[str]) -> str:
        """A number of an offer."""
        if names[0] in OFFER:
            return whole(base, names)
        own = asker.mechanism
        if own is not None and names[0] in numbers(own):
            mechanism, name = own, names[0]
        elif len(names) > 1 and names[0] in self.known:
            mechanism, name = self.known[names[0]], names[1]
        else:
            known = [*OFFER, *(numbers(own) if own is not None else ()), *self.known]
            raise asker.refused(f"terms.{names[0]}", f"is no number of an offer{suggestion(names[0], known)}")
        if name not in numbers(mechanism):
            said = f"is no number of {mechanism.name}{suggestion(name, numbers(mechanism))}"
            raise asker.refused(f"terms.{'.'.join(names)}", said)
        number = numbers(mechanism)[name]
        if mechanism.name not in self.active:
            return written(without(mechanism, name))
        self.numbers[number.flat] = number
        return f"{base}.{number.flat}"

    def visit(self, asker: Asker, name: str, store: bool, roles: set[str]) -> str | None:
        """A name of the visit."""
        if name in VISIT:
            if store and name not in WRITTEN["visit"]:
                raise asker.refused(f"visit.{name}", "is not a rule's to change")
            return None
        if name in self.roles:
            return None if store or name in roles else "0"
        if name in self.counters:
            if self.counters[name].isdisjoint(self.active):
                owner = min(self.counters[name])
                raise asker.refused(
                    f"visit.{name}", f"is counted by {owner}, which is not at work: beside=({owner!r},)"
                )
            return None
        known = [*VISIT, *self.roles, *self.counters]
        raise asker.refused(f"visit.{name}", f"is nothing of a visit{suggestion(name, known)}")

    def roles_of(self, rule: Callable[..., Any]) -> tuple[set[str], set[str]]:
        """Roles that a rule, or a rule that it calls, asks for, and those that it plays."""
        asked, played = set[str](), set[str]()
        for function in reached(rule):
            for node in ast.walk(parsed(function)[0]):
                if not isinstance(node, ast.Attribute) or (chain := dotted(node)) is None:
                    continue
                if chain[0] == "visit" and chain[1][0] in self.roles:
                    (played if isinstance(node.ctx, ast.Store) else asked).add(chain[1][0])
        return asked, played


class Asker:
    """A rule and its place, for words about it."""

    def __init__(self, function: Callable[..., Any], mechanism: Mechanism | None) -> None:
        self.function, self.mechanism = function, mechanism
        self.parameters = tuple(inspect.signature(function).parameters)

    def refused(self, name: str, why: str) -> ValueError:
        """An error that says which rule of which mechanism, in which file, asks for what."""
        whose = "" if self.mechanism is None else f" of mechanism {self.mechanism.name}"
        file, line = Path(inspect.getfile(self.function)).name, self.function.__code__.co_firstlineno
        return ValueError(f"rule {self.function.__name__}{whose} ({file}:{line}): {name} {why}")


def reached(rule: Callable[..., Any]) -> list[Callable[..., Any]]:
    """A rule and the rules that it calls with the records that it has."""
    found = [rule]
    for node in ast.walk(parsed(rule)[0]):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            called = rule.__globals__.get(node.func.id)
            if inspect.isfunction(called) and set(inspect.signature(called).parameters) & set(ARGUMENTS):
                found += [f for f in reached(called) if f not in found]
    return found


def names_others(node: ast.AST) -> bool:
    """Is it the name `others` itself?"""
    return isinstance(node, ast.Name) and node.id == "others"


def dotted(node: ast.AST) -> tuple[str, list[str], ast.expr | None] | None:
    """`terms.bond.loss` -> ("terms", ["bond", "loss"], None); `others[k].joined` with k; None for anything else."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    index = None
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "others":
        index, node = node.slice, node.value
    return (node.id, names, index) if isinstance(node, ast.Name) and names else None


def whole(base: str, names: list[str]) -> str:
    """A name with its dots."""
    return ".".join([base, *names])


def written(value: Any) -> str:
    """A number, or a list of numbers, as it is written in a program."""
    if isinstance(value, (tuple, list)):
        return "(" + "".join(f"{v!r}, " for v in value) + ")"
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, bool):
        value = int(value)
    return f"({value!r})" if value < 0 else repr(value)


@cache
def parsed(function: Callable[..., Any]) -> tuple[ast.Module, str]:
    """A function's text without decorators and outer indentation, and the tree of that text."""
    text = textwrap.dedent(inspect.getsource(function))
    lines = text.splitlines(keepends=True)
    tree = ast.parse(text)
    definition = tree.body[0]
    text = "".join(lines[definition.lineno - 1 :])
    return ast.parse(text), text


def drawn(parameter: str) -> bool:
    """Is an argument of a rule a draw?"""
    return parameter.startswith(("draw_", "lasting_"))
