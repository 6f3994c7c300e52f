"""What a sweep is made of: points of a design times seeds, composed once and checked before anything runs.

    loyaltysim sweep scenario=grocery_points market.S=0.6,1.3,2.6 seed=range(1,11)

Sweeps are written in Hydra's words: choices `a,b`, `range(start,stop,step)`, `glob(c*)` over the options of a group.
Keys that share a tag move together: `market.S=tag(w,choice(0.6,2.6)) market.M=tag(w,choice(80,140))`. A file may say
the same below its key `sweep`: `axes`, a list of such words, and `points`, a list of words that stand together.
Hydra's files are composed once for every combination of options; values are then set in the plain tree.
"""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from loyaltysim.configure import asked, compose, folders, sweeps, trees
from loyaltysim.configure.asked import COMMAND_LINE
from loyaltysim.configure.sweeps import Swept
from loyaltysim.runs import cluster
from loyaltysim.scenario.forms import canonical, written
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.read import read
from loyaltysim.scenario.reader import INT64, ConfigError, Problem, Reader
from loyaltysim.scenario.terms import term
from loyaltysim.studies.factors import Exploration, Settings, explored, is_range

MOST_POINTS = 200_000  # points that are composed at all
MOST_RUNS = 10_000_000


@dataclass(frozen=True)
class Terms:
    """What a sweep does and may take; the keys below `sweep` in a file or on the command line."""

    axes: tuple[str, ...] = term((), "key=values", doc='sweeps in Hydra\'s words: ["market.S=0.6,1.3"]')
    points: tuple[str, ...] = term((), "key=value ...", doc='points one by one: ["market.S=0.6 market.M=80", ...]')
    keep: str = term("numbers", "", choices=("numbers", "weekly"), doc="weekly: every run's table of weeks and firms")
    executor: str = term("processes", "", choices=tuple(cluster.EXECUTORS), doc="inline: this process, without limits")
    ray: cluster.Ray = field(default_factory=cluster.Ray)
    slurm: cluster.Slurm = field(default_factory=cluster.Slurm)
    seconds: float = term(3600.0, "s per run", 0.1, 1e7, doc="a run that takes longer is killed")
    gigabytes: float = term(16.0, "GB per run", 0.05, 1e5, doc="a run that needs more memory is killed")
    tries: int = term(3, "tries", 1, 100, doc="a run that failed so often is left aside")
    fail_fast: bool = term(False, "", doc="stop at the first run that fails")
    ask_above: int = term(1000, "runs", 1, 10**9, doc="more runs than this must be confirmed, --yes")
    ask_minutes: float = term(60.0, "minutes", 0.0, 1e7, doc="more time than this must be confirmed, --yes")

    def options(self, parallel: int, folder: Path) -> dict[str, object]:
        """What the executor needs to know. parallel : tasks at once, 0 = no limit; folder : of the sweep."""
        if self.executor == "ray":
            return {**asdict(self.ray), "parallel": parallel}
        return {**asdict(self.slurm), "folder": str(folder / "slurm")} if self.executor == "slurm" else {}


@dataclass(frozen=True)
class Point:
    """One point of the design: the overrides that lead to it, what they set, and the checked scenario."""

    words: tuple[str, ...]
    set: Mapping[str, object]
    scenario: Scenario


@dataclass(frozen=True)
class Design:
    """All points and seeds. words : the command line; keys : the columns that tell points apart.

    exploration : the factors and their design, if the points are those of an exploration
    """

    words: tuple[str, ...]
    config_dir: str | None
    keys: tuple[str, ...]
    points: tuple[Point, ...]
    seeds: tuple[int, ...]
    terms: Terms
    exploration: Exploration | None = None

    @property
    def name(self) -> str:
        """The name of the scenario at the first point."""
        return self.points[0].scenario.name

    @property
    def runs(self) -> int:
        """How many runs."""
        return len(self.points) * len(self.seeds)

    def tree(self) -> dict[str, Any]:
        """What decides the results, without the code: the same design gives the same tree."""
        points = [{"set": dict(p.set), "scenario": settled(p.scenario)} for p in self.points]
        return {"keep": self.terms.keep, "seeds": list(self.seeds), "points": points}


def settled(scenario: Scenario) -> dict[str, Any]:
    """The canonical scenario of a point; its seeds are the design's, and nothing is varied beside it."""
    return canonical(replace(scenario, seed=0, seeds=1, vary=()))


