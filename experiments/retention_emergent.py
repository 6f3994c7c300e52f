"""Do firms that lose 5, 10 and 15 % a year still win 15 % and grow +10, +5 and 0 % when acquisition is an outcome?

Why it is contested   A textbook example gives three firms the same acquisition of 15 % (claims S4-01 to S4-04) and
                      concludes that loyal customers make a firm grow (S4-06) and that zero growth means dearer
                      acquisition and less profit (S4-05). But who is acquired comes from somewhere: from outside,
                      or from the rivals. If these lose fewer customers, there are fewer to win.
Design                Three providers, equal in everything, with equal acquisition budgets under which each wins 15 % in
                      the first year. Then one serves better (or gives rewards, or makes good all complaints) and one
                      lets service slip, as much as a search needs for churn of 5 and 15 % in the second year. What
                      that costs is in the books. Three markets: many people wait outside, few do, nobody does.
What would change     Acquisition and growth that stay within a point of the claim for ten years; acquisition that gets
our mind              dearer where prospects are not used up. Control: nobody changes, and all three must stay equal.
                      Costs drift there too, so cost and profit are judged against that control in the same years.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from loyaltysim.cli.experiment import main
from loyaltysim.firms.offer import Offer, complete
from loyaltysim.market.model import Market
from loyaltysim.measures.statistics import Estimate, estimate, ratio_of_means
from loyaltysim.measures.verdict import Verdict, lies_within, taken_together
from loyaltysim.present import charts
from loyaltysim.runs.pool import map_runs
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.scenario.terms import term
from loyaltysim.studies import experiment
from loyaltysim.studies.experiment import interval, listed, spread

YEAR = 52  # weeks
SECOND = 2  # the first year apart in which all that is built up in the one before is at work


@dataclass(frozen=True)
class Cause:
    """What a firm does, and the key of it whose value is sought."""

    name: str = term("", "name")
    label: str = term("", "")
    key: str = term("", "key of a firm")
    low: float = term(0.0, "")
    high: float = term(1.0, "")


@dataclass(frozen=True)
class Structure:
    """Where new customers can come from."""

    name: str = term("", "name")
    label: str = term("", "")
    pool: float = term(1.0, "people per customer", 0.0, 1000.0, doc="who waits outside at the start; 0 = closed market")


@dataclass(frozen=True)
class Switch:
    """One thing that is different, as overrides, in these structures."""

    name: str = term("", "name")
    label: str = term("", "")
    structures: tuple[str, ...] = term((), "name")
    change: tuple[str, ...] = term((), "key=value")
    anew: bool = term(False, "", doc="is the common budget sought anew")


@dataclass(frozen=True)
class Emergent:
    """What varies and how it is judged."""

    claims: tuple[str, ...] = term((), "row of the claims' sources")
    acquisition: float = term(0.15, "share of the opening base and year", 0.001, 10.0)
    churn: tuple[float, ...] = term((0.05, 0.10, 0.15), "share a year", 0.001, 0.999)
    margin: float = term(0.01, "share a year", 1e-6, 1.0, doc="smallest difference of a rate that matters")
    cost_margin: float = term(0.10, "share", 1e-6, 10.0, doc="smallest change of cost or profit that matters")
    apart: int = term(52, "weeks", 52, 5200, doc="weeks as equals")
    people: int = term(8, "times the customers", 1, 1000, doc="size of the market in which terms are sought")
    search_seed: int = term(1_000_001, "", 0, 2**62)
    quality_cost: float = term(0.5, "money per bill and unit of quality", 0.0, 1e5)
    slips: Cause = field(default_factory=Cause)
    causes: tuple[Cause, ...] = term((), "")
    rewards: tuple[str, ...] = term((), "key=value of a firm")
    structures: tuple[Structure, ...] = term((), "")
    switches: tuple[Switch, ...] = term((), "")


Plan = experiment.Plan[Emergent]


# --- worlds ---


@dataclass(frozen=True)
class Arm:
    """A world as it is from week `apart` on, and as it was until then: firms differ in their programs only."""

    world: Scenario
    before: Scenario
    apart: int


def market(made: Plan, structure: Structure, budget: float, more: Sequence[str] = (), people: int = 1) -> Scenario:
    """Three equal firms in one structure. budget : money per week, firm and customer of the market at the start."""
    n = made.world.customers.n * people
    pool = [f"behaviour.arrivals.pool={round(structure.pool * n)}", "behaviour.arrivals.depleting=true"]
    closed = ["~behaviour.arrivals", "behaviour.renewal.exit_share=0", "behaviour.acquisition.audience=rivals"]
    spend = [f"firms.{name}.acquisition={round(budget * n, 2)}" for name in made.world.firms]
    return made.changed([f"customers.n={n}", *(pool if structure.pool > 0 else closed), *spend, *more])


def does(made: Plan, firm: str, cause: Cause, value: float) -> list[str]:
    """What a firm does, as overrides; better service costs more than the usual one, worse service less."""
    usual = made.world.firms[firm].program["service"]
    said = [f"firms.{firm}.{cause.key}={value:.6f}"]
    if cause.key.endswith("service.quality"):
        said.append(
            f"firms.{firm}.program.service.unit_cost={usual.unit_cost + made.settings.quality_cost * value:.6f}"
        )
    if ".points." in cause.key:
        mine = [f"firms.{firm}.{text}" for text in made.settings.rewards]
        said = [text for text in mine if text.partition("=")[0] != said[0].partition("=")[0]] + said
    return said


def arms(made: Plan, budgets: Mapping[str, float], terms: Mapping[str, float]) -> dict[str, Arm]:
    """Every arm by name, `<structure>/<cause or switch>`; `nobody` is the control in which no firm changes."""
    s = made.settings
    better, _, worse = made.world.firms
    slip = does(made, worse, s.slips, terms["slips"])
    acts = {"nobody": []} | {c.name: [*does(made, better, c, terms[c.name]), *slip] for c in s.causes}
    found = {}

    def put(name: str, structure: Structure, act: Sequence[str], more: Sequence[str] = ()) -> None:
        arm = f"{structure.name}/{name}"
        budget = budgets.get(arm, budgets[structure.name])
        found[arm] = Arm(*(market(made, structure, budget, [*more, *changes]) for changes in (act, [])), s.apart)

    for structure in s.structures:
        for name, act in acts.items():
            put(name, structure, act)
        for switch in (x for x in s.switches if structure.name in x.structures):
            put(switch.name, structure, acts[s.causes[0].name], switch.change)
    return found


def check(made: Plan) -> None:
    """Refuse a world without three firms that serve, and years that are not whole. Raises ConfigError."""
    s, world, problems = made.settings, made.world, []
    if len(world.firms) != 3 or len(s.churn) != 3 or not all("service" in f.program for f in world.firms.values()):
        problems.append(Problem("firms", "the example has three firms, each with program.service, and three churns"))
    if world.weeks % YEAR or s.apart % YEAR or world.weeks < s.apart + (SECOND + 1) * YEAR:
        least = s.apart + (SECOND + 1) * YEAR
        problems.append(Problem("weeks", f"and experiment.apart are whole years of 52; weeks {least} or more"))
    if problems:
        raise ConfigError(problems)


# --- runs ---


def live(job: tuple[Arm, int]) -> pd.DataFrame:
    """Run one arm of one seed. -> a row per year and firm: customers, where they came from, and cents.

    year 0 ends when the firms part.  opening, closing : customers;  outside, from_<firm> : acquired;  left : lost
    spent : acquisition, cause : what service and rewards cost, profit (cents)
    """
    arm, seed = job
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


# --- search ---


def sought(gap: Callable[[float], float], low: float, high: float) -> float:
    """Where `gap` is zero between low and high; the nearer end if it is nowhere."""
    ends = [(abs(gap(x)), x, gap(x) > 0.0) for x in (low, high)]
    if ends[0][2] == ends[1][2]:
        return min(ends)[1]
    return float(brentq(gap, low, high, xtol=2e-4 * (high - low)))


def searched(made: Plan) -> Structure:
    """The structure in which terms are sought: the closed market if there is one, since nothing else moves there."""
    return next((x for x in made.settings.structures if x.pool == 0.0), made.settings.structures[0])


def search(made: Plan) -> tuple[dict[str, float], dict[str, float]]:
    """The budget of each structure and the term of each cause, in one large market with a seed of its own.

    budgets : money per week, firm and customer at which firms win the claimed share in the year as equals. Where people
    only change firms no budget can move that: the first structure's is used.   terms : see `Cause`
    """
    s = made.settings
    last = searched(made)

    def run(world: Scenario, before: Scenario, years: int) -> pd.DataFrame:
        arm = Arm(*(replace(w, weeks=years * YEAR) for w in (world, before)), s.apart)
        return map_runs(live, [(arm, s.search_seed)], ["search"])[0]  # so that it is kept

    def too_many(budget: float, structure: Structure, more: Sequence[str]) -> float:
        world = market(made, structure, budget, more, people=s.people)
        rows = run(world, world, s.apart // YEAR)
        rows = rows[rows.year == 0]
        return acquired(rows).sum() / rows.opening.sum() - s.acquisition

    asked: dict[str, tuple[Structure, Sequence[str]]] = {x.name: (x, ()) for x in s.structures}
    for switch in (x for x in s.switches if x.anew):
        asked |= {f"{x.name}/{switch.name}": (x, switch.change) for x in s.structures if x.name in switch.structures}
    budgets: dict[str, float] = {}
    for name, (structure, more) in asked.items():
        if structure.pool > 0.0:
            budgets[name] = sought(lambda x, where=(structure, more): too_many(x, *where), 1e-3, 1.0)
        else:
            budgets[name] = next(iter(budgets.values()), 0.05)

    def too_loyal(value: float, firm: str, cause: Cause, churn: float) -> float:
        before = market(made, last, budgets[last.name], people=s.people)
        world = market(made, last, budgets[last.name], does(made, firm, cause, value), people=s.people)
        rows = run(world, before, s.apart // YEAR + SECOND)
        rows = rows[(rows.firm == firm) & (rows.year == SECOND)]
        return churn - float(rows.left.sum() / rows.opening.sum())

    better, _, worse = made.world.firms
    wanted = {c.name: (better, c, s.churn[0]) for c in s.causes} | {"slips": (worse, s.slips, s.churn[2])}
    terms = {
        name: sought(lambda x, how=how: too_loyal(x, *how), how[1].low, how[1].high) for name, how in wanted.items()
    }
    return budgets, terms


# --- what is read off the runs ---


def windows(made: Plan, rows: pd.DataFrame) -> pd.DataFrame:
    """Years summed: the last one as equals, the second apart, the last three, and all years apart.

    rows : of `live`, for every arm and seed.  -> the same columns by world, seed, window and firm
    """
    last = made.world.weeks // YEAR - made.settings.apart // YEAR
    spans = {"equals": (0, 0), "second": (SECOND, SECOND), "late": (max(1, last - LATE + 1), last), "apart": (1, last)}
    found = []
    for name, (start, stop) in spans.items():
        part = rows[rows.year.between(start, stop)].assign(window=name)
        found.append(part.groupby(["world", "seed", "window", "firm"], sort=False).sum().drop(columns="year"))
    return pd.concat(found).reset_index()


LATE = 3  # years at the end that are taken together


class Reader:
    """Reads rates off the windows, seed by seed."""

    def __init__(self, made: Plan, runs: pd.DataFrame) -> None:
        self.runs = (
            runs.assign(acquired=acquired(runs), gained=runs.closing - runs.opening)
            .set_index(["world", "firm", "window"])
            .sort_index()
        )
        self.late_years = min(LATE, made.world.weeks // YEAR - made.settings.apart // YEAR)
        self.controlled = ("nobody", *(cause.name for cause in made.settings.causes))

    def get(self, world: str, firm: str, window: str, what: str) -> np.ndarray:
        """A count or cents, one a seed."""
        return self.runs.loc[(world, firm, window)].sort_values("seed")[what].to_numpy(float)

    def rate(self, world: str, firm: str, window: str, what: str):
        """Customers a year as a share of the opening base."""
        return ratio_of_means(*(self.get(world, firm, window, name) for name in (what, "opening")), "share a year")

    def against(self, world: str, firm: str, window: str, top: str, bottom: str = "") -> Estimate:
        """What is, against the same seeds and years in which nobody changed; a switch has no such control."""
        structure, _, name = world.partition("/")
        if name not in self.controlled:
            return Estimate(None, None, None, 0.95, "share", 0)
        found = []
        for each in (world, f"{structure}/nobody"):
            below = self.get(each, firm, window, bottom) if bottom else 1.0
            found.append(self.get(each, firm, window, top) / below)
        return ratio_of_means(found[0] - found[1], found[1], "share")

    def row(self, world: str, firm: str) -> dict:
        """A row of the table. _change: since the year as equals;  _effect: against nobody changing, the same years."""
        row: dict = {"world": world, "firm": firm}
        for window in ("second", "late"):
            for name, what in (("churn", "left"), ("acquired", "acquired"), ("growth", "gained")):
                row |= spread(f"{name}_{window}", self.rate(world, firm, window, what))
        outside, won = (self.get(world, firm, "late", name) for name in ("outside", "acquired"))
        row |= spread("from_rivals", ratio_of_means(won - outside, won, "share"))
        cost = {w: self.get(world, firm, w, "spent") / self.get(world, firm, w, "acquired") for w in ("equals", "late")}
        row |= spread("cost_equals", estimate(cost["equals"] / 100.0, "money"))
        row |= spread("cost_change", estimate(cost["late"] / cost["equals"] - 1.0, "share"))
        profit = [self.get(world, firm, w, "profit") for w in ("equals", "late")]
        row |= spread("profit_change", ratio_of_means(profit[1] / self.late_years - profit[0], profit[0], "share"))
        row |= spread("cost_effect", self.against(world, firm, "late", "spent", "acquired"))
        row |= spread("late_profit_effect", self.against(world, firm, "late", "profit"))
        return row | spread("profit_effect", self.against(world, firm, "apart", "profit"))


def table(made: Plan, runs: pd.DataFrame) -> pd.DataFrame:
    """A row per world and firm: shares a year, changes as shares, each with its interval."""
    read = Reader(made, runs)
    worlds = list(dict.fromkeys(runs.world))
    return pd.DataFrame([read.row(world, firm) for world in worlds for firm in made.world.firms]).round(12)


# --- verdicts ---

STATEMENTS = {
    "S4-01": "all firms still win {0}",
    "S4-02": "firm {a} grows {1}",
    "S4-03": "firm {b} grows {2}",
    "S4-04": "firm {c} grows {3}",
    "S4-05": "{c}: customers cost more, profit falls",
    "S4-06": "loyal firm {a} grows at all",
}


def judged(made: Plan, t: pd.DataFrame) -> pd.DataFrame:
    """Every claim in every world, in the last years. -> world, claim, verdict, why"""
    s, found = made.settings, []
    growth = [s.acquisition - churn for churn in s.churn]
    rows = {(row.world, row.firm): row for _, row in t.iterrows()}
    for world in dict.fromkeys(t.world):
        each = [rows[world, firm] for firm in made.world.firms]
        about = lambda row, name, aim: lies_within(read_off(row, name), aim - s.margin, aim + s.margin)  # noqa: E731
        verdicts = {"S4-01": all_of([about(row, "acquired_late", s.acquisition) for row in each])}
        for claim, row, aim in zip(("S4-02", "S4-03", "S4-04"), each, growth, strict=True):
            verdicts[claim] = about(row, "growth_late", aim)
        dearer = lies_within(read_off(each[2], "cost_effect"), s.cost_margin, np.inf)
        poorer = lies_within(read_off(each[2], "late_profit_effect"), -np.inf, -s.cost_margin)
        verdicts["S4-05"] = all_of([dearer, poorer])
        verdicts["S4-06"] = lies_within(read_off(each[0], "growth_late"), s.margin, np.inf)
        found += [{"world": world, "claim": c, "verdict": v.word, "why": v.why} for c, v in verdicts.items()]
    return pd.DataFrame(found)


def read_off(row: pd.Series, name: str) -> Estimate:
    """The three columns of an estimate."""
    value, low, high = (None if np.isnan(x) else float(x) for x in row[[name, f"{name}_low", f"{name}_high"]])
    return Estimate(value, low, high, 0.95, "share", 0)


def all_of(verdicts: Sequence[Verdict]) -> Verdict:
    """All must hold: one refuted refutes, and only if all are supported is it supported."""
    for word in ("refuted", "cannot judge", "inconclusive"):
        for verdict in verdicts:
            if verdict.word == word:
                return verdict
    return verdicts[0]


def reached(made: Plan, t: pd.DataFrame, cause: Cause) -> bool:
    """Did the search bring the loyal firm's churn within two margins of the claim, in the market that it ran in?"""
    row = t[t.world == f"{searched(made).name}/{cause.name}"].iloc[0]
    return bool(abs(row.churn_second - made.settings.churn[0]) <= 2.0 * made.settings.margin)


