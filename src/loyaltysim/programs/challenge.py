"""A sum by a date: who spends enough between two dates gets a bonus, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loyaltysim.mechanism.audience import Audience, addressed, audience
from loyaltysim.mechanism.declare import Amplifier, Field, Hook, Mechanism, Scene, World
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term
from loyaltysim.theory.goal_gradient import CLOSER, PROGRESS, progress


@dataclass(frozen=True)
class Challenge(Audience, Dated):
    """`start` and `end` are its dates; what was spent counts from nothing whenever it begins."""

    audience: str = audience("member", "who can win it; others than members need no card")
    by: str = term("spend", "", choices=("spend", "visits"), doc="what counts")
    goal: float = term(300.0, "money or visits", 0.01, 1e9, doc="the sum that wins the bonus")
    bonus: float = term(15.0, "money", 0.0, 1e6, doc="given at the purchase that reaches it")
    cost: float = term(0.8, "share of face value", 0.0, 2.0, doc="what the bonus costs the firm (k)")
    perceived: float = term(1.0, "share of face value", 0.0, 5.0, doc="what it is worth to the customer (v)")
    strength: float = term(1.0, "", 0.0, 50.0, doc="how much steeper the last step is (p), as of points; 0 = as cash")
    power: float = term(3.0, "", 0.0, 20.0, doc="how late the pull rises (n)")

    @property
    def live(self) -> bool:
        """Is there anything to win?"""
        return self.bonus * self.perceived > 0.0

    @property
    def by_visits(self) -> bool:
        """Do visits count?"""
        return self.by == "visits"

    @property
    def bar(self) -> int:
        """The goal in cents or visits."""
        return max(1, round(self.goal * (1 if self.by_visits else 100)))

    @property
    def worth(self) -> float:
        """The bonus in cents, as the customer values it."""
        return self.bonus * self.perceived * 100.0


@rule
def takes_part(here: Any, me: Any, terms: Any) -> bool:
    """Is there a bonus that this customer can still win?"""
    return terms.live != 0 and here.challenge_won == 0 and addressed(here, me, terms) != 0


@rule
def challenge_step(terms: Any, cents: Any) -> Any:
    """What a purchase of so many cents counts."""
    if terms.by_visits == 1:
        return 1
    return cents


@rule
def challenge_pull(here: Any, me: Any, terms: Any, visit: Any) -> float:
    """What this purchase brings of the bonus, per unit of spending; the steps of a goal sum to it."""
    if not takes_part(here, me, terms):
        return 0.0
    x = here.challenge_sum / terms.bar
    end = min(1.0, x + challenge_step(terms, visit.paid_cents) / terms.bar)
    whole = progress(1.0, terms.strength, terms.power, 0.0)
    come = progress(x, terms.strength, terms.power, 0.0)
    share = (progress(end, terms.strength, terms.power, 0.0) - come) / whole
    return me.link_reward * terms.worth * share / visit.paid_cents


@rule
def challenge_cash(here: Any, me: Any, terms: Any) -> float:
    """The same as plain cash, for the decision to buy in the category at all."""
    if not takes_part(here, me, terms):
        return 0.0
    cents = me.spending * 100.0
    return me.link_reward * terms.worth * challenge_step(terms, cents) / terms.bar / cents


@rule
def challenge_met(here: Any, me: Any, terms: Any, visit: Any) -> None:
    """At a visit: what was spent counts; the bonus at the purchase that reaches the goal."""
    if visit.spend <= 0 or not takes_part(here, me, terms):
        return
    here.challenge_sum = here.challenge_sum + challenge_step(terms, visit.spend)
    visit.reward_earned += 1
    if here.challenge_sum >= terms.bar:
        here.challenge_won = 1
        visit.challenges_met += 1
        visit.reward_given += 1


def begin_anew(market: World, terms: Challenge) -> None:
    """Where it did not run in the week before, nobody has spent or won anything."""
    for j, (name, firm) in enumerate(market.firms.items()):
        before = market.shown[market.week - 1][name].program if market.week else {}
        if "challenge" in firm.running_program and "challenge" not in before:
            for field in MECHANISM.fields:
                market.population.columns[field][:, j] = 0


def book(totals: Mapping[str, int], terms: Challenge) -> dict[str, int]:
    """Bonuses at their cost when they are won; before, nothing is owed."""
    return {"reward_cost": totals["challenges_met"] * round(terms.bonus * terms.cost * 100)}


def tell(scene: Scene) -> list[str]:
    """The bonus, or what is missing."""
    terms, after = scene.terms, scene.after
    if scene.counts.get("challenges_met", 0) > 0:
        worth = scene.money(100.0 * terms.bonus)
        return scene.say(f"reached the goal of {scene.firm}: {worth}", f"达成 {scene.firm} 的目标，获得 {worth}")
    if scene.visits and after["challenge_sum"] > scene.before["challenge_sum"]:
        left = terms.bar - int(after["challenge_sum"])
        what = str(left) if terms.by_visits else scene.money(left)
        return scene.say(f"{what} short of the goal of {scene.firm}", f"离 {scene.firm} 的目标还差 {what}")
    return []


MECHANISM = Mechanism(
    name="challenge",
    level="program",
    source="spend so much by a date, an everyday practice (source texts, S3-47); pull as of points; size assumed",
    terms=Challenge,
    neutral={"bonus": 0.0},
    needs=("membership",),
    fields={
        "challenge_sum": Field(per_firm=True, dtype="int64", start=0, unit="cents or visits"),
        "challenge_won": Field(per_firm=True, dtype="int8", start=0, unit="1 = won"),
    },
    hooks=(
        Hook("utility", challenge_pull),
        Hook("appeal", challenge_cash),
        Hook("visit", challenge_met),
    ),
    counts={"challenges_met": "customers"},
    each_week=begin_anew,
    book=book,
    reward_rate=lambda terms: 0.0,  # nobody joins for it; it pulls as a reward does, and is not what is felt
    gives=lambda terms: terms.members and terms.live,
    amplifiers={"progress": Amplifier(PROGRESS, {"strength": 0.0}, CLOSER)},
    generosity="bonus",
    cost="cost",
    tell=tell,
    order=25,
)
