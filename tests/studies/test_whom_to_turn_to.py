"""Whom to turn to: equal spending, planted worlds, verdicts by hand, the committed answer."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from experiments import targeting
from experiments.targeting import PAIRS, RATIOS, WHO, Run, Targeting

from loyaltysim.measures.twins import Past, no_program
from loyaltysim.present import answer, story
from loyaltysim.runs.files import csv
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies import assumed, experiment, redrawn

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.usefixtures("quiet")
SETTINGS = Targeting()


@cache
def plan(*words: str) -> targeting.Plan:
    """The experiment with few customers, or with the words that say otherwise."""
    said = {"compute.processes": "1", "customers.n": "300"} | dict(word.split("=", 1) for word in words)
    return experiment.plan("targeting", Targeting, [f"{key}={value}" for key, value in said.items()])


# --- worlds ---


@pytest.mark.parametrize(("growth", "who"), [(0.6, "top_value"), (2.5, "light"), (1.3, "portrait")])
def test_equal_spending_is_found(growth, who):
    """A spending that grows as a known power: within 5 % of the budget in four tries, whatever was guessed."""
    made = []

    def run(share: float) -> Run:
        made.append(share)
        return Run(share, 1000.0 * share**growth, 0.0, None)

    budget = 1000.0 * 0.37**growth
    found = targeting.at_equal_spending(run, SETTINGS, who, 0.2, budget)
    assert found.cost == pytest.approx(budget, rel=SETTINGS.near) and found.share == pytest.approx(0.37, rel=0.09)
    assert len(made) <= SETTINGS.tries + 1


def test_what_cannot_be_spent_is_said():
    """All customers spend less than the budget: the nearest try is taken, and stays unequal."""
    found = targeting.at_equal_spending(
        lambda share: Run(share, 10.0 * share, 0.0, None), SETTINGS, "light", 0.2, 100.0
    )
    assert found.share == 1.0 and found.cost == 10.0


def gains(words: tuple[str, ...], shares: dict[str, float]) -> dict[str, Run]:
    """Some audiences at given shares in one world."""
    world = plan(*words).world
    past = Past(world, 3)
    without = past.arm(no_program(world))
    return {who: targeting.play(past, targeting.aimed(world, who, share), without) for who, share in shares.items()}


def test_money_back_that_nobody_values_is_lost():
    """A placebo: no purchase moves, so all that is spent is lost; who is written to still looks responsive."""
    run = gains(("program.cashback.perceived=0.000000001",), {"top_value": 0.2})["top_value"]
    assert run.cost > 0.0 and run.gain == -run.cost
    looks = targeting.ratios(plan().world, run.book)
    assert looks["ratio/raw"] > 2.0 and looks["ratio/placebo"] == pytest.approx(looks["ratio/raw"], rel=0.35)


def test_who_is_better_can_turn():
    """Not wired: with lasting tastes light buyers bring more per unit spent; where all share their visits alike and a
    message is dear, the best customers do.
    """
    shares = {"top_value": 0.04, "light": 0.6}
    usual = gains((), shares)
    alike = gains(("market.S=500", "customers.price_sensitivity=8", "program.targeting.unit_cost=6"), shares)
    lead = [
        run["top_value"].gain / run["top_value"].cost - run["light"].gain / run["light"].cost for run in (usual, alike)
    ]
    assert lead[0] < -0.1 and lead[1] > 0.1


def test_rivals_do_what_the_leader_does():
    """Every rival has the program of the given market, from the same week; the leader keeps its own."""
    world = plan().world
    like = targeting.aimed(world, "light", 0.6)
    made = targeting.among_rivals(world, like)
    assert made.focal_firm == world.focal_firm
    for name, firm in made.firms.items():
        if name != made.focal_id:
            assert firm.program["targeting"].who == "light" and "launch" in firm.policy
            assert firm.share == world.firms[name].share


def test_judged_seeds_were_not_explored():
    """Seeds 81 and 82 and their worlds chose the settings; joining and rivals are not drawn."""
    made = experiment.plan("targeting", Targeting, [])
    last = made.world.seed + redrawn.OTHER_LUCK + made.world.seeds
    assert not set(range(81, 83 + redrawn.OTHER_LUCK + 8)) & set(range(made.world.seed, last))
    assert not [row.key for row in targeting.sizes_of(made) if row.key.startswith(("rivals", "program.membership"))]


# --- verdicts ---

USUAL = {"top_value": -0.8, "light": -0.45, "at_risk": -0.75, "portrait": -0.66, "random": -0.66, "poor": -0.55,
         "learned_rivals": -0.45, "random_rivals": -0.66}  # fmt: skip


def runs(luck: int = 6, raw: float = 5.0, noise: float = 0.004, far: str = "", **other: float) -> pd.DataFrame:
    """Runs by hand: 20 worlds with these gains per unit, and others with other luck. far : who overspends"""
    rows, random, told = [], np.random.default_rng(1), USUAL | other
    for at in [*range(20), *range(10_000, 10_000 + luck)]:
        row = {"at": at, "kind": redrawn.WORLD if at < 20 else redrawn.LUCK, "customers.r_rate": random.random()}
        for name, gain in told.items():
            row[f"gain/{name}"] = gain + noise * random.normal()
            row |= {f"share/{name}": 0.2, f"unequal/{name}": 0.3 if name == far else 0.0}
        row |= {"gain/learned": row["gain/light"], "unequal/learned": row["unequal/light"], "budget": 2e4}
        shown = dict(zip(RATIOS, (raw, raw + 0.2, 1.05), strict=True))
        rows.append(row | {f"ratio/{name}": x + 0.01 * random.normal() for name, x in shown.items()})
    return pd.DataFrame(rows)


TOLD = [  # what is otherwise: a row's verdict, words of the first line in English and Chinese
    ({}, {"S0-21": "refuted", "S3-43": "supported", "S2-18": "supported", "S3-72": "refuted", "S4-40": "supported"},
     "Do not turn to your best customers first", "别先找最好的客户"),
    ({"top_value": 0.2}, {"S0-21": "supported", "S3-43": "refuted"}, "that pays", "划算"),
    ({"top_value": -0.1}, {"S0-21": "supported"}, "Turn to your best customers first", "先找最好的客户"),
    ({"top_value": -0.45, "at_risk": -0.45, "random": -0.45}, {"S0-21": "practically nil", "S3-43": "practically nil"},
     "hardly any difference", "几乎没有差别"),
    ({"top_value": -0.45}, {"S0-21": "practically nil"}, "hardly any difference", "几乎没有差别"),
    ({"top_value": -0.1, "at_risk": 0.0}, {"S0-21": "inconclusive"}, "We cannot tell", "说不准"),
    ({"portrait": 0.1}, {"S3-72": "supported"}, "and that pays", "这样划算"),
    ({"random_rivals": -0.1}, {"S2-18": "refuted"}, "Do not turn", "别先找"),
    ({"random_rivals": -0.45}, {"S2-18": "practically nil"}, "Do not turn", "别先找"),
    ({"poor": -0.2}, {"S1-14": "refuted"}, "Do not turn", "别先找"),
    ({"raw": 1.2}, {"S4-40": "refuted"}, "Do not turn", "别先找"),
]  # fmt: skip


@pytest.mark.parametrize(("other", "words", "english", "chinese"), TOLD)
def test_the_words_turn_with_the_numbers(other, words, english, chinese):
    """Gains turned in the saved table: each row by its own criterion, the first line in both languages."""
    found = targeting.told(plan(), runs(**other))
    assert {claim: found.verdicts[claim].word for claim in words} == words
    assert english in found.reading.first.en and chinese in found.reading.first.zh
    reads_well(found)


def test_data_must_earn_their_cost():
    """Better by .06 a unit: supported, unless the data cost .2."""
    assert targeting.told(plan(), runs(poor=-0.58)).verdicts["S1-14"].word == "supported"
    dear = targeting.told(plan("experiment.data_cost=0.2"), runs(poor=-0.58))
    assert dear.verdicts["S1-14"].word == "refuted"


def test_unequal_spending_is_not_judged():
    """An audience that spends 30 % more than the lot is compared with nobody."""
    found = targeting.told(plan(), runs(far="top_value"))
    assert found.verdicts["S3-43"].word == "cannot judge" and found.verdicts["S2-18"].word == "supported"


def test_wide_luck_and_too_few_runs():
    """Errors wider than the gaps; one run of luck, which has none."""
    assert targeting.told(plan(), runs(noise=0.4)).verdicts["S0-21"].word == "inconclusive"
    lone = targeting.told(plan("seeds=1"), runs(luck=1))
    assert {verdict.word for verdict in lone.verdicts.values()} == {"cannot judge"}
    assert answer.TOO_FEW.en in lone.reading.sure.en
    reads_well(lone)


def test_every_audience_and_contrast_is_told():
    """The table has all of them; contrasts are differences of gains, by hand."""
    found = targeting.told(plan(), runs())
    assert {f"gain/{who}" for who in WHO} | set(PAIRS) <= set(found.table.number)
    row = found.table.set_index("number").worlds_value
    assert row["top_value-light"] == pytest.approx(-0.35, abs=0.01)


def reads_well(found: experiment.Finding) -> None:
    """The rules of an answer and of a story, in both languages; the figure can be drawn."""
    assert answer.faults(found.reading) == []
    for lang in ("en", "zh"):
        text = story.story(found, lang)
        assert len(answer.numbers(text)) <= answer.STORY_NUMBERS, answer.numbers(text)
        assert lang == "zh" or len(text.split()) <= answer.STORY_WORDS, len(text.split())
    assert found.draw().axes


@pytest.mark.parametrize(
    ("word", "said"),
    [("program.cashback.audience=everyone", "audience"), ("program.targeting.holdout=0", "holdout"),
     ("experiment.ratio_low=20", "ratio_low")],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(word, said):
    """Before anything is run, with the key."""
    with pytest.raises(ConfigError, match=said):
        targeting.check(plan(word))
    world = plan().world
    program = {name: terms for name, terms in world.focal_firm.program.items() if name != "cashback"}
    bare = replace(world, firms={**world.firms, "a": replace(world.focal_firm, program=program)})
    with pytest.raises(ConfigError, match="cashback"):
        targeting.check(replace(plan(), world=bare))


def test_the_committed_answer_follows_from_its_runs():
    """Stories and table again from runs.csv, byte by byte; the card is that of the block; under a megabyte."""
    folder, made = ROOT / "results" / "targeting", experiment.plan("targeting", Targeting, [])
    found = targeting.told(made, pd.read_csv(folder / "runs.csv"))
    assert csv(found.table) == (folder / "table.csv").read_text("utf-8")
    assert story.story(found) == (folder / "story.md").read_text("utf-8")
    assert story.story(found, "zh") == (folder / "story.zh.md").read_text("utf-8")
    assert set(found.verdicts) == set(made.settings.claims)
    assert assumed.card(made.settings) in (folder / "summary.json").read_text("utf-8")
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1_000_000
