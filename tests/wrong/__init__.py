"""Wrong programs that the tests must refuse, a file for each part of the package; `tests.mutants` plants them.

A new file joins by holding a list `MUTANTS`.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """What is wrong, in which definition, the expression or statement before and after, the test that must fail.

    where   a function, method or constant: `points_earned`; `stamps.MECHANISM` where several files have one
    before  an expression, a run of statements, or words in a string such as a template; `tests.planter` finds it
    test    a test by its name, with its parameters if it has some; `test_points.py::test_x` where two files have one
    """

    wrong: str
    where: str
    before: str
    after: str
    test: str


def mutants() -> list[Mutant]:
    """Every mutant of every file."""
    modules = [importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
    return [mutant for module in modules for mutant in module.MUTANTS]
