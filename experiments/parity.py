"""Does a loyalty program still give its first mover an advantage once rivals have copied it?

Why it is contested   Programs that are copied are said to cancel out (claims S3-05, S3-07, S3-08) and to end as a cost
                      that nobody can drop (S3-09, S3-10). With identical instant rewards this is an identity of the
                      choice model. It can fail where people hold one card, where contracts bind them, where friends
                      hold them together, where few notice the offer, or where the copy is late, partial or worse.
                      And all of it is about prices that stay: where firms re-price, another card says who gains.
Design                Four chains of a real grocery market at fixed prices. The leader launches points after a year.
                      Arms with common seeds: nobody, the leader alone, copied by some or all rivals some weeks later,
                      all at once, all but the leader. Left = the leader's share in the last quarter minus the same
                      weeks with nobody, as a share of what the leader gains alone in these weeks. The same three arms
                      in worlds in which what nobody knows is drawn anew. Each claim is judged by its own row. What
                      moves with prices (S3-08, S3-09, S3-10) is judged by the card of experiments/price_parity.py,
                      whose published answer is joined to this one.
What would change     S3-07: a lower 95 % limit of |left| / gained alone above a fifth, for any switch, or in a fifth of
our mind              the worlds. The control must be refuted, or nothing is judged: copies that are half as generous.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from loyaltysim.cli.experiment import main
from loyaltysim.market.model import Market
from loyaltysim.measures.ratio import ratio
from loyaltysim.measures.statistics import Estimate, estimate, inert, ratio_of_means
from loyaltysim.measures.uncertainty import codes
from loyaltysim.measures.verdict import (
    Verdict,
    all_of,
    lies_within,
    little_is_left,
    over_worlds,
    same_purchases,
    taken_together,
)
from loyaltysim.present import charts
from loyaltysim.present.answer import FEWEST, TOO_FEW
from loyaltysim.runs.pool import map_runs, prepare
from loyaltysim.scenario.model import Firm, Scenario
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.scenario.said import Said
from loyaltysim.scenario.terms import term
from loyaltysim.studies import assumed, experiment
from loyaltysim.studies.ensembles import worlds_of
from loyaltysim.studies.experiment import Switch, interval, spread
from loyaltysim.studies.reading import Reading, Table
from loyaltysim.studies.worlds import many, prepared

QUESTION = Said((__doc__ or "").splitlines()[0], "忠诚计划被对手模仿之后，先行者还有优势吗？")
BEFORE = -16  # weeks from which the figure is drawn
MEAN = 4  # weeks of the trailing mean in the figure and in the half-life
ALL = 100  # rivals: more than any market has
UNJUDGED = Said("not judged", "不作判定")
CARD = "one_card"  # the switch that the answer leads with
HARDLY = 0.2  # of the gain at fixed prices: a gain that is no larger is hardly one
PRICES, FREE = "price_parity", "nash"  # the experiment in which prices move; its regime in which all re-price


@dataclass(frozen=True)
class Setting(Switch):
    """A switch with its name in Chinese, and how many rivals copy, the largest first."""

    chinese: str = term("", "")
    copiers: int = term(ALL, "rivals", 1, ALL, doc="how many copy, the largest first")

    @property
    def said(self) -> Said:
        """Its name in both languages, as it follows "where": the clause of a sentence, the head of a row."""
        return Said(self.label, self.chinese)


@dataclass(frozen=True)
class Parity:
    """What varies and how it is judged."""

    claims: tuple[str, ...] = term((), "row of the claims' sources")
    lags: tuple[int, ...] = term((4, 13, 26), "weeks", 1, 520, doc="from launch to copy")
    window: int = term(13, "weeks", 1, 520, doc="weeks at the end whose shares are compared")
    settle: int = term(52, "weeks", 0, 520, doc="weeks at least from the last copy to the horizon")
    margin: float = term(0.20, "share of the gain alone", 0.001, 10.0)
    identity: tuple[str, ...] = term((), "key=value", doc="the world in which parity is an identity")
    identity_seeds: int = term(2, "runs", 1, 1000)
    switches: tuple[Setting, ...] = term((), "")
    control: Setting = field(default_factory=Setting)
    worlds: int = term(40, "worlds", 1, 10_000, doc="at most; no more than the square of the runs")
    world_customers: int = term(4000, "customers", 1, 10_000_000, doc="of a world, at most those of the scenario")
    world_seeds: int = term(5, "runs", 1, 1000, doc="of a world, at most those of the scenario")


Plan = experiment.Plan[Parity]


# --- worlds: who adopts, and when ---


def with_rivals(world: Scenario, own: Firm, program: Mapping, policy: Mapping, n: int = ALL) -> Scenario:
    """The market with this leader, and so many rivals, the largest first, with this program and policy; else none."""
    names = sorted(rivals(world), key=lambda name: -world.firms[name].share)
    firms = {
        name: replace(world.firms[name], program=program if k < n else {}, policy=policy if k < n else {})
        for k, name in enumerate(names)
    }
    return replace(world, firms={name: own if name == world.focal else firms[name] for name in world.firms})


def rivals(world: Scenario) -> list[str]:
    """All firms but the leader."""
    return [name for name in world.firms if name != world.focal]


def copying(world: Scenario) -> Any:
    """How the rivals of a world copy."""
    return next(world.firms[name].policy["imitate"] for name in rivals(world))


def launch_of(world: Scenario) -> int:
    """The week in which the leader launches."""
    return world.firms[world.focal].policy["launch"].week


def three(world: Scenario, copiers: int = ALL) -> dict[str, Scenario]:
    """The arms that every setting has: nobody, the leader alone, copied as the world says by so many rivals."""
    leader = world.firms[world.focal]
    return {
        "nobody": with_rivals(world, replace(leader, program={}, policy={}), {}, {}),
        "alone": with_rivals(world, leader, {}, {}),
        "copied": with_rivals(world, leader, {}, {"imitate": copying(world)}, copiers),
    }


def arms(world: Scenario, lags: Sequence[int]) -> dict[str, Scenario]:
    """Every arm of one market by name: `copied_<weeks>`, and `with_<n>`, `without_<n>`: so many rivals have programs
    from the same week on, and the leader one from its launch on, or none.
    """
    leader, imitate, own = world.firms[world.focal], copying(world), three(world)
    out = replace(leader, program={}, policy={})
    late = {"launch": replace(leader.policy["launch"], week=launch_of(world) + imitate.lag)}
    made = {
        "nobody": own["nobody"],
        "alone": own["alone"],
        "at_once": with_rivals(world, leader, leader.program, leader.policy),
        "left_out": with_rivals(world, out, leader.program, leader.policy),
    }
    made |= {f"copied_{lag}": with_rivals(world, leader, {}, {"imitate": replace(imitate, lag=lag)}) for lag in lags}
    for n in range(1, len(rivals(world)) + 1):
        made[f"with_{n}"] = with_rivals(world, leader, {}, {"imitate": imitate}, n)
        made[f"without_{n}"] = with_rivals(world, out, leader.program, late, n)
    return made


def settings_of(made: Plan) -> dict[str, tuple[Setting, Scenario]]:
    """Every switch and the control by name, with its world."""
    s = made.settings
    return {switch.name: (switch, made.changed(switch.change)) for switch in (*s.switches, s.control)}


def worlds(made: Plan) -> dict[str, Scenario]:
    """All worlds by name: the arms of the base market, then nobody, alone and copied for each switch."""
    found = arms(made.world, made.settings.lags)
    for name, (switch, world) in settings_of(made).items():
        found |= {f"{name}/{arm}": own for arm, own in three(world, switch.copiers).items()}
    return found


def check(made: Plan) -> None:
    """Refuse a world without leader or copies, and a horizon that ends before these settle. Raises ConfigError."""
    s, world = made.settings, made.world
    problems = []
    copied = all(set(world.firms[name].policy) == {"imitate"} for name in rivals(world))
    if not ({"points"} <= set(world.firms[world.focal].program) and set(world.firms[world.focal].policy) == {"launch"}):
        problems.append(Problem("program, policy", "the leader needs program=points and policy=launch"))
    elif copied:
        last = max(*s.lags, *(copying(own).lag for _, own in settings_of(made).values()))
        if world.weeks < (need := launch_of(world) + last + max(s.settle, s.window)):
            why = f"the last copy needs {s.settle} weeks to settle; allowed {need} or more with these lags"
            problems.append(Problem("weeks", why, world.weeks))
    if not copied:
        problems.append(Problem("rivals", "every rival needs the policy imitate: rivals=imitate"))
    elif copying(world).lag not in s.lags:
        problems.append(Problem("experiment.lags", f"needs the lag of the rivals, {copying(world).lag} weeks", s.lags))
    if problems:
        raise ConfigError(problems)


# --- runs ---


@dataclass(frozen=True)
class Weeks:
    """A run by week and firm, (weeks, firms): purchases, and profit in cents."""

    visits: np.ndarray
    profit: np.ndarray


def shop(job: tuple[Scenario, int]) -> Weeks:
    """Run one world of one seed."""
    world, seed = job
    weekly = Market(world, seed).run().weekly
    return Weeks(*(weekly[c].to_numpy(np.int64).reshape(world.weeks, len(world.firms)) for c in ("visits", "profit")))


def differences(job: tuple[Scenario, Scenario, int]) -> tuple[int, int]:
    """Two worlds of one seed, purchase by purchase -> (purchases, how many differ in who, when, where or what)."""
    one, two, seed = job
    logs = [Market(replace(w, record=replace(w.record, log=True)), seed).run().log for w in (one, two)]
    if len(logs[0]) != len(logs[1]):
        return len(logs[0]), max(map(len, logs))
    return len(logs[0]), int((logs[0] != logs[1]).any(axis=1).sum())


def simulate(found: Mapping[str, Scenario], seeds: range, processes: int) -> dict[str, list[Weeks]]:
    """Run every world with every seed; worlds that are the same run once."""
    return experiment.run_arms(shop, found, seeds, lambda world: world, processes)


def identity(made: Plan) -> tuple[int, Verdict]:
    """The identity arm: the same money per unit at every firm, everyone enrolled. -> (purchases, verdict)."""
    world = made.changed(made.settings.identity)
    own = arms(world, ())
    seeds = [world.seed + k for k in range(min(made.settings.identity_seeds, world.seeds))]
    jobs = [(own["nobody"], own["at_once"], seed) for seed in seeds]
    logged = [replace(own[arm], record=replace(world.record, log=True)) for arm in ("nobody", "at_once")]
    prepare(logged)
    done = map_runs(differences, jobs, [f"identity seed={seed}" for seed in seeds], processes=world.compute.processes)
    total = sum(purchases for purchases, _ in done)
    return total, same_purchases(sum(different for _, different in done), total)


def gains(bases: Sequence[Scenario], seed: int, seeds: int = 1, window: int = 13) -> dict[str, float]:
    """One evidence world, in so many runs: what the leader gains alone and what is left once all have copied it."""
    (world,), found = bases, {}
    at, own = list(world.firms).index(world.focal), three(world)
    for k in range(seeds):
        done = {arm: shop((scenario, seed + k * 1_000_003)).visits[-window:] for arm, scenario in own.items()}
        share = {arm: 100.0 * ratio(visits[:, at].sum(), visits.sum()) for arm, visits in done.items()}
        found |= {f"alone_{k}": share["alone"] - share["nobody"], f"left_{k}": share["copied"] - share["nobody"]}
    return found


def in_worlds(made: Plan) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The three arms where what nobody knows is drawn anew. -> (a row a world: sizes and gains; words of the sizes)

    Copies are those of the scenario in all: the claim is about a full copy. No world is chosen by a target that
    restates one of the claims.
    """
    s, world = made.settings, made.world
    n = min(s.worlds, world.seeds**2)
    drawn = worlds_of(world, "evidence", held=("rivals",), judged=s.claims, n=n)
    base = prepared(world, drawn.sizes, min(s.world_customers, world.customers.n))
    prepare(three(base).values())
    task = partial(gains, seeds=min(s.world_seeds, world.seeds), window=s.window)
    found = many(task, [base], drawn.values.head(n), processes=world.compute.processes, label="evidence worlds")
    words = pd.DataFrame([{"key": row.key, "words": row.called.en, "chinese": row.called.zh} for row in drawn.varying])
    return pd.concat([drawn.varied.head(n), found], axis=1), words


