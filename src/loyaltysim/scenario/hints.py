"""What to write instead of a name that does not exist: the nearest one, where to look, or what is still to come."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

NEAR, NEAR_SHORT = 0.75, 0.65  # least likeness of two names (Ratcliff and Obershelp); of names of four letters or fewer
LISTED = 12  # names that are listed in full; of more, a few and where the others are

_LOG = "until then fit loyaltysim.purchases, dirichlet or contract to it in Python, and set market.M, K, S by hand"

COMING = {  # what people ask for that does not exist yet: what does the most of it today
    **dict.fromkeys(("data", "calibrate", "fit"), _LOG),
    "report": "until then `loyaltysim compare` writes report.html, and any command prints JSON: print=json",
    "claims": "until then results/README.md lists what was found, claim by claim",
    "page": "until then results/leaky_bucket.html opens in a browser by double click",
}


def coming(name: str) -> str:
    """`; does not exist yet: until then ...`, for what people ask for; empty for any other name."""
    plain = name.lower().replace("-", "_")
    words = next((COMING[word] for word in (plain, f"{plain}s", plain.removesuffix("s")) if word in COMING), None)
    return "" if words is None else f"; it does not exist yet, {words}"


def nearest(name: str, known: Iterable[str], cutoff: float | None = None) -> str | None:
    """The known name that is most like a mistyped one; None if none is near. cutoff : least likeness, 0 to 1

    A name without a dot may also be meant for the last part of one with dots.
    """
    by_lower = {other.lower(): other for other in known}
    if "." not in name:
        by_lower = {other.rpartition(".")[2]: full for other, full in by_lower.items()} | by_lower
    least = (NEAR_SHORT if len(name) <= 4 else NEAR) if cutoff is None else cutoff
    close = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=least)
    return by_lower[close[0]] if close else None


def suggestion(name: str, known: Iterable[str], where: str = "") -> str:
    """`; did you mean 'points'? known: none, points`: what to write instead of an unknown name.

    where : the command that lists every name, told in place of a long list
    """
    names = list(known)
    near = nearest(name, names)
    listed = f"known: {', '.join(names) or 'none'}"
    if len(names) > LISTED:
        listed = f"`{where}` lists all {len(names)}" if where else f"known: {', '.join(names[:LISTED])}, ..."
    return (f"; did you mean '{near}'?" if near is not None else ";") + f" {listed}"


def unknown(name: str, known: Iterable[str], where: str = "") -> str:
    """What to say of a name that a person asked for: that it is still to come, or the nearest one."""
    return coming(name) or suggestion(name, known, where)
