"""Refuse what a configuration may not say: every problem at once, each with its place, key, value and remedy.

A vocabulary is a dataclass whose fields were declared with `term` (unit, range, choices). `Reader.record` turns
a plain tree into such a dataclass and collects what is wrong instead of stopping at the first problem.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
import types
import typing
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Protocol, TypeVar

from loyaltysim.scenario.dates import HOW, OWN, WEEK, variants
from loyaltysim.scenario.hints import coming, nearest, unknown

ABSENT = ...  # no value was given; survives a trip between processes
IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
PORTS = {f"{port}{i}" for port in ("com", "lpt") for i in range(1, 10)}
RESERVED = frozenset({"con", "prn", "aux", "nul"} | PORTS)
INT64 = 2**63 - 1
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
NAMES = {
    bool: "true/false",
    int: "whole number",
    float: "number",
    str: "text",
    list: "list",
    tuple: "list",
    dict: "mapping",
    type(None): "nothing",
}
MOST_TOLD = 20  # problems that are told in full
Record = TypeVar("Record")


class Component(Protocol):
    """What a mechanism or policy shows to the schema: its keys, and conditions between them."""

    @property
    def terms(self) -> type:
        """The dataclass of its keys."""

    @property
    def check(self) -> Callable[[Any], list[tuple[str, str]]] | None:
        """Terms -> [(key, problem)]."""


Components = Mapping[str, Mapping[str, Component]]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where it was said, full key, value, what is allowed instead."""

    key: str
    message: str
    value: object = ABSENT
    origin: str = "configuration"

    def __str__(self) -> str:
        if self.value is ABSENT:
            return printable(f"{self.origin}: {self.key} {self.message}")
        return printable(f"{self.origin}: {self.key} = {shown(self.value)} ({type_name(self.value)}): {self.message}")


class ConfigError(ValueError):
    """A configuration that cannot run; `problems` lists every reason."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(self.told())

    def told(self) -> list[str]:
        """The first problems, a line each, and how many more there are."""
        more = len(self.problems) - MOST_TOLD
        return [*map(str, self.problems[:MOST_TOLD]), *([f"and {more:,} more"] if more > 0 else [])]


def type_name(value: object) -> str:
    """A value's type in plain words."""
    return NAMES.get(type(value), type(value).__name__)


def printable(text: str) -> str:
    """Text in one line that a terminal shows as it is: whatever would move, hide or break it is escaped."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def visible(text: str) -> str:
    """Text of several lines, whatever in it is not to be seen or turns its direction escaped, as JSON may have it."""
    return "".join(json.dumps(c)[1:-1] if unicodedata.category(c) in ("Cf", "Zl", "Zp", "Cs") else c for c in text)


def shown(value: object, width: int = 60) -> str:
    """A value as it may be printed: escaped, and cut at `width` characters."""
    try:
        text = ascii(value) if isinstance(value, str) and UNPRINTABLE.search(value) else repr(value)
    except ValueError:  # Python refuses to print integers of thousands of digits
        text = "an integer of thousands of digits"
    return text if len(text) <= width else text[: width - 3] + "..."


def name_problem(name: str) -> str | None:
    """Why a name cannot be part of a path or a column; None if it can."""
    if IDENTIFIER.fullmatch(name) is None:
        return "a name has 1 to 64 letters a-z, digits, _ or -, and begins with a letter or digit"
    if name.lower() in RESERVED:
        return "this name is reserved by Windows; choose another"
    return None


def remedy(text: str) -> str:
    """How to write a number that came as text."""
    body = text.strip()
    if re.fullmatch(r"[-+]?\d+,\d+", body):
        return f"; write the decimal point: {body.replace(',', '.')}"
    if re.fullmatch(r"[-+]?\d+([.,]\d+)?\s*%", body):
        return f"; write the share: {float(body.rstrip(' %').replace(',', '.')) / 100:g}"
    if re.fullmatch(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?", body):
        return f"; write it without quotes: {body}"
    return ""


def as_bool(raw: object) -> bool:
    """True or false; ValueError says what was expected."""
    if isinstance(raw, bool):
        return raw
    raise ValueError("expected true or false")


def as_int(raw: object) -> int:
    """A whole number of 64 bits, also when written 1e4; ValueError says what was expected."""
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise ValueError("expected a whole number such as 104" + (remedy(raw) if isinstance(raw, str) else ""))
    if abs(raw) > INT64:
        raise ValueError(f"beyond the range of 64-bit integers, {-INT64} to {INT64}")
    return raw


def as_float(raw: object) -> float:
    """A finite number; ValueError says what was expected."""
    if isinstance(raw, bool) or not isinstance(raw, (int, float)):
        raise ValueError("expected a number such as 0.1" + (remedy(raw) if isinstance(raw, str) else ""))
    if isinstance(raw, int):
        return float(as_int(raw))
    if not math.isfinite(raw):
        raise ValueError("expected a finite number")
    return raw + 0.0  # -0.0 becomes 0.0


def as_text(raw: object) -> str:
    """Text without control characters and `${`, so that a file can hold it; ValueError says what was expected."""
    if not isinstance(raw, str):
        quoted = f"; write it in quotes: '{raw}'" if isinstance(raw, (int, float)) else ""
        raise ValueError("expected text" + quoted)
    if UNPRINTABLE.search(raw):
        raise ValueError("holds a control character")
    if "${" in raw:
        raise ValueError("holds an interpolation ${...}; write the value itself")
    return raw


CONVERT: dict[type, Callable[[Any], Any]] = {bool: as_bool, int: as_int, float: as_float, str: as_text}


def allowed(facts: Mapping[str, Any]) -> str:
    """The allowed range or choices of a key, with its unit: `allowed 0 to 1 (share)`."""
    unit = f" ({facts['unit']})" if facts.get("unit") else ""
    if facts.get("choices"):
        return "choose from " + ", ".join(facts["choices"])
    low: Any = facts.get("low")
    high: Any = facts.get("high")
    if low is None and high is None:
        return unit.strip()
    if high is None:
        return f"allowed {plain(low)} or more{unit}"
    if low is None:
        return f"allowed at most {plain(high)}{unit}"
    words = "".join(f", or {word}" for word in facts.get("words", ()))
    return f"allowed {plain(low)} to {plain(high)}{unit}{words}"


def plain(number: float) -> str:
    """A bound as a person writes it."""
    return str(number) if isinstance(number, int) else f"{number:g}"


@cache
def hints(cls: type) -> dict[str, Any]:
    """The types of a dataclass's fields, resolved."""
    return typing.get_type_hints(cls)


