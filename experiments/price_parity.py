"""Who pays for loyalty programs that every firm has?

Why it is contested   With prices that stay, programs that all have cost all of them (S3-09) and cannot be dropped
                      (S3-10). Where firms re-price, theory says that prices rise by what rewards cost and profits stay,
                      or rise if customers buy more; then customers win or pay (S3-69), by what a reward costs its firm.
Design                Five equal grocery chains. Nobody has points, one has, all but one, all; by what firms do with
                      prices (stay; one re-prices and rivals meet the lowest price; cost and a mark-up; all answer
                      best), crossed with what a reward costs (share of its worth to the customer), an outside option,
                      lock-in and a card limit. Share, price, profit and consumer surplus are four answers. Beside it,
                      by regime: one chain with and without a program while none, a quarter, half, three quarters or all
                      of its rivals have one; the half-life of a lead; airlines of unequal size. Then all that is
                      assumed is drawn anew in many worlds.
What would change     S3-09: profit of all above that without programs by more than the margin, in four worlds of five.
our mind              S3-10: who drops its program loses nothing, or all earn more. S3-69: customers do not gain.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from loyaltysim.cli.experiment import main
from loyaltysim.firms.policies.imitate import Imitate
from loyaltysim.market.model import Market
from loyaltysim.measures.lead import halved
from loyaltysim.measures.ratio import ratio
from loyaltysim.measures.statistics import Estimate, estimate, ratio_of_means
from loyaltysim.measures.uncertainty import interval, width
from loyaltysim.measures.verdict import Verdict, all_of, lies_within, over_worlds, percent, taken_together
from loyaltysim.present import assumptions, charts, glossary
from loyaltysim.present.answer import FEWEST, TOO_FEW, wrapped
from loyaltysim.runs.pool import prepare
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.scenario.said import Said
from loyaltysim.scenario.terms import term
from loyaltysim.studies import assumed, experiment, redrawn
from loyaltysim.studies.ensembles import worlds_of
from loyaltysim.studies.experiment import Switch, spread
from loyaltysim.studies.reading import Reading, Table
from loyaltysim.studies.worlds import many, prepared

QUARTER, YEAR = 13, 52
HELD = ("rivals", "firms.a.share", "customers.r_focal")  # equal chains, and rivals do what the regime says
NOBODY, ALONE, LEFT_OUT, ALL = "nobody", "alone", "left_out", "all"
MAIN = (ALONE, LEFT_OUT, ALL)  # one alone is run without switches only
BASE = "/base"  # a cell without switches
FIXED = "fixed"  # the regime in which no policy sets a price


@dataclass(frozen=True)
class Regime(Switch):
    """What firms do with their prices; its names follow "where"."""

    chinese: str = term("", "")

    @property
    def said(self) -> Said:
        """Its name in both languages."""
        return Said(self.label, self.chinese)


@dataclass(frozen=True)
class PriceParity:
    """What varies and how it is judged."""

    claims: tuple[str, ...] = term((), "row of the claims' sources")
    regimes: tuple[Regime, ...] = term((), "")
    costs: tuple[float, ...] = term((0.8,), "share of a reward's worth", 0.0, 2.0)
    switches: tuple[Regime, ...] = term((), "", doc="crossed with each other, regimes and costs")
    lag: int = term(26, "weeks", 1, 520, doc="from the leader's launch to the copies, where a lead is measured")
    margin: float = term(0.5, "percent of all firms' profit", 0.0, 100.0)
    band: float = term(0.25, "share points", 0.0, 100.0, doc="of the spread of shares")
    airline: tuple[str, ...] = term((), "key=value", doc="the market in which S3-08 is judged")
    worlds: int = term(20, "worlds", 1, 10_000, doc="at most; no more than the square of the runs")
    world_customers: int = term(1000, "customers", 1, 10_000_000, doc="of a world, at most those of the scenario")
    world_seeds: int = term(3, "runs", 1, 1000, doc="of a world, at most those of the scenario")


Plan = experiment.Plan[PriceParity]
Numbers = dict[str, float]
Policies = Mapping[str, Mapping[str, Any]]  # firm -> its policies


# --- worlds: who has a program, and what prices do ---


def policies_of(made: Plan) -> dict[str, Policies]:
    """What every firm does in each regime."""
    worlds = {regime.name: made.changed(regime.change) for regime in made.settings.regimes}
    return {name: {f: firm.policy for f, firm in world.firms.items()} for name, world in worlds.items()}


def arm(world: Scenario, policies: Policies, having: Sequence[str]) -> Scenario:
    """The market in which some firms have the leader's program and all set prices as a regime says.

    A mark-up is the one of the base price over the cost of the goods, so that prices stay without programs.
    """
    program, firms = world.firms[world.focal].program, {}
    for name, firm in world.firms.items():
        own = dict(policies[name])
        if "price_markup" in own:
            markup = firm.base_price / firm.unit_cost - 1.0
            own["price_markup"] = replace(own["price_markup"], markup=markup)
        firms[name] = replace(firm, program=program if name in having else {}, policy=own)
    return replace(world, firms=firms)


def rivals(world: Scenario) -> list[str]:
    """All firms but the leader."""
    return [name for name in world.firms if name != world.focal]


def holders(world: Scenario) -> dict[str, list[str]]:
    """Who has a program in each of the four arms."""
    others, me = rivals(world), world.focal
    return {NOBODY: [], ALONE: [me], LEFT_OUT: others, ALL: [me, *others]}


def copied(world: Scenario, policies: Policies, lag: int) -> Scenario:
    """The leader has its program from the first week, its rivals copy it some weeks later."""
    made = arm(world, policies, [world.focal])
    late = {f: replace(made.firms[f], policy={**made.firms[f].policy, "imitate": Imitate(lag)}) for f in rivals(world)}
    return replace(made, firms={**made.firms, **late})


def cells(made: Plan) -> dict[str, Scenario]:
    """The market of every set of switches at the scenario's cost, of none and all of them at other costs, without a
    regime, as `<cost>/<switches>`.
    """
    s, found, usual = made.settings, {}, made.world.focal_firm.program["points"].cost
    for on in product((False, True), repeat=len(s.switches)):
        thrown = [switch for switch, is_on in zip(s.switches, on, strict=True) if is_on]
        world = made.changed([change for switch in thrown for change in switch.change])
        for cost in s.costs if len(thrown) in (0, len(s.switches)) else [usual]:
            points = replace(world.focal_firm.program["points"], cost=cost)
            firm = replace(world.focal_firm, program={**world.focal_firm.program, "points": points})
            name = f"{cost:g}/{'+'.join(switch.name for switch in thrown) or 'base'}"
            found[name] = replace(world, firms={**world.firms, world.focal: firm})
    return found


def base_cell(made: Plan) -> str:
    """The cell of the scenario as it is."""
    return f"{made.world.focal_firm.program['points'].cost:g}/base"


def worlds(made: Plan) -> dict[str, Scenario]:
    """Every arm as `<regime>/<cell>/<arm>`: those of every cell; adoption, the lead and airlines of the base cell."""
    found, policies, s = {}, policies_of(made), made.settings
    places, air, me = cells(made), made.changed(s.airline), made.world.focal
    others = rivals(made.world)
    for regime, own in policies.items():
        for cell, world in places.items():
            having = holders(world)
            asked = MAIN if cell.endswith(BASE) else MAIN[1:]
            found |= {f"{regime}/{cell}/{name}": arm(world, own, having[name]) for name in asked}
            found[f"{regime}/{cell}/{NOBODY}"] = arm(world, policies[FIXED], [])
        for n in range(len(others) + 1):
            found[f"{regime}/adoption/with_{n}"] = arm(made.world, own, [me, *others[:n]])
            found[f"{regime}/adoption/without_{n}"] = arm(made.world, own, others[:n])
        found[f"{regime}/lead/copied"] = copied(made.world, own, s.lag)
        found |= {f"{regime}/airline/{name}": arm(air, own if name == ALL else policies[FIXED], having)
                  for name, having in holders(air).items() if name in (NOBODY, ALL)}  # fmt: skip
    return found


def check(made: Plan) -> None:
    """Refuse a market without the leader's points, and settings that ask nothing. Raises ConfigError."""
    s, world, problems = made.settings, made.world, []
    points = world.focal_firm.program.get("points")
    if points is None:
        problems.append(Problem("program", "the leader needs program=points"))
    elif points.cost not in s.costs:
        problems.append(Problem("experiment.costs", f"needs program.points.cost = {points.cost:g}", s.costs))
    if FIXED not in [regime.name for regime in s.regimes]:
        problems.append(Problem("experiment.regimes", f"needs one that is called {FIXED}, in which prices stay"))
    if world.weeks < s.lag + 2 * QUARTER:
        problems.append(Problem("weeks", f"must be half a year longer than experiment.lag = {s.lag}", world.weeks))
    if problems:
        raise ConfigError(problems)


