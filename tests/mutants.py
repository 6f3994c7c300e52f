"""Wrong programs that the tests must refuse: `python -m tests.mutants` (all) or `python -m tests.mutants expiry`
(some).

Each mutant changes a few words of a copy of the package; the named test must then fail, and must pass without the
change. A mutant that survives, or that breaks the import instead of an assertion, ends with exit code 1.
The compiler is off, so that a mutant costs seconds: the named tests run the step in plain Python.
"""

from __future__ import annotations

import compileall
import multiprocessing
import os
import shutil
import sys
import tempfile
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SAID = "said.txt"
FORKS = multiprocessing.get_context("forkserver")
# imported once, before the first process: starting costs more than most of the named tests
LIBRARIES = [
    "pytest", "hypothesis.strategies", "hydra", "jinja2", "matplotlib.pyplot", "mesa", "numba", "pandas",
    "pyarrow.parquet", "scipy.optimize", "scipy.stats", "seaborn", "SALib", "sklearn.tree", "tqdm",
]  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """What is wrong, in which file, the words before and after, the test that must fail."""

    wrong: str
    file: str
    old: str
    new: str
    test: str


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
        "points held by those who left never lapse", "step.py",
        "# unsigned: no check for negative rows\n        {room}\n        if status[i] == 0:",
        "# unsigned: no check for negative rows\n        {room}\n        if status[i] != 1:",
        "test_points.py::test_points_of_customers_who_left_lapse_like_any_others",
    ),
    Mutant(
        "key without week", "step.py",
        "now = child(key[i], np.uint64(week))\n        rate", "now = child(key[i], np.uint64(0))\n        rate",
        "test_step.py::test_the_step_reads_the_documented_addresses",
    ),
    Mutant(
        "key without occasion", "step.py",
        "then = child(now, OCCASION + np.uint64(occasion))", "then = child(now, OCCASION)",
        "test_step.py::test_the_step_reads_the_documented_addresses",
    ),
    Mutant(
        "key by position instead of id", "step.py",
        "unit(child(luck, firm_key[j]))", "unit(child(luck, np.uint64(j)))",
        "test_step.py::test_an_unknown_firm_changes_nothing",
    ),
    Mutant(
        "the race is lost by the better firm", "step.py",
        "math.exp(behind)", "math.exp(-behind)",
        "test_step.py::test_the_step_reads_the_documented_addresses",
    ),
    Mutant(
        "the price is not paid", "step.py",
        '"np.int64(cents * paid[j])"', '"np.int64(cents)"',
        "test_oracles.py::test_08_a_price_scales_spending_and_not_the_basket",
    ),
    Mutant(
        "churn before purchase", "step.py",
        "            j = chosen\n", "            j = chosen\n            {leave}\n",
        "test_customers.py::test_the_purchase_comes_before_the_leaving",
    ),
    Mutant(
        "the dead buy", "step.py",
        "if status[i] == 2:\n            continue\n        now = child(key[i], np.uint64(week))\n        rate",
        "if status[i] == 3:\n            continue\n        now = child(key[i], np.uint64(week))\n        rate",
        "test_customers.py::test_the_purchase_comes_before_the_leaving",
    ),
    Mutant(
        "dropped lower bound of U", "draws.py",
        "(np.float64(key >> DROP) + 0.5) * STEP", "np.float64(key >> DROP) * STEP",
        "test_draws.py::test_uniforms_stay_inside_the_open_interval",
    ),
    Mutant(
        "a Poisson term too small", "draws.py",
        "term = term * rate / n", "term = term * rate / (n + 1)",
        "test_draws.py::test_count_is_the_poisson_quantile[4.7]",
    ),
    Mutant(
        "one multiplication less in the mixing", "draws.py",
        "z = (z ^ (z >> SHIFT_2)) * MULTIPLY_2", "z = z ^ (z >> SHIFT_2)",
        "test_draws.py::test_children_are_the_published_outputs_of_splitmix64",
    ),
    Mutant(
        "satisfaction reads the expectation after the visit", "mechanisms/experience.py",
        "moved = satisfaction_moves(sat, expectation, quality,",
        "moved = satisfaction_moves(sat, expectation + experience_learning * (quality - expectation), quality,",
        "test_experience.py::test_satisfaction_follows_its_closed_form_at_every_customer[1.0]",
    ),
    Mutant(
        "failures are not part of what is usual", "mechanisms/experience.py",
        '"experience_usual": terms.failure * terms.severity', '"experience_usual": 0.0 * terms.severity',
        "test_experience.py::test_steady_satisfaction_has_its_mean_and_variance[0.3-service0]",
    ),
    Mutant(
        "recovery without a complaint", "mechanisms/experience.py",
        "            if draw_recovery < service_recovery:",
        "        if draw_recovery < service_recovery:\n            if True:",
        "test_experience.py::test_a_recovery_makes_good_less_the_later_it_comes",
    ),
    Mutant(
        "a recovery makes all good", "mechanisms/experience.py",
        "return harm - (1.0 + experience_paradox) * good * harm", "return harm - (1.0 + experience_paradox) * harm",
        "test_experience.py::test_a_recovery_makes_good_less_the_later_it_comes",
    ),
    Mutant(
        "a promise is heard every week", "mechanisms/experience.py",
        "service_promise - promised), service_promise", "service_promise - promised), promised",
        "test_experience.py::test_a_promise_is_heard_once_by_everybody",
    ),
    Mutant(
        "a crowd pleases", "mechanisms/experience.py",
        "- experience_congestion * crowd", "+ experience_congestion * crowd",
        "test_experience.py::test_a_crowd_takes_quality_off_next_week",
    ),
    Mutant(
        "usual visitors are last week's", "mechanisms/experience.py",
        'market.surroundings[0]["usual_visitors"]', "market.weekly[-1][:, 0]",
        "test_experience.py::test_success_crowds_itself_out",
    ),
    Mutant(
        "satisfaction of the wrong firm at a decision", "../../experiments/satisfaction_is_not_loyalty.py",
        "feeling[rows, firm]", "feeling[rows, 0]",
        "test_felt_experiments.py::test_satisfaction_is_that_of_the_decision",
    ),
    Mutant(
        "decisions of the burn-in count", "../../experiments/satisfaction_is_not_loyalty.py",
        "due & (week >= arm.begins)", "due",
        "test_felt_experiments.py::test_decisions_are_those_of_the_books",
    ),
    Mutant(
        "the cheap firm's own customers are asked", "../../experiments/satisfaction_is_not_loyalty.py",
        '(people["provider"] != list(firms).index(rival))', '(people["provider"] != 0)',
        "test_felt_experiments.py::test_who_is_gone_after_the_offer_is_in_the_books",
    ),
    Mutant(
        "idle bonds are worth something", "../../experiments/satisfaction_is_not_loyalty.py",
        '"idle": 0.0}', '"idle": 2.0}',
        "test_felt_experiments.py::test_an_idle_bond_moves_nobody",
    ),
    Mutant(
        "the curve bends the other way", "../../experiments/satisfaction_is_not_loyalty.py",
        '"curvature": upper - lower', '"curvature": lower - upper',
        "test_felt_experiments.py::test_curvature_by_hand",
    ),
    Mutant(
        "the cost of answers is in their gain", "../../experiments/recovery.py",
        "answered.profit.sum() + answered.recovery.sum()", "answered.profit.sum()",
        "test_felt_experiments.py::test_answers_are_counted_and_paid_for",
    ),
    Mutant(
        "nobody is left unanswered", "../../experiments/recovery.py",
        '"program.service.recovery=0"', '"program.service.recovery=1"',
        "test_felt_experiments.py::test_what_is_undone_keeps_most_and_silence_least",
    ),
    Mutant(
        "answered compared with itself", "../../experiments/recovery.py",
        'for other in ("silent", "undone"))', 'for other in ("undone", "silent"))',
        "test_felt_experiments.py::test_break_even_by_hand",
    ),
    Mutant(
        "late cost is compared with its own beginning", "../../experiments/retention_emergent.py",
        'read_off(each[2], "cost_effect")', 'read_off(each[2], "cost_change")',
        "test_retention_experiments.py::test_a_drift_that_the_control_shares_is_no_effect[0.7]",
    ),
    Mutant(
        "a switch is judged against a world without it", "../../experiments/retention_emergent.py",
        "if name not in self.controlled:", "if not name:",
        "test_retention_experiments.py::test_a_drift_that_the_control_shares_is_no_effect[1.0]",
    ),
    Mutant(
        "terms are sought on one seed", "../../experiments/profit_of_retention.py",
        "for seed in judged_seeds(made)]\n        return", "for seed in judged_seeds(made)[:1]]\n        return",
        "test_retention_experiments.py::test_the_goal_is_the_mean_of_the_judged_seeds",
    ),
    Mutant(
        "six points pass for five", "../../experiments/profit_of_retention.py",
        "abs(gained - wanted) > made", "abs(gained - wanted) > 10 * made",
        "test_retention_experiments.py::test_six_points_are_not_judged_as_five[0.8531-cannot judge]",
    ),
    Mutant(
        "recovery is not an expense", "firms.py",
        '"touchpoints", "recovery", "fixed_cost", "acq', '"touchpoints", "fixed_cost", "acq',
        "test_oracles.py::test_08_profit_is_what_came_in_less_what_went_out",
    ),
    Mutant(
        "a purchase is its own neighbour in shuffled histories", "evaluate/panels.py",
        'chance, found = (table * (table - 1)).sum', 'chance, found = (table * table).sum',
        "test_baseline_b.py::test_inertia_by_hand",
    ),
    Mutant(
        "pairs of two customers count as inertia", "evaluate/panels.py",
        'one = who[lag:] == who[:-lag]', 'one = who[lag:] >= who[:-lag]',
        "test_baseline_b.py::test_tastes_alone_have_no_inertia",
    ),
    Mutant(
        "baseline B has excuses of its own", "evaluate/observed.py",
        'baseline.removeprefix(BEHAVIOUR)', 'baseline',
        "test_baseline_b.py::test_baseline_b_is_held_to_the_same_list",
    ),
    Mutant(
        "a closed form of A judges B", "evaluate/judge.py",
        '& (cells.how != OF_A)', '& (cells.how != 0)',
        "test_baseline_b.py::test_the_closed_form_beside_baseline_b_judges_nothing",
    ),
    Mutant(
        "a single provider keeps whom habit would keep", "mechanisms/__init__.py",
        'and scenario.market.setting != "contract"', 'and scenario.market.setting != ""',
        "test_baseline_b.py::test_under_contract_behaviour_is_at_work_at_a_single_firm",
    ),
    Mutant(
        "renewals are not centred on what is usual", "step.py",
        " - {sensitivity} * renewal_usual", "",
        "test_renewal.py::test_what_is_usual_at_the_own_firm_moves_nobody",
    ),
    Mutant(
        "a market is silent about other strengths", "report.py",
        "if at_work == fitted:", "if bool(at_work) == bool(fitted):",
        "test_baseline_b.py::test_the_warning_compares_strengths",
    ),
    Mutant(
        "a moved taste is read at the median", "step.py",
        'rank_place(taste_rank[i, j])', 'rank_place(0.0 * taste_rank[i, j])',
        "test_tastes.py::test_a_better_firm_gains_at_every_rank",
    ),
    Mutant(
        "a gain by taste counts twice", "step.py",
        "log_g[i, j] + between(row - k, low, high)", "log_g[i, j] + shift + between(row - k, low, high)",
        "test_tastes.py::test_a_better_firm_gains_at_every_rank",
    ),
    Mutant(
        "even rows of moved tastes", "tastes.py",
        'shape * math.exp(REACH * q * abs(q))', 'shape * math.exp(REACH * q)',
        "test_tastes.py::test_a_moved_strength_is_the_quantile_of_the_moved_shape[0.5-1.5]",
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
        "drift every week", "customers.py",
        "if rho == 1.0 or week == 0 or week % QUARTER:", "if rho == 1.0 or week == 0:",
        "test_customers.py::test_drift_happens_once_a_quarter_and_never_at_rho_1",
    ),
    Mutant(
        "drift that shrinks the market", "customers.py",
        "math.sqrt(1.0 - rho**2)", "(1.0 - rho)",
        "test_customers.py::test_drift_keeps_the_law_of_rates",
    ),
    Mutant(
        "links without their mean", "links.py",
        "s * (rho / mean - 1.0)) / c", "s * (rho / mean - 1.0))",
        "test_bond.py::test_links_have_mean_one_at_their_mix[2.0-0.5]",
    ),
    Mutant(
        "a week of arrivals missed", "mechanisms/arrivals.py",
        "** (week + 1)", "** week",
        "test_customers.py::test_a_share_of_the_pool_enters_each_week[0.2]",
    ),
    Mutant(
        "a bond beyond full", "mechanisms/bond.py",
        "min(1.0, effect * receptivity) * (1.0 - bond)", "effect * receptivity",
        "test_bond.py::test_a_touchpoint_closes_part_of_the_gap",
    ),
    Mutant(
        "no outside option at lower prices", "step.py",
        '"appeal = math.log1p(max(-0.9999999999999999, appeal))"',
        '"appeal = min(0.0, math.log1p(max(-0.9999999999999999, appeal)))"',
        "test_behaviour.py::test_the_category_grows_with_the_appeal_of_all_offers[0.8-elastic]",
    ),
    Mutant(
        "a cheaper price repels", "programs.py",
        "(o.price - o.base_price) / reference_price", "(o.base_price - o.price) / reference_price",
        "test_points.py::test_instant_redemption_is_a_price_cut[with outside option]",
    ),
    Mutant(
        "a copy one week early", "policies/imitate.py",
        "world.week - terms.lag)", "world.week - terms.lag + 1)",
        "test_policies.py::test_a_copy_comes_lag_weeks_after_the_original[4]",
    ),
    Mutant(
        "a replay that forgets the script", "market.py",
        "offers = self.recorded[self.week]", "offers = self.recorded[0]",
        "test_policies.py::test_replaying_recorded_offers_is_the_same_world",
    ),
    Mutant(
        "the change of the liability is no cost", "firms.py",
        'COSTS = ("cost_of_goods", "reward_cost", "liability_change",', 'COSTS = ("cost_of_goods", "reward_cost",',
        "test_oracles.py::test_08_profit_is_what_came_in_less_what_went_out",
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
        "every firm loses its cards together", "step.py",
        "item_uniform(child(key[i], np.uint64(week)), {draws.purpose(name[5:])!r}, firm_key[j])",
        "uniform(child(key[i], np.uint64(week)), {draws.purpose(name[5:])!r})",
        "test_step.py::test_a_draw_of_the_week_is_one_for_each_firm",
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
        "memory of one world for a run of several", "schema.py",
        "each *= KEPT if several else 1", "each *= 1",
        "test_schema.py::test_a_run_of_several_worlds_is_counted_as_a_whole",
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
        "captive at the wrong firm", "mechanisms/captive.py",
        "[name != own for name", "[name == own for name",
        "test_foresight.py::test_the_market_has_the_revenue_rates[(10, 0.04, 1.0, 0.95, 0.3)]",
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
        "times that are not uniform", "step.py",
        "/ (many - occasion))", "/ many)",
        "test_gaps.py::test_times_are_uniform_and_gaps_exponential",
    ),
    Mutant(
        "stocks go unchecked", "market.py",
        "if t[stock.issued] != sum(", "if t[stock.issued] > sum(",
        "test_declarations.py::test_every_lost_stock_stops_the_run[stamps]",
    ),
    Mutant(
        "an amplifier switched off everywhere", "evaluate/worlds.py",
        "for own, m in registry().items() if name in m.amplifiers}",
        "for own, m in registry().items() for name in m.amplifiers}",
        "test_declarations.py::test_each_amplifier_in_use_is_switched_off_alone",
    ),
    Mutant(
        "a visit's reward left out of joining", "mechanisms/membership.py",
        " + membership_reward_visit * 52.0 * rate * prior", "",
        "test_membership.py::test_the_worth_of_a_card_counts_the_visits",
    ),
    Mutant(
        "gaps of other shops' visits", "metrics.py",
        "here = log[log.firm == firm].sort_values", "here = log.sort_values",
        "test_gaps.py::test_visits_laid_out_on_cards",
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
        "goods counted as a cost of the program", "evaluate/outcomes.py",
        "rows.revenue.sum() - rows.cost_of_goods.sum() - rows.profit.sum()", "rows.revenue.sum() - rows.profit.sum()",
        "test_designs.py::test_the_cost_is_the_one_that_run_prints",
    ),
    Mutant(
        "retention without the next quarter", "evaluate/outcomes.py",
        "repeat_rate(periods[:-1], periods[1:])", "repeat_rate(periods[:-1], periods[:-1])",
        "test_designs.py::test_retention_wallet_and_activity_by_hand",
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
        "a margin that is a mark-up", "dials.py",
        "price * (1.0 - value)", "price / (1.0 + value)",
        "test_dials.py::test_a_dial_turns_what_it_names_and_nothing_else[margin]",
    ),
    Mutant(
        "penetration of the active instead of all", "metrics.py",
        "return (visits > 0).mean(axis=0)", "return (visits[visits.sum(axis=1) > 0] > 0).mean(axis=0)",
        "test_metrics.py::test_penetration",
    ),
    Mutant(
        "a hazard instead of its odds", "mechanisms/renewal.py",
        "return exit_share * (theta / max(1.0 - theta, 1e-300))", "return exit_share * theta",
        "test_renewal.py::test_nothing_changed_means_theta[1.0-0.9]",
    ),
    Mutant(
        "own improvements drive people away", "mechanisms/renewal.py",
        "lure - own - lock", "lure + own - lock",
        "test_renewal.py::test_an_own_improvement_never_raises_leaving",
    ),
    Mutant(
        "a switching cost that counts twice", "mechanisms/renewal.py",
        '"renewal_lock": terms.switching_cost - terms.usual_switching_cost', '"renewal_lock": terms.switching_cost',
        "test_renewal.py::test_a_switching_cost_at_its_usual_value_changes_nothing",
    ),
    Mutant(
        "survivors as fickle as newcomers", "mechanisms/renewal.py",
        "population.beta(a, b + n, u[rows])", "population.beta(a, b, u[rows])",
        "test_renewal.py::test_contracts_that_have_run_for_a_while_are_those_that_lasted",
    ),
    Mutant(
        "a decision every week", "step.py",
        "if (age + 1) % TERM == 0:", "if age >= 0:",
        "test_renewal.py::test_terms_are_spread_or_together",
    ),
    Mutant(
        "the same hazard at the next firm", "step.py",
        '"uniform(child(key[i], np.uint64(contract[i])), THETA)"', '"standing[i]"',
        "test_renewal.py::test_movers_draw_anew_or_stay_as_they_are[contract]",
    ),
    Mutant(
        "who goes to a rival may come back to the firm", "step.py",
        "utility[provider[i]] = -math.inf\n", "",
        "test_renewal.py::test_who_knows_no_rival_cannot_be_lured",
    ),
    Mutant(
        "a lost customer is not counted", "step.py",
        "counts[provider[i], LOST] += 1", "pass",
        "test_renewal.py::test_open_depleting_and_closed_markets",
    ),
    Mutant(
        "lasting shares are tastes", "mechanisms/renewal.py",
        "weight = np.maximum(NOWHERE, heard + others)", "weight = heard",
        "test_renewal.py::test_starting_shares_last_in_a_small_world",
    ),
    Mutant(
        "acquisition of who stayed called additive", "mechanisms/inflow.py",
        'if terms.convention == "sequential":', 'if terms.convention != "fixed_inflow":',
        "test_renewal.py::test_o4_the_leaky_bucket_under_three_conventions[additive]",
    ),
    Mutant(
        "money without diminishing returns", "mechanisms/acquisition.py",
        "-ceiling * math.expm1(-response * budget / audience)", "ceiling * response * budget / audience",
        "test_renewal.py::test_reach_saturates",
    ),
    Mutant(
        "a replay with an inflow of its own", "mechanisms/inflow.py",
        'wanted = market.surroundings[-1]["inflow"]', 'wanted = around(market, terms)["inflow"]',
        "test_renewal.py::test_a_replay_follows_what_was_recorded_around_it",
    ),
    Mutant(
        "customers are never counted", "market.py",
        "        if self.contracts:\n            self.count_customers()\n", "",
        "test_renewal.py::test_a_customer_who_vanishes_stops_the_run",
    ),
    Mutant(
        "churn of those who stayed", "metrics.py",
        'divide(total["lost"] + total["exited"], total["renewals"])', 'divide(total["lost"], total["renewals"])',
        "test_renewal.py::test_retention_and_flows_are_those_of_the_counters",
    ),
    Mutant(
        "an interval that covers an end counts as support", "evaluate/verdicts.py",
        "if low <= found.low and found.high <= high:", "if low <= found.low or found.high <= high:",
        "test_verdicts.py::test_lies_within[0.2-0.3-inconclusive]",
    ),
    Mutant(
        "outside a range on one side only", "evaluate/verdicts.py",
        "if found.high < low or found.low > high:", "if found.high < low:",
        "test_verdicts.py::test_lies_within[0.86-2.0-refuted]",
    ),
    Mutant(
        "an arm with another arm's runs", "experiment.py",
        "done[k * len(seeds) : (k + 1) * len(seeds)]", "done[k : k + len(seeds)]",
        "test_verdicts.py::test_arms_get_their_own_results",
    ),
    Mutant(
        "a checksum that is not compared", "store.py",
        'whole = seal(body).encode("utf-8") == content', "whole = True",
        "test_store.py::test_33_every_flipped_byte_of_a_result_is_found",
    ),
    Mutant(
        "another run's result is taken", "store.py",
        'if (body.get("run"), body.get("seed")) != (run.key, run.seed):', "if False:",
        "test_store.py::test_a_result_of_another_run_under_this_name_is_damage",
    ),
    Mutant(
        "half-written results are left lying", "store.py",
        '*self.folder.glob("runs/*/.*.tmp")', '*self.folder.glob("runs/.*.tmp")',
        "test_store.py::test_25_what_was_half_written_is_ignored_and_cleaned",
    ),
    Mutant(
        "a lock that two may hold", "store.py",
        "fcntl.LOCK_EX | fcntl.LOCK_NB", "fcntl.LOCK_SH | fcntl.LOCK_NB",
        "test_store.py::test_26_the_second_process_learns_the_owner_and_a_dead_owner_never_blocks",
    ),
    Mutant(
        "a chunk is lost with its worker", "executors.py",
        "self.waiting.extendleft(reversed(worker.sent))", "worker.sent.clear()",
        "test_executors.py::test_27_what_else_a_dead_worker_held_is_done_by_another",
    ),
    Mutant(
        "keys with one tag multiply", "design.py",
        "if any(one.tags & other.tags for other in g)", "if any(one.tags and not one.tags for other in g)",
        "test_design.py::test_keys_that_share_a_tag_move_together",
    ),
    Mutant(
        "a run's id without its seed", "campaign.py",
        'f"{config} {version} {seed}"', 'f"{config} {version}"',
        "test_design.py::test_points_that_are_the_same_world_share_their_runs",
    ),
    Mutant(
        "rows of other code are not marked", "campaign.py",
        '"forced": job.forced', '"forced": ""',
        "test_campaign.py::test_22_other_code_goes_on_only_if_told_and_every_row_says_so",
    ),
    Mutant(
        "infinity is a number", "campaign.py",
        "if math.isinf(value)]", "if math.isnan(value) and math.isinf(value)]",
        "test_campaign.py::test_36_an_infinite_number_fails_the_run_and_an_undefined_one_is_empty",
    ),
    Mutant(
        "rows in the order of their ids", "collect.py",
        "for run in runs:\n        try:", "for run in sorted(runs, key=lambda run: run.key):\n        try:",
        "test_campaign.py::test_one_tidy_row_per_point_and_seed_with_units_and_the_numbers_of_a_study",
    ),
    Mutant(
        "a formula in a cell", "collect.py",
        'DANGEROUS = ("=", "+", "-", "@",', 'DANGEROUS = ("=", "+", "@",',
        "test_campaign.py::test_no_text_cell_is_a_formula[-2+3]",
    ),
    Mutant(
        "verify believes every checksum", "campaign.py",
        "elif any(bytes_of(sweep, run, e) != bytes_of(other, run, e) for e in ending):", "elif False:",
        "test_campaign.py::test_verify_makes_runs_again_and_sees_a_number_that_was_sealed_wrongly",
    ),
    Mutant(
        "a checkpoint of the week before", "checkpoint.py",
        'market.week, market.ledgers = about["week"], about["ledgers"]',
        'market.week, market.ledgers = about["week"] - 1, about["ledgers"]',
        "test_checkpoint.py::test_go_on_from_a_file_to_the_same_bytes[points-7]",
    ),
    Mutant(
        "arms that share their people", "checkpoint.py",
        "made.population.columns[name] = column.copy()", "made.population.columns[name] = column",
        "test_checkpoint.py::test_a_branch_is_a_market_of_its_own",
    ),
    Mutant(
        "a negative event ignores the floor", "mechanisms/bond.py",
        "return bond - min(1.0, loss * effect) * (bond - floor)", "return bond - min(1.0, loss * effect) * bond",
        "test_emotions.py::test_a_negative_event_takes_part_of_what_lies_above_the_floor",
    ),
    Mutant(
        "crowding-out builds the bond", "mechanisms/bond.py",
        "event -= bond_crowding", "event += bond_crowding",
        "test_emotions.py::test_the_events_of_a_visit_add_up",
    ),
    Mutant(
        "a full bond falls to the floor", "mechanisms/emotions.py",
        "    if bond < level:\n", "    if bond <= level:\n",
        "test_emotions.py::test_a_full_bond_stays_full",
    ),
    Mutant(
        "sides do not feel receptivity", "mechanisms/emotions.py",
        "return bond_moves(side, event, link_recept, bond_loss, bond_floor)",
        "return bond_moves(side, event, 1.0, bond_loss, bond_floor)",
        "test_emotions.py::test_sides_that_weigh_alike_and_move_alike_are_one_bond[program1-events1-1.0]",
    ),
    Mutant(
        "being paid to come builds trust", "mechanisms/emotions.py",
        "event -= crowding_trust * paid", "event += crowding_trust * paid",
        "test_emotions.py::test_being_paid_to_come_crowds_out_or_in",
    ),
    Mutant(
        "sides of no weight silence the bond", "mechanisms/bond.py",
        'only="bond_eventful != 0", order=90', 'only="bond_eventful != 0", unless=("emotions",), order=90',
        "test_emotions.py::test_keys_of_the_one_bond_are_refused_beside_five_sides[failure]",
    ),
    Mutant(
        "a promise is kept on paper", "mechanisms/experience.py",
        "return moved, learnt, quality, cared", "return moved, learnt, service_quality, cared",
        "test_felt_signs.py::test_s4_46_failures_break_promises[bond-bond0-None]",
    ),
    Mutant(
        "a usual firm is held to a promise", "mechanisms/bond.py",
        "if service_pledged == 0:", "if service_pledged == 2:",
        "test_felt_signs.py::test_a_usual_service_promises_nothing",
    ),
    Mutant(
        "floors of bonds move nobody unsaid", "mechanisms/bond.py",
        "terms.floor == 0.0 or not minded", "terms.floor == 0.0 or True",
        "test_emotions.py::test_where_usual_failures_bring_distrust_it_is_said[bond_terms0-None-True]",
    ),
    Mutant(
        "talk that moves bonds goes unsaid", "mechanisms/word_of_mouth.py",
        "warms = terms.affinity != 0.0 and", "warms = terms.affinity > 1.0 and",
        "test_word_of_mouth.py::test_talk_that_moves_bonds_without_a_program_is_said[0.1-0.2-True]",
    ),
    Mutant(
        "a chance above one", "mechanisms/experience.py",
        "terms.voice * loudest * strongest > 1", "terms.voice * loudest > 1",
        "test_experience.py::test_a_chance_that_its_link_would_carry_above_one_is_refused[-0.5]",
    ),
    Mutant(
        "who copies and who does not are swapped", "networks.py",
        '_uniform(keys, "network_copy", k) < copying', '_uniform(keys, "network_copy", k) > copying',
        "test_word_of_mouth.py::test_picks_follow_the_law_of_copying[0.7]",
    ),
    Mutant(
        "what comes along stays behind", "designs.py",
        '{**plain(terms.behaviour), **tree["behaviour"]}', 'tree["behaviour"]',
        "test_designs.py::test_what_comes_along_with_a_design_is_there_for_all",
    ),
    Mutant(
        "words take no room", "schema.py",
        "each += firms * (weeks if several or scenario.record.log else 2.0)", "each += 0.0",
        "test_schema.py::test_the_size_counts_friends_and_words",
    ),
    Mutant(
        "attachment grows without trust", "mechanisms/emotions.py",
        "attachment = min(attachment, felt_attachment)", "attachment = max(attachment, felt_attachment)",
        "test_emotions.py::test_no_attachment_without_trust",
    ),
    Mutant(
        "the sides of a bond are summed", "mechanisms/emotions.py",
        'w / total if total > 0 else 0.0', 'w if total > 0 else 0.0',
        "test_emotions.py::test_the_bond_is_the_weighted_mean_of_its_sides",
    ),
    Mutant(
        "talk without cause moves people", "mechanisms/word_of_mouth.py",
        "return np.concatenate([[0.0], worth - mean, worth - mean])", "return np.concatenate([[0.0], worth, worth])",
        "test_word_of_mouth.py::test_usual_talk_is_worth_nothing[6.0-3.0]",
    ),
    Mutant(
        "a mean message counts silence", "mechanisms/word_of_mouth.py",
        "reach = (min(1.0, terms.talk * terms.negative), terms.talk, terms.talk)",
        "reach = (terms.talk, terms.talk, terms.talk)",
        "test_word_of_mouth.py::test_usual_talk_is_worth_nothing[6.0-3.0]",
    ),
    Mutant(
        "eights are promoters", "mechanisms/word_of_mouth.py",
        "    if answer < 8.5:", "    if answer < 7.5:",
        "test_word_of_mouth.py::test_promoters_answer_nine_or_ten_and_detractors_six_or_less",
    ),
    Mutant(
        "customers of the replay hear each other", "market.py",
        "if self.recorded_around is not None:", "if False:",
        "test_word_of_mouth.py::test_who_never_joins_lives_the_same_week_in_the_replay",
    ),
    Mutant(
        "a picked friend does not know it", "networks.py",
        "ends = (np.concatenate([who, whom]), np.concatenate([whom, who]))",
        "ends = (np.concatenate([who, who]), np.concatenate([whom, whom]))",
        "test_word_of_mouth.py::test_friendship_is_mutual_and_with_others[small_world]",
    ),
    Mutant(
        "friends depend on how many there are", "networks.py",
        '(_uniform(keys, "network_target", k) * row)', '(_uniform(keys, "network_target", k) * len(keys) % 1 * row)',
        "test_word_of_mouth.py::test_one_more_customer_changes_nobody_elses_friends[small_world]",
    ),
    Mutant(
        "one who refers is not thanked", "mechanisms/referral.py",
        "(round(terms.reward * 100) + round(terms.welcome * 100))", "round(terms.welcome * 100)",
        "test_word_of_mouth.py::test_referrals_bring_people_and_cost_what_they_cost",
    ),
    Mutant(
        "sevens are promoters", "contract.py",
        "(answers >= 9).mean() - (answers <= 6).mean()", "(answers >= 7).mean() - (answers <= 6).mean()",
        "test_survey.py::test_metrics_by_hand",
    ),
    Mutant(
        "the dead are asked", "survey.py",
        'people["status"] == 1', 'people["status"] >= 0',
        "test_survey.py::test_only_customers_of_the_week_answer",
    ),
    Mutant(
        "tired customers reply as before", "survey.py",
        "(1.0 - terms.fatigue) ** before", "(1.0 - terms.fatigue) ** 0",
        "test_survey.py::test_asking_often_tires",
    ),
    Mutant(
        "a diary counts the stamps that are there", "mechanisms/stamps.py",
        "left = scene.terms.needed - after", "left = after",
        "test_diary.py::test_it_counts_the_stamps_that_are_missing",
    ),
    Mutant(
        "a script that takes any text after a name", "cluster.py",
        "if not PLAIN.fullmatch(text)", "if not PLAIN.match(text)",
        "test_cluster.py::test_nothing_but_a_name_reaches_a_script[slurm.partition]",
    ),
    Mutant(
        "a task of the queue that dies takes its other runs along", "cluster.py",
        "                lost += left\n", "                lost += left[:0]\n",
        "test_cluster.py::test_the_queue_loses_only_the_run_whose_process_was_killed[parent]",
    ),
    Mutant(
        "the last category is hardly ever met", "factors.py",
        "return min(int(u * len(self.words)), len(self.words) - 1)", "return int(u * (len(self.words) - 1))",
        "test_explore.py::test_a_latin_hypercube_meets_every_slice_of_every_factor_once",
    ),
    Mutant(
        "a whole number that never reaches its end", "factors.py",
        "min(int(u * (self.high - self.low + 1)), int(self.high - self.low))", "int(u * (self.high - self.low))",
        "test_explore.py::test_ranges_keep_their_ends_and_whole_numbers_stay_whole",
    ),
    Mutant(
        "a lever brings the program that it belongs to", "design.py",
        "if isinstance(item, compose.Choice) or all(", "if parts is not None or all(",
        "test_explore.py::test_every_point_is_what_its_words_compose_and_a_lever_of_an_absent_program_is_left_out",
    ),
    Mutant(
        "a text that no file can hold", "checking.py",
        'if "${" in raw:', 'if "${" in raw[:0]:',
        "test_schema.py::test_text_that_a_file_could_not_hold_is_refused",
    ),
    Mutant(
        "interactions forgotten", "sensitivity.py",
        '"total": (found["ST"], found["ST_conf"])', '"total": (found["S1"], found["S1_conf"])',
        "test_explore.py::test_sobol_indices_of_the_ishigami_function",
    ),
    Mutant(
        "a category's effect by the length of the step", "sensitivity.py",
        "[step if f.words else 1.0 for f in factors]", "[1.0 for f in factors]",
        "test_explore.py::test_morris_effects_of_a_line_and_a_category",
    ),
    Mutant(
        "coverage of all points", "sensitivity.py",
        "hits / int((above == side).sum())", "hits / len(above)",
        "test_explore.py::test_a_tree_finds_a_planted_threshold_and_says_it_in_words",
    ),
    Mutant(
        "rules that judge themselves", "sensitivity.py",
        "float(selection.cross_val_score(model, matrix, above, cv=folds).mean())",
        "float(model.fit(matrix, above).score(matrix, above)) + 0.1 * (folds is None)",
        "test_explore.py::test_rules_of_noise_are_not_believed",
    ),
    Mutant(
        "most is least", "optimise.py",
        'signs = {"min": 1.0, "max": -1.0,', 'signs = {"min": 1.0, "max": 1.0,',
        "test_explore.py::test_the_best_acquisition_budget_of_blattberg_and_deighton",
    ),
    Mutant(
        "a limit from the wrong side", "optimise.py",
        "return self.sign * (value - self.limit)", "return self.sign * (self.limit - value)",
        "test_explore.py::test_a_limit_is_kept_and_the_same_seed_finds_the_same",
    ),
    Mutant(
        "left behind for one goal of two", "optimise.py",
        "all(surely_above(difference, 0.0) for difference in worse)",
        "any(surely_above(difference, 0.0) for difference in worse)",
        "test_explore.py::test_the_frontier_is_beaten_by_none_and_spans_what_is_known",
    ),
    Mutant(
        "every candidate gets all seeds", "optimise.py",
        "self.more_seeds(batch, min(self.settings.first, self.most))", "self.more_seeds(batch, self.most)",
        "test_explore.py::test_the_frontier_is_beaten_by_none_and_spans_what_is_known",
    ),
    Mutant(
        "signs of a sweep are read off means", "swept.py",
        'points[f"{name}_low"] > 0.0, points[f"{name}_high"] < 0.0', "points[name] > 0.0, points[name] < 0.0",
        "test_swept.py::test_what_no_interval_settles_is_said",
    ),
    Mutant(
        "a third key widens the interval of luck", "swept.py",
        'groupby([x, "seed"], as_index=False)[name].mean()', 'filter([x, "seed", name])',
        "test_swept.py::test_a_third_key_is_averaged_over_seed_by_seed",
    ),
    Mutant(
        "a dead writer is told as writing", "store.py",
        "fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # free", 'return f"written by {owner_of(path)}"  # free',
        "test_swept.py::test_status_tells_a_living_writer_from_a_dead_one",
    ),
    Mutant(
        "one look is enough to give a task up", "cluster.py",
        "self.gone |= missing & self.missing", "self.gone |= missing",
        "test_cluster.py::test_a_queue_that_does_not_answer_has_lost_nobody",
    ),
    Mutant(
        "no code in the id of what is remembered", "kept.py",
        "whole = [self.plain(self.task), self.plain(job), version()]",
        "whole = [self.plain(self.task), self.plain(job)]",
        "test_kept.py::test_other_code_reuses_nothing",
    ),
    Mutant(
        "no task in the id of what is remembered", "kept.py",
        "whole = [self.plain(self.task), self.plain(job), version()]",
        "whole = [self.plain(job), version()]",
        "test_kept.py::test_an_id_speaks_of_everything_that_decides_a_result",
    ),
    Mutant(
        "an edited script takes what was remembered", "kept.py",
        "return hashlib.sha256(Path(inspect.getfile(one)).read_bytes()).hexdigest()", 'return ""',
        "test_kept.py::test_the_source_of_a_script_is_part_of_the_id",
    ),
    Mutant(
        "no checksum checked of what is remembered", "store.py",
        'whole = seal(body).encode("utf-8") == content', "whole = True",
        "test_kept.py::test_33_a_flipped_byte_is_found_put_aside_and_made_again",
    ),
    Mutant(
        "results in the order in which they arrive", "sweep.py",
        "return [found[k] for k in range(len(jobs))]", "return list(found.values())",
        "test_kept.py::test_results_that_arrive_in_another_order_are_put_in_that_of_the_jobs",
    ),
    Mutant(
        "what is remembered is made again", "sweep.py",
        "zip(runs, jobs, strict=True) if not found[run]}", "zip(runs, jobs, strict=True)}",
        "test_kept.py::test_what_is_kept_is_not_run_again[1]",
    ),
    Mutant(
        "what is remembered goes with the command that failed", "kept.py",
        "if done or not kept.count:", "if True:",
        "test_kept.py::test_runs_stay_until_the_command_is_done",
    ),
    Mutant(
        "an array that is remembered forgets the order of its axes", "values.py",
        'order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"', 'order = "C"',
        "test_values.py::test_what_is_stored_comes_back_to_the_last_bit",
    ),
    Mutant(
        "a number that is remembered forgets the bits of its NaN", "values.py",
        'struct.pack(">d", value).hex()', 'struct.pack(">d", float(repr(value))).hex()',
        "test_values.py::test_numbers_that_json_does_not_know[nan1]",
    ),
    Mutant(
        "confirmed on the seeds that chose", "optimise.py",
        "return range(most, most + (most if", "return range(0, (most if",
        "test_explore.py::test_what_is_chosen_from_luck_is_flattered_and_new_seeds_are_not",
    ),
    Mutant(
        "flattered the wrong way round", "optimise.py",
        "value = float(np.mean(fresh) - np.mean(chosen))", "value = float(np.mean(chosen) - np.mean(fresh))",
        "test_explore.py::test_who_does_not_stay_on_new_seeds_is_named_with_the_reason",
    ),
    Mutant(
        "confirmed in spite of a limit", "optimise.py",
        'return "outside"', 'return "stays"',
        "test_explore.py::test_who_does_not_stay_on_new_seeds_is_named_with_the_reason",
    ),
    Mutant(
        "confirmed from one end only", "optimise.py",
        "np.linspace(0, len(frontier) - 1, min(most, len(frontier)))", "np.arange(min(most, len(frontier)))",
        "test_explore.py::test_a_long_frontier_is_confirmed_along_its_length_and_none_if_nobody_asks",
    ),
    Mutant(
        "new seeds missing in the table", "explore.py",
        "self.runs.setdefault(point.words, set()).update(chosen)", "self.runs.setdefault(point.words, set(chosen))",
        "test_explore.py::test_optimise_says_what_the_frontier_is_and_tells_no_lever_that_is_not_in_play",
    ),
    Mutant(
        "a bond that grows told as recognition", "mechanisms/recognition.py",
        'scene.counts.get("recognitions", 0) > 0', 'scene.after["bond"] > scene.before["bond"]',
        "test_diary.py::test_a_bond_that_grows_is_no_recognition",
    ),
    Mutant(
        "the diary reads everybody's counters", "diary.py",
        "self.own = done[self.row][0]", "self.own = sum(counts for counts, _ in done.values())",
        "test_diary.py::test_it_tells_what_happened_and_nothing_else[en-words0]",
    ),
    Mutant(
        "the diary of a market without a program", "diary.py",
        'rest if named else [f"scenario={WORLD}", *rest]', "rest",
        "test_diary.py::test_without_a_program_in_the_words_it_tells_of_one",
    ),
    Mutant(
        "quality reads satisfaction", "survey.py",
        'read = (sat, state(people, "expectation")[rows, j], ', "read = (sat, sat, ",
        "test_survey.py::test_each_question_reads_its_own_state",
    ),
    Mutant(
        "care forgets failures", "mechanisms/experience.py",
        "(experience_usual - harm - care)", "(experience_usual - care)",
        "test_survey.py::test_care_remembers_failures_and_answers",
    ),
    Mutant(
        "rounding left out of noise", "survey.py",
        "variance / (variance + 1.0 / 12.0)", "variance / variance",
        "test_survey.py::test_noise_alone_looks_like_dimensions[0.8-2.0]",
    ),
    Mutant(
        "the value of a customer not discounted", "evaluate/felt.py",
        "profit / 100.0 / entered.sum())", "profit / 100.0 / entered.sum(), 0.0)",
        "test_survey.py::test_felt_figures_by_hand",
    ),
    Mutant(
        "who never bought counts as leaving", "evaluate/felt.py",
        "wave = wave[wave.customer.isin(before)]", "wave = wave[wave.customer >= 0]",
        "test_survey.py::test_stated_is_held_against_actual",
    ),
]  # fmt: skip


