"""Markets of industries, as they must not be judged."""

from tests.wrong import Mutant

MUTANTS = [
    Mutant(
        "the top fifth of flyers instead of all members",
        "top_of_all",
        "min(1.0, top / (1.0 - p[0]))",
        "top",
        "test_counts_with_one_airline_by_hand",
    ),
    Mutant(
        "twice the tolerance on a share of members",
        "share_cell",
        "FEW_ERRORS * self.error(seen)",
        "2 * FEW_ERRORS * self.error(seen)",
        "test_what_is_held_out_is_met_within_two_errors",
    ),
    Mutant(
        "flights with all airlines are held against those with one",
        "Flyers.cells",
        "patterns.bought(law.year, np.array([law.S * share]), np.array([law.S * (1 - share)]))[0]",
        "law.year",
        "test_what_is_held_out_is_met_within_two_errors",
    ),
]
