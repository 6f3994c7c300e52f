"""The main job: what must be exactly zero is, parts add up, and the numbers agree with each other."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from scipy import stats

import loyaltysim
from loyaltysim.measures import program_effects, twins
from loyaltysim.present import run as page
from loyaltysim.runs.files import Records
from loyaltysim.scenario.model import Compute
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies import single
from tests import scenarios, small_studies
from tests.small_studies import value

PARTS = ("price", "selection", "progress", "habit", "bond", "remainder")


def inert():
    return small_studies.launched(points={"face_value": 0.0})


def test_a_program_that_gives_nothing_does_nothing():
    """Face value 0: every lift is exactly 0, in every seed, and the arms' books are the same to the cent."""
    found = small_studies.ran(inert)
    for name in ("visits", "revenue", "share_points", "profit", *(f"from_{part}" for part in PARTS)):
        entry = found.summary[f"lift_{name}"]
        assert (entry["value"], entry["low"], entry["high"]) == (0.0, 0.0, 0.0), name
    for name in ("profit_per_customer", "reward_expense_per_customer", "enrolled_share", "heavy_lift"):
        assert value(found, name) == 0.0, name
    for name in ("deadweight", "naive_effect", "true_effect", "payback_week", "naive_over_true", "affordable_cost"):
        assert found.summary[name]["value"] is None, name
    by_arm = {arm: rows.drop(columns="arm").reset_index(drop=True) for arm, rows in found.firms.groupby("arm")}
    assert by_arm["with"].equals(by_arm["without"]) and by_arm["with"].equals(by_arm["replayed"])


def test_with_static_rivals_nobody_in_the_program_is_the_world_without_it():
    """T1|i = T0 when rivals do not react: every customer's visits, every week's books."""
    found = small_studies.ran()
    by_arm = {arm: rows.drop(columns="arm").reset_index(drop=True) for arm, rows in found.firms.groupby("arm")}
    assert by_arm["replayed"].equals(by_arm["without"])
    assert (found.customers.visits_replayed == found.customers.visits_without).all()


def test_before_the_launch_the_worlds_are_one():
    firms = small_studies.ran().firms
    early = firms[firms.week < 12]
    by_arm = [rows.drop(columns="arm").reset_index(drop=True) for _, rows in early.groupby("arm")]
    assert by_arm[0].equals(by_arm[1]) and by_arm[1].equals(by_arm[2])


def test_the_window_is_that_of_the_focal_firm_wherever_it_stands():
    """The second of the firms from week 12 of 40; before the launch, weeks 0 to 12."""
    scenario = dataclasses.replace(small_studies.launched(), focal="b")
    w = program_effects.Window.of(scenario, 12)
    assert w == program_effects.Window("b", 1, 12, 40) and w.before == program_effects.Window("b", 1, 0, 12)


def test_parts_of_the_lift_add_up():
    found = small_studies.ran()
    total = sum(value(found, f"lift_from_{part}") for part in PARTS)
    assert total == pytest.approx(value(found, "lift_visits"), abs=1e-12)
    product = -value(found, "elasticity") * value(found, "reward_rate") * value(found, "enrolled_share_of_sales")
    assert value(found, "lift_from_price") == pytest.approx(product, rel=0.02)  # a mean of products
    assert value(found, "lift_from_habit") == value(found, "lift_from_bond") == 0.0


def plain_cash():
    """Everybody enrolled from week 0, no progress, no links, constant rates: the theory's own case."""
    points = {"threshold": 100.0, "face_value": 1.0, "strength": 0.0}
    scenario = scenarios.points_world(8000, 52, points=points, joining=scenarios.EAGER, log=False)
    return dataclasses.replace(scenario, seeds=8, compute=Compute(processes=1))


