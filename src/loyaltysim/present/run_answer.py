"""What a run found, as it is read aloud: does it pay, what would turn it, how sure; then eight numbers.

Every sentence is made from the numbers of the run: none of them is written before it.
"""

from __future__ import annotations

from pathlib import Path

from loyaltysim.measures.contracts import FLOWS
from loyaltysim.measures.registry import find
from loyaltysim.measures.uncertainty import CARRIED
from loyaltysim.measures.verdict import ENOUGH
from loyaltysim.mechanism.registry import registry
from loyaltysim.present import assumptions, glossary
from loyaltysim.present.answer import FEWEST, ROWS, TOO_FEW
from loyaltysim.present.format import COST, MONEY, PER_HUNDRED, RATE, WHOLE, Number
from loyaltysim.present.summary import HERO, Summary, at, varied
from loyaltysim.runs.files import Records
from loyaltysim.scenario.forms import written
from loyaltysim.scenario.said import Said
from loyaltysim.studies.experiment import listed
from loyaltysim.studies.reading import Reading, Table

CHANGES = (  # the table of a run with a program
    "lift_visits", "lift_revenue", "lift_share_points", "profit_per_customer", "program_cost_per_customer",
    "deadweight", "payback_week", "break_even_lift",
)  # fmt: skip
BY_VIEW = "profit_expected_view"  # takes the place of a change of share where the views of points differ
DIFFER = 0.25  # share of the profit's change from which on two views of it are told
COALITION = (  # the same where partners share the currency
    "lift_visits", "lift_revenue", "profit_per_customer", "program_cost_per_customer", "partners_profit",
    "coalition_profit", "earned_elsewhere", "used_elsewhere",
)  # fmt: skip
CONTRACTS = ("lift_customers", "lift_revenue", "lift_retention_points", *CHANGES[3:])


def reading(records: Records, folder: Path | None = None) -> Reading:
    """The answer of a run. folder : where its figure lies"""
    s = Summary(records)
    figure = "" if folder is None else str(folder / "figures" / HERO)
    if "lift_visits" not in s:
        return Reading(market(s), without_program(s), luck_of_market(s), firms(s), figure=figure)
    return Reading(first(s), second(s) + in_total(s) + beside(s), sure(s), changes(s), figure=figure)


# --- a program in question ---


def first(s: Summary) -> Said:
    """Does it pay? A recommendation where the worlds agree, or where none were drawn and luck does not reach 0."""
    name = glossary.program(list(s.scenario.firms[s.scenario.focal].program))
    profit, chance = s["profit_per_customer"], chance_pays(s)
    if too_few(s):
        return Said(f"Too few runs to say whether the {name.en} pays.", f"运行次数太少，说不准{name.zh}是否划算。")
    if not profit.moved:
        return Said(
            f"The {name.en} moves nobody and costs nothing as it is set.",
            f"按现在的设定，{name.zh}既不打动谁，也不花钱。",
        )
    if chance is not None and 1.0 - ENOUGH < chance < ENOUGH:
        share = f"{100.0 * chance:.0f} %"
        return Said(
            f"Nobody can say yet whether the {name.en} pays: it does in {share} of the worlds that are possible.",
            f"{name.zh}是否划算还说不准：在 {share} 的可能情形里划算。",
        )
    pays = {1: True, -1: False}.get(profit.sign or 0)
    agreed = pays is not None and (chance is None or (chance >= ENOUGH) == pays)
    if not agreed or pays is None:
        return Said(
            f"Whether the {name.en} pays cannot be told from these runs.", f"{name.zh}是否划算，从这些运行看不出来。"
        )
    amount, unit = profit.amount(COST), money(s)
    if pays:
        return Said(
            f"Take the {name.en}: it earns you {amount} {unit.en} of profit per customer and year.",
            f"{name.zh}值得做：每位客户每年多赚 {amount} {unit.zh}。",
        )
    return Said(
        f"Do not launch the {name.en} as it is: it costs you {amount} {unit.en} of profit per customer and year.",
        f"{name.zh}照现在的样子不要做：每位客户每年少赚 {amount} {unit.zh}。",
    )


