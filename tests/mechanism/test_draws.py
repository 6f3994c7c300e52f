"""Keyed draws: known answers, the battery and the weak generators that it must catch, counts, the choice race."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from loyaltysim.market.model import Market
from loyaltysim.mechanism import draws
from tests.battery import ALPHA, battery
from tests.scenarios import Z, world

FIRST, LAST = 0.5 * 2.0**-52, 1.0 - 0.5 * 2.0**-52


def under(key, *path):
    """The key at the end of a path of children."""
    with np.errstate(over="ignore"):
        for x in path:
            key = draws.child(key, x)
    return key


# ---- known answers -------------------------------------------------------------------------------------------------


def test_children_are_the_published_outputs_of_splitmix64():
    """Oracle: the first five outputs of splitmix64 seeded with 1234567, as published with its reference code.

    Steele, Lea & Flood 2014, OOPSLA; exact.
    """
    known = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821]
    with np.errstate(over="ignore"):
        assert [int(draws.child(np.uint64(1234567), np.uint64(k))) for k in range(5)] == known
        assert draws.child(np.uint64(1234567), np.arange(5, dtype=np.uint64)).tolist() == known


def test_mix_equals_arithmetic_on_whole_numbers():
    """Oracle: the same three lines in Python's unbounded integers, reduced modulo 2^64 by hand; exact."""
    full = (1 << 64) - 1

    def by_hand(z: int) -> int:
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & full
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & full
        return z ^ (z >> 31)

    for z in (0, 1, 1 << 63, full, 0x0123456789ABCDEF):
        with np.errstate(over="ignore"):
            assert int(draws.mix(np.uint64(z))) == by_hand(z)


def test_uniforms_stay_inside_the_open_interval():
    """log(u) and log(1 - u) are finite at both ends: the extreme keys give 2^-53 and 1 - 2^-53, exactly."""
    assert draws.unit(np.uint64(0)) == FIRST > 0.0
    assert draws.unit(np.uint64(2**64 - 1)) == LAST < 1.0
    assert math.isfinite(math.log(FIRST)) and math.isfinite(math.log1p(-LAST))


def test_draw_is_the_address_that_the_docstring_says():
    """The path root, customer, week, occasion, purpose, item, written out; exact."""
    key = under(draws.root(7), np.uint64(3), np.uint64(11), draws.OCCASION + np.uint64(2))
    by_hand = draws.unit(under(key, draws.PURPOSE + np.uint64(2), draws.item_key("a")))
    assert draws.draw(7, 3, 11, "choice", 2, "a") == by_hand
    weekly = draws.unit(under(draws.root(7), np.uint64(3), np.uint64(11), draws.PURPOSE + np.uint64(1)))
    assert draws.draw(7, 3, 11, "count") == weekly
    assert draws.lasting(draws.customer_keys(7, np.array([3])), "taste", "a")[0] == draws.unit(
        under(draws.root(7), np.uint64(3), draws.PURPOSE + np.uint64(7), draws.item_key("a"))
    )


def test_address_spaces_do_not_overlap():
    """Below one parent, weeks, occasions and purposes are different children: 5,200 weeks < 2^20, 4,000 occasions <
    2^40.
    """
    assert draws.OCCASION > 5200 and int(draws.OCCASION) + draws.MOST < draws.PURPOSE
    assert len(set(draws.PURPOSES.values())) == len(draws.PURPOSES)
    assert all(0 < number < draws.OCCASION for number in draws.PURPOSES.values())


def test_purposes_keep_their_numbers():
    """A purpose that changes its number changes every published result: the list may only grow."""
    first = "count choice basket_size basket_angle rate drift taste propensity_group propensity sensitivity"
    first += " spending awareness arrival dropout lifetime dropout_rate notice join recognition quality quality_angle"
    assert {name: draws.PURPOSES[name] for name in first.split()} == {n: k for k, n in enumerate(first.split(), 1)}


# ---- the battery ---------------------------------------------------------------------------------------------------


def ours(customer, week, purpose, occasion, item):
    """The package's own addressing, by its own functions."""
    key = draws.child(draws.child(draws.child(draws.root(20), customer), week), draws.OCCASION + occasion)
    return draws.child(draws.child(key, draws.PURPOSE + purpose), item)


