"""Does winning a customer cost 5 to 20 times as much as keeping one?

Why it is contested   The ratio is quoted at 3, 5, 10, 20 and traced to no study (S0-03); moving money from winning to
                      keeping is said to lower cost and raise profit (S0-02). An average says nothing of the next euro:
                      at the best spending one more customer costs the same either way (Blattberg & Deighton 1996).
Design                A firm with yearly contracts, alone or among rivals; what is assumed is drawn anew in each world.
                      The market itself is run at several spendings on winning (advertising) and on keeping (service);
                      where these curves say that profit is largest it is run again, a step up and a step down, and
                      average and marginal costs are counted. Keeping is charged to every renewal, or to those that it
                      caused. Then a firm that spends the best, or twice that on winning and half on keeping, or the
                      other way round, moves a quarter of its budget for winning to keeping, at equal spending in all.
What would change     Averages at the best spending between 5 and 20 in four worlds of five support the range; marginal
our mind              costs that differ there would break the theory. A move that lowers the cost per customer and
                      raises profit in four cases of five supports S0-02, wherever the firm begins.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.interpolate import PchipInterpolator

from loyaltysim.cli.experiment import main
from loyaltysim.configure.compose import components
from loyaltysim.market.model import Market
from loyaltysim.measures.statistics import ratio_of_means
from loyaltysim.measures.verdict import Verdict, lies_within, over_worlds, taken_together
from loyaltysim.present import charts
from loyaltysim.present.answer import FEWEST, TOO_FEW, wrapped
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.read import changed
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.scenario.said import Said
from loyaltysim.scenario.terms import term
from loyaltysim.studies import assumed, experiment, redrawn
from loyaltysim.studies.assumed import middle
from loyaltysim.studies.experiment import Switch, spread
from loyaltysim.studies.reading import Reading, Table
from loyaltysim.studies.redrawn import LUCK, WORLD, around, more_or_less

BILLS = 13.0  # a year
EVEN = 0.002  # share of spending: a move that spends no more or less than that is at equal spending
FINE = 2000  # places between the ends of a curve
NUMBERS = {  # what is read off every world
    "ratio": Said("winning over keeping, average", "获客与留客平均成本之比"),
    "ratio_caused": Said("the same, per renewal that it caused", "同上，只算因此续约的客户"),
    "ratio_marginal": Said("winning over keeping, one more", "获客与留客边际成本之比"),
}
BESIDE = ("per_won", "per_kept", "per_caused", "one_more_won", "one_more_kept", "value", "budget", "service")
RATIOS = ("ratio", "ratio_caused", "ratio_marginal")
PLACES = {"alone": Said("alone in its market", "市场独家"), "rivals": Said("among rivals", "有竞争对手")}


@dataclass(frozen=True)
class CostRatio:
    """What varies and how it is judged."""

    claims: tuple[str, ...] = term((), "row of the claims' sources")
    structures: tuple[Switch, ...] = term((), "")
    worlds_per_run: int = term(3, "worlds", 1, 1000)
    low: float = term(5.0, "times", 0.0, 1e6)
    high: float = term(20.0, "times", 0.0, 1e6)
    margin: float = term(0.01, "share", 1e-9, 1.0, doc="smallest change that anybody would act on")
    today: tuple[float, ...] = term(
        (2.0, 1.0, 0.5), "times the best", 0.01, 100.0, doc="spent on winning, and one over it on keeping"
    )
    move: float = term(0.25, "share of the budget for winning", 0.01, 1.0)
    discount: float = term(0.1, "share a year", 1e-3, 1.0)
    quality_cost: float = term(0.3, "money a bill for a unit of quality", 1e-3, 1e3)
    warm: int = term(104, "weeks", 0, 5000, doc="before anything is counted")
    keeping: tuple[float, ...] = term((0.0, 5.0, 20.0), "money a customer and year", 0.0, 1e4)
    winning: tuple[float, ...] = term((0.5, 1.0, 2.0), "pool / response", 1e-3, 1e3)
    step: float = term(0.3, "share of spending", 0.01, 0.9)
    held: tuple[str, ...] = term((), "key", doc="what is not drawn")
    drawn: tuple[str, ...] = term((), "", doc="what is assumed, as lines of conf/worlds/evidence.yaml")


Plan = experiment.Plan[CostRatio]


class Year(NamedTuple):
    """One run of the firm, by year since `warm`; money in units.

    won, kept, renewals, customers : people;  margin, on_keeping, on_winning : money
    whole : spent on both over the whole run;  worth : discounted profit;  left : customers at the end
    """

    won: float
    kept: float
    renewals: float
    customers: float
    margin: float
    on_keeping: float
    on_winning: float
    whole: float
    worth: float
    left: float


# --- runs ---


def check(made: Plan) -> None:
    """Refuse runs that end before anything is counted, and curves of too few points. Raises ConfigError."""
    s, problems = made.settings, []
    if made.world.weeks < s.warm + 52:
        problems.append(Problem("weeks", f"must be a year longer than experiment.warm = {s.warm}", made.world.weeks))
    for name in ("keeping", "winning"):
        levels = getattr(s, name)
        if len(levels) < 3 or list(levels) != sorted(set(levels)):
            problems.append(Problem(f"experiment.{name}", "needs three levels or more, rising", levels))
    if problems:
        raise ConfigError(problems)


def lived(base: Scenario, s: CostRatio, seed: int, budget: float, service: float) -> Year:
    """Run the market once. budget : money a week on winning;  service : money a customer and year on keeping"""
    bill = service / BILLS
    keys = {"firms.a.acquisition": budget, "program.service.unit_cost": bill}
    keys["program.service.quality"] = bill / s.quality_cost
    book = Market(changed(base, keys, components()), seed).run()
    rows = book.weekly[book.weekly.firm == base.focal]
    late = rows[rows.week >= s.warm]
    years = len(late) / 52.0
    lost = late.lost.sum() + late.exited.sum()
    spent = (rows.touchpoints + rows.acquisition).sum() / 100.0
    now = (1.0 + s.discount) ** -(rows.week.to_numpy() / 52.0)
    return Year(
        won=(late.acquired.sum() + late.won.sum()) / years, kept=(late.renewals.sum() - lost) / years,
        renewals=late.renewals.sum() / years, customers=float(late.customers.mean()),
        margin=(late.revenue.sum() - late.cost_of_goods.sum()) / years / 100.0,
        on_keeping=late.touchpoints.sum() / years / 100.0, on_winning=late.acquisition.sum() / years / 100.0,
        whole=float(spent), worth=float((now * rows.profit.to_numpy()).sum() / 100.0),
        left=float(rows.customers.iloc[-1]),
    )  # fmt: skip


def live(names: tuple[str, ...], s: CostRatio, scenarios: Sequence[Scenario], seed: int) -> dict[str, float]:
    """Every structure of one world. -> numbers as `<structure>/<name>`"""
    done = {name: in_a_world(base, s, seed) for name, base in zip(names, scenarios, strict=True)}
    return {f"{name}/{key}": value for name, found in done.items() for key, value in found.items()}


def in_a_world(base: Scenario, s: CostRatio, seed: int) -> dict[str, float]:
    """The curves of a market, its costs at the best spending, and what a move does to today's spending."""
    run = partial(lived, replace(base, record=replace(base.record, log=False)), s, seed)
    usual = (base.firms["a"].acquisition, BILLS * base.firms["a"].program["service"].unit_cost)
    unit = base.behaviour["arrivals"].pool / base.behaviour["acquisition"].response
    budgets = [unit * level for level in s.winning]
    keep = [run(usual[0], service) for service in s.keeping]
    win = [run(budget, usual[1]) for budget in budgets]
    keeping = Keeping.through(s, keep)
    service, value = keeping.best()
    budget = best_budget(budgets, [52.0 * b / y.on_winning * y.won if y.on_winning else y.won for b, y in
                                   zip(budgets, win, strict=True)], value)  # fmt: skip
    found = {"service": service, "budget": budget, "value": value, "base_retention": keeping.retention(0.0)}
    found |= costs(run, s, budget, service, keeping.retention(0.0))
    for times in s.today:
        today = (times * budget, service / times)
        found |= {f"{name}[{times:g}]": x for name, x in moved(run, s, today, keeping).items()}
    return found


