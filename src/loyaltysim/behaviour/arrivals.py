"""New customers come from a fixed pool of potential ones."""

from __future__ import annotations

from dataclasses import dataclass

from loyaltysim.mechanism.declare import Field, Mechanism, World
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Arrivals:
    """Customer i enters in the first week t with U_i < 1 - prod (1 - p_s), U_i keyed: more acquisition, a superset."""

    pool: int = term(1000, "potential customers", 1, 50_000_000)
    weekly: float = term(0.0, "chance per week", 0.0, 1.0, doc="p_s, the same every week")
    schedule: tuple[float, ...] = term(
        (), "share of the pool", 0.0, 1.0, doc="share that enters in week 0, 1, ...; replaces weekly"
    )
    depleting: bool = term(False, "", doc="the pool may run out; otherwise it must hold 3 times the expected entrants")


def entered_by(terms: Arrivals, week: int) -> float:
    """Share of the pool that has entered by the end of a week."""
    if terms.schedule:
        return float(sum(terms.schedule[: week + 1]))
    return 1.0 - (1.0 - terms.weekly) ** (week + 1)


def enter(market: World, terms: Arrivals) -> None:
    """Let in the potential customers whose time has come."""
    people = market.population
    now = (people["status"] == 0) & (people["arrival"] < entered_by(terms, market.week))
    people["status"][now] = 1
    people["entered"][now] = market.week


def check(terms: Arrivals) -> list[tuple[str, str]]:
    """Conditions between keys."""
    if sum(terms.schedule) > 1.0 + 1e-9:
        return [("schedule", f"sums to {sum(terms.schedule):.6g}; at most 1")]
    return []


def fits(terms: Arrivals, scenario: Scenario) -> list[tuple[str, str]]:
    """An open market must not run out of people: its pool holds three times the expected entrants."""
    expected = terms.pool * entered_by(terms, scenario.weeks - 1)
    if terms.schedule or terms.depleting or 3.0 * expected <= terms.pool:
        return []
    most = 1.0 - (2.0 / 3.0) ** (1.0 / scenario.weeks)  # the chance at which a third of the pool enters
    problem = (
        f"= {terms.pool}, of whom {expected:.0f} are expected to enter in {scenario.weeks} weeks; at most a third may"
    )
    return [("pool", f"{problem}: lower weekly to {most:.3g} and enlarge the pool as much, or set depleting=true")]


MECHANISM = Mechanism(
    name="arrivals",
    level="behaviour",
    source="keyed arrivals so that arms share their people; rates assumed per market",
    terms=Arrivals,
    fields={
        "arrival": Field(
            per_firm=False,
            dtype="float64",
            start=lambda people, terms: people.lasting("arrival"),
            unit="rank in the pool",
        )
    },
    neutral={"weekly": 0.0},
    each_week=enter,
    check=check,
    fits=fits,
    order=1,
)
