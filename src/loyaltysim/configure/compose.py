"""Compose a configuration: Hydra picks the files, their order and place; their content is checked plain data.

    config.yaml and what its defaults list names  <  from=my.yaml  <  choices (program=points)  <  with=mine.yaml
    <  values (seeds=30)

What the command line chooses replaces what the files chose: `program=club` is the club alone, `program=[points,club]`
both. Nothing is ever instantiated, no interpolation is resolved, no folder is made.
"""

from __future__ import annotations

import itertools
import math
import os
import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from loyaltysim.configure import overlay, own
from loyaltysim.configure import yaml as plain_yaml
from loyaltysim.scenario import changed
from loyaltysim.scenario.equal import equal_firms, number_of
from loyaltysim.scenario.hints import suggestion, unknown
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.read import parameters, read
from loyaltysim.scenario.reader import Components, ConfigError, Problem, Reader, join
from loyaltysim.scenario.settle import needed

if TYPE_CHECKING:
    from hydra.core.default_element import ResultDefault

COMMAND_LINE = "command line"
FILES = ("from=", "with=")
OPTIONS = "loyaltysim show options"  # the command that lists them
MOST_VALUES = 1_000_000  # of one range
USUAL = "evidence"  # the worlds that run and compare draw unless something says otherwise
TABLES = ("targets", "worlds")  # folders of conf that hold no choices: what is drawn, and what it must meet
WORLDS = ("scenario", "experiment")  # groups that stay where the defaults list has them: they choose others
DRAWN = ("market", "customers", "behaviour", "firms", "program", "policy", "rivals")  # where what is assumed stands
CHOSEN = ("customers", "behaviour", "rivals")  # groups whose choice says sizes
REFITTED = "market/refitted/"  # files that a market brings for a baseline
LAW = re.compile(  # what a market's source speaks of
    r"market\.(M|K|rho|S|basket\.\w+)|firms\.[^.]+\.(share|churn)|behaviour\.renewal\.(?!switching_cost)\w+"
)
RENAMED = {"market": {"coffee": "coffee_packs", "coffee_shop": "cafe"}}  # group -> name in version 0.1 -> name now
Places = dict[str, str]
Settings = TypeVar("Settings")


@dataclass(frozen=True)
class Choice:
    """`group@package=option`: files to take; no options = none."""

    group: str
    package: str | None
    options: tuple[str, ...]
    text: str

    @property
    def key(self) -> str:
        """The choice as Hydra's defaults list knows it."""
        return self.group if self.package is None else f"{self.group}@{self.package}"


@dataclass(frozen=True)
class Value:
    """`key=value`, or `~key`."""

    key: str
    value: object
    text: str
    delete: bool = False


def compose(overrides: Sequence[str] = (), config_dir: str | Path | None = None, worlds: str = "none") -> Scenario:
    """The checked scenario of a command line; raises ConfigError with every problem.

    overrides  : `key=value`, `group=option`, `group=[a,b]`, `group@firms.<id>.program=option`, `~key`, `from=file`
    config_dir : a folder with more options (`<folder>/market/mine.yaml`), searched after the shipped ones
    worlds     : the table that is drawn from where nothing says which
    """
    overrides = spelled(overrides, config_dir)
    tree, places, problems = layers(overrides, config_dir)
    if any(text.startswith("experiment=") for text in overrides):
        tree.pop("experiment", None)  # this is the experiment's world; its script reads what it varies
    hold(tree, places, overrides, worlds)
    return checked(tree, places, problems)


def compose_experiment(
    name: str, vocabulary: type[Settings], overrides: Sequence[str] = (), config_dir: str | Path | None = None
) -> tuple[Scenario, Settings]:
    """The world of `conf/experiment/<name>.yaml` and what the experiment does with it, its key `experiment`.

    vocabulary : the dataclass of the keys below `experiment`. Raises ConfigError with every problem.
    """
    tree, places, problems = layers([f"experiment={name}", *overrides], config_dir)
    reader = Reader(places=places)
    settings = reader.record(vocabulary, tree.pop("experiment", {}), "experiment")
    world = undrawn(checked(tree, places, [*problems, *reader.problems]))
    assert settings is not None  # else the reader has a problem, and `checked` raised it
    return world, settings


def checked(tree: Mapping[str, Any], places: Places, problems: Sequence[Problem]) -> Scenario:
    """The scenario of a tree; raises ConfigError with its problems and the ones found before."""
    found = list(problems)
    try:
        scenario = read(tree, components(), places)
    except ConfigError as error:
        found += error.problems
    if found:
        raise ConfigError(found)
    return scenario