def xor_without_mixing(customer, week, purpose, occasion, item):
    """Coordinates times odd constants, combined by exclusive or, never scrambled."""
    key = np.uint64(20)
    for k, x in enumerate((customer, week, purpose, occasion, item)):
        key = key ^ (draws.GOLDEN * np.uint64(2 * k + 1) * (x + draws.ONE))
    return key


def linear_address(customer, week, purpose, occasion, item):
    """A sum of the coordinates, scrambled once: (customer + 1, week) is (customer, week + 1)."""
    return draws.mix(np.uint64(20) + draws.GOLDEN * (customer + week + purpose + occasion + item))


def without(name):
    """Our addressing with one coordinate forgotten."""

    def draw(**address):
        return ours(**{**address, name: address[name] * np.uint64(0)})

    return lambda customer, week, purpose, occasion, item: draw(
        customer=customer, week=week, purpose=purpose, occasion=occasion, item=item
    )


def half_mixed(customer, week, purpose, occasion, item):
    """One multiplication for each coordinate instead of the two of splitmix64."""
    key = np.uint64(20)
    for x in (customer, week, purpose, occasion, item):
        key = key + draws.GOLDEN * (x + draws.ONE)
        key = (key ^ (key >> np.uint64(30))) * draws.MULTIPLY_1
    return key


@pytest.mark.parametrize("seed_shift", [0, 1], ids=["seed 20", "seed 21"])
def test_draws_of_neighbouring_addresses_are_uniform_and_independent(seed_shift, monkeypatch):
    """Chi-square, serial pairs, correlation, avalanche and birthdays over 160,000 addresses; each p-value above
    1e-5.
    """
    monkeypatch.setattr(draws, "root", lambda seed, real=draws.root: real(seed + seed_shift))
    found = battery(ours)
    assert len(found) > 60
    assert {name: p for name, p in found.items() if p < ALPHA} == {}


@pytest.mark.parametrize(
    "weak",
    [
        xor_without_mixing,
        linear_address,
        half_mixed,
        *(without(x) for x in ("customer", "week", "purpose", "occasion", "item")),
    ],
    ids=["xor", "linear", "half mixed", "no customer", "no week", "no purpose", "no occasion", "no item"],
)
def test_the_battery_catches_weak_generators(weak):
    """The same tests refuse generators with a known flaw: at least one p-value below 1e-5."""
    assert min(battery(weak).values()) < ALPHA


def test_a_normal_number_is_the_quantile_of_one_uniform():
    """Oracle: scipy.special.ndtri, relative error 1.2e-9 (Acklam's own bound 1.15e-9); monotone over both joints."""
    far = 2.0 ** -np.arange(1.0, 53.0)
    u = np.concatenate([draws.lasting(draws.customer_keys(5, np.arange(20_000)), "basket_size"), far, 1.0 - far])
    x = np.array([draws.normal(a) for a in u])
    np.testing.assert_allclose(x, special.ndtri(u), rtol=1.2e-9, atol=1e-15)
    for joint in (0.02425, 1.0 - 0.02425):
        near = [draws.normal(a) for a in joint + np.linspace(-1e-6, 1e-6, 201)]
        assert near == sorted(near)


# ---- counts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [1e-9, 0.01, 0.3, 1.0, 4.7, 20.0, 150.0, 700.0])
def test_count_is_the_poisson_quantile(rate):
    """Oracle: scipy.stats.poisson.ppf, exact wherever u is not within 1e-11 of a step of the distribution."""
    u = draws.lasting(draws.customer_keys(3, np.arange(4000)), "count")
    steps = stats.poisson.cdf(np.arange(0, int(rate + 60 * math.sqrt(rate) + 60)), rate)
    clear = np.array([np.abs(steps - x).min() > 1e-11 for x in u])
    expected = stats.poisson.ppf(u, rate)
    counted = np.array([draws.count(x, rate, math.exp(-rate)) for x in u])
    assert clear.mean() > 0.99
    assert np.array_equal(counted[clear], expected[clear])