def house(folder: Path) -> Path:
    """A copy of the package and its tests."""
    for name in ("src", "tests", "experiments"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "conf", folder / "conf")
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def mutated(healthy: Path, folder: Path, mutant: Mutant) -> str:
    """Copy a house with its byte code and plant one mutant; -> "", or why its words cannot be changed."""
    shutil.copytree(healthy, folder, ignore=shutil.ignore_patterns("cache"), dirs_exist_ok=True)
    path = folder / "src" / "loyaltysim" / mutant.file
    text = path.read_text(encoding="utf-8")
    if text.count(mutant.old) != 1:
        return f"{mutant.file} holds its words {text.count(mutant.old)} times"
    path.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
    for stale in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
        stale.unlink()
    return ""


def inside(folder: Path, tests: list[str]) -> None:
    """In a process of its own, which has imported libraries but nothing of ours: run some tests of a copy."""
    import pytest

    os.chdir(folder)
    os.environ |= {"PYTHONPATH": str(folder / "src"), "LOYALTYSIM_CACHE": str(folder / "cache")}
    sys.path[:] = [str(folder / "src"), *(p for p in sys.path if p not in ("", str(ROOT), str(ROOT / "src")))]
    for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
        del sys.modules[name]
    with open(folder / SAID, "w", encoding="utf-8") as said, redirect_stdout(said), redirect_stderr(said):
        code = pytest.main(["-q", "-p", "no:cacheprovider", *(f"tests/{name}" for name in tests)])
    if not Path(sys.modules["loyaltysim"].__file__).is_relative_to(folder):
        raise ImportError("the tests ran on another package than the one of their copy")
    sys.exit(code)


