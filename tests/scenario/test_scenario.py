"""What a configuration may say: reading, checking, the canonical form, and every random way to get it wrong."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import functools
import json
import math
import pickle
import typing
from collections.abc import Mapping
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from loyaltysim.configure import yaml as plain_yaml
from loyaltysim.configure.compose import components, compose
from loyaltysim.configure.yaml import to_yaml
from loyaltysim.market.model import Market
from loyaltysim.scenario.forms import canonical, config_hash
from loyaltysim.scenario.hints import nearest
from loyaltysim.scenario.model import Firm, Scenario, Written
from loyaltysim.scenario.read import parameters, read, varied
from loyaltysim.scenario.reader import INT64, ConfigError, hints, name_problem, without_none
from loyaltysim.scenario.settle import leader
from loyaltysim.scenario.size import LOGS, PURCHASE, size
from loyaltysim.scenario.terms import term
from tests.scenarios import in_plain, parts, world

pytestmark = pytest.mark.interpreter

PLAIN = {"firms": {"a": {"share": 0.6}, "b": {"share": 0.4}}}


def with_keys(**keys):
    return {**copy.deepcopy(PLAIN), **keys}


def check(tree) -> Scenario:
    return read(tree, components())


def problems(tree) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        check(tree)
    return {problem.key: str(problem) for problem in caught.value.problems}


# --- what a good configuration becomes ---------------------------------------------------------------------------


def test_the_leader_is_focal_and_ties_go_to_the_first_id():
    assert check(PLAIN).focal == "a"
    assert leader({"z": Firm(share=0.4), "m": Firm(share=0.4), "a": Firm(share=0.2)}) == "m"


def test_program_and_policy_belong_to_the_focal_firm_and_rivals_to_the_others():
    scenario = check(
        with_keys(
            focal="b",
            program={"points": {}},
            policy={"launch": {"week": 3}},
            rivals={"policy": {"imitate": {"lag": 4}}},
        )
    )
    assert scenario.firms["b"].program["points"].earn == 1.0
    assert scenario.firms["b"].policy["launch"].week == 3
    assert scenario.firms["a"].program == {}
    assert scenario.firms["a"].policy["imitate"].lag == 4


def test_what_a_firm_says_itself_wins_over_rivals():
    tree = with_keys(rivals={"program": {"points": {"earn": 1}, "recognition": {}}})
    tree["firms"]["b"]["program"] = {"points": {"earn": 3}}
    program = check(tree).firms["b"].program
    assert program["points"].earn == 3.0
    assert set(program) == {"membership", "points", "recognition"}


def test_a_component_said_for_the_focal_firm_in_two_places_is_refused():
    tree = with_keys(program={"points": {"earn": 2}})
    tree["firms"]["a"]["program"] = {"points": {"earn": 3}}
    assert "also said at firms.a.program.points" in problems(tree)["program.points"]


def test_a_component_that_is_null_is_not_used():
    program = check(with_keys(program={"points": None, "recognition": {}})).firms["a"].program
    assert program.keys() == {"membership", "recognition"}


def test_what_a_component_needs_is_written_down():
    """Recognition builds a bond and knows members: both stand in the scenario, its hash and its file."""
    scenario = check(with_keys(program={"recognition": {}}))
    assert scenario.behaviour.keys() == {"bond"} and "bond" in canonical(scenario)["behaviour"]
    assert scenario.firms["b"].program == {}


def test_a_rival_may_be_varied_into_an_imitator_and_nobody_copies_itself():
    scenario = check(with_keys(program={"points": {}}))
    assert varied(scenario, "rivals.policy.imitate.lag=4", components()).firms["b"].policy["imitate"].lag == 4
    assert "is firm 'a' itself" in problems(with_keys(policy={"imitate": {}}))["firms.a.policy.imitate.whom"]


def test_firms_fit_into_the_bits_of_one_number():
    assert "at most 60" in problems({"firms": {f"f{k}": {"share": 1 / 61} for k in range(61)}})["firms"]


def test_integral_floats_are_whole_numbers_and_zero_has_one_sign():
    scenario = check(with_keys(customers={"n": 1e4}, market={"basket": {"sd_within": -0.0}}))
    assert scenario.customers.n == 10_000
    assert type(scenario.customers.n) is int
    assert math.copysign(1.0, scenario.market.basket.sd_within) == 1.0


def test_the_hash_ignores_order_spelling_and_compute_and_nothing_else():
    first = check({"weeks": 52, "firms": {"b": {"share": 0.4}, "a": {"share": 0.6}}, "compute": {"threads": 2}})
    second = check({"firms": {"a": {"share": 0.6, "program": {}}, "b": {"share": 0.4}}, "weeks": 52.0, "focal": "a"})
    assert config_hash(first) == config_hash(second)
    assert config_hash(first) != config_hash(check(with_keys(weeks=53)))
    assert "compute" not in canonical(first)


def test_the_size_of_a_run_is_estimated_before_it_is_made():
    """0.4 GB, 200 B and 60 B per firm and customer, 12 B per firm, quarter and customer; 4 worlds per seed."""
    scenario = check(with_keys(weeks=26, seeds=3, customers={"n": 1000}))
    assert size(scenario) == (pytest.approx(0.4 + 1000 * (200 + 60 * 2 + 12 * 2 * 2) / 1e9), 1000 * 26 * 3 * 4)


def test_a_run_of_several_worlds_is_counted_as_a_whole():
    """A program keeps three worlds and their purchases, whatever is recorded. Peak of such a run, measured: 2.83 GB."""
    words = ["market=grocery", "customers.n=100000", "weeks=52", "record.log=false", "record.panel=false"]
    alone, compared = compose(words), compose([*words, "program=points", "policy=launch", "policy.launch.week=10"])
    firms = len(alone.firms)
    assert size(alone)[0] == pytest.approx(0.4 + 1e5 * (200 + 60 * firms) / 1e9)
    logs = 1e5 * PURCHASE * LOGS * compared.market.M
    assert size(compared)[0] == pytest.approx(0.4 + (3e5 * (200 + 60 * firms) + logs) / 1e9)
    assert 2.83 < size(compared)[0] < 1.3 * 2.83


def test_the_size_counts_friends_and_words():
    """What a market holds, to 1 %: its network and, with the log, what was said in every week; without, in two."""
    quiet = world(2000, 12, behaviour={"experience": {}})
    for log in (True, False):
        here = dataclasses.replace(quiet, record=dataclasses.replace(quiet.record, log=log))
        talk = dataclasses.replace(here, behaviour={**here.behaviour, **parts({"word_of_mouth": {}})})
        market = in_plain(Market(talk, 1))
        market.run()
        network = market.network
        held = network.indices.nbytes + network.indptr.nbytes + network.data.nbytes
        words = 12 if log else 2  # weeks
        told = (size(talk)[0] - size(here)[0]) * 1e9
        assert told == pytest.approx(held + words * market.population["said"].nbytes, rel=0.01)
        assert sum("messages" in week for week in market.surroundings) == (12 if log else 1)


def test_a_variant_is_read_like_the_scenario_itself():
    scenario = check(with_keys(program={"points": {"face_value": 5}}, vary=["program.points.face_value=10"]))
    assert varied(scenario, scenario.vary[0], components()).firms["a"].program["points"].face_value == 10.0
    said = problems(with_keys(vary=["market.S=-1", "market.S", "market.s=1", "market.S=x"]))
    assert set(said) == {f"vary[{i}]" for i in range(4)}


def test_components_bring_their_own_keys_and_conditions():
    @dataclasses.dataclass(frozen=True)
    class Stamps:
        card: int = term(10, "stamps", 1, 100)
        given: int = term(0, "stamps", 0, 100)

    def given_below_card(t):
        return [("given", f"= {t.given} must stay below card = {t.card}")] if t.given >= t.card else []

    known = {"program": {"stamps": SimpleNamespace(terms=Stamps, check=given_below_card)}}
    assert read(with_keys(program={"stamps": {"card": 8}}), known).firms["a"].program["stamps"] == Stamps(card=8)
    with pytest.raises(ConfigError, match=r"program\.stamps\.given = 12 must stay below card = 8"):
        read(with_keys(program={"stamps": {"card": 8, "given": 12}}), known)


def test_places_reach_the_message_also_from_what_holds_the_key():
    places = {"firms": "my.yaml, line 3", "firms.a.share": "command line", "": "defaults"}
    with pytest.raises(ConfigError) as caught:
        read({"weeks": 0, "firms": {"a": {"share": 2}, "b": {"unit_cost": -1}}}, components(), places)
    assert {p.key: p.origin for p in caught.value.problems} == {
        "weeks": "defaults",
        "firms.a.share": "command line",
        "firms.b.share": "my.yaml, line 3",
        "firms.b.unit_cost": "my.yaml, line 3",
    }


def test_a_config_error_travels_between_processes():
    error = ConfigError([*_caught(with_keys(weeks=-1, foo=1)).problems])
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def _caught(tree) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        check(tree)
    return caught.value


def test_the_parameter_list_has_every_key_once_with_a_range_or_a_meaning():
    keys = [p.key for p in parameters(components())]
    assert len(keys) == len(set(keys))
    assert {"customers.n", "firms.<id>.program.points.earn", "rivals.policy.imitate.lag"} <= set(keys)
    numbers = [p for p in parameters(components()) if "number" in p.kind]
    assert [p.key for p in numbers if " to " not in p.allowed] == []


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [("earm", ["earn", "threshold"], "earn"), ("m", ["M", "K"], "M"), ("zzz", ["earn"], None), ("x", [], None)],
)
def test_the_nearest_name(name, known, expected):
    assert nearest(name, known) == expected


# --- random good configurations ----------------------------------------------------------------------------------

NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,8}", fullmatch=True).filter(lambda s: name_problem(s) is None)
TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn", "Zl", "Zp"], exclude_characters="\ufeff"), max_size=12
).filter(lambda s: "${" not in s)


def values(field: dataclasses.Field, hint) -> st.SearchStrategy:
    """Every value that a field's own declaration allows."""
    kind, optional = without_none(hint)
    facts = field.metadata
    if "components" in facts:
        known = components()[facts["components"]]
        return st.fixed_dictionaries({}, optional={name: trees(known[name].terms) for name in sorted(known)})
    if field.name == "luck":  # text that is a name
        return st.none() | NAMES
    if field.name.startswith("r_"):  # correlations, seconds to weigh: tests/market/test_correlations.py
        return st.just(0.0)
    if dataclasses.is_dataclass(kind):
        return trees(kind)
    if typing.get_origin(kind) is tuple:
        of = typing.get_args(kind)[0]
        dated = typing.get_origin(of) is dict  # changes at dates: tests/programs/test_dates.py
        return st.just([]) if dated else st.lists(scalars(of, facts), max_size=3)
    if typing.get_origin(kind) in (dict, Mapping):  # a mapping from id: firms and partners of a coalition
        of = without_none(typing.get_args(kind)[1])[0]
        assert dataclasses.is_dataclass(of), f"{field.name}: nothing is known of what stands in it"
        return st.dictionaries(NAMES, trees(of), max_size=2)
    return st.none() | scalars(kind, facts) if optional else scalars(kind, facts)


