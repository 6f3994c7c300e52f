"""The airline market against the members of one frequent-flyer program: 12 months of flights, one cross-section.

Two numbers of the table are in the market: flights a member (M), and the share without any (K, at the market's S and
shares). How many fly once, twice, ... and how much the top fifth of members flies are held out. What its program gave
them is in `miles.py`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from loyaltysim.market.model import Market
from loyaltysim.scenario.model import Scenario
from loyaltysim.validate import miles, observed, patterns
from loyaltysim.validate.subject import Cells, Numbers, Subject, brand_numbers

AIRLINE, LEADER = "airline", "a"
FLIGHTS = ("one flight with the leader", *(f"{n} flights with the leader" for n in (2, 3, 4, 5)))
NOBODY, TOP = "no flight with the leader", "top 20 % of customers' share of its flights"
FEW_ERRORS = 2.0  # errors of a share of 3,999 members, the tolerance of each
TOLERANCE_OF_TOP = 0.02  # that of the revenue share of the top fifth, data/tolerances.csv


def table() -> Any:
    """The committed aggregates of the 3,999 members."""
    return observed.table("airline_ffp").value


def top_of_all(p: np.ndarray, top: float = 0.2) -> float:
    """Share of purchases made by the heaviest `top` of all customers, buyers or not. p : P_n, or customers by n"""
    p = np.asarray(p, float) / np.sum(p)
    return patterns.top_share(p, min(1.0, top / (1.0 - p[0])))


class Flyers(Subject):
    """As many customers as the table has members, a year of flights."""

    @classmethod
    def of(cls, scenario: Scenario, plain: Scenario | None = None) -> Flyers:
        """The size and the length of the cross-section."""
        return cls(replace(scenario, weeks=52, customers=replace(scenario.customers, n=int(table().members))), plain)

    def measure(self, seed: int) -> Numbers:
        """Customers by how often they flew with the leader, the top fifth, flights a head; figures of all airlines."""
        book = Market(self.scenario, seed).run()
        own = np.bincount(book.visits.sum(axis=0)[:, book.firms.index(LEADER)], minlength=len(FLIGHTS) + 1)
        found = {name: float(own[n] / own.sum()) for n, name in enumerate(FLIGHTS, start=1)}
        found |= {NOBODY: float(own[0] / own.sum()), TOP: top_of_all(own)}
        found["flights with the leader"] = float(np.arange(len(own)) @ own / own.sum())
        if self.plain is None and seed < self.scenario.seed + miles.PANELS:
            found |= miles.measure(self.scenario, seed)
        return found | brand_numbers(book.visits, book.firms, patterns.FIGURES) | self.elasticities(seed)

    def cells(self) -> Cells:
        """What the members did, two errors of a share of them; airlines among each other against theory."""
        law, seen = self.law(), table()
        share = self.shares[LEADER]
        p = patterns.bought(law.year, np.array([law.S * share]), np.array([law.S * (1 - share)]))[0]
        mean = float(np.arange(len(p)) @ p)
        top = {"observed": seen.top20pct_members_share_of_flights, "tolerance": TOLERANCE_OF_TOP}
        found = [
            self.share_cell(NOBODY, p[0], seen.no_flight_in_12_months),
            self.cell("flights with the leader", closed_form=mean, observed=seen.flights_12m_mean, how="exact"),
            self.cell(TOP, closed_form=top_of_all(p), how="exact", kind="absolute", **top),
        ]
        for n, name in enumerate(FLIGHTS, start=1):
            found.append(self.share_cell(name, p[n], seen[f"flights_12m_eq_{n}_obs"]))
        none = float(seen.no_flight_in_12_months)
        found.append(
            self.must_fail(f"{NOBODY}, were all alike", np.exp(-mean), none, FEW_ERRORS * self.error(none) / none)
        )
        brands = [
            self.cell(f"{figure} of {name}", closed_form=row[figure], how="exact")
            for name, row in law.brands().iterrows()
            for figure in patterns.FIGURES
        ]
        return [*found, *brands, *self.elasticity_cells(), *(self.program_cells() if self.plain is None else [])]

    def program_cells(self) -> Cells:
        """Miles and awards of the members, two errors of the table; habits at work say nothing more of them."""
        seen, told = miles.table(), miles.closed()
        found = []
        for pattern, measure in {**miles.FIGURES, miles.NO_MILES: "no_other_miles"}.items():
            value, error = seen.value[measure], seen.boot_se[measure]
            exact = {"closed_form": told[pattern], "how": "exact"} if pattern in told else {}
            gate = {"kind": "relative", "tolerance": float(miles.FEW_ERRORS * error / value)}
            gate = gate if miles.judged(measure) else {}
            found.append(self.cell(pattern, observed=float(value), **gate, **exact))
        return found

    def error(self, share: float) -> float:
        """Sampling error of a share of the members."""
        return float(np.sqrt(share * (1.0 - share) / table().members))

    def share_cell(self, pattern: str, closed: float, seen: float) -> dict[str, Any]:
        """A share of customers, within two errors of what the members showed."""
        gate = {"kind": "absolute", "tolerance": FEW_ERRORS * self.error(seen)}
        return self.cell(pattern, closed_form=float(closed), observed=float(seen), how="exact", **gate)


KINDS = {AIRLINE: Flyers}
