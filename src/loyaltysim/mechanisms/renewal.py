"""Under contract a customer has one provider, and decides at the end of each term whether to stay."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from loyaltysim.contract import sbg_survival
from loyaltysim.mechanisms.parts import Field, Mechanism
from loyaltysim.rules import rule
from loyaltysim.schema import term

NOWHERE = -1e300  # log weight of a firm that nobody goes to


@dataclass(frozen=True)
class Renewal:
    """Shifted-beta-geometric renewals: a contract is given up with a chance theta ~ Beta(a, b) of its own."""

    a: float = term(0.668, "", 1e-3, 1e6, source="High End, Fader & Hardie 2007", doc="theta ~ Beta(a, b)")
    b: float = term(3.806, "", 1e-3, 1e6, source="High End, Fader & Hardie 2007")
    theta: str = term("contract", "", choices=("contract", "customer"), doc="drawn for each contract, or once for life")
    exit_share: float = term(0.3, "share", 0.0, 1.0, doc="of those who leave unprovoked, how many leave the market")
    switching_cost: float = term(0.0, "fraction of the reference price", 0.0, 100.0, doc="what changing firms costs")
    usual_switching_cost: float = term(
        0.0, "fraction of the reference price", 0.0, 100.0, doc="the switching cost at which theta was measured"
    )
    age: int = term(0, "renewals", 0, 100, doc="first contracts have run for 0 to so many terms; 0 = all are new")
    start: str = term(
        "spread", "", choices=("spread", "together"), doc="first contracts began in all weeks of a term, or in the same"
    )
    term: int = term(52, "weeks", 1, 520, doc="from one decision to the next")


@rule
def exit_odds(theta, own, exit_share):
    """Odds of leaving the market: the share of theta's odds, less where the own firm has become better."""
    return exit_share * (theta / max(1.0 - theta, 1e-300)) * math.exp(max(-700.0, min(700.0, -own)))


@rule
def switch_odds(theta, own, lure, exit_share, lock):
    """Odds of going to a rival: less where the own firm has become better, more where rivals have.

    own, lure : change of utility since the reference offers, of the own firm and of all rivals together
    lock      : how much more switching costs than when theta was measured, in utility
    """
    pull = max(-700.0, min(700.0, lure - own - lock))
    return (1.0 - exit_share) * (theta / max(1.0 - theta, 1e-300)) * math.exp(pull)


def law(scenario, firm: str) -> tuple[float, float]:
    """Beta(a, b) of a firm's contracts: the market's, or of the same concentration about the firm's own mean churn."""
    terms, churn = scenario.behaviour["renewal"], scenario.firms[firm].churn
    if churn is None:
        return terms.a, terms.b
    return churn * (terms.a + terms.b), (1.0 - churn) * (terms.a + terms.b)


def first_firm(population, terms: Renewal) -> np.ndarray:
    """The firm of each first contract, as customers who have long been switching are found. -> (n,), -1 = none yet"""
    firms = population.scenario.firms
    luck = np.column_stack([population.lasting("provider", name) for name in firms])
    behind = np.minimum(60.0, -stationary(population, terms))
    chosen = np.argmin(-np.log(luck) * np.exp(behind), axis=1)
    return np.where(population["status"] == 1, chosen, -1)


def stationary(population, terms: Renewal) -> np.ndarray:
    """Log of where a customer is found in the long run, up to a constant: log g_j + log sum of the others' g.

    Switching to k with chance g_k / sum of g but the own, at equal hazards, is a reversible chain with these weights.
    If nobody switches, tastes alone decide. A firm that the customer does not know has weight 0. -> (n, n_firms)
    """
    prior = population["prior"]
    weight = prior
    if terms.exit_share < 1.0 and prior.shape[1] > 1:
        weight = prior * np.column_stack([np.delete(prior, j, axis=1).sum(axis=1) for j in range(prior.shape[1])])
    with np.errstate(divide="ignore"):
        return np.maximum(NOWHERE, np.log(weight))


