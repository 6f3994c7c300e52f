"""Does 5, 10 or 15 % churn with 15 % acquisition mean +10, +5 and 0 % growth a year?

Why it is contested   A textbook example says so (claims S4-01 to S4-04), and concludes that loyal customers make a firm
                      grow (S4-06, judged in `retention_emergent`). But "15 % acquisition" can be a share of the opening
                      base, a share of those who stayed, or a fixed number a year; the example does not say which.
Design                Closed forms of the three conventions, held against year-by-year bookkeeping, and against a
                      market whose firms are given these churns and this acquisition: it must repeat its inputs within
                      four standard errors. In `retention_emergent` both are outcomes of what firms do.
What would change     Nothing: this is arithmetic. The verdict is "arithmetic", never "supported".
our mind
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from loyaltysim import contract
from loyaltysim.cli.experiment import main
from loyaltysim.market.model import Market
from loyaltysim.measures.verdict import Verdict
from loyaltysim.present import charts
from loyaltysim.present.answer import FEWEST, TOO_FEW, wrapped
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.scenario.said import Said
from loyaltysim.scenario.terms import term
from loyaltysim.studies import assumed, experiment
from loyaltysim.studies.reading import Reading, Table

LABELS = {
    "additive": Said("both are shares of the opening base", "两者都按期初客户计"),
    "sequential": Said("acquisition is a share of those who stayed", "获客按留下的客户计"),
    "fixed_inflow": Said("acquisition is the same number every year", "每年获客人数固定"),
}


EXACT = 1e-12  # share of the base
ERRORS = 4.0  # standard errors that a market may be off
YEAR = 52  # weeks


@dataclass(frozen=True)
class RetentionArithmetic:
    """What is computed."""

    claims: tuple[str, ...] = term((), "row of the claims' sources")
    churn: tuple[float, ...] = term((0.05, 0.10, 0.15), "share a year", 0.001, 0.999)
    acquisition: float = term(0.15, "share a year", 0.0, 10.0)
    years: int = term(15, "years", 2, 1000)


def bookkeeping(churn: float, acquisition: float, years: int, convention: str) -> list[float]:
    """Count the base year by year, as a firm would: [size at year 0, 1, ...], 1 at year 0."""
    sizes = [1.0]
    for _ in range(years):
        opening = sizes[-1]
        lost = churn * opening
        won = acquisition * {"additive": opening, "sequential": opening - lost, "fixed_inflow": 1.0}[convention]
        sizes.append(opening - lost + won)
    return sizes


# --- the market that is given its churn and acquisition ---


def markets(made: experiment.Plan[RetentionArithmetic]) -> dict[str, Scenario]:
    """A market for each convention; its firms keep to themselves, each with a churn of the example."""
    s, names = made.settings, list(made.world.firms)
    if len(names) != len(s.churn):
        why = f"must be as many as experiment.churn, {len(s.churn)}"
        raise ConfigError([Problem("firms", why, len(names))])
    given = [f"firms.{name}.churn={churn}" for name, churn in zip(names, s.churn, strict=True)]
    given += [f"behaviour.inflow.yearly={s.acquisition}", f"weeks={YEAR * s.years + 1}"]
    sums = [contract.base_sizes(c, s.acquisition, s.years, how).sum() for how in contract.CONVENTIONS for c in s.churn]
    pool = round(1.1 * s.acquisition * max(sums) * made.world.customers.n)  # nobody waits in vain
    given += [f"behaviour.arrivals.pool={pool}", "behaviour.arrivals.depleting=true"]
    return {c: made.changed([*given, f"behaviour.inflow.convention={c}"]) for c in contract.CONVENTIONS}


def sizes(job: tuple[Scenario, int]) -> np.ndarray:
    """Run one market of one seed. -> (years + 1, firms) customers at the turn of each year, 1 = at the start

    The turn is the first day of a year: newcomers have come, whoever leaves in its first week is still there.
    """
    world, seed = job
    book = Market(world, seed).run().weekly
    turn = book[book.week % YEAR == 0]
    there = (turn.customers + turn.exited + turn.lost - turn.won).to_numpy(float).reshape(-1, len(world.firms))
    return there / there[0]


def simulated(made: experiment.Plan[RetentionArithmetic]) -> pd.DataFrame:
    """Mean size over runs and its standard error by theory, by convention, churn and year."""
    seeds = range(made.world.seed, made.world.seed + made.world.seeds)
    done = experiment.run_arms(sizes, markets(made), seeds, lambda world: world, made.world.compute.processes)
    frames = []
    for convention, runs in done.items():
        mean = np.mean(runs, axis=0)
        for j, (churn, firm) in enumerate(zip(made.settings.churn, made.world.firms.values(), strict=True)):
            people = made.world.customers.n * firm.share * len(runs)
            frame: dict[str, Any] = {"convention": convention, "churn": churn, "year": np.arange(len(mean))}
            frame |= {"market": mean[:, j], "error": luck(made.settings, convention, churn) / np.sqrt(people)}
            frames.append(pd.DataFrame(frame))
    return pd.concat(frames, ignore_index=True)


def luck(s: RetentionArithmetic, convention: str, churn: float) -> np.ndarray:
    """Standard deviation of the size of a base that began with one customer: each stays or leaves by itself.

    variance next year = slope^2 variance + kept^2 churn (1 - churn) expected size, where slope is what a customer more
    this year means next year, and kept what a customer who stays does. Known without a run. -> (years + 1,)
    """
    stay, a = 1.0 - churn, s.acquisition
    slope, kept = {"additive": (stay + a, 1.0), "sequential": (stay * (1.0 + a), 1.0 + a), "fixed_inflow": (stay, 1.0)}[
        convention
    ]
    expected = contract.base_sizes(churn, a, s.years, convention)
    variance = [0.0]
    for size in expected[:-1]:
        variance.append(slope**2 * variance[-1] + kept**2 * churn * stay * size)
    return np.sqrt(variance)


def off(data: pd.DataFrame) -> float:
    """How many standard errors the market is off the closed form, at most. Year 0 is the unit."""
    later = data[data.year > 0]
    return float(((later.market - later.closed_form).abs() / later.error).max())


# --- arithmetic ---


def curves(s: RetentionArithmetic) -> pd.DataFrame:
    """Size of the base by convention, firm and year, from the closed form and from bookkeeping."""
    frames = []
    for convention in contract.CONVENTIONS:
        for churn in s.churn:
            years = np.arange(s.years + 1)
            closed = contract.retention_arithmetic(churn, s.acquisition, years, convention)
            counted = bookkeeping(churn, s.acquisition, s.years, convention)
            frame = {"convention": convention, "churn": churn, "year": years, "closed_form": closed, "counted": counted}
            frames.append(pd.DataFrame(frame))
    return pd.concat(frames, ignore_index=True)


def summary(s: RetentionArithmetic, data: pd.DataFrame) -> pd.DataFrame:
    """Per convention and firm: growth in the first and the last year, size at the end, ceiling (empty = none)."""
    rows = []
    for (convention, churn), curve in data.groupby(["convention", "churn"], sort=False):
        size = curve.closed_form.to_numpy()
        row = {"convention": convention, "churn": churn, "acquisition": s.acquisition, "growth_year_1": size[1] - 1.0}
        row |= {"years": s.years, "size": size[-1], "growth_last_year": size[-1] / size[-2] - 1.0}
        rows.append({**row, "ceiling": s.acquisition / churn if convention == "fixed_inflow" else np.nan})
    return pd.DataFrame(rows).round(12).replace(-0.0, 0.0)


def answer(made: experiment.Plan[RetentionArithmetic]) -> experiment.Finding:
    """Compute, run, check, say."""
    return told(made, simulated(made))


def told(made: experiment.Plan[RetentionArithmetic], runs: pd.DataFrame) -> experiment.Finding:
    """The answer from `simulated`, or figure.csv. Raises ArithmeticError where two ways to count disagree."""
    s, keys = made.settings, ["convention", "churn", "year"]
    data = curves(s).merge(runs[[*keys, "market", "error"]], on=keys)
    table = summary(s, data)
    worst = float((data.counted / data.closed_form - 1.0).abs().max())
    if worst > EXACT:
        raise ArithmeticError(f"closed form and bookkeeping differ by {worst:.1e} of the base; allowed: {EXACT:g}")
    errors = off(data)
    if errors > ERRORS:
        raise ArithmeticError(f"closed form and market differ by {errors:.1f} standard errors; allowed: {ERRORS:g}")
    one = {c: table[table.convention == c] for c in contract.CONVENTIONS}
    claimed = [s.acquisition - churn for churn in s.churn]
    first = first_line(one, claimed)
    found = {
        claim: Verdict("arithmetic", "true by definition of one convention, no evidence")
        for claim in made.settings.claims
    }
    return experiment.Finding(
        question=Said(
            (__doc__ or "").splitlines()[0], "流失 5 %、10 %、15 %，获客 15 %，就是每年增长 10 %、5 % 和 0 吗？"
        ),
        reading=Reading(first, SECOND, sure_line(made, errors), rows_of(one, s)),
        verdicts=found,
        caution=CAUTION,
        table=table,
        draw=partial(draw, s, data, first),
        data=data,
        numbers={"card": assumed.card(s), "standard_errors_off": errors},
    )


SECOND = Said(
    "What turns it is the bookkeeping, not the firm: the same words give growth, decline or a ceiling.",
    "决定结果的是记账方式，而不是企业：同样的说法可以得出增长、下降或上限。",
)
CAUTION = Said(
    "that loyal customers cause growth: churn and acquisition are inputs here. In a closed market acquisition is the "
    "rivals' churn, so equal acquisition with unequal churn cannot last.",
    "忠诚的客户带来增长：流失和获客在这里是输入。封闭市场里，获客就是对手的流失，获客相同而流失不同不可能持久。",
)


def first_line(one: dict[str, pd.DataFrame], claimed: Sequence[float]) -> Said:
    """In how many of the conventions the growth of the example comes out and goes on."""
    holds = [
        name for name, t in one.items()
        if all(np.allclose(t[column], claimed, atol=1e-9) for column in ("growth_year_1", "growth_last_year"))
    ]  # fmt: skip
    if len(holds) == 1:
        return Said(
            f"The example holds only if {LABELS[holds[0]].en}; read otherwise the same firms grow less.",
            f"只有{LABELS[holds[0]].zh}时，例子才成立；换一种读法，增长就变少。",
        )
    if not holds:
        return Said("The example's growth comes out under no way of counting.", "无论怎样记账，都得不出例子里的增长。")
    return Said("More than one way of counting gives the example's growth.", "不止一种记账方式得出例子里的增长。")


def sure_line(made: experiment.Plan[RetentionArithmetic], errors: float) -> Said:
    """How far a market that is given these rates is off."""
    if made.world.seeds < FEWEST:
        return Said("This is arithmetic, no evidence.", "这是算术，不是证据。") + TOO_FEW
    return Said(
        f"This is arithmetic, no evidence; a market that is given these rates repeats it within {errors:.1f} standard "
        "errors, a test of the code.",
        f"这是算术，不是证据；给定这些比率的市场与它相差不超过 {errors:.1f} 个标准误，只检验代码。",
    )


def rows_of(one: dict[str, pd.DataFrame], s: RetentionArithmetic) -> Table:
    """A row a convention."""
    rows = []
    for convention, t in one.items():
        grown = "/".join(f"{100 * x:+.4g}" if abs(x) > 1e-12 else "0" for x in t.growth_year_1)
        ends = "/".join(f"{size:.1f}" for size in t["size"])
        ceiling = "/".join(f"{c:.1f}" for c in t.ceiling.dropna()) or Said("none", "无")
        rows.append([LABELS[convention], grown, ends, ceiling])
    return Table(
        (
            Said("acquisition and churn", "获客与流失"), Said("growth in the first year, %", "第一年增长，%"),
            Said(f"times the base after {s.years} years", f"{s.years} 年后为最初的几倍"),
            Said("ceiling, times the base", "上限，倍"),
        ),
        rows,
    )  # fmt: skip


def draw(s: RetentionArithmetic, data: pd.DataFrame, title: Said):
    """Three panels with one scale: straight words, three outcomes."""
    with charts.style():
        figure, panels = charts.sheet(10, 4.6, 1, 3, sharey=True)
        for panel, (convention, group) in zip(panels, data.groupby("convention", sort=False), strict=True):
            names = [str(Said(f"loses {100 * churn:g} %", f"流失 {100 * churn:g} %")) for churn in group.churn]
            charts.lines_with_bands(panel, group.assign(line=names), "year", value="closed_form")
            for (_, firm), colour in zip(group.groupby("churn"), charts.PALETTE, strict=False):
                panel.plot(firm.year, firm.market, "o", color=colour, markersize=3.5)
            panel.set_title("\n".join(wrapped(str(LABELS[convention]).capitalize(), 34)), loc="left", fontsize=9.5)
            panel.set_xlabel(str(Said("years", "年")))
            panel.axhline(1.0, color=charts.PALE, linewidth=0.8, zorder=0)
        panels[0].set_ylabel(str(Said("customers, times the start", "客户数，为最初的几倍")))
        for churn, colour in zip(s.churn, charts.PALETTE, strict=False):
            level = s.acquisition / churn
            if level > 1.0 + 1e-9:
                panels[-1].axhline(level, color=colour, linewidth=0.9, linestyle=":")
                words = str(Said(f"ceiling {level:.1f}", f"上限 {level:.1f}"))
                place = {"xytext": (0, 3), "textcoords": "offset points"}
                panels[-1].annotate(words, (0, level), fontsize=charts.SMALL, color=colour, **place)
        won = f"{100 * s.acquisition:g} %"
        detail = Said(
            f"Three firms that each win {won} a year. Lines: closed forms. Dots: a market given these rates.",
            f"三家企业每年各赢得 {won}。线：解析解，只是算术。点：给定这些比率的市场。",
        )
        charts.headline(figure, "\n".join(wrapped(str(title), 84)), str(detail))
    return figure


EXPERIMENT = experiment.Script("retention_arithmetic", RetentionArithmetic, answer)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT, sys.argv[1:]))