def plan(words: Sequence[str], config_dir: str | None = None, limit: int = MOST_POINTS) -> Design:
    """Compose the design of a command line. Raises ConfigError with the problems of all its points at once."""
    single, swept, problems = sweeps.split_sweeps(words, config_dir)
    terms, settings, seed = sweep_terms([word for word in single if not is_range(word)], config_dir, problems)
    in_file, more, wrong = sweeps.split_sweeps(terms.axes, config_dir)
    problems += wrong
    problems += [Problem("sweep.axes", "has one value only", text, "sweep") for text in in_file]
    exploration = None
    if settings is not None:
        ranges = [word for word in single if is_range(word)]
        single = [word for word in single if word not in ranges]
        varied = [one for one in swept if one.key not in ("seed", "seeds")]
        swept = [one for one in swept if one not in varied]
        exploration = explored(settings, [*ranges, *(one.text for one in varied)], config_dir, problems)
    seeds, axes = seeds_and_axes([*more, *swept], seed, single, problems)
    listed = [tuple(text.split()) for text in terms.points]
    if any(word.startswith(("seed=", "seeds=")) for words in listed for word in words):
        problems.append(Problem("sweep.points", "may not set seeds: every point has the same ones", origin="sweep"))
    count = max(1, len(listed)) * (1 if exploration is None else len(exploration.rows()))
    for axis in axes:
        count *= len(axis)
    if count > limit:
        problems.append(Problem("sweep", f"would have {count:,} points; at most {limit:,}", origin=COMMAND_LINE))
    if count * len(seeds) > MOST_RUNS:
        why = f"would have {count * len(seeds):,} runs or more; at most {MOST_RUNS:,}"
        problems.append(Problem("sweep", why, origin=COMMAND_LINE))
    if exploration is not None and (axes or listed):
        message = "cannot be explored and swept at once: name factors below explore"
        problems.append(Problem("sweep", message, origin=COMMAND_LINE))
    if problems:
        raise ConfigError(problems)
    if exploration is not None:
        points = explored_points(single, exploration, config_dir)
        keys = tuple([*(["policies"] if settings and settings.policies else []), *(f.key for f in exploration.factors)])
        keys = tuple(dict.fromkeys([*keys, *(key for point in points for key in point.set)]))
        return Design(tuple(words), config_dir, keys, points, seeds, terms, exploration)
    chosen = [tuple(itertools.chain(*parts)) for parts in itertools.product(*axes, *([listed] if listed else []))]
    points = composed_points(single, chosen, config_dir)
    keys = tuple(dict.fromkeys(key for point in points for key in point.set))
    return Design(tuple(words), config_dir, keys, points, seeds, terms)


def sweep_terms(
    single: Sequence[str], config_dir: str | None, problems: list[Problem]
) -> tuple[Terms, Settings | None, tuple[int, int]]:
    """The keys `sweep` and `explore` (None where there is none) of the files and the command line, and (seed, seeds)
    as they are there; problems are added.
    """
    tree, places, found = compose.layers(single, config_dir)
    reader = Reader(places=places)
    terms = reader.record(Terms, tree.get("sweep", {}), "sweep")
    settings = reader.record(Settings, tree["explore"], "explore") if "explore" in tree else None
    problems += [*found, *reader.problems]
    if terms is not None and reader.sound("sweep"):
        problems += cluster.problems(terms.ray, terms.slurm)
    seed, seeds = tree.get("seed", 1), tree.get("seeds", 1)
    sound = isinstance(seed, int) and isinstance(seeds, int)
    return (
        terms if terms and reader.sound("sweep") else Terms(),
        settings if reader.sound("explore") else None,
        (seed, seeds) if sound else (1, 1),
    )


def seeds_and_axes(
    swept: Sequence[Swept], seed: tuple[int, int], single: Sequence[str], problems: list[Problem]
) -> tuple[tuple[int, ...], list[list[tuple[str, ...]]]]:
    """The seeds, and each axis as a list of words that are set together; problems are added."""
    twice = [s for k, s in enumerate(swept) if any(s.key == other.key for other in swept[:k])]
    twice += [s for s in swept if any(word.partition("=")[0].lstrip("+") == s.key for word in single)]
    problems += [Problem(s.key, f"is given twice; keep one ({s.text})", origin=COMMAND_LINE) for s in twice]
    alone = any(w.partition("=")[0].lstrip("+") == "seed" for w in single) and not any(
        w.startswith("seeds=") for w in single
    )
    seeds = tuple(range(seed[0], seed[0] + (1 if alone else min(seed[1], MOST_RUNS + 1))))
    for one in (s for s in swept if s.key in ("seed", "seeds")):
        values = [word.partition("=")[2] for word in one.words]
        if one.key == "seeds" or one.tags or not all(v.isdigit() and int(v) <= INT64 for v in values):
            message = "takes whole numbers from 0 on and moves alone: seed=1,2,5 or seed=range(1,11)"
            problems.append(Problem("seed", message, one.text, COMMAND_LINE))
        elif any(word.startswith("seeds=") for word in single):
            problems.append(Problem("seeds", "and a list of seeds are both given; keep one", origin=COMMAND_LINE))
        else:
            seeds = tuple(map(int, values))
    groups = together([one for one in swept if one.key not in ("seed", "seeds")])
    for group in groups:
        if len({len(one.words) for one in group}) > 1:
            lengths = ", ".join(f"{one.key} {len(one.words)}" for one in group)
            message = f"moves with others that have more or fewer values: {lengths}"
            problems.append(Problem(group[0].key, message, origin=COMMAND_LINE))
    return seeds, [list(zip(*(one.words for one in group), strict=False)) for group in groups]


