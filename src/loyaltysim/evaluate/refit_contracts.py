"""Refit a market of contracts with behaviour at work, so that as many customers leave as did when churn was measured.

Published churn already contains habit and satisfaction: a customer who pays a bill every month is used to the own firm
and not to its rivals, so that with habit switched on fewer leave, and satisfaction makes renewals differ. What a
market of contracts has in place of S and strengths is the law of its hazards, theta ~ Beta(a, b): a and b move until
two moments are those of the market without behaviour: churn of the first year, which is what is published, and the
concentration of the shifted-beta-geometric law fitted to survival by tenure (Fader & Hardie 2007). Shares stay: all
firms are alike in habit and satisfaction. The same luck on both sides, as in `refit`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from loyaltysim import contract, mechanisms, metrics
from loyaltysim.evaluate.refit import CUSTOMERS, SEEDS, settle
from loyaltysim.market import Market
from loyaltysim.schema import Record, Scenario

YEARS = 10
WEIGHT = np.array([0.3, 0.05])  # of a gap of churn and concentration: luck alone moves them by 0.1 % and 0.5 %


@dataclass(frozen=True)
class ContractRefit:
    """Hazards that go with the behaviour, what it was, and the largest gap (weighted) before and after."""

    a: float
    b: float
    fitted_with: tuple[str, ...]
    before: float
    after: float


def refit_contracts(plain: Scenario, behaviour: dict[str, object]) -> ContractRefit:
    """Fit the hazards of a market of contracts to itself as it was without this behaviour.

    plain : the market whose hazards were fitted to data;  behaviour : component name -> terms, as in a scenario
    Raises scipy's NoConvergence if there are no hazards whose moments agree within `refit.CLOSE`.
    """
    lively = replace(plain, behaviour={**plain.behaviour, **behaviour})
    target, terms = moments(plain), plain.behaviour["renewal"]
    start = np.log([terms.a / (terms.a + terms.b), terms.a + terms.b])
    y, before, after = settle(
        lambda y: WEIGHT * np.log(target / moments(moved(lively, start + y / WEIGHT))), np.zeros_like(start)
    )
    final = moved(lively, start + y / WEIGHT).behaviour["renewal"]
    return ContractRefit(final.a, final.b, mechanisms.at_work(lively), before, after)


def moved(scenario: Scenario, x: np.ndarray) -> Scenario:
    """The scenario with other hazards. x : log of mean and of concentration of theta, a / (a + b) and a + b."""
    mean, concentration = map(float, np.exp(x))
    renewal = replace(scenario.behaviour["renewal"], a=mean * concentration, b=(1.0 - mean) * concentration)
    return replace(scenario, behaviour={**scenario.behaviour, "renewal": renewal})


def moments(scenario: Scenario) -> np.ndarray:
    """Churn of the first year, concentration of the law fitted to survival over ten; geometric means over the seeds."""
    term, customers = scenario.behaviour["renewal"].term, replace(scenario.customers, n=CUSTOMERS)
    world = replace(scenario, weeks=YEARS * term, customers=customers, record=Record(panel=False, log=False))
    rows = []
    for seed in SEEDS:
        book = Market(world, seed).run()
        first = book.weekly[book.weekly.week < term]
        table = metrics.retention_by_tenure(metrics.contract_table(book), term, YEARS)
        concentration = sum(contract.sbg_fit(np.cumprod([1.0, *table.retention])))
        rows.append(np.log([(first.lost.sum() + first.exited.sum()) / first.renewals.sum(), concentration]))
    return np.exp(np.mean(rows, axis=0))
