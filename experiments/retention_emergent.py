"""Do firms that lose 5, 10 and 15 % a year still win 15 % and grow when acquisition is an outcome?

Why it is contested   A textbook example gives three firms the same acquisition of 15 % (claims S4-01 to S4-04, which
                      are arithmetic: `retention_arithmetic`) and concludes that loyal customers make a firm grow
                      (S4-06) and that zero growth means dearer acquisition and less profit (S4-05). But who is
                      acquired comes from somewhere: from outside, or from the rivals.
Design                Three providers, equal in everything, with equal acquisition budgets under which each wins 15 % in
                      the first year. Then one serves better and one lets service slip, as much as a fit on other seeds
                      needs for churn of 5 and 15 % in the second year. Three markets: many people wait outside, few do,
                      nobody does. What nobody knows is drawn anew in each of many worlds.
What would change     S4-06: four worlds of five in which the loyal firm does not grow. S4-05 is judged where a firm
our mind              stands still, as the claim says: since it was an equal its cost per customer rises, its
                      profit falls.
                      Control: where nobody changes and prospects do not run out, neither may move.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from loyaltysim.cli.experiment import main
from loyaltysim.configure.compose import components
from loyaltysim.firms.offer import Offer, complete
from loyaltysim.market.model import Market
from loyaltysim.measures.statistics import Estimate, estimate, ratio_of_means
from loyaltysim.measures.verdict import ENOUGH, Verdict, lies_within, over_worlds
from loyaltysim.present import charts
from loyaltysim.present.answer import FEWEST, TOO_FEW, wrapped
from loyaltysim.runs.pool import map_runs, prepare
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.read import changed
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.scenario.said import Said
from loyaltysim.scenario.terms import term
from loyaltysim.studies import assumed, experiment, worlds
from loyaltysim.studies.assumed import Assumed
from loyaltysim.studies.experiment import spread
from loyaltysim.studies.reading import Reading, Table

YEAR = 52  # weeks
SECOND = 2  # the first year apart in which all that is built up in the one before is at work
LATE = 3  # years at the end that are taken together
APART = 1000  # seeds between two worlds
ALIKE = {"behaviour.renewal.a": 0.4474, "behaviour.renewal.b": 4.0266}  # the same mean churn, customers who differ


@dataclass(frozen=True)
class Structure:
    """Where new customers can come from. pool: people who wait outside at the start; 0 = closed market"""

    name: str = term("", "name")
    words: str = term("", "")
    chinese: str = term("", "")
    pool: float = term(1.0, "people per customer", 0.0, 1000.0)

    @property
    def said(self) -> Said:
        """In both languages."""
        return Said(self.words, self.chinese)


@dataclass(frozen=True)
class Emergent:
    """What varies and how it is judged."""

    claims: tuple[str, ...] = term((), "row of the claims' sources")
    acquisition: float = term(0.15, "share of the opening base and year", 0.001, 10.0)
    churn: tuple[float, ...] = term((0.05, 0.10, 0.15), "share a year", 0.001, 0.999)
    margin: float = term(0.01, "share a year", 1e-6, 1.0, doc="smallest growth that matters")
    reach: float = term(0.02, "share a year", 1e-6, 1.0, doc="a world that misses its rates by more is not judged")
    still: float = term(0.02, "share a year", 1e-6, 1.0, doc="who grows no faster stands still")
    cost_margin: float = term(0.10, "share", 1e-6, 10.0, doc="smallest change of cost or profit that matters")
    apart: int = term(52, "weeks", 52, 5200, doc="weeks as equals")
    people: int = term(4, "times the customers", 1, 1000, doc="size of the market in which terms are fitted")
    fit_seed: int = term(1_000_001, "", 0, 2**62)
    worlds_per_run: int = term(6, "worlds", 1, 1000)
    draws: int = term(21, "", 0, 2**62, doc="seed of the draws of sizes")
    better: float = term(2.5, "units of quality", 0.01, 100.0)
    worse: float = term(-1.6, "units of quality", -100.0, -0.01)
    structures: tuple[Structure, ...] = term((), "")
    sizes: tuple[Assumed, ...] = term((), "")


Plan = experiment.Plan[Emergent]


# --- worlds ---


@dataclass(frozen=True)
class Arm:
    """A world as it is from week `apart` on, and as it was until then: firms differ in their programs only."""

    world: Scenario
    before: Scenario
    apart: int


def bases(made: Plan, people: int = 1) -> dict[str, Scenario]:
    """Three equal firms in each structure."""
    n, found = made.world.customers.n * people, {}
    for structure in made.settings.structures:
        pool = [f"behaviour.arrivals.pool={round(structure.pool * n)}", "behaviour.arrivals.depleting=true"]
        closed = ["~behaviour.arrivals", "behaviour.renewal.exit_share=0", "behaviour.acquisition.audience=rivals"]
        found[structure.name] = made.changed([f"customers.n={n}", *(pool if structure.pool > 0.0 else closed)])
    return found


def world(base: Scenario, values: Mapping[str, float], budget: float) -> Scenario:
    """A structure as one draw has it. budget : money per week, firm and customer of the market at the start"""
    here = {key: x for key, x in values.items() if "." in key}
    if "arrivals" not in base.behaviour:
        here.pop("behaviour.renewal.exit_share", None)
    if values.get("differ", 0.0) > 0.5:
        here |= ALIKE
    spend = {f"firms.{name}.acquisition": round(budget * base.customers.n, 2) for name in base.firms}
    return changed(worlds.world(base, here), spend, components())


def serving(world: Scenario, firm: str, quality: float, cost: float) -> Scenario:
    """A world in which one firm serves otherwise; better service costs more than the usual one, worse service less."""
    usual = world.firms[firm].program["service"]
    said = {
        f"firms.{firm}.program.service.quality": quality,
        f"firms.{firm}.program.service.unit_cost": max(0.0, usual.unit_cost + cost * quality),
    }
    return changed(world, said, components())


def n_worlds(made: Plan) -> int:
    """How many worlds are drawn."""
    return made.settings.worlds_per_run * made.world.seeds


def check(made: Plan) -> None:
    """Refuse a world without three firms that serve, broken years, fits on judged seeds. Raises ConfigError."""
    s, world_, problems = made.settings, made.world, assumed.wrong(made.settings.sizes, "experiment.sizes")
    if len(world_.firms) != 3 or len(s.churn) != 3 or not all("service" in f.program for f in world_.firms.values()):
        problems.append(Problem("firms", "the example has three firms, each with program.service, and three churns"))
    if world_.weeks % YEAR or s.apart % YEAR or world_.weeks < s.apart + (SECOND + 1) * YEAR:
        least = s.apart + (SECOND + 1) * YEAR
        problems.append(Problem("weeks", f"and experiment.apart are whole years of 52; weeks {least} or more"))
    judged = range(world_.seed, world_.seed + APART * (n_worlds(made) + 1))
    problems += assumed.overlap(range(s.fit_seed, s.fit_seed + n_worlds(made)), judged, "experiment.fit_seed")
    if problems:
        raise ConfigError(problems)


# --- runs ---


def live(arm: Arm, seed: int) -> pd.DataFrame:
    """Run one arm of one seed. -> a row per year and firm: customers, where they came from, and cents.

    year 0 ends when the firms part.  opening, closing : customers;  outside, from_<firm> : acquired;  left : lost
    spent : acquisition, cause : what service and rewards cost, profit (cents)
    """
    offers = [
        {name: Offer(firm.base_price, firm.base_price, complete(firm.program)) for name, firm in world.firms.items()}
        for world in (arm.before, arm.world)
    ]
    weeks, firms = arm.world.weeks, list(arm.world.firms)
    run = Market(arm.world, seed, offers=[offers[0]] * arm.apart + [offers[1]] * (weeks - arm.apart))
    places, first = len(firms) + 1, run.held.copy()
    flows = np.zeros((weeks // YEAR, places, places), np.int64)
    for week in range(weeks):
        before = run.population["provider"] + 1
        run.step()
        after = run.population["provider"] + 1
        moved = before != after
        pairs = np.bincount(before[moved] * places + after[moved], minlength=places * places)
        flows[week // YEAR] += pairs.reshape(places, places)
    book = run.book().weekly
    yearly = book.assign(year=book.week // YEAR).groupby(["year", "firm"]).sum()
    cause = yearly[["touchpoints", "recovery", "reward_cost", "liability_change"]].sum(axis=1)
    closing = first + np.cumsum(flows[:, :, 1:].sum(axis=1) - flows[:, 1:, :].sum(axis=2), axis=0)
    frames = []
    for j, name in enumerate(firms):
        row = {"firm": name, "year": np.arange(len(flows)) - arm.apart // YEAR + 1}
        row |= {"opening": np.concatenate([[first[j]], closing[:-1, j]]), "closing": closing[:, j]}
        row |= {"outside": flows[:, 0, j + 1]} | {f"from_{k}": flows[:, i + 1, j + 1] for i, k in enumerate(firms)}
        row |= {"left": flows[:, j + 1].sum(axis=1)}
        money = {"spent": yearly.acquisition, "cause": cause, "profit": yearly.profit}
        frames.append(pd.DataFrame(row | {k: v.xs(name, level="firm").to_numpy() for k, v in money.items()}))
    return pd.concat(frames, ignore_index=True)


def acquired(rows: pd.DataFrame) -> pd.Series:
    """Customers won in a year, from outside and from rivals."""
    return rows.outside + rows.filter(regex="^from_").sum(axis=1)


# --- fits ---


def fit(made: Plan, made_of: Mapping[str, Scenario], at: int, values: Mapping[str, float]) -> dict[str, float]:
    """Budgets and service of one world, in large markets with a seed of their own.

    -> each structure: money per week, firm and customer at which firms win the claimed share as equals; where people
    only change firms no budget can move that, and the first structure's is used;  better, worse : quality of a and c
    """
    s, seed = made.settings, made.settings.fit_seed + at
    better, _, worse = made.world.firms
    terms: dict[str, float] = {}

    def rates(arm: Arm, years: int) -> pd.DataFrame:
        return live(Arm(*(replace(w, weeks=years * YEAR) for w in (arm.world, arm.before)), s.apart), seed)

    def too_many(budget: float, base: Scenario) -> float:
        here = world(base, values, budget)
        rows = rates(Arm(here, here, s.apart), s.apart // YEAR)
        return float(acquired(rows).sum() / rows.opening.sum()) - s.acquisition

    for structure in s.structures:
        if structure.pool > 0.0:
            gap = partial(too_many, base=made_of[structure.name])
            terms[structure.name] = assumed.sought(gap, 1e-3, 1.0, s.reach / 10.0)
        else:
            terms[structure.name] = next(iter(terms.values()), 0.05)
    last = s.structures[-1].name
    equal, cost = world(made_of[last], values, terms[last]), values["quality_cost"]

    def too_loyal(quality: float, firm: str, churn: float) -> float:
        rows = rates(Arm(serving(equal, firm, quality, cost), equal, s.apart), s.apart // YEAR + SECOND)
        rows = rows[(rows.firm == firm) & (rows.year == SECOND)]
        return churn - float(rows.left.sum() / rows.opening.sum())

    feel = equal.behaviour["experience"]
    ease = 0.3 / (equal.customers.price_sensitivity * feel.premium * (1.0 - feel.disconfirmation))
    for name, firm, start, churn in (("better", better, s.better, s.churn[0]), ("worse", worse, s.worse, s.churn[2])):
        gap = partial(too_loyal, firm=firm, churn=churn)
        terms[name] = assumed.sought(gap, *sorted((0.3 * start * ease, 3.0 * start * ease)), s.reach / 4.0)
    return terms


def lived(job: tuple[Plan, dict[str, Scenario], dict[str, Scenario], int, dict[str, float]]) -> pd.DataFrame:
    """One world: fit, then in each structure nobody changes, or a serves better and c worse. -> rows of `live`"""
    made, small, large, at, values = job
    s, first = made.settings, made.world.seed + APART * (at + 1)
    terms = fit(made, large, at, values)
    a, _, c = made.world.firms
    frames = []
    for name, base in small.items():
        equal = world(base, values, terms[name])
        apart = serving(serving(equal, a, terms["better"], values["quality_cost"]), c, terms["worse"],
                        values["quality_cost"])  # fmt: skip
        for arm, then in (("nobody", equal), ("apart", apart)):
            for seed in range(first, first + made.world.seeds):
                rows = live(Arm(then, equal, s.apart), seed)
                frames.append(rows.assign(world=at, structure=name, arm=arm, seed=seed))
    return pd.concat(frames, ignore_index=True)


# --- what is read off the runs ---


def windows(made: Plan, rows: pd.DataFrame) -> pd.DataFrame:
    """Years summed: the last one as equals, the second apart, the last three, and all years apart; size at both ends.

    rows : of `lived`.  -> a row a world, structure, arm, seed, window and firm
    """
    last = (made.world.weeks - made.settings.apart) // YEAR
    spans = {"equals": (0, 0), "second": (SECOND, SECOND), "late": (max(1, last - LATE + 1), last), "apart": (1, last)}
    keys, found = ["world", "structure", "arm", "seed", "firm"], []
    rows = rows.assign(acquired=acquired(rows))
    for name, (start, stop) in spans.items():
        part = rows[rows.year.between(start, stop)]
        summed = part.groupby(keys, sort=False)[["opening", "acquired", "left", "spent", "profit"]].sum()
        ends = part.groupby(keys, sort=False).agg(first=("opening", "first"), last=("closing", "last"))
        found.append(summed.join(ends).assign(window=name, years=stop - start + 1).reset_index())
    return pd.concat(found, ignore_index=True)


def table(made: Plan, runs: pd.DataFrame, draws: pd.DataFrame) -> pd.DataFrame:
    """A row a world, structure, arm and firm: rates a year, changes since all were equal, with their intervals.

    growth : a year, over all years apart;  cost_change, profit_change : the last years against the one as equals
    """
    found = []
    for keys, rows in runs.groupby(["world", "structure", "arm", "firm"], sort=False):
        w = {name: own.sort_values("seed").set_index("seed") for name, own in rows.groupby("window")}
        row = dict(zip(("world", "structure", "arm", "firm"), keys, strict=True))
        row["churn_second"] = float(w["second"].left.sum() / w["second"].opening.sum())
        row["acquired_equals"] = float(w["equals"].acquired.sum() / w["equals"].opening.sum())
        row |= spread("acquired_late", ratio_of_means(w["late"].acquired, w["late"].opening, "share a year"))
        size = (w["apart"]["last"] / w["apart"]["first"]).clip(lower=1e-9)
        row |= spread("growth", estimate(size ** (1.0 / w["apart"].years) - 1.0, "share a year"))
        cost = {name: w[name].spent / w[name].acquired.clip(lower=1) for name in ("equals", "late")}
        row |= spread("cost_change", estimate(cost["late"] / cost["equals"] - 1.0, "share"))
        a_year = {name: w[name].profit / w[name].years for name in ("equals", "late")}
        row |= spread("profit_change", ratio_of_means(a_year["late"] - a_year["equals"], a_year["equals"], "share"))
        found.append(row)
    return pd.DataFrame(found).merge(draws, on="world").round(6)


# --- verdicts ---


def judged(made: Plan, t: pd.DataFrame) -> pd.DataFrame:
    """Each claim by its own criterion in each world and structure. -> claim, structure, case, world, verdict, why"""
    s, found = made.settings, []
    a, b, c = made.world.firms
    cases = {
        "S4-06": [("loyal firm", "apart", a)],
        "S4-05": [("nobody changes", "nobody", b), ("disloyal", "apart", c)],
    }
    for (at, structure), rows in t.groupby(["world", "structure"], sort=False):
        own = {(row["arm"], row["firm"]): row for _, row in rows.iterrows()}
        short = missed(made, own)
        for claim, each in cases.items():
            for case, arm, firm in each:
                row = own[arm, firm]
                verdict = short or (grows(s, row) if claim == "S4-06" else dearer(s, row))
                found.append({"claim": claim, "structure": structure, "case": case, "world": at})
                found[-1] |= {"verdict": verdict.word, "why": verdict.why}
    return pd.DataFrame(found)


def missed(made: Plan, own: Mapping[tuple[str, str], Mapping[str, float]]) -> Verdict | None:
    """A world whose judged runs do not have the rates that the claim is about."""
    s, (a, _, c) = made.settings, made.world.firms
    rates = {a: s.churn[0], c: s.churn[2]}
    for firm, churn in rates.items():
        if abs(own["apart", firm]["churn_second"] - churn) > s.reach:
            return Verdict("cannot judge", f"{firm} loses {100 * own['apart', firm]['churn_second']:.1f} %")
    return None


def grows(s: Emergent, row: Mapping[str, float]) -> Verdict:
    """S4-06: the loyal firm's customers grow by more than the smallest growth that matters."""
    return lies_within(read_off(row, "growth"), s.margin, np.inf)


