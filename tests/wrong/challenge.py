"""A sum by a date, as it must not be."""

from tests.wrong import Mutant

MUTANTS = [
    Mutant(
        "a cent short of a goal is enough",
        "challenge_met",
        "here.challenge_sum >= terms.bar",
        "here.challenge_sum >= terms.bar - 1",
        "test_the_purchase_that_reaches_the_goal_wins_once",
    ),
    Mutant(
        "a goal is reached again and again",
        "takes_part",
        "here.challenge_won == 0",
        "here.challenge_won >= 0",
        "test_the_purchase_that_reaches_the_goal_wins_once",
    ),
    Mutant(
        "a challenge is for everybody",
        "takes_part",
        "addressed(here, me, terms) != 0",
        "True",
        "test_the_purchase_that_reaches_the_goal_wins_once",
    ),
    Mutant(
        "a visit towards a goal counts as money",
        "challenge_step",
        "terms.by_visits == 1",
        "terms.by_visits == 2",
        "test_the_purchase_that_reaches_the_goal_wins_once",
    ),
    Mutant(
        "the last step to a goal overshoots",
        "challenge_pull",
        "min(1.0, x + challenge_step(terms, visit.paid_cents) / terms.bar)",
        "x + 2.0 * challenge_step(terms, visit.paid_cents) / terms.bar",
        "test_the_steps_to_the_bonus_sum_to_it",
    ),
    Mutant(
        "a goal never pulls",
        "challenge_pull",
        "me.link_reward * terms.worth",
        "0.0 * terms.worth",
        "test_a_goal_near_pulls_and_one_that_is_won_does_not",
    ),
    Mutant(
        "a bonus costs its face value",
        "challenge.book",
        "terms.bonus * terms.cost * 100",
        "terms.bonus * 100",
        "test_who_wins_is_who_spent_enough_between_the_dates",
    ),
    Mutant(
        "a second challenge begins where the first ended",
        "begin_anew",
        "market.population.columns[field][:, j] = 0",
        "pass",
        "test_who_wins_is_who_spent_enough_between_the_dates",
    ),
]
