"""Does a war of rewards start, where does it stop, and who pays?

Why it is contested   Followers are said to design richer programs than the first (S3-04). On paper, with prices that
                      stay, each of N firms does so until one more of reward costs as much as it brings; profit is then
                      down to what a reward costs of its worth. In a market with loyal tastes that may never begin.
Design                Equal grocery chains give money back to everybody; prices stay. In one year each of some levels
                      for one chain is run against each level of all others, on the same seeds; between levels a curve.
                      The level that earns most against the others' is a best answer. From none: the first one's, the
                      followers' to it, and where all answer the best. By the number of chains, by how price sensitive
                      customers are, by what a reward costs; then in worlds in which all assumed is drawn anew. Beside
                      it a war by rule: a step above the most generous rival each quarter, up to a ceiling.
What would change     S3-04 is supported in a world where followers answer a first program with more than it gives, and
our mind              refuted where they give no more; where nobody begins, the question does not arise.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

import numpy as np
import pandas as pd
from scipy.interpolate import CubicSpline

from loyaltysim.cli.experiment import main
from loyaltysim.firms.policies.imitate import given, multiplied
from loyaltysim.market.model import Market
from loyaltysim.measures.ratio import ratio
from loyaltysim.measures.statistics import Estimate, estimate, ratio_of_means
from loyaltysim.measures.verdict import Verdict, lies_within, over_worlds
from loyaltysim.present import assumptions, charts, glossary
from loyaltysim.present.answer import FEWEST, TOO_FEW, wrapped
from loyaltysim.runs.pool import prepare
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.scenario.said import Said
from loyaltysim.scenario.terms import term
from loyaltysim.studies import assumed, experiment, redrawn
from loyaltysim.studies.ensembles import worlds_of
from loyaltysim.studies.experiment import spread
from loyaltysim.studies.reading import Reading, Table
from loyaltysim.studies.worlds import many, prepared

QUARTER, YEAR = 13, 52
HELD = ("rivals", "firms.a.share", "customers.r_focal", "program.cashback.cost")
REWARDS = ["reward_cost", "liability_change"]  # lines of the books: what rewards cost
FINE = 1001  # places between the lowest and the highest level
ROUNDS = 200  # of answers; half of each step is taken, so that they settle
WARS = {"all outbid": None, "one outbids": 1}  # how many firms have the policy; None = all


@dataclass(frozen=True)
class Escalation:
    """What varies and how it is judged."""

    claims: tuple[str, ...] = term((), "row of the claims' sources")
    levels: tuple[float, ...] = term((0.0, 0.01, 0.02, 0.04), "share of spending", 0.0, 1.0)
    span: int = term(52, "weeks", 1, 520, doc="of a market in which nobody changes its level")
    firms: tuple[int, ...] = term((4,), "firms", 2, 8)
    sensitivities: tuple[float, ...] = term((4.0,), "utility per price", 0.01, 1000.0)
    costs: tuple[float, ...] = term((0.8,), "share of a reward's worth", 0.0, 2.0)
    step: float = term(0.001, "share of spending", 0.0, 1.0, doc="what a richer program gives more, at least")
    worlds: int = term(30, "worlds", 1, 10_000, doc="at most; no more than the square of the runs")
    world_levels: tuple[float, ...] = term((0.0, 0.02, 0.05, 0.09), "share of spending", 0.0, 1.0)
    world_customers: int = term(1000, "customers", 1, 10_000_000, doc="of a world, at most those of the scenario")
    world_seeds: int = term(3, "runs", 1, 1000, doc="of a world, at most those of the scenario")


Plan = experiment.Plan[Escalation]
Numbers = dict[str, float]


# --- markets ---


def giving(world: Scenario, own: float, others: float) -> Scenario:
    """The market in which the leader gives back so much of spending and all others so much; nobody changes it."""
    program = world.focal_firm.program
    firms = {}
    for name, firm in world.firms.items():
        level = own if name == world.focal else others
        firms[name] = replace(firm, program=multiplied(program, level / given(program)) if level else {}, policy={})
    return replace(world, firms=firms)


def places(made: Plan) -> dict[str, Scenario]:
    """The market of every number of firms and price sensitivity, as `<firms>/<sensitivity>`."""
    found = {}
    for n, beta in product(made.settings.firms, made.settings.sensitivities):
        world = made.changed([f"firms={n}", f"customers.price_sensitivity={beta:g}"])
        found[f"{n}/{beta:g}"] = replace(world, weeks=made.settings.span)
    return found


def worlds(made: Plan) -> dict[str, Scenario]:
    """Every market as `<firms>/<sensitivity>/<own>/<others>`."""
    levels = made.settings.levels
    return {f"{place}/{own:g}/{others:g}": giving(world, own, others)
            for place, world in places(made).items() for own, others in product(levels, levels)}  # fmt: skip


def wars(made: Plan) -> dict[str, Scenario]:
    """The wars by rule at each sensitivity, as `<name>/<sensitivity>`, and the market with nobody in it."""
    found = {}
    for beta in made.settings.sensitivities:
        world = made.changed([f"customers.price_sensitivity={beta:g}"])
        policy, program = world.focal_firm.policy, world.focal_firm.program
        for name, most in WARS.items():
            firms = {firm: replace(terms, program=program, policy=policy if most is None or k < most else {})
                     for k, (firm, terms) in enumerate(world.firms.items())}  # fmt: skip
            found[f"{name}/{beta:g}"] = replace(world, firms=firms)
        nobody = {firm: replace(terms, program={}, policy={}) for firm, terms in world.firms.items()}
        found[f"nobody/{beta:g}"] = replace(world, firms=nobody)
    return found


def check(made: Plan) -> None:
    """Refuse a market without a reward on spending, and levels that make no curve. Raises ConfigError."""
    s, leader, problems = made.settings, made.world.focal_firm, []
    if not given(leader.program):
        problems.append(Problem("program", "the leader needs a reward on spending: program=cashback"))
    if set(leader.policy) != {"escalate"}:
        problems.append(Problem("policy", "the leader needs policy=escalate"))
    for key in ("levels", "world_levels"):
        levels = list(getattr(s, key))
        if len(levels) < 4 or levels[0] != 0.0 or levels != sorted(set(levels)):
            problems.append(Problem(f"experiment.{key}", "needs four levels or more, rising from 0", levels))
    if problems:
        raise ConfigError(problems)


# --- runs ---


def play(job: tuple[Scenario, int]) -> Numbers:
    """One year in which nobody changes its level, money per customer of the market and year.

    gross : the leader's profit before what its rewards cost;  face : what these are worth;  gross_all, face_all : of
    all firms;  surplus : of customers;  share : of the leader, percent of purchases
    """
    world, seed = job
    book = Market(world, seed).run()
    sums = book.weekly.groupby("firm", sort=False)[["visits", "profit", *REWARDS]].sum()
    per = 100.0 * world.customers.n * world.weeks / YEAR
    cost = sums[REWARDS].sum(axis=1)
    face = {name: cost[name] / price_of(firm.program) for name, firm in world.firms.items()}
    gross = sums.profit + cost
    me = world.focal
    return {
        "gross": float(gross[me]) / per,
        "face": face[me] / per,
        "gross_all": float(gross.sum()) / per,
        "face_all": sum(face.values()) / per,
        "surplus": float(book.people.surplus.mean()) * YEAR / world.weeks,
        "share": 100.0 * float(sums.visits[me] / sums.visits.sum()),
    }


def price_of(program: Mapping) -> float:
    """What a unit of reward costs its firm; 1 where there is none."""
    return next((terms.cost for terms in program.values() if hasattr(terms, "cost")), 1.0)


def fight(job: tuple[Scenario, int]) -> pd.DataFrame:
    """A war by rule, a row a quarter: what the leader gives back at its end, share of spending, and profits, money per
    customer and year, of the leader and of all; what customers gain, in the last row.
    """
    world, seed = job
    book, rows = Market(world, seed).run(), []
    per = 100.0 * world.customers.n * QUARTER / YEAR
    for k in range(world.weeks // QUARTER):
        weeks = book.weekly[(book.weekly.week >= k * QUARTER) & (book.weekly.week < (k + 1) * QUARTER)]
        level = given(book.offers[(k + 1) * QUARTER - 1][world.focal].program)
        profit = weeks.groupby("firm", sort=False).profit.sum() / per
        rows.append({"quarter": k, "level": level, "profit": profit[world.focal], "profit_all": profit.sum()})
    return pd.DataFrame(rows).assign(surplus=float(book.people.surplus.mean()) * YEAR / world.weeks)


def simulate(made: Plan) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every market and every war with every seed. -> (a row a market and seed; a row a war, seed and quarter)"""
    seeds, count = range(made.world.seed, made.world.seed + made.world.seeds), made.world.compute.processes
    done = experiment.run_arms(play, worlds(made), seeds, lambda world: world, count)
    runs = [{"world": name, "seed": seed, **run} for name, found in done.items()
            for seed, run in zip(seeds, found, strict=True)]  # fmt: skip
    fought = experiment.run_arms(fight, wars(made), seeds, lambda world: world, count)
    frames = [frame.assign(war=name, seed=seed) for name, found in fought.items()
              for seed, frame in zip(seeds, found, strict=True)]  # fmt: skip
    return pd.DataFrame(runs), pd.concat(frames, ignore_index=True)