def components() -> Components:
    """Every mechanism and policy that a configuration may name, and what else has conditions of its own."""
    from loyaltysim.firms import policies
    from loyaltysim.mechanism import registry as mechanisms
    from loyaltysim.theory.propensity import Correlations

    people = {"customers": {"correlations": Correlations()}}
    return {**mechanisms.components(), **policies.components(), **people}


def conf_dir() -> Path:
    """The shipped configuration: beside the package in a wheel, at the top of the repository otherwise."""
    inside = Path(__file__).resolve().parents[1] / "conf"
    return inside if inside.is_dir() else Path(__file__).resolve().parents[3] / "conf"


def groups(config_dir: str | Path | None = None) -> dict[str, list[str]]:
    """Every group of choices and its options, the user's own folder included."""
    found: dict[str, set[str]] = {}
    for base in bases(config_dir):
        for path in options_in(base):
            found.setdefault(path.parent.name, set()).add(path.stem)
    return {group: sorted(found[group]) for group in sorted(found)}


def described(config_dir: str | Path | None = None) -> dict[str, str]:
    """Every choice, `market=grocery`, with the first sentence that its file says of itself."""
    if config_dir is not None:
        check_config_dir(Path(config_dir))
    found: dict[str, str] = {}
    for base in bases(config_dir):
        for path in options_in(base):
            text = path.read_text(encoding="utf-8", errors="replace").removeprefix("# @package _global_\n")
            said = " ".join(line[1:].strip() for line in itertools.takewhile(lambda s: s[:1] == "#", text.splitlines()))
            first = re.split(r"(?<=[.?]) (?=[A-Z])", said)[0].rstrip(".")
            found[f"{path.parent.name}={path.stem}"] = textwrap.shorten(first, 100, placeholder=" ...")
    return dict(sorted(found.items()))


def options_in(base: Path) -> list[Path]:
    """The files of a folder of options, in their order."""
    return sorted(path for path in base.glob("*/*.yaml") if path.parent.name not in TABLES)


def bases(config_dir: str | Path | None) -> list[Path]:
    """The folders of options, in the order in which they are searched."""
    return [conf_dir()] + ([] if config_dir is None else [Path(config_dir).resolve()])


@dataclass(frozen=True)
class Swept:
    """An override with several values in Hydra's words, one override each; sweeps that share a tag move together."""

    key: str
    words: tuple[str, ...]
    tags: frozenset[str]
    text: str


def split_sweeps(
    overrides: Iterable[str], config_dir: str | Path | None = None
) -> tuple[list[str], list[Swept], list[Problem]]:
    """Tell overrides with one value from those with several: `a,b`, `range(1,11)`, `glob(c*)`, `tag(t,choice(a,b))`.

    A list in brackets is one value. What cannot be read is left among the first, where `layers` says why.
    """
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    known, single, swept, problems = groups(config_dir), list[str](), list[Swept](), list[Problem]()
    for text in overrides:
        try:
            parsed = OverridesParser.create().parse_override(text)
            several = parsed.is_sweep_override()
        except (HydraException, ValueError):
            several = False
        if not several:
            single.append(text)
            continue
        try:
            swept.append(swept_of(parsed, text, known))
        except ConfigError as error:
            problems += error.problems
    return single, swept, problems


def swept_of(parsed: Any, text: str, known: Mapping[str, list[str]]) -> Swept:
    """The single overrides of a sweep in Hydra's order. Raises ConfigError for one that has no end or no value."""
    from hydra.core.override_parser.types import Glob, RangeSweep

    (key, _, said), value = text.partition("="), parsed.value()
    if isinstance(value, RangeSweep) and (wrong := endless(value)):
        raise refuse(key, wrong, said)
    if isinstance(value, Glob):
        if parsed.key_or_group not in known:
            raise refuse(key, "takes values, not files: glob() chooses among the options of a group", said)
        values = [str(name) for name in value.filter(known[parsed.key_or_group])]
    elif not parsed.is_discrete_sweep():
        raise refuse(key, "has no end: write choices a,b or range(start,stop,step)", said)
    else:
        values = list(parsed.sweep_string_iterator())
    if not values:
        raise refuse(key, "has no value at all", said)
    if len(set(values)) < len(values):
        twice = sorted(v for v, count in Counter(values).items() if count > 1)
        raise refuse(key, f"has the same value twice: {', '.join(twice[:5])}", said)
    return Swept(key.lstrip("+"), tuple(f"{key}={v}" for v in values), frozenset(getattr(value, "tags", ())), text)


