"""Games whose answers are in every textbook: equilibria, regrets, dominance, paths, and what a program is."""

from __future__ import annotations

import numpy as np
import pytest

from loyaltysim.games import normal_form
from loyaltysim.games.normal_form import Dominated, gains_of, kind, mixed_equilibria, pure_equilibria, regrets
from tests.games import tables


@pytest.mark.parametrize(
    "table, expected",
    [
        (tables.PRISONERS, [(1, 1)]),
        (tables.STAG_HUNT, [(0, 0), (1, 1)]),
        (tables.PENNIES, []),
        (tables.CHICKEN, [(0, 1), (1, 0)]),
        (tables.three_firms(), [(1, 1, 1)]),
        (tables.three_firms(lure=-1.0), [(0, 0, 0)]),
    ],
    ids=["prisoners", "stag hunt", "pennies", "chicken", "three", "three of nothing"],
)
def test_pure_equilibria(table, expected):
    assert pure_equilibria(gains_of(table)) == expected


def test_regrets_by_hand():
    """Prisoners: at (none, none) each gains 5 - 3, at (none, points) a gains 1 - 0 and b nothing."""
    found = regrets(gains_of(tables.PRISONERS))
    assert found.tolist() == [[[2.0, 2.0], [1.0, 0.0]], [[0.0, 1.0], [0.0, 0.0]]]


def test_gains_by_hand():
    """Three firms: whoever takes it gains 1, whoever drops it loses 1, whatever the two others do."""
    found = gains_of(tables.three_firms())
    assert (found[0, :, :, 0, 1] == 1.0).all() and (found[:, 1, :, 1, 0] == -1.0).all()
    assert (found[:, :, 1, 2, 1] == 0.0).all()


def test_mixed_equilibria():
    """Pennies: even chances. Stag hunt: 2 = 4 q, so that chances are half. Prisoners: none but the pure one."""
    ((p, q),) = mixed_equilibria(tables.PENNIES)
    assert np.allclose(p, 0.5) and np.allclose(q, 0.5)
    inside = [pair for pair in mixed_equilibria(tables.STAG_HUNT) if pair[0].max() < 1.0]
    assert len(mixed_equilibria(tables.STAG_HUNT)) == 3 and np.allclose(inside[0], 0.5)
    (only,) = mixed_equilibria(tables.PRISONERS)
    assert np.allclose(only, [0.0, 1.0])


def test_a_mixture_does_not_depend_on_the_unit_of_money():
    """Battle of the sexes in cents and with a fixed income: 2/3 and 1/3."""
    table = 100.0 * np.array([[[2.0, 1.0], [0.0, 0.0]], [[0.0, 0.0], [1.0, 2.0]]]) + 5e4
    ((p, q),) = [pair for pair in mixed_equilibria(table) if pair[0].max() < 0.999]
    assert np.allclose(p, [2 / 3, 1 / 3]) and np.allclose(q, [1 / 3, 2 / 3])


def test_where_nothing_matters_every_profile_holds_and_no_warning_is_given():
    table = np.ones((2, 2, 2))
    assert len(pure_equilibria(gains_of(table))) == 4 and len(mixed_equilibria(table)) >= 4


def test_dominance():
    """Prisoners: no program is strictly worse. A strategy that is better only once is weakly so."""
    found = normal_form.dominated(gains_of(tables.PRISONERS))
    assert found == [Dominated(0, 0, 1, True), Dominated(1, 0, 1, True)]
    weak = np.array([[[1.0, 0.0], [1.0, 0.0]], [[1.0, 0.0], [2.0, 0.0]]])
    assert Dominated(0, 0, 1, False) in normal_form.dominated(gains_of(weak))
    assert normal_form.dominated(gains_of(tables.PENNIES)) == []


def test_firms_answer_each_other_in_turn():
    """Prisoners fall one after the other and rest; pennies go round without an end."""
    path = normal_form.answers(gains_of(tables.PRISONERS))
    assert path.steps == ((0, 0), (1, 0), (1, 1)) and path.rests
    round_ = normal_form.answers(gains_of(tables.PENNIES))
    assert not round_.rests and len(round_.steps) > 4
    three = normal_form.answers(gains_of(tables.three_firms()))
    assert three.steps[-1] == (1, 1, 1) and len(three.steps) == 4


KINDS = [
    (2.0, 1.0, -2.0, "dilemma"),
    (2.0, 1.0, 2.0, "all gain"),
    (2.0, 1.0, 0.0, "parity"),
    (-1.0, -1.0, -1.0, "nobody"),
    (0.0, 0.0, 0.0, "nobody"),
    (-1.0, -1.0, 1.0, "nobody alone"),
    (1.0, -1.0, -1.0, "some"),
    (-1.0, 1.0, 1.0, "all or nobody"),
]


def test_what_a_program_is_between_firms():
    """By its signs; a firm that differs makes it mixed."""
    for alone, keep, together, expected in KINDS:
        assert kind(*(np.array([x, x]) for x in (alone, keep, together))) == expected
        if alone:
            others = np.array([keep, keep]), np.array([together, together])
            assert kind(np.array([alone, -alone]), *others) == "mixed"
