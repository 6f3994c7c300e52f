"""Closed forms of deferred revenue against the standard's example, a handbook's, and sums by hand."""

from __future__ import annotations

import pytest

from loyaltysim import accounting

# --- the standard's own example ---


def test_the_standards_loyalty_example():
    """IFRS 15 illustrative example 52, by hand.

    Products sold for 100,000 (their stand-alone price); 10,000 points, each 1 off a later purchase, 9,500 expected to
    be redeemed: stand-alone price .95 a point, 9,500 in all.
        points      100,000 x 9,500 / 109,500                  =  8,675.80   8,676
        products    100,000 x 100,000 / 109,500                = 91,324.20  91,324
        year 1      4,500 redeemed of 9,500 expected:  4,500 / 9,500 x 8,676          = 4,109.68   4,110
        year 2      8,500 in all of now 9,700:         8,500 / 9,700 x 8,676 - 4,110  = 3,492.66   3,493
        owed        8,676 - 4,110 - 3,493                      =  1,073
    """
    deferred = accounting.deferral(100_000, 10_000, 1.0, 0.95)
    assert round(deferred) == 8_676 and round(100_000 - deferred) == 91_324
    assert round(accounting.recognised(8_676, 4_500, 9_500)) == 4_110
    assert round(accounting.recognised(8_676, 8_500, 9_700) - 4_110) == 3_493
    years = accounting.by_period(8_676, [4_500, 8_500], [9_500, 9_700])
    assert years.round().tolist() == [4_110, 3_493]
    assert round(accounting.owed(8_676, 8_500, 9_700)) == 8_676 - 4_110 - 3_493 == 1_073


def test_the_year_of_the_standards_example_split_into_redeeming_and_catching_up():
    """Year 2 is 4,000 more points at the old rate, 8,676 x 4,000 / 9,500 = 3,653.05, less what is caught up with:
    8,676 x 8,500 x (1 / 9,700 - 1 / 9,500) = -160.06; together 3,492.99, before year 1 was rounded up."""
    redeeming = accounting.recognised(8_676, 8_500, 9_500) - accounting.recognised(8_676, 4_500, 9_500)
    caught_up = accounting.catch_up(8_676, 8_500, 9_500, 9_700)
    assert redeeming == pytest.approx(3_653.05, abs=0.005) and caught_up == pytest.approx(-160.06, abs=0.005)
    assert accounting.by_period(8_676, [4_500, 8_500], [9_500, 9_700])[1] == pytest.approx(redeeming + caught_up)


# --- a handbook's two examples (KPMG, Revenue: 10A, 10B) ---


def test_the_handbooks_deferral():
    """Sales 100,000, 10,000 points at 1, 97 % expected: 100,000 x 9,700 / 109,700 = 8,842.30; later it says 9,000."""
    assert accounting.deferral(100_000, 10_000, 1.0, 0.97) == pytest.approx(8_842.2972, abs=5e-5)


@pytest.mark.parametrize(
    ("expected", "year_3", "caught_up"),
    [(9_900, 3_552, -159.33), (9_200, 4_140, 428.62)],
    ids=["10A, more are expected", "10B, fewer are expected"],
)
def test_the_handbooks_years(expected, year_3, caught_up):
    """9,000 deferred for 10,000 points.

        year 2   4,500 redeemed of 9,700:  9,000 x 4,500 / 9,700                      =  4,175.26   4,175
        year 3   8,500 in all of 9,900:    9,000 x 8,500 / 9,900 - 4,175.26           =  3,552.01   3,552
                 8,500 in all of 9,200:    9,000 x 8,500 / 9,200 - 4,175.26           =  4,139.96   4,140
    of which the new estimate alone, for all 8,500 points:
                 9,900 for 9,700:          9,000 x 8,500 x (1 / 9,900 - 1 / 9,700)    =   -159.33
                 9,200 for 9,700:          9,000 x 8,500 x (1 / 9,200 - 1 / 9,700)    =    428.62
    """
    years = accounting.by_period(9_000, [4_500, 8_500], [9_700, expected])
    assert years.round().tolist() == [4_175, year_3]
    assert accounting.catch_up(9_000, 8_500, 9_700, expected) == pytest.approx(caught_up, abs=5e-3)


# --- others that an accountant tries ---


def test_points_bought_for_cash_defer_the_whole_of_it():
    """No goods: 500 for 1,000 points, 80 % expected, is 500 x 400 / 400; 200 of 800 redeemed: 125 of revenue, of which
    100 for the points at .5 and 25 of breakage in proportion (200 of 1,000 points nobody redeems, 100, a quarter)."""
    deferred = accounting.deferral(500, 1_000, 0.5, 0.8, goods=0)
    assert deferred == 500.0
    assert accounting.recognised(500, 200, 800) == 125.0
    assert accounting.breakage(500, 1_000, 200, 800) == 25.0
    assert accounting.breakage(500, 1_000, 800, 800) == 100.0


def test_goods_at_a_discount_share_it_with_their_points():
    """Goods of 100 sold for 90 with points worth 10: 90 x 10 / 110 = 8.18; the discount of 20 falls on both."""
    assert accounting.deferral(90, 10, 1.0, 1.0, goods=100) == pytest.approx(90 / 11)


def test_a_gift_of_points_defers_nothing():
    """A sign-up bonus without a sale: nothing was paid that could be deferred."""
    assert accounting.deferral(0, 100, 1.0, 0.9) == 0.0 == accounting.deferral(0, 0)


