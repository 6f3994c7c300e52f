"""docs/coverage.csv and docs/coverage.md against their register and against runs.

What is said to move does, and where it must not it does not.
"""

from __future__ import annotations

import csv
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from loyaltysim.measures import registry as measures
from loyaltysim.mechanism.registry import registry as mechanisms

ROOT = Path(__file__).parents[1]
TEXTS = {"S0": 28, "S1": 16, "S2": 24, "S3": 83, "S4": 62}  # rows of each text, those of the second reading among them
FEW = (1, 2, 3, 4)  # seeds of the rows that are run in every run of the tests
RUN_ALWAYS = ("S1-08", "S2-02")


def tool() -> ModuleType:
    """tools/covered.py, which writes both files."""
    spec = importlib.util.spec_from_file_location("covered", ROOT / "tools" / "covered.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["covered"] = module
    spec.loader.exec_module(module)
    return module


covered = tool()
RUN = covered.runnable()
every_run = pytest.mark.parametrize("row", RUN, ids=lambda row: row["id"])
TABLE = covered.table()


def test_every_row_of_the_texts_is_there_once():
    """213 rows: in the register once, in the table once, in the order of the texts."""
    known = covered.registry()
    ids = [row["id"] for row in known["rows"]] + list(known["claims"])
    assert len(ids) == len(set(ids)) == 213
    assert {text: sum(one.startswith(text) for one in ids) for text in TEXTS} == TEXTS
    with covered.TABLE.open(encoding="utf-8") as file:
        told = [row["id"] for row in csv.DictReader(file)]
    assert told == sorted(ids, key=lambda one: (one[:2], int(one[3:])))
    assert set(known["cases"]) <= set(known["claims"]) and len(known["rows"]) == 81


def test_the_table_says_what_the_register_says():
    """Configuration, measure, sign, test and source of every row with a run are those that were written before it."""
    for row in covered.rows():
        said = TABLE[row["id"]]
        for name in ("kind", "name", "chinese", "test", "measure", "sign", "source"):
            assert said[name] == str(row.get(name, "")), (row["id"], name)


@every_run
def test_a_configuration_is_read_and_is_the_one_in_the_table(row):
    """The words of the table make a scenario, in which the firm has a program, or customers behave otherwise."""
    words = covered.side(row, row["with"])
    covered.scenario(words)
    assert TABLE[row["id"]]["configuration"] == covered.shlex.join(words)


@pytest.mark.thorough
@every_run
def test_every_side_of_a_row_is_read(row):
    """With, without, control and reverse differ, and each makes a scenario."""
    lines = covered.settings(row)
    assert all(new != old for new, old in lines.values())
    for pair in lines.values():
        for words in pair:
            covered.scenario(words)
    assert lines["control"] != lines["moves"]


@every_run
def test_a_measure_is_a_number_and_no_term_of_its_component(row):
    """A number that the registry of measures knows, a column of the weekly table, or of the survey; set by no key."""
    kind, _, column = row["measure"].rpartition(".")
    if kind == "":
        assert measures.find(column).unit
    if row["kind"] == "mechanism":
        program = covered.scenario(covered.side(row, row["with"])).focal_firm.program
        keys = {key for name in program for key in mechanisms()[name].terms.__dataclass_fields__}
        assert column not in keys and column not in {c for n in program for c in mechanisms()[n].counts}


def test_tests_that_are_named_exist():
    """Every test of the register and of the table is a function of that file."""
    for one in {row["test"] for row in TABLE.values() if row["test"]}:
        path, _, name = one.partition("::")
        if not path.startswith("results/"):
            text = (ROOT / path).read_text(encoding="utf-8")
            assert not name or re.search(rf"^def {name}\(", text, re.MULTILINE), one
        else:
            assert (ROOT / path / "story.md").exists(), one


def test_what_is_left_says_why():
    """Whatever is no covered row, in words; a claim says where it stands or why nowhere."""
    for row in TABLE.values():
        assert row["status"] in covered.STATUSES, row["id"]
        if row["status"] in ("wired", "missing", "out of reach") or (row["status"] == "claim" and not row["test"]):
            assert row["why"], row["id"]


def number(row: dict[str, str], name: str) -> float:
    """A number of the table; nan where there is none."""
    return float(row[name]) if row[name] else float("nan")


@every_run
def test_a_status_follows_from_the_numbers_of_its_row(row):
    """Moves and measured: beyond four standard errors with its sign, within four in the control; a mechanism also wins
    and loses at equal cost, each beyond four.
    """
    said, sign = TABLE[row["id"]], {"+": 1, "-": -1}[row["sign"]]
    if not said["movement"]:
        pytest.fail(f"{row['id']} was never run: python tools/covered.py {row['id']}")
    goes = sign * number(said, "movement") > 4 * number(said, "standard_error")
    stays = abs(number(said, "control_movement")) <= 4 * number(said, "control_standard_error")
    over, turned = number(said, "over_alternative"), number(said, "turned")
    clear = abs(over) > 4 * number(said, "over_alternative_error") and abs(turned) > 4 * number(said, "turned_error")
    either = row["kind"] == "metric" or (clear and over * turned < 0)
    assert (said["status"] in ("moves", "measured")) == (goes and stays and either and not row.get("set", False))
    assert (said["status"] == "missing") == (not (goes and stays))


@pytest.mark.parametrize("one", RUN_ALWAYS)
def test_a_row_moves_and_stays_where_it_must(one):
    """Two rows on four seeds in every run of the tests; all of them in the long ones."""
    row = next(row for row in RUN if row["id"] == one)
    found, control = (covered.moved(row["measure"], *covered.settings(row)[s], FEW) for s in ("moves", "control"))
    assert found.sign == {"+": 1, "-": -1}[row["sign"]] and control.sign == 0


@pytest.mark.thorough
@every_run
def test_every_row_comes_out_as_in_the_table(row):
    """Run anew: the same status."""
    assert covered.run(row)["status"] == TABLE[row["id"]]["status"]


def test_the_page_is_written_from_the_table():
    """docs/coverage.md is what the tool makes of docs/coverage.csv; `python tools/covered.py --write` writes it."""
    assert covered.PAGE.read_text(encoding="utf-8") == covered.page(list(TABLE.values()))


def test_claims_stand_where_they_are_found_today():
    """Tests and results that name a claim are looked up anew."""
    for claim in covered.claims():
        assert {k: TABLE[claim["id"]][k] for k in claim} == claim


def test_every_component_can_be_turned_or_says_why_not():
    """`compare` has a term of each program component, or the register says why there is none; never both."""
    turned, why = covered.turned(), covered.registry()["unturned"]
    assert set(why) == {name for name, key in turned.items() if not key}
    for name, key in turned.items():
        assert not key or key in mechanisms()[name].terms.__dataclass_fields__


# ---- the tool by hand ------------------------------------------------------------------------------------------------


def test_a_difference_by_hand():
    """Differences 1, 2, 3: mean 2, error sqrt(1 / 3); four of them are 2.31, so no sign; 10 more has one."""
    one = covered.Moved.of(np.array([2.0, 4.0, 6.0]), np.array([1.0, 2.0, 3.0]))
    assert (one.mean, one.error, one.sign) == (2.0, pytest.approx(3**-0.5), 0)
    assert covered.Moved.of(np.array([12.0, 14.0, 16.0]), np.array([1.0, 2.0, 3.0])).sign == 1
    assert covered.Moved.of(np.zeros(3), np.array([5.0, 5.1, 5.2])).sign == -1
    assert covered.Moved.of(np.zeros(3), np.zeros(3)).sign == 0


def verdict(kind: str = "mechanism", found: float = 5.0, control: float = 0.0, either: str = "", **own: Any) -> str:
    """The status of a made row, errors 1."""
    row = {"kind": kind, **own}
    return covered.verdict(row, 1, covered.Moved(found, 1.0), covered.Moved(control, 1.0), either)[0]


def test_verdicts_by_hand():
    """Each condition alone decides."""
    assert verdict() == "moves" and verdict("metric") == "measured"
    assert verdict(found=3.9) == verdict(found=-5.0) == verdict(control=4.1) == "missing"
    assert verdict("metric", control=-4.1) == "missing" and verdict(control=3.9) == "moves"
    assert verdict(either="one way") == verdict(set=True) == "wired"


def test_the_later_word_holds_and_other_components_are_left_out():
    """A key that is said twice, a word that stands for several, and a key of a component that a side does not have."""
    line = covered.line(["customers.n=7", "@bond"], ["behaviour.bond.premium=0.1"])
    assert "customers.n=7" in line and "behaviour.bond.premium=0.1" in line and "behaviour=bond" in line
    assert not any(word in line for word in ("customers.n=400", "behaviour.bond.premium=0.3"))
    row = {"world": ["@bond"]}
    more = ["program.points.perceived=0.5", "behaviour.bond.premium=0"]
    assert "program.points.perceived=0.5" in covered.side(row, ["program=points"], more)
    assert covered.side(row, [], more) == covered.line(["@bond"], ["behaviour.bond.premium=0"])
