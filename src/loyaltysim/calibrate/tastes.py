"""Refit a market with behaviour at work, so that it still shows the pattern table that it was fitted to.

Data already contain habit and satisfaction: S and strengths that were fitted without them are too loyal once they are
switched on. Simulated moments: the same customers live one year in the market as it was fitted (closed forms hold) and
in the market with behaviour, and S and the strengths of the second move until both show the same S and shares of
purchases, by the estimators of the validation. Where some are more loyal than others, so does the spread of S: habit
looks like low S. Where a panel says how inert its customers are, what a habit is worth moves with them until as
many repeat their last purchase beyond their tastes. K stays: without an outside option habit and satisfaction move
which firm is chosen, never how often. Common random numbers make the moments smooth; the result is a function of the
inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import broyden1

from loyaltysim.calibrate.spread import fit_spread
from loyaltysim.market.model import Market
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.scenario.model import Record, Scenario
from loyaltysim.validate import panels

CUSTOMERS, WEEKS = 30_000, 52
SEEDS = tuple(range(7001, 7004))
FEW = 1  # seeds where inertia is fitted, which no panel knows better; there are more moments to find
CLOSE = 5e-4  # largest gap that is left: relative for S, times the root of its share for a firm (few buy a small one)
ROUGH = 0.1  # weight of the spread of S and of inertia, which panels know to a tenth
INERTIA = "excess inertia, lag 1"


@dataclass(frozen=True)
class Refit:
    """The market that goes with the behaviour, what it was, and the largest gap (as in `CLOSE`) before and after."""

    scenario: Scenario
    fitted_with: tuple[str, ...]
    before: float
    after: float


def refit(plain: Scenario, behaviour: Mapping[str, object], inertia: float = float("nan")) -> Refit:
    """Fit S, its spread and strengths of a market to itself as it was without this behaviour.

    plain : the market whose closed forms were fitted to data;  behaviour : component name -> terms, as in a scenario
    inertia : what a panel showed of it, to which the worth of a habit is fitted; nan = that stays
    Raises scipy's NoConvergence if none are found whose moments agree within `CLOSE`.
    """
    lively = replace(plain, behaviour={**plain.behaviour, **behaviour})
    inert = bool(np.isfinite(inertia))
    target = moments(plain, inert)
    target[len(target) - inert :] = inertia
    share = np.array([firm.share for firm in plain.firms.values()])
    spread = plain.market.sigma > 0.0
    worth = [lively.behaviour["habit"].premium] if inert else []
    start = np.log([plain.market.S, *share, *[plain.market.sigma] * spread, *worth])
    weight = np.sqrt([1.0, *share, *[ROUGH**2] * spread, *[ROUGH**2] * inert])
    y, before, after = settle(
        lambda y: weight * np.log(target / moments(moved(lively, start + y / weight), inert)), np.zeros_like(start)
    )
    final = rounded(moved(lively, start + y / weight))
    return Refit(final, mechanisms.at_work(final), before, after)


def rounded(scenario: Scenario) -> Scenario:
    """What a habit is worth in ten-thousandths of the price, as it is stored."""
    habit = scenario.behaviour.get("habit")
    if habit is None:
        return scenario
    habit = replace(habit, premium=round(habit.premium, 4))
    return replace(scenario, behaviour={**scenario.behaviour, "habit": habit})


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
    """The scenario at other parameters. x : log S, log strengths of the firms, scaled to sum to 1, then, where they are
    fitted, log of the spread of S and log of what a habit is worth
    """
    n = 1 + len(scenario.firms)
    S, *strength = np.exp(x[:n])
    total, more = sum(strength), list(np.exp(x[n:]))
    pairs = zip(scenario.firms.items(), strength, strict=True)
    firms = {name: replace(firm, share=float(s / total)) for (name, firm), s in pairs}
    market = replace(scenario.market, S=float(S))
    if market.sigma > 0.0:
        market = replace(market, sigma=float(more.pop(0)))
    behaviour = dict(scenario.behaviour)
    if more:
        behaviour["habit"] = replace(behaviour["habit"], premium=float(more.pop()))
    return replace(scenario, market=market, firms=firms, behaviour=behaviour)


def moments(scenario: Scenario, inert: bool = False) -> np.ndarray:
    """S, the share of purchases of every firm, where it is above 0 the spread of S, and inertia if asked, in a year of
    many customers: geometric means over the seeds.
    """
    customers = replace(scenario.customers, n=CUSTOMERS)
    world = replace(scenario, weeks=WEEKS, customers=customers, record=Record(panel=True, log=inert))
    rows = []
    for seed in SEEDS[:FEW] if inert else SEEDS:
        book = Market(world, seed).run()
        year = book.visits.sum(axis=0)
        share, found = year.sum(axis=0) / year.sum(), []
        S = panels.taste_shape(year)
        if scenario.market.sigma > 0.0:
            fitted = fit_spread(year, means=share)
            S, found = fitted.S, [fitted.sigma]
        if inert:
            log = book.log
            found.append(max(1e-4, panels.inertia(log["customer"].to_numpy(), log["firm"].to_numpy())[INERTIA]))
        rows.append(np.log([S, *share, *found]))
    return np.exp(np.mean(rows, axis=0))
