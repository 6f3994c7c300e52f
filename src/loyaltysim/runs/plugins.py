"""Files from outside the package: loaded where they are asked for, known while they are, in every worker too.

A file is imported under a name that its bytes decide, from the very bytes that were hashed; what it defines joins the
registries until the block is left. Workers are told path and hash, and load it before they are given anything.
"""

from __future__ import annotations

import hashlib
import inspect
import linecache
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from loyaltysim.configure.yaml import content
from loyaltysim.firms import policies
from loyaltysim.firms.decision import Policy
from loyaltysim.measures import registry as measures
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.mechanism.declare import Mechanism
from loyaltysim.mechanism.measure import Measure, measures_of
from loyaltysim.scenario.hints import nearest
from loyaltysim.scenario.outside import GIVEN, Plugin
from loyaltysim.scenario.reader import ConfigError, Problem

DEFINED: tuple[tuple[str, type], ...] = (("MECHANISM", Mechanism), ("POLICY", Policy))
REGISTRIES: dict[type, Any] = {Mechanism: mechanisms, Policy: policies, Measure: measures}


@contextmanager
def brought(paths: Sequence[str | Path]) -> Iterator[None]:
    """Everything that these files define is known within the block, beside what is known already.

    Raises ConfigError: no such file, one that cannot be imported or defines nothing, a name that is taken, a rule that
    asks for what does not exist.
    """
    with ExitStack() as stack:
        for plugin in map(named, paths):
            if plugin not in GIVEN:
                bring(plugin, stack)
        yield


def named(path: str | Path) -> Plugin:
    """A file as it is now. Raises ConfigError where there is none."""
    place = Path(path).expanduser().absolute()
    if place.suffix != ".py":
        raise refused(path, "is no Python file: name one file, mine.py")
    try:
        return Plugin(str(place), hashlib.sha256(content(place)).hexdigest())
    except OSError as error:
        raise refused(path, f"cannot be read: {error.strerror or error}: {place}") from None


def bring(plugin: Plugin, stack: ExitStack | None = None) -> None:
    """Load a file and register what it defines. stack : undoes it; None = it stays. Raises ConfigError."""
    if twin := next((other for other in GIVEN if other.name == plugin.name), None):
        raise refused(plugin.path, f"has the name of {twin.path}, which is given too: rename one")
    objects = defined(load(plugin), plugin)
    stack = ExitStack() if stack is None else stack
    for one in objects:
        registry = REGISTRIES[type(one)]
        try:
            registry.register(one)
        except ValueError as error:
            raise refused(plugin.path, str(error)) from None
        stack.callback(registry.forget, one)
    GIVEN.append(plugin)
    stack.callback(GIVEN.remove, plugin)


def bring_all(plugins: Iterable[Plugin]) -> None:
    """What a worker does first: load what its parent was given, to stay. Raises ConfigError where a file changed."""
    for plugin in plugins:
        if plugin not in GIVEN:
            bring(plugin)


class Ahead:
    """What is given here, first in a message: where that is unpickled, the files are loaded before the rest."""

    def __reduce__(self) -> tuple[Any, ...]:
        return arrived, (tuple(GIVEN),)


def arrived(plugins: tuple[Plugin, ...]) -> Ahead:
    """The other end of `Ahead`. Raises ConfigError where a file is not there or has changed."""
    bring_all(plugins)
    return Ahead()


def load(plugin: Plugin) -> ModuleType:
    """The module of a file: run once in a process for the same bytes. Raises ConfigError if they are others now."""
    name = f"loyaltysim_plugin_{plugin.sha256[:16]}"
    if name in sys.modules:
        return sys.modules[name]
    try:
        content = Path(plugin.path).read_bytes()
    except OSError as error:
        raise refused(plugin.path, f"cannot be read: {error.strerror or error}") from None
    now = hashlib.sha256(content).hexdigest()
    if now != plugin.sha256:
        raise refused(plugin.path, f"has changed since it was given: sha256 {plugin.sha256} then, {now} now")
    module = ModuleType(name)
    module.__file__ = plugin.path
    sys.modules[name] = module
    try:
        text = content.decode("utf-8")
        # no modification time: rules are read again from these lines, whatever the file says by then
        linecache.cache[plugin.path] = (len(text), None, text.splitlines(keepends=True), plugin.path)
        exec(compile(content, plugin.path, "exec", dont_inherit=True), vars(module))
    except Exception as error:
        del sys.modules[name]
        raise refused(plugin.path, f"cannot be imported: {said(error, plugin.path)}") from error
    return module


def said(error: Exception, path: str) -> str:
    """An error in a line, with the line of the file where it rose."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    lines += [error.lineno] if isinstance(error, SyntaxError) else []
    what = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
    return f"line {lines[-1]}: {what}" if lines else what


def defined(module: ModuleType, plugin: Plugin) -> list[Any]:
    """The mechanism, the policy and the measures of a file. Raises ConfigError where there is none of them."""
    found: list[Any] = []
    for attribute, kind in DEFINED:
        one = getattr(module, attribute, None)
        if isinstance(one, kind):
            found.append(one)
        elif one is not None:
            raise refused(plugin.path, f"must define {attribute} = {kind.__name__}(...), not {one!r}"[:200])
    found += measures_of(module)
    if not found:
        names = [name for name, one in vars(module).items() if own(one, module) and not name.startswith("__")]
        near = next(filter(None, (nearest(attribute, names) for attribute, _ in DEFINED)), None)
        hint = f"; it has {near}" if near else ""
        why = f"defines neither MECHANISM = Mechanism(...) nor POLICY = Policy(...) nor a function under @measure{hint}"
        raise refused(plugin.path, why)
    return found


def own(value: object, module: ModuleType) -> bool:
    """Did the file make this itself, rather than import it?"""
    home = getattr(value, "__module__", None) if inspect.isclass(value) or inspect.isfunction(value) else None
    return home in (None, module.__name__) and not inspect.ismodule(value)


def refused(path: str | Path, why: str) -> ConfigError:
    """A problem with a file, to be raised."""
    return ConfigError([Problem("--plugins", f"{Path(path).name} {why}", origin="command line")])


def keys() -> list[str]:
    """What the files bring: components as keys ("policy.stepdown"), measures by name."""
    found = [f"{m.level}.{m.name}" for m in mechanisms.OUTSIDE]
    found += [f"policy.{p.name}" for p in policies.OUTSIDE]
    return [*found, *(one.name for one in measures.OUTSIDE)]


def words() -> list[str]:
    """What a command line says to be given the same files again."""
    return [word for plugin in GIVEN for word in ("--plugins", plugin.path)]
