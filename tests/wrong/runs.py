"""Sweeps, stores and searches, broken on purpose."""

from tests.wrong import Mutant

MUTANTS = [
    Mutant(
        "memory of one world for a run of several", "scenario.size.size",
        "KEPT if several else 1", "1",
        "test_a_run_of_several_worlds_is_counted_as_a_whole",
    ),
    Mutant(
        "a margin that is a mark-up", "margin_at",
        "price * (1.0 - value)", "price / (1.0 + value)",
        "test_a_dial_turns_what_it_names_and_nothing_else[margin]",
    ),
    Mutant(
        "a checksum that is not compared", "unseal",
        'seal(body).encode("utf-8") == content', "True",
        "test_33_every_flipped_byte_of_a_result_is_found",
    ),
    Mutant(
        "another run's result is taken", "read_result",
        '(body.get("run"), body.get("seed")) != (run.key, run.seed)', "False",
        "test_a_result_of_another_run_under_this_name_is_damage",
    ),
    Mutant(
        "half-written results are left lying", "Store.tidy",
        '"runs/*/.*.tmp"', '"runs/.*.tmp"',
        "test_25_what_was_half_written_is_ignored_and_cleaned",
    ),
    Mutant(
        "a lock that two may hold", "__enter__",
        "fcntl.LOCK_EX", "fcntl.LOCK_SH",
        "test_26_the_second_process_learns_the_owner_and_a_dead_owner_never_blocks",
    ),
    Mutant(
        "a chunk is lost with its worker", "buried",
        "self.waiting.extendleft(reversed(worker.sent))", "worker.sent.clear()",
        "test_27_what_else_a_dead_worker_held_is_done_by_another",
    ),
    Mutant(
        "keys with one tag multiply", "grid.together",
        "one.tags & other.tags", "one.tags and not one.tags",
        "test_keys_that_share_a_tag_move_together",
    ),
    Mutant(
        "a run's id without its seed", "runs_of",
        'f"{config} {version} {seed}"', 'f"{config} {version}"',
        "test_points_that_are_the_same_world_share_their_runs",
    ),
    Mutant(
        "rows of other code are not marked", "studies.sweep.simulate",
        "job.forced", '""',
        "test_22_other_code_goes_on_only_if_told_and_every_row_says_so",
    ),
    Mutant(
        "infinity is a number", "studies.sweep.finite",
        "math.isinf(value)", "math.isnan(value) and math.isinf(value)",
        "test_36_an_infinite_number_fails_the_run_and_an_undefined_one_is_empty",
    ),
    Mutant(
        "rows in the order of their ids", "collect.rows",
        "for run in runs:", "for run in sorted(runs, key=lambda run: run.key):",
        "test_one_tidy_row_per_point_and_seed_with_units_and_the_numbers_of_a_study",
    ),
    Mutant(
        "a formula in a cell", "DANGEROUS",
        '("=", "+", "-", "@", "\\t", "\\r")', '("=", "+", "@", "\\t", "\\r")',
        "test_no_text_cell_is_a_formula[-2+3]",
    ),
    Mutant(
        "verify believes every checksum", "repeated",
        "any(bytes_of(sweep, run, e) != bytes_of(other, run, e) for e in ending)", "False",
        "test_verify_makes_runs_again_and_sees_a_number_that_was_sealed_wrongly",
    ),
    Mutant(
        "a checkpoint of the week before", "checkpoint.load",
        'about["week"]', 'about["week"] - 1',
        "test_go_on_from_a_file_to_the_same_bytes[points-7]",
    ),
    Mutant(
        "arms that share their people", "branch",
        "column.copy()", "column",
        "test_a_branch_is_a_market_of_its_own",
    ),
    Mutant(
        "words take no room", "scenario.size.size",
        "firms * (weeks if several or scenario.record.log else 2.0)", "0.0",
        "test_the_size_counts_friends_and_words",
    ),
    Mutant(
        "a script that takes any text after a name", "cluster.problems",
        "PLAIN.fullmatch", "PLAIN.match",
        "test_nothing_but_a_name_reaches_a_script[slurm.partition]",
    ),
    Mutant(
        "a task of the queue that dies takes its other runs along", "slurm_array",
        "lost += left", "lost += left[:0]",
        "test_the_queue_loses_only_the_run_whose_process_was_killed[parent]",
    ),
    Mutant(
        "the last category is hardly ever met", "option",
        "min(int(u * len(self.words)), len(self.words) - 1)", "int(u * (len(self.words) - 1))",
        "test_a_latin_hypercube_meets_every_slice_of_every_factor_once",
    ),
    Mutant(
        "a whole number that never reaches its end", "Factor.value",
        "min(int(u * (self.high - self.low + 1)), int(self.high - self.low))", "int(u * (self.high - self.low))",
        "test_ranges_keep_their_ends_and_whole_numbers_stay_whole",
    ),
    Mutant(
        "a lever brings the program that it belongs to", "fitting",
        "isinstance(item, compose.Choice) or all(isinstance(t, dict) and name in t for t, name in parts)",
        "parts is not None or all(isinstance(t, dict) and name in t for t, name in parts)",
        "test_every_point_is_what_its_words_compose_and_a_lever_of_an_absent_program_is_left_out",
    ),
    Mutant(
        "a text that no file can hold", "as_text",
        '"${" in raw', '"${" in raw[:0]',
        "test_text_that_a_file_could_not_hold_is_refused",
    ),
    Mutant(
        "interactions forgotten", "indices",
        '(found["ST"], found["ST_conf"])', '(found["S1"], found["S1_conf"])',
        "test_sobol_indices_of_the_ishigami_function",
    ),
    Mutant(
        "a category's effect by the length of the step", "indices",
        "step if f.words else 1.0", "1.0",
        "test_morris_effects_of_a_line_and_a_category",
    ),
    Mutant(
        "coverage of all points", "discover",
        "int((above == side).sum())", "len(above)",
        "test_a_tree_finds_a_planted_threshold_and_says_it_in_words",
    ),
    Mutant(
        "rules that judge themselves", "discover",
        "float(selection.cross_val_score(model, matrix, above, cv=folds).mean())",
        "float(model.fit(matrix, above).score(matrix, above)) + 0.1 * (folds is None)",
        "test_rules_of_noise_are_not_believed",
    ),
    Mutant(
        "most is least", "goals_and_bounds",
        '{"min": 1.0, "max": -1.0, "<=": 1.0, ">=": -1.0}', '{"min": 1.0, "max": 1.0, "<=": 1.0, ">=": -1.0}',
        "test_the_best_acquisition_budget_of_blattberg_and_deighton",
    ),
    Mutant(
        "a limit from the wrong side", "Bound.excess",
        "value - self.limit", "self.limit - value",
        "test_a_limit_is_kept_and_the_same_seed_finds_the_same",
    ),
    Mutant(
        "left behind for one goal of two", "surely_beats",
        "all(surely_above(difference, 0.0) for difference in worse)",
        "any(surely_above(difference, 0.0) for difference in worse)",
        "test_the_frontier_is_beaten_by_none_and_spans_what_is_known",
    ),
    Mutant(
        "every candidate gets all seeds", "Search.run",
        "min(self.settings.first, self.most)", "self.most",
        "test_the_frontier_is_beaten_by_none_and_spans_what_is_known",
    ),
    Mutant(
        "signs of a sweep are read off means", "turns",
        'points[f"{name}_low"] > 0.0, points[f"{name}_high"] < 0.0', "points[name] > 0.0, points[name] < 0.0",
        "test_what_no_interval_settles_is_said",
    ),
    Mutant(
        "a third key widens the interval of luck", "present.sweep.curves",
        'rows.dropna(subset=[x, name]).groupby([x, "seed"], as_index=False)[name].mean()',
        'rows.dropna(subset=[x, name]).filter([x, "seed", name])',
        "test_a_third_key_is_averaged_over_seed_by_seed",
    ),
    Mutant(
        "a dead writer is told as writing", "writer",
        "fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)", 'return f"written by {owner_of(path)}"',
        "test_status_tells_a_living_writer_from_a_dead_one",
    ),
    Mutant(
        "one look is enough to give a task up", "Queue.left",
        "missing & self.missing", "missing",
        "test_a_queue_that_does_not_answer_has_lost_nobody",
    ),
    Mutant(
        "no code in the id of what is remembered", "Ids.of",
        "[self.plain(self.task), self.plain(job), version()]", "[self.plain(self.task), self.plain(job)]",
        "test_other_code_reuses_nothing",
    ),
    Mutant(
        "no task in the id of what is remembered", "Ids.of",
        "[self.plain(self.task), self.plain(job), version()]", "[self.plain(job), version()]",
        "test_an_id_speaks_of_everything_that_decides_a_result",
    ),
    Mutant(
        "an edited script takes what was remembered", "resume.source",
        "hashlib.sha256(Path(inspect.getfile(one)).read_bytes()).hexdigest()", '""',
        "test_the_source_of_a_script_is_part_of_the_id",
    ),
    Mutant(
        "no checksum checked of what is remembered", "unseal",
        'seal(body).encode("utf-8") == content', "True",
        "test_33_a_flipped_byte_is_found_put_aside_and_made_again",
    ),
    Mutant(
        "results in the order in which they arrive", "computed",
        "[found[k] for k in range(len(jobs))]", "list(found.values())",
        "test_results_that_arrive_in_another_order_are_put_in_that_of_the_jobs",
    ),
    Mutant(
        "what is remembered is made again", "map_runs",
        "{run: (run, job) for run, job in zip(runs, jobs, strict=True) if not found[run]}",
        "{run: (run, job) for run, job in zip(runs, jobs, strict=True)}",
        "test_what_is_kept_is_not_run_again[1]",
    ),
    Mutant(
        "what is remembered goes with the command that failed", "keeping",
        "done or not kept.count", "True",
        "test_runs_stay_until_the_command_is_done",
    ),
    Mutant(
        "an array that is remembered forgets the order of its axes", "packed",
        '"F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"', '"C"',
        "test_what_is_stored_comes_back_to_the_last_bit",
    ),
    Mutant(
        "a number that is remembered forgets the bits of its NaN", "encode",
        'struct.pack(">d", value)', 'struct.pack(">d", float(repr(value)))',
        "test_numbers_that_json_does_not_know[nan1]",
    ),
    Mutant(
        "confirmed on the seeds that chose", "Settings.new_seeds",
        "range(most, most + (most if self.confirm is None else self.confirm))",
        "range(0, (most if self.confirm is None else self.confirm))",
        "test_what_is_chosen_from_luck_is_flattered_and_new_seeds_are_not",
    ),
    Mutant(
        "flattered the wrong way round", "Search.flattered",
        "np.mean(fresh) - np.mean(chosen)", "np.mean(chosen) - np.mean(fresh)",
        "test_who_does_not_stay_on_new_seeds_is_named_with_the_reason",
    ),
    Mutant(
        "confirmed in spite of a limit", "Search.verdict",
        '"outside"', '"stays"',
        "test_who_does_not_stay_on_new_seeds_is_named_with_the_reason",
    ),
    Mutant(
        "confirmed from one end only", "optimise.spread",
        "np.linspace(0, len(frontier) - 1, min(most, len(frontier)))", "np.arange(min(most, len(frontier)))",
        "test_a_long_frontier_is_confirmed_along_its_length_and_none_if_nobody_asks",
    ),
    Mutant(
        "new seeds missing in the table", "Runner.__call__",
        "self.runs.setdefault(point.words, set()).update(chosen)", "self.runs.setdefault(point.words, set(chosen))",
        "test_optimise_says_what_the_frontier_is_and_tells_no_lever_that_is_not_in_play",
    ),
]  # fmt: skip
