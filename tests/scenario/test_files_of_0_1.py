"""Scenario files that version 0.1 wrote (`loyaltysim show ... > file`) are still read, to the same scenario."""

from __future__ import annotations

from pathlib import Path

import pytest

from loyaltysim.cli.main import main
from loyaltysim.configure.compose import RENAMED, compose, groups
from loyaltysim.scenario.forms import config_hash
from loyaltysim.scenario.reader import ConfigError

pytestmark = pytest.mark.interpreter

FILES = Path(__file__).with_name("files_of_0_1")
HASHES = {  # of the configuration, as version 0.1 computed them from the same files
    "cafe_feelings": "f7a5f933ae5f5ce58ef998aa75bd8c64bb1bceffe3390589a52536c1e1386e30",
    "coffee_imitate": "73a22e0685936e318dc98898c1a21c0f370ff08ec700dd9f77fef760ca0bf948",
    "coffee_stamps": "d91fcc8981fc2f4992136957cd42442ded572dc98c13e4280fbe767ef875f0ce",
    "designs": "c4b49474e428896440f4c4f3c336604acb0aeb461e0944b3714c570c952dbaf7",
    "grocery_b": "a3712cd3ce94e0a5dbd7b172336d05ee29e0b81d32fc81507f6af2c83dfafd16",
    "grocery_points": "39bd2b6a2272227fd12fec18b37fb22dddac7dc17020efd33461aedab6a50fa1",
    "software": "77fc32efe626c0ea86c01b687637e57e087425cfed771254153485678d68f437",
    "telecom_b": "5b649a73f5e8bf49736a05c5832b2fae972f7e11b4c3d6f028df8f5924912033",
}
MADE = {  # how they were made, in today's names; a market's name is part of its configuration
    "cafe_feelings": "market=cafe program=[club,staff] behaviour=[bond,experience,emotions,habit] policy=launch "
    "market.name=coffee_shop",
    "coffee_imitate": "market=coffee_packs program=stamps rivals=imitate seeds=3 weeks=104 market.name=coffee",
    "coffee_stamps": "scenario=coffee_stamps market.name=coffee_shop",
    "designs": "scenario=designs program=[points,contact] seeds=5",
    "grocery_b": "market=grocery baseline=b program=[points,cashback] rivals=points",
    "grocery_points": "scenario=grocery_points",
    "software": "market=software program=[referral,recognition,service] behaviour=[bond,word_of_mouth,inflow]",
    "telecom_b": "market=telecom baseline=b program=club behaviour=[bond]",
}


@pytest.mark.parametrize("name", HASHES)
def test_a_file_of_0_1_is_the_scenario_that_it_was(name):
    """The hash covers every key: none has gone, got another name or another meaning of its default."""
    assert config_hash(compose([f"from={FILES / name}.yaml"])) == HASHES[name]


@pytest.mark.parametrize("name", MADE)
def test_the_shipped_choices_lead_to_the_same_scenario_as_in_0_1(name):
    """Markets that have another name now hold the same numbers."""
    assert config_hash(compose(MADE[name].split())) == HASHES[name]


def test_every_file_is_tried():
    assert {path.stem for path in FILES.glob("*.yaml")} == set(HASHES) == set(MADE)


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
