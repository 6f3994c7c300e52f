"""A diary says what the run did, in two languages, and nothing that steers a terminal."""

from __future__ import annotations

import ast
import dataclasses
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from loyaltysim.cli.main import main
from loyaltysim.market.model import Market
from loyaltysim.measures import twins
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.mechanism.declare import Scene
from loyaltysim.present import diary, glossary
from loyaltysim.present.answer import faults, over_budget
from loyaltysim.present.glossary import CURRENCIES
from loyaltysim.scenario.model import Market as MarketTerms
from loyaltysim.scenario.said import Said
from loyaltysim.studies.reading import Reading
from tests.scenarios import EAGER, contracts, everything, in_plain, same, world

STAMPS = {"stamps": {"needed": 4, "face_value": 8.0, "pressure": "curve"}, "membership": EAGER}


@pytest.fixture(autouse=True)
def plainly(monkeypatch):
    """The step in plain Python: nothing to compile."""
    made = diary.Witness
    monkeypatch.setattr(diary, "Witness", lambda *a, **k: in_plain(made(*a, **k)))


def test_it_tells_the_purchases_of_both_runs():
    """Purchases and money in the diary are those of the two logs, to the cent; those at the focal firm are counted."""
    scenario = twins.logged(world(20, 12, program=STAMPS))
    found = diary.diary(scenario, 7)
    logs = [in_plain(Market(s, scenario.seed)).run().log for s in (twins.no_program(scenario), scenario)]
    for k, log in enumerate(logs):
        own = log[log.customer == 7]
        told = [line for page in found.pages for line in (page.without, page.with_it)[k]]
        money = sum(float(m[1]) for line in told if (m := re.search(r"^bought .* for ([\d.]+) money", line)))
        assert money == pytest.approx(own.spend.sum() / 100, abs=1e-9) and money > 0
        assert found.bought[k] == (own.firm == 0).sum()


def test_it_counts_the_stamps_that_are_missing():
    """Every `n stamps short` is the card in the run's own state in that week: needed less stamps held."""
    scenario = twins.logged(world(20, 12, program=STAMPS))
    market, cards = in_plain(Market(scenario, scenario.seed)), []
    for _ in range(12):
        market.step()
        cards.append(4 - int(market.customer(7).stamps[0]))
    told = 0
    for page in diary.diary(scenario, 7).pages:
        for line in page.with_it:
            if m := re.fullmatch(r"(\d+) stamps? short of a reward at a", line):
                told += 1
                assert int(m[1]) == cards[page.week]
    assert told >= 2


def test_a_cheaper_shop_is_walked_past():
    """A purchase at a firm whose price lies above another known firm's says so, and only then."""
    found = diary.diary(world(20, 8, program=STAMPS, firm={"a": {"price": 1.2, "program": {}}}), 3)
    lines = [line for page in found.pages for line in page.without if line.startswith("bought")]
    assert lines and all(("walked past" in line) == (" at a " in line) for line in lines)


@pytest.mark.parametrize("make", [everything, contracts])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_mechanism_can_be_told(make, lang):
    """Beside everything, in both languages: pages for a customer, each phrase one clean line of that language."""
    found = diary.diary(make(30, 16), 4, lang)
    lines = [line for page in found.pages for line in (*page.without, *page.with_it)]
    assert len(lines) > 10 and all(map(str.isprintable, lines))
    chinese = [bool(re.search(r"[\u4e00-\u9fff]", line)) for line in lines]
    assert all(chinese) if lang == "zh" else not any(chinese)
    assert diary.text(found).count("\n") > len(found.pages)


