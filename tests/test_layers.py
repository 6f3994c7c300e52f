"""The house: a file imports only from files above it in the order in which data flows, and Hydra stays at the door."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import loyaltysim

HOUSE = Path(loyaltysim.__file__).parent
FILES = sorted(HOUSE.rglob("*.py"))

# From the ground up; a folder is one layer. A new file needs a place here.
ORDER = """
    rules checking plain_yaml schema draws networks closed_form purchases dirichlet contract foresight data links
    mechanisms customers tastes programs decision policies firms step survey records market checkpoint metrics store
    executors extras cluster values kept sweep evaluate study validate figures report compose factors sensitivity
    optimise design collect explored swept campaign console explore experiment equal_budget designs dials page diary cli
    __main__
"""
LAYERS = ORDER.split()

# Imports against the stream, inside a function, each with its reason.
AGAINST = {
    ("study", "compose"): "run() takes override strings as the command line does",
    ("validate", "compose"): "markets are composed as the command line does",
}


def layer(path: Path) -> str:
    """The layer of a file: its own name, or the folder it lies in."""
    return path.relative_to(HOUSE).with_suffix("").parts[0]


def imports(path: Path) -> set[tuple[str, bool]]:
    """Every layer of the package that a file imports, and whether at module level; `from . import x` resolved."""
    parts = ("loyaltysim", *path.relative_to(HOUSE).with_suffix("").parts)
    found = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = set(tree.body)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(parts[: -node.level]) if node.level else ""
            module = ".".join(x for x in (base, node.module or "") if x)
            names = (
                [module, *(f"{module}.{alias.name}" for alias in node.names)] if module == "loyaltysim" else [module]
            )
        else:
            continue
        for name in names:
            if name.startswith("loyaltysim."):
                found.add((name.split(".")[1], node in top))
    return found


def modules() -> set[str]:
    """Every layer that exists."""
    return {layer(path) for path in FILES} - {"__init__"}


def test_every_file_has_a_place():
    """A new file is put in the order above: where does its data come from?"""
    assert modules() - set(LAYERS) == set(), "give it a place in ORDER of tests/test_layers.py"


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(HOUSE).as_posix())
def test_a_file_imports_only_from_above(path):
    """Upstream only; what runs against the stream is listed with its reason and waits inside a function."""
    own = layer(path)
    if own == "__init__":
        return
    known = modules()
    for other, at_top in imports(path):
        if other not in known or other == own:  # a name of the package itself, such as its version
            continue
        if (own, other) in AGAINST:
            assert not at_top, f"{own} may import {other} inside a function only: {AGAINST[own, other]}"
        else:
            assert LAYERS.index(other) < LAYERS.index(own), f"{own} lies above {other} and may not import it"


def test_every_exception_is_used():
    """An import that nobody makes any more needs no permission."""
    made = {(layer(path), other) for path in FILES for other, _ in imports(path)}
    assert set(AGAINST) - made == set()


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(HOUSE).as_posix())
def test_hydra_is_read_in_one_place(path):
    """Only compose and the command line know Hydra and OmegaConf: a mechanism never meets a configuration object."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    names |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    used = {name.split(".")[0] for name in names} & {"hydra", "omegaconf"}
    assert not used or layer(path) in ("compose", "cli"), used


def test_rules_import_nothing_but_mathematics():
    """The rules' own module knows no compiler and no array."""
    names = {
        a.name
        for n in ast.walk(ast.parse((HOUSE / "rules.py").read_text()))
        if isinstance(n, ast.Import)
        for a in n.names
    }
    assert names <= {"math"}


def test_a_market_runs_without_hydra_and_plots():
    """Start-up: importing and building a market loads no Hydra, no scipy.stats, no figures."""
    code = (
        "import sys, loyaltysim.market, loyaltysim.mechanisms as m; m.registry();"
        "heavy = {'hydra', 'omegaconf', 'scipy.stats', 'matplotlib', 'seaborn', 'numba'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(HOUSE).as_posix())
def test_functions_fit_on_one_screen(path):
    """The longest function is one screen: 60 lines with its docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    long = {
        n.name: n.end_lineno - n.lineno + 1
        for n in ast.walk(tree)
        if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)) and n.end_lineno - n.lineno >= 60
    }
    assert long == {}


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(HOUSE).as_posix())
def test_a_file_says_what_it_is(path):
    """Every module opens with a docstring."""
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
