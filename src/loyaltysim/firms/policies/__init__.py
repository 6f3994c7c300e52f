"""How firms decide, one file each: from what a real firm could see, never from customers' hidden state.

A policy is a function `decide(terms, firm, market) -> program`, asked every week; it returns the program that the firm
runs from this week on. Policies combine: they are asked in order, and `firm.running_program` is the last one's answer.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True)
class Policy:
    """name, terms (dataclass of keys), decide(terms, firm, market) -> running program, order of asking.

    check : terms -> [(key, problem)];  fits : (terms, firm id, scenario) -> [(key, problem)]
    """

    name: str
    source: str
    terms: type
    decide: Callable[[Any, Any, Any], Any]
    check: Callable[[Any], list[tuple[str, str]]] | None = None
    fits: Callable[[Any, str, Any], list[tuple[str, str]]] | None = None
    order: int = 50


@cache
def registry() -> dict[str, Policy]:
    """Every policy by name, in the order in which they are asked."""
    modules = [importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
    found = [m.POLICY for m in modules if hasattr(m, "POLICY")]
    return {p.name: p for p in sorted(found, key=lambda p: (p.order, p.name))}


def components() -> dict[str, dict[str, Policy]]:
    """Policies as the schema asks for them: {"policy": {...}}."""
    return {"policy": dict(registry())}
