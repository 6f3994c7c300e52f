"""Trees of plain data on their way to a scenario: one laid over another, and where each key was said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from loyaltysim.configure import overlay, own
from loyaltysim.configure.asked import COMMAND_LINE, Choice, Value, refuse
from loyaltysim.scenario.equal import equal_firms, number_of
from loyaltysim.scenario.hints import suggestion
from loyaltysim.scenario.reader import join

Places = dict[str, str]


def leaves(tree: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, object]]:
    """Every full key of a tree that holds no mapping, and its value."""
    for name, value in tree.items():
        key = join(path, name)
        if isinstance(value, Mapping) and value:
            yield from leaves(value, key)
        else:
            yield key, value


def nearest_place(key: str, lines: Mapping[str, str]) -> str:
    """Where a key was written: its own line, or that of what holds it."""
    while key not in lines and key:
        key = key.rpartition(".")[0]
    return lines.get(key, COMMAND_LINE)


def make_equal(tree: dict[str, Any], places: Places, many: int, place: str, choices: Sequence[Choice] = ()) -> None:
    """So many equal firms instead of those of a tree; what it is that says so, is said of each share.

    choices : of a command line; what they give to one firm (`program@firms.b.program=points`) it keeps
    """
    before, said = own.named(tree), tree.get("focal")
    firms = equal_firms(many, before, str(focal(tree, before)) if before else None)
    kept = tuple(choice.package for choice in choices if choice.package and choice.package.startswith("firms."))
    for key in [key for key in places if key.startswith("firms.") and not key.startswith(kept)]:
        del places[key]
    for _, name, level in (package.split(".") for package in kept if package.count(".") == 2):
        if level in before.get(name, {}):
            firms.setdefault(name, {})[level] = before[name][level]
    tree["firms"] = firms
    if said is None or (said in before and said not in firms):
        tree["focal"] = next(iter(firms))
    places.update({"firms": place, **{f"firms.{name}.share": place for name in firms}})


def firms_said(values: Sequence[Value]) -> dict[str, Any]:
    """What values say of firms by key, beside words: `firms.rival.share=0.1 shares.others=rescale`."""
    content: dict[str, Any] = {}
    for value in values:
        if value.key.startswith("firms.") and not value.delete:
            overlay.put(content, value.key.split("."), value.value)
    return content


def found(tree: Any, key: str) -> object:
    """The value at a dotted key, None where there is none."""
    for name in key.split("."):
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree


def taken_out(content: dict[str, Any], lines: Mapping[str, str]) -> tuple[int, str] | None:
    """How many equal firms a file asks for, and where; it then says nothing else of firms. None where it does not."""
    many = number_of(content.get("firms"))
    if many is None:
        return None
    del content["firms"]
    return many, lines.get("firms", COMMAND_LINE)


def merge(tree: dict[str, Any], content: Mapping[str, Any]) -> None:
    """Lay one tree over another: mappings merge, everything else replaces."""
    for name, value in content.items():
        if isinstance(value, Mapping) and isinstance(tree.get(name), dict):
            merge(tree[name], value)
        elif isinstance(value, Mapping):
            tree[name] = {}
            merge(tree[name], value)
        else:
            tree[name] = value


def replace_worlds(tree: dict[str, Any], content: Mapping[str, Any]) -> None:
    """What a scenario file says about components is all there is; firms that all state their share are all firms.

    With such firms and its own M or K, the file brings its own market: nothing is inherited from a shipped one.
    """
    firms, market = content.get("firms"), content.get("market")
    if isinstance(firms, Mapping) and all(isinstance(f, Mapping) and "share" in f for f in firms.values()):
        for key in ("firms", "program", "policy", "rivals", "focal"):
            tree.pop(key, None)
        if isinstance(market, Mapping) and {"M", "K"} & set(market):
            tree.pop("market", None)
    for key in ("behaviour", "program", "policy", "rivals"):
        if key in content:
            tree.pop(key, None)


def clear(tree: dict[str, Any], choice: Choice) -> None:
    """Take away what a choice replaces."""
    firms: dict[str, Any] = tree["firms"] if isinstance(tree.get("firms"), dict) else {}
    if choice.package is not None:
        apply(tree, {}, Value(choice.package, None, "", delete=True))
    elif choice.group == "market":
        for key in ("market", "firms", "focal"):
            tree.pop(key, None)
    elif choice.group in ("program", "policy"):
        tree.pop(choice.group, None)
        forget(firms, [focal(tree, firms)], (choice.group,))
    elif choice.group == "rivals":
        tree.pop("rivals", None)
        forget(firms, [name for name in firms if name != focal(tree, firms)], ("program", "policy"))


def forget(firms: dict[Any, Any], names: Iterable[object], levels: Iterable[str]) -> None:
    """Take components away from firms."""
    for name in names:
        if isinstance(firms.get(name), dict):
            for level in levels:
                firms[name].pop(level, None)


def focal(tree: Mapping[str, Any], firms: Mapping[str, Any]) -> object:
    """The focal firm of a tree that is not yet checked: the named one, else the leader."""
    shares = {name: f.get("share") for name, f in firms.items() if isinstance(f, dict)}
    known = {name: share for name, share in shares.items() if isinstance(share, (int, float))}
    leader = min(known, key=lambda name: (-known[name], str(name)), default=None)
    return leader if tree.get("focal") is None else tree["focal"]


def apply(tree: dict[str, Any], places: Places, value: Value) -> None:
    """Set or delete one key."""
    *path, last = value.key.split(".")
    node: Any = tree
    for depth, name in enumerate(path):
        if value.delete and not isinstance(node.get(name), dict):
            node = {}
            break
        if not isinstance(node.get(name), dict):
            node[name] = {}
            places[".".join(path[: depth + 1])] = COMMAND_LINE
        node = node[name]
    if value.delete:
        if value.text and last not in node:
            raise refuse(value.key, f"is not set: there is nothing to remove{suggestion(last, map(str, node))}")
        node.pop(last, None)
        return
    merge(node, {last: value.value})
    for key in [key for key in places if key.startswith(value.key + ".")]:
        del places[key]
    places[value.key] = COMMAND_LINE
