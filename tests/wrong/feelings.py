"""What customers feel, say and answer, broken on purpose."""

from tests.wrong import Mutant

MUTANTS = [
    Mutant(
        "usual visitors are last week's", "experience.around",
        'market.surroundings[0]["usual_visitors"]', "market.weekly[-1][:, 0]",
        "test_success_crowds_itself_out",
    ),
    Mutant(
        "links without their mean", "link",
        "np.maximum(0.0, 1.0 + s * (rho / mean - 1.0)) / c", "np.maximum(0.0, 1.0 + s * (rho / mean - 1.0))",
        "test_links_have_mean_one_at_their_mix[2.0-0.5]",
    ),
    Mutant(
        "floors of bonds move nobody unsaid", "bond.alone",
        "not minded", "True",
        "test_where_usual_failures_bring_distrust_it_is_said[bond_terms0-None-True]",
    ),
    Mutant(
        "talk that moves bonds goes unsaid", "word_of_mouth.alone",
        "terms.affinity != 0.0", "terms.affinity > 1.0",
        "test_talk_that_moves_bonds_without_a_program_is_said[0.1-0.2-True]",
    ),
    Mutant(
        "a chance above one", "experience.fits",
        "terms.voice * loudest * strongest", "terms.voice * loudest",
        "test_a_chance_that_its_link_would_carry_above_one_is_refused[-0.5]",
    ),
    Mutant(
        "who copies and who does not are swapped", "scale_free",
        '_uniform(keys, "network_copy", k) < copying', '_uniform(keys, "network_copy", k) > copying',
        "test_picks_follow_the_law_of_copying[0.7]",
    ),
    Mutant(
        "talk without cause moves people", "word_of_mouth.values",
        "[[0.0], worth - mean, worth - mean]", "[[0.0], worth, worth]",
        "test_usual_talk_is_worth_nothing[6.0-3.0]",
    ),
    Mutant(
        "a mean message counts silence", "word_of_mouth.values",
        "min(1.0, terms.talk * terms.negative)", "terms.talk",
        "test_usual_talk_is_worth_nothing[6.0-3.0]",
    ),
    Mutant(
        "a picked friend does not know it", "_mutual",
        "(np.concatenate([who, whom]), np.concatenate([whom, who]))",
        "(np.concatenate([who, who]), np.concatenate([whom, whom]))",
        "test_friendship_is_mutual_and_with_others[small_world]",
    ),
    Mutant(
        "friends depend on how many there are", "_earlier",
        '_uniform(keys, "network_target", k)', '_uniform(keys, "network_target", k) * len(keys) % 1',
        "test_one_more_customer_changes_nobody_elses_friends[small_world]",
    ),
    Mutant(
        "one who refers is not thanked", "referral.book",
        "round(terms.reward * 100) + round(terms.welcome * 100)", "round(terms.welcome * 100)",
        "test_referrals_bring_people_and_cost_what_they_cost",
    ),
    Mutant(
        "the dead are asked", "replies",
        'people["status"] == 1', 'people["status"] >= 0',
        "test_only_customers_of_the_week_answer",
    ),
    Mutant(
        "tired customers reply as before", "replies",
        "before", "0",
        "test_asking_often_tires",
    ),
    Mutant(
        "a bond that grows told as recognition", "recognition.tell",
        'scene.counts.get("recognitions", 0) > 0', 'scene.after["bond"] > scene.before["bond"]',
        "test_a_bond_that_grows_is_no_recognition",
    ),
    Mutant(
        "the diary reads everybody's counters", "Witness._rows",
        "done[self.row][0]", "sum(counts for counts, _ in done.values())",
        "test_it_tells_what_happened_and_nothing_else[en-words0]",
    ),
    Mutant(
        "the diary of a market without a program", "diary.command",
        'rest if named else [f"scenario={WORLD}", *rest]', "rest",
        "test_without_a_program_in_the_words_it_tells_of_one",
    ),
    Mutant(
        "quality reads satisfaction", "survey.about",
        'state(people, "expectation")[rows, j]', "sat",
        "test_each_question_reads_its_own_state",
    ),
    Mutant(
        "rounding left out of noise", "noise_dimensions",
        "variance + 1.0 / 12.0", "variance",
        "test_noise_alone_looks_like_dimensions[0.8-2.0]",
    ),
    Mutant(
        "the value of a customer not discounted", "attitudes.bought",
        "contracts.customer_value(profit / 100.0 / entered.sum())",
        "contracts.customer_value(profit / 100.0 / entered.sum(), 0.0)",
        "test_felt_figures_by_hand",
    ),
    Mutant(
        "who never bought counts as leaving", "stated",
        "wave.customer.isin(before)", "wave.customer >= 0",
        "test_stated_is_held_against_actual",
    ),
    Mutant(
        "faults that stay repaired for ever", "improvement.around",
        "0.5 ** (1.0 / own.half_life)", "1.0 ** (1.0 / own.half_life)",
        "test_faults_left_follow_the_complaints",
    ),
    Mutant(
        "trained people never leave", "staff.around",
        "last[j] + own.training * (1.0 - last[j]) - own.turnover * last[j]", "last[j] + own.training * (1.0 - last[j])",
        "test_skill_follows_its_closed_form",
    ),
    Mutant(
        "shoppers whom everybody recognises", "audit.wave",
        "own.notice", "1.0",
        "test_s3_55_shoppers_are_a_small_sample_biased_where_recognised[0.4-0.4]",
    ),
    Mutant(
        "friends who left still belong", "community.around",
        "own.memory", "5200",
        "test_s1_13_exits_are_contagious_or_not[1.0--1]",
    ),
    Mutant(
        "friends who are not in the market count", "look_around",
        "(2, 1)", "(2, 0)",
        "test_neutral_is_absent[arrivals-beside everything]",
    ),
    Mutant(
        "an arm begins without what the market has in common", "branch",
        "[{**rest, **row} for row in market.surroundings]", "list(market.surroundings)",
        "test_a_program_launched_later_finds_its_firm_as_at_birth",
    ),
    Mutant(
        "weeks without a component paid for", "of_component",
        'self.totals.get(f"weeks_running/{name}", 0)', "self.model.week + 1",
        "test_who_copies_a_cause_pays_from_then_on",
    ),
]  # fmt: skip
