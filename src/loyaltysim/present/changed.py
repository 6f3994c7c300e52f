"""What was changed here against what ships, as the report and `--more` list it, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loyaltysim.present.assumptions import size
from loyaltysim.scenario.changed import NOTHING, parts
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.said import Said

TITLE = Said("Changed here", "此处改动")
OWN = {  # what own numbers set, in the words in which they are asked for
    "market.basket.mean": Said("price of a purchase", "每次购买的价格"),
    "market.M": Said("purchases a year", "每年购买次数"),
    "focal": Said("your firm", "本公司"),
}
OF_A_FIRM = {
    "share": Said("share of {}", "{}的份额"),
    "unit_cost": Said("cost at {}, of the price", "{}的成本占价格"),
    "base_price": Said("price at {}", "{}的价格"),
}


def rows(scenario: Scenario) -> Iterator[tuple[Said, str, str | Said, str | Said]]:
    """What was changed: in words, its key, the value now, the value before."""
    for one in map(parts, scenario.changed):
        yield called(one["key"]), one["key"], value(one["now"]), value(one["was"])


def lines(scenario: Scenario) -> list[Said]:
    """The same as lines: `price of a purchase: 4.5 instead of 4`."""
    return [
        Said(*(f"{what[lang]}{colon}{now}{instead}{was}" for lang, colon, now, instead, was in (
            ("en", ": ", spoken(now, "en"), " instead of ", spoken(was, "en")),
            ("zh", "：", spoken(now, "zh"), "，原为", spoken(was, "zh")),
        )))
        for what, _, now, was in rows(scenario)
    ]  # fmt: skip


def called(key: str) -> Said:
    """What a key is called here."""
    firm = re.fullmatch(r"firms\.([^.]+)\.(\w+)", key)
    if firm is not None and firm[2] in OF_A_FIRM:
        said = OF_A_FIRM[firm[2]]
        return Said(said.en.format(firm[1]), said.zh.format(firm[1]))
    return OWN.get(key) or size(key)


def value(text: str) -> str | Said:
    """A value as it is told."""
    return Said(NOTHING, "未设置") if text == NOTHING else text


def spoken(text: str | Said, lang: str) -> str:
    """In a language, where that makes a difference."""
    return text[lang] if isinstance(text, Said) else text
