"""The people: traits, rates and their drift, arrivals, drop-out, and views of customers as agents."""

from __future__ import annotations

import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from loyaltysim import purchases
from loyaltysim.behaviour import arrivals, dropout
from loyaltysim.market import customers
from loyaltysim.market.customers import POOL, Population, propensity
from loyaltysim.market.model import Market
from loyaltysim.market.quantiles import log_gamma, logit
from loyaltysim.scenario.forms import canonical
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies.single import as_scenario
from tests.scenarios import Z, everything, fingerprint, in_plain, same, world

ALPHA = 1e-5


def ks_limit(n: int) -> float:
    """Largest Kolmogorov-Smirnov distance of n draws, at 1e-5: sqrt(-log(alpha / 2) / 2n) (Massart 1990)."""
    return math.sqrt(-math.log(ALPHA / 2) / (2 * n))


def people(seed: int = 3, **more) -> Population:
    """The people of a bare market that has not begun."""
    return Market(world(**more), seed).population


# ---- tables and traits ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [0.02, 0.1, 0.5, 0.78, 1.0, 3.0, 30.0, 1e3, 1e6])
def test_gamma_table_agrees_with_scipy(shape):
    """Oracle: scipy.stats.gamma.ppf and isf. Log quantiles to 1e-5, that is rates to 0.001 %, between nodes too.

    Below 1e-250, where scipy underflows, against the asymptotic form log q = (log u + log Gamma(a + 1)) / a.
    """
    u = np.concatenate([np.geomspace(2.0**-53, 0.5, 4001), 1.0 - np.geomspace(2.0**-53, 0.5, 4001)])
    x = logit(u)
    exact = np.where(x < 0, stats.gamma.ppf(u, shape), stats.gamma.isf(special.expit(-x), shape))
    with np.errstate(divide="ignore"):
        wanted = np.where(exact > 1e-250, np.log(exact), (np.log(u) + special.gammaln(shape + 1.0)) / shape)
    assert np.abs(log_gamma(shape, x) - wanted).max() < 1e-5 * max(1.0, 0.1 / shape)
    assert (np.diff(log_gamma(shape, np.sort(x))) >= 0.0).all()


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_propensity_follows_its_mixture(share):
    """rho ~ share Beta(8, 2) + (1 - share) Beta(2, 8); Kolmogorov-Smirnov against scipy at 1e-5."""
    rho = people(n=20_000, customers={"relational_share": share})["rho"]
    wanted = lambda x: share * stats.beta.cdf(x, 8, 2) + (1 - share) * stats.beta.cdf(x, 2, 8)  # noqa: E731
    assert stats.kstest(rho, wanted).statistic < ks_limit(20_000)
    assert (
        propensity(0.5, np.array([0.5]), np.array([0.5]))[0] < 0.5
    )  # a uniform that equals the share is transactional


@pytest.mark.parametrize("K", [0.3, 1.5, 20.0])
def test_rates_are_gamma(K):
    """Yearly rates ~ Gamma(K, mean M): Kolmogorov-Smirnov at 1e-5."""
    rate = people(n=20_000, M=30.0, K=K)["rate"] * 52.0
    assert stats.kstest(rate, stats.gamma(K, scale=30.0 / K).cdf).statistic < ks_limit(20_000)


@pytest.mark.parametrize("S", [0.3, 1.3, 40.0])
def test_choice_probabilities_are_dirichlet(S):
    """P(i buys j) ~ Beta(S share, S (1 - share)) for each firm: Kolmogorov-Smirnov at 1e-5; rows sum to 1 within
    1e-12.
    """
    prior = people(n=20_000, S=S)["prior"]
    for j, share in enumerate((0.4, 0.3, 0.2, 0.1)):
        assert stats.kstest(prior[:, j], stats.beta(S * share, S * (1 - share)).cdf).statistic < ks_limit(20_000)
    assert np.abs(prior.sum(axis=1) - 1.0).max() < 1e-12


def test_tiny_strengths_keep_their_order():
    """Small brands underflow as g but not as log g (model.md 2): no -inf, no equal logs, at S share = .002."""
    log_g = people(n=5000, S=0.02)["log_g"]
    assert np.isfinite(log_g).all() and np.unique(log_g[:, 3]).size == 5000 and (log_g < -700).any()


