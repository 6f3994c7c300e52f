"""Who joins and what is left: planted memories, a placebo, verdicts by hand, the committed answer."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from experiments import who_joins
from experiments.who_joins import WhoJoins

from loyaltysim.present import answer, story
from loyaltysim.runs.files import csv
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies import assumed, experiment, redrawn

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.usefixtures("quiet")
SHORT = replace(WhoJoins(), on=(52,), after=(13, 52))
BRIEF = replace(WhoJoins(), on=(13,), after=(13,))


@cache
def plan(*words: str) -> who_joins.Plan:
    """The experiment with few customers, or with the words that say otherwise."""
    said = {"compute.processes": "1", "customers.n": "120"} | dict(word.split("=", 1) for word in words)
    return experiment.plan("who_joins", WhoJoins, [f"{key}={value}" for key, value in said.items()])


@cache
def lived(*words: str) -> dict[str, float]:
    """One world whose members all join at once, with a reward that moves everybody, for a year."""
    said = ("weeks=182", "program.membership.join=everyone", "program.points.face_value=50", *words)
    return who_joins.live(SHORT, [plan(*said).world], 3)


FORGETS = ("behaviour.habit.premium=0", "behaviour.bond.redemption=0")
HABIT = ("behaviour.habit.premium=0.5", "behaviour.habit.gain=0.02", "behaviour.habit.half_life=5200")
REMEMBERS = ("behaviour.bond.redemption=1", "behaviour.bond.premium=0.3", "behaviour.bond.half_life=5200")


# --- worlds ---


def test_who_remembers_nothing_is_back_at_once():
    """Known answer 0: no habit, no bond; same luck, same purchases from the first quarter after the end on."""
    found = lived(*FORGETS)
    assert found["visits/52/0"] > 0.02
    assert found["visits/52/13"] == found["visits/52/52"] == found["kept/52/52"] == found["bond/52/0"] == 0.0


def test_a_planted_bond_outlasts_the_program():
    """The row can fail: rewards that build a lasting bond leave more than a fifth of the effect a year after."""
    found = lived(*REMEMBERS)
    assert found["bond/52/0"] > 0.3 and found["visits/52/52"] > 0.2 * found["visits/52/0"] > 0.0
    row = {name: value for name, value in found.items() if isinstance(value, float)}
    error = dict.fromkeys(row, 0.001)
    parts = who_joins.of_world(SHORT, row, error, "visits")
    assert [verdict.word for verdict in parts.values()] == ["supported", "refuted"]


def test_a_planted_habit_leaves_something_a_quarter_after():
    """Habits that form slowly and stay: more is left than of people without any."""
    assert lived(*FORGETS, *HABIT)["visits/52/13"] > 0.0


def test_a_bond_fades_by_its_half_life():
    """Wired, and so no verdict: 52 weeks after the end half of it is left, within what rewards of that week add."""
    found = lived("behaviour.bond.redemption=0.2", "behaviour.bond.half_life=52")
    assert found["bond/52/52"] == pytest.approx(found["bond/52/0"] / 2.0, rel=0.01)


def test_a_reward_nobody_values_does_nothing():
    """A placebo: members who get nothing out of it differ in no purchase; comparing them with others says otherwise."""
    words = ("weeks=52", "program.points.perceived=0.000001", "program.membership.ask=1", *FORGETS)
    found = who_joins.live(BRIEF, [plan(*words, "program.membership.relational=8").world], 3)
    assert found["visits/13/0"] == found["true"] == found["true_wallet"] == 0.0 and 0.1 < found["joined"] < 0.9
    assert found["naive_wallet"] != 0.0 != found["naive"]


def test_heavy_customers_join_where_the_worth_of_rewards_decides():
    """Planted: little hassle and a narrow spread make the yearly reward decide; a wide spread makes it a lottery."""
    found = {}
    for scale in (0.5, 300):
        words = ("weeks=182", f"program.membership.scale={scale}", "program.membership.ask=1")
        found[scale] = who_joins.live(SHORT, [plan(*words).world], 3)["heavier"]
    assert found[0.5] > 2.0 * found[300] and found[300] < 2.0


def test_the_program_ends_unannounced():
    """Until the end both arms are the same purchases; nobody can join or earn afterwards."""
    world = plan("weeks=52").world
    running = who_joins.branch(who_joins.Past(world, 3).market, world)
    who_joins.on_until(running, 39)
    market = who_joins.withdrawn(world, running)
    who_joins.on_until(market, 52)
    weekly = market.book().weekly.query("firm == 'a'")
    assert weekly[weekly.week < 39].points_issued.sum() > 0 == weekly[weekly.week >= 39].points_issued.sum()
    assert weekly[weekly.week >= 39].joins.sum() == 0
    assert weekly[weekly.week < 39].visits.tolist() == running.book().weekly.query("firm == 'a'").visits.tolist()


def test_who_still_comes_is_counted_among_those_of_before():
    """By hand: the leader's customers of the last quarter before the launch, the same people in both arms."""
    world = plan("weeks=52", "program.membership.join=everyone", "program.points.face_value=250").world
    past = who_joins.Past(world, 3).market
    without, running = who_joins.branch(past, who_joins.no_program(world)), who_joins.branch(past, world)
    who_joins.on_until(without, 52)
    who_joins.on_until(running, 39)
    found = who_joins.ended(world, BRIEF, running, without)
    before = without.visits[1, :, 0] > 0
    came = [(book.visits[2, before, 0] > 0).mean() for book in (running, without)]
    assert found["kept/13/0"] == pytest.approx(came[0] - came[1], abs=1e-12) and found["kept/13/0"] > 0.0
    assert found["visits/13/0"] == pytest.approx(running.visits[2, :, 0].sum() / without.visits[2, :, 0].sum() - 1.0)


