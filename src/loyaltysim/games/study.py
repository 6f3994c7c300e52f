"""Play a game: simulate every profile on the same seeds, and read off who would change and where nobody would.

`Game` is the study of the command `loyaltysim game`. Where luck leaves open whether a profile is an equilibrium, it and
all that it is held against are run on more seeds, up to a bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from loyaltysim.games import normal_form
from loyaltysim.games.around import Over, around, earned, ends, judged, over_worlds
from loyaltysim.games.asked import Asked, compose_game
from loyaltysim.games.normal_form import Path as Answers
from loyaltysim.games.normal_form import Profile
from loyaltysim.games.payoffs import Payoffs
from loyaltysim.measures.statistics import LEVEL
from loyaltysim.runs.plugins import brought
from loyaltysim.runs.pool import map_runs
from loyaltysim.runs.progress import watched
from loyaltysim.scenario.model import Scenario
from loyaltysim.studies.protocol import Line, Study
from loyaltysim.studies.single import workers
from loyaltysim.studies.worlds import WORLDS

MIXED = 6  # strategies up to which all equilibria of two firms are enumerated
SHOWN = 1e-4  # a chance below this is none


@dataclass(frozen=True)
class Mixture:
    """An equilibrium in which firms draw their strategies. chances : of each firm, (S,)"""

    chances: tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Played:
    """What was found. map : as `around.around`;  worlds : None where none were drawn"""

    asked: Asked
    payoffs: Payoffs
    map: pd.DataFrame = field(repr=False)
    worlds: Over | None = None

    @property
    def seeds(self) -> int:
        """Seeds of the profile that has most."""
        return max(int(np.isfinite(runs[:, 0]).sum()) for runs in self.payoffs.runs.values())

    @cached_property
    def pure(self) -> list[Profile]:
        """Pure equilibria; of equal firms one of each count."""
        found = normal_form.pure_equilibria(self.payoffs.gains)
        return list(dict.fromkeys(self.payoffs.representative(profile) for profile in found))

    @cached_property
    def holds(self) -> dict[Profile, str]:
        """Of every profile that was run, whether it is an equilibrium beyond luck: yes, no, open."""
        return {profile: self.payoffs.holds(profile) for profile in self.payoffs.runs}

    @cached_property
    def mixed(self) -> list[Mixture]:
        """Equilibria of two firms that are not pure; of equal firms with the mirrored ones."""
        if len(self.asked.players) != 2 or len(self.asked.names) > MIXED:
            return []
        found = normal_form.mixed_equilibria(self.payoffs.mean)
        return [Mixture(pair) for pair in found if any(own.max() < 1.0 - SHOWN for own in pair)]

    @cached_property
    def dominated(self) -> list[normal_form.Dominated]:
        """Strategies that another one dominates; of equal firms those of the first."""
        found = normal_form.dominated(self.payoffs.gains)
        return [one for one in found if one.firm == 0] if self.payoffs.symmetric else found

    @cached_property
    def path(self) -> Answers:
        """Firms in turn take what earns most, from where all have the first strategy."""
        return normal_form.answers(self.payoffs.gains)

    @cached_property
    def kinds(self) -> pd.DataFrame:
        """A row a strategy but the first: what it is between firms, with the numbers that say so."""
        rows = [{"strategy": name, **judged(self.payoffs, k)} for k, name in enumerate(self.asked.names) if k]
        return pd.DataFrame(rows)

    def regret(self, profile: Profile) -> Any:
        """The largest regret of any firm in a profile, as an `Estimate`."""
        each = [self.payoffs.regret(profile, firm) for firm in range(len(self.asked.players))]
        return max(each, key=lambda e: (e.value or 0.0, -np.inf if e.high is None else e.high))

    def said(self, profile: Profile) -> str:
        """A profile in words: "a=none, b=points"."""
        pairs = zip(self.asked.players, profile, strict=True)
        return ", ".join(f"{firm}={self.asked.names[own]}" for firm, own in pairs)


@dataclass(frozen=True)
class Game(Study[Played]):
    """Who should take which program, how sure is that, and when is it a prisoner's dilemma?"""

    asked: Asked
    kind = "game"

    @classmethod
    def compose(cls, words: Sequence[str], config_dir: str | None = None) -> Self:
        """The game of a command line. Raises ConfigError."""
        return cls(compose_game(words, config_dir))

    @property
    def title(self) -> str:
        """Of the market's scenario."""
        return self.asked.base.name

    def tree(self) -> dict[str, Any]:
        """The market and what is played in it."""
        return self.asked.tree()

    def arms(self) -> list[Scenario]:
        """A market for each set of strategies that firms have: the others have the same step."""
        return [self.asked.world(profile) for profile in {frozenset(p): p for p in self.asked.profiles}.values()]

    def worlds(self) -> dict[str, float]:
        """Markets of the first round; of the map and of the worlds."""
        a = self.asked
        found = {"profiles": float(len(a.profiles) * a.base.seeds)}
        if a.base.worlds != "none":
            found["worlds"] = float(WORLDS * len(ends(len(a.players), 1, a.symmetric))) / 10.0
        return found

    def read(self) -> Played:
        """Run the profiles, more of what is undecided, the map, the worlds."""
        a = self.asked
        payoffs = Payoffs(a.players, a.names, a.symmetric, played(a, a.profiles, 0, a.base.seeds))
        seeds = a.base.seeds
        while seeds < a.most_seeds and (open_ := payoffs.undecided()):
            more = min(a.most_seeds, 2 * seeds)
            asked = a.profiles if len(a.players) == 2 else payoffs.beside(open_)
            payoffs = replace(payoffs, runs=longer(payoffs.runs, played(a, asked, seeds, more), more - seeds))
            seeds = more
        return Played(a, payoffs, around(a), over_worlds(a))

    def lines(self, found: Played) -> list[Line]:
        """What each firm earns and would gain by changing, profile by profile."""
        said, p = list[Line](), found.payoffs
        for profile in p.runs:
            for firm, name in enumerate(p.firms):
                of = f"{name}: {found.said(profile)}"
                for measure, e in (("payoff", p.cell(profile, firm)), ("regret", p.regret(profile, firm))):
                    said.append(Line(measure, e.value, e.low, e.high, LEVEL, e.unit, e.n, of))
        return said

    def tables(self, found: Played) -> dict[str, pd.DataFrame]:
        """game.csv: a row a profile; kinds, map and worlds where there are any; every run."""
        tables = {"game": cells(found), "kinds": found.kinds, "runs": runs(found)}
        tables |= {"map": found.map} if len(found.map) else {}
        return tables | ({} if found.worlds is None else {"worlds": found.worlds.kinds.rename("kind").to_frame()})