def dearer(s: Emergent, row: Mapping[str, float]) -> Verdict:
    """S4-05: of a firm that stands still, cost per customer rises and profit falls since all were equal."""
    if abs(row["growth"]) > s.still:
        return Verdict("cannot judge", f"does not stand still: {100 * row['growth']:+.1f} % a year")
    both = [lies_within(read_off(row, "cost_change"), s.cost_margin, np.inf),
            lies_within(read_off(row, "profit_change"), -np.inf, -s.cost_margin)]  # fmt: skip
    return next((v for word in ("refuted", "cannot judge", "inconclusive") for v in both if v.word == word), both[0])


def read_off(row: Mapping[str, float], name: str) -> Estimate:
    """The three columns of an estimate."""
    value, low, high = (None if np.isnan(row[n]) else float(row[n]) for n in (name, f"{name}_low", f"{name}_high"))
    return Estimate(value, low, high, 0.95, "share", 0)


def settings_of(found: pd.DataFrame, claim: str) -> dict[str, Verdict]:
    """A claim in each structure and case, over the worlds in which its rates occur."""
    own = found[found.claim == claim]
    return {
        f"{structure}, {case}": where_it_arises([Verdict(r.verdict, r.why) for r in rows.itertuples()])
        for (structure, case), rows in own.groupby(["structure", "case"], sort=False)
    }


