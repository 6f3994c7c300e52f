"""Find the levers that give most for least: a seeded search, more seeds for what looks good, and the frontier.

    min program_cost_per_customer, max lift_visits, subject to program_cost_per_customer <= 12

Every candidate is run on the same seeds, so that two of them differ by their levers and not by luck (common random
numbers). Candidates come in batches of a fixed size whatever the number of workers; a search that is begun again asks
for the same candidates in the same order, so that results which are there already bring it to where it was.

What looks best is best partly by luck (the winner's curse). So the frontier is run again at the end, on seeds that
no choice has seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import stats

from loyaltysim.runs.extras import needed
from loyaltysim.scenario.reader import Problem
from loyaltysim.scenario.terms import term
from loyaltysim.studies.factors import Factor

WORST = 0.1  # share of worlds in which an outcome is no better than where it counts at its worst
SURE = 0.975  # quantile of Student's law: one-sided confidence with which a candidate is left behind
CONFIRMED = 12  # candidates of the frontier that are run on new seeds; if it has more, those spread along it
GOAL = re.compile(r"(min|max) ([A-Za-z_][\w\[\].-]*)")
BOUND = re.compile(r"([A-Za-z_][\w\[\].-]*?) ?(<=|>=) ?([-+.\deE]+)")

Values = dict[str, float | int | str]
Results = Mapping[str, np.ndarray]
Evaluate = Callable[[Sequence[Values], range], list[Results | None]]


@dataclass(frozen=True)
class Settings:
    """What is searched for, and how long; the keys below `optimise`."""

    levers: tuple[str, ...] = term((), "key=low:high or key=a,b", doc="what the firm decides")
    goals: tuple[str, ...] = term(
        ("min program_cost_per_customer", "max lift_visits"), "min|max outcome", doc="one or two outcomes"
    )
    within: tuple[str, ...] = term((), "outcome<=number", doc='limits: ["program_cost_per_customer<=12"]')
    trials: int = term(64, "candidates", 2, 100_000, doc="that are tried")
    batch: int = term(8, "candidates", 1, 1000, doc="that are tried at once, whatever the number of workers")
    first: int = term(4, "seeds", 2, 10_000, doc="of every candidate; what looks good gets twice as many, up to seeds")
    confirm: int | None = term(
        None, "new seeds", 0, 10_000, doc="of the frontier, once it is found; null = as many as seeds, 0 = none"
    )
    random: int = term(1, "", 0, 2**31 - 1, doc="seed of the search itself")
    over: str = term(
        "none", "", choices=("none", "mean", "worst"),
        doc="meet as many worlds of what nobody knows as seeds, not the scenario alone; count by the mean of them, or "
        "by what is no better in a tenth of them",
    )  # fmt: skip

    def new_seeds(self, most: int) -> range:
        """Places of the seeds that confirm: behind the `most` that the search may use."""
        return range(most, most + (most if self.confirm is None else self.confirm))


@dataclass(frozen=True)
class Goal:
    """An outcome to make small (sign +1) or large (sign -1)."""

    outcome: str
    sign: float


@dataclass(frozen=True)
class Bound:
    """An outcome that must not exceed a limit (sign +1), or not fall below it (sign -1)."""

    outcome: str
    sign: float
    limit: float

    def excess(self, value: float) -> float:
        """How far beyond the limit; 0 or less is within."""
        return self.sign * (value - self.limit)

    def __str__(self) -> str:
        return f"{self.outcome} {'<=' if self.sign > 0 else '>='} {self.limit:g}"


def goals_and_bounds(settings: Settings, problems: list[Problem]) -> tuple[list[Goal], list[Bound]]:
    """Goals and limits as they are written; problems are added."""
    goals = [(text, GOAL.fullmatch(text)) for text in settings.goals]
    bounds = [(text, BOUND.fullmatch(text.strip())) for text in settings.within]
    told = "is no goal: write min outcome or max outcome"
    problems += [Problem("optimise.goals", told, text, "optimise") for text, found in goals if found is None]
    told = "is no limit: write outcome<=number or outcome>=number"
    problems += [Problem("optimise.within", told, text, "optimise") for text, found in bounds if found is None]
    if len(goals) not in (1, 2):
        problems.append(Problem("optimise.goals", "are one or two outcomes", list(settings.goals), "optimise"))
    signs = {"min": 1.0, "max": -1.0, "<=": 1.0, ">=": -1.0}
    return (
        [Goal(found[2], signs[found[1]]) for _, found in goals if found],
        [Bound(found[1], signs[found[2]], float(found[3])) for _, found in bounds if found],
    )


@dataclass
class Candidate:
    """Levers and what they gave: one number per outcome and seed; None where a run failed."""

    number: int
    values: Values
    results: Results | None = None
    seeds: int = 0
    over: str = "none"

    def counts(self, outcome: str, sign: float) -> float:
        """What counts of an outcome: its mean, or what it is no better than in a tenth of worlds. sign : of a goal"""
        if self.over != "worst" or self.results is None:
            return self.mean(outcome)
        return sign * float(np.quantile(sign * self.results[outcome], 1.0 - WORST))

    def mean(self, outcome: str) -> float:
        """Mean of an outcome over the seeds so far."""
        return float("nan") if self.results is None else float(np.mean(self.results[outcome]))

    def losses(self, goals: Sequence[Goal]) -> np.ndarray:
        """What is to be made small, shape (goals,)."""
        return np.array([g.sign * self.counts(g.outcome, g.sign) for g in goals])

    def within(self, bounds: Sequence[Bound]) -> bool:
        """Is what counts within every limit?"""
        return all(b.excess(self.counts(b.outcome, b.sign)) <= 0.0 for b in bounds)


@dataclass
class Search:
    """A search and what it has found.

    evaluate : (levers of some candidates, places of seeds) -> outcome -> one number per seed, for each; None where
               runs failed
    most     : seeds that a candidate of the frontier has
    fresh    : number of a candidate -> the same candidate with what the new seeds gave, and nothing else
    """

    factors: Sequence[Factor]
    goals: Sequence[Goal]
    bounds: Sequence[Bound]
    evaluate: Evaluate
    settings: Settings
    most: int
    tried: list[Candidate] = field(default_factory=list)
    fresh: dict[int, Candidate] = field(default_factory=dict)

    def run(self) -> list[Candidate]:
        """Search, give what looks good more seeds, confirm and return the frontier, sorted by the first goal."""
        optuna = needed("optuna", "optimise")
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        sampler = optuna.samplers.TPESampler(seed=self.settings.random)
        study = optuna.create_study(sampler=sampler, directions=["minimize"] * len(self.goals))
        space = {f.key: distribution(optuna, f) for f in self.factors}
        while len(self.tried) < self.settings.trials:
            size = min(self.settings.batch, self.settings.trials - len(self.tried))
            trials = [study.ask(space) for _ in range(size)]
            values = [{f.key: f.value(f.place(t.params[f.key])) for f in self.factors} for t in trials]  # as they run
            batch = [Candidate(len(self.tried) + k, v, over=self.settings.over) for k, v in enumerate(values)]
            self.more_seeds(batch, min(self.settings.first, self.most))
            self.tried += batch
            for trial, candidate in zip(trials, batch, strict=True):
                self.tell(study, trial, candidate, optuna.trial.TrialState.FAIL)
        self.race()
        frontier = self.frontier()
        self.confirm(frontier)
        return frontier

    def tell(self, study: Any, trial: Any, candidate: Candidate, failed: Any) -> None:
        """Let the search know what a candidate gave."""
        excess = [b.excess(candidate.counts(b.outcome, b.sign)) for b in self.bounds]
        losses = candidate.losses(self.goals)
        sound = bool(np.isfinite([*losses, *excess]).all())
        for k, value in enumerate(excess if sound else ()):
            trial.set_constraint(str(k), float(value))
        study.tell(trial, list(losses) if sound else None, state=None if sound else failed)

    def more_seeds(self, candidates: Sequence[Candidate], seeds: int) -> None:
        """Bring candidates to so many seeds."""
        found = self.evaluate([c.values for c in candidates], range(seeds))
        for one, results in zip(candidates, found, strict=True):
            one.results, one.seeds = results, seeds

    def race(self) -> None:
        """Double the seeds of what looks good until the best have them all.

        A candidate is left behind once another is better in every goal, seed by seed, beyond doubt; and never more
        than half go on, those that fewest others beat first.
        """
        running = [c for c in self.tried if self.hopeful(c)]
        seeds = min(self.settings.first, self.most)
        while seeds < self.most:
            seeds = min(2 * seeds, self.most)
            rank = {c.number: sum(self.beats(o, c) for o in running if o is not c) for c in running}
            open_ones = [c for c in running if not any(self.surely_beats(o, c) for o in running if o is not c)]
            front = sum(rank[c.number] == 0 for c in open_ones)
            count = max(front, -(-len(running) // 2))
            running = sorted(open_ones, key=lambda c: (rank[c.number], c.number))[:count]
            self.more_seeds(running, seeds)
            running = [c for c in running if self.hopeful(c)]

    def hopeful(self, c: Candidate) -> bool:
        """Defined, and within every limit or not beyond doubt outside."""
        if (
            c.results is None
            or not np.isfinite([*c.losses(self.goals), *(c.mean(b.outcome) for b in self.bounds)]).all()
        ):
            return False
        return not any(surely_above(b.sign * c.results[b.outcome], b.sign * b.limit) for b in self.bounds)

    def beats(self, a: Candidate, b: Candidate) -> bool:
        """Is a within the limits, nowhere worse and somewhere better, by the means?"""
        x, y = a.losses(self.goals), b.losses(self.goals)
        return a.within(self.bounds) and bool((x <= y).all() and (x < y).any())

    def surely_beats(self, a: Candidate, b: Candidate) -> bool:
        """Is a better in every goal beyond doubt? Seeds are paired: both met the same luck. Never so of the worst."""
        if self.settings.over == "worst":
            return False
        assert a.results is not None and b.results is not None
        ra, rb = a.results, b.results
        worse = [g.sign * (rb[g.outcome] - ra[g.outcome]) for g in self.goals]
        return a.within(self.bounds) and all(surely_above(difference, 0.0) for difference in worse)

    def frontier(self) -> list[Candidate]:
        """Candidates with all seeds, within the limits, that no other such candidate beats; each lever setting once."""
        full = [c for c in self.tried if c.seeds == self.most and self.hopeful(c) and c.within(self.bounds)]
        best = [c for c in full if not any(self.beats(o, c) for o in full if o is not c)]
        once = {tuple(c.losses(self.goals)): c for c in reversed(best)}
        return sorted(once.values(), key=lambda c: (tuple(c.losses(self.goals)), c.number))

    @property
    def new_seeds(self) -> range:
        """Places of the seeds that confirm."""
        return self.settings.new_seeds(self.most)

    def confirm(self, frontier: Sequence[Candidate]) -> None:
        """Run the frontier, or candidates spread along it, on the new seeds."""
        chosen = spread(frontier, CONFIRMED) if self.new_seeds else []
        found = self.evaluate([c.values for c in chosen], self.new_seeds) if chosen else []
        count = len(self.new_seeds)
        self.fresh = {
            c.number: Candidate(c.number, c.values, r, count, c.over) for c, r in zip(chosen, found, strict=True)
        }

    def verdict(self, number: int) -> str:
        """What the new seeds say of a candidate: stays, beaten (by another of them), outside (a limit), failed, or ""
        where it was not run on them.
        """
        c = self.fresh.get(number)
        if c is None:
            return ""
        if c.results is None or not np.isfinite(c.losses(self.goals)).all():
            return "failed"
        if not c.within(self.bounds):
            return "outside"
        others = [o for o in self.fresh.values() if o is not c and o.results is not None]
        return "beaten" if any(self.beats(o, c) for o in others) else "stays"

    def flattered(self, goal: Goal) -> tuple[float, float, float]:
        """How much better the confirmed candidates looked when they were chosen than on the new seeds.

        -> difference of their means in the direction of the goal, above 0 where they looked too good, and its 95 %
        interval (Welch; nan for one seed). Candidates share their luck: the mean over them is one number per seed.
        """
        both = [(c, self.fresh[c.number]) for c in self.tried if self.verdict(c.number) not in ("", "failed")]
        chosen, fresh = (
            goal.sign * np.mean([c.results[goal.outcome] for c in side if c.results is not None], axis=0)
            for side in zip(*both, strict=True)
        )
        value = float(np.mean(fresh) - np.mean(chosen))
        half = welch(fresh, chosen)
        return value, value - half, value + half


def spread(frontier: Sequence[Candidate], most: int) -> list[Candidate]:
    """At most so many candidates, spread evenly along the frontier, both ends among them."""
    places = np.linspace(0, max(0, len(frontier) - 1), min(most, len(frontier)))
    return [frontier[k] for k in np.unique(places.round().astype(int))]


def welch(a: np.ndarray, b: np.ndarray) -> float:
    """Half the 95 % interval of a difference of means of independent numbers (Welch 1947); nan with one number."""
    if min(len(a), len(b)) < 2:
        return float("nan")
    parts = [(float(np.var(x, ddof=1)) / len(x), len(x) - 1) for x in (a, b)]
    error = sum(part for part, _ in parts)
    if error == 0.0:
        return 0.0
    freedom = error * error / sum(part * part / n for part, n in parts)
    return float(stats.t.ppf(SURE, freedom) * np.sqrt(error))


def surely_above(x: np.ndarray, limit: float) -> bool:
    """Is the mean above a limit beyond doubt? One-sided Student bound; equal numbers are taken at their word."""
    half = stats.t.ppf(SURE, len(x) - 1) * np.std(x, ddof=1) / np.sqrt(len(x)) if len(x) > 1 else np.inf
    return bool(np.mean(x) - half > limit)


def distribution(optuna: Any, factor: Factor) -> Any:
    """A lever in Optuna's words."""
    if factor.words:
        return optuna.distributions.CategoricalDistribution([w.partition("=")[2] for w in factor.words])
    if factor.whole:
        return optuna.distributions.IntDistribution(int(factor.low), int(factor.high))
    return optuna.distributions.FloatDistribution(factor.low, factor.high)
