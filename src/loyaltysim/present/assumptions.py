"""What is assumed, in a manager's words: keys and values that are tried, in both languages.

size         `how strongly customers react to prices`, for a key
assumption   `rivals copy after 13 weeks`, for `key=value`
"""

from __future__ import annotations

import re
from functools import cache

from loyaltysim.configure.compose import components
from loyaltysim.configure.evidence import rows
from loyaltysim.configure.measured import MEASURED
from loyaltysim.scenario.read import parameters
from loyaltysim.scenario.said import Said

SIZES = {  # what is tried without being in a table of worlds, and names shorter than the help of a key
    "market.S": Said("how loyal tastes are", "客户的偏好有多稳定"),
    "market.M": Said("how often customers buy", "客户多久来买"),
    "customers.price_sensitivity": Said("how strongly customers react to prices", "客户对价格的反应有多强"),
    "customers.n": Said("how many customers are simulated", "模拟多少客户"),
    "customers.max_programs": Said("how many cards a customer holds at most", "每位客户最多持几张卡"),
    "market.sigma": Said("how unequal loyalty is", "忠诚度有多不均"),
    "behaviour.bond.half_life": Said("how long a bond lasts", "情感联系能维持多久"),
    "behaviour.bond.premium": Said("what a full bond is worth", "最深的情感联系值多少"),
    "behaviour.habit.premium": Said("how strong habits are", "习惯有多强"),
    "rivals.policy.imitate.lag": Said("when rivals copy", "对手何时模仿"),
    "rivals.policy.imitate.fidelity": Said("how much of it rivals copy", "对手模仿多少"),
    "policy.launch.week": Said("the week of the launch", "在第几周推出"),
    "program.points.face_value": Said("what a reward is worth", "一份奖励值多少"),
    "program.points.earn": Said("how fast points are earned", "积分攒得多快"),
    "program.points.threshold": Said("how many points a reward takes", "兑换一份奖励要多少积分"),
    "program.points.cost": Said("what a reward costs the firm", "奖励让公司花多少"),
    "program.cashback.rate": Said("how much comes back", "返现多少"),
    "program.coupon.face_value": Said("what a coupon is worth", "一张券值多少"),
    "program.coupon.users": Said("how many customers use coupons", "多少客户会用券"),
    "program.member_price.rate": Said("how much less members pay", "会员价低多少"),
    "program.promotion.depth": Said("how deep a promotion is", "促销力度有多大"),
    "program.promotion.stockpile": Said("how many customers buy ahead", "多少客户会囤货"),
    "program.stamps.face_value": Said("what a full card is worth", "集满一张卡值多少"),
    "program.stamps.needed": Said("the length of the stamp card", "集章卡要集几个章"),
    "program.stamps.strength": Said("how steeply a full card pulls", "快集满时的吸引力有多强"),
}
WITH_VALUE = {  # a clause that holds the value: {} as it stands, {%} in percent
    "rivals.policy.imitate.lag": Said("rivals copy after {} weeks", "对手{}周后模仿"),
    "rivals.policy.imitate.fidelity": Said("rivals copy {%} of the reward", "对手的奖励为本公司的{%}"),
    "customers.relational_share": Said("{%} of customers are relational", "{%}的客户重关系"),
    "behaviour.bond.premium": Said("a full bond is worth {%} of the price", "最深的情感联系值价格的{%}"),
    "behaviour.bond.half_life": Said("a bond fades by half within {} weeks", "情感联系每{}周减半"),
    "behaviour.habit.premium": Said("a habit is worth {%} of the price", "习惯值价格的{%}"),
    "behaviour.habit.half_life": Said("a habit fades by half within {} weeks", "习惯每{}周减半"),
    "program.stamps.needed": Said("a card takes {} stamps", "集满{}个章就有奖励"),
    "program.points.cost": Said("a reward costs {%} of its face value", "奖励的成本为面值的{%}"),
    "program.stamps.cost": Said("a reward costs {%} of its face value", "奖励的成本为面值的{%}"),
    "program.cashback.cost": Said("cash back costs {%} of its amount", "返现的成本为金额的{%}"),
}
BY_SIDE = {  # a clause that says on which side of the usual value it is: below, above
    "market.S": (
        Said("customers have clearer favourites", "客户的偏好更鲜明"),
        Said("customers mind less where they buy", "客户不太在意去哪家买"),
    ),
    "market.M": (
        Said("customers buy less often", "客户买得更少"),
        Said("customers buy more often", "客户买得更勤"),
    ),
    "customers.price_sensitivity": (
        Said("customers react less to prices", "客户对价格的反应更弱"),
        Said("customers react more strongly to prices", "客户对价格的反应更强"),
    ),
    "program.stamps.strength": (
        Said("a nearly full card pulls less", "快集满时的吸引力更弱"),
        Said("a nearly full card pulls harder", "快集满时的吸引力更强"),
    ),
    "program.points.strength": (
        Said("a reward that is near pulls less", "快攒满时的吸引力更弱"),
        Said("a reward that is near pulls harder", "快攒满时的吸引力更强"),
    ),
}


@cache
def sizes() -> dict[str, Said]:
    """Every size that a table of worlds draws, and those above, by key: noun or indirect question."""
    of_worlds = {row.key: row.called for row in rows("evidence")}
    help_of = {p.key: p.doc for p in parameters(components())}
    named = {k: said if said.en else Said(help_of.get(k, ""), said.zh) for k, said in of_worlds.items()}
    return {**SIZES, **named}


def size(key: str) -> Said:
    """What is assumed, as a manager calls it: `how strongly customers react to prices`. A key that nobody has named is
    told by the last part of its name.
    """
    moment = next((name for name, one in MEASURED.items() if re.fullmatch(one.decides, key)), key)
    for name in (key, moment, re.sub(r"^firms\.[^.]+\.", "rivals.", key)):
        if name in sizes():
            return sizes()[name]
    last = key.split(".")[-1].replace("_", " ")
    return Said(f"the {last}", f"“{last}”这项设定")


def assumption(text: str, usual: object = None, exact: bool = False) -> Said:
    """An assumed value that was tried, as a clause for `if ...`: `rivals copy after 13 weeks`.

    text  : `key=value`, as in `vary`;  usual : the value that it stands in for, where that is known
    exact : always with the number, as where two clauses would read the same
    """
    key, _, value = text.partition("=")
    number, known = as_number(value), as_number(usual)
    if number is not None and (said := WITH_VALUE.get(key)):
        return Said(*(filled(said[lang], number) for lang in ("en", "zh")))
    if number is not None and known is not None and number != known and key in BY_SIDE:
        said = BY_SIDE[key][number > known]
        return Said(f"{said.en}, {number:g} for {known:g}", f"{said.zh}：{number:g}，原为{known:g}") if exact else said
    name, shown = size(key), value if number is None else f"{number:g}"
    return Said(f"{name.en} is put at {shown}", f"{name.zh}设为{shown}")


def filled(pattern: str, number: float) -> str:
    """A clause with its number."""
    text = pattern.replace("{%}", f"{100.0 * number:.3g} %").replace("{}", f"{number:g}")
    return text.replace(" 1 weeks", " a week")


def as_number(value: object) -> float | None:
    """A number from what was written; None where it is a word."""
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
