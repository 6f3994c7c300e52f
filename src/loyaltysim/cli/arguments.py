"""What was typed after a command: its options and own keys; what is left composes the configuration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from loyaltysim.cli.exits import bad
from loyaltysim.scenario.said import LANGUAGES

LONG = {"-cd": "--config-dir", "-c": "--cfg"}
ONCE = ("--config-dir", "--cfg", "out", "print", "lang")


@dataclass
class Arguments:
    """What was typed after the command."""

    words: list[str] = field(default_factory=list)
    config_dir: str | None = None
    cfg: bool = False
    help: bool = False
    print_as: str = "text"
    out: str | None = None
    lang: str = "en"
    more: bool = False
    flags: list[str] = field(default_factory=list)
    plugins: list[str] = field(default_factory=list)


def read_arguments(words: Sequence[str], flags: Sequence[str] = ()) -> Arguments:
    """Take the options and the command's own keys; what is left composes the configuration. flags : of the command."""
    found, rest = Arguments(), list(words)
    named = [word.partition("=")[0] for word in words if word.startswith("-") or "=" in word]
    once = Counter(LONG.get(name, name) for name in named)
    if twice := [name for name, count in once.items() if count > 1 and name in ONCE]:
        raise bad(twice[0], "is given twice; keep one")
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if name in ("--config-dir", "-cd", "--cfg", "-c", "--plugins"):
            if not equals and not rest:
                raise bad(name, "needs a value")
            value = value if equals else rest.pop(0)
            if name == "--plugins":
                found.plugins += filter(None, value.split(","))
            elif name in ("--cfg", "-c"):
                if value != "job":
                    raise bad("--cfg", "choose from job", value)
                found.cfg = True
            else:
                found.config_dir = value
        elif word in ("--help", "-h"):
            found.help = True
        elif word == "--more":
            found.more = True
        elif word in flags:
            found.flags.append(word)
        elif word.startswith("-"):
            from loyaltysim.scenario.hints import suggestion

            known = ["--cfg", "--config-dir", "--plugins", "--more", "--traceback", "--help", "--version", *flags]
            raise bad(word, f"is no option{suggestion(name, known)}")
        elif name == "print" and equals:
            if value not in ("text", "json"):
                raise bad("print", "choose from text, json", value)
            found.print_as = value
        elif name == "lang" and equals:
            if value not in LANGUAGES:
                raise bad("lang", f"choose from {', '.join(LANGUAGES)}", value)
            found.lang = value
        elif name == "out" and equals:
            if not value:
                raise bad("out", "expected a folder", value)
            found.out = value
        else:
            found.words.append(word)
    return found
