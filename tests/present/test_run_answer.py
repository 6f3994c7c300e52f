"""What a run is said to have found: a plain first line that turns with the numbers, in both languages."""

from __future__ import annotations

import dataclasses
from functools import cache

import pandas as pd
import pytest

from loyaltysim.present import run_answer
from loyaltysim.present.answer import TOO_FEW, faults, over_budget, screen
from loyaltysim.runs.files import Records
from loyaltysim.scenario.model import Compute
from loyaltysim.scenario.said import LANGUAGES, speaking
from loyaltysim.studies import single
from loyaltysim.studies.reading import Reading
from tests import scenarios, small_studies


def made(
    profit: tuple, chance: float | None = None, n: int = 20, vary: dict | None = None, **numbers: tuple
) -> Reading:
    """The reading of a made-up run: numbers as (value, low, high); chance : share of the worlds in which it pays."""
    base, tried = small_studies.ran(), vary or {}
    scenario = dataclasses.replace(base.scenario, vary=tuple(tried))
    numbers |= {f"{name}[{text}]": x for text, x in tried.items() for name in ("profit_per_customer", "lift_visits")}
    summary = dict(base.summary)
    for name, (value, low, high) in {"profit_per_customer": profit, **numbers}.items():
        worlds = {} if chance is None else {"worlds_low": -9.0, "worlds_high": 2.0, "worlds_n": 256}
        summary[name] = dict(value=value, low=low, high=high, level=0.95, unit="", n=n) | worlds
    unknown = {}
    if chance is not None:
        about = {"n": 256, "chance_pays": chance, "said": [], "words": {}}
        unknown = {"depends_on": [["rivals.policy.imitate.lag", 0.3]], "worlds": about}
    empty = pd.DataFrame()
    return run_answer.reading(Records(scenario, summary, base.firms, empty, empty, {}, unknown=unknown))


LOSS, GAIN, OPEN = (-4.4, -4.5, -4.3), (4.4, 4.3, 4.5), (0.1, -0.5, 0.7)


@pytest.mark.parametrize(
    ("profit", "chance", "english", "chinese"),
    [
        (LOSS, None, "Do not launch the points program as it is: it costs you 4.40", "不要做：每位客户每年少赚 4.40"),
        (GAIN, None, "Take the points program: it earns you 4.40", "值得做：每位客户每年多赚 4.40"),
        (LOSS, 0.01, "Do not launch", "不要做"),
        (GAIN, 0.97, "Take the points program", "值得做"),
        (LOSS, 0.4, "it does in 40 % of the worlds", "在 40 % 的可能情形里划算"),
        (GAIN, 0.1, "cannot be told", "看不出来"),
        (OPEN, None, "cannot be told", "看不出来"),
        ((0.0, 0.0, 0.0), None, "moves nobody and costs nothing", "既不打动谁，也不花钱"),
    ],
    ids=("loss", "gain", "sure loss", "sure gain", "open", "against", "luck", "idle"),
)
def test_the_first_line_turns_with_profit_and_worlds(profit, chance, english, chinese):
    """A recommendation needs four worlds of five and an interval of luck that leaves 0 out; else that it cannot."""
    found = made(profit, chance)
    assert english in found.first.en and chinese in found.first.zh
    assert faults(found) == []


@pytest.mark.parametrize(("program", "said"), [("points", "rewards were worth"), ("candour", "depends on it")])
def test_an_idle_program_is_told_why(program, said, monkeypatch):
    """One without rewards is not told that its rewards are worth nothing."""
    base = small_studies.ran()
    own = dataclasses.replace(base.scenario.focal_firm, program={program: None})
    scenario = dataclasses.replace(base.scenario, firms={**base.scenario.firms, base.scenario.focal: own})
    monkeypatch.setattr(small_studies, "ran", lambda: dataclasses.replace(base, scenario=scenario))
    found = made((0.0, 0.0, 0.0))
    assert said in found.second.en and faults(found) == []


def test_few_runs_recommend_nothing():
    """Four runs say nothing, five do."""
    assert "Too few runs" in made(LOSS, n=4).first.en and made(LOSS, n=4).sure == TOO_FEW
    assert "Do not launch" in made(LOSS, n=5).first.en