def test_the_lift_of_a_small_reward_is_elasticity_times_reward():
    """To first order (docs: the model, 11.7). The rest: curvature, below lift x beta x reward, and luck over seeds.

    Luck: Student's t(7) at a two-sided 1e-5 instead of 5 %. A remainder of a quarter of the lift would be seen.
    """
    found = small_studies.ran(plain_cash)
    rest, total = found.summary["lift_from_remainder"], value(found, "lift_visits")
    luck = (rest["high"] - rest["low"]) / 2.0 * stats.t.ppf(1.0 - 5e-6, 7) / stats.t.ppf(0.975, 7)
    curvature = total * 4.0 * 0.01
    assert luck + curvature < 0.25 * total, "too small a world to tell"
    assert abs(rest["value"]) <= luck + curvature
    assert value(found, "lift_from_selection") == pytest.approx(0.0, abs=total * 0.05)


def test_deadweight_is_a_share_and_both_counts_agree_for_a_sole_adopter():
    """A better offer moves purchases only towards its firm (independent races), so the two counts are one number."""
    found = small_studies.ran()
    assert 0.8 < value(found, "deadweight") < 1.0
    assert value(found, "deadweight") == pytest.approx(value(found, "deadweight_twin"), abs=1e-12)


def test_profit_lift_and_break_even_agree():
    """gain = sales x (margin - cost) x (lift - break-even lift): the sign of one is the sign of the other."""
    found = small_studies.ran()
    firms = found.firms[(found.firms.firm == "a") & (found.firms.week >= 12)]
    old, new = (firms[firms.arm == arm].groupby("seed")[["revenue", "profit"]].sum() for arm in ("without", "with"))
    cost = value(found, "reward_expense_of_sales")
    expected = (old.revenue * (0.3 - cost) * (new.revenue / old.revenue - 1.0 - value(found, "break_even_lift"))).mean()
    assert (new.profit - old.profit).mean() == pytest.approx(expected, rel=0.02)


def test_at_the_affordable_cost_of_rewards_the_program_breaks_even():
    """Costs move no choice: the same study with cheaper rewards gains nothing and loses nothing, but for cents."""
    found = small_studies.ran()
    share = value(found, "affordable_cost")
    cheaper = single.run(small_studies.launched(points={"cost": 0.8 * share}))
    before = abs(value(found, "profit_per_customer"))
    assert abs(value(cheaper, "profit_per_customer")) <= 0.01 * before
    assert value(cheaper, "lift_visits") == value(found, "lift_visits")


@pytest.mark.parametrize(
    ("gains", "week"),
    [
        ([5, 1, 2], 1.0),  # never in the red
        ([-5, 3, 3, 1], 3.0),  # cumulated -5, -2, 1, 2
        (
            [-5, 6, -2, 2, 1],
            4.0,
        ),  # in the black in week 2, back at -1, for good from week 4... cumulated -5, 1, -1, 1, 2
        ([-1, -1, -1], math.nan),
        ([-1, 1], math.nan),  # exactly even is not yet positive
    ],
)
def test_payback_is_the_week_from_which_the_gain_stays_positive(gains, week):
    assert program_effects.payback(np.cumsum(gains)) == pytest.approx(week, nan_ok=True)


@pytest.mark.parametrize(
    ("gains", "week"),
    [
        ([-1.0, 3.0, -1.0, -2.0], 3.0),  # summed: -1, 2, 1, -1
        ([1.0, -1.0], 1.0),  # nothing is left
        ([1.0, -2.0, 3.0, -3.0, 0.0], 3.0),  # behind, ahead again, behind for good
        ([-1.0, 3.0], math.nan),  # still ahead
        ([-1.0, -1.0], math.nan),  # never ahead
        ([0.0, 0.0], math.nan),
    ],
)
def test_ahead_until_is_the_last_week_above_nothing_of_a_gain_that_is_lost(gains, week):
    assert program_effects.ahead_until(np.cumsum(gains)) == pytest.approx(week, nan_ok=True)


