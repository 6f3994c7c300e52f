"""Recognition or points: which program wins, and at which share of relational customers do they break even?

Why it is contested   "Creating emotional links raises loyalty more than economically oriented programs" (S3-23), and
                      staying with rewards has "a huge opportunity cost" (S3-24); the source itself asks for the test
                      (S3-38). Published effects of both kinds of program are small (Verhoef 2003, J. Marketing 67).
Design                Four equal grocery chains. Chain a recognises people at their visits, chain b gives points that
                      cost as much (found on seeds of their own, in each world anew), c and d do nothing. Profit of a
                      less that of b, each less what it earns where nobody has a program, on common luck, among few,
                      half and many relational people; a straight line through it crosses zero at the break-even share.
                      One thing is changed at a time: whom recognition is for, rivals that copy (c copies a, d copies
                      b), correlations of propensity with how much, how faithfully and how price sensitively people
                      buy, links of mean 1 in every mix (what is left is who the people are, not how many), half of
                      each program at a. Then every assumed size is drawn anew in many worlds.
What would change     A line that does not cross zero in most worlds: one program then wins whoever the customers are.
our mind              Or one without a slope: then the mix of customers decides nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import product

import numpy as np
import pandas as pd

from loyaltysim.cli.experiment import main
from loyaltysim.firms.policies.imitate import Imitate
from loyaltysim.market.book import Book
from loyaltysim.market.model import Market
from loyaltysim.measures.ratio import ratio
from loyaltysim.measures.statistics import Estimate, estimate, ratio_of_means
from loyaltysim.measures.uncertainty import FEWEST, interval, shares
from loyaltysim.measures.verdict import Verdict, over_worlds, percent
from loyaltysim.present import assumptions, charts, glossary
from loyaltysim.present.answer import FEWEST as FEWEST_RUNS
from loyaltysim.present.answer import TOO_FEW, wrapped
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.scenario.said import Said
from loyaltysim.scenario.terms import term
from loyaltysim.studies import experiment
from loyaltysim.studies.ensembles import worlds_of
from loyaltysim.studies.equal_budget import search_seeds
from loyaltysim.studies.experiment import as_saved, run_arms, spread
from loyaltysim.studies.reading import Reading, Table
from loyaltysim.studies.single import workers
from loyaltysim.studies.worlds import CUSTOMERS, many, prepared

YEAR, QUARTER = 52, 13
MIDDLE = 0.5  # the mix in which links have mean 1, and budgets are made equal
AUDIENCES = {"everyone": ("everyone", 0.3), "true_propensity": ("estimated", 1.0), "estimated": ("estimated", 0.3)}
HELD = ("firms.a.share", "customers.r_focal")  # equal chains, and nobody's kind is at home in one of them
KINDS = ("all", "relational", "transactional")
TABLES = ("evidence", "wide")
PILOT = 300  # people in whose market equal cost is sought, in a world


@dataclass(frozen=True)
class HeadToHead:
    """What varies and how it is judged."""

    claims: tuple[str, ...] = term((), "row of the claims' sources")
    horizons: tuple[int, ...] = term((1, 2, 5), "years", 1, 100, doc="over which profit is counted")
    mixes: tuple[float, ...] = term((0.1, 0.5, 0.9), "share of customers", 0.0, 1.0, doc="relational")
    correlation: float = term(0.5, "rank correlation", 0.0, 0.9, doc="tried with both signs")
    lag: int = term(13, "weeks", 1, 5200, doc="until rivals copy, where they do")
    yields: tuple[float, ...] = term((0.0, 3.0), "percent of the price per unit of money", 0.0, 1000.0)
    worlds: int = term(52, "worlds", 0, 4096, doc="of each table, in which what is assumed is drawn anew")


Plan = experiment.Plan[HeadToHead]
Numbers = dict[str, float]
Arm = tuple[Scenario, tuple[int, ...]]


@dataclass(frozen=True)
class Setting:
    """One comparison. program : of chain a, recognition or half of each"""

    link_mean: str = "reference"
    audience: str = "everyone"
    rivals: str = "passive"
    program: str = "recognition"
    r_rate: float = 0.0
    r_taste: float = 0.0
    r_beta: float = 0.0

    @property
    def name(self) -> str:
        """All that is set, as a path."""
        return "/".join(map(str, asdict(self).values()))


BASE = Setting()
CONTENDERS = {"recognition": BASE, "estimated": Setting(audience="estimated"), "both": Setting(program="both")}


def settings(made: Plan) -> list[Setting]:
    """Links, audience and rivals crossed; half of each program; each correlation by itself, of both signs."""
    crossed = product(("reference", "current"), AUDIENCES, ("passive", "imitating"))
    r = made.settings.correlation
    one = [Setting(**{name: sign * r}) for name in ("r_rate", "r_taste", "r_beta") for sign in (-1.0, 1.0) if r]
    return [*(Setting(*values) for values in crossed), CONTENDERS["both"], *one]


# --- markets ---


def arena(world: Scenario, setting: Setting, mix: float, budget: float = 1.0) -> Scenario:
    """The market of a setting. budget : money of recognition, over that at its own terms; below 1 fewer are recognised,
    above 1 every touch costs and builds more
    """
    same = {name: getattr(setting, name) for name in ("link_mean", "r_rate", "r_taste", "r_beta")}
    audience, reliability = AUDIENCES[setting.audience]
    firms = dict(world.firms)
    a, b = firms["a"].program, firms["b"].program
    touch, dear = a["recognition"], max(1.0, budget)
    touch = replace(
        touch, audience=audience, reliability=reliability, probability=min(1.0, touch.probability * budget),
        effect=min(1.0, touch.effect * dear), unit_cost=touch.unit_cost * dear,
    )  # fmt: skip
    mine = {**a, "recognition": touch}
    if setting.program == "both":
        mine |= {"membership": b["membership"], "points": replace(b["points"], face_value=b["points"].face_value / 2.0)}
    firms["a"] = replace(firms["a"], program=dict(sorted(mine.items())))
    for rival, whom in (("c", "a"), ("d", "b")):
        copies = {**firms[rival].policy, "imitate": replace(imitation(firms[rival].policy), whom=whom)}
        passive = setting.rivals == "passive"
        own = {} if passive else {"membership": b["membership"]}
        firms[rival] = replace(firms[rival], program=own, policy={} if passive else copies)
    return replace(world, firms=firms, customers=replace(world.customers, relational_share=mix, **same))


def copied_later(made: Plan) -> Scenario:
    """The market whose c and d copy after the lag of the settings, wherever a setting lets them."""
    policy = {"imitate": Imitate(lag=made.settings.lag)}
    firms = {name: replace(firm, policy=policy) if name in "cd" else firm for name, firm in made.world.firms.items()}
    return replace(made.world, firms=firms)


def imitation(policy: Mapping[str, object]) -> Imitate:
    """How a rival copies, as it is set or as it is by default."""
    found = policy.get("imitate")
    return found if isinstance(found, Imitate) else Imitate()


def bare(world: Scenario, setting: Setting) -> Scenario:
    """The same people where nobody has a program; no link and no mix acts there."""
    alone = arena(world, replace(BASE, r_rate=setting.r_rate, r_taste=setting.r_taste, r_beta=setting.r_beta), MIDDLE)
    return replace(alone, firms={name: replace(firm, program={}, policy={}) for name, firm in alone.firms.items()})


def worth(world: Scenario, percent: float) -> Scenario:
    """A market in which a unit of money of touchpoints adds so many percent of the price to what a customer pays."""
    touch, bond = world.firms["a"].program["recognition"], world.behaviour["bond"]
    premium = percent / 100.0 * touch.unit_cost / touch.effect
    return replace(world, behaviour={**world.behaviour, "bond": replace(bond, premium=premium)})


def yield_of(world: Scenario) -> float:
    """Percent of the price that a unit of money of touchpoints adds to what a customer would pay, at no bond."""
    touch = world.firms["a"].program["recognition"]
    return float(100.0 * world.behaviour["bond"].premium * touch.effect / touch.unit_cost)


def check(made: Plan) -> None:
    """Refuse a market that is not the one described above. Raises ConfigError with every problem."""
    s, world, problems = made.settings, made.world, []
    wanted = {"a": "recognition", "b": "points"}
    if set(world.firms) != set("abcd"):
        problems.append(Problem("firms", "are a, b, c and d here", ", ".join(world.firms)))
    for firm, name in wanted.items():
        if firm in world.firms and name not in world.firms[firm].program:
            problems.append(Problem(f"firms.{firm}.program", f"needs {name}"))
    if max(s.horizons, default=0) * YEAR > world.weeks:
        problems.append(Problem("weeks", f"the longest horizon is {max(s.horizons) * YEAR} weeks", world.weeks))
    if len(s.mixes) < 2 or MIDDLE not in s.mixes or list(s.mixes) != sorted(set(s.mixes)):
        problems.append(Problem("experiment.mixes", f"two or more in their order, {MIDDLE} among them", s.mixes))
    if problems:
        raise ConfigError(problems)


# --- runs ---


def play(job: tuple[Arm, int]) -> Numbers:
    """One run, by horizon: of a and b profit, cost of the program and of touchpoints, money per customer and year;
    share of all purchases; share of each kind's customers of the first quarter who buy there in the last one.
    """
    (world, horizons), seed = job
    book, found = Market(world, seed).run(), Numbers()
    for years in horizons:
        rows = book.weekly[book.weekly.week < YEAR * years]
        lines = ["visits", "revenue", "cost_of_goods", "profit", "touchpoints"]
        sums, per = rows.groupby("firm")[lines].sum(), 100.0 * world.customers.n * years
        for place, firm in enumerate("ab"):
            mine = sums.loc[firm]
            found |= {
                f"profit_{firm}/{years}": mine.profit / per,
                f"cost_{firm}/{years}": (mine.revenue - mine.cost_of_goods - mine.profit) / per,
                f"touches_{firm}/{years}": mine.touchpoints / per,
                f"share_{firm}/{years}": mine.visits / sums.visits.sum(),
            }
            found |= {f"{key}_{firm}/{years}": value for key, value in kept(book, place, years).items()}
    return {name: float(value) for name, value in found.items()}


def kept(book: Book, place: int, years: int) -> Numbers:
    """Of a firm's customers of the first quarter, by kind, the share who buy there in the last quarter of a horizon."""
    first, last = (book.visits[quarter, :, place] > 0 for quarter in (0, YEAR * years // QUARTER - 1))
    relational = book.people.rho.to_numpy() > MIDDLE
    who = dict(zip(KINDS, (np.ones_like(relational), relational, ~relational), strict=True))
    return {
        f"kept_{kind}": ratio(float((first & last & of).sum()), float((first & of).sum())) for kind, of in who.items()
    }


def budget(runs: Sequence[Numbers], years: int) -> float:
    """Money of recognition at which both programs cost the same, over what it took in these runs."""
    cost_a, cost_b, touches = (
        np.mean([run[f"{x}/{years}"] for run in runs]) for x in ("cost_a", "cost_b", "touches_a")
    )
    return max(0.0, float((cost_b - (cost_a - touches)) / touches)) if touches else 1.0


def simulate(made: Plan) -> tuple[dict[str, list[Numbers]], dict[str, float]]:
    """Every market of the scenario with every seed, and the budgets that were found on a seed of their own."""
    s, world, count = made.settings, copied_later(made), made.world.compute.processes
    apart, last = search_seeds(world.seed)[0], max(s.horizons)
    points = {f"{x.name}/{mix:g}": (x, mix) for x in settings(made) for mix in s.mixes}
    trial: dict[str, Arm] = {name: (arena(world, *point), (last,)) for name, point in points.items()}
    pilot = run_arms(play, trial, range(apart, apart + 1), scenario_of, count)
    budgets = {name: budget(pilot[name], last) for name in points}
    arms = {name: arena(world, *point, budgets[name]) for name, point in points.items()}
    arms |= {f"{x.name}/bare": bare(world, x) for x in settings(made)}
    middle = arena(world, BASE, MIDDLE, budgets[f"{BASE.name}/{MIDDLE:g}"])
    arms |= {f"yield/{y:g}": worth(middle, y) for y in s.yields}
    timed: dict[str, Arm] = {name: (arm, s.horizons) for name, arm in arms.items()}
    return run_arms(play, timed, range(world.seed, world.seed + world.seeds), scenario_of, count), budgets


def scenario_of(arm: Arm) -> Scenario:
    """What is run."""
    return arm[0]


def in_world(s: HeadToHead, scenarios: Sequence[Scenario], seed: int) -> Numbers:
    """The contenders in one world, among few and among many relational people: what a leads b by in profit and in
    retention, and what b's program costs. Equal cost is sought among fewer people, on a seed of its own.

    scenarios : the same draw with a and with b as the focal firm, whose program takes the drawn sizes
    """
    world, other = scenarios
    world = replace(world, firms={**world.firms, "b": replace(other.firms["b"], policy={})})
    few = replace(world, customers=replace(world.customers, n=min(PILOT, world.customers.n)))
    last, found = (max(s.horizons),), Numbers()
    none = play(((bare(world, BASE), last), seed))
    for (name, own), mix in product(CONTENDERS.items(), ends(s)):
        setting = replace(own, rivals="imitating")
        trial = play(((arena(few, setting, mix), last), search_seeds(seed)[0]))
        run = play(((arena(world, setting, mix, budget([trial], *last)), last), seed))
        found[f"lead/{name}/{mix:g}"] = lead(run, none, *last)
        found[f"kept/{name}/{mix:g}"] = sum(
            sign * (one[f"kept_all_a/{last[0]}"] - one[f"kept_all_b/{last[0]}"])
            for sign, one in ((1.0, run), (-1.0, none))
        )
        found[f"cost/{name}/{mix:g}"] = run[f"cost_b/{last[0]}"]
    return found


def ends(s: HeadToHead) -> tuple[float, float]:
    """Few and many relational people: two points make a world's line."""
    return s.mixes[0], s.mixes[-1]


def lead(run: Numbers, none: Numbers, years: int) -> float:
    """Profit of a less that of b, less what the same luck gives them without programs."""
    return gain(run, none, "a", years) - gain(run, none, "b", years)


def gain(run: Numbers, none: Numbers, firm: str, years: int) -> float:
    """Profit of a firm less what it earns where nobody has a program."""
    return run[f"profit_{firm}/{years}"] - none[f"profit_{firm}/{years}"]


def worlds(made: Plan) -> pd.DataFrame:
    """A row a world and table: what was drawn, by key, and what came of it; nothing for a first look of few runs."""
    s, made_of = made.settings, made.world
    if made_of.seeds < FEWEST_RUNS or s.worlds == 0:
        return pd.DataFrame()
    of_b = replace(made_of, focal="b")
    found = []
    for table in TABLES:
        drawn = worlds_of(made_of, table, HELD, s.claims, s.worlds, beside=[of_b])
        bases = [prepared(one, drawn.sizes, CUSTOMERS) for one in (made_of, of_b)]
        bases = [replace(base, record=replace(base.record, log=False, panel=True)) for base in bases]
        told = many(
            partial(in_world, s), bases, drawn.values, processes=workers(bases[0], len(drawn.values)), label=table
        )
        found.append(pd.concat([drawn.varied, told], axis=1).assign(table=table))
    return as_saved(pd.concat(found, ignore_index=True).round(9))


# --- numbers ---


def line(mixes: Sequence[float], leads: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least-squares line through each row. leads : (n, mixes) -> slope and height at nobody relational, (n,) each"""
    slope, height = np.polyfit(np.asarray(mixes, float), np.asarray(leads, float).T, 1)
    return slope, height


def break_even(mixes: Sequence[float], leads: np.ndarray) -> Estimate:
    """The share at which the lines of paired runs cross zero on average, with Fieller's interval; no value outside of
    0 to 1, and none where the slope may be nothing. leads : (runs, mixes), money
    """
    slope, height = line(mixes, leads)
    flat = bool(np.all(np.abs(slope) < 1e-9))
    found = ratio_of_means(list(-height), list(slope), "share of customers") if not flat else estimate([], "share")
    sound = found.value is not None and 0.0 <= found.value <= 1.0 and (found.n < 2 or found.low is not None)
    return found if sound else replace(found, value=None, low=None, high=None)


def crossing(x: Sequence[float], y: np.ndarray) -> float:
    """Where y turns from negative to positive, by straight lines; x[0] if it never was, nan if it never does."""
    after = np.flatnonzero(np.asarray(y) >= 0.0)
    if not len(after) or after[0] == 0:
        return float(x[0]) if len(after) else float("nan")
    k = after[0]
    return float(x[k - 1] - y[k - 1] * (x[k] - x[k - 1]) / (y[k] - y[k - 1]))


def needed(mixes: Sequence[float], leads: np.ndarray) -> np.ndarray:
    """World by world the share that recognition needs: 0 where it leads in every mix, 1 where points do, else where the
    line crosses zero. leads : (worlds, mixes) -> (worlds,)
    """
    slope, height = line(mixes, leads)
    cross = np.clip(np.divide(-height, slope, out=np.full(len(slope), MIDDLE), where=slope != 0.0), 0.0, 1.0)
    return np.select([np.all(leads > 0.0, axis=1), np.all(leads < 0.0, axis=1)], [0.0, 1.0], cross)


def table(made: Plan, runs: Mapping[str, Sequence[Numbers]], budgets: Mapping[str, float]) -> pd.DataFrame:
    """A row a setting, mix and horizon: leads, gains, costs, shares, retention by kind; the break-even of its line."""
    s, rows = made.settings, []
    for setting, h in product(settings(made), s.horizons):
        none = runs[f"{setting.name}/bare"]
        arms = {mix: runs[f"{setting.name}/{mix:g}"] for mix in s.mixes}
        leads = np.array([[lead(run, idle, h) for run, idle in zip(arms[m], none, strict=True)] for m in s.mixes])
        found = spread("break_even_share", break_even(s.mixes, leads.T))
        for mix, led in zip(s.mixes, leads, strict=True):
            row = {"relational_share": mix, **asdict(setting), "horizon": h, "runs": len(led), **found}
            e = spread("profit_difference", estimate(led, "money"))
            row |= dict(zip(("profit_difference", "low", "high"), e.values(), strict=True))
            for firm in "ab":
                own = [gain(run, idle, firm, h) for run, idle in zip(arms[mix], none, strict=True)]
                row |= spread(f"gain_{firm}", estimate(own, "money"))
                keys = ("cost", "share", *(f"kept_{kind}" for kind in KINDS))
                row |= {
                    f"{key}_{firm}": float(np.mean([run[f"{key}_{firm}/{h}"] for run in arms[mix]])) for key in keys
                }
            rows.append(row | {"budget": budgets[f"{setting.name}/{mix:g}"], **pays(made, runs, h)})
    return as_saved(pd.DataFrame(rows).round(9))


def pays(made: Plan, runs: Mapping[str, Sequence[Numbers]], h: int) -> Numbers:
    """The yield of touchpoints at which they pay within a horizon, run by run, beside the one that is assumed."""
    none, yields = runs[f"{BASE.name}/bare"], made.settings.yields
    gains = [[gain(run, idle, "a", h) for run, idle in zip(runs[f"yield/{y:g}"], none, strict=True)] for y in yields]
    found = estimate([crossing(yields, own) for own in np.array(gains).T], "percent")
    whole = found if found.n == len(none) else replace(found, value=None, low=None, high=None)
    return {"yield": yield_of(made.world), **spread("pays_at_yield", whole)}


def at(t: pd.DataFrame, setting: Setting, horizon: int) -> pd.DataFrame:
    """The rows of a setting, by mix."""
    here = t.horizon == horizon
    for key, value in asdict(setting).items():
        here &= t[key] == value
    return t[here].sort_values("relational_share")


def leads_of(made: Plan, w: pd.DataFrame, of: str, name: str) -> np.ndarray:
    """What worlds found among few and among many relational people. -> (worlds, 2)"""
    return w[[f"{of}/{name}/{mix:g}" for mix in ends(made.settings)]].to_numpy(float)


def at_drawn(made: Plan, w: pd.DataFrame, of: str, name: str) -> np.ndarray:
    """The same at each world's own share of relational customers, by the world's line. -> (worlds,)"""
    slope, height = line(ends(made.settings), leads_of(made, w, of, name))
    return np.asarray(height + slope * w.get("customers.relational_share", MIDDLE), float)


def of_table(w: pd.DataFrame, name: str) -> pd.DataFrame:
    """The worlds of one table of priors, nothing where there are too few to say."""
    found = w[w.table == name].reset_index(drop=True) if len(w) else w
    return found if len(found) >= FEWEST else found.iloc[:0]


# --- verdicts ---

NIL = 0.05  # of what the program costs: a lead that nobody would act on
HARDLY = 0.05  # of a swing: what is left of it is not worth a number


def judged_worlds(made: Plan, w: pd.DataFrame, name: str, retention: bool) -> Verdict:
    """Does a contender lead points in profit, and in retention where that is asked too, world by world?"""
    if not len(w):
        return Verdict("cannot judge", "too few worlds of what nobody knows")
    profit, cost, kept_more = (at_drawn(made, w, of, name) for of in ("lead", "cost", "kept"))
    words = np.where((profit > 0.0) & ((kept_more > 0.0) | (not retention)), "supported", "refuted")
    words = np.where(np.abs(profit) < NIL * cost, "practically nil", words)
    return over_worlds([Verdict(word, "") for word in words], "the worth of a bond and who the customers are")


def both_tables(made: Plan, w: pd.DataFrame, name: str, retention: bool) -> Verdict:
    """The verdict that the evidence and the wide table share; where they differ it depends."""
    found = {table: judged_worlds(made, of_table(w, table), name, retention) for table in TABLES}
    evidence, wide = found.values()
    return evidence if evidence.word == wide.word else Verdict("depends", f"evidence: {evidence.why}; wide: {wide.why}")


def verdicts(made: Plan, w: pd.DataFrame) -> dict[str, Verdict]:
    """Each row by its own criterion: profit and retention; the gap in profit, of the budget; both programs."""
    known = of_table(w, "evidence")
    best, size = "recognition", ""
    if len(known):
        best = max(("recognition", "estimated"), key=lambda name: at_drawn(made, known, "lead", name).mean())
        gap = np.median(at_drawn(made, known, "lead", best) / at_drawn(made, known, "cost", best))
        size = f"; the median gap is {100.0 * gap:+.0f} % of the budget"
    cost = both_tables(made, w, best, retention=False)
    found = {
        "S3-23": both_tables(made, w, "recognition", retention=True),
        "S3-24": replace(cost, why=cost.why + size),
        "S3-38": Verdict("cannot judge", "a statement of scope: this comparison is the test that it asks for"),
        "S4-55": both_tables(made, w, "both", retention=True),
    }
    return {row: found[row] for row in made.settings.claims if row in found}


# --- words ---

SECOND = Said("recognition", "会员关怀"), Said("points", "积分")
PAY = {  # do they pay: a, b; None where it cannot be told
    (False, False): Said("Neither pays here", "两种计划都不赚钱"),
    (True, True): Said("Both pay here", "两种计划都赚钱"),
    (True, False): Said("Only recognition pays here", "只有会员关怀赚钱"),
    (False, True): Said("Only points pay here", "只有积分赚钱"),
}
UNTOLD = Said("Whether both pay cannot be told", "是否都赚钱还说不准")


def told_sign(low: float, high: float) -> int:
    """1 or -1 where an interval has a sign, else 0."""
    return int(low > 0.0) - int(high < 0.0)


def who_pays(rows: pd.DataFrame) -> Said:
    """Which of the programs pays, where links have mean 1."""
    row = rows.iloc[(rows.relational_share - MIDDLE).abs().argmin()]
    signs = [told_sign(row[f"gain_{firm}_low"], row[f"gain_{firm}_high"]) for firm in "ab"]
    return UNTOLD if 0 in signs else PAY[signs[0] > 0, signs[1] > 0]


def who_wins(rows: pd.DataFrame) -> Said:
    """Who wins, and from which share on; whoever the customers are; or that it cannot be told."""
    share, swing = rows.break_even_share.iloc[0], rows.profit_difference.iloc[-1] - rows.profit_difference.iloc[0]
    if not np.isnan(share):
        name = SECOND[int(swing < 0.0)]
        return Said(
            f"who wins depends on the customers: {name.en} {'needs' if swing >= 0.0 else 'need'} {percent(share)} of "
            "them to be relational",
            f"谁占优取决于客户：重关系的客户超过{percent(share)}时，{name.zh}占优",
        )
    signs = {told_sign(row.low, row.high) for row in rows.itertuples()}
    if len(signs) == 1 and 0 not in signs:
        name = SECOND[int(signs == {-1})]
        win = "wins" if signs == {1} else "win"
        return Said(f"{name.en} {win} whoever the customers are", f"不论客户是谁，{name.zh}都占优")
    return Said("no share of relational customers decides who wins", "重关系客户的份额分不出谁占优")


def first(made: Plan, t: pd.DataFrame) -> Said:
    """What happened, in a sentence."""
    rows = at(t, BASE, max(made.settings.horizons))
    if rows.runs.iloc[0] < FEWEST_RUNS:
        return Said(
            "Who wins, recognition or points, cannot be told from so few runs.",
            "运行次数太少，说不准会员关怀和积分谁占优。",
        )
    pay, win = who_pays(rows), who_wins(rows)
    return Said(f"{pay.en}, and {win.en}.", f"{pay.zh}；{win.zh}。")


def second(made: Plan, t: pd.DataFrame) -> Said:
    """At which yield touchpoints pay; what rivals that copy do to the share."""
    last, unit = max(made.settings.horizons), glossary.currency(made.world.market.currency)
    rows, copied = at(t, BASE, last), at(t, replace(BASE, rivals="imitating"), last)
    here, wanted = rows["yield"].iloc[0], rows.pays_at_yield.iloc[0]
    if np.isnan(wanted):
        paid = Said("Recognition pays at none of the yields tried.", "所试的各种收效下，会员关怀都不赚钱。")
    else:
        paid = Said(
            f"Recognition pays once a {unit.en} of it adds {wanted:.2g} % of the price to what people would pay; here "
            f"it adds {here:.2g} %.",
            f"每{unit.zh}会员关怀要让客户愿意多付价格的{wanted:.2g} %才赚钱，这里只设为{here:.2g} %。",
        )
    share, base = copied.break_even_share.iloc[0], rows.break_even_share.iloc[0]
    if np.isnan(share) or np.isnan(base):
        win = who_wins(copied)
        return paid + Said(f"If rivals copy both, {win.en}.", f"如果对手模仿两者，{win.zh}。")
    return paid + Said(
        f"If rivals copy both, the share is {percent(share)}.", f"如果对手模仿两者，这个份额为{percent(share)}。"
    )


def sure(made: Plan, t: pd.DataFrame, w: pd.DataFrame) -> Said:
    """Over worlds first and what carries it, luck second."""
    rows = at(t, BASE, max(made.settings.horizons)).iloc[0]
    if rows.runs < FEWEST_RUNS:
        return TOO_FEW
    luck = Said("Luck leaves no share at all.", "运气使这个份额无从谈起。")
    if not np.isnan(rows.break_even_share):
        half = f"{50.0 * (rows.break_even_share_high - rows.break_even_share_low):.1f}"
        luck = Said(f"Luck moves it by {half} points.", f"运气只使这个份额变动{half}个百分点。")
    known = of_table(w, "evidence")
    if not len(known):
        return Said("What nobody knows was not drawn.", "没有抽取未知的数值。") + luck
    found = needed(ends(made.settings), leads_of(made, known, "lead", "recognition"))
    low, high = interval(found)
    carried = next(iter(shares(drawn(known), found)))
    name = assumptions.size(carried)
    return (
        Said(
            f"Over worlds the share lies between {percent(low)} and {percent(high)}, mostly because nobody knows "
            f"{name.en}.",
            f"在各个未知世界里，这个份额在{percent(low)}到{percent(high)}之间，主要因为没人知道{name.zh}。",
        )
        + luck
    )


def drawn(w: pd.DataFrame) -> pd.DataFrame:
    """The sizes that differ between worlds, by key."""
    found = [name for name in w if "/" not in str(name) and name != "table" and w[name].notna().all()]
    return w[found]


def assumed(made: Plan, t: pd.DataFrame) -> Said:
    """What decides is an assumption: how much of the swing is left where mean effects are the same in every mix."""
    last = max(made.settings.horizons)
    swings = []
    for setting in (BASE, replace(BASE, link_mean="current")):
        difference = at(t, setting, last).profit_difference.to_numpy()
        swings.append(difference[-1] - difference[0])
    left = swings[1] / swings[0] if swings[0] else 0.0
    rest = Said(f"{percent(left)} of the swing is left", f"差别只剩{percent(left)}")
    if abs(left) < HARDLY:
        rest = Said("hardly any of the swing is left", "差别几乎全无")
    return Said(
        "That relational people feel recognition more and rewards less is assumed; with the same average in every "
        f"market, {rest.en}.",
        f"重关系的客户更看重关怀、更不看重奖励，这是假设；若各市场的平均感受相同，{rest.zh}。",
    )


ROWS = {
    "as assumed": (Said("as assumed", "按假设"), BASE),
    "copied": (Said("rivals copy both", "对手模仿两者"), replace(BASE, rivals="imitating")),
    "estimated": (Said("only for whom a takes for relational", "只对企业认为重关系的人"), CONTENDERS["estimated"]),
    "both": (Said("both in place of recognition alone", "关怀加积分，代替只有关怀"), CONTENDERS["both"]),
}


def rows_shown(made: Plan, t: pd.DataFrame) -> Table:
    """The break-even share in five settings, with luck."""
    last, soon = max(made.settings.horizons), min(made.settings.horizons)
    shown = [(name, at(t, setting, last)) for name, setting in ROWS.values()]
    shown.insert(1, (Said("profit of the first year only", "只算第一年的利润"), at(t, BASE, soon)))
    cells = []
    for name, rows in shown:
        row = rows.iloc[0]
        known = not np.isnan(row.break_even_share)
        luck = [f"{100.0 * row[f'break_even_share_{end}']:.0f}" for end in ("low", "high")]
        cells.append(
            (name, percent(row.break_even_share) if known else Said("none", "无"), " – ".join(luck) if known else "-")
        )
    title = Said("", ""), Said("break-even share", "打平时的份额"), Said("luck, 95 %", "运气，95 %")
    return Table(title, cells)


CAUTION = Said(
    "that a chain should choose by its customers: nobody has measured what a bond is worth per unit of money, and "
    "bonds left at the horizon count nothing.",
    "企业应按客户的构成来选择：没有人量过每单位金额换来的情感联系值多少，期末剩下的情感联系也不计价值。",
)


def draw(made: Plan, t: pd.DataFrame, w: pd.DataFrame):
    """Profit of recognition less that of points by the share of relational customers, crossing zero."""
    last, unit = max(made.settings.horizons), glossary.currency(made.world.market.currency)
    rows, known = at(t, BASE, last), of_table(w, "evidence")
    x = 100.0 * rows.relational_share.to_numpy()
    with charts.style():
        figure, axes = charts.sheet(6.4, 5.2)
        if len(known):
            slope, height = line(ends(made.settings), leads_of(made, known, "lead", "recognition"))
            band = np.array([interval(height + slope * share) for share in rows.relational_share])
            label = Said("90 of 100 worlds of what nobody knows", "未知世界的九成")
            axes.fill_between(x, *band.T, color=charts.BLUE, alpha=0.15, linewidth=0, label=str(label))
        bars = np.abs(rows[["low", "high"]].to_numpy(float).T - rows.profit_difference.to_numpy())
        label = str(Said("as assumed, with luck", "按假设，含运气"))
        axes.errorbar(
            x, rows.profit_difference, np.nan_to_num(bars), fmt="o-", color=charts.BLUE, capsize=4, label=label
        )
        axes.axhline(0.0, color=charts.INK, linewidth=1.0)
        share = 100.0 * rows.break_even_share.iloc[0]
        if not np.isnan(share):
            axes.plot([share], [0.0], "o", color=charts.VERMILION, markersize=11, zorder=5)
            axes.annotate(
                f"{share:.0f} %", (share, 0.0), xytext=(10, -22), textcoords="offset points", fontsize=16,
                color=charts.VERMILION, fontweight="bold",
            )  # fmt: skip
        for (x_at, y_at), left, up, words in (
            ((0.02, 0.98), "left", "top", SIDES[0]),
            ((0.99, 0.02), "right", "bottom", SIDES[1]),
        ):
            axes.text(x_at, y_at, str(words), transform=axes.transAxes, ha=left, va=up, fontsize=13, color=charts.INK)
        axes.set_xlabel(str(Said("relational customers, % of all", "重关系的客户，占全部的%")), fontsize=13)
        money = Said(f"{unit.en} per customer and year", f"{unit.zh}，每客户每年")
        axes.set_ylabel(str(Said(f"profit difference,\n{money.en}", f"利润之差，\n{money.zh}")), fontsize=13)
        axes.tick_params(labelsize=12)
        axes.legend(loc="upper left", bbox_to_anchor=(0.0, 0.92), fontsize=11)
        words = who_wins(rows)
        title = str(Said(words.en[0].upper() + words.en[1:], words.zh))
        detail = Said(
            f"Recognition against points of the same cost: profit over {last} years.",
            f"花同样的钱，会员关怀对积分：{last}年的利润。",
        )
        charts.headline(figure, "\n".join(wrapped(title, 54)), str(detail))
    return figure


SIDES = Said("↑ recognition earns more", "↑ 会员关怀赚得更多"), Said("↓ points earn more", "↓ 积分赚得更多")


def numbers(made: Plan, t: pd.DataFrame, w: pd.DataFrame) -> dict[str, object]:
    """What summary.json says: the break-even share with both intervals, and the yield at which touchpoints pay."""
    row, known = at(t, BASE, max(made.settings.horizons)).iloc[0], of_table(w, "evidence")

    def found(name: str) -> dict[str, float | None]:
        parts = {"value": row[name], "low": row[f"{name}_low"], "high": row[f"{name}_high"]}
        return {key: None if np.isnan(value) else float(value) for key, value in parts.items()}

    low, high = None, None
    if len(known):
        low, high = interval(needed(ends(made.settings), leads_of(made, known, "lead", "recognition")))
    over = {"worlds_low": low, "worlds_high": high, "worlds_n": len(known)}
    return {"break_even_share": {**found("break_even_share"), **over}, "pays_at_yield": found("pays_at_yield")}


def answer(made: Plan) -> experiment.Finding:
    """Run, judge, tell."""
    check(made)
    runs, budgets = simulate(made)
    return told(made, table(made, runs, budgets), worlds(made))


def told(made: Plan, t: pd.DataFrame, w: pd.DataFrame) -> experiment.Finding:
    """The answer that follows from its tables."""
    return experiment.Finding(
        question=Said((__doc__ or "").split("\n")[0], "会员关怀还是积分：谁占优，重关系客户占多少时打平？"),
        reading=Reading(first(made, t), second(made, t), sure(made, t, w), rows_shown(made, t), assumed(made, t)),
        verdicts=verdicts(made, w),
        caution=CAUTION,
        table=t,
        draw=partial(draw, made, t, w),
        data=at(t, BASE, max(made.settings.horizons)),
        more={"worlds": w} if len(w) else {},
        numbers=numbers(made, t, w),
    )


EXPERIMENT = experiment.Script("head_to_head", HeadToHead, answer)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT, sys.argv[1:]))