def test_points_that_nobody_will_redeem_defer_nothing():
    """Expected 0 from the start; and where that is learnt later, the rest is revenue at once."""
    assert accounting.deferral(100, 10, 1.0, 0.0) == 0.0
    assert accounting.recognised(50.0, 0, 0) == 50.0 == accounting.breakage(50.0, 10, 0, 0)
    assert accounting.owed(50.0, 0, 0) == 0.0


def test_all_redeemed_is_all_revenue_whatever_was_thought_before():
    """By periods the sum is what was deferred, upward and downward revisions alike."""
    for thought in (950, 1_000, 700):
        years = accounting.by_period(80.0, [100, 600, 900], [thought, thought, 900])
        assert years.sum() == pytest.approx(80.0)
        assert accounting.owed(80.0, 900, 900) == 0.0


def test_an_estimate_that_stays_brings_nothing_to_catch_up_with():
    assert accounting.catch_up(80.0, 300, 900, 900) == 0.0
    assert accounting.catch_up(80.0, 0, 900, 500) == 0.0


def test_several_vintages_at_once():
    """Three sales with points of their own; (vintages,) in, (vintages,) out, and the books hold the sum."""
    deferred = accounting.deferral([100.0, 200.0, 50.0], [10, 20, 5], 1.0, [0.9, 0.8, 1.0])
    assert deferred == pytest.approx([900 / 109, 3_200 / 216, 250 / 55])
    years = accounting.by_period(deferred, [[2, 9], [4, 8], [0, 5]], [[9, 9], [16, 16], [5, 5]])
    assert years.shape == (3, 2)
    assert years.sum(axis=1) == pytest.approx([deferred[0], deferred[1] / 2, deferred[2]])
    left = accounting.owed(deferred, [9, 8, 5], [9, 16, 5])
    assert left == pytest.approx([0.0, deferred[1] / 2, 0.0])


def test_a_scale_changes_nothing():
    """Cents or money, thousandths or points: the same share is deferred and recognised."""
    assert accounting.deferral(10_000_000, 10_000, 100.0, 0.97) == pytest.approx(
        100 * accounting.deferral(100_000, 10_000, 1.0, 0.97)
    )
    assert accounting.recognised(9_000, 4_500_000, 9_700_000) == accounting.recognised(9_000, 4_500, 9_700)


def test_all_points_outstanding_at_the_cost_of_their_reward():
    """A reward of 5 at .8 for 500 points is .008 a point: 1,250 points are 10; with 500 of them short of a card too."""
    assert accounting.statutory(1_250, 5 * 0.8 / 500) == pytest.approx(10.0)
    assert accounting.statutory([0, 500], 0.008) == pytest.approx([0.0, 4.0])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: accounting.deferral(100, 10, 1, 1.2), r"expected = 1.2 lies outside the allowed range \[0, 1\]"),
        (lambda: accounting.deferral(-1, 10), "sales = -1 lies outside"),
        (lambda: accounting.deferral(1, [10, -3]), "points = -3 lies outside"),
        (lambda: accounting.deferral(1, 10, -2), "price = -2 lies outside"),
        (lambda: accounting.deferral(1, 10, 1, 0.0, goods=0), "goods = 0 and points that are worth nothing"),
        (lambda: accounting.recognised(9, 10, 9), "redeemed = 10 points, but only 9 are expected"),
        (lambda: accounting.recognised(9, [1, 10], 9), "redeemed = 10 points, but only 9 are expected"),
        (lambda: accounting.recognised(float("nan"), 1, 9), "deferred = nan lies outside"),
        (lambda: accounting.by_period(9, [5, 4], 9), "cannot become less"),
        (lambda: accounting.breakage(9, 8, 1, 9), "expected = 9 points, but only 8 are issued"),
        (lambda: accounting.by_period(9, [5, 4], 9), "redeemed = 4 after 5: it counts from the start"),
        (lambda: accounting.by_period("all", [4, 5], 9), "deferred = 'all' is not a number"),
        (lambda: accounting.by_period(9, [1, 2, 3], [9, 9]), r"not go together: .*redeemed \(3,\), expected \(2,\)"),
        (lambda: accounting.deferral([1, 2], [1, 2, 3]), r"not go together: sales \(2,\), points \(3,\)"),
        (lambda: accounting.statutory([1, 2], [1, 2, 3]), r"not go together: points \(2,\), cost \(3,\)"),
        (lambda: accounting.deferral(1, 0, goods=0), r"worth nothing \(points x price x expected = 0\)"),
        (lambda: accounting.catch_up(9, 5, 4, 9), r"redeemed = 5 points, but only 4 are expected \(before\)"),
        (lambda: accounting.catch_up(9, 5, 9, 4), r"redeemed = 5 points, but only 4 are expected \(now\)"),
        (lambda: accounting.catch_up(9, 5, float("nan"), 9), "before = nan lies outside"),
        (lambda: accounting.catch_up(9, 5, 9, "all"), "now = 'all' is not a number"),
        (lambda: accounting.redeemable([1, float("nan")], 5), "balances = nan lies outside"),
        (lambda: accounting.redeemable("all", 5), "balances = 'all' is not a number"),
        (lambda: accounting.redeemable([1], "all"), "card = 'all' is not a number"),
        (lambda: accounting.statutory(-1, 1), "points = -1 lies outside"),
        (lambda: accounting.deferral("all", 1), "sales = 'all' is not a number"),
    ],
)
def test_nonsense_is_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