def endless(values: Any) -> str:
    """Why a range is not written out: what it counts, found without counting; empty for one that can be."""
    if not all(map(math.isfinite, (values.start, values.stop, values.step))) or values.step == 0:
        return "has no end: write range(start,stop,step), the step not 0"
    count = max(0.0, (values.stop - values.start) / values.step)
    return f"would have {count:.3g} values; at most {MOST_VALUES:,}" if count > MOST_VALUES else ""


def layers(
    overrides: Sequence[str], config_dir: str | Path | None = None, told: bool = True
) -> tuple[dict[str, Any], Places, list[Problem]]:
    """Compose a plain tree, say where each key was written, and what was wrong with the command line.

    told : say what was changed in a market where its source is told; False if more is to be changed.
    Raises ConfigError with every problem that keeps the files from being found or read.
    """
    overrides = spelled(overrides, config_dir)
    own_files = files(overrides)
    asked = parse([text for text in overrides if not text.startswith(FILES)], groups(config_dir))
    named = [text.removeprefix("from=") for text in overrides if text.startswith("from=")]
    choices, values, problems = asked.choices, asked.values, asked.problems
    if len(named) > 1:
        problems.append(Problem("from", "is given twice; name one file", origin=COMMAND_LINE))
        asked.lost = True
    for world in (c.text for c in choices if named and c.group in WORLDS):
        problems.append(Problem("from", f"and {world} each give a whole world; keep one", origin=COMMAND_LINE))
        asked.lost = True
    if asked.lost:
        raise ConfigError(problems)
    tree, places = lay_files(choices, named[:1], config_dir)
    before = told_as(tree)
    for laid in overlay.load(overrides, groups(config_dir)):
        problems += lay_over(tree, places, laid, choices, config_dir)
    problems += set_values(tree, places, values, choices)
    note_changes(tree, before)
    if told:
        say_what_changed(tree, places, (COMMAND_LINE, *own_files))
    return tree, places, problems


def files(overrides: Iterable[str]) -> list[str]:
    """The files of a command line that are the user's own: what from= and with= name."""
    return [*(w.removeprefix("from=") for w in overrides if w.startswith("from=")), *overlay.files(overrides)]


def names_world(words: Sequence[str], config_dir: str | Path | None = None, more: tuple[str, ...] = ()) -> bool:
    """Does a command line, or a with= file of it, name a whole world? more : other beginnings that count as one"""
    whole = ("scenario=", "experiment=", "from=", *more)
    return any(word.startswith(whole) for word in spelled([w for w in words if "=" in w], config_dir))


def spelled(overrides: Sequence[str], config_dir: str | Path | None = None) -> list[str]:
    """The words of a command line, and the choices that its with= files make where it makes none itself.

    Raises ConfigError with every problem of those files.
    """
    if config_dir is not None:
        check_config_dir(Path(config_dir))
    known, chosen = groups(config_dir), dict[str, str]()
    said, problems = {text.partition("=")[0].lstrip("+~") for text in overrides}, list[Problem]()
    for laid in overlay.load(overrides, known):
        for group, options in laid.chosen.items():
            text = f"{group}={options[0]}" if len(options) == 1 else f"{group}=[{','.join(options)}]"
            try:
                choice_of(group, None, options, text, known)
            except ConfigError as error:
                problems += [replace(problem, origin=laid.place(group)) for problem in error.problems]
            chosen[group] = text
    if problems:
        raise ConfigError(problems)
    return [*overrides, *(text for group, text in chosen.items() if group not in said)]


def lay_over(
    tree: dict[str, Any],
    places: Places,
    laid: overlay.Overlay,
    choices: Sequence[Choice],
    config_dir: str | Path | None,
) -> list[Problem]:
    """Lay what a with= file says over a tree; the problems of its words.

    Terms of components that the chosen program does not have are left out: the choice wins.
    """
    shipped = programs(config_dir)
    meant = [name for option in laid.chosen.get("program", ()) for name in shipped.get(option, {})]
    content = dict(laid.content)
    if (many := number_of(content.get("firms"))) is not None:
        make_equal(tree, places, many, laid.place("firms"), choices)
        del content["firms"]
    if isinstance(content.get("program"), Mapping):
        meant += [name for name in content["program"] if name not in meant]
    says = own.Translation(content, tree, laid.places, components(), tuple(meant) or None)
    made, chosen = says.made, any(choice.group == "program" and choice.package is None for choice in choices)
    program, said = made.get("program"), tree.get("program")
    here: dict[str, Any] = said if isinstance(said, dict) else {}
    if isinstance(program, dict):
        fit = {name: terms for name, terms in program.items() if name in here or not chosen}
        added = with_shipped_terms({name: terms for name, terms in fit.items() if name not in here})
        made["program"] = {name: terms for name, terms in added.items() if name not in here} | {
            name: terms for name, terms in fit.items() if name in here
        }
    lay(tree, places, says, {"": laid.file, **laid.places})
    return says.problems


