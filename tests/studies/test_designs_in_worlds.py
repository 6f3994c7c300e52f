"""`compare worlds=evidence`: the same terms in every world, who wins where, and how often nobody does."""

from __future__ import annotations

import html
from functools import cache, partial

import numpy as np
import pandas as pd
import pytest

from loyaltysim.measures.designs_over_worlds import DesignsOverWorlds
from loyaltysim.present import comparison as page
from loyaltysim.present.comparison import screen, summary
from loyaltysim.present.comparison_screen import worlds_told
from loyaltysim.studies import designs_in_worlds
from loyaltysim.studies.comparison import Comparison, compare
from loyaltysim.studies.designs import compose_question
from loyaltysim.studies.ensembles import worlds_of

N = 52
WORDS = ["customers.n=40", "policy.launch.week=2", "seeds=5", "vary=[]"]


@cache
def compared() -> Comparison:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(designs_in_worlds, "worlds_of", partial(worlds_of, n=N))
        return compare([*WORDS, "rivals=passive"], ["points", "cashback"], budget=5.0, horizon=1)


def by_hand() -> DesignsOverWorlds:
    """Sixty worlds: a wins in 30, b in 30, of which 20 pay nobody; what decides is x alone."""
    x = np.arange(60.0)
    a, b = np.where(x < 30, 2.0, -1.0), np.where(x < 40, 1.0, 0.5)
    a[:20], b[:20] = -1.0, -2.0
    profit = pd.DataFrame({"a": a, "b": b})
    sizes = pd.DataFrame({"x": x, "y": np.tile([0.0, 1.0], 30)})
    return DesignsOverWorlds(profit, profit / 100.0, sizes, ("by hand",))


def test_who_wins_by_hand():
    found = by_hand()
    assert found.wins(["a", "b"]) == pytest.approx({"a": 0.5, "b": 0.5, "none": 1 / 3})
    assert found.changes("a", ["a", "b"]) == pytest.approx(0.5)
    assert list(found.best(["a", "b"])[[0, 25, 50]]) == ["none", "a", "b"]
    depends = found.depends_on("a", "b")
    assert next(iter(depends)) == "x" and depends["y"] < 0.1
    assert found.over_worlds("b")[2] == 60


def test_terms_are_found_once_and_held_in_every_world():
    """Worlds have the term of the scenario: what differs between them is what nobody knows."""
    c = compared()
    designs = {f.component: s for f, s in zip(c.funded, c.worlds, strict=True)}
    for base in designs_in_worlds.small(list(designs.values())):
        for f in c.funded:
            if f.component in base.focal_firm.program:
                assert getattr(base.focal_firm.program[f.component], f.term) == pytest.approx(f.value)
    assert {"program.points.cost", "program.cashback.perceived", "measured.elasticity"} <= set(c.unknown.sizes)
    assert c.unknown.n == N and list(c.unknown.profit) == ["points", "cashback"]


def test_what_the_user_chose_is_held():
    assert "rivals.policy.imitate.lag" not in compared().unknown.sizes
    asked = compose_question([*WORDS, "programs=[points,cashback]", "program.points.cost=0.7"])
    assert "program.points.cost" in asked.base.held


def test_the_screen_says_how_often_the_winner_changes_and_none_wins():
    said = " ".join(screen(compared()).split())
    assert said.startswith(f"{N} worlds that may be")
    for words in ("is best in", "none pays in", "for this structure of the model", "per 100 of sales"):
        assert words in said
    assert max(map(len, screen(compared()).splitlines())) <= 100


def test_the_page_has_what_the_screen_says_and_the_folder_has_every_world(tmp_path):
    """report.html shows the table over worlds; worlds.csv has a row a world: what was drawn, what each design gave."""
    c = compared()
    folder = page.save(c, tmp_path / "compare")
    report, told = (folder / "report.html").read_text("utf-8"), worlds_told(c, c.unknown)
    assert "What nobody knows" in report and html.escape(told[-1].en, quote=False) in report
    table = pd.read_csv(folder / "worlds.csv")
    assert len(table) == N and list(c.unknown.sizes) == list(table)[: c.unknown.sizes.shape[1]]
    gave = table[["profit_per_customer[points]", "profit_per_customer[cashback]"]].to_numpy()
    np.testing.assert_allclose(gave, c.unknown.profit.to_numpy(), rtol=1e-6)
    assert compose_question([f"from={folder / 'config.yaml'}"]).base.worlds == "evidence"


def test_the_summary_has_worlds_for_what_they_are_about():
    found = summary(compared())
    profit = found["numbers"]["points"]["1"]["profit_per_customer"]
    assert profit["worlds_low"] < profit["worlds_high"] and profit["worlds_n"] == N
    assert found["numbers"]["points"]["1"]["deadweight"]["worlds_n"] == 0
    assert set(found["worlds"]["best_in"]) == {"points", "cashback", "none"}
    assert all(0.0 < share <= 1.0 for _, share in found["depends_on"])
