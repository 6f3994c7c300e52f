"""Who has which status, whether spending bunches at thresholds, and who stays away after a fall."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from loyaltysim.market.book import Book
from loyaltysim.measures.ratio import ratio
from loyaltysim.mechanism.measure import Part, measure
from loyaltysim.programs.tiers import MOST, NOWHERE, Tiers
from loyaltysim.scenario.model import Scenario

NEAR = 0.1  # of a threshold: how far from it spending counts as just below or just above
EQUAL = 0.25  # of a threshold: how near to it who fell and who stayed count as equals
RING = 32  # parts that are kept, more than any window has
AWAY = 13  # weeks without a purchase: gone
RANKS = {str(k): Part(f"members in tier {k}", f"{k} 级会员占比") for k in range(1, MOST + 1)}
RANKS = {"0": Part("members without a status", "无等级会员占比"), **RANKS}


class Review(NamedTuple):
    """A review of all customers: its week, the terms, tier before (n,), what counted in the window (n,)."""

    week: int
    terms: Tiers
    tier: np.ndarray
    earned: np.ndarray


def counted(book: Book, place: int, terms: Tiers, week: int, n: int, points: Any) -> np.ndarray:
    """What the purchases of a week count, customer by customer. -> (n,) whole numbers"""
    log = book.log[(book.log.firm == place) & (book.log.week == week) & (book.log.spend > 0)]
    who = np.searchsorted(book.people.customer.to_numpy(), log.customer.to_numpy())
    each = log.spend.to_numpy()
    if terms.by_visits:
        each = np.ones(len(log), np.int64)
    if terms.by_points:
        each = each * points.issued // 100 if points.issued else np.floor(each * points.issued_per_cent + 1e-6)
    return np.bincount(who, weights=each, minlength=n).astype(np.int64)


def reviews(book: Book, firm: str) -> Iterator[Review]:
    """The reviews of a firm, read off its log of purchases; the whole week of joining counts."""
    place, n = book.firms.index(firm), len(book.people)
    joined = book.people[f"joined_{firm}"].to_numpy()
    tier, parts = np.zeros(n, np.int64), np.zeros((RING, n), np.int64)
    for week in range(len(book.weekly) // len(book.firms)):
        program = book.offers[week][firm].program
        own = program.get("tiers")
        if own is None or not own.live:
            tier[:], parts[:] = 0, 0
            continue
        now = week // own.part
        if week % own.part == 0 and week > 0:
            earned = sum(parts[(now - 1 - k) % len(parts)] for k in range(own.parts))
            yield Review(week, own, tier.copy(), earned)
            parts[now % len(parts)] = 0
            reached = np.searchsorted(np.array(own.bars), earned, side="right")
            tier = np.where(reached < tier, tier - 1 if own.soft else reached, tier)
        member = (joined >= 0) & (joined <= week) if own.members else np.ones(n, bool)
        parts[now % len(parts)] += member * counted(book, place, own, week, n, program.get("points"))
        earned = sum(parts[(now - k) % len(parts)] for k in range(own.parts))
        tier = np.maximum(tier, np.searchsorted(np.array(own.bars), earned, side="right"))


@measure(
    "in_tier_{}", unit="share of members", words="{}", chinese="{}", style="share", each=RANKS,
    of="of those who can have a status at the firm, those who have this one in the last week",
)  # fmt: skip
def ranks(book: Book, scenario: Scenario, firm: str) -> dict[str, float]:
    """The share of members in each tier that the firm has, as the last week began."""
    place, last = book.firms.index(firm), book.around[-1]
    many = len(scenario.firms[firm].program["tiers"].thresholds)
    below = [0.0, *(float(last[f"below_{k + 1}"][place]) for k in range(many)), 1.0]
    anybody = below[1] > 0.0 or bool((book.people[f"joined_{firm}"] >= 0).any())
    return {f"in_tier_{k}": below[k + 1] - below[k] if anybody else math.nan for k in range(many + 1)}


@measure(
    "bunching", unit="share", words="members just above a threshold, less those just below",
    chinese="门槛上方与下方之差", style="points",
    of="windows of members that end up to 10 % above a threshold less those up to 10 % below, over both; where nothing "
    "pulls it is below 0, since larger sums are rarer",
)  # fmt: skip
@measure(
    "churn_after_demotion", unit="share", words="gone after a fall, less gone at equal spending",
    chinese="降级后流失率之差", style="points",
    of="of members with a status who spent within 25 % of its threshold in the window, those without a purchase in the "
    "next 13 weeks: of who fell, less of who stayed; just below and just above, so spending is nearly equal",
)  # fmt: skip
def around_thresholds(book: Book, firm: str) -> dict[str, float]:
    """Bunching at thresholds, and who stays away after a fall; nan without such members. Needs a log of purchases."""
    weeks, place = len(book.weekly) // len(book.firms), book.firms.index(firm)
    above, below, left = 0, 0, np.zeros((2, 2))
    for review in reviews(book, firm):
        bars, earned = np.array(review.terms.bars), review.earned
        for bar in bars[bars < NOWHERE]:
            above += int(((earned >= bar) & (earned < (1.0 + NEAR) * bar)).sum())
            below += int(((earned >= (1.0 - NEAR) * bar) & (earned < bar)).sum())
        if review.week + AWAY > weeks:
            continue
        own = bars[np.maximum(0, review.tier - 1)]
        near = (review.tier > 0) & (np.abs(earned - own) <= EQUAL * own)
        log = book.log[(book.log.firm == place) & (book.log.week >= review.week)]
        seen = np.isin(book.people.customer, log[log.week < review.week + AWAY].customer)
        for fell in (0, 1):
            mine = near & ((earned < own) == bool(fell))
            left[fell] += (mine & ~seen).sum(), mine.sum()
    return {
        "bunching": ratio(above - below, above + below),
        "churn_after_demotion": ratio(left[1, 0], left[1, 1]) - ratio(left[0, 0], left[0, 1]),
    }


def statuses(scenario: Scenario, book: Book) -> dict[str, float]:
    """Every number on tiers of the focal firm; nothing where its program has none."""
    firm = scenario.focal_id
    if "tiers" not in scenario.focal_firm.program:
        return {}
    return ranks(book, scenario, firm) | around_thresholds(book, firm)
