"""A comparison as it is read aloud: take which design, what turns that, how sure, what decides the order.

Every word is chosen from the numbers: a recommendation where the best design pays and is ahead beyond luck, worlds
before luck, and nothing but what was spent where there are too few runs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from loyaltysim.measures.comparison import Comparison
from loyaltysim.measures.verdict import ENOUGH
from loyaltysim.present.answer import FEWEST, FIRST_LETTERS, FIRST_WORDS
from loyaltysim.present.assumptions import size
from loyaltysim.present.comparison_words import (
    SURE,
    amount,
    best_of,
    called,
    changes,
    clauses,
    counted,
    currency,
    label,
    likely,
    listed,
    money,
    ordered,
    ranked,
    told,
    too_few,
)
from loyaltysim.present.format import COST
from loyaltysim.present.glossary import portion
from loyaltysim.scenario.said import Said, both
from loyaltysim.studies.designs_elsewhere import ALIKE, IMITATION
from loyaltysim.studies.protocol import Answer
from loyaltysim.studies.reading import Reading, Table

MATTERS = 0.25  # of the profit: by so much rivals who copy must change it to be named
WIDE = 4  # designs up to which a row has room for what nobody knows


def reading(answer: Answer[Comparison], folder: Path | None) -> Reading:
    """The answer as people read it."""
    c = answer.found
    figure = "" if folder is None else str(folder / "figure.png")
    return Reading(first(c), second(c), sure(c), table(c), decides(c), figure)


# --- the first line ----------------------------------------------------------------------------------------------


def first(c: Comparison) -> Said:
    """What to do, or what happened."""
    if too_few(c):
        return Said("Too few runs to say which design is best.", "运行次数太少，说不准哪个方案最好。")
    if c.unequal:
        return Said(
            "No design is best here: they cannot be made to cost the same.",
            "这里没有最好的方案：它们花不了同样多的钱。",
        )
    if len(c.leading()) > 1:
        return Said(
            "No design is best here: the leading ones leave the same profit.",
            "这里没有最好的方案：领先的几个利润相同。",
        )
    best, second_, *_ = ranked(c)
    a, b, sign = called(best), called(second_), told(c, best, "profit_per_customer").sign
    if (c.chance(best, second_) or 0.0) < SURE:
        return tied(a, b, sign)
    if sign == 1:
        return recommended(c, best)
    if sign == -1:
        where = Said("at equal money", "花费相等时") if c.beside else Said("here", "这里")
        least = Said(f"None pays {where.en}; {a.en} loses least.", f"{where.zh}没有方案划算，{a.zh}亏得最少。")
        often = Said(
            f"None pays {where.en}, though {a.en} does in most worlds that may be.",
            f"{where.zh}没有方案划算，但在多数可能的世界里{a.zh}划算。",
        )
        return often if (pays(c, best) or 0.0) > 0.5 else least
    return Said(
        f"{begun(a.en)} leaves most here; whether it pays is open.", f"{a.zh}留下的利润最多，但是否划算还说不准。"
    )


def tied(a: Said, b: Said, sign: int | None) -> Said:
    """The first line where luck alone may have made the order."""
    if sign == 1:
        return Said(
            f"Take {a.en} or {b.en}; which leaves more cannot be told from luck.",
            f"选{a.zh}或{b.zh}；哪个更好，分不清是否运气。",
        )
    if sign == -1:
        return Said(
            f"None pays here, and whether {a.en} or {b.en} loses less is open.",
            f"这里没有方案划算；{a.zh}和{b.zh}谁亏得少还说不准。",
        )
    return Said(
        "Whether any design pays here is open, and so is which is best.", "有没有方案划算、哪个最好，都还说不准。"
    )


def recommended(c: Comparison, best: str) -> Said:
    """The first line where the best design pays here and is ahead beyond luck: how far worlds agree."""
    a, u, share = called(best), c.unknown, pays(c, best)
    if u is not None and u.enough:
        wins = u.wins(ranked(c))
        other = max(ranked(c), key=lambda d: wins[d])
        if wins[other] > wins[best]:
            b = called(other)
            return Said(
                f"{begun(a.en)} leaves most here, {b.en} in more of the worlds that may be.",
                f"这里{a.zh}最好，但在更多可能的世界里{b.zh}更好。",
            )
    if share is not None and share < 1.0 - ENOUGH:
        return Said(
            f"Take none: {a.en} leaves most here, yet hardly ever pays in the worlds that may be.",
            f"都不要选：{a.zh}在这里最好，但在可能的世界里很少划算。",
        )
    if share is not None and share < ENOUGH:
        return Said(
            f"{begun(a.en)} leaves most here; whether it pays depends on what nobody knows.",
            f"{a.zh}在这里最好；是否划算，取决于没人知道的情况。",
        )
    take = Said(f"Take {a.en}", f"选{a.zh}")
    with_reason = Said(take.en + but(c).en + ".", take.zh + but(c).zh + "。")
    fits = len(with_reason.en.split()) <= FIRST_WORDS and len(with_reason.zh) <= FIRST_LETTERS
    return with_reason if fits else Said(take.en + ".", take.zh + "。")


def but(c: Comparison) -> Said:
    """The end of a recommendation: when to drop it, or when to take another; nothing where nothing turns it."""
    turned, _, paid = changes(c)
    words = clauses(c)
    if paid:
        why = words[IMITATION if IMITATION in paid else paid[0]]
        return Said(f"; drop it if {why.en}", f"；如果{why.zh}，就放弃")
    if turned:
        (variant, design), *_ = turned
        why, other = words[variant], called(design)
        return Said(f"; take {other.en} if {why.en}", f"；如果{why.zh}，就选{other.zh}")
    return Said("", "")


def begun(text: str) -> str:
    """With a capital letter."""
    return text[:1].upper() + text[1:]


def pays(c: Comparison, design: str) -> float | None:
    """In which share of worlds a design pays; None without worlds, or of too few."""
    u = c.unknown
    return None if u is None or not u.enough else float((u.profit[design] > 0.0).mean())


# --- what turns it -----------------------------------------------------------------------------------------------


def second(c: Comparison) -> Said:
    """What would turn it, in a manager's words."""
    runs = c.question.base.seeds
    if too_few(c):
        return Said(f"Ask for at least {FEWEST} runs; this has {runs}.", f"至少要运行{FEWEST}次，这里只有{runs}次。")
    if c.unequal:
        return reachable(c)
    if c.elsewhere.n.min() < FEWEST:
        return Said("Too few runs to say what would turn it.", "运行次数太少，说不准什么会改变结论。")
    said = [*turning(c)[:1], *rests_on(c)]
    return sum(said[1:], said[0]) if said else Said("Nothing that was tried turns it.", "试过的都不改变结论。")


