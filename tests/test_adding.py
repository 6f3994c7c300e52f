"""docs/adding.md is true: its files, put into a copy of the package, run by its commands and pass its tests."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/adding.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
FILE = re.compile(r"\*\*`([^`]+)`\*\*\n\n```\w+\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """What the repository holds of code, configuration and tests; nothing is compiled in it."""
    place = tmp_path_factory.mktemp("copy")
    for name in ("src", "conf", "experiments", "tests", "docs"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    for name in ("pyproject.toml", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / name, place / name)
    for path, content in FILE.findall(PAGE):
        assert not (place / path).exists(), f"{path} is there already: the page would overwrite it"
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text(content, "utf-8")
    return place


def commands(section: str) -> list[list[str]]:
    """Every line of the shell blocks, as words."""
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize("name", SECTIONS)
def test_each_section_does_what_it_says(copy, name):
    """With its files where it says, each of its commands ends well."""
    section = SECTIONS[name]
    path = os.pathsep.join([str(copy / "src"), str(copy)])
    environment = {**os.environ, "PYTHONPATH": path, "NUMBA_DISABLE_JIT": "1"}
    assert commands(section)
    for first, *words in commands(section):
        head = {"loyaltysim": [sys.executable, "-m", "loyaltysim"], "python": [sys.executable]}[first]
        done = subprocess.run([*head, *words], cwd=copy, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{first} {shlex.join(words)}\n{done.stdout[-3000:]}\n{done.stderr[-2000:]}"
        assert "no tests ran" not in done.stdout


MISSING = {
    "conf/policy/undercut.yaml": ("tests/firms/test_policies.py", "undercut", "write conf/policy/undercut.yaml"),
    "conf/program/parking.yaml": ("tests/mechanism/test_mechanisms.py", "parking and conf", "conf/program/parking"),
    "tests/measures/test_regulars.py": ("tests/measures/test_registry.py", "regulars", 'by_hand("regulars")'),
}  # fmt: skip


@pytest.mark.parametrize("path", MISSING)
def test_what_is_missing_is_said_in_words(copy, path):
    """Without one of the files the contract tests fail, and name what has to be written."""
    test, chosen, said = MISSING[path]
    (copy / path).rename(copy / "aside")
    try:
        words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test, "-k", chosen]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(copy / "src"), str(copy)])}
        done = subprocess.run(words, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    finally:
        (copy / "aside").rename(copy / path)
    assert done.returncode == 1 and said in done.stdout, done.stdout[-3000:]
