"""Designs at equal budget: equal money, the same customers, chances that mean what they say, pages that are safe."""

from __future__ import annotations

import dataclasses
import json
import math
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from loyaltysim.cli.completion import next_words
from loyaltysim.cli.main import main
from loyaltysim.configure import yaml as plain_yaml
from loyaltysim.market.book import Book
from loyaltysim.market.model import Market
from loyaltysim.measures import money, program_effects
from loyaltysim.measures.comparison import chance
from loyaltysim.measures.program_effects import Window
from loyaltysim.measures.twins import Worlds, no_program
from loyaltysim.scenario.forms import plain
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies import comparison, designs, equal_budget
from loyaltysim.studies import designs_elsewhere as elsewhere
from loyaltysim.studies.designs import compose_question, question
from loyaltysim.studies.designs_elsewhere import variant
from loyaltysim.studies.equal_budget import APART, CLOSE, SEEDS, found, fund, search_seeds, with_term
from tests import scenarios
from tests.scenarios import Z, in_plain
from tests.small_comparisons import JOINING, LAUNCH, PEOPLE, POINTS, compared, market

# --- equal budget ------------------------------------------------------------------------------------------------


def test_equal_budget_is_equal():
    """Spent - planned is within the two-sided 1e-5 Student quantile of its standard error, plus what the search allows.

    Both sides are means over runs: the evaluation's seeds, and the search's own (SEEDS of them) with the same spread.
    """
    c = compared()
    for name, funded in zip(c.names, c.funded, strict=True):
        assert funded.reached and abs(funded.cost / c.budget - 1.0) <= CLOSE * 5
        spent = np.array(c.values(name, "program_cost_per_customer"))
        error = spent.std(ddof=1) * math.sqrt(1 / len(spent) + 1 / SEEDS)
        tolerance = stats.t.isf(5e-6, len(spent) - 1) * error + 5 * CLOSE * c.budget
        assert abs(spent.mean() - c.budget) <= tolerance, name
        assert tolerance < 0.5 * c.budget or name != "placebo"


@pytest.mark.parametrize(("budget", "fits"), [(0.047, False), (0.049, True), (479.0, True), (481.0, False)])
def test_a_budget_that_no_terms_can_mean_is_refused_with_the_scale_of_a_purchase(budget, fits):
    """24 purchases of 20 a year at firm a: from a ten-thousandth of the 480 on, up to all of it."""
    problems = equal_budget.out_of_scale(market(), budget)
    assert bool(problems) != fits
    if not fits:
        said = str(problems[0])
        assert (
            f"compare: budget = {budget}" in said and "of what a customer spends at a in a year, 24 purchases" in said
        )
        assert "purchases of 20 money; allowed 0.048 to 480" in said
    with pytest.raises(
        ConfigError, match="cannot be taken from design points as configured, for its cost is 0 of what"
    ):
        equal_budget.check_budget(market(), "points", 0.0)


def test_the_search_uses_seeds_of_its_own():
    """No seed of the search is one of the evaluation, however many of these there are."""
    assert not set(search_seeds(1)) & set(range(1, 100_002))
    assert search_seeds(5)[0] == 5 ^ APART


@pytest.mark.parametrize(
    ("gap", "start", "low", "high", "want"),
    [
        (lambda x: 2.0 * x - 10.0, 1.0, 0.0, 1e6, 5.0),  # more costs more
        (lambda x: 2.0 * x - 10.0, 400.0, 0.0, 1e6, 5.0),
        (lambda x: 100.0 / x - 10.0, 500.0, 1e-3, 1e9, 10.0),  # more costs less
        (lambda x: 100.0 / x - 10.0, 0.5, 1e-3, 1e9, 10.0),
        (lambda x: x - 3.0, 0.2, 0.0, 1.0, 1.0),  # out of reach: the bound comes nearest
        (lambda x: x + 3.0, 0.2, 0.0, 1.0, 0.0),
        (lambda x: math.nan if x > 6.0 else x - 5.0, 1.0, 0.0, 1e6, 5.0),  # not everything is allowed
        (lambda x: x - 7.0, 0.0, 0.0, 1e6, 7.0),  # from nothing
    ],
)
def test_the_search_finds_the_term(gap, start, low, high, want):
    """Root of a monotone gap within its bracket's tolerance, or the tried value that comes nearest."""
    assert found(gap, start, low, high) == pytest.approx(want, rel=1e-3, abs=1e-5)