def played(asked: Asked, profiles: Sequence[Profile], first: int, last: int) -> dict[Profile, np.ndarray]:
    """Run profiles on seeds from the first to before the last. -> profile -> (seeds, firms)"""
    seeds = [asked.base.seed + k for k in range(first, last)]
    jobs = [(asked.world(profile), seed, asked.players, asked.after) for profile in profiles for seed in seeds]
    said = ["+".join(f"{f}:{asked.names[own]}" for f, own in zip(asked.players, p, strict=True)) for p in profiles]
    names = [f"{text} seed={seed}" for text in said for seed in seeds]
    done = map_runs(earned, jobs, names, processes=workers(asked.base, len(jobs)), label="profiles")
    found = np.array(done, float).reshape(len(profiles), len(seeds), len(asked.players))
    return dict(zip(profiles, found, strict=True))


def longer(
    runs: Mapping[Profile, np.ndarray], more: Mapping[Profile, np.ndarray], seeds: int
) -> dict[Profile, np.ndarray]:
    """Runs with more seeds, nan where a profile has none of them."""
    firms = next(iter(runs.values())).shape[1]
    nothing = np.full((seeds, firms), np.nan)
    return {profile: np.vstack([own, more.get(profile, nothing)]) for profile, own in runs.items()}


def cells(found: Played) -> pd.DataFrame:
    """A row a profile: what each firm has and earns with its interval, the largest regret, whether it holds."""
    rows, p = [], found.payoffs
    for profile in p.runs:
        row: dict[str, Any] = {name: p.strategies[own] for name, own in zip(p.firms, profile, strict=True)}
        for firm, name in enumerate(p.firms):
            e = p.cell(profile, firm)
            row |= {f"payoff_{name}": e.value, f"low_{name}": e.low, f"high_{name}": e.high}
        for firm, name in enumerate(p.firms):
            e = p.regret(profile, firm)
            row |= {f"regret_{name}": e.value, f"regret_low_{name}": e.low, f"regret_high_{name}": e.high}
        row |= {
            "equilibrium": profile in found.pure,
            "beyond_luck": found.holds[profile],
            "seeds": p.cell(profile, 0).n,
        }
        rows.append(row)
    return pd.DataFrame(rows)


def runs(found: Played) -> pd.DataFrame:
    """Every run: profile, seed, what each firm earned."""
    p, first = found.payoffs, found.asked.base.seed
    return pd.DataFrame(
        [
            {
                "profile": found.said(profile),
                "seed": first + k,
                **{f"payoff_{name}": float(own[f]) for f, name in enumerate(p.firms)},
            }
            for profile, table in p.runs.items()
            for k, own in enumerate(table)
            if np.isfinite(own).all()
        ]
    )


def play(
    words: Sequence[str],
    *,
    config_dir: str | Path | None = None,
    plugins: Sequence[str | Path] = (),
    progress: bool = False,
) -> Played:
    """Play the game of override strings: `play(["programs=[none,points]", "players=[a,b]", "run=quick"])`.

    Raises ConfigError for bad input.
    """
    with brought(plugins), watched(progress):
        return Game(compose_game(words, config_dir)).answer().found