def together(swept: Sequence[Swept]) -> list[list[Swept]]:
    """Sweeps in the order of their words, those that share a tag in one group."""
    groups: list[list[Swept]] = []
    for one in swept:
        group = next((g for g in groups if any(one.tags & other.tags for other in g)), None)
        groups.append([one]) if group is None else group.append(one)
    return groups


def composed_points(
    single: Sequence[str], chosen: Sequence[tuple[str, ...]], config_dir: str | None
) -> tuple[Point, ...]:
    """The checked scenario of every point; raises ConfigError with every distinct problem."""
    composer = Composer(tuple(single), config_dir)
    points: list[Point] = []
    problems: dict[str, Problem] = {}
    for words in chosen:
        try:
            points.append(composer.point(words))
        except ConfigError as error:
            for problem in error.problems:
                problems.setdefault(str(problem), problem)
    if problems:
        raise ConfigError(problems.values())
    return tuple(points)


def explored_points(single: Sequence[str], exploration: Exploration, config_dir: str | None) -> tuple[Point, ...]:
    """The checked scenario of every point of an exploration; raises ConfigError with each key's first problem.

    A factor below a component that is not chosen at a point (`program.points.strength` where program=cashback) is left
    out there.
    """
    composer = Composer(tuple(single), config_dir)
    points: list[Point] = []
    problems: dict[tuple[str, str], Problem] = {}
    for name, words in exploration.rows():
        try:
            point = composer.point(composer.fitting(words))
            points.append(replace(point, set={"policies": name, **point.set}) if name else point)
        except ConfigError as error:
            for problem in error.problems:
                problems.setdefault((problem.key, problem.message), problem)
    if problems:
        raise ConfigError(problems.values())
    return tuple(points)


class Composer:
    """Composes Hydra's files once for each combination of options, then sets values in copies of the plain tree."""

    def __init__(self, single: tuple[str, ...], config_dir: str | None) -> None:
        self.single, self.config_dir = single, config_dir
        self.known = folders.groups(config_dir)
        self.parsed: dict[str, asked.Choice | asked.Value] = {}
        self.bases: dict[tuple[str, ...], tuple[dict[str, Any], trees.Places]] = {}
        self.user = (COMMAND_LINE, *compose.files(single))

    def item(self, word: str) -> asked.Choice | asked.Value:
        """A word as read by Hydra's grammar, once."""
        if word not in self.parsed:
            self.parsed[word] = asked.parse_one(word, self.known)
        return self.parsed[word]

    def base(self, choices: tuple[str, ...]) -> tuple[dict[str, Any], trees.Places]:
        """The tree of a combination of options, with the values that all points share."""
        if choices not in self.bases:
            tree, places, problems = compose.layers([*self.single, *choices], self.config_dir, told=False)
            if problems:
                raise ConfigError(problems)
            for own in ("sweep", "explore", "optimise", "experiment"):
                tree.pop(own, None)
            tree["vary"] = []  # a sweep varies by its own axes
            self.bases[choices] = tree, places
        return self.bases[choices]

    def fitting(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """The words without values of components that the options among them do not bring."""
        items = [self.item(word) for word in words]
        choices = [item for item in items if isinstance(item, asked.Choice)]
        tree, _ = self.base(tuple(choice.text for choice in choices))
        kept = []
        for word, item in zip(words, items, strict=True):
            places = [c.package or c.group for c in choices if item.key.startswith(f"{c.package or c.group}.")]
            parts = [(trees.found(tree, place), item.key[len(place) + 1 :].partition(".")[0]) for place in places]
            if isinstance(item, asked.Choice) or all(isinstance(t, dict) and name in t for t, name in parts):
                kept.append(word)
        return tuple(kept)

    def point(self, words: tuple[str, ...]) -> Point:
        """One point. Raises ConfigError."""
        items = [self.item(word) for word in words]
        choices = tuple(word for word, item in zip(words, items, strict=True) if isinstance(item, asked.Choice))
        tree, places = copy.deepcopy(self.base(choices))
        if wrong := compose.set_values(tree, places, [item for item in items if isinstance(item, asked.Value)]):
            raise ConfigError(wrong)
        compose.say_what_changed(tree, places, self.user)
        told = {word.partition("=")[0].lstrip("+"): value_of(item) for word, item in zip(words, items, strict=True)}
        return Point(words, told, compose.undrawn(read(tree, compose.components(), places)))


def value_of(item: asked.Choice | asked.Value) -> object:
    """What a column says of an override: the number or text, or the options' names."""
    if isinstance(item, asked.Choice):
        return "+".join(item.options) or "none"
    simple = item.value is None or isinstance(item.value, (bool, int, float, str))
    return item.value if simple else json.dumps(item.value, sort_keys=True)


def differences(old: object, new: object, path: str = "") -> Iterator[str]:
    """Every key at which two plain trees differ: `market.S: 1.3, now 2.6`."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in sorted({*old, *new}):
            yield from differences(old.get(name), new.get(name), f"{path}.{name}" if path else str(name))
    elif old != new:
        yield f"{path}: {old!r}, now {new!r}"


def first_scenario(design: Design) -> dict[str, Any]:
    """The scenario of the first point as a person writes it."""
    return written(design.points[0].scenario)
