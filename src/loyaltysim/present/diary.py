"""One customer's weeks in plain words, with and without the program, as they were really run."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from loyaltysim.configure.asked import taken
from loyaltysim.configure.compose import compose, names_world, undrawn
from loyaltysim.market.model import Market
from loyaltysim.measures import twins
from loyaltysim.mechanism.declare import Scene
from loyaltysim.mechanism.registry import terms_of
from loyaltysim.present import glossary
from loyaltysim.present.telling import Telling, Told
from loyaltysim.scenario.forms import config_hash, written
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError, Problem, printable
from loyaltysim.scenario.said import LANGUAGES, Said, spoken
from loyaltysim.studies.protocol import Line, Study
from loyaltysim.studies.reading import Reading, Table

WORLD = "grocery_points"  # whose diary is told where the words name neither a world nor a program
WORLDS = ("without", "with")  # the program
CHEAPER = 0.005  # a price this much lower, as an index, is noticed


class Witness(Market):
    """A market that also keeps apart what one customer adds to its firms' counters; the weeks are the same."""

    row, own = -1, np.zeros((0, 0), np.int64)

    def _served(self, start: int, stop: int, offers: np.ndarray) -> tuple[np.ndarray, list[list[np.ndarray]]]:
        """The step over rows [start, stop), the witnessed row in a piece of its own."""
        served = super()._served
        if not start <= self.row < stop:
            return served(start, stop, offers)
        cuts = sorted({start, self.row, self.row + 1, stop})
        done = {at: served(at, end, offers) for at, end in pairwise(cuts)}
        self.own = done[self.row][0]
        counts, logs = zip(*done.values(), strict=True)
        return np.sum(counts, axis=0), [part for log in logs for part in log]


@dataclass(frozen=True)
class Page:
    """A week in which something happened: what, without the program and with it."""

    week: int
    without: tuple[str, ...]
    with_it: tuple[str, ...]


@dataclass(frozen=True)
class Life:
    """A customer's weeks in one world, told one by one; purchases and cents at the focal firm, and all purchases."""

    weeks: tuple[tuple[Said, ...], ...]
    bought: int
    spent: int
    everywhere: int


@dataclass(frozen=True)
class Diary:
    """Who the customer is, in a sentence, and the pages, in one language; the sum in numbers.

    bought, spent, everywhere : without the program and with it: purchases and cents at the focal firm, all purchases
    began : the first week that the program changed, and how; None if it changed none
    """

    about: str
    pages: tuple[Page, ...]
    bought: tuple[int, int]
    spent: tuple[int, int]
    everywhere: tuple[int, int]
    began: tuple[int, Said] | None
    firm: str
    currency: Said
    lang: str


def diary(scenario: Scenario, customer: int, lang: str = "en") -> Diary:
    """Live through both worlds of the scenario's first seed and write down this customer's weeks.

    customer : id, 0 to customers.n - 1 (a potential customer has an id of its own, beyond 2^40)
    Raises ConfigError for an unknown customer or language.
    """
    if lang not in LANGUAGES:
        raise ConfigError([Problem("lang", f"choose from {', '.join(LANGUAGES)}", lang, "command line")])
    scenario = twins.logged(scenario)
    without, with_it = (Witness(world, scenario.seed) for world in (twins.no_program(scenario), scenario))
    without.row = with_it.row = place_of(with_it, customer)
    one, other = (lived(market) for market in (without, with_it))
    weeks = list(enumerate(zip(one.weeks, other.weeks, strict=True)))
    pages = [Page(w, *(tuple(said[lang] for said in told) for told in both)) for w, both in weeks if any(both)]
    who = about(with_it, with_it.row, one.everywhere * 52.0 / scenario.weeks, lang)
    firm, money = printable(with_it.focal), glossary.currency(printable(scenario.market.currency))
    return Diary(
        who, tuple(pages), (one.bought, other.bought), (one.spent, other.spent), (one.everywhere, other.everywhere),
        parted(one, other), firm, money, lang,
    )  # fmt: skip


def parted(one: Life, other: Life) -> tuple[int, Said] | None:
    """The first week in which two lives differ, and the first thing that is only in one of them."""
    only = Said("only with the program: ", "只在有计划时："), Said("only without it: ", "只在没有计划时：")
    for week, (without, with_it) in enumerate(zip(one.weeks, other.weeks, strict=True)):
        new = [(only[0], line) for line in with_it if line not in without]
        new += [(only[1], line) for line in without if line not in with_it]
        if new:
            (where, line), *_ = new
            return week, Said(where.en + line.en, where.zh + line.zh)
    return None


