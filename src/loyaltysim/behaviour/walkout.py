"""Who is let down and not heard stays away for a while."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from loyaltysim.mechanism.declare import Field, Hook, Mechanism, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Walkout:
    """Exit beside voice: after a failure that was not made good, by an answer or a refund, a customer avoids the firm
    with this chance. Who avoids every firm buys nothing. Under contract exit is at the renewal, and this is refused.
    """

    chance: float = term(0.2, "share of failures not made good", 0.0, 1.0)
    weeks: int = term(13, "weeks", 0, 5200, doc="that the firm is avoided after the week of the failure")


@rule
def stays_in(here: Any, visit: Any) -> int:
    """0 while the firm is avoided."""
    return int(visit.week >= here.away_until)


@rule
def walks_out(here: Any, terms: Any, visit: Any, draw_walkout: float) -> None:
    """At a visit: until when the firm is avoided, if that begins now."""
    if visit.failed - visit.recovered - visit.returned < 1 or draw_walkout >= terms.chance:
        return
    here.away_until = visit.week + 1 + terms.weeks
    visit.walkouts += 1


def alone(terms: Walkout, scenario: Scenario) -> dict[str, float]:
    """Usual failures drive customers to and fro, program or not."""
    lived = scenario.behaviour.get("experience")
    if terms.chance == 0.0 or lived is None or lived.failure == 0.0:
        return {}
    return {"chance": terms.chance, "weeks": terms.weeks}


def fits(terms: Walkout, scenario: Scenario) -> list[tuple[str, str]]:
    """Somebody must be let down, and free to stay away."""
    lived = scenario.behaviour.get("experience")
    if terms.chance > 0.0 and scenario.market.setting == "contract":
        return [("chance", "acts in open markets: under contract a customer leaves at the renewal (behaviour.renewal)")]
    if terms.chance == 0.0 or (lived is not None and lived.failure > 0.0):
        return []
    return [("chance", "moves nobody: no visit fails; give behaviour.experience.failure a value")]


def tell(scene: Scene) -> list[str]:
    """Walking out."""
    if scene.counts.get("walkouts", 0) > 0:
        return scene.say(f"will not go back to {scene.firm} for a while", f"一段时间内不再光顾 {scene.firm}")
    return []


MECHANISM = Mechanism(
    name="walkout",
    level="behaviour",
    source="exit and voice: Hirschman 1970; sizes assumed",
    terms=Walkout,
    neutral={"chance": 0.0},
    needs=("experience",),
    fields={"away_until": Field(per_firm=True, dtype="int32", unit="week from which the firm is visited again")},
    hooks=(
        Hook("known", stays_in),
        Hook("visit", walks_out, order=98),
    ),
    counts={"walkouts": "customers"},
    alone=alone,
    fits=fits,
    tell=tell,
    order=59,
)
