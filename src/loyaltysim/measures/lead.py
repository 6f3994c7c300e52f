"""How long the one who moved first stays ahead of rivals who answer, and how concentrated a market is."""

from __future__ import annotations

import numpy as np

from loyaltysim.firms.policies import registry
from loyaltysim.market.book import Book
from loyaltysim.measures.program_effects import window
from loyaltysim.measures.ratio import ratio
from loyaltysim.measures.twins import Worlds
from loyaltysim.mechanism.measure import measure
from loyaltysim.scenario.model import Scenario

QUARTER, YEAR = 13, 52  # weeks
CONFIGURED = ("launch", "static")  # policies that answer nobody


@measure(
    "lead_peak", unit="share of visits", words="largest lead, points of share", chinese="最大领先（份额百分点）",
    style="points",
    of="the largest gain of share of all purchases in a quarter since the launch, against the same market without the "
    "program; where rivals act",
)  # fmt: skip
@measure(
    "lead_half_life", unit="weeks", words="weeks until half of the lead is gone", chinese="领先减半所需周数",
    style="whole",
    of="from the middle of the quarter of the largest lead until the lead is half of it, on a line between quarters; "
    "none where that has not come by the horizon; where rivals act",
)  # fmt: skip
@measure(
    "concentration", unit="share", words="concentration of purchases", chinese="市场集中度", style="number",
    of="sum of the squared shares of purchases of all firms (Herfindahl) over the last 52 weeks, 1 / firms where all "
    "are alike, 1 where one has all; where rivals act",
)  # fmt: skip
def lead(scenario: Scenario, worlds: Worlds) -> dict[str, float]:
    """The lead of the focal firm over time, and concentration in both worlds; nothing where no rival acts."""
    if not any(name not in CONFIGURED and registry()[name].sets for name in rivals(scenario)):
        return {}
    w = window(scenario, worlds)
    ends = range(w.launch + QUARTER, scenario.weeks + 1, QUARTER)
    gained = np.array([part(worlds.with_it, w.firm, e) - part(worlds.without, w.firm, e) for e in ends])
    peak, weeks = halved(gained)
    both = {"with": worlds.with_it, "without": worlds.without}
    found = {"lead_peak": peak, "lead_half_life": weeks}
    return found | {f"concentration_{name}": herfindahl(book, scenario.weeks) for name, book in both.items()}


def rivals(scenario: Scenario) -> set[str]:
    """The policies of every firm but the focal one."""
    return {name for firm, own in scenario.firms.items() if firm != scenario.focal for name in own.policy}


def part(book: Book, firm: str, end: int) -> float:
    """A firm's share of all purchases in the 13 weeks before a week."""
    rows = book.weekly[(book.weekly.week >= end - QUARTER) & (book.weekly.week < end)]
    return ratio(rows.visits[rows.firm == firm].sum(), rows.visits.sum())


def halved(gained: np.ndarray) -> tuple[float, float]:
    """The largest of a row of quarters, and weeks from its middle until half of it, on a line between the middles; nan
    where there is no lead, or no half of it yet. gained : (quarters,)
    """
    if np.isnan(gained).all():
        return float("nan"), float("nan")
    if not np.nanmax(gained) > 0.0:
        return float(np.nanmax(gained)), float("nan")
    top = int(np.nanargmax(gained))
    peak = float(gained[top])
    for k in range(top + 1, len(gained)):
        if gained[k] <= peak / 2.0:
            beyond = (gained[k - 1] - peak / 2.0) / (gained[k - 1] - gained[k])
            return peak, float(QUARTER * (k - 1 - top + beyond))
    return peak, float("nan")


def herfindahl(book: Book, weeks: int) -> float:
    """Sum of squared shares of purchases over the last 52 weeks; nan where nobody bought."""
    rows = book.weekly[book.weekly.week >= weeks - YEAR]
    visits = rows.groupby("firm", sort=False).visits.sum().to_numpy(float)
    return float(np.square(visits / visits.sum()).sum()) if visits.sum() > 0 else float("nan")
