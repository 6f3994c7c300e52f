"""What published studies say: read, checked, and observed in planted worlds."""

from __future__ import annotations

import math

import numpy as np
import pytest

from loyaltysim.configure.compose import compose
from loyaltysim.configure.folders import conf_dir
from loyaltysim.configure.targets import Target, of_runs, published, read_targets, scored, targets
from loyaltysim.measures.registry import find
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies.ensembles import MOMENTS


@pytest.mark.parametrize("path", sorted((conf_dir() / "targets").glob("*.yaml")), ids=lambda p: p.stem)
def test_a_shipped_target_has_a_source_and_is_about_a_stored_moment(path):
    """Those of worlds; those that are shown beside a run are about a number of it, and choose nothing."""
    found, every = targets(path.stem), published(path.stem)
    assert found and set(found) <= set(MOMENTS)
    assert all(len(target.source) > 40 and target.words for target in every.values())
    for name in set(every) - set(found):
        assert every[name].beside == "run" and every[name].shown and find(name).words
    assert not set(scored(every)) - set(found)


def later(**points):
    """A grocery market whose customers redeem when they like."""
    own = {"redeem": "later", "expiry": 52, "expiry_rule": "age", **points}
    words = [f"program.points.{key}={value}" for key, value in own.items()]
    return compose(["scenario=grocery_points", "behaviour=redeemers", *words])


def test_activity_and_breakage_are_shown_where_a_program_can_meet_them():
    """42 % of memberships and a fifth to a third of points: only with redemption later and expiry by date."""
    shown = of_runs(later())
    assert {name: tuple(round(end, 3) for end in target.ends) for name, target in shown.items()} == {
        "breakage_estimate": (0.2, 0.33), "active_memberships": (0.395, 0.457),
    }  # fmt: skip
    assert "household" in shown["active_memberships"].source
    assert of_runs(later(expiry_rule="calendar")) == shown
    assert of_runs(later(expiry_rule="inactivity")) == of_runs(later(expiry=0)) == {}
    assert of_runs(compose(["scenario=grocery_points"])) == of_runs(compose(["market=grocery"])) == {}


def test_what_is_shown_beside_a_run_may_not_choose_worlds():
    with pytest.raises(ConfigError, match="weighs nothing"):
        read_targets("a: {at_most: 1, beside: run, source: x}", "mine.yaml")


def test_a_market_without_a_file_has_no_targets():
    assert targets("bank") == {}


def test_what_lies_inside_the_published_error_meets_a_target():
    seen = np.array([0.39, 0.40, 0.53, 0.66, 0.67, math.nan])
    assert list(targets("grocery")["enrolled_share"].met(seen)) == [False, True, True, True, False, False]
    assert list(targets("grocery")["heavy_less_light"].met(np.array([-0.1, 0.0, 0.1]))) == [True, True, False]


def test_no_target_restates_a_claim_that_is_judged_with_it():
    """And what is only shown chooses nothing, whatever is judged."""
    every = targets("grocery")
    assert "driven_share" in scored(every) and "naive_over_true_wallet" not in scored(every)
    assert set(scored(every, ["S3-11"])) == {"enrolled_share", "heavy_less_light"}


def test_a_planted_world_is_observed_with_the_published_error():
    target = Target("x", value=5.0, error=2.0)
    low, high = target.observed(1.0, 0.5).ends
    assert (low, high) == (0.0, 4.0)
    bound = Target("x", at_most=0.0)
    assert bound.observed(-3.0, 0.9).ends == (-math.inf, 0.0)
    assert bound.observed(3.0, 0.9).ends == (0.0, math.inf)


def test_every_problem_of_targets_is_named_at_once():
    text = "a: {value: 1, source: x}\nb: {at_least: 1, value: 2, error: 1, source: y}\nc: {at_most: 1}\nd: {vlue: 1}\n"
    with pytest.raises(ConfigError) as caught:
        read_targets(text, "mine.yaml")
    said = str(caught.value)
    assert said.count("mine.yaml, line ") == 4
    for words in ("a needs value and error", "b needs value and error", "c.source needs where", "did you mean d.value"):
        assert words in said
