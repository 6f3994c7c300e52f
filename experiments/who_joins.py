"""Who joins a loyalty program, what does it do, and what is left afterwards?

Why it is contested   Rewards are said to stimulate repeat purchase in the short run without making anybody loyal
                      (S3-11), and to be the reason to come back (S4-44). Members buy more than others, but they did so
                      before they joined: the naive effect is some seven times the true one (Leenheer et al. 2007).
Design                A grocer gives points from week 26 on and withdraws them after 3, 6, 12 or 24 months, unannounced;
                      the same people on the same luck without the program, and what nobody knows drawn anew in each
                      world: how habits form and last, what a bond is worth, whether a reward builds or hurts it. While
                      the program runs and 3, 6, 12, 24 months after its end: visits, who of the customers before the
                      launch still comes, members' bond. Beside it members against others (naive), the same people
                      before the launch, and members against themselves without the program (true).
What would change     Visits up while a program of a year runs, at most a fifth of that left a year after, in four
our mind              worlds of five: S3-11; the same of customers who still come: S4-44. More than a fifth left, or
                      nothing gained while it runs, refutes them: bonds that rewards build and that last would do that.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from loyaltysim.cli.experiment import main
from loyaltysim.market.checkpoint import branch
from loyaltysim.market.model import Market
from loyaltysim.measures.program_effects import contrast
from loyaltysim.measures.ratio import divide, ratio
from loyaltysim.measures.statistics import estimate
from loyaltysim.measures.twins import Past, no_program
from loyaltysim.measures.verdict import Verdict, all_of, over_worlds
from loyaltysim.present import charts
from loyaltysim.present.answer import FEWEST, TOO_FEW, wrapped
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.scenario.said import Said
from loyaltysim.scenario.terms import term
from loyaltysim.studies import assumed, experiment, redrawn
from loyaltysim.studies.assumed import middle
from loyaltysim.studies.experiment import as_saved, spread
from loyaltysim.studies.reading import Reading, Table
from loyaltysim.studies.redrawn import LUCK, SIGHT, WORLD, around, more_or_less, sizes_of

QUARTER = 13  # weeks
YEAR = 52.0
EFFECTS = ("visits", "kept")  # what is judged, while it runs and after
SELECTION = ("heavier", "propensity", "naive", "before", "true", "naive_wallet", "true_wallet", "joined")
RATIOS = ("naive_over_true", "naive_over_true_wallet")
BUILDS = "behaviour.bond.redemption"  # what a reward does to the bond: below 0 there is no bond that could be left


@dataclass(frozen=True)
class WhoJoins:
    """What varies and how it is judged."""

    claims: tuple[str, ...] = term((), "row of the claims' sources")
    on: tuple[int, ...] = term((13, 26, 52, 104), "weeks", QUARTER, 5200, doc="that the program runs")
    after: tuple[int, ...] = term((13, 26, 52, 104), "weeks", QUARTER, 5200, doc="since its end")
    judged_on: int = term(52, "weeks", QUARTER, 5200)
    judged_after: int = term(52, "weeks", QUARTER, 5200)
    little: float = term(0.2, "share of the effect", 1e-6, 1.0, doc="left: what is as little as that has returned")
    margin: float = term(0.001, "share", 1e-9, 1.0, doc="smallest change that anybody would act on")
    naive: float = term(7.0, "times", 0.0, 1e6, doc="published anchor of naive over true, shares of wallet")
    worlds_per_run: int = term(3, "worlds", 1, 1000)
    held: tuple[str, ...] = term((), "key", doc="what is not drawn")
    drawn: tuple[str, ...] = term((), "", doc="what is assumed, as lines of conf/worlds/evidence.yaml")


Plan = experiment.Plan[WhoJoins]


# --- runs ---


def check(made: Plan) -> None:
    """Refuse ends that are no whole quarters or lie beyond the run. Raises ConfigError with every problem."""
    s, world, problems = made.settings, made.world, []
    launch = world.focal_firm.policy.get("launch")
    if launch is None or launch.week < 2 * QUARTER or launch.week % QUARTER:
        problems.append(Problem("policy.launch.week", f"must be whole quarters of {QUARTER} weeks, two or more"))
    elif world.weeks < launch.week + max(s.on) + max(s.after):
        problems.append(Problem("weeks", "end before the last thing that is looked at", world.weeks))
    for name in ("on", "after"):
        if any(weeks % QUARTER for weeks in getattr(s, name)):
            problems.append(
                Problem(f"experiment.{name}", f"must be whole quarters of {QUARTER} weeks", getattr(s, name))
            )
        if getattr(s, f"judged_{name}") not in getattr(s, name):
            problems.append(Problem(f"experiment.judged_{name}", f"must be one of experiment.{name}"))
    if any(firm.program for name, firm in world.firms.items() if name != world.focal):
        problems.append(Problem("firms", "rivals have no program here"))
    if problems:
        raise ConfigError(problems)


def live(s: WhoJoins, scenarios: Sequence[Scenario], seed: int) -> dict[str, float]:
    """One world: without the program, with it, and withdrawn after each of the lengths."""
    scenario = replace(scenarios[0], record=replace(scenarios[0].record, panel=True, log=False))
    launch = scenario.focal_firm.policy["launch"].week
    past = Past(scenario, seed).market
    without = branch(past, no_program(scenario))
    on_until(without, launch + max(s.on) + max(s.after))
    running, found = branch(past, scenario), {}
    for on in sorted(s.on):
        on_until(running, launch + on)
        found |= ended(scenario, s, running, without)
    return found | selected(scenario, running, without, launch)


def on_until(market: Market, week: int) -> None:
    """Let a market go on to a week."""
    while market.week < week:
        market.step()


def withdrawn(scenario: Scenario, running: Market) -> Market:
    """The market goes on without the leader's program: nobody was told, and what customers know and feel stays."""
    last = dict(running.shown[-1])
    last[scenario.focal_id] = replace(last[scenario.focal_id], program={}, dated={}, cost=0.0)
    offers = [*running.shown, *[last] * (scenario.weeks - running.week)]
    return branch(running, scenario, offers=offers)


