"""YAML as plain data: a loader that knows no code and no surprises, and a dumper whose files it reads back.

Only null, true, false, whole numbers and numbers are read as such; `no`, `1:30` and `2020-01-01` stay text,
so that a firm may be called `no`. Duplicate keys, tags, `${...}`, many aliases, deep nesting and large files are
refused.
"""

from __future__ import annotations

import itertools
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import yaml

from loyaltysim.scenario.forms import written
from loyaltysim.scenario.hints import suggestion
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError, Problem, join

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
MAX_ALIASES = 20
FORBIDDEN = re.compile(r"_(target|partial|args|convert|recursive)_|hydra(/.*)?")
OF_GROUP = re.compile(r"\$\{[a-z]+\}_\$\{[a-z]+\}")  # a default named after the choices of two groups
PLAIN = {f"tag:yaml.org,2002:{kind}" for kind in ("null", "bool", "int", "float", "str", "seq", "map")}
RESOLVERS = (
    ("tag:yaml.org,2002:null", re.compile(r"~|null|Null|NULL|"), ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:bool", re.compile(r"true|True|TRUE|false|False|FALSE"), list("tTfF")),
    ("tag:yaml.org,2002:int", re.compile(r"[-+]?\d+"), list("-+0123456789")),
    (
        "tag:yaml.org,2002:float",
        re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"),
        list("-+.0123456789"),
    ),
)


class Loader(yaml.SafeLoader):
    """The safe loader with fewer types."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}  # type: ignore[misc]  # PyYAML keeps them by class


class Dumper(yaml.SafeDumper):
    """The safe dumper that quotes what `Loader` would not read as text."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}  # type: ignore[misc]  # PyYAML keeps them by class

    def ignore_aliases(self, data: object) -> bool:
        """Write equal values out each time."""
        return True


for tag, pattern, first in RESOLVERS:
    anchored = re.compile(f"(?:{pattern.pattern})$")
    Loader.add_implicit_resolver(tag, anchored, first)
    Dumper.add_implicit_resolver(tag, anchored, first)


def whole(loader: Loader, node: yaml.ScalarNode) -> int | float:
    """A whole number in decimal digits; thousands of digits are infinity, which every key refuses."""
    text = loader.construct_scalar(node)
    return int(text) if len(text) < 1000 else float("inf")


Loader.add_constructor("tag:yaml.org,2002:int", whole)


def dump(tree: Any) -> str:
    """Write a plain tree."""
    return yaml.dump(tree, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=110)


def refuse(where: str, key: str, message: str, value: object = ...) -> ConfigError:
    """A problem with a file, to be raised."""
    return ConfigError([Problem(key, message, value, origin=where)])


def load(path: Path, shown: str, defaults: bool = False) -> tuple[dict[str, Any], dict[str, str]]:
    """Read a file of keys: the tree, and for each full key its place (`my.yaml, line 7`).

    shown    : the file's name in messages
    defaults : the file may be empty and may have a defaults list, as options of Hydra may
    Raises ConfigError with every problem: unreadable, not text, not YAML, duplicate or forbidden keys.
    """
    return parse(read_text(path, shown), shown, defaults)


def parse(text: str, shown: str, defaults: bool = False) -> tuple[dict[str, Any], dict[str, str]]:
    """Read a text of keys as `load` reads a file."""
    node, loader = compose(text, shown)
    if node is None and defaults:
        return {}, {}
    if node is None:
        raise refuse(shown, "the file", "is empty; expected keys such as `weeks: 104`")
    if not isinstance(node, yaml.MappingNode):
        what = "list" if isinstance(node, yaml.SequenceNode) else "single value"
        raise refuse(shown, "the file", f"holds a {what}; expected keys such as `weeks: 104`")
    scan = Scan(shown, defaults)
    scan.node(node, "", 0)
    if scan.problems:
        raise ConfigError(scan.problems)
    try:
        return loader.construct_document(node), scan.places
    except (yaml.YAMLError, ValueError, TypeError, LookupError) as problem:
        raise refuse(shown, "the file", f"is no plain data: {first_line(problem)}") from None


def read_text(path: Path, where: str) -> str:
    """The file's text; ConfigError if it cannot be had."""
    try:
        if path.is_dir():
            raise refuse(where, "the file", "is a folder; name a file in it")
        return content(path).decode("utf-8-sig")
    except FileNotFoundError:
        near = sorted(p.name for p in path.parent.glob("*.y*ml")) if path.parent.is_dir() else []
        raise refuse(where, "the file", f"does not exist{suggestion(path.name, near)}") from None
    except UnicodeDecodeError as problem:
        raise refuse(where, "the file", f"is not UTF-8 text, see byte {problem.start}") from None
    except (OSError, ValueError) as problem:
        if isinstance(problem, ConfigError):
            raise
        why = str(problem) if isinstance(problem, Unfit) else f"cannot be read: {first_line(problem)}"
        raise refuse(where, "the file", why) from None


class Unfit(OSError):
    """A file that is not read at all: a device or a pipe, which may never end, or one that is too large."""


def content(path: Path) -> bytes:
    """The bytes of a regular file of at most a megabyte. Raises Unfit, OSError."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise Unfit("is no regular file")
    if found.st_size > MAX_BYTES:
        raise Unfit(f"is larger than {MAX_BYTES // 1000} kB")
    return path.read_bytes()


def compose(text: str, where: str) -> tuple[yaml.Node | None, Loader]:
    """Parse into nodes that know their lines."""
    try:
        loader = Loader(text)
        return loader.get_single_node(), loader
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        at = where if mark is None else f"{where}, line {mark.line + 1}"
        raise refuse(at, "the file", f"is not YAML: {problem.problem}") from None
    except yaml.YAMLError as problem:
        raise refuse(where, "the file", f"is not YAML: {first_line(problem)}") from None
    except RecursionError:
        raise refuse(where, "the file", f"nests deeper than {MAX_DEPTH} levels") from None


def first_line(problem: object) -> str:
    """The first line of a message."""
    return (str(problem).splitlines() or [type(problem).__name__])[0]


class Scan:
    """One walk over a file's nodes: the line of every key, and what plain data may not hold."""

    def __init__(self, where: str, defaults: bool):
        self.where = where
        self.defaults = defaults
        self.places: dict[str, str] = {}
        self.problems: list[Problem] = []
        self.seen: dict[int, int] = {}

    def refuse(self, node: yaml.Node, key: str, message: str) -> None:
        """Note a problem at a node."""
        self.problems.append(Problem(key or "the file", message, origin=self.at(node)))

    def at(self, node: yaml.Node) -> str:
        """The place of a node."""
        return f"{self.where}, line {node.start_mark.line + 1}"

    def node(self, node: yaml.Node, key: str, depth: int) -> None:
        """Walk one node and what it holds."""
        if depth > MAX_DEPTH:
            return self.refuse(node, key, f"nests deeper than {MAX_DEPTH} levels")
        self.seen[id(node)] = self.seen.get(id(node), -1) + 1
        if self.seen[id(node)] > 0 and sum(self.seen.values()) > MAX_ALIASES:
            return self.refuse(node, key, f"uses more than {MAX_ALIASES} aliases; write the values out")
        if node.tag not in PLAIN:
            return self.refuse(node, key, f"has the tag {node.tag}; a configuration is plain data")
        if isinstance(node, yaml.MappingNode):
            self.mapping(node, key, depth)
        elif isinstance(node, yaml.SequenceNode):
            for i, item in enumerate(node.value):
                self.node(item, f"{key}[{i}]", depth + 1)
        elif "${" in node.value and not (key.startswith("defaults[") and OF_GROUP.fullmatch(node.value)):
            self.refuse(node, key, "holds an interpolation ${...}; write the value itself")

    def mapping(self, node: yaml.MappingNode, key: str, depth: int) -> None:
        """Walk a mapping; its keys are single, plain, and name no code."""
        lines: dict[str, int] = {}
        stray = list[yaml.Node]()
        for name, number, rest in decimal_commas(node):
            self.refuse(node, join(key, name), f"is written with a decimal comma: write {name}: {number}")
            stray.append(rest)
        for name_node, value in ((name, value) for name, value in node.value if name not in stray):
            if not isinstance(name_node, yaml.ScalarNode):
                self.refuse(name_node, key, "has a key that is no text")
                continue
            name, line = name_node.value, name_node.start_mark.line + 1
            own = join(key, name)
            if name in lines:
                self.refuse(name_node, own, f"is given twice, in lines {lines[name]} and {line}; keep one")
            if own == "defaults" and not self.defaults:
                self.refuse(name_node, own, "is not read here; put the file into a folder for --config-dir")
            if FORBIDDEN.fullmatch(name):
                self.refuse(name_node, own, "is not allowed: a configuration never chooses code")
            if name == "<<" or "${" in name:
                self.refuse(name_node, own, "is not allowed as a key; write the keys out")
            lines[name] = line
            self.places[own] = self.at(name_node)
            if name_node.tag.endswith((":int", ":float")):  # the key that the reader will complain about
                self.places[join(key, Loader("").construct_object(name_node))] = self.at(name_node)
            self.node(value, own, depth + 1)


def decimal_commas(node: yaml.MappingNode) -> Iterator[tuple[str, str, yaml.Node]]:
    """Where `{S: 0,1}` was written: S = 0, and a key 1 without a value. -> the key, the number with a point, the 1"""
    for (name, value), (stray, nothing) in itertools.pairwise(node.value):
        numbers = [part for part in (value, stray) if isinstance(part, yaml.ScalarNode) and part.tag.endswith(":int")]
        if node.flow_style and len(numbers) == 2 and isinstance(nothing, yaml.ScalarNode) and nothing.value == "":
            yield str(name.value), f"{value.value}.{stray.value}", stray


def to_yaml(scenario: Scenario) -> str:
    """A scenario as a file that `from=` reads back to the same canonical form."""
    return dump(written(scenario))
