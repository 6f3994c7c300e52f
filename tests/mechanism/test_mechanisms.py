"""Contracts that every mechanism keeps; a new file in `mechanisms/` meets them at once."""

from __future__ import annotations

import ast
import builtins
import dataclasses
import inspect
import textwrap
import typing
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from loyaltysim.firms.firm import LINES
from loyaltysim.market.assemble import OFFER as OFFERED
from loyaltysim.market.assemble import SCRATCH
from loyaltysim.market.model import Market
from loyaltysim.mechanism import draws, rules
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.mechanism.declare import PHASES, ROLES
from loyaltysim.mechanism.examine import examine
from loyaltysim.mechanism.names import (
    ARGUMENTS,
    CONTRACT_COUNTS,
    COUNTS,
    OFFER,
    PAIR,
    PERSON,
    VISIT,
    WRITTEN,
    dotted,
    drawn,
    numbers,
    parsed,
    reached,
    values,
)
from loyaltysim.programs.channels import Channel
from loyaltysim.scenario.dates import OWN
from loyaltysim.scenario.model import Firm, Scenario
from loyaltysim.scenario.settle import needed
from tests.scenarios import coalition_world, contract_world, contracts, everything, in_plain, same, terms, world

REGISTRY = mechanisms.registry()
CONF = Path(__file__).parents[2] / "conf"
every = pytest.mark.parametrize("name", list(REGISTRY))
every_hook = pytest.mark.parametrize(
    "hook", [pytest.param(h, id=f"{m.name}-{h.rule.__name__}") for m in REGISTRY.values() for h in m.hooks]
)


def dependents(name: str) -> set[str]:
    """A mechanism and everything that needs it, directly or not."""
    found = {name}
    while True:
        more = {m.name for m in REGISTRY.values() if found & set(m.needs)} - found
        if not more:
            return found
        found |= more


def without(scenario: Scenario, names: set[str]) -> Scenario:
    """The scenario with some components taken out everywhere."""

    def left(tree):
        return {k: v for k, v in tree.items() if k not in names}

    firms = {
        k: dataclasses.replace(f, program=left(f.program), awareness=f.awareness) for k, f in scenario.firms.items()
    }
    return dataclasses.replace(scenario, behaviour=left(scenario.behaviour), firms=firms)


def with_one(scenario: Scenario, name: str, **values) -> Scenario:
    """The scenario with one component set: in the market, or at every firm."""
    own = terms(name, **values)
    if REGISTRY[name].level == "behaviour":
        return dataclasses.replace(scenario, behaviour={**scenario.behaviour, name: own})
    firms = {k: dataclasses.replace(f, program={**f.program, name: own}, policy={}) for k, f in scenario.firms.items()}
    return dataclasses.replace(scenario, firms=firms)


def always(scenario: Scenario) -> Scenario:
    """Every firm known to everybody, no budget and no policy, so that a component can be compared alone."""
    alone = {"awareness": 1.0, "acquisition": 0.0, "policy": {}}
    firms = {k: dataclasses.replace(f, **alone) for k, f in scenario.firms.items()}
    return dataclasses.replace(scenario, firms=firms)


BACKGROUNDS = {"alone": (world, contract_world), "beside everything": (everything, contracts)}


def fitting(name: str, worlds):
    """Of an open and a contract world, the one in which a mechanism acts."""
    return worlds[REGISTRY[name].setting == "contract"]


@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("name", [name for name in REGISTRY if name != "renewal"])  # no contract market is without it
def test_neutral_is_absent(name, background):
    """Oracles 6, 10 and 28 for every mechanism: at neutral terms every shared column is the same, byte for byte.

    Alone, and beside all mechanisms that do not need it. People that only the neutral arm has are not yet born.
    """
    absent = without(always(fitting(name, BACKGROUNDS[background])(40, 16)), dependents(name))
    if name == "bond":  # a bond that others move is read by others, whatever it is worth: what moves it is left out
        absent = without(absent, {m.name for m in REGISTRY.values() if any("bond" in h.beside for h in m.hooks)})
    neutral = with_one(absent, name, **REGISTRY[name].neutral)
    left, right = (in_plain(Market(s, 3)) for s in (absent, neutral))
    one, two = left.run(), right.run()
    n = left.population.n
    assert (right.population["status"][n:] == 0).all()
    for column in set(left.population.columns) & set(right.population.columns):
        a, b = left.population[column], right.population[column][:n]
        assert a.dtype == b.dtype and a.tobytes() == b.tobytes(), column
    two.people, two.visits, two.spend = two.people[:n], two.visits[:, :n], two.spend[:, :n]
    same(one, two)


