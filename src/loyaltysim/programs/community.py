"""Customers belong where their friends do, and leave after them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from loyaltysim.behaviour.bond import feels, unbonded
from loyaltysim.mechanism.audience import Audience, addressed, audience, audience_of
from loyaltysim.mechanism.declare import Amplifier, Field, Hook, Mechanism, Scene, World
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Community(Audience, Dated):
    """Belonging of a customer to a firm: of the friends (network of behaviour.word_of_mouth) who are in the market, the
    share who belong: who bought there, since it exists, within `memory` weeks and, with audience member, have joined.
    0 where the firm runs none.
    """

    audience: str = audience("member", "who can belong, and feel it")
    premium: float = term(
        0.02, "fraction of the reference price", -2.0, 2.0, doc="worth of having all friends there; times links.join"
    )
    effect: float = term(0.0, "bond event per week", -1.0, 1.0, doc="of having all friends there; signed")
    memory: int = term(13, "weeks", 1, 5200, doc="without a purchase until one no longer belongs")
    unit_cost: float = term(0.1, "money per week", 0.0, 1e5, doc="for each who belongs: events, moderators")


@rule
def friends_met(here: Any, me: Any, terms: Any) -> float:
    """Belonging, to whom the community is open; plain arithmetic, for one customer or all at once."""
    return here.belonging * addressed(here, me, terms)


@rule
def belonging_pull(here: Any, me: Any, terms: Any) -> float:
    """What having friends there is worth, as a fraction of the reference price."""
    return terms.premium * me.link_join * friends_met(here, me, terms)


@rule
def warms(terms: Any) -> bool:
    """Does belonging move the bond?"""
    return terms.effect != 0


@rule
def belonging_warms(here: Any, me: Any, terms: Any) -> None:
    """A week among friends."""
    feels(here, me, terms, terms.effect * friends_met(here, me, terms))


@rule
def is_run(terms: Any) -> bool:
    """Does the firm run a community?"""
    return terms.present != 0


@rule
def belongs_now(here: Any, visit: Any) -> None:
    """Count who belongs this week."""
    visit.belongers += here.belongs_here


@rule
def was_here(here: Any, visit: Any) -> None:
    """At a visit: the week of the last one."""
    here.last_bought = visit.week


def around(market: World, terms: Community) -> dict[str, np.ndarray]:
    """Who is in the market this week (1), and who belongs to each firm's community (2). -> (n, n_firms), 0 = neither"""
    people = market.population
    active = people["status"] == 1
    belongs = np.zeros(people["last_bought"].shape, np.int8) + active[:, None].astype(np.int8)
    for j, firm in enumerate(market.firms.values()):
        own = firm.running_program.get("community")
        if own is None:
            continue
        last = people["last_bought"][:, j]
        here = active & (last >= 0) & (market.week - last <= own.memory)
        belongs[:, j] += here & audience_of(people, j, own)
    return {"belongs": belongs}


def look_around(market: World, terms: Community) -> None:
    """Before customers shop: which share of one's friends belongs. word_of_mouth has built the network by now."""
    codes = market.surroundings[-1]["belongs"]
    market.population["belongs_here"][:] = codes == 2
    if market.network is None:
        return
    here, all_of_them = (market.network @ (codes >= least).astype(np.int32) for least in (2, 1))
    market.population["belonging"][:] = here / np.maximum(all_of_them, 1)


def book(totals: Mapping[str, int], terms: Community) -> dict[str, int]:
    """What the community costs, for everybody who belongs, week by week."""
    return {"touchpoints": int(totals["belongers"] * round(terms.unit_cost * 1e5)) // 1000}


def fits(terms: Community, scenario: Scenario) -> list[tuple[str, str]]:
    """Belonging needs friends, and what warms a bond needs one."""
    talk, problems = scenario.behaviour.get("word_of_mouth"), []
    if talk is not None and talk.network == "none" and (terms.premium != 0.0 or terms.effect != 0.0):
        problems.append(("premium", "moves nobody: behaviour.word_of_mouth.network is none, so nobody has friends"))
    return problems + unbonded(terms, scenario, "effect")


def tell(scene: Scene) -> list[str]:
    """Half of one's friends have come, or gone."""
    moved = scene.crossed("belonging", 0.5)
    if moved > 0:
        return scene.say(f"most friends are at {scene.firm} by now", f"大多数朋友都在 {scene.firm}")
    if moved < 0:
        return scene.say(f"friends are leaving {scene.firm}", f"朋友们正在离开 {scene.firm}")
    return []


MECHANISM = Mechanism(
    name="community",
    level="program",
    source="belonging as local density of ties (source texts, S1-13, S4-34); exits spread likewise; sizes assumed",
    terms=Community,
    neutral={"premium": 0.0, "effect": 0.0, "unit_cost": 0.0},
    needs=("membership", "word_of_mouth"),
    fields={
        "last_bought": Field(
            per_firm=True, dtype="int32", start=-1, unit="week of the last visit under it, -1 = never"
        ),
        "belongs_here": Field(per_firm=True, dtype="int8", unit="1 = belongs this week"),
        "belonging": Field(per_firm=True, dtype="float32", unit="share of friends who belong"),
    },
    hooks=(
        Hook("week", belonging_warms, when=warms, beside=("bond",)),
        Hook("week", belongs_now, when=is_run),
        Hook("utility", belonging_pull),
        Hook("visit", was_here, when=is_run),
    ),
    counts={"belongers": "customers"},
    around=around,
    each_week=look_around,
    book=book,
    fits=fits,
    gives=lambda terms: terms.members and (terms.premium > 0 or terms.effect > 0),
    amplifiers={"belonging": Amplifier("friends who are there", {"premium": 0.0, "effect": 0.0}, "在场的朋友")},
    generosity="premium",
    priced="unit_cost",
    tell=tell,
    order=72,
)
