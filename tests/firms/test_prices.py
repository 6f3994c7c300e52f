"""Policies that set a price: their rules by hand, what an analyst is told of demand, and that prices travel."""

from __future__ import annotations

import dataclasses
import inspect

import numpy as np
import pytest

from loyaltysim.configure.compose import components
from loyaltysim.firms import policies
from loyaltysim.firms.decision import Decision, Memory, Policy
from loyaltysim.firms.policies.price_estimated import decide as estimated
from loyaltysim.firms.policies.price_nash import root
from loyaltysim.firms.pricing import sold_throughout, units
from loyaltysim.market import checkpoint
from loyaltysim.market.model import Market
from loyaltysim.present import prices as told
from loyaltysim.scenario.forms import plain as tree
from loyaltysim.scenario.read import read
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.scenario.terms import term
from loyaltysim.studies import single
from loyaltysim.theory import pricing, two_periods
from tests.firms.oracles import oracle, per_purchase, percentage
from tests.scenarios import Z, contracts, everything, fingerprint, in_plain, parts, points_world, same, terms, world

ALL = ("price_estimated", "price_markup", "price_nash", "price_undercut", "two_period")


@dataclasses.dataclass(frozen=True)
class Nosy:
    """Asks for what no firm could know."""

    price: float = term(0.9, "price index", 0.001, 1e6)


def plain(scenario, seed: int = 3, **more) -> Market:
    return in_plain(Market(scenario, seed, **more))


def stepped(market: Market, weeks: int) -> Market:
    for _ in range(weeks):
        market.step()
    return market


def path(book, firm: str) -> list[float]:
    return book.weekly[book.weekly.firm == firm].price.tolist()


def priced(n: int = 40, weeks: int = 16, **more):
    """A launch beside a best answer, and three rivals of three other kinds."""
    own = {
        "b": {"policy": parts({"price_undercut": {"low": 0.9, "menu_cost": 2.0}})},
        "c": {"policy": parts({"price_markup": {"over": "all", "markup": 0.4}}), "program": parts({"stamps": {}})},
        "d": {"policy": parts({"price_estimated": {"every": 2}})},
    }
    return points_world(n, weeks, policy={"launch": {"week": 5}, "price_nash": {}}, firm=own, **more)


# --- rules by hand ---


def test_undercutting_by_hand():
    """A tenth below the cheapest of last week, or below who is named; from week 3 every second week, within bounds."""
    rivals = {"b": {"price": 0.96}, "c": {"price": 1.04}}
    quiet = dict(firm=rivals, shares={"a": 0.4, "b": 0.3, "c": 0.3}, log=False)
    cheapest = plain(world(9, 5, policy={"price_undercut": {"by": 0.1, "start": 3, "low": 0.5}}, **quiet)).run()
    assert path(cheapest, "a") == pytest.approx([1.0, 1.0, 1.0, 0.864, 0.864])
    named = plain(world(9, 3, policy={"price_undercut": {"by": 0.1, "whom": "c", "low": 0.95}}, **quiet)).run()
    assert path(named, "a") == pytest.approx([1.0, 0.95, 0.95])
    rivals["b"]["changes"] = tuple({"week": w, "price": 0.96 - 0.02 * w} for w in range(1, 6))
    twice = plain(world(9, 6, policy={"price_undercut": {"by": 0.0, "every": 2, "low": 0.5}}, **quiet)).run()
    assert path(twice, "a") == pytest.approx([1.0, 1.0, 0.94, 0.94, 0.9, 0.9])


def test_a_change_costs_its_menu_and_a_small_one_is_not_made():
    """One change of price in five weeks, 3.00 a firm once; at `least` = 10 % the price stays and nothing is paid."""
    for least, changes in ((1e-4, 1), (0.1, 0)):
        policy = {"price_undercut": {"by": 0.05, "menu_cost": 3.0, "least": least}}
        own = plain(world(9, 5, policy=policy, log=False)).run().weekly.query("firm == 'a'")
        assert own.fixed_cost.tolist() == [0, 300 * changes, 0, 0, 0]


