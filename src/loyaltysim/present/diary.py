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

from loyaltysim.configure.compose import compose, names_world, taken, undrawn
from loyaltysim.market.model import Market
from loyaltysim.measures import twins
from loyaltysim.mechanism.declare import Scene
from loyaltysim.mechanism.registry import terms_of
from loyaltysim.present.telling import Telling
from loyaltysim.scenario.forms import config_hash, written
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError, Problem, printable
from loyaltysim.scenario.said import LANGUAGES, spoken
from loyaltysim.studies.protocol import Line, Study

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
class Diary:
    """Who the customer is, in a sentence, and the pages; `bought` counts purchases at the focal firm in both worlds."""

    about: str
    pages: tuple[Page, ...]
    bought: tuple[int, int]
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
    told = [lived(market, lang) for market in (without, with_it)]
    (weeks, bought, often), (weeks_with, bought_with, _) = told
    pages = [Page(w, tuple(a), tuple(b)) for w, (a, b) in enumerate(zip(weeks, weeks_with, strict=True)) if a or b]
    who = about(with_it, with_it.row, often * 52.0 / scenario.weeks, lang)
    return Diary(who, tuple(pages), (bought, bought_with), lang)


def place_of(market: Market, customer: int) -> int:
    """The row of a customer. Raises ConfigError if there is none."""
    row = int(np.searchsorted(market.population.ids, customer))
    if row == market.population.n or market.population.ids[row] != customer:
        last = market.terms.customers.n - 1
        raise ConfigError([Problem("customer", f"no such customer; allowed 0 to {last}", customer, "command line")])
    return row


def lived(market: Witness, lang: str) -> tuple[list[list[str]], int, int]:
    """Run a market to its end. -> what happened to this customer by week; purchases at the focal firm, and all."""
    weeks, visits, total, view = [], 0, 0, market.customer(market.row)
    for _ in range(market.terms.weeks):
        before, filled = glimpse(market, view), len(market.log)
        market.step()
        purchases = mine(market, filled, view.unique_id)
        visits += int((purchases[:, 0] == list(market.firms).index(market.focal)).sum())
        total += len(purchases)
        weeks.append(happened(market, before, glimpse(market, view), purchases, lang))
    return weeks, visits, total


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
    lines = []
    for j, name in enumerate(names):
        here = purchases[purchases[:, 0] == j, 1]
        if "aware" not in after or after["aware"][j] == 1:
            lines += repriced(market, name, lang)
        if len(here):
            lines.append(bought(market, j, len(here), int(here.sum()), after, lang))
        for m in market.mechanisms:
            own = offers[name].program.get(m.name) if m.level == "program" else terms_of(market.terms, m)
            if m.tell is not None and own is not None:
                past, now = ({k: v[j] if v.ndim else v for k, v in seen.items()} for seen in (before, after))
                counts = dict(zip(market.assembled.counts, market.own[j].tolist(), strict=True))
                scene = Scene(lang, name, j, own, past, now, len(here), int(here.sum()), market.week - 1, counts)
                lines += m.tell(scene)
    return [printable(line) for line in lines]


def repriced(market: Market, firm: str, lang: str) -> list[str]:
    """A change of a firm's price since last week, in words; nothing below a tenth of a per cent."""
    if len(market.shown) < 2:
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
    known = [n for k, n in enumerate(market.firms) if "aware" not in after or after["aware"][k] == 1]
    cheapest = min(known, key=lambda n: dearer[n], default=firm)
    passed = dearer[cheapest] < dearer[firm] - CHEAPER
    money = f"{cents / 100:.2f} {market.terms.market.currency}"
    if lang == "zh":
        often = "" if times == 1 else f" {times} 次"
        return f"在 {firm} 购买{often},{money}" + (f",路过了更便宜的 {cheapest}" if passed else "")
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
        return f"顾客 {who}:每年购买 {rate:.0f} 次,按口味最常选 {first}({share:.0%}),{kind}(关系倾向 {rho:.2f})。"
    kind = "relational" if rho > 0.5 else "transactional"
    buys = f"buys {rate:.0f} times a year, by taste most often at {first} ({share:.0%})"
    return f"Customer {who} {buys}; a {kind} person (propensity {rho:.2f})."


def text(found: Diary) -> str:
    """The diary as lines: what was the same in both worlds is told once."""
    zh = found.lang == "zh"
    names = ("两个世界", "仅无计划", "仅有计划") if zh else ("both", "only without", "only with")
    lines = [found.about, ""]
    for page in found.pages:
        week = f"第{page.week:>3} 周" if zh else f"week {page.week:>3}"
        both = [line for line in page.with_it if line in page.without]
        alone = (
            [line for line in page.without if line not in both],
            [line for line in page.with_it if line not in both],
        )
        for name, told in zip(names, (both, *alone), strict=True):
            if told:
                lines.append(f"{week}  {name}: {'; '.join(told)}")
    before, after = found.bought
    end = f"Purchases at the firm with the program: {before} without it, {after} with it."
    if zh:
        end = f"在推出计划的公司购买:没有计划 {before} 次,有计划 {after} 次。"
    return "\n".join([*lines, "", end])


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
    return {"about": found.about, "purchases": dict(zip(WORLDS, found.bought, strict=True)), "weeks": weeks}


TELLING = Telling(
    screen=lambda answer, _: text(answer.found), summary=lambda answer: summary(answer.found), place="diary: {folder}"
)
