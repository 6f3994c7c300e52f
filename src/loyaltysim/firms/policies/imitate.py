"""Copy the leader's public offer, some weeks later and more or less well."""

from __future__ import annotations

import dataclasses
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
    whom: str = term("", "firm", doc="id of the firm that is copied; empty = the focal firm")


def decide(terms: Imitate, seen: Seen, draw: Draw) -> Decision:
    """What the copied firm showed `lag` weeks ago, its face value scaled by fidelity; the own program until then."""
    shown = seen.offers(seen.week - terms.lag).get(terms.whom or seen.focal)
    if shown is None or not shown.program:
        return Decision(program=seen.configured)
    mine = {name: component for name, component in seen.configured.items() if registry()[name].own}
    theirs = {name: component for name, component in shown.program.items() if not registry()[name].own}
    return Decision(
        program={**mine, **{name: copied(name, component, terms.fidelity) for name, component in theirs.items()}}
    )


def copied(name: str, component: Any, fidelity: float) -> Any:
    """A component at another generosity: the term that its mechanism names, scaled and kept in its range; as it was
    shown where the scaled one would break a condition between its keys, such as rewards above all spending.
    """
    key, check = registry()[name].generosity, registry()[name].check
    if key is None:
        return component
    facts = type(component).__dataclass_fields__[key].metadata
    scaled = max(facts["low"], min(getattr(component, key) * fidelity, facts["high"]))
    made = dataclasses.replace(component, **{key: scaled})
    return component if check is not None and check(made) else made


def fits(terms: Imitate, firm: str, scenario: Scenario) -> list[tuple[str, str]]:
    """Nobody copies itself."""
    whom = terms.whom or scenario.focal
    return [("whom", f"is firm {firm!r} itself; name another firm to copy")] if whom == firm else []


POLICY = Policy(
    "imitate",
    "imitation of loyalty programs among grocers: Leenheer & Bijmolt 2008",
    Imitate,
    decide,
    fits=fits,
    sets=("program",),
)