def main_worlds(made: Plan, t: pd.DataFrame, structure: str = "") -> list[str]:
    """The worlds that the claims are judged in: every structure with every cause that reaches the claimed churn."""
    s = made.settings
    names = [x.name for x in s.structures if structure in ("", x.name)]
    causes = [cause for cause in s.causes if reached(made, t, cause)] or s.causes
    return [f"{name}/{cause.name}" for name in names for cause in causes]


def by_claim(made: Plan, t: pd.DataFrame, found: pd.DataFrame) -> dict[str, Verdict]:
    """One verdict a claim over all structures and the causes that reach the claimed churn."""
    chosen = found[found.world.isin(main_worlds(made, t))]
    return {
        claim: taken_together({r.world: Verdict(r.verdict, r.why) for r in rows.itertuples()})
        for claim, rows in chosen.groupby("claim")
    }


def overall(claims: Mapping[str, Verdict]) -> Verdict:
    """The claims together: the word that all share, else `depends` and on what."""
    words: dict[str, list[str]] = {}
    for claim, verdict in claims.items():
        words.setdefault(verdict.word, []).append(claim)
    if len(words) == 1:
        return Verdict(next(iter(words)), "every claim")
    return Verdict("depends", "; ".join(f"{word}: {', '.join(names)}" for word, names in words.items()))


