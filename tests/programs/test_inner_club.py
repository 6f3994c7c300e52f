"""A club inside the program: who is asked, who joins, who gets a place, and what it does to those outside."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from loyaltysim.market.model import Market
from loyaltysim.mechanism import draws
from loyaltysim.programs import inner_club
from tests.scenarios import FIXED, Z, in_plain, world

pytestmark = pytest.mark.usefixtures("quiet")
ALL = {"join": "everyone"}
ALIKE = {"S": 1e6, "K": 1000.0, "basket": FIXED}  # every customer the same


def lived(n=400, weeks=12, plain=True, **keys):
    """A market in which all are members of firm a, which has a club; the club is worth 5 % of purchases."""
    own = {"inner_club": {"invite": 0.5, "interest": 0.5, **keys}, "membership": ALL}
    market = Market(world(n, weeks, program=own, log=False, **ALIKE), 3)
    return in_plain(market) if plain else market


def test_what_it_is_worth_by_hand() -> None:
    """Inside the premium times the link; a member outside the spill times the share inside; a stranger nothing."""
    own = SimpleNamespace(premium=0.1, spill=-0.2, club_share=0.25)
    me = SimpleNamespace(link_join=0.5)
    felt = [inner_club.club_pull(SimpleNamespace(in_club=i, joined=j), me, own) for i, j in ((1, 3), (0, 3), (0, -1))]
    assert felt == pytest.approx([0.05, -0.05, 0.0])


def test_who_wants_in_by_hand() -> None:
    """Everybody alike: 60 purchases a year of 10, 40 % of them here, are 240; 5 % of it is 12, hassle 8, scale 4: in by
    a lot below logistic(1) = .731, of those who share the interest and are asked; each a keyed draw of its own.
    """
    market = lived(premium=0.05, hassle=8.0, scale=4.0)
    market.step()  # all are members from now on
    people, own = market.population, market.firms["a"].running_program["inner_club"]
    yearly = 52.0 * people["rate"] * people["prior"][:, 0] * people["spending"]
    assert yearly == pytest.approx(np.full(400, 240.0), rel=0.2)
    chance = 1.0 / (1.0 + np.exp(-(0.05 * yearly - 8.0) / 4.0))
    expected = people.lasting("club_interest", "a") < 0.5
    expected &= people.lasting("club_join", "a") < chance
    expected &= inner_club.lot(market, "a") < 0.5
    assert (inner_club.wants(market, own, "a", 0) == expected).all() and 0 < expected.sum() < 200
    people["joined"][:200, 0] = -1
    people["status"][200:300] = 2
    assert (inner_club.wants(market, own, "a", 0)[300:] == expected[300:]).all()
    assert not inner_club.wants(market, own, "a", 0)[:300].any()
    people.columns["picked"] = np.ones((400, 4), np.int8)  # by invitation, which all have: but only to members
    chosen = inner_club.wants(market, dataclasses.replace(own, audience="targeted"), "a", 0)
    assert (chosen[300:] == expected[300:]).all() and not chosen[:300].any()


def test_places_go_by_lot_and_are_given_again() -> None:
    """Of more who want in than places the lowest lots get one; who gives up the card leaves, and is replaced."""
    market = lived(places=7, premium=0.3)
    market.step()
    own = market.firms["a"].running_program["inner_club"]
    keen = np.flatnonzero(inner_club.wants(market, own, "a", 0))
    first = keen[np.argsort(inner_club.lot(market, "a")[keen])[:7]]
    assert len(keen) > 7
    market.step()
    inside = np.flatnonzero(market.population["in_club"][:, 0])
    assert sorted(first) == sorted(inside)
    market.population["joined"][inside[:3], 0] = -1
    market.step()
    now = np.flatnonzero(market.population["in_club"][:, 0])
    assert len(now) == 7 and not set(inside[:3]) & set(now) and set(inside[3:]) < set(now)
    rows = market.book().weekly
    rows = rows[rows.firm == "a"]
    assert rows.club_joins.tolist() == [0, 7, 3] and rows.club_leaves.tolist() == [0, 0, 3]
    assert rows.club_weeks.tolist() == [0, 7, 7] and rows.touchpoints.sum() == 14 * 10


def test_those_who_buy_much_and_belong_join() -> None:
    """Worth decides: with tastes and rates that differ, the mean worth of who is inside lies above that of who is not,
    though all share the interest (4 SE); where hassle and premium are nothing beside other reasons (scale) it does not.
    """
    gaps = []
    for scale in (1.0, 1e5):
        keys = {"invite": 1.0, "interest": 1.0, "premium": 0.05, "hassle": 5.0, "scale": scale}
        market = Market(world(3000, 6, program={"inner_club": keys, "membership": ALL}, log=False), 3)
        market.run()
        people = market.population
        worth = people["rate"] * people["prior"][:, 0] * people["spending"]
        inside = people["in_club"][:, 0] == 1
        error = np.sqrt(worth[inside].var() / inside.sum() + worth[~inside].var() / (~inside).sum())
        gaps.append((worth[inside].mean() - worth[~inside].mean()) / error)
    assert gaps[0] > 4.0 and abs(gaps[1]) < Z


def visits(**keys) -> tuple[np.ndarray, np.ndarray, int]:
    """Purchases at the firm of each customer in a year, who is inside at the end, and what the club cost."""
    own = {"inner_club": {"invite": 1.0, "interest": 0.3, "scale": 1e5, **keys}, "membership": ALL}
    market = Market(world(4000, 52, program=own, log=False), 3)
    book = market.run()
    rows = book.weekly[book.weekly.firm == "a"]
    return book.visits.sum(axis=0)[:, 0], market.population["in_club"][:, 0] == 1, int(rows.touchpoints.sum())


def test_spill_over_decides_at_equal_cost() -> None:
    """The same club at the same cost, of whom a lot takes: who is inside buys more than where it is worth nothing; the
    others more or less as spill-over has its sign, and with it the firm gains or loses in all (4 SE of paired sums).
    """
    base, _, cost = visits(premium=1e-9)
    totals = {}
    for spill in (0.5, -0.5):
        bought, inside, same = visits(premium=0.02, spill=spill)
        assert same == pytest.approx(cost, rel=0.05)
        outside = (bought - base)[~inside]
        assert np.sign(spill) * outside.mean() > 4.0 * outside.std() / np.sqrt(len(outside))
        gain = bought - base
        totals[spill] = gain.mean() / (gain.std() / np.sqrt(len(gain)))
    assert totals[0.5] > 4.0 and totals[-0.5] < -4.0
    alone, inside, _ = visits(premium=0.1)
    assert (alone - base)[inside].mean() > 0.0 and not (alone - base)[~inside].any()


def test_the_lot_is_the_firms_and_the_weeks_own() -> None:
    """By its whole address."""
    market = lived(n=5)
    market.step()
    key = draws.child(market.population["key"][2], np.uint64(1))
    own = draws.item_uniform(key, draws.purpose("club_invited"), draws.item_key("a"))
    assert inner_club.lot(market, "a")[2] == own != inner_club.lot(market, "b")[2]