def second(s: Summary) -> Said:
    """What would turn it: more revenue, cheaper rewards, or an assumed value at which it was tried."""
    profit = s["profit_per_customer"]
    if not profit.moved:
        return nothing_moves(s)
    if too_few(s) or not profit.sign:
        return Said("More runs have to settle it.", "需要更多次运行才能定论。")
    lost, turned = profit.sign < 0, turned_by(s, -profit.sign)
    if turned is not None:
        verb = Said("it does pay", "划算") if lost else Said("it does not pay", "不划算")
        turned = Said(f"; {verb.en} if {turned.en}", f"；如果{turned.zh}，就{verb.zh}")
    also = turned or Said("", "")
    ways = [*revenue_needed(s, lost), *cost_needed(s, lost)]
    if not ways:
        return Said(
            f"Neither more revenue nor cheaper rewards would {'make it pay' if lost else 'end that'}{also.en}.",
            f"多卖货或更便宜的奖励都{'不能让它划算' if lost else '不会改变这一点'}{also.zh}。",
        )
    would = (
        Said("It would pay if ", "要让它划算，") if lost else Said("It would stop paying if ", "它不再划算的条件是：")
    )
    english, chinese = ", or if ".join(w.en for w in ways), "，或者".join(w.zh for w in ways)
    return Said(f"{would.en}{english}{also.en}.", f"{would.zh}{chinese}{also.zh}。")


def nothing_moves(s: Summary) -> Said:
    """Why a program may move nobody and cost nothing."""
    gives = any(registry()[name].cost is not None for name in s.scenario.firms[s.scenario.focal].program)
    if gives:
        return Said(
            "It would do something if its rewards were worth something, and somebody earned them.",
            "奖励有价值、有人得到，它才会起作用。",
        )
    return Said(
        "Nothing that customers do here, or that the firm pays, depends on it.",
        "这里客户的行为和企业的花费都与它无关。",
    )


def in_total(s: Summary) -> Said:
    """The profit of all customers, where their number is given; nothing else."""
    many = s.scenario.customers.total
    if many is None or "profit_total" not in s or too_few(s):
        return Said("", "")
    total = s["profit_total"].value or 0.0
    amount, unit, n = f"{abs(total):,.0f}", money(s), f"{many:,}"
    more = Said("more", "多") if total >= 0.0 else Said("less", "少")
    return Said(
        f"For your {n} customers that is {amount} {unit.en} {more.en} profit a year.",
        f"您的 {n} 位客户合计，每年{more.zh}赚 {amount} {unit.zh}。",
    )


def beside(s: Summary) -> Said:
    """What the partners of a coalition gain, and all together; nothing where there are none."""
    if "partners_profit" not in s or too_few(s):
        return Said("", "")
    unit, theirs, all_of_it = money(s), s["partners_profit"].text(MONEY), s["coalition_profit"].text(MONEY)
    return Said(
        f"Its partners' profit changes by {theirs}, that of all by {all_of_it} {unit.en} per customer and year.",
        f"伙伴商家的利润变化为 {theirs}，联盟合计 {all_of_it} {unit.zh}（每位客户每年）。",
    )


def turned_by(s: Summary, sign: int) -> Said | None:
    """The first assumed value that was tried and turns the profit to this sign; None where none does."""
    tree = written(s.scenario)
    found = (
        assumptions.assumption(f"{k}={v}", at(tree, k))
        for k, v, x in varied(s, "profit_per_customer")
        if x.sign == sign
    )
    return next(found, None)


def revenue_needed(s: Summary, lost: bool) -> list[Said]:
    """The lift of revenue at which the program breaks even; nothing if there is none."""
    need, seen = s["break_even_lift"], s["lift_revenue"]
    if need.value is None:
        return []
    end, now = need.text(RATE), seen.text(RATE)
    if lost:
        return [Said(f"revenue rose by {end} instead of {now}", f"销售额须提高 {end}，而不是 {now}")]
    return [Said(f"revenue rose by less than {end} instead of {now}", f"销售额的提高不到 {end}（现为 {now}）")]


