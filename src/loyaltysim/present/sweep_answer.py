"""What a sweep found, as it is read aloud: does the sign turn, with what; what moves the outcome most; how sure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from loyaltysim.measures.registry import find
from loyaltysim.measures.statistics import estimate
from loyaltysim.present import glossary, settings
from loyaltysim.present.answer import FEWEST, ROWS, TOO_FEW, numbers
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.said import Said, both
from loyaltysim.studies.reading import Reading, Table

MONEY = "profit_per_customer"
IN_TABLE = 28  # numbers that a table may hold: the prose has the others
SIDES = {1: Said("pays", "划算"), -1: Said("loses", "亏损"), 0: Said("cannot tell", "说不准"), None: Said("-", "-")}


@dataclass(frozen=True)
class Move:
    """How far one key moves an outcome, others averaged over: its ends as they are listed; is it beyond luck?"""

    key: str
    low: object
    high: object
    at_low: float
    at_high: float
    sure: bool

    @property
    def width(self) -> float:
        """From one end to the other."""
        return abs(self.at_high - self.at_low)


@dataclass(frozen=True)
class Swept:
    """What is read aloud: runs, what each point sets, what is told.

    table : a row a run;  points : a row a point with x, x_low, x_high of every outcome;  sets : key -> value, a point
    """

    table: pd.DataFrame
    points: pd.DataFrame
    sets: Sequence[Mapping[str, object]]
    keys: Sequence[str]
    names: Sequence[str]
    scenario: Scenario

    @property
    def runs(self) -> int:
        """Of the point that has fewest."""
        return int(self.table.groupby("point").size().min()) if len(self.table) else 0

    @property
    def varied(self) -> list[str]:
        """Keys that differ between points."""
        return [key for key in self.keys if key in self.table and self.table[key].nunique(dropna=False) > 1]

    def called(self, name: str) -> Said:
        """An outcome in words, without its unit where `amount` says it."""
        each = Said("profit per customer and year", "每位客户每年的利润")
        return each if name == MONEY else glossary.label(find(name), self.scenario.market)

    def head(self, name: str) -> Said:
        """An outcome over its column."""
        return Said(f"profit, {self.money.en}", f"利润（{self.money.zh}）") if name == MONEY else self.called(name)

    @property
    def money(self) -> Said:
        """The currency."""
        return glossary.currency(self.scenario.market.currency)

    def amount(self, name: str, value: float, sign: str | None = None) -> Said:
        """A number of an outcome with its unit, in a sentence."""
        said = find(name).style(value, sign) + find(name).style.unit
        return Said(f"{said} {self.money.en}", f"{said} {self.money.zh}") if name == MONEY else both(said)

    def moved(self, name: str) -> list[Move]:
        """Every key by how far it moves an outcome, farthest first; differences are paired by seed."""
        found = []
        for key in self.varied:
            by_seed: Any = self.table.groupby([key, "seed"], sort=False)[name].mean().unstack("seed")
            means: Any = by_seed.mean(axis=1).dropna()
            if len(means) < 2:
                continue
            low, high = sorted((means.idxmin(), means.idxmax()), key=list(means.index).index)
            apart = estimate((by_seed.loc[high] - by_seed.loc[low]).dropna().to_numpy(float), "")
            sure = apart.low is not None and apart.high is not None and (apart.low > 0.0 or apart.high < 0.0)
            found.append(Move(key, low, high, float(means[low]), float(means[high]), sure))
        return sorted(found, key=lambda move: -move.width)

    def sides(self) -> list[int | None]:
        """1, -1 or 0 for each point at which profit is surely above, surely below, or neither; None: undefined."""
        if MONEY not in self.names:
            return []
        ends = self.points[[MONEY, f"{MONEY}_low", f"{MONEY}_high"]].itertuples(index=False)
        return [None if np.isnan(value) else int(low > 0.0) - int(high < 0.0) for value, low, high in ends]


def reading(swept: Swept, figure: str = "") -> Reading:
    """The answer of a sweep. figure : where it lies, "" where none is drawn"""
    if not swept.names or swept.points[list(swept.names)].isna().all(axis=None):
        none = Said("None of these settings gives a number to tell.", "这些设定都没有得出可说的数值。")
        return Reading(none, Said("Other settings would.", "换别的设定才会有。"), TOO_FEW)
    return Reading(first(swept), second(swept), sure(swept), table(swept), figure=figure)


def name_of(swept: Swept) -> Said:
    """What is swept: the program by its name, unless that is what varies."""
    varied = {"program", "scenario"} & set(swept.varied)
    named = glossary.program(list(swept.scenario.focal_firm.program))
    return Said("the program", "这项计划") if varied else Said(f"the {named.en}", named.zh)


def first(swept: Swept) -> Said:
    """Does it pay, or on what does that depend? Of a market alone: what moves its outcome most."""
    if MONEY not in swept.names:
        return most(swept, swept.names[0])
    name, sides = name_of(swept), swept.sides()
    if swept.runs < FEWEST:
        return Said(f"Too few runs to say where {name.en} pays.", f"运行次数太少，说不准{name.zh}何时划算。")
    if set(sides) == {1} or set(sides) == {-1}:
        word = Said("pays", "都划算") if sides[0] == 1 else Said("loses money", "都亏损")
        at_all = Said("at every setting that was tried", "在试过的每个设定下")
        return Said(f"{capital(name.en)} {word.en} {at_all.en}.", f"{at_all.zh}，{name.zh}{word.zh}。")
    if {1, -1} <= set(sides):
        return turns(swept, name, sides)
    side, count = (1, sides.count(1)) if 1 in sides else (-1, sides.count(-1))
    if not count:
        return Said(
            f"Whether {name.en} pays cannot be told at any of these settings.",
            f"{name.zh}是否划算，在这些设定下都说不准。",
        )
    word = Said("pays", "划算") if side == 1 else Said("loses money", "亏损")
    return Said(
        f"{capital(name.en)} {word.en} at {count} of {len(sides)} settings; elsewhere nobody can tell.",
        f"{name.zh}在 {len(sides)} 个设定中有 {count} 个{word.zh}，其余说不准。",
    )


def turns(swept: Swept, name: Said, sides: Sequence[int | None]) -> Said:
    """On what it depends most whether it pays."""
    pays = pd.Series([side == 1 for side in sides], index=swept.points.index)
    shares = {key: pays.groupby(swept.points[key], sort=False).mean() for key in swept.varied}
    key = max(shares, key=lambda k: shares[k].max() - shares[k].min())
    high, low = (settings.at(key, shares[key].idxmax()), settings.at(key, shares[key].idxmin()))
    size = settings.called(key)
    if shares[key].max() == 1.0 and shares[key].min() == 0.0:
        does = Said(f"it does {high.en}, not {low.en}", f"{high.zh}划算，{low.zh}不划算")
    else:
        does = Said(f"more often {high.en} than {low.en}", f"{high.zh}比{low.zh}更常划算")
    return Said(
        f"Whether {name.en} pays depends most on {size.en}: {does.en}.",
        f"{name.zh}是否划算，主要看{size.zh}：{does.zh}。",
    )


def most(swept: Swept, name: str) -> Said:
    """What moves an outcome most; or that too few runs, or luck, keep it open."""
    outcome, moves = swept.called(name), swept.moved(name)
    if swept.runs < FEWEST:
        return Said(
            f"Too few runs to say what moves the {outcome.en} most.", f"运行次数太少，说不准什么最影响{outcome.zh}。"
        )
    moves = [move for move in moves if move.sure]
    if not moves:
        return Said(f"Nothing here moves the {outcome.en} beyond luck.", f"这里没有什么对{outcome.zh}的影响超过运气。")
    size = settings.called(moves[0].key)
    return Said(f"What moves the {outcome.en} most is {size.en}.", f"最影响{outcome.zh}的是{size.zh}。")


def second(swept: Swept) -> Said:
    """From where to where the first outcome goes with what moves it most; whether anything turns the sign."""
    name = swept.names[0]
    if swept.runs < FEWEST:
        need = f"at least {FEWEST} runs of each"
        return Said(f"It takes {need} to tell settings from luck.", f"每个设定至少运行 {FEWEST} 次，才能与运气区分开。")
    sides, moves = swept.sides(), [move for move in swept.moved(name) if move.sure]
    if sides and len(set(sides)) == 1 and sides[0]:
        turn = Said("Nothing in these ranges turns that.", "在这些范围内，没有什么能改变这一点。")
    else:
        turn = Said("", "")
    if not moves:
        return (
            turn
            if turn.en
            else Said("More runs, or wider ranges, have to settle it.", "需要更多运行或更宽的范围才能定论。")
        )
    return turn + ends(swept, name, moves[0])


def ends(swept: Swept, name: str, move: Move) -> Said:
    """An outcome at both ends of what moves it most."""
    outcome = swept.called(name)
    low, high = settings.at(move.key, move.low), settings.at(move.key, move.high)
    least, most = swept.amount(name, move.at_low), swept.amount(name, move.at_high)
    size = settings.called(move.key)
    if MONEY not in swept.names:
        return Said(
            f"On average it is {least.en} {low.en} and {most.en} {high.en}.",
            f"平均而言，{low.zh}为 {least.zh}，{high.zh}为 {most.zh}。",
        )
    return Said(
        f"The {outcome.en} moves most with {size.en}: {least.en} {low.en}, {most.en} {high.en}.",
        f"最影响{outcome.zh}的是{size.zh}：{low.zh}为 {least.zh}，{high.zh}为 {most.zh}。",
    )


def sure(swept: Swept) -> Said:
    """What nobody knows and was not swept; then luck."""
    if swept.runs < FEWEST:
        return TOO_FEW
    name = MONEY if MONEY in swept.names else swept.names[0]
    outcome = swept.called(name)
    half = float(np.nanmedian(swept.points[f"{name}_high"] - swept.points[f"{name}_low"])) / 2.0
    size = swept.amount(name, half, "")
    return Said(
        f"What nobody knows and was not varied here stayed as it is set. Luck alone moves the {outcome.en} at a "
        f"setting by about {size.en} either way.",
        f"没人知道而这里没有改动的数值，都保持原来的设定。单凭运气，每个设定的{outcome.zh}上下约差 {size.zh}。",
    )


def table(swept: Swept) -> Table:
    """Points in the order of what was varied, or from the least to the most; the side of profit in a word."""
    sides = swept.sides()
    rows = []
    for place, (_, point) in enumerate(swept.points.iterrows()):
        set_here = {key: value for key, value in swept.sets[int(point.point)].items() if key in swept.varied}
        cells = [cell(point[name], name) for name in swept.names]
        verdict = [SIDES[sides[place]]] if sides and swept.runs >= FEWEST else []
        rows.append((point[swept.names[0]], (settings.point(set_here), *cells, *verdict)))
    if len(swept.varied) != 1:
        rows.sort(key=lambda row: row[0])
    each = max(len(numbers(" ".join(str(cell) for cell in row))) for _, row in rows)
    count = min(len(rows), ROWS, max(2, IN_TABLE // max(1, each)))
    at = np.unique(np.linspace(0, len(rows) - 1, count).round().astype(int))
    heads = [swept.head(name) for name in swept.names]
    verdict = [Said("", "")] if sides and swept.runs >= FEWEST else []
    return Table((settings.heading(swept.varied), *heads, *verdict), [rows[k][1] for k in at])


def cell(value: float, name: str) -> str:
    """A mean as it stands in a table; - where it is undefined."""
    style = find(name).style
    return "-" if not np.isfinite(value) else style(value) + style.unit


def capital(text: str) -> str:
    """The beginning of a sentence."""
    return text[:1].upper() + text[1:]


def figure_of(folder: Path, points: pd.DataFrame, names: Sequence[str]) -> str:
    """Where the figure lies; one point alone, or no outcome, has none."""
    return str(folder / "figure.png") if names and len(points) > 1 else ""
