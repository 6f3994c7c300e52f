"""What each kind of shipped market is held against: how to simulate it, what theory says, what was observed.

A subject turns a scenario into the world that its data describe (panel size, weeks), measures one seed, and names for
every pattern the closed form, the observed value and the tolerance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from loyaltysim import dirichlet, purchases
from loyaltysim.checking import ConfigError, Problem, suggestion
from loyaltysim.evaluate import observed, panels, reference, theory
from loyaltysim.evaluate.judge import cell
from loyaltysim.market import Market
from loyaltysim.schema import Scenario

STEP = 0.03  # relative change of a price, up and down, that measures an elasticity
TEXTBOOK = "toothpaste_1973"
COHORTS = ("cdnow", "cdnow_pareto")
CALIBRATION, HORIZON = 39, 78  # weeks of the CDNOW cohort
BRAND_FIGURES = ("penetration", "frequency", "scr")
Numbers = dict[str, float]
Cells = list[dict[str, object]]


@dataclass(frozen=True)
class Subject:
    """A market under validation."""

    scenario: Scenario

    @property
    def name(self) -> str:
        """The market's name, by which its data are found."""
        return self.scenario.market.name

    @property
    def baseline(self) -> str:
        """Which tolerances apply: drift if purchase rates drift, stationary otherwise."""
        return "stationary" if self.scenario.market.rho == 1.0 else "drift"

    def worlds(self) -> list[Scenario]:
        """The scenarios that a seed runs, for compiling them beforehand."""
        return [self.scenario]

    def measure(self, seed: int) -> Numbers:
        """Every pattern in the world of one seed."""
        raise NotImplementedError

    def cells(self) -> Cells:
        """Every pattern with closed form, observed value and tolerance; the simulated value is added later."""
        raise NotImplementedError

    def theory(self) -> theory.Market:
        """The closed forms of this market."""
        m = self.scenario.market
        return theory.Market(m.M, m.K, m.rho, m.S, {name: firm.share for name, firm in self.scenario.firms.items()})

    @property
    def how(self) -> str:
        """How the closed forms were computed."""
        return "exact" if self.scenario.market.rho == 1.0 else "quadrature"

    def gate(self, pattern: str) -> dict[str, object]:
        """The tolerance of a pattern, if the table has one."""
        table = observed.tolerances()
        if pattern not in table.index:
            return {}
        return {"kind": table.kind[pattern], "tolerance": float(table.loc[pattern, self.baseline])}

    def elasticity_cells(self) -> Cells:
        """Own-price elasticities: realised against closed form, in the plausible range, the leader least elastic."""
        beta, S = self.scenario.customers.price_sensitivity, self.scenario.market.S
        share = {name: firm.share for name, firm in self.scenario.firms.items()}
        eta = {name: float(dirichlet.own_price_elasticity(beta, s, S)) for name, s in share.items()}
        leader, small = self.compared()
        name, common = "own-price elasticity", (self.name, self.baseline)
        found = [cell(*common, f"{name} of {firm}", closed_form=eta[firm], how="exact") for firm in (leader, small)]
        mean = sum(eta[firm] * s for firm, s in share.items())
        gap = eta[leader] - eta[small]
        return [
            *found,
            cell(*common, f"{name}, share-weighted", closed_form=mean, how="exact", kind="between 1 and 3", tolerance=1.0),
            cell(*common, f"{name}, leader less {small}", closed_form=gap, how="exact", kind="at most", tolerance=0.0),
        ]

    def compared(self) -> tuple[str, str]:
        """The leader and the smallest firm of 5 % or more."""
        share = {name: firm.share for name, firm in self.scenario.firms.items() if name != "other"}
        return max(share, key=share.__getitem__), min((n for n in share if share[n] >= 0.05), key=share.__getitem__)


