"""Wrong rivals: firms that are not equal, luck that does not go with its word."""

from __future__ import annotations

from tests.wrong import Mutant

# fmt: off
MUTANTS = [
    Mutant(
        "so many firms, not so large", "equal_firms",
        "1.0 / many", "0.5",
        "test_so_many_equal_firms[3]",
    ),
    Mutant(
        "equal firms that keep their own costs", "equal_firms",
        "firms.get(names[0], {})", "firms.get('nobody', {})",
        "test_equal_firms_keep_the_names_of_the_market_and_the_focal_one",
    ),
    Mutant(
        "what is said of one before its equals is lost", "set_values",
        "number_of(value.value) is not None", "value is values[0]",
        "test_more_can_be_said_of_one_of_them_wherever_it_stands",
    ),
    Mutant(
        "choices that an id draws", "offer.numbers",
        "draws.item_key(scenario.luck(firm))", "draws.item_key(firm)",
        "test_two_firms_that_swap_all_but_their_ids_swap_results_bit_for_bit[everything]",
    ),
    Mutant(
        "tastes that an id draws", "Population._tastes",
        'self.lasting("taste", self.scenario.luck(j))', 'self.lasting("taste", j)',
        "test_luck_is_the_id_unless_said",
    ),
    Mutant(
        "strengths that depend on who is named first", "taste_means",
        "sorted(shares, key=scenario.luck)", "list(shares)",
        "test_two_firms_that_swap_all_but_their_ids_swap_results_bit_for_bit[contracts]",
    ),
    Mutant(
        "two firms of one luck", "check_luck",
        "other != name and keyed[other] == keyed[name]", "False",
        "test_luck_is_a_name_and_nobody_elses[an_id]",
    ),
]