# --- words ---


def whole(share: float) -> str:
    """+10 %."""
    return f"{100.0 * share:+.3g} %" if abs(share) > 1e-12 else "0 %"


def statement(made: Plan, claim: str) -> str:
    """A claim in a few words, with the numbers of the configuration."""
    s = made.settings
    names = dict(zip("abc", made.world.firms, strict=True))
    growth = [whole(s.acquisition - churn) for churn in s.churn]
    return STATEMENTS[claim].format(f"{100 * s.acquisition:g} % a year", *growth, **names)


def cells(made: Plan, t: pd.DataFrame, name: str, firms: Sequence[str], digits: int = 1) -> list[str]:
    """One cell a structure, under the first cause: several firms without intervals, or one with."""
    cause, found = made.settings.causes[0].name, []
    for structure in made.settings.structures:
        rows = t[t.world == f"{structure.name}/{cause}"].set_index("firm")
        if len(firms) == 1:
            found.append(interval(rows.loc[firms[0]], name, digits, 100.0))
        else:
            found.append(" / ".join(f"{100.0 * rows.loc[firm, name]:.{digits}f}" for firm in firms))
    return found


def shown(made: Plan, t: pd.DataFrame, claims: Mapping[str, Verdict]) -> pd.DataFrame:
    """What happened under the first cause in the last years, by structure, and the verdict over all causes."""
    firms = list(made.world.firms)
    a, b, c = firms
    lines = [
        (f"lost in the second year, {' / '.join(firms)}, %", "churn_second", firms, None),
        (statement(made, "S4-01"), "acquired_late", firms, "S4-01"),
        ("of these from rivals, %", "from_rivals", firms, None),
        (statement(made, "S4-02"), "growth_late", [a], "S4-02"),
        (statement(made, "S4-03"), "growth_late", [b], "S4-03"),
        (statement(made, "S4-04"), "growth_late", [c], "S4-04"),
        (f"cost per customer won by {c}, against nobody changing, %", "cost_effect", [c], "S4-05"),
        (f"profit of {c}, against nobody changing, %", "late_profit_effect", [c], "S4-05"),
    ]
    last = (made.world.weeks - made.settings.apart) // YEAR
    head = f"years {max(1, last - LATE + 1)} to {last} ({made.settings.causes[0].label})"
    rows = []
    for label, name, who, claim in lines:
        digits = 0 if name in ("from_rivals", "cost_effect", "late_profit_effect") else 1
        values = dict(zip((x.name for x in made.settings.structures), cells(made, t, name, who, digits), strict=True))
        rows.append({head: label, **values, "verdict": claims[claim].word if claim else ""})
    return pd.DataFrame(rows)


