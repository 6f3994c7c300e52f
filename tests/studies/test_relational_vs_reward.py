"""The yield at which recognition matches points, appendix of head_to_head: told from its table, arithmetic named."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from experiments import relational_vs_reward as yields

from loyaltysim.present import answer, story

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture(scope="module")
def made() -> yields.Plan:
    """In tiny mode, to the longest horizon."""
    return yields.EXPERIMENT.compose(["run=tiny", "weeks=260"]).plan


def table_of(made: yields.Plan, short: float = 0.5, many: float = 0.15, seeds: int = 6) -> pd.DataFrame:
    """The table of runs in which touchpoints match points at a yield of .3; of `short` at the shortest half-life, of
    `many` among many relational customers with links on. Luck is +-.01; all in percent.
    """
    s, luck = made.settings, 0.01 * np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])[:seeds]
    none = np.zeros((seeds, 3, len(s.horizons)))
    runs = {"none": none}
    for links, h, mix in yields.settings(made):
        needs = {min(s.half_lives): short}.get(h, 0.3) if not any(links[:2]) else {0.9: many}.get(mix, 0.3)
        runs[yields.reward_name(links, mix)] = none
        for y in s.yields:
            runs[yields.relational_name(links, h, y, mix)] = none + (y - needs - luck)[:, None, None]
    return yields.table(made, runs)


def test_crossing_by_hand():
    """Leads -2, -1, 3 at yields 0, 1, 2: straight from (1, -1) to (2, 3) crosses at 1.25; none within: nan; exact."""
    assert yields.crossing(np.array([0.0, 1.0, 2.0]), np.array([-2.0, -1.0, 3.0])) == 1.25
    assert np.isnan(yields.crossing(np.array([0.0, 1.0]), np.array([-2.0, -1.0])))
    assert np.isnan(yields.crossing(np.array([0.0, 1.0]), np.array([1.0, 2.0])))


def test_an_answer_reads_as_it_should(made):
    """First line, keys, Chinese, rows; words and numbers of the story within its budget, in both languages."""
    found = yields.judged(made, table_of(made))
    assert answer.faults(found.reading) == []
    for lang in ("en", "zh"):
        told = story.story(found, lang)
        assert len(answer.numbers(told)) <= answer.STORY_NUMBERS, answer.numbers(told)
    assert len(re.findall(r"[A-Za-z][\w'-]*", story.story(found))) <= answer.STORY_WORDS
    assert "0.30 %" in found.reading.first.en and "0.30 %" in found.reading.first.zh
    assert found.verdicts[yields.LEVEL].word == "arithmetic"


def test_the_sentence_turns_with_the_table(made):
    """What lowers the yield raises it where the numbers are exchanged; without a break-even nothing is claimed."""
    as_is, turned = (yields.second(made, table_of(made, *ends)) for ends in ((0.5, 0.15), (0.15, 0.5)))
    assert "lower where a bond lasts longer, and lower where more" in as_is.en
    assert "higher where a bond lasts longer, and higher where more" in turned.en
    assert as_is.zh.count("越低") == turned.zh.count("越高") == 2
    nowhere = table_of(made).assign(break_even=np.nan)
    found = yields.judged(made, nowhere)
    assert "No yield" in found.reading.first.en and "都不能" in found.reading.first.zh
    assert found.verdicts[yields.LEVEL].word == "cannot judge" and answer.faults(found.reading) == []


def test_few_runs_are_too_few(made):
    """Two runs have no luck to tell."""
    assert yields.sure(made, table_of(made, seeds=2)) == answer.TOO_FEW


def test_the_level_is_a_multiple_of_the_reward_rate(made):
    """.3 % of the price per unit of money, .25 of money and .05 of the gap a touch: a full bond of 1.5 %."""
    row = yields.at(table_of(made), yields.NO_LINKS, 52.0, 260)
    assert yields.reward_rate(made) == 0.01 and row.times_reward_rate == pytest.approx(1.5, rel=1e-6)


def test_recognition_costs_what_points_cost(made):
    """The chance of recognition spends the points' money: within 15 % of each other in the tiny world (few people)."""
    _, chance = yields.budget(made)
    assert 0.0 < chance <= 1.0
    world = yields.relational(made, yields.NO_LINKS, 52.0, 0.0, chance)
    spent = [yields.profits((w, 1, (260,)))[2, 0] for w in (made.world, world)]
    assert spent[1] == pytest.approx(spent[0], rel=0.15)


def test_a_touchpoint_without_worth_moves_nobody(made):
    """At yield 0 touchpoints are a pure cost: the same visits as without a program, and profit lower by their cost."""
    idle = yields.relational(made, yields.NO_LINKS, 52.0, 0.0, 0.5)
    none, idle = (yields.profits((w, 1, (52, 260))) for w in (yields.no_program(made.world), idle))
    assert (none[0] - idle[0]) == pytest.approx(idle[2] - none[2], rel=1e-9) and (idle[2] > none[2]).all()


def test_links_are_judged_run_by_run(made):
    """By hand: runs whose levels differ by 10 and whose links add 1, 1 and 2: moved 1.33 of spread .58, not of 10."""
    made = replace(made, settings=replace(made.settings, yields=(0.0, 100.0)))
    level, links, both = np.array([10.0, 20.0, 30.0]), np.array([1.0, 1.0, 2.0]), (True, False, False)

    def profit(x):
        return np.repeat(np.asarray(x, float)[:, None, None], 9, axis=1).reshape(3, 3, 3)

    runs = {"none": profit(np.zeros(3)), yields.reward_name(both, 0.9): profit(np.zeros(3))}
    for way, mix, at in ((yields.NO_LINKS, 0.5, level), (both, 0.9, level + links)):
        for y in (0.0, 100.0):
            runs[yields.relational_name(way, 52.0, y, mix)] = profit(y - at)
    row = yields.break_even(made, runs, both, 52.0, 0.9, 0)
    half = 4.302653 * np.std(links, ddof=1) / np.sqrt(3)
    assert row["moved"] == pytest.approx(4 / 3) and row["moved_high"] == pytest.approx(4 / 3 + half, rel=1e-5)


def test_links_have_mean_one_where_half_are_relational(made):
    """Among few and among many a link changes how much people respond on average: that is what the mix is about."""
    for mix in made.settings.mixes:
        people = yields.linked(made, yields.ALL, mix).customers
        assert people.relational_share == mix and people.link_mean == "reference"
