"""The journal and the roll-forward of points, broken on purpose."""

from tests.wrong import Mutant

MUTANTS = [
    Mutant(
        "the journal takes breakage for all that was issued",
        "journal.pairs",
        '("points_liability", "breakage", weekly.breakage)',
        '("points_liability", "breakage", moved.issued)',
        "test_a_journal_by_hand",
    ),
    Mutant(
        "lapsed points stand on the wrong side",
        "journal.pairs",
        '("points_liability", "breakage", weekly.breakage)',
        '("breakage", "points_liability", weekly.breakage)',
        "test_a_journal_by_hand",
    ),
    Mutant(
        "what rounding leaves over is lost",
        "journal.pairs",
        "weekly.liability_change - kept",
        "0 * kept",
        "test_a_journal_by_hand",
    ),
    Mutant(
        "the journal rounds week by week",
        "journal.at_cost",
        "total * cost // units - (total - rows[name]) * cost // units",
        "rows[name] * cost // units",
        "test_a_journal_by_hand",
    ),
    Mutant(
        "new terms leave old points at their old cost",
        "journal.at_cost",
        "cost.shift(1, fill_value=0)",
        "cost",
        "test_new_terms_value_old_points_anew",
    ),
    Mutant(
        "a change of terms goes unnoticed",
        "journal.changed",
        "last.get((firm, component)) != (now := stock.worth(terms))",
        "last.get((firm, component)) is None and (now := stock.worth(terms))",
        "test_a_row_for_every_change_of_what_a_reward_is_worth",
    ),
    Mutant(
        "a refund is no return",
        "journal.pairs",
        "weekly.revenue + refunds",
        "weekly.revenue + 0 * refunds",
        "test_a_journal_by_hand",
    ),
    Mutant(
        "income opens a year with the last one's",
        "journal.balances",
        "carried.where(sums.account.isin(BALANCE_SHEET), 0)",
        "carried",
        "test_balances_by_hand",
    ),
    Mutant(
        "lost stamps are redeemed ones",
        "journal.way",
        'FATES.get(counter.rpartition("_")[2], "given")',
        'FATES.get(counter.rpartition("_")[2].replace("lost", "paid"), "given")',
        "test_what_went_how[stamps_lost-expired]",
    ),
    Mutant(
        "every seed's points have the terms of the first",
        "single.SeedResult.of",
        "promises(books, seed)",
        "promises(books, scenario.seed)",
        "test_every_arm_and_seed_has_a_journal[with-2]",
    ),
    Mutant(
        "a run of an older version is taken at no cost",
        "ledger.opened",
        "records.promises is None and any(records.firms.get(name, pd.Series(0)).any() for name in owing)",
        "False",
        "test_a_run_kept_before_promises_were_noted_says_what_to_do",
    ),
]
