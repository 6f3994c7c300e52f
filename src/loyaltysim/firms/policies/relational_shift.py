"""Spend on relationships what rewards took: the same budget, at a date or once customers stay away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from loyaltysim.firms.decision import Decision, Draw, Policy, Seen
from loyaltysim.firms.policies.imitate import copied, is_reward
from loyaltysim.mechanism.registry import registry
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term

QUARTER = 13  # weeks of own figures that are compared, and that say what the budget is


@dataclass(frozen=True)
class RelationalShift:
    """When, and how much of what rewards take."""

    week: int = term(78, "week", 0, 5199, doc="when the budget moves, or from when on the trigger is looked at")
    part: float = term(1.0, "share", 0.0, 1.0, doc="of what rewards took that goes to touchpoints")
    below: float | None = term(
        None, "share of buyers", 0.0, 10.0,
        doc="move only once a quarter has less than this of the buyers of the quarter before; null = at the date",
    )  # fmt: skip


def decide(terms: RelationalShift, seen: Seen, draw: Draw) -> Decision:
    """The configured program until the date or the trigger, the same budget otherwise from then on."""
    if seen.memory.shifted or seen.week < terms.week or (terms.below is not None and seen.week % QUARTER):
        return Decision()
    now, before = float(sum(seen.buyers)), seen.memory.buyers
    if terms.below is not None and not (before > 0.0 and now < terms.below * before):
        return Decision(memory={"buyers": now})
    program = shifted(terms, seen)
    return Decision() if program is None else Decision(program=program, memory={"shifted": 1.0})


def shifted(terms: RelationalShift, seen: Seen) -> dict[str, Any] | None:
    """The program with rewards cut and touchpoints more frequent, worth as much as the last quarter's books say; None
    where they say nothing of either yet. What touchpoints cannot take, their terms have ends, rewards keep.
    """
    lines = {line: sum(seen.books[line][-QUARTER:]) for line in ("reward_cost", "liability_change", "touchpoints")}
    rewards, touch = lines["reward_cost"] + lines["liability_change"], lines["touchpoints"]
    if rewards <= 0 or touch <= 0:
        return None
    kept = seen.configured
    more = min([1.0 + terms.part * rewards / touch, *(room(name, kept[name]) for name in kept if relational(name))])
    less = 1.0 - (more - 1.0) * touch / rewards
    return {
        name: copied(name, own, more if relational(name) else less if is_reward(name) else 1.0)
        for name, own in kept.items()
    }


def relational(name: str) -> bool:
    """A component that builds a bond, can be given more of, and is no reward."""
    return "bond" in registry()[name].needs and registry()[name].generosity is not None and not is_reward(name)


def room(name: str, component: Any) -> float:
    """By how much the generosity of a component can be multiplied."""
    key = str(registry()[name].generosity)
    value, high = getattr(component, key), type(component).__dataclass_fields__[key].metadata["high"]
    return float(high / value) if value > 0.0 else 1.0


def fits(terms: RelationalShift, firm: str, scenario: Scenario) -> list[tuple[str, str]]:
    """Something to take from and something to give to."""
    program = scenario.firms[firm].program
    wanted = {"rewards (points, cashback, stamps)": is_reward, "touchpoints (recognition, contact)": relational}
    missing = [what for what, kind in wanted.items() if not any(map(kind, program))]
    return [
        ("part", f"moves money between two parts of firms.{firm}.program; it has no {' and no '.join(missing)}")
    ] * (missing != [])


POLICY = Policy(
    "relational_shift",
    "the same budget spent on relationships instead of rewards, form assumed",
    RelationalShift,
    decide,
    fits=fits,
    sets=("program",),
    state={"buyers": 0.0, "shifted": 0.0},
)