def test_baskets_and_sensitivities_are_log_normal_with_their_means():
    """Mean spending = the basket's mean; beta = its mean whatever the spread; z with the sample's standard error."""
    p = people(n=40_000, customers={"price_sensitivity": 3.0, "price_sensitivity_sd": 0.8})
    for column, mean in (("spending", 20.0), ("beta", 3.0)):
        assert abs(p[column].mean() - mean) < Z * p[column].std() / 200.0, column
    book = Market(world(3000, 26, K=1000.0), 3).run()
    spend = book.log.groupby("customer")["spend"].agg(["mean", "size"])
    assert abs(spend["mean"].mean() / 100.0 - 20.0) < Z * spend["mean"].std() / 100.0 / math.sqrt(len(spend))
    logs = np.log(book.log["spend"].to_numpy())
    assert logs.var() == pytest.approx(0.4**2 + 0.5**2, rel=0.04)  # 78,000 baskets of 3,000 people: 4.42 x 0.7 %


def test_yearly_purchases_are_negative_binomial():
    """Oracle 20: gamma-mixed Poisson. Mean M, variance M + M^2/K, zeros (1 + M/K)^-K, over 6,000 customers and 52
    weeks.

    z with the exact standard errors; that of the variance from the sampled fourth moment.
    """
    M, K, n = 12.0, 0.8, 6000
    x = Market(world(n, 52, M=M, K=K), 9).run().visits.sum(axis=(0, 2))
    variance = M + M**2 / K
    assert abs(x.mean() - M) < Z * math.sqrt(variance / n)
    assert abs(x.var(ddof=1) - variance) < Z * np.std((x - M) ** 2) / math.sqrt(n)
    zero = (1.0 + M / K) ** -K
    assert abs((x == 0).mean() - zero) < Z * math.sqrt(zero * (1 - zero) / n)
    weeks = Market(world(n, 13, M=M, K=1000.0, S=1e6), 9).run().visits.sum(axis=(0, 2))
    assert abs(weeks.var() / weeks.mean() - 1.0) < Z * math.sqrt(2.0 / n) + 0.004  # all alike: Poisson, variance = mean


# ---- drift ---------------------------------------------------------------------------------------------------------


def test_drift_keeps_the_law_of_rates():
    """Ranks move by an AR(1), the law of a quarter's rates never changes: Kolmogorov-Smirnov after 1, 5 and 20
    quarters.
    """
    p = people(n=20_000, M=30.0, K=0.9, rho=0.9)
    for quarter in range(1, 21):
        p.drift(13 * quarter)
        if quarter in (1, 5, 20):
            d = stats.kstest(p["rate"] * 52.0, stats.gamma(0.9, scale=30.0 / 0.9).cdf).statistic
            assert d < ks_limit(20_000), quarter


def test_drift_correlates_as_told():
    """Corr(z_q, z_0) = rho^q; standard error (1 - rho^2q) / sqrt(n) (Fisher); 1 and 6 quarters at rho = .93."""
    p = people(n=20_000, rho=0.93)
    start = p["z"].copy()
    for quarter in range(1, 7):
        p.drift(13 * quarter)
        if quarter in (1, 6):
            told = 0.93**quarter
            assert abs(np.corrcoef(start, p["z"])[0, 1] - told) < Z * (1 - told**2) / math.sqrt(20_000)


def test_drift_happens_once_a_quarter_and_never_at_rho_1():
    """Weeks 0, 1 and 14 move nobody, week 13 everybody; at rho = 1 no week does."""
    p, fixed = people(n=50, rho=0.9), people(n=50, rho=1.0)
    start = p["rate"].copy()
    for week in (0, 1, 12, 14):
        p.drift(week)
    assert np.array_equal(p["rate"], start)
    p.drift(13)
    fixed.drift(13)
    assert (p["rate"] != start).all() and np.array_equal(fixed["rate"], start)
    assert np.array_equal(p["none"], np.exp(-p["rate"]))


