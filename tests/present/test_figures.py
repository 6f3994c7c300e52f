"""Figures: the same bytes every time, nothing cut off, the data beside them, no global setting touched."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import warnings
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import matplotlib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltysim.measures.statistics import estimate
from loyaltysim.measures.verdict import Verdict
from loyaltysim.present import charts, fonts, run, run_figures, story
from loyaltysim.scenario.model import Compute
from loyaltysim.scenario.said import Said, speaking
from loyaltysim.studies import experiment, single
from loyaltysim.studies.reading import Reading, Table
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


DOLLARS = r"$\badcmd$ or $5"


def test_a_dollar_sign_is_a_dollar_sign(canvases, tmp_path, capsys):
    """What comes from outside is no mathematics, in any figure: names are drawn as they are written."""
    for records in (small_studies.ran(), single.run(dataclasses.replace(scenarios.world(60, 40, log=False), seeds=1))):
        market = dataclasses.replace(records.scenario.market, occasion=DOLLARS, currency="$", name="$_{", notice="$^$")
        records = dataclasses.replace(records, scenario=dataclasses.replace(records.scenario, market=market))
        run_figures.draw(records, tmp_path)
    assert len(canvases) == len(NAMES) + 1 and capsys.readouterr().err == ""
    words = [text.get_text() for figure in canvases for text in figure.findobj(matplotlib.text.Text)]
    assert sum(DOLLARS in word for word in words) >= 4 and all("\\$" not in word for word in words)


def test_a_figure_that_fails_costs_neither_the_others_nor_the_answer(tmp_path, monkeypatch, capsys):
    """Each figure by itself; it is told in a sentence. A full disk is no fault of a figure, and goes on up."""

    def bad(*_):
        raise ValueError("no such colour\nand more")

    monkeypatch.setattr(run_figures, "draw_parts", bad)
    drawn = run_figures.draw(small_studies.ran(), tmp_path)
    assert [path.stem for path in drawn[::3]] == [name for name in NAMES if name != "lift_parts"]
    said = "loyaltysim: a figure could not be drawn and is left out: ValueError: no such colour\n"
    assert capsys.readouterr().err == said
    with pytest.raises(OSError, match="full"):
        charts.spared(lambda: Path("full/full").write_text(""), None)


def glyphs(figure) -> list[str]:
    """Files of the fonts that draw a figure's Chinese letters."""
    from matplotlib import font_manager

    found = set()
    for text in figure.findobj(matplotlib.text.Text):
        if any("\u4e00" <= letter <= "\u9fff" for letter in text.get_text()):
            found.add(font_manager.findfont(text.get_fontproperties()))
    return sorted(found)


def test_a_chinese_figure_has_glyphs_or_is_refused_in_one_sentence(capsys, monkeypatch):
    """No boxes: a font with glyphs is found and used; where there is none, the figures are left out and it is said."""

    def draw():
        with charts.style():
            figure, axes = charts.sheet(3.0, 2.0)
            axes.set_title("积分，流失 −0.13")
            return figure, charts.rendered(figure, format="png")

    with charts.style():
        assert matplotlib.rcParams["font.sans-serif"] == [charts.LATIN]  # English asks for no other font
    with speaking("zh"), warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns of a glyph that is missing
        if drawn := charts.spared(draw, None):
            assert glyphs(drawn[0])
        monkeypatch.setattr(fonts, "_found", lambda: None)
        capsys.readouterr()
        charts.once.cache_clear()
        assert charts.spared(draw, None) is None and charts.spared(draw, None) is None
        said = capsys.readouterr().err
    assert said.count("\n") == 1 and "Noto Sans CJK SC" in said and "lang=en" in said


def test_a_font_without_chinese_glyphs_is_not_taken(monkeypatch):
    """A name alone is no promise: the font that comes with matplotlib has no Chinese letters."""
    monkeypatch.setattr(fonts, "NAMES", (charts.LATIN,))
    assert fonts._found.__wrapped__() is None


def test_a_figure_of_an_experiment_that_fails_costs_no_story(capsys):
    """It is drawn when the finding is there, and left out with a sentence where that fails."""

    def bad():
        raise ValueError("no such colour")

    rows = pd.DataFrame({"lift": [1.0]})
    words = Said("Nothing is found.", "什么也没有发现。")
    verdicts = {"S1-01": Verdict("supported", "1")}
    found = experiment.Finding(
        words, Reading(words, words, words, Table(("lift",), [("1",)])), verdicts, words, rows, bad, rows
    )
    assert list(story.pages(SimpleNamespace(found=found))) == ["story.md", "story.zh.md"]
    assert "ValueError: no such colour" in capsys.readouterr().err


