"""The textbook market, the four chains and the birth cohort against what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from loyaltysim.market.model import Market
from loyaltysim.scenario.model import Scenario
from loyaltysim.theory import dirichlet, nbd
from loyaltysim.validate import observed, panels, patterns, reference
from loyaltysim.validate.subject import Cells, Numbers, Subject, brand_numbers

TEXTBOOK, STORE, COHORTS = "toothpaste_1973", "grocery", ("cdnow", "cdnow_pareto")
HOUSEHOLDS_1973 = 5240
PRINTED_1973 = {"category penetration": 0.56, "purchases per buyer": 2.6, "K": 0.78, "S": 1.3}
TRIPS = 48.8  # a year to one chain: 4 x 12.2 a quarter, grocery_drift.csv
CALIBRATION, HORIZON = 39, 78  # weeks of the CDNOW cohort
LAST = "correlation 3 quarters apart"


class Textbook(Subject):
    """Toothpaste 1973: 5,240 households, one quarter and the next."""

    @classmethod
    def of(cls, scenario: Scenario, plain: Scenario | None = None) -> Textbook:
        """The panel's size; two quarters, so that repeat can be seen."""
        return cls(replace(scenario, weeks=26, customers=replace(scenario.customers, n=HOUSEHOLDS_1973)), plain)

    def measure(self, seed: int) -> Numbers:
        """Category, K, S and every brand in the first quarter; repeat in the second; two elasticities."""
        book = Market(self.scenario, seed).run()
        first = book.visits[0].sum(axis=1)
        counts = np.bincount(first)
        found = {
            "category penetration": float(np.mean(first > 0)),
            "purchases per buyer": float(first.sum() / np.sum(first > 0)),
            "K": patterns.nbd_shape(counts),
            "S": panels.taste_shape(book.visits[0]),
            "buying once": float(counts[1] / counts[1:].sum()),
        }
        brands = panels.brand_figures(book.visits[:1], book.firms)
        brands["repeat"] = panels.brand_figures(book.visits, book.firms).repeat
        for name, row in brands.iterrows():
            found |= {f"{figure} of {name}": float(row[figure]) for figure in ("share", *patterns.FIGURES)}
        return found | self.elasticities(seed)

    def cells(self) -> Cells:
        """Closed forms of the public `dirichlet` module; observed penetrations where they are printed."""
        m = self.theory.market
        category = dirichlet.category_table(m.M / 4, m.K).iloc[0]
        exact = {"category penetration": category.penetration, "purchases per buyer": category.frequency}
        quarter = replace(self.law(), M=m.M / 4).taste_shape() if m.sigma else m.S
        exact |= {"K": m.K, "S": quarter}
        found = [self.cell(p, closed_form=v, observed=PRINTED_1973[p], how="exact") for p, v in exact.items()]
        once = {"closed_form": category.once_only, "how": "exact", "kind": ""}  # not printed: no tolerance asked
        return [*found, self.cell("buying once", **once), *self.brand_cells(), *self.elasticity_cells()]

    def brand_cells(self) -> Cells:
        """Every figure of every brand; shares and the two largest penetrations against what is printed."""
        m, data = self.theory.market, observed.table(TEXTBOOK).drop(index="category")
        table = dirichlet.brand_table(m.M / 4, m.K, m.S, self.shares, sigma=m.sigma)
        table = table.rename(columns={"sole_buyers": "sole buyers"})
        found = []
        for key, row in table.iterrows():
            name = str(key)
            for figure in patterns.FIGURES:
                found.append(self.cell(f"{figure} of {name}", closed_form=row[figure], how="exact"))
            if name in data.index:
                share = dict(closed_form=self.shares[name], observed=data.share[name], how="exact")
                gate = self.share_gate(name, HOUSEHOLDS_1973, quarters=1)
                found.append(self.cell(f"share of {name}", **share, **gate))
        for place, name in zip(("leader", "second"), data.index, strict=False):
            values = dict(closed_form=table.penetration[name], observed=data.pen[name], how="exact")
            found.append(self.cell(f"{place} penetration", same=f"penetration of {name}", **values))
        return found


