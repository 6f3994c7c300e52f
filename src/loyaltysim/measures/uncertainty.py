"""What many worlds say of a number: its interval over worlds, and which unknown size carries most of it."""

from __future__ import annotations

import numpy as np
import pandas as pd

LEVEL = 0.90  # of intervals over worlds
CLASSES = 8  # of equally many worlds, in which a size is nearly the same
FEWEST = 50  # worlds that say anything
LEAST = 0.01  # share of the variance over worlds that is worth a line
CARRIED = 3  # unknown sizes that a sentence names


def width(values: np.ndarray) -> float:
    """Width of the central 90 % of values; nan of none."""
    low, high = interval(values)
    return high - low


def interval(values: np.ndarray, level: float = LEVEL) -> tuple[float, float]:
    """The central part of the values over worlds. values : (n,), undefined ones are left out"""
    sound = values[np.isfinite(values)]
    if len(sound) == 0:
        return float("nan"), float("nan")
    low, high = np.quantile(sound, ((1.0 - level) / 2.0, (1.0 + level) / 2.0))
    return float(low), float(high)


def over_worlds(numbers: pd.DataFrame) -> dict[str, dict[str, float | int | None]]:
    """Each number's interval over worlds: {name: {worlds_low, worlds_high, worlds_n}}. numbers : a row a world"""
    found: dict[str, dict[str, float | int | None]] = {}
    for name in numbers:
        values = numbers[name].to_numpy(float)
        n = int(np.isfinite(values).sum())
        low, high = interval(values) if n >= FEWEST else (None, None)
        found[str(name)] = {"worlds_low": low, "worlds_high": high, "worlds_n": n}
    return found


def codes(sizes: pd.DataFrame) -> pd.DataFrame:
    """Drawn sizes as numbers: categories by their place in the alphabet."""
    numbers = {n: c if c.dtype.kind in "bif" else pd.factorize(c, sort=True)[0] for n, c in sizes.items()}
    return pd.DataFrame(numbers, index=sizes.index)


def shares(sizes: pd.DataFrame, values: np.ndarray) -> dict[str, float]:
    """How much of the variance over worlds each size explains by itself, the largest first: first-order shares.

    The variance of the means of classes of equally many worlds (each category, and a value with a chance of its own,
    is a class), less what such means vary by luck; never below 0. Shares need not add up to 1: what is left is luck and
    sizes acting together.
    sizes : a row a world;  values : (n,)
    Source: Plischke, Borgonovo & Smith 2013, Eur. J. Operational Research 226(3) (shares from given data).
    """
    sound = np.isfinite(values)
    y, x = values[sound], codes(sizes)[sound]
    total = y.var(ddof=1) if len(y) > 1 else 0.0
    if total == 0.0:
        return dict.fromkeys(map(str, sizes), 0.0)
    found = {str(name): float(explained(x[name].to_numpy(float), y) / total) for name in x}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def explained(x: np.ndarray, y: np.ndarray) -> float:
    """Variance of y that the classes of x explain, corrected for luck (the unbiased estimate of one-way analysis)."""
    place = classes(x)
    count = np.bincount(place)
    mean = np.bincount(place, y) / count
    between = float((count * (mean - y.mean()) ** 2).sum())
    degrees = len(count) - 1
    if degrees == 0 or len(y) <= len(count):
        return 0.0
    within = float(((y - mean[place]) ** 2).sum()) / (len(y) - len(count))
    return max(0.0, (between - degrees * within) / (len(y) - 1))


def classes(x: np.ndarray) -> np.ndarray:
    """Which class each world is in, 0, 1, ...: of equal values, else of equally many worlds in their order."""
    values, place, count = np.unique(x, return_inverse=True, return_counts=True)
    if len(values) <= CLASSES:
        return np.asarray(place)
    often = count > len(x) / CLASSES  # a value with a chance of its own
    own = np.cumsum(often) - 1
    rest = ~often[place]
    rank = np.argsort(np.argsort(x[rest], kind="stable"), kind="stable")
    made = own[place]
    made[rest] = often.sum() + rank * CLASSES // max(1, int(rest.sum()))
    return np.unique(made, return_inverse=True)[1]


def shrinkage(prior: pd.DataFrame, accepted: pd.DataFrame) -> dict[str, float]:
    """By how much the targets narrow each column: 1 - width of the accepted worlds' 90 % over that of all."""
    wide, narrow = codes(pd.concat([prior, accepted], keys=["prior", "accepted"])), {}
    all_of, left = wide.loc["prior"], wide.loc["accepted"]
    for name in map(str, prior):
        before = width(all_of[name].to_numpy(float))
        narrow[name] = 1.0 - width(left[name].to_numpy(float)) / before if before else 0.0
    return narrow


def verdict(accepted: int, tried: int) -> str:
    """What so many accepted worlds may be used for."""
    if accepted < FEWEST:
        return f"too few worlds to say: {accepted} of {tried} meet the targets"
    if 2 * accepted > tried:
        return f"these targets say nothing: {accepted} of {tried} worlds meet them"
    return f"{accepted} of {tried} worlds meet the targets"
