"""Copying that pays: who copies in which arm, leads and half-lives by hand, words that turn, the committed answer."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from experiments import copied_too
from experiments.copied_too import lasted, longer

from loyaltysim.present import story
from loyaltysim.present.answer import STORY_NUMBERS, faults, numbers
from loyaltysim.runs.files import csv
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies import experiment

ROOT = Path(__file__).parents[2]
MADE = copied_too.EXPERIMENT.compose([]).plan
QUARTERS = MADE.world.weeks // copied_too.QUARTER


def test_rivals_that_copy_are_those_of_the_arm():
    """Nobody, one, all but one, all; only they have the policy and a card, and the first has the program."""
    for name, program in copied_too.programs(MADE.world).items():
        for who in copied_too.COPIES.values():
            firms = copied_too.arm(MADE.world, program, who, 26, 0.5).firms
            assert "".join(firm for firm in firms if firms[firm].policy) == who and firms["a"].program == program
            assert all((firms[firm].program == {}) == (firm not in who) for firm in "bcd"), name


def test_equal_cost_is_money_per_touch_or_fewer_touches():
    """Twice the budget costs and builds twice as much a touch; half of it reaches half."""
    usual, dear, cheap = (copied_too.programs(MADE.world, x)["recognition"]["recognition"] for x in (1.0, 2.0, 0.5))
    assert (dear.effect, dear.unit_cost) == (2.0 * usual.effect, 2.0 * usual.unit_cost)
    assert cheap.probability == 0.5 * usual.probability and cheap.unit_cost == usual.unit_cost


def lead(peak: float, half_life: float, noise: float = 0.01) -> np.ndarray:
    """A lead that halves after so many weeks from the second quarter on. -> (seeds, quarters)"""
    weeks = copied_too.QUARTER * np.arange(QUARTERS - 1)
    shape = np.concatenate([[0.5], 0.5 ** (weeks / half_life)])
    return peak * shape + noise * np.cos(np.arange(5))[:, None]


def test_a_lead_lasts_until_half_of_it_is_gone():
    """Half-lives of the quarter that they fall on; to the horizon where half is never gone."""
    found, weeks = lasted(lead(0.4, 26.0, 0.0), 26)
    assert weeks == pytest.approx(26.0, abs=1e-9) and found.value == pytest.approx(0.4)
    assert lasted(lead(0.4, 1e9, 0.0), 26)[1] == copied_too.QUARTER * (QUARTERS - 2)


@pytest.mark.parametrize(
    ("one", "other", "word"),
    [
        (lead(0.4, 52.0), lead(0.4, 13.0), "supported"),
        (lead(0.4, 20.0), lead(0.4, 13.0), "refuted"),
        (lead(0.4, 13.0), lead(0.4, 52.0), "refuted"),
        (lead(0.005, 52.0, 0.05), lead(0.4, 13.0), "cannot judge"),
    ],
)
def test_a_lead_is_longer_beyond_a_quarter(one, other, word):
    """S3-34: longer, about as long, shorter, no lead at all."""
    assert longer(lasted(one, 26), lasted(other, 26), 13.0).word == word


def tables(recognition=-1.0, points=-1.0, weeks=(52.0, 13.0)) -> dict[str, pd.DataFrame]:
    """Saved tables. recognition, points : what copying brings a rival;  weeks : half-life of each lead"""
    rows, drawn = [], []
    brings, lives = {"recognition": recognition, "points": points}, dict(zip(copied_too.PROGRAMS, weeks, strict=True))

    def run(arm: str, seed: int, more: float) -> dict[str, float]:
        name, _, copy = arm.partition("/")
        gained = np.zeros(QUARTERS) if name == "nobody" else lead(0.4, lives[name])[seed % 5]
        row = {f"q{q}": 25.0 + float(x) for q, x in enumerate(gained)}
        copies = {"one": "c", "all": "d"}.get(copy, "")
        luck = 0.05 * np.sin(seed + len(copy))
        return row | {f"profit_{f}": 100.0 + (brings[name] + more + luck if f == copies else 0.0) for f in "abcd"}

    arms = [f"{name}/{copy}" for name, copy in product(copied_too.PROGRAMS, copied_too.COPIES)] + ["nobody"]
    for mix, arm, seed in product(MADE.settings.mixes, arms, range(MADE.world.seeds)):
        rows.append({"world": f"{mix:g}/{arm}", "seed": seed, **run(arm, seed, 0.0)})
    for world in range(8):
        found = {"market.K": 0.1 * world}
        for arm, k in product(arms, range(4)):
            found |= {f"{arm}/{key}/{k}": value for key, value in run(arm, k, 0.0).items()}
        drawn.append(found)
    return {name: experiment.as_saved(pd.DataFrame(own)) for name, own in (("runs", rows), ("worlds", drawn))}


CASES = {
    "neither": {},
    "both": {"recognition": 1.0, "points": 1.0},
    "recognition": {"recognition": 1.0},
    "about as soon": {"weeks": (20.0, 13.0)},
    "sooner": {"weeks": (13.0, 52.0)},
    "cannot be told": {"recognition": 0.0},
}


def test_each_table_has_its_own_first_line_and_verdict():
    """Who copies, and whose lead lasts, in both languages."""
    found = {name: copied_too.told(MADE, tables(**case)) for name, case in CASES.items()}
    for lang in ("en", "zh"):
        assert len({one.reading.first[lang] for one in found.values()}) == len(CASES)
    words = {name: one.verdicts["S3-34"].word for name, one in found.items()}
    assert words["neither"] == "supported" and words["about as soon"] == words["sooner"] == "refuted"
    assert "pays in 8, copying points in 0" in found["recognition"].reading.sure.en


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_answer_keeps_the_rules(case):
    """No fault, at most thirty numbers, a figure."""
    found = copied_too.told(MADE, tables(**case))
    assert faults(found.reading) == []
    for lang in ("en", "zh"):
        text = story.story(found, lang)
        assert len(numbers(text)) <= STORY_NUMBERS, numbers(text)
    assert found.draw().axes


@pytest.mark.parametrize(
    ("words", "said"), [(["weeks=60"], "a year longer"), (["~firms.b.program.points"], "needs points")]
)
def test_another_market_is_refused(words, said):
    """Before anything is run, with the key."""
    plan = MADE
    if words[0].startswith("~"):
        firms = {name: replace(firm, program={}) for name, firm in MADE.world.firms.items()}
        plan = replace(MADE, world=replace(MADE.world, firms=firms))
    else:
        plan = experiment.plan("copied_too", copied_too.Copied, words)
    with pytest.raises(ConfigError, match=said):
        copied_too.check(plan)


def test_the_committed_answer_follows_from_its_runs():
    """Story and table are made again from the saved tables, byte by byte."""
    folder = ROOT / "results" / "copied_too"
    found = copied_too.told(MADE, {name: pd.read_csv(folder / f"{name}.csv") for name in ("runs", "worlds")})
    assert csv(found.table) == (folder / "table.csv").read_text("utf-8")
    for lang, name in (("en", "story.md"), ("zh", "story.zh.md")):
        assert story.story(found, lang) == (folder / name).read_text("utf-8")
    assert set(found.verdicts) == set(MADE.settings.claims) and faults(found.reading) == []
