"""Simulate and evaluate customer loyalty programs on markets that are known to be real.

`run` simulates a configuration, `compare` holds program designs against each other, `Scenario` is what a configuration
says, `dirichlet` and `contract` hold the closed forms. Each is imported when it is first asked for, so that the command
line starts quickly.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loyaltysim import contract, dirichlet
    from loyaltysim.designs import compare
    from loyaltysim.schema import Scenario
    from loyaltysim.study import run

__version__ = "0.1.0"
__all__ = ["Scenario", "__version__", "compare", "contract", "dirichlet", "run"]

_MODULES = ("contract", "dirichlet")
_HOMES = {"Scenario": "schema", "compare": "designs", "run": "study"}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted({*globals(), *__all__})