TELLS = [m for m in mechanisms.registry().values() if m.tell is not None]
WORDS = {  # mechanism: what was, what is, a word that must be told
    "points": ({"balance": 20_000, "joined": 1}, {"balance": 2_000, "joined": 1}, "reward"),
    "stamps": ({"stamps": 8, "joined": 1}, {"stamps": 9, "joined": 1}, "1 stamp short"),
    "cashback": ({"credit": 100, "joined": 1}, {"credit": 150, "joined": 1}, "1.50"),
    "recognition": ({}, {"counts": {"recognitions": 1}}, "recognised"),
    "membership": ({"joined": -1}, {"joined": 3}, "joined"),
    "targeting": ({}, {"counts": {"messages": 1}}, "picked"),
    "coalition": ({"from_partners": 0, "to_partners": 0}, {"from_partners": 7000, "to_partners": 1}, "at partners"),
    "bond": ({"bond": 0.2}, {"bond": 0.6}, "likes"),
    "emotions": ({"felt_trust": 0.4}, {"felt_trust": 0.6}, "trust"),
    "habit": ({"habit": 0.6}, {"habit": 0.4}, "wears off"),
    "experience": ({"sat": 0.5}, {"sat": -0.5}, "annoyed"),
    "word_of_mouth": ({"heard": 0.0, "said": 0}, {"heard": 1.0, "said": 3}, "recommends"),
    "referral": ({"referred": -1}, {"referred": 3}, "friend"),
    "awareness": ({"aware": 0}, {"aware": 1}, "got to know"),
    "cross_buying": ({}, {"counts": {"cross_purchases": 1}}, "other products"),
    "contact": ({}, {"counts": {"contacts": 1}}, "heard from"),
    "channels": ({}, {"counts": {"contacts_phone": 1}}, "had a call from"),
    "follow_up": ({}, {"counts": {"calls_made": 1}}, "called to ask"),
    "need": ({"given": 0.1, "wanted": 0.2}, {"given": 0.3, "wanted": 0.2}, "as often as wished"),
    "candour": ({}, {"counts": {"disclosures": 1, "discoveries": 1}}, "kept quiet"),
    "returns": ({}, {"counts": {"returns": 1, "refusals": 1}}, "brought a purchase back"),
    "late_returns": ({}, {"counts": {"late_returned": 1, "late_refunds": 500}}, "earlier purchase"),
    "gaming": ({"padding_waits": 0}, {"padding_waits": 900, "counts": {"second_accounts": 1}}, "another account"),
    "lapse": ({}, {"counts": {"lapses": 1}}, "not used"),
    "transfer": ({"passed_on": 0}, {"passed_on": 5000}, "given 5 points"),
    "donation": ({}, {"counts": {"points_given": 5000}}, "good cause"),
    "top_up": ({}, {"counts": {"points_sold": 100}}, "missing points"),
    "early_access": ({}, {"counts": {"goods_sold": 1}}, "bought the new good"),
    "tasks": ({}, {"counts": {"tasks_done": 1}}, "beside buying"),
    "prize_draw": ({}, {"counts": {"prizes_drawn": 1, "prize_cents": 400}}, "won 4.00"),
    "coupon": ({}, {"counts": {"coupons_redeemed": 1, "coupon_cents": 200}}, "coupon at shop: 2.00"),
    "member_price": ({}, {"counts": {"member_price_cents": 62}}, "0.62 less"),
    "loyal_price": ({}, {"counts": {"loyal_price_cents": 100}}, "as promised"),
    "promotion": ({}, {"counts": {"promotion_cents": 420, "bought_ahead": 2000}}, "4.20 off"),
    "challenge": ({}, {"counts": {"challenges_met": 1}}, "reached the goal"),
    "ownership": ({}, {"counts": {"dividends": 250}}, "dividend of 2.50"),
    "inner_club": ({}, {"counts": {"club_joins": 1}}, "joined the inner club"),
    "fee": ({}, {"counts": {"fee_cents": 4900}}, "paid the fee of 49.00"),
    "tiers": ({"tier": 1}, {"tier": 2}, "rose to tier 2"),
    "advice": ({}, {"counts": {"suggestions": 1}}, "never answered"),
    "education": ({"capability": 0.4}, {"capability": 0.6, "counts": {"sessions": 1}}, "attended a session"),
    "walkout": ({}, {"counts": {"walkouts": 1}}, "will not go back"),
    "monitoring": ({}, {"counts": {"answers": 1}}, "replied"),
    "ratings": ({}, {"counts": {"buyers_panned": 1}}, "a bad rating"),
    "community": ({"belonging": 0.4}, {"belonging": 0.6}, "most friends"),
    "renewal": ({"provider": 1, "started": 0}, {"provider": 0, "started": 3}, "signed"),
}


@pytest.mark.parametrize("m", TELLS, ids=lambda m: m.name)
def test_each_tells_its_own_event(m):
    """A hand-made week of each mechanism, told in English and in Chinese; a week without change tells nothing."""
    before, after, word = WORDS[m.name]
    own = m.terms(threshold=20.0) if m.name == "points" else m.terms()

    def told(lang, one, two):
        defaults = dict.fromkeys([*(f"felt_{s}" for s in ("recognition", "affinity", "attachment", "impression"))], 0.0)
        counts = two.get("counts", {})
        return m.tell(Scene(lang, "shop", 0, own, {**defaults, **one}, {**defaults, **two}, 1, 500, 3, counts))

    english, chinese = told("en", before, after), told("zh", before, after)
    assert any(word in line for line in english) and len(chinese) == len(english)
    assert all(re.search(r"[\u4e00-\u9fff]", line) and "shop" in line for line in chinese)
    quiet = {**before, **({"joined": -1} if "joined" in before else {})}
    assert m.tell(Scene("en", "shop", 2, own, *({**dict.fromkeys(ALL_FELT, 0.0), **quiet},) * 2, 0, 0, 3)) == []


