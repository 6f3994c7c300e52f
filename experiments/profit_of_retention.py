"""Does five more points of customer retention raise a firm's profit by 25 to 85 %?

Why it is contested   The figure (claim S4-14) goes back to cases of firms that cut their defections. In part it is
                      arithmetic: with retention r and discount rate i a customer is worth .05/(1+i-r-.05) more. That
                      needs a high r, no cost, and rivals who do not answer. "5 %" is also read as 5 % of retention.
Design                Three industries with published churn; the leader is the focal firm. Its contracts are given five
                      points more retention for nothing (arithmetic); then rewards or better service must earn the same
                      five points, and cost what they cost (behaviour); then rivals copy (rivals). Terms are sought on
                      the runs that are judged, so that these gain five points on average; what misses them is not
                      judged. Profit is present value over the horizon, with common seeds; the parts add up.
What would change     An interval that lies in 25 to 85 % after cost and copies, in an industry. Control: the arithmetic
our mind              itself must come out on either side of 25 % with another discount rate or horizon.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from loyaltysim import contract
from loyaltysim.cli.experiment import main
from loyaltysim.market.model import Market
from loyaltysim.measures.statistics import Estimate, ratio_of_means
from loyaltysim.measures.verdict import Verdict, lies_within, percent, taken_together
from loyaltysim.present import charts
from loyaltysim.runs.pool import map_runs
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.scenario.terms import term
from loyaltysim.studies import experiment
from loyaltysim.studies.experiment import interval, listed, spread

YEAR = 52  # weeks
COST = ["touchpoints", "recovery", "reward_cost", "liability_change", "fixed_cost"]


@dataclass(frozen=True)
class Cause:
    """What the focal firm does to keep customers, and the key whose value is sought."""

    name: str = term("", "name")
    label: str = term("", "")
    key: str = term("", "key")
    low: float = term(0.0, "")
    high: float = term(1.0, "")
    change: tuple[str, ...] = term((), "key=value", doc="the rest of it")


@dataclass(frozen=True)
class ProfitOfRetention:
    """What varies and how it is judged."""

    claims: tuple[str, ...] = term((), "row of the claims' sources")
    low: float = term(0.25, "share of profit", -1.0, 100.0)
    high: float = term(0.85, "share of profit", -1.0, 100.0)
    points: float = term(0.05, "share of customers a year", 0.0, 0.5)
    relative: float = term(0.05, "share of retention", 0.0, 0.5)
    discount: float = term(0.10, "a year", 0.0, 1.0)
    measured: tuple[int, ...] = term(
        (53, 208), "weeks", 1, 5200, doc="first and last, over which retention is measured"
    )
    margin: float = term(0.05, "share of profit", 1e-6, 1.0, doc="smallest effect of interest")
    lag: int = term(26, "weeks", 1, 520, doc="until rivals copy")
    tolerance: float = term(0.003, "share of customers a year", 1e-6, 0.1, doc="a gain further off is not judged")
    newcomers: float = term(10.0, "times the expected", 3.0, 1000.0, doc="people outside who may come")
    worth_cost: float = term(0.5, "money per money of worth", 0.0, 10.0, doc="what better service costs")
    industries: tuple[str, ...] = term((), "market")
    causes: tuple[Cause, ...] = term((), "")


Plan = experiment.Plan[ProfitOfRetention]


# --- worlds ---


def market(made: Plan, industry: str, more: Sequence[str] = (), people: int = 1) -> Scenario:
    """An industry in which as many people come as leave, so that firms with the published churn stay as they are."""
    n = made.world.customers.n * people
    bare = made.changed([f"market={industry}"])
    terms = bare.behaviour["renewal"]
    leaving = terms.exit_share * mean_churn(terms) * n / YEAR  # customers a week
    pool = max(1, math.ceil(made.settings.newcomers * leaving * bare.weeks))
    come = [f"behaviour.arrivals.pool={pool}", f"behaviour.arrivals.weekly={leaving / pool:.12f}"]
    return made.changed([f"market={industry}", f"customers.n={n}", *come, *more])


def mean_churn(terms) -> float:
    """Share of customers of all tenures who leave in a year, in a market that has admitted equally many each year."""
    tenure = np.arange(terms.age + 1)
    there = contract.sbg_survival(terms.a, terms.b, tenure)
    return float((there * terms.a / (terms.a + terms.b + tenure)).sum() / there.sum())


def does(made: Plan, industry: str, cause: Cause, value: float) -> list[str]:
    """What the focal firm does, as overrides; better service costs a share of what it is worth to customers."""
    said = [f"{cause.key}={value:.6f}"]
    if cause.key.endswith("service.quality"):
        bare = made.changed([f"market={industry}"])
        feel = bare.behaviour["experience"]
        worth = feel.premium * (1.0 - feel.disconfirmation) * value * bare.market.basket.mean
        said.append(f"program.service.unit_cost={made.settings.worth_cost * worth:.6f}")
    return [*(text for text in cause.change if text.partition("=")[0] != cause.key), *said]


def copied(made: Plan) -> list[str]:
    """Rivals that do what the focal firm did some weeks ago."""
    return ["rivals=imitate", f"rivals.policy.imitate.lag={made.settings.lag}"]


def arms(made: Plan, found: Mapping[str, Mapping[str, float]]) -> dict[str, Scenario]:
    """Every world by name, `<industry>/<arm>`: base, points and relative for nothing, each cause alone and copied."""
    worlds = {}
    for industry, values in found.items():
        churn = {name: [f"firms.{focal(made, industry)}.churn={values[name]:.9f}"] for name in ("points", "relative")}
        own = {"base": [], **churn}
        for cause in made.settings.causes:
            act = does(made, industry, cause, values[cause.name])
            own |= {cause.name: act, f"{cause.name}_copied": [*act, *copied(made)]}
        worlds |= {f"{industry}/{name}": market(made, industry, more) for name, more in own.items()}
    return worlds


def focal(made: Plan, industry: str) -> str:
    """The firm in question: the leader."""
    name = made.changed([f"market={industry}"]).focal
    assert name is not None
    return name


def check(made: Plan) -> None:
    """Refuse industries without contracts, and a horizon that is no whole number of years. Raises ConfigError."""
    s, problems = made.settings, []
    for industry in s.industries:
        if made.changed([f"market={industry}"]).market.setting != "contract":
            why = "has no contracts: nobody leaves a shop, so its retention is repeat buying and cannot be judged here"
            problems.append(Problem("experiment.industries", why, industry))
    if made.world.weeks % YEAR or len(s.measured) != 2 or s.measured[1] > made.world.weeks:
        problems.append(Problem("weeks", "is a whole number of years that holds experiment.measured", made.world.weeks))
    if problems:
        raise ConfigError(problems)


# --- runs ---


def keep(job: tuple[tuple[Scenario, tuple[int, ...], float], int]) -> dict[str, float]:
    """Run one world of one seed, read the focal firm. Money in cents.

    retention : share of contracts renewed in the measured weeks;  won : customers acquired, from rivals or new
    pv, pv_plain, pv_half : profit with and without discount, and discounted over half the horizon;  last : last year
    cost : of the program, discounted;  rivals : profit of all other firms, discounted
    """
    (world, measured, discount), seed = job
    weekly = Market(world, seed).run().weekly
    mine = weekly[weekly.firm == world.focal].set_index("week")
    others = weekly[weekly.firm != world.focal].groupby("week").profit.sum()
    part = mine.loc[measured[0] : measured[1]]
    worth = (1.0 + discount) ** (-mine.index.to_numpy() / YEAR)
    profit = mine.profit.to_numpy(float)
    half = world.weeks // 2
    row = {"retention": 1.0 - (part.lost.sum() + part.exited.sum()) / part.renewals.sum()}
    row |= {"won": float(mine.acquired.sum() + mine.won.sum()), "customers": float(mine.customers.iloc[-1])}
    row |= {"pv": worth @ profit, "pv_plain": profit.sum(), "pv_half": worth[:half] @ profit[:half]}
    row |= {"last": profit[-YEAR:].sum(), "cost": worth @ mine[COST].sum(axis=1).to_numpy(float)}
    return row | {"rivals": worth @ others.to_numpy(float)}


# --- search ---


def search(job: tuple[Plan, str]) -> dict[str, float]:
    """The churn and the terms of the causes under which the focal firm keeps five more points, over all judged seeds.

    One market says five points to within its own luck, the next one six. So the goal is the mean of the very runs that
    are judged, cut short after the measured weeks: whatever is told is per points reached.
    -> base: the retention that all is counted from; points, relative: mean churn of its new contracts; each cause: the
    value of its key (the end of its range where the goal is out of reach)
    """
    made, industry = job
    s = made.settings

    def retention(more: Sequence[str]) -> float:
        world = replace(market(made, industry, more), weeks=s.measured[1] + 1)
        rows = [keep(((world, s.measured, s.discount), seed)) for seed in judged_seeds(made)]
        return float(np.mean([row["retention"] for row in rows]))

    own, near = focal(made, industry), s.tolerance / 3.0
    base = retention([])
    terms = market(made, industry).behaviour["renewal"]
    most = terms.a / (terms.a + terms.b)
    found = {"base": base}
    for name, gain in (("points", s.points), ("relative", base * s.relative)):
        gap = lambda x, g=base + gain: retention([f"firms.{own}.churn={x:.9f}"]) - g  # noqa: E731
        found[name] = sought(gap, 0.01 * most, most, near)
    for cause in s.causes:
        gap = lambda x, c=cause: retention(does(made, industry, c, x)) - base - s.points  # noqa: E731
        found[cause.name] = sought(gap, cause.low, cause.high, near)
    return found


def judged_seeds(made: Plan) -> range:
    """The seeds of the runs that are judged, in which terms are sought too."""
    return range(made.world.seed, made.world.seed + made.world.seeds)


def sought(gap: Callable[[float], float], low: float, high: float, near: float = 0.0) -> float:
    """Where `gap` is at most `near` off zero between low and high; the nearest point seen if it is so nowhere."""
    at: dict[float, float] = {}

    def seen(x: float) -> float:
        if x not in at:
            at[x] = gap(x)
        return 0.0 if abs(at[x]) <= near else at[x]

    if seen(low) * seen(high) < 0.0:
        brentq(seen, low, high, xtol=1e-4 * (high - low))
    return float(min(at, key=lambda x: abs(at[x])))


# --- what is read off the runs ---


class Reader:
    """Reads effects off the table of runs, seed by seed, as shares of the profit of the base world."""

    def __init__(self, runs: pd.DataFrame) -> None:
        self.worlds = {name: rows.sort_values("seed").reset_index(drop=True) for name, rows in runs.groupby("world")}

    def get(self, world: str, what: str = "pv") -> np.ndarray:
        """One number a seed."""
        return self.worlds[world][what].to_numpy(float)

    def gain(self, world: str, base: str, what: str = "pv") -> Estimate:
        """Change of a kind of profit against the base world."""
        return ratio_of_means(self.get(world, what) - self.get(base, what), self.get(base, what), "share")

    def row(self, made: Plan, industry: str, cause: Cause) -> dict:
        """A row of the table: the parts of the change in present value, and what it is with copies."""
        base, points, alone, copy = (
            f"{industry}/{arm}" for arm in ("base", "points", cause.name, f"{cause.name}_copied")
        )
        pv = {name: self.get(world) for name, world in zip("bpac", (base, points, alone, copy), strict=True)}
        cost = self.get(alone, "cost")
        gross = pv["a"] + cost - pv["b"]
        parts = {
            "arithmetic": pv["p"] - pv["b"], "cost": -cost, "side": pv["a"] + cost - pv["p"],
            "rivals": pv["c"] - pv["a"], "alone": pv["a"] - pv["b"], "total": pv["c"] - pv["b"],
        }  # fmt: skip
        row: dict = {"industry": industry, "cause": cause.name}
        kept = [self.get(world, "retention") for world in (base, points, alone, copy)]
        row |= spread("retention", ratio_of_means(kept[0], np.ones_like(kept[0]), "share"))
        for name, other in (("points", kept[1]), ("gained", kept[2]), ("gained_copied", kept[3])):
            row |= spread(name, ratio_of_means(other - kept[0], np.ones_like(other), "share"))
        for name, part in parts.items():
            row |= spread(name, ratio_of_means(part, pv["b"], "share of profit"))
        row |= spread("break_even", ratio_of_means(gross, cost, "times the cost"))
        row |= spread("rivals_profit", self.gain(copy, base, "rivals"))
        got = {"arithmetic": row["points"], "alone": row["gained"], "total": row["gained"]}
        verdicts = {name: judged(made, read_off(row, name), x, made.settings.points) for name, x in got.items()}
        return row | {f"verdict_{name}": v.word for name, v in verdicts.items()}


def judged(made: Plan, found: Estimate, gained: float, wanted: float) -> Verdict:
    """Does the whole interval lie where the claim says? Not judged where more or fewer points are gained."""
    if abs(gained - wanted) > made.settings.tolerance:
        return Verdict("cannot judge", f"{100 * gained:.1f} points are gained, not {100 * wanted:.1f}")
    return lies_within(found, made.settings.low, made.settings.high)


def read_off(row: Mapping[str, float], name: str) -> Estimate:
    """The three columns of an estimate."""
    value, low, high = (None if np.isnan(row[n]) else float(row[n]) for n in (name, f"{name}_low", f"{name}_high"))
    return Estimate(value, low, high, 0.95, "share", 0)


def table(made: Plan, runs: pd.DataFrame) -> pd.DataFrame:
    """A row per industry and cause; everything in shares of the base world's present value."""
    read = Reader(runs)
    rows = [read.row(made, industry, cause) for industry in made.settings.industries for cause in made.settings.causes]
    return pd.DataFrame(rows).round(12)


