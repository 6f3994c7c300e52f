"""Compare program designs: equal money or as they are, the same customers, the same luck, and what would change it.

`compare(...)` composes (`designs`), gives every design the budget (`equal_budget`) unless all stay as they are, runs
one world without a program and one for each design on common seeds, reads them off after 1, 2 and 5 years, and tries
the order again where what is assumed is otherwise (`designs_elsewhere`, `designs_in_worlds`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import pandas as pd

from loyaltysim.market.model import Market
from loyaltysim.measures import twins as worlds
from loyaltysim.measures import your_customers
from loyaltysim.measures.comparison import YEARS, Comparison
from loyaltysim.measures.money import money, outcomes, until
from loyaltysim.runs.plugins import brought
from loyaltysim.runs.pool import map_runs
from loyaltysim.runs.progress import watched
from loyaltysim.scenario.forms import plain
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies.designs import (
    Question,
    compose_question,
    focal_program,
    name_terms,
    named_programs,
    question,
)
from loyaltysim.studies.designs_elsewhere import VARIED_SEEDS, elsewhere
from loyaltysim.studies.designs_in_worlds import designs_in_worlds, small
from loyaltysim.studies.equal_budget import SEEDS as SEARCHED
from loyaltysim.studies.equal_budget import Expected, check_budget, check_costs, fund_one, funded_world
from loyaltysim.studies.protocol import Line, Study
from loyaltysim.studies.single import as_scenario, workers
from loyaltysim.studies.worlds import CUSTOMERS, WORLDS


def compare(
    config: Scenario | Mapping[str, Any] | Sequence[str] = (),
    programs: Sequence[str] | Mapping[str, Mapping[str, Any]] = (),
    *,
    budget: float | str | None = None,
    horizon: int = 2,
    terms: Mapping[str, str] | None = None,
    plugins: Sequence[str | Path] = (),
    progress: bool = False,
) -> Comparison:
    """Compare two to eight program designs, at equal budget or as they are, in one market with the same customers.

    config   : the market: override strings, a plain tree, or a Scenario; its own program is left out
    programs : names as on the command line (`points`, `points+recognition`, `mine.yaml`), or name -> components
    budget   : money per customer and year that each is to cost; None = what the first costs as configured; "free" =
               each as it is, its cost beside
    horizon  : years after the launch at which results are told: 1, 2 or 5
    terms    : design -> `component.term` that is searched; by default the one that makes it more generous
    plugins  : files with mechanisms, policies or measures of your own, as of `run`
    Raises ConfigError for bad input.
    """
    with brought(plugins), watched(progress):
        return Compare(asked_for(config, programs, budget, horizon, terms or {})).answer().found


def asked_for(
    config: Scenario | Mapping[str, Any] | Sequence[str],
    programs: Sequence[str] | Mapping[str, Mapping[str, Any]],
    budget: float | str | None,
    horizon: int,
    terms: Mapping[str, str],
) -> Question:
    """What `compare` asks, checked. Raises ConfigError."""
    named = isinstance(programs, Mapping)
    words = [f"programs=[{','.join(programs)}]"] if programs and not named else []
    words += [f"budget={budget}"] if budget is not None else []
    words += [f"horizon={horizon}", *(f"term.{name}={key}" for name, key in terms.items() if not named)]
    if isinstance(config, (Scenario, Mapping)) or named:
        asked: dict[str, Any] = {"budget": budget, "horizon": horizon}
        listed, wrong = ([], []) if named else named_programs(",".join(programs), (), None)
        if isinstance(programs, Mapping):
            listed = [{"name": n, "program": plain(p), "search": (terms or {}).get(n)} for n, p in programs.items()]
        wrong += [] if named else name_terms(listed, terms or {})
        if wrong:
            raise ConfigError(wrong)
        return question(market_of(config), {**asked, "programs": listed})
    return compose_question([*config, *words])


def market_of(config: Scenario | Mapping[str, Any] | Sequence[str]) -> Scenario:
    """The market of a configuration, whatever its kind."""
    if isinstance(config, (Scenario, Mapping)):
        return as_scenario(config)
    return compose_question([*config, "programs=[points,cashback]"]).base


@dataclass(frozen=True)
class Compare(Study[Comparison]):
    """Which design is best at equal budget or as they are, how surely, and what would change that?"""

    question: Question
    kind = "compare"

    @classmethod
    def compose(cls, words: Sequence[str], config_dir: str | None = None) -> Self:
        """The question of a command line. Raises ConfigError."""
        return cls(compose_question(words, config_dir))

    @property
    def title(self) -> str:
        """Of the market's scenario."""
        return self.question.base.name

    def tree(self) -> dict[str, Any]:
        """The market and what is compared in it."""
        return self.question.tree()

    @cached_property
    def ending(self) -> list[Scenario]:
        """Each design's world, to the horizon."""
        return [self.question.lasting(d.scenario, self.question.settings.horizon) for d in self.question.designs]

    def arms(self) -> list[Scenario]:
        """Each design's world, and the one without a program."""
        drawn = small(self.ending)
        return [*self.ending, worlds.no_program(self.ending[0]), *drawn, *map(worlds.no_program, drawn[:1])]

    def worlds(self) -> dict[str, float]:
        """A world for each design and one without; before, about six values of each term that is searched."""
        base, designs = self.question.base, len(self.question.designs)
        tried = (len(base.vary) + 1) * min(base.seeds, VARIED_SEEDS)
        each = self.question.settings.horizon / YEARS[-1]  # of the time that a world to the last horizon takes
        values = 1.0 if self.question.settings.free else 6.0
        found = {"equal budget": values * SEARCHED * designs * each, "seeds": float(base.seeds * (designs + 1))}
        drawn = 0 if base.worlds == "none" else WORLDS
        in_worlds = drawn * (designs + 1.0) * each * min(1.0, CUSTOMERS / base.customers.n)
        return {**found, "assumptions": tried * (designs + 1.0) * each, **({"worlds": in_worlds} if drawn else {})}

    def read(self) -> Comparison:
        """Find the terms, run the seeds, try the order where what is assumed is otherwise."""
        return found_of(self.question, self.ending)

    def lines(self, found: Comparison) -> list[Line]:
        """Every number of every design at the horizon, best first."""
        rows = found.table[found.table.years == found.horizon].set_index("design")
        parts = ("value", "low", "high", "level", "unit", "n")
        each = (row for design in found.ranking() for row in rows.loc[[design]].reset_index().to_dict("records"))
        return [Line(r["name"], **{k: known(r[k]) for k in parts}, of=r["design"]) for r in each]

    def tables(self, found: Comparison) -> dict[str, pd.DataFrame]:
        """Every number, every run, every variant, every pair."""
        named = {"compare": found.table, "runs": found.runs, "variants": found.variants}
        over_worlds = {} if found.unknown is None else {"worlds": found.unknown.table}
        return {**named, "chances": found.chances, **over_worlds}


