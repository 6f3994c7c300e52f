"""What nobody knows, drawn wrongly on purpose."""

from tests.wrong import Mutant

MUTANTS = [
    Mutant(
        "the chance of no effect is not taken from the rest", "Row.values",
        "(u - self.chance) / (1.0 - self.chance)", "u",
        "test_a_chance_of_no_effect_takes_its_part_of_the_draws_and_whole_keys_stay_whole",
    ),
    Mutant(
        "ends of a lognormal are its quartiles", "frozen",
        "stats.norm.ppf(0.95)", "stats.norm.ppf(0.75)",
        "test_ends_of_a_normal_are_its_5_and_95_percent_points[lognormal]",
    ),
    Mutant(
        "a size outside of its key's range is taken", "check_ends",
        "bad = [value for value in ends if not allowed(parameter, value)]", "bad = []",
        "test_every_problem_of_a_table_is_named_at_once",
    ),
    Mutant(
        "draws that correlate", "draw",
        "strength=2 if len(varying) > 1 else 1", "strength=1",
        "test_draws_fill_every_size_and_every_pair_evenly",
    ),
    Mutant(
        "what is known is drawn all the same", "sizes",
        "not any(holds(key, row) for key in held)", "True",
        "test_what_is_known_is_held",
    ),
    Mutant(
        "one seed for all worlds", "worlds.some",
        "(base.seed + at) ^ APART", "base.seed ^ APART",
        "test_a_world_is_the_same_alone_and_among_others",
    ),
    Mutant(
        "a strong habit does not raise S", "measured.tastes",
        "1.0 + HABIT * (0.0 if habit is None else habit.premium)", "1.0",
        "test_what_is_measured_is_what_the_derived_world_shows",
    ),
    Mutant(
        "what members would have spent anyway is driven", "members.members",
        "spent - barred.spend.sum()", "spent",
        "test_members",
    ),
]  # fmt: skip
