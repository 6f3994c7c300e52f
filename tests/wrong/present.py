"""What is told and drawn, broken on purpose."""

from tests.wrong import Mutant

MUTANTS = [
    Mutant(
        "a negative share falls off its axis",
        "draw_groups",
        "np.nanmin(np.append(everyone, 0.0))",
        "0.0",
        "test_every_axis_holds_its_data[shares0]",
    ),
    Mutant(
        "more than all falls off its axis",
        "draw_groups",
        "np.nanmax(np.append(everyone, 100.0))",
        "100.0",
        "test_every_axis_holds_its_data[shares0]",
    ),
    Mutant(
        "the band of a market falls off its axis",
        "draw_market",
        "np.nanmin(np.append(data.low, 0.0))",
        "0.0",
        "test_every_axis_holds_its_data[shares1]",
    ),
    Mutant(
        "ahead for a while is told as never",
        "paid_back",
        "ahead.n",
        "False",
        "test_payback_is_told_as_it_went[back2-ahead2-ahead until week 31, behind afterwards]",
    ),
    Mutant(
        "who is still ahead has lost the gain",
        "ahead_until",
        "len(above) and above[-1] + 1 < len(cumulative)",
        "len(above)",
        "test_ahead_until_is_the_last_week_above_nothing_of_a_gain_that_is_lost[gains3-nan]",
    ),
    Mutant(
        "names are read as mathematics",
        "charts.SETTINGS",
        "text.parse_math",
        "axes.unicode_minus",
        "test_a_dollar_sign_is_a_dollar_sign",
    ),
    Mutant(
        "a figure that fails costs the answer",
        "spared",
        "return without",
        "raise",
        "test_a_figure_that_fails_costs_neither_the_others_nor_the_answer",
    ),
    Mutant(
        "the page waits for a figure that is not there",
        "comparison.pages",
        "drawn.read_bytes() if figure else b''",
        "drawn.read_bytes()",
        "test_a_comparison_without_its_figure_is_whole",
    ),
    Mutant(
        "small money is told as zero",
        "measures.comparison.Comparison.digits",
        'STYLES["money"].fine(self.budget).digits',
        "2",
        "test_small_money_is_told_with_two_digits",
    ),
    Mutant(
        "what rounds to nothing has a minus",
        "measure.Style.__call__",
        "round(x, digits) + 0.0",
        "x",
        "test_small_money_is_told_with_two_digits",
    ),
    Mutant(
        "zeros have an order",
        "measures.comparison.nothing",
        "round(mean, digits) == 0.0",
        "mean == 0.0",
        "test_there_is_no_order_among_what_rounding_makes_equal",
    ),
    Mutant(
        "any budget is asked for",
        "studies.comparison.SCALE",
        "(1e-4, 1.0)",
        "(0.0, math.inf)",
        "test_a_budget_that_no_terms_can_mean_is_refused_with_the_scale_of_a_purchase[481.0-False]",
    ),
    Mutant(
        "two runs are sure",
        "present.comparison.FEW",
        "4",
        "1",
        "test_a_few_runs_are_too_few_for_a_chance",
    ),
    Mutant(
        "what does not vary goes with something",
        "statistics.correlation",
        "np.ptp(x) == 0.0",
        "x.std() == 0.0",
        "test_correlation_of_arms",
    ),
]
