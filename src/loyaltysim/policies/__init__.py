"""How firms decide, one file each: from what a real firm could see, never from customers' hidden state.

A policy is a function `decide(terms, firm, world) -> offer | None` called in every decision week; it returns the
firm's new offer, or None for "no change". Policies combine: they are asked in order, each seeing the last one's offer.
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
    """name, terms (dataclass of keys), decide(terms, firm, market) -> running program or None, order of asking."""

    name: str
    source: str
    terms: type
    decide: Callable[[Any, Any, Any], Any]
    check: Callable[[Any], list[tuple[str, str]]] | None = None
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