def headline(made: Plan, t: pd.DataFrame) -> str:
    """What happened, in one sentence."""
    s, firms = made.settings, list(made.world.firms)
    cause = s.causes[0].name
    parts = []
    for structure in s.structures:
        rows = t[t.world == f"{structure.name}/{cause}"].set_index("firm")
        won = "/".join(f"{100 * rows.acquired_late[firm]:.1f}" for firm in firms)
        grown = "/".join(f"{100 * rows.growth_late[firm]:+.1f}" for firm in firms)
        parts.append(f"{won} % and grow {grown} % ({structure.name})")
    half = max((t[f"{n}_late_high"] - t[f"{n}_late_low"]).max() / 2.0 for n in ("acquired", "growth"))
    aims = "/".join(whole(s.acquisition - churn).removesuffix(" %") for churn in s.churn)
    lost = "/".join(f"{100 * churn:g}" for churn in s.churn)
    return (
        f"Three firms with equal acquisition budgets, of which service makes one lose about {lost.split('/')[0]} % and "
        f"one {lost.split('/')[2]} % a year, win in their last {LATE} years {listed(parts)}; the claim says "
        f"{100 * s.acquisition:g} % each and {aims} % (95 % intervals at most ±{100 * half:.1f} points, "
        f"{made.world.seeds} runs; margin {100 * s.margin:g})."
    )