@given(st.floats(FIRST, LAST), st.floats(0.0, 200.0), st.floats(0.0, 5.0))
def test_count_never_falls_when_the_rate_rises(u, rate, more):
    """The same uniform at a higher rate never means fewer purchases; exact away from the last bits of the tail."""
    u = min(u, 1.0 - 1e-12)
    higher = rate + more
    assert draws.count(u, rate, math.exp(-rate)) <= draws.count(u, higher, math.exp(-higher))


@pytest.mark.parametrize("rate", [0.0, 1e-300, 0.5, 30.0, 800.0, 1e5])
@pytest.mark.parametrize("u", [FIRST, 0.5, LAST])
def test_count_ends_at_the_extremes(u, rate):
    """Even the largest uniform and a rate whose exp underflows end the search, at a number no larger than `MOST`."""
    n = draws.count(u, rate, math.exp(-rate))
    assert 0 <= n <= draws.MOST
    assert rate > 0.0 or n == 0
    assert u < 1.0 - 1e-9 or rate < 1.0 or n >= min(rate, draws.MOST)


# ---- the race ------------------------------------------------------------------------------------------------------


def race(world_terms, seed=1):
    """One run and the probability of each firm for each customer, by the soft-max of the utilities at these prices."""
    market = Market(world_terms, seed)
    firms = market.terms.firms.values()
    gap = np.array([(f.base_price if f.price is None else f.price) - f.base_price for f in firms])
    v = market.population["log_g"] - market.population["beta"][:, None] * gap
    p = np.exp(v - v.max(axis=1, keepdims=True))
    return market.run(), p / p.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("S", [0.4, 1.3, 1e6])
def test_choices_follow_the_soft_max(S):
    """Oracle: given their utilities, customers choose firm j with probability softmax_j, independently each time.

    z = (visits - sum n_i P_ij) / sqrt(sum n_i P_ij (1 - P_ij)), each |z| below 4.42 (1e-5).
    """
    terms = world(4000, 26, S=S, firm={"a": {"price": 1.1}, "c": {"price": 0.9}})
    book, p = race(terms)
    visits = book.visits.sum(axis=0)
    n = visits.sum(axis=1, keepdims=True)
    z = (visits - n * p).sum(axis=0) / np.sqrt((n * p * (1 - p)).sum(axis=0))
    assert np.abs(z).max() < Z


def test_a_better_firm_moves_no_choice_between_the_others():
    """Oracle: the coupling of an exponential race. Making "a" cheaper only moves purchases to "a"; exact, each
    purchase.
    """
    dear, cheap = (Market(world(1000, 26, firm={"a": {"price": price}}), 1).run().log for price in (1.0, 0.85))
    address = ["customer", "week", "occasion"]
    assert np.array_equal(dear[address], cheap[address])
    moved = dear["firm"] != cheap["firm"]
    assert 0.01 < moved.mean() < 0.5
    assert (cheap["firm"][moved] == 0).all()


def test_occasions_and_weeks_draw_their_own_luck():
    """With equal tastes every purchase is a fresh draw: chi-square of successive choices of one customer, 1e-5.

    Kills a key that lacks the week or the occasion: the choices of a customer would then repeat.
    """
    log = Market(world(3000, 26, S=1e6), 1).run().log
    again = log["customer"].to_numpy()[1:] == log["customer"].to_numpy()[:-1]  # same week, next occasion
    log = log.sort_values(["customer", "week", "occasion"], kind="stable")
    firm, who = log["firm"].to_numpy(), log["customer"].to_numpy()
    follows = who[1:] == who[:-1]
    table = np.zeros((4, 4))
    np.add.at(table, (firm[:-1][follows], firm[1:][follows]), 1)
    assert again.sum() > 1000
    assert stats.chi2_contingency(table).pvalue > ALPHA


def test_the_number_of_purchases_draws_its_own_luck_each_week():
    """Within a customer weekly counts are independent: the variance of yearly counts is the negative binomial's.

    A key without the week would multiply the Poisson part by 52. z of the dispersion sum (x - r)^2 - x over customers.
    """
    market = Market(world(4000, 52), 3)
    rate = 52.0 * market.population["rate"]
    x = market.run().visits.sum(axis=(0, 2))
    pearson = (x - rate) ** 2 - rate
    se = math.sqrt(np.sum(rate + 2.0 * rate**2))  # var of (x - r)^2 for Poisson: r + 2 r^2
    assert abs(pearson.sum()) / se < Z
