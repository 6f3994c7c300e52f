"""Totals for as many customers as there really are: what one customer brings in a year, times `customers.total`."""

from __future__ import annotations

from collections.abc import Mapping

from loyaltysim.mechanism.measure import Style, measure
from loyaltysim.scenario.model import Scenario

GAIN = Style(digits=0)  # +1,234


@measure(
    "profit_total", unit="money per year", words="profit of all customers, {currency} a year",
    chinese="全部客户的年利润变化", style=GAIN,
    of="change of profit per customer and year, times how many customers there are (customers.total)",
)  # fmt: skip
@measure(
    "program_cost_total", unit="money per year", words="cost of the program for all customers, {currency} a year",
    chinese="全部客户的年计划成本", style="whole",
    of="what the program costs per customer and year, times how many customers there are (customers.total)",
)  # fmt: skip
@measure(
    "extra_visits_total", unit="visits per year", words="{occasion} more of all customers in a year",
    chinese="全部客户每年增加的购买次数", style=GAIN,
    of="visits at the firm per customer and year with the program less without it, times how many customers there are",
)  # fmt: skip
def totals(scenario: Scenario, numbers: Mapping[str, float]) -> dict[str, float]:
    """The totals of a run whose numbers per customer and year are there; nothing where nobody said how many there are.

    numbers : of `program_effects.totals`, or of `money` with `extra_visits`
    """
    n = scenario.customers.total
    if n is None:
        return {}
    more = numbers["extra_visits"] if "extra_visits" in numbers else numbers["visits_with"] - numbers["visits_without"]
    return {
        "profit_total": n * numbers["profit_per_customer"],
        "program_cost_total": n * numbers["program_cost_per_customer"],
        "extra_visits_total": n * more,
    }
