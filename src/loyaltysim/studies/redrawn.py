"""What an experiment assumes and draws anew in each of its worlds, and what the worlds then say.

sizes     rows of the evidence table that act in its world, and its own, written in its file as lines of that table
lives     a task in every world, and in the shipped world with other luck: a row a world and industry
in_worlds the same of an experiment with one market
carrier   the size that moves a number most; named: what it is called
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from loyaltysim.configure.evidence import Row, read_rows
from loyaltysim.measures import uncertainty
from loyaltysim.measures.statistics import LEVEL, Estimate
from loyaltysim.measures.verdict import Verdict
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.said import Said
from loyaltysim.studies import worlds
from loyaltysim.studies.experiment import Plan

WORLD, LUCK = "world", "luck"  # kinds of rows: sizes drawn anew, or the shipped world with other luck
OTHER_LUCK = 10_000  # places of the latter: no seed of theirs is one of a drawn world
SIGHT = 1.959964  # standard errors on either side of an interval of 95 %
SEEN = 0.25  # share of the variance of ranks from which a size is named: of 48 worlds, hardly ever by luck


def sizes(world: Scenario, own: Sequence[str], held: Sequence[str], shown: str) -> list[Row]:
    """The sizes that are drawn. own : lines as in conf/worlds/evidence.yaml;  held : keys, or what they begin with

    Its own line of a key goes before the table's. Raises ConfigError with every problem of its lines.
    """
    mine = read_rows("\n".join(own), shown)
    taken = {row.key for row in mine}
    return [*mine, *(row for row in worlds.sizes(world, "evidence", held) if row.key not in taken)]


def lives(
    task: worlds.Task, bases: Mapping[str, Scenario], drawn: Sequence[Row], n: int, seeds: int, processes: int
) -> pd.DataFrame:
    """A task in n worlds and in the shipped one with other luck. -> a row each, with the sizes of the world

    task : (scenarios, seed) -> numbers, at the top level of a module;  bases : one scenario an industry
    """
    first = next(iter(bases.values()))
    values = worlds.draw(drawn, n, first.seed).head(n)
    ready = [worlds.prepared(base, drawn, base.customers.n) for base in bases.values()]
    luck = pd.DataFrame(index=range(OTHER_LUCK, OTHER_LUCK + seeds))
    found = [
        worlds.many(task, ready, rows, processes=processes, label=label).assign(kind=kind).join(rows)
        for kind, label, rows in ((WORLD, "worlds", values), (LUCK, "other luck", luck))
    ]
    return pd.concat(found).rename_axis("at").reset_index()


def sizes_of(made: Plan[Any]) -> list[Row]:
    """The sizes that an experiment draws in its world: settings `drawn` and `held`. Raises ConfigError as `sizes`."""
    return sizes(made.world, made.settings.drawn, made.settings.held, f"conf/experiment/{made.name}.yaml")


def in_worlds(made: Plan[Any], task: worlds.Task) -> pd.DataFrame:
    """A task in every world of an experiment with one market: `worlds_per_run` for each of its runs. -> as `lives`"""
    world, seeds = made.world, made.world.seeds
    many = made.settings.worlds_per_run * seeds
    return lives(task, {world.market.name: world}, sizes_of(made), many, seeds, world.compute.processes)


def carrier(rows: pd.DataFrame, keys: Sequence[str], value: str) -> str:
    """The size whose rank explains most of a number's rank over worlds, if it explains a quarter; else ""."""
    told = [key for key in keys if key in rows and rows[key].nunique() > 1]
    if rows[value].nunique() < 2 or not told:
        return ""
    ranks = uncertainty.codes(rows[told]).rank().corrwith(rows[value].rank()) ** 2
    best = str(ranks.idxmax())
    return best if float(ranks[best]) >= SEEN else ""


def around(value: float, error: float) -> Estimate:
    """A number of one world with its interval of luck. error : its standard error"""
    return Estimate(value, value - SIGHT * error, value + SIGHT * error, LEVEL, "", 1)


def more_or_less(found: Estimate, margin: float) -> Verdict:
    """Judge "more": nil where the interval lies within the margin around 0, else by the side of 0 on which it lies."""
    if found.low is None or found.high is None or np.isnan(found.low):
        return Verdict("cannot judge", "the question does not arise")
    words = f"{found.low:.3g} to {found.high:.3g}"
    if -margin <= found.low and found.high <= margin:
        return Verdict("practically nil", words)
    if found.low > 0.0:
        return Verdict("supported", words)
    return Verdict("refuted" if found.high < 0.0 else "inconclusive", words)


def how_much_luck(worlds_: Sequence[float], luck: Sequence[float]) -> Said:
    """How far luck moves a number beside what nobody knows, in words. worlds_, luck : (n,) of one number"""
    spreads = [float(np.nanstd(np.asarray(x, float))) for x in (worlds_, luck)]
    if spreads[1] < spreads[0] / 4.0:
        return Said("Luck moves it far less.", "运气的影响小得多。")
    if spreads[1] < spreads[0]:
        return Said("Luck moves it less.", "运气的影响较小。")
    return Said("Luck moves it as much.", "运气的影响同样大。")


def named(rows: pd.DataFrame, drawn: Sequence[Row], value: str) -> Said | None:
    """What the carrier of a number is called; None where no size carries it. rows : a world each;  drawn : the sizes"""
    key = carrier(rows, [row.key for row in drawn], value)
    return called(key, drawn) if key else None


def called(key: str, rows: Sequence[Row]) -> Said:
    """What a size is called where a person reads."""
    row = next(row for row in rows if row.key == key)
    return row.called