def flips(made: Plan, t: pd.DataFrame, found: pd.DataFrame) -> str:
    """What decides, which switch turns which claim, and the control."""
    s, a = made.settings, next(iter(made.world.firms))
    words = found.set_index(["world", "claim"]).verdict
    cause, row = s.causes[0].name, t.set_index(["world", "firm"])
    said = [f"S4-06, the loyal firm grows: {where(made, t, words, 'S4-06')}. S4-05: {where(made, t, words, 'S4-05')}."]
    costs = [f"{x.name} {100 * row.cost_effect[f'{x.name}/{cause}', a]:+.0f} %" for x in s.structures]
    said.append(f"Cost per customer won of {a}, which grows, against nobody changing: {', '.join(costs)}.")
    turned = []
    for switch in s.switches:
        for structure in switch.structures:
            pair = {words[f"{structure}/{name}", "S4-06"] for name in (cause, switch.name)}
            turned += [f"{switch.label} ({structure})"] if pair == {"supported", "refuted"} else []
    said.append(f"S4-06 turns with {'; '.join(turned)}." if turned else "No switch turns S4-06.")
    unreached = [x.label for x in s.causes if not reached(made, t, x)]
    said += [f"Out of reach of {100 * s.churn[0]:g} %: {', '.join(unreached)}."] if unreached else []
    return " ".join([*said, f"Controls, nobody changes: {'; '.join(controls(made, t))}."])


