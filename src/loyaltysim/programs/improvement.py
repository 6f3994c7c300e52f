"""Complaints tell a firm where its faults are, cause by cause; those it repairs fail nobody again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from loyaltysim.behaviour.experience import cause_of
from loyaltysim.mechanism import draws
from loyaltysim.mechanism.declare import Hook, Mechanism, World
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term

CAUSES = 4
EDGES = tuple(f"fault_edge_{k}" for k in range(1, CAUSES))


@dataclass(frozen=True)
class Improvement(Dated):
    """Faults left of a cause in week t + 1, a factor on its part of the firm's chance of failure:

        1 - (1 - faults left) keep      then times exp(-learning x complaints of the week / its visits)

    New faults come with a half-life. Complaints are those that are voiced (`service.voice`) while it runs,
    answered or not. Failures have up to four causes, with `causes` as their shares and `harms` as their harm, scaled so
    that together they do the usual one. All are repaired alike, or all effort goes to one: to the one most complained
    about in the last `window` weeks, or to one by lot.
    """

    learning: float = term(1.0, "per complaint and visit", 0.0, 1e4, doc="how fast causes are repaired")
    half_life: float = term(52.0, "weeks", 0.1, 5200.0, doc="until half of what was repaired fails anew")
    unit_cost: float = term(1.0, "money per complaint", 0.0, 1e5, doc="what looking into it costs")
    causes: tuple[float, ...] = term((1.0, 0.0, 0.0, 0.0), "share of failures", 0.0, 1.0, doc="of four causes")
    harms: tuple[float, ...] = term(
        (1.0, 1.0, 1.0, 1.0), "times the harm of a failure", 0.0, 100.0, doc="of each cause"
    )
    first: str = term("all", "", choices=("all", "commonest", "random"), doc="which cause is repaired in a week")
    window: int = term(13, "weeks", 1, 520, doc="whose complaints tell which is the commonest")

    @property
    def listens(self) -> bool:
        """Does the firm look for causes?"""
        return self.learning > 0.0

    @property
    def graded(self) -> bool:
        """Do causes differ in the harm that they do?"""
        return len({harm for share, harm in zip(self.causes, self.harms, strict=True) if share > 0.0}) > 1

    @property
    def gravities(self) -> tuple[float, ...]:
        """Harm of each cause, times that of a usual failure; their mean over failures is 1 before any repair."""
        mean = sum(share * harm for share, harm in zip(self.causes, self.harms, strict=True)) / sum(self.causes)
        return tuple(harm / mean for harm in self.harms) if mean > 0.0 else (1.0,) * CAUSES


@rule
def is_complained(terms: Any, visit: Any) -> bool:
    """Is there a complaint that the firm looks into?"""
    return terms.listens * visit.complained != 0


@rule
def looks_into(terms: Any, visit: Any, draw_failure: float) -> None:
    """At a visit: complaints whose causes the firm looks for, by cause."""
    visit.looked_into += visit.complained
    cause = cause_of(terms, draw_failure)
    if cause == 0:
        visit.complaints_1 += visit.complained
    elif cause == 1:
        visit.complaints_2 += visit.complained
    elif cause == 2:
        visit.complaints_3 += visit.complained
    else:
        visit.complaints_4 += visit.complained


def around(market: World, terms: Improvement) -> dict[str, np.ndarray]:
    """Faults that each firm has left this week, 1 at first: in all (n_firms,), and of each cause (n_firms, CAUSES).

    fault_edge_k : what the first k causes have left of all failures. -> (n_firms,)
    """
    left = np.ones((len(market.firms), CAUSES))
    shares = np.tile([1.0, *[0.0] * (CAUSES - 1)], (len(left), 1))
    for j, (name, firm) in enumerate(market.firms.items()):
        own = firm.running_program.get("improvement")
        if own is None:
            continue
        shares[j] = np.array(own.causes) / sum(own.causes)
        if market.surroundings:  # where nobody looked for causes until now, all have their faults
            last = market.surroundings[-1].get("causes_left", left)[j]
            left[j] = (1.0 - (1.0 - last) * 0.5 ** (1.0 / own.half_life)) * repaired(market, j, name, own, shares[j])
    edges = np.cumsum(shares * left, axis=1)
    return {"faults_left": edges[:, -1], "causes_left": left, **dict(zip(EDGES, edges.T, strict=False))}


def repaired(market: World, j: int, name: str, own: Improvement, shares: np.ndarray) -> np.ndarray:
    """What last week's complaints leave of each cause's faults, as a factor. -> (CAUSES,)"""
    counts = market.assembled.counts
    week = market.weekly[-1][j]
    effort = own.learning * (week[counts.index("looked_into")] / max(1, week[counts.index("visits")]))
    real = np.flatnonzero(shares > 0.0)
    if own.first == "all" or len(real) == 1:
        return np.full(CAUSES, np.exp(-effort))
    if own.first == "random":
        luck = draws.firm_draw(market.root_seed, market.terms.luck(name), market.week, "cause")
        chosen = real[int(luck * len(real))]
    else:
        seen = np.sum(market.weekly[-own.window :], axis=0)[j]
        chosen = np.argmax([seen[counts.index(f"complaints_{k}")] for k in range(1, CAUSES + 1)])
    factor = np.ones(CAUSES)
    factor[chosen] = np.exp(-effort * len(real))
    return factor


def check(terms: Improvement) -> list[tuple[str, str]]:
    """Four numbers each, and some failure has a cause."""
    wrong = [n for n in ("causes", "harms") if len(getattr(terms, n)) != CAUSES]
    said = "needs four numbers, 0 for a cause that there is not"
    problems = [(name, f"{said}; it has {len(getattr(terms, name))}") for name in wrong]
    if not wrong and sum(terms.causes) == 0.0:
        problems.append(("causes", "are all 0; give one cause a share"))
    return problems


def book(totals: Mapping[str, int], terms: Improvement) -> dict[str, int]:
    """Complaints looked into, at their unit cost."""
    return {"recovery": int(totals["looked_into"] * round(terms.unit_cost * 100))}


MECHANISM = Mechanism(
    name="improvement",
    level="program",
    source="complaints as feedback that improves the service (source texts, S3-58); form and sizes assumed",
    terms=Improvement,
    neutral={"learning": 0.0},
    needs=("experience", "service"),
    hooks=(Hook("visit", looks_into, when=is_complained),),
    counts={"looked_into": "complaints", **{f"complaints_{k}": "complaints" for k in range(1, CAUSES + 1)}},
    book=book,
    generosity="learning",
    priced="unit_cost",
    around=around,
    around_columns={"faults_left": 1.0, **dict.fromkeys(EDGES, 1.0)},
    check=check,
    order=56,
)