def where_it_arises(worlds_: Sequence[Verdict]) -> Verdict:
    """One verdict over the worlds that have the rates of the claim, which half must have: others are not its domain."""
    asked = [verdict for verdict in worlds_ if verdict.word != "cannot judge"]
    missed = f"{len(worlds_) - len(asked)} of {len(worlds_)} worlds do not have the rates of the claim"
    if 2 * len(asked) < len(worlds_):
        return Verdict("cannot judge", missed)
    whole = over_worlds(asked)
    return Verdict(whole.word, f"{whole.why}; {missed}" if len(asked) < len(worlds_) else whole.why)


def told_apart(settings: Mapping[str, Verdict]) -> Verdict:
    """One verdict of all settings in which the question arises."""
    asked = {name: v for name, v in settings.items() if v.word != "cannot judge"}
    return assumed.whole(asked) if asked else Verdict("cannot judge", "in no market do the rates of the claim occur")


# --- words ---


def loyal(made: Plan, t: pd.DataFrame, structure: str, name: str, place: int = 0, arm: str = "apart") -> np.ndarray:
    """A column of a firm over the worlds; place 0 is the loyal firm, 2 the disloyal one."""
    firm = list(made.world.firms)[place]
    own = t[(t.structure == structure) & (t.firm == firm) & (t.arm == arm)].sort_values("world")
    return own[name].to_numpy(float)


