"""What people think of an offer that they see and may not have: a better price for members, a coupon for newcomers."""

from __future__ import annotations

from dataclasses import dataclass

from loyaltysim.mechanism.audience import Audience
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Exclusive(Audience):
    """The keys of an offer that is not for all; at fairness 0 nobody minds."""

    fairness: float = term(
        0.0, "fraction of the reference price", -1.0, 1.0,
        doc="what the firm is worth less to who sees the offer and may not have it; below 0 it is worth more",
    )  # fmt: skip
    seen: float = term(0.5, "share of customers", 0.0, 1.0, doc="fairness: who sees offers that are for others")

    @property
    def minded(self) -> bool:
        """Does it matter to anybody that the offer is not for all?"""
        return self.fairness * self.seen != 0.0


@rule
def minds(has: float, luck: float, seen: float, fairness: float) -> float:
    """What the firm gains in the eyes of one customer, as a fraction of the reference price.

    has : 1 who may have the offer, else 0;  luck : a uniform for life
    """
    if has != 0 or luck >= seen:
        return 0.0
    return -fairness
