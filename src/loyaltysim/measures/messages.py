"""What a firm's messages seem to do, and what they do: raw, before they were sent (placebo), and randomised; who came
back, and what one who came for it cost.
"""

from __future__ import annotations

from loyaltysim.market.book import Book
from loyaltysim.measures.ratio import ratio
from loyaltysim.mechanism.measure import measure

OF = "recorded {} a customer and round, of those written to over {}, since the launch"


@measure(
    "messages_raw", unit="ratio of purchases", words="buying, written to over not chosen",
    chinese="收到消息者与未选中者的购买之比（原始）", style="number",
    of=OF.format("purchases", "those who were not chosen"),
)  # fmt: skip
@measure(
    "messages_placebo", unit="ratio of purchases", words="the same in the period before (placebo)",
    chinese="同一比值：发送前一期（安慰剂）", style="number",
    of=OF.format("purchases in the period before the message", "those who were not chosen"),
)  # fmt: skip
@measure(
    "messages_randomised", unit="ratio of purchases", words="buying, written to over held out by lot",
    chinese="收到消息者与随机留出者的购买之比", style="number",
    of=OF.format("purchases", "those who were chosen and held out by lot"),
)  # fmt: skip
@measure(
    "came_written", unit="share of customers", words="% of those written to who bought in time",
    chinese="收到消息后购买者的占比", style="share",
    of="customers written to who bought until the next time (when lapsed or joined: while they were addressed)",
)  # fmt: skip
@measure(
    "came_held", unit="share of customers", words="% of those held out by lot who did",
    chinese="随机留出者中购买者的占比", style="share", of="the same of those who were held out by lot",
)  # fmt: skip
@measure(
    "cost_of_coming", unit="money per customer", words="cost of one who came because of it, {currency}",
    chinese="每赢回一位客户的计划成本", style="money",
    of="touchpoints and rewards, fixed costs too, over customers written to x (came_written - came_held); nan unless "
    "more came of those written to",
)  # fmt: skip
def messages(book: Book, j: int, since: int) -> dict[str, float]:
    """Ratios of purchases a customer and round; nothing where nobody was written to, nan where nobody compares."""
    rows = book.weekly[(book.weekly.firm == book.firms[j]) & (book.weekly.week >= since)]
    if "messages" not in rows or rows.messages.sum() == 0:
        return {}

    def each(purchases: str, customers: str) -> float:
        return ratio(float(rows[purchases].sum()), float(rows[customers].sum()))

    written = each("visits_addressed", "messages")
    came, anyway = each("came_addressed", "messages"), each("came_held", "held_out")
    brought = max(0.0, (came - anyway) * float(rows.messages.sum()))
    cost = float(rows[["touchpoints", "reward_cost", "liability_change", "fixed_cost"]].sum().sum())
    return {
        "messages_raw": ratio(written, each("visits_passed", "passed_over")),
        "messages_placebo": ratio(each("before_addressed", "messages"), each("before_passed", "passed_over")),
        "messages_randomised": ratio(written, each("visits_held", "held_out")),
        "came_written": came,
        "came_held": anyway,
        "cost_of_coming": ratio(cost / 100.0, brought),
    }
