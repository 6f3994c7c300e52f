"""Run T, save, load, run T is run 2T, byte for byte; arms that share a burn-in are the arms run from the first week."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from loyaltysim.configure.compose import components
from loyaltysim.market import checkpoint
from loyaltysim.market.model import Market
from loyaltysim.measures import twins
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.scenario.model import Compute
from loyaltysim.scenario.settle import supply
from loyaltysim.studies import single
from tests import scenarios
from tests.scenarios import fingerprint, same

WORLDS = {
    "points": lambda: scenarios.points_world(300, 40, policy={"launch": {"week": 12}}, joining={"ask": 0.5}),
    "everything": lambda: scenarios.everything(300, 40),
    "contracts": lambda: scenarios.contracts(300, 40),
}
MOMENTS = [("points", 0), ("points", 7), ("points", 40), ("everything", 26), ("contracts", 17)]


pytestmark = pytest.mark.usefixtures("quiet")


def stepped(market: Market, weeks: int) -> Market:
    for _ in range(weeks):
        market.step()
    return market


@pytest.mark.parametrize("name, week", MOMENTS)
def test_go_on_from_a_file_to_the_same_bytes(tmp_path, name, week):
    """At the birth, in the middle of a quarter, at the end of one, at the end of all."""
    scenario = WORLDS[name]()
    half = stepped(Market(scenario, 3), week)
    loaded = checkpoint.load(checkpoint.save(half, tmp_path / "market.npz"))
    assert fingerprint(stepped(loaded, 40 - week)) == fingerprint(stepped(Market(scenario, 3), 40))
    assert fingerprint(stepped(half, 40 - week)) == fingerprint(loaded), "saving moved the market that was saved"


def test_saved_under_one_thread_continued_under_three(tmp_path):
    scenario = dataclasses.replace(WORLDS["points"](), compute=Compute(threads=3))
    path = checkpoint.save(stepped(Market(WORLDS["points"](), 3), 15), tmp_path / "m")
    loaded = checkpoint.load(path)
    loaded.terms = scenario
    assert fingerprint(stepped(loaded, 25)) == fingerprint(stepped(Market(scenario, 3), 40))


def test_a_replay_goes_on_with_its_recorded_offers(tmp_path):
    scenario = WORLDS["contracts"]()
    seen = Market(scenario, 3).run()
    replay = {"eligible": False, "offers": seen.offers, "around": seen.around}
    half = stepped(Market(scenario, 3, **replay), 15)
    loaded = checkpoint.load(checkpoint.save(half, tmp_path / "m"))
    assert fingerprint(stepped(loaded, 25)) == fingerprint(stepped(Market(scenario, 3, **replay), 40))


def test_the_same_state_is_the_same_file(tmp_path):
    one, two = (checkpoint.save(stepped(Market(WORLDS["points"](), 3), 9), tmp_path / name) for name in "ab")
    assert one.read_bytes() == two.read_bytes()
    again = checkpoint.save(checkpoint.load(one), tmp_path / "c")
    assert again.read_bytes() == one.read_bytes()


def test_a_damaged_or_foreign_file_is_refused(tmp_path, monkeypatch):
    path = checkpoint.save(stepped(Market(WORLDS["points"](), 3), 2), tmp_path / "m")
    whole = path.read_bytes()
    for at in (*range(0, len(whole), 997), len(whole) - 1):
        bent = bytearray(whole)
        bent[at] ^= 1
        path.write_bytes(bytes(bent))
        with pytest.raises(ValueError, match="differs from its checksum"):
            checkpoint.load(path)
    for cut in (0, 31, 32, len(whole) - 1):
        path.write_bytes(whole[:cut])
        with pytest.raises(ValueError, match="differs from its checksum"):
            checkpoint.load(path)
    path.write_bytes(whole)
    monkeypatch.setattr(checkpoint, "package_hash", lambda: "other")
    with pytest.raises(ValueError, match="was saved by other code"):
        checkpoint.load(path)


def test_state_that_nobody_told_the_checkpoint_of_is_never_left_out(tmp_path):
    market = Market(WORLDS["points"](), 3)
    market.mood = "hidden"
    with pytest.raises(TypeError, match="does not know mood"):
        checkpoint.save(market, tmp_path / "m")
    del market.mood
    market.firms["a"].temper = [1]
    with pytest.raises(TypeError, match="does not know temper"):
        checkpoint.save(market, tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


# --- one burn-in for all arms ---

PROGRAMS = [name for name, m in mechanisms.registry().items() if m.level == "program"]
ASIDE = {
    "everybody": {"behaviour": {"habit": {}, "bond": {"premium": 0.3}, "outside": {"expansion": 0.3}}},
    "links": {"customers": {"links": scenarios.ALL_LINKS, "price_sensitivity_sd": 0.4}, "rho": 0.8},
    "rivals": {"rivals": {"points": {"threshold": 60.0, "face_value": 4.0}}},
    "copies": {"rivals_policy": {"imitate": {"lag": 7}}},
    "coming and going": {
        "behaviour": {
            "dropout": {"kind": "per_purchase", "a": 0.3, "b": 30.0},
            "arrivals": {"pool": 60, "weekly": 0.02},
        }
    },
}


def plainly(monkeypatch) -> None:
    """Every market in plain Python: no compilation for so many sets of mechanisms."""
    built = Market._prepare

    def prepared(market, eligible):
        built(market, eligible)
        scenarios.in_plain(market)

    monkeypatch.setattr(Market, "_prepare", prepared)


@pytest.mark.parametrize("aside", ASIDE)
@pytest.mark.parametrize("program", PROGRAMS)
def test_arms_that_share_a_burn_in_are_the_arms_run_from_the_start(monkeypatch, program, aside):
    plainly(monkeypatch)
    written = scenarios.world(80, 30, program={program: {}}, policy={"launch": {"week": 15}}, **ASIDE[aside])
    scenario = supply(written, components())  # as every scenario that is read
    past = twins.Past(scenario, 5)
    arms_agree(past, scenario)


@pytest.mark.parametrize("program", ["points", "membership"])
def test_arms_of_a_contract_market_share_a_burn_in_too(monkeypatch, program):
    plainly(monkeypatch)
    scenario = scenarios.contract_world(80, 30, program={program: {}}, policy={"launch": {"week": 15}})
    arms_agree(twins.Past(scenario, 5), scenario)


def arms_agree(past: twins.Past, scenario) -> None:
    assert past.market.week == 15
    with_it = Market(scenario, 5).run()
    same(past.arm(scenario), with_it)
    replay = {"eligible": False, "offers": with_it.offers, "around": with_it.around}
    same(past.arm(scenario, **replay), Market(scenario, 5, **replay).run())
    same(past.arm(twins.no_program(scenario)), Market(twins.no_program(scenario), 5).run())
    assert past.market.week == 15, "an arm moved the past of the others"


def test_every_number_and_table_of_a_comparison_is_the_same(monkeypatch):
    scenario = scenarios.points_world(
        300, 40, points={"strength": 2.0, "bonus": 20.0}, joining={"ask": 0.5}, policy={"launch": {"week": 13}},
        rivals_policy={"imitate": {"lag": 7}}, log=False,
    )  # fmt: skip
    shared = single.compare_seed(scenario, 1)
    monkeypatch.setattr(twins, "burn_in", lambda _: 0)
    alone = single.compare_seed(scenario, 1)
    assert {k: repr(v) for k, v in shared.numbers.items()} == {k: repr(v) for k, v in alone.numbers.items()}
    for name in ("firms", "customers", "panel"):
        assert getattr(shared, name).equals(getattr(alone, name)), name


def test_nothing_is_shared_where_the_program_may_begin_at_any_time():
    scenario = scenarios.points_world(50, 20, policy={"launch": {"week": 9}})
    assert twins.burn_in(scenario) == 9
    assert twins.burn_in(scenarios.points_world(50, 20)) == 0


def test_a_past_in_which_something_happened_is_no_past_of_another():
    scenario = scenarios.points_world(200, 30, policy={"launch": {"week": 5}})
    late = stepped(Market(scenario, 1), 12)
    with pytest.raises(ValueError, match=r"points_issued.* happened before the arms part"):
        checkpoint.branch(late, twins.no_program(scenario))
    with pytest.raises(ValueError, match="other customers or firms"):
        checkpoint.branch(late, scenarios.points_world(201, 30))
    bare = dataclasses.replace(scenario, record=dataclasses.replace(scenario.record, log=False, panel=False))
    with pytest.raises(ValueError, match="was not recorded"):
        checkpoint.branch(Market(bare, 1), scenario)


def test_a_branch_is_a_market_of_its_own():
    scenario = WORLDS["points"]()
    first = stepped(Market(scenario, 3), 10)
    second = checkpoint.branch(first, scenario)
    before = fingerprint(first)
    stepped(second, 10)
    assert fingerprint(first) == before
    assert not any(np.shares_memory(first.population[n], second.population[n]) for n in first.population.columns)
