"""The contract market: renewals, switching, who comes, and what must not move.

Every statistical test compares with a closed form at 4 standard errors that follow from the number of customers. Worlds
of one term of four weeks share one compiled step.
"""

from __future__ import annotations

import dataclasses
from functools import cache
from types import SimpleNamespace

import numba
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from loyaltysim import contract, metrics, validate
from loyaltysim.behaviour import renewal
from loyaltysim.behaviour.acquisition import reached
from loyaltysim.behaviour.renewal import exit_odds, switch_odds
from loyaltysim.configure.yaml import to_yaml
from loyaltysim.firms.firm import LINES
from loyaltysim.market.book import Book
from loyaltysim.market.customers import POOL
from loyaltysim.market.model import Market
from loyaltysim.measures import twins
from loyaltysim.measures.contracts import FLOWS
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies import single
from loyaltysim.validate import contract_markets
from tests.scenarios import FIXED, SHARES, contract_world, contracts, fingerprint, in_plain, same, terms

HIGH_END = (0.668, 3.806)
LIKE = 1e5  # a + b at which everybody's hazard is the same
N = 20_000


def cohort(a: float, b: float, n: int = N, renewals: int = 12, exit_share: float = 1.0, **more):
    """Everybody signs in week 0 and decides every four weeks."""
    renewal = {"term": 4, "start": "together", "a": a, "b": b, "exit_share": exit_share, **more.pop("renewal", {})}
    return contract_world(n, 4 * renewals, renewal=renewal, **more)


def run(scenario, seed: int = 1) -> Book:
    """The compiled step; where the compiler is off (mutants), the plain one without its warnings."""
    market = Market(scenario, seed)
    return (in_plain(market) if numba.config.DISABLE_JIT else market).run()


def survival(book: Book) -> np.ndarray:
    """Customers left after renewal 0, 1, ... of a cohort."""
    left = book.weekly.groupby("week")[["exited", "lost"]].sum().sum(axis=1).to_numpy().reshape(-1, 4).sum(axis=1)
    return len(book.people) - np.concatenate([[0], left.cumsum()])


def errors(found: np.ndarray, expected: np.ndarray, n: np.ndarray | float) -> np.ndarray:
    """Distance of shares from probabilities in binomial standard errors."""
    return np.abs(found - expected) / np.sqrt(expected * (1.0 - expected) / n)


# ---- O1: shifted-beta-geometric renewals (Fader & Hardie 2007, J. Interactive Marketing 21(1)) -----------------------


@pytest.mark.parametrize("law", [HIGH_END, (1.0, 1.0), (0.1, 0.3), (30.0, 170.0)], ids=str)
def test_o1_a_cohort_survives_as_the_shifted_beta_geometric_says(law):
    """S(1..12) and r_1..r_12 within 4 standard errors of n customers; retention rises although nobody becomes loyal."""
    alive, t = survival(run(cohort(*law))), np.arange(1, 13)
    assert errors(alive[1:] / N, contract.sbg_survival(*law, t), N).max() < 4.0
    assert errors(alive[1:] / alive[:-1], contract.sbg_retention(*law, t), alive[:-1]).max() < 4.0


def test_o1_constant_churn_fails():
    """Customers who are all alike, at the cohort's first-year churn, lie far off by renewal 12."""
    a, b = HIGH_END
    alive = survival(run(cohort(a / (a + b) * LIKE, b / (a + b) * LIKE)))
    assert errors(alive[1:] / N, contract.sbg_survival(a, b, np.arange(1, 13)), N)[[5, 11]].min() > 20.0


def test_contracts_that_have_run_for_a_while_are_those_that_lasted():
    """age: tenures ~ S(n); a customer of n renewals has a hazard from Beta(a, b + n): churn as the cohorts predict."""
    a, b = 0.5, 1.5
    scenario = cohort(a, b, renewals=4, renewal={"age": 5})
    market = Market(scenario, 2)
    whole = -market.first_started // 4
    shares = np.bincount(whole, minlength=6) / N
    assert errors(shares, contract.sbg_cohorts(a, b, 5), N).max() < 4.0
    for n in (0, 5):
        theta = market.population["theta"][whole == n]
        assert stats.kstest(theta, stats.beta(a, b + n).cdf).pvalue > 1e-4
    alive = survival(run(scenario, 2))
    expected = contract.sbg_market_churn(a, b, 5, stay=0.0, terms=4)
    assert errors(1.0 - alive[1:] / alive[:-1], expected, alive[:-1]).max() < 4.0


