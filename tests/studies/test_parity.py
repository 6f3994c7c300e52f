"""Parity: each claim by its own row, words that turn with the numbers, a control that can fail."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from experiments import parity

from loyaltysim.market.model import Market
from loyaltysim.measures.verdict import Verdict
from loyaltysim.present import story
from loyaltysim.present.answer import STORY_NUMBERS, STORY_WORDS, faults, numbers, screen
from loyaltysim.runs.files import csv
from loyaltysim.runs.pool import map_runs
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies import assumed

ROOT = Path(__file__).parents[2]
MADE = parity.EXPERIMENT.compose([]).plan
SWITCHES = [switch.name for switch in MADE.settings.switches]
LITTLE = {name: 0.05 for name in SWITCHES} | {"poor_copy": 0.65}


# --- tables made by hand ---


def phase(world: str) -> float:
    """Luck of a world's own; a switch that cannot move shares has that of the scenario."""
    switch, _, arm = world.rpartition("/")
    return len(arm.partition("_")[0]) + (0.0 if switch == "unequal_cost" else 0.1 * len(switch))


def table_of_runs(base: float, switches: dict[str, float], alone: float, noise: float, out: float) -> pd.DataFrame:
    """Runs whose ratios of left to gained are as said. out : profit of who stays out less that of who joins, percent"""
    gains = {"nobody": 0.0, "alone": alone, "at_once": 0.1 * alone, "left_out": -alone}
    gains |= {f"copied_{lag}": base * alone for lag in MADE.settings.lags}
    gains |= {f"with_{n}": alone * (1.0 + (base - 1.0) * n / 3.0) for n in (1, 2, 3)}
    gains |= {f"without_{n}": -alone * n / 3.0 for n in (1, 2, 3)}
    for name, left in switches.items():
        still = name == "unequal_cost"
        gains |= {f"{name}/nobody": 0.0, f"{name}/alone": alone}
        gains[f"{name}/copied"] = (base if still else left) * alone
    rows = []
    for world, gain in gains.items():
        for k in range(MADE.world.seeds):
            luck = 0.0 if world.endswith("nobody") else noise * math.cos(2.0 * k + phase(world))
            visits = round(1e8 * (0.4 + (gain + luck) / 100.0))
            row = {"world": world, "seed": MADE.world.seed + k, "visits": visits, "all_visits": 10**8}
            profit = {"nobody": 100.0, "at_once": 98.0, "left_out": 98.0 + out}.get(world, 99.0) + 0.01 * math.sin(k)
            row |= {"profit": round(1e6 * profit), "profit_rivals": round(1e6 * profit)}
            row |= {"visits_a": visits, "visits_b": 10**8 - visits, "half_life": np.nan}
            rows.append(row)
    return pd.DataFrame(rows)


def table_of_worlds(ratios: list[float]) -> pd.DataFrame:
    """Evidence worlds in which so much is left; how many cards people hold goes with it, something else does not."""
    rows = []
    for k, ratio in enumerate(ratios):
        row = {"customers.max_programs": round(8.0 - 5.0 * ratio, 3), "market.K": float((7 * k) % 11)}
        luck = [0.01 * math.cos(2.0 * run + k) for run in range(5)]
        row |= {f"alone_{run}": 0.4 for run in range(5)}
        rows.append(row | {f"left_{run}": 0.4 * (ratio + x) for run, x in enumerate(luck)})
    return pd.DataFrame(rows)


def lines() -> pd.DataFrame:
    """The figure's numbers, flat."""
    weeks = np.arange(-16, 104)
    frames = [pd.DataFrame({"line": line, "week": weeks}) for line in parity.NAMES]
    return pd.concat(frames, ignore_index=True).assign(value=0.3, low=0.2, high=0.4)


