"""Plant a mutant in a copy of the package: find a definition by its name, an expression in it by its structure.

A mutant survives a move and another format: it says `points_earned`, or `stamps.MECHANISM` where several files have a
MECHANISM, and which expression or statement becomes which. Formatting, parentheses and comments do not matter.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.wrong import Mutant

SHIPPED = ("src", "experiments")
HEAD = re.compile(r"(for|while) .*:")
BODIES = ("body", "orelse", "finalbody")


class CannotPlant(ValueError):
    """The mutant's words do not name exactly one place."""


@dataclass(frozen=True)
class Definition:
    """A function, class, or assignment: the dotted way to it, its file from the root, its node."""

    way: tuple[str, ...]
    path: Path
    node: ast.stmt

    def answers(self, name: str) -> bool:
        """Is this what a name means: its last part, and any of what it lies in, in that order?"""
        *owners, own = name.split(".")
        above = iter(self.way[:-1])
        return self.way[-1] == own and all(owner in above for owner in owners)


class House:
    """The code that a repository ships: its files, and every definition in them. root : of the repository"""

    def __init__(self, root: Path) -> None:
        files = [path for folder in SHIPPED for path in sorted((root / folder).rglob("*.py"))]
        self.texts = {path.relative_to(root): path.read_text(encoding="utf-8") for path in files}

    @cached_property
    def definitions(self) -> list[Definition]:
        """Every definition of every file."""
        return [found for path in self.texts for found in self.of_file(path)]

    def of_file(self, path: Path) -> Iterator[Definition]:
        """The definitions of a file, those inside classes and functions too."""
        way = path.with_suffix("").parts
        yield from within(ast.parse(self.texts[path]), way if way[-1] != "__init__" else way[:-1], path)

    def find(self, name: str) -> Definition:
        """The one definition that a name means. Raises CannotPlant for none or several."""
        found = [d for d in self.definitions if d.answers(name)]
        exact = [d for d in found if f".{'.'.join(d.way)}".endswith(f".{name}")]
        found = exact if len(exact) == 1 else found
        if len(found) != 1:
            places = ", ".join(".".join(d.way) for d in found) or "nowhere"
            raise CannotPlant(f"{name} is defined {len(found)} times: {places}")
        return found[0]

    def planted(self, mutant: Mutant) -> tuple[Path, str]:
        """The file of a mutant, from the root, and its text with the mutant in it. Raises CannotPlant."""
        place = self.find(mutant.where)
        try:
            text = replaced(self.texts[place.path], place.node, mutant.before, mutant.after)
        except CannotPlant as why:
            raise CannotPlant(f"{mutant.where}: {why}") from None
        ast.parse(text)
        return place.path, text


