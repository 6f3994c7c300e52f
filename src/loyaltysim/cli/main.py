"""The command line: the first word says what to do, the rest composes the configuration.

Exit codes: 0 ok, 1 a verdict or validation missed, 2 bad input, 3 a run failed, 4 storage, 130 interrupted.
Everything is imported when it is needed, so that help and bad commands answer at once.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loyaltysim.scenario.model import Scenario
    from loyaltysim.scenario.reader import ConfigError

OK, MISSED, BAD_INPUT, FAILED, STORAGE, INTERRUPTED = 0, 1, 2, 3, 4, 130
RUNS = Path("results/runs")
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
  --traceback          show where an unexpected error came from
  --help, --version

`loyaltysim show` prints a configuration, `loyaltysim show options` the choices, `loyaltysim show parameters` every
key with its unit and range. Shell completion: eval "$(loyaltysim completion bash)"
"""
COMPLETION = {
    "bash": """\
_loyaltysim() {
    local word="${COMP_LINE:0:COMP_POINT}" IFS=$'\\n'
    word="${word##* }"
    local cut="${word%"${word##*[=:@]}"}"
    COMPREPLY=($(loyaltysim completion words "${COMP_LINE:0:COMP_POINT}" 2>/dev/null))
    COMPREPLY=("${COMPREPLY[@]#"$cut"}")
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=.] ]] && compopt -o nospace
}
complete -F _loyaltysim loyaltysim
""",
    "zsh": """\
_loyaltysim() {
    local -a words_found
    words_found=("${(@f)$(loyaltysim completion words "${LBUFFER}" 2>/dev/null)}")
    compadd -S '' -- "${words_found[@]}"
}
compdef _loyaltysim loyaltysim
""",
}


@dataclass
class Arguments:
    """What was typed after the command."""

    words: list[str] = field(default_factory=list)
    config_dir: str | None = None
    cfg: bool = False
    help: bool = False
    print_as: str = "text"
    out: str | None = None
    flags: list[str] = field(default_factory=list)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    traceback = "--traceback" in words or bool(os.environ.get("HYDRA_FULL_ERROR"))
    words = [word for word in words if word != "--traceback"]
    try:
        with terminable():
            code = dispatch(words)
            sys.stdout.flush()
            return code
    except KeyboardInterrupt as error:
        onward = str(error) or "the same command starts again"
        return complain(f"interrupted: nothing half-written; {onward}", INTERRUPTED)
    except BrokenPipeError:  # the reader of our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        if traceback:
            raise
        where = f": {error.filename}" if error.filename else ""
        return complain(f"storage: {error.strerror or error}{where}", STORAGE)
    except Exception as error:
        if is_a(error, "loyaltysim.scenario.reader", "ConfigError"):
            return complain(listing(error), BAD_INPUT)  # type: ignore[arg-type]
        if traceback:
            raise
        if is_a(error, "loyaltysim.runs.pool", "RunFailed"):
            return complain(error.told(["loyaltysim", *words], "--traceback"), FAILED)  # type: ignore[attr-defined]
        lines = str(error).splitlines() or [""]
        return complain(f"failed: {type(error).__name__}: {lines[0]} (--traceback shows where)", FAILED)


def is_a(error: Exception, module: str, name: str) -> bool:
    """Is it this error of ours? Asked without importing its module before it is needed."""
    return module in sys.modules and isinstance(error, getattr(sys.modules[module], name))


def listing(error: ConfigError) -> str:
    """Every problem on a line of its own."""
    count = len(error.problems)
    lines = [f"{count} problem{'s' if count > 1 else ''}, nothing was run"]
    return "\n".join([*lines, *(f"  {problem}" for problem in error.problems)])


def complain(message: str, code: int) -> int:
    """Say on standard error what stopped the command."""
    print(f"loyaltysim: {message}", file=sys.stderr)
    return code


