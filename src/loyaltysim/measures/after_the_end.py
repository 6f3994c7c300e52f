"""What is left of a program after it has ended: numbers of one seed, from its worlds with and without it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from loyaltysim.market.book import Book
from loyaltysim.measures.program_effects import relative
from loyaltysim.measures.ratio import ratio
from loyaltysim.measures.twins import Worlds
from loyaltysim.mechanism.measure import Part, measure
from loyaltysim.scenario.model import Scenario

QUARTER = 13  # weeks over which what is left is read off
AFTER = {  # name -> weeks after the end
    "3_months": 13,
    "6_months": 26,
    "12_months": 52,
    "24_months": 104,
}
PARTS = {name: Part(name.replace("_", " "), f"{name.partition('_')[0]} 个月") for name in AFTER}
OF = "in the 13 weeks up to then, with the program that has ended against without it; none where the run is shorter"


def end_week(book: Book, firm: str) -> int | None:
    """The week from which on a firm that ran a program runs none; None if it never did, or still does at the end."""
    ran = [week for week, offers in enumerate(book.offers) if offers[firm].program]
    return ran[-1] + 1 if ran and ran[-1] + 1 < len(book.offers) else None


@measure(
    "end_week", unit="week", words="week of the end", chinese="结束周", style="whole",
    of="the first week in which the firm's program no longer runs",
)  # fmt: skip
@measure(
    "lift_visits_{}_after_end", unit="share", words="lift of {occasion} {} after the end",
    chinese="结束 {} 后的购买次数提升", style="lift", each=PARTS, of=f"purchases at the firm {OF}",
)  # fmt: skip
@measure(
    "lift_share_points_{}_after_end", unit="share of visits",
    words="share of all {occasion}, points, {} after the end", chinese="结束 {} 后的购买份额变化（百分点）",
    style="points", each=PARTS, of=f"the firm's share of all purchases {OF}",
)  # fmt: skip
@measure(
    "lift_profit_{}_after_end", unit="share", words="lift of profit {} after the end", chinese="结束 {} 后的利润提升",
    style="lift", each=PARTS, of=f"profit of the firm {OF}",
)  # fmt: skip
def left(scenario: Scenario, worlds: Worlds) -> dict[str, float]:
    """Lift of visits, share and profit a quarter, two, four and eight after the end; nothing where none has ended.

    Each is of the 13 weeks up to then, nan where the run does not reach so far.
    """
    end = end_week(worlds.with_it, scenario.focal_id)
    if end is None:
        return {}
    found = {"end_week": float(end)}
    for name, after in AFTER.items():
        whole = end + after <= scenario.weeks
        stop = end + after if whole else 0
        new, old = (quarter(book, scenario.focal_id, stop) for book in (worlds.with_it, worlds.without))
        found[f"lift_visits_{name}_after_end"] = relative(new["visits"], old["visits"])
        found[f"lift_share_points_{name}_after_end"] = new["share"] - old["share"]
        found[f"lift_profit_{name}_after_end"] = relative(new["profit"], old["profit"])
    return found


def quarter(book: Book, firm: str, stop: int) -> Mapping[str, float]:
    """Visits, profit and share of all visits of a firm in the 13 weeks before a week; no weeks, no visits."""
    rows: pd.DataFrame = book.weekly[(book.weekly.week >= stop - QUARTER) & (book.weekly.week < stop)]
    own = rows[rows.firm == firm]
    share = ratio(own.visits.sum(), rows.visits.sum())
    return {"visits": float(own.visits.sum()), "profit": float(own.profit.sum()), "share": share}
