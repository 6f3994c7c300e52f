"""Packages that only some commands need: imported when asked for, and missed in one line that says what to install."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

from loyaltysim.scenario.reader import ConfigError, Problem

EXTRAS = {"ray": "cluster", "submitit": "cluster", "SALib": "explore", "optuna": "explore", "sklearn": "explore"}
PACKAGES = {"sklearn": "scikit-learn"}
CLONE = Path(__file__).resolve().parents[3] / "requirements-dev.lock"  # in a clone the extras are locked too


def needed(module: str, key: str) -> ModuleType:
    """Import a module of an extra, `needed("ray", "sweep.executor")`.

    key : what asked for it. Raises ConfigError with the command that installs it.
    """
    package = module.partition(".")[0]
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != package:
            raise
        way = "make tools" if CLONE.is_file() else f"pip install 'loyaltysim[{EXTRAS[package]}]'"
        message = f"needs {PACKAGES.get(package, package)}: {way}"
        raise ConfigError([Problem(key, message, origin="installation")]) from None
