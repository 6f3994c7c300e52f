"""Designs at equal budget: equal money, the same customers, chances that mean what they say, pages that are safe."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import math
import re
from functools import cache
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from numba import config
from scipy import stats

from loyaltysim import page
from loyaltysim.cli.completion import next_words
from loyaltysim.cli.main import main
from loyaltysim.market.book import Book
from loyaltysim.market.model import Market
from loyaltysim.measures import money, program_effects
from loyaltysim.measures.comparison import chance
from loyaltysim.measures.program_effects import Window
from loyaltysim.measures.twins import Worlds, no_program
from loyaltysim.mechanism.measure import Style
from loyaltysim.scenario.forms import plain
from loyaltysim.scenario.model import Compute
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies import comparison
from loyaltysim.studies.comparison import compare, compose_question, question, variant
from loyaltysim.studies.equal_budget import APART, CLOSE, SEEDS, Funded, found, fund, search_seeds, with_term
from tests import scenarios
from tests.scenarios import Z, in_plain

LAUNCH, EVIL = 6, '=1+1<script>alert("x")</script>$a_{'
POINTS = {"earn": 1.0, "threshold": 100.0, "face_value": 3.0, "cost": 0.8}
JOINING = {"ask": 0.5, "hassle": 8.0, "scale": 7.0}


PEOPLE = 25 if config.DISABLE_JIT else 250  # fewer where the mutants run the step in plain Python


def market(n: int = PEOPLE, seeds: int = 4, **more):
    """Firm "a" launches in week 6; no program of its own, so that designs are laid in."""
    given = {"policy": {"launch": {"week": LAUNCH}}, "log": False, **more}
    scenario = scenarios.world(n, 52, **given)
    return dataclasses.replace(scenario, seeds=seeds, vary=("market.S=2.6",), compute=Compute(processes=1))


@cache
def compared() -> comparison.Comparison:
    """A design, its twin, a placebo that only costs, and one found by its threshold whose name means harm."""
    own = {"points": POINTS, "membership": JOINING}
    programs = {
        "points": own,
        "twin": own,
        "placebo": {"points": {**POINTS, "face_value": 0.0}, "membership": {**JOINING, "running": 5.0}},
        EVIL: {"points": {**POINTS, "face_value": 6.0}, "membership": JOINING},
    }
    terms = {"placebo": "membership.running", EVIL: "points.threshold"}
    return compare(market(), programs, horizon=2, terms=terms)


# --- equal budget ------------------------------------------------------------------------------------------------


def test_equal_budget_is_equal():
    """Spent - planned is within the two-sided 1e-5 Student quantile of its standard error, plus what the search allows.

    Both sides are means over runs: the evaluation's seeds, and the search's own (SEEDS of them) with the same spread.
    """
    c = compared()
    for name, funded in zip(c.names, c.funded, strict=True):
        assert funded.reached and abs(funded.cost / c.budget - 1.0) <= CLOSE * 5
        spent = np.array(c.values(name, "program_cost_per_customer"))
        error = spent.std(ddof=1) * math.sqrt(1 / len(spent) + 1 / SEEDS)
        tolerance = stats.t.isf(5e-6, len(spent) - 1) * error + 5 * CLOSE * c.budget
        assert abs(spent.mean() - c.budget) <= tolerance, name
        assert tolerance < 0.5 * c.budget or name != "placebo"


@pytest.mark.parametrize(("budget", "fits"), [(0.047, False), (0.049, True), (479.0, True), (481.0, False)])
def test_a_budget_that_no_terms_can_mean_is_refused_with_the_scale_of_a_purchase(budget, fits):
    """24 purchases of 20 a year at firm a: from a ten-thousandth of the 480 on, up to all of it."""
    problems = comparison.out_of_scale(market(), budget)
    assert bool(problems) != fits
    if not fits:
        said = str(problems[0])
        assert (
            f"compare: budget = {budget}" in said and "of what a customer spends at a in a year, 24 purchases" in said
        )
        assert "purchases of 20 money; allowed 0.048 to 480" in said
    with pytest.raises(
        ConfigError, match="cannot be taken from design points as configured, for its cost is 0 of what"
    ):
        comparison.check_budget(market(), "points", 0.0)


def test_the_search_uses_seeds_of_its_own():
    """No seed of the search is one of the evaluation, however many of these there are."""
    assert not set(search_seeds(1)) & set(range(1, 100_002))
    assert search_seeds(5)[0] == 5 ^ APART


@pytest.mark.parametrize(
    ("gap", "start", "low", "high", "want"),
    [
        (lambda x: 2.0 * x - 10.0, 1.0, 0.0, 1e6, 5.0),  # more costs more
        (lambda x: 2.0 * x - 10.0, 400.0, 0.0, 1e6, 5.0),
        (lambda x: 100.0 / x - 10.0, 500.0, 1e-3, 1e9, 10.0),  # more costs less
        (lambda x: 100.0 / x - 10.0, 0.5, 1e-3, 1e9, 10.0),
        (lambda x: x - 3.0, 0.2, 0.0, 1.0, 1.0),  # out of reach: the bound comes nearest
        (lambda x: x + 3.0, 0.2, 0.0, 1.0, 0.0),
        (lambda x: math.nan if x > 6.0 else x - 5.0, 1.0, 0.0, 1e6, 5.0),  # not everything is allowed
        (lambda x: x - 7.0, 0.0, 0.0, 1e6, 7.0),  # from nothing
    ],
)
def test_the_search_finds_the_term(gap, start, low, high, want):
    """Root of a monotone gap within its bracket's tolerance, or the tried value that comes nearest."""
    assert found(gap, start, low, high) == pytest.approx(want, rel=1e-3, abs=1e-5)