def run_tests(folder: Path, tests: list[str]) -> tuple[int | None, str]:
    """Run some tests of a copy, on the package of that copy, without the compiler; -> exit code, what was said."""
    process = FORKS.Process(target=inside, args=(folder, tests))
    process.start()
    process.join()
    return process.exitcode, (folder / SAID).read_text(encoding="utf-8") if (folder / SAID).exists() else ""


def sentence(healthy: Path, mutant: Mutant) -> str:
    """Plant one mutant in a copy of its own; -> "" if the named test kills it, or what went wrong."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place).resolve()
        if wrong := mutated(healthy, folder, mutant):
            return wrong
        code, said = run_tests(folder, [mutant.test])
    if code == 1 and "1 failed" in said:
        return ""
    return "survived" if code == 0 else f"broke instead of failing:\n{said[-2500:]}"


def sound(healthy: Path, tests: set[str], pool: Executor) -> bool:
    """Do the named tests pass without a mutant? Each file of tests runs in a process and a copy of its own."""

    def verdict(file: str) -> tuple[int | None, str]:
        with tempfile.TemporaryDirectory() as place:
            folder = shutil.copytree(healthy, Path(place).resolve(), dirs_exist_ok=True)
            return run_tests(folder, sorted(test for test in tests if test.startswith(f"{file}::")))

    verdicts = pool.map(verdict, sorted({test.partition("::")[0] for test in tests}))
    failed = [said for code, said in verdicts if code != 0]
    for said in failed:
        print(f"the named tests do not pass without a mutant:\n{said[-4000:]}")
    return not failed


def main(words: list[str]) -> int:
    """Check that the named tests pass, then plant the mutants, a few at a time."""
    chosen = [m for m in MUTANTS if all(word in m.wrong for word in words)]
    os.environ |= {"NUMBA_DISABLE_JIT": "1", "MPLBACKEND": "Agg", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    FORKS.set_forkserver_preload(LIBRARIES)
    with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        healthy = house(Path(place).resolve())
        compileall.compile_dir(healthy / "src", quiet=1)
        if not sound(healthy, {m.test for m in chosen}, pool):
            return 1
        verdicts = list(pool.map(sentence, repeat(healthy), chosen))
    for mutant, verdict in zip(chosen, verdicts, strict=True):
        print(f"{'killed  ' if not verdict else 'ALIVE   '} {mutant.wrong}: {verdict or mutant.test}")
    alive = sum(map(bool, verdicts))
    print(f"{len(chosen) - alive} of {len(chosen)} mutants killed")
    return int(alive > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
