"""What programs are called: each shipped one by a name in both languages, one thing that a verb may follow."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from loyaltysim.present import game_words, glossary

SHIPPED = Path(__file__).parents[2] / "conf" / "program"
DESIGNS = sorted(path.stem for path in SHIPPED.glob("*.yaml") if path.stem != "none")


def parts(name: str) -> list[str]:
    """The components of a shipped design that programs have."""
    return [part for part in yaml.safe_load((SHIPPED / f"{name}.yaml").read_text("utf-8")) if part != "defaults"]


@pytest.mark.parametrize("name", DESIGNS)
def test_every_shipped_program_has_a_name_in_chinese(name):
    """By itself, as `compare` calls it, and by its parts, as a run does."""
    for said in (glossary.PROGRAMS[name], glossary.program(parts(name))):
        assert re.search("[\u4e00-\u9fff]", said.zh) and not re.search("[a-z]{2,}", said.zh), said


def test_a_name_is_one_thing():
    """`the X pays`, `a X`: no plural, and an article where one goes."""
    for said in glossary.PROGRAMS.values():
        head = re.split(" (?:for|of|at|by|with|from|inside|a) ", said.en.removeprefix("program of "))[0]
        assert not re.search("[^su]s$", head), said
    told = {name: game_words.article(glossary.PROGRAMS[name].en) for name in glossary.PROGRAMS}
    assert told["channels"] == "a multichannel program" and told["app"] == "a reward for the app"
    assert told["service"] == "better service" and told["audit"] == "mystery shopping"
    assert told["one_account"] == "one account a person" and told["staff"] == "a staff program"
    assert told["onboarding"] == "an onboarding program" and told["points_3"] == "a 3 % points program"