class Line:
    """A cost of 2 a unit of one term, in place of the simulated one."""

    component, term = "points", "face_value"

    def __init__(self):
        self.scenario = scenarios.points_world(points=POINTS)

    def __call__(self, value: float) -> float:
        return 2.0 * value


@pytest.mark.parametrize("budget", [1.0, 6.0, 500.0])
def test_the_money_is_found_for_a_design(budget):
    """Half the budget is the term, within what counts as near enough."""
    funded = fund(Line(), budget)
    assert funded.reached and funded.value == pytest.approx(budget / 2, rel=2 * CLOSE) and funded.configured == 3.0


def test_a_budget_beyond_reach_is_told_and_not_hidden():
    programs = {"points": {"points": POINTS}, "card": {"points": {**POINTS, "face_value": 1.0}}}
    c = compare(market(60, 2), programs, budget=35.0, terms=dict.fromkeys(programs, "membership.ask"))
    assert not any(f.reached for f in c.funded)
    assert "cannot be made to cost that" in page.happened(c) and page.happened(c).startswith("Of 2 designs planned at")
    assert any("Not at equal budget" in note for note in page.notes(c))


# --- laws --------------------------------------------------------------------------------------------------------


def test_the_same_design_twice_is_the_same_numbers():
    c = compared()
    first, second = (c.runs[c.runs.design == name].drop(columns="design") for name in ("points", "twin"))
    pd.testing.assert_frame_equal(first.reset_index(drop=True), second.reset_index(drop=True))
    assert c.chance("points", "twin") == 0.5 and c.won("points", "twin") == 2.0


def test_a_program_that_only_costs_changes_nothing_else():
    """Face value 0 and a running cost: no visit, no margin; profit is minus the cost to the cent, in every run."""
    rows = compared().runs.query("design == 'placebo'")
    for name in ("extra_visits", "margin_per_customer", "liability_per_customer", "lift_visits", "retention_change"):
        assert (rows[name].dropna() == 0.0).all(), name
    assert np.allclose(rows.profit_per_customer, -rows.program_cost_per_customer, rtol=1e-12)
    assert rows.payback_week.isna().all() and rows.deadweight.isna().all()


def test_a_dearer_reward_that_feels_the_same_moves_nobody_and_earns_less():
    """k from 0.5 to 1 at the same perceived value: every visit is the same, the cost of rewards doubles."""
    cheap = scenarios.points_world(250, 60, POINTS | {"cost": 0.5}, JOINING)
    dear = with_term(cheap, "points", "cost", 1.0)
    bare = Market(no_program(cheap), 3).run()
    low, high = (money.money(s, Market(s, 3).run(), bare, 0) for s in (cheap, dear))
    assert high["extra_visits"] == low["extra_visits"] != 0.0
    assert high["margin_per_customer"] == low["margin_per_customer"]
    assert high["program_cost_per_customer"] == pytest.approx(2.0 * low["program_cost_per_customer"], rel=1e-4)
    assert high["profit_per_customer"] < low["profit_per_customer"]