def controls(made: Plan, t: pd.DataFrame) -> list[str]:
    """What happens anyway, by structure: late growth and how cost per customer moved since the year as equals."""
    found = []
    for structure in made.settings.structures:
        rows = t[t.world == f"{structure.name}/nobody"].set_index("firm").loc[list(made.world.firms)]
        grown = "/".join(f"{100 * x:+.1f}" for x in rows.growth_late)
        moved = "/".join(f"{100 * x:+.0f}" for x in rows.cost_change)
        found.append(f"{structure.name} growth {grown} %, cost since the first year {moved} %")
    return found


def where(made: Plan, t: pd.DataFrame, words: pd.Series, claim: str) -> str:
    """The verdict of a claim by structure, under all causes."""
    parts = []
    for structure in made.settings.structures:
        here = list(dict.fromkeys(words[w, claim] for w in main_worlds(made, t, structure.name)))
        parts.append(f"{' or '.join(here)} {structure.name}")
    return ", ".join(parts)


def caution(made: Plan, t: pd.DataFrame) -> str:
    """What not to conclude; what the cause costs its firm."""
    a, _, c = made.world.firms
    cause, pays = made.settings.causes[0], []
    for structure in made.settings.structures:
        rows = t[t.world == f"{structure.name}/{cause.name}"].set_index("firm")
        pays.append(f"{structure.name} {100 * rows.profit_effect[a]:+.0f} / {100 * rows.profit_effect[c]:+.0f} %")
    return (
        f"that {cause.label} pays: profit against nobody changing, {a} / {c}, is {', '.join(pays)} at an assumed "
        f"{made.settings.quality_cost:g} a bill and unit. That fewer lost customers are more customers than otherwise "
        "is built in; that a firm grows is not. Budgets are fixed, prices cannot move."
    )