def test_truth_and_naive_effect_recounted_from_the_customers():
    """From the customers' table of the first seed: visits a year of members in three worlds, and of others."""
    scenario = dataclasses.replace(small_studies.launched(), seeds=1)
    found = single.run(scenario)
    people, years = found.customers, 28 / 52
    member = people.joined_a >= 0
    truth = (people.visits_with - people.visits_replayed)[member].mean() / years
    naive = (people.visits_with[member].mean() - people.visits_with[~member].mean()) / years
    assert value(found, "true_effect") == pytest.approx(truth) and truth > 0.0
    assert value(found, "naive_effect") == pytest.approx(naive)
    assert value(found, "naive_change") == pytest.approx(naive - value(found, "naive_before"))
    assert value(found, "enrolled_share") == pytest.approx(member.mean()) and 0.05 < member.mean() < 0.95


def test_members_were_better_customers_before_they_could_be_members():
    """Self-selection by expected reward: the placebo before the launch is most of the naive effect, in every seed."""
    found = small_studies.ran()
    assert found.summary["naive_before"]["low"] > 0.0
    assert value(found, "naive_over_true") > 3.0


def test_groups_of_a_pair_add_up_to_everybody():
    found = small_studies.ran()
    for what in ("customers", "extra_visits", "rewards"):
        both = value(found, f"emotional_share_of_{what}") + value(found, f"transactional_share_of_{what}")
        assert both == pytest.approx(1.0, abs=1e-9), what
    assert value(found, "heavy_share_of_customers") == pytest.approx(0.2, abs=0.003)
    assert value(found, "light_share_of_customers") == pytest.approx(0.5, abs=0.003)


def test_rewards_go_where_the_link_sends_them():
    """A negative reward link: transactional people move more."""
    scenario = small_studies.launched(customers={"links": scenarios.Links(reward=-0.9)})
    found = single.run(scenario)
    gap = np.array([value(found, f"{group}_lift") for group in ("transactional", "emotional")])
    assert gap[0] > 1.5 * gap[1] > 0.0


@pytest.mark.by_hand("inert")
def test_an_assumed_value_that_changes_nothing_is_called_inert_and_counted_nowhere():
    """The scenario's own value repeats the main result on the same seeds; nobody here has a bond that a link moves."""
    idle = ("market.S=1.3", "customers.links.bond=1")
    scenario = dataclasses.replace(small_studies.launched(), vary=(*idle, "customers.price_sensitivity=8"))
    found = single.run(scenario)
    for text in idle:
        assert found.summary[f"inert[{text}]"]["value"] == found.summary[f"inert[{text}]"]["n"] == small_studies.SEEDS
        assert not any(f"{name}[{text}]" in found.summary for name in single.TRIED)
    assert value(found, "lift_visits[customers.price_sensitivity=8]") > 1.5 * value(found, "lift_visits")
    screen = page.screen(found)
    assert "Inert here, counted nowhere: market.S = 1.3, customers.links.bond = 1." in screen
    assert "all 1 other" not in screen and "none of the 3" not in screen and "  market.S" not in screen


def test_what_is_a_default_for_rivals_reaches_every_rival_when_it_is_varied():
    """Each rival has a copy of its own of `rivals.policy`: another lag in `vary` is that lag written down (F-01)."""
    copies = small_studies.launched(rivals_policy={"imitate": {"lag": 8}})
    found = single.run(dataclasses.replace(copies, vary=("rivals.policy.imitate.lag=13",)))
    direct = single.run(small_studies.launched(rivals_policy={"imitate": {"lag": 13}}))
    for name in single.TRIED:
        assert found.summary[f"{name}[rivals.policy.imitate.lag=13]"] == direct.summary[name] != found.summary[name]


