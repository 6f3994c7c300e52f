"""Own numbers, taken for something else on purpose."""

from tests.wrong import Mutant

MUTANTS = [
    Mutant(
        "a margin of 1 whatever the price",
        "Translation.margin",
        "round(price * (1.0 - found), DIGITS)",
        "round(1.0 - found, DIGITS)",
        "test_margin_is_a_share_of_each_firms_own_price_unless_a_firm_says_its_cost",
    ),
    Mutant(
        "a new rival takes nothing from anybody",
        "Translation.together",
        "share * (1.0 - own) / kept",
        "share",
        "test_a_new_rival_takes_its_share_from_all_others",
    ),
    Mutant(
        "a program of one's own joins at the defaults",
        "overlay.inherited",
        "other in needs.get(name, {name})",
        "other == name",
        "test_a_program_file_has_the_shipped_terms_of_joining_unless_it_says_its_own",
    ),
    Mutant(
        "a line that stands unchanged is known",
        "compose.lay",
        "before.get(key, own.usual(says.usual, key)) != value",
        "True",
        "test_a_line_that_is_left_as_it_is_is_not_taken_for_known",
    ),
    Mutant(
        "terms of a program that is not chosen come along",
        "compose.lay_over",
        "name in here or not chosen",
        "True",
        "test_words_on_the_command_line_win",
    ),
    Mutant(
        "all customers are one",
        "your_customers.totals",
        'n * numbers["profit_per_customer"]',
        'numbers["profit_per_customer"]',
        "test_totals_of_all_customers",
    ),
    Mutant(
        "what ships is what the last file said",
        "scenario.changed.lines",
        'line(key, parts(text)["now"], old[key]["was"])',
        "text",
        "test_what_was_changed_makes_no_other_scenario_and_comes_back_from_its_own_file",
    ),
]
