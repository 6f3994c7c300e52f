"""Simulate and evaluate customer loyalty programs on markets that are known to be real.

`run` simulates a configuration, `sweep_table` many of them, `compare` holds program designs against each other,
`Scenario` is what a configuration says. `dirichlet`, `purchases` and `contract` hold the closed forms of behaviour,
`accounting` those of what points owe, `metrics` the numbers that are read off a run, `page` what a comparison shows.
Each is imported when it is first asked for, so that the command line starts quickly.
"""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loyaltysim import accounting
    from loyaltysim.present import comparison as page
    from loyaltysim.scenario.model import Scenario
    from loyaltysim.studies.comparison import compare
    from loyaltysim.studies.single import run
    from loyaltysim.studies.sweep import table as sweep_table
    from loyaltysim.theory import dirichlet
    from loyaltysim.theory import nbd as purchases
    from loyaltysim.theory import retention as contract

    metrics: SimpleNamespace

__version__ = "0.1.0"
__all__ = [
    "Scenario",
    "__version__",
    "accounting",
    "compare",
    "contract",
    "dirichlet",
    "metrics",
    "page",
    "purchases",
    "run",
    "sweep_table",
]

_MODULES = {
    "accounting": "accounting",
    "contract": "theory.retention",
    "dirichlet": "theory.dirichlet",
    "page": "present.comparison",
    "purchases": "theory.nbd",
}
_NAMES = {
    "Scenario": ("scenario.model", "Scenario"),
    "compare": ("studies.comparison", "compare"),
    "run": ("studies.single", "run"),
    "sweep_table": ("studies.sweep", "table"),
}
_MEASURES = ("attitudes", "cards", "contracts", "market", "ratio", "repeat_buying")  # what `metrics` gathers


def _metrics() -> SimpleNamespace:
    """Every function and class of the measures that are read off tables, under one name."""
    found: dict[str, Any] = {}
    for name in _MEASURES:
        module = import_module(f"{__name__}.measures.{name}")
        found |= {k: v for k, v in vars(module).items() if getattr(v, "__module__", None) == module.__name__}
    return SimpleNamespace(**found)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name == "metrics":
        value: Any = _metrics()
    elif name in _MODULES:
        value = import_module(f"{__name__}.{_MODULES[name]}")
    elif name in _NAMES:
        home, own = _NAMES[name]
        value = getattr(import_module(f"{__name__}.{home}"), own)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted({*globals(), *__all__})