def scalars(kind: type, facts) -> st.SearchStrategy:
    if facts.get("choices"):
        return st.sampled_from(facts["choices"])
    if kind is bool:
        return st.booleans()
    if kind is int:
        return st.integers(facts["low"], facts["high"])
    if kind is float:
        return st.floats(facts["low"], facts["high"], allow_nan=False)
    return TEXT


@functools.cache
def trees(cls: type) -> st.SearchStrategy:
    """Trees that say some of the keys of a dataclass."""
    skip = {"firms", "focal", "vary", "whom", "firm", "name", "compute"}
    return st.fixed_dictionaries(
        {},
        optional={f.name: values(f, hints(cls)[f.name]) for f in dataclasses.fields(cls) if f.name not in skip},
    )


@st.composite
def configurations(draw) -> dict:
    """Whole configurations that keep the conditions between keys."""
    tree = draw(trees(Written))
    tree["name"] = draw(NAMES)
    tree.pop("plugins", None)  # names files, which are checked before anything else
    ids = draw(st.lists(NAMES, min_size=2, max_size=4, unique=True))
    weights = [draw(st.integers(1, 100)) for _ in ids]
    firms = {name: draw(trees(Firm)) for name in ids}
    for (name, firm), weight in zip(firms.items(), weights, strict=True):
        firm.update(share=weight / sum(weights), allow_loss=True)
        if name == draw(st.sampled_from(ids)):
            firm.pop("program", None)
    tree.update(firms=firms, focal=draw(st.sampled_from(ids)))
    tree.update(seeds=draw(st.integers(1, 50)), seed=draw(st.integers(0, INT64 - 50)))
    tree.setdefault("customers", {})["n"] = draw(st.integers(1, 10_000))
    focal = firms[tree["focal"]]
    for level in ("program", "policy"):
        focal.pop(level, None)
    return tree


