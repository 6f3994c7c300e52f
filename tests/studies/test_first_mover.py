"""The first mover's first year: planted worlds, controls, verdicts by hand, the committed answer."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from experiments import first_mover
from experiments.first_mover import PARTS, FirstMover

from loyaltysim.present import answer, story
from loyaltysim.runs.files import csv
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies import assumed, experiment, redrawn
from loyaltysim.theory.retention import break_even_lift

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.usefixtures("quiet")


@cache
def plan(*words: str) -> first_mover.Plan:
    """The experiment with few customers, or with the words that say otherwise."""
    said = {"compute.processes": "1", "customers.n": "200"} | dict(word.split("=", 1) for word in words)
    return experiment.plan("first_mover", FirstMover, [f"{key}={value}" for key, value in said.items()])


def base(place: int, *words: str) -> Scenario:
    """The world of a structure."""
    return first_mover.bases(plan(*words))[place]


EVERYBODY = ("program.membership.join=everyone", "program.points.perceived=1", "customers.links.reward=0")


# --- worlds ---


def test_a_reward_nobody_values_lifts_nothing():
    """Known answer 0 (a placebo): same luck, same purchases; what it costs is lost."""
    found = first_mover.live([base(0, "program.membership.join=everyone", "program.points.perceived=0")], 3)
    assert found["lift_revenue"] == found["lift_visits"] == 0.0 and found["profit_of_sales"] <= 0.0
    assert all(found[part] == 0.0 for part in PARTS)


def test_the_parts_add_up_and_are_those_of_paper_where_all_are_alike():
    """Everybody a member at once, pulled alike: lift = |elasticity| x 1 %, nobody selects, nothing amplifies."""
    world = base(0, *EVERYBODY, "customers.n=1500", "program.points.strength=0", "customers.price_sensitivity_sd=0")
    found = first_mover.live([world], 3)
    assert math.fsum(found[part] for part in PARTS) == pytest.approx(found["lift_visits"], abs=1e-12)
    assert found["price"] == pytest.approx(0.0136, rel=0.1)  # elasticity -1.36 of the shipped leader (grocery.yaml)
    assert abs(found["selection"]) < 1e-9 and found["worth"] == found["novelty"] == found["progress"] == 0.0
    assert found["lift_visits"] == pytest.approx(found["price"], rel=0.25)  # second order, and luck of 1,500 people


def test_what_membership_is_worth_is_switched_off_by_itself():
    """Planted: 2 % of the price for being a member; the rest of the lift is that of the reward alone."""
    words = (*EVERYBODY, "customers.n=40", "customers.price_sensitivity=12")
    world = base(0, *words, "program.membership.worth=0.02")
    plain = first_mover.live([base(0, *words)], 3)
    found = first_mover.live([world], 3)
    assert found["worth"] == pytest.approx(found["lift_visits"] - plain["lift_visits"], abs=1e-12)
    assert found["worth"] > found["lift_visits"] / 2.0


@pytest.mark.parametrize(
    ("place", "words", "low", "high"),
    [(0, EVERYBODY, 0.01, 0.03), (1, (*EVERYBODY, "customers.price_sensitivity=20"), 0.05, 0.08)],
)
def test_planted_worlds_reach_the_claim(place, words, low, high):
    """The row can come out true: all members of a grocer move by 1.4 %; very price sensitive ones of a store by 6 %."""
    found = first_mover.live([base(place, *words, "customers.n=1500")], 3)
    assert low < found["lift_revenue"] < high


def test_both_industries_draw_the_same_sizes_at_the_same_place():
    """Same keys in the same order, so that the ranks of two industries' worlds agree, whatever their laws."""
    made = plan()
    drawn = [first_mover.sizes_of(made, x, world) for x, world in zip(made.settings.structures, first_mover.bases(made),
                                                                     strict=True)]  # fmt: skip
    assert [[row.key for row in rows] for rows in drawn] == [[row.key for row in drawn[0]]] * 3
    a, b = (first_mover.redrawn.worlds.draw(rows, 16, 1) for rows in drawn[:2])
    assert (a["measured.margin"].rank() == b["measured.margin"].rank()).all()
    assert (a["measured.elasticity"] == b["measured.elasticity"]).all()
    assert a["measured.margin"].max() < b["measured.margin"].min() + 0.05


def test_no_size_of_rivals_is_drawn_and_judged_seeds_were_not_explored():
    """A first mover's rivals do nothing; seeds 61, 62 and their worlds chose the settings."""
    made = experiment.plan("first_mover", FirstMover, [])
    for structure, world in zip(made.settings.structures, first_mover.bases(made), strict=True):
        assert not [row.key for row in first_mover.sizes_of(made, structure, world) if row.key.startswith("rivals")]
    last = made.world.seed + redrawn.OTHER_LUCK + made.world.seeds
    assert not set(range(61, 63 + redrawn.OTHER_LUCK + 8)) & set(range(made.world.seed, last))


# --- verdicts ---