def test_profit_is_margin_less_cost_in_every_run_and_year():
    runs = compared().runs
    assert np.allclose(runs.profit_per_customer, runs.margin_per_customer - runs.program_cost_per_customer, atol=1e-9)


def test_a_long_run_read_off_early_is_the_short_run():
    """Oracle 4 (run 2T = run T, then go on): every number of a longer run equals that of one that ends."""
    s = scenarios.points_world(200, 90, POINTS, JOINING, policy={"launch": {"week": LAUNCH}})
    short = dataclasses.replace(s, weeks=LAUNCH + 52)
    books = [Market(x, 2).run() for x in (s, no_program(s), short, no_program(short))]
    early = money.outcomes(short, *(money.until(b, short.weeks) for b in books[:2]), LAUNCH)
    plainly = money.outcomes(short, *books[2:], LAUNCH)
    assert early == pytest.approx(plainly, nan_ok=True, rel=0, abs=0)


def test_the_cost_is_the_one_that_run_prints():
    """Revenue less goods less profit, with less without, against the ledger's own lines."""
    s = scenarios.points_world(40, 12, POINTS, JOINING | {"running": 2.0, "set_up": 30.0})
    with_it, bare = (in_plain(Market(x, 2)).run() for x in (s, no_program(s)))
    told = program_effects.totals(s, Worlds(bare, with_it, bare, 0))["program_cost_per_customer"]
    cost = money.program_cost(with_it, money.overhead(bare, Window.of(s, 0)), Window.of(s, 0))
    assert cost == pytest.approx(told, rel=1e-12)


def book_of(rows: list[tuple[int, int, int, int]], n: int = 3) -> Book:
    """A book with this log of (customer, week, firm, spend) and people 0 to n - 1."""
    log = pd.DataFrame(rows, columns=["customer", "week", "firm", "spend"]).assign(occasion=0)
    people = pd.DataFrame({"customer": range(n), "status": 1, "entered": 0, "joined_a": [0, 0, -1][:n]})
    none = np.zeros((0, 0, 0))
    moves = pd.DataFrame(columns=["customer", "week", "from", "to"])
    return Book(pd.DataFrame(), people, none, none, log, [], [], moves, pd.DataFrame(), ("a", "b"))


def test_retention_wallet_and_activity_by_hand():
    """Quarters 1, 2, 3: customers {0, 1}, {0}, {0, 2}: of three buyers with a next quarter, two came back."""
    rows = [(0, 0, 0, 100), (1, 5, 0, 100), (0, 14, 0, 100), (1, 15, 1, 300), (0, 27, 0, 100), (2, 30, 0, 100)]
    book, w = book_of(rows), Window("a", 0, 0, 39)
    assert money.retention(book, w) == pytest.approx(2 / 3)
    assert money.wallet_share(book, w) == pytest.approx(500 / 800)  # all three bought at the firm
    assert money.active_share(book, w) == 0.5  # of members 0 and 1, only 0 in weeks 26 to 38
    assert math.isnan(money.retention(book, Window("a", 0, 0, 25)))


def test_with_contracts_retention_is_one_less_churn_at_renewal():
    """Since the launch in week 1: 20 contracts ended, 3 customers went to rivals and 2 left, so 75 % stayed."""
    weekly = pd.DataFrame(
        {"firm": "a", "week": [0, 1, 2], "renewals": [9, 12, 8], "lost": [9, 1, 2], "exited": [0, 2, 0]}
    )
    book = dataclasses.replace(book_of([]), weekly=weekly)
    assert money.retention(book, Window("a", 0, 1, 3)) == pytest.approx(0.75)


# --- chances -----------------------------------------------------------------------------------------------------


