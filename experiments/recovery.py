"""Does answering complaints pay?

Why it is contested   Complaints answered fast and well are said to keep customers (S1-09), even to make them more loyal
                      than if nothing had failed (S3-59, the recovery paradox). A meta-analysis finds the paradox in
                      satisfaction, not in repurchase; severe failures leave a mark even when made good.
Design                Two industries with published churn. The leader answers no complaint, or every complaint, or makes
                      every one undone at once. All three worlds share their luck, so the same people suffer the same
                      failures, and what an answer changes is seen person by person at the next renewal. Gain over
                      five years per answer is the cost at which answers break even. The paradox is an input, off.
What would change     A break-even cost on the other side of the assumed cost when one assumption changes; answered
our mind              customers who stay more than undone ones. Control: without paradox they cannot.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np
import pandas as pd

from loyaltysim.cli.experiment import main
from loyaltysim.market.model import Market
from loyaltysim.measures.statistics import Estimate, ratio_of_means
from loyaltysim.measures.verdict import Verdict, lies_within, taken_together
from loyaltysim.present import charts
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.scenario.terms import term
from loyaltysim.studies import experiment
from loyaltysim.studies.experiment import Switch, interval, listed, spread

WORLDS = ("silent", "answered", "undone")
UNDONE = [
    "program.service.recovery_quality=1", "program.service.response_time=0", "behaviour.experience.paradox=0",
]  # fmt: skip


@dataclass(frozen=True)
class Recovery:
    """What varies and how it is judged."""

    claims: tuple[str, ...] = term((), "row of the claims' sources")
    industries: tuple[str, ...] = term((), "market")
    cost: float = term(1.0, "money an answer", 0.0, 1e5)
    answer: tuple[str, ...] = term((), "key=value", doc="how the leader answers complaints")
    switches: tuple[Switch, ...] = term((), "", doc="the first changes nothing")


Plan = experiment.Plan[Recovery]
Arm = tuple[Scenario, ...]  # one scenario for each of WORLDS


# --- worlds ---


def arms(made: Plan) -> dict[str, Arm]:
    """Three worlds by name, `<industry>/<switch>`: no complaint answered, all answered, all undone at once."""
    s, found = made.settings, {}
    for industry, switch in product(s.industries, s.switches):
        answer = [*s.answer, f"program.service.recovery_cost={s.cost}"]
        acts = ([*answer, "program.service.recovery=0"], answer, [*answer, *UNDONE])
        found[f"{industry}/{switch.name}"] = tuple(
            made.changed(last_wins([f"market={industry}", *switch.change, *act])) for act in acts
        )
    return found


def last_wins(texts: Sequence[str]) -> list[str]:
    """Overrides of which the last one of a key counts."""
    return list({text.partition("=")[0]: text for text in texts}.values())


def check(made: Plan) -> None:
    """Refuse industries without contracts, and markets in which nobody would complain. Raises ConfigError."""
    s, problems = made.settings, []
    for industry in s.industries:
        world = made.changed([f"market={industry}"])
        if world.market.setting != "contract":
            problems.append(
                Problem("experiment.industries", "has no contracts: nobody decides whether to stay", industry)
            )
        feel = world.behaviour.get("experience")
        if feel is None or feel.failure * feel.severity * feel.voice == 0.0:
            problems.append(
                Problem("behaviour.experience", "needs failure, severity and voice above 0: nobody complains")
            )
    if problems:
        raise ConfigError(problems)


# --- runs ---


def keep(job: tuple[Arm, int]) -> dict[str, float]:
    """Run the three worlds of one seed week by week, side by side. -> sums; money in cents

    touched : renewals of the leader's customers whose satisfaction a complaint has marked, as long as they have had the
    same contract in all three worlds;  kept_*, felt_* : of these renewed, and their satisfaction, summed;  felt2 : its
    square in `undone`;  gain : profit before the cost of answers, less silent's;  answers;  base : profit of silent
    """
    worlds, seed = job
    runs = [Market(world, seed) for world in worlds]
    people, length = [run.population for run in runs], worlds[0].behaviour["renewal"].term
    leader = list(worlds[0].firms).index(worlds[0].focal)
    sums: dict[str, float] = dict.fromkeys(["touched", *(f"{w}_{k}" for w in ("kept", "felt") for k in WORLDS)], 0.0)
    sums["felt2"] = 0.0
    for week in range(worlds[0].weeks):
        due = (week - people[0]["started"] + 1) % length == 0
        for one in people:
            due &= (one["provider"] == leader) & (one["started"] == people[0]["started"])
        feeling = [one["sat"][:, leader].copy() for one in people]
        rows = np.flatnonzero(due & (feeling[0] != feeling[2]))
        for run in runs:
            run.step()
        sums["touched"] += len(rows)
        sums["felt2"] += float((feeling[2][rows] ** 2).sum())
        for name, one, felt in zip(WORLDS, people, feeling, strict=True):
            sums[f"kept_{name}"] += float((one["provider"][rows] == leader).sum())
            sums[f"felt_{name}"] += float(felt[rows].sum())
    books = [run.book().weekly for run in runs]
    silent, answered = (book[book.firm == worlds[0].focal] for book in books[:2])
    sums["gain"] = float(answered.profit.sum() + answered.recovery.sum() - silent.profit.sum())
    return sums | {"answers": float(answered.recoveries.sum()), "base": float(silent.profit.sum())}


# --- what is read off the runs ---


def row_of(made: Plan, runs: pd.DataFrame) -> dict:
    """Break-even and what an answer does to those it reaches, from the runs of one arm.

    break_even : money per answer;  profit : share of the leader's profit at the assumed cost;  retention : of undone
    kept, felt : answered less silent, share of renewals and units of satisfaction;  paradox_* : answered less undone
    """
    get = {name: runs[name].to_numpy(float) for name in runs.columns if name not in ("world", "seed")}
    net = get["gain"] - 100.0 * made.settings.cost * get["answers"]
    row: dict = {**spread("break_even", ratio_of_means(get["gain"] / 100.0, get["answers"], "money"))}
    row |= spread("profit", ratio_of_means(net, get["base"], "share"))
    for what in ("kept", "felt"):
        helped, left = (get[f"{what}_answered"] - get[f"{what}_{other}"] for other in ("silent", "undone"))
        row |= spread(what, ratio_of_means(helped, get["touched"], ""))
        row |= spread(f"paradox_{what}", ratio_of_means(left, get["touched"], ""))
    row |= spread("retention", ratio_of_means(get["kept_undone"], get["touched"], "share"))
    mean = get["felt_undone"].sum() / get["touched"].sum()
    row["felt_sd"] = math.sqrt(get["felt2"].sum() / get["touched"].sum() - mean * mean)
    row["answers"] = get["answers"].mean()
    return row


def table(made: Plan, runs: pd.DataFrame) -> pd.DataFrame:
    """A row per industry and switch, with verdicts: does it pay at the assumed cost, S1-09, S3-59."""
    s, rows = made.settings, []
    for industry, switch in product(s.industries, s.switches):
        row = {"industry": industry, "switch": switch.name}
        row |= row_of(made, runs[runs.world == f"{industry}/{switch.name}"])
        row["pays"] = lies_within(read_off(row, "break_even"), s.cost, np.inf).word
        row["S1-09"] = lies_within(read_off(row, "kept"), 0.0, np.inf).word
        row["S3-59"] = lies_within(read_off(row, "paradox_kept"), 0.0, np.inf).word
        rows.append(row)
    return pd.DataFrame(rows).round(12)


def read_off(row: Mapping[str, float], name: str) -> Estimate:
    """The three columns of an estimate."""
    value, low, high = (None if np.isnan(row[n]) else float(row[n]) for n in (name, f"{name}_low", f"{name}_high"))
    return Estimate(value, low, high, 0.95, "", 0)


def pays(t: pd.DataFrame) -> dict[str, Verdict]:
    """Does answering pay at the assumed cost, in every industry and under every switch."""
    return {f"{row.industry}, {row.switch}": Verdict(row.pays, "") for row in t.itertuples()}


def needed(effect: float, sd: float) -> float:
    """How many answered and how many unharmed customers a study needs to see a difference with 80 % power at 5 %."""
    return math.inf if effect == 0.0 else 2.0 * ((1.959964 + 0.841621) * sd / effect) ** 2


# --- words ---


def shown(made: Plan, t: pd.DataFrame) -> pd.DataFrame:
    """A row a switch: break-even costs; in the first industry, what an answer keeps and what is left of the failure."""
    s, rows = made.settings, []
    first = s.industries[0]
    for switch in s.switches[:8]:
        part = t[t.switch == switch.name].set_index("industry")
        cells = {
            f"break-even, {made.world.market.currency} ({i})": interval(part.loc[i], "break_even", 1)
            for i in s.industries
        }
        cells |= {f"renewals against silence, points ({first})": interval(part.loc[first], "kept", 2, 100.0)}
        cells |= {f"against undone ({first})": interval(part.loc[first], "paradox_kept", 2, 100.0)}
        words = taken_together({i: Verdict(part.loc[i, "pays"], "") for i in s.industries}).word
        rows.append({"setting": switch.label, **cells, f"pays at {s.cost:g}": words})
    return pd.DataFrame(rows)


def headline(made: Plan, t: pd.DataFrame) -> str:
    """What happened, in one sentence."""
    s = made.settings
    usual = [row for _, row in t[t.switch == s.switches[0].name].iterrows()]
    costs = listed(f"{interval(row, 'break_even', 2)} ({row.industry})" for row in usual)
    kept = listed(f"{interval(row, 'kept', 2, 100.0)} ({row.industry})" for row in usual)
    return (
        f"Answering all complaints pays the leader over {made.world.weeks // 52} years as long as an answer costs less "
        f"than {costs} {made.world.market.currency}, against {s.cost:g} assumed; an answered customer renews more "
        f"by {kept} points (95 % intervals, {made.world.seeds} runs with shared luck)."
    )


def flips(made: Plan, t: pd.DataFrame) -> str:
    """Which switches turn the answer, the paradox, severity."""
    s = made.settings
    said = [
        f"At {s.cost:g} an answer it pays with {where(made, t, 'supported')}; it does not with "
        f"{where(made, t, 'refuted')}; elsewhere it cannot be told."
    ]
    rows = t[t.industry == s.industries[0]].set_index("switch")
    if "paradox" in rows.index:
        row = rows.loc["paradox"]
        kept = math.sqrt(row.retention * (1.0 - row.retention))
        each = (("paradox_felt", row.felt_sd), ("paradox_kept", kept))
        counts = [f"{needed(row[n], sd):,.0f}" if row[f"{n}_low"] > 0.0 else "any number of" for n, sd in each]
        said.append(
            f"With the paradox on, answered customers are more satisfied than undone ones by "
            f"{interval(row, 'paradox_felt', 3)} and renew more by {interval(row, 'paradox_kept', 2, 100.0)} points: "
            f"a study would need {counts[0]} customers a group to see the first, {counts[1]} to see the second."
        )
    return " ".join(said)


def where(made: Plan, t: pd.DataFrame, word: str) -> str:
    """The switches under which answering gets this verdict, and in which industry if not in all."""
    s, found = made.settings, []
    for switch in s.switches:
        places = list(t.industry[(t.switch == switch.name) & (t.pays == word)])
        if places:
            found.append(switch.label + ("" if len(places) == len(s.industries) else f" ({listed(places)})"))
    return listed(found) if found else "none"


def caution(made: Plan, t: pd.DataFrame) -> str:
    """What not to conclude."""
    s = made.settings
    rows = t[t.industry == s.industries[0]].set_index("switch")
    mark = ""
    if "severe" in rows.index:
        left = [interval(rows.loc[name], "paradox_kept", 2, 100.0) for name in (s.switches[0].name, "severe")]
        mark = f" Left of an answered failure: {left[0]} points, of one twice as severe {left[1]} ({s.industries[0]})."
    return (
        "that answers keep customers: that they please is built in, and so is the paradox, off by default. What a "
        f"failure costs in satisfaction and money is assumed; rivals hear nothing and nobody tells others.{mark}"
    )


# --- the figure ---


def lines(made: Plan, t: pd.DataFrame) -> pd.DataFrame:
    """What is drawn: panel, industry, label, value, low, high."""
    labels, found = {x.name: x.label for x in made.settings.switches}, []
    panels = {"break_even": ("break_even", 1.0), "kept": ("kept", 100.0), "undone": ("paradox_kept", 100.0)}
    for _, row in t.iterrows():
        for panel, (name, scale) in panels.items():
            value, low, high = (scale * row[n] for n in (name, f"{name}_low", f"{name}_high"))
            found.append(
                {
                    "panel": panel, "industry": row.industry, "label": labels[row.switch],
                    "value": value, "low": low, "high": high,
                }
            )  # fmt: skip
    return pd.DataFrame(found)


def draw(made: Plan, data: pd.DataFrame, t: pd.DataFrame):
    """Break-even costs, then what an answer does to renewals against silence and against no failure."""
    s = made.settings
    names = {
        "break_even": f"break-even, {made.world.market.currency} an answer",
        "kept": "renewals against silence, points", "undone": "renewals against undone, points",
    }  # fmt: skip
    labels = [switch.label for switch in s.switches]
    with charts.style():
        figure, axes = charts.sheet(11, 5.2, 1, len(names), sharey=True)
        for one, (panel, words) in zip(axes, names.items(), strict=True):
            one.axvline(s.cost if panel == "break_even" else 0.0, color=charts.GREY, linewidth=0.9, linestyle=":")
            for k, industry in enumerate(s.industries):
                part = data[(data.panel == panel) & (data.industry == industry)].set_index("label").loc[labels]
                at = np.arange(len(labels))[::-1] + 0.15 - 0.3 * k
                one.hlines(at, part.low, part.high, color=charts.PALETTE[k], linewidth=1.6)
                one.plot(part.value, at, "os"[k], color=charts.PALETTE[k], markersize=5, label=industry)
            one.set_xlabel(words)
        axes[0].set_yticks(np.arange(len(labels))[::-1], labels)
        axes[0].legend(loc="lower right")
        words = pays(t)
        yes = sum(v.word == "supported" for v in words.values())
        detail = (
            f"All complaints answered against none, {made.world.weeks // 52} years; mean of {made.world.seeds} runs "
            f"with shared luck, 95 % intervals;\ndotted: the assumed cost of {s.cost:g}, no difference"
        )
        charts.headline(figure, f"Answering complaints pays in {yes} of {len(words)} settings", detail)
    return figure


# --- all together ---


def answer(made: Plan) -> experiment.Finding:
    """Run, judge, draw."""
    check(made)
    seeds = range(made.world.seed, made.world.seed + made.world.seeds)
    done = experiment.run_arms(keep, arms(made), seeds, lambda worlds: worlds[0], made.world.compute.processes)
    rows = [
        {"world": name, "seed": k, **row} for name, each in done.items() for k, row in zip(seeds, each, strict=True)
    ]
    return told(made, pd.DataFrame(rows))


def told(made: Plan, runs: pd.DataFrame) -> experiment.Finding:
    """The answer from saved tables alone: runs.csv."""
    runs = experiment.as_saved(runs)
    t = table(made, runs)
    data = lines(made, t)
    return experiment.Finding(
        question=(__doc__ or "").splitlines()[0],
        verdict=taken_together(pays(t)),
        headline=headline(made, t),
        flips=flips(made, t),
        caution=caution(made, t),
        shown=shown(made, t),
        table=t,
        draw=partial(draw, made, data, t),
        data=data,
        more={"runs": runs},
    )


EXPERIMENT = experiment.Script("recovery", Recovery, answer)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT, sys.argv[1:]))
