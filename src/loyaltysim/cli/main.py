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
from loyaltysim.cli.completion import next_words
from loyaltysim.cli.exits import BAD_INPUT, MISSED, OK, bad, ended
from loyaltysim.cli.pages import FLAGS, PAGES, overview
from loyaltysim.cli.show import show

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
        return MISSED if answered(study, named(self.telling), given.out, given.print_as).missed else OK


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
    """Let typer find the command and read its options; what it refuses is bad input as any other."""
    import click
    import typer

    if not words and "_LOYALTYSIM_COMPLETE" not in os.environ:
        print(overview(docs()), file=sys.stderr)
        return BAD_INPUT
    if words[:1] in (["--version"], ["version"]):
        from loyaltysim import __version__

        print(__version__)
        return OK
    if words[:1] == ["run"] and set(MULTIRUN) & set(words):
        words = ["sweep", *(word for word in words[1:] if word not in MULTIRUN)]
    try:
        return int(typer.main.get_command(app())(words, "loyaltysim", complete_var="_LOYALTYSIM_COMPLETE", standalone_mode=False) or OK)
    except (click.exceptions.ClickException, typer._click.exceptions.ClickException) as error:
        raise bad(" ".join(words[:1]), error.format_message()) from None


def app() -> Any:
    """Every command in typer's words."""
    import typer

    made = typer.Typer(add_completion=True, rich_markup_mode=None, pretty_exceptions_enable=False)
    made.callback()(lambda: None)
    for name, command in COMMANDS.items():
        made.command(name, help=command.doc, epilog="\n\n".join(PAGES[name].examples))(body(name, command))
    return made


def body(name: str, command: Command) -> Callable[..., int]:
    """A command as a function whose arguments typer reads."""
    import typer

    def complete(incomplete: str) -> list[str]:
        return next_words(f"loyaltysim {name} {incomplete}", [*COMMANDS, "version"])

    Words = typer.Argument(None, autocompletion=complete)

    def run(
        words: list[str] = Words,
        config_dir: str = typer.Option(None, "--config-dir", "-cd"),
        cfg: str = typer.Option(None, "--cfg", "-c"),
        plugins: list[str] = typer.Option([], "--plugins"),
        dry_run: bool = typer.Option(False, "--dry-run", hidden=not command.flags),
        yes: bool = typer.Option(False, "--yes", hidden=not command.flags),
        fail_fast: bool = typer.Option(False, "--fail-fast", hidden=not command.flags),
        retry: bool = typer.Option(False, "--retry", hidden=not command.flags),
        force: bool = typer.Option(False, "--force", hidden=not command.flags),
    ) -> int:
        if name == "completion":
            from typer._completion_shared import get_completion_script

            print(get_completion_script(prog_name="loyaltysim", complete_var="_LOYALTYSIM_COMPLETE", shell=(words or [""])[0]))
            return OK
        given = read_arguments(words or [])
        given.config_dir, given.cfg = config_dir, cfg is not None
        given.plugins = [one for several in plugins for one in several.split(",")]
        flags = dict(zip(SWEEP_FLAGS, (dry_run, yes, fail_fast, retry, force), strict=True))
        given.flags = [flag for flag, on in flags.items() if on]
        if not given.plugins:
            return command(given)
        with named("runs.plugins.brought")(given.plugins):
            return command(given)

    return run


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
        "compare two to eight program designs at equal budget: programs=[points,club]",
        "studies.comparison.Compare", "present.comparison.TELLING",
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
    "diary": Command(
        "one customer's weeks in plain words: customer=17 lang=en|zh, with and without a program",
        "present.diary.DiaryOf", "present.diary.TELLING",
        instead="`loyaltysim show` prints the configuration of a diary",
    ),
    "show": Command(
        "print the checked configuration; `show step`, `show options`, `show parameters`, `show measures`", begin=show
    ),
    "completion": Command("print a script for your shell: bash or zsh"),
}  # fmt: skip