def test_a_chance_is_students():
    """P(mean > 0) = 1 - p of the one-sided one-sample t test (scipy), and the two sides of a pair sum to one."""
    x = [0.3, -0.1, 0.4, 0.25, 0.05]
    assert chance(x) == pytest.approx(1.0 - stats.ttest_1samp(x, 0.0, alternative="greater").pvalue)
    assert chance(x) + chance([-v for v in x]) == pytest.approx(1.0)
    assert chance([0.0, 0.0]) == 0.5 and chance([0.2, 0.2]) == 1.0 and chance([-0.2, -0.2]) == 0.0
    assert chance([0.4]) is None


def test_chances_say_true():
    """Among 4,000 draws with true mean 0 the chance is uniform: below 0.05 in 5 % within the 1e-5 binomial limit."""
    rng = np.random.default_rng(7)
    low = np.mean([chance(row) < 0.05 for row in rng.standard_normal((4000, 5))])
    assert abs(low - 0.05) <= Z * math.sqrt(0.05 * 0.95 / 4000)


def test_the_order_is_by_profit_and_flips_are_found():
    """A variant in which another design is surely better is named with it; equal ones are open, not flipped."""
    c = compared()
    assert c.ranking()[0] == max(c.names, key=lambda d: sum(c.values(d, "profit_per_customer")))
    other = c.ranking()[-1]
    rows = [
        {"variant": "market.S=9", "design": d, "seed": s, "profit_per_customer": (d == other) + 0.001 * s}
        for d in c.names
        for s in range(4)
    ]
    turned = dataclasses.replace(c, variants=pd.DataFrame(rows))
    flipped, unsure, _ = page.changes(turned)
    assert flipped == [("market.S = 9", other)] and unsure == []
    same = dataclasses.replace(c, variants=pd.DataFrame([r | {"profit_per_customer": 1.0} for r in rows]))
    flipped, unsure, _ = page.changes(same)
    assert flipped == [] and unsure == ["market.S = 9"] and page.flips(c) == "There is no order to flip."


def small(factor: float, apart: float) -> comparison.Comparison:
    """Two designs at a budget of `factor`: profits of -0.7 and `apart` less of it, in each of 4 runs."""
    by_hand = told_by_hand()
    profit = {d: -0.7 * factor - apart * factor * k for k, d in enumerate(by_hand.names)}
    rows = by_hand.runs[by_hand.runs.seed == 0]
    runs = pd.concat([rows.assign(seed=k) for k in range(4)])
    runs = runs.assign(profit_per_customer=runs.design.map(profit), program_cost_per_customer=factor)
    variants = by_hand.variants.assign(profit_per_customer=by_hand.variants.design.map(profit) + 0.2 * factor)
    variants = pd.concat([variants.assign(seed=k) for k in range(4)])
    asked = dataclasses.replace(by_hand.question, base=dataclasses.replace(by_hand.question.base, seeds=4))
    return dataclasses.replace(by_hand, question=asked, budget=factor, runs=runs, variants=variants)


def test_small_money_is_told_with_two_digits():
    """At a budget of .00093 profits of -.00065 and -.00074 are no zeros."""
    c = small(0.00093, 0.1)
    text = " ".join(page.screen(c).split())
    assert c.digits == 5 and "given 0.00093 money" in text
    assert f"after 1 year: {c.names[0]} -0.00065 > b -0.00074" in text
    assert "-0.00 " not in text and "0.00009 ahead of b, chance over 99 %" in text
    assert [Style().fine(x).digits for x in (10.45, 0.93, 0.093, 0.00093, 1e-9, 0.0)] == [2, 2, 3, 5, 5, 2]
    assert Style()(-0.004) == "+0.00" and Style(sign="")(-0.004) == "0.00"


def test_there_is_no_order_among_what_rounding_makes_equal():
    """Profits that differ by less than the last digit: none is best, none flips, places are shared."""
    c = small(1.0, 0.004)
    first, b = c.names
    assert c.leading() == [first, b] and c.place(first) == c.place(b) == 1 and c.chance(first, b) == 0.5
    text = " ".join(page.screen(c).split())
    assert "none is best" in text and f"{first} and b do not differ beyond rounding" in text
    assert "There is no order to flip." in text and "best after" not in text and "stays best" not in text
    assert f"after 2 years: {first} -0.70 = b -0.70" in text and "market.S = 9 none " in text
    assert page.changes(c)[0] == [] and small(1.0, 0.006).leading() == [first]
    assert page.draw(c)[0].texts[0].get_text().startswith("No design leaves most")


