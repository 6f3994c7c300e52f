"""A club inside the program: who shares its interest is asked in while there are places; what others think of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from loyaltysim.behaviour.bond import feels, unbonded
from loyaltysim.mechanism.audience import Audience, audience, audience_of
from loyaltysim.mechanism.declare import Field, Hook, Mechanism, Scene, Stock, World
from loyaltysim.mechanism.rules import rule
from loyaltysim.programs.membership import yearly_worth
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term

FAR = 600.0  # scales of worth: beyond it nobody joins


@dataclass(frozen=True)
class InnerClub(Audience, Dated):
    """A member of the program is asked in with some chance a week if he shares the club's interest, and joins if

        U < logistic((premium x yearly spending here x links.join - hassle) / scale)      U once per customer and firm

    Where more want in than there are places, luck decides. Who gives up the program, or leaves, leaves the club.
    """

    audience: str = audience("member", "which members may be asked", ("member", "estimated", "targeted"))
    interest: float = term(0.3, "share of customers", 0.0, 1.0, doc="who shares what the club is about, for life")
    invite: float = term(0.05, "per week", 0.0, 1.0, doc="chance that who shares it is asked")
    places: int = term(0, "members", 0, 100_000_000, doc="most that the club takes; 0 = no end")
    hassle: float = term(5.0, "money per year", 0.0, 1e5, doc="what the club costs a member in time")
    scale: float = term(10.0, "money per year", 0.001, 1e5, doc="spread of unobserved reasons to join")
    premium: float = term(
        0.05,
        "fraction of the reference price",
        -2.0,
        2.0,
        doc="worth of being inside, in each choice; times links.join",
    )
    effect: float = term(0.0, "bond event per week", -1.0, 1.0, doc="of being inside")
    spill: float = term(
        0.0, "fraction of the reference price", -2.0, 2.0,
        doc="what the firm gains with members outside where all others are inside; below 0 they feel left out",
    )  # fmt: skip
    unit_cost: float = term(0.1, "money per week", 0.0, 1e5, doc="for each who is inside")


@rule
def club_pull(here: Any, me: Any, terms: Any) -> float:
    """What the club is worth to who is inside, and to a member outside; plain arithmetic."""
    outside = (1 - here.in_club) * (here.joined >= 0)
    spilt = terms.spill * terms.club_share * outside
    return terms.premium * me.link_join * here.in_club + spilt


@rule
def is_inside(here: Any) -> bool:
    """Is the customer in the club, or has just left it?"""
    return here.in_club != 0 or here.club_moved >= 0


@rule
def club_counted(here: Any, visit: Any) -> None:
    """A week: who came in or left is counted, and who is inside."""
    if here.club_moved == visit.week:
        visit.club_joins += here.in_club
        visit.club_leaves += 1 - here.in_club
    visit.club_weeks += here.in_club


@rule
def warms_inside(here: Any, terms: Any) -> bool:
    """Does being inside move this bond?"""
    return terms.effect * here.in_club != 0.0


@rule
def club_warms(here: Any, me: Any, terms: Any) -> None:
    """A week inside moves the bond."""
    feels(here, me, terms, terms.effect)


def lot(market: World, name: str) -> np.ndarray:
    """One uniform a customer for a firm and a week: who is asked, and who comes first. -> (n,)"""
    return market.population.weekly("club_invited", market.week, market.terms.luck(name))


def wants(market: World, own: InnerClub, name: str, place: int) -> np.ndarray:
    """Who is asked this week and would join. -> (n,) bool"""
    people, luck = market.population, market.terms.luck(name)
    link = people.columns.get("link_join", 1.0)  # no column where all are alike
    me: Any = SimpleNamespace(rate=people["rate"], spending=people["spending"], link_join=link, link_reward=0.0)
    prior: Any = people["prior"][:, place]
    worth = yearly_worth(me, prior, 0.0, 0.0, own.premium, 0.0) * link
    score = np.clip((worth - own.hassle) / own.scale, -FAR, FAR)
    asked = (people["status"] == 1) & (people["joined"][:, place] >= 0) & (people["in_club"][:, place] == 0)
    asked &= audience_of(people, place, own) & (people.lasting("club_interest", luck) < own.interest)
    asked &= lot(market, name) < own.invite
    found: np.ndarray = asked & (people.lasting("club_join", luck) * (1.0 + np.exp(-score)) < 1.0)
    return found


def stays(market: World, place: int) -> np.ndarray:
    """Who is inside and still a member of the program. -> (n,) bool"""
    people = market.population
    inside: np.ndarray = (people["in_club"][:, place] == 1) & (people["status"] == 1)
    return inside & (people["joined"][:, place] >= 0)


def door(market: World, terms: InnerClub) -> dict[str, np.ndarray]:
    """Of each firm: the share of members inside, and the luck up to which who wants in gets in. -> (n_firms,) each"""
    share, bar = np.zeros(len(market.firms)), np.zeros(len(market.firms))
    for j, (name, firm) in enumerate(market.firms.items()):
        own = firm.running_program.get("inner_club")
        if own is not None:
            inside, people = int(stays(market, j).sum()), market.population
            members = (people["joined"][:, j] >= 0) & (people["status"] == 1)
            share[j] = inside / max(1, int(members.sum()))
            keen = np.sort(lot(market, name)[wants(market, own, name, j)])
            left = max(0, own.places - inside) if own.places else len(keen)
            bar[j] = 1.0 if left >= len(keen) else keen[left - 1] if left else 0.0
    return {"club_share": share, "club_bar": bar}


def move(market: World, terms: InnerClub) -> None:
    """Before customers shop: who comes in, and who leaves."""
    people, bar = market.population, market.surroundings[-1]["club_bar"]
    for j, (name, firm) in enumerate(market.firms.items()):
        own = firm.running_program.get("inner_club")
        if own is not None:
            comes = wants(market, own, name, j) & (lot(market, name) <= bar[j])
            goes = (people["in_club"][:, j] == 1) & ~stays(market, j)
            people["in_club"][comes, j] = 1
            people["in_club"][goes, j] = 0
            people["club_moved"][comes | goes, j] = market.week


def book(totals: Mapping[str, int], terms: InnerClub) -> dict[str, int]:
    """What the club costs, for everybody inside, week by week."""
    return {"touchpoints": totals["club_weeks"] * round(terms.unit_cost * 1e5) // 1000}


def tell(scene: Scene) -> list[str]:
    """In and out of the club."""
    if scene.counts.get("club_joins", 0) > 0:
        return scene.say(f"joined the inner club of {scene.firm}", f"加入了 {scene.firm} 的兴趣小组")
    if scene.counts.get("club_leaves", 0) > 0:
        return scene.say(f"left the inner club of {scene.firm}", f"退出了 {scene.firm} 的兴趣小组")
    return []


def fits(terms: InnerClub, scenario: Scenario) -> list[tuple[str, str]]:
    """What warms a bond needs one."""
    return unbonded(terms, scenario, "effect")


MECHANISM = Mechanism(
    name="inner_club",
    level="program",
    source="a club of like interest inside the program: source texts, S4-59; who joins: as programs; sizes assumed",
    terms=InnerClub,
    neutral={"invite": 0.0, "premium": 0.0, "effect": 0.0, "spill": 0.0, "unit_cost": 0.0},
    needs=("membership",),
    fields={
        "in_club": Field(per_firm=True, dtype="int8", unit="1 = inside"),
        "club_moved": Field(per_firm=True, dtype="int32", start=-1, unit="week of coming in or leaving, -1 = never"),
    },
    hooks=(
        Hook("week", club_counted, when=is_inside),
        Hook("week", club_warms, when=warms_inside, beside=("bond",)),
        Hook("utility", club_pull),
    ),
    counts={"club_joins": "customers", "club_leaves": "customers", "club_weeks": "customers"},
    around=door,
    around_columns={"club_share": 0.0},
    each_week=move,
    book=book,
    fits=fits,
    gives=lambda terms: terms.invite > 0.0 and terms.premium > 0.0,
    stocks=(Stock("club_joins", ("club_leaves",), "in_club", "club_leaves"),),
    generosity="premium",
    priced="unit_cost",
    tell=tell,
    order=73,
)