def lay(tree: dict[str, Any], places: Places, says: own.Translation, lines: Mapping[str, str]) -> None:
    """Lay keys and what was made of words over a tree; note where each was said that differs from what was there."""
    before = dict(leaves(tree))
    for firm in says.gone:
        if isinstance(tree.get("firms"), dict):
            tree["firms"].pop(firm, None)
    merge(tree, says.made)
    for key, value in leaves(says.made):
        if before.get(key, own.usual(says.usual, key)) != value:
            places[key] = says.places.get(key) or nearest_place(key, lines)


def note_changes(tree: dict[str, Any], before: Mapping[str, object]) -> None:
    """Note in a tree what differs from what it was without with= files and values. before : full key -> value"""
    usual = {parameter.key: parameter.default for parameter in parameters(components())}
    now, earlier = told_as(tree), tree.get("changed", [])
    known = {key: own.usual(usual, key) for key in now if key not in before} | dict(before)
    if isinstance(earlier, list):  # else the reader refuses it
        tree["changed"] = changed.lines(known, now, [str(text) for text in earlier])


def told_as(tree: Mapping[str, Any]) -> dict[str, object]:
    """Every full key of a tree with its value; the firm in question named, where nobody named it."""
    return {**dict(leaves(tree)), "focal": focal(tree, own.named(tree))}


def leaves(tree: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, object]]:
    """Every full key of a tree that holds no mapping, and its value."""
    for name, value in tree.items():
        key = join(path, name)
        if isinstance(value, Mapping) and value:
            yield from leaves(value, key)
        else:
            yield key, value


def nearest_place(key: str, lines: Mapping[str, str]) -> str:
    """Where a key was written: its own line, or that of what holds it."""
    while key not in lines and key:
        key = key.rpartition(".")[0]
    return lines.get(key, COMMAND_LINE)


@cache
def programs(config_dir: str | Path | None = None) -> dict[str, dict[str, Any]]:
    """The components of every option of `program`, with their terms; not to be changed."""
    paths = [path for base in bases(config_dir) for path in sorted((base / "program").glob("*.yaml"))]
    return {path.stem: plain_yaml.load(path, path.name, defaults=True)[0] for path in paths}


def with_shipped_terms(program: Mapping[str, Any]) -> dict[str, Any]:
    """A program of the user's own, completed by what ships with its components (`overlay.inherited`)."""
    known = {name: part for level in ("behaviour", "program") for name, part in components()[level].items()}
    return overlay.inherited(program, programs(), {name: needed([name], known) for name in program})


def set_values(
    tree: dict[str, Any], places: Places, values: Sequence[Value], choices: Sequence[Choice] = ()
) -> list[Problem]:
    """Set the values of a command line, words of one's own too; the problems of those that cannot be set.

    choices : the files that it chose, whose firms keep what they were given
    """
    problems = list[Problem]()
    words = [value for value in values if not value.delete and own.is_word(value.key, value.value)]
    equal = [value for value in values if value.key == "firms" and number_of(value.value) is not None]
    for value in equal:  # first, so that the others can say more of single firms
        make_equal(tree, places, cast(int, value.value), COMMAND_LINE, choices)
    for value in values:
        if value not in words and value not in equal:
            try:
                apply(tree, places, value)
            except ConfigError as error:
                problems += error.problems
    if words:
        content = firms_said(values)
        for value in words:
            overlay.put(content, value.key.split("."), value.value)
        says = own.Translation(content, tree, {value.key.split(".")[0]: COMMAND_LINE for value in values}, components())
        lay(tree, places, says, {})
        problems += says.problems
    return problems


def make_equal(tree: dict[str, Any], places: Places, many: int, place: str, choices: Sequence[Choice] = ()) -> None:
    """So many equal firms instead of those of a tree; what it is that says so, is said of each share.

    choices : of a command line; what they give to one firm (`program@firms.b.program=points`) it keeps
    """
    before, said = own.named(tree), tree.get("focal")
    firms = equal_firms(many, before, str(focal(tree, before)) if before else None)
    kept = tuple(choice.package for choice in choices if choice.package and choice.package.startswith("firms."))
    for key in [key for key in places if key.startswith("firms.") and not key.startswith(kept)]:
        del places[key]
    for _, name, level in (package.split(".") for package in kept if package.count(".") == 2):
        if level in before.get(name, {}):
            firms.setdefault(name, {})[level] = before[name][level]
    tree["firms"] = firms
    if said is None or (said in before and said not in firms):
        tree["focal"] = next(iter(firms))
    places.update({"firms": place, **{f"firms.{name}.share": place for name in firms}})


