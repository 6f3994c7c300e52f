"""Under contract a customer has one provider, and decides at the end of each term whether to stay."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import betainc

from loyaltysim.mechanism.declare import Field, Hook, Mechanism, People, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term
from loyaltysim.theory.retention import sbg_cohorts, switching_strengths

MOST = 700.0  # log odds that a number holds with room to spare
NOWHERE = -1e300  # log weight of a firm that nobody goes to
LEAST = 2.0**-53  # the smallest uniform


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
    usual_pull: float = term(
        0.0, "fraction of the reference price", -10.0, 10.0,
        doc="what habit and satisfaction were worth at the own firm when theta was measured",
    )  # fmt: skip
    age: int = term(0, "renewals", 0, 100, doc="first contracts have run for 0 to so many terms; 0 = all are new")
    start: str = term(
        "spread", "", choices=("spread", "together"), doc="first contracts began in all weeks of a term, or in the same"
    )
    term: int = term(52, "weeks", 2, 520, doc="from one decision to the next")

    @property
    def lock(self) -> float:
        """How much more switching costs than when theta was measured, as a fraction of the reference price."""
        return self.switching_cost - self.usual_switching_cost


@rule
def beyond(theta: float, pull: float) -> float:
    """How far log odds of theta and a pull together exceed what a number can hold; 0 for all but the surest leavers."""
    return max(0.0, math.log(max(1.0, theta / max(1.0 - theta, 1e-300))) + pull - MOST)


@rule
def exit_odds(theta: float, own: float, exit_share: float) -> float:
    """Odds of leaving the market: the share of theta's odds, less where the own firm has become better."""
    pull = -own - beyond(theta, -own)
    return exit_share * (theta / max(1.0 - theta, 1e-300)) * math.exp(max(-MOST, min(MOST, pull)))


@rule
def switch_odds(theta: float, own: float, lure: float, exit_share: float, lock: float) -> float:
    """Odds of going to a rival: less where the own firm has become better, more where rivals have.

    Exit and switching share one uniform, so a rival that becomes better also keeps some in the market who would have
    left it: at theta .3 and exit_share .3, a lure of 3 lowers exit from 9 to 1.8 %.

    own, lure : change of utility since the reference offers, of the own firm and of all rivals together
    lock      : how much more switching costs than when theta was measured, in utility
    """
    if lure < NOWHERE:  # the customer knows no rival
        return 0.0
    pull = lure - own - lock
    pull = pull - beyond(theta, pull)
    return (1.0 - exit_share) * (theta / max(1.0 - theta, 1e-300)) * math.exp(max(-MOST, min(MOST, pull)))


@rule
def renews(me: Any, terms: Any, visit: Any) -> None:
    """At the end of a term: the odds of leaving the market and of going to a rival, against 1 for staying."""
    lock = visit.sensitivity * terms.lock
    own = visit.own + beyond(
        me.theta, max(-visit.own, visit.lure - visit.own - lock)
    )  # the same for both: they compete
    visit.exits = exit_odds(me.theta, own, terms.exit_share)
    visit.switches = switch_odds(me.theta, own, visit.lure, terms.exit_share, lock)


def law(scenario: Scenario, firm: str) -> tuple[float, float]:
    """Beta(a, b) of a firm's contracts: the market's, or of the same concentration about the firm's own mean churn."""
    terms, churn = scenario.behaviour["renewal"], scenario.firms[firm].churn
    if churn is None:
        return terms.a, terms.b
    return churn * (terms.a + terms.b), (1.0 - churn) * (terms.a + terms.b)


def first_firm(population: People, terms: Renewal) -> np.ndarray:
    """The firm of each first contract, as customers who have switched for long would be found. -> (n,), -1 = none"""
    firms, weight = population.scenario.firms, stationary(population, terms)
    luck = np.column_stack([population.lasting("provider", population.scenario.luck(name)) for name in firms])
    most = weight.max(axis=1)
    behind = np.minimum(60.0, most[:, None] - weight)
    chosen = np.argmin(-np.log(luck) * np.exp(behind), axis=1)
    return np.where((population["status"] == 1) & (most > NOWHERE), chosen, -1)


def stationary(population: People, terms: Renewal) -> np.ndarray:
    """Log of where a customer is found in the long run, up to a constant: log g_j + log sum of the others' g.

    Switching to k with chance g_k / sum of g but the own, at equal hazards, is a reversible chain with these weights.
    If nobody switches, tastes alone decide. A firm that the customer does not know has weight 0. -> (n, n_firms)
    """
    heard = np.where(population.known(), population["log_g"], NOWHERE)
    if terms.exit_share == 1.0 or heard.shape[1] == 1:
        return heard
    others = np.column_stack([log_sum(np.delete(heard, j, axis=1)) for j in range(heard.shape[1])])
    weight = np.maximum(NOWHERE, heard + others)
    return np.where(weight.max(axis=1, keepdims=True) > NOWHERE, weight, heard)  # who knows one firm stays there


def log_sum(logs: np.ndarray) -> np.ndarray:
    """Log of the sum of exponentials along rows. logs : (n, m) -> (n,)"""
    most = logs.max(axis=1)
    return most + np.log(np.exp(logs - most[:, None]).sum(axis=1))


def tenure(population: People, terms: Renewal) -> np.ndarray:
    """The week in which each first contract began: some renewals ago, and somewhere in its term. -> (n,)"""
    whole, part = renewals_behind(population, terms)
    phase = np.minimum(terms.term - 1, (part * terms.term).astype(np.int64)) if terms.start == "spread" else 0
    return np.where(population["provider"] >= 0, -(whole * terms.term + phase), 0)