def off_the_axes(figure) -> list[str]:
    """What is drawn in the coordinates of an axis and lies outside it: points of lines, ends of whiskers, bars."""
    found = []
    for axes in figure.axes:
        box = axes.viewLim
        (left, right), (bottom, top) = sorted(box.intervalx), sorted(box.intervaly)
        paths = [line.get_xydata() for line in axes.lines if line.get_transform().contains_branch(axes.transData)]
        paths += [v for part in axes.collections for path in part.get_paths() for v in [path.vertices] if len(v)]
        paths += [np.array([[p.get_x(), p.get_y()], [p.get_x() + p.get_width(), p.get_y()]]) for p in axes.patches]
        for xy in paths:
            x, y = (np.asarray(v, float)[np.isfinite(np.asarray(v, float))] for v in np.asarray(xy).T)
            # upright and level lines over the whole axis are drawn in its own fraction, 0 to 1
            if len(x) and (x.min() < left - 1e-9 or x.max() > right + 1e-9) and set(x) != {0.0, 1.0}:
                found.append(f"{axes.get_xlabel()}: {x.min():.4g} to {x.max():.4g}, axis {left:.4g} to {right:.4g}")
            if len(y) and (y.min() < bottom - 1e-9 or y.max() > top + 1e-9) and set(y) != {0.0, 1.0}:
                found.append(f"{axes.get_ylabel()}: {y.min():.4g} to {y.max():.4g}, axis {bottom:.4g} to {top:.4g}")
    return found


@pytest.mark.parametrize("shares", [(-0.09, 1.2), (0.2, 0.3), (float("nan"), 0.5)])
def test_every_axis_holds_its_data(shares, canvases, tmp_path):
    """Also where a group bought less, so that its share of the extra is negative, or another has more than all of it;
    and where intervals of two runs are wide. Shares within 0 and 100 have an axis of 0 to 100.
    """
    records = small_studies.ran()
    moved = dict(zip(("light_share_of_extra_visits", "heavy_share_of_extra_visits"), shares, strict=True))
    numbers = {name: {**records.summary[name], "value": value} for name, value in moved.items()}
    run_figures.draw(dataclasses.replace(records, summary={**records.summary, **numbers}), tmp_path)
    two = dataclasses.replace(scenarios.world(60, 40, log=False), seeds=2, compute=Compute(processes=1))
    run_figures.draw(single.run(two), tmp_path)
    assert [line for figure in canvases for line in off_the_axes(figure)] == []
    if shares[0] >= 0.0:
        assert canvases[NAMES.index("who_moved")].axes[1].get_xlim() == (0.0, 100.0)


@pytest.mark.parametrize(
    ("back", "ahead", "said"),
    [
        ([20.0, 22.0, 21.0], [], "paid back after 21 weeks"),
        ([1.0], [9.0], "paid back after 1 week in 1 of 3 runs"),
        ([], [30.0, 31.0, 32.0], "ahead until week 31, behind afterwards"),
        ([], [9.0], "ahead to 9 in 1 of 3, behind afterwards"),
        ([], [], "not paid back within the horizon"),
    ],
)
def test_payback_is_told_as_it_went(back, ahead, said, canvases, tmp_path):
    """A program that is ahead until rivals copy it is not one that never paid; in the figure, on the screen."""
    records = small_studies.ran()
    found = {"payback_week": estimate(back, "").as_dict(), "ahead_until_week": estimate(ahead, "").as_dict()}
    records = dataclasses.replace(records, summary={**records.summary, **found})
    run_figures.draw(records, tmp_path)
    title = canvases[NAMES.index("profit")].texts[0].get_text()
    assert title == f"Profit gained by the program: {said}" and cut_off(canvases[NAMES.index("profit")]) == 0.0
    row = next(line for line in run.screen(records).splitlines() if line.startswith("weeks until the loss"))
    assert row.endswith(said.partition(",")[0].removeprefix("not paid back ")[-22:] if not back else "of 3 runs")


@pytest.mark.parametrize(
    ("effects", "known"), [([2.0, 2.1, 2.2], True), ([-2.2, -2.1, -2.0], True), ([-1.0, 0.1, 1.0], False)]
)
def test_titles_tell_no_effect_that_cannot_be_told_from_none(effects, known, canvases, tmp_path):
    """Of visits, of who moved, of members: a ratio over, or a share of, what may be nothing is no finding."""
    records = small_studies.ran()
    names = ("lift_visits", "true_effect")
    found = {name: estimate(effects, "").as_dict() for name in names}
    found["naive_over_true"] = estimate([7.0, 7.0, 7.0], "").as_dict()
    run_figures.draw(dataclasses.replace(records, summary={**records.summary, **found}), tmp_path)
    said = {name: canvases[NAMES.index(name)].texts for name in ("weekly", "who_moved", "naive_and_true")}
    told = {name: " ".join(text.get_text() for text in texts) for name, texts in said.items()}
    assert ("cannot be told from none" not in told["weekly"]) == known
    assert ("% of the extra" in told["who_moved"]) == known
    assert ("7 times the truth" in told["naive_and_true"]) == known
    assert ("cannot be told from nil" not in told["naive_and_true"]) == known
    assert all(cut_off(canvases[NAMES.index(name)]) == 0.0 for name in said)


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


def test_the_weeks_in_which_rivals_copy_are_marked():
    """Launched in week 12 and copied 13 weeks later: 25; not beyond the horizon of 40."""
    records = small_studies.ran()
    firms = {
        name: SimpleNamespace(policy={"imitate": SimpleNamespace(lag=lag)}) for name, lag in (("b", 13), ("c", 28))
    }
    copied = SimpleNamespace(
        scenario=SimpleNamespace(focal="a", weeks=40, firms={"a": SimpleNamespace(policy={}), **firms}),
        summary=records.summary,
    )
    assert run_figures.copies(copied) == [25.0]
    assert run_figures.copies(records) == []
