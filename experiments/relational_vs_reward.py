"""How much must a unit of money of touchpoints raise willingness to pay to match a unit of money of rewards?

This is the appendix of head_to_head, which says who wins among which customers.

Why it is contested   Relational programs are said to beat reward programs at equal budget (claims S3-23, S3-38). With
                      an assumed worth of a touchpoint the comparison is a ratio of two constants: whoever picks them
                      picks the winner. So the worth is not assumed but searched, and published effects of relational
                      programs, which are small (Verhoef 2003, J. Marketing 67; Palmatier et al. 2006, J. Marketing
                      70), can be held against it.
Design                The leader of a real grocery market runs points, or recognises every customer with the chance at
                      which touchpoints cost what the points cost (found on seeds of their own). The worth of a
                      touchpoint (percent of the price per unit of money, at no bond) and the half-life of a bond are
                      varied; break-even is where both add the same profit, run by run, within one, two and five years.
                      The links from relationship propensity to receptivity, to the worth of a bond and to the pull of
                      rewards are switched on one by one and together, among few and among many relational customers
                      (links have mean 1 where half are); what they move is the difference to no links, run by run.
                      Rivals are passive.
What would change     A level that is not near the reward rate: it is arithmetic otherwise. Or links that move nothing
our mind              among few and many relational customers: who the customers are would then not matter.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

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
from loyaltysim.present import charts, glossary
from loyaltysim.present.answer import FEWEST, TOO_FEW
from loyaltysim.programs.recognition import Recognition
from loyaltysim.runs.pool import map_runs, prepare
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.scenario.said import Said
from loyaltysim.scenario.terms import term
from loyaltysim.studies import experiment
from loyaltysim.studies.equal_budget import search_seeds
from loyaltysim.studies.reading import Reading, Table

YEAR = 52
MIX = 0.5  # share of relational customers without links, where it moves nothing
NO_LINKS = (False, False, False)
ALL = (True, True, True)
WAYS = ((True, False, False), (False, True, False), (False, False, True), ALL)


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
    mixes: tuple[float, ...] = term((0.1, 0.9), "share of customers", 0.0, 1.0, doc="relational, with links on")


Plan = experiment.Plan[RelationalVsReward]
Links = tuple[bool, bool, bool]


# --- worlds ---


def linked(made: Plan, links: Links, mix: float) -> Scenario:
    """The reward world with some links on (receptivity, worth of a bond, pull of rewards) and a share of relational
    customers; links have mean 1 where half are.
    """
    s, c = made.settings, made.world.customers
    on = {name: getattr(s, name) for name, yes in zip(("recept", "bond", "reward"), links, strict=True) if yes}
    people = replace(c, links=replace(c.links, **on), relational_share=mix, link_mean="reference")
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
    row["times_reward_rate"] = row["full_bond_worth"] / reward_rate(made)
    row["runs"] = len(found)
    row["break_even_liability_at_zero"] = crossing(yields, zero.mean(axis=1))
    row |= {"reward_gain": reward[:, 0, k].mean(), "reward_cost": reward[:, 2, k].mean()}
    return row | {"touch_gain_at_most": arms[-1][:, 0, k].mean(), "touch_cost": arms[0][:, 2, k].mean()}


def reward_rate(made: Plan) -> float:
    """What the points give back of a unit of money spent, at face value."""
    points = made.world.focal_firm.program["points"]
    return float(points.earn * points.face_value / points.threshold)


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


def at(t: pd.DataFrame, links: Links, half_life: float, horizon: int, mix: float = MIX) -> pd.Series:
    """One row of the table."""
    a, b, c = map(int, links)
    here = (t.receptivity == a) & (t.bond == b) & (t.reward == c) & (t.half_life == half_life) & (t.horizon == horizon)
    return t[here & (t.relational_share == mix)].iloc[0]


def percent(value: float) -> str:
    """A yield, `0.31 %`; a dash where none of those tried breaks even."""
    return "-" if np.isnan(value) else f"{value:.2f} %"


def first(made: Plan, t: pd.DataFrame) -> Said:
    """The break-even, or that none was tried."""
    row, unit = at(t, NO_LINKS, made.settings.half_life, made.settings.horizons[-1]), money(made)
    if np.isnan(row.break_even):
        return Said("No yield tried makes recognition match points.", "所试的收效都不能让会员关怀与积分打平。")
    return Said(
        f"A {unit.en} of recognition matches a {unit.en} of points once it adds {percent(row.break_even)} of the price "
        "to what people would pay.",
        f"每{unit.zh}会员关怀要让客户愿意多付价格的{percent(row.break_even)}，才与积分打平。",
    )


def second(made: Plan, t: pd.DataFrame) -> Said:
    """What moves it: how long a bond lasts, and who the customers are once links act."""
    s, last = made.settings, made.settings.horizons[-1]
    short, long = (at(t, NO_LINKS, h, last).break_even for h in (min(s.half_lives), max(s.half_lives)))
    few, many = (at(t, ALL, s.half_life, last, mix).break_even for mix in (s.mixes[0], s.mixes[-1]))
    lasts, who = turned(long, short), turned(many, few)
    return Said(
        f"It is {lasts.en} where a bond lasts longer, and {who.en} where more customers are relational.",
        f"情感联系越持久，它{lasts.zh}；重关系的客户越多，它{who.zh}。",
    )


def turned(there: float, here: float) -> Said:
    """Which way a number goes."""
    if np.isnan(there) or np.isnan(here):
        return Said("not within what was tried", "不在所试范围内")
    if there == here:
        return Said("the same", "不变")
    return Said("lower", "越低") if there < here else Said("higher", "越高")


def sure(made: Plan, t: pd.DataFrame) -> Said:
    """What nobody knows first, luck second."""
    row = at(t, NO_LINKS, made.settings.half_life, made.settings.horizons[-1])
    if row.runs < FEWEST:
        return TOO_FEW
    unknown = Said("Nobody has measured what recognition yields.", "没有人量过会员关怀的收效。")
    if np.isnan(row.break_even):
        return unknown
    half = f"{(row.break_even_high - row.break_even_low) / 2.0:.2f}"
    return unknown + Said(f"Luck moves the break-even by {half} points.", f"运气使打平点变动{half}个百分点。")


def arithmetic(made: Plan, t: pd.DataFrame) -> Said:
    """The level is arithmetic: a full bond against the reward rate."""
    row = at(t, NO_LINKS, made.settings.half_life, made.settings.horizons[-1])
    if np.isnan(row.break_even):
        return Said("No level was found.", "没有找到水平。")
    times = f"{row.times_reward_rate:.1f}"
    return Said(
        f"Its level is arithmetic: a full bond must be worth {times} times the reward rate.",
        f"它的水平只是算术：最深的情感联系要值奖励率的{times}倍。",
    )


def verdict(made: Plan, t: pd.DataFrame) -> Verdict:
    """The level is arithmetic; who wins is judged in head_to_head."""
    row = at(t, NO_LINKS, made.settings.half_life, made.settings.horizons[-1])
    if np.isnan(row.break_even):
        return Verdict("cannot judge", "no break-even within the yields tried")
    return Verdict("arithmetic", f"a full bond worth {row.times_reward_rate:.2f} times the reward rate")


def rows_shown(made: Plan, t: pd.DataFrame) -> Table:
    """By half-life without links, then few and many relational customers with all three."""
    s, ends = made.settings, (made.settings.horizons[0], made.settings.horizons[-1])
    shown = [
        (Said(f"half of a bond left after {h:g} weeks", f"{h:g}周后情感联系剩一半"), NO_LINKS, h, MIX)
        for h in sorted({*s.half_lives, s.half_life})
    ]
    few, many = Said("few relational customers", "重关系的客户少"), Said("many relational customers", "重关系的客户多")
    shown += [(few, ALL, s.half_life, s.mixes[0]), (many, ALL, s.half_life, s.mixes[-1])]
    cells = [(name, *(percent(at(t, links, h, end, mix).break_even) for end in ends)) for name, links, h, mix in shown]
    return Table(("", *(within(end) for end in ends)), cells)


def within(weeks: int) -> Said:
    """A horizon in words."""
    years = f"{weeks / YEAR:g}"
    return Said(f"within {years} year{'s' * (weeks != YEAR)}", f"{years}年内")


def money(made: Plan) -> Said:
    """The unit of money."""
    return glossary.currency(made.world.market.currency)


CAUTION = Said(
    "that recognition of the break-even yield exists: published effects are small, none is stated per unit of money. "
    "At the break-even both programs may lose money: head_to_head says so.",
    "收效达到打平点的会员关怀真的存在：已发表的效果很小，也没有一个按每单位金额给出。打平时两种计划都可能亏钱，见对决实验。",
)


def draw(made: Plan, t: pd.DataFrame):
    """The yield that recognition must have, by how long a bond lasts, a line for each horizon."""
    s, unit = made.settings, money(made)
    rows = t[t.receptivity + t.bond + t.reward == 0]
    lines = rows.assign(line=[str(within(h)) for h in rows.horizon], value=rows.break_even)
    lines = lines.assign(low=lines.break_even_low, high=lines.break_even_high)
    with charts.style():
        figure, axes = charts.sheet(6.4, 4.8)
        charts.lines_with_bands(axes, lines, "half_life")
        axes.set_xscale("log")
        axes.set_xticks(s.half_lives, [f"{h:g}" for h in s.half_lives])
        axes.minorticks_off()
        axes.set_ylim(bottom=0)
        axes.tick_params(labelsize=12)
        axes.set_xlabel(str(Said("weeks until half of a bond is left", "情感联系剩一半所需的周数")), fontsize=13)
        needs = Said(f"% of the price that a {unit.en} must add", f"每{unit.zh}要多带来价格的%")
        axes.set_ylabel(str(needs), fontsize=13)
        title = Said("What recognition must yield to match points", "会员关怀要多大收效才与积分打平")
        detail = Said(
            "Above a line recognition earns more, below it points.", "线以上会员关怀赚得更多，线以下积分赚得更多。"
        )
        charts.headline(figure, str(title), str(detail))
    return figure


def answer(made: Plan) -> experiment.Finding:
    """Run, judge, tell."""
    check(made)
    _, chance = budget(made)
    return judged(made, table(made, simulate(made, worlds(made, chance))))


def judged(made: Plan, t: pd.DataFrame) -> experiment.Finding:
    """The answer that follows from a table."""
    return experiment.Finding(
        question=Said((__doc__ or "").split("\n")[0], "每单位金额的会员关怀要多大收效，才抵得上同样金额的奖励？"),
        reading=Reading(first(made, t), second(made, t), sure(made, t), rows_shown(made, t), arithmetic(made, t)),
        verdicts={LEVEL: verdict(made, t)},
        caution=CAUTION,
        table=t,
        draw=partial(draw, made, t),
        data=t[t.receptivity + t.bond + t.reward == 0],
    )


LEVEL = "level"  # of the break-even: no row of the sources; those are judged in head_to_head
EXPERIMENT = experiment.Script("relational_vs_reward", RelationalVsReward, answer)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT, sys.argv[1:]))
