"""A game as a study: which runs it makes, more of them where it is open, resumable, the map, the worlds, files."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from loyaltysim.cli.main import main
from loyaltysim.games import around, study
from loyaltysim.games.around import ends
from loyaltysim.games.asked import compose_game
from loyaltysim.games.study import Game, play
from loyaltysim.market.model import Market
from loyaltysim.measures.games import payoff
from loyaltysim.studies import protocol
from tests.games.test_asked import EQUAL
from tests.scenarios import in_plain

RAN: list[tuple[str, int]] = []  # what was run: the firms with a program, the seed
LURE, K, NOISE = [4.0], [10.0], [0.0]


def by_formula(job: tuple) -> list[float]:
    """Who has points gains a lure that price sensitivity raises, takes 3 from the other, and pays k for it."""
    scenario, seed, players, _ = job
    has = {name: "points" in scenario.firms[name].program for name in players}
    RAN.append(("".join(name for name in players if has[name]), seed))
    k = max([scenario.firms[n].program["points"].cost for n in players if has[n]], default=0.0)
    lure = LURE[0] * scenario.customers.price_sensitivity / 4.0
    luck = np.random.default_rng(seed).normal(size=len(players))
    others = {name: sum(has.values()) - has[name] for name in players}
    apart = NOISE[0] * (-1.0) ** seed
    return [
        100.0 + luck[i] + has[n] * (lure - K[0] * (k - 0.5) + apart) - 3.0 * others[n] for i, n in enumerate(players)
    ]


def in_plain_python(job: tuple) -> list[float]:
    """As `earned`, without the compiler."""
    scenario, seed, players, after = job
    book = in_plain(Market(scenario, seed)).run()
    return [payoff(book, name, after) for name in players]


@pytest.fixture
def formula(monkeypatch) -> Iterator[None]:
    """Markets by a formula, in this process."""
    for module in (study, around):
        monkeypatch.setattr(module, "earned", by_formula)
    monkeypatch.setattr(protocol, "prepare", lambda scenarios: None)
    RAN.clear()
    LURE[0], K[0], NOISE[0] = 4.0, 10.0, 0.0
    yield


@pytest.fixture
def two(tmp_path):
    (tmp_path / "two.yaml").write_text(EQUAL)
    return [f"from={tmp_path / 'two.yaml'}", "programs=[none,points]", "compute.processes=1", "seeds=6"]


def test_equal_firms_are_run_once_for_each_count(formula, two):
    """Three profiles of six seeds, the same in each; the dilemma of the formula: 4 - 10 (.8 - .5) = 1 to be gained."""
    found = play([*two, "map=none"])
    assert sorted(set(RAN)) == sorted((who, seed) for who in ("", "ab", "b") for seed in range(1, 7))
    assert len(RAN) == 18
    assert found.pure == [(1, 1)] and found.holds[(1, 1)] == "yes"
    assert found.kinds.to_dict("records")[0]["kind"] == "dilemma" and bool(found.kinds.sure[0])
    assert found.payoffs.gain((0, 0), 1, 1).value == pytest.approx(1.0)
    assert found.payoffs.signs(1)["together"][0].value == pytest.approx(-2.0)


def test_unequal_firms_give_the_same_from_every_profile(formula, two):
    found = play([*two, "map=none", "firms.a.share=0.6", "firms.b.share=0.4"])
    assert len(RAN) == 24 and not found.payoffs.symmetric and found.pure == [(1, 1)]


def test_more_seeds_only_where_it_is_open_and_to_a_bound(formula, two):
    """A noise larger than the gain of 1: seeds are doubled to the bound. With a large gain there are no more."""
    NOISE[0] = 4.0
    found = play([*two, "map=none", "most_seeds=20"])
    assert found.seeds == 20 and max(seed for _, seed in RAN) == 20
    assert len(RAN) == len(set(RAN)), "no run twice"
    RAN.clear()
    LURE[0] = 40.0
    assert play([*two, "map=none", "most_seeds=20"]).seeds == 6
    RAN.clear()
    LURE[0] = 4.0
    assert play([*two, "map=none", "most_seeds=6"]).seeds == 6


def test_the_map_turns_where_the_formula_does(formula, two):
    """A dilemma where lure * factor > 10 (k - .5) and all lose 3 less that: 4 f - 10 (k - .5) between 0 and 3."""
    found = play(two)
    m = found.map
    assert len(m) == len(around.COSTS) * len(around.FACTORS)
    gain = m.price_sensitivity - 10.0 * (m.k - 0.5)
    expected = np.where(gain <= 0.0, "nobody", np.where(gain < 3.0, "dilemma", "all gain"))
    clear = (gain - 3.0).abs() > 1e-9
    assert list(m.kind[clear]) == list(expected[clear]) and set(expected[clear]) == {"nobody", "dilemma", "all gain"}
    assert m.alone.to_numpy() == pytest.approx(gain.to_numpy())
    assert m.sure[clear & (gain.abs() > 1e-9)].all()


@pytest.mark.parametrize("symmetric, count", [(True, 4), (False, 8)])
def test_a_place_on_the_map_needs_the_ends_alone(symmetric, count):
    """Three firms: nobody, one, all but one, all."""
    found = ends(3, 1, symmetric)
    assert len(found) == count and {sum(profile) for profile in found} == {0, 1, 2, 3}


@pytest.mark.parametrize("firms", [4, 8])
def test_many_firms_are_told_from_the_ends_alone(formula, firms):
    """Four and eight equal firms, a map whose places know nobody, one, all but one and all: as the formula says."""
    words = [f"firms={firms}", "programs=[none,points]", "compute.processes=1", "seeds=5", "most_seeds=5", "weeks=8"]
    found = play([*words, "customers.n=20"])
    assert len(found.map) == 25 and {"nobody", "dilemma"} <= set(found.map.kind)
    assert len(found.payoffs.runs) == firms + 1 and found.pure == [(1,) * firms]


def test_a_strategy_without_rewards_has_no_cost_to_be_mapped(two):
    asked = compose_game([*two[:1], "programs=[none,recognition]", "map=recognition"])
    assert around.mapped(asked) == 1 and around.costing(asked.strategies[1]) == {}
    assert around.mapped(compose_game([*two[:1], "programs=[none,recognition]"])) is None
    assert around.mapped(compose_game([*two, "map=none"])) is None


def test_over_worlds_sizes_hold_for_every_player(formula, two, monkeypatch):
    """k is drawn for both firms alike; the share of worlds with a dilemma is that of the formula."""
    monkeypatch.setattr(around, "WORLDS", 16)
    seen: list[tuple[float, float]] = []

    def noting(job):
        firms = job[0].firms
        assert not any("imitate" in firm.policy for firm in firms.values()), "firms choose, they do not copy"
        if all("points" in firms[name].program for name in "ab"):
            seen.append((firms["a"].program["points"].cost, firms["b"].program["points"].cost))
        return by_formula(job)

    monkeypatch.setattr(around, "earned", noting)
    found = play([*two, "worlds=evidence", "map=none"])
    drawn = seen[-16:]
    assert all(a == b for a, b in drawn) and len({a for a, _ in drawn}) > 8
    assert found.worlds is not None and len(found.worlds.kinds) == 16
    assert 0.0 < found.worlds.share("dilemma") < 1.0
    assert sum(found.worlds.share(kind) for kind in set(found.worlds.kinds)) == pytest.approx(1.0)


def test_a_game_that_is_interrupted_goes_on(formula, two, tmp_path, monkeypatch):
    """Killed in its tenth run, the same command runs the other nine and gives the same files."""
    told = [*two, "map=none"]
    whole, out = tmp_path / "whole", tmp_path / "out"
    assert main(["game", *told, f"out={whole}"]) == 0
    RAN.clear()

    def killed(job):
        if len(RAN) == 9:
            raise KeyboardInterrupt
        return by_formula(job)

    killed.__annotations__ = {"return": "list[float]"}
    killed.__qualname__, killed.__module__, killed.__name__ = "by_formula", by_formula.__module__, "by_formula"
    with monkeypatch.context() as patch:
        patch.setattr(study, "earned", killed)
        assert main(["game", *told, f"out={out}"]) == 130
    assert len(RAN) == 9
    assert main(["game", *told, f"out={out}"]) == 0
    assert len(RAN) == 18 and len(set(RAN)) == 18
    for name in ("game.csv", "equilibria.json", "runs.csv", "report.html"):
        assert (out / name).read_bytes() == (whole / name).read_bytes(), name


def test_a_small_real_game_through_the_command(two, tmp_path, monkeypatch, capsys, quiet):
    """Markets are simulated: the table is that of the runs, and the same firm earns the same as in its own market."""
    for module in (study, around):
        monkeypatch.setattr(module, "earned", in_plain_python)
    monkeypatch.setattr(protocol, "prepare", lambda scenarios: None)
    words = [*two[:3], "seeds=2", "most_seeds=2", "map=none", "weeks=12", "customers.n=30"]
    assert main(["game", *words, f"out={tmp_path / 'out'}"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Too few runs to say who should do what.") and "report.html" in said
    table = pd.read_csv(tmp_path / "out" / "game.csv", keep_default_na=False)
    assert list(table.columns[:8]) == ["a", "b", "payoff_a", "low_a", "high_a", "payoff_b", "low_b", "high_b"]
    assert list(table.a + "/" + table.b) == ["none/none", "none/points", "points/points"]
    asked = Game.compose(words).asked
    own = np.array([in_plain_python((asked.world((0, 1)), seed, ("a", "b"), 6)) for seed in (1, 2)])
    bare = np.array([in_plain_python((asked.world((0, 0)), seed, ("a", "b"), 6)) for seed in (1, 2)])
    luck = (bare - bare.mean(axis=1, keepdims=True)).mean(axis=0)
    assert table.payoff_b[1] == pytest.approx(own.mean(axis=0)[1] - luck[1])
    found = json.loads((tmp_path / "out" / "equilibria.json").read_text())
    assert found["symmetric"] and found["seeds"] == 2 and found["strategies"] == ["none", "points"]
