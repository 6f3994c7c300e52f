"""Staff are paid by a score: they work better, or only at the score; and they rate themselves and each other."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from loyaltysim.mechanism.declare import Hook, Mechanism, World
from loyaltysim.mechanism.rules import rule
from loyaltysim.programs.audit import keys_of, qualities
from loyaltysim.programs.ratings import on_scale
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Appraisal(Dated):
    """Staff ask customers for a score: centre + by_quality x quality of the visit, in whole points from 0 to 10.
    `bonus` is shared out by it each week, and moves staff by

        response = 1 - 2^(-bonus / half)        concave: every further unit of money moves them less

    Of the response the share 1 - gamed is work and adds up to `effect` to every visit; the share `gamed` goes into
    the score alone: displeased customers are not asked (`pick`), the others are begged for points (`polish`).

    Every so many weeks staff also rate a visit of their own and one of a colleague's on that scale, too kindly.
    """

    bonus: float = term(0.0, "money per week", 0.0, 1e12, doc="shared out by the score")
    half: float = term(100.0, "money per week", 1e-3, 1e12, doc="bonus that brings half of the largest response")
    effect: float = term(1.0, "units of quality", -100.0, 100.0, doc="of all work that a bonus can bring")
    gamed: float = term(0.3, "share of the response", 0.0, 1.0, doc="that goes into the score and not into the work")
    asked: float = term(0.2, "share of visits", 0.0, 1.0, doc="after which staff ask for a score")
    pick: float = term(1.0, "share of the displeased", 0.0, 1.0, doc="whom the largest gaming does not ask")
    polish: float = term(1.0, "points", 0.0, 10.0, doc="that the largest gaming begs from whoever is asked")
    centre: float = term(7.0, "points, 0 to 10", 0.0, 10.0, doc="score of a usual visit")
    by_quality: float = term(1.0, "points per unit of quality", 0.0, 10.0)
    every: int = term(13, "weeks", 0, 5200, doc="between the ratings by staff, the first after so many; 0 = none")
    raters: int = term(20, "people", 1, 100000, doc="who rate themselves and each other")
    self_bias: float = term(1.0, "points", -10.0, 10.0, doc="by which they overrate themselves")
    peer_bias: float = term(0.5, "points", -10.0, 10.0, doc="by which they overrate a colleague")

    @property
    def response(self) -> float:
        """How far the bonus moves staff, as a share of the most that any could."""
        return -math.expm1(-math.log(2.0) * self.bonus / self.half)

    @property
    def effort(self) -> float:
        """Units of quality that it adds to every visit."""
        return self.effect * (1.0 - self.gamed) * self.response

    @property
    def passed_over(self) -> float:
        """Share of the displeased who are not asked."""
        return self.pick * self.gamed * self.response

    @property
    def begged(self) -> float:
        """Points that are begged for."""
        return self.polish * self.gamed * self.response


@rule
def is_scored(terms: Any) -> bool:
    """Does anybody ask for a score?"""
    return terms.asked > 0.0


@rule
def scores(here: Any, terms: Any, visit: Any, draw_score: float) -> None:
    """After a visit: the score that it deserves, and the one that is given if staff ask."""
    due = terms.centre + terms.by_quality * here.delivered
    visit.appraised += 1
    visit.points_due += on_scale(due, 0, 10)
    chance = terms.asked
    if due < terms.centre:
        chance = terms.asked * (1.0 - terms.passed_over)
    if draw_score < chance:
        visit.scored += 1
        visit.points_shown += on_scale(due + terms.begged, 0, 10)


def around(market: World, terms: Appraisal) -> dict[str, np.ndarray]:
    """Staff who rate this week, the sums of what they give themselves and a colleague, by firm. -> (n_firms,) each"""
    found = np.zeros((3, len(market.firms)))
    for j, (name, firm) in enumerate(market.firms.items()):
        own = firm.running_program.get("appraisal")
        weeks = firm.totals.get("weeks_running/appraisal", 0)
        if own is not None and own.every > 0 and weeks > 0 and weeks % own.every == 0:
            mine, colleagues = staff_ratings(
                own, qualities(market, j, keys_of(market, "staff_rating", name, 2 * own.raters))
            )
            found[:, j] = own.raters, mine.sum(), colleagues.sum()
    return {"staff_rating": found[0], "self_points": found[1], "peer_points": found[2]}


def staff_ratings(own: Appraisal, quality: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What staff make of visits: the first half their own, the others a colleague's. quality : (2 staff,) of them"""
    bias = np.repeat([own.self_bias, own.peer_bias], own.raters)
    points = np.clip(np.floor(own.centre + own.by_quality * quality + bias + 0.5), 0.0, 10.0)
    return points[: own.raters], points[own.raters :]


def book(totals: Mapping[str, int], terms: Appraisal) -> dict[str, int]:
    """The bonus, while it runs: all of it, whoever gets it."""
    return {"fixed_cost": totals["weeks_running"] * round(terms.bonus * 100)}


def check(terms: Appraisal) -> list[tuple[str, str]]:
    """A bonus by a score needs one."""
    if terms.bonus > 0.0 and terms.asked == 0.0:
        return [("bonus", f"= {terms.bonus:g} is shared out by a score that nobody is asked for: set asked above 0")]
    return []


MECHANISM = Mechanism(
    name="appraisal",
    level="program",
    source="staff paid by the survey's score, staff who rate themselves and each other (source texts, S3-74, S3-73); "
    "work beside what is measured: Holmstrom & Milgrom 1991, J. Law, Economics & Organization 7; self-ratings "
    "are lenient: Harris & Schaubroeck 1988, Personnel Psychology 41(1); sizes assumed",
    terms=Appraisal,
    neutral={"bonus": 0.0, "asked": 0.0, "every": 0},
    needs=("experience",),
    hooks=(Hook("visit", scores, when=is_scored),),
    counts={"appraised": "purchases", "points_due": "points", "scored": "answers", "points_shown": "points"},
    book=book,
    check=check,
    generosity="bonus",
    around=around,
    order=59,
)
