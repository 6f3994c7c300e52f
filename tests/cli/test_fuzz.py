# ruff: noqa: E501 (words that belong together stand in one line)
"""Random command lines: whatever is typed is run or refused with exit code 2, and a refusal leaves nothing behind.

The words are made of the product's own keys, options and flags with values that do not belong there; nothing is run,
because every line asks for a look at it only: `show`, `--cfg job`, `--dry-run`.
"""

from __future__ import annotations

import random

import pytest

from loyaltysim.cli.main import COMMANDS, main
from loyaltysim.configure.compose import components
from loyaltysim.configure.folders import groups
from loyaltysim.scenario.read import parameters

KEYS = [p.key.replace("<id>", "a") for p in parameters(components())]
OWN = [
    "programs",
    "budget",
    "horizon",
    "term.club",
    "customer",
    "lang",
    "vary",
    "seed",
    "seeds",
    "focal",
    "from",
    "name",
    "firms",
    "program",
    "policy",
    "rivals",
    "behaviour",
    "market",
    "customers",
    "record",
    "compute",
    "plugins",
    "sweep",
    "sweep.axes",
    "sweep.points",
    "sweep.keep",
    "sweep.executor",
    "sweep.ray",
    "sweep.tries",
    "explore",
    "explore.n",
    "explore.design",
    "explore.outcomes",
    "explore.levers",
    "explore.policies",
    "optimise",
    "optimise.goals",
    "optimise.within",
    "optimise.trials",
    "optimise.levers",
    "experiment",
    "compare",
    "print",
    "out",
]
VALUES = [
    "''",
    "0",
    "1",
    "-1",
    "3",
    "7.5",
    "1e400",
    "-1e-9",
    "nan",
    "inf",
    "true",
    "null",
    "[]",
    "{}",
    "[1,2]",
    "[null]",
    "[[a]]",
    "{a:1}",
    "{a:{b:c}}",
    "[{a:1}]",
    "'x'",
    "points,club",
    "1,2,3",
    "range(0,1,0)",
    "range(1,4)",
    "range(1,1e12)",
    "range(3,3)",
    "choice(1,2)",
    "glob(*)",
    "tag(a,choice(1,2))",
    "interval(0,1)",
    "0.5:2",
    "9:1",
    "a:b",
    "1:1",
    "[points",
    "[points,club]",
    "[points,club,tiers]",
    "points+club",
    "[market.S=1,2]",
    "['market.S=1']",
    "['min",
    "lift_visits']",
    "['lift_visits<=x']",
    "['profit_per_customer<=1e-400']",
    "../up",
    "/dev/null",
    "nowhere.yaml",
    "a",
    "b",
    "12%",
    "0,5",
    "客户",
    "\u202e",
    "\u200b",
    "~",
    ".",
    "[.inf]",
    "{.nan:1}",
    "1_000",
    "0x1f",
    "99999999999999999999999",
    "%s",
    "${a}",
    "\\",
    "\t",
]
STARTS = [
    ("show",), ("show", "step"), ("show", "options"), ("show", "parameters"), ("show", "measures"), ("run", "--cfg", "job"),
    ("compare", "--cfg", "job"), ("compare", "programs=[points,club]", "--cfg", "job"), ("dials", "--cfg", "job"),
    ("sweep", "--dry-run"), ("sweep", "market.S=1,2", "--dry-run"), ("explore", "market.S=1:2", "--dry-run"),
    ("optimise", "program=points", "program.points.earn=1:2", "--dry-run"), ("diary",), ("validate", "--cfg", "job"),
    ("sweep", "status"), ("sweep", "verify"), ("completion",), ("completion", "words"), ("new",), ("new", "cafe"), ("worlds",), ("worlds", "fit", "draws=1"),
    ("export",), ("export", "journal"), ("game", "--cfg", "job"),
]  # fmt: skip
GATE, THOROUGH = 60, 3000  # lines that are tried


def line(number: int) -> list[str]:
    """A command line, the same for the same number. A diary and what is not refused would run: they get a wrong key."""
    luck = random.Random(number)
    start = luck.choice(STARTS)
    options = [f"{group}={option}" for group, several in groups().items() for option in several]
    words = []
    for _ in range(luck.randint(1, 4)):
        key, value = (
            luck.choice([luck.choice(KEYS), luck.choice(OWN), luck.choice(list(groups()))]),
            luck.choice(VALUES),
        )
        words.append(
            luck.choices(
                [f"{key}={value}", luck.choice(options), f"~{key}", f"+{key}={value}", value, f"{key}@{value}={value}"],
                [12, 4, 1, 1, 1, 1],
            )[0]
        )
    stop = ["nokey_=1"] if start[0] == "diary" else []
    return [*start, *words, *stop]


def tried(number: int, capsys, tmp_path) -> None:
    words = line(number)
    capsys.readouterr()
    code = main(words)
    answer = capsys.readouterr()
    assert code in (0, 2), (words, code, answer.err)
    assert not {"\u202e", "\u200b"} & set(answer.err), words
    if code == 2:
        assert answer.out == "" and answer.err.startswith("loyaltysim: "), words
        assert len(answer.err) < 20_000, words
    assert list(tmp_path.iterdir()) == [], words


@pytest.fixture(autouse=True)
def empty(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("part", range(4))
def test_any_line_is_accepted_or_refused(part, capsys, tmp_path):
    for number in range(part * GATE // 4, (part + 1) * GATE // 4):
        tried(number, capsys, tmp_path)


@pytest.mark.parametrize("part", range(20))
def test_any_of_thousands_of_lines_is_accepted_or_refused(part, capsys, tmp_path):
    """Thousands of lines; the shorter test beside it tries the first of them."""
    for number in range(part * THOROUGH // 20, (part + 1) * THOROUGH // 20):
        tried(number, capsys, tmp_path)


def test_every_command_is_among_the_lines():
    assert {start[0] for start in STARTS} == set(COMMANDS)
