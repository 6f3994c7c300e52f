"""What a game may be asked: strategies that are configurations, who plays, and all that is wrong with it at once."""

from __future__ import annotations

import dataclasses

import pytest

from loyaltysim.games import asked as asking
from loyaltysim.games.asked import compose_game, equal
from loyaltysim.scenario.reader import ConfigError
from tests.games import tables

EQUAL = """\
name: two
weeks: 40
seeds: 3
market: {name: grocery, M: 60, S: 1.3, basket: {mean: 30}}
customers: {n: 50}
firms: {a: {share: 0.5}, b: {share: 0.5}}
"""


@pytest.fixture
def two(tmp_path):
    (tmp_path / "two.yaml").write_text(EQUAL)
    return f"from={tmp_path / 'two.yaml'}"


def problems(*words: str) -> str:
    with pytest.raises(ConfigError) as error:
        compose_game(list(words))
    return "\n".join(error.value.told())


def test_a_strategy_is_a_configuration(two):
    """Programs by name, several at once, with values, with a policy beside them; each player may take each."""
    a = compose_game(
        [two, "programs=[none,points,points+recognition,cashback+price_follow]", "program.points.cost=0.5"]
    )
    assert a.names == ("none", "points", "points+recognition", "cashback+price_follow")
    world = a.world((1, 3))
    assert world.firms["a"].program["points"].cost == 0.5 and "membership" in world.firms["a"].program
    assert "cashback" in world.firms["b"].program and "price_follow" in world.firms["b"].policy
    assert "price_follow" not in a.world((1, 1)).firms["b"].policy
    assert "bond" in a.world((0, 0)).behaviour, "the same people in every profile"
    assert a.world((0, 0)).firms["a"].program == {} and a.after == 20


def test_the_configuration_asks_the_same_again(two, tmp_path):
    """config.yaml of a game given back: the same profiles, the same digest."""
    from loyaltysim.games.study import Game

    one = Game.compose([two, "programs=[none,points]", "players=[b,a]", "after=7", "most_seeds=9", "map=none"])
    (tmp_path / "again.yaml").write_text(one.written)
    again = Game.compose([f"from={tmp_path / 'again.yaml'}"])
    assert again.written == one.written and again.digest == one.digest
    assert again.asked.players == ("b", "a") and (again.asked.after, again.asked.most_seeds) == (7, 9)
    assert [again.asked.world(p) for p in again.asked.profiles] == [one.asked.world(p) for p in one.asked.profiles]


def test_equal_firms_are_told_by_counts(two):
    """Unless a share, a policy that looks at others, or a taste for the focal firm tells them apart."""
    assert compose_game([two, "programs=[none,points]"]).symmetric
    assert not compose_game([two, "programs=[none,points+price_follow]"]).symmetric
    base = tables.market(2, "none", "points").base
    assert equal(base, ("a", "b"))
    assert not equal(dataclasses.replace(base, customers=dataclasses.replace(base.customers, r_focal=0.3)), ("a", "b"))
    dear = dataclasses.replace(base.firms["b"], unit_cost=0.9)
    assert not equal(dataclasses.replace(base, firms={**base.firms, "b": dear}), ("a", "b"))


def test_who_does_not_play_stays_as_it_is():
    a = compose_game(["scenario=plain", "market=grocery", "programs=[none,points]", "players=[b,d]"])
    assert a.world((1, 1)).firms["a"].program == {} and a.world((1, 0)).firms["b"].program != {}
    assert len(a.profiles) == 4 and not a.symmetric


BAD = [
    (["programs=[none,pionts]"], "'points'"),
    (["programs=[none]"], "holds 1; a game has 2 to 8 strategies, such as programs=[none,points]"),
    ([], "holds 0; a game has 2 to 8"),
    (["programs=[none,points"], "has a bracket that nothing closes; write programs=[a,b]"),
    (["programs=[none,points,points]"], "names points twice"),
    (["programs=[none,points]", "players=[a]"], "need 2 firms or more, each once"),
    (["programs=[none,points]", "players=[a,x]"], "is no firm; known: a, b"),
    (["programs=[none,points]", "after=40"], "leaves no week to count; allowed: below weeks = 40"),
    (["programs=[none,points]", "map=stamps"], "is none of the strategies; choose from auto, none, none, points"),
    (["programs=[none,points]", "program=points"], "is what firms choose: write programs=[none,points]"),
    (["programs=[none,points]", "program.stamps.cost=1"], "speaks of a component that no strategy has"),
    (["programs=[none,points,cashback]", "compute.max_customer_weeks=3e4"], "6 markets, 3.6e+04 customer-weeks in all"),
    (["programs=[none,points]", "most_seeds=0"], "most_seeds"),
    (
        ["programs=[none,points]", "most_seed=3"],
        "most_seed is no key; did you mean 'most_seeds'? a game knows programs",
    ),
    (["program=[none,points]"], "is what firms choose: write programs=[none,points]"),
    (["programs=[none,points]", "playres=[a,b]"], "did you mean 'players'?"),
]


def test_bad_input_is_refused(two):
    for words, said in BAD:
        assert said in problems(two, *words), words


def test_all_problems_at_once(two):
    found = problems(two, "programs=[none,pionts]", "players=[a,x]", "after=99", "customers.n=-1")
    for part in ("pionts", "customers.n"):
        assert part in found
    found = problems(two, "programs=[none,points]", "players=[a,x]", "after=99", "map=x")
    assert all(part in found for part in ("players", "after", "map"))


def test_two_names_of_one_strategy_are_refused(two, tmp_path):
    (tmp_path / "mine.yaml").write_text("points: {earn: 1, threshold: 500, face_value: 5, cost: 0.8}\n")
    found = problems(two, f"programs=[points,{tmp_path / 'mine.yaml'}]", "program.membership.ask=0.5")
    assert "names one strategy twice: points and mine" in found


def test_too_many_profiles_are_refused_with_their_number():
    """Four unequal firms and five strategies: 625; equal ones would need 70. Eight strategies of eight: a table too."""
    five = "programs=[none,points,stamps,cashback,club]"
    found = problems("scenario=plain", "market=grocery", five)
    assert "5 strategies of 4 firms make 625 markets; at most 500" in found and "which need 70" in found
    assert "players=[a,b]" in found


def test_the_table_of_equal_firms_has_a_bound_too(monkeypatch):
    monkeypatch.setattr(asking, "MOST_CELLS", 8)
    with pytest.raises(ConfigError, match="of a table of 9") as error:
        tables.market.__wrapped__(2, "none", "points", "cashback")
    assert "fewer strategies" in str(error.value.told())


def test_what_the_user_set_is_held_in_every_world(two):
    """A cost that was typed is known; without it, it is drawn."""
    from loyaltysim.games.around import drawn_for

    own = compose_game([two, "programs=[none,points]", "worlds=evidence", "program.points.cost=0.5"])
    free = compose_game([two, "programs=[none,points]", "worlds=evidence"])
    key = "program.points.cost"
    assert key not in {row.key for row in drawn_for(own, 1).sizes} and key in {
        row.key for row in drawn_for(free, 1).sizes
    }


def test_a_coalition_is_no_strategy():
    """One firm of a market may run it; no focal firm would mend that, and none is proposed."""
    with pytest.raises(ConfigError) as caught:
        compose_game(["programs=[none,coalition]", "market=grocery", "firms=2"])
    said = [problem.message for problem in caught.value.problems]
    assert any("none in a game" in message for message in said)
    assert not any("set focal=" in message for message in said)