def arithmetic(made: Plan, runs: pd.DataFrame) -> pd.DataFrame:
    """Five points or 5 % for nothing, by industry and by how profit is counted.

    -> industry, how, value, low, high; gained: points of retention in these runs; wanted: what it should have been.
    The first rows are the closed form of one customer's value at the retention of the base world.
    """
    s, read, found = made.settings, Reader(runs), []
    years = made.world.weeks // YEAR
    for industry in s.industries:
        base = f"{industry}/base"
        kept = float(read.get(base, "retention").mean())
        for discount in (0.0, s.discount):
            gain = float(contract.gain_from_retention(kept, discount, s.points))
            how = f"closed form, discount {percent(discount)}"
            found.append({"industry": industry, "how": how, "value": gain, "low": gain, "high": gain})
            found[-1] |= {"gained": s.points, "wanted": s.points}
        counts = {
            f"{years} years, discount {percent(s.discount)}": ("points", "pv"),
            f"{years} years, no discount": ("points", "pv_plain"),
            f"{years // 2} years, discount {percent(s.discount)}": ("points", "pv_half"),
            f"year {years} alone": ("points", "last"),
            f"{100 * s.relative:g} % relative, {years} years": ("relative", "pv"),
        }
        wanted = {"points": s.points, "relative": s.relative * kept}
        for how, (arm, what) in counts.items():
            e = read.gain(f"{industry}/{arm}", base, what)
            gained = float(read.get(f"{industry}/{arm}", "retention").mean()) - kept
            got = {"gained": gained, "wanted": wanted[arm]}
            found.append({"industry": industry, "how": how, **got, **spread("value", e)})
    data = pd.DataFrame(found)
    data["low"], data["high"] = data.low.fillna(data.value_low), data.high.fillna(data.value_high)
    return data[["industry", "how", "value", "low", "high", "gained", "wanted"]].round(12)


