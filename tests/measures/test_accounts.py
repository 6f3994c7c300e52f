"""Customer accounts: they add up to the firm's books, and what is read off them is worked out by hand."""

from __future__ import annotations

import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pytest

from loyaltysim.behaviour.acquisition import Acquisition, reached
from loyaltysim.firms.firm import COSTS
from loyaltysim.market.accounts import ACCOUNT, Accounts, rounded
from loyaltysim.market.checkpoint import branch, load, save
from loyaltysim.market.model import Market
from loyaltysim.measures import accounts as read
from loyaltysim.measures.accounts import Account
from loyaltysim.studies import single
from tests.scenarios import Z, changed, contracts, everything, in_plain, points_world, same, world


def recorded(scenario):
    """The same scenario with customers' accounts."""
    return changed(scenario, record=dataclasses.replace(scenario.record, accounts=True))


def static(scenario):
    """The same without policies: terms that never change."""
    return changed(scenario, firms={k: dataclasses.replace(f, policy={}) for k, f in scenario.firms.items()})


@pytest.mark.parametrize("make", [everything, contracts])
def test_accounts_add_up_to_every_line_of_every_firm(make):
    """Beside every mechanism, to the cent: customers' lines are the firm's but for what it spends whoever comes. Noting
    them moves nothing.
    """
    scenario = static(make(20, 18))
    book = in_plain(Market(recorded(scenario), 3)).run()
    same(in_plain(Market(scenario, 3)).run(), book)
    for firm in book.firms:
        assert set(read.of_nobody(book, firm).values()) == {0}
        rows = book.weekly[book.weekly.firm == firm]
        gross = rows.profit + rows.fixed_cost + rows.acquisition
        assert read.profit(book, firm).sum() == gross.sum() != 0
    assert book.accounts.any(axis=(0, 1, 2)).all(), "every line is used at some firm"


def test_accounts_of_threads_are_those_of_one():
    """Two pieces of customers, each in a thread of its own."""
    scenario = recorded(world(20, 6))
    one, two = scenario, changed(scenario, compute=dataclasses.replace(scenario.compute, threads=2))
    found = [in_plain(Market(s, 3)).run().accounts for s in (one, two)]
    assert np.array_equal(*found) and found[0].any()


def test_what_customers_give_up_is_theirs():
    """A program that ends takes the points back: what was owed for them is owed no more, customer by customer."""
    points = {"threshold": 1000.0, "end": 10}
    book = in_plain(Market(recorded(points_world(20, 14, points=points, joining={"end": 10})), 3)).run()
    owed = book.accounts[:, :, 0, ACCOUNT.index("liability_change")]
    assert set(read.of_nobody(book, "a").values()) == {0}
    assert (owed[0] > 0).sum() == 0 and not owed.sum(axis=0).any()


def test_what_points_became_worth_is_nobodys():
    """A firm that makes every reward cheaper owes less at once; no customer did that, all else stays customers'."""
    scenario = points_world(
        30, 20, points={"threshold": 500.0, "changes": ({"week": 9, "told": "before", "face_value": 3.0},)}
    )
    book = in_plain(Market(recorded(scenario), 3)).run()
    left = read.of_nobody(book, "a")
    assert left.pop("liability_change") < -100 and set(left.values()) == {0}