def ended(scenario: Scenario, s: WhoJoins, running: Market, without: Market) -> dict[str, float]:
    """What a program does in its last quarter and what is left later: `<name>/<weeks on>/<weeks after, 0 = on>`.

    visits : share more at the firm;  kept : share of the customers of the quarter before the launch who come, more
    bond   : mean of those who had joined, less without the program
    """
    place, launch = list(scenario.firms).index(scenario.focal), scenario.focal_firm.policy["launch"].week
    end, market = running.week, withdrawn(scenario, running)
    members = running.population["joined"][:, place] >= 0
    before = without.visits[launch // QUARTER - 1, :, place] > 0
    found = {}
    for after in (0, *sorted(s.after)):
        on_until(market, end + after)
        quarter = (end + after) // QUARTER - 1
        new, old = (book.visits[quarter, :, place] for book in (market, without))
        at = f"{end - launch}/{after}"
        found[f"visits/{at}"] = ratio(float(new.sum()), float(old.sum())) - 1.0
        found[f"kept/{at}"] = ratio(float((new > 0)[before].sum() - (old > 0)[before].sum()), float(before.sum()))
        found[f"bond/{at}"] = float(market.population["bond"][members, place].mean()) if members.any() else 0.0
    return found


def selected(scenario: Scenario, running: Market, without: Market, launch: int) -> dict[str, float]:
    """Who has joined by the last end, and what comparing them with others says beside the truth.

    heavier : members' visits to the firm before the launch over those of others;  propensity : of members less others
    naive, before, true : visits per member and year, members less others since the launch and before it, and members
    less the same people without the program; _wallet : the same of the firm's share of purchases
    """
    place = list(scenario.firms).index(scenario.focal)
    member = running.population["joined"][:, place] >= 0
    begin, end = launch // QUARTER, running.week // QUARTER
    years = (end - begin) * QUARTER / YEAR
    earlier, since, barred = (v.sum(axis=0) for v in (without.visits[:begin], running.visits[begin:end],
                                                    without.visits[begin:end]))  # fmt: skip
    share, barred_share = (divide(v[:, place], v.sum(axis=1)) for v in (since, barred))
    own = earlier[:, place]
    moved = np.where(member, share - barred_share, math.nan)
    return {
        "heavier": ratio(float(own[member].mean()), float(own[~member].mean())) if 0 < member.sum() < len(member)
        else math.nan,
        "propensity": contrast(running.population["rho"], member),
        "naive": contrast(since[:, place] / years, member),
        "before": contrast(own / (launch / YEAR), member),
        "true": ratio(float((since - barred)[member, place].sum()), float(member.sum()) * years),
        "naive_wallet": contrast(share, member),
        "true_wallet": float(np.nanmean(moved)) if np.isfinite(moved).any() else math.nan,
        "joined": float(member.mean()),
    }  # fmt: skip


def simulate(made: Plan) -> pd.DataFrame:
    """Every world, and the shipped one with other luck. -> a row each"""
    return redrawn.in_worlds(made, partial(live, made.settings))


# --- what is read off the runs ---


def read(runs: pd.DataFrame) -> pd.DataFrame:
    """The runs with ratios of naive over true, where the truth is above 0; bonds only where rewards build them."""
    rows = runs.copy()
    bonds = [name for name in rows if name.startswith("bond/")]
    rows.loc[~builds(rows), bonds] = math.nan
    for name, top, bottom in zip(RATIOS, ("naive", "naive_wallet"), ("true", "true_wallet"), strict=True):
        rows[name] = rows[top] / rows[bottom].where(rows[bottom] > 0.0)
    return rows


def builds(rows: pd.DataFrame) -> pd.Series:
    """In which runs does a reward build a bond?"""
    return rows[BUILDS] > 0.0 if BUILDS in rows else pd.Series(True, rows.index)


def errors(rows: pd.DataFrame) -> pd.Series:
    """Of every number the spread of luck around the shipped world; nan of one run."""
    return rows[rows.kind == LUCK].select_dtypes("number").std(ddof=1)


def at(name: str, on: int, after: int) -> str:
    """The column of an effect."""
    return f"{name}/{on}/{after}"


def returned(on: float, on_error: float, left: float, left_error: float, little: float) -> Verdict:
    """Is what is left at most a share `little` of what there was, by both intervals?"""
    low, high = (little * max(0.0, on + side * SIGHT * on_error) for side in (-1.0, 1.0))
    nearest, farthest = max(0.0, abs(left) - SIGHT * left_error), abs(left) + SIGHT * left_error
    why = f"{nearest:.2g} to {farthest:.2g} is left of {on:.2g}"
    if farthest <= low:
        return Verdict("supported", why)
    return Verdict("refuted" if nearest > high else "inconclusive", why)


def of_world(s: WhoJoins, row: Mapping[str, float], error: Mapping[str, float], name: str) -> dict[str, Verdict]:
    """The parts of a row's criterion in one world: an effect while the program runs, and its return after the end."""
    on, left = at(name, s.judged_on, 0), at(name, s.judged_on, s.judged_after)
    if not all(math.isfinite(x) for x in (row[on], row[left], error[on], error[left])):
        nothing = Verdict("cannot judge", "too few runs of luck")
        return {"while it runs": nothing, "back after the end": nothing}
    gain = more_or_less(around(row[on], error[on]), s.margin)
    back = Verdict("cannot judge", "nothing was gained that could go")
    if gain.word == "supported":
        back = returned(row[on], error[on], row[left], error[left], s.little)
    return {"while it runs": gain, "back after the end": back}


def verdicts(made: Plan, rows: pd.DataFrame) -> tuple[dict[str, Verdict], dict[str, dict[str, Verdict]]]:
    """One a row, of visits and of customers who still come; and the parts of each over worlds."""
    s, error, worlds = made.settings, errors(rows), rows[rows.kind == WORLD]
    drawn, bonded = worlds.to_dict("records"), builds(worlds)
    found, parts = {}, {}
    for claim, name in zip(("S3-11", "S4-44"), EFFECTS, strict=True):
        each = [of_world(s, row, error, name) for row in drawn]
        parts[claim] = {part: over_worlds(world[part] for world in each) for part in each[0]}
        whole = over_worlds(all_of(world) for world in each)
        told_ = "; ".join(f"{part}: {verdict.why}" for part, verdict in parts[claim].items())
        why = f"{told_}; both: {whole.why}"
        if bonded.any():
            there = over_worlds(all_of(world) for world, built in zip(each, bonded, strict=True) if built)
            why += f"; where rewards build bonds {there.word}: {there.why}"
        found[claim] = Verdict(whole.word, why)
    return found, parts


def table(made: Plan, rows: pd.DataFrame) -> pd.DataFrame:
    """A row a number: over worlds median and 90 %, of luck mean and 95 %; shares, or visits per member and year."""
    s, found = made.settings, []
    drawn, luck = rows[rows.kind == WORLD], rows[rows.kind == LUCK]
    names = [(name, on, after) for name in (*EFFECTS, "bond") for on in s.on for after in (0, *s.after)]
    for name, on, after in [*names, *((name, -1, -1) for name in (*SELECTION, *RATIOS))]:
        column = name if on < 0 else at(name, on, after)
        value, low, high = middle(drawn[column])
        row = {"number": name, "on": on, "after": after, "worlds_value": value, "worlds_low": low, "worlds_high": high}
        row |= {"defined": int(drawn[column].notna().sum()), "worlds": len(drawn)}
        found.append(row | spread("luck", estimate(luck[column], "")))
    return pd.DataFrame(found).round(12)


# --- words ---


def first(word: str, gain: float, left: float) -> Said:
    """What rewards do while they run, and after. gain, left : of visits, middle world; left as a share of the gain"""
    x, y = f"{100.0 * gain:.1f} %", f"{100.0 * max(0.0, left):.0f} %"
    said = {
        "supported": Said(
            f"Points bring {x} more visits while they run; a year after the end hardly anything is left.",
            f"积分在推行时让到店多 {x}；结束后隔年，几乎什么都不剩。",
        ),
        "refuted": Said(
            f"Points bring {x} more visits while they run; a year after the end {y} of that is left.",
            f"积分在推行时让到店多 {x}；结束后隔年，还剩其中的 {y}。",
        ),
        "practically nil": Said(
            "Points hardly bring any more visits even while they run.", "积分即使在推行时也几乎不让人多来。"
        ),
        "depends": Said(
            f"Points bring {x} more visits while they run; whether that outlasts them depends on the world.",
            f"积分在推行时让到店多 {x}；结束后能否留下，因世界而异。",
        ),
    }
    open_ = Said(
        f"Points bring {x} more visits while they run; how much of that outlasts them we cannot tell.",
        f"积分在推行时让到店多 {x}；结束后还剩多少，说不准。",
    )
    return said.get(word, open_)


def turns(hung: Said | None, over: float, heavier: float) -> Said:
    """On what it hangs that something is left, and how far the usual comparison misleads.

    over : naive over true effect on shares of wallet, middle world;  heavier : members' visits before, over others'
    """
    on = Said("No single assumption decides what is left.", "没有哪个假设单独决定还剩多少。")
    if hung is not None:
        on = Said(f"What is left hangs most on {hung.en}.", f"还剩多少主要看{hung.zh}。")
    before = Said("Members came no more often before they joined.", "会员入会前并不比别人来得更勤。")
    if heavier > 1.0:
        before = Said("Members already came more often before they joined.", "会员入会前就比别人来得更勤。")
    if not math.isfinite(over):
        return on + before
    naive = Said(
        f"Comparing them with others overstates membership {over:.0f} times.",
        f"拿会员与非会员相比，会把入会的作用夸大到 {over:.0f} 倍。",
    )
    return on + before + naive


def carried(made: Plan, rows: pd.DataFrame) -> Said | None:
    """What the size is called on which the share that is left hangs most, among worlds where something was gained."""
    s = made.settings
    on, left = at("visits", s.judged_on, 0), at("visits", s.judged_on, s.judged_after)
    drawn = rows[(rows.kind == WORLD) & (rows[on] > s.margin)]
    if len(drawn) < 3:
        return None
    return redrawn.named(drawn.assign(left=drawn[left] / drawn[on]), sizes_of(made), "left")


def sure(made: Plan, rows: pd.DataFrame) -> Said:
    """What nobody knows first, luck second."""
    told_ = Said(
        "What nobody knows was drawn anew in each world; the table shows the middle ones.",
        "没人知道的数在每个世界里重新抽取；表中是各世界的中位数。",
    )
    if made.world.seeds < FEWEST:
        return told_ + TOO_FEW
    column = at("visits", made.settings.judged_on, 0)
    return told_ + redrawn.how_much_luck(rows[column][rows.kind == WORLD], rows[column][rows.kind == LUCK])


CAUTION = Said(
    "that rewards make nobody loyal: whether they build a bond is put in, with either sign.",
    "奖励不可能让人忠诚：奖励增进还是损害情感，两种方向都是设定的。",
)


def shown(made: Plan, t: pd.DataFrame) -> Table:
    """A row a number, a column a length of the program; medians over worlds."""
    s, by = made.settings, t.set_index(["number", "on", "after"]).worlds_value
    labels = (
        ("visits", 0, Said("more visits, %", "结束时到店增加，%"), 2),
        ("visits", min(s.after), Said("a quarter later", "一季度后还剩"), 2),
        ("visits", s.judged_after, Said("a year later", "一年后还剩"), 2),
        ("kept", 0, Said("more old customers, %", "老客户中仍来者增加，%"), 2),
        ("bond", 0, Said("members' bond if rewards build it, %", "会员的情感联系，%（奖励能增进时）"), 0),
        ("bond", s.judged_after, Said("a year later", "一年后还剩"), 0),
    )
    lengths = sorted({min(s.on), s.judged_on, max(s.on)})
    months = [f"{round(on * 12 / 52)}" for on in lengths]
    head = [Said("months it runs", "推行的月数"), *(Said(m, m) for m in months)]
    rows = [[label, *(f"{100.0 * by[name, on, after] + 0.0:.{digits}f}" for on in lengths)]
            for name, after, label, digits in labels]  # fmt: skip
    return Table(head, rows)


# --- the figure ---


def draw(made: Plan, data: pd.DataFrame, said: Said):
    """Left visits at the end of the program and after it, a line a length; right naive and true effect."""
    s, by = made.settings, data.set_index(["number", "on", "after"])
    with charts.style():
        figure, (left, right) = charts.sheet(10, 4.4, columns=2)
        months = [round(k * 12 / 52) for k in (0, *s.after)]
        for k, on in enumerate(s.on):
            part = 100.0 * by.loc[[("visits", on, after) for after in (0, *s.after)], ["value", "low", "high"]]
            at_ = np.array(months) + 0.35 * (k - 1.5)
            left.vlines(at_, part.low, part.high, color=charts.PALETTE[k], linewidth=1.6, alpha=0.6)
            label = Said(f"ran {round(on * 12 / 52)} months", f"推行 {round(on * 12 / 52)} 个月")
            left.plot(at_, part.value, marker="osD^"[k % 4], color=charts.PALETTE[k], markersize=5, label=str(label))
        left.axhline(0.0, color=charts.GREY, linewidth=0.9)
        left.set_xticks(months)
        left.set_xlabel(str(Said("months since its end", "结束后的月数")))
        left.set_ylabel(str(Said("more visits, %", "到店增加，%")))
        left.legend(loc="upper right")
        compared(right, by)
        detail = Said(
            "Dot: the middle of the worlds; line: 90 of 100. Right: share of wallet, members against others, and "
            "against themselves.",
            "点：各世界的中位数；线：90% 的世界。右：钱包份额，会员与他人相比，以及与自己相比。",
        )
        charts.headline(figure, "\n".join(wrapped(str(said), 90)), str(detail))
    return figure


def compared(axes, by: pd.DataFrame) -> None:
    """The effect of membership as it looks, and as it is."""
    names = {
        "naive_wallet": Said("members less others\n(naive)", "会员减他人\n（朴素）"),
        "true_wallet": Said("members less themselves\nwithout it (true)", "会员减没有计划时的自己\n（真实）"),
    }
    places = np.arange(len(names))[::-1].astype(float)
    part = 100.0 * by.loc[[(name, -1, -1) for name in names], ["value", "low", "high"]]
    axes.hlines(places, part.low, part.high, color=charts.BLUE, linewidth=2.4)
    axes.plot(part.value, places, "o", color=charts.BLUE, markersize=8)
    axes.axvline(0.0, color=charts.GREY, linewidth=0.9)
    charts.name_rows(axes, places, [str(name) for name in names.values()])
    axes.set_ylim(-0.8, len(names) - 0.2)
    axes.set_xlabel(str(Said("points of share of wallet", "钱包份额，百分点")))


# --- all together ---


def answer(made: Plan) -> experiment.Finding:
    """Run, judge, draw."""
    check(made)
    return told(made, simulate(made))


def told(made: Plan, runs: pd.DataFrame) -> experiment.Finding:
    """The answer from saved tables alone: runs.csv."""
    runs = as_saved(runs)
    s, rows = made.settings, read(runs)
    t = as_saved(table(made, rows))
    found, parts = verdicts(made, rows)
    by = t.set_index(["number", "on", "after"]).worlds_value
    gain, left = by["visits", s.judged_on, 0], by["visits", s.judged_on, s.judged_after]
    opening = first(found["S3-11"].word, gain, ratio(left, gain))
    over, heavier = by["naive_over_true_wallet", -1, -1], by["heavier", -1, -1]
    ends = {name: t[f"worlds_{name}"] for name in ("value", "low", "high")}
    data = t[["number", "on", "after"]].assign(**ends)
    return experiment.Finding(
        question=Said((__doc__ or "").splitlines()[0], "谁会加入忠诚计划，计划对他们做了什么，结束后还剩什么？"),
        reading=Reading(opening, turns(carried(made, rows), over, heavier), sure(made, rows), shown(made, t)),
        verdicts=found,
        caution=CAUTION,
        table=t,
        draw=partial(draw, made, data, opening),
        data=data,
        more={"runs": runs},
        numbers={
            "card": assumed.card(s),
            "parts": {claim: {name: {"word": v.word, "why": v.why} for name, v in one.items()}
                      for claim, one in parts.items()},
            "anchor": {"naive_over_true_wallet": over, "published": s.naive},
        },
    )  # fmt: skip


EXPERIMENT = experiment.Script("who_joins", WhoJoins, answer)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT, sys.argv[1:]))
