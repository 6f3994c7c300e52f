"""Own numbers: what `new` prints, what a with= file may say, and where its words arrive."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest

from loyaltysim.cli.main import main
from loyaltysim.configure.compose import compose, spelled
from loyaltysim.configure.folders import groups
from loyaltysim.configure.new import text
from loyaltysim.configure.own import WORDS
from loyaltysim.configure.yaml import dump
from loyaltysim.present import changed
from loyaltysim.runs.files import Records
from loyaltysim.scenario.forms import complete, config_hash
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies.comparison import compose_question
from loyaltysim.studies.grid import plan
from loyaltysim.studies.single import run

pytestmark = pytest.mark.interpreter

CAFE = """\
market: cafe
you: corner
customers: 3000
visits_a_year: 150
price: 4.5
margin: 65 %
shares: {corner: 0.2, chain: 0.4, bakery: 0.25, kiosk: 0.15}
program: stamps
visits_for_a_reward: 8
reward: 4.5
reward_cost: 0.35
policy: launch
"""


def made(tmp_path, said: str, *words: str) -> Scenario:
    """The scenario of a with= file and more words."""
    return compose([f"with={written(tmp_path, said)}", *words])


def written(tmp_path, said: str, name: str = "mine.yaml") -> str:
    """A file; -> its path as a user types it."""
    (tmp_path / name).write_text(said, "utf-8")
    return str(tmp_path / name)


def problems(tmp_path, said: str, *words: str) -> list[str]:
    """What is refused in a with= file, its folder left out."""
    with pytest.raises(ConfigError) as caught:
        made(tmp_path, said, *words)
    return [str(problem).replace(f"{tmp_path}/", "") for problem in caught.value.problems]


def test_a_cafe_in_plain_words_arrives_at_exactly_its_numbers(tmp_path):
    s = made(tmp_path, CAFE)
    assert (s.market.name, s.focal, s.customers.total) == ("cafe", "corner", 3000)
    assert (s.market.M, s.market.basket.mean) == (150.0, 4.5)
    assert {name: firm.share for name, firm in s.firms.items()} == {
        "corner": 0.2, "chain": 0.4, "bakery": 0.25, "kiosk": 0.15
    }  # fmt: skip
    assert {firm.unit_cost for firm in s.firms.values()} == {0.35}  # 1 - .65
    stamps = s.focal_firm.program["stamps"]
    assert (stamps.needed, stamps.face_value, stamps.cost) == (8, 4.5, 0.35)
    assert s.focal_firm.program["membership"].hassle == 2.0  # as the shipped card of stamps has it
    assert s.focal_firm.policy["launch"].week == 52
    assert s.market.K == 0.8 and s.market.S == 1.3  # what is not said is as it ships


QUICK = ("cafe", "cdnow", "grocery", "telecom", "yogurt")  # one of each kind; the others take a while together
MARKETS = [pytest.param(m, marks=() if m in QUICK else pytest.mark.slow) for m in groups()["market"]]


@pytest.mark.parametrize("market", MARKETS)
def test_new_prints_every_market_as_it_ships(market, tmp_path):
    """Some ten lines, each with its words; laid over by with= they change nothing of the market."""
    said = text(market)
    lines = [line for line in said.splitlines() if not line.startswith("#")]
    assert 8 <= len(lines) <= 12 and all("  # " in line for line in lines)
    s = made(tmp_path, said)
    bare = compose([f"market={market}", "policy=launch", f"focal={s.focal}"])
    assert s.focal_firm.program
    alike = {name: (f.share, f.unit_cost, f.base_price) for name, f in s.firms.items()}
    assert alike == {name: (f.share, f.unit_cost, f.base_price) for name, f in bare.firms.items()}
    assert s.market == bare.market  # not one number was changed, and so none is called changed
    assert s.customers == bare.customers
    assert s.focal_firm.share == max(firm.share for firm in s.firms.values())


def test_new_of_the_cafe_is_the_shipped_card_of_stamps(tmp_path):
    shipped = ["market=cafe", "program=stamps", "policy=launch", "focal=corner"]
    assert made(tmp_path, text("cafe")) == compose(shipped)


def test_a_line_that_is_left_as_it_is_is_not_taken_for_known(tmp_path):
    """Worlds draw what nobody changed; what was changed is held."""
    said = text("cafe").replace("price: 4 ", "price: 4.5 ")
    held = compose([f"with={written(tmp_path, said)}"], worlds="wide").held
    assert "market.basket.mean" in held and "market.M" not in held and "firms.corner.unit_cost" not in held


def test_words_on_the_command_line_win(tmp_path):
    s = made(tmp_path, CAFE, "price=5", "margin=0.5", "shares.kiosk=0.05", "shares.bakery=0.35", "program=cashback")
    assert s.market.basket.mean == 5.0 and {firm.unit_cost for firm in s.firms.values()} == {0.5}
    assert (s.firms["kiosk"].share, s.firms["bakery"].share, s.firms["corner"].share) == (0.05, 0.35, 0.2)
    assert set(s.focal_firm.program) == {"cashback", "membership"}  # the card of stamps went with its terms
    assert made(tmp_path, CAFE, "market.M=99").market.M == 99.0
    assert made(tmp_path, CAFE, "program.stamps.needed=12").focal_firm.program["stamps"].needed == 12
    assert made(tmp_path, "market: cafe\nprice: 5\n", "market=telecom").market.name == "telecom"


def test_the_later_of_several_files_wins_and_from_keeps_working(tmp_path):
    one, two = written(tmp_path, CAFE, "one.yaml"), written(tmp_path, "price: 6\nmarket.S: 2\n", "two.yaml")
    for words in ([f"with={one}", f"with={two}"], [f"with=[{one},{two}]"]):
        s = compose(words)
        assert (s.market.basket.mean, s.market.S, s.market.M) == (6.0, 2.0, 150.0)
    assert compose([f"with={two}", f"with={one}"]).market.basket.mean == 4.5
    world = written(tmp_path, "firms: {x: {share: 0.7}, y: {share: 0.3}}\nmarket: {M: 30, K: 1}\n", "world.yaml")
    s = compose([f"from={world}", f"with={written(tmp_path, 'margin: 0.4', 'm.yaml')}"])
    assert {f.unit_cost for f in s.firms.values()} == {0.6} and set(s.firms) == {"x", "y"} and s.market.M == 30


def test_keys_stand_beside_words_whole_or_with_dots(tmp_path):
    s = made(tmp_path, "market: {S: 0.7}\ncustomers.n: 500\nmarket.K: 2\nprice: 30\nseeds: 3\n")
    assert (s.market.S, s.market.K, s.customers.n, s.market.basket.mean, s.seeds) == (0.7, 2.0, 500, 30.0, 3)
    assert s.market.name == "grocery" and s.market.basket.sd_within == 0.4


def test_a_program_of_keys_changes_terms_and_keeps_the_others(tmp_path):
    said = "program: {points: {face_value: 10}}\n"
    kept = made(tmp_path, said, "scenario=grocery_points").focal_firm.program
    assert (kept["points"].face_value, kept["points"].threshold, kept["membership"].hassle) == (10.0, 500.0, 8.0)
    new = made(tmp_path, "program: {stamps: {needed: 6}}\n").focal_firm.program
    assert (new["stamps"].needed, new["stamps"].cost, new["membership"].scale) == (6, 0.4, 5.0)


# --- margin, shares ----------------------------------------------------------------------------------------------


def test_margin_is_a_share_of_each_firms_own_price_unless_a_firm_says_its_cost(tmp_path):
    firms = "firms: {chain: {base_price: 2}, kiosk: {unit_cost: 0.9}}\n"
    s = made(tmp_path, f"market: cafe\nmargin: 0.7\n{firms}")
    assert {n: f.unit_cost for n, f in s.firms.items()} == {"corner": 0.3, "chain": 0.6, "bakery": 0.3, "kiosk": 0.9}
    s = made(tmp_path, "market: cafe\nmargin: {corner: 0.65, others: 60 %}\n")
    assert {n: f.unit_cost for n, f in s.firms.items()} == {"corner": 0.35, "chain": 0.4, "bakery": 0.4, "kiosk": 0.4}
    assert compose(["market=cafe", "margin.corner=0.5"]).firms["chain"].unit_cost == 0.4


def test_a_new_rival_takes_its_share_from_all_others(tmp_path):
    """.10 for a fifth shop leaves 9/10 to each; it sells at the cost that all have in common."""
    said = "market: cafe\nshares: {van: 0.1, others: rescale}\n"
    for s in (
        made(tmp_path, said),
        compose(["market=cafe", "shares.van=0.1", "shares.others=rescale"]),
        compose(["market=cafe", "firms.van.share=0.1", "firms.van.unit_cost=0.4", "shares.others=rescale"]),
    ):
        share = {name: firm.share for name, firm in s.firms.items()}
        assert share == pytest.approx({"corner": 0.27, "chain": 0.27, "bakery": 0.225, "kiosk": 0.135, "van": 0.1})
        assert s.firms["van"].unit_cost == 0.4 and s.focal == "chain"


def test_rivals_go_by_name_or_all_that_are_not_named(tmp_path):
    s = made(tmp_path, "market: cafe\nyou: mine\nshares: {mine: 0.4, chain: 0.6, others: none}\n")
    assert {name: firm.share for name, firm in s.firms.items()} == {"mine": 0.4, "chain": 0.6}
    s = made(tmp_path, "market: cafe\nshares: {kiosk: none, others: rescale}\n")
    assert {n: round(f.share, 6) for n, f in s.firms.items()} == {
        "corner": 0.352941,
        "chain": 0.352941,
        "bakery": 0.294118,
    }


# --- refusals ----------------------------------------------------------------------------------------------------


def test_everything_that_is_wrong_is_told_at_once_in_the_words_that_were_typed(tmp_path):
    said = """\