def without_none(hint: Any) -> tuple[Any, bool]:
    """`float | None` -> (float, True); `float` -> (float, False)."""
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)]
        return kinds[0], True
    return hint, False


def join(path: str, name: object) -> str:
    """The full key of a name below a path."""
    return f"{path}.{name}" if path else str(name)


class Reader:
    """Reads plain trees into dataclasses and remembers every problem.

    components : {"program": {name: Component}, ...} for fields whose metadata has `components`
    places     : full key -> where it was written, such as "conf/market/grocery.yaml, line 7"
    """

    def __init__(self, components: Components | None = None, places: Mapping[str, str] | None = None):
        self.components = components or {}
        self.places = places or {}
        self.problems: list[Problem] = []
        self.bad: set[str] = set()
        self.vocabulary: Callable[[], list[str]] = list  # every full key, asked for when one is unknown

    def place(self, key: str) -> str:
        """Where a key was written: its own place, or that of what holds it."""
        while key:
            if key in self.places:
                return self.places[key]
            key = re.split(r"[.\[][^.\[]*$", key)[0] if re.search(r"[.\[]", key) else ""
        return self.places.get("", "configuration")

    def refuse(self, key: str, message: str, value: object = ABSENT) -> None:
        """Note a problem with a key."""
        self.bad.add(key)
        self.problems.append(Problem(key, message, value, self.place(key)))

    def sound(self, *keys: str) -> bool:
        """True if nothing is known to be wrong with these keys or what they hold."""
        return not any(bad == key or bad.startswith((key + ".", key + "[")) for bad in self.bad for key in keys)

    def record(self, cls: type[Record], tree: object, path: str = "") -> Record | None:
        """Read one dataclass; None if the tree is no mapping. A field with a problem has its default."""
        if not isinstance(tree, Mapping):
            self.refuse(path, "expected a mapping of keys", tree)
            return None
        declared: Any = cls
        fields = {f.name: f for f in dataclasses.fields(declared)}
        for name in tree:
            if name not in fields:
                self.unknown_key(name, list(fields), path)
        values: dict[str, object] = {}
        for name, field in fields.items():
            key = join(path, name)
            if name in tree:
                if name == "changes":
                    value = self.changes(declared, tree[name], field.metadata, key)
                else:
                    value = self.value(hints(declared)[name], tree[name], field.metadata, key)
                if value is not None or self.sound(key):
                    values[name] = value
            elif required(field):
                self.refuse(key, f"is missing; {allowed(field.metadata)}")
            if name not in values and required(field):
                values[name] = None
        return cls(**values)

    def changes(self, cls: type, raw: object, facts: Mapping[str, Any], path: str) -> tuple[dict[str, Any], ...] | None:
        """Read the dates at which keys of a dataclass change: a mapping each, in the order of time.

        facts : `keys`, those that may change (absent: all but dates, and each change says how customers are told)
        """
        if not isinstance(raw, (list, tuple)):
            self.refuse(path, "expected a list, [{week: 52, key: value}]", raw)
            return None
        found = tuple(self.change(cls, item, facts.get("keys"), f"{path}[{i}]") for i, item in enumerate(raw))
        for i, (one, two) in enumerate(pairwise(found)):
            if "week" in one and "week" in two and one["week"] >= two["week"]:
                why = "the same as" if one["week"] == two["week"] else "earlier than"
                said = f"is {why} that of the change before it; allowed above {one['week']}, all of a week in one"
                self.refuse(f"{path}[{i + 1}].week", said, two["week"])
        return found

    def change(self, cls: type, raw: object, keys: tuple[str, ...] | None, path: str) -> dict[str, Any]:
        """Read one change: its week, how customers are told of it, the keys that it sets; {} if it has a problem."""
        if not isinstance(raw, Mapping):
            self.refuse(path, "expected a mapping, {week: 52, key: value}", raw)
            return {}
        fields = {f.name: f for f in dataclasses.fields(cls) if (f.name in keys if keys else f.name not in OWN)}
        about = {"week": WEEK} if keys else {"week": WEEK, "told": HOW}
        for name in raw:
            if name not in (*about, *fields):
                self.unknown_key(name, [*about, *fields], path)
        if "week" not in raw:
            self.refuse(f"{path}.week", f"is missing; {allowed(WEEK)}")
        if not fields.keys() & raw.keys():
            self.refuse(path, f"changes nothing; it can set {', '.join(fields)}", raw)
        given = {"told": "before", **raw} if "told" in about else raw
        found = {name: self.value(int if name == "week" else str, given.get(name), facts, f"{path}.{name}")
                 for name, facts in about.items() if name in given}  # fmt: skip
        found |= {
            n: self.value(hints(cls)[n], raw[n], f.metadata, f"{path}.{n}") for n, f in fields.items() if n in raw
        }
        return found if self.sound(path) else {}

    def unknown_key(self, name: object, known: list[str], path: str) -> None:
        """Refuse a key that the vocabulary does not have, with the nearest one that it has."""
        key = join(path, name)
        if not isinstance(name, str):
            return self.refuse(key, f"is no key: a key is text; {', '.join(known)}", name)
        if told := coming(name):
            return self.refuse(key, f"is no key{told}")
        if len(self.problems) >= MOST_TOLD:  # nobody reads them all, and looking for near names takes long
            return self.refuse(key, "is no key")
        near = nearest(name, known)
        if near is None:
            last = {full.rpartition(".")[2]: full for full in reversed(self.vocabulary())}
            near = last.get(nearest(name, last, cutoff=0.9) or "")
        else:
            near = join(path, near)
        hint = f"; did you mean {near}?" if near is not None else ";"
        where = f"in {path}" if path else "here"
        self.refuse(key, f"is no key{hint} known {where}: {', '.join(known) or 'none'}")

    def value(self, hint: Any, raw: object, facts: Mapping[str, Any], key: str) -> Any:
        """Read one value of a declared type; None if it has a problem."""
        kind, optional = without_none(hint)
        if "components" in facts:
            return self.chosen(facts["components"], {} if raw is None else raw, key)
        if optional and (raw is None or raw == facts.get("none")):
            return None
        if dataclasses.is_dataclass(kind):
            return self.record(kind, raw, key)  # type: ignore[arg-type]
        if typing.get_origin(kind) is tuple:
            return self.items(typing.get_args(kind)[0], raw, facts, key)
        if isinstance(typing.get_origin(kind), type) and issubclass(typing.get_origin(kind), Mapping):
            return self.named(typing.get_args(kind)[1], raw, facts, key)
        return self.scalar(kind, raw, facts, key)

    def scalar(self, kind: type, raw: object, facts: Mapping[str, Any], key: str) -> Any:
        """Read one number, a word that stands for one, text or true/false, in its range."""
        words = facts.get("words", {})
        try:
            value = words[raw] if isinstance(raw, str) and raw in words else CONVERT[kind](raw)
        except ValueError as problem:
            limits = allowed(facts)
            return self.refuse(key, f"{problem}" + (f"; {limits}" if limits else ""), raw)
        choices, low, high = facts.get("choices"), facts.get("low"), facts.get("high")
        if choices and value not in choices:
            near = nearest(str(value), choices)
            return self.refuse(key, allowed(facts) + (f"; did you mean '{near}'?" if near else ""), raw)
        if (low is not None and value < low) or (high is not None and value > high):
            return self.refuse(key, allowed(facts), raw)
        return value

    def items(self, hint: Any, raw: object, facts: Mapping[str, Any], key: str) -> tuple[Any, ...] | None:
        """Read a list; the range holds for every element."""
        if not isinstance(raw, (list, tuple)):
            self.refuse(key, "expected a list, [a, b]", raw)
            return None
        return tuple(self.value(hint, item, facts, f"{key}[{i}]") for i, item in enumerate(raw))

    def named(self, hint: Any, raw: object, facts: Mapping[str, Any], key: str) -> dict[str, Any] | None:
        """Read a mapping from ids to values; ids are text and can be typed on a command line."""
        if not isinstance(raw, Mapping):
            self.refuse(key, "expected a mapping from id to its keys, {a: {...}, b: {...}}", raw)
            return None
        found: dict[str, Any] = {}
        for name, item in raw.items():
            own = join(key, name)
            if not isinstance(name, str):
                self.refuse(own, f"is an id that reads as a {type_name(name)}; write it in quotes: '{name}'")
            elif (wrong := name_problem(name)) is not None:
                self.refuse(join(key, shown(name)), f"is no valid id: {wrong}")
            else:
                found[name] = self.value(hint, item, facts, own)
        return {name: found[name] for name in sorted(found) if found[name] is not None}

    def chosen(self, level: str, raw: object, key: str) -> dict[str, Any] | None:
        """Read a mapping of components, each with the keys that its own file declares; null = not used."""
        if not isinstance(raw, Mapping):
            self.refuse(key, "expected a mapping of components such as {points: {earn: 1}}", raw)
            return None
        known = self.components.get(level, {})
        found: dict[str, Any] = {}
        for name, terms in raw.items():
            own = join(key, name)
            if name not in known:
                self.refuse(
                    own,
                    f"is no {level} component{unknown(str(name), sorted(known), f'loyaltysim show options {level}')}",
                )
            elif terms is not None:
                found[name] = self.record(known[name].terms, terms, own)
                check = known[name].check
                if check is not None and self.sound(own):
                    for prefix, terms in variants(found[name]):
                        for field, message in check(terms):
                            if self.sound(join(own, field)):
                                self.refuse(join(own, prefix + field), message)
        return {name: found[name] for name in sorted(found) if found[name] is not None}


