"""Programs and their comparison, broken on purpose."""

from tests.wrong import Mutant

MUTANTS = [
    Mutant(
        "reward sign", "programs/points.py",
        "return link_reward * points_worth * share / paid_cents",
        "return -link_reward * points_worth * share / paid_cents",
        "programs/test_points.py::test_instant_redemption_is_a_price_cut[with outside option]",
    ),
    Mutant(
        "expiry off by one", "programs/points.py",
        "week - last_earned <= points_expiry", "week - last_earned < points_expiry",
        "programs/test_points.py::test_points_lapse_after_more_than_expiry_weeks",
    ),
    Mutant(
        "redemption not debited", "programs/points.py",
        "return balance + issued - redeemed, start, week", "return balance + issued, start, week",
        "programs/test_points.py::test_points_are_earned_redeemed_and_carried_over",
    ),
    Mutant(
        "double credit", "programs/points.py",
        "issued = spend * points_earn // 100", "issued = 2 * (spend * points_earn // 100)",
        "programs/test_points.py::test_points_are_earned_redeemed_and_carried_over",
    ),
    Mutant(
        "above instead of at the threshold", "programs/points.py",
        "rewards = (balance + issued) // points_threshold", "rewards = (balance + issued - 1) // points_threshold",
        "programs/test_points.py::test_exactly_full_is_full",
    ),
    Mutant(
        "a bonus at every visit", "programs/points.py",
        "    if last_earned < 0:\n", "    if last_earned < week:\n",
        "programs/test_points.py::test_bonus_comes_once_and_opens_the_first_card",
    ),
    Mutant(
        "endowed progress forgotten in the worth of a card", "theory/goal_gradient.py",
        "whole = done - progress(x_0, ", "whole = done - progress(0.0, ",
        "programs/test_points.py::test_the_steps_of_a_card_sum_to_its_reward",
    ),
    Mutant(
        "expired points still owed", "programs/points.py",
        'totals["points_issued"] - totals["points_redeemed"] - totals["points_expired"]',
        'totals["points_issued"] - totals["points_redeemed"]',
        "market/test_oracles.py::test_08_new_terms_leave_what_was_booked",
    ),
    Mutant(
        "members join again", "programs/membership.py",
        "    if joined >= 0 or membership_open == 0 or eligible == 0 or draw_notice >= membership_ask:",
        "    if membership_open == 0 or eligible == 0 or draw_notice >= membership_ask:",
        "programs/test_membership.py::test_only_noticed_open_offers_to_eligible_strangers",
    ),
    Mutant(
        "a fresh draw at every visit", "programs/membership.py",
        "    luck = lasting_join\n", "    luck = draw_join\n",
        "programs/test_membership.py::test_join_where_luck_stays_below_the_logistic",
    ),
    Mutant(
        "noticed at exactly the chance", "programs/membership.py",
        "draw_notice >= membership_ask", "draw_notice > membership_ask",
        "programs/test_membership.py::test_only_noticed_open_offers_to_eligible_strangers",
    ),
    Mutant(
        "a cheaper price repels", "firms/offer.py",
        "(o.price - o.base_price) / reference_price", "(o.base_price - o.price) / reference_price",
        "programs/test_points.py::test_instant_redemption_is_a_price_cut[with outside option]",
    ),
    Mutant(
        "a stamp repels", "programs/stamps.py",
        "return link_reward * stamps_worth * share / paid_cents",
        "return -link_reward * stamps_worth * share / paid_cents",
        "programs/test_stamps.py::test_a_card_without_pressure_is_a_price_cut[inside]",
    ),
    Mutant(
        "a full card keeps its stamps", "programs/stamps.py",
        "return held - used, start, since, issued, used, 0, cards, 0",
        "return held, start, since, issued, used, 0, cards, 0",
        "programs/test_stamps.py::test_a_visit_is_a_stamp_and_a_full_card_a_reward",
    ),
    Mutant(
        "endowed stamps on every visit", "programs/stamps.py",
        "    if stamps_since < 0:\n        issued = 1 + stamps_endowed",
        "    if True:\n        issued = 1 + stamps_endowed",
        "programs/test_stamps.py::test_endowed_stamps_come_once",
    ),
    Mutant(
        "a card lapses a week early", "programs/stamps.py",
        "week - stamps_since > stamps_expiry", "week - stamps_since >= stamps_expiry",
        "programs/test_stamps.py::test_a_card_begins_lapses_or_is_lost_at_the_start_of_a_week",
    ),
    Mutant(
        "the new stamp survives a lost card", "programs/stamps.py",
        "return 0, 0, since, issued, 0, held, 0, 1", "return issued, 0, since, issued, 0, stamps, 0, 1",
        "programs/test_stamps.py::test_a_lost_card_takes_its_stamps",
    ),
    Mutant(
        "lost stamps still owed", "programs/stamps.py",
        'totals["stamps_expired"] + totals["stamps_lost"]', 'totals["stamps_expired"]',
        "programs/test_stamps.py::test_rewards_cost_when_given_and_stamps_are_owed",
    ),
    Mutant(
        "foresight without the wait for forced visits", "theory/goal_gradient.py",
        "math.exp((left - free - 1.0) * math.log(pace))", "math.exp((left - free) * math.log(pace))",
        "theory/test_lookahead.py::test_the_rule_is_the_dynamic_program",
    ),
    Mutant(
        "who is indifferent leaves", "theory/lookahead.py", "TIE = 1e-9", "TIE = 0.0",
        "theory/test_lookahead.py::test_who_is_indifferent_stays",
    ),
    Mutant(
        "a design that spends less is ranked with the others", "studies/comparison.py",
        "key=lambda d: (d in self.beside, -mean[d])", "key=lambda d: -mean[d]",
        "studies/test_comparison.py::test_a_design_that_cannot_spend_the_budget_is_ranked_apart",
    ),
    Mutant(
        "the same k for all leaves everybody the own way of joining", "studies/comparison.py",
        "replace(joining.get(name, own)", "replace(own",
        "studies/test_comparison.py::test_designs_are_also_tried_with_the_same_k_and_joining",
    ),
    Mutant(
        "the tipping point a stamp late", "theory/lookahead.py",
        "return k - min(k, max(0, math.floor(", "return k + 1 - min(k, max(0, math.floor(",
        "theory/test_lookahead.py::test_published_rows[0.04-6-0.375-0.56]",
    ),
    Mutant(
        "cashback rounded up", "programs/cashback.py",
        "earned = spend * cashback_parts // PARTS", "earned = -(-spend * cashback_parts // PARTS)",
        "programs/test_cashback.py::test_whole_cents_rounded_down_once_a_purchase",
    ),
    Mutant(
        "credit paid below the payout", "programs/cashback.py",
        "if held >= cashback_payout:", "if held > 0:",
        "programs/test_cashback.py::test_whole_cents_rounded_down_once_a_purchase",
    ),
    Mutant(
        "a visit's reward left out of joining", "programs/membership.py",
        " + membership_reward_visit * 52.0 * rate * prior", "",
        "programs/test_membership.py::test_the_worth_of_a_card_counts_the_visits",
    ),
    Mutant(
        "the search stops at half the budget", "studies/equal_budget.py",
        "away = cost(value) - budget", "away = cost(value) - budget / 2",
        "studies/test_comparison.py::test_the_money_is_found_for_a_design[6.0]",
    ),
    Mutant(
        "the search gives up where a value is refused", "studies/equal_budget.py",
        "new = (here + new) / 2.0", "new = here",
        "studies/test_comparison.py::test_the_search_finds_the_term",
    ),
    Mutant(
        "searched on the seeds that judge", "studies/equal_budget.py",
        "(seed + k) ^ APART", "seed + k",
        "studies/test_comparison.py::test_the_search_uses_seeds_of_its_own",
    ),
    Mutant(
        "chances of unpaired runs", "studies/comparison.py",
        "/ (n - 1) / n)", "/ (n - 1))",
        "studies/test_comparison.py::test_a_chance_is_students",
    ),
    Mutant(
        "names unescaped in the page", "present/comparison.py",
        "autoescape=True", "autoescape=False",
        "studies/test_comparison.py::test_the_page_escapes_names",
    ),
    Mutant(
        "formulas reach the spreadsheet", "present/comparison.py",
        'FORMULA = ("=", "+",', 'FORMULA = ("+",',
        "studies/test_comparison.py::test_text_that_is_a_formula_is_guarded",
    ),
    Mutant(
        "what comes along stays behind", "studies/comparison.py",
        '{**plain(terms.behaviour), **tree["behaviour"]}', 'tree["behaviour"]',
        "studies/test_comparison.py::test_what_comes_along_with_a_design_is_there_for_all",
    ),
    Mutant(
        "a diary counts the stamps that are there", "programs/stamps.py",
        "left = scene.terms.needed - after", "left = after",
        "present/test_diary.py::test_it_counts_the_stamps_that_are_missing",
    ),
]  # fmt: skip
