"""What was varied, in a manager's words: what a key is called, what a value of it is, which of them moves an outcome.

Sweeps, explorations and searches vary keys of the configuration; the sentences and figures of all of them ask here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from textwrap import shorten

from loyaltysim.configure.compose import components
from loyaltysim.present import assumptions, glossary
from loyaltysim.present.answer import width
from loyaltysim.scenario.read import parameters
from loyaltysim.scenario.said import Said, both

GROUPS = {  # keys that choose a whole file
    "program": Said("which program it is", "用哪种计划"),
    "market": Said("which market it is", "是哪个市场"),
    "rivals": Said("what rivals do", "对手怎么做"),
    "policy": Said("what the firm does", "本公司怎么做"),
    "scenario": Said("which case it is", "是哪个案例"),
    "customers": Said("who the customers are", "客户是什么样的人"),
    "weeks": Said("how many weeks pass", "经过多少周"),
}
WORDS = {"": Said("none", "无"), "none": Said("none", "无"), "True": Said("yes", "是"), "False": Said("no", "否")}
UNITS = {  # that are told beside an axis, by their beginning; others are no words of a manager
    "money": Said("money", "钱"),
    "weeks": Said("weeks", "周"),
    "week": Said("week", "周"),
    "points": Said("points", "积分"),
    "stamps": Said("stamps", "个章"),
    "share": Said("share", "比例"),
    "fraction of the": Said("share of the price", "占价格的比例"),
    "purchases": Said("purchases a year", "每年购买次数"),
}
SETTING = Said("setting", "设定")
WIDEST = 46  # columns of a setting in a table


def called(key: str) -> Said:
    """What varies, as a noun or an indirect question: `how loyal tastes are`."""
    return GROUPS.get(key) or assumptions.size(key)


def measured_in(key: str, currency: Said) -> Said:
    """What an axis of it says: its name, with the unit where people know it."""
    name, unit = called(key), units().get(key, "")
    for start, said in UNITS.items():
        if unit.startswith(start):
            said = currency if start == "money" else said
            return Said(f"{name.en} ({said.en})", f"{name.zh}（{said.zh}）")
    return name


@cache
def units() -> dict[str, str]:
    """The unit of every key that a configuration may set."""
    return {one.key: one.unit for one in parameters(components())}


def value(key: str, of: object) -> Said:
    """A value as it is said: a number of four digits, a program by its name, yes or no."""
    number = None if isinstance(of, bool) else assumptions.as_number(of)
    if number is not None:
        return both(f"{number:.4g}")
    text = str(of)
    if text in WORDS:
        return WORDS[text]
    return glossary.program(text.strip("[]").replace(" ", "").split(",")) if key == "program" else both(text)


def at(key: str, of: object) -> Said:
    """Where it has a value: `at 0.6`, `with the stamp card`."""
    said = value(key, of)
    number = assumptions.as_number(of) is not None and not isinstance(of, bool)
    the = "the " if key == "program" and said not in WORDS.values() else ""
    return Said(f"at {said.en}" if number else f"with {the}{said.en}", f"取{spaced(said.zh)}时")


def spaced(text: str) -> str:
    """A number stands apart from Chinese letters."""
    return f" {text} " if text[:1].isascii() else text


def point(values: Mapping[str, object]) -> Said:
    """All that a point sets, in a few words; one thing alone by its value."""
    if len(values) == 1:
        return next(value(k, v) for k, v in values.items())
    named = [assumptions.assumption(f"{k}={v}") for k, v in values.items() if k not in GROUPS]
    named = [value(k, v) for k, v in values.items() if k in GROUPS] + named
    said = Said("; ".join(n.en for n in named), "；".join(n.zh for n in named))
    if named and max(width(said.en), width(said.zh)) <= WIDEST:
        return said
    short = [value(k, v) for k, v in values.items()]
    return Said(" / ".join(n.en for n in short), " / ".join(n.zh for n in short)) if short else WORDS[""]


def heading(keys: Sequence[str]) -> Said:
    """What stands over a column of points."""
    if not keys:
        return SETTING
    names = [called(key) for key in keys]
    if len(names) == 1:
        return names[0]
    said = Said(" / ".join(n.en for n in names), " / ".join(n.zh for n in names))
    return Said(shorten(said.en, WIDEST, placeholder=" ..."), said.zh if width(said.zh) <= WIDEST else SETTING.zh)


def clauses(values: Mapping[str, object]) -> Said:
    """Everything that is set, one after the other: `what a reward is worth at 3, the stamp card`."""
    named = [
        Said(f"{called(k).en} at {value(k, v).en}", f"{called(k).zh}取 {value(k, v).zh}")
        if k not in GROUPS
        else Said(f"the {value(k, v).en}", value(k, v).zh)
        for k, v in values.items()
    ]
    return Said(", ".join(n.en for n in named), "，".join(n.zh for n in named))
