"""Payoffs of every profile, seed by seed: cells, gains and regrets with the interval of luck.

Profiles share their seeds, so that what a firm gains by changing is known far better than what it earns. A profile that
was run on fewer seeds is told beside the one of the first strategy, which has them all. Where firms are equal only the
count of each strategy among them matters (`symmetric`): one profile of each count is run, and what a strategy earns is
the mean over the firms that have it, each less what luck alone gives it where all play the first strategy.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations_with_replacement

import numpy as np

from loyaltysim.games.normal_form import Profile, profiles, replaced
from loyaltysim.measures.games import regret
from loyaltysim.measures.statistics import Estimate, estimate

UNIT = "money per customer and year"
SAME = 0.002  # of what is earned where all play the first strategy: a smaller change of all together is none
Numbers = np.ndarray


def asked_for(firms: int, strategies: int, symmetric: bool) -> list[Profile]:
    """The profiles that are run: all, or one of each count."""
    if symmetric:
        return list(combinations_with_replacement(range(strategies), firms))
    return list(profiles(firms, strategies))


@dataclass(frozen=True)
class Payoffs:
    """What was simulated. runs : profile -> (seeds, firms), nan where a seed was not run"""

    firms: tuple[str, ...]
    strategies: tuple[str, ...]
    symmetric: bool
    runs: Mapping[Profile, Numbers] = field(repr=False)

    def representative(self, profile: Profile) -> Profile:
        """The profile that was run for this one."""
        return tuple(sorted(profile)) if self.symmetric else profile

    @cached_property
    def luck(self) -> Numbers:
        """What a firm earns beside its equals where all play the first strategy, else 0. -> (seeds, firms)"""
        first = self.runs[(0,) * len(self.firms)]
        return first - first.mean(axis=1, keepdims=True) if self.symmetric else np.zeros_like(first)

    def values(self, profile: Profile, firm: int) -> Numbers:
        """What a firm earns in a profile. -> (seeds,)"""
        run = self.representative(profile)
        earned = self.runs[run] - self.luck
        if not self.symmetric:
            alone: Numbers = earned[:, firm]
            return alone
        having = [k for k, own in enumerate(run) if own == profile[firm]]
        mean: Numbers = earned[:, having].mean(axis=1)
        return mean

    def cell(self, profile: Profile, firm: int) -> Estimate:
        """What a firm earns in a profile, with its interval.

        Seeds that it lacks may be good or bad ones: then it is what the firm earns where all play the first strategy on
        all seeds, and the difference on those that both have; half widths are added as if independent.
        """
        own, first = self.values(profile, firm), self.values((0,) * len(self.firms), firm)
        if np.isfinite(own).all():
            return estimate(own, UNIT)
        level, apart = estimate(first, UNIT), estimate(own - first, UNIT)
        halves = [e.high - e.value for e in (level, apart) if e.high is not None and e.value is not None]
        half = math.hypot(*halves) if len(halves) == 2 else np.nan
        return centred(apart, (level.value or 0.0) + (apart.value or 0.0), half)

    def apart(self, here: Profile, there: Profile, firm: int) -> Estimate:
        """What a firm earns more there than here: the difference of the cells, its interval from seeds of both."""
        each = self.values(there, firm) - self.values(here, firm)
        found = estimate(each, UNIT)
        if np.isfinite(each).all() or found.value is None:
            return found
        half = np.nan if found.high is None else found.high - found.value
        return centred(found, (self.cell(there, firm).value or 0.0) - (self.cell(here, firm).value or 0.0), half)

    def gain(self, profile: Profile, firm: int, other: int) -> Estimate:
        """What a firm would gain by taking another strategy alone."""
        return self.apart(profile, replaced(profile, firm, other), firm)

    def regret(self, profile: Profile, firm: int) -> Estimate:
        """The most that a firm would gain by changing alone, with the interval of that change."""
        others = [own for own in range(len(self.strategies)) if own != profile[firm]]
        return regret([self.gain(profile, firm, own) for own in others])

    @cached_property
    def mean(self) -> Numbers:
        """Mean payoffs. -> (S, ..., S, N)"""
        found = np.zeros((*(len(self.strategies),) * len(self.firms), len(self.firms)))
        for profile in profiles(len(self.firms), len(self.strategies)):
            for firm in range(len(self.firms)):
                found[profile][firm] = self.known(profile, firm)[0]
        return found

    @cached_property
    def gains(self) -> Numbers:
        """Mean gains: differences of mean payoffs. -> (S, ..., S, N, S)"""
        found = np.zeros((*self.mean.shape, len(self.strategies)))
        for profile in profiles(len(self.firms), len(self.strategies)):
            for firm in range(len(self.firms)):
                found[profile][firm] = self.known(profile, firm)[1]
        return found

    def known(self, profile: Profile, firm: int) -> tuple[float, list[float]]:
        """Mean payoff and gains, worked out once for equal firms."""
        key = (self.representative(profile), profile[firm] if self.symmetric else firm)
        if key not in self.worked_out:
            gains = [
                0.0 if own == profile[firm] else self.gain(profile, firm, own).value or 0.0
                for own in range(len(self.strategies))
            ]
            self.worked_out[key] = (self.cell(profile, firm).value or 0.0, gains)
        return self.worked_out[key]

    @cached_property
    def worked_out(self) -> dict[tuple[Profile, int], tuple[float, list[float]]]:
        """What `known` has worked out."""
        return {}

    def holds(self, profile: Profile) -> str:
        """Is a profile an equilibrium beyond luck? "yes": no firm would gain; "no": one would; else "open"."""
        said = "yes"
        for firm, own in enumerate(profile):
            for other in range(len(self.strategies)):
                if other == own:
                    continue
                gain = self.gain(profile, firm, other)
                if gain.low is None or gain.high is None:
                    return "open"
                if gain.low > 0.0:
                    return "no"
                said = "open" if gain.high > 0.0 else said
        return said

    def undecided(self) -> list[Profile]:
        """The profiles of which it is open whether they are equilibria."""
        return [profile for profile in self.runs if self.holds(profile) == "open"]

    def beside(self, asked: list[Profile]) -> list[Profile]:
        """These profiles, all that one firm alone can make of them, and the one of the first strategy."""
        found = {(0,) * len(self.firms), *asked}
        for profile in asked:
            for firm in range(len(self.firms)):
                found |= {self.representative(replaced(profile, firm, own)) for own in range(len(self.strategies))}
        return [profile for profile in self.runs if profile in found]

    def signs(self, strategy: int) -> dict[str, list[Estimate]]:
        """Of a strategy against the first: what having it alone gains, keeping it among others, all having it."""
        n = len(self.firms)
        none, every = (0,) * n, (strategy,) * n
        return {
            "alone": [self.gain(none, firm, strategy) for firm in range(n)],
            "keep": [self.apart(replaced(every, firm, 0), every, firm) for firm in range(n)],
            "together": [self.apart(none, every, firm) for firm in range(n)],
        }

    @property
    def same(self) -> float:
        """What all together may gain or lose and still earn what they did where all play the first strategy."""
        none = [self.cell((0,) * len(self.firms), firm).value or 0.0 for firm in range(len(self.firms))]
        return SAME * float(np.mean(np.abs(none)))

    def sure(self, strategy: int) -> bool:
        """Is what a strategy is between firms beyond luck: every sign, or that nothing changes together?"""
        return all(
            e.low is not None
            and e.high is not None
            and (e.low > 0.0 or e.high < 0.0 or (part == "together" and max(-e.low, e.high) <= self.same))
            for part, own in self.signs(strategy).items()
            for e in own
        )


def centred(e: Estimate, value: float, half: float) -> Estimate:
    """An estimate with another value and half width; nan = no interval."""
    if np.isnan(half):
        return replace(e, value=value, low=None, high=None)
    return replace(e, value=value, low=value - half, high=value + half)
