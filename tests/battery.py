"""Statistical tests of a keyed generator: do neighbouring addresses give unrelated numbers?

A generator under test is a function of five arrays (customer, week, purpose, occasion, item) that gives uint64 keys;
its uniforms are the top 52 bits. Every test returns a p-value under "the draws are independent and uniform".
References: Knuth 1997, The Art of Computer Programming 2, section 3.3 (chi-square, serial test, collisions);
Salmon et al. 2011 (neighbouring counters are the hard case of a counter-based generator).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import stats

ALPHA = 1e-5  # of each p-value; some 150 of them: a false alarm in 0.15 % of seeds, and seeds are fixed
COORDINATES = ("customer", "week", "purpose", "occasion", "item")
SIZES = (256, 26, 6, 4, 4)  # a grid of 160,000 neighbouring addresses

Generator = Callable[..., np.ndarray]


def grid(shift: dict[str, int] | None = None) -> list[np.ndarray]:
    """Neighbouring addresses: every combination of small coordinates, some moved by a constant."""
    axes = np.meshgrid(*(np.arange(size, dtype=np.uint64) for size in SIZES), indexing="ij")
    moved = shift or {}
    return [axis.ravel() + np.uint64(moved.get(name, 0)) for name, axis in zip(COORDINATES, axes, strict=True)]


def flat(counts: np.ndarray) -> float:
    """Chi-square p-value of equally likely cells, two-sided: too even is as suspicious as too uneven."""
    expected = counts.sum() / counts.size
    upper = stats.chi2.sf(((counts - expected) ** 2 / expected).sum(), counts.size - 1)
    return float(2.0 * min(upper, 1.0 - upper))


def bins(keys: np.ndarray, bits: int, drop: int = 0) -> np.ndarray:
    """The top `bits` bits after the first `drop` ones."""
    return ((keys << np.uint64(drop)) >> np.uint64(64 - bits)).astype(np.int64)


def uniformity(draw: Generator) -> dict[str, float]:
    """Top, middle and lowest used byte over the grid, and the first byte along each coordinate alone."""
    keys = draw(*grid())
    found = {f"byte at bit {d}": flat(np.bincount(bins(keys, 8, d), minlength=256)) for d in (0, 22, 44)}
    for k, name in enumerate(COORDINATES):
        line = [np.full(1 << 16, 3, np.uint64) for _ in COORDINATES]
        line[k] = np.arange(1 << 16, dtype=np.uint64)
        found[f"along {name}"] = flat(np.bincount(bins(draw(*line), 8), minlength=256))
    return found


def neighbours(draw: Generator) -> dict[str, float]:
    """Pairs of draws whose addresses differ by one step or one bit in one coordinate, or by a swap of two steps."""
    here = draw(*grid())
    moves = {f"{name} + {1 << bit}": {name: 1 << bit} for name in COORDINATES for bit in (0, 3, 12)}
    moves |= {f"{one} + 1, {two} - 1": {one: 1, two: -1} for one in COORDINATES for two in COORDINATES if one < two}
    found = {}
    for label, move in moves.items():
        base = {name: 1 for name, step in move.items() if step < 0}
        left = draw(*grid(base)) if base else here
        right = draw(*grid({name: base.get(name, 0) + step for name, step in move.items()}))
        pairs = bins(left, 4) * 16 + bins(right, 4)
        found[f"serial, {label}"] = flat(np.bincount(pairs, minlength=256))
        u, v = (keys / 2.0**64 - 0.5 for keys in (left, right))
        found[f"correlation, {label}"] = float(2.0 * stats.norm.sf(abs(np.sum(u * v)) * 12.0 / np.sqrt(u.size)))
    return found


def avalanche(draw: Generator) -> dict[str, float]:
    """Flipping one bit of a coordinate flips every output bit half of the time: the worst of all pairs of bits."""
    found, n = {}, 4096
    for k, name in enumerate(COORDINATES):
        line = [np.arange(n, dtype=np.uint64) if j == k else np.full(n, 5, np.uint64) for j in range(5)]
        worst = 1.0
        for bit in range(16):
            other = [axis ^ np.uint64(1 << bit) if j == k else axis for j, axis in enumerate(line)]
            half = np.arange(n)[(np.arange(n) >> bit) & 1 == 0] if bit < 12 else np.arange(n)  # each pair once
            flipped = np.unpackbits((draw(*line) ^ draw(*other))[half].view(np.uint8).reshape(-1, 8), axis=1).sum(
                axis=0
            )
            worst = min(
                worst, float(stats.binom.sf(np.abs(flipped - len(half) / 2).max() + len(half) / 2 - 1, len(half), 0.5))
            )
        found[f"avalanche, {name}"] = min(1.0, 2.0 * worst * 16 * 64)
    return found


def birthdays(draw: Generator) -> dict[str, float]:
    """No two addresses share a key, and 32 bits collide as often as chance says: n^2 / 2^33 pairs, a Poisson number."""
    keys = draw(*grid())
    n = keys.size
    found = {"equal keys": 1.0 if np.unique(keys).size == n else 0.0}
    for drop in (0, 20):
        same = n - np.unique(bins(keys, 32, drop)).size
        mean = n * (n - 1) / 2.0 / 2.0**32
        found[f"birthdays at bit {drop}"] = float(
            min(1.0, 2 * min(stats.poisson.sf(same - 1, mean), stats.poisson.cdf(same, mean)))
        )
    return found


def battery(draw: Generator) -> dict[str, float]:
    """Every p-value by name."""
    with np.errstate(over="ignore"):
        return {**uniformity(draw), **neighbours(draw), **avalanche(draw), **birthdays(draw)}
