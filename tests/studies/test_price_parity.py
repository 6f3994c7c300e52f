"""Parity where prices move: who has what, each row by its criterion, words that turn, the committed answer."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from experiments import price_parity
from experiments.price_parity import ALL, ALONE, LEFT_OUT, NOBODY

from loyaltysim.market.model import Market
from loyaltysim.measures.statistics import Estimate
from loyaltysim.present import story
from loyaltysim.present.answer import STORY_NUMBERS, faults, numbers
from loyaltysim.runs.files import csv
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies import experiment

ROOT = Path(__file__).parents[2]
MADE = price_parity.EXPERIMENT.compose([]).plan
REGIMES = [regime.name for regime in MADE.settings.regimes]
WORLDS = price_parity.worlds(MADE)


# --- markets ---


@pytest.mark.parametrize("regime", REGIMES)
def test_without_programs_prices_stay_in_every_regime(regime):
    """Nobody has a program: base prices are the answer of every regime, at another margin too."""
    policies = price_parity.policies_of(MADE)[regime]
    world = replace(MADE.world, weeks=30, customers=replace(MADE.world.customers, n=40))
    firms = {name: replace(firm, unit_cost=0.6) for name, firm in world.firms.items()}
    book = Market(price_parity.arm(replace(world, firms=firms), policies, []), 1).run()
    assert (book.weekly.price == 1.0).all() and bool(policies["a"]) == (regime != "fixed")


def test_who_has_a_program_in_each_arm():
    """Nobody, the leader, all others, all; the same program and the regime's prices at each."""
    policies = price_parity.policies_of(MADE)["nash"]
    program = MADE.world.focal_firm.program
    wanted = {NOBODY: "", ALONE: "a", LEFT_OUT: "bcde", ALL: "abcde"}
    for name, having in price_parity.holders(MADE.world).items():
        firms = price_parity.arm(MADE.world, policies, having).firms
        assert "".join(sorted(firm for firm in firms if firms[firm].program == program)) == wanted[name]
        assert all(set(firm.policy) == {"price_nash"} for firm in firms.values())


def test_cells_cross_switches_and_take_other_costs_at_two_corners():
    """Eight sets of switches at the shipped cost; none and all of them at each other cost; each does what it says."""
    found = price_parity.cells(MADE)
    usual = [name for name in found if name.startswith("0.8/")]
    assert len(usual) == 2 ** len(MADE.settings.switches) and len(found) == len(usual) + 4
    assert found["0.4/base"].focal_firm.program["points"].cost == 0.4
    assert found["0.8/one_card"].customers.max_programs == 1 and "outside" in found["0.8/outside"].behaviour
    assert found["0.8/lock_in"].focal_firm.program["points"].threshold == 2500.0


def test_adoption_goes_from_none_to_all_rivals_in_quarters():
    """Four rivals: 0, .25, .5, .75 and 1 of them, with the leader's program and without it."""
    for n in range(5):
        firms = WORLDS[f"fixed/adoption/without_{n}"].firms
        assert sum(bool(firm.program) for firm in firms.values()) == n and not firms["a"].program
        assert WORLDS[f"fixed/adoption/with_{n}"].firms["a"].program
    late = WORLDS["nash/lead/copied"].firms
    assert {firm.policy["imitate"].lag for name, firm in late.items() if name != "a"} == {MADE.settings.lag}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["program=cashback"], "program=points"),
        (["experiment.costs=[0.5]"], r"program.points.cost = 0.8"),
        (["weeks=50"], "half a year longer"),
    ],
)
def test_what_asks_nothing_is_refused(words, said):
    """Before anything is run, with the key."""
    with pytest.raises(ConfigError, match=said):
        price_parity.check(experiment.plan("price_parity", price_parity.PriceParity, words))


# --- verdicts ---


def interval(value: float, half: float = 0.01) -> Estimate:
    """A number with its interval."""
    return Estimate(value, value - half, value + half, 0.95, "", 5)


@pytest.mark.parametrize(
    ("profit", "drop", "surplus", "words"),
    [
        (-1.8, -0.2, 20.0, ("supported", "supported", "supported")),  # a prisoner's dilemma in which customers gain
        (-1.8, 1.1, 20.0, ("supported", "refuted", "supported")),  # dropping it pays
        (0.0, -0.2, -2.0, ("supported", "supported", "refuted")),  # the price of entry without a loss
        (0.9, -0.2, 3.0, ("refuted", "refuted", "refuted")),  # all earn more
        (0.5, -0.2, 3.0, ("inconclusive", "inconclusive", "inconclusive")),  # on the margin
    ],
)
def test_each_row_has_its_own_criterion(profit, drop, surplus, words):
    """S3-09 profit of all, S3-10 the exit test beside it, S3-69 customers beside it."""
    found = price_parity.judged(MADE.settings, interval(profit), interval(drop), interval(surplus))
    assert tuple(found[row].word for row in price_parity.ROWS) == words


# --- the whole answer, from tables made by hand ---


