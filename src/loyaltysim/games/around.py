"""Where a program is a prisoner's dilemma: over what its rewards cost and how price sensitive customers are, and over
the worlds in which what is assumed is drawn anew.

Held against the first strategy, at the ends alone: nobody has it, one has it, all but one have it, all have it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from loyaltysim.configure.compose import components
from loyaltysim.games.asked import AUTO, NO_MAP, Asked, Strategy
from loyaltysim.games.normal_form import Profile, kind, replaced
from loyaltysim.games.payoffs import Payoffs
from loyaltysim.market.model import Market
from loyaltysim.measures.games import payoff
from loyaltysim.mechanism.registry import registry
from loyaltysim.runs.pool import map_runs
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.read import changed
from loyaltysim.studies.ensembles import Drawn, worlds_of
from loyaltysim.studies.single import workers
from loyaltysim.studies.worlds import APART, CHUNK, WORLDS, plain, prepared, world

COSTS = (0.2, 0.4, 0.6, 0.8, 1.0)  # k, share of face value
FACTORS = (0.5, 0.75, 1.0, 1.5, 2.0)  # of the price sensitivity
SEEDS, PEOPLE = 5, 4000  # at most, of each place on the map
Job = tuple[Scenario, int, tuple[str, ...], int]


def earned(job: Job) -> list[float]:
    """One market: what each player earns. job : the market, its seed, who plays, the weeks that do not count"""
    scenario, seed, players, after = job
    book = Market(scenario, seed).run()
    return [payoff(book, name, after) for name in players]


def ends(firms: int, strategy: int, symmetric: bool) -> list[Profile]:
    """The profiles that say what a strategy is between firms; of equal firms as they are run."""
    none, every = (0,) * firms, (strategy,) * firms
    found = [none, *(replaced(none, k, strategy) for k in range(firms))]
    found += [*(replaced(every, k, 0) for k in range(firms)), every]
    return list(dict.fromkeys(tuple(sorted(p)) if symmetric else p for p in found))


def costing(strategy: Strategy) -> dict[str, str]:
    """The components of a strategy whose rewards have a cost per face value, and that term."""
    return {name: cost for name in strategy.program if (cost := registry()[name].cost) is not None}


def subject(asked: Asked) -> int:
    """The strategy whose dilemma is asked for: the one that is named, else the first that gives rewards at a cost."""
    said = asked.settings.map
    if said not in (AUTO, NO_MAP):
        return asked.names.index(said)
    return next((k for k, own in enumerate(asked.strategies) if k and costing(own)), 1)


def mapped(asked: Asked) -> int | None:
    """The strategy that the map is of; None where there is no map, or by itself none that gives rewards at a cost."""
    k, said = subject(asked), asked.settings.map
    unwanted = said == NO_MAP or (said == AUTO and not costing(asked.strategies[k]))
    return None if unwanted or not k else k


def at(asked: Asked, strategy: int, k: float | None, factor: float) -> Asked:
    """The game of the first and one other strategy, at another cost of rewards (None: as it is) and sensitivity."""
    own, base = asked.strategies[strategy], asked.base
    if k is not None:
        terms = {name: replace(own.program[name], **{key: k}) for name, key in costing(own).items()}
        own = replace(own, program={**own.program, **terms})
    people = replace(
        base.customers,
        n=min(base.customers.n, PEOPLE),
        price_sensitivity=base.customers.price_sensitivity * factor,
    )
    return replace(asked, base=replace(base, customers=people), strategies=(asked.strategies[0], own))


def around(asked: Asked) -> pd.DataFrame:
    """The map of a strategy: a row a place, with what it is there. -> empty without one

    columns: k, price_sensitivity, kind, sure, and alone, keep, together (means over firms) with low and high
    """
    if (strategy := mapped(asked)) is None:
        return pd.DataFrame()
    costs: Sequence[float | None] = COSTS if costing(asked.strategies[strategy]) else (None,)
    places = [(k, factor) for k in costs for factor in FACTORS]
    games = [at(asked, strategy, k, factor) for k, factor in places]
    seeds = [asked.base.seed + k for k in range(min(SEEDS, asked.base.seeds))]
    profiles = ends(len(asked.players), 1, asked.symmetric)
    each = [(g.world(profile), seed, g.players, g.after) for g in games for profile in profiles for seed in seeds]
    names = [f"map seed={seed}" for _ in games for _ in profiles for seed in seeds]
    done = map_runs(earned, each, names, processes=workers(each[0][0], len(each)), label="map")
    cells = np.array(done).reshape(len(games), len(profiles), len(seeds), len(asked.players))
    rows = []
    for (k, _), g, runs in zip(places, games, cells, strict=True):
        found = Payoffs(g.players, g.names, g.symmetric, dict(zip(profiles, runs, strict=True)))
        own = k if k is not None else float("nan")
        rows.append({"k": own, "price_sensitivity": g.base.customers.price_sensitivity, **judged(found, 1)})
    return pd.DataFrame(rows)


def judged(payoffs: Payoffs, strategy: int) -> dict[str, Any]:
    """What a strategy is between firms, and the numbers that say so: the least sure firm's interval of each."""
    signs = payoffs.signs(strategy)
    values = {part: np.array([e.value if e.value is not None else np.nan for e in own]) for part, own in signs.items()}
    row: dict[str, Any] = {"kind": kind(**values, same=payoffs.same), "sure": payoffs.sure(strategy)}
    for part, own in signs.items():
        row[part] = float(values[part].mean())
        for side, pick in (("low", min), ("high", max)):
            found = [end for e in own if (end := getattr(e, side)) is not None]
            row[f"{part}_{side}"] = pick(found) if len(found) == len(own) else np.nan
    return row