def between_keys(error: ConfigError) -> bool:
    """Only conditions between keys, names, or weeks after the horizon, that this generator does not know."""
    return all(
        p.value is ...
        or p.key.startswith("customers.n")
        or any(
            w in p.message
            for w in (
                "horizon",
                "weeks",
                "setting",
                "must lie after",
                "goes with nothing",
                "no propensity",
                "under contracts",
                "a name has",
                "keys the draws",
            )
        )
        for p in error.problems
    )


@given(configurations())
def test_random_good_configurations_pass_and_come_back_from_their_own_file(tree):
    """read(load(to_yaml(s))) has the same canonical form, byte for byte."""
    try:
        scenario = check(tree)
    except ConfigError as error:
        assert between_keys(error), str(error)
        assume(False)
        return
    again = check(plain_yaml.parse(to_yaml(scenario), "config.yaml")[0])
    assert json.dumps(canonical(again)) == json.dumps(canonical(scenario))
    assert config_hash(again) == config_hash(scenario)
    assert to_yaml(again) == to_yaml(scenario)


# --- random bad configurations -----------------------------------------------------------------------------------

JUNK = st.one_of(
    st.sampled_from(
        [math.nan, math.inf, -math.inf, None, True, -1, 0, 10**400, -(10**30), INT64 + 1, 1e308, "", "0,1", "10%"]
    ),
    st.sampled_from(["\x00", "\ud800", "../x", "${a}", b"x", datetime.date(2020, 1, 1), 1j, {1, 2}, object(), ()]),
    st.lists(st.floats() | st.text(max_size=5), max_size=2),
    st.dictionaries(st.text(max_size=4) | st.integers(), st.none() | st.floats() | st.text(max_size=5), max_size=2),
)


