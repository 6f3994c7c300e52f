"""Figures: the same bytes every time, nothing cut off, the data beside them, no global setting touched."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltysim.present import charts, run_figures
from loyaltysim.scenario.model import Compute
from loyaltysim.studies import single
from tests import scenarios, small_studies

NAMES = ["weekly", "lift_parts", "who_moved", "naive_and_true", "profit"]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    paths = run_figures.draw(small_studies.ran(), folder)
    assert paths == [folder / "figures" / f"{name}.{kind}" for name in NAMES for kind in ("png", "svg", "csv")]
    return folder / "figures"


@pytest.fixture
def canvases(monkeypatch) -> list:
    """The figures that are saved, kept for inspection."""
    kept = []
    real = charts.save
    monkeypatch.setattr(run_figures, "save", lambda figure, *rest: (kept.append(figure), real(figure, *rest))[1])
    return kept


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_a_second_drawing_in_a_fresh_process_has_the_same_bytes(drawn, tmp_path):
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "from loyaltysim.present import run_figures; from tests import small_studies;"
        "run_figures.draw(small_studies.ran(), sys.argv[2])"
    )
    root = str(Path(__file__).resolve().parents[2])
    subprocess.run([sys.executable, "-c", script, root, str(tmp_path)], check=True, timeout=300)
    assert contents(drawn) == contents(tmp_path / "figures")


def test_files_carry_no_date_and_no_program_version(drawn):
    for path in drawn.iterdir():
        content = path.read_bytes()
        assert matplotlib.__version__.encode() not in content, path.name
        assert b"<dc:date>" not in content and b"Software" not in content, path.name


def test_data_beside_a_figure_is_what_it_shows(drawn):
    """Weekly extra visits and final profit, recomputed from the tables of the run."""
    firms = small_studies.ran().firms
    own = firms[firms.firm == "a"].pivot(index=["week", "seed"], columns="arm", values="visits")
    extra = (100.0 * (own["with"] / own["without"] - 1.0)).groupby("week").mean()
    data = pd.read_csv(drawn / "weekly.csv")
    shown = data[data.line == "extra visits (%)"].sort_values("week")
    assert np.allclose(shown.value, extra, rtol=1e-6, atol=1e-9)
    assert (shown.value[shown.week <= 12] == 0.0).all()
    profit = pd.read_csv(drawn / "profit.csv").value.iloc[-1]
    assert profit == pytest.approx(small_studies.value(small_studies.ran(), "profit_per_customer") * 28 / 52, rel=1e-6)
    parts = pd.read_csv(drawn / "lift_parts.csv").set_index("part").value
    assert parts.drop("lift_visits").sum() == pytest.approx(parts["lift_visits"], rel=1e-5)


def cut_off(figure) -> float:
    """How far, in inches, anything that is drawn reaches over the edge of the figure."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    box, (width, height) = figure.get_tightbbox(canvas.get_renderer()), figure.get_size_inches()
    return max(0.0, -box.x0, -box.y0, box.x1 - width, box.y1 - height)


@pytest.mark.parametrize("name", ["launched", "everything", "one run", "inert", "no program", "contracts", "one firm"])
def test_no_text_is_cut_off(name, canvases, tmp_path):
    """For small, large and no effects (nobody to compare), one run, no program, and long names of things."""
    scenario = {
        "launched": small_studies.launched(),
        "everything": scenarios.everything(200, 40),
        "one run": small_studies.launched(),
        "inert": small_studies.launched(points={"face_value": 0.0}),
        "no program": scenarios.world(200, 40, log=False),
        "contracts": scenarios.contracts(200, 40),
        "one firm": scenarios.contract_world(200, 40, shares={"a": 1.0}, renewal={"exit_share": 1.0}),
    }[name]
    market = dataclasses.replace(scenario.market, occasion="shopping trips", notice="The packager's words. " * 4)
    seeds = 1 if name == "one run" else 2
    scenario = dataclasses.replace(scenario, market=market, seeds=seeds, compute=Compute(processes=1))
    with charts.style():
        run_figures.draw(single.run(scenario), tmp_path)
        assert len(canvases) == {"no program": 1, "one firm": 1, "inert": len(NAMES) - 1}.get(name, len(NAMES))
        assert [cut_off(figure) for figure in canvases] == [0.0] * len(canvases)


def test_drawing_changes_no_global_setting(tmp_path):
    before = dict(matplotlib.rcParams)
    run_figures.draw(small_studies.ran(), tmp_path)
    assert dict(matplotlib.rcParams) == before


@given(st.lists(st.floats(-1e3, 1e3), max_size=8).map(sorted), st.floats(0.1, 50.0))
def test_labels_are_spread_apart_and_moved_no_further_than_needed(places, gap):
    """Neighbours are a gap apart, the order stays, the mean stays; what is apart already does not move."""
    found = charts.spread(places, gap)
    assert len(found) == len(places)
    assert all(b - a >= gap * (1 - 1e-9) - 1e-9 for a, b in pairwise(found))
    if places:
        assert np.mean(found) == pytest.approx(np.mean(places), abs=1e-6)
    if all(b - a > gap for a, b in pairwise(places)):
        assert found == pytest.approx(places)


@pytest.mark.parametrize(
    ("value", "words"), [(0.934, "+0.93"), (-0.134, "\N{MINUS SIGN}0.13"), (-0.001, "0.00"), (0.0, "0.00")]
)
def test_numbers_are_written_with_a_sign_unless_they_round_to_nothing(value, words):
    assert charts.signed(value) == words


def test_over_seeds_gives_the_student_interval_at_each_point():
    """Two seeds at 1 and 3: mean 2, t(1) = 12.706, standard error 1. A week with one seed has no interval."""
    table = pd.DataFrame({"week": [0, 0, 1], "seed": [1, 2, 1], "y": [1.0, 3.0, 5.0]})
    found = charts.over_seeds(table, "week", "y")
    assert found.value.tolist() == [2.0, 5.0]
    assert found.low[0] == pytest.approx(2.0 - 12.7062, abs=1e-4) and np.isnan(found.low[1])
