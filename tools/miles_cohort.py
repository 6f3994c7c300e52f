"""A cohort of an airline's members, week by week: what they hold and whether they had an award, beside the simulator.

Own random numbers, and none of the simulator's rules: miles of flights and without flying come in, lapse by batches,
an award takes the oldest. Paces are spread evenly over the members of each tenure, so that luck is small. It says what
to put into conf (`never`, `expiry`) and what the program is known to miss (tools/make_markets.py).

    python -m tools.miles_cohort [weeks ...]    # of expiry; without, that of conf/program/miles.yaml; 20 s each
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, replace

import numpy as np

from loyaltysim.scenario.model import Scenario
from loyaltysim.validate import miles, observed

MANY = 12  # members of the cohort per member of the table
YEAR, MIDDLE = 52, 26
NEAR = 0.95  # of the tolerance, from which on a misfit is listed


@dataclass
class Cohort:
    """Members, each seen in the middle of the year of the own tenure.

    years, flights : full years since enrolment; flights of the 52 weeks before
    taken, kept : balance of who takes awards, and of the same members if they never did (miles)
    award : has one been taken?;  issued : miles without flying of all members over all weeks
    """

    years: np.ndarray
    flights: np.ndarray
    taken: np.ndarray
    kept: np.ndarray
    award: np.ndarray
    issued: float
    weeks: int

    def never(self) -> float:
        """The share who never take an award that gives the table's share with an award."""
        return float(1.0 - miles.table().value.award / self.award.mean())

    def figures(self, never: float, seed: int = 1) -> dict[str, float]:
        """The figures of the table, where so many never take an award."""
        no = np.random.default_rng(seed).permutation(len(self.years)) < never * len(self.years)
        balance = np.where(no, self.kept, self.taken)
        seen = {"years": self.years, "flights": self.flights, "balance": balance, "award": self.award & ~no}
        return miles.figures({**seen, "issued": np.array(self.issued)}, self.weeks)


