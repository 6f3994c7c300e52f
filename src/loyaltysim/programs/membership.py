"""Customers join at the till, if they notice the offer and it is worth the hassle."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from loyaltysim.mechanism.audience import Audience, addressed, audience
from loyaltysim.mechanism.declare import Field, Hook, Mechanism, People, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term

LOG_2 = math.log(2.0)


@dataclass(frozen=True)
class Membership(Audience, Dated):
    """Who joins: U < logistic((yearly reward + relational worth - hassle - fee) / scale), once a customer and firm."""

    audience: str = audience("everyone", "who is asked to join", ("everyone", "estimated", "targeted"))
    ask: float = term(
        0.02, "per visit", 0.0, 1.0,
        doc="chance that a visitor notices the offer; in groceries half of the members have joined after 30 weeks",
    )  # fmt: skip
    hassle: float = term(10.0, "money per year", 0.0, 1e5, doc="what joining costs in effort")
    scale: float = term(10.0, "money per year", 0.001, 1e5, doc="spread of unobserved reasons to join")
    relational: float = term(0.0, "money per year", 0.0, 1e5, doc="worth of belonging, before its link")
    worth: float = term(
        0.0, "fraction of the price", 0.0, 2.0,
        doc="what being a member is worth without any reward; 0.075 is an upper anchor (Leenheer et al. 2007)",
    )  # fmt: skip
    novelty: float = term(0.0, "", 0.0, 20.0, doc="how much stronger rewards pull who has just joined (nu); 1 = twice")
    novelty_half_life: float = term(
        32.0, "weeks", 0.1, 5200.0, doc="in which novelty halves; effects erode 6 to 9 months after joining"
    )
    set_up: float = term(0.0, "money", 0.0, 1e12, doc="what launching the program costs once")
    running: float = term(0.0, "money per week", 0.0, 1e12, doc="what running the program costs")
    switch_hassle: float = term(
        100.0,
        "money per year",
        0.0,
        1e5,
        doc="by how much a card must beat the one given up for it (max_programs); 100 = in groceries hardly any does",
    )
    dropped: str = term(
        "dormant", "", choices=("dormant", "lost"), doc="what becomes of the balance of a card that is given up"
    )
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
    """What a program offers to members: whether anything, the reward per unit of spending and per visit, the fee."""

    open: bool
    reward_rate: float
    reward_visit: float
    dues: float = 0.0


def door(terms: Membership | None, program: Mapping[str, Any]) -> Door:
    """Membership is open while some component of the program gives members something."""
    from loyaltysim.mechanism.registry import registry

    parts = [(registry()[name], component) for name, component in program.items()]
    inside = [(m, own) for m, own in parts if getattr(own, "members", True)]  # what others get too is no reason to join
    return Door(
        open=terms is not None and any(m.gives is not None and m.gives(own) for m, own in parts),
        reward_rate=sum(m.reward_rate(own) for m, own in inside if m.reward_rate is not None) + 0.0,
        reward_visit=sum(m.reward_visit(own) for m, own in inside if m.reward_visit is not None) + 0.0,
        dues=sum(m.dues(own) for m, own in parts if m.dues is not None) + 0.0,
    )


@rule
def may_join(here: Any, terms: Any) -> bool:
    """Is there a program to join?"""
    return terms.open != 0 and here.joined < 0


@rule
def yearly_worth(
    me: Any, prior: float, reward_rate: float, reward_visit: float, worth: float, relational: float
) -> float:
    """What a year of a card is worth, in money: rewards at the own rate and share as they pull in the choice, being a
    member, and belonging.
    """
    yearly = reward_rate * 52.0 * me.rate * prior * me.spending
    yearly = yearly + reward_visit * 52.0 * me.rate * prior
    yearly = yearly * me.link_reward + worth * 52.0 * me.rate * prior * me.spending
    return yearly + relational * me.link_join


@rule
def freshness(here: Any, terms: Any, visit: Any) -> float:
    """How much stronger a reward pulls while it is new: 1 + nu 2^(-weeks since joining / half-life); 1 in the end."""
    if here.joined < 0 or terms.novelty == 0.0:
        return 1.0
    halvings = (visit.week - here.joined) / terms.novelty_half_life
    return 1.0 + terms.novelty * math.exp(-LOG_2 * halvings)


@rule
def member_worth(here: Any, terms: Any) -> float:
    """What being a member is worth by itself, as a fraction of the price; for one customer or all at once."""
    return terms.worth * (here.joined >= 0)


@rule
def joins(
    here: Any, me: Any, terms: Any, visit: Any, draw_notice: float, draw_join: float, lasting_join: float
) -> None:
    """At a visit: who notices the offer joins if a year of rewards at the own rate and share is worth it, to whom
    rewards pull as in the choice.
    """
    if here.eligible == 0 or draw_notice >= terms.ask or addressed(here, me, terms) == 0:
        return
    rate, a_visit = terms.reward_rate, terms.reward_visit
    worth = yearly_worth(me, here.prior, rate, a_visit, terms.worth, terms.relational)
    if here.abroad > 0.0:
        worth = worth + me.link_reward * 52.0 * here.abroad * terms.points.each
    worth = (worth - terms.hassle * me.link_hassle - terms.dues) / terms.scale
    luck = lasting_join
    if terms.again == 1:
        luck = draw_join
    if worth > -600.0 and luck * (1.0 + math.exp(-worth)) < 1.0:
        here.joined = visit.week
        visit.joins += 1


@rule
def takes_a_card(
    here: Any, me: Any, others: Any, terms: Any, visit: Any, draw_notice: float, draw_join: float, lasting_join: float
) -> None:
    """The same for who holds as many cards as the wallet takes: only for one that beats the least worthy of them by
    `switch_hassle`; that one is given up.
    """
    held, least, lowest = 0, -1, math.inf
    for k in range(len(others)):
        if others[k].joined >= 0:
            held += 1
            rate, a_visit = others[k].terms.membership.reward_rate, others[k].terms.membership.reward_visit
            own, relational = others[k].terms.membership.worth, others[k].terms.membership.relational
            dues = others[k].terms.membership.dues
            worth = yearly_worth(me, others[k].prior, rate, a_visit, own, relational) - dues
            if worth < lowest:
                least = k
                lowest = worth
    full = held >= terms.card_limit.most
    if full:
        rate, a_visit = terms.reward_rate, terms.reward_visit
        worth = yearly_worth(me, here.prior, rate, a_visit, terms.worth, terms.relational)
        worth = worth - terms.dues
        if worth <= lowest + terms.switch_hassle:
            return
    joins(here, me, terms, visit, draw_notice, draw_join, lasting_join)
    if full and here.joined >= 0:
        others[least].joined = -1


@rule
def enrols_everyone(here: Any, terms: Any) -> bool:
    """Is everyone a member from the launch on?"""
    return terms.everyone != 0 and here.joined < 0


@rule
def enrolled(here: Any, me: Any, terms: Any, visit: Any) -> None:
    """Where everyone is a member from the launch on: the week of joining."""
    if here.eligible == 0 or me.status != 1 or terms.open == 0 or addressed(here, me, terms) == 0:
        return
    here.joined = visit.week
    visit.joins += 1


@rule
def member_visit(here: Any, visit: Any) -> None:
    """Count a member's visit and spending."""
    if here.joined >= 0:
        visit.member_visits += 1
        visit.member_revenue += visit.spend