@dataclass(frozen=True)
class Keeping:
    """The curve of keeping. levels : money a customer and year;  kept : share renewed;  margin : money a customer and
    year
    """

    levels: tuple[float, ...]
    kept: tuple[float, ...]
    margin: float
    discount: float

    @classmethod
    def through(cls, s: CostRatio, runs: Sequence[Year]) -> Keeping:
        """Through what was counted at each level."""
        kept = tuple(y.kept / y.renewals if y.renewals else math.nan for y in runs)
        return cls(s.keeping, kept, runs[0].margin / runs[0].customers, s.discount)

    def retention(self, spent: float | np.ndarray) -> float | np.ndarray:
        """Share renewed at a spending, between the levels by a monotone curve."""
        return PchipInterpolator(self.levels, self.kept)(np.clip(spent, self.levels[0], self.levels[-1]))[()]

    def value(self, spent: float | np.ndarray) -> float | np.ndarray:
        """What a customer is worth: (margin - d R) / (1 - d r(R)), as `theory.spending` has it."""
        d = 1.0 / (1.0 + self.discount)
        return (self.margin - d * spent) / (1.0 - d * self.retention(spent))

    def best(self) -> tuple[float, float]:
        """The spending at which a customer is worth most, and that worth."""
        places = np.linspace(self.levels[0], self.levels[-1], FINE)
        worth = np.asarray(self.value(places))
        return float(places[worth.argmax()]), float(worth.max())


