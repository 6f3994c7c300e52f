"""So many equal firms: what `firms=3` stands for."""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_lowercase
from typing import Any

FEWEST, MOST = 2, 8  # firms
EXPECTED = (
    f"expected a mapping from id to its keys, {{a: {{...}}, b: {{...}}}}, or {FEWEST} to {MOST}, so many equal firms"
)
OWN = ("share", "price", "changes", "luck", "program", "policy")  # keys of one firm that its equals do not take over


def number_of(raw: object) -> int | None:
    """How many equal firms are asked for; None where something else is said."""
    return raw if type(raw) is int and FEWEST <= raw <= MOST else None


def equal_firms(
    many: int, firms: Mapping[str, Mapping[str, Any]], first: str | None = None
) -> dict[str, dict[str, Any]]:
    """Firms of one share, costs and all, as the first is, without program and policy of their own.

    many  : how many;  firms : those that there are, whose names are kept, the largest first
    first : its name is kept whatever its share (the focal firm); names that are missing are the first free letters
    """
    shares = {name: own["share"] for name, own in firms.items() if isinstance(own.get("share"), (int, float))}
    ranked = sorted(firms, key=lambda name: (name != first, -shares.get(name, 0.0), name))
    names = [*ranked, *(letter for letter in ascii_lowercase if letter not in firms)][:many]
    common = {key: value for key, value in firms.get(names[0], {}).items() if key not in OWN}
    return {name: {"share": 1.0 / many, **common} for name in names}
