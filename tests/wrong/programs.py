"""Programs and their comparison, broken on purpose."""

from tests.wrong import Mutant

MUTANTS = [
    Mutant(
        "reward sign", "mechanisms/points.py",
        "return link_reward * points_worth * share / paid_cents",
        "return -link_reward * points_worth * share / paid_cents",
        "test_points.py::test_instant_redemption_is_a_price_cut[with outside option]",
    ),
    Mutant(
        "expiry off by one", "mechanisms/points.py",
        "week - last_earned <= points_expiry", "week - last_earned < points_expiry",
        "test_points.py::test_points_lapse_after_more_than_expiry_weeks",
    ),
    Mutant(
        "redemption not debited", "mechanisms/points.py",
        "return balance + issued - redeemed, start, week", "return balance + issued, start, week",
        "test_points.py::test_points_are_earned_redeemed_and_carried_over",
    ),
    Mutant(
        "double credit", "mechanisms/points.py",
        "issued = spend * points_earn // 100", "issued = 2 * (spend * points_earn // 100)",
        "test_points.py::test_points_are_earned_redeemed_and_carried_over",
    ),
    Mutant(
        "above instead of at the threshold", "mechanisms/points.py",
        "rewards = (balance + issued) // points_threshold", "rewards = (balance + issued - 1) // points_threshold",
        "test_points.py::test_exactly_full_is_full",
    ),
    Mutant(
        "a bonus at every visit", "mechanisms/points.py",
        "    if last_earned < 0:\n", "    if last_earned < week:\n",
        "test_points.py::test_bonus_comes_once_and_opens_the_first_card",
    ),
    Mutant(
        "endowed progress forgotten in the worth of a card", "mechanisms/pressure.py",
        "whole = done - progress(x_0, ", "whole = done - progress(0.0, ",
        "test_points.py::test_the_steps_of_a_card_sum_to_its_reward",
    ),
    Mutant(
        "expired points still owed", "mechanisms/points.py",
        'totals["points_issued"] - totals["points_redeemed"] - totals["points_expired"]',
        'totals["points_issued"] - totals["points_redeemed"]',
        "test_oracles.py::test_08_new_terms_leave_what_was_booked",
    ),
    Mutant(
        "members join again", "mechanisms/membership.py",
        "    if joined >= 0 or membership_open == 0 or eligible == 0 or draw_notice >= membership_ask:",
        "    if membership_open == 0 or eligible == 0 or draw_notice >= membership_ask:",
        "test_membership.py::test_only_noticed_open_offers_to_eligible_strangers",
    ),
    Mutant(
        "a fresh draw at every visit", "mechanisms/membership.py",
        "    luck = lasting_join\n", "    luck = draw_join\n",
        "test_membership.py::test_join_where_luck_stays_below_the_logistic",
    ),
    Mutant(
        "noticed at exactly the chance", "mechanisms/membership.py",
        "draw_notice >= membership_ask", "draw_notice > membership_ask",
        "test_membership.py::test_only_noticed_open_offers_to_eligible_strangers",
    ),
    Mutant(
        "a cheaper price repels", "programs.py",
        "(o.price - o.base_price) / reference_price", "(o.base_price - o.price) / reference_price",
        "test_points.py::test_instant_redemption_is_a_price_cut[with outside option]",
    ),
    Mutant(
        "a stamp repels", "mechanisms/stamps.py",
        "return link_reward * stamps_worth * share / paid_cents",
        "return -link_reward * stamps_worth * share / paid_cents",
        "test_stamps.py::test_a_card_without_pressure_is_a_price_cut[inside]",
    ),
    Mutant(
        "a full card keeps its stamps", "mechanisms/stamps.py",
        "return held - used, start, since, issued, used, 0, cards, 0",
        "return held, start, since, issued, used, 0, cards, 0",
        "test_stamps.py::test_a_visit_is_a_stamp_and_a_full_card_a_reward",
    ),
    Mutant(
        "endowed stamps on every visit", "mechanisms/stamps.py",
        "    if stamps_since < 0:\n        issued = 1 + stamps_endowed",
        "    if True:\n        issued = 1 + stamps_endowed",
        "test_stamps.py::test_endowed_stamps_come_once",
    ),
    Mutant(
        "a card lapses a week early", "mechanisms/stamps.py",
        "week - stamps_since > stamps_expiry", "week - stamps_since >= stamps_expiry",
        "test_stamps.py::test_a_card_begins_lapses_or_is_lost_at_the_start_of_a_week",
    ),
    Mutant(
        "the new stamp survives a lost card", "mechanisms/stamps.py",
        "return 0, 0, since, issued, 0, held, 0, 1", "return issued, 0, since, issued, 0, stamps, 0, 1",
        "test_stamps.py::test_a_lost_card_takes_its_stamps",
    ),
    Mutant(
        "lost stamps still owed", "mechanisms/stamps.py",
        'totals["stamps_expired"] + totals["stamps_lost"]', 'totals["stamps_expired"]',
        "test_stamps.py::test_rewards_cost_when_given_and_stamps_are_owed",
    ),
    Mutant(
        "foresight without the wait for forced visits", "mechanisms/pressure.py",
        "math.exp((left - free - 1.0) * math.log(pace))", "math.exp((left - free) * math.log(pace))",
        "test_foresight.py::test_the_rule_is_the_dynamic_program",
    ),
    Mutant(
        "who is indifferent leaves", "foresight.py", "TIE = 1e-9", "TIE = 0.0",
        "test_foresight.py::test_who_is_indifferent_stays",
    ),
    Mutant(
        "a design that spends less is ranked with the others", "designs.py",
        "key=lambda d: (d in self.beside, -mean[d])", "key=lambda d: -mean[d]",
        "test_designs.py::test_a_design_that_cannot_spend_the_budget_is_ranked_apart",
    ),
    Mutant(
        "the same k for all leaves everybody the own way of joining", "designs.py",
        "replace(joining.get(name, own)", "replace(own",
        "test_designs.py::test_designs_are_also_tried_with_the_same_k_and_joining",
    ),
    Mutant(
        "the tipping point a stamp late", "foresight.py",
        "return k - min(k, max(0, math.floor(", "return k + 1 - min(k, max(0, math.floor(",
        "test_foresight.py::test_published_rows[0.04-6-0.375-0.56]",
    ),
    Mutant(
        "cashback rounded up", "mechanisms/cashback.py",
        "earned = spend * cashback_parts // PARTS", "earned = -(-spend * cashback_parts // PARTS)",
        "test_cashback.py::test_whole_cents_rounded_down_once_a_purchase",
    ),
    Mutant(
        "credit paid below the payout", "mechanisms/cashback.py",
        "if held >= cashback_payout:", "if held > 0:",
        "test_cashback.py::test_whole_cents_rounded_down_once_a_purchase",
    ),
    Mutant(
        "a visit's reward left out of joining", "mechanisms/membership.py",
        " + membership_reward_visit * 52.0 * rate * prior", "",
        "test_membership.py::test_the_worth_of_a_card_counts_the_visits",
    ),
    Mutant(
        "the search stops at half the budget", "equal_budget.py",
        "away = cost(value) - budget", "away = cost(value) - budget / 2",
        "test_designs.py::test_the_money_is_found_for_a_design[6.0]",
    ),
    Mutant(
        "the search gives up where a value is refused", "equal_budget.py",
        "new = (here + new) / 2.0", "new = here",
        "test_designs.py::test_the_search_finds_the_term",
    ),
    Mutant(
        "searched on the seeds that judge", "equal_budget.py",
        "(seed + k) ^ APART", "seed + k",
        "test_designs.py::test_the_search_uses_seeds_of_its_own",
    ),
    Mutant(
        "chances of unpaired runs", "designs.py",
        "/ (n - 1) / n)", "/ (n - 1))",
        "test_designs.py::test_a_chance_is_students",
    ),
    Mutant(
        "names unescaped in the page", "page.py",
        "autoescape=True", "autoescape=False",
        "test_designs.py::test_the_page_escapes_names",
    ),
    Mutant(
        "formulas reach the spreadsheet", "page.py",
        'FORMULA = ("=", "+",', 'FORMULA = ("+",',
        "test_designs.py::test_text_that_is_a_formula_is_guarded",
    ),
    Mutant(
        "what comes along stays behind", "designs.py",
        '{**plain(terms.behaviour), **tree["behaviour"]}', 'tree["behaviour"]',
        "test_designs.py::test_what_comes_along_with_a_design_is_there_for_all",
    ),
    Mutant(
        "a diary counts the stamps that are there", "mechanisms/stamps.py",
        "left = scene.terms.needed - after", "left = after",
        "test_diary.py::test_it_counts_the_stamps_that_are_missing",
    ),
]  # fmt: skip
