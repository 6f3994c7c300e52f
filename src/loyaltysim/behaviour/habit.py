"""Buying again is easier than choosing again."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from loyaltysim.mechanism.declare import Amplifier, Field, Hook, Mechanism, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Habit:
    """H grows by gain (1 - H) at a purchase and halves every half_life weeks without one."""

    premium: float = term(
        0.05,
        "fraction of the reference price",
        0.0,
        2.0,
        source="real panels: 3 to 14 % of price once tastes vary",
        doc="worth of a full habit",
    )
    gain: float = term(0.3, "share of the gap", 0.0, 1.0, doc="how much of the gap to a full habit a purchase closes")
    half_life: float = term(8.0, "weeks", 0.1, 5200.0)

    @property
    def keep(self) -> float:
        """What is left of a habit after a week."""
        return 0.5 ** (1.0 / self.half_life)


@rule
def habit_pull(here: Any, terms: Any) -> float:
    """What the habit is worth, as a fraction of the reference price."""
    return terms.premium * here.habit


@rule
def habit_grows(here: Any, terms: Any) -> None:
    """A purchase closes part of the gap to a full habit."""
    here.habit = here.habit + terms.gain * (1.0 - here.habit)


@rule
def habit_fades(here: Any, terms: Any) -> None:
    """A week passes."""
    here.habit = here.habit * terms.keep


def alone(terms: Habit, scenario: Scenario) -> dict[str, float]:
    """A habit that grows and is worth something makes customers inert, program or not."""
    return {} if terms.premium * terms.gain == 0.0 else dataclasses.asdict(terms)


def tell(scene: Scene) -> list[str]:
    """A habit that passes a half."""
    moved = scene.crossed("habit", 0.5)
    if moved > 0:
        return scene.say(f"{scene.firm} has become a habit", f"去 {scene.firm} 成了习惯")
    if moved < 0:
        return scene.say(f"the habit of {scene.firm} wears off", f"去 {scene.firm} 的习惯淡了")
    return []


MECHANISM = Mechanism(
    name="habit",
    level="behaviour",
    source="Guadagni & Little 1983, Marketing Science 2(3); apart from tastes: Dube, Hitsch & Rossi 2010",
    terms=Habit,
    neutral={"premium": 0.0},
    alone=alone,
    fields={"habit": Field(per_firm=True, dtype="float32", start=0.0, unit="strength in [0, 1]")},
    hooks=(
        Hook("week", habit_fades),
        Hook("utility", habit_pull),
        Hook("visit", habit_grows),
    ),
    amplifiers={"habit": Amplifier("habit", {"premium": 0.0}, "习惯")},
    tell=tell,
    order=60,
)