def turning(c: Comparison) -> list[Said]:
    """Where the best design pays or no longer does, where another leaves more; rivals who copy before all else."""
    turned, _, paid = changes(c)
    words = clauses(c)
    said = [instead(c, text, words[text]) for text in rivals_first(paid)[:1]]
    if not paid and IMITATION in words and moves(c, IMITATION):
        said = [instead(c, IMITATION, words[IMITATION])]
    others = [(text, design) for text, design in turned if text not in paid and text != ALIKE]
    return said + [taken(c, text, design, words[text]) for text, design in others]


def rivals_first(variants: list[str]) -> list[str]:
    """Rivals who copy are named before all else."""
    return sorted(variants, key=lambda text: text != IMITATION)


def moves(c: Comparison, variant: str) -> bool:
    """Does a variant change the profit of the best design by a good part?"""
    here = told(c, c.ranking()[0], "profit_per_customer").value or 0.0
    rows = c.elsewhere[(c.elsewhere.variant == variant) & (c.elsewhere.design == c.ranking()[0])]
    return bool(len(rows)) and abs(float(rows.profit.iloc[0]) - here) > MATTERS * abs(here)


def instead(c: Comparison, variant: str, why: Said) -> Said:
    """`If rivals copy after 13 weeks, you lose 3.69 USD per customer and year instead of earning 10.97.`"""
    best, unit = c.ranking()[0], currency(c)
    rows = c.elsewhere[(c.elsewhere.variant == variant) & (c.elsewhere.design == best)]
    there, here = float(rows.profit.iloc[0]), told(c, best, "profit_per_customer").value or 0.0
    verb, was = Said(*(("earn", "赚") if there > 0 else ("lose", "亏"))), "earning" if here > 0 else "losing"
    english = f"instead of {was} {amount(c, here)}" if (there > 0) != (here > 0) else f"instead of {amount(c, here)}"
    return Said(
        f"If {why.en}, you {verb.en} {amount(c, there)} {unit.en} per customer and year {english}.",
        f"如果{why.zh}，每年从每位客户身上{verb.zh}{amount(c, there)}{unit.zh}，"
        f"而不是{'赚' if here > 0 else '亏'}{amount(c, here)}{unit.zh}。",
    )