def in_a_world(levels: Sequence[float], seeds: int, bases: Sequence[Scenario], seed: int) -> Numbers:
    """One evidence world in so many runs: gross profit and rewards by level. -> `<own>/<others>/<x>/<run>`"""
    (world,), found = bases, Numbers()
    for own, others, k in product(levels, levels, range(seeds)):
        run = play((giving(world, own, others), seed + k * 1_000_003))
        found |= {f"{own:g}/{others:g}/{name}/{k}": run[name] for name in ("gross", "face")}
    return found


def in_worlds(made: Plan) -> pd.DataFrame:
    """The levels where what nobody knows is drawn anew: a row a world. What a reward costs is judged as it is set."""
    s, world = made.settings, replace(made.world, weeks=made.settings.span)
    n = min(s.worlds, made.world.seeds**2)
    drawn = worlds_of(world, "evidence", held=HELD, judged=s.claims, n=n)
    base = prepared(world, drawn.sizes, min(s.world_customers, world.customers.n))
    base = replace(base, record=replace(base.record, log=False))
    prepare(giving(base, own, others) for own, others in product((0.0, s.world_levels[1]), repeat=2))
    task = partial(in_a_world, s.world_levels, min(s.world_seeds, made.world.seeds))
    found = many(task, [base], drawn.values.head(n), processes=world.compute.processes, label="evidence worlds")
    return pd.concat([drawn.varied.head(n), found], axis=1)


