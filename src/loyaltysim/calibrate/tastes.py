"""Refit a market with behaviour at work, so that it still shows the pattern table that it was fitted to.

Data already contain habit and satisfaction: S and strengths that were fitted without them are too loyal once they are
switched on. Simulated moments: the same customers live one year in the market as it was fitted (closed forms hold) and
in the market with behaviour, and S and the strengths of the second move until both show the same S and shares of
purchases, by the estimators of the validation. K stays: without an outside option habit and satisfaction move which
firm is chosen, never how often. Common random numbers make the moments smooth; the result is a function of the inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import broyden1

from loyaltysim.market.model import Market
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.scenario.model import Record, Scenario
from loyaltysim.validate.panels import taste_shape

CUSTOMERS, WEEKS = 30_000, 52
SEEDS = tuple(range(7001, 7004))
CLOSE = 5e-4  # largest gap that is left: relative for S, times the root of its share for a firm (few buy a small one)


@dataclass(frozen=True)
class Refit:
    """S and strengths that go with the behaviour, what it was, and the largest gap (as in `CLOSE`) before and after."""

    S: float
    shares: Mapping[str, float]
    fitted_with: tuple[str, ...]
    before: float
    after: float


def refit(plain: Scenario, behaviour: Mapping[str, object]) -> Refit:
    """Fit S and strengths of a market to itself as it was without this behaviour.

    plain : the market whose closed forms were fitted to data;  behaviour : component name -> terms, as in a scenario
    Raises scipy's NoConvergence if no S and strengths are found whose moments agree within `CLOSE`.
    """
    lively = replace(plain, behaviour={**plain.behaviour, **behaviour})
    target = moments(plain)
    share = np.array([firm.share for firm in plain.firms.values()])
    start, weight = np.log([plain.market.S, *share]), np.sqrt([1.0, *share])
    y, before, after = settle(
        lambda y: weight * np.log(target / moments(moved(lively, start + y / weight))), np.zeros_like(start)
    )
    final = moved(lively, start + y / weight)
    shares = {name: firm.share for name, firm in final.firms.items()}
    return Refit(final.market.S, shares, mechanisms.at_work(lively), before, after)


def settle(gap: Callable[[np.ndarray], np.ndarray], start: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Where all gaps are within `CLOSE`; the largest gap at the start, and the one that is left.

    A gap falls when its own parameter rises. Raises scipy's NoConvergence if there is no such place.
    """
    gaps: list[float] = []

    def noted(y: np.ndarray) -> np.ndarray:
        found = gap(y)
        gaps.append(float(np.abs(found).max()))
        return found

    y = broyden1(noted, start, alpha=1.0, f_tol=CLOSE, maxiter=25)
    return y, gaps[0], min(gaps)


def moved(scenario: Scenario, x: np.ndarray) -> Scenario:
    """The scenario with other S and strengths. x : log S, then log strengths of the firms, scaled to sum to 1."""
    S, *strength = np.exp(x)
    total = sum(strength)
    pairs = zip(scenario.firms.items(), strength, strict=True)
    firms = {name: replace(firm, share=float(s / total)) for (name, firm), s in pairs}
    return replace(scenario, market=replace(scenario.market, S=float(S)), firms=firms)


def moments(scenario: Scenario) -> np.ndarray:
    """S and the share of purchases of every firm in a year of many customers, geometric means over the seeds."""
    customers = replace(scenario.customers, n=CUSTOMERS)
    world = replace(scenario, weeks=WEEKS, customers=customers, record=Record(panel=True, log=False))
    rows = []
    for seed in SEEDS:
        year = Market(world, seed).run().visits.sum(axis=0)
        share = year.sum(axis=0) / year.sum()
        rows.append(np.log([taste_shape(year), *share]))
    return np.exp(np.mean(rows, axis=0))
