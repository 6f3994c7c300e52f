"""Is the ensemble honest? Worlds are planted, their targets observed with an error, and the truth is looked for.

The planted worlds and those that are searched are rows of one stored table, so that a trial costs no simulation. If
rejection is right, the rank of a planted world's true answer among the accepted ones is uniform, and the interval of
what the targets inform is narrower than the prior's.

Source: Talts et al. 2018 (simulation-based calibration); Wilkinson 2013, SAGMB 12(2) (rejection is exact for an error
that is spread as its tolerance).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from loyaltysim.configure.targets import Target, Targets
from loyaltysim.measures.uncertainty import interval, verdict, width
from loyaltysim.studies.ensembles import Ensemble

PLANTS = 200
BINS = 10
INFORMED = ("enrolled_share", "reward_expense_of_sales", "lift_visits")  # what enrolment and sales driven speak of
ANSWERS = ("profit_of_sales", *INFORMED)


@dataclass(frozen=True)
class Trial:
    """table : a row a planted world and answer: plant, answer, truth, rank in (0, 1), accepted, low, high, narrower"""

    table: pd.DataFrame

    def uniform(self, answer: str) -> float:
        """The chance of ranks at least as uneven, were they uniform: chi-square over ten bins."""
        ranks = self.table.loc[self.table.answer == answer, "rank"].dropna()
        count = np.histogram(ranks, BINS, (0.0, 1.0))[0]
        return float(stats.chisquare(count).pvalue)

    def narrower(self, answer: str) -> float:
        """Mean width of the 90 % interval, of the prior's."""
        return float(self.table.loc[self.table.answer == answer, "narrower"].mean())

    def covered(self, answer: str) -> float:
        """How often the 90 % interval holds the truth."""
        own = self.table[self.table.answer == answer]
        return float(((own.low <= own.truth) & (own.truth <= own.high)).mean())

    def summary(self) -> pd.DataFrame:
        """A row an answer."""
        names = list(dict.fromkeys(self.table.answer))
        rows = [(a, self.uniform(a), self.narrower(a), self.covered(a)) for a in names]
        accepted = [self.table.loc[self.table.answer == a, "accepted"].median() for a in names]
        made = pd.DataFrame(rows, columns=["answer", "p_uniform", "width_of_prior", "covered"])
        return made.assign(accepted_median=accepted)


def trial(
    ensemble: Ensemble, targets: Targets, answers: Sequence[str] = ANSWERS, plants: int = PLANTS, seed: int = 1
) -> Trial:
    """Plant worlds of an ensemble and find each among the others. Deterministic in the seed."""
    rng = np.random.default_rng(seed)
    rows = []
    for plant in rng.permutation(len(ensemble.table))[:plants]:
        truth = ensemble.table.iloc[plant]
        seen = {name: target.observed(float(truth[name]), rng.uniform(-1.0, 1.0)) for name, target in targets.items()}
        others = replace(ensemble, table=ensemble.table.drop(index=ensemble.table.index[plant]))
        accepted = others.table[others.met(seen)]
        for answer in answers:
            rows.append((int(plant), answer, *found(others.table[answer], accepted[answer], truth[answer], rng)))
    columns = ["plant", "answer", "truth", "rank", "accepted", "low", "high", "narrower"]
    return Trial(pd.DataFrame(rows, columns=columns))


def found(
    prior: pd.Series, accepted: pd.Series, truth: float, rng: np.random.Generator
) -> tuple[float, float, int, float, float, float]:
    """Truth, its rank among the accepted (ties by lot), their number, their interval, its width of the prior's."""
    values = accepted.to_numpy(float)
    below, equal = int((values < truth).sum()), int((values == truth).sum())
    rank = (below + rng.uniform() * (equal + 1)) / (len(values) + 1)
    low, high = interval(values)
    return float(truth), rank, len(values), low, high, width(values) / width(prior.to_numpy(float))


def outside(ensemble: Ensemble, targets: Targets, moments: dict[str, float]) -> str:
    """What is said of a market whose published sizes are these. moments : by the names of targets"""
    seen: dict[str, Target] = {name: target.observed(moments[name], 0.0) for name, target in targets.items()}
    return verdict(int(ensemble.met(seen).sum()), len(ensemble.table))