# --- verdicts ---


def settings_of(made: Plan, t: pd.DataFrame, free: pd.DataFrame) -> dict[str, Verdict]:
    """Every way in which the claim can be meant, and what became of it."""
    found = {}
    for r in free.itertuples():
        verdict = judged(made, Estimate(r.value, r.low, r.high, 0.95, "share", 0), r.gained, r.wanted)
        if verdict.word != "cannot judge":
            found[f"{r.industry} for nothing, {r.how}"] = verdict
    for row in t.itertuples():
        for stage, words in (("alone", "alone"), ("total", "copied")):
            word = getattr(row, f"verdict_{stage}")
            if word != "cannot judge":
                found[f"{row.industry} by {row.cause}, {words}"] = Verdict(word, "")
    return found


# --- words ---


def reachable(made: Plan, t: pd.DataFrame) -> list[Cause]:
    """The causes that earn the points in every industry."""
    out = set(t.cause[t.verdict_total == "cannot judge"])
    return [cause for cause in made.settings.causes if cause.name not in out]


def cell(row, name: str) -> str:
    """A part in percent with its interval."""
    return interval(row, name, 0, 100.0)


def shown(made: Plan, t: pd.DataFrame) -> pd.DataFrame:
    """A row per industry and cause: points reached, parts in percent of the profit without; all if none suffices.

    points free; earned : share of customers a year in percent, for nothing and by the cause
    """
    rows = []
    causes = {cause.name: cause.label for cause in reachable(made, t) or made.settings.causes}
    for _, row in t[t.cause.isin(list(causes))].iterrows():
        cells = {"industry, cause": f"{row.industry} {100 * row.retention:.0f} %, {causes[row.cause]}"}
        cells["points free; earned"] = "; ".join(interval(row, name, 1, 100.0) for name in ("points", "gained"))
        names = {
            "arithmetic": "arithmetic", "its cost": "cost", "side effects": "side", "rivals copy": "rivals",
            "total": "total",
        }  # fmt: skip
        rows.append(
            {**cells, **{label: cell(row, name) for label, name in names.items()}, "verdict": row.verdict_total}
        )
    return pd.DataFrame(rows).head(8)


