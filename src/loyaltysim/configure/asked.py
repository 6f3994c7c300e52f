"""What the words of a command line ask for: choices of groups, values of keys, and what is refused, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loyaltysim.configure import yaml as plain_yaml
from loyaltysim.scenario.hints import unknown
from loyaltysim.scenario.reader import ConfigError, Problem

COMMAND_LINE = "command line"
OPTIONS = "loyaltysim show options"  # the command that lists them
RENAMED = {"market": {"coffee": "coffee_packs", "coffee_shop": "cafe"}}  # group -> name in version 0.1 -> name now


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
