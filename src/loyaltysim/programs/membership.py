"""Customers join at the till, if they notice the offer and it is worth the hassle."""

from __future__ import annotations

import math
from dataclasses import dataclass

from loyaltysim.mechanism.declare import Field, Hook, Mechanism, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Membership:
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


@rule
def joins(
    joined, week, eligible, rate, prior, spending, link_join, link_hassle, draw_notice, draw_join, lasting_join,
    membership_open, membership_reward_rate, membership_reward_visit, membership_ask, membership_hassle,
    membership_scale, membership_relational, membership_again,
):  # fmt: skip
    """At a visit: the week of joining, and 1 if that is now. A customer's own rate and share make the yearly reward."""
    if joined >= 0 or membership_open == 0 or eligible == 0 or draw_notice >= membership_ask:
        return joined, 0
    yearly = membership_reward_rate * 52.0 * rate * prior * spending + membership_reward_visit * 52.0 * rate * prior
    worth = (yearly + membership_relational * link_join - membership_hassle * link_hassle) / membership_scale
    luck = lasting_join
    if membership_again == 1:
        luck = draw_join
    if worth > -600.0 and luck * (1.0 + math.exp(-worth)) < 1.0:
        return week, 1
    return joined, 0


@rule
def enrolled(joined, week, eligible, status, membership_open, membership_everyone):
    """Where everyone is a member from the launch on: the week of joining, and 1 if that is now."""
    if joined >= 0 or eligible == 0 or status != 1 or membership_open == 0 or membership_everyone == 0:
        return joined, 0
    return week, 1


@rule
def member_visit(joined, spend):
    """Count a member's visit and spending."""
    if joined >= 0:
        return 1, spend
    return 0, 0


def columns(terms: Membership | None, program) -> dict[str, float | int]:
    """The numbers that the step reads; membership is open while some component gives members something."""
    from loyaltysim.mechanism.registry import registry

    own = Membership() if terms is None else terms
    gives = [registry()[name] for name in program]
    visit = sum(m.reward_visit(program[m.name]) for m in gives if m.reward_visit is not None)
    return {
        "membership_open": int(any(m.gives is not None and m.gives(program[m.name]) for m in gives)),
        "membership_reward_rate": sum(m.reward_rate(program[m.name]) for m in gives if m.reward_rate is not None) + 0.0,
        "membership_reward_visit": visit + 0.0,
        "membership_ask": own.ask,
        "membership_hassle": own.hassle,
        "membership_scale": own.scale,
        "membership_relational": own.relational,
        "membership_again": int(own.join == "per_visit"),
        "membership_everyone": int(own.join == "everyone"),
    }


def book(totals, terms: Membership) -> dict[str, int]:
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
    columns=columns,
    fields={"joined": Field(per_firm=True, dtype="int32", start=-1, unit="week of joining, -1 = not a member")},
    hooks=(
        Hook("week", enrolled, sets=("joined",), counts=("joins",), only="membership_everyone != 0 and joined < 0"),
        Hook("visit", joins, sets=("joined",), counts=("joins",), only="membership_open != 0 and joined < 0"),
        Hook("visit", member_visit, counts=("member_visits", "member_revenue")),
    ),
    counts={"joins": "customers", "member_visits": "purchases", "member_revenue": "cents"},
    book=book,
    tell=tell,
    order=10,
)