@contextmanager
def terminable():
    """A polite request to end (SIGTERM, a batch system's time limit) is treated like Ctrl-C."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not in the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


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
        from loyaltysim.scenario.reader import suggestion

        raise bad(first, f"is no command{suggestion(first, COMMANDS)}")
    if first == "completion":
        return completion(rest)
    if first == "run" and set(MULTIRUN) & set(rest):  # as Hydra's users know it
        first = "sweep"
    flags = SWEEP_FLAGS if first in ("sweep", "explore", "optimise") else ()
    arguments = read_arguments([word for word in rest if not flags or word not in MULTIRUN], flags)
    if arguments.help:
        print(help_text())
        return OK
    return COMMANDS[first][0](arguments)


def help_text() -> str:
    """What there is."""
    return HELP.format(commands="\n".join(f"  {name:<11}{doc}" for name, (_, doc) in COMMANDS.items()))


def bad(key: str, message: str, value: object = ...) -> ConfigError:
    """A problem with what was typed, to be raised."""
    from loyaltysim.scenario.reader import ConfigError, Problem

    return ConfigError([Problem(key, message, value, origin="command line")])


def read_arguments(words: Sequence[str], flags: Sequence[str] = ()) -> Arguments:
    """Take the options and the command's own keys; what is left composes the configuration. flags : of the command."""
    found, rest = Arguments(), list(words)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if name in ("--config-dir", "-cd", "--cfg", "-c"):
            if not equals and not rest:
                raise bad(name, "needs a value")
            value = value if equals else rest.pop(0)
            if name in ("--cfg", "-c"):
                if value != "job":
                    raise bad("--cfg", "choose from job", value)
                found.cfg = True
            else:
                found.config_dir = value
        elif word in ("--help", "-h"):
            found.help = True
        elif word in flags:
            found.flags.append(word)
        elif word.startswith("-"):
            from loyaltysim.scenario.reader import suggestion

            known = ["--cfg", "--config-dir", "--traceback", "--help", "--version", *flags]
            raise bad(word, f"is no option{suggestion(name, known)}")
        elif name == "print" and equals:
            if value not in ("text", "json"):
                raise bad("print", "choose from text, json", value)
            found.print_as = value
        elif name == "out" and equals:
            if not value:
                raise bad("out", "expected a folder", value)
            found.out = value
        else:
            found.words.append(word)
    return found


def composed(arguments: Arguments) -> Scenario:
    """The checked scenario of a command line."""
    from loyaltysim.configure.compose import compose

    return compose(arguments.words, arguments.config_dir)


def run(arguments: Arguments) -> int:
    """Simulate, save, and say on one screen what happened."""
    from loyaltysim.configure.yaml import to_yaml
    from loyaltysim.scenario.forms import config_hash

    scenario = composed(arguments)
    if arguments.cfg:
        print(to_yaml(scenario), end="")
        return OK
    digest = config_hash(scenario)
    folder = RUNS / f"{scenario.name}-{digest[:8]}" if arguments.out is None else Path(arguments.out)
    from loyaltysim.runs.files import check_folder

    check_folder(folder, digest)
    from loyaltysim.present import run as report
    from loyaltysim.present import run_figures
    from loyaltysim.runs.resume import beside, keeping
    from loyaltysim.studies import single

    with keeping(beside(folder)):
        records = single.run(scenario, progress=sys.stderr.isatty())
        records.save(folder)
    if arguments.print_as == "json":
        import json

        print(json.dumps(records.summary, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False))
    else:
        print(report.screen(records))
        print(f"\ntables, figures, configuration: {folder}", flush=True)
    run_figures.draw(records, folder)  # the slowest import of all comes after the answer
    return OK


