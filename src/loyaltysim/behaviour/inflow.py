"""Each firm wins a fixed share of customers a year, whatever it does: the convention behind "15 % acquisition"."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loyaltysim.behaviour.renewal import NOWHERE
from loyaltysim.mechanism.declare import Mechanism, World
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term
from loyaltysim.theory.retention import CONVENTIONS, base_sizes


@dataclass(frozen=True)
class Inflow:
    """Customers from the pool, in the order of their keyed arrival: a share of which base, is the convention."""

    yearly: float = term(0.15, "share of the base and year", 0.0, 10.0, source="S4-01", doc="acquisition of every firm")
    convention: str = term(
        "additive", "", choices=CONVENTIONS, doc="of the opening base, of who stayed, of the first base"
    )
    every: int = term(52, "weeks", 1, 520, doc="how often new customers come")


def around(market: World, terms: Inflow) -> dict[str, np.ndarray]:
    """How many each firm wins this week. -> (n_firms,)"""
    if market.week == 0 or market.week % terms.every:
        return {"inflow": np.zeros(len(market.firms), np.int64)}
    share = terms.yearly * terms.every / 52.0
    return {"inflow": np.floor(share * base(market, terms) + 0.5).astype(np.int64)}


def enter(market: World, terms: Inflow) -> None:
    """At the start of a period, the next of the pool go to the firms, each firm its share; of firms that they know."""
    wanted = market.surroundings[-1]["inflow"]
    if not wanted.any():
        return
    people = market.population
    waiting = np.flatnonzero(people["status"] == 0)
    coming = waiting[np.argsort(people["arrival"][waiting], kind="stable")][: int(wanted.sum())]
    coming = coming[np.argsort(people.lasting("provider")[coming], kind="stable")]  # who goes where is luck as well
    order = np.argsort(
        [market.terms.luck(name) for name in market.firms]
    )  # not that of ids: who swaps them swaps people
    bounds = np.cumsum(wanted[order]) * (len(coming) / wanted.sum())  # a pool that runs out serves all alike
    people["status"][coming] = 1
    people["entered"][coming] = market.week
    firm = order[np.searchsorted(np.floor(bounds + 0.5), np.arange(len(coming)), side="right")]
    people["entry_log"][coming] = NOWHERE
    people["entry_log"][coming, firm] = 0.0


def base(market: World, terms: Inflow) -> np.ndarray:
    """The customers of each firm that the share is of. -> (n_firms,)"""
    counts = market.assembled.counts

    def counted(week: int, name: str) -> np.ndarray:
        return market.weekly[week][:, counts.index(name)]

    if terms.convention == "sequential":
        return counted(market.week - 1, "customers")
    week = 0 if terms.convention == "fixed_inflow" else market.week - terms.every
    left = counted(week, "exited") + counted(week, "lost") - counted(week, "won")
    return counted(week, "customers") + left


def fits(terms: Inflow, scenario: Scenario) -> list[tuple[str, str]]:
    """The pool holds three times the expected entrants, unless it is meant to run out."""
    arrivals, renewal = scenario.behaviour["arrivals"], scenario.behaviour["renewal"]
    if arrivals.depleting:
        return []
    periods = (scenario.weeks - 1) // terms.every
    expected = 0.0
    for firm in scenario.firms.values():
        churn = renewal.a / (renewal.a + renewal.b) if firm.churn is None else firm.churn
        yearly = 1.0 - (1.0 - churn) ** (terms.every / renewal.term)
        sizes = base_sizes(yearly, terms.yearly * terms.every / 52.0, periods, terms.convention)
        expected += firm.share * scenario.customers.n * (sizes[-1] - 1.0 + yearly * sizes[:-1].sum())
    if 3.0 * expected <= arrivals.pool:
        return []
    problem = f"of {terms.yearly:g} needs about {expected:.0f} people from behaviour.arrivals.pool = {arrivals.pool}"
    return [
        ("yearly", f"{problem}; a third of the pool may come: enlarge it, or set behaviour.arrivals.depleting=true")
    ]


MECHANISM = Mechanism(
    name="inflow",
    level="behaviour",
    source="three conventions of retention arithmetic (docs: the model); source texts, S4-01 to S4-04",
    terms=Inflow,
    neutral={"yearly": 0.0},
    needs=("arrivals", "renewal"),
    setting="contract",
    around=around,
    each_week=enter,
    fits=fits,
    order=2,
)