# --- best answers ---


@dataclass(frozen=True)
class Curves:
    """What a firm earns by its own and the others' level of rewards. levels : (L,);  earned : (own, others) money"""

    levels: np.ndarray
    earned: np.ndarray

    @property
    def answers(self) -> np.ndarray:
        """The level that earns most against each level of the others. -> (L,)"""
        fine = np.linspace(self.levels[0], self.levels[-1], FINE)
        return fine[CubicSpline(self.levels, self.earned)(fine).argmax(axis=0)]

    def answer(self, others: float) -> float:
        """The level that earns most against any level of the others."""
        return float(np.interp(others, self.levels, self.answers))

    def path(self) -> dict[str, float]:
        """From nobody: the first one's level, the followers' to it, and where all answer the best (nan: nowhere)."""
        first = self.answer(0.0)
        here, known = first, self.answers
        for _ in range(ROUNDS):
            here += 0.5 * (float(np.interp(here, self.levels, known)) - here)
        return {"first": first, "followers": self.answer(first), "stops": here}


def curves(levels: Sequence[float], gross: np.ndarray, face: np.ndarray, k: float) -> Curves:
    """At a cost k of a unit of rewards, which moves no purchase while prices stay. gross, face : (own, others)"""
    return Curves(np.asarray(levels, float), gross - k * face)


