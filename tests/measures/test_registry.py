"""Every number says its unit, its words in both languages and what it is, and a test works it out by hand."""

from __future__ import annotations

import ast
import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from loyaltysim.market.book import Book, unit
from loyaltysim.measures import registry
from loyaltysim.mechanism.measure import STYLES, Measure, Part, Style, measure, measures_of
from loyaltysim.present import measures as pages
from loyaltysim.present import run
from loyaltysim.scenario.model import Compute, Scenario
from loyaltysim.studies import single
from tests import scenarios, small_studies

TESTS = Path(__file__).parent.parent
DECLARED = sorted(registry.registry())


def worked_out() -> set[str]:
    """The names that tests say they work out: `@pytest.mark.by_hand("penetration")`."""
    found: set[str] = set()
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            marked = isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.by_hand"
            found |= {ast.literal_eval(name) for name in node.args} if marked else set()
    return found


BY_HAND = worked_out()


@pytest.mark.parametrize("name", DECLARED)
def test_a_number_is_told_in_full(name: str) -> None:
    """What is missing is said in words: unit, both languages, definition, style, a hand-worked test."""
    one = registry.registry()[name]
    missing = [what for what in ("unit", "words", "chinese", "of") if not getattr(one, what).strip()]
    for key, single_ in one.members.items():
        if not re.search(r"[a-z]", single_.words):
            missing.append(f"English words for {key}")
        if not re.search(r"[\u4e00-\u9fff]", single_.chinese):
            missing.append(f"Chinese words for {key}")
        label = single_.label()
        missing += [f"{mark} in {label!r} stands for nothing" for mark in "{}" if mark in label]
    if name not in BY_HAND:
        missing.append(f'a test that works it out, marked @pytest.mark.by_hand("{name}")')
    assert missing == [], f"measure {name!r} ({registry.where(one)}) lacks {'; '.join(missing)}"


def test_hand_worked_tests_name_numbers_that_exist() -> None:
    """A mark that names nothing guards nothing."""
    assert BY_HAND - set(DECLARED) == set()


def asked(scenario: Scenario) -> Scenario:
    """The same with a survey, two seeds, in this process."""
    survey = dataclasses.replace(scenario.record.survey, every=13)
    record = dataclasses.replace(scenario.record, survey=survey)
    return dataclasses.replace(scenario, record=record, seeds=2, compute=Compute(processes=1))


def bare(scenario: Scenario) -> Scenario:
    """The same market without any program."""
    firms = {name: dataclasses.replace(f, program={}, policy={}) for name, f in scenario.firms.items()}
    return dataclasses.replace(scenario, firms=firms)


WORLDS = {
    "everything": lambda: asked(scenarios.everything()),
    "contracts": lambda: asked(scenarios.contracts()),
    "everything without a program": lambda: bare(asked(scenarios.everything())),
    "contracts without a program": lambda: bare(asked(scenarios.contracts())),
}


@pytest.mark.parametrize("world", WORLDS)
def test_every_number_of_a_study_is_declared(world: str, tmp_path: Path) -> None:
    """With everything at work: each number of the summary has the unit of its measure, each column of a table one."""
    records = single.run(WORLDS[world]())
    assert {name: e["unit"] for name, e in records.summary.items()} == {n: registry.unit(n) for n in records.summary}
    for table in records.tables:
        for column in getattr(records, table).columns:
            assert unit(column) or column in ("arm", "seed"), f"{table}.{column}"


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("penetration[a]", "penetration"),
        ("retention_at[3]", "retention_at"),
        ("lift_visits[market.S=0.6]", "lift_visits"),
        ("visits_with", "visits"),
        ("loyalty_true_without", "loyalty_true"),
        ("heavy_lift", "heavy_lift"),
        ("lift_from_rivals", "lift_from_rivals"),
        ("customer_value[b]", "customer_value"),
    ],
)
def test_what_is_made_from_a_name_is_what_stands_there(name: str, base: str) -> None:
    """One rule for firms, renewals, assumptions, worlds and members of a family."""
    assert registry.find(name).name == base


def test_an_unknown_number_has_no_unit() -> None:
    """It was a share (F-35); now it is refused with the nearest name, in summaries and in tables."""
    with pytest.raises(KeyError, match=r"'penetratoin'; did you mean 'penetration'\?"):
        registry.unit("penetratoin[a]")
    with pytest.raises(KeyError, match=r"'reward_costs'; did you mean 'reward_cost'\?"):
        unit("reward_costs")


def test_a_family_is_taken_apart_and_told_in_a_markets_words() -> None:
    """`{}_lift` of two groups; line breaks are for figures, `{occasion}` for the market's word."""
    family = Measure(
        "{}_lift", "share", "{}: lift of {occasion}", "{}：提升", STYLES["lift"], "of",
        each={"old": Part("old\nhands", "老客户"), "new": Part("new", "新客户")},
    )  # fmt: skip
    assert list(family.members) == ["old_lift", "new_lift"]
    assert family.members["old_lift"].label("trips") == "old hands: lift of trips"
    assert family.members["new_lift"].chinese == "新客户：提升"