def taken(c: Comparison, variant: str, design: str, why: Said) -> Said:
    """`If customers have clearer favourites, the stamp card leaves 1.20 USD more.`"""
    profit = c.elsewhere[c.elsewhere.variant == variant].set_index("design").profit
    more, other, unit = float(profit[design] - profit[c.ranking()[0]]), called(design), currency(c)
    return Said(
        f"If {why.en}, {other.en} leaves {amount(c, more)} {unit.en} more.",
        f"如果{why.zh}，{other.zh}多留下{amount(c, more)}{unit.zh}。",
    )


def unbeaten(c: Comparison, turned: int, tried: int) -> Said:
    """In how many other settings the best stays best, or is not beaten beyond luck; each only where that is so."""
    best = c.ranking()[0]
    a = called(best)
    first_in = sum(best_of(c, rows) == best for _, rows in c.elsewhere.groupby("variant", sort=False))
    settings = f"each of the {tried} other settings" if tried > 1 else "the other setting"
    if first_in == tried:
        return Said(
            f"{begun(a.en)} stays best in {settings} tried.",
            f"在试过的{tried}种其他情况下，{a.zh}都最好。",
        )
    return Said(
        f"{begun(a.en)} is not beaten beyond luck in {tried - turned} of {tried} other settings.",
        f"在试过的{tried}种其他情况中，有{tried - turned}种{a.zh}没有明显落后。",
    )


def reachable(c: Comparison) -> Said:
    """At which money all could be compared."""
    spent = {d: f.cost for d, f in zip(c.names, c.funded, strict=True) if not f.reached}
    most, unit = min(spent.values()), currency(c)
    who = listed([called(d) for d in spent])
    if most >= (c.budget or 0.0):
        return Said(f"{begun(who.en)} cannot cost as little as that.", f"{who.zh}花不到这么少。")
    least = money(c, COST)(most * 0.98)
    return Said(
        f"All of them can spend {least} {unit.en} per customer and year: compare them at that, or as they are.",
        f"每位客户每年{least}{unit.zh}是各方案都花得了的：请按这个数比较，或按各自的原样比较。",
    )


# --- how sure ----------------------------------------------------------------------------------------------------


def sure(c: Comparison) -> Said:
    """Worlds first, luck second; what was spent where there is no order."""
    if too_few(c) or c.unequal:
        return spent(c)
    best, other, *_ = ranked(c)
    runs, a, b = c.question.base.seeds, called(best), called(other)
    odds = likely(c.chance(best, other))
    if len(c.leading()) > 1:
        return over_worlds(c, best) + Said(f"Luck decides nothing in {runs} runs.", f"{runs}次运行中，运气不起作用。")
    luck = Said(
        f"Luck alone: {a.en} beats {b.en} with a chance of {odds.en} ({runs} runs).",
        f"仅就运气而言，{a.zh}胜过{b.zh}的概率为{odds.zh}（{runs}次运行）。",
    )
    return over_worlds(c, best) + luck


def over_worlds(c: Comparison, best: str) -> Said:
    """Where the profit of the best lies over worlds and why, how often it is best, how often none pays."""
    u = c.unknown
    if u is None:
        return Said("What is assumed was not drawn anew.", "假设的数值没有重新抽取。")
    if not u.enough:
        return Said("Too few worlds to say what the unknown does.", "可能的世界太少，说不准未知数的影响。")
    low, high, n = u.over_worlds(best)
    wins, unit, a = u.wins(ranked(c)), currency(c), called(best)
    ends = [money(c)(end or 0.0) for end in (low, high)]
    why = next((size(key) for key, share in u.carried(best).items() if share > 0.0), None)
    because = (
        Said("", "") if why is None else Said(f", mostly because nobody knows {why.en}", f"，主要因为没人知道{why.zh}")
    )
    won, lost = portion(wins[best]), portion(wins["none"])
    none = Said(f"none pays in {lost.en}", f"在{lost.zh}中没有方案划算")
    if wins["none"] in (0.0, 1.0):
        none = (
            Said("none pays in any", "没有方案划算")
            if wins["none"]
            else Said("some design pays in each", "总有方案划算")
        )
    best_in = Said(
        f"it is best in {won.en}",
        f"它在{won.zh}中最好" if 0.0 < wins[best] < 1.0 else ("它都最好" if wins[best] else "它都不是最好"),
    )
    return Said(
        f"Over {n} worlds that may be, {a.en} leaves between {ends[0]} and {ends[1]} {unit.en}{because.en}; "
        f"{best_in.en}, {none.en}.",
        f"在{n}个可能的世界里，{a.zh}留下{ends[0]}到{ends[1]}{unit.zh}{because.zh}；{best_in.zh}，{none.zh}。",
    )