class Line:
    """A cost of 2 a unit of one term, in place of the simulated one."""

    component, term = "points", "face_value"

    def __init__(self):
        self.scenario = scenarios.points_world(points=POINTS)

    def __call__(self, value: float) -> float:
        return 2.0 * value


@pytest.mark.parametrize("budget", [1.0, 6.0, 500.0])
def test_the_money_is_found_for_a_design(budget):
    """Half the budget is the term, within what counts as near enough."""
    funded = fund(Line(), budget)
    assert funded.reached and funded.value == pytest.approx(budget / 2, rel=2 * CLOSE) and funded.configured == 3.0


# --- laws --------------------------------------------------------------------------------------------------------


def test_the_same_design_twice_is_the_same_numbers():
    c = compared()
    first, second = (c.runs[c.runs.design == name].drop(columns="design") for name in ("points", "twin"))
    pd.testing.assert_frame_equal(first.reset_index(drop=True), second.reset_index(drop=True))
    assert c.chance("points", "twin") == 0.5 and c.won("points", "twin") == 2.5


def test_a_program_that_only_costs_changes_nothing_else():
    """Face value 0 and a running cost: no visit, no margin; profit is minus the cost to the cent, in every run."""
    rows = compared().runs.query("design == 'placebo'")
    for name in ("extra_visits", "margin_per_customer", "liability_per_customer", "lift_visits", "retention_change"):
        assert (rows[name].dropna() == 0.0).all(), name
    assert np.allclose(rows.profit_per_customer, -rows.program_cost_per_customer, rtol=1e-12)
    assert rows.payback_week.isna().all() and rows.deadweight.isna().all()


def test_a_dearer_reward_that_feels_the_same_moves_nobody_and_earns_less():
    """k from 0.5 to 1 at the same perceived value: every visit is the same, the cost of rewards doubles."""
    cheap = scenarios.points_world(250, 60, POINTS | {"cost": 0.5}, JOINING)
    dear = with_term(cheap, "points", "cost", 1.0)
    bare = Market(no_program(cheap), 3).run()
    low, high = (money.money(s, Market(s, 3).run(), bare, 0) for s in (cheap, dear))
    assert high["extra_visits"] == low["extra_visits"] != 0.0
    assert high["margin_per_customer"] == low["margin_per_customer"]
    assert high["program_cost_per_customer"] == pytest.approx(2.0 * low["program_cost_per_customer"], rel=1e-4)
    assert high["profit_per_customer"] < low["profit_per_customer"]


def test_profit_is_margin_less_cost_in_every_run_and_year():
    runs = compared().runs
    assert np.allclose(runs.profit_per_customer, runs.margin_per_customer - runs.program_cost_per_customer, atol=1e-9)


def test_a_long_run_read_off_early_is_the_short_run():
    """Oracle 4 (run 2T = run T, then go on): every number of a longer run equals that of one that ends."""
    s = scenarios.points_world(200, 90, POINTS, JOINING, policy={"launch": {"week": LAUNCH}})
    short = dataclasses.replace(s, weeks=LAUNCH + 52)
    books = [Market(x, 2).run() for x in (s, no_program(s), short, no_program(short))]
    early = money.outcomes(short, *(money.until(b, short.weeks) for b in books[:2]), LAUNCH)
    plainly = money.outcomes(short, *books[2:], LAUNCH)
    assert early == pytest.approx(plainly, nan_ok=True, rel=0, abs=0)


