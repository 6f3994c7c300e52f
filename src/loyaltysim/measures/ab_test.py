"""What the winner of a test seemed to do, and what it does once all get it: the winner's curse."""

from __future__ import annotations

from loyaltysim.market.book import Book
from loyaltysim.measures.ratio import ratio
from loyaltysim.mechanism.measure import measure

OF = "visits of customers with the chosen variant over those of the control, less 1, {}"


@measure(
    "ab_estimated", unit="share of visits", words="winner of the test, as it was measured",
    chinese="测试胜出方案：测得的提升", style="lift", of=OF.format("in the weeks of the test: what made it the winner"),
)  # fmt: skip
@measure(
    "ab_realised", unit="share of visits", words="the same once all got it", chinese="推广之后实现的提升", style="lift",
    of=OF.format("in the weeks after the test, in which all others get it"),
)  # fmt: skip
@measure(
    "ab_curse", unit="share of visits", words="by how much the test promised too much",
    chinese="测试高估的幅度（赢家诅咒）", style="points",
    of="ab_estimated less ab_realised, in percentage points; 0 in the mean with one variant",
)  # fmt: skip
def ab_test(book: Book, j: int, since: int) -> dict[str, float]:
    """Lifts of visits; nothing where no test was decided, nan where nobody compares."""
    rows = book.weekly[(book.weekly.firm == book.firms[j]) & (book.weekly.week >= since)]
    if "ab_chosen" not in rows or rows.ab_chosen.sum() == 0:
        return {}

    def lift(who: str, weeks: str, others: str, their_weeks: str) -> float:
        mine = ratio(float(rows[who].sum()), float(rows[weeks].sum()))
        return ratio(mine, ratio(float(rows[others].sum()), float(rows[their_weeks].sum()))) - 1.0

    seemed = lift("ab_chosen_visits", "ab_chosen", "ab_control_visits", "ab_control")
    does = lift("ab_sent_visits", "ab_sent_weeks", "ab_spared_visits", "ab_spared_weeks")
    return {"ab_estimated": seemed, "ab_realised": does, "ab_curse": seemed - does}
