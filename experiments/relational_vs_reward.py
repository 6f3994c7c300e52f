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
                      and to the pull of rewards are switched on and off, all eight ways, in markets of few, half and
                      many relational customers (links have mean 1 in each: `link_mean: current`); what a link moves is
                      the difference to no links, run by run. Rivals are passive.
What would change     A break-even yield at the edge of what was tried: one program then wins whatever the other is
our mind              worth. Or one that moves with nothing that is varied: the dispute is then about the yield only.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

import numpy as np
import pandas as pd

from loyaltysim.behaviour.bond import Bond
from loyaltysim.cli.experiment import main
from loyaltysim.market.model import Market
from loyaltysim.measures.money import overhead, program_cost
from loyaltysim.measures.program_effects import Window
from loyaltysim.measures.statistics import Estimate, estimate
from loyaltysim.measures.twins import no_program
from loyaltysim.measures.verdict import Verdict
from loyaltysim.present import charts
from loyaltysim.programs.recognition import Recognition
from loyaltysim.runs.pool import map_runs, prepare
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.scenario.terms import term
from loyaltysim.studies import experiment
from loyaltysim.studies.equal_budget import search_seeds

YEAR = 52
MIX = 0.5  # share of relational customers without links, where it moves nothing
NO_LINKS = (False, False, False)
WAYS = tuple(links for links in product((False, True), repeat=3) if any(links))
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
    mixes: tuple[float, ...] = term((0.1, 0.5, 0.9), "share of customers", 0.0, 1.0, doc="relational, with links on")


Plan = experiment.Plan[RelationalVsReward]
Links = tuple[bool, bool, bool]


# --- worlds ---


def linked(made: Plan, links: Links, mix: float) -> Scenario:
    """The reward world with some links on (receptivity, worth of a bond, pull of rewards) and a share of relational
    customers in which every link has mean 1.
    """
    s, c = made.settings, made.world.customers
    on = {name: getattr(s, name) for name, yes in zip(("recept", "bond", "reward"), links, strict=True) if yes}
    people = replace(c, links=replace(c.links, **on), relational_share=mix, link_mean="current")
    return replace(made.world, customers=people)


def relational(made: Plan, links: Links, half_life: float, worth: float, chance: float, mix: float = 0.5) -> Scenario:
    """The leader recognises everybody with a chance; a touchpoint is worth so many percent of the price per money."""
    s, world = made.settings, linked(made, (links[0], links[1], False), mix)
    touch = Recognition(audience="everyone", probability=chance, effect=s.effect, unit_cost=s.unit_cost)
    bond = Bond(premium=worth / 100.0 * s.unit_cost / s.effect, half_life=half_life)
    leader = replace(world.firms[world.focal], program={"recognition": touch}, policy={})
    firms = {**world.firms, world.focal: leader}
    return replace(world, firms=firms, behaviour={**world.behaviour, "bond": bond})


def settings(made: Plan) -> list[tuple[Links, float, float]]:
    """What the break-even is sought for: links, half-life, mix. Without links nobody's propensity acts: one mix."""
    s = made.settings
    plain = [(NO_LINKS, h, MIX) for h in sorted({*s.half_lives, s.half_life})]
    return plain + [(links, s.half_life, mix) for mix in s.mixes for links in WAYS]


def worlds(made: Plan, chance: float) -> dict[str, Scenario]:
    """All worlds by name: none; reward by its link; relational by links, half-life and yield; both by mix."""
    found = {"none": no_program(made.world)}
    for links, h, mix in settings(made):
        found[reward_name(links, mix)] = linked(made, (False, False, links[2]), mix)
        for y in made.settings.yields:
            found[relational_name(links, h, y, mix)] = relational(made, links, h, y, chance, mix)
    return found


def reward_name(links: Links, mix: float) -> str:
    """The name of a reward world; only the pull of rewards acts in it, without it the mix does nothing."""
    return f"reward/{int(links[2])}/{mix if links[2] else MIX:g}"


