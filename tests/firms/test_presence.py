"""Firms that come and go: an empty slot moves nobody, who comes is known to a share, who leaves still owes."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from loyaltysim.configure.compose import compose
from loyaltysim.firms import policies
from loyaltysim.firms.decision import Decision, Policy
from loyaltysim.firms.policies import registry
from loyaltysim.market import checkpoint
from loyaltysim.market.model import Market
from loyaltysim.present import diary
from loyaltysim.scenario.reader import ConfigError
from tests.firms.test_rivals import decided, seen
from tests.scenarios import EAGER, changed, everything, in_plain, parts, points_world, same, terms, world


def moving(n: int = 60, weeks: int = 16, make=world, **more):
    """Four firms; d comes in week 5, known to six of ten; c leaves in week 11."""
    firm = {
        "c": {"policy": parts({"leaver": {"week": 11}}), "fixed_cost": 30.0},
        "d": {"policy": parts({"entrant": {"week": 5, "cost": 70.0}}), "awareness": 0.6, "fixed_cost": 20.0},
    }
    return make(n, weeks, firm=firm, **more)


def of(book, firm: str):
    return book.weekly[book.weekly.firm == firm].reset_index(drop=True)


def run(scenario, seed: int = 3, **more):
    return in_plain(Market(scenario, seed, **more)).run()


# --- nobody else moves ---


def test_an_entrant_that_never_enters_is_a_market_without_it():
    """Half of all tastes are for a firm that stays out: what is left is the market of the others with half the S, to
    the last bit: strengths are Gamma(S share), 2 x .25 = 1 x .5.
    """
    slot = {"c": {"policy": parts({"entrant": {"week": None}}), "fixed_cost": 9.0}}
    cards = {
        "program": {"points": {"threshold": 50.0, "face_value": 4.0}},
        "behaviour": {"outside": {"expansion": 0.5}},
    }
    with_it = run(world(80, 14, shares={"a": 0.25, "b": 0.25, "c": 0.5}, S=2.0, firm=slot, **cards))
    without = run(world(80, 14, shares={"a": 0.5, "b": 0.5}, S=1.0, **cards))
    assert with_it.log.equals(without.log) and len(without.log) > 500
    for firm in "ab":
        assert of(with_it, firm)[of(without, firm).columns].equals(of(without, firm))
    assert of(without, "a").joins.sum() > 0
    money = of(with_it, "c").drop(columns=["week", "firm", "price"])
    assert (money == 0).all(axis=None)  # no sale, no cost, not in the market


def test_who_comes_moves_no_choice_between_the_others():
    """Purchase by purchase: until week 5 all alike, then the same firm as without the entrant, or the entrant, but only
    of who knows it; the keyed draw says who they are.
    """
    comes = {"d": {"policy": parts({"entrant": {"week": 5}}), "awareness": 0.6}}
    never = {"d": {"policy": parts({"entrant": {"week": None}}), "awareness": 0.6}}
    market = in_plain(Market(world(120, 12, firm=comes), 3))
    with_it, without = market.run(), run(world(120, 12, firm=never))
    one, two = with_it.log, without.log
    here = one.firm == 3
    assert one[["customer", "week", "occasion"]].equals(two[["customer", "week", "occasion"]])
    assert (one.firm[~here].to_numpy() == two.firm[~here].to_numpy()).all()
    assert one.week[here].min() == 5 and (two.firm != 3).all()
    knows = market.population.lasting("awareness", "d") < 0.6
    assert set(one.customer[here]) <= set(np.flatnonzero(knows)) and 0.4 < knows.mean() < 0.8
    assert of(with_it, "d").active.tolist() == [0] * 5 + [1] * 7 and (market.population["prior"][:, 3] == 0.0).all()


def test_who_left_is_chosen_by_nobody():
    """The others' customers stay where they were; those of the firm that left go on buying, elsewhere."""
    leaves, stays = ({"c": {"policy": parts({"leaver": {"week": w}})}} for w in (6, None))
    one, two = (run(world(100, 12, firm=firm)).log for firm in (leaves, stays))
    gone = (two.firm == 2) & (two.week >= 6)
    assert gone.sum() > 50 and len(one) == len(two)
    assert (one.firm[~gone].to_numpy() == two.firm[~gone].to_numpy()).all() and (one.firm[gone] != 2).all()