def test_a_few_runs_are_too_few_for_a_chance():
    """And no interval of payback reaches below the launch: in how many runs it comes stands in its place."""
    c = small(1.0, 0.1)
    few = dataclasses.replace(c.question.base, seeds=2)
    few = dataclasses.replace(c, question=dataclasses.replace(c.question, base=few), runs=c.runs[c.runs.seed < 2])
    assert "; 2 runs are too few to say how surely." in page.happened(few) and "over 99 %" in page.happened(c)
    assert page.page_rows(few)[0][2] == "-"
    weeks = few.runs.assign(payback_week=few.runs.seed.map({0: 1.0, 1: 3.0}))
    lines = page.table_lines(dataclasses.replace(few, runs=weeks))
    assert lines[4].split()[3] == "2" or "2 of 2" in lines[4]
    assert sum("2 of 2" in line for line in lines) == 2 and "±25" not in "".join(lines)


@pytest.mark.usefixtures("quiet")
def test_a_design_that_cannot_spend_the_budget_is_ranked_apart():
    """It may earn most, but is last, in no headline, and what it spent is said; were only one left, none is apart."""
    c = compared()
    best, *_, short = c.ranking()
    cheap = tuple(dataclasses.replace(f, cost=0.1, reached=n != best) for n, f in zip(c.names, c.funded, strict=True))
    told = dataclasses.replace(c, funded=cheap)
    assert len(c.names) >= 3 and told.ranking()[-1] == best and told.beside == [best]
    said = page.happened(told)
    assert said.startswith(f"Of {len(c.names) - 1} designs") and f"{best} cannot be made to cost that (0.10)" in said
    assert "; apart: " in page.screen(told) and page.summary(told)["ranked_apart"] == [best]
    alone = tuple(dataclasses.replace(f, reached=n == short) for n, f in zip(c.names, c.funded, strict=True))
    assert dataclasses.replace(c, funded=alone).ranking() == c.ranking()


@pytest.mark.usefixtures("quiet")
def test_designs_are_also_tried_with_the_same_k_and_joining():
    """What differs beside the reward is made the first design's, and the budget is searched again."""
    base = market(min(PEOPLE, 120), 2)
    own = {
        "points": {"points": {**POINTS, "cost": 0.8}, "membership": {"ask": 0.2}},
        "cash": {"cashback": {"rate": 0.02, "cost": 1.0}, "membership": {"ask": 1.0}},
    }
    with mock.patch.object(comparison, "launch_week", lambda scenario: LAUNCH):
        asked = comparison.question(base, {"programs": [{"name": n, "program": p} for n, p in own.items()]})
    made = [comparison.focal_program(s) for s in comparison.alike([d.scenario for d in asked.designs])]
    assert made[1]["cashback"].cost == made[0]["points"].cost == 0.8
    assert made[1]["membership"] == made[0]["membership"] and made[0]["membership"].ask == 0.2
    assert made[1]["cashback"].rate == 0.02
    again = comparison.refunded(asked, comparison.alike([d.scenario for d in asked.designs]), 0.5)
    assert all(d.scenario != s for d, s in zip(asked.designs, again, strict=True))


def test_another_market_is_varied_about_its_own_values():
    """The price sensitivities tried at a grocery are not those of telephone contracts."""
    words = ["programs=[points,cashback]"]
    vary = comparison.compose_question(["market=telecom", *words]).base.vary
    assert "customers.price_sensitivity=2" in vary and "customers.price_sensitivity=4.5" in vary
    assert "customers.price_sensitivity=6.8" not in vary and "behaviour.bond.half_life=13" in vary
    assert "customers.price_sensitivity=6.8" in comparison.compose_question(["market=grocery", *words]).base.vary


def test_rivals_that_imitate_are_tried_passive_and_passive_ones_imitating():
    c = compared()
    assert list(dict.fromkeys(c.variants.variant)) == [comparison.ALIKE, "market.S=2.6", comparison.IMITATION]
    copied = market(50, rivals_policy={"imitate": {"lag": 8}})
    assert comparison.imitated(copied) and not comparison.imitated(variant(copied, comparison.PASSIVE))