@rule
def rewarded(here: Any, visit: Any) -> None:
    """At the end of a visit: count the rewards handed over."""
    here.received = here.received + visit.reward_given


def gave_up(people: People, terms: Membership, place: int) -> np.ndarray:
    """Who holds no card, where what was on it is lost. -> (n,) bool"""
    lost: np.ndarray = (people["joined"][:, place] < 0) & (terms.dropped == "lost")
    return lost


def book(totals: Mapping[str, int], terms: Membership) -> dict[str, int]:
    """What it costs to have a program, whatever customers do."""
    weeks = totals["weeks_running"]
    return {"fixed_cost": weeks * round(terms.running * 100) + (round(terms.set_up * 100) if weeks > 0 else 0)}


def tell(scene: Scene) -> list[str]:
    """Joining."""
    if scene.before["joined"] < 0 <= scene.after["joined"]:
        return scene.say(f"joined the program of {scene.firm}", f"加入了 {scene.firm} 的会员计划")
    if scene.after["joined"] < 0 <= scene.before["joined"] and not scene.counts.get("lapses"):
        return scene.say(f"gave up the card of {scene.firm}", f"放弃了 {scene.firm} 的会员卡")
    return []


MECHANISM = Mechanism(
    name="membership",
    level="program",
    source="heavier customers join earlier: Meyer-Waarden & Benavent 2009, JAMS; functional form assumed",
    terms=Membership,
    derive=door,
    forfeits=gave_up,
    gives=lambda terms: terms.worth > 0.0,
    ahead=("reward_rate", "reward_visit"),
    fields={
        "joined": Field(per_firm=True, dtype="int32", start=-1, unit="week of joining, -1 = not a member"),
        "received": Field(per_firm=True, dtype="int32", start=0, unit="rewards"),
    },
    hooks=(
        Hook("week", enrolled, when=enrols_everyone),
        Hook("utility", member_worth),
        Hook("pull", freshness),
        Hook("visit", joins, when=may_join, unless=("card_limit",)),
        Hook("visit", takes_a_card, when=may_join, beside=("card_limit",)),
        Hook("visit", member_visit),
        Hook("visit", rewarded, order=96),
    ),
    counts={"joins": "customers", "member_visits": "purchases", "member_revenue": "cents"},
    book=book,
    tell=tell,
    order=10,
)