def joined(gain: tuple[float, float]) -> dict[str, pd.DataFrame]:
    """What the card of moving prices says. gain : interval of the share that one gains alone where all re-price"""
    prices = pd.DataFrame([{"regime": "fixed", "share_alone_low": 0.1, "share_alone_high": 0.2},
                           {"regime": "nash", "share_alone_low": gain[0], "share_alone_high": gain[1]}])  # fmt: skip
    rows = [{"row": row, "word": "depends", "why": "on prices"} for row in ("S3-08", "S3-09", "S3-10", "S3-69")]
    rows.append({"row": "answer", "word": "Where prices stay, firms pay.", "why": "价格不变时，企业买单。"})
    return {"prices": prices, "priced": pd.DataFrame(rows)}


def told(
    base=0.1,
    alone=0.34,
    noise=0.005,
    out=1.0,
    worlds=None,
    identity="identity",
    made=MADE,
    gain=(-0.05, -0.01),
    **switches,
):
    """The answer from tables made by hand."""
    runs = table_of_runs(base, {**LITTLE, **switches}, alone, noise, out)
    saved = joined(gain) | {
        "runs": runs,
        "identity": pd.DataFrame([{"purchases": 10, "verdict": identity, "why": ""}]),
        "worlds": table_of_worlds([0.05] * 20 if worlds is None else worlds),
        "sizes": pd.DataFrame(
            {
                "key": ["customers.max_programs", "market.K"],
                "words": ["how many cards", "K"],
                "chinese": ["能持有几张卡", "K"],
            }
        ),
    }
    return parity.told(made, saved, lines())


# --- words turn with the numbers ---

CASES = {
    "the card decides": dict(base=0.1, one_card=0.5),
    "the other way round": dict(base=0.5, one_card=0.1),
    "little is left either way": dict(base=0.1, one_card=0.1),
    "much is left either way": dict(base=0.5, one_card=0.6),
    "worse than before": dict(base=-0.5, one_card=0.1),
    "nothing to compete away": dict(alone=0.0, noise=0.01),
    "the flipped sign": dict(alone=-0.34),
    "too noisy to tell": dict(base=0.2, one_card=0.2, noise=0.06),
}  # fmt: skip


def test_each_table_has_its_own_first_line():
    """Arms swapped, signs flipped: the sentence turns in both languages, or says that it cannot tell."""
    said = {name: told(**case).reading.first for name, case in CASES.items()}
    for lang in ("en", "zh"):
        assert len({first[lang] for first in said.values()}) == len(CASES) - 1
    assert said["the flipped sign"] == said["nothing to compete away"]
    opened = {
        "the flipped sign": parity.NOTHING,
        "too noisy to tell": parity.UNTOLD,
        "worse than before": parity.BEHIND,
    }
    for name, words in opened.items():
        assert said[name].en.startswith(words.en) and said[name].zh.startswith(words.zh)
    assert all("fixed prices" in first.en and "re-price" in first.en for first in said.values())
    assert all("价格不变" in first.zh and "重新定价" in first.zh for first in said.values())


@pytest.mark.parametrize(
    ("gain", "words"),
    [
        ((-0.05, -0.01), "there is no gain"),
        ((0.01, 0.05), "a gain too"),
        ((-0.05, 0.01), "hardly a gain"),
        ((-0.05, 0.05), "no gain can be told"),
    ],
)
def test_the_first_line_names_the_regime_that_it_depends_on(gain, words):
    """Where firms re-price, the gain alone has another sign, or none: the second half of the sentence turns with it."""
    found = told(gain=gain).reading.first
    assert found.en.endswith(f"{words}.") and found.en.startswith("At fixed prices")


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_answer_keeps_the_rules(case):
    """No fault; the story within 200 words and 30 numbers in each language, its table within six rows."""
    found = told(**case, worlds=[0.05, 0.6] * 10, contracts=0.5, community=0.4, unnoticed=0.5, one_rival=0.6)
    assert faults(found.reading) == []
    assert len(found.reading.table.rows) <= 6
    assert screen(found.reading)
    for lang in ("en", "zh"):
        text = story.story(found, lang)
        assert len(numbers(text)) <= STORY_NUMBERS, numbers(text)
        assert len(re.findall(r"[A-Za-z][\w'-]*", text)) <= STORY_WORDS


