"""Consumer surplus: closed forms of the log-sum, the area below demand, and what a run tells of it."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from scipy.integrate import quad

from loyaltysim.behaviour import outside
from loyaltysim.behaviour.outside import Outside, worth_of_more
from loyaltysim.market.model import Market
from loyaltysim.measures.surplus import surplus
from loyaltysim.measures.twins import Worlds
from loyaltysim.studies.single import run
from tests.measures.small_books import scenario, worlds
from tests.scenarios import FIXED, SHARES, Z, in_plain, same, world

ALIKE = {"S": 1e6, "basket": FIXED}  # everybody has the tastes of the mean, everybody pays 10
CUT = {"a": {"price": 0.9}}


def test_nothing_changed_is_worth_nothing():
    """Base offers and no behaviour: each choice is worth what it was, up to rounding, whatever the tastes."""
    book = in_plain(Market(world(60, 8), 3)).run()
    assert book.weekly.visits.sum() > 300
    assert np.abs(book.people.surplus).max() < 1e-10


@pytest.mark.parametrize("beta", [1.0, 6.0])
def test_a_price_cut_is_worth_the_change_of_the_log_sum(beta):
    """10 % off at a firm of share P: spending / beta x ln(1 - P + P exp(.1 beta)) a purchase (Small & Rosen 1981).

    Tastes at S = 1e6 are within a thousandth of the shares (1 / sqrt(S P)), so the sum is to 2e-3.
    """
    book = in_plain(Market(world(80, 10, firm=CUT, customers={"price_sensitivity": beta}, **ALIKE), 1)).run()
    bought = 10.0 * book.weekly.visits.sum()
    share = SHARES["a"]
    closed = bought / beta * math.log(1.0 - share + share * math.exp(0.1 * beta))
    assert book.people.surplus.sum() == pytest.approx(closed, rel=2e-3)


def test_own_tastes_give_everybody_an_own_change():
    """With tastes: ln(1 - p + p exp(.1 beta)) at the customer's own p, purchase by purchase, to the last digits."""
    market = in_plain(Market(world(60, 10, firm=CUT, customers={"price_sensitivity": 3.0}, basket=FIXED), 2))
    own = market.population["prior"][:, 0].copy()
    book = market.run()
    count = np.bincount(book.log.customer, minlength=60)
    closed = 10.0 / 3.0 * count * np.log1p(own * math.expm1(0.3))
    assert np.allclose(book.people.surplus, closed, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("kind", "expansion"), [("elastic", 0.6), ("logit", 0.6), ("logit", 1.0), ("elastic", 0.0)])
@pytest.mark.parametrize("appeal", [-1.2, 0.0, 0.7])
def test_the_worth_of_purchases_that_a_better_offer_brings(kind, expansion, appeal):
    """The area below demand from 0 to A by quadrature, over the purchases at A, is A and what the rule adds."""
    me = type("Me", (), {"pace": 1.0, "appeal": appeal})()
    terms = Outside(kind=kind, expansion=expansion)

    def demand(a: float) -> float:
        here = type("Me", (), {"pace": 1.0, "appeal": a})()
        outside.category_rate(here, terms)
        return here.pace

    area = quad(demand, 0.0, appeal)[0] / demand(appeal)
    assert appeal + worth_of_more(me, terms) == pytest.approx(area, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("kind", ["elastic", "logit"])
def test_with_an_outside_option_it_is_the_area_below_demand(kind):
    """Expected: M x 10 x the integral of demand over 0..A / beta a customer; purchases of a customer-year are Poisson
    given its rate, so the sum over n customers has the standard error sd(purchases) x area per purchase / sqrt(n).
    """
    behaviour, beta, share = {"outside": {"kind": kind, "expansion": 0.5}}, 4.0, SHARES["a"]
    n, weeks = 900, 8
    book = in_plain(Market(world(n, weeks, firm=CUT, behaviour=behaviour, **ALIKE), 4)).run()
    a = math.log(1.0 - share + share * math.exp(0.1 * beta))
    area = math.expm1(0.5 * a) / 0.5 if kind == "elastic" else math.log(0.5 * math.exp(a) + 0.5) / 0.5
    mean = 60.0 * weeks / 52.0
    rise = math.exp(0.5 * a) if kind == "elastic" else 1.0 / (0.5 + 0.5 * math.exp(-a))
    lively = math.sqrt(mean * rise + (mean * rise) ** 2 / 1.5)  # NBD of shape K = 1.5
    error = 10.0 / beta * area / rise * lively / math.sqrt(n)
    assert abs(book.people.surplus.mean() - 10.0 / beta * area * mean) < Z * error


def test_money_that_moves_nobody_measures_nothing():
    """Price sensitivity 0: a choice has no worth in money."""
    book = in_plain(Market(world(20, 4, firm=CUT, customers={"price_sensitivity": 0.0}), 1)).run()
    assert (book.people.surplus == 0.0).all()


def test_it_changes_nothing_else():
    """Switched off it leaves no column, and every other table as it was, byte for byte."""
    asked = world(40, 8, firm=CUT)
    with_it, without = (
        in_plain(Market(dataclasses.replace(asked, record=dataclasses.replace(asked.record, surplus=on)), 5)).run()
        for on in (True, False)
    )
    assert "surplus" in with_it.people and "surplus" not in without.people
    with_it.people = with_it.people.drop(columns="surplus")
    same(with_it, without)


def told(new: list[float], old: list[float]) -> Worlds:
    """The small market with these surpluses in its two worlds."""
    w = worlds()
    with_it, without = (
        dataclasses.replace(book, people=book.people.assign(surplus=values))
        for book, values in ((w.with_it, new), (w.without, old))
    )
    return dataclasses.replace(w, with_it=with_it, without=without)


@pytest.mark.by_hand("surplus_per_customer", "{}_surplus", "industry_profit_per_customer")
def test_who_gets_the_money_by_hand():
    """Five of six people came, one year: changes 5, 1, 0, 2, -3, and 99 of somebody who never did. Emotional (rho of at
    least .5) are customers 0 and 2; heavy before the launch is customer 0. a earns 29 and 25; b 20 and 25 of profit.
    """
    found = surplus(scenario(), told([6.0, 2.0, 3.0, 2.0, 0.0, 99.0], [1.0, 1.0, 3.0, 0.0, 3.0, 0.0]))
    assert found["surplus_per_customer"] == pytest.approx(1.0)
    assert found["emotional_surplus"] == pytest.approx(2.5)
    assert found["transactional_surplus"] == pytest.approx(0.0)
    assert found["heavy_surplus"] == pytest.approx(5.0)
    assert found["industry_profit_per_customer"] == pytest.approx(((29 - 25) + (20 - 25)) / 5)


def test_worlds_without_it_tell_nothing():
    """Contracts, and runs that do not record it, have no such numbers."""
    assert surplus(scenario(), worlds()) == {}


def test_a_run_tells_it():
    """Summary, customers' table: what customers gain, and from which start."""
    words = ["scenario=grocery_points", "customers.n=300", "weeks=60", "seeds=2", "vary=[]", "worlds=none"]
    records = run(words)
    table = records.customers
    change = (table.surplus - table.surplus_without).mean() / (60 - records.summary["launch_week"]["value"]) * 52.0
    assert {"surplus_per_customer", "light_surplus", "industry_profit_per_customer"} <= set(records.summary)
    assert records.summary["surplus_per_customer"]["unit"] == "money per customer and year"
    assert change == pytest.approx(change) and change != 0.0