def test_the_cost_is_the_one_that_run_prints():
    """Revenue less goods less profit, with less without, against the ledger's own lines."""
    s = scenarios.points_world(40, 12, POINTS, JOINING | {"running": 2.0, "set_up": 30.0})
    with_it, bare = (in_plain(Market(x, 2)).run() for x in (s, no_program(s)))
    told = program_effects.totals(s, Worlds(bare, with_it, bare, 0))["program_cost_per_customer"]
    cost = money.program_cost(with_it, money.overhead(bare, Window.of(s, 0)), Window.of(s, 0))
    assert cost == pytest.approx(told, rel=1e-12)


def book_of(rows: list[tuple[int, int, int, int]], n: int = 3) -> Book:
    """A book with this log of (customer, week, firm, spend) and people 0 to n - 1."""
    log = pd.DataFrame(rows, columns=["customer", "week", "firm", "spend"]).assign(occasion=0)
    people = pd.DataFrame({"customer": range(n), "status": 1, "entered": 0, "joined_a": [0, 0, -1][:n]})
    none = np.zeros((0, 0, 0))
    moves = pd.DataFrame(columns=["customer", "week", "from", "to"])
    return Book(pd.DataFrame(), people, none, none, log, [], [], moves, pd.DataFrame(), ("a", "b"))


def test_retention_wallet_and_activity_by_hand():
    """Quarters 1, 2, 3: customers {0, 1}, {0}, {0, 2}: of three buyers with a next quarter, two came back."""
    rows = [(0, 0, 0, 100), (1, 5, 0, 100), (0, 14, 0, 100), (1, 15, 1, 300), (0, 27, 0, 100), (2, 30, 0, 100)]
    book, w = book_of(rows), Window("a", 0, 0, 39)
    assert money.retention(book, w) == pytest.approx(2 / 3)
    assert money.wallet_share(book, w) == pytest.approx(500 / 800)  # all three bought at the firm
    assert money.active_share(book, w) == 0.5  # of members 0 and 1, only 0 in weeks 26 to 38
    assert math.isnan(money.retention(book, Window("a", 0, 0, 25)))


def test_with_contracts_retention_is_one_less_churn_at_renewal():
    """Since the launch in week 1: 20 contracts ended, 3 customers went to rivals and 2 left, so 75 % stayed."""
    weekly = pd.DataFrame(
        {"firm": "a", "week": [0, 1, 2], "renewals": [9, 12, 8], "lost": [9, 1, 2], "exited": [0, 2, 0]}
    )
    book = dataclasses.replace(book_of([]), weekly=weekly)
    assert money.retention(book, Window("a", 0, 1, 3)) == pytest.approx(0.75)


# --- chances -----------------------------------------------------------------------------------------------------


def test_a_chance_is_students():
    """P(mean > 0) = 1 - p of the one-sided one-sample t test (scipy), and the two sides of a pair sum to one."""
    x = [0.3, -0.1, 0.4, 0.25, 0.05]
    assert chance(x) == pytest.approx(1.0 - stats.ttest_1samp(x, 0.0, alternative="greater").pvalue)
    assert chance(x) + chance([-v for v in x]) == pytest.approx(1.0)
    assert chance([0.0, 0.0]) == 0.5 and chance([0.2, 0.2]) == 1.0 and chance([-0.2, -0.2]) == 0.0
    assert chance([0.4]) is None


def test_chances_say_true():
    """Among 4,000 draws with true mean 0 the chance is uniform: below 0.05 in 5 % within the 1e-5 binomial limit."""
    rng = np.random.default_rng(7)
    low = np.mean([chance(row) < 0.05 for row in rng.standard_normal((4000, 5))])
    assert abs(low - 0.05) <= Z * math.sqrt(0.05 * 0.95 / 4000)