def test_terms_are_spread_or_together():
    """spread: as many renewals in every week of a term; together: all in its last week."""
    book = run(cohort(*HIGH_END, renewals=1, renewal={"start": "spread"}))
    assert errors(book.weekly.groupby("week").renewals.sum().to_numpy() / N, np.full(4, 0.25), N).max() < 4.0
    book = run(cohort(*HIGH_END, renewals=1))
    assert book.weekly.groupby("week").renewals.sum().tolist() == [0, 0, 0, N]


# ---- whose hazard it is ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theta", ["contract", "customer"])
def test_movers_draw_anew_or_stay_as_they_are(theta):
    """contract: every later contract is Beta(a, b) again; customer: those who leave are Beta(a + 1, b)."""
    a, b = 0.5, 1.5
    people = run(cohort(a, b, renewals=1, exit_share=0.0, renewal={"theta": theta})).people
    moved = people.theta[people.contract == 2]
    laws = {"contract": stats.beta(a, b), "customer": stats.beta(a + 1, b)}
    assert len(moved) > 4000
    assert {name: stats.kstest(moved, law.cdf).pvalue > 1e-4 for name, law in laws.items()} == {
        name: name == theta for name in laws
    }


def test_a_hazard_for_life_stays_whatever_it_has_survived():
    """theta: customer, first contracts of any age: moving to a firm of the same law keeps theta, to one of higher churn
    raises it.
    """
    firm = {"d": {"churn": 0.5}}
    given = {"theta": "customer", "age": 4, "start": "spread"}
    market = Market(cohort(2.0, 6.0, renewals=1, exit_share=0.0, firm=firm, renewal=given), 1)
    before, first = market.population["theta"].copy(), market.population["provider"].copy()
    people = market.run().people
    moved, d = (people.contract == 2).to_numpy(), list(SHARES).index("d")
    stays_alike = moved & (first != d) & (people.provider != d)
    assert stays_alike.sum() > 1000
    assert np.abs(people.theta[stays_alike] / before[stays_alike] - 1.0).max() < 1e-4  # table of the quantile
    worse = moved & (first != d) & (people.provider == d)
    assert (people.theta[worse] > before[worse]).all()


# ---- what changes the hazard -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("theta", [1e-9, 0.2, 0.9, 1.0 - 1e-12])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_nothing_changed_means_theta(theta, share):
    """P(leave) = theta at reference offers, whatever the share that leaves the market."""
    odds = exit_odds(theta, 0.0, share) + switch_odds(theta, 0.0, 0.0, share, 0.0)
    assert odds / (1.0 + odds) == pytest.approx(theta, rel=1e-9)
    assert exit_odds(theta, 0.0, share) / odds == pytest.approx(share)


@pytest.mark.parametrize("own", [0.0, 30.0, -30.0, -750.0])
@pytest.mark.parametrize("lure", [0.0, 4.0, 40.0])
def test_a_surest_leaver_leaves(own, lure):
    """theta rounds to 1, the own firm becomes better, worse, hopeless: the odds stay numbers, and above any luck.

    Exit and switching still compete as exit_share : (1 - exit_share) e^lure; with 1e-13 of 700 lost to rounding.
    """
    me, terms_ = SimpleNamespace(theta=1.0), SimpleNamespace(exit_share=0.3, lock=0.0)
    visit = SimpleNamespace(own=own, lure=lure, sensitivity=1.0)
    renewal.renews(me, terms_, visit)
    odds = 1.0 + visit.exits + visit.switches
    assert np.isfinite(odds) and odds > 1e200
    share = 0.3 / (0.3 + 0.7 * np.exp(lure))
    assert visit.exits / odds == pytest.approx(share, rel=1e-9)
    if lure == 0.0:  # each alone
        assert np.isfinite(exit_odds(1.0, own, 1.0)) and exit_odds(1.0, own, 1.0) > 1e200


def test_the_surest_leavers_of_a_dearer_bank_leave():
    """F-05: hazards at both ends, a price 30 % up at a sensitivity of 100: all of firm a's renewals end."""
    world = contract_world(
        400, 8, renewal={"a": 0.05, "b": 0.05, "age": 0, "start": "together", "exit_share": 1.0},
        firm={"a": {"price": 1.3}}, customers={"price_sensitivity": 100.0}, S=8.0,
    )  # fmt: skip
    market = in_plain(Market(world, 1))
    sure = (market.population["theta"] == 1.0) & (market.population["provider"] == 0)
    assert sure.sum() > 5
    book = market.run()
    assert (book.people.provider[sure] == -1).all()


def test_a_switching_cost_at_its_usual_value_changes_nothing():
    """Byte for byte: it is part of the churn that was measured."""
    usual = {"switching_cost": 0.4, "usual_switching_cost": 0.4}
    books = [in_plain(Market(contract_world(60, 24, renewal=more), 1)).run() for more in ({}, usual)]
    same(*books)


