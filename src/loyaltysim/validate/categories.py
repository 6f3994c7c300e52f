"""The twelve grocery categories against their panel of 2,469 households."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from loyaltysim.market.model import Market
from loyaltysim.scenario.model import Scenario
from loyaltysim.validate import observed, panels
from loyaltysim.validate import patterns as theory
from loyaltysim.validate.judge import cell
from loyaltysim.validate.subject import Cells, Numbers, Subject, brand_numbers

FIGURES = {"penetration": "pen", "frequency": "w", "scr": "scr"}  # of single brands, with their column in the data
SAME = "same favourite in both halves"  # shown, not judged: no table says how far the theory misses it
LAST = "correlation 3 quarters apart"


class Category(Subject):
    """A grocery category: one year."""

    @classmethod
    def of(cls, scenario: Scenario, plain: Scenario | None = None) -> Category:
        """The panel's size and length."""
        customers, record = replace(scenario.customers, n=observed.PANEL), replace(scenario.record, log=True)
        return cls(replace(scenario, weeks=52, customers=customers, record=record), plain)

    @property
    def named(self) -> list[str]:
        """Brands with data, largest observed share first."""
        return [name for name in observed.brands(self.name).index if name in self.scenario.firms]

    def measure(self, seed: int) -> Numbers:
        """Patterns of the panel, every brand's figures, two elasticities."""
        book = Market(self.scenario, seed).run()
        found = panels.patterns(book.visits, book.firms, self.named)
        found |= {f"same brand, {name}": value for name, value in panels.same_figures(book.visits.sum(axis=0)).items()}
        found |= panels.favourites(book.visits) | panels.inertia(
            book.log["customer"].to_numpy(), book.log["firm"].to_numpy()
        )
        shares = panels.brand_figures(book.visits, book.firms).share
        found |= {f"share of purchases of {name}": float(shares[name]) for name in self.named}
        return found | brand_numbers(book.visits, book.firms, tuple(FIGURES)) | self.elasticities(seed)

    def cells(self) -> Cells:
        """The tolerance table, every brand, elasticities, and the other baseline for the patterns of time."""
        law, seen = self.law(), observed.grocery(self.name).observed
        figures = law.patterns(self.named)
        patterns = [
            self.cell(p, closed_form=figures.get(p, np.nan), observed=value, how=self.how)
            for p, value in zip(seen.index, seen, strict=True)
            if p not in observed.inertia(self.name)
        ]
        favourite = self.cell(SAME, observed=observed.table("grocery_category").fav_brand_same_h1_h2[self.name])
        found = [*patterns, favourite, *self.inertia_cells(), *self.brand_cells(law), *self.elasticity_cells()]
        return found if self.plain is not None else [*found, *self.other_baseline()]

    def gate(self, pattern: str) -> dict[str, Any]:
        """The tolerance; one in `errors` is so many sampling errors of this market's observed value."""
        found = super().gate(pattern)
        if found.get("kind") != "errors":
            return found
        seen: Any = observed.grocery(self.name).loc[pattern]
        return {"kind": "relative", "tolerance": found["tolerance"] * float(seen.error / seen.observed)}

    def inertia_cells(self) -> Cells:
        """Inertia beyond tastes: none without behaviour, which data must refute at lag 1; with it as much as seen."""
        found = []
        for pattern, seen in observed.inertia(self.name).items():
            gate = self.gate(pattern) if np.isfinite(seen) else {"kind": ""}
            if self.plain is None:
                gate["kind"] = "must fail" if pattern.endswith(" 1") and gate["kind"] else ""
            found.append(self.cell(pattern, closed_form=0.0, observed=seen, how="exact", **gate))
        return found

    def brand_cells(self, law: theory.Market) -> Cells:
        """Every brand: its share against the observed one, other figures for the pooled patterns.

        A strength is fitted by likelihood, a share of purchases is observed: they may differ, and the list says where.
        """
        brands, data = law.brands(), observed.brands(self.name)
        found = []
        for name in self.named:
            share = dict(closed_form=self.shares[name], observed=data.share[name], how="exact")
            gate = self.share_gate(name, observed.PANEL)
            found.append(self.cell(f"share of purchases of {name}", **share, **gate))
            for figure, column in FIGURES.items():
                values = dict(closed_form=brands.loc[name, figure], observed=data.loc[name, column], how=self.how)
                found.append(self.cell(f"{figure} of {name}", **values))
        return found

    def other_baseline(self) -> Cells:
        """Patterns of time under the baseline that the market does not ship with; a stationary market must fail."""
        year: Any = observed.table("grocery_category").loc[self.name]
        drift: Any = observed.table("grocery_drift").loc[self.name]
        ships_drift = self.clock == "drift"
        K, rho = (year.K, 1.0) if ships_drift else (drift.K_quarter, drift.rho_quarter)
        figures = theory.Market(year.M, K, rho, year.S_dm_free, self.shares).category()
        seen = observed.grocery(self.name).observed
        other = "other: stationary" if ships_drift else "other: drift"
        how = "exact" if rho == 1.0 else "quadrature"
        found = [
            cell(self.name, other, p, closed_form=figures[p], observed=seen[p], how=how)
            for p in seen.index
            if p in figures and ("quarter" in p or "weeks" in p)
        ]
        if ships_drift:
            tolerance = float(observed.tolerances().stationary[LAST])
            found.append(self.must_fail(f"a stationary market's {LAST}", figures[LAST], seen[LAST], tolerance))
        return found