@pytest.mark.usefixtures("quiet")
def test_designs_are_also_tried_with_the_same_k_and_joining():
    """What differs beside the reward is made the first design's, and the budget is searched again."""
    base = market(min(PEOPLE, 120), 2)
    own = {
        "points": {"points": {**POINTS, "cost": 0.8}, "membership": {"ask": 0.2}},
        "cash": {"cashback": {"rate": 0.02, "cost": 1.0}, "membership": {"ask": 1.0}},
    }
    with mock.patch.object(designs, "launch_week", lambda scenario: LAUNCH):
        asked = designs.question(base, {"programs": [{"name": n, "program": p} for n, p in own.items()]})
    made = [designs.focal_program(s) for s in elsewhere.alike([d.scenario for d in asked.designs])]
    assert made[1]["cashback"].cost == made[0]["points"].cost == 0.8
    assert made[1]["membership"] == made[0]["membership"] and made[0]["membership"].ask == 0.2
    assert made[1]["cashback"].rate == 0.02
    again = elsewhere.refunded(asked, elsewhere.alike([d.scenario for d in asked.designs]), 0.5)
    assert all(d.scenario != s for d, s in zip(asked.designs, again, strict=True))


def test_another_market_is_varied_about_its_own_values():
    """The price sensitivities tried at a grocery are not those of telephone contracts."""
    words = ["programs=[points,cashback]"]
    vary = compose_question(["market=telecom", *words]).base.vary
    assert "customers.price_sensitivity=2" in vary and "customers.price_sensitivity=4.5" in vary
    assert "customers.price_sensitivity=6.8" not in vary and "behaviour.bond.half_life=13" in vary
    assert "customers.price_sensitivity=6.8" in compose_question(["market=grocery", *words]).base.vary


def test_rivals_that_imitate_are_tried_passive_and_passive_ones_imitating():
    c = compared()
    assert list(dict.fromkeys(c.variants.variant)) == [elsewhere.ALIKE, "market.S=2.6", elsewhere.IMITATION]
    copied = market(50, rivals_policy={"imitate": {"lag": 8}})
    assert elsewhere.imitated(copied) and not elsewhere.imitated(variant(copied, elsewhere.PASSIVE))


# --- asking ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["programs=[points]"], "2 to 8"),
        (["programs=[" + ",".join(["points"] * 9) + "]"], "2 to 8"),
        ([], "2 to 8"),
        (["programs=[points,clbu]"], "did you mean 'club'?"),
        (["programs=[points,candour]"], "no term to be searched"),
        (["programs=[points,club]", "budget=-1"], "budget = -1"),
        (["programs=[points,club]", "budget=nan"], "finite"),
        (["programs=[points,club]", "budget=0"], "allowed 1e-06"),
        (["programs=[points,club]", "horizon=3"], "choose from 1, 2, 5"),
        (["programs=[points,club]", "program=points"], "programs=[a,b]"),
        (["programs=[points,club]", "weeks=50"], "horizon=1, 2 or 5"),
        (["programs=[points,club]", "term.club=probabilty"], "did you mean 'recognition.probability'?"),
        (["programs=[points,club]", "term.clb=x"], "did you mean 'club'?"),
        (["programs=[points,club]", "program.pointz.earn=1"], "no design has"),
        (["programs=[points,club]", "program.points.earn=-1"], "program.points.earn"),
        (["programs=[points,nowhere.yaml]"], "nowhere.yaml"),
        (["programs=[a+b,points]"], "no such option"),
    ],
)  # fmt: skip
def test_bad_questions_are_refused_with_a_remedy(words, told):
    with pytest.raises((ConfigError, OSError)) as error:
        compose_question(words)
    assert told in str(error.value)


def test_every_problem_is_told_at_once():
    with pytest.raises(ConfigError) as error:
        compose_question(["programs=[points,clbu]", "budget=-1", "horizon=3", "market.S=-1"])
    assert {p.key for p in error.value.problems} == {"market.S", "programs", "budget", "horizon"}


