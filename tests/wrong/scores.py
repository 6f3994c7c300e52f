"""Two-sided ratings and pay by score, as they must not be."""

from tests.wrong import Mutant

MUTANTS = [
    Mutant(
        "unseen ratings are answered too",
        "Ratings.answered",
        'self.retaliation if self.disclosure == "sequential" else 0.0',
        "self.retaliation",
        "test_a_rating_by_hand",
    ),
    Mutant(
        "nobody foresees retaliation",
        "Ratings.silenced",
        "self.fear * self.answered",
        "0.0 * self.answered",
        "test_a_rating_by_hand",
    ),
    Mutant(
        "good ratings are answered too",
        "stars_posted",
        "stars <= 2 and draw_star_rating < chance * terms.answered",
        "draw_star_rating < chance * terms.answered",
        "test_a_rating_by_hand",
    ),
    Mutant(
        "only what is posted is deserved",
        "scores.rated",
        "ratio(total.stars_due, total.rateable)",
        "ratio(total.stars_given, total.rated)",
        "test_ratings_by_hand",
    ),
    Mutant(
        "an error has a sign",
        "scores.rated",
        "abs(stars - true)",
        "(stars - true)",
        "test_ratings_by_hand",
    ),
    Mutant(
        "gaming works as well as work",
        "Appraisal.effort",
        "self.effect * (1.0 - self.gamed) * self.response",
        "self.effect * self.response",
        "test_a_bonus_moves_staff_by_half_of_what_is_left",
    ),
    Mutant(
        "the displeased are asked like anybody",
        "appraisal.scores",
        "due < terms.centre",
        "due < terms.centre - 100.0",
        "test_a_score_by_hand",
    ),
    Mutant(
        "what is begged for is deserved",
        "appraisal.scores",
        "visit.points_due += on_scale(due, 0, 10)",
        "visit.points_due += on_scale(due + terms.begged, 0, 10)",
        "test_a_score_by_hand",
    ),
    Mutant(
        "staff know no colleague",
        "staff_ratings",
        "np.repeat([own.self_bias, own.peer_bias], own.raters)",
        "own.self_bias",
        "test_staff_ratings_by_hand",
    ),
    Mutant(
        "a bonus is paid once",
        "appraisal.book",
        'totals["weeks_running"] * round(terms.bonus * 100)',
        "round(terms.bonus * 100)",
        "test_a_score_alone_moves_nobody_and_a_bonus_costs_what_it_is",
    ),
]
