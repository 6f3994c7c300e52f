"""Win-back and onboarding, clubs inside programs, fees and tests of variants, as they must not be."""

from tests.wrong import Mutant

MUTANTS = [
    Mutant(
        "one is due a week too early",
        "targeting.due",
        "ago >= own.after",
        "ago >= own.after - 1",
        "test_whose_time_it_is_by_hand",
    ),
    Mutant(
        "one is addressed a week too long",
        "targeting.due",
        "ago < own.after + own.lasts",
        "ago <= own.after + own.lasts",
        "test_whose_time_it_is_by_hand",
    ),
    Mutant(
        "who has left is due",
        "targeting.due",
        'people["status"] == 1',
        'people["status"] <= 2',
        "test_whose_time_it_is_by_hand",
    ),
    Mutant(
        "who never came has lapsed",
        "targeting.due",
        "since >= 0",
        "since >= -9",
        "test_whose_time_it_is_by_hand",
    ),
    Mutant(
        "no budget holds",
        "targeting.due",
        "lot < own.share",
        "lot < 1.0",
        "test_whose_time_it_is_by_hand",
    ),
    Mutant(
        "joining is told by visits",
        "targeting.due",
        '"logged_last" if own.when == "lapsed" else "joined"',
        '"logged_last"',
        "test_whose_time_it_is_by_hand",
    ),
    Mutant(
        "who is held out comes twice",
        "targeting.turn_to_each",
        "(before != ADDRESSED) & (before != HELD_OUT)",
        "(before != ADDRESSED)",
        "test_a_time_begins_once_by_hand",
    ),
    Mutant(
        "purchases of before count as coming back",
        "targeting.turn_to_each",
        'people["logged_now"][begins, place] = 0',
        'people["logged_now"][begins, place] *= 1',
        "test_a_time_begins_once_by_hand",
    ),
    Mutant(
        "who is held out gets the coupon",
        "targeting.turn_to_each",
        "np.where(held, HELD_OUT, ADDRESSED)",
        "ADDRESSED",
        "test_a_time_begins_once_by_hand",
    ),
    Mutant(
        "every purchase is a customer who came",
        "targeting.logged",
        "int(here.logged_now == 0)",
        "int(here.logged_now >= 0)",
        "test_a_purchase_comes_into_the_record_by_hand",
    ),
    Mutant(
        "a week away is none",
        "targeting.check",
        "terms.after == 0",
        "terms.after < 0",
        "test_a_lapse_without_a_week_away_is_refused",
    ),
    Mutant(
        "whoever came, came because of it",
        "messages.messages",
        "(came - anyway)",
        "came",
        "test_three_ratios_by_hand",
    ),
]
