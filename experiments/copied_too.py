"""Is a relational program copied too, and does its lead last longer than that of points?

Why it is contested   Personal contact is said to win an edge over competitors that lasts (S3-34), since a bond cannot
                      be copied overnight as points can. But whoever can pay for touchpoints can copy them.
Design                Four equal grocery chains. The first recognises everybody, or gives points that cost as much
                      (found on a seed of its own), in a market of few, half and many relational customers. Rivals
                      answer best: one copies if that earns it more than staying without, while the others do not, and
                      while they all do. Then all copy after half a year, whether it pays or not, and the lead in share
                      is followed to the quarter in which half of it is gone. All that is assumed is drawn anew in many
                      worlds.
What would change     S3-34 is supported in a world where the lead of recognition halves more than a quarter later than
our mind              that of points, refuted where it does not; without a lead the question does not arise.
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
from loyaltysim.measures.statistics import Estimate, estimate
from loyaltysim.measures.verdict import Verdict, over_worlds
from loyaltysim.present import charts, glossary
from loyaltysim.present.answer import FEWEST, TOO_FEW, wrapped
from loyaltysim.runs.pool import prepare
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.scenario.said import Said
from loyaltysim.scenario.terms import term
from loyaltysim.studies import assumed, experiment
from loyaltysim.studies.ensembles import worlds_of
from loyaltysim.studies.equal_budget import search_seeds
from loyaltysim.studies.experiment import spread
from loyaltysim.studies.reading import Reading, Table
from loyaltysim.studies.worlds import many, prepared

QUARTER, YEAR, MIDDLE = 13, 52, 0.5
HELD = ("rivals", "firms.a.share", "customers.r_focal", "customers.relational_share")
PROGRAMS = {"recognition": Said("recognition", "会员关怀"), "points": Said("points", "积分")}
COPIES = {"alone": "", "one": "c", "all_but": "bc", "all": "bcd"}  # which rivals copy
CHOOSER = {"one": "c", "all": "d"}  # the rival whose copy makes that arm of the one before


@dataclass(frozen=True)
class Copied:
    """What varies and how it is judged."""

    claims: tuple[str, ...] = term((), "row of the claims' sources")
    mixes: tuple[float, ...] = term((0.5,), "share of customers", 0.0, 1.0, doc="relational")
    lag: int = term(26, "weeks", 1, 5200, doc="until rivals copy")
    equal: float = term(13.0, "weeks", 0.0, 520.0, doc="half-lives no further apart are called equal")
    worlds: int = term(8, "worlds", 1, 10_000, doc="at most; no more than the square of the runs")
    world_customers: int = term(1000, "customers", 1, 10_000_000, doc="of a world, at most those of the scenario")
    world_seeds: int = term(4, "runs", 1, 1000, doc="of a world, at most those of the scenario")


Plan = experiment.Plan[Copied]
Numbers = dict[str, float]


# --- markets ---


def programs(world: Scenario, budget: float = 1.0) -> dict[str, Mapping[str, Any]]:
    """Both programs. budget : money of recognition over that at its own terms; below 1 fewer are recognised, above 1
    every touch costs and builds more
    """
    touch, dear = world.firms["a"].program["recognition"], max(1.0, budget)
    touch = replace(touch, probability=min(1.0, touch.probability * budget), effect=min(1.0, touch.effect * dear),
                    unit_cost=touch.unit_cost * dear)  # fmt: skip
    first = {**world.firms["a"].program, "recognition": touch}
    return {"recognition": first, "points": world.firms["b"].program}


def arm(world: Scenario, program: Mapping[str, Any], copy: str, lag: int, mix: float | None = None) -> Scenario:
    """The first has a program from the start, some rivals copy it after the lag (joining is as at b), the others have
    none for good.
    """
    firms, card = {}, {"membership": world.firms["b"].program["membership"]}
    for name, firm in world.firms.items():
        policy = {"imitate": Imitate(lag)} if name in copy else {}
        own = program if name == "a" else card if name in copy else {}
        firms[name] = replace(firm, program=own, policy=policy)
    share = world.customers.relational_share if mix is None else mix
    return replace(world, firms=firms, customers=replace(world.customers, relational_share=share))


def arms(world: Scenario, budget: float, lag: int, mix: float | None = None) -> dict[str, Scenario]:
    """Every arm of one mix as `<program>/<who copies>`, and nobody."""
    made = {f"{name}/{copy}": arm(world, program, who, lag, mix)
            for name, program in programs(world, budget).items() for copy, who in COPIES.items()}  # fmt: skip
    return made | {"nobody": arm(world, {}, "", lag, mix)}


def check(made: Plan) -> None:
    """Refuse a market that is not the one described above. Raises ConfigError with every problem."""
    world, problems = made.world, []
    if set(world.firms) != set("abcd"):
        problems.append(Problem("firms", "are a, b, c and d here", ", ".join(world.firms)))
    for firm, name in {"a": "recognition", "b": "points"}.items():
        if firm in world.firms and name not in world.firms[firm].program:
            problems.append(Problem(f"firms.{firm}.program", f"needs {name}"))
    if world.weeks < made.settings.lag + YEAR:
        problems.append(
            Problem("weeks", f"must be a year longer than experiment.lag = {made.settings.lag}", world.weeks)
        )
    if problems:
        raise ConfigError(problems)


# --- runs ---


def play(job: tuple[Scenario, int]) -> Numbers:
    """One market: profit of each firm since the copies, money per customer and year; cost of the first one's program;
    q<k>: the first one's share of purchases by quarter, percent.
    """
    world, seed = job
    weekly = Market(world, seed).run().weekly
    late = weekly[weekly.week >= world.weeks - YEAR]
    per = 100.0 * world.customers.n
    sums = late.groupby("firm", sort=False)[["profit", "revenue", "cost_of_goods"]].sum()
    found = {f"profit_{name}": float(sums.profit[name]) / per for name in world.firms}
    found["cost"] = float(sums.revenue["a"] - sums.cost_of_goods["a"] - sums.profit["a"]) / per
    for k in range(world.weeks // QUARTER):
        rows = weekly[(weekly.week >= k * QUARTER) & (weekly.week < (k + 1) * QUARTER)]
        found[f"q{k}"] = 100.0 * ratio(float(rows.visits[rows.firm == "a"].sum()), float(rows.visits.sum()))
    return found


def budget(world: Scenario, lag: int, seed: int, mix: float | None = None) -> float:
    """Money of recognition at which both programs of the first cost the same, on a seed that nothing is judged on."""
    found = {name: play((arm(world, program, "", lag, mix), search_seeds(seed)[0]))["cost"]
             for name, program in programs(world).items()}  # fmt: skip
    return max(0.0, ratio(found["points"], found["recognition"])) if found["recognition"] > 0.0 else 1.0


def simulate(made: Plan) -> pd.DataFrame:
    """Every arm of every mix with every seed: a row each, as `<mix>/<arm>`."""
    s, world = made.settings, made.world
    found = {}
    for mix in s.mixes:
        equal = budget(world, s.lag, world.seed, mix)
        found |= {f"{mix:g}/{name}": own for name, own in arms(world, equal, s.lag, mix).items()}
    seeds = range(world.seed, world.seed + world.seeds)
    done = experiment.run_arms(play, found, seeds, lambda own: own, world.compute.processes)
    return pd.DataFrame([{"world": name, "seed": seed, **run} for name, runs in done.items()
                         for seed, run in zip(seeds, runs, strict=True)])  # fmt: skip


def in_a_world(lag: int, seeds: int, bases: Sequence[Scenario], seed: int) -> Numbers:
    """One evidence world in so many runs: all arms. -> `<arm>/<number>/<run>`"""
    world, other = bases
    world = replace(world, firms={**world.firms, "b": other.firms["b"]})
    found = Numbers()
    for k, (name, own) in product(range(seeds), arms(world, budget(world, lag, seed), lag).items()):
        run = play((own, seed + k * 1_000_003))
        found |= {f"{name}/{key}/{k}": value for key, value in run.items()}
    return found


def in_worlds(made: Plan) -> pd.DataFrame:
    """All arms where what nobody knows is drawn anew: a row a world, half of its customers relational."""
    s, world = made.settings, made.world
    n = min(s.worlds, world.seeds**2)
    second = replace(world, focal="b")  # whose program takes the drawn sizes of points
    drawn = worlds_of(world, "evidence", held=HELD, judged=s.claims, n=n, beside=[second])
    bases = [prepared(own, drawn.sizes, min(s.world_customers, world.customers.n)) for own in (world, second)]
    bases = [replace(own, record=replace(own.record, log=False)) for own in bases]
    prepare(arms(bases[0], 1.0, s.lag).values())
    task = partial(in_a_world, s.lag, min(s.world_seeds, world.seeds))
    found = many(task, bases, drawn.values.head(n), processes=world.compute.processes, label="evidence worlds")
    return pd.concat([drawn.varied.head(n), found], axis=1)


# --- what is read off the runs ---


class Reader:
    """Reads effects off the table of runs, seed by seed."""

    def __init__(self, runs: pd.DataFrame) -> None:
        self.worlds = {name: group.sort_values("seed") for name, group in runs.groupby("world")}
        self.quarters = [name for name in runs if str(name).startswith("q")]

    def change(self, world: str, other: str, number: str) -> np.ndarray:
        """A number of one arm less that of another. -> (seeds,)"""
        return self.worlds[world][number].to_numpy(float) - self.worlds[other][number].to_numpy(float)

    def gained(self, world: str, nobody: str) -> np.ndarray:
        """What the first one gains in share by quarter, points. -> (seeds, quarters)"""
        return self.worlds[world][self.quarters].to_numpy(float) - self.worlds[nobody][self.quarters].to_numpy(float)


def lasted(gained: np.ndarray, lag: int) -> tuple[Estimate, float]:
    """The lead of the quarter before the copies, with its interval, and weeks until half of the largest lead is gone;
    to the horizon where that has not come. gained : (seeds, quarters), points of share
    """
    weeks = halved(gained.mean(axis=0))[1]
    rest = float(QUARTER * (gained.shape[1] - 1 - gained.mean(axis=0).argmax()))
    return estimate(gained[:, lag // QUARTER - 1], "share points"), weeks if np.isfinite(weeks) else rest


def longer(one: tuple[Estimate, float], other: tuple[Estimate, float], equal: float) -> Verdict:
    """S3-34: does the lead of recognition (one) last longer than that of points (other)? No lead: cannot judge."""
    if any(lead.low is None or lead.low <= 0.0 for lead, _ in (one, other)):
        return Verdict("cannot judge", "there is no lead beyond luck")
    words = f"{one[1]:.0f} weeks against {other[1]:.0f}"
    return Verdict("supported" if one[1] - other[1] > equal else "refuted", words)


def table(made: Plan, runs: pd.DataFrame) -> pd.DataFrame:
    """A row a mix and program: what a rival gains by copying it while no other does and while all others do, money per
    customer and year; the lead before the copies, share points, and its half-life, weeks; what is left at the end.
    """
    read, rows, lag = Reader(runs), [], made.settings.lag
    for mix, name in product(made.settings.mixes, PROGRAMS):
        at, nobody = f"{mix:g}/{name}", f"{mix:g}/nobody"
        gained = read.gained(f"{at}/all", nobody)
        lead, weeks = lasted(gained, lag)
        row = {"mix": mix, "program": name}
        row |= spread("copy_first", estimate(read.change(f"{at}/one", f"{at}/alone", "profit_c"), "money"))
        row |= spread("copy_last", estimate(read.change(f"{at}/all", f"{at}/all_but", "profit_d"), "money"))
        row |= spread("own", estimate(read.change(f"{at}/alone", nobody, "profit_a"), "money"))
        row |= spread("lead", lead) | {"half_life": weeks}
        row |= spread("left", estimate(gained[:, -1], "share points"))
        rows.append(row | spread("alone", estimate(read.gained(f"{at}/alone", nobody)[:, -1], "share points")))
    return pd.DataFrame(rows).round(12)


def judged_worlds(made: Plan, drawn: pd.DataFrame) -> pd.DataFrame:
    """A row a world: half-life of each lead, what copying brings, and the verdict."""
    s, rows = made.settings, []
    quarters = made.world.weeks // QUARTER
    runs = sorted({int(str(name).rsplit("/", 1)[1]) for name in drawn if str(name).startswith("nobody/q0/")})
    for _, world in drawn.iterrows():
        row, lead = {}, {}
        for name in PROGRAMS:
            gained = np.array([[world[f"{name}/all/q{q}/{k}"] - world[f"nobody/q{q}/{k}"] for q in range(quarters)]
                               for k in runs])  # fmt: skip
            lead[name] = lasted(gained, s.lag)
            copy = [world[f"{name}/one/profit_c/{k}"] - world[f"{name}/alone/profit_c/{k}"] for k in runs]
            row |= {f"half_life_{name}": lead[name][1], f"copy_{name}": float(np.mean(copy))}
        verdict = longer(lead["recognition"], lead["points"], s.equal)
        rows.append(row | {"verdict": verdict.word, "why": verdict.why})
    return pd.DataFrame(rows, index=drawn.index).round(12)


# --- words ---


def middle(t: pd.DataFrame) -> pd.DataFrame:
    """The rows in which half of the customers are relational, by program."""
    nearest = min(t.mix.unique(), key=lambda mix: abs(mix - MIDDLE))
    return t[t.mix == nearest].set_index("program")


def copies(row: pd.Series) -> str:
    """Does a rival that answers best copy? "yes", "no", "open"; where the others do not."""
    return "yes" if row.copy_first_low > 0.0 else "no" if row.copy_first_high < 0.0 else "open"


def first(made: Plan, t: pd.DataFrame) -> Said:
    """Who copies what, and whose lead lasts longer where all copy."""
    rows = middle(t)
    does = {name: copies(rows.loc[name]) for name in PROGRAMS}
    kept = [name for name, word in does.items() if word == "yes"]
    if "open" in does.values():
        who = Said("Whether copying pays rivals cannot be told", "模仿对对手是否划算还说不准")
    elif not kept:
        who = Said("Rivals that answer best copy neither", "只做划算事的对手都不模仿")
    elif len(kept) == len(PROGRAMS):
        who = Said("Rivals that answer best copy both", "只做划算事的对手都会模仿")
    else:
        who = Said(
            f"Rivals that answer best copy {PROGRAMS[kept[0]].en} alone",
            f"只做划算事的对手只模仿{PROGRAMS[kept[0]].zh}",
        )
    weeks = rows.half_life["recognition"] - rows.half_life["points"]
    if weeks > made.settings.equal:
        lead = Said(
            "if all copied, the lead of recognition would halve later than that of points", "若都模仿，关怀的领先更持久"
        )
    elif weeks < -made.settings.equal:
        lead = Said(
            "if all copied, the lead of recognition would halve sooner than that of points",
            "若都模仿，积分的领先更持久",
        )
    else:
        most = made.settings.equal
        near = Said("a quarter", "整季") if most <= QUARTER else Said(f"{most:g} weeks", f" {most:g} 周")
        lead = Said(
            f"if all copied, the leads of both would halve less than {near.en} apart",
            f"若都模仿，关怀与积分的领先消退得差不多快，相差不到{near.zh}",
        )
    return Said(f"{who.en}; {lead.en}.", f"{who.zh}；{lead.zh}。")


def second(made: Plan, t: pd.DataFrame) -> Said:
    """Where the mix of customers turns who copies."""
    unit = glossary.currency(made.world.market.currency)
    rows = t[t.program == "recognition"].sort_values("mix")
    few, most = rows.iloc[0], rows.iloc[-1]
    return Said(
        f"Copying recognition changes a rival's profit by {few.copy_first:+.2f} {unit.en} per customer and year among "
        f"few relational customers and by {most.copy_first:+.2f} among many.",
        f"模仿关怀使对手的利润（每位客户每年）在重关系客户少时变动 {few.copy_first:+.2f} {unit.zh}，"
        f"多时变动 {most.copy_first:+.2f} {unit.zh}。",
    )


def sure(made: Plan, found: pd.DataFrame) -> Said:
    """In how many worlds recognition is copied, and its lead lasts longer."""
    if made.world.seeds < FEWEST:
        return TOO_FEW
    n = len(found)
    pays = {name: int((found[f"copy_{name}"] > 0.0).sum()) for name in PROGRAMS}
    last = int((found.verdict == "supported").sum())
    return Said(
        f"Of {n} worlds copying recognition pays in {pays['recognition']}, copying points in {pays['points']}; the "
        f"lead of recognition lasts longer in {last}.",
        f"{n} 个世界中，模仿关怀划算的有 {pays['recognition']} 个，模仿积分划算的有 {pays['points']} 个；"
        f"关怀的领先更持久的有 {last} 个。",
    )


ASSUMED = Said(
    "What a bond is worth and how long it lasts decides, and is assumed; prices stay.",
    "情感联系值多少、能维持多久是决定因素，也是假设；价格不变。",
)
CAUTION = Said(
    "that rivals never copy: they may expect more than the last year, or follow the leader whether it pays or not.",
    "对手从不模仿：他们可能看得更远，或不管划不划算都跟随。",
)


def shown(made: Plan, t: pd.DataFrame) -> Table:
    """A row a mix and program."""
    rows = []
    for row in t.itertuples():
        many_ = Said(f"{PROGRAMS[row.program].en}, {100 * row.mix:.0f} % relational",
                     f"{PROGRAMS[row.program].zh}，重关系客户 {100 * row.mix:.0f} %")  # fmt: skip
        rows.append((many_, f"{row.copy_first:+.1f}", f"{row.lead:.2f}", f"{row.half_life:.0f}"))
    unit = glossary.currency(made.world.market.currency)
    return Table((Said("", ""), Said(f"copying, {unit.en}", f"模仿，{unit.zh}"), Said("lead, points", "领先，百分点"),
                  Said("it lasts, weeks", "持续，周")), rows)  # fmt: skip


# --- the figure ---


def weekly(made: Plan, runs: pd.DataFrame) -> pd.DataFrame:
    """The first one's gain in share by quarter where half of the customers are relational, alone and copied by all."""
    read, rows = Reader(runs), []
    mix = min(made.settings.mixes, key=lambda x: abs(x - MIDDLE))
    for name, copy in product(PROGRAMS, ("alone", "all")):
        gained = read.gained(f"{mix:g}/{name}/{copy}", f"{mix:g}/nobody")
        for q, column in enumerate(gained.T):
            e = estimate(column, "share points")
            rows.append({"program": name, "copied": copy, "quarter": q, "value": e.value, "low": e.low, "high": e.high})
    return pd.DataFrame(rows).astype({"value": float, "low": float, "high": float})


