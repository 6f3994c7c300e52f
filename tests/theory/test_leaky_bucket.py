"""Opens results/leaky_bucket.html in headless Chromium and holds what it shows against `loyaltysim.contract`.

The page computes everything itself, in JavaScript; a second table is fixed here from Fader & Hardie (2007), J.
Interactive Marketing 21(1) ("High End"), and from the worked example of three firms with 5, 10 and 15 % churn.
"""

import base64
import hashlib
import json
import math
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loyaltysim.theory.retention import (
    base_limit,
    customer_value,
    gain_from_retention,
    retention_arithmetic,
    retention_for_gain,
    sbg_retention,
    sbg_survival,
)

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: `pip install .[dev]`")
Browser, Page = sync_api.Browser, sync_api.Page

pytestmark = pytest.mark.browser

FILE = Path(__file__).resolve().parents[2] / "results" / "leaky_bucket.html"
CONVENTIONS = ("additive", "sequential", "fixed_inflow")
HIGH_END = (1, 0.869, 0.743, 0.653, 0.593, 0.551, 0.517, 0.491, 0.468, 0.445, 0.427, 0.409, 0.394)
HALF = 0.5000001  # a number shown with d decimals is within half a unit of the last one
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def chrome(chromium: str) -> Iterator[Browser]:
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def view(chrome: Browser) -> Iterator[Open]:
    """Opens the page at a hash; fails at the end on any console message, script error, dialog or outside request."""
    context = chrome.new_context(viewport={"width": 1200, "height": 900}, reduced_motion="reduce", locale="en-US")
    trouble: list[str] = []

    def open_page(hash_: str = "", width: int = 1200) -> Page:
        page = context.new_page()
        page.on("console", lambda message: trouble.append(f"console {message.type}: {message.text}"))
        page.on("pageerror", lambda error: trouble.append(f"script error: {error}"))
        page.on("dialog", lambda dialog: (trouble.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: trouble.append(f"request: {request.url}") if outside(request.url) else None)
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(FILE.as_uri() + hash_)
        return page

    yield open_page
    context.close()
    assert trouble == []


def outside(url: str) -> bool:
    return not (url.startswith("data:") or url.split("#")[0] == FILE.as_uri())


def link(**state: object) -> str:
    return "#" + "&".join(f"{key}={value}" for key, value in state.items())


def shown(page: Page, name: str) -> float:
    """The number that an element displays; percentages as points."""
    text = page.locator(f"#{name}").text_content() or ""
    return float(text.replace(",", "").replace("\u2212", "-").rstrip("%"))


def turn_to(page: Page, hash_: str) -> None:
    """Changes the address and returns once the page has followed it."""
    page.evaluate(
        """hash => new Promise(done => {
            if (location.hash === hash) return done();
            addEventListener("hashchange", () => done(), { once: true });  // after the page's own listener
            location.hash = hash;
        })""",
        hash_,
    )


def visible_words(page: Page, foreign: str) -> list[str]:
    """Every text and label on the page, hidden answers too, except what is marked as being in the other language."""
    return page.evaluate(
        """foreign => {
            const ours = node => !node.closest(`[lang^="${foreign}"], script, style, noscript`);
            const texts = [document.title], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            while (walk.nextNode()) if (ours(walk.currentNode.parentElement)) texts.push(walk.currentNode.data);
            for (const node of document.querySelectorAll("[aria-label], [aria-valuetext], [title], [alt]"))
                for (const key of ["aria-label", "aria-valuetext", "title", "alt"])
                    if (ours(node)) texts.push(node.getAttribute(key) ?? "");
            return texts.map(text => text.trim()).filter(Boolean);
        }""",
        foreign,
    )


# ---- the file ------------------------------------------------------------------------------------------------


def test_the_policy_admits_exactly_this_style_and_this_script() -> None:
    page = FILE.read_text(encoding="utf-8")
    hashes = {}
    for tag in ("script", "style"):
        (inline,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        hashes[tag] = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{hashes['script']}'; style-src 'sha256-{hashes['style']}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert f'http-equiv="Content-Security-Policy" content="{policy}"' in page, f"the policy must read:\n{policy}"


def test_the_file_is_small_self_contained_and_sets_text_only_as_text() -> None:
    page = FILE.read_text(encoding="utf-8")
    assert len(page.encode()) < 120_000
    addresses = set(re.findall(r"\bhttps?://[^\s\"'<>]+", page))
    assert addresses == {"http://www.w3.org/2000/svg"}  # the name of SVG, not a place
    for risky in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", " style="):
        assert risky not in page


# ---- the numbers ---------------------------------------------------------------------------------------------

MARKETS = [  # lost by A, B and C, won (percent a year), years
    (5, 10, 15, 15, 10),
    (5, 10, 15, 15, 1),
    (0, 22.5, 40, 7.5, 30),
    (12, 0.5, 40, 40, 25),
    (30, 1, 18.5, 0, 5),
]


@pytest.mark.parametrize("market", MARKETS, ids=str)
def test_bucket_numbers_follow_the_sliders(view: Open, market: tuple[float, ...]) -> None:
    page = view()
    for slider, value in zip(("churn_a", "churn_b", "churn_c", "acquisition", "years"), market, strict=True):
        page.locator(f"#{slider}").fill(str(value))
    *lost, won = (rate / 100 for rate in market[:4])
    years = int(market[4])
    for convention in CONVENTIONS:
        page.locator(f"input[value={convention}]").check()
        for firm, churn in zip("abc", lost, strict=True):
            customers = 100 * retention_arithmetic(churn, won, years, convention)
            assert shown(page, f"base-{firm}") == pytest.approx(customers, abs=HALF)
            assert shown(page, f"bucket-{firm}") == shown(page, f"base-{firm}")
            growth = 100 * (retention_arithmetic(churn, won, 1, convention) - 1)
            assert shown(page, f"growth-{firm}") == pytest.approx(growth, abs=HALF / 100)
            assert shown(page, f"old-{firm}") == pytest.approx(100 * (1 - churn) ** years, abs=HALF)
            assert settled(page, firm) == pytest.approx(in_the_end(churn, won, convention), abs=HALF)


def settled(page: Page, firm: str) -> float:
    words = {"no limit": math.inf, "nothing": 0.0}
    text = page.locator(f"#settles-{firm}").inner_text()
    return words[text] if text in words else float(text.replace(",", ""))


def in_the_end(churn: float, won: float, convention: str) -> float:
    """The base that the next year leaves as it is (100 at the start), or where growth and decay lead."""
    step = retention_arithmetic(churn, won, 1, convention) - 1
    if abs(step) < 1e-12:
        return 100
    if convention == "fixed_inflow" and churn > 0:
        return float(100 * base_limit(churn, won))
    return math.inf if step > 0 else 0


def test_the_textbook_example_reads_as_published(view: Open) -> None:
    """5, 10 and 15 % lost, 15 % won, ten years: the table of the three conventions, in whole people."""
    table = {
        "additive": (259, 163, 100),
        "sequential": (242, 141, 80),
        "fixed_inflow": (180, 133, 100),
    }
    for convention, row in table.items():
        page = view(link(lang="en", convention=convention))
        assert tuple(shown(page, f"base-{firm}") for firm in "abc") == row
    assert "A settles at 300" in (page.locator("#chart").text_content() or "")  # the last page opened is fixed_inflow
    assert [shown(page, f"settles-{firm}") for firm in "abc"] == [300, 150, 100]


def test_ceilings_and_floors_are_named_on_the_chart(view: Open) -> None:
    page = view(link(lang="en", convention="fixed_inflow", churn_a=1, churn_b=30, churn_c=40, acquisition=7.5))
    text = page.locator("#chart").text_content() or ""
    assert "A settles at 750, above this chart" in text and "B settles at 25, C settles at 19" in text


def test_the_closed_market_adds_up(view: Open) -> None:
    """45 would be won for every 30 lost; shared equally the market rests at shares in proportion to 1 / churn."""
    page = view(link(lang="en"))
    first_year = re.search(r"win (\S+) .* lose (\S+); the other (\S+) ", page.locator("#closed-sum").inner_text())
    assert first_year is not None and first_year.groups() == ("45", "30", "15")
    stays = [1 / 0.05, 1 / 0.10, 1 / 0.15]
    shares = [f"{100 * stay / sum(stays):.0f}%" for stay in stays]
    assert re.findall(r"\d+%", page.locator("#closed-end").inner_text()) == shares


CUSTOMERS = [(80, 10, 100), (90, 0, 250), (40, 25, 500), (95, 5.5, 10), (88.5, 12, 70)]


@pytest.mark.parametrize("kept, discount, margin", CUSTOMERS)
def test_five_more_points_follow_the_sliders(view: Open, kept: float, discount: float, margin: float) -> None:
    page = view()
    for slider, value in (("retention", kept), ("discount", discount), ("margin", margin)):
        page.locator(f"#{slider}").fill(str(value))
    r, i = kept / 100, discount / 100
    for name, after in (("now", r), ("points", r + 0.05), ("percent", r * 1.05)):
        assert shown(page, f"value-{name}") == pytest.approx(customer_value(margin, after, i), abs=HALF / 10)
        if name != "now":
            gain = gain_from_retention(r, i, points=after - r)
            assert shown(page, f"gain-{name}") == pytest.approx(100 * gain, abs=HALF / 10)


def test_five_more_points_say_where_the_claim_can_be_reached(view: Open) -> None:
    """Undiscounted, 25 % takes .750 and 85 % takes .891; at 10 %, .85 and never (at most 50 %); at 22 %, neither."""
    page = view()
    for discount, numbers in ((0, ["25%", "75%", "85%", "89.1%"]), (10, ["25%", "85%", "85%", "50%"]), (22, ["22.7%"])):
        turn_to(page, link(lang="en", discount=discount))
        assert re.findall(r"[\d.]+%", page.locator("#value-flips").inner_text()) == numbers
        needed = [retention_for_gain(gain, discount / 100) for gain in (0.25, 0.85)]
        reached = [f"{100 * r:.1f}".removesuffix(".0") + "%" for r in needed if not math.isnan(r)]
        assert numbers[1::2][: len(reached)] == reached
    turn_to(page, link(lang="en", retention=95, discount=0))
    assert page.locator("#value-points").inner_text() == page.locator("#gain-points").inner_text() == "no limit"
    assert "has no limit" in page.locator("#value-happens").inner_text()


@pytest.mark.parametrize("alpha, beta", [(0.668, 3.806), (0.1, 0.1), (4, 0.1), (0.1, 20), (3.5, 19.94)])
def test_sorting_follows_the_sliders(view: Open, alpha: float, beta: float) -> None:
    page = view()
    page.locator("#alpha").fill(str(alpha))
    page.locator("#beta").fill(str(beta))
    for t in (1, 7, 12):
        page.locator("#after").fill(str(t))
        assert shown(page, "still-curve") == pytest.approx(100 * sbg_survival(alpha, beta, t), abs=HALF / 10)
        assert shown(page, "kept-curve") == pytest.approx(100 * sbg_retention(alpha, beta, t), abs=HALF / 10)
        assert shown(page, "leaving-curve") == pytest.approx(100 * alpha / (alpha + beta + t), abs=HALF / 10)
        assert shown(page, "still-seen") == pytest.approx(100 * HIGH_END[t], abs=HALF / 10)
        assert shown(page, "kept-seen") == pytest.approx(100 * HIGH_END[t] / HIGH_END[t - 1], abs=HALF / 10)


@pytest.mark.parametrize("alpha, beta, after", [(0.668, 3.806, 7), (2, 2, 3), (0.3, 0.2, 12)])
def test_bars_of_who_is_left_are_beta_distributed(view: Open, alpha: float, beta: float, after: int) -> None:
    """Outlines are Beta(a, b), filled bars S(t) times Beta(a, b + t); heights against the first bar."""
    from scipy.stats import beta as beta_law

    page = view(link(alpha=alpha, beta=beta, after=after))
    bars = page.locator("#mix-chart rect").evaluate_all("bars => bars.map(bar => Number(bar.getAttribute('height')))")
    edges = [k / 10 for k in range(11)]
    first = beta_law(alpha, beta).cdf(edges)
    still = beta_law(alpha, beta + after).cdf(edges) * sbg_survival(alpha, beta, after)
    heights = [law[k + 1] - law[k] for k in range(10) for law in (first, still)]
    assert [bar / bars[0] for bar in bars[:20]] == pytest.approx([height / heights[0] for height in heights], abs=1e-6)


def test_water_and_leak_move_with_the_sliders(view: Open) -> None:
    """Equal firms show equal water; losing more lowers the water and, from the same water, widens the leak."""
    page = view(link(churn_a=5, churn_b=5, churn_c=30, acquisition=15, years=1))
    read = "(all, name) => all.map(node => Number(node.getAttribute(name)))"
    surfaces = page.locator("#buckets ellipse[fill='#fff']")
    leaks = page.locator("#buckets path[stroke-opacity='0.8']")
    water, leak = surfaces.evaluate_all(read, "cy"), leaks.evaluate_all(read, "stroke-width")
    assert water[0] == water[1] < water[2]  # downwards is larger
    assert leak[0] == leak[1] < leak[2]
    page.locator("#churn_a").fill("20")
    assert water[1] < surfaces.evaluate_all(read, "cy")[0] < water[2]
    assert leak[1] < leaks.evaluate_all(read, "stroke-width")[0] < leak[2]


# ---- the reader ----------------------------------------------------------------------------------------------


def test_predict_then_reveal(view: Open) -> None:
    page = view(link(lang="en"))
    assert page.locator("#answer").is_hidden()
    page.locator("#guess").fill("60")
    page.locator("#reveal").click()
    said = page.locator("#guess-count").inner_text()
    assert re.findall(r"\d+(?:\.\d+)?", said) == ["60", "100", "80", "100"]  # guess, then the three conventions
    assert "only 20 are" in page.locator("#guess-old").inner_text()  # .85 ** 10 of the first 100
    assert page.locator("#guess").is_disabled()
    page.locator("#reveal").click()
    assert page.locator("#answer").is_hidden() and page.locator("#guess").is_enabled()


def test_keyboard_moves_sliders_and_every_control_has_a_name(view: Open) -> None:
    page = view(link(lang="en"))
    page.locator("#churn_c").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#churn_c-now").inner_text() == "15.5%"
    page.locator("#alpha").focus()
    page.keyboard.press("ArrowLeft")
    assert page.locator("#alpha-now").inner_text() == "0.618"
    names = page.locator("input, button").evaluate_all("all => all.map(e => (e.labels?.[0] ?? e).textContent.trim())")
    assert len(names) == 13 + 3 + 6 and all(names)
    page.locator("#reveal").click()  # the number line is drawn with the answer
    drawings = page.locator("svg:not([aria-hidden])")
    labels = drawings.evaluate_all("all => all.map(e => e.getAttribute('role') + e.getAttribute('aria-label'))")
    assert len(labels) == 7 and all(re.fullmatch(r"img.{20,}", label) for label in labels)


def test_every_panel_opens_with_two_sentences(view: Open) -> None:
    for lang, mark in (("en", "."), ("zh", "\u3002")):
        page = view(link(lang=lang))
        for panel in ("bucket", "value", "sorting"):
            for part in ("happens", "flips"):
                sentence = re.sub(r"(?<=\d)\.(?=\d)", "", page.locator(f"#{panel}-{part}").inner_text())
                assert sentence.endswith(mark) and sentence.count(mark) == 1


STATES = [link(convention=c, revealed=1, churn_a=a, acquisition=15) for c in CONVENTIONS for a in (0, 5, 40)]


EXTREMES = [link(retention=95, discount=0), link(retention=40, discount=25, years=1), link(discount=0, churn_a=0)]


@pytest.mark.parametrize(
    "lang, foreign, stray",
    [("zh", "en", r"[A-Za-z]{2,}"), ("en", "zh", "[\u3000-\u9fff\uff00-\uffef]")],
    ids=["Chinese", "English"],
)
def test_no_label_stays_in_the_other_language(view: Open, lang: str, foreign: str, stray: str) -> None:
    """By the switch and by the address; single letters (firm A, rate c) belong to both languages."""
    page = view(link(lang=foreign, revealed=1))
    page.locator("#switch").click()
    assert page.locator("html").get_attribute("lang") == {"zh": "zh-Hans", "en": "en"}[lang]
    assert [text for text in visible_words(page, foreign) if re.search(stray, text)] == []
    for state in STATES + EXTREMES:
        turn_to(page, state + f"&lang={lang}")
        assert [text for text in visible_words(page, foreign) if re.search(stray, text)] == []


def test_both_languages_say_the_same_things_and_no_word_is_idle(view: Open) -> None:
    page, source = view(), FILE.read_text(encoding="utf-8")
    english, chinese = page.evaluate("[Object.keys(WORDS.en), Object.keys(WORDS.zh)]")
    assert english == chinese
    computed = {"flipAdditive", "flipSequential", "flipFixed", *CONVENTIONS}
    used = {key for key in english if re.search(rf'\bw\.{key}\b|data-t="{key}"', source)} | computed
    assert set(english) - used == set()


# ---- the address ---------------------------------------------------------------------------------------------


def test_the_address_reproduces_the_view(view: Open) -> None:
    page = view()
    moves = dict(churn_a=7.5, churn_b=0, churn_c=33, acquisition=21, years=17, guess=42, retention=91.5, discount=3,
                 margin=320, alpha=1.5, beta=7.25, after=4)  # fmt: skip
    for slider, value in moves.items():
        page.locator(f"#{slider}").fill(str(value))
    page.locator("input[value=sequential]").check()
    page.locator("#reveal").click()
    page.locator("#switch").click()
    page.wait_for_timeout(400)  # the address is written a moment after the last change
    links = [page.evaluate("location.hash"), *page.locator("a.link").evaluate_all("all => all.map(a => a.hash)")]
    assert len(links) == 5
    for hash_ in links:
        again = view(hash_)
        assert visible_words(again, "none") == visible_words(page, "none")
        assert again.locator("#churn_a").input_value() == "7.5" and again.locator("#beta").input_value() == "7.25"


def test_the_years_run_until_a_slider_takes_over(view: Open) -> None:
    page = view(link(lang="en", years=30))
    title = page.locator("#buckets-title")
    sync_api.expect(title).to_have_text("After 30 years")
    page.locator("#play").click()
    sync_api.expect(title).to_have_text(re.compile(r"After (1 year|\d years)$"))
    page.locator("#years").fill("3")
    sync_api.expect(title).to_have_text("After 3 years")
    assert shown(page, "bucket-a") == shown(page, "base-a") == 133  # 1.1 ** 3


def test_a_panel_link_goes_into_the_address_and_says_so(view: Open) -> None:
    page = view(link(lang="en"))
    panel_link = page.locator("#value a.link")
    panel_link.click()
    sync_api.expect(panel_link).to_have_text(re.compile("Link copied|Link is in the address bar"))
    page.wait_for_timeout(400)
    assert "&at=value&" in page.evaluate("location.hash")


def test_classroom_links_open_their_view(view: Open) -> None:
    page = view(link(lang="en", margin=300))
    page.locator("#classroom a").nth(1).click()
    sync_api.expect(page.locator("input[value=fixed_inflow]")).to_be_checked()  # a moment after the click
    sync_api.expect(page.locator("#years-now")).to_have_text("30")
    assert page.locator("#churn_c-now").inner_text() == "15%"


def test_hostile_addresses_are_tamed(view: Open) -> None:
    """Numbers are clamped to the slider, nonsense is ignored, and nothing from the address becomes markup."""
    evil = "<img/src=x/onerror=alert(1)>"
    cases = {
        "churn_a=1e9": ("churn_a-now", "40%"), "churn_a=-1e9": ("churn_a-now", "0%"),
        "churn_a=1e999": ("churn_a-now", "40%"), "churn_a=1,5": ("churn_a-now", "5%"),
        "years=NaN": ("years-now", "10"), "years=Infinity": ("years-now", "10"), "years=": ("years-now", "10"),
        "years=0": ("years-now", "1"), "years=2.7": ("years-now", "3"), "years=0x10": ("years-now", "10"),
        "alpha=0": ("alpha-now", "0.1"), "beta=1e-300": ("beta-now", "0.1"), "beta=" + evil: ("beta-now", "3.806"),
        "retention=100": ("retention-now", "95%"), "discount=%E0%A4%A": ("discount-now", "10%"),
    }  # fmt: skip
    page = view()
    for hash_, (name, text) in cases.items():
        turn_to(page, "#lang=en&" + hash_)
        assert page.locator(f"#{name}").inner_text() == text, hash_
    script = "<script>alert(1)</script>"
    names = "convention=__proto__&at=constructor&lang=toString"
    for hash_ in (f"lang={script}&at={evil}&convention={script}", names, script, "&&==&#&lang"):
        page = view("#" + hash_)
        assert page.locator("script").count() == 1 and page.locator("img").count() == 0
        assert page.locator("html").get_attribute("lang") == "en" and page.locator("input[value=additive]").is_checked()
        assert "alert" not in page.locator(".page").inner_html()


def test_no_setting_shows_a_broken_number(view: Open) -> None:
    """The corners of every slider and sixty random settings, checked in text and in the drawings' coordinates."""
    page = view()
    limits = page.locator("input[type=range]").evaluate_all("all => all.map(e => [e.id, Number(e.min), Number(e.max)])")
    pick = random.Random(20070101)
    states = [{name: low for name, low, _ in limits}, {name: high for name, _, high in limits}]
    for _ in range(60):
        states.append({name: pick.choice((low, high, pick.uniform(low, high))) for name, low, high in limits})
    for k, state in enumerate(states):
        turn_to(page, link(**state, convention=CONVENTIONS[k % 3], revealed=1))
        body = page.evaluate("document.querySelector('.page').outerHTML")
        assert not re.search(r"NaN|Infinity|undefined|null|\[object", body), json.dumps(state)


@pytest.mark.parametrize("width", [320, 360, 768, 1200])
def test_nothing_runs_off_the_side(view: Open, width: int) -> None:
    page = view(width=width)
    for state in (*STATES, link(churn_a=0, acquisition=40, years=30, revealed=1)):
        for lang in ("en", "zh"):
            turn_to(page, state + f"&lang={lang}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (state, lang)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_answer_is_veiled_until_the_guess_is_made(view: Open, lang: str) -> None:
    """The buckets hold the answer; a link to them, or a button, leads past the question."""
    page = view(link(lang=lang))
    veiled = "getComputedStyle(document.querySelector('#bucket .views')).filter"
    assert page.evaluate(veiled) == "blur(14px)" and page.locator("#veil").is_visible()
    page.locator("#reveal").click()
    assert page.evaluate(veiled) == "none" and not page.locator("#veil").is_visible()
    turn_to(page, link(lang=lang, at="bucket"))
    assert page.evaluate(veiled) == "none"


def test_people_have_no_decimals(view: Open) -> None:
    page = view(link(revealed=1, churn_a=7.5, years=7))
    shown = page.locator("#bucket td[id^=base], #bucket td[id^=old], #bucket td[id^=settles], #guess-count")
    assert all(not re.search(r"\d\.\d", text) for text in shown.all_inner_texts())


def test_on_a_phone_the_picture_stays_in_sight_while_a_slider_moves(view: Open) -> None:
    page = view(link(revealed=1), 390)
    for slider, picture in (("years", "#buckets"), ("margin", "#gain-chart")):
        page.locator(f"#{slider}").scroll_into_view_if_needed()
        page.evaluate("window.scrollBy(0, 120)")
        box = page.locator(picture).bounding_box()
        assert box is not None and 0 <= box["y"] < 100 and box["height"] < 0.5 * 900


@pytest.mark.parametrize("retention", range(60, 95, 5))
def test_the_number_lies_on_no_line_of_the_claim(view: Open, retention: int) -> None:
    """Dashed lines at 25 and 85 %: none runs through the number beside the dot."""
    page = view(link(at="value", retention=retention))
    inside = """() => { const box = document.querySelector("#gain-chart .big").getBoundingClientRect();
      return [...document.querySelectorAll("#gain-chart line[stroke-dasharray='6 4']")].filter(line => {
        const y = line.getBoundingClientRect().top; return y > box.top + 6 && y < box.bottom - 6; }).length }"""
    assert page.evaluate(inside) == 0