# What each mechanism is at work, where its default terms are neutral or need a program to show.
AT_WORK = {
    "acquisition": {"ceiling": 0.9},
    "renewal": {"a": 5.0, "b": 1.0, "term": 8},
    "inflow": {"yearly": 2.0, "every": 8},
    "arrivals": {"pool": 40, "weekly": 0.05, "depleting": True},
    "experience": {"premium": 0.5, "noise": 2.0},
    "membership": {"ask": 1.0, "hassle": 0.0},
    "captive": {"chance": 0.8},
    "cross_buying": {"base": 0.5},
    "contact": {"audience": "everyone", "per_week": 0.5, "effect": 0.5},
    "channels": {"audience": "everyone", "person": Channel(per_week=0.5, effect=0.5)},
    "need": {"worth": 0.5, "bother": 0.5},
    "follow_up": {"chance": 0.8, "effect": 0.5},
    "stages": {"before": 2.0},
    "cause": {"effect": 0.5},
    "candour": {"chance": 0.5, "told_loss": 1.0},
    "returns": {"request": 1.0},
    "late_returns": {"share": 0.5},
    "lapse": {"after": 1},
    "transfer": {"chance": 1.0},
    "donation": {"chance": 0.5},
    "top_up": {"chance": 1.0, "most": 60.0, "price": 0.01},
    "early_access": {"audience": "everyone", "after": 2, "interested": 1.0, "innovate": 1.0},
    "tasks": {"willing": 1.0, "per_week": 0.5, "reward": 50.0, "effect": 0.5},
    "prize_draw": {"chance": 0.5, "value": 8.0},
    "gaming": {"share": 1.0, "insist": 1.0},
    "walkout": {"chance": 1.0},
    "cost_to_serve": {"unit_cost": 1.0, "shape": "rising"},
    "improvement": {"learning": 1000.0},
    "challenge": {"goal": 30.0},
    "education": {"by_use": 0.5, "value": 0.3},
    "ab_test": {"spread": 0.5, "weeks": 2},
    "fee": {"amount": 5.0},
    "inner_club": {"interest": 1.0, "invite": 1.0, "premium": 0.5},
    "advice": {"suggest": 1.0, "audience": "everyone"},
    "tiers": {"thresholds": (20.0,), "window": 8, "price": (0.2,), "access": (0.2,)},
    "ease": {"saved": 0.5, "unit_cost": 1.0},
    "community": {"audience": "everyone", "premium": 1.0},
    "points": {"threshold": 30.0},
    "redeemers": {"propensity": 1.0},
    "stamps": {"needed": 5, "face_value": 20.0},
    "cashback": {"rate": 0.2},
    "coupon": {"chance": 1.0, "users": 1.0, "redeem": 1.0, "face_value": 10.0},
    "member_price": {"audience": "everyone", "rate": 0.2},
    "loyal_price": {"price": 0.7},
    "promotion": {"depth": 0.5, "every": 3, "length": 1, "first": 0},
    "recognition": {"audience": "everyone", "probability": 0.9, "effect": 0.5},
    "service": {"quality": 2.0},
    "word_of_mouth": {"premium": 0.5, "talk": 0.5},
    "referral": {"chance": 1.0, "audience": "everyone", "liking": 1.0},
}


NOT_NEUTRAL = {
    "membership": {"ask": 0.0},
    "renewal": {"a": 1.0, "b": 5.0, "term": 8},
    "acquisition": {"ceiling": 1e-6},
    "redeemers": {"propensity": 0.0},  # where points are redeemed later, customers do something with them
}


def one_card(scenario: Scenario) -> tuple[Scenario, Scenario]:
    """A wallet for one card, and one for all."""
    return dataclasses.replace(scenario, customers=dataclasses.replace(scenario.customers, max_programs=1)), scenario


