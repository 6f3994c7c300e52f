"""The books of points, broken on purpose."""

from tests.wrong import Mutant

MUTANTS = [
    Mutant(
        "points are deferred at their face, redeemed or not",
        "deferral",
        'issued * check("price", price, NOT_NEGATIVE) * share',
        'issued * check("price", price, NOT_NEGATIVE)',
        "test_the_standards_loyalty_example",
    ),
    Mutant(
        "revenue in proportion to all points issued",
        "books.Books.weekly",
        "forms.recognised(money, done, now)",
        "forms.recognised(money, done, np.maximum(np.cumsum(v.issued, axis=1), done))",
        "test_both_views_by_hand",
    ),
    Mutant(
        "an estimate is caught up with the wrong way round",
        "forms.catch_up",
        "np.asarray(recognised(deferred, redeemed, now)) - recognised(deferred, redeemed, before)",
        "np.asarray(recognised(deferred, redeemed, before)) - recognised(deferred, redeemed, now)",
        "test_the_handbooks_years",
    ),
    Mutant(
        "more may be redeemed than is expected",
        "forms.at_most",
        "over.any()",
        "False",
        "test_nonsense_is_refused_in_words",
    ),
    Mutant(
        "a sale is divided by what is known later",
        "books.Books.deferred",
        "self.chances[np.arange(v.weeks), self.ages]",
        "self.chances[-1, self.ages]",
        "test_both_views_by_hand",
    ),
    Mutant(
        "the estimate looks ahead",
        "expected.ladder",
        "np.asarray(weeks)[:, None] - age",
        "v.weeks + 0 * np.asarray(weeks)[:, None] - age",
        "test_only_what_had_happened_enters",
    ),
    Mutant(
        "what nobody has seen lapses",
        "expected.expected_redemption",
        "Estimate(most, float(max(sure, least - down)), float(min(may_be, most + up)), most - least)",
        "Estimate(least, float(max(sure, least - down)), float(min(may_be, most + up)), most - least)",
        "test_before_anything_has_lapsed_the_estimate_errs_on_the_side_of_redeeming",
    ),
    Mutant(
        "vintages share no luck",
        "expected.standard_error",
        "max(1.0, float((together**2).sum()) / apart)",
        "1.0",
        "test_the_interval_holds_as_often_as_it_says",
    ),
    Mutant(
        "the youngest points go first",
        "vintages.pooled",
        "np.cumsum(np.column_stack([gone, redeemed]).ravel())",
        "entered[-1] - np.cumsum(np.column_stack([gone, redeemed]).ravel())",
        "test_a_pool_first_in_first_out",
    ),
    Mutant(
        "points that lapse go after those redeemed",
        "vintages.pooled",
        "np.column_stack([gone, redeemed])",
        "np.column_stack([redeemed, gone])",
        "test_what_lapses_in_a_week_leaves_before_what_is_redeemed_in_it",
    ),
    Mutant(
        "points taken back are still in the pool",
        "vintages.GONE",
        '"points_reversed"',
        '"points_lost"',
        "test_points_taken_back_or_given_away_leave_the_pool_too",
    ),
    Mutant(
        "half of a card can be redeemed",
        "books.redeemable",
        'held // float(check("card", card, "(0, inf)")) * card',
        'held / float(check("card", card, "(0, inf)")) * card',
        "test_cards_that_are_full_may_be_redeemed",
    ),
    Mutant(
        "the view of IFRS 15 accrues the cost too",
        "liability.two_views",
        "last.statutory - last.contract_liability",
        "-last.contract_liability",
        "test_two_views",
    ),
    Mutant(
        "both views are told although they agree",
        "DIFFER",
        "0.25",
        "0.0",
        "test_the_table_tells_both_views_where_they_differ_by_a_quarter",
    ),
]