def elasticities(subject: Subject, seed: int) -> Numbers:
    """Realised own-price elasticities of the leader and of a small firm, and their difference."""
    leader, small = subject.compared()
    eta = {name: elasticity(subject.scenario, seed, name) for name in (leader, small)}
    found = {f"own-price elasticity of {name}": value for name, value in eta.items()}
    return {**found, f"own-price elasticity, leader less {small}": eta[leader] - eta[small]}


def elasticity(scenario: Scenario, seed: int, name: str) -> float:
    """Realised |own-price elasticity|: the same customers at a price 3 % higher and 3 % lower."""

    def bought(factor: float) -> float:
        firm = scenario.firms[name]
        firms = {**scenario.firms, name: replace(firm, price=firm.base_price * factor)}
        book = Market(replace(scenario, firms=firms), seed).run()
        return float(book.visits[:, :, book.firms.index(name)].sum())

    return -float(np.log(bought(1 + STEP) / bought(1 - STEP)) / np.log((1 + STEP) / (1 - STEP)))


def brand_numbers(scenario: Scenario, visits: np.ndarray, firms: tuple[str, ...], figures: tuple[str, ...]) -> Numbers:
    """Figures of every named brand of a panel: `penetration of m1`, ..."""
    table = panels.brand_figures(visits, firms)
    return {f"{figure} of {name}": float(table.loc[name, figure]) for name in firms if name != "other" for figure in figures}


class Category(Subject):
    """A grocery category: 2,469 households, one year."""

    @classmethod
    def of(cls, scenario: Scenario) -> Category:
        """The panel's size and length."""
        return cls(replace(scenario, weeks=52, customers=replace(scenario.customers, n=observed.PANEL)))

    @property
    def named(self) -> list[str]:
        """Brands with data, largest observed share first."""
        return [name for name in observed.brands(self.name).index if name in self.scenario.firms]

    def measure(self, seed: int) -> Numbers:
        """Patterns of the panel, every brand's figures, two elasticities."""
        book = Market(self.scenario, seed).run()
        found = panels.patterns(book.visits, book.firms, self.named)
        shares = panels.brand_figures(book.visits, book.firms).share
        found |= {f"share of purchases of {name}": float(shares[name]) for name in self.named}
        found |= brand_numbers(self.scenario, book.visits, book.firms, BRAND_FIGURES)
        return found | elasticities(self, seed)

    def cells(self) -> Cells:
        """The tolerance table, every brand, elasticities, and the other baseline for the patterns of time."""
        law, seen = self.theory(), observed.grocery(self.name)
        figures, brands = law.patterns(self.named), law.brands()
        common = (self.name, self.baseline)
        found = [
            cell(*common, pattern, closed_form=figures[pattern], observed=value, how=self.how, **self.gate(pattern))
            for pattern, value in seen.observed.items()
        ]
        fitted = observed.strengths(self.name)
        data = observed.brands(self.name)
        for name in self.named:
            found.append(cell(*common, f"share of purchases of {name}", closed_form=self.scenario.firms[name].share,
                              observed=fitted[name], how="exact", kind="relative"))  # fmt: skip
            for figure, column in zip(BRAND_FIGURES, ("pen", "w", "scr"), strict=True):
                found.append(cell(*common, f"{figure} of {name}", closed_form=brands.loc[name, figure],
                                  observed=data.loc[name, column], how=self.how))  # fmt: skip
        return [*found, *self.elasticity_cells(), *self.other_baseline()]

    def other_baseline(self) -> Cells:
        """Patterns of time under the baseline that the market does not ship with; a stationary market must fail."""
        year, drift = observed.table("grocery_category").loc[self.name], observed.table("grocery_drift").loc[self.name]
        shares = {name: firm.share for name, firm in self.scenario.firms.items()}
        if self.baseline == "drift":
            law, other = theory.Market(year.M, year.K, 1.0, year.S_dm_free, shares), "other: stationary"
        else:
            law = theory.Market(year.M, drift.K_quarter, drift.rho_quarter, year.S_dm_free, shares)
            other = "other: drift"
        figures, seen = law.category(), observed.grocery(self.name).observed
        times = [p for p in seen.index if p in figures and ("quarter" in p or "weeks" in p)]
        found = [cell(self.name, other, p, closed_form=figures[p], observed=seen[p], how="exact" if law.rho == 1 else "quadrature") for p in times]
        if self.baseline == "drift":
            last = "correlation 3 quarters apart"
            found.append(cell(self.name, self.baseline, f"a stationary market's {last}", closed_form=figures[last],
                              observed=seen[last], how="exact", kind="must fail", tolerance=float(observed.tolerances().stationary[last])))  # fmt: skip
        return found