def place_of(market: Market, customer: int) -> int:
    """The row of a customer. Raises ConfigError if there is none."""
    row = int(np.searchsorted(market.population.ids, customer))
    if row == market.population.n or market.population.ids[row] != customer:
        last = market.terms.customers.n - 1
        raise ConfigError([Problem("customer", f"no such customer; allowed 0 to {last}", customer, "command line")])
    return row


def lived(market: Witness) -> Life:
    """Run a market to its end: what happened to this customer."""
    weeks, bought, view = [], [], market.customer(market.row)
    for _ in range(market.terms.weeks):
        before, filled = glimpse(market, view), len(market.log)
        market.step()
        purchases = mine(market, filled, view.unique_id)
        bought.append(purchases)
        after = glimpse(market, view)
        told = [happened(market, before, after, purchases, lang) for lang in LANGUAGES]
        weeks.append(tuple(Said(*lines) for lines in zip(*told, strict=True)))
    every = np.concatenate(bought)
    own = every[every[:, 0] == list(market.firms).index(market.focal), 1]
    return Life(tuple(weeks), len(own), int(own.sum()), len(every))


def glimpse(market: Market, view: Any) -> dict[str, np.ndarray]:
    """What this customer is and remembers now: a copy of every column."""
    return {name: np.array(getattr(view, name)) for name in market.population.columns}


def mine(market: Market, filled: int, customer: int) -> np.ndarray:
    """This customer's purchases in the log from a place on. -> (n, 2) firm (position), spending (cents)"""
    pieces = [
        np.column_stack([firm, spend])[who == customer].astype(np.int64)
        for who, _, _, firm, spend, *_ in market.log[filled:]
    ]
    return np.concatenate(pieces) if pieces else np.zeros((0, 2), np.int64)


def happened(
    market: Witness, before: Mapping[str, np.ndarray], after: Mapping[str, np.ndarray], purchases: np.ndarray, lang: str
) -> list[str]:
    """A week in phrases, firm by firm: purchases, then what each mechanism has to tell."""
    offers, names = market.shown[-1], list(market.firms)
    money, lines = glossary.currency(market.terms.market.currency)[lang], []
    for j, name in enumerate(names):
        here = purchases[purchases[:, 0] == j, 1]
        if "aware" not in after or after["aware"][j] == 1:
            lines += [*moved(market, name, lang), *repriced(market, name, lang)]
        if len(here):
            lines.append(bought(market, j, len(here), int(here.sum()), after, lang))
        for m in market.mechanisms:
            own = offers[name].program.get(m.name) if m.level == "program" else terms_of(market.terms, m)
            if m.tell is not None and own is not None:
                past, now = ({k: v[j] if v.ndim else v for k, v in seen.items()} for seen in (before, after))
                counts = dict(zip(market.assembled.counts, market.own[j].tolist(), strict=True))
                spent, week = int(here.sum()), market.week - 1
                scene = Scene(lang, name, j, own, past, now, len(here), spent, week, counts, money)
                lines += m.tell(scene)
    return [printable(line) for line in lines]


def moved(market: Market, firm: str, lang: str) -> list[str]:
    """That a firm came into the market or left it since last week."""
    if len(market.shown) < 2:
        return []
    before, now = (offers[firm].active for offers in market.shown[-2:])
    if before == now:
        return []
    if lang == "zh":
        return [f"{firm} {'进入市场' if now else '退出市场'}"]
    return [f"{firm} {'came into' if now else 'left'} the market"]


def repriced(market: Market, firm: str, lang: str) -> list[str]:
    """A change of a firm's price since last week, in words; nothing below a tenth of a per cent."""
    if len(market.shown) < 2 or not all(offers[firm].active for offers in market.shown[-2:]):
        return []
    old, new = (offers[firm].price for offers in market.shown[-2:])
    change = 100.0 * (new / old - 1.0)
    if abs(change) < 0.1:
        return []
    if lang == "zh":
        return [f"{firm} {'涨价' if change > 0 else '降价'} {abs(change):.3g}%"]
    return [f"{firm} {'raised' if change > 0 else 'cut'} its price by {abs(change):.3g} %"]