# --- what is read off the runs ---


def per_run(made: Plan, runs: Mapping[str, list[Weeks]]) -> pd.DataFrame:
    """One row per world and seed: everything that the table is made of.

    visits, all_visits : purchases at the leader and in the market in the last weeks; visits_<firm> : at each firm
    profit, profit_rivals : cents since the launch, of the leader and of all others
    half_life : weeks from the copy until half of the gain alone is left (of `copied_<lag>`; empty = never)
    """
    s, known = made.settings, {name: world for name, (_, world) in settings_of(made).items()}
    rows = []
    for name, done in runs.items():
        world = known.get(name.partition("/")[0], made.world)
        at, launch = list(world.firms).index(world.focal), launch_of(world)
        for k, run in enumerate(done):
            last, profit = run.visits[-s.window :].sum(axis=0), run.profit[launch:].sum(axis=0)
            row = {"world": name, "seed": world.seed + k, "visits": last[at], "all_visits": last.sum()}
            row |= {"profit": profit[at], "profit_rivals": profit.sum() - profit[at]}
            row |= {f"visits_{firm}": visits for firm, visits in zip(world.firms, last, strict=True)}
            half = np.nan
            if name.startswith("copied_"):
                gain = [advantage(runs[arm][k], runs["nobody"][k], at) for arm in (name, "alone")]
                half = half_life(*gain, launch + int(name.removeprefix("copied_")))
            rows.append({**row, "half_life": half})
    return pd.DataFrame(rows)