class Textbook(Subject):
    """Toothpaste 1973: 5,240 households, one quarter and the next."""

    @classmethod
    def of(cls, scenario: Scenario) -> Textbook:
        """The panel's size; two quarters, so that repeat can be seen."""
        return cls(replace(scenario, weeks=26, customers=replace(scenario.customers, n=5240)))

    def measure(self, seed: int) -> Numbers:
        """Category, K, S and every brand in the first quarter; repeat in the second; two elasticities."""
        book = Market(self.scenario, seed).run()
        first = book.visits[0].sum(axis=1)
        counts = np.bincount(first)
        found = {
            "category penetration": float(np.mean(first > 0)),
            "purchases per buyer": float(first.sum() / np.sum(first > 0)),
            "K": theory.nbd_shape(counts),
            "S": panels.taste_shape(book.visits[0]),
            "buying once": float(counts[1] / counts[1:].sum()),
        }
        brands = panels.brand_figures(book.visits[:1], book.firms)
        brands["repeat"] = panels.brand_figures(book.visits, book.firms).repeat
        for name, row in brands.iterrows():
            found |= {f"{figure} of {name}": float(row[figure]) for figure in ("share", *theory.FIGURES)}
        return found | elasticities(self, seed)

    def cells(self) -> Cells:
        """Closed forms of the public `dirichlet` module; observed penetrations where they are printed."""
        m = self.scenario.market
        share = {name: firm.share for name, firm in self.scenario.firms.items()}
        category = dirichlet.category_table(m.M / 4, m.K).iloc[0]
        table = dirichlet.brand_table(m.M / 4, m.K, m.S, share)
        table = table.rename(columns={"sole_buyers": "sole buyers"}).assign(share=share)
        printed = {"category penetration": 0.56, "purchases per buyer": 2.6, "K": 0.78, "S": 1.3}
        exact = {"category penetration": category.penetration, "purchases per buyer": category.frequency,
                 "K": m.K, "S": m.S, "buying once": category.once_only}  # fmt: skip
        common = (self.name, self.baseline)
        found = [
            cell(*common, p, closed_form=value, how="exact", **({"observed": printed[p], **self.gate(p)} if p in printed else {}))
            for p, value in exact.items()
        ]
        data = observed.table(TEXTBOOK).drop(index="category")
        for name, row in table.iterrows():
            for figure in ("share", *theory.FIGURES):
                known = {"observed": data.loc[name, {"share": "share", "penetration": "pen"}[figure]]} if (
                    name in data.index and figure in ("share", "penetration")) else {}  # fmt: skip
                gate = {"kind": "relative"} if known and figure == "share" else {}
                found.append(cell(*common, f"{figure} of {name}", closed_form=row[figure], how="exact", **known, **gate))
        for place, name in zip(("leader", "second"), data.index, strict=False):
            p = f"{place} penetration"
            found.append(cell(*common, p, closed_form=table.penetration[name], observed=data.pen[name], how="exact",
                              same=f"penetration of {name}", **self.gate(p)))  # fmt: skip
        return [*found, *self.elasticity_cells()]