def square(values: Mapping[str, float], levels: Sequence[float]) -> np.ndarray:
    """Numbers by own and others' level. values : `<own>/<others>` -> number;  -> (own, others)"""
    return np.array([[values[f"{own:g}/{others:g}"] for others in levels] for own in levels])


def pays_below(levels: Sequence[float], gross: np.ndarray, face: np.ndarray) -> float:
    """The cost of a unit of rewards below which the lowest level pays for the first who gives it: what it brings before
    their cost, over what they are worth. gross, face : (own, others)
    """
    return ratio(float(gross[1, 0] - gross[0, 0]), float(face[1, 0]))


# --- what is read off the runs ---


def table(made: Plan, runs: pd.DataFrame) -> pd.DataFrame:
    """A row a number of firms, sensitivity and cost: below which cost a first reward pays, levels of the first, of the
    followers and where it stops, and there, in percent of no rewards, profit of all, and what customers gain, money.
    """
    s, rows = made.settings, []
    parts = runs.world.str.split("/")
    runs = runs.assign(place=parts.str[:2].str.join("/"), pair=parts.str[2:].str.join("/"))
    for place, cost in product(runs.place.unique(), s.costs):
        found = []
        for _, one in runs[runs.place == place].groupby("seed"):
            by = one.set_index("pair")
            own = {name: square(by[name].to_dict(), s.levels) for name in ("gross", "face")}
            ends = curves(s.levels, own["gross"], own["face"], cost).path()
            alike = {
                name: np.diag(square(by[name].to_dict(), s.levels)) for name in ("gross_all", "face_all", "surplus")
            }
            profit = CubicSpline(s.levels, alike["gross_all"] - cost * alike["face_all"])
            ends |= {"pays_below": pays_below(s.levels, **own), "richer": ends["followers"] - ends["first"]}
            ends["profit"] = 100.0 * ratio(float(profit(ends["stops"]) - profit(0.0)), float(profit(0.0)))
            ends["surplus"] = float(CubicSpline(s.levels, alike["surplus"])(ends["stops"]))
            found.append(ends)
        firms, beta = place.split("/")
        row = {"firms": int(firms), "sensitivity": float(beta), "cost": cost}
        for name in found[0]:
            row |= spread(name, estimate([ends[name] for ends in found], ""))
        verdict = richer(*(estimate([ends[name] for ends in found], "") for name in ("first", "richer")), s.step)
        rows.append(row | {"verdict": verdict.word, "why": verdict.why})
    return pd.DataFrame(rows).round(12)


def richer(first: Estimate, more: Estimate, step: float) -> Verdict:
    """S3-04 in one world: do followers answer the first program with a richer one? Where nobody begins, no follower."""
    begins = lies_within(first, step, np.inf)
    if begins.word == "refuted" or first.value is None or first.value <= step:
        return Verdict("cannot judge", "nobody begins")
    if begins.word != "supported":
        return Verdict("inconclusive", "whether anybody begins cannot be told")
    return lies_within(more, step, np.inf)


def judged_worlds(made: Plan, drawn: pd.DataFrame) -> pd.DataFrame:
    """A row a world at the cost that is set: what the first gives, the followers, where it stops, and the verdict."""
    s, cost, rows = made.settings, price_of(made.world.focal_firm.program), []
    names = [str(name) for name in drawn]
    seeds = sorted({int(name.rsplit("/", 1)[1]) for name in names if name.count("/") == 3})
    pairs = [f"{own:g}/{others:g}" for own, others in product(s.world_levels, s.world_levels)]
    for _, world in drawn.iterrows():
        found = []
        for k in seeds:
            own = {
                name: square({pair: world[f"{pair}/{name}/{k}"] for pair in pairs}, s.world_levels)
                for name in ("gross", "face")
            }
            ends = curves(s.world_levels, own["gross"], own["face"], cost).path()
            ends["pays_below"] = pays_below(s.world_levels, **own)
            found.append(ends)
        first, more = ([x["first"] for x in found], [x["followers"] - x["first"] for x in found])
        verdict = richer(estimate(first, ""), estimate(more, ""), s.step)
        means = {name: float(np.mean([ends[name] for ends in found])) for name in found[0]}
        rows.append({**means, "verdict": verdict.word, "why": verdict.why})
    return pd.DataFrame(rows, index=drawn.index).round(12)


