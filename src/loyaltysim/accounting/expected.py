"""How much of the points will be redeemed: estimated from the program's own vintages, by age, with its error.

The actuary's chain ladder on points: at each age, of the points that are there, so many are redeemed and so many leave
without a reward. Only what had happened by the week of the estimate enters it. Of what happens at ages that no vintage
has reached nothing is known, so all that gets there is expected to be redeemed: breakage is counted only where it has
been seen, or is certain by the program's terms (IFRS 15 B46, paragraphs 56 to 58).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from loyaltysim.accounting.vintages import Vintages
from loyaltysim.theory.special import Array

FEWEST = 13  # weeks seen before an error is told
LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """What share of all points issued so far will have been redeemed in the end, those redeemed already included.

    value      in [0, 1]; 1 where nothing is known
    low, high  95 % interval for what will turn out: luck, and whatever may happen at ages that no vintage has reached
    unseen     share of the points issued that will get to such ages
    """

    value: float
    low: float
    high: float
    unseen: float

    @property
    def breakage(self) -> float:
        """Share that nobody will redeem."""
        return 1.0 - self.value


@dataclass(frozen=True)
class Ladder:
    """What was known of each age by the end of some weeks, (weeks, ages).

    seen           points that were there at that age, those issued at it included
    redeemed, gone of these the share that was redeemed, and that left without a reward
    lapse          age at which all that is left lapses by the program's terms; None = never
    """

    seen: Array
    redeemed: Array
    gone: Array
    lapse: int | None

    def later(self, unknown: float = 1.0) -> Array:
        """The chance to be redeemed of a point that is there as an age begins, (weeks, ages + 1).

            later(a) = redeemed(a) + (1 - redeemed(a) - gone(a)) later(a + 1)

        unknown : the chance at an age that no vintage has reached
        """
        weeks, ages = self.seen.shape
        chance = np.full((weeks, ages + 1), unknown)
        for age in reversed(range(ages + 1)):
            if self.lapse is not None and age >= self.lapse:
                chance[:, age] = 0.0
            elif age < ages:
                stays = np.maximum(1.0 - self.redeemed[:, age] - self.gone[:, age], 0.0)
                known = self.redeemed[:, age] + stays * chance[:, age + 1]
                chance[:, age] = np.where(self.seen[:, age] > 0.0, np.clip(known, 0.0, 1.0), unknown)
        return chance


def at_risk(v: Vintages) -> Array:
    """Points that are there in each week: held before it, and issued in it. (vintages, weeks)"""
    return v.held + v.redeemed + v.gone


def ladder(v: Vintages, weeks: np.ndarray, lapse: int | None = None) -> Ladder:
    """Shares by age as they are known when so many weeks have been seen. weeks : (w,), in [0, weeks of v]."""
    ages, offset = v.weeks if lapse is None else max(v.weeks, lapse), v.start
    age, reached = np.arange(v.weeks), np.zeros((len(weeks), ages), np.int64)
    reached[:, : v.weeks] = np.searchsorted(offset, np.asarray(weeks)[:, None] - age)  # vintages that have been there
    sums = []
    for table in (at_risk(v), v.redeemed, v.gone):
        by_age = np.zeros((len(v.start) + 1, ages))
        by_age[1:, : v.weeks] = np.cumsum(np.nan_to_num(v.by_age(table)), axis=0)
        sums.append(np.take_along_axis(by_age, reached, axis=0))
    seen, redeemed, gone = sums
    return Ladder(seen, shares(redeemed, seen), shares(gone, seen), lapse)


def expected_redemption(v: Vintages, lapse: int | None = None) -> Estimate:
    """The share of all points issued so far that will have been redeemed in the end, with its error.

    v     : what the firm has seen, nothing later (`Vintages.until`)
    lapse : age in weeks, counted from the beginning of its vintage, at which a point lapses by the program's terms

        value     sum over vintages of (redeemed + held x later(age)), over all issued
        variance  sum over ages of s2 G (1 + G / N), as Mack 1993 (ASTIN Bulletin 23(2)): N points have been there at
                  that age and G are still to come, s2 is the spread between vintages; times what the vintages have in
                  common, found by taking together what happened to all of them in the same week, since one reward
                  takes a customer's points of many weeks

    Less than 13 weeks seen: from what is sure to what may be. The interval is that of luck: it knows nothing of
    customers or terms that change (docs/accounting.md).
    """
    issued = v.issued.sum()
    if issued <= 0.0:
        return Estimate(1.0, 0.0, 1.0, 1.0)
    known = ladder(v, np.array([v.weeks]), lapse)
    done, held = v.redeemed.sum(), np.maximum(v.held[:, -1], 0.0)
    age = v.weeks - v.start  # that each vintage is about to begin
    ends = [known.later(end)[0] for end in (1.0, 0.0)]  # all that gets to unknown ages, and nothing of it
    most, least = (float(min(1.0, (done + (held * chance[age]).sum()) / issued)) for chance in ends)
    sure, may_be = float(done / issued), float(min(1.0, (done + held.sum()) / issued))
    if v.weeks < FEWEST:
        return Estimate(most, sure, may_be, most - least)
    factor = stdtrit(v.weeks - 1, 0.5 + LEVEL / 2.0) / issued
    up, down = (factor * standard_error(v, known, held, chance) for chance in ends)
    return Estimate(most, float(max(sure, least - down)), float(min(may_be, most + up)), most - least)


def standard_error(v: Vintages, known: Ladder, held: Array, chance: Array) -> float:
    """Of the number of points that will be redeemed of those held: `expected_redemption` says how.

    held : (vintages,) points;  chance : (ages + 1,) to be redeemed of a point as an age begins (`Ladder.later`)
    """
    there, redeemed, gone = (np.nan_to_num(v.by_age(table)) for table in (at_risk(v), v.redeemed, v.gone))
    ages = there.shape[1]
    seen, r, x = (part[0, :ages] for part in (known.seen, known.redeemed, known.gone))
    coming = to_come(held, v.weeks - v.start, np.where(seen > 0.0, 1.0 - r - x, 0.0))
    more, fewer = redeemed - there * r, gone - there * x  # than at other vintages of that age
    off = (1.0 - chance[1 : ages + 1]) * more - chance[1 : ages + 1] * fewer
    spread = shares(off**2, there).sum(axis=0) / np.maximum((there > 0.0).sum(axis=0) - 1, 1)
    weight = shares(coming, seen)
    week = np.arange(ages) + v.start[:, None]
    together = np.bincount(week.ravel(), weights=(off * weight).ravel())
    apart = float((spread * coming * weight).sum())
    common = max(1.0, float((together**2).sum()) / apart) if apart > 0.0 else 1.0
    return float(np.sqrt((spread * coming * (1.0 + weight)).sum() * common))


def to_come(held: Array, age: np.ndarray, stays: Array) -> Array:
    """Points held now that will be there at each age, (ages,). stays : (ages,) share that outlives each"""
    ages = len(stays)
    coming = np.zeros(ages + 1)
    np.add.at(coming, np.minimum(age, ages), held)
    for a in range(ages - 1):
        coming[a + 1] += coming[a] * stays[a]
    return coming[:ages]


def shares(part: Array, whole: Array) -> Array:
    """part / whole; 0 where there is nothing."""
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0.0)