BADLY = {  # every visit fails; half of the failures are complained about, half of these are answered
    "behaviour": {"experience": {"premium": 0.1, "failure": 0.6, "voice": 0.5}, "bond": {"promise": 0.1}},
    "program": {"service": {"quality": 1.0, "recovery": 0.5}, "recognition": {"probability": 0.3}},
}


@pytest.mark.parametrize("lang, words", [
    ("en", ("recognised at a", "wrong at a", "complained to a", "a answered")),
    ("zh", ("a 认出了", "在 a 遇到了服务差错", "向 a 投诉", "a 答复了")),
])  # fmt: skip
def test_it_tells_what_happened_and_nothing_else(lang, words):
    """Week by week: told exactly where the customer, living the week alone, adds to the firm's counter of that name."""
    scenario = twins.logged(world(20, 20, **BADLY))
    told = {page.week: page.with_it for page in diary.diary(scenario, 7, lang).pages}
    market, seen = in_plain(Market(scenario, scenario.seed)), 0
    for week in range(20):
        twin = in_plain(Market(scenario, scenario.seed))
        for _ in range(week):
            twin.step()
        own = dict(zip(twin.assembled.counts, twin.customer(7).step()[0], strict=True))
        for counter, word in zip(("recognitions", "failures", "complaints", "recoveries"), words, strict=True):
            assert any(word in line for line in told.get(week, ())) == (own[counter] > 0), (week, counter)
            seen += own[counter] > 0
    assert seen > 8 and market.week == 0


def test_a_bond_that_grows_is_no_recognition():
    """The reviewed fault: recognition all but impossible while kept promises raise the bond at every visit."""
    program = {"service": {"quality": 1.0}, "recognition": {"probability": 1e-9}}
    found = diary.diary(world(20, 20, behaviour=BADLY["behaviour"], program=program), 7)
    lines = [line for page in found.pages for line in page.with_it]
    assert any("likes a more" in line for line in lines) and not any("recognised" in line for line in lines)


def test_being_watched_changes_nothing():
    """The witnessed market has the books of a plain one, whoever is watched: the first, one between, the last."""
    scenario = twins.logged(world(20, 12, program=STAMPS))
    plain = in_plain(Market(scenario, 3)).run()
    for row in (0, 7, 19):
        market = in_plain(diary.Witness(scenario, 3))
        market.row = row
        same(plain, market.run())
        assert market.own.shape[0] == len(market.firms), "nobody was watched"


ALL_FELT = [f"felt_{side}" for side in ("trust", "recognition", "affinity", "attachment", "impression")]