def required(field: dataclasses.Field[Any]) -> bool:
    """True if a key has no default."""
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


@dataclass(frozen=True)
class Parameter:
    """One key of the vocabulary, for tables, completion and what is drawn; low, high None = no end."""

    key: str
    kind: str
    default: object
    unit: str
    allowed: str
    source: str
    doc: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    whole: bool = False


def parameters(cls: type, components: Components, path: str = "") -> Iterator[Parameter]:
    """Every key of a vocabulary in order, with `<id>` for names that the user chooses."""
    for field in dataclasses.fields(cls):
        kind, optional = without_none(hints(cls)[field.name])
        key, facts = join(path, field.name), field.metadata
        if "components" in facts:
            for name, component in sorted(components.get(facts["components"], {}).items()):
                yield from parameters(component.terms, components, join(key, name))
        elif dataclasses.is_dataclass(kind):
            yield from parameters(kind, components, key)  # type: ignore[arg-type]
        elif typing.get_origin(kind) is not tuple and typing.get_args(kind):
            yield from parameters(typing.get_args(kind)[1], components, join(key, "<id>"))
        else:
            of = f"list of {NAMES[plain_kind(typing.get_args(kind)[0])]}" if typing.get_args(kind) else NAMES[kind]
            default = "required" if required(field) else default_of(field)
            bounds = allowed({**facts, "unit": ""}).removeprefix("allowed ").removeprefix("choose from ")
            said = [facts.get(name, "") for name in ("source", "doc")]
            ends = (facts.get("low"), facts.get("high"))
            of += " or null" if optional else ""
            choices = tuple(facts.get("choices") or ())
            unit, whole = facts.get("unit", ""), kind is int
            yield Parameter(key, of, default, unit, bounds, said[0], said[1], *ends, choices, whole)


def plain_kind(hint: Any) -> type:
    """`dict[str, Any]` -> dict; a plain type as it is."""
    kind: type = typing.get_origin(hint) or hint
    return kind


def default_of(field: dataclasses.Field[Any]) -> object:
    """The value of a key that is not given."""
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