def test_a_markup_by_hand():
    """1.3 times .7 at once; over all costs, once a stamp of a tenth of the basket at half its cost has been booked,
    1.3 (.7 + .05) at every price, since a stamp costs what it costs.
    """
    given = dict(shares={"a": 0.5, "b": 0.5}, log=False)
    goods = plain(world(9, 3, policy={"price_markup": {"markup": 0.3}}, **given)).run()
    assert path(goods, "a") == pytest.approx([0.91] * 3)
    both = {"price_markup": {"markup": 0.3, "over": "all"}}
    made = oracle(3.0, 0.7, weeks=4, programs=[per_purchase(0.1, 0.5)], policy=both)
    assert path(plain(made).run(), "a") == pytest.approx([0.91] + [1.3 * 0.75] * 3, abs=1e-6)
    assert path(plain(made).run(), "b") == pytest.approx([0.91] * 4, abs=1e-12)


def test_an_experiment_by_hand():
    """A cut from 1 to .9 sold 12 instead of 10: the elasticity is log 1.2 / -log .9 = 1.73; at a margin of .5 profit
    rises with the price (up to .918), at .8 it falls (down to .882). The first trial goes as the draw says.
    """
    market = plain(world(9, 4, log=False))
    seen = market.seen(market.firms["a"])
    keys = terms("price_estimated", every=1, low=0.5, step=0.02)

    def after(margin: float, luck: float = 0.3, **past) -> Decision:
        books = {"revenue": (10, 1080), "cost_of_goods": (0, round(1080 * (1 - margin))), "reward_cost": (0, 0)}
        books |= {"liability_change": (0, 0)}
        shown = [{"a": dataclasses.replace(seen.own, price=p)} for p in (1.0, 0.9)]
        memory = Memory({"price": 0.0, "sold": 0.0, "bent": 0.0, "spread": 0.0, **past})
        now = dataclasses.replace(seen, week=2, own=shown[1]["a"], _past=shown, _ledger=lambda: books, memory=memory)
        return estimated(keys, now, lambda purpose: luck)

    known = {"price": 1.0, "sold": 1000.0}
    assert after(0.5, **known).price == pytest.approx(0.918) and after(0.8, **known).price == pytest.approx(0.882)
    found = after(0.5, **known).memory
    assert -found["bent"] / found["spread"] == pytest.approx(np.log(1.2) / -np.log(0.9))
    assert found["sold"] == pytest.approx(1200.0) and found["price"] == 0.9
    old = after(0.5, **known, bent=-1.0, spread=0.25).memory
    assert old["spread"] == pytest.approx(0.2 + found["spread"])
    assert after(0.5, 0.3).price == pytest.approx(0.918) and after(0.5, 0.7).price == pytest.approx(0.882)


def test_who_was_not_there_sold_nothing_and_learned_nothing():
    """A firm that comes in week 5 and tries prices every 2 weeks: until then, and for the 2 weeks of a trial, it asks
    what it asked; the first trial is in week 8. What it sold in the 4 weeks before week 7 it sold in the last 2.
    """
    own = {"entrant": {"week": 5}, "price_estimated": {"every": 2, "step": 0.05}}
    market = stepped(plain(world(60, 12, firm={"b": {"policy": parts(own)}})), 7)
    seen = market.seen(market.firms["b"])
    sold = sum(seen.books["revenue"][5:7])
    assert sold > 0 and units(seen, 4) == pytest.approx(sold) and units(seen, 2) == units(seen, 4)
    assert sold_throughout(seen, 2) and not sold_throughout(seen, 3) and not sold_throughout(seen, 8)
    prices = path(stepped(market, 5).book(), "b")
    assert prices[:8] == [1.0] * 8 and abs(prices[8] - 1.0) == pytest.approx(0.05)


@pytest.mark.parametrize(("beta", "towards"), [(1.5, 1.2), (12.0, 0.8)])
def test_experiments_find_where_profit_lies(beta, towards):
    """Customers who hardly mind the price: up to the bound; who mind it much: down to the other, from the own books."""
    policy = {"price_estimated": {"every": 1, "step": 0.04}}
    book = plain(oracle(beta, 0.5, weeks=30, policy=policy)).run()
    late = np.mean([path(book, firm)[20:] for firm in "ab"])
    assert abs(late - towards) < 0.06


# --- expected demand ---


