"""Does a loyalty program still give its first mover an advantage after all rivals have copied it?

Why it is contested   Programs that are copied are said to cancel out (claims S3-05, S3-07, S3-08) and to end as a cost
                      that nobody can drop (S3-09, S3-10). With identical instant rewards this is an identity of the
                      choice model. It can fail where something is built up during the lead (points held, habit), where
                      firms differ, where the category grows, where the copy is worse, or where people hold one card.
Design                Four chains of a real grocery market at fixed prices. The leader launches points after a year.
                      Arms with common seeds: nobody, the leader alone, copied by all rivals after 4, 13, 26 weeks, all
                      at once, all but the leader. Left = the leader's share in the last quarter minus the same weeks
                      with nobody; it is judged as a share of what the leader gains alone in these weeks.
What would change     A lower 95 % limit of |left| / gained alone above the margin (25 %), for any lag or any switch.
our mind              One switch must do so, else the test could not fail: copies that are half as generous.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd

from loyaltysim.cli.experiment import main
from loyaltysim.market.model import Market
from loyaltysim.measures.statistics import Estimate, estimate, ratio_of_means
from loyaltysim.measures.verdict import Verdict, little_is_left, percent, same_purchases, taken_together
from loyaltysim.present import charts
from loyaltysim.runs.pool import map_runs, prepare
from loyaltysim.scenario.model import Firm, Scenario
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.scenario.terms import term
from loyaltysim.studies import experiment
from loyaltysim.studies.experiment import Switch, interval, listed, spread

BEFORE = -24  # weeks from which the figure is drawn
MEAN = 4  # weeks of the trailing mean in the figure and in the half-life


@dataclass(frozen=True)
class Parity:
    """What varies and how it is judged."""

    claims: tuple[str, ...] = term((), "row of the claims' sources")
    lags: tuple[int, ...] = term((4, 13, 26), "weeks", 1, 520, doc="from launch to copy")
    lag: int = term(13, "weeks", 1, 520, doc="the lag at which switches are thrown")
    window: int = term(13, "weeks", 1, 520, doc="weeks at the end whose shares are compared")
    settle: int = term(52, "weeks", 0, 520, doc="weeks at least from the last copy to the horizon")
    margin: float = term(0.25, "share of the gain alone", 0.001, 10.0)
    identity: tuple[str, ...] = term((), "key=value", doc="the world in which parity is an identity")
    identity_seeds: int = term(2, "runs", 1, 1000)
    switches: tuple[Switch, ...] = term((), "")
    control: Switch = field(default_factory=Switch)


# --- worlds: who adopts, and when ---


def with_rivals(world: Scenario, own: Firm, program: Mapping, policy: Mapping) -> Scenario:
    """The market with this leader, and rivals that all have the same program and policy."""
    firms = {name: replace(firm, program=program, policy=policy) for name, firm in world.firms.items()}
    return replace(world, firms={**firms, world.focal: own})


def arms(world: Scenario, lags: tuple[int, ...]) -> dict[str, Scenario]:
    """Every arm of one market by name; `copied_<lag>` for the lags."""
    leader = world.firms[world.focal]
    out = replace(leader, program={}, policy={})
    imitate = next(f.policy["imitate"] for name, f in world.firms.items() if name != world.focal)
    made = {
        "nobody": with_rivals(world, out, {}, {}),
        "alone": with_rivals(world, leader, {}, {}),
        "at_once": with_rivals(world, leader, leader.program, leader.policy),
        "left_out": with_rivals(world, out, leader.program, leader.policy),
    }
    copies = {f"copied_{lag}": with_rivals(world, leader, {}, {"imitate": replace(imitate, lag=lag)}) for lag in lags}
    return made | copies


def worlds(made: experiment.Plan[Parity]) -> dict[str, Scenario]:
    """All worlds by name: the arms of the base market, then nobody, alone and copied for each switch."""
    s = made.settings
    found = arms(made.world, tuple(sorted({*s.lags, s.lag})))
    for switch in (*s.switches, s.control):
        own = arms(made.changed(switch.change), (s.lag,))
        found |= {f"{switch.name}/{arm}": own[arm] for arm in ("nobody", "alone", f"copied_{s.lag}")}
    return found


def check(made: experiment.Plan[Parity]) -> None:
    """Refuse a world without leader or copies, and a horizon that ends before these settle. Raises ConfigError."""
    s, world = made.settings, made.world
    problems = []
    if not ({"points"} <= set(world.firms[world.focal].program) and set(world.firms[world.focal].policy) == {"launch"}):
        problems.append(Problem("program, policy", "the leader needs program=points and policy=launch"))
    elif world.weeks < (need := launch_of(world) + max(*s.lags, s.lag) + max(s.settle, s.window)):
        why = f"the last copy needs {s.settle} weeks to settle; allowed {need} or more with these lags"
        problems.append(Problem("weeks", why, world.weeks))
    if any(set(firm.policy) != {"imitate"} for name, firm in world.firms.items() if name != world.focal):
        problems.append(Problem("rivals", "every rival needs the policy imitate: rivals=imitate"))
    if problems:
        raise ConfigError(problems)


def launch_of(world: Scenario) -> int:
    """The week in which the leader launches."""
    return world.firms[world.focal].policy["launch"].week


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


def identity(made: experiment.Plan[Parity]) -> tuple[int, Verdict]:
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


# --- what is read off the runs ---


def per_run(made: experiment.Plan[Parity], runs: Mapping[str, list[Weeks]]) -> pd.DataFrame:
    """One row per world and seed: everything that the table is made of.

    visits, all_visits : purchases at the leader and in the market in the last weeks; profit_<firm> : cents since launch
    half_life : weeks from the copy until half of the gain alone is left (of `copied_<lag>`; empty = never)
    """
    world, s = made.world, made.settings
    at, rows = list(world.firms).index(world.focal), []
    for name, done in runs.items():
        for k, run in enumerate(done):
            last = run.visits[-s.window :]
            row = {"world": name, "seed": world.seed + k, "visits": last[:, at].sum(), "all_visits": last.sum()}
            profit = run.profit[launch_of(world) :].sum(axis=0)
            row |= {f"profit_{firm}": cents for firm, cents in zip(world.firms, profit, strict=True)}
            half = np.nan
            if name.startswith("copied_"):
                gain = [advantage(runs[arm][k], runs["nobody"][k], at) for arm in (name, "alone")]
                half = half_life(*gain, launch_of(world) + int(name.removeprefix("copied_")))
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

    def __init__(self, runs: pd.DataFrame, world: Scenario) -> None:
        self.worlds = {name: group.sort_values("seed") for name, group in runs.groupby("world")}
        self.rivals = [name for name in world.firms if name != world.focal]
        self.leader = world.focal

    def gain(self, world: str, nobody: str) -> np.ndarray:
        """The leader's share minus its share with nobody, in points. -> (seeds,)."""
        share = [
            self.worlds[name].visits.to_numpy() / self.worlds[name].all_visits.to_numpy() for name in (world, nobody)
        ]
        return 100.0 * (share[0] - share[1])

    def profit(self, world: str, nobody: str, firms: list[str]) -> Estimate:
        """Change of the profit of these firms since the launch, in percent."""
        columns = [f"profit_{firm}" for firm in firms]
        one, two = (self.worlds[name][columns].sum(axis=1).to_numpy(float) for name in (world, nobody))
        return ratio_of_means(100.0 * (one - two), two, "percent")

    def row(self, name: str, label: str, kind: str, arm: str, margin: float, prefix: str = "") -> dict:
        """A row of the table: what is left in `arm` beside what is gained alone, judged unless it is only reported."""
        nobody, alone = f"{prefix}nobody", f"{prefix}alone"
        left, whole = self.gain(arm, nobody), self.gain(alone, nobody)
        ratio, verdict = little_is_left(left, whole, margin)
        row = {"row": name, "label": label, "kind": kind}
        row |= spread("alone_points", estimate(whole, "share points")) | spread(
            "left_points", estimate(left, "share points")
        )
        row |= spread("ratio", ratio)
        judged = (verdict.word, verdict.why) if kind != "reported" else ("not judged", "there is no lead")
        row |= dict(zip(("verdict", "why"), judged, strict=True))
        row |= spread("half_life_weeks", estimate(self.worlds[arm].half_life, "weeks"))
        row |= spread("profit_leader_alone", self.profit(alone, nobody, [self.leader]))
        row |= spread("profit_leader", self.profit(arm, nobody, [self.leader]))
        row |= spread("profit_rivals", self.profit(arm, nobody, self.rivals))
        return row | {f"profit_{firm}": self.profit(arm, nobody, [firm]).value for firm in (self.leader, *self.rivals)}


