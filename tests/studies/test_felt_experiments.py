"""Satisfaction is not loyalty, recovery: counts against the books, controls, verdicts by hand, words that turn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from experiments import recovery
from experiments import satisfaction_is_not_loyalty as loyalty

from loyaltysim.configure.evidence import read_rows
from loyaltysim.market.model import Market
from loyaltysim.measures.statistics import Estimate
from loyaltysim.measures.verdict import Verdict
from loyaltysim.present import answer, story
from loyaltysim.runs.files import csv
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.scenario.said import speaking
from loyaltysim.studies import assumed, experiment, redrawn
from tests.fonts import can_write_chinese

ROOT = Path(__file__).parents[2]


pytestmark = pytest.mark.usefixtures("quiet")


FEW = {"compute.processes": "1", "customers.n": "120", "weeks": "156"}
INDUSTRIES = ("bank", "telecom")


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


# --- what is assumed ---


def test_judged_seeds_were_not_explored():
    """No world of a committed run has a seed of the range on which sizes were chosen; the card is that of the block."""
    for name, vocabulary in (("recovery", recovery.Recovery), ("satisfaction_is_not_loyalty", loyalty.Satisfaction)):
        made = experiment.plan(name, vocabulary, [])
        last = made.world.seed + max(made.settings.worlds, redrawn.OTHER_LUCK + made.world.seeds)
        assert not set(range(1, 201)) & set(range(made.world.seed, last))
        other = replace(made.settings, margin=0.9)
        assert assumed.card(made.settings) != assumed.card(other) and len(assumed.card(other)) == 64


def test_no_size_is_drawn_that_cannot_act():
    """Rewards, rivals' copying and joining act nowhere here, so they are held; its own line goes before the table's."""
    for module, made in ((recovery, recovery_plan()), (loyalty, loyalty_plan())):
        keys = [row.key for row in module.sizes_of(made)]
        assert len(keys) == len(set(keys)) and "behaviour.experience.premium" in keys
        assert not [key for key in keys if key.startswith(("rivals", "program.membership")) or "reward" in key]
        assert all(redrawn.called(key, module.sizes_of(made)).zh for key in keys)
    own = ["behaviour.bond.premium: {uniform: [0.2, 0.3], source: assumed, words: worth, chinese: 价值}"]
    rows = redrawn.sizes(loyalty.bases(loyalty_plan())["bank"], own, (), "mine")
    assert next(row for row in rows if row.key == "behaviour.bond.premium") == read_rows(own[0], "mine")[0]


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [(-0.004, 0.004, "practically nil"), (0.001, 0.02, "supported"), (-0.02, -0.001, "refuted"),
     (-0.02, 0.02, "inconclusive"), (None, None, "cannot judge")],
)  # fmt: skip
def test_more_or_less_by_hand(low, high, word):
    """Within half a renewal in a hundred nobody would act; else by the side of 0."""
    assert redrawn.more_or_less(Estimate(0.0, low, high, 0.95, "", 1), 0.005).word == word


def test_what_carries_a_number_is_named_only_where_it_does():
    """A size that orders the worlds is named; noise beside it is not, nor is anything where the number stands still."""
    luck = np.random.default_rng(1)
    rows = pd.DataFrame({"a": np.arange(48.0), "b": luck.random(48), "y": np.arange(48.0) ** 3, "flat": 1.0})
    assert redrawn.carrier(rows, ["a", "b"], "y") == "a"
    assert redrawn.carrier(rows, ["b"], "y") == redrawn.carrier(rows, ["a", "b"], "flat") == ""


# --- satisfaction is not loyalty ---


def bank(*words: str, **settings) -> Scenario:
    """The market of banks in which all firms recognise their customers."""
    return loyalty.bases(loyalty_plan(*words, **settings))["bank"]


def test_tenths_are_equal_and_in_order():
    """Twenty customers, feelings 19 down to 0: two a tenth."""
    assert loyalty.tenths(np.arange(20.0)[::-1]).tolist() == [k // 2 for k in range(20)][::-1]


def test_decisions_are_those_of_the_books():
    """Every renewal from the first week on counts once: the share that leaves is that of the ledger."""
    world = bank()
    r, calm = loyalty.decisions(world, 60, 3)
    run = Market(world, 3, offers=[loyalty.offered(world, 1.0)] * world.weeks).run()
    book = run.weekly.query("week >= 60")
    assert calm == pytest.approx((book.lost.sum() + book.exited.sum()) / book.renewals.sum())
    assert -1.0 <= r <= 1.0


def test_satisfaction_is_that_of_the_decision():
    """Known answer: where it is worth very much, it goes with staying; where it is worth nothing, it does not."""
    much = bank("behaviour.experience.premium=2", "customers.price_sensitivity=60")
    assert loyalty.decisions(much, 60, 3)[0] > 0.5
    assert abs(loyalty.decisions(bank("behaviour.experience.premium=0.000000001"), 60, 3)[0]) < 0.2


def test_who_is_gone_after_the_offer_is_in_the_books():
    """Within a year each customer decides once: who was asked is half of those of the firms but the cheap one."""
    world = bank("customers.n=400")
    asked = loyalty.poached(world, 104, 0.2, 3)
    offers = [loyalty.offered(world, price) for price in (1.0, 0.8)]
    assert {name for name, offer in offers[1].items() if offer.price == 0.8} == {"b"} == {loyalty.rival_of(world)}
    book = Market(world, 3, offers=[offers[0]] * 104 + [offers[1]] * 52).run().weekly
    gone = book[(book.week >= 104) & (book.firm != "b")]
    held = book[(book.week == 103) & (book.firm != "b")].customers.sum()
    assert held / 2 <= len(asked) < held and asked.who.is_unique
    assert 0 < (1.0 - asked.kept).sum() <= gone.lost.sum() + gone.exited.sum()


def test_an_idle_bond_moves_nobody():
    """The control: whatever builds bonds that are worth nothing, as many stay."""
    built, bare = (
        loyalty.poached(loyalty.priced(bank(bonds=(text,)), loyalty.BONDS["idle"]), 104, 0.2, 3)
        for text in ("program.recognition.effect=0.2", "program.recognition.effect=0.000000001")
    )
    assert set(built.who[built.kept == 1.0]) == set(bare.who[bare.kept == 1.0]) and len(built) == len(bare)


def test_the_gap_by_hand():
    """Ten customers, one a tenth; two of the three least attached leave, one of the three most: a third."""
    asked = pd.DataFrame({"who": range(10), "tenth": range(10), "kept": [0, 0, 1, 1, 1, 1, 1, 1, 1, 0]})
    parts = loyalty.gap(asked)
    assert parts.sum() == pytest.approx(1.0 / 3.0)
    assert loyalty.of_luck(parts) == pytest.approx(np.sqrt(3.0) / 3.0)
    assert loyalty.of_luck(parts.sub(parts, fill_value=0.0)) == 0.0


def test_the_bend_is_the_logistics_by_the_rule_of_renewal():
    """At one chance of leaving, retention is a logistic: bend by hand, up below one half and down above it."""
    world = bank("behaviour.renewal.a=300000", "behaviour.renewal.b=700000", "behaviour.renewal.exit_share=0")
    s = loyalty_plan(usual=0.0, costs=(-1.0, 1.0)).settings
    move = world.customers.price_sensitivity * world.behaviour["experience"].premium

    def kept(feeling: float, lock: float) -> float:
        return 1.0 / (1.0 + 3.0 / 7.0 * np.exp(-move * feeling - world.customers.price_sensitivity * lock))

    found = loyalty.bends(world, s)
    for k, lock in enumerate(s.costs):
        assert found[f"stay{k}"] == pytest.approx(kept(0, lock), rel=1e-3)
        assert found[f"bend{k}"] == pytest.approx(kept(-1, lock) + kept(1, lock) - 2 * kept(0, lock), rel=2e-2)
    assert found["stay0"] < 0.5 < found["stay1"] and found["bend0"] > 0.0 > found["bend1"]


@pytest.mark.parametrize(
    ("bends", "stays", "word"),
    [((1, -1), (0.3, 0.8), "wired"), ((1, 1), (0.3, 0.8), "supported"), ((-1, -1), (0.3, 0.8), "refuted"),
     ((-1, 1), (0.3, 0.8), "depends")],
)  # fmt: skip
def test_the_curve_is_wired_only_where_its_bend_goes_with_the_half_that_stays(bends, stays, word):
    """Both signs, each where the rule says: wired. One sign everywhere, or signs elsewhere: something else decides."""
    rows = pd.DataFrame({"industry": ["bank"] * 5, "bend0": bends[0], "bend1": bends[1]})
    rows = rows.assign(stay0=stays[0], stay1=stays[1])
    found = loyalty.of_the_curve(loyalty_plan(), rows)
    assert found.word == word
    assert word != "wired" or ("up with banks, switching cost 0" in found.why and "down with banks" in found.why)


def loyalty_runs(gap: float, idle: float, noise: float = 0.001, luck: int = 8) -> pd.DataFrame:
    """Runs by hand: 24 worlds and others with other luck, in which so many more leave with and without the bond."""
    rows, random = [], np.random.default_rng(1)
    for at in [*range(24), *range(10_000, 10_000 + luck)]:
        row = {"at": at, "kind": redrawn.WORLD if at < 24 else redrawn.LUCK}
        row["behaviour.bond.premium"] = random.random()
        for i in INDUSTRIES:
            for name, value in (("gap", gap), ("idle", idle), ("by_bond", gap - idle)):
                row |= {f"{i}/{name}": value + noise * random.normal(), f"{i}/{name}_error": noise}
            row |= {f"{i}/{bond}{k}": 0.3 - 0.02 * k for bond in loyalty.BONDS for k in range(10)}
            row |= {f"{i}/r": 0.1, f"{i}/calm": 0.2}
            row |= {f"{i}/stay0": 0.2, f"{i}/bend0": 0.01, f"{i}/stay1": 0.8, f"{i}/bend1": -0.01}
        rows.append(row)
    return pd.DataFrame(rows)


SAID = {  # gap, of it without the bond: verdict, words of the first line in English and Chinese, and of the second
    (0.06, 0.00): ("supported", "it is the bond that holds", "正是纽带", "the gap is gone"),
    (0.06, 0.06): ("supported", "the bond itself hardly holds", "不是纽带本身", "who stay anyway"),
    (0.00, 0.00): ("refuted", "about as often", "流失得差不多", "the gap is gone"),
    (-0.06, 0.0): ("refuted", "about as often", "流失得差不多", "the gap is gone"),
}


@pytest.mark.parametrize(("gap", "idle"), SAID)
def test_the_words_of_satisfaction_turn_with_the_numbers(gap, idle):
    """Gap and control turned in the saved table: first line and second say so in both languages, within the rules."""
    word, english, chinese, second = SAID[gap, idle]
    found = loyalty.told(loyalty_plan(), loyalty_runs(gap, idle))
    assert found.verdicts["S4-08"].word == word and found.verdicts["S2-09"].word == "wired"
    assert english in found.reading.first.en and chinese in found.reading.first.zh
    assert second in found.reading.second.en
    reads_well(found)


def test_satisfaction_says_when_it_cannot_tell():
    """Errors wider than the gap, and too few runs of luck."""
    found = loyalty.told(loyalty_plan("seeds=2"), loyalty_runs(0.02, 0.0, noise=0.05, luck=2))
    assert found.verdicts["S4-08"].word == "inconclusive"
    assert "cannot tell" in found.reading.first.en and "说不准" in found.reading.first.zh
    assert str(answer.TOO_FEW.en) in found.reading.sure.en
    reads_well(found)


def test_a_bond_that_holds_nobody_is_said_though_the_gap_is_open():
    """The gap cannot be told, what the bond makes of it can: nothing."""
    runs = loyalty_runs(0.02, 0.02, noise=0.05)
    for i in INDUSTRIES:
        runs[f"{i}/by_bond"], runs[f"{i}/by_bond_error"] = 0.0, 0.001
    found = loyalty.told(loyalty_plan(), runs)
    assert "by itself holds hardly any" in found.reading.first.en and "本身几乎留不住" in found.reading.first.zh
    assert found.numbers["because_of_the_bond"]["word"] == "refuted"
    reads_well(found)


def reads_well(found: experiment.Finding) -> None:
    """The rules of an answer and of a story, in both languages; the figure can be drawn in both."""
    assert answer.faults(found.reading) == []
    for lang in ("en", "zh"):
        told = story.story(found, lang)
        assert len(answer.numbers(told)) <= answer.STORY_NUMBERS, answer.numbers(told)
        assert lang == "zh" or len(told.split()) <= answer.STORY_WORDS
        with speaking(lang):
            assert (lang == "zh" and not can_write_chinese()) or found.draw().axes


# --- recovery ---


def four(*words: str, industry: str = "bank", **settings):
    """The four worlds of an industry."""
    made = recovery_plan(*words, **settings)
    return recovery.four(recovery.bases(made)[industry], made.settings.paradox)


OFTEN = "behaviour.experience.failure=0.2"


def test_answers_are_counted_and_paid_for():
    """Dearer answers change neither how many there are nor what they gain; each is a cost of the leader."""
    found, arms = [], ()
    for cost in (1, 3):
        arms = four(OFTEN, f"experiment.cost={cost}")
        found.append(recovery.keep((arms, 3)))
    assert found[0] == found[1] and found[0]["answers"] > 20
    silent, answered = (Market(world, 3).run().weekly.query("firm == 'a'") for world in arms[:2])
    assert answered.recovery.sum() == 300 * found[1]["answers"] > 0 == silent.recovery.sum()
    assert found[1]["gain"] == answered.profit.sum() - silent.profit.sum() + answered.recovery.sum()


def test_what_is_undone_pleases_most_and_silence_least():
    """Same people, same luck: the answer pleases, undoing pleases more; with the paradox an answer pleases most."""
    words = ("customers.n=400", "behaviour.experience.severity=4", "behaviour.experience.premium=0.2")
    runs = recovery.keep((four(*words, industry="telecom", paradox=2.0), 3))
    assert runs["felt_silent"] < runs["felt_answered"] < runs["felt_undone"] < runs["felt_paradox"]
    assert runs["touched"] > 10


def test_where_only_surprise_counts_answers_can_lose():
    """Not wired: who expects little is pleased later, so the answered may be less satisfied at their renewal."""
    felt = []
    for surprise in (0, 1):
        words = (OFTEN, "customers.n=400", f"behaviour.experience.disconfirmation={surprise}")
        runs = recovery.keep((four(*words), 3))
        felt.append((runs["felt_answered"] - runs["felt_silent"]) / runs["touched"])
    assert felt[1] < felt[0] / 2.0


NOTHING = ("program.service.recovery=1", "program.service.recovery_quality=0")


@pytest.mark.parametrize(
    ("words", "settings"), [(["behaviour.experience.premium=0"], {}), ([], {"answer": NOTHING})]
)  # fmt: skip
def test_answers_that_move_nobody_gain_nothing(words, settings):
    """Known answer 0: satisfaction worth nothing, or answers that make nothing good."""
    runs = recovery.keep((four(OFTEN, *words, **settings), 3))
    assert runs["gain"] == 0.0 and runs["kept_answered"] == runs["kept_silent"] and runs["answers"] > 20
    assert runs["turned_kept"] == 0.0


def recovery_runs(kept: float, plain: float, strange: float, felt: float = 0.1, luck: int = 8) -> pd.DataFrame:
    """Runs by hand: of 20,000 marked renewals so many more in each contrast, 24 worlds and others with other luck."""
    rows, random, n = [], np.random.default_rng(1), 20_000.0
    for at in [*range(24), *range(10_000, 10_000 + luck)]:
        row = {"at": at, "kind": redrawn.WORLD if at < 24 else redrawn.LUCK}
        row["behaviour.experience.premium"] = random.random()
        for i in INDUSTRIES:
            answered = 0.8 * n
            ends = {"silent": answered - kept * n, "answered": answered, "undone": answered - plain * n}
            ends["paradox"] = ends["undone"] + strange * n
            row |= {f"{i}/kept_{arm}": x for arm, x in ends.items()}
            row |= {f"{i}/felt_{arm}": felt * n * k for k, arm in enumerate(ends)}
            turned = {"kept": kept, "plain": plain, "strange": strange}
            row |= {f"{i}/turned_{name}": abs(x) * n for name, x in turned.items()}
            row |= {f"{i}/touched": n, f"{i}/felt2": n, f"{i}/gain": 40_000.0, f"{i}/answers": 200.0}
        rows.append(row)
    return pd.DataFrame(rows)


def test_the_contrasts_by_hand():
    """Kept 2 points more, 1 less than undone; 400 differ of 20,000: error .001; 400 money for 200 answers: 2 each."""
    row = recovery.read(recovery_plan(), recovery_runs(0.02, -0.01, 0.0)).iloc[0]
    assert (row.kept, row.plain, row.strange) == pytest.approx((0.02, -0.01, 0.0))
    assert (row.kept_error, row.worth, row.kept_felt) == pytest.approx((0.001, 2.0, 0.1))
    assert (row.retention, row.felt_sd) == pytest.approx((0.81, np.sqrt(1.0 - 0.2**2)))


def test_break_even_is_arithmetic():
    """Another cost changes what is compared and no verdict: it is named so, and judges no row."""
    found = recovery.told(recovery_plan(), recovery_runs(0.02, -0.01, 0.02))
    dear = recovery.told(recovery_plan("experiment.cost=9"), recovery_runs(0.02, -0.01, 0.02))
    assert found.numbers["break_even"]["word"] == "arithmetic" and found.verdicts == dear.verdicts
    assert "an assumed 9" in dear.numbers["break_even"]["why"] and set(found.verdicts) == {"S1-09", "S3-59"}
    assert found.numbers["card"] != dear.numbers["card"]


@pytest.mark.parametrize(
    ("plain", "strange", "word"),
    [
        ("refuted", "supported", "wired"),
        ("practically nil", "supported", "wired"),
        ("supported", "supported", "supported"),
        ("refuted", "refuted", "refuted"),
        ("practically nil", "practically nil", "practically nil"),
        ("refuted", "inconclusive", "refuted"),
    ],
)
def test_a_paradox_that_is_put_in_is_no_finding(plain, strange, word):
    """Only where it is put in: wired; with and without alike: as found."""
    assert recovery.of_the_paradox(Verdict(plain, ""), Verdict(strange, "")).word == word


def test_the_size_of_a_study():
    """Textbook: half a standard deviation needs 63 a group for 80 % power at 5 % (normal approximation 62.8)."""
    assert recovery.needed(0.5, 1.0) == pytest.approx(62.8, abs=0.05)
    assert recovery.needed(0.0, 1.0) == np.inf


TOLD = {  # contrasts: verdicts, words of the first line in English and Chinese, of the second
    (0.02, -0.01, 0.02): ("supported", "wired", "keeps customers: 2.0 more", "能留住客户", "only where we put it in"),
    (-0.02, -0.01, -0.01): ("refuted", "refuted", "loses customers: 2.0 fewer", "反而失去客户", "stay less"),
    (0.0, 0.0, 0.0): ("practically nil", "practically nil", "keeps hardly any", "几乎留不住", "about as much"),
    (0.02, 0.02, 0.02): ("supported", "supported", "keeps customers", "能留住客户", "stay even more"),
    (0.0051, -0.0051, 0.005): ("inconclusive", "inconclusive", "cannot tell", "说不准", "cannot be told"),
}


@pytest.mark.parametrize("contrasts", TOLD)
def test_the_words_of_recovery_turn_with_the_numbers(contrasts):
    """Arms swapped in the saved table: first line and second turn in both languages, or say they cannot tell."""
    kept, paradox, english, chinese, second = TOLD[contrasts]
    runs = recovery_runs(*contrasts)
    if kept == "inconclusive":  # so few renewals that the interval holds 0 and more than the margin
        for i in INDUSTRIES:
            runs[[f"{i}/turned_{name}" for name in recovery.CONTRASTS]] = 1e5
    found = recovery.told(recovery_plan(), runs)
    assert (found.verdicts["S1-09"].word, found.verdicts["S3-59"].word) == (kept, paradox)
    assert english in found.reading.first.en and chinese in found.reading.first.zh
    assert second in found.reading.second.en
    reads_well(found)


def test_answers_that_annoy_are_not_said_to_please():
    """Nobody stays more and nobody is pleased: the first line says only the former."""
    pleased, annoyed = (
        recovery.told(recovery_plan(), recovery_runs(0, 0, 0, felt)).reading.first for felt in (0.1, -0.1)
    )
    assert "pleases" in pleased.en and "高兴" in pleased.zh
    assert "pleases" not in annoyed.en and "高兴" not in annoyed.zh


def test_too_few_runs_are_said():
    """Two runs of luck are no interval."""
    found = recovery.told(recovery_plan("seeds=2"), recovery_runs(0.02, 0.0, 0.0, luck=2))
    assert answer.TOO_FEW.en in found.reading.sure.en and answer.TOO_FEW.zh in found.reading.sure.zh


# --- both ---


@pytest.mark.parametrize(
    ("make", "module", "words"),
    [
        (loyalty_plan, loyalty, "experiment.industries=[grocery]"),
        (loyalty_plan, loyalty, "weeks=120"),
        (recovery_plan, recovery, "experiment.industries=[grocery]"),
        (recovery_plan, recovery, "behaviour.experience.voice=0"),
    ],
)
def test_worlds_that_cannot_answer_are_refused(make, module, words):
    """Nobody decides, nobody complains, no year of decisions: said before anything runs."""
    with pytest.raises(ConfigError):
        module.check(make(words))


@pytest.mark.parametrize("module", [loyalty, recovery])
def test_the_committed_result_follows_from_its_runs(module):
    """Stories and table again from runs.csv, byte by byte."""
    name = module.__name__.rpartition(".")[2]
    vocabulary = {loyalty: loyalty.Satisfaction, recovery: recovery.Recovery}[module]
    folder = ROOT / "results" / name
    found = module.told(experiment.plan(name, vocabulary, []), pd.read_csv(folder / "runs.csv"))
    assert csv(found.table) == (folder / "table.csv").read_text("utf-8")
    assert story.story(found) == (folder / "story.md").read_text("utf-8")
    assert story.story(found, "zh") == (folder / "story.zh.md").read_text("utf-8")