def after_one_term(**firm) -> pd.DataFrame:
    """Everybody after one renewal, with prices or a switching cost as given."""
    renewal = firm.pop("renewal", {})
    return run(cohort(0.5, 1.5, renewals=1, exit_share=0.4, firm=firm, renewal=renewal)).people


def test_a_better_rival_never_raises_exit_from_the_market():
    """Customer by customer, and it wins more of them; customers of the others leave for it."""
    usual, better = after_one_term(), after_one_term(b={"price": 0.8})
    others = (usual.contract == 1) & (usual.provider != 1)
    assert not ((better.status == 2) & (usual.status != 2) & (better.provider != 1)).any()
    assert (better.provider == 1).sum() > (usual.provider == 1).sum() + 100
    assert (better.provider[others] == 1).sum() > 100


def test_an_own_improvement_never_raises_leaving():
    """Whoever stays at a, stays at a cheaper a; fewer leave the market and fewer go to rivals."""
    usual, better = (run(cohort(0.5, 1.5, renewals=1, exit_share=0.4, firm=f)) for f in ({}, {"a": {"price": 0.8}}))
    (old, new) = (metrics.contract_table(book) for book in (usual, better))
    old, new = (t[t.number == 1].set_index("customer") for t in (old, new))
    left = (new.how != "open") & (old.how == "open") & (old.firm == 0)
    assert not left.any()
    for how in ("left", "switched"):
        assert ((new.how == how) & (new.firm == 0)).sum() < ((old.how == how) & (old.firm == 0)).sum()


def test_a_higher_switching_cost_keeps_people_and_a_prohibitive_one_makes_them_captive():
    """Fewer switch, nobody else does; at 100 times the price nobody does, and exits keep their odds."""
    switched = {}
    for cost in (0.0, 0.2, 100.0):
        people = after_one_term(renewal={"switching_cost": cost})
        switched[cost] = set(people.customer[people.contract == 2])
    assert switched[0.2] < switched[0.0] and switched[100.0] == set()
    theta = Market(cohort(0.5, 1.5, renewals=1, exit_share=0.4), 1).population["theta"]
    odds = 0.4 * theta / (1.0 - theta)
    expected, exits = odds / (1.0 + odds), (people.status == 2).to_numpy()
    assert abs((exits - expected).sum()) < 4.0 * np.sqrt((expected * (1.0 - expected)).sum())


def test_who_knows_no_rival_cannot_be_lured():
    """Awareness 0 of all rivals: nobody switches, even with a hazard of 1."""
    unknown = {name: {"awareness": 0.0} for name in "bcd"}
    book = run(cohort(1e6, 1e-3, n=2000, renewals=2, exit_share=0.0, firm=unknown))
    assert book.weekly.lost.sum() == 0 and set(book.people.provider) == {0}


# ---- shares that last ------------------------------------------------------------------------------------------------


@cache
def shipped(name: str) -> Book:
    """Ten years of a shipped market."""
    scenario = single.as_scenario([f"market={name}", "customers.n=20000", "weeks=520", "record.panel=false"])
    return run(scenario)


@pytest.mark.parametrize("name", ["bank", "telecom", "software"])
def test_starting_shares_are_those_that_last(name):
    """No-program shares of customers every year for ten years, within 4 standard errors of what the file says."""
    book = shipped(name)
    shares = np.array([f.share for f in single.as_scenario([f"market={name}"]).firms.values()])
    for week in range(0, 520, 51):
        held = book.weekly[book.weekly.week == week].customers.to_numpy()
        assert errors(held / held.sum(), shares, held.sum()).max() < 4.0, week


def test_starting_shares_last_in_a_small_world():
    """Ten renewals of customers of very unlike tastes: no drift beyond 4 standard errors of the change, customer by
    customer.
    """
    scenario = cohort(5.0, 5.0, 6000, 10, 0.0, S=1.5)
    first = np.eye(4)[Market(scenario, 3).population["provider"]]
    last = np.eye(4)[run(scenario, 3).people.provider]
    assert errors(first.mean(axis=0), np.array(list(SHARES.values())), 6000).max() < 4.0
    assert (np.abs((last - first).mean(axis=0)) / ((last - first).std(axis=0) / np.sqrt(6000))).max() < 4.0


