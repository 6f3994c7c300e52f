"""The folders that hold choices, and what Hydra picks from them: files, their order and their place."""

from __future__ import annotations

import itertools
import os
import re
import textwrap
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loyaltysim.configure import yaml as plain_yaml
from loyaltysim.configure.asked import RENAMED, Choice, instead, refuse
from loyaltysim.scenario.reader import ConfigError, Problem

if TYPE_CHECKING:
    from hydra.core.default_element import ResultDefault

TABLES = ("targets", "worlds")  # folders of conf that hold no choices: what is drawn, and what it must meet


def conf_dir() -> Path:
    """The shipped configuration: beside the package in a wheel, at the top of the repository otherwise."""
    inside = Path(__file__).resolve().parents[1] / "conf"
    return inside if inside.is_dir() else Path(__file__).resolve().parents[3] / "conf"


def groups(config_dir: str | Path | None = None) -> dict[str, list[str]]:
    """Every group of choices and its options, the user's own folder included."""
    found: dict[str, set[str]] = {}
    for base in bases(config_dir):
        for path in options_in(base):
            found.setdefault(path.parent.name, set()).add(path.stem)
    return {group: sorted(found[group]) for group in sorted(found)}


def described(config_dir: str | Path | None = None) -> dict[str, str]:
    """Every choice, `market=grocery`, with the first sentence that its file says of itself."""
    if config_dir is not None:
        check_config_dir(Path(config_dir))
    found: dict[str, str] = {}
    for base in bases(config_dir):
        for path in options_in(base):
            text = path.read_text(encoding="utf-8", errors="replace").removeprefix("# @package _global_\n")
            said = " ".join(line[1:].strip() for line in itertools.takewhile(lambda s: s[:1] == "#", text.splitlines()))
            first = re.split(r"(?<=[.?]) (?=[A-Z])", said)[0].rstrip(".")
            found[f"{path.parent.name}={path.stem}"] = textwrap.shorten(first, 100, placeholder=" ...")
    return dict(sorted(found.items()))


def options_in(base: Path) -> list[Path]:
    """The files of a folder of options, in their order."""
    return sorted(path for path in base.glob("*/*.yaml") if path.parent.name not in TABLES)


def bases(config_dir: str | Path | None) -> list[Path]:
    """The folders of options, in the order in which they are searched."""
    return [conf_dir()] + ([] if config_dir is None else [Path(config_dir).resolve()])


@cache
def programs(config_dir: str | Path | None = None) -> dict[str, dict[str, Any]]:
    """The components of every option of `program`, with their terms; not to be changed."""
    paths = [path for base in bases(config_dir) for path in sorted((base / "program").glob("*.yaml"))]
    return {path.stem: plain_yaml.load(path, path.name, defaults=True)[0] for path in paths}


def check_config_dir(folder: Path) -> None:
    """The user's folder exists, and none of its options hides behind a shipped one."""
    if not folder.is_dir():
        raise refuse("--config-dir", "is no folder", str(folder))
    for path in sorted(folder.glob("*/*.yaml")):  # before anything else reads them: a pipe has no end
        plain_yaml.read_text(path, path.as_posix())
    hidden = [path for path in sorted(folder.glob("*/*.yaml")) if (conf_dir() / path.relative_to(folder)).exists()]
    message = "has the name of a shipped option, which would be taken; rename it"
    if hidden:
        raise ConfigError(Problem(path.as_posix(), message, origin="--config-dir") for path in hidden)


def defaults(choices: Sequence[Choice], config_dir: str | Path | None) -> list[ResultDefault]:
    """The option files of these choices, in the order and package that Hydra's defaults list gives them."""
    from hydra import initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from hydra.errors import HydraException
    from hydra.types import RunMode
    from omegaconf.errors import OmegaConfBaseException
    from yaml import MarkedYAMLError

    folders = bases(config_dir)
    search = [f"hydra.searchpath=[{quoted(f'file://{folder}')}]" for folder in folders[1:]]
    plain = [choice for choice in choices if choice.package is None]
    placed = [choice for choice in choices if choice.package is not None]
    try:
        with initialize_config_dir(str(folders[0]), version_base="1.3", job_name="loyaltysim"):
            loader = GlobalHydra.instance().config_loader()

            def listed(selected: Sequence[str]) -> Any:
                return loader.compute_defaults_list("config", [*search, *selected], RunMode.RUN)

            known = set(plain_groups(folders[0]))
            selected = selections(plain, known)
            result = listed(selected)
            if placed:
                known = set(result.overrides.known_choices)
                result = listed([*selected, *selections(placed, known)])
    except MarkedYAMLError as error:
        raise broken_file(error, folders) from None
    except (HydraException, OmegaConfBaseException, ValueError, TypeError, AttributeError) as error:
        raise ConfigError([Problem("the files", f"do not fit together: {renamed(flat(error))}")]) from None
    return [entry for entry in result.defaults if (entry.config_path or "hydra/").split("/")[0] != "hydra"]


def selections(choices: Iterable[Choice], known: set[str]) -> list[str]:
    """Choices in Hydra's words: one that the defaults list does not have is added, one without options deleted."""
    words = []
    for choice in choices:
        options = f"[{','.join(choice.options)}]" if len(choice.options) > 1 else "".join(choice.options)
        if options:
            words.append(f"{'' if choice.key in known else '+'}{choice.key}={options}")
        elif choice.key in known:
            words.append(f"~{choice.key}")
    return words


def plain_groups(base: Path) -> list[str]:
    """The groups in the defaults list of config.yaml."""
    import yaml

    listed = yaml.safe_load((base / "config.yaml").read_text(encoding="utf-8"))["defaults"]
    return [next(iter(item)) for item in listed if isinstance(item, dict)]


def quoted(text: str) -> str:
    """A string in Hydra's grammar."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def flat(error: Exception) -> str:
    """A message of several lines as one, without Hydra's advice."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(
        line for line in lines if not line.startswith(("To append", "Set the env", "Config search", "provider"))
    )


def renamed(message: str) -> str:
    """Hydra's message about an option that is not there, with the name that the option has now."""
    gone = re.search(r"Could not find '(\w+)/(\w+)'", message)
    return (
        message if gone is None or gone[2] not in RENAMED.get(gone[1], {}) else gone[0] + instead(gone[1], gone[2], ())
    )


def broken_file(error: Any, folders: Sequence[Path]) -> ConfigError:
    """What is wrong with a file that Hydra could not read, in our own words."""
    path = Path(getattr(error.problem_mark, "name", "") or "")
    if path.is_file():
        try:
            plain_yaml.load(path, shown(path, folders), defaults=True)
        except ConfigError as ours:
            return ours
    return ConfigError([Problem("the files", f"are not YAML: {error.problem}", origin=shown(path, folders))])


def shown(path: Path, folders: Sequence[Path]) -> str:
    """A file as a person knows it: conf/market/grocery.yaml, or relative to where they stand."""
    if path.is_relative_to(folders[0]):
        return "conf/" + path.relative_to(folders[0]).as_posix()
    return Path(os.path.relpath(path)).as_posix()
