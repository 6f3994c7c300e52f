"""Sweeps, stores and searches, broken on purpose."""

from tests.wrong import Mutant

MUTANTS = [
    Mutant(
        "memory of one world for a run of several", "scenario/size.py",
        "each *= KEPT if several else 1", "each *= 1",
        "scenario/test_scenario.py::test_a_run_of_several_worlds_is_counted_as_a_whole",
    ),
    Mutant(
        "a margin that is a mark-up", "studies/dials.py",
        "price * (1.0 - value)", "price / (1.0 + value)",
        "studies/test_dials.py::test_a_dial_turns_what_it_names_and_nothing_else[margin]",
    ),
    Mutant(
        "a checksum that is not compared", "runs/store.py",
        'whole = seal(body).encode("utf-8") == content', "whole = True",
        "runs/test_store.py::test_33_every_flipped_byte_of_a_result_is_found",
    ),
    Mutant(
        "another run's result is taken", "runs/store.py",
        'if (body.get("run"), body.get("seed")) != (run.key, run.seed):', "if False:",
        "runs/test_store.py::test_a_result_of_another_run_under_this_name_is_damage",
    ),
    Mutant(
        "half-written results are left lying", "runs/store.py",
        '*self.folder.glob("runs/*/.*.tmp")', '*self.folder.glob("runs/.*.tmp")',
        "runs/test_store.py::test_25_what_was_half_written_is_ignored_and_cleaned",
    ),
    Mutant(
        "a lock that two may hold", "runs/store.py",
        "fcntl.LOCK_EX | fcntl.LOCK_NB", "fcntl.LOCK_SH | fcntl.LOCK_NB",
        "runs/test_store.py::test_26_the_second_process_learns_the_owner_and_a_dead_owner_never_blocks",
    ),
    Mutant(
        "a chunk is lost with its worker", "runs/executors.py",
        "self.waiting.extendleft(reversed(worker.sent))", "worker.sent.clear()",
        "runs/test_executors.py::test_27_what_else_a_dead_worker_held_is_done_by_another",
    ),
    Mutant(
        "keys with one tag multiply", "studies/grid.py",
        "if any(one.tags & other.tags for other in g)", "if any(one.tags and not one.tags for other in g)",
        "studies/test_grid.py::test_keys_that_share_a_tag_move_together",
    ),
    Mutant(
        "a run's id without its seed", "studies/sweep.py",
        'f"{config} {version} {seed}"', 'f"{config} {version}"',
        "studies/test_grid.py::test_points_that_are_the_same_world_share_their_runs",
    ),
    Mutant(
        "rows of other code are not marked", "studies/sweep.py",
        '"forced": job.forced', '"forced": ""',
        "studies/test_sweep.py::test_22_other_code_goes_on_only_if_told_and_every_row_says_so",
    ),
    Mutant(
        "infinity is a number", "studies/sweep.py",
        "if math.isinf(value)]", "if math.isnan(value) and math.isinf(value)]",
        "studies/test_sweep.py::test_36_an_infinite_number_fails_the_run_and_an_undefined_one_is_empty",
    ),
    Mutant(
        "rows in the order of their ids", "studies/collect.py",
        "for run in runs:\n        try:", "for run in sorted(runs, key=lambda run: run.key):\n        try:",
        "studies/test_sweep.py::test_one_tidy_row_per_point_and_seed_with_units_and_the_numbers_of_a_study",
    ),
    Mutant(
        "a formula in a cell", "studies/collect.py",
        'DANGEROUS = ("=", "+", "-", "@",', 'DANGEROUS = ("=", "+", "@",',
        "studies/test_sweep.py::test_no_text_cell_is_a_formula[-2+3]",
    ),
    Mutant(
        "verify believes every checksum", "studies/sweep.py",
        "elif any(bytes_of(sweep, run, e) != bytes_of(other, run, e) for e in ending):", "elif False:",
        "studies/test_sweep.py::test_verify_makes_runs_again_and_sees_a_number_that_was_sealed_wrongly",
    ),
    Mutant(
        "a checkpoint of the week before", "market/checkpoint.py",
        'market.week, market.ledgers = about["week"], about["ledgers"]',
        'market.week, market.ledgers = about["week"] - 1, about["ledgers"]',
        "market/test_checkpoint.py::test_go_on_from_a_file_to_the_same_bytes[points-7]",
    ),
    Mutant(
        "arms that share their people", "market/checkpoint.py",
        "made.population.columns[name] = column.copy()", "made.population.columns[name] = column",
        "market/test_checkpoint.py::test_a_branch_is_a_market_of_its_own",
    ),
    Mutant(
        "words take no room", "scenario/size.py",
        "each += firms * (weeks if several or scenario.record.log else 2.0)", "each += 0.0",
        "scenario/test_scenario.py::test_the_size_counts_friends_and_words",
    ),
    Mutant(
        "a script that takes any text after a name", "runs/cluster.py",
        "if not PLAIN.fullmatch(text)", "if not PLAIN.match(text)",
        "runs/test_cluster.py::test_nothing_but_a_name_reaches_a_script[slurm.partition]",
    ),
    Mutant(
        "a task of the queue that dies takes its other runs along", "runs/cluster.py",
        "                lost += left\n", "                lost += left[:0]\n",
        "runs/test_cluster.py::test_the_queue_loses_only_the_run_whose_process_was_killed[parent]",
    ),
    Mutant(
        "the last category is hardly ever met", "studies/factors.py",
        "return min(int(u * len(self.words)), len(self.words) - 1)", "return int(u * (len(self.words) - 1))",
        "studies/test_explore.py::test_a_latin_hypercube_meets_every_slice_of_every_factor_once",
    ),
    Mutant(
        "a whole number that never reaches its end", "studies/factors.py",
        "min(int(u * (self.high - self.low + 1)), int(self.high - self.low))", "int(u * (self.high - self.low))",
        "studies/test_explore.py::test_ranges_keep_their_ends_and_whole_numbers_stay_whole",
    ),
    Mutant(
        "a lever brings the program that it belongs to", "studies/grid.py",
        "if isinstance(item, compose.Choice) or all(", "if parts is not None or all(",
        "studies/test_explore.py::test_every_point_is_what_its_words_compose_and_a_lever_of_an_absent_program_is_left_out",
    ),
    Mutant(
        "a text that no file can hold", "scenario/reader.py",
        'if "${" in raw:', 'if "${" in raw[:0]:',
        "scenario/test_scenario.py::test_text_that_a_file_could_not_hold_is_refused",
    ),
    Mutant(
        "interactions forgotten", "studies/sensitivity.py",
        '"total": (found["ST"], found["ST_conf"])', '"total": (found["S1"], found["S1_conf"])',
        "studies/test_explore.py::test_sobol_indices_of_the_ishigami_function",
    ),
    Mutant(
        "a category's effect by the length of the step", "studies/sensitivity.py",
        "[step if f.words else 1.0 for f in factors]", "[1.0 for f in factors]",
        "studies/test_explore.py::test_morris_effects_of_a_line_and_a_category",
    ),
    Mutant(
        "coverage of all points", "studies/sensitivity.py",
        "hits / int((above == side).sum())", "hits / len(above)",
        "studies/test_explore.py::test_a_tree_finds_a_planted_threshold_and_says_it_in_words",
    ),
    Mutant(
        "rules that judge themselves", "studies/sensitivity.py",
        "float(selection.cross_val_score(model, matrix, above, cv=folds).mean())",
        "float(model.fit(matrix, above).score(matrix, above)) + 0.1 * (folds is None)",
        "studies/test_explore.py::test_rules_of_noise_are_not_believed",
    ),
    Mutant(
        "most is least", "studies/optimise.py",
        'signs = {"min": 1.0, "max": -1.0,', 'signs = {"min": 1.0, "max": 1.0,',
        "studies/test_explore.py::test_the_best_acquisition_budget_of_blattberg_and_deighton",
    ),
    Mutant(
        "a limit from the wrong side", "studies/optimise.py",
        "return self.sign * (value - self.limit)", "return self.sign * (self.limit - value)",
        "studies/test_explore.py::test_a_limit_is_kept_and_the_same_seed_finds_the_same",
    ),
    Mutant(
        "left behind for one goal of two", "studies/optimise.py",
        "all(surely_above(difference, 0.0) for difference in worse)",
        "any(surely_above(difference, 0.0) for difference in worse)",
        "studies/test_explore.py::test_the_frontier_is_beaten_by_none_and_spans_what_is_known",
    ),
    Mutant(
        "every candidate gets all seeds", "studies/optimise.py",
        "self.more_seeds(batch, min(self.settings.first, self.most))", "self.more_seeds(batch, self.most)",
        "studies/test_explore.py::test_the_frontier_is_beaten_by_none_and_spans_what_is_known",
    ),
    Mutant(
        "signs of a sweep are read off means", "present/sweep.py",
        'points[f"{name}_low"] > 0.0, points[f"{name}_high"] < 0.0', "points[name] > 0.0, points[name] < 0.0",
        "present/test_sweep.py::test_what_no_interval_settles_is_said",
    ),
    Mutant(
        "a third key widens the interval of luck", "present/sweep.py",
        'groupby([x, "seed"], as_index=False)[name].mean()', 'filter([x, "seed", name])',
        "present/test_sweep.py::test_a_third_key_is_averaged_over_seed_by_seed",
    ),
    Mutant(
        "a dead writer is told as writing", "runs/store.py",
        "fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # free", 'return f"written by {owner_of(path)}"  # free',
        "present/test_sweep.py::test_status_tells_a_living_writer_from_a_dead_one",
    ),
    Mutant(
        "one look is enough to give a task up", "runs/cluster.py",
        "self.gone |= missing & self.missing", "self.gone |= missing",
        "runs/test_cluster.py::test_a_queue_that_does_not_answer_has_lost_nobody",
    ),
    Mutant(
        "no code in the id of what is remembered", "runs/resume.py",
        "whole = [self.plain(self.task), self.plain(job), version()]",
        "whole = [self.plain(self.task), self.plain(job)]",
        "runs/test_resume.py::test_other_code_reuses_nothing",
    ),
    Mutant(
        "no task in the id of what is remembered", "runs/resume.py",
        "whole = [self.plain(self.task), self.plain(job), version()]",
        "whole = [self.plain(job), version()]",
        "runs/test_resume.py::test_an_id_speaks_of_everything_that_decides_a_result",
    ),
    Mutant(
        "an edited script takes what was remembered", "runs/resume.py",
        "return hashlib.sha256(Path(inspect.getfile(one)).read_bytes()).hexdigest()", 'return ""',
        "runs/test_resume.py::test_the_source_of_a_script_is_part_of_the_id",
    ),
    Mutant(
        "no checksum checked of what is remembered", "runs/store.py",
        'whole = seal(body).encode("utf-8") == content', "whole = True",
        "runs/test_resume.py::test_33_a_flipped_byte_is_found_put_aside_and_made_again",
    ),
    Mutant(
        "results in the order in which they arrive", "runs/pool.py",
        "return [found[k] for k in range(len(jobs))]", "return list(found.values())",
        "runs/test_resume.py::test_results_that_arrive_in_another_order_are_put_in_that_of_the_jobs",
    ),
    Mutant(
        "what is remembered is made again", "runs/pool.py",
        "zip(runs, jobs, strict=True) if not found[run]}", "zip(runs, jobs, strict=True)}",
        "runs/test_resume.py::test_what_is_kept_is_not_run_again[1]",
    ),
    Mutant(
        "what is remembered goes with the command that failed", "runs/resume.py",
        "if done or not kept.count:", "if True:",
        "runs/test_resume.py::test_runs_stay_until_the_command_is_done",
    ),
    Mutant(
        "an array that is remembered forgets the order of its axes", "runs/encode.py",
        'order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"', 'order = "C"',
        "runs/test_encode.py::test_what_is_stored_comes_back_to_the_last_bit",
    ),
    Mutant(
        "a number that is remembered forgets the bits of its NaN", "runs/encode.py",
        'struct.pack(">d", value).hex()', 'struct.pack(">d", float(repr(value))).hex()',
        "runs/test_encode.py::test_numbers_that_json_does_not_know[nan1]",
    ),
    Mutant(
        "confirmed on the seeds that chose", "studies/optimise.py",
        "return range(most, most + (most if", "return range(0, (most if",
        "studies/test_explore.py::test_what_is_chosen_from_luck_is_flattered_and_new_seeds_are_not",
    ),
    Mutant(
        "flattered the wrong way round", "studies/optimise.py",
        "value = float(np.mean(fresh) - np.mean(chosen))", "value = float(np.mean(chosen) - np.mean(fresh))",
        "studies/test_explore.py::test_who_does_not_stay_on_new_seeds_is_named_with_the_reason",
    ),
    Mutant(
        "confirmed in spite of a limit", "studies/optimise.py",
        'return "outside"', 'return "stays"',
        "studies/test_explore.py::test_who_does_not_stay_on_new_seeds_is_named_with_the_reason",
    ),
    Mutant(
        "confirmed from one end only", "studies/optimise.py",
        "np.linspace(0, len(frontier) - 1, min(most, len(frontier)))", "np.arange(min(most, len(frontier)))",
        "studies/test_explore.py::test_a_long_frontier_is_confirmed_along_its_length_and_none_if_nobody_asks",
    ),
    Mutant(
        "new seeds missing in the table", "cli/explore.py",
        "self.runs.setdefault(point.words, set()).update(chosen)", "self.runs.setdefault(point.words, set(chosen))",
        "studies/test_explore.py::test_optimise_says_what_the_frontier_is_and_tells_no_lever_that_is_not_in_play",
    ),
]  # fmt: skip
