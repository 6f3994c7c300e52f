"""Shell completion: the scripts for bash and zsh, and what could stand where the cursor is."""

from __future__ import annotations

from collections.abc import Sequence

from loyaltysim.cli.exits import bad

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

OWN = {  # command -> keys of its own
    "compare": ("programs=", "budget=", "horizon="),
    "game": ("programs=", "players=", "after=", "most_seeds=", "map="),
}


def completion(words: Sequence[str], commands: Sequence[str]) -> str:
    """The script for a shell, or the words that could come next on a line. Raises ConfigError for another shell."""
    topic = words[0] if words else ""
    if topic == "words":
        return "\n".join(next_words(words[1] if len(words) > 1 else "", commands)) + "\n"
    if topic not in COMPLETION:
        from loyaltysim.scenario.hints import suggestion

        raise bad("completion", f"is for a shell{suggestion(topic, COMPLETION)}", topic)
    return COMPLETION[topic]


def next_words(line: str, commands: Sequence[str] = ()) -> list[str]:
    """What could stand where the cursor is: commands, `group=`, options, keys."""
    before, _, word = line.rpartition(" ")
    if len(before.split()) <= 1:
        return [name for name in commands if name.startswith(word)]
    from loyaltysim.configure.folders import groups

    typed = before.split()
    folder = typed[typed.index("--config-dir") + 1] if "--config-dir" in typed[:-1] else None
    options = groups(folder)
    name, equals, value = word.partition("=")
    if equals:
        head, comma, _ = value.rpartition(",")
        opened = f"{head}," if comma else "[" if value.startswith("[") else ""
        fixed = {"print": ["json", "text"], "programs": options.get("program", []), "horizon": ["1", "2", "5"]}
        choices = options.get(name.partition("@")[0], fixed.get(name, []))
        return [f"{name}={opened}{c}" for c in choices if f"{opened}{c}".startswith(value)]
    if typed[1:2] == ["export"]:
        return [w for w in ("journal", "arm=", "seed=", "start=", "out=", "print=", "lang=") if w.startswith(word)]
    own = next((words for command, words in OWN.items() if command in typed), ())
    keys = [
        *own,
        *(f"{group}=" for group in options),
        "with=",
        "from=",
        "out=",
        "print=",
        "--cfg",
        "--config-dir",
        "--plugins",
    ]
    return sorted({w for w in [*keys, *keys_below(word)] if w.startswith(word)})


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
