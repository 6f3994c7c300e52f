"""What a number is called, in which unit it is, how it is written, what it is of: declared once, beside what makes it.

    @measure(unit="share", words="third visits", chinese="第三次购买", style="share", of="customers with three or more")
    def third_visits(book, scenario, firm): ...

A function that makes several numbers has one such line for each. Nothing is registered by declaring it: a file is
asked for its measures (`measures_of`), and `measures.registry` knows those of the package and those that a user brings.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any, TypeVar

from loyaltysim.scenario.hints import suggestion

Function = TypeVar("Function", bound=Callable[..., Any])


FINEST = 5  # decimals


@dataclass(frozen=True)
class Style:
    """How a number is written: scale, digits, sign, unit."""

    scale: float = 1.0
    digits: int = 2
    sign: str = "+"
    unit: str = ""

    def __call__(self, value: float, sign: str | None = None) -> str:
        """The number without its unit; from 100 on with fewer decimals."""
        x = value * self.scale
        digits = max(0, self.digits - (abs(x) >= 100.0) - (abs(x) >= 1000.0))
        x = round(x, digits) + 0.0  # what rounds to nothing has no minus
        return f"{x:{self.sign if sign is None else sign}.{digits}f}"

    def fine(self, largest: float) -> Style:
        """The same with decimals enough for two digits of numbers of this size; at most `FINEST`."""
        size = abs(largest * self.scale)
        needed = min(FINEST, 1 - math.floor(math.log10(size))) if size else 0
        return replace(self, digits=max(self.digits, needed))


STYLES = {
    "number": Style(sign=""),  # 0.25
    "change": Style(),  # +0.25, also of money
    "money": Style(sign=""),  # 0.25, in the market's currency
    "whole": Style(digits=0, sign=""),  # 12
    "share": Style(100.0, 0, "", " %"),  # 25 %
    "rate": Style(100.0, sign="", unit=" %"),  # 25.00 %
    "lift": Style(100.0, unit=" %"),  # +25.00 %
    "points": Style(100.0),  # +25.00, percentage points
    "per hundred": Style(100.0, 1, ""),  # 25.0, of 100
    "per hundred, fine": Style(100.0, sign=""),  # 25.00, of 100
    "scale": Style(digits=1, sign=""),  # 7.5, of a scale of points
}


@dataclass(frozen=True)
class Part:
    """One member of a family of numbers: how it is called in both languages."""

    words: str
    chinese: str


@dataclass(frozen=True)
class Measure:
    """One number that can be read off a run.

    name    as it stands in summary.json; a family's holds `{}`, as in `{}_lift`
    unit    never empty
    words, chinese : what a person calls it. `{occasion}` and `{currency}` stand for the market's words, `{}` for the
            member of a family; a line break is a place where a figure may break the line
    style   how it is written
    of      its definition in a line, or the tables that it is read from
    short   how it is called in the head of a column;  head : the same in the two lines of a screen's
    each    of a family: member -> its words, or a function that gives them
    compute the function that was declared: of the finished book, the scenario and the firm's id where a user brought
            it (`measures.registry.register`)
    """

    name: str
    unit: str
    words: str
    chinese: str
    style: Style
    of: str
    short: str = ""
    head: tuple[str, str] = ("", "")
    each: Mapping[str, Part] | Callable[[], Mapping[str, Part]] | None = None
    compute: Callable[..., Any] | None = field(default=None, compare=False)

    @property
    def parts(self) -> Mapping[str, Part]:
        """Who belongs to a family; nobody where it is a single number."""
        return self.each() if callable(self.each) else self.each or {}

    @property
    def members(self) -> dict[str, Measure]:
        """The numbers of a family by name; of a single number, itself."""
        if self.each is None:
            return {self.name: self}
        return {(one := self.member(key, part)).name: one for key, part in self.parts.items()}

    def member(self, key: str, part: Part) -> Measure:
        """One number of a family."""
        name, words = self.name.replace("{}", key), self.words.replace("{}", part.words)
        return replace(self, name=name, words=words, chinese=self.chinese.replace("{}", part.chinese), each=None)

    def label(self, occasion: str = "purchases", currency: str = "money", short: bool = False) -> str:
        """The English words in one line, in a market's own words."""
        text = self.short if short else self.words
        return " ".join(text.replace("{occasion}", occasion).replace("{currency}", currency).split())


def measure(
    name: str | None = None,
    *,
    unit: str,
    words: str,
    chinese: str,
    style: str | Style,
    of: str,
    short: str = "",
    head: tuple[str, str] = ("", ""),
    each: Mapping[str, Part] | Callable[[], Mapping[str, Part]] | None = None,
) -> Callable[[Function], Function]:
    """Declare a number that the decorated function makes; the function itself stays as it is.

    name  : None = the function's own
    style : a name of `STYLES`, or a `Style`
    Other arguments as in `Measure`. Raises ValueError for an empty unit, word or definition, or an unknown style.
    """

    def declared(function: Function) -> Function:
        own = function.__name__ if name is None else name
        for what, text in (("unit", unit), ("words", words), ("chinese", chinese), ("of", of)):
            if not text.strip():
                raise ValueError(f"measure {own!r} has no {what}: every number says its own")
        if isinstance(style, str) and style not in STYLES:
            raise ValueError(f"measure {own!r} has no style {style!r}{suggestion(style, STYLES)}")
        how = STYLES[style] if isinstance(style, str) else style
        made = Measure(own, unit, words, chinese, how, of, short, head, each, function)
        function.__dict__["__measures__"] = (made, *getattr(function, "__measures__", ()))
        return function

    return declared


def measures_of(module: ModuleType) -> list[Measure]:
    """Every measure that a file declares, in the order in which it stands there."""
    own = (value for value in vars(module).values() if getattr(value, "__module__", None) == module.__name__)
    return [made for value in own for made in getattr(value, "__measures__", ())]
