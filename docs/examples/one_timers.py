"""A number of one's own: who bought once and never again.

loyaltysim run scenario=grocery_points --plugins docs/examples/one_timers.py
"""

from __future__ import annotations

from typing import Any

from loyaltysim.plugin import measure


@measure(
    unit="share of buyers",
    words="bought once only",
    chinese="只买过一次",
    style="share",
    of="of the customers who ever bought from the firm, those who did so once (record.panel)",
)
def one_timers(book: Any, scenario: Any, firm: str) -> float:
    """Buyers with a single purchase over all buyers of a firm; nan where nobody bought."""
    purchases = book.visits.sum(axis=0)[:, book.firms.index(firm)]
    buyers = int((purchases > 0).sum())
    return int((purchases == 1).sum()) / buyers if buyers else float("nan")
