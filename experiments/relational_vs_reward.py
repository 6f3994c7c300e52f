"""How much must a unit of money of touchpoints raise willingness to pay to match a unit of money of rewards?

Why it is contested   Relational programs are said to beat reward programs at equal budget (claims S3-23, S3-38). With
                      an assumed worth of a touchpoint the comparison is a ratio of two constants: whoever picks them
                      picks the winner. So the worth is not assumed but searched, and published effects of relational
                      programs, which are small (Verhoef 2003, J. Marketing 67; Palmatier et al. 2006, J. Marketing
                      70), can be held against it.
Design                The leader of a real grocery market runs points, or recognises every customer with the chance at
                      which touchpoints cost what the points cost (found on seeds of their own). The worth of a
                      touchpoint (percent of the price per unit of money, at no bond) and the half-life of a bond are
                      varied; break-even is where both add the same profit, run by run, within one, two and five years.
                      At one half-life the links from relationship propensity to receptivity, to the worth of a bond
                      and to the pull of rewards are switched on and off, all eight ways. Rivals are passive.
What would change     A break-even yield at the edge of what was tried: one program then wins whatever the other is
our mind              worth. Or one that moves with nothing that is varied: the dispute is then about the yield only.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd

from loyaltysim import experiment, figures
from loyaltysim.checking import ConfigError, Problem
from loyaltysim.equal_budget import search_seeds
from loyaltysim.evaluate.lift import Window
from loyaltysim.evaluate.outcomes import overhead, program_cost
from loyaltysim.evaluate.statistics import Estimate, estimate
from loyaltysim.evaluate.verdicts import Verdict
from loyaltysim.evaluate.worlds import no_program
from loyaltysim.market import Market
from loyaltysim.mechanisms.bond import Bond
from loyaltysim.mechanisms.recognition import Recognition
from loyaltysim.schema import Scenario, term
from loyaltysim.sweep import map_runs, prepare

YEAR = 52
NO_LINKS = (False, False, False)
NAMES = ("receptivity", "worth of a bond", "pull of rewards")


@dataclass(frozen=True)
class RelationalVsReward:
    """What varies and how it is judged."""

    claims: tuple[str, ...] = term((), "row of the claims' sources")
    horizons: tuple[int, ...] = term((52, 104, 260), "weeks", 1, 5200, doc="over which profit is counted")
    half_lives: tuple[float, ...] = term((13.0, 52.0, 208.0), "weeks", 0.1, 5200.0, doc="of a bond")
    half_life: float = term(52.0, "weeks", 0.1, 5200.0, doc="at which links are switched")
    yields: tuple[float, ...] = term((0.0, 5.0, 20.0), "percent of the price per unit of money", 0.0, 1000.0)
    unit_cost: float = term(0.25, "money per touchpoint", 0.01, 1e5)
    effect: float = term(0.1, "share of the gap to a full bond", 0.0001, 1.0)
    recept: float = term(0.5, "link", -2.0, 2.0)
    bond: float = term(0.5, "link", -2.0, 2.0)
    reward: float = term(-0.5, "link", -2.0, 2.0)


Plan = experiment.Plan[RelationalVsReward]
Links = tuple[bool, bool, bool]


# --- worlds ---


def linked(made: Plan, links: Links) -> Scenario:
    """The reward world with some links on: receptivity, worth of a bond, pull of rewards."""
    s, c = made.settings, made.world.customers
    on = {name: getattr(s, name) for name, yes in zip(("recept", "bond", "reward"), links, strict=True) if yes}
    return replace(made.world, customers=replace(c, links=replace(c.links, **on)))


def relational(made: Plan, links: Links, half_life: float, worth: float, chance: float) -> Scenario:
    """The leader recognises everybody with a chance; a touchpoint is worth so many percent of the price per money."""
    s, world = made.settings, linked(made, (links[0], links[1], False))
    touch = Recognition(audience="everyone", probability=chance, effect=s.effect, unit_cost=s.unit_cost)
    bond = Bond(premium=worth / 100.0 * s.unit_cost / s.effect, half_life=half_life)
    leader = replace(world.firms[world.focal], program={"recognition": touch}, policy={})
    firms = {**world.firms, world.focal: leader}
    return replace(world, firms=firms, behaviour={**world.behaviour, "bond": bond})


def worlds(made: Plan, chance: float) -> dict[str, Scenario]:
    """All worlds by name: none; reward by its link; relational by links, half-life and yield."""
    s = made.settings
    found = {"none": no_program(made.world)}
    found |= {reward_name(on): linked(made, (False, False, on)) for on in (False, True)}
    settings = [(NO_LINKS, h) for h in sorted({*s.half_lives, s.half_life})]
    settings += [((a, b, False), s.half_life) for a, b in product((False, True), repeat=2) if a or b]
    for links, h in settings:
        found |= {relational_name(links, h, y): relational(made, links, h, y, chance) for y in s.yields}
    return found


def reward_name(on: bool) -> str:
    """The name of a reward world."""
    return f"reward/{int(on)}"


def relational_name(links: Links, half_life: float, worth: float) -> str:
    """The name of a relational world; the pull of rewards does not act in it."""
    return f"relational/{int(links[0])}{int(links[1])}/{half_life:g}/{worth:g}"


def check(made: Plan) -> None:
    """Refuse a world that is not the one described above. Raises ConfigError with every problem."""
    s, world, problems = made.settings, made.world, []
    if "points" not in world.firms[world.focal].program or world.firms[world.focal].policy:
        problems.append(Problem("program, policy", "the leader needs program=points and policy=static"))
    if max(s.horizons) > world.weeks:
        problems.append(Problem("weeks", f"the longest horizon is {max(s.horizons)} weeks", world.weeks))
    if list(s.yields) != sorted(set(s.yields)) or len(s.yields) < 2:
        problems.append(Problem("experiment.yields", "two or more, each larger than the one before", s.yields))
    elif (premium := s.yields[-1] / 100.0 * s.unit_cost / s.effect) > 2.0:
        why = f"the largest needs a bond worth {premium:g} prices; at most 2: lower it or unit_cost, or raise effect"
        problems.append(Problem("experiment.yields", why, s.yields[-1]))
    if problems:
        raise ConfigError(problems)


# --- runs ---


def budget(made: Plan) -> tuple[float, float]:
    """What the points cost, money per customer and year, and the chance of recognition that costs as much: by the
    visits without any program, on the seeds of the search. A chance is at most 1.
    """
    world, w = made.world, Window.of(made.world, 0)
    costs, visits = [], []
    for seed in search_seeds(world.seed):
        without = Market(no_program(world), seed).run()
        costs.append(program_cost(Market(world, seed).run(), overhead(without, w), w))
        visits.append(w.weekly(without).visits.sum() / world.customers.n / w.years)
    return float(np.mean(costs)), min(1.0, float(np.mean(costs) / np.mean(visits) / made.settings.unit_cost))


def profits(job: tuple[Scenario, int, tuple[int, ...]]) -> np.ndarray:
    """One run: profit, profit with the liability at zero, and overhead, by horizon, per customer and year. -> (3, h)"""
    world, seed, horizons = job
    weekly = Market(world, seed).run().weekly
    mine = weekly[weekly.firm == world.focal]
    costs = mine.revenue - mine.cost_of_goods - mine.profit
    lines = (mine.profit, mine.profit + mine.liability_change, costs)
    per = [100.0 * world.customers.n * h / YEAR for h in horizons]
    return np.array([[line[mine.week < h].sum() / p for h, p in zip(horizons, per, strict=True)] for line in lines])


def simulate(made: Plan, found: Mapping[str, Scenario]) -> dict[str, np.ndarray]:
    """Every world with every seed. -> name: (seeds, 3, horizons)"""
    prepare(found.values(), progress=sys.stderr.isatty())
    seeds = [made.world.seed + k for k in range(made.world.seeds)]
    jobs = [(world, seed, made.settings.horizons) for world in found.values() for seed in seeds]
    names = [f"{name} seed={seed}" for name in found for seed in seeds]
    processes = made.world.compute.processes
    done = map_runs(profits, jobs, names, processes=processes, progress=sys.stderr.isatty(), label="markets")
    return {name: np.array(done[k * len(seeds) : (k + 1) * len(seeds)]) for k, name in enumerate(found)}


# --- break-even ---


def crossing(yields: np.ndarray, lead: np.ndarray) -> float:
    """The yield at which a lead turns from negative to positive, by straight lines; nan if it never does."""
    after = np.flatnonzero(lead >= 0.0)
    if not len(after) or after[0] == 0:
        return float("nan")
    k = after[0]
    return float(yields[k - 1] - lead[k - 1] * (yields[k] - yields[k - 1]) / (lead[k] - lead[k - 1]))


def break_even(made: Plan, runs: Mapping[str, np.ndarray], links: Links, half_life: float, k: int) -> dict:
    """One row: the yield at which touchpoints add as much profit as rewards, run by run, over horizon k."""
    s, none = made.settings, runs["none"]
    reward = runs[reward_name(links[2])] - none
    arms = [runs[relational_name(links, half_life, y)] - none for y in s.yields]
    lead = np.array([arm[:, 0, k] - reward[:, 0, k] for arm in arms])
    zero = np.array([arm[:, 1, k] - reward[:, 1, k] for arm in arms])
    yields = np.array(s.yields)
    row = dict(zip(("receptivity", "bond", "reward"), map(int, links), strict=True))
    row |= {"half_life": half_life, "horizon": s.horizons[k]}
    row |= spread("break_even", estimate([crossing(yields, seed) for seed in lead.T], "percent"), len(lead.T))
    row["full_bond_worth"] = row["break_even"] / 100.0 * s.unit_cost / s.effect
    row["break_even_liability_at_zero"] = crossing(yields, zero.mean(axis=1))
    row |= {"reward_gain": reward[:, 0, k].mean(), "reward_cost": reward[:, 2, k].mean()}
    return row | {"touch_gain_at_most": arms[-1][:, 0, k].mean(), "touch_cost": arms[0][:, 2, k].mean()}


def spread(name: str, e: Estimate, runs: int) -> dict[str, float]:
    """An estimate as columns; nan where a run has no break-even within the yields tried."""
    known = e.n == runs
    values = {name: e.value, f"{name}_low": e.low, f"{name}_high": e.high}
    return {column: float("nan") if value is None or not known else value for column, value in values.items()}


def table(made: Plan, runs: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """The map (no links, every half-life) and the eight ways to switch the links, each by horizon."""
    s = made.settings
    settings = [(NO_LINKS, h) for h in sorted({*s.half_lives, s.half_life})]
    settings += [(links, s.half_life) for links in product((False, True), repeat=3) if any(links)]
    rows = [break_even(made, runs, links, h, k) for links, h in settings for k in range(len(s.horizons))]
    return pd.DataFrame(rows).round(12)


# --- words ---


def told(row: pd.Series) -> str:
    """0.31 % [0.29, 0.33], or that it lies outside of what was tried."""
    if np.isnan(row.break_even):
        return "not within what was tried"
    return f"{row.break_even:.2f} % [{row.break_even_low:.2f}, {row.break_even_high:.2f}]"


def at(t: pd.DataFrame, links: Links, half_life: float, horizon: int) -> pd.Series:
    """One row of the table."""
    a, b, c = map(int, links)
    here = (t.receptivity == a) & (t.bond == b) & (t.reward == c) & (t.half_life == half_life) & (t.horizon == horizon)
    return t[here].iloc[0]


def years(horizon: int) -> str:
    """A horizon in words."""
    return f"{horizon / YEAR:g} year{'s' * (horizon != YEAR)}"


def headline(made: Plan, t: pd.DataFrame) -> str:
    """What happened, in one sentence."""
    s = made.settings
    found = [f"{told(at(t, NO_LINKS, s.half_life, h))} within {years(h)}" for h in s.horizons]
    cost, currency = at(t, NO_LINKS, s.half_life, s.horizons[-1]).reward_cost, made.world.market.currency
    return (
        f"One {currency} of touchpoints must raise what a customer would pay by {'; '.join(found)} to add as much "
        f"profit as one {currency} of points (bond half-life {s.half_life:g} weeks, {cost:.2f} {currency} per customer "
        f"and year either way, no links, passive rivals; 95 % intervals over {made.world.seeds} paired runs)."
    )


def flips(made: Plan, t: pd.DataFrame) -> str:
    """What moves the break-even: half-life, and the link that carries most."""
    s, last = made.settings, made.settings.horizons[-1]
    ends = [f"{told(at(t, NO_LINKS, h, last))} at {h:g} weeks" for h in (min(s.half_lives), max(s.half_lives))]
    base = at(t, NO_LINKS, s.half_life, last).break_even
    single = [tuple(k == i for k in range(3)) for i in range(3)]
    moved = {name: at(t, links, s.half_life, last) for name, links in zip(NAMES, single, strict=True)}
    by = {name: abs(row.break_even - base) for name, row in moved.items()}
    most = max(by, key=lambda name: -1.0 if np.isnan(by[name]) else by[name])
    return (
        f"Below that yield rewards win, above it touchpoints. Over {years(last)} it is {' and '.join(ends)} of "
        f"half-life; of the three links from relationship propensity, the one to the {most} moves it most, to "
        f"{told(moved[most])}."
    )


def verdict(made: Plan, t: pd.DataFrame) -> Verdict:
    """The sign is an input: `depends` on the yield, or `cannot judge` where no break-even was tried."""
    row = at(t, NO_LINKS, made.settings.half_life, made.settings.horizons[-1])
    if np.isnan(row.break_even):
        return Verdict("cannot judge", "no break-even within the yields tried")
    return Verdict("depends", f"on the yield of touchpoints: break-even {told(row)} of the price per unit of money")


def shown(made: Plan, t: pd.DataFrame) -> pd.DataFrame:
    """The eight ways to switch the links, at one half-life."""
    s, rows = made.settings, []
    for links in product((False, True), repeat=3):
        on = [name for name, yes in zip(NAMES, links, strict=True) if yes]
        cells = {"linked to propensity": ", ".join(on) or "nothing"}
        rows.append({**cells, **{years(h): told(at(t, links, s.half_life, h)) for h in s.horizons}})
    return pd.DataFrame(rows)


CAUTION = (
    "that touchpoints of the break-even yield exist: whether a unit of money buys it is a question to data, and "
    "published effects are small. Rivals do nothing here; bonds left at the horizon are worth nothing; points owed are "
    "booked (table.csv has the break-even with them at zero). Whoever assumes the yield assumes the answer."
)


def draw(made: Plan, t: pd.DataFrame):
    """Break-even yield by half-life, a line for each horizon; then the links, a dot for each."""
    s = made.settings
    with figures.style():
        figure, (left, right) = figures.sheet(10, 5.0, 1, 2, sharey=True, width_ratios=(1.0, 1.25))
        for h, colour in zip(s.horizons, figures.PALETTE, strict=False):
            line = t[(t.receptivity + t.bond + t.reward == 0) & (t.horizon == h)].sort_values("half_life")
            left.plot(line.half_life, line.break_even, "o-", color=colour, linewidth=2)
            left.fill_between(line.half_life, line.break_even_low, line.break_even_high, color=colour, alpha=0.2)
            ways = t[(t.half_life == s.half_life) & (t.horizon == h)].reset_index(drop=True)
            right.plot(ways.index, ways.break_even, "o", color=colour, label=years(h))
        left.set_xscale("log")
        left.set_xticks(s.half_lives, [f"{h:g}" for h in s.half_lives])
        left.minorticks_off()
        left.set(xlabel="half-life of a bond, weeks", ylabel="break-even yield, % of the price per unit of money")
        marks = ["".join(c for c, on in zip("RBP", links, strict=True) if on) or "none"
                 for links in [NO_LINKS, *(w for w in product((False, True), repeat=3) if any(w))]]  # fmt: skip
        right.set_xticks(range(len(marks)), marks)
        right.set_xlabel("links on: Receptivity, worth of a Bond, Pull of rewards")
        right.legend(title="profit within", frameon=False)
        left.set_ylim(bottom=0)
        detail = (
            f"Above a line touchpoints add more profit than points of the same cost, below it less. {made.world.seeds} "
            f"paired runs of {made.world.customers.n:,} households; 95 % bands."
        )
        figures.headline(figure, "What touchpoints must be worth to match rewards", detail)
    return figure


def answer(made: Plan) -> experiment.Answer:
    """Run, judge, tell."""
    check(made)
    _, chance = budget(made)
    t = table(made, simulate(made, worlds(made, chance)))
    return experiment.Answer(
        question=(__doc__ or "").split("\n")[0],
        verdict=verdict(made, t),
        headline=headline(made, t),
        flips=flips(made, t),
        caution=CAUTION,
        shown=shown(made, t),
        table=t,
        figure=draw(made, t),
        data=t,
    )


if __name__ == "__main__":
    sys.exit(experiment.main("relational_vs_reward", RelationalVsReward, answer, sys.argv[1:]))
