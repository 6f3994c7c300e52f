"""`loyaltysim show`: a configuration, the step that it runs, and what there is to choose, to set and to read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from loyaltysim.cli.arguments import Arguments
from loyaltysim.cli.exits import OK, bad

TOPICS = ("step", "options", "parameters", "measures")


def show(arguments: Arguments) -> int:
    """Print a configuration, the step that it runs, the options, the parameters, or the measures. -> exit code."""
    topic, words = (arguments.words or [""])[0], arguments.words[1:]
    if topic == "step":
        from loyaltysim.configure.compose import compose
        from loyaltysim.present.step import text

        print(text(compose(words, arguments.config_dir)), end="")
    elif topic == "parameters":
        print(those(parameter_table(), words, topic), end="")
    elif topic == "measures":
        from loyaltysim.present.measures import page

        print(those(page(), words, topic), end="")
    elif topic == "options":
        print("\n".join(with_words(option_lines(arguments), words, topic)))
    elif topic and "=" not in topic and not topic.startswith(("~", "+")):
        from loyaltysim.scenario.hints import unknown

        raise bad(topic, f"is nothing that show prints{unknown(topic, TOPICS)}")
    else:
        from loyaltysim.configure.compose import compose
        from loyaltysim.configure.yaml import to_yaml

        print(to_yaml(compose(arguments.words, arguments.config_dir)), end="")
    return OK


def new(arguments: Arguments) -> int:
    """Print the file of a market for with=. -> exit code."""
    from loyaltysim.configure.folders import groups
    from loyaltysim.configure.new import text

    if len(arguments.words) != 1:
        known = ", ".join(groups(arguments.config_dir)["market"])
        raise bad("new", f"takes the name of one market, new cafe > mine.yaml; markets: {known}")
    print(text(arguments.words[0], arguments.config_dir), end="")
    return OK


def option_lines(arguments: Arguments) -> list[str]:
    """Every option with what its file says of itself, and what came from outside."""
    from loyaltysim.configure.folders import described
    from loyaltysim.scenario.reader import visible

    found = described(arguments.config_dir)
    width = max(map(len, found)) + 2
    lines = [f"{choice:<{width}}{visible(words)}" for choice, words in found.items()]
    if arguments.plugins:
        from loyaltysim.runs.plugins import keys

        lines += [f"{key:<{width}}--plugins" for key in keys()]
    return lines


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


def those(table: str, words: Sequence[str], topic: str) -> str:
    """A table in Markdown with the rows in which every word stands. Raises ConfigError where there is none."""
    lines = table.splitlines()
    return "\n".join([*lines[:2], *with_words(lines[2:], words, topic)]) + "\n"


def with_words(lines: Sequence[str], words: Sequence[str], topic: str) -> list[str]:
    """The lines in which every word stands. Raises ConfigError where there is none, with what is near each word."""
    found = [line for line in lines if all(word.lower() in line.lower() for word in words)]
    if found:
        return found
    strange = [word for word in words if not any(word.lower() in line.lower() for line in lines)]
    if not strange:
        raise bad(f"show {topic}", "has no line with all of these words", " ".join(words))
    raise bad(f"show {topic}", f"has no line with {strange[0]!r}{near(strange[0], lines)}", " ".join(words))


def near(word: str, lines: Iterable[str]) -> str:
    """`; did you mean 'stamps'?`: the word of the lines that is most like one; empty if none is."""
    from loyaltysim.scenario.hints import coming, nearest

    known = {part for line in lines for part in re.findall(r"[A-Za-z]\w{2,}", line)}
    like = nearest(word, {*known, *(part for name in known for part in name.split("_") if len(part) > 2)})
    return coming(word) or (f"; did you mean {like!r}?" if like is not None else "")