def places_in(tree, path=()) -> list[tuple]:
    found = [path]
    for name, value in tree.items() if isinstance(tree, dict) else ():
        found += places_in(value, (*path, name))
    return found


@st.composite
def corrupted(draw) -> dict:
    """A good configuration with one to three places overwritten, and perhaps an unknown key."""
    tree = draw(configurations())
    for _ in range(draw(st.integers(1, 3))):
        *path, last = draw(st.sampled_from([p for p in places_in(tree) if p]))
        node = tree
        for name in path:
            node = node[name]
        if draw(st.booleans()):
            node[last] = draw(JUNK)
        elif isinstance(node[last], dict):
            node[last][draw(st.text(max_size=6) | st.integers() | st.none())] = draw(JUNK)
        else:
            del node[last]
    return tree


@given(corrupted())
@example({})
@example({"firms": None})
@example({"firms": {"a": None, "b": {}}})
@example({"firms": [{"id": "a"}]})
@example({"market": {"\n": None}})
@example({"market": {"\x1b[2J\u202e\ud800": "\u2028"}, "\r": {}})
def test_a_corrupted_configuration_is_read_or_refused_in_one_way(tree):
    """Nothing but ConfigError ever comes out, and each of its problems is one printable line."""
    try:
        check(tree)
    except ConfigError as error:
        assert error.problems
        for problem in error.problems:
            assert str(problem).isprintable()
            str(problem).encode("utf-8")


def test_text_that_a_file_could_not_hold_is_refused():
    """A file refuses `${`, so a scenario made in Python does too: what was read can be written and read again."""
    found = problems(PLAIN | {"market": {"measured": ["S", "${S}"]}})
    assert found.keys() == {"market.measured[1]"} and "interpolation" in found["market.measured[1]"]


@given(configurations(), st.sampled_from([math.nan, math.inf, -math.inf]), st.data())
def test_a_number_that_is_none_is_refused_wherever_it_stands(tree, number, data):
    """Row 5: NaN or infinity in place of any number, also inside lists."""
    numbers = [p for p in places_in(tree) if p and _at(tree, p[:-1]) is not None and _is_number(_at(tree, p))]
    *path, last = data.draw(st.sampled_from(numbers))
    _at(tree, path)[last] = number
    assert ".".join(map(str, (*path, last))) in problems(tree)


def _at(tree, path):
    for name in path:
        tree = tree[name]
    return tree


