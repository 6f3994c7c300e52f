"""Tastes that answer: exact quantiles, nothing at no gain, the same elasticity, no excess loyalty."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special

from loyaltysim import dirichlet
from loyaltysim.configure.compose import compose
from loyaltysim.market import tastes
from loyaltysim.market.model import Market
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.validate import panels, patterns
from tests.scenarios import FIXED, Z, fingerprint, in_plain, same, world

SHARES = {"a": 0.2, "b": 0.4, "c": 0.25, "d": 0.15}


def gained(shape: float, rank: float, shift: float) -> float:
    """What the step reads of one table, with its own rules."""
    return tastes.looked_up(tastes.tables([shape]), 0, shift, rank) + tastes.beyond(shift)


@pytest.mark.parametrize("shape", [0.02, 0.26, 1.5, 40.0])
@pytest.mark.parametrize("u", [1e-4, 0.2, 0.5, 0.9, 0.9999])
def test_a_moved_strength_is_the_quantile_of_the_moved_shape(shape, u):
    """Against scipy's inverse gamma: the change of log strength within 2 % + 1e-3 for shifts of -3 to 3; rises with it.

    The table's own errors: rows 2 sqrt(REACH shift) / NODES apart (0.1 % of f'' / f'), columns 0.036 logits apart.
    """
    rank, told = math.log(u / (1 - u)), []
    for shift in (-3.0, -0.7, -0.02, 0.02, 0.7, 3.0):
        with np.errstate(divide="ignore"):
            exact = np.log(special.gammaincinv(shape * math.exp(shift), u)) - np.log(special.gammaincinv(shape, u))
        told.append(gained(shape, rank, shift))
        if math.isfinite(exact):
            assert told[-1] == pytest.approx(exact, rel=0.02, abs=1e-3)
    assert told == sorted(told)


def test_no_gain_moves_nothing_and_far_ones_stay_in_order():
    """At 0 the gain is exactly 0; at and beyond the reach of the table it goes on rising, one for one."""
    assert gained(0.3, 1.234, 0.0) == 0.0 and gained(7.0, -20.0, 0.0) == 0.0
    edge = gained(0.3, 1.0, tastes.REACH)
    assert gained(0.3, 1.0, tastes.REACH + 1.0) == pytest.approx(edge + 1.0, abs=1e-6)
    edge = gained(0.3, 1.0, -tastes.REACH)
    assert gained(0.3, 1.0, -tastes.REACH - 1.0) == pytest.approx(edge - 1.0, abs=1e-6)


def market(response: str, price: float, n: int, seed: int = 1, sigma: float = 0.0) -> Market:
    """Firm "a" at a price of its own; everybody equally price sensitive."""
    own = {"response": response, "price_sensitivity": 4.0}
    return Market(
        world(n, 52, shares=SHARES, firm={"a": {"price": price}}, customers=own, log=n < 1000, basket=FIXED,
              M=10.0, K=0.8, S=1.3, sigma=sigma), seed
    )  # fmt: skip


def test_at_base_prices_both_responses_are_one_market():
    """Where nothing differs from the base, tastes answer to nothing: the same purchases to the last byte."""
    books = [in_plain(market(r, 1.0, 200)).run() for r in ("utility_shift", "taste_shift")]
    same(*books)


@pytest.mark.parametrize("sigma", [0.0, 0.9])
@pytest.mark.parametrize("response", ["utility_shift", "taste_shift"])
def test_plain_and_compiled_agree(response, sigma):
    """The step with answering tastes, in Python and compiled: every number of the market to the last byte."""
    plain, compiled = (make(market(response, 0.8, 100, sigma=sigma)) for make in (in_plain, lambda one: one))
    plain.run(), compiled.run()
    assert fingerprint(plain) == fingerprint(compiled)


def test_a_better_firm_gains_at_every_rank():
    """Choices under answering tastes are those of strengths from scipy's inverse gamma, in a race of the same draws.

    Every purchase of the plain step against a market whose log strength of "a" is the exact quantile of the moved
    shape, 99.9 % of them alike: the table is off by about 1e-3.
    """
    moved, exact = in_plain(market("taste_shift", 0.8, 150)), in_plain(market("utility_shift", 1.0, 150))
    rank, shape = moved.population["taste_rank"][:, 0], 1.3 * 0.2 * math.exp(tastes.scale(1.3) * 4.0 * 0.2)
    exact.population["log_g"][:, 0] = np.log(special.gammaincinv(shape, special.expit(rank)))
    one, two = moved.run().log, exact.run().log
    assert len(one) == len(two) > 500 and (one["firm"] == two["firm"]).mean() > 0.999


@pytest.mark.parametrize("sigma", [0.0, 0.9])
@pytest.mark.parametrize("response", ["utility_shift", "taste_shift"])
def test_both_responses_have_the_same_elasticity(response, sigma):
    """3 % up and down against the closed form beta (1 - s) E S / (S + 1), six seeds: t at 1e-4 two-sided (df 5)."""
    eta = []
    for seed in range(6):
        sold = [market(response, p, 8000, seed, sigma).run().visits[:, :, 0].sum() for p in (0.97, 1.03)]
        eta.append(-math.log(sold[1] / sold[0]) / math.log(1.03 / 0.97))
    told = dirichlet.own_price_elasticity(4.0, 0.2, 1.3, sigma=sigma)
    assert abs(np.mean(eta) - told) < special.stdtrit(5, 1 - 5e-5) * np.std(eta, ddof=1) / math.sqrt(6)


# ---- some are more loyal than others ---------------------------------------------------------------------------------

NODES = (-2.856970, -1.355626, 0.0, 1.355626, 2.856970)  # as tables of Gauss-Hermite quadrature print them
WEIGHTS = (0.011257, 0.222076, 0.533333, 0.222076, 0.011257)


def loyal(n: int, sigma: float, response: str = "utility_shift"):
    """The people of a market, for whom nothing but the spread of S differs."""
    return market(response, 0.8, n, sigma=sigma).population


def test_every_customer_has_one_of_five_concentrations_for_life():
    """Strengths are scipy's inverse gamma at the customer's own uniforms and S of the own class; classes are as many as
    their weights say (a chi-square of 4 degrees below 23.5, p 1e-4) and follow one uniform of the customer in order.
    """
    people = loyal(20_000, 0.9, "taste_shift")
    place, told = people["taste_class"], 1.3 * np.exp(0.9 * np.array(NODES))
    expected = np.array(WEIGHTS) * people.n
    assert np.sum((np.bincount(place, minlength=5) - expected) ** 2 / expected) < 23.5
    assert (np.diff(place[np.argsort(people.lasting("loyalty"))]) >= 0).all()
    assert people["taste_scale"] == pytest.approx((told / (told + 1.0))[place], rel=1e-5)
    u = special.expit(people["taste_rank"][:, 1])
    for k in (1, 2, 3, 4):
        some = np.flatnonzero(place == k)[:200]
        exact = np.log(special.gammaincinv(told[k] * 0.4, u[some]))
        assert people["log_g"][some, 1] == pytest.approx(exact, abs=2e-3, rel=1e-4)


def test_the_spread_of_tastes_moves_nothing_else():
    """Rate, basket, propensity and price sensitivity stay to the byte; how loyal one is says nothing of how often one
    buys (correlation of rank and class within four errors); one more customer changes nobody.
    """
    even, spread, more = loyal(5000, 0.0), loyal(5000, 0.9, "taste_shift"), loyal(5001, 0.9, "taste_shift")
    for name in ("rate", "z", "rho", "beta", "basket_log"):
        assert (even[name] == spread[name]).all(), name
    assert (even["log_g"][spread["taste_class"] == 2] == spread["log_g"][spread["taste_class"] == 2]).all()
    assert (even["log_g"] != spread["log_g"]).any()
    assert abs(np.corrcoef(spread["z"], spread["taste_class"])[0, 1]) < 4.0 / math.sqrt(5000)
    for name in ("log_g", "taste_class", "prior"):
        assert (more[name][:5000] == spread[name]).all(), name


def test_under_contract_everybody_has_one_concentration():
    """Strengths are solved for one S there: a spread is refused by name."""
    with pytest.raises(ConfigError, match=r"market\.sigma.*0\.5"):
        compose(["market=telecom", "market.sigma=0.5"])


def test_moved_tastes_of_the_loyal_are_those_of_their_own_shape():
    """Choices where the most and the least loyal answer to a price of 0.8, against strengths from scipy's inverse gamma
    at the moved shape of each class: 99.9 % of purchases alike.
    """
    moved, exact = (in_plain(market(r, p, 150, sigma=0.9)) for r, p in (("taste_shift", 0.8), ("utility_shift", 1.0)))
    rank, place = moved.population["taste_rank"][:, 0], moved.population["taste_class"]
    S = 1.3 * np.exp(0.9 * np.array(NODES))[place]
    exact.population["log_g"][:, 0] = np.log(
        special.gammaincinv(S * 0.2 * np.exp(S / (S + 1.0) * 4.0 * 0.2), special.expit(rank)) + 1e-300
    )
    one, two = moved.run().log, exact.run().log
    assert len(one) == len(two) > 500 and (one["firm"] == two["firm"]).mean() > 0.999


def excess(response: str) -> tuple[float, float, float]:
    """Share of requirements of "a" beyond the Dirichlet's at the panel's own S and shares, its error over seeds, S."""
    found, shapes = [], []
    for seed in range(6):
        book = market(response, 0.75, 8000, seed).run()
        brands, S = panels.brand_figures(book.visits, book.firms), panels.taste_shape(book.visits.sum(axis=0))
        law = patterns.Market(10.0, 0.8, 1.0, S, brands.share.to_dict()).brands()
        found.append(brands.scr["a"] - law.scr["a"])
        shapes.append(S)
    return float(np.mean(found)), float(np.std(found, ddof=1) / math.sqrt(6)), float(np.mean(shapes))


def test_growth_by_utility_alone_looks_like_excess_loyalty_and_by_taste_does_not():
    """A price cut of a quarter: share .2 -> .3. By utility a share of requirements 2 points or more beyond the
    Dirichlet's, though nobody is loyal to anything but a price; by taste none: t at 1e-4 (df 5), and S and the share
    are those of the moved shapes, S + a (e^d - 1) and a e^d over it, d = scale beta 0.25.
    """
    by_utility, error, _ = excess("utility_shift")
    assert by_utility - Z * error > 0.02
    by_taste, error, S = excess("taste_shift")
    assert abs(by_taste) < special.stdtrit(5, 1 - 5e-5) * error and error < 0.002
    a, d = 1.3 * 0.2, tastes.scale(1.3)
    assert pytest.approx(1.3 + a * math.expm1(d), rel=0.02) == S
    sold = market("taste_shift", 0.75, 40_000).run().visits.sum(axis=(0, 1))
    share, told = sold[0] / sold.sum(), a * math.exp(d) / (1.3 + a * math.expm1(d))
    # share of purchases: variance of one customer's p, weighed by counts with E n^2 / (E n)^2 = 1 + 1/M + 1/K
    error = math.sqrt(told * (1 - told) * (1 / 10.0 + (1 + 1 / 0.8) / (1 + S)) / 40_000)
    assert abs(share - told) < Z * error
