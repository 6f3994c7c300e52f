"""What every test shares: no windows, repeatable examples, the browser; and what a run of the tests says at its end."""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from loyaltysim.market import quantiles, tastes
from loyaltysim.market.compile import Compiled
from loyaltysim.runs.files import peak_memory
from tests.thorough import THOROUGH

os.environ.setdefault("MPLBACKEND", "Agg")
settings.register_profile("repeatable", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("thorough", settings.get_profile("repeatable"), derandomize=False, max_examples=1500)
settings.load_profile("repeatable")  # `pytest -m hypothesis --hypothesis-profile=thorough`: other and more examples


@pytest.fixture
def quiet() -> Iterator[None]:
    """Keyed draws wrap around on purpose, which plain Python says aloud (tests.mutants runs without the compiler)."""
    with np.errstate(over="ignore", invalid="ignore"):
        yield


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of Chromium for Playwright's `executable_path`; without one CI fails and others skip, loudly."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        reason = "NO BROWSER: the page was not opened; install Chromium (on Debian: apt-get install chromium)"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return found


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what only `make thorough` runs: the tests named in THOROUGH, but not the cases that stay."""
    for item in items:
        name, _, case = item.name.partition("[")
        if name in THOROUGH and not any(kept in case for kept in THOROUGH[name]):
            item.add_marker(pytest.mark.thorough)


# ---- memory: no worker may need more than LARGEST --------------------------------------------------------------------


@pytest.fixture(autouse=True, scope="session")
def compiled_apart() -> Iterator[None]:
    """Compile every step in a child of this process: what the compiler would keep to itself until the end ends there.

    The child leaves the step in the cache; loading it from there costs a tenth of the memory. Where a process cannot
    be split (no fork), or the child fails, the step is compiled here as for a user.
    """
    call = Compiled.__call__

    def apart(step: Compiled, *arguments: Any) -> int:
        if hasattr(os, "fork") and not step.signatures and not any(step.path.parent.rglob(f"{step.path.stem}*.nbi")):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside threads: they compile nothing
                child = os.fork()
            if child == 0:
                with contextlib.suppress(BaseException):
                    call(step, *arguments)
                os._exit(0)
            os.waitpid(child, 0)
        return call(step, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Compiled, "__call__", apart)
        yield


@pytest.fixture(autouse=True, scope="module")
def nothing_kept(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a file's tests leave behind is let go of when they are through: what its functions remember (`cache`), whole
    runs often, what the market remembers of tastes and quantiles, and steps, which hold each other in cycles.
    """
    yield
    for module in (request.module, quantiles, tastes):
        for value in vars(module).values():
            if hasattr(value, "cache_clear") and value.__module__ == module.__name__:
                value.cache_clear()
    gc.collect()


LARGEST = 2048  # MB; Linux only, where the peak of a process is told in the same way everywhere
PEAKS: list[int] = []  # of the workers, or of this process where there are none


def peak() -> int:
    """Peak memory of this process in MB; 0 where it is told otherwise than on Linux."""
    return (sys.platform == "linux" and peak_memory()) or 0


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """A worker has ended: note its peak."""
    PEAKS.append(getattr(node, "workeroutput", {}).get("peak", 0))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the peak to who started this worker; there, fail a run in which one was too large."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["peak"] = peak()
        return
    if not PEAKS:
        PEAKS.append(peak())
    if max(PEAKS) > LARGEST and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say which worker was too large, and how long what is not in `make test` takes."""
    if PEAKS and max(PEAKS) > LARGEST:
        terminalreporter.write_line(
            f"error: a process of the tests reached {max(PEAKS)} MB, more than {LARGEST}", red=True
        )
    if config.option.markexpr == "thorough" and not config.option.collectonly:
        seconds: dict[str, float] = defaultdict(float)
        for report in (report for reports in terminalreporter.stats.values() for report in reports):
            if isinstance(report, pytest.TestReport):
                seconds[report.nodeid.partition("[")[0]] += report.duration
        terminalreporter.section("not in `make test`: minutes")
        for name, took in sorted(seconds.items(), key=lambda pair: -pair[1]):
            terminalreporter.write_line(f"{took / 60.0:6.2f}  {name}")
        terminalreporter.write_line(f"{sum(seconds.values()) / 60.0:6.2f}  all of it, on one core")