class Store(Subject):
    """Four chains: shopping trips at the scale at which they were measured, chains at the scale of the market."""

    TRIPS = 48.8  # a year to one chain: 4 x 12.2 a quarter, grocery_drift.csv

    @classmethod
    def of(cls, scenario: Scenario) -> Store:
        """The panel's size and length."""
        return cls(replace(scenario, weeks=52, customers=replace(scenario.customers, n=observed.PANEL)))

    @property
    def measured(self) -> Scenario:
        """The same customers at the trips that were measured: trips to one chain."""
        return replace(self.scenario, market=replace(self.scenario.market, M=self.TRIPS))

    def measure(self, seed: int) -> Numbers:
        """Time and money at the measured scale, chains at the market's scale, two elasticities."""
        book = Market(self.measured, seed).run()
        trips, spend = book.visits.sum(axis=2), book.spend.sum(axis=2)
        found = panels.category(trips) | panels.store_figures(trips, spend)
        book = Market(self.scenario, seed).run()
        found |= brand_numbers(self.scenario, book.visits, book.firms, theory.FIGURES)
        return found | elasticities(self, seed)

    def cells(self) -> Cells:
        """Trips against the panel; money against an independent Monte Carlo and the panel; chains against theory."""
        m, common = self.measured.market, (self.name, self.baseline)
        figures = theory.Market(m.M, m.K, m.rho, m.S, {"all": 1.0}).category()
        drift = observed.table("grocery_drift").loc["all_store_trips"]
        level = observed.table("grocery_store_level").value
        seen = {
            "category penetration": drift.pen_year_obs, "K": drift.K_year_obs, "purchases per buyer": float(level.trips_per_household_year),
            "share of top 20 % of buyers": drift.top20_buyers_obs, "growth over quarter 1": drift.growth_obs,
            "repeat quarter to quarter": drift.repeat_q_obs, "correlation 1 quarter apart": drift.corr1_obs,
            "correlation 3 quarters apart": drift.corr3_obs,
        }  # fmt: skip
        found = [cell(*common, p, closed_form=figures[p], observed=value, how=self.how, **self.gate(p)) for p, value in seen.items()]
        money = {p: float(level[observed.tolerances().measure[p]]) for p in ("top 20 % of customers' share of revenue", "Gini of revenue")}
        top = observed.table("grocery_spend_deciles").loc[1]
        money["spend of the top decile after 3 quarters"] = top.by_Q1_decile_spend_Q4 / top.by_Q1_decile_spend_Q1
        quintiles = observed.table("grocery_retention_by_quintile").active_Q2.iloc[1:]
        money |= {f"next-quarter activity of trip quintile {k}": value for k, value in enumerate(quintiles, start=1)}
        for p, (value, error) in reference.store(m, self.scenario.customers.n).items():
            gate = self.gate("repeat quarter to quarter" if "quintile" in p else p)
            found.append(cell(*common, p, closed_form=value, closed_se=error, observed=money[p], how="Monte Carlo", **gate))
        last = "correlation 3 quarters apart"
        still = theory.Market(m.M, drift.K_year_obs, 1.0, m.S, {"all": 1.0}).category()[last]
        found.append(cell(*common, f"a stationary market's {last}", closed_form=still, observed=seen[last], how="exact",
                          kind="must fail", tolerance=float(observed.tolerances().stationary[last])))  # fmt: skip
        for name, row in self.theory().brands().iterrows():
            found += [cell(*common, f"{figure} of {name}", closed_form=row[figure], how=self.how) for figure in theory.FIGURES]
        return [*found, *self.elasticity_cells()]