def evenly(years: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A uniform of each member, evenly spread over those of one tenure. years : sorted"""
    many = np.unique(years, return_counts=True)[1]
    return np.concatenate([(rng.permutation(k) + rng.random(k)) / k for k in many])


def paces(terms: miles.Tasks, luck: np.ndarray) -> np.ndarray:
    """How likely each gets miles without flying in a week: nobody of the unwilling, a power of an exponential else."""
    who = luck < terms.willing
    own = (-np.log(np.where(who, luck, 0.5 * terms.willing) / terms.willing)) ** terms.spread
    return np.where(who, np.minimum(1.0, terms.per_week * own / math.gamma(1.0 + terms.spread)), 0.0)


def lived(scenario: Scenario, many: int = MANY, seed: int = 1) -> Cohort:
    """Members of the leader of a scenario, from nothing on, over as long as the table's oldest member."""
    rng, market = np.random.default_rng(seed), scenario.market
    leader = scenario.firms[scenario.focal]
    points, tasks, tiers = (leader.program[part] for part in ("points", "tasks", "tiers"))
    years = np.repeat(miles.tenures(), many)
    n, weeks = len(years), YEAR * int(years.max()) + MIDDLE
    chance, at_home = paces(tasks, evenly(years, rng)), scenario.behaviour["redeemers"].at_home
    share = rng.beta(market.S * leader.share, market.S * (1.0 - leader.share), n)
    rate = rng.gamma(market.K, market.M / market.K, n) * share / YEAR
    between, within = market.basket.sd_between, market.basket.sd_within
    fare = market.basket.mean * np.exp(rng.normal(-0.5 * between**2, between, n))
    width = points.expiry // points.batch + 2
    balance, award, seen = np.zeros(n), np.zeros(n, bool), np.zeros((4, n))
    held, free, flown = np.zeros((width, n)), np.zeros((width, n)), np.zeros((YEAR, n), int)
    issued = 0.0
    for week in range(weeks):
        last = week - points.expiry  # of earning: a batch lapses with its youngest miles
        if last >= 0 and (last + 1) % points.batch == 0:
            gone = last // points.batch % width
            balance -= held[gone]
            held[gone] = free[gone] = 0.0
        came = (rng.random(n) < chance) * tasks.reward
        issued += float(came.sum())
        flights, year = rng.poisson(rate), flown.sum(axis=0)
        for i in np.flatnonzero(flights):
            paid = fare[i] * np.exp(rng.normal(-0.5 * within**2, within, flights[i])).sum()
            rank = int(np.searchsorted(tiers.thresholds, year[i], side="right"))
            came[i] += points.earn * paid * (1.0, *tiers.multiplier)[rank]
        flown[week % YEAR] = flights
        now = week // points.batch % width
        for batches in (held, free):
            batches[now] += came
        balance += came
        who = np.flatnonzero((balance >= points.threshold) & (rng.random(n) < at_home))
        if len(who):
            oldest = np.ix_((now + 1 + np.arange(width)) % width, who)
            before = np.vstack([np.zeros(len(who)), np.cumsum(held[oldest], axis=0)])
            held[oldest] -= np.diff(np.minimum(before, points.threshold), axis=0)
            balance[who] -= points.threshold
            award[who] = True
        if (week + 1) % YEAR == MIDDLE:
            own = years == (week + 1) // YEAR
            seen[:, own] = np.stack([balance, free.sum(axis=0), award, flown.sum(axis=0)])[:, own]
    return Cohort(years, seen[3].astype(int), seen[0], seen[1], seen[2] > 0.0, issued, weeks)


def misfits(found: dict[str, float]) -> dict[str, tuple[float, float]]:
    """Judged figures that differ by more than 95 % of the tolerance: pattern -> (size, half the tolerance)."""
    seen, listed = miles.table(), {}
    for pattern, measure in miles.FIGURES.items():
        size, error = found[pattern] / seen.value[measure] - 1.0, seen.boot_se[measure] / seen.value[measure]
        if miles.judged(measure) and abs(size) > NEAR * miles.FEW_ERRORS * error:
            listed[pattern] = (round(float(size), 3), round(float(error) * miles.FEW_ERRORS / 2.0, 4))
    return listed


def known() -> list[dict[str, object]]:
    """The rows of the airline in the list of known misfits, with the program and the members as shipped."""
    scenario = miles.configured()
    found = lived(scenario).figures(scenario.behaviour["redeemers"].never)
    source = (
        f"a cohort of {MANY * len(miles.tenures()):,} by week (tools/miles_cohort.py); half the tolerance is an error"
    )
    common = {"market": "airline", "baseline": "stationary"}
    return [
        {**common, "pattern": pattern, "size": size, "error": error, "source": source}
        for pattern, (size, error) in misfits(found).items()
    ]


def main(expiries: list[int]) -> None:
    """Print what gives the table's mean balance and share with an award, and what is then missed."""
    shipped, seen = miles.configured(), miles.table()
    leader = shipped.firms[shipped.focal]
    for weeks in expiries or [leader.program["points"].expiry]:
        program = {**leader.program, "points": replace(leader.program["points"], expiry=weeks)}
        cohort = lived(replace(shipped, firms={**shipped.firms, shipped.focal: replace(leader, program=program)}))
        never = shipped.behaviour["redeemers"].never
        found = cohort.figures(never)
        print(f"expiry {weeks}: never {cohort.never():.4f} gives the table's awards; with never {never:g}")
        for pattern, measure in miles.FIGURES.items():
            size, gate = found[pattern] / seen.value[measure] - 1.0, miles.FEW_ERRORS * seen.boot_se[measure]
            said = f"limit {gate / seen.value[measure]:.1%}" if miles.judged(measure) else ""
            print(f"  {pattern:58} {found[pattern]:10.4g} {size:+7.1%} {said}")
        print(f"  listed: {misfits(found)}; at most {observed.LISTED_AT_MOST:.0%} of the gated cells")


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]])
