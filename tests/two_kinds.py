"""Recognition against points, among few and among many relational customers: the trial that a standing test repeats.

Four equal grocery chains; a recognises everybody at every visit, b gives points, c and d do nothing. What decides is
written here key by key, so that no new default can move it. `python -m tests.two_kinds` prints the rows of
results/two_kinds.csv for the code as it stands.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from loyaltysim.configure.compose import compose
from loyaltysim.market.model import Market
from loyaltysim.scenario.model import Scenario

MIXES = (0.1, 0.5, 0.9)  # shares of relational customers
SEEDS = tuple(range(1, 13))
YEARS = 3
WORDS = [
    "market=grocery", "baseline=a", "customers.n=4000", f"weeks={52 * YEARS}", "record.panel=false",
    *(f"firms.{name}.share=0.25" for name in "abcd"), "market.S=1.3", "market.sigma=0", "customers.price_sensitivity=4",
    "firms.a.program.recognition={audience: everyone, probability: 1, effect: 0.05, unit_cost: 0.25}",
    "firms.b.program.points={earn: 1, threshold: 500, face_value: 5, cost: 0.8}",
    "firms.b.program.membership={ask: 0.3, hassle: 10, worth: 0, novelty: 0}", "customers.max_programs=null",
    "behaviour.bond={premium: 0.013, half_life: 52}",
    "customers.links={recept: 1, bond: 1, reward: -1}", "customers.link_mean=reference",
]  # fmt: skip


def scenario(relational_share: float) -> Scenario:
    """The world with a share of relational customers."""
    return compose([*WORDS, f"customers.relational_share={relational_share}"])


def lead(world: Scenario, seed: int) -> float:
    """Profit of a less profit of b, money per customer and year."""
    weekly = Market(world, seed).run().weekly
    a, b = (weekly[weekly.firm == name].profit.sum() for name in "ab")
    return float(a - b) / 100.0 / world.customers.n / YEARS


def gain(world: Scenario, seed: int) -> float:
    """The lead, less the one that the same customers give the same firms without programs, where no mix acts."""
    return lead(world, seed) - bare_lead(seed)


@cache
def bare_lead(seed: int) -> float:
    """The lead where nobody has a program."""
    world = scenario(MIXES[1])
    return lead(replace(world, firms={name: replace(firm, program={}) for name, firm in world.firms.items()}), seed)


def gains(relational_share: float, seeds: Sequence[int] = SEEDS) -> tuple[float, float]:
    """Mean of the gain over runs, and its standard error."""
    world = scenario(relational_share)
    found = np.array([gain(world, seed) for seed in seeds])
    return float(found.mean()), float(found.std(ddof=1) / np.sqrt(len(found)))


def main() -> int:
    """Print one row for each mix: profit of a less that of b, USD per customer and year, and its standard error."""
    for mix in MIXES:
        mean, error = gains(mix)
        print(f"{mix},{SEEDS[0]},{len(SEEDS)},{mean:.3f},{error:.3f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