def test_every_purchase_is_written_down_where_that_is_asked(tmp_path):
    """The log of the first seed adds up to the weekly table, in money; it is saved with units and loaded again."""
    assert small_studies.ran().log is None and "log" not in small_studies.ran().tables
    record = dataclasses.replace(small_studies.launched().record, log=True)
    found = single.run(dataclasses.replace(small_studies.launched(), seeds=2, record=record))
    assert found.log is not None and set(found.log.arm) == {"without", "with", "replayed"}
    weekly = found.firms[found.firms.seed == found.scenario.seed].groupby(["arm", "firm"])[["visits", "revenue"]].sum()
    bought = found.log.groupby(["arm", "firm"]).spending.agg(["size", "sum"])
    assert (bought["size"] == weekly.visits).all() and np.allclose(bought["sum"] * 100.0, weekly.revenue, atol=1e-6)
    folder = found.save(tmp_path / "run")
    fields = pq.read_schema(folder / "purchases.parquet")
    assert fields.field("spending").metadata[b"unit"] == b"money per purchase"
    assert all(fields.field(name).metadata[b"unit"] for name in fields.names if name != "arm")
    pd.testing.assert_frame_equal(Records.load(folder).log, found.log)


def test_adding_seeds_changes_no_earlier_seed():
    one = single.run(dataclasses.replace(small_studies.launched(), seeds=2))
    three = small_studies.ran()
    early = three.firms[three.firms.seed <= 2].reset_index(drop=True)
    assert one.firms.equals(early)


def test_a_program_that_never_starts_is_refused():
    scenario = small_studies.launched()
    never = {"launch": scenarios.terms("launch", week=40)}
    firms = {**scenario.firms, "a": dataclasses.replace(scenario.firms["a"], policy=never)}
    with pytest.raises(ConfigError, match=r"never starts the program of firm 'a' within 40 weeks"):
        single.run(dataclasses.replace(scenario, firms=firms))


def test_imitating_rivals_make_the_replay_differ_from_the_world_without():
    """When rivals copy, T1|i is not T0: barred customers still meet the rivals' programs."""
    scenario = small_studies.launched(rivals_policy={"imitate": {"lag": 4}})
    found = single.run(dataclasses.replace(scenario, seeds=1))
    visits = found.firms[found.firms.firm == "a"].groupby("arm").visits.sum()
    assert visits["replayed"] < visits["without"] < visits["with"] + visits["without"]
    launch = twins.launch_week(scenarios.Market(scenario, 1).run(), "a")
    assert launch == 12


def test_a_market_without_a_program_tells_its_own_figures():
    scenario = dataclasses.replace(scenarios.world(400, 52, log=False), seeds=2, compute=Compute(processes=1))
    found = single.run(scenario)
    assert "lift_visits" not in found.summary
    assert sum(value(found, f"share_of_visits[{firm}]") for firm in scenario.firms) == pytest.approx(1.0)
    assert set(found.firms.arm) == {"market"}


def test_run_takes_overrides_a_mapping_and_a_scenario():
    """One world said in three ways gives one result; `loyaltysim.run` is `study.run`."""
    words = ["market=toothpaste_1973", "customers.n=60", "seeds=1", "weeks=4", "compute.processes=1"]
    scenario = single.as_scenario(words)
    one, two = loyaltysim.run(words), loyaltysim.run(scenario)
    assert one.firms.equals(two.firms) and one.summary == two.summary
    tree = {"market": {"M": 20}, "firms": {"x": {"share": 0.5}, "y": {"share": 0.5}}, "weeks": 2, "customers": {"n": 5}}
    assert single.as_scenario(tree).focal == "x"
    with pytest.raises(ConfigError, match=r"customers.n"):
        single.as_scenario({**tree, "customers": {"n": -5}})


def test_a_pool_of_people_who_never_come_dilutes_nothing():
    """500 customers and 5,000 potential ones of whom none enters: every number is that of the 500 alone, exactly."""
    alone = scenarios.points_world(500, 40, joining={"ask": 0.5}, policy={"launch": {"week": 12}}, log=False)
    arrivals = scenarios.parts({"arrivals": {"pool": 5000, "weekly": 0.0}})
    both = [
        dataclasses.replace(s, seeds=1, compute=Compute(processes=1))
        for s in (alone, dataclasses.replace(alone, behaviour=arrivals))
    ]
    bare, diluted = (
        {name: x["value"] for name, x in single.run(s).summary.items() if x["value"] is not None} for s in both
    )
    assert bare == pytest.approx(diluted, rel=1e-12)
