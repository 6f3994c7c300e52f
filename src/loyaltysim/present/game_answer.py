"""A game as it is read aloud: who should do what, how sure that is, and when it is a prisoner's dilemma."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from loyaltysim.firms.policies import registry
from loyaltysim.games.around import mapped
from loyaltysim.games.normal_form import Profile
from loyaltysim.games.study import Played
from loyaltysim.measures.registry import find
from loyaltysim.measures.statistics import Estimate
from loyaltysim.present import glossary
from loyaltysim.present.answer import FEWEST, FIRST_LETTERS, FIRST_WORDS
from loyaltysim.present.game_words import HOLDS, article, bare, brief, called, outcome, profile, the, under
from loyaltysim.scenario.said import Said, both
from loyaltysim.studies.protocol import Answer
from loyaltysim.studies.reading import Reading, Table

ROWS, FEWER = 6, 4  # of the table, each with several numbers: of two firms, of more


def reading(answer: Answer[Played], folder: Path | None) -> Reading:
    """The answer as people read it."""
    found = answer.found
    figure = "" if folder is None else str(folder / "figure.png")
    return Reading(first(found), sure(found), when(found), table(found), figure=figure)


def too_few(found: Played) -> bool:
    """Are there too few runs to say anything of luck?"""
    return found.seeds < FEWEST


def begun(said: Said) -> Said:
    """With a capital letter."""
    return Said(said.en[:1].upper() + said.en[1:], said.zh)


# --- who should do what ------------------------------------------------------------------------------------------


def first(found: Played) -> Said:
    """Who should do what."""
    if too_few(found):
        return Said("Too few runs to say who should do what.", "运行次数太少，说不准谁该怎么做。")
    if not found.pure:
        return Said(
            "No choice of programs holds: some firm always gains by changing.",
            "没有稳定的选择：总有一家企业改变后赚得更多。",
        )
    if len(found.pure) > 1:
        return several(found)
    one = found.pure[0]
    who = begun(outcome(found, one))
    if found.holds[one] == "open":
        return fitting(
            Said(f"Luck leaves it open; most likely {outcome(found, one).en}.", f"运气使结论未定；很可能{who.zh}。"),
            Said("What firms should do cannot be told from luck.", "企业该怎么做，分不清是否运气。"),
        )
    return fitting(
        Said(who.en + ending(found, one).en, who.zh + ending(found, one).zh), Said(who.en + ".", who.zh + "。")
    )


def fitting(said: Said, short: Said) -> Said:
    """The sentence, or the short one where it is too long for a first line."""
    fits = len(said.en.split()) <= FIRST_WORDS and len(said.zh) <= FIRST_LETTERS
    return said if fits else short


def ending(found: Played, one: Profile) -> Said:
    """What the outcome is for all, after who should do what: better, worse, or what they would gain together."""
    own = one[0]
    if len(set(one)) > 1:
        return Said(".", "。")
    if own:
        together, than = row(found, own), against(found)
        if together["kind"] == "parity" and together["sure"]:
            if bare(found, own):
                return Said(f": all earn what they did with {than.en}.", f"：大家赚的跟{than.zh}时一样。")
            return Said(": a price of entry, all earn what they did.", "：入场费，大家赚的跟原来一样。")
        if together["together_high"] < 0.0:
            known = together["kind"] == "dilemma"
            last = Said(": a prisoner's dilemma.", "：囚徒困境。") if known else Said(".", "。")
            return Said(f", yet all earn less than with {than.en}{last.en}", f"，结果都比{than.zh}时赚得少{last.zh}")
        if together["together_low"] > 0.0:
            return Said(f": all earn more than with {than.en}.", f"：都比{than.zh}时赚得多。")
        return Said("; whether all gain by it is open.", "；大家是否都得益还说不准。")
    better = [k for k in range(1, len(found.asked.names)) if row(found, k)["together_low"] > 0.0]
    if better:
        best = max(better, key=lambda k: float(row(found, k)["together"]))
        if not bare(found, 0):
            most = under(found, best)
            return Said(f", though all would gain {most.en}.", f"，但若{most.zh}，都会得益。")
        name = called(found, best)
        return Said(
            f" alone, though all would gain together with the {name.en}.", f"，但若一起采用{name.zh}，都会得益。"
        )
    if not bare(found, 0):
        return Said(": whoever takes another earns less.", "：谁另选谁少赚。")
    return Said(": whoever does earns less.", "：谁采用谁少赚。")


def against(found: Played) -> Said:
    """The first strategy, which the others are held against: "no program", "a points program"."""
    name = called(found, 0)
    return name if bare(found, 0) else Said(article(name.en), name.zh)


def row(found: Played, strategy: int) -> pd.Series:
    """What a strategy is between firms: its row of `kinds`."""
    return found.kinds.iloc[strategy - 1]


def several(found: Played) -> Said:
    """The first line where more than one outcome holds; the one that is best for every firm, if there is one."""
    mean = found.payoffs.mean
    best = [p for p in found.pure if all((mean[p] >= mean[q]).all() for q in found.pure)]
    plain = Said(
        "Several outcomes hold: what a firm should do depends on the others.",
        "有几种稳定的结果：一家企业该怎么做取决于别人。",
    )
    if any(found.holds[one] == "open" for one in found.pure):
        return Said(
            "Luck leaves open which outcomes hold: what firms should do cannot be told yet.",
            "运气使哪些结果稳定未定：企业该怎么做，还说不准。",
        )
    if not best or len(set(best[0])) > 1:
        return plain
    most = under(found, best[0][0])
    return fitting(
        Said(
            f"Do as the others do: several outcomes hold, and all earn most {most.en}.",
            f"跟别人做法一致：有几种稳定的结果，{most.zh}时大家赚得最多。",
        ),
        plain,
    )


# --- how sure ----------------------------------------------------------------------------------------------------


def sure(found: Played) -> Said:
    """How sure that is: the change that comes nearest to paying, and what luck leaves open."""
    n, held = found.seeds, what_stays(found)
    if too_few(found):
        return Said(f"Ask for at least {FEWEST} runs; this has {n}.", f"至少要运行 {FEWEST} 次，这里只有 {n} 次。")
    unsure = [p for p, said in found.holds.items() if said == "open"]
    if not found.pure and not unsure:
        return (
            Said(
                f"Beyond luck: in every outcome some firm gains by changing, in {n} runs of each.",
                f"超出运气：每种结果下都有企业改变后多赚，各运行 {n} 次。",
            )
            + held
        )
    if unsure:
        some = (
            Said("one outcome", "一种结果")
            if len(unsure) == 1
            else Said(f"{len(unsure)} outcomes", f"{len(unsure)} 种结果")
        )
        return (
            Said(
                f"Luck leaves open whether {some.en} would hold, after {n} runs on the same customers.",
                f"同样的客户运行 {n} 次后，运气仍使{some.zh}是否稳定未定。",
            )
            + held
        )
    money = glossary.currency(found.asked.base.market.currency)
    cost = -(nearest(found).value or 0.0)
    return (
        Said(
            f"Beyond luck in {n} runs on the same customers: the change nearest to paying would cost its firm "
            f"{cost:.2f} {money.en} per customer and year.",
            f"同样的客户运行 {n} 次，超出运气：最接近划算的改变也会使企业每位客户每年少赚 {cost:.2f} {money.zh}。",
        )
        + held
    )


def what_stays(found: Played) -> Said:
    """What stays as it is: prices too, unless a policy of a strategy or of the market sets one."""
    asked = found.asked
    everybody = [strategy.policy for strategy in asked.strategies] + [firm.policy for firm in asked.base.firms.values()]
    if any("price" in registry()[name].sets for policy in everybody for name in policy):
        return Said("Prices move; what is assumed is held.", "价格会变动；假设不变。")
    return Said("Prices and what is assumed are held.", "价格与假设不变。")


def nearest(found: Played) -> Estimate:
    """Of all changes of one firm out of an equilibrium, the one that loses least."""
    p = found.payoffs
    each = [
        p.gain(one, firm, other)
        for one in found.pure
        for firm, own in enumerate(one)
        for other in range(len(p.strategies))
        if other != own
    ]
    return max(each, key=lambda e: e.value or 0.0)


# --- when it is a dilemma ----------------------------------------------------------------------------------------


def when(found: Played) -> Said:
    """When it is a prisoner's dilemma: on the map, over worlds; without either, whether it is one here."""
    strategy = mapped(found.asked)
    if too_few(found):
        return Said("Whether it is a prisoner's dilemma is open.", "是否囚徒困境还说不准。")
    said = here(found) if strategy is None or found.map.empty else on_map(found, strategy)
    w = found.worlds
    if w is None:
        return said
    share, n = glossary.portion(w.share("dilemma")), len(w.kinds)
    name = the(found, found.asked.names.index(w.strategy))
    chinese = f"占{share.zh}" if w.share("dilemma") else "一种也没有"
    return said + Said(
        f"In {share.en} of {n} worlds that may be, {name.en} is one.",
        f"在可能的 {n} 种情形里，{name.zh}构成困境的{chinese}。",
    )