def test_judged_seeds_were_not_explored():
    """Seeds 71 and 72 and their worlds chose the settings."""
    made = experiment.plan("who_joins", WhoJoins, [])
    last = made.world.seed + redrawn.OTHER_LUCK + made.world.seeds
    assert not set(range(71, 73 + redrawn.OTHER_LUCK + 8)) & set(range(made.world.seed, last))


# --- verdicts ---


@pytest.mark.parametrize(
    ("on", "on_error", "left", "left_error", "word"),
    [
        (0.01, 0.0005, 0.0, 0.0001, "supported"),
        (0.01, 0.0005, 0.005, 0.0001, "refuted"),
        (0.01, 0.0005, -0.005, 0.0001, "refuted"),  # less than before the launch is no return either
        (0.01, 0.0005, 0.0018, 0.0005, "inconclusive"),
        (0.01, 0.0040, 0.0010, 0.0001, "inconclusive"),  # the fifth of what? .0004 to .0036
    ],
)
def test_a_return_is_judged_by_both_intervals(on, on_error, left, left_error, word):
    """At most a fifth of the effect, limits at 1.96 errors."""
    assert who_joins.returned(on, on_error, left, left_error, 0.2).word == word


def runs(visits: float, left: float, kept: float = 0.01, kept_left: float = 0.0, luck: int = 7) -> pd.DataFrame:
    """Runs by hand: 20 worlds with these effects while it runs and a year after, and others with other luck."""
    rows, random = [], np.random.default_rng(1)
    for at in [*range(20), *range(10_000, 10_000 + luck)]:
        row = {
            "at": at,
            "kind": redrawn.WORLD if at < 20 else redrawn.LUCK,
            "behaviour.habit.half_life": random.random(),
        }
        for on in (13, 26, 52, 104):
            for after in (0, 13, 26, 52, 104):
                noise = 1e-4 * random.normal()
                row[f"visits/{on}/{after}"] = (left if after else visits) + noise
                row[f"kept/{on}/{after}"] = (kept_left if after else kept) + noise
                row[f"bond/{on}/{after}"] = 0.1
        row |= {"heavier": 3.0, "propensity": -0.1, "naive": 40.0, "before": 39.0, "true": 1.0, "joined": 0.5}
        rows.append(row | {"naive_wallet": 0.21, "true_wallet": 0.03})
    return pd.DataFrame(rows)