class Cohort(Subject):
    """CDNOW: 2,357 customers who enter over 12 weeks and go away; 39 weeks to fit, 39 weeks held out."""

    @classmethod
    def of(cls, scenario: Scenario) -> Cohort:
        """The horizon of the data."""
        return cls(replace(scenario, weeks=HORIZON))

    def measure(self, seed: int) -> Numbers:
        """Repeat purchases before and in the hold-out, customers with any before it."""
        book = Market(self.scenario, seed).run()
        bought = book.visits.sum(axis=2)
        before = bought[: CALIBRATION // 13].sum(axis=0)
        return {
            "calibration purchases": float(before.sum()),
            "customers with a repeat purchase": float(np.mean(before > 0)),
            "hold-out purchases": float(bought[CALIBRATION // 13 :].sum()),
        }

    def entries(self) -> Mapping[int, float]:
        """Customers who enter at the beginning of each week."""
        arrivals = self.scenario.behaviour["arrivals"]
        found = {week: share * arrivals.pool for week, share in enumerate(arrivals.schedule)}
        found[0] += self.scenario.customers.n
        return found

    def expected(self, weeks: float) -> float:
        """Repeat purchases of the cohort before the end of a week."""
        m, entries = self.scenario.market, self.entries()
        ages = weeks - np.array(list(entries))
        alpha = m.K / (m.M / 52)
        terms = self.scenario.behaviour.get("dropout")
        if terms is None:
            each = ages * m.M / 52
        elif terms.kind == "per_purchase":
            each = purchases.bgnbd_expected(m.K, alpha, terms.a, terms.b, ages)
        else:
            each = purchases.paretonbd_expected(m.K, alpha, terms.s, terms.beta, ages)
        return float(np.array(list(entries.values())) @ each)

    def none(self, age: float) -> float:
        """P(no repeat purchase by this age)."""
        m = self.scenario.market
        alpha, terms = m.K / (m.M / 52), self.scenario.behaviour.get("dropout")
        if terms is None or terms.kind == "per_purchase":
            return float((alpha / (alpha + age)) ** m.K)  # nobody leaves before a first repeat
        return theory.pareto_none(m.K, alpha, terms.s, terms.beta, age)

    def cells(self) -> Cells:
        """The published hold-out; the NBD without drop-out must fail it."""
        data, common = observed.table("repeat_buying_models").loc["cdnow_sample"], (self.name, self.baseline)
        entries = self.entries()
        none = sum(n * self.none(CALIBRATION - week) for week, n in entries.items()) / sum(entries.values())
        before = self.expected(CALIBRATION)
        values = {
            "calibration purchases": (before, data.repeats_cal, {"kind": "relative", "tolerance": float(self.gate("hold-out purchases")["tolerance"])}),
            "customers with a repeat purchase": (1 - none, 1 - data.share_zero_repeat, None),
            "hold-out purchases": (self.expected(HORIZON) - before, data.holdout_actual, None),
        }
        pareto = self.scenario.behaviour.get("dropout") is not None and self.scenario.behaviour["dropout"].kind == "per_week"
        found = [
            cell(*common, p, closed_form=value, observed=seen, how="quadrature" if pareto and "customers" in p else "exact",
                 **(self.gate(p) if gate is None else gate))  # fmt: skip
            for p, (value, seen, gate) in values.items()
        ]
        without = data.nbd_r / data.nbd_alpha * data.hold_weeks * data.customers
        found.append(cell(*common, "hold-out purchases without drop-out (NBD)", closed_form=without, observed=data.holdout_actual,
                          how="exact", kind="must fail", tolerance=0.18))  # fmt: skip
        return found


def subject(scenario: Scenario) -> Subject:
    """The subject of a scenario, found by the name of its market. Raises ConfigError if it has no data here."""
    name = scenario.market.name
    if name in observed.categories():
        return Category.of(scenario)
    kinds = {TEXTBOOK: Textbook, "grocery": Store, **dict.fromkeys(COHORTS, Cohort)}
    if name in kinds:
        return kinds[name].of(scenario)
    known = sorted([*observed.categories(), *kinds])
    raise ConfigError([Problem("market.name", f"has no data to be held against{suggestion(name, known)}", name, "command line")])
