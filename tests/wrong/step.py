"""The step and the rules of mechanisms, broken on purpose."""

from tests.wrong import Mutant

MUTANTS = [
    Mutant(
        "points held by those who left never lapse", "WEEK",
        "# unsigned: no check for negative rows\n"
        "        {room}\n"
        "        if status[i] == 0:",
        "# unsigned: no check for negative rows\n"
        "        {room}\n"
        "        if status[i] != 1:",
        "test_points_of_customers_who_left_lapse_like_any_others",
    ),
    Mutant(
        "key without week", "WEEK",
        "now = child(key[i], np.uint64(week))\n"
        "        rate",
        "now = child(key[i], np.uint64(0))\n"
        "        rate",
        "test_the_step_reads_the_documented_addresses",
    ),
    Mutant(
        "key without occasion", "WEEK",
        "then = child(now, OCCASION + np.uint64(occasion))", "then = child(now, OCCASION)",
        "test_the_step_reads_the_documented_addresses",
    ),
    Mutant(
        "key by position instead of id", "RACE",
        "unit(child(luck, firm_key[j]))", "unit(child(luck, np.uint64(j)))",
        "test_an_unknown_firm_changes_nothing",
    ),
    Mutant(
        "the race is lost by the better firm", "RACE",
        "math.exp(behind)", "math.exp(-behind)",
        "test_the_step_reads_the_documented_addresses",
    ),
    Mutant(
        "the price is not paid", "Assembler.source",
        '"np.int64(cents * paid[j])"', '"np.int64(cents)"',
        "test_08_a_price_scales_spending_and_not_the_basket",
    ),
    Mutant(
        "churn before purchase", "WEEK",
        "            j = chosen\n",
        "            j = chosen\n"
        "            {leave}\n",
        "test_the_purchase_comes_before_the_leaving",
    ),
    Mutant(
        "the dead buy", "WEEK",
        "if status[i] == 2:\n"
        "            continue\n"
        "        now = child(key[i], np.uint64(week))\n"
        "        rate",
        "if status[i] == 3:\n"
        "            continue\n"
        "        now = child(key[i], np.uint64(week))\n"
        "        rate",
        "test_the_purchase_comes_before_the_leaving",
    ),
    Mutant(
        "renewals are not centred on what is usual", "RIVALS",
        " - {sensitivity} * renewal_usual", "",
        "test_what_is_usual_at_the_own_firm_moves_nobody",
    ),
    Mutant(
        "a moved taste is read at the median", "taste",
        '"    row, column = shift_place(shift), rank_place(taste_rank[i, j])"',
        '"    row, column = shift_place(shift), rank_place(0.0 * taste_rank[i, j])"',
        "test_a_better_firm_gains_at_every_rank",
    ),
    Mutant(
        "a gain by taste counts twice", "taste",
        '"    utility[j] = log_g[i, j] + between(row - k, low, high) + beyond(shift)"',
        '"    utility[j] = log_g[i, j] + shift + between(row - k, low, high) + beyond(shift)"',
        "test_a_better_firm_gains_at_every_rank",
    ),
    Mutant(
        "no outside option at lower prices", "appeal",
        '"appeal = math.log1p(max(-0.9999999999999999, appeal))"',
        '"appeal = min(0.0, math.log1p(max(-0.9999999999999999, appeal)))"',
        "test_the_category_grows_with_the_appeal_of_all_offers[0.8-elastic]",
    ),
    Mutant(
        "every firm loses its cards together", "bind",
        'f"item_uniform(child(key[i], np.uint64(week)), {draws.purpose(name[5:])!r}, firm_key[j])"',
        'f"uniform(child(key[i], np.uint64(week)), {draws.purpose(name[5:])!r})"',
        "test_a_draw_of_the_week_is_one_for_each_firm",
    ),
    Mutant(
        "times that are not uniform", "Assembler.clock",
        '"left *= math.exp(math.log(uniform(then, TIME)) / (many - occasion))"',
        '"left *= math.exp(math.log(uniform(then, TIME)) / many)"',
        "test_times_are_uniform_and_gaps_exponential",
    ),
    Mutant(
        "a hazard instead of its odds", "exit_odds",
        "theta / max(1.0 - theta, 1e-300)", "theta",
        "test_nothing_changed_means_theta[1.0-0.9]",
    ),
    Mutant(
        "own improvements drive people away", "switch_odds",
        "lure - own", "lure + own",
        "test_an_own_improvement_never_raises_leaving",
    ),
    Mutant(
        "a switching cost that counts twice", "renewal.MECHANISM",
        "terms.switching_cost - terms.usual_switching_cost", "terms.switching_cost",
        "test_a_switching_cost_at_its_usual_value_changes_nothing",
    ),
    Mutant(
        "a decision every week", "CONTRACT_WEEK",
        "if (age + 1) % TERM == 0:", "if age >= 0:",
        "test_terms_are_spread_or_together",
    ),
    Mutant(
        "the same hazard at the next firm", "Assembler.source",
        '"uniform(child(key[i], np.uint64(contract[i])), THETA)"', '"standing[i]"',
        "test_movers_draw_anew_or_stay_as_they_are[contract]",
    ),
    Mutant(
        "who goes to a rival may come back to the firm", "RIVALS",
        "utility[provider[i]] = -math.inf\n",
        "",
        "test_who_knows_no_rival_cannot_be_lured",
    ),
    Mutant(
        "a lost customer is not counted", "CONTRACT_WEEK",
        "counts[provider[i], LOST] += 1", "pass",
        "test_open_depleting_and_closed_markets",
    ),
    Mutant(
        "money without diminishing returns", "acquisition.reached",
        "-ceiling * math.expm1(-response * budget / audience)", "ceiling * response * budget / audience",
        "test_reach_saturates",
    ),
    Mutant(
        "reward sign", "points_pull",
        "link_reward", "-link_reward",
        "test_instant_redemption_is_a_price_cut[with outside option]",
    ),
    Mutant(
        "expiry off by one", "points_lapse",
        "week - last_earned <= points_expiry", "week - last_earned < points_expiry",
        "test_points_lapse_after_more_than_expiry_weeks",
    ),
    Mutant(
        "redemption not debited", "points_earned",
        "balance + issued - redeemed", "balance + issued",
        "test_points_are_earned_redeemed_and_carried_over",
    ),
    Mutant(
        "double credit", "points_earned",
        "spend * points_earn // 100", "2 * (spend * points_earn // 100)",
        "test_points_are_earned_redeemed_and_carried_over",
    ),
    Mutant(
        "above instead of at the threshold", "points_earned",
        "(balance + issued) // points_threshold", "(balance + issued - 1) // points_threshold",
        "test_exactly_full_is_full",
    ),
    Mutant(
        "a bonus at every visit", "points_earned",
        "last_earned < 0", "last_earned < week",
        "test_bonus_comes_once_and_opens_the_first_card",
    ),
    Mutant(
        "endowed progress forgotten in the worth of a card", "card_share",
        "progress(x_0, strength, power, impatience)", "progress(0.0, strength, power, impatience)",
        "test_points.py::test_the_steps_of_a_card_sum_to_its_reward",
    ),
    Mutant(
        "members join again", "joins",
        "joined >= 0 or membership_open == 0 or eligible == 0 or draw_notice >= membership_ask",
        "membership_open == 0 or eligible == 0 or draw_notice >= membership_ask",
        "test_only_noticed_open_offers_to_eligible_strangers",
    ),
    Mutant(
        "a fresh draw at every visit", "joins",
        "lasting_join", "draw_join",
        "test_join_where_luck_stays_below_the_logistic",
    ),
    Mutant(
        "noticed at exactly the chance", "joins",
        "draw_notice >= membership_ask", "draw_notice > membership_ask",
        "test_only_noticed_open_offers_to_eligible_strangers",
    ),
    Mutant(
        "a stamp repels", "stamps_pull",
        "link_reward * stamps_worth", "-link_reward * stamps_worth",
        "test_a_card_without_pressure_is_a_price_cut[inside]",
    ),
    Mutant(
        "a full card keeps its stamps", "stamped",
        "held - used", "held",
        "test_a_visit_is_a_stamp_and_a_full_card_a_reward",
    ),
    Mutant(
        "endowed stamps on every visit", "stamped",
        "stamps_since < 0", "True",
        "test_endowed_stamps_come_once",
    ),
    Mutant(
        "a card lapses a week early", "stamps_week",
        "week - stamps_since > stamps_expiry", "week - stamps_since >= stamps_expiry",
        "test_a_card_begins_lapses_or_is_lost_at_the_start_of_a_week",
    ),
    Mutant(
        "the new stamp survives a lost card", "stamped",
        "0, 0, since, issued, 0, held, 0, 1", "issued, 0, since, issued, 0, stamps, 0, 1",
        "test_a_lost_card_takes_its_stamps",
    ),
    Mutant(
        "foresight without the wait for forced visits", "step_worth",
        "left - free - 1.0", "left - free",
        "test_the_rule_is_the_dynamic_program",
    ),
    Mutant(
        "cashback rounded up", "cashback_earned",
        "spend * cashback_parts // PARTS", "-(-spend * cashback_parts // PARTS)",
        "test_whole_cents_rounded_down_once_a_purchase",
    ),
    Mutant(
        "credit paid below the payout", "cashback_earned",
        "held >= cashback_payout", "held > 0",
        "test_whole_cents_rounded_down_once_a_purchase",
    ),
    Mutant(
        "a visit's reward left out of joining", "joins",
        "membership_reward_rate * 52.0 * rate * prior * spending + membership_reward_visit * 52.0 * rate * prior",
        "membership_reward_rate * 52.0 * rate * prior * spending",
        "test_the_worth_of_a_card_counts_the_visits",
    ),
    Mutant(
        "satisfaction reads the expectation after the visit", "experience.lived",
        "satisfaction_moves(sat, expectation, quality, experience_gain, experience_disconfirmation)",
        "satisfaction_moves(sat, expectation + experience_learning * (quality - expectation), quality, "
        "experience_gain, experience_disconfirmation)",
        "test_satisfaction_follows_its_closed_form_at_every_customer[1.0]",
    ),
    Mutant(
        "failures are not part of what is usual", "experience.columns",
        "terms.failure * terms.severity", "0.0 * terms.severity",
        "test_steady_satisfaction_has_its_mean_and_variance[0.3-service0]",
    ),
    Mutant(
        "recovery without a complaint", "experience.lived",
        "if draw_complaint < experience_voice * service_voice * link_voice:\n"
        "    complained = 1\n"
        "    if draw_recovery < service_recovery:\n"
        "        recovered = 1\n"
        "        good = service_recovery_quality * math.exp(-experience_impatience * service_response)\n"
        "        harm = harm_left(harm, good, experience_paradox)",
        "if draw_complaint < experience_voice * service_voice * link_voice:\n"
        "    complained = 1\n"
        "if draw_recovery < service_recovery:\n"
        "    if True:\n"
        "        recovered = 1\n"
        "        good = service_recovery_quality * math.exp(-experience_impatience * service_response)\n"
        "        harm = harm_left(harm, good, experience_paradox)",
        "test_a_recovery_makes_good_less_the_later_it_comes",
    ),
    Mutant(
        "a recovery makes all good", "harm_left",
        "(1.0 + experience_paradox) * good", "1.0 + experience_paradox",
        "test_a_recovery_makes_good_less_the_later_it_comes",
    ),
    Mutant(
        "a promise is heard every week", "promise_heard",
        "expectation + experience_belief * (service_promise - promised), service_promise",
        "expectation + experience_belief * (service_promise - promised), promised",
        "test_a_promise_is_heard_once_by_everybody",
    ),
    Mutant(
        "a crowd pleases", "experience.lived",
        "service_quality + friendly + experience_usual - experience_congestion * crowd",
        "service_quality + friendly + experience_usual + experience_congestion * crowd",
        "test_a_crowd_takes_quality_off_next_week",
    ),
    Mutant(
        "a bond beyond full", "bond_rises",
        "min(1.0, effect * receptivity) * (1.0 - bond)", "effect * receptivity",
        "test_a_touchpoint_closes_part_of_the_gap",
    ),
    Mutant(
        "a negative event ignores the floor", "bond_falls",
        "bond - floor", "bond",
        "test_a_negative_event_takes_part_of_what_lies_above_the_floor",
    ),
    Mutant(
        "crowding-out builds the bond", "bond_lives",
        "event -= bond_crowding", "event += bond_crowding",
        "test_the_events_of_a_visit_add_up",
    ),
    Mutant(
        "a full bond falls to the floor", "touched_by",
        "bond < level", "bond <= level",
        "test_a_full_bond_stays_full",
    ),
    Mutant(
        "sides do not feel receptivity", "side_moves",
        "link_recept", "1.0",
        "test_sides_that_weigh_alike_and_move_alike_are_one_bond[program1-events1-1.0]",
    ),
    Mutant(
        "being paid to come builds trust", "sides_live",
        "event -= crowding_trust * paid", "event += crowding_trust * paid",
        "test_being_paid_to_come_crowds_out_or_in",
    ),
    Mutant(
        "sides of no weight silence the bond", "bond.MECHANISM",
        'Hook("visit", bond_lives, sets=("bond",), only="bond_eventful != 0", order=90)',
        'Hook("visit", bond_lives, sets=("bond",), only="bond_eventful != 0", unless=("emotions",), order=90)',
        "test_keys_of_the_one_bond_are_refused_beside_five_sides[failure]",
    ),
    Mutant(
        "a promise is kept on paper", "experience.lived",
        "moved, learnt, quality, cared, harm, failed, complained, recovered, service_on",
        "moved, learnt, service_quality, cared, harm, failed, complained, recovered, service_on",
        "test_s4_46_failures_break_promises[bond-bond0-None]",
    ),
    Mutant(
        "a usual firm is held to a promise", "beyond_promise",
        "service_pledged == 0", "service_pledged == 2",
        "test_a_usual_service_promises_nothing",
    ),
    Mutant(
        "attachment grows without trust", "sides_live",
        "min(attachment, felt_attachment)", "max(attachment, felt_attachment)",
        "test_no_attachment_without_trust",
    ),
    Mutant(
        "the sides of a bond are summed", "emotions.columns",
        "w / total", "w",
        "test_the_bond_is_the_weighted_mean_of_its_sides",
    ),
    Mutant(
        "eights are promoters", "speaks",
        "answer < 8.5", "answer < 7.5",
        "test_promoters_answer_nine_or_ten_and_detractors_six_or_less",
    ),
    Mutant(
        "care forgets failures", "experience.lived",
        "experience_usual - harm", "experience_usual",
        "test_care_remembers_failures_and_answers",
    ),
    Mutant(
        "cross-buying that spills over the wrong way", "cross_chance",
        "cross_by", "-cross_by",
        "test_s2_05_s4_10_s1_01_trust_spills_over_or_not[2.0-1]",
    ),
    Mutant(
        "the second basket sold at no cost of goods", "also_bought",
        "cents + int(cents * cross_size)", "cents",
        "test_without_feelings_it_happens_at_its_base_chance[0.1]",
    ),
    Mutant(
        "contacts that nobody remembers", "in_touch",
        "before + 1.0", "before",
        "test_s3_60_care_goes_on_pleasing_or_wears_off[3.0--1]",
    ),
    Mutant(
        "contacts that suit everybody", "in_touch",
        "contact_fit", "1.0",
        "test_s1_08_s0_23_s1_14_tailored_messages_win_customers_or_lose_them[0.2--1]",
    ),
    Mutant(
        "a cause that nobody minds", "agrees",
        "-1.0", "0.0",
        "test_s0_25_a_cause_wins_or_costs_customers[1.0-0.4--1]",
    ),
    Mutant(
        "what is hidden is always found out", "trouble",
        "candour_discovery", "1.0",
        "test_s4_33_honesty_pays_above_a_chance_of_discovery[0.1--1]",
    ),
    Mutant(
        "repaired faults fail as before", "experience.lived",
        "experience_failure * service_failures * faults_left", "experience_failure * service_failures",
        "test_s3_58_complaints_lower_later_failures_and_save_customers[3.0--1]",
    ),
    Mutant(
        "friendliness that nobody is asked about", "experience.lived",
        "experience_usual - harm + friendly", "experience_usual - harm",
        "test_s2_15_three_attributes_of_service_move_what_customers_say_of_it[friendliness]",
    ),
    Mutant(
        "false alarms are free of charge", "monitoring.answers",
        "sat - monitoring_made_good * min(0.0, sat), 1",
        "sat - monitoring_made_good * min(0.0, sat), int(said == DETRACTOR)",
        "test_answers_by_hand",
    ),
    Mutant(
        "stamps on what was brought back", "stamps.columns",
        "max(1, round(own.min_spend * 100))", "max(0, round(own.min_spend * 100))",
        "test_what_is_brought_back_is_nobodys_revenue",
    ),
    Mutant(
        "a refund of half the price", "brought_back",
        "0, sat + experience_gain * returns_made_good * max(0.0, harm), 1, 0, spend",
        "spend // 2, sat + experience_gain * returns_made_good * max(0.0, harm), 1, 0, spend",
        "test_what_is_brought_back_is_nobodys_revenue",
    ),
    Mutant(
        "opportunists of the other kind", "wants_back",
        "1.0 - 2.0 * rho", "2.0 * rho - 1.0",
        "test_s3_16_transactional_or_relational_customers_abuse_it[1.0-1]",
    ),
    Mutant(
        "a walk out for a week less", "walks_out",
        "week + 1", "week",
        "test_who_walked_out_is_not_seen_until_then",
    ),
    Mutant(
        "convenience that relational customers always mind more", "effort_saved",
        "link_hassle * ease_saved", "ease_saved",
        "test_s3_19_convenience_moves_transactional_or_relational_customers[-1.0-1]",
    ),
    Mutant(
        "between visits attachment grows without trust", "sides_fade",
        "min(attachment, felt_attachment)", "max(attachment, 0.0)",
        "test_contacts_pass_the_gate_only_with_trust",
    ),
    Mutant(
        "contacts move choices past the sides", "emotions.MECHANISM",
        "TOUCHED", '"emotions_on == 7"',
        "test_what_touches_no_side_moves_nothing[program1]",
    ),
    Mutant(
        "a bother that bothers twice builds a bond beyond all bounds", "side_moves",
        "bond_rises(side, moved, 1.0)", "bond_falls(side, -moved, 1.0, bond_floor)",
        "test_bonds_stay_in_their_range_whatever_the_signs[1.0--1.0]",
    ),
]  # fmt: skip
