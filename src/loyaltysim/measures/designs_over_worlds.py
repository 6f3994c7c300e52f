"""What many worlds say of designs: who wins where, how often nobody does, and what decides between the first two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from loyaltysim.measures.uncertainty import FEWEST, interval, shares

NONE = "none"  # the best where every design earns less than no program


@dataclass(frozen=True)
class DesignsOverWorlds:
    """Every design in every world, at the terms that were found in the scenario and held.

    profit   : money per customer and year, a row a world, a column a design;  of_sales : over sales without a program
    sizes    : what was drawn, a row a world;  said : where the worlds come from
    """

    profit: pd.DataFrame = field(repr=False)
    of_sales: pd.DataFrame = field(repr=False)
    sizes: pd.DataFrame = field(repr=False)
    said: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Worlds."""
        return len(self.profit)

    @property
    def enough(self) -> bool:
        """Are there enough worlds to say anything?"""
        return self.n >= FEWEST

    @property
    def table(self) -> pd.DataFrame:
        """A row a world: what was drawn, then profit and profit over sales of each design."""
        answers = {f"{name}[{d}]": part[d] for name, part in self.parts.items() for d in part}
        return pd.concat([self.sizes, pd.DataFrame(answers)], axis=1)

    @property
    def parts(self) -> dict[str, pd.DataFrame]:
        """What is known of every design in every world, by the name of the number."""
        return {"profit_per_customer": self.profit, "profit_of_sales": self.of_sales}

    def best(self, among: Sequence[str]) -> np.ndarray:
        """The best design in each world, or `none` where none of these pays. -> (n,) names"""
        profit = self.profit[list(among)]
        return np.where(profit.max(axis=1) > 0.0, profit.idxmax(axis=1), NONE)

    def wins(self, among: Sequence[str]) -> dict[str, float]:
        """In which share of worlds each design earns most among these, whether or not it pays; in which none pays."""
        first = self.profit[list(among)].idxmax(axis=1)
        return {**{d: float((first == d).mean()) for d in among}, NONE: float((self.best(among) == NONE).mean())}

    def changes(self, usual: str, among: Sequence[str]) -> float:
        """In which share of worlds another design earns most than the one that does in the scenario."""
        return 1.0 - self.wins(among)[usual]

    def over_worlds(self, design: str) -> tuple[float | None, float | None, int]:
        """Where a design's profit lies over worlds: low, high, and how many there are."""
        low, high = interval(self.profit[design].to_numpy(float)) if self.enough else (None, None)
        return low, high, self.n

    def carried(self, design: str) -> dict[str, float]:
        """What carries the profit of a design over worlds: shares of its variance."""
        return shares(self.sizes, self.profit[design].to_numpy(float)) if self.enough else {}

    def depends_on(self, first: str, second: str) -> dict[str, float]:
        """What carries the difference of two designs over worlds: shares of its variance."""
        apart = (self.profit[first] - self.profit[second]).to_numpy(float)
        return shares(self.sizes, apart) if self.enough else {}
