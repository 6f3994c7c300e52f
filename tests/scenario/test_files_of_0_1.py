"""Scenario files that version 0.1 wrote (`loyaltysim show ... > file`) are still read, to the same scenario."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loyaltysim.cli.main import main
from loyaltysim.configure.asked import RENAMED
from loyaltysim.configure.compose import compose
from loyaltysim.configure.folders import groups
from loyaltysim.configure.yaml import parse
from loyaltysim.scenario.forms import written
from loyaltysim.scenario.reader import ConfigError

pytestmark = pytest.mark.interpreter

FILES = Path(__file__).with_name("files_of_0_1")
NEW = {  # keys that have come since; each changes nothing until it is set
    "sigma", "r_rate", "r_taste", "r_focal", "r_beta", "max_programs", "start", "end", "changes", "audience",
    "reliability", "estimated_share", "worth", "novelty", "novelty_half_life", "switch_hassle", "dropped", "total",
    "expiry_rule", "grace", "notice", "batch", "pending", "endowment", "redeem", "minimum", "partial", "gives",
    "surplus", "accounts", "luck", "ceiling", "strain", "causes", "harms", "first", "window",
}  # fmt: skip
ASKED = "program.membership.ask=0.3 "  # defaults that have moved since
TOUCHED = "behaviour.bond.premium=0.1 "
RECOGNISED = f"{TOUCHED}program.recognition.effect=0.05 program.recognition.unit_cost=0.05 "
STAMPED = "program.membership.ask=0.7 program.stamps.strength=1 "
MADE = {  # how they were made, in today's names; a market's name is part of its configuration
    "cafe_feelings": "market=cafe program=[club,staff] behaviour=[bond,experience,emotions,habit] policy=launch "
    f"market.name=coffee_shop {ASKED}{RECOGNISED}",
    "coffee_imitate": "market=coffee_packs program=stamps rivals=imitate seeds=3 weeks=104 market.name=coffee "
    f"{STAMPED}",
    "coffee_stamps": f"scenario=coffee_stamps market.name=coffee_shop {STAMPED}",
    "designs": "scenario=designs program=[points,contact] seeds=5 program.contact.effect=0.05 "
    f"program.contact.unit_cost=0.1 {ASKED}{TOUCHED}",
    "grocery_b": "market=grocery baseline=b program=[points,cashback] rivals=points "
    f"{ASKED}{''.join(f'firms.{rival}.{ASKED}' for rival in 'bcd')}",
    "grocery_points": f"scenario=grocery_points {ASKED}",
    "software": "market=software program=[referral,recognition,service] behaviour=[bond,word_of_mouth,inflow] "
    f"{ASKED}{RECOGNISED}",
    "telecom_b": f"market=telecom baseline=b program=club behaviour=[bond] {ASKED}{RECOGNISED}",
}


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a tree, under its full key."""
    if isinstance(tree, dict) and tree:
        for key, below in tree.items():
            yield from leaves(below, f"{path}.{key}".lstrip("."))
    else:
        yield path, tree


@pytest.mark.parametrize("name", MADE)
def test_a_file_of_0_1_is_the_scenario_that_it_was(name):
    """Every key of the file is there, with its value; what is new since is as if the file did not say it."""
    old = dict(leaves(parse((FILES / f"{name}.yaml").read_text("utf-8"), name)[0]))
    now = dict(leaves(written(compose([f"from={FILES / name}.yaml"]))))
    assert len(old) > 50 and {key: now.get(key) for key in old} == old
    new = {key.rpartition(".")[2] for key in now.keys() - old.keys()}
    assert new <= NEW, "a key is new: is it neutral unless it is set?"


@pytest.mark.parametrize("name", MADE)
def test_the_shipped_choices_lead_to_the_same_scenario_as_in_0_1(name):
    """Markets that have another name now hold the same numbers; what ships otherwise now is set as it was."""
    assert compose(MADE[name].split()) == compose([f"from={FILES / name}.yaml"])


def test_every_file_is_tried():
    assert {path.stem for path in FILES.glob("*.yaml")} == set(MADE)


@pytest.mark.parametrize(("group", "old"), [(group, old) for group, names in RENAMED.items() for old in names])
def test_an_old_name_is_refused_with_the_new_one(group, old, tmp_path, capsys):
    """On the command line, in a sweep, and in a file of one's own that builds on the option."""
    new = RENAMED[group][old]
    assert new in groups()[group] and old not in groups()[group]
    for command in (["run", f"{group}={old}"], ["sweep", f"{group}={old},grocery", "seeds=1"]):
        assert main(command) == 2
        assert f"it is called {new} now: write {group}={new}" in capsys.readouterr().err
    (tmp_path / "scenario").mkdir()
    (tmp_path / "scenario" / "mine.yaml").write_text(f"# @package _global_\ndefaults:\n  - override /{group}: {old}\n")
    with pytest.raises(ConfigError, match=f"it is called {new} now"):
        compose(["scenario=mine"], tmp_path)
