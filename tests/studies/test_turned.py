"""What `compare` turns of every row of conf/program really turns what the row costs."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from loyaltysim.configure.compose import compose
from loyaltysim.configure.folders import groups, programs
from loyaltysim.market.model import Market
from loyaltysim.measures import money, twins
from loyaltysim.measures.program_effects import Window
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies.designs import DesignTerms, searched_term
from tests.scenarios import in_plain

PEOPLE = ("behaviour.arrivals.pool=100", "behaviour.arrivals.weekly=0.01")
WORLD = ("market=grocery", "customers.n=40", "weeks=26")
CLOSED = {"coalition", "coalition_apart"}  # partners shop from the first week to the last: nobody may come
LIVELY = {  # what has to happen in so small a world for there to be anything to pay
    "referral": ["program.referral.chance=1", "program.referral.audience=everyone", "behaviour.word_of_mouth.talk=1"],
    "survey_reward": ["program.tasks.per_week=0.5"],
    "review": ["program.tasks.per_week=0.5"],
}
NOTHING = {"candour", "lapse", "late_returns", "loyal_price", "one_account"}  # no term: docs/coverage.md
UNSEEN = {"new_product"}  # `early_access.discount` is for weeks before all others, and here there are none
ROWS = [name for name in groups()["program"] if name not in NOTHING | UNSEEN | {"none"}]


def term(name: str) -> tuple[str, str]:
    """The component and the key that a comparison turns. Raises ConfigError where there is none."""
    return searched_term(DesignTerms(name=name, program=programs()[name]), scenario(name).focal_firm.program)


@cache
def scenario(name: str) -> Scenario:
    """The row in a small lively world where everybody is a member."""
    made = compose([*WORLD, *(() if name in CLOSED else PEOPLE), f"program={name}", *LIVELY.get(name, [])])
    firm = made.focal_firm
    joined = {k: replace(own, join="everyone") for k, own in firm.program.items() if k == "membership"}
    return twins.with_focal(made, replace(firm, program={**firm.program, **joined}))


def turned(made: Scenario, component: str, key: str, value: float) -> Scenario:
    """The world with another value of that key."""
    firm = made.focal_firm
    own = replace(firm.program[component], **{key: value})
    return twins.with_focal(made, replace(firm, program={**firm.program, component: own}))


def cost(made: Scenario) -> float:
    """What a world costs its firm beside the goods, money per customer and year."""
    w = Window.of(made, 0)
    with np.errstate(over="ignore", invalid="ignore"):
        return money.program_cost(in_plain(Market(made, 3)).run(), 0.0, w)


@pytest.mark.parametrize("name", ROWS)
def test_a_row_costs_something_else_when_its_term_is_turned(name):
    """Turned to half (of what is nothing: up to a tenth) it costs less (more), with the same people and luck."""
    made, (component, key) = scenario(name), term(name)
    value = float(getattr(made.focal_firm.program[component], key))
    low, high = (0.5 * value, value) if value else (0.0, 0.1)
    costs = [cost(turned(made, component, key, x)) for x in (low, high)]
    assert costs[0] < costs[1], costs


@pytest.mark.parametrize("name", sorted(NOTHING))
def test_a_row_without_a_term_is_refused_with_what_to_name(name):
    """In words: which term could be named."""
    with pytest.raises(ConfigError, match="has no term to be searched; name one"):
        term(name)
