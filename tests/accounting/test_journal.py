"""The journal of a run: it balances, agrees with the ledger to the cent, and loses neither points nor remainders."""

from __future__ import annotations

import dataclasses
import datetime
import re
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from loyaltysim.accounting import deferred, journal
from loyaltysim.configure.compose import compose
from loyaltysim.firms.firm import COSTS
from loyaltysim.market.book import Book
from loyaltysim.market.model import Market
from loyaltysim.mechanism.registry import registry
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies import single
from loyaltysim.studies.ledger import Ledger
from tests import ledgers, scenarios, small_studies

# --- a year by hand: docs/journal.md prints the same ---

HAND = pd.DataFrame(
    {
        "week": [0, 1, 2], "firm": "a", "revenue": [9_000, 5_000, 0], "at_base_price": [10_000, 5_000, 0],
        "refunds": [500, 0, 0], "cost_of_goods": [6_000, 3_000, 0], "points_issued": [90_000, 50_000, 0],
        "points_redeemed": [0, 100_000, 0], "points_expired": [0, 0, 10_000], "reward_cost": [0, 333, 0],
        "liability_change": [299, -166, -34], "breakage": [0, 0, 33], "touchpoints": [40, 0, 0], "recovery": 0,
        "fixed_cost": [100, 100, 100], "acquisition": [0, 7, 0],
    }
)  # fmt: skip
HAND["profit"] = HAND.revenue - HAND[
    ["cost_of_goods", "reward_cost", "liability_change", "touchpoints", "fixed_cost", "acquisition"]
].sum(axis=1)  # fmt: skip
PROMISED = pd.DataFrame(
    {
        "week": [0],
        "firm": "a",
        "component": "points",
        "reward_units": 100_000,
        "cost_cents": 333,
        "price_cents": 600,
        "lapse_weeks": -1,
    }
)


def test_a_journal_by_hand():
    """100 points are a reward that costs 3.33: 90 issued are owed at 2.997, in whole cents 2.99; 40 left at 1.332,
    1.33; 30 left at 0.999, 0.99, after 10 lapsed, worth 0.33. Week 1 issues 50 points: 140 since the start are 4.66,
    1.67 more; what is left over, 0 cents in the first weeks and 1 in the last, has an account.
    """
    told = journal.journal(HAND, PROMISED, datetime.date(2024, 1, 1))
    assert tuple(told.columns) == journal.COLUMNS
    rows = [tuple(row) for row in told.drop(columns=["date", "firm"]).itertuples(index=False)]
    assert rows == [
        (0, "cash", 9_500, 0), (0, "revenue", 0, 9_500),
        (0, "discounts", 500, 0), (0, "revenue", 0, 500),
        (0, "returns", 500, 0), (0, "cash", 0, 500),
        (0, "cost_of_goods", 6_000, 0), (0, "payables", 0, 6_000),
        (0, "touchpoints", 40, 0), (0, "payables", 0, 40),
        (0, "fixed_cost", 100, 0), (0, "payables", 0, 100),
        (0, "liability_change", 299, 0), (0, "points_liability", 0, 299),
        (0, "closing", 2_561, 0), (0, "profit", 0, 2_561),
        (1, "cash", 5_000, 0), (1, "revenue", 0, 5_000),
        (1, "cost_of_goods", 3_000, 0), (1, "payables", 0, 3_000),
        (1, "reward_cost", 333, 0), (1, "payables", 0, 333),
        (1, "fixed_cost", 100, 0), (1, "payables", 0, 100),
        (1, "acquisition", 7, 0), (1, "payables", 0, 7),
        (1, "liability_change", 167, 0), (1, "points_liability", 0, 167),
        (1, "points_liability", 333, 0), (1, "liability_change", 0, 333),
        (1, "closing", 1_726, 0), (1, "profit", 0, 1_726),
        (2, "fixed_cost", 100, 0), (2, "payables", 0, 100),
        (2, "points_liability", 33, 0), (2, "breakage", 0, 33),
        (2, "rounding", 0, 1), (2, "points_liability", 1, 0),
        (2, "closing", 0, 66), (2, "profit", 66, 0),
    ]  # fmt: skip
    assert list(told.date.unique()) == [datetime.date(2024, 1, day) for day in (1, 8, 15)]