def within(node: ast.AST, way: tuple[str, ...], path: Path) -> Iterator[Definition]:
    """Definitions below a node, each with its way; what stands inside an `if` or `try` belongs to what holds it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
            yield Definition((*way, child.name), path, child)
            yield from within(child, (*way, child.name), path)
        elif isinstance(child, (ast.Assign, ast.AnnAssign)):
            targets = child.targets if isinstance(child, ast.Assign) else [child.target]
            yield from (Definition((*way, t.id), path, child) for t in targets if isinstance(t, ast.Name))
        elif isinstance(child, (ast.stmt, ast.ExceptHandler)):
            yield from within(child, way, path)


def replaced(text: str, place: ast.stmt, before: str, after: str) -> str:
    """A text in which one expression, head of a loop, argument, run of statements or word in a string is another.

    Raises CannotPlant where it does not stand there exactly once.
    """
    if HEAD.fullmatch(before):
        spans, new = list(heads(text, place, before)), after
    elif expression(before) and expression(after) and (found := list(expressions(place, before))):
        spans, new = [span(text, node, node) for node in found], f"({after.strip()})"
    elif named := list(arguments(place, before)):
        spans, new = [span(text, node, node) for node in named], after
    elif runs := list(statements(place, before)):
        spans = [span(text, first, last) for first, last in runs]
        new = textwrap.indent(textwrap.dedent(after).strip(), " " * runs[0][0].col_offset).lstrip()
    else:
        spans, new = list(words(text, place, before)), after
    if len(spans) != 1:
        raise CannotPlant(f"{before!r} stands there {len(spans)} times")
    return text[: spans[0][0]] + new + text[spans[0][1] :]


def expression(text: str) -> str:
    """What an expression is, whatever its format; "" for a text that is none."""
    try:
        return ast.dump(ast.parse(text.strip(), mode="eval").body)
    except SyntaxError:
        return ""


def expressions(place: ast.AST, before: str) -> Iterator[ast.expr]:
    """Where an expression stands."""
    wanted = expression(before)
    yield from (node for node in parts(place) if isinstance(node, ast.expr) and ast.dump(node) == wanted)


def arguments(place: ast.AST, before: str) -> Iterator[ast.keyword]:
    """Where an argument stands that is given by its name: `autoescape=True`."""
    try:
        wanted = ast.dump(ast.parse(f"f({before})", mode="eval").body.keywords[0])  # type: ignore[attr-defined]
    except (SyntaxError, IndexError, AttributeError):
        return
    yield from (node for node in parts(place) if isinstance(node, ast.keyword) and ast.dump(node) == wanted)


def statements(place: ast.AST, before: str) -> Iterator[tuple[ast.stmt, ast.stmt]]:
    """Where a run of statements stands: its first and its last."""
    try:
        wanted = [ast.dump(statement) for statement in ast.parse(textwrap.dedent(before)).body]
    except SyntaxError:
        return
    for body in (getattr(node, name, None) for node in ast.walk(place) for name in BODIES):
        if isinstance(body, list):
            dumps = [ast.dump(statement) for statement in body]
            for k in range(len(body) - len(wanted) + 1):
                if dumps[k : k + len(wanted)] == wanted:
                    yield body[k], body[k + len(wanted) - 1]


def heads(text: str, place: ast.AST, before: str) -> Iterator[tuple[int, int]]:
    """Where the head of a loop stands, `for run in runs:` or `while left:`, whatever its body: from, to."""
    wanted = ast.parse(f"{before} pass").body[0]
    for node in ast.walk(place):
        if isinstance(node, (ast.For, ast.While)) and type(node) is type(wanted):
            end = node.iter if isinstance(node, ast.For) else node.test
            blank = {name: getattr(wanted, name) for name in ("body", "orelse")}
            if ast.dump(type(node)(**{**dict(ast.iter_fields(node)), **blank})) == ast.dump(wanted):
                start, stop = span(text, node, end)
                yield start, text.index(":", stop) + 1


def words(text: str, place: ast.AST, before: str) -> Iterator[tuple[int, int]]:
    """Where words stand in a string, such as a template of code: from, to."""
    for node in parts(place):
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            start, stop = span(text, node, node)
            at = text.find(before, start, stop)
            while at >= 0:
                yield at, at + len(before)
                at = text.find(before, at + 1, stop)


def parts(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all below it, but not the pieces of an f-string: they have no place of their own in every Python."""
    yield node
    if not isinstance(node, ast.JoinedStr):
        for child in ast.iter_child_nodes(node):
            yield from parts(child)


def span(
    text: str, first: ast.expr | ast.stmt | ast.keyword, last: ast.expr | ast.stmt | ast.keyword
) -> tuple[int, int]:
    """Where the text of some nodes begins and ends; Python counts columns in bytes."""
    lines = text.split("\n")

    def position(line: int, column: int) -> int:
        return sum(len(above) + 1 for above in lines[: line - 1]) + len(lines[line - 1].encode()[:column].decode())

    assert last.end_lineno is not None and last.end_col_offset is not None
    return position(first.lineno, first.col_offset), position(last.end_lineno, last.end_col_offset)