def test_values_of_a_component_go_to_the_designs_that_have_it(tmp_path):
    mine = tmp_path / "mine.yaml"
    mine.write_text("points: {earn: 2, face_value: 3}\n")
    asked = compose_question([f"programs=[points,club,points+recognition,{mine}]", "program.points.cost=0.6"])
    programs = {d.name: designs.focal_program(d.scenario) for d in asked.designs}
    assert list(programs) == ["points", "club", "points+recognition", "mine"]
    assert programs["points"]["points"].cost == programs["points+recognition"]["points"].cost == 0.6
    assert set(programs["club"]) == {"membership", "recognition"}
    assert programs["mine"]["points"].earn == 2.0
    assert {(d.component, d.term) for d in asked.designs} == {("points", "face_value"), ("recognition", "probability")}


def test_every_design_meets_the_same_behaviours():
    asked = compose_question(["programs=[points,club]", "behaviour=none"])
    assert [list(d.scenario.behaviour) for d in asked.designs] == [["bond"], ["bond"]]
    assert "behaviour.bond.premium=0.03" in asked.base.vary  # the club needs bonds; points alone would not
    assert no_program(asked.designs[0].scenario) == no_program(asked.designs[1].scenario)


def test_what_comes_along_with_a_design_is_there_for_all(monkeypatch):
    """program=service brings failures to mend, as in a run; every design meets them, and what the user sets wins. What
    is searched is how many complaints are made good, which is what costs.
    """
    monkeypatch.setattr("loyaltysim.studies.designs.launch_week", lambda scenario: 52)  # no market need run
    asked = compose_question(["programs=[recognition,service]"])
    lived = [d.scenario.behaviour["experience"] for d in asked.designs]
    assert lived[0] == lived[1] == asked.base.behaviour["experience"] and lived[0].failure == 0.05
    assert (asked.designs[1].component, asked.designs[1].term) == ("service", "recovery")
    own = compose_question(["programs=[recognition,service]", "+behaviour.experience.failure=0.2"])
    assert {d.scenario.behaviour["experience"].failure for d in own.designs} == {0.2}
    again = question(own.base, own.tree()["compare"])
    assert again.tree() == own.tree()


def test_variants_that_nobody_feels_are_left_out_and_wrong_ones_refused():
    asked = compose_question(["programs=[points,cashback]", "behaviour=none"])
    assert "market.S=0.6" in asked.base.vary and not any("bond" in text for text in asked.base.vary)
    asked = compose_question(["programs=[points,club]", "vary=['program.points.cost=0.5']"])
    assert asked.base.vary == ("program.points.cost=0.5",)
    assert variant(asked.designs[1].scenario, "program.points.cost=0.5") == asked.designs[1].scenario
    for wrong in ("market.Z=1", "behaviour.bnd.premium=1", "market.S=-1"):
        with pytest.raises(ConfigError, match="vary"):
            compose_question(["programs=[points,club]", f"vary=['{wrong}']"])


def test_a_saved_question_is_asked_again(tmp_path):
    c, file = compared(), tmp_path / "config.yaml"
    file.write_text(comparison.Compare(c.question).written, encoding="utf-8")
    with mock.patch.object(designs, "same_programs", lambda designs: []):  # it holds a twin on purpose
        assert compose_question([f"from={file}"]).tree() == plain(c.question.tree())


def test_completion_knows_the_designs():
    assert "programs=[points" in next_words("loyaltysim compare programs=[po")
    assert "programs=[points,club" in next_words("loyaltysim compare programs=[points,cl")
    assert "budget=" in next_words("loyaltysim compare bu")


