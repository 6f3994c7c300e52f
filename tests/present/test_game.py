"""A game as it is told: its sentences turn with the table, its page escapes what comes from outside, its files."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest

from loyaltysim.games.around import Over
from loyaltysim.games.study import Game, Played
from loyaltysim.present import answer, game, game_answer, game_figures, telling
from loyaltysim.scenario.said import LANGUAGES, speaking
from loyaltysim.studies.protocol import Answer
from loyaltysim.studies.reading import Reading
from tests.games import tables

FEW = 2  # runs


def read(found: Played) -> Reading:
    """The answer of a game that was found."""
    return game_answer.reading(Answer(Game(found.asked), found, (), {}), None)


def mapped(found: Played, kinds: list[str]) -> Played:
    """With a map of two costs and two sensitivities."""
    rows = [
        {"k": k, "price_sensitivity": b, "kind": kind, "sure": True, "alone": 1.0, "together": -1.0, "keep": 1.0}
        for (k, b), kind in zip([(0.2, 4.0), (0.2, 8.0), (0.8, 4.0), (0.8, 8.0)], kinds, strict=True)
    ]
    asked = dataclasses.replace(found.asked, settings=dataclasses.replace(found.asked.settings, map="auto"))
    return dataclasses.replace(found, asked=asked, map=pd.DataFrame(rows))


FIRST = {  # table -> what is said first
    "PRISONERS": "Every firm should take a points program, yet all earn less than with no program: "
    "a prisoner's dilemma.",
    "ENTRY": "Every firm should take a points program: a price of entry, all earn what they did.",
    "HELPS_ALL": "Every firm should take a points program: all earn more than with no program.",
    "POINTLESS": "No firm should take a program: whoever does earns less.",
    "NOT_ALONE": "No firm should take a program alone, though all would gain together with the points program.",
    "PENNIES": "No choice of programs holds: some firm always gains by changing.",
    "STAG_HUNT": "Do as the others do: several outcomes hold, and all earn most with the points program.",
    "CHICKEN": "One firm should take a points program and the other take no program.",
}


def test_who_should_do_what():
    """Each game of the textbooks has its own first line, by the rules of an answer."""
    for name, said in FIRST.items():
        table = getattr(tables, name)
        if name == "NOT_ALONE":  # nobody has it, and together is better
            table = np.array([[[2.0, 2.0], [5.0, 0.0]], [[0.0, 5.0], [3.0, 3.0]]])
        reading = read(tables.played(table, symmetric=name != "PENNIES"))
        assert reading.first.en == said, name
        assert answer.faults(reading) == [], name


def test_luck_is_said():
    """Too few runs say nothing; a noise above the gains leaves it open."""
    few = dataclasses.replace(tables.played(tables.PRISONERS), payoffs=tables.payoffs(tables.PRISONERS, True, FEW))
    assert read(few).first.en == "Too few runs to say who should do what."
    assert read(few).second.en == "Ask for at least 5 runs; this has 2."
    loud = read(tables.played(tables.PRISONERS, noise=20.0))
    assert loud.first.en == "Luck leaves it open; most likely every firm should take a points program."
    assert "Luck leaves open whether" in loud.second.en
    sure = read(tables.played(tables.PRISONERS)).second.en
    assert sure.startswith("Beyond luck in 6 runs") and "would cost its firm 1.00" in sure
    for reading in (read(few), loud):
        assert answer.faults(reading) == []


def test_when_it_is_a_dilemma():
    """Bounds that hold all its places on the map; everywhere; nowhere; how often in the worlds that may be."""
    found = tables.played(tables.PRISONERS)
    one = read(mapped(found, ["nobody", "dilemma", "nobody", "nobody"])).sure.en
    assert one == (
        "Where the points program is a prisoner's dilemma, rewards cost at most 20 % of their face value and customers "
        "are at least 2 times as price sensitive as now."
    )
    assert "at every cost" in read(mapped(found, ["dilemma"] * 4)).sure.en
    assert "at no cost" in read(mapped(found, ["nobody"] * 4)).sure.en
    over = dataclasses.replace(found, worlds=Over("points", pd.Series(["dilemma"] * 3 + ["nobody"] * 7), ("by hand",)))
    said = read(over)
    assert said.sure.en.endswith("In 30 % of 10 worlds that may be, the points program is one.")
    for reading in (said, read(mapped(found, ["nobody", "dilemma", "nobody", "nobody"]))):
        for lang in LANGUAGES:
            with speaking(lang):
                assert answer.faults(reading) == [] and answer.over_budget(answer.screen(reading)) == []


def first_is_a_program(table: np.ndarray, **more) -> Played:
    """A game whose first strategy is a points program and whose second is none."""
    found = tables.played(table, **more)
    asked = dataclasses.replace(found.asked, strategies=found.asked.strategies[::-1])
    return dataclasses.replace(found, asked=asked, payoffs=dataclasses.replace(found.payoffs, strategies=asked.names))


def test_a_program_may_be_what_others_are_held_against():
    """No sentence takes the first strategy for no program, or names having none as if it were a thing."""
    said = {
        "POINTLESS": "Every firm should take a points program: whoever takes another earns less.",
        "PRISONERS": "No firm should take a program, yet all earn less than with a points program: "
        "a prisoner's dilemma.",
        "ENTRY": "No firm should take a program: all earn what they did with a points program.",
        "STAG_HUNT": "Do as the others do: several outcomes hold, and all earn most without a program.",
        "NOT_ALONE": "Every firm should take a points program, though all would gain without a program.",
    }
    for name, first in said.items():
        table = getattr(tables, name)
        if name == "NOT_ALONE":
            table = np.array([[[2.0, 2.0], [5.0, 0.0]], [[0.0, 5.0], [3.0, 3.0]]])
        reading = read(first_is_a_program(table))
        assert reading.first.en == first, name
        assert answer.faults(reading) == [], name
    last = read(first_is_a_program(tables.PRISONERS)).sure.en
    assert last.endswith("Here having no program is a prisoner's dilemma.")


def test_a_dilemma_is_no_surer_than_its_numbers():
    """Where luck could turn a sign, neither a dilemma nor its absence is said without it."""
    assert read(tables.played(tables.PRISONERS)).sure.en.endswith("is a prisoner's dilemma.")
    assert read(tables.played(tables.POINTLESS)).sure.en.endswith("No strategy is a prisoner's dilemma here.")
    assert read(tables.played(tables.PRISONERS, noise=20.0)).sure.en.endswith("may be a prisoner's dilemma.")
    lost = read(tables.played(tables.POINTLESS, noise=20.0)).sure.en
    assert lost.endswith("Luck leaves open whether a strategy is a prisoner's dilemma here.")


def test_several_outcomes_are_no_surer_than_their_gains():
    """Equilibria that luck leaves open are not told as if they held."""
    loud = read(tables.played(tables.STAG_HUNT, noise=20.0))
    assert loud.first.en == "Luck leaves open which outcomes hold: what firms should do cannot be told yet."
    assert answer.faults(loud) == []


def test_prices_are_said_to_stay_only_where_they_do():
    """A policy that sets a price, of a strategy or of a firm of the market, moves prices."""
    found = tables.played(tables.PRISONERS)
    assert "Prices and what is assumed are held." in read(found).second.en
    none, points = found.asked.strategies
    moves = {"price_follow": None}
    with_it = dataclasses.replace(found.asked, strategies=(none, dataclasses.replace(points, policy=moves)))
    firms = {name: dataclasses.replace(firm, policy=moves) for name, firm in found.asked.base.firms.items()}
    market = dataclasses.replace(found.asked, base=dataclasses.replace(found.asked.base, firms=firms))
    for asked in (with_it, market):
        reading = read(dataclasses.replace(found, asked=asked))
        assert "Prices move; what is assumed is held." in reading.second.en and answer.faults(reading) == []


def test_three_firms_and_three_strategies_fit_the_screen():
    table = tables.three_firms()
    unequal = dataclasses.replace(tables.played(table), payoffs=tables.payoffs(table, False))
    three = np.zeros((3, 3, 2))
    three[:2, :2] = tables.PRISONERS
    three[2, :, 0] = three[:, 2, 1] = -1.0
    for found in (tables.played(table), unequal, tables.played(three)):
        reading = read(found)
        assert "prisoner's dilemma" in reading.first.en
        assert answer.faults(reading) == [] and answer.over_budget(answer.screen(reading)) == []
        assert max(map(answer.width, game.screen(found).splitlines())) <= 130


def test_one_table_calls_a_strategy_by_one_name():
    """Where one row is too wide, all rows are told as they were asked, in Chinese by Chinese names; counts stay."""
    found = tables.played(tables.PRISONERS)
    none, points = found.asked.strategies
    tiers = dataclasses.replace(points, name="tiers", program={"points": None, "tiers": None, "coupon": None})
    said = read(dataclasses.replace(found, asked=dataclasses.replace(found.asked, strategies=(none, tiers))))
    assert {row[0].en for row in said.table.rows} == {
        "tiers / tiers", "none / none", "none / tiers"
    }  # fmt: skip
    assert {row[0].zh for row in said.table.rows} == {
        "等级会员制 / 等级会员制", "没有计划 / 没有计划", "没有计划 / 等级会员制"
    }  # fmt: skip


def test_the_folder_has_every_file_and_no_word_of_outside_is_code(tmp_path):
    """game.csv, equilibria.json, report.html, two figures; a strategy with an evil name is text in the page."""
    found = mapped(tables.played(tables.PRISONERS), ["nobody", "dilemma", "nobody", "mixed"])
    asked = dataclasses.replace(found.asked, base=dataclasses.replace(found.asked.base, name=tables.EVIL))
    market = dataclasses.replace(asked.base.market, name=tables.EVIL, notice=tables.EVIL)
    asked = dataclasses.replace(asked, base=dataclasses.replace(asked.base, market=market))
    found = dataclasses.replace(found, asked=asked)
    study = Game(asked)
    folder = telling.save(Answer(study, found, (), study.tables(found)), game.TELLING, tmp_path / "out")
    names = {path.name for path in folder.iterdir()}
    for name in ("game.csv", "map.csv", "equilibria.json", "report.html", "figure.png", "map_figure.png"):
        assert name in names
    page = (folder / "report.html").read_text("utf-8")
    assert "<script" not in page and "&lt;script&gt;" in page and page.count("data:image/svg+xml;base64,") == 2
    assert "prisoner" in page and len((folder / "figure.png").read_bytes()) > 5000


def test_the_chinese_page_and_screen_are_chinese():
    """Names of firms aside, no English word is left."""
    found = mapped(tables.played(tables.PRISONERS), ["nobody", "dilemma", "nobody", "mixed"])
    with speaking("zh"):
        page = game.html(Answer(Game(found.asked), found, (), {}), None)
        shown = answer.screen(read(found)) + game.screen(found)
    body = re.sub(r"<style.*?</style>|<[^>]*>|&[a-z]+;|&#\d+;", " ", page, flags=re.DOTALL)
    for text in (body, shown):
        left = (
            text.replace("loyaltysim", "").replace(found.asked.base.market.name, "").replace(found.asked.base.name, "")
        )
        assert re.findall(r"[A-Za-z]{2,}", left) == []


def test_the_heat_map_shows_every_cell():
    """Two firms: change of both beside no program, framed where it holds; equal firms: own strategy against others'."""
    board = game_figures.board(tables.played(tables.PRISONERS))
    assert list(board["value"].round(6)) == [0.0, -3.0, 2.0, -2.0] and list(board["holds"]) == [
        False,
        False,
        False,
        True,
    ]
    three = game_figures.board(tables.played(tables.three_firms()))
    assert len(three) == 6 and three["holds"].sum() == 1
    many = dataclasses.replace(tables.played(tables.three_firms()), payoffs=tables.payoffs(tables.three_firms(), False))
    assert len(game_figures.board(many)) == 24
    with speaking("zh"):
        figure, data = game_figures.draw(many)
    assert len(data) == 24 and figure.axes