# --- the figure ---

PANELS = {"size": "customers (parting = 100)", "acquired": "won, % of opening base", "cost": "cost per customer won"}


def yearly(made: Plan, rows: pd.DataFrame) -> pd.DataFrame:
    """Size, acquisition and cost by year under the first cause: mean over seeds with its 95 % interval."""
    s, found = made.settings, []
    for structure in s.structures:
        part = rows[rows.world == f"{structure.name}/{s.causes[0].name}"].copy()
        start = part[part.year == 0].set_index(["seed", "firm"]).closing
        part["size"] = 100.0 * part.closing / start.loc[list(zip(part.seed, part.firm, strict=True))].to_numpy()
        part["cost"] = part.spent / 100.0 / acquired(part)
        part["acquired"] = 100.0 * acquired(part) / part.opening
        for panel in PANELS:
            for firm in made.world.firms:
                line = charts.over_seeds(part[part.firm == firm], "year", panel)
                found.append(line.assign(structure=structure.name, panel=panel, line=firm))
    return pd.concat(found, ignore_index=True)


def draw(made: Plan, data: pd.DataFrame):
    """A column a structure: customers, acquisition against the claim, cost per customer won."""
    s = made.settings
    with charts.style():
        figure, grid = charts.sheet(10, 8.2, len(PANELS), len(s.structures), sharex=True, sharey="row", squeeze=False)
        for panel, axes in zip(PANELS, grid, strict=True):
            for structure, one in zip(s.structures, axes, strict=True):
                part = data[(data.panel == panel) & (data.structure == structure.name)]
                one.set_ylim(0, 1.05 * data[data.panel == panel].high.fillna(data.value).max())
                if panel == "acquired":
                    one.axhline(100 * s.acquisition, color=charts.GREY, linewidth=0.9, linestyle=":")
                charts.lines_with_bands(one, part, "year")
                if panel == "size":
                    name, _, words = structure.label.partition(": ")
                    one.set_title(f"{name.capitalize()}\n{words}", loc="left", fontsize=9.5)
            axes[0].set_ylabel(PANELS[panel])
        for one in grid[-1]:
            one.set_xlabel("year (0: all equal)")
        grid[1][-1].annotate(
            f"claim: {100 * s.acquisition:g} %", (0, 100 * s.acquisition), xytext=(2, 4),
            textcoords="offset points", fontsize=charts.SMALL, color=charts.GREY,
        )  # fmt: skip
        a, b, c = (f"{100 * churn:g} %" for churn in s.churn)
        names = "{} loses {}, {} {}, {} {}".format(
            *(x for p in zip(made.world.firms, (a, b, c), strict=True) for x in p)
        )
        detail = (
            f"From year 1 on {names} a year (sought: {s.causes[0].label}; {s.slips.label}). Equal, fixed acquisition "
            f"budgets.\nMean of {made.world.seeds} runs, 95 % band; dotted: the claim."
        )
        charts.headline(figure, title(made, data), detail)
    return figure


