"""The page of a run: one language, the answer first, everything behind it, nothing unescaped."""

from __future__ import annotations

import dataclasses
import re

import pytest

from loyaltysim.present import run, run_answer, run_report
from loyaltysim.scenario.said import LANGUAGES, speaking
from loyaltysim.studies import single
from loyaltysim.studies.protocol import Answer
from tests import small_studies


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_speaks_one_language_and_opens_with_the_answer(lang):
    """The three sentences stand in their order; the other language's stand nowhere; every number has a row."""
    records = small_studies.ran()
    told, other = run_answer.reading(records), "zh" if lang == "en" else "en"
    with speaking(lang):
        page = run_report.document(records)
    assert f'<html lang="{lang}">' in page
    places = [page.index(said[lang]) for said in told.prose]
    assert places == sorted(places) and not any(said[other] in page for said in told.prose)
    words = re.sub(r"<style>.*?</style>", "", page, flags=re.S)
    assert bool(re.search(r"[一-鿿]", words)) == (lang == "zh")
    rows = sum(1 for name, x in records.summary.items() if x["value"] is not None and "=" not in name)
    assert page.count("<tr>") >= rows


def test_more_is_chinese_where_the_answer_is():
    """With lang=zh the long screen has the tables of the page; in English the screen that it always was."""
    answer = Answer(single.Run(small_studies.launched()), small_studies.ran(), (), {})
    english = run.kept(answer, None)
    with speaking("zh"):
        told = run.kept(answer, None)
    assert english == run.screen(small_studies.ran()) and not re.search(r"[一-鿿]", english)
    assert "八行看结果" in told and "利润变化" in told and "with the program" not in told


def test_a_name_is_no_markup():
    """What a scenario says is shown, not run."""
    records = small_studies.ran()
    market = dataclasses.replace(records.scenario.market, source="<script>alert(1)</script>")
    page = run_report.document(
        dataclasses.replace(records, scenario=dataclasses.replace(records.scenario, market=market))
    )
    assert "<script>" not in page and "&lt;script&gt;" in page


def test_the_page_lies_in_the_folder_with_its_picture(tmp_path):
    """Without a figure the page has none; with one it is inside, so that it can be mailed."""
    records = small_studies.ran()
    assert 'src="data:image' not in run_report.write(records, tmp_path).read_text("utf-8")
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "weekly.svg").write_text("<svg/>")
    assert 'src="data:image/svg+xml;base64,' in run_report.write(records, tmp_path).read_text("utf-8")