def first_line(made: Plan, t: pd.DataFrame, found: pd.DataFrame) -> Said:
    """Where the loyal firm grows, by its verdicts; whether it goes on winning as the example says."""
    s = made.settings
    by = settings_of(found, "S4-06")
    words = {x: by[f"{x.name}, loyal firm"].word for x in s.structures}
    told = {x: word if word in HEADS else "open" for x, word in words.items()}
    won = np.concatenate([loyal(made, t, x.name, "acquired_late") for x in s.structures])
    fewer = float((won < s.acquisition - s.margin).mean()) >= ENOUGH
    tail = (
        Said(", but wins fewer than the example says.", "，但争取到的客户少于例子所说。") if fewer else Said(".", "。")
    )
    if len(set(told.values())) == 1:
        head = HEADS[next(iter(told.values()))]
        return Said(head.en + tail.en, head.zh + tail.zh)
    parts = []
    for word, clause in CLAUSES.items():
        if names := [x.said for x, own in told.items() if own == word]:
            en, zh = " and where ".join(x.en for x in names), "、".join(x.zh for x in names)
            parts.append(Said(clause.en.format(en), clause.zh.format(zh)))
    english, chinese = ", ".join(p.en for p in parts), "，".join(p.zh for p in parts)
    return Said(f"The loyal firm {english}.", f"留得住客户的企业：{chinese}。")