def test_quarters_of_a_drifting_market_correlate_less_with_distance():
    """Purchases of two quarters: corr = rho-driven rate correlation x reliability, falling with the gap between them.

    Regression to the mean (data.md): oracle by simulation of the same law in plain NumPy, 200,000 people, z within
    4.42 x (1 / sqrt(5000) + 1 / sqrt(200000)).
    """
    M, K, rho, n = 26.0, 0.8, 0.8, 5000
    x = Market(world(n, 52, M=M, K=K, rho=rho), 3).run().visits.sum(axis=2)
    rng = np.random.default_rng(1)
    z, wanted = rng.standard_normal(200_000), []
    for _ in range(4):
        rate = stats.gamma.ppf(special.ndtr(z), K) * M / 4.0 / K
        wanted.append(rng.poisson(rate))
        z = rho * z + math.sqrt(1 - rho**2) * rng.standard_normal(z.size)
    for gap in (1, 3):
        ours, theirs = np.corrcoef(x[0], x[gap])[0, 1], np.corrcoef(wanted[0], wanted[gap])[0, 1]
        assert abs(ours - theirs) < Z * 1.5 * (1 / math.sqrt(n) + 1 / math.sqrt(200_000)), gap
    assert np.corrcoef(x[0], x[1])[0, 1] > np.corrcoef(x[0], x[3])[0, 1] + 0.05


# ---- arrivals ------------------------------------------------------------------------------------------------------


def arriving(pool=2000, n=200, weeks=30, seed=4, **terms):
    """A market with a pool, run without a compiler; its population."""
    market = in_plain(
        Market(
            world(n, weeks, M=3.0, behaviour={"arrivals": {"pool": pool, "depleting": True, **terms}}, log=False), seed
        )
    )
    return market.population, market


def enter_all(market, weeks):
    """Only the door of the market: who enters in which week."""
    terms = market.terms.behaviour["arrivals"]
    for market.week in range(weeks):
        arrivals.enter(market, terms)
    return np.where(market.population["status"] > 0, market.population["entered"], 10**6)


@pytest.mark.parametrize("p", [0.01, 0.2])
def test_a_share_of_the_pool_enters_each_week(p):
    """P(entered by week t) = 1 - (1 - p)^(t+1): chi-square over the weeks of 20,000 potential customers, 1e-5."""
    population, market = arriving(pool=20_000, weekly=p)
    week = enter_all(market, 30)[population.ids >= POOL]
    seen = np.bincount(np.minimum(week, 30), minlength=31)
    chance = np.append(p * (1 - p) ** np.arange(30), (1 - p) ** 30)
    assert stats.chisquare(seen, chance * 20_000).pvalue > ALPHA


def test_a_schedule_replaces_the_weekly_chance():
    """schedule = shares of the pool by week: chi-square of .2, 0, .5 and the rest outside."""
    population, market = arriving(pool=20_000, weekly=0.9, schedule=(0.2, 0.0, 0.5))
    week = np.minimum(enter_all(market, 10)[population.ids >= POOL], 3)
    seen = np.bincount(week, minlength=4)
    assert seen[1] == 0
    assert stats.chisquare(seen[[0, 2, 3]], np.array([0.2, 0.5, 0.3]) * 20_000).pvalue > ALPHA


def test_more_acquisition_admits_a_superset_earlier():
    """model.md 7: nested arms. Whoever enters at 2 % a week enters at 5 % too, no later; ids name the same people."""
    (slow, one), (fast, two) = arriving(weekly=0.02), arriving(weekly=0.05)
    late, soon = enter_all(one, 30), enter_all(two, 30)
    assert (soon <= late).all() and (soon < 10**6).sum() > (late < 10**6).sum() > 300
    for name in ("key", "z", "rho", "log_g", "beta", "basket_log"):
        assert slow[name].tobytes() == fast[name].tobytes(), name


def test_more_initial_customers_rename_no_potential_one():
    """Ids of the pool start far away: 7 more initial customers leave ids, traits and weeks of arrival as they were."""
    (few, one), (many, two) = arriving(n=200, weekly=0.03), arriving(n=207, weekly=0.03)
    assert np.array_equal(few.ids[200:], many.ids[207:]) and few.ids[200] == POOL
    assert np.array_equal(enter_all(one, 30)[200:], enter_all(two, 30)[207:])
    assert few["log_g"][200:].tobytes() == many["log_g"][207:].tobytes()


def test_nobody_buys_before_entering():
    """Potential customers make no purchase; from the week of entering on they do."""
    market = in_plain(Market(world(10, 30, behaviour={"arrivals": {"pool": 60, "weekly": 0.04, "depleting": True}}), 4))
    log, people = market.run().log, market.population
    entered = dict(zip(people.ids.tolist(), people["entered"].tolist(), strict=True))
    assert (log["week"] >= log["customer"].map(entered)).all()
    gone = set(people.ids[people["status"] == 0].tolist())
    assert gone and not gone & set(log["customer"]) and (log["customer"] >= POOL).any()


