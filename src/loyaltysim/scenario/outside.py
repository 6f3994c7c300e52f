"""Code from outside the package that was given for this run, as a scenario notes it: file names and the hash of each.

A scenario only notes with what it was made; it never brings code along. Who reads it is told what is missing and gives
it by hand: `--plugins mine.py`, `run(..., plugins=("mine.py",))`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from loyaltysim.scenario.reader import ConfigError, Problem


@dataclass(frozen=True)
class Plugin:
    """A file from outside. path : absolute;  sha256 : of its bytes, 64 hexadecimal digits"""

    path: str
    sha256: str

    @property
    def name(self) -> str:
        """The name of the file, without its folder."""
        return PurePath(self.path).name

    @property
    def record(self) -> str:
        """As a scenario and a manifest note it: "mine.py sha256:3f5a..."."""
        return f"{self.name} sha256:{self.sha256}"


GIVEN: list[Plugin] = []  # in this process, now


def records() -> tuple[str, ...]:
    """What is given now, in the order of names."""
    return tuple(sorted(plugin.record for plugin in GIVEN))


def demand(noted: Sequence[str], place: str = "configuration") -> None:
    """All that a scenario notes is given. Raises ConfigError naming each file with its hash. place : for the message"""
    given = {plugin.name: plugin for plugin in GIVEN}
    problems = []
    for text in noted:
        name, _, digest = text.partition(" sha256:")
        if name not in given:
            why = f"was made with the plug-in {name} (sha256 {digest or 'not noted'}): give it, --plugins {name}"
            problems.append(Problem("plugins", why, origin=place))
        elif given[name].sha256 != digest:
            why = (
                f"was made with another {name} (sha256 {digest or 'not noted'}); the one given is {given[name].sha256}"
            )
            problems.append(Problem("plugins", why, origin=place))
    if problems:
        raise ConfigError(problems)
