"""Money back: a share of what members spend, at once or when enough has come together."""

from __future__ import annotations

from dataclasses import dataclass

from loyaltysim.mechanism.declare import Field, Hook, Mechanism, Scene, Stock
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.terms import term

PARTS = 1_000_000  # rates are carried in millionths


@dataclass(frozen=True)
class Cashback:
    """A plain share of spending: a reward rate without card, threshold or pressure."""

    rate: float = term(0.01, "share of spending", 0.0, 1.0)
    payout: float = term(0.0, "money", 0.0, 1e9, doc="credit is paid out when it reaches this; 0 = at once")
    cost: float = term(1.0, "share of face value", 0.0, 2.0, doc="what 1 unit of it costs the firm: below 1 if funded")
    perceived: float = term(1.0, "share of face value", 0.0, 5.0, doc="what 1 unit of it is worth to the customer")


@rule
def cashback_pull(joined, link_reward, cashback_worth):
    """The reward per unit of spending, for a member."""
    if joined < 0:
        return 0.0
    return link_reward * cashback_worth


@rule
def cashback_earned(joined, credit, spend, cashback_parts, cashback_payout):
    """At a visit: a share of the spending is credited, rounded down; all credit is paid once it suffices."""
    if joined < 0 or cashback_parts == 0:
        return credit, 0, 0
    earned = spend * cashback_parts // PARTS
    held = credit + earned
    if held >= cashback_payout:
        return 0, earned, held
    return held, earned, 0


def rate(terms: Cashback) -> float:
    """Reward per unit of spending as the customer values it: rate x perceived."""
    return terms.rate * terms.perceived


def columns(terms: Cashback | None, program) -> dict[str, float | int]:
    """The numbers that the step reads: money in cents, the rate in millionths."""
    own = Cashback(rate=0.0) if terms is None else terms
    return {
        "cashback_worth": rate(own),
        "cashback_parts": round(own.rate * PARTS) if rate(own) > 0.0 else 0,
        "cashback_payout": round(own.payout * 100),
    }


def book(totals, terms: Cashback) -> dict[str, int]:
    """What was paid out at its cost, and the credit that customers hold as a liability."""
    parts = round(terms.cost * PARTS)
    held = totals["cashback_issued"] - totals["cashback_paid"]
    return {"reward_cost": totals["cashback_paid"] * parts // PARTS, "liability": held * parts // PARTS}


def tell(scene: Scene) -> list[str]:
    """Credit paid out, or what has come together."""
    if scene.visits == 0 or scene.after["joined"] < 0 or rate(scene.terms) == 0.0:
        return []
    if scene.after["credit"] <= scene.before["credit"]:
        return scene.say(f"money back from {scene.firm}", f"收到 {scene.firm} 的返现")
    held = f"{scene.after['credit'] / 100:.2f}"
    return scene.say(f"{held} of credit at {scene.firm}", f"在 {scene.firm} 有 {held} 返现余额")


MECHANISM = Mechanism(
    name="cashback",
    level="program",
    source="a reward as plain cash, the control of claims about points: Nastasoiu et al. 2021, JAMS; rate assumed",
    terms=Cashback,
    neutral={"rate": 0.0},
    columns=columns,
    needs=("membership",),
    fields={"credit": Field(per_firm=True, dtype="int64", start=0, unit="cents")},
    hooks=(
        Hook("utility", cashback_pull),
        Hook("appeal", cashback_pull),
        Hook("visit", cashback_earned, sets=("credit",), counts=("cashback_issued", "cashback_paid")),
    ),
    counts={"cashback_issued": "cents", "cashback_paid": "cents"},
    book=book,
    reward_rate=rate,
    gives=lambda terms: rate(terms) > 0.0,
    stocks=(Stock("cashback_issued", ("cashback_paid",), "credit"),),
    generosity="rate",
    cost="cost",
    tell=tell,
    order=24,
)