@pytest.mark.parametrize("more", [{}, {"outside": {"kind": "logit", "expansion": 0.3}}])
def test_expected_demand_is_what_is_sold(more):
    """Demand beside a program of 8 % for everybody at a price of .9 that nobody has asked yet: what 600 customers buy
    in the first week of a market with that price is within four standard errors of it, firm by firm.
    """
    usual, cheap = (
        world(
            600, 1, program=percentage(0.08, 1.0), firm={"b": {"price": price}}, behaviour=more, M=200.0, log=False,
            basket=dataclasses.replace(oracle(1.0, 0.5).market.basket, mean=10.0),
        )
        for price in (1.0, 0.9)
    )  # fmt: skip
    market = plain(usual)
    known = market.seen(market.firms["a"]).demand({"b": 0.9})
    sold = plain(cheap).run().weekly.set_index("firm").visits
    expected = np.array([known[name] for name in sold.index]) / 1000.0
    assert (np.abs(sold.to_numpy() - expected) < Z * np.sqrt(expected)).all()
    bare = market.seen(market.firms["a"]).demand({}, program=False)
    assert known["b"] > 1.05 * bare["b"] and known["c"] < bare["c"]


def test_a_percentage_is_a_share_of_what_is_paid():
    """At any price p, r of it back at full worth is a price of p (1 - r), to the last digits; money per purchase b is a
    price of p - b; with an outside option too.
    """
    for s0 in (0.0, 0.2):
        for price in (1.0, 1.3):
            share, money, none = (
                Market(oracle(3.0, 0.4, programs=[program], s0=s0, weeks=1), 1)
                for program in (percentage(0.1, 1.0), per_purchase(0.1, 1.0), {})
            )
            demand = [in_plain(m).seen(m.firms["a"]).demand for m in (share, money, none)]
            assert demand[0]({"a": price})["a"] == pytest.approx(demand[2]({"a": 0.9 * price})["a"], rel=1e-12)
            assert demand[1]({"a": price})["a"] == pytest.approx(demand[2]({"a": price - 0.1})["a"], rel=1e-12)


def test_asking_changes_nothing():
    """Everything at work, week 9: asked twice it says the same, and the market goes on as if nobody had asked."""
    asked, other = (stepped(plain(everything(40, 14)), 9) for _ in range(2))
    seen = asked.seen(asked.firms["a"])
    assert seen.demand({"a": 1.1}) == seen.demand({"a": 1.1}) != seen.demand({"a": 1.2})
    assert fingerprint(stepped(asked, 5)) == fingerprint(stepped(other, 5))


def test_asking_week_by_week_leaves_what_is_put_off_and_at_home():
    """Everybody waits for a promotion and stockpiles in it: what is kept count of with the purchase rate stays, too."""
    program = {"promotion": {"first": 5, "every": 5, "waiting": 0.8, "stockpile": 1.0}}
    asked, other = (plain(world(40, 14, program=program)) for _ in range(2))
    waited = held = 0.0
    for _ in range(14):
        seen = asked.seen(asked.firms["a"])
        assert seen.demand({"a": 1.1}) == seen.demand({"a": 1.1})
        waited, held = waited + asked.population["put_off"].sum(), held + asked.population["at_home"].sum()
        asked.step()
        other.step()
    assert min(waited, held) > 0.0 and fingerprint(asked) == fingerprint(other)


def test_only_an_analyst_is_told(monkeypatch):
    """Every other policy is refused by its name; one that says what it is gets it."""
    for analyst in (False, True):
        nosy = Policy(
            "nosy", "tests", Nosy, lambda t, seen, draw: Decision(price=sum(seen.demand({}).values()) ** 0.0),
            sets=("price",), analyst=analyst,
        )  # fmt: skip
        policies.register(nosy)
        try:
            market = plain(world(9, 2, policy={"nosy": {}}))
            if analyst:
                assert path(market.run(), "a") == [1.0, 1.0]
            else:
                with pytest.raises(ConfigError, match=r"policy nosy asks for seen.demand, .*Policy\(..., analyst=True"):
                    market.run()
        finally:
            policies.forget(nosy)
    assert [p.name for p in policies.registry().values() if p.analyst] == ["price_nash", "reward_nash", "two_period"]


def test_demand_knows_its_firms_and_its_setting():
    """A firm that is not there is refused with the nearest name; so is a market of contracts."""
    market = plain(world(9, 2))
    with pytest.raises(ConfigError, match=r"seen.demand knows no firm 'e'"):
        market.seen(market.firms["a"]).demand({"e": 1.0})
    market = plain(contracts(9, 2))
    with pytest.raises(ConfigError, match=r"seen.demand is that of an open market"):
        market.seen(market.firms["a"]).demand({})


# --- the best answer ---


