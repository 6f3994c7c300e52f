"""Members who recommend the firm bring new customers, and both are thanked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from loyaltysim.behaviour.word_of_mouth import POSTED, PROMOTER
from loyaltysim.mechanism import draws
from loyaltysim.mechanism.audience import Audience, audience, audience_of
from loyaltysim.mechanism.declare import Field, Hook, Mechanism, Scene, World
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Referral(Audience, Dated):
    """New customers come from the pool of `behaviour.arrivals`, through a channel of each firm's own."""

    chance: float = term(0.05, "per recommendation", 0.0, 1.0, doc="that a recommendation brings somebody")
    audience: str = audience("member", "whose recommendations count")
    reward: float = term(5.0, "money per referral", 0.0, 1e5, doc="what the one who recommends receives, at cost")
    welcome: float = term(0.0, "money per referral", 0.0, 1e5, doc="what the new customer receives, at cost")
    liking: float = term(0.0, "strength", 0.0, 1.0, doc="the bond with which a referred customer comes")


@rule
def comes_by_referral(here: Any, visit: Any) -> bool:
    """Did this customer come by a referral of this firm, this week?"""
    return here.referred == visit.week


@rule
def referred_now(visit: Any) -> None:
    """Count who came by a referral."""
    visit.referrals += 1


def around(market: World, terms: Referral) -> dict[str, np.ndarray]:
    """Share of the pool that each firm's referrals have reached by now. -> (n_firms,)"""
    people, firms = market.population, list(market.firms.values())
    last = market.surroundings[-1] if market.surroundings else {}
    before = last.get("referral_reach", np.zeros(len(firms)))
    pool = max(1, int(people["status"].size - market.terms.customers.n))
    reach = before.copy()
    for j, firm in enumerate(firms):
        own = firm.running_program.get("referral")
        if own is None:
            continue
        said = people["said"][:, j]
        praised = (said == PROMOTER) | (said == PROMOTER + POSTED)
        praised &= audience_of(people, j, own)
        reach[j] = 1.0 - (1.0 - before[j]) * np.exp(-own.chance * praised.sum() / pool)
    return {"referral_reach": reach}


def enter(market: World, terms: Referral) -> None:
    """A potential customer comes in the first week in which its draw for a firm lies below that firm's reach."""
    people, reach = market.population, market.surroundings[-1]["referral_reach"]
    rows = np.flatnonzero(people["status"] == 0)
    if not len(rows) or not reach.any():
        return
    lucks = [market.terms.luck(name) for name in market.firms]
    luck = np.column_stack([draws.lasting(people["key"][rows], "referral", own) for own in lucks])
    ahead = luck / np.maximum(reach, 1e-300)
    came = ahead.min(axis=1) < 1.0
    rows, firm = rows[came], ahead[came].argmin(axis=1)
    people["status"][rows], people["entered"][rows] = 1, market.week
    people["referred"][rows, firm] = market.week
    if "aware" in people.columns:
        people["aware"][rows, firm] = 1
    if "bond" in people.columns:
        programs = [f.running_program.get("referral") for f in market.firms.values()]
        liking = np.array([0.0 if own is None else own.liking for own in programs])
        people["bond"][rows, firm] = np.maximum(people["bond"][rows, firm], liking[firm])


def book(totals: Mapping[str, int], terms: Referral) -> dict[str, int]:
    """Thanks to both, when the new customer comes."""
    return {"touchpoints": int(totals["referrals"] * (round(terms.reward * 100) + round(terms.welcome * 100)))}


def tell(scene: Scene) -> list[str]:
    """Coming on a friend's word."""
    if scene.before["referred"] < 0 <= scene.after["referred"]:
        return scene.say(f"came because a friend praised {scene.firm}", f"因朋友推荐 {scene.firm} 而来")
    return []


MECHANISM = Mechanism(
    name="referral",
    level="program",
    source="Schmitt, Skiera & Van den Bulte 2011, J. Marketing 75(1) (rewarded referrals); sizes assumed",
    terms=Referral,
    neutral={"chance": 0.0},
    needs=("membership", "word_of_mouth", "arrivals"),
    fields={"referred": Field(per_firm=True, dtype="int32", start=-1, unit="week of coming by referral, -1 = not")},
    hooks=(Hook("week", referred_now, when=comes_by_referral),),
    counts={"referrals": "customers"},
    gives=lambda terms: terms.members and terms.chance > 0 and terms.reward > 0,
    generosity="reward",
    around=around,
    each_week=enter,
    book=book,
    tell=tell,
    order=71,
)