market: cafe
visits_a_year: 0
price: 4,50
margin: 1.5
shares: {corner: 0.3, chian: 0.3}
customers: {price_sensitivity: -3}
points_for_a_reward: 100
program: stamps
"""
    assert problems(tmp_path, said) == [
        "mine.yaml, line 2: visits_a_year = 0 (whole number): allowed 0.001 to 2000 (purchases per customer and 52 "
        "weeks)",
        "mine.yaml, line 3: price = '4,50' (text): expected a number such as 0.1; write the decimal point: 4.50; "
        "allowed 0.01 to 1e+07 (money)",
        "mine.yaml, line 7: points_for_a_reward = 100 (whole number): belongs to nothing here: the program is stamps "
        "and membership; name one that has it, program: stamps",
        "mine.yaml, line 5: shares must make 1 together: chain 0.3 + bakery 0.25 + kiosk 0.15 + corner 0.3 + chian 0.3 "
        "= 1.3; chian is new here, did you mean chain?; `others: rescale` lets those that are not named give way",
        "mine.yaml, line 4: margin = 1.5 (number): allowed 0 to 1 (share of the price)",
        "mine.yaml, line 6: customers.price_sensitivity = -3 (whole number): allowed 0 to 100 (utility per price)",
    ]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("visits_per_year: 3\n", "line 1: visits_per_year is no key; did you mean visits_a_year?"),
        ("prices: 3\n", "line 1: prices is no key; did you mean price?"),
        ("market: caffe\n", "line 1: market = 'caffe' (text): has no such option; did you mean 'cafe'?"),
        ("program: [stamps, pionts]\n", "line 1: program = 'pionts' (text): has no such option; did you mean 'poi"),
        ("program: claims\n", "line 1: program = 'claims' (text): has no such option; it does not exist yet"),
        ("price: 4\nprice: 5\n", "line 2: price is given twice, in lines 1 and 2; keep one"),
        ("price: 4\nmarket.basket.mean: 5\n", "line 1: price = 4.0 (number): says the same as market.basket.mean"),
        ("visits_a_year: 4\ntrips_a_year: 5\n", "line 2: trips_a_year = 5.0 (number): says the same as visits_a_year"),
        ("you: cornr\nmarket: cafe\n", "line 1: you = 'cornr' (text): is no firm here; did you mean corner?"),
        ("margin: {cornr: 0.5}\nmarket: cafe\n", "line 1: margin.cornr = 0.5 (number): is no firm here; did you mean"),
        ("shares: 0.4\n", "line 1: shares = 0.4 (number): expected a share for each firm"),
        ("shares: {a: 0.5, others: shrink}\n", "line 1: shares.others = 'shrink' (text): choose from keep, rescale"),
        ("reward: 3\n", "line 1: reward = 3 (whole number): belongs to nothing here: there is no program"),
        ("program: [points, stamps]\nreward: 3\n", "line 2: reward = 3 (whole number): could be of points or stamps"),
        ("_target_: os.system\nprice: 3\n", "line 1: _target_ is not allowed: a configuration never chooses code"),
        ("price: ${x}\n", "line 1: price holds an interpolation ${...}; write the value itself"),
        ("shares: {a: 0,4, b: 0,27}\n", "line 1: shares.a is written with a decimal comma: write a: 0.4"),
        ("market: {S: 1}\nmarket.S: 2\n", "line 2: market.S = 2 (whole number): is said in two ways; keep one"),
    ],
)  # fmt: skip
def test_a_refusal_names_file_line_word_and_the_nearest_name(said, told, tmp_path):
    found = problems(tmp_path, said)
    assert found[0].startswith(f"mine.yaml, {told}"), found


def test_a_file_that_is_not_there_or_holds_nothing_is_refused(tmp_path):
    for word in ("with=", f"with={tmp_path}", f"with={tmp_path}/none.yaml", f"with={written(tmp_path, '')}"):
        with pytest.raises(ConfigError):
            compose([word])


def test_shares_by_key_that_do_not_make_1_name_the_word_that_mends_it():
    with pytest.raises(ConfigError, match=r"= 1\.1; `shares\.others=rescale` lets"):
        compose(["firms.e.share=0.1"])


# --- where it works ----------------------------------------------------------------------------------------------


def test_the_choices_of_a_file_are_spelled_where_the_command_line_makes_none(tmp_path):
    file = written(tmp_path, CAFE)
    words = spelled([f"with={file}", "program=points"])
    assert words == [f"with={file}", "program=points", "market=cafe", "policy=launch"]
    assert spelled(words) == words


def test_a_sweep_turns_words_and_keeps_the_file(tmp_path):
    file = written(tmp_path, CAFE)
    points = plan([f"with={file}", "price=3,5", "margin=0.5,0.6", "seed=1"]).points
    found = [(p.scenario.market.basket.mean, p.scenario.focal_firm.unit_cost, p.scenario.market.M) for p in points]
    assert found == [(3.0, 0.5, 150.0), (3.0, 0.4, 150.0), (5.0, 0.5, 150.0), (5.0, 0.4, 150.0)]
    explored = plan([f"with={file}", "price=3:5", "explore.design=lhs", "explore.n=4", "seed=1"]).points
    assert len({p.scenario.market.basket.mean for p in explored}) == 4


def test_a_comparison_takes_market_and_card_from_the_file(tmp_path):
    """No second word: the file names the market; its terms are those of the design that it speaks of."""
    asked = compose_question([f"with={written(tmp_path, CAFE)}", "programs=[stamps,cashback]", "worlds=none"])
    assert (asked.base.market.name, asked.base.market.M, asked.base.focal) == ("cafe", 150.0, "corner")
    stamps, cashback = (d.scenario.focal_firm.program for d in asked.designs)
    assert (stamps["stamps"].needed, stamps["stamps"].face_value) == (8, 4.5)
    assert set(cashback) == {"cashback", "membership"} and cashback["membership"].hassle == 10.0
    assert "market.M=80" not in asked.base.vary


def test_a_program_file_has_the_shipped_terms_of_joining_unless_it_says_its_own(tmp_path):
    """As the shipped design of the same component, but for what the file says; values of the command line reach it."""
    for said, hassle in (
        ("stamps: {needed: 8}\n", 2.0),
        ("program: {stamps: {needed: 8}, membership: {hassle: 7}}\n", 7.0),
    ):
        file = written(tmp_path, said, "own.yaml")
        asked = compose_question([f"programs=[stamps,{file}]", "market=cafe", "program.stamps.cost=0.3", "worlds=none"])
        shipped, own = (d.scenario.focal_firm.program for d in asked.designs)
        assert own["stamps"].needed == 8 and own["stamps"].cost == shipped["stamps"].cost == 0.3
        assert (own["membership"].hassle, own["membership"].scale) == (hassle, 5.0)
        assert shipped["membership"].hassle == 2.0
    card = written(tmp_path, CAFE, "card.yaml")
    asked = compose_question([f"programs=[{card},cashback]", f"with={card}", "worlds=none"])
    assert asked.designs[0].scenario.focal_firm.program["stamps"].needed == 8


def test_an_option_of_ones_own_has_the_shipped_terms_of_joining(tmp_path):
    (tmp_path / "program").mkdir()
    (tmp_path / "program" / "eight.yaml").write_text("stamps:\n  needed: 8\n", "utf-8")
    own = compose(["market=cafe", "program=eight"], tmp_path).focal_firm.program
    assert own["stamps"].needed == 8
    assert own["membership"] == compose(["market=cafe", "program=stamps"]).focal_firm.program["membership"]


# --- what was changed --------------------------------------------------------------------------------------------


def test_everything_that_was_changed_is_noted_with_the_value_that_ships(tmp_path):
    """Files and values, each key once, the first value kept; what chooses or only counts is no change."""
    said = "market: cafe\nprice: 4.5\ncustomers: 900\nmargin: 0.6\nvisits_a_year: 150\n"
    said += "shares: {kiosk: none, others: rescale}\n"
    s = made(tmp_path, said, "market.M=160", "seeds=3", "customers.n=70", "program=stamps", "program.stamps.needed=8")
    assert s.changed == (
        "market.M = 160, was 200",
        "market.basket.mean = 4.5, was 4",
        "firms.corner.share = 0.352941176471, was 0.3",
        "firms.chain.share = 0.352941176471, was 0.3",
        "firms.bakery.share = 0.294117647059, was 0.25",
        "firms.kiosk.share = not set, was 0.15",
        "firms.kiosk.unit_cost = not set, was 0.4",
        "program.stamps.needed = 8, was 10",
    )
    assert compose(["scenario=grocery_points"]).changed == () == made(tmp_path, text("grocery")).changed
    assert made(tmp_path, text("cafe")).changed == ("focal = corner, was chain",)  # equals: the first in the alphabet


def test_what_was_changed_makes_no_other_scenario_and_comes_back_from_its_own_file(tmp_path):
    one = made(tmp_path, "market: cafe\nprice: 5\n", "worlds=none")
    assert one.changed == ("market.basket.mean = 5, was 4",)
    bare = dataclasses.replace(one, changed=())
    assert bare == one and config_hash(bare) == config_hash(one)
    file = written(tmp_path, dump(complete(one)), "config.yaml")
    again = compose([f"from={file}"])
    assert again.changed == one.changed and config_hash(again) == config_hash(one)
    more = compose([f"from={file}", "price=6", "market.S=2"])
    assert set(more.changed) == {"market.basket.mean = 6, was 4", "market.S = 2, was 1.3"}
    assert compose([f"from={file}", "price=4"]).changed == ()


def test_the_list_is_told_in_both_languages(tmp_path):
    said = changed.lines(made(tmp_path, "market: cafe\nprice: 5\nshares: {kiosk: none, others: rescale}\n"))
    assert str(said[0]) == "price of a purchase: 5 instead of 4"
    assert said[0]["zh"] == "每次购买的价格：5，原为4"
    assert said[4]["en"] == "share of kiosk: not set instead of 0.15"


def test_a_run_and_a_comparison_keep_the_list_in_their_summary(tmp_path):
    words = ["market=cafe", "program=stamps", "policy=launch", "run=tiny", "weeks=60", "seeds=1", "worlds=none"]
    found = run([*words, "price=5", "customers.n=50"])
    noted = [{"key": "market.basket.mean", "now": "5", "was": "4"}]
    assert found.told["changed"][-1:] == noted
    assert Records.load(found.save(tmp_path / "run")).told == found.told
    assert compose_question([*words[3:], "market=cafe", "price=5", "programs=[stamps,points]"][3:]).base.changed


# --- docs/own_numbers.md -----------------------------------------------------------------------------------------


def test_the_page_on_own_numbers_runs_as_it_stands(tmp_path, monkeypatch, capsys):
    """Its three commands, small: the file that `new` prints is the one on the page; run and compare answer."""
    page = (Path(__file__).parents[2] / "docs/own_numbers.md").read_text("utf-8")
    blocks = re.findall(r"```(bash|yaml)\n(.*?)```", page, re.DOTALL)
    new, ask, both = [block.strip() for kind, block in blocks if kind == "bash"]
    monkeypatch.chdir(tmp_path)
    command, _, file = new.partition(" > ")
    assert main(command.split()[1:]) == 0
    printed = capsys.readouterr().out
    assert next(block for kind, block in blocks if kind == "yaml") in printed
    written(tmp_path, printed, file)
    small = ["run=tiny", "seeds=1", "customers.n=40", "customers.total=900", "weeks=60", "worlds=none", "print=json"]
    assert main([*ask.split()[1:], *small, "price=5"]) == 0
    told = json.loads(capsys.readouterr().out)
    for name, of in (("profit_total", "profit_per_customer"), ("program_cost_total", "program_cost_per_customer")):
        assert told[name]["value"] == pytest.approx(900 * told[of]["value"])
    assert {"key": "market.basket.mean", "now": "5", "was": "4"} in told["changed"]
    rest = [word for word in small if not word.startswith("weeks")]
    assert main([*both.split()[1:], *rest, "horizon=1", "vary=[]"]) == 0
    told = json.loads(capsys.readouterr().out)["numbers"]["stamps"]["1"]
    assert told["profit_total"]["value"] == pytest.approx(900 * told["profit_per_customer"]["value"])
    assert told["extra_visits_total"]["value"] == pytest.approx(900 * told["extra_visits"]["value"])


def test_the_page_on_own_numbers_names_every_word():
    page = (Path(__file__).parents[2] / "docs/own_numbers.md").read_text("utf-8")
    plain = {word for word in WORDS if not word.endswith(("_a_year", "s_for_a_reward"))}
    assert all(f"`{word}`" in page for word in {*plain, "visits_a_year", "visits_for_a_reward", "points_for_a_reward"})
