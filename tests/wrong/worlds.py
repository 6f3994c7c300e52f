"""What nobody knows, drawn wrongly on purpose."""

from tests.wrong import Mutant

MUTANTS = [
    Mutant(
        "the chance of no effect is not taken from the rest", "Row.values",
        "(u - self.chance) / (1.0 - self.chance)", "u",
        "test_a_chance_of_no_effect_takes_its_part_of_the_draws_and_whole_keys_stay_whole",
    ),
    Mutant(
        "ends of a lognormal are its quartiles", "frozen",
        "stats.norm.ppf(0.95)", "stats.norm.ppf(0.75)",
        "test_ends_of_a_normal_are_its_5_and_95_percent_points[lognormal]",
    ),
    Mutant(
        "a size outside of its key's range is taken", "check_ends",
        "bad = [value for value in ends if not allowed(parameter, value)]", "bad = []",
        "test_every_problem_of_a_table_is_named_at_once",
    ),
    Mutant(
        "draws that correlate", "worlds.draw",
        "strength=2 if len(varying) > 1 else 1", "strength=1",
        "test_draws_fill_every_size_and_every_pair_evenly",
    ),
    Mutant(
        "what is known is drawn all the same", "worlds.sizes",
        "not any(holds(key, row) for key in held)", "True",
        "test_what_is_known_is_held",
    ),
    Mutant(
        "one seed for all worlds", "worlds.some",
        "(bases[0].seed + at) ^ APART", "bases[0].seed ^ APART",
        "test_a_world_is_the_same_alone_and_among_others",
    ),
    Mutant(
        "a strong habit does not raise S", "measured.tastes",
        "1.0 + HABIT * (0.0 if habit is None else habit.premium)", "1.0",
        "test_what_is_measured_is_what_the_derived_world_shows",
    ),
    Mutant(
        "what members would have spent anyway is driven", "members.members",
        "spent - barred.spend.sum()", "spent",
        "test_members",
    ),
    Mutant(
        "every draw is accepted", "Target.met",
        "(moments >= low) & (moments <= high)", "moments == moments",
        "test_what_targets_inform_is_known_better_than_before",
    ),
    Mutant(
        "planted worlds are observed without their error", "Target.observed",
        "moment + luck * self.error", "moment",
        "test_a_planted_world_is_observed_with_the_published_error",
    ),
    Mutant(
        "the rank of the truth is not looked for", "trial.found",
        "(below + rng.uniform() * (equal + 1)) / (len(values) + 1)", "0.5",
        "test_ranks_of_the_truth_are_uniform[lift_visits]",
    ),
    Mutant(
        "targets choose worlds in which their claim is judged", "targets.scored",
        "not target.shown and not set(judged) & set(target.restates)", "not target.shown",
        "test_no_target_restates_a_claim_that_is_judged_with_it",
    ),
    Mutant(
        "worlds are drawn with replacement", "worlds_of",
        "np.random.default_rng([scenario.seed, 2]).permutation(met)[:n]",
        "np.random.default_rng([scenario.seed, 2]).choice(met, n)",
        "test_worlds_are_drawn_without_replacement_among_those_that_meet_the_targets",
    ),
    Mutant(
        "a changed ensemble is read", "ensembles.load",
        'hashlib.sha256(body).hexdigest() != note.get("sha256")', "False",
        "test_an_ensemble_comes_back_as_it_was_stored_and_a_changed_one_is_refused",
    ),
    Mutant(
        "luck is taken for a size", "uncertainty.explained",
        "between - degrees * within", "between",
        "test_luck_explains_nothing",
    ),
    Mutant(
        "what is set is drawn as if nobody knew it", "own_keys",
        "leaves = {key for key in said if key.partition(\".\")[0] in DRAWN and not isinstance(found(tree, key), dict)}",
        "leaves = set()",
        "test_what_the_user_sets_is_held_and_said",
    ),
    Mutant(
        "luck before what nobody knows", "run.over_worlds",
        '(f"{w[\'n\']} worlds of what nobody knows", "90 % of worlds", "luck, 95 %")',
        '(f"{w[\'n\']} worlds of what nobody knows", "luck, 95 %", "90 % of worlds")',
        "test_the_screen_says_worlds_first_then_luck_and_that_the_structure_is_given",
    ),
    Mutant(
        "a design that pays nobody has won", "DesignsOverWorlds.best",
        "profit.max(axis=1) > 0.0", "profit.max(axis=1) > -1e9",
        "test_who_wins_by_hand",
    ),
    Mutant(
        "sizes of another design's program are asked of all", "worlds.has",
        'level != "program" or rest.partition(".")[0] in scenario.focal_firm.program', "True",
        "test_sizes_of_components_that_a_design_lacks_are_left_out",
    ),
    Mutant(
        "worlds are asked for where none are drawn", "undrawn",
        'scenario.worlds != "none"', "False",
        "test_whoever_draws_no_worlds_refuses_them[dials]",
    ),
    Mutant(
        "correlations are checked before a world is there", "worlds.world",
        "key not in MEASURED and not CORRELATIONS.match(key)", "key not in MEASURED",
        "test_correlations_are_checked_once_where_all_else_is_known",
    ),
    Mutant(
        "a run draws no world unless it is asked to", "compose.hold",
        'worlds != "none"', "False",
        "test_worlds_are_drawn_unless_told_otherwise",
    ),
    Mutant(
        "a run that drew nothing forgets that it was told so", "forms.complete",
        '{**written(scenario), "worlds": scenario.worlds, **changed}', "{**written(scenario), **changed}",
        "test_worlds_are_drawn_unless_told_otherwise",
    ),
    Mutant(
        "the worst of worlds is the best of them", "Candidate.counts",
        "sign * float(np.quantile(sign * self.results[outcome], 1.0 - WORST))",
        "sign * float(np.quantile(sign * self.results[outcome], WORST))",
        "test_over_worlds_a_candidate_counts_by_its_mean_or_by_its_worst_tenth",
    ),
    Mutant(
        "each candidate meets worlds of its own", "InWorlds.job",
        "(run.seed - self.first) % len(values)", "(run.seed - self.first + 7 * run.point) % len(values)",
        "test_a_search_over_worlds_meets_each_candidate_in_the_same_worlds",
    ),
    Mutant(
        "worlds of another table are used", "Ensemble.stale",
        'bool(self.note.get("priors_sha256") != digest(self.name))', "False",
        "test_worlds_of_another_table_are_not_used_and_that_is_said",
    ),
]  # fmt: skip