def test_a_declaration_is_checked_where_it_stands() -> None:
    """No unit, no Chinese, a misspelt style: refused in words, naming the measure."""
    whole = {"unit": "share", "words": "a", "chinese": "甲", "style": "share", "of": "b"}

    def halves(book: Book, scenario: Scenario, firm: str) -> float:
        return 0.5

    for what in ("unit", "words", "chinese", "of"):
        with pytest.raises(ValueError, match=f"'halves' has no {what}"):
            measure(**{**whole, what: " "})(halves)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="did you mean 'share'"):
        measure(**{**whole, "style": "shares"})(halves)  # type: ignore[arg-type]
    assert measure(**{**whole, "style": Style(digits=3)})(halves) is halves  # type: ignore[arg-type]


def test_the_page_of_measures_is_the_registry() -> None:
    """docs/measures.md ends with the table; `make docs` writes it anew."""
    assert (TESTS.parent / "docs/measures.md").read_text("utf-8").endswith(pages.page())


# --- measures of one's own ------------------------------------------------------------------------------------------


@measure(
    unit="share", words="share of third visits", chinese="第三次购买占比", style="share",
    of="of the firm's buyers of the run, the share that bought three times or more",
)  # fmt: skip
def third_visits(book: Book, scenario: Scenario, firm: str) -> float:
    """Buyers with three purchases or more, of all buyers; nan without buyers."""
    bought = book.visits[:, :, book.firms.index(firm)].sum(axis=0)
    return float((bought >= 3).sum() / (bought > 0).sum()) if bought.any() else float("nan")


OWN: Measure = third_visits.__measures__[0]  # type: ignore[attr-defined]


@pytest.fixture
def brought() -> Iterator[Measure]:
    """The measure above, registered as a plug-in's would be; what tests share is made before it."""
    small_studies.ran()
    registry.register(OWN)
    yield OWN
    registry.forget(OWN)


def test_a_measure_of_ones_own_is_computed_saved_and_told(brought: Measure, tmp_path: Path) -> None:
    """In summary.json for both worlds with its unit, on the screen under "more", in the page; the tables stay."""
    records = single.run(small_studies.launched())
    usual = small_studies.ran()
    folder = records.save(tmp_path)
    entry = json.loads((folder / "summary.json").read_text("utf-8"))["third_visits_with"]
    assert entry["unit"] == "share" and entry["n"] == small_studies.SEEDS and 0.0 < entry["value"] < 1.0
    assert set(records.summary) - set(usual.summary) == {"third_visits_with", "third_visits_without"}
    assert records.firms.equals(usual.firms)
    screen = run.screen(records)
    assert "\nmore of a " in screen
    assert re.search(rf"\n  share of third visits +{100 * entry['value']:.0f} % ", screen)
    assert "`third_visits`" in pages.page() and len(screen.splitlines()) <= 45


def test_it_is_computed_of_every_firm_of_a_market(brought: Measure) -> None:
    """Without a program in question: once a firm."""
    scenario = dataclasses.replace(scenarios.world(60, 26), seeds=2, compute=Compute(processes=1))
    found = single.run(scenario)
    assert {f"third_visits[{firm}]" for firm in scenario.firms} <= set(found.summary)
    assert "share of third visits" in run.screen(found)


def test_the_door_is_narrow(brought: Measure) -> None:
    """Registering twice is once; a taken name, a family, other arguments are refused in words."""
    registry.register(brought)
    assert [brought] == registry.OUTSIDE
    for wrong, why in (
        ({"name": "penetration"}, "exists already"),
        ({"name": "heavy_lift"}, "exists already"),
        ({"name": "a[b]"}, "a name has letters"),
        ({"name": "many", "each": {"x": Part("x", "甲")}}, "families"),
        ({"name": "few", "compute": lambda book: 0.0}, "it is handed"),
    ):
        with pytest.raises(ValueError, match=why):
            registry.register(dataclasses.replace(brought, **wrong))  # type: ignore[arg-type]


def test_a_measure_that_fails_is_named() -> None:
    """Not a traceback from nowhere: which measure, which file, which firm, what."""
    failing = dataclasses.replace(OWN, name="failing", compute=lambda book, scenario, firm: 1 / 0)
    registry.register(failing)
    try:
        with pytest.raises(ValueError, match=r"measure 'failing' \(tests.*\) failed at firm 'a': division by zero"):
            registry.brought(scenarios.world(), scenarios.cached_run(tiny), "a")
    finally:
        registry.forget(failing)


def tiny() -> Scenario:
    """A market of a few weeks."""
    return scenarios.world(20, 4)


def test_a_file_is_asked_for_its_measures() -> None:
    """What a loader of plug-ins calls: own functions only, in the order of the file, stacked ones as they stand."""
    from loyaltysim.measures import market

    assert [one.name for one in measures_of(market)] == ["share_of_customers", "share_of_visits", "share_of_revenue"]