HEADS = {
    "supported": Said("The loyal firm grows in every market", "留得住客户的企业在各种市场都增长"),
    "refuted": Said("The loyal firm does not grow in any market", "留得住客户的企业在各种市场都不增长"),
    "open": Said("Nobody can tell whether the loyal firm grows", "留得住客户的企业是否增长，说不准"),
}
CLAUSES = {
    "supported": Said("grows where {}", "{}时增长"), "refuted": Said("does not grow where {}", "{}时不增长"),
    "open": Said("may or may not grow where {}", "{}时说不准"),
}  # fmt: skip


def second_line(made: Plan, found: pd.DataFrame) -> Said:
    """Where a firm that stands still pays more for a customer and earns less."""
    by = settings_of(found, "S4-05")
    names = {x.name: x.said for x in made.settings.structures}
    yes = [names[k] for k in names if any(v.word == "supported" for n, v in by.items() if n.startswith(f"{k},"))]
    no = [names[k] for k in names if any(v.word == "refuted" for n, v in by.items() if n.startswith(f"{k},"))]
    both = [x for x in yes if x in no]
    yes, no = ([x for x in group if x not in both] for group in (yes, no))
    parts = []
    if yes:
        parts.append(Said(f"dearer to win where {experiment.listed(x.en for x in yes)}",
                          f"{'、'.join(x.zh for x in yes)}时，获客变贵、利润下降"))  # fmt: skip
    if no:
        parts.append(Said(f"not where {experiment.listed(x.en for x in no)}", f"{'、'.join(x.zh for x in no)}时则不会"))
    if not parts:
        return Said("Whether a firm that stands still pays more for each new customer cannot be told here.",
                    "停滞的企业获客是否变贵，这里说不准。")  # fmt: skip
    return Said(f"For a firm that stands still customers become {', '.join(p.en for p in parts)}." if yes else
                f"A firm that stands still does not pay more for new customers {parts[0].en.removeprefix('not ')}.",
                f"停滞的企业：{'；'.join(p.zh for p in parts)}。")  # fmt: skip