def firms_said(values: Sequence[Value]) -> dict[str, Any]:
    """What values say of firms by key, beside words: `firms.rival.share=0.1 shares.others=rescale`."""
    content: dict[str, Any] = {}
    for value in values:
        if value.key.startswith("firms.") and not value.delete:
            overlay.put(content, value.key.split("."), value.value)
    return content


def say_what_changed(tree: dict[str, Any], places: Places, user: tuple[str, ...]) -> None:
    """A shipped market whose law the user changed is no longer what was measured: say so where its source is told.

    user : the origins that are the user's own. A file with a source of its own, or with its own market, is left alone.
    """
    market = tree.get("market")
    if not isinstance(market, dict) or "source" not in market or places.get("market.source", "").startswith(user):
        return
    changed = [key for key, place in places.items() if LAW.fullmatch(key) and place.startswith(user)]
    told = [f"{key} = {value}" for key in sorted(changed) if isinstance(value := found(tree, key), (int, float, str))]
    if told:
        market["measured"] = []
        market["assumed"] = [f"changed here: {', '.join(told)}", *market.get("assumed", ())]


def hold(tree: dict[str, Any], places: Places, overrides: Sequence[str], worlds: str) -> None:
    """Note what the user set as known, where worlds are drawn and nothing says what is. worlds : as `compose`"""
    if worlds != "none":
        tree.setdefault("worlds", worlds)
    if tree.get("worlds", "none") != "none" and "held" not in tree:
        tree["held"] = own_keys(tree, places, overrides)


def undrawn(scenario: Scenario) -> Scenario:
    """The scenario for a study that draws no worlds of its own. Raises ConfigError where they are asked for."""
    if scenario.worlds != "none":
        why = "is of run and compare, which draw what is assumed; nothing else does"
        raise ConfigError([Problem("worlds", why, scenario.worlds)])
    return scenario


def own_keys(tree: Mapping[str, Any], places: Places, overrides: Sequence[str]) -> list[str]:
    """The keys of a world that the user set, by value, in a file, or by choosing customers, behaviour or rivals."""
    chosen = [text.split("=", 1) for text in overrides if text.partition("=")[0] in CHOSEN]
    options = tuple(f"conf/{group}/{name}.yaml" for group, names in chosen for name in names.strip("[]").split(","))
    said = [key for key, place in places.items() if place.startswith((COMMAND_LINE, *files(overrides), *options))]
    leaves = {key for key in said if key.partition(".")[0] in DRAWN and not isinstance(found(tree, key), dict)}
    return sorted({*leaves, *(group for group, _ in chosen if group == "rivals")} - {"customers.n", "customers.total"})


def found(tree: Any, key: str) -> object:
    """The value at a dotted key, None where there is none."""
    for name in key.split("."):
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree


def check_config_dir(folder: Path) -> None:
    """The user's folder exists, and none of its options hides behind a shipped one."""
    if not folder.is_dir():
        raise refuse("--config-dir", "is no folder", str(folder))
    for path in sorted(folder.glob("*/*.yaml")):  # before anything else reads them: a pipe has no end
        plain_yaml.read_text(path, path.as_posix())
    hidden = [path for path in sorted(folder.glob("*/*.yaml")) if (conf_dir() / path.relative_to(folder)).exists()]
    message = "has the name of a shipped option, which would be taken; rename it"
    if hidden:
        raise ConfigError(Problem(path.as_posix(), message, origin="--config-dir") for path in hidden)


def lay_files(
    choices: Sequence[Choice], files: Sequence[str], config_dir: str | Path | None
) -> tuple[dict[str, Any], Places]:
    """Lay the files over each other: the defaults, the user's file, what the command line chose."""
    chosen = [choice for choice in choices if choice.group not in WORLDS]
    late = {f"{choice.group}/{option}" for choice in chosen for option in choice.options}
    anew = {choice.group for choice in chosen}
    entries = defaults(choices, config_dir)
    tree: dict[str, Any] = {}
    places: Places = {"": "configuration"}
    equal: tuple[int, str] | None = None  # how many equal firms some file asks for, and where

    def comes_late(entry: ResultDefault) -> bool:
        refit = str(entry.config_path).startswith(REFITTED)
        return "market" in anew if refit else bool(late & {entry.config_path, entry.parent})

    for entry in (e for e in entries if not comes_late(e)):
        equal = merge_option(tree, places, entry, config_dir) or equal
    for file in files:
        content, lines = plain_yaml.load(Path(file).expanduser(), file)
        equal = taken_out(content, lines) or (None if "firms" in content else equal)
        replace_worlds(tree, content)
        merge(tree, content)
        places.update(lines)
    for choice in chosen:
        clear(tree, choice)
    for entry in entries:
        if comes_late(entry):
            equal = merge_option(tree, places, entry, config_dir) or equal
        elif str(entry.config_path).startswith(REFITTED) and anew & {"baseline", "behaviour"}:
            merge_option(tree, places, entry, config_dir, only="behaviour")
    if equal is not None:
        make_equal(tree, places, *equal, choices)
    return tree, places


