"""An answer as it is read aloud, as data: what `present.answer` prints and holds to its rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from loyaltysim.scenario.said import LANGUAGES, Said, both


@dataclass(frozen=True)
class Table:
    """At most eight rows. title : of each column;  rows : as many cells each, words or numbers as they are written."""

    title: Sequence[str | Said] = ()
    rows: Sequence[Sequence[str | Said]] = ()

    def cells(self, lang: str) -> list[list[str]]:
        """Title and rows in one language."""
        return [[both(cell)[lang] for cell in row] for row in ([self.title] if self.title else []) + [*self.rows]]


@dataclass(frozen=True)
class Reading:
    """An answer as it is read aloud. See the head of this file."""

    first: Said
    second: Said
    sure: Said
    table: Table = field(default_factory=Table)
    assumed: Said | None = None
    figure: str = ""

    @property
    def prose(self) -> tuple[Said, ...]:
        """Its sentences in the order in which they are read."""
        return tuple(said for said in (self.first, self.second, self.sure, self.assumed) if said is not None)

    def tree(self) -> dict[str, list[str]]:
        """The key `answer` of summary.json: the first two sentences in each language."""
        return {lang: [self.first[lang], self.second[lang]] for lang in LANGUAGES}
