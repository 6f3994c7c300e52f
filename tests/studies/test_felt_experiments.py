"""Satisfaction is not loyalty, recovery: counts against the books, controls that must do nothing, both outcomes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from experiments import recovery
from experiments import satisfaction_is_not_loyalty as loyalty

from loyaltysim.market.model import Market
from loyaltysim.present import story
from loyaltysim.runs.files import csv
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies import experiment

ROOT = Path(__file__).parents[2]


pytestmark = pytest.mark.usefixtures("quiet")


FEW = {"compute.processes": "1", "customers.n": "120", "weeks": "156"}


def small(name: str, vocabulary, words) -> experiment.Plan:
    """The experiment with few customers and weeks, or with the words that say otherwise."""
    said = FEW | dict(word.split("=", 1) for word in words)
    return experiment.plan(name, vocabulary, [f"{key}={value}" for key, value in said.items()])


def loyalty_plan(*words: str, **settings) -> loyalty.Plan:
    made = small("satisfaction_is_not_loyalty", loyalty.Satisfaction, words)
    return replace(made, settings=replace(made.settings, **settings))


def recovery_plan(*words: str, **settings) -> recovery.Plan:
    made = small("recovery", recovery.Recovery, words)
    return replace(made, settings=replace(made.settings, **settings))


# --- satisfaction is not loyalty ---


def test_tenths_are_equal_and_in_order():
    """Twenty customers, feelings 0 to 19: two a tenth, means 0.5, 2.5 ...; who feels more is kept here."""
    t = loyalty.tenths(np.arange(20.0)[::-1], np.arange(20)[::-1] >= 10)
    assert t.n.to_list() == [2] * 10 and t.feeling.to_list() == [2 * k + 0.5 for k in range(10)]
    assert t.kept.to_list() == [0.0] * 5 + [1.0] * 5


def test_decisions_are_those_of_the_books():
    """Every renewal from the first week on is noted once; kept = renewed less lost and left; to the customer."""
    arm = loyalty.arms(loyalty_plan("experiment.begins=60"))["telecom/cost 0"]
    rows = loyalty.keep((arm, 3))
    book = Market(arm.world, 3).run().weekly.query("week >= 60")
    assert rows.n.sum() == book.renewals.sum()
    assert (rows.n * rows.kept).sum() == pytest.approx(book.renewals.sum() - book.lost.sum() - book.exited.sum())


def test_satisfaction_is_that_of_the_decision():
    """Known answer: where it is worth very much, the least satisfied tenth leaves and the most satisfied one stays."""
    arm = loyalty.arms(loyalty_plan("behaviour.experience.premium=2", "customers.price_sensitivity=60"))[
        "bank/cost 0.8"
    ]
    rows = loyalty.keep((arm, 3))
    assert rows.kept.iloc[0] < 0.1 and rows.kept.iloc[-1] > 0.9 and rows.feeling.is_monotonic_increasing


def test_who_is_gone_after_the_offer_is_in_the_books():
    """Within a year each customer decides once: those who left = lost and left at all firms but the cheap one."""
    arm = loyalty.arms(loyalty_plan())["bank/persons/valued/offer"]
    assert arm.discount == 0.2 and arm.begins == 104
    rows = loyalty.keep((arm, 3))
    offers = [
        {k: loyalty.Offer(p if k == "b" else 1.0, 1.0, loyalty.complete(f.program)) for k, f in arm.world.firms.items()}
        for p in (1.0, 0.8)
    ]
    book = Market(arm.world, 3, offers=[offers[0]] * 104 + [offers[1]] * 52).run().weekly
    gone = book[(book.week >= 104) & (book.firm != "b")]
    held = book[(book.week == 103) & (book.firm != "b")].customers.sum()
    assert rows.n.sum() == held
    assert (rows.n * (1.0 - rows.kept)).sum() == pytest.approx(gone.lost.sum() + gone.exited.sum())


def test_an_idle_bond_moves_nobody():
    """The control: whatever builds bonds that are worth nothing, as many stay; the bonds themselves do differ."""
    built, bare = (
        loyalty.keep((loyalty.arms(loyalty_plan(bonds=(text,)))["bank/alike/idle/offer"], 3))
        for text in ("program.recognition.effect=0.2", "program.recognition.effect=0")
    )
    assert (built.n * built.kept).sum() == pytest.approx((bare.n * bare.kept).sum())
    assert built.feeling.max() > 0.0 == bare.feeling.max()


def test_curvature_by_hand():
    """Groups of three, four and three tenths at 1, 2, 4 with .2, .4, .5 kept: slopes .2 and .05, change -.15."""
    groups = [0, 0, 0, 1, 1, 1, 1, 2, 2, 2]
    rows = pd.DataFrame({"tenth": range(10), "n": 5, "group": "all", "world": "w", "r": 0.3, "seed": 1})
    rows["feeling"], rows["kept"] = np.array([1.0, 2.0, 4.0])[groups], np.array([0.2, 0.4, 0.5])[groups]
    found = loyalty.Reader(pd.concat([rows, rows.assign(seed=2)])).curve("w")
    assert (found["slope"], found["curvature"]) == pytest.approx((0.125, -0.15))
    assert (found["retention"], found["r"]) == pytest.approx((0.37, 0.3))


@pytest.fixture(scope="module")
def loyalty_table() -> pd.DataFrame:
    """Small runs in settings that any user may choose: satisfaction and bonds worth twice what is committed."""
    made = loyalty_plan(
        "customers.n=3000", "seeds=5", "weeks=312", "behaviour.experience.premium=0.8", industries=("telecom",),
        worth=0.6, costs=(0.0, 0.8, 1.2),
    )  # fmt: skip
    runs = [
        loyalty.keep((arm, seed)).assign(world=name, seed=seed)
        for name, arm in loyalty.arms(made).items() for seed in range(1, 6)
    ]  # fmt: skip
    return loyalty.table(made, pd.concat(runs, ignore_index=True)).set_index("arm")


def test_the_curve_can_bend_either_way(loyalty_table):
    """Not wired: convex in a telecom market where changing is free, concave where it is dear; captive it is flat."""
    assert loyalty_table.verdict["cost 0"] == "supported"
    assert loyalty_table.verdict["cost 1.2"] == "refuted"
    assert loyalty_table.verdict["cost 10"] == "supported"


def test_the_bond_can_make_the_difference_or_not(loyalty_table):
    """S4-08 as it is said holds in both settings; that the bond does it, only where people attach differently."""
    assert (loyalty_table.verdict[["persons", "alike"]] == "supported").all()
    assert loyalty_table.verdict_bond["persons"] == "supported"
    assert loyalty_table.verdict_bond["alike"] in ("refuted", "inconclusive")
    assert loyalty_table.by_bond_low["persons"] > loyalty_table.by_bond_high["alike"]


# --- recovery ---


def test_answers_are_counted_and_paid_for():
    """Dearer answers change neither how many there are nor what they gain; each is a cost of the leader."""
    found = []
    for cost in (1, 3):
        arm = recovery.arms(recovery_plan(f"experiment.cost={cost}"))["bank/often"]
        found.append(recovery.keep((arm, 3)))
    assert found[0] == found[1] and found[0]["answers"] > 20
    silent, answered = (Market(world, 3).run().weekly.query("firm == 'a'") for world in arm[:2])
    assert answered.recovery.sum() == 300 * found[1]["answers"] > 0 == silent.recovery.sum()
    assert found[1]["gain"] == answered.profit.sum() - silent.profit.sum() + answered.recovery.sum()


def test_what_is_undone_keeps_most_and_silence_least():
    """Same people, same luck, no paradox: each step up in satisfaction can only keep more; the answer pleases."""
    runs = recovery.keep((recovery.arms(recovery_plan("customers.n=400"))["telecom/severe"], 3))
    assert runs["felt_silent"] < runs["felt_answered"] < runs["felt_undone"]
    assert runs["kept_silent"] <= runs["kept_answered"] <= runs["kept_undone"] <= runs["touched"]
    assert runs["touched"] > 10


NOTHING = ("program.service.recovery=1", "program.service.recovery_quality=0")


@pytest.mark.parametrize(
    ("words", "settings"), [(["behaviour.experience.premium=0"], {}), ([], {"answer": NOTHING})]
)  # fmt: skip
def test_answers_that_move_nobody_gain_nothing(words, settings):
    """Known answer 0: satisfaction worth nothing, or answers that make nothing good."""
    runs = recovery.keep((recovery.arms(recovery_plan(*words, **settings))["bank/often"], 3))
    assert runs["gain"] == 0.0 and runs["kept_answered"] == runs["kept_silent"] and runs["answers"] > 20


def test_break_even_by_hand():
    """Gains of 400 and 200 cents by 2 answers each: 1.50; at a cost of 1 the net is 200 of a profit of 8000 cents."""
    runs = pd.DataFrame({
        "world": "w", "seed": [1, 2], "touched": 4.0, "kept_silent": 1.0, "kept_answered": 2.0, "kept_undone": 3.0,
        "felt_silent": -4.0, "felt_answered": -2.0, "felt_undone": 0.0, "felt2": 1.0, "gain": [400.0, 200.0],
        "answers": 2.0, "base": 4000.0,
    })  # fmt: skip
    row = recovery.row_of(recovery_plan(), runs)
    assert (row["break_even"], row["profit"]) == pytest.approx((1.5, 0.025))
    assert (row["kept"], row["paradox_kept"], row["retention"]) == pytest.approx((0.25, -0.25, 0.75))
    assert (row["felt"], row["paradox_felt"], row["felt_sd"]) == pytest.approx((0.5, -0.5, 0.5))


def test_the_size_of_a_study():
    """Textbook: half a standard deviation needs 63 a group for 80 % power at 5 % (normal approximation 62.8)."""
    assert recovery.needed(0.5, 1.0) == pytest.approx(62.8, abs=0.05)
    assert recovery.needed(0.0, 1.0) == np.inf


@pytest.fixture(scope="module")
def recovery_table() -> pd.DataFrame:
    """Small runs in settings that any user may choose: failures severe, satisfaction worth much."""
    made = recovery_plan(
        "customers.n=2000", "seeds=5", "weeks=260", "behaviour.experience.premium=0.6",
        "behaviour.experience.failure=0.1", industries=("bank",),
    )  # fmt: skip
    chosen = tuple(x for x in made.settings.switches if x.name in ("usual", "impatient", "paradox"))
    made = replace(made, settings=replace(made.settings, switches=chosen))
    runs = [
        {"world": name, "seed": seed, **recovery.keep((arm, seed))}
        for name, arm in recovery.arms(made).items() for seed in range(1, 6)
    ]  # fmt: skip
    return recovery.table(made, pd.DataFrame(runs)).set_index("switch")


def test_answers_can_pay_or_not(recovery_table):
    """Not wired: they pay as assumed and do not where customers do not wait for them."""
    assert recovery_table.pays["usual"] == "supported"
    assert recovery_table.pays["impatient"] == "refuted"


def test_the_paradox_is_off_unless_it_is_put_in(recovery_table):
    """Answered customers stay less than undone ones; under a strong paradox, more."""
    assert recovery_table["S3-59"]["usual"] == "refuted"
    assert recovery_table["S3-59"]["paradox"] == "supported"


# --- both ---


@pytest.mark.parametrize(
    ("make", "module", "words"),
    [
        (loyalty_plan, loyalty, "experiment.industries=[grocery]"),
        (loyalty_plan, loyalty, "weeks=120"),
        (loyalty_plan, loyalty, "experiment.usual=0.7"),
        (recovery_plan, recovery, "experiment.industries=[grocery]"),
        (recovery_plan, recovery, "behaviour.experience.voice=0"),
    ],
)
def test_worlds_that_cannot_answer_are_refused(make, module, words):
    """Nobody decides, nobody complains, nothing to compare with: said before anything runs."""
    with pytest.raises(ConfigError):
        module.check(make(words))


@pytest.mark.parametrize("module", [loyalty, recovery])
def test_the_committed_result_follows_from_its_runs(module):
    """Story and table again from runs.csv, byte by byte."""
    name = module.__name__.rpartition(".")[2]
    vocabulary = {loyalty: loyalty.Satisfaction, recovery: recovery.Recovery}[module]
    folder = ROOT / "results" / name
    found = module.told(experiment.plan(name, vocabulary, []), pd.read_csv(folder / "runs.csv"))
    assert csv(found.table) == (folder / "table.csv").read_text("utf-8")
    assert story.story(found) == (folder / "story.md").read_text("utf-8")