def runs(grocery: float, store: float, noise: float = 0.0003, luck: int = 8, worth: bool = True) -> pd.DataFrame:
    """Runs by hand: 20 worlds with these lifts, and others with other luck. worth : does the lift hang on it?"""
    rows, random = [], np.random.default_rng(1)
    for name, lift, margin in (("grocery", grocery, 0.25), ("store", store, 0.35), ("generous", 2 * store, 0.35)):
        for at in [*range(20), *range(10_000, 10_000 + luck)]:
            moved = lift + noise * random.normal()
            row = {"at": at, "kind": redrawn.WORLD if at < 20 else redrawn.LUCK, "structure": name}
            row |= {"lift_revenue": moved, "lift_visits": moved, "profit_of_sales": margin * moved - 0.004}
            row |= {"break_even_lift": 0.004 / (margin - 0.004), "enrolled_share": 0.4, "margin": margin}
            row |= {part: 0.0 for part in PARTS} | {"price": moved}
            rows.append(row | {"program.membership.worth": moved if worth else random.random()})
    return pd.DataFrame(rows)


TOLD = {  # lifts of sales: verdict, words of the first line in English and Chinese
    (0.02, 0.06): ("supported", "as is claimed", "与说法相符"),
    (0.004, 0.06): ("refuted", "differs between worlds", "因世界而异"),
    (0.06, 0.02): ("refuted", "which pays", "划算"),
    (0.02, 0.02): ("refuted", "which pays", "划算"),
    (0.001, 0.001): ("refuted", "less than it takes to pay", "不够回本"),
}


@pytest.mark.parametrize("lifts", TOLD)
def test_the_words_turn_with_the_numbers(lifts):
    """Lifts turned in the saved table: verdict and first line turn in both languages, within the rules."""
    word, english, chinese = TOLD[lifts]
    found = first_mover.told(plan(), runs(*lifts))
    assert found.verdicts["S3-06"].word == word
    assert english in found.reading.first.en and chinese in found.reading.first.zh
    reads_well(found)


def test_the_order_is_a_part_of_its_own():
    """Ranges that overlap nowhere here: a store below the grocer refutes the order; equal lifts are no order."""
    for lifts, word in (((0.02, 0.06), "supported"), ((0.06, 0.02), "refuted"), ((0.02, 0.02), "practically nil")):
        assert first_mover.told(plan(), runs(*lifts, noise=1e-5)).numbers["parts"]["order"]["word"] == word


def test_wide_luck_is_inconclusive_and_too_few_runs_cannot_judge():
    """An interval that covers an end of the range; one run of luck, which has no error."""
    wide = first_mover.told(plan(), runs(0.02, 0.065, noise=0.02))
    assert wide.verdicts["S3-06"].word == "inconclusive"
    lone = first_mover.told(plan("seeds=1"), runs(0.02, 0.06, luck=1))
    assert lone.verdicts["S3-06"].word == "cannot judge" and answer.TOO_FEW.en in lone.reading.sure.en
    reads_well(lone)


def test_profit_at_the_claimed_lift_by_hand():
    """Margin .25, cost c, needed lift c / (.25 - c): there profit is 0; at 3 % it is (.25 - c) 1.03 - .25."""
    row = first_mover.read(plan(), runs(0.02, 0.06)).iloc[0]
    cost = 0.004
    assert row.needed == pytest.approx(break_even_lift(0.25, cost))
    assert row.at_high == pytest.approx((0.25 - cost) * 1.03 - 0.25)
    assert (0.25 - cost) * (1.0 + row.needed) - 0.25 == pytest.approx(0.0, abs=1e-12)


def test_what_the_lift_hangs_on_is_named_only_where_it_does():
    """A size that orders the worlds is named; noise is not."""
    hung = first_mover.told(plan(), runs(0.02, 0.06)).reading.second.en
    loose = first_mover.told(plan(), runs(0.02, 0.06, worth=False)).reading.second.en
    assert "what membership is worth by itself" in hung and "No single assumption" in loose


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
    [("weeks=90", "weeks"), ("firms.b.program.points.face_value=5", "rivals of a first mover")],
)
def test_what_is_no_first_year_is_refused(word, said):
    """Before anything is run, with what is wrong."""
    with pytest.raises(ConfigError, match=said):
        first_mover.check(plan(word))
    made = plan()
    with pytest.raises(ConfigError, match="two industries"):
        first_mover.check(replace(made, settings=replace(made.settings, structures=made.settings.structures[:1])))


def test_the_committed_answer_follows_from_its_runs():
    """Stories and table again from runs.csv, byte by byte; the card is that of the block; under a megabyte."""
    folder, made = ROOT / "results" / "first_mover", experiment.plan("first_mover", FirstMover, [])
    found = first_mover.told(made, pd.read_csv(folder / "runs.csv"))
    assert csv(found.table) == (folder / "table.csv").read_text("utf-8")
    assert story.story(found) == (folder / "story.md").read_text("utf-8")
    assert story.story(found, "zh") == (folder / "story.zh.md").read_text("utf-8")
    assert set(found.verdicts) == set(made.settings.claims)
    assert assumed.card(made.settings) in (folder / "summary.json").read_text("utf-8")
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1_000_000