# --- worlds ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Over:
    """A game in many worlds. kinds : (n,) what the strategy is in each;  said : where the worlds come from"""

    strategy: str
    kinds: pd.Series = field(repr=False)
    said: tuple[str, ...]

    def share(self, name: str) -> float:
        """In which share of worlds it is of this kind."""
        return float((self.kinds == name).mean())


def drawn_for(asked: Asked, strategy: int, n: int | None = None) -> Drawn | None:
    """The worlds, so many, in which what is assumed is drawn anew; None where none are asked for, or all is known.

    Equal firms stay equal: what would set their shares apart is held. What rivals do is what the game is about.
    """
    base = asked.base
    if base.worlds == "none":
        return None
    first, every = (asked.world((own,) * len(asked.players)) for own in (0, strategy))
    held = (*base.held, "rivals", *(f"firms.{name}.share" for name in asked.players if asked.symmetric))
    drawn = worlds_of(every, base.worlds, held, n=WORLDS if n is None else n, beside=[first])
    return drawn if drawn.varying else None


def over_worlds(asked: Asked, n: int | None = None) -> Over | None:
    """What a strategy is in each of so many worlds, each with a luck of its own; None without worlds."""
    strategy = subject(asked)
    if not strategy or (drawn := drawn_for(asked, strategy, n)) is None:
        return None
    two = replace(asked, strategies=(asked.strategies[0], asked.strategies[strategy]))
    profiles = ends(len(asked.players), 1, asked.symmetric)
    both = [two.world((own,) * len(asked.players)) for own in range(2)]
    bases = light(both[0], drawn), light(both[1], drawn)
    told = [
        (int(k), {str(key): plain(value) for key, value in row.items()})
        for k, row in zip(drawn.values.index, drawn.values.to_dict("records"), strict=True)
    ]
    jobs = [tuple(told[k : k + CHUNK]) for k in range(0, len(told), CHUNK)]
    names = [f"worlds {job[0][0]} to {job[-1][0]}" for job in jobs]
    task = partial(in_worlds, bases, tuple(profiles), asked.players, asked.after)
    done = map_runs(task, jobs, names, processes=workers(bases[0], len(told)), label="worlds")
    kinds = []
    for runs in (runs for part in done for runs in part):
        cells = {profile: np.array([own]) for profile, own in zip(profiles, runs, strict=True)}
        found = Payoffs(asked.players, two.names, asked.symmetric, cells)
        kinds.append(judged(found, 1)["kind"])
    return Over(asked.names[strategy], pd.Series(kinds), drawn.said)


def light(scenario: Scenario, drawn: Drawn) -> Scenario:
    """A market as every world begins; purchases are not written down."""
    small = prepared(scenario, drawn.sizes)
    return replace(small, record=replace(small.record, log=False))


def in_worlds(
    bases: tuple[Scenario, Scenario],
    profiles: tuple[Profile, ...],
    players: tuple[str, ...],
    after: int,
    job: tuple[tuple[int, dict[str, Any]], ...],
) -> list[list[list[float]]]:
    """What each player earns in each profile of some worlds; the profiles of a world share its luck.

    bases : the market in which all have the first strategy, and the one in which all have the other
    """
    found = []
    for k, values in job:
        ends_ = of_all(bases, players, values)
        made = [with_firms(ends_[0], {n: ends_[own] for n, own in zip(players, p, strict=True)}) for p in profiles]
        found.append([earned((one, (bases[0].seed + k) ^ APART, players, after)) for one in made])
    return found


def with_firms(scenario: Scenario, others: Mapping[str, Scenario]) -> Scenario:
    """A market in which some firms are as they are in others."""
    return replace(scenario, firms={**scenario.firms, **{name: other.firms[name] for name, other in others.items()}})


def of_all(bases: Sequence[Scenario], players: Sequence[str], values: Mapping[str, Any]) -> list[Scenario]:
    """The markets of one draw, which differ in the strategies alone; sizes of a program hold for all that have it."""
    shared = world(bases[0], {key: value for key, value in values.items() if not key.startswith("program.")})
    found = []
    for base in bases:
        programs = {
            name: replace(shared.firms[name], program=base.firms[name].program, policy=base.firms[name].policy)
            for name in players
        }
        made = replace(shared, firms={**shared.firms, **programs})
        own = {
            f"firms.{name}.{key}": value
            for key, value in values.items()
            if key.startswith("program.")
            for name in players
            if key.split(".")[1] in base.firms[name].program
        }
        found.append(changed(made, own, components()) if own else made)
    return [replace(made, compute=bases[0].compute) for made in found]
