"""Whom should a firm turn to: its best customers, light ones, or anybody?

Why it is contested   "Identify high-value customers and concentrate resources on them" (S0-21); care for those who buy
                      seldom (S3-43, Liu 2007); a customer data platform (S1-14), data from the program (S2-18),
                      portraits by age and sex (S3-72) are said to pay; personalised messages to sell six times as much
                      (S4-40). Heavy buyers would have come anyway, and look responsive before anybody wrote to them.
Design                A grocer gives money back for a quarter to those whom its record singles out: top value, light, at
                      risk, by portrait, by lot. The share of customers is sought at which each spends what the lot
                      spends on a fifth; profit against no program, per unit of that money, same customers and luck,
                      what nobody knows drawn anew in each world. Written to over not chosen (raw), the same people one
                      period earlier (placebo), and over those held out by lot. A record of a fifth of the purchases;
                      three rivals who do the same with data of their own.
What would change     By row, in four worlds of five: top value earns more than light, at risk and lot (S0-21; light
our mind              ahead of it refutes); light more than top value (S3-43); the full record more than the poor one,
                      its cost paid (S1-14); the learned choice by record more than the lot among rivals with records
                      (S2-18); a raw ratio of about six (S4-40); portraits more than each choice by purchases (S3-72).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from loyaltysim.cli.experiment import main
from loyaltysim.market.book import Book
from loyaltysim.measures.messages import messages
from loyaltysim.measures.money import overhead
from loyaltysim.measures.program_effects import Window
from loyaltysim.measures.statistics import estimate
from loyaltysim.measures.twins import Past, no_program, with_focal
from loyaltysim.measures.verdict import Verdict, lies_within, over_worlds
from loyaltysim.present import charts
from loyaltysim.present.answer import FEWEST, TOO_FEW, wrapped
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.scenario.said import Said
from loyaltysim.scenario.terms import term
from loyaltysim.studies import assumed, experiment, redrawn
from loyaltysim.studies.assumed import middle
from loyaltysim.studies.experiment import as_saved, spread
from loyaltysim.studies.reading import Reading, Table
from loyaltysim.studies.redrawn import LUCK, WORLD, around, more_or_less, sizes_of

WHO = {  # audience -> words; the first guess of how its spending grows with the share of customers
    "top_value": Said("top value", "高价值客户"),
    "light": Said("light buyers", "轻度客户"),
    "at_risk": Said("at risk", "可能流失的客户"),
    "portrait": Said("by portrait", "按画像"),
    "random": Said("by lot", "随机"),
}
GROWTH = {"top_value": 0.6, "light": 1.8, "at_risk": 0.9, "portrait": 1.0}  # spending ~ share ** growth, at first
BY_PURCHASES = ("top_value", "light", "at_risk")
LEAST, MOST = 0.002, 1.0  # shares of customers that are tried
RATIOS = ("raw", "placebo", "randomised")
PAIRS = {  # contrast -> what earns more than what, per unit of the budget
    **{f"top_value-{other}": ("top_value", other) for other in ("light", "at_risk", "random")},
    **{f"portrait-{other}": ("portrait", other) for other in (*BY_PURCHASES, "random")},
    "data-poor": ("learned", "poor"),
    "data-lot": ("learned", "random"),
    "data-lot among rivals": ("learned_rivals", "random_rivals"),
}


@dataclass(frozen=True)
class Targeting:
    """What varies and how it is judged."""

    claims: tuple[str, ...] = term((), "row of the claims' sources")
    learned: str = term("light", "", choices=BY_PURCHASES)
    poor: float = term(0.2, "share of purchases", 0.0, 1.0, doc="in the record where data are poor")
    data_cost: float = term(0.02, "share of the budget", 0.0, 10.0, doc="what the better data cost")
    ratio_low: float = term(3.0, "times", 0.0, 1e6)
    ratio_high: float = term(12.0, "times", 0.0, 1e6)
    near: float = term(0.05, "share of the budget", 1e-6, 1.0, doc="spending that differs by no more is equal")
    tries: int = term(3, "runs", 1, 100, doc="in which equal spending is sought")
    margin: float = term(0.05, "money per money of budget", 1e-9, 10.0, doc="smallest difference that matters")
    worlds_per_run: int = term(3, "worlds", 1, 1000)
    held: tuple[str, ...] = term((), "key", doc="what is not drawn")
    drawn: tuple[str, ...] = term((), "", doc="what is assumed, as lines of conf/worlds/evidence.yaml")


Plan = experiment.Plan[Targeting]


# --- runs ---


def check(made: Plan) -> None:
    """Refuse a market without record, offer or holdout. Raises ConfigError with every problem."""
    s, program, problems = made.settings, made.world.focal_firm.program, []
    for name in ("targeting", "cashback"):
        if name not in program:
            problems.append(Problem(f"program.{name}", "is what this is about"))
    if "cashback" in program and program["cashback"].audience != "targeted":
        problems.append(Problem("program.cashback.audience", "must be targeted", program["cashback"].audience))
    if "targeting" in program and not 0.0 < program["targeting"].holdout < 1.0:
        problems.append(Problem("program.targeting.holdout", "needs some who are held out, and others"))
    if "launch" not in made.world.focal_firm.policy:
        problems.append(Problem("policy.launch", "starts the program at a date"))
    if not s.ratio_low < s.ratio_high:
        problems.append(Problem("experiment.ratio_low", "must lie below ratio_high", s.ratio_low))
    if problems:
        raise ConfigError(problems)


def aimed(scenario: Scenario, who: str, share: float, **more: float) -> Scenario:
    """The same market in which the leader turns to others."""
    firm = scenario.focal_firm
    terms = replace(firm.program["targeting"], who=who, share=share, **more)
    return with_focal(scenario, replace(firm, program={**firm.program, "targeting": terms}))


def among_rivals(scenario: Scenario, like: Scenario) -> Scenario:
    """The same market in which every rival does what the leader does in another."""
    own, others = scenario.focal_firm, like.focal_firm
    firms = {name: replace(firm, program=others.program, policy=others.policy) for name, firm in scenario.firms.items()}
    return replace(scenario, firms={**firms, scenario.focal_id: own})


@dataclass(frozen=True)
class Run:
    """One run. share : of customers;  cost, gain : cents since the launch, gain of profit against no program"""

    share: float
    cost: float
    gain: float
    book: Book


def play(past: Past, scenario: Scenario, without: Book) -> Run:
    """Run a market from its launch on."""
    book = past.arm(scenario)
    w = Window.of(scenario, scenario.focal_firm.policy["launch"].week)
    new, old = w.weekly(book), w.weekly(without)
    share = scenario.focal_firm.program["targeting"].share
    cost = overhead(book, w) - overhead(without, w)
    return Run(share, cost, float(new.profit.sum() - old.profit.sum()), book)


def at_equal_spending(run, s: Targeting, who: str, share: float, budget: float) -> Run:
    """The run of an audience that spends what the lot spends, or as near as some tries come.

    run : share -> Run;  share : that of the lot. Spending is taken to grow as a power of the share, first as guessed,
    then as the last two tries say.
    """
    seen: list[Run] = []
    growth, at = GROWTH.get(who, 1.0), share
    for _ in range(s.tries + 1):
        seen.append(run(at))
        last = seen[-1]
        if abs(last.cost / budget - 1.0) <= s.near or last.cost <= 0.0:
            break
        if len(seen) > 1 and seen[-2].share != last.share and last.cost != seen[-2].cost:
            growth = max(0.2, math.log(last.cost / seen[-2].cost) / math.log(last.share / seen[-2].share))
        at = min(MOST, max(LEAST, last.share * (budget / last.cost) ** (1.0 / growth)))
        if at == last.share:
            break
    return min(seen, key=lambda found: abs(found.cost / budget - 1.0))


def live(s: Targeting, scenarios: Sequence[Scenario], seed: int) -> dict[str, float]:
    """One world: every audience at equal spending, poor data, rivals with data; profit per unit of the budget."""
    scenario = replace(scenarios[0], record=replace(scenarios[0].record, log=False))
    past, share = Past(scenario, seed), scenario.focal_firm.program["targeting"].share
    without = past.arm(no_program(scenario))
    arms = {"random": play(past, aimed(scenario, "random", share), without)}
    budget = arms["random"].cost
    for who in GROWTH:
        arms[who] = at_equal_spending(
            lambda at, who=who: play(past, aimed(scenario, who, at), without), s, who, share, budget
        )
    arms["poor"] = at_equal_spending(
        lambda at: play(past, aimed(scenario, s.learned, at, recorded=s.poor), without), s, s.learned,
        arms[s.learned].share, budget,
    )  # fmt: skip
    found = {"budget": budget / 100.0}
    for name, run in arms.items():
        found |= {f"gain/{name}": run.gain / run.cost, f"unequal/{name}": run.cost / budget - 1.0,
                  f"share/{name}": run.share}  # fmt: skip
    found["gain/learned"], found["unequal/learned"] = found[f"gain/{s.learned}"], found[f"unequal/{s.learned}"]
    return found | with_rivals(s, scenario, seed, arms) | ratios(scenario, arms["top_value"].book)


def with_rivals(s: Targeting, scenario: Scenario, seed: int, arms: Mapping[str, Run]) -> dict[str, float]:
    """The learned choice and the lot where every rival turns to whom its own record singles out."""
    rival = aimed(scenario, s.learned, arms[s.learned].share)
    found = {}
    base = among_rivals(scenario, rival)
    past = Past(base, seed)
    without = past.arm(no_program(base))
    for name, who in (("learned", s.learned), ("random", "random")):
        run = play(past, aimed(base, who, arms[who].share), without)
        found |= {f"gain/{name}_rivals": run.gain / run.cost, f"unequal/{name}_rivals": arms[who].cost / run.cost - 1.0}
    return found


def ratios(scenario: Scenario, book: Book) -> dict[str, float]:
    """Written to over not chosen, the same a period earlier, and over who was held out by lot; of top value."""
    launch = scenario.focal_firm.policy["launch"].week
    told_ = messages(book, list(scenario.firms).index(scenario.focal), launch)
    return {f"ratio/{name}": told_.get(f"messages_{name}", math.nan) for name in RATIOS}


def simulate(made: Plan) -> pd.DataFrame:
    """Every world, and the shipped one with other luck. -> a row each"""
    return redrawn.in_worlds(made, partial(live, made.settings))


# --- what is read off the runs ---


def read(runs: pd.DataFrame) -> pd.DataFrame:
    """The runs with the contrasts of profit, and the spread of luck of each number as its error."""
    rows = runs.copy()
    for name, (one, other) in PAIRS.items():
        rows[name] = rows[f"gain/{one}"] - rows[f"gain/{other}"]
    luck = rows[rows.kind == LUCK]
    for name in (*PAIRS, *(f"ratio/{x}" for x in RATIOS)):
        rows[f"{name}_error"] = float(luck[name].std(ddof=1)) if len(luck) > 1 else math.nan
    return rows


def more(s: Targeting, row: Mapping[str, float], name: str, less: float = 0.0) -> Verdict:
    """Does one earn more than the other in one world, by more than `less`? Only where both spend alike."""
    far = [who for who in PAIRS[name] if abs(row.get(f"unequal/{who}", 0.0)) > 2.0 * s.near]
    if far and "rivals" not in name:
        return Verdict("cannot judge", f"no equal spending was found for {far[0]}")
    if not (math.isfinite(row[name]) and math.isfinite(row[f"{name}_error"])):
        return Verdict("cannot judge", "too few runs of luck")
    return more_or_less(around(row[name] - less, row[f"{name}_error"]), s.margin)


def first_of(parts: Mapping[str, Verdict], decides: str = "") -> Verdict:
    """Is one ahead of all others? Refuted by the one that decides, or where any other is ahead if none does."""
    words = {name: verdict.word for name, verdict in parts.items()}
    why = "; ".join(f"{name}: {word}" for name, word in words.items())
    against = {words[decides]} if decides else set(words.values())
    if "refuted" in against:
        return Verdict("refuted", why)
    if set(words.values()) == {"supported"}:
        return Verdict("supported", why)
    rest = [word for word in words.values() if word not in ("supported", "refuted")]
    return Verdict(rest[0] if len(set(rest)) == 1 else "inconclusive", why)


def of_world(s: Targeting, row: Mapping[str, float]) -> dict[str, Verdict]:
    """Every row of the claims in one world, by its own criterion."""
    top = {other: more(s, row, f"top_value-{other}") for other in ("light", "at_risk", "random")}
    seen = {other: more(s, row, f"portrait-{other}") for other in BY_PURCHASES}
    flip = {"supported": "refuted", "refuted": "supported"}
    raw, error = row["ratio/raw"], row["ratio/raw_error"]
    known = math.isfinite(raw) and math.isfinite(error)
    return {
        "S0-21": first_of(top, "light"),
        "S3-43": Verdict(flip.get(top["light"].word, top["light"].word), top["light"].why),
        "S1-14": more(s, row, "data-poor", s.data_cost),
        "S2-18": more(s, row, "data-lot among rivals"),
        "S4-40": lies_within(around(raw, error), s.ratio_low, s.ratio_high) if known
        else Verdict("cannot judge", "nobody was written to, or too few runs of luck"),
        "S3-72": first_of(seen),
    }  # fmt: skip


def verdicts(made: Plan, rows: pd.DataFrame) -> dict[str, Verdict]:
    """One a row of the claims, over worlds."""
    drawn = rows[rows.kind == WORLD]
    each = [of_world(made.settings, row) for row in drawn.to_dict("records")]
    found = {claim: over_worlds(world[claim] for world in each) for claim in made.settings.claims}
    raw, causal = (middle(drawn[f"ratio/{name}"])[0] for name in ("raw", "randomised"))
    before = middle(drawn["ratio/placebo"])[0]
    why = (
        f"{found['S4-40'].why}; raw {raw:.1f}, before any message {before:.1f}, over those held out {causal:.2f} times"
    )
    return found | {"S4-40": Verdict(found["S4-40"].word, why)}


def table(made: Plan, rows: pd.DataFrame) -> pd.DataFrame:
    """A row a number: over worlds median and 90 %, of luck mean and 95 %; money per money of the budget, or times."""
    found = []
    drawn, luck = rows[rows.kind == WORLD], rows[rows.kind == LUCK]
    gains = [*WHO, "poor", "learned_rivals", "random_rivals"]
    names = [f"gain/{name}" for name in gains] + [f"share/{name}" for name in (*WHO, "poor")]
    names += [f"unequal/{name}" for name in (*WHO, "poor")]
    for name in (*names, *PAIRS, *(f"ratio/{x}" for x in RATIOS), "budget"):
        value, low, high = middle(drawn[name])
        row = {"number": name, "worlds_value": value, "worlds_low": low, "worlds_high": high, "worlds": len(drawn)}
        found.append(row | spread("luck", estimate(luck[name], "")))
    return pd.DataFrame(found).round(12)


# --- words ---


def first(top: str, gains: Mapping[str, float]) -> Said:
    """Whom to turn to, by the verdict on top value. gains : audience -> profit per unit of the budget, middle world"""
    best = max(gains, key=lambda who: gains[who])
    pays = gains[best] > 0.0
    end = Said("and that pays.", "这样划算。") if pays else Said("but none of them pays.", "但谁都不划算。")
    said = {
        "supported": Said("Turn to your best customers first: they bring most,", "先找最好的客户：他们带来最多，"),
        "refuted": Said(
            "Do not turn to your best customers first: light ones bring more for the same money,",
            "别先找最好的客户：同样的钱，轻度客户带来更多，",
        ),
        "practically nil": Said(
            "Whom you turn to makes hardly any difference for the same money,", "同样的钱，找谁几乎没有差别，"
        ),
        "depends": Said("Whom to turn to differs from world to world,", "该找谁，因世界而异，"),
    }
    open_ = Said(
        "We cannot tell whether your best customers are the ones to turn to,",
        "是否该先找最好的客户，现在还说不准，",
    )
    opening = said.get(top, open_)
    return Said(f"{opening.en} {end.en}", f"{opening.zh}{end.zh}")


DATA = {  # by the verdict of data among rivals who have data
    "supported": Said("Knowing who buys makes money go further, though rivals know too.",
                      "知道谁在买，同样的钱更管用，即使对手也知道。"),
    "refuted": Said("Knowing who buys loses against a lot among rivals who know it too.",
                    "对手也有数据时，按数据选人还不如抽签。"),
    "practically nil": Said("Knowing who buys is worth hardly anything among rivals who know it too.",
                            "对手也有数据时，知道谁在买几乎不值钱。"),
}  # fmt: skip


def turns(hung: Said | None, data: str, looks: Sequence[float]) -> Said:
    """On what it hangs, what data are worth, how messages look. looks : raw ratio, and over those held out by lot"""
    on = Said("No single assumption decides it.", "没有哪个假设单独决定谁更好。")
    if hung is not None:
        on = Said(f"Their gap hangs most on {hung.en}.", f"两者的差距主要看{hung.zh}。")
    worth = DATA.get(data, Said("What data are worth among such rivals cannot be told.",
                                "对手也有数据时数据值多少，说不准。"))  # fmt: skip
    if not all(map(math.isfinite, looks)):
        return on + worth
    return (
        on
        + worth
        + Said(
            f"Once written to, the best seem to buy {looks[0]:.1f} times as much; against those held out by lot, "
            f"{looks[1]:.2f} times.",
            f"最好的客户收到消息后似乎买到 {looks[0]:.1f} 倍；与随机留出者相比是 {looks[1]:.2f} 倍。",
        )
    )


def carried(made: Plan, rows: pd.DataFrame) -> Said | None:
    """What the size is called on which the lead of top value over light hangs most."""
    drawn = rows[rows.kind == WORLD]
    return redrawn.named(drawn, sizes_of(made), "top_value-light") if len(drawn) > 2 else None


def sure(made: Plan, rows: pd.DataFrame) -> Said:
    """What nobody knows first, luck second."""
    told_ = Said(
        "What nobody knows was drawn anew in each world; the table shows where 90 of 100 lie.",
        "没人知道的数在每个世界里重新抽取；表中是 100 个世界里 90 个所在的范围。",
    )
    if made.world.seeds < FEWEST:
        return told_ + TOO_FEW
    name = "top_value-light"
    return told_ + redrawn.how_much_luck(rows[name][rows.kind == WORLD], rows[name][rows.kind == LUCK])


CAUTION = Said(
    "that a card or a call works alike: the offer here is money back.", "寄卡片或打电话也一样：这里给的是返现。"
)


def shown(t: pd.DataFrame) -> Table:
    """A row an audience: profit per 100 of spending on it, and how many customers that reaches."""
    by = t.set_index("number")
    head = (Said("turned to", "找谁"), Said("profit, per 100 spent", "每花 100 元的利润"),
            Said("% of customers", "客户占比 %"))  # fmt: skip
    rows = [[words, span(by.loc[f"gain/{who}"]), f"{100.0 * by.worlds_value[f'share/{who}']:.0f}"]
            for who, words in WHO.items()]  # fmt: skip
    return Table(head, rows)


def span(row: Mapping[str, float]) -> str:
    """-40 [-60, -20]: median over worlds and where 90 of 100 lie, per 100."""
    return assumed.written([row[f"worlds_{n}"] for n in ("value", "low", "high")], 0)


# --- the figure ---


def draw(data: pd.DataFrame, said: Said):
    """Left profit per unit of the budget by audience; right how messages look and what they do."""
    by = data.set_index("number")
    with charts.style():
        figure, (left, right) = charts.sheet(10, 4.4, columns=2)
        places = np.arange(len(WHO))[::-1].astype(float)
        part = 100.0 * by.loc[[f"gain/{who}" for who in WHO], ["value", "low", "high"]]
        left.hlines(places, part.low, part.high, color=charts.BLUE, linewidth=2.4)
        left.plot(part.value, places, "o", color=charts.BLUE, markersize=8)
        left.axvline(0.0, color=charts.GREY, linewidth=0.9)
        charts.name_rows(left, places, [str(words) for words in WHO.values()])
        left.set_xlabel(str(Said("profit per 100 spent", "每花 100 元的利润")))
        left.set_ylim(-0.7, len(WHO) - 0.3)
        names = {"raw": Said("written to,\nover not chosen", "收到消息者\n比未选中者"),
                 "placebo": Said("the same,\na period before", "同上，\n发送前一期"),
                 "randomised": Said("written to,\nover held out by lot", "收到消息者\n比随机留出者")}  # fmt: skip
        at = np.arange(len(names))[::-1].astype(float)
        part = by.loc[[f"ratio/{name}" for name in names], ["value", "low", "high"]]
        right.hlines(at, part.low, part.high, color=charts.VERMILION, linewidth=2.4)
        right.plot(part.value, at, "s", color=charts.VERMILION, markersize=8)
        right.axvline(1.0, color=charts.GREY, linewidth=0.9)
        charts.name_rows(right, at, [str(words) for words in names.values()])
        right.set_xlabel(str(Said("times as many purchases, top value", "购买次数之比，高价值客户")))
        right.set_ylim(-0.6, len(names) - 0.4)
        detail = Said(
            "Dot: the middle of the worlds; line: 90 of 100. All spend the same. Right: does the message do it?",
            "点：各世界的中位数；线：90% 的世界。花费都相同。右：是消息的作用吗？",
        )
        charts.headline(figure, "\n".join(wrapped(str(said), 84)), str(detail))
    return figure


# --- all together ---


def answer(made: Plan) -> experiment.Finding:
    """Run, judge, draw."""
    check(made)
    return told(made, simulate(made))


def told(made: Plan, runs: pd.DataFrame) -> experiment.Finding:
    """The answer from saved tables alone: runs.csv."""
    runs = as_saved(runs)
    rows = read(runs)
    t, found = as_saved(table(made, rows)), verdicts(made, rows)
    by = t.set_index("number").worlds_value
    opening = first(found["S0-21"].word, {who: by[f"gain/{who}"] for who in WHO})
    looks = [by["ratio/raw"], by["ratio/randomised"]]
    data = t[["number"]].assign(**{name: t[f"worlds_{name}"] for name in ("value", "low", "high")})
    return experiment.Finding(
        question=Said((__doc__ or "").splitlines()[0], "企业该找谁：最好的客户、轻度客户，还是随便谁？"),
        reading=Reading(opening, turns(carried(made, rows), found["S2-18"].word, looks), sure(made, rows), shown(t)),
        verdicts=found,
        caution=CAUTION,
        table=t,
        draw=partial(draw, data, opening),
        data=data,
        more={"runs": runs},
        numbers={"card": assumed.card(made.settings)},
    )


EXPERIMENT = experiment.Script("targeting", Targeting, answer)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT, sys.argv[1:]))