def taken_out(content: dict[str, Any], lines: Mapping[str, str]) -> tuple[int, str] | None:
    """How many equal firms a file asks for, and where; it then says nothing else of firms. None where it does not."""
    many = number_of(content.get("firms"))
    if many is None:
        return None
    del content["firms"]
    return many, lines.get("firms", COMMAND_LINE)


@dataclass
class Asked:
    """A command line, sorted; `lost`: a choice of files is among the problems, so that the rest cannot be judged."""

    choices: list[Choice]
    values: list[Value]
    problems: list[Problem]
    lost: bool = False


def parse(texts: Iterable[str], known: Mapping[str, list[str]]) -> Asked:
    """Sort overrides into choices of files, values of keys, and problems."""
    asked = Asked([], [], [])
    for text in texts:
        try:
            item = parse_one(text, known)
        except ConfigError as error:
            asked.problems += error.problems
            asked.lost |= any(problem.key in known for problem in error.problems)
            continue
        earlier: list[Any] = asked.choices if isinstance(item, Choice) else asked.values
        for twin in (other for other in earlier if other.key == item.key):
            fix = "keep one"
            if isinstance(item, Choice):
                fix = f"write {item.key}=[{','.join((*twin.options, *item.options))}]"
                asked.lost = True
            message = f"is given twice, as {twin.text} and {text}; {fix}"
            asked.problems.append(Problem(item.key, message, origin=COMMAND_LINE))
        earlier.append(item)
    return asked


