"""What a firm may decide and what it sees: prices that change travel through books, files, branches and replays."""

from __future__ import annotations

import dataclasses
import importlib
import linecache
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from loyaltysim import behaviour, programs
from loyaltysim.behaviour.renewal import exit_odds, switch_odds
from loyaltysim.firms import policies
from loyaltysim.firms.decision import KEEP, Decision, Memory, Policy, Seen, sets_of
from loyaltysim.firms.offer import Offer
from loyaltysim.market import checkpoint
from loyaltysim.market.book import unit
from loyaltysim.market.model import Market
from loyaltysim.measures import twins
from loyaltysim.measures.contracts import by_firm
from loyaltysim.mechanism import draws
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.present import diary
from loyaltysim.scenario.forms import config_hash
from loyaltysim.scenario.read import read
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.scenario.settle import supply
from loyaltysim.scenario.terms import term
from loyaltysim.studies import single
from tests import scenarios
from tests.scenarios import contracts, fingerprint, in_plain, points_world, same, totals, world

pytestmark = pytest.mark.usefixtures("quiet", "brought")
NOTES: list[Seen] = []


@dataclass(frozen=True)
class Cut:
    """One price until a week, another from it on."""

    week: int = term(4, "week", 0, 5199)
    price: float = term(0.9, "price index", 0.001, 1e6)


def cut(terms, seen, draw):
    return Decision(price=terms.price) if seen.week == terms.week else Decision()


@dataclass(frozen=True)
class Wander:
    """A price that luck and memory move: up and down by chance, with a count of the changes."""

    step: float = term(0.02, "price index", 0.0, 1.0)


def wander(terms, seen, draw):
    luck, moves = draw("direction"), seen.memory.moves
    last = seen.books["revenue"][-1] if seen.week else 0
    price = seen.own.price + terms.step * (luck - 0.5) * (1 + last % 7 / 7)
    return Decision(price=price, cost=0.25, memory={"moves": moves + 1, "path": (*seen.memory.path[1:], luck)})


@dataclass(frozen=True)
class Spend:
    """A budget for winning customers that grows by a unit of money a week."""


def spend(terms, seen, draw):
    return Decision(acquisition=seen.own.acquisition + 1.0)


@dataclass(frozen=True)
class Watch:
    """Looks and does nothing."""


def watch(terms, seen, draw):
    NOTES.append(seen)
    return Decision()


def answers(value):
    """A policy that always answers the same, whatever that is."""
    return Policy("odd", "tests", Watch, lambda terms, seen, draw: value, sets=("price", "program", "acquisition"))


CUT = Policy("cut", "tests", Cut, cut, sets=("price",))
WANDER = Policy("wander", "tests", Wander, wander, sets=("price",), state={"moves": 0, "path": (0.0, 0.0)})
SPEND = Policy("spend", "tests", Spend, spend, sets=("acquisition",))
WATCH = Policy("watch", "tests", Watch, watch, sets=("program",))


@pytest.fixture
def brought() -> Iterator[None]:
    """The policies above, for as long as a test runs."""
    known = list(policies.OUTSIDE)
    for policy in (CUT, WANDER, SPEND, WATCH):
        policies.register(policy)
    yield
    policies.OUTSIDE[:] = known
    policies.registry.cache_clear()
    NOTES.clear()


def priced(n: int = 60, weeks: int = 20, **more):
    """The focal firm launches points in week 6; prices of two rivals wander, a third meets the lowest."""
    given = dict(
        policy={"launch": {"week": 6}}, firm={
            "b": {"policy": scenarios.parts({"wander": {}})}, "c": {"policy": scenarios.parts({"wander": {}})},
            "d": {"policy": scenarios.parts({"price_follow": {"menu_cost": 3.0}})},
        },
    )  # fmt: skip
    return supply(points_world(n, weeks, **{**given, **more}), single.components())  # as every scenario that is read