def bought(market: Market, j: int, times: int, cents: int, after: Mapping[str, np.ndarray], lang: str) -> str:
    """The purchases at a firm, and the cheaper firm that was passed by."""
    firm, offers = list(market.firms)[j], market.shown[-1]
    dearer = {n: offers[n].price - offers[n].base_price for n in market.firms}
    there = [(k, n) for k, n in enumerate(market.firms) if offers[n].active]
    known = [n for k, n in there if "aware" not in after or after["aware"][k] == 1]
    cheapest = min(known, key=lambda n: dearer[n], default=firm)
    passed = dearer[cheapest] < dearer[firm] - CHEAPER
    money = f"{cents / 100:.2f} {glossary.currency(market.terms.market.currency)[lang]}"
    if lang == "zh":
        often = "" if times == 1 else f" {times} 次"
        return f"在 {firm} 购买{often}，{money}" + (f"，路过了更便宜的 {cheapest}" if passed else "")
    often = {1: "once", 2: "twice"}.get(times, f"{times} times")
    return f"bought {often} at {firm} for {money}" + (f", walked past the cheaper {cheapest}" if passed else "")


def about(market: Market, row: int, rate: float, lang: str) -> str:
    """Who this is: how often a year without the program, where by taste, how relational."""
    people, names = market.population, list(market.firms)
    rho = float(people["rho"][row])
    share, first = people["prior"][row].max(), names[int(people["prior"][row].argmax())]
    who = int(people.ids[row])
    if lang == "zh":
        kind = "重关系" if rho > 0.5 else "重交易"
        taste = f"按口味最常选 {first}（{share:.0%}）"
        return f"客户 {who}：每年购买 {rate:.0f} 次，{taste}，{kind}（关系倾向 {rho:.2f}）。"
    kind = "relational" if rho > 0.5 else "transactional"
    buys = f"buys {rate:.0f} times a year, by taste most often at {first} ({share:.0%})"
    return f"Customer {who} {buys}; a {kind} person (propensity {rho:.2f})."


MARK = "*"  # a line that the program changed


def text(found: Diary) -> str:
    """The diary as lines: what was the same in both worlds is told once; what the program changed is marked."""
    zh = found.lang == "zh"
    names = ("有无计划都一样", "只在没有计划时", "只在有计划时") if zh else ("both", "only without", "only with")
    colon, semicolon = ("：", "；") if zh else (": ", "; ")
    key = f"{MARK} = 计划改变了的" if zh else f"{MARK} = changed by the program"
    lines = [found.about, "", key]
    for page in found.pages:
        week = f"第{page.week:>3} 周" if zh else f"week {page.week:>3}"
        both = [line for line in page.with_it if line in page.without]
        alone = (
            [line for line in page.without if line not in both],
            [line for line in page.with_it if line not in both],
        )
        for name, mark, told in zip(names, (" ", MARK, MARK), (both, *alone), strict=True):
            if told:
                lines.append(f"{mark} {week}  {name}{colon}{semicolon.join(told)}")
    return "\n".join(lines)


def reading(answer: Told, folder: Path | None) -> Reading:
    """The sum: what the program brought from this customer, when it began, and that it is one person's luck."""
    found: Diary = answer.found
    return Reading(first(found), second(found), ONE, sums(found))


ONE = Said(
    "This is a single person with a single luck: it shows how a program works, not how well.",
    "这只是单个客户的单次运气：看得出计划怎样起作用，看不出效果有多好。",
)


def first(found: Diary) -> Said:
    """How many more purchases the program brought, and the money; or that it brought none."""
    more, firm, money = found.bought[1] - found.bought[0], found.firm, found.currency
    cents = found.spent[1] - found.spent[0]
    if found.began is None:
        return Said(
            f"The program changed nothing for this customer: {found.bought[1]} purchases at {firm} either way.",
            f"计划没有改变这位客户：有没有计划都在 {firm} 购买 {found.bought[1]} 次。",
        )
    spent = Said(
        f"{abs(cents) / 100:.2f} {money.en} {less(cents).en}", f"{less(cents).zh} {abs(cents) / 100:.2f} {money.zh}"
    )
    if more == 0:
        return Said(
            f"With the program this customer bought as often at {firm} and spent {spent.en}.",
            f"有了计划，这位客户在 {firm} 的购买次数没变，花费{spent.zh}。",
        )
    times = "time" if abs(more) == 1 else "times"
    return Said(
        f"With the program this customer bought {abs(more)} {times} {less(more).en} at {firm} and spent {spent.en}.",
        f"有了计划，这位客户在 {firm} {less(more).zh}买 {abs(more)} 次，花费{spent.zh}。",
    )