@pytest.mark.parametrize(
    ("shares", "S"), [((0.36, 0.28, 0.21, 0.15), 10.0), ((0.45, 0.3, 0.25), 2.0), ((0.4, 0.3, 0.2, 0.1), 0.5)]
)
def test_strengths_are_those_of_an_independent_power_iteration(shares, S):
    """The chain itself, 300 steps from equal shares for each of 40,000 sampled tastes: within 4 standard errors."""
    strengths = np.array(contract.switching_strengths(shares, S))
    g = np.random.default_rng(5).gamma(S * strengths, size=(40_000, len(shares))) + 1e-300
    g /= g.sum(axis=1, keepdims=True)
    move = np.repeat(g[:, None, :], len(shares), axis=1) * (1.0 - np.eye(len(shares)))
    move /= np.maximum(move.sum(axis=2, keepdims=True), 1e-300)
    at = np.full_like(g, 1.0 / len(shares))
    for _ in range(300):
        at = 0.5 * at + 0.5 * np.einsum("nj,njk->nk", at, move)
    assert (np.abs(at.mean(axis=0) - shares) / (at.std(axis=0) / 200.0)).max() < 4.0


def test_o12_two_firms_with_unequal_churn():
    """Closed market, retention .90 and .85: a's share of customers goes to .60; at equal churn it stays .50."""
    for churn, share in ((0.15, 0.6), (0.10, 0.5)):
        firm = {"a": {"churn": 0.10}, "b": {"churn": churn}}
        book = run(cohort(1e5, 9e5, 8000, 60, 0.0, shares={"a": 0.5, "b": 0.5}, firm=firm))
        held = book.weekly[book.weekly.week == 239].customers.to_numpy()
        assert held.sum() == 8000
        assert errors(held[0] / 8000, share, 8000) < 4.0


# ---- who comes: O4, three conventions --------------------------------------------------------------------------------

CHURN = {"a": 0.05, "b": 0.10, "c": 0.15, "d": 0.10}
EVEN = dict.fromkeys(CHURN, 0.25)


def arithmetic(convention: str, periods: int, n: int = 8000, pool: int = 80_000) -> np.ndarray:
    """Customers of each firm at the start of every term, with 15 % acquisition a term. -> (periods + 1, 4)"""
    inflow = {"yearly": 0.15 * 13, "every": 4, "convention": convention}
    firm = {name: {"churn": c} for name, c in CHURN.items()}
    behaviour = {"inflow": inflow, "arrivals": {"pool": pool}}
    scenario = cohort(1e5, 9e5, n, periods, 1.0, shares=EVEN, firm=firm, behaviour=behaviour)
    book = run(dataclasses.replace(scenario, weeks=4 * periods + 1))
    return book.weekly.customers.to_numpy().reshape(-1, 4)[::4]


def spread(convention: str, start: np.ndarray, periods: int) -> np.ndarray:
    """Standard error of the sizes: the variance of who stays, carried on as the convention does. -> (periods + 1, 4)"""
    c, a = np.array(list(CHURN.values())), 0.15
    onward = {"additive": 1 + a - c, "sequential": (1 - c) * (1 + a), "fixed_inflow": 1 - c}[convention]
    after = 1 + a if convention == "sequential" else 1.0
    variance, out = np.zeros(4), [np.zeros(4)]
    for t in range(periods):
        size = start * contract.retention_arithmetic(c, a, t, convention)
        variance = onward**2 * variance + after**2 * size * c * (1 - c)
        out.append(np.sqrt(variance))
    return np.array(out)


@pytest.mark.parametrize("convention", contract.CONVENTIONS)
def test_o4_the_leaky_bucket_under_three_conventions(convention):
    """Churn 5, 10, 15 % and acquisition 15 %: sizes after 1, 5 and 10 periods within 4 standard errors."""
    found = arithmetic(convention, 10)
    for t in (1, 5, 10):
        expected = found[0] * contract.retention_arithmetic(list(CHURN.values()), 0.15, t, convention)
        rounding = 0.5 * t  # whole customers
        assert (np.abs(found[t] - expected) < 4.0 * spread(convention, found[0], t)[t] + rounding).all(), t


def test_o4_a_fixed_inflow_has_a_ceiling():
    """Three, 1.5 and 1.0 times the first base (0.15 / churn), reached to 1 % after 90 periods."""
    found = arithmetic("fixed_inflow", 90, n=2000, pool=90_000)
    limit = found[0] * contract.base_limit(list(CHURN.values()), 0.15)
    assert (np.abs(found[90] - limit) < 4.0 * np.sqrt(limit) + 0.01 * limit).all()