def best_budget(budgets: Sequence[float], won: Sequence[float], value: float) -> float:
    """The weekly budget at which customers won a year, at their value, exceed their cost most; at most the largest."""
    curve = PchipInterpolator([0.0, *budgets], [0.0 if won[0] < won[-1] else won[0], *won])
    places = np.linspace(budgets[0], budgets[-1], FINE)
    return float(places[(curve(places) * value - 52.0 * places).argmax()])


def costs(run, s: CostRatio, budget: float, service: float, alone: float) -> dict[str, float]:
    """Average and marginal costs, counted in the market a step below and above a spending. alone : kept for nothing"""
    low, high = 1.0 - s.step, 1.0 + s.step
    less, more = run(low * budget, service), run(high * budget, service)
    won = (less.won + more.won) / 2.0
    one_more = ratio(more.on_winning - less.on_winning, more.won - less.won)
    worse, better = run(budget, low * service), run(budget, high * service)
    kept = [ratio(y.kept, y.renewals) for y in (worse, better)]
    middle_ = sum(kept) / 2.0
    found = {
        "per_won": ratio(52.0 * budget, won), "one_more_won": one_more, "retention": middle_,
        "per_kept": ratio(service, middle_), "per_caused": ratio(service, middle_ - alone),
        "one_more_kept": ratio((high - low) * service, kept[1] - kept[0]),
    }  # fmt: skip
    pairs = (("ratio", "per_won", "per_kept"), ("ratio_caused", "per_won", "per_caused"))
    pairs += (("ratio_marginal", "one_more_won", "one_more_kept"),)
    return found | {name: ratio(found[top], found[bottom]) for name, top, bottom in pairs}


def moved(run, s: CostRatio, today: tuple[float, float], keeping: Keeping) -> dict[str, float]:
    """A part of today's budget for winning goes to keeping, at equal spending in all. today : budget, service"""
    before = run(*today)
    years = before.whole / max(1e-9, before.on_winning + before.on_keeping)
    budget = (1.0 - s.move) * today[0]
    first_at = today[1] + s.move * 52.0 * today[0] / before.customers
    first = run(budget, first_at)
    service = max(0.0, first_at + (before.whole - first.whole) / years / first.customers)
    after = run(budget, service)
    if after.whole != first.whole and abs(after.whole / before.whole - 1.0) > EVEN:
        service += (before.whole - after.whole) * (service - first_at) / (after.whole - first.whole)
        service = max(0.0, service)
        after = run(budget, service)
    worth = [y.worth + y.left * float(keeping.value(at)) * (1.0 + s.discount) ** -years
             for y, at in ((before, today[1]), (after, service))]  # fmt: skip
    cost = [y.whole / years / y.customers for y in (before, after)]
    return {
        "swap_cost": cost[1] / cost[0] - 1.0, "swap_profit": ratio(worth[1] - worth[0], abs(worth[0])),
        "unequal": after.whole / before.whole - 1.0,
    }  # fmt: skip


def ratio(top: float, bottom: float) -> float:
    """A ratio of costs; nan where nothing is won or kept, or nothing spent."""
    return top / bottom if bottom > 0.0 and math.isfinite(top) else math.nan


# --- what is read off the runs ---


