"""Compose a configuration: Hydra picks the files, their order and place; their content is checked plain data.

    config.yaml and what its defaults list names  <  from=my.yaml  <  choices (program=points)  <  with=mine.yaml
    <  values (seeds=30)

What the command line chooses replaces what the files chose: `program=club` is the club alone, `program=[points,club]`
both. Nothing is ever instantiated, no interpolation is resolved, no folder is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from loyaltysim.configure import overlay, own
from loyaltysim.configure import yaml as plain_yaml
from loyaltysim.configure.asked import COMMAND_LINE, Choice, Value, choice_of, parse
from loyaltysim.configure.folders import bases, check_config_dir, defaults, groups, programs, shown
from loyaltysim.configure.trees import (
    Places,
    apply,
    clear,
    firms_said,
    focal,
    found,
    leaves,
    make_equal,
    merge,
    nearest_place,
    replace_worlds,
    taken_out,
)
from loyaltysim.scenario import changed
from loyaltysim.scenario.equal import number_of
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.read import parameters, read
from loyaltysim.scenario.reader import Components, ConfigError, Problem, Reader, join
from loyaltysim.scenario.settle import needed

if TYPE_CHECKING:
    from hydra.core.default_element import ResultDefault

FILES = ("from=", "with=")
USUAL = "evidence"  # the worlds that run and compare draw unless something says otherwise
WORLDS = ("scenario", "experiment")  # groups that stay where the defaults list has them: they choose others
DRAWN = ("market", "customers", "behaviour", "firms", "program", "policy", "rivals")  # where what is assumed stands
CHOSEN = ("customers", "behaviour", "rivals")  # groups whose choice says sizes
REFITTED = "market/refitted/"  # files that a market brings for a baseline
LAW = re.compile(  # what a market's source speaks of
    r"market\.(M|K|rho|S|basket\.\w+)|firms\.[^.]+\.(share|churn)|behaviour\.renewal\.(?!switching_cost)\w+"
)
Settings = TypeVar("Settings")


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
