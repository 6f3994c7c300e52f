"""The experiment on games: equilibria and kinds read off saved runs, one verdict over worlds, words that turn."""

from __future__ import annotations

from itertools import combinations_with_replacement, product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from experiments import game

from loyaltysim.present import story
from loyaltysim.present.answer import STORY_NUMBERS, faults, numbers
from loyaltysim.runs.files import csv
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies import experiment

ROOT = Path(__file__).parents[2]
MADE = game.EXPERIMENT.compose([]).plan
NAMES = MADE.settings.programs
DILEMMA, NOBODY, ALL_GAIN = (
    (3.0, -2.0),
    (-1.0, 0.0),
    (2.0, 3.0),
)  # (what having it gains, what the other's having costs)


def earned(own: int, other: int, kind: tuple[float, float]) -> float:
    """Profit by own and the other's strategy: a gain for having it, and what it does to the other, by its number."""
    gain, harm = kind
    worth = {0: 0.0, 1: 1.0, 2: 0.5, 3: 0.2}  # the first program is the best of them
    return 100.0 + gain * worth[own] + (2.0 * harm if kind != NOBODY else -1.0) * bool(other)


def tables(stay=NOBODY, free=DILEMMA, worlds=("nobody", "dilemma")) -> dict[str, pd.DataFrame]:
    """Saved tables of two games. stay, free : the game in each regime;  worlds : the kind in all worlds of each"""
    rows, places = [], []
    for regime, kind in zip(game.REGIMES, (stay, free), strict=True):
        for (a, b), k in product(combinations_with_replacement(range(len(NAMES)), 2), range(MADE.world.seeds)):
            luck = 0.01 * np.cos(2.0 * k + a + 3.0 * b)
            row = {"regime": regime, "a": NAMES[a], "b": NAMES[b], "seed": k}
            rows.append(row | {"payoff_a": earned(a, b, kind) + luck, "payoff_b": earned(b, a, kind) - luck})
        for cost, factor, (a, b), k in product(
            MADE.settings.costs, MADE.settings.factors, [(0, 0), (0, 1), (1, 1)], range(5)
        ):
            luck = 0.01 * np.cos(2.0 * k + a + b)
            row = {"regime": regime, "cost": cost, "factor": factor, "profile": f"{a}{b}", "seed": k}
            here = kind if cost < 0.5 else NOBODY
            places.append(row | {"payoff_a": earned(a, b, here) + luck, "payoff_b": earned(b, a, here) - luck})
    kinds = pd.DataFrame(dict(zip(game.REGIMES, ([kind] * 20 for kind in worlds), strict=True)))
    saved = {"runs": pd.DataFrame(rows), "map_runs": pd.DataFrame(places), "worlds": kinds}
    return {name: experiment.as_saved(table) for name, table in saved.items()}


def test_equilibria_and_kinds_are_those_of_the_tables():
    """Nobody where it costs, both take the first program where it is a dilemma; counts of equal firms are enough."""
    found = game.told(MADE, tables())
    rests = found.table[found.table.equilibrium].set_index("regime")
    assert (rests.a["fixed"], rests.b["fixed"]) == ("none", "none")
    assert (rests.a["repriced"], rests.b["repriced"]) == ("points_1", "points_1")
    assert rests.gain_a["repriced"] == pytest.approx(3.0 - 4.0, abs=0.05)
    kinds = found.more["kinds"].set_index(["regime", "strategy"]).kind
    assert kinds["repriced", "points_1"] == "dilemma" and kinds["fixed", "points_1"] == "nobody"
    assert set(found.table.beyond_luck) == {"yes", "no"}


def test_the_map_counts_dilemmas_where_rewards_are_cheap():
    """A dilemma at one of three costs where both re-price, nowhere where prices stay."""
    found = game.places(MADE, tables()["map_runs"])
    assert game.share(found, "repriced", "dilemma") == f"{len(MADE.settings.factors)} of {len(found) // 2}"
    assert game.share(found, "fixed", "dilemma") == f"0 of {len(found) // 2}"


@pytest.mark.parametrize(
    ("worlds", "word"),
    [
        (("nobody", "nobody"), "refuted"),
        (("dilemma", "all gain"), "supported"),
        (("nobody", "dilemma"), "depends"),
        (("mixed", "nobody"), "inconclusive"),
        (("some", "nobody alone"), "refuted"),
    ],
)
def test_adoption_by_all_is_judged_over_worlds_and_regimes(worlds, word):
    """S3-03: each takes points whatever the other does; a regime apart makes it depend, and is named."""
    verdict = game.told(MADE, tables(worlds=worlds)).verdicts["S3-03"]
    assert verdict.word == word and "prices stay" in verdict.why and "both re-price" in verdict.why


CASES = {
    "nobody, then both": {},
    "both, then nobody": {"stay": DILEMMA, "free": NOBODY},
    "nobody either way": {"free": NOBODY},
    "both either way": {"stay": ALL_GAIN, "free": ALL_GAIN},
}


def test_each_game_has_its_own_first_line():
    """Where both end, by regime, in both languages."""
    found = {name: game.told(MADE, tables(**case)).reading.first for name, case in CASES.items()}
    for lang in ("en", "zh"):
        assert len({first[lang] for first in found.values()}) == len(CASES)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_answer_keeps_the_rules(case):
    """No fault, at most thirty numbers, a figure."""
    found = game.told(MADE, tables(**case))
    assert faults(found.reading) == []
    for lang in ("en", "zh"):
        text = story.story(found, lang)
        assert len(numbers(text)) <= STORY_NUMBERS, numbers(text)
    assert found.draw().axes


def test_both_games_are_of_the_same_firms_and_programs():
    """They differ in how prices are set alone."""
    games = game.asked(MADE)
    assert games["fixed"].symmetric and games["fixed"].names == games["repriced"].names == tuple(NAMES)
    firms = games["repriced"].base.firms.values()
    assert all(set(firm.policy) >= {"price_nash"} for firm in firms)
    assert games["fixed"].strategies == games["repriced"].strategies


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["experiment.subject=none"], "experiment.subject"),
        (["firms=3"], "two here"),
        (["firms.b.unit_cost=0.6"], "equal"),
    ],
)
def test_what_is_no_game_of_two_equals_is_refused(words, said):
    """Before anything is run."""
    with pytest.raises(ConfigError, match=said):
        game.check(experiment.plan("game", game.Choices, words))


def test_the_committed_answer_follows_from_its_runs():
    """Story and table are made again from the saved tables, byte by byte."""
    folder = ROOT / "results" / "game"
    found = game.told(MADE, {name: pd.read_csv(folder / f"{name}.csv") for name in ("runs", "map_runs", "worlds")})
    assert csv(found.table) == (folder / "table.csv").read_text("utf-8")
    for lang, name in (("en", "story.md"), ("zh", "story.zh.md")):
        assert story.story(found, lang) == (folder / name).read_text("utf-8")
    assert set(found.verdicts) == set(MADE.settings.claims) and faults(found.reading) == []
