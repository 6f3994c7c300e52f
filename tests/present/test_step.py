"""`loyaltysim show step`: the week that runs, as Python that can be parsed, under a list of the rules that it calls."""

from __future__ import annotations

import ast
import inspect
import re

import pytest

from loyaltysim.cli.main import main
from loyaltysim.configure.compose import compose
from loyaltysim.market.model import Market
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.mechanism.names import ARGUMENTS
from loyaltysim.present.step import text
from loyaltysim.studies.single import arms
from tests.scenarios import everything

WORLDS = {
    "points": ["scenario=grocery_points"],
    "stamps": ["scenario=coffee_stamps"],
    "plain": ["scenario=plain"],
    "contracts": ["market=telecom", "program=club"],
    "several": ["scenario=grocery_points", "program=[points,recognition,service,contact]", "behaviour=[bond,emotions]"],
}
RULE = re.compile(r"#   (\w+) \((\w+), ([\w/]+\.py):(\d+)\)")


@pytest.fixture(params=WORLDS)
def printed(request, capsys):
    """What stands on standard output."""
    assert main(["show", "step", *WORLDS[request.param]]) == 0
    return capsys.readouterr().out


def test_it_is_python_with_one_function(printed):
    """A head of comments, then the step and nothing else; no line over 120, at most 20 arguments."""
    tree = ast.parse(printed)
    [step] = tree.body
    assert isinstance(step, ast.FunctionDef) and step.name == "step" and len(step.args.args) <= 20
    assert max(map(len, printed.splitlines())) <= 120
    head = printed.split("\n\n")[0].splitlines()
    assert all(line.startswith("# ") for line in head)


def test_a_reader_finds_each_rule(printed):
    """Every rule that is called stands in the head, and each line of the head leads to that rule in its file."""
    calls = [n for n in ast.walk(ast.parse(printed)) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
    ours = {c.func.id: c for c in calls if {getattr(a, "id", "") for a in c.args} & set(ARGUMENTS)}
    told = {name: found for name, *found in RULE.findall(printed)}
    assert set(told) == set(ours)
    lines = printed.splitlines()
    for name, (mechanism, file, line) in told.items():
        rules = [r for h in mechanisms.registry()[mechanism].hooks for r in (h.rule, h.when) if r is not None]
        [rule] = {r for r in rules if re.fullmatch(rf"{r.__name__}(_\d+)?", name)}
        assert inspect.getfile(rule).endswith(file) and inspect.unwrap(rule).__code__.co_firstlineno == int(line)
        said = lines[lines.index(f"#   {name} ({mechanism}, {file}:{line})") + 1].removeprefix("#       ")
        assert said and inspect.getdoc(rule).startswith(said.removesuffix("..."))


def test_rules_are_given_things_with_names(printed):
    """No call of a rule passes anything but here, me, others, terms, visit, draws."""
    told = {name for name, *_ in RULE.findall(printed)}
    for call in ast.walk(ast.parse(printed)):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in told:
            given = [a.id for a in call.args]
            assert all(a in ARGUMENTS or a.startswith(("draw_", "lasting_")) for a in given) and not call.keywords


def test_the_printed_step_is_the_one_that_runs(capsys):
    """The text under the head is that of the first world that `run` runs."""
    assert main(["show", "step", "scenario=grocery_points", "customers.n=20"]) == 0
    scenario = compose(["scenario=grocery_points", "customers.n=20"])
    assert capsys.readouterr().out.endswith("\n\n\n" + Market(arms(scenario)[0], 1).assembled.step)


def test_the_full_market_can_be_printed():
    """Everything at once, too."""
    printed = text(everything(20, 4))
    assert len(RULE.findall(printed)) > 30 and max(map(len, printed.splitlines())) <= 120
