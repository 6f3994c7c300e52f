"""Measures, verdicts and experiments, broken on purpose."""

from tests.wrong import Mutant

MUTANTS = [
    Mutant(
        "recognition and points change places", "who_wins",
        "int(swing < 0.0)", "int(swing > 0.0)",
        "test_the_flip_of_a_saved_table_turns_the_sentence",
    ),
    Mutant(
        "a line crosses where it is highest", "head_to_head.break_even",
        "list(-height)", "list(height)",
        "test_break_even_of_hand_made_lines",
    ),
    Mutant(
        "a share outside of all customers is told", "head_to_head.break_even",
        "0.0 <= found.value <= 1.0", "True",
        "test_without_a_crossing_there_is_no_break_even",
    ),
    Mutant(
        "worlds that points win need nobody", "head_to_head.needed",
        "[0.0, 1.0]", "[0.0, 0.0]",
        "test_the_share_that_worlds_need",
    ),
    Mutant(
        "a lead in profit is one in retention", "head_to_head.judged_worlds",
        "(kept_more > 0.0) | (not retention)", "kept_more > -1e9",
        "test_each_row_has_its_own_verdict",
    ),
    Mutant(
        "dearer touches build no more", "arena",
        "touch.effect * dear", "touch.effect",
        "test_touchpoints_cost_what_points_cost[recognition]",
    ),
    Mutant(
        "both rivals copy the focal firm", "arena",
        "('d', 'b')", "('d', 'a')",
        "test_rivals_copy_one_program_each",
    ),
    Mutant(
        "links have mean 1 in every mix of the appendix", "linked",
        '"reference"', '"current"',
        "test_links_have_mean_one_where_half_are_relational",
    ),
    Mutant(
        "satisfaction of the wrong firm at a decision", "decisions",
        "rows, firm", "rows, 0",
        "test_satisfaction_is_that_of_the_decision",
    ),
    Mutant(
        "decisions of the burn-in count", "decisions",
        "due & (week >= begins)", "due",
        "test_decisions_are_those_of_the_books",
    ),
    Mutant(
        "the cheap firm's own customers are asked", "poached",
        "list(world.firms).index(rival_of(world))", "0",
        "test_who_is_gone_after_the_offer_is_in_the_books",
    ),
    Mutant(
        "idle bonds are worth something", "BONDS",
        '{"valued": 1.0, "idle": 1e-9}', '{"valued": 1.0, "idle": 20.0}',
        "test_an_idle_bond_moves_nobody",
    ),
    Mutant(
        "a rival that is dearer locks nobody in", "satisfaction_is_not_loyalty.stays",
        "sensitivity * lock", "-sensitivity * lock",
        "test_the_bend_is_the_logistics_by_the_rule_of_renewal",
    ),
    Mutant(
        "a bend is evidence whatever the rule says", "of_the_curve",
        "one and other and agree >= AGREE", "one and other and agree >= 2.0",
        "test_the_curve_is_wired_only_where_its_bend_goes_with_the_half_that_stays",
    ),
    Mutant(
        "the gap is taken the other way round", "satisfaction_is_not_loyalty.gap",
        "((LOW, 1.0), (HIGH, -1.0))", "((LOW, -1.0), (HIGH, 1.0))",
        "test_the_gap_by_hand",
    ),
    Mutant(
        "the bond is praised whatever the control says", "satisfaction_is_not_loyalty.told",
        "first(gap.word, bond.word, 100.0 * float(drawn.gap.median()))",
        "first(gap.word, gap.word, 100.0 * float(drawn.gap.median()))",
        "test_the_words_of_satisfaction_turn_with_the_numbers",
    ),
    Mutant(
        "the cost of answers is in their gain", "recovery.keep",
        "answered.profit.sum() + answered.recovery.sum()", "answered.profit.sum()",
        "test_answers_are_counted_and_paid_for",
    ),
    Mutant(
        "nobody is left unanswered", "recovery.ARMS",
        '{"program.service.recovery": 0.0}', '{"program.service.recovery": 1.0}',
        "test_what_is_undone_pleases_most_and_silence_least",
    ),
    Mutant(
        "answered compared with itself", "recovery.CONTRASTS",
        '("answered", "silent")', '("silent", "answered")',
        "test_the_contrasts_by_hand",
    ),
    Mutant(
        "a paradox that was put in is a finding", "of_the_paradox",
        'Verdict("wired", f"one assumption is the claim: {why}")', 'Verdict("supported", why)',
        "test_a_paradox_that_is_put_in_is_no_finding",
    ),
    Mutant(
        "less than anybody acts on is a success", "more_or_less",
        "-margin <= found.low and found.high <= margin", "False",
        "test_more_or_less_by_hand",
    ),
    Mutant(
        "a firm that shrinks is taken for one that stands still", "retention_emergent.dearer",
        "s.still", "10 * s.still",
        "test_growth_and_cost_by_hand",
    ),
    Mutant(
        "a world that misses its churn is judged", "retention_emergent.missed",
        "s.reach", "10 * s.reach",
        "test_a_world_that_misses_its_rates_is_not_judged",
    ),
    Mutant(
        "terms are fitted on judged seeds", "profit_of_retention.earned",
        "range(s.fit_seed + first, s.fit_seed + first + s.fit_runs)",
        "range(made.world.seed + first, made.world.seed + first + s.fit_runs)",
        "test_fits_and_verdicts_see_different_seeds",
    ),
    Mutant(
        "seven points pass for five", "profit_of_retention.judged",
        "s.tolerance", "10 * s.tolerance",
        "test_seven_points_are_not_judged_as_five[0.8701-False]",
    ),
    Mutant(
        "a claim is judged where its rates do not occur", "retention_emergent.where_it_arises",
        'verdict.word != "cannot judge"', "True",
        "test_worlds_outside_of_a_claim_count_neither_way",
    ),
    Mutant(
        "what depends in one setting is inconclusive as a whole", "assumed.whole",
        'verdict.word == "depends"', 'verdict.word == "wired"',
        "test_settings_as_a_whole",
    ),
    Mutant(
        "a purchase is its own neighbour in shuffled histories", "panels.lags",
        "table - 1", "table",
        "test_inertia_by_hand",
    ),
    Mutant(
        "pairs of two customers count as inertia", "panels.lags",
        "who[lag:] == who[:-lag]", "who[lag:] >= who[:-lag]",
        "test_tastes_alone_have_no_inertia",
    ),
    Mutant(
        "the rule of the R package is the default", "dirichlet.fit",
        '"mean"', '"notched_mean"',
        "test_the_default_rule_is_the_best_over_the_shipped_categories",
    ),
    Mutant(
        "a fitted strength stands for an observed share", "Category.brand_cells",
        "observed=data.share[name]", "observed=observed.strengths(self.name)[name]",
        "test_the_observed_share_is_the_observed_one[bath_tissue]",
    ),
    Mutant(
        "r of duplication passes whatever was observed", "Category.gate",
        'found["tolerance"] * float(seen.error / seen.observed)', "1.0",
        "test_a_partitioned_market_is_seen_through",
    ),
    Mutant(
        "few panels hide behind too close to call", "judge.judge",
        "close & (errors(cells) <= SHARP * cells.tolerance) & ~cells.pattern.isin(NEVER_EXCUSED)",
        "close & ~cells.pattern.isin(NEVER_EXCUSED)",
        "test_a_cell_that_other_seeds_could_turn_is_too_close_to_call[values5-miss]",
    ),
    Mutant(
        "verdicts near a tolerance turn with the seeds", "judge.near",
        "CALLED * errors(cells)", "0 * errors(cells)",
        "test_the_screen_counts_and_lists_what_is_too_close_to_call",
    ),
    Mutant(
        "any number of cells may be too close to call", "judge.too_many",
        "CLOSE_AT_MOST", "1.0",
        "test_too_many_cells_too_close_to_call_are_a_miss",
    ),
    Mutant(
        "baseline B has excuses of its own", "known_misfits",
        "baseline.removeprefix(BEHAVIOUR)", "baseline",
        "test_baseline_b_is_held_to_the_same_list",
    ),
    Mutant(
        "a closed form of A judges B", "judge.judge",
        "cells.how != OF_A", "cells.how != 0",
        "test_the_closed_form_beside_baseline_b_judges_nothing",
    ),
    Mutant(
        "a market is silent about other strengths", "fitted_for",
        "at_work == fitted", "bool(at_work) == bool(fitted)",
        "test_the_warning_compares_strengths",
    ),
    Mutant(
        "an amplifier switched off everywhere", "muted",
        "{own: m.amplifiers[name].off for own, m in registry().items() if name in m.amplifiers}",
        "{own: m.amplifiers[name].off for own, m in registry().items() for name in m.amplifiers}",
        "test_each_amplifier_in_use_is_switched_off_alone",
    ),
    Mutant(
        "gaps of other shops' visits", "stamp_cards",
        "log[log.firm == firm]", "log",
        "test_visits_laid_out_on_cards",
    ),
    Mutant(
        "goods counted as a cost of the program", "overhead",
        "rows.revenue.sum() + program_effects.refunded(rows) - rows.cost_of_goods.sum()",
        "rows.revenue.sum() + program_effects.refunded(rows)",
        "test_the_cost_is_the_one_that_run_prints",
    ),
    Mutant(
        "retention without the next quarter", "money.retention",
        "periods[1:]", "periods[:-1]",
        "test_retention_wallet_and_activity_by_hand",
    ),
    Mutant(
        "penetration of the active instead of all", "repeat_buying.penetration",
        "visits", "visits[visits.sum(axis=1) > 0]",
        "test_penetration",
    ),
    Mutant(
        "churn of those who stayed", "contracts.retention",
        'total["lost"] + total["exited"]', 'total["lost"]',
        "test_retention_and_flows_are_those_of_the_counters",
    ),
    Mutant(
        "an interval that covers an end counts as support", "lies_within",
        "low <= found.low and found.high <= high", "low <= found.low or found.high <= high",
        "test_lies_within[0.2-0.3-inconclusive]",
    ),
    Mutant(
        "outside a range on one side only", "lies_within",
        "found.high < low or found.low > high", "found.high < low",
        "test_lies_within[0.86-2.0-refuted]",
    ),
    Mutant(
        "an arm with another arm's runs", "run_arms",
        "done[k * len(seeds) : (k + 1) * len(seeds)]", "done[k : k + len(seeds)]",
        "test_arms_get_their_own_results",
    ),
    Mutant(
        "a variation that repeats the base is counted",
        "single.vary",
        "inert(usual, rows)",
        "0",
        "test_an_assumed_value_that_changes_nothing_is_called_inert_and_counted_nowhere",
    ),
    Mutant(
        "a setting that repeats the base is counted",
        "Comparison.inert",
        "tried.index.isin(usual.index).all()",
        "False",
        "test_a_setting_that_changes_nothing_is_called_inert_and_counted_nowhere",
    ),
    Mutant(
        "rivals keep their own copies when their default is varied",
        "read.paths",
        "[['firms', name, *rest] for name in having] or [path]",
        "[path]",
        "test_what_is_a_default_for_rivals_reaches_every_rival_when_it_is_varied",
    ),
    Mutant(
        "a log that was asked for is thrown away", "single.compare_seed",
        "SeedResult.of(as_asked, seed, numbers, books, people(scenario, w))",
        "SeedResult.of(replace(as_asked, record=replace(as_asked.record, log=False)), seed, numbers, books, None)",
        "test_every_purchase_is_written_down_where_that_is_asked",
    ),
    Mutant(
        "the log in cents", "single.purchases",
        "book.log.spend / 100.0", "book.log.spend",
        "test_every_purchase_is_written_down_where_that_is_asked",
    ),
    Mutant(
        "a ratio to nothing ends the run", "ratio.ratio",
        "divide(np.asarray(top), float(bottom))", "float(top) / float(bottom)",
        "test_a_ratio_to_nothing_is_undefined_and_counts_no_run",
    ),
    Mutant(
        "referrals uncounted", "attitudes.newcomers",
        "total['referrals'][j]", "came",
        "test_felt_figures_by_hand",
    ),
    Mutant(
        "a market without data is refused in a folder", "Validation.compose",
        "subject(scenario)", "scenario",
        "test_a_market_without_data_is_refused_before_anything_is_made",
    ),
    Mutant(
        "a mean of nothing warns", "ratio.mean",
        "len(known)", "True",
        "test_a_mean_of_nothing_is_undefined_without_a_word",
    ),
    Mutant(
        "nobody left to know a firm warns", "attitudes.awareness",
        "mean(column)", "column.mean()",
        "test_where_nobody_is_left_nobody_knows_or_does_not_know_a_firm",
    ),
    Mutant(
        "a bare majority of worlds carries a verdict", "verdict.ENOUGH",
        "0.8", "0.5",
        "test_over_worlds[worlds2-depends]",
    ),
    Mutant(
        "worlds in which the question does not arise are left out", "verdict.over_worlds",
        "found.total()", "found.total() - found['cannot judge']",
        "test_over_worlds[worlds3-depends]",
    ),
    Mutant(
        "one part of a criterion is enough", "verdict.all_of",
        '"refuted" in words', "False",
        "test_an_effect_weakens_by_hand[effects2-refuted]",
    ),
    Mutant(
        "the lead is judged whatever its control says", "parity.lead",
        'control.verdict.iloc[0] != "refuted"', "False",
        "test_without_a_sound_control_nothing_is_judged",
    ),
    Mutant(
        "a switch that cannot move shares counts as a setting", "parity.Reader.still",
        "all(same)", "False",
        "test_a_switch_that_moves_no_purchase_is_no_setting",
    ),
    Mutant(
        "an effect is only what it is against nobody having a program", "parity.adoption",
        'f"without_{k}"', '"nobody"',
        "test_an_effect_has_two_meanings",
    ),
    Mutant(
        "a loss is told as a gain that stays", "parity.first",
        "row.ratio < 0.0", "False",
        "test_each_table_has_its_own_first_line",
    ),
    Mutant(
        "what turns it is what agrees with it", "parity.second",
        '{"supported": "refuted", "refuted": "supported"}', '{"supported": "supported", "refuted": "refuted"}',
        "test_what_turns_it_is_what_the_table_says",
    ),
    Mutant(
        "a diary calls more what is less", "diary.first",
        "found.bought[1] - found.bought[0]", "found.bought[0] - found.bought[1]",
        "test_the_sum_turns_with_the_numbers",
    ),
    Mutant(
        "a diary marks what both lives share", "diary.text",
        '(" ", MARK, MARK)', '(MARK, " ", MARK)',
        "test_the_sum_is_that_of_the_runs",
    ),
    Mutant(
        "money is told without its unit", "Scene.money",
        'f"{cents / 100:.2f} {self.currency}"', 'f"{cents / 100:.2f}"',
        "test_money_in_phrases_has_its_unit",
    ),
]  # fmt: skip