def spent(c: Comparison) -> Said:
    """What each design spent."""
    unit = currency(c)
    most = [(called(d), money(c, COST)(told(c, d, "program_cost_per_customer").value or 0.0)) for d in c.names[:3]]
    who = listed([Said(f"{name.en} {cost}", f"{name.zh}{cost}{unit.zh}") for name, cost in most])
    more = Said(" and so on", "等") if len(c.names) > 3 else Said("", "")
    return Said(
        f"Spent so far, in {unit.en} per customer and year: {who.en}{more.en}.",
        f"每位客户每年的花费：{who.zh}{more.zh}。",
    )


def decides(c: Comparison) -> Said | None:
    """How often the best stays ahead in what was tried otherwise, and what decides the order over worlds."""
    if too_few(c) or c.unequal or len(c.leading()) > 1:
        return None
    said = turning(c)[1:2]
    if tried := c.elsewhere.variant.nunique():
        said.append(unbeaten(c, len(changes(c)[0]), tried))
    best, other, *_ = ranked(c)
    u = c.unknown
    why = next(iter(u.depends_on(best, other)), None) if u is not None and u.enough else None
    if why is not None:
        said.append(
            Said(f"Over worlds the order turns on {size(why).en}.", f"在各世界之间，名次取决于{size(why).zh}。")
        )
    return sum(said[1:], said[0]) if said else None


def rests_on(c: Comparison) -> list[Said]:
    """Whether joining and what a reward costs, which are assumed, decide the order; nothing where there is none."""
    if len(c.leading()) > 1:
        return []
    rows = c.elsewhere[c.elsewhere.variant == ALIKE]
    if ALIKE not in set(c.variants.variant):
        return [Said("All designs enrol alike and their rewards cost alike.", "各方案的入会方式和奖励成本率相同。")]
    if rows.empty:
        return [Said("How people join and what a reward costs do not decide it.", "入会方式和奖励成本率不影响名次。")]
    return [what_is_left(c, rows.set_index("design").profit, best_of(c, rows))]


def what_is_left(c: Comparison, profit: Any, top: str | None) -> Said:
    """What is left of the lead where all designs enrol alike and their rewards cost alike."""
    best, other, *_ = ranked(c)
    unit, now = currency(c), c.difference(best, other).value or 0.0
    condition = Said("Were joining and the cost of rewards alike", "如果入会方式和奖励成本率都相同")
    if top == best:
        ahead = float(profit[best] - profit.drop([best, *c.beside]).max())
        return Said(
            f"{condition.en}, {called(best).en} would lead by {amount(c, ahead)} {unit.en}, not {amount(c, now)}.",
            f"{condition.zh}，{called(best).zh}领先{amount(c, ahead)}{unit.zh}，而不是{amount(c, now)}{unit.zh}。",
        )
    if top is None:
        return Said(f"{condition.en}, no design would be best.", f"{condition.zh}，就没有最好的方案。")
    return Said(
        f"Joining and the cost of rewards decide the order: were they alike, {called(top).en} would be best.",
        f"名次取决于入会方式和奖励成本率：如果都相同，{called(top).zh}最好。",
    )


# --- the table ---------------------------------------------------------------------------------------------------


def table(c: Comparison) -> Table:
    """A design a row, best first: profit, where it lies over worlds, what was spent, how often it is best."""
    unit, years = currency(c), counted(c.horizon)
    title = [
        Said(f"{unit.en} per customer and year, over {years.en}", f"{unit.zh}，每位客户每年，共{years.zh}"),
        Said("profit", "利润"),
    ]
    u = c.unknown if c.unknown is not None and c.unknown.enough and not too_few(c) else None
    wide = u is not None and len(c.names) <= WIDE
    title += [Said("90 % of worlds", "90 %的世界")] * wide + [Said("cost", "花费")]
    title += [Said("best in", "最好的世界")] * (u is not None and not c.unequal)
    wins = {} if u is None else u.wins(ranked(c))
    rows: list[list[str | Said]] = []
    for d in ordered(c):
        apart = Said(", at other money", "，花费不同") if d in c.short else Said("", "")
        row: list[str | Said] = [Said(label(d).en + apart.en, label(d).zh + apart.zh)]
        row.append(money(c)(told(c, d, "profit_per_customer").value or 0.0))
        if wide and u is not None:
            low, high = (money(c)(end or 0.0) for end in u.over_worlds(d)[:2])
            row.append(Said(f"{low} to {high}", f"{low}到{high}"))
        row.append(money(c, COST)(told(c, d, "program_cost_per_customer").value or 0.0))
        if u is not None and not c.unequal:
            row.append(portion(wins[d]) if d in wins else both("-"))
        rows.append(row)
    return Table(title, rows)