def parse_one(text: str, known: Mapping[str, list[str]]) -> Choice | Value:
    """Read one override with Hydra's grammar."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    brief = text if len(text) <= 60 else text[:57] + "..."
    try:
        parsed = OverridesParser.create().parse_override(text)
    except (HydraException, ValueError) as error:
        if "=" not in text:
            raise refuse(brief, "is no override; write key=value") from None
        hint = """quote text that holds more than a-z, digits and points: 'key="a, b"', 'key=["a=1","b=2"]'"""
        if text.count("[") != text.count("]"):
            hint = "a bracket is missing: write key=[a,b], no spaces"
        raise refuse(brief, f"cannot be read: {plain_yaml.first_line(error)[:80]}; {hint}") from None
    key, value, delete = parsed.key_or_group, parsed.value(), parsed.is_delete()
    if parsed.is_sweep_override():
        said = text.partition("=")[2]
        hint = f"; for a decimal write {said.replace(',', '.')}" if is_decimal_comma(said) else ""
        raise refuse(key, f"takes one value or a list in brackets, [a,b]{hint}", said)
    for sign, name in (("${", "an interpolation ${...}"), ("_target_", "_target_")):
        if sign in text:
            raise refuse(brief, f"holds {name}; a configuration is plain data")
    if key.split(".")[0].split("/")[0] == "hydra":
        raise refuse(brief, "sets Hydra itself; use out=folder, --config-dir or the keys of `loyaltysim show`")
    options: list[Any] = value if isinstance(value, list) else [] if value is None or delete else [value]
    if parsed.package is not None or (key in known and all(isinstance(option, str) for option in options)):
        return choice_of(key, parsed.package, options, text, known)
    return Value(key, value, text, delete)


def taken(words: Sequence[str], names: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """A command's own keys with their values, `term.points` below `term` too, and the words that are left.

    Raises ConfigError for every one that is given twice.
    """
    own = [word for word in words if "=" in word and word.partition("=")[0].split(".")[0] in names]
    count = Counter(word.partition("=")[0] for word in own)
    twice = {key: [word for word in own if word.partition("=")[0] == key] for key, n in count.items() if n > 1}
    if twice:
        said = {key: f"is given twice, as {' and '.join(given)}; keep one" for key, given in twice.items()}
        raise ConfigError(Problem(key, message, origin=COMMAND_LINE) for key, message in said.items())
    return {key: value for key, _, value in (word.partition("=") for word in own)}, [w for w in words if w not in own]


def is_decimal_comma(text: str) -> bool:
    """Is it `0,1` rather than a list?"""
    whole, _, fraction = text.partition(",")
    return whole.lstrip("+-").isdigit() and fraction.isdigit()


def choice_of(
    group: str, package: str | None, options: Sequence[str], text: str, known: Mapping[str, list[str]]
) -> Choice:
    """A choice whose group and options exist; raises ConfigError with the nearest names."""
    if group not in known:
        raise refuse(group, f"is no group of options{unknown(group, known, OPTIONS)}")
    for option in options:
        if option not in known[group]:
            raise refuse(
                group, f"has no such option{instead(group, str(option), known[group])} (conf/{group}/)", option
            )
    return Choice(group, package, tuple(options), text)


def instead(group: str, option: str, known: Iterable[str]) -> str:
    """What to write for an option that does not exist: the name that it has now, or the nearest one."""
    new = RENAMED.get(group, {}).get(option)
    return (
        unknown(option, known, f"{OPTIONS} {group}")
        if new is None
        else f"; it is called {new} now: write {group}={new}"
    )


def refuse(key: str, message: str, value: object = ...) -> ConfigError:
    """A problem with the command line, to be raised."""
    return ConfigError([Problem(key, message, value, origin=COMMAND_LINE)])


def defaults(choices: Sequence[Choice], config_dir: str | Path | None) -> list[ResultDefault]:
    """The option files of these choices, in the order and package that Hydra's defaults list gives them."""
    from hydra import initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from hydra.errors import HydraException
    from hydra.types import RunMode
    from omegaconf.errors import OmegaConfBaseException
    from yaml import MarkedYAMLError

    folders = bases(config_dir)
    search = [f"hydra.searchpath=[{quoted(f'file://{folder}')}]" for folder in folders[1:]]
    plain = [choice for choice in choices if choice.package is None]
    placed = [choice for choice in choices if choice.package is not None]
    try:
        with initialize_config_dir(str(folders[0]), version_base="1.3", job_name="loyaltysim"):
            loader = GlobalHydra.instance().config_loader()

            def listed(selected: Sequence[str]) -> Any:
                return loader.compute_defaults_list("config", [*search, *selected], RunMode.RUN)

            known = set(plain_groups(folders[0]))
            selected = selections(plain, known)
            result = listed(selected)
            if placed:
                known = set(result.overrides.known_choices)
                result = listed([*selected, *selections(placed, known)])
    except MarkedYAMLError as error:
        raise broken_file(error, folders) from None
    except (HydraException, OmegaConfBaseException, ValueError, TypeError, AttributeError) as error:
        raise ConfigError([Problem("the files", f"do not fit together: {renamed(flat(error))}")]) from None
    return [entry for entry in result.defaults if (entry.config_path or "hydra/").split("/")[0] != "hydra"]


def selections(choices: Iterable[Choice], known: set[str]) -> list[str]:
    """Choices in Hydra's words: one that the defaults list does not have is added, one without options deleted."""
    words = []
    for choice in choices:
        options = f"[{','.join(choice.options)}]" if len(choice.options) > 1 else "".join(choice.options)
        if options:
            words.append(f"{'' if choice.key in known else '+'}{choice.key}={options}")
        elif choice.key in known:
            words.append(f"~{choice.key}")
    return words


def plain_groups(base: Path) -> list[str]:
    """The groups in the defaults list of config.yaml."""
    import yaml

    listed = yaml.safe_load((base / "config.yaml").read_text(encoding="utf-8"))["defaults"]
    return [next(iter(item)) for item in listed if isinstance(item, dict)]


def quoted(text: str) -> str:
    """A string in Hydra's grammar."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def flat(error: Exception) -> str:
    """A message of several lines as one, without Hydra's advice."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(
        line for line in lines if not line.startswith(("To append", "Set the env", "Config search", "provider"))
    )


def renamed(message: str) -> str:
    """Hydra's message about an option that is not there, with the name that the option has now."""
    gone = re.search(r"Could not find '(\w+)/(\w+)'", message)
    return (
        message if gone is None or gone[2] not in RENAMED.get(gone[1], {}) else gone[0] + instead(gone[1], gone[2], ())
    )


def broken_file(error: Any, folders: Sequence[Path]) -> ConfigError:
    """What is wrong with a file that Hydra could not read, in our own words."""
    path = Path(getattr(error.problem_mark, "name", "") or "")
    if path.is_file():
        try:
            plain_yaml.load(path, shown(path, folders), defaults=True)
        except ConfigError as ours:
            return ours
    return ConfigError([Problem("the files", f"are not YAML: {error.problem}", origin=shown(path, folders))])


