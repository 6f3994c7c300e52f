"""How a command ends: one exit code and one line for whatever stops it, written once for every command and script.

Exit codes: 0 ok, 1 a verdict or validation missed, 2 bad input, 3 a run failed, 4 storage, 130 interrupted. A figure
that cannot be drawn is told in a sentence and changes no code: the answer stands, on the screen and in its folder.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loyaltysim.scenario.reader import ConfigError

OK, MISSED, BAD_INPUT, FAILED, STORAGE, INTERRUPTED = 0, 1, 2, 3, 4, 130


def ended(work: Callable[[], int], command: Sequence[str], traceback: bool = False) -> int:
    """Do the work; -> its exit code, or that of what stopped it, told in a line on standard error.

    command : what repeats it, in words;  traceback : let unexpected errors through, and failed runs and storage too
    """
    try:
        with terminable():
            code = work()
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
        return of(error, command, traceback)


def of(error: Any, command: Sequence[str], traceback: bool) -> int:
    """The exit code of an error that is neither an interruption nor storage, and what is said of it."""
    if is_a(error, "loyaltysim.scenario.reader", "ConfigError"):
        return complain(listing(error), BAD_INPUT)
    if is_a(error, "loyaltysim.studies.sweep", "Unfinished"):
        for line in error.lines:
            say(line)
        return complain(str(error), FAILED)
    if traceback:
        raise error
    if is_a(error, "loyaltysim.runs.pool", "RunFailed"):
        return complain(error.told(command, *(["--traceback"] if command[0] == "loyaltysim" else [])), FAILED)
    lines = str(error).splitlines() or [""]
    hint = " (--traceback shows where)" if command[0] == "loyaltysim" else ""
    return complain(f"failed: {type(error).__name__}: {lines[0]}{hint}", FAILED)


def is_a(error: Exception, module: str, name: str) -> bool:
    """Is it this error of ours? Asked without importing its module before it is needed."""
    return module in sys.modules and isinstance(error, getattr(sys.modules[module], name))


def listing(error: ConfigError) -> str:
    """Every problem on a line of its own."""
    count = len(error.problems)
    lines = [f"{count} problem{'s' if count > 1 else ''}, nothing was run"]
    return "\n".join([*lines, *(f"  {line}" for line in error.told())])


def bad(key: str, message: str, value: object = ...) -> ConfigError:
    """A problem with what was typed, to be raised."""
    from loyaltysim.configure.asked import refuse

    return refuse(key, message, value)


def say(message: str) -> None:
    """To standard error, where no answer is."""
    from loyaltysim.scenario.reader import visible

    print(visible(message), file=sys.stderr, flush=True)


def complain(message: str, code: int) -> int:
    """Say on standard error what stopped the command; -> the exit code."""
    say(f"loyaltysim: {message}")
    return code


@contextmanager
def terminable() -> Iterator[None]:
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