def compare(arguments: Arguments) -> int:
    """Compare program designs at equal budget, save, and say on one screen which leaves most."""
    from loyaltysim.configure import yaml as plain_yaml
    from loyaltysim.studies import comparison

    asked = comparison.compose_question(arguments.words, arguments.config_dir)
    written = plain_yaml.dump(asked.tree())
    if arguments.cfg:
        print(written, end="")
        return OK
    import hashlib

    from loyaltysim.runs.files import check_folder

    digest = hashlib.sha256(written.encode()).hexdigest()
    folder = RUNS / f"compare-{digest[:8]}" if arguments.out is None else Path(arguments.out)
    check_folder(folder, digest)
    from loyaltysim.present import comparison as page
    from loyaltysim.runs.resume import beside, keeping

    with keeping(beside(folder)):
        found = comparison.answer(asked, progress=sys.stderr.isatty())
        page.save(found, folder)
    return tell(
        arguments,
        page.summary(found),
        f"{page.screen(found)}\n\npage to open or mail: {folder}/report.html",
    )


def dials(arguments: Arguments) -> int:
    """Turn the twelve dials one at a time, save, and say what each does."""
    from loyaltysim.configure.yaml import to_yaml
    from loyaltysim.runs.files import check_folder
    from loyaltysim.runs.resume import beside, keeping
    from loyaltysim.scenario.forms import config_hash
    from loyaltysim.studies import dials as turning

    scenario = turning.compose_dials(arguments.words, arguments.config_dir)
    if arguments.cfg:
        print(to_yaml(scenario), end="")
        return OK
    digest = config_hash(scenario)
    folder = RUNS / f"dials-{digest[:8]}" if arguments.out is None else Path(arguments.out)
    check_folder(folder, digest)
    with keeping(beside(folder)):
        found = turning.turn(scenario, progress=sys.stderr.isatty())
        turning.save(found, folder)
    return tell(arguments, turning.summary(found), f"{turning.screen(found)}\n\ntable, figure, configuration: {folder}")


