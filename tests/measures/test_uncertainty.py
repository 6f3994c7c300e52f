"""What many worlds say of a number, against worlds whose answer is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from loyaltysim.measures import uncertainty
from loyaltysim.measures.uncertainty import classes, interval, over_worlds, shares, shrinkage, verdict


def test_the_interval_over_worlds_holds_nine_in_ten():
    assert interval(np.arange(101.0)) == pytest.approx((5.0, 95.0))
    assert interval(np.append(np.arange(101.0), np.nan)) == pytest.approx((5.0, 95.0))
    found = over_worlds(pd.DataFrame({"a": np.arange(101.0), "b": [np.nan] * 60 + [1.0] * 41}))
    assert found["a"] == pytest.approx({"worlds_low": 5.0, "worlds_high": 95.0, "worlds_n": 101})
    assert found["b"] == {"worlds_low": None, "worlds_high": None, "worlds_n": 41}  # too few to say


def test_shares_are_those_of_a_sum_whose_parts_are_known():
    """y = 2 a + b + c, uniform, a category and a value with a chance of its own: variances 4/12, 1/4, .35 x .65."""
    rng = np.random.default_rng(1)
    n = 4000
    a, b = rng.random(n), rng.permutation(np.repeat(["x", "y"], n // 2))
    c, idle = np.where(rng.random(n) < 0.35, 0.0, 1.0), rng.random(n)
    y = 2.0 * a + (b == "y") + c + 0.0 * idle
    parts = {"a": 4 / 12, "b": 1 / 4, "c": 0.35 * 0.65}
    found = shares(pd.DataFrame({"idle": idle, "c": c, "b": b, "a": a}), y)
    assert list(found) == ["a", "b", "c", "idle"]
    for name, part in parts.items():
        assert found[name] == pytest.approx(part / sum(parts.values()), abs=0.03)
    assert found["idle"] < 0.01


def test_luck_explains_nothing():
    """With as few worlds as a run has, classes differ by luck; the share is corrected for that."""
    rng = np.random.default_rng(2)
    sizes = pd.DataFrame(rng.random((256, 30)))
    found = np.mean([[*shares(sizes, rng.random(256)).values()] for _ in range(20)])
    assert found < 0.012  # uncorrected: 7 / 256 = .027 on average


def test_shares_agree_with_a_library():
    """SALib's estimate from given data, of a curved sum."""
    from SALib.analyze import rbd_fast

    rng = np.random.default_rng(3)
    x = rng.random((3000, 3))
    y = np.exp(x[:, 0]) + x[:, 1] ** 2 + 0.2 * rng.random(3000)
    problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[0, 1]] * 3}
    expected = dict(zip("abc", rbd_fast.analyze(problem, x, y, num_resamples=2, seed=1)["S1"], strict=True))
    found = shares(pd.DataFrame(x, columns=list("abc")), y)
    assert found == pytest.approx(expected, abs=0.03)


def test_classes_hold_equally_many_worlds_and_a_value_of_its_own_apart():
    x = np.concatenate([np.zeros(40), np.arange(1.0, 61.0)])
    place = classes(x)
    assert len(set(place[:40])) == 1 and set(place[:40]).isdisjoint(place[40:])
    assert set(np.bincount(place)[1:]) == {7, 8}


def test_shrinkage_is_what_the_interval_loses():
    prior = pd.DataFrame({"a": np.linspace(0.0, 1.0, 101), "b": np.linspace(0.0, 1.0, 101)})
    found = shrinkage(prior, prior[prior.a <= 0.5])
    assert found["a"] == pytest.approx(0.5, abs=0.01) and found["b"] == pytest.approx(0.5, abs=0.01)
    assert shrinkage(prior, prior)["a"] == 0.0


@pytest.mark.parametrize(
    ("accepted", "words"), [(49, "too few worlds to say"), (50, "50 of 961"), (480, "480 of 961"), (481, "say nothing")]
)
def test_what_so_many_worlds_may_be_used_for(accepted, words):
    assert words in verdict(accepted, 961) and uncertainty.FEWEST == 50
