"""Copy the leader's public offer, some weeks later and more or less well."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loyaltysim.firms.decision import Decision, Draw, Policy, Seen
from loyaltysim.mechanism.registry import registry
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Imitate:
    """How late and how faithful the copy is."""

    lag: int = term(13, "weeks", 1, 5200, doc="weeks between a rival's offer being seen and the copy")
    fidelity: float = term(1.0, "share", 0.0, 2.0, doc="generosity of the copy over the original's; 1 where refused")
    ceiling: float = term(1.0, "share of spending", 0.0, 1.0, doc="most that points and cashback of a copy give back")
    whom: str = term("", "firm", doc="id of the firm that is copied; empty = the focal firm")


def decide(terms: Imitate, seen: Seen, draw: Draw) -> Decision:
    """What the copied firm showed `lag` weeks ago, its face value scaled by fidelity; the own program until then."""
    shown = seen.offers(seen.week - terms.lag).get(terms.whom or seen.focal)
    if shown is None or not shown.program:
        return Decision(program=seen.configured)
    mine = {name: component for name, component in seen.configured.items() if registry()[name].own}
    theirs = {name: component for name, component in shown.program.items() if not registry()[name].own}
    copy = {name: copied(name, component, terms.fidelity) for name, component in theirs.items()}
    if given(copy) > terms.ceiling:
        copy = multiplied(copy, terms.ceiling / given(copy))
    return Decision(program={**mine, **copy})


def is_reward(name: str) -> bool:
    """Does a component give something back on purchases?"""
    return registry()[name].reward_rate is not None or registry()[name].reward_visit is not None


def given(program: Mapping[str, Any]) -> float:
    """What points, cashback and the like give back per unit of spending, as customers value it; rewards per visit, such
    as stamps, have no rate that can be seen from an offer.
    """
    rates = [(registry()[name].reward_rate, terms) for name, terms in program.items()]
    return math.fsum(rate(terms) for rate, terms in rates if rate is not None)


def multiplied(program: Mapping[str, Any], factor: float) -> dict[str, Any]:
    """A program whose rewards are so many times as generous."""
    return {name: copied(name, terms, factor) if is_reward(name) else terms for name, terms in program.items()}


def copied(name: str, component: Any, fidelity: float) -> Any:
    """A component at another generosity: the term that its mechanism names, scaled and kept in its range; as it was
    shown where the scaled one would break a condition between its keys, such as rewards above all spending.
    """
    made = scaled(name, component, fidelity)
    return component if refused(name, made) else made


def scaled(name: str, component: Any, factor: float) -> Any:
    """A component at another generosity, within the range of the term that says it."""
    key = registry()[name].generosity
    if key is None:
        return component
    facts = type(component).__dataclass_fields__[key].metadata
    value = max(facts["low"], min(getattr(component, key) * factor, facts["high"]))
    return dataclasses.replace(component, **{key: value})


def refused(name: str, component: Any) -> list[tuple[str, str]]:
    """What is wrong between the keys of a component."""
    check = registry()[name].check
    return [] if check is None else check(component)


def fits(terms: Imitate, firm: str, scenario: Scenario) -> list[tuple[str, str]]:
    """Nobody copies itself, and no copy that is known before the run has terms that nobody may have."""
    whom = terms.whom or scenario.focal_id
    if whom == firm:
        return [("whom", f"is firm {firm!r} itself; name another firm to copy")]
    program = scenario.firms[whom].program if whom in scenario.firms else {}
    wrong = {name: refused(name, scaled(name, own, terms.fidelity)) for name, own in program.items()}
    return [
        ("fidelity", f"= {terms.fidelity:g} of firms.{whom}.program.{name}: {key} {message}; lower it")
        for name, found in wrong.items()
        for key, message in found
    ]


POLICY = Policy(
    "imitate",
    "imitation of loyalty programs among grocers: Leenheer & Bijmolt 2008",
    Imitate,
    decide,
    fits=fits,
    sets=("program",),
)