def here(found: Played) -> Said:
    """Which strategies are a dilemma here, beyond luck or perhaps."""
    rows = [(k, row(found, k)) for k in range(1, len(found.asked.names))]
    own = [(k, bool(r["sure"])) for k, r in rows if r["kind"] == "dilemma"]
    if not own and any(possible(found, r) for _, r in rows):
        return Said(
            "Luck leaves open whether a strategy is a prisoner's dilemma here.",
            "运气使这里是否有策略构成囚徒困境未定。",
        )
    if not own:
        return Said("No strategy is a prisoner's dilemma here.", "这里没有哪种策略构成囚徒困境。")
    k, certain = max(own, key=lambda one: one[1])
    name = the(found, k)
    if not certain:
        return Said(f"Here {name.en} may be a prisoner's dilemma.", f"在这里，{name.zh}可能构成囚徒困境。")
    return Said(f"Here {name.en} is a prisoner's dilemma.", f"在这里，{name.zh}构成囚徒困境。")


def possible(found: Played, strategy: pd.Series) -> bool:
    """Does luck leave room for a dilemma: that each takes it whatever the others do, and all are worse off?"""
    taken = strategy["alone_high"] > 0.0 and strategy["keep_high"] > 0.0
    return bool(taken and strategy["together_low"] < -found.payoffs.same)


