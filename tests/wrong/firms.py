"""Wrong firms: prices that are forgotten, decisions that overrule each other, books that miss a cost."""

from __future__ import annotations

from tests.wrong import Mutant

# fmt: off
MUTANTS = [
    Mutant(
        "the last of two policies wins", "checks.clashes",
        'part in getattr(second, "sets", ())', "False",
        "test_two_policies_that_set_the_same_thing_are_refused",
    ),
    Mutant(
        "the offers of this week are seen", "Seen.offers",
        "week >= self.week", "week > self.week",
        "test_a_firm_sees_its_books_its_buyers_and_what_was_shown",
    ),
    Mutant(
        "a rival's spending is public", "Offer.public",
        "Offer(self.price, self.base_price, MappingProxyType(dict(self.program)))",
        "Offer(self.price, self.base_price, MappingProxyType(dict(self.program)), self.acquisition)",
        "test_a_rivals_spending_is_its_own_business",
    ),
    Mutant(
        "firms draw alike", "firm_draw",
        "child(child(root(seed), FIRMS), item_key(firm))", "child(root(seed), FIRMS)",
        "test_a_draw_has_an_address_and_no_stream",
    ),
    Mutant(
        "a policy may set what it does not declare", "admitted",
        "part not in policy.sets", "False",
        "test_a_policy_sets_only_what_it_declares",
    ),
    Mutant(
        "a price that a branch forgets", "Firm.continues",
        "not state.decided or self.decides(state.decided) or value != state.start(old)", "not state.decided",
        "test_a_branch_goes_on_at_the_changed_price",
    ),
    Mutant(
        "a branch at a price of the past", "Firm.continues",
        "not state.decided or self.decides(state.decided) or value != state.start(old)", "True",
        "test_a_price_that_nobody_decides_is_as_the_new_scenario_says",
    ),
    Mutant(
        "a price that a file forgets", "checkpoint.restore",
        "setattr(firm, key, value)", "setattr(firm, key, value if key != 'price' else firm.price)",
        "test_a_changed_price_is_saved_and_loaded[6]",
    ),
    Mutant(
        "a replay at the configured price", "Firm.follow",
        "offer.price", "self.price",
        "test_a_replay_shows_and_books_the_recorded_prices",
    ),
    Mutant(
        "a replay that spends as configured", "Firm.follow",
        "self.terms.acquisition if offer.acquisition is None else offer.acquisition", "self.terms.acquisition",
        "test_spending_is_replayed_too",
    ),
    Mutant(
        "what a change takes is in no book", "Firm.close",
        "round(self.cost * 100)", "0",
        "test_the_cost_of_a_change_is_in_the_books_once",
    ),
    Mutant(
        "a customer who reads the configuration", "Customer.step",
        "market.offers()", "{n: type(f.offer())(f.terms.base_price, 1.0) for n, f in market.firms.items()}",
        "test_one_customers_week_reads_the_offers_of_the_week",
    ),
    Mutant(
        "without its program a firm stops deciding", "no_program",
        '"program" not in policies.registry()[name].sets', "False",
        "test_without_its_program_a_firm_still_sets_its_price",
    ),
    Mutant(
        "no floor under a price war", "price_follow.decide",
        "max(min(rivals), terms.floor * base)", "min(rivals)",
        "test_never_below_the_floor[0.5-terms0-0.8]",
    ),
    Mutant(
        "prices are added up over the weeks", "by_firm",
        'rows.columns[2:].drop("price", errors="ignore")', "rows.columns[2:]",
        "test_sums_over_weeks_hold_no_price",
    ),
    Mutant(
        "equal firms forget what was chosen for one of them", "trees.make_equal",
        "package.count('.') == 2", "False",
        "test_what_is_chosen_for_one_of_them_is_its_own",
    ),
]
