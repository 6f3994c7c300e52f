"""The market without programs, broken on purpose."""

from tests.wrong import Mutant

MUTANTS = [
    Mutant(
        "dropped lower bound of U", "draws.unit",
        "np.float64(key >> DROP) + 0.5", "np.float64(key >> DROP)",
        "test_uniforms_stay_inside_the_open_interval",
    ),
    Mutant(
        "a Poisson term too small", "draws.count",
        "term * rate / n", "term * rate / (n + 1)",
        "test_count_is_the_poisson_quantile[4.7]",
    ),
    Mutant(
        "one multiplication less in the mixing", "draws.mix",
        "(z ^ (z >> SHIFT_2)) * MULTIPLY_2", "z ^ (z >> SHIFT_2)",
        "test_children_are_the_published_outputs_of_splitmix64",
    ),
    Mutant(
        "recovery is not an expense", "COSTS",
        '("cost_of_goods", "reward_cost", "liability_change", "touchpoints", "recovery", "fixed_cost", "acquisition")',
        '("cost_of_goods", "reward_cost", "liability_change", "touchpoints", "fixed_cost", "acquisition")',
        "test_08_profit_is_what_came_in_less_what_went_out",
    ),
    Mutant(
        "a single provider keeps whom habit would keep", "at_work",
        '"contract"', '""',
        "test_under_contract_behaviour_is_at_work_at_a_single_firm",
    ),
    Mutant(
        "even rows of moved tastes", "tastes.table",
        "REACH * q * abs(q)", "REACH * q",
        "test_a_moved_strength_is_the_quantile_of_the_moved_shape[0.5-1.5]",
    ),
    Mutant(
        "drift every week", "Population.drift",
        "rho == 1.0 or week == 0 or week % QUARTER", "rho == 1.0 or week == 0",
        "test_drift_happens_once_a_quarter_and_never_at_rho_1",
    ),
    Mutant(
        "drift that shrinks the market", "Population.drift",
        "math.sqrt(1.0 - rho**2)", "1.0 - rho",
        "test_drift_keeps_the_law_of_rates",
    ),
    Mutant(
        "a week of arrivals missed", "entered_by",
        "(1.0 - terms.weekly) ** (week + 1)", "(1.0 - terms.weekly) ** week",
        "test_a_share_of_the_pool_enters_each_week[0.2]",
    ),
    Mutant(
        "a copy one week early", "imitate.decide",
        "seen.week - terms.lag", "seen.week - terms.lag + 1",
        "test_a_copy_comes_lag_weeks_after_the_original[4]",
    ),
    Mutant(
        "a replay that forgets the script", "firms_decide",
        "self.recorded[self.week]", "self.recorded[0]",
        "test_replaying_recorded_offers_is_the_same_world",
    ),
    Mutant(
        "the change of the liability is no cost", "COSTS",
        '("cost_of_goods", "reward_cost", "liability_change", "touchpoints", "recovery", "fixed_cost", "acquisition")',
        '("cost_of_goods", "reward_cost", "touchpoints", "recovery", "fixed_cost", "acquisition")',
        "test_08_profit_is_what_came_in_less_what_went_out",
    ),
    Mutant(
        "captive at the wrong firm", "captive.others",
        "name != own", "name == own",
        "test_the_market_has_the_revenue_rates[(10, 0.04, 1.0, 0.95, 0.3)]",
    ),
    Mutant(
        "stocks go unchecked", "Market.check",
        "t[stock.issued] != sum(t[way] for way in stock.gone) + int(held[j])",
        "t[stock.issued] > sum(t[way] for way in stock.gone) + int(held[j])",
        "test_every_lost_stock_stops_the_run[stamps]",
    ),
    Mutant(
        "survivors as fickle as newcomers", "hazard",
        "b + n", "b",
        "test_contracts_that_have_run_for_a_while_are_those_that_lasted",
    ),
    Mutant(
        "lasting shares are tastes", "stationary",
        "np.maximum(NOWHERE, heard + others)", "heard",
        "test_starting_shares_last_in_a_small_world",
    ),
    Mutant(
        "acquisition of who stayed called additive", "inflow.base",
        'terms.convention == "sequential"', 'terms.convention != "fixed_inflow"',
        "test_o4_the_leaky_bucket_under_three_conventions[additive]",
    ),
    Mutant(
        "a replay with an inflow of its own", "inflow.enter",
        "market.surroundings[-1]", "around(market, terms)",
        "test_a_replay_follows_what_was_recorded_around_it",
    ),
    Mutant(
        "customers are never counted", "week_recorded",
        "if self.contracts:\n"
        "    self.count_customers()",
        "",
        "test_a_customer_who_vanishes_stops_the_run",
    ),
    Mutant(
        "customers of the replay hear each other", "Market.around",
        "self.recorded_around is not None", "False",
        "test_who_never_joins_lives_the_same_week_in_the_replay",
    ),
    Mutant(
        "sevens are promoters", "net_promoter_score",
        "answers >= 9", "answers >= 7",
        "test_metrics_by_hand",
    ),
    Mutant(
        "lifetimes by a library's 2F1, which gives up", "retention._discounted",
        "beta_mean(lambda p, q: (1 + rate) / (p + rate), alpha, beta)",
        '__import__("scipy.special").special.hyp2f1(1, beta, alpha + beta, 1 / (1 + d))',
        "test_cohorts_of_people_who_are_alike_have_a_lifetime[1-180-10.44999]",
    ),
    Mutant(
        "nothing for ever is no number", "retention.customer_value",
        "np.where(m == 0, 0.0, value)", "value",
        "test_a_customer_who_brings_nothing_is_worth_nothing",
    ),
    Mutant(
        "odds of being gone that overflow", "bgnbd_p_alive",
        "expit(-log_odds)", "1.0 / (1.0 + np.exp(log_odds))",
        "test_a_customer_long_gone_is_gone_in_silence",
    ),
    Mutant(
        "a bound is not named", "bgnbd_fit",
        "abs(place) > REACH - NEAR", "abs(place) > REACH + NEAR",
        "test_what_few_customers_do_not_show_ends_at_a_bound_that_is_named",
    ),
    Mutant(
        "an S without end is a number", "_least_squares_S",
        "ends[end] <= best.fun", "False",
        "test_least_squares_says_when_no_S_is_best[penetrations0-inf]",
    ),
    Mutant(
        "one brand alone has tastes", "dirichlet.fit",
        "(share == 1.0).all()", "False",
        "test_one_brand_alone_says_nothing_of_tastes[least_squares]",
    ),
    Mutant(
        "a margin of each year a year late", "retention.customer_value",
        "first_margin != 'now'", "first_margin == 'now'",
        "test_average_retention_and_margins_that_change",
    ),
    Mutant(
        "a fit goes on until it stops once", "bgnbd_fit",
        "gain > 1e-12", "gain > np.inf",
        "test_every_small_sample_settles[1]",
    ),
    Mutant(
        "a fit has one start", "bgnbd_fit",
        "[np.zeros(4), *(np.array([*c, c[0] * c[1] * c[2] / 4.0]) for c in product((-2.0, 2.0), repeat=3))]",
        "[np.zeros(4)]",
        "test_bgnbd_fit_finds_the_higher_of_two_hills",
    ),
    Mutant(
        "a copy below what there is", "imitate.copied",
        "max(facts['low'], min(getattr(component, key) * fidelity, facts['high']))",
        "min(getattr(component, key) * fidelity, facts['high'])",
        "test_a_signed_term_is_copied_within_both_ends",
    ),
    Mutant(
        "a copy that gives back more than is spent", "imitate.copied",
        "component if check is not None and check(made) else made", "made",
        "test_a_copy_never_gives_back_more_than_is_spent",
    ),
]  # fmt: skip