def sure_line(made: Plan, t: pd.DataFrame) -> Said:
    """Worlds and what carries them, then luck."""
    s, own = made.settings, t[(t.arm == "apart") & (t.firm == next(iter(made.world.firms)))]
    values = (own.growth - own.groupby("structure").growth.transform("median")).to_numpy(float)
    most = assumed.carrier(s.sizes, own.reset_index(drop=True), values)
    if n_worlds(made) < FEWEST:
        return TOO_FEW
    head = Said(
        f"The table has medians and ranges of {n_worlds(made)} worlds", f"表中为 {n_worlds(made)} 种情形的中位数和范围"
    )
    why = Said(".", "。")
    if most:
        why = Said(f", which differ mostly by {most.words}.", f"，差别主要来自{most.chinese}。")
    half, across = (
        float(((own.growth_high - own.growth_low) / 2.0).median()),
        float(np.ptp(np.quantile(values, (0.05, 0.95)))),
    )
    luck = Said("Luck of the runs is small beside it.", "运行的运气与之相比很小。")
    if not half < across / 4.0:
        luck = Said("Luck of the runs is of the same order.", "运行的运气也有同样大小。")
    return Said(head.en + why.en, head.zh + why.zh) + luck


CAUTION = Said(
    "that loyalty pays: what better service costs is assumed. That fewer leavers are more customers than otherwise is "
    "built in; that a firm grows is not. Budgets are fixed, prices cannot move.",
    "忠诚一定划算：改善服务的成本是假设的。流失少则客户比原本多，这由设定决定；企业会增长则不是。预算固定，价格不变。",
)


def rows_of(made: Plan, t: pd.DataFrame, found: pd.DataFrame) -> Table:
    """A row a structure: growth of the loyal and the disloyal firm, cost of a customer where nobody changes."""
    grown, rows = settings_of(found, "S4-06"), []
    for x in made.settings.structures:
        cells = [assumed.written(assumed.middle(loyal(made, t, x.name, "growth", place))) for place in (0, 2)]
        cost = assumed.middle(loyal(made, t, x.name, "cost_change", 1, "nobody"))[0]
        rows.append([x.said, *cells, f"{100 * cost:+.0f}", grown[f"{x.name}, loyal firm"].said])
    title = (
        Said("growth, % a year", "年增长，%"), Said("loyal firm", "留客好"), Said("disloyal", "留客差"),
        Said("cost of a customer if all are equal, %", "各家相同时获客成本变化，%"),
        Said("loyal firm grows", "留客好则增长"),
    )  # fmt: skip
    return Table(title, rows)


# --- the figure ---