def renewals_behind(population: People, terms: Renewal) -> tuple[np.ndarray, np.ndarray]:
    """How often a first contract was renewed, as at a firm that has won equally many for `age` terms; the rest.

    P(n) ~ S(n), n = 0 ... age. The rest of the same uniform is uniform again. -> (n,) whole, (n,) in [0, 1)
    """
    u, provider = population.lasting("tenure"), population["provider"]
    whole, part = np.zeros(len(u), np.int64), u.copy()
    for j, name in enumerate(population.scenario.firms):
        rows = provider == j
        reached = np.concatenate([[0.0], np.cumsum(sbg_cohorts(*law(population.scenario, name), terms.age))])
        whole[rows] = np.clip(np.searchsorted(reached, u[rows], side="right") - 1, 0, terms.age)
        below, above = reached[whole[rows]], reached[whole[rows] + 1]
        part[rows] = (u[rows] - below) / (above - below)
    return whole, part


def hazard(population: People, terms: Renewal) -> np.ndarray:
    """theta of each first contract: who is still there after n renewals has theta ~ Beta(a, b + n). -> (n,)"""
    whole, _ = renewals_behind(population, terms)
    u, out = population.weekly("theta", 1), np.zeros(population.n)
    for j, name in enumerate(population.scenario.firms):
        a, b = law(population.scenario, name)
        for n in range(terms.age + 1):
            rows = (population["provider"] == j) & (whole == n)
            if rows.any():
                out[rows] = population.beta(a, b + n, u[rows])
    return out


def standing(population: People, terms: Renewal) -> np.ndarray:
    """The uniform at which a customer stands in Beta(a, b) of any firm, where hazards hold for life. -> (n,)"""
    rank, theta = population.weekly("theta", 1), population["theta"]
    for j, name in enumerate(population.scenario.firms):
        rows = population["provider"] == j
        rank[rows] = betainc(*law(population.scenario, name), theta[rows])
    return np.clip(rank, LEAST, 1.0 - LEAST)


def fits(terms: Renewal, scenario: Scenario) -> list[tuple[str, str]]:
    """A market of contracts: bills in whole weeks, whole terms of bills, and one way of leaving."""
    weeks = 52.0 / scenario.market.M
    problems = []
    if abs(round(weeks) * scenario.market.M - 52.0) > 0.01:
        able = "52, 26, 13, 6.5 or 4"
        problems.append(
            ("term", f"needs market.M = 52 / (whole weeks between bills): {able}; it is {scenario.market.M:g}")
        )
    elif terms.term % round(weeks):
        problems.append(
            ("term", f"must be whole bills: a multiple of {weeks:.0f} weeks, as market.M is {scenario.market.M:g}")
        )
    for name in ("outside", "dropout", "captive"):
        if name in scenario.behaviour:
            problems.append(("term", f"and behaviour.{name} both decide who leaves; ~behaviour.{name} removes it"))
    return problems or lasting_shares(terms, scenario)


def lasting_shares(terms: Renewal, scenario: Scenario) -> list[tuple[str, str]]:
    """Shares that last where customers switch: below one half each, and within reach of tastes."""
    shares = {name: firm.share for name, firm in scenario.firms.items()}
    largest = max(shares, key=lambda name: shares[name])
    if terms.exit_share == 1.0:
        return []
    if len(shares) == 1:
        return [("exit_share", "must be 1 where there is one firm: there is no rival to go to")]
    if len(shares) == 2:
        if abs(shares[largest] - 0.5) <= 1e-9:
            return []
        return [("exit_share", "below 1 makes two firms trade places: give both a share of 0.5, or set exit_share=1")]
    if shares[largest] >= 0.5:
        said = f"below 1 lets no firm keep half of a market: firms.{largest}.share = {shares[largest]:g}"
        return [("exit_share", f"{said}; lower it, or set exit_share=1")]
    try:
        switching_strengths(tuple(shares.values()), scenario.market.S)
    except ValueError as error:
        return [("exit_share", f"below 1: {error}; raise market.S, make shares more equal, or set exit_share=1")]
    return []


def tell(scene: Scene) -> list[str]:
    """Signing with a firm, leaving it, or staying on with it."""
    before, after = int(scene.before["provider"]), int(scene.after["provider"])
    if after == scene.place != before:
        return scene.say(f"signed a contract with {scene.firm}", f"与 {scene.firm} 签了合同")
    if before == scene.place != after:
        return scene.say(f"left {scene.firm}", f"离开了 {scene.firm}")
    age = scene.week - int(scene.after["started"])
    if after == scene.place and (age + 1) % scene.terms.term == 0:
        return scene.say(f"renewed with {scene.firm}", f"与 {scene.firm} 续约")
    return []


MECHANISM = Mechanism(
    name="renewal",
    level="behaviour",
    source="Fader & Hardie 2007, J. Interactive Marketing 21(1) (shifted beta-geometric); endogenous part assumed",
    terms=Renewal,
    hooks=(Hook("renew", renews),),
    fields={
        "provider": Field(per_firm=False, dtype="int16", start=first_firm, unit="position of the firm, -1 = none"),
        "started": Field(per_firm=False, dtype="int32", start=tenure, unit="week in which the contract began"),
        "contract": Field(
            per_firm=False, dtype="int32", start=lambda p, _: p["provider"] >= 0, unit="number of contracts"
        ),
        "theta": Field(per_firm=False, dtype="float64", start=hazard, unit="chance per renewal"),
        "standing": Field(per_firm=False, dtype="float64", start=standing, unit="uniform; where hazards hold for life"),
        "entry_log": Field(per_firm=True, dtype="float64", start=stationary, unit="log of a first contract's weight"),
    },
    fits=fits,
    wanted=lambda scenario: scenario.market.setting == "contract",
    setting="contract",
    tell=tell,
    order=3,
)