def test_the_command_line_compares(tmp_path, capsys, monkeypatch):
    """Text, json and --cfg job; a folder of another comparison is refused."""
    monkeypatch.chdir(tmp_path)
    words = [
        "programs=[points,cashback]",
        "seeds=2",
        "customers.n=60",
        "behaviour=none",
        "vary=[]",
        "market=toothpaste",
    ]
    words += ["compute.processes=1", "out=here", "worlds=none", "budget=0.001"]
    assert main(["compare", *words, "print=json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["chances"]["points"]["cashback"] is None and told["answer"]["en"][0].startswith("Too few runs")
    assert (tmp_path / "here/report.html").is_file()
    assert main(["compare", *words[:-1], "budget=0.002"]) == 2
    assert "holds another run" in capsys.readouterr().err
    assert main(["compare", *words, "--cfg", "job"]) == 0
    assert "search: points.face_value" in capsys.readouterr().out


# --- designs as they are, and designs that are one ---------------------------------------------------------------


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(
    ("entries", "words", "told"),
    [
        ("points,points", [], "names one program twice: points and points #2"),
        ("points,points", ["budget=free"], "names one program twice: points and points #2"),
        ("points,same.yaml", [], "names one program twice: points and same"),
        ("points,dear.yaml", [], "points and dear differ in points.face_value alone, which equal money makes the same"),
    ],
)
def test_two_designs_that_are_one_program_are_refused_with_both_names(entries, words, told, tmp_path, monkeypatch):
    """Written alike, or alike once money is equal: a file that differs in what is searched alone."""
    monkeypatch.chdir(tmp_path)
    shipped = plain(designs.focal_program(compose_question(["programs=[points,cashback]"]).designs[0].scenario))
    for name, value in (("same", shipped["points"]["face_value"]), ("dear", 9.0)):
        content = {**shipped, "points": {**shipped["points"], "face_value": value}}
        (tmp_path / f"{name}.yaml").write_text(plain_yaml.dump(content), encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        compose_question([f"programs=[{entries}]", *words])
    assert told in str(error.value)
    if "dear" in entries:  # as they are, they differ
        asked = compose_question([f"programs=[{entries}]", "budget=free"])
        assert [d.key for d in asked.designs] == ["", ""] and asked.tree()["compare"]["budget"] == "free"


def test_designs_as_they_are_have_no_term_to_search_and_need_a_program():
    with pytest.raises(ConfigError, match="budget=free searches none"):
        compose_question(["programs=[points,club]", "budget=free", "term.points=threshold"])
    for words in (["budget=free"], []):
        with pytest.raises(ConfigError, match="is no program: every design is held against the market without one"):
            compose_question(["programs=[points,none]", *words])


def test_a_free_comparison_is_saved_and_asked_again(tmp_path):
    file = tmp_path / "config.yaml"
    asked = compose_question(["programs=[points,club]", "budget=free"])
    file.write_text(comparison.Compare(asked).written, encoding="utf-8")
    again = compose_question([f"from={file}"])
    assert again.settings.free and again.tree() == asked.tree()


def test_designs_as_they_are_run_with_the_terms_that_were_written():
    """Nothing is searched: each program runs as it is, and costs what it costs."""
    programs = {"points": {"points": POINTS}, "dear": {"points": {**POINTS, "face_value": 6.0}}}
    c = comparison.compare(market(60, 2), programs, budget="free", horizon=1)
    values = [designs.focal_program(world)["points"].face_value for world in c.worlds]
    assert values == [3.0, 6.0] and c.budget is None and c.short == []
    spent = [sum(c.values(d, "program_cost_per_customer")) for d in c.names]
    assert spent[1] > 1.5 * spent[0] > 0.0 and c.size == pytest.approx(spent[1] / 2)


@pytest.mark.parametrize(
    ("costs", "named"),
    [
        ({"a": 1.0, "b": 2.0}, []),
        ({"a": 1.0, "b": 481.0}, ["b"]),
        ({"a": 0.0, "b": 0.04}, ["a", "b"]),
        ({"a": 0.0, "b": 9.0}, []),
    ],
)
def test_designs_as_they_are_must_fit_the_scale_of_the_market(costs, named):
    """Of the 480 spent a year none may cost more, not all less than a ten-thousandth: there is no order of zeros."""
    if not named:
        equal_budget.check_costs(market(), costs)
        return
    with pytest.raises(ConfigError) as error:
        equal_budget.check_costs(market(), costs)
    said = [str(problem) for problem in error.value.problems]
    assert [text.split("design ")[1].split(" ")[0] for text in said] == named
    assert all("24 purchases of 20 money; allowed 0.048 to 480" in text for text in said)
