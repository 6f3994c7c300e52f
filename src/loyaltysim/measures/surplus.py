"""Who gets the money: what a program is worth to customers, and what it leaves to all firms together."""

from __future__ import annotations

import numpy as np

from loyaltysim.measures.program_effects import GROUPS, entered, groups, window
from loyaltysim.measures.ratio import mean
from loyaltysim.measures.twins import Worlds
from loyaltysim.mechanism.measure import measure
from loyaltysim.scenario.model import Scenario


@measure(
    "surplus_per_customer", unit="money per customer and year",
    words="worth to customers, {currency} per customer and year", chinese="消费者剩余变化", style="change",
    of="change of consumer surplus since the launch against the same market without the program: at each purchase the "
    "log-sum of the utilities of all known firms less that of their base offers, as money",
)  # fmt: skip
@measure(
    "{}_surplus", unit="money per customer and year", words="worth to {}", chinese="{}的消费者剩余变化", style="change",
    each=GROUPS, of="the same, of the group",
)  # fmt: skip
@measure(
    "industry_profit_per_customer", unit="money per customer and year",
    words="profit of all firms, {currency} per customer and year", chinese="全行业利润变化", style="change",
    of="change of the profit of all firms since the launch against the same market without the program",
)  # fmt: skip
def surplus(scenario: Scenario, worlds: Worlds) -> dict[str, float]:
    """What the program changes for customers, by kind, and for all firms, in money per customer and year.

    Both arms share their luck, so a customer's own change is its row here less its row there. Nothing in a market of
    contracts, or where `record.surplus` is off. Source: Small & Rosen 1981, Econometrica 49 (log-sum as welfare).
    """
    if "surplus" not in worlds.with_it.people:
        return {}
    w, here = window(scenario, worlds), entered(worlds.with_it)
    change = (worlds.with_it.people.surplus - worlds.without.people.surplus).to_numpy() / w.years
    found = {"surplus_per_customer": mean(change[here])}
    for name, who in groups(scenario, worlds).items():
        found[f"{name}_surplus"] = mean(change[here & np.asarray(who, bool)])
    new, old = (b.weekly.profit[b.weekly.week >= w.launch].sum() for b in (worlds.with_it, worlds.without))
    return found | {"industry_profit_per_customer": w.per_customer_year(float(new - old), worlds.with_it)}