# --- runs ---


def play(job: tuple[Scenario, int]) -> Numbers:
    """One market. -> share, spread: percent of all purchases, and its standard deviation over firms
    price, price_leader: percent above base prices, of what sold in the last year; profit, profit_all: money per
    customer of the market and year; surplus: the same of customers; q<k>: the leader's share by quarter
    """
    world, seed = job
    book = Market(world, seed).run()
    weekly, at = book.weekly, list(world.firms).index(world.focal)
    shape, per = (world.weeks, len(world.firms)), 100.0 * world.customers.n * world.weeks / YEAR
    visits, profit, price = (weekly[c].to_numpy(float).reshape(shape) for c in ("visits", "profit", "price"))
    base = np.array([firm.base_price for firm in world.firms.values()])
    late, dear = visits[-YEAR:], 100.0 * (price[-YEAR:] / base - 1.0)
    shares = 100.0 * visits.sum(axis=0) / visits.sum()
    quarters = [visits[k : k + QUARTER] for k in range(0, world.weeks - QUARTER + 1, QUARTER)]
    return {
        "share": float(shares[at]),
        "spread": float(shares.std()),
        "price": float((dear * late).sum() / late.sum()),
        "price_leader": float((dear * late)[:, at].sum() / late[:, at].sum()),
        "profit": float(profit[:, at].sum()) / per,
        "profit_all": float(profit.sum()) / per,
        "surplus": float(book.people.surplus.mean()) * YEAR / world.weeks,
        **{f"q{k}": 100.0 * ratio(float(q[:, at].sum()), float(q.sum())) for k, q in enumerate(quarters)},
    }