def _is_number(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda b: b.decode("latin-1")))
@example("a: &x [1]\nb: [*x]\n")
@example("? [1, 2]\n: 3\n")
@example("a: 1\n<<: {b: 2}\n")
@example("a: !!python/object/apply:os.system [ls]\n")
@example("{" * 200)
@example("a: !!binary =\n")
@example("a: !!timestamp 2001-12-14\n")
@example("a: !!int x\n")
@example("a: !!bool x\n")
@example("--- 1\n--- 2\n")
def test_any_text_is_read_as_plain_data_or_refused(text):
    try:
        tree, places = plain_yaml.parse(text, "my.yaml")
    except ConfigError as error:
        assert str(error)
    else:
        assert isinstance(tree, dict)
        assert all(place.startswith("my.yaml, line ") for place in places.values())


def test_a_scenario_with_another_value_is_the_one_that_is_written_so():
    """Whatever is set, by whichever of its names: the same hash as the configuration that says it."""
    words = ["scenario=grocery_points", "run=tiny"]
    base = compose([*words, "vary=[]"])
    for key, value in (
        ("customers.price_sensitivity", 3.5),
        ("program.points.face_value", 6),
        ("firms.b.unit_cost", 0.5),
        ("customers.links.reward", -0.5),
        ("record.panel", False),
        ("seeds", 3),
        ("rivals.policy.imitate.lag", 13),
    ):
        assert config_hash(base.with_(key, value)) == config_hash(compose([*words, "vary=[]", f"{key}={value}"])), key
    assert base.with_("firms.a.program.points.earn", 2.0) == base.with_("program.points.earn", 2.0)
    assert base.with_("compute.processes", 1).compute.processes == 1
    assert compose(words).with_("market.S", 0.6).vary == compose(words).vary


def test_what_all_rivals_do_is_changed_where_they_do_it_already():
    """Two of three rivals copy: the lag of both changes, the third copies nobody."""
    copying = {"b": {"share": 0.2, "policy": {"imitate": {"lag": 4}}}, "c": {"share": 0.2, "policy": {"imitate": {}}}}
    firms = {"a": {"share": 0.5}, **copying, "d": {"share": 0.1}}
    made = check({"firms": firms}).with_("rivals.policy.imitate.lag", 26)
    lags = {name: firm.policy["imitate"].lag for name, firm in made.firms.items() if firm.policy}
    assert lags == {"b": 26, "c": 26}


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("market.Ss", 1.0, "market.Ss is no key of this scenario; did you mean market.S?"),
        ("program.pionts.earn", 1.0, "did you mean program.points.earn?"),
        ("program.cashback.rate", 1.0, "program.cashback.rate is no key of this scenario; known here: "),
        ("firms.q.price", 1.0, "is no key of this scenario; known here: a, b, c, d"),
        ("customer.n", 1.0, "did you mean customers.n?"),
        ("market.S.x", 1.0, "is no key of this scenario"),
        ("market.S", -1.0, "allowed 0.05 to 1e+06"),
        ("firms.a.share", 0.9, "firms"),
    ],
)
def test_what_a_scenario_cannot_have_is_refused_with_the_nearest_name(key, value, said):
    with pytest.raises(ConfigError) as caught:
        compose(["scenario=grocery_points", "run=tiny"]).with_(key, value)
    assert said in str(caught.value)


def test_how_many_customers_there_really_are_moves_nothing_of_a_run():
    """customers.total scales what is told; the same customers come, and the books are the same."""
    unknown = compose(["market=cafe", "program=stamps", "customers.n=40", "weeks=20"])
    known = unknown.with_("customers.total", 3000)
    assert unknown.customers.total is None and known.customers.total == 3000
    books = [Market(scenario, 5).run() for scenario in (unknown, known)]
    pd.testing.assert_frame_equal(books[0].weekly, books[1].weekly)
    pd.testing.assert_frame_equal(books[0].people, books[1].people)
    assert compose(["customers.total=unknown"]).customers.total is None
    with pytest.raises(ConfigError, match=r"customers\.total = 0"):
        compose(["customers.total=0"])


def test_a_word_may_stand_for_a_number():
    """A period is read aloud as it is said; a word that stands for nothing is refused with those that do."""
    for word, weeks in {"week": 1, "four_weeks": 4, "quarter": 13, "year": 52, "26": 26}.items():
        terms = compose(["scenario=grocery_points", f"program.points.batch={word}"]).focal_firm.program["points"]
        assert terms.batch == weeks and type(terms.batch) is int
    with pytest.raises(ConfigError, match=r"allowed 1 to 52 \(weeks\), or week, or four_weeks, or quarter, or year"):
        compose(["scenario=grocery_points", "program.points.batch=month"])
