"""Wrong programs that the tests must refuse, a file for each part of the package; `tests.mutants` plants them.

A new file joins by holding a list `MUTANTS`.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """What is wrong, in which file, the words before and after, the test that must fail."""

    wrong: str
    file: str
    old: str
    new: str
    test: str


def mutants() -> list[Mutant]:
    """Every mutant of every file."""
    modules = [importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
    return [mutant for module in modules for mutant in module.MUTANTS]
