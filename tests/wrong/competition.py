"""Experiments on firms that compete, broken on purpose."""

from tests.wrong import Mutant

MUTANTS = [
    Mutant(
        "everybody has a program in every arm", "price_parity.arm",
        "name in having", "True",
        "test_who_has_a_program_in_each_arm",
    ),
    Mutant(
        "a mark-up moves prices where nobody has a program", "price_parity.arm",
        "firm.base_price / firm.unit_cost - 1.0", "1.0 / 3.0",
        "test_without_programs_prices_stay_in_every_regime[markup]",
    ),
    Mutant(
        "dropping a program costs where it pays", "price_parity.judged",
        "lies_within(drop, -np.inf, 0.0)", "lies_within(drop, 0.0, np.inf)",
        "test_each_row_has_its_own_criterion[-1.8-1.1-20.0-words1]",
    ),
    Mutant(
        "customers gain whatever they gain", "price_parity.judged",
        "lies_within(surplus, 0.0, np.inf)", "lies_within(surplus, -np.inf, np.inf)",
        "test_each_row_has_its_own_criterion[0.0--0.2--2.0-words2]",
    ),
    Mutant(
        "the first line of parity knows no regime", "parity.first",
        "free.share_alone_high <= 0.0", "free.share_alone_low <= 0.0",
        "test_the_first_line_names_the_regime_that_it_depends_on[gain2-hardly a gain]",
    ),
    Mutant(
        "rewards cost their face value", "escalation.curves",
        "gross - k * face", "gross - face",
        "test_a_war_stops_where_the_closed_form_says[2-0.5]",
    ),
    Mutant(
        "followers answer nobody", "Curves.path",
        "self.answer(first)", "self.answer(0.0)",
        "test_each_market_has_its_own_first_line",
    ),
    Mutant(
        "nobody begins, and the followers are poorer", "escalation.richer",
        "first.value <= step", "first.value < -1.0",
        "test_richer_followers_are_judged_where_somebody_begins[first5-more5-cannot judge]",
    ),
    Mutant(
        "a reward pays below what it brings after its cost", "escalation.pays_below",
        "gross[1, 0] - gross[0, 0]", "gross[1, 0] - face[1, 0] - gross[0, 0]",
        "test_the_first_reward_pays_below_what_it_brings[4.0-0.25-4]",
    ),
]  # fmt: skip