def cost_needed(s: Summary, lost: bool) -> list[Said]:
    """The cost of a reward at which the program breaks even; nothing if even free rewards would not pay."""
    share, program = s["affordable_cost"].value, s.scenario.firms[s.scenario.focal].program
    costs = [getattr(terms, cost) for name, terms in program.items() if (cost := registry()[name].cost) is not None]
    if share is None or share <= 0.0:
        return []
    unit, than = money(s), Said("less than", "低于") if lost else Said("more than", "高于")
    if len(costs) != 1:
        return [
            Said(
                f"rewards cost {than.en} {share:.0%} of what they cost now",
                f"奖励的成本须{than.zh}现在的 {share:.0%}",
            )
        ]
    end, now = COST(share * costs[0]), COST(costs[0])
    return [
        Said(
            f"rewards worth 1 {unit.en} cost you {than.en} {end} instead of {now}",
            f"每 1 {unit.zh}奖励的成本须{than.zh} {end}，而不是 {now}",
        )
    ]


def sure(s: Summary) -> Said:
    """Worlds first, with what carries them; then luck."""
    if too_few(s):
        return TOO_FEW
    profit, unit = s["profit_per_customer"], money(s)
    luck = Said(f"luck alone leaves {profit.interval(MONEY)}", f"单凭运气是 {profit.interval(MONEY, ' 至 ')}")
    if profit.worlds_low is None:
        why = (
            Said("You set every size that is assumed; ", "所有假设的数值都由你设定；")
            if s.all_known
            else Said("What nobody knows was left as it is set; ", "没人知道的数值没有变动；")
        )
        return Said(f"{why.en}{luck.en} {unit.en}.", f"{why.zh}{luck.zh} {unit.zh}。")
    ends = profit.over_worlds(MONEY), profit.over_worlds(MONEY, " 至 ")
    mostly = Said("", "")
    if sizes := [assumptions.size(key) for key, _ in s.unknown["depends_on"][:CARRIED]]:
        english, chinese = listed(size.en for size in sizes), "、".join(size.zh for size in sizes)
        mostly = Said(f", mostly by {english}, all assumed", f"，主要取决于{chinese}，都是假设")
    pays = pays_in(chance_pays(s))
    return Said(
        f"Over all that nobody knows, profit changes by {ends[0]} {unit.en}{mostly.en}; {luck.en}. {pays.en}",
        f"把没人知道的都算上，利润变化在 {ends[1]} {unit.zh}之间{mostly.zh}；{luck.zh}。{pays.zh}",
    )


def pays_in(chance: float | None) -> Said:
    """In how many worlds it pays: none and all only where it is so."""
    if chance is None:
        return Said("Too few worlds to say how often it pays.", "情形太少，说不准多常划算。")
    share = glossary.portion(chance)
    chinese = {0.0: "没有一个情形", 1.0: "所有情形里"}.get(chance, f"在 {share.zh} 的情形里")
    return Said(f"It pays in {share.en} of these worlds.", f"{chinese}划算。")


def chance_pays(s: Summary) -> float | None:
    """Share of the worlds in which it pays; None without worlds, or with too few."""
    found: float | None = s.unknown["worlds"]["chance_pays"] if s.unknown else None
    return found


def too_few(s: Summary) -> bool:
    """Are there too few runs for an interval of luck?"""
    profit = s["profit_per_customer"]
    return profit.sign is None or (profit.n or 0) < FEWEST


def money(s: Summary) -> Said:
    """The unit of money."""
    return glossary.currency(s.currency)


def changes(s: Summary) -> Table:
    """Eight numbers with the program against without it; intervals are over worlds where they were drawn, else luck."""
    worlds = bool(s.unknown)
    over = Said("90 % of worlds", "90 % 的情形") if worlds else Said("luck, 95 %", "运气，95 %")
    names = list(CONTRACTS if s.contracts else COALITION if "coalition_profit" in s else CHANGES)
    if views_differ(s) and "coalition_profit" not in s:
        names.remove("lift_retention_points" if s.contracts else "lift_share_points")
        names.insert(names.index("profit_per_customer") + 1, BY_VIEW)
    return Table(
        (Said("with the program, against without it", "有计划与没有计划相比"), Said("value", "数值"), over),
        [change(s, name, worlds) for name in names],
    )


