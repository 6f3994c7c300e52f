"""How much do sales rise in the first year of a loyalty program that no rival has?

Why it is contested   "Earliest retailers gained 1 to 3 % of sales in groceries, 5 to 8 % in department stores in the
                      first year" (S3-06): no stored study has these numbers, and a grocer is said to need some 5 % to
                      break even (McKinsey 2013). A lift is quoted without what it costs.
Design                Groceries (often, thin margins) and department stores (seldom, fat margins), a leader whose rivals
                      stay without a program, points of 1 % of spending, 52 weeks; beside it points of 4 % in department
                      stores. What nobody knows is drawn anew in each world, at the same place of its range in both
                      industries. The lift is taken apart: elasticity x reward x enrolled sales, who joins, and what is
                      lost when the worth of membership, novelty, progress, habit and bond are switched off in turn,
                      with the same luck. Beside it stand profit, the lift that would pay, and profit if the lift were
                      what is claimed.
What would change     Lifts within both ranges, and larger in department stores, in four worlds of five support the row;
our mind              a lift outside either range, or one that is not larger there, in four of five refutes it.
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
from loyaltysim.measures import program_effects
from loyaltysim.measures.statistics import estimate
from loyaltysim.measures.twins import Past, Worlds, launch_week, no_program, with_focal
from loyaltysim.measures.verdict import Verdict, all_of, lies_within, over_worlds
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
from loyaltysim.studies.redrawn import LUCK, WORLD, around, more_or_less
from loyaltysim.studies.single import taken_apart

YEAR = 52
PARTS = {  # of the lift of visits, in the order in which they are told
    "price": Said("price cut that members see", "会员看到的降价"),
    "selection": Said("who joins", "谁入会"),
    "worth": Said("being a member", "会员身份本身"),
    "novelty": Said("novelty", "新鲜感"),
    "progress": Said("progress to a full card", "攒满的进度"),
    "habit": Said("habit", "习惯"),
    "bond": Said("bond", "情感联系"),
    "remainder": Said("remainder", "余项"),
}
OF_MEMBERS = ("worth", "novelty")  # terms of membership that are switched off beside what the decomposition knows
COLOURS = (
    charts.BLUE,
    charts.VERMILION,
    charts.ORANGE,
    charts.SKY,
    charts.GREEN,
    charts.PURPLE,
    charts.INK,
    charts.GREY,
)
FIGURES = ("lift_revenue", "lift_visits", "profit_of_sales", "break_even_lift", "enrolled_share")
NUMBERS = ("lift", "profit", "needed", "at_low", "at_high", "lift_visits", "enrolled", *PARTS)
JUDGED = ("lift", "profit")  # what a verdict needs the error of
LABELS = {
    "grocery": Said("grocery, 1 %", "超市，1 %"),
    "store": Said("department store, 1 %", "商场，1 %"),
    "generous": Said("department store, 4 %", "商场，4 %"),
}


@dataclass(frozen=True)
class Structure:
    """An industry with its terms, and the range that is claimed of it. drawn : as the settings' own"""

    name: str = term("", "name")
    label: str = term("", "")
    low: float = term(0.0, "share of sales", -1.0, 10.0)
    high: float = term(1.0, "share of sales", -1.0, 10.0)
    change: tuple[str, ...] = term((), "key=value")
    drawn: tuple[str, ...] = term((), "")


@dataclass(frozen=True)
class FirstMover:
    """What varies and how it is judged. The first two structures are judged, the others stand beside them."""

    claims: tuple[str, ...] = term((), "row of the claims' sources")
    structures: tuple[Structure, ...] = term((), "")
    worlds_per_run: int = term(3, "worlds", 1, 1000)
    margin: float = term(0.001, "share of sales", 1e-9, 1.0, doc="smallest change that anybody would act on")
    held: tuple[str, ...] = term((), "key", doc="what is not drawn")
    drawn: tuple[str, ...] = term((), "", doc="what is assumed, as lines of conf/worlds/evidence.yaml")


Plan = experiment.Plan[FirstMover]


# --- runs ---


