"""The trial of the evidence worlds: 200 are planted, and the truth is found as often as it should be."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from loyaltysim.calibrate.trial import ANSWERS, INFORMED, PLANTS, Trial, outside, trial
from loyaltysim.configure.targets import scored, targets
from loyaltysim.studies.ensembles import Ensemble, load

RESULTS = Path(__file__).parents[2] / "results" / "worlds"


def grocery() -> Ensemble:
    found = load("grocery", "evidence")
    assert found is not None
    return found


@cache
def planted() -> Trial:
    return trial(grocery(), scored(targets("grocery")))


def test_the_trial_has_200_planted_worlds():
    assert planted().table.plant.nunique() == PLANTS == 200


@pytest.mark.parametrize("answer", ANSWERS)
def test_ranks_of_the_truth_are_uniform(answer):
    """Chi-square over ten bins; the 90 % interval holds the truth in 90 of 100."""
    assert planted().uniform(answer) > 1e-5
    assert planted().covered(answer) == pytest.approx(0.9, abs=0.07)


def test_what_targets_inform_is_known_better_than_before():
    """On average at most .8 of the prior's interval."""
    found = [planted().narrower(answer) for answer in INFORMED]
    assert sum(found) / len(found) <= 0.8
    assert planted().narrower("enrolled_share") < 0.5


def test_without_targets_nothing_is_learned():
    """Accepting every draw leaves the prior's interval as it is, with ranks as uniform as any."""
    blind = trial(grocery(), {}, plants=40)
    assert blind.summary().width_of_prior.to_numpy() == pytest.approx(1.0, abs=0.01)


def test_a_world_outside_the_evidence_is_reported_as_such():
    aims = scored(targets("grocery"))
    far = {"driven_share": 0.2, "enrolled_share": 0.99, "heavy_less_light": 0.3, "true_wallet": 0.3}
    assert outside(grocery(), aims, far).startswith("too few worlds to say: 0 of")
    near = {"driven_share": 0.0174, "enrolled_share": 0.53, "heavy_less_light": -0.01, "true_wallet": 0.005}
    assert "meet the targets" in outside(grocery(), aims, near)


def test_the_published_trial_is_this_one():
    """results/worlds holds its table and seeds."""
    published = pd.read_csv(RESULTS / "trial.csv")
    pd.testing.assert_frame_equal(published, planted().summary(), atol=1e-6, check_dtype=False)
    ranks = pd.read_csv(RESULTS / "planted.csv")
    assert list(ranks.plant.unique()) == list(planted().table.plant.unique())
