"""Mutants find their place by name and structure, and say so when they do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import mutants
from tests.planter import CannotPlant, House
from tests.thorough import THOROUGH
from tests.wrong import Mutant

CODE = '''
LIMIT = 1.0
TEMPLATE = """
for i in range(n):
    {work}
"""

def earned(spend, rate):
    """Points."""
    if spend < LIMIT:  # too little
        return 0
    for step in range(3):
        spend += step
    spend += sum(k for k, _ in enumerate(range(3), start=0))
    return (spend
            * rate) // 100

class Card:
    def full(self):
        return self.held >= self.needed
'''


@pytest.fixture
def house(tmp_path: Path) -> House:
    for name in ("programs/points.py", "firms/points.py"):
        path = tmp_path / "src" / "pkg" / name
        path.parent.mkdir(parents=True)
        path.write_text(CODE if "programs" in name else "LIMIT = 2.0\n", encoding="utf-8")
    return House(tmp_path)


@pytest.mark.parametrize(
    ("where", "before", "after", "words"),
    [
        ("earned", "spend * rate", "spend + rate", "return ((spend + rate)) // 100"),
        ("earned", "spend<LIMIT", "spend <= LIMIT", "if (spend <= LIMIT):  # too little"),
        ("earned", "return 0", "return 1", "        return 1\n"),
        ("earned", "return 0", "pass", "        pass\n"),
        ("earned", "for step in range(3):", "for step in range(4):", "    for step in range(4):\n        spend"),
        ("earned", "if spend < LIMIT:\n    return 0", "", '"""Points."""\n    \n    for step'),
        ("Card.full", "self.held >= self.needed", "True", "return (True)"),
        ("full", "self.held", "0", "return (0) >= self.needed"),
        ("programs.LIMIT", "1.0", "3.0", "LIMIT = (3.0)"),
        ("earned", "start=0", "start=1", "enumerate(range(3), start=1)"),
        ("TEMPLATE", "range(n)", "range(n + 1)", "for i in range(n + 1):"),
    ],
)
def test_one_expression_becomes_another(house: House, where: str, before: str, after: str, words: str) -> None:
    path, text = house.planted(Mutant("", where, before, after, ""))
    assert words in text and path.parts[-2:] == ("programs", "points.py")
    assert len(text.splitlines()) >= len(CODE.splitlines()) - 1


@pytest.mark.parametrize(
    ("where", "before", "why"),
    [
        ("LIMIT", "1.0", "LIMIT is defined 2 times: src.pkg.firms.points.LIMIT, src.pkg.programs.points.LIMIT"),
        ("firms.earned", "spend", "defined 0 times: nowhere"),
        ("earned", "rate * spend", "earned: 'rate * spend' stands there 0 times"),
        ("earned", "spend", "stands there 2 times"),
    ],
)
def test_what_does_not_name_one_place_is_refused(house: House, where: str, before: str, why: str) -> None:
    with pytest.raises(CannotPlant, match=why.replace(".", r"\.").replace("*", r"\*")):
        house.planted(Mutant("", where, before, "0", ""))


def test_every_mutant_has_a_place_and_a_test() -> None:
    """A definition or a test that is renamed is told here, not when the mutant is planted."""
    house, known = House(mutants.ROOT), mutants.tests_of(mutants.texts_of(["tests"]))
    for mutant in mutants.mutants():
        path, text = house.planted(mutant)
        assert text != house.texts[path], mutant.wrong
        mutants.located(mutant.test, known)


def test_mutants_have_names_of_their_own() -> None:
    names = [mutant.wrong for mutant in mutants.mutants()]
    assert len(names) == len(set(names))


def test_a_move_is_no_change() -> None:
    """Imports, docstring and format do not count; a number does."""
    old, moved = '"""One."""\nimport a\n\nX = f(1)\n', '"""Two."""\nfrom b import c\nX = f( 1 )  # why\n'
    assert mutants.statements(old) == mutants.statements(moved) != mutants.statements(old.replace("1", "2"))


def test_what_is_left_to_the_thorough_run_exists() -> None:
    """A test that is renamed would silently come back into `make test`."""
    assert set(THOROUGH) <= set(mutants.tests_of(mutants.texts_of(["tests"])))


def test_a_library_proposes_other_programs() -> None:
    """cosmic-ray as it is used by tests.survivors: every proposal parses, and is another program than the text."""
    survivors = pytest.importorskip("tests.survivors")
    ways = survivors.proposals(CODE)
    made = [survivors.mutate_code(CODE, operator, place) for operator, place in ways]
    same = mutants.statements(CODE)
    assert len(made) > 20 and all(mutants.statements(text) != same for text in made)
