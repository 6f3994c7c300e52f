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

MULTIRUN = ("-m", "--multirun")
SWEEP_FLAGS = ("--dry-run", "--yes", "--fail-fast", "--retry", "--force")
HELP = """\
Simulate and evaluate customer loyalty programs.

usage: loyaltysim COMMAND [KEY=VALUE ...]

commands
{commands}

choose options   market=grocery program=points program=[points,club] rivals=imitate run=tiny
                 program@firms.b.program=points         one firm's program
set values       seeds=30 customers.n=20000 program.points.face_value=10
remove           ~firms.d ~program.points
sweep            market.S=0.6,1.3 seed=range(1,11) market=glob(c*); --dry-run, --yes, --fail-fast, --retry, --force
explore          market.S=0.6:2.6 program=points,cashback explore.design=sobol explore.n=64
optimise         program.points.face_value=1:15 optimise.within=["program_cost_per_customer<=12"] optimise.trials=64
your own file    from=my.yaml                           a scenario; its keys win over the options' defaults
compare          programs=[points,club,points+recognition,mine.yaml] budget=10 horizon=1 term.points=threshold
output           out=folder print=json

options
  --cfg job            print the checked configuration instead of running it
  --config-dir FOLDER  more options: FOLDER/market/mine.yaml is market=mine
  --plugins MINE.PY    mechanisms, policies and measures of your own: docs/adding.md; several with commas
  --traceback          show where an unexpected error came from
  --help, --version

`loyaltysim show` prints a configuration, `loyaltysim show step` the code of a customer's week in it, `loyaltysim show
options` the choices, `loyaltysim show parameters` every key with its unit and range, `loyaltysim show measures` every
number of a result.
Shell completion: eval "$(loyaltysim completion bash)"
"""


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
    """Find the command, read its arguments, run it."""
    if not words:
        print(help_text(), file=sys.stderr)
        return BAD_INPUT
    first, rest = words[0], words[1:]
    if first in ("--help", "-h", "help"):
        print(help_text())
        return OK
    if first in ("--version", "version"):
        from loyaltysim import __version__

        print(__version__)
        return OK
    if first not in COMMANDS:
        from loyaltysim.scenario.hints import unknown

        raise bad(first, f"is no command{unknown(first, COMMANDS)}")
    if first == "completion":
        print(completion(rest, [*COMMANDS, "version"]), end="")
        return OK
    if first == "run" and set(MULTIRUN) & set(rest):  # as Hydra's users know it
        first = "sweep"
    command = COMMANDS[first]
    arguments = read_arguments([word for word in rest if not command.flags or word not in MULTIRUN], command.flags)
    if arguments.help:
        print(help_text())
        return OK
    if not arguments.plugins:
        return command(arguments)
    with named("runs.plugins.brought")(arguments.plugins):
        return command(arguments)


def help_text() -> str:
    """What there is."""
    return HELP.format(commands="\n".join(f"  {name:<11}{command.doc}" for name, command in COMMANDS.items()))


def show(arguments: Arguments) -> int:
    """Print a configuration, the step that it runs, the options, the parameters, or the measures."""
    topic = arguments.words[0] if arguments.words else ""
    if topic == "step":
        from loyaltysim.configure.compose import compose
        from loyaltysim.present.step import text

        print(text(compose(arguments.words[1:], arguments.config_dir)), end="")
    elif topic == "parameters":
        print(parameter_table(), end="")
    elif topic == "measures":
        from loyaltysim.present.measures import page

        print(page(arguments.words[1] if len(arguments.words) > 1 else ""), end="")
    elif topic == "options":
        from loyaltysim.configure.compose import groups

        for group, options in groups(arguments.config_dir).items():
            print(f"{group + '=':<12}{' '.join(options)}")
        if arguments.plugins:
            print(f"{'--plugins':<12}{' '.join(named('runs.plugins.keys')())}")
    else:
        from loyaltysim.configure.compose import compose
        from loyaltysim.configure.yaml import to_yaml

        print(to_yaml(compose(arguments.words, arguments.config_dir)), end="")
    return OK


def parameter_table() -> str:
    """Every key with unit, range, default and source, as Markdown; generated, so that it cannot drift."""
    from loyaltysim.configure.compose import components
    from loyaltysim.scenario.read import parameters

    lines = ["| key | type | default | allowed | unit | meaning | source |", "|---|---|---|---|---|---|---|"]
    for p in parameters(components()):
        default = "" if p.default in ("", ()) else str(p.default)
        cells = (f"`{p.key}`", p.kind, default, p.allowed, p.unit, p.doc, p.source)
        lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


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
