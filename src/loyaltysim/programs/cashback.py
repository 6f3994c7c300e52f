"""Money back: a share of what members spend, at once or when enough has come together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loyaltysim.mechanism.audience import Audience, addressed, audience
from loyaltysim.mechanism.declare import Field, Hook, Mechanism, Scene, Stock, Worth
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term

PARTS = 1_000_000  # rates are carried in millionths


@dataclass(frozen=True)
class Cashback(Audience, Dated):
    """A plain share of spending: a reward rate without card, threshold or pressure."""

    audience: str = audience("member", "who gets money back; others than members need no card")
    rate: float = term(0.01, "share of spending", 0.0, 1.0)
    payout: float = term(0.0, "money", 0.0, 1e9, doc="credit is paid out when it reaches this; 0 = at once")
    cost: float = term(1.0, "share of face value", 0.0, 2.0, doc="what 1 unit of it costs the firm: below 1 if funded")
    perceived: float = term(1.0, "share of face value", 0.0, 5.0, doc="what 1 unit of it is worth to the customer")

    @property
    def worth(self) -> float:
        """Reward per unit of spending as the customer values it: rate x perceived."""
        return self.rate * self.perceived

    @property
    def parts(self) -> int:
        """The rate in millionths, where it brings anything."""
        return round(self.rate * PARTS) if self.worth > 0.0 else 0

    @property
    def least(self) -> int:
        """The least credit that is paid out, cents."""
        return round(self.payout * 100)


@rule
def cashback_pull(here: Any, me: Any, terms: Any) -> float:
    """The reward per unit of spending, for whom it is meant."""
    if addressed(here, me, terms) == 0:
        return 0.0
    return me.link_reward * terms.worth


@rule
def cashback_earned(here: Any, me: Any, terms: Any, visit: Any) -> None:
    """At a visit: a share of the spending is credited, rounded down; all credit is paid once it suffices."""
    if terms.parts == 0 or addressed(here, me, terms) == 0:
        return
    earned = visit.spend * terms.parts // PARTS
    held = here.credit + earned
    visit.cashback_issued += earned
    visit.reward_earned += earned
    if held >= terms.least:
        visit.cashback_paid += held
        held = 0
    here.credit = held


def worth(terms: Cashback) -> Worth:
    """A million cents of credit."""
    return Worth(PARTS, round(terms.cost * PARTS), PARTS)


def book(totals: Mapping[str, int], terms: Cashback) -> dict[str, int]:
    """What was paid out at its cost, and the credit that customers hold as a liability."""
    parts = round(terms.cost * PARTS)
    held = totals["cashback_issued"] - totals["cashback_paid"]
    return {"reward_cost": totals["cashback_paid"] * parts // PARTS, "liability": held * parts // PARTS}


def tell(scene: Scene) -> list[str]:
    """Credit paid out, or what has come together."""
    terms, issued = scene.terms, scene.counts.get("cashback_issued", 0)
    if scene.visits == 0 or terms.worth == 0.0 or (terms.members and scene.after["joined"] < 0):
        return []
    if terms.estimated and issued == 0:
        return []
    if scene.after["credit"] <= scene.before["credit"]:
        return scene.say(f"money back from {scene.firm}", f"收到 {scene.firm} 的返现")
    held = scene.money(scene.after["credit"])
    return scene.say(f"{held} of credit at {scene.firm}", f"在 {scene.firm} 有 {held} 返现余额")


MECHANISM = Mechanism(
    name="cashback",
    level="program",
    source="a reward as plain cash, the control of claims about points: Nastasoiu et al. 2021, JAMS; rate assumed",
    terms=Cashback,
    neutral={"rate": 0.0},
    needs=("membership",),
    fields={"credit": Field(per_firm=True, dtype="int64", start=0, unit="cents")},
    hooks=(
        Hook("utility", cashback_pull),
        Hook("appeal", cashback_pull),
        Hook("visit", cashback_earned),
    ),
    counts={"cashback_issued": "cents", "cashback_paid": "cents"},
    book=book,
    reward_rate=lambda terms: terms.worth,
    gives=lambda terms: terms.members and terms.worth > 0.0,
    stocks=(Stock("cashback_issued", ("cashback_paid",), "credit", "cashback_paid", per=100, worth=worth),),
    generosity="rate",
    cost="cost",
    tell=tell,
    order=24,
)
