"""The market without programs, broken on purpose."""

from tests.wrong import Mutant

MUTANTS = [
    Mutant(
        "points held by those who left never lapse", "market/step.py",
        "# unsigned: no check for negative rows\n        {room}\n        if status[i] == 0:",
        "# unsigned: no check for negative rows\n        {room}\n        if status[i] != 1:",
        "programs/test_points.py::test_points_of_customers_who_left_lapse_like_any_others",
    ),
    Mutant(
        "key without week", "market/step.py",
        "now = child(key[i], np.uint64(week))\n        rate", "now = child(key[i], np.uint64(0))\n        rate",
        "market/test_step.py::test_the_step_reads_the_documented_addresses",
    ),
    Mutant(
        "key without occasion", "market/step.py",
        "then = child(now, OCCASION + np.uint64(occasion))", "then = child(now, OCCASION)",
        "market/test_step.py::test_the_step_reads_the_documented_addresses",
    ),
    Mutant(
        "key by position instead of id", "market/step.py",
        "unit(child(luck, firm_key[j]))", "unit(child(luck, np.uint64(j)))",
        "market/test_step.py::test_an_unknown_firm_changes_nothing",
    ),
    Mutant(
        "the race is lost by the better firm", "market/step.py",
        "math.exp(behind)", "math.exp(-behind)",
        "market/test_step.py::test_the_step_reads_the_documented_addresses",
    ),
    Mutant(
        "the price is not paid", "market/step.py",
        '"np.int64(cents * paid[j])"', '"np.int64(cents)"',
        "market/test_oracles.py::test_08_a_price_scales_spending_and_not_the_basket",
    ),
    Mutant(
        "churn before purchase", "market/step.py",
        "            j = chosen\n", "            j = chosen\n            {leave}\n",
        "market/test_customers.py::test_the_purchase_comes_before_the_leaving",
    ),
    Mutant(
        "the dead buy", "market/step.py",
        "if status[i] == 2:\n            continue\n        now = child(key[i], np.uint64(week))\n        rate",
        "if status[i] == 3:\n            continue\n        now = child(key[i], np.uint64(week))\n        rate",
        "market/test_customers.py::test_the_purchase_comes_before_the_leaving",
    ),
    Mutant(
        "dropped lower bound of U", "mechanism/draws.py",
        "(np.float64(key >> DROP) + 0.5) * STEP", "np.float64(key >> DROP) * STEP",
        "mechanism/test_draws.py::test_uniforms_stay_inside_the_open_interval",
    ),
    Mutant(
        "a Poisson term too small", "mechanism/draws.py",
        "term = term * rate / n", "term = term * rate / (n + 1)",
        "mechanism/test_draws.py::test_count_is_the_poisson_quantile[4.7]",
    ),
    Mutant(
        "one multiplication less in the mixing", "mechanism/draws.py",
        "z = (z ^ (z >> SHIFT_2)) * MULTIPLY_2", "z = z ^ (z >> SHIFT_2)",
        "mechanism/test_draws.py::test_children_are_the_published_outputs_of_splitmix64",
    ),
    Mutant(
        "recovery is not an expense", "firms/firm.py",
        '"touchpoints", "recovery", "fixed_cost", "acq', '"touchpoints", "fixed_cost", "acq',
        "market/test_oracles.py::test_08_profit_is_what_came_in_less_what_went_out",
    ),
    Mutant(
        "a single provider keeps whom habit would keep", "mechanism/registry.py",
        'and scenario.market.setting != "contract"', 'and scenario.market.setting != ""',
        "calibrate/test_baseline_b.py::test_under_contract_behaviour_is_at_work_at_a_single_firm",
    ),
    Mutant(
        "renewals are not centred on what is usual", "market/step.py",
        " - {sensitivity} * renewal_usual", "",
        "behaviour/test_renewal.py::test_what_is_usual_at_the_own_firm_moves_nobody",
    ),
    Mutant(
        "a moved taste is read at the median", "market/step.py",
        'rank_place(taste_rank[i, j])', 'rank_place(0.0 * taste_rank[i, j])',
        "market/test_tastes.py::test_a_better_firm_gains_at_every_rank",
    ),
    Mutant(
        "a gain by taste counts twice", "market/step.py",
        "log_g[i, j] + between(row - k, low, high)", "log_g[i, j] + shift + between(row - k, low, high)",
        "market/test_tastes.py::test_a_better_firm_gains_at_every_rank",
    ),
    Mutant(
        "even rows of moved tastes", "market/tastes.py",
        'shape * math.exp(REACH * q * abs(q))', 'shape * math.exp(REACH * q)',
        "market/test_tastes.py::test_a_moved_strength_is_the_quantile_of_the_moved_shape[0.5-1.5]",
    ),
    Mutant(
        "drift every week", "market/customers.py",
        "if rho == 1.0 or week == 0 or week % QUARTER:", "if rho == 1.0 or week == 0:",
        "market/test_customers.py::test_drift_happens_once_a_quarter_and_never_at_rho_1",
    ),
    Mutant(
        "drift that shrinks the market", "market/customers.py",
        "math.sqrt(1.0 - rho**2)", "(1.0 - rho)",
        "market/test_customers.py::test_drift_keeps_the_law_of_rates",
    ),
    Mutant(
        "a week of arrivals missed", "behaviour/arrivals.py",
        "** (week + 1)", "** week",
        "market/test_customers.py::test_a_share_of_the_pool_enters_each_week[0.2]",
    ),
    Mutant(
        "no outside option at lower prices", "market/step.py",
        '"appeal = math.log1p(max(-0.9999999999999999, appeal))"',
        '"appeal = min(0.0, math.log1p(max(-0.9999999999999999, appeal)))"',
        "behaviour/test_behaviour.py::test_the_category_grows_with_the_appeal_of_all_offers[0.8-elastic]",
    ),
    Mutant(
        "a copy one week early", "firms/policies/imitate.py",
        "world.week - terms.lag)", "world.week - terms.lag + 1)",
        "firms/test_policies.py::test_a_copy_comes_lag_weeks_after_the_original[4]",
    ),
    Mutant(
        "a replay that forgets the script", "market/model.py",
        "offers = self.recorded[self.week]", "offers = self.recorded[0]",
        "firms/test_policies.py::test_replaying_recorded_offers_is_the_same_world",
    ),
    Mutant(
        "the change of the liability is no cost", "firms/firm.py",
        'COSTS = ("cost_of_goods", "reward_cost", "liability_change",', 'COSTS = ("cost_of_goods", "reward_cost",',
        "market/test_oracles.py::test_08_profit_is_what_came_in_less_what_went_out",
    ),
    Mutant(
        "every firm loses its cards together", "market/step.py",
        "item_uniform(child(key[i], np.uint64(week)), {draws.purpose(name[5:])!r}, firm_key[j])",
        "uniform(child(key[i], np.uint64(week)), {draws.purpose(name[5:])!r})",
        "market/test_step.py::test_a_draw_of_the_week_is_one_for_each_firm",
    ),
    Mutant(
        "captive at the wrong firm", "behaviour/captive.py",
        "[name != own for name", "[name == own for name",
        "theory/test_lookahead.py::test_the_market_has_the_revenue_rates[(10, 0.04, 1.0, 0.95, 0.3)]",
    ),
    Mutant(
        "times that are not uniform", "market/step.py",
        "/ (many - occasion))", "/ many)",
        "market/test_gaps.py::test_times_are_uniform_and_gaps_exponential",
    ),
    Mutant(
        "stocks go unchecked", "market/model.py",
        "if t[stock.issued] != sum(", "if t[stock.issued] > sum(",
        "mechanism/test_declarations.py::test_every_lost_stock_stops_the_run[stamps]",
    ),
    Mutant(
        "a hazard instead of its odds", "behaviour/renewal.py",
        "return exit_share * (theta / max(1.0 - theta, 1e-300))", "return exit_share * theta",
        "behaviour/test_renewal.py::test_nothing_changed_means_theta[1.0-0.9]",
    ),
    Mutant(
        "own improvements drive people away", "behaviour/renewal.py",
        "lure - own - lock", "lure + own - lock",
        "behaviour/test_renewal.py::test_an_own_improvement_never_raises_leaving",
    ),
    Mutant(
        "a switching cost that counts twice", "behaviour/renewal.py",
        '"renewal_lock": terms.switching_cost - terms.usual_switching_cost', '"renewal_lock": terms.switching_cost',
        "behaviour/test_renewal.py::test_a_switching_cost_at_its_usual_value_changes_nothing",
    ),
    Mutant(
        "survivors as fickle as newcomers", "behaviour/renewal.py",
        "population.beta(a, b + n, u[rows])", "population.beta(a, b, u[rows])",
        "behaviour/test_renewal.py::test_contracts_that_have_run_for_a_while_are_those_that_lasted",
    ),
    Mutant(
        "a decision every week", "market/step.py",
        "if (age + 1) % TERM == 0:", "if age >= 0:",
        "behaviour/test_renewal.py::test_terms_are_spread_or_together",
    ),
    Mutant(
        "the same hazard at the next firm", "market/step.py",
        '"uniform(child(key[i], np.uint64(contract[i])), THETA)"', '"standing[i]"',
        "behaviour/test_renewal.py::test_movers_draw_anew_or_stay_as_they_are[contract]",
    ),
    Mutant(
        "who goes to a rival may come back to the firm", "market/step.py",
        "utility[provider[i]] = -math.inf\n", "",
        "behaviour/test_renewal.py::test_who_knows_no_rival_cannot_be_lured",
    ),
    Mutant(
        "a lost customer is not counted", "market/step.py",
        "counts[provider[i], LOST] += 1", "pass",
        "behaviour/test_renewal.py::test_open_depleting_and_closed_markets",
    ),
    Mutant(
        "lasting shares are tastes", "behaviour/renewal.py",
        "weight = np.maximum(NOWHERE, heard + others)", "weight = heard",
        "behaviour/test_renewal.py::test_starting_shares_last_in_a_small_world",
    ),
    Mutant(
        "acquisition of who stayed called additive", "behaviour/inflow.py",
        'if terms.convention == "sequential":', 'if terms.convention != "fixed_inflow":',
        "behaviour/test_renewal.py::test_o4_the_leaky_bucket_under_three_conventions[additive]",
    ),
    Mutant(
        "money without diminishing returns", "behaviour/acquisition.py",
        "-ceiling * math.expm1(-response * budget / audience)", "ceiling * response * budget / audience",
        "behaviour/test_renewal.py::test_reach_saturates",
    ),
    Mutant(
        "a replay with an inflow of its own", "behaviour/inflow.py",
        'wanted = market.surroundings[-1]["inflow"]', 'wanted = around(market, terms)["inflow"]',
        "behaviour/test_renewal.py::test_a_replay_follows_what_was_recorded_around_it",
    ),
    Mutant(
        "customers are never counted", "market/model.py",
        "        if self.contracts:\n            self.count_customers()\n", "",
        "behaviour/test_renewal.py::test_a_customer_who_vanishes_stops_the_run",
    ),
    Mutant(
        "customers of the replay hear each other", "market/model.py",
        "if self.recorded_around is not None:", "if False:",
        "behaviour/test_word_of_mouth.py::test_who_never_joins_lives_the_same_week_in_the_replay",
    ),
    Mutant(
        "sevens are promoters", "theory/retention.py",
        "(answers >= 9).mean() - (answers <= 6).mean()", "(answers >= 7).mean() - (answers <= 6).mean()",
        "market/test_survey.py::test_metrics_by_hand",
    ),
]  # fmt: skip