def check(made: Plan) -> None:
    """Refuse what is no first year of a first mover. Raises ConfigError with every problem."""
    problems = []
    if len(made.settings.structures) < 2:
        problems.append(Problem("experiment.structures", "needs two industries or more, which are judged"))
    for structure, base in zip(made.settings.structures, bases(made), strict=True):
        launch = base.focal_firm.policy.get("launch")
        if launch is None or base.weeks != launch.week + YEAR:
            problems.append(
                Problem("weeks", f"must be a year beyond policy.launch.week ({structure.name})", base.weeks)
            )
        if any(firm.program for name, firm in base.firms.items() if name != base.focal):
            problems.append(Problem("firms", f"rivals of a first mover have no program ({structure.name})"))
        if not structure.low < structure.high:
            problems.append(
                Problem(f"experiment.structures.{structure.name}.low", "must lie below high", structure.low)
            )
    if problems:
        raise ConfigError(problems)


def live(scenarios: Sequence[Scenario], seed: int) -> dict[str, float]:
    """The first year of the program in one world: lift, its parts, profit, and the lift that would pay."""
    (scenario,) = scenarios
    past = Past(scenario, seed)
    with_it, without = past.arm(scenario), past.arm(no_program(scenario))
    worlds = Worlds(without, with_it, without, launch_week(with_it, scenario.focal))
    told = program_effects.totals(scenario, worlds)
    parts = taken_apart(scenario, past, worlds)
    found = {name: told[name] for name in FIGURES}
    found |= {part: parts[f"lift_from_{part}"] for part in PARTS if f"lift_from_{part}" in parts}
    for name in OF_MEMBERS:
        off = past.arm(without_term(scenario, name))
        lift = program_effects.lift_in_visits(scenario, off, without, worlds.launch)
        found[name] = told["lift_visits"] - lift
    found["remainder"] = told["lift_visits"] - math.fsum(found[part] for part in PARTS if part != "remainder")
    rows = with_it.weekly[(with_it.weekly.firm == scenario.focal) & (with_it.weekly.week >= worlds.launch)]
    return found | {"margin": 1.0 - float(rows.cost_of_goods.sum() / rows.revenue.sum())}


def without_term(scenario: Scenario, name: str) -> Scenario:
    """The same market in which a term of the leader's membership is 0."""
    firm = scenario.focal_firm
    membership = replace(firm.program["membership"], **{name: 0.0})
    return with_focal(scenario, replace(firm, program={**firm.program, "membership": membership}))


def bases(made: Plan) -> list[Scenario]:
    """The world of each structure."""
    return [made.changed(list(structure.change)) for structure in made.settings.structures]


def sizes_of(made: Plan, structure: Structure, base: Scenario) -> list:
    """What is drawn in an industry: in all of them the same sizes in the same order, so at the same places."""
    s = made.settings
    return redrawn.sizes(base, [*structure.drawn, *s.drawn], s.held, f"conf/experiment/{made.name}.yaml")


def simulate(made: Plan) -> pd.DataFrame:
    """Every structure in every world, and in the shipped one with other luck. -> a row a world and structure"""
    s, found = made.settings, []
    many = s.worlds_per_run * made.world.seeds
    for structure, base in zip(s.structures, bases(made), strict=True):
        drawn = sizes_of(made, structure, base)
        runs = redrawn.lives(live, {structure.name: base}, drawn, many, made.world.seeds, made.world.compute.processes)
        found.append(runs.assign(structure=structure.name))
    return pd.concat(found, ignore_index=True)


# --- what is read off the runs ---


def read(made: Plan, runs: pd.DataFrame) -> pd.DataFrame:
    """Lift, profit and needed lift of each run, profit at the ends of the claim, and the error that luck leaves.

    A lift L earns (margin - cost)(1 + L) - margin of sales without the program; cost and margin are shares of sales.
    """
    found = []
    for structure in made.settings.structures:
        part = runs[runs.structure == structure.name].copy()
        part = part.rename(columns={"lift_revenue": "lift", "profit_of_sales": "profit", "break_even_lift": "needed"})
        part["enrolled"] = part.enrolled_share
        cost = part.margin * part.needed / (1.0 + part.needed)
        for name, lift in (("at_low", structure.low), ("at_high", structure.high)):
            part[name] = (part.margin - cost) * (1.0 + lift) - part.margin
        luck = part[part.kind == LUCK]
        for name in JUDGED:
            part[f"{name}_error"] = float(luck[name].std(ddof=1)) if len(luck) > 1 else math.nan
        found.append(part)
    return pd.concat(found, ignore_index=True)