def tables(free: float = 0.0, kept: float = 0.05, stay: float = -1.8, spread: float = 0.0) -> dict[str, pd.DataFrame]:
    """Saved tables. stay, free : percent of all firms' profit where prices stay and where they move;  kept : share of
    customers' gain of 20 that is left where they move;  spread : points by which programs set airlines apart
    """
    rows, luck = [], 0.01
    for regime, name in product(REGIMES, WORLDS):
        if not name.startswith(f"{regime}/"):
            continue
        cell, arm = name.split("/")[1], name.rsplit("/", 1)[1]
        gain = (stay if regime in ("fixed", "follow") else free) if arm == ALL else 0.0
        surplus = 20.0 * (1.0 if regime in ("fixed", "follow") else kept) if arm == ALL else 0.0
        for k in range(MADE.world.seeds):
            wave = luck * np.cos(2.0 * k + len(name))
            row = {"world": name, "seed": k, "share": 20.0 + (arm == ALONE) * 0.15 + wave, "spread": 5.0 + wave}
            row["spread"] += spread * (cell == "airline" and arm == ALL)
            row |= {"price": 0.0, "price_leader": 0.0, "profit_all": 1000.0 + 10.0 * gain + wave}
            row |= {"profit": 200.0 + 2.0 * gain + wave + (1.0 if arm == LEFT_OUT else 0.0), "surplus": surplus + wave}
            rows.append(row | {f"q{q}": 20.0 + (arm == "copied") * 0.1 * 0.5**q + 0.1 * wave for q in range(8)})
    drawn = []
    for world in range(10):
        found = {"market.K": 0.1 * world}
        for regime, arm, k in product(REGIMES, (NOBODY, LEFT_OUT, ALL), range(3)):
            gain = (stay if regime in ("fixed", "follow") else free) if arm == ALL else 0.0
            moved = 0.01 * np.sin(k + world)
            surplus = 20.0 * (1.0 if regime in ("fixed", "follow") else kept) * (arm == ALL)
            numbers_ = {
                "profit_all": 1000.0 + 10.0 * gain,
                "profit": 200.0 + 2.0 * gain,
                "surplus": surplus,
                "price": 0.0,
            }
            numbers_["profit"] += 1.0 if arm == LEFT_OUT else 0.0
            found |= {f"{regime}/{arm}/{name}/{k}": value + moved for name, value in numbers_.items()}
        drawn.append(found)
    return {"runs": pd.DataFrame(rows), "worlds": pd.DataFrame(drawn)}


CASES = {
    "firms pay, prices take it back": {},
    "customers keep most": {"kept": 0.8},
    "customers lose": {"kept": -0.2},
    "nobody pays": {"stay": 0.0, "kept": 0.8},
    "firms earn where prices stay": {"stay": 2.0},
    "firms earn where prices move": {"free": 2.0, "kept": -0.2},
}


def test_each_table_has_its_own_first_line_and_verdicts():
    """The regime is named in every first line; S3-09 depends where one regime refutes it."""
    found = {name: price_parity.told(MADE, tables(**case)) for name, case in CASES.items()}
    for lang in ("en", "zh"):
        assert len({one.reading.first[lang] for one in found.values()}) == len(CASES) - 1
    assert all("prices stay" in one.reading.first.en and "re-price" in one.reading.first.en for one in found.values())
    words = {name: one.verdicts["S3-09"].word for name, one in found.items()}
    assert words["firms pay, prices take it back"] == "supported" and words["firms earn where prices move"] == "depends"
    assert "take back 95 %" in found["firms pay, prices take it back"].reading.first.en
    assert found["customers lose"].verdicts["S3-69"].word == "depends"
    apart = price_parity.told(MADE, tables(spread=1.0)).verdicts["S3-08"]
    assert found["nobody pays"].verdicts["S3-08"].word == "supported" and apart.word == "refuted"


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_answer_keeps_the_rules(case):
    """No fault, at most thirty numbers, a figure."""
    found = price_parity.told(MADE, tables(**case))
    assert faults(found.reading) == []
    for lang in ("en", "zh"):
        text = story.story(found, lang)
        assert len(numbers(text)) <= STORY_NUMBERS, numbers(text)
    assert found.draw().axes


def test_a_lead_has_a_half_life_and_its_own_effect_by_adopters():
    """Leads halve by the quarter in the tables made by hand; adoption has a row a regime and share of rivals."""
    runs = tables()["runs"]
    lead = price_parity.leads(MADE, runs).set_index("regime")
    assert lead.lead_half_life["fixed"] == pytest.approx(13.0, abs=2.0) and lead.lead_peak["fixed"] > 0.08
    found = price_parity.adoption(MADE, runs)
    assert list(found.rivals.unique()) == [0.0, 0.25, 0.5, 0.75, 1.0] and len(found) == 5 * len(REGIMES)


def test_the_committed_answer_follows_from_its_runs():
    """Story and table are made again from the saved tables, byte by byte."""
    folder = ROOT / "results" / "price_parity"
    found = price_parity.told(MADE, {name: pd.read_csv(folder / f"{name}.csv") for name in ("runs", "worlds")})
    assert csv(found.table) == (folder / "table.csv").read_text("utf-8")
    for lang, name in (("en", "story.md"), ("zh", "story.zh.md")):
        assert story.story(found, lang) == (folder / name).read_text("utf-8")
    assert set(found.verdicts) == set(MADE.settings.claims) and faults(found.reading) == []
