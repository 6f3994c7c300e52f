"""Equal firms in a word, and luck that can be swapped."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pytest

from loyaltysim.configure.compose import compose
from loyaltysim.market.model import Market
from loyaltysim.scenario.equal import equal_firms
from loyaltysim.scenario.read import read
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies import single
from tests.firms.test_prices import priced
from tests.scenarios import changed, contracts, everything, in_plain, parts, world

SMALL = ("scenario=plain", "customers.n=50", "weeks=8", "worlds=none")


# --- firms=N ---


@pytest.mark.parametrize("many", [2, 3, 8])
def test_so_many_equal_firms(many):
    """Names of the market, then letters; shares of 1/N, costs of the leader, nobody's program; the first is focal."""
    made = compose([*SMALL, f"firms={many}"])
    assert list(made.firms) == list("abcdefgh")[:many] and made.focal == "a"
    assert {firm.share for firm in made.firms.values()} == {1.0 / many}
    rest = {dataclasses.replace(firm, share=1.0, program=(), policy=()) for firm in made.firms.values()}
    assert len(rest) == 1 and rest.pop().unit_cost == 0.75
    assert "changed here: firms.a.share = " in made.market.assumed[0] and made.market.measured == ()


def test_equal_firms_keep_the_names_of_the_market_and_the_focal_one():
    """The largest stay; the focal firm stays whatever its share, and the others are as it is, by hand."""
    firms = {"x": {"share": 0.2, "unit_cost": 0.1, "luck": "z"}, "y": {"share": 0.5}, "z": {"share": 0.3}}
    assert equal_firms(2, firms, "x") == {"x": {"share": 0.5, "unit_cost": 0.1}, "y": {"share": 0.5, "unit_cost": 0.1}}
    assert list(equal_firms(2, firms)) == ["y", "z"] and list(equal_firms(5, firms)) == ["y", "z", "x", "a", "b"]
    made = compose(["scenario=coffee_stamps", "firms=2"])
    assert sorted(made.firms) == ["chain", "corner"] and made.focal == "corner" and made.firms["chain"].unit_cost == 0.4


def test_more_can_be_said_of_one_of_them_wherever_it_stands():
    """On the command line before or after, in a file that is read, in one that is laid over, from Python."""
    words = ["firms.b.policy.imitate.lag=4", "firms=2", "firms.b.unit_cost=0.6", "program=points_3"]
    made = compose([*SMALL, *words])
    assert made.firms["b"].unit_cost == 0.6 and made.firms["b"].policy["imitate"].lag == 4
    assert made.firms["a"].program["points"].face_value == 15.0 and made.firms["a"].share == 0.5
    assert read({"firms": 3, "weeks": 4}, single.components()).firms.keys() == set("abc")


@pytest.mark.parametrize("firms", ["firms=2", "firms=3", "scenario=game"])
def test_what_is_chosen_for_one_of_them_is_its_own(firms):
    """`program@firms.b.program=points_3` before or after `firms=N`, and where a file says how many."""
    words = ["program=points_1", "program@firms.b.program=points_3", "policy@firms.b.policy=escalate"]
    for line in ([firms, *words], [*words, firms]):
        made = compose([*([] if firms.startswith("scenario") else SMALL[:1]), *SMALL[1:], *line])
        faces = [own.program["points"].face_value if own.program else 0.0 for own in made.firms.values()]
        assert faces == [5.0, 15.0, *[0.0] * (len(faces) - 2)] and set(made.firms["b"].policy) == {"escalate"}
        assert {own.share for own in made.firms.values()} == {1.0 / len(faces)}
    with pytest.raises(ConfigError, match=r"firms.chain"):
        compose([*SMALL, "firms=2", "program@firms.chain.program=points_3"])


@pytest.mark.parametrize("way", ["from", "with"])
def test_a_file_may_say_it(tmp_path, way):
    (tmp_path / "mine.yaml").write_text("firms: 2\ncustomers: {n: 40}\n")
    made = compose([f"{way}={tmp_path / 'mine.yaml'}", "firms.chain.unit_cost=0.7", "market=cafe"])
    assert {name: (firm.share, firm.unit_cost) for name, firm in made.firms.items()} == {
        "chain": (0.5, 0.7), "corner": (0.5, 0.4)
    }  # fmt: skip
    assert made.customers.n == 40 and made.focal == "chain"


@pytest.mark.parametrize("said", ["1", "9", "x", "2.5", "true", "[2]"])
def test_what_is_no_number_of_firms_says_what_is_allowed(said):
    with pytest.raises(ConfigError, match=r"line: firms = .*expected a mapping from id .*, or 2 to 8, so many equal"):
        compose([*SMALL, f"firms={said}"])


@pytest.mark.parametrize("percent", [1, 3])
def test_points_of_one_and_of_three_percent(percent):
    """Face value over the spending that a reward takes, exactly; the rest is the program `points`."""
    made, usual = (compose([*SMALL, f"program={name}"]).focal_firm.program for name in (f"points_{percent}", "points"))
    own = made["points"]
    assert Fraction(own.face_value) * Fraction(own.earn) / Fraction(own.threshold) == Fraction(percent, 100)
    assert dataclasses.replace(own, face_value=usual["points"].face_value) == usual["points"]
    assert made["membership"] == usual["membership"]