def headline(made: Plan, t: pd.DataFrame) -> str:
    """What happened, in one sentence with intervals."""
    s = made.settings
    first = t.drop_duplicates("industry")
    free = listed(f"{interval(row, 'arithmetic', 0, 100.0, ' %')} ({row.industry})" for _, row in first.iterrows())
    parts = []
    claim = f"{percent(s.low)} to {percent(s.high)}"
    for cause in reachable(made, t):
        totals = t[t.cause == cause.name].total * 100.0
        parts.append(f"by {'/'.join(f'{x:+.0f}' for x in totals)} % if {cause.label} must earn them and rivals copy")
    years = made.world.weeks // YEAR
    reached = "/".join(f"{100 * x:.1f}" for x in first.points)
    return (
        f"{100 * s.points:g} points more retention for nothing (reached: {reached}) raise the leader's profit over "
        f"{years} years (present value at {percent(s.discount)}) by {free}, "
        f"{' and '.join(parts) or 'and no cause reaches them'}; the claim says {claim} "
        f"(95 % intervals, {made.world.seeds} paired runs)."
    )


def flips(made: Plan, t: pd.DataFrame, free: pd.DataFrame) -> str:
    """What decides: how profit is counted, what the points cost, whether rivals answer."""
    said = []
    for industry in made.settings.industries:
        rows = free[free.industry == industry].set_index("how").value.sort_values()
        said.append(
            f"{industry} {100 * rows.iloc[0]:.0f} % ({rows.index[0]}) to {100 * rows.iloc[-1]:.0f} % ({rows.index[-1]})"
        )
    pays = []
    for cause in reachable(made, t):
        ends = t[t.cause == cause.name].break_even
        pays.append(f"{cause.label} {'/'.join(f'{x:.1f}' for x in ends)} times")
    words = f"It depends on how one counts: {'; '.join(said)}."
    return (
        f"{words} Uncopied, the points pay while their cost stays below {', '.join(pays)} what is assumed."
        if pays
        else words
    )