def table(made: experiment.Plan[Parity], runs: pd.DataFrame) -> pd.DataFrame:
    """Every row: the lags, what is reported only, the switches, the control. Shares in points, profits in percent."""
    s, read = made.settings, Reader(runs, made.world)
    rows = [read.row(f"lag_{lag}", f"copied after {lag} weeks", "lag", f"copied_{lag}", s.margin) for lag in s.lags]
    rows.append(read.row("at_once", "all at once", "reported", "at_once", s.margin))
    rows.append(read.row("left_out", "all but the leader", "reported", "left_out", s.margin))
    for switch, kind in [*((x, "switch") for x in s.switches), (s.control, "control")]:
        arm, prefix = f"{switch.name}/copied_{s.lag}", f"{switch.name}/"
        rows.append(read.row(switch.name, switch.label, kind, arm, s.margin, prefix))
    return pd.DataFrame(rows).round(12)


# --- words ---


def headline(made: experiment.Plan[Parity], t: pd.DataFrame) -> str:
    """What happened, in one sentence with interval and margin."""
    lags = t[t.kind == "lag"]
    left = [interval(row, "ratio", 0, 100.0, " %") for _, row in lags.iterrows()]
    return (
        f"Copied by all rivals after {listed(made.settings.lags)} weeks, the first mover keeps {listed(left)} of the "
        f"{interval(t.iloc[0], 'alone_points', 2)} share points that it gains alone (prices fixed; 95 % intervals over "
        f"{made.world.seeds} paired runs); parity allows {percent(made.settings.margin)}."
    )