def test_words_of_a_configuration_cannot_steer_the_terminal():
    """A currency with an escape sequence, a bell and a line break is told escaped."""
    scenario = world(10, 4, program=STAMPS)
    evil = dataclasses.replace(scenario.market, currency="\x1b[2J\a\n\u202e")
    assert isinstance(evil, MarketTerms)
    found = diary.text(diary.diary(dataclasses.replace(scenario, market=evil), 3))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", found) and r"\x1b[2J\x07\n\u202e" in found


@pytest.mark.parametrize(
    "words, said",
    [
        (["customer=x"], "expected the number of a customer"),
        ([], "expected the number of a customer"),
        (["customer=999"], "allowed 0 to 49"),
        (["customer=1", "lang=de"], "choose from en, zh"),
    ],
)
def test_unknown_customers_and_languages_are_refused(words, said, capsys):
    assert main(["diary", *words, "scenario=grocery_points", "customers.n=50"]) == 2
    assert said in capsys.readouterr().err


def test_the_command_prints_the_diary(capsys):
    """From the command line, in Chinese."""
    words = ["diary", "customer=7", "lang=zh", "scenario=grocery_points", "customers.n=20", "weeks=60"]
    words += ["program.membership.hassle=0", "program.membership.ask=1"]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "客户" in out and "顾客" not in out and "美元" in out and "第 0 周" not in out
    assert over_budget(out) == [] and not re.search(HALF_WIDTH, out)
    assert main([*words, "--more"]) == 0
    more = capsys.readouterr().out
    assert "客户 7：" in more and re.search(r"^\* 第 +\d+ 周  只在有计划时：", more, re.M)


def test_without_a_program_in_the_words_it_tells_of_one(capsys):
    """The command of the README, no world named: purchases differ between the worlds, and somebody joins."""
    assert (
        main(
            [
                "diary",
                "customer=7",
                "customers.n=20",
                "weeks=60",
                "program.membership.hassle=0",
                "program.membership.ask=1",
            ]
        )
        == 0
    )
    out = capsys.readouterr().out
    assert "only with the program" in out and "week " not in out.split("It began")[0] and over_budget(out) == []


# --- the sum ---


JOINED = (3, Said("joined", "加入了"))


def lived(bought=(10, 12), spent=(10_000, 12_550), began=JOINED, pages=()):
    """A diary by hand."""
    return diary.Diary("who", pages, bought, spent, (20, 21), began, "a", CURRENCIES["USD"], "en")


def read(found) -> Reading:
    """The sum of a diary."""
    return diary.reading(SimpleNamespace(found=found), None)


@pytest.mark.parametrize(
    "found, english, chinese",
    [
        (lived(), "2 times more at a and spent 25.50 USD more", "多买 2 次，花费多 25.50 美元"),
        (lived((12, 11), (12_550, 10_000)), "1 time less at a and spent 25.50 USD less", "少买 1 次，花费少 25.50 "),
        (lived((9, 9), (900, 800)), "bought as often at a and spent 1.00 USD less", "购买次数没变，花费少 1.00 美元"),
        (lived((9, 9), (900, 900), None), "changed nothing for this customer: 9 purchases", "没有改变这位客户"),
    ],
)  # fmt: skip
def test_the_sum_turns_with_the_numbers(found, english, chinese):
    """More, fewer, as many, no change at all: the first line says which, in both languages, and reads as it should."""
    said = read(found)
    assert faults(said) == []
    assert english in said.first.en and chinese in said.first.zh
    same = found.began is None
    assert ("Every week is the same" in said.second.en) == same and ("从第 3 周开始不同" in said.second.zh) == (
        not same
    )


def test_the_sum_is_that_of_the_runs():
    """Purchases, money and the first week that differs, counted from the two logs and from the pages."""
    scenario = twins.logged(world(20, 12, program=STAMPS))
    found = diary.diary(scenario, 7)
    logs = [in_plain(Market(s, scenario.seed)).run().log for s in (twins.no_program(scenario), scenario)]
    own = [log[log.customer == 7] for log in logs]
    assert found.everywhere == tuple(len(log) for log in own)
    assert found.spent == tuple(int(log.spend[log.firm == 0].sum()) for log in own)
    differ = [page for page in found.pages if page.without != page.with_it]
    assert found.began[0] == differ[0].week and faults(read(found)) == []
    marked = [line for line in diary.text(found).splitlines()[3:] if line.startswith(diary.MARK)]
    assert {int(line.split()[2]) for line in marked} == {page.week for page in differ}
    assert read(found).table.rows[3][2] == str(len(differ))


# --- Chinese as it is written ---

HALF_WIDTH = r"[\u4e00-\u9fff] ?[,;:?!()]|[,;:?!()] ?[\u4e00-\u9fff]"
PHRASES = [
    *Path(diary.__file__).parents[1].glob("programs/*.py"),
    *Path(diary.__file__).parents[1].glob("behaviour/*.py"),
]
PHRASES += [Path(diary.__file__), Path(glossary.__file__)]


def chinese(path: Path) -> list[str]:
    """Every Chinese phrase of a file; what is filled in stands as x."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.JoinedStr):
            found.append("".join(v.value if isinstance(v, ast.Constant) else "x" for v in node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(node.value)
    return [text for text in found if re.search(r"[\u4e00-\u9fff]", text)]


@pytest.mark.parametrize("path", PHRASES, ids=lambda p: p.stem)
def test_chinese_phrases_are_written_as_people_write(path):
    """Full-width punctuation beside Chinese, 客户 and not 顾客 (but for the mystery shopper, whose name it is)."""
    for text in chinese(path):
        assert not re.search(HALF_WIDTH, text), text
        assert "顾客" not in text.replace("神秘顾客", ""), text


def test_money_in_phrases_has_its_unit():
    """A reward of five and credit of 1.50, in both languages."""
    by_name = {m.name: m for m in TELLS}
    for lang, unit in (("en", "USD"), ("zh", "美元")):
        for name in ("points", "cashback"):
            m, (before, after, _) = by_name[name], WORDS[name]
            own = m.terms(threshold=20.0) if name == "points" else m.terms()
            lines = m.tell(Scene(lang, "shop", 0, own, before, after, 1, 500, 3, {}, unit))
            assert any(f".50 {unit}" in line or f".00 {unit}" in line for line in lines), lines