def simulate(made: Plan) -> pd.DataFrame:
    """Every arm with every seed. -> a row each: world, seed and the numbers of `play`"""
    seeds = range(made.world.seed, made.world.seed + made.world.seeds)
    done = experiment.run_arms(play, worlds(made), seeds, lambda world: world, made.world.compute.processes)
    rows = [{"world": name, "seed": seed, **run} for name, runs in done.items()
            for seed, run in zip(seeds, runs, strict=True)]  # fmt: skip
    return pd.DataFrame(rows)


def in_a_world(policies: Mapping[str, Policies], seeds: int, bases: Sequence[Scenario], seed: int) -> Numbers:
    """One evidence world in so many runs: nobody, then all and all but one in each regime. -> `<regime>/<arm>/<k>`"""
    (world,), found = bases, Numbers()
    having = holders(world)
    for k in range(seeds):
        luck = seed + k * 1_000_003
        done = {f"{FIXED}/{NOBODY}": play((arm(world, policies[FIXED], []), luck))}
        for regime, own in policies.items():
            done |= {f"{regime}/{name}": play((arm(world, own, having[name]), luck)) for name in (LEFT_OUT, ALL)}
        found |= {f"{name}/{number}/{k}": run[number] for name, run in done.items()
                  for number in ("profit", "profit_all", "surplus", "price")}  # fmt: skip
    return found