class Store(Subject):
    """Four chains: shopping trips at the scale at which they were measured, chains at the scale of the market."""

    @classmethod
    def of(cls, scenario: Scenario, plain: Scenario | None = None) -> Store:
        """The panel's size and length."""
        return cls(replace(scenario, weeks=52, customers=replace(scenario.customers, n=observed.PANEL)), plain)

    @property
    def measured(self) -> Scenario:
        """The same customers at the trips that were measured: trips to one chain."""
        return replace(self.scenario, market=replace(self.scenario.market, M=TRIPS))

    def measure(self, seed: int) -> Numbers:
        """Time and money at the measured scale, chains at the market's scale, two elasticities."""
        book = Market(self.measured, seed).run()
        trips, spend = book.visits.sum(axis=2), book.spend.sum(axis=2)
        found = panels.category(trips) | panels.store_figures(trips, spend)
        book = Market(self.scenario, seed).run()
        return found | brand_numbers(book.visits, book.firms, patterns.FIGURES) | self.elasticities(seed)

    def cells(self) -> Cells:
        """Trips against the panel, money against the panel, chains against theory."""
        chains = [
            self.cell(f"{figure} of {name}", closed_form=row[figure], how=self.how)
            for name, row in self.law().brands().iterrows()
            for figure in patterns.FIGURES
        ]
        return [*self.trip_cells(), *self.money_cells(), *chains, *self.elasticity_cells()]

    def trip_cells(self) -> Cells:
        """Patterns of all trips to one chain; a stationary market must fail."""
        m = self.measured.market
        data: Any = observed.table("grocery_drift").loc["all_store_trips"]
        trips = float(observed.table("grocery_store_level").value.trips_per_household_year)
        seen = {
            "category penetration": data.pen_year_obs,
            "K": data.K_year_obs,
            "purchases per buyer": trips / data.pen_year_obs,
            "share of top 20 % of buyers": data.top20_buyers_obs,
            "growth over quarter 1": data.growth_obs,
            "repeat quarter to quarter": data.repeat_q_obs,
            "correlation 1 quarter apart": data.corr1_obs,
            LAST: data.corr3_obs,
        }
        figures = patterns.Market(m.M, m.K, m.rho, m.S, {"all": 1.0}).category()
        found = [self.cell(p, closed_form=figures[p], observed=value, how=self.how) for p, value in seen.items()]
        still = patterns.Market(m.M, data.K_year_obs, 1.0, m.S, {"all": 1.0}).correlation(3)
        tolerance = float(observed.tolerances().stationary[LAST])
        fails = self.must_fail(f"a stationary market's {LAST}", still, seen[LAST], tolerance)
        return [*found, fails] if self.plain is None else found

    def money_cells(self) -> Cells:
        """Concentration of revenue, regression to the mean, lapse by quintile; theory is an independent Monte Carlo."""
        level, measure = observed.table("grocery_store_level").value, observed.tolerances().measure
        top: Any = observed.table("grocery_spend_deciles").loc[1]
        kept = observed.table("grocery_retention_by_quintile").active_Q2.iloc[1:]
        seen = {p: float(level[measure[p]]) for p in ("top 20 % of customers' share of revenue", "Gini of revenue")}
        seen["spend of the top decile after 3 quarters"] = top.by_Q1_decile_spend_Q4 / top.by_Q1_decile_spend_Q1
        seen |= {f"next-quarter activity of trip quintile {k}": value for k, value in enumerate(kept, start=1)}
        found = []
        for p, (value, error) in reference.store(self.measured.market, self.scenario.customers.n).items():
            gate = self.gate("repeat quarter to quarter" if "quintile" in p else p)
            values = dict(closed_form=value, closed_se=error, observed=seen[p], how="Monte Carlo")
            found.append(self.cell(p, **values, **gate))
        return found


class Cohort(Subject):
    """CDNOW: 2,357 customers who enter over 12 weeks and go away; 39 weeks to fit, 39 weeks held out."""

    @classmethod
    def of(cls, scenario: Scenario, plain: Scenario | None = None) -> Cohort:
        """The horizon of the data."""
        return cls(replace(scenario, weeks=HORIZON), plain)

    def measure(self, seed: int) -> Numbers:
        """Repeat purchases before and in the hold-out, customers with any before it."""
        bought = Market(self.scenario, seed).run().visits.sum(axis=2)
        before = bought[: CALIBRATION // 13].sum(axis=0)
        return {
            "calibration purchases": float(before.sum()),
            "customers with a repeat purchase": float(np.mean(before > 0)),
            "hold-out purchases": float(bought[CALIBRATION // 13 :].sum()),
        }

    def cells(self) -> Cells:
        """The published hold-out; the NBD without drop-out must fail it."""
        data: Any = observed.table("repeat_buying_models").loc["cdnow_sample"]
        gate = self.gate("hold-out purchases")
        before, entries = self.expected(CALIBRATION), self.entries()
        none = sum(n * self.none(CALIBRATION - week) for week, n in entries.items()) / sum(entries.values())
        held_out = self.expected(HORIZON) - before
        without = data.nbd_r / data.nbd_alpha * data.hold_weeks * data.customers
        exact = {"how": "exact"}
        some = dict(
            closed_form=1 - none, observed=1 - data.share_zero_repeat, how="quadrature" if self.pareto else "exact"
        )
        return [
            self.cell("calibration purchases", closed_form=before, observed=data.repeats_cal, **exact, **gate),
            self.cell("customers with a repeat purchase", **some),
            self.cell("hold-out purchases", closed_form=held_out, observed=data.holdout_actual, **exact),
            self.must_fail(
                "hold-out purchases without drop-out (NBD)", without, data.holdout_actual, gate["tolerance"]
            ),
        ]

    @property
    def pareto(self) -> bool:
        """Do customers leave at a moment of their own?"""
        terms = self.scenario.behaviour.get("dropout")
        return terms is not None and terms.kind == "per_week"

    def entries(self) -> Mapping[int, float]:
        """Customers who enter at the beginning of each week."""
        arrivals = self.scenario.behaviour["arrivals"]
        found = {week: share * arrivals.pool for week, share in enumerate(arrivals.schedule)}
        found[0] += self.scenario.customers.n
        return found

    def expected(self, weeks: float) -> float:
        """Repeat purchases of the cohort before the end of a week."""
        m, entries, terms = self.scenario.market, self.entries(), self.scenario.behaviour.get("dropout")
        ages, alpha = weeks - np.array(list(entries)), m.K / (m.M / 52)
        if terms is None:
            each = ages * m.M / 52
        elif self.pareto:
            each = np.asarray(nbd.paretonbd_expected(m.K, alpha, terms.s, terms.beta, ages))
        else:
            each = np.asarray(nbd.bgnbd_expected(m.K, alpha, terms.a, terms.b, ages))
        return float(np.array(list(entries.values())) @ each)

    def none(self, age: float) -> float:
        """P(no repeat purchase by this age)."""
        m = self.scenario.market
        terms: Any = self.scenario.behaviour.get("dropout")
        alpha = m.K / (m.M / 52)
        if self.pareto:
            return patterns.pareto_none(m.K, alpha, terms.s, terms.beta, age)
        return float((alpha / (alpha + age)) ** m.K)  # nobody leaves before a first repeat purchase


KINDS = {TEXTBOOK: Textbook, STORE: Store, **dict.fromkeys(COHORTS, Cohort)}