def views_differ(s: Summary) -> bool:
    """Does it matter how points are booked: by a quarter of the profit's change, or its sign?"""
    there, here = s[BY_VIEW].value if BY_VIEW in s else None, s["profit_per_customer"].value
    if there is None or here is None:
        return False
    return abs(there - here) >= DIFFER * abs(here) > 0.0 or there * here < 0.0


def change(s: Summary, name: str, worlds: bool) -> tuple[str | Said, ...]:
    """A row: what, value, interval; what never pays back says so."""
    x, style, words = s[name], find(name).style, glossary.label(find(name), s.scenario.market)
    if name == "payback_week":
        return words, x.text(WHOLE), made_good(x, s["lift_visits"].n or 0)
    if x.value is None:
        return words, "-", Said("none", "无")
    spread = x.over_worlds if worlds and x.worlds_low is not None else x.interval
    return words, x.text(style), Said(spread(style), spread(style, " 至 "))


def made_good(back: Number, runs: int) -> Said:
    """In how many runs the loss is made good."""
    if back.n:
        return Said(f"in {back.n} of {runs} runs", f"{runs} 次运行中 {back.n} 次")
    return Said("not within the horizon", "期限内没有")


# --- a market without a program in question ---


def market(s: Summary) -> Said:
    """The largest firm."""
    name = "share_of_customers" if s.contracts else "share_of_visits"
    leader = max(s.scenario.firms, key=lambda firm: s[f"{name}[{firm}]"].value or 0.0)
    share, what = f"{s[f'{name}[{leader}]'].text(PER_HUNDRED)} %", glossary.occasion(s.occasion)
    held = Said(f"of the {what.en}", f" 的{what.zh}")
    if s.contracts:
        held = Said("of the customers", " 的客户")
    return Said(
        f"Firm {leader} leads this market of {len(s.scenario.firms)} firms with {share} {held.en}.",
        f"{len(s.scenario.firms)} 家企业中 {leader} 领先，占 {share}{held.zh}。",
    )


def without_program(s: Summary) -> Said:
    """What a program would do is another question."""
    focal = s.scenario.focal
    return Said(
        f"Firm {focal}, which the question is about, runs no program; add one to see what it would change.",
        f"所问的企业 {focal} 没有会员计划；加上一个，就能看到它会改变什么。",
    )


def luck_of_market(s: Summary) -> Said:
    """How far luck moves the leader's share."""
    name = "share_of_customers" if s.contracts else "share_of_visits"
    x = s[f"{name}[{s.scenario.focal}]"]
    if x.sign is None or (x.n or 0) < FEWEST:
        return TOO_FEW
    return Said(
        f"Luck leaves the share of firm {s.scenario.focal} between {x.interval(PER_HUNDRED, ' and ')} %.",
        f"单凭运气，企业 {s.scenario.focal} 的份额在 {x.interval(PER_HUNDRED, ' 至 ')} % 之间。",
    )


def firms(s: Summary) -> Table:
    """Firm by firm: at most eight, the largest first."""
    names = (
        ("share_of_customers", "retention", *FLOWS[:1]) if s.contracts else ("share_of_visits", "penetration", "scr")
    )
    shown = [name for name in names if f"{name}[{s.scenario.focal}]" in s]
    order = sorted(s.scenario.firms, key=lambda firm: -(s[f"{shown[0]}[{firm}]"].value or 0.0))[:ROWS]
    title = [Said("firm", "企业"), *(glossary.label(find(name), s.scenario.market, short=True) for name in shown)]
    rows = [[firm[:20], *(s[f"{name}[{firm}]"].text(find(name).style) for name in shown)] for firm in order]
    return Table(title, rows)
