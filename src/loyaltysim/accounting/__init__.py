"""What a program owes: points in the books, in the statutory view and in the expected one of IFRS 15 and ASC 606."""

from loyaltysim.accounting.forms import (
    Run,
    breakage,
    by_period,
    catch_up,
    deferral,
    owed,
    recognised,
    redemption_run,
    statutory,
)

__all__ = [
    "Run",
    "breakage",
    "by_period",
    "catch_up",
    "deferral",
    "owed",
    "recognised",
    "redemption_run",
    "statutory",
]
