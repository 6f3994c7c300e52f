"""Does 5, 10 or 15 % churn with 15 % acquisition mean +10, +5 and 0 % growth a year?

Why it is contested   A textbook example says so (claims S4-01 to S4-04), and concludes that loyal customers make a firm
                      grow (S4-06). But "15 % acquisition" can be a share of the opening base, a share of those who
                      stayed, or a fixed number a year; the example does not say which.
Design                Closed forms of the three conventions, held against year-by-year bookkeeping, and against a
                      market whose firms are given these churns and this acquisition: it must repeat its inputs within
                      four standard errors. In `retention_emergent` both are outcomes of what firms do.
What would change     Nothing: this is arithmetic. The verdict is "arithmetic", never "supported".
our mind
"""

from __future__ import annotations

import sys
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
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.scenario.terms import term
from loyaltysim.studies import experiment

LABELS = {
    "additive": "both are shares of the opening base",
    "sequential": "acquisition is a share of those who stayed",
    "fixed_inflow": "acquisition is the same number every year",
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


def percent(values, signed: bool = True) -> str:
    """Shares as a claim writes them: +9.25/+3.5/-2.25 %."""
    return "/".join(f"{100 * value:{'+' if signed and value != 0 else ''}.4g}" for value in values) + " %"


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
    ceilings = "/".join(f"{c:.1f}" for c in one["fixed_inflow"].ceiling)
    won, lost = percent([s.acquisition], signed=False), percent([np.mean(s.churn)], signed=False)
    headline = (
        f"With churn of {percent(s.churn, signed=False)} and acquisition of {won} a base grows "
        f"{percent(one['additive'].growth_year_1)} a year only if both are shares of the opening base (additive); "
        "if acquisition is a share of those who stayed (sequential) it is "
        f"{percent(one['sequential'].growth_year_1)}, and with a fixed inflow growth ends at {ceilings} times the base."
    )
    flips = (
        "What flips it is the bookkeeping, not the firm: the same words give growth, decline or a ceiling. In a closed "
        f"market acquisition is the rivals' churn; here firms of equal size would win {won} and lose {lost} on "
        f"average: {percent([s.acquisition - np.mean(s.churn)])} of the base must come from outside every year."
    )
    caution = (
        "that loyal customers cause growth: churn and acquisition are inputs here. `retention_emergent` has a "
        f"market in which they are outcomes. Closed form and bookkeeping agree within {EXACT:g} of the base; closed "
        f"form and a market that is given these rates within {errors:.1f} standard errors of {made.world.seeds} runs "
        f"(allowed: {ERRORS:g}), a test of the code."
    )
    return experiment.Finding(
        question=(__doc__ or "").splitlines()[0],
        verdict=Verdict("arithmetic", "true by definition of the convention, no evidence"),
        headline=headline,
        flips=flips,
        caution=caution,
        shown=shown(one, s),
        table=table,
        draw=partial(draw, s, data),
        data=data,
    )


def shown(one: dict[str, pd.DataFrame], s: RetentionArithmetic) -> pd.DataFrame:
    """A row a convention."""
    rows = []
    for convention, t in one.items():
        row = {"convention": f"{convention.replace('_', ' ')}: {LABELS[convention]}"}
        row |= {"growth in year 1": percent(t.growth_year_1)}
        row |= {f"base after {s.years} years": "/".join(f"{size:.2f}" for size in t["size"])}
        rows.append(row | {"ceiling": "/".join(f"{c:.1f}" for c in t.ceiling.dropna()) or "none"})
    return pd.DataFrame(rows)


def draw(s: RetentionArithmetic, data: pd.DataFrame):
    """Three panels with one scale: straight words, three outcomes."""
    with charts.style():
        figure, panels = charts.sheet(10, 4.6, 1, 3, sharey=True)
        for panel, (convention, group) in zip(panels, data.groupby("convention", sort=False), strict=True):
            lines = group.assign(line=[f"{100 * churn:g} % churn" for churn in group.churn])
            charts.lines_with_bands(panel, lines, "year", value="closed_form")
            for (_, firm), colour in zip(group.groupby("churn"), charts.PALETTE, strict=False):
                panel.plot(firm.year, firm.market, "o", color=colour, markersize=3.5)
            title = f"{convention.replace('_', ' ').capitalize()}\n{LABELS[convention]}"
            panel.set_title(title, loc="left", fontsize=9.5)
            panel.set_xlabel("year")
            panel.axhline(1.0, color=charts.PALE, linewidth=0.8, zorder=0)
        panels[0].set_ylabel("customer base (year 0 = 1)")
        for churn, colour in zip(s.churn, charts.PALETTE, strict=False):
            level = s.acquisition / churn
            panels[-1].axhline(level, color=colour, linewidth=0.9, linestyle=":")
            place = {"xytext": (0, 3 if level > 1.0 else -11), "textcoords": "offset points"}
            panels[-1].annotate(f"ceiling {level:.1f}", (0, level), fontsize=8, color=colour, **place)
        churn, won = percent(s.churn, signed=False), percent([s.acquisition], signed=False)
        detail = (
            "Customer base by what the two percentages are shares of. Lines: closed forms, arithmetic, no evidence. "
            "Dots: a market given these rates."
        )
        charts.headline(figure, f"“{churn} churn, {won} acquisition” has three meanings", detail)
    return figure


EXPERIMENT = experiment.Script("retention_arithmetic", RetentionArithmetic, answer)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT, sys.argv[1:]))