def test_the_longest_names_fit():
    """The budget holds where the settings with the longest names turn it, and in the worlds some cannot be told."""
    long = sorted(MADE.settings.switches, key=lambda switch: -len(switch.label.split()))
    names = [switch.name for switch in long if switch.name not in ("one_card", "unequal_cost")][:3]
    found = told(one_card=0.5, worlds=[0.05, 0.6, 0.2] * 7, **dict.fromkeys(names, 0.6))
    text = story.story(found)
    assert "cannot tell" in text and all(switch.label in text for switch in long if switch.name in names)
    assert len(re.findall(r"[A-Za-z][\w'-]*", text)) <= STORY_WORDS and len(numbers(text)) <= STORY_NUMBERS


def test_what_turns_it_is_what_the_table_says():
    """Settings with the opposite verdict are named, the clearest first; none is claimed where one cannot be told."""
    found = told(contracts=0.5, one_rival=0.6).reading.second
    assert found.en == "Much also stays where only the largest rival copies or yearly contracts bind customers."
    assert found.zh == "在下列情形下也会留下不少：只有最大的对手模仿；年度合同绑定客户。"
    assert told().reading.second.en == "Nothing else that was tried turns it."
    assert told(contracts=0.2).reading.second.en == "Nothing else that was tried clearly turns it."
    assert told(base=0.5, contracts=0.5).reading.second.en.startswith("It is also taken where ")
    assert "more runs" in told(base=0.2).reading.second.en


def test_how_sure_is_said_over_worlds():
    """Worlds first; what carries them only where it is beyond luck; with few runs that they are too few."""
    split = told(worlds=[0.05, 0.6] * 10).reading.sure
    assert "little stays in 10 and much in 10" in split.en and "how many cards" in split.en
    assert "10 个留下很少，10 个留下不少" in split.zh and "能持有几张卡" in split.zh
    assert "No single size decides" in told(worlds=[0.05] * 20).reading.sure.en
    few = replace(MADE, world=replace(MADE.world, seeds=4))
    said = told(made=few)
    assert said.reading.sure == parity.TOO_FEW
    assert {said.verdicts[row].word for row in ("S3-05", "S3-07")} == {"cannot judge"}


def test_rows_that_move_with_prices_are_those_of_the_other_card():
    """S3-08, S3-09 and S3-10 are judged where prices move, and say where; its first line is the last sentence."""
    found = told()
    for row in ("S3-08", "S3-09", "S3-10"):
        assert found.verdicts[row] == Verdict("depends", "results/price_parity: on prices")
    assert "S3-69" not in found.verdicts and found.reading.assumed.en == "Where prices stay, firms pay."