# --- luck ---


def swapped(scenario, one: str, two: str):
    """Two firms change everything but their ids, luck too; what names one of them names the other."""
    other = {one: two, two: one}
    firms = {name: scenario.firms[other.get(name, name)] for name in scenario.firms}
    for name, own in firms.items():
        firms[name] = dataclasses.replace(own, luck=scenario.luck(other.get(name, name)))
    return changed(scenario, firms=firms, focal=other.get(scenario.focal, scenario.focal))


@pytest.mark.parametrize("make", [everything, contracts, priced])
def test_two_firms_that_swap_all_but_their_ids_swap_results_bit_for_bit(make):
    """Everything at work: programs, promotions and offers, copies, talk, surveys of the two first of four firms; and
    four price policies that answer each other.
    """
    scenario = make(40, 16)
    record = dataclasses.replace(scenario.record, survey=dataclasses.replace(scenario.record.survey, every=8))
    scenario = changed(scenario, record=record)
    usual, other = (in_plain(Market(s, 7)).run() for s in (scenario, swapped(scenario, "a", "b")))
    renamed = other.weekly.assign(firm=other.weekly.firm.replace({"a": "b", "b": "a"}))
    ordered = [book.sort_values(["week", "firm"]).reset_index(drop=True) for book in (usual.weekly, renamed)]
    assert make is not priced or (usual.weekly.groupby("firm").price.nunique() > 1).all()
    assert ordered[0].equals(ordered[1]) and usual.weekly.visits.sum() > 0
    assert (usual.visits == other.visits[:, :, [1, 0, 2, 3]]).all()
    log = other.log.assign(firm=np.array([1, 0, 2, 3], np.int8)[other.log.firm])
    assert usual.log.equals(log) and len(usual.survey) > 100
    answers = other.survey.assign(firm=np.array([1, 0, 2, 3])[other.survey.firm])
    told = [answers.sort_values(["week", "firm", "customer"], ignore_index=True) for answers in (usual.survey, answers)]
    assert told[0].equals(told[1])


@pytest.mark.parametrize("many", [2, 5, 8])
@pytest.mark.parametrize("policy", ["price_undercut", "price_estimated", "price_markup"])
def test_equal_firms_that_pass_their_luck_on_pass_their_results_on(many, policy):
    """N firms with one program and one price policy, each with the luck of the next: each sells and earns what the next
    did, to the last cent.
    """
    keys = {"price_markup": {"over": "all", "markup": 0.4}}.get(policy, {})
    own = {"program": parts({"stamps": {"needed": 3, "face_value": 4.0}}), "policy": parts({policy: keys})}
    names = "abcdefgh"[:many]
    shares = dict.fromkeys(names, 1.0 / many)
    books = []
    for by in (0, 1):
        luck = {name: {**own, "luck": f"l{(k + by) % many}"} for k, name in enumerate(names)}
        book = in_plain(Market(world(30, 10, shares=shares, firm=luck), 4)).run()
        books.append(book.weekly.pivot(index="week", columns="firm"))
    for column in ("visits", "revenue", "profit", "reward_cost", "price"):
        usual, passed = (table[column].to_numpy() for table in books)
        assert (passed == np.roll(usual, -1, axis=1)).all(), column
    assert usual.min() < usual.max()


def test_luck_is_the_id_unless_said():
    """Said as it is, nothing moves; another word moves that firm's tastes and no other's."""
    scenario = everything(40, 6)
    said = changed(scenario, firms={k: dataclasses.replace(f, luck=k) for k, f in scenario.firms.items()})
    markets = [Market(s, 3).population["log_g"] for s in (scenario, said, lucky(scenario, "z"))]
    assert (markets[0] == markets[1]).all()
    assert (markets[0] == markets[2]).all(axis=0).tolist() == [True, False, True, True]


def lucky(scenario, word: str):
    return changed(scenario, firms={**scenario.firms, "b": dataclasses.replace(scenario.firms["b"], luck=word)})


@pytest.mark.parametrize(
    "words, message",
    [
        (["firms.b.luck=a"], "firms.b.luck = 'a' .*is what keys the draws of firm a too; each firm needs its own"),
        (["firms.a.luck=z", "firms.b.luck=z"], "firms.a.luck = 'z' .*of firm b too"),
        (['firms.b.luck="a b"'], "firms.b.luck = 'a b' .*a name has 1 to 64 letters"),
    ],
    ids=["an_id", "a_word", "no_name"],
)
def test_luck_is_a_name_and_nobody_elses(words, message):
    with pytest.raises(ConfigError, match=message):
        compose([*SMALL, *words])
    assert compose([*SMALL, "firms.a.luck=b", "firms.b.luck=a"]).luck("a") == "b"
