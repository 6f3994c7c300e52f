"""How numbers are written: styles with their units, columns, paragraphs that fit the screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from textwrap import wrap

from rich.console import Console
from rich.table import Table
from rich.text import Text

from loyaltysim.measures.statistics import Estimate
from loyaltysim.mechanism.measure import STYLES, Style

GROUPS = ("heavy", "light", "transactional", "emotional")  # whom a program reaches, in the order of rows
WIDTH, HEIGHT = 100, 45


CHANGE, SHARE, RATE, POINTS = (STYLES[name] for name in ("lift", "share", "rate", "points"))
PER_HUNDRED, MONEY, COST, WHOLE = (STYLES[name] for name in ("per hundred", "change", "money", "whole"))
SIZE_IN_POINTS, PEOPLE = STYLES["per hundred, fine"], STYLES["change"]


@dataclass(frozen=True)
class Number(Estimate):
    """One number of a summary as it is told: value, interval of luck, interval over worlds; each may be unknown."""

    worlds_low: float | None = None
    worlds_high: float | None = None
    worlds_n: int | None = None

    @property
    def sign(self) -> int | None:
        """1 or -1 where the whole interval lies on one side of 0, 0 where it does not, None without an interval."""
        if self.low is None or self.high is None:
            return None
        return 1 if self.low > 0 else -1 if self.high < 0 else 0

    @property
    def moved(self) -> bool:
        """Is there any change at all: a value or an end of its interval other than 0?"""
        return any((self.value, self.low, self.high))

    def text(self, style: Style) -> str:
        """The value: `+0.90 %`."""
        return "-" if self.value is None else style(self.value) + style.unit

    def interval(self, style: Style, to: str = " to ") -> str:
        """The interval: `+0.85 to +0.95`, or why there is none."""
        if self.low is not None and self.high is not None:
            return f"{style(self.low)}{to}{style(self.high)}"
        return "" if self.value is None else "one run" if self.n == 1 else "cannot judge"

    def over_worlds(self, style: Style, to: str = " to ") -> str:
        """Where 90 of 100 worlds lie: `-9.6 to -2.2`, or why it is not said."""
        if self.worlds_low is None or self.worlds_high is None:
            return "too few worlds"
        return f"{style(self.worlds_low)}{to}{style(self.worlds_high)}"

    def amount(self, style: Style) -> str:
        """The value without its sign, for a sentence that says the direction."""
        return "-" if self.value is None else style(abs(self.value), "") + style.unit

    def ends(self, style: Style) -> str:
        """The interval of `amount`: `(0.85 to 0.95)`."""
        low, high = sorted(abs(end or 0.0) for end in (self.low, self.high))
        return f"({style(low, '')} to {style(high, '')})"


def either(ways: Sequence[str]) -> str:
    """The first two of several, and how many more there are."""
    more = f" or {len(ways) - 2} more" if len(ways) > 2 else ""
    return " or ".join(ways[:2]) + more


def aligned(title: Sequence[str], body: Sequence[Sequence[str]], widths: Sequence[int]) -> list[str]:
    """A table as text; a Chinese letter is as wide as two others, and what is wider than its column widens it.

    widths : least, of each column; the first is to the left, others to the right; negative: an interval, to the left
    """
    grid = Table.grid()
    for k, width in enumerate(widths):
        left = k == 0 or width < 0
        grid.add_column(min_width=abs(width) + 2 * (width < 0), justify="left" if left else "right", no_wrap=True)
    for row in [title, *body]:
        cells = zip(row, widths, strict=True)
        grid.add_row(*(Text("  " * (width < 0) + cell) for cell, width in cells))
    console = Console(file=StringIO(), width=10_000, color_system=None)
    with console.capture() as text:
        console.print(grid)
    return [line.rstrip() for line in text.get().splitlines()]


def times(ratio: Number) -> str:
    """`, 79 times too much (74 to 83)`; nothing where the truth may be zero."""
    if ratio.value is None or ratio.sign != 1:
        return ""
    return f", {ratio.text(WHOLE)} times too much ({ratio.interval(WHOLE)})"


def paid_back(back: Number, ahead: Number, runs: int) -> str:
    """In how many runs the loss is made good for good; where in none, how long the program was ahead before."""
    if back.n:
        return f"in {back.n} of {runs} runs"
    if ahead.n:
        week = ahead.text(WHOLE)
        return f"ahead until week {week}" if ahead.n == runs else f"ahead to {week} in {ahead.n} of {runs}"
    return "not within the horizon"


def paragraph(text: str, lines: int | None = None) -> list[str]:
    """Text in lines of a screen's width; of what does not fit into `lines`, where the rest stands."""
    return wrap(text, WIDTH, max_lines=lines, placeholder=" ... (all: config.yaml)")
