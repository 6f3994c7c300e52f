"""What a visit costs its firm, by how long it knows the customer."""

from __future__ import annotations

import numpy as np
import pytest

from loyaltysim.behaviour.cost_to_serve import NOT_YET, CostToServe, cost_of_visit
from loyaltysim.market.model import Market
from loyaltysim.measures.twins import no_program
from tests.scenarios import contract_world, in_plain, offered, points_world, totals, world

SHAPES = {"flat": (100, 100, 100), "falling": (100, 70, 55), "rising": (100, 130, 145)}


def ran(scenario, seed=3):
    """A finished market, its step in plain Python."""
    market = in_plain(Market(scenario, seed))
    market.run()
    return market


@pytest.mark.parametrize("shape", SHAPES)
def test_a_visit_costs_by_tenure_by_hand(shape):
    """1.00 at first; of a change of 60 % half has come after one half-life (4 weeks), three quarters after two."""
    own = offered(CostToServe(unit_cost=1.0, shape=shape, change=0.6, half_life=4.0))
    assert tuple(cost_of_visit(own, weeks) for weeks in (0, 4, 8)) == SHAPES[shape]
    assert cost_of_visit(own, 4000) == {"flat": 100, "falling": 40, "rising": 160}[shape]


def test_a_cost_is_the_nearest_whole_number_of_cents():
    """A third of a cent more or less is none, and half a cent is one."""
    assert [cost_of_visit(offered(CostToServe(unit_cost=x)), 9) for x in (0.013, 0.015, 0.0)] == [1, 2, 0]


def test_tenure_begins_with_the_first_visit_to_that_firm():
    """Recomputed from the log: each purchase at the weeks since the customer's first at the same firm; every firm pays
    what its own visits cost, as touchpoints, and its profit is less by that.
    """
    own = {"unit_cost": 2.0, "shape": "rising", "change": 1.0, "half_life": 3.0}
    book = ran(world(30, 12, behaviour={"cost_to_serve": own})).book()
    plain = ran(world(30, 12)).book()
    log, terms = book.log, offered(CostToServe(**own))
    first = log.groupby(["customer", "firm"]).week.transform("min")
    cents = [cost_of_visit(terms, age) for age in log.week - first]
    paid = log.assign(cents=cents).groupby("firm").cents.sum()
    t, bare = totals(book), totals(plain)
    assert t.touchpoints.tolist() == paid.tolist() and (t.serving_cents == t.touchpoints).all() and t.touchpoints.all()
    assert (t.profit == bare.profit - t.touchpoints).all()
    assert np.array_equal(plain.visits, book.visits) and np.array_equal(plain.spend, book.spend)


def test_under_contract_tenure_begins_with_the_contract_that_was_under_way():
    """Customers of the first week have known their firm since their contract began, and no other firm yet."""
    market = Market(contract_world(60, 12, renewal={"age": 5}, behaviour={"cost_to_serve": {"unit_cost": 1.0}}), 3)
    first, own = market.population["first_visit"], market.population["provider"]
    at = np.arange(len(own))
    assert (first[at, own] == market.population["started"]).all() and (first[at, own] < -8).any()
    first[at, own] = NOT_YET
    assert (first == NOT_YET).all()


def test_falling_costs_favour_who_stays_and_rising_costs_punish_it():
    """The same visits at the same first price: falling costs less in all, rising more, and flat is visits times it."""
    cost = {}
    for shape in SHAPES:
        behaviour = {"cost_to_serve": {"unit_cost": 1.0, "shape": shape, "half_life": 4.0}}
        cost[shape] = totals(ran(world(40, 26, behaviour=behaviour)).book()).sum()
    assert cost["falling"].touchpoints < cost["flat"].touchpoints < cost["rising"].touchpoints
    assert cost["flat"].touchpoints == 100 * cost["flat"].visits == 100 * cost["rising"].visits


def test_serving_costs_in_the_world_without_a_program_too():
    """It belongs to the market: taking the program out leaves it, so that it is no cost of the program."""
    scenario = points_world(30, 12, behaviour={"cost_to_serve": {"unit_cost": 1.0}})
    t = totals(ran(no_program(scenario)).book())
    assert (t.touchpoints == 100 * t.visits).all() and t.touchpoints.loc["a"] > 0
