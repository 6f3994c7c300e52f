"""The command line: the first word says what to do, the rest composes the configuration.

A command is a study and the way in which its answer is told; both are imported when they are needed, so that help and
bad commands answer at once. How it ends: `exits`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from loyaltysim.cli.answers import answered
from loyaltysim.cli.arguments import Arguments, read_arguments
from loyaltysim.cli.completion import completion
from loyaltysim.cli.exits import BAD_INPUT, MISSED, OK, bad, ended
from loyaltysim.cli.pages import FLAGS, overview, page
from loyaltysim.cli.show import new, show
from loyaltysim.scenario.said import speaking

MULTIRUN = ("-m", "--multirun")
SWEEP_FLAGS = tuple(FLAGS)


@dataclass(frozen=True)
class Command:
    """What a command does.

    doc      what it is, in a line               study    where its study is: "studies.single.Run"
    telling  how its answer is told: a module of `present`, or a name in it ("present.exploration.EXPLORED")
    begin    what is done instead of asking the study at once: sweeps say how long they take, and are confirmed
    flags    options of its own                  instead  what to type instead of --cfg, where there is no one scenario
    """

    doc: str
    study: str = ""
    telling: str = ""
    begin: Callable[[Arguments], int] | None = None
    flags: tuple[str, ...] = ()
    instead: str = ""

    def __call__(self, given: Arguments) -> int:
        """Do it. -> exit code. Raises what `exits.ended` knows."""
        if given.cfg and self.instead:
            raise bad("--cfg", f"is of run; {self.instead}")
        if self.begin is not None:
            return self.begin(given)
        study = named(self.study).compose(given.words, given.config_dir)
        if given.cfg:
            print(study.written, end="")
            return OK
        told = answered(study, named(self.telling), given.out, given.print_as, given.more)
        return MISSED if told.missed else OK


def named(path: str) -> Any:
    """What a dotted name below the package means."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(f"loyaltysim.{module}"), name)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    traceback = "--traceback" in words or bool(os.environ.get("HYDRA_FULL_ERROR"))
    words = [word for word in words if word != "--traceback"]
    return ended(lambda: dispatch(words), ["loyaltysim", *words], traceback)


def dispatch(words: list[str]) -> int:
    """Find the command, read its arguments, run it."""
    if not words:
        print(overview(docs()), file=sys.stderr)
        return BAD_INPUT
    first, rest = words[0], words[1:]
    if first in ("--help", "-h", "help"):
        if rest and rest[0] in COMMANDS:
            print(page(rest[0], COMMANDS[rest[0]].doc), end="")
        else:
            print(overview(docs()), end="")
        return OK
    if first in ("--version", "version"):
        from loyaltysim import __version__

        print(__version__)
        return OK
    if first not in COMMANDS:
        from loyaltysim.scenario.hints import unknown

        raise bad(first, f"is no command{unknown(first, COMMANDS)}")
    if first == "completion" and not {"--help", "-h"} & set(rest):
        print(completion(rest, [*COMMANDS, "version"]), end="")
        return OK
    if first == "run" and set(MULTIRUN) & set(rest):  # as Hydra's users know it
        first = "sweep"
    command = COMMANDS[first]
    arguments = read_arguments([word for word in rest if not command.flags or word not in MULTIRUN], command.flags)
    if arguments.help:
        print(page(first, command.doc), end="")
        return OK
    with speaking(arguments.lang):
        if not arguments.plugins:
            return command(arguments)
        with named("runs.plugins.brought")(arguments.plugins):
            return command(arguments)


def docs() -> dict[str, str]:
    """What each command is, in a line."""
    return {name: command.doc for name, command in COMMANDS.items()}


def begun(name: str) -> Callable[[Arguments], int]:
    """A command of `cli.sweep`, imported when it is called."""
    return lambda arguments: int(named(f"cli.sweep.{name}")(arguments))


COMMANDS: dict[str, Command] = {
    "run": Command(
        "simulate a scenario and compare it with the same market without the program",
        "studies.single.Run", "present.run.TELLING",
    ),
    "compare": Command(
        "compare two to eight program designs, at equal budget or budget=free: programs=[points,club]",
        "studies.comparison.Compare", "present.comparison.TELLING",
    ),
    "game": Command(
        "firms choose programs: who should do what, and when it is a dilemma: programs=[none,points] firms=2",
        "games.study.Game", "present.game.TELLING",
    ),
    "dials": Command(
        "turn the twelve dials one at a time: what each does to visits, retention and profit",
        "studies.dials.Dials", "present.dials.TELLING",
    ),
    "sweep": Command(
        "run many points and seeds, resumable; also sweep status|resume|verify|collect|export FOLDER",
        begin=begun("sweep"), flags=SWEEP_FLAGS, instead="--dry-run checks every point of a sweep",
    ),
    "explore": Command(
        "what moves an outcome, and where it changes sign: market.S=0.6:2.6 program=points,cashback",
        begin=begun("explore"), flags=SWEEP_FLAGS, instead="--dry-run checks every point of an exploration",
    ),
    "optimise": Command(
        "search terms: what is least or most of one or two outcomes, and the frontier between them",
        begin=begun("optimise"), flags=SWEEP_FLAGS, instead="--dry-run checks the words of a search",
    ),
    "validate": Command(
        "hold the shipped markets against their data, pattern by pattern",
        "validate.Validation", "present.validation.TELLING",
        instead="`loyaltysim show market=coffee_packs` prints the configuration of a market",
    ),
    "worlds": Command(
        "worlds fit market=X: which worlds meet what is published of a market's programs",
        "calibrate.worlds.Fit", "present.worlds.TELLING",
        instead="`loyaltysim show market=grocery` prints the configuration of a market",
    ),
    "diary": Command(
        "one customer's weeks in plain words: customer=17 lang=en|zh, with and without a program",
        "present.diary.DiaryOf", "present.diary.TELLING",
        instead="`loyaltysim show` prints the configuration of a diary",
    ),
    "show": Command(
        "print the checked configuration; `show step`, `show options`, `show parameters`, `show measures`", begin=show
    ),
    "new": Command(
        "a market with its numbers in plain words, to change and give back: new cafe > mine.yaml", begin=new,
        instead="`loyaltysim show with=mine.yaml` prints the configuration that a file leads to",
    ),
    "export": Command(
        "export journal FOLDER: the books of a run in double entry, as CSV",
        begin=lambda arguments: int(named("cli.export.export")(arguments)),
        instead="`loyaltysim show` prints the configuration of a run",
    ),
    "completion": Command("print a script for your shell: bash or zsh"),
}  # fmt: skip
