"""One word per idea in both languages: programs, occasions, money, shares of worlds, as people call them.

Names that a user made up are told as they are.
"""

from __future__ import annotations

from collections.abc import Sequence

from loyaltysim.mechanism.measure import Measure
from loyaltysim.scenario.model import Market
from loyaltysim.scenario.said import Said, both

PROGRAMS = {  # components and shipped designs, as a manager calls them: one thing each, so that a verb may follow
    "points": Said("points program", "积分计划"),
    "stamps": Said("stamp card", "集章卡"),
    "cashback": Said("cash-back program", "返现计划"),
    "recognition": Said("recognition program", "会员关怀计划"),
    "club": Said("members' club", "会员俱乐部"),
    "community": Said("members' community", "会员社群"),
    "contact": Said("contact program", "主动联系计划"),
    "channels": Said("multichannel program", "多渠道联系"),
    "broadcast": Said("broadcast", "广告宣传"),
    "follow_up": Said("follow-up program", "售后回访"),
    "stages": Said("care at every stage of a visit", "售前售中售后服务"),
    "commonest": Said("repair of the commonest cause", "先改进最常见的问题"),
    "referral": Said("referral program", "推荐计划"),
    "service": Said("better service", "更好的服务"),
    "staff": Said("staff program", "员工计划"),
    "ease": Said("easier ordering", "更方便的下单"),
    "returns": Said("generous returns policy", "宽松的退货"),
    "candour": Said("honest advertising", "诚实的宣传"),
    "cause": Said("good cause", "公益计划"),
    "audit": Said("mystery shopping", "神秘顾客检查"),
    "improvement": Said("improvement program", "质量改进计划"),
    "monitoring": Said("complaint monitoring", "投诉监测"),
    "membership": Said("membership", "会员制"),
    "late_returns": Said("late-returns policy", "数周后的退货"),
    "lapse": Said("lapsing membership", "会员资格失效"),
    "coalition": Said("coalition", "联盟积分计划"),
    "transfer": Said("pooling of points", "积分转让"),
    "donation": Said("donation of points", "积分捐赠"),
    "top_up": Said("sale of points", "积分购买"),
    "early_access": Said("early access", "新品优先购"),
    "new_product": Said("new product", "新品上市"),
    "tasks": Said("task program", "任务积分"),
    "review": Said("reward for reviews", "评价积分"),
    "survey_reward": Said("reward for surveys", "问卷积分"),
    "app": Said("reward for the app", "应用积分"),
    "activity": Said("reward for activity", "运动积分"),
    "charity": Said("reward for charity", "慈善积分"),
    "prize_draw": Said("prize draw", "抽奖计划"),
    "wheel": Said("wheel of fortune", "幸运转盘"),
    "surprise": Said("surprise gift", "惊喜礼物"),
    "contest": Said("contest", "抽奖比赛"),
    "rotating": Said("changing reward", "轮换奖励"),
    "one_account": Said("one account a person", "一人一户"),
    "stacking": Said("ban on stacking", "奖励不叠加"),
    "coupon": Said("coupon", "优惠券"),
    "next_purchase": Said("next-purchase coupon", "下次购物券"),
    "newcomers": Said("deal for newcomers", "新客专享优惠"),
    "birthday": Said("birthday coupon", "生日券"),
    "member_price": Said("members' price", "会员价"),
    "loyal_price": Said("price for who comes again", "回头客价"),
    "commit_coupon": Said("coupon for who comes again", "回头客券"),
    "promotion": Said("promotion", "限时促销"),
    "warranty": Said("warranty", "质保"),
    "store_credit": Said("store credit", "退货额度"),
    "win_back": Said("win-back coupon", "流失客户赢回券"),
    "onboarding": Said("onboarding program", "新会员引导计划"),
    "inner_club": Said("club inside the program", "计划内的兴趣小组"),
    "fee": Said("fee for membership", "会员年费"),
    "paid_membership": Said("paid membership", "付费会员制"),
    "ab_test": Said("test of messages", "消息方案测试"),
    "ratings": Said("two-sided rating", "双向评价"),
    "appraisal": Said("staff pay by score", "按评分考核员工"),
    "points_1": Said("1 % points program", "1 % 积分计划"),
    "points_3": Said("3 % points program", "3 % 积分计划"),
    "points_later": Said("program of points used later", "延后兑换的积分计划"),
    "miles": Said("miles program", "里程计划"),
    "tiers": Said("tiered status", "等级会员制"),
    "status": Said("status program", "荣誉等级计划"),
    "challenge": Said("spending challenge", "限时消费挑战"),
    "by_easter": Said("challenge by Easter", "复活节前消费挑战"),
    "ownership": Said("customer ownership", "客户持股"),
    "advice": Said("customer advice", "客户建议"),
    "advisers": Said("advisers' program", "客户建议计划"),
    "education": Said("customer training", "客户培训"),
    "targeting": Said("targeted offer", "定向优惠"),
    "coalition_apart": Said("coalition with separate cards", "各发各卡的联盟"),
}
UNCOUNTED = (  # what such a name begins with where no article goes before it
    "no ", "better ", "easier ", "honest ", "mystery ", "complaint ", "membership", "lapsing ", "care ", "repair ",
    "early ", "staff pay", "one account", "tiered ", "customer ", "paid ",
)  # fmt: skip
OCCASIONS = {
    "purchases": Said("purchases", "购买次数"),
    "repeat purchases": Said("repeat purchases", "重复购买次数"),
    "shopping trips": Said("shopping trips", "购物次数"),
    "visits": Said("visits", "到店次数"),
    "bills": Said("bills", "账单数"),
}
CURRENCIES = {
    "USD": Said("USD", "美元"),
    "EUR": Said("EUR", "欧元"),
    "GBP": Said("GBP", "英镑"),
    "CNY": Said("CNY", "元"),
    "money": Said("money", "货币单位"),
}
PER = {"customer": "位客户", "year": "年"}  # of an amount of money


def program(names: Sequence[str]) -> Said:
    """What a program is called, from its components or its design's name; joining is a part of all."""
    parts = [name for name in names if name != "membership"] or ["membership"]
    said = [PROGRAMS.get(name, Said(name.replace("_", " "), name.replace("_", " "))) for name in parts[:2]]
    more = Said(" and more", "等") if len(parts) > 2 else Said("", "")
    english = " with ".join(word.en for word in said)
    return Said(english + more.en, "加".join(word.zh for word in said) + more.zh)


def occasion(name: str) -> Said:
    """What customers make: purchases, visits, bills."""
    return OCCASIONS.get(name, Said(name, name))


def currency(name: str) -> Said:
    """The unit of money."""
    return CURRENCIES.get(name, Said(name, name))


def portion(share: float) -> Said:
    """A share of worlds: none and all only where it is so."""
    if share in (0.0, 1.0):
        return Said("all", "全部") if share else Said("none", "无")
    return both(f"{min(99, max(1, round(100.0 * share)))} %")


def label(measure: Measure, market: Market, short: bool = False) -> Said:
    """What a number is called in a market, with its unit of money. short : as in the head of a column"""
    chinese, money = measure.chinese, currency(market.currency).zh
    if measure.unit.startswith("money"):
        per = "、".join(word for text, word in PER.items() if text in measure.unit)
        chinese += f"（{money}{f'，每{per}' if per else ''}）"
    return Said(measure.label(market.occasion, market.currency, short), chinese.replace("元奖励", f"{money}奖励"))