@pytest.mark.parametrize("more", [
    {}, {"behaviour": {"outside": {"expansion": 0.4}}, "customers": {"price_sensitivity_sd": 0.5}},
    {"customers": {"response": "taste_shift"}},
])  # fmt: skip
def test_without_a_program_best_answers_are_the_base_prices(more):
    """Four unequal firms with tastes, each with a conduct of its own: nobody moves by a thousandth in four weeks."""
    both = {"price_nash": {"least": 0.0}}
    market = plain(world(60, 4, policy=both, rivals_policy=both, log=False, **more))
    prices = market.run().weekly.price
    assert np.abs(prices - 1.0).max() < 1e-3
    conducts = [firm.memory["price_nash"]["conduct"] for firm in market.firms.values()]
    assert min(conducts) > 0.0 and len(set(conducts)) == 4


def test_customers_who_change_move_no_base_price():
    """Rates that drift and habits that grow: anchored at each look, base prices stay; anchored once, they do not."""
    found = {}
    for anchor in ("look", "once"):
        both = {"price_nash": {"every": 7, "anchor": anchor}}
        habit = {"habit": {"premium": 0.1, "gain": 0.3}}
        scenario = world(40, 16, policy=both, rivals_policy=both, behaviour=habit, rho=0.3, log=False)
        found[anchor] = np.abs(plain(scenario).run().weekly.price - 1.0).max()
    assert found["look"] < 1e-6 < 1e-3 < found["once"]


def test_a_program_moves_the_best_answer():
    """5 % back to everybody at half its cost: the firm asks more than its base price, its rivals less or the same."""
    both = {"price_nash": {}}
    given = dict(policy=both, rivals_policy=both, log=False)
    prices = plain(world(60, 6, program=percentage(0.05, 0.5), **given)).run().weekly
    last = prices[prices.week == 5].set_index("firm").price
    assert last["a"] > 1.02 and (last["b":] < 1.002).all()


def test_investment_is_anchored_and_nothing_without_lock_in():
    """lock_in = 0 is price_nash, byte for byte. Anchored: without a program base prices stay, whatever habits do; with
    one the firm asks less than a best answer while it invests, and as much in the harvest at the same customers.
    """
    given = dict(log=False, behaviour={"habit": {"premium": 0.1, "gain": 0.3}})
    keys = {"invest": 3, "harvest": 3, "lock_in": 0.4}
    none = plain(world(60, 4, policy={"two_period": keys}, rivals_policy={"two_period": keys}, **given)).run()
    assert np.abs(none.weekly.price - 1.0).max() < 1e-6
    program = percentage(0.05, 0.5)
    nash = plain(world(60, 8, program=program, policy={"price_nash": {}}, **given)).run()
    same(nash, plain(world(60, 8, program=program, policy={"two_period": {**keys, "lock_in": 0.0}}, **given)).run())
    mine = path(plain(world(60, 8, program=program, policy={"two_period": keys}, **given)).run(), "a")
    assert max(mine[:3] + mine[6:]) < 0.97 < 1.0 < min(mine[3:6])


def test_a_change_within_the_week_is_paid_once():
    """However many rounds prices take to settle, the menu cost is that of one change, and none where none is made; who
    has other policies does not move.
    """
    keys = {"conduct": 1.0, "low": 0.2, "high": 5.0, "rounds": 60, "menu_cost": 3.0}
    both = {"policy": {"price_nash": keys}, "n": 8}
    book = plain(oracle(3.0, 0.4, start=0.8, weeks=3, **both)).run()
    assert book.weekly.fixed_cost.tolist() == [300, 300, 0, 0, 0, 0]
    assert len({round(price, 3) for price in path(book, "a")}) == 1
    follows = {"b": {"policy": parts({"price_follow": {"floor": 0.5, "ceiling": 2.0}}), "price": 0.9}}
    alone = plain(world(30, 2, policy={"price_nash": keys}, shares={"a": 0.5, "b": 0.5}, firm=follows, log=False)).run()
    assert path(alone, "b") == [0.9, path(alone, "a")[0]]


