"""What scripts share: verdicts about a range, and arms that are run with common seeds."""

from __future__ import annotations

import numpy as np
import pytest

from loyaltysim.measures.statistics import Estimate
from loyaltysim.measures.verdict import Verdict, all_of, lies_within, over_worlds
from loyaltysim.studies import experiment


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (0.30, 0.40, "supported"),
        (0.25, 0.85, "supported"),  # the ends belong to the claim
        (0.10, 0.24, "refuted"),
        (0.86, 2.00, "refuted"),
        (0.20, 0.30, "inconclusive"),
        (0.80, 0.90, "inconclusive"),
        (0.10, 0.90, "inconclusive"),
        (None, None, "cannot judge"),
    ],
)
def test_lies_within(low, high, word):
    """ "25 to 85 %" by where the whole interval lies; half-lines are ranges too; an empty range is refused."""
    found = Estimate(0.5, low, high, 0.95, "share", 10)
    assert lies_within(found, 0.25, 0.85).word == word
    if low is not None:
        assert lies_within(found, -np.inf, np.inf).word == "supported"
    with pytest.raises(ValueError, match="low below high"):
        lies_within(found, 0.5, 0.5)


@pytest.mark.parametrize(
    ("worlds", "word"),
    [
        ({"supported": 8, "refuted": 2}, "supported"),  # 80 % is enough
        ({"refuted": 8, "cannot judge": 2}, "refuted"),
        ({"supported": 79, "refuted": 21}, "depends"),
        ({"supported": 7, "cannot judge": 3}, "depends"),  # where the question does not arise nothing is supported
        ({"supported": 7, "inconclusive": 3}, "inconclusive"),  # more runs might still support it
        ({"supported": 5, "refuted": 3, "inconclusive": 2}, "depends"),  # and here they could not
        ({"practically nil": 6, "supported": 4}, "practically nil"),
        ({"cannot judge": 6, "refuted": 4}, "cannot judge"),
        ({"inconclusive": 10}, "inconclusive"),
    ],
)
def test_over_worlds(worlds, word):
    """Four worlds of five carry a verdict, and every world counts among them."""
    found = over_worlds([Verdict(each, "") for each, n in worlds.items() for _ in range(n)], on="the card limit")
    assert found.word == word
    assert found.why.endswith("on the card limit") == (word == "depends")
    assert all(f"{each} in {n}" in found.why for each, n in worlds.items())


@pytest.mark.parametrize(
    ("parts", "word"),
    [
        (["supported", "supported"], "supported"),
        (["supported", "refuted", "inconclusive"], "refuted"),  # one part that fails is enough
        (["supported", "inconclusive"], "inconclusive"),
        (["cannot judge", "supported"], "cannot judge"),
    ],
)
def test_all_of(parts, word):
    """A criterion of several parts holds if each part does; the reason names all."""
    found = all_of({f"part {k}": Verdict(part, "why") for k, part in enumerate(parts)})
    assert found.word == word and all(f"part {k}" in found.why for k in range(len(parts)))


def test_no_worlds_have_no_verdict():
    """Nothing is said over no worlds, of no parts."""
    with pytest.raises(ValueError, match="at least one world"):
        over_worlds([])
    with pytest.raises(ValueError, match="at least one part"):
        all_of({})


def times_ten(job: tuple[int, int]) -> int:
    """A run: which arm, which seed."""
    return 10 * job[0] + job[1]


def test_arms_get_their_own_results(monkeypatch):
    """One result a seed, in the order of seeds; arms that are the same are run once and both get it."""
    monkeypatch.setattr(experiment, "prepare", list)
    done = experiment.run_arms(times_ten, {"x": 1, "y": 2, "again": 1}, range(3, 6), lambda arm: arm, 1)
    assert done == {"x": [13, 14, 15], "y": [23, 24, 25], "again": [13, 14, 15]}
