"""Is a satisfied customer a loyal one?

Why it is contested   Satisfaction without loyalty gives no stable base, says claim S4-08: merely satisfied customers
                      defect, and rivals poach them. Retention is said to rise steeply only near full satisfaction
                      (convex), above all where changing is easy. Yet satisfaction hardly explains what people do
                      (r with repurchase near 0), and who feels attached has also stayed for longer: no cause.
Design                Two industries with published churn; switching costs below, at and above those at which churn was
                      measured, and a captive market. Each renewal is noted with the satisfaction that it was decided
                      with. Then a rival cuts its price for a year: who leaves, by bond, with and without the offer, and
                      in a control in which the same bonds are worth nothing, so that only selection is left.
What would change     A curve that bends up wherever changing is easy and never elsewhere; unattached customers who
our mind              leave more than attached ones by no more than in the control. Check: a captive market is flat.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np
import pandas as pd

from loyaltysim.cli.experiment import main
from loyaltysim.firms.offer import Offer, complete
from loyaltysim.market.model import Market
from loyaltysim.measures.statistics import Estimate, estimate
from loyaltysim.measures.verdict import Verdict, lies_within, little_is_left, percent, taken_together
from loyaltysim.present import charts
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.scenario.terms import term
from loyaltysim.studies import experiment
from loyaltysim.studies.experiment import Switch, interval, listed, spread

YEAR = 52  # weeks
BONDS = {"valued": 1.0, "idle": 0.0}  # times what a bond is worth; idle is the control, in which only selection is left
GROUPS = {"low": (0, 1, 2), "middle": (3, 4, 5, 6), "high": (7, 8, 9)}  # tenths of customers, by satisfaction or bond


@dataclass(frozen=True)
class Satisfaction:
    """What varies and how it is judged."""

    claims: tuple[str, ...] = term((), "row of the claims' sources")
    industries: tuple[str, ...] = term((), "market")
    usual: float = term(0.5, "fraction of the price", 0.0, 100.0, doc="switching cost at which churn was measured")
    costs: tuple[float, ...] = term((), "fraction of the price", 0.0, 100.0)
    captive: float = term(10.0, "fraction of the price", 0.0, 100.0, doc="so dear that nobody changes")
    begins: int = term(104, "week", 52, 5200, doc="decisions count, and the offer begins")
    margin: float = term(0.02, "share a year", 1e-6, 1.0, doc="smallest difference of leaving that matters")
    discount: float = term(0.2, "share of the price", 0.0, 0.9)
    worth: float = term(0.3, "fraction of the price", 0.0, 2.0, doc="what a full bond is worth")
    bonds: tuple[str, ...] = term((), "key=value", doc="what builds bonds; program.* goes to every firm")
    kinds: tuple[Switch, ...] = term((), "")


Plan = experiment.Plan[Satisfaction]


@dataclass(frozen=True)
class Arm:
    """A world, the first week that counts, and by how much the rival cuts its price from then on."""

    world: Scenario
    begins: int
    discount: float | None = None


# --- worlds ---


def curve(industry: str, cost: float) -> str:
    """The name of an arm in which the curve is measured."""
    return f"{industry}/cost {cost:g}"


def market(made: Plan, industry: str, cost: float, more: Sequence[str] = ()) -> Scenario:
    """An industry at a switching cost, while its churn was measured at the usual one."""
    lock = [f"behaviour.renewal.switching_cost={cost}", f"behaviour.renewal.usual_switching_cost={made.settings.usual}"]
    return made.changed([f"market={industry}", *lock, *more])


def bonded(made: Plan, industry: str, kind: Switch, worth: float) -> Scenario:
    """Every firm recognises its customers; a full bond is worth a fraction of the price, 0 = felt, but idle."""
    firms = made.changed([f"market={industry}"]).firms
    more = [f"behaviour.bond.premium={worth}", *kind.change]
    for text in made.settings.bonds:
        more += [f"firms.{name}.{text}" for name in firms] if text.startswith("program.") else [text]
    return market(made, industry, made.settings.usual, more)


def arms(made: Plan) -> dict[str, Arm]:
    """Every arm by name: `<industry>/cost <c>` for the curve, `<industry>/<kind>/<valued|idle>/<calm|offer>`."""
    s, found = made.settings, {}
    for industry in s.industries:
        for cost in (*s.costs, s.captive):
            found[curve(industry, cost)] = Arm(market(made, industry, cost), s.begins)
        for kind, (bond, worth) in product(s.kinds, BONDS.items()):
            for offer, discount in (("calm", 0.0), ("offer", s.discount)):
                world = bonded(made, industry, kind, worth * s.worth)
                found[f"{industry}/{kind.name}/{bond}/{offer}"] = Arm(world, s.begins, discount)
    return found


def check(made: Plan) -> None:
    """Refuse industries without contracts, and a horizon without a year after the beginning. Raises ConfigError."""
    s, problems = made.settings, []
    for industry in s.industries:
        if made.changed([f"market={industry}"]).market.setting != "contract":
            problems.append(
                Problem("experiment.industries", "has no contracts: nobody decides whether to stay", industry)
            )
    if s.usual not in s.costs:
        problems.append(Problem("experiment.costs", "must hold experiment.usual, the cost to compare with", s.costs))
    if made.world.weeks < s.begins + YEAR:
        problems.append(Problem("weeks", f"allowed {s.begins + YEAR} or more: a year from experiment.begins"))
    if problems:
        raise ConfigError(problems)


# --- runs ---


def keep(job: tuple[Arm, int]) -> pd.DataFrame:
    """Run one arm of one seed. -> a row per tenth of the customers: n, mean feeling, share kept; see the two below."""
    arm, seed = job
    return decisions(arm, seed) if arm.discount is None else poached(arm, seed)


def decisions(arm: Arm, seed: int) -> pd.DataFrame:
    """Every renewal with the satisfaction of the week before. -> a row per tenth by satisfaction

    r : correlation of satisfaction with staying over all decisions
    """
    run = Market(arm.world, seed)
    people, length, seen = run.population, arm.world.behaviour["renewal"].term, []
    for week in range(arm.world.weeks):
        due = (people["provider"] >= 0) & ((week - people["started"] + 1) % length == 0)
        rows = np.flatnonzero(due & (week >= arm.begins))
        firm, feeling = people["provider"][rows].copy(), people["sat"].copy()
        run.step()
        seen.append(np.column_stack([feeling[rows, firm], people["provider"][rows] == firm]))
    feeling, kept = np.concatenate(seen).T
    r = np.corrcoef(feeling, kept)[0, 1] if 0.0 < kept.mean() < 1.0 else 0.0
    return tenths(feeling, kept).assign(r=r, group="all")


def poached(arm: Arm, seed: int) -> pd.DataFrame:
    """Who of the other firms' customers is still there a year after the second-largest firm cut its price.

    -> a row per tenth by bond at the beginning, of the satisfied half (`group` satisfied) and of the other
    """
    firms = arm.world.firms
    rival = sorted(firms, key=lambda name: firms[name].share)[-2]
    offers = [
        {k: Offer(price if k == rival else 1.0, 1.0, complete(f.program)) for k, f in firms.items()}
        for price in (1.0, 1.0 - arm.discount)
    ]
    run = Market(arm.world, seed, offers=[offers[0]] * arm.begins + [offers[1]] * (arm.world.weeks - arm.begins))
    for _ in range(arm.begins):
        run.step()
    people = run.population
    rows = np.flatnonzero((people["provider"] >= 0) & (people["provider"] != list(firms).index(rival)))
    firm = people["provider"][rows].copy()
    bond, feeling = people["bond"][rows, firm], people["sat"][rows, firm]
    for _ in range(YEAR):
        run.step()
    kept, satisfied = people["provider"][rows] == firm, feeling >= np.median(feeling)
    halves = {"satisfied": satisfied, "other": ~satisfied}
    return pd.concat([tenths(bond[half], kept[half]).assign(group=name) for name, half in halves.items()])


def tenths(feeling: np.ndarray, kept: np.ndarray) -> pd.DataFrame:
    """Customers in ten equal groups by a feeling. -> tenth, n, feeling (mean), kept (share)"""
    rank = np.argsort(np.argsort(feeling, kind="stable"), kind="stable")
    data = pd.DataFrame({"tenth": rank * 10 // len(feeling), "feeling": feeling, "kept": kept.astype(float)})
    each = data.groupby("tenth")
    return each.mean().assign(n=each.size()).reset_index()


# --- what is read off the runs ---


class Reader:
    """Reads groups of tenths off the saved runs, seed by seed."""

    def __init__(self, runs: pd.DataFrame) -> None:
        self.arms = dict(list(runs.groupby("world")))

    def group(self, world: str, name: str, what: str, half: str) -> np.ndarray:
        """Mean of `what` over a group of tenths, one a seed."""
        rows = self.arms[world]
        rows = rows[rows.tenth.isin(GROUPS[name]) & (rows.group == half)]
        return (rows[what] * rows.n).groupby(rows.seed).sum().to_numpy() / rows.n.groupby(rows.seed).sum().to_numpy()

    def slopes(self, world: str) -> tuple[np.ndarray, np.ndarray]:
        """Rise of retention per unit of satisfaction from the low to the middle group, and from there to the high."""
        kept, feeling = ([self.group(world, g, what, "all") for g in GROUPS] for what in ("kept", "feeling"))
        lower, upper = ((kept[k + 1] - kept[k]) / (feeling[k + 1] - feeling[k]) for k in (0, 1))
        return lower, upper

    def whole(self, world: str, what: str, half: str = "all") -> np.ndarray:
        """Mean of `what` over all tenths, one a seed."""
        rows = self.arms[world]
        rows = rows[rows.group == half]
        return (rows[what] * rows.n).groupby(rows.seed).sum().to_numpy() / rows.n.groupby(rows.seed).sum().to_numpy()

    def curve(self, world: str) -> dict:
        """Retention, slope, curvature (upper slope less lower one), ratio of defection, r; with intervals."""
        lower, upper = self.slopes(world)
        found = {"retention": self.whole(world, "kept"), "r": self.whole(world, "r")}
        found |= {"slope": (lower + upper) / 2.0, "curvature": upper - lower}
        return {key: x for name, values in found.items() for key, x in spread(name, estimate(values, "")).items()}

    def leaving(self, world: str, group: str) -> np.ndarray:
        """Share of a group of the satisfied, by bond, that leaves within the year."""
        return 1.0 - self.group(world, group, "kept", "satisfied")

    def poaching(self, place: str) -> dict:
        """Satisfied customers of a kind in an industry, least attached against most attached; with intervals.

        gap : difference of leaving under the offer, gap_idle : in the control, by_bond : the rest
        poached_* : leave because of the offer;  calm : leave without it, all of the satisfied
        """
        gap = {
            bond: self.leaving(f"{place}/{bond}/offer", "low") - self.leaving(f"{place}/{bond}/offer", "high")
            for bond in BONDS
        }
        found = {"gap": gap["valued"], "gap_idle": gap["idle"], "by_bond": gap["valued"] - gap["idle"]}
        for name in ("low", "high"):
            with_it, without = (self.leaving(f"{place}/valued/{offer}", name) for offer in ("offer", "calm"))
            found[f"poached_{name}"] = with_it - without
        found["calm"] = 1.0 - self.whole(f"{place}/valued/calm", "kept", "satisfied")
        return {key: x for name, values in found.items() for key, x in spread(name, estimate(values, "")).items()}


def table(made: Plan, runs: pd.DataFrame) -> pd.DataFrame:
    """A row per curve, then a row per industry and kind of people; shares, each with its interval.

    verdict : convex; for the captive market, flat (at most half the slope at the usual cost); for bonds, S4-08 as it is
    said (the unattached leave more) and, in verdict_bond, whether the bond makes them
    """
    s, read, rows = made.settings, Reader(runs), []
    for industry in s.industries:
        usual = sum(read.slopes(curve(industry, s.usual)))
        for cost in (*s.costs, s.captive):
            row = {"industry": industry, "arm": f"cost {cost:g}", "cost": cost, **read.curve(curve(industry, cost))}
            convex = lies_within(read_off(row, "curvature"), 0.0, np.inf)
            flat = little_is_left(sum(read.slopes(curve(industry, cost))), usual, 0.5)[1]
            rows.append(row | {"verdict": (flat if cost == s.captive else convex).word})
    for industry, kind in product(s.industries, s.kinds):
        row = {"industry": industry, "arm": kind.name, **read.poaching(f"{industry}/{kind.name}")}
        for name, what in (("verdict", "gap"), ("verdict_bond", "by_bond")):
            row[name] = lies_within(read_off(row, what), s.margin, np.inf).word
        rows.append(row)
    return pd.DataFrame(rows).round(12)


def read_off(row: Mapping[str, float], name: str) -> Estimate:
    """The three columns of an estimate."""
    value, low, high = (None if np.isnan(row[n]) else float(row[n]) for n in (name, f"{name}_low", f"{name}_high"))
    return Estimate(value, low, high, 0.95, "share", 0)


# --- verdicts ---


def convexity(made: Plan, t: pd.DataFrame) -> dict[str, Verdict]:
    """Is the curve convex: a verdict for every industry and switching cost but the captive."""
    rows = t[t.cost.notna() & (t.cost != made.settings.captive)]
    return {f"{r.industry} at {r.cost:g}": Verdict(r.verdict, "") for r in rows.itertuples()}


def attachment(t: pd.DataFrame, column: str) -> dict[str, Verdict]:
    """Do the unattached leave more (verdict), and does the bond make the difference (verdict_bond)."""
    return {f"{r.industry}, {r.arm}": Verdict(getattr(r, column), "") for r in t[t.cost.isna()].itertuples()}


def overall(made: Plan, t: pd.DataFrame) -> Verdict:
    """The curve and the claim together."""
    parts = {
        "convex": taken_together(convexity(made, t)),
        "the unattached leave more": taken_together(attachment(t, "verdict")),
        "because of the bond": taken_together(attachment(t, "verdict_bond")),
    }
    words = {v.word for v in parts.values()}
    why = "; ".join(f"{name}: {v.word}" for name, v in parts.items())
    return Verdict(words.pop() if len(words) == 1 else "depends", why)


# --- words ---


def shown(made: Plan, t: pd.DataFrame) -> pd.DataFrame:
    """Curvature by switching cost, the captive market, r, and who leaves under the offer; a column an industry."""
    s, rows = made.settings, []

    def put(label: str, part: pd.DataFrame, cell, column: str = "verdict") -> None:
        cells = {row.industry: cell(row) for _, row in part.iterrows()}
        word = taken_together({r.industry: Verdict(getattr(r, column), "") for r in part.itertuples()}).word
        rows.append({"what": label, **cells, "verdict": word})

    for cost in s.costs:
        part = t[t.cost == cost]
        put(
            f"change of slope, switching cost {cost:g} (retention)", part,
            lambda row: f"{interval(row, 'curvature', 1, 100.0)} ({100 * row.retention:.0f} %)",
        )  # fmt: skip
    put(
        "captive market: slope (flat: at most half)",
        t[t.cost == s.captive],
        lambda row: interval(row, "slope", 1, 100.0),
    )
    usual = t[t.cost == s.usual]
    cells = {row.industry: interval(row, "r", 2) for _, row in usual.iterrows()}
    rows.append({"what": "r of satisfaction with staying, usual cost", **cells, "verdict": ""})
    for kind in s.kinds[:2]:
        put(
            f"unattached leave more (part of the bond), {kind.label}", t[t.arm == kind.name],
            lambda row: f"{interval(row, 'gap', 1, 100.0)} ({interval(row, 'by_bond', 1, 100.0)})", "verdict_bond",
        )  # fmt: skip
    return pd.DataFrame(rows).head(8)


def settings_named(verdicts: Mapping[str, Verdict], word: str) -> str:
    """The settings with a verdict, or none."""
    names = [name for name, v in verdicts.items() if v.word == word]
    return listed(names) if names else "none"


def headline(made: Plan, t: pd.DataFrame) -> str:
    """What happened, in one sentence."""
    s = made.settings
    found = convexity(made, t)
    count = {word: sum(v.word == word for v in found.values()) for word in ("supported", "refuted")}
    row = t[t.arm == s.kinds[0].name].iloc[0]
    return (
        f"Retention bends up with satisfaction in {count['supported']} and down in {count['refuted']} of {len(found)} "
        f"markets; of satisfied customers ({row.industry}, {s.kinds[0].label}) the least attached leave by "
        f"{interval(row, 'gap', 1, 100.0)} points more than the most attached when a rival is {percent(s.discount)} "
        f"cheaper, of which the bond makes {interval(row, 'by_bond', 1, 100.0)} and selection the rest (95 % "
        f"intervals, {made.world.seeds} runs; margin {100 * s.margin:g})."
    )


def flips(made: Plan, t: pd.DataFrame) -> str:
    """What decides: switching costs, who attaches."""
    found = convexity(made, t)
    rows = t[t.arm == made.settings.kinds[0].name]
    taken = [
        f"{100 * r.poached_low:.1f} of the least and {100 * r.poached_high:.1f} of the most attached ({r.industry})"
        for r in rows.itertuples()
    ]
    bond = attachment(t, "verdict_bond")
    return (
        f"Switching costs flip the curve: convex {settings_named(found, 'supported')}; concave "
        f"{settings_named(found, 'refuted')}. The bond's part is supported in {settings_named(bond, 'supported')}, "
        f"refuted in {settings_named(bond, 'refuted')}. The offer itself takes {listed(taken)} in a hundred."
    )


def caution(made: Plan, t: pd.DataFrame) -> str:
    """What not to conclude."""
    calm = ", ".join(
        f"{100 * r.calm:.0f} % ({r.industry})" for r in t[t.arm == made.settings.kinds[0].name].itertuples()
    )
    return (
        "that the bend is a trait of satisfaction: renewal odds are log-linear, so it turns near the point where half "
        f"would leave. What satisfaction and a bond are worth is assumed. That {calm} of the satisfied leave in a year "
        "without an offer follows from published churn. Only S4-08 is judged; survey scales are not simulated."
    )


# --- the figure ---


def lines(made: Plan, runs: pd.DataFrame) -> pd.DataFrame:
    """Curves by tenth in percent, with intervals: panel, industry, line, x, value, low, high."""
    s, found = made.settings, []
    kind = s.kinds[0].name
    for industry in s.industries:
        kept = {f"cost {c:g}": (curve(industry, c), "all", "curve") for c in (*s.costs, s.captive)}
        names = {"offer": "valued/offer", "offer, idle bond": "idle/offer", "no offer": "valued/calm"}
        left = {line: (f"{industry}/{kind}/{name}", "satisfied", "poached") for line, name in names.items()}
        for line, (world, group, panel) in {**kept, **left}.items():
            rows = runs[(runs.world == world) & (runs.group == group)]
            rows = rows.assign(y=100.0 * (rows.kept if panel == "curve" else 1.0 - rows.kept))
            data = charts.over_seeds(rows, "tenth", "y")
            x = rows.groupby("tenth").feeling.mean().to_numpy()
            label = "captive" if line == f"cost {s.captive:g}" else line
            found.append(data.assign(panel=panel, industry=industry, line=label, x=x))
    return pd.concat(found, ignore_index=True)


def draw(made: Plan, data: pd.DataFrame, t: pd.DataFrame):
    """Above: retention by satisfaction and switching cost; below: leaving by bond under a rival's offer."""
    s = made.settings
    axes_of = {"curve": "renewed, %", "poached": "satisfied who leave in a year, %"}
    below = {"curve": "satisfaction, mean of each tenth", "poached": "bond, mean of each tenth of the satisfied"}
    with charts.style():
        figure, grid = charts.sheet(10, 8.0, 2, len(s.industries), sharey="row", squeeze=False)
        for panel, axes in zip(axes_of, grid, strict=True):
            for industry, one in zip(s.industries, axes, strict=True):
                part = data[(data.panel == panel) & (data.industry == industry)]
                one.set_ylim(0, 1.08 * data[data.panel == panel].high.fillna(data.value).max())
                charts.lines_with_bands(one, part, "x")
                one.set_xlabel(below[panel])
                if panel == "curve":
                    one.set_title(industry.capitalize(), loc="left", fontsize=10)
            axes[0].set_ylabel(axes_of[panel])
        found = convexity(made, t)
        up, down = (sum(v.word == word for v in found.values()) for word in ("supported", "refuted"))
        detail = (
            f"Above: share of contracts renewed, by switching cost. Below: a rival is {percent(s.discount)} cheaper "
            f"for a year, {s.kinds[0].label}.\nMean of {made.world.seeds} runs, 95 % intervals; an idle bond is felt "
            "but worth nothing."
        )
        charts.headline(figure, f"Retention bends up in {up}, down in {down} of {len(found)} markets", detail)
    return figure


# --- all together ---


def answer(made: Plan) -> experiment.Finding:
    """Run, judge, draw."""
    check(made)
    seeds = range(made.world.seed, made.world.seed + made.world.seeds)
    done = experiment.run_arms(keep, arms(made), seeds, lambda arm: arm.world, made.world.compute.processes)
    runs = [rows.assign(world=name, seed=k) for name, each in done.items() for k, rows in zip(seeds, each, strict=True)]
    return told(made, pd.concat(runs, ignore_index=True))


def told(made: Plan, runs: pd.DataFrame) -> experiment.Finding:
    """The answer from saved tables alone: runs.csv."""
    runs = experiment.as_saved(runs)
    t = table(made, runs)
    data = lines(made, runs)
    return experiment.Finding(
        question=(__doc__ or "").splitlines()[0],
        verdict=overall(made, t),
        headline=headline(made, t),
        flips=flips(made, t),
        caution=caution(made, t),
        shown=shown(made, t),
        table=t,
        draw=partial(draw, made, data, t),
        data=data,
        more={"runs": runs},
    )


EXPERIMENT = experiment.Script("satisfaction_is_not_loyalty", Satisfaction, answer)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT, sys.argv[1:]))