def untold(scenario: Scenario) -> tuple[Scenario, Scenario]:
    """Stamps of one firm that lose their worth without a word, and with one."""
    worlds = []
    for told in ("silent", "before"):
        own = scenario.firms["b"].program["stamps"]
        stamps = dataclasses.replace(own, changes=({"week": 6, "told": told, "face_value": 0.1},))
        firm = dataclasses.replace(scenario.firms["b"], program={**scenario.firms["b"].program, "stamps": stamps})
        worlds.append(dataclasses.replace(scenario, firms={**scenario.firms, "b": firm}))
    return worlds[0], worlds[1]


def of_points(**others):
    """Everything, in which points of some firm lapse by date and wait, and the same where they do not."""

    def worlds(scenario):
        firms = {}
        for name, firm in scenario.firms.items():
            own = {"points": dataclasses.replace(firm.program["points"], **others)} if "points" in firm.program else {}
            firms[name] = dataclasses.replace(firm, program={**firm.program, **own})
        return scenario, dataclasses.replace(scenario, firms=firms)

    return worlds


def chosen_later(scenario: Scenario) -> tuple[Scenario, Scenario]:
    """Points of one firm that customers redeem when they like, and at once."""
    own = scenario.firms["b"].program
    at_once = {**own, "points": dataclasses.replace(own["points"], redeem="at_once")}
    firm = dataclasses.replace(scenario.firms["b"], program=at_once)
    return scenario, dataclasses.replace(scenario, firms={**scenario.firms, "b": firm})


def beside_others(scenario: Scenario):
    """With partners of a coalition and without any; nobody comes or goes there."""
    on = coalition_world(60, 20)
    return on, with_one(on, "coalition")


SET_ELSEWHERE = {  # without keys of their own, or not beside everything
    "coalition": beside_others,
    "card_limit": one_card,
    "found_out": untold,
    "redeeming": chosen_later,
    "batches": of_points(expiry_rule="inactivity"),
    "ripening": of_points(pending=0),
}


@every
def test_at_work_it_changes_something(name):
    """A mechanism whose terms move nothing would pass every neutral test: beside all others it changes purchases or
    books.
    """
    scenario = fitting(name, (everything, contracts))(60, 20)
    if name in SET_ELSEWHERE:
        on, off = SET_ELSEWHERE[name](scenario)
    elif name == "awareness":  # set per firm
        on, off = scenario, always(scenario)
        off = dataclasses.replace(
            off, firms={k: dataclasses.replace(f, policy=scenario.firms[k].policy) for k, f in off.firms.items()}
        )
    else:
        off = with_one(scenario, name, **(REGISTRY[name].neutral or NOT_NEUTRAL[name]))
        on = with_one(scenario, name, **AT_WORK.get(name, {}))
    books = [in_plain(Market(s, 3)).run() for s in (on, off)]
    moved = ["visits", "profit"]
    assert not books[0].weekly[moved].equals(books[1].weekly[moved])


@pytest.mark.interpreter
@every
def test_it_declares_itself(name):
    """File, source, frozen terms with unit and range, a neutral setting inside the range, nothing shared with
    others.
    """
    m = REGISTRY[name]
    assert m.name == name == inspect.getmodule(m.terms).__name__.rsplit(".", 1)[1]
    assert inspect.getmodule(m.terms).__doc__ and m.terms.__doc__
    assert len(m.source) > 20 and m.level in ("behaviour", "program")
    assert set(m.needs) <= set(REGISTRY) and all(h.phase in PHASES for h in m.hooks)
    assert m.terms.__dataclass_params__.frozen
    known = {f.name: f for f in dataclasses.fields(m.terms)}
    assert set(m.neutral) <= set(known)
    assert m.neutral or name in (
        "awareness",
        "estimate",
        "acquisition",
        "membership",
        "renewal",
        "redeemers",
        *SET_ELSEWHERE,
    ), "declare the terms at which it changes nothing"
    for key, f in known.items():
        facts = f.metadata
        assert {"unit", "low", "high", "source", "choices"} <= set(facts), key
        assert facts["source"]
        for value in (f.default, m.neutral.get(key, f.default)):
            assert facts["choices"] is None or value in facts["choices"], key
            if facts["low"] is not None and value is not None and not isinstance(value, tuple):
                assert facts["low"] <= value <= facts["high"], key


