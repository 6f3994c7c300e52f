"""Payoffs of profiles over seeds: paired gains, intervals, equal firms told by the count of strategies alone."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from loyaltysim.games.around import judged
from loyaltysim.games.normal_form import gains_of, profiles, pure_equilibria
from loyaltysim.games.payoffs import Payoffs, asked_for
from loyaltysim.measures import games
from loyaltysim.measures.statistics import estimate
from tests.games import tables


@pytest.mark.by_hand("payoff")
def test_what_a_firm_earns():
    """Weeks 26 to 51 count: 26 weeks of 200 cents at 4 customers who came is 52 / 4 / half a year = 26 a year."""
    weeks = np.repeat(np.arange(52), 2)
    rows = pd.DataFrame({"week": weeks, "firm": ["a", "b"] * 52, "profit": np.where(weeks < 26, 999, 200)})
    rows.loc[rows.firm == "b", "profit"] *= 3
    people = pd.DataFrame({"status": [1, 1, 1, 1, 0]})
    book = SimpleNamespace(weekly=rows, people=people)
    assert games.payoff(book, "a", 26) == pytest.approx(26.0)
    assert games.payoff(book, "b", 26) == pytest.approx(78.0)


@pytest.mark.by_hand("regret")
def test_the_most_that_is_gained():
    """Gains of 1, 2, 3 and of -1: the first is best, 2 with the interval of its seeds; without a gain it is 0."""
    best, worse = estimate([1.0, 2.0, 3.0], ""), estimate([-1.0, -1.0, -1.0], "")
    found = games.regret([worse, best])
    assert (found.value, found.low, found.high) == (2.0, best.low, best.high)
    none = games.regret([worse])
    assert (none.value, none.low, none.high) == (0.0, -1.0, -1.0)


def test_gains_are_paired():
    """Luck moves a firm in all profiles of a seed alike: what it earns is unsure, what it gains is not."""
    p = tables.payoffs(tables.PRISONERS)
    cell, gain = p.cell((0, 0), 0), p.gain((0, 0), 0, 1)
    assert cell.high - cell.low > 20.0 * (gain.high - gain.low)
    assert gain.value == pytest.approx(2.0) and gain.low < 2.0 < gain.high
    assert p.gains == pytest.approx(gains_of(tables.PRISONERS), abs=1e-9)


def test_whether_it_holds_beyond_luck():
    """With a noise that hides the gains it is open; of one seed all is."""
    assert tables.payoffs(tables.PRISONERS).holds((1, 1)) == "yes"
    assert tables.payoffs(tables.PRISONERS).holds((0, 0)) == "no"
    loud = tables.payoffs(tables.PRISONERS, noise=60.0)
    assert loud.holds((1, 1)) == "open" and (1, 1) in loud.undecided()
    assert tables.payoffs(tables.PRISONERS, seeds=1).undecided() == list(profiles(2, 2))


@pytest.mark.parametrize("firms, strategies, count", [(2, 3, 6), (3, 2, 4), (4, 3, 15), (8, 2, 9)])
def test_equal_firms_need_one_profile_of_each_count(firms, strategies, count):
    asked = asked_for(firms, strategies, True)
    assert len(asked) == count and len(asked_for(firms, strategies, False)) == strategies**firms
    assert {tuple(sorted(profile)) for profile in profiles(firms, strategies)} == set(asked)


@pytest.mark.parametrize("table", [tables.PRISONERS, tables.STAG_HUNT, tables.CHICKEN, tables.three_firms()])
def test_the_short_form_says_the_same_as_the_full_one(table):
    """Equal firms: every payoff, gain and equilibrium from the counts alone."""
    short, full = tables.payoffs(table, symmetric=True), tables.payoffs(table, symmetric=False)
    assert len(short.runs) < len(full.runs)
    assert short.mean == pytest.approx(full.mean, abs=1e-9)
    assert short.gains == pytest.approx(full.gains, abs=1e-9)
    assert pure_equilibria(np.round(short.gains, 9)) == pure_equilibria(np.round(full.gains, 9))


def test_the_luck_of_equal_firms_is_taken_out():
    """Firm b always earns 10 more than a by luck; having the program is worth 1, not 11 or -9."""
    apart = np.array([[0.0, 10.0], [2.0, 12.0], [1.0, 11.0]])
    table = np.array([[[3.0, 3.0], [3.0, 4.0]], [[4.0, 3.0], [4.0, 4.0]]])
    runs = {profile: table[profile] + apart for profile in asked_for(2, 2, True)}
    p = Payoffs(("a", "b"), ("none", "points"), True, runs)
    assert p.gains == pytest.approx(gains_of(table), abs=1e-9)
    gain = p.gain((0, 0), 0, 1)
    assert gain.high - gain.low == pytest.approx(0.0, abs=1e-9)


def test_seeds_that_a_profile_lacks_are_left_out():
    """More seeds for some profiles: the interval of a gain is of the seeds that both have."""
    p = tables.payoffs(tables.PRISONERS)
    less = dataclasses.replace(p, runs={**p.runs, (1, 0): some(p.runs[(1, 0)], 3)})
    assert less.gain((0, 0), 0, 1).n == 3 and less.gain((0, 0), 1, 1).n == 6
    assert less.regret((1, 0), 1).n == 3
    here, there = (p.values(own, 1)[:3] for own in ((1, 0), (1, 1)))
    told, found = estimate(there - here, ""), less.gain((1, 0), 1, 1)
    assert found.high - found.low == pytest.approx(told.high - told.low)


def test_a_profile_of_lucky_seeds_earns_no_more_for_it():
    """All have it on two seeds alone, in which everybody earns 100 more: 1 less each, not 99 more; one table for all.

    By hand: 10 where nobody has it on 0, 0, 0, 0, 100, 100 is 43.3 in the mean; together each earns 9, 1 less: 42.3.
    """
    luck = np.array([100.0, 100.0, 0.0, 0.0, 0.0, 0.0])[:, None]
    noise = {one: 0.1 * np.cos(np.arange(18) + 5.0 * sum(one)).reshape(6, 3) for one in profiles(3, 2)}
    runs = {one: 10.0 - sum(one) / 3 + luck + noise[one] for one in profiles(3, 2)}
    p = Payoffs(("a", "b", "c"), ("none", "points"), False, {**runs, (1, 1, 1): some(runs[(1, 1, 1)], 2)})
    assert p.cell((1, 1, 1), 0).value == pytest.approx(42.3, abs=0.2)
    assert p.signs(1)["together"][0].value == pytest.approx(-1.0, abs=0.2)
    assert p.gains == pytest.approx(gains_of(p.mean), abs=1e-9), "who works with the table finds other equilibria"
    level, both = p.cell((0, 0, 0), 0), p.cell((1, 1, 1), 0)
    assert both.n == 2 and both.high - both.value == pytest.approx(level.high - level.value, rel=0.1)


def some(runs: np.ndarray, seeds: int) -> np.ndarray:
    """Runs of a profile that has the first seeds alone."""
    return np.where(np.arange(len(runs))[:, None] < seeds, runs, np.nan)


def test_what_stands_beside_an_open_profile():
    """Its neighbours and the one of the first strategy; of three firms not all."""
    p = tables.payoffs(tables.three_firms())
    assert set(p.beside([(1, 1, 1)])) == {(0, 0, 0), (1, 1, 1), (0, 1, 1), (1, 0, 1), (1, 1, 0)}


def test_signs_of_a_strategy():
    """Prisoners: alone 5 - 3, keeping it 1 - 0, together 1 - 3."""
    signs = tables.payoffs(tables.PRISONERS).signs(1)
    assert {part: [round(e.value, 6) for e in own] for part, own in signs.items()} == {
        "alone": [2.0, 2.0],
        "keep": [1.0, 1.0],
        "together": [-2.0, -2.0],
    }
    assert tables.payoffs(tables.PRISONERS).sure(1)
    assert not tables.payoffs(tables.PRISONERS, noise=60.0).sure(1)


def test_what_changes_nothing_together_is_a_price_of_entry():
    """Alone 2 more, dropping it costs 2, and together .001 of 10 less: none of it is luck, and nobody is worse off."""
    entry = np.array([[[10.0, 10.0], [7.99, 12.0]], [[12.0, 7.99], [9.99, 9.99]]])
    near = tables.payoffs(entry, noise=0.001)
    assert judged(near, 1)["kind"] == "parity" and near.sure(1)
    even = tables.payoffs(tables.ENTRY, noise=0.001)
    low, high = (getattr(even.signs(1)["together"][0], end) for end in ("low", "high"))
    assert low < 0.0 < high and judged(even, 1)["kind"] == "parity" and even.sure(1)
    worse = tables.payoffs(entry - 0.05 * (entry == 9.99), noise=0.001)
    assert judged(worse, 1)["kind"] == "dilemma" and worse.sure(1)
    assert judged(tables.payoffs(entry, noise=0.5), 1)["kind"] == "parity" and not tables.payoffs(
        entry, noise=0.5
    ).sure(1)
