"""Measures, verdicts and experiments, broken on purpose."""

from tests.wrong import Mutant

MUTANTS = [
    Mutant(
        "satisfaction of the wrong firm at a decision", "../../experiments/satisfaction_is_not_loyalty.py",
        "feeling[rows, firm]", "feeling[rows, 0]",
        "studies/test_felt_experiments.py::test_satisfaction_is_that_of_the_decision",
    ),
    Mutant(
        "decisions of the burn-in count", "../../experiments/satisfaction_is_not_loyalty.py",
        "due & (week >= arm.begins)", "due",
        "studies/test_felt_experiments.py::test_decisions_are_those_of_the_books",
    ),
    Mutant(
        "the cheap firm's own customers are asked", "../../experiments/satisfaction_is_not_loyalty.py",
        '(people["provider"] != list(firms).index(rival))', '(people["provider"] != 0)',
        "studies/test_felt_experiments.py::test_who_is_gone_after_the_offer_is_in_the_books",
    ),
    Mutant(
        "idle bonds are worth something", "../../experiments/satisfaction_is_not_loyalty.py",
        '"idle": 0.0}', '"idle": 2.0}',
        "studies/test_felt_experiments.py::test_an_idle_bond_moves_nobody",
    ),
    Mutant(
        "the curve bends the other way", "../../experiments/satisfaction_is_not_loyalty.py",
        '"curvature": upper - lower', '"curvature": lower - upper',
        "studies/test_felt_experiments.py::test_curvature_by_hand",
    ),
    Mutant(
        "the cost of answers is in their gain", "../../experiments/recovery.py",
        "answered.profit.sum() + answered.recovery.sum()", "answered.profit.sum()",
        "studies/test_felt_experiments.py::test_answers_are_counted_and_paid_for",
    ),
    Mutant(
        "nobody is left unanswered", "../../experiments/recovery.py",
        '"program.service.recovery=0"', '"program.service.recovery=1"',
        "studies/test_felt_experiments.py::test_what_is_undone_keeps_most_and_silence_least",
    ),
    Mutant(
        "answered compared with itself", "../../experiments/recovery.py",
        'for other in ("silent", "undone"))', 'for other in ("undone", "silent"))',
        "studies/test_felt_experiments.py::test_break_even_by_hand",
    ),
    Mutant(
        "late cost is compared with its own beginning", "../../experiments/retention_emergent.py",
        'read_off(each[2], "cost_effect")', 'read_off(each[2], "cost_change")',
        "studies/test_retention_experiments.py::test_a_drift_that_the_control_shares_is_no_effect[0.7]",
    ),
    Mutant(
        "a switch is judged against a world without it", "../../experiments/retention_emergent.py",
        "if name not in self.controlled:", "if not name:",
        "studies/test_retention_experiments.py::test_a_drift_that_the_control_shares_is_no_effect[1.0]",
    ),
    Mutant(
        "terms are sought on one seed", "../../experiments/profit_of_retention.py",
        "for seed in judged_seeds(made)]\n        return", "for seed in judged_seeds(made)[:1]]\n        return",
        "studies/test_retention_experiments.py::test_the_goal_is_the_mean_of_the_judged_seeds",
    ),
    Mutant(
        "six points pass for five", "../../experiments/profit_of_retention.py",
        "abs(gained - wanted) > made", "abs(gained - wanted) > 10 * made",
        "studies/test_retention_experiments.py::test_six_points_are_not_judged_as_five[0.8531-cannot judge]",
    ),
    Mutant(
        "a purchase is its own neighbour in shuffled histories", "validate/panels.py",
        'chance, found = (table * (table - 1)).sum', 'chance, found = (table * table).sum',
        "calibrate/test_baseline_b.py::test_inertia_by_hand",
    ),
    Mutant(
        "pairs of two customers count as inertia", "validate/panels.py",
        'one = who[lag:] == who[:-lag]', 'one = who[lag:] >= who[:-lag]',
        "calibrate/test_baseline_b.py::test_tastes_alone_have_no_inertia",
    ),
    Mutant(
        "baseline B has excuses of its own", "validate/observed.py",
        'baseline.removeprefix(BEHAVIOUR)', 'baseline',
        "calibrate/test_baseline_b.py::test_baseline_b_is_held_to_the_same_list",
    ),
    Mutant(
        "a closed form of A judges B", "validate/judge.py",
        '& (cells.how != OF_A)', '& (cells.how != 0)',
        "calibrate/test_baseline_b.py::test_the_closed_form_beside_baseline_b_judges_nothing",
    ),
    Mutant(
        "a market is silent about other strengths", "present/run.py",
        "if at_work == fitted:", "if bool(at_work) == bool(fitted):",
        "calibrate/test_baseline_b.py::test_the_warning_compares_strengths",
    ),
    Mutant(
        "an amplifier switched off everywhere", "measures/twins.py",
        "for own, m in registry().items() if name in m.amplifiers}",
        "for own, m in registry().items() for name in m.amplifiers}",
        "mechanism/test_declarations.py::test_each_amplifier_in_use_is_switched_off_alone",
    ),
    Mutant(
        "gaps of other shops' visits", "measures/cards.py",
        "here = log[log.firm == firm].sort_values", "here = log.sort_values",
        "market/test_gaps.py::test_visits_laid_out_on_cards",
    ),
    Mutant(
        "goods counted as a cost of the program", "measures/money.py",
        "program_effects.refunded(rows) - rows.cost_of_goods.sum() - rows.profit.sum()",
        "program_effects.refunded(rows) - rows.profit.sum()",
        "studies/test_comparison.py::test_the_cost_is_the_one_that_run_prints",
    ),
    Mutant(
        "retention without the next quarter", "measures/money.py",
        "repeat_rate(periods[:-1], periods[1:])", "repeat_rate(periods[:-1], periods[:-1])",
        "studies/test_comparison.py::test_retention_wallet_and_activity_by_hand",
    ),
    Mutant(
        "penetration of the active instead of all", "measures/repeat_buying.py",
        "return (visits > 0).mean(axis=0)", "return (visits[visits.sum(axis=1) > 0] > 0).mean(axis=0)",
        "measures/test_metrics.py::test_penetration",
    ),
    Mutant(
        "churn of those who stayed", "measures/contracts.py",
        'divide(total["lost"] + total["exited"], total["renewals"])', 'divide(total["lost"], total["renewals"])',
        "behaviour/test_renewal.py::test_retention_and_flows_are_those_of_the_counters",
    ),
    Mutant(
        "an interval that covers an end counts as support", "measures/verdict.py",
        "if low <= found.low and found.high <= high:", "if low <= found.low or found.high <= high:",
        "measures/test_verdict.py::test_lies_within[0.2-0.3-inconclusive]",
    ),
    Mutant(
        "outside a range on one side only", "measures/verdict.py",
        "if found.high < low or found.low > high:", "if found.high < low:",
        "measures/test_verdict.py::test_lies_within[0.86-2.0-refuted]",
    ),
    Mutant(
        "an arm with another arm's runs", "studies/experiment.py",
        "done[k * len(seeds) : (k + 1) * len(seeds)]", "done[k : k + len(seeds)]",
        "measures/test_verdict.py::test_arms_get_their_own_results",
    ),
]  # fmt: skip