def advantage(run: Weeks, nobody: Weeks, at: int) -> np.ndarray:
    """Share of purchases minus the same weeks with nobody, in points. -> (weeks,)."""
    return 100.0 * (run.visits[:, at] / run.visits.sum(axis=1) - nobody.visits[:, at] / nobody.visits.sum(axis=1))


def trailing(values: np.ndarray) -> np.ndarray:
    """Mean of the last four weeks; of fewer at the start. values : (weeks,)."""
    return pd.Series(values).rolling(MEAN, min_periods=1).mean().to_numpy()


def half_life(copied: np.ndarray, alone: np.ndarray, start: int) -> float:
    """Weeks from the copy until the first mover has at most half of what it would have had alone; nan = never."""
    left = trailing(copied)[start:] - 0.5 * trailing(alone)[start:]
    below = np.flatnonzero(left <= 0.0)
    return float(below[0]) if len(below) else np.nan


class Reader:
    """Reads effects off the table of runs, seed by seed."""

    def __init__(self, runs: pd.DataFrame) -> None:
        self.worlds = {name: group.sort_values("seed") for name, group in runs.groupby("world")}
        self.firms = [name for name in runs if name.startswith("visits_")]

    def gain(self, world: str, other: str) -> np.ndarray:
        """The leader's share minus its share in another world, in points. -> (seeds,)."""
        one, two = (self.worlds[name].visits / self.worlds[name].all_visits for name in (world, other))
        return 100.0 * (one.to_numpy() - two.to_numpy())

    def profit(self, world: str, other: str, nobody: str, of: Sequence[str] = ("profit",)) -> Estimate:
        """Profit since the launch in one world less in another, in percent of that with nobody."""
        one, two, whole = (self.worlds[name][[*of]].sum(axis=1).to_numpy(float) for name in (world, other, nobody))
        return ratio_of_means(100.0 * (one - two), whole, "percent")

    def still(self, prefix: str, usual: Sequence[str]) -> bool:
        """Does a switch leave every purchase count of its three arms as it is without it?"""
        columns = ["visits", "all_visits", *self.firms]
        mine = (f"{prefix}/{arm}" for arm in ("nobody", "alone", "copied"))
        same = [inert(self.worlds[a][columns], self.worlds[b][columns]) for a, b in zip(usual, mine, strict=True)]
        return all(same)

    def row(self, name: str, label: str, kind: str, arm: str, margin: float, prefix: str = "") -> dict:
        """A row of the table: what is left in `arm` beside what is gained alone, judged unless it is only reported."""
        nobody, alone = f"{prefix}nobody", f"{prefix}alone"
        left, whole = self.gain(arm, nobody), self.gain(alone, nobody)
        found, verdict = little_is_left(left, whole, margin)
        row = {"row": name, "label": label, "kind": kind}
        row |= spread("alone_points", estimate(whole, "share points"))
        row |= spread("left_points", estimate(left, "share points")) | spread("ratio", found)
        unjudged = {"reported": "there is no lead", "inert": "it cannot move shares: no purchase count differs"}
        judged = (verdict.word, verdict.why) if kind not in unjudged else (UNJUDGED.en, unjudged[kind])
        row |= dict(zip(("verdict", "why"), judged, strict=True))
        row |= spread("half_life_weeks", estimate(self.worlds[arm].half_life, "weeks"))
        row |= spread("profit_leader_alone", self.profit(alone, nobody, nobody))
        row |= spread("profit_leader", self.profit(arm, nobody, nobody))
        return row | spread("profit_rivals", self.profit(arm, nobody, nobody, ("profit_rivals",)))