def test_each_account_is_what_the_customers_own_purchases_make_of_it():
    """Recomputed from the log: spending, goods at 70 %, nothing else where the firm has no program."""
    book = in_plain(Market(recorded(world(20, 30)), 3)).run()
    log = book.log.assign(quarter=book.log.week // 13)
    spent = log.groupby(["quarter", "customer", "firm"]).spend.sum()
    revenue = book.accounts[..., ACCOUNT.index("revenue")]
    for (quarter, customer, firm), cents in spent.items():
        assert revenue[quarter, customer, firm] == cents
        assert abs(book.accounts[quarter, customer, firm, 1] - 0.7 * cents) < 1.0
    assert revenue.sum() == spent.sum() and not book.accounts[..., 2:].any()


def test_whole_cents_add_up():
    """1.6 + 1.6 + .8 are 4 cents: the two largest parts round up. A total that customers did not make is no guide."""
    assert rounded(np.array([1.6, 1.6, 0.8]), 4).tolist() == [2, 1, 1]
    assert rounded(np.array([1.6, 1.6, 0.8]), 3).tolist() == [1, 1, 1]
    assert rounded(np.array([1.6, -1.6, 0.0]), 500).tolist() == [2, -2, 0]
    assert rounded(np.array([3.0, 2.9999999999]), 6).tolist() == [3, 3]
    assert rounded(np.zeros(10), 5).tolist() == [0] * 10, "who caused nothing bears nothing"


def test_a_run_writes_them_compiled_and_in_plain_python_alike():
    """accounts: a row for each quarter, customer and firm with anything, and its sums are those of the firms' table."""
    scenario = recorded(points_world(40, 30))
    records = single.run(changed(scenario, seeds=1, seed=3))
    own, weekly = records.accounts, records.firms
    for arm in ("with", "without"):
        rows = weekly[(weekly.arm == arm) & (weekly.firm == "a")]
        found = own[(own.arm == arm) & (own.firm == "a")]
        for name in ("cost_of_goods", "reward_cost", "liability_change"):
            assert found[name].sum() == rows[name].sum()
        assert found.revenue.sum() == (rows.profit + rows[list(COSTS)].sum(axis=1)).sum() > 0
    plain = in_plain(Market(scenario, 3)).run()
    _, customer, firm = np.nonzero(plain.accounts.any(axis=3))
    assert len(own[own.arm == "with"]) == len(customer) and firm.max() == 3
    assert own[own.arm == "with"][list(ACCOUNT)].to_numpy().sum() == plain.accounts.sum()
    assert {"customer_profit", "tenure_profit_r", "revenue_cv"} <= set(records.summary)


def test_accounts_go_on_after_a_stop_and_in_a_branch(tmp_path):
    """Run 15, save, load, run 15 is run 30; a branch takes them along, and is refused where they were not noted."""
    scenario = recorded(points_world(20, 30))
    whole = in_plain(Market(scenario, 3)).run()
    market = in_plain(Market(scenario, 3))
    for _ in range(15):
        market.step()
    loaded, branched = load(save(market, tmp_path / "stop")), branch(market, scenario)
    for again in (loaded, branched):
        assert np.array_equal(rest(again).accounts, whole.accounts)
    with pytest.raises(ValueError, match=r"record\.accounts"):
        branch(in_plain(Market(points_world(20, 30), 3)), scenario)


def rest(market):
    """The book of a market that goes on to its end."""
    in_plain(market)
    while market.week < market.terms.weeks:
        market.step()
    return market.book()


# --- by hand ---


def account(profit, active=None, since=None):
    """Customers' profit by quarter, money a year; active where it is not 0."""
    profit = np.array(profit, float)
    active = profit != 0.0 if active is None else np.array(active, bool)
    first = np.where(active.any(axis=0), active.argmax(axis=0), np.nan)
    return Account(profit, active, first if since is None else np.array(since, float), 13 * len(profit))


@pytest.mark.by_hand(
    "customer_profit", "profit_at_tenure", "tenure_profit_r", "tenure_yearly_profit_r", "profit_slope_mix",
    "profit_slope_within",
)  # fmt: skip
def test_by_tenure():
    """Six quarters. Customer 0 leaves 10 a year in every quarter; 1 leaves 20, 40, 50, 60, 70, 80; 2 comes in the last
    and leaves 4; 3 never. Year 1: the first four quarters of 0 and 1, and 2. Without each one's first and last quarter
    0 has no slope, and 1 gains 10 a quarter, 40 a year: within both, half of that.
    """
    mine = account([[10, 20, 0, 0], [10, 40, 0, 0], [10, 50, 0, 0], [10, 60, 0, 0], [10, 70, 0, 0], [10, 80, 4, 0]])
    found = read.by_tenure(mine)
    total = np.array([60.0, 320.0, 4.0])
    assert found["customer_profit"] == pytest.approx((60 + 320 + 4) / 6 / 3)
    assert found["profit_at_tenure[1]"] == pytest.approx((40 + 170 + 4) / 9)
    assert found["profit_at_tenure[2]"] == pytest.approx((20 + 150) / 4) and "profit_at_tenure[3]" not in found
    assert found["tenure_profit_r"] == pytest.approx(np.corrcoef([6, 6, 1], total)[0, 1])
    assert found["tenure_yearly_profit_r"] == pytest.approx(np.corrcoef([6, 6, 1], total / [6, 6, 1])[0, 1])
    assert found["profit_slope_mix"] == found["profit_slope_within"] == pytest.approx(20.0)


def test_who_stays_tilts_the_mix_and_not_the_line_within():
    """A small customer for three quarters and a large one for five: the mix rises, within each nothing does."""
    mine = account([[1, 8], [1, 8], [1, 8], [0, 8], [0, 8]])
    found = read.by_tenure(mine)
    assert found["profit_slope_within"] == 0.0 < found["profit_slope_mix"]


def test_tenure_before_the_run_counts():
    """Contracts that were under way: who stayed with the first firm came when that contract began."""
    book = in_plain(Market(recorded(contracts(30, 12)), 3)).run()
    stayed = np.flatnonzero(~book.people.customer.isin(book.moves.customer) & (book.people.provider == 0))
    mine = Account.of(book, "a")
    assert (mine.since[stayed] == np.floor(book.first_started[stayed] / 13)).all() and (mine.since[stayed] < 0).any()
    others = np.flatnonzero((book.people.provider == 1) & ~book.people.customer.isin(book.moves.customer))
    assert (np.isnan(mine.since[others]) == ~mine.active[:, others].any(axis=0)).all() and np.isnan(mine.since).any()


@pytest.mark.by_hand("profit_by_bond", "profit_by_bond_at_rate", "bond_gain", "bond_gain_at_rate")
def test_by_bond():
    """Twenty customers whose profit is their purchase rate and nothing else, bond 0 to 19. If the bond sorts them as
    the rate does, tenths rise from .5 to 18.5 raw; at a fixed rate a tenth stands for its own fifth only.
    """
    n = np.arange(20.0)
    found = read.by_bond(account([n], active=[[True] * 20]), n, n)
    assert found["profit_by_bond[1]"] == 0.5 and found["profit_by_bond[10]"] == 18.5 and found["bond_gain"] == 18.0
    both = account([np.where(n % 2 == 0, 0.0, 100.0) + 1.0])
    crossed = read.by_bond(both, n % 2 + n / 100.0, n)  # odd ones are the strong ones in every fifth
    assert [crossed[f"profit_by_bond_at_rate[{k}]"] for k in (1, 10)] == pytest.approx([1.0, 101.0])
    assert crossed["bond_gain_at_rate"] == pytest.approx(100.0)
    assert read.by_bond(account([n + 1.0]), np.zeros(20), n) == {}


def test_a_fixed_rate_by_hand():
    """Strata 0 and 1 in equal parts; the group has three of the first (mean 2) and one of the second (10): 6, not 4."""
    values, stratum = np.array([1.0, 2.0, 3.0, 9.0, 10.0, 0.0, 0.0, 0.0]), np.array([0, 0, 0, 0, 1, 1, 1, 1])
    group = np.array([1, 1, 1, 0, 1, 0, 0, 0], bool)
    assert read.standardised(values, group, stratum) == pytest.approx(6.0)
    assert read.standardised(values, group & (stratum == 0), stratum) == pytest.approx(2.0)


@pytest.mark.by_hand("{}_profit_each", "{}_profit_at_rate", "{}_members_profit")
def test_by_kind():
    """Ten buyers of rates 0 to 9, profit = rate; the emotional are 0, 2, 4, 6, 8: raw 4 against 5, and within every
    fifth one of each, so that a fixed rate changes nothing. Members are the first four.
    """
    n = np.arange(10.0)
    found = read.by_kind(account([n], active=[[True] * 10]), np.where(n % 2 == 0, 0.9, 0.1), n, n < 4)
    assert found["emotional_profit_each"] == found["emotional_profit_at_rate"] == pytest.approx(4.0)
    assert found["transactional_profit_each"] == found["transactional_profit_at_rate"] == pytest.approx(5.0)
    assert (found["emotional_members_profit"], found["transactional_members_profit"]) == (1.0, 2.0)


@pytest.mark.by_hand("referred_profit", "unreferred_profit", "referred_advantage")
def test_by_origin():
    """Two quarters. Customer 0 was there; 1 came by a referral in week 13 and left 8 a year in the second quarter; 2
    came otherwise in week 13 and left 4; 3 came and never bought. A year of 13 weeks' profit is 8 and 4.
    """
    mine = account([[5, 0, 0, 0], [5, 8, 4, 0]])
    found = read.by_origin(mine, np.array([0, 13, 13, 13]), np.array([-1, 13, -1, 13]))
    assert found == {"referred_profit": 8.0, "unreferred_profit": 4.0, "referred_advantage": 1.0}


@pytest.mark.by_hand("frequency_share_r", "category_share_r")
def test_by_frequency():
    """Purchases at the firm 1, 2, 3 of 1, 4, 9: shares 1, 1/2, 1/3; who buys nothing there is not asked."""
    found = read.by_frequency(np.array([[1, 0], [2, 2], [3, 6], [0, 5]]), 0)
    share = [1.0, 0.5, 1.0 / 3.0]
    assert found["frequency_share_r"] == pytest.approx(np.corrcoef([1, 2, 3], share)[0, 1])
    assert found["category_share_r"] == pytest.approx(np.corrcoef([1, 4, 9], share)[0, 1])


def test_without_any_loyalty_frequent_buyers_already_have_larger_shares():
    """The null of S3-40, a market of tastes alone: at the firm more often goes with a larger share of requirements, in
    the category more often with none larger. 600 customers: a correlation that is 0 errs by 1 / sqrt(n).
    """
    book = Market(world(600, 52), 3).run()
    found = read.by_frequency(book.visits.sum(axis=0), 0)
    error = 1.0 / math.sqrt((book.visits.sum(axis=0)[:, 0] > 0).sum())
    assert found["frequency_share_r"] > Z * error and found["category_share_r"] < Z * error


def test_who_stays_alone_makes_no_slope_within_customers():
    """Sorting alone (S4-15): a market of tastes in which nobody changes. Within customers profit has no slope on
    tenure, beyond its standard error; what a margin of 30 % of spending says.
    """
    book = Market(world(600, 104), 3).run()
    mine = account(0.3 * book.spend[:, :, 0] * read.YEARLY)
    whole = read.whole_quarters(mine.active)
    x, y = (read.within(v, whole)[whole] for v in (mine.tenure, mine.profit))
    found = read.by_tenure(mine)["profit_slope_within"]
    assert abs(found) < Z * y.std() / math.sqrt(float(x @ x))
    assert found == pytest.approx(float(x @ y) / float(x @ x))


@pytest.mark.by_hand("revenue_cv")
def test_variation_of_revenue():
    """Blocks of four weeks take 4, 8 and 12; the ninth week of a third quarter is left out: 4 over 8."""
    assert read.revenue_cv(np.array([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 99])) == pytest.approx(0.5)
    assert math.isnan(read.revenue_cv(np.ones(7)))


@pytest.mark.by_hand("cost_per_won", "cost_per_won_more", "cost_per_kept")
def test_winning_and_keeping():
    """1000 spent on acquisition in 10 weeks wins 8 + 2; 300 on rewards and service renews 100 - 30 - 10. One more: the
    curve's slope at 100 a week over 400 people, by a difference.
    """
    total = {"renewals": 100, "lost": 30, "exited": 10, "acquired": 8, "won": 2, "acquisition": 100000,
             "reward_cost": 10000, "liability_change": 5000, "touchpoints": 14000, "recovery": 1000}  # fmt: skip
    terms = Acquisition(ceiling=0.02, response=3.0)
    scenario = SimpleNamespace(behaviour={"acquisition": terms}, weeks=10)
    found = read.winning_and_keeping(scenario, total, 400.0)
    assert found["cost_per_won"] == 100.0 and found["cost_per_kept"] == 5.0
    more = 400.0 * (reached(100.01, 400.0, 0.02, 3.0) - reached(100.0, 400.0, 0.02, 3.0))
    assert found["cost_per_won_more"] == pytest.approx(0.01 / more, rel=1e-3)
    assert read.winning_and_keeping(scenario, {"visits": 3}, 400.0) == {}


def test_accounts_that_were_not_recorded_are_asked_for_in_words():
    """No numbers, and an error that says which key."""
    book = in_plain(Market(world(10, 4), 3)).run()
    assert read.accounts(world(10, 4), book, "a") == {}
    with pytest.raises(ValueError, match=r"record\.accounts=true"):
        read.profit(book, "a")


def test_where_some_counters_are_worth_nothing_they_cost_nothing():
    """A component without books is worth nothing; what a counter is worth is what its books make of one more."""
    market = in_plain(Market(recorded(points_world(10, 4)), 3))
    market.run()
    worth = Accounts(market).worths(market, market.firms["a"])
    assert worth["revenue"].tolist() == [1, 0, 0, 0, 0, 0] and worth["at_base_price"][1] == pytest.approx(0.7)
    assert worth["points_issued"][3] > 0.0 > worth["points_redeemed"][3] and "visits" not in worth
