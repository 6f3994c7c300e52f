"""What is said of a name that does not exist: near names only, where to look, and what is still to come."""

from __future__ import annotations

import pytest

from loyaltysim.cli.main import COMMANDS
from loyaltysim.configure.compose import components
from loyaltysim.configure.folders import groups
from loyaltysim.scenario.hints import COMING, coming, nearest, suggestion, unknown
from loyaltysim.scenario.model import Written
from loyaltysim.scenario.reader import hints


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("rum", "run"),
        ("optimize", "optimise"),
        ("swep", "sweep"),
        ("valdate", "validate"),
        ("RUN", "run"),
        ("games", "game"),
    ],
)
def test_a_slip_of_the_hand_is_understood(name, near):
    assert nearest(name, COMMANDS) == near


@pytest.mark.parametrize("name", ["calibrate", "simulate", "plot", "teach", "x", ""])
def test_what_is_no_slip_of_the_hand_gets_no_name(name):
    """`calibrate` shares five letters with `validate`: whoever types it means something else."""
    assert nearest(name, COMMANDS) is None


def test_many_names_are_not_listed():
    known = groups()["program"]
    assert suggestion("pionts", known, "show them") == f"; did you mean 'points'? `show them` lists all {len(known)}"
    assert suggestion("b", ["a", "c"]) == "; known: a, c"
    assert suggestion("b", [f"n{i}" for i in range(40)]).endswith("n11, ...")


@pytest.mark.parametrize("name", COMING)
def test_what_is_still_to_come_is_not_there_yet(name):
    """An entry leaves the table on the day on which the thing itself comes."""
    options = {option for group, options in groups().items() for option in options if group != "experiment"}
    assert name not in {*options, *COMMANDS, *hints(Written), *(n for level in components().values() for n in level)}
    assert coming(name).startswith("; it does not exist yet, until then ")
    assert unknown(name, COMMANDS) == coming(name)


def test_what_is_still_to_come_is_known_in_one_and_in_many():
    assert coming("Claim") == coming("claims") == coming("CLAIMS") != ""
    assert coming("games") == coming("game") and coming("early-access") == coming("early_access")
    assert coming("points") == ""