def test_without_the_other_answer_it_says_what_to_run(tmp_path, monkeypatch):
    """The answer is joined from results/price_parity; where that is missing, the command is named."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"experiments/price_parity\.py"):
        parity.priced(MADE)


def test_the_title_is_that_of_the_lines():
    """With the words of the first line, in the language that is spoken."""
    title = told(one_card=0.5).draw().texts[0].get_text()
    assert title == parity.TITLES["supported", "refuted"].en
    assert told(base=0.5, one_card=0.6).draw().texts[0].get_text() == parity.TITLES["refuted", "refuted"].en
    assert told(base=0.2).draw().texts[0].get_text() == "What copying leaves of a first mover's gain"


def test_a_broken_identity_is_said():
    """The exact test can fail, and then the story says so."""
    assert "an identity" in told().caution.en and "恒等式" in told().caution.zh
    assert "does not hold" in told(identity="refuted").caution.en


# --- one verdict a row, by that row's criterion ---


def test_the_lead_is_judged_over_settings_and_worlds():
    """S3-07: supported everywhere; refuted by one setting, or by a fifth of the worlds: depends, and on what."""
    assert told().verdicts["S3-07"].word == "supported"
    one = told(one_card=0.5).verdicts["S3-07"]
    assert one.word == "depends" and "a single card fits the wallet" in one.why
    split = told(worlds=[0.05] * 15 + [0.6] * 5).verdicts["S3-07"]
    assert split.word == "depends" and "on how many cards" in split.why
    assert told(worlds=[0.05] * 16 + [0.6] * 4).verdicts["S3-07"].word == "supported"
    assert told(base=0.5, worlds=[0.6] * 20, **dict.fromkeys(SWITCHES, 0.5)).verdicts["S3-07"].word == "refuted"


def test_without_a_sound_control_nothing_is_judged():
    """Copies that are half as generous must be found to leave much; where they are not, no row could have failed."""
    assert told(poor_copy=0.65).verdicts["S3-07"].word == "supported"
    for left in (0.05, 0.2):
        assert told(poor_copy=left).verdicts["S3-07"].word == "cannot judge"


@pytest.mark.parametrize(
    ("effects", "word"),
    [
        ((1.0, 0.7, 0.4, 0.1), "supported"),
        ((1.0, 0.9, 0.8, 0.7), "refuted"),  # it falls, and much is left
        ((1.0, 1.0, 1.0, 1.0), "refuted"),
        ((0.1, 0.4, 0.7, 1.0), "refuted"),  # it rises
        ((1.0, 0.7, 0.4, 0.2), "inconclusive"),
    ],
)
def test_an_effect_weakens_by_hand(effects, word):
    """S3-05: with 0, 1, 2, 3 of three rivals; it falls and at most a fifth is left at the end."""
    wave = 0.02 * np.array([1.0, -1.0] * 6)
    assert parity.weakens([effect + np.roll(wave, k) for k, effect in enumerate(effects)], 0.2).word == word


def test_an_effect_has_two_meanings():
    """Against a market without programs it is gone, against staying out it is whole: that depends."""
    verdict = told().verdicts["S3-05"]
    assert verdict == Verdict("depends", "supported: against nobody having one; else refuted")


def test_a_switch_that_moves_no_purchase_is_no_setting():
    """It is named once and counted nowhere; one purchase makes it a setting."""
    found = told(contracts=0.5)
    assert found.table.set_index("row").verdict["unequal_cost"] == "not judged"
    assert "Where the leader's goods cost it less no share can move" in found.caution.en
    assert "先行者的进货成本更低" in found.caution.zh
    runs = table_of_runs(0.1, LITTLE, 0.34, 0.005, 1.0)
    runs.loc[runs.world == "unequal_cost/alone", "visits"] += 1
    assert parity.table(MADE, runs).set_index("row").kind["unequal_cost"] == "switch"


def test_the_size_that_goes_with_what_is_left():
    """Rank correlation -1 by hand, one without relation; worlds that cannot be judged are left out."""
    drawn = table_of_worlds([0.1 * k for k in range(10)])
    found = parity.judged_worlds(drawn, 0.2)
    sizes = parity.carriers(drawn, found).set_index("key")
    assert sizes.correlation["customers.max_programs"] == pytest.approx(-1.0) and sizes.p["customers.max_programs"] == 0
    assert sizes.p["market.K"] > 0.05
    odd = drawn.assign(alone_0=[-9.0, *drawn.alone_0[1:]])
    assert parity.judged_worlds(odd, 0.2).verdict[0] == "cannot judge"
    assert parity.turning(parity.carriers(drawn.head(0), found.head(0))) is None


def test_the_card_is_what_was_fixed_before_the_runs():
    """Its checksum changes with a criterion or a setting, not with the seeds; the seeds are not those of exploring."""
    found = told()
    assert found.numbers["card"] == assumed.card(MADE.settings)
    other = parity.EXPERIMENT.compose(["experiment.margin=0.25"]).plan
    more = parity.EXPERIMENT.compose(["seeds=11"]).plan
    assert assumed.card(other.settings) != assumed.card(MADE.settings) == assumed.card(more.settings)
    assert MADE.world.seed > 100_000


# --- worlds and runs ---


@pytest.fixture(scope="module")
def small() -> parity.Plan:
    """The experiment in a market of 300 customers."""
    return parity.EXPERIMENT.compose(["run=tiny", "compute.processes=1"]).plan


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    """Its folder."""
    folder = tmp_path_factory.mktemp("parity")
    assert parity.main(parity.EXPERIMENT, ["run=tiny", "compute.processes=1", f"out={folder}"]) == 0
    return folder


def test_identity_purchase_by_purchase(small):
    """Same money per unit everywhere, everyone enrolled: adding one amount to all utilities changes no choice.

    Before the launch the arms are one world; copied after some weeks, they are one world again from the copy on.
    """
    world = replace(small.changed(small.settings.identity), record=replace(small.world.record, log=True))
    found = parity.arms(world, (13,))
    logs = {name: Market(found[name], 5).run().log for name in ("nobody", "at_once", "copied_13")}
    assert len(logs["nobody"]) > 50_000
    pd.testing.assert_frame_equal(logs["nobody"], logs["at_once"])
    lead = logs["nobody"].week.between(52, 64)
    pd.testing.assert_frame_equal(logs["nobody"][~lead], logs["copied_13"][~logs["copied_13"].week.between(52, 64)])
    assert not logs["nobody"][lead].equals(logs["copied_13"][lead.to_numpy()])  # it can fail


def test_the_identity_needs_everyone_enrolled(small):
    """With customers who join one by one and lock-in, the same comparison finds purchases that differ."""
    own = parity.arms(small.world, ())
    purchases, different = parity.differences((own["nobody"], own["at_once"], 5))
    assert purchases > 50_000
    assert different > 0


def test_arms_differ_in_who_adopts_and_when(small):
    """Weeks with a program by firm: the leader from week 52, copies `lag` weeks later, nobody never."""
    short = replace(small.world, weeks=80, customers=replace(small.world.customers, n=5))
    first = {}
    for name, arm in parity.arms(short, (4, 13)).items():
        offers = Market(arm, 1).run().offers
        first[name] = [next((w for w, o in enumerate(offers) if o[f].program), None) for f in "abcd"]
    assert first["nobody"] == [None] * 4
    assert first["alone"] == [52, None, None, None]
    assert first["copied_4"] == [52, 56, 56, 56]
    assert first["copied_13"] == first["with_3"] == [52, 65, 65, 65]
    assert first["at_once"] == [52] * 4
    assert first["left_out"] == [None, 52, 52, 52]
    assert first["with_1"] == [52, 65, None, None] and first["without_2"] == [None, 65, 65, None]


def test_a_switch_brings_its_own_lag_and_copiers(small):
    """Contracts are copied after a year; only the largest rival copies."""
    found = parity.settings_of(small)
    assert parity.copying(found["contracts"][1]).lag == 52
    switch, world = found["one_rival"]
    copied = parity.three(world, switch.copiers)["copied"]
    assert [name for name in parity.rivals(world) if copied.firms[name].policy] == ["b"]


def test_half_life_by_hand():
    """Alone 1 from the start, the copy's gain falls by a tenth a week: the four-week mean is 0.5 in week 6.5."""
    alone, copied = np.ones(30), np.clip(1.0 - 0.1 * np.arange(30), 0.0, 1.0)
    assert parity.half_life(copied, alone, 3) == 7 - 3  # mean of weeks 4 to 7 is 0.45
    assert np.isnan(parity.half_life(alone, alone, 3))