def test_a_setting_that_changes_nothing_is_called_inert_and_counted_nowhere():
    """S as it is repeats the runs, number by number: on screen and page it is named, in no count, row or sentence."""
    usual = dataclasses.replace(market(seeds=2), vary=("market.S=1.3", "market.S=2.6"))
    own = {"points": POINTS, "membership": JOINING}
    c = compare(usual, {"points": own, "twin": own}, horizon=1)
    assert c.inert == ["market.S=1.3"]
    assert list(c.elsewhere.variant.unique()) == ["market.S=2.6", comparison.IMITATION]
    assert "Inert here, counted nowhere: market.S = 1.3." in page.screen(c)
    assert [name for name, _, _ in page.page_variants(c)] == ["market.S = 2.6", "rivals.policy.imitate.lag = 13"]
    none = dataclasses.replace(c, variants=c.variants[c.variants.variant == "market.S=1.3"])
    assert none.elsewhere.empty and none.inert == c.inert and page.screen(none)


# --- asking ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["programs=[points]"], "2 to 8"),
        (["programs=[" + ",".join(["points"] * 9) + "]"], "2 to 8"),
        ([], "2 to 8"),
        (["programs=[points,clbu]"], "did you mean 'club'?"),
        (["programs=[points,none]"], "no term to be searched"),
        (["programs=[points,club]", "budget=-1"], "budget = -1"),
        (["programs=[points,club]", "budget=nan"], "finite"),
        (["programs=[points,club]", "budget=0"], "allowed 1e-06"),
        (["programs=[points,club]", "horizon=3"], "choose from 1, 2, 5"),
        (["programs=[points,club]", "program=points"], "programs=[a,b]"),
        (["programs=[points,club]", "weeks=50"], "horizon=1, 2 or 5"),
        (["programs=[points,club]", "term.club=probabilty"], "did you mean 'recognition.probability'?"),
        (["programs=[points,club]", "term.clb=x"], "did you mean 'club'?"),
        (["programs=[points,club]", "program.pointz.earn=1"], "no design has"),
        (["programs=[points,club]", "program.points.earn=-1"], "program.points.earn"),
        (["programs=[points,nowhere.yaml]"], "nowhere.yaml"),
        (["programs=[a+b,points]"], "no such option"),
    ],
)  # fmt: skip
def test_bad_questions_are_refused_with_a_remedy(words, told):
    with pytest.raises((ConfigError, OSError)) as error:
        compose_question(words)
    assert told in str(error.value)


def test_every_problem_is_told_at_once():
    with pytest.raises(ConfigError) as error:
        compose_question(["programs=[points,clbu]", "budget=-1", "horizon=3", "market.S=-1"])
    assert {p.key for p in error.value.problems} == {"market.S", "programs", "budget", "horizon"}


def test_values_of_a_component_go_to_the_designs_that_have_it(tmp_path):
    mine = tmp_path / "mine.yaml"
    mine.write_text("points: {earn: 2, face_value: 3}\n")
    asked = compose_question([f"programs=[points,club,points+recognition,{mine}]", "program.points.cost=0.6"])
    programs = {d.name: comparison.focal_program(d.scenario) for d in asked.designs}
    assert list(programs) == ["points", "club", "points+recognition", "mine"]
    assert programs["points"]["points"].cost == programs["points+recognition"]["points"].cost == 0.6
    assert set(programs["club"]) == {"membership", "recognition"}
    assert programs["mine"]["points"].earn == 2.0
    assert {(d.component, d.term) for d in asked.designs} == {("points", "face_value"), ("recognition", "probability")}


def test_every_design_meets_the_same_behaviours():
    asked = compose_question(["programs=[points,club]", "behaviour=none"])
    assert [list(d.scenario.behaviour) for d in asked.designs] == [["bond"], ["bond"]]
    assert "behaviour.bond.premium=0.03" in asked.base.vary  # the club needs bonds; points alone would not
    assert no_program(asked.designs[0].scenario) == no_program(asked.designs[1].scenario)


