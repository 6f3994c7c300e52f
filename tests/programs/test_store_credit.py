"""Refunds in credit at the firm: held, used, and worth what people take it for."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from loyaltysim.configure.compose import compose
from loyaltysim.market.model import Market
from loyaltysim.programs.returns import Returns, brought_back, credit_pays, credit_pulls
from loyaltysim.scenario.reader import ConfigError
from tests.scenarios import FIXED, in_plain, offered, totals, world

pytestmark = pytest.mark.interpreter


def returning(back, weeks=26):
    """Every visit fails, a half of purchases of 10.00 are brought back to firm "a"; nothing is felt of it."""
    own = {"experience": {"failure": 1.0, "premium": 0.0}}
    return world(80, weeks, program={"returns": {"request": 0.5, **back}}, behaviour=own, basket=FIXED)


def test_credit_is_given_and_pays_for_what_comes():
    """10.00 back as credit; it pays 4.00 of one purchase, 6.00 of the next, and no more. As money nothing is held."""
    experience = SimpleNamespace(gain=0.3)
    for refund, held in (("credit", 1000), ("money", 0)):
        here, now = SimpleNamespace(store_credit=0, sat=0.0, harm=0.0), SimpleNamespace(failed=1, spend=1000)
        for name in ("returns", "returned", "refunds", "credit_issued", "credit_used"):
            setattr(now, name, 0)
        terms = offered(Returns(request=1.0, refund=refund), experience=experience)
        brought_back(here, SimpleNamespace(rho=0.5), terms, now, 0.0, 0.0, 1.0)
        assert (here.store_credit, now.credit_issued, now.refunds, now.spend) == (held, held, 1000, 0)
    left, here = [], SimpleNamespace(store_credit=1000)
    for spend in (400, 1000, 1000):
        now = SimpleNamespace(spend=spend, credit_used=0)
        credit_pays(here, now)
        left.append((now.credit_used, here.store_credit))
    assert left == [(400, 600), (600, 0), (0, 0)]


def test_what_credit_in_hand_is_worth():
    """Half of `credit_pull` at as much credit as a usual purchase; for one customer or all at once."""
    terms, me = offered(Returns(refund="credit", credit_pull=0.2)), SimpleNamespace(spending=10.0)
    assert credit_pulls(SimpleNamespace(store_credit=1000), me, terms) == pytest.approx(0.1)
    many = credit_pulls(SimpleNamespace(store_credit=np.array([0, 1000, 3000])), me, terms)
    assert many == pytest.approx([0.0, 0.1, 0.15])


def test_credit_that_pulls_nobody_is_a_refund_in_money():
    """Every purchase, and every cent of profit: the cash that is kept is owed."""
    money, credit = (in_plain(Market(returning({"refund": how}), 2)).run() for how in ("money", "credit"))
    assert money.log.equals(credit.log)
    one, two = totals(money).loc["a"], totals(credit).loc["a"]
    assert one.profit == two.profit and one.credit_issued == 0
    assert two.credit_issued == two.refunds > two.credit_used > 0


@pytest.mark.parametrize("pull, sign", [(0.4, 1), (-0.4, -1)])
def test_credit_locks_in_by_a_signed_key(pull, sign):
    """S4-61, against the refund in money: purchases from the firm rise, or fall where credit is a nuisance."""
    money = totals(in_plain(Market(returning({"refund": "money"}), 2)).run()).loc["a"]
    credit = totals(in_plain(Market(returning({"refund": "credit", "credit_pull": pull}), 2)).run()).loc["a"]
    assert np.sign(credit.visits - money.visits) == sign and abs(credit.visits - money.visits) > money.visits**0.5


def test_only_credit_pulls():
    """A pull of credit where refunds are money is refused."""
    with pytest.raises(ConfigError, match="pulls nobody where refunds are money; set refund=credit"):
        compose(["program=store_credit", "program.returns.refund=money", "program.returns.credit_pull=0.1"])


def test_a_warranty_makes_good_what_fails_at_a_cost():
    """The row of configuration: every complaint is answered, each visit and each repair is paid for."""
    own = ["program=warranty", "customers.n=80", "weeks=20", "worlds=none", "behaviour.experience.failure=0.3"]
    scenario = compose(own)
    t = totals(in_plain(Market(scenario, 1)).run()).loc[scenario.focal_id]
    assert t.complaints == t.recoveries > 0 and t.recovery == 300 * t.recoveries and t.touchpoints == 5 * t.served