# --- the books ---


def test_costs_run_while_a_firm_is_in_the_market():
    """20 a week from week 5 on and 70 for coming; 30 a week until week 10: by hand, in cents."""
    book = run(moving())
    assert of(book, "d").fixed_cost.tolist() == [0] * 5 + [9000] + [2000] * 10
    assert of(book, "c").fixed_cost.tolist() == [3000] * 11 + [0] * 5
    assert of(book, "c").active.tolist() == [1] * 11 + [0] * 5
    assert (of(book, "c").visits[11:] == 0).all() and of(book, "c").visits[:11].sum() > 0
    assert "active" not in run(world(10, 2)).weekly


def test_who_leaves_owes_what_it_owed_and_nobody_can_use_it():
    """Points held in the week of leaving are held, and owed at their cost, at the end; none is earned or redeemed."""
    firm = {"c": {"program": parts({"points": {"earn": 1.0, "threshold": 100.0, "face_value": 6.0, "expiry": 3}})}}
    firm["c"]["program"]["membership"] = terms("membership", **EAGER)
    firm["c"]["policy"] = parts({"leaver": {"week": 8}})
    market = in_plain(Market(world(80, 16, firm=firm), 3))
    for _ in range(8):
        market.step()
    held = market.population["balance"][:, 2].copy()
    while market.week < 16:
        market.step()
    book = market.book()
    assert held.sum() > 0 and (market.population["balance"][:, 2] == held).all()
    own = of(book, "c")
    after = own[own.week >= 8]
    for name in ("points_issued", "points_redeemed", "points_expired", "reward_cost", "liability_change", "revenue"):
        assert (after[name] == 0).all(), name
    assert own.liability_change.sum() == int(held.sum()) * 480 // 100_000 > 0
    assert book.offers[8]["c"].program == {} and book.offers[7]["c"].program != {}


# --- what is decided ---


def test_who_left_at_a_loss_stays_out():
    """1000 a week of fixed cost: out after three weeks, and although nothing is lost outside it does not come back."""
    firm = {"c": {"policy": parts({"leaver": {"window": 3}}), "fixed_cost": 1000.0}}
    assert of(run(world(20, 10, firm=firm)), "c").active.tolist() == [1] * 3 + [0] * 7


@pytest.mark.parametrize("profit, leaves", [(-1, True), (0, False), (5, False)])
def test_a_firm_leaves_at_a_loss(profit, leaves):
    """The mean of four weeks below 0; earlier weeks do not count, and nobody leaves before there are four."""
    books = {"profit": (-1000, profit, profit, profit, profit)}
    assert decided("leaver", seen(5, **books), window=4).active is not leaves
    assert decided("leaver", seen(3, profit=(-9, -9, -9)), window=4).active
    out = dataclasses.replace(seen(9, profit=(1000,) * 9), own=dataclasses.replace(seen(9).own, active=False))
    assert not decided("leaver", out, window=4).active  # for good
    assert decided("leaver", seen(5, **books), window=4, least=None, week=6).active
    assert not decided("leaver", seen(6, **books), window=4, least=None, week=6).active


def test_who_is_not_in_the_market_is_not_seen():
    """No price to meet, no program to copy: in week 4 only the firms that were there in week 3."""
    notes = []
    policies.register(
        Policy(
            "look", "tests", registry()["static"].terms, lambda t, s, d: notes.append(s) or Decision(), sets=("price",)
        )
    )
    try:
        firm = {
            "d": {"policy": parts({"entrant": {"week": 3}}), "price": 0.9},
            "b": {"policy": parts({"price_follow": {}, "imitate": {"lag": 1, "whom": "d"}})},
            "a": {"policy": {"look": registry()["static"].terms()}},
        }
        firm["d"]["program"] = parts({"points": {}})
        book = run(world(20, 6, firm=firm))
    finally:
        policies.forget(registry()["look"])
    assert [list(notes[4].offers(week)) for week in range(4)] == [list("abc")] * 3 + [list("abcd")]
    assert [offers["b"].price for offers in book.offers] == [1.0] * 4 + [0.9] * 2
    assert [bool(offers["b"].program) for offers in book.offers] == [False] * 4 + [True] * 2


