"""Consumer surplus, broken on purpose."""

from tests.wrong import Mutant

MUTANTS = [
    Mutant(
        "a choice is worth its best firm alone", "week.gained",
        "math.log(pull * share)", "0.0",
        "test_a_price_cut_is_worth_the_change_of_the_log_sum",
    ),
    Mutant(
        "a log-sum counts utility, not money", "week.money",
        "cents * worth / sensitivity", "cents * worth",
        "test_own_tastes_give_everybody_an_own_change",
    ),
    Mutant(
        "purchases that a better offer brings are worth as much as others", "outside.worth_of_more",
        "-math.expm1(-min(700.0, terms.elastic * a)) / terms.elastic - a", "0.0",
        "test_the_worth_of_purchases_that_a_better_offer_brings",
    ),
    Mutant(
        "who never came has a surplus", "surplus.surplus",
        "mean(change[here])", "mean(change)",
        "test_who_gets_the_money_by_hand",
    ),
    Mutant(
        "the industry is the focal firm", "surplus.surplus",
        "b.weekly.profit[b.weekly.week >= w.launch].sum()",
        "b.weekly.profit[(b.weekly.week >= w.launch) & (b.weekly.firm == w.firm)].sum()",
        "test_who_gets_the_money_by_hand",
    ),
]  # fmt: skip
