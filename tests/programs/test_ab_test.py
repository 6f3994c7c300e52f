"""Variants tested by the firm: who gets which, what it takes for the best, and what it then finds."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from loyaltysim.market.model import Market
from loyaltysim.measures.ab_test import ab_test as measured
from loyaltysim.mechanism import draws
from loyaltysim.programs import ab_test
from loyaltysim.theory.selection import expected_maximum
from tests.scenarios import Z, in_plain, terms, world

pytestmark = pytest.mark.usefixtures("quiet")


def lived(n=200, weeks=10, seed=3, **keys) -> Market:
    """A market in which firm a tests messages."""
    own = {"variants": 3, "spread": 0.2, "weeks": 4, "tested": 0.6, "control": 0.25, **keys}
    return in_plain(Market(world(n, weeks, program={"ab_test": own}, log=False), seed))


def test_arms_by_hand() -> None:
    """Lots .1 (control .2), then of .8 a half is tested, two variants: .2 to .4, .4 to .6, and the rest."""
    people = SimpleNamespace(lasting=lambda purpose, firm: np.array([0.1, 0.25, 0.45, 0.61, 0.99]))
    own = terms("ab_test", variants=2, tested=0.5, control=0.2)
    assert ab_test.arms(people, own, "a").tolist() == [0, 1, 2, -1, -1]
    none = terms("ab_test", variants=2, tested=0.0, control=1.0)
    assert ab_test.arms(people, none, "a").tolist() == [0, 0, 0, 0, 0]


def test_means_by_hand() -> None:
    """Visits 4 and 2, and 5 of one who has left: 3; the second variant 1; the third nobody got."""
    people = {"ab_visits": np.array([[4], [2], [5], [1], [9]]), "status": np.array([1, 1, 2, 1, 1])}
    own = terms("ab_test", variants=3)
    found = ab_test.visits_of(people, 0, own, np.array([1, 1, 1, 2, 0]))
    assert found.tolist() == [3.0, 1.0, -math.inf]


def test_true_effects_are_the_firms_own_luck() -> None:
    """mean + spread x the normal of a keyed uniform; another firm has others."""
    own = terms("ab_test", variants=2, mean=0.01, spread=0.1)
    luck = [draws.normal(draws.firm_draw(7, "a", 0, f"variant {v}")) for v in (1, 2)]
    assert ab_test.effects(7, own, "a") == pytest.approx(0.01 + 0.1 * np.array(luck))
    assert (ab_test.effects(7, own, "a") != ab_test.effects(7, own, "b")).all()


def test_the_best_goes_to_all_but_the_control() -> None:
    """Four weeks of test: each arm its own variant, the rest and the control none; then all but the control the one
    whose customers came most; what is sent is paid for, and worth what it truly is.
    """
    market = lived()
    people = market.population
    own = market.firms["a"].running_program["ab_test"]
    arm, true = ab_test.arms(people, own, "a"), np.concatenate([[0.0], ab_test.effects(3, own, "a")])
    for _ in range(4):
        market.step()
        assert (people["ab_gets"][:, 0] == np.maximum(arm, 0)).all()
        assert people["ab_worth"][:, 0] == pytest.approx(true[np.maximum(arm, 0)])
    means = [people["ab_visits"][arm == v, 0].mean() for v in (1, 2, 3)]
    winner, tested = 1 + int(np.argmax(means)), people["ab_visits"][:, 0].copy()
    for _ in range(6):
        market.step()
        assert (people["ab_gets"][:, 0] == np.where(arm == 0, 0, winner)).all()
        assert people["ab_worth"][arm != 0, 0] == pytest.approx(np.full((arm != 0).sum(), true[winner]))
    assert (people["ab_visits"][:, 0] == tested).all()  # what came later is no part of the test
    rows = market.book().weekly
    rows = rows[rows.firm == "a"]
    assert rows.ab_messages.sum() == 4 * (arm > 0).sum() + 6 * (arm != 0).sum()
    assert rows.touchpoints.sum() == rows.ab_messages.sum() * 5
    assert (rows.ab_chosen.sum(), rows.ab_chosen_visits.sum()) == ((arm == winner).sum(), tested[arm == winner].sum())
    assert (rows.ab_control.sum(), rows.ab_control_visits.sum()) == ((arm == 0).sum(), tested[arm == 0].sum())
    assert rows.ab_sent_weeks.sum() == 6 * (arm != 0).sum() and rows.ab_spared_weeks.sum() == 6 * (arm == 0).sum()
    assert rows.ab_sent_visits.sum() + rows.ab_spared_visits.sum() == rows.visits[rows.week >= 4].sum()


@pytest.mark.by_hand("ab_estimated", "ab_realised", "ab_curse")
def test_three_lifts_by_hand() -> None:
    """In the test 12 visits of 4 against 10 of 5: 3 / 2 = +.5; afterwards 60 of 50 weeks against 20 of 20: +.2."""
    row = {"ab_chosen": 4, "ab_chosen_visits": 12, "ab_control": 5, "ab_control_visits": 10, "ab_sent_weeks": 50}
    row |= {"ab_sent_visits": 60, "ab_spared_weeks": 20, "ab_spared_visits": 20}
    rows = [{"week": 3, "firm": "a", **row}, {"week": 1, "firm": "a", **row}, {"week": 3, "firm": "b", **row}]
    book = SimpleNamespace(weekly=pd.DataFrame(rows), firms=("a", "b"))
    found = measured(book, 0, 2)
    assert found == pytest.approx({"ab_estimated": 0.5, "ab_realised": 0.2, "ab_curse": 0.3})
    assert measured(SimpleNamespace(weekly=pd.DataFrame(rows)[["week", "firm"]], firms=("a", "b")), 0, 2) == {}


def test_the_winner_seems_better_than_chance_by_the_largest_of_k() -> None:
    """2,000 tests of variants that do nothing, 100 customers each, visits Poisson with gamma rates as in the market:
    the winner's mean lies above theirs by expected_maximum(k) standard errors; SE from the tests, z at 1e-5, and .04
    of the size for what is not quite normal in means of 100.
    """
    dice = np.random.default_rng(4)
    for k in (1, 4):
        own, arm = terms("ab_test", variants=k), np.repeat(np.arange(1, k + 1), 100)
        tops = []
        for _ in range(2000):
            seen = dice.poisson(dice.gamma(1.5, 4.0, len(arm)))
            people = {"ab_visits": seen[:, None], "status": np.ones(len(arm))}
            tops.append(ab_test.visits_of(people, 0, own, arm).max())
        error = math.sqrt((6.0 + 1.5 * 16.0) / 100.0)  # Poisson-gamma: mean 6, variance 6 + 24
        slack = Z * np.std(tops) / math.sqrt(len(tops)) + 0.04 * error
        assert abs(np.mean(tops) - 6.0 - expected_maximum(k) * error) < slack


def test_the_curse_shrinks_with_the_customers_who_are_tested() -> None:
    """Variants that do nothing, eight of them, in six markets: on few customers the winner promises what it does not
    hold (3 SE), on many far less; with one variant nothing is promised (z at 1e-5), and what comes true is nothing.
    """

    def curses(**keys) -> tuple[np.ndarray, np.ndarray]:
        own = {"variants": 8, "mean": 1e-12, "spread": 0.0, "weeks": 8, "control": 0.3, **keys}
        books = [Market(world(3000, 30, program={"ab_test": own}, log=False), seed).run() for seed in range(6)]
        found = pd.DataFrame([measured(book, 0, 0) for book in books])
        return found.ab_curse.to_numpy(), found.ab_realised.to_numpy()

    few, came = curses(tested=0.1)
    many, _ = curses(tested=1.0)
    one, _ = curses(tested=0.1, variants=1)
    error = few.std(ddof=1) / math.sqrt(len(few))
    assert few.mean() > 3.0 * error and many.mean() < 0.6 * few.mean()
    assert abs(one.mean()) < Z * one.std(ddof=1) / math.sqrt(len(one)) and abs(came.mean()) < 0.05