def test_open_depleting_and_closed_markets():
    """Closed: nobody comes or goes. Open: people come as long as it runs. Depleting: until the pool is empty."""
    behaviour = {"inflow": {"yearly": 13.0 * 0.3, "every": 4}, "arrivals": {"pool": 500, "depleting": True}}
    held = {
        "closed": run(cohort(0.5, 1.5, 1000, 10, 0.0)),
        "open": run(cohort(0.5, 1.5, 1000, 10, 0.5, behaviour={**behaviour, "arrivals": {"pool": 60_000}})),
        "depleting": run(cohort(0.5, 1.5, 1000, 10, 0.5, behaviour=behaviour)),
    }
    weekly = {name: b.weekly.groupby("week")[["customers", "acquired", "exited"]].sum() for name, b in held.items()}
    assert (weekly["closed"].customers == 1000).all()
    assert weekly["open"].acquired[36] > 100
    assert weekly["depleting"].acquired.sum() == 500 and weekly["depleting"].acquired[36] == 0
    for w in weekly.values():
        assert (w.customers == 1000 + (w.acquired - w.exited).cumsum()).all()


def test_a_customer_who_vanishes_stops_the_run():
    """The books of customers are checked every week, in and between firms."""
    market = in_plain(Market(contract_world(50, 8), 1))
    market.step()
    market.population["provider"][3] = (market.population["provider"][3] + 1) % 4
    with pytest.raises(ArithmeticError, match="week 1: customers are not conserved"):
        market.step()


# ---- acquisition -----------------------------------------------------------------------------------------------------


def spending(budgets: dict[str, float], n: int = 400, pool: int = 40_000, weeks: int = 40, **acquisition):
    """Firms that spend on prospects."""
    behaviour = {"acquisition": acquisition, "arrivals": {"pool": pool, "depleting": True}}
    firm = {name: {"acquisition": budget} for name, budget in budgets.items()}
    scenario = cohort(*HIGH_END, n, 1, 1.0, firm=firm, behaviour=behaviour)
    return dataclasses.replace(scenario, weeks=weeks)


def test_reach_saturates():
    """Blattberg & Deighton 1996: ceiling (1 - exp(-response budget / heads)); nothing without money or people."""
    assert reached(200.0, 100.0, 0.3, 0.5) == pytest.approx(0.3 * (1.0 - np.exp(-1.0)))
    assert reached(0.0, 100.0, 0.3, 0.5) == reached(10.0, 0.0, 0.3, 0.5) == 0.0
    assert reached(1e9, 100.0, 0.3, 0.5) == pytest.approx(0.3)


def test_as_many_prospects_come_as_are_reached():
    """First week: binomial with 1 - prod (1 - reach); each spender's part in proportion to what reaches and pleases."""
    book = run(spending({"a": 4000.0, "b": 2000.0}, weeks=1, ceiling=0.2))
    reach = [reached(m, 40_000.0, 0.2, 1.0) for m in (4000.0, 2000.0)]
    came = book.weekly.acquired.to_numpy()
    assert errors(came.sum() / 40_000, 1.0 - (1.0 - reach[0]) * (1.0 - reach[1]), 40_000) < 4.0
    assert came[0] > came[1] > 0 and (came[2:] == 0).all()


def test_more_money_admits_the_same_people_and_more_no_later():
    """Customer by customer."""
    less, more = (run(spending({"a": m}, ceiling=0.05)).people for m in (800.0, 1600.0))
    came = less.status != 0
    assert (more.status[came] != 0).all() and (more.entered[came] <= less.entered[came]).all()
    assert (more.status != 0).sum() > came.sum() + 500
    assert (more.customer == less.customer).all() and (more.rho == less.rho).all()


def test_a_customer_costs_the_same_until_prospects_run_out():
    """Money per customer won: budget / (heads reach) while the pool lasts; dearer with every one who is gone."""
    lasting = run(spending({"a": 400.0}, pool=200_000, ceiling=0.05))
    cost = metrics.cost_per_acquired(lasting)[0]
    expected = 400.0 / (200_000 * reached(400.0, 200_000.0, 0.05, 1.0))
    assert abs(cost / expected - 1.0) < 4.0 / np.sqrt(lasting.weekly.acquired.sum()) + 0.02
    scarce = run(spending({"a": 400.0}, pool=4000, ceiling=0.5)).weekly
    won = scarce[scarce.firm == "a"].acquired.to_numpy().reshape(4, 10).sum(axis=1)
    assert (np.diff(won) < 0).all() and won[0] > 2 * won[-1]
    assert np.isnan(metrics.cost_per_acquired(lasting)[1])  # nobody spent, nobody came


def test_who_comes_by_himself_chooses_by_taste():
    """Budgets move those whom they reach; other newcomers sign as they like, also where nothing is spent."""
    scenario = spending({"a": 100.0}, pool=4000, weeks=20, ceiling=0.001)
    behaviour = {**scenario.behaviour, "arrivals": terms("arrivals", pool=4000, weekly=0.02, depleting=True)}
    came = run(dataclasses.replace(scenario, behaviour=behaviour)).weekly.groupby("firm", sort=False).acquired.sum()
    assert errors(came["b"] / came.sum(), 0.3, came.sum()) < 4.0


