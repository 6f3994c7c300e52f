"""What an exploration or a search found, as it is read aloud."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from loyaltysim.measures.registry import find
from loyaltysim.measures.statistics import estimate
from loyaltysim.present import glossary, settings
from loyaltysim.present.answer import FEWEST, ROWS, TOO_FEW, numbers
from loyaltysim.present.sweep_answer import IN_TABLE, MONEY
from loyaltysim.scenario.model import Market
from loyaltysim.scenario.said import Said, both
from loyaltysim.studies.explore import Explained
from loyaltysim.studies.factors import Settings
from loyaltysim.studies.optimise import Candidate, Search, spread
from loyaltysim.studies.reading import Reading, Table
from loyaltysim.studies.sensitivity import Rule

SIGNS = {
    "above ": Said("above", "高于"),
    "up to ": Said("at most", "不高于"),
    "is not ": Said("other than", "不是"),
    "is ": Said("at", "为"),
}
STAYS = {
    "stays": Said("stays", "站住"),
    "beaten": Said("beaten", "被超过"),
    "outside": Said("over a limit", "超限"),
    "failed": Said("failed", "失败"),
    "": Said("", ""),
}
MAIN = {"sobol": "total", "morris": "mu_star"}


def called(outcome: str, market: Market) -> Said:
    """An outcome in words, without its unit."""
    each = Said("profit per customer and year", "每位客户每年的利润")
    return each if outcome == MONEY else glossary.label(find(outcome), market)


def amount(outcome: str, value: float, market: Market, sign: str | None = None) -> Said:
    """A number with its unit. sign : as `Style`"""
    said, money = find(outcome).style(value, sign) + find(outcome).style.unit, glossary.currency(market.currency)
    return Said(f"{said} {money.en}", f"{said} {money.zh}") if outcome == MONEY else both(said)


# --- explore ---


def explored(found: Sequence[Explained], terms: Settings, market: Market, runs: int) -> Reading:
    """What moves an outcome most, and where it changes side: of profit where it was asked for. runs : in all"""
    one = next((e for e in found if e.outcome == MONEY), found[0])
    if runs < FEWEST or not one.rules.rules:
        none = Said("Too few runs to say what moves anything here.", "运行次数太少，说不准这里什么有影响。")
        return Reading(none, Said("More points would tell.", "需要更多的点。"), TOO_FEW)
    table = strengths(one, terms.design) if one.indices is not None else boxes(one, terms, market)
    return Reading(moves(one, terms, market), sides(one, terms, market), how_sure(one, terms), table)


def ranked(one: Explained, design: str) -> tuple[list[str], bool]:
    """Factors by how far they move the outcome, and whether the first is surely ahead of the second."""
    if one.indices is None:
        return [], False
    main = MAIN[design]
    live = one.indices[one.indices[f"{main}_low"] > 0.0]
    ahead = len(live) > 0 and (len(live) == 1 or bool(live.iloc[0][f"{main}_low"] > live.iloc[1][main]))
    return list(live.factor), ahead


def moves(one: Explained, terms: Settings, market: Market) -> Said:
    """What moves the outcome most, where indices were asked for; otherwise on which side it is, and where."""
    outcome = called(one.outcome, market)
    if one.indices is None:
        return mostly(one, terms, market)
    names, ahead = ranked(one, terms.design)
    if not names:
        return Said(f"Nothing here surely moves the {outcome.en}.", f"这里没有什么能肯定地影响{outcome.zh}。")
    first = settings.called(names[0])
    if ahead:
        return Said(f"What moves the {outcome.en} most is {first.en}.", f"最影响{outcome.zh}的是{first.zh}。")
    second = settings.called(names[1])
    return Said(
        f"What moves the {outcome.en} most is {first.en} or {second.en}; these runs cannot tell which.",
        f"最影响{outcome.zh}的是{first.zh}或{second.zh}，分不出哪个更大。",
    )


def side(above: bool, outcome: str, threshold: float) -> Said:
    """On which side of the threshold: of profit at nothing, in a word."""
    if outcome == MONEY and threshold == 0.0:
        return Said("positive", "为正") if above else Said("not positive", "不为正")
    style = find(outcome).style
    limit = style(threshold, "") + style.unit
    return Said(f"above {limit}", f"高于 {limit}") if above else Said(f"at most {limit}", f"不高于 {limit}")


def mostly(one: Explained, terms: Settings, market: Market) -> Said:
    """How often the outcome is above the threshold, or that it always or never is."""
    outcome, share = called(one.outcome, market), one.rules.share
    if share in (0.0, 1.0):
        word = side(share == 1.0, one.outcome, terms.threshold)
        return Said(
            f"The {outcome.en} is {word.en} wherever it was tried.", f"在试过的所有地方，{outcome.zh}都{word.zh}。"
        )
    word = side(True, one.outcome, terms.threshold)
    return Said(
        f"The {outcome.en} is {word.en} in {100 * share:.0f} % of what was tried.",
        f"在试过的情形中，{outcome.zh}有 {100 * share:.0f} % {word.zh}。",
    )


def sides(one: Explained, terms: Settings, market: Market) -> Said:
    """Where the outcome changes side; that nothing in these ranges turns it."""
    best = next((rule for rule in one.rules.rules if rule.above), None)
    if best is None or one.rules.share in (0.0, 1.0) or len(one.rules.rules) < 2:
        word = side(one.rules.share > 0.5, one.outcome, terms.threshold)
        return Said(
            f"Nothing in these ranges turns that it is {word.en}.",
            f"在这些范围内，没有什么能改变它{word.zh}这一点。",
        )
    word, where = side(True, one.outcome, terms.threshold), condition(best)
    return Said(f"It is {word.en} mostly with {where.en}.", f"它{word.zh}，主要是在{where.zh} 时。")


def condition(rule: Rule) -> Said:
    """A rule's conditions, each `key above 1.3`, `key is points`, in words."""
    told = [one_condition(part) for part in rule.words.replace(" between ", " \N{EM DASH} ").split(" and ")]
    return Said(" and ".join(t.en for t in told), "，且".join(t.zh for t in told))