def test_what_comes_along_with_a_design_is_there_for_all(monkeypatch):
    """program=service brings failures to mend, as in a run; every design meets them, and what the user sets wins. What
    is searched is how many complaints are made good, which is what costs.
    """
    monkeypatch.setattr("loyaltysim.studies.comparison.launch_week", lambda scenario: 52)  # no market need run
    asked = compose_question(["programs=[recognition,service]"])
    lived = [d.scenario.behaviour["experience"] for d in asked.designs]
    assert lived[0] == lived[1] == asked.base.behaviour["experience"] and lived[0].failure == 0.05
    assert (asked.designs[1].component, asked.designs[1].term) == ("service", "recovery")
    own = compose_question(["programs=[recognition,service]", "+behaviour.experience.failure=0.2"])
    assert {d.scenario.behaviour["experience"].failure for d in own.designs} == {0.2}
    again = question(own.base, own.tree()["compare"])
    assert again.tree() == own.tree()


def test_variants_that_nobody_feels_are_left_out_and_wrong_ones_refused():
    asked = compose_question(["programs=[points,points]", "behaviour=none"])
    assert "market.S=0.6" in asked.base.vary and not any("bond" in text for text in asked.base.vary)
    asked = compose_question(["programs=[points,club]", "vary=['program.points.cost=0.5']"])
    assert asked.base.vary == ("program.points.cost=0.5",)
    assert variant(asked.designs[1].scenario, "program.points.cost=0.5") == asked.designs[1].scenario
    for wrong in ("market.Z=1", "behaviour.bnd.premium=1", "market.S=-1"):
        with pytest.raises(ConfigError, match="vary"):
            compose_question(["programs=[points,club]", f"vary=['{wrong}']"])


def test_a_saved_question_is_asked_again(tmp_path):
    c, file = compared(), tmp_path / "config.yaml"
    file.write_text(comparison.Compare(c.question).written, encoding="utf-8")
    assert compose_question([f"from={file}"]).tree() == plain(c.question.tree())


def test_completion_knows_the_designs():
    assert "programs=[points" in next_words("loyaltysim compare programs=[po")
    assert "programs=[points,club" in next_words("loyaltysim compare programs=[points,cl")
    assert "budget=" in next_words("loyaltysim compare bu")


# --- telling -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return page.save(compared(), tmp_path_factory.mktemp("compare") / "run")


def test_the_screen_is_a_screen():
    text = page.screen(compared())
    assert all(len(line) <= 100 for line in text.splitlines())
    assert page.happened(compared()).startswith("Of 4 designs")


def test_the_page_is_one_safe_file(folder):
    """Names are escaped; no script, no outside address; the policy allows exactly the style that is in the page."""
    html = (folder / "report.html").read_text("utf-8")
    assert "<script" not in html and "&lt;script&gt;" in html
    assert not re.search(r"""(src|href)=["'](?!data:image/svg)""", html)
    style = re.search(r"<style>(.*?)</style>", html, re.S).group(1)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in html and "default-src 'none'" in html
    assert "同样的钱" in html and page.happened(compared())[:20] in html


def told_by_hand() -> comparison.Comparison:
    """A comparison whose runs are written down, not simulated: two designs, one with a name that means harm."""
    own = {"points": POINTS}
    two = [{"name": EVIL, "program": own}, {"name": "b", "program": own}]
    with mock.patch.object(comparison, "launch_week", lambda scenario: LAUNCH):  # known; a market need not be compiled
        asked = comparison.question(market(20), {"programs": two, "budget": 1.0})
    numbers = {name: 1.0 for name in (*(c.name for c in page.COLUMNS), "ahead_until_week") if name != "return"}
    rows = [
        {"design": d.name, "seed": s, "years": y, **numbers}
        for d in asked.designs
        for s in range(2)
        for y in comparison.YEARS
    ]
    moved = {**numbers, "profit_per_customer": 2.0}
    variants = [{"variant": "market.S=9", "design": d.name, "seed": 1, **moved} for d in asked.designs]
    funded = tuple(Funded("points", "face_value", 3.0, 3.0, 1.0, True) for _ in asked.designs)
    worlds = tuple(d.scenario for d in asked.designs)
    return comparison.Comparison(asked, 1.0, funded, worlds, pd.DataFrame(rows), pd.DataFrame(variants))