def caution(made: Plan, t: pd.DataFrame) -> str:
    """What not to conclude, what could not be judged."""
    out = [cause for cause in made.settings.causes if cause not in reachable(made, t)]
    most = [f"{c.label} earns {100 * t[t.cause == c.name].gained.max():.1f} points at most" for c in out]
    free = t[t.verdict_arithmetic == "cannot judge"].drop_duplicates("industry")
    most += [f"for nothing, {row.industry} got {100 * row.points:.1f}" for row in free.itertuples()]
    lost = f" Not judged, as the points were missed: {'; '.join(most)}." if most else ""
    return (
        "that retention does not pay. Churn is published, but costs, margins, price sensitivity and what satisfaction "
        f"is worth are assumed, and prices cannot move.{lost} Groceries cannot be judged: without contracts nobody "
        "leaves, retention there is repeat buying."
    )


# --- the figure ---


def lines(made: Plan, t: pd.DataFrame, free: pd.DataFrame) -> pd.DataFrame:
    """What is drawn, in percent: the ways to count five free points, then what is left when they must be earned."""
    found = free.rename(columns={"how": "label"})[["industry", "label", "value", "low", "high"]]
    rows = []
    for _, row in t.iterrows():
        for cause in (c for c in reachable(made, t) if c.name == row.cause):
            for stage, words in (("alone", cause.label), ("total", f"{cause.label}, copied")):
                e = read_off(row, stage)
                rows.append({"industry": row.industry, "label": words, "value": e.value, "low": e.low, "high": e.high})
    data = pd.concat([found, pd.DataFrame(rows)], ignore_index=True)
    data[["value", "low", "high"]] = 100.0 * data[["value", "low", "high"]].astype(float)
    return data