def fought(made: Plan, war: pd.DataFrame) -> pd.DataFrame:
    """A row a war by rule and sensitivity: the level at its end, profits of its last quarter in percent of those with
    nobody in it, of the leader and of all, and what customers gained over it, money a year.
    """
    rows, last = [], war[war.quarter == war.quarter.max()].set_index(["war", "seed"])
    for name, beta in product(WARS, made.settings.sensitivities):
        own, none = last.loc[f"{name}/{beta:g}"], last.loc[f"nobody/{beta:g}"]
        row = {"war": name, "sensitivity": beta, "level": float(own.level.mean())}
        for number in ("profit", "profit_all"):
            row |= spread(number, ratio_of_means(100.0 * (own[number] - none[number]), none[number], "percent"))
        rows.append(row | spread("surplus", estimate(own.surplus - none.surplus, "money")))
    return pd.DataFrame(rows).round(12)


# --- words ---


def base_row(made: Plan, t: pd.DataFrame, beta: float | None = None) -> pd.Series:
    """The row of the scenario's firms and cost, at its price sensitivity or another."""
    beta = made.world.customers.price_sensitivity if beta is None else beta
    here = (t.firms == len(made.world.firms)) & (t.cost == price_of(made.world.focal_firm.program))
    return t[here & (t.sensitivity == beta)].iloc[0]


def stop(made: Plan, row: pd.Series) -> str:
    """A level in percent of spending; "at least" at the highest that was tried."""
    top = made.settings.levels[-1]
    return f"{100.0 * row.stops:.0f} %" if row.stops < 0.99 * top else f"{100.0 * top:.0f} %"


def first(made: Plan, t: pd.DataFrame) -> Said:
    """Does anybody begin here, and where customers are more price sensitive?"""
    s, usual = made.settings, made.world.customers.price_sensitivity
    here, there = base_row(made, t), base_row(made, t, max(s.sensitivities))
    times = max(s.sensitivities) / usual
    if here.first_high <= s.step:
        begun = Said("No chain begins a war of rewards here", "这里没有企业会先打奖励战")
    elif here.first_low > s.step:
        begun = Said(f"A war of rewards begins here and stops at {stop(made, here)} of spending",
                     f"这里会打奖励战，止于消费额的 {stop(made, here)}")  # fmt: skip
    else:
        begun = Said("Whether a war of rewards begins here cannot be told", "这里是否会打奖励战还说不准")
    if there.first_low > s.step and here.first_low > s.step:
        rest = Said(f"more price sensitive customers drive it to {stop(made, there)}",
                    f"客户更敏感时升到 {stop(made, there)}")  # fmt: skip
    elif there.first_low > s.step:
        rest = Said(f"if customers minded prices {times:g} times as much, it would stop at {stop(made, there)}",
                    f"若客户对价格的敏感度为 {times:g} 倍，则止于消费额的 {stop(made, there)}")  # fmt: skip
    elif there.first_high <= s.step:
        rest = Said(
            f"nor would one if customers minded prices {times:g} times as much",
            f"客户对价格的敏感度是 {times:g} 倍也不会",
        )
    else:
        rest = Said("whether more price sensitive customers change that cannot be told", "客户更敏感时如何还说不准")
    return Said(f"{begun.en}; {rest.en}.", f"{begun.zh}；{rest.zh}。")