def test_the_head_of_a_column_is_no_wider_than_the_column():
    """A name of two words and more stands in two lines; who has what stays line by line."""
    long = "2 × points program with tiers\n1 × coupon"
    assert game_figures.folded(long).split("\n") == ["2 × points program", "with tiers", "1 × coupon"]


@pytest.mark.browser
def test_the_page_opens_offline_wide_and_narrow(tmp_path, chromium):
    """In a browser: no request beside the file, nothing on the console, no sideways scrolling, both pictures drawn."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: `pip install .[dev]`")
    found = mapped(tables.played(tables.PRISONERS), ["nobody", "dilemma", "nobody", "mixed"])
    study, trouble = Game(found.asked), list[str]()
    folder = telling.save(Answer(study, found, (), study.tables(found)), game.TELLING, tmp_path / "out")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        view = browser.new_page()
        view.on("console", lambda message: trouble.append(message.text))
        view.on("request", lambda r: trouble.append(r.url) if not r.url.startswith(("file:", "data:")) else None)
        view.goto((folder / "report.html").as_uri())
        for width in (380, 1280):
            view.set_viewport_size({"width": width, "height": 800})
            assert view.evaluate("document.documentElement.scrollWidth") <= width
        assert view.evaluate("[...document.images].every(image => image.naturalWidth > 300)")
        assert view.locator("tbody tr").count() > 6
        browser.close()
    assert trouble == []