def of_world(made: Plan, rows: pd.DataFrame) -> dict[str, Verdict]:
    """The parts of S3-06 in one world: a range for each of the first two structures, and their order."""
    first, second = made.settings.structures[:2]
    by, found = rows.set_index("structure"), {}
    for structure in (first, second):
        row = by.loc[structure.name]
        found[structure.name] = within(row.lift, row.lift_error, structure.low, structure.high)
    errors = [by.loc[structure.name, "lift_error"] for structure in (first, second)]
    gap = by.loc[second.name, "lift"] - by.loc[first.name, "lift"]
    found["order"] = more_or_less(around(gap, math.hypot(*errors)), made.settings.margin)
    return found


def within(value: float, error: float, low: float, high: float) -> Verdict:
    """Does the lift of one world lie in the range? Without an error of luck it cannot be judged."""
    if not (math.isfinite(value) and math.isfinite(error)):
        return Verdict("cannot judge", "too few runs of luck")
    return lies_within(around(value, error), low, high)


def verdicts(made: Plan, drawn: pd.DataFrame) -> tuple[dict[str, Verdict], dict[str, Verdict]]:
    """S3-06 by its own criterion, ranges and order at 1 % of spending; and its parts over worlds."""
    each = [of_world(made, rows) for _, rows in drawn.groupby("at")]
    parts = {name: over_worlds(world[name] for world in each) for name in each[0]}
    whole = over_worlds(all_of(world) for world in each)
    why = "; ".join(f"{name}: {verdict.why}" for name, verdict in parts.items())
    return {"S3-06": Verdict(whole.word, f"{why}; all at once: {whole.why}")}, parts


def pays(made: Plan, drawn: pd.DataFrame) -> dict[str, str]:
    """Does the program earn more than it costs, by structure, over worlds? Beside the row, not its verdict."""
    found = {}
    for structure in made.settings.structures:
        part = drawn[drawn.structure == structure.name]
        judged = (more_or_less(around(x, e), made.settings.margin) for x, e in zip(part.profit, part.profit_error,
                                                                                 strict=True))  # fmt: skip
        found[structure.name] = over_worlds(judged).word
    return found


def table(made: Plan, rows: pd.DataFrame) -> pd.DataFrame:
    """A row a structure and number: over worlds median and 90 %, of luck mean and 95 %. All are shares."""
    found = []
    for structure in made.settings.structures:
        part = rows[rows.structure == structure.name]
        drawn, luck = part[part.kind == WORLD], part[part.kind == LUCK]
        for name in NUMBERS:
            value, low, high = middle(drawn[name])
            row = {"structure": structure.name, "number": name, "worlds_value": value, "worlds_low": low}
            row |= {"worlds_high": high, "worlds": len(drawn)}
            found.append(row | spread("luck", estimate(luck[name], "share")))
    return pd.DataFrame(found).round(12)


# --- words ---


def first(word: str, lifts: Sequence[float], paid: Mapping[str, str]) -> Said:
    """What the first year brings, at 1 % of spending, and whether it pays. lifts : median lift of the judged two"""
    x, y = (f"{100.0 * lift:.1f} %" for lift in lifts)
    said = Said(
        f"A first mover's points raise sales by {x} in groceries and {y} in department stores",
        f"首个推出积分，超市销售升 {x}，商场升 {y}",
    )
    words = set(list(paid.values())[:2])
    if word == "supported":
        ends = Said(", as is claimed.", "，与说法相符。")
    elif words == {"refuted"}:
        ends = Said(", less than it takes to pay.", "，都不够回本。")
    elif words == {"supported"}:
        ends = Said(", which pays.", "，划算。")
    else:
        ends = Said("; whether that pays differs between worlds.", "；是否划算因世界而异。")
    return Said(said.en + ends.en, said.zh + ends.zh)


def turns(hung: Said | None, paid: Mapping[str, str], claimed: Mapping[str, bool]) -> Said:
    """On what the lift hangs, and what more reward or the claimed lift would change.

    claimed : structure -> would the program pay in the middle world at the upper end of the claimed range?
    """
    on = Said("No single assumption decides the lift.", "没有哪个假设单独决定提升幅度。")
    if hung is not None:
        on = Said(f"The lift hangs most on {hung.en}.", f"提升幅度主要看{hung.zh}。")
    kinds = tuple(claimed.values())[:2]
    if kinds == (False, True):
        at = Said(
            "Even the most that is claimed would not pay in groceries; in department stores it would.",
            "即使达到所说的上限，超市也不划算；商场则划算。",
        )
    elif all(kinds):
        at = Said("The most that is claimed would pay in both.", "若达到所说的上限，两者都划算。")
    else:
        at = Said("Even the most that is claimed would not pay in both.", "即使达到所说的上限，也不是两者都划算。")
    dear = [name for name in paid if name not in list(paid)[:2]]
    more = Said("", "")
    if dear and paid[dear[0]] == "refuted":
        more = Said("Dearer points lift more and lose more.", "积分越慷慨，提升越多，亏得也越多。")
    return on + at + more if more.en else on + at


def carried(made: Plan, rows: pd.DataFrame) -> Said | None:
    """What the size is called on which the lift of the first structure hangs most."""
    structure = made.settings.structures[0]
    base = made.changed(list(structure.change))
    drawn = rows[(rows.structure == structure.name) & (rows.kind == WORLD)]
    return redrawn.named(drawn, sizes_of(made, structure, base), "lift")


def sure(made: Plan, rows: pd.DataFrame) -> Said:
    """What nobody knows first, luck second."""
    told_ = Said(
        "What nobody knows was drawn anew in each world; the table shows where 90 of 100 lie.",
        "没人知道的数在每个世界里重新抽取；表中是 100 个世界里 90 个所在的范围。",
    )
    if made.world.seeds < FEWEST:
        return told_ + TOO_FEW
    one = rows[rows.structure == made.settings.structures[0].name]
    return told_ + redrawn.how_much_luck(one.lift[one.kind == WORLD], one.lift[one.kind == LUCK])


CAUTION = Said(
    "that early programs did so: nothing here records them; department stores are assumed, as price sensitive as "
    "groceries.",
    "早年的计划真是这样：这里没有它们的记录；商场的数字全是假设的，价格反应与超市同样强。",
)


def shown(made: Plan, t: pd.DataFrame) -> Table:
    """A row a number, a column a structure, per 100 of sales; intervals of the lift only."""
    by = t.set_index(["structure", "number"])
    names = [structure.name for structure in made.settings.structures]
    rows = [[Said("lift of sales, %", "销售提升，%"), *(span(by.loc[(n, "lift")]) for n in names)]]
    labels = (
        ("price", Said("of it: the price cut", "其中：会员看到的降价")),
        ("needed", Said("lift that would pay, %", "回本所需提升，%")),
        ("profit", Said("profit, per 100 of sales", "利润，每 100 元销售")),
    )
    rows += [[label, *(one(by.loc[(n, name)]) for n in names)] for name, label in labels]
    head = [Said("", ""), *(LABELS.get(x.name, Said(x.label, x.label)) for x in made.settings.structures)]
    return Table(head, rows)


def span(row: Mapping[str, float]) -> str:
    """0.5 [0.1, 1.2]: median over worlds and where 90 of 100 lie, in per cent."""
    return assumed.written([row[f"worlds_{n}"] for n in ("value", "low", "high")], 1)


def one(row: Mapping[str, float]) -> str:
    """The median over worlds, in per cent."""
    return f"{100.0 * row['worlds_value'] + 0.0:.1f}"


# --- the figure ---


def draw(made: Plan, data: pd.DataFrame, said: Said):
    """Left lift of sales, and the lift that would pay, beside the claim; right what the lift of visits is made of."""
    s, by = made.settings, data.set_index(["structure", "number"])
    names = [structure.name for structure in s.structures]
    places = np.arange(len(names))[::-1].astype(float)
    with charts.style():
        figure, (left, right) = charts.sheet(10, 4.6, columns=2)
        for place, structure in zip(places, s.structures, strict=True):
            left.fill_betweenx([place - 0.34, place + 0.34], 100.0 * structure.low, 100.0 * structure.high,
                               color=charts.PALE, linewidth=0)  # fmt: skip
        for name, offset, colour, shape, label in (
            ("lift", 0.12, charts.BLUE, "o", Said("lift of sales", "销售提升")),
            ("needed", -0.12, charts.VERMILION, "s", Said("lift that would pay", "回本所需提升")),
        ):
            part = 100.0 * by.xs(name, level="number").loc[names, ["value", "low", "high"]]
            left.hlines(places + offset, part.low, part.high, color=colour, linewidth=2.4)
            left.plot(part.value, places + offset, shape, color=colour, markersize=7, label=str(label))
        labels = [str(LABELS.get(x.name, Said(x.label, x.label))) for x in s.structures]
        charts.name_rows(left, places, labels)
        left.set_ylim(-2.2, len(names) - 0.4)
        left.set_xlabel(str(Said("% of sales in the first year", "第一年销售的 %")))
        left.legend(loc="lower right")
        bars(right, by, names, places)
        detail = Said(
            "Left: dot, the middle of the worlds; line, 90 of 100; grey, the claim. Right: means of the worlds.",
            "左：点为各世界的中位数，线为 90% 的世界，灰色为说法中的范围。右：各世界的平均。",
        )
        charts.headline(figure, "\n".join(wrapped(str(said), 90)), str(detail))
    return figure


def bars(axes, by: pd.DataFrame, names: Sequence[str], places: np.ndarray) -> None:
    """What the lift of visits is made of, stacked to either side of nothing; means over worlds, which add up."""
    sides = {1: np.zeros(len(names)), -1: np.zeros(len(names))}
    for part, colour in zip(PARTS, COLOURS, strict=True):
        size = 100.0 * np.array([by.loc[(name, part), "mean"] for name in names])
        begin = np.where(size >= 0.0, sides[1], sides[-1])
        axes.barh(places, size, left=begin, height=0.5, color=colour, label=str(PARTS[part]))
        sides[1], sides[-1] = sides[1] + np.maximum(size, 0.0), sides[-1] + np.minimum(size, 0.0)
    axes.vlines(0.0, -0.4, len(names) - 0.6, color=charts.GREY, linewidth=0.9)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_ylim(-2.2, len(names) - 0.4)
    axes.set_xlabel(str(Said("lift of visits, %", "到店次数提升，%")))
    axes.legend(loc="lower center", ncols=2, fontsize=charts.SMALL)


# --- all together ---


def answer(made: Plan) -> experiment.Finding:
    """Run, judge, draw."""
    check(made)
    return told(made, simulate(made))


def told(made: Plan, runs: pd.DataFrame) -> experiment.Finding:
    """The answer from saved tables alone: runs.csv."""
    runs = as_saved(runs)
    rows = read(made, runs)
    drawn = rows[rows.kind == WORLD]
    t = as_saved(table(made, rows))
    found, parts = verdicts(made, drawn)
    paid = pays(made, drawn)
    by = t.set_index(["structure", "number"]).worlds_value
    names = [structure.name for structure in made.settings.structures]
    opening = first(found["S3-06"].word, [by[name, "lift"] for name in names[:2]], paid)
    means = [float(drawn.loc[drawn.structure == r.structure, r.number].mean()) for r in t.itertuples()]
    ends = {name: t[f"worlds_{name}"] for name in ("value", "low", "high")}
    data = t[["structure", "number"]].assign(**ends, mean=np.round(means, 12))
    claimed = {name: bool(by[name, "at_high"] > 0.0) for name in names}
    return experiment.Finding(
        question=Said((__doc__ or "").splitlines()[0], "对手都没有忠诚计划时，首个计划第一年能让销售升多少？"),
        reading=Reading(opening, turns(carried(made, rows), paid, claimed), sure(made, rows), shown(made, t)),
        verdicts=found,
        caution=CAUTION,
        table=t,
        draw=partial(draw, made, data, opening),
        data=data,
        more={"runs": runs},
        numbers={
            "card": assumed.card(made.settings),
            "parts": {name: {"word": verdict.word, "why": verdict.why} for name, verdict in parts.items()},
            "pays": paid,
        },
    )


EXPERIMENT = experiment.Script("first_mover", FirstMover, answer)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT, sys.argv[1:]))
