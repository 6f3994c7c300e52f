"""Does 5, 10 or 15 % churn with 15 % acquisition mean +10, +5 and 0 % growth a year?

Why it is contested   A textbook example says so (claims S4-01 to S4-04), and concludes that loyal customers make a firm
                      grow (S4-06). But "15 % acquisition" can be a share of the opening base, a share of those who
                      stayed, or a fixed number a year; the example does not say which.
Design                Closed forms of the three conventions, held against year-by-year bookkeeping. No market is run:
                      with given churn and acquisition a market repeats its inputs. The market in which both are
                      outcomes of what firms do comes with a later version.
What would change     Nothing: this is arithmetic. The verdict is "arithmetic", never "supported".
our mind
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
import pandas as pd

from loyaltysim import contract, experiment, figures
from loyaltysim.evaluate.verdicts import Verdict
from loyaltysim.schema import term

LABELS = {
    "additive": "both are shares of the opening base",
    "sequential": "acquisition is a share of those who stayed",
    "fixed_inflow": "acquisition is the same number every year",
}


EXACT = 1e-12  # share of the base


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


def answer(made: experiment.Plan[RetentionArithmetic]) -> experiment.Answer:
    """Compute, check, say."""
    s = made.settings
    data = curves(s)
    table = summary(s, data)
    worst = float((data.counted / data.closed_form - 1.0).abs().max())
    if worst > EXACT:
        raise ArithmeticError(f"closed form and bookkeeping differ by {worst:.1e} of the base; allowed: {EXACT:g}")
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
        "that loyal customers cause growth. Churn and acquisition are inputs here; a market in which they are outcomes "
        "is needed for that, and comes with a later version. "
        f"Closed form and bookkeeping agree within {EXACT:g} of the base; interval and margin do not apply."
    )
    return experiment.Answer(
        question=(__doc__ or "").splitlines()[0],
        verdict=Verdict("arithmetic", "true by definition of the convention, no evidence"),
        headline=headline,
        flips=flips,
        caution=caution,
        shown=shown(one, s),
        table=table,
        figure=draw(s, data),
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
    with figures.style():
        figure, panels = figures.sheet(10, 4.6, 1, 3, sharey=True)
        for panel, (convention, group) in zip(panels, data.groupby("convention", sort=False), strict=True):
            lines = group.assign(line=[f"{100 * churn:g} % churn" for churn in group.churn])
            figures.lines_with_bands(panel, lines, "year", value="closed_form")
            title = f"{convention.replace('_', ' ').capitalize()}\n{LABELS[convention]}"
            panel.set_title(title, loc="left", fontsize=9.5)
            panel.set_xlabel("year")
            panel.axhline(1.0, color=figures.PALE, linewidth=0.8, zorder=0)
        panels[0].set_ylabel("customer base (year 0 = 1)")
        for churn, colour in zip(s.churn, figures.PALETTE, strict=False):
            level = s.acquisition / churn
            panels[-1].axhline(level, color=colour, linewidth=0.9, linestyle=":")
            place = {"xytext": (0, 3 if level > 1.0 else -11), "textcoords": "offset points"}
            panels[-1].annotate(f"ceiling {level:.1f}", (0, level), fontsize=8, color=colour, **place)
        churn, won = percent(s.churn, signed=False), percent([s.acquisition], signed=False)
        detail = "Customer base by what the two percentages are shares of. Closed forms: arithmetic, no evidence."
        figures.headline(figure, f"“{churn} churn, {won} acquisition” has three meanings", detail)
    return figure


if __name__ == "__main__":
    sys.exit(experiment.main("retention_arithmetic", RetentionArithmetic, answer, sys.argv[1:]))
