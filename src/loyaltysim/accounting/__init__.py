"""What a program owes: points in the books, in the statutory view and in the expected one of IFRS 15 and ASC 606."""

from loyaltysim.accounting.books import Books, Ended, Stress, Terms, redeemable, terms_of
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
from loyaltysim.accounting.vintages import Vintages, dated, of_firm, pooled

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
    "deferral",
    "expected_redemption",
    "of_firm",
    "owed",
    "pooled",
    "recognised",
    "redeemable",
    "statutory",
    "terms_of",
]
