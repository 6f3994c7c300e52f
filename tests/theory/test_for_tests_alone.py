"""The room of theory holds answers: with all of it struck out, firms compete as they did, to the byte.

What the people of an open market are drawn from stands elsewhere (`mechanism/laws.py`).
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys

import pytest

import loyaltysim.theory
from loyaltysim.cli.main import main
from loyaltysim.configure.compose import compose
from loyaltysim.games import around, study
from loyaltysim.market.model import Market
from loyaltysim.studies import protocol
from tests.games.test_study import in_plain_python
from tests.scenarios import fingerprint, in_plain

SMALL = ["customers.n=40", "weeks=30", "worlds=none", "vary=[]"]
COMPETING = {
    "best answers beside a launch": [
        "scenario=grocery_points", "policy=[launch,price_nash]", "policy.launch.week=4",
        "rivals.policy.price_nash.every=2", *SMALL[:1], "weeks=10", *SMALL[2:],
    ],
    "rewards that are outbid": [
        "firms=3", "program=points_1", "policy=escalate", "program@firms.b.program=points_3",
        "policy@firms.b.policy=escalate", *SMALL,
    ],
    "copies, guards, entrants": [
        "scenario=grocery_points", "rivals.policy.imitate.lag=4", "policy=guard", "policy.guard.week=6",
        "policy.guard.window=5", "firms.d.policy.entrant.week=9", *SMALL,
    ],
}  # fmt: skip


def strike_out(monkeypatch) -> list[str]:
    """Every function of theory returns NaN, wherever in the package it is known by name. -> what was struck out"""
    for found in pkgutil.iter_modules(loyaltysim.theory.__path__):
        importlib.import_module(f"loyaltysim.theory.{found.name}")
    rooms = [module for name, module in sorted(sys.modules.items()) if name.split(".")[0] == "loyaltysim"]
    struck = []
    for module in rooms:
        for name, function in list(vars(module).items()):
            home = getattr(function, "__module__", None) or ""
            if not home.startswith("loyaltysim.theory.") or not inspect.isroutine(inspect.unwrap(function)):
                continue
            monkeypatch.setattr(module, name, lambda *a, **k: float("nan"))
            struck.append(f"{module.__name__}.{name}")
    return struck


@pytest.mark.parametrize("words", COMPETING.values(), ids=COMPETING)
def test_firms_compete_without_any_closed_form(words, monkeypatch):
    """Prices, rewards, books, customers: the same bytes."""
    scenario = compose(words)
    before = in_plain(Market(scenario, 3))
    book = before.run()
    assert book.weekly.groupby("firm").price.nunique().max() > 1 or len({str(o) for o in book.offers}) > 1
    struck = strike_out(monkeypatch)
    assert "loyaltysim.theory.pricing.bertrand" in struck and "loyaltysim.programs.points.cards_share" in struck
    assert len(struck) > 80
    after = in_plain(Market(compose(words), 3))
    after.run()
    assert fingerprint(after) == fingerprint(before)


def test_games_are_played_without_any_closed_form(monkeypatch, tmp_path, quiet):
    """`loyaltysim game`, one place of its map too: every file of numbers is the same."""
    monkeypatch.setattr(around, "COSTS", (0.5,))
    monkeypatch.setattr(around, "FACTORS", (1.0,))
    for module in (study, around):
        monkeypatch.setattr(module, "earned", in_plain_python)
    monkeypatch.setattr(protocol, "prepare", lambda scenarios: None)
    words = ["game", "programs=[none,points_1,points_3+price_nash]", "firms=2", "customers.n=20", "weeks=6", "seeds=1"]
    words += ["most_seeds=1", "compute.processes=1", "worlds=none"]
    assert main([*words, f"out={tmp_path / 'before'}"]) == 0
    strike_out(monkeypatch)
    assert main([*words, f"out={tmp_path / 'after'}"]) == 0
    for name in ("game.csv", "equilibria.json", "runs.csv", "kinds.csv", "map.csv"):
        assert (tmp_path / "after" / name).read_bytes() == (tmp_path / "before" / name).read_bytes(), name