def test_a_schedule_admits_at_most_the_pool():
    """Shares that sum to more than one are refused with their sum."""
    assert arrivals.check(arrivals.Arrivals(schedule=(0.5, 0.5))) == []
    assert arrivals.check(arrivals.Arrivals(schedule=(0.7, 0.5))) == [("schedule", "sums to 1.2; at most 1")]


# ---- drop-out ------------------------------------------------------------------------------------------------------


def cohort(n, weeks, r, alpha, **terms):
    """Everybody new in week 0, rates ~ Gamma(r, rate alpha a week); the plain step costs no compilation."""
    scenario = world(n, weeks, M=52.0 * r / alpha, K=r, shares={"a": 0.6, "b": 0.4}, behaviour={"dropout": terms})
    market = Market(scenario, 11)
    return market, market.run().log


def test_dropping_out_after_purchases_is_bgnbd():
    """Fader, Hardie & Lee 2005: mean purchases E X(t) at 3, 10 and 39 weeks, and the whole law of X(39).

    Oracle: loyaltysim.theory.nbd.bgnbd_expected and _pmf at the published CDNOW parameters; z with the sample's
    standard error, chi-square over 0 ... 6 and more at 1e-5, 20,000 customers.
    """
    r, alpha, a, b, n = 0.243, 4.414, 0.793, 2.426, 20_000
    market, log = cohort(n, 39, r, alpha, kind="per_purchase", a=a, b=b)
    for t in (3, 10, 39):
        x = np.bincount(log["customer"][log["week"] < t], minlength=n)
        assert abs(x.mean() - purchases.bgnbd_expected(r, alpha, a, b, t)) < Z * x.std() / math.sqrt(n), t
    law = purchases.bgnbd_pmf(r, alpha, a, b, 39, np.arange(6))
    seen = np.bincount(np.minimum(x, 6), minlength=7)
    assert stats.chisquare(seen, n * np.append(law, 1 - law.sum())).pvalue > ALPHA
    assert ((market.population["status"] == 2) <= (x > 0)).all()


def test_dropping_out_at_any_moment_is_paretonbd():
    """Schmittlein, Morrison & Colombo 1987: mean purchases at 3, 10 and 39 weeks, and survivors (1 + t/beta)^-s; z."""
    r, alpha, s, beta, n = 0.553, 10.578, 0.606, 11.669, 20_000
    market, log = cohort(n, 39, r, alpha, kind="per_week", s=s, beta=beta)
    for t in (3, 10, 39):
        x = np.bincount(log["customer"][log["week"] < t], minlength=n)
        assert abs(x.mean() - purchases.paretonbd_expected(r, alpha, s, beta, t)) < Z * x.std() / math.sqrt(n), t
    alive = (1.0 + 39.0 / beta) ** -s
    assert abs((market.population["status"] == 1).mean() - alive) < Z * math.sqrt(alive * (1 - alive) / n)


def test_constant_churn_leaves_a_binomial_number_of_survivors():
    """Oracle 17: survivors Binomial(n, q), q = (1 + t/beta)^-s near exp(-h t); mean by z, variance by chi-square.

    400 groups of 50 customers, whose lives are independent; lifetimes have mean 1/h = 100 weeks (s = 10,000; z).
    """
    market, _ = cohort(20_000, 30, 1.0, 4.0, kind="per_week", s=1e4, beta=1e6)
    q = (1.0 + 30.0 / 1e6) ** -1e4
    groups = (market.population["status"] == 1).reshape(400, 50).sum(axis=1)
    assert abs(groups.mean() - 50 * q) < Z * math.sqrt(50 * q * (1 - q) / 400)
    scaled = ((groups - 50 * q) ** 2).sum() / (50 * q * (1 - q))
    assert ALPHA / 2 < stats.chi2.sf(scaled, 400) < 1 - ALPHA / 2
    life = market.population["lifetime"]
    assert abs(life.mean() - 100.0) < Z * 100.0 / math.sqrt(20_000) + 0.01


