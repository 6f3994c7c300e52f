"""How many cards a customer holds, what membership is worth beside the reward, and how long it is new: broken."""

from tests.wrong import Mutant

MUTANTS = [
    Mutant(
        "a card is given up for an equal one",
        "takes_a_card",
        "worth <= lowest + terms.switch_hassle",
        "worth < lowest + terms.switch_hassle",
        "test_card_limit.py::test_the_rule_by_hand",
    ),
    Mutant(
        "changing cards takes nothing",
        "takes_a_card",
        "lowest + terms.switch_hassle",
        "lowest",
        "test_card_limit.py::test_the_rule_by_hand",
    ),
    Mutant(
        "the new card comes on top",
        "takes_a_card",
        "full and here.joined >= 0",
        "here.joined < 0",
        "test_nobody_holds_more_cards_than_the_limit[1]",
    ),
    Mutant(
        "the last card goes instead of the least",
        "takes_a_card",
        "worth < lowest",
        "least < 0 or worth > 0.0",
        "test_card_limit.py::test_the_rule_by_hand",
    ),
    Mutant(
        "what is lost with a card stays owed",
        "gave_up",
        'terms.dropped == "lost"',
        'terms.dropped == "gone"',
        "test_what_is_on_a_card_that_is_given_up[lost]",
    ),
    Mutant(
        "one card is no limit",
        "card_limit.limited",
        "limit < len(scenario.firms)",
        "limit < 1",
        "test_nobody_holds_more_cards_than_the_limit[1]",
    ),
    Mutant(
        "being a member is worth nothing when joining",
        "yearly_worth",
        "worth * 52.0 * me.rate * prior * me.spending",
        "0.0",
        "test_a_membership_worth_by_itself_is_joined_for",
    ),
    Mutant(
        "being a member is worth something to everybody",
        "member_worth",
        "here.joined >= 0",
        "here.joined >= -1",
        "test_a_worth_is_felt_by_members_only",
    ),
    Mutant(
        "novelty that never fades",
        "membership.freshness",
        "math.exp(-LOG_2 * halvings)",
        "1.0",
        "test_novelty_by_hand",
    ),
    Mutant(
        "novelty that no reward feels",
        "Assembler.pull",
        'hook.phase != "utility"',
        "True",
        "test_novelty_is_a_stronger_reward_at_first",
    ),
    Mutant(
        "what is left is read off a quarter that was cut",
        "after_the_end.left",
        "end + after <= scenario.weeks",
        "end < scenario.weeks",
        "test_a_quarter_is_whole_or_undefined",
    ),
    Mutant(
        "what is left is read off the first quarter always",
        "after_the_end.left",
        "end + after if whole else 0",
        "end + QUARTER if whole else 0",
        "test_what_is_left_by_hand",
    ),
    Mutant(
        "half of everybody instead of half of the members",
        "half_time",
        "joined[joined < w.weeks]",
        "joined",
        "test_the_half_time_of_enrolment_by_hand",
    ),
]