@pytest.mark.parametrize(("expected", "told"), [(-4.4, False), (-5.4, False), (-5.6, True), (-3.2, True), (0.1, True)])
def test_the_table_tells_both_views_where_they_differ_by_a_quarter(expected, told):
    """Of a loss of 4.40 a quarter is 1.10; or where the sign turns. There are eight rows either way."""
    found = made(LOSS, profit_expected_view=(expected, expected - 0.1, expected + 0.1))
    titles = [row[0].en for row in found.table.rows]
    assert any("IFRS 15" in title for title in titles) == told and len(titles) == 8
    assert any("IFRS 15" in row[0].zh for row in found.table.rows) == told
    assert any("share of all" in title for title in titles) != told
    for lang in LANGUAGES:
        with speaking(lang):
            assert over_budget(screen(found)) == []
    small = made((0.1, 0.0, 0.2), profit_expected_view=(-0.01, -0.1, 0.1))
    assert any("IFRS 15" in row[0].en for row in small.table.rows)


def test_the_second_line_names_what_would_turn_it():
    """Revenue and the cost of a reward: .25 of .80 is .20."""
    ends = {"break_even_lift": (0.03, 0.02, 0.04), "affordable_cost": (0.25, 0.2, 0.3)}
    lost, won = made(LOSS, **ends), made(GAIN, **ends)
    assert "It would pay if revenue rose by 3.00 % instead of" in lost.second.en
    assert "cost you less than 0.20 instead of 0.80" in lost.second.en and "低于 0.20" in lost.second.zh
    assert "It would stop paying if revenue rose by less than 3.00 %" in won.second.en and "高于 0.20" in won.second.zh
    none = made(LOSS, break_even_lift=(None, None, None), affordable_cost=(-0.1, -0.2, 0.0))
    assert "Neither more revenue nor cheaper rewards" in none.second.en


@pytest.mark.parametrize(("other", "turned"), [((1.0, 0.5, 1.5), True), ((-1.0, -1.5, -0.5), False), (OPEN, False)])
def test_an_assumed_value_that_turns_the_sign_is_named(other, turned):
    """In words, and only where its own interval leaves 0 out on the other side."""
    found = made(LOSS, vary={"market.S=9": other})
    assert ("it does pay if customers mind less where they buy" in found.second.en) == turned
    assert ("客户不太在意去哪家买" in found.second.zh) == turned and faults(found) == []


def test_totals_are_told_where_the_number_of_customers_is_given():
    """5,000 customers at 4.40 less each are 22,000 less; without their number nothing is said."""
    assert "customers that is" not in made(LOSS).second.en
    records = small_studies.ran()
    scenario = dataclasses.replace(
        records.scenario, customers=dataclasses.replace(records.scenario.customers, total=5000)
    )
    summary = {
        **records.summary,
        "profit_total": dict(value=-22000.0, low=-23000.0, high=-21000.0, level=0.95, unit="", n=20),
    }
    summary["profit_per_customer"] = dict(value=-4.4, low=-4.6, high=-4.2, level=0.95, unit="", n=20)
    found = run_answer.reading(dataclasses.replace(records, scenario=scenario, summary=summary))
    assert "For your 5,000 customers that is 22,000 money less profit a year." in found.second.en
    assert "每年少赚 22,000" in found.second.zh and faults(found) == []


def test_worlds_come_before_luck():
    """The interval over worlds, what carries it, then luck; none and all only where it is so."""
    said = made(LOSS, 0.0).sure
    assert said.en.index("-9.00 to +2.00") < said.en.index("luck alone") and "when rivals copy" in said.en
    assert "对手" in said.zh and "in none of these worlds" in said.en
    assert "in 1 % of these worlds" in made(LOSS, 0.001).sure.en
    assert "in 99 % of these worlds" in made(GAIN, 0.999).sure.en and "all" in made(GAIN, 1.0).sure.en


def contracts() -> Records:
    """A market of contracts with a program."""
    return single.run(["market=telecom", "program=points", "policy=launch", "run=tiny", "seeds=5", "worlds=none"])


def no_program() -> Records:
    """A market without a program in question."""
    scenario = dataclasses.replace(scenarios.world(300, 52, log=False), seeds=5, compute=Compute(processes=1))
    return single.run(scenario)


RUNS = {"points": small_studies.ran, "contracts": contracts, "no_program": no_program}
RUNS |= {"no_program_contracts": lambda: single.run(["market=bank", "run=tiny", "seeds=5"])}


@cache
def read(name: str) -> Reading:
    """A real run, as it is read."""
    return run_answer.reading(RUNS[name]())


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", RUNS)
def test_real_runs_keep_the_rules(name, lang):
    """25 lines, 40 numbers, no keys, no brackets in the first line, full sentences."""
    with speaking(lang):
        assert faults(read(name)) == [] and over_budget(screen(read(name))) == []
