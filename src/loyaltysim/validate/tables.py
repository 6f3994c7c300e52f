"""The validation on a screen and in files: what is wrong first, then every pattern."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from loyaltysim.validate.judge import OF_A, TOO_CLOSE

WIDTH = 52
SINGLE = r"(penetration|frequency|scr|sole buyers|repeat|share|share of purchases) of \S+"  # one brand
HEADER = f"{'observed':>10} {'closed':>9}  {'simulated':>9}           {'tolerance':>10}"
NOTICE = """\
A: tastes and purchase rates alone. B: with habit and experience at work, tastes and strengths refitted for them.
closed form: exact, or q = quadrature over the joint law of quarterly rates, or m = independent Monte Carlo; a = that of
baseline A, beside B for information.
verdict: simulated against closed form at family-wise 0.5 % (a departure is a bug), and simulated against observed
within the tolerance of data/tolerances.csv. Known misfits are the theory's, listed with sign and size in
data/known_misfits.csv before any run. Too close to call: within two errors of the tolerance on three times the panels,
no evidence either way, no miss; at most a tenth of a market's cells. Closed form of a share: its fitted strength.
Grocery data: the packager of the Complete Journey data calls them 'simulated ... not real consumer data'."""


def screen(cells: pd.DataFrame) -> str:
    """All verdicts as text: counts, known misfits and misses first, then pattern by pattern."""
    words = {"known misfits": "known misfit", TOO_CLOSE: TOO_CLOSE, "misses": "miss"}
    told = {title: cells[cells.verdict == word] for title, word in words.items()}
    judged, checked = int(np.sum(cells.kind != "")), int(cells.t.notna().sum())
    lines = [
        counted(cells),
        f"{judged} cells against data or a range, {checked} against closed forms",
        "; ".join(f"{title.replace('misfits', 'misfits of the theory')}: {len(rows)}" for title, rows in told.items()),
    ]
    for title, rows in told.items():
        if len(rows):
            lines += ["", f"{title:<{WIDTH + 19}}{HEADER}"]
            lines += [f"{row.market:<18} {line(row)}{listed(row)}" for row in rows.itertuples()]
    for (market, baseline), rows in cells.groupby(["market", "baseline"], sort=False):
        lines += table(f"{market} ({baseline})" if baseline else str(market), rows)
    return "\n".join([*lines, "", NOTICE])


def counted(cells: pd.DataFrame) -> str:
    """How many markets, under which baseline, on how many panels."""
    lively = cells.baseline.str.startswith("B")
    told = [
        f"{rows.market.nunique()} markets{name}, {panels(rows)} panels each"
        for name, rows in ((" (A)" if lively.any() else "", cells[~lively]), (" with behaviour (B)", cells[lively]))
        if len(rows)
    ]
    return "; ".join(told)


def panels(cells: pd.DataFrame) -> str:
    """On how many panels the markets are judged: fewest and most."""
    most = cells.groupby("market").seeds.max()
    least = int(most[most > 0].min()) if (most > 0).any() else 0
    return f"{least}" if least == most.max() else f"{least} to {most.max()}"


def summary(cells: pd.DataFrame) -> dict[str, dict[str, object]]:
    """The verdicts counted, for a program to read: {"misses": {"value": 0, "unit": "cells"}, "cells[coffee]": ...}."""
    verdicts = {"misses": "miss", "known_misfits": "known misfit", "too_close_to_call": TOO_CLOSE}
    counts = {name: int((cells.verdict == word).sum()) for name, word in verdicts.items()}
    counts |= {f"cells[{market}]": len(rows) for market, rows in cells.groupby("market", sort=False)}
    return {name: {"value": count, "unit": "cells"} for name, count in counts.items()}


def table(title: str, rows: pd.DataFrame) -> list[str]:
    """One market: its patterns, and its single brands counted."""
    brand = rows.pattern.str.fullmatch(SINGLE)
    lines = ["", f"{title:<{WIDTH}}{HEADER}  verdict"]
    lines += [f"{line(row)}  {verdict(row)}" for row in rows[~brand].itertuples()]
    if brand.any():
        lines.append(f"... and {brand.sum()} figures of single brands: {tally(rows[brand])}")
    return lines


def line(row: Any) -> str:
    """One cell: pattern, observed, closed form, simulated with its standard error, tolerance."""
    mark = {"quadrature": "q", "Monte Carlo": "m", OF_A: "a"}.get(row.how, " ") if np.isfinite(row.closed_form) else " "
    error = f"±{row.se:.2g}" if np.isfinite(row.se) else ""
    known = f"{number(row.observed):>10} {number(row.closed_form):>9}{mark}"
    return f"{row.pattern:<{WIDTH}}{known} {number(row.simulated):>9} {error:<9} {tolerance(row):>10}"


def number(value: float) -> str:
    """Four significant digits; nothing for nan."""
    if not np.isfinite(value):
        return ""
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def tolerance(row: Any) -> str:
    """A tolerance as a person reads it."""
    kind = str(row.kind)
    return {
        "relative": f"{row.tolerance:.1%}", "absolute": f"±{row.tolerance:g}", "at least": f">= {row.tolerance:g}",
        "at most": f"<= {row.tolerance:g}", "must fail": f"> {row.tolerance:.0%} off",
    }.get(kind, kind.removeprefix("between ").replace("outside", "not").replace("and", "to"))  # fmt: skip


def verdict(row: Any) -> str:
    """The verdict, with the reason of a miss and the size of a known misfit."""
    if row.baseline.startswith("other"):
        return "not shipped: for comparison"
    return str(row.verdict) + (f": {row.why}" if row.why else "") + listed(row)


def listed(row: Any) -> str:
    """How large the misfit is and how large it was listed."""
    if row.verdict not in ("known misfit", TOO_CLOSE, "miss") or not np.isfinite(row.misfit):
        return ""
    return f"  ({row.misfit:+.1%}" + (f", listed {row.listed:+.1%})" if np.isfinite(row.listed) else ")")


def tally(rows: pd.DataFrame) -> str:
    """Verdicts counted."""
    return ", ".join(f"{n} {name}" for name, n in rows.verdict.value_counts().items() if name)


def page(cells: pd.DataFrame) -> str:
    """validation.md: the screen, to read later."""
    return "\n".join(["# Validation of the shipped markets", "", "```", screen(cells), "```", ""])
