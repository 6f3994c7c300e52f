"""Keep assembled steps in a cache folder, and compile them there.

A step's text is its key: it holds everything that runs, so that neither an edit of a rule nor another set of mechanisms
can meet a stale compiled step, and an edit of anything else compiles nothing anew.
"""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from loyaltysim.configure.lock import system_lock
from loyaltysim.market.cache import cache_folder, rests
from loyaltysim.market.rows import Rows


@dataclass(frozen=True)
class Step:
    """A step that runs. name : of its module;  plain : as ordinary Python;  compiled : the same function compiled"""

    name: str
    plain: Callable[..., Any]
    compiled: Callable[..., Any]


def ready(source: str) -> Step:
    """The functions of an assembled step; compiling waits for the first call."""
    module = load(source)
    return Step(module.__name__, partial(in_plain, module.step), compiled(module))


def in_plain(step: Callable[..., Any], start: int, stop: int, week: int, *arrays: np.ndarray) -> int:
    """Run a step in ordinary Python, on rows whose columns are attributes. -> what the step returns"""
    with np.errstate(over="ignore", invalid="ignore"):
        return int(step(start, stop, week, *(Rows(a) if a.dtype.names else a for a in arrays)))


@dataclass(frozen=True)
class Compiled:
    """A step that is compiled at its first call, by one process at a time: the others then find what that one wrote."""

    function: Any
    path: Path

    @property
    def signatures(self) -> list[Any]:
        """For what types of arguments it is compiled: none before the first call."""
        return list(self.function.signatures)

    def __call__(self, *arguments: Any) -> int:
        """Call the compiled step. -> what it returns"""
        if self.function.signatures:
            return int(self.function(*arguments))
        with system_lock(self.path.with_suffix(".lock")):
            return int(self.function(*arguments))


@cache
def package_hash() -> str:
    """A hash of every source file of the package: which code made a result."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def load(source: str) -> ModuleType:
    """A module of the assembled source: run as it is given here, and written to the cache folder for the compiler."""
    name = "step_" + hashlib.sha256(source.encode()).hexdigest()[:16]
    if name in sys.modules:
        return sys.modules[name]
    path = cache_folder() / f"{name}.py"
    rests(path, source.encode())
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module
    exec(compile(source, str(path), "exec", dont_inherit=True), vars(module))
    return module


def compiled(module: ModuleType) -> Callable[..., Any]:
    """The step of an assembled module, compiled on first use; everything that it calls becomes part of it."""
    from numba import config, njit

    if config.DISABLE_JIT:  # type: ignore[attr-defined]  # Numba reads it from the environment
        return partial(in_plain, module.step)
    if not hasattr(module, "compiled"):
        from numba.extending import register_jitable

        from loyaltysim.market.compiled import StepCache

        for function in vars(module).copy().values():
            if inspect.isfunction(function) and function is not module.step:
                register_jitable(forceinline=True)(function)
        step = njit(nogil=True, error_model="numpy")(module.step)
        step._cache = StepCache(module.step)  # type: ignore[attr-defined]
        module.compiled = Compiled(step, Path(str(module.__file__)))  # type: ignore[attr-defined]
    return module.compiled  # type: ignore[no-any-return]


def is_compiled(step: Step) -> bool:
    """Has this step been compiled before, in this process or in an earlier one?"""
    return bool(step.compiled.signatures) or any(cache_folder().rglob(f"{step.name}*.nbi"))  # type: ignore[attr-defined]