def on_map(found: Played, strategy: int) -> Said:
    """Where on the map it is a dilemma, as two bounds that hold every place."""
    name, m = called(found, strategy), found.map
    places = m[m.kind == "dilemma"]
    if places.empty:
        return Said(
            f"The {name.en} is a prisoner's dilemma at no cost of rewards and price sensitivity that was tried.",
            f"试过的奖励成本与价格敏感度下，{name.zh}都不构成囚徒困境。",
        )
    if len(places) == len(m):
        return Said(
            f"The {name.en} is a prisoner's dilemma at every cost of rewards and price sensitivity that was tried.",
            f"试过的奖励成本与价格敏感度下，{name.zh}都构成囚徒困境。",
        )
    bounds = list[Said]()
    if places.k.notna().all() and places.k.max() < m.k.max():
        share = f"{100.0 * places.k.max():.0f} %"
        bounds.append(Said(f"rewards cost at most {share} of their face value", f"奖励成本不超过面值的 {share}"))
    factor = m.price_sensitivity / found.asked.base.customers.price_sensitivity
    own = factor[places.index]
    for bound, end, words in ((own.min(), factor.min(), LEAST), (own.max(), factor.max(), MOST)):
        if bound != end:
            bounds.append(sensitive(float(bound), words))
    joined = Said(" and ".join(b.en for b in bounds), "，且".join(b.zh for b in bounds))
    if not bounds:
        return Said(
            f"The {name.en} is a prisoner's dilemma at some of the places that were tried.",
            f"试过的情形中，{name.zh}有时构成囚徒困境。",
        )
    return Said(f"Where the {name.en} is a prisoner's dilemma, {joined.en}.", f"{name.zh}构成囚徒困境时，{joined.zh}。")


def sensitive(factor: float, words: tuple[Said, Said]) -> Said:
    """A bound of price sensitivity, held against what it is. words : of a factor, of the factor 1"""
    some, same = words
    if math.isclose(factor, 1.0):
        return same
    return Said(
        f"customers are {some.en} {factor:.3g} times as price sensitive as now",
        f"客户的价格敏感度{some.zh}为现在的 {factor:.3g} 倍",
    )


LEAST = Said("at least", "至少"), Said("customers are at least as price sensitive as now", "客户的价格敏感度不低于现在")
MOST = Said("at most", "至多"), Said("customers are at most as price sensitive as now", "客户的价格敏感度不高于现在")

# --- the table ---------------------------------------------------------------------------------------------------


def table(found: Played) -> Table:
    """Outcomes: those that hold, where nobody has a program, then those from which least is gained by changing."""
    p, base = found.payoffs, (0,) * len(found.asked.players)
    regrets = {one: found.regret(one) for one in p.runs}
    rows = ROWS if len(base) == 2 else FEWER
    order = sorted(p.runs, key=lambda one: (one not in found.pure, one != base, regrets[one].value or 0.0))
    return Table(title(found), [cells(found, one, regrets[one], brief) for one in order[:rows]])


def title(found: Played) -> list[Said]:
    """The heads of the columns."""
    market, firms = found.asked.base.market, found.asked.players
    money = glossary.currency(market.currency)
    per = Said(f"{money.en} a customer and year", f"{money.zh}，每位客户每年")
    who = both(" / ".join(firms)) if len(firms) < 5 else Said("firms", "企业")
    earns = (
        [Said(f"{firm} earns", f"{firm} 赚") for firm in firms] if len(firms) == 2 else [Said("mean earned", "平均赚")]
    )
    last = find("regret")
    return [
        Said(f"{who.en}: {per.en}", f"{who.zh}：{per.zh}"), *earns,
        Said(last.short, last.chinese), Said("luck, 95 %", "运气，95 %"),
        Said("holds", "稳定"),
    ]  # fmt: skip


def cells(
    found: Played, one: Profile, regret: Estimate, name: Callable[[Played, Profile], Said] = profile
) -> list[Said]:
    """One outcome: what firms earn, the most that one of them gains by changing, luck. name : what it is called"""
    p = found.payoffs
    earned = [p.cell(one, firm).value or 0.0 for firm in range(len(p.firms))]
    shown = earned if len(earned) == 2 else [sum(earned) / len(earned)]
    ends = Said("", "")
    if regret.low is not None and regret.high is not None and not too_few(found):
        ends = Said(f"{regret.low:+.2f} to {regret.high:+.2f}", f"{regret.low:+.2f}到{regret.high:+.2f}")
    holds = Said("", "") if too_few(found) else HOLDS[found.holds[one]]
    return [name(found, one), *(both(f"{x:.2f}") for x in shown), both(f"{regret.value or 0.0:.2f}"), ends, holds]
