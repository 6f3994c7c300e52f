"""Centre a market of contracts on the behaviour that is at work, so that as many leave as when churn was measured.

Published churn already contains habit and satisfaction: a customer who pays a bill every month is used to the own firm
and not to its rivals. With habit switched on, fewer would leave. What habit and satisfaction are usually worth at the
own firm (`behaviour.renewal.usual_pull`) is taken off at renewals, so that terms are deviations from the steady state:
then each customer leaves with the chance theta again, and the law of theta, the tenures and the shares stay as they
were fitted. One number for each market, by one simulated moment, churn of the first year; the same luck on both sides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq

from loyaltysim.calibrate.tastes import CUSTOMERS, SEEDS
from loyaltysim.market.model import Market
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.scenario.model import Record, Scenario

MOST = 1.0  # of the reference price: more than habit and satisfaction are ever worth
CLOSE = 1e-4  # of the reference price


@dataclass(frozen=True)
class ContractRefit:
    """The usual pull of the own firm, the behaviour that it is of, and the gap of churn (relative) before and after."""

    usual_pull: float
    fitted_with: tuple[str, ...]
    before: float
    after: float


def refit_contracts(plain: Scenario, behaviour: dict[str, object]) -> ContractRefit:
    """Find the usual pull at which churn is that of the market without this behaviour.

    plain : the market whose hazards were fitted to data;  behaviour : component name -> terms, as in a scenario
    Raises ValueError if no pull up to `MOST` does it.
    """
    lively = replace(plain, behaviour={**plain.behaviour, **behaviour})
    target = churn(plain)

    def gap(pull: float) -> float:
        return churn(centred(lively, pull)) / target - 1.0

    pull = round(float(brentq(gap, -MOST, MOST, xtol=CLOSE)), 4)
    return ContractRefit(pull, mechanisms.at_work(lively), abs(gap(0.0)), abs(gap(pull)))


def centred(scenario: Scenario, pull: float) -> Scenario:
    """The scenario with another usual pull of the own firm."""
    renewal = replace(scenario.behaviour["renewal"], usual_pull=pull)
    return replace(scenario, behaviour={**scenario.behaviour, "renewal": renewal})


def churn(scenario: Scenario) -> float:
    """Customers lost over contracts that ended in the first year after the start, mean over the seeds."""
    term, customers = scenario.behaviour["renewal"].term, replace(scenario.customers, n=CUSTOMERS)
    world = replace(scenario, weeks=term, customers=customers, record=Record(panel=False, log=False))
    found = []
    for seed in SEEDS:
        weekly = Market(world, seed).run().weekly
        found.append((weekly.lost.sum() + weekly.exited.sum()) / weekly.renewals.sum())
    return float(np.mean(found))