def test_constant_arrivals_and_churn_settle_at_a_poisson_base():
    """Oracle 18: a large pool feeds p pool newcomers a week, each stays with chance s a week: base / weeks -> lambda
    / h.

    Alive in week T ~ Binomial(pool, q), q = sum_t p (1-p)^t e^(-h (T-t)) at small q nearly Poisson: mean by z,
    variance / mean = 1 - q over 400 groups by chi-square.
    """
    h, p, T = 0.05, 0.0005, 100
    behaviour = {
        "dropout": {"kind": "per_week", "s": 1e4, "beta": 1e4 / h},
        "arrivals": {"pool": 40_000, "weekly": p, "depleting": True},
    }
    scenario = world(1, T, M=0.01, shares={"a": 0.6, "b": 0.4}, behaviour=behaviour)
    market = Market(scenario, 12)
    market.run()
    here = (market.population["status"] == 1)[1:].reshape(400, 100).sum(axis=1)
    t = np.arange(T)
    q = float(np.sum(p * (1 - p) ** t * (1.0 + (T - t) * h / 1e4) ** -1e4))
    assert q * 40_000 == pytest.approx(p * 40_000 / h, rel=0.08)  # lambda / h, less what the pool has lost
    assert abs(here.mean() - 100 * q) < Z * math.sqrt(100 * q * (1 - q) / 400)
    scaled = ((here - 100 * q) ** 2).sum() / (100 * q * (1 - q))
    assert ALPHA / 2 < stats.chi2.sf(scaled, 400) < 1 - ALPHA / 2


def test_the_last_week_of_a_life_counts_in_part():
    """By hand: entered in week 10, life 2.4 weeks: full rate in weeks 10 and 11, .4 of it in week 12, then dead."""

    def rate(week):
        me = SimpleNamespace(pace=5.0, lifetime=2.4, entered=10)
        dropout.living_rate(me, SimpleNamespace(week=week))
        return me.pace

    def dies(lifetime, week):
        return dropout.dies_this_week(SimpleNamespace(lifetime=lifetime, entered=10), SimpleNamespace(week=week))

    assert [rate(week) for week in (10, 11)] == [5.0, 5.0]
    assert rate(12) == pytest.approx(2.0, rel=1e-12)
    assert [dies(2.4, week) for week in (10, 11, 12)] == [0, 0, 1]
    assert [dies(2.0, week) for week in (10, 11)] == [0, 1]


def test_the_purchase_comes_before_the_leaving():
    """By hand: with p = 1 everybody makes exactly one purchase and is gone; a draw that equals p stays."""
    market = in_plain(Market(world(50, 10, behaviour={"dropout": {"kind": "per_purchase"}}), 4))
    market.population["dropout"][:] = 1.0
    x = np.bincount(market.run().log["customer"], minlength=50)
    assert set(x) <= {0, 1} and ((market.population["status"] == 2) == (x == 1)).all() and x.sum() > 30
    me = SimpleNamespace(dropout=0.3)
    assert dropout.dies_after_purchase(me, 0.3) == 0 and dropout.dies_after_purchase(me, 0.2999) == 1


def test_every_customer_is_in_one_state_and_the_base_adds_up():
    """Oracle 9: base = previous + entered - gone, week by week; nobody comes back; shares of purchases sum to 1."""
    market = in_plain(Market(everything(60, 30), 2))
    before = market.population["status"].copy()
    for week in range(30):
        market.step()
        now = market.population["status"]
        entered, gone = (before == 0) & (now > 0), (before < 2) & (now == 2)
        assert set(now) <= {0, 1, 2} and (now >= before).all()
        assert (now == 1).sum() == (before == 1).sum() + entered.sum() - gone.sum()
        assert (market.population["entered"][entered] == week).all()
        before = now.copy()
    visits = market.book().weekly.groupby("week")["visits"]
    assert (
        visits.transform(lambda v: v / max(v.sum(), 1))
        .groupby(market.book().weekly["week"])
        .sum()
        .round(12)
        .isin([0, 1])
        .all()
    )


# ---- views ---------------------------------------------------------------------------------------------------------


def test_a_view_reads_its_row():
    """`customer(i).rho` is the i-th row; a name that is not there is refused with the known ones."""
    market = Market(everything(20, 4, log=False), 1)
    one = market.customer(3)
    assert one.unique_id == 3 and one.rho == market.population["rho"][3]
    assert np.array_equal(one.log_g, market.population["log_g"][3])
    assert market.customer(25).unique_id == POOL + 5 and market.customer(25).status == 0
    with pytest.raises(AttributeError, match=r"'rhoo'; known: .*rho"):
        _ = one.rhoo