def test_the_nearest_root_is_found():
    """Of (x - 1) (x - 2) (x - 3): from .5 the first, from 2.9 the last; the bound where nothing crosses, the start
    where there is no number.
    """

    def f(x: float) -> float:
        return (x - 1.0) * (x - 2.0) * (x - 3.0)

    assert root(f, 0.5, 0.0, 4.0, 1.0) == pytest.approx(1.0, abs=1e-8)
    assert root(f, 0.5, 0.0, 2.5, 1.0) == pytest.approx(1.0, abs=1e-8)
    assert root(f, 2.9, 0.0, 4.0, 1.0) == pytest.approx(3.0, abs=1e-8)
    assert root(f, 0.5, 0.0, 0.8, 1.0) == 0.8 and root(f, 3.5, 3.2, 4.0, 1.0) == 3.2
    assert root(lambda x: float("nan"), 0.7, 0.0, 1.0, 1.0) == 0.7


def test_closed_forms_are_not_read(monkeypatch):
    """With every function about prices in the room of theory returning NaN, best answers are the same bytes."""
    before = fingerprint(stepped(plain(priced()), 6))
    for room in (pricing, two_periods):
        for name, function in inspect.getmembers(room, inspect.isfunction):
            if function.__module__ == room.__name__:
                monkeypatch.setattr(room, name, lambda *a, **k: float("nan"))
    assert fingerprint(stepped(plain(priced()), 6)) == before


# --- everywhere ---


def test_prices_are_saved_branched_and_replayed(tmp_path):
    """Four kinds of price policies beside a launch: a checkpoint and a burn-in copy at week 3 and 9, and a replay, end
    in the same bytes.
    """
    scenario = priced()
    whole = plain(scenario)
    book = whole.run()
    assert all(len(set(path(book, firm))) > 1 for firm in "abcd")
    for week in (3, 9):
        half = stepped(plain(scenario), week)
        loaded = in_plain(checkpoint.load(checkpoint.save(half, tmp_path / "m")))
        assert fingerprint(stepped(loaded, 16 - week)) == fingerprint(whole), week
        copy = in_plain(checkpoint.branch(half, scenario))
        assert fingerprint(stepped(copy, 16 - week)) == fingerprint(whole), week
    same(plain(scenario, offers=book.offers).run(), book)


def test_plain_is_compiled_with_best_answers():
    """The expected week too, compiled and in plain Python, in two threads."""
    scenario = priced(30, 8)
    two = dataclasses.replace(scenario, compute=dataclasses.replace(scenario.compute, threads=2))
    same(Market(two, 3).run(), plain(scenario).run())


REFUSED = [
    ("price_nash", {}, {"unit_cost": 0.0}, "needs a cost above 0: set firms.a.unit_cost"),
    ("price_nash", {}, {"base_price": 0.7, "unit_cost": 0.7, "allow_loss": True}, "has no margin at the base price"),
    ("price_nash", {"low": 1.5, "high": 1.2}, {}, r"must not exceed high = 1.2"),
    ("price_markup", {}, {"unit_cost": 0.0}, "is on a cost of 0: set firms.a.unit_cost"),
    ("price_undercut", {"whom": "a"}, {}, "is firm 'a' itself; name another firm to undercut"),
    ("price_undercut", {"whom": "e"}, {}, "no such firm"),
    ("price_undercut", {"low": 0.6}, {}, r"is a price of 0.6, below firms.a.unit_cost = 0.7"),
    ("price_estimated", {"low": 0.3}, {}, r"is a price of 0.3, below firms.a.unit_cost = 0.7"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "keys", "firm", "why"), REFUSED)
def test_what_cannot_be_priced_is_refused(name, keys, firm, why):
    """Key, reason and way out, before anything runs."""
    made = tree(world(9, 4))
    made["firms"]["a"] |= {"unit_cost": 0.7, **firm}
    made["firms"]["a"]["policy"] = {name: {"low": 0.8, **keys}}
    with pytest.raises(ConfigError, match=rf"policy.{name}.*{why}"):
        read(made, components())


def test_two_that_set_the_price_are_refused():
    """A firm keeps one of them."""
    with pytest.raises(ConfigError, match=r"sets the price, as .* does"):
        Market(world(9, 4, policy={"price_nash": {}, "price_markup": {}}), 1)


def test_the_price_path_is_told():
    """`run --more` names every firm that moved and its price at five weeks; nothing where prices stand still."""
    scenario = dataclasses.replace(world(30, 9, policy={"price_undercut": {"by": 0.1}}, log=False), seeds=2)
    one = single.run(scenario)
    said = " ".join(told.moved(one))
    assert "weeks 0, 2, 4, 6, 8" in said and "a 1.000, 0.900, 0.900, 0.900, 0.900." in said and "b " not in said
    assert told.moved(single.run(world(30, 3, log=False))) == []