def test_a_comparison_without_its_figure_is_whole(tmp_path, monkeypatch, capsys):
    """The page has no picture, the manifest no figure, and everything else is there."""

    def bad(*_):
        raise ValueError("too wide")

    monkeypatch.setattr(page.charts, "headline", bad)
    made = page.save(told_by_hand(), tmp_path / "run")
    files = {path.name for path in made.iterdir()}
    assert "figure.png" not in files and {"report.html", "compare.csv", "summary.json", "manifest.json"} <= files
    assert "<img" not in (made / "report.html").read_text("utf-8")
    assert "a figure could not be drawn and is left out: ValueError: too wide" in capsys.readouterr().err


def test_the_page_escapes_names():
    html = page.html(told_by_hand(), b"<svg/>")
    assert "<script" not in html and "&lt;script&gt;" in html


def test_text_that_is_a_formula_is_guarded():
    assert f"'{EVIL}".replace('"', '""') in page.csv(told_by_hand().table)


def test_a_spreadsheet_finds_no_formula(folder):
    """Text that begins like a formula is led by an apostrophe; numbers, negative ones too, stay numbers."""
    for file in folder.glob("*.csv"):
        assert not re.search(r"(^|,)\"?=1\+1", file.read_text("utf-8"), re.M), file.name
    table = pd.read_csv(folder / "compare.csv")
    assert table.value.dtype == float and (table.value < 0).any()
    assert set(page.safe(pd.DataFrame({"a": ["@x", "-y", "+z", "\tq", "ok"]})).a) == {"'@x", "'-y", "'+z", "'\tq", "ok"}


def test_the_same_comparison_is_the_same_bytes(folder, tmp_path):
    again = page.save(compared(), tmp_path / "again")
    for file in sorted(folder.iterdir()):
        other = (again / file.name).read_bytes()
        if file.name == "manifest.json":
            one, two = (json.loads(x) for x in (file.read_bytes(), other))
            assert one.pop("circumstances") and two.pop("circumstances") and one == two
        else:
            assert file.read_bytes() == other, file.name


def test_the_summary_holds_what_the_page_says(folder):
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    c = compared()
    value = summary["numbers"]["points"]["2"]["profit_per_customer"]["value"]
    assert value == c.estimate("points", "profit_per_customer").value
    assert summary["order"]["2"] == c.ranking() and summary["happened"] == page.happened(c)


@pytest.mark.browser
def test_the_page_opens_offline_wide_and_narrow(folder, chromium):
    """In a browser: nothing on the console, no request beside the file, no sideways scrolling at 380 pixels."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: `pip install .[dev]`")
    trouble: list[str] = []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        view = browser.new_page(viewport={"width": 380, "height": 800})
        view.on("console", lambda message: trouble.append(message.text))
        view.on("dialog", lambda dialog: trouble.append(dialog.message))
        view.on("request", lambda r: trouble.append(r.url) if not r.url.startswith(("file:", "data:")) else None)
        view.goto((folder / "report.html").as_uri())
        for width in (380, 1280):
            view.set_viewport_size({"width": width, "height": 800})
            assert view.evaluate("document.documentElement.scrollWidth") <= width
        assert view.evaluate("document.images[0].naturalWidth") > 300
        assert view.locator("table.cards tbody tr").count() == len(compared().names)
        assert len(view.pdf()) > 10_000
        browser.close()
    assert trouble == []


def test_the_command_line_compares(tmp_path, capsys, monkeypatch):
    """Text, json and --cfg job; a folder of another comparison is refused."""
    monkeypatch.chdir(tmp_path)
    words = ["programs=[points,points]", "seeds=2", "customers.n=60", "behaviour=none", "vary=[]", "market=toothpaste"]
    words += ["compute.processes=1", "out=here", "worlds=none", "budget=0.001"]
    assert main(["compare", *words, "print=json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["chances"]["points"]["points #2"] == 0.5
    assert (tmp_path / "here/report.html").is_file()
    assert main(["compare", *words[:-1], "budget=0.002"]) == 2
    assert "holds another run" in capsys.readouterr().err
    assert main(["compare", *words, "--cfg", "job"]) == 0
    assert "search: points.face_value" in capsys.readouterr().out
