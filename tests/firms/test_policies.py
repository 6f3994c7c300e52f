"""How firms decide: static, launch, imitate; in which week, how faithfully, and on a recorded script."""

from __future__ import annotations

import dataclasses
import inspect
import re
from pathlib import Path

import pytest

from loyaltysim.configure import yaml
from loyaltysim.firms import policies
from loyaltysim.firms.policies.imitate import copied
from loyaltysim.market.model import Market
from tests.scenarios import everything, in_plain, parts, points_world, same, terms, totals, world

REGISTRY = policies.registry()
CONF = Path(__file__).parents[2] / "conf" / "policy"
every = pytest.mark.parametrize("name", list(REGISTRY))


@every
def test_it_declares_itself(name):
    """Name of its file, source, frozen terms with unit, and three words of arguments: terms, seen, draw."""
    p = REGISTRY[name]
    module = inspect.getmodule(p.terms)
    assert p.name == name == module.__name__.rsplit(".", 1)[1] and module.__doc__ and p.terms.__doc__
    assert len(p.source) > 10 and p.terms.__dataclass_params__.frozen
    assert list(inspect.signature(p.decide).parameters) == ["terms", "seen", "draw"]
    assert all(f.metadata.get("source") for f in dataclasses.fields(p.terms))


@every
def test_a_configuration_can_name_it(name):
    """conf/policy/NAME.yaml sets every key at its default, each line with its unit or meaning."""
    path = CONF / f"{name}.yaml"
    assert path.is_file(), f"write {path.relative_to(CONF.parents[1])} with every key of the policy {name}"
    tree, _ = yaml.load(path, path.name)
    defaults = {f.name: f.default for f in dataclasses.fields(REGISTRY[name].terms) if f.metadata["unit"] != "firm"}
    assert tree == ({name: defaults} if defaults else {})
    said = path.read_text(encoding="utf-8").splitlines()
    assert all("#" in line for line in said if re.match(r"\s+\w+:", line))


@every
def test_it_sees_only_what_a_firm_could_see(name):
    """No policy reads the population, its rows or its columns."""
    source = inspect.getsource(inspect.getmodule(REGISTRY[name].terms))
    assert not [word for word in ("population", "customer(", "panel_visits", ".columns") if word in source]


def test_static_is_what_runs_without_a_policy():
    """The passive firm, said or unsaid, byte for byte."""
    said = in_plain(Market(points_world(60, 20, policy={"static": {}}), 1)).run()
    same(said, in_plain(Market(points_world(60, 20), 1)).run())


def test_a_launch_in_week_0_is_static_and_none_before_it():
    """Launch in week 0 = static; in week 9, the first nine weeks are the market without program; byte for byte."""
    now = in_plain(Market(points_world(60, 20, policy={"launch": {"week": 0}}), 1)).run()
    same(now, in_plain(Market(points_world(60, 20), 1)).run())
    later = in_plain(Market(points_world(60, 20, {"face_value": 20.0}, policy={"launch": {"week": 9}}), 1)).run()
    none = in_plain(Market(world(60, 20), 1)).run()
    for table in ("weekly", "log"):
        left, right = getattr(later, table), getattr(none, table)
        assert left[left["week"] < 9][right.columns].equals(right[right["week"] < 9])
    joins = later.weekly[later.weekly["firm"] == "a"].set_index("week")["joins"]
    assert joins[:9].sum() == 0 < joins[9]
    assert [bool(offers["a"].program) for offers in later.offers] == [week >= 9 for week in range(20)]


@pytest.mark.parametrize("lag", [1, 4, 13])
def test_a_copy_comes_lag_weeks_after_the_original(lag):
    """Launch in week 3, copied `lag` weeks later by every rival, with the face value scaled by fidelity and nothing
    else.
    """
    scenario = points_world(
        30, 24, policy={"launch": {"week": 3}}, rivals_policy={"imitate": {"lag": lag, "fidelity": 0.5}}
    )
    book = in_plain(Market(scenario, 1)).run()
    original = scenario.firms["a"].program["points"]
    copy = dataclasses.replace(original, face_value=3.0)
    for week, offers in enumerate(book.offers):
        assert offers["a"].program.get("points") == (original if week >= 3 else None)
        for rival in "bcd":
            assert offers[rival].program.get("points") == (copy if week >= 3 + lag else None), week
            assert set(offers[rival].program) == set(offers["a"].program if week >= 3 + lag else ())