def read(made: Plan, runs: pd.DataFrame) -> pd.DataFrame:
    """A row a world and structure: ratios and moves, each with its error, the spread of luck around the shipped world;
    of a ratio in proportion to it.
    """
    rows = []
    for structure in made.settings.structures:
        part = runs[[c for c in runs if c.startswith(f"{structure.name}/")]]
        part = part.rename(columns=lambda c: c.split("/")[1])
        part = part.assign(structure=structure.name, kind=runs.kind, at=runs["at"])
        luck = part[part.kind == LUCK]
        for name in (*RATIOS, *swaps(made)):
            by_luck = float(np.nanstd(luck[name], ddof=1)) if luck[name].notna().sum() > 1 else math.nan
            share = by_luck / abs(float(luck[name].mean())) if name in RATIOS else 0.0
            part[f"{name}_error"] = share * part[name].abs() if name in RATIOS else by_luck
        rows.append(part)
    return pd.concat(rows, ignore_index=True)


def swaps(made: Plan) -> list[str]:
    """The names of what moves do, for each place where the firm begins."""
    return [f"{name}[{times:g}]" for times in made.settings.today for name in ("swap_cost", "swap_profit")]


def in_range(rows: pd.DataFrame, name: str, low: float, high: float) -> Verdict:
    """Does a ratio lie between two numbers? Over all worlds and structures, from the verdict of each."""
    found = []
    for value, error in zip(rows[name], rows[f"{name}_error"], strict=True):
        known = math.isfinite(value) and math.isfinite(error)
        nothing = Verdict("cannot judge", "nothing is spent on one of the two")
        found.append(lies_within(around(value, error), low, high) if known else nothing)
    return over_worlds(found)


def of_a_move(row: Mapping[str, float], times: float, margin: float) -> Verdict:
    """S0-02 in one world: the cost falls and profit rises; refuted where profit falls, the cost rises, or one stays."""
    at = f"[{times:g}]"
    if abs(row[f"unequal{at}"]) > margin:
        return Verdict("cannot judge", "no move at equal spending was found")
    cheaper = more_or_less(around(-row[f"swap_cost{at}"], row[f"swap_cost{at}_error"]), margin)
    richer = more_or_less(around(row[f"swap_profit{at}"], row[f"swap_profit{at}_error"]), margin)
    words = {cheaper.word, richer.word}
    why = f"cost falls: {cheaper.word}; profit rises: {richer.word}"
    if len(words) == 1:
        return Verdict(cheaper.word, why)
    open_ = words & {"inconclusive", "cannot judge"}
    return Verdict("refuted" if "refuted" in words or not open_ else min(open_), why)


def verdicts(made: Plan, drawn: pd.DataFrame) -> dict[str, Verdict]:
    """One a row of the claims, by its own criterion."""
    s = made.settings
    average = in_range(drawn, "ratio", s.low, s.high)
    marginal = middle(drawn.ratio_marginal)
    rule = f"at the best spending one more costs {told_ratio(marginal)} times as much: no rule of spending"
    less = {name: in_range(drawn, name, 1.0, math.inf) for name in ("ratio", "ratio_caused")}
    words = {verdict.word for verdict in less.values()}
    why = f"charged to all renewals {less['ratio'].word} ({less['ratio'].why}); to those caused "
    why += f"{less['ratio_caused'].word} ({less['ratio_caused'].why})"
    return {
        "S0-02": of_moves(made, drawn),
        "S0-03": Verdict(average.word, f"average between {s.low:g} and {s.high:g}: {average.why}; {rule}"),
        "S2-04": Verdict(words.pop() if len(words) == 1 else "depends", why),
    }


def of_moves(made: Plan, drawn: pd.DataFrame) -> Verdict:
    """S0-02 over worlds and structures, for each place where the firm begins; then all together."""
    rows, s = drawn.to_dict("records"), made.settings
    each = {f"{times:g} times": over_worlds(of_a_move(row, times, s.margin) for row in rows) for times in s.today}
    whole = taken_together(each)
    return Verdict(whole.word, f"by what is spent on winning, of the best: {whole.why}; at once "
                   + over_worlds(of_a_move(row, times, s.margin) for row in rows for times in s.today).why)  # fmt: skip


def told_ratio(found: Sequence[float]) -> str:
    """1.0 (0.9 to 1.2)"""
    value, low, high = (f"{x:.2g}" for x in found)
    return f"{value} ({low} to {high})"


def table(made: Plan, rows: pd.DataFrame) -> pd.DataFrame:
    """A row a structure and number: over worlds median and 90 %, of luck mean and 95 %, and in how many it exists."""
    found = []
    for structure in made.settings.structures:
        part = rows[rows.structure == structure.name]
        drawn, luck = part[part.kind == WORLD], part[part.kind == LUCK]
        for name in (*RATIOS, *swaps(made), *BESIDE):
            value, low, high = middle(drawn[name])
            row = {"structure": structure.name, "number": name, "worlds_value": value, "worlds_low": low}
            known = luck[name].dropna()
            row |= {"worlds_high": high, "defined": int(drawn[name].notna().sum()), "worlds": len(drawn)}
            found.append(row | spread("luck", ratio_of_means(known.tolist(), [1.0] * len(known), "")))
    return pd.DataFrame(found).round(12)


