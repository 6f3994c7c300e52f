"""The tests that `make test` leaves to `make thorough`, by their names, and the cases of each that stay in `make test`.

They are long, and what they would find a shorter test finds too: another case of theirs, or a test beside them.
`make thorough` prints how many minutes each takes.
"""

THOROUGH: dict[str, tuple[str, ...]] = {
    # market: every program in every neighbourhood, every mechanism beside all others
    "test_arms_that_share_a_burn_in_are_the_arms_run_from_the_start": ("points-", "service-links", "referral-coming"),
    "test_at_work_it_changes_something": (
        "renewal", "inflow", "acquisition", "habit", "emotions", "points", "stamps", "returns",
        "community", "experience",
    ),
    "test_the_battery_catches_weak_generators": ("no occasion", "half mixed"),
    "test_draws_of_neighbouring_addresses_are_uniform_and_independent": ("seed 20",),
    # markets that are held against data
    "test_a_refitted_market_of_contracts_passes_and_without_its_refit_misses": ("subscription",),
    "test_what_is_wrong_by_30_percent_is_a_miss_under_baseline_b": ("leader up",),
    "test_parameters_that_are_wrong_by_30_percent_are_a_miss": ("S up", "leader up"),
    "test_churn_year_by_year_and_retention_by_tenure_are_those_without_behaviour": ("subscription",),
    "test_steady_satisfaction_has_its_mean_and_variance": ("0.3-service0", "1.0-service2"),
    "test_better_service_brings_more_visits": ("quality", "response_time"),
    "test_the_market_has_the_revenue_rates": ("(10, 0.04,", "(6, 0.05", "(8, 0.2"),
    # firms whose prices are known: more of them
    "test_prices_settle_where_logit_competition_does": ("2", "3"),
    "test_prices_settle_beside_an_outside_option": ("1-", "2-", "6-"),
    "test_regime_b_of_more_firms": ("3-1",),
    "test_a_chain_of_two_firms_settles_where_it_must": ("0.9-0.85",),
    "test_regime_b_is_a_price_of_entry": ("2",),
    "test_regime_c_lets_all_gain": (),
    "test_rewards_below_the_last_one_are_outbid": (),
    # theory
    "test_every_small_sample_settles": ("0",),
    # studies
    "test_another_market_is_varied_about_its_own_values": (),
    "test_a_budget_beyond_reach_is_told_and_not_hidden": (),
    "test_values_of_a_component_go_to_the_designs_that_have_it": (),
    "test_an_interrupted_command_goes_on_to_the_same_bytes": ("explore",),
    "test_a_search_that_was_really_killed_goes_on_to_the_same_bytes": (),
    "test_a_search_does_not_depend_on_its_workers": (),
    # experiments in tiny mode: seven of them take two minutes
    "test_a_folder_is_complete": ("retention_arithmetic", "recovery"),
    "test_a_story_is_short": ("committed", "retention_arithmetic", "recovery"),
    "test_the_table_is_read_off_the_runs": (),
    # random command lines
    "test_any_of_thousands_of_lines_is_accepted_or_refused": (),
    # the page on adding, in a copy of the package
    "test_what_is_missing_is_said_in_words": ("undercut",),
}  # fmt: skip