def test_new_terms_value_old_points_anew():
    """30 points at 3.33 a hundred are 0.99; from week 3 a reward costs 5.00, and the same 30 are 1.50."""
    later = HAND.iloc[[2]].assign(
        week=3, points_expired=0, breakage=0, liability_change=51, fixed_cost=0, profit=-51
    )  # fmt: skip
    promised = pd.concat([PROMISED, PROMISED.assign(week=3, cost_cents=500)], ignore_index=True)
    told = journal.journal(pd.concat([HAND, later], ignore_index=True), promised)
    rows = told[told.week == 3][["account", "debit", "credit"]]
    assert rows.to_numpy().tolist() == [
        ["liability_change", 51, 0], ["points_liability", 0, 51], ["closing", 0, 51], ["profit", 51, 0],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("counter", "way"),
    [("points_redeemed", "redeemed"), ("points_expired", "expired"), ("stamps_lost", "expired"),
     ("cashback_paid", "redeemed"), ("points_reversed", "reversed"), ("points_given", "given")],
)  # fmt: skip
def test_what_went_how(counter, way):
    """The end of a counter's name says how what it counts left the program."""
    assert journal.way(counter) == way


def test_a_row_for_every_change_of_what_a_reward_is_worth():
    """Two firms: a's reward is dearer from week 2 and rests in week 3; b's stays; no currency, no row."""
    old, new = scenarios.terms("points", threshold=70.0, face_value=4.0), scenarios.terms("points", threshold=70.0)
    stamps, served = scenarios.terms("stamps"), scenarios.terms("service")
    shown = [
        {"a": SimpleNamespace(program=program), "b": SimpleNamespace(program={"stamps": stamps, "service": served})}
        for program in ({}, {"points": old}, {"points": new}, {}, {"points": new})
    ]
    rows = journal.promises({"with": SimpleNamespace(offers=shown, own_currencies=())}, 3).drop(columns=["arm", "seed"])
    assert [tuple(row) for row in rows.itertuples(index=False)] == [
        (0, "b", "stamps", 10, 200, 400, -1), (1, "a", "points", 70_000, 320, 400, -1),
        (2, "a", "points", 70_000, 400, 500, -1),
    ]  # fmt: skip


def test_balances_by_hand():
    """Two years of one week and two: what stays opens the next year; income and expense begin at nothing."""
    told = journal.balances(journal.journal(HAND, PROMISED), year=2).set_index(["year", "account"])
    assert tuple(told.loc[(0, "cash"), ["opening", "debit", "credit", "closing"]]) == (0, 14_500, 500, 14_000)
    assert tuple(told.loc[(1, "cash"), ["opening", "debit", "credit", "closing"]]) == (14_000, 0, 0, 14_000)
    assert tuple(told.loc[(1, "points_liability"), ["opening", "closing"]]) == (-133, -99)
    assert tuple(told.loc[(1, "fixed_cost"), ["opening", "debit", "closing"]]) == (0, 100, 100)
    assert told.loc[(1, "profit"), "closing"] == -HAND.profit.sum()
    assert (told.closing - told.opening == told.debit - told.credit).all()


# --- whatever runs ---


def dated():
    """Points whose reward changes twice, once while they rest, and that lapse; firm b gives money back."""
    changes = ({"week": 9, "told": "before", "face_value": 3.33}, {"week": 20, "told": "silent", "cost": 0.777})
    own = {"threshold": 70.0, "face_value": 4.0, "expiry": 4, "start": 2, "end": 30, "changes": changes}
    return scenarios.points_world(
        300, 40, points=own, joining=scenarios.EAGER, rivals={"cashback": {"rate": 0.017, "payout": 4.0, "cost": 0.9}},
        firm={"a": {"price": 0.93, "acquisition": 7.0}, "c": {"price": 1.06}},
    )  # fmt: skip


def moved():
    """Points that lapse by age in batches, and are bought, passed on, given away, taken back with late returns."""
    own = {"threshold": 70.0, "face_value": 4.0, "expiry": 8, "expiry_rule": "age", "batch": 4}
    made = scenarios.points_world(60, 40, points=own, joining=scenarios.EAGER)
    beside = {"late_returns": {"share": 0.2, "salvage": 0.3}, "donation": {"chance": 0.1}, "top_up": {"chance": 0.5},
              "transfer": {"chance": 0.1}}  # fmt: skip
    program = {**made.firms["a"].program, **{name: scenarios.terms(name, **own) for name, own in beside.items()}}
    return scenarios.changed(made, firms={**made.firms, "a": scenarios.changed(made.firms["a"], program=program)})


