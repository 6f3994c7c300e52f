"""The rules of an answer, by hand: what counts as a number, a key, a stop; how lines break and columns stand."""

from __future__ import annotations

import pytest

from loyaltysim.present import answer
from loyaltysim.scenario.said import Said, speaking
from loyaltysim.studies.reading import Reading, Table

FINE = Said("It pays.", "它划算。")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("between -9.6 and +2,000.5 USD, 12 % of 3", 4),
        ("two of every dozen, seventy, a third, a quarter of them, two thirds", 7),
        ("no one, each one, the one that stays, first and second, within a quarter", 0),
        ("figure: results/runs/grocery-e35e47fe/figures/weekly7.png", 0),
        ("A4 and lift_2 are names", 0),
        ("判定：S3-05 视情况而定；S3-07 不成立。", 0),
        ("对手13周后模仿，每位客户2.5美元", 2),
        ("三分之一的客户，两家公司，十二周", 3),
        ("五个百分点，百分之五", 2),
        ("一样，一定，唯一，这一点，下一步，半衰期", 0),
    ],
)
def test_numbers_and_words_for_numbers_are_counted(text, found):
    assert len(answer.numbers(text)) == found, answer.numbers(text)


@pytest.mark.parametrize(
    ("first", "fault"),
    [
        (Said("It pays at market.S.", "它划算。"), "holds keys"),
        (Said("It pays where lag = 13.", "它划算。"), "holds keys"),
        (Said("It pays by lift_visits.", "它划算。"), "holds keys"),
        (Said("It pays (mostly).", "它划算。"), "has brackets"),
        (Said("It pays.", "它（多半）划算。"), "has brackets"),
        (Said("It pays 1, 2 and three.", "它划算。"), "3 numbers"),
        (Said("It pays " + "very " * 24 + "well.", "它划算。"), "27 words"),
        (Said("It pays.", "它" + "很" * 43 + "划算。"), "47 letters"),
        (Said("It pays", "它划算。"), "no full sentence"),
        (Said("It pays.", "它划算，但不多.客户走了。"), "half-width"),
        (Said("It pays.", "它划算,但不多。"), "half-width"),
        (Said("It pays.", "它划算，对手(三家)会走。"), "half-width"),
        (Said("它划算。", "它划算。"), "is not English"),
        (Said("It pays.", "It pays."), "is not Chinese"),
    ],
)
def test_a_broken_rule_is_named(first, fault):
    assert any(fault in said for said in answer.faults(Reading(first, FINE, FINE))), answer.faults(
        Reading(first, FINE, FINE)
    )


def test_what_is_within_the_rules_has_no_fault():
    longest = Said("It pays " + "very " * 22 + "well.", "它" + "很" * 41 + "划算。")
    assert answer.faults(Reading(longest, FINE, FINE)) == []
    assert (
        answer.faults(Reading(Said("Take 1 of 2.", "在 12 个中选 3 个。"), FINE, FINE, Table(("x",), [("1",)] * 8)))
        == []
    )
    assert answer.faults(Reading(FINE, FINE, FINE, Table(("x",), [("1",)] * 9))) == ["table: 9 rows, at most 8"]


def test_lines_break_between_letters_never_within_a_number_or_before_a_stop():
    """Fifty letters fill a hundred columns; a stop takes the letter before it along, a number moves as a whole."""
    assert answer.wrapped("积" * 50 + "。") == ["积" * 49, "积。"]
    assert answer.wrapped("积" * 48 + " +1.22 %。完") == ["积" * 48, "+1.22 %。完"]
    assert answer.wrapped("a " * 48 + "b 1.2 % of it") == ["a " * 48 + "b", "1.2 % of it"]
    assert [answer.width(line) for line in answer.wrapped("积" * 99)] == [100, 98]


def test_columns_of_wide_letters_stand_below_each_other():
    table = Table(
        (Said("program", "计划"), Said("profit", "利润")), [(Said("points", "积分计划"), "1.00"), ("x", "12.00")]
    )
    with speaking("zh"):
        lines = answer.screen(Reading(FINE, FINE, FINE, table)).splitlines()[-3:]
    assert {answer.width(line) for line in lines} == {54}
    wide = Table(("x", *("a heading of thirty columns here",) * 2), [("y", "1", "2")])
    assert answer.over_budget(answer.screen(Reading(FINE, FINE, FINE, wide))) == []


def test_a_budget_is_lines_numbers_and_columns():
    assert answer.over_budget("x\n" * 26) == ["26 lines, at most 25"]
    assert answer.over_budget("1 " * 41) == ["41 numbers, at most 40"]
    assert answer.over_budget("字" * 51) == ["wider than 100: " + "字" * 51]