def draw(made: Plan, data: pd.DataFrame, said: Said):
    """The lead of both programs by quarter, alone and copied by all."""
    with charts.style():
        figure, axes = charts.sheet(7.4, 5.0)
        axes.axhline(0.0, color=charts.GREY, linewidth=0.8)
        for k, (name, words) in enumerate(PROGRAMS.items()):
            for copy, line, label in (
                ("alone", "--", Said("alone", "单独")),
                ("all", "-", Said("copied by all", "都模仿")),
            ):
                part = data[(data.program == name) & (data.copied == copy)]
                weeks = QUARTER * (part.quarter + 0.5)
                if copy == "all":
                    axes.fill_between(weeks, part.low, part.high, color=charts.PALETTE[k], alpha=0.16, linewidth=0)
                axes.plot(weeks, part.value, line, color=charts.PALETTE[k], linewidth=2.4, label=f"{words}, {label}")
        axes.axvline(made.settings.lag, color=charts.INK, linewidth=1.0, linestyle=(0, (2, 2)))
        axes.set_xlabel(str(Said("weeks since the launch; dotted: rivals copy", "推出后的周数；虚线：对手模仿")))
        axes.set_ylabel(str(Said("gain in share, points", "份额收益，百分点")))
        axes.legend(loc="center right", fontsize=10)
        detail = Said(
            f"The first of four equal chains; half of {made.world.customers.n:,} households relational, programs of\n"
            f"equal cost, prices stay. Means of {made.world.seeds} paired runs, 95 % bands where all copy.",
            f"四家同等连锁店中的先行者；{made.world.customers.n:,} 户中一半重关系，花费相同，价格不变。\n"
            f"{made.world.seeds} 次配对运行的均值；都模仿时的 95 % 区间。",
        )
        charts.headline(figure, "\n".join(wrapped(str(said).rstrip("."), 60)), str(detail))
    return figure


