"""Look at the own figures every so many weeks and keep, raise or drop the program: a firm that learns."""

from __future__ import annotations

from dataclasses import dataclass

from loyaltysim.firms.decision import Decision, Draw, Policy, Seen
from loyaltysim.firms.policies.imitate import is_reward, multiplied
from loyaltysim.mechanism.draws import normal
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term

QUARTER = 13  # weeks of buyers that a firm sees


@dataclass(frozen=True)
class Reevaluate:
    """What is looked at, how often, and what is done about it."""

    week: int = term(52, "week", 0, 5199, doc="first week in which the program runs")
    every: int = term(26, "weeks", 1, 5200, doc="between two looks; the mean of so many weeks is compared")
    watch: str = term(
        "profit", "", choices=("profit", "buyers"),
        doc="profit as a share of sales, or how many bought in a week of the last quarter: who comes back",
    )  # fmt: skip
    band: float = term(0.02, "share", 0.0, 1.0, doc="a change within it is no change: keep")
    error: float = term(
        0.0, "share", 0.0, 1.0, doc="standard error of what is watched, as it is measured: of a sample, not of all"
    )
    raise_when: str = term(
        "better", "", choices=("better", "worse"), doc="raise what works, or answer a loss with more (never drops)"
    )
    step: float = term(0.25, "share", 0.0, 10.0, doc="by which a reward is raised, or a raise is taken back")
    ceiling: float = term(2.0, "of the configured reward", 1.0, 100.0, doc="never more than this")


def decide(terms: Reevaluate, seen: Seen, draw: Draw) -> Decision:
    """None before the start, then the configured program at the level that was found; once dropped, none."""
    since = seen.week - terms.week
    if since < 0:
        return Decision(program={})
    if since % terms.every:
        return Decision()
    figure, sales = measured(terms, seen)
    if terms.error > 0.0:
        figure += terms.error * sales * normal(draw("measured"))
    level = seen.memory.level if since == 0 else judged(terms, seen.memory.level, change(seen, figure))
    program = multiplied(seen.configured, level) if level > 0.0 else {}
    return Decision(program=program, memory={"level": level, "figure": figure, "sales": sales})


def measured(terms: Reevaluate, seen: Seen) -> tuple[float, float]:
    """The figure that is watched, a mean per week, and what a change of it is a share of."""
    if terms.watch == "buyers":
        weeks = seen.buyers[-min(terms.every, QUARTER) :]
        mean = sum(weeks) / max(1, len(weeks))
        return mean, mean
    profit, revenue = (seen.books[line][-terms.every :] for line in ("profit", "revenue"))
    return sum(profit) / max(1, len(profit)), sum(revenue) / max(1, len(revenue))


def change(seen: Seen, figure: float) -> float:
    """Of the figure since the last look, as a share; 0 where there was nothing."""
    return (figure - seen.memory.figure) / seen.memory.sales if seen.memory.sales > 0.0 else 0.0


def judged(terms: Reevaluate, level: float, moved: float) -> float:
    """The next level of the reward, 0 = dropped for good."""
    if abs(moved) <= terms.band or level == 0.0:
        return level
    if (moved > 0.0) == (terms.raise_when == "better"):
        return min(level * (1.0 + terms.step), terms.ceiling)
    if level > 1.0:
        return max(1.0, level / (1.0 + terms.step))
    return 0.0 if terms.raise_when == "better" else level


def fits(terms: Reevaluate, firm: str, scenario: Scenario) -> list[tuple[str, str]]:
    """Weeks to compare with, and a reward to raise."""
    found = []
    if terms.week < 1:
        found.append(("week", "must leave a week without the program, to compare with"))
    if not any(map(is_reward, scenario.firms[firm].program)):
        found.append(
            ("step", f"raises a reward, and firms.{firm}.program has none: give it points, cashback or stamps")
        )
    return found


POLICY = Policy(
    "reevaluate",
    "learning by trial from own figures (Cyert & March 1963, A Behavioral Theory of the Firm); form assumed",
    Reevaluate,
    decide,
    fits=fits,
    sets=("program",),
    state={"level": 1.0, "figure": 0.0, "sales": 0.0},
)
