"""Two members put their points together: the smaller balance moves to the larger one, nothing is lost.

What moves begins anew where points lapse by date; points that cannot be used yet stay where they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loyaltysim.mechanism import draws
from loyaltysim.mechanism.declare import Field, Mechanism, People, Scene, World
from loyaltysim.programs.points import no_points
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Transfer(Dated):
    """Customers 0 and 1, 2 and 3, ... know each other, whoever else there is; both must hold a card of the firm."""

    chance: float = term(0.02, "per week and pair", 0.0, 1.0, doc="that points are put together")
    least: float = term(0.0, "points", 0.0, 1e9, doc="a smaller balance than this is not moved")


def usable(people: People) -> np.ndarray:
    """Points that do not wait to be used. -> (n, n_firms) thousandths"""
    waiting = people.columns.get("unripe")
    return people["balance"] if waiting is None else people["balance"] - waiting


def acquainted(ids: np.ndarray) -> np.ndarray:
    """The rows of those who know each other, whatever the order of rows. -> (pairs, 2)"""
    order = np.argsort(ids, kind="stable")
    rising = ids[order]
    first = np.flatnonzero((rising[:-1] % 2 == 0) & (rising[1:] == rising[:-1] + 1))
    pairs: np.ndarray = order[np.column_stack([first, first + 1])]
    return pairs


def moved(market: World, own: Transfer, name: str, place: int, pairs: np.ndarray) -> np.ndarray:
    """What each customer gets of the other at one firm this week; what is given counts below 0. -> (n,) thousandths

    pairs : `acquainted`
    """
    people, first = market.population, pairs[:, 0]
    with np.errstate(over="ignore"):
        week = draws.child(people["key"][first], np.uint64(market.week))
        luck = draws.item_uniform(week, draws.purpose("transfer"), draws.item_key(market.terms.luck(name)))
    able = ((people["joined"][:, place] >= 0) & (people["status"] == 1))[pairs].all(axis=1)
    balance = usable(people)[pairs, place]
    less = balance.min(axis=1)
    goes = able & (luck < own.chance) & (less > 0) & (less >= round(own.least * 1000))
    gets = np.where(goes, less, 0) * np.where(balance[:, 0] >= balance[:, 1], 1, -1)
    change = np.zeros(people.n, np.int64)
    change[pairs] = np.column_stack([gets, -gets])
    return change


def put_together(market: World, terms: Transfer) -> None:
    """Before customers shop: balances move, firm by firm."""
    people = market.population
    if "balance" not in people.columns:
        return
    pairs = acquainted(people.ids)
    for place, (name, firm) in enumerate(market.firms.items()):
        own = firm.running_program.get("transfer")
        if own is not None and own.chance > 0.0:
            change = moved(market, own, name, place, pairs)
            people["balance"][:, place] += change
            people["passed_on"][:, place] += change


def tell(scene: Scene) -> list[str]:
    """Points that came or went."""
    change = int(scene.after["passed_on"]) - int(scene.before["passed_on"])
    points = f"{abs(change) / 1000:.0f}"
    if change > 0:
        return scene.say(f"was given {points} points of {scene.firm}", f"收到他人转来的 {scene.firm} {points} 积分")
    if change < 0:
        return scene.say(f"gave {points} points of {scene.firm} away", f"把 {scene.firm} 的 {points} 积分转给了他人")
    return []


MECHANISM = Mechanism(
    name="transfer",
    level="program",
    source="households pool points where a program lets them; how often, and that they are pairs, is assumed",
    terms=Transfer,
    neutral={"chance": 0.0},
    needs=("membership",),
    fields={
        "passed_on": Field(per_firm=True, dtype="int64", start=0, unit="thousandths of a point got less given so far")
    },
    each_week=put_together,
    fits=no_points("transfer", "chance"),
    tell=tell,
    order=73,
)
