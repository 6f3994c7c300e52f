"""A comparison as it is told: sentences that turn with the numbers, pages that are safe, in both languages."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re

import pandas as pd
import pytest

from loyaltysim import page
from loyaltysim.mechanism.measure import Style
from loyaltysim.present import charts
from loyaltysim.present.comparison_answer import first, second
from loyaltysim.present.comparison_report import page_rows, page_variants
from loyaltysim.present.comparison_screen import notes, table_lines
from loyaltysim.present.comparison_words import changes
from loyaltysim.scenario.said import speaking
from loyaltysim.studies import designs_elsewhere as elsewhere
from loyaltysim.studies.comparison import compare
from tests.small_comparisons import EVIL, JOINING, POINTS, compared, market, small, told_by_hand, written


def test_a_budget_beyond_reach_is_told_and_not_hidden():
    programs = {"points": {"points": POINTS}, "card": {"points": {**POINTS, "face_value": 1.0}}}
    c = compare(market(60, 2), programs, budget=35.0, terms=dict.fromkeys(programs, "membership.ask"))
    assert not any(f.reached for f in c.funded) and c.unequal
    assert any("Not at equal money: points program" in note.en for note in notes(c))


def test_the_order_is_by_profit_and_flips_are_found():
    """A variant in which another design is surely better is named with it; equal ones are open, not flipped."""
    c = compared()
    assert c.ranking()[0] == max(c.names, key=lambda d: sum(c.values(d, "profit_per_customer")))
    other = c.ranking()[-1]
    rows = [
        {"variant": "market.S=9", "design": d, "seed": s, "profit_per_customer": (d == other) + 0.001 * s}
        for d in c.names
        for s in range(5)
    ]
    turned = dataclasses.replace(c, variants=pd.DataFrame(rows))
    flipped, unsure, _ = changes(turned)
    assert flipped == [("market.S=9", other)] and unsure == []
    same = dataclasses.replace(c, variants=pd.DataFrame([r | {"profit_per_customer": 1.0} for r in rows]))
    flipped, unsure, _ = changes(same)
    assert flipped == [] and unsure == ["market.S=9"]


def test_small_money_is_told_with_two_digits():
    """At a budget of .00093 profits of -.00065 and -.00074 are no zeros."""
    c = small(0.00093, 0.1)
    text = " ".join(page.screen(c).split())
    assert c.digits == 5 and "planned 0.00093 each" in text
    assert f"after 1 year: {c.names[0].replace('_', ' ')} -0.00065 > b -0.00074" in text
    assert "-0.00 " not in text
    assert [Style().fine(x).digits for x in (10.45, 0.93, 0.093, 0.00093, 1e-9, 0.0)] == [2, 2, 3, 5, 5, 2]
    assert Style()(-0.004) == "+0.00" and Style(sign="")(-0.004) == "0.00"


def test_there_is_no_order_among_what_rounding_makes_equal():
    """Profits that differ by less than the last digit: none is best, none flips, places are shared."""
    c = small(1.0, 0.004)
    a, b = c.names
    assert c.leading() == [a, b] and c.place(a) == c.place(b) == 1 and c.chance(a, b) == 0.5
    text = " ".join(page.screen(c).split())
    assert first(c).en.startswith("No design is best here") and "stays best" not in second(c).en
    assert f"after 2 years: {a.replace('_', ' ')} -0.70 = b -0.70" in text and "mind less where they buy none " in text
    assert changes(c)[0] == [] and small(1.0, 0.006).leading() == [a]
    assert page.draw(c)[0].texts[0].get_text().startswith("No design is best")


def test_a_few_runs_are_too_few_for_a_chance():
    """And no interval of payback reaches below the launch: in how many runs it comes stands in its place."""
    c = small(1.0, 0.1)
    few = dataclasses.replace(c.question.base, seeds=2)
    few = dataclasses.replace(c, question=dataclasses.replace(c.question, base=few), runs=c.runs[c.runs.seed < 2])
    assert page_rows(few)[0][2] == "-" and page_rows(c)[0][2] == "over 99 %"
    weeks = few.runs.assign(payback_week=few.runs.seed.map({0: 1.0, 1: 3.0}))
    lines = table_lines(dataclasses.replace(few, runs=weeks))
    assert lines[4].split()[3] == "2" or "2 of 2" in lines[4]
    assert sum("2 of 2" in line for line in lines) == 2 and "±25" not in "".join(lines)


@pytest.mark.usefixtures("quiet")
def test_a_design_that_cannot_spend_the_budget_is_ranked_apart():
    """It may earn most, but is last, in no headline, and what it spent is said; were only one left, none is apart."""
    c = compared()
    best, *_, short = c.ranking()
    cheap = tuple(dataclasses.replace(f, cost=0.1, reached=n != best) for n, f in zip(c.names, c.funded, strict=True))
    told = dataclasses.replace(c, funded=cheap)
    assert len(c.names) >= 3 and told.ranking()[-1] == best and told.beside == [best]
    assert best.replace("_", " ") not in first(told).en and "Not at equal money" in page.screen(told)
    assert "; apart: " in page.screen(told) and page.summary(told)["ranked_apart"] == [best]
    alone = tuple(dataclasses.replace(f, reached=n == short) for n, f in zip(c.names, c.funded, strict=True))
    assert dataclasses.replace(c, funded=alone).ranking() == c.ranking()


def test_a_setting_that_changes_nothing_is_called_inert_and_counted_nowhere():
    """S as it is repeats the runs, number by number: on screen and page it is named, in no count, row or sentence."""
    usual = dataclasses.replace(market(seeds=5), vary=("market.S=1.3", "market.S=2.6"))
    own = {"points": POINTS, "membership": JOINING}
    dear = {**own, "membership": {**JOINING, "running": 1.0}}
    c = compare(usual, {"points": own, "dear": dear}, horizon=1, budget="free")
    assert c.inert == ["market.S=1.3"]
    assert set(c.elsewhere.variant.unique()) == {"market.S=2.6", elsewhere.ALIKE, elsewhere.IMITATION}
    assert "Changes nothing here, counted nowhere: how loyal tastes are is put at 1.3." in page.screen(c)
    assert "rivals copy after 13 weeks" in [name for name, _, _ in page_variants(c)]
    none = dataclasses.replace(c, variants=c.variants[c.variants.variant == "market.S=1.3"])
    assert none.elsewhere.empty and none.inert == c.inert and page.screen(none)


# --- telling -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return page.save(compared(), tmp_path_factory.mktemp("compare") / "run")


def test_the_screen_is_a_screen():
    text = page.screen(compared())
    assert all(len(line) <= 100 for line in text.splitlines())
    with speaking("zh"):
        assert "从好到差" in page.screen(compared()) and "best first" not in page.screen(compared())


def test_the_page_is_one_safe_file(folder):
    """Names are escaped; no script, no outside address; the policy allows exactly the style that is in the page."""
    html = (folder / "report.html").read_text("utf-8")
    assert "<script" not in html and "&lt;script&gt;" in html
    assert not re.search(r"""(src|href)=["'](?!data:image/svg)""", html)
    style = re.search(r"<style>(.*?)</style>", html, re.S).group(1)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in html and "default-src 'none'" in html
    assert first(compared()).en.split(";")[0][:20] in html and '<html lang="en">' in html