def in_worlds(made: Plan) -> pd.DataFrame:
    """The regimes where what nobody knows is drawn anew: a row a world, its sizes and what was found."""
    s, world = made.settings, made.world
    n = min(s.worlds, world.seeds**2)
    drawn = worlds_of(world, "evidence", held=HELD, judged=s.claims, n=n)
    base = prepared(world, drawn.sizes, min(s.world_customers, world.customers.n))
    base = replace(base, record=replace(base.record, log=False))
    policies = policies_of(made)
    prepare(arm(base, own, having) for own in policies.values() for having in holders(base).values())
    task = partial(in_a_world, policies, min(s.world_seeds, world.seeds))
    found = many(task, [base], drawn.values.head(n), processes=world.compute.processes, label="evidence worlds")
    return pd.concat([drawn.varied.head(n), found], axis=1)


# --- what is read off the runs ---


class Reader:
    """Reads effects off the table of runs, seed by seed."""

    def __init__(self, runs: pd.DataFrame) -> None:
        self.worlds = {name: group.sort_values("seed") for name, group in runs.groupby("world")}

    def of(self, world: str, number: str) -> np.ndarray:
        """A number of an arm. -> (seeds,)"""
        return self.worlds[world][number].to_numpy(float)

    def change(self, world: str, other: str, number: str, unit: str = "") -> Estimate:
        """A number of one arm less that of another."""
        return estimate(self.of(world, number) - self.of(other, number), unit)

    def percent(self, world: str, other: str, number: str, whole: str) -> Estimate:
        """The same in percent of a third arm's."""
        change = self.of(world, number) - self.of(other, number)
        return ratio_of_means(100.0 * change, self.of(whole, number), "percent")


def judged(s: PriceParity, profit: Estimate, drop: Estimate, surplus: Estimate) -> dict[str, Verdict]:
    """The rows that one market answers. profit : of all firms, percent of that without programs;  drop : what the
    leader's profit changes by if it alone drops its program, percent;  surplus : of customers, money
    """
    no_more = lies_within(profit, -np.inf, s.margin)
    return {
        "S3-09": no_more,
        "S3-10": all_of({"dropping it costs": lies_within(drop, -np.inf, 0.0), "all earn no more": no_more}),
        "S3-69": all_of({"customers gain": lies_within(surplus, 0.0, np.inf), "firms earn no more": no_more}),
    }


ROWS = ("S3-09", "S3-10", "S3-69")


def table(made: Plan, runs: pd.DataFrame) -> pd.DataFrame:
    """A row a regime and cell: prices, shares, profits and what customers gain, each less what it is with nobody."""
    read, rows = Reader(runs), []
    for regime, cell in product([regime.name for regime in made.settings.regimes], cells_of(runs)):
        at, none = f"{regime}/{cell}", f"{regime}/{cell}/{NOBODY}"
        all_, out, alone = (f"{at}/{name}" for name in (ALL, LEFT_OUT, ALONE))
        profit = read.percent(all_, none, "profit_all", none)
        drop, surplus = read.percent(out, all_, "profit", none), read.change(all_, none, "surplus")
        cost, _, switches = cell.partition("/")
        row = {"regime": regime, "cost": float(cost), "switches": switches}
        row |= spread("price", read.change(all_, none, "price")) | spread("profit", profit)
        row |= spread("profit_money", read.change(all_, none, "profit_all")) | spread("surplus", surplus)
        free = read.of(f"{FIXED}/{cell}/{ALL}", "surplus") - read.of(f"{FIXED}/{cell}/{NOBODY}", "surplus")
        row |= spread("kept", ratio_of_means(read.of(all_, "surplus") - read.of(none, "surplus"), free, "share"))
        row |= spread("drop", drop)
        if alone in read.worlds:
            row |= spread("alone", read.percent(alone, none, "profit", none))
            row |= spread("share_alone", read.change(alone, none, "share"))
        row |= spread("share_left_out", read.change(out, none, "share"))
        row |= spread("share_all", read.change(all_, none, "share"))
        row |= {name: verdict.word for name, verdict in judged(made.settings, profit, drop, surplus).items()}
        rows.append(row)
    return pd.DataFrame(rows).round(12)