def second(made: Plan, t: pd.DataFrame, war: pd.DataFrame) -> Said:
    """Below which cost the first reward pays; what a war by rule does."""
    here, usual = base_row(made, t), made.world.customers.price_sensitivity
    all_ = war[(war.war == next(iter(WARS))) & (war.sensitivity == usual)].iloc[0]
    unit = glossary.currency(made.world.market.currency)
    cost, level = price_of(made.world.focal_firm.program), f"{100.0 * all_.level:.0f} %"
    return Said(
        f"The first to give earns by it only if a reward costs less than {here.pays_below:.2f} of its worth; here it "
        f"costs {cost:g}. Chains that outbid each other by rule end at their ceiling: {level} given back, all profits "
        f"{all_.profit_all:+.0f} %, customers {all_.surplus:+.0f} {unit.en} a year.",
        f"只有奖励成本低于其价值的 {here.pays_below:.2f}，先给的企业才赚；这里是 {cost:g}。"
        f"按规则互相加码则到上限为止：返还 {level}，全行业利润 {all_.profit_all:+.0f} %，"
        f"客户每年 {all_.surplus:+.0f} {unit.zh}。",
    )


def sure(made: Plan, found: pd.DataFrame, drawn: pd.DataFrame) -> Said:
    """In how many worlds somebody begins, and what carries it."""
    if made.world.seeds < FEWEST:
        return TOO_FEW
    n, begins = len(found), int((found["first"] > made.settings.step).sum())
    said = Said(f"Somebody begins in {begins} of {n} worlds", f"{n} 个世界里有 {begins} 个会有人先打")
    keys = [str(key) for key in drawn if "/" not in str(key)]
    key = redrawn.carrier(drawn[keys].assign(found=found.pays_below.to_numpy()), keys, "found")
    if not key:
        return Said(f"{said.en}; no single size decides.", f"{said.zh}；没有哪个因素单独决定。")
    name = assumptions.size(key)
    return Said(f"{said.en}, mostly because nobody knows {name.en}.", f"{said.zh}，主要因为没人知道{name.zh}。")


ASSUMED = Said(
    "Prices stay, and each answers what the others give today.", "价格不变，各家只对别人眼下的返还作出最佳回应。"
)
CAUTION = Said(
    "that wars of rewards do not happen: firms may follow a rule, or look further than a year. That a rule of "
    "outbidding ends at its ceiling is built in.",
    "奖励战不会发生：企业可能按规则行事，或看得比一年更远。按规则加码到上限为止，这是设定。",
)


def shown(made: Plan, t: pd.DataFrame) -> Table:
    """A row a number of chains and sensitivity, at the cost that is set."""
    rows = []
    for row in t[t.cost == price_of(made.world.focal_firm.program)].itertuples():
        name = Said(
            f"{row.firms} chains, sensitivity {row.sensitivity:g}", f"{row.firms} 家，敏感度 {row.sensitivity:g}"
        )
        rows.append((name, f"{row.pays_below:.2f}", f"{100.0 * row.stops:.1f}", f"{row.profit + 0.0:+.0f}"))
    title = (
        Said("", ""),
        Said("first pays below", "低于此成本才赚"),
        Said("stops at, %", "止于 %"),
        Said("profit there, %", "届时利润 %"),
    )
    return Table(title, rows)


# --- the figure ---