TOLD = {  # visits while it runs and left, the same of customers who come: verdicts, words of the first line
    (0.01, 0.0, 0.01, 0.0): ("supported", "supported", "hardly anything is left", "几乎什么都不剩"),
    (0.01, 0.006, 0.01, 0.0): ("refuted", "supported", "60 % of that is left", "还剩其中的 60 %"),
    (0.01, 0.0, 0.01, 0.006): ("supported", "refuted", "hardly anything is left", "几乎什么都不剩"),
    (0.0, 0.0, 0.0, 0.0): ("practically nil", "practically nil", "hardly bring any more visits", "几乎不让人多来"),
    (-0.01, 0.0, 0.01, 0.0): ("refuted", "supported", "of that is left", "还剩"),
}


@pytest.mark.parametrize("effects", TOLD)
def test_the_words_turn_with_the_numbers(effects):
    """Effects turned in the saved table: each row by its own, first line in both languages, within the rules."""
    visits, kept, english, chinese = TOLD[effects]
    found = who_joins.told(plan(), runs(*effects))
    assert (found.verdicts["S3-11"].word, found.verdicts["S4-44"].word) == (visits, kept)
    assert english in found.reading.first.en and chinese in found.reading.first.zh
    reads_well(found)


def test_naive_over_true_is_told():
    """.21 over .03: seven times, the published anchor; without an effect there is no ratio."""
    found = who_joins.told(plan(), runs(0.01, 0.0))
    assert "7 times" in found.reading.second.en and found.numbers["anchor"] == {
        "naive_over_true_wallet": pytest.approx(7.0), "published": 7.0
    }  # fmt: skip
    none = who_joins.told(plan(), runs(0.01, 0.0).assign(true_wallet=0.0))
    assert "times" not in none.reading.second.en and "倍" not in none.reading.second.zh


def test_too_few_runs_cannot_judge():
    """One run of luck has no error."""
    found = who_joins.told(plan("seeds=1"), runs(0.01, 0.0, luck=1))
    assert found.verdicts["S3-11"].word == "cannot judge" and answer.TOO_FEW.zh in found.reading.sure.zh
    reads_well(found)


def reads_well(found: experiment.Finding) -> None:
    """The rules of an answer and of a story, in both languages; the figure can be drawn."""
    assert answer.faults(found.reading) == []
    for lang in ("en", "zh"):
        text = story.story(found, lang)
        assert len(answer.numbers(text)) <= answer.STORY_NUMBERS, answer.numbers(text)
        assert lang == "zh" or len(text.split()) <= answer.STORY_WORDS
    assert found.draw().axes


@pytest.mark.parametrize(
    ("word", "said"),
    [("weeks=200", "weeks"), ("policy.launch.week=20", "launch"), ("experiment.on=[14,52]", "experiment.on"),
     ("experiment.judged_after=39", "judged_after"), ("firms.b.program.points.face_value=5", "rivals")],
)  # fmt: skip
def test_ends_that_cannot_be_seen_are_refused(word, said):
    """Before anything is run, with the key."""
    with pytest.raises(ConfigError, match=said):
        who_joins.check(plan(word))


def test_the_committed_answer_follows_from_its_runs():
    """Stories and table again from runs.csv, byte by byte; the card is that of the block; under a megabyte."""
    folder, made = ROOT / "results" / "who_joins", experiment.plan("who_joins", WhoJoins, [])
    found = who_joins.told(made, pd.read_csv(folder / "runs.csv"))
    assert csv(found.table) == (folder / "table.csv").read_text("utf-8")
    assert story.story(found) == (folder / "story.md").read_text("utf-8")
    assert story.story(found, "zh") == (folder / "story.zh.md").read_text("utf-8")
    assert set(found.verdicts) == set(made.settings.claims)
    assert assumed.card(made.settings) in (folder / "summary.json").read_text("utf-8")
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1_000_000
