"""What a comparison of designs found: each number with its interval, who beats whom and how surely, the order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
from scipy import special

from loyaltysim.measures.designs_over_worlds import DesignsOverWorlds
from loyaltysim.measures.money import back_per_cost
from loyaltysim.measures.registry import unit
from loyaltysim.measures.statistics import Estimate, estimate, inert
from loyaltysim.mechanism.measure import STYLES
from loyaltysim.scenario.model import Scenario

YEARS = (1, 2, 5)  # after the launch, at which results are read
FEWEST = 2  # designs that can be compared


@dataclass(frozen=True)
class Comparison:
    """What a comparison found.

    question  what was asked: market, settings, designs as configured, launch week
    budget    money per customer and year that every design was to cost
    funded    per design: the term that was searched, its value before and after, whether the budget was reached
    worlds    per design: the complete scenario that was run
    runs      one row per design, seed and horizon (years): every number
    variants  one row per variant, design and seed: the numbers in money where one thing is otherwise
    unknown   every design in worlds in which what is assumed is drawn anew; None without any
    """

    question: Any
    budget: float | None
    funded: tuple[Any, ...]
    worlds: tuple[Scenario, ...]
    runs: pd.DataFrame
    variants: pd.DataFrame
    unknown: DesignsOverWorlds | None = None

    @property
    def names(self) -> list[str]:
        """The designs in the order in which they were named."""
        return [d.name for d in self.question.designs]

    @property
    def horizon(self) -> int:
        """Years after the launch at which the table stands."""
        years: int = self.question.settings.horizon
        return years

    @cached_property
    def size(self) -> float:
        """What a design costs here, money per customer and year: the budget, else what the dearest design spent."""
        spent = (self.values(d, "program_cost_per_customer") for d in self.names)
        return max(math.fsum(v) / len(v) for v in spent) if self.budget is None else self.budget

    @property
    def digits(self) -> int:
        """Decimals with which money is told here: two digits of a cost are seen. What is below is rounding."""
        return STYLES["money"].fine(self.size).digits

    @property
    def short(self) -> list[str]:
        """Designs that cannot be made to cost the budget."""
        return [name for name, f in zip(self.names, self.funded, strict=True) if not f.reached]

    def level(self, a: str, b: str, years: int | None = None) -> bool:
        """Do the profits of two designs differ by no more than rounding?"""
        apart = self.apart(a, b, years)
        return nothing(math.fsum(apart) / len(apart), self.digits)

    def leading(self, years: int | None = None) -> list[str]:
        """The best design and whichever do not differ from it beyond rounding; several: none is best."""
        best, *rest = [d for d in self.ranking(years) if d not in self.beside]
        return [best, *(d for d in rest if self.level(best, d, years))]

    def place(self, design: str, years: int | None = None) -> int:
        """Its place in the order, 1 for the best; designs that differ by rounding alone share one."""
        order = self.ranking(years)
        return 1 + sum(not self.level(d, design, years) for d in order[: order.index(design)])

    def values(self, design: str, name: str, years: int | None = None) -> list[float]:
        """One number of a design in every run, in the order of the seeds. years : None = the horizon."""
        rows = self.runs[(self.runs.design == design) & (self.runs.years == (years or self.horizon))]
        return [float(v) for v in rows[name]]

    def estimate(self, design: str, name: str, years: int | None = None) -> Estimate:
        """Mean over runs with its 95 % interval; `return` is a ratio of means (margin over cost, Fieller)."""
        if name == "return":
            top, bottom = (self.values(design, n, years) for n in ("margin_per_customer", "program_cost_per_customer"))
            return back_per_cost(top, bottom)
        return estimate(self.values(design, name, years), unit(name))

    def difference(self, a: str, b: str, years: int | None = None) -> Estimate:
        """Profit of design a less that of b, paired over seeds, money per customer and year."""
        return estimate(self.apart(a, b, years), unit("profit_per_customer"))

    def apart(self, a: str, b: str, years: int | None = None) -> list[float]:
        """The paired differences of profit, run by run."""
        pairs = zip(*(self.values(d, "profit_per_customer", years) for d in (a, b)), strict=True)
        return [x - y for x, y in pairs]

    def chance(self, a: str, b: str, years: int | None = None) -> float | None:
        """The chance that a's expected profit exceeds b's in this market: `chance` of their differences."""
        return chance(self.apart(a, b, years), self.digits)

    def won(self, a: str, b: str) -> float:
        """In how many runs a's profit exceeds b's; a tie is half a win."""
        return sum(1.0 if d > 0 else 0.5 if d == 0 else 0.0 for d in self.apart(a, b))

    def ranking(self, years: int | None = None) -> list[str]:
        """The designs by mean profit, the highest first; of equals, the one named first; last those `beside`."""
        mean = {d: math.fsum(self.values(d, "profit_per_customer", years)) for d in self.names}
        return sorted(self.names, key=lambda d: (d in self.beside, -mean[d]))

    @property
    def beside(self) -> list[str]:
        """Designs that cannot be made to cost the budget, ranked apart where at least two others can; else none."""
        return self.short if len(self.names) - len(self.short) >= FEWEST else []

    @property
    def unequal(self) -> bool:
        """Is there no order, for fewer than two designs can cost the budget?"""
        return bool(self.short) and not self.beside

    @cached_property
    def table(self) -> pd.DataFrame:
        """Every number of every design and horizon: design, years, name, value, low, high, level, unit, n."""
        rows = []
        for design in self.names:
            for years in YEARS:
                here = self.runs[(self.runs.design == design) & (self.runs.years == years)]
                known = [c for c in here.columns[3:] if years == self.horizon or here[c].notna().any()]
                for name in [*known, "return"]:
                    found = self.estimate(design, name, years).as_dict()
                    rows.append({"design": design, "years": years, "name": name, **found})
        return pd.DataFrame(rows)

    @cached_property
    def chances(self) -> pd.DataFrame:
        """For every pair: the chance that a beats b, the runs that a won, the paired difference with its interval."""
        pairs = [(a, b) for a in self.names for b in self.names if b != a]
        rows = [{"a": a, "b": b, "chance": self.chance(a, b), "runs_won": self.won(a, b),
                 **self.difference(a, b).as_dict()} for a, b in pairs]  # fmt: skip
        return pd.DataFrame(rows)

    @cached_property
    def inert(self) -> list[str]:
        """The variants that change no number of any design in any run: they say nothing and are counted nowhere."""
        keys, found = ["design", "seed"], []
        usual = self.runs[self.runs.years == self.horizon].set_index(keys)
        for text, group in self.variants.drop_duplicates(["variant", *keys]).groupby("variant", sort=False):
            tried = group.set_index(keys).drop(columns="variant")
            if tried.index.isin(usual.index).all() and inert(usual.loc[tried.index, list(tried)], tried):
                found.append(str(text))
        return found

    @cached_property
    def elsewhere(self) -> pd.DataFrame:
        """Per variant that moves anything, and design: mean profit with interval; its chance to beat the usual best."""
        rows = []
        for text, group in self.variants[~self.variants.variant.isin(self.inert)].groupby("variant", sort=False):
            profit = {d: list(g.profit_per_customer) for d, g in group.groupby("design", sort=False)}
            best = self.ranking()[0]
            for design in self.names:
                e = estimate(profit[design], unit("profit_per_customer"))
                apart = [x - y for x, y in zip(profit[design], profit[best], strict=True)]
                rows.append({"variant": text, "design": design, "profit": e.value, "low": e.low, "high": e.high,
                             "n": e.n, "beats_best": chance(apart, self.digits)})  # fmt: skip
        numbers = ("profit", "low", "high", "beats_best")
        table = pd.DataFrame(rows, columns=["variant", "design", *numbers[:3], "n", numbers[3]])
        return table.astype(dict.fromkeys(numbers, float))


def nothing(mean: float, digits: int) -> bool:
    """Is a difference no more than rounding to so many decimals?"""
    return round(mean, digits) == 0.0


def chance(differences: Sequence[float], digits: int = 300) -> float | None:
    """The probability that the mean of paired differences is above 0, given Monte-Carlo error alone.

    Student's t with n - 1 degrees of freedom around the observed mean (the posterior under a flat prior); 0.5 where the
    mean is 0 as far as so many decimals tell; None for a single run. It says nothing of what is assumed of the market.
    """
    n, mean = len(differences), math.fsum(differences) / len(differences)
    if n < 2:
        return None
    if nothing(mean, digits):
        return 0.5
    spread = math.sqrt(math.fsum((d - mean) ** 2 for d in differences) / (n - 1) / n)
    if spread == 0.0:
        return float(mean > 0.0)
    return float(special.stdtr(n - 1, mean / spread))
