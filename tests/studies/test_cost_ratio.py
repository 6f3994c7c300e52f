"""What winning and keeping cost: measured curves against closed forms, verdicts by hand, the committed answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from experiments import cost_ratio
from experiments.cost_ratio import CostRatio, Keeping, Year

from loyaltysim.present import story
from loyaltysim.runs.files import csv
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies import experiment
from loyaltysim.theory.spending import Curve, answered, best_spending

ROOT = Path(__file__).parents[2]
WINNING, KEEPING = Curve(0.05, 0.5), Curve(0.90, 0.2)
PROSPECTS = 1000.0  # a year
SETTINGS = CostRatio(discount=0.15, warm=0, keeping=tuple(np.linspace(0.0, 40.0, 81)), step=0.1)
BEST = best_spending(50.0, 0.15, WINNING, KEEPING)


def on_paper(budget: float, service: float) -> Year:
    """A firm that stands still, by its curves: 1000 prospects a year, a margin of 50."""
    won = PROSPECTS * float(answered(52.0 * budget / PROSPECTS, WINNING))
    kept = float(answered(service, KEEPING))
    customers = won / (1.0 - kept)
    spent = 52.0 * budget + service * customers
    return Year(won, kept * customers, customers, customers, 50.0 * customers, service * customers, 52.0 * budget,
                5.0 * spent, 5.0 * (50.0 * customers - spent), customers)  # fmt: skip


def keeping() -> Keeping:
    """The curve of keeping through 81 levels."""
    return Keeping.through(SETTINGS, [on_paper(1.0, level) for level in SETTINGS.keeping])


def test_the_best_spending_on_measured_curves_is_that_of_the_closed_form():
    """Both optima within a step of the search (40 / 2000, the largest budget / 2000) and what interpolation loses."""
    service, value = keeping().best()
    assert service == pytest.approx(BEST.on_keeping, abs=0.05) and value == pytest.approx(BEST.value, rel=1e-4)
    budgets = np.linspace(5.0, 120.0, 60)
    found = cost_ratio.best_budget(budgets, [on_paper(b, 10.0).won for b in budgets], value)
    assert 52.0 * found / PROSPECTS == pytest.approx(BEST.on_winning, rel=0.01)


def test_costs_at_the_best_spending_are_those_of_the_closed_form():
    """Averages and their ratio; one more of either costs the value of a customer, by steps of 10 %: a central
    difference of an exponential errs by (response x step)^2 / 6, here below 2 %.
    """
    found = cost_ratio.costs(on_paper, SETTINGS, PROSPECTS * BEST.on_winning / 52.0, BEST.on_keeping, 0.0)
    assert found["per_won"] == pytest.approx(BEST.per_won, rel=0.02)
    assert found["per_kept"] == found["per_caused"] == pytest.approx(BEST.per_kept, rel=0.01)
    assert found["one_more_won"] == pytest.approx(BEST.value, rel=0.02)
    assert found["one_more_kept"] == pytest.approx(BEST.value, rel=0.02)
    assert found["ratio"] == pytest.approx(BEST.ratio, rel=0.03) and found["ratio_marginal"] == pytest.approx(
        1.0, abs=0.03
    )


def test_keeping_is_charged_to_all_or_to_those_it_caused():
    """At 16.3 a year .8655 stay; where .5 stay for nothing, each of the .3655 caused costs 2.4 times as much."""
    found = cost_ratio.costs(on_paper, SETTINGS, 40.0, BEST.on_keeping, 0.5)
    share = BEST.kept / (BEST.kept - 0.5)
    assert found["per_caused"] / found["per_kept"] == pytest.approx(share, rel=0.02)
    assert found["ratio"] / found["ratio_caused"] == pytest.approx(share, rel=0.02)


def test_a_move_spends_as_much_as_before():
    """From twice the best on winning and half on keeping it pays, from the best it costs; spending is equal."""
    s = replace(SETTINGS, move=0.25)
    best = (PROSPECTS * BEST.on_winning / 52.0, BEST.on_keeping)
    wrong = cost_ratio.moved(on_paper, s, (2.0 * best[0], best[1] / 2.0), keeping())
    right = cost_ratio.moved(on_paper, s, best, keeping())
    assert abs(wrong["unequal"]) < 0.05 and abs(right["unequal"]) < 0.002
    assert wrong["swap_profit"] > 0.0 > wrong["swap_cost"] and right["swap_profit"] < wrong["swap_profit"]


@pytest.mark.parametrize(
    ("cost", "profit", "word"),
    [
        (-0.1, 0.1, "supported"),
        (-0.1, -0.1, "refuted"),
        (0.1, 0.1, "refuted"),
        (0.0, 0.1, "refuted"),  # only one moves
        (0.0, 0.0, "practically nil"),
        (-0.1, 0.02, "inconclusive"),
        (0.1, 0.02, "refuted"),
    ],
)
def test_a_move_is_judged_on_both(cost, profit, word):
    """S0-02: cost per customer falls and profit rises; an error of .002, or .02 where profit changes by .02."""
    row = {"swap_cost[1]": cost, "swap_cost[1]_error": 0.002, "swap_profit[1]": profit}
    row["swap_profit[1]_error"] = 0.02 if profit == 0.02 else 0.002
    assert cost_ratio.of_a_move(row | {"unequal[1]": 0.0}, 1.0, 0.01).word == word
    assert cost_ratio.of_a_move(row | {"unequal[1]": 0.05}, 1.0, 0.01).word == "cannot judge"


def test_a_range_is_judged_by_where_worlds_lie():
    """Ten worlds: nine between 5 and 20 support it, nine below refute it; spending nothing is no answer."""
    rows = pd.DataFrame({"ratio": [8.0] * 9 + [2.0], "ratio_error": 0.1})
    assert cost_ratio.in_range(rows, "ratio", 5.0, 20.0).word == "supported"
    assert cost_ratio.in_range(rows.assign(ratio=[2.0] * 9 + [8.0]), "ratio", 5.0, 20.0).word == "refuted"
    assert cost_ratio.in_range(rows.assign(ratio=[2.0] * 5 + [8.0] * 5), "ratio", 5.0, 20.0).word == "depends"
    assert cost_ratio.in_range(rows.assign(ratio=np.nan), "ratio", 5.0, 20.0).word == "cannot judge"


@pytest.mark.parametrize(
    ("word", "said"),
    [("weeks=100", "weeks"), ("experiment.keeping=[0,5]", "keeping"), ("experiment.winning=[2,1,3]", "winning")],
)
def test_runs_that_count_nothing_are_refused(word, said):
    """Before anything is run, with the key."""
    with pytest.raises(ConfigError, match=said):
        cost_ratio.check(experiment.plan("cost_ratio", CostRatio, [word]))


def test_the_committed_answer_follows_from_its_runs():
    """Story and table are made again from runs.csv, byte by byte; every row of the claims has a verdict."""
    folder, made = ROOT / "results" / "cost_ratio", experiment.plan("cost_ratio", CostRatio, [])
    found = cost_ratio.told(made, pd.read_csv(folder / "runs.csv"))
    assert csv(found.table) == (folder / "table.csv").read_text("utf-8")
    assert story.story(found) == (folder / "story.md").read_text("utf-8")
    assert set(found.verdicts) == set(made.settings.claims)