def tell(arguments: Arguments, summary: Any, words: str) -> int:
    """Print what was found, as text or as json."""
    if arguments.print_as == "json":
        import json

        words = json.dumps(summary, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    print(words, flush=True)
    return OK


def without_cfg(arguments: Arguments, instead: str) -> None:
    """Refuse `--cfg` where there is no one configuration to print, and say what to type instead."""
    if arguments.cfg:
        raise bad("--cfg", f"is of run; {instead}")


def validate(arguments: Arguments) -> int:
    """Hold the markets against their data, pattern by pattern."""
    without_cfg(arguments, "`loyaltysim show market=coffee_packs` prints the configuration of a market")
    from loyaltysim import validate as validation

    return validation.command(arguments.words, arguments.config_dir, arguments.out, arguments.print_as)


def sweep(arguments: Arguments) -> int:
    """Run every point of a design and every seed; or look after the folder of such a sweep."""
    without_cfg(arguments, "--dry-run checks every point of a sweep")
    from loyaltysim.cli import sweep as console

    given = arguments
    return console.command(given.words, given.config_dir, given.out, given.flags, given.print_as)


def diary(arguments: Arguments) -> int:
    """Tell one customer's weeks, with and without the program."""
    without_cfg(arguments, "`loyaltysim show` prints the configuration of a diary")
    from loyaltysim.present import diary as diaries

    print(diaries.command(arguments.words, arguments.config_dir))
    return OK


def explore(arguments: Arguments) -> int:
    """Run a design over uncertainties and levers; say what moves the outcomes, and where they change sign."""
    without_cfg(arguments, "--dry-run checks every point of an exploration")
    from loyaltysim.cli import explore as exploring

    given = arguments
    return exploring.command(given.words, given.config_dir, given.out, given.flags, given.print_as)


def optimise(arguments: Arguments) -> int:
    """Search levers for the least or most of one or two outcomes."""
    without_cfg(arguments, "--dry-run checks the words of a search")
    from loyaltysim.cli import explore as exploring

    given = arguments
    return exploring.optimise_command(given.words, given.config_dir, given.out, given.flags, given.print_as)


def show(arguments: Arguments) -> int:
    """Print a configuration, the options, the parameters, or the measures."""
    topic = arguments.words[0] if arguments.words else ""
    if topic == "parameters":
        print(parameter_table(), end="")
    elif topic == "measures":
        from loyaltysim.present.measures import page

        print(page(arguments.words[1] if len(arguments.words) > 1 else ""), end="")
    elif topic == "options":
        from loyaltysim.configure.compose import groups

        for group, options in groups(arguments.config_dir).items():
            print(f"{group + '=':<12}{' '.join(options)}")
    else:
        from loyaltysim.configure.yaml import to_yaml

        print(to_yaml(composed(arguments)), end="")
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


def completion(words: Sequence[str]) -> int:
    """Print the script for a shell, or the words that could come next on a line."""
    topic = words[0] if words else ""
    if topic == "words":
        print("\n".join(next_words(words[1] if len(words) > 1 else "")))
        return OK
    if topic not in COMPLETION:
        from loyaltysim.scenario.reader import suggestion

        raise bad("completion", f"is for a shell{suggestion(topic, COMPLETION)}", topic)
    print(COMPLETION[topic], end="")
    return OK


def next_words(line: str) -> list[str]:
    """What could stand where the cursor is: commands, `group=`, options, keys."""
    before, _, word = line.rpartition(" ")
    if len(before.split()) <= 1:
        return [name for name in [*COMMANDS, "version"] if name.startswith(word)]
    from loyaltysim.configure.compose import groups

    typed = before.split()
    folder = typed[typed.index("--config-dir") + 1] if "--config-dir" in typed[:-1] else None
    options = groups(folder)
    name, equals, value = word.partition("=")
    if equals:
        head, comma, _ = value.rpartition(",")
        opened = f"{head}," if comma else "[" if value.startswith("[") else ""
        own = {"print": ["json", "text"], "programs": options.get("program", []), "horizon": ["1", "2", "5"]}
        choices = options.get(name.partition("@")[0], own.get(name, []))
        return [f"{name}={opened}{c}" for c in choices if f"{opened}{c}".startswith(value)]
    own = ["programs=", "budget=", "horizon="] if "compare" in typed else []
    known = [*own, *(f"{group}=" for group in options), "from=", "out=", "print=", "--cfg", "--config-dir"]
    return sorted({w for w in [*known, *keys_below(word)] if w.startswith(word)})


def keys_below(word: str) -> list[str]:
    """The keys of the schema one level below what is typed: `customers.`, then `customers.n=`."""
    from loyaltysim.configure.compose import components
    from loyaltysim.scenario.read import parameters

    depth = word.count(".") + 1
    typed = word.split(".")
    found = []
    for parameter in parameters(components()):
        parts = parameter.key.split(".")
        parts = [typed[i] if part == "<id>" and i < len(typed) - 1 else part for i, part in enumerate(parts)]
        if "<id>" not in parts[:depth]:
            found.append(".".join(parts[:depth]) + ("=" if len(parts) == depth else "."))
    return found


COMMANDS: dict[str, tuple[Callable[[Any], int], str]] = {
    "run": (run, "simulate a scenario and compare it with the same market without the program"),
    "compare": (compare, "compare two to eight program designs at equal budget: programs=[points,club]"),
    "dials": (dials, "turn the twelve dials one at a time: what each does to visits, retention and profit"),
    "sweep": (sweep, "run many points and seeds, resumable; also sweep status|resume|verify|collect|export FOLDER"),
    "explore": (explore, "what moves an outcome, and where it changes sign: market.S=0.6:2.6 program=points,cashback"),
    "optimise": (optimise, "search terms: what is least or most of one or two outcomes, and the frontier between them"),
    "validate": (validate, "hold the shipped markets against their data, pattern by pattern"),
    "diary": (diary, "one customer's weeks in plain words: customer=17 lang=en|zh, with and without a program"),
    "show": (show, "print the checked configuration; `show options`, `show parameters`"),
    "completion": (completion, "print a script for your shell: bash or zsh"),
}