def flips(made: experiment.Plan[Parity], t: pd.DataFrame) -> str:
    """What flips it, and whether the control did."""
    control, switches = t[t.kind == "control"].iloc[0], t[t.kind == "switch"].sort_values("ratio", key=abs)
    turned = {"supported": "refuted", "refuted": "supported"}
    other = switches[switches.verdict.isin([turned.get(word) for word in t[t.kind == "lag"].verdict])]
    said = "No switch below flips it."
    if not other.empty:
        found = [f"{row.label}: {row.verdict}, {interval(row, 'ratio', 0, 100.0, ' %')}" for _, row in other.iterrows()]
        said = f"It depends on {'; '.join(found)}."
    elif "inconclusive" in set(t[t.kind.isin(["lag", "switch"])].verdict):
        said = "More runs are needed to tell."
    works = "refuted, as it must be if the test can fail" if control.verdict == "refuted" else control.verdict
    if not switches.empty:
        ends = [
            f"{row.label}, {interval(row, 'ratio', 0, 100.0, ' %')}" for _, row in switches.iloc[[0, -1]].iterrows()
        ]
        said = f"{said} Least is left with {ends[0]}; most with {ends[1]}."
    return f"{said} Control, {control.label}: {interval(control, 'ratio', 0, 100.0, ' %')} left ({works})."