def test_views_change_nothing():
    """Looking at every customer every week leaves `model.agents` (the firms), ids and all results as they were;
    exact.
    """
    quiet, watched = (in_plain(Market(everything(30, 10), 1)) for _ in range(2))
    same_agents = list(watched.agents)
    for _ in range(10):
        quiet.step()
        views = [watched.customer(i) for i in range(watched.population.n)]
        assert sum(view.status for view in views) >= 0
        watched.step()
    assert list(watched.agents) == same_agents and len(watched.agents) == 4
    assert [a.unique_id for a in watched.agents] == [a.unique_id for a in quiet.agents]
    assert fingerprint(quiet) == fingerprint(watched)


# ---- adding and permuting ------------------------------------------------------------------------------------------


def strangers(n: int, weeks: int) -> Scenario:
    """Everything at work but talk between customers, what comes of it, what a firm learns from all of them, and what
    they share or rank for: prizes, scarce goods, profit, status, the firm's attention, its staff.
    """
    scenario = everything(n, weeks)
    behaviour = {name: own for name, own in scenario.behaviour.items() if name != "word_of_mouth"}
    shared = (
        "referral", "community", "monitoring", "improvement", "prize_draw", "early_access", "ownership", "tiers",
        "targeting", "inner_club", "ab_test", "staff",
    )  # fmt: skip
    firms = {
        name: dataclasses.replace(firm, program={k: own for k, own in firm.program.items() if k not in shared})
        for name, firm in scenario.firms.items()
    }
    return dataclasses.replace(scenario, behaviour=behaviour, firms=firms)


def test_adding_a_customer_changes_exactly_that_customer():
    """Oracle 6: one more customer, who talks to nobody; all purchases of the others stay, every total grows by that
    customer's own; exact.
    """
    few, many = (Market(strangers(n, 30), 2).run() for n in (60, 61))
    mine = many.log["customer"] == 60
    assert many.log[~mine].reset_index(drop=True).equals(few.log) and mine.any()
    own = many.log[mine]
    gain = many.weekly["visits"].to_numpy().reshape(30, 4) - few.weekly["visits"].to_numpy().reshape(30, 4)
    by_hand = np.zeros((30, 4), int)
    np.add.at(by_hand, (own["week"], own["firm"]), 1)
    assert np.array_equal(gain, by_hand)


@given(st.integers(0, 2**63 - 1))
def test_any_seed_makes_a_population(seed):
    """The largest and smallest seeds give finite traits; two seeds share no key."""
    p = people(seed, n=5)
    assert all(np.isfinite(c).all() for c in p.columns.values() if c.dtype.kind == "f")
    assert not set(p["key"]) & set(people((seed + 1) % 2**63, n=5)["key"])


def test_the_order_of_customers_does_not_matter():
    """Oracle 2: rows in another order, same ids: same weekly books and same purchases of each id; integers, exact."""
    straight, shuffled = (Market(strangers(200, 20), 2) for _ in range(2))
    order = np.random.default_rng(0).permutation(shuffled.population.n)
    people = shuffled.population
    people.ids = people.ids[order]
    people.people["id"] = people.ids
    for column in people.columns.values():
        column[...] = column[order]
    one, two = straight.run(), shuffled.run()
    keys = ["week", "customer", "occasion"]
    one.log, two.log = (b.log.sort_values(keys).reset_index(drop=True) for b in (one, two))
    two.people = two.people.sort_values("customer").reset_index(drop=True)
    back = np.argsort(order)
    two.visits, two.spend = two.visits[:, back], two.spend[:, back]
    same(one, two)


def test_groups_are_the_documented_ones():
    """The mixture of model.md 3."""
    assert customers.GROUPS == ((8.0, 2.0), (2.0, 8.0))


@pytest.mark.parametrize(("pool", "fits"), [(299, False), (301, True)])
def test_an_open_market_needs_a_pool_that_cannot_run_out(pool, fits):
    """One third of the pool enters in 30 weeks at p = 1 - (2/3)^(1/30): the model's rule (section 7) at its edge."""
    weekly = (1.0 - (2.0 / 3.0) ** (1.0 / 30.0)) * (1.0 - 1e-9 if fits else 1.0 + 1e-6)

    def checked(**more):
        return as_scenario(
            {**canonical(world(10, 30)), "behaviour": {"arrivals": {"pool": pool, "weekly": weekly, **more}}}
        )

    if fits:
        assert checked().behaviour["arrivals"].pool == pool
        return
    with pytest.raises(ConfigError, match=r"behaviour\.arrivals\.pool.*depleting=true"):
        checked()
    assert checked(depleting=True).behaviour["arrivals"].depleting
