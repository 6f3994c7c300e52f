"""What is typed and what is said back, broken on purpose."""

from tests.wrong import Mutant

MUTANTS = [
    Mutant(
        "report is taken for explore",
        "hints.nearest",
        "NEAR_SHORT if len(name) <= 4 else NEAR",
        "0.6",
        "test_what_is_no_slip_of_the_hand_gets_no_name[report]",
    ),
    Mutant(
        "what is still to come is only unknown",
        "hints.unknown",
        "coming(name) or suggestion(name, known, where)",
        "suggestion(name, known, where)",
        "test_what_does_not_exist_is_told_with_what_does",
    ),
    Mutant(
        "any key of the whole vocabulary that is a little alike",
        "Reader.unknown_key",
        "nearest(name, last, cutoff=0.9)",
        "nearest(name, last, cutoff=0.8)",
        "test_a_bad_command_line_is_refused[0-lamg=zh]",
    ),
    Mutant(
        "a list of designs that nothing closes",
        "named_programs",
        'text.startswith("[") != text.endswith("]")',
        "False",
        "test_what_does_not_exist_is_told_with_what_does",
    ),
]