def relational_name(links: Links, half_life: float, worth: float, mix: float) -> str:
    """The name of a relational world; the pull of rewards does not act in it, without other links nor does the mix."""
    acts = links[0] or links[1]
    return f"relational/{int(links[0])}{int(links[1])}/{half_life:g}/{worth:g}/{mix if acts else MIX:g}"


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
    prepare(found.values())
    seeds = [made.world.seed + k for k in range(made.world.seeds)]
    jobs = [(world, seed, made.settings.horizons) for world in found.values() for seed in seeds]
    names = [f"{name} seed={seed}" for name in found for seed in seeds]
    processes = made.world.compute.processes
    done = map_runs(profits, jobs, names, processes=processes, label="markets")
    return {name: np.array(done[k * len(seeds) : (k + 1) * len(seeds)]) for k, name in enumerate(found)}


# --- break-even ---


def crossing(yields: np.ndarray, lead: np.ndarray) -> float:
    """The yield at which a lead turns from negative to positive, by straight lines; nan if it never does."""
    after = np.flatnonzero(lead >= 0.0)
    if not len(after) or after[0] == 0:
        return float("nan")
    k = after[0]
    return float(yields[k - 1] - lead[k - 1] * (yields[k] - yields[k - 1]) / (lead[k] - lead[k - 1]))


def break_even(
    made: Plan, runs: Mapping[str, np.ndarray], links: Links, half_life: float, mix: float, k: int
) -> dict[str, float]:
    """One row: the yield at which touchpoints add as much profit as rewards, run by run, over horizon k; and what the
    links moved it by: less that without links, of the same run.
    """
    s, none = made.settings, runs["none"]
    reward = runs[reward_name(links, mix)] - none
    arms = [runs[relational_name(links, half_life, y, mix)] - none for y in s.yields]
    lead = np.array([arm[:, 0, k] - reward[:, 0, k] for arm in arms])
    zero = np.array([arm[:, 1, k] - reward[:, 1, k] for arm in arms])
    yields = np.array(s.yields)
    row = dict(zip(("receptivity", "bond", "reward"), map(int, links), strict=True))
    row |= {"relational_share": mix, "half_life": half_life, "horizon": s.horizons[k]}
    found = np.array([crossing(yields, seed) for seed in lead.T])
    row |= spread("break_even", estimate(found, "percent"), len(found))
    if any(links):
        row |= spread("moved", estimate(found - of_no_links(made, runs, half_life, k), "percent"), len(found))
    row["full_bond_worth"] = row["break_even"] / 100.0 * s.unit_cost / s.effect
    row["break_even_liability_at_zero"] = crossing(yields, zero.mean(axis=1))
    row |= {"reward_gain": reward[:, 0, k].mean(), "reward_cost": reward[:, 2, k].mean()}
    return row | {"touch_gain_at_most": arms[-1][:, 0, k].mean(), "touch_cost": arms[0][:, 2, k].mean()}


def of_no_links(made: Plan, runs: Mapping[str, np.ndarray], half_life: float, k: int) -> np.ndarray:
    """The break-even without links, run by run. -> (seeds,)"""
    reward = runs[reward_name(NO_LINKS, MIX)][:, 0, k]
    yields = made.settings.yields
    lead = np.array([runs[relational_name(NO_LINKS, half_life, y, MIX)][:, 0, k] - reward for y in yields])
    return np.array([crossing(np.array(yields), seed) for seed in lead.T])


def spread(name: str, e: Estimate, runs: int) -> dict[str, float]:
    """An estimate as columns; nan where a run has no break-even within the yields tried."""
    known = e.n == runs
    values = {name: e.value, f"{name}_low": e.low, f"{name}_high": e.high}
    return {column: float("nan") if value is None or not known else value for column, value in values.items()}


