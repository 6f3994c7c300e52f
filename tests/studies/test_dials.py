"""Twelve dials: each turns what it names, nothing else moves, and the list in conf/config.yaml cannot drift."""

from __future__ import annotations

import json
import math
from functools import cache

import pytest

from loyaltysim.cli.main import main
from loyaltysim.configure.compose import compose
from loyaltysim.configure.folders import conf_dir
from loyaltysim.present.dials import screen
from loyaltysim.scenario.forms import canonical
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies import dials

LIVE = [dial for dial in dials.DIALS if dial.source != dials.NOT_YET]


@cache
def world():
    return dials.compose_dials(["customers.n=150", "seeds=2", "compute.processes=1", "weeks=120"])


@cache
def turned() -> dials.Turned:
    return dials.turn(world())


def test_there_are_twelve_and_the_missing_one_says_so():
    assert len(dials.DIALS) == 12 and len({dial.name for dial in dials.DIALS}) == 12
    assert [dial.name for dial in dials.DIALS if dial.source == dials.NOT_YET] == ["price response"]


def test_the_top_of_the_configuration_is_the_dials():
    """Generated: paste `loyaltysim.dials.comment()` over the first lines of conf/config.yaml when a dial changes."""
    assert (conf_dir() / "config.yaml").read_text("utf-8").startswith(dials.comment())
    assert all(len(line) <= 120 for line in dials.comment().splitlines())


@pytest.mark.parametrize("dial", LIVE, ids=lambda dial: dial.name)
def test_a_dial_turns_what_it_names_and_nothing_else(dial):
    """Its reading is what it was set to; the rest of the scenario is as before, key by key."""
    s = world()
    for setting in (dial.low, dial.high):
        new = dials.turned(s, dial, setting)
        assert dial.now(new) == pytest.approx(setting, rel=1e-9)
        changed = differences(canonical(s), canonical(new))
        keys = {key.replace("program.", f"firms.{s.focal}.program.", 1) for key in dial.at(s, setting)}
        assert changed == keys


@pytest.mark.parametrize("program", ["stamps", "cashback", "[points,stamps]"])
def test_the_reward_dials_turn_any_program(program):
    """Rewards per visit count at the mean basket; every component that rewards is scaled alike."""
    s = dials.compose_dials([f"program={program}", "customers.n=50"])
    rate = next(dial for dial in dials.DIALS if dial.name == "reward rate")
    assert dials.reward_rate(dials.turned(s, rate, 0.013)) == pytest.approx(0.013, rel=1e-9)
    cost = next(dial for dial in dials.DIALS if dial.name == "reward cost k")
    program = dials.turned(s, cost, 0.9).firms[s.focal].program
    assert {terms.cost for name, terms in program.items() if name != "membership"} == {0.9}


def differences(a, b, path: str = "") -> set[str]:
    """The dotted keys at which two trees differ."""
    if not isinstance(a, dict):
        return {path} if a != b else set()
    return {key for name in a for key in differences(a[name], b[name], f"{path}.{name}".lstrip("."))}


def test_a_dial_that_nothing_listens_to_says_so():
    bare = compose(["scenario=designs"])
    told = {row["name"]: row["value"] for row in dials.listing(bare)}
    assert told["reward rate"] == told["imitation lag"] == told["habit"] == "not at work here"
    assert told["price response"] == dials.NOT_YET
    with pytest.raises(ConfigError):
        dials.turned(compose(["scenario=dials"]), LIVE[0], -1.0)


def test_the_margin_and_the_cost_of_rewards_move_profit_only():
    """Customers see neither: visits and retention are the same in every run; profit rises with one, falls with k."""
    table = turned().table().set_index(["dial", "effect"])
    for name in ("margin", "reward cost k"):
        for effect in ("lift_visits", "retention_change"):
            row = table.loc[(name, effect)]
            assert row.change_low == row.change_high == 0.0
    profit = table.xs("profit_per_customer", level="effect")
    assert profit.change_high["reward cost k"] < 0.0 < profit.change_low["reward cost k"]
    assert profit.change_high["reward rate"] != 0.0 and math.isnan(profit.change_high["price response"])


def test_less_effort_enrolls_more():
    enrolled = turned().runs.query("dial.str.startswith('share enrolled')").groupby("end").enrolled_share.mean()
    assert enrolled["low"] > enrolled["high"]


def test_the_screen_is_a_screen_with_every_dial():
    text = screen(turned())
    assert all(len(line) <= 100 for line in text.splitlines())
    assert all(dial.name in text for dial in dials.DIALS)


def test_the_command_line_turns_the_dials(tmp_path, capsys, monkeypatch):
    """A folder with table, figure and configuration; the same again is the same bytes."""
    monkeypatch.chdir(tmp_path)
    words = ["dials", "customers.n=60", "seeds=2", "compute.processes=1", "weeks=70", "print=json"]
    assert main([*words, "out=here"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"answer", *(dial.name for dial in dials.DIALS)}
    assert main([*words, "out=there"]) == 0
    for file in sorted((tmp_path / "here").iterdir()):
        if file.name != "manifest.json":
            assert file.read_bytes() == (tmp_path / "there" / file.name).read_bytes(), file.name
    assert main(["dials", "habit=1"]) == 2