def draw(made: Plan, data: pd.DataFrame, kept: Mapping[str, float]):
    """A panel an industry; the band is the claim."""
    s = made.settings
    with charts.style():
        count = len(data) // len(s.industries)
        figure, panels = charts.sheet(
            11, 0.42 * count + 2.1, 1, len(s.industries), sharex=True, sharey=True, squeeze=False
        )
        for industry, axes in zip(s.industries, panels[0], strict=True):
            axes.axvspan(100 * s.low, 100 * s.high, color=charts.PALE, alpha=0.6, linewidth=0)
            part = data[data.industry == industry]
            charts.dots_with_intervals(axes, part, "label", digits=0)
            axes.margins(x=0.08)
            axes.axhline(count - len(free_rows(data, industry)) - 0.5, color=charts.PALE, linewidth=0.8)
            axes.set_title(f"{industry.capitalize()}, retention {percent(kept[industry])}", loc="left", fontsize=10)
            axes.set_xlabel("more profit, %")
        detail = (
            f"Above the line: {100 * s.points:g} points (or 5 %) for nothing. Below: earned, present value after cost, "
            f"alone and copied after {s.lag} weeks.\nThe leader's profit against the same market without; "
            f"{made.world.seeds} paired runs, 95 % intervals; grey: the claim."
        )
        charts.headline(figure, title(made, data), detail)
    return figure


def free_rows(data: pd.DataFrame, industry: str) -> pd.DataFrame:
    """The rows of an industry that cost nothing."""
    part = data[data.industry == industry]
    return part[part.label.str.contains("discount|relative|year")]


def title(made: Plan, data: pd.DataFrame) -> str:
    """How many of the points lie in the band."""
    s = made.settings
    inside = int(((data.value >= 100 * s.low) & (data.value <= 100 * s.high)).sum())
    aim = f"{percent(s.low)} to {percent(s.high)}"
    return f"Five more points of retention: {inside} of {len(data)} ways to count and pay give {aim}"


# --- all together ---


def answer(made: Plan) -> experiment.Finding:
    """Search, run, judge, draw."""
    check(made)
    s, processes = made.settings, made.world.compute.processes
    asked = [(made, industry) for industry in s.industries]
    found = dict(zip(s.industries, map_runs(search, asked, s.industries, processes=processes), strict=True))
    jobs = {name: (world, s.measured, s.discount) for name, world in arms(made, found).items()}
    seeds = judged_seeds(made)
    done = experiment.run_arms(keep, jobs, seeds, lambda job: job[0], processes)
    rows = [
        {"world": name, "seed": k, **row} for name, each in done.items() for k, row in zip(seeds, each, strict=True)
    ]
    terms = [{"industry": i, "term": name, "value": x} for i, values in found.items() for name, x in values.items()]
    return told(made, pd.DataFrame(rows), pd.DataFrame(terms))


def told(made: Plan, runs: pd.DataFrame, terms: pd.DataFrame) -> experiment.Finding:
    """The answer from saved tables alone: runs.csv, terms.csv."""
    runs = experiment.as_saved(runs)
    t, free = table(made, runs), arithmetic(made, runs)
    data = lines(made, t, free)
    kept = t.drop_duplicates("industry").set_index("industry").retention.to_dict()
    return experiment.Finding(
        question=(__doc__ or "").splitlines()[0],
        verdict=taken_together(settings_of(made, t, free)),
        headline=headline(made, t),
        flips=flips(made, t, free),
        caution=caution(made, t),
        shown=shown(made, t),
        table=t,
        draw=partial(draw, made, data, kept),
        data=data,
        more={"runs": runs, "terms": terms, "arithmetic": free},
    )


EXPERIMENT = experiment.Script("profit_of_retention", ProfitOfRetention, answer)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT, sys.argv[1:]))
