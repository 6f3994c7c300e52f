"""The emergent arm and the profit of retention: conservation, neutral causes, parts that add up, both outcomes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from experiments import profit_of_retention as profit
from experiments import retention_emergent as emergent

from loyaltysim.cli.experiment import main
from loyaltysim.measures.statistics import estimate
from loyaltysim.measures.verdict import Verdict, lies_within
from loyaltysim.present import story
from loyaltysim.runs.files import csv
from loyaltysim.studies import experiment

ROOT = Path(__file__).parents[2]
TERMS = {"quality": 2.7, "rewards": 27.0, "recovery": 1.0, "slips": -1.4}  # about what the search finds
BUDGETS = {"open": 0.05, "depleting": 0.07, "closed": 0.05, "open/leavers": 0.1}
PEOPLE = ["outside", "from_a", "from_b", "from_c", "left", "opening", "closing"]


def emergent_plan(*words: str) -> emergent.Plan:
    return experiment.plan("retention_emergent", emergent.Emergent, ["compute.processes=1", *words])


def profit_plan(*words: str) -> profit.Plan:
    return experiment.plan("profit_of_retention", profit.ProfitOfRetention, ["compute.processes=1", *words])


def lived(made: emergent.Plan, *names: str, seeds: int = 1) -> pd.DataFrame:
    """These arms, run."""
    worlds = emergent.arms(made, BUDGETS, TERMS)
    runs = [
        emergent.live((worlds[name], seed)).assign(world=name, seed=seed) for name in names for seed in range(seeds)
    ]
    return pd.concat(runs, ignore_index=True)


# --- the emergent arm ---


@pytest.fixture(scope="module")
def closed() -> pd.DataFrame:
    return lived(emergent_plan("customers.n=600"), "closed/nobody", "closed/quality", "closed/rewards")


def test_who_wins_a_customer_takes_it_from_somebody(closed):
    """Closed market, every year: acquired = lost over all firms, nobody from outside, nobody from oneself."""
    yearly = closed.groupby(["world", "year"]).sum(numeric_only=True)
    assert (emergent.acquired(yearly) == yearly.left).all()
    assert (yearly.closing == 600).all()
    assert (closed.outside == 0).all()
    assert all((closed[f"from_{firm}"][closed.firm == firm] == 0).all() for firm in "abc")
    assert (closed.opening + emergent.acquired(closed) - closed.left == closed.closing).all()


def test_firms_are_the_same_until_they_part(closed):
    """The year as equals is one and the same in every arm, money included; the next one is not."""
    shared = closed.drop(columns="world").groupby(["firm", "year"]).nunique()
    assert (shared.xs(0, level="year") == 1).all(axis=None)
    assert shared.closing.xs(1, level="year").max() > 1


def test_a_cause_without_effect_leaves_three_equal_firms():
    """Known answer: satisfaction worth nothing, and all customers move as if nobody had changed; money does differ."""
    runs = lived(
        emergent_plan("customers.n=300", "weeks=208", "behaviour.experience.premium=0"), "open/nobody", "open/quality"
    )
    nobody, quality = (group.reset_index(drop=True) for _, group in runs.groupby("world"))
    pd.testing.assert_frame_equal(nobody[PEOPLE], quality[PEOPLE])
    assert (nobody.profit != quality.profit)[nobody.firm != "b"].any()


def test_the_books_of_a_year_are_those_of_its_weeks():
    """Closing customers, money spent on acquisition and profit as the market itself has them at the end."""
    made = emergent_plan("customers.n=300", "weeks=208")
    arm = emergent.arms(made, BUDGETS, TERMS)["open/quality"]
    rows = emergent.live((arm, 3))
    before = {n: emergent.Offer(1.0, 1.0, emergent.complete(f.program)) for n, f in arm.before.firms.items()}
    after = {n: emergent.Offer(1.0, 1.0, emergent.complete(f.program)) for n, f in arm.world.firms.items()}
    book = emergent.Market(arm.world, 3, offers=[before] * 52 + [after] * 156).run().weekly
    for firm, own in rows.groupby("firm"):
        weekly = book[book.firm == firm]
        assert own.closing.to_list() == weekly.customers.iloc[51::52].to_list()
        assert own.profit.sum() == weekly.profit.sum() and own.spent.sum() == weekly.acquisition.sum()
        assert own.outside.sum() == weekly.acquired.sum()


@pytest.fixture(scope="module")
def both() -> pd.DataFrame:
    """Verdicts of small runs in settings that any user may choose."""
    made = emergent_plan("customers.n=1500", "seeds=6")
    arms = {"open": ("quality", "recovery"), "depleting": ("drained",), "closed": ("quality",)}
    names = [f"{structure}/{arm}" for structure, own in arms.items() for arm in ("nobody", *own)]
    t = emergent.table(made, emergent.windows(made, lived(made, *names, seeds=6)))
    return emergent.judged(made, t).set_index(["world", "claim"]).verdict


@pytest.mark.parametrize(
    ("claim", "yes", "no"),
    [
        ("S4-06", "open/quality", "depleting/drained"),  # the loyal firm grows; not where all who leave are lost
        ("S4-05", "closed/quality", "open/recovery"),  # dearer and poorer; not where nobody else keeps more
    ],
)
def test_a_claim_can_come_out_either_way(both, claim, yes, no):
    """Not wired: two admissible settings with opposite verdicts."""
    assert both[yes, claim] == "supported"
    assert both[no, claim] == "refuted"


def fake_windows(made: emergent.Plan, drift: float) -> pd.DataFrame:
    """Windows with known money: cost 50 as equals, `drift` times that later, under quality 1.3 times that again.

    Profit a year is 100, later 80 where nobody changes and 60 under quality.
    """
    rows = []
    for world, dearer, earned in (("open/nobody", 1.0, 80.0), ("open/quality", 1.3, 60.0), ("open/leavers", 9.0, 60.0)):
        for window, years in {"equals": 1, "second": 1, "late": 3, "apart": 10}.items():
            for seed, wave in enumerate((0.98, 1.02, 0.99)):
                cost = 50.0 * (1.0 if window == "equals" else dearer * drift)
                row = {"world": world, "seed": seed, "window": window, "opening": 1000, "closing": 1000, "left": 100}
                row |= {"outside": 50, "from_a": 50, "from_b": 0, "from_c": 0, "spent": 10_000 * cost * wave}
                money = 100.0 if window == "equals" else earned
                rows += [{**row, "profit": years * money * wave, "firm": firm} for firm in made.world.firms]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("drift", [0.7, 1.0, 1.5])
def test_a_drift_that_the_control_shares_is_no_effect(drift):
    """Known answer: 30 % dearer and 25 % poorer than where nobody changes, whatever moves all firms alike.

    With a drift of 0.7 acquisition is cheaper than the firm's own was (-9 %); with 1.5 it is 95 % dearer.
    """
    made = emergent_plan()
    t = emergent.table(made, fake_windows(made, drift))
    own = t[(t.world == "open/quality") & (t.firm == "c")].iloc[0]
    assert own.cost_change == pytest.approx(1.3 * drift - 1.0)
    assert (own.cost_effect, own.late_profit_effect) == pytest.approx((0.3, -0.25))
    found = emergent.judged(made, t).set_index(["world", "claim"]).verdict
    assert found["open/quality", "S4-05"] == "supported"
    assert found["open/nobody", "S4-05"] == "refuted"
    assert found["open/leavers", "S4-05"] == "cannot judge"  # the switch itself made it dearer: it has no control


def test_the_end_that_is_nearer_where_the_goal_is_out_of_reach():
    """A root inside is found; without one the nearer end is the answer, in both experiments."""
    for sought in (emergent.sought, profit.sought):
        assert sought(lambda x: x - 0.3, 0.0, 1.0) == pytest.approx(0.3, abs=2e-3)
        assert sought(lambda x: x - 3.0, 0.0, 1.0) == 1.0
        assert sought(lambda x: x + 3.0, 0.0, 1.0) == 0.0


def test_a_search_ends_as_soon_as_it_is_near():
    """Within the tolerance after a few steps; where a goal lies in a jump, the nearest point that was seen."""
    asked: list[float] = []
    found = profit.sought(lambda x: asked.append(x) or x**3 - 0.3, 0.0, 1.0, 0.01)
    assert abs(found**3 - 0.3) <= 0.01 and len(asked) <= 8
    assert profit.sought(lambda x: -2.0 if x < 0.3 else 1.0, 0.0, 1.0, 0.01) >= 0.3


def test_the_goal_is_the_mean_of_the_judged_seeds(monkeypatch):
    """Known answer: in three runs the same terms gain 0.7, 1.3 and 1.1 times as much; five points is their mean."""

    def keep(job: tuple) -> dict[str, float]:
        (world, _, _), seed = job
        churn = world.firms["a"].churn
        luck = {1: 0.7, 2: 1.3, 3: 1.1}[seed]
        return {"retention": 0.62 if churn is None else 0.62 + luck * (0.48 - churn)}

    monkeypatch.setattr(profit, "keep", keep)
    made = profit_plan("seeds=3", "experiment.causes=[]", "experiment.industries=[telecom]")
    found = profit.search((made, "telecom"))
    gained = (0.7 + 1.3 + 1.1) / 3.0 * (0.48 - found["points"])
    assert gained == pytest.approx(0.05, abs=0.001)


@pytest.fixture(scope="module")
def telecom() -> tuple[profit.Plan, dict[str, float]]:
    """A search in a small market, over four seeds."""
    words = ["customers.n=1000", "seeds=4", "weeks=208", "experiment.measured=[53, 207]", "experiment.causes=[]"]
    made = profit_plan("experiment.industries=[telecom]", *words)
    return made, profit.search((made, "telecom"))


def test_five_points_are_five_in_the_runs_that_are_judged(telecom):
    """Mean retention over the judged seeds rises by what was asked for, within the tolerance; so does 5 % of it."""
    made, found = telecom
    s, worlds = made.settings, profit.arms(made, {"telecom": found})
    kept = {
        name: np.mean([profit.keep(((world, s.measured, s.discount), seed))["retention"] for seed in range(1, 5)])
        for name, world in worlds.items()
    }
    assert kept["telecom/base"] == found["base"]
    assert kept["telecom/points"] - kept["telecom/base"] == pytest.approx(s.points, abs=s.tolerance)
    assert kept["telecom/relative"] / kept["telecom/base"] == pytest.approx(1.05, abs=s.tolerance / 0.6)


@pytest.mark.parametrize(
    ("words", "word"),
    [
        (["supported", "supported"], "supported"), (["supported", "inconclusive"], "inconclusive"),
        (["inconclusive", "refuted"], "refuted"), (["cannot judge", "supported"], "cannot judge"),
    ],
)  # fmt: skip
def test_all_of(words, word):
    """What must hold for all firms is refuted by one."""
    assert emergent.all_of([Verdict(w, "") for w in words]).word == word


@pytest.mark.parametrize(("words", "said"), [(["weeks=560"], "whole years"), (["experiment.apart=60"], "whole years")])
def test_bad_years_are_refused(tmp_path, capsys, words, said):
    """Exit code 2 and the fix."""
    folder = [f"out={tmp_path / 'none'}"]
    assert main(emergent.EXPERIMENT, [*words, *folder]) == 2
    assert said in capsys.readouterr().err


# --- the profit of retention ---


def test_the_published_churn_is_in_the_market():
    """Pitney Bowes 2007: 18.3 % retail banking, 38.6 % mobile telephony, to half a unit of the last digit."""
    made = profit_plan()
    for industry, churn in (("bank", 0.183), ("telecom", 0.386)):
        assert profit.mean_churn(profit.market(made, industry).behaviour["renewal"]) == pytest.approx(churn, abs=5e-4)


def test_a_market_stays_as_large_as_it_is():
    """As many come as leave: after four years within 4 standard errors (sqrt of comers and leavers) and 2 % drift."""
    made = profit_plan("customers.n=2000", "weeks=208")
    weekly = profit.Market(profit.market(made, "software"), 1).run().weekly
    ends = weekly[weekly.week == 207].customers.sum()
    moved = weekly.acquired.sum() + weekly.exited.sum()
    assert abs(ends - 2000) < 4.0 * np.sqrt(moved) + 40


def test_what_better_service_costs_moves_money_only():
    """The same people stay at any cost, and profit falls by exactly what is booked."""
    made = profit_plan("customers.n=500", "weeks=208")
    act = profit.does(made, "bank", made.settings.causes[1], 2.0)
    free = [*(text for text in act if "unit_cost" not in text), "program.service.unit_cost=0"]
    dear, cheap = (profit.keep(((profit.market(made, "bank", more), (53, 207), 0.1), 4)) for more in (act, free))
    assert (dear["retention"], dear["customers"], dear["won"]) == (cheap["retention"], cheap["customers"], cheap["won"])
    assert dear["cost"] > 0.0 == cheap["cost"]
    assert cheap["pv"] - dear["pv"] == pytest.approx(dear["cost"], rel=1e-9)


def fake_runs() -> pd.DataFrame:
    """Runs with known parts: base 100, for nothing 120, alone 130 at a cost of 15, copied 105; kept .80 and .85."""
    made, rows = profit_plan(), []
    for industry in made.settings.industries:
        arms = {"base": (100.0, 0.0, 0.80), "points": (120.0, 0.0, 0.85), "relative": (116.0, 0.0, 0.84)}
        for cause in made.settings.causes:
            arms |= {cause.name: (130.0, 15.0, 0.85), f"{cause.name}_copied": (105.0, 15.0, 0.82)}
        for seed, wave in enumerate((-1.0, 1.0, -1.0, 1.0)):
            for arm, (pv, cost, kept) in arms.items():
                row = {"world": f"{industry}/{arm}", "seed": seed, "retention": kept, "won": 1.0, "customers": 1.0}
                row |= dict.fromkeys(("pv", "pv_plain", "pv_half", "last", "rivals"), pv * (1.0 + 0.01 * wave))
                rows.append({**row, "cost": cost * (1.0 + 0.01 * wave)})
    return pd.DataFrame(rows)


def test_the_parts_of_known_runs():
    """Arithmetic 20 %, cost -15 %, side effects 25 %, rivals -25 %: together 5 %. Break-even: three times its cost."""
    made = profit_plan()
    t = profit.table(made, fake_runs())
    for name, value in {"arithmetic": 0.20, "cost": -0.15, "side": 0.25, "rivals": -0.25, "total": 0.05}.items():
        assert t[name].to_numpy() == pytest.approx(np.full(len(t), value), abs=1e-9), name
    assert t.break_even.to_numpy() == pytest.approx(np.full(len(t), 3.0))
    assert (t.verdict_alone == "supported").all() and (t.verdict_total == "refuted").all()


def test_a_cause_that_does_not_reach_the_points_is_not_judged():
    """Retention that rises by one point instead of five says nothing about five."""
    made, runs = profit_plan(), fake_runs()
    runs.loc[runs.world.str.endswith("/recovery"), "retention"] = 0.81
    t = profit.table(made, runs).set_index("cause")
    assert set(t.verdict_total["recovery"]) == {"cannot judge"}
    assert set(t.verdict_total["quality"]) == {"refuted"}


@pytest.mark.parametrize(("kept", "word"), [(0.8529, "refuted"), (0.8531, "cannot judge"), (0.8469, "cannot judge")])
def test_six_points_are_not_judged_as_five(kept, word):
    """More than the tolerance of 0.3 points off, on either side: no verdict on what is for nothing; it is said."""
    made, runs = profit_plan(), fake_runs()
    runs.loc[runs.world == "telecom/points", "retention"] = kept
    t, free = profit.table(made, runs), profit.arithmetic(made, runs)
    assert set(t[t.industry == "telecom"].verdict_arithmetic) == {word}
    counted = profit.settings_of(made, t, free)
    assert ("telecom for nothing, year 10 alone" in counted) == (word == "refuted")
    assert "telecom for nothing, 5 % relative, 10 years" in counted
    assert ("telecom got" in profit.caution(made, t)) == (word != "refuted")
    assert (
        f"{100 * (kept - 0.8):.1f} "
        in profit.shown(made, t).set_index("industry, cause")["points free; earned"].str.cat()
    )


def test_grocery_cannot_be_judged(tmp_path, capsys):
    """Without contracts nobody leaves: exit code 2, and it says why."""
    words = ["experiment.industries=[grocery]", f"out={tmp_path / 'none'}"]
    assert main(profit.EXPERIMENT, words) == 2
    assert "repeat buying" in capsys.readouterr().err


# --- the committed results ---


def saved(name: str, *tables: str) -> list[pd.DataFrame]:
    return [pd.read_csv(ROOT / "results" / name / f"{table}.csv") for table in tables]


def test_the_committed_emergent_arm_follows_from_its_runs():
    """Tables and story are made again from runs.csv, figure.csv and terms.csv, byte by byte."""
    made, folder = experiment.plan("retention_emergent", emergent.Emergent, []), ROOT / "results" / "retention_emergent"
    found = emergent.told(made, *saved("retention_emergent", "runs", "figure", "terms"))
    assert csv(found.table) == (folder / "table.csv").read_text("utf-8")
    assert story.story(found) == (folder / "story.md").read_text("utf-8")


def test_a_committed_rate_read_in_another_way():
    """Growth of firm a in the open market, from the raw counts."""
    runs, table = saved("retention_emergent", "runs", "table")
    own = runs[(runs.world == "open/quality") & (runs.firm == "a") & (runs.window == "late")]
    row = table[(table.world == "open/quality") & (table.firm == "a")].iloc[0]
    assert row.growth_late == pytest.approx(own.closing.sum() / own.opening.sum() - 1.0, abs=1e-6)
    assert row.acquired_late - row.churn_late == pytest.approx(row.growth_late, abs=1e-6)


def test_no_growth_is_written_in_advance():
    """Runs in which a and c trade places tell another story: the firm called loyal shrinks in the closed market."""
    made = experiment.plan("retention_emergent", emergent.Emergent, [])
    runs, data, terms = saved("retention_emergent", "runs", "figure", "terms")
    swap = {"a": "c", "c": "a", "b": "b"}
    turned = runs.assign(firm=runs.firm.map(swap)).rename(columns={"from_a": "from_c", "from_c": "from_a"})
    found = emergent.told(made, turned, data.assign(line=data.line.map(swap)), terms)
    words = found.more["verdicts"].set_index(["world", "claim"]).verdict
    assert words["closed/quality", "S4-06"] == "refuted"
    assert found.draw().texts[0].get_text() != emergent.told(made, runs, data, terms).draw().texts[0].get_text()


def test_the_committed_profit_follows_from_its_runs():
    """Tables and story are made again from runs.csv and terms.csv; the parts add up to the whole in every row."""
    made, folder = (
        experiment.plan("profit_of_retention", profit.ProfitOfRetention, []),
        ROOT / "results" / "profit_of_retention",
    )
    found = profit.told(made, *saved("profit_of_retention", "runs", "terms"))
    assert story.story(found) == (folder / "story.md").read_text("utf-8")
    t = found.table
    assert (t.points - 0.05).abs().max() <= made.settings.tolerance
    whole = t.arithmetic + t.cost + t.side + t.rivals
    assert whole.to_numpy() == pytest.approx(t.total.to_numpy(), abs=1e-9)
    assert (t.alone + t.rivals).to_numpy() == pytest.approx(t.total.to_numpy(), abs=1e-9)


def test_the_range_is_reached_somewhere_and_missed_elsewhere():
    """The claim is not wired: among the committed ways to count there is support and there is refutation."""
    (free,) = saved("profit_of_retention", "arithmetic")
    words = {lies_within(estimate([r.low, r.high], ""), 0.25, 0.85).word for r in free.itertuples() if r.low == r.high}
    assert {"supported", "refuted"} <= words