# --- all together ---


def answer(made: Plan) -> experiment.Finding:
    """Run, judge, draw."""
    check(made)
    saved = {"runs": simulate(made), "worlds": in_worlds(made)}
    return told(made, {name: experiment.as_saved(t) for name, t in saved.items()})


def told(made: Plan, saved: Mapping[str, pd.DataFrame]) -> experiment.Finding:
    """The answer from saved tables alone. saved : runs, worlds, as their .csv"""
    t = experiment.as_saved(table(made, saved["runs"]))
    found, opening = experiment.as_saved(judged_worlds(made, saved["worlds"])), first(made, t)
    pays = {name: int((found[f"copy_{name}"] > 0.0).sum()) for name in PROGRAMS}
    whole = over_worlds(Verdict(row.verdict, "") for row in found.itertuples())
    why = f"{whole.why}; copying pays a rival: " + ", ".join(f"{name} in {n}" for name, n in pays.items())
    said = {"S3-34": Verdict(whole.word, why)}
    if made.world.seeds < FEWEST:
        said = dict.fromkeys(said, Verdict("cannot judge", "too few runs to say"))
    data = weekly(made, saved["runs"])
    return experiment.Finding(
        question=Said((__doc__ or "").splitlines()[0], "会员关怀也会被模仿吗？它的领先比积分更持久吗？"),
        reading=Reading(opening, second(made, t), sure(made, found), shown(made, t), ASSUMED),
        verdicts={row: said[row] for row in made.settings.claims},
        caution=CAUTION,
        table=t,
        draw=partial(draw, made, data, opening),
        data=data,
        more={**saved, "judged": found},
        numbers={"card": assumed.card(made.settings)},
    )


EXPERIMENT = experiment.Script("copied_too", Copied, answer)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT, sys.argv[1:]))