@pytest.mark.interpreter
def test_names_are_used_once():
    """Fields, counters and roles never collide, with each other or with what the step itself notes; nor do numbers of
    offers. And no number of a mechanism hides another mechanism, or a number of every offer, from its own rules.
    """
    own = {*PAIR, *PERSON, *VISIT, *SCRATCH, *OFFER, *COUNTS, *CONTRACT_COUNTS, *ROLES}
    names = [n for m in REGISTRY.values() for n in (*m.fields, *m.counts, *m.roles, *m.around_columns)] + list(own)
    names += [part for m in REGISTRY.values() for f in m.fields.values() for part in f.parts]
    assert len(names) == len(set(names))
    offered = [number.flat for m in REGISTRY.values() for number in numbers(m).values()] + list(OFFERED)
    assert len(offered) == len(set(offered))
    for m in REGISTRY.values():
        assert not set(numbers(m)) & {*REGISTRY, *OFFER}, m.name


def extremes(m):
    """Terms at their defaults, at neutral, and with each key at either end of its range or at each choice."""
    yield m.terms()
    yield m.terms(**m.neutral)
    for f in dataclasses.fields(m.terms):
        for value in f.metadata["choices"] or (f.metadata["low"], f.metadata["high"]):
            if value is not None and f.name not in OWN and not isinstance(f.default, tuple):
                yield m.terms(**{f.name: type(f.default)(value)})


@pytest.mark.interpreter
@every
def test_numbers_keep_their_types(name):
    """Every number that a rule may read is finite and of the type that it is stored as: an integer is never cut off.

    At the defaults, at the neutral terms, at the ends of every range, and where the firm has no such component.
    """
    m, context = REGISTRY[name], everything()
    given = [(own, context if m.level == "behaviour" else {name: own}) for own in extremes(m)]
    given += [(None, {})] if m.level == "program" else []
    for own, around in given:
        value = values(m, own, around)
        for number in (n for n in numbers(m).values() if not n.around):
            found = np.asarray(value(number.name))
            assert found.shape == number.width, number
            assert np.isfinite(found).all() and found.dtype.kind in ("bi" if number.dtype == "i8" else "f"), number
            assert np.array_equal(found.astype(number.dtype), found), number


@pytest.mark.interpreter
@every
def test_what_is_worked_out_says_its_type(name):
    """A term, a property or a derived number without a type would be unknown to rules: each is a number, text, or a
    block of keys.
    """
    m = REGISTRY[name]
    kinds = dict(typing.get_type_hints(m.terms))
    for key, member in inspect.getmembers(m.terms, lambda found: isinstance(found, property)):
        kinds[key] = typing.get_type_hints(member.fget).get("return")
        assert inspect.getdoc(member), f"{key} says nothing of itself"
    if m.derive is not None:
        kinds |= typing.get_type_hints(typing.get_type_hints(m.derive)["return"])
    composed = {k for k, kind in kinds.items() if typing.get_origin(kind) is Mapping or dataclasses.is_dataclass(kind)}
    told = {key for key, kind in kinds.items() if kind is not str} - composed - set(OWN)
    assert set(numbers(m)) == told | set(m.around_columns) | {"present"}


@pytest.mark.interpreter
@every
def test_fields_keep_their_types(name):
    """Each field has a unit, is born with its declared type and shape, and keeps both through a run."""
    m = REGISTRY[name]
    scenario = fitting(name, (everything, contracts))()
    market = Market(SET_ELSEWHERE[name](scenario)[0] if name in SET_ELSEWHERE else scenario, 3)
    n = (market.population.n, len(market.firms))
    shapes = {key: n if f.per_firm else n[:1] for key, f in m.fields.items()}
    shapes |= {key: (*shapes[key], f.places(scenario)) for key, f in m.fields.items() if f.width is not None}
    for _ in range(3):
        for key, f in m.fields.items():
            for place in f.parts or (key,):
                column = market.population[place]
                assert f.unit and column.dtype == f.kind(scenario) and column.shape == shapes[key], place
        market.step()


