"""Every command's answer, in both languages: within its lines and numbers, by the rules, and turning with its table.

Each command has a small saved study here; one without a reading fails. Stories are read as they are committed.
"""

from __future__ import annotations

import dataclasses
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from loyaltysim.cli.main import COMMANDS, named
from loyaltysim.configure.targets import targets
from loyaltysim.measures.registry import find
from loyaltysim.present import answer, exploration, exploration_answer, lists_answer, story, sweep, sweep_answer
from loyaltysim.present.telling import Telling
from loyaltysim.scenario.said import LANGUAGES, speaking
from loyaltysim.studies import dials, ensembles, optimise, sensitivity
from loyaltysim.studies.explore import Explained
from loyaltysim.studies.factors import Exploration, Factor, Settings
from loyaltysim.studies.reading import Reading
from loyaltysim.validate.judge import judge
from tests import small_studies

RESULTS = Path(__file__).resolve().parents[2] / "results"
MONEY = "profit_per_customer"
TELLINGS = {"sweep": sweep.TELLING, "explore": exploration.EXPLORED, "optimise": exploration.SEARCHED}


def telling(command: str) -> Telling:
    """How a command is told."""
    return TELLINGS.get(command) or named(COMMANDS[command].telling)


def swept(sign: float = 1.0) -> Reading:
    """Profit of +2 where tastes are weak and -2 where they are loyal, or the other way round; six seeds each."""
    sets: list[dict[str, Any]] = [{"market.S": s} for s in (0.6, 1.3, 2.6)]
    rows = [
        {"point": k, **one, "seed": seed, "code": "a", "forced": "", "lift_visits": sign * (k - 1) / 100 + luck / 1000,
         MONEY: sign * (2.0 if k else -2.0) + luck}
        for k, one in enumerate(sets) for seed in range(6) for luck in [(-1) ** seed * 0.1]
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    names = sweep.outcomes(table, ["market.S"])
    points = sweep.points_of(table, sets, names)
    return sweep_answer.reading(
        sweep_answer.Swept(table, points, sets, ["market.S"], names, small_studies.launched()), "runs/figure.png"
    )


def explored(sign: float = 1.0) -> Reading:
    """Profit is positive where tastes are weak, or where they are loyal."""
    factors = [Factor("market.S", "uncertainty", 0.6, 2.6), Factor("program.points.face_value", "lever", 1.0, 9.0)]
    places = np.random.default_rng(1).random((200, 2))
    y = sign * (places[:, 0] - 0.5)
    rules = sensitivity.discover(factors, Exploration(Settings(), tuple(factors), places).values(), y, 0.0)
    one = Explained(MONEY, MONEY, y, None, rules)
    return exploration_answer.explored([one], Settings(), small_studies.launched().market, 200)


def searched(sign: float = 1.0) -> Reading:
    """The best of a few candidates earns, or loses."""
    levers = [Factor("program.points.face_value", "lever", 1.0, 9.0)]
    goal = optimise.Goal(MONEY, -1.0)

    def evaluate(asked, seeds):
        return [
            {MONEY: sign * 1.0 - sign * 0.01 * float(v["program.points.face_value"]) + 0.001 * np.array(list(seeds))}
            for v in asked
        ]

    asked = optimise.Settings(goals=(f"max {MONEY}",), trials=8, first=5, confirm=5)
    search = optimise.Search(levers, [goal], [], evaluate, asked, 5)
    return exploration_answer.searched(search, search.run(), small_studies.launched().market, "runs/frontier.png")


@cache
def world():
    return dataclasses.replace(dials.compose_dials(["customers.n=50", "weeks=120"]), seeds=6)


def turned(sign: float = 1.0) -> Reading:
    """Profit of +1, which price sensitivity moves by 3 at its ends and all other dials by a little; or the opposite."""
    rows = [{"dial": "", "end": "now", "seed": s, **effects(sign * 1.0, s)} for s in range(6)]
    for k, dial in enumerate(dials.DIALS):
        if dial.now(world()) is not None:
            for end, way in (("low", -1.0), ("high", 1.0)):
                move = (3.0 if k == 0 else 0.2) * way * sign
                rows += [{"dial": dial.name, "end": end, "seed": s, **effects(sign + move, s)} for s in range(6)]
    return lists_answer.dials(dials.Turned(world(), pd.DataFrame(rows)), "runs/figure.png")


def effects(profit: float, seed: int) -> dict[str, float]:
    """All that is read off at a setting."""
    return {"lift_visits": profit / 100, "retention_change": 0.0, MONEY: profit + 0.01 * seed, "enrolled_share": 0.4}


def validated(sign: float = 1.0) -> Reading:
    """Twenty patterns that lie within their tolerances; or one that does not."""
    from tests.validate.test_evidence import cell

    given = {"kind": "relative", "tolerance": 0.05, "observed": 1.0}
    rows = [cell("x", "", f"p{k}", simulated=1.0, **given) for k in range(19)]
    rows.append(cell("x", "", "last", **{**given, "simulated": 1.0 if sign > 0 else 2.0, "se": 0.001, "seeds": 120}))
    return lists_answer.validated(judge(rows))


def fitted(sign: float = 1.0) -> Reading:
    """The shipped ensemble against its targets; or against none of its worlds."""
    from loyaltysim.calibrate.worlds import Fitted

    found = ensembles.load("grocery", "evidence")
    assert found is not None
    if sign < 0:
        moved = {name: found.table[name] + 1e6 for name in targets("grocery") if name in found.table}
        found = dataclasses.replace(found, table=found.table.assign(**moved))
    return lists_answer.fitted(Fitted(found, targets("grocery")), small_studies.launched().market)


def lived(sign: float = 1.0) -> Reading:
    """A customer who bought twice more with the program, or as often as without."""
    from tests.present import test_diary

    return test_diary.read(test_diary.lived(bought=(10, 12) if sign > 0 else (12, 12)))


def compared(sign: float = 1.0) -> Reading:
    """Points before cash back before stamps; or every sign flipped."""
    from tests import small_comparisons
    from tests.present import test_comparison_answer

    found = small_comparisons.written(test_comparison_answer.PROFIT)
    return test_comparison_answer.read(found if sign > 0 else small_comparisons.flipped(found))


def ran_with(sign: float = 1.0) -> Reading:
    """A run whose program earns, or loses."""
    from tests.present import test_run_answer

    return test_run_answer.made(test_run_answer.GAIN if sign > 0 else test_run_answer.LOSS)


def played(sign: float = 1.0) -> Reading:
    """Prisoners, who take what harms them all; or a program from which all gain."""
    from tests.games import tables
    from tests.present import test_game

    return test_game.read(tables.played(tables.PRISONERS if sign > 0 else tables.HELPS_ALL))


SMALL = {
    "compare": compared,
    "game": played,
    "diary": lived,
    "run": ran_with, "sweep": swept, "explore": explored, "optimise": searched, "dials": turned, "validate": validated,
    "worlds": fitted,
}  # fmt: skip
TOLD = sorted(name for name, command in COMMANDS.items() if command.telling or name in TELLINGS)


@pytest.mark.parametrize("command", TOLD)
def test_every_command_has_a_reading(command):
    """And a small study here, so that its rules are asked."""
    assert telling(command).reading is not None
    assert command in SMALL, f"give {command} a small study here"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("command", sorted(SMALL))
def test_an_answer_is_within_its_lines_and_numbers_and_by_the_rules(command, lang):
    reading = SMALL[command]()
    with speaking(lang):
        shown = answer.screen(reading)
    assert answer.faults(reading) == []
    assert answer.over_budget(shown) == []
    assert [len(said) for said in reading.tree().values()] == [2, 2]


@pytest.mark.parametrize("command", sorted(SMALL))
def test_a_sentence_turns_with_its_table(command):
    """Arms swapped or signs flipped: the first two sentences are others, in both languages."""
    as_saved, flipped = SMALL[command](1.0), SMALL[command](-1.0)
    assert answer.faults(flipped) == []
    for lang in LANGUAGES:
        assert as_saved.tree()[lang] != flipped.tree()[lang], (command, lang)


def test_the_word_of_a_direction_turns():
    """A dial raises or lowers profit; of candidates that all lose none is to be taken."""
    up, down = turned(1.0).first, turned(-1.0).first
    assert "raises" in up.en and "提高" in up.zh and "lowers" in down.en and "降低" in down.zh
    best, none = searched(1.0).first, searched(-1.0).first
    assert best.en.startswith("Take the best") and "做最好的那个" in best.zh
    assert none.en.startswith("Take none") and "都不要做" in none.zh


STORIES = sorted(path for path in RESULTS.glob("*/story*.md") if (path.parent / "summary.json").exists())


@pytest.mark.parametrize("path", STORIES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_committed_story_is_within_its_words_and_numbers(path):
    """At most 200 words and 30 numbers, the table counted."""
    text = path.read_text("utf-8")
    assert (path.parent / "story.zh.md").exists()
    assert words(text) <= answer.STORY_WORDS and len(answer.numbers(text)) <= answer.STORY_NUMBERS


def words(text: str) -> int:
    """Words of a text; two Chinese letters count as one."""
    letters = len(re.findall(r"[\u4e00-\u9fff]", text))
    return len(re.findall(r"[A-Za-z][A-Za-z'-]*", text)) + letters // 2


def test_every_measure_that_is_read_aloud_has_chinese():
    assert all(find(name).chinese for name in (MONEY, "lift_visits", "lift_customers"))
    assert story.TELLING.reading is not None
