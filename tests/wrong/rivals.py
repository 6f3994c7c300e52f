"""Wrong rivals: firms that are not equal, luck that does not go with its word, answers to the wrong figures."""

from __future__ import annotations

from tests.wrong import Mutant

# fmt: off
MUTANTS = [
    Mutant(
        "so many firms, not so large", "equal.equal_firms",
        "1.0 / many", "0.5",
        "test_so_many_equal_firms[3]",
    ),
    Mutant(
        "equal firms that keep their own costs", "equal.equal_firms",
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
    Mutant(
        "a war of rewards without a ceiling", "escalate.decide",
        "min(best + terms.step, terms.ceiling)", "(best + terms.step)",
        "test_two_that_outbid_each_other_climb_together_and_stop",
    ),
    Mutant(
        "outbidding oneself", "escalate.decide",
        "name != seen.me", "name",
        "test_nothing_is_raised_between_looks_or_where_no_rival_is_near[13-0.004]",
    ),
    Mutant(
        "a return that forgets the time before", "guard.returned",
        "sum(books[line][terms.week - terms.window : terms.week])", "0",
        "test_a_program_that_does_not_return_its_cost_is_withdrawn[90-0.0-False]",
    ),
    Mutant(
        "a withdrawn program that comes back", "guard.decide",
        "since < 0 or seen.memory.withdrawn", "since < 0",
        "test_a_program_that_does_not_return_its_cost_is_withdrawn[110-0.0-True]",
    ),
    Mutant(
        "a shift that spends more than there was", "relational_shift.shifted",
        "1.0 - (more - 1.0) * touch / rewards", "1.0 - (more - 1.0) * touch / (2.0 * rewards)",
        "test_the_same_money_goes_to_touchpoints[half]",
    ),
    Mutant(
        "a shift at once, whatever buyers do", "relational_shift.decide",
        "terms.below is not None and not (before > 0.0 and now < terms.below * before)", "False",
        "test_the_budget_moves_once_buyers_stay_away",
    ),
    Mutant(
        "a firm that raises what fails", "reevaluate.judged",
        '(moved > 0.0) == (terms.raise_when == "better")', '(moved > 0.0) != (terms.raise_when == "better")',
        "test_keep_raise_or_drop[better-1.0--0.1-0.0]",
    ),
    Mutant(
        "a firm that reacts to noise", "reevaluate.judged",
        "abs(moved) <= terms.band or level == 0.0", "level == 0.0",
        "test_keep_raise_or_drop[better-1.0-0.01-1.0]",
    ),
    Mutant(
        "a copy above its ceiling", "imitate.decide",
        "given(copy) > terms.ceiling", "False",
        "test_a_copy_stops_at_its_ceiling",
    ),
    Mutant(
        "purchases at a firm that is not there", "week.utilities",
        "terms.present == 0.0", "False",
        "test_who_left_is_chosen_by_nobody",
    ),
    Mutant(
        "tastes that count a firm that is not there", "Population._tastes",
        "self.known() & ~np.array(absent(self.scenario))", "self.known()",
        "test_who_comes_moves_no_choice_between_the_others",
    ),
    Mutant(
        "a program outside the market", "Firm.run",
        "running(self.decided_program, week) if self.active else {}", "running(self.decided_program, week)",
        "test_who_leaves_owes_what_it_owed_and_nobody_can_use_it",
    ),
    Mutant(
        "who leaves owes nothing", "Firm.closed",
        "not self.active", "False",
        "test_who_leaves_owes_what_it_owed_and_nobody_can_use_it",
    ),
    Mutant(
        "rent for an empty slot", "Firm.close",
        "self.active * round(self.terms.fixed_cost * 100)", "round(self.terms.fixed_cost * 100)",
        "test_costs_run_while_a_firm_is_in_the_market",
    ),
    Mutant(
        "offers of who is not there", "Seen.offers",
        "{name: offer.public() for name, offer in self._past[week].items() if offer.active}",
        "{name: offer.public() for name, offer in self._past[week].items()}",
        "test_who_is_not_in_the_market_is_not_seen",
    ),
    Mutant(
        "who left forgets it", "Offer.public",
        "shown if self.active else replace(shown, active=False)", "shown",
        "test_who_left_at_a_loss_stays_out",
    ),
    Mutant(
        "a replay with everybody", "Firm.follow",
        "offer.active", "True",
        "test_coming_and_going_is_saved_and_replayed_with_everything_at_work",
    ),
    Mutant(
        "half of the first lead, not of the largest", "lead.halved",
        "int(np.nanargmax(gained))", "0",
        "test_half_of_a_lead[gained0-0.2-None]",
    ),
    Mutant(
        "concentration of sums, not of shares", "lead.herfindahl",
        "np.square(visits / visits.sum()).sum()", "(visits / visits.sum()).sum()",
        "test_concentration_is_one_over_the_firms_where_all_are_alike",
    ),
    Mutant(
        "a policy that says nothing may close a firm", "sets_of",
        "not calls or None in named", "False",
        "test_what_a_policy_sets_is_read_off_its_file_where_it_does_not_say[return made()-sets6]",
    ),
]