def test_a_comparison_without_its_figure_is_whole(tmp_path, monkeypatch, capsys):
    """The page has no picture, the manifest no figure, and everything else is there."""

    def bad(*_):
        raise ValueError("too wide")

    monkeypatch.setattr(charts, "headline", bad)
    made = page.save(told_by_hand(), tmp_path / "run")
    files = {path.name for path in made.iterdir()}
    assert "figure.png" not in files and {"report.html", "compare.csv", "summary.json", "manifest.json"} <= files
    assert "<img" not in (made / "report.html").read_text("utf-8")
    assert "a figure could not be drawn and is left out: ValueError: too wide" in capsys.readouterr().err


def test_the_page_escapes_names():
    html = page.html(told_by_hand(), b"<svg/>")
    assert "<script" not in html and "&lt;script&gt;" in html


def test_text_that_is_a_formula_is_guarded():
    assert f"'{EVIL}".replace('"', '""') in page.csv(told_by_hand().table)


def test_a_spreadsheet_finds_no_formula(folder):
    """Text that begins like a formula is led by an apostrophe; numbers, negative ones too, stay numbers."""
    for file in folder.glob("*.csv"):
        assert not re.search(r"(^|,)\"?=1\+1", file.read_text("utf-8"), re.M), file.name
    table = pd.read_csv(folder / "compare.csv")
    assert table.value.dtype == float and (table.value < 0).any()
    assert set(page.safe(pd.DataFrame({"a": ["@x", "-y", "+z", "\tq", "ok"]})).a) == {"'@x", "'-y", "'+z", "'\tq", "ok"}


