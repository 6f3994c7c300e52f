"""Packages that only some commands need: imported when asked for, and missed in one line that says what to install."""

from __future__ import annotations

import importlib
from types import ModuleType

from loyaltysim.checking import ConfigError, Problem

EXTRAS = {"ray": "cluster", "submitit": "cluster", "SALib": "explore", "optuna": "explore", "sklearn": "explore"}
PACKAGES = {"sklearn": "scikit-learn"}


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
        message = f"needs {PACKAGES.get(package, package)}: pip install 'loyaltysim[{EXTRAS[package]}]'"
        raise ConfigError([Problem(key, message, origin="installation")]) from None