def cells_of(runs: pd.DataFrame) -> list[str]:
    """The cells that were run, in their order."""
    names = [str(world).split("/") for world in runs.world.unique()]
    return list(dict.fromkeys(f"{name[1]}/{name[2]}" for name in names if len(name) == 4))


def adoption(made: Plan, runs: pd.DataFrame) -> pd.DataFrame:
    """A row a regime and share of rivals that have a program: what the leader gains by having one too."""
    read, rows, others = Reader(runs), [], len(rivals(made.world))
    for regime, n in product(made.settings.regimes, range(others + 1)):
        at, none = f"{regime.name}/adoption", f"{regime.name}/{base_cell(made)}/{NOBODY}"
        mine, without = f"{at}/with_{n}", f"{at}/without_{n}"
        row = {"regime": regime.name, "rivals": n / others}
        row |= spread("share", read.change(mine, without, "share"))
        row |= spread("profit", read.percent(mine, without, "profit", none))
        row |= spread("price", read.change(mine, without, "price_leader"))
        row |= spread("surplus", read.change(mine, without, "surplus"))
        rows.append(row)
    return pd.DataFrame(rows).round(12)


def leads(made: Plan, runs: pd.DataFrame) -> pd.DataFrame:
    """A row a regime: the leader's lead in share until and after the copies, and what programs do among airlines.

    lead_peak : share points, of a quarter, mean over seeds;  lead_half_life : weeks, empty = no lead or no half of it
    """
    read, rows = Reader(runs), []
    quarters = [name for name in runs if str(name).startswith("q")]
    for regime in made.settings.regimes:
        none, air = f"{regime.name}/{base_cell(made)}/{NOBODY}", f"{regime.name}/airline"
        gained = [np.mean(read.of(f"{regime.name}/lead/copied", q) - read.of(none, q)) for q in quarters]
        peak, weeks = halved(np.array(gained))
        row = {"regime": regime.name, "lead_peak": peak, "lead_half_life": weeks}
        row |= spread("left", read.change(f"{regime.name}/lead/copied", none, quarters[-1]))
        row |= spread("airline_spread", read.change(f"{air}/{ALL}", f"{air}/{NOBODY}", "spread"))
        row |= spread("airline_price", read.change(f"{air}/{ALL}", f"{air}/{NOBODY}", "price"))
        rows.append(row)
    return pd.DataFrame(rows).round(12)


def judged_worlds(made: Plan, drawn: pd.DataFrame) -> pd.DataFrame:
    """A row a world and regime: profit of all, what dropping it changes, what customers gain, and the verdicts."""
    rows = []
    for at, world in drawn.iterrows():
        for regime in made.settings.regimes:

            def of(arm_: str, number: str, who: str = regime.name, row: pd.Series = world) -> np.ndarray:
                return row.filter(regex=rf"^{who}/{arm_}/{number}/\d+$").to_numpy(float)

            none = of(NOBODY, "profit_all", FIXED)
            profit = ratio_of_means(100.0 * (of(ALL, "profit_all") - none), none, "percent")
            mine = of(NOBODY, "profit", FIXED)
            drop = ratio_of_means(100.0 * (of(LEFT_OUT, "profit") - of(ALL, "profit")), mine, "percent")
            surplus = estimate(of(ALL, "surplus") - of(NOBODY, "surplus", FIXED), "money")
            row = {"world": at, "regime": regime.name, "profit": profit.value, "drop": drop.value}
            row |= {"surplus": surplus.value}
            row |= {name: verdict.word for name, verdict in judged(made.settings, profit, drop, surplus).items()}
            rows.append(row)
    return pd.DataFrame(rows)


