"""The package as a newcomer gets it: versions, lock, names that are imported when first asked for."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import loyaltysim
from loyaltysim.configure.compose import compose
from loyaltysim.runs import extras

pytestmark = pytest.mark.interpreter

ROOT = Path(__file__).parents[1]
LOCKS = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("requirements.lock", "requirements-dev.lock")}
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
DECLARED = {
    "dependencies": PROJECT["dependencies"],
    "editable": PYPROJECT["dependency-groups"]["editable"],
    **PROJECT["optional-dependencies"],
}


def locked(name: str) -> dict[str, str]:
    """Version of every package of a lock."""
    return dict(re.findall(r"^([a-z0-9-]+)==([^\s;]+)", LOCKS[name], re.MULTILINE))


def test_version_is_said_once_and_the_same():
    """pyproject.toml, the package and the newest entry of the changelog agree."""
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest is not None
    assert loyaltysim.__version__ == PROJECT["version"] == newest[1]


@pytest.mark.parametrize("name", LOCKS)
def test_lock_names_no_address(name):
    """A lock that names an index, a folder or a file works on one machine only."""
    assert not re.findall(r"^-.*|.*://.*|.*\bfile:.*|.* @ .*", LOCKS[name], re.MULTILINE)


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_is_exact_and_hashed(name):
    """Each entry is `name==version`, an optional marker, and at least one SHA-256 hash."""
    joined = LOCKS[name].replace(" \\\n", "")
    entries = [line for line in joined.splitlines() if not line.startswith("#")]
    shape = re.compile(r"[a-z0-9-]+==[^\s;]+( ; .+?)?( +--hash=sha256:[0-9a-f]{64})+")
    assert len(entries) > 40
    assert [line for line in entries if shape.fullmatch(line) is None] == []


@pytest.mark.parametrize("group", DECLARED)
def test_locks_hold_every_declared_package(group):
    """A dependency that was declared after the last `make lock` is missing for everyone else; a user needs no extra."""
    declared = {re.match(r"[A-Za-z0-9-]+", line)[0].lower() for line in DECLARED[group]}
    assert declared - locked("requirements-dev.lock").keys() == set()
    of_a_user = declared if group in ("dependencies", "editable") else set()
    assert declared & locked("requirements.lock").keys() == of_a_user


def test_locks_agree():
    """What a user has, a developer has too, at the same versions."""
    assert locked("requirements.lock").items() <= locked("requirements-dev.lock").items()


def test_a_clone_is_known_by_its_lock():
    """Whoever misses an extra in a clone is sent to `make`, not to unlocked packages."""
    assert extras.CLONE == ROOT / "requirements-dev.lock" and extras.CLONE.is_file()


def test_importing_the_package_imports_nothing_heavy():
    """Start-up time: the closed forms, the market and the plots wait until they are asked for."""
    code = (
        "import sys, loyaltysim; dir(loyaltysim);"
        "heavy = {'numpy', 'scipy', 'pandas', 'numba', 'mesa', 'hydra', 'matplotlib', 'seaborn', 'networkx'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", loyaltysim.__all__)
def test_public_names_are_there(name):
    """Every name that the package lists can be imported and shows up in `dir`."""
    assert getattr(loyaltysim, name) is not None
    assert name in dir(loyaltysim)


def test_unknown_name_is_an_attribute_error():
    """A misspelt name fails as it does in any module, so that `hasattr` works."""
    with pytest.raises(AttributeError, match="'dirichlett'"):
        _ = loyaltysim.dirichlett


def test_make_run_ends_with_how_to_call_the_command():
    """The environment is not active in the shell that made it: the last lines say the command as it can be typed."""
    rule = (ROOT / "Makefile").read_text("utf-8").partition("\nrun: setup")[2].partition("\n\n")[0]
    assert rule.splitlines()[-1].strip() == "@sh tools/next.sh"
    env = {**os.environ, "VENV": "my venv/é"}
    told = subprocess.run(["sh", ROOT / "tools/next.sh"], capture_output=True, text=True, env=env, check=True).stdout
    words = told.partition("next: ")[2].splitlines()[0]
    assert shlex.split(words)[:2] == ["my venv/é/bin/loyaltysim", "run"]
    assert told.splitlines()[-1].split(": ")[1].startswith(". 'my venv/é'/bin/activate")
    compose(shlex.split(words)[2:])


@pytest.mark.parametrize("page", ["README.md", "README.zh.md"])
def test_the_first_page_says_how_to_call_the_command(page):
    """With make and without, where the environment is active and where it is not."""
    text = (ROOT / page).read_text("utf-8")
    for words in (
        ".venv/bin/loyaltysim",
        ". .venv/bin/activate",
        "python -m pip install .",
        "python -m loyaltysim run",
    ):
        assert words in text


FLOORS = re.findall(r"^([a-z0-9-]+)>=(\S+)", (ROOT / "tools" / "floors.txt").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", LOCKS)
def test_no_lock_brings_a_known_weakness(name):
    """F-61: for every system and Python that a lock speaks of, what others bring along is above its advisories."""
    assert FLOORS
    for package, floor in FLOORS:
        found = re.findall(rf"^{package}==([^\s;]+)", LOCKS[name], re.MULTILINE)
        assert all(tuple(map(int, v.split("."))) >= tuple(map(int, floor.split("."))) for v in found), (package, found)