def money(made: experiment.Plan[Parity], t: pd.DataFrame) -> str:
    """Half-life and profits, which are another question than share."""
    row, out = t[t.row == f"lag_{made.settings.lag}"].iloc[0], t[t.row == "left_out"].iloc[0]
    points = made.world.firms[made.world.focal].program["points"]
    rate = points.earn * points.face_value / points.threshold
    return (
        f"Half of the gain is gone {interval(row, 'half_life_weeks', 1)} weeks after the copies start (four-week "
        "mean). Profit is "
        f"another question: with rewards of {percent(rate)} at {percent(points.cost)} of face value the "
        f"leader's profit changes by {interval(row, 'profit_leader_alone', 1, 1.0, ' %')} alone and "
        f"{interval(row, 'profit_leader', 1, 1.0, ' %')} when copied after {made.settings.lag} weeks (rivals "
        f"{interval(row, 'profit_rivals', 1, 1.0, ' %')}); staying out while all others adopt, by "
        f"{interval(out, 'profit_leader', 1, 1.0, ' %')}."
    )


def shown(t: pd.DataFrame) -> pd.DataFrame:
    """The eight switches that leave most of the gain, or cannot be judged; table.csv has all."""
    switches, rows = t[t.kind == "switch"], []
    most = switches.ratio.abs().fillna(np.inf).nlargest(8).index
    for _, row in switches[switches.index.isin(most)].iterrows():
        cells = {"switch": row.label, "gained alone, points": interval(row, "alone_points", 2)}
        cells |= {"left, % of it": interval(row, "ratio", 0, 100.0), "parity": row.verdict}
        rows.append(
            {**cells, "leader's profit, %": f"{row.profit_leader_alone:+.1f} alone, {row.profit_leader:+.1f} copied"}
        )
    return pd.DataFrame(rows)


# --- the figure ---

TITLES = {
    "supported": "A first mover's gain lasts until it is copied",
    "refuted": "A first mover keeps its gain after it is copied",
}


def weekly(made: experiment.Plan[Parity], runs: Mapping[str, list[Weeks]]) -> pd.DataFrame:
    """The advantage by week in each arm: mean over seeds of the trailing four-week mean, with its 95 % interval."""
    world, frames = made.world, []
    at = list(world.firms).index(world.focal)
    for arm in ("alone", *(f"copied_{lag}" for lag in made.settings.lags), "at_once"):
        pairs = zip(runs[arm], runs["nobody"], strict=True)
        each = np.array([trailing(advantage(run, nobody, at)) for run, nobody in pairs])
        found = [estimate(week, "share points") for week in each.T]
        frame = {"line": arm, "week": np.arange(world.weeks) - launch_of(world)}
        frames.append(pd.DataFrame({**frame, **{k: [getattr(e, k) for e in found] for k in ("value", "low", "high")}}))
    return pd.concat(frames, ignore_index=True).astype({"value": float, "low": float, "high": float})


COLOURS = (charts.ORANGE, charts.VERMILION, charts.PURPLE, charts.GREEN, charts.SKY)


