"""The house: a room imports only from rooms above it in the order in which data flows, and Hydra stays at the door."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import loyaltysim

HOUSE = Path(loyaltysim.__file__).parent
FILES = sorted(HOUSE.rglob("*.py"))

# From the ground up: in which room of the house data is made before it is used. Inside a room only "no circle" holds.
IN_ORDER = """
    scenario mechanism theory behaviour programs firms configure market accounting measures runs studies validate
    calibrate claims games present app cli
"""
ROOMS = IN_ORDER.split()
PLANNED = {"claims", "app"}  # have their place, but no file yet


def room(path: Path) -> str:
    """The room of a file; "" for what stands at the top of the package."""
    parts = path.relative_to(HOUSE).parts
    return parts[0] if len(parts) > 1 else ""


def module(path: Path) -> str:
    """The dotted name of a file within the package."""
    parts = path.relative_to(HOUSE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module(path): path for path in FILES}


def imports(path: Path) -> set[str]:
    """Every module of the package that a file imports, anywhere in it; `from . import x` resolved."""
    parts = ("loyaltysim", *path.relative_to(HOUSE).with_suffix("").parts)
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(parts[: -node.level]) if node.level else ""
            origin = ".".join(x for x in (base, node.module or "") if x)
            parts_of = (f"{origin}.{alias.name}" for alias in node.names)
            names |= {part if part.removeprefix("loyaltysim.") in MODULES else origin for part in parts_of}
    ours = {name.removeprefix("loyaltysim.") for name in names if name.startswith("loyaltysim.")}
    return {name for name in ours if name in MODULES}


def test_every_file_has_a_room():
    """A new room is put in the order above: where does its data come from? No room is empty."""
    rooms = {room(path) for path in FILES} - {""}
    assert rooms - set(ROOMS) == set(), "give it a place in IN_ORDER of tests/test_layers.py"
    assert set(ROOMS) - rooms == PLANNED


def test_few_files_stand_at_the_top():
    """Who looks for something finds a room, not a heap of files."""
    assert len(list(HOUSE.glob("*.py"))) <= 8


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(HOUSE).as_posix())
def test_a_room_imports_only_from_rooms_above(path):
    """Upstream only."""
    own = room(path)
    if not own:
        return
    others = {other: room(MODULES[other]) for other in imports(path)}
    against = {o for o, r in others.items() if not r or ROOMS.index(r) > ROOMS.index(own)}
    assert against == set(), f"{own} lies above {sorted(others[o] for o in against)}"


@pytest.mark.parametrize("name", ROOMS)
def test_inside_a_room_no_imports_run_in_a_circle(name):
    """Files of a room can be put in an order in which each imports only from those before it."""
    arrows = {m: imports(p) - {m} for m, p in MODULES.items() if room(p) == name and m != name}
    arrows = {m: {o for o in others if o in arrows} for m, others in arrows.items()}
    while free := {m for m, others in arrows.items() if not others}:
        arrows = {m: others - free for m, others in arrows.items() if m not in free}
    assert arrows == {}


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(HOUSE).as_posix())
def test_hydra_is_read_in_one_place(path):
    """Only `configure` and `cli` know Hydra and OmegaConf: a mechanism never meets a configuration object."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    names |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    used = {name.split(".")[0] for name in names} & {"hydra", "omegaconf"}
    assert not used or room(path) in ("configure", "cli"), used


def test_rules_import_nothing_but_mathematics():
    """The rules' own module knows no compiler and no array."""
    names = {
        a.name
        for n in ast.walk(ast.parse((HOUSE / "mechanism" / "rules.py").read_text()))
        if isinstance(n, ast.Import)
        for a in n.names
    }
    assert names <= {"math"}


def test_a_market_runs_without_hydra_and_plots():
    """Start-up: importing and building a market loads no Hydra, no scipy.stats, no figures."""
    code = (
        "import sys, loyaltysim.market.model, loyaltysim.mechanism.registry as m; m.registry();"
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