def verdicts(made: Plan, t: pd.DataFrame, found: pd.DataFrame, lead: pd.DataFrame) -> dict[str, Verdict]:
    """One verdict a row: over worlds in each regime, then over regimes, which are named."""
    s, said = made.settings, {}
    for name in ROWS:
        by = {}
        for regime in s.regimes:
            words = found[found.regime == regime.name][name]
            by[regime.label] = over_worlds(Verdict(word, "") for word in words)
        whole = assumed.whole(by)
        grid = {regime.label: t[(t.regime == regime.name)][name].value_counts() for regime in s.regimes}
        told_ = "; ".join(
            f"{label}: {', '.join(f'{w} {n}' for w, n in count.items())}" for label, count in grid.items()
        )
        worlds_ = "; ".join(f"{label}: {verdict.why}" for label, verdict in by.items())
        said[name] = Verdict(whole.word, f"{whole.why}; worlds: {worlds_}; cells: {told_}")
    equal = {}
    for regime, row in zip(s.regimes, lead.itertuples(), strict=True):
        change = Estimate(
            row.airline_spread, row.airline_spread_low, row.airline_spread_high, 0.95, "", made.world.seeds
        )
        equal[regime.label] = lies_within(change, -s.band, s.band)
    prices = "; ".join(
        f"{regime.label}: {price:+.2f} %" for regime, price in zip(s.regimes, lead.airline_price, strict=True)
    )
    airlines = taken_together(equal)
    said["S3-08"] = Verdict(airlines.word, f"spread of shares: {airlines.why}; prices: {prices}")
    return said


# --- words ---


def base_rows(made: Plan, t: pd.DataFrame) -> pd.DataFrame:
    """The row of each regime at the scenario's own cost, without a switch, by regime."""
    cost = made.world.focal_firm.program["points"].cost
    return t[(t.cost == cost) & (t.switches == "base")].set_index("regime")


def first(made: Plan, t: pd.DataFrame) -> Said:
    """Who pays where prices stay, and where all re-price."""
    rows, m = base_rows(made, t), made.settings.margin
    stay, free = rows.loc[FIXED], rows.iloc[-1]
    if stay.profit_high < -m:
        paid = Said("Where prices stay, firms pay for programs that all have", "价格不变时，人人都有的计划由企业买单")
    elif stay.profit_low > m:
        paid = Said("Where prices stay, firms earn by programs that all have", "价格不变时，人人都有的计划让企业多赚")
    else:
        paid = Said(
            "Where prices stay, programs that all have hardly move profit", "价格不变时，人人都有的计划几乎不动利润"
        )
    if free.kept_high < 0.0:
        rest = Said("where all re-price, customers lose by them", "都重新定价时，客户反而受损")
    elif free.kept_high < 0.5:
        taken = percent(1.0 - free.kept)
        rest = Said(f"where all re-price, prices take back {taken} of what customers gain",
                    f"都重新定价时，价格收回客户所得的{taken}")  # fmt: skip
    elif free.kept_low > 0.5:
        rest = Said(f"where all re-price, customers keep {percent(free.kept)} of their gain",
                    f"都重新定价时，客户保住所得的{percent(free.kept)}")  # fmt: skip
    else:
        rest = Said("what re-pricing takes back cannot be told", "重新定价收回多少还说不准")
    return Said(f"{paid.en}; {rest.en}.", f"{paid.zh}；{rest.zh}。")


