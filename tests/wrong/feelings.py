"""What customers feel, say and answer, broken on purpose."""

from tests.wrong import Mutant

MUTANTS = [
    Mutant(
        "satisfaction reads the expectation after the visit", "behaviour/experience.py",
        "moved = satisfaction_moves(sat, expectation, quality,",
        "moved = satisfaction_moves(sat, expectation + experience_learning * (quality - expectation), quality,",
        "behaviour/test_experience.py::test_satisfaction_follows_its_closed_form_at_every_customer[1.0]",
    ),
    Mutant(
        "failures are not part of what is usual", "behaviour/experience.py",
        '"experience_usual": terms.failure * terms.severity', '"experience_usual": 0.0 * terms.severity',
        "behaviour/test_experience.py::test_steady_satisfaction_has_its_mean_and_variance[0.3-service0]",
    ),
    Mutant(
        "recovery without a complaint", "behaviour/experience.py",
        "            if draw_recovery < service_recovery:",
        "        if draw_recovery < service_recovery:\n            if True:",
        "behaviour/test_experience.py::test_a_recovery_makes_good_less_the_later_it_comes",
    ),
    Mutant(
        "a recovery makes all good", "behaviour/experience.py",
        "return harm - (1.0 + experience_paradox) * good * harm", "return harm - (1.0 + experience_paradox) * harm",
        "behaviour/test_experience.py::test_a_recovery_makes_good_less_the_later_it_comes",
    ),
    Mutant(
        "a promise is heard every week", "behaviour/experience.py",
        "service_promise - promised), service_promise", "service_promise - promised), promised",
        "behaviour/test_experience.py::test_a_promise_is_heard_once_by_everybody",
    ),
    Mutant(
        "a crowd pleases", "behaviour/experience.py",
        "- experience_congestion * crowd", "+ experience_congestion * crowd",
        "behaviour/test_experience.py::test_a_crowd_takes_quality_off_next_week",
    ),
    Mutant(
        "usual visitors are last week's", "behaviour/experience.py",
        'market.surroundings[0]["usual_visitors"]', "market.weekly[-1][:, 0]",
        "behaviour/test_experience.py::test_success_crowds_itself_out",
    ),
    Mutant(
        "links without their mean", "mechanism/links.py",
        "s * (rho / mean - 1.0)) / c", "s * (rho / mean - 1.0))",
        "behaviour/test_bond.py::test_links_have_mean_one_at_their_mix[2.0-0.5]",
    ),
    Mutant(
        "a bond beyond full", "behaviour/bond.py",
        "min(1.0, effect * receptivity) * (1.0 - bond)", "effect * receptivity",
        "behaviour/test_bond.py::test_a_touchpoint_closes_part_of_the_gap",
    ),
    Mutant(
        "a negative event ignores the floor", "behaviour/bond.py",
        "return bond - min(1.0, loss * effect) * (bond - floor)", "return bond - min(1.0, loss * effect) * bond",
        "behaviour/test_emotions.py::test_a_negative_event_takes_part_of_what_lies_above_the_floor",
    ),
    Mutant(
        "crowding-out builds the bond", "behaviour/bond.py",
        "event -= bond_crowding", "event += bond_crowding",
        "behaviour/test_emotions.py::test_the_events_of_a_visit_add_up",
    ),
    Mutant(
        "a full bond falls to the floor", "behaviour/emotions.py",
        "    if bond < level:\n", "    if bond <= level:\n",
        "behaviour/test_emotions.py::test_a_full_bond_stays_full",
    ),
    Mutant(
        "sides do not feel receptivity", "behaviour/emotions.py",
        "return bond_moves(side, event, link_recept, bond_loss, bond_floor)",
        "return bond_moves(side, event, 1.0, bond_loss, bond_floor)",
        "behaviour/test_emotions.py::test_sides_that_weigh_alike_and_move_alike_are_one_bond[program1-events1-1.0]",
    ),
    Mutant(
        "being paid to come builds trust", "behaviour/emotions.py",
        "event -= crowding_trust * paid", "event += crowding_trust * paid",
        "behaviour/test_emotions.py::test_being_paid_to_come_crowds_out_or_in",
    ),
    Mutant(
        "sides of no weight silence the bond", "behaviour/bond.py",
        'only="bond_eventful != 0", order=90', 'only="bond_eventful != 0", unless=("emotions",), order=90',
        "behaviour/test_emotions.py::test_keys_of_the_one_bond_are_refused_beside_five_sides[failure]",
    ),
    Mutant(
        "a promise is kept on paper", "behaviour/experience.py",
        "return moved, learnt, quality, cared", "return moved, learnt, service_quality, cared",
        "behaviour/test_felt_signs.py::test_s4_46_failures_break_promises[bond-bond0-None]",
    ),
    Mutant(
        "a usual firm is held to a promise", "behaviour/bond.py",
        "if service_pledged == 0:", "if service_pledged == 2:",
        "behaviour/test_felt_signs.py::test_a_usual_service_promises_nothing",
    ),
    Mutant(
        "floors of bonds move nobody unsaid", "behaviour/bond.py",
        "terms.floor == 0.0 or not minded", "terms.floor == 0.0 or True",
        "behaviour/test_emotions.py::test_where_usual_failures_bring_distrust_it_is_said[bond_terms0-None-True]",
    ),
    Mutant(
        "talk that moves bonds goes unsaid", "behaviour/word_of_mouth.py",
        "warms = terms.affinity != 0.0 and", "warms = terms.affinity > 1.0 and",
        "behaviour/test_word_of_mouth.py::test_talk_that_moves_bonds_without_a_program_is_said[0.1-0.2-True]",
    ),
    Mutant(
        "a chance above one", "behaviour/experience.py",
        "terms.voice * loudest * strongest > 1", "terms.voice * loudest > 1",
        "behaviour/test_experience.py::test_a_chance_that_its_link_would_carry_above_one_is_refused[-0.5]",
    ),
    Mutant(
        "who copies and who does not are swapped", "theory/networks.py",
        '_uniform(keys, "network_copy", k) < copying', '_uniform(keys, "network_copy", k) > copying',
        "behaviour/test_word_of_mouth.py::test_picks_follow_the_law_of_copying[0.7]",
    ),
    Mutant(
        "attachment grows without trust", "behaviour/emotions.py",
        "\n        attachment = min(attachment, felt_attachment)",
        "\n        attachment = max(attachment, felt_attachment)",
        "behaviour/test_emotions.py::test_no_attachment_without_trust",
    ),
    Mutant(
        "the sides of a bond are summed", "behaviour/emotions.py",
        'w / total if total > 0 else 0.0', 'w if total > 0 else 0.0',
        "behaviour/test_emotions.py::test_the_bond_is_the_weighted_mean_of_its_sides",
    ),
    Mutant(
        "talk without cause moves people", "behaviour/word_of_mouth.py",
        "return np.concatenate([[0.0], worth - mean, worth - mean])", "return np.concatenate([[0.0], worth, worth])",
        "behaviour/test_word_of_mouth.py::test_usual_talk_is_worth_nothing[6.0-3.0]",
    ),
    Mutant(
        "a mean message counts silence", "behaviour/word_of_mouth.py",
        "reach = (min(1.0, terms.talk * terms.negative), terms.talk, terms.talk)",
        "reach = (terms.talk, terms.talk, terms.talk)",
        "behaviour/test_word_of_mouth.py::test_usual_talk_is_worth_nothing[6.0-3.0]",
    ),
    Mutant(
        "eights are promoters", "behaviour/word_of_mouth.py",
        "    if answer < 8.5:", "    if answer < 7.5:",
        "behaviour/test_word_of_mouth.py::test_promoters_answer_nine_or_ten_and_detractors_six_or_less",
    ),
    Mutant(
        "a picked friend does not know it", "theory/networks.py",
        "ends = (np.concatenate([who, whom]), np.concatenate([whom, who]))",
        "ends = (np.concatenate([who, who]), np.concatenate([whom, whom]))",
        "behaviour/test_word_of_mouth.py::test_friendship_is_mutual_and_with_others[small_world]",
    ),
    Mutant(
        "friends depend on how many there are", "theory/networks.py",
        '(_uniform(keys, "network_target", k) * row)', '(_uniform(keys, "network_target", k) * len(keys) % 1 * row)',
        "behaviour/test_word_of_mouth.py::test_one_more_customer_changes_nobody_elses_friends[small_world]",
    ),
    Mutant(
        "one who refers is not thanked", "programs/referral.py",
        "(round(terms.reward * 100) + round(terms.welcome * 100))", "round(terms.welcome * 100)",
        "behaviour/test_word_of_mouth.py::test_referrals_bring_people_and_cost_what_they_cost",
    ),
    Mutant(
        "the dead are asked", "market/survey.py",
        'people["status"] == 1', 'people["status"] >= 0',
        "market/test_survey.py::test_only_customers_of_the_week_answer",
    ),
    Mutant(
        "tired customers reply as before", "market/survey.py",
        "(1.0 - terms.fatigue) ** before", "(1.0 - terms.fatigue) ** 0",
        "market/test_survey.py::test_asking_often_tires",
    ),
    Mutant(
        "a bond that grows told as recognition", "programs/recognition.py",
        'scene.counts.get("recognitions", 0) > 0', 'scene.after["bond"] > scene.before["bond"]',
        "present/test_diary.py::test_a_bond_that_grows_is_no_recognition",
    ),
    Mutant(
        "the diary reads everybody's counters", "present/diary.py",
        "self.own = done[self.row][0]", "self.own = sum(counts for counts, _ in done.values())",
        "present/test_diary.py::test_it_tells_what_happened_and_nothing_else[en-words0]",
    ),
    Mutant(
        "the diary of a market without a program", "present/diary.py",
        'rest if named else [f"scenario={WORLD}", *rest]', "rest",
        "present/test_diary.py::test_without_a_program_in_the_words_it_tells_of_one",
    ),
    Mutant(
        "quality reads satisfaction", "market/survey.py",
        'read = (sat, state(people, "expectation")[rows, j], ', "read = (sat, sat, ",
        "market/test_survey.py::test_each_question_reads_its_own_state",
    ),
    Mutant(
        "care forgets failures", "behaviour/experience.py",
        "(experience_usual - harm + friendly - care)", "(experience_usual + friendly - care)",
        "market/test_survey.py::test_care_remembers_failures_and_answers",
    ),
    Mutant(
        "rounding left out of noise", "market/survey.py",
        "variance / (variance + 1.0 / 12.0)", "variance / variance",
        "market/test_survey.py::test_noise_alone_looks_like_dimensions[0.8-2.0]",
    ),
    Mutant(
        "the value of a customer not discounted", "measures/attitudes.py",
        "profit / 100.0 / entered.sum())", "profit / 100.0 / entered.sum(), 0.0)",
        "market/test_survey.py::test_felt_figures_by_hand",
    ),
    Mutant(
        "who never bought counts as leaving", "measures/attitudes.py",
        "wave = wave[wave.customer.isin(before)]", "wave = wave[wave.customer >= 0]",
        "market/test_survey.py::test_stated_is_held_against_actual",
    ),
    Mutant(
        "cross-buying that spills over the wrong way", "behaviour/cross_buying.py",
        "min(100.0, cross_by * feeling)", "min(100.0, -cross_by * feeling)",
        "behaviour/test_cross_buying.py::test_s2_05_s4_10_s1_01_trust_spills_over_or_not[2.0-1]",
    ),
    Mutant(
        "the second basket sold at no cost of goods", "behaviour/cross_buying.py",
        "return cents + int(cents * cross_size), spend + more, 1, more", "return cents, spend + more, 1, more",
        "behaviour/test_cross_buying.py::test_without_feelings_it_happens_at_its_base_chance[0.1]",
    ),
    Mutant(
        "contacts that nobody remembers", "programs/contact.py",
        "bond_floor), before + 1.0, 1", "bond_floor), before, 1",
        "programs/test_contact.py::test_s3_60_care_goes_on_pleasing_or_wears_off[3.0--1]",
    ),
    Mutant(
        "contacts that suit everybody", "programs/contact.py",
        "if draw_contact_fit < contact_fit:", "if draw_contact_fit < 1.0:",
        "programs/test_contact.py::test_s1_08_s0_23_s1_14_tailored_messages_win_customers_or_lose_them[0.2--1]",
    ),
    Mutant(
        "a cause that nobody minds", "programs/cause.py",
        "return max(-1.0, 1.0 - abs", "return max(0.0, 1.0 - abs",
        "programs/test_contact.py::test_s0_25_a_cause_wins_or_costs_customers[1.0-0.4--1]",
    ),
    Mutant(
        "what is hidden is always found out", "programs/candour.py",
        "if draw_discovery < candour_discovery:", "if draw_discovery < 1.0:",
        "programs/test_contact.py::test_s4_33_honesty_pays_above_a_chance_of_discovery[0.1--1]",
    ),
    Mutant(
        "faults that stay repaired for ever", "programs/improvement.py",
        "(1.0 - last[j]) * 0.5 **", "(1.0 - last[j]) * 1.0 **",
        "programs/test_listening.py::test_faults_left_follow_the_complaints",
    ),
    Mutant(
        "repaired faults fail as before", "behaviour/experience.py",
        "service_failures * faults_left:", "service_failures:",
        "programs/test_listening.py::test_s3_58_complaints_lower_later_failures_and_save_customers[3.0--1]",
    ),
    Mutant(
        "trained people never leave", "programs/staff.py",
        " - own.turnover * last[j]", "",
        "programs/test_listening.py::test_skill_follows_its_closed_form",
    ),
    Mutant(
        "friendliness that nobody is asked about", "behaviour/experience.py",
        "(experience_usual - harm + friendly - care)", "(experience_usual - harm - care)",
        "programs/test_listening.py::test_s2_15_three_attributes_of_service_move_what_customers_say_of_it[friendliness]",
    ),
    Mutant(
        "false alarms are free of charge", "programs/monitoring.py",
        "return sat - monitoring_made_good * min(0.0, sat), 1",
        "return sat - monitoring_made_good * min(0.0, sat), int(said == DETRACTOR)",
        "programs/test_listening.py::test_answers_by_hand",
    ),
    Mutant(
        "shoppers whom everybody recognises", "programs/audit.py",
        'draws.lasting(keys, "audit_seen") < own.notice', 'draws.lasting(keys, "audit_seen") < 1.0',
        "programs/test_listening.py::test_s3_55_shoppers_are_a_small_sample_biased_where_recognised[0.4-0.4]",
    ),
    Mutant(
        "stamps on what was brought back", "programs/stamps.py",
        '"stamps_least": max(1, round', '"stamps_least": max(0, round',
        "programs/test_listening.py::test_what_is_brought_back_is_nobodys_revenue",
    ),
    Mutant(
        "a refund of half the price", "programs/returns.py",
        "return 0, sat + experience_gain", "return spend // 2, sat + experience_gain",
        "programs/test_listening.py::test_what_is_brought_back_is_nobodys_revenue",
    ),
    Mutant(
        "opportunists of the other kind", "programs/returns.py",
        "returns_lean * (1.0 - 2.0 * rho)", "returns_lean * (2.0 * rho - 1.0)",
        "programs/test_listening.py::test_s3_16_transactional_or_relational_customers_abuse_it[1.0-1]",
    ),
    Mutant(
        "a walk out for a week less", "behaviour/walkout.py",
        "return week + 1 + walkout_weeks, 1", "return week + walkout_weeks, 1",
        "programs/test_listening.py::test_who_walked_out_is_not_seen_until_then",
    ),
    Mutant(
        "convenience that relational customers always mind more", "programs/ease.py",
        "return link_hassle * ease_saved", "return ease_saved",
        "programs/test_listening.py::test_s3_19_convenience_moves_transactional_or_relational_customers[-1.0-1]",
    ),
    Mutant(
        "friends who left still belong", "programs/community.py",
        "(market.week - last <= own.memory)", "(market.week - last <= 5200)",
        "programs/test_community.py::test_s1_13_exits_are_contagious_or_not[1.0--1]",
    ),
    Mutant(
        "friends who are not in the market count", "programs/community.py",
        "for least in (2, 1))", "for least in (2, 0))",
        "mechanism/test_mechanisms.py::test_neutral_is_absent[arrivals-beside everything]",
    ),
    Mutant(
        "an arm begins without what the market has in common", "market/checkpoint.py",
        "[{**rest, **row} for row in market.surroundings]", "list(market.surroundings)",
        "programs/test_community.py::test_a_program_launched_later_finds_its_firm_as_at_birth",
    ),
    Mutant(
        "between visits attachment grows without trust", "behaviour/emotions.py",
        "\n                attachment = min(attachment, felt_attachment)",
        "\n                attachment = max(attachment, 0.0)",
        "programs/test_contact.py::test_contacts_pass_the_gate_only_with_trust",
    ),
    Mutant(
        "contacts move choices past the sides", "behaviour/emotions.py",
        'Hook("week", sides_settle, sets=(*FELT, "felt_bond", "bond"), only=TOUCHED, order=75)',
        'Hook("week", sides_settle, sets=(*FELT, "felt_bond", "bond"), only="emotions_on == 7", order=75)',
        "programs/test_contact.py::test_what_touches_no_side_moves_nothing[program1]",
    ),
    Mutant(
        "a bother that bothers twice builds a bond beyond all bounds", "behaviour/emotions.py",
        "        side = bond_rises(side, moved, 1.0)", "        side = bond_falls(side, -moved, 1.0, bond_floor)",
        "programs/test_contact.py::test_bonds_stay_in_their_range_whatever_the_signs[1.0--1.0]",
    ),
    Mutant(
        "weeks without a component paid for", "firms/firm.py",
        '"weeks_running": self.totals.get(f"weeks_running/{name}", 0)', '"weeks_running": self.model.week + 1',
        "programs/test_contact.py::test_who_copies_a_cause_pays_from_then_on",
    ),
]  # fmt: skip