def draw(made: experiment.Plan[Parity], data: pd.DataFrame, t: pd.DataFrame, verdict: Verdict):
    """The sole adopter's advantage week by week, then the copycats."""
    s, world = made.settings, made.world
    end = world.weeks - launch_of(world)
    lines = {name: line.set_index("week") for name, line in data[data.week >= BEFORE].groupby("line")}
    with charts.style():
        figure, axes = charts.sheet(10, 5.6)
        axes.axhline(0.0, color=charts.GREY, linewidth=0.8)
        axes.axvspan(end - s.window, end - 1, color=charts.PALE, alpha=0.45, linewidth=0)
        bar = s.margin * t.iloc[0].alone_points
        axes.plot([end - s.window, end - 1], [bar, bar], color=charts.INK, linewidth=1.2)
        write(
            axes,
            f"parity allows\n{percent(s.margin)}: {bar:.2f}",
            (end - s.window, bar),
            (-6, 0),
            charts.INK,
            ha="right",
            va="center",
        )
        for k, lag in reversed(list(enumerate(s.lags))):
            curve(axes, lines[f"copied_{lag}"].loc[lag - 1 :], COLOURS[k % len(COLOURS)])
        curve(axes, lines["alone"], charts.BLUE, width=2.8)
        for k, lag in enumerate(s.lags):
            y, colour = lines["alone"].value[lag - 1], COLOURS[k % len(COLOURS)]
            axes.plot(lag - 1, y, "o", color=colour, markersize=7, markeredgecolor="white", zorder=5)
            write(axes, f"copied after {lag} weeks", (lag - 1, y), (-9, 6), colour, ha="right", va="bottom")
        write(axes, "alone", (end - 1, lines["alone"].value[end - 1]), (8, 0), charts.BLUE, weight="bold", va="center")
        ends = [lines[f"copied_{lag}"].value[end - 1] for lag in s.lags]
        write(axes, "copied", (end - 1, float(np.mean(ends))), (8, 0), charts.VERMILION, weight="bold", va="center")
        axes.plot(-1, 0.0, "o", color=charts.BLUE, markersize=7, markeredgecolor="white", zorder=5)
        write(axes, "launch", (-1, 0.0), (-9, 6), charts.BLUE, ha="right", va="bottom")
        axes.set(
            xlim=(BEFORE, end - 1), xlabel="weeks since the leader's launch", ylabel="the leader's gain, share points"
        )
        detail = (
            f"The leader's share of {world.market.occasion} minus its share in the same weeks without any program; "
            f"{MEAN}-week trailing mean, {world.seeds} paired runs, 95 % band.\n"
            f"{len(world.firms)} chains, {world.customers.n:,} households, prices fixed; shaded: the weeks judged."
        )
        charts.headline(figure, TITLES.get(verdict.word, "What copying leaves of a first mover's gain"), detail)
    return figure


def curve(axes, line: pd.DataFrame, colour: str, width: float = 2.0) -> None:
    """A line with its band."""
    axes.fill_between(line.index, line.low, line.high, color=colour, alpha=0.18, linewidth=0)
    axes.plot(line.index, line.value, color=colour, linewidth=width, solid_capstyle="round")


def write(axes, words: str, at: tuple[float, float], offset: tuple[float, float], colour: str, **how) -> None:
    """Words beside a point, offset in points of print."""
    how = {"fontsize": 10, "annotation_clip": False, **how}
    axes.annotate(words, at, xytext=offset, textcoords="offset points", color=colour, **how)


# --- all together ---


def answer(made: experiment.Plan[Parity]) -> experiment.Finding:
    """Run, judge, draw."""
    check(made)
    world = made.world
    seeds = range(world.seed, world.seed + world.seeds)
    runs = simulate(worlds(made), seeds, world.compute.processes)
    numbers = per_run(made, runs)
    purchases, same = identity(made)
    exact = pd.DataFrame([{"purchases": purchases, "verdict": same.word, "why": same.why}])
    return told(made, numbers, exact, weekly(made, runs))


def told(
    made: experiment.Plan[Parity], runs: pd.DataFrame, exact: pd.DataFrame, data: pd.DataFrame
) -> experiment.Finding:
    """The answer from saved tables alone: runs.csv, identity.csv, figure.csv."""
    t = table(made, runs)
    judged = t[t.kind.isin(["lag", "switch"])]
    verdict = taken_together({row.label: Verdict(row.verdict, row.why) for _, row in judged.iterrows()})
    check_words = (
        f"Identity arm (the same money per unit everywhere, everyone enrolled): {exact.why[0]} ({exact.verdict[0]})."
    )
    return experiment.Finding(
        question=(__doc__ or "").splitlines()[0],
        verdict=verdict,
        headline=headline(made, t),
        flips=f"{flips(made, t)} {money(made, t)}",
        caution=(
            "that programs are harmless or pointless. Prices cannot move, rivals are assumed, and how many cards a "
            f"household holds is not measured. {check_words}"
        ),
        shown=shown(t),
        table=t,
        draw=partial(draw, made, data, t, verdict),
        data=data,
        more={"runs": runs, "identity": exact},
    )


EXPERIMENT = experiment.Script("parity", Parity, answer)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT, sys.argv[1:]))
