"""What a program does to a base of contracts: who stays, who comes, and where the change came from."""

from __future__ import annotations

from loyaltysim.market.book import Book
from loyaltysim.measures import contracts
from loyaltysim.measures.program_effects import Window, relative, window
from loyaltysim.measures.ratio import ratio
from loyaltysim.measures.twins import Worlds
from loyaltysim.mechanism.measure import Part, measure
from loyaltysim.scenario.model import Scenario

SOURCES = {"exited": -1, "lost": -1, "won": 1, "acquired": 1}  # what more of it does to the base
ORIGINS = {
    "exited": Part("fewer left\nthe market", "离开市场的更少"),
    "lost": Part("fewer went\nto rivals", "流失给对手的更少"),
    "won": Part("more came\nfrom rivals", "从对手来的更多"),
    "acquired": Part("more came from\noutside the market", "从市场外来的更多"),
}


@measure(
    "lift_customers", unit="share", words="lift of customers at the end", chinese="期末客户数提升", style="lift",
    short="customers at the end", of="customers of the firm in the last week, with the program against without it",
)  # fmt: skip
@measure(
    "lift_customer_share_points", unit="share of customers", words="share of all customers, points",
    chinese="客户份额变化（百分点）", style="points",
    of="the firm's share of all customers in the last week, with the program less without it",
)  # fmt: skip
@measure(
    "extra_customers", unit="per 100 customers and year", words="extra customers per 100 and year",
    chinese="增量客户，每百名客户每年", style="change",
    of="customers gained per 100 customers of the world without the program and year; the origins add up to it",
)  # fmt: skip
@measure(
    "extra_from_{}", unit="per 100 customers and year", words="{}", chinese="{}", style="change", each=ORIGINS,
    of="customers gained by this flow: with the program less without it, per 100 customers of the latter and year",
)  # fmt: skip
@measure(
    "lifetime", unit="years", words="years that a contract lasts", chinese="合约平均年数", style="scale",
    of="term over churn: how long contracts would last if everybody left at this churn",
)  # fmt: skip
@measure(
    "lift_retention_points", unit="share", words="retention, points", chinese="续约率变化（百分点）", style="points",
    of="share of ended contracts that are renewed since the launch, with the program less without it",
)  # fmt: skip
def base(scenario: Scenario, worlds: Worlds) -> dict[str, float]:
    """The focal firm's customers at the horizon, retention since the launch, and the origin of every extra customer.

    `extra_from_<flow>`: customers gained because fewer left the market (exited) or went to rivals (lost), because more
    came from rivals (won) or from outside (acquired): T1 less T0, per 100 customers of T0 and year. These are people,
    not rates: a larger base loses more of them at the same rate. They add up to `extra_customers` exactly, as the books
    of customers balance every week.
    """
    w = window(scenario, worlds)
    new, old = held(worlds.with_it, w), held(worlds.without, w)
    years = w.weekly(worlds.without).customers.sum() / 5200.0  # hundred customer-years of the base without it
    gains = {
        name: sign * ratio(contracts.by_firm(worlds.with_it, w.launch)[name][w.place] - was, years)
        for name, sign in SOURCES.items()
        for was in [contracts.by_firm(worlds.without, w.launch)[name][w.place]]
    }
    out = {
        "lift_customers": relative(new, old),
        "lift_customer_share_points": share(worlds.with_it, w) - share(worlds.without, w),
        "extra_customers": sum(gains.values()),
        **{f"extra_from_{name}": gain for name, gain in gains.items()},
    }
    for arm, book in (("with", worlds.with_it), ("without", worlds.without)):
        kept = float(contracts.retention(book, w.launch)[w.place])
        out[f"retention_{arm}"] = kept
        out[f"lifetime_{arm}"] = years_of(scenario, 1.0 - kept)
        out[f"cost_per_acquired_{arm}"] = float(contracts.cost_per_acquired(book, w.launch)[w.place])
    return {**out, "lift_retention_points": out["retention_with"] - out["retention_without"]}


def held(book: Book, w: Window) -> float:
    """The focal firm's customers in the last week."""
    return float(w.weekly(book).customers.iloc[-1])


def share(book: Book, w: Window) -> float:
    """The focal firm's share of all customers in the last week."""
    return ratio(held(book, w), book.weekly.customers[book.weekly.week == w.weeks - 1].sum())


def years_of(scenario: Scenario, churn: float) -> float:
    """Years that a contract lasts if everybody left at this churn; nan where nobody left."""
    return ratio(scenario.behaviour["renewal"].term / 52.0, churn)