def one_condition(text: str) -> Said:
    """`market.S above 1.3` -> how loyal tastes are above 1.3; a program by its name."""
    key, _, rest = text.partition(" ")
    name = Said("", "") if key in settings.GROUPS else settings.called(key)
    for sign, said in SIGNS.items():
        if rest.startswith(sign):
            values = [settings.value(key, value) for value in rest.removeprefix(sign).split(" or ")]
            value = Said(" or ".join(v.en for v in values), "或".join(v.zh for v in values))
            en = f"{name.en} {said.en} {value.en}" if name.en else f"{'no ' * (sign == 'is not ')}{value.en}"
            zh = f"{name.zh}{said.zh}" if name.zh else "不是" * (sign == "is not ")
            return Said(en, f"{zh} {value.zh}".strip())
    return Said(f"{name.en} in the middle", f"{name.zh}居中")


def how_sure(one: Explained, terms: Settings) -> Said:
    """The ranges first, for they decide; then how far points that were held back agree."""
    said = Said(
        "It holds for the ranges that you gave, every value in them as likely as any other.",
        "这只对你给出的范围成立，范围内各值视为同样可能。",
    )
    if one.rules.sure is None:
        return said
    share = f"{100 * one.rules.sure:.0f} %"
    return said + Said(f"On points held back it is right in {share}.", f"在留出的点上，{share} 说对了。")


def strengths(one: Explained, design: str) -> Table:
    """The factors with what they carry and its interval."""
    assert one.indices is not None
    main, style = MAIN[design], find(one.outcome).style
    head = (
        Said("of its variance, %", "占方差，%")
        if design == "sobol"
        else Said("change across its range", "全范围内的变化")
    )

    def scale(x: float) -> str:
        return f"{100 * x:.0f}" if design == "sobol" else style(x, "") + style.unit

    rows = [
        (settings.called(r.factor), scale(r[main]), f"{scale(r[f'{main}_low'])} – {scale(r[f'{main}_high'])}")
        for _, r in one.indices.iloc[:ROWS].iterrows()
    ]
    return Table((Said("what varies", "变动的是"), head, Said("95 % interval", "95 % 区间")), rows)