def test_the_same_comparison_is_the_same_bytes(folder, tmp_path):
    again = page.save(compared(), tmp_path / "again")
    for file in sorted(folder.iterdir()):
        other = (again / file.name).read_bytes()
        if file.name == "manifest.json":
            one, two = (json.loads(x) for x in (file.read_bytes(), other))
            assert one.pop("circumstances") and two.pop("circumstances") and one == two
        else:
            assert file.read_bytes() == other, file.name


def test_the_summary_holds_what_the_page_says(folder):
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    c = compared()
    value = summary["numbers"]["points"]["2"]["profit_per_customer"]["value"]
    assert value == c.estimate("points", "profit_per_customer").value
    assert summary["order"]["2"] == c.ranking() and summary["answer"]["en"][0] == summary["happened"] == first(c).en


@pytest.mark.browser
def test_the_page_opens_offline_wide_and_narrow(folder, chromium):
    """In a browser: nothing on the console, no request beside the file, no sideways scrolling at 380 pixels."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: `pip install .[dev]`")
    trouble: list[str] = []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        view = browser.new_page(viewport={"width": 380, "height": 800})
        view.on("console", lambda message: trouble.append(message.text))
        view.on("dialog", lambda dialog: trouble.append(dialog.message))
        view.on("request", lambda r: trouble.append(r.url) if not r.url.startswith(("file:", "data:")) else None)
        view.goto((folder / "report.html").as_uri())
        for width in (380, 1280):
            view.set_viewport_size({"width": width, "height": 800})
            assert view.evaluate("document.documentElement.scrollWidth") <= width
        assert view.evaluate("document.images[0].naturalWidth") > 300
        assert view.locator("table.cards tbody tr").count() == len(compared().names)
        assert len(view.pdf()) > 10_000
        browser.close()
    assert trouble == []


FOREIGN = r"<(?:style|code|span lang=\"en\")[^>]*>.*?</(?:style|code|span)>"  # rules, keys, what is marked as English
TAGS = r"<[^>]*>|&[a-z]+;|&#\d+;"


def test_the_chinese_page_holds_no_english_label():
    """Tags, keys and what is marked as English aside, no word of two letters is left but names of the user's."""
    copied = {"points": -1.0, "cashback": 1.0, "club": 0.0}
    c = written({"points": 3.0, "cashback": 2.0, "club": 1.0}, {elsewhere.IMITATION: copied})
    with speaking("zh"):
        html = page.html(c, b"<svg/>")
    text = re.sub(f"{FOREIGN}|{TAGS}", " ", html, flags=re.DOTALL)
    market_ = c.question.base.market
    for own in (market_.name, c.question.base.focal, market_.currency):
        text = text.replace(own, " ")
    assert '<html lang="zh">' in html and first(c).zh in html
    assert re.findall(r"[A-Za-z]{2,}", text) == []


def test_the_page_opens_with_what_is_read_aloud():
    c = written({"points": 3.0, "cashback": 2.0})
    for lang in ("en", "zh"):
        with speaking(lang):
            html = page.html(c, b"")
        said = re.findall(r'<p class="said(?: lead)?">(.*?)</p>', html)
        assert said[:2] == [first(c)[lang], second(c)[lang]]
        assert html.index('class="said lead"') < html.index("<section>")


def test_a_page_of_too_few_runs_has_no_chances_and_no_order():
    c = written({"points": 3.0, "cashback": 2.0}, seeds=3)
    html = page.html(c, b"")
    assert "chance to beat" not in html and "Sooner or later" not in html and "Best first" not in html
    told = page.summary(c)
    assert told["order"] == {"1": None, "2": None, "5": None} and told["chances"]["points"]["cashback"] is None