def test_the_table_is_read_off_the_runs(tiny):
    """A cell computed here in another way: left points of `copied after 13 weeks` from runs.csv."""
    runs = pd.read_csv(tiny / "runs.csv")
    table = pd.read_csv(tiny / "table.csv").set_index("row")
    share = (runs.visits / runs.all_visits).groupby(runs.world).mean() * 100.0
    assert table.left_points["lag_13"] == pytest.approx(share["copied_13"] - share["nobody"], abs=1e-6)
    ratio = (share["copied_13"] - share["nobody"]) / (share["alone"] - share["nobody"])
    assert table.ratio["lag_13"] == pytest.approx(ratio, abs=1e-6)
    profit = runs.groupby("world").profit.mean()
    assert table.profit_leader["lag_13"] == pytest.approx(100 * (profit["copied_13"] / profit["nobody"] - 1), abs=1e-5)
    assert set(table.verdict[["at_once", "left_out", "unequal_cost"]]) == {"not judged"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["weeks=150"], "allowed 156 or more"),
        (["rivals=passive"], "rivals=imitate"),
        (["experiment.lags=[4]"], "the lag of the rivals, 13 weeks"),
    ],
)
def test_a_world_that_cannot_be_judged_is_refused(words, said):
    """Before anything runs."""
    with pytest.raises(ConfigError, match=said):
        parity.check(parity.EXPERIMENT.compose(words).plan)


