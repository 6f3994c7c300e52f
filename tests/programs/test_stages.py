"""Three stages of a visit: the mean of them, or the worst."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from loyaltysim.behaviour.experience import over_stages
from loyaltysim.configure.compose import compose
from loyaltysim.programs.stages import Stages
from loyaltysim.scenario.reader import ConfigError
from tests.behaviour.test_felt_signs import ran, sign, visits
from tests.scenarios import offered, totals, world

LIVED = {"experience": {"premium": 0.3, "disconfirmation": 0.0}}


def whole(before, during, after, weakest, shares=(0.25, 0.25)):
    """A visit of these three stages."""
    own = Stages(before_share=shares[0], after_share=shares[1], weakest=weakest)
    here = SimpleNamespace(stage_before=before, stage_after=after)
    return over_stages(here, SimpleNamespace(stages=offered(own)), during)


def test_a_visit_is_the_mean_of_its_stages_or_near_the_worst():
    """At 0 the mean by shares; the closed form at 1; at 20 all but the worst, at -20 all but the best; alike at all
    three it is what they are. A lift of all stages lifts the whole by as much. Without stages it is the purchase.
    """
    assert whole(1.0, 2.0, -1.0, 0.0) == pytest.approx(1.0)
    by_hand = -math.log(0.25 * math.exp(-1.0) + 0.5 * math.exp(-2.0) + 0.25 * math.exp(1.0))
    assert whole(1.0, 2.0, -1.0, 1.0) == pytest.approx(by_hand)
    assert whole(1.0, 2.0, -1.0, 20.0) == pytest.approx(-1.0, abs=math.log(4.0) / 20 + 1e-9)
    assert whole(1.0, 2.0, -1.0, -20.0) == pytest.approx(2.0, abs=math.log(2.0) / 20 + 1e-9)
    for sharp in (-3.0, 0.0, 1e-6, 3.0):
        assert whole(0.7, 0.7, 0.7, sharp) == pytest.approx(0.7)
        assert whole(1.5, 2.5, -0.5, sharp) == pytest.approx(0.5 + whole(1.0, 2.0, -1.0, sharp))
    assert whole(9.0, 2.0, 9.0, 5.0, (0.0, 0.0)) == 2.0
    assert np.isfinite([whole(-1e4, 1e4, 0.0, s) for s in (-20.0, 20.0)]).all()


@pytest.mark.parametrize("weakest, outcome", [(0.0, -1), (3.0, 1)])
def test_s0_27_the_weakest_stage_decides_or_the_mean(weakest, outcome):
    """S0-27, at equal cost: after-sales is a unit below the usual, and one unit of quality is spent on it, or on the
    purchase, which has twice its share. Visits with the weakest repaired less those with the purchase bettered: fewer
    where customers take the mean, more where the worst stage decides.
    """
    base = {"weakest": weakest, "unit_cost": 0.1}
    repaired, bettered = ({"stages": {**base, **own}} for own in ({"after": 0.0}, {"after": -1.0, "during": 1.0}))
    found = [visits(world(300, 39, program=p, behaviour=LIVED)) for p in (repaired, bettered)]
    assert sign(found[0] - found[1]) == outcome


@pytest.mark.parametrize("weakest, outcome", [(2.0, 1), (0.0, 0), (-2.0, -1)])
def test_stages_that_vary_at_equal_mean_satisfy_less_where_the_worst_decides(weakest, outcome):
    """Even stages less uneven ones of the same mean: more satisfied where the worst decides, less where the best."""
    flat = {"experience": {"premium": 0.0, "disconfirmation": 0.0}}
    even, uneven = (
        ran(world(200, 20, program={"stages": {"noise": s, "weakest": weakest}}, behaviour=flat)).population["sat"][
            :, 0
        ]
        for s in (0.0, 1.0)
    )
    assert sign(even - uneven) == outcome


def test_visits_in_stages_are_counted_and_paid_for():
    """Every purchase at the firm, 2.5 cents each, rounded down together; shares beyond a whole visit are refused."""
    t = totals(ran(world(60, 12, program={"stages": {"unit_cost": 0.025}}, behaviour=LIVED)).book())
    assert t.loc["a", "staged"] == t.loc["a", "visits"] > 0 == t.loc["b", "staged"]
    assert abs(t.loc["a", "touchpoints"] - 2.5 * t.loc["a", "visits"]) <= 1.0
    with pytest.raises(ConfigError, match=r"before_share.*sum to 1.25; allowed up to 1"):
        compose(["program=stages", "program.stages.before_share=1"])
