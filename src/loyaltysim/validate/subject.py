"""A market under validation: its world, what one seed shows, what theory and data say of every pattern."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from loyaltysim.market.model import Market
from loyaltysim.scenario.model import Scenario
from loyaltysim.theory import dirichlet
from loyaltysim.validate import observed, panels, patterns
from loyaltysim.validate.judge import OF_A, cell

FEW, SOME = 10, 20  # panels that measure an elasticity: where no closed form is to be met, and where one is
STEP = 0.03  # relative change of a price, up and down, that measures an elasticity
Numbers = dict[str, float]
Cells = list[dict[str, Any]]


@dataclass(frozen=True)
class Subject:
    """A market under validation; each kind of market says how it is simulated, measured and known."""

    scenario: Scenario
    plain: Scenario | None = None  # the same market as shipped without behaviour, where the scenario has behaviour

    @property
    def name(self) -> str:
        """The market's name, by which its data are found."""
        return self.scenario.market.name

    @property
    def clock(self) -> str:
        """Which tolerances apply: drift if purchase rates drift, stationary otherwise."""
        return "stationary" if self.scenario.market.rho == 1.0 else "drift"

    @property
    def baseline(self) -> str:
        """The clock, after `B, ` where behaviour is at work: habit, experience."""
        return self.clock if self.plain is None else observed.BEHAVIOUR + self.clock

    @property
    def how(self) -> str:
        """How closed forms in time are computed."""
        return "exact" if self.scenario.market.rho == 1.0 else "quadrature"

    @property
    def theory(self) -> Scenario:
        """The market that the closed forms speak of: itself, or as shipped where behaviour is at work."""
        return self.scenario if self.plain is None else self.plain

    @property
    def shares(self) -> dict[str, float]:
        """Strengths of the firms in the closed forms."""
        return {name: firm.share for name, firm in self.theory.firms.items()}

    def measure(self, seed: int) -> Numbers:
        """Every pattern in the world of one seed."""
        raise NotImplementedError

    def cells(self) -> Cells:
        """Every pattern with closed form, observed value and tolerance; the simulated value is added later."""
        raise NotImplementedError

    def cell(self, pattern: str, **values: object) -> dict[str, Any]:
        """A cell of this market, with its tolerance if the table has one."""
        found = cell(self.name, self.baseline, pattern, **{**self.gate(pattern), **values})
        return found if self.plain is None else {**found, "how": OF_A, "closed_se": 0.0}

    def gate(self, pattern: str) -> dict[str, Any]:
        """The tolerance of a pattern, if the table has one."""
        table = observed.tolerances()
        if pattern not in table.index:
            return {}
        return {"kind": table.kind[pattern], "tolerance": float(table[self.clock][pattern])}

    def share_gate(self, name: str, customers: int, quarters: int = 4) -> dict[str, Any]:
        """The tolerance of a firm's share of purchases: two sampling errors of a panel."""
        return {"kind": "relative", "tolerance": 2 * self.law().share_error(name, customers, quarters)}

    def must_fail(self, pattern: str, value: float, seen: float, tolerance: float) -> dict[str, Any]:
        """A cell for a model that the data must refute: `value` lies further from what was seen than the tolerance."""
        return self.cell(pattern, closed_form=value, observed=seen, how="exact", kind="must fail", tolerance=tolerance)

    def law(self) -> patterns.Market:
        """The closed forms of this market."""
        m = self.theory.market
        return patterns.Market(m.M, m.K, m.rho, m.S, self.shares, m.sigma)

    def compared(self) -> tuple[str, str]:
        """The leader and the smallest named firm of 5 % or more."""
        share = {name: share for name, share in self.shares.items() if name != "other"}
        return max(share, key=share.__getitem__), min((n for n in share if share[n] >= 0.05), key=share.__getitem__)

    def elasticities(self, seed: int) -> Numbers:
        """Realised own-price elasticities of the leader and of a small firm, and their difference.

        Only on the first panels: four more runs a panel.
        """
        if seed >= self.scenario.seed + (SOME if self.plain is None else FEW):
            return {}
        leader, small = self.compared()
        eta = {name: elasticity(self.scenario, seed, name) for name in (leader, small)}
        found = {f"own-price elasticity of {name}": value for name, value in eta.items()}
        found[f"own-price elasticity, leader less {small}"] = eta[leader] - eta[small]
        if self.plain is not None:  # as far from the closed form as the two firms are together
            told = self.own_price()
            ratio = sum(self.shares[n] * eta[n] for n in eta) / sum(self.shares[n] * told[n] for n in eta)
            found["own-price elasticity, share-weighted"] = ratio * self.weighted(told)
        return found

    def own_price(self) -> dict[str, float]:
        """|Own-price elasticity| of every firm in closed form."""
        beta, m = self.theory.customers.price_sensitivity, self.theory.market
        found = {name: dirichlet.own_price_elasticity(beta, s, m.S, sigma=m.sigma) for name, s in self.shares.items()}
        return {name: float(eta) for name, eta in found.items()}

    def weighted(self, values: dict[str, float]) -> float:
        """The mean over firms, weighted by share."""
        return sum(values[name] * s for name, s in self.shares.items())

    def elasticity_cells(self) -> Cells:
        """Own-price elasticities: realised against closed form, in the plausible range, the leader least elastic."""
        eta = self.own_price()
        leader, small = self.compared()
        mean = self.weighted(eta)
        name, gap = "own-price elasticity", eta[leader] - eta[small]
        return [
            *(self.cell(f"{name} of {firm}", closed_form=eta[firm], how="exact") for firm in (leader, small)),
            self.cell(f"{name}, share-weighted", closed_form=mean, how="exact", **self.gate(name)),
            self.cell(f"{name}, leader less {small}", closed_form=gap, how="exact", kind="at most", tolerance=0.0),
        ]


def elasticity(scenario: Scenario, seed: int, name: str) -> float:
    """Realised |own-price elasticity|: the same customers at a price 3 % higher and 3 % lower."""
    record = replace(scenario.record, log=False)

    def bought(factor: float) -> float:
        firm = scenario.firms[name]
        firms = {**scenario.firms, name: replace(firm, price=firm.base_price * factor)}
        book = Market(replace(scenario, firms=firms, record=record), seed).run()
        return float(book.visits[:, :, book.firms.index(name)].sum())

    return -float(np.log(bought(1 + STEP) / bought(1 - STEP)) / np.log((1 + STEP) / (1 - STEP)))


def brand_numbers(visits: np.ndarray, firms: tuple[str, ...], figures: tuple[str, ...]) -> Numbers:
    """Figures of every named firm of a panel: `penetration of m1`, ..."""
    table = panels.brand_figures(visits, firms)
    named = [name for name in firms if name != "other"]
    return {f"{figure} of {name}": float(table[figure][name]) for name in named for figure in figures}
