"""Does five more points of customer retention raise a firm's profit by 25 to 85 %?

Why it is contested   The figure (claim S4-14) goes back to cases of firms that cut their defections. In part it is
                      arithmetic: with retention r and discount rate i a customer is worth .05/(1+i-r-.05) more. That
                      needs a high r, no cost, and rivals who do not answer. "5 %" is also read as 5 % of retention.
Design                Three industries in which a tenth to a fifth of the customers leave a year; the leader is the
                      focal firm. Its contracts keep five more of a hundred for nothing (arithmetic); then rewards or
                      better service must earn them, and cost what they cost; then rivals copy. What it costs and what
                      it is worth nobody knows: it is drawn anew in each of many worlds. Terms are fitted in each world
                      on seeds that no verdict sees; a world that misses five points on its judged seeds is not judged.
What would change     Four worlds of five in which profit after cost, alone or copied, rises by 25 to 85 %. Control: for
our mind              nothing it must come out on either side of 25 % with another discount rate or horizon.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from loyaltysim import contract
from loyaltysim.cli.experiment import main
from loyaltysim.configure.compose import components
from loyaltysim.market.model import Market
from loyaltysim.measures.statistics import Estimate, ratio_of_means
from loyaltysim.measures.verdict import Verdict, lies_within, over_worlds, percent
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
STEPS = 6  # of a fit at most
APART = 1000  # seeds between two worlds
STAGES = ("alone", "copied")
COST = ["touchpoints", "recovery", "reward_cost", "liability_change", "fixed_cost"]


@dataclass(frozen=True)
class Cause:
    """What the focal firm does to keep customers, and the key whose value is fitted."""

    name: str = term("", "name")
    label: str = term("", "")
    key: str = term("", "key")
    start: float = term(1.0, "", 0.0)
    high: float = term(1.0, "", 0.0)
    change: tuple[str, ...] = term((), "key=value", doc="the rest of it")


@dataclass(frozen=True)
class Industry:
    """A market of contracts and what is different in it."""

    name: str = term("", "name")
    words: str = term("", "")
    chinese: str = term("", "")
    market: str = term("", "market")
    change: tuple[str, ...] = term((), "key=value")

    @property
    def said(self) -> Said:
        """Its name in both languages."""
        return Said(self.words, self.chinese)


@dataclass(frozen=True)
class ProfitOfRetention:
    """What varies and how it is judged."""

    claims: tuple[str, ...] = term((), "row of the claims' sources")
    low: float = term(0.25, "share of profit", -1.0, 100.0)
    high: float = term(0.85, "share of profit", -1.0, 100.0)
    points: float = term(0.05, "share of customers a year", 0.001, 0.5)
    relative: float = term(0.05, "share of retention", 0.001, 0.5)
    discount: float = term(0.10, "a year", 0.0, 1.0)
    measured: tuple[int, ...] = term((53, 208), "weeks", 1, 5200, doc="first and last in which retention is measured")
    tolerance: float = term(0.015, "share of customers a year", 1e-6, 0.1, doc="a gain further off is not judged")
    near: float = term(0.003, "share of customers a year", 1e-6, 0.1, doc="a fit this close ends")
    fit_seed: int = term(1_000_001, "", 0, 2**62)
    fit_runs: int = term(2, "runs", 1, 1000)
    worlds_per_run: int = term(3, "worlds", 1, 1000)
    world_runs: int = term(3, "runs", 2, APART)
    world_customers: int = term(800, "customers", 1, 10_000_000)
    draws: int = term(20, "", 0, 2**62, doc="seed of the draws of sizes")
    newcomers: float = term(4.0, "times the expected", 3.0, 1000.0, doc="people outside who may come")
    industries: tuple[Industry, ...] = term((), "")
    sizes: tuple[Assumed, ...] = term((), "")
    causes: tuple[Cause, ...] = term((), "")


Plan = experiment.Plan[ProfitOfRetention]


# --- worlds ---


def market(made: Plan, industry: Industry, more: Sequence[str] = (), n: int = 0) -> Scenario:
    """An industry in which as many people come as leave, so that firms with the published churn stay as they are."""
    n = n or made.world.customers.n
    bare = made.changed([f"market={industry.market}", *industry.change])
    terms = bare.behaviour["renewal"]
    leaving = terms.exit_share * mean_churn(terms) * n / YEAR  # customers a week
    pool = max(1, math.ceil(made.settings.newcomers * leaving * bare.weeks))
    come = [f"behaviour.arrivals.pool={pool}", f"behaviour.arrivals.weekly={leaving / pool:.12f}"]
    return made.changed([f"market={industry.market}", *industry.change, f"customers.n={n}", *come, *more])


def mean_churn(terms) -> float:
    """Share of customers of all tenures who leave in a year, in a market that has admitted equally many each year."""
    tenure = np.arange(terms.age + 1)
    there = contract.sbg_survival(terms.a, terms.b, tenure)
    return float((there * terms.a / (terms.a + terms.b + tenure)).sum() / there.sum())


def bases(made: Plan, industry: Industry) -> dict[str, Scenario]:
    """What the worlds of an industry are made of: nobody acts, each cause alone, each cause copied."""
    n = made.settings.world_customers
    found = {"base": market(made, industry, n=n)}
    for cause in made.settings.causes:
        found[cause.name] = market(made, industry, cause.change, n)
        found[f"{cause.name}_copied"] = market(made, industry, [*cause.change, "rivals=imitate"], n)
    return found


def world(base: Scenario, values: Mapping[str, float]) -> Scenario:
    """A base as one draw has it; what it has no place for is left out."""
    copies = any("imitate" in firm.policy for name, firm in base.firms.items() if name != base.focal)
    here = {k: x for k, x in values.items() if "." in k and (copies or not k.startswith("rivals."))}
    whole = {k: round(x) if k.endswith(".lag") else x for k, x in here.items()}
    return worlds.world(base, whole)


def acting(world: Scenario, cause: Cause, value: float, cost_of_worth: float) -> Scenario:
    """A world in which the focal firm does it this much; better service costs a share of what customers find it worth.

    Lasting worth: premium x (1 - disconfirmation) x quality, as a share of the bill.
    """
    said = {cause.key: value}
    if cause.key.endswith("service.quality"):
        feel = world.behaviour["experience"]
        worth = feel.premium * (1.0 - feel.disconfirmation) * value * world.market.basket.mean
        said["program.service.unit_cost"] = cost_of_worth * worth
    return changed(world, said, components())


def check(made: Plan) -> None:
    """Refuse industries without contracts, broken years, and terms fitted on judged seeds. Raises ConfigError."""
    s, problems = made.settings, assumed.wrong(made.settings.sizes, "experiment.sizes")
    for industry in s.industries:
        if made.changed([f"market={industry.market}", *industry.change]).market.setting != "contract":
            why = "has no contracts: nobody leaves a shop, so its retention is repeat buying and cannot be judged here"
            problems.append(Problem("experiment.industries", why, industry.market))
    if made.world.weeks % (2 * YEAR) or len(s.measured) != 2 or s.measured[1] > made.world.weeks:
        problems.append(Problem("weeks", "is an even number of years that holds experiment.measured", made.world.weeks))
    judged, fitted = (seeds(made, first) for first in (made.world.seed, s.fit_seed))
    problems += assumed.overlap(fitted, judged, "experiment.fit_seed")
    if problems:
        raise ConfigError(problems)


def seeds(made: Plan, first: int) -> range:
    """All seeds that are used from a first one on: what is for nothing, and a thousand places a world."""
    return range(first, first + max(made.world.seeds, APART * (n_worlds(made) + 1)))


def n_worlds(made: Plan) -> int:
    """How many worlds are drawn in each industry."""
    return made.settings.worlds_per_run * made.world.seeds


# --- runs ---


def keep(made: Plan, world: Scenario, seed: int) -> dict[str, float]:
    """Run one world of one seed, read the focal firm. Money in cents.

    retention : share of contracts renewed in the measured weeks
    pv, pv_plain, pv_half : profit with and without discount, and discounted over half the horizon;  last : last year
    cost : of what it does, discounted
    """
    weekly = Market(world, seed).run().weekly
    mine = weekly[weekly.firm == world.focal].set_index("week")
    part = mine.loc[made.settings.measured[0] : made.settings.measured[1]]
    worth = (1.0 + made.settings.discount) ** (-mine.index.to_numpy() / YEAR)
    profit = mine.profit.to_numpy(float)
    half = made.world.weeks // 2
    row = {"retention": 1.0 - (part.lost.sum() + part.exited.sum()) / part.renewals.sum()}
    row |= {"pv": worth @ profit, "pv_plain": profit.sum(), "pv_half": worth[:half] @ profit[:half]}
    return row | {"last": profit[-YEAR:].sum(), "cost": worth @ mine[COST].sum(axis=1).to_numpy(float)}


def retention(made: Plan, world: Scenario, fitting: Sequence[int]) -> float:
    """Mean retention in the measured weeks, over seeds that terms are fitted on."""
    short = replace(world, weeks=min(world.weeks, made.settings.measured[1] + 1))
    return float(np.mean([keep(made, short, seed)["retention"] for seed in fitting]))


def free(job: tuple[Plan, Industry]) -> list[dict]:
    """What is for nothing: churn of new contracts fitted so that five points, or 5 %, more stay; then the judged runs.

    -> a row an arm (base, points, relative) and seed
    """
    made, industry = job
    s, here = made.settings, market(made, industry)
    fitting = range(s.fit_seed, s.fit_seed + s.fit_runs)
    terms, kept = here.behaviour["renewal"], retention(made, here, fitting)
    most, key = terms.a / (terms.a + terms.b), f"firms.{here.focal}.churn"
    arms = {"base": here}
    for name, gain in (("points", s.points), ("relative", kept * s.relative)):

        def gap(x: float, goal: float = kept + gain) -> float:
            return retention(made, changed(here, {key: x}, components()), fitting) - goal

        arms[name] = changed(here, {key: assumed.sought(gap, 0.01 * most, most, s.near / 3.0)}, components())
    judged = range(made.world.seed, made.world.seed + made.world.seeds)
    return [
        {"industry": industry.name, "arm": name, "seed": seed, **keep(made, arm, seed)}
        for name, arm in arms.items()
        for seed in judged
    ]


def earned(job: tuple[Plan, Industry, dict[str, Scenario], int, dict[str, float]]) -> list[dict]:
    """One world: terms of each cause fitted on its own seeds, then the judged runs. -> a row an arm and seed"""
    made, industry, made_of, at, values = job
    s = made.settings
    first = APART * (at + 1)
    fitting = range(s.fit_seed + first, s.fit_seed + first + s.fit_runs)
    here = {name: world(base, values) for name, base in made_of.items()}
    kept, cost = retention(made, here["base"], fitting), values["cost_of_worth"]
    arms, terms = {"base": here["base"]}, {"base": 0.0}
    for cause in s.causes:
        gained = lambda x, c=cause: retention(made, acting(here[c.name], c, x, cost), fitting) - kept  # noqa: E731
        term = fitted(gained, s.points, first_guess(here["base"], cause), cause.high, s.near)
        for name in (cause.name, f"{cause.name}_copied"):
            arms[name], terms[name] = acting(here[name], cause, term, cost), term
    return [
        {
            "industry": industry.name,
            "world": at,
            "arm": name,
            "seed": seed,
            "term": terms[name],
            **keep(made, arm, seed),
        }
        for name, arm in arms.items()
        for seed in range(made.world.seed + first, made.world.seed + first + s.world_runs)
    ]


def first_guess(world: Scenario, cause: Cause) -> float:
    """Where a fit begins: the stronger customers react, and the more satisfaction is worth, the less is needed."""
    pull = world.customers.price_sensitivity / 3.0
    return cause.start / (pull * world.behaviour["experience"].premium / 0.2 if "quality" in cause.key else pull)


def fitted(gained: Callable[[float], float], goal: float, start: float, high: float, near: float) -> float:
    """The term that gains what is wanted: scaled by what was gained so far; the nearest point seen in a few steps."""
    x, seen = min(start, high), dict[float, float]()
    for _ in range(STEPS):
        seen[x] = gained(x) - goal
        if abs(seen[x]) <= near:
            break
        x = min(high, x * min(2.0, max(0.5, goal / max(seen[x] + goal, 1e-9))))
        if x in seen:
            break
    return min(seen, key=lambda at: abs(seen[at]))


# --- what is read off the runs ---


def arithmetic(made: Plan, runs: pd.DataFrame) -> pd.DataFrame:
    """Five points or 5 % for nothing, by industry and by how profit is counted: arithmetic, no evidence.

    runs : of `free`. -> industry, how, value, low, high; gained: points of retention; verdict: in the range or not
    The first rows are the closed form of one customer's value at the retention of the base world.
    """
    s, years, found = made.settings, made.world.weeks // YEAR, []
    for industry in s.industries:
        arms = {name: rows.set_index("seed") for name, rows in runs[runs.industry == industry.name].groupby("arm")}
        kept = float(arms["base"].retention.mean())
        for discount in (0.0, s.discount):
            gain = float(contract.gain_from_retention(kept, discount, s.points)) if kept + s.points < 1.0 else np.inf
            how = f"one customer for ever, discount {percent(discount)}"
            found.append({"industry": industry.name, "how": how, "value": gain, "low": gain, "high": gain})
            found[-1] |= {"gained": s.points}
        counts = {
            f"{years} years, discount {percent(s.discount)}": ("points", "pv"),
            f"{years} years, no discount": ("points", "pv_plain"),
            f"{years // 2} years, discount {percent(s.discount)}": ("points", "pv_half"),
            f"year {years} alone": ("points", "last"),
            f"{100 * s.relative:g} % of retention, {years} years": ("relative", "pv"),
        }
        for how, (arm, what) in counts.items():
            e = ratio_of_means(arms[arm][what] - arms["base"][what], arms["base"][what], "share")
            gained = float((arms[arm].retention - arms["base"].retention).mean())
            row = {"industry": industry.name, "how": how, "gained": gained, **spread("value", e)}
            found.append({**row, "low": row["value_low"], "high": row["value_high"]})
    data = pd.DataFrame(found)
    data["verdict"] = [lies_within(Estimate(r.value, r.low, r.high, 0.95, "", 0), s.low, s.high).word
                       for r in data.itertuples()]  # fmt: skip
    return data[["industry", "how", "value", "low", "high", "gained", "verdict"]].round(12)


def table(made: Plan, runs: pd.DataFrame, draws: pd.DataFrame) -> pd.DataFrame:
    """A row an industry, world and cause: profit against nobody acting, as a share of it, alone and copied.

    runs : of `earned`;  break_even : how many times its cost it could cost and still pay, alone
    """
    s, found = made.settings, []
    for (industry, at), rows in runs.groupby(["industry", "world"], sort=False):
        arms = {name: own.set_index("seed") for name, own in rows.groupby("arm")}
        base = arms["base"]
        for cause in s.causes:
            alone, copy = arms[cause.name], arms[f"{cause.name}_copied"]
            row = {"industry": industry, "world": at, "cause": cause.name, "term": alone.term.iloc[0]}
            row |= {"kept": base.retention.mean(), "gained": (alone.retention - base.retention).mean()}
            row |= spread("alone", ratio_of_means(alone.pv - base.pv, base.pv, "share"))
            row |= spread("copied", ratio_of_means(copy.pv - base.pv, base.pv, "share"))
            row["break_even"] = float(((alone.pv + alone.cost - base.pv).mean()) / alone.cost.mean())
            for stage in STAGES:
                row[f"verdict_{stage}"] = judged(made, read_off(row, stage), row["gained"]).word
            found.append(row)
    return pd.DataFrame(found).merge(draws, on="world").round(12)


def judged(made: Plan, found: Estimate, gained: float) -> Verdict:
    """Does the whole interval lie where the claim says? Not judged where more or fewer points are gained."""
    s = made.settings
    if abs(gained - s.points) > s.tolerance:
        return Verdict("cannot judge", f"{100 * gained:.1f} points are gained, not {100 * s.points:.1f}")
    return lies_within(found, s.low, s.high)


def read_off(row: Mapping[str, float], name: str) -> Estimate:
    """The three columns of an estimate."""
    value, low, high = (None if np.isnan(row[n]) else float(row[n]) for n in (name, f"{name}_low", f"{name}_high"))
    return Estimate(value, low, high, 0.95, "share", 0)


def cheaper(t: pd.DataFrame, stage: str) -> pd.DataFrame:
    """Of each world the way that earns more, among those that reach the points; a row an industry and world."""
    reached = t.assign(rank=t[stage].where(t[f"verdict_{stage}"] != "cannot judge", -np.inf))
    best = reached.sort_values("rank", ascending=False, kind="stable").drop_duplicates(["industry", "world"])
    best = best.sort_values(["industry", "world"]).reset_index(drop=True)
    best.loc[best[f"verdict_{stage}"] == "cannot judge", stage] = np.nan
    return best


def settings_of(made: Plan, t: pd.DataFrame) -> dict[str, Verdict]:
    """What became of the claim where the points must be earned, by industry, alone and copied."""
    found = {}
    for industry in made.settings.industries:
        for stage in STAGES:
            best = cheaper(t, stage)
            words = best[best.industry == industry.name][f"verdict_{stage}"]
            found[f"{industry.name} {stage}"] = over_worlds(Verdict(word, "") for word in words)
    return found


# --- words ---

ALL_LOSE = Said("Keeping more customers lowers profit when it must be paid for and rivals copy.",
                "要花钱才能多留住客户、又被对手跟进时，利润反而下降。")  # fmt: skip
IN_RANGE = Said("Paid for and copied, more retention still raises profit by as much as claimed.",
                "花了钱、又被对手跟进，多留住客户仍按说法增加利润。")  # fmt: skip
LITTLE = Said("Keeping more customers raises profit even when paid for, but not by what is claimed.",
              "花钱多留住客户，利润会上升，但不是说法里的幅度。")  # fmt: skip
NOBODY_KNOWS = Said("Whether paying for more retention pays, nobody can tell: it hangs on what is not known.",
                    "花钱多留住客户是否划算，现在说不准：取决于未知的条件。")  # fmt: skip


def outcome(values: np.ndarray) -> str:
    """Of an industry: pays or loses in four worlds of five, else open."""
    sound = values[np.isfinite(values)]
    if len(sound) == 0 or len(sound) < 0.5 * len(values):
        return "open"
    share = float((sound > 0.0).mean())
    return "pays" if share >= 0.8 else "loses" if share <= 0.2 else "open"


def first_line(made: Plan, t: pd.DataFrame, settings: Mapping[str, Verdict]) -> Said:
    """What happens to profit once rivals have copied."""
    best = cheaper(t, "copied")
    found = {x: outcome(best[best.industry == x.name].copied.to_numpy(float)) for x in made.settings.industries}
    words = set(found.values())
    if all(settings[f"{x.name} copied"].word == "supported" for x in found):
        return IN_RANGE
    if words == {"loses"}:
        return ALL_LOSE
    if words == {"pays"}:
        return LITTLE
    if words == {"open"}:
        return NOBODY_KNOWS
    groups = {word: [x.said for x, own in found.items() if own == word] for word in ("pays", "loses", "open")}
    parts = []
    for word, english, chinese in (("pays", "pays in {}", "在{}划算"), ("loses", "loses in {}", "在{}亏钱"),
                                   ("open", "is open in {}", "在{}说不准")):  # fmt: skip
        if names := groups[word]:
            en, zh = experiment.listed(x.en for x in names), "、".join(x.zh for x in names)
            parts.append(Said(english.format(en), chinese.format(zh)))
    return Said(
        f"Keeping more customers, once paid for and copied, {', '.join(p.en for p in parts)}.",
        f"花钱多留住客户、又被跟进时：{'，'.join(p.zh for p in parts)}。",
    )


def second_line(made: Plan, t: pd.DataFrame) -> Said:
    """What would turn it: its cost, and whether rivals answer."""
    best = cheaper(t, "alone")
    sound = best[np.isfinite(best.alone)]
    if sound.empty:
        return Said("In no world did the firm reach the points, so nothing can be said.",
                    "没有一种情形达到目标，无从判断。")  # fmt: skip
    times, gap = float(sound.break_even.median()), float((best.alone - cheaper(t, "copied").copied).median())
    if times <= 0.0:
        cost = Said("Even uncopied and at no cost it would not pay", "即使不被跟进、不花钱也不划算")
    elif times >= 1.0:
        cost = Said(
            f"Uncopied it pays as long as it costs less than {times:.1f} times what is assumed",
            f"不被跟进时，成本不超过假设的 {times:.1f} 倍就划算",
        )
    else:
        cost = Said(
            f"Even uncopied it would pay only if it cost less than {percent(times)} of what is assumed",
            f"即使不被跟进，成本也要低于假设的 {percent(times)} 才划算",
        )
    taken = Said("; copies take profit away.", "；对手跟进会拿走利润。")
    end = taken if gap > 0.01 else Said("; copies hardly matter.", "；对手跟进影响不大。")
    return Said(cost.en + end.en, cost.zh + end.zh)


def sure_line(made: Plan, t: pd.DataFrame) -> Said:
    """Worlds and what carries them, then luck."""
    s, best = made.settings, cheaper(t, "copied")
    values = best.copied - best.groupby("industry").copied.transform("median")
    most = assumed.carrier(s.sizes, best, values.to_numpy(float))
    if n_worlds(made) < FEWEST:
        return TOO_FEW
    worlds_ = Said(f"The table has medians and ranges of {n_worlds(made)} worlds for each industry",
                   f"表中为每个行业 {n_worlds(made)} 种情形的中位数和范围")  # fmt: skip
    why = Said(".", "。")
    if most:
        why = Said(f", mostly because nobody knows {most.words}.", f"，主要因为没人知道{most.chinese}。")
    half = float(((best.copied_high - best.copied_low) / 2.0).median())
    ends = best.groupby("industry").copied.quantile([0.05, 0.95]).unstack()
    across = float((ends[0.95] - ends[0.05]).mean())
    luck = Said("Luck of the runs is small beside it.", "运行的运气与之相比很小。")
    if not half < across / 4.0:
        luck = Said("Luck of the runs is of the same order.", "运行的运气也有同样大小。")
    return Said(worlds_.en + why.en, worlds_.zh + why.zh) + luck


def caution(made: Plan) -> Said:
    """What not to conclude."""
    years = made.world.weeks // YEAR
    return Said(
        f"that retention does not pay. Gifts are arithmetic over {years} years, moved by horizon and discount, and "
        "count for nothing. Churn is quoted, the rest assumed; prices cannot move. Groceries: cannot judge, nobody "
        "leaves a shop.",
        f"留存不划算。白得部分只是 {years} 年的算术，随年限和折现率而变，不作证据。"
        "流失率有出处，其余为假设；价格不变。超市无法判断：没有合同就无所谓流失。",
    )  # fmt: skip


def rows_of(made: Plan, t: pd.DataFrame, gifts: pd.DataFrame, settings: Mapping[str, Verdict]) -> Table:
    """A row an industry: for nothing, then the better of two ways to earn it, alone and copied."""
    years, rows = made.world.weeks // YEAR, []
    for industry in made.settings.industries:
        own = gifts[(gifts.industry == industry.name) & gifts.how.str.match(rf"{years} years, discount")]
        cells = []
        for stage in STAGES:
            best = cheaper(t, stage)
            cells.append(assumed.written(assumed.middle(best[best.industry == industry.name][stage].to_numpy(float))))
        word = settings[f"{industry.name} copied"].said
        rows.append([industry.said, f"{100 * own.value.iloc[0]:.0f}", *cells, word])
    title = (
        Said("change of profit, %", "利润变化，%"), Said("for nothing", "白得"), Said("earned", "花钱换来"),
        Said("and copied", "又被跟进"), Said("the claim", "说法"),
    )  # fmt: skip
    return Table(title, rows)


# --- the figure ---


def lines(made: Plan, t: pd.DataFrame, gifts: pd.DataFrame) -> pd.DataFrame:
    """What is drawn, in percent: twenty years for nothing, then earned alone and copied over worlds."""
    years, rows = made.world.weeks // YEAR, []
    for industry in made.settings.industries:
        own = gifts[(gifts.industry == industry.name) & gifts.how.str.match(rf"{years} years, discount")].iloc[0]
        rows.append({"industry": industry.name, "way": "gift", "value": own.value, "low": own.low, "high": own.high})
        for stage in STAGES:
            best = cheaper(t, stage)
            value, low, high = assumed.middle(best[best.industry == industry.name][stage].to_numpy(float))
            rows.append({"industry": industry.name, "way": stage, "value": value, "low": low, "high": high})
    data = pd.DataFrame(rows)
    data[["value", "low", "high"]] *= 100.0
    return data


WAYS = {
    "gift": Said("for nothing", "白得"), "alone": Said("paid for", "花钱"),
    "copied": Said("paid for and copied", "花钱又被跟进"),
}  # fmt: skip


def draw(made: Plan, data: pd.DataFrame, title: Said):
    """One panel: an industry has three rows in two brackets, for nothing and earned; the band is the claim."""
    s, blocks = made.settings, len(made.settings.industries)
    with charts.style():
        figure, axes = charts.sheet(8.0, 1.15 * blocks + 1.9)
        axes.axvspan(100 * s.low, 100 * s.high, color=charts.PALE, alpha=0.6, linewidth=0)
        axes.axvline(0.0, color=charts.GREY, linewidth=0.8)
        labels, places = [], []
        for k, industry in enumerate(s.industries):
            for j, (way, words) in enumerate(WAYS.items()):
                row = data[(data.industry == industry.name) & (data.way == way)].iloc[0]
                at, colour = -(4.0 * k + j), charts.GREEN if way == "gift" else charts.VERMILION
                ends = [[max(0.0, row.value - row.low)], [max(0.0, row.high - row.value)]]
                axes.errorbar(
                    [row.value], [at], xerr=ends, fmt="o", color=colour, markersize=7, elinewidth=2, capsize=3
                )
                if np.isfinite(row.value):
                    axes.annotate(f"{row.value:+.0f} %", (row.value, at), xytext=(0, 6), textcoords="offset points",
                                  ha="center", color=colour, fontsize=charts.SMALL, fontweight="bold")  # fmt: skip
                places.append(at)
                labels.append(f"{str(industry.said).capitalize()}: {words}" if j == 0 else str(words))
        axes.set_yticks(places, labels)
        axes.set_ylim(min(places) - 0.7, 1.3)
        axes.margins(x=0.08)
        axes.text(
            100 * s.low, 1.0, str(Said(" the claim", " 说法")), va="top", fontsize=charts.SMALL, color=charts.GREY
        )
        axes.set_xlabel(str(Said("change of the leader's profit over the horizon, %", "领先企业的总利润变化，%")))
        years, points = made.world.weeks // YEAR, f"{100 * s.points:g}"
        detail = Said(
            f"{points} of 100 customers more stay each year; profit over {years} years, discounted. Green: a gift. "
            f"Red: paid for by rewards\nor better service, whichever is better; bars: 90 % of {n_worlds(made)} worlds.",
            f"每年每 100 名客户多留住 {points} 名；{years} 年利润，已折现。绿：白得。红：用奖励或服务换来，取较好者；\n"
            f"线段：{n_worlds(made)} 种情形的 90 %。",
        )
        charts.headline(figure, "\n".join(wrapped(str(title), 64)), str(detail))
    return figure


# --- all together ---


def answer(made: Plan) -> experiment.Finding:
    """Fit, run, judge, draw."""
    check(made)
    s, processes = made.settings, made.world.compute.processes
    gifts = map_runs(free, [(made, x) for x in s.industries], [x.name for x in s.industries], processes=processes)
    draws = assumed.drawn(s.sizes, n_worlds(made), s.draws)
    jobs, names = [], []
    for industry in s.industries:
        made_of = bases(made, industry)
        prepare(made_of.values())
        for at, values in enumerate(draws.to_dict("records")):
            jobs.append((made, industry, made_of, at, {str(k): float(x) for k, x in values.items()}))
            names.append(f"{industry.name} world={at}")
    done = map_runs(earned, jobs, names, processes=processes, label="worlds")
    flat = [pd.DataFrame([row for part in parts for row in part]) for parts in (gifts, done)]
    return told(made, *flat, draws.assign(world=draws.index))


def told(made: Plan, gifts: pd.DataFrame, runs: pd.DataFrame, draws: pd.DataFrame) -> experiment.Finding:
    """The answer from saved tables alone: gifts.csv, runs.csv, draws.csv."""
    gifts, runs, draws = (experiment.as_saved(x) for x in (gifts, runs, draws))
    t, counted = table(made, runs, draws), arithmetic(made, gifts)
    settings, data = settings_of(made, t), lines(made, t, counted)
    first = first_line(made, t, settings)
    reading = Reading(first, second_line(made, t), sure_line(made, t), rows_of(made, t, counted, settings))
    found = [{"setting": name, "verdict": v.word, "why": v.why} for name, v in settings.items()]
    return experiment.Finding(
        question=Said((__doc__ or "").splitlines()[0], "留存率提高 5 个点，利润会增加 25 % 到 85 % 吗？"),
        reading=reading,
        verdicts={"S4-14": assumed.whole(settings)},
        caution=caution(made),
        table=t,
        draw=partial(draw, made, data, first),
        data=data,
        more={"gifts": gifts, "runs": runs, "draws": draws, "arithmetic": counted, "verdicts": pd.DataFrame(found)},
        numbers={"card": assumed.card(made.settings)},
    )


EXPERIMENT = experiment.Script("profit_of_retention", ProfitOfRetention, answer)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT, sys.argv[1:]))
