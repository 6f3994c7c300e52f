"""Owners and advisers: dividends by hand and against the books, equal-value cash beside, what a suggestion brings."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from loyaltysim.configure.compose import compose
from loyaltysim.market.model import Market
from loyaltysim.mechanism.declare import Scene
from loyaltysim.programs import advice, ownership
from loyaltysim.programs.advice import Advice
from loyaltysim.programs.ownership import Ownership
from tests.scenarios import FIXED, in_plain, offered, same, totals, world

pytestmark = pytest.mark.interpreter

TWO = {"a": 0.5, "b": 0.5}
ALL = {"join": "everyone"}
LOSSLESS = SimpleNamespace(loss=1.0, floor=0.0)


def me(**more):
    """A customer whose links are all 1."""
    return SimpleNamespace(**{"propensity": 0.0, "link_reward": 1.0, "link_join": 1.0, "link_recept": 1.0, **more})


# ---- ownership -----------------------------------------------------------------------------------------------------


def dividend(spent, per, **own):
    """(left, dividends, roles) of an owner who spent so many cents, at a dividend per cent (or owner)."""
    here = SimpleNamespace(bought_as_owner=spent)
    now = SimpleNamespace(dividends=0, owners_paid=0, was_paid=0)
    ownership.paid_dividend(here, offered(Ownership(**own), dividend_per=per), now)
    return here.bought_as_owner, now.dividends, now.was_paid


def test_a_dividend_is_by_spending_or_in_equal_parts():
    """100.00 at 1.255 % is 1.25, rounded down; in equal parts 40.9 cents are 40; without profit nothing, and anew."""
    assert dividend(10_000, 0.01255) == (0, 125, 1)
    assert dividend(10_000, 40.9, by="equal") == (0, 40, 1)
    assert dividend(10_000, 0.0) == (0, 0, 0)
    due = offered(Ownership(), quarter_ends=1.0)
    assert ownership.dividend_is_due(SimpleNamespace(bought_as_owner=1), due)
    assert not ownership.dividend_is_due(SimpleNamespace(bought_as_owner=0), due)
    assert not ownership.dividend_is_due(SimpleNamespace(bought_as_owner=1), offered(Ownership(), quarter_ends=0.0))


def test_what_owners_spend_counts_and_pulls():
    """Of members only; a known rate of 1 % and a premium of 2 % are 3 % of the price."""
    own = offered(Ownership(premium=0.02), dividend_rate=0.01)
    here = SimpleNamespace(joined=0, misjudged=0.0, picked=0, bought_as_owner=5)
    assert ownership.owner_pull(here, me(), own) == pytest.approx(0.03)
    ownership.bought_as_owner(here, me(), own, SimpleNamespace(spend=1000))
    assert here.bought_as_owner == 1005
    outside = SimpleNamespace(joined=-1, misjudged=0.0, picked=0, bought_as_owner=5)
    ownership.bought_as_owner(outside, me(), own, SimpleNamespace(spend=1000))
    assert outside.bought_as_owner == 5 and ownership.owner_pull(outside, me(), own) == 0.0


def test_a_dividend_can_be_felt():
    """.1 of the gap from .5, where one was paid."""
    here, own = SimpleNamespace(bond=0.5), offered(Ownership(effect=0.1), bond=LOSSLESS)
    assert ownership.dividends_are_felt(own, SimpleNamespace(was_paid=1))
    assert not ownership.dividends_are_felt(own, SimpleNamespace(was_paid=0))
    ownership.dividend_felt(here, me(), own, SimpleNamespace(was_paid=1))
    assert here.bond == pytest.approx(0.55)


def owned(n=80, weeks=40, own=None, **more):
    """Firm "a" of two belongs to its customers; everybody a member, a purchase is always 10.00."""
    program = {"ownership": {"payout": 0.25, **(own or {})}, "membership": ALL}
    return world(n, weeks, program=program, shares=TWO, basket=FIXED, **more)


@pytest.mark.parametrize("by", ["spend", "equal"])
def test_dividends_are_a_share_of_the_profit_of_the_quarter(by):
    """Weeks 13, 26, 39: a quarter of the profit of the 13 weeks before, less at most a cent an owner; in the books as
    they are paid, and no week else. Nobody owns a firm that makes a loss.
    """
    book = in_plain(Market(owned(own={"by": by}), 1)).run()
    weekly = book.weekly[book.weekly.firm == "a"].set_index("week")
    for week in (13, 26, 39):
        share = 0.25 * weekly.profit.loc[week - 13 : week - 1].sum()
        assert 0.0 <= share - weekly.dividends[week] <= weekly.owners_paid[week] and share > 1000.0
    assert weekly.dividends.sum() == weekly.dividends[[13, 26, 39]].sum() == weekly.reward_cost.sum()
    loss = dataclasses.replace(owned().firms["a"], unit_cost=1.2)
    scenario = dataclasses.replace(owned(), firms={**owned().firms, "a": loss})
    assert in_plain(Market(scenario, 1)).run().weekly.dividends.sum() == 0


def test_a_dividend_without_feelings_is_cash_that_comes_later():
    """By common draws: what owners expect in the second quarter is what the last dividend was, and cashback of that
    rate brings the same purchases in that quarter, one by one; with a premium more, beyond 4 standard errors.
    """
    weeks = 26
    owner = in_plain(Market(owned(150, weeks), 1))
    book = owner.run()
    rates = [around["dividend_rate"][0] for around in book.around]
    assert rates[12] == 0.0 and 0.03 < rates[13] == rates[25]
    cash = {"cashback": {"rate": 0.0, "changes": ({"week": 13, "told": "before", "rate": float(rates[13])},)}}
    paid = in_plain(Market(world(150, weeks, program={**cash, "membership": ALL}, shares=TWO, basket=FIXED), 1)).run()
    assert book.log.firm.equals(paid.log.firm) and len(book.log) == len(paid.log)
    proud = in_plain(Market(owned(150, weeks, {"premium": 0.2}), 1)).run()
    counts = [np.bincount(b.log[b.log.firm == 0].customer, minlength=150) for b in (proud, book)]
    more = counts[0] - counts[1]
    assert more.mean() > 4.0 * more.std() / np.sqrt(150)


def test_an_owner_is_told_of_a_dividend():
    """The amount, in both languages."""
    scene = Scene("en", "a", 0, Ownership(), {}, {}, 0, 0, 13, {"dividends": 250}, "EUR")
    assert ownership.tell(scene) == ["got a dividend of 2.50 EUR from a"]
    assert ownership.tell(dataclasses.replace(scene, counts={})) == []
    assert "分红" in ownership.tell(dataclasses.replace(scene, lang="zh"))[0]


# ---- advice --------------------------------------------------------------------------------------------------------


def suggestion(luck=(0.0, 0.0, 0.0), joined=0, **own):
    """(bond | suggestions, adopted, answered) after a visit from a bond of .5, which loses as easily as it gains."""
    here = SimpleNamespace(joined=joined, misjudged=0.0, picked=0, bond=0.5)
    now = SimpleNamespace(suggestions=0, suggestions_adopted=0, suggestions_answered=0)
    terms = {"suggest": 0.5, "adoption": 0.5, "feedback": 0.5, "adopted": 0.2, "answered": 0.1, "ignored": -0.2, **own}
    advice.suggests(here, me(), offered(Advice(**terms), bond=LOSSLESS), now, *luck)
    return pytest.approx(here.bond, abs=1e-15), now.suggestions, now.suggestions_adopted, now.suggestions_answered


def test_what_becomes_of_a_suggestion_by_hand():
    """Adopted and told .2 of the gap, told why not .1 of it, never heard of again .2 of the bond lost, in any case."""
    assert suggestion() == (0.6, 1, 1, 1)
    assert suggestion((0.0, 0.5, 0.0)) == (0.55, 1, 0, 1)
    assert suggestion((0.0, 0.5, 0.5)) == (0.4, 1, 0, 0)
    assert suggestion((0.0, 0.0, 0.5)) == (0.4, 1, 1, 0)
    assert suggestion((0.5, 0.0, 0.0)) == suggestion(joined=-1) == (0.5, 0, 0, 0)


def test_suggestions_cost_what_they_are():
    """Three at .50, of which one was adopted at 5.00."""
    assert advice.book({"suggestions": 3, "suggestions_adopted": 1}, Advice()) == {"touchpoints": 650}


def bonds(program, n=100, weeks=30):
    """Bonds with firm "a" at the end, and what its program cost."""
    scenario = world(n, weeks, program={**program, "membership": ALL}, shares=TWO, basket=FIXED,
                     behaviour={"bond": {"premium": 0.05}})  # fmt: skip
    market = in_plain(Market(scenario, 1))
    spent = totals(market.run()).loc["a"]
    return market.population["bond"][:, 0], spent.touchpoints + spent.reward_cost


def test_advice_builds_bonds_where_it_is_answered_and_cash_of_the_same_cost_does_not():
    """The same suggestions: told back they build bonds, ignored they take from what there is (recognition); cashback
    of the same order of cost builds none while bond.redemption is 0, whatever it is worth.
    """
    asked = {"suggest": 0.5, "ignored": -0.1}
    told, cost = bonds({"advice": {**asked, "feedback": 1.0}})
    assert told.mean() > 0.05
    warm = {"recognition": {"probability": 0.5, "effect": 0.2}}
    silent, none = (bonds({**warm, **more})[0] for more in ({"advice": {**asked, "feedback": 0.0}}, {}))
    assert silent.mean() < none.mean() - 0.02
    cash, paid = bonds({"cashback": {"rate": 0.08}})
    assert paid > 0.3 * cost and not cash.any()


def test_nobody_asked_is_no_advice():
    """Byte for byte as without."""
    behaviour = {"bond": {"premium": 0.05}}
    both = [{"advice": {"suggest": 0.0}, "membership": {}}, {"membership": {}}]
    with_it, without = (in_plain(Market(world(40, 12, program=p, behaviour=behaviour), 1)).run() for p in both)
    same(with_it, without)


def test_a_customer_is_told_of_a_suggestion():
    """Answered, or not; nothing where none was made."""

    def told(made, answered, lang="en"):
        counts = {"suggestions": made, "suggestions_answered": answered}
        return advice.tell(Scene(lang, "a", 0, Advice(), {}, {}, 1, 1000, 3, counts))

    assert told(0, 0) == [] and told(1, 1) == ["made a suggestion to a, and was answered"]
    assert told(1, 0) == ["made a suggestion to a, never answered"] and "没有下文" in told(1, 0, "zh")[0]


def test_the_shipped_programs_are_read():
    """Owners are paid a fifth; advisers are heard by a firm that bonds."""
    assert compose(["scenario=plain", "program=ownership"]).focal_firm.program["ownership"].payout == 0.2
    assert compose(["scenario=plain", "program=advisers"]).focal_firm.program["advice"].feedback == 0.8