def known(value: Any) -> Any:
    """A number, or None where it is missing."""
    return None if isinstance(value, float) and math.isnan(value) else value


def found_of(asked: Question, ending: list[Scenario]) -> Comparison:
    """Run a question. ending : each design's world, to the horizon."""
    lasting = [asked.lasting(d.scenario, YEARS[-1]) for d in asked.designs]
    expected = [Expected(s, d.component, d.term, asked.launch) for s, d in zip(ending, asked.designs, strict=True)]
    budget, free = asked.settings.budget, asked.settings.free
    if budget is None and not free:
        first = asked.designs[0]
        budget = expected[0](getattr(focal_program(first.scenario)[first.component], first.term))
        check_budget(asked.base, first.name, budget)
    processes, names = workers(lasting[0], len(asked.designs)), [f"design={d.name}" for d in asked.designs]
    funded = map_runs(fund_one, [(cost, budget) for cost in expected], names, processes=processes, label="equal budget")
    if free:
        check_costs(asked.base, {d.name: f.cost for d, f in zip(asked.designs, funded, strict=True)})
    lasting, ending = ([funded_world(s, f) for s, f in zip(group, funded, strict=True)] for group in (lasting, ending))
    seeds = [asked.base.seed + k for k in range(asked.base.seeds)]
    task = [(tuple(lasting), asked, seed) for seed in seeds]
    names = [f"seed={seed}" for seed in seeds]
    processes = workers(lasting[0], len(seeds))
    done = map_runs(compare_seed, task, names, processes=processes, label="seeds")
    runs = pd.DataFrame([row for rows in done for row in rows])
    tried = elsewhere(asked, ending, budget)
    designs = {d.name: scenario for d, scenario in zip(asked.designs, ending, strict=True)}
    return Comparison(asked, budget, tuple(funded), tuple(lasting), runs, tried, designs_in_worlds(designs))


def compare_seed(job: tuple[tuple[Scenario, ...], Question, int]) -> list[dict[str, Any]]:
    """One seed: the world without a program once, each design's world, and every number; a row per design and year."""
    scenarios, asked, seed = job
    without = Market(worlds.no_program(scenarios[0]), seed).run()
    ends = {years: asked.launch + 52 * years for years in YEARS}
    bare = {years: until(without, end) for years, end in ends.items()}
    rows = []
    for design, scenario in zip(asked.designs, scenarios, strict=True):
        with_it = Market(scenario, seed).run()
        for years, end in ends.items():
            world, book = replace(scenario, weeks=end), until(with_it, end)
            told = outcomes if years == asked.settings.horizon else money
            numbers = told(world, book, bare[years], asked.launch)
            numbers |= your_customers.totals(world, numbers)
            rows.append({"design": design.name, "seed": seed, "years": years, **numbers})
    return rows