def tenure(population, terms: Renewal) -> np.ndarray:
    """The week in which each first contract began: some renewals ago, and somewhere in its term. -> (n,)"""
    whole, part = renewals_behind(population, terms)
    phase = (part * terms.term).astype(np.int64) if terms.start == "spread" else 0
    return np.where(population["status"] == 1, -(whole * terms.term + phase), 0)


def renewals_behind(population, terms: Renewal) -> tuple[np.ndarray, np.ndarray]:
    """How often a first contract was renewed, as in a market that has admitted equally many for `age` terms; the rest.

    P(n) ~ S(n), n = 0 ... age. The rest of the same uniform is uniform again. -> (n,) whole, (n,) in [0, 1)
    """
    reached = np.cumsum(sbg_survival(terms.a, terms.b, np.arange(terms.age + 1)))
    reached = np.concatenate([[0.0], reached / reached[-1]])
    u = population.lasting("tenure")
    whole = np.clip(np.searchsorted(reached, u, side="right") - 1, 0, terms.age)
    return whole, (u - reached[whole]) / (reached[whole + 1] - reached[whole])


def hazard(population, terms: Renewal) -> np.ndarray:
    """theta of each first contract: who is still there after n renewals has theta ~ Beta(a, b + n). -> (n,)"""
    scenario = population.scenario
    whole, _ = renewals_behind(population, terms)
    u = population.weekly("theta", 0 if terms.theta == "customer" else 1)
    out = np.zeros(population.n)
    for j, name in enumerate(scenario.firms):
        a, b = law(scenario, name)
        for n in range(terms.age + 1):
            rows = (population["provider"] == j) & (whole == n)
            out[rows] = population.beta(a, b + n, u[rows])
    return out


def fits(terms: Renewal, scenario) -> list[tuple[str, str]]:
    """A market of contracts: bills in whole weeks, firms that can be left for each other, stationary shares."""
    market, firms = scenario.market, scenario.firms
    problems = []
    if abs(round(52.0 / market.M) * market.M - 52.0) > 0.01 or market.M > 52.0:
        problems.append(
            ("term", f"needs market.M = 52 / (whole weeks between bills), such as 13 or 4; it is {market.M:g}")
        )
    if terms.exit_share < 1.0:
        if len(firms) < 2:
            problems.append(("exit_share", "must be 1 where there is one firm: there is no rival to go to"))
        largest = max(firms, key=lambda name: firms[name].share)
        if len(firms) > 2 and firms[largest].share >= 0.5:
            problems.append(
                ("exit_share", f"below 1 lets no firm keep half of a market at equal hazards: firms.{largest}.share = "
                 f"{firms[largest].share:g}; lower it, or set exit_share=1")
            )  # fmt: skip
        if len(firms) == 2 and abs(firms[largest].share - 0.5) > 1e-9:
            problems.append(("exit_share", "below 1 makes two firms trade places: shares must be 0.5 and 0.5"))
    for name in ("outside", "dropout", "captive"):
        if name in scenario.behaviour:
            problems.append(("term", f"and behaviour.{name} both decide who leaves; remove behaviour.{name}"))
    return problems


MECHANISM = Mechanism(
    name="renewal",
    level="behaviour",
    source="Fader & Hardie 2007, J. Interactive Marketing 21(1) (shifted beta-geometric); endogenous part assumed",
    terms=Renewal,
    columns=lambda terms, scenario: {
        "renewal_exit_share": terms.exit_share,
        "renewal_lock": terms.switching_cost - terms.usual_switching_cost,
    },
    rules=(exit_odds, switch_odds),
    fields={
        "provider": Field(per_firm=False, dtype="int16", start=first_firm, unit="position of the firm, -1 = none"),
        "started": Field(per_firm=False, dtype="int32", start=tenure, unit="week in which the contract began"),
        "contract": Field(
            per_firm=False, dtype="int32", start=lambda p, _: p["status"] == 1, unit="number of contracts"
        ),
        "theta": Field(per_firm=False, dtype="float64", start=hazard, unit="chance per renewal"),
        "entry_log": Field(per_firm=True, dtype="float64", start=stationary, unit="log of a first contract's weight"),
    },
    fits=fits,
    wanted=lambda scenario: scenario.market.setting == "contract",
    setting="contract",
    order=3,
)
