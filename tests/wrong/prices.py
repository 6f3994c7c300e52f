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
]
