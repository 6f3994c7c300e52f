"""Contracts: where the extra customers come from, and how a run of contracts is told."""

from __future__ import annotations

import dataclasses
from functools import cache

import numpy as np
import pytest

from loyaltysim import metrics
from loyaltysim.measures import program_effects, retention_effects, twins
from loyaltysim.present import run
from loyaltysim.runs.files import Records
from loyaltysim.scenario.model import Compute, Scenario
from loyaltysim.studies import single
from tests import scenarios

POINTS = {"points": {"threshold": 60.0, "face_value": 12.0}, "membership": {"ask": 0.9, "hassle": 0.0}}


def launched(**more) -> Scenario:
    """Firm a launches points that are worth staying for, in week 8 of 40; three seeds."""
    given = {"program": POINTS, "policy": {"launch": {"week": 8}}, "renewal": {"exit_share": 0.4, "age": 3}, **more}
    scenario = scenarios.contract_world(600, 40, log=False, **given)
    return dataclasses.replace(scenario, seeds=3, compute=Compute(processes=1))


@cache
def ran() -> Records:
    return single.run(launched())


def test_extra_customers_are_taken_apart_without_remainder():
    """Fewer gone and more come, in people, is what the base is larger by at the horizon: exact, in every seed."""
    w = twins.three(launched(), 5)
    found, frame = retention_effects.base(launched(), w), program_effects.window(launched(), w)
    ends = [retention_effects.held(book, frame) for book in (w.with_it, w.without)]
    years = frame.weekly(w.without).customers.sum() / 5200
    assert sum(found[f"extra_from_{s}"] for s in retention_effects.SOURCES) == pytest.approx(
        (ends[0] - ends[1]) / years, abs=1e-9
    )
    assert found["lift_customers"] == ends[0] / ends[1] - 1.0
    total = w.with_it.weekly.customers[w.with_it.weekly.week == 39].sum()
    before = w.without.weekly.customers[w.without.weekly.week == 39].sum()
    assert found["lift_customer_share_points"] == pytest.approx(ends[0] / total - ends[1] / before)


def test_retention_and_lifetime_are_those_of_the_window():
    """From the launch on; a lifetime of term / churn years."""
    w = twins.three(launched(), 5)
    found = retention_effects.base(launched(), w)
    kept = metrics.retention(w.with_it, 8)[0]
    assert found["retention_with"] == kept and found["lifetime_with"] == pytest.approx(8 / 52 / (1.0 - kept))
    assert found["lift_retention_points"] == kept - metrics.retention(w.without, 8)[0] > 0.0
    assert np.isnan(retention_effects.years_of(launched(), 0.0))


def test_a_reward_that_is_worth_it_keeps_people_from_rivals_and_from_leaving():
    """The program acts through renewals: staying is what changes, and nobody new is made."""
    s = ran().summary
    assert s["extra_from_lost"]["low"] > 0.0 and s["extra_from_exited"]["value"] > 0.0
    assert s["extra_from_acquired"]["value"] == 0.0
    assert s["extra_customers"]["unit"] == s["extra_from_won"]["unit"] == "per 100 customers and year"
    assert "elasticity" not in s and "lift_from_price" not in s


def test_the_screen_of_contracts_fits_and_adds_up():
    """Customers instead of shoppers; the parts, the retention and the interval are those of the summary."""
    screen, s = run.screen(ran()), ran().summary
    lines = screen.splitlines()
    assert len(lines) <= 45 and max(map(len, lines)) <= 100
    assert f"{100 * s['lift_customers']['value']:+.2f} %" in screen
    assert f"fewer went to rivals {s['extra_from_lost']['value']:+.2f}" in " ".join(screen.split())
    for word in ("shopper", "elasticity", "acquisition per customer"):
        assert word not in screen


def test_the_fullest_screen_of_contracts_fits():
    """Budgets, links, everything; assumed values beside."""
    vary = tuple(f"customers.price_sensitivity={k}" for k in (2, 3, 5, 6, 8, 9))
    scenario = dataclasses.replace(scenarios.contracts(200, 40), vary=vary, seeds=2, compute=Compute(processes=1))
    screen = run.screen(single.run(scenario))
    lines = screen.splitlines()
    assert len(lines) <= 45 and max(map(len, lines)) <= 100, screen
    assert "of acquisition per customer won (without:" in screen and "if instead" in screen


@pytest.mark.parametrize("shares", [{"a": 1.0}, scenarios.SHARES], ids=["one firm", "four firms"])
def test_a_market_of_contracts_prints_who_stays_and_who_comes(shares):
    scenario = scenarios.contract_world(300, 40, shares=shares, renewal={"exit_share": 1.0}, log=False)
    found = single.run(dataclasses.replace(scenario, seeds=2, compute=Compute(processes=1)))
    screen = run.screen(found)
    assert max(map(len, screen.splitlines())) <= 100
    assert all(f"\n{firm} " in screen for firm in shares) and "renewed" in screen
    assert ("the one firm" in screen) == (len(shares) == 1)
    assert found.summary["won[a]"]["value"] == 0.0 and found.summary["retention[a]"]["unit"] == "share"


def test_members_of_contracts_are_compared_with_other_customers_of_the_firm():
    """Who never paid the firm a bill is no comparison."""
    scenario = launched(program={**POINTS, "membership": {"ask": 0.3, "hassle": 8.0}})
    w = twins.three(scenario, 5)
    frame = program_effects.window(scenario, w)
    bills, member = frame.visits(w.with_it), program_effects.member_since(w.with_it, frame) < frame.weeks
    others = bills[(bills > 0) & ~member]
    expected = (bills[member].mean() - others.mean()) / frame.years
    assert program_effects.member_effect(scenario, w)["naive_effect"] == pytest.approx(expected)
    large = program_effects.groups(scenario, w)["heavy"]
    assert w.without.people.spending[large].min() >= w.without.people.spending[~large].max()