def title(made: Plan, data: pd.DataFrame) -> str:
    """What is left of the firm that the claim says does not grow, beside the claim."""
    s, c = made.settings, list(made.world.firms)[2]
    years = int(data.year.max())
    ends = data[(data.panel == "size") & (data.line == c) & (data.year == years)].set_index("structure").value
    sizes = listed(f"{ends[x.name]:.0f}" for x in s.structures)
    claimed = 100.0 * (1.0 + s.acquisition - s.churn[2]) ** years
    return f"After {years} years firm {c} has {sizes} % of its customers; the claim says {claimed:.0f} %"


# --- all together ---


def answer(made: Plan) -> experiment.Finding:
    """Search, run, judge, draw."""
    check(made)
    budgets, terms = search(made)
    seeds = range(made.world.seed, made.world.seed + made.world.seeds)
    done = experiment.run_arms(
        live, arms(made, budgets, terms), seeds, lambda arm: arm.world, made.world.compute.processes
    )
    parts = [r.assign(world=name, seed=k) for name, found in done.items() for k, r in zip(seeds, found, strict=True)]
    rows = pd.concat(parts, ignore_index=True)
    sizes = [{"term": f"budget/{k}", "value": v} for k, v in budgets.items()]
    sizes += [{"term": k, "value": v} for k, v in terms.items()]
    return told(made, windows(made, rows), yearly(made, rows), pd.DataFrame(sizes))


def told(made: Plan, runs: pd.DataFrame, data: pd.DataFrame, terms: pd.DataFrame) -> experiment.Finding:
    """The answer from saved tables alone: runs.csv, figure.csv, terms.csv."""
    t = table(made, runs)
    found = judged(made, t)
    claims = by_claim(made, t, found)
    return experiment.Finding(
        question=(__doc__ or "").splitlines()[0],
        verdict=overall(claims),
        headline=headline(made, t),
        flips=flips(made, t, found),
        caution=caution(made, t),
        shown=shown(made, t, claims),
        table=t,
        draw=partial(draw, made, data),
        data=data,
        more={"runs": runs, "verdicts": found, "terms": terms},
    )


EXPERIMENT = experiment.Script("retention_emergent", Emergent, answer)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT, sys.argv[1:]))