def spending(weeks: int = 6, **first):
    """A contract market whose firms buy customers; what the first spends, or decides to spend, is said."""
    made = contracts(60, weeks)
    own = {"acquisition": 50.0, "policy": {}, **first}
    return dataclasses.replace(made, firms={**made.firms, "a": dataclasses.replace(made.firms["a"], **own)})


def stepped(market: Market, weeks: int) -> Market:
    for _ in range(weeks):
        market.step()
    return market


def plain(scenario, seed: int = 3, **more) -> Market:
    return in_plain(Market(scenario, seed, **more))


def prices(book, firm: str) -> list[float]:
    """The price of a firm in each week, as the weekly table has it."""
    return book.weekly[book.weekly.firm == firm].price.tolist()


# --- what a policy declares ---


def test_what_is_not_decided_stays():
    assert Decision() == Decision(KEEP, KEEP, KEEP) and repr(KEEP) == "KEEP"
    book = plain(world(30, 3, policy={"watch": {}}, firm={"c": {"price": 1.06}})).run()
    assert prices(book, "c") == [1.06] * 3 and prices(book, "a") == [1.0] * 3


@pytest.mark.parametrize(
    "body, sets",
    [
        ("return Decision(price=0.9)", ("price",)),
        ("return Decision(0.9)", ("price",)),
        ("return Decision(0.9, {})", ("price", "program")),
        ("return decision.Decision(acquisition=1.0) if seen.week else Decision()", ("acquisition",)),
        ("return Decision(cost=1.0)", ()),
        ("return Decision(**what)", ("price", "program", "acquisition")),
        ("return made()", ("price", "program", "acquisition")),
    ],
)
def test_what_a_policy_sets_is_read_off_its_file_where_it_does_not_say(tmp_path, monkeypatch, body, sets):
    """Keywords and places of every call of Decision; everything where it is not called by name."""
    (tmp_path / "mine.py").write_text(f"def decide(terms, seen, draw):\n    {body}\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    assert Policy("mine", "tests", Watch, importlib.import_module("mine").decide).sets == sets
    monkeypatch.delitem(sys.modules, "mine")
    linecache.clearcache()


def test_what_a_policy_says_that_it_sets_is_part_of_a_decision():
    nowhere = types.FunctionType(cut.__code__, {"__name__": "nowhere"})
    assert sets_of(nowhere) == ("price", "program", "acquisition")
    with pytest.raises(ValueError, match=r"no decision sets 'prize'; did you mean 'price'"):
        Policy("x", "tests", Watch, watch, sets=("prize",))


def test_two_policies_that_set_the_same_thing_are_refused():
    """By name, with the key of each; what all rivals have is said once; built by hand, the market refuses it too."""
    tree = {
        "focal": "a", "firms": {"a": {"share": 0.5}, "b": {"share": 0.3}, "c": {"share": 0.2}},
        "policy": {"launch": {"week": 10}, "static": {}}, "rivals": {"policy": {"imitate": {}}},
    }  # fmt: skip
    tree["firms"]["b"]["policy"] = {"launch": {"week": 3}}
    with pytest.raises(ConfigError) as error:
        read(tree, single.components())
    said = [str(problem) for problem in error.value.problems]
    assert len(said) == 2
    assert "policy.static sets the program, as policy.launch does" in said[0] and "~policy.static or ~pol" in said[0]
    assert "firms.b.policy.launch sets the program, as rivals.policy.imitate does" in said[1]
    with pytest.raises(ConfigError, match=r"firms.a.policy.static sets the program, as firms.a.policy.launch does"):
        Market(points_world(20, 20, policy={"launch": {"week": 10}, "static": {}}), 1)


def test_a_price_policy_beside_a_launch_leaves_the_launch_alone():
    """F-33: the program begins in week 10, the price falls in week 4; alone, either does the same."""
    book = plain(points_world(40, 14, policy={"launch": {"week": 10}, "cut": {}})).run()
    assert [bool(row["a"].program) for row in book.offers] == [week >= 10 for week in range(14)]
    assert prices(book, "a") == [1.0] * 4 + [0.9] * 10
    alone = plain(points_world(40, 14, policy={"cut": {}})).run()
    assert all(row["a"].program for row in alone.offers) and prices(alone, "a") == prices(book, "a")


@pytest.mark.parametrize("room, attribute", [(policies, "POLICY"), (behaviour, "MECHANISM"), (programs, "MECHANISM")])
def test_a_file_that_declares_nothing_is_an_error(tmp_path, monkeypatch, room, attribute):
    """F-34: a misspelt name says file and what it has instead; so does an object of another name than its file."""
    monkeypatch.setattr(room, "__path__", [*room.__path__, str(tmp_path)])
    kind = type(policies.registry()["static"] if room is policies else mechanisms.registry()["points"])
    like = "loyaltysim.firms.policies.static" if room is policies else "loyaltysim.programs.points"
    misspelt = attribute[:3] + attribute[4] + attribute[3] + attribute[5:]
    for text, message in (
        (f"{misspelt} = 1", rf"newcomer.py must define {attribute} = {kind.__name__}\(...\); it has {misspelt}"),
        ("x = 1", rf"newcomer.py must define {attribute} = {kind.__name__}\(...\); it has nothing of that name"),
        (f"from {like} import {attribute}", r"newcomer.py declares '(static|points)'; call it 'newcomer'"),
    ):
        (tmp_path / "newcomer.py").write_text(text)
        monkeypatch.delitem(sys.modules, f"{room.__name__}.newcomer", raising=False)
        with pytest.raises(ImportError, match=message):
            mechanisms.declared(room.__name__, attribute, kind)


# --- what a policy sees ---


def test_a_firm_sees_its_books_its_buyers_and_what_was_shown():
    """In week 15: 15 weeks of its own ledger and 13 of buyers, as the tables have them; offers of every past week."""
    market = plain(world(60, 16, firm={"a": {"policy": scenarios.parts({"watch": {}})}, "c": {"price": 1.1}}))
    book = market.run()
    seen, own = NOTES[15], book.weekly[book.weekly.firm == "a"]
    assert (seen.week, seen.me, seen.focal) == (15, "a", "a")
    assert (seen.own.price, seen.own.base_price, seen.own.program, seen.own.acquisition) == (1.0, 1.0, {}, 0.0)
    assert seen.buyers == tuple(own.buyers[2:15]) and NOTES[3].buyers == tuple(own.buyers[:3])
    for line, cents in seen.books.items():
        assert cents == tuple(own[line][:15]), line
    assert NOTES[0].books["profit"] == () and NOTES[0].buyers == ()
    assert seen.offers(14)["c"].price == 1.1 and list(seen.offers(0)) == list("abcd") and seen.offers(-1) == {}
    for week in (15, 16):
        with pytest.raises(ValueError, match=rf"in week 15 nobody has seen the offers of week {week}; .*of week 14"):
            seen.offers(week)


def test_a_rivals_spending_is_its_own_business():
    plain(spending(3, policy=scenarios.parts({"watch": {}}))).run()
    assert NOTES[2].own.acquisition == 50.0
    assert {offer.acquisition for offer in NOTES[2].offers(1).values()} == {None}


def reachable(thing: object, depth: int = 6) -> Iterator[object]:
    """Whatever a policy could get hold of by public names, items and calls without arguments."""
    yield thing
    if depth == 0 or isinstance(thing, (str, bytes, int, float, type, types.BuiltinFunctionType)) or thing is None:
        return
    if isinstance(thing, (list, tuple, set, frozenset)):
        inside = list(thing)
    elif hasattr(thing, "items"):
        inside = list(thing.items())
    else:
        names = [name for name in dir(thing) if not name.startswith("_")]
        inside = [getattr(thing, name) for name in names]
    for item in inside:
        if not isinstance(item, types.MethodType):
            yield from reachable(item, depth - 1)


def test_nothing_hidden_can_be_reached_from_what_is_seen():
    """No market, no people, no array, no rival's ledger; what is seen cannot be changed."""
    market = plain(points_world(40, 4, firm={"b": {"policy": scenarios.parts({"watch": {}})}}))
    market.run()
    seen = NOTES[3]
    found = [*reachable(seen), *reachable([seen.offers(week) for week in range(3)])]
    kinds = {type(thing).__module__.split(".")[0] for thing in found} - {"builtins", "types", "enum", "dataclasses"}
    assert kinds == {"loyaltysim"}
    known = (Seen, Offer, type(seen.memory))
    terms = [m.terms for m in market.mechanisms]
    of_ours = {type(thing) for thing in found if type(thing).__module__.startswith("loyaltysim")}
    assert of_ours <= {*known, *terms} and Seen in of_ours
    rivals = market.ledgers[0::4]
    hidden = {cents for row in rivals for cents in row if cents} - {
        cents for row in market.ledgers[1::4] for cents in row
    }
    assert hidden and not hidden & {thing for thing in found if isinstance(thing, int)}
    for change in ("week", "own"):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(seen, change, None)
    for place in (seen.books, seen.configured, seen.offers(1), seen.offers(1)["a"].program):
        with pytest.raises(TypeError):
            place["profit"] = ()


def test_a_draw_has_an_address_and_no_stream():
    """Written out by hand: root, firms, firm, week, word. The same however often and in which order it is asked."""
    mix = lambda z: draws.mix(np.uint64(z))  # noqa: E731

    def child(h, x):
        return mix((int(h) + 0x9E3779B97F4A7C15 * (int(x) + 1)) % 2**64)

    key = child(child(child(child(mix(7), 2**60), draws.item_key("b")), 12), draws.item_key("direction"))
    assert draws.firm_draw(7, "b", 12, "direction") == ((int(key) >> 12) + 0.5) * 2.0**-52
    others = [(8, "b", 12, "direction"), (7, "c", 12, "direction"), (7, "b", 13, "direction"), (7, "b", 12, "look")]
    drawn = [draws.firm_draw(*address) for address in others]
    assert len({draws.firm_draw(7, "b", 12, "direction"), *drawn}) == 5
    sample = np.array([draws.firm_draw(seed, "b", week, "x") for seed in range(60) for week in range(60)])
    assert sample.min() > 0.0 and sample.max() < 1.0 and abs(sample.mean() - 0.5) < 4.4172 * (1 / 12 / 3600) ** 0.5


# --- what is not a decision ---


@pytest.mark.parametrize(
    "answer, message",
    [
        (Decision(price=0.0), "price = 0.0 .number.: allowed 0.001 to 1e.06 .price index."),
        (Decision(price=-1), "price = -1 .*allowed 0.001"),
        (Decision(price=float("nan")), "price = nan .*expected a finite number"),
        (Decision(price="cheap"), "price = 'cheap' .text.: expected a number"),
        (Decision(price=True), "price = True .*expected a number"),
        (Decision(acquisition=-1.0), "acquisition = -1.0 .*allowed 0 to 1e.12 .money per week."),
        (Decision(acquisition=5.0), "acquisition = 5.0 .*moves nobody here"),
        (Decision(cost=-0.5), "cost = -0.5 .*allowed 0 to"),
        (Decision(program={"pionts": {}}), "program has no component 'pionts'; did you mean 'points'"),
        (Decision(program={"habit": {}}), "program has no component 'habit'"),
        (
            Decision(program={"cashback": scenarios.terms("cashback")}),
            "has cashback, which no firm of this scenario has",
        ),
        (Decision(program={"points": {"earn": 1}}), "expected Points as the terms of points"),
        (Decision(program={"points": scenarios.terms("points", earn=-1.0)}), "program.points.earn = -1.0 .*allowed 0"),
        (Decision(program=5), "program = 5 .*expected a mapping from component to terms"),
        (Decision(memory={"moves": 1.0}), "remembers has no 'moves'; declare it"),
        (None, "must answer with a Decision"),
        ({"points": {}}, "must answer with a Decision"),
    ],
)
def test_what_cannot_be_carried_out_says_who_when_and_what_is_allowed(answer, message):
    policies.register(answers(answer))
    market = plain(points_world(20, 3, firm={"b": {"policy": scenarios.parts({"odd": {}})}}))
    with pytest.raises(ConfigError, match=rf"week 0, firm 'b': policy odd .*{message}"):
        market.run()
    assert market.firms["b"].price == 1.0


def test_a_policy_sets_only_what_it_declares():
    policies.register(Policy("odd", "tests", Watch, lambda terms, seen, draw: Decision(price=0.9), sets=("program",)))
    with pytest.raises(ConfigError, match=r"policy odd sets price but declares program: say sets=\(..., 'price'\)"):
        plain(world(20, 3, policy={"odd": {}})).run()


def test_memory_is_read_by_name_and_changed_by_the_decision():
    market = stepped(plain(priced()), 5)
    kept = market.firms["b"].memory["wander"]
    assert kept["moves"] == 5 and len(kept["path"]) == 2
    assert kept["path"] == tuple(draws.firm_draw(3, "b", week, "direction") for week in (3, 4))
    assert market.firms["a"].memory == {}
    seen = dataclasses.replace(market.seen(market.firms["b"]), memory=Memory(kept))
    assert seen.memory.moves == 5
    with pytest.raises(AttributeError, match="changed by the decision"):
        seen.memory.moves = 6
    with pytest.raises(AttributeError, match=r"declares no state 'movse'; did you mean 'moves'"):
        _ = seen.memory.movse


@pytest.mark.parametrize(
    "value, message", [("x", "a finite number"), ((1.0,), "a finite number"), (np.inf, "a finite")]
)
def test_memory_keeps_its_shape(value, message):
    odd = Policy(
        "odd", "tests", Watch, lambda t, s, d: Decision(memory={"x": value}), sets=("price",), state={"x": 0.0}
    )
    policies.register(odd)
    with pytest.raises(ConfigError, match=f"policy odd remembers x .*expected {message}"):
        plain(world(20, 2, policy={"odd": {}})).run()


# --- prices that change, everywhere ---


def test_a_price_changes_what_people_pay_and_choose():
    """A tenth off from week 4: exactly nine tenths are paid, and more come; before that nothing differs."""
    cheap = plain(world(200, 8, policy={"cut": {}}, basket=scenarios.FIXED)).run()
    usual = plain(world(200, 8, basket=scenarios.FIXED)).run()
    own, base = (book.weekly[book.weekly.firm == "a"].reset_index() for book in (cheap, usual))
    assert own[:4].drop(columns="price").equals(base[:4].drop(columns="price"))
    assert (own.revenue[4:] == own.visits[4:] * 900).all() and (own.at_base_price[4:] == own.visits[4:] * 1000).all()
    assert own.visits[4:].sum() > 1.1 * base.visits[4:].sum()
    assert own.price.dtype == np.float64 and own.price.tolist() == [1.0] * 4 + [0.9] * 4


def test_the_price_has_its_column_and_its_unit():
    book = plain(priced(weeks=6)).run()
    assert unit("price") == "price index"
    assert book.weekly.columns[-1] == "price"
    assert book.weekly.price.tolist() == [offer.price for row in book.offers for offer in row.values()]


def test_sums_over_weeks_hold_no_price():
    """A price is no counter: sums over weeks leave it out, the stacked table of arms keeps its fractions."""
    book = plain(priced(weeks=6)).run()
    assert set(book.weekly.columns) - set(by_firm(book)) == {"week", "firm", "price"}
    table = single.stacked({"with": book}, 3)
    assert table.price.tolist() == book.weekly.price.tolist() and table.revenue.dtype == np.int64


def test_spending_is_booked_week_by_week():
    """A budget that grows by 1.00 a week costs 51, 52, 53 ...; a constant one the same cents every week."""
    market = plain(spending(policy=scenarios.parts({"spend": {}})))
    table = market.run().weekly.set_index(["firm", "week"]).acquisition
    assert table["a"].tolist() == [5100, 5200, 5300, 5400, 5500, 5600]
    assert table["b"].tolist() == [8000] * 6


def test_what_is_decided_for_acquisition_reaches_people():
    """The reach of a week is that of the week's budget: ceiling (1 - exp(-response budget / heads))."""
    market = stepped(plain(spending(policy=scenarios.parts({"spend": {}}))), 3)
    still = stepped(plain(spending(acquisition=51.0)), 3)
    assert market.surroundings[0]["reach"][0] == still.surroundings[0]["reach"][0]
    assert market.surroundings[1]["reach"][0] > still.surroundings[1]["reach"][0]


def test_what_a_change_takes_is_a_fixed_cost_of_its_week():
    """A change a week at .25 = 25 cents on top of the firm's fixed cost; profit is less by it."""
    free = world(40, 5, firm={"b": {"policy": scenarios.parts({"cut": {}}), "fixed_cost": 2.0}})
    odd = Policy("odd", "tests", Watch, lambda terms, seen, draw: Decision(cost=0.25), sets=("price",))
    policies.register(odd)
    paid = dataclasses.replace(free.firms["b"], policy={**free.firms["b"].policy})
    paid = dataclasses.replace(paid, policy=scenarios.parts({"odd": {}}))
    base = dataclasses.replace(paid, policy={})
    left, right = (
        plain(dataclasses.replace(free, firms={**free.firms, "b": firm})).run().weekly.query("firm == 'b'")
        for firm in (base, paid)
    )
    assert right.fixed_cost.tolist() == [225] * 5 and left.fixed_cost.tolist() == [200] * 5
    assert (left.profit - right.profit).tolist() == [25] * 5


def test_plain_is_compiled_when_prices_change():
    same(Market(priced(), 3).run(), plain(priced()).run())


@pytest.mark.parametrize("week", [0, 3, 6, 13, 20])
def test_a_changed_price_is_saved_and_loaded(tmp_path, week):
    """F-31: 0.80 stays 0.80, and everything after is the same to the last byte; memory too."""
    scenario = priced(firm={
        "b": {"policy": scenarios.parts({"wander": {}})}, "c": {"policy": scenarios.parts({"cut": {"price": 0.8}})},
        "d": {"policy": scenarios.parts({"price_follow": {"floor": 0.7, "menu_cost": 3.0}})},
    })  # fmt: skip
    half = stepped(plain(scenario), week)
    loaded = in_plain(checkpoint.load(checkpoint.save(half, tmp_path / "m")))
    for name, firm in loaded.firms.items():
        old = half.firms[name]
        assert (firm.price, firm.memory, firm.acquisition) == (old.price, old.memory, old.acquisition)
    assert loaded.firms["c"].price == (0.8 if week > 4 else 1.0)
    assert fingerprint(stepped(loaded, 20 - week)) == fingerprint(stepped(plain(scenario), 20))


def test_a_branch_goes_on_at_the_changed_price(monkeypatch):
    """F-30: what a policy changed stays changed in the burn-in copy; the rest of the run is the same."""
    scenario = priced(policy={"launch": {"week": 6}, "cut": {"price": 0.8}})
    whole = stepped(plain(scenario), 20)
    for week in (1, 5, 9, 14):
        half = stepped(plain(scenario), week)
        after = in_plain(checkpoint.branch(half, scenario))
        assert after.firms["a"].price == half.firms["a"].price
        assert fingerprint(stepped(after, 20 - week)) == fingerprint(whole), week
        assert after.firms["b"].memory is not half.firms["b"].memory


def test_a_price_that_nobody_decides_is_as_the_new_scenario_says():
    """A branch whose firm has another configured price, and no policy, asks that one from then on."""
    old = world(30, 10)
    dear = dataclasses.replace(old, firms={**old.firms, "b": dataclasses.replace(old.firms["b"], price=1.2)})
    after = in_plain(checkpoint.branch(stepped(plain(old), 4), dear))
    assert prices(stepped(after, 6).book(), "b") == [1.0] * 4 + [1.2] * 6


def test_arms_share_a_burn_in_while_prices_change(monkeypatch):
    """With the program, without it and replayed, from a common past or from the first week: the same bytes."""
    built = Market._prepare

    def prepared(market, eligible):
        built(market, eligible)
        in_plain(market)

    monkeypatch.setattr(Market, "_prepare", prepared)
    scenario = priced(rivals={"points": {"threshold": 60.0}})
    past = twins.Past(scenario, 5)
    assert past.market.week == 6
    with_it = Market(scenario, 5).run()
    assert len(set(prices(with_it, "b"))) == 20
    same(past.arm(scenario), with_it)
    replay = {"eligible": False, "offers": with_it.offers, "around": with_it.around}
    same(past.arm(scenario, **replay), Market(scenario, 5, **replay).run())
    bare = twins.no_program(scenario)
    same(past.arm(bare), Market(bare, 5).run())


def test_without_its_program_a_firm_still_sets_its_price():
    """T0 drops what sets a program and nothing else; then no week is shared for certain."""
    scenario = priced(policy={"launch": {"week": 6}, "price_follow": {}})
    assert list(twins.no_program(scenario).firms["a"].policy) == ["price_follow"]
    assert twins.burn_in(scenario) == 0 and twins.burn_in(priced()) == 6
    w = twins.three(dataclasses.replace(scenario, customers=dataclasses.replace(scenario.customers, n=20)), 3)
    assert len(set(prices(w.without, "a"))) > 1 and w.launch == 6


def test_a_replay_shows_and_books_the_recorded_prices():
    """Books and all, with menu costs; in the world where nobody may join, prices are those of the record."""
    scenario = priced()
    first = plain(scenario).run()
    same(plain(scenario, offers=first.offers).run(), first)
    assert totals(first).loc["d"].fixed_cost > 0
    market = plain(scenario, eligible=False, offers=first.offers, around=first.around)
    replay = market.run()
    assert [firm.price for firm in market.firms.values()] == [prices(first, name)[-1] for name in "abcd"]
    assert [prices(replay, name) for name in "abcd"] == [prices(first, name) for name in "abcd"]
    assert totals(replay).loc["d"].fixed_cost == totals(first).loc["d"].fixed_cost


def test_spending_is_replayed_too():
    scenario = spending(policy=scenarios.parts({"spend": {}}))
    first = plain(scenario).run()
    same(plain(scenario, offers=first.offers, around=first.around).run(), first)


def test_one_customers_week_reads_the_offers_of_the_week():
    """F-32: a customer seen as an agent meets the price that was shown, deciding or replaying, like everybody."""
    scenario = priced(n=25)
    recorded = plain(scenario).run().offers
    for more in ({}, {"offers": recorded}):
        whole, single = plain(scenario, **more), plain(scenario, **more)
        for _ in range(12):
            whole.step()
            offers = single.firms_decide()
            single.remember(single.around())
            single.population.drift(single.week)
            counts = sum(single.customer(i).step() for i in range(single.population.n))
            assert offers == whole.shown[-1] and single.offers() is offers
            single.books_close(counts)
            single.week_recorded()
            assert np.array_equal(counts, whole.weekly[-1])


def test_the_diary_tells_a_change_of_a_price():
    scenario = points_world(40, 8, policy={"launch": {"week": 2}}, firm={"b": {"policy": scenarios.parts({"cut": {}})}})
    told = diary.text(diary.diary(scenario, 7))
    assert "week   4  both: " in told and "b cut its price by 10 %" in told and told.count("its price") == 1
    assert "b 降价 10%" in diary.text(diary.diary(scenario, 7, "zh"))


# --- a real one: price_follow ---


def followed(weeks: int = 12, terms=None, cut_to: float = 0.9, **more):
    firm = {
        "b": {"policy": scenarios.parts({"cut": {"price": cut_to}})},
        "c": {"policy": scenarios.parts({"price_follow": terms or {}})},
    }
    return plain(world(40, weeks, firm=firm, **more)).run()


def test_a_cut_is_met_one_week_later():
    """b cuts to .9 in week 4, c in week 5; a and d, who follow nobody, never."""
    book = followed()
    assert prices(book, "b") == [1.0] * 4 + [0.9] * 8
    assert prices(book, "c") == [1.0] * 5 + [0.9] * 7
    assert prices(book, "a") == prices(book, "d") == [1.0] * 12


@pytest.mark.parametrize(
    "cut_to, terms, met", [(0.5, {}, 0.8), (0.5, {"floor": 0.75}, 0.75), (0.9, {"floor": 0.95}, 0.95)]
)
def test_never_below_the_floor(cut_to, terms, met):
    assert prices(followed(terms=terms, cut_to=cut_to), "c") == [1.0] * 5 + [met] * 7


def test_never_above_the_ceiling_and_up_again_with_the_lowest():
    """All rivals ask 1.1 or more: a ceiling of 1 holds the price, one of 1.2 lets it rise to the lowest rival's."""
    dear = {name: {"price": price} for name, price in {"a": 1.3, "b": 1.1, "d": 1.2}.items()}
    for ceiling, met in ((1.0, 1.0), (1.05, 1.05), (1.2, 1.1)):
        firm = {**dear, "c": {"policy": scenarios.parts({"price_follow": {"ceiling": ceiling}})}}
        assert prices(plain(world(20, 3, firm=firm)).run(), "c") == [1.0, met, met]


def test_it_looks_every_so_many_weeks():
    """b cuts in week 4; who looks every six weeks meets it in week 6."""
    assert prices(followed(terms={"every": 6}), "c") == [1.0] * 6 + [0.9] * 6


def test_the_cost_of_a_change_is_in_the_books_once():
    book = followed(terms={"menu_cost": 12.34})
    own = book.weekly[book.weekly.firm == "c"]
    assert own.fixed_cost.tolist() == [0] * 5 + [1234] + [0] * 6
    lines = own[["cost_of_goods", "reward_cost", "liability_change", "touchpoints", "recovery", "fixed_cost"]]
    assert (own.profit == own.revenue - lines.sum(axis=1) - own.acquisition).all()


def test_it_refuses_limits_that_make_no_sense():
    tree = {"focal": "a", "firms": {"a": {"share": 0.6}, "b": {"share": 0.4, "unit_cost": 0.85}}}
    for policy, said in (
        ({"floor": 1.2}, "floor must not exceed ceiling = 1"),
        ({"floor": 0.8}, "floor is a price of 0.8, below firms.b.unit_cost = 0.85"),
        ({"floor": 0.0}, "floor = 0.0 .*allowed 0.001"),
        ({"every": 0}, "every = 0 .*allowed 1 to 5200"),
        ({"menu_cost": -1}, "menu_cost = -1 .*allowed 0 to"),
    ):
        tree["firms"]["b"]["policy"] = {"price_follow": policy}
        with pytest.raises(ConfigError, match=rf"firms.b.policy.price_follow.{said}"):
            read(tree, single.components())
    alone = {"market": {"setting": "cohort"}, "firms": {"a": {"share": 1.0}}, "policy": {"price_follow": {}}}
    with pytest.raises(ConfigError, match="every needs a rival"):
        read(alone, single.components())
    tree["firms"]["b"] |= {"policy": {"price_follow": {"floor": 0.8}}, "allow_loss": True}
    assert len(config_hash(read(tree, single.components()))) == 64


# --- under contract ---


def test_a_better_rival_draws_away_some_who_would_have_left_the_market():
    """F-36: exit and switching share one uniform, so at theta .3, exit share .3, a lure of 3 takes exit from 9 % to
    1.8 % while all who leave rise from 30 % to 86 %. By hand: odds .3/.7 = .4286, of which .1286 exit and .3 switch.
    """
    for lure, gone, left in ((0.0, 0.09, 0.30), (3.0, 0.0180, 0.8602)):
        out, away = exit_odds(0.3, 0.0, 0.3), switch_odds(0.3, 0.0, lure, 0.3, 0.0)
        assert out == pytest.approx(0.3 * 3 / 7) and away == pytest.approx(0.3 * np.exp(lure))
        assert out / (1 + out + away) == pytest.approx(gone, abs=5e-5)
        assert (out + away) / (1 + out + away) == pytest.approx(left, abs=5e-5)