def boxes(one: Explained, terms: Settings, market: Market) -> Table:
    """Where the outcome is on which side, and how purely."""
    rows = [
        (condition(rule), side(rule.above, one.outcome, terms.threshold), f"{100 * rule.density:.0f} %")
        for rule in one.rules.rules[: ROWS // 2]
        if rule.words != "everywhere"
    ]
    return (
        Table((Said("with", "何处"), called(one.outcome, market), Said("right in", "说对的比例")), rows)
        if rows
        else Table()
    )


# --- optimise ---


def searched(search: Search, frontier: Sequence[Candidate], market: Market, figure: str = "") -> Reading:
    """What to take; what would change the choice; how much of it was luck."""
    tried = len(search.tried)
    if not frontier:
        none = Said(f"None of the {tried} candidates is within the limits.", f"{tried} 个方案中没有一个在限制之内。")
        return Reading(
            none, Said("Wider limits or other levers are needed.", "需要放宽限制或换别的做法。"), luck(search, market)
        )
    return Reading(choice(search, frontier, market), turned(search, frontier, market), luck(search, market),
                   chosen(search, frontier, market), figure=figure)  # fmt: skip


def kept(search: Search, frontier: Sequence[Candidate]) -> list[Candidate]:
    """Those of the frontier that stay on new seeds; all of it where none were asked for."""
    return [c for c in frontier if search.verdict(c.number) in ("", "stays")] if search.fresh else list(frontier)


def seen(search: Search, one: Candidate) -> Candidate:
    """A candidate as the new seeds have it, where it met them."""
    return search.fresh.get(one.number, one) if search.verdict(one.number) not in ("", "failed") else one


def runs_of(search: Search, frontier: Sequence[Candidate]) -> int:
    """Runs behind the candidate that has fewest."""
    return min(len(next(iter((seen(search, c).results or {"": np.zeros(0)}).values()))) for c in frontier)


def choice(search: Search, frontier: Sequence[Candidate], market: Market) -> Said:
    """Take the one that is left; of several, say that the choice depends; a loss is said to be one."""
    if runs_of(search, frontier) < FEWEST:
        return Said("Too few runs to say which of these candidates is best.", "运行次数太少，说不准哪个方案最好。")
    left = kept(search, frontier)
    if not left:
        return Said(
            "None of the candidates that looked best holds on new runs.", "看上去最好的方案，在新的运行中都没有站住。"
        )
    if len(left) > 1:
        return Said(
            f"No single candidate is best: {len(left)} of {len(search.tried)} are beaten by no other.",
            f"没有唯一最好的方案：{len(search.tried)} 个中有 {len(left)} 个不输给任何别的。",
        )
    tried, results = len(search.tried), seen(search, left[0]).results or {}
    if MONEY not in results:
        return Said(f"Take the best of the {tried} candidates.", f"{tried} 个方案中，做最好的那个。")
    profit = seen(search, left[0]).mean(MONEY)
    luck = estimate(results[MONEY], "")
    if luck.low is not None and luck.high is not None and luck.low <= 0.0 <= luck.high:
        return Said(
            f"Whether even the best of the {tried} candidates pays cannot be told.",
            f"{tried} 个方案中最好的那个是否划算，说不准。",
        )
    size = amount(MONEY, abs(profit), market, "")
    if profit <= 0.0:
        return Said(
            f"Take none of the {tried} candidates: even the best loses {size.en} per customer and year.",
            f"{tried} 个方案都不要做：最好的也让每位客户每年亏损 {size.zh}。",
        )
    return Said(
        f"Take the best of the {tried} candidates: it earns {size.en} per customer and year.",
        f"{tried} 个方案中，做最好的那个：每位客户每年多赚 {size.zh}。",
    )


def turned(search: Search, frontier: Sequence[Candidate], market: Market) -> Said:
    """What the best is, and on what the choice depends."""
    one = seen(search, (kept(search, frontier) or list(frontier))[0])
    if len(search.goals) == 2:
        first, other = (called(goal.outcome, market) for goal in search.goals)
        return Said(
            f"Which one to take depends on what you would give of the {first.en} for the {other.en}.",
            f"选哪个，要看你愿意用多少“{first.zh}”换“{other.zh}”。",
        )
    levers = settings.clauses(one.values)
    return Said(
        f"The best has {levers.en}; another goal or limit would choose another.",
        f"最好的方案：{levers.zh}；换一个目标或限制，选择也会变。",
    )


def luck(search: Search, market: Market) -> Said:
    """Over which worlds it was counted; how much less good the choice is on new runs."""
    worlds = {
        "none": Said("What nobody knows stayed as it is set.", "没人知道的数值都保持原来的设定。"),
        "mean": Said("It counts by the mean over worlds of what nobody knows.", "按没人知道的各种情形取平均。"),
        "worst": Said("It counts by the worst tenth of worlds.", "按最差的那部分情形计。"),
    }[search.settings.over]
    verdicts = [search.verdict(number) for number in search.fresh]
    if not any(v not in ("", "failed") for v in verdicts):
        return worlds + Said(
            "No new runs checked the choice, so part of it is luck.", "没有用新的运行检验，选择有一部分是运气。"
        )
    goal = search.goals[0].outcome
    less, _, _ = search.flattered(search.goals[0])
    level = amount(goal, abs(less), market, "")
    way = Said("less good", "差") if less > 0 else Said("better", "好")
    return worlds + Said(
        f"On new runs the choice is {level.en} {way.en} than it looked.",
        f"在新的运行中，所选方案比看上去{way.zh} {level.zh}。",
    )


def chosen(search: Search, frontier: Sequence[Candidate], market: Market) -> Table:
    """Candidates of the frontier with their goals, on new runs where there are some; whether each stays."""
    rows: list[tuple[str | Said, ...]] = []
    for c in spread(frontier, ROWS):
        cells = [
            find(g.outcome).style(seen(search, c).mean(g.outcome)) + find(g.outcome).style.unit for g in search.goals
        ]
        rows.append((settings.point(c.values), *cells, STAYS[search.verdict(c.number)]))
    each = max(len(numbers(" ".join(str(cell) for cell in row))) for row in rows)
    rows = rows[: max(1, IN_TABLE // max(1, each))]
    heads = [profit_head(market) if g.outcome == MONEY else called(g.outcome, market) for g in search.goals]
    return Table((settings.heading(list(frontier[0].values)), *heads, Said("", "")), rows)


def profit_head(market: Market) -> Said:
    """Over a column of money."""
    money = glossary.currency(market.currency)
    return Said(f"profit, {money.en}", f"利润（{money.zh}）")