def chosen():
    """Any amount of points is redeemed at a later visit that the customer chooses; a rival's points buy a purchase."""
    own = {"threshold": 70.0, "face_value": 4.0, "expiry": 8, "expiry_rule": "age", "batch": 4, "redeem": "later",
           "partial": True, "minimum": 7.0, "strength": 0.0}  # fmt: skip
    free = {"threshold": 100.0, "face_value": 20.0, "redeem": "later", "gives": "item"}
    return scenarios.points_world(
        60, 40, points=own, joining=scenarios.EAGER, rivals={"points": free, "membership": scenarios.EAGER}
    )


def points_alone():
    """Nothing but points, redeemed at once."""
    return scenarios.points_world(300, 40, points={"face_value": 4.0}, joining=scenarios.EAGER)


WORLDS = [scenarios.everything, scenarios.contracts, scenarios.one_card, dated, moved, chosen]


@cache
def finished(make) -> Market:
    """A market at its end; the few people of `moved` and `chosen` are run without the compiler."""
    market = Market(make(), 1)
    (scenarios.in_plain(market) if make in (moved, chosen) else market).run()
    return market


def ran(make) -> Book:
    """The book of a finished market."""
    return finished(make).book()


def exported(book: Book, folder) -> tuple[pd.DataFrame, ...]:
    """Journal in both views, points and vintages of a book, as they come back from CSV."""
    firms = book.weekly.assign(arm="with", seed=1)
    promised, vintages = journal.promises({"with": book}, 1), book.vintages
    dates = {"arm": "with", "seed": 1}
    vintages = None if vintages is None else vintages.assign(**dates)
    kept = SimpleNamespace(firms=firms, promises=promised, vintages=vintages, partners=None)
    kept.scenario = SimpleNamespace(firms={})
    Ledger(kept, "with", 1, journal.MONDAY).save(folder)
    return tuple(pd.read_csv(folder / f"{name}.csv") for name in ("journal", "journal_expected", "points", "vintages"))


@pytest.mark.parametrize("make", WORLDS, ids=lambda make: make.__name__)
def test_the_journal_of_a_run_is_its_ledger(make, tmp_path):
    """Several firms, several currencies at once, dated terms, contracts: read back with pandas and added up anew."""
    entries, expected, rolled, vintages = exported(ran(make), tmp_path)
    assert ledgers.unsound(entries, rolled, ran(make).weekly) == []
    assert ledgers.unsound_expected(expected, rolled, vintages, ran(make).weekly) == []
    assert (entries[entries.account == "rounding"].debit.sum() > 0) or make is not scenarios.everything
    assert len(rolled) and set(rolled.firm) >= ({"a"} if make is moved else {"a", "b"})


def test_several_ways_out_are_at_work():
    """The worlds above redeem, lapse and refund, at discounts and surcharges: else they would prove little."""
    book = ran(dated)
    told = (
        journal.journal(book.weekly, journal.promises({"with": book}, 1)).groupby("account")[["debit", "credit"]].sum()
    )
    assert (
        told.loc["discounts"].min() > 0 and told.loc["breakage", "credit"] > 0 and told.loc["reward_cost", "debit"] > 0
    )
    other = ran(scenarios.everything)
    assert other.weekly.refunds.sum() > 0


@pytest.mark.parametrize("make", WORLDS, ids=lambda make: make.__name__)
def test_what_customers_spend_is_what_firms_take(make):
    """By customer and firm, from the panel and from the log, against what is paid at the till."""
    book = ran(make)
    told = journal.journal(book.weekly, journal.promises({"with": book}, 1))
    sales = told[told.account.isin(["revenue", "discounts"])]
    taken = (sales.credit - sales.debit).groupby([sales.firm, sales.week]).sum()
    if "refunds" in book.weekly:
        taken = taken.sub(book.weekly.groupby(["firm", "week"]).refunds.sum(), fill_value=0)
    by_firm = taken.groupby("firm").sum().reindex(list(book.firms)).to_numpy()
    assert np.array_equal(book.spend.sum(axis=(0, 1)), by_firm)
    spent = book.log.groupby(["firm", "week"]).spend.sum().rename(index=dict(enumerate(book.firms)), level="firm")
    assert np.array_equal(taken.reindex(spent.index, fill_value=0), spent)


@pytest.mark.parametrize("make", WORLDS, ids=lambda make: make.__name__)
def test_what_each_customer_holds_adds_up_to_the_roll_forward(make):
    """Sum over customers of every currency, at every firm, at the end: as points.csv says."""
    market = finished(make)
    rolled = journal.points(ran(make).weekly, journal.promises({"with": ran(make)}, 1))
    last = rolled[rolled.week == rolled.week.max()].set_index(["component", "firm"]).held
    fields = {name: m.stocks[0].held for name, m in registry().items() if m.stocks}
    for (component, firm), held in last.items():
        column = market.population[fields[component]]
        assert column[:, list(market.firms).index(firm)].sum() == held, (component, firm)


