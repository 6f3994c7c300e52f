"""A market of six people and two firms, small enough to be counted by hand: firm a launches points in week 13 of 65.

From the launch to the horizon it is one year. Customer 5 never comes. Everybody pays 10 a purchase, customer 1 pays 20
at a. Customer 0 joins in week 14. Goods cost half of what they sell for.

              with the program                             without it
customer 0    a in 2, 5 | a in 14, 20, 30, 40, 60          a in 2, 5 | a in 14, 20, 41; b in 30
customer 1    a in 3    | a in 20; b in 30                 the same
customer 2    b in 4    | b in 20, 40, 50                  the same
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from loyaltysim.firms.firm import COSTS, LINES
from loyaltysim.firms.offer import Offer
from loyaltysim.market.book import Book
from loyaltysim.measures.twins import Worlds
from loyaltysim.scenario.model import Scenario
from tests import scenarios

WEEKS, LAUNCH, PEOPLE, FIRMS = 65, 13, 6, ("a", "b")
PROGRAM = {"points": {"earn": 1.0, "threshold": 100.0, "face_value": 6.0}}
BOTH = [(0, 2, "a"), (0, 5, "a"), (1, 3, "a"), (2, 4, "b"), (1, 20, "a"), (1, 30, "b"), (2, 20, "b"), (2, 40, "b"),
        (2, 50, "b"), (0, 14, "a"), (0, 20, "a")]  # fmt: skip
WITH, WITHOUT = [(0, 30, "a"), (0, 40, "a"), (0, 60, "a")], [(0, 41, "a"), (0, 30, "b")]
SPENT = {("reward_cost", 30): 300, ("liability_change", 60): 200, ("touchpoints", 20): 40, ("fixed_cost", 13): 60,
         ("breakage", 60): 100, ("member_revenue", 60): 4000}  # fmt: skip


def scenario(**more: Any) -> Scenario:
    """The scenario of this market: beta 2 at a reference price of 1, nobody differs in what pulls."""
    return scenarios.world(PEOPLE, WEEKS, program=PROGRAM, shares={"a": 0.5, "b": 0.5}, **more)


def log(purchases: Sequence[tuple[int, int, str]]) -> pd.DataFrame:
    """The purchases of a world, in the order of time."""
    rows = pd.DataFrame(purchases, columns=["customer", "week", "name"]).sort_values(["week", "customer"])
    spend = np.where((rows.customer == 1) & (rows.name == "a"), 2000, 1000)
    firm = rows.name.map({"a": 0, "b": 1})
    return pd.DataFrame({"customer": rows.customer, "week": rows.week, "occasion": 0, "firm": firm, "spend": spend,
                         "day": 7.0 * rows.week}).reset_index(drop=True)  # fmt: skip


def weekly(purchases: pd.DataFrame, booked: dict[tuple[str, int], int]) -> pd.DataFrame:
    """Counters and ledger of both firms, in cents; what is `booked` is firm a's."""
    at = pd.MultiIndex.from_product([range(WEEKS), FIRMS], names=["week", "firm"])
    rows = pd.DataFrame(0, index=at, columns=["visits", *LINES, "member_revenue"])
    for one in purchases.itertuples():
        rows.loc[(one.week, FIRMS[one.firm]), ["visits", "revenue", "cost_of_goods"]] += [1, one.spend, one.spend // 2]
    for (line, week), cents in booked.items():
        rows.loc[(week, "a"), line] += cents
    rows["profit"] = rows.revenue - rows[list(COSTS)].sum(axis=1)
    return rows.reset_index()


def book(purchases: Sequence[tuple[int, int, str]], booked: dict[tuple[str, int], int]) -> Book:
    """One world."""
    bought = log(purchases)
    people = pd.DataFrame(
        {"customer": range(PEOPLE), "status": [1, 1, 1, 1, 1, 0], "entered": [0] * PEOPLE, "beta": 2.0, "rate": 1.0,
         "rho": [0.9, 0.1, 0.6, 0.2, 0.4, 0.9], "spending": 10.0, "joined_a": [14, -1, -1, -1, -1, -1]}
    )  # fmt: skip
    visits = np.zeros((WEEKS // 13, PEOPLE, 2), np.int32)
    np.add.at(visits, (bought.week // 13, bought.customer, bought.firm), 1)
    program = scenario().firms["a"].program if booked else {}
    shown = [{"a": Offer(1.0, 1.0, program if week >= LAUNCH else {}), "b": Offer(1.0, 1.0, {})} for week in range(65)]
    prior = np.array([0.6, 0.5, 0.2, 0.2, 0.5, 0.9])
    return Book(
        weekly=weekly(bought, booked), people=people, visits=visits, spend=1000 * visits, log=bought, offers=shown,
        around=[{} for _ in range(WEEKS)], moves=pd.DataFrame({"week": []}), survey=pd.DataFrame({"week": []}),
        firms=FIRMS, traits={"prior": np.column_stack([prior, 1.0 - prior])},
    )  # fmt: skip


def worlds() -> Worlds:
    """The three worlds; who is barred from the program lives as without it."""
    without = book([*BOTH, *WITHOUT], {})
    return Worlds(without, book([*BOTH, *WITH], SPENT), without, LAUNCH)


def counted(**columns: Sequence[int]) -> Book:
    """A book of two firms and two weeks with these counters: (a, b) in the first week and in the second."""
    rows = pd.DataFrame({"week": [0, 0, 1, 1], "firm": ["a", "b", "a", "b"], "price": 1.0, **columns})
    return dataclasses.replace(book(BOTH, {}), weekly=rows)