def table(made: Plan, runs: pd.DataFrame) -> pd.DataFrame:
    """Every row: the lags, what is reported only, the switches, the control. Shares in points, profits in percent."""
    s, read = made.settings, Reader(runs)
    usual = ("nobody", "alone", f"copied_{copying(made.world).lag}")
    rows = [read.row(f"lag_{lag}", f"copied after {lag} weeks", "lag", f"copied_{lag}", s.margin) for lag in s.lags]
    rows.append(read.row("at_once", "all at once", "reported", "at_once", s.margin))
    rows.append(read.row("left_out", "all but the leader", "reported", "left_out", s.margin))
    for switch, kind in [*((x, "switch") for x in s.switches), (s.control, "control")]:
        kind = "inert" if read.still(switch.name, usual) else kind
        rows.append(read.row(switch.name, switch.label, kind, f"{switch.name}/copied", s.margin, f"{switch.name}/"))
    return pd.DataFrame(rows).round(12)


def judged_worlds(drawn: pd.DataFrame, margin: float) -> pd.DataFrame:
    """What is left in each evidence world, with its verdict: a row a world. drawn : as `in_worlds`"""
    rows = []
    for _, world in drawn.iterrows():
        left, alone = (world.filter(regex=rf"^{name}_\d+$").to_numpy(float) for name in ("left", "alone"))
        found, verdict = little_is_left(left, alone, margin)
        row = {"alone_points": alone.mean(), **spread("ratio", found), "verdict": verdict.word, "why": verdict.why}
        rows.append(row)
    return pd.DataFrame(rows, index=drawn.index)