def yearly(made: Plan, rows: pd.DataFrame) -> pd.DataFrame:
    """Customers by year in percent of the parting: median over worlds (means of their runs) and 90 % of them."""
    part = rows[rows.arm == "apart"]
    keys = ["structure", "firm", "world", "seed"]
    start = part[part.year == 0].set_index(keys).closing
    size = 100.0 * part.closing.to_numpy() / start.loc[list(part[keys].itertuples(index=False, name=None))].to_numpy()
    by_world = part.assign(size=size).groupby(["structure", "firm", "year", "world"], sort=False)["size"].mean()
    found = by_world.groupby(level=["structure", "firm", "year"], sort=False).quantile([0.05, 0.5, 0.95]).unstack()
    return found.rename(columns={0.05: "low", 0.5: "value", 0.95: "high"}).reset_index()


def draw(made: Plan, data: pd.DataFrame, title: Said):
    """A panel a structure: customers of the three firms, named by what they lose."""
    s = made.settings
    lost = dict(zip(made.world.firms, s.churn, strict=True))
    with charts.style():
        figure, panels = charts.sheet(9.0, 4.3, 1, len(s.structures), sharex=True, sharey=True, squeeze=False)
        for structure, axes in zip(s.structures, panels[0], strict=True):
            part = data[data.structure == structure.name]
            names = [str(Said(f"loses {100 * lost[firm]:g} %", f"流失 {100 * lost[firm]:g} %")) for firm in part.firm]
            axes.axhline(100.0, color=charts.PALE, linewidth=0.8, zorder=0)
            charts.lines_with_bands(axes, part.assign(line=names), "year")
            axes.set_ylim(0.0, 1.05 * data.high.max())
            axes.set_title(str(Said(structure.words.capitalize(), structure.chinese)), loc="left", fontsize=10)
            axes.set_xlabel(str(Said("years apart", "分开后的年数")))
        panels[0][0].set_ylabel(str(Said("customers, at the parting 100", "客户数，分开时为 100")))
        detail = Said(
            "Three equal firms with equal budgets for new customers; from year 0 on one serves better and one worse.\n"
            f"Medians of {n_worlds(made)} worlds; bands: 90 % of them.",
            "三家相同的企业，获客预算相同；从第 0 年起一家服务更好、一家更差。\n"
            f"{n_worlds(made)} 种情形的中位数；色带：其中 90 %。",
        )
        charts.headline(figure, "\n".join(wrapped(str(title), 72)), str(detail))
    return figure


# --- all together ---


def answer(made: Plan) -> experiment.Finding:
    """Fit, run, judge, draw."""
    check(made)
    s = made.settings
    draws = assumed.drawn(s.sizes, n_worlds(made), s.draws)
    small, large = bases(made), bases(made, s.people)
    prepare(small.values())
    jobs = [
        (made, small, large, at, {str(k): float(x) for k, x in row.items()})
        for at, row in enumerate(draws.to_dict("records"))
    ]
    names = [f"world={job[3]}" for job in jobs]
    rows = pd.concat(map_runs(lived, jobs, names, processes=made.world.compute.processes, label="worlds"))
    return told(made, windows(made, rows), yearly(made, rows), draws.assign(world=draws.index))


def told(made: Plan, runs: pd.DataFrame, data: pd.DataFrame, draws: pd.DataFrame) -> experiment.Finding:
    """The answer from saved tables alone: runs.csv, figure.csv, draws.csv."""
    runs, draws = experiment.as_saved(runs), experiment.as_saved(draws)
    t = table(made, runs, draws)
    found = judged(made, t)
    first = first_line(made, t, found)
    return experiment.Finding(
        question=Said(
            (__doc__ or "").splitlines()[0], "流失 5 %、10 %、15 % 的企业，获客是结果时还会各赢得 15 % 并增长吗？"
        ),
        reading=Reading(first, second_line(made, found), sure_line(made, t), rows_of(made, t, found)),
        verdicts={claim: told_apart(settings_of(found, claim)) for claim in ("S4-05", "S4-06")},
        caution=CAUTION,
        table=t,
        draw=partial(draw, made, data, first),
        data=data,
        more={"runs": runs, "verdicts": found, "draws": draws},
        numbers={"card": assumed.card(made.settings)},
    )


EXPERIMENT = experiment.Script("retention_emergent", Emergent, answer)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT, sys.argv[1:]))
