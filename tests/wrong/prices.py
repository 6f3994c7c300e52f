"""Wrong prices: closed forms that miss a term, firms that answer to what they could not know."""

from __future__ import annotations

from tests.wrong import Mutant

# fmt: off
MUTANTS = [
    Mutant(
        "a share too many in the best price", "pricing.bertrand",
        "(a * (1.0 - shares(tried, a, value)[at]))", "a",
        "test_bertrand_prices_of_equal_firms",
    ),
    Mutant(
        "nobody stays at home", "pricing.shares",
        "(0.0 if value is None else math.exp(-top))", "0.0",
        "test_a_monopolist_beside_buying_nothing",
    ),
    Mutant(
        "escalation that does not end", "pricing.best_reward",
        "(1.0 / cost - 1.0)", "1.0 / cost",
        "test_where_escalation_ends",
    ),
    Mutant(
        "a reward that costs its face value", "pricing.free_prices",
        "cost + k * given", "cost + given",
        "test_regime_b_shares_the_gain_with_customers_alone",
    ),
    Mutant(
        "a reward at fixed prices that costs nothing", "pricing.fixed_prices",
        "(m - k * own)", "m",
        "test_regime_a_is_a_prisoners_dilemma_below_cost_one",
    ),
    Mutant(
        "customers who pay the whole of a higher price", "pricing.percentage_ratio",
        "(1.0 - share)", "1.0",
        "test_a_percentage_softens_competition",
    ),
    Mutant(
        "customers who do not look ahead", "two_periods.surplus",
        "-cost", "0.0 * cost",
        "test_two_periods",
    ),
    Mutant(
        "a coupon that everybody gets", "two_periods.second",
        "t + m * a", "t + a",
        "test_second_prices_are_best_answers_whoever_bought_before",
    ),
    Mutant(
        "a switching cost that firms do not see", "two_periods.second",
        "t + (2 * m - 1) * s / 3", "t + 0 * m",
        "test_second_prices_are_best_answers_whoever_bought_before",
    ),
    Mutant(
        "the dearest rival is undercut", "price_undercut.decide",
        "min(shown.values())", "max(shown.values())",
        "test_undercutting_by_hand",
    ),
    Mutant(
        "a calendar that counts from the first week", "pricing.due",
        "(seen.week - terms.start) % terms.every == 0", "True",
        "test_undercutting_by_hand",
    ),
    Mutant(
        "a price below its bound", "pricing.asks",
        "max(price, terms.low * base)", "price",
        "test_undercutting_by_hand",
    ),
    Mutant(
        "a label that costs nothing", "pricing.asks",
        "terms.menu_cost", "0.0",
        "test_a_change_costs_its_menu_and_a_small_one_is_not_made",
    ),
    Mutant(
        "a change that is not worth it", "pricing.asks",
        "abs(bounded / own - 1.0) <= terms.least", "bounded == own",
        "test_a_change_costs_its_menu_and_a_small_one_is_not_made",
    ),
    Mutant(
        "rewards that cost nothing", "price_markup.decide",
        "terms.over == 'all'", "False",
        "test_a_markup_by_hand",
    ),
    Mutant(
        "a question about demand uses up what is put off", "expectation.Expectation.arguments",
        "people.people.copy()", "people.people",
        "test_asking_week_by_week_leaves_what_is_put_off_and_at_home",
    ),
    Mutant(
        "units counted at the base price", "pricing.units",
        "cents / offer.price", "cents",
        "test_a_markup_by_hand",
    ),
    Mutant(
        "a price of weeks in which nobody was asked one", "pricing.units",
        "seen.offers(week).get(seen.me)", "seen.offers(week)[seen.me]",
        "test_it_decides_while_its_firm_is_out_of_the_market[price_estimated-comes]",
    ),
    Mutant(
        "trials on customers who were not there", "pricing.sold_throughout",
        "all(seen.me in seen.offers(week) for week in range(first, seen.week))", "True",
        "test_who_was_not_there_sold_nothing_and_learned_nothing",
    ),
    Mutant(
        "an elasticity with the wrong sign", "price_estimated.decide",
        "-bent / spread", "bent / spread",
        "test_an_experiment_by_hand",
    ),
    Mutant(
        "experiments that are never forgotten", "price_estimated.decide",
        "terms.kept * spread", "spread",
        "test_an_experiment_by_hand",
    ),
    Mutant(
        "a margin that no book shows", "price_estimated.decide",
        "1.0 - pricing.booked(seen, terms.every, *COSTS) / revenue", "1.0",
        "test_an_experiment_by_hand",
    ),
    Mutant(
        "everybody is told what demand to expect", "Seen.shown_to",
        "policy.analyst", "True",
        "test_only_an_analyst_is_told",
    ),
    Mutant(
        "demand without the outside option", "expected_week",
        "rate * cents", "me.rate * cents",
        "test_prices_settle_beside_an_outside_option",
    ),
    Mutant(
        "demand at the prices of last week", "Expectation.demand",
        "prices.get(n, o.price if program else o.base_price)", "o.price if program else o.base_price",
        "test_expected_demand_is_what_is_sold",
    ),
    Mutant(
        "demand that forgets programs", "Expectation.demand",
        "self.offered(program, shown)", "self.offered(False, shown)",
        "test_expected_demand_is_what_is_sold",
    ),
    Mutant(
        "a percentage of the base price", "Assembler.scaled",
        "'terms.paid * ' if on_spending or per_visit else ''", "''",
        "test_a_percentage_is_a_share_of_what_is_paid",
    ),
    Mutant(
        "money per purchase that grows with the price", "Assembler.scaled",
        "mechanism.reward_visit is not None and hook.phase == 'utility'", "mechanism.reward_visit is not None",
        "test_a_percentage_is_a_share_of_what_is_paid",
    ),
    Mutant(
        "one conduct for all", "price_nash.anchored",
        "max(0.0, base - seen.unit_cost) / left", "1.0",
        "test_without_a_program_best_answers_are_the_base_prices",
    ),
    Mutant(
        "an anchor in other customers", "price_nash.competing",
        "terms.anchor == 'once'", "True",
        "test_customers_who_change_move_no_base_price",
    ),
    Mutant(
        "a best answer to what rewards do not cost", "price_nash.of_rewards",
        "(0.0, cost / sold)", "(0.0, 0.0)",
        "test_regime_b_free_prices_in_a_covered_market",
    ),
    Mutant(
        "money per purchase for a percentage", "price_nash.of_rewards",
        "by_visit", "True",
        "test_regime_b_a_percentage_leaves_more_than_money",
    ),
    Mutant(
        "a margin that is not kept", "price_nash.best",
        "conduct * room(seen, price)", "0.9 * conduct * room(seen, price)",
        "test_prices_settle_where_logit_competition_does",
    ),
    Mutant(
        "the bound instead of the root", "price_nash.root",
        "max(end, a - step) if fa > 0.0 else min(end, a + step)", "end",
        "test_the_nearest_root_is_found",
    ),
    Mutant(
        "prices that stand still are told", "prices.path",
        "reach[name] > MOVED", "True",
        "test_the_price_path_is_told",
    ),
    Mutant(
        "customers gain nothing of buying nothing", "pricing.consumer_surplus",
        "np.append(u, 0.0)", "u",
        "test_customers_gain_where_firms_do",
    ),
    Mutant(
        "an operator that does not see what the firm answers", "pricing.chained_logit",
        "(1.0 + pull(x)) ** 2 / a", "(1.0 + pull(x)) / a",
        "test_two_markups_beside_buying_nothing",
    ),
    Mutant(
        "rewards that an operator sells are paid twice", "price_nash.best",
        "seen.unit_cost + lump - later", "seen.unit_cost + 2.0 * lump - later",
        "test_two_markups_where_customers_may_stay_away",
    ),
    Mutant(
        "customers gain a reward twice where prices move", "week.surplus",
        "gained(top, pull, pairs[i, chosen].log_g, pairs[i, chosen].prior)",
        "2.0 * gained(top, pull, pairs[i, chosen].log_g, pairs[i, chosen].prior)",
        "test_regime_b_free_prices_in_a_covered_market",
    ),
    Mutant(
        "customers of two periods who stand still", "two_periods.lived",
        "asked_a + t * y + s * ~at_a", "asked_a + t * x + s * ~at_a",
        "test_a_small_market_lives_both_periods",
    ),
]