def table(made: Plan, runs: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """The map (no links, every half-life) and the ways to switch links on, by mix; each by horizon."""
    horizons = range(len(made.settings.horizons))
    rows = [break_even(made, runs, *setting, k) for setting in settings(made) for k in horizons]
    return pd.DataFrame(rows).round(12)


# --- words ---


def told(row: pd.Series) -> str:
    """0.31 % [0.29, 0.33], or that it lies outside of what was tried."""
    if np.isnan(row.break_even):
        return "not within what was tried"
    return f"{row.break_even:.2f} % [{row.break_even_low:.2f}, {row.break_even_high:.2f}]"


def moved(row: pd.Series) -> str:
    """+0.004 [0.001, 0.007], or that it cannot be told."""
    if np.isnan(row.moved):
        return "-"
    return f"{row.moved:+.3f} [{row.moved_low:+.3f}, {row.moved_high:+.3f}]"


def at(t: pd.DataFrame, links: Links, half_life: float, horizon: int, mix: float = MIX) -> pd.Series:
    """One row of the table."""
    a, b, c = map(int, links)
    here = (t.receptivity == a) & (t.bond == b) & (t.reward == c) & (t.half_life == half_life) & (t.horizon == horizon)
    return t[here & (t.relational_share == mix)].iloc[0]


def named(row: pd.Series) -> str:
    """The links that are on, in words."""
    on = [name for name, key in zip(NAMES, ("receptivity", "bond", "reward"), strict=True) if row[key]]
    return " and ".join(on) or "nothing"


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
    """What moves the break-even: half-life; links and mix where paired differences tell them from nothing."""
    s, last = made.settings, made.settings.horizons[-1]
    ends = [f"{told(at(t, NO_LINKS, h, last))} at {h:g} weeks" for h in (min(s.half_lives), max(s.half_lives))]
    tried = t[(t.horizon == last) & t.moved.notna()]
    sure = tried[(tried.moved_low > 0.0) | (tried.moved_high < 0.0)]
    what = f"of {len(tried)} ways to link responses to relationship propensity, in markets of "
    what += f"{', '.join(f'{mix:.0%}' for mix in s.mixes)} relational customers,".replace("%", " %")
    if len(sure):
        most = sure.loc[sure.moved.abs().idxmax()]
        found = f"{len(sure)} move{'s' * (len(sure) == 1)} it measurably, most {named(most)} at "
        found += f"{most.relational_share:.0%}".replace("%", " %")
        found += f": by {moved(most)} points, run by run (about {len(tried) / 20:.0f} would by luck alone)"
    else:
        found = f"none moves it measurably (by at most {tried.moved.abs().max():.3f} points, run by run)"
    return (
        f"Below that yield rewards win, above it touchpoints. Over {years(last)} it is {' and '.join(ends)} of "
        f"half-life; {what} {found}."
    )


def verdict(made: Plan, t: pd.DataFrame) -> Verdict:
    """The sign is an input: `depends` on the yield, or `cannot judge` where no break-even was tried."""
    row = at(t, NO_LINKS, made.settings.half_life, made.settings.horizons[-1])
    if np.isnan(row.break_even):
        return Verdict("cannot judge", "no break-even within the yields tried")
    return Verdict("depends", f"on the yield of touchpoints: break-even {told(row)} of the price per unit of money")


def shown(made: Plan, t: pd.DataFrame) -> pd.DataFrame:
    """No links, each alone at one mix, all three in every mix: at most eight rows."""
    s, last = made.settings, made.settings.horizons[-1]
    middle = sorted(s.mixes)[len(s.mixes) // 2]
    ways = [(NO_LINKS, MIX), *((links, middle) for links in WAYS if sum(links) == 1)]
    rows = []
    for links, mix in [*ways, *((WAYS[-1], mix) for mix in s.mixes)][:8]:
        found = [at(t, links, s.half_life, h, mix) for h in s.horizons]
        cells = {"linked to propensity": "all three" if all(links) else named(found[-1])}
        cells["relational customers"] = f"{mix:.0%}".replace("%", " %") if any(links) else "any"
        cells |= {years(h): told(row) for h, row in zip(s.horizons, found, strict=True)}
        rows.append({**cells, f"moved over {years(last)}, paired": moved(found[-1])})
    return pd.DataFrame(rows)


PUBLISHED = (
    'published: above 0, "rather small" (Verhoef 2003),\nleast on objective performance (Palmatier et al. 2006);\n'
    "neither per unit of money, so no range stands here"
)
CAUTION = (
    "that touchpoints of the break-even yield exist: whether a unit of money buys it is a question to data, and "
    "published effects are small, none stated per unit of money. Rivals do nothing here; bonds left at the horizon are "
    "worth nothing; points owed are booked (table.csv has the break-even with them at zero). Whoever assumes the yield "
    "assumes the answer."
)


def draw(made: Plan, t: pd.DataFrame):
    """Break-even yield by half-life, a line for each horizon; then what links move it by, mix by mix."""
    s, last = made.settings, made.settings.horizons[-1]
    with charts.style():
        figure, (left, right) = charts.sheet(10.0, 4.8, columns=2, width_ratios=(1.0, 1.25))
        for h, colour in zip(s.horizons, charts.PALETTE, strict=False):
            line = t[(t.receptivity + t.bond + t.reward == 0) & (t.horizon == h)].sort_values("half_life")
            left.plot(line.half_life, line.break_even, "o-", color=colour, linewidth=2, label=years(h))
            left.fill_between(line.half_life, line.break_even_low, line.break_even_high, color=colour, alpha=0.2)
        left.set_xscale("log")
        left.set_xticks(s.half_lives, [f"{h:g}" for h in s.half_lives])
        left.minorticks_off()
        left.set(xlabel="half-life of a bond, weeks", ylabel="break-even yield, % of price per money")
        left.set_ylim(bottom=0)
        left.legend(title="profit within", frameon=False, loc="upper right")
        left.annotate(
            PUBLISHED, (0.0, 0.01), (0.05, 0.12), xycoords="axes fraction", fontsize=charts.SMALL, color=charts.GREY,
            va="bottom", arrowprops={"arrowstyle": "->", "color": charts.GREY},
        )  # fmt: skip
        for k, (mix, colour) in enumerate(zip(s.mixes, charts.PALETTE[3:], strict=False)):
            rows = [at(t, links, s.half_life, last, mix) for links in WAYS]
            x = np.arange(len(WAYS)) + 0.2 * (k - (len(s.mixes) - 1) / 2.0)
            low, high = ([abs(row.moved - row[end]) for row in rows] for end in ("moved_low", "moved_high"))
            label = f"{mix:.0%}".replace("%", " %")
            right.errorbar(x, [row.moved for row in rows], (low, high), fmt="o", color=colour, label=label)
        right.axhline(0.0, color=charts.GREY, linewidth=0.8)
        right.set_xticks(range(len(WAYS)), ["".join(c for c, on in zip("RBP", w, strict=True) if on) for w in WAYS])
        right.set_xlabel("links on: Receptivity, worth of a Bond, Pull of rewards")
        right.set_ylabel(f"moved over {years(last)}, points (0 = no links)")
        right.set_ylim(top=right.get_ylim()[1] + 0.25 * np.ptp(right.get_ylim()))
        right.legend(title="relational customers", frameon=False, ncols=len(s.mixes), loc="upper center")
        detail = (
            f"Above a line touchpoints add more profit than points of the same cost, below it less. {made.world.seeds} "
            f"paired runs of {made.world.customers.n:,} households; 95 % intervals."
        )
        charts.headline(figure, "What touchpoints must be worth to match rewards", detail)
    return figure


def answer(made: Plan) -> experiment.Finding:
    """Run, judge, tell."""
    check(made)
    _, chance = budget(made)
    return judged(made, table(made, simulate(made, worlds(made, chance))))


def judged(made: Plan, t: pd.DataFrame) -> experiment.Finding:
    """The answer that follows from a table."""
    return experiment.Finding(
        question=(__doc__ or "").split("\n")[0],
        verdict=verdict(made, t),
        headline=headline(made, t),
        flips=flips(made, t),
        caution=CAUTION,
        shown=shown(made, t),
        table=t,
        draw=partial(draw, made, t),
        data=t,
    )


EXPERIMENT = experiment.Script("relational_vs_reward", RelationalVsReward, answer)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT, sys.argv[1:]))
