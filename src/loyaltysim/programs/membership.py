"""Customers join at the till, if they notice the offer and it is worth the hassle."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from loyaltysim.mechanism.declare import Field, Hook, Mechanism, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Membership(Dated):
    """Who joins: U < logistic((yearly reward + relational worth - hassle) / scale), U once per customer and firm."""

    ask: float = term(0.3, "per visit", 0.0, 1.0, doc="chance that a visitor notices the offer")
    hassle: float = term(10.0, "money per year", 0.0, 1e5, doc="what joining costs in effort")
    scale: float = term(10.0, "money per year", 0.001, 1e5, doc="spread of unobserved reasons to join")
    relational: float = term(0.0, "money per year", 0.0, 1e5, doc="worth of belonging, before its link")
    set_up: float = term(0.0, "money", 0.0, 1e12, doc="what launching the program costs once")
    running: float = term(0.0, "money per week", 0.0, 1e12, doc="what running the program costs")
    join: str = term(
        "once", "", choices=("once", "per_visit", "everyone"),
        doc="one draw for life, a new one at each visit, or all are members from the launch on",
    )  # fmt: skip

    @property
    def again(self) -> bool:
        """Is joining thought over at every visit?"""
        return self.join == "per_visit"

    @property
    def everyone(self) -> bool:
        """Are all members?"""
        return self.join == "everyone"


class Door(NamedTuple):
    """What a program offers to members: whether anything, and the reward per unit of spending and per visit."""

    open: bool
    reward_rate: float
    reward_visit: float


def door(terms: Membership | None, program: Mapping[str, Any]) -> Door:
    """Membership is open while some component of the program gives members something."""
    from loyaltysim.mechanism.registry import registry

    parts = [(registry()[name], component) for name, component in program.items()]
    return Door(
        open=terms is not None and any(m.gives is not None and m.gives(own) for m, own in parts),
        reward_rate=sum(m.reward_rate(own) for m, own in parts if m.reward_rate is not None) + 0.0,
        reward_visit=sum(m.reward_visit(own) for m, own in parts if m.reward_visit is not None) + 0.0,
    )


@rule
def may_join(here: Any, terms: Any) -> bool:
    """Is there a program to join?"""
    return terms.open != 0 and here.joined < 0


@rule
def joins(
    here: Any, me: Any, terms: Any, visit: Any, draw_notice: float, draw_join: float, lasting_join: float
) -> None:
    """At a visit: who notices the offer joins if a year of rewards at the own rate and share is worth it."""
    if here.eligible == 0 or draw_notice >= terms.ask:
        return
    yearly = terms.reward_rate * 52.0 * me.rate * here.prior * me.spending
    yearly = yearly + terms.reward_visit * 52.0 * me.rate * here.prior
    worth = yearly + terms.relational * me.link_join - terms.hassle * me.link_hassle
    worth = worth / terms.scale
    luck = lasting_join
    if terms.again == 1:
        luck = draw_join
    if worth > -600.0 and luck * (1.0 + math.exp(-worth)) < 1.0:
        here.joined = visit.week
        visit.joins += 1


@rule
def enrols_everyone(here: Any, terms: Any) -> bool:
    """Is everyone a member from the launch on?"""
    return terms.everyone != 0 and here.joined < 0


@rule
def enrolled(here: Any, me: Any, terms: Any, visit: Any) -> None:
    """Where everyone is a member from the launch on: the week of joining."""
    if here.eligible == 0 or me.status != 1 or terms.open == 0:
        return
    here.joined = visit.week
    visit.joins += 1


@rule
def member_visit(here: Any, visit: Any) -> None:
    """Count a member's visit and spending."""
    if here.joined >= 0:
        visit.member_visits += 1
        visit.member_revenue += visit.spend


def book(totals: Mapping[str, int], terms: Membership) -> dict[str, int]:
    """What it costs to have a program, whatever customers do."""
    weeks = totals["weeks_running"]
    return {"fixed_cost": weeks * round(terms.running * 100) + (round(terms.set_up * 100) if weeks > 0 else 0)}


def tell(scene: Scene) -> list[str]:
    """Joining."""
    if scene.before["joined"] < 0 <= scene.after["joined"]:
        return scene.say(f"joined the program of {scene.firm}", f"加入了 {scene.firm} 的会员计划")
    return []


MECHANISM = Mechanism(
    name="membership",
    level="program",
    source="heavier customers join earlier: Meyer-Waarden & Benavent 2009, JAMS; functional form assumed",
    terms=Membership,
    derive=door,
    ahead=("reward_rate", "reward_visit"),
    fields={"joined": Field(per_firm=True, dtype="int32", start=-1, unit="week of joining, -1 = not a member")},
    hooks=(
        Hook("week", enrolled, when=enrols_everyone),
        Hook("visit", joins, when=may_join),
        Hook("visit", member_visit),
    ),
    counts={"joins": "customers", "member_visits": "purchases", "member_revenue": "cents"},
    book=book,
    tell=tell,
    order=10,
)