def shown(path: Path, folders: Sequence[Path]) -> str:
    """A file as a person knows it: conf/market/grocery.yaml, or relative to where they stand."""
    if path.is_relative_to(folders[0]):
        return "conf/" + path.relative_to(folders[0]).as_posix()
    return Path(os.path.relpath(path)).as_posix()


def merge_option(
    tree: dict[str, Any], places: Places, entry: ResultDefault, config_dir: str | Path | None, only: str = ""
) -> tuple[int, str] | None:
    """Merge the content of one option file at its package. only : of a refit laid again over a baseline, its part

    -> how many equal firms the file asks for, and where
    """
    folders = bases(config_dir)
    path = next(file for base in folders if (file := base / f"{entry.config_path}.yaml").is_file())
    content, lines = plain_yaml.load(path, shown(path, folders), defaults=True)
    content.pop("defaults", None)
    content = {name: part for name, part in content.items() if only in ("", name)}
    lines = {key: line for key, line in lines.items() if key.startswith(only)}
    package = entry.package or ""
    if package.split(".")[-1] == "program" and not path.is_relative_to(folders[0]):
        content = with_shipped_terms(content)
    equal = None if package else taken_out(content, lines)
    for name in reversed(package.split(".") if package else []):
        content = {name: content}
    merge(tree, content)
    places.update({join(package, key): line for key, line in lines.items()})
    return equal


def merge(tree: dict[str, Any], content: Mapping[str, Any]) -> None:
    """Lay one tree over another: mappings merge, everything else replaces."""
    for name, value in content.items():
        if isinstance(value, Mapping) and isinstance(tree.get(name), dict):
            merge(tree[name], value)
        elif isinstance(value, Mapping):
            tree[name] = {}
            merge(tree[name], value)
        else:
            tree[name] = value


def replace_worlds(tree: dict[str, Any], content: Mapping[str, Any]) -> None:
    """What a scenario file says about components is all there is; firms that all state their share are all firms.

    With such firms and its own M or K, the file brings its own market: nothing is inherited from a shipped one.
    """
    firms, market = content.get("firms"), content.get("market")
    if isinstance(firms, Mapping) and all(isinstance(f, Mapping) and "share" in f for f in firms.values()):
        for key in ("firms", "program", "policy", "rivals", "focal"):
            tree.pop(key, None)
        if isinstance(market, Mapping) and {"M", "K"} & set(market):
            tree.pop("market", None)
    for key in ("behaviour", "program", "policy", "rivals"):
        if key in content:
            tree.pop(key, None)


def clear(tree: dict[str, Any], choice: Choice) -> None:
    """Take away what a choice replaces."""
    firms: dict[str, Any] = tree["firms"] if isinstance(tree.get("firms"), dict) else {}
    if choice.package is not None:
        apply(tree, {}, Value(choice.package, None, "", delete=True))
    elif choice.group == "market":
        for key in ("market", "firms", "focal"):
            tree.pop(key, None)
    elif choice.group in ("program", "policy"):
        tree.pop(choice.group, None)
        forget(firms, [focal(tree, firms)], (choice.group,))
    elif choice.group == "rivals":
        tree.pop("rivals", None)
        forget(firms, [name for name in firms if name != focal(tree, firms)], ("program", "policy"))


def forget(firms: dict[Any, Any], names: Iterable[object], levels: Iterable[str]) -> None:
    """Take components away from firms."""
    for name in names:
        if isinstance(firms.get(name), dict):
            for level in levels:
                firms[name].pop(level, None)


def focal(tree: Mapping[str, Any], firms: Mapping[str, Any]) -> object:
    """The focal firm of a tree that is not yet checked: the named one, else the leader."""
    shares = {name: f.get("share") for name, f in firms.items() if isinstance(f, dict)}
    known = {name: share for name, share in shares.items() if isinstance(share, (int, float))}
    leader = min(known, key=lambda name: (-known[name], str(name)), default=None)
    return leader if tree.get("focal") is None else tree["focal"]


def apply(tree: dict[str, Any], places: Places, value: Value) -> None:
    """Set or delete one key."""
    *path, last = value.key.split(".")
    node: Any = tree
    for depth, name in enumerate(path):
        if value.delete and not isinstance(node.get(name), dict):
            node = {}
            break
        if not isinstance(node.get(name), dict):
            node[name] = {}
            places[".".join(path[: depth + 1])] = COMMAND_LINE
        node = node[name]
    if value.delete:
        if value.text and last not in node:
            raise refuse(value.key, f"is not set: there is nothing to remove{suggestion(last, map(str, node))}")
        node.pop(last, None)
        return
    merge(node, {last: value.value})
    for key in [key for key in places if key.startswith(value.key + ".")]:
        del places[key]
    places[value.key] = COMMAND_LINE