def draw(made: Plan, runs: pd.DataFrame, said: Said):
    """Best answers to what the others give, at two costs; they cross the diagonal where a war stops."""
    s = made.settings
    data = answers(made, runs)
    with charts.style():
        figure, axes = charts.sheet(7.0, 5.4)
        top = 100.0 * s.levels[-1]
        axes.plot([0.0, top], [0.0, top], color=charts.GREY, linewidth=1.0)
        axes.text(0.86 * top, 0.9 * top, str(Said("as much as the others", "与别人一样多")), ha="right", fontsize=10,
                  color=charts.GREY)  # fmt: skip
        for k, beta in enumerate(s.sensitivities):
            for cost, dash in ((price_of(made.world.focal_firm.program), "-"), (min(s.costs), (0, (5, 2)))):
                part = data[(data.sensitivity == beta) & (data.cost == cost)]
                label = Said(f"sensitivity {beta:g}, a reward costs {cost:g}", f"敏感度 {beta:g}，奖励成本 {cost:g}")
                axes.plot(100.0 * part.others, 100.0 * part.best, dash if isinstance(dash, str) else "--",
                          color=charts.PALETTE[k], linewidth=2.4, label=str(label))  # fmt: skip
        axes.set_xlabel(str(Said("what all others give back, % of spending", "其他各家返还，占消费额 %")))
        axes.set_ylabel(str(Said("what earns a chain most, % of spending", "自己最赚的返还，占消费额 %")))
        axes.set_ylim(None, 1.5 * top)
        axes.legend(loc="upper left", fontsize=10, ncols=2)
        detail = Said(
            f"{len(made.world.firms)} equal grocery chains, prices stay. A war stops where a line meets the diagonal;\n"
            f"{top:.0f} % is the most that was tried.",
            f"{len(made.world.firms)} 家同等的连锁店，价格不变。奖励战止于线与对角线相交处；最多试到 {top:.0f} %。",
        )
        charts.headline(figure, "\n".join(wrapped(str(said).rstrip("."), 56)), str(detail))
    return figure


def answers(made: Plan, runs: pd.DataFrame) -> pd.DataFrame:
    """Best answers to each level of the others, of the mean over seeds, for the scenario's number of firms."""
    s, rows, n = made.settings, [], len(made.world.firms)
    means = runs.groupby("world", sort=False)[["gross", "face"]].mean()
    for beta, cost in product(s.sensitivities, s.costs):
        own = {name: square({f"{a:g}/{b:g}": means[name][f"{n}/{beta:g}/{a:g}/{b:g}"] for a, b in
                             product(s.levels, s.levels)}, s.levels) for name in ("gross", "face")}  # fmt: skip
        best = curves(s.levels, own["gross"], own["face"], cost).answers
        rows += [{"sensitivity": float(beta), "cost": cost, "others": other, "best": float(x)}
                 for other, x in zip(s.levels, best, strict=True)]  # fmt: skip
    return pd.DataFrame(rows)


# --- all together ---


def answer(made: Plan) -> experiment.Finding:
    """Run, judge, draw."""
    check(made)
    runs, war = simulate(made)
    saved = {"runs": runs, "wars": war, "worlds": in_worlds(made)}
    return told(made, {name: experiment.as_saved(t) for name, t in saved.items()})


def told(made: Plan, saved: Mapping[str, pd.DataFrame]) -> experiment.Finding:
    """The answer from saved tables alone. saved : runs, wars, worlds, as their .csv"""
    t = experiment.as_saved(table(made, saved["runs"]))
    war = experiment.as_saved(fought(made, saved["wars"]))
    found = experiment.as_saved(judged_worlds(made, saved["worlds"]))
    opening = first(made, t)
    whole = over_worlds(Verdict(row.verdict, "") for row in found.itertuples())
    cells = ", ".join(f"{word} in {n}" for word, n in t.verdict.value_counts().items())
    said = {
        "S3-04": Verdict(whole.word, f"{whole.why}; of {len(t)} settings {cells}; where nobody begins, nobody follows")
    }
    if made.world.seeds < FEWEST:
        said = dict.fromkeys(said, Verdict("cannot judge", "too few runs to say"))
    return experiment.Finding(
        question=Said((__doc__ or "").splitlines()[0], "奖励战会开打吗？止于何处？谁买单？"),
        reading=Reading(opening, second(made, t, war), sure(made, found, saved["worlds"]), shown(made, t), ASSUMED),
        verdicts={row: said[row] for row in made.settings.claims},
        caution=CAUTION,
        table=t,
        draw=partial(draw, made, saved["runs"], opening),
        data=answers(made, saved["runs"]),
        more={**saved, "by_rule": war, "judged": found},
        numbers={"card": assumed.card(made.settings)},
    )


EXPERIMENT = experiment.Script("escalation", Escalation, answer)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT, sys.argv[1:]))