# --- words ---


def first(word: str, average: Sequence[float], marginal: Sequence[float]) -> Said:
    """The ratio and what it is good for. average, marginal : median over worlds and where 90 % lie"""
    x, y = f"{average[0]:.1f}", f"{marginal[0]:.1f}"
    said = {
        "supported": Said(f"Winning costs {x} times as much as keeping", f"获客平均成本是留客的 {x} 倍"),
        "refuted": Said(
            f"Not 5 to 20 times: winning costs {x} times as much as keeping",
            f"不是 5 到 20 倍：获客平均成本是留客的 {x} 倍",
        ),
    }  # fmt: skip
    other = Said(
        f"Winning costs {x} times as much as keeping, but anything from {average[1]:.1f} to {average[2]:.0f}",
        f"获客平均成本是留客的 {x} 倍，但可在 {average[1]:.1f} 到 {average[2]:.0f} 之间",
    )
    opening = said.get(word, other)
    return opening + Said(
        f"on average, where profit is best; the next customer then costs {y} times as much.",
        f"（利润最好之处）；此时再多一位客户的成本之比是 {y}。",
    )


def turns(hung: Said | None, word: str) -> Said:
    """What the ratio hangs on, and what a move does. word : the verdict of the move"""
    on = Said("No single assumption decides the ratio.", "没有哪个假设单独决定这个比值。")
    if hung is not None:
        on = Said(f"The ratio hangs most on {hung.en}.", f"比值主要看{hung.zh}。")
    moves = {
        "supported": Said("Moving money to keeping pays.", "把钱转到留客划算。"),
        "refuted": Said(
            "Moving money to keeping does not both cut the cost and raise profit.", "把钱转到留客，降本与增利不能两全。"
        ),
        "practically nil": Said("Moving money to keeping changes hardly anything.", "把钱转到留客几乎没有变化。"),
    }  # fmt: skip
    depends = Said(
        "Whether moving money to keeping pays depends on what a firm spends today.",
        "把钱转到留客是否划算，要看企业现在怎么花。",
    )
    return on + moves.get(word, depends)


def carried(made: Plan, rows: pd.DataFrame, runs: pd.DataFrame) -> Said | None:
    """What the size is called on which the ratio hangs most, in the first structure."""
    one = rows[(rows.structure == made.settings.structures[0].name) & (rows.kind == WORLD)].set_index("at")
    drawn = runs[runs.kind == WORLD].set_index("at").assign(found=one.ratio).dropna(subset=["found"])
    if len(drawn) < 3:
        return None
    return redrawn.named(drawn, sizes_of(made), "found")


def sure(made: Plan, drawn: pd.DataFrame, luck: pd.DataFrame) -> Said:
    """What nobody knows first, luck second."""
    told_ = Said(
        "What nobody knows was drawn anew in each world; the table shows where 90 of 100 worlds lie.",
        "没人知道的数在每个世界里重新抽取；表中是 100 个世界里 90 个所在的范围。",
    )
    if made.world.seeds < FEWEST:
        return told_ + TOO_FEW
    return told_ + redrawn.how_much_luck(drawn.ratio, luck.ratio)


CAUTION = Said(
    "that keeping should get the money because it is cheaper on average: an average ratio holds wherever spending is "
    "best. How service and advertising work, and what is spent today, is assumed.",
    "因为留客平均更便宜就该把钱给留客：花得最好时平均比值照样如此。服务与广告的效果、现在的开支都是假设的。",
)


def shown(made: Plan, t: pd.DataFrame) -> Table:
    """A row a ratio, a column a structure; what moves of money bring stands in table.csv."""
    by = t.set_index(["structure", "number"])
    places = [structure.name for structure in made.settings.structures]
    rows = [[label, *(span(by.loc[(p, name)], 1.0) for p in places)] for name, label in NUMBERS.items()]
    return Table([Said("", ""), *(PLACES.get(p, Said(p, p)) for p in places)], rows)


def span(row: Mapping[str, float], scale: float) -> str:
    """4.1 [1.2, 9.3]: the median over worlds and where 90 of 100 lie."""
    return assumed.written([row[f"worlds_{n}"] for n in ("value", "low", "high")], 1, scale)