def second(made: Plan, t: pd.DataFrame) -> Said:
    """What rewards cost turns it where all re-price, and which switch turns a verdict on profit anywhere."""
    s, last = made.settings, made.settings.regimes[-1]
    rows = t[(t.regime == last.name) & (t.switches == "base")].sort_values("cost")
    cheap, dear, unit = rows.iloc[0], rows.iloc[-1], glossary.currency(made.world.market.currency)
    said = Said(
        f"There customers gain {cheap.surplus:+.1f} {unit.en} a year if a reward costs {cheap.cost:g} of its worth, "
        f"and {dear.surplus:+.1f} if it costs {dear.cost:g}.",
        f"此时奖励越便宜，客户得益越多：最便宜时每年 {cheap.surplus:+.1f} {unit.zh}，成本为其价值的 {dear.cost:g} 时为 "
        f"{dear.surplus:+.1f}。",
    )
    turned = [switch.said for switch in s.switches if turns(t, switch.name)]
    if not turned:
        return said + Said("Neither lock-in nor a card limit nor more purchases in all turns who pays.",
                           "锁定、单张卡、总量可增，都不改变谁买单。")  # fmt: skip
    names = Said(" or ".join(x.en for x in turned), "；".join(x.zh for x in turned))
    return said + Said(
        f"In some regime it also turns where {names.en}.", f"在某些定价方式下，以下情形也会改变结果：{names.zh}。"
    )


def turns(t: pd.DataFrame, switch: str) -> bool:
    """Does a switch by itself turn supported into refuted, or the other way, for any row, regime and cost?"""
    usual = t[t.switches == "base"].set_index(["regime", "cost"])[list(ROWS)]
    thrown = t[t.switches == switch].set_index(["regime", "cost"])[list(ROWS)].reindex(usual.index)
    pairs = zip(usual.to_numpy().ravel(), thrown.to_numpy().ravel(), strict=True)
    return any({a, b} == {"supported", "refuted"} for a, b in pairs)


def sure(made: Plan, t: pd.DataFrame, found: pd.DataFrame, drawn: pd.DataFrame) -> Said:
    """What carries profit over worlds where all re-price; luck."""
    if made.world.seeds < FEWEST:
        return TOO_FEW
    last = made.settings.regimes[-1].name
    values, row = found[found.regime == last].profit.to_numpy(float), base_rows(made, t).loc[last]
    keys = [key for key in drawn if "/" not in str(key)]
    key = redrawn.carrier(drawn[keys].assign(found=values), keys, "found")
    said = Said("Over worlds no single size decides what firms keep there.", "各世界里没有哪个因素单独决定企业所得。")
    if key:
        name = assumptions.size(key)
        name = Said(name.en.replace("differ in it", "differ in how they react to prices"), name.zh)
        said = Said(f"What firms keep there turns mostly on {name.en}.", f"此时企业所得主要看{name.zh}。")
    if 4.0 * (row.profit_high - row.profit_low) < width(values):
        return said + Said("Luck moves it far less.", "运气的影响小得多。")
    return said + Said("Luck moves it too.", "运气也有影响。")


ASSUMED = Said(
    "How firms price decides, and is assumed; base prices are what they ask without programs.",
    "企业如何定价是决定因素，也是假设；没有计划时各家按原价。",
)
CAUTION = Said(
    "that customers are harmed: members gain and others pay. Coupons and promised prices are not tried; where prices "
    "stay and nobody buys more, what all pay is arithmetic.",
    "客户都受损：会员得益，其余的人买单。优惠券与承诺价格未试；价格不变且总量不变时，企业的花费只是算术。",
)


def shown(made: Plan, t: pd.DataFrame, found: pd.DataFrame) -> Table:
    """A row a regime: prices, customers, firms with the range over worlds, who drops its program alone."""
    rows, unit, cells_ = base_rows(made, t), glossary.currency(made.world.market.currency), []
    for regime in made.settings.regimes:
        row, worlds_ = rows.loc[regime.name], found[found.regime == regime.name].profit
        low, high = interval(worlds_.to_numpy(float))
        profit = f"{row.profit + 0.0:+.1f} [{low:.1f}, {high:.1f}]"
        cells_.append((regime.said, f"{row.price + 0.0:.1f}", f"{row.surplus:+.1f}", profit, f"{row['drop']:+.1f}"))
    title = (Said("all have points, and", "各家都有积分，且"), Said("prices, %", "价格，%"),
             Said(f"customers, {unit.en} a year", f"客户，{unit.zh}每年"),
             Said("all firms' profit, % [worlds]", "全行业利润，% [各世界]"),
             Said("dropping it alone, % of profit", "单独退出，占利润 %"))  # fmt: skip
    return Table(title, cells_)