def rivalry(budget: float | None, usual: float = 0.0):
    """A closed market in which firm a spends on rivals' customers, and all others what is usual."""
    if budget is None:
        return cohort(0.5, 1.5, 4000, 6, 0.0)
    firm = {name: {"acquisition": budget if name == "a" else 100.0} for name in SHARES}
    behaviour = {"acquisition": {"audience": "rivals", "usual": usual, "ceiling": 0.1}}
    return cohort(0.5, 1.5, 4000, 6, 0.0, firm=firm, behaviour=behaviour)


def test_in_a_closed_market_acquisition_is_rivals_churn():
    """Spending as usual changes nothing but the ledger; spending more wins rivals' customers, and nobody comes."""
    none, usual, more = (run(rivalry(m, 100.0)) for m in (None, 100.0, 400.0))
    flows = list(FLOWS)
    first = usual.weekly.week < 4  # later the audiences move with the shares
    assert usual.weekly[first][flows].equals(none.weekly[first][flows])
    won = more.weekly[more.weekly.firm == "a"].won.sum()
    assert won > usual.weekly[usual.weekly.firm == "a"].won.sum() + 200
    assert more.weekly.won.sum() == more.weekly.lost.sum() and more.weekly.acquired.sum() == 0


def test_the_budget_is_a_ledger_line():
    """Every week, won or not: in the ledger, and off the profit."""
    weekly = run(spending({"a": 12.34}, weeks=6)).weekly
    own, costs = weekly[weekly.firm == "a"], [line for line in LINES if line not in ("revenue", "breakage", "profit")]
    assert (own.acquisition == 1234).all() and (weekly.acquisition[weekly.firm != "a"] == 0).all()
    assert (own.profit == own.revenue - own[costs].sum(axis=1)).all()


# ---- worlds and what must not matter ---------------------------------------------------------------------------------


def with_points(**more):
    """Firm a launches points among contracts that come and go."""
    return contract_world(150, 40, program={"points": {"threshold": 60.0, "face_value": 6.0}}, **more)


def test_without_you_the_market_is_the_one_without_the_program():
    """T1|i = T0 for bills, moves and money where nobody reacts to others."""
    w = twins.three(with_points(policy={"launch": {"week": 6}}), 3)
    assert np.array_equal(w.replayed.visits, w.without.visits) and np.array_equal(w.replayed.spend, w.without.spend)
    pd.testing.assert_frame_equal(w.replayed.moves, w.without.moves)
    assert not w.with_it.moves.equals(w.without.moves)


def test_a_replay_follows_what_was_recorded_around_it():
    """Who comes and how far budgets reach are T1's, also where nobody may join; the full replay is T1 byte for byte."""
    scenario = contracts(120, 32)
    with_it = in_plain(Market(scenario, 3)).run()
    again = Market(scenario, 3, offers=with_it.offers, around=with_it.around)
    same(in_plain(again).run(), with_it)
    barred = in_plain(Market(scenario, 3, eligible=False, offers=with_it.offers, around=with_it.around)).run()
    assert not barred.weekly.equals(with_it.weekly)
    assert np.array_equal(barred.people.entered, with_it.people.entered)
    nobody = [{**one, "inflow": 0 * one["inflow"]} for one in with_it.around]
    fewer = in_plain(Market(scenario, 3, offers=with_it.offers, around=nobody)).run()
    came = [book.people.entered[book.people.status != 0] for book in (fewer, with_it)]
    assert (came[0] == 8).sum() < (came[1] == 8).sum(), "week 8 has an inflow"


@pytest.mark.parametrize("name", [m.name for m in mechanisms.registry().values() if m.level == "program" and m.neutral])
def test_a_neutral_program_is_no_program(name):
    """Byte for byte, in a market of contracts as in any other."""
    neutral = {name: dict(mechanisms.registry()[name].neutral)}
    same(*(in_plain(Market(contract_world(60, 24, program=p), 3)).run() for p in (None, neutral)))


def test_what_is_usual_at_the_own_firm_moves_nobody():
    """Three weeks after a bill a habit of gain 1 and half-life 4 weeks is worth premium x 2^(-3/4) to everybody.
    Taken off as the usual pull, the same people leave at the first renewal as without habit; left in, fewer do.
    """
    habit = {"habit": {"premium": 0.14, "gain": 1.0, "half_life": 4.0}}

    def left(behaviour, pull):
        renewal = {"start": "together", "usual_pull": pull}
        return in_plain(Market(contract_world(400, 8, renewal=renewal, behaviour=behaviour), 3)).run().moves

    without, usual, unusual = left(None, 0.0), left(habit, 0.14 * 2**-0.75), left(habit, 0.0)
    assert len(without) > 50
    pd.testing.assert_frame_equal(usual, without)
    assert set(unusual.customer) < set(without.customer)