@every
def test_books_name_known_lines_in_whole_cents(name):
    """A mechanism books integers on lines that a ledger has, and nothing for a firm where nothing happened."""
    m = REGISTRY[name]
    if m.book is None:
        costs = {f.name for f in dataclasses.fields(m.terms) if "cost" in f.name and "switching" not in f.name}
        assert not costs, "a cost that is never booked"
        return
    for own in extremes(m):
        booked = m.book({**dict.fromkeys(m.counts, 12_345), "weeks_running": 7}, own)
        assert set(booked) <= {*LINES, "liability"}
        assert all(type(cents) is int for cents in booked.values())
        assert set(m.book({**dict.fromkeys(m.counts, 0), "weeks_running": 0}, own).values()) == {0}


# ---- rules ---------------------------------------------------------------------------------------------------------

ALLOWED = {"math", "min", "max", "abs", "range", "len", "int", "np"}


def chain(node):
    """`terms.bond.loss` -> ("terms", ["bond", "loss"]), places left out; ("", []) where it begins with no name."""
    found = []
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        found += [node.attr] if isinstance(node, ast.Attribute) else []
        node = node.value
    return (node.id if isinstance(node, ast.Name) else "", found[::-1])


@pytest.mark.interpreter
@pytest.mark.parametrize("rule", rules.RULES, ids=lambda r: r.__name__)
def test_rules_are_pure_arithmetic(rule):
    """Named numbers and nothing else: `+ - * /`, comparisons, `math.*`, other rules and constants; that is what keeps
    bits equal. A place is that of a list or of another firm, by its number; what changes is here, me, the visit, or
    what a customer has at another firm.

    No power operator, no NumPy function but the float64 conversion, no draw of its own, no default, no state.
    """
    tree = ast.parse(textwrap.dedent(inspect.getsource(rule))).body[0]
    inside = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    inside |= {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    names = {r.__name__ for r in rules.RULES}
    module = vars(inspect.getmodule(rule))
    assert not tree.args.defaults and not tree.args.vararg and not tree.args.kwarg
    assert ast.get_docstring(tree)
    body = [n for statement in tree.body for n in ast.walk(statement)]
    for node in body:
        assert not isinstance(node, (ast.Pow, ast.Global, ast.Nonlocal, ast.Try, ast.Lambda)), rule.__name__
        if isinstance(node, ast.Subscript):
            owner, found = chain(node)
            assert owner in ARGUMENTS and (found or owner == "others"), ast.unparse(node)
            assert not isinstance(node.slice, (ast.Slice, ast.Constant)), "a place has a name"
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
            assert isinstance(node.value, ast.Tuple), "nothing is unpacked that a rule returned"
        if isinstance(node, ast.Attribute):
            owner, _ = chain(node)
            known = owner == "math" or owner in {*ARGUMENTS} & inside
            assert known or ast.unparse(node) in ("np.float64",), ast.unparse(node)
        elif isinstance(node, ast.Name) and node.id not in inside | ALLOWED | names:
            assert not hasattr(builtins, node.id), node.id
            assert isinstance(module[node.id], (int, float, np.number)), node.id
        if isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
            assert isinstance(node.ctx, ast.Store) and chain(node)[0] in ("here", "me", "visit", "others"), ast.unparse(
                node
            )


@pytest.mark.interpreter
@every
def test_rules_ask_for_what_there_is(name):
    """Every name of every rule is a field, a number of an offer, a link, a word of the visit, a role or a counter."""
    examine(REGISTRY[name], REGISTRY)


def changes(rule):
    """What a rule, and rules that it calls with its records, change: (statement, owner, name)."""
    for function in reached(rule):
        for node in ast.walk(parsed(function)[0]):
            for target in [*getattr(node, "targets", []), getattr(node, "target", None)]:
                target = target.value if isinstance(target, ast.Subscript) else target
                if isinstance(target, ast.Attribute):
                    base, names, _ = dotted(target)
                    yield node, base, names[0]


WHERE = {("me", "pace"): "rate", ("visit", "cents"): "served", ("visit", "spend"): "served"}
WHERE |= {("visit", "utility"): "lure", ("visit", "exits"): "renew", ("visit", "switches"): "renew"}


@pytest.mark.interpreter
@every_hook
def test_hooks_ask_for_what_there_is(hook):
    """Every argument is a thing with names or a draw of a listed purpose; a condition draws nothing, changes nothing.

    What the step itself notes changes only in the phase that is there for it.
    """
    assert {(owner, name) for owner, names in WRITTEN.items() for name in names} == set(WHERE)
    assert hook.rule in rules.RULES and (hook.when is None or hook.when in rules.RULES)
    for argument in inspect.signature(hook.rule).parameters:
        assert argument in ARGUMENTS or (drawn(argument) and argument.partition("_")[2] in draws.PURPOSES), argument
    if hook.when is not None:
        assert set(inspect.signature(hook.when).parameters) <= set(ARGUMENTS)
        assert not list(changes(hook.when))
    if hook.phase in ("rate", "end"):  # no firm and no occasion is at hand
        asked = {p for rule in (hook.rule, hook.when) if rule is not None for p in inspect.signature(rule).parameters}
        assert not {p for p in asked if p in ("here", "others") or p.startswith("draw_")}
    for _, owner, name in changes(hook.rule):
        assert WHERE.get((owner, name), hook.phase) == hook.phase, f"{owner}.{name} in the phase {hook.phase}"


@every
def test_counters_and_roles_only_grow(name):
    """`visit.rewards += n`: what happened is never unsaid; a counter is the mechanism's own or one of those it needs.

    One of another that it acts beside is counted nowhere without it.
    """
    m = REGISTRY[name]
    for hook in m.hooks:
        beside = [REGISTRY[other] for other in needed({name}, REGISTRY) | set(hook.beside)]
        counters = {counter for other in beside for counter in other.counts}
        roles = {*ROLES, *(role for other in REGISTRY.values() for role in other.roles)}
        for node, owner, word in changes(hook.rule):
            if owner == "visit" and word not in VISIT:
                assert isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add), word
                assert word in counters | roles, word