# --- the committed result ---


SAVED = ("runs", "identity", "worlds", "sizes", "prices", "priced", "figure")


def committed() -> dict[str, pd.DataFrame]:
    """Its saved tables."""
    folder = ROOT / "results" / "parity"
    return {name: pd.read_csv(folder / f"{name}.csv") for name in SAVED}


def test_the_committed_parity_follows_from_its_runs():
    """Table and stories are made again from the saved tables, byte by byte."""
    folder, saved = ROOT / "results" / "parity", committed()
    found = parity.told(MADE, saved, saved.pop("figure"))
    assert csv(found.table) == (folder / "table.csv").read_text("utf-8")
    assert story.story(found) == (folder / "story.md").read_text("utf-8")
    assert story.story(found, "zh") == (folder / "story.zh.md").read_text("utf-8")
    assert faults(found.reading) == []


def test_no_finding_is_written_in_advance():
    """Runs in which copies take nothing away tell another story: all is left, refuted, in words and on the figure."""
    saved = committed()
    runs = saved["runs"]
    alone = runs.world.str.replace(r"copied(_\d+)?$", "alone", regex=True)
    same = runs.set_index(["world", "seed"]).visits.loc[list(zip(alone, runs.seed, strict=True))].to_numpy()
    found = parity.told(MADE, {**saved, "runs": runs.assign(visits=same)}, saved.pop("figure"))
    assert found.reading.first.en.startswith(parity.FIRST["refuted", "refuted"].en)
    assert found.reading.first.zh.startswith(parity.FIRST["refuted", "refuted"].zh)
    assert [row[1] for row in found.reading.table.rows[:2]] == ["100 [100, 100]", "100 [100, 100]"]
    assert found.draw().texts[0].get_text() == parity.TITLES["refuted", "refuted"].en


@pytest.mark.slow
def test_the_committed_parity_is_reproduced():
    """Three worlds of the first seed, run again at full size, give the committed rows.

    Exact on one machine; a processor whose exp or log differs in the last bit may flip a choice in 10^16, hence the
    tolerance of one purchase in 100,000.
    """
    worlds, names = parity.worlds(MADE), ("nobody", "alone", "copied_13")
    done = map_runs(parity.shop, [(worlds[name], MADE.world.seed) for name in names], names, processes=1)
    again = parity.per_run(MADE, {name: [run] for name, run in zip(names, done, strict=True)}).set_index("world")
    runs = committed()["runs"]
    saved = runs[runs.seed == MADE.world.seed].set_index("world")
    for column in ("visits", "all_visits", "profit", "profit_rivals"):
        assert again[column][list(names)].to_numpy() == pytest.approx(saved[column][list(names)].to_numpy(), rel=1e-5)