def test_names_and_their_order_do_not_matter():
    """The same firms in another order: the same moves of the same people."""
    shares = dict(reversed(SHARES.items()))
    one, two = (in_plain(Market(contract_world(60, 24, shares=s), 3)).run() for s in (SHARES, shares))
    key = ["week", "firm"]
    left, right = (b.weekly.sort_values(key, ignore_index=True) for b in (one, two))
    pd.testing.assert_frame_equal(left, right[left.columns])


def test_one_more_customer_changes_nobody():
    """Keyed by id: the first customers live as before."""
    one, two = (in_plain(Market(contract_world(n, 24), 3)).run() for n in (60, 61))
    pd.testing.assert_frame_equal(one.people, two.people[:60])
    pd.testing.assert_frame_equal(one.moves, two.moves[two.moves.customer != 60].reset_index(drop=True))


def test_ten_times_the_money_is_ten_times_the_revenue():
    """In another currency nobody decides otherwise."""
    baskets = [dataclasses.replace(FIXED, mean=FIXED.mean * k) for k in (1.0, 10.0)]
    one, two = (in_plain(Market(contract_world(60, 24, basket=b), 3)).run() for b in baskets)
    pd.testing.assert_frame_equal(one.moves, two.moves)
    assert (two.weekly.revenue == 10 * one.weekly.revenue).all()


def test_a_run_is_the_same_again():
    """Compiled, twice: the same bytes."""
    markets = [Market(contracts(), 4) for _ in range(2)]
    for market in markets:
        market.run()
    assert fingerprint(markets[0]) == fingerprint(markets[1])


# ---- contracts as a table --------------------------------------------------------------------------------------------


def test_contracts_tell_the_same_story_as_the_books_and_the_people():
    """One row per contract: counted again by how it ended, and the open ones are what people hold."""
    book = in_plain(Market(contracts(120, 40), 3)).run()
    table, total = metrics.contract_table(book), book.weekly.sum(numeric_only=True)
    assert (table.how == "left").sum() == total.exited and (table.how == "switched").sum() == total.lost
    assert ((table.customer >= POOL) & (table.number == 1)).sum() == total.acquired
    people = book.people[book.people.provider >= 0].set_index("customer")
    held = table[table.how == "open"].set_index("customer")
    assert len(held) == len(people) and (table.ended >= table.started).all()
    for column, own in (("firm", "provider"), ("started", "started"), ("number", "contract")):
        assert (held[column].reindex(people.index) == people[own]).all()
    done = table[table.how != "open"]
    assert ((done.ended - done.started) % 8 == 0).all()


def test_retention_by_tenure_is_the_closed_form():
    """r_1 ... r_12 of a cohort from its contracts; who is under way at the start counts from the next renewal on."""
    table = metrics.retention_by_tenure(metrics.contract_table(run(cohort(*HIGH_END))), 4)
    assert errors(table.retention, contract.sbg_retention(*HIGH_END, table.renewal), table.reached).max() < 4.0
    aged = metrics.contract_table(run(cohort(*HIGH_END, renewals=3, renewal={"age": 6})))
    table = metrics.retention_by_tenure(aged, 4, 9)
    assert errors(table.retention, contract.sbg_retention(*HIGH_END, table.renewal), table.reached).max() < 4.0


def test_retention_and_flows_are_those_of_the_counters():
    """Of the contracts that ended, how many were renewed; in an open market there is none to renew."""
    book = in_plain(Market(contracts(120, 40), 3)).run()
    rows = book.weekly[(book.weekly.firm == "b") & (book.weekly.week >= 8)]
    assert metrics.retention(book, 8)[1] == 1.0 - (rows.lost.sum() + rows.exited.sum()) / rows.renewals.sum()
    assert metrics.flows(book, 8)["won"][1] == pytest.approx(5200.0 * rows.won.sum() / rows.customers.sum())
    assert metrics.churn(book)[0] == pytest.approx(1.0 - metrics.retention(book)[0])
    assert metrics.cost_per_acquired(book)[1] == pytest.approx(
        80.0 * 40 / book.weekly[book.weekly.firm == "b"][["acquired", "won"]].sum().sum()
    )


# ---- what cannot be a market of contracts ----------------------------------------------------------------------------