GIVES = ("known", "utility", "pull", "appeal", "worth", "leave", "end")  # phases that ask for a number


@every_hook
def test_hooks_return_what_their_phase_asks_for(hook):
    """A number, by every way through the rule, where the phase or a condition asks for one; nothing where it acts."""
    for rule, asked in ((hook.rule, hook.phase in GIVES), (hook.when, True)):
        if rule is None:
            continue
        function = ast.parse(textwrap.dedent(inspect.getsource(rule))).body[0]
        returned = [n.value for n in ast.walk(function) if isinstance(n, ast.Return)]
        assert all((value is not None) == asked for value in returned)
        assert not asked or ends(function.body), "a way through it returns nothing"


def ends(body):
    """Does every way through these statements return?"""
    last = body[-1]
    return isinstance(last, ast.Return) or (
        isinstance(last, ast.If) and ends(last.body) and bool(last.orelse) and ends(last.orelse)
    )


# ---- configuration -------------------------------------------------------------------------------------------------


@every
def test_a_file_in_conf_sets_its_terms(name):
    """A mechanism with keys of its own appears in conf/, where its numbers can be read with unit and source."""
    import yaml

    known = {f.name for f in dataclasses.fields(REGISTRY[name].terms)}
    found = {}
    for path in sorted(CONF.rglob("*.yaml")):
        tree = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        for place in (tree, tree.get("behaviour"), tree.get("program")):
            if isinstance(place, dict) and isinstance(place.get(name), dict):
                found[path.relative_to(CONF).as_posix()] = set(place[name])
    level = REGISTRY[name].level
    assert not known or found, f"no file in conf/ sets {name}: write conf/{level}/{name}.yaml with its keys"
    assert {path: keys - known for path, keys in found.items() if keys - known} == {}


def test_firms_start_aware_by_default():
    """Awareness is a key of the firm; at 1 the mechanism is not even assembled."""
    assert Firm(share=1.0).awareness == 1.0
    assert "awareness" not in {m.name for m in mechanisms.active(world())}
    assert "awareness" in {m.name for m in mechanisms.active(everything())}
