"""The tests that `make test` leaves to `make thorough`, by their names, and the cases of each that stay in `make test`.

They are long, and what they would find a shorter test finds too: another case of theirs, or a test beside them.
`make thorough` prints how many minutes each takes.
"""

THOROUGH: dict[str, tuple[str, ...]] = {
    # one component in each neighbourhood stays: a burn-in shared by all arms
    "test_arms_that_share_a_burn_in_are_the_arms_run_from_the_start": ("points-", "service-links", "referral-coming"),
    "test_at_work_it_changes_something": (
        "renewal", "inflow", "acquisition", "habit", "emotions", "points", "stamps", "returns",
        "community", "experience",
    ),
}  # fmt: skip
