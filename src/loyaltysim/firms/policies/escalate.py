"""Give more than the most generous rival, every so many weeks, until a ceiling: a war of rewards."""

from __future__ import annotations

from dataclasses import dataclass

from loyaltysim.firms.decision import Decision, Draw, Policy, Seen
from loyaltysim.firms.policies.imitate import given, multiplied
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Escalate:
    """How far above rivals, how far up at all, how often."""

    step: float = term(0.005, "share of spending", 0.0, 1.0, doc="above what the most generous rival gives back")
    ceiling: float = term(0.05, "share of spending", 0.0, 1.0, doc="never more than this")
    every: int = term(13, "weeks", 1, 5200, doc="between two looks at rivals' rewards")


def decide(terms: Escalate, seen: Seen, draw: Draw) -> Decision:
    """The configured program, its reward raised where last week's most generous rival is less than a step behind."""
    if seen.week == 0 or seen.week % terms.every:
        return Decision()
    rivals = [given(offer.program) for name, offer in seen.offers(seen.week - 1).items() if name != seen.me]
    best = max(rivals, default=0.0)
    configured = given(seen.configured)
    level = min(best + terms.step, terms.ceiling) / configured
    if best == 0.0 or level <= seen.memory.level:
        return Decision()
    return Decision(program=multiplied(seen.configured, level), memory={"level": level})


def fits(terms: Escalate, firm: str, scenario: Scenario) -> list[tuple[str, str]]:
    """A rival to beat, a reward on spending to raise, and terms that allow it up to the ceiling."""
    program = scenario.firms[firm].program
    own = given(program)
    if len(scenario.firms) == 1:
        return [("every", "needs a rival whose rewards can be seen; this market has one firm")]
    if own == 0.0:
        why = f"raises a reward on spending, and firms.{firm}.program has none: give it points or cashback"
        return [("step", why)]
    if terms.ceiling < own:
        return [("ceiling", f"= {terms.ceiling:g} is below the {own:g} that firms.{firm}.program gives back already")]
    if abs(given(multiplied(program, terms.ceiling / own)) - terms.ceiling) > 1e-9:
        return [("ceiling", f"= {terms.ceiling:g} is out of reach of the terms of firms.{firm}.program; lower it")]
    return []


POLICY = Policy(
    "escalate",
    "rivals that outbid each other's rewards; form assumed",
    Escalate,
    decide,
    fits=fits,
    sets=("program",),
    state={"level": 1.0},  # of the configured reward
)
