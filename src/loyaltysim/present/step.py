"""The step that a scenario runs, as it can be read: which rules it calls and where they stand, then the week itself."""

from __future__ import annotations

import inspect
from pathlib import Path

from loyaltysim.market.assemble import Assembled, Called, assemble
from loyaltysim.market.model import asked
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.scenario.model import Scenario
from loyaltysim.studies.single import arms

HOUSE = Path(__file__).resolve().parents[1]
WIDTH = 120


def text(scenario: Scenario) -> str:
    """The step of the world with the program, assembled and not compiled: Python that can be parsed."""
    world = arms(scenario)[0]
    assembled = assemble(tuple(mechanisms.active(world)), tuple(mechanisms.registry().values()), asked(world))
    return f"{head(scenario, assembled)}\n\n\n{assembled.step}"


def head(scenario: Scenario, assembled: Assembled) -> str:
    """The name of the scenario, and every rule that the step calls, in the order of the week: whose, where, what."""
    lines = [f"# One customer's week in {scenario.name!r}, as it is compiled. The rules that it calls:"]
    for name, called in assembled.rules.items():
        lines += [f"#   {name} ({called.mechanism}, {place(called)})", short(f"#       {meaning(called)}".rstrip())]
    return "\n".join(lines)


def place(called: Called) -> str:
    """The file and line of a rule: below the package, or the name of a file from outside."""
    rule = inspect.unwrap(called.rule)
    path = Path(inspect.getfile(rule)).resolve()
    file = path.relative_to(HOUSE).as_posix() if path.is_relative_to(HOUSE) else path.name
    return f"{file}:{rule.__code__.co_firstlineno}"


def meaning(called: Called) -> str:
    """The first line of what a rule says of itself."""
    return (inspect.getdoc(called.rule) or "").partition("\n")[0]


def short(line: str) -> str:
    """A line, cut where it is too long."""
    return line if len(line) <= WIDTH else line[: WIDTH - 3] + "..."
