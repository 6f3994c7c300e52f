"""Simulate and evaluate customer loyalty programs on markets that are known to be real.

`run` simulates a configuration, `sweep_table` many of them, `compare` holds program designs against each other,
`Scenario` is what a configuration says, `dirichlet` and `contract` hold the closed forms. Each is imported when it is
first asked for, so that the command line starts quickly.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loyaltysim import contract, dirichlet
    from loyaltysim.campaign import table as sweep_table
    from loyaltysim.designs import compare
    from loyaltysim.schema import Scenario
    from loyaltysim.study import run

__version__ = "0.1.0"
__all__ = ["Scenario", "__version__", "compare", "contract", "dirichlet", "run", "sweep_table"]

_MODULES = ("contract", "dirichlet")
_HOMES = {
    "Scenario": ("schema", "Scenario"),
    "compare": ("designs", "compare"),
    "run": ("study", "run"),
    "sweep_table": ("campaign", "table"),
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home, own = _HOMES[name]
    value = getattr(import_module(f"{__name__}.{home}"), own)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted({*globals(), *__all__})