def carriers(drawn: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """How each drawn size goes with what is left: rank correlation over the worlds that can be judged, largest first.

    p : two-sided chance of as much without any relation, times the number of sizes (Bonferroni)
    """
    from scipy import stats

    sizes = drawn.drop(columns=[name for name in drawn if str(name).startswith(("left_", "alone_"))])
    sound = (found.verdict != "cannot judge").to_numpy()
    x, y, rows = codes(sizes)[sound], found.ratio[sound].to_numpy(float), []
    for key in x:
        varies = len(y) > 2 and np.ptp(x[key].to_numpy(float)) > 0.0 and np.ptp(y) > 0.0
        r, p = stats.spearmanr(x[key].to_numpy(float), y) if varies else (0.0, 1.0)
        rows.append({"key": str(key), "correlation": float(r), "p": min(1.0, len(x.columns) * float(p))})
    return pd.DataFrame(rows).sort_values("correlation", key=abs, ascending=False, ignore_index=True).round(12)


# --- verdicts, each by the criterion of its own row ---


def weakens(effects: Sequence[np.ndarray], margin: float) -> Verdict:
    """S3-05: the effect falls with the share of rivals who have a program, and little is left at all of them.

    effects : of 0, 1, ... all rivals, each (seeds,)
    """
    share = np.linspace(0.0, 1.0, len(effects)) - 0.5
    slope = share @ np.array(effects) / (share @ share)
    falls = lies_within(estimate(slope, "share points"), -np.inf, 0.0)
    return all_of({"it falls": falls, "little is left": little_is_left(effects[-1], effects[0], margin)[1]})


def adoption(read: Reader, n: int, margin: float) -> Verdict:
    """S3-05, in both meanings of "effect": against a market without programs, and against staying out oneself."""
    alone = read.gain("alone", "nobody")
    market = [alone, *(read.gain(f"with_{k}", "nobody") for k in range(1, n + 1))]
    own = [alone, *(read.gain(f"with_{k}", f"without_{k}") for k in range(1, n + 1))]
    meanings = {"against nobody having one": weakens(market, margin), "against staying out": weakens(own, margin)}
    return taken_together(meanings)


def lead(t: pd.DataFrame, found: pd.DataFrame, on: str) -> Verdict:
    """S3-07: little is left, over the lags, the switches and the evidence worlds; nothing without a sound control."""
    if (control := t[t.kind == "control"]).empty or control.verdict.iloc[0] != "refuted":
        return Verdict("cannot judge", "the control was not refuted, so no row could have been")
    rows = t[t.kind.isin(["lag", "switch"])]
    settings = {row.label: Verdict(row.verdict, row.why) for row in rows.itertuples()}
    drawn = over_worlds([Verdict(row.verdict, row.why) for row in found.itertuples()], on)
    if drawn.word == "depends":
        return Verdict("depends", f"worlds: {drawn.why}; settings: {taken_together(settings).why}")
    together = taken_together({**settings, "over worlds": drawn})
    return Verdict(together.word, f"{together.why}; worlds: {drawn.why}")


def verdicts(made: Plan, t: pd.DataFrame, read: Reader, found: pd.DataFrame, on: str) -> dict[str, Verdict]:
    """One verdict per row that is about shares at fixed prices, by its own criterion and never lent."""
    return {"S3-05": adoption(read, len(rivals(made.world)), made.settings.margin), "S3-07": lead(t, found, on)}


# --- where prices move: the published answer of another card ---


def priced(made: Plan) -> dict[str, pd.DataFrame]:
    """What results/price_parity says, as two tables. -> prices: a row a regime, rewards at the cost that they have
    here; priced: a row a claim with its verdict and why, and the row `answer`, its first line in both languages

    Raises ConfigError where that folder is not there.
    """
    folder = experiment.RESULTS / PRICES
    try:
        t, told_ = pd.read_csv(folder / "table.csv"), json.loads((folder / "summary.json").read_text("utf-8"))
    except OSError as error:
        why = f"needs {error.filename}: run `python experiments/{PRICES}.py` first, in the top of the repository"
        raise ConfigError([Problem("experiment", why, made.name)]) from None
    rows = [{"row": row, "word": verdict["word"], "why": verdict["why"]} for row, verdict in told_["verdicts"].items()]
    rows.append({"row": "answer", "word": told_["answer"]["en"][0], "why": told_["answer"]["zh"][0]})
    usual = t[(t.switches == "base") & (t.cost == made.world.focal_firm.program["points"].cost)]
    return {"prices": usual.reset_index(drop=True), "priced": pd.DataFrame(rows)}


# --- words ---

FIRST = {
    ("supported", "refuted"): Said(
        "At fixed prices copying takes a first mover's gain, unless a single card fits the wallet",
        "价格不变时，模仿会抹去先行者的收益，除非只能持一张卡",
    ),
    ("refuted", "supported"): Said(
        "At fixed prices copying takes a first mover's gain only where a single card fits the wallet",
        "价格不变时，只在只能持一张卡时，模仿才抹去收益",
    ),
    ("supported", "supported"): Said(
        "At fixed prices copying takes a first mover's gain, with every card or a single card",
        "价格不变时，无论能持有几张卡，模仿都会抹去收益",
    ),
    ("refuted", "refuted"): Said(
        "At fixed prices a copied first mover keeps much of its gain",
        "价格不变时，先行者被模仿后仍留下不少收益",
    ),
}
NOTHING = Said("At fixed prices there is no gain of a first mover to be seen", "价格不变时，看不到先行者的收益")
BEHIND = Said(
    "At fixed prices copying turns a first mover's gain into a loss of share",
    "价格不变时，模仿使先行者的份额低于原来",
)
UNTOLD = Said(
    "What copying leaves of a first mover's gain at fixed prices cannot be told",
    "价格不变时，模仿之后还剩多少收益说不准",
)


def base_of(made: Plan, t: pd.DataFrame) -> pd.Series:
    """The row of the scenario as it is."""
    return t.set_index("row").loc[f"lag_{copying(made.world).lag}"]


def first(base: pd.Series, card_row: pd.Series, prices: pd.DataFrame) -> Said:
    """What happened at fixed prices, where people hold every card and where one; and whether there is a gain at all
    where firms re-price. prices : as `priced`
    """
    words = (base.verdict, card_row.verdict)
    said = FIRST.get(words, UNTOLD)
    if any(row.verdict == "refuted" and row.ratio < 0.0 for row in (base, card_row)):
        said = BEHIND
    elif "cannot judge" in words:
        said = NOTHING
    stay, free = (prices[prices.regime == name].iloc[0] for name in ("fixed", FREE))
    rest = Said("where firms re-price, no gain can be told", "企业重新定价时，收益说不准")
    if free.share_alone_low > 0.0:
        rest = Said("where firms re-price, there is a gain too", "企业重新定价时，也有收益")
    elif free.share_alone_high <= 0.0:
        rest = Said("where firms re-price, there is no gain", "企业重新定价时，没有收益可抹")
    elif free.share_alone_high <= HARDLY * stay.share_alone_low:
        rest = Said("where firms re-price, there is hardly a gain", "企业重新定价时，几乎没有收益")
    return Said(f"{said.en}; {rest.en}.", f"{said.zh}；{rest.zh}。")


def second(made: Plan, t: pd.DataFrame, base: pd.Series) -> Said:
    """Where else it turns: the switches with the opposite verdict, the clearest first."""
    other = {"supported": "refuted", "refuted": "supported"}.get(base.verdict)
    switches = t[(t.kind == "switch") & (t.row != CARD)]
    if other is None:
        return Said("What would turn it takes more runs to say.", "什么会改变这一点，要更多运行才说得准。")
    turned = switches[switches.verdict == other].sort_values("ratio", key=abs, ascending=other == "supported")
    if turned.empty and (switches.verdict == base.verdict).all():
        return Said("Nothing else that was tried turns it.", "试过的其他情形都不会改变这一点。")
    if turned.empty:
        return Said("Nothing else that was tried clearly turns it.", "试过的其他情形都没有明显改变这一点。")
    names = {switch.name: switch.said for switch in made.settings.switches}
    told = [names[row] for row in turned.row[:3]]
    english = ", ".join(said.en for said in told[:-1])
    english = f"{english} or {told[-1].en}" if english else told[-1].en
    much = Said("Much also stays where", "在下列情形下也会留下不少：")
    little = Said("It is also taken where", "在下列情形下也会被抹去：")
    head = much if other == "refuted" else little
    return Said(f"{head.en} {english}.", f"{head.zh}{'；'.join(said.zh for said in told)}。")


def sure(made: Plan, found: pd.DataFrame, turns: Said | None) -> Said:
    """Worlds first, and what carries them; luck second."""
    if made.world.seeds < FEWEST:
        return TOO_FEW
    count, n = found.verdict.value_counts(), len(found)
    little, much = int(count.get("supported", 0)), int(count.get("refuted", 0))
    said = Said(
        f"Of {n} worlds that fit published facts, little stays in {little} and much in {much}; the rest cannot tell.",
        f"在 {n} 个与已发表数据相符的世界中，{little} 个留下很少，{much} 个留下不少，其余说不准。",
    )
    if little + much == n:
        said = Said(said.en.replace("; the rest cannot tell", ""), said.zh.replace("，其余说不准", ""))
    if turns is not None:
        return said + Said(
            f"Most turns on {turns.en}; luck is in the table.", f"最关键的是{turns.zh}；运气见表中区间。"
        )
    return said + Said("No single size decides; luck is in the table.", "没有哪个因素单独决定；运气见表中区间。")


def turning(sizes: pd.DataFrame) -> Said | None:
    """The size that goes most with what is left, if that is beyond luck. sizes : as `carriers`, with words, chinese"""
    return Said(sizes.words[0], sizes.chinese[0]) if len(sizes) and sizes.p[0] < 0.05 else None


def cell(row: Mapping[str, Any]) -> str | Said:
    """What is left, percent of the gain, with its interval."""
    said = interval(row, "ratio", 0, 100.0)
    if not np.isfinite(row["ratio"]):
        return Said("unknown", "未知")
    return Said(said, said.replace("no interval", "无区间")) if "no interval" in said else said


def shown(made: Plan, t: pd.DataFrame, found: pd.DataFrame) -> Table:
    """The scenario, a single card, the three switches that leave most, the evidence worlds; table.csv has all."""
    base = base_of(made, t)
    names = {switch.name: switch.said for switch in made.settings.switches}
    rest = t[(t.kind == "switch") & (t.row != CARD) & (t.verdict != "cannot judge")]
    most = rest.loc[rest.ratio.abs().nlargest(3).index]
    rows: list[tuple[str | Said, ...]] = []
    every = Said("customers hold every card", "客户能持有各家的卡")
    card_row = t.set_index("row").loc[CARD]
    for said, row in [(every, base), (names[CARD], card_row), *((names[row.row], row) for _, row in most.iterrows())]:
        rows.append((said, cell(row), UNJUDGED if row.verdict == UNJUDGED.en else Verdict(row.verdict, "").said))
    sound = found.ratio[found.verdict != "cannot judge"]
    if len(sound) >= FEWEST:
        value, low, high = (round(100.0 * x) for x in sound.quantile([0.5, 0.05, 0.95]))
        what = Said("drawn worlds, middle and range", "抽取的世界，中位与范围")
        rows.append((what, f"{value} [{low}, {high}]", over_worlds([Verdict(w, "") for w in found.verdict]).said))
    return Table((Said("rivals copy, and", "对手模仿，且"), Said("% left", "留下 %"),
                  Said("little left", "所剩无几")), rows)  # fmt: skip


def caution(made: Plan, t: pd.DataFrame, exact: pd.DataFrame) -> Said:
    """What not to conclude, what cannot move shares, and the identity."""
    names = {switch.name: switch.said for switch in (*made.settings.switches, made.settings.control)}
    said = Said("that programs are pointless.", "计划没有意义。")
    for row in t[t.kind == "inert"].row:
        said += Said(
            f"Where {names[row].en} no share can move: not counted.",
            f"{names[row].zh}时份额不可能变动，故不计入。",
        )
    return said + {
        "identity": Said(
            "With equal money and everyone enrolled no purchase differs: an identity.",
            "各家优惠相同、人人入会时，没有购买不同：这是恒等式。",
        )
    }.get(exact.verdict[0], Said("The identity does not hold: look for a fault.", "恒等式不成立：请查找错误。"))


# --- the figure ---


def weekly(made: Plan, runs: Mapping[str, list[Weeks]]) -> pd.DataFrame:
    """The advantage by week in each line: mean over seeds of the trailing four-week mean, with its 95 % interval."""
    world, frames = made.world, []
    at = list(world.firms).index(world.focal)
    lines = {"alone": ("alone", "nobody"), "every": (f"copied_{copying(world).lag}", "nobody")}
    lines["single"] = (f"{CARD}/copied", f"{CARD}/nobody")
    for line, (arm, nobody) in lines.items():
        pairs = zip(runs[arm], runs[nobody], strict=True)
        each = np.array([trailing(advantage(run, none, at)) for run, none in pairs])
        found = [estimate(week, "share points") for week in each.T]
        frame = {"line": line, "week": np.arange(world.weeks) - launch_of(world)}
        frames.append(pd.DataFrame({**frame, **{k: [getattr(e, k) for e in found] for k in ("value", "low", "high")}}))
    return pd.concat(frames, ignore_index=True).astype({"value": float, "low": float, "high": float})


TITLES = {
    ("supported", "refuted"): Said(
        "Copying takes the gain, unless a single card fits the wallet", "模仿会抹去收益，除非客户只能持有一张卡"
    ),
    ("refuted", "supported"): Said(
        "Copying takes the gain only where a single card fits the wallet", "只有客户只能持有一张卡时，模仿才会抹去收益"
    ),
    ("supported", "supported"): Said(
        "Copying takes the gain, with every card or a single card", "无论持有多少张卡，模仿都会抹去收益"
    ),
    ("refuted", "refuted"): Said(
        "A copied first mover keeps much of its gain", "先行者被模仿后仍留下不少收益"
    ),
}  # fmt: skip
NAMES = {
    "alone": (charts.BLUE, Said("alone", "单独推出")),
    "single": (charts.VERMILION, Said("copied, a single card", "被模仿，每人一张卡")),
    "every": (charts.GREEN, Said("copied, every card", "被模仿，各家的卡")),
}


def draw(made: Plan, data: pd.DataFrame, t: pd.DataFrame):
    """The sole adopter's gain week by week, and what copies leave of it with every card and with a single one."""
    world, lag = made.world, copying(made.world).lag
    end, lines = world.weeks - launch_of(world), dict(list(data[data.week >= BEFORE].groupby("line")))
    words = tuple(t.set_index("row").verdict[[f"lag_{lag}", CARD]])
    with charts.style():
        figure, axes = charts.sheet(7.2, 5.0)
        axes.axhline(0.0, color=charts.GREY, linewidth=0.8)
        ends = {}
        for line, (colour, said) in NAMES.items():
            found = lines[line].set_index("week").loc[(BEFORE if line == "alone" else lag - 1) :]
            axes.fill_between(found.index, found.low, found.high, color=colour, alpha=0.16, linewidth=0)
            axes.plot(found.index, found.value, color=colour, linewidth=2.6, solid_capstyle="round")
            ends[str(said)] = (end - 1, float(found.value.iloc[-1]))
        charts.label_ends(axes, ends, {str(said): colour for colour, said in NAMES.values()})
        top = axes.get_ylim()[1]
        for week, said in ((0, Said("launch", "推出")), (lag, Said("rivals copy", "对手模仿"))):
            axes.axvline(week, color=charts.INK, linewidth=1.0, linestyle=(0, (2, 2)))
            axes.annotate(str(said), (week, top), (4 if week else -4, 0), textcoords="offset points", va="top",
                          ha="left" if week else "right", fontsize=11)  # fmt: skip
        axes.set(xlim=(BEFORE, end - 1), ylim=(None, 1.08 * top))
        axes.set_xlabel(str(Said("weeks since the launch", "推出后的周数")))
        axes.set_ylabel(str(Said("gain in share, points", "份额收益，百分点")))
        detail = Said(
            f"The leader's share less its share without any program; {len(world.firms)} chains, fixed prices.\n"
            f"Four-week means of {world.seeds} paired runs of {world.customers.n:,} households, 95 % bands.",
            f"先行者的份额减去谁都没有计划时的份额；{len(world.firms)} 家连锁店，价格不变。\n"
            f"{world.seeds} 次配对运行的四周均值，每次 {world.customers.n:,} 户，95 % 区间。",
        )
        title = TITLES.get(words, Said("What copying leaves of a first mover's gain", "模仿之后先行者还剩多少收益"))
        charts.headline(figure, str(title), str(detail))
    return figure


# --- all together ---


def answer(made: Plan) -> experiment.Finding:
    """Run, judge, draw."""
    check(made)
    world, beside = made.world, priced(made)
    runs = simulate(worlds(made), range(world.seed, world.seed + world.seeds), world.compute.processes)
    purchases, same = identity(made)
    exact = pd.DataFrame([{"purchases": purchases, "verdict": same.word, "why": same.why}])
    drawn, words = in_worlds(made)
    saved = {"runs": per_run(made, runs), "identity": exact, "worlds": drawn, "sizes": words, **beside}
    return told(made, {name: experiment.as_saved(t) for name, t in saved.items()}, weekly(made, runs))


def told(made: Plan, saved: Mapping[str, pd.DataFrame], data: pd.DataFrame) -> experiment.Finding:
    """The answer from saved tables alone.

    saved : runs, identity, worlds, sizes, prices, priced, as their .csv;  data : figure.csv
    """
    t, read = table(made, saved["runs"]), Reader(saved["runs"])
    found = judged_worlds(saved["worlds"], made.settings.margin)
    sizes = carriers(saved["worlds"], found).merge(saved["sizes"][["key", "words", "chinese"]], on="key")
    turns = turning(sizes)
    judged = verdicts(made, t, read, found, "" if turns is None else turns.en)
    other = saved["priced"].set_index("row")
    if made.world.seeds < FEWEST:
        judged = dict.fromkeys(judged, Verdict("cannot judge", "too few runs to say"))
    judged |= {row: Verdict(other.word[row], f"results/{PRICES}: {other.why[row]}") for row in other.index
               if row in made.settings.claims}  # fmt: skip
    base, single = base_of(made, t), t.set_index("row").loc[CARD]
    reading = Reading(
        first=first(base, single, saved["prices"]),
        second=second(made, t, base),
        sure=sure(made, found, turns),
        table=shown(made, t, found),
        assumed=Said(other.word["answer"], other.why["answer"]),
    )
    return experiment.Finding(
        question=QUESTION,
        reading=reading,
        verdicts={row: judged[row] for row in made.settings.claims},
        caution=caution(made, t, saved["identity"]),
        table=t,
        draw=partial(draw, made, data, t),
        data=data,
        more={**saved, "sizes": sizes},
        numbers={
            "card": assumed.card(made.settings),
            "left": float(base.ratio),
            "left_single_card": float(single.ratio),
            "worlds": {word: int(n) for word, n in found.verdict.value_counts().items()},
        },
    )


EXPERIMENT = experiment.Script("parity", Parity, answer)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT, sys.argv[1:]))
