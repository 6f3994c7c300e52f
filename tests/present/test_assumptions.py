"""Keys and values in a manager's words, in both languages: every value that is shipped to be tried has its own."""

from __future__ import annotations

import re

import pytest

from loyaltysim.configure.compose import compose
from loyaltysim.configure.evidence import TABLES, rows
from loyaltysim.configure.folders import conf_dir
from loyaltysim.present.answer import Reading, faults
from loyaltysim.present.assumptions import assumption, size
from loyaltysim.scenario.forms import written
from loyaltysim.scenario.said import Said

SHIPPED = sorted(path.stem for path in (conf_dir() / "scenario").glob("*.yaml"))


def sound(said: Said) -> list[str]:
    """What is wrong with a clause: keys, the other language."""
    sentence = Said(f"If {said.en}, it turns.", f"如果{said.zh}，结果就不同。")
    return faults(Reading(Said("It pays.", "划算。"), sentence, Said("Surely.", "很确定。")))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_value_that_is_tried_reads_in_a_managers_words(name):
    scenario = compose([f"scenario={name}"])
    for text in scenario.vary:
        said = assumption(text, usual=at(written(scenario), text.partition("=")[0]))
        assert sound(said) == [] and "put at" not in said.en and not re.search("[a-z]", said.zh), text


def at(tree, key):
    for part in key.split("."):
        tree = tree.get(part) if isinstance(tree, dict) else None
    return tree


@pytest.mark.parametrize("name", TABLES)
def test_every_size_of_the_worlds_has_chinese_words(name):
    for row in rows(name):
        assert re.search(r"[\u4e00-\u9fff]", row.chinese), row.key
        assert size(row.key).zh == row.chinese and sound(size(row.key)) == [], row.key


def test_what_is_tried_turns_with_its_value():
    assert str(assumption("rivals.policy.imitate.lag=13")) == "rivals copy after 13 weeks"
    assert assumption("rivals.policy.imitate.lag=1").en == "rivals copy after a week"
    assert assumption("behaviour.bond.premium=0.005").zh == "最深的情感联系值价格的0.5 %"
    below, above = (assumption(f"market.S={value}", 1.3).en for value in (0.6, 2.6))
    assert below == "customers have clearer favourites" and above == "customers mind less where they buy"
    assert assumption("customers.price_sensitivity=6.8", 4.0, exact=True).zh == "客户对价格的反应更强：6.8，原为4"


def test_a_key_without_words_of_its_own_is_told_without_the_key():
    said = assumption("program.referral.chance=0.4")
    assert said == Said("the chance is put at 0.4", "“chance”这项设定设为0.4") and sound(said) == []
    assert size("firms.a.unit_cost") == Said("the margin", "毛利率")
    assert size("firms.b.policy.imitate.lag") == Said("when rivals copy", "对手何时模仿")