@pytest.mark.parametrize("answer", ["yes", 1, None])
def test_in_or_out_is_true_or_false(answer):
    odd = Policy("odd", "tests", registry()["static"].terms, lambda t, s, d: Decision(active=answer), sets=("active",))
    policies.register(odd)
    try:
        with pytest.raises(ConfigError, match=r"policy odd decides active = .*expected true or false"):
            run(world(10, 2, firm={"b": {"policy": {"odd": odd.terms()}}}))
    finally:
        policies.forget(odd)


@pytest.mark.parametrize(
    "words, message",
    [
        (["market=telecom", "firms.b.policy.entrant.week=5"], "firms.b.policy.entrant lets a firm come or go, .*open"),
        (
            ["firms.b.policy.leaver.week=5", "firms.b.policy.entrant.week=3"],
            "leaver sets the active, as firms.b.policy",
        ),
        (["firms.b.policy.leaver.least=null"], "week and least are both empty"),
        (["firms.b.policy.entrant.week=600"], "firms.b.policy.entrant.week = 600 .*after the horizon"),
    ],
)
def test_what_cannot_come_or_go_is_told_before_the_run(words, message):
    with pytest.raises(ConfigError, match=message):
        compose(["scenario=plain", "worlds=none", *words])
    assert compose(["scenario=plain", "firms.b.policy.entrant.week=never"]).firms["b"].policy["entrant"].week is None


# --- saved, copied, replayed, told ---


def test_coming_and_going_is_saved_and_replayed_with_everything_at_work(tmp_path):
    """Cut in week 4, 8 and 13 (before, between, after), loaded, run on; replayed from its record: the same bytes."""
    scenario = moving(40, 16, make=everything)
    market, pieces = in_plain(Market(scenario, 5)), {}
    for week in range(16):
        if week in (4, 8, 13):
            pieces[week] = checkpoint.save(market, tmp_path / f"{week}")
        market.step()
    book = market.book()
    assert of(book, "d").visits[5:].sum() > 0 == of(book, "d").visits[:5].sum()
    for path in pieces.values():
        loaded = in_plain(checkpoint.load(path))
        while loaded.week < 16:
            loaded.step()
        same(loaded.book(), book)
    same(run(scenario, 5, offers=book.offers, around=book.around), book)


def test_a_copy_of_the_past_goes_on_with_who_is_there():
    """The burn-in of a launch in week 9: one past for both arms, d in since week 5, c out from week 11."""
    launch = {"policy": {"launch": {"week": 9}}}
    with_it = moving(make=points_world, **launch)
    bare = dataclasses.replace(with_it.firms["a"], program={}, policy={})
    past = in_plain(Market(changed(with_it, firms={**with_it.firms, "a": bare}), 3))
    for _ in range(9):
        past.step()
    branch = in_plain(checkpoint.branch(past, with_it))
    while branch.week < 16:
        branch.step()
    same(branch.book(), run(with_it))
    assert branch.firms["d"].active and not branch.firms["c"].active


def test_the_compiled_step_knows_who_is_there():
    """Plain Python and the compiled step agree on every table."""
    scenario = moving(60, 14)
    same(Market(scenario, 3).run(), run(scenario))


def test_the_diary_tells_who_came_and_who_left():
    market = in_plain(Market(moving(), 3))
    said = {}
    for week in range(16):
        market.step()
        said[week] = [*diary.moved(market, "c", "en"), *diary.moved(market, "d", "zh")]
    assert {week: lines for week, lines in said.items() if lines} == {5: ["d 进入市场"], 11: ["c left the market"]}