def less(change: float) -> Said:
    """More or less."""
    return Said("more", "多") if change >= 0 else Said("less", "少")


def second(found: Diary) -> Said:
    """When the two lives began to differ, and how."""
    if found.began is None:
        return Said("Every week is the same with the program and without it.", "有没有计划，每一周都一样。")
    week, how = found.began
    return Said(f"It began in week {week}, {how.en}.", f"从第 {week} 周开始不同，{how.zh}。")


def sums(found: Diary) -> Table:
    """Purchases and money in both worlds, and how many weeks the program changed."""
    firm, money = found.firm, found.currency
    changed = sum(set(page.without) != set(page.with_it) for page in found.pages)
    rows: list[list[str | Said]] = [
        [Said(f"purchases at {firm}", f"在 {firm} 的购买次数"), *map(str, found.bought)],
        [Said("purchases anywhere", "所有购买次数"), *map(str, found.everywhere)],
        [
            Said(f"spent at {firm}, {money.en}", f"在 {firm} 的花费（{money.zh}）"),
            *(f"{c / 100:.2f}" for c in found.spent),
        ],
        [Said("weeks that the program changed", "计划改变了的周数"), "", str(changed)],
    ]
    return Table([Said("", ""), Said("without", "无计划"), Said("with", "有计划")], rows)


@dataclass(frozen=True)
class DiaryOf(Study[Diary]):
    """What happens to one customer, week by week, with and without the program?"""

    scenario: Scenario
    customer: int
    lang: str
    kind = "diary"

    @classmethod
    def compose(cls, words: Sequence[str], config_dir: str | None = None) -> Self:
        """`customer=17 lang=zh scenario=...`. Raises ConfigError.

        Words that name neither a world nor a program tell of `WORLD`: without a program there is nothing to compare.
        """
        own, rest = taken(words, ("customer",))
        who = own.get("customer", "")
        if not re.fullmatch(r"\d{1,18}", who):
            wrong = Problem("customer", "expected the number of a customer: customer=17", who, "command line")
            raise ConfigError([wrong])
        named = names_world(rest, config_dir, ("program=",))
        scenario = undrawn(compose(rest if named else [f"scenario={WORLD}", *rest], config_dir))
        return cls(scenario, int(who), spoken())

    def tree(self) -> dict[str, Any]:
        """The scenario as a person writes it; whose diary it is stands in the summary."""
        return written(self.scenario)

    @property
    def digest(self) -> str:
        """Of the scenario, the customer and the language."""
        return hashlib.sha256(f"{config_hash(self.scenario)} {self.customer} {self.lang}".encode()).hexdigest()

    def place(self, out: str | None) -> Path | None:
        """A diary is told, and kept only where a folder is named."""
        return None if out is None else Path(out)

    def arms(self) -> list[Scenario]:
        """Both worlds."""
        with_it = twins.logged(self.scenario)
        return [with_it, twins.no_program(with_it)]

    def read(self) -> Diary:
        """Live through both worlds."""
        return diary(self.scenario, self.customer, self.lang)

    def lines(self, found: Diary) -> list[Line]:
        """Purchases at the firm with the program, in both worlds."""
        return [Line("purchases", float(n), n=1, of=world) for world, n in zip(WORLDS, found.bought, strict=True)]

    def tables(self, found: Diary) -> dict[str, pd.DataFrame]:
        """One row per week, world and thing that happened."""
        rows = [(p.week, world, line) for p in found.pages
                for world, told in zip(WORLDS, (p.without, p.with_it), strict=True) for line in told]  # fmt: skip
        return {"diary": pd.DataFrame(rows, columns=["week", "world", "told"])}


def summary(found: Diary) -> dict[str, Any]:
    """The diary as a tree."""
    weeks = [{"week": p.week, "without": list(p.without), "with": list(p.with_it)} for p in found.pages]
    spent = {world: cents / 100 for world, cents in zip(WORLDS, found.spent, strict=True)}
    bought = dict(zip(WORLDS, found.bought, strict=True))
    return {"about": found.about, "purchases": bought, "spent": spent, "weeks": weeks}


TELLING = Telling(
    screen=lambda answer, _: text(answer.found), reading=reading, summary=lambda answer: summary(answer.found),
    place=Said("diary: {folder}", "日记：{folder}"),
)  # fmt: skip
