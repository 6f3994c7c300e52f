"""Every number that can be read off a run, as a page: name, unit, words in both languages, definition."""

from __future__ import annotations

from loyaltysim.measures.registry import members, where

HEADS = ("number", "unit", "words", "中文", "what it is", "made by")


def page() -> str:
    """A table in Markdown, by name. Generated, so that it cannot drift."""
    lines = [row(HEADS), row(["---"] * len(HEADS))]
    for name, one in sorted(members()):
        said = (one.label("{occasion}", "{currency}"), " ".join(one.chinese.split()))
        cells = (f"`{name}`", one.unit, *said, one.of, f"`{where(one).removeprefix('loyaltysim.')}`")
        lines.append(row(cells))
    return "\n".join(lines) + "\n"


def row(cells: tuple[str, ...] | list[str]) -> str:
    """One row; a bar in a cell is no border."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
