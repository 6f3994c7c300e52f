"""Wrong rivalry: money that is counted twice, effects of other arms, paths that never stop."""

from __future__ import annotations

from tests.wrong import Mutant

# fmt: off
MUTANTS = [
    Mutant(
        "what the firm gets back leaves out what it paid", "incidence.shared_out",
        "left + cost", "left",
        "test_who_has_the_money_by_hand",
    ),
    Mutant(
        "what rivals lose is nobody's", "incidence.shared_out",
        "cost - customers - back - others", "cost - customers - back",
        "test_who_has_the_money_by_hand",
    ),
    Mutant(
        "the focal firm is its own rival", "incidence.incidence",
        "b.weekly.firm != w.firm", "b.weekly.firm != ''",
        "test_who_has_the_money_by_hand",
    ),
    Mutant(
        "adopters stay whatever it brings", "adoption.settled",
        "n == 0 or effect[n - 1] >= 0.0", "True",
        "test_where_adoption_ends",
    ),
    Mutant(
        "everybody answers in every week", "adoption.curve",
        "week % lag == 0", "True",
        "test_the_curve_of_adoption_by_hand",
    ),
    Mutant(
        "who drops its program is held against nobody having one", "adoption.exit_test",
        "(na, aa)", "(na, nn)",
        "test_the_exit_test_by_hand",
    ),
    Mutant(
        "a program that pays all is the price of entry", "adoption.kind",
        "most <= margin", "True",
        "test_the_exit_test_by_hand",
    ),
    Mutant(
        "the smallest rival adopts first", "rivalry.adoption_arms",
        "-world.firms[f].share", "world.firms[f].share",
        "test_who_adopts_takes_the_leaders_program_and_when_it_starts",
    ),
    Mutant(
        "who adopts forgets its price", "rivalry.adopting",
        "{**setting(firm, False), **given[1]}", "dict(given[1])",
        "test_who_adopts_takes_the_leaders_program_and_when_it_starts",
    ),
    Mutant(
        "the price of entry is the next one tried", "entry.crossing",
        "(share[k] - target) / (share[k] - share[k + 1])", "1.0",
        "test_the_price_of_entry_by_hand",
    ),
    Mutant(
        "incumbents keep their programs in both worlds", "rivalry.entry_arms",
        "replace(firm, program={}, policy=setting(firm, False))", "firm",
        "test_incumbents_programs_make_entry_dearer_by_what_they_are_worth",
    ),
    Mutant(
        "a path that stops is one that moved lately", "escalation.stop",
        "len(path) - last > quiet", "len(path) - last < quiet",
        "test_where_a_path_of_rewards_stops_by_hand",
    ),
    Mutant(
        "a step that fades away is a change", "escalation.stop",
        "abs(rate - at) > small", "rate != at",
        "test_where_a_path_of_rewards_stops_by_hand",
    ),
]