BANK, PHONES = "market=bank", "market=telecom"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["behaviour.renewal.term=52"], "renewal acts only where .* contract; here it is store: ~behaviour.ren"),
        (["behaviour=inflow"], "behaviour.inflow acts only where market.setting = contract"),
        (["firms.a.churn=0.1"], "firms.a.churn = 0.1 .* needs market.setting = contract"),
        ([BANK, "market.M=12"], "behaviour.renewal.term needs market.M = 52 / .*it is 12"),
        ([BANK, "market.M=200"], "behaviour.renewal.term needs market.M = 52 / .*it is 200"),
        ([BANK, "behaviour.renewal.term=50"], "behaviour.renewal.term must be whole bills: a multiple of 4 weeks"),
        ([BANK, "firms.a.share=0.6", "firms.b.share=0.1", "firms.c.share=0.15"], "lets no firm keep half of a market"),
        ([BANK, "~firms.c", "~firms.d", "firms.a.share=0.6", "firms.b.share=0.4"], "two firms trade places"),
        ([BANK, "market.S=0.05"], "no tastes with S = 0.05 have the long-run shares .*raise market.S"),
        (["market=subscription", "behaviour.renewal.exit_share=0.5"], "must be 1 where there is one firm"),
        ([BANK, "behaviour=outside"], "behaviour.outside both decide who leaves; ~behaviour.outside removes it"),
        ([BANK, "behaviour=inflow", "behaviour.arrivals.pool=30"], "behaviour.inflow.yearly of 0.15 needs about"),
        ([PHONES, "firms.a.acquisition=100"], "behaviour.acquisition.audience = prospects needs people who are no"),
        ([PHONES, "behaviour=acquisition"], "behaviour.acquisition.ceiling has no effect while no firm spends"),
        (
            [PHONES, "behaviour=acquisition", "behaviour.arrivals.pool=50", "firms.a.acquisition=100"],
            "behaviour.acquisition.ceiling wins about .* at most a third may come",
        ),
        (
            ["market=subscription", "firms.a.acquisition=1", "behaviour.acquisition.audience=rivals"],
            "behaviour.acquisition.audience = rivals needs customers who change firms",
        ),
        ([BANK, 'vary=["behaviour.renewal.term=50"]'], "vary.0. = .* leads to: behaviour.renewal.term must be whole"),
    ],
)  # fmt: skip
def test_wrong_settings_are_refused_with_key_and_remedy(words, message):
    with pytest.raises(ConfigError, match=message):
        single.as_scenario(words)


def test_a_file_of_a_contract_market_does_not_fit_an_open_one(tmp_path):
    """from= a bank, then market=grocery: the renewals of the file have no place there."""
    path = tmp_path / "bank.yaml"
    path.write_text(to_yaml(single.as_scenario([BANK])), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"behaviour\.renewal acts only where"):
        single.as_scenario([f"from={path}", "market=grocery"])


@pytest.mark.parametrize(
    "words",
    [
        ["behaviour.renewal.a=1000000", "behaviour.renewal.b=0.001"],
        ["behaviour.renewal.a=0.001", "behaviour.renewal.b=0.001", "behaviour.renewal.theta=customer"],
        ["behaviour.renewal.switching_cost=100", "customers.price_sensitivity=100"],
        [*(f"firms.{name}.awareness=0" for name in "abcd")],
        ["market.S=1000000", "market.M=52", "behaviour.renewal.term=2"],
    ],
    ids=["all leave", "leave or stay for ever", "captive", "unknown firms", "all alike, weekly"],
)
def test_the_ends_of_every_range_run(words):
    """Books and people balance, and no number is not a number."""
    in_plain(Market(single.as_scenario([BANK, "customers.n=60", "weeks=60", *words]), 1)).run()


def test_validation_judges_renewals_alone():
    """A market of more than that has no closed form here."""
    with pytest.raises(ConfigError, match=r"behaviour.inflow has no closed form(.|\n)*firms.a has no closed form"):
        contract_markets.Switching.of(single.as_scenario([BANK, "behaviour=inflow", "firms.a.churn=0.1"]))


def test_a_wrong_law_is_a_miss_of_the_validation():
    """30 % more churn than the published cohort: outside the hold-out tolerance."""
    words = ["market=subscription", "behaviour.renewal.a=0.868"]
    cells = validate.run([single.as_scenario(words)], seeds=3, processes=1, progress=False).set_index("pattern")
    assert cells.verdict[contract_markets.HELD_OUT] == "miss"
    assert cells.verdict[f"{contract_markets.HELD_OUT}, constant churn"] == "pass"
    assert (cells.verdict.drop(contract_markets.HELD_OUT) == "pass").all()
