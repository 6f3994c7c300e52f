"""What a program owes: points in the books, in the statutory view and in the expected one of IFRS 15 and ASC 606."""

from loyaltysim.accounting.books import Books, Ended, Stress, Terms, of_run, redeemable, terms_of
from loyaltysim.accounting.expected import Estimate, expected_redemption
from loyaltysim.accounting.forms import (
    breakage,
    by_period,
    catch_up,
    deferral,
    owed,
    recognised,
    statutory,
)
from loyaltysim.accounting.vintages import Vintages, dated, dated_by_all, of_firm, pooled

__all__ = [
    "Books",
    "Ended",
    "Estimate",
    "Stress",
    "Terms",
    "Vintages",
    "breakage",
    "by_period",
    "catch_up",
    "dated",
    "dated_by_all",
    "deferral",
    "expected_redemption",
    "of_firm",
    "of_run",
    "owed",
    "pooled",
    "recognised",
    "redeemable",
    "statutory",
    "terms_of",
]
