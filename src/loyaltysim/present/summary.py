"""The numbers of a run by name, as whatever is told of it reads them: screen, answer, page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from loyaltysim.measures.registry import find
from loyaltysim.present.format import Number
from loyaltysim.runs.files import Records

HERO = "weekly.png"


class Summary:
    """The numbers of a run by name, and the scenario that they are about."""

    def __init__(self, records: Records) -> None:
        self.numbers: Mapping[str, Mapping[str, Any]] = records.summary
        self.scenario, self.size, self.unknown = records.scenario, records.size, records.unknown
        self.occasion, self.currency = self.scenario.market.occasion, self.scenario.market.currency
        self.money = f"{self.currency} per customer and year"
        self.contracts = self.scenario.market.setting == "contract"

    @property
    def all_known(self) -> bool:
        """Were worlds asked for, and nothing left to draw?"""
        return self.scenario.worlds != "none" and not self.unknown

    def __contains__(self, name: str) -> bool:
        return name in self.numbers

    def moved(self, name: str) -> bool:
        """Is this a number of the summary, and not 0?"""
        return name in self and self[name].value != 0.0

    def __getitem__(self, name: str) -> Number:
        return Number(**self.numbers[name])

    def label(self, name: str, short: bool = False) -> str:
        """What a number is called, in the words of this market."""
        return find(name).label(self.occasion, self.currency, short)

    def line(self, name: str, label: str = "", more: str = "") -> tuple[str, str, str]:
        """A row of a table: what (in the registry's words unless others are given), value, interval and a remark."""
        style = find(name).style
        return label or self.label(name), self[name].text(style), self[name].interval(style) + more


def varied(s: Summary, name: str) -> list[tuple[str, str, Number]]:
    """Key, value and number of every assumed value that was tried and moved anything."""
    told = [text for text in s.scenario.vary if f"{name}[{text}]" in s]
    return [(key, value, s[f"{name}[{text}]"]) for text in told for key, value in [text.split("=", 1)]]


def at(tree: Any, key: str) -> Any:
    """The value at a dotted key of nested mappings; None where the scenario has no such key."""
    for name in key.split("."):
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree
