"""Is a satisfied customer a loyal one?

Why it is contested   Satisfaction without loyalty gives no stable base, says claim S4-08: merely satisfied customers
                      defect, and rivals poach them. Yet satisfaction hardly explains what people do (r with repurchase
                      near 0), and who feels attached has also stayed for longer: no cause.
Design                Two industries with published churn. A rival cuts its price for a year: who of the satisfied half
                      leaves, by bond, and in a control in which the same bonds are worth nothing, so that only
                      selection is left. All that is assumed is drawn anew in each world. The curve of retention in
                      satisfaction is computed from the rule of renewal, for it follows from that alone.
What would change     Unattached customers who leave as often as attached ones; a control with as wide a gap, so that
our mind              the bond does nothing; a curve whose bend does not turn where half would stay.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import beta

from loyaltysim.behaviour.renewal import exit_odds, law, switch_odds
from loyaltysim.cli.experiment import main
from loyaltysim.firms.offer import Offer, complete
from loyaltysim.market.model import Market
from loyaltysim.measures.statistics import estimate
from loyaltysim.measures.verdict import Verdict, lies_within, over_worlds
from loyaltysim.present import charts
from loyaltysim.present.answer import FEWEST, TOO_FEW
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.scenario.said import Said
from loyaltysim.scenario.terms import term
from loyaltysim.studies import assumed, experiment, redrawn
from loyaltysim.studies.assumed import middle
from loyaltysim.studies.experiment import spread
from loyaltysim.studies.reading import Reading, Table
from loyaltysim.studies.redrawn import LUCK, WORLD, around

YEAR = 52  # weeks
BONDS = {
    "valued": 1.0,
    "idle": 1e-9,
}  # times what a bond is worth; idle is the control, in which only selection is left
LOW, HIGH = (0, 1, 2), (7, 8, 9)  # tenths of the satisfied, by bond: the least and the most attached
STEPS = 2000  # chances of leaving over which a rule is averaged
AGREE = 0.95  # of settings in which a bend goes with the half that stays: then the rule makes it, not satisfaction
INDUSTRIES = {"bank": Said("banks", "银行业"), "telecom": Said("telephony", "电信业")}


@dataclass(frozen=True)
class Satisfaction:
    """What varies and how it is judged."""

    claims: tuple[str, ...] = term((), "row of the claims' sources")
    industries: tuple[str, ...] = term((), "market")
    worlds: int = term(48, "worlds", 1, 10_000)
    begins: int = term(104, "week", 52, 5200, doc="decisions count, and the offer begins")
    margin: float = term(0.02, "share a year", 1e-6, 1.0, doc="smallest difference of leaving that matters")
    discount: float = term(0.2, "share of the price", 0.0, 0.9)
    usual: float = term(0.5, "fraction of the price", 0.0, 100.0, doc="switching cost at which churn was measured")
    costs: tuple[float, ...] = term((), "fraction of the price", 0.0, 100.0, doc="switching costs of the curve")
    bonds: tuple[str, ...] = term((), "key=value", doc="what builds bonds; program.* goes to every firm")
    held: tuple[str, ...] = term((), "key", doc="what is not drawn")
    drawn: tuple[str, ...] = term((), "", doc="what is assumed, as lines of conf/worlds/evidence.yaml")


Plan = experiment.Plan[Satisfaction]


# --- worlds ---


def bases(made: Plan) -> dict[str, Scenario]:
    """The world of each industry: every firm recognises its customers."""
    found = {}
    for industry in made.settings.industries:
        firms = made.changed([f"market={industry}"]).firms
        more = [
            text if not text.startswith("program.") else f"firms.{name}.{text}"
            for text in made.settings.bonds
            for name in (firms if text.startswith("program.") else [""])
        ]
        found[industry] = made.changed([f"market={industry}", *more])
    return found


def sizes_of(made: Plan) -> list:
    """What is drawn."""
    s = made.settings
    base = next(iter(bases(made).values()))
    return redrawn.sizes(base, s.drawn, s.held, f"conf/experiment/{made.name}.yaml")


def check(made: Plan) -> None:
    """Refuse industries without contracts, and a horizon without a year after the beginning. Raises ConfigError."""
    s, problems = made.settings, []
    for industry in s.industries:
        if made.changed([f"market={industry}"]).market.setting != "contract":
            problems.append(
                Problem("experiment.industries", "has no contracts: nobody decides whether to stay", industry)
            )
    if made.world.weeks < s.begins + YEAR:
        problems.append(Problem("weeks", f"allowed {s.begins + YEAR} or more: a year from experiment.begins"))
    if problems:
        raise ConfigError(problems)


# --- runs ---


def live(names: tuple[str, ...], s: Satisfaction, scenarios: Sequence[Scenario], seed: int) -> dict[str, float]:
    """All industries of one world. -> `<industry>/<name>`: r, calm, gap and its parts, who leaves by tenth, bends"""
    found: dict[str, float] = {}
    for name, world in zip(names, scenarios, strict=True):
        found[f"{name}/r"], found[f"{name}/calm"] = decisions(world, s.begins, seed)
        each = {bond: poached(priced(world, worth), s.begins, s.discount, seed) for bond, worth in BONDS.items()}
        for bond, asked in each.items():
            found |= {f"{name}/{bond}{k}": 1.0 - kept for k, kept in enumerate(asked.groupby("tenth").kept.mean())}
        valued, idle = map(gap, each.values())
        parts = {"gap": valued, "idle": idle, "by_bond": valued.sub(idle, fill_value=0.0)}
        found |= {f"{name}/{key}": float(part.sum()) for key, part in parts.items()}
        found |= {f"{name}/{key}_error": of_luck(part) for key, part in parts.items()}
        found |= {f"{name}/{key}": value for key, value in bends(world, s).items()}
    return found


def priced(world: Scenario, worth: float) -> Scenario:
    """The world with bonds worth so many times as much."""
    bond = world.behaviour["bond"]
    return replace(world, behaviour={**world.behaviour, "bond": replace(bond, premium=worth * bond.premium)})


def decisions(world: Scenario, begins: int, seed: int) -> tuple[float, float]:
    """Every renewal with the satisfaction of the week before. -> correlation with staying, share that leaves"""
    run = Market(world, seed, offers=[offered(world, 1.0)] * world.weeks)
    people, length, seen = run.population, world.behaviour["renewal"].term, []
    for week in range(world.weeks):
        due = (people["provider"] >= 0) & ((week - people["started"] + 1) % length == 0)
        rows = np.flatnonzero(due & (week >= begins))
        firm, feeling = people["provider"][rows].copy(), people["sat"].copy()
        run.step()
        seen.append(np.column_stack([feeling[rows, firm], people["provider"][rows] == firm]))
    feeling, kept = np.concatenate(seen).T
    r = np.corrcoef(feeling, kept)[0, 1] if 0.0 < kept.mean() < 1.0 and np.ptp(feeling) > 0.0 else 0.0
    return float(r), float(1.0 - kept.mean())


def rival_of(world: Scenario) -> str:
    """The second-largest firm."""
    return sorted(world.firms, key=lambda name: world.firms[name].share)[-2]


def offered(world: Scenario, price: float) -> dict[str, Any]:
    """What the firms offer: all the same program, the rival at a price of its own."""
    program, rival = complete(world.focal_firm.program), rival_of(world)
    return {name: Offer(price if name == rival else 1.0, 1.0, program) for name in world.firms}


def poached(world: Scenario, begins: int, discount: float, seed: int) -> pd.DataFrame:
    """Who of the other firms' satisfied customers is still there a year after the rival cut its price.

    -> a row per customer of the more satisfied half: who, tenth by bond at the beginning, kept
    """
    before, then = (offered(world, price) for price in (1.0, 1.0 - discount))
    run = Market(world, seed, offers=[before] * begins + [then] * (world.weeks - begins))
    for _ in range(begins):
        run.step()
    people = run.population
    rows = np.flatnonzero((people["provider"] >= 0) & (people["provider"] != list(world.firms).index(rival_of(world))))
    firm, who = people["provider"][rows].copy(), people.ids[rows].copy()
    bond, feeling = people["bond"][rows, firm], people["sat"][rows, firm]
    for _ in range(YEAR):
        run.step()
    kept, half = people["provider"][rows] == firm, feeling >= np.median(feeling)
    return pd.DataFrame({"who": who[half], "tenth": tenths(bond[half]), "kept": kept[half].astype(float)})


def tenths(feeling: np.ndarray) -> np.ndarray:
    """In which of ten equal groups by a feeling each customer is. -> (n,) 0 to 9"""
    return np.argsort(np.argsort(feeling, kind="stable"), kind="stable") * 10 // len(feeling)


def gap(asked: pd.DataFrame) -> pd.Series:
    """What each customer adds to the gap: leaving, over the least attached, less over the most. -> by who"""
    leaves, found = 1.0 - asked.kept, pd.Series(0.0, asked.index)
    for of, sign in ((LOW, 1.0), (HIGH, -1.0)):
        inside = asked.tenth.isin(of)
        found += sign * leaves * inside / inside.sum()
    return pd.Series(found.to_numpy(), asked.who.to_numpy())


def of_luck(parts: pd.Series) -> float:
    """Standard error of a sum over customers, from what each of them adds."""
    return float(np.sqrt((parts**2).sum()))


# --- the curve: no run, the rule of renewal alone ---


def bends(world: Scenario, s: Satisfaction) -> dict[str, float]:
    """Retention at usual satisfaction and the bend of its curve there, at each switching cost: `stay<k>`, `bend<k>`."""
    found = {}
    for k, cost in enumerate(s.costs):
        below, usual, above = (stays(world, feeling, cost - s.usual) for feeling in (-1.0, 0.0, 1.0))
        found |= {f"stay{k}": usual, f"bend{k}": below + above - 2.0 * usual}
    return found


def stays(world: Scenario, feeling: float, lock: float) -> float:
    """Share that renews at a satisfaction, averaged over chances of leaving theta ~ Beta(a, b); by the model's rules.

    lock : how much more switching costs than when theta was measured, fraction of the price
    """
    renewal, sensitivity = world.behaviour["renewal"], world.customers.price_sensitivity
    own, dear = sensitivity * world.behaviour["experience"].premium * feeling, sensitivity * lock
    thetas = beta.ppf((np.arange(STEPS) + 0.5) / STEPS, *law(world, world.focal))
    odds = [
        exit_odds(theta, own, renewal.exit_share) + switch_odds(theta, own, 0.0, renewal.exit_share, dear)
        for theta in map(float, thetas)
    ]
    return float(np.mean(1.0 / (1.0 + np.array(odds))))


# --- what is read off the runs ---


def read(made: Plan, runs: pd.DataFrame) -> pd.DataFrame:
    """A row a world and industry: how many more of the least attached leave than of the most, and what the bond makes.

    gap : under the offer;  idle : where bonds are worth nothing;  by_bond : the difference;  *_error : of luck
    loose : share of the least attached who leave;  r, calm, stay*, bend* : as they were run
    """
    found = []
    for industry in made.settings.industries:
        own = [name for name in runs if name.startswith(f"{industry}/")]
        part = runs[own].rename(columns=lambda name: name.split("/")[1])
        loose = part[[f"valued{k}" for k in LOW]].mean(axis=1)
        found.append(part.assign(industry=industry, kind=runs.kind, at=runs["at"], loose=loose))
    return pd.concat(found, ignore_index=True)


def judged(rows: pd.DataFrame, name: str, margin: float) -> Verdict:
    """Is a gap materially above zero, over all worlds and industries, from the verdict of each."""
    return over_worlds(
        lies_within(around(value, error), margin, math.inf)
        for value, error in zip(rows[name], rows[f"{name}_error"], strict=True)
    )


def of_the_curve(made: Plan, rows: pd.DataFrame) -> Verdict:
    """The bend of retention: wired if it turns with the half that stays, in settings that anybody may choose.

    rows : of the worlds. Bends up where fewer than half would stay and down where more, in nearly all settings, and
    both occur: then the bend is the logistic's.
    """
    settings = [
        (f"{INDUSTRIES.get(i, Said(i, i)).en}, switching cost {cost:g}", part[f"bend{k}"], part[f"stay{k}"])
        for i, part in rows.groupby("industry", sort=False)
        for k, cost in enumerate(made.settings.costs)
    ]
    up, stay = (np.concatenate([setting[k] for setting in settings]) for k in (1, 2))
    agree = float(np.mean((up > 0.0) == (stay < 0.5)))
    counted = (
        f"up in {np.sum(up > 0.0)}, down in {np.sum(up < 0.0)} of {len(up)} settings, as the half that stays says in "
    )
    why = f"{counted}{100.0 * agree:.0f} %"
    one, other = (next((name for name, bend, _ in settings if test(bend)), "") for test in (mostly_up, mostly_down))
    if one and other and agree >= AGREE:
        return Verdict("wired", f"the logistic's bend at one half: {why}; up with {one}, down with {other}")
    if one and other:
        return Verdict("depends", why)
    return Verdict("supported" if one else "refuted" if other else "inconclusive", why)


def mostly_up(bend: pd.Series) -> bool:
    """Does the curve bend up in most worlds?"""
    return bool((bend > 0.0).mean() > 0.5)


def mostly_down(bend: pd.Series) -> bool:
    """Does it bend down in most worlds?"""
    return bool((bend < 0.0).mean() > 0.5)


def table(made: Plan, rows: pd.DataFrame) -> pd.DataFrame:
    """A row an industry and number: over worlds, median and 90 %; of luck, mean and 95 %; the worlds' verdicts."""
    found = []
    for industry in made.settings.industries:
        part = rows[rows.industry == industry]
        drawn, luck = part[part.kind == WORLD], part[part.kind == LUCK]
        bent = [n for n in rows if n.startswith(("stay", "bend"))]
        for name in ("gap", "idle", "by_bond", "loose", "r", "calm", *bent):
            value, low, high = middle(drawn[name])
            row = {"industry": industry, "number": name, "worlds_value": value, "worlds_low": low, "worlds_high": high}
            row |= spread("luck", estimate(luck[name].to_numpy(), ""))
            judge = name in ("gap", "idle", "by_bond")
            found.append(row | {"verdict": judged(drawn, name, made.settings.margin).word if judge else ""})
    return pd.DataFrame(found).round(12)


# --- words ---


def first(gap: str, bond: str, points: float) -> Said:
    """Who leaves, and why, in a sentence chosen by two verdicts. points : of a hundred satisfied, middle world"""
    x = f"{abs(points):.0f}"
    if gap == "supported":
        made = {
            "supported": Said("and it is the bond that holds the others", "留住其他人的正是纽带"),
            "refuted": Said("but the bond itself hardly holds the others", "但留住其他人的不是纽带本身"),
        }.get(bond, Said("but whether the bond holds the others is open", "但是否靠纽带留住还说不准"))
        return Said(
            f"Satisfied customers without a bond leave for a cheaper rival more often, by {x} in 100, {made.en}.",
            f"满意却没有纽带的客户更易被低价抢走，每 100 人多 {x} 人，{made.zh}。",
        )
    if gap != "refuted" and bond == "refuted":
        return IDLE
    return OTHERWISE.get(gap, OPEN)


OTHERWISE = {
    "refuted": Said(
        "Satisfied customers leave for a cheaper rival about as often with a bond as without.",
        "面对更便宜的对手，有无情感纽带的满意客户流失得差不多。",
    ),
    "depends": Said(
        "Whether a bond keeps satisfied customers from a cheaper rival depends on what nobody knows.",
        "情感纽带能否让满意的客户不被低价抢走，取决于没人知道的数。",
    ),
}
IDLE = Said(
    "A bond by itself holds hardly any satisfied customer when a rival gets cheaper.",
    "对手降价时，情感纽带本身几乎留不住满意的客户。",
)
OPEN = Said(
    "We cannot tell yet whether satisfied customers without a bond leave more often.",
    "满意却没有情感纽带的客户是否更容易流失，现在还说不准。",
)
CONTROL = {  # by the verdict of the gap where bonds are worth nothing
    "supported": Said(
        "The gap is there even where bonds are worth nothing: they tie those who stay anyway.",
        "即使纽带毫无作用，差距照样存在：有纽带的本来就是留得久的客户。",
    ),
    "refuted": Said(
        "Where bonds are worth nothing the gap is gone: it is not merely who stays anyway.",
        "纽带毫无作用时差距就消失了：并非只是本来就会留下的人。",
    ),
}
UNCLEAR = Said("How much of it is merely who stays anyway cannot be told.", "其中有多少只是本来就会留下的人，说不准。")


def turns(made: Plan, rows: pd.DataFrame, runs: pd.DataFrame) -> Said:
    """What it hangs on, and what the control says."""
    one = rows[rows.industry == made.settings.industries[0]].set_index("at")
    drawn, sizes = runs[runs.kind == WORLD].set_index("at").assign(gap=one.gap), sizes_of(made)
    key = redrawn.carrier(drawn, [row.key for row in sizes], "gap")
    on = Said("No single assumption decides how many.", "没有哪个假设单独决定多少。")
    if key:
        size = redrawn.called(key, sizes)
        on = Said(f"How many hangs most on {size.en}.", f"多多少，主要看{size.zh}。")
    return on + CONTROL.get(judged(rows, "idle", made.settings.margin).word, UNCLEAR)


def sure(made: Plan, drawn: pd.DataFrame, luck: pd.DataFrame) -> Said:
    """What nobody knows first, luck second."""
    told = Said(
        "What nobody knows was drawn anew in each world; the table shows where 90 of 100 worlds lie.",
        "没人知道的数在每个世界里重新抽取；表中是 100 个世界里 90 个所在的范围。",
    )
    if made.world.seeds < FEWEST:
        return told + TOO_FEW
    one = made.settings.industries[0]
    return told + redrawn.how_much_luck(drawn[drawn.industry == one].gap, luck[luck.industry == one].gap)


def shown(made: Plan, t: pd.DataFrame) -> Table:
    """Three rows, a column an industry."""
    labels = {
        "gap": (100.0, 0, Said("more leave a year without a bond, of 100", "没有纽带的年流失高出（%）")),
        "by_bond": (100.0, 0, Said("of these because of the bond", "其中因为纽带")),
        "r": (1.0, 2, Said("correlation of satisfaction with staying", "满意与留下的相关")),
    }  # fmt: skip
    by = t.set_index(["industry", "number"])
    rows = [
        [label, *(span(by.loc[(i, name)], scale, digits) for i in made.settings.industries)]
        for name, (scale, digits, label) in labels.items()
    ]
    return Table([Said("", ""), *(INDUSTRIES.get(i, Said(i, i)) for i in made.settings.industries)], rows)


def span(row: Mapping[str, float], scale: float, digits: int) -> str:
    """6 [4, 9]: the median over worlds and where 90 of 100 lie."""
    value, low, high = (
        f"{round(scale * row[f'worlds_{n}'], digits) + 0.0:.{digits}f}" for n in ("value", "low", "high")
    )
    return f"{value} [{low}, {high}]"


CAUTION = Said(
    "that satisfaction bends retention up or down: the bend follows from the rule of renewal and turns where half "
    "would stay. That more satisfied people stay more is built in too. The rival's offer is one assumed price cut.",
    "满意度让留存曲线上弯或下弯：弯曲只来自续约规则，在去留各半处转向。越满意越留下也是设定的。对手的降价也是假设的。",
)


# --- the figure ---


def lines(made: Plan, runs: pd.DataFrame) -> pd.DataFrame:
    """Satisfied customers who leave, of a hundred, by tenth of attachment: industry, line, x, value, low, high."""
    drawn, found = runs[runs.kind == WORLD], []
    for industry, bond in product(made.settings.industries, BONDS):
        for k in range(10):
            value, low, high = middle(100.0 * drawn[f"{industry}/{bond}{k}"])
            found.append({"industry": industry, "line": bond, "x": k + 1, "value": value, "low": low, "high": high})
    return pd.DataFrame(found)


def draw(made: Plan, data: pd.DataFrame, said: Said):
    """One row: who of the satisfied leaves in a year, by attachment, with the bond and where it is worth nothing."""
    s = made.settings
    names = {
        "valued": Said("as bonds are", "纽带有作用"),
        "idle": Said("if bonds were worth nothing", "假如纽带毫无作用"),
    }
    looks = {"valued": (charts.BLUE, "-"), "idle": (charts.VERMILION, (0, (4, 3)))}
    with charts.style():
        figure, grid = charts.sheet(10, 4.6, 1, len(s.industries), sharey=True, squeeze=False)
        for industry, axes in zip(s.industries, grid[0], strict=True):
            for bond, (colour, dash) in looks.items():
                part = data[(data.industry == industry) & (data.line == bond)]
                if bond == "valued":
                    axes.fill_between(part.x, part.low, part.high, color=colour, alpha=0.15, linewidth=0)
                axes.plot(part.x, part.value, color=colour, linestyle=dash, label=str(names[bond]))
            axes.set_ylim(0, 1.08 * data.high.fillna(data.value).max())
            name = str(INDUSTRIES.get(industry, Said(industry, industry)))
            axes.set_title(name[:1].upper() + name[1:], loc="left", fontsize=10)
            axes.set_xlim(0.6, 10.4)
            axes.set_xticks([1, 10], [str(Said("weakest\nbond", "纽带最弱")), str(Said("strongest\nbond", "纽带最强"))])
        grid[0][0].legend(loc="upper right")
        grid[0][0].set_ylabel(str(Said("satisfied customers who leave in a year, %", "一年内流失的满意客户，%")))
        detail = Said(
            f"A rival is {100 * s.discount:.0f} % cheaper for a year; the satisfied by strength of bond.\n"
            f"Line: the middle of {s.worlds} worlds in which all that is assumed is drawn anew; "
            "band: 90 of 100 worlds.",
            f"一个对手一年内便宜 {100 * s.discount:.0f}%；满意的客户按纽带强弱分为 10 组。\n"
            f"线：{s.worlds} 个世界的中位数，所有假设在每个世界重新抽取；带：100 个世界里 90 个所在的范围。",
        )
        charts.headline(figure, wrapped(str(said)), str(detail))
    return figure


def wrapped(title: str) -> str:
    """A headline in two lines, at its last comma."""
    for comma in (", ", "，"):
        head, found, rest = title.rpartition(comma)
        if found and len(title) > 30:
            return f"{head}{comma.rstrip()}\n{rest}"
    return title


# --- all together ---


def answer(made: Plan) -> experiment.Finding:
    """Run, judge, draw."""
    check(made)
    s = made.settings
    task = partial(live, s.industries, s)
    return told(
        made, redrawn.lives(task, bases(made), sizes_of(made), s.worlds, made.world.seeds, made.world.compute.processes)
    )


def told(made: Plan, runs: pd.DataFrame) -> experiment.Finding:
    """The answer from saved tables alone: runs.csv."""
    runs = experiment.as_saved(runs)
    rows = read(made, runs)
    drawn, luck = rows[rows.kind == WORLD], rows[rows.kind == LUCK]
    t, data, margin = experiment.as_saved(table(made, rows)), lines(made, runs), made.settings.margin
    gap, bond = judged(drawn, "gap", margin), judged(drawn, "by_bond", margin)
    opening = first(gap.word, bond.word, 100.0 * float(drawn.gap.median()))
    return experiment.Finding(
        question=Said((__doc__ or "").splitlines()[0], "满意的客户就是忠诚的客户吗？"),
        reading=Reading(opening, turns(made, drawn, runs), sure(made, drawn, luck), shown(made, t)),
        verdicts={"S4-08": gap, "S2-09": of_the_curve(made, drawn)},
        caution=CAUTION,
        table=t,
        draw=partial(draw, made, data, opening),
        data=data,
        more={"runs": runs},
        numbers={"card": assumed.card(made.settings), "because_of_the_bond": {"word": bond.word, "why": bond.why}},
    )


EXPERIMENT = experiment.Script("satisfaction_is_not_loyalty", Satisfaction, answer)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT, sys.argv[1:]))