# --- the figure ---


TICKS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)  # of the ratios' axis
LINE = 62  # letters of a headline's line


def draw(made: Plan, data: pd.DataFrame, said: Said):
    """One panel: the three ratios on a log scale, a line where costs are equal, the claim's range in grey."""
    s = made.settings
    with charts.style():
        figure, axes = charts.sheet(8, 4.4)
        axes.axvspan(s.low, s.high, color=charts.PALE, linewidth=0)
        axes.axvline(1.0, color=charts.GREY, linewidth=0.9)
        places = np.arange(len(RATIOS))[::-1].astype(float)
        for k, structure in enumerate(s.structures):
            part = data[data.structure == structure.name].set_index("number").loc[list(RATIOS)]
            at = places + 0.13 - 0.26 * k
            axes.hlines(at, part.low, part.high, color=charts.PALETTE[k], linewidth=2.4)
            label = str(PLACES.get(structure.name, Said(structure.label, structure.label)))
            axes.plot(part.value, at, "os"[k % 2], color=charts.PALETTE[k], markersize=8, label=label)
        charts.name_rows(axes, places, [str(NUMBERS[name]) for name in RATIOS])
        axes.set_xscale("log")
        ticks = [tick for tick in TICKS if axes.get_xlim()[0] <= tick <= axes.get_xlim()[1]]
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
        axes.set_xlabel(str(Said("cost of winning over cost of keeping", "获客成本与留客成本之比")))
        axes.set_ylim(-0.6, len(RATIOS) - 0.2)
        axes.legend(loc="upper left")
        detail = Said(
            f"Dot: the middle of the worlds; line: 90 of 100. Grey: the claim, {s.low:g} to {s.high:g} times.\n"
            "Thin line: both cost the same.",
            f"点：各世界的中位数；线：90% 的世界。灰色：说法中的 {s.low:g} 到 {s.high:g} 倍。\n细线：成本相同。",
        )
        charts.headline(figure, in_lines(str(said)), str(detail))
    return figure


def in_lines(title: str) -> str:
    """A headline in lines that a figure holds."""
    for mark in ("; ", "；"):
        title = title.replace(mark, f"{mark.strip()}\n")
    return "\n".join("\n".join(wrapped(line, LINE)) for line in title.split("\n"))


# --- all together ---


def bases(made: Plan) -> dict[str, Scenario]:
    """The world of each structure."""
    return {structure.name: made.changed(list(structure.change)) for structure in made.settings.structures}


def sizes_of(made: Plan) -> list:
    """What is drawn."""
    s = made.settings
    base = next(iter(bases(made).values()))
    return redrawn.sizes(base, s.drawn, s.held, f"conf/experiment/{made.name}.yaml")


def answer(made: Plan) -> experiment.Finding:
    """Run, judge, draw."""
    check(made)
    s, many = made.settings, made.settings.worlds_per_run * made.world.seeds
    task = partial(live, tuple(structure.name for structure in s.structures), s)
    processes = made.world.compute.processes
    return told(made, redrawn.lives(task, bases(made), sizes_of(made), many, made.world.seeds, processes))


def told(made: Plan, runs: pd.DataFrame) -> experiment.Finding:
    """The answer from saved tables alone: runs.csv."""
    runs = experiment.as_saved(runs)
    rows = read(made, runs)
    drawn, luck = rows[rows.kind == WORLD], rows[rows.kind == LUCK]
    t, found = experiment.as_saved(table(made, rows)), verdicts(made, drawn)
    opening = first(found["S0-03"].word, middle(drawn.ratio), middle(drawn.ratio_marginal))
    part = t[t.number.isin(RATIOS)]
    ends = {name: part[f"worlds_{name}"] for name in ("value", "low", "high")}
    data = part[["structure", "number"]].assign(**ends).reset_index(drop=True)
    return experiment.Finding(
        question=Said((__doc__ or "").splitlines()[0], "赢得一位客户的成本是留住一位的 5 到 20 倍吗？"),
        reading=Reading(
            opening, turns(carried(made, rows, runs), found["S0-02"].word), sure(made, drawn, luck), shown(made, t)
        ),
        verdicts=found,
        caution=CAUTION,
        table=t,
        draw=partial(draw, made, data, opening),
        data=data,
        more={"runs": runs},
        numbers={"card": assumed.card(made.settings)},
    )


EXPERIMENT = experiment.Script("cost_ratio", CostRatio, answer)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT, sys.argv[1:]))
