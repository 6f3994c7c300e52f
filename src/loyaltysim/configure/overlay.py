"""`with=mine.yaml`: a file that holds only what differs, laid over the world that the other words choose.

    text or a list    chooses, as on the command line (`program: stamps`, `market: cafe`)
    anything else     sets keys (`market: {S: 0.6}` or `market.S: 0.6`) or is a word of one's own (`own`: `price: 4.5`)

It is data: it is checked, it names no code, and words on the command line win over it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loyaltysim.configure import yaml as plain_yaml
from loyaltysim.configure.own import is_word, vocabulary
from loyaltysim.scenario.hints import coming, nearest
from loyaltysim.scenario.model import Written
from loyaltysim.scenario.reader import ConfigError, Problem

SAYS = "with="
OF_STUDIES = ("compare", "sweep", "explore", "optimise", "experiment")  # settings beside a world


@dataclass(frozen=True)
class Overlay:
    """One file. chosen : group -> options;  content : keys and words;  places : full key -> file and line"""

    file: str
    chosen: Mapping[str, tuple[str, ...]]
    content: Mapping[str, Any]
    places: Mapping[str, str]

    def place(self, key: str) -> str:
        """Where a key stands."""
        return self.places.get(key, self.file)


def files(words: Iterable[str]) -> list[str]:
    """The files that with= names, in their order; `with=[a.yaml,b.yaml]` are two."""
    named: list[str] = []
    for word in words:
        if word.startswith(SAYS):
            said = word.removeprefix(SAYS)
            inside = said[1:-1].split(",") if said.startswith("[") and said.endswith("]") else [said]
            named += [part.strip().strip("'\"") for part in inside]
    return named


def load(words: Sequence[str], known: Mapping[str, Sequence[str]]) -> list[Overlay]:
    """Every overlay of a command line. known : group -> options. Raises ConfigError with every problem."""
    found, problems = list[Overlay](), list[Problem]()
    for file in files(words):
        try:
            found.append(read(file, known))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return found


def read(file: str, known: Mapping[str, Sequence[str]]) -> Overlay:
    """Read one overlay. Raises ConfigError."""
    if not file:
        raise ConfigError([Problem("with", "names no file; write with=mine.yaml", origin="command line")])
    raw, places = plain_yaml.load(Path(file).expanduser(), file)
    content, chosen, problems = dict[str, Any](), dict[str, tuple[str, ...]](), list[Problem]()
    for key, value in raw.items():
        origin = places.get(str(key), file)
        options = value if isinstance(value, list) else [value]
        if key in known and options and all(isinstance(option, str) for option in options):
            chosen[key] = tuple(options)
        elif wrong := strange(key, value, known):
            problems.append(Problem(str(key), wrong, origin=origin))
        elif not put(content, str(key).split("."), value):
            problems.append(Problem(str(key), "is said in two ways; keep one", value, origin))
    if problems:
        raise ConfigError(problems)
    return Overlay(file, chosen, content, places)


def strange(key: object, value: object, known: Iterable[str]) -> str:
    """Why a key is none that a file may say; empty for one that it may."""
    first = str(key).partition(".")[0]
    if is_word(str(key), value) or first in {*known, *OF_STUDIES, *(f.name for f in dataclasses.fields(Written))}:
        return ""
    near = nearest(first, [*vocabulary(), *known])
    return "is no key" + (
        coming(first) or (f"; did you mean {near}?" if near else f"; known: {', '.join(vocabulary())}")
    )


def put(tree: dict[str, Any], path: Sequence[str], value: Any) -> bool:
    """Set a value at a dotted key; mappings are laid together. -> was there nothing else?"""
    for name in path[:-1]:
        below: Any = tree.setdefault(name, {})
        if not isinstance(below, dict):
            return False
        tree = below
    old = tree.get(path[-1])
    if isinstance(old, dict) and isinstance(value, dict):
        return all([put(old, [str(name)], below) for name, below in value.items()])
    if path[-1] in tree:
        return False
    tree[path[-1]] = value
    return True


def inherited(
    program: Mapping[str, Any], shipped: Mapping[str, Mapping[str, Any]], needs: Mapping[str, set[str]]
) -> dict[str, Any]:
    """A program of one's own with the terms, those of joining too, that ship with its components, unless it says them.

    shipped : option of program -> its components;  needs : component -> all that it needs, itself too
    """
    made: dict[str, Any] = {}
    for name in program:
        for other, terms in shipped.get(name, {}).items():
            if other in needs.get(name, {name}) and isinstance(terms, Mapping):
                made.setdefault(other, dict(terms))
    for name, terms in program.items():
        whole = isinstance(terms, Mapping) and isinstance(made.get(name), dict)
        made[name] = {**made[name], **terms} if whole else terms
    return made
