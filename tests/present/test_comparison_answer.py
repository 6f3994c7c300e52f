"""What is read aloud of a comparison: chosen from the numbers, it turns with them in both languages."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import pytest

from loyaltysim.measures.comparison import Comparison
from loyaltysim.present import answer
from loyaltysim.present.comparison_answer import reading
from loyaltysim.present.glossary import portion
from loyaltysim.scenario.said import LANGUAGES, speaking
from loyaltysim.studies.designs_elsewhere import ALIKE, IMITATION, PASSIVE
from loyaltysim.studies.protocol import Answer
from loyaltysim.studies.reading import Reading
from tests.small_comparisons import PROGRAMS, WORLDS, flipped, swapped, written

PROFIT = {"points": 10.97, "cashback": 9.0, "stamps": 3.0}
STEADY = {d: v * 1.1 for d, v in PROFIT.items()}
COPIED = {"points": -3.69, "cashback": -4.0, "stamps": -5.0}
NAMES = {
    "points": ("points program", "积分计划"),
    "cashback": ("cash-back program", "返现计划"),
    "stamps": ("stamp card", "集章卡"),
}
RISING = np.linspace(-1.0, 3.0, WORLDS)
SPREADS = {  # of worlds: none drawn, all pay, open, hardly any pays, another design is usually best
    "none": None,
    "pays": {"points": RISING + 2.0, "cashback": RISING + 1.5, "stamps": RISING},
    "open": {"points": RISING, "cashback": RISING - 1.0, "stamps": RISING - 2.0},
    "hardly": {"points": RISING - 2.9, "cashback": RISING - 3.5, "stamps": RISING - 4.0},
    "another": {"points": RISING, "cashback": RISING + 1.0, "stamps": RISING - 2.0},
}


def read(c: Comparison) -> Reading:
    return reading(Answer(None, c, (), {}), None)


def names(design: str, text: Reading) -> list[bool]:
    """Is a design named in the first line, in each language?"""
    return [word in text.first[lang] for word, lang in zip(NAMES[design], LANGUAGES, strict=True)]


@cache
def settings() -> list[Comparison]:
    """Saved tables of every kind: signs, runs, worlds, money, what was tried."""
    many = {IMITATION: COPIED, "market.S=2.6": STEADY, ALIKE: {**PROFIT, "cashback": 12.0}}
    one = written(PROFIT, many, worlds=SPREADS["open"])
    found = [
        written(PROFIT, many, worlds=worlds, seeds=seeds) for worlds, seeds in product(SPREADS.values(), (1, 3, 6))
    ]
    found += [written(PROFIT, {text: STEADY}) for text in (PASSIVE, "customers.price_sensitivity=6.8", "market.M=80")]
    found += [written(PROFIT, many, free=True, cost={"points": 30.0}), written(PROFIT, many, short={"points": 2.37})]
    found += [written(PROFIT, many, short={"points": 2.37, "cashback": 4.0}), written(PROFIT, many, noise=3.0)]
    found += [written(PROFIT, many, noise=30.0), written(dict.fromkeys(PROFIT, 1.0), many, noise=0.0)]
    found += [swapped(one, "points", "cashback"), flipped(one), flipped(found[5])]
    return [*found, written({d: v * 1e-4 for d, v in PROFIT.items()}, free=True, cost=dict.fromkeys(PROFIT, 1e-3))]


@pytest.mark.parametrize("k", range(28))
def test_every_answer_keeps_the_rules(k):
    """No fault of people.md in either language, and no screen beyond 25 lines and 40 numbers."""
    c = settings()[k]
    text = read(c)
    assert answer.faults(text) == []
    for lang in LANGUAGES:
        with speaking(lang):
            assert answer.over_budget(answer.screen(text)) == []


def test_all_settings_are_tried():
    assert len(settings()) == 28


def test_eight_designs_fit_a_screen():
    pairs = ("points+club", "cashback+club", "stamps+club", "points+stamps")
    eight = {name: 8.0 - n for n, name in enumerate([*PROGRAMS, *pairs])}
    worlds = {d: RISING + v for d, v in eight.items()}
    c = written(eight, worlds=worlds)
    for lang in LANGUAGES:
        with speaking(lang):
            assert answer.over_budget(answer.screen(read(c))) == []


@pytest.mark.parametrize("spread", ["none", "pays", "open", "hardly"])
def test_two_designs_exchanged_exchange_the_recommendation(spread):
    c = written(PROFIT, {"market.S=2.6": STEADY}, worlds=SPREADS[spread])
    before, after = read(c), read(swapped(c, "points", "cashback"))
    assert names("points", before) == names("cashback", after) == [True, True]
    assert names("cashback", before) == names("points", after) == [False, False]
    assert before.table.rows[0][0] != after.table.rows[0][0]


def test_a_sign_that_flips_turns_the_recommendation():
    """What earned most loses most: nothing is recommended, and the one that loses least is named."""
    c = written(PROFIT, {"market.S=2.6": STEADY})
    before, after = read(c), read(flipped(c))
    assert before.first.en == "Take the points program." and before.first.zh == "选积分计划。"
    assert after.first.en == "None pays here; the stamp card loses least."
    assert after.first.zh == "这里没有方案划算，集章卡亏得最少。"


def test_rivals_who_copy_are_told_in_money():
    text = read(written(PROFIT, {IMITATION: COPIED, "market.S=2.6": STEADY}, noise=1e-6))
    assert text.first.en == "Take the points program; drop it if rivals copy after 13 weeks."
    assert text.first.zh == "选积分计划；如果对手13周后模仿，就放弃。"
    en, zh = text.second.en, text.second.zh
    assert en.startswith(
        "If rivals copy after 13 weeks, you lose 3.69 money per customer and year instead of earning 10.97."
    )
    assert zh.startswith("如果对手13周后模仿，每年从每位客户身上亏3.69货币单位，而不是赚10.97货币单位。")


def test_what_decides_the_order_stands_in_the_first_five_lines():
    """Joining and the cost of rewards, made alike: the other leads, or what is left of the lead."""
    rests = read(written(PROFIT, {ALIKE: {**PROFIT, "cashback": 12.0}, IMITATION: COPIED}))
    for lang, said in (
        ("en", "Joining and the cost of rewards decide the order"),
        ("zh", "名次取决于入会方式和奖励成本率"),
    ):
        with speaking(lang):
            assert said in "".join(answer.screen(rests).splitlines()[:5])
    stays = read(written(PROFIT, {ALIKE: {**PROFIT, "cashback": 10.9}})).second
    assert "would lead by 0.07 money, not 1.97" in stays.en and "领先0.07货币单位，而不是1.97货币单位" in stays.zh


def test_too_few_runs_give_no_order_no_chance_and_what_was_spent():
    text = read(written(PROFIT, {IMITATION: COPIED}, seeds=4, worlds=SPREADS["pays"], cost={"points": 2.37}))
    assert text.first.en.startswith("Too few runs to say") and text.first.zh.startswith("运行次数太少")
    assert "chance" not in text.sure.en and "points program 2.37" in text.sure.en and "积分计划2.37" in text.sure.zh
    assert [row[0].en for row in text.table.rows] == ["points program", "cash-back program", "stamp card"]
    assert read(written(PROFIT, seeds=5)).first.en.startswith("Take")


def test_a_design_off_its_budget_is_never_best():
    """Even where it earns most, it stands last; and where fewer than two reach it, no design is best."""
    text = read(written(PROFIT, short={"points": 2.37}))
    assert names("points", text) == [False, False] and names("cashback", text) == [True, True]
    assert text.table.rows[-1][0].en == "points program, at other money"
    none = read(written(PROFIT, short={"points": 2.37, "stamps": 4.0}))
    assert none.first.en.startswith("No design is best here") and "2.32 money" in none.second.en
    assert not any(word in none.first.en + none.second.en for pair in NAMES.values() for word in pair)


def test_not_beaten_beyond_luck_is_no_stays_best():
    """Best in each other setting, or only not beaten for sure: and no-ops are not counted."""
    each = read(written(PROFIT, {"market.S=2.6": STEADY, "market.M=80": STEADY}))
    assert "stays best in each of the 2 other settings" in each.assumed.en and "2种其他情况下" in each.assumed.zh
    beaten = {**PROFIT, "cashback": 12.0}
    some = read(written(PROFIT, {"market.S=2.6": STEADY, "market.M=80": beaten, "market.S=1.3": PROFIT}))
    assert "not beaten beyond luck in 1 of 2 other settings" in some.assumed.en  # the third repeats the runs
    assert "2种其他情况中，有1种" in some.assumed.zh
    assert some.first.en == "Take the points program; take the cash-back program if customers buy more often."


def test_designs_as_they_are_have_their_cost_beside():
    c = written(PROFIT, free=True, cost={"points": 30.0})
    text = read(c)
    assert [str(cell) for cell in text.table.title][-1] == "cost"
    assert [row[-1] for row in text.table.rows] == ["30.00", "10.00", "10.00"]
    assert c.beside == [] and c.digits == 2


@pytest.mark.parametrize(
    ("spread", "said"),
    [
        ("pays", "Take the points program."),
        ("open", "whether it pays depends on what nobody knows"),
        ("hardly", "Take none"),
        ("another", "the cash-back program in more of the worlds"),
    ],
)
def test_worlds_decide_how_far_a_design_is_recommended(spread, said):
    assert said in read(written(PROFIT, {"market.S=2.6": STEADY}, worlds=SPREADS[spread])).first.en


def test_a_share_of_worlds_is_none_or_all_only_where_it_is_so():
    """One world of 256 in which it pays is no 0 %, and one in which it does not no 100 %."""
    assert [portion(k / 256).en for k in (0, 1, 255, 256)] == ["none", "1 %", "99 %", "all"]
    assert portion(0.0).zh == "无" and portion(1.0).zh == "全部"
    pays = SPREADS["pays"] | {"points": np.where(np.arange(WORLDS) == 0, -1.0, 9.0)}
    assert "none pays in 2 %" not in read(written(PROFIT, worlds=pays)).sure.en
    assert "some design pays in each" in read(written(PROFIT, worlds=pays)).sure.en


def test_worlds_come_before_luck_and_say_what_carries_them():
    sure = read(written(PROFIT, {"market.S=2.6": STEADY}, worlds=SPREADS["open"])).sure
    assert sure.en.index("worlds") < sure.en.index("Luck") and sure.zh.index("世界") < sure.zh.index("运气")
    assert (
        "nobody knows how strongly customers react to prices" in sure.en and "没人知道客户对价格的反应有多强" in sure.zh
    )
