"""What every test shares: no windows, repeatable examples, and the browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import settings

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
