"""Which strategies firms choose from, and in which market: what was asked, read and checked.

A strategy is a configuration: components of a program as `compare` knows its designs, and policies beside it
(`points+price_follow`). Every firm may take every strategy. All firms of the market play unless `players` names some;
the others stay as they are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

from loyaltysim.configure.asked import Choice, instead, refuse, taken
from loyaltysim.configure.compose import checked, components, hold, layers, names_world, spelled
from loyaltysim.configure.folders import groups
from loyaltysim.configure.trees import clear
from loyaltysim.games.normal_form import Profile
from loyaltysim.games.payoffs import asked_for
from loyaltysim.scenario.forms import complete, plain
from loyaltysim.scenario.hints import nearest
from loyaltysim.scenario.model import Firm, Scenario, Survey
from loyaltysim.scenario.read import read
from loyaltysim.scenario.reader import ConfigError, Problem, Reader
from loyaltysim.scenario.terms import term
from loyaltysim.studies.designs import is_file, number, one_program

WORLD = "game"  # the scenario in which games are played unless another is named
FEWEST, MOST = 2, 8  # strategies
MOST_PROFILES = 500  # that are run
MOST_CELLS = 50_000  # of the whole table, where equal firms make it shorter
MORE = 4  # times the seeds, where the equilibrium stays open
ALIKE = ("static", "launch")  # policies that look at no other firm
OWN = ("programs", "players", "after", "most_seeds", "map")
AUTO, NO_MAP = "auto", "none"


@dataclass(frozen=True)
class StrategyTerms:
    """One strategy as it is written: a name, the components of its program, its policies."""

    name: str = term("", "text")
    program: Mapping[str, Any] = field(default_factory=dict, metadata={"components": "program"})
    policy: Mapping[str, Any] = field(default_factory=dict, metadata={"components": "policy"})
    behaviour: Mapping[str, Any] = field(default_factory=dict, metadata={"components": "behaviour"})  # comes along


@dataclass(frozen=True)
class GameSettings:
    """What a game does; in a saved config.yaml it stands below `game`."""

    programs: tuple[StrategyTerms, ...] = term((), "strategies", doc="the first is what others are held against")
    players: tuple[str, ...] = term((), "firms", doc="who plays; () = every firm")
    after: int | None = term(
        None, "weeks", 0, 5200, none="the first half", doc="weeks at the start that count for no payoff"
    )
    most_seeds: int | None = term(
        None, "runs", 1, 100_000, none=f"{MORE} times seeds", doc="seeds at most, where the equilibrium stays open"
    )
    map: str = term(AUTO, "strategy", doc="whose dilemma is mapped over k and price sensitivity; auto, none")


@dataclass(frozen=True)
class Strategy:
    """A strategy that is ready: its name, and what a firm has that takes it. policy : beside the firm's own"""

    name: str
    program: Mapping[str, Any]
    policy: Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """A checked game. base : the market, in which every behaviour acts that any strategy needs"""

    base: Scenario
    settings: GameSettings
    strategies: tuple[Strategy, ...]

    @property
    def players(self) -> tuple[str, ...]:
        """Who plays."""
        return self.settings.players or tuple(self.base.firms)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the strategies."""
        return tuple(strategy.name for strategy in self.strategies)

    @property
    def after(self) -> int:
        """Weeks that count for no payoff."""
        return self.base.weeks // 2 if self.settings.after is None else self.settings.after

    @property
    def most_seeds(self) -> int:
        """Seeds at most."""
        return max(self.base.seeds, self.settings.most_seeds or MORE * self.base.seeds)

    @cached_property
    def symmetric(self) -> bool:
        """Are all who play equal, and does nothing in this market tell one of them from another?"""
        return equal(self.base, self.players) and not any(strategy.policy for strategy in self.strategies)

    @cached_property
    def profiles(self) -> list[Profile]:
        """The profiles that are run."""
        return asked_for(len(self.players), len(self.strategies), self.symmetric)

    def world(self, profile: Profile) -> Scenario:
        """The market in which every player has the strategy of a profile."""
        firms = dict(self.base.firms)
        for name, own in zip(self.players, profile, strict=True):
            firms[name] = having(firms[name], self.strategies[own])
        return replace(self.base, firms=firms)

    def tree(self) -> dict[str, Any]:
        """Everything that was set, as config.yaml holds it; `game from=config.yaml` asks the same again."""
        told = [{"name": s.name, "program": plain(s.program), "policy": plain(s.policy)} for s in self.strategies]
        rest = {name: plain(getattr(self.settings, name)) for name in OWN if name != "programs"}
        return {**complete(self.base), "game": {"programs": told, **rest}}


def having(firm: Firm, strategy: Strategy) -> Firm:
    """The firm that has taken a strategy."""
    return replace(firm, program=strategy.program, policy=dict(sorted({**firm.policy, **strategy.policy}.items())))


def equal(scenario: Scenario, players: Sequence[str]) -> bool:
    """Are firms equal but for their ids, and is nothing else tied to one of them?"""
    bare = [replace(scenario.firms[name], program={}, policy={}, luck=None) for name in players]
    policies = {name for player in players for name in scenario.firms[player].policy}
    same = [plain(scenario.firms[name].policy) for name in players]
    return (
        all(firm == bare[0] for firm in bare)
        and all(policy == same[0] for policy in same)
        and policies <= set(ALIKE)
        and scenario.customers.r_focal == 0.0
        and "captive" not in scenario.behaviour
    )


# --- reading what was asked --------------------------------------------------------------------------------------


def compose_game(words: Sequence[str], config_dir: str | Path | None = None) -> Asked:
    """The game of a command line: `programs=[none,points]`, `players=[a,b]`, `after=52`, `most_seeds=40`, `map=points`,
    and overrides of the world. Raises ConfigError with every problem.
    """  # fmt: skip
    own, rest = taken(words, OWN)
    values = [word for word in rest if word.startswith("program.")]
    if any(word.partition("=")[0] in ("program", "rivals") for word in rest):
        raise refuse("program", "is what firms choose: write programs=[none,points]")
    overrides = spelled([word for word in rest if word not in values], config_dir)
    if not names_world(overrides):
        overrides.insert(0, f"scenario={WORLD}")
    tree, places, problems = layers(overrides, config_dir)
    hold(tree, places, overrides, "none")
    if isinstance(tree.get("held"), list):
        tree["held"] += [key for value in values if (key := value.partition("=")[0]) not in tree["held"]]
    stored = tree.pop("game", None)
    clear(tree, Choice("program", None, (), ""))
    asked = dict(stored) if isinstance(stored, Mapping) else {}
    asked |= {key: number(own[key]) for key in ("after", "most_seeds") if key in own}
    asked |= {"map": own["map"]} if "map" in own else {}
    asked |= {"players": listed(own["players"], "players")} if "players" in own else {}
    wrong, world = list(problems), None
    try:
        world = replace(checked({**tree, "vary": []}, places, []), vary=())
    except ConfigError as error:
        wrong += [misspelt(problem) for problem in error.problems]
    if "programs" in own:
        asked["programs"], more = strategies(own["programs"], values, config_dir, overrides)
        wrong += more
    elif values:
        wrong.append(Problem(values[0].partition("=")[0], "needs programs=[...] to say whose", origin="command line"))
    return game(world, asked, wrong)


def misspelt(problem: Problem) -> Problem:
    """A key that no market has, beside the word of a game that it is nearest to."""
    near = nearest(problem.key, OWN)
    if near is None or not problem.message.startswith("is no key"):
        return problem
    return replace(problem, message=f"is no key; did you mean '{near}'? a game knows {', '.join(OWN)}")


def listed(text: str, key: str) -> list[str]:
    """The names of `[a,b]`. Raises ConfigError for a bracket that nothing closes."""
    if text.startswith("[") != text.endswith("]"):
        raise refuse(key, f"has a bracket that nothing closes; write {key}=[a,b], no spaces", text)
    inside = text.removeprefix("[").removesuffix("]")
    return [part.strip().strip("'\"") for part in inside.split(",") if part.strip()]


def strategies(
    text: str, values: Sequence[str], config_dir: str | Path | None, world: Sequence[str] = ()
) -> tuple[list[dict[str, Any]], list[Problem]]:
    """The strategies of `[none,points,points+price_follow,mine.yaml]`, each with the `program.` values about it."""
    made, problems, used = list[dict[str, Any]](), list[Problem](), set[str]()
    for entry in listed(text, "programs"):
        try:
            parts, spoken = strategy_of(entry, values, config_dir, world)
        except ConfigError as error:
            problems += error.problems
            continue
        used |= spoken
        made.append({"name": Path(entry).stem if is_file(entry) else entry, **parts})
    for value in values if not problems else ():
        if value not in used:
            why = "speaks of a component that no strategy has"
            problems.append(Problem(value.partition("=")[0], why, origin="command line"))
    return made, problems


def strategy_of(
    entry: str, values: Sequence[str], config_dir: str | Path | None, world: Sequence[str]
) -> tuple[dict[str, Any], set[str]]:
    """Program, policy and behaviour of one entry, and which values were laid over it. Raises ConfigError."""
    known = groups(config_dir)
    programs, policies = known["program"], known["policy"]
    parts = [entry] if is_file(entry) else entry.split("+")
    for part in parts if not is_file(entry) else ():
        if part not in programs and part not in policies:
            hint = instead("program", part, [*programs, *policies])
            raise refuse("programs", f"has no such option{hint} (conf/program/, conf/policy/)", part)
    chosen = [part for part in parts if part not in policies] or ["none"]
    program, behaviour, spoken = one_program("+".join(chosen), programs, values, config_dir, world)
    policy = [part for part in parts if part in policies]
    found = layers([f"policy=[{','.join(policy)}]"], config_dir)[0].get("policy") if policy else {}
    return {"program": program, "policy": dict(found or {}), "behaviour": behaviour}, spoken


def game(base: Scenario | None, asked: Mapping[str, Any], before: Sequence[Problem] = ()) -> Asked:
    """Check a game in a market (None: it has problems). asked : as `GameSettings` says;  before : problems so far.

    Raises ConfigError with every problem.
    """
    reader = Reader(components(), {"": "game"})
    settings = reader.record(GameSettings, asked, "")
    problems = [*before, *reader.problems]
    if settings is None or base is None:
        raise ConfigError(problems)
    problems += wrong_with(base, settings, any(p.key == "programs" for p in before))
    if problems:
        raise ConfigError(problems)
    ready = made(base, settings)
    problems = [*same(ready), *too_large(ready)]
    if problems:
        raise ConfigError(problems)
    return ready


def wrong_with(base: Scenario, settings: GameSettings, told: bool) -> list[Problem]:
    """What is wrong with the settings of a game in a market. told : has something been said of its programs?"""
    found, names = list[Problem](), [terms.name for terms in settings.programs]
    if not FEWEST <= len(names) <= MOST and not told:
        why = f"holds {len(names)}; a game has {FEWEST} to {MOST} strategies, such as programs=[none,points]"
        found.append(Problem("programs", why, origin="game"))
    for name in sorted({name for name in names if names.count(name) > 1}):
        found.append(Problem("programs", f"names {name} twice", origin="game"))
    for name in settings.players:
        if name not in base.firms:
            found.append(Problem("players", f"is no firm; known: {', '.join(base.firms)}", name, "game"))
    players = settings.players or tuple(base.firms)
    if len(set(players)) < FEWEST or len(set(players)) < len(players):
        found.append(Problem("players", f"need {FEWEST} firms or more, each once", ", ".join(players), "game"))
    if settings.after is not None and settings.after >= base.weeks:
        why = f"leaves no week to count; allowed: below weeks = {base.weeks}"
        found.append(Problem("after", why, settings.after, "game"))
    if settings.map not in (AUTO, NO_MAP, *names) and not told:
        why = f"is none of the strategies; choose from {AUTO}, {NO_MAP}, {', '.join(names)}"
        found.append(Problem("map", why, settings.map, "game"))
    return found


def made(base: Scenario, settings: GameSettings) -> Asked:
    """Every strategy as it is at work, and the market with all that any of them needs. Raises ConfigError."""
    players = settings.players or tuple(base.firms)
    ready, behaviour, problems = list[Strategy](), dict[str, Any](), list[Problem]()
    for terms in settings.programs:
        tree = {**complete(base), "worlds": "none"}
        tree["behaviour"] = {**plain(terms.behaviour), **tree["behaviour"]}
        for name in players:
            node = tree if name == base.focal else tree["firms"][name]
            node["program"] = plain(terms.program)
            node["policy"] = {**node["policy"], **plain(terms.policy)}
        try:
            all_have = read(tree, components())
        except ConfigError as error:
            problems += [replace(problem, origin=f"strategy {terms.name}") for problem in error.problems]
            continue
        firm = all_have.firms[players[0]]
        policy = {name: firm.policy[name] for name in terms.policy}
        ready.append(Strategy(terms.name, firm.program, policy))
        behaviour |= all_have.behaviour
    if problems:
        raise ConfigError(problems)
    record = replace(base.record, panel=False, log=False, surplus=False, survey=Survey())
    everywhere = dict(sorted({**behaviour, **base.behaviour}.items()))
    return Asked(replace(base, behaviour=everywhere, record=record, vary=()), settings, tuple(ready))


def same(asked: Asked) -> list[Problem]:
    """A problem for each pair of strategies that are one."""
    pairs = combinations(asked.strategies, 2)
    twice = [(a.name, b.name) for a, b in pairs if (a.program, a.policy) == (b.program, b.policy)]
    return [Problem("programs", f"names one strategy twice: {a} and {b}", origin="game") for a, b in twice]


def too_large(asked: Asked) -> list[Problem]:
    """What keeps a game from being run: its size, told."""
    firms, own = len(asked.players), len(asked.strategies)
    count, cells, s = len(asked.profiles), own**firms, asked.base
    size = f"{own} strategies of {firms} firms make {count:,} markets"
    if count > MOST_PROFILES or cells > MOST_CELLS:
        short = math.comb(firms + own - 1, own - 1)
        equal_firms = "" if asked.symmetric else f", or equal firms, firms={firms}, which need {short:,}"
        size += f" of a table of {cells:,}" if asked.symmetric else ""
        why = f"{size}; at most {MOST_PROFILES:,} of {MOST_CELLS:,}: fewer strategies, players=[a,b]{equal_firms}"
        return [Problem("programs", why, origin="game")]
    work = float(s.customers.n) * s.weeks * s.seeds * count
    if work > s.compute.max_customer_weeks:
        most = s.compute.max_customer_weeks
        why = f"{size}, {work:.3g} customer-weeks in all; at most {most:.3g} (compute.max_customer_weeks)"
        return [Problem("programs", why, origin="game")]
    return []