@pytest.mark.parametrize("make", [*WORLDS, points_alone], ids=lambda make: make.__name__)
def test_balances_and_rewards_of_customers_add_up_to_the_firms(make):
    """customers.parquet against points.csv and the weekly counter of rewards, at the focal firm."""
    book = ran(make)
    rolled = journal.points(book.weekly, journal.promises({"with": book}, 1))
    own = rolled[(rolled.firm == "a") & (rolled.component == "points")]
    assert round(book.people.balance.sum() * 1000) == own.held.iloc[-1]
    if make in (points_alone, moved, dated):
        assert book.people.rewards.sum() == book.weekly[book.weekly.firm == "a"].rewards.sum() > 0


@pytest.mark.parametrize("name", [name for name, m in registry().items() if any(s.worth for s in m.stocks)])
def test_what_a_stock_is_worth_is_what_its_book_owes(name):
    """Whatever the terms: a unit held costs what `worth` says, in the book of its component too."""
    mechanism = registry()[name]
    for terms in (mechanism.terms(), scenarios.terms(name, cost=0.37)):
        for stock in (stock for stock in mechanism.stocks if stock.worth is not None):
            worth = stock.worth(terms)
            counts = dict.fromkeys([*mechanism.counts, "weeks_running"], 0) | {stock.issued: 7 * worth.units // 3}
            assert mechanism.book(counts, terms)["liability"] == 7 * worth.units // 3 * worth.cost // worth.units
            assert worth.price >= worth.cost


def test_a_vintage_that_has_gone_owes_nothing():
    """21 stamps of one week lapse one by one; sums of thousandths leave a little of nothing, which nobody is owed."""
    week = np.arange(22)
    weekly = pd.DataFrame({"week": week, "firm": "c", "revenue": 1_000, "profit": 0, "at_base_price": 1_000})
    weekly[list(COSTS)] = 0
    rolled = pd.DataFrame(
        {"week": week, "firm": "c", "component": "stamps", "issued": np.where(week == 0, 21, 0), "redeemed": 0,
         "expired": np.where(week > 0, 1, 0), "reversed": 0, "given": 0, "reward_units": 10, "cost_cents": 200,
         "price_cents": 400, "lapse_weeks": -1}
    )  # fmt: skip
    (one,) = deferred.currencies(weekly, rolled, None)
    assert one.books.vintages.held[0, -1] == 0.0
    assert one.books.weekly.contract_liability.iloc[-1] == pytest.approx(0.0, abs=1e-9)
    assert deferred.by_vintage([one]).week.tolist() == [12]


# --- the year of docs/journal.md ---

PAGE = Path(__file__).parents[2] / "docs" / "journal.md"


@pytest.fixture(scope="module")
def documented(tmp_path_factory):
    """What the page's own words make: its tables, read back."""
    words = re.search(r"`(scenario=grocery_points run=tiny[^`]*)`", PAGE.read_text("utf-8"))[1].split()
    book = Market(compose(words), 1).run()
    folder = tmp_path_factory.mktemp("mine")
    exported(book, folder)
    return folder


def test_the_year_of_the_page_is_the_years_of_its_tables(documented):
    """Every amount that the page works with stands in the files: an accountant finds what is written there."""
    page = PAGE.read_text("utf-8")
    balances = (
        pd.read_csv(documented / "balances.csv").query("firm == 'a' and year == 2").set_index(["view", "account"])
    )
    own = pd.read_csv(documented / "points.csv").query("week >= 104 and firm == 'a'")
    vintages = pd.read_csv(documented / "vintages.csv").query("week == 155 and firm == 'a'")
    flows = [own[name].sum() / 1000 for name in ("issued", "redeemed", "expired")]
    for points in (own.opening.iloc[0] / 1000, *flows, own.held.iloc[-1] / 1000):
        assert f"{points:,.2f}" in page
    owed, lapsed = balances.loc[("statutory", "points_liability")], balances.loc[("statutory", "breakage")]
    assert f"from {owed.opening} to {owed.closing}" in page and f"`breakage` {lapsed.credit}" in page
    assert owed.closing == -int(own.held.iloc[-1] / 1000 * 0.8)
    contract = balances.loc[("expected", "contract_liability")]
    moved = [balances.loc[("expected", name)] for name in ("deferral", "points_revenue", "catch_up")]
    amounts = (-contract.opening, moved[0].debit, moved[1].credit, moved[2].credit - moved[2].debit, -contract.closing)
    told = "{:,} + {:,} deferred - {:,} recognised as points were redeemed - {:,} caught up".format(*amounts)
    assert told in " ".join(page.split()) and f"= {amounts[-1]:,}" in page
    assert f"{vintages.owed.sum():,.2f}" in page and round(vintages.owed.sum()) == amounts[-1]
    last = own.iloc[-1]
    worth = last.issued / 1000 * last.expected_of_new
    assert f"{worth:,.2f}" in page and f"{last.sales * worth / (last.sales + worth):,.2f}" in page
    for view in ("statutory", "expected"):
        assert f"{(balances.loc[(view, 'profit')].credit) / 100:,.2f}" in page


def test_the_program_of_the_page_writes_a_journal_that_balances(documented, monkeypatch):
    """Its few lines turn journal.csv into transactions of plain text, each of which sums to nothing."""
    code = PAGE.read_text("utf-8").split("```python\n")[1].split("```")[0]
    (documented / "mine").symlink_to(documented, target_is_directory=True)
    monkeypatch.chdir(documented)
    exec(compile(code, "docs/journal.md", "exec"), {})
    entries = (documented / "books.beancount").read_text("utf-8").split(" * ")[1:]
    assert len(entries) == 156 * 4
    for entry in entries:
        amounts = [round(100 * float(line.split()[-2])) for line in entry.splitlines()[1:] if line.endswith("USD")]
        assert len(amounts) > 4 and sum(amounts) == 0


# --- from the folder of a run ---


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two seeds of points in a market of four, kept; few people, so that it runs without the compiler too."""
    made = small_studies.launched({"expiry": 3, "threshold": 40.0})
    few = dataclasses.replace(made.customers, n=40)
    records = single.run(dataclasses.replace(made, seeds=2, weeks=30, customers=few))
    return records.save(tmp_path_factory.mktemp("run") / "points")


@pytest.mark.parametrize(("arm", "seed"), [("with", 1), ("with", 2), ("without", 1), ("replayed", 2)])
def test_every_arm_and_seed_has_a_journal(folder, arm, seed, tmp_path):
    Ledger.of(folder, arm, seed).save(tmp_path)
    names = ("journal", "journal_expected", "points", "vintages")
    entries, expected, rolled, vintages = (pd.read_csv(tmp_path / f"{name}.csv") for name in names)
    weekly = pd.read_parquet(folder / "firms.parquet").query("arm == @arm and seed == @seed")
    assert ledgers.unsound(entries, rolled, weekly) == []
    assert ledgers.unsound_expected(expected, rolled, vintages, weekly) == []
    assert (len(rolled) > 0) == (arm != "without")


def test_the_program_and_the_first_seed_are_meant_unless_somebody_says_otherwise(folder):
    books = Ledger.of(folder)
    assert (books.arm, books.seed, books.start) == ("with", 1, datetime.date(2024, 1, 1))
    assert books.start.weekday() == 0


def test_what_a_folder_does_not_hold_is_refused_at_once(folder, tmp_path):
    with pytest.raises(ConfigError) as refused:
        Ledger.of(folder, "wit", 9)
    told = str(refused.value)
    assert "did you mean 'with'" in told and "the run has 1 to 2" in told
    with pytest.raises(ConfigError, match="holds no run"):
        Ledger.of(tmp_path)


def test_a_run_kept_before_promises_were_noted_says_what_to_do(folder, tmp_path):
    """Its points have no cost in the folder: nothing is guessed."""
    import json
    import shutil

    old = tmp_path / "old"
    shutil.copytree(folder, old)
    found = json.loads((old / "manifest.json").read_text("utf-8"))
    del found["files"]["promises.parquet"]
    (old / "manifest.json").write_text(json.dumps(found), "utf-8")
    with pytest.raises(ConfigError, match="was kept before"):
        Ledger.of(old)


def test_a_damaged_run_is_a_matter_of_storage(folder, tmp_path):
    import shutil

    bad = tmp_path / "bad"
    shutil.copytree(folder, bad)
    (bad / "firms.parquet").write_bytes((bad / "firms.parquet").read_bytes()[:-10])
    with pytest.raises(OSError, match=r"firms\.parquet"):
        Ledger.of(bad)


def test_books_without_an_entry_have_no_balances():
    """A market in which nobody bought and nothing was paid: an empty table with the columns of every other."""
    empty = pd.DataFrame({name: [] for name in ("date", "week", "firm", "account", "debit", "credit")})
    assert list(journal.balances(empty)) == ["firm", "year", "account", "opening", "debit", "credit", "closing"]
    assert len(journal.balances(empty)) == 0