# --- the figure ---


def draw(made: Plan, t: pd.DataFrame, said: Said):
    """A row a regime: what all firms and what customers gain if all have a program, by what rewards cost."""
    s, unit = made.settings, glossary.currency(made.world.market.currency)
    rows = t[t.switches == "base"]
    with charts.style():
        figure, axes = charts.sheet(8.4, 4.6)
        axes.axvline(0.0, color=charts.INK, linewidth=1.0)
        places = np.arange(len(s.regimes))[::-1].astype(float)
        who = (("profit_money", charts.BLUE, "o", 0.14, Said("all firms", "全部企业")),
               ("surplus", charts.VERMILION, "s", -0.14, Said("customers", "客户")))  # fmt: skip
        for name, colour, mark, off, label in who:
            for place, regime in zip(places, s.regimes, strict=True):
                part = rows[rows.regime == regime.name].sort_values("cost")
                at = np.full(len(part), place + off)
                axes.plot(part[name], at, "-", color=colour, linewidth=1.6, alpha=0.6)
                for size, value in zip(np.linspace(4.0, 11.0, len(part)), part[name], strict=True):
                    axes.plot([value], [place + off], mark, color=colour, markersize=size)
            axes.plot([], [], mark, color=colour, label=str(label))
        charts.name_rows(axes, places, [str(regime.said) for regime in s.regimes])
        axes.set_ylim(-0.6, len(s.regimes) - 0.4)
        axes.set_xlabel(
            str(Said(f"{unit.en} per customer and year, against no programs", f"{unit.zh}，每客户每年，与没有计划相比"))
        )
        axes.legend(loc="lower left")
        costs = ", ".join(f"{cost:g}" for cost in s.costs)
        detail = Said(
            f"{len(made.world.firms)} equal chains all have points. Small to large marks: a reward costs its firm\n"
            f"{costs} of what it is worth to the customer.",
            f"{len(made.world.firms)} 家同等的连锁店都有积分。标记由小到大：奖励成本为其对客户价值的 {costs}。",
        )
        charts.headline(figure, "\n".join(wrapped(str(said).rstrip("."), 62)), str(detail))
    return figure


# --- all together ---


def answer(made: Plan) -> experiment.Finding:
    """Run, judge, draw."""
    check(made)
    saved = {"runs": simulate(made), "worlds": in_worlds(made)}
    return told(made, {name: experiment.as_saved(t) for name, t in saved.items()})


def told(made: Plan, saved: Mapping[str, pd.DataFrame]) -> experiment.Finding:
    """The answer from saved tables alone. saved : runs, worlds, as their .csv"""
    runs, drawn = saved["runs"], saved["worlds"]
    t, lead = experiment.as_saved(table(made, runs)), experiment.as_saved(leads(made, runs))
    found = experiment.as_saved(judged_worlds(made, drawn))
    said, opening = verdicts(made, t, found, lead), first(made, t)
    if made.world.seeds < FEWEST:
        said = dict.fromkeys(said, Verdict("cannot judge", "too few runs to say"))
    reading = Reading(opening, second(made, t), sure(made, t, found, drawn), shown(made, t, found), ASSUMED)
    return experiment.Finding(
        question=Said((__doc__ or "").splitlines()[0], "人人都有的忠诚计划，由谁买单？"),
        reading=reading,
        verdicts={row: said[row] for row in made.settings.claims},
        caution=CAUTION,
        table=t,
        draw=partial(draw, made, t, opening),
        data=t[t.switches == "base"][["regime", "cost", "profit_money", "surplus", "price"]].reset_index(drop=True),
        more={**saved, "adoption": adoption(made, runs), "leads": lead, "judged": found},
        numbers={"card": assumed.card(made.settings)},
    )


EXPERIMENT = experiment.Script("price_parity", PriceParity, answer)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT, sys.argv[1:]))
