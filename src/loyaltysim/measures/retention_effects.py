"""What a program does to a base of contracts: who stays, who comes, and where the change came from."""

from __future__ import annotations

from loyaltysim.market.book import Book
from loyaltysim.measures import contracts
from loyaltysim.measures.program_effects import Window, relative, window
from loyaltysim.measures.twins import Worlds
from loyaltysim.scenario.model import Scenario

SOURCES = {"exited": -1, "lost": -1, "won": 1, "acquired": 1}  # what more of it does to the base


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
        name: sign * float(contracts.by_firm(worlds.with_it, w.launch)[name][w.place] - was) / years
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
    return held(book, w) / max(1.0, float(book.weekly.customers[book.weekly.week == w.weeks - 1].sum()))


def years_of(scenario: Scenario, churn: float) -> float:
    """Years that a contract lasts if everybody left at this churn; nan where nobody left."""
    return scenario.behaviour["renewal"].term / 52.0 / churn if churn > 0.0 else float("nan")
