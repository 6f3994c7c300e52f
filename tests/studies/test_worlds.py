"""Many worlds on the light path: draws without correlation, one compiled step, common luck, what is known is held."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from loyaltysim.configure.compose import compose
from loyaltysim.market.model import Market
from loyaltysim.measures import twins
from loyaltysim.studies import worlds
from loyaltysim.studies.single import in_a_world
from loyaltysim.theory import propensity
from tests.tasks import seen_world

WEIGHED = propensity.weighed

POINTS = compose(["scenario=grocery_points", "customers.n=60", "weeks=60"])


def test_draws_fill_every_size_and_every_pair_evenly():
    """Strength two: p x p cells of any two sizes hold one world each, so that no size stands for another."""
    sizes = worlds.sizes(POINTS, "evidence")
    values = worlds.draw(sizes, 300, 7)
    p = int(len(values) ** 0.5)
    assert p * p == len(values) >= 300
    two = {"customers.relational_share": (0.3, 0.7), "measured.leaders_share": (0.3, 0.5)}
    cells = [((values[key] - a) / (b - a) * p).astype(int) for key, (a, b) in two.items()]
    assert len(set(zip(*cells, strict=True))) == p * p
    numbers = values.select_dtypes("number").loc[:, lambda table: table.nunique() > 2]
    apart = np.abs(np.triu(np.corrcoef(numbers.rank().T), 1))
    assert apart.max() < 0.02


def test_draws_are_those_of_their_seed():
    sizes = worlds.sizes(POINTS, "evidence")
    pd.testing.assert_frame_equal(worlds.draw(sizes, 50, 3), worlds.draw(sizes, 50, 3))
    assert not worlds.draw(sizes, 50, 3).equals(worlds.draw(sizes, 50, 4))


def test_what_is_known_is_held():
    """A key by its name, a branch, and a moment by any key that follows from it."""
    every = {row.key for row in worlds.sizes(POINTS, "evidence")}
    gone = every - {row.key for row in worlds.sizes(POINTS, "evidence", ["market.S", "rivals", "firms.b.unit_cost"])}
    assert gone == {
        "measured.S", "measured.margin", "rivals.policy.imitate.lag", "rivals.policy.imitate.fidelity",
    }  # fmt: skip


def test_one_step_serves_every_world():
    """No world and no arm of it compiles anything anew: sizes are data. One step with a limit of cards, one without."""
    sizes = worlds.sizes(POINTS, "evidence")
    base, values = worlds.prepared(POINTS, sizes, 1), worlds.draw(sizes, 1, 1)
    made = [worlds.world(base, row) for row in values.head(25).to_dict("records")]
    assert len({s.market.S for s in made}) == 25
    for arm in (lambda s: s, twins.no_program):
        for limited in ({1, 2}, {8}):
            of_these = [s for s in made if s.customers.max_programs in limited]
            assert len({Market(arm(s), 1).assembled.module for s in of_these}) == 1 and len(of_these) > 3


def test_a_world_is_the_same_alone_and_among_others():
    """Own seed by its place, whatever the processes and chunks; arms share it."""
    sizes = worlds.sizes(POINTS, "evidence")
    base, values = worlds.prepared(POINTS, sizes, 40), worlds.draw(sizes, 1, 1).head(11)
    together = worlds.many(in_a_world, [base], values, processes=1)
    alone = worlds.many(in_a_world, [base], values.iloc[[9]], processes=1)
    assert list(together.index) == list(values.index)
    pd.testing.assert_frame_equal(together.iloc[[9]], alone)
    seeds = worlds.many(seen_world, [base], values, processes=1)
    assert seeds.seed.nunique() == 11 and (seeds.apart > 0).all()


def test_a_world_says_what_was_drawn():
    sizes = worlds.sizes(POINTS, "evidence")
    base = worlds.prepared(POINTS, sizes)
    drawn = worlds.draw(sizes, 1, 1).iloc[0].to_dict()
    s = worlds.world(base, drawn)
    assert s.focal_firm.share == pytest.approx(drawn["measured.leaders_share"])
    assert s.firms["b"].policy["imitate"].lag == drawn["rivals.policy.imitate.lag"]
    assert s.focal_firm.program["points"].pressure == drawn["program.points.pressure"]
    assert s.behaviour["habit"].gain == 1.0 and s.customers.n == 60 and s.vary == ()


def test_correlations_are_checked_once_where_all_else_is_known(monkeypatch):
    """They are checked against the tastes of the world: finding these anew for every size took most of a fit's time."""
    sizes = worlds.sizes(POINTS, "evidence")
    base, drawn = worlds.prepared(POINTS, sizes), worlds.draw(sizes, 1, 1).iloc[0].to_dict()
    asked = []
    monkeypatch.setattr(propensity, "weighed", lambda r, law: asked.append((r, law)) or WEIGHED(r, law))
    s = worlds.world(base, drawn)
    assert asked == [(propensity.asked(s.customers), propensity.tastes(s))] and s.customers.r_taste != 0.0


def test_sizes_of_components_that_a_design_lacks_are_left_out():
    """Designs differ in their program: each takes what is about it."""
    sizes = worlds.sizes(POINTS, "evidence")
    cashback = worlds.prepared(compose(["scenario=grocery_points", "program=cashback"]), sizes)
    drawn = worlds.draw(sizes, 1, 1).iloc[0].to_dict()
    made = worlds.world(cashback, drawn)
    assert set(made.focal_firm.program) == {"cashback", "membership"}
    assert made.focal_firm.program["membership"].ask == drawn["program.membership.ask"]
