"""Dated points, and what is told of them, broken on purpose."""

from tests.wrong import Mutant

DEQUE = "test_compiled_dates_agree_with_a_deque"

MUTANTS = [
    Mutant(
        "points lapse a week late",
        "batches.lapse",
        "lapses(number, period, terms.points.life) <= visit.week",
        "lapses(number, period, terms.points.life) < visit.week",
        "test_points_of_week_0_lapse_at_the_start_of_week_26",
    ),
    Mutant(
        "a batch lapses with its oldest points",
        "batches.lapses",
        "(number + 1) * period - 1 + life",
        "number * period + life",
        "test_no_point_lapses_earlier_than_promised[8-0-4]",
    ),
    Mutant(
        "the youngest points are used first",
        "batches.settle",
        "(now + 1 + k) % many",
        "(now - k) % many",
        "test_the_oldest_points_are_used_first",
    ),
    Mutant(
        "a debt leaves a batch behind",
        "batches.settle",
        "max(0, here.balance)",
        "abs(here.balance)",
        "test_points_given_back_below_zero_leave_no_batch",
    ),
    Mutant(
        "what a batch cannot hold runs over",
        "batches.settle",
        "min(came, terms.largest - here.batches[now % many])",
        "came",
        "test_what_a_batch_cannot_hold_waits_for_the_next",
    ),
    Mutant(
        "what lapses stays in the balance",
        "batches.lapse",
        "here.balance - here.batches[number % many]",
        "here.balance",
        "test_points_of_week_0_lapse_at_the_start_of_week_26",
    ),
    Mutant(
        "grace is forgotten at a calendar date",
        "Points.life",
        "(1 if self.expiry_rule == 'calendar' else self.expiry) + self.grace",
        "1 if self.expiry_rule == 'calendar' else self.expiry + self.grace",
        "test_a_calendar_date_takes_what_was_earned_before_it",
    ),
    Mutant(
        "nobody is told of the last week of the notice",
        "due_soon",
        "visit.week + terms.points.notice",
        "visit.week + terms.points.notice - 1",
        "test_customers_know_what_lapses_within_the_notice",
    ),
    Mutant(
        "a place too few",
        "slots",
        "-(-self.life // self.period) + 1",
        "-(-self.life // self.period)",
        "test_a_ring_is_as_wide_as_the_longest_program_needs",
    ),
    Mutant(
        "old points go to the batch of their oldest week",
        "batches.moved",
        "min((number + 1) * old - 1, week)",
        "number * old",
        "test_new_terms_lay_the_batches_where_no_point_is_older[13-4]",
    ),
    Mutant(
        "shorter terms wait for the next date",
        "batches.dates",
        "new or (market.week + 1 - now.life) % now.period == 0",
        "(market.week + 1 - now.life) % now.period == 0",
        "test_shorter_terms_do_not_wait_for_the_end_of_a_batch",
    ),
    Mutant(
        "points are used before they are ripe",
        "points_earned",
        "here.balance - here.unripe",
        "here.balance",
        DEQUE + "[calendar]",
    ),
    Mutant(
        "points ripen a week early",
        "ripen",
        "visit.week - age",
        "visit.week - age + 1",
        "test_points_wait_before_they_can_be_used",
    ),
    Mutant(
        "only the first of several new cards is endowed",
        "full_cards",
        "(held - card) // (card - head_start)",
        "(held - card) // card",
        "test_each_card_after_the_first_begins_with_its_endowment",
    ),
    Mutant(
        "what is given up stays in its batches",
        "Market.forfeit",
        "d.of == stock.held",
        "False",
        "test_what_is_given_up_is_in_no_batch",
    ),
    Mutant(
        "rings of the past keep their places",
        "laid",
        "number % values.shape[2]",
        "number % shape[2]",
        "test_a_shared_burn_in_lays_rings_of_another_width_anew",
    ),
    Mutant(
        "vintages redeem more than was redeemed",
        "vintages.shared",
        "total >= left",
        "total > 0",
        "test_redeemed_points_are_shared_over_vintages[5-out1-found1]",
    ),
    Mutant(
        "balances in thousandths",
        "holdings",
        "held / stock.per",
        "held",
        "test_people_have_their_balance_and_their_rewards",
    ),
]