def test_a_perfect_copy_is_the_same_offer():
    """Fidelity 1 copies every term; a firm that copies another than the focal one names it."""
    policy = {"b": {"policy": {"imitate": {"lag": 2, "whom": "c"}}}, "c": {"program": {"points": {"earn": 2.0}}}}
    firm = {k: {level: parts(tree) for level, tree in v.items()} for k, v in policy.items()}
    book = in_plain(Market(points_world(20, 6, firm=firm), 1)).run()
    assert book.offers[1]["b"].program == {} and book.offers[2]["b"].program == book.offers[0]["c"].program
    assert book.offers[5]["a"].program["points"].earn == 1.0 != book.offers[5]["b"].program["points"].earn


def test_probability_is_generosity_too_and_stays_a_probability():
    """A copied touchpoint at fidelity 1.5 has probability .9 instead of .6, and never more than 1."""
    assert copied("recognition", terms("recognition", probability=0.6), 1.5).probability == pytest.approx(0.9)
    assert copied("recognition", terms("recognition", probability=0.8), 1.5).probability == 1.0


def test_a_copy_never_gives_back_more_than_is_spent():
    """Nine of ten returned, copied at 1.5: as shown, since 135 % would be refused; at 0.5 half of it."""
    card = terms("points", earn=1.0, threshold=10.0, face_value=9.0)
    assert copied("points", card, 1.5) == card and copied("points", card, 0.5).face_value == 4.5


def test_a_signed_term_is_copied_within_both_ends():
    """More trouble than usual, copied at 1.6: -1, the lowest that there is, not -1.6; at 0.5 half of it."""
    trouble = terms("ease", saved=-1.0)
    assert copied("ease", trouble, 1.6).saved == -1.0 and copied("ease", trouble, 0.5).saved == -0.5


def test_without_anything_to_copy_imitation_is_nothing():
    """Rivals that imitate a firm without program live in the market without program, byte for byte."""
    copying = in_plain(Market(world(60, 12, rivals_policy={"imitate": {"lag": 1}}), 1)).run()
    same(copying, in_plain(Market(world(60, 12), 1)).run())


def test_replaying_recorded_offers_is_the_same_world():
    """A market that follows the recorded offers of another one with imitators repeats it, books and all; byte for
    byte.
    """
    scenario = everything(50, 24)
    first = in_plain(Market(scenario, 5))
    second = in_plain(Market(scenario, 5, offers=first.run().offers))
    same(second.run(), first.book())


def test_recorded_offers_of_another_world_are_followed():
    """In T1|i the rivals' copies are on the shelf although nobody may join the focal program: offers as recorded."""
    scenario = points_world(60, 20, policy={"launch": {"week": 2}}, rivals_policy={"imitate": {"lag": 3}})
    recorded = in_plain(Market(scenario, 5)).run().offers
    replay = in_plain(Market(scenario, 5, eligible=False, offers=recorded))
    book = replay.run()
    assert [o["b"].program for o in book.offers] == [o["b"].program for o in recorded]
    assert (replay.population["joined"][:, 0] == -1).all() and (replay.population["joined"][:, 1] >= 0).any()


def test_outstanding_points_are_owed_at_their_cost():
    """A launched card of 100 points for 6.00 at 80 %: the liability at the end is 4.80 for each 100 points held, in
    cents.
    """
    scenario = points_world(40, 20, policy={"launch": {"week": 2}}, joining={"ask": 1.0, "hassle": 0.0, "scale": 0.001})
    t = totals(in_plain(Market(scenario, 5)).run()).loc["a"]
    outstanding = int(t["points_issued"] - t["points_redeemed"] - t["points_expired"])
    assert t["liability_change"] == outstanding * 480 // 100_000 > 0


def test_firms_decide_together_from_last_week():
    """Two firms that imitate each other with lag 1 swap their offers instead of one seeing the other's new one
    first.
    """
    swap = {
        "a": {"program": parts({"points": {"earn": 2.0}}), "policy": parts({"imitate": {"lag": 1, "whom": "b"}})},
        "b": {"program": parts({"points": {"earn": 3.0}}), "policy": parts({"imitate": {"lag": 1, "whom": "a"}})},
    }
    market = in_plain(Market(world(10, 5, firm=swap), 1))
    market.shown.append(
        {name: dataclasses.replace(f.offer(), program=f.configured_program) for name, f in market.firms.items()}
    )
    market.week = 1
    seen = []
    for _ in range(3):
        offers = market.firms_decide()
        market.week += 1
        seen.append((offers["a"].program["points"].earn, offers["b"].program["points"].earn))
    assert seen == [(3.0, 2.0), (2.0, 3.0), (3.0, 2.0)]
